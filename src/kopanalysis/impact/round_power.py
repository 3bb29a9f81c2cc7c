"""What the next round could see: power by number drawn and years followed, from the histories of those on the list."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from kopanalysis.errors import CallError, DataError
from kopanalysis.impact.histories import rows_of
from kopanalysis.impact.power import NS, power_curve
from kopanalysis.impact.timing import setting
from kopanalysis.impact.waves import largest_round
from kopanalysis.lineage import recorded
from kopanalysis.results import Number, Table

BEFORE, AFTER = 3, 3
DRAWS = 2000
NAMES = {
    "post_periods": "followed_years", "mde": "visible", "half_width": "expected_half", "power": "chance_smallest",
    "exaggeration": "times_too_large", "type_s": "wrong_sign_share",
}  # fmt: skip
COLUMNS = ("drawn_first", "waiting", *NAMES.values())
NUMBERS = (("mde", "visible", "points"), ("half_width", "expected_half", "points"), ("chance", "chance_smallest", "share"),
           ("exaggeration", "times_too_large", "index"))  # fmt: skip


def round_sizes(eligible: int, places: int, asked: Sequence[int] = NS) -> tuple[int, ...]:
    """Numbers to show: those asked that the list can carry, its largest in place of those it can't, and the office's own.

    Parameters
    ----------
    eligible : int
        Length of the list.
    places : int
        What the office has in mind.
    asked : sequence of int

    Returns
    -------
    tuple of int
        In order; empty where fewer than 2 could be trained.
    """
    top = largest_round(eligible)
    return tuple(sorted({min(size, top) for size in (*asked, places) if min(size, top) >= 2}))


@recorded
def round_settings(lines: pd.DataFrame, followed: int, sizes: Sequence[int], asked: int) -> Table:
    """The fixed points of the next round as numbers that may be printed.

    Parameters
    ----------
    lines : pandas.DataFrame
        From :func:`kopanalysis.eligible`.
    followed : int
        Book years after which the first result is read.
    sizes : sequence of int
        From :func:`round_sizes`.
    asked : int
        Largest number that anyone asked for.

    Returns
    -------
    Table
        ``term, value``. Numbers ``next.smallest_effect`` and ``next.chance`` (of the plan), ``next.followed``, ``next.asked``, ``next.top``
        (most that the list can carry), ``next.size.<n>``.
    """
    n, rows = lines["coop_id"].nunique(), rows_of(lines)
    values: dict[str, tuple[float, str]] = {
        "next.smallest_effect": (setting("smallest_effect"), "points"),
        "next.chance": (setting("power"), "share"),
        "next.followed": (followed, "years"),
        "next.asked": (asked, "cooperatives"),
        "next.top": (largest_round(n), "cooperatives"),
    }
    values |= {f"next.size.{size}": (size, "cooperatives") for size in sizes}
    numbers = [Number(name, value, unit, n=n, method="plan", rows=rows) for name, (value, unit) in values.items()]
    data = pd.DataFrame({"term": list(values), "value": [value for value, _ in values.values()]})
    return Table("next_settings", data, numbers=tuple(numbers), rows=rows)


@recorded
def round_power(
    lines: pd.DataFrame, outcome: str, sizes: Sequence[int], most_years: int = AFTER, draws: int = DRAWS, seed: int = 0
) -> Table:
    """Smallest effect that a lottery on this list would see, by number drawn and book years followed.

    Parameters
    ----------
    lines : pandas.DataFrame
        From :func:`kopanalysis.eligible`: the histories drawn from, and the size of the district.
    outcome : str
        Yes or no, 0 or 1.
    sizes : sequence of int
        From :func:`round_sizes`.
    most_years : int
        Book years followed, at most 3 here.
    draws, seed : int
        Of the simulation.

    Returns
    -------
    Table
        ``drawn_first, waiting, followed_years, visible, expected_half, chance_smallest, times_too_large, wrong_sign_share``: the smallest
        visible effect, half the interval to be expected, and three that are at the smallest effect that matters by the plan, missing where
        the outcome leaves no room for one so large. Empty where the outcome is known for too few in too many years. Numbers
        ``next.{mde,half_width,chance,exaggeration}.<outcome>.<n>.<years>``.

    Notes
    -----
    The last known book years stand for the next: three for the time before, the last for the time after. Compared are the years after,
    given the years before, as the next round will be read. Of a round only those count whose outcome will be on record: as large a share
    as in the last years.
    """
    count, rows = lines["coop_id"].nunique(), rows_of(lines)
    before, after = _windows(lines, outcome, most_years)
    parts = [part for size in sizes if before for part in _one_size(lines, outcome, before, after, size, draws, seed)]
    data = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(COLUMNS))
    numbers = [
        Number(f"next.{name}.{outcome}.{line['drawn_first']}.{line['followed_years']}", _known(line[column]), unit, level=0.95, n=count,
               method="own histories resampled, lottery, given the years before", rows=rows, cell=(row, column))
        for row, line in enumerate(data.to_dict("records"))
        for name, column, unit in NUMBERS
    ]  # fmt: skip
    return Table(f"next_power_{outcome}", data, numbers=tuple(numbers), rows=rows)


def _one_size(
    lines: pd.DataFrame, outcome: str, before: Sequence[Any], after: Sequence[Any], size: int, draws: int, seed: int
) -> list[pd.DataFrame]:
    """Lines of one number drawn; none where the records carry no test."""
    count, smallest = lines["coop_id"].nunique(), setting("smallest_effect")
    share = float(lines.loc[lines["book_year"].isin(after), outcome].notna().mean())
    try:
        found = power_curve(lines, outcome, before, after, (round(size * share),), (smallest,), setting("power"), seed=seed, draws=draws,
                            n_units=round(count * share), estimator="ancova").data  # fmt: skip
    except (DataError, CallError):  # too few on record before and after, or too few of them drawn
        return []
    roomy = (found["ceiling"] >= smallest).to_numpy()
    found = found.rename(columns=NAMES).assign(drawn_first=size, waiting=count - size)[list(COLUMNS)].replace(math.inf, math.nan)
    for name in ("chance_smallest", "times_too_large", "wrong_sign_share"):
        found[name] = found[name].where(roomy)
    return [found]


def _windows(lines: pd.DataFrame, outcome: str, most_years: int) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Book years before and after, the last ones in which enough is known; empty where there aren't two."""
    share = lines[outcome].notna().groupby(lines["book_year"]).mean()
    years = sorted(int(year) for year in share.index[share >= 1 - setting("unknown_share")])
    after = min(most_years, len(years) // 2)
    if not after:
        return (), ()
    before = min(BEFORE, len(years) - after)
    return tuple(years[-after - before : -after]), tuple(years[-after:])


def _known(value: float) -> float | None:
    return None if value is None or math.isnan(value) else float(value)
