"""What a notebook opens first: the office's data as a panel, the dates, and the words that go with every page."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from kopanalysis import rules
from kopanalysis.errors import CallError, DataError
from kopanalysis.loaders.load import Office, load_office
from kopanalysis.loaders.published import load_published
from kopanalysis.metrics.panel import build_panel
from kopanalysis.resources import resource
from kopanalysis.results import EDITION_VARIABLE, Table

EDITIONS = ("internal", "public")


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
        """Last legal day of the next meeting season after ``as_of``."""
        return self.deadline_after(self.as_of)

    def deadline_after(self, day: date) -> date:
        """Last legal day of the next meeting season after a day."""
        return rules.meeting_deadline("late_legal", day.year if day.month > 6 else day.year - 1)

    def sources(self) -> Table:
        """What was read, a line a file and table: sheets, rows in, accepted, set aside, structural."""
        read = self.office.sources[self.office.sources["table"].notna()]
        read = read.assign(structural=[len(rows) for rows in read["structural"]], sheets=1)
        columns = ["sheets", "rows_in", "accepted", "set_aside", "structural"]
        return Table("sources", read.groupby(["file", "table"], sort=False)[columns].sum().reset_index())


def open_study(data_dir: str = "", region: str = "13.11", as_of: str = "", headline_date: str = "", edition: str = "internal") -> Study:
    """Load an office folder and build what every brief needs.

    Parameters
    ----------
    data_dir : str
        Folder of office files; empty: the demonstration data.
    region : str
        Kemendagri code; rows of other regions are left out and counted.
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
    office = load_office(folder, as_of=iso_date(as_of, "as_of") if as_of else None)
    last = last_day(office)
    headline = iso_date(headline_date, "headline_date") if headline_date else last
    panel = build_panel(office, as_of=last, region=region)
    headline_panel = panel if headline == last else build_panel(office, as_of=headline, region=region)
    return Study(office, region, panel, headline_panel, last, headline, load_published(), office.demonstration, replaced)


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
