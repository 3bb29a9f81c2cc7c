"""What a notebook opens first: the office's data as a panel, the dates, and the words that go with every page."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from kopanalysis import rules
from kopanalysis.errors import CallError
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
    """

    office: Office
    region: str
    panel: pd.DataFrame
    headline_panel: pd.DataFrame
    as_of: date
    headline_date: date
    published: pd.DataFrame
    demonstration: bool

    @property
    def next_deadline(self) -> date:
        """Last legal day of the next meeting season after ``as_of``."""
        return rules.meeting_deadline("late_legal", self.as_of.year if self.as_of.month > 6 else self.as_of.year - 1)

    def sources(self) -> Table:
        """What was read, a line a file and table: sheets, rows in, accepted, set aside, structural."""
        read = self.office.sources[self.office.sources["table"].notna()]
        read = read.assign(structural=[len(rows) for rows in read["structural"]], sheets=1)
        columns = ["sheets", "rows_in", "accepted", "set_aside", "structural"]
        return Table("sources", read.groupby(["file", "table"], sort=False)[columns].sum().reset_index())


def open_study(
    data_dir: str = "", region: str = "13.11", as_of: str = "", headline_date: str = "", edition: str = "internal"
) -> Study:
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
    office = load_office(folder, as_of=iso_date(as_of, "as_of") if as_of else None)
    headline = iso_date(headline_date, "headline_date") if headline_date else office.as_of
    panel = build_panel(office, as_of=office.as_of, region=region)
    headline_panel = panel if headline == office.as_of else build_panel(office, as_of=headline, region=region)
    return Study(office, region, panel, headline_panel, office.as_of, headline, load_published(), office.demonstration)


def iso_date(text: str, name: str) -> date:
    """A date written as 2022-08-25, or a :class:`CallError` that says so."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CallError(f"{text!r} is no date", name, "Write it as 2022-08-25.") from None
