"""How complete the records are: meetings reported by kecamatan and book year, and what each table covers in which year."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from kopanalysis.lineage import Rows, recorded
from kopanalysis.loaders.bridge import counted_at, rows_of
from kopanalysis.loaders.reconcile import known_rows
from kopanalysis.metrics.intervals import wilson
from kopanalysis.results import Number, Table, edition

if TYPE_CHECKING:
    from kopanalysis.loaders.load import Office

PARTS = ("reported", "not_reported", "silent", "unknown")
PUBLIC_PARTS = ("reported", "without_report", "unknown")  # few meetings go unreported: apart, they would hide nearly every line
NEARLY_ALL = 0.9  # a share is computed where this share of those due is known: the known few of other years are chosen by what they did
YEARLY = ("register", "rat", "accounts", "health", "training", "cattle", "findings")
DAY_OF = {"training": "start_date", "cattle": "date", "findings": "date", "register": "snapshot_date"}


@recorded
def reporting_rate(panel: pd.DataFrame, by: tuple[str, ...] = ("kecamatan", "book_year"), years: int = 10, level: float = 0.95) -> Table:
    """Share of the cooperatives whose meeting was due that reported it.

    Parameters
    ----------
    panel : pandas.DataFrame
        From :func:`kopanalysis.build_panel`.
    by : tuple of str
        Columns to count by; ``book_year`` among them.
    years : int
        How many of the last book years.
    level : float
        Of the Wilson interval.

    Returns
    -------
    Table
        ``*by, due, reported, not_reported`` (held, never reported), ``silent`` (no meeting on record; for the public these two are one,
        ``without_report``), ``unknown`` (no record reaches that year), ``rate`` (reported / (due - unknown), missing where over a tenth
        is unknown), ``conf_low, conf_high``. Those dissolved by then, founded later, or whose
        meeting isn't due yet are left out. Numbers ``reporting.rate.<year>``, ``reporting.reported.<year>``, ``reporting.due.<year>``
        where counted by year alone.
    """
    lines = _due(panel, years)
    state = lines["rat_state"].map({"held_not_reported": "not_reported", "not_held": "silent", "unknown": "unknown"}).fillna("reported")
    parts = PUBLIC_PARTS if edition() == "public" else PARTS
    if parts is PUBLIC_PARTS:
        state = state.replace({"not_reported": "without_report", "silent": "without_report"})
    lines = lines.assign(state=state)
    counts = pd.crosstab([lines[name].fillna("") for name in by], lines["state"]).reindex(columns=list(parts), fill_value=0)
    counts.insert(0, "due", counts.sum(axis=1))
    data = counts.reset_index().rename_axis(columns=None)
    known = data["due"] - data["unknown"]
    enough = (known > 0) & (known >= NEARLY_ALL * data["due"])
    low, high = wilson(data["reported"], known, level)
    data["rate"] = (data["reported"] / known.where(known > 0)).where(enough)
    data["conf_low"], data["conf_high"] = (pd.Series(limit, index=data.index).where(enough) for limit in (low, high))
    numbers = _by_year_numbers(data, lines, level) if by == ("book_year",) else ()
    derived = dict.fromkeys(("rate", "conf_low", "conf_high"), ("reported", "unknown"))
    name = f"reporting_by_{'_'.join(by)}"
    shape: dict[str, Any] = {"additive": True, "within": ("book_year",)} if len(by) > 1 and "book_year" in by else {}
    return Table(name, data, parts, "due", derived, numbers=numbers, rows=Rows.of(lines["source_rows"]), **shape)


def _due(panel: pd.DataFrame, years: int) -> pd.DataFrame:
    gone = panel["dissolved_on"].notna() & (panel["dissolved_on"].dt.year <= panel["book_year"])
    young = (panel["age"] < 0).fillna(False)
    lines = panel[~gone & ~young & (panel["rat_state"] != "not_yet_due")]
    return lines[lines["book_year"] > lines["book_year"].max() - years]


def _by_year_numbers(data: pd.DataFrame, lines: pd.DataFrame, level: float) -> tuple[Number, ...]:
    numbers = []
    for row, line in enumerate(data.to_dict("records")):
        year = line["book_year"]
        rows = Rows.of(lines.loc[lines["book_year"] == year, "source_rows"])
        known = int(line["due"] - line["unknown"])
        numbers += [
            Number(f"reporting.rate.{year}", _or_none(line["rate"]), "share", _or_none(line["conf_low"]),
                   _or_none(line["conf_high"]), level, known, method="wilson",
                   rows=rows, cell=(row, "rate")),
            Number(f"reporting.reported.{year}", int(line["reported"]), "cooperatives", n=known, method="count", rows=rows,
                   cell=(row, "reported")),
            Number(f"reporting.due.{year}", int(line["due"]), "cooperatives", n=known, method="count", rows=rows, cell=(row, "due")),
            Number(f"reporting.unknown.{year}", int(line["unknown"]), "cooperatives", n=known, method="count", rows=rows,
                   cell=(row, "unknown")),
        ]  # fmt: skip
    return tuple(numbers)


def _or_none(value: float) -> float | None:
    return None if pd.isna(value) else float(value)


@recorded
def coverage_by_year(office: Office, day: date | str, region: str | None = None, years: int = 10) -> Table:
    """In which years each table says something, and of how many of the cooperatives counted on a day.

    Parameters
    ----------
    office : Office
    day : date or str
        Nothing later is used.
    region : str, optional
    years : int
        How many years up to the day's own.

    Returns
    -------
    Table
        ``table``, then a column a year: cooperatives with a row. Log, accounts and examinations stand under their book year, the
        others under their calendar year. Numbers ``coverage.years.<table>``: how many of these years have any row.
    """
    last = pd.Timestamp(day).year
    wanted = list(range(last - years + 1, last + 1))
    everyone = set(counted_at(office, day, region)["coop_id"])
    records, numbers = [], []
    whole = rows_of(office, day)
    for table in YEARLY:
        frame = known_rows(office, table, day)
        frame = frame[frame["coop_id"].isin(everyone)]
        year = frame["book_year"] if "book_year" in frame else frame[DAY_OF[table]].dt.year
        found = frame.assign(year=year).dropna(subset=["year"]).groupby("year")["coop_id"].nunique()
        line = {str(one): int(found.get(one, 0)) for one in wanted}
        rows = whole | Rows.of(frame["source_rows"])
        covered = sum(count > 0 for count in line.values())
        numbers.append(Number(f"coverage.years.{table}", covered, "years", n=years, method="count", rows=rows))
        records.append({"table": table, **line})
    return Table("coverage", pd.DataFrame(records), tuple(str(one) for one in wanted), numbers=tuple(numbers), rows=whole)
