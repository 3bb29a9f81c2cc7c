"""Which cells the public edition must hide: small counts, what would give them away, and a solver that makes sure of it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

SMALLEST_PUBLIC_COUNT = 5  # briefs for the public show no count of 1 to 4, nor one that betrays it
ROOMY = 2 * SMALLEST_PUBLIC_COUNT - 1  # whatever 1 to 4 stands beside it, it may still be 5 or more: only then it hides all four
FEWEST_STEPS = 3  # of a curve; one long flat line and a jump would say something that isn't so
Cell = tuple[int, str]


@dataclass(frozen=True)
class Sum:
    """Cells that add up.

    Attributes
    ----------
    parts : tuple of (int, str)
        Row position and column.
    whole : (int, str) or None
        The cell they add up to; None: a number that the reader knows from elsewhere.
    rest : bool
        True where they may leave a rest of the whole that isn't printed: a small one is guarded as a small count is.
    """

    parts: tuple[Cell, ...]
    whole: Cell | None = None
    rest: bool = False


def sums_across(rows: int, *columns: str) -> tuple[Sum, ...]:
    """One sum a row: these columns add up to a number that the reader knows from elsewhere."""
    return tuple(Sum(tuple((row, name) for name in columns)) for row in range(rows))


def too_small(value: Any) -> bool:
    """Whether a count may not be shown to the public."""
    return value is not None and not pd.isna(value) and 0 < value < SMALLEST_PUBLIC_COUNT


def betrays(share: Any, n: Any) -> bool:
    """Whether a share of n gives away a small count, or that all but a few are in it."""
    if share is None or not n or pd.isna(share):
        return False
    count = round(float(share) * n)
    return math.isclose(float(share) * n, count, abs_tol=1e-6) and (too_small(count) or too_small(n - count))


def small_cells(
    data: pd.DataFrame,
    counts: Sequence[str],
    total: str | None = None,
    derived: Mapping[str, tuple[str, ...]] | None = None,
    additive: bool = False,
    within: Sequence[str] = (),
    of: Mapping[str, tuple[str, ...]] | None = None,
    sums: Iterable[Sum] = (),
    first: Iterable[Cell] = (),
    already: Iterable[Cell] = (),
) -> set[Cell]:
    """Cells that the public edition must hide: counts of 1 to 4, their complements, and what was computed from them.

    Parameters
    ----------
    data : pandas.DataFrame
        One row a line.
    counts : sequence of str
        Columns of counts.
    total : str, optional
        Column that they add up to.
    derived : mapping, optional
        Column to the counts it was computed from.
    additive : bool, default False
        Whether rows add up to a line that the reader knows.
    within : sequence of str
        Columns: only rows that are equal in them add up.
    of : mapping, optional
        Column to the counts that are parts of it and may leave a rest which isn't printed: a small rest is guarded as a small count is.
    sums : iterable of Sum
        Other cells that add up.
    first : iterable of (int, str)
        Cells to hide first where a second one must be hidden: never a headline.
    already : iterable of (int, str)
        Cells that are hidden for another reason.

    Returns
    -------
    set of (int, str)
        Row position and column.
    """
    sums = [*sums, *_wholes(data, of or {})]
    names = (*counts, total, *(name for line in sums for _, name in _cells(line)))
    columns = [name for name in dict.fromkeys(names) if name is not None and name in data]
    values = {(r, c): _number(v) for c in columns for r, v in enumerate(data[c])}
    guarded = [name for name in dict.fromkeys((*counts, total)) if name is not None and name in data]
    hidden = set(already) | {cell for cell, value in values.items() if cell[1] in guarded and too_small(value)}
    lines = [*_across(data, guarded, total), *_down(data, guarded, additive, within), *(line for line in sums if not line.rest)]
    rests = {}
    for number, line in enumerate(line for line in sums if line.rest):
        value = _left_over(line, values)
        if too_small(value):
            cell = (number, "-rest")
            rests[cell] = value
            lines.append(Sum((*line.parts, cell), line.whole))
    values |= rests
    hidden |= set(rests)
    _hide_what_can_be_solved(hidden, lines, values, list(first))
    hidden -= set(rests)
    for column, origins in (derived or {}).items():
        hidden |= {(row, column) for row, origin in list(hidden) if origin in origins and column in data}
    return hidden


def coarse_steps(data: pd.DataFrame, together: bool = False) -> pd.DataFrame:
    """A curve at fewer times: each step between two of them is made by 5 or more events.

    Parameters
    ----------
    data : pandas.DataFrame
        ``term, time, n_risk, n_event`` and whatever else a row a time holds.
    together : bool, default False
        Whether all terms keep the same times, where each was reached by no event or by 5 or more: for shares that add up to one.

    Returns
    -------
    pandas.DataFrame
        The rows of the times kept (of terms with three or more such times, where they have times of their own), ``n_event`` counting
        since the time kept before, ``n_risk`` missing where it is small.
    """
    terms = [data] if together else [mine for _, mine in data.groupby("term", sort=False)]
    kept = [_kept_steps(mine) for mine in terms]
    kept = [mine for mine in kept if together or mine["time"].nunique() >= FEWEST_STEPS]
    rows = pd.concat(kept, ignore_index=True) if kept else data.iloc[:0]
    return rows.assign(n_risk=rows["n_risk"].mask(rows["n_risk"].map(too_small)))


def _kept_steps(data: pd.DataFrame) -> pd.DataFrame:
    events = data.pivot_table(index="time", columns="term", values="n_event", aggfunc="sum", fill_value=0).sort_index()
    kept: dict[Any, pd.Series] = {}
    since = pd.Series(0, index=events.columns)
    for time, happened in events.iterrows():
        since = since + happened
        if since.any() and not since.map(too_small).any():
            kept[time], since = since, since * 0
    rows = data[data["time"].isin(list(kept))]
    return rows.assign(n_event=[int(kept[time][term]) for time, term in zip(rows["time"], rows["term"], strict=True)])


def _number(value: Any) -> float:
    number = pd.to_numeric(value, errors="coerce")
    return math.nan if pd.isna(number) else float(number)


def _across(data: pd.DataFrame, columns: list[str], total: str | None) -> Iterator[Sum]:
    parts = [name for name in columns if name != total]
    if total is not None and total in data and parts:
        for row in range(len(data)):
            yield Sum(tuple((row, name) for name in parts), (row, total))


def _down(data: pd.DataFrame, columns: list[str], additive: bool, within: Sequence[str]) -> Iterator[Sum]:
    if not additive or data.empty:
        return
    numbered = data.reset_index(drop=True)
    blocks = [group.index for _, group in numbered.groupby(list(within), dropna=False, sort=False)] if within else [numbered.index]
    for block in blocks:
        for column in columns:
            yield Sum(tuple((int(row), column) for row in block))


def _wholes(data: pd.DataFrame, of: Mapping[str, tuple[str, ...]]) -> Iterator[Sum]:
    for whole, parts in of.items():
        for row in range(len(data)):
            if whole in data and set(parts) <= set(data):
                yield Sum(tuple((row, part) for part in parts), (row, whole), rest=True)


def _left_over(line: Sum, values: Mapping[Cell, float]) -> float:
    """What of a whole isn't in its parts: nobody prints it, and anybody can work it out."""
    return math.nan if line.whole is None else values.get(line.whole, math.nan) - sum(values.get(cell, math.nan) for cell in line.parts)


def _hide_seconds(hidden: set[Cell], lines: Sequence[Sum], values: Mapping[Cell, float], first: Sequence[Cell]) -> None:
    """Where one cell of a line is hidden alone, hide another: one of ``first``, else the smallest that leaves room."""
    before = -1
    while len(hidden) != before:
        before = len(hidden)
        for line in lines:
            if sum(cell in hidden for cell in line.parts) == 1:
                _hide_another(hidden, line, values, first)


def _hide_another(hidden: set[Cell], line: Sum, values: Mapping[Cell, float], first: Sequence[Cell]) -> bool:
    known = [cell for cell in line.parts if cell not in hidden and values.get(cell, math.nan) > 0]  # a nought hides nothing
    known = [cell for cell in known if cell in first] or known
    if not known:
        return False
    roomy = [cell for cell in known if values[cell] >= ROOMY]
    hidden.add(min(roomy, key=lambda cell: (values[cell], cell[0])) if roomy else max(known, key=lambda cell: (values[cell], -cell[0])))
    return True


def _hide_what_can_be_solved(hidden: set[Cell], lines: Sequence[Sum], values: Mapping[Cell, float], first: Sequence[Cell]) -> None:
    """Hide more until no hidden cell has a single possible value: two cells of four that add up to eight hide nothing."""
    given_up: set[Cell] = set()
    while True:
        _hide_seconds(hidden, lines, values, first)
        found = [cell for cell in _solved(hidden, lines, values) if cell not in given_up]
        if not found:
            return
        solved = min(found, key=lambda cell: values[cell])  # the small one is the cause
        if not _loosen(hidden, [line for line in lines if solved in _cells(line)], values, first):
            given_up.add(solved)


def _loosen(hidden: set[Cell], lines: Sequence[Sum], values: Mapping[Cell, float], first: Sequence[Cell]) -> bool:
    """Hide one cell more around a cell that can be solved: the printed whole of hidden parts, else another part."""
    seen = [line for line in lines if line.whole is not None and line.whole not in hidden]
    bare = [line for line in seen if not any(values[cell] > 0 for cell in line.parts if cell not in hidden)]
    if bare:
        hidden.update(line.whole for line in bare[:1] if line.whole is not None)
        return True
    if any(_hide_another(hidden, line, values, first) for line in lines):
        return True
    hidden.update(line.whole for line in seen[:1] if line.whole is not None)
    return bool(seen)


def _solved(hidden: set[Cell], lines: Sequence[Sum], values: Mapping[Cell, float]) -> Iterator[Cell]:
    """Hidden cells of which a reader who knows the printed cells, the sums and the label can say the value."""
    usable = [line for line in lines if not any(math.isnan(values.get(cell, math.nan)) for cell in _cells(line))]
    usable = [line for line in usable if any(cell in hidden for cell in _cells(line))]
    cells = sorted({cell for line in usable for cell in _cells(line) if cell in hidden})
    if not cells:
        return
    place = {cell: number for number, cell in enumerate(cells)}
    matrix, constant = np.zeros((len(usable), len(cells))), np.zeros(len(usable))
    for row, line in enumerate(usable):
        constant[row] = 0.0 if line.whole is not None else sum(values[cell] for cell in line.parts)
        for cell in _cells(line):
            sign = -1.0 if cell == line.whole else 1.0
            if cell in place:
                matrix[row, place[cell]] += sign
            else:
                constant[row] -= sign * values[cell]
    bounds = [_told(values[cell]) for cell in cells]
    for cell in cells:
        if _single(matrix, constant, bounds, place[cell]):
            yield cell


def _single(matrix: np.ndarray, constant: np.ndarray, bounds: list[tuple[float, float | None]], place: int) -> bool:
    from scipy.optimize import linprog

    ends = []
    for sign in (1.0, -1.0):
        goal = np.zeros(matrix.shape[1])
        goal[place] = sign
        found = linprog(goal, A_eq=matrix, b_eq=constant, bounds=bounds)
        if found.status != 0:
            return False
        ends.append(sign * found.fun)
    return math.ceil(ends[0] - 1e-6) >= math.floor(ends[1] + 1e-6)


def _told(value: float) -> tuple[float, float | None]:
    """What the label of a hidden cell says: less than five, or not."""
    if too_small(value):
        return (1.0, SMALLEST_PUBLIC_COUNT - 1.0)
    return (float(SMALLEST_PUBLIC_COUNT) if value > 0 else 0.0, None)


def _cells(line: Sum) -> tuple[Cell, ...]:
    return line.parts if line.whole is None else (*line.parts, line.whole)
