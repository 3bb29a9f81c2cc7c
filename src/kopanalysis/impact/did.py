"""Difference in differences: one number a unit with exact tools, and the two-way fixed-effects regression."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb
from typing import Any

import numpy as np
import pandas as pd

from kopanalysis.errors import CallError, DataError
from kopanalysis.impact.collapse import Collapsed, collapse
from kopanalysis.impact.small_sample import NAMES, detectable, fit_ols, t_interval, visible
from kopanalysis.lineage import Rows, recorded
from kopanalysis.results import TIDY_COLUMNS, Estimate, Table

FEW_TREATED, MOST_COVARIATES = 30, 2
CLIPPED = "limits held to the logical range -1 to 1"


@recorded
def did(
    panel: pd.DataFrame, outcome: str, treated: str, pre: Sequence[Any], post: Sequence[Any], unit: str = "coop_id",
    time: str = "book_year", cluster: str | None = None, covariates: Sequence[str] = (), level: float = 0.95, se: str | None = None,
) -> Estimate:  # fmt: skip
    """Compare the mean change of treated and untreated units, each unit collapsed to one number: mean after less mean before.

    Parameters
    ----------
    panel : pandas.DataFrame
        One row a ``unit`` and ``time``.
    outcome, treated : str
        Numeric column; 0/1 column constant within a unit.
    pre, post : sequence
        Periods before and after.
    unit, time : str
    cluster : str, optional
        Column constant within a unit; then the standard error is CR2 unless ``se`` says otherwise.
    covariates : sequence of str
        Numeric columns, entered with their mean over ``pre``; at most two where fewer than thirty are treated.
    level : float
    se : {"classical", "hc3", "cluster", "cr2"}, optional
        Default: ``classical`` on the collapsed numbers, whose t is exact under normal errors of one variance.

    Returns
    -------
    Estimate
        In the outcome's own unit (a share: points between -1 and 1, limits held to that range). ``dropped`` counts what was left out.

    Raises
    ------
    CallError, DataError
        As :func:`kopanalysis.impact.collapse.collapse`; too many covariates.

    Notes
    -----
    A unit's mean runs over the periods in which its outcome is known. Every unit counts once.

    References
    ----------
    Bertrand, Duflo & Mullainathan (2004), Quarterly Journal of Economics 119:249-275.
    """
    fixed = (cluster,) if cluster is not None else ()
    lines = collapse(panel, outcome, treated, pre, post, unit, time, fixed, covariates)
    lines = _complete(lines, covariates, int(lines.treated.sum()))
    kind = se or ("cr2" if cluster is not None else "classical")
    x = np.column_stack([np.ones(len(lines.units)), lines.treated, *(lines.groups[name] for name in covariates)]).astype(float)
    codes = None if cluster is None else cluster_codes(lines.groups[cluster], cluster)
    fit = fit_ols(x, lines.change, kind, codes)
    label = f"difference of mean changes (collapsed), {NAMES[kind]}" + (f", adjusted for {', '.join(covariates)}" if covariates else "")
    return as_estimate(lines, float(fit.params[1]), float(fit.std_error[1]), float(fit.df[1]), label, level, fit.n_clusters)


@recorded
def two_way_fixed_effects(
    panel: pd.DataFrame, outcome: str, regressors: Sequence[str], unit: str = "coop_id", time: str = "book_year",
    cluster: str | None = None, se: str = "cluster", level: float = 0.95,
) -> Table:  # fmt: skip
    """Regress the outcome on regressors with unit and period effects.

    Parameters
    ----------
    panel : pandas.DataFrame
        One row a ``unit`` and ``time``.
    outcome : str
    regressors : sequence of str
        Numeric columns.
    unit, time : str
    cluster : str, optional
        Default: ``unit``.
    se : {"cluster", "hc3", "cr2", "classical"}
    level : float

    Returns
    -------
    Table
        ``term, estimate, std_error, statistic, p_value, conf_low, conf_high, n_obs, n_units, n_clusters, method, df``: the regressors, then
        the period effects ``<time>[<period>]`` against the first period. Rows with a missing value and units left with one row are
        dropped; ``method`` counts them.

    Raises
    ------
    CallError, DataError
        For an unknown column or kind, collinear regressors, or a unit twice in a period.

    Notes
    -----
    With staggered or differing effects the coefficient is a weighted mean whose weights may be negative: see :func:`kopanalysis.att_gt`.
    """
    frame, counted = _regression_frame(panel, outcome, [*regressors], unit, time, cluster)
    codes = pd.factorize(frame[unit], sort=True)[0]
    periods = sorted(frame[time].unique())
    dummies = [(frame[time] == period).to_numpy(dtype=float) for period in periods[1:]]
    x = np.column_stack([*(frame[name].astype(float) for name in regressors), *dummies])
    groups = codes if cluster is None else cluster_codes(frame[cluster].to_numpy(), cluster)
    fit = fit_ols(x, frame[outcome].to_numpy(dtype=float), se, groups, codes)
    method = f"two-way fixed effects, {NAMES[se]}" + (f" by {cluster or unit}" if se in ("cluster", "cr2") else "") + counted
    terms = [*regressors, *(f"{time}[{period}]" for period in periods[1:])]
    records = []
    for number, term in enumerate(terms):
        estimate, error, df = (float(values[number]) for values in (fit.params, fit.std_error, fit.df))
        statistic, p_value, low, high = t_interval(estimate, error, df, level)
        records.append((term, estimate, error, statistic, p_value, low, high, fit.n_obs, int(codes.max()) + 1, fit.n_clusters, method, df))
    data = pd.DataFrame(records, columns=[*TIDY_COLUMNS, "df"])
    rows = Rows.of(frame["source_rows"].dropna()) if "source_rows" in frame else Rows()
    return Table(f"two_way_fixed_effects.{outcome}", data, rows=rows)


def as_estimate(
    lines: Collapsed, estimate: float, std_error: float, df: float, method: str, level: float, n_clusters: int,
    floor: float | None = None,
) -> Estimate:  # fmt: skip
    """An estimate with its t interval, held to the logical range of a share, and what its own standard error lets it see."""
    statistic, p_value, low, high = t_interval(estimate, std_error, df, level)
    low, high, method = clip(low, high, lines.share, method)
    n_treated = int(lines.treated.sum())
    return Estimate(
        lines.outcome, estimate, std_error, statistic, p_value, low, high, lines.n_obs, len(lines.units), n_clusters, method, level,
        lines.unit, n_treated, visible(std_error, df, level), 1 / comb(len(lines.units), n_treated) if floor is None else floor,
        rows=lines.rows, df=df, dropped=lines.dropped,
    )  # fmt: skip


def clip(low: float, high: float, share: bool, method: str) -> tuple[float, float, str]:
    """Limits of a difference of shares held to -1 and 1, and the method that says so."""
    if not share or (low >= -1 and high <= 1):
        return low, high, method
    return min(max(low, -1.0), 1.0), max(min(high, 1.0), -1.0), f"{method}; {CLIPPED}"


def own_mde(lines: Collapsed, level: float = 0.95, power: float = 0.8) -> float:
    """Smallest difference that the design could show if the treated vary as the untreated do: read before any estimate.

    Parameters
    ----------
    lines : Collapsed
    level, power : float

    Returns
    -------
    float
        In the outcome's own unit; infinite with a single untreated unit. An estimate has its own, :attr:`kopanalysis.results.Estimate.mde`.
    """
    others = lines.change[~lines.treated]
    if len(others) < 2:
        return float("inf")
    return detectable(float(others.std(ddof=1)), int(lines.treated.sum()), 1 / len(others), len(lines.units) - 2, level, power)


def cluster_codes(values: np.ndarray, name: str) -> np.ndarray:
    """Clusters as 0 to G - 1; raises :class:`DataError` where one is missing."""
    codes = pd.factorize(pd.Series(values), sort=False)[0]
    if (codes < 0).any():
        raise DataError(f"{int((codes < 0).sum())} rows have no {name}", mend="Fill it in, or cluster by something that all have.")
    return codes


def _complete(lines: Collapsed, covariates: Sequence[str], n_treated: int) -> Collapsed:
    if n_treated < FEW_TREATED and len(covariates) > MOST_COVARIATES:
        raise CallError(
            f"{len(covariates)} covariates with {n_treated} treated", mend=f"At most {MOST_COVARIATES} under {FEW_TREATED} treated."
        )
    keep = np.ones(len(lines.units), dtype=bool)
    for name in covariates:
        keep &= ~np.isnan(lines.groups[name])
    if keep.all():
        return lines
    if not lines.treated[keep].any() or lines.treated[keep].all():
        raise DataError("no comparison is left where the covariates are known", ", ".join(covariates), "Leave out the one that is missing.")
    return lines.only(keep, units_without_covariate=int((~keep).sum()))


def _regression_frame(
    panel: pd.DataFrame, outcome: str, regressors: list[str], unit: str, time: str, cluster: str | None
) -> tuple[pd.DataFrame, str]:
    named = list(dict.fromkeys([outcome, *regressors, unit, time, *([cluster] if cluster else [])]))
    absent = [name for name in named if name not in panel]
    if absent:
        raise CallError(f"the panel has no column {', '.join(absent)}", mend=f"It has {', '.join(map(str, panel.columns))}.")
    if panel.duplicated([unit, time]).any():
        raise DataError(f"some {unit} stands twice in one {time}", mend="Keep one row each.")
    frame = panel.dropna(subset=named)
    sizes = frame.groupby(unit)[time].transform("size")
    kept = frame[sizes > 1].sort_values([unit, time], kind="stable")
    if kept.empty:
        raise DataError("no unit is seen twice", mend="Fixed effects need at least two periods a unit.")
    counted = [f"{len(panel) - len(frame)} rows with a missing value dropped"] if len(frame) < len(panel) else []
    counted += [f"{len(frame) - len(kept)} units seen once dropped"] if len(kept) < len(frame) else []
    return kept, "".join(f"; {item}" for item in counted)
