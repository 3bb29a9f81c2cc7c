"""Intervals that need no model of ours: shares (Wilson), rates (exact Poisson), medians (order statistics)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def wilson(count: npt.ArrayLike, n: npt.ArrayLike, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Score interval of a share (Wilson 1927), missing where n is zero.

    Parameters
    ----------
    count, n : array-like of shape (k,)
        How many of how many.
    level : float

    Returns
    -------
    low, high : numpy.ndarray of shape (k,)
        Between 0 and 1.

    Notes
    -----
    It is about what would be seen if the same process ran again; it does not cover records that are wrong or missing.
    """
    from statsmodels.stats.proportion import proportion_confint

    counts, totals = np.atleast_1d(np.asarray(count, dtype=float)), np.atleast_1d(np.asarray(n, dtype=float))
    low, high = np.full(counts.shape, np.nan), np.full(counts.shape, np.nan)
    some = totals > 0
    if some.any():
        low[some], high[some] = proportion_confint(counts[some], totals[some], alpha=1 - level, method="wilson")
    return low, high


def poisson_rate(count: float, exposure: float, level: float = 0.95) -> tuple[float, float, float]:
    """Rate of events per unit of exposure with its exact interval (Garwood 1936).

    Parameters
    ----------
    count : float
        Events, 0 or more.
    exposure : float
        Such as head-years.
    level : float

    Returns
    -------
    rate, low, high : float
        Missing where there is no exposure.

    Notes
    -----
    It takes events as independent. Animals of one herd die together, so the true range is wider.
    """
    from scipy.stats import chi2

    if not exposure > 0:
        return np.nan, np.nan, np.nan
    low = chi2.ppf((1 - level) / 2, 2 * count) / 2 if count > 0 else 0.0
    high = chi2.ppf((1 + level) / 2, 2 * count + 2) / 2
    return count / exposure, float(low) / exposure, float(high) / exposure


def median_interval(values: npt.ArrayLike, level: float = 0.95) -> tuple[float, float, float]:
    """Median with the interval between two order statistics, which holds without any shape of the distribution.

    Parameters
    ----------
    values : array-like of shape (n,)
        Missing ones are left out.
    level : float

    Returns
    -------
    median, low, high : float
        The narrowest symmetric pair of ranks whose coverage is at least ``level``; the limits are missing where n is too small (under 6
        at 95 %), all three where n is zero.
    """
    from scipy.stats import binom

    ordered = np.sort(np.asarray(values, dtype=float))
    ordered = ordered[~np.isnan(ordered)]
    n = len(ordered)
    if n == 0:
        return np.nan, np.nan, np.nan
    median = float(np.median(ordered))
    ranks = [rank for rank in range(1, n // 2 + 1) if 1 - 2 * binom.cdf(rank - 1, n, 0.5) >= level]
    if not ranks:
        return median, np.nan, np.nan
    rank = max(ranks)
    return median, float(ordered[rank - 1]), float(ordered[n - rank])
