"""Small panels made by hand or by a seed, and the slow, plain ways to the same numbers."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

REFERENCE = Path(__file__).parents[1] / "reference"
PRE, POST = [2019, 2020, 2021], [2022, 2023]


def panel_of(rows: np.ndarray, treated: list[int], first: int = 2019, **columns: list[object]) -> pd.DataFrame:
    """One row a unit and year from a matrix of outcomes; columns are constant within a unit."""
    units, years = rows.shape
    frame = pd.DataFrame(
        {"coop_id": np.repeat([f"K{unit:03d}" for unit in range(units)], years), "book_year": np.tile(first + np.arange(years), units)}
    )
    frame["rat_held"], frame["treated"] = rows.ravel(), np.repeat([int(unit in treated) for unit in range(units)], years)
    for name, values in columns.items():
        frame[name] = np.repeat(values, years)
    return frame


def random_panel(seed: int, units: int = 30, n_treated: int = 6, effect: float = 0.0, years: int = 5) -> pd.DataFrame:
    """Meetings held or not, with lasting differences; the first units are treated from the last two years on."""
    rng = np.random.default_rng(seed)
    share = rng.beta(1.5, 1.5, units)[:, None]
    held = (rng.random((units, years)) < share).astype(float)
    raised = rng.random((units, 2)) < effect
    held[:n_treated, -2:] = np.where(raised[:n_treated], 1.0, held[:n_treated, -2:])
    return panel_of(held, list(range(n_treated)), 2024 - years, sector=list(np.arange(units) % 3), kecamatan=list(np.arange(units) % 4))


def changes(panel: pd.DataFrame, pre: list[int], post: list[int]) -> pd.DataFrame:
    """Mean after less mean before of each unit, by a group-by a line."""
    early = panel[panel["book_year"].isin(pre)].groupby("coop_id")["rat_held"].mean()
    late = panel[panel["book_year"].isin(post)].groupby("coop_id")["rat_held"].mean()
    arm = panel.groupby("coop_id")["treated"].first()
    return pd.DataFrame({"change": late - early, "after": late, "treated": arm}).dropna()


def naive_statistic(y: np.ndarray, treated: np.ndarray, stratum: np.ndarray, studentised: bool = True) -> float:
    """The weighted difference within strata over its standard error, by loops."""
    difference, squares, spare, weights = 0.0, {1: 0.0, 0: 0.0}, {1: 0, 0: 0}, {1: 0.0, 0: 0.0}
    total = treated.sum()
    for name in np.unique(stratum):
        own = {arm: y[(stratum == name) & (treated == arm)] for arm in (1, 0)}
        share = len(own[1]) / total
        difference += share * (own[1].mean() - own[0].mean())
        for arm, values in own.items():
            squares[arm] += float(((values - values.mean()) ** 2).sum())
            spare[arm] += len(values) - 1
            weights[arm] += share**2 / len(values)
    if not studentised:
        return difference
    if min(spare.values()) > 0:
        variance = sum(weights[arm] * squares[arm] / spare[arm] for arm in (1, 0))
    else:
        variance = (weights[1] + weights[0]) * (squares[1] + squares[0]) / max(spare[1] + spare[0], 1)
    if abs(difference) < 1e-9:
        return 0.0
    return difference / np.sqrt(variance) if variance > 1e-15 else np.sign(difference) * np.inf


def brute_force(y: np.ndarray, treated: np.ndarray, studentised: bool = True) -> float:
    """Two-sided p-value over every labelling, one at a time."""
    one = np.zeros(len(y), dtype=int)
    own = abs(naive_statistic(y, treated, one, studentised))
    hits = total = 0
    for chosen in combinations(range(len(y)), int(treated.sum())):
        label = np.isin(np.arange(len(y)), chosen).astype(int)
        value = abs(naive_statistic(y, label, one, studentised))
        hits += value >= own - 1e-9
        total += 1
    return hits / total
