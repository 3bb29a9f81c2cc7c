"""Average marginal differences: how many points the yearly risk moves when one predictor moves and the others stay."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from kopanalysis.inactivity.design import INTERCEPT, Design
from kopanalysis.inactivity.glm import Fit, link_of


def average_differences(design: Design, fit: Fit, link: str, level: float) -> pd.DataFrame:
    """Average over all rows of the change in probability between two values of a predictor, with delta-method limits.

    Parameters
    ----------
    design : Design
    fit : Fit
        Its covariance, clustered or not, is carried through.
    link : str
    level : float

    Returns
    -------
    pandas.DataFrame
        ``term, estimate, std_error, statistic, p_value, conf_low, conf_high, ratio, contrast``, estimates in shares; limits clipped to
        [-1, 1]; ``.attrs["covariance"]`` of the estimates together.
    """
    function, eta = link_of(link), design.x @ fit.params
    records, gradients = [], []
    for name in dict.fromkeys(term.predictor for term in design.terms if term.shown and term.predictor != INTERCEPT):
        for label, low, high, said in _contrasts(design, name):
            value, gradient = _difference(design, function, eta, fit.params, low, high)
            records.append({"term": label, "estimate": value, "contrast": said})
            gradients.append(gradient)
    slopes = np.array(gradients)
    covariance = slopes @ fit.covariance @ slopes.T
    lines = pd.DataFrame(records)
    error = np.sqrt(np.diag(covariance))
    law = stats.norm if fit.n_clusters is None else stats.t(fit.n_clusters - 1)
    reach = law.ppf(0.5 + level / 2) * error
    lines["std_error"], lines["statistic"] = error, lines["estimate"] / error
    lines["p_value"] = 2 * law.sf(np.abs(lines["statistic"]))
    lines["conf_low"], lines["conf_high"] = (lines["estimate"] - reach).clip(-1, 1), (lines["estimate"] + reach).clip(-1, 1)
    lines["ratio"] = np.nan
    lines.attrs["covariance"] = covariance.tolist()
    return lines


Setting = dict[int, float]  # column of the design to the value it is set to


def _contrasts(design: Design, name: str) -> list[tuple[str, Setting, Setting, str]]:
    """Label, lower and upper setting of the predictor's columns, and the contrast in words."""
    columns = {number: term for number, term in enumerate(design.terms) if term.predictor == name}
    if any(term.level is not None for term in columns.values()):
        nothing = dict.fromkeys(columns, 0.0)
        return [(term.name, nothing, nothing | {number: 1.0}, f"{term.level}") for number, term in columns.items()]
    values = design.values[name].astype(float)
    ends = (0.0, 1.0) if np.isin(values, (0.0, 1.0)).all() else _quartiles(values, design.trials)
    low, high = ({number: end**term.power for number, term in columns.items()} for end in ends)
    return [(name, low, high, f"{ends[0]:g} > {ends[1]:g}")]


def _quartiles(values: np.ndarray, weight: np.ndarray) -> tuple[float, float]:
    order = np.argsort(values)
    reached = np.cumsum(weight[order]) / weight.sum()
    low, high = (float(values[order][np.searchsorted(reached, share)]) for share in (0.25, 0.75))
    return (low, high) if high > low else (float(values.min()), float(values.max()))


def _difference(
    design: Design, function: object, eta: np.ndarray, params: np.ndarray, low: Setting, high: Setting
) -> tuple[float, np.ndarray]:
    share = design.trials / design.trials.sum()
    total, gradient = 0.0, np.zeros(len(params))
    columns = list(low)
    there = design.x[:, columns].toarray()
    for sign, setting in ((-1.0, low), (1.0, high)):
        wanted = np.array([setting[column] for column in columns])
        moved = eta + (wanted - there) @ params[columns]
        slope = share * function.inverse_deriv(moved)  # type: ignore[attr-defined]
        own = design.x.T @ slope
        own[columns] = wanted * slope.sum()
        total += sign * float(share @ function.inverse(moved))  # type: ignore[attr-defined]
        gradient += sign * own
    return total, gradient
