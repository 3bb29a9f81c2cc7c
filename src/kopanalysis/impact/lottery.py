"""Who is trained next: a lottery by strata, drawn with a seed that anyone can repeat."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from kopanalysis.errors import CallError, DataError
from kopanalysis.lineage import recorded


@recorded
def draw_lottery(frame: pd.DataFrame, n: int, strata: Sequence[str] = (), seed: int = 0, unit: str = "coop_id") -> pd.DataFrame:
    """Draw ``n`` units at random, in fair shares of the strata, and put all of them in an order.

    Parameters
    ----------
    frame : pandas.DataFrame
        The eligible list, one row a unit.
    n : int
        Places.
    strata : sequence of str
        Columns such as ``kecamatan``; missing is a stratum of its own.
    seed : int
        Published before the draw: with the list it decides everything.
    unit : str
        Column of identities. The draw doesn't depend on the order of the rows; without the column it does.

    Returns
    -------
    pandas.DataFrame
        The frame with ``drawn`` (bool) and ``order`` (1 is first): the drawn stand first, then the reserve list, which is also the
        order of a phase-in.

    Raises
    ------
    CallError
        When ``n`` isn't 0 to the length of the list, a column isn't there, or the frame already holds a draw.
    DataError
        When a unit stands twice in the list.

    Notes
    -----
    Each unit has the same chance n / N, whatever its stratum: places go to strata by systematic sampling with one random start, so a
    stratum gets its share rounded up or down by chance.
    """
    _check(frame, n, strata, unit)
    rng = np.random.default_rng(seed)
    position = np.argsort(frame[unit].astype(str).to_numpy(), kind="stable") if unit in frame else np.arange(len(frame))
    codes = _codes(frame.iloc[position], strata)
    places = _places(np.bincount(codes), n, rng.random()) if len(frame) else np.zeros(0, dtype=int)
    luck = rng.permutation(len(frame))
    rank = np.empty(len(frame), dtype=int)
    for code in range(len(places)):
        members = np.flatnonzero(codes == code)
        rank[members[np.argsort(luck[members])]] = np.arange(len(members))
    chosen = rank < places[codes] if len(frame) else np.zeros(0, dtype=bool)
    order = np.empty(len(frame), dtype=int)
    order[np.lexsort((luck, ~chosen))] = np.arange(1, len(frame) + 1)
    drawn, numbers = np.empty(len(frame), dtype=bool), np.empty(len(frame), dtype=int)
    drawn[position], numbers[position] = chosen, order
    return frame.assign(drawn=drawn, order=numbers)


def _codes(frame: pd.DataFrame, strata: Sequence[str]) -> np.ndarray:
    if not strata:
        return np.zeros(len(frame), dtype=int)
    return frame.groupby(list(strata), dropna=False, sort=True).ngroup().to_numpy()


def _places(sizes: np.ndarray, n: int, start: float) -> np.ndarray:
    """Places by stratum: the share of each, rounded so that they add up to ``n`` and every unit keeps the same chance."""
    total = int(sizes.sum())
    # Whole numbers and a remainder apart: in floats 127 * (15 / 127) may fall short of 15.
    reached, rest = np.divmod(np.concatenate([[0], np.cumsum(sizes)]) * n, total)
    return np.diff(reached + (rest / total + start >= 1))


def _check(frame: pd.DataFrame, n: int, strata: Sequence[str], unit: str) -> None:
    if not 0 <= n <= len(frame):
        raise CallError(f"{n} can't be drawn from a list of {len(frame)}", "n", f"Draw 0 to {len(frame)}.")
    for name in strata:
        if name not in frame:
            raise CallError(f"The list has no column {name!r}", "strata", "Name columns of the list.")
    for name in ("drawn", "order"):
        if name in frame:
            raise CallError(f"The list already has a column {name!r}", mend="Draw once; drop the column to draw another list.")
    if unit in frame and frame[unit].duplicated().any():
        raise DataError(f"A {unit} stands twice in the list", mend="List each unit once, or its chance is doubled.")
