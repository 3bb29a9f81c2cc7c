"""Same-state comparison: treated and untreated units with the same past, compared after, weighted as the treated are."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb, prod
from typing import Any

import numpy as np
import pandas as pd

from kopanalysis.errors import CallError, DataError
from kopanalysis.impact.collapse import collapse
from kopanalysis.impact.did import as_estimate
from kopanalysis.impact.strata import path_strata, state_target, two_armed
from kopanalysis.lineage import recorded
from kopanalysis.results import Estimate

METHOD = "same state before (strata of the path, weighted as the treated)"
POWERS = {"hc3": 2, "hc2": 1}


@recorded
def same_state(
    panel: pd.DataFrame, outcome: str, treated: str, pre: Sequence[Any], post: Sequence[Any], unit: str = "coop_id",
    time: str = "book_year", level: float = 0.95, se: str = "hc3",
) -> Estimate:  # fmt: skip
    """Compare the mean outcome after between units with the same path before (its change, where the outcome isn't yes or no).

    Parameters
    ----------
    panel : pandas.DataFrame
        One row a ``unit`` and ``time``.
    outcome, treated : str
        Numeric column; 0/1 column constant within a unit.
    pre, post : sequence
        Periods before and after.
    unit, time : str
    level : float
    se : {"hc3", "hc2"}
        HC3 promises too little rather than too much where strata hold two or three treated; HC2 is unbiased under equal scatter.

    Returns
    -------
    Estimate
        The effect on the treated that have a comparison; ``dropped`` counts strata and units without one.

    Raises
    ------
    CallError, DataError
        As :func:`kopanalysis.impact.collapse.collapse`; an unknown ``se``; no stratum with both arms; too few units to measure the scatter.

    Notes
    -----
    It is right if, given the past, treatment is as good as drawn; difference in differences is right if trends are parallel. If either
    holds, and selection works one way, the two bracket the truth. A treated unit alone in its stratum has no residual: the
    mean of its arm's others stands in, else its own stratum's untreated.

    References
    ----------
    Ding & Li (2019), Political Analysis 27:605-615. Angrist & Pischke (2009), Mostly Harmless Econometrics, section 5.4.
    """
    if se not in POWERS:
        raise CallError(f"{se!r} is no kind of standard error here", mend=f"Known: {', '.join(POWERS)}.")
    lines = collapse(panel, outcome, treated, sorted(pre), post, unit, time)
    stratum = path_strata(lines.path)
    keep, lost = two_armed(stratum, lines.treated)
    if not keep.any():
        raise DataError(
            "no treated unit has an untreated one with the same past",
            ", ".join(f"{name}: {count}" for name, count in lost.items()),
            "There is no same-state comparison: read did with its caveat.",
        )
    lines, code = lines.only(keep, **lost), pd.factorize(stratum[keep], sort=True)[0]
    weight = stratum_weights(code, lines.treated)
    y = state_target(lines)
    estimate = float(weight @ y)
    std_error, df = _robust(code, lines.treated, weight, y, POWERS[se])
    return as_estimate(
        lines,
        estimate,
        std_error,
        df,
        f"{METHOD}, {se.upper()} standard error, Bell-McCaffrey degrees of freedom",
        level,
        len(lines.units),
        1 / reassignments(code, lines.treated),
    )


def stratum_weights(code: np.ndarray, treated: np.ndarray) -> np.ndarray:
    """Weight of each unit in the difference: 1/n for the treated, and minus their share by stratum for the others.

    Parameters
    ----------
    code : numpy.ndarray of int
        Stratum, each with both arms.
    treated : numpy.ndarray of bool

    Returns
    -------
    numpy.ndarray
    """
    ones = np.bincount(code, weights=treated)
    zeros = np.bincount(code) - ones
    return np.where(treated, 1.0, -(ones / zeros)[code]) / treated.sum()


def reassignments(code: np.ndarray, treated: np.ndarray) -> int:
    """In how many ways the treatment could have fallen within the strata."""
    ones = np.bincount(code, weights=treated).astype(int)
    return prod(comb(int(size), int(count)) for size, count in zip(np.bincount(code), ones, strict=True))


def _robust(code: np.ndarray, treated: np.ndarray, weight: np.ndarray, y: np.ndarray, power: int) -> tuple[float, float]:
    """Standard error and degrees of freedom of a weighted difference of cell means; a cell is a stratum and arm."""
    cell = 2 * code + treated
    size = np.bincount(cell)[cell]
    alone = size == 1
    load = np.where(alone, 0.0, weight**2)
    for unit in np.flatnonzero(alone):
        donors = _donors(code, treated, alone, int(unit))
        load[donors] += weight[unit] ** 2 / len(donors)
    leverage = 1 / size
    load = np.divide(load, (1 - leverage) ** power, out=np.zeros_like(load), where=~alone)
    means = np.bincount(cell, weights=y) / np.maximum(np.bincount(cell), 1)
    residual = y - means[cell]
    maker = np.eye(len(y)) - (cell[:, None] == cell[None, :]) / size
    cross = np.sqrt(load)[:, None] * maker * np.sqrt(load)
    total = float((cross**2).sum())
    return float(np.sqrt(load @ residual**2)), float(np.trace(cross) ** 2 / total) if total > 0 else float("nan")


def _donors(code: np.ndarray, treated: np.ndarray, alone: np.ndarray, unit: int) -> np.ndarray:
    """Whose residuals stand in for a unit alone in its cell."""
    for group in (~alone & (treated == treated[unit]), ~alone & (code == code[unit]), ~alone):
        if group.any():
            return np.flatnonzero(group)
    raise DataError("every stratum has one unit an arm: nothing shows the scatter", mend="Use permutation_test, or fewer strata.")
