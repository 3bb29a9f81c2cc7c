"""Least squares where few are treated: classical, HC3 and CR2 standard errors with the degrees of freedom that belong to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from kopanalysis.errors import CallError, DataError

KINDS = ("classical", "hc3", "cluster", "cr2")
NAMES = {
    "classical": "classical standard error",
    "hc3": "HC3 standard error, Bell-McCaffrey degrees of freedom",
    "cluster": "standard error clustered (CR1), t with clusters less one degrees of freedom",
    "cr2": "clustered CR2 standard error, Bell-McCaffrey degrees of freedom",
}
FULL_LEVERAGE = 1e-9


@dataclass(frozen=True)
class Fit:
    """A least-squares fit with one covariance.

    Attributes
    ----------
    params, std_error, df : numpy.ndarray of shape (k,)
    n_obs, n_clusters : int
    """

    params: np.ndarray
    std_error: np.ndarray
    df: np.ndarray
    n_obs: int
    n_clusters: int


def fit_ols(
    x: np.ndarray, y: np.ndarray, kind: str = "classical", cluster: np.ndarray | None = None, absorbed: np.ndarray | None = None
) -> Fit:
    """Fit by least squares, one set of fixed effects swept out where asked.

    Parameters
    ----------
    x : numpy.ndarray of shape (n, k)
    y : numpy.ndarray of shape (n,)
    kind : {"classical", "hc3", "cluster", "cr2"}
    cluster : numpy.ndarray of int, optional
        0 to G - 1; needed by the last two.
    absorbed : numpy.ndarray of int, optional
        Codes of the fixed effects, 0 to A - 1; then ``x`` has no constant.

    Returns
    -------
    Fit

    Raises
    ------
    CallError
        For an unknown kind, or clusters that are needed and not given.
    DataError
        When columns depend on each other, nothing is left to measure the scatter, or there is a single cluster.

    References
    ----------
    Bell & McCaffrey (2002), Survey Methodology 28:169-181. Pustejovsky & Tipton (2018), J. Business & Economic Statistics 36:672-683.
    """
    if kind not in KINDS:
        raise CallError(f"{kind!r} is no kind of standard error", mend=f"Known: {', '.join(KINDS)}.")
    if kind in ("cluster", "cr2") and cluster is None:
        raise CallError(f"se={kind!r} needs a cluster", mend="Name the column of the cluster.")
    inner_x, inner_y = (x, y) if absorbed is None else (_within(x, absorbed), _within(y, absorbed))
    effects = 0 if absorbed is None else int(absorbed.max()) + 1
    if np.linalg.matrix_rank(inner_x, tol=1e-8 * max(1.0, float(np.abs(inner_x).max(initial=0.0)))) < x.shape[1]:
        raise DataError("The regressors depend on each other or on the fixed effects", mend="Leave one of them out.")
    left = len(y) - x.shape[1] - effects
    if left < 1:
        raise DataError(f"{len(y)} observations can't carry {x.shape[1] + effects} parameters", mend="Ask for fewer.")
    bread = np.linalg.inv(inner_x.T @ inner_x)
    params = bread @ inner_x.T @ inner_y
    residual = inner_y - inner_x @ params
    if kind == "classical":
        return Fit(params, np.sqrt(residual @ residual / left * np.diag(bread)), np.full(len(params), float(left)), len(y), len(y))
    if kind == "cluster" and cluster is not None:
        return _cr1(inner_x, residual, bread, params, cluster, absorbed)
    return _adjusted(inner_x, residual, bread, params, kind, np.arange(len(y)) if kind == "hc3" or cluster is None else cluster, absorbed)


def t_interval(estimate: float, std_error: float, df: float, level: float) -> tuple[float | None, float | None, float, float]:
    """Statistic, p-value (None where there is no scatter) and limits by the t distribution."""
    if not std_error > 0 or not np.isfinite(df):
        return None, None, estimate, estimate
    statistic = estimate / std_error
    half = float(student.ppf((1 + level) / 2, df)) * std_error
    return statistic, float(2 * student.sf(abs(statistic), df)), estimate - half, estimate + half


def detectable(spread: float, n_treated: int, weight: float, df: float, level: float = 0.95, power: float = 0.8) -> float:
    """Smallest effect that a t test would see with the given power.

    Parameters
    ----------
    spread : float
        Standard deviation of a unit's own number without treatment.
    n_treated : int
    weight : float
        Sum of squared weights of the comparison units: 1 / n for a plain mean.
    df : float
    level, power : float

    Returns
    -------
    float
        In the unit of ``spread``.
    """
    reach = float(student.ppf((1 + level) / 2, df) + student.ppf(power, df))
    return reach * spread * float(np.sqrt(1 / n_treated + weight))


def visible(std_error: float, df: float, level: float = 0.95, power: float = 0.8) -> float:
    """Smallest effect that an estimate with this standard error would find with the given power.

    Parameters
    ----------
    std_error, df : float
    level, power : float

    Returns
    -------
    float
        ``(t(level) + t(power)) * std_error``, always beyond half the interval's width; missing where nothing shows the scatter.
    """
    if not std_error > 0 or not df > 0:
        return float("nan")
    return float(student.ppf((1 + level) / 2, df) + student.ppf(power, df)) * std_error


def visible_by_range(low: float | None, high: float | None, df: float, level: float = 0.95, power: float = 0.8) -> float:
    """The same for a range that no standard error made, such as an inverted permutation test: half its width stands for t times one."""
    if low is None or high is None or not np.isfinite(high - low) or not df > 0:
        return float("nan")
    return visible((high - low) / 2 / float(student.ppf((1 + level) / 2, df)), df, level, power)


def _within(values: np.ndarray, code: np.ndarray) -> np.ndarray:
    counts = np.bincount(code)
    columns = values.reshape(len(values), -1)
    means = np.column_stack([np.bincount(code, weights=column) / counts for column in columns.T]) if columns.shape[1] else columns[:0]
    centred = columns - means[code] if columns.shape[1] else columns
    return centred.reshape(values.shape)


def _clusters(cluster: np.ndarray) -> int:
    count = int(cluster.max()) + 1
    if count < 2:
        raise DataError("a single cluster leaves no scatter between clusters", mend="Cluster by something that there are several of.")
    return count


def _cr1(
    x: np.ndarray, residual: np.ndarray, bread: np.ndarray, params: np.ndarray, cluster: np.ndarray, absorbed: np.ndarray | None
) -> Fit:
    """CR1; fixed effects nested in the clusters cost no degrees of freedom beyond the constant, as in Stata's xtreg."""
    count, n = _clusters(cluster), len(residual)
    scores = np.zeros((count, x.shape[1]))
    np.add.at(scores, cluster, x * residual[:, None])
    used = x.shape[1]
    if absorbed is not None:
        pairs = len(np.unique(np.column_stack([absorbed, cluster]), axis=0))
        effects = int(absorbed.max()) + 1
        used += 1 if pairs == effects else effects
    factor = count / (count - 1) * (n - 1) / (n - used)
    covariance = factor * bread @ scores.T @ scores @ bread
    return Fit(params, np.sqrt(np.diag(covariance)), np.full(len(params), float(count - 1)), n, count)


def _adjusted(
    x: np.ndarray, residual: np.ndarray, bread: np.ndarray, params: np.ndarray, kind: str, cluster: np.ndarray, absorbed: np.ndarray | None
) -> Fit:
    """HC3 or CR2: residuals enlarged by what the fit has taken out of them, and Satterthwaite degrees of freedom."""
    count = _clusters(cluster)
    lean = x @ bread  # one column a coefficient: weights of the observations in the estimate
    weights = np.zeros_like(lean)
    scores = np.zeros((count, x.shape[1]))
    for members in _members(cluster, count):
        raised = _raise(x[members], bread, kind, None if absorbed is None else absorbed[members], absorbed)
        weights[members] = raised @ lean[members]
        scores[cluster[members[0]]] = weights[members].T @ residual[members]
    std_error = np.sqrt((scores**2).sum(axis=0))
    df = np.array([_satterthwaite(weights[:, number], x, bread, cluster, count, absorbed) for number in range(x.shape[1])])
    return Fit(params, std_error, df, len(residual), count)


def _members(cluster: np.ndarray, count: int) -> list[np.ndarray]:
    order = np.argsort(cluster, kind="stable")
    return np.split(order, np.cumsum(np.bincount(cluster, minlength=count))[:-1])


def _raise(x: np.ndarray, bread: np.ndarray, kind: str, own: np.ndarray | None, absorbed: np.ndarray | None) -> np.ndarray:
    """Inverse (HC3) or inverse root (CR2) of one less the leverage of a cluster."""
    left = np.eye(len(x)) - x @ bread @ x.T
    if own is not None and absorbed is not None:
        left -= (own[:, None] == own[None, :]) / np.bincount(absorbed)[own][:, None]
    values, vectors = np.linalg.eigh(left)
    power = -1.0 if kind == "hc3" else -0.5
    scale = np.where(values > FULL_LEVERAGE, np.maximum(values, FULL_LEVERAGE) ** power, 0.0)
    return (vectors * scale) @ vectors.T


def _satterthwaite(
    weight: np.ndarray, x: np.ndarray, bread: np.ndarray, cluster: np.ndarray, count: int, absorbed: np.ndarray | None
) -> float:
    """Degrees of freedom of a sum of squared cluster scores if errors were independent and equal."""
    own = np.bincount(cluster, weights=weight**2, minlength=count)
    carried = np.zeros((count, x.shape[1]))
    np.add.at(carried, cluster, x * weight[:, None])
    taken = carried @ np.linalg.cholesky(bread)
    if absorbed is not None:
        sums = np.zeros((count, int(absorbed.max()) + 1))
        np.add.at(sums, (cluster, absorbed), weight)
        taken = np.column_stack([taken, sums / np.sqrt(np.bincount(absorbed))])
    lost = (taken**2).sum(axis=1)  # the quadratic form is diag(own) - taken taken'
    total = float((own**2).sum() - 2 * own @ lost + ((taken.T @ taken) ** 2).sum())
    return float((own.sum() - lost.sum()) ** 2 / total) if total > 0 else np.nan
