"""Counts by book year with and without village cooperatives, and what hit every cooperative at once in each of them."""

from __future__ import annotations

from typing import Any

import pandas as pd

from kopanalysis import rules
from kopanalysis.lineage import Rows, recorded
from kopanalysis.metrics.activity import classify, first_judged_year
from kopanalysis.results import Number, Table
from kopanalysis.suppression import Sum

COUNTS = ("active", "inactive", "other")


@recorded
def series_breaks(panel: pd.DataFrame, rule: str = "no_rat_3y", silence: str = "legal") -> Table:
    """Cooperatives by book year, with and without village cooperatives (KDMP), beside the shocks and breaks of data/rules/events.toml.

    Parameters
    ----------
    panel : pandas.DataFrame
        From :func:`kopanalysis.build_panel`.
    rule, silence : str
        As in :func:`kopanalysis.classify`.

    Returns
    -------
    Table
        ``book_year, total, village, without_village`` (cooperatives, the dissolved left out), ``active, inactive, other`` (of those without
        village cooperatives; ``other`` are new or unknown), ``breaks`` (names of events in whose time the meetings about that book year
        fell, separated by spaces). Book years in which few can be judged are left out. Numbers ``series.total``, ``series.village``,
        ``series.without_village``, ``series.active``, ``series.inactive`` of the last book year, ``series.left`` (of its total, dissolved
        the year after), ``series.now`` (those that weren't), ``series.not_due`` (of those without village cooperatives, founded later, so
        that no meeting about that book year was due).
    """
    lines = classify(panel, rule, silence)
    lines = lines[(lines["status"] != "dissolved") & (lines["book_year"] >= first_judged_year(lines))]
    village = lines["kdmp"].astype(float) == 1
    status = lines["status"].where(lines["status"].isin(["active", "inactive"]), "other")
    counts = pd.crosstab(lines.loc[~village, "book_year"], status[~village]).reindex(columns=list(COUNTS), fill_value=0)
    by_year = lines.groupby("book_year")
    data = pd.DataFrame({"total": by_year.size(), "village": village.groupby(lines["book_year"]).sum().astype("int64")})
    data["without_village"] = data["total"] - data["village"]
    data = data.join(counts).reset_index()
    data[list(COUNTS)] = data[list(COUNTS)].fillna(0).astype("int64")
    data["breaks"] = [" ".join(events_of(int(year))) for year in data["book_year"]]
    last = lines[lines["book_year"] == lines["book_year"].max()]
    rows = Rows.of(last["source_rows"])
    about: dict[str, Any] = {"n": len(last), "rule": rule, "silence": silence, "method": "count", "rows": rows}
    numbers = tuple(
        Number(f"series.{name}", int(data[name].iloc[-1]), "cooperatives", cell=(len(data) - 1, name), **about)
        for name in ("total", "village", "without_village", "active", "inactive")
    )
    numbers += _since(last, about)
    counts_of = ("total", "village", "without_village", *COUNTS)
    sums = [Sum(((row, "village"), (row, "without_village")), (row, "total")) for row in range(len(data))]
    sums += [Sum(tuple((row, name) for name in COUNTS), (row, "without_village")) for row in range(len(data))]
    return Table("series_breaks", data, counts_of, sums=tuple(sums), numbers=numbers, rows=Rows.of(lines["source_rows"]))


def _since(last: pd.DataFrame, about: dict[str, Any]) -> tuple[Number, ...]:
    """What parts the count of a book year from the register of today, and from those whose meeting was due."""
    left = int((last["dissolved_on"].dt.year == last["book_year"] + 1).sum())
    young = (last["age"] < 0).fillna(False).astype(bool)
    not_due = int((young & (last["kdmp"].astype(float) != 1)).sum())
    counts = {"left": left, "now": len(last) - left, "not_due": not_due}
    return tuple(Number(f"series.{name}", count, "cooperatives", **about) for name, count in counts.items())


def events_of(book_year: int) -> list[str]:
    """Events in whose time the meetings about a book year fell: those of the year after it.

    Parameters
    ----------
    book_year : int

    Returns
    -------
    list of str
    """
    return [name for name, event in rules.events().items() if event.start.year <= book_year + 1 <= event.end.year]
