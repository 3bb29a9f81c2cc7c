"""Who is at risk when: the event times of spells with delayed entry, and sums over the risk set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from kopanalysis.errors import CallError
from kopanalysis.metrics.spells import check_spells


@dataclass(frozen=True)
class Times:
    """Entry, end and event of spells: at risk in (start, stop]."""

    start: np.ndarray
    stop: np.ndarray
    event: np.ndarray

    def event_times(self, kind: int | None = None) -> np.ndarray:
        """Distinct times of events, of one kind or of any."""
        return np.unique(self.stop[self.event == kind] if kind is not None else self.stop[self.event > 0])

    def at_risk_sum(self, values: np.ndarray, times: np.ndarray) -> np.ndarray:
        """Sum of ``values`` (n, ...) over those at risk at each time; someone who enters at a time isn't at risk at it."""
        return _sum_above(self.stop, values, times) - _sum_above(self.start, values, times)


def _sum_above(keys: np.ndarray, values: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Sum of values whose key is at least each time, added from the last one back: the few at risk at the end keep all their digits."""
    order = np.argsort(keys, kind="stable")
    sums = np.concatenate([np.cumsum(values[order][::-1], axis=0)[::-1], np.zeros((1, *values.shape[1:]))])
    return sums[np.searchsorted(keys[order], times, side="left")]


def read_times(spells: pd.DataFrame, duration: str, event: str, entry: str | None) -> Times:
    """Times of checked spells.

    Parameters
    ----------
    spells : pandas.DataFrame
    duration, event : str
        Columns.
    entry : str or None
        Column; None: everyone enters at zero.

    Returns
    -------
    Times

    Raises
    ------
    CallError
        When a column isn't there.
    SpellError
        For impossible times.
    """
    missing = [name for name in (duration, event, entry) if name is not None and name not in spells]
    if missing:
        raise CallError(f"The spells have no column {missing[0]!r}", mend="Name the columns of entry, duration and event.")
    check_spells(spells, entry, duration)
    start = spells[entry].to_numpy(float) if entry is not None else np.zeros(len(spells))
    return Times(start, spells[duration].to_numpy(float), spells[event].to_numpy(int))
