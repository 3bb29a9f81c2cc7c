"""Which difference is the largest, with rank intervals instead of a bare ranking."""

from __future__ import annotations

import numpy as np

DRAWS = 4000


def rank_intervals(values: np.ndarray, covariance: np.ndarray, level: float = 0.95, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Plausible ranks of estimates by size (1 is the largest), simultaneous over all of them.

    Parameters
    ----------
    values : numpy.ndarray of shape (k,)
    covariance : numpy.ndarray of shape (k, k)
    level : float
    seed : int
        Of the draws behind the simultaneous bound.

    Returns
    -------
    low, high : numpy.ndarray of int
        Best and worst rank. An estimate is ranked below another only where their difference is beyond the bound.

    References
    ----------
    Mogstad, Romano, Shaikh & Wilhelm (2024), Review of Economic Studies 91:476-518.
    """
    k = len(values)
    if k == 1:
        return np.array([1]), np.array([1])
    spread = np.diag(covariance)
    error = np.sqrt(np.clip(spread[:, None] + spread[None, :] - 2 * covariance, 1e-300, None))
    draws = np.random.default_rng(seed).multivariate_normal(np.zeros(k), covariance, DRAWS, method="eigh")
    largest = np.zeros(DRAWS)
    for first in range(k - 1):  # one against all that follow: half a thousand regions make too many pairs to hold at once
        gaps = np.abs(draws[:, [first]] - draws[:, first + 1 :]) / error[first, first + 1 :]
        largest = np.maximum(largest, gaps.max(axis=1))
    bound = np.quantile(largest, level)
    above = (values[:, None] - values[None, :]) / error > bound  # above[i, j]: i is surely larger than j
    np.fill_diagonal(above, False)
    return 1 + above.sum(axis=0), k - above.sum(axis=1)
