"""Kaplan-Meier against R's survival, against algebra, and its properties."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kopanalysis as ka

REFERENCE = Path(__file__).parents[1] / "reference"
COLUMNS = ["time", "estimate", "std_error", "conf_low", "conf_high", "n_risk", "n_event"]
SPELLS = st.lists(st.tuples(st.integers(0, 8), st.integers(1, 8), st.booleans()), min_size=1, max_size=40)


def frozen() -> tuple[pd.DataFrame, pd.DataFrame]:
    return pd.read_csv(REFERENCE / "spells.csv"), pd.read_csv(REFERENCE / "survival.csv", skipinitialspace=True)


def agrees(curve: pd.DataFrame, expected: pd.DataFrame) -> bool:
    return len(curve) == len(expected) and all(
        np.allclose(curve[name].astype(float), pd.to_numeric(expected[name], errors="coerce"), rtol=1e-12, atol=1e-12, equal_nan=True)
        for name in COLUMNS
    )


@pytest.mark.parametrize("term", ["all", "a", "b"])
def test_against_r_with_delayed_entry(term: str) -> None:
    spells, reference = frozen()
    curve = ka.kaplan_meier(spells, by=None if term == "all" else "group").data
    assert agrees(curve[curve["term"] == term], reference[reference["term"].str.strip() == term])


def test_the_reference_notices_one_changed_digit() -> None:
    spells, reference = frozen()
    reference = reference[reference["term"].str.strip() == "all"].copy()
    reference.loc[reference.index[3], "estimate"] += 1e-6
    assert not agrees(ka.kaplan_meier(spells).data, reference)


def test_without_late_entry_or_censoring_it_is_the_empirical_distribution() -> None:
    times = np.array([1, 2, 2, 3, 5, 8, 8, 8])
    curve = ka.kaplan_meier(pd.DataFrame({"duration": times, "event": 1}), entry=None).data
    assert np.allclose(curve["estimate"], [np.mean(times > t) for t in curve["time"]])


def test_both_events_end_the_spell() -> None:
    spells = pd.DataFrame({"entry": 0, "duration": [1, 2, 3, 4], "event": [1, 2, 0, 1]})
    assert list(ka.kaplan_meier(spells).data["time"]) == [1, 2, 4]


@settings(max_examples=60, deadline=None)
@given(SPELLS)
def test_curves_never_rise_and_stay_within_their_band(rows: list[tuple[int, int, bool]]) -> None:
    spells = pd.DataFrame([{"entry": e, "duration": e + d, "event": int(x)} for e, d, x in rows])
    data = ka.kaplan_meier(spells).data
    assert (np.diff(data["estimate"]) <= 1e-12).all()
    known = data.dropna(subset=["conf_low"])
    assert (known["conf_low"] <= known["estimate"] + 1e-12).all()
    assert (known["estimate"] <= known["conf_high"] + 1e-12).all()
    assert (data["n_event"] <= data["n_risk"]).all()


def test_forgetting_delayed_entry_flatters() -> None:
    rng = np.random.default_rng(7)
    life = rng.geometric(0.12, 4000)
    entry = rng.integers(0, 12, 4000)
    seen = life > entry
    spells = pd.DataFrame({"entry": entry[seen], "duration": life[seen], "event": 1})
    truth = 0.88**8
    assert abs(ka.kaplan_meier(spells).at(8)["estimate"] - truth) < 0.03
    assert ka.kaplan_meier(spells, entry=None).at(8)["estimate"] > truth + 0.08


def test_nobody_gives_an_empty_curve() -> None:
    empty = pd.DataFrame({"entry": [], "duration": [], "event": []})
    assert ka.kaplan_meier(empty).tidy().empty
