"""The only door to diff-diff (pinned below 4): what comes out is checked for unit, range and count before anyone sees it."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Literal

import diff_diff
import numpy as np
import pandas as pd

from kopanalysis.errors import CallError, DataError
from kopanalysis.impact.doubly_robust import correction, widen

VERSION = f"diff-diff {diff_diff.__version__}"
CONTROLS = ("never_treated", "not_yet_treated")
BASES = ("varying", "universal")
MOST_CLUSTERS_ENUMERATED = 12


@dataclass(frozen=True)
class Cell:
    """One effect as diff-diff gave it.

    Attributes
    ----------
    cohort, time : int or None
        First treated period and period, or event time in ``time`` where there is no cohort.
    effect, std_error : float
    n_treated : int or None
    reference : bool
        True where it is zero by construction.
    """

    cohort: int | None
    time: int | None
    effect: float
    std_error: float
    n_treated: int | None = None
    reference: bool = False


@dataclass(frozen=True)
class Fitted:
    """A fit of diff-diff, what normalised weights add to its effects by cohort and period, and the cohorts' sizes."""

    fit: Any
    shifts: Mapping[tuple[int, int], float]
    sizes: Mapping[int, int]


@dataclass(frozen=True)
class Wild:
    """An enumerated wild cluster bootstrap.

    Attributes
    ----------
    p_value, low, high : float
    grid : int
        How many sign vectors there are; a two-sided p-value moves in steps of two of them.
    """

    p_value: float
    low: float
    high: float
    grid: int


def group_time(
    frame: pd.DataFrame, outcome: str, unit: str, time: str, cohort: str, control: str, covariates: Sequence[str], base: str,
    anticipation: int,
) -> tuple[Fitted, list[Cell]]:  # fmt: skip
    """Doubly robust effects by cohort and period.

    Parameters
    ----------
    frame : pandas.DataFrame
        Complete rows; ``cohort`` is 0 for never treated.
    outcome, unit, time, cohort : str
    control : {"never_treated", "not_yet_treated"}
    covariates : sequence of str
    base : {"varying", "universal"}
    anticipation : int
        Periods before the first treated one in which an effect may already show.

    Returns
    -------
    fit : Fitted
        For :func:`aggregate_fit`.
    cells : list of Cell
        Those that could be estimated.

    Raises
    ------
    CallError
        For an unknown control group or base.
    DataError
        When diff-diff refuses, or gives back what can't be.
    """
    for value, known, kind in ((control, CONTROLS, "control group"), (base, BASES, "base period")):
        if value not in known:
            raise CallError(f"{value!r} is no {kind}", mend=f"Known: {', '.join(known)}.")
    with _quiet():
        try:
            fit = diff_diff.CallawaySantAnna(control_group=control, base_period=base, anticipation=anticipation).fit(
                frame, outcome=outcome, unit=unit, time=time, first_treat=cohort, covariates=list(covariates) or None
            )
        except (ValueError, np.linalg.LinAlgError) as error:
            raise DataError(f"effects by cohort can't be estimated: {_first_line(error)}", outcome, "Look at describe_design.") from None
    found = [
        Cell(int(g), int(t), float(raw["effect"]), float(raw["se"]), int(raw["n_treated"]), bool(raw["effect"] == 0 and not raw["se"] > 0))
        for (g, t), raw in fit.group_time_effects.items()
        if np.isfinite(raw["effect"])
    ]
    _check(found, frame, outcome, time)
    sizes = frame[frame[cohort] > 0].groupby(cohort)[unit].nunique()
    wrong = [cell for cell in found if cell.n_treated is not None and cell.n_treated > sizes.get(cell.cohort, 0)]
    if wrong:
        raise DataError(f"{VERSION} counts more treated than there are in cohort {wrong[0].cohort}", outcome)
    shifts = _shifts(found, frame, outcome, unit, time, cohort, control, covariates, base, anticipation) if covariates else {}
    moved = [replace(cell, effect=cell.effect + shifts.get((cell.cohort or 0, cell.time or 0), 0.0)) for cell in found]
    return Fitted(fit, shifts, dict(zip(sizes.index.astype(int).tolist(), sizes.astype(int).tolist(), strict=True))), moved


def _shifts(
    cells: list[Cell], frame: pd.DataFrame, outcome: str, unit: str, time: str, cohort: str, control: str, covariates: Sequence[str],
    base: str, anticipation: int,
) -> dict[tuple[int, int], float]:  # fmt: skip
    """What normalised weights add to each effect."""
    wide = widen(frame, outcome, unit, time, cohort, covariates)
    years = sorted(wide.outcome.columns.astype(int).tolist())
    found = {}
    for cell in cells:
        g, t = cell.cohort or 0, cell.time or 0
        before = [year for year in years if year < (g - anticipation if base == "universal" or t >= g - anticipation else t)]
        if before and not cell.reference:
            found[g, t] = correction(wide, g, t, before[-1], control, anticipation, cell.effect)
    return found


def aggregate_fit(fitted: Fitted, how: Literal["simple", "event_study", "group"]) -> list[Cell]:
    """Means of a fit's effects over all treated cells, by event time, or by cohort.

    Parameters
    ----------
    fitted : Fitted
        From :func:`group_time`.
    how : {"simple", "event_study", "group"}

    Returns
    -------
    list of Cell
        Event time in ``time``, or the cohort in ``cohort``.
    """
    with _quiet():
        frame = fitted.fit.aggregate(how).to_dataframe()
    if how == "event_study":
        return [
            Cell(None, int(row.event_time), float(row.att) + _mean_shift(fitted, "event", int(row.event_time)), float(row.se),
                 reference=bool(row.is_reference))
            for row in frame.itertuples() if np.isfinite(row.att)
        ]  # fmt: skip
    groups = [int(row.label) if how == "group" else None for row in frame.itertuples()]
    return [
        Cell(group, None, float(row.att) + _mean_shift(fitted, how, group), float(row.se))
        for group, row in zip(groups, frame.itertuples(), strict=True) if np.isfinite(row.att)
    ]  # fmt: skip


def _mean_shift(fitted: Fitted, how: str, value: int | None) -> float:
    """Mean of the shifts over the cells of an aggregate, weighted as its effects are: by the size of the cohort."""
    inside = {
        (g, t): fitted.sizes.get(g, 0)
        for g, t in fitted.shifts
        if (t - g == value if how == "event" else t >= g and (how == "simple" or g == value))
    }
    total = sum(inside.values())
    return sum(fitted.shifts[cell] * weight for cell, weight in inside.items()) / total if total else 0.0


def imputed(frame: pd.DataFrame, outcome: str, unit: str, time: str, cohort: str, errors: bool = True) -> tuple[list[Cell], Cell]:
    """Imputation effects by event time and over all, with analytic standard errors.

    Parameters
    ----------
    frame : pandas.DataFrame
        Complete rows; ``cohort`` is 0 for never treated.
    outcome, unit, time, cohort : str
    errors : bool
        False leaves out the standard errors by event time, which take longest and which nobody reads beside permutation limits.

    Returns
    -------
    by_event : list of Cell
        Event time 0 and later, in ``time``.
    overall : Cell

    Raises
    ------
    DataError
        When diff-diff refuses, or gives back what can't be.
    """
    with _quiet():
        try:
            fit = diff_diff.ImputationDiD().fit(frame, outcome=outcome, unit=unit, time=time, first_treat=cohort)
            cells = aggregate_fit(Fitted(fit, {}, {}), "event_study") if errors else _by_event(fit, bool((frame[cohort] == 0).any()))
        except (ValueError, np.linalg.LinAlgError) as error:
            raise DataError(f"effects can't be imputed: {_first_line(error)}", outcome, "Look at describe_design.") from None
    by_event = [cell for cell in cells if cell.time is not None and cell.time >= 0 and not cell.reference]
    overall = Cell(None, None, float(fit.overall_att), float(fit.overall_se))
    _check([*by_event, overall], frame, outcome, None)
    return by_event, overall


def _by_event(fit: Any, never: bool) -> list[Cell]:
    """Mean of the imputed effects by event time; without never treated, nothing tells those apart that lie past the last cohort's start."""
    known = fit.treatment_effects.dropna(subset=["tau_hat"])
    means = known.groupby(known["rel_time"].astype(int))["tau_hat"].mean()
    told = means.index < (np.inf if never or len(fit.groups) < 2 else max(fit.groups) - min(fit.groups))
    return [Cell(None, int(event), float(effect), float("nan")) for event, effect in means[told].items()]


def wild_bootstrap(x: np.ndarray, y: np.ndarray, cluster: np.ndarray, column: int, level: float) -> Wild:
    """Restricted wild cluster bootstrap over every vector of signs.

    Parameters
    ----------
    x : numpy.ndarray of shape (n, k)
    y : numpy.ndarray of shape (n,)
    cluster : numpy.ndarray of int
    column : int
        The regressor tested.
    level : float

    Returns
    -------
    Wild

    Raises
    ------
    DataError
        When there are too many clusters to enumerate, or it didn't enumerate.
    """
    clusters = len(np.unique(cluster))
    grid = 2**clusters
    if clusters > MOST_CLUSTERS_ENUMERATED:
        raise DataError(f"{clusters} clusters make {grid} sign vectors", mend="With so many clusters use se='cr2'.")
    with _quiet():
        found = diff_diff.wild_bootstrap_se(x, y, y, cluster, column, n_bootstrap=grid, alpha=1 - level, seed=0)
    if int(found.n_bootstrap) != grid or not 0 <= float(found.p_value) <= 1:
        raise DataError(f"{VERSION} drew {found.n_bootstrap} sign vectors of {grid}", mend="The check is left out.")
    return Wild(max(float(found.p_value), 2 / grid), float(found.ci_lower), float(found.ci_upper), grid)


def _check(cells: list[Cell], frame: pd.DataFrame, outcome: str, time: str | None) -> None:
    """Effects lie in the outcome's own unit: none can exceed twice its range (a difference of differences)."""
    if not cells:
        raise DataError("no effect can be estimated", outcome, "Every cohort needs a period before and somebody untreated.")
    reach = 2 * float(frame[outcome].max() - frame[outcome].min()) + 1e-9
    wild = [cell for cell in cells if abs(cell.effect) > reach * 2 or cell.std_error < 0]
    if wild:
        raise DataError(f"{VERSION} gave an effect of {wild[0].effect:g} where the outcome spans {reach / 2:g}", outcome)
    if time is not None and not {cell.time for cell in cells} <= set(frame[time].astype(int)):
        raise DataError(f"{VERSION} gave a period that the panel lacks", time)


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0].rstrip(".")


@contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
