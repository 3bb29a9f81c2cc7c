"""The next batch: who may be given cattle, in which order by lot, and what the district could learn from it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kopanalysis import rules
from kopanalysis.errors import CallError, DataError
from kopanalysis.impact.aid import AIDED, aid_periods
from kopanalysis.impact.lottery import draw_lottery
from kopanalysis.impact.power import minimum_detectable_effect
from kopanalysis.lineage import Rows, recorded
from kopanalysis.results import Number, Table


def _eligible(panel: pd.DataFrame, sector: str) -> pd.DataFrame:
    last = panel[panel["book_year"] == panel["book_year"].max()]
    kept = last[(last[AIDED] == 0) & (last["status"] != "dissolved") & (last["kdmp"] == 0)]
    return kept[kept["sector"].fillna("").str.contains(sector, case=False, regex=False)]


@recorded
def next_batch(panel: pd.DataFrame, sector: str = "", places: int = 0, seed: int = 0) -> Table:
    """Put the eligible list in a random order of delivery, in fair shares of the kecamatan. It names cooperatives.

    Parameters
    ----------
    panel : pandas.DataFrame
        From :func:`kopanalysis.aid_panel`.
    sector : str
        Part of the sector's name; empty: data/rules/aid.toml.
    places : int
        Of the first wave; 0: data/rules/aid.toml.
    seed : int
        Published before the draw: with the list it decides the order.

    Returns
    -------
    Table
        ``order, name, kecamatan, members, status, wave`` (1: the first). Eligible: on the register in the last book year, of the sector,
        not dissolved, no village cooperative (KDMP), never given cattle.
    """
    chosen = _eligible(panel, sector or str(rules.parameter("aid", "next.sector").value))
    wave = min(places or int(rules.parameter("aid", "next.places").value), len(chosen))
    drawn = draw_lottery(chosen, wave, ("kecamatan",), seed)
    data = drawn.assign(wave=np.where(drawn["drawn"], 1, 2)).sort_values("order", ignore_index=True)
    data = data[["order", "name", "kecamatan", "members", "status", "wave"]]
    return Table("next_batch", data, names_units=True, rows=Rows.of(panel["source_rows"]))


@recorded
def next_design(
    panel: pd.DataFrame, outcome: str = "rat_held", sector: str = "", places: int = 0, seed: int = 0, anticipation: int = 1
) -> Table:
    """How many are eligible and what a first wave of that size could show, without a name.

    Parameters
    ----------
    panel : pandas.DataFrame
        From :func:`kopanalysis.aid_panel`.
    outcome : str
    sector, places, seed
        As in :func:`next_batch`.
    anticipation : int

    Returns
    -------
    Table
        ``measure, value``. Numbers ``cattle.next.eligible``, ``cattle.next.places`` (of the first wave), ``cattle.next.mde`` (smallest
        effect that it could show against the rest of the list, by resampling their own past; missing where it can't be computed),
        ``cattle.next.seed``.
    """
    listed = _eligible(panel, sector or str(rules.parameter("aid", "next.sector").value))
    wave = min(places or int(rules.parameter("aid", "next.places").value), len(listed))
    rows = Rows.of(panel["source_rows"])
    numbers = (
        Number("cattle.next.eligible", len(listed), "cooperatives", n=len(listed), method="count", rows=rows, cell=(0, "value")),
        Number("cattle.next.places", wave, "cooperatives", method="as asked", rows=rows, cell=(1, "value")),
        Number("cattle.next.mde", _mde(panel, listed, outcome, wave, seed, anticipation), "points", n=len(listed),
               method="resampled paths of the eligible", rows=rows, cell=(2, "value")),
        Number("cattle.next.seed", seed, "index", method="published before the draw", rows=rows, cell=(3, "value")),
    )  # fmt: skip
    data = pd.DataFrame({"measure": ["eligible", "places", "mde", "seed"], "value": [number.value for number in numbers]})
    return Table("next_design", data, numbers=numbers, rows=rows)


def _mde(panel: pd.DataFrame, listed: pd.DataFrame, outcome: str, wave: int, seed: int, anticipation: int) -> float | None:
    own = panel[panel["coop_id"].isin(listed["coop_id"])]
    if not 2 <= wave <= len(listed) - 2 or not (panel[AIDED] == 1).any():
        return None
    pre, post = aid_periods(panel, anticipation)
    try:
        found = minimum_detectable_effect(own, outcome, wave, pre[-4:], post, seed=seed)
    except (CallError, DataError):  # of those listed too few are on record before and after
        return None
    return float(found.estimate) if np.isfinite(found.estimate) else None
