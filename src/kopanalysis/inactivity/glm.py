"""Binary regression on distinct covariate rows: Fisher scoring with sparse designs, and errors that allow for clusters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import linalg, sparse

from kopanalysis.errors import CallError, DataError
from kopanalysis.inactivity.design import Design

LINKS = ("cloglog", "logit")
STEPS = 100
TOLERANCE = 1e-12


@dataclass(frozen=True)
class Fit:
    """A fitted binary regression.

    Attributes
    ----------
    params : numpy.ndarray
        On the scale of the link, in the order of the design's terms.
    covariance : numpy.ndarray
        Of ``params``: from the expected information, or the cluster sandwich.
    log_likelihood : float
    n_clusters : int or None
    """

    params: np.ndarray
    covariance: np.ndarray
    log_likelihood: float
    n_clusters: int | None = None


def link_of(name: str) -> Any:
    """The link as statsmodels has it; raises :class:`CallError` for an unknown one."""
    from statsmodels.genmod.families import links

    known = {"cloglog": links.CLogLog, "logit": links.Logit}
    if name not in known:
        raise CallError(f"{name!r} is no link", mend=f"Known: {', '.join(LINKS)}.")
    return known[name]()


def fit_glm(design: Design, link: str, cluster: np.ndarray | None = None) -> Fit:
    """Fit by Fisher scoring, as a GLM of statsmodels or R, without ever laying out a row for each observation.

    Parameters
    ----------
    design : Design
    link : {"cloglog", "logit"}
    cluster : numpy.ndarray, optional
        Cluster of each row of the frame; then the covariance is the sandwich of cluster sums of the score, times G / (G - 1).

    Returns
    -------
    Fit

    Raises
    ------
    DataError
        When columns depend on each other, or the estimates run away (separation).
    """
    function = link_of(link)
    share = (design.events + 0.5) / (design.trials + 1)
    params, moved = np.zeros(len(design.terms)), np.inf
    eta, deviance = function(share), np.inf
    for _ in range(STEPS):
        share, slope = _mean(function, eta)
        weight = design.trials * slope**2 / (share * (1 - share))
        working = eta + (design.events / design.trials - share) / slope
        information = _information(design.x, weight)
        params = _solve(information, design.x.T @ (weight * working), design)
        eta = design.x @ params
        before, deviance = deviance, -2 * _log_likelihood(design, _mean(function, eta)[0])
        moved = abs(before - deviance) / (abs(deviance) + 0.1)
        if moved < TOLERANCE:
            break
    if moved >= 1e-8 or np.abs(eta).max() > 30:
        raise DataError("The estimates run away: a predictor separates the events", mend='Leave it out, or use penalty="firth".')
    share, slope = _mean(function, eta)
    bread = linalg.inv(_information(design.x, design.trials * slope**2 / (share * (1 - share))))
    if cluster is None:
        return Fit(params, bread, -deviance / 2)
    meat, groups = _cluster_meat(design, share, slope, cluster)
    return Fit(params, bread @ meat @ bread * groups / (groups - 1), -deviance / 2, groups)


def predict(x: Any, params: np.ndarray, link: str) -> np.ndarray:
    """Probabilities of rows of a design."""
    probability: np.ndarray = link_of(link).inverse(x @ params)
    return probability


def _mean(function: Any, eta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    share = np.clip(function.inverse(eta), 1e-12, 1 - 1e-12)
    return share, function.inverse_deriv(function(share))


def _information(x: sparse.csr_matrix, weight: np.ndarray) -> np.ndarray:
    information: np.ndarray = (x.T @ x.multiply(weight[:, None]).tocsr()).toarray()
    return information


def _solve(information: np.ndarray, right: np.ndarray, design: Design) -> np.ndarray:
    scale = 1 / np.sqrt(np.diag(information).clip(1e-300))
    scaled = information * np.outer(scale, scale)
    try:
        factor = linalg.cho_factor(scaled)
        worst = float(np.min(np.abs(np.diag(factor[0]))))
    except linalg.LinAlgError:
        worst = 0.0
    if worst < 1e-7:
        raise DataError(f"The columns depend on each other: {', '.join(design.names[:8])}", mend="Leave one of them out.")
    solution: np.ndarray = scale * linalg.cho_solve(factor, scale * right)
    return solution


def _log_likelihood(design: Design, share: np.ndarray) -> float:
    return float(design.events @ np.log(share) + (design.trials - design.events) @ np.log1p(-share))


def _cluster_meat(design: Design, share: np.ndarray, slope: np.ndarray, cluster: np.ndarray) -> tuple[np.ndarray, int]:
    """Sum over clusters of the outer product of the score; cluster by pattern stays sparse however many there are."""
    code, names = pd.factorize(cluster)
    if len(names) < 2:
        raise DataError("There is only one cluster", mend="Cluster by something that has several values.")
    pull = slope / (share * (1 - share))
    residual = (design.outcome - share[design.pattern]) * pull[design.pattern]
    sums = sparse.csr_matrix((residual, (code, design.pattern)), shape=(len(names), len(share))) @ design.x
    return (sums.T @ sums).toarray(), len(names)
