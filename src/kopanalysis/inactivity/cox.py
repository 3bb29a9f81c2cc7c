"""The proportional hazards model with delayed entry, and the test of its proportionality."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy import stats

from kopanalysis.errors import DataError
from kopanalysis.inactivity.design import is_factor
from kopanalysis.inactivity.leakage import Purpose, check_leakage
from kopanalysis.inactivity.lines import line_numbers
from kopanalysis.inactivity.risk import Times, read_times
from kopanalysis.lineage import Rows, recorded
from kopanalysis.results import Table

STEPS = 60
LONGEST_STEP = 4.0


@recorded
def cox_hazard(
    spells: pd.DataFrame,
    predictors: Sequence[str],
    ties: Literal["efron", "breslow"] = "efron",
    cluster: str | None = None,
    level: float = 0.95,
    duration: str = "duration",
    event: str = "event",
    entry: str | None = "entry",
    cause: int | None = None,
    rule: str = "no_rat_3y",
    purpose: Purpose = "why",
) -> Table:
    """Hazard ratios of stopping, from exact or fine-grained times.

    Parameters
    ----------
    spells : pandas.DataFrame
        One row a spell, at risk in (entry, duration].
    predictors : sequence of str
        Numbers as they are; text as dummies against the commonest level.
    ties : {"efron", "breslow"}
    cluster : str, optional
        Column; errors are then the sandwich of cluster sums of the dfbeta, and limits use t(G - 1).
    level : float
    duration, event, entry : str
        Columns; ``entry=None``: everyone enters at zero.
    cause : int, optional
        Count only this event, the others censor: the cause-specific hazard. Default: any event above zero.
    rule : str
        The definition behind the event, for the leakage guard.
    purpose : {"why", "warning"}

    Returns
    -------
    Table
        ``term, estimate`` (log hazard ratio), ``std_error, statistic, p_value, conf_low, conf_high, ratio, ratio_low, ratio_high, n_obs,
        n_units, n_clusters, n_events, level, method, reason``. A level without any event has no estimate (``separation``) and its spells
        are
        left out, as the limit of the likelihood has it. Numbers ``cox.<term>``.

    Raises
    ------
    LeakageError
        When a predictor is made from what defines the status.
    SpellError
        For impossible times.
    DataError
        Without an event.

    Notes
    -----
    Yearly data are full of ties: for them :func:`kopanalysis.discrete_hazard` is the right default. Spells with a missing predictor are
    left out. Someone who enters exactly at an event time isn't at risk at it, as in R; statsmodels' PHReg has it otherwise.
    """
    check_leakage(predictors, rule, purpose)
    complete, times, happened, silent = _at_risk(spells, predictors, duration, event, entry, cause)
    names, x = cox_matrix(complete, predictors)
    beta, covariance = _fit(times, happened, x, ties)
    clusters = None
    if cluster is not None:
        code, groups = pd.factorize(complete[cluster])
        clusters = len(groups)
        sums = np.zeros((clusters, len(beta)))
        np.add.at(sums, code, _score_residuals(times, happened, x, beta, ties) @ covariance)
        covariance = sums.T @ sums
    error = np.sqrt(np.diag(covariance))
    law = stats.norm if clusters is None else stats.t(clusters - 1)
    reach = law.ppf(0.5 + level / 2) * error
    facts: dict[str, Any] = {
        "n_obs": len(complete), "n_units": len(complete), "n_clusters": clusters, "n_events": int(happened.sum()), "level": level,
        "method": f"Cox, {ties} ties, delayed entry" + (f", clustered by {cluster}, t(G-1)" if cluster else ""),
    }  # fmt: skip
    data = pd.DataFrame(
        {"term": names, "estimate": beta, "std_error": error, "statistic": beta / error, "p_value": 2 * law.sf(np.abs(beta / error)),
         "conf_low": beta - reach, "conf_high": beta + reach, "ratio": np.exp(beta), "ratio_low": np.exp(beta - reach),
         "ratio_high": np.exp(beta + reach)}
    )  # fmt: skip
    data = pd.concat([data.assign(reason=""), pd.DataFrame({"term": silent, "reason": "separation"})], ignore_index=True).assign(**facts)
    rows = Rows.of(complete["source_rows"]) if "source_rows" in complete else Rows()
    numbers = line_numbers("cox", data, "term", "ratio", "index", ("ratio_low", "ratio_high"), "n_units", level=level, rule=rule,
                           method=facts["method"], rows=rows)  # fmt: skip
    return Table("cox", data, numbers=numbers if "source_rows" in complete else (), rows=rows)


def _at_risk(
    spells: pd.DataFrame, predictors: Sequence[str], duration: str, event: str, entry: str | None, cause: int | None
) -> tuple[pd.DataFrame, Times, np.ndarray, list[str]]:
    """Spells that carry an estimate, their times and events, and the levels without an event: their estimate would run away."""
    complete = spells[spells[list(predictors)].notna().all(axis=1)]
    read_times(complete, duration, event, entry)
    silent = []
    for name in (name for name in predictors if is_factor(complete[name])):
        counted = complete[event] > 0 if cause is None else complete[event] == cause
        empty = counted.groupby(complete[name]).sum().loc[lambda events: events == 0].index
        silent += [f"{name}[{level}]" for level in empty]
        complete = complete[~complete[name].isin(empty)]
    times = read_times(complete, duration, event, entry)
    happened = times.event > 0 if cause is None else times.event == cause
    if not happened.any():
        raise DataError("There is no event", mend="Use a longer time, or another cause.")
    return complete, times, happened, silent


def cox_matrix(spells: pd.DataFrame, predictors: Sequence[str]) -> tuple[list[str], np.ndarray]:
    """Names and columns of the predictors, text as dummies against the commonest level.

    Parameters
    ----------
    spells : pandas.DataFrame
    predictors : sequence of str

    Returns
    -------
    names : list of str
    x : numpy.ndarray of shape (n, p)
    """
    names: list[str] = []
    columns: list[np.ndarray] = []
    for name in predictors:
        if not is_factor(spells[name]):
            names.append(name)
            columns.append(spells[name].to_numpy(float))
            continue
        counts = spells[name].value_counts()
        for level in sorted(set(counts.index) - {counts.index[0]}, key=str):
            names.append(f"{name}[{level}]")
            columns.append((spells[name] == level).to_numpy(float))
    return names, np.column_stack(columns)


def _fit(times: Times, happened: np.ndarray, x: np.ndarray, ties: str) -> tuple[np.ndarray, np.ndarray]:
    """Newton's method on the partial likelihood, by sums over the risk set: thousands of spells take a second."""
    beta = np.zeros(x.shape[1])
    reach = np.maximum(np.ptp(x, axis=0), 1e-300)  # a rare dummy deviates little and may still run far
    order = np.argsort(times.stop[happened], kind="stable")
    total = x[happened][order].sum(axis=0)
    for _ in range(STEPS):
        moments = _moments(times, happened, x, beta, ties)
        information = np.sum([covariance for _, _, covariance in moments], axis=0)
        if np.linalg.cond(information) > 1e14:
            break
        step = np.linalg.solve(information, total - np.sum([mean for _, mean, _ in moments], axis=0))
        beta = beta + step * min(1.0, LONGEST_STEP / max(np.abs(step * reach).max(), 1e-300))
        if np.abs(step * x.std(axis=0)).max() < 1e-12:
            return beta, np.linalg.inv(information)
    raise DataError("The estimates run away: a predictor separates the events, or depends on the others", mend="Leave it out.")


def _moments(times: Times, happened: np.ndarray, x: np.ndarray, beta: np.ndarray, ties: str) -> list[tuple[float, np.ndarray, np.ndarray]]:
    """Time, mean of x and covariance of x over the risk set, one entry for each event; Efron lowers the weight of those tied."""
    weight = np.exp((x - x.mean(axis=0)) @ beta)
    pairs = (x[:, :, None] * x[:, None, :]).reshape(len(x), -1)
    stacked = np.column_stack([np.ones(len(x)), x, pairs]) * weight[:, None]
    moments = np.unique(times.stop[happened])
    at_risk = times.at_risk_sum(stacked, moments)
    out = []
    p = x.shape[1]
    for moment, sums in zip(moments, at_risk, strict=True):
        tied = stacked[happened & (times.stop == moment)]
        for number in range(len(tied)):
            part = sums - (number / len(tied) * tied.sum(axis=0) if ties == "efron" else 0.0)
            mean = part[1 : p + 1] / part[0]
            out.append((moment, mean, part[p + 1 :].reshape(p, p) / part[0] - np.outer(mean, mean)))
    return out


def _score_residuals(times: Times, happened: np.ndarray, x: np.ndarray, beta: np.ndarray, ties: str) -> np.ndarray:
    """Each spell's own part of the score, as R's coxph has it for (entry, duration] data with ties."""
    weight = np.exp((x - x.mean(axis=0)) @ beta)
    stacked = np.column_stack([np.ones(len(x)), x]) * weight[:, None]
    moments = np.unique(times.stop[happened])
    at_risk = times.at_risk_sum(stacked, moments)
    residual = np.zeros_like(x)
    steps, slopes = np.zeros(len(moments)), np.zeros((len(moments), x.shape[1]))
    for place, (moment, sums) in enumerate(zip(moments, at_risk, strict=True)):
        tied = happened & (times.stop == moment)
        d, own = int(tied.sum()), stacked[tied].sum(axis=0)
        for number in range(d):
            share = number / d if ties == "efron" else 0.0
            part = sums - share * own
            mean = part[1:] / part[0]
            steps[place] += 1 / part[0]
            slopes[place] += mean / part[0]
            residual[tied] += (x[tied] - mean) / d + share * weight[tied, None] * (x[tied] - mean) / part[0]
    return residual - weight[:, None] * _expected(times, x, moments, steps, slopes)


def _expected(times: Times, x: np.ndarray, moments: np.ndarray, steps: np.ndarray, slopes: np.ndarray) -> np.ndarray:
    """Sum over the event times of a spell's own (entry, duration] of (x - mean) times the hazard step."""
    hazard, drift = np.concatenate([[0.0], np.cumsum(steps)]), np.vstack([np.zeros(x.shape[1]), np.cumsum(slopes, axis=0)])
    first, last = np.searchsorted(moments, times.start, side="right"), np.searchsorted(moments, times.stop, side="right")
    return x * (hazard[last] - hazard[first])[:, None] - (drift[last] - drift[first])


@recorded
def proportionality(
    spells: pd.DataFrame,
    predictors: Sequence[str],
    transform: Literal["identity", "log"] = "log",
    ties: Literal["efron", "breslow"] = "efron",
    duration: str = "duration",
    event: str = "event",
    entry: str | None = "entry",
    cause: int | None = None,
) -> Table:
    """Do hazard ratios stay the same over time? The score test of each predictor times a function of time, and of all together.

    Parameters
    ----------
    spells, predictors, ties, duration, event, entry, cause
        As in :func:`cox_hazard`.
    transform : {"identity", "log"}
        Function of time.

    Returns
    -------
    Table
        ``term, statistic, df, p_value, n_events``; the last line, ``global``, tests all.

    References
    ----------
    Grambsch & Therneau (1994), Biometrika 81:515-526.
    """
    check_leakage(predictors)
    complete, times, happened, _ = _at_risk(spells, predictors, duration, event, entry, cause)
    names, x = cox_matrix(complete, predictors)
    beta, _ = _fit(times, happened, x, ties)
    moments = _moments(times, happened, x, beta, ties)
    order = np.argsort(times.stop[happened], kind="stable")
    at = times.stop[happened][order]
    clock = np.log(at) if transform == "log" else at
    clock = clock - clock.mean()
    spread = np.array([covariance for _, _, covariance in moments])
    gap = x[happened][order] - np.array([mean for _, mean, _ in moments])
    score = clock @ gap
    plain, mixed, squared = (np.tensordot(power, spread, axes=1) for power in (np.ones_like(clock), clock, clock**2))
    inside = squared - mixed @ np.linalg.solve(plain, mixed)
    records = []
    for number, name in enumerate(names):
        row = mixed[number]
        statistic = score[number] ** 2 / (squared[number, number] - row @ np.linalg.solve(plain, row))
        records.append((name, float(statistic), 1))
    records.append(("global", float(score @ np.linalg.solve(inside, score)), len(names)))
    data = pd.DataFrame(records, columns=["term", "statistic", "df"])
    data["p_value"] = stats.chi2.sf(data["statistic"], data["df"])
    return Table("proportionality", data.assign(n_events=int(happened.sum())))
