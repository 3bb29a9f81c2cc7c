"""Romano-Wolf: the step-down against a naive loop, bounds that always hold, and honesty over many outcomes."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ttest_ind

from kopanalysis.errors import CallError, DataError
from kopanalysis.impact.multiplicity import romano_wolf, step_down


def panel(changes: np.ndarray, n_treated: int, **columns: list[object]) -> pd.DataFrame:
    n, k = changes.shape
    units = [f"c{i:02d}" for i in range(n)]
    base = pd.DataFrame({"coop_id": units, "d": [int(i < n_treated) for i in range(n)], **columns})
    before = base.assign(book_year=2021, **{f"y{j}": 0.0 for j in range(k)})
    after = base.assign(book_year=2022, **{f"y{j}": changes[:, j] for j in range(k)})
    return pd.concat([before, after], ignore_index=True)


def naive(changes: np.ndarray, n_treated: int) -> np.ndarray:
    """Romano & Wolf's algorithm as written, over every group of the size."""
    n, k = changes.shape

    def statistics(group: tuple[int, ...]) -> list[float]:
        inside = np.isin(np.arange(n), group)
        return [abs(ttest_ind(changes[inside, j], changes[~inside, j], equal_var=False).statistic) for j in range(k)]

    observed = statistics(tuple(range(n_treated)))
    drawn = [statistics(group) for group in itertools.combinations(range(n), n_treated)]
    adjusted, floor, left = np.empty(k), 0.0, sorted(range(k), key=lambda j: -observed[j])
    while left:
        j = left[0]
        share = np.mean([max(one[i] for i in left) >= observed[j] - 1e-9 for one in drawn])
        floor = max(floor, float(share))
        adjusted[j] = floor
        left = left[1:]
    return adjusted


def test_step_down_is_the_naive_loop() -> None:
    rng = np.random.default_rng(3)
    changes = rng.normal(size=(9, 4))
    changes[:4, 1] += 2.0
    table = romano_wolf(panel(changes, 4), ["y0", "y1", "y2", "y3"], "d", [2021], [2022]).data
    assert table["p_adjusted"].to_numpy() == pytest.approx(naive(changes, 4))
    assert table.loc[1, "estimate"] == pytest.approx(changes[:4, 1].mean() - changes[4:, 1].mean())
    assert table.loc[1, "statistic"] == pytest.approx(ttest_ind(changes[:4, 1], changes[4:, 1], equal_var=False).statistic)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 5), st.integers(5, 60), st.integers(0, 9999), st.booleans())
def test_adjusted_lies_between_single_and_bonferroni(k: int, draws: int, seed: int, exact: bool) -> None:
    rng = np.random.default_rng(seed)
    drawn = np.abs(rng.normal(size=(draws, k)))
    observed = drawn[0] if exact else np.abs(rng.normal(size=k))
    single, adjusted = step_down(observed, drawn, exact)
    assert (adjusted >= single - 1e-12).all()
    assert (adjusted <= 1 + 1e-12).all()
    order = np.argsort(-observed, kind="stable")
    assert (np.diff(adjusted[order]) >= -1e-12).all()
    # Bonferroni over the outcomes still in the race; statistics of different outcomes needn't have one distribution, so it isn't Holm's.
    extra = 0 if exact else 1
    alone = np.array([[((drawn[:, i] >= observed[j] - 1e-9).sum() + extra) / (draws + extra) for i in order] for j in order])
    bound = np.maximum.accumulate([min(1.0, alone[step, step:].sum()) for step in range(k)])
    assert (adjusted[order] <= bound + 1e-12).all()


def test_one_outcome_needs_no_adjustment_and_a_copy_costs_nothing() -> None:
    rng = np.random.default_rng(5)
    changes = rng.normal(size=(10, 1))
    one = romano_wolf(panel(changes, 3), ["y0"], "d", [2021], [2022]).data
    assert one.loc[0, "p_value"] == one.loc[0, "p_adjusted"]
    two = romano_wolf(panel(np.repeat(changes, 2, axis=1), 3), ["y0", "y1"], "d", [2021], [2022]).data
    assert two["p_adjusted"].tolist() == pytest.approx([one.loc[0, "p_value"]] * 2)


def test_false_alarms_over_five_outcomes_stay_at_the_level() -> None:
    rng = np.random.default_rng(11)
    names = [f"y{j}" for j in range(5)]
    alarms = []
    for seed in range(200):
        given_panel = panel(rng.normal(size=(24, 5)) + rng.normal(size=(24, 1)), 8)
        alarms.append(romano_wolf(given_panel, names, "d", [2021], [2022], draws=199, seed=seed).data["p_adjusted"].min() <= 0.05)
    assert np.mean(alarms) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)


def test_missing_outcomes_leave_the_others_whole() -> None:
    rng = np.random.default_rng(6)
    changes = rng.normal(size=(20, 2))
    changes[[0, 12], 1] = np.nan
    table = romano_wolf(panel(changes, 6), ["y0", "y1"], "d", [2021], [2022], draws=99).data
    assert table[["n_treated", "n_controls"]].to_numpy().tolist() == [[6, 14], [5, 13]]
    assert table.loc[1, "estimate"] == pytest.approx(np.nanmean(changes[:6, 1]) - np.nanmean(changes[6:, 1]))


def test_labels_move_within_strata() -> None:
    changes = np.array([[1.0], [1.1], [0.9], [1.05], [0.0], [0.1], [0.05], [-0.1]])
    given_panel = panel(changes, 8, place=["a"] * 4 + ["b"] * 4).assign(d=lambda t: t["coop_id"].isin(["c00", "c01", "c04"]).astype(int))
    table = romano_wolf(given_panel, ["y0"], "d", [2021], [2022], strata=("place",)).data
    assert table.loc[0, "p_value"] * 24 == pytest.approx(round(table.loc[0, "p_value"] * 24))  # 6 x 4 labellings


def test_what_is_refused() -> None:
    changes = np.zeros((6, 1)) + np.arange(6)[:, None]
    with pytest.raises(CallError, match="twice"):
        romano_wolf(panel(changes, 3), ["y0", "y0"], "d", [2021], [2022])
    poor = changes.astype(float).copy()
    poor[1:3] = np.nan
    with pytest.raises(DataError, match="fewer than 2"):
        romano_wolf(panel(np.hstack([changes, poor]), 3), ["y0", "y1"], "d", [2021], [2022])
