"""The discrete-time hazard: what goes with stopping, year by year, for those still going."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy import stats

from kopanalysis.errors import CallError, DataError
from kopanalysis.inactivity.design import Design, build_design, is_factor
from kopanalysis.inactivity.firth import firth_logit
from kopanalysis.inactivity.glm import Fit, fit_glm
from kopanalysis.inactivity.leakage import Purpose, check_leakage
from kopanalysis.inactivity.lines import line_numbers
from kopanalysis.inactivity.margins import average_differences
from kopanalysis.inactivity.plan import screen, separated_levels
from kopanalysis.inactivity.ranks import rank_intervals
from kopanalysis.lineage import Rows, recorded
from kopanalysis.metrics.spells import check_spells
from kopanalysis.results import Number, Table

COLUMNS = ["term", "estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high", "ratio", "contrast", "rank_low", "rank_high",
           "n_obs", "n_units", "n_clusters", "n_events", "n_missing", "level", "method", "reason"]  # fmt: skip


@recorded
def person_period(spells: pd.DataFrame, covariates: pd.DataFrame | None = None, unit: str = "coop_id") -> pd.DataFrame:
    """One row for each year that a cooperative is at risk.

    Parameters
    ----------
    spells : pandas.DataFrame
        ``entry, duration, event``, at risk in (entry, duration]; other columns are carried along. Times may be fractions of a year.
    covariates : pandas.DataFrame, optional
        One row a unit, or a unit and ``book_year`` (or ``age``): values known at the start of that year, merged on these keys.
    unit : str

    Returns
    -------
    pandas.DataFrame
        The spell's columns with ``age`` (the year of life that ends at this age), ``exposure`` (share of that year at risk),
        ``event`` (0 none, 1, 2) of that year, ``stopped`` (1 where event is 1) and, where the spell has ``entry_year``, ``book_year``.

    Raises
    ------
    SpellError
        For impossible times.
    CallError
        When the covariates hold a key twice.

    Notes
    -----
    Delayed entry is in the rows: a year before ``entry`` isn't there.
    """
    check_spells(spells)
    entry, duration = spells["entry"].to_numpy(float), spells["duration"].to_numpy(float)
    first, last = np.floor(entry).astype(int) + 1, np.ceil(duration).astype(int)
    counts = last - first + 1
    row = np.repeat(np.arange(len(spells)), counts)
    step = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    age = first[row] + step
    frame = spells.drop(columns=["entry", "duration", "event"]).iloc[row].reset_index(drop=True)
    ended = age == last[row]
    frame["age"] = age
    frame["exposure"] = np.minimum(age, duration[row]) - np.maximum(age - 1, entry[row])
    frame["event"] = np.where(ended, spells["event"].to_numpy(int)[row], 0)
    frame["stopped"] = (frame["event"] == 1).astype("int64")
    if "entry_year" in spells:
        frame["book_year"] = spells["entry_year"].to_numpy(int)[row] + 1 + step
    frame.attrs = dict(spells.attrs)
    if covariates is None:
        return frame
    keys = [unit, *(name for name in ("book_year", "age") if name in covariates and name in frame)][:2]
    if covariates.duplicated(keys).any():
        raise CallError(f"The covariates hold a {' and '.join(keys)} twice", mend="One row each.")
    added = [name for name in covariates if name not in frame or name in keys]
    return frame.merge(covariates[added], on=keys, how="left", validate="many_to_one")


@recorded
def discrete_hazard(
    frame: pd.DataFrame,
    outcome: str,
    predictors: Sequence[str],
    link: Literal["cloglog", "logit"] = "cloglog",
    cluster: str | None = None,
    penalty: Literal["firth"] | None = None,
    effects: Literal["coef", "ame"] = "coef",
    level: float = 0.95,
    controls: Sequence[str] = (),
    curved: Sequence[str] = (),
    budget: bool = False,
    rule: str = "no_rat_3y",
    purpose: Purpose = "why",
    unit: str = "coop_id",
) -> Table:
    """Risk of stopping in a year, given not stopped before, by predictors.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a cooperative-year at risk, as :func:`person_period` makes it.
    outcome : str
        0/1 column.
    predictors : sequence of str
        Numbers as they are; text as dummies against the commonest level.
    link : {"cloglog", "logit"}
        ``cloglog``: coefficients are log hazard ratios of the continuous-time hazard behind the years. ``logit``: log odds ratios.
    cluster : str, optional
        Column; errors then allow for dependence within it, with t(G - 1). None: independent rows and the normal.
    penalty : {"firth"}, optional
        Penalised logit with profile-likelihood limits: for separation and few events. Only with ``link="logit"`` and no cluster.
    effects : {"coef", "ame"}
        ``ame``: average marginal differences, in points of yearly risk: 0 to 1 for a 0/1 predictor, level against reference for text,
        lower to upper quartile for other numbers (with their square); delta-method limits; rank intervals.
    level : float
    controls : sequence of str
        Columns fitted as dummies and not shown, such as region and year.
    curved : sequence of str
        Numeric predictors that enter with their square.
    budget : bool
        Leave out, in order, predictors for which there are too few events (plan.toml); else only those that can't enter.
    rule : str
        The definition behind the outcome, for the leakage guard.
    purpose : {"why", "warning"}
    unit : str
        Column that names the cooperative, to count them.

    Returns
    -------
    Table
        ``term, estimate, std_error, statistic, p_value, conf_low, conf_high, ratio`` (exp of the coefficient), ``contrast, rank_low,
        rank_high, n_obs, n_units, n_clusters, n_events, n_missing, level, method, reason``; a predictor left out has its ``reason``
        (``not_recorded, missing, no_variation, separation, collinear, too_few_events``) and no estimate. Numbers ``hazard.<term>``.

    Raises
    ------
    LeakageError
        When a predictor is made from what defines the status.
    CallError
        For an unknown link or an impossible combination.
    DataError
        When there is no event, or nothing but events, or nothing left to explain with.

    Notes
    -----
    Rows with a missing value in a predictor that enters, and rows of a level in which all or none stop (``separation``), are left out and
    counted in ``n_missing``. Rows are collapsed to distinct
    covariate rows: millions of years with region and year effects cost what the distinct rows cost. It describes what goes with
    stopping; it can't say why.

    References
    ----------
    Prentice & Gloeckler (1978), Biometrics 34:57-67. Allison (1982), Sociological Methodology 13:61-98.
    """
    check_leakage([*predictors, *controls], rule, purpose)
    if penalty is not None and (penalty != "firth" or link != "logit" or cluster is not None):
        raise CallError("The Firth penalty goes with the logit link and no cluster", mend='link="logit", cluster=None, penalty="firth".')
    reasons = screen(frame, outcome, predictors, curved, penalty is not None, budget)
    entered = [name for name, reason in reasons.items() if not reason]
    needed = [*entered, *controls, *([cluster] if cluster else [])]
    complete = frame[frame[needed].notna().all(axis=1)] if needed else frame
    complete, alone = (complete, []) if penalty else _without_separated(complete, outcome, entered, controls)
    reasons |= dict.fromkeys(alone, "separation")
    _check_events(complete[outcome], entered)
    design = build_design(complete, outcome, entered, controls, [name for name in curved if name in entered])
    lines, joint = _firth_lines(design, level) if penalty else glm_lines(complete, design, link, cluster, level)
    method = f"{link}{', firth, profile limits' if penalty else ''}{f', clustered by {cluster}, t(G-1)' if cluster else ''}"
    if effects == "ame":
        lines = average_differences(design, joint, link, level)
        lines["rank_low"], lines["rank_high"] = _ranks(lines, level)
        method += ", average difference"
    data = _framed(lines, reasons, frame, complete, design, unit, joint.n_clusters, level, method)
    return Table("hazard", data, numbers=_numbers(data, effects, frame, rule), rows=_rows(frame))


def _without_separated(
    frame: pd.DataFrame, outcome: str, entered: Sequence[str], controls: Sequence[str]
) -> tuple[pd.DataFrame, list[str]]:
    """Leave out the rows of levels that separate, which is what the limit of the likelihood does; the levels of predictors by name."""
    alone = []
    for name in dict.fromkeys((*entered, *controls)):
        if name in controls or is_factor(frame[name]):
            levels = separated_levels(frame, outcome, name)
            alone += [] if name in controls else [f"{name}[{level}]" for level in levels]
            frame = frame[~frame[name].isin(levels)] if levels else frame
    return frame, alone


def _check_events(outcome: pd.Series, entered: list[str]) -> None:
    if not outcome.isin([0, 1]).all():
        raise CallError(f"{outcome.name} isn't 0 or 1 throughout", mend="Pass a 0/1 column without missing values.")
    events = int(outcome.sum())
    if not 0 < events < len(outcome):
        raise DataError(f"{events} events in {len(outcome)} rows", mend="There is nothing to tell apart; use more years.")
    if not entered:
        raise DataError("No predictor can enter", mend="See the reasons of `screen`; declare predictors that are recorded.")


def glm_lines(frame: pd.DataFrame, design: Design, link: str, cluster: str | None, level: float) -> tuple[pd.DataFrame, Fit]:
    """Lines of the terms shown, and the fit behind them.

    Parameters
    ----------
    frame : pandas.DataFrame
        The rows that the design was made from.
    design : Design
    link : str
    cluster : str or None
    level : float

    Returns
    -------
    lines : pandas.DataFrame
    fit : Fit
    """
    fit = fit_glm(design, link, frame[cluster].to_numpy() if cluster else None)
    shown = [number for number, term in enumerate(design.terms) if term.shown]
    error = np.sqrt(np.diag(fit.covariance))[shown]
    return _wald([design.names[n] for n in shown], fit.params[shown], error, level, fit.n_clusters), fit


def _wald(names: list[str], estimate: np.ndarray, error: np.ndarray, level: float, clusters: int | None) -> pd.DataFrame:
    law = stats.norm if clusters is None else stats.t(clusters - 1)
    reach = law.ppf(0.5 + level / 2) * error
    return pd.DataFrame(
        {"term": names, "estimate": estimate, "std_error": error, "statistic": estimate / error,
         "p_value": 2 * law.sf(np.abs(estimate / error)), "conf_low": estimate - reach, "conf_high": estimate + reach,
         "ratio": np.exp(estimate)}
    )  # fmt: skip


def _firth_lines(design: Design, level: float) -> tuple[pd.DataFrame, Fit]:
    fit = firth_logit(design.x.toarray(), design.events, design.trials, level)
    error = np.sqrt(np.diag(fit.covariance))
    lines = pd.DataFrame(
        {"term": design.names, "estimate": fit.params, "std_error": error, "statistic": np.nan, "p_value": fit.p_value,
         "conf_low": fit.low, "conf_high": fit.high, "ratio": np.exp(fit.params)}
    )  # fmt: skip
    shown = [term.shown for term in design.terms]
    return lines[shown].reset_index(drop=True), Fit(fit.params, fit.covariance, fit.log_likelihood)


def _ranks(lines: pd.DataFrame, level: float) -> tuple[np.ndarray, np.ndarray]:
    sign = np.sign(lines["estimate"].to_numpy())
    covariance = np.asarray(lines.attrs["covariance"]) * np.outer(sign, sign)
    return rank_intervals(np.abs(lines["estimate"].to_numpy()), covariance, level)


def _framed(
    lines: pd.DataFrame, reasons: dict[str, str], frame: pd.DataFrame, complete: pd.DataFrame, design: Design, unit: str,
    clusters: int | None, level: float, method: str,
) -> pd.DataFrame:  # fmt: skip
    lines.attrs = {}
    out = pd.DataFrame({"term": [name for name, reason in reasons.items() if reason]})
    data = pd.concat([lines, out.reindex(columns=lines.columns)], ignore_index=True).reindex(columns=COLUMNS)
    left = data["term"].map(reasons).fillna("").where(data["estimate"].isna(), "")
    facts: dict[str, Any] = {
        "n_obs": len(complete), "n_units": complete[unit].nunique() if unit in complete else None, "n_clusters": clusters,
        "n_events": int(design.events.sum()), "n_missing": len(frame) - len(complete), "level": level, "method": method,
    }  # fmt: skip
    return data.assign(**facts, reason=left)


def _rows(frame: pd.DataFrame) -> Rows:
    return Rows.of(frame["source_rows"]) if "source_rows" in frame else Rows()


def _numbers(data: pd.DataFrame, effects: str, frame: pd.DataFrame, rule: str) -> tuple[Number, ...]:
    if "source_rows" not in frame:
        return ()
    level, method = float(data["level"].iloc[0]), str(data["method"].iloc[0])
    unit = "points" if effects == "ame" else "index"
    return line_numbers("hazard", data, "term", "estimate", unit, n="n_units", level=level, rule=rule, method=method, rows=_rows(frame))
