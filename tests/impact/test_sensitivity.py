"""One cooperative, one year, one choice taken away: by hand, and what is refused is said."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kopanalysis.impact.sensitivity as sensitivity
import kopanalysis.impact.specifications as specifications
from kopanalysis.errors import CallError
from kopanalysis.impact.did import did
from kopanalysis.impact.honest import event_effects, honest_did, smoothness_interval
from kopanalysis.impact.ledger import bias_ledger, certificate_state, stored_certificate
from kopanalysis.impact.placebo import negative_controls, placebo_dates
from kopanalysis.impact.spillover import did_unexposed, leave_own_kecamatan_out
from kopanalysis.impact.tipping import tipping_point

PRE, POST = [2019, 2020, 2021], [2022, 2023]


def panel(paths: dict[str, tuple[int, list[float | None]]], **columns: dict[str, object]) -> pd.DataFrame:
    """Units with their treatment and outcome from 2019 to 2023."""
    rows = [
        {"coop_id": name, "book_year": 2019 + number, "y": value, "d": arm, **{c: values[name] for c, values in columns.items()}}
        for name, (arm, path) in paths.items()
        for number, value in enumerate(path)
    ]
    return pd.DataFrame(rows)


def drawn(seed: int, n: int = 30, n_treated: int = 8) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return panel({f"c{i:02d}": (int(i < n_treated), [float(v) for v in rng.random(5) < 0.5]) for i in range(n)})


HAND = {
    "a": (1, [0, 0, 0, 1, 1]), "b": (1, [0, 0, 0, 0, 0]), "c": (1, [0, 0, 0, 1, 1]),
    "x": (0, [0, 0, 0, 0, 0]), "y": (0, [0, 0, 0, 0, 0]), "z": (0, [0, 0, 0, 0, 1]), "w": (0, [1, 1, 1, 1, 1]),
}  # fmt: skip


def hand() -> pd.DataFrame:
    return panel({name: (arm, [float(v) for v in path]) for name, (arm, path) in HAND.items()})


def test_tipping_point_by_hand() -> None:
    # Treated change 2/3, controls 1/8: 13/24. Silent after: b; x and y. One control more lowers the effect by 1/4.
    table = tipping_point(hand(), "y", "d", PRE, POST)
    assert len(table.data) == 2 * 3
    found = table.data.set_index(["treated_active", "controls_active"])["estimate"]
    assert found[0, 0] == pytest.approx(13 / 24)
    assert found[1, 2] == pytest.approx(13 / 24 + 1 / 3 - 2 / 4)
    assert not table.data["vanishes"].any()
    assert table.number("tipping.controls").value is None  # ceil(13/24 * 4) = 3 are needed, 2 are silent
    assert table.number("tipping.controls").n == 2


def test_tipping_point_equals_the_estimate_of_the_changed_panel() -> None:
    given_panel = drawn(3)
    table = tipping_point(given_panel, "y", "d", PRE, POST)
    after = given_panel[given_panel["book_year"].isin(POST)].groupby("coop_id").agg(y=("y", "sum"), d=("d", "first"))
    silent = {arm: list(after.index[(after["y"] == 0) & (after["d"] == arm)]) for arm in (0, 1)}
    for _, line in table.data.sample(6, random_state=0).iterrows():
        awake = silent[1][: line["treated_active"]] + silent[0][: line["controls_active"]]
        changed = given_panel.copy()
        changed.loc[changed["coop_id"].isin(awake) & changed["book_year"].isin(POST), "y"] = 1.0
        assert did(changed, "y", "d", PRE, POST).estimate == pytest.approx(line["estimate"])


def test_tipping_point_of_a_fall_counts_silent_treated() -> None:
    paths = {f"t{i}": (1, [1, 1, 1, 0, 0]) for i in range(2)} | {f"u{i}": (1, [1, 1, 1, 1, 1]) for i in range(2)}
    paths |= {f"c{i}": (0, [1, 1, 1, 1, 1]) for i in range(4)}
    table = tipping_point(panel(paths), "y", "d", PRE, POST)
    assert table.number("tipping.treated").value == 2
    assert table.number("tipping.share").value == 1.0


def test_tipping_point_wants_yes_or_no() -> None:
    with pytest.raises(CallError, match="0 or 1"):
        tipping_point(hand().assign(y=lambda t: t["y"] * 2), "y", "d", PRE, POST)


def test_leave_one_out_is_the_estimate_without_each_treated() -> None:
    given_panel = hand()
    table = sensitivity.leave_one_out(given_panel, "y", "d", PRE, POST)
    found = table.data.set_index("left_out")
    assert list(found.index) == ["a", "b", "c"]
    assert found.loc["b", "estimate"] == pytest.approx(1 - 1 / 8)
    assert found.loc["a", "shift"] == pytest.approx(1 / 2 - 2 / 3)
    assert table.names_units
    whole = sensitivity.leave_one_out_range(given_panel, "y", "d", PRE, POST)
    assert (whole.conf_low, whole.conf_high) == pytest.approx((1 / 2 - 1 / 8, 1 - 1 / 8))
    assert whole.statistic == found["changes"].sum()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_leaving_each_out_averages_to_the_whole(seed: int) -> None:
    table = sensitivity.leave_one_out(drawn(seed), "y", "d", PRE, POST).data
    assert table["shift"].astype(float).mean() == pytest.approx(0.0, abs=1e-9)


def test_leave_one_out_with_one_treated_says_why_not() -> None:
    one = panel({"a": (1, [0.0, 0, 0, 1, 1]), **{f"c{i}": (0, [0.0, 1, 0, 1, float(i % 2)]) for i in range(6)}})
    table = sensitivity.leave_one_out(one, "y", "d", PRE, POST)
    assert table.data.loc[0, "method"].startswith("refused: ")
    assert table.data["estimate"].isna().all()


def test_drop_a_year_by_hand() -> None:
    paths = {f"t{i}": (1, [1, 1, 0, 1, 1]) for i in range(3)} | {f"c{i}": (0, [0, 0, 0, 0, float(i % 2)]) for i in range(4)}
    table = sensitivity.drop_a_year(panel(paths), "y", "d", PRE, POST).data
    assert table["dropped"].tolist()[1:] == [2019, 2020, 2021, 2022, 2023]
    found = table.set_index("dropped")["estimate"]
    assert found[2021] == pytest.approx(0 - 1 / 4)  # without the dip nothing rises
    assert table.loc[table["dip"], "dropped"].tolist() == [2021]
    assert table.loc[0, "estimate"] == pytest.approx(1 / 3 - 1 / 4)


def test_symmetric_windows_pair_the_years() -> None:
    table = sensitivity.symmetric_windows(drawn(2), "y", "d", PRE, POST).data
    assert table[["k", "before", "after"]].to_numpy().tolist() == [[1, 2021, 2022], [2, 2020, 2023]]
    assert table.loc[1, "estimate"] == pytest.approx(did(drawn(2), "y", "d", [2020], [2023]).estimate)


def test_a_symmetric_pair_cancels_a_dip_that_a_near_one_does_not() -> None:
    rng = np.random.default_rng(1)
    state = np.zeros((4000, 5))
    state[:, 0] = rng.random(4000) < 0.5
    for t in range(1, 5):
        state[:, t] = rng.random(4000) < np.where(state[:, t - 1] == 1, 0.85, 0.15)
    chosen = state[:, 2] == 0  # selected on 2021 alone, no effect at all
    many = panel({f"c{i:04d}": (int(c), list(map(float, path))) for i, (c, path) in enumerate(zip(chosen, state, strict=True))})
    near = did(many, "y", "d", [2021], [2023]).estimate
    assert near > 0.4
    # The first period on either side of the selected one.
    assert sensitivity.symmetric_windows(many, "y", "d", [2020], [2022]).data.loc[0, "estimate"] == pytest.approx(0.0, abs=0.06)


def test_specification_curve_ranks_every_choice_and_keeps_refusals() -> None:
    given_panel = drawn(5).assign(y2=lambda t: 1 - t["y"], few=lambda t: t["coop_id"] == "c00")
    table = specifications.specification_curve(given_panel, "y", "d", PRE, POST, codings=("y2",), samples=("few",)).data
    assert len(table) == 2 * 2 * 4 * 2
    given_lines = table[table["rank"].notna()]
    assert given_lines["estimate"].is_monotonic_increasing
    assert table["median"].sum() == 1
    refused = table[table["rank"].isna()]
    assert (refused["sample"] == "few").all()
    assert refused["method"].str.startswith("refused: ").all()
    whole = table[(table["outcome"] == "y") & (table["window"] == "all") & (table["sample"] == "all") & (table["estimator"] == "did")]
    assert whole["estimate"].iloc[0] == pytest.approx(did(given_panel, "y", "d", PRE, POST).estimate)


def test_unknown_choices_are_refused() -> None:
    with pytest.raises(CallError, match="estimator"):
        sensitivity.drop_a_year(drawn(1), "y", "d", PRE, POST, estimator="ols")
    with pytest.raises(CallError, match="no column"):
        specifications.specification_curve(drawn(1), "y", "d", PRE, POST, codings=("z",))


def test_placebo_dates_read_nothing_after() -> None:
    given_panel = drawn(4)
    table = placebo_dates(given_panel, "y", "d", PRE, POST).data
    assert table["date"].tolist() == [2020, 2021]
    assert table.loc[0, "estimate"] == pytest.approx(did(given_panel, "y", "d", [2019], [2020, 2021]).estimate)
    changed = given_panel.assign(y=given_panel["y"].where(given_panel["book_year"] < 2022, 9.0))
    pd.testing.assert_frame_equal(placebo_dates(changed, "y", "d", PRE, POST).data, table)
    with pytest.raises(CallError, match="at least 2"):
        placebo_dates(given_panel, "y", "d", [2021], POST)


def test_negative_controls_by_enumeration() -> None:
    given_panel = drawn(6, n=9, n_treated=3)
    founded = dict(zip(sorted(given_panel["coop_id"].unique()), [2000, 2001, 2002, 1990, 1991, 1989, 1992, 1993, 1980], strict=True))
    table = negative_controls(given_panel.assign(founded=given_panel["coop_id"].map(founded)), ["founded"], "d").data
    assert table.loc[0, "estimate"] == pytest.approx(2001 - np.mean([1990, 1991, 1989, 1992, 1993, 1980]))
    # Three newest of nine: of 84 groups one is as far apart on the treated's side; Welch's statistic decides the other.
    assert table.loc[0, "p_value"] == pytest.approx(1 / 84)
    assert table.loc[0, "standardised"] > 0.25


def far(estimates: dict[str, float]) -> pd.DataFrame:
    """Treated live in a and b; controls in a, b and c with a change by place."""
    paths: dict[str, tuple[int, list[float | None]]] = {}
    places: dict[str, object] = {}
    for place, changes in {"a": [1, 1], "b": [1, 0]}.items():
        for number, value in enumerate(changes):
            paths[f"t{place}{number}"], places[f"t{place}{number}"] = (1, [0, 0, 0, value, value]), place
    for place, share in estimates.items():
        for number in range(4):
            value = float(number < 4 * share)
            paths[f"c{place}{number}"], places[f"c{place}{number}"] = (0, [0, 0, 0, value, value]), place
    return panel(paths, kecamatan=places)


def test_controls_further_away_by_hand() -> None:
    table = leave_own_kecamatan_out(far({"a": 0.5, "b": 0.25, "c": 0.0}), "y", "d", PRE, POST).data.set_index("term")
    assert table.loc["all", "estimate"] == pytest.approx(0.75 - 0.25)
    # Own place out: those of a against b and c (0.125), those of b against a and c (0.25).
    assert table.loc["own_out", "estimate"] == pytest.approx(0.75 - (0.125 + 0.25) / 2)
    assert table.loc["unexposed", "estimate"] == pytest.approx(0.75)
    assert table["exposure"].tolist() == pytest.approx([2 / 3, 0.5, 0.0])
    assert table["n_controls"].tolist() == [12, 12, 4]


def test_no_place_is_unexposed() -> None:
    given_panel = far({"a": 0.5, "b": 0.25})
    table = leave_own_kecamatan_out(given_panel, "y", "d", PRE, POST).data.set_index("term")
    assert math.isnan(table.loc["unexposed", "estimate"])
    assert table.loc["own_out", "estimate"] == pytest.approx(0.75 - (0.25 + 0.5) / 2)
    with pytest.raises(Exception, match="without a treated"):
        did_unexposed(given_panel, "y", "d", PRE, POST)


def test_smoothness_interval_against_honestdid() -> None:
    # honestdid 0.1.1 (Python, frozen): [.0480, .4534] for the first period of this input at M = 0.
    effects = np.array([0.02, -0.03, 0.01, 0.25, 0.22, 0.30])
    low, high = smoothness_interval(effects, 0.01 * np.eye(6), 3, 0.0, weights=np.array([1.0, 0.0, 0.0]))
    assert (low, high) == pytest.approx((0.0480, 0.4534), abs=5e-4)


def test_event_effects_by_hand_and_intervals_widen() -> None:
    values = np.array([[0.0, 0, 1], [0, 0, 0], [1, 0, 1], [0, 1, 0], [0, 0, 0], [1, 1, 1]])
    arm = np.array([True, True, True, False, False, False])
    effects, covariance = event_effects(values, arm, 1)
    assert effects == pytest.approx([1 / 3 + 1 / 3, 2 / 3 + 1 / 3])
    assert covariance[0, 0] == pytest.approx((1 / 3) / 3 + (1 / 3) / 3)
    table = honest_did(drawn(7, 60, 15), "y", "d", PRE, POST, bends=(0.0, 0.05, 2.0)).data
    assert (table["conf_high"] - table["conf_low"]).is_monotonic_increasing
    assert table.loc[2, ["conf_low", "conf_high"]].tolist() == [-1.0, 1.0]
    assert table.loc[2, "method"].endswith("clipped to -1..1")
    with pytest.raises(CallError):
        honest_did(drawn(7), "y", "d", [2021], POST)


def lines(threat: str, bias: tuple[float, float], coverage: tuple[float, float], size: tuple[float, float]) -> list[dict[str, object]]:
    parts = {"bias": bias, "coverage": coverage, "size": size}
    return [
        {"threat": threat, "method": "did", "measure": name, "value": sum(limits) / 2, "low": limits[0], "high": limits[1], "n": 100}
        for name, limits in parts.items()
    ]


def test_the_ledger_reads_the_sign_from_the_interval() -> None:
    certificate = pd.DataFrame(
        lines("none", (-0.01, 0.01), (0.93, 0.97), (0.03, 0.07))
        + lines("reporting_only", (0.05, 0.07), (0.9, 0.95), (0.05, 0.10))
        + lines("foot_and_mouth", (-0.07, -0.05), (0.9, 0.95), (0.05, 0.10))
        + lines("sector_shock", (-0.01, 0.01), (0.6, 0.7), (0.3, 0.4))
        + lines("selection", (-0.01, 0.01), (0.93, 0.97), (0.03, 0.07))
    )
    found = bias_ledger("did", certificate).data.set_index("threat")
    assert found["sign"].to_dict() == {"reporting_only": "up", "foot_and_mouth": "down", "sector_shock": "either", "selection": "none"}
    assert found.loc["reporting_only", "bias"] == pytest.approx(0.06)
    with pytest.raises(CallError, match="holds no"):
        bias_ledger("ols", certificate)


def test_one_red_line_of_a_leading_method_is_enough() -> None:
    certificate = pd.DataFrame({"method": ["did", "did", "same_state"], "state": ["green", "amber", "red"]})
    assert certificate_state(("did",), certificate) == "green"
    assert certificate_state(("did", "same_state"), certificate) == "red"
    with pytest.raises(CallError):
        certificate_state(("ols",), certificate)


def test_the_stored_certificate_says_how_it_was_made_and_feeds_the_ledger() -> None:
    stored = stored_certificate()
    assert (stored["districts"].nunique(), stored["seed"].nunique(), stored["version"].nunique()) == (1, 1, 1)
    assert stored["districts"].iloc[0] >= 200
    assert certificate_state() in ("green", "red")
    signs = bias_ledger("did").data.set_index("threat")["sign"]
    assert signs[["reporting_only", "foot_and_mouth", "sector_shock", "spillover", "empty_cell"]].tolist() == [
        "up", "down", "either", "down", "up",
    ]  # fmt: skip
    assert bias_ledger("did_last_year").data.set_index("threat").loc["selection", "sign"] == "up"


def test_without_a_stored_certificate_there_is_no_state(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kopanalysis.impact.ledger.STORED", ("data", "certificate", "nowhere.csv"))
    assert certificate_state() is None
