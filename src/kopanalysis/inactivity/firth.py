"""Firth's penalised logit for few events or separation, with profile-likelihood intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg
from scipy.optimize import brentq
from scipy.stats import chi2

from kopanalysis.errors import DataError

STEPS = 200
LONGEST_STEP = 5.0


@dataclass(frozen=True)
class FirthFit:
    """A penalised logit.

    Attributes
    ----------
    params, low, high, p_value : numpy.ndarray
        Estimates; limits and tests by the profile of the penalised likelihood.
    covariance : numpy.ndarray
        Inverse information at the estimate.
    log_likelihood : float
        Penalised.
    """

    params: np.ndarray
    covariance: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p_value: np.ndarray
    log_likelihood: float


def firth_logit(x: np.ndarray, events: np.ndarray, trials: np.ndarray, level: float = 0.95, profile: bool = True) -> FirthFit:
    """Logit whose likelihood is multiplied by the root of the information's determinant: finite even under separation.

    Parameters
    ----------
    x : numpy.ndarray of shape (k, p)
        Covariate rows, the intercept among the columns.
    events, trials : numpy.ndarray of shape (k,)
    level : float
    profile : bool
        False skips limits and tests.

    Returns
    -------
    FirthFit

    Raises
    ------
    DataError
        When columns depend on each other, or the search doesn't settle.

    References
    ----------
    Firth (1993), Biometrika 80:27-38. Heinze & Schemper (2002), Statistics in Medicine 21:2409-2419.
    """
    if np.linalg.matrix_rank(x) < x.shape[1]:
        raise DataError("The columns depend on each other", mend="Leave one of them out.")
    scale = np.maximum(np.abs(x).max(axis=0), 1e-12)
    z = x / scale
    params, best, information = _maximise(z, events, trials, np.zeros(x.shape[1]), None)
    low, high, p_value = (np.full(len(params), np.nan) for _ in range(3))
    if profile:
        for number in range(len(params)):
            low[number], high[number] = _limits(z, events, trials, params, best, information, number, level)
            start = params.copy()
            start[number] = 0.0
            p_value[number] = chi2.sf(2 * (best - _maximise(z, events, trials, start, number)[1]), 1)
    covariance = linalg.inv(information) / np.outer(scale, scale)
    return FirthFit(params / scale, covariance, low / scale, high / scale, p_value, best)


def flic(x: np.ndarray, events: np.ndarray, trials: np.ndarray, params: np.ndarray) -> np.ndarray:
    """Move the intercept (first column) so that mean probability equals the share of events; Firth alone pulls risks toward a half.

    Parameters
    ----------
    x, events, trials
        As in :func:`firth_logit`.
    params : numpy.ndarray

    Returns
    -------
    numpy.ndarray
        Parameters with the new intercept.

    References
    ----------
    Puhr et al. (2017), Statistics in Medicine 36:2302-2317.
    """
    if not 0 < events.sum() < trials.sum():
        return params
    others = x[:, 1:] @ params[1:]
    shift = brentq(lambda a: float(trials @ _share(a + others) - events.sum()), -50, 50, xtol=1e-12)
    return np.concatenate([[shift], params[1:]])


def _share(eta: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(eta, -500, 500)))


def _penalised(x: np.ndarray, events: np.ndarray, trials: np.ndarray, params: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """Penalised log likelihood, information, share."""
    eta = x @ params
    share = _share(eta)
    information = x.T @ (x * (trials * share * (1 - share))[:, None])
    sign, size = np.linalg.slogdet(information)
    value = float(events @ eta - trials @ np.logaddexp(0, eta)) + (0.5 * size if sign > 0 else -np.inf)
    return value, information, share


def _maximise(
    x: np.ndarray, events: np.ndarray, trials: np.ndarray, start: np.ndarray, fixed: int | None
) -> tuple[np.ndarray, float, np.ndarray]:
    """Climb by modified scores with halved steps, one parameter held where ``fixed`` says so."""
    free = np.array([number for number in range(x.shape[1]) if number != fixed], dtype=int)
    params = start.copy()
    value, information, share = _penalised(x, events, trials, params)
    for _ in range(STEPS):
        inverse = linalg.pinvh(information)
        leverage = trials * share * (1 - share) * ((x @ inverse) * x).sum(axis=1)
        score = x.T @ (events - trials * share + leverage * (0.5 - share))
        if not len(free) or np.abs(score[free]).max() < 1e-10:
            return params, value, information
        step = np.zeros_like(params)
        step[free] = linalg.solve(information[np.ix_(free, free)], score[free], assume_a="sym")
        step *= min(1.0, LONGEST_STEP / np.abs(step).max())
        for _ in range(40):
            tried, candidate, weights = _penalised(x, events, trials, params + step)
            if tried >= value - 1e-13 * (1 + abs(value)):
                break
            step /= 2
        else:
            return params, value, information
        settled = np.abs(step).max() < 1e-12
        params, value, information, share = params + step, tried, candidate, weights
        if settled:
            return params, value, information
    raise DataError("The penalised likelihood didn't settle", mend="Leave a predictor out.")


def _limits(
    x: np.ndarray,
    events: np.ndarray,
    trials: np.ndarray,
    params: np.ndarray,
    best: float,
    information: np.ndarray,
    number: int,
    level: float,
) -> tuple[float, float]:
    """Where twice the fall of the profile reaches the chi-squared bound, on either side."""
    bound = chi2.ppf(level, 1)
    reach = np.sqrt(linalg.pinvh(information)[number, number] * bound)

    def fall(value: float) -> float:
        start = params.copy()
        start[number] = value
        return 2 * (best - _maximise(x, events, trials, start, number)[1]) - bound

    ends = []
    for side in (-1.0, 1.0):
        far = params[number] + side * reach
        for _ in range(60):
            if fall(far) > 0:
                break
            far += side * reach
        else:
            ends.append(side * np.inf)
            continue
        ends.append(brentq(fall, params[number], far, xtol=1e-11, rtol=1e-13))
    return float(ends[0]), float(ends[1])
