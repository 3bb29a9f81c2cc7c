"""A phase-in by lot: wave after wave drawn in fair shares, those still waiting being the comparison; its list, balance and calendar."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from kopanalysis.errors import CallError
from kopanalysis.impact.balance import balance
from kopanalysis.impact.eligible import list_hash
from kopanalysis.impact.histories import rows_of
from kopanalysis.impact.lottery import draw_lottery
from kopanalysis.impact.timing import setting
from kopanalysis.lineage import recorded
from kopanalysis.results import Number, Table
from kopanalysis.suppression import Sum

ATTRIBUTES = ("active", "meetings_3y", "age", "members")


def largest_round(eligible: int) -> int:
    """Most that may be trained at once: the plan's share of the list waits."""
    return eligible - math.ceil(eligible * setting("waiting_share") - 1e-6)


def wave_sizes(eligible: int, places: int, waves: int) -> list[int]:
    """How many cooperatives each wave trains.

    Parameters
    ----------
    eligible : int
        Length of the list.
    places : int
        Asked for in the first wave; it gets no more than :func:`largest_round`, since the others are the comparison.
    waves : int
        At least 2; the rest of the list is spread over the later ones, the earlier first.

    Returns
    -------
    list of int

    Raises
    ------
    CallError
        For fewer than 2 waves or a negative number of places.
    """
    if waves < 2 or places < 0:
        raise CallError(f"{places} places in {waves} waves is no phase-in", "places, waves", "At least 2 waves, 0 or more places.")
    first = min(places, largest_round(eligible))
    rest, later = eligible - first, waves - 1
    return [first, *(rest // later + (wave < rest % later) for wave in range(later))]


@recorded
def draw_waves(
    frame: pd.DataFrame, places: int, waves: int = 3, strata: Sequence[str] = (), seed: int = 0, unit: str = "coop_id"
) -> pd.DataFrame:
    """Draw all waves of a phase-in, each by :func:`kopanalysis.draw_lottery` from those still waiting.

    Parameters
    ----------
    frame : pandas.DataFrame
        The eligible list, one row a unit.
    places, waves : int
        As in :func:`wave_sizes`.
    strata : sequence of str
        Columns; every wave takes its fair share of each.
    seed : int
        The first wave is drawn with it, the second with the next number, and so on.
    unit : str

    Returns
    -------
    pandas.DataFrame
        The frame with ``wave`` (1 is first) and ``order`` (1 is first, over all waves), sorted by it.

    Raises
    ------
    CallError, DataError
        As in :func:`wave_sizes` and :func:`kopanalysis.draw_lottery`.
    """
    sizes = wave_sizes(len(frame), places, waves)
    rest, drawn = frame, []
    for wave, size in enumerate(sizes, 1):
        lot = draw_lottery(rest, size, strata, seed + wave - 1, unit)
        chosen = lot[lot["drawn"]]
        drawn.append(chosen.assign(wave=wave, order=chosen["order"] + sum(sizes[: wave - 1])).drop(columns="drawn"))
        rest = rest.loc[lot.index[~lot["drawn"]]]
    return pd.concat(drawn).sort_values("order", kind="stable")


@recorded
def wave_calendar(drawn: pd.DataFrame, first_year: int, wait_years: int, waves: int = 3) -> Table:
    """Who is trained when, who still waits then, and when the comparison can be read.

    Parameters
    ----------
    drawn : pandas.DataFrame
        From :func:`draw_waves`.
    first_year : int
        Calendar year in whose second half the first wave is trained: the meeting about that book year is the first that can show it.
    wait_years : int
        Book years between two waves.
    waves : int

    Returns
    -------
    Table
        ``wave, cooperatives, waiting, trained_year, first_book_year, last_book_year, read_year``; the comparison of a wave lasts until the
        next is trained, its last meeting is read by the middle of ``read_year``; the last wave has none. Numbers ``next.wave.<wave>``,
        ``next.waiting.<wave>``, ``next.waves`` (waves with anyone in them).
    """
    sizes = drawn["wave"].value_counts() if len(drawn) else pd.Series(dtype=int)
    counts = [int(sizes.get(wave, 0)) for wave in range(1, waves + 1)]
    records, numbers, rows = [], [], rows_of(drawn)
    for line, count in enumerate(counts):
        year, waiting = first_year + line * wait_years, sum(counts[line + 1 :])
        last = year + wait_years - 1 if waiting else None
        records.append({"wave": line + 1, "cooperatives": count, "waiting": waiting, "trained_year": year, "first_book_year": year,
                        "last_book_year": last, "read_year": last + 1 if last else None})  # fmt: skip
        for name, value in (("wave", count), ("waiting", waiting)):
            cell = (line, "cooperatives" if name == "wave" else "waiting")
            numbers.append(Number(f"next.{name}.{line + 1}", value, "cooperatives", n=len(drawn), method="lottery", rows=rows, cell=cell))
    numbers.append(Number("next.waves", sum(count > 0 for count in counts), "rows", n=len(drawn), method="lottery", rows=rows))
    data = pd.DataFrame(records).astype({"last_book_year": "Int64", "read_year": "Int64"})
    drawn_in = [(line, "cooperatives") for line in range(waves)]
    sums = (Sum(tuple(drawn_in)), *(Sum(tuple(drawn_in[line + 1 :]), (line, "waiting")) for line in range(waves - 1)))
    return Table("lottery_calendar", data, ("cooperatives", "waiting"), sums=sums, numbers=tuple(numbers), rows=rows)


@recorded
def wave_shares(drawn: pd.DataFrame, by: str) -> Table:
    """How the waves fall on the values of a column: each has its share within one, where it is a stratum.

    Parameters
    ----------
    drawn : pandas.DataFrame
        From :func:`draw_waves`.
    by : str

    Returns
    -------
    Table
        ``<by>, eligible, first_wave, later_waves``.
    """
    value = drawn[by].fillna("")
    counts = pd.DataFrame({"eligible": 1, "first_wave": drawn["wave"] == 1, "later_waves": drawn["wave"] > 1}).astype(int)
    data = counts.groupby(value).sum().rename_axis(by).reset_index()
    return Table(f"lottery_by_{by}", data, ("first_wave", "later_waves"), "eligible", additive=True, rows=rows_of(drawn))


@recorded
def wave_balance(drawn: pd.DataFrame) -> Table:
    """How alike the first wave and those who wait are before anything happens.

    Parameters
    ----------
    drawn : pandas.DataFrame
        From :func:`draw_waves`.

    Returns
    -------
    Table
        ``attribute, first_wave_mean, waiting_mean, normalised, flagged`` (1 beyond the plan's limit), for what is on record of both.
        Numbers ``next.balance.checked``, ``next.balance.flagged``.
    """
    first = drawn.assign(first=(drawn["wave"] == 1).astype(int)) if len(drawn) else drawn
    known = [name for name in ATTRIBUTES if len(drawn) and (first.groupby("first")[name].count() > 0).sum() == 2]
    found = balance(first, "first", known).data if known else pd.DataFrame(columns=["covariate"])
    data = pd.DataFrame(
        {
            "attribute": found["covariate"],
            "first_wave_mean": found.get("mean_treated", pd.Series(dtype=float)),
            "waiting_mean": found.get("mean_untreated", pd.Series(dtype=float)),
            "normalised": found.get("normalised_difference", pd.Series(dtype=float)),
            "flagged": found.get("flagged", pd.Series(dtype=bool)).astype(int),
        }
    )
    rows = rows_of(drawn)
    numbers = (
        Number("next.balance.checked", len(data), "rows", n=len(drawn), method="normalised difference", rows=rows),
        Number("next.balance.flagged", int(data["flagged"].sum()), "rows", n=len(drawn), method="normalised difference", rows=rows),
    )
    return Table("lottery_balance", data, numbers=numbers, rows=rows)


@recorded
def wave_list(drawn: pd.DataFrame, strata: Sequence[str], seed: int, seed_source: str = "", day: str = "") -> Table:
    """The list as it is decreed: every cooperative with wave and order, and on each line what anyone needs to draw it again.

    Parameters
    ----------
    drawn : pandas.DataFrame
        From :func:`draw_waves`.
    strata : sequence of str
    seed : int
        As drawn with; 0 is a trial draw.
    seed_source : str
        Where the seed came from, as published.
    day : str
        ISO date of the list.

    Returns
    -------
    Table
        ``wave, order, name, nik, kecamatan, nagari, status, seed, seed_source, list_hash, strata, list_day``. It names cooperatives.
    """
    if not len(drawn):
        return Table("lottery_list", pd.DataFrame(), names_units=True)
    kept = drawn.sort_values("order")[["wave", "order", "name", "nik", "kecamatan", "nagari", "status"]].reset_index(drop=True)
    fingerprint, within = list_hash(drawn, strata), ", ".join(strata)
    data = kept.assign(seed=seed, seed_source=seed_source, list_hash=fingerprint, strata=within, list_day=day)
    return Table("lottery_list", data, names_units=True, rows=rows_of(drawn))


@recorded
def lottery_facts(drawn: pd.DataFrame, strata: Sequence[str], seed: int, seed_source: str = "") -> Table:
    """What has to be published about a draw, before it and after it.

    Parameters
    ----------
    drawn, strata, seed, seed_source
        As in :func:`wave_list`.

    Returns
    -------
    Table
        ``draw_fact, fact``: strata, fingerprint, seed and its source (missing for a trial draw).
    """
    facts = {
        "strata": ", ".join(strata) or None, "list_hash": in_blocks(list_hash(drawn, strata)) if len(drawn) else None,
        "seed": str(seed) if seed else None, "seed_source": seed_source or None,
    }  # fmt: skip
    data = pd.DataFrame({"draw_fact": list(facts), "fact": list(facts.values())})
    return Table("lottery_facts", data, rows=rows_of(drawn))


def in_blocks(fingerprint: str, size: int = 16) -> str:
    """A fingerprint in blocks that a line can break between and an eye can compare."""
    return " ".join(fingerprint[start : start + size] for start in range(0, len(fingerprint), size))
