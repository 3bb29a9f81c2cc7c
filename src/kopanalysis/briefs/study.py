"""What a notebook opens first: the office's data as a panel, the dates, and the words that go with every page."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from kopanalysis import rules
from kopanalysis.errors import CallError, DataError
from kopanalysis.loaders.load import Office
from kopanalysis.loaders.published import load_published
from kopanalysis.loaders.store import open_office
from kopanalysis.memory import keep, remembered
from kopanalysis.metrics.panel import build_panel
from kopanalysis.resources import resource
from kopanalysis.results import EDITION_VARIABLE, Table, edition

EDITIONS = ("internal", "public")
OPENED = "open_study"  # what a run remembers an office by


@dataclass(frozen=True)
class Study:
    """Everything a brief works on, read once.

    Attributes
    ----------
    office : Office
    region : str
        Kemendagri code.
    panel : pandas.DataFrame
        What was known by ``as_of``.
    headline_panel : pandas.DataFrame
        What was known by ``headline_date``.
    as_of, headline_date : date
    published : pandas.DataFrame
        Printed figures (real data).
    demonstration : bool
        True while the office's data are invented.
    replaced : tuple of Override
        What the office's own rules.toml changed.
    """

    office: Office
    region: str
    panel: pd.DataFrame
    headline_panel: pd.DataFrame
    as_of: date
    headline_date: date
    published: pd.DataFrame
    demonstration: bool
    replaced: tuple[rules.Override, ...] = ()

    @property
    def next_deadline(self) -> date:
        """Last legal day of the next meeting season after ``as_of``: nobody can act before what is known."""
        return rules.meeting_deadline("late_legal", self.as_of.year if self.as_of.month > 6 else self.as_of.year - 1)

    @property
    def looks_back(self) -> bool:
        """Whether a meeting season has closed since the headline, so that its counts must be checked before anyone acts on them."""
        return rules.meeting_deadline("late_legal", self.headline_date.year) <= self.as_of

    def sources(self) -> Table:
        """What was read, a line a file and table: sheets, rows in, accepted, set aside, structural."""
        read = self.office.sources[self.office.sources["table"].notna()]
        read = read.assign(structural=[len(rows) for rows in read["structural"]], sheets=1)
        columns = ["sheets", "rows_in", "accepted", "set_aside", "structural"]
        by = ["table"] if edition() == "public" else ["file", "table"]  # of one file, a row set aside may be one cooperative's
        return Table("sources", read.groupby(by, sort=False)[columns].sum().reset_index())


def open_study(data_dir: str = "", region: str = "13.11", as_of: str = "", headline_date: str = "", edition: str = "internal") -> Study:
    """Load an office folder and build what every brief needs.

    Parameters
    ----------
    data_dir : str
        Folder of office files; empty: the demonstration data.
    region : str
        Kemendagri code. Of a folder with several districts' registers only this one's rows are read; strays in a folder of one
        district are left out and counted.
    as_of, headline_date : str
        ISO dates; empty: the latest date in the data.
    edition : {"internal", "public"}
        ``public`` hides small cells and names in everything made from here on in this process.

    Returns
    -------
    Study

    Raises
    ------
    CallError
        For an unknown edition or a mistyped date.
    DataError
        When the data can't carry the run.
    """
    if edition not in EDITIONS:
        raise CallError(f"{edition!r} is no edition", mend=f"Choose {' or '.join(EDITIONS)}.")
    os.environ[EDITION_VARIABLE] = edition
    folder = Path(data_dir) if data_dir else resource("data", "demo")
    replaced = rules.use_office_rules(folder)
    day = iso_date(as_of, "as_of") if as_of else None
    office = remembered(OPENED, (str(folder), day, region), lambda: open_office(folder, day, region))
    last = last_day(office)
    headline = iso_date(headline_date, "headline_date") if headline_date else last
    panel = build_panel(office, as_of=last, region=region)
    headline_panel = panel if headline == last else build_panel(office, as_of=headline, region=region)
    return Study(office, region, panel, headline_panel, last, headline, load_published(), office.demonstration, replaced)


def hand_on(office: Office, folder: Path, day: date, region: str) -> None:
    """Let the notebooks of this run find the office that the command has read already.

    Parameters
    ----------
    office : Office
        What was read from ``folder``, up to ``day``.
    folder : pathlib.Path
    day : date
    region : str
        As the notebooks are given them.
    """
    keep(OPENED, (str(folder), day, region), office)


def headline_day(office: Office, last: date, asked: str, usual: str) -> date:
    """Day of the headline: the one asked for, else the folder's usual one where its registers reach it, else the last day of the data.

    Parameters
    ----------
    office : Office
    last : date
        Last day of the data.
    asked, usual : str
        ISO dates; empty: none.

    Returns
    -------
    date

    Raises
    ------
    CallError
        When the day asked for is no date or lies after the data.
    """
    if asked:
        day = iso_date(asked, "--headline-date")
        if day > last:
            raise CallError(f"The headline date {day} lies after the data", "--headline-date", f"The data end on {last}.")
        return day
    day = iso_date(usual, "headline_date in office.toml") if usual else last
    first = office.tables["register"]["snapshot_date"].min()
    return day if first <= pd.Timestamp(day) <= pd.Timestamp(last) else last


def last_day(office: Office) -> date:
    """The day up to which the data are used; :class:`DataError` where they hold no date at all."""
    if office.as_of is None:
        raise DataError("The data hold no date at all", mend="Say with --as-of on which day the register was taken.")
    return office.as_of


def iso_date(text: str, name: str) -> date:
    """A date written as 2022-08-25, or a :class:`CallError` that says so."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CallError(f"{text!r} is no date", name, "Write it as 2022-08-25.") from None
