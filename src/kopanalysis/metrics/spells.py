"""Spells: from the first book year a cooperative was seen alive to the one in which it stopped, on the axis of its age."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kopanalysis import rules
from kopanalysis.errors import SpellError
from kopanalysis.lineage import recorded
from kopanalysis.metrics.activity import classify, first_judged_year
from kopanalysis.metrics.existence import existence_spells
from kopanalysis.metrics.panel import histories

ALIVE = ("active", "new")
SPELL_COLUMNS = [
    "coop_id", "spell", "entry", "duration", "event", "entry_year", "last_year", "last_sign_year", "kecamatan", "sector", "type", "kdmp",
    "source_rows",
]  # fmt: skip
EVENTS = {"inactive": 1, "dissolved": 2}


@recorded
def build_spells(
    panel: pd.DataFrame, rule: str = "no_rat_3y", silence: str = "legal", first_year: int | None = None, recurrent: bool = False
) -> pd.DataFrame:
    """Active spells of each cooperative, with delayed entry.

    A cooperative is at risk from the first book year in which the records show it alive (older years are not observed: it had to
    live until then to be seen; years in which few can be judged don't count, see
    :func:`kopanalysis.metrics.activity.first_judged_year`), until it is first inactive (event 1), dissolved while alive (event 2),
    or last seen alive (0).
    Under a rule over n years the event is dated to the book year that completes n years without a sign. The stop itself lies between
    ``last_sign_year`` and the book year after it: it is censored to that interval, and nothing here pretends to know it better.
    Under ``not_dissolved`` times are exact: each is followed from the first dissolution on record, or its founding if later, to its own
    dissolution or the panel's last day; ``silence``, ``first_year`` and ``recurrent`` have no say in it.

    Parameters
    ----------
    panel : pandas.DataFrame
        From :func:`kopanalysis.build_panel`.
    rule, silence : str
        As in :func:`kopanalysis.classify`.
    first_year : int, optional
        Book year from which cooperatives are followed; default: the first in which nearly all can be judged.
    recurrent : bool
        False: the first spell of each. True: also those after a return, numbered by ``spell``.

    Returns
    -------
    pandas.DataFrame
        One row a cooperative (and spell): ``coop_id, spell, entry, duration`` (age in years since founding; at risk in
        (entry, duration]), ``event`` (0 none, 1 inactive, 2 dissolved), ``entry_year, last_year`` (book years), ``last_sign_year``
        (last book year with a sign of life before event 1; missing where there never was one), ``kecamatan, sector, type, kdmp,
        source_rows`` (whole history). ``.attrs["report"]`` counts those without a spell: no founding date, never seen alive, seen
        only once.

    Raises
    ------
    SpellError
        When a founding date makes an age impossible.
    """
    chosen = rules.inactivity_rule(rule)
    if chosen.existence:
        spells = existence_spells(panel)
        check_spells(spells)
        return spells[SPELL_COLUMNS]
    lines = classify(panel, rule, silence, rows=False)
    start = first_judged_year(lines) if first_year is None else first_year
    lines = lines[(lines["status"] != "unknown") & (lines["book_year"] >= start)]
    dated = lines[lines["age"].notna()]
    ends = _spell_ends(dated)
    report = {
        "no_founding_date": lines.loc[lines["age"].isna(), "coop_id"].nunique(),
        "never_seen_alive": dated["coop_id"].nunique() - ends["coop_id"].nunique(),
    }
    ends = ends if recurrent else ends[ends["spell"] == 1]
    seen_once = ends["duration"] <= ends["entry"]
    report["seen_only_once"] = int(seen_once.sum())
    spells = ends[~seen_once].reset_index(drop=True)
    stopped_old = (spells["event"] == 1) & (spells["last_status"] == "active")
    spells["last_sign_year"] = (spells["last_year"] - chosen.years).where(stopped_old).astype("Int64")
    spells["source_rows"] = spells["coop_id"].map(histories(panel))
    check_spells(spells)
    spells.attrs["report"] = report
    return spells[SPELL_COLUMNS]


def _spell_ends(lines: pd.DataFrame) -> pd.DataFrame:
    """Beginning and end of every run of alive lines: who, which spell, ages, years, and what ended it."""
    alive = lines["status"].isin(ALIVE)
    unit = lines["coop_id"]
    begins = alive & ~alive.groupby(unit).shift(1, fill_value=False)
    ahead = lines.groupby("coop_id")[["status", "age", "book_year"]].shift(-1)
    told = lines.assign(
        spell=begins.astype(int).groupby(unit).cumsum(), next_status=ahead["status"], next_age=ahead["age"], next_year=ahead["book_year"]
    )[alive]
    runs = told.groupby(["coop_id", "spell"], sort=False)
    first, last = runs.first().reset_index(), runs.tail(1).reset_index(drop=True)
    ended = last["next_status"].isin(EVENTS)
    return first[["coop_id", "spell", "kecamatan", "sector", "type", "kdmp"]].assign(
        entry=first["age"].clip(lower=0).astype("int64"),
        duration=last["next_age"].where(ended, last["age"]).astype("int64"),
        event=last["next_status"].map(EVENTS).fillna(0).astype("int64"),
        entry_year=first["book_year"].astype("int64"),
        last_year=last["next_year"].where(ended, last["book_year"]).astype("int64"),
        last_status=last["status"],
    )


def check_spells(spells: pd.DataFrame, entry: str | None = "entry", duration: str = "duration") -> None:
    """Refuse impossible times; libraries accept them silently.

    Parameters
    ----------
    spells : pandas.DataFrame
    entry : str or None
        Column of entry times; None: everyone enters at zero.
    duration : str

    Raises
    ------
    SpellError
        Naming the first rows with a negative or missing time, or a duration that doesn't exceed its entry.
    """
    times = spells[duration].astype(float)
    start = spells[entry].astype(float) if entry is not None else pd.Series(0.0, index=spells.index)
    wrong = ~((start >= 0) & (times > start) & np.isfinite(times))
    if wrong.any():
        rows = ", ".join(str(index) for index in spells.index[wrong][:5])
        raise SpellError(
            f"{int(wrong.sum())} spells have impossible times",
            f"rows {rows}",
            f"Each needs 0 <= {entry or 'entry'} < {duration}; look at the founding dates.",
        )
