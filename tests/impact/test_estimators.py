"""Estimators against algebra by hand, their properties, and what they refuse."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from panels import POST, PRE, changes, panel_of, random_panel

import kopanalysis as ka
from kopanalysis.errors import CallError, DataError
from kopanalysis.impact.att_gt import aggregate, att_gt
from kopanalysis.impact.did import did, two_way_fixed_effects
from kopanalysis.impact.imputation import imputation
from kopanalysis.impact.permutation import permutation_test
from kopanalysis.impact.same_state import same_state
from kopanalysis.impact.strata import path_strata
from kopanalysis.impact.strip import inference_strip, sector_reassignment, wild_cluster

ESTIMATORS = [did, same_state, permutation_test]
SEEDS = st.integers(0, 10_000)


def run(function: object, panel: pd.DataFrame, outcome: str = "rat_held") -> object:
    extra = {"draws": 199} if function is permutation_test else {}
    return function(panel, outcome, "treated", PRE, POST, **extra)  # type: ignore[operator]


def test_the_difference_of_mean_changes_by_hand() -> None:
    held = np.array([[0, 0, 1, 1, 1], [1, 0, 0, 1, 0], [1, 1, 1, 1, 1], [0, 0, 0, 0, 1], [1, 0, 1, 0, 1]], dtype=float)
    found = did(panel_of(held, [0, 1]), "rat_held", "treated", PRE, POST)
    treated, others = [1 - 1 / 3, 0.5 - 1 / 3], [0.0, 0.5, 0.5 - 2 / 3]
    assert found.estimate == pytest.approx(np.mean(treated) - np.mean(others))
    pooled = (np.var(treated) * 2 + np.var(others) * 3) / 3
    assert found.std_error == pytest.approx(np.sqrt(pooled * (1 / 2 + 1 / 3)))
    assert (found.df, found.n_treated, found.n_units, found.n_obs, found.p_floor) == (3, 2, 5, 25, 1 / 10)


def test_the_same_state_comparison_by_hand() -> None:
    past = [[0, 0, 0], [0, 0, 0], [0, 0, 0], [1, 1, 1], [1, 1, 1], [1, 1, 1], [0, 0, 1]]
    after = [[1, 1], [0, 1], [0, 0], [1, 1], [1, 0], [1, 1], [1, 1]]
    found = same_state(panel_of(np.hstack([past, after]).astype(float), [0, 3, 6]), "rat_held", "treated", PRE, POST)
    assert found.estimate == pytest.approx(0.5 * (1 - 0.25) + 0.5 * (1 - 0.75))
    assert found.dropped == {"strata_without_comparison": 1, "treated_without_comparison": 1}
    assert found.n_treated == 2


def test_the_same_state_of_a_count_compares_changes_within_fifths() -> None:
    size = np.repeat(np.arange(20.0), 2) * 100
    counts = size[:, None] + np.array([0, 0, 0, 10, 10]) + np.tile([[5.0], [0.0]], (20, 1)) * np.array([0, 0, 0, 1, 1])
    found = same_state(panel_of(counts, list(range(0, 40, 2))), "rat_held", "treated", PRE, POST)
    assert found.estimate == pytest.approx(5)
    assert found.unit == "index"


def test_paths_fall_into_five_groups() -> None:
    path = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 1], [1, 0, 1], [0, 0, 1], [np.nan, 1, np.nan], [0, np.nan, 0]])
    expected = ["off.never", "off.sometimes", "on.always", "on.mostly", "on.rarely", "on", "off.never"]
    assert path_strata(path).tolist() == expected
    assert len(set(path_strata(np.random.default_rng(0).normal(size=(100, 3))))) == 5


@settings(max_examples=15, deadline=None)
@given(SEEDS)
@pytest.mark.parametrize("function", ESTIMATORS)
def test_the_order_of_rows_decides_nothing(function: object, seed: int) -> None:
    panel = random_panel(seed)
    one, other = run(function, panel), run(function, panel.sample(frac=1, random_state=seed))
    assert (one.estimate, one.p_value, one.conf_low) == pytest.approx((other.estimate, other.p_value, other.conf_low), nan_ok=True)


@settings(max_examples=15, deadline=None)
@given(SEEDS)
@pytest.mark.parametrize("function", ESTIMATORS)
def test_the_names_of_units_decide_nothing(function: object, seed: int) -> None:
    panel = random_panel(seed)
    names = dict(zip(panel["coop_id"].unique(), np.random.default_rng(seed).permutation(panel["coop_id"].unique()), strict=True))
    one, other = run(function, panel), run(function, panel.assign(coop_id=panel["coop_id"].map(names)))
    assert (one.estimate, one.p_value, one.conf_high) == pytest.approx((other.estimate, other.p_value, other.conf_high), nan_ok=True)


@settings(max_examples=15, deadline=None)
@given(SEEDS, st.floats(-1e3, 1e3))
def test_a_constant_added_to_the_outcome_decides_nothing(seed: int, constant: float) -> None:
    panel = random_panel(seed)
    moved = panel.assign(rat_held=panel["rat_held"] + constant)
    one, other = did(panel, "rat_held", "treated", PRE, POST), did(moved, "rat_held", "treated", PRE, POST)
    assert other.estimate == pytest.approx(one.estimate, abs=1e-9)
    p = [permutation_test(frame, "rat_held", "treated", PRE, POST, draws=199).p_value for frame in (panel, moved)]
    assert p[0] == pytest.approx(p[1], abs=0.011)


@settings(max_examples=15, deadline=None)
@given(SEEDS)
@pytest.mark.parametrize("function", ESTIMATORS)
def test_doubling_every_untreated_unit_leaves_the_estimate_alone(function: object, seed: int) -> None:
    panel = random_panel(seed)
    twins = panel[panel["treated"] == 0].assign(coop_id=lambda frame: frame["coop_id"] + "b")
    assert run(function, pd.concat([panel, twins])).estimate == pytest.approx(run(function, panel).estimate, abs=1e-12)


def test_rows_without_the_outcome_are_dropped_and_counted() -> None:
    panel = random_panel(3)
    holes = panel["rat_held"].astype("Float64").astype("Int64").mask((panel["coop_id"] == "K000") & (panel["book_year"] < 2022))
    found = did(panel.assign(rat_held=holes), "rat_held", "treated", PRE, POST)
    assert found.dropped == {"rows_without_outcome": 3, "units_without_before": 1, "treated_without_before": 1}
    assert found.estimate == pytest.approx(did(panel[panel["coop_id"] != "K000"], "rat_held", "treated", PRE, POST).estimate)


def test_what_can_t_be_compared_is_said() -> None:
    panel = random_panel(3)
    with pytest.raises(CallError, match="both before and after"):
        did(panel, "rat_held", "treated", PRE, [2021, 2022])
    with pytest.raises(CallError, match="no book_year 2030"):
        did(panel, "rat_held", "treated", PRE, [2030])
    with pytest.raises(DataError, match="no treated unit is left"):
        did(panel[panel["treated"] == 0], "rat_held", "treated", PRE, POST)
    with pytest.raises(DataError, match="repeat a coop_id and book_year"):
        did(pd.concat([panel, panel.iloc[:1]]), "rat_held", "treated", PRE, POST)
    with pytest.raises(CallError, match="other values than 0 and 1"):
        did(panel.assign(treated=panel["treated"] * 2), "rat_held", "treated", PRE, POST)
    with pytest.raises(CallError, match="At most 2 under 30"):
        did(panel.assign(a=1.0, b=2.0, c=3.0), "rat_held", "treated", PRE, POST, covariates=("a", "b", "c"))
    with pytest.raises(DataError, match="no treated unit has an untreated one"):
        same_state(panel_of(np.array([[0, 0, 0, 1, 1], [1, 1, 1, 1, 1]], dtype=float), [0]), "rat_held", "treated", PRE, POST)
    with pytest.raises(DataError, match="depend on each other"):
        two_way_fixed_effects(panel, "rat_held", ["treated"])


def test_every_estimate_says_what_it_rests_on() -> None:
    panel = random_panel(3)
    cohorts = panel.assign(g=panel["treated"].map({1: 2022}).astype("Int64"))
    tests = [run(function, panel) for function in ESTIMATORS] + [aggregate(att_gt(cohorts, "rat_held", "g"), "simple")]
    for found in tests:
        for name in ("n_obs", "n_units", "n_treated", "n_clusters", "conf_low", "conf_high", "mde", "p_floor", "method"):
            assert getattr(found, name) not in (None, ""), (found.method, name)
        assert found.call is not None
        assert -1 <= found.conf_low <= found.estimate <= found.conf_high <= 1


def test_att_gt_of_one_date_is_a_difference_of_means() -> None:
    panel = random_panel(6).assign(g=lambda frame: frame["treated"].map({1: 2022}).astype("Int64"))
    cells = att_gt(panel, "rat_held", "g").data.set_index("time")
    wide = panel.pivot(index="coop_id", columns="book_year", values="rat_held")
    arm = panel.groupby("coop_id")["treated"].first()
    for year in POST:
        change = wide[year] - wide[2021]
        assert cells.loc[year, "estimate"] == pytest.approx(change[arm == 1].mean() - change[arm == 0].mean(), abs=1e-10)
    assert cells.loc[2022, "df"] == 29


def test_cohort_zero_is_refused_with_how_to_recode() -> None:
    panel = random_panel(6).assign(g=lambda frame: frame["treated"] * 2022)
    for function in (att_gt, imputation):
        with pytest.raises(CallError, match=r"replace\(0, pd.NA\)"):
            function(panel, "rat_held", "g")
    with pytest.raises(CallError, match="wasn't made by att_gt"):
        aggregate(two_way_fixed_effects(panel.assign(x=panel.index % 2), "rat_held", ["x"]), "simple")


def test_a_cohort_of_one_has_no_interval() -> None:
    panel = random_panel(6).assign(g=lambda frame: frame["coop_id"].map({"K000": 2021, "K001": 2022, "K002": 2022}).astype("Int64"))
    cells = att_gt(panel, "rat_held", "g").data
    assert cells.loc[cells["cohort"] == 2021, ["std_error", "conf_low", "conf_high"]].isna().all(axis=None)
    assert cells.loc[cells["cohort"] == 2022, "std_error"].notna().any()


def staggered(seed: int, units: int = 60, effect: float = 0.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    panel = random_panel(seed, units, 0, years=8)
    names = panel["coop_id"].unique()
    first = dict(zip(names[:18], rng.choice([2020, 2021, 2023], 18), strict=True))
    panel["g"] = panel["coop_id"].map(first).astype("Int64")
    on = (panel["book_year"] >= panel["g"]).fillna(False).astype(bool)
    return panel.assign(rat_held=panel["rat_held"].where(~(on & (rng.random(len(panel)) < effect)), 1.0))


@pytest.mark.parametrize("gap", [False, True])
def test_our_imputation_is_that_of_diff_diff(gap: bool) -> None:
    panel = staggered(3)
    panel = panel[panel["book_year"] != 2022] if gap else panel.sample(frac=0.9, random_state=1)
    one, other = (imputation(panel, "rat_held", "g", bands=bands, draws=99).data for bands in ("permutation", "analytic"))
    assert np.allclose(one["estimate"], other["estimate"], atol=1e-9)
    assert one["term"].iloc[0] == "att"


def test_permutation_bands_of_the_imputation_cover_the_truth() -> None:
    hits = []
    for seed in range(30):
        line = imputation(staggered(seed), "rat_held", "g", draws=99, seed=seed).data.iloc[0]
        hits.append(line["conf_low"] <= 0 <= line["conf_high"])
    assert np.mean(hits) >= 0.95 - 2.58 * np.sqrt(0.05 * 0.95 / len(hits))


def test_reassigning_sectors_prints_its_floor() -> None:
    panel = random_panel(2, 30, 6)
    panel = panel.assign(sector=np.where(panel["treated"] == 1, "livestock", panel["kecamatan"].astype(str)))
    found = sector_reassignment(panel, "rat_held", "treated", PRE, POST)
    assert found.p_floor == 1 / found.n_clusters == 1 / 5
    assert found.p_value >= found.p_floor
    assert "perbandingan semu" in found.method
    lines = changes(panel, PRE, POST).join(panel.groupby("coop_id")["sector"].first())
    gaps = [
        abs(lines.loc[lines["sector"] == name, "change"].mean() - lines.loc[lines["sector"] != name, "change"].mean())
        for name in lines["sector"].unique()
    ]
    own = abs(lines.loc[lines["treated"] == 1, "change"].mean() - lines.loc[lines["treated"] == 0, "change"].mean())
    assert found.p_value == np.mean(np.array(gaps) >= own - 1e-12)


def test_the_wild_bootstrap_prints_its_grid() -> None:
    found = wild_cluster(random_panel(2, 40, 8), "rat_held", "treated", PRE, POST)
    assert found.draws == 2**4
    assert (found.p_value / found.p_floor) == pytest.approx(round(found.p_value / found.p_floor))
    assert "16 sign vectors" in found.method


def test_the_strip_says_why_a_test_is_missing() -> None:
    panel = random_panel(2, 40, 8)
    table = inference_strip(panel, "rat_held", "treated", PRE, POST, draws=199).data.set_index("term")
    assert list(table.index) == ["permutation", "exact_t", "hc3", "sector_reassignment", "wild_bootstrap"]
    assert "hold treated units" in table.loc["sector_reassignment", "reason"]
    assert table.loc["hc3", "estimate"] == pytest.approx(table.loc["exact_t", "estimate"])


def test_an_effect_given_to_synthetic_districts_is_found_again() -> None:
    gaps = []
    for seed in range(24):
        district = ka.synthetic_district(seed, n_treated=31, effect_training=0.3)
        panel = ka.build_panel(district, region="13.11").drop(columns="source_rows")
        gaps.append(same_state(panel, "rat_held", "treated", list(range(2016, 2022)), [2022, 2023, 2024]).estimate - 0.3)
    assert abs(np.mean(gaps)) < 3 * np.std(gaps) / np.sqrt(len(gaps)) + 0.03


def test_printed_effects_are_those_of_the_estimators_and_are_computed_again_from_their_rows(full_panel: pd.DataFrame) -> None:
    found = ka.describe_design(full_panel)
    leading = ("rat_held", "treated", found.facts["pre"], found.facts["post"])
    table = ka.effects_table(full_panel, *leading, draws=499)
    assert table.number("training.att.rat_held.did").value == ka.did(full_panel, *leading).estimate
    assert table.number("training.att.rat_held.same_state").value == ka.same_state(full_panel, *leading).estimate
    assert table.number("training.p.rat_held.permutation").value == ka.permutation_test(full_panel, *leading, draws=499).p_value
    arguments = {name: tuple(value) if isinstance(value, list) else value for name, value in table.call.arguments.items()}
    again = ka.effects_table(full_panel, **arguments)
    assert [number.value for number in again.numbers] == [number.value for number in table.numbers]


def test_anticipation_moves_the_comparison_and_not_the_event_time() -> None:
    panel = staggered(5, effect=0.4)
    plain = imputation(panel, "rat_held", "g", draws=99).data.set_index("term")
    early = imputation(panel.assign(g=panel["g"] - 1), "rat_held", "g", draws=99).data.set_index("term")
    found = imputation(panel, "rat_held", "g", draws=99, anticipation=1).data.set_index("term")
    assert found["event_time"].min() == -1
    for event in range(3):
        assert found.loc[f"event[{event}]", "estimate"] == pytest.approx(early.loc[f"event[{event + 1}]", "estimate"], abs=1e-10)
    after = found[found["event_time"] >= 0]
    mean = (after["estimate"] * after["n_treated"]).sum() / after["n_treated"].sum()
    assert found.loc["att", "estimate"] == pytest.approx(mean, abs=1e-10)
    assert found.loc["att", "estimate"] != pytest.approx(plain.loc["att", "estimate"], abs=1e-6)
    with pytest.raises(CallError, match="anticipation"):
        imputation(panel, "rat_held", "g", bands="analytic", anticipation=1)
