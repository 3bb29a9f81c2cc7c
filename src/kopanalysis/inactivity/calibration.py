"""Do forecast risks come true? Scores, calibration with bands, hits among the first on a list."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import logit

from kopanalysis.errors import CallError, DataError
from kopanalysis.inactivity.design import build_design
from kopanalysis.inactivity.glm import fit_glm
from kopanalysis.metrics.intervals import wilson
from kopanalysis.results import Table


def calibration(probability: npt.ArrayLike, outcome: npt.ArrayLike, groups: int = 5, level: float = 0.95) -> Table:
    """Forecast against what happened, in groups of rising risk.

    Parameters
    ----------
    probability : array-like of float
        Forecast risks, 0 to 1.
    outcome : array-like of int
        0 or 1.
    groups : int
        About equally many in each; ties stay together.
    level : float
        Of the Wilson band.

    Returns
    -------
    Table
        ``group, n, expected`` (mean forecast), ``events, observed, conf_low, conf_high``, and the same on each row: ``intercept, slope``
        of the
        logistic recalibration (0 and 1 are right; missing where they can't be found).

    Raises
    ------
    CallError
        When lengths differ, or a forecast isn't a probability.
    """
    p, y = _checked(probability, outcome)
    group = pd.qcut(pd.Series(p), min(groups, len(np.unique(p))), labels=False, duplicates="drop").fillna(0).astype(int)
    lines = (
        pd.DataFrame({"group": group, "p": p, "y": y}).groupby("group").agg(n=("y", "size"), expected=("p", "mean"), events=("y", "sum"))
    )
    data = lines.reset_index().assign(group=lambda d: np.arange(1, len(d) + 1))
    data["observed"] = data["events"] / data["n"]
    data["conf_low"], data["conf_high"] = wilson(data["events"], data["n"], level)
    data["intercept"], data["slope"] = _recalibration(p, y)
    derived = dict.fromkeys(("observed", "conf_low", "conf_high"), ("events", "n"))
    return Table("calibration", data, ("n", "events"), derived=derived)


def _checked(probability: npt.ArrayLike, outcome: npt.ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    p, y = np.asarray(probability, dtype=float), np.asarray(outcome, dtype=float)
    if p.shape != y.shape or p.ndim != 1 or not len(p):
        raise CallError(f"{p.shape} forecasts and {y.shape} outcomes don't pair", mend="One outcome a forecast.")
    if not ((p >= 0) & (p <= 1)).all() or not np.isin(y, (0, 1)).all():
        raise CallError("A forecast isn't a probability, or an outcome isn't 0 or 1", mend="Leave missing ones out.")
    return p, y


def _recalibration(p: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    frame = pd.DataFrame({"risk": logit(np.clip(p, 1e-9, 1 - 1e-9)), "y": y})
    if frame["risk"].nunique() < 2:
        return np.nan, np.nan
    try:
        params = fit_glm(build_design(frame, "y", ["risk"]), "logit").params
    except DataError:
        return np.nan, np.nan
    return float(params[0]), float(params[1])


def brier(probability: np.ndarray, outcome: np.ndarray) -> float:
    """Mean squared distance between forecast and outcome.

    Parameters
    ----------
    probability, outcome : numpy.ndarray

    Returns
    -------
    float
    """
    return float(np.mean((probability - outcome) ** 2))


def auc(probability: np.ndarray, outcome: np.ndarray) -> float:
    """Chance that one with the event was given a higher risk than one without; ties count half; missing without both kinds.

    Parameters
    ----------
    probability, outcome : numpy.ndarray

    Returns
    -------
    float
    """
    from scipy.stats import rankdata

    ones = outcome == 1
    n, m = int(ones.sum()), int((~ones).sum())
    if not n or not m:
        return float("nan")
    return float((rankdata(probability)[ones].sum() - n * (n + 1) / 2) / (n * m))


def hits(probability: np.ndarray, outcome: np.ndarray, top: int) -> int:
    """Events among the ``top`` highest risks.

    Parameters
    ----------
    probability, outcome : numpy.ndarray
    top : int

    Returns
    -------
    int
    """
    first = np.argsort(-probability, kind="stable")[:top]
    return int(outcome[first].sum())


def limits(draws: Sequence[float] | np.ndarray, level: float) -> tuple[float, float]:
    """Percentile limits of draws, missing ones left out.

    Parameters
    ----------
    draws : sequence of float
    level : float

    Returns
    -------
    low, high : float
    """
    known = np.asarray(draws, dtype=float)
    known = known[~np.isnan(known)]
    if not len(known):
        return float("nan"), float("nan")
    return float(np.quantile(known, 0.5 - level / 2)), float(np.quantile(known, 0.5 + level / 2))
