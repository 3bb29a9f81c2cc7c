"""What the groups without a known cooperative could do to the estimate, wherever they belong."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from kopanalysis.impact.aid import COHORT
from kopanalysis.impact.att_gt import COHORT as FIRST
from kopanalysis.impact.att_gt import NEVER, cohort_frame
from kopanalysis.impact.imputing import impute_effects, prepare_pieces
from kopanalysis.lineage import Rows, recorded
from kopanalysis.results import Number, Table


@recorded
def unlinked_influence(
    panel: pd.DataFrame, outcome: str = "rat_held", anticipation: int = 1, draws: int = 999, seed: int = 0, level: float = 0.95
) -> Table:
    """Estimate again with the unlinked groups given to cooperatives: to recipients, spread by chance, to the best and to the worst.

    Parameters
    ----------
    panel : pandas.DataFrame
        From :func:`kopanalysis.aid_sample`; reads ``unlinked_groups`` by book year.
    outcome : str
    anticipation : int
    draws, seed : int
        Of the spread.
    level : float
        Share of the spread that its limits hold.

    Returns
    -------
    Table
        ``scenario, low, high, groups``: ``as_linked`` (the estimate as it stands: the groups belong to no cooperative), ``recipients``
        (all belong to cooperatives that had received by then: only their dose changes, so the same), ``spread`` (each to another
        comparison cooperative, by chance), ``extremes`` (all to the comparison cooperatives with the largest falls, or the largest
        rises). Numbers ``cattle.unlinked.low``, ``cattle.unlinked.high`` (the extremes), ``cattle.unlinked.spread`` (median, with its
        limits), ``cattle.unlinked.groups``.

    Notes
    -----
    The extremes are taken by each cooperative's own change of mean; with years of different weight a mixture could reach slightly further.
    """
    setting = _read(panel, outcome, anticipation)
    loose = _loose(panel, setting)
    point = float(_solve(setting, setting["cohort"][None, :])[0])
    k = sum(loose.values())
    spread, ends = (point, point), (point, point)
    if k:
        drawn = _solve(setting, _spread(setting, loose, draws, seed))
        tail = (1 - level) / 2
        middle, *spread_limits = (float(value) for value in np.nanquantile(drawn, [0.5, tail, 1 - tail]))
        spread = (spread_limits[0], spread_limits[1])
        both = _solve(setting, np.stack([_extreme(setting, loose, rising) for rising in (False, True)]))
        ends = (float(min(*both, point)), float(max(*both, point)))
    else:
        middle = point
    lines = {"as_linked": (point, point), "recipients": (point, point), "spread": spread, "extremes": ends}
    data = pd.DataFrame([{"scenario": name, "low": low, "high": high, "groups": k} for name, (low, high) in lines.items()])
    rows = Rows.of(panel["source_rows"])
    method = "imputation, unlinked groups given to comparison cooperatives"
    numbers = (
        Number("cattle.unlinked.low", ends[0], "points", n=k, method=method, rows=rows, cell=(3, "low")),
        Number("cattle.unlinked.high", ends[1], "points", n=k, method=method, rows=rows, cell=(3, "high")),
        Number("cattle.unlinked.spread", middle, "points", *spread, level, k, method=method, rows=rows, cell=(2, "low")),
        Number("cattle.unlinked.groups", k, "rows", n=k, method="count", rows=rows, cell=(0, "groups")),
    )
    return Table("unlinked_influence", data, numbers=numbers, rows=rows)


def _read(panel: pd.DataFrame, outcome: str, anticipation: int) -> dict[str, Any]:
    """The outcome as units by periods, the cohort number of each unit, where each cohort starts."""
    early = panel.assign(**{COHORT: panel[COHORT] - anticipation})
    frame, _, _ = cohort_frame(early, outcome, COHORT, "coop_id", "book_year")
    years = range(int(frame["book_year"].min()), int(frame["book_year"].max()) + 1)
    wide = frame.pivot(index="coop_id", columns="book_year", values=outcome).reindex(columns=list(years))
    firsts = frame.groupby("coop_id")[FIRST].first().reindex(wide.index).to_numpy()
    loose = panel.loc[panel["unlinked_groups"] > 0, "book_year"].unique() - anticipation
    cohorts = np.unique(np.concatenate([firsts, loose[(loose > years[0]) & (loose <= years[-1])]]).astype(int))
    starts = np.array([len(years) if cohort == NEVER else int(cohort) - years[0] for cohort in cohorts])
    values = wide.to_numpy()
    pieces = prepare_pieces(values, starts, int(values.shape[1] - starts.min()))
    return {"pieces": pieces, "values": values, "cohorts": cohorts, "starts": starts, "first": anticipation,
            "cohort": np.searchsorted(cohorts, firsts), "never": np.flatnonzero(firsts == NEVER)}  # fmt: skip


def _loose(panel: pd.DataFrame, setting: dict[str, Any]) -> dict[int, int]:
    """Unlinked groups by the number of their cohort; no more than there are comparison cooperatives."""
    counts = panel.drop_duplicates("book_year").set_index("book_year")["unlinked_groups"]
    left, found = len(setting["never"]) - 1, {}
    for year, count in counts[counts > 0].items():
        at = np.flatnonzero(setting["cohorts"] == int(str(year)) - setting["first"])
        if len(at):
            found[int(at[0])] = min(int(count), left)
            left -= found[int(at[0])]
    return found


def _solve(setting: dict[str, Any], cohort: np.ndarray) -> np.ndarray:
    return impute_effects(setting["pieces"], cohort, len(setting["starts"]), setting["first"])[:, -1]


def _spread(setting: dict[str, Any], loose: dict[int, int], draws: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    cohort = np.tile(setting["cohort"], (draws, 1))
    order = rng.random((draws, len(setting["never"]))).argsort(axis=1)
    start = 0
    for number, count in loose.items():
        np.put_along_axis(cohort, setting["never"][order[:, start : start + count]], number, axis=1)
        start += count
    return cohort


def _extreme(setting: dict[str, Any], loose: dict[int, int], rising: bool) -> np.ndarray:
    """The comparison cooperatives that rose (or fell) most become the recipients."""
    cohort = setting["cohort"].copy()
    free = list(setting["never"])
    for number, count in loose.items():
        start = setting["starts"][number]
        with np.errstate(invalid="ignore"):
            values = setting["values"][free]
            change = _mean(values[:, start + setting["first"] :]) - _mean(values[:, :start])
        order = np.argsort(np.where(np.isnan(change), 0.0, -change if rising else change), kind="stable")[:count]
        cohort[[free[place] for place in order]] = number
        free = [unit for place, unit in enumerate(free) if place not in set(order)]
    return cohort


def _mean(values: np.ndarray) -> np.ndarray:
    known = ~np.isnan(values)
    found: np.ndarray = np.where(known, values, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    return np.where(known.any(axis=1), found, np.nan)
