"""Who has a health score at all: only those that held a meeting; and how the examiner's classes stand by book year and scheme."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from kopanalysis.lineage import Rows, recorded
from kopanalysis.metrics.health import ASPECTS, CLASSES, classes_of, weighted_score
from kopanalysis.metrics.panel import build_panel
from kopanalysis.results import Number, Table

if TYPE_CHECKING:
    from kopanalysis.loaders.load import Office

STATES = ("scored", "no_meeting", "met_unscored", "meeting_unknown")


@recorded
def health_coverage(office: Office, as_of: date | str | None = None, region: str | None = None) -> Table:
    """How many cooperatives have a health score, by book year, and how many have none because they held no meeting.

    Parameters
    ----------
    office : Office
    as_of : date or str, optional
        Nothing known later is used; an examination has no date of its own and counts from the year after its book year.
    region : str, optional
        Kemendagri code.

    Returns
    -------
    Table
        ``book_year, scheme, total, scored, no_meeting, met_unscored, meeting_unknown``, one row a book year that has an examination;
        ``total`` leaves out the dissolved and those founded later. Numbers
        ``health.{total,scored,no_meeting,met_unscored,meeting_unknown}`` and
        ``health.book_year.first``, ``health.book_year.last`` of the last of them.
    """
    lines = _lines(office, as_of, region)
    counts = pd.crosstab(lines["book_year"], lines["state"]).reindex(columns=list(STATES), fill_value=0)
    counts.insert(0, "total", counts.sum(axis=1))
    data = counts.reset_index().rename_axis(columns=None)
    schemes = lines[lines["scheme"] != ""].groupby("book_year")["scheme"].agg(lambda cells: " ".join(sorted(set(cells))))
    data.insert(1, "scheme", data["book_year"].map(schemes))
    data["book_year"] = data["book_year"].astype("int64")
    return Table("health_coverage", data, STATES, "total", numbers=_numbers(lines, len(data) - 1), rows=Rows.of(lines["source_rows"]))


def _lines(office: Office, as_of: date | str | None, region: str | None) -> pd.DataFrame:
    """One row a cooperative and examined book year: scored, or why not."""
    panel = build_panel(office, as_of, region)
    exams = examinations(office, as_of)
    exams = exams[exams["score"].notna() | exams["class"].notna()]
    exams = exams.groupby(["coop_id", "book_year"], as_index=False).agg(scheme=("scheme", "max"), exam_rows=("source_rows", " ".join))
    panel = panel[panel["book_year"].isin(exams["book_year"].dropna().astype(int))]
    gone = panel["dissolved_on"].dt.year <= panel["book_year"]
    unborn = (panel["age"] < 0).fillna(False)  # founded after that book year closed
    panel = panel[~gone & ~unborn.astype(bool)]
    lines = panel.merge(exams.astype({"book_year": "int64"}), on=["coop_id", "book_year"], how="left")
    held = lines["rat_held"].astype(float)
    states = np.select([lines["exam_rows"].notna(), held == 0, held == 1], ["scored", "no_meeting", "met_unscored"], "meeting_unknown")
    rows = (lines["source_rows"] + " " + lines["exam_rows"].fillna("")).str.strip()
    return lines.assign(state=states, scheme=lines["scheme"].fillna(""), source_rows=rows)


def examinations(office: Office, as_of: date | str | None = None) -> pd.DataFrame:
    """Health examinations known by a date.

    Parameters
    ----------
    office : Office
    as_of : date or str, optional

    Returns
    -------
    pandas.DataFrame
        The office's ``health`` table, book years before the year of ``as_of``, scheme missing where it isn't stated.
    """
    health = office.tables["health"]
    latest = as_of if as_of is not None else office.as_of
    known = health["coop_id"].notna() & health["book_year"].notna()
    return health[known if latest is None else known & (health["book_year"] < pd.Timestamp(latest).year)]


def _numbers(lines: pd.DataFrame, row: int) -> tuple[Number, ...]:
    """Counts of the last examined book year."""
    if lines.empty:
        return ()
    last = lines[lines["book_year"] == lines["book_year"].max()]
    rows = Rows.of(last["source_rows"])
    numbers = [Number("health.total", len(last), "cooperatives", n=len(last), method="count", rows=rows, cell=(row, "total"))]
    for state in STATES:
        count = int((last["state"] == state).sum())
        numbers.append(Number(f"health.{state}", count, "cooperatives", n=len(last), method="count", rows=rows, cell=(row, state)))
    return tuple(numbers)


@recorded
def health_classes(office: Office, as_of: date | str | None = None) -> Table:
    """Classes that the examiners printed, by book year and scheme, and whether they follow from the printed scores.

    Parameters
    ----------
    office : Office
    as_of : date or str, optional

    Returns
    -------
    Table
        ``book_year, scheme, scored, healthy, fairly_healthy, under_supervision, special_supervision, other_class, differs``:
        ``other_class``
        are classes that the scheme doesn't have; ``differs`` counts examinations whose printed class isn't the one that the cut-offs of
        their scheme give for the printed score. Numbers ``health.examinations``, ``health.differs``, ``health.recomputed`` (2021
        examinations whose printed score is what weights and aspects give, to half a point) and ``health.recomputable``.
    """
    exams = examinations(office, as_of)
    exams = exams[exams["class"].notna()].assign(scheme=lambda frame: frame["scheme"].fillna("unknown"))
    exams = exams.assign(differs=_differs(exams), shown=exams["class"].where(exams["class"].isin(CLASSES), "other_class"))
    keys = ["book_year", "scheme"]
    counts = pd.crosstab([exams[key] for key in keys], exams["shown"]).reindex(columns=[*CLASSES, "other_class"], fill_value=0)
    counts.insert(0, "scored", counts.sum(axis=1))
    data = counts.join(exams.groupby(keys)["differs"].sum()).reset_index().rename_axis(columns=None)
    data["book_year"] = data["book_year"].astype("int64")
    right, possible = _recomputed(exams)
    rows, n = Rows.of(exams["source_rows"]), len(exams)
    values = {"examinations": n, "differs": int(exams["differs"].sum()), "recomputed": right, "recomputable": possible}
    numbers = tuple(Number(f"health.{name}", value, "rows", n=n, method="count", rows=rows) for name, value in values.items())
    parts = (*CLASSES, "other_class")
    derived = {"differs": ("scored", *parts)}
    return Table("health_classes", data, parts, "scored", derived, numbers=numbers, rows=rows)


def _differs(exams: pd.DataFrame) -> pd.Series:
    """Whether the printed class isn't what the cut-offs give for the printed score; where the scheme has none, it can't differ."""
    expected = pd.Series(pd.NA, index=exams.index, dtype=object)
    for scheme in ("2021", "2016"):
        mine = exams["scheme"] == scheme
        expected[mine] = classes_of(exams.loc[mine, "score"].astype(float), scheme)
    return expected.notna() & (expected != exams["class"])


def _recomputed(exams: pd.DataFrame) -> tuple[int, int]:
    mine = exams[(exams["scheme"] == "2021") & exams[[*ASPECTS, "score"]].notna().all(axis=1)]
    if mine.empty:
        return 0, 0
    again = weighted_score(mine)
    return int((again - mine["score"].astype(float)).abs().le(0.5).sum()), len(mine)
