"""Regions by code and by name: Kemendagri and BPS codes kept apart, spelling variants of kecamatan and nagari."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from kopanalysis.errors import CallError
from kopanalysis.loaders.words import plain_words
from kopanalysis.resources import resource

_SOUNDS = {
    "lubuak": "lubuk", "pauah": "pauh", "gantiang": "ganting", "tangah": "tengah", "pasia": "pasir", "sarumpun": "serumpun",
    "batanghari": "batang hari", "muaralabuh": "muara labuh", "diatas": "diateh", "btg": "batang", "sei": "sungai", "sg": "sungai",
}  # fmt: skip
_ALIASES = {"kpgd": "Koto Parik Gadang Diateh", "sangir induk": "Sangir"}
_LEVEL_WORDS = ("provinsi", "kabupaten", "kab", "kota", "kecamatan", "kec", "nagari", "kelurahan", "desa", "wali")


@dataclass(frozen=True)
class Region:
    """One region of the official list.

    Attributes
    ----------
    level : str
        ``provinsi``, ``kabupaten``, ``kota``, ``kecamatan`` or ``nagari``.
    name : str
        Official name.
    kemendagri_code : str
        With its dots (``13.11``): the code this package uses everywhere.
    bps_code : str
        Statistics office's code (``1310``), another numbering: never derived from the other; empty outside West Sumatra, where this
        list doesn't know it.
    parent : str
        Kemendagri code of the region above; empty for a province.
    """

    level: str
    name: str
    kemendagri_code: str
    bps_code: str
    parent: str


@lru_cache(maxsize=1)
def all_regions() -> tuple[Region, ...]:
    """Every region of ``data/published/regions.csv``, codes as text."""
    with resource("data", "published", "regions.csv").open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines)
        return tuple(Region(r["level"], r["name"], r["kemendagri_code"], r["bps_code"], r["parent"]) for r in rows)


@lru_cache(maxsize=1)
def _by_code() -> dict[tuple[str, str], Region]:
    kemendagri = {("kemendagri", region.kemendagri_code): region for region in all_regions()}
    return kemendagri | {("bps", region.bps_code): region for region in all_regions() if region.bps_code}


def region(code: str | None = None, *, bps: str | None = None) -> Region:
    """Look a region up by its code, given as text.

    Parameters
    ----------
    code : str, optional
        Kemendagri code with its dots, such as ``"13.11"``.
    bps : str, optional
        BPS code, such as ``"1310"``; exactly one of the two.

    Returns
    -------
    Region

    Raises
    ------
    CallError
        When the code isn't text (13.10 as a number is 13.1), has lost its dots, or isn't in the list.

    Examples
    --------
    >>> region("13.11").name, region(bps="1311").name
    ('Solok Selatan', 'Dharmasraya')
    """
    if (code is None) == (bps is None):
        raise CallError("give exactly one code", "region", 'Write region("13.11") or region(bps="1310").')
    system, given = ("kemendagri", code) if bps is None else ("bps", bps)
    if not isinstance(given, str):
        raise CallError(f"region code {given!r} is a number", "region", 'Give it as text: as a number 13.10 becomes 13.1. Write "13.11".')
    found = _by_code().get((system, given.strip()))
    if found is None:
        raise CallError(f"region code {given!r} is not known", "region", _how_to_mend(system, given.strip()))
    return found


def _how_to_mend(system: str, given: str) -> str:
    head, _, tail = given.rpartition(".")
    if system == "kemendagri" and head and len(tail) == 1:
        return f'A spreadsheet drops the last zero of a code kept as a number: did you mean "{given}0" or "{head}.0{tail}"? Codes are text.'
    if system == "kemendagri" and (other := _by_code().get(("bps", given))):
        return f'Without a dot it is a BPS code: region(bps="{given}") is {other.name}; its Kemendagri code is "{other.kemendagri_code}".'
    if system == "bps" and (other := _by_code().get(("kemendagri", given))):
        return f'With a dot it is a Kemendagri code: region("{given}") is {other.name}; its BPS code is "{other.bps_code}".'
    return "data/published/regions.csv lists the codes; Kemendagri codes have dots (13.11), BPS codes have none (1310)."


@lru_cache(maxsize=5_000)
def place_key(text: str) -> str:
    """Bring a place name to its normal form: level words dropped, Minang and Indonesian spellings made one, no spaces."""
    words = plain_words(text).split()
    while len(words) > 1 and words[0] in _LEVEL_WORDS:
        words = words[1:]
    words = _ALIASES.get(" ".join(words), " ".join(words)).lower().split()
    return "".join(_SOUNDS.get(word, word).replace(" ", "") for word in words)


@lru_cache(maxsize=1)
def _by_name() -> dict[tuple[str, str], list[Region]]:
    names: dict[tuple[str, str], list[Region]] = {}
    for entry in all_regions():
        level = "kabupaten" if entry.level == "kota" else entry.level
        names.setdefault((level, place_key(entry.name)), []).append(entry)
    return names


@lru_cache(maxsize=5_000)
def find_district(text: str, default_level: str = "") -> Region | None:
    """Kabupaten or kota by the name or code in a cell; None where it is unknown or could be two (a bare "Solok").

    Parameters
    ----------
    text : str
        "Kab. Solok Selatan", "Kota Solok", "13.11". A code without its dot is never read.
    default_level : str, optional
        ``"kabupaten"`` where a heading has already said that it isn't a city.
    """
    given = text.strip()
    by_code = _by_code().get(("kemendagri", given))
    if by_code and by_code.level in ("kabupaten", "kota"):
        return by_code
    words = plain_words(given).split()
    level = "kota" if words[:1] == ["kota"] else "kabupaten" if words[:1] in (["kabupaten"], ["kab"]) else default_level
    found = _by_name().get(("kabupaten", place_key(given)), [])
    if level and len(found) > 1:
        found = [entry for entry in found if entry.level == level]
    return found[0] if len(found) == 1 else None


@lru_cache(maxsize=5_000)
def find_place(level: str, text: str, within: str = "") -> Region | None:
    """Kecamatan or nagari by name, inside the region whose Kemendagri code is ``within``; None where unknown or not unique."""
    by_code = _by_code().get(("kemendagri", text.strip()))
    if by_code and by_code.level == level:
        return by_code
    found = [entry for entry in _by_name().get((level, place_key(text)), []) if entry.kemendagri_code.startswith(within)]
    return found[0] if len(found) == 1 else None


@lru_cache(maxsize=1_000)
def has_children(code: str) -> bool:
    """Whether the list goes below this region, so that names in it can be checked."""
    return any(entry.parent == code for entry in all_regions())


def district_of_nik(nik: Any) -> Region | None:
    """District a cooperative's NIK was given in: its first four digits are the BPS code."""
    return _by_code().get(("bps", nik[:4])) if isinstance(nik, str) and len(nik) == 13 else None
