"""One outcome as a matrix of units by periods, with what is fixed about each unit: what every sensitivity check starts from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from kopanalysis.errors import CallError, DataError
from kopanalysis.lineage import Rows


@dataclass(frozen=True)
class Histories:
    """Outcome of units over periods.

    Attributes
    ----------
    units : numpy.ndarray of shape (n,)
    periods : tuple
    values : numpy.ndarray of shape (n, periods)
        Missing where no record speaks.
    fixed : mapping of str to numpy.ndarray of shape (n,)
        Columns constant within a unit.
    """

    units: np.ndarray
    periods: tuple[Any, ...]
    values: np.ndarray
    fixed: Mapping[str, np.ndarray]

    def mean(self, periods: Sequence[Any]) -> np.ndarray:
        """Mean of each unit over the periods on record, missing where there is none."""
        chosen = self.values[:, [self.periods.index(period) for period in periods]]
        known = ~np.isnan(chosen)
        count = known.sum(axis=1)
        return np.where(count > 0, np.where(known, chosen, 0.0).sum(axis=1) / np.maximum(count, 1), np.nan)

    def change(self, pre: Sequence[Any], post: Sequence[Any]) -> np.ndarray:
        """Post mean less pre mean of each unit."""
        return self.mean(post) - self.mean(pre)

    def keep(self, mask: np.ndarray) -> Histories:
        """Only some units."""
        return Histories(self.units[mask], self.periods, self.values[mask], {name: column[mask] for name, column in self.fixed.items()})


def read_histories(
    panel: pd.DataFrame, outcome: str, periods: Iterable[Any], fixed: Sequence[str] = (), unit: str = "coop_id", time: str = "book_year"
) -> Histories:
    """Put an outcome into a matrix.

    Parameters
    ----------
    panel : pandas.DataFrame
        One row a unit and period.
    outcome : str
        Numeric column; missing stays missing.
    periods : iterable
        Periods wanted; units without a row in any of them are left out.
    fixed : sequence of str
        Columns constant within a unit.
    unit, time : str
        Columns.

    Returns
    -------
    Histories
        Sorted by unit.

    Raises
    ------
    CallError
        When a column isn't there, or there are no periods.
    DataError
        When a unit has two rows in a period, or a fixed column changes within a unit.
    """
    wanted = tuple(dict.fromkeys(periods))
    missing = [name for name in (outcome, unit, time, *fixed) if name not in panel]
    if missing:
        raise CallError(f"The panel has no column {missing[0]!r}", mend="Name a column of the panel.")
    if not wanted:
        raise CallError("No period is given", "pre, post", "Name at least one period before and one after.")
    lines = panel[panel[time].isin(wanted)]
    if lines.duplicated([unit, time]).any():
        raise DataError(f"A {unit} has two rows in one {time}", mend="Keep one row a unit and period.")
    values = lines.assign(value=pd.to_numeric(lines[outcome], errors="coerce").astype(float)).pivot(
        index=unit, columns=time, values="value"
    )
    values = values.reindex(columns=list(wanted))
    return Histories(values.index.to_numpy(), wanted, values.to_numpy(float), {name: _fixed(lines, name, unit) for name in fixed})


def _fixed(lines: pd.DataFrame, name: str, unit: str) -> np.ndarray:
    by_unit = lines.groupby(unit)[name]
    if (by_unit.nunique(dropna=False) > 1).any():
        raise DataError(f"{name} changes within a {unit}", mend="Give a column that is the same in all its periods.")
    return by_unit.first().to_numpy()


def read_arms(
    panel: pd.DataFrame,
    outcome: str,
    treated: str,
    pre: Sequence[Any],
    post: Sequence[Any],
    fixed: Sequence[str] = (),
    unit: str = "coop_id",
    time: str = "book_year",
) -> tuple[Histories, np.ndarray]:
    """Histories and who is treated, for the units on record both before and after.

    Parameters
    ----------
    panel : pandas.DataFrame
    outcome, treated : str
        ``treated`` is 0/1 and constant within a unit.
    pre, post : sequence
        Periods.
    fixed : sequence of str
        Further constant columns.
    unit, time : str
        Columns.

    Returns
    -------
    Histories
    numpy.ndarray of bool
        Who is treated.

    Raises
    ------
    CallError, DataError
        As in :func:`read_histories`; DataError when an arm is empty.
    """
    histories = read_histories(panel, outcome, (*pre, *post), (treated, *fixed), unit, time)
    kept = histories.keep(~np.isnan(histories.change(pre, post)))
    arm = as_flags(kept.fixed[treated], treated)
    if arm.all() or not arm.any():
        raise DataError(f"{treated} leaves one arm empty: {int(arm.sum())} treated, {int((~arm).sum())} not",
                        mend="A comparison needs units of both kinds on record before and after.")  # fmt: skip
    return kept, arm


def as_flags(values: np.ndarray, name: str) -> np.ndarray:
    """0/1 values as booleans; raises :class:`CallError` for anything else."""
    numbers = pd.to_numeric(pd.Series(values), errors="coerce")
    if not numbers.isin([0, 1]).all():
        raise CallError(f"{name} isn't 0 or 1 throughout", mend="Code it 1 for treated and 0 for not.")
    return numbers.to_numpy(float) == 1


def stratum_codes(histories: Histories, strata: Sequence[str]) -> np.ndarray:
    """Integer code of the stratum of each unit; 0 for all without strata."""
    if not strata:
        return np.zeros(len(histories.units), dtype=int)
    keys = pd.DataFrame({name: histories.fixed[name] for name in strata})
    return keys.groupby(list(strata), dropna=False, sort=True).ngroup().to_numpy()


def rows_of(panel: pd.DataFrame, units: np.ndarray | None = None, unit: str = "coop_id") -> Rows:
    """Source rows of a frame, of some units only; none where the frame doesn't carry them."""
    if "source_rows" not in panel:
        return Rows()
    lines = panel if units is None else panel[panel[unit].isin(units)]
    return Rows.of(lines["source_rows"].dropna())
