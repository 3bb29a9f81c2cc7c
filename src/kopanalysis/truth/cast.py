"""Who is in a synthetic district: places, invented names, founding dates, days on and off the register."""

from __future__ import annotations

import csv
import functools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kopanalysis.errors import CallError
from kopanalysis.resources import resource

Array = NDArray[Any]

HEADLINE = np.datetime64("2022-08-25")
NEVER = np.datetime64("2999-12-31")
SHARES = {
    "founded_2017": 5,
    "founded_2018": 2,
    "entered_late": 14,
    "young": 6,
    "wave": 29,
    "livestock": 20,
    "savings": 39,
    "cohort_2019": 15,
    "blocked": 9,
}
SHARES_OF = 127  # the published district: 127 primary cooperatives in August 2022
LATER = ("2022-10-11", "2022-11-22", "2023-02-14", "2023-05-09", "2023-06-20", "2024-03-05", "2024-09-17", "2025-02-11")
KECAMATAN_WEIGHT = {"Sangir": 0.26, "Sungai Pagu": 0.22, "Sangir Balai Janggo": 0.11}  # the others share the rest alike
FIRST_WORDS = (
    "Sinar", "Harapan", "Mitra", "Karya", "Usaha", "Tunas", "Bina", "Cahaya", "Mekar", "Amanah", "Berkah", "Sumber", "Citra", "Bunga",
    "Sari",
    "Puncak", "Rimbo", "Sarana", "Budi", "Jaya", "Mutiara", "Surya", "Permata", "Sentosa", "Makmur", "Lestari", "Bundo", "Gotong", "Guna",
    "Setia", "Teladan", "Rukun", "Wahana", "Pelita", "Fajar", "Bintang", "Tuah", "Padu", "Suka", "Andalas",
)  # fmt: skip
SECOND_WORDS = (
    "Pauh", "Talao", "Sangir", "Bomas", "Abai", "Sitapus", "Talunan", "Malako", "Bidar", "Sampu", "Durian", "Kayu", "Batang", "Muaro",
    "Rabaa", "Kapau", "Liki", "Mudiak", "Ampalu", "Gadang", "Cermin", "Kunyit", "Sundai", "Gantiang", "Pagu", "Sukoharjo", "Tandai", "Liak",
    "Bangun", "Pinang", "Aro", "Camin", "Timbulun", "Manggih", "Ulu", "Simpang", "Taratak", "Kampai", "Kiambang", "Pakan",
)  # fmt: skip


def _listed() -> list[dict[str, str]]:
    with resource("data", "published", "regions.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# Kemendagri code to name, a city with its word: those of West Sumatra first, as the list has them.
DISTRICTS = {
    row["kemendagri_code"]: ("Kota " if row["level"] == "kota" else "") + row["name"]
    for row in _listed()
    if row["level"] in ("kabupaten", "kota")
}


@dataclass(frozen=True)
class Places:
    """Nagari of a district with their kecamatan, in the order of the code lists."""

    nagari: Array
    kecamatan: Array
    kecamatan_code: Array
    kecamatan_names: tuple[str, ...]


@dataclass(frozen=True)
class Cast:
    """Cooperatives of a district as arrays of one length, before anything happens to them.

    Attributes
    ----------
    regency : str
        Name of the district.
    places : Places
    block : array of str
        ``legacy``, ``founded_2017``, ``founded_2018``, ``entered_late``, ``young``, ``later``, ``national`` or ``village``.
    founded, entered : array of datetime64[D]
        Legal date, and first day on this office's register.
    place : array of int
        Position in ``places``.
    ability : array of float
        Lasting difference between cooperatives in the logit of being active.
    """

    regency: str
    places: Places
    block: Array
    founded: Array
    entered: Array
    place: Array
    ability: Array

    def __len__(self) -> int:
        return len(self.block)

    def where(self, *blocks: str) -> Array:
        """Positions of the cooperatives of some blocks."""
        return np.flatnonzero(np.isin(self.block, blocks))


@functools.cache
def read_places(region: str = "13.11") -> Places:
    """Nagari and kecamatan of a district from the published code list; generic ones where the list has none.

    Parameters
    ----------
    region : str
        Kemendagri code of the district.

    Returns
    -------
    Places
    """
    rows = [row for row in _listed() if row["kemendagri_code"].startswith(f"{region}.")]
    kecamatan = {row["kemendagri_code"]: row for row in rows if row["level"] == "kecamatan"}
    nagari = [row for row in rows if row["level"] == "nagari" and row["parent"] in kecamatan]
    if not nagari:
        return _generic_places(region)
    parents = [kecamatan[row["parent"]] for row in nagari]
    names = tuple(row["name"] for row in kecamatan.values())
    return Places(
        _texts(row["name"] for row in nagari), _texts(row["name"] for row in parents), _texts(row["bps_code"] for row in parents), names
    )


def bps_code(region: str) -> str:
    """BPS code of a district from its Kemendagri code, which numbers the same districts differently; its digits where none is listed.

    Raises
    ------
    CallError
        When the code isn't one of :data:`DISTRICTS`.
    """
    if region not in DISTRICTS:
        raise CallError(f"{region} is no district", mend="data/published/regions.csv lists the codes, such as 13.11.")
    return next(row["bps_code"] for row in _listed() if row["kemendagri_code"] == region) or region.replace(".", "")


def titled(region: str) -> str:
    """Full name of a district: ``Kabupaten Agam``, ``Kota Padang``."""
    name = DISTRICTS[region]
    return name if name.startswith("Kota ") else f"Kabupaten {name}"


def _generic_places(region: str) -> Places:
    code = bps_code(region)
    kecamatan = [f"Kecamatan Contoh {number}" for number in range(1, 8)]
    nagari = [(f"Nagari Contoh {k}.{j}", name, f"{code}{k * 10:03d}") for k, name in enumerate(kecamatan, 1) for j in range(1, 6)]
    columns = list(zip(*nagari, strict=True))
    return Places(_texts(columns[0]), _texts(columns[1]), _texts(columns[2]), tuple(kecamatan))


def _texts(values: Any) -> Array:
    return np.array(list(values), dtype=object)


def scaled(name: str, n: int) -> int:
    """How many of a kind a district of ``n`` has, in the proportions of the published one."""
    return round(SHARES[name] * n / SHARES_OF)


def draw_cast(rng: np.random.Generator, n: int, region: str = "13.11", more_young: int = 0) -> Cast:
    """Draw the cooperatives of a district.

    Exactly ``n`` primary cooperatives stand on the register on 25 August 2022; before them come those that the wave of 2018 dissolves,
    after them later registrations and one village cooperative a nagari. Proportions follow the published counts
    (131 at the end of 2016, 136 in December 2017, 109 in March 2019, 127 in August 2022, 131 in 2023).

    Parameters
    ----------
    rng : numpy.random.Generator
    n : int
        Primary cooperatives on 25 August 2022, at least 20.
    region : str
        Kemendagri code.
    more_young : int
        Cooperatives founded in 2020 or 2021 beyond the usual ones (threat ``new_recipients``).

    Returns
    -------
    Cast

    Raises
    ------
    CallError
        When ``n`` is too small for a district.
    """
    if n < 20:
        raise CallError(f"a synthetic district of {n} cooperatives is too small", mend="Use at least 20.")
    places = read_places(region)
    sizes = {name: scaled(name, n) for name in ("founded_2017", "founded_2018", "entered_late", "young")}
    sizes["young"] += more_young
    left_before = scaled("wave", n) + 2
    sizes = {"legacy": n - sum(sizes.values()) + left_before, **sizes, "later": len(LATER), "national": 4, "village": len(places.nagari)}
    block = np.repeat(_texts(sizes), list(sizes.values()))
    founded = np.concatenate([_founded(rng, name, size, more_young) for name, size in sizes.items()])
    entered = np.where(block == "entered_late", _between(rng, "2019-04-01", "2021-11-30", len(block)), founded)
    village = block == "village"
    place = _draw_places(rng, places, len(block))
    place[village] = np.arange(village.sum())
    return Cast(titled(region), places, block, founded, entered, place, rng.normal(0, 0.8, len(block)))


def _founded(rng: np.random.Generator, block: str, size: int, more_young: int) -> Array:
    if block == "later":
        return np.array(LATER[:size], dtype="datetime64[D]")
    if block == "young":
        usual = np.array([f"{2019 + i % 3}-{3 + i % 7:02d}-{5 + 2 * (i % 9):02d}" for i in range(size - more_young)], dtype="datetime64[D]")
        return np.concatenate([usual, _between(rng, "2020-02-01", "2021-10-31", more_young)])
    first, last = {
        "legacy": ("1979-03-01", "2016-09-30"), "founded_2017": ("2017-02-01", "2017-11-30"), "founded_2018": ("2018-02-01", "2018-10-31"),
        "entered_late": ("1996-01-10", "2014-12-20"), "national": ("1994-01-10", "2012-12-20"), "village": ("2025-05-12", "2025-07-11"),
    }[block]  # fmt: skip
    days = _between(rng, first, last, size)
    if block != "legacy":
        return days
    return np.maximum(days, _between(rng, "1981-01-10", "2012-12-20", size))


def _between(rng: np.random.Generator, first: str, last: str, size: int) -> Array:
    start, stop = np.datetime64(first), np.datetime64(last)
    return start + rng.integers(0, int((stop - start).astype(int)) + 1, size)


def _draw_places(rng: np.random.Generator, places: Places, size: int) -> Array:
    named = sum(KECAMATAN_WEIGHT.values())
    others = sum(name not in KECAMATAN_WEIGHT for name in places.kecamatan_names)
    rest = (1 - named) / others if others < len(places.kecamatan_names) else 1 / others
    counts = {name: int((places.kecamatan == name).sum()) for name in places.kecamatan_names}
    weight = np.array([KECAMATAN_WEIGHT.get(name, rest) / counts[name] for name in places.kecamatan])
    place = rng.choice(len(weight), size, p=weight / weight.sum())
    first_of_each = [int(np.flatnonzero(places.kecamatan == name)[0]) for name in places.kecamatan_names]
    place[: len(first_of_each)] = first_of_each
    return place


def invented_names(rng: np.random.Generator, size: int) -> Array:
    """Distinct names of two invented words, a number added once the pairs are used up."""
    pairs = len(FIRST_WORDS) * len(SECOND_WORDS)
    order = np.concatenate([rng.permutation(pairs) + pairs * turn for turn in range(math.ceil(size / pairs))])[:size]
    return _texts(_pair(int(number), pairs) for number in order)


def _pair(number: int, pairs: int) -> str:
    turn, pair = divmod(number, pairs)
    first, second = divmod(pair, len(SECOND_WORDS))
    return f"{FIRST_WORDS[first]} {SECOND_WORDS[second]}" + (f" {turn + 1}" if turn else "")
