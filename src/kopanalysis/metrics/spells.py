"""Spells: from the first book year a cooperative was seen alive to the one in which it stopped, on the axis of its age."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kopanalysis.errors import SpellError
from kopanalysis.lineage import recorded
from kopanalysis.metrics.activity import classify, first_judged_year

ALIVE = ("active", "new")
SPELL_COLUMNS = [
    "coop_id", "entry", "duration", "event", "entry_year", "last_year", "kecamatan", "sector", "type", "kdmp", "source_rows",
]  # fmt: skip


@recorded
def build_spells(panel: pd.DataFrame, rule: str = "no_rat_3y", silence: str = "legal", first_year: int | None = None) -> pd.DataFrame:
    """First active spell of each cooperative, with delayed entry.

    A cooperative is at risk from the first book year in which the records show it alive (older years are not observed: it had to
    live until then to be seen; years in which few can be judged don't count, see
    :func:`kopanalysis.metrics.activity.first_judged_year`), until it is first inactive (event 1), dissolved while alive (event 2),
    or last seen alive (0).
    Under a rule over n years the event is dated to the book year that completes n years without a sign, not to the last sign.

    Parameters
    ----------
    panel : pandas.DataFrame
        From :func:`kopanalysis.build_panel`.
    rule, silence : str
        As in :func:`kopanalysis.classify`.
    first_year : int, optional
        Book year from which cooperatives are followed; default: the first in which nearly all can be judged.

    Returns
    -------
    pandas.DataFrame
        One row a cooperative: ``coop_id, entry, duration`` (age in years since founding; at risk in (entry, duration]), ``event``
        (0 none, 1 inactive, 2 dissolved), ``entry_year, last_year`` (book years), ``kecamatan, sector, type, kdmp, source_rows``.
        ``.attrs["report"]`` counts those without a spell: never seen alive, no founding date, seen only once.

    Raises
    ------
    SpellError
        When a founding date makes an age impossible.
    """
    lines = classify(panel, rule, silence)
    start = first_judged_year(lines) if first_year is None else first_year
    lines = lines[(lines["status"] != "unknown") & (lines["book_year"] >= start)]
    dated = lines[lines["age"].notna()]
    report = {"no_founding_date": lines.loc[lines["age"].isna(), "coop_id"].nunique()}
    alive = dated[dated["status"].isin(ALIVE)]
    begins = alive.groupby("coop_id")["book_year"].min().rename("entry_year")
    report["never_seen_alive"] = dated["coop_id"].nunique() - len(begins)
    after = dated.merge(begins.reset_index(), on="coop_id")
    after = after[after["book_year"] >= after["entry_year"]]
    spells = pd.DataFrame([{"coop_id": unit, **_first_spell(lines)} for unit, lines in after.groupby("coop_id")], columns=SPELL_COLUMNS)
    seen_once = spells["duration"] <= spells["entry"]
    report["seen_only_once"] = int(seen_once.sum())
    spells = spells[~seen_once].reset_index(drop=True)
    check_spells(spells)
    spells.attrs["report"] = report
    return spells[SPELL_COLUMNS]


def _first_spell(lines: pd.DataFrame) -> dict[str, object]:
    """The first spell of one cooperative, its lines in order from the first alive."""
    ends = lines[lines["status"].isin(["inactive", "dissolved"])]
    last = ends.iloc[0] if len(ends) else lines.iloc[-1]
    first = lines.iloc[0]
    within = lines[lines["book_year"] <= last["book_year"]]
    return {
        "entry": max(int(first["age"]), 0),
        "duration": int(last["age"]),
        "event": {"inactive": 1, "dissolved": 2}.get(last["status"], 0),
        "entry_year": int(first["book_year"]),
        "last_year": int(last["book_year"]),
        **{name: first[name] for name in ("kecamatan", "sector", "type", "kdmp")},
        "source_rows": " ".join(dict.fromkeys(" ".join(within["source_rows"]).split())),
    }


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
