"""From a panel to one line a unit: mean before, mean after, the path before, and what had to be left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from kopanalysis.errors import CallError, DataError
from kopanalysis.lineage import Rows

SHARE_UNIT, RUPIAH_UNIT, PEOPLE_UNIT, OTHER_UNIT = "points", "idr", "people", "index"


@dataclass(frozen=True)
class Collapsed:
    """One line a unit that was seen before and after.

    Attributes
    ----------
    outcome : str
    units : numpy.ndarray
        Unit ids, sorted.
    treated : numpy.ndarray of bool
    before, after : numpy.ndarray
        Mean outcome over the periods in which it is known.
    path : numpy.ndarray of shape (units, pre periods)
        The outcome of each period before, missing where unknown.
    groups : mapping of str to numpy.ndarray
        Columns constant within a unit that were asked for (strata, clusters, covariates).
    n_obs : int
        Rows used.
    dropped : mapping of str to int
        What was left out, by reason.
    share : bool
        True where the outcome lies between 0 and 1 throughout.
    rows : Rows
    """

    outcome: str
    units: np.ndarray
    treated: np.ndarray
    before: np.ndarray
    after: np.ndarray
    path: np.ndarray
    groups: Mapping[str, np.ndarray]
    n_obs: int
    dropped: Mapping[str, int]
    share: bool
    rows: Rows = field(default_factory=Rows)

    @property
    def change(self) -> np.ndarray:
        """Mean after less mean before."""
        return self.after - self.before

    @property
    def unit(self) -> str:
        """Unit of a difference of this outcome."""
        return unit_of(self.outcome, self.share)

    def only(self, keep: np.ndarray, **dropped: int) -> Collapsed:
        """The units that are kept, with the reasons for the others added."""
        return Collapsed(
            self.outcome, self.units[keep], self.treated[keep], self.before[keep], self.after[keep], self.path[keep],
            {name: values[keep] for name, values in self.groups.items()}, self.n_obs, {**self.dropped, **dropped}, self.share, self.rows,
        )  # fmt: skip


def unit_of(outcome: str, share: bool) -> str:
    """Unit of a difference: points for shares, rupiah for ``*_idr``, people for members."""
    if share:
        return SHARE_UNIT
    if outcome.endswith("_idr"):
        return RUPIAH_UNIT
    return PEOPLE_UNIT if outcome == "members" else OTHER_UNIT


def collapse(
    panel: pd.DataFrame, outcome: str, treated: str, pre: Sequence[Any], post: Sequence[Any], unit: str = "coop_id",
    time: str = "book_year", fixed: Sequence[str] = (), averaged: Sequence[str] = (),
) -> Collapsed:  # fmt: skip
    """Collapse a panel to one line a unit; rows without the outcome and units without a before or an after are dropped and counted.

    Parameters
    ----------
    panel : pandas.DataFrame
        One row a ``unit`` and ``time``.
    outcome : str
        Numeric column.
    treated : str
        0/1 column, constant within a unit.
    pre, post : sequence
        Periods before and after; they don't overlap.
    unit, time : str
    fixed : sequence of str
        Columns constant within a unit (the last known value is kept).
    averaged : sequence of str
        Numeric columns of which the mean over ``pre`` is kept.

    Returns
    -------
    Collapsed

    Raises
    ------
    CallError
        For an unknown column, periods that overlap or that the panel lacks, or a treatment that isn't 0 or 1.
    DataError
        For a unit twice in a period, a treatment that changes within a unit, or an arm with nobody left.
    """
    pre, post = list(pre), list(post)
    named = list(dict.fromkeys([unit, time, outcome, treated, *fixed, *averaged]))
    _check_call(panel, [outcome, treated, unit, time, *fixed, *averaged], pre, post, time)
    narrow = panel[named]
    frame = narrow[narrow[time].isin([*pre, *post])]
    frame.attrs = {}  # pandas copies them with every small frame below
    status, codes = _treated_rows(frame, treated, unit, time)
    values, known = _by_period(frame, outcome, [*pre, *post], codes, len(status), time)
    before, after = _means(values[:, : len(pre)]), _means(values[:, len(pre) :])
    unseen_before, unseen_after = np.isnan(before), np.isnan(after) & ~np.isnan(before)
    undecided = status.isna().to_numpy()
    arm = status.to_numpy() == 1
    dropped = {
        "rows_without_outcome": len(frame) - known,
        "units_without_treatment": int(undecided.sum()),
        "units_without_before": int(unseen_before.sum()),
        "units_without_after": int(unseen_after.sum()),
        "treated_without_before": int(unseen_before[arm].sum()),
        "treated_without_after": int(unseen_after[arm].sum()),
    }
    keep = ~(unseen_before | unseen_after | undecided)
    _check_arms(arm[keep], {name: count for name, count in dropped.items() if count})
    units, values = status.index[keep], values[keep]
    groups = _groups(frame, pre, fixed, averaged, unit, time, units)
    seen = values[~np.isnan(values)]
    share = bool(seen.min() >= 0 and seen.max() <= 1)
    rows = Rows.of(panel["source_rows"].dropna()) if "source_rows" in panel else Rows()
    return Collapsed(
        outcome, units.to_numpy(), arm[keep], before[keep], after[keep], values[:, : len(pre)], groups,
        len(seen), {name: count for name, count in dropped.items() if count}, share, rows,
    )  # fmt: skip


def treated_units(frame: pd.DataFrame, treated: str, unit: str, time: str) -> pd.Series:
    """Treatment of each unit (0, 1 or missing), sorted by unit.

    Parameters
    ----------
    frame : pandas.DataFrame
    treated, unit, time : str
        Columns.

    Returns
    -------
    pandas.Series
        Float, indexed by unit.

    Raises
    ------
    CallError
        When it isn't 0 or 1.
    DataError
        When a unit stands twice in a period, or its treatment changes.
    """
    return _treated_rows(frame, treated, unit, time)[0]


def _treated_rows(frame: pd.DataFrame, treated: str, unit: str, time: str) -> tuple[pd.Series, np.ndarray]:
    """Treatment of each unit, and the number of the unit of each row, -1 where it has none."""
    codes, units = pd.factorize(frame[unit], sort=True)
    periods = pd.factorize(frame[time])[0].astype(np.int64)
    if len(np.unique(codes * len(frame) + periods)) < len(frame):
        twice = frame.duplicated([unit, time])
        example = frame.loc[twice, [unit, time]].iloc[0]
        place = f"{example.iloc[0]}, {example.iloc[1]}"
        raise DataError(f"{int(twice.sum())} rows repeat a {unit} and {time}", place, "Keep one row each.")
    values = frame[treated].astype("Float64").astype(float).to_numpy()
    if not np.isin(values[~np.isnan(values)], [0.0, 1.0]).all():
        raise CallError(f"{treated} holds other values than 0 and 1", mend="Make a 0/1 column that is constant within a unit.")
    told, ever, least = codes >= 0, np.full(len(units), np.nan), np.full(len(units), np.nan)
    np.fmax.at(ever, codes[told], values[told])
    np.fmin.at(least, codes[told], values[told])
    changing = units[~np.isnan(ever) & (least != ever)]
    if len(changing):
        raise DataError(
            f"{treated} changes within {len(changing)} units", str(changing[0]), "Mark who is ever treated; for staggered aid use att_gt."
        )
    return pd.Series(ever, index=units, name="max"), codes


def _by_period(frame: pd.DataFrame, outcome: str, periods: list[Any], rows: np.ndarray, n_units: int, time: str) -> tuple[np.ndarray, int]:
    """Outcome of each unit and period, missing where unknown, and how many are known."""
    known = frame[outcome].notna().to_numpy()
    placed = known & (rows >= 0)
    columns = pd.Index(periods).get_indexer(pd.Index(frame[time]))
    values = np.full((n_units, len(periods)), np.nan)
    values[rows[placed], columns[placed]] = frame[outcome][placed].astype(float).to_numpy()
    return values, int(known.sum())


def _means(values: np.ndarray) -> np.ndarray:
    """Mean of each line over what is known, missing where nothing is."""
    known = ~np.isnan(values)
    count = known.sum(axis=1)
    return np.where(count > 0, np.where(known, values, 0.0).sum(axis=1) / np.maximum(count, 1), np.nan)


def _check_call(panel: pd.DataFrame, columns: list[str], pre: list[Any], post: list[Any], time: str) -> None:
    absent = [name for name in columns if name not in panel]
    if absent:
        raise CallError(f"the panel has no column {', '.join(absent)}", mend=f"It has {', '.join(map(str, panel.columns))}.")
    if not pre or not post:
        raise CallError("no period before or none after", mend="Name at least one of each.")
    both = set(pre) & set(post)
    if both:
        raise CallError(f"{sorted(map(str, both))} are both before and after", mend="A period is before or after, never both.")
    there = set(panel[time].unique())
    missing = [period for period in [*pre, *post] if period not in there]
    if missing:
        raise CallError(f"the panel has no {time} {', '.join(map(str, missing))}", mend="Name periods that it has.")


def _check_arms(arm: np.ndarray, dropped: Mapping[str, int]) -> None:
    for name, there in (("treated", arm.any()), ("untreated", (~arm).any())):
        if not there:
            reasons = ", ".join(f"{reason}: {count}" for reason, count in dropped.items()) or "there was none to begin with"
            raise DataError(f"no {name} unit is left to compare", reasons, "There is nothing to compare: look at describe_design.")


def _groups(
    frame: pd.DataFrame, pre: list[Any], fixed: Sequence[str], averaged: Sequence[str], unit: str, time: str, units: pd.Index
) -> dict[str, np.ndarray]:
    if not fixed and not averaged:
        return {}
    ordered = frame.sort_values(time, kind="stable")
    found = {name: ordered.groupby(unit)[name].last().reindex(units).to_numpy(dtype=object) for name in fixed}
    early = ordered[ordered[time].isin(pre)]
    for name in averaged:
        found[name] = early[name].astype("Float64").astype(float).groupby(early[unit]).mean().reindex(units).to_numpy(dtype=float)
    return found
