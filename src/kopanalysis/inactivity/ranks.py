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
    first, second = np.triu_indices(k, 1)
    contrast = np.zeros((len(first), k))
    contrast[np.arange(len(first)), first], contrast[np.arange(len(first)), second] = 1.0, -1.0
    error = np.sqrt(np.clip(np.einsum("ij,jk,ik->i", contrast, covariance, contrast), 1e-300, None))
    draws = np.random.default_rng(seed).multivariate_normal(np.zeros(k), covariance, DRAWS, method="eigh")
    bound = np.quantile(np.abs(draws @ contrast.T / error).max(axis=1), level)
    gap = contrast @ values / error
    above = np.zeros((k, k), dtype=bool)  # above[i, j]: i is surely larger than j
    above[first, second], above[second, first] = gap > bound, gap < -bound
    return 1 + above.sum(axis=0), k - above.sum(axis=1)
