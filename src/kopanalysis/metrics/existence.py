"""Active until dissolved: what a register can say that knows foundings and dissolutions, and no meetings."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kopanalysis.errors import SpellError
from kopanalysis.metrics.panel import histories

YEAR = 365.25  # days
DISSOLVED = 2


def first_recorded(panel: pd.DataFrame) -> pd.Timestamp:
    """Day of the first dissolution on record: before it the records show only those that lived on.

    Parameters
    ----------
    panel : pandas.DataFrame
        ``dissolved_on``.

    Returns
    -------
    pandas.Timestamp
        Missing where nobody was dissolved.
    """
    return pd.Timestamp(panel["dissolved_on"].min())


def existing(panel: pd.DataFrame) -> np.ndarray:
    """``active``, or ``unknown`` for book years that closed before the year of the first dissolution on record.

    Parameters
    ----------
    panel : pandas.DataFrame
        ``book_year, dissolved_on``; the dissolved are marked by :func:`kopanalysis.classify`.

    Returns
    -------
    numpy.ndarray of str
    """
    begin = first_recorded(panel)
    unknown = pd.isna(begin) | (panel["book_year"] < (0 if pd.isna(begin) else begin.year - 1))
    return np.where(unknown, "unknown", "active")


def existence_spells(panel: pd.DataFrame) -> pd.DataFrame:
    """One spell a cooperative from the later of its founding and the first dissolution on record, in days counted as years.

    Parameters
    ----------
    panel : pandas.DataFrame
        From :func:`kopanalysis.build_panel`: ``founded, dissolved_on``, and ``.attrs["as_of"]``, the day up to which all are followed.

    Returns
    -------
    pandas.DataFrame
        ``coop_id, spell, entry, duration`` (years since founding, fractions included), ``event`` (2 dissolved, 0 not), ``entry_year,
        last_year`` (calendar years), ``last_sign_year`` (missing), ``kecamatan, sector, type, kdmp, source_rows``.
        ``.attrs["report"]`` counts those without a spell. Empty where no dissolution is on record.

    Raises
    ------
    SpellError
        When the panel doesn't say up to which day it knows.
    """
    if "as_of" not in panel.attrs:
        raise SpellError("The panel doesn't say up to which day it knows", mend="Take it as build_panel returns it.")
    units = panel.groupby("coop_id")[["founded", "dissolved_on", "kecamatan", "sector", "type", "kdmp"]].last()
    units["source_rows"] = histories(panel)
    begin, day = first_recorded(panel), pd.Timestamp(panel.attrs["as_of"])
    units = units if pd.notna(begin) else units.iloc[:0]
    enters, ends = units["founded"].where(~(units["founded"] < begin), begin), units["dissolved_on"].fillna(day)
    units = units.assign(
        spell=1,
        entry=(enters - units["founded"]).dt.days / YEAR,
        duration=(ends - units["founded"]).dt.days / YEAR,
        event=np.where(units["dissolved_on"].notna(), DISSOLVED, 0),
        entry_year=enters.dt.year,
        last_year=ends.dt.year,
        last_sign_year=pd.Series(pd.NA, units.index, dtype="Int64"),
    )
    dated = units["founded"].notna()
    seen = dated & (enters < ends)
    spells = units[seen].astype({"entry_year": "int64", "last_year": "int64"}).reset_index()
    # The first dissolution dates everybody's entry, also where that cooperative itself has no spell: its rows go with each.
    anchor = " ".join(units.loc[units["dissolved_on"] == begin, "source_rows"].iloc[:1])
    spells["source_rows"] = spells["source_rows"] + " " + anchor
    spells.attrs["report"] = {"no_founding_date": int((~dated).sum()), "never_seen_alive": 0, "seen_only_once": int((dated & ~seen).sum())}
    return spells
