"""What missing outcomes can do to a difference: worst-case (Manski) and trimming (Lee) bounds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from kopanalysis.errors import CallError, DataError
from kopanalysis.impact.histories import as_flags, read_histories, rows_of
from kopanalysis.lineage import recorded
from kopanalysis.results import Estimate


@recorded
def manski_bounds(frame: pd.DataFrame, outcome: str, treated: str, low: float = 0.0, high: float = 1.0) -> Estimate:
    """Bounds of treated mean less control mean when nothing is known of the missing outcomes.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a unit.
    outcome : str
        Numeric column; missing where nobody knows.
    treated : str
        0/1 column.
    low, high : float
        Range the outcome can't leave; missing ones are filled with either end.

    Returns
    -------
    Estimate
        ``estimate`` is the difference among those on record (not a number where an arm has none), ``conf_low`` and ``conf_high`` are
        the bounds, ``level`` is 1: they hold for this sample whatever the missing outcomes are. They carry no sampling error;
        :func:`imbens_manski` adds it.

    Raises
    ------
    CallError
        When a column isn't there, ``treated`` isn't 0/1, or the range is empty.
    DataError
        When an arm is empty, or a value lies outside the range.

    References
    ----------
    Manski (1990), American Economic Review 80:319-323. Horowitz & Manski (2000), JASA 95:77-84.
    """
    values, arm = _read(frame, outcome, treated)
    _check_range(values, low, high, outcome)
    limits = [(_filled(values[arm], a).mean() - _filled(values[~arm], b).mean()) for a, b in ((low, high), (high, low))]
    method = f"manski, {int(np.isnan(values[arm]).sum())} treated and {int(np.isnan(values[~arm]).sum())} controls missing"
    return Estimate(
        "manski", _seen_difference(values, arm), conf_low=float(limits[0]), conf_high=float(limits[1]),
        n_obs=int((~np.isnan(values)).sum()),
        n_units=len(values), method=method, level=1.0, n_treated=int(arm.sum()), rows=rows_of(frame),
    )  # fmt: skip


@recorded
def imbens_manski(frame: pd.DataFrame, outcome: str, treated: str, low: float = 0.0, high: float = 1.0, level: float = 0.95) -> Estimate:
    """Interval that covers the difference itself with the stated level, missing outcomes and sampling error both counted.

    Parameters
    ----------
    frame : pandas.DataFrame
    outcome, treated, low, high
        As in :func:`manski_bounds`.
    level : float

    Returns
    -------
    Estimate
        ``conf_low`` and ``conf_high`` are the interval; ``estimate`` is the difference among those on record.

    Raises
    ------
    CallError, DataError
        As in :func:`manski_bounds`.

    References
    ----------
    Imbens & Manski (2004), Econometrica 72:1845-1857.
    """
    from scipy.optimize import brentq
    from scipy.stats import norm

    values, arm = _read(frame, outcome, treated)
    _check_range(values, low, high, outcome)
    ends = []
    for a, b in ((low, high), (high, low)):
        one, other = _filled(values[arm], a), _filled(values[~arm], b)
        ends.append((one.mean() - other.mean(), np.sqrt(one.var() / len(one) + other.var() / len(other))))
    (lower, lower_error), (upper, upper_error) = ends
    widest = max(lower_error, upper_error)
    gap = (upper - lower) / widest if widest > 0 else 0.0
    critical = brentq(lambda c: norm.cdf(c + gap) - norm.cdf(-c) - level, 0.0, 10.0)
    return Estimate(
        "imbens_manski", _seen_difference(values, arm), conf_low=float(lower - critical * lower_error),
        conf_high=float(upper + critical * upper_error), n_obs=int((~np.isnan(values)).sum()), n_units=len(values),
        method="imbens_manski around manski bounds", level=level, n_treated=int(arm.sum()), rows=rows_of(frame),
    )  # fmt: skip


@recorded
def did_bounds(
    panel: pd.DataFrame,
    outcome: str,
    treated: str,
    pre: Sequence[Any],
    post: Sequence[Any],
    low: float = 0.0,
    high: float = 1.0,
    unit: str = "coop_id",
    time: str = "book_year",
) -> Estimate:
    """Bounds of the difference in differences when nothing is known of the missing cells.

    Parameters
    ----------
    panel : pandas.DataFrame
        One row a unit and period; a period without a row counts as missing.
    outcome, treated : str
    pre, post : sequence
        Periods.
    low, high : float
        Range of the outcome.
    unit, time : str
        Columns.

    Returns
    -------
    Estimate
        Bounds in ``conf_low`` and ``conf_high``, ``level`` 1; ``estimate`` from the cells on record.

    Raises
    ------
    CallError, DataError
        As in :func:`manski_bounds`.

    Notes
    -----
    The treated are at their worst when their missing cells are low after and high before, and the controls the other way round.
    """
    histories = read_histories(panel, outcome, (*pre, *post), (treated,), unit, time)
    arm = as_flags(histories.fixed[treated], treated)
    _check_arms(arm, treated)
    _check_range(histories.values, low, high, outcome)
    after = np.isin(np.arange(len(histories.periods)), [histories.periods.index(period) for period in post])
    limits = []
    for worst, best in ((low, high), (high, low)):
        filler = np.where(arm[:, None] == after[None, :], worst, best)
        full = np.where(np.isnan(histories.values), filler, histories.values)
        change = full[:, after].mean(axis=1) - full[:, ~after].mean(axis=1)
        limits.append(change[arm].mean() - change[~arm].mean())
    missing = int(np.isnan(histories.values).sum())
    return Estimate(
        "did_bounds", _seen_difference(histories.change(pre, post), arm), conf_low=float(limits[0]), conf_high=float(limits[1]),
        n_obs=int(histories.values.size - missing), n_units=len(arm), method=f"manski on did, {missing} cells missing", level=1.0,
        n_treated=int(arm.sum()), rows=rows_of(panel[panel[time].isin(histories.periods)]),
    )  # fmt: skip


@recorded
def lee_bounds(frame: pd.DataFrame, outcome: str, treated: str, observed: str) -> Estimate:
    """Bounds of the effect on those whose outcome would be seen either way, by trimming the arm that is seen more often.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a unit.
    outcome : str
        Read only where ``observed`` is 1.
    treated, observed : str
        0/1 columns.

    Returns
    -------
    Estimate
        Bounds in ``conf_low`` and ``conf_high`` (``level`` 1, no sampling error); ``estimate`` is the untrimmed difference among the
        observed; ``method`` names the arm trimmed and the share cut.

    Raises
    ------
    CallError
        When a column isn't there or isn't 0/1.
    DataError
        When an arm is empty, nobody of an arm is observed, or an observed outcome is missing.

    Notes
    -----
    It assumes that treatment was as if by lot, and that it moves being seen in one direction only: a training that makes some report
    and others stop reporting isn't covered. A unit at the edge of the trimming counts in part, so ties (as in 0/1 outcomes) leave the
    bounds sharp.

    References
    ----------
    Lee (2009), Review of Economic Studies 76:1071-1102.
    """
    arm, seen = _flags(frame, treated), _flags(frame, observed)
    values = _numbers(frame, outcome)
    _check_arms(arm, treated)
    if np.isnan(values[seen]).any():
        raise DataError(f"{outcome} is missing where {observed} is 1", mend="Set the flag to 0 where the outcome isn't known.")
    one, other = values[arm & seen], values[~arm & seen]
    if not len(one) or not len(other):
        raise DataError("One arm is never observed", observed, "There is nothing to compare; use manski_bounds.")
    share_one, share_other = len(one) / arm.sum(), len(other) / (~arm).sum()
    more, less = (one, other) if share_one >= share_other else (other, one)
    kept = min(share_one, share_other) / max(share_one, share_other) * len(more)
    lowest, highest = _lowest_mean(more, kept), -_lowest_mean(-more, kept)
    trims_treated = share_one >= share_other
    limits = (lowest - less.mean(), highest - less.mean()) if trims_treated else (less.mean() - highest, less.mean() - lowest)
    cut = 1 - kept / len(more)
    method = f"lee, {'treated' if trims_treated else 'controls'} trimmed by {cut:.4f}"
    return Estimate(
        "lee", float(one.mean() - other.mean()), conf_low=float(limits[0]), conf_high=float(limits[1]), n_obs=int(seen.sum()),
        n_units=len(values), method=method, level=1.0, n_treated=int(arm.sum()), rows=rows_of(frame),
    )  # fmt: skip


def _lowest_mean(values: np.ndarray, kept: float) -> float:
    """Mean of the ``kept`` lowest values; the one at the edge counts in part."""
    weights = np.clip(kept - np.arange(len(values)), 0.0, 1.0)
    return float(np.sort(values) @ weights / weights.sum())


def _read(frame: pd.DataFrame, outcome: str, treated: str) -> tuple[np.ndarray, np.ndarray]:
    arm = _flags(frame, treated)
    _check_arms(arm, treated)
    return _numbers(frame, outcome), arm


def _flags(frame: pd.DataFrame, name: str) -> np.ndarray:
    if name not in frame:
        raise CallError(f"The frame has no column {name!r}", mend="Name a 0/1 column of the frame.")
    return as_flags(frame[name].to_numpy(), name)


def _numbers(frame: pd.DataFrame, name: str) -> np.ndarray:
    if name not in frame:
        raise CallError(f"The frame has no column {name!r}", mend="Name a numeric column of the frame.")
    return pd.to_numeric(frame[name], errors="coerce").astype(float).to_numpy(dtype=float, na_value=np.nan)


def _filled(values: np.ndarray, filler: float) -> np.ndarray:
    return np.where(np.isnan(values), filler, values)


def _seen_difference(values: np.ndarray, arm: np.ndarray) -> float:
    one, other = (part[~np.isnan(part)] for part in (values[arm], values[~arm]))
    return float(one.mean() - other.mean()) if len(one) and len(other) else float("nan")


def _check_arms(arm: np.ndarray, treated: str) -> None:
    if arm.all() or not arm.any():
        raise DataError(f"{treated} leaves one arm empty", mend="Bounds need units of both kinds.")


def _check_range(values: np.ndarray, low: float, high: float, outcome: str) -> None:
    if not low < high:
        raise CallError(f"The range {low} to {high} is empty", "low, high", "Give low below high.")
    if (values[~np.isnan(values)] < low).any() or (values[~np.isnan(values)] > high).any():
        raise DataError(f"{outcome} leaves the range {low} to {high}", mend="Give the range that it can't leave.")
