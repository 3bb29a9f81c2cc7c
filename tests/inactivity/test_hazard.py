"""The discrete-time hazard: rows, guards, average differences, ranks, and coverage of a known hazard."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kopanalysis as ka
from kopanalysis.inactivity.explain import onset_frame, stopping_model
from kopanalysis.inactivity.form import functional_form, within_between
from kopanalysis.inactivity.hazard import discrete_hazard, person_period
from kopanalysis.inactivity.leakage import check_leakage
from kopanalysis.inactivity.plan import planned, planned_curves, screen
from kopanalysis.inactivity.ranks import rank_intervals

SPELLS = st.lists(st.tuples(st.integers(0, 9), st.integers(1, 9), st.integers(0, 2)), min_size=1, max_size=30)


def drawn_years(seed: int, n: int = 127, effect: float = 0.7, link: str = "cloglog") -> pd.DataFrame:
    """Cooperative-years of a district with a known yearly hazard, late entry and ten years of records."""
    rng = np.random.default_rng(seed)
    x, entry = rng.normal(size=n), rng.integers(0, 15, n)
    eta = -2.2 + effect * x
    risk = 1 - np.exp(-np.exp(eta)) if link == "cloglog" else 1 / (1 + np.exp(-eta))
    life = rng.geometric(risk)
    spells = pd.DataFrame({"coop_id": np.arange(n).astype(str), "entry": entry, "duration": entry + np.minimum(life, 9),
                           "event": (life <= 9).astype(int), "x": x})  # fmt: skip
    return person_period(spells)


def covered(seed: int, link: str) -> bool:
    line = discrete_hazard(drawn_years(seed, link=link), "stopped", ["x"], link=link, cluster="coop_id").data.set_index("term").loc["x"]
    return bool(line["conf_low"] <= 0.7 <= line["conf_high"])


@pytest.mark.parametrize("link", ["cloglog", "logit"])
def test_limits_cover_a_known_hazard(link: str) -> None:
    assert np.mean([covered(seed, link) for seed in range(60)]) >= 0.85


@pytest.mark.certify
@pytest.mark.parametrize("link", ["cloglog", "logit"])
def test_limits_cover_a_known_hazard_in_a_thousand_districts(link: str) -> None:
    share = np.mean([covered(seed, link) for seed in range(1000)])
    reach = 2.576 * np.sqrt(share * (1 - share) / 1000)
    print(f"\ncoverage of {link} over 1,000 districts: {share:.3f}, 99 % Monte Carlo [{share - reach:.3f}, {share + reach:.3f}]")
    assert share + reach >= 0.93
    assert share - reach <= 0.97


def placebo_covers_zero(seed: int) -> bool | None:
    """A random half of a synthetic district can't go with stopping: its true coefficient is zero."""
    from kopanalysis.truth.district import draw_district

    truth = draw_district(seed).truth.query("in_scope").sort_values(["coop_id", "book_year"])
    after = truth.groupby("coop_id")["active"].shift(-1)
    years = truth[truth["active"] & after.notna()].assign(stopped=lambda d: (~after[d.index].astype(bool)).astype(int))
    half = np.random.default_rng(seed).permutation(years["coop_id"].unique())[::2]
    years = years.assign(half=years["coop_id"].isin(half).astype(int))
    line = discrete_hazard(years, "stopped", ["half"], link="logit", cluster="coop_id").data.iloc[1]
    return bool(line["conf_low"] <= 0 <= line["conf_high"])


def test_a_placebo_goes_with_nothing_in_synthetic_districts() -> None:
    assert np.mean([placebo_covers_zero(seed) for seed in range(20)]) >= 0.75


@pytest.mark.certify
def test_a_placebo_goes_with_nothing_in_a_thousand_districts() -> None:
    share = np.mean([placebo_covers_zero(seed) for seed in range(1000)])
    reach = 2.576 * np.sqrt(share * (1 - share) / 1000)
    print(f"\ncoverage of zero over 1,000 synthetic districts: {share:.3f}, 99 % Monte Carlo [{share - reach:.3f}, {share + reach:.3f}]")
    assert share + reach >= 0.93
    assert share - reach <= 0.97


@settings(max_examples=50, deadline=None)
@given(SPELLS)
def test_rows_are_the_years_at_risk(rows: list[tuple[int, int, int]]) -> None:
    spells = pd.DataFrame([{"coop_id": str(i), "entry": e, "duration": e + d, "event": x} for i, (e, d, x) in enumerate(rows)])
    frame = person_period(spells)
    assert len(frame) == (spells["duration"] - spells["entry"]).sum()
    assert frame["stopped"].sum() == (spells["event"] == 1).sum()
    assert frame["exposure"].eq(1).all()
    assert (frame["age"] > frame["coop_id"].map(spells.set_index("coop_id")["entry"])).all()


def test_parts_of_years_and_values_that_change() -> None:
    spells = pd.DataFrame({"coop_id": ["a"], "entry": [1.5], "duration": [3.25], "event": [1], "entry_year": [2015]})
    frame = person_period(spells, pd.DataFrame({"coop_id": ["a", "a"], "book_year": [2016, 2017], "aid": [0, 1]}))
    assert frame["age"].tolist() == [2, 3, 4]
    assert frame["exposure"].tolist() == [0.5, 1.0, 0.25]
    assert frame["stopped"].tolist() == [0, 0, 1]
    assert frame["aid"].fillna(-1).tolist() == [0, 1, -1]
    with pytest.raises(ka.CallError, match="twice"):
        person_period(spells, pd.DataFrame({"coop_id": ["a", "a"], "aid": [0, 1]}))


@pytest.mark.parametrize(
    "name", ["years_since_rat", "nik_grade", "NIK Status", "health_score", "meetings_3y", "reported", "class", "registered_status"]
)
def test_what_defines_the_status_cannot_explain_it(name: str) -> None:
    with pytest.raises(ka.LeakageError, match=name):
        check_leakage(["age", name])
    frame = drawn_years(1).assign(**{name: 1.0})
    with pytest.raises(ka.LeakageError):
        discrete_hazard(frame, "stopped", ["x", name])
    check_leakage([name], purpose="warning")


def test_the_guard_knows_the_rule_and_lets_others_pass() -> None:
    check_leakage([*planned(), "turnover_idr", "separate", "rate", "class_size"])
    with pytest.raises(ka.LeakageError, match="business"):
        check_leakage(["turnover_idr"], rule="no_rat_no_business_2y")
    with pytest.raises(ka.RuleError):
        check_leakage(["age"], rule="no_such_rule")


def test_a_predictor_left_out_says_why() -> None:
    frame = drawn_years(2).assign(constant=1, mostly=np.nan, twice=lambda d: 2 * d["x"])
    frame["never"] = ((frame["stopped"] == 0) & (frame["coop_id"].astype(int) < 20)).astype(int)
    frame.loc[frame.index[:5], "mostly"] = 1.0
    expected = {"x": "", "nowhere": "not_recorded", "mostly": "missing", "constant": "no_variation", "never": "separation",
                "twice": "collinear"}  # fmt: skip
    assert screen(frame, "stopped", list(expected)) == expected
    data = discrete_hazard(frame, "stopped", list(expected)).data.set_index("term")
    assert {term: data.loc[term, "reason"] for term in expected} == expected
    assert data.loc[[t for t, why in expected.items() if why], "estimate"].isna().all()
    few = frame[frame["stopped"] == 0].head(100)
    few = pd.concat([few, frame[frame["stopped"] == 1].head(19)])
    assert screen(few, "stopped", ["x", "age"]) == {"x": "", "age": "too_few_events"}


def test_a_level_without_events_leaves_with_its_rows() -> None:
    frame = drawn_years(3)
    frame["form"] = np.where(frame["coop_id"].astype(int) < 60, "a", "b")
    frame.loc[(frame["coop_id"].astype(int) > 110), "form"] = "c"
    frame.loc[frame["form"] == "c", "stopped"] = 0
    data = discrete_hazard(frame, "stopped", ["x", "form"]).data.set_index("term")
    without = discrete_hazard(frame[frame["form"] != "c"], "stopped", ["x", "form"]).data.set_index("term")
    assert data.loc["form[c]", "reason"] == "separation"
    assert data.loc["x", "estimate"] == pytest.approx(without.loc["x", "estimate"])


def test_average_difference_is_that_of_predictions_by_hand() -> None:
    frame = drawn_years(4).assign(small=lambda d: (d["x"] < 0).astype(int))
    table = discrete_hazard(frame, "stopped", ["small", "age"], curved=["age"], effects="ame", cluster="coop_id").data.set_index("term")
    shown = discrete_hazard(frame, "stopped", ["small", "age"], curved=["age"], cluster="coop_id").data.set_index("term")["estimate"]
    eta = shown["(intercept)"] + shown["age"] * frame["age"] + shown["age_squared"] * frame["age"] ** 2

    def risk(small: int) -> float:
        return float(np.mean(1 - np.exp(-np.exp(eta + shown["small"] * small))))

    assert table.loc["small", "estimate"] == pytest.approx(risk(1) - risk(0), abs=1e-9)
    assert table.loc["small", "contrast"] == "0 > 1"
    assert table["rank_low"].ge(1).all()
    assert table["rank_high"].le(len(table)).all()


def test_collapsing_changes_nothing() -> None:
    frame = drawn_years(5).assign(
        x=lambda d: d["x"].round(), year=lambda d: (d["age"] % 4).astype(str), region=lambda d: d["coop_id"].str[-1]
    )
    import statsmodels.api as sm

    ours = discrete_hazard(frame, "stopped", ["x"], link="logit", cluster="region", controls=["region", "year"]).data.iloc[1]
    dummies = pd.get_dummies(frame[["region", "year"]], drop_first=True, dtype=float)
    model = sm.Logit(frame["stopped"], sm.add_constant(pd.concat([frame[["x"]], dummies], axis=1)))
    fit = model.fit(disp=0, cov_type="cluster", cov_kwds={"groups": frame["region"].astype("category").cat.codes, "use_correction": False})
    groups = frame["region"].nunique()
    assert ours["estimate"] == pytest.approx(fit.params["x"], rel=1e-7)
    assert ours["std_error"] == pytest.approx(fit.bse["x"] * np.sqrt(groups / (groups - 1)), rel=1e-6)
    assert ours["n_clusters"] == groups


def test_ranks_of_noise_are_wide_and_of_giants_are_not() -> None:
    low, high = rank_intervals(np.array([0.1, 0.11, 0.12]), np.eye(3))
    assert low.tolist() == [1, 1, 1]
    assert high.tolist() == [3, 3, 3]
    low, high = rank_intervals(np.array([50.0, 0.0, 20.0]), np.eye(3))
    assert low.tolist() == high.tolist() == [1, 3, 2]


def test_impossible_combinations_are_refused() -> None:
    frame = drawn_years(6)
    with pytest.raises(ka.CallError, match="Firth"):
        discrete_hazard(frame, "stopped", ["x"], penalty="firth")
    with pytest.raises(ka.CallError, match="link"):
        discrete_hazard(frame, "stopped", ["x"], link="probit")
    with pytest.raises(ka.DataError, match="events"):
        discrete_hazard(frame.assign(stopped=0), "stopped", ["x"])
    with pytest.raises(ka.CallError, match="0 or 1"):
        discrete_hazard(frame.assign(stopped=frame["age"]), "stopped", ["x"])


def test_split_within_and_between_and_a_bent_line_found() -> None:
    frame = drawn_years(7).assign(size=lambda d: d["x"] + d["age"] / 10)
    split = within_between(frame, ["size"])
    assert np.allclose(split["size_between"] + split["size_within"], frame["size"])
    assert np.allclose(split.groupby("coop_id")["size_within"].mean(), 0)
    rng = np.random.default_rng(0)
    x = rng.normal(size=4000)
    bent = pd.DataFrame({"x": x, "z": rng.normal(size=4000), "y": (rng.random(4000) < 1 / (1 + np.exp(2 - x**2))).astype(int)})
    p_values = functional_form(bent, "y", ["x", "z"], link="logit").data.set_index("term")["p_value"]
    assert p_values["x"] < 1e-6
    assert p_values["z"] > 0.001


def test_the_planned_model_on_the_demonstration(full_panel: pd.DataFrame) -> None:
    assert len(planned()) <= 5
    assert planned_curves() == ("age",)
    table = stopping_model(full_panel)
    data = table.data.set_index("term")
    assert set(planned()) <= set(data.index)
    estimated = data[data["reason"] == ""]
    assert (estimated["conf_low"] < estimated["conf_high"]).all()
    assert estimated["n_events"].iloc[0] >= 10 * (len(estimated) + 1)
    number = table.number("hazard.livestock")
    assert number.unit == "points"
    assert number.value == data.loc["livestock", "estimate"]
    assert number.call is not None
    assert number.call.function.endswith("explain.stopping_model")
    frame = onset_frame(full_panel)
    assert frame.loc[frame["public_aid"] == 1, "book_year"].min() > 2022
