"""Staggered treatment by imputation: what the treated would have had, from the untreated cells; bands by reassigning the cohorts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import factorial, prod
from typing import Any

import numpy as np
import pandas as pd

from kopanalysis.errors import CallError, DataError
from kopanalysis.impact.att_gt import COHORT, NEVER, cohort_frame
from kopanalysis.impact.collapse import unit_of
from kopanalysis.impact.dd import VERSION, Cell, imputed
from kopanalysis.impact.did import clip
from kopanalysis.impact.imputing import impute_several, prepare_pieces
from kopanalysis.impact.small_sample import detectable, t_interval, visible_by_range
from kopanalysis.lineage import Rows, recorded
from kopanalysis.memory import once
from kopanalysis.results import TIDY_COLUMNS, Table

BANDS = ("permutation", "analytic")
AGREEMENT = 1e-6


@dataclass(frozen=True)
class _Setting:
    """The frame as arrays: units by periods, the cohort number of each unit, the period at which each cohort starts.

    ``events`` count from the first period in which an effect may show; ``first`` of them is that of the treatment itself.
    """

    wide: np.ndarray
    cohort: np.ndarray
    starts: np.ndarray
    stratum: np.ndarray
    events: np.ndarray
    first: int


@recorded
def imputation(
    panel: pd.DataFrame, outcome: str, cohort: str, unit: str = "coop_id", time: str = "book_year", bands: str = "permutation",
    level: float = 0.95, draws: int = 1_999, seed: int = 0, strata: Sequence[str] = (), anticipation: int = 0,
) -> Table:  # fmt: skip
    """Effect by years since the first treatment, and over all treated cells.

    Parameters
    ----------
    panel : pandas.DataFrame
        One row a ``unit`` and ``time``.
    outcome : str
    cohort : str
        First treated period, constant within a unit; missing: never treated. 0 is refused.
    unit, time : str
    bands : {"permutation", "analytic"}
        Limits from handing the cohorts to other units, or from a formula that promises too much where few are treated.
    level : float
    draws : int
        Random reassignments.
    seed : int
    strata : sequence of str
        Columns constant within a unit; cohorts move within their combinations.
    anticipation : int
        Periods before the first treated one in which an effect may already show: they are no comparison, and stand as event times
        below zero; ``att`` is the mean from event time zero on.

    Returns
    -------
    Table
        The tidy columns, then ``event_time, n_treated, mde, p_floor, draws, mc_error``; term ``att`` over all, ``event[<k>]`` by time.

    Raises
    ------
    CallError, DataError
        As :func:`kopanalysis.att_gt`; an unknown kind of bands; our own solution and diff-diff's differ.

    Notes
    -----
    Permutation limits: the estimated effects are taken off the treated cells, the cohorts are handed out anew, and the spread of the
    estimates around nothing is laid around the estimate. ``mde`` belongs to the same spread: half the width of the limits stands for
    the t quantile times one standard error. The p-value is of no effect for anybody, from the outcome as it is. Treated
    units without an untreated period are dropped and counted.

    References
    ----------
    Borusyak, Jaravel & Spiess (2024), Review of Economic Studies 91:3253-3285.
    """
    if bands not in BANDS:
        raise CallError(f"{bands!r} is no kind of bands", mend=f"Known: {', '.join(BANDS)}.")
    if anticipation and bands == "analytic":
        raise CallError("analytic bands know no anticipation", "bands", "Ask for bands='permutation'.")
    if anticipation < 0:
        raise CallError(f"anticipation={anticipation}", "anticipation", "Give a number of periods, zero or more.")
    named = list(dict.fromkeys([unit, time, outcome, cohort, *strata]))
    narrow = panel[named] if set(named) <= set(panel) else panel  # cohort_frame says what is missing of what there is
    data = _estimated(narrow, outcome, cohort, unit, time, bands, level, draws, seed, tuple(strata), anticipation)
    rows = Rows.of(panel["source_rows"].dropna()) if "source_rows" in panel else Rows()
    return Table(f"imputation.{outcome}", data.copy(deep=False), rows=rows)  # what is done to it must not reach the next who asks


@once(8)
def _estimated(
    panel: pd.DataFrame, outcome: str, cohort: str, unit: str, time: str, bands: str, level: float, draws: int, seed: int,
    strata: tuple[str, ...], anticipation: int,
) -> pd.DataFrame:  # fmt: skip
    """The lines of the table: effects, event times and money ask for the same ones."""
    early = panel.assign(**{cohort: panel[cohort] - anticipation}) if anticipation else panel
    frame, notes, _ = cohort_frame(early, outcome, cohort, unit, time)
    by_event, overall = imputed(frame, outcome, unit, time, COHORT, errors=bands == "analytic")
    if by_event[-1].time is None or by_event[-1].time < anticipation:
        raise DataError("no period lies after the treatment", outcome, "Wait for a later period, or allow for less anticipation.")
    setting = _arrange(frame, panel, outcome, unit, time, strata, by_event, anticipation)
    found = _agreed(setting, by_event, overall, outcome)
    sizes = frame.groupby(COHORT)[unit].nunique()
    base = {"n_obs": len(frame), "n_units": int(sizes.sum()), "n_clusters": int(sizes.sum())}
    share = bool(frame[outcome].min() >= 0 and frame[outcome].max() <= 1)
    limits = _permuted(setting, found, draws, seed, level) if bands == "permutation" else _analytic(by_event, overall, sizes, level)
    ahead = f", {anticipation} ahead of the treatment left out" if anticipation else ""
    method = f"imputation from untreated cells ({VERSION}){ahead}, {_how(bands, limits, strata)}{notes}"
    records = []
    for number, (term, event) in enumerate(
        [("att", None), *((f"event[{_event(cell, anticipation)}]", _event(cell, anticipation)) for cell in by_event)]
    ):
        low, high, said = clip(limits["low"][number], limits["high"][number], share, method)
        reached = int(sizes[sizes.index > NEVER].sum()) if event is None else _reached(frame, unit, time, event + anticipation)
        records.append(
            {"term": term, "estimate": found[number], "std_error": limits["error"][number], "statistic": limits["statistic"][number],
             "p_value": limits["p"][number], "conf_low": low, "conf_high": high, **base, "method": said, "event_time": event,
             "n_treated": reached, "mde": limits["mde"][number], "p_floor": limits["floor"], "draws": limits["draws"],
             "mc_error": limits["mc"][number]}
        )  # fmt: skip
    data = pd.DataFrame(records)[[*TIDY_COLUMNS, "event_time", "n_treated", "mde", "p_floor", "draws", "mc_error"]]
    return data.assign(unit=unit_of(outcome, share))


def _arrange(
    frame: pd.DataFrame, panel: pd.DataFrame, outcome: str, unit: str, time: str, strata: Sequence[str], by_event: list[Cell], first: int
) -> _Setting:
    calendar = range(int(frame[time].min()), int(frame[time].max()) + 1)  # a period that was left out still takes its year
    wide = frame.pivot(index=unit, columns=time, values=outcome).reindex(columns=calendar)
    firsts = frame.groupby(unit)[COHORT].first().reindex(wide.index).to_numpy()
    cohorts, number = np.unique(firsts, return_inverse=True)
    starts = np.array([len(calendar) if first == NEVER else int(first) - calendar[0] for first in cohorts])
    codes = np.zeros(len(wide), dtype=int)
    if strata:
        groups = panel.drop_duplicates(unit).set_index(unit).reindex(wide.index)[list(strata)].astype(object)
        codes = pd.factorize(groups.where(groups.notna(), "?").astype(str).agg(" | ".join, axis=1), sort=True)[0]
    order = np.lexsort((*np.nan_to_num(wide.to_numpy(), nan=-1e300).T, number, codes))
    return _Setting(wide.to_numpy()[order], number[order], starts, codes[order], np.array([cell.time for cell in by_event]), first)


def _agreed(setting: _Setting, by_event: list[Cell], overall: Cell, outcome: str) -> np.ndarray:
    """Estimates, overall first, after both solutions have been compared."""
    both = _solve(setting, setting.cohort[None, :], setting.wide, first=0)[0][0]
    theirs = np.array([overall.effect, *(cell.effect for cell in by_event)])
    scale = max(1.0, float(np.nanmax(np.abs(setting.wide))))
    if not np.allclose(both, theirs, atol=AGREEMENT * scale, rtol=AGREEMENT):
        raise DataError(
            f"our imputation and that of {VERSION} differ by {np.nanmax(np.abs(both - theirs)):.2g}", outcome,
            "The untreated cells may not tie all periods together: name fewer periods.",
        )  # fmt: skip
    return _solve(setting, setting.cohort[None, :], setting.wide)[0][0]


def _event(cell: Cell, anticipation: int) -> int:
    return int(cell.time or 0) - anticipation


def _solve(setting: _Setting, cohort: np.ndarray, *wide: np.ndarray, first: int | None = None) -> list[np.ndarray]:
    """Overall effect and effects by event time of every draw, for outcomes that are known in the same cells."""
    span = int(setting.wide.shape[1] - setting.starts.min())
    pieces = [prepare_pieces(values, setting.starts, span) for values in wide]
    found = impute_several(pieces, cohort, len(setting.starts), setting.first if first is None else first)
    return [np.column_stack([effects[:, -1], effects[:, setting.events]]) for effects in found]


def _shuffled(setting: _Setting, draws: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    cohort = np.tile(setting.cohort, (draws, 1))
    for stratum in range(int(setting.stratum.max()) + 1):
        members = np.flatnonzero(setting.stratum == stratum)
        order = rng.random((draws, len(members))).argsort(axis=1)
        cohort[:, members] = setting.cohort[members][order]
    return cohort


def _permuted(setting: _Setting, found: np.ndarray, draws: int, seed: int, level: float) -> dict[str, Any]:
    cohort = _shuffled(setting, draws, seed)
    plain, cleared = _solve(setting, cohort, setting.wide, _without(setting, found))
    p = (1 + np.sum(np.abs(plain) >= np.abs(found) - 1e-12, axis=0)) / (1 + draws)
    tails = np.nanquantile(cleared, [(1 - level) / 2, (1 + level) / 2], axis=0)
    error = np.nanstd(cleared, axis=0, ddof=1)
    df = max(len(setting.cohort) - 2, 1)
    seen = np.array([visible_by_range(low, high, df, level) for low, high in tails.T])
    return {
        "low": found - tails[1], "high": found - tails[0], "error": error, "statistic": np.full(len(found), np.nan), "p": p, "mde": seen,
        "floor": max(1 / (draws + 1), 1 / _possible(setting)), "draws": draws, "mc": np.sqrt(p * (1 - p) / draws),
    }  # fmt: skip


def _without(setting: _Setting, found: np.ndarray) -> np.ndarray:
    """The outcome with the estimated effect of its event time taken off every treated cell."""
    wide = setting.wide.copy()
    event = np.arange(wide.shape[1]) - setting.starts[setting.cohort][:, None]
    for number, effect in zip(setting.events, found[1:], strict=True):
        wide[event == number] -= effect
    return wide


def _analytic(by_event: list[Cell], overall: Cell, sizes: pd.Series, level: float) -> dict[str, Any]:
    df = float(sizes.sum() - 1)
    lines = [(*t_interval(cell.effect, cell.std_error, df, level), cell.std_error) for cell in [overall, *by_event]]
    statistic, p, low, high, error = (np.array(values, dtype=float) for values in zip(*lines, strict=True))
    nothing = np.full(len(lines), np.nan)
    reach = detectable(1.0, 1, 0.0, df, level)
    return {"low": low, "high": high, "error": error, "statistic": statistic, "p": p, "mde": reach * error, "floor": float("nan"),
            "draws": 0, "mc": nothing}  # fmt: skip


def _possible(setting: _Setting) -> float:
    """In how many ways the cohorts can be handed out."""
    ways = 1
    for stratum in range(int(setting.stratum.max()) + 1):
        counts = np.bincount(setting.cohort[setting.stratum == stratum])
        ways *= factorial(int(counts.sum())) // prod(factorial(int(count)) for count in counts)
    return float(min(ways, 10**300))


def _how(bands: str, limits: dict[str, Any], strata: Sequence[str]) -> str:
    if bands == "analytic":
        return "analytic bands (too narrow where few are treated), t with units less one degrees of freedom"
    within = f" within {', '.join(strata)}" if strata else ""
    return f"bands from {limits['draws']} reassignments of the cohorts{within}"


def _reached(frame: pd.DataFrame, unit: str, time: str, event: int | None) -> int:
    return int(frame.loc[(frame[COHORT] > NEVER) & (frame[time] - frame[COHORT] == event), unit].nunique())
