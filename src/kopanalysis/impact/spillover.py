"""Did the training reach the neighbours: the same comparison with controls that live further away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from kopanalysis.errors import DataError
from kopanalysis.impact.collapse import Collapsed, collapse
from kopanalysis.impact.did import clip
from kopanalysis.impact.small_sample import t_interval
from kopanalysis.lineage import recorded
from kopanalysis.results import TIDY_COLUMNS, Estimate, Table

VARIANTS = {"all": "every control", "own_out": "controls outside the own place", "unexposed": "controls in places without a treated one"}


@recorded
def leave_own_kecamatan_out(
    panel: pd.DataFrame,
    outcome: str,
    treated: str,
    pre: Sequence[Any],
    post: Sequence[Any],
    place: str = "kecamatan",
    unit: str = "coop_id",
    time: str = "book_year",
    level: float = 0.95,
) -> Table:
    """Difference in differences with all controls, with those outside the own place, and with those where nobody was treated.

    Parameters
    ----------
    panel : pandas.DataFrame
        One row a unit and period.
    outcome, treated : str
    pre, post : sequence
        Periods.
    place : str
        Column constant within a unit; units without a place are left out.
    unit, time : str
        Columns.
    level : float

    Returns
    -------
    Table
        Terms ``all, own_out, unexposed`` with the columns of ``tidy``, ``n_controls`` and ``exposure`` (share of these controls that live
        in a place with a treated unit). A comparison without two controls has a line without numbers.

    Raises
    ------
    CallError, DataError
        As :func:`kopanalysis.did`.

    Notes
    -----
    If the training reaches neighbours, comparing with them hides a part of its effect: then ``own_out`` and ``unexposed`` lie further from
    zero than ``all``. Other places may differ for other reasons, so a change is a sign, no proof. The interval is Welch's with the
    degrees of freedom of the treated.
    """
    lines = collapse(panel, outcome, treated, pre, post, unit, time, (place,))
    lines = lines.only(pd.notna(lines.groups[place]))
    home = lines.groups[place].astype(str)
    lived = np.unique(home[lines.treated])
    near = np.isin(home, lived)
    weights = {
        "all": _alike(~lines.treated),
        "own_out": _outside(lines, home, lived),
        "unexposed": _alike(~lines.treated & ~near),
    }
    records = [_record(name, lines, weight, near, level) for name, weight in weights.items()]
    columns = [*TIDY_COLUMNS, "n_controls", "exposure"]
    derived = dict.fromkeys((*TIDY_COLUMNS[1:10], "exposure"), ("n_controls",))
    return Table("leave_own_kecamatan_out", pd.DataFrame(records, columns=columns), ("n_controls",), derived=derived, rows=lines.rows)


@recorded
def did_unexposed(
    panel: pd.DataFrame, outcome: str, treated: str, pre: Sequence[Any], post: Sequence[Any], place: str = "kecamatan",
    unit: str = "coop_id", time: str = "book_year", level: float = 0.95,
) -> Estimate:  # fmt: skip
    """Compare with controls in places without a treated unit only: the last line of :func:`leave_own_kecamatan_out`.

    Parameters
    ----------
    panel, outcome, treated, pre, post, place, unit, time, level
        As in :func:`leave_own_kecamatan_out`.

    Returns
    -------
    Estimate

    Raises
    ------
    DataError
        When no such place has two controls.
    """
    table = leave_own_kecamatan_out(panel, outcome, treated, pre, post, place, unit, time, level)
    line = table.data[table.data["term"] == "unexposed"].iloc[0]
    if pd.isna(line["estimate"]):
        raise DataError(f"No {place} without a treated unit has two controls", place, "There is no unexposed comparison.")
    values: dict[str, Any] = {name: None if pd.isna(line[name]) else line[name] for name in TIDY_COLUMNS}
    return Estimate(**values, level=level, rows=table.rows)


def _alike(mask: np.ndarray) -> np.ndarray:
    return mask / max(int(mask.sum()), 1)


def _outside(lines: Collapsed, home: np.ndarray, lived: np.ndarray) -> np.ndarray:
    """Weight of each control when every treated unit is compared with those outside its own place."""
    weight = np.zeros(len(home))
    for name in lived:
        outside = ~lines.treated & (home != name)
        if not outside.any():
            return np.zeros(len(home))
        weight += (lines.treated & (home == name)).sum() / lines.treated.sum() * outside / outside.sum()
    return weight


def _record(name: str, lines: Collapsed, weight: np.ndarray, near: np.ndarray, level: float) -> dict[str, Any]:
    used = weight > 0
    base: dict[str, Any] = {"term": name, "n_controls": int(used.sum()), "method": f"difference of mean changes, {VARIANTS[name]}"}
    ours = lines.change[lines.treated]
    if used.sum() < 2 or len(ours) < 2:
        return base
    theirs = float(weight @ lines.change)
    estimate = float(ours.mean()) - theirs
    spread = float((weight[used] ** 2 * (lines.change[used] - theirs) ** 2).sum()) * used.sum() / (used.sum() - 1)
    error = float(np.sqrt(ours.var(ddof=1) / len(ours) + spread))
    statistic, p_value, low, high = t_interval(estimate, error, len(ours) - 1, level)
    low, high, method = clip(low, high, lines.share, base["method"])
    n = int(used.sum()) + len(ours)
    return {
        **base, "estimate": estimate, "std_error": error, "statistic": statistic, "p_value": p_value, "conf_low": low, "conf_high": high,
        "n_obs": n, "n_units": n, "n_clusters": n, "method": method, "exposure": float(weight @ near),
    }  # fmt: skip
