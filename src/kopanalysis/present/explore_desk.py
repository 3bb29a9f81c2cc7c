"""The analyst's desk of 00-explore: what was opened, what is chosen, and the day on which a choice stands."""

from __future__ import annotations

import functools
import os
import shlex
import subprocess
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import pandas as pd

from kopanalysis.loaders.load import Office
from kopanalysis.metrics.panel import build_panel


class Opened(Protocol):
    """What of an opened study is needed here: see :class:`kopanalysis.briefs.study.Study`."""

    @property
    def office(self) -> Office: ...  # noqa: D102
    @property
    def region(self) -> str: ...  # noqa: D102
    @property
    def panel(self) -> pd.DataFrame: ...  # noqa: D102
    @property
    def as_of(self) -> date: ...  # noqa: D102
    @property
    def headline_date(self) -> date: ...  # noqa: D102
    @property
    def demonstration(self) -> bool: ...  # noqa: D102


@dataclass(frozen=True)
class View:
    """One choice of what to look at.

    Attributes
    ----------
    kecamatan, sector : str
        Empty: all of them.
    rule, silence : str
        As in :func:`kopanalysis.classify`.
    first_year : int or None
        Book year from which cooperatives are followed; None: the first in which nearly all can be judged.
    last_year : int or None
        Last book year, and with it the day up to which anything is known; None: the last there is.
    """

    kecamatan: str = ""
    sector: str = ""
    rule: str = "no_rat_3y"
    silence: str = "legal"
    first_year: int | None = None
    last_year: int | None = None


@dataclass(frozen=True, eq=False)
class Desk:
    """An opened study on the analyst's desk; two desks are equal only when they are the same, so results can be kept by desk.

    Attributes
    ----------
    office, region, as_of, headline_date, demonstration
        As in :class:`kopanalysis.briefs.study.Study`.
    panel : pandas.DataFrame
        Without its source rows: nothing from here is printed as a registered number, and without them it is quick.
    data_dir : str
        As the office's folder was given; empty: the demonstration data.
    """

    office: Office
    region: str
    panel: pd.DataFrame
    as_of: date
    headline_date: date
    demonstration: bool
    data_dir: str


def open_desk(study: Opened, data_dir: str = "") -> Desk:
    """Put a study on the desk.

    Parameters
    ----------
    study : Study
        From :func:`kopanalysis.open_study`.
    data_dir : str
        The folder that it was opened from, for the command of a saved view.

    Returns
    -------
    Desk
    """
    return Desk(study.office, study.region, _light(study.panel), study.as_of, study.headline_date, study.demonstration, data_dir)


def _light(panel: pd.DataFrame) -> pd.DataFrame:
    light = panel.assign(source_rows="")
    light.attrs = {}
    return light


def places(desk: Desk, column: str) -> list[str]:
    """What can be chosen of ``kecamatan`` or ``sector``, in alphabetical order."""
    return sorted(str(name) for name in desk.panel[column].dropna().unique())


def years(desk: Desk) -> list[int]:
    """Book years that a view can end with: those about which a register speaks."""
    first = int(desk.office.tables["register"]["snapshot_date"].min().year) - 1
    return list(range(min(first, desk.as_of.year - 1), desk.as_of.year))


def day_of(desk: Desk, last_year: int | None) -> date:
    """Day on which a view stands: that of the headline for its book year, else the end of the calendar year after the book year."""
    if last_year is None or last_year >= desk.as_of.year - 1:
        return desk.as_of
    return desk.headline_date if last_year == desk.headline_date.year - 1 else date(last_year + 1, 12, 31)


@functools.lru_cache(maxsize=64)
def known_by(desk: Desk, day: date) -> pd.DataFrame:
    """The panel of a day: what was known by then; :class:`DataError` where no register reaches so far back."""
    return desk.panel if day == desk.as_of else _light(build_panel(desk.office, as_of=day, region=desk.region))


def chosen_of(frame: pd.DataFrame, view: View) -> pd.DataFrame:
    """Rows of the chosen kecamatan and sector."""
    here = pd.Series(True, index=frame.index)
    for column, name in (("kecamatan", view.kecamatan), ("sector", view.sector)):
        if name:
            here &= frame[column].eq(name).fillna(False)
    return frame[here]


def report_line(desk: Desk, view: View) -> str:
    """The command that makes the briefs as this view has them: same folder, day, rule and coding.

    Kecamatan, sector and first year aren't in it: a brief is about the whole region, and decides for itself from when it can judge.

    Parameters
    ----------
    desk : Desk
    view : View

    Returns
    -------
    str
    """
    day = day_of(desk, view.last_year).isoformat()
    words = ["kopanalysis", "report", *([desk.data_dir] if desk.data_dir else []), "--region", desk.region, "--as-of", day,
             "--headline-date", day, "--set", f"rule={view.rule}", "--set", f"silence={view.silence}"]  # fmt: skip
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)
