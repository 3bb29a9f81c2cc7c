"""How far trends may bend before an effect is lost: the smoothness interval of Rambachan and Roth, computed by diff-diff."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from kopanalysis.errors import CallError, DataError
from kopanalysis.impact.histories import read_arms, rows_of
from kopanalysis.lineage import recorded
from kopanalysis.results import TIDY_COLUMNS, Table

BENDS = (0.0, 0.01, 0.02, 0.05)


@recorded
def honest_did(
    panel: pd.DataFrame,
    outcome: str,
    treated: str,
    pre: Sequence[Any],
    post: Sequence[Any],
    bends: Sequence[float] = BENDS,
    level: float = 0.95,
    unit: str = "coop_id",
    time: str = "book_year",
) -> Table:
    """Intervals of the mean effect over the post periods if the difference of trends bends by at most so much a period.

    Parameters
    ----------
    panel : pandas.DataFrame
    outcome, treated : str
    pre, post : sequence
        Periods, consecutive; the last of ``pre`` is the base. At least 2 before.
    bends : sequence of float
        Largest change of slope from one period to the next, in units of the outcome (a share: 0.02 is 2 points a year).
        0 allows a straight difference of trends.
    level : float
    unit, time : str
        Columns.

    Returns
    -------
    Table
        ``bend`` and the columns of ``tidy``, one row a bend; limits of a 0/1 outcome are clipped to -1 and 1 and ``method`` says so.

    Raises
    ------
    CallError
        With fewer than 2 periods before, or a bend below zero.
    DataError
        When fewer than 2 units of an arm are known in every period, or the path of an arm doesn't vary.

    Notes
    -----
    Only units known in all periods are used. Its estimand is the plain mean of the post periods (``l_vec`` uniform). The interval under
    bounds relative to the bends before (relative magnitudes) isn't offered: diff-diff's isn't the paper's.

    References
    ----------
    Rambachan & Roth (2023), Review of Economic Studies 90:2555-2591.
    """
    before, after = sorted(pre), sorted(post)
    if len(before) < 2:
        raise CallError("One period before shows no trend", "pre", "Give at least 2.")
    if any(bend < 0 for bend in bends):
        raise CallError("A bend below zero means nothing", "bends", "Give 0 or more.")
    histories, arm = read_arms(panel, outcome, treated, before, after, (), unit, time)
    known = ~np.isnan(histories.values).any(axis=1)
    effects, covariance = event_effects(histories.values[known], arm[known], len(before) - 1)
    binary = bool(np.isin(histories.values[known], [0.0, 1.0]).all())
    records = []
    for bend in bends:
        low, high = smoothness_interval(effects, covariance, len(before) - 1, bend, level)
        clipped = binary and (low < -1 or high > 1)
        records.append({
            "bend": float(bend), "term": outcome, "estimate": float(effects[len(before) - 1 :].mean()),
            "conf_low": max(low, -1.0) if binary else low, "conf_high": min(high, 1.0) if binary else high,
            "n_obs": int(histories.values[known].size), "n_units": int(known.sum()),
            "method": "honestdid smoothness (diff-diff)" + (", clipped to -1..1" if clipped else ""),
        })  # fmt: skip
    data = pd.DataFrame(records).reindex(columns=["bend", *TIDY_COLUMNS])
    return Table("honest_did", data, rows=rows_of(panel, histories.units[known], unit))


def event_effects(values: np.ndarray, arm: np.ndarray, base: int) -> tuple[np.ndarray, np.ndarray]:
    """Difference of arms in each period less that in the base period, with its covariance (unequal variances).

    Parameters
    ----------
    values : numpy.ndarray of shape (units, periods)
        Complete.
    arm : numpy.ndarray of bool
    base : int
        Column of the base period.

    Returns
    -------
    effects : numpy.ndarray of shape (periods - 1,)
    covariance : numpy.ndarray

    Raises
    ------
    DataError
        When an arm has fewer than 2 units, or nothing varies.
    """
    if min(arm.sum(), (~arm).sum()) < 2:
        raise DataError("An arm has fewer than 2 units known in every period", mend="Ask for fewer periods.")
    change = np.delete(values - values[:, [base]], base, axis=1)
    parts = [change[arm], change[~arm]]
    covariance = sum(np.atleast_2d(np.cov(part, rowvar=False)) / len(part) for part in parts)
    if not (np.diag(covariance) > 0).all():
        raise DataError("The outcome doesn't vary in some period", mend="Ask for other periods.")
    return parts[0].mean(axis=0) - parts[1].mean(axis=0), np.asarray(covariance)


def smoothness_interval(
    effects: np.ndarray, covariance: np.ndarray, n_pre: int, bend: float, level: float = 0.95, weights: np.ndarray | None = None
) -> tuple[float, float]:
    """Fixed-length interval under bounded second differences.

    Parameters
    ----------
    effects : numpy.ndarray of shape (k,)
        Periods before without the base, then periods after.
    covariance : numpy.ndarray of shape (k, k)
    n_pre : int
        How many of them come before.
    bend : float
    level : float
    weights : numpy.ndarray, optional
        Of the post periods; default: their mean.

    Returns
    -------
    low, high : float

    Raises
    ------
    DataError
        When diff-diff finds no interval.
    """
    from diff_diff import HonestDiD
    from diff_diff.results import MultiPeriodDiDResults, PeriodEffect

    errors = np.sqrt(np.diag(covariance))
    labels = list(range(len(effects)))
    shown = {
        label: PeriodEffect(label, float(value), float(error), 0.0, 1.0, (0.0, 0.0))
        for label, value, error in zip(labels, effects, errors, strict=True)
    }
    study = MultiPeriodDiDResults(
        shown, 0.0, 1.0, 0.0, 1.0, (0.0, 0.0), 0, 0, 0, labels[:n_pre], labels[n_pre:], vcov=covariance,
        interaction_indices={label: label for label in labels},
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = HonestDiD(method="smoothness", M=bend, alpha=1 - level, l_vec=weights).fit(study)
    low, high = float(found.ci_lb), float(found.ci_ub)
    if not (np.isfinite(low) and np.isfinite(high) and low <= high):
        raise DataError("No smoothness interval was found", f"bend {bend:g}", "Leave this check out and say so.")
    return low, high
