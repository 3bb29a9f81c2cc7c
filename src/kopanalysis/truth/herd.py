"""The cattle of a synthetic district: the ledger of announced to counted heads, and which farmer group belongs to which cooperative."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from kopanalysis.truth.assignment import Assignment
from kopanalysis.truth.cast import Array

DKS_GROUPS = ("Saiyo", "Satujuan", "Karya Muda Tani", "Harapan Basamo", "Sungai Pauh Sepakat")
DKS_PRICE, APBD_PRICE = 19_500_000, 20_000_000
ROUND_OF_2022 = "25 kelompok (belum ditetapkan)"
BALI_CATTLE = ("Sangir Batang Hari", "Sangir Jujuan", "Sangir Balai Janggo")
# an invented course of events on the published frame (1,000 announced, 500 males contracted):
# event, day, heads of each of the five groups, sex
DKS_EVENTS: tuple[tuple[str, str, tuple[int, ...], str], ...] = (
    ("announced", "2021-09-27", (200, 200, 200, 200, 200), ""),
    ("contracted", "2021-10-18", (100, 100, 100, 100, 100), "male"),
    ("arrived", "2021-11-22", (30, 24, 100, 22, 20), "male"),
    ("rejected", "2021-11-24", (22, 18, 55, 10, 6), "male"),
    ("cancelled", "2022-01-12", (100, 100, 100, 100, 100), "female"),
    ("accepted", "2022-01-14", (8, 6, 45, 12, 14), "male"),
    ("arrived", "2022-03-08", (92, 94, 50, 90, 86), "male"),
    ("rejected", "2022-03-09", (12, 4, 3, 7, 5), "male"),
    ("accepted", "2022-03-10", (80, 90, 47, 83, 81), "male"),
    ("died", "2022-04-19", (3, 0, 2, 1, 0), "male"),
    ("counted", "2022-04-21", (84, 96, 89, 93, 95), "male"),
    ("sold_sick", "2022-06-14", (10, 4, 12, 3, 2), "male"),
    ("died", "2022-08-08", (2, 1, 4, 2, 1), "male"),
    ("sold", "2022-12-05", (16, 30, 21, 25, 40), "male"),
    ("counted", "2023-05-15", (50, 58, 23, 55, 49), "male"),
    ("sold", "2023-09-20", (22, 24, 8, 30, 20), "male"),
    ("redistributed", "2024-02-13", (6, 0, 0, 4, 0), "male"),
    ("counted", "2024-06-23", (18, 31, 12, 17, 26), "male"),
)


def draw_herd(
    rng: np.random.Generator, assignment: Assignment, kecamatan: tuple[str, ...], group_names: Array
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw the herd ledger and the links from farmer groups to cooperatives.

    The five DKS groups belong to one cooperative. District money (APBD) goes to 7 groups of 20 heads accepted in January 2022,
    is announced for
    500 heads in 2022 and postponed, and goes to 22 groups (450 heads) in 2023; about half of the groups belong to no cooperative.

    Parameters
    ----------
    rng : numpy.random.Generator
    assignment : Assignment
    kecamatan : tuple of str
        Its kecamatan.
    group_names : array of str
        At least 29 distinct invented names.

    Returns
    -------
    tuple of pandas.DataFrame
        ``cattle`` (columns of the canonical table, ``coop`` a position, -1 where none is written) and ``groups``.
    """
    names = iter(f"Kelompok Tani Contoh {name}" for name in group_names)
    owned = {year: np.flatnonzero(assignment.cattle_cohort == year) for year in (2022, 2023)}
    first = [coop for coop in owned[2022] if coop != assignment.desa_korporasi]
    rounds = [_round(rng, names, first, 7, 2021, kecamatan), _round(rng, names, list(owned[2023]), 22, 2023, kecamatan)]
    events = [*_dks(assignment.desa_korporasi), *_announced_2022(), *(event for one in rounds for event in _apbd(rng, *one))]
    links = [(group, assignment.desa_korporasi, "2021-08-03") for group in DKS_GROUPS]
    links += [(group, coop, f"{year}-11-0{1 + i % 9}") for groups, year, _ in rounds for i, (group, coop) in enumerate(groups) if coop >= 0]
    columns = ["date", "group_name", "coop", "fund", "event", "heads", "sex", "breed", "value_idr", "document"]
    cattle = pd.DataFrame(events, columns=columns).sort_values("date", kind="stable", ignore_index=True)
    return cattle, pd.DataFrame(links, columns=["group_name", "coop", "checked_on"])


def _dks(coop: int) -> Iterator[tuple[Any, ...]]:
    for event, day, heads, sex in DKS_EVENTS:
        for group, number in zip(DKS_GROUPS, heads, strict=True):
            if number:
                paid = number * DKS_PRICE if event == "accepted" else number * 4_000_000 if event == "sold_sick" else None
                document = f"BAST-DKS/{day[:7]}/{group.split()[0]}" if event == "accepted" else ""
                yield day, group, coop, "DKS", event, number, sex, "Simmental", paid, document


def _announced_2022() -> Iterator[tuple[Any, ...]]:
    yield "2022-01-05", ROUND_OF_2022, -1, "APBD", "announced", 500, "", "", 8_500_000_000, ""
    yield "2022-05-18", ROUND_OF_2022, -1, "APBD", "postponed", 500, "", "", None, ""


def _round(
    rng: np.random.Generator, names: Iterator[str], owners: list[Any], size: int, year: int, kecamatan: tuple[str, ...]
) -> tuple[list[tuple[str, int]], int, list[str]]:
    size = max(size, len(owners))
    owner = [int(coop) for coop in owners] + [-1] * (size - len(owners))
    where = [kecamatan[i % len(kecamatan)] for i in range(size)]
    return [(next(names), owner[i]) for i in rng.permutation(size)], year, where


def _apbd(rng: np.random.Generator, groups: list[tuple[str, int]], year: int, where: list[str]) -> Iterator[tuple[Any, ...]]:
    announced, accepted, counted = ("2021-03-15", "2022-01-1", "2022-11-2") if year == 2021 else ("2023-08-29", "2023-11-2", "2024-10-1")
    heads = 20 if year == 2021 else 450 / 22
    for i, (group, coop) in enumerate(groups):
        number = round(heads * (i + 1)) - round(heads * i)
        breed = "Bali" if where[i] in BALI_CATTLE else "PO"
        died, sold, born = int(rng.poisson(0.8)), int(rng.poisson(1.5)), int(rng.poisson(2.5))
        gap = int(rng.poisson(0.4))
        common = (group, coop, "APBD")
        yield announced, *common, "announced", number, "female", breed, number * APBD_PRICE, ""
        yield f"{accepted}{i % 9}", *common, "accepted", number, "female", breed, number * APBD_PRICE, f"BAST/{year}/{i + 1:02d}"
        for event, heads_now, value in (("born", born, None), ("died", died, None), ("sold", sold, sold * 11_000_000)):
            if heads_now:
                yield (
                    f"{int(counted[:4])}-0{5 + i % 5}-1{i % 9}",
                    *common,
                    event,
                    heads_now,
                    "" if event == "born" else "female",
                    breed,
                    value,
                    "",
                )
        yield f"{counted}{i % 9}", *common, "counted", number + born - died - sold - gap, "", breed, None, ""
