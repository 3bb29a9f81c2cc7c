"""Intervals of shares: the score interval, from statsmodels."""

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
