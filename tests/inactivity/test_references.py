"""The models of inactivity against R, number by number, and against published coefficients."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import kopanalysis as ka
from kopanalysis.inactivity.cox import cox_hazard, proportionality
from kopanalysis.inactivity.hazard import discrete_hazard, person_period
from kopanalysis.inactivity.incidence import cumulative_incidence
from kopanalysis.inactivity.logrank import logrank
from kopanalysis.inactivity.multistate import occupation

REFERENCE = Path(__file__).parents[1] / "reference"
TERMS = {"(Intercept)": "(intercept)", "groupb": "group[b]", "groupc": "group[c]", "GLOBAL": "global"}


def frozen(what: str) -> pd.DataFrame:
    """Terms by columns of one block of inactivity_numbers.csv."""
    numbers = pd.read_csv(REFERENCE / "inactivity_numbers.csv")
    block = numbers[numbers["what"] == what].pivot(index="term", columns="column", values="value")
    return block.rename(index=TERMS)


def spells() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "inactivity_spells.csv").assign(coop_id=lambda d: d.index.astype(str))


def agree(ours: pd.DataFrame, theirs: pd.DataFrame, tolerance: float = 1e-6) -> None:
    """Every number of R's block stands in ours."""
    mine = ours.set_index("term") if "term" in ours else ours
    for column in theirs:
        found = mine.loc[theirs.index, column].to_numpy(float)
        assert np.allclose(found, theirs[column].to_numpy(float), rtol=tolerance, atol=tolerance), column


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_cox_with_delayed_entry(ties: str) -> None:
    agree(cox_hazard(spells(), ["x", "group"], ties=ties).data, frozen(f"cox_{ties}"))


def test_cox_of_one_cause_and_by_cluster() -> None:
    agree(cox_hazard(spells(), ["x"], cause=1).data, frozen("cox_cause"))
    agree(cox_hazard(spells(), ["x", "group"], cluster="place").data, frozen("cox_cluster"))


def test_entering_exactly_at_an_event_time_is_not_at_risk() -> None:
    import statsmodels.api as sm

    data = spells()
    assert data["entry"].isin(data.loc[data["event"] > 0, "duration"]).any()
    ours = cox_hazard(data, ["x"]).data["estimate"].iloc[0]

    def theirs(later: float) -> float:
        model = sm.PHReg(data["duration"], data[["x"]], status=data["event"] > 0, entry=data["entry"] + later, ties="efron")
        return float(model.fit(disp=0).params[0])

    assert abs(theirs(0.0) - ours) > 1e-3
    assert theirs(1e-7) == pytest.approx(ours, abs=1e-8)


@pytest.mark.parametrize("transform", ["identity", "log"])
def test_proportionality(transform: str) -> None:
    agree(proportionality(spells(), ["x", "group"], transform=transform).data, frozen(f"zph_{transform}"))


def test_logrank() -> None:
    assert logrank(spells(), "group", entry=None).statistic == pytest.approx(frozen("logrank_plain").loc["group", "statistic"], rel=1e-9)
    assert logrank(spells(), "group").statistic == pytest.approx(frozen("logrank_delayed").loc["group", "statistic"], rel=1e-9)


@pytest.mark.parametrize("cause", [1, 2])
def test_cumulative_incidence(cause: int) -> None:
    def by_time(curve: pd.DataFrame) -> pd.DataFrame:
        return curve.assign(term=curve["time"].astype(int).astype(str)).drop(columns="time")

    agree(by_time(cumulative_incidence(spells(), cause).data), frozen(f"incidence_delayed_{cause}"))
    plain = frozen(f"incidence_plain_{cause}")
    curve = by_time(cumulative_incidence(spells(), cause, entry=None).data)
    agree(curve, plain[["estimate"]])
    # cmprsk's variance is the delta method of Aalen (1978), ours the infinitesimal jackknife: alike, not equal
    assert np.allclose(curve.set_index("term").loc[plain.index, "std_error"], plain["std_error"], rtol=0.03)


def test_states_with_return() -> None:
    names = ("active", "inactive", "dissolved")
    steps = pd.read_csv(REFERENCE / "inactivity_steps.csv")
    steps = pd.DataFrame({"unit": steps["id"], "time": steps["year"], "from": steps["from"].map(lambda s: names[s - 1]),
                          "to": steps["to"].map(lambda s: names[s - 1])})  # fmt: skip
    curve = occupation(steps, names)
    for state in names:
        own = curve[curve["term"] == state].assign(term=lambda d: d["time"].astype(str))
        agree(own, frozen(f"states_{state}"))


def years() -> pd.DataFrame:
    return person_period(spells()).assign(small=lambda d: (d["x"] < 0).astype(int))


@pytest.mark.parametrize("link", ["cloglog", "logit"])
@pytest.mark.parametrize("cluster", [None, "coop_id", "place"])
def test_discrete_hazard(link: str, cluster: str | None) -> None:
    ours = discrete_hazard(years(), "stopped", ["x", "group", "age"], link=link, cluster=cluster).data
    agree(ours, frozen(f"glm_{link}" + (f"_{cluster}" if cluster else "")))


def test_discrete_hazard_is_that_of_statsmodels() -> None:
    import statsmodels.api as sm

    data = years()
    family = sm.families.Binomial(sm.families.links.CLogLog())
    theirs = sm.GLM(data["stopped"], sm.add_constant(data[["x", "age"]]), family=family).fit(tol=1e-12)
    ours = discrete_hazard(data, "stopped", ["x", "age"]).data
    assert np.allclose(ours["estimate"], theirs.params, atol=1e-8)
    assert np.allclose(ours["std_error"], theirs.bse, atol=1e-8)


def test_average_marginal_difference() -> None:
    ours = discrete_hazard(years(), "stopped", ["small", "age"], link="logit", cluster="coop_id", effects="ame").data
    agree(ours, frozen("ame_logit"))


def test_firth_with_profile_limits_under_separation() -> None:
    data = pd.read_csv(REFERENCE / "inactivity_separated.csv")
    assert data.loc[data["treated"] == 1, "stopped"].sum() == 0
    ours = discrete_hazard(data, "stopped", ["treated", "size"], link="logit", penalty="firth").data
    reference = frozen("firth")
    agree(ours, reference[["estimate", "std_error"]])
    # limits and tests of the reference are found by a general-purpose search, which stops some digits earlier
    agree(ours, reference[["conf_low", "conf_high", "p_value"]], 1e-4)
    plain = discrete_hazard(data, "stopped", ["treated", "size"], link="logit").data.set_index("term")
    assert plain.loc["treated", "reason"] == "separation"


def test_the_references_notice_one_changed_digit() -> None:
    reference = frozen("cox_efron")
    reference.loc["x", "estimate"] += 1e-4
    with pytest.raises(AssertionError):
        agree(cox_hazard(spells(), ["x", "group"]).data, reference)


def test_published_coefficients_of_the_rearrest_study() -> None:
    published = {"fin": (-0.379, 0.191), "age": (-0.057, 0.022), "race": (0.314, 0.308), "wexp": (-0.150, 0.212), "mar": (-0.434, 0.382),
                 "paro": (-0.085, 0.196), "prio": (0.0915, 0.0286)}  # fmt: skip
    data = pd.read_csv(REFERENCE / "rossi.csv")
    ours = cox_hazard(data, list(published), duration="week", event="arrest", entry=None).data.set_index("term")
    for term, (estimate, error) in published.items():
        digits = 4 if term == "prio" else 3
        assert round(ours.loc[term, "estimate"], digits) == estimate
        assert round(ours.loc[term, "std_error"], digits) == error


def test_impossible_times_are_refused_everywhere() -> None:
    wrong = spells().assign(duration=lambda d: d["entry"])
    for function in (lambda s: cox_hazard(s, ["x"]), lambda s: logrank(s, "group"), cumulative_incidence, person_period):
        with pytest.raises(ka.SpellError):
            function(wrong)
