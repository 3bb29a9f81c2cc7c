"""Training, cattle, or both: the four cells counted first, contrasts where each holds enough, bounds and a refusal where not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from kopanalysis.errors import CallError
from kopanalysis.impact.histories import Histories, as_flags, read_histories, rows_of, stratum_codes
from kopanalysis.lineage import recorded
from kopanalysis.results import TIDY_COLUMNS, Check, Estimate, Number, Table, Text

SMALLEST_CELL = 5
CELLS = {"neither": (0, 0), "training_only": (1, 0), "cattle_only": (0, 1), "both": (1, 1)}
NAMES = {
    "neither": Text("tanpa pelatihan dan tanpa ternak", "neither training nor cattle"),
    "training_only": Text("pelatihan saja", "training only"), "cattle_only": Text("ternak saja", "cattle only"),
    "both": Text("pelatihan dan ternak", "training and cattle"),
}  # fmt: skip
# Weights of the four cell means, in the order of CELLS.
CONTRASTS = {
    "training_only": (-1.0, 1.0, 0.0, 0.0), "cattle_only": (-1.0, 0.0, 1.0, 0.0), "both": (-1.0, 0.0, 0.0, 1.0),
    "interaction": (1.0, -1.0, -1.0, 1.0),
}  # fmt: skip


@recorded
def bundle_counts(
    panel: pd.DataFrame, outcome: str, training: str, cattle: str, pre: Sequence[Any], post: Sequence[Any],
    unit: str = "coop_id", time: str = "book_year",
) -> Table:  # fmt: skip
    """Count the four cells of training and cattle, with the mean change of the outcome in each.

    Parameters
    ----------
    panel : pandas.DataFrame
    outcome : str
    training, cattle : str
        0/1 columns, constant within a unit.
    pre, post : sequence
        Periods.
    unit, time : str
        Columns.

    Returns
    -------
    Table
        ``cell, n, mean_pre, mean_post, change``, four rows; only units on record before and after.

    Raises
    ------
    CallError
        When a column isn't there or isn't 0/1.
    """
    histories, cells = _cells(panel, outcome, training, cattle, pre, post, (), unit, time)
    return _counted(histories, cells, pre, post, rows_of(panel, histories.units, unit))


@recorded
def bundle(
    panel: pd.DataFrame,
    outcome: str,
    training: str,
    cattle: str,
    pre: Sequence[Any],
    post: Sequence[Any],
    strata: Sequence[str] = (),
    draws: int = 10_000,
    seed: int = 0,
    smallest: int = SMALLEST_CELL,
    level: float = 0.95,
    unit: str = "coop_id",
    time: str = "book_year",
) -> Table | Check:
    """Effects of training alone, cattle alone and both, and their interaction.

    Parameters
    ----------
    panel : pandas.DataFrame
    outcome : str
    training, cattle : str
        0/1 columns, constant within a unit.
    pre, post : sequence
        Periods.
    strata : sequence of str
        Columns within which the pairs are permuted.
    draws, seed : int
        Of the permutation.
    smallest : int
        Units that each cell needs; at least 2.
    level : float
        Of the interval (unequal variances, Satterthwaite).
    unit, time : str
        Columns.

    Returns
    -------
    Table or Check
        Terms ``training_only, cattle_only, both`` (each against neither) and ``interaction`` (both less the sum of the two), with p from
        permuted pairs. Where a cell holds fewer: a failed Check whose ``reasons`` (``cell_empty.<cell>``, ``cell_small.<cell>``) and
        ``texts`` say which, and whose table holds bounds
        (:func:`bundle_bounds`).

    Raises
    ------
    CallError
        When a column isn't there or isn't 0/1, or ``smallest`` is under 2.

    Notes
    -----
    Pairs (trained, given cattle) are permuted together, so the null is that neither does anything to anyone, and the bundling stays as it
    was; the statistic is studentised. That those given something differ from the others isn't mended by it.
    """
    if smallest < 2:
        raise CallError(f"smallest={smallest} gives no variance", "smallest", "Ask for at least 2 a cell.")
    histories, cells = _cells(panel, outcome, training, cattle, pre, post, strata, unit, time)
    sizes = np.bincount(cells, minlength=4)
    if (sizes < smallest).any():
        return _refusal(panel, outcome, training, cattle, list(pre), list(post), sizes, smallest, unit, time)
    change = histories.change(pre, post)
    p_values = _permuted_p(change, cells, stratum_codes(histories, strata), draws, seed)
    rows = rows_of(panel, histories.units, unit)
    found = [_contrast(name, change, cells, p_values[number], level, draws, seed) for number, name in enumerate(CONTRASTS)]
    frames = [estimate.tidy().assign(n_cell=_smallest_cell(estimate.term, sizes), p_floor=estimate.p_floor) for estimate in found]
    numbers = tuple(
        replace(estimate.as_number(f"bundle.{estimate.term}"), rows=rows, cell=(row, "estimate")) for row, estimate in enumerate(found)
    )
    derived = dict.fromkeys(TIDY_COLUMNS[1:10], ("n_cell",))
    return Table("bundle", pd.concat(frames, ignore_index=True), ("n_cell",), derived=derived, numbers=numbers, rows=rows)


@recorded
def bundle_bounds(
    panel: pd.DataFrame, outcome: str, training: str, cattle: str, pre: Sequence[Any], post: Sequence[Any],
    smallest: int = 1, unit: str = "coop_id", time: str = "book_year",
) -> Table:  # fmt: skip
    """Bounds of each effect where a cell is empty, if neither training nor cattle does harm, alone or on top of the other.

    Parameters
    ----------
    panel : pandas.DataFrame
    outcome : str
        Between 0 and 1.
    training, cattle : str
        0/1 columns.
    pre, post : sequence
        Periods.
    smallest : int
        A cell with fewer counts as empty.
    unit, time : str
        Columns.

    Returns
    -------
    Table
        ``term, low, high, basis, n_cell``: ``estimated`` where its own cell is there, ``monotone`` where the other cells bound it (an
        effect of one alone lies between none and that of both), ``logical`` where only the range does. They carry no sampling error. A
        negative effect of both contradicts the assumption: then ``low`` is above ``high`` and ``basis`` is ``contradicted``.

    Raises
    ------
    CallError
        When a column isn't there or isn't 0/1.
    """
    histories, cells = _cells(panel, outcome, training, cattle, pre, post, (), unit, time)
    change = histories.change(pre, post)
    sizes = np.bincount(cells, minlength=4)
    mean = {name: change[cells == number].mean() if sizes[number] >= max(smallest, 1) else np.nan for number, name in enumerate(CELLS)}
    effect = {name: mean[name] - mean["neither"] for name in list(CELLS)[1:]}
    records = []
    for number, name in enumerate(list(CELLS)[1:], start=1):
        records.append({"term": name, **_bound(name, effect), "n_cell": int(sizes[number])})
    derived = dict.fromkeys(("low", "high"), ("n_cell",))
    return Table("bundle_bounds", pd.DataFrame(records), ("n_cell",), derived=derived, rows=rows_of(panel, histories.units, unit))


def _bound(name: str, effect: dict[str, float]) -> dict[str, Any]:
    if not np.isnan(effect[name]):
        return {"low": effect[name], "high": effect[name], "basis": "estimated"}
    if name == "both":
        known = [value for term, value in effect.items() if term != "both" and not np.isnan(value)]
        return {"low": max([0.0, *known]), "high": 1.0, "basis": "monotone" if known else "logical"}
    if np.isnan(effect["both"]):
        return {"low": 0.0, "high": 1.0, "basis": "logical"}
    basis = "monotone" if effect["both"] >= 0 else "contradicted"
    return {"low": 0.0, "high": effect["both"], "basis": basis}


def _refusal(
    panel: pd.DataFrame, outcome: str, training: str, cattle: str, pre: list[Any], post: list[Any], sizes: np.ndarray, smallest: int,
    unit: str, time: str,
) -> Check:  # fmt: skip
    short = [(name, int(size)) for name, size in zip(CELLS, sizes, strict=True) if size < smallest]
    reasons = tuple(f"cell_{'small' if size else 'empty'}.{name}" for name, size in short)
    texts = tuple(_too_few(name, size, smallest) for name, size in short)
    bounds = bundle_bounds(panel, outcome, training, cattle, pre, post, smallest, unit, time)
    empty = tuple(name for name, size in short if not size)
    return Check("bundle", False, reasons, bounds, texts=texts, empty_cells=empty, facts={"smallest": smallest},
                 numbers=(Number("bundle.smallest", smallest, "cooperatives", method="least a cell must hold", rows=bounds.rows),),
                 rows=bounds.rows)  # fmt: skip


def _too_few(name: str, size: int, smallest: int) -> Text:
    """A cell that stops the contrast, in words; a small count itself isn't said, since the public edition may not show it."""
    label = NAMES[name]
    if not size:
        return Text(
            f"Tidak ada koperasi dengan {label.id}: pengaruhnya sendiri dan interaksinya tidak dapat dipisahkan.",
            f"No cooperative has {label.en}: its own effect and the interaction can't be told apart.",
        )
    return Text(
        f"Koperasi dengan {label.id} kurang dari {smallest}: terlalu sedikit untuk dibandingkan.",
        f"Fewer than {smallest} cooperatives have {label.en}: too few to compare.",
    )


def _cells(
    panel: pd.DataFrame, outcome: str, training: str, cattle: str, pre: Sequence[Any], post: Sequence[Any], strata: Sequence[str],
    unit: str, time: str,
) -> tuple[Histories, np.ndarray]:  # fmt: skip
    histories = read_histories(panel, outcome, (*pre, *post), (training, cattle, *strata), unit, time)
    kept = histories.keep(~np.isnan(histories.change(pre, post)))
    return kept, as_flags(kept.fixed[training], training).astype(int) + 2 * as_flags(kept.fixed[cattle], cattle).astype(int)


def _counted(histories: Histories, cells: np.ndarray, pre: Sequence[Any], post: Sequence[Any], rows: Any) -> Table:
    before, after = histories.mean(pre), histories.mean(post)
    records: list[dict[str, Any]] = []
    for number, name in enumerate(CELLS):
        inside = cells == number
        means = (before[inside].mean(), after[inside].mean()) if inside.any() else (np.nan, np.nan)
        records.append({"cell": name, "n": int(inside.sum()), "mean_pre": means[0], "mean_post": means[1], "change": means[1] - means[0]})
    derived = dict.fromkeys(("mean_pre", "mean_post", "change"), ("n",))
    numbers = tuple(
        Number(f"bundle.n.{record['cell']}", record["n"], "cooperatives", n=len(cells), method="count", rows=rows, cell=(row, "n"))
        for row, record in enumerate(records)
    )
    return Table("bundle_counts", pd.DataFrame(records), ("n",), derived=derived, additive=True, numbers=numbers, rows=rows)


def _moments(change: np.ndarray, cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of the mean in each cell; ``cells`` may be (draws, n)."""
    means, errors = [], []
    for number in range(4):
        inside = cells == number
        size = inside.sum(axis=-1)
        mean = (inside @ change) / size
        means.append(mean)
        errors.append(np.clip((inside @ change**2) / size - mean**2, 0.0, None) / (size - 1))
    return np.stack(means, axis=-1), np.stack(errors, axis=-1)


def _statistics(change: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Studentised contrasts, in the order of CONTRASTS."""
    means, errors = _moments(change, cells)
    weights = np.array(list(CONTRASTS.values()))
    spread = np.sqrt(errors @ (weights**2).T)
    value = means @ weights.T
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.abs(value) < 1e-12, 0.0, value / spread)


def _permuted_p(change: np.ndarray, cells: np.ndarray, strata: np.ndarray, draws: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    shuffled = np.tile(cells, (draws, 1))
    for code in np.unique(strata):
        inside = np.flatnonzero(strata == code)
        shuffled[:, inside] = rng.permuted(shuffled[:, inside], axis=1)
    observed, drawn = np.abs(_statistics(change, cells)), np.abs(_statistics(change, shuffled))
    extreme = (drawn >= observed - 1e-9).sum(axis=0)
    p_values: np.ndarray = (extreme + 1) / (draws + 1)
    return p_values


def _contrast(name: str, change: np.ndarray, cells: np.ndarray, p_value: float, level: float, draws: int, seed: int) -> Estimate:
    from scipy.stats import t

    weights = np.array(CONTRASTS[name])
    means, variances = _moments(change, cells)
    parts = weights**2 * variances
    used = weights != 0
    error = float(np.sqrt(parts.sum()))
    sizes = np.bincount(cells, minlength=4)
    dof = parts.sum() ** 2 / (parts[used] ** 2 / (sizes[used] - 1)).sum() if error > 0 else float(sizes[used].min() - 1)
    value = float(means @ weights)
    spread = float(t.ppf(0.5 + level / 2, dof)) * error
    n = int(sizes[used].sum())
    return Estimate(
        name, value, error, value / error if error > 0 else None, float(p_value), value - spread, value + spread, n, n, None,
        f"change of cell means, {draws} permuted pairs, welch interval", level, p_floor=1 / (draws + 1), seed=seed,
    )  # fmt: skip


def _smallest_cell(name: str, sizes: np.ndarray) -> int:
    return int(min(size for size, weight in zip(sizes, CONTRASTS[name], strict=True) if weight))
