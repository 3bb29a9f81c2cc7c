"""The tipping-point map: how many of the silent would have to be active for the effect to vanish."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from kopanalysis.errors import CallError
from kopanalysis.impact.histories import read_arms, rows_of
from kopanalysis.lineage import recorded
from kopanalysis.results import Number, Table

TIE = 1e-12


@recorded
def tipping_point(
    panel: pd.DataFrame,
    outcome: str,
    treated: str,
    pre: Sequence[Any],
    post: Sequence[Any],
    unit: str = "coop_id",
    time: str = "book_year",
) -> Table:
    """Effect on a map of silent treated and silent controls that were in truth active in every post period.

    Parameters
    ----------
    panel : pandas.DataFrame
    outcome : str
        0/1; silent is a unit whose outcome is 0 in every post period on record.
    treated : str
    pre, post : sequence
        Periods.
    unit, time : str
        Columns.

    Returns
    -------
    Table
        ``treated_active, controls_active, treated_share, controls_share, estimate, vanishes, n_silent_treated, n_silent_controls``: every
        combination. ``vanishes`` where the effect is zero or of the other sign. Numbers ``tipping.controls`` and ``tipping.share``: the
        fewest silent controls (silent treated for a negative effect) that must be active, all of the other arm being as recorded, and
        what share of the silent they are; None where even all of them don't suffice.

    Raises
    ------
    CallError
        When the outcome isn't 0/1.
    DataError
        As in :func:`kopanalysis.did`.

    Notes
    -----
    The estimate moves by exactly 1/n of the arm with each unit, whichever it is, so no order of units has to be assumed. A unit silent
    in some years only has shown how it reports, and is left as it is.
    """
    histories, arm = read_arms(panel, outcome, treated, pre, post, (), unit, time)
    after = histories.mean(post)
    known = histories.values[~np.isnan(histories.values)]
    if not np.isin(known, [0.0, 1.0]).all():
        raise CallError(f"{outcome} isn't 0 or 1 throughout", "outcome", "Silence is read from a yes/no outcome.")
    change = histories.change(pre, post)
    effect = float(change[arm].mean() - change[~arm].mean())
    silent = after == 0
    counts = {"treated": int((silent & arm).sum()), "controls": int((silent & ~arm).sum())}
    sizes = {"treated": int(arm.sum()), "controls": int((~arm).sum())}
    rows = rows_of(panel, histories.units, unit)
    data = _grid(effect, counts, sizes)
    derived = {
        "treated_active": ("n_silent_treated",), "treated_share": ("n_silent_treated",), "controls_active": ("n_silent_controls",),
        "controls_share": ("n_silent_controls",), "estimate": ("n_silent_treated", "n_silent_controls"),
    }  # fmt: skip
    return Table(
        "tipping_point", data, ("n_silent_treated", "n_silent_controls"), derived=derived, rows=rows,
        numbers=_numbers(effect, counts, sizes, rows),
    )  # fmt: skip


def _grid(effect: float, counts: dict[str, int], sizes: dict[str, int]) -> pd.DataFrame:
    ours, theirs = (axis.ravel() for axis in np.meshgrid(range(counts["treated"] + 1), range(counts["controls"] + 1), indexing="ij"))
    estimate = effect + ours / sizes["treated"] - theirs / sizes["controls"]
    return pd.DataFrame(
        {
            "treated_active": ours,
            "controls_active": theirs,
            "treated_share": ours / max(counts["treated"], 1),
            "controls_share": theirs / max(counts["controls"], 1),
            "estimate": estimate,
            "vanishes": estimate * np.sign(effect) <= TIE,
            "n_silent_treated": counts["treated"],
            "n_silent_controls": counts["controls"],
        }
    )


def _numbers(effect: float, counts: dict[str, int], sizes: dict[str, int], rows: Any) -> tuple[Number, ...]:
    arm = "controls" if effect > 0 else "treated"
    needed: int | None = math.ceil(abs(effect) * sizes[arm] - 1e-9)
    if needed is not None and needed > counts[arm]:
        needed = None
    share = needed / counts[arm] if needed is not None and counts[arm] else None
    return (
        Number(
            "tipping.controls" if effect > 0 else "tipping.treated",
            needed,
            "cooperatives",
            n=counts[arm],
            method="tipping point",
            rows=rows,
        ),
        Number("tipping.share", share, "share", n=counts[arm], method="tipping point", rows=rows),
    )
