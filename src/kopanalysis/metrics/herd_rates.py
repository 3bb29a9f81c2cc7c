"""Deaths, sales and forced sales per head-year of the herd ledger, with exact intervals."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from kopanalysis import rules
from kopanalysis.lineage import Rows, recorded
from kopanalysis.metrics.herd import FLOWS, GROUP, _base, _usable
from kopanalysis.metrics.intervals import poisson_rate
from kopanalysis.results import Number, Table

RATED = ("died", "sold", "sold_sick", "lost", "born")
DAYS_A_YEAR = 365.25


@recorded
def herd_rates(cattle: pd.DataFrame, by: tuple[str, ...] = ("fund",), as_of: date | str | None = None, level: float = 0.95) -> Table:
    """Events per 100 head-years, forced sales of sick animals apart from others.

    A group's book stock runs from its first heads to its last count (to ``as_of`` where it was never counted); each count puts the stock
    right, because heads that left unseen were no longer at risk. Events without a date can't be placed and are left out.

    Parameters
    ----------
    cattle : pandas.DataFrame
        As in :func:`kopanalysis.herd_balance`.
    by : tuple of str
        Columns other than ``year``.
    as_of : date or str, optional
        Default: the last day of the ledger.
    level : float
        Of the exact Poisson interval.

    Returns
    -------
    Table
        ``*by, event, heads, head_years, rate_100, rate_low, rate_high`` (per 100 head-years), one row an event of ``died, sold,
        sold_sick, lost, born``. Numbers ``cattle.rate.<event>.<by>``, ``cattle.head_years.<by>``.

    Notes
    -----
    The interval takes animals as independent; those of one herd fall ill and are sold together, so the true range is wider.
    """
    keys = list(by)
    lines = _usable(cattle, keys)
    lines = lines[lines["date"].notna() & lines["event"].isin([*FLOWS, "counted"])]
    end = pd.Timestamp(as_of) if as_of is not None else lines["date"].max()
    rows = Rows.of(cattle["source_rows"].dropna()) if "source_rows" in cattle else Rows()
    exposures = pd.DataFrame(list(_exposures(lines, keys, end)), columns=[*_base(keys), "head_years", "until"])
    within = lines.merge(exposures, on=_base(keys))
    within = within[within["date"] <= within["until"]]
    records: list[dict[str, Any]] = []
    numbers: list[Number] = []
    for place, mine in exposures.groupby(keys, sort=True):
        named = dict(zip(keys, place, strict=True))
        events = within[(within[keys] == pd.Series(named)).all(axis=1)]
        label = "_".join(str(value) for value in named.values()).lower().replace(" ", "_") or "unknown"
        years = float(mine["head_years"].sum())
        numbers.append(Number(f"cattle.head_years.{label}", years, "index", n=len(mine), method="book stock over time", rows=rows))
        for event in RATED:
            heads = int(events.loc[events["event"] == event, "heads"].sum())
            rate, low, high = (None if np.isnan(value) else 100 * value for value in poisson_rate(heads, years, level))
            numbers.append(Number(f"cattle.rate.{event}.{label}", rate, "index", low, high, level, heads, method="exact Poisson", rows=rows,
                                  cell=(len(records), "rate_100")))  # fmt: skip
            records.append({**named, "event": event, "heads": heads, "head_years": years, "rate_100": rate, "rate_low": low,
                            "rate_high": high})  # fmt: skip
    data = pd.DataFrame(records, columns=[*keys, "event", "heads", "head_years", "rate_100", "rate_low", "rate_high"])
    return Table(f"herd_rates_by_{'_'.join(keys)}", data, numbers=tuple(numbers), names_units=GROUP in keys, rows=rows)


def _exposures(lines: pd.DataFrame, keys: list[str], end: pd.Timestamp) -> Iterator[tuple[Any, ...]]:
    base = _base(keys)
    for place, mine in lines.groupby(base, sort=True):
        counts = mine.loc[mine["event"] == "counted", "date"]
        until = counts.max() if len(counts) else end
        yield (*place, head_years(mine, until), until)


def head_years(lines: pd.DataFrame, until: pd.Timestamp) -> float:
    """Book stock of one herd added up over time.

    Parameters
    ----------
    lines : pandas.DataFrame
        ``date, event, heads`` of one group in order of date, counts last within a day.
    until : pandas.Timestamp

    Returns
    -------
    float
        Head-years; a stock below zero counts as none.
    """
    adds, takes = (rules.parameter("herd", f"stock.{name}").value for name in ("adds", "takes"))
    stock, total, before = 0.0, 0.0, None
    for day, event, heads in zip(lines["date"], lines["event"], lines["heads"], strict=True):
        if day > until:
            break
        if before is not None:
            total += max(stock, 0.0) * (day - before).days
        stock = heads if event == "counted" else stock + heads * ((event in adds) - (event in takes))
        before = day
    if before is not None:
        total += max(stock, 0.0) * (until - before).days
    return total / DAYS_A_YEAR
