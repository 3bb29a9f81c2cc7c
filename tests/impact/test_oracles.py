"""Against packages that serve as oracles only, frozen with the scripts that asked them: differences and ritest-python."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from panels import REFERENCE

import kopanalysis as ka

PRE, POST = list(range(2016, 2022)), list(range(2022, 2025))
DIFFERENCES = pd.read_csv(REFERENCE / "impact_differences.csv")
RITEST = pd.read_csv(REFERENCE / "impact_ritest.csv").fillna({"strata": ""})


def staggered() -> pd.DataFrame:
    """The frame of impact_differences.py, outcome ``exact`` included."""
    panel = pd.read_csv(REFERENCE / "impact_staggered.csv")
    since = (panel["t"] - panel["g"]).where(panel["g"] > 0)
    effect = (0.1 + 0.05 * since + 0.02 * (panel["g"] - 2020)).where(since >= 0, 0.0)
    exact = 0.01 * panel["id"] + 0.03 * (panel["t"] - 2018) ** 2 + effect
    return panel.assign(exact=exact, g=panel["g"].astype("Int64").replace(0, pd.NA))


def frozen(outcome: str, control: str, what: str) -> pd.DataFrame:
    lines = DIFFERENCES
    return lines[(lines["outcome"] == outcome) & (lines["control"] == control) & (lines["what"] == what)]


def test_imputation_equals_differences_where_outcomes_are_additive() -> None:
    found = ka.imputation(staggered(), "exact", "g", "id", "t", draws=50).data.set_index("term")["estimate"]
    assert found["att"] == pytest.approx(frozen("exact", "not_yet_treated", "simple")["estimate"].item(), abs=1e-10)
    events = frozen("exact", "not_yet_treated", "event").query("event_time >= 0")
    assert len(events) == 5
    for line in events.itertuples():
        assert found[f"event[{int(line.event_time)}]"] == pytest.approx(line.estimate, abs=1e-10)


@pytest.mark.parametrize("control", ["never_treated", "not_yet_treated"])
def test_cohort_effects_equal_differences(control: str) -> None:
    att = ka.att_gt(staggered(), "y", "g", "id", "t", control=control)
    assert ka.aggregate(att, "simple").estimate == pytest.approx(frozen("y", control, "simple")["estimate"].item(), abs=1e-8)
    events = ka.aggregate(att, "event").data.set_index("term")["estimate"]
    expected = frozen("y", control, "event")
    assert len(expected) == len(events) == 9
    for line in expected.itertuples():
        assert events[f"event[{int(line.event_time)}]"] == pytest.approx(line.estimate, abs=1e-8)


@pytest.mark.parametrize("line", RITEST.to_dict("records"), ids=["all", "within strata"])
def test_permutation_agrees_with_ritest_within_monte_carlo_error(line: dict[str, float]) -> None:
    panel = pd.read_csv(REFERENCE / "impact_panel.csv")
    panel["z"] = panel["y"] + panel["x"] / 10
    strata = (line["strata"],) if line["strata"] else ()
    found = ka.permutation_test(
        panel, "z", "treated", PRE, POST, strata=strata, unit="id", time="t", studentised=False, draws=20_000, seed=3
    )
    assert found.estimate == pytest.approx(line["estimate"], abs=1e-12)
    theirs = math.sqrt(line["p_value"] * (1 - line["p_value"]) / line["draws"])
    assert abs(found.p_value - line["p_value"]) <= 3 * np.hypot(found.mc_error, theirs)
    assert 0 < found.p_value < 0.02
