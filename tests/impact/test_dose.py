"""The rank test of dose and outcome: by hand, by enumeration, honest under lots, silent about curves of few."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from kopanalysis.errors import CallError, DataError
from kopanalysis.impact.dose import dose_curve, dose_rank
from kopanalysis.results import Check


def panel(doses: list[float], changes: list[float], **columns: list[object]) -> pd.DataFrame:
    """Two periods: nothing before, the change after; the dose arrives after."""
    units = [f"c{i:02d}" for i in range(len(doses))]
    before = pd.DataFrame({"coop_id": units, "book_year": 2021, "y": 0.0, "heads": 0.0, **columns})
    after = pd.DataFrame({"coop_id": units, "book_year": 2022, "y": changes, "heads": doses, **columns})
    return pd.concat([before, after], ignore_index=True)


def test_by_hand_the_best_order_of_four() -> None:
    # Ranks 1 2 3 4 on both sides: correlation 1; of 24 orders one is as high and one as low.
    found = dose_rank(panel([5, 10, 15, 20], [0.1, 0.2, 0.3, 0.4]), "y", "heads", pre=[2021], post=[2022])
    assert found.estimate == pytest.approx(1.0)
    assert found.p_value == pytest.approx(2 / 24)
    assert found.p_floor == pytest.approx(1 / 24)
    assert (found.n_units, found.seed, found.conf_low, found.unit) == (4, None, None, "index")


def test_without_strata_it_is_spearmans_coefficient_with_ties() -> None:
    rng = np.random.default_rng(1)
    doses, changes = rng.integers(1, 6, 12).astype(float), rng.integers(0, 4, 12) / 3
    found = dose_rank(panel(list(doses), list(changes)), "y", "heads", pre=[2021], post=[2022], draws=500)
    assert found.estimate == pytest.approx(spearmanr(doses, changes).statistic)


def naive(doses: np.ndarray, changes: np.ndarray, strata: np.ndarray) -> float:
    """Every order within every stratum, one at a time."""

    def total(order: np.ndarray) -> float:
        value = 0.0
        for code in np.unique(strata):
            a, b = (pd.Series(x[strata == code]).rank().to_numpy() for x in (order, changes))
            value += ((a - a.mean()) * (b - b.mean())).sum()
        return value

    first, second = np.flatnonzero(strata == 0), np.flatnonzero(strata == 1)
    observed, count, extreme = abs(total(doses)), 0, 0
    for one in itertools.permutations(first):
        for other in itertools.permutations(second):
            order = doses.copy()
            order[first], order[second] = doses[list(one)], doses[list(other)]
            count += 1
            extreme += abs(total(order)) >= observed - 1e-9
    return extreme / count


def test_strata_are_enumerated_like_a_naive_loop() -> None:
    doses, changes = np.array([1.0, 2, 3, 10, 30, 20, 40]), np.array([0.0, 0.5, 0.2, 0.1, 0.9, 0.9, 0.4])
    strata = np.array([0, 0, 0, 1, 1, 1, 1])
    given = panel(list(doses), list(changes), cohort=list(strata))
    found = dose_rank(given, "y", "heads", ("cohort",), pre=[2021], post=[2022])
    assert found.p_value == pytest.approx(naive(doses, changes, strata))
    assert found.n_clusters == 2


def test_draws_agree_with_enumeration() -> None:
    rng = np.random.default_rng(3)
    given = panel(list(rng.permutation(8) + 1.0), list(rng.normal(size=8)))
    exact = dose_rank(given, "y", "heads", pre=[2021], post=[2022], draws=10)
    assert "all 40320" in exact.method
    drawn = dose_rank(panel(list(rng.permutation(9) + 1.0), list(rng.normal(size=9))), "y", "heads", pre=[2021], post=[2022], draws=100)
    assert drawn.p_floor == pytest.approx(1 / 101)
    assert drawn.p_value is not None
    assert (drawn.p_value * 101) == pytest.approx(round(drawn.p_value * 101))


def test_it_is_honest_under_lots() -> None:
    rng = np.random.default_rng(8)
    p_values = [
        dose_rank(panel(list(rng.integers(1, 8, 10).astype(float)), list(rng.integers(0, 4, 10) / 3)), "y", "heads",
                  pre=[2021], post=[2022], draws=199, seed=number).p_value
        for number in range(300)
    ]  # fmt: skip
    rejected = np.mean([p <= 0.05 for p in p_values if p is not None])
    assert rejected <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 300)


def test_units_without_a_dose_and_strata_that_cannot_tell_are_left_out() -> None:
    given = panel([0, 1, 2, 3, 7, 8], [9.0, 0.1, 0.2, 0.3, 0.5, 0.5], cohort=[1, 1, 1, 1, 2, 2])
    found = dose_rank(given, "y", "heads", ("cohort",), pre=[2021], post=[2022])
    assert (found.n_units, found.n_clusters) == (3, 1)
    assert "2 units in strata that can't tell" in found.method
    everyone = dose_rank(given, "y", "heads", ("cohort",), pre=[2021], post=[2022], among="all")
    assert everyone.n_units == 4


def test_what_cannot_be_ranked_is_refused() -> None:
    with pytest.raises(DataError, match="No stratum"):
        dose_rank(panel([3, 3, 3], [0.1, 0.2, 0.3]), "y", "heads", pre=[2021], post=[2022])
    with pytest.raises(CallError, match="together"):
        dose_rank(panel([1, 2], [0.1, 0.2]), "y", "heads", pre=[2021])
    with pytest.raises(CallError, match="no column"):
        dose_rank(panel([1, 2], [0.1, 0.2]), "y", "cows", pre=[2021], post=[2022])


def test_no_curve_under_thirty_and_thirds_from_there() -> None:
    few = dose_curve(panel([1.0] * 29, [0.1] * 29), "y", "heads", [2021], [2022])
    assert isinstance(few, Check)
    assert few.passed is False
    assert (few.reasons, few.n_treated) == (("too_few_treated",), 29)
    doses = [0.0] * 4 + [float(number) for number in range(1, 31)]
    table = dose_curve(panel(doses, [dose / 10 for dose in doses]), "y", "heads", [2021], [2022])
    assert not isinstance(table, Check)
    assert table.data["n"].tolist() == [4, 10, 10, 10]
    assert table.data["dose_high"].tolist() == [0, 10, 20, 30]
    assert table.data["estimate"].tolist() == pytest.approx([0.0, 0.55, 1.55, 2.55])
