"""Who is who: normal forms of names and legal numbers, cooperative ids, and ranked candidates for a person to confirm."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from kopanalysis.errors import CallError
from kopanalysis.loaders.regions import place_key
from kopanalysis.loaders.words import is_missing, plain_words

LINKS_FILE = "links.csv"
SMALLEST_SCORE = 60.0
_LONG_TYPES = (
    ("simpan pinjam dan pembiayaan syariah", "kspps"), ("jasa keuangan syariah", "kjks"), ("simpan pinjam", "ksp"), ("serba usaha", "ksu"),
    ("unit desa", "kud"), ("pegawai republik indonesia", "kpri"), ("kp ri", "kpri"), ("pegawai negeri", "kpn"), ("unit nagari", "kun"),
    ("wanita", "kopwan"), ("produsen", "produsen"), ("konsumen", "konsumen"), ("pemasaran", "pemasaran"), ("jasa", "jasa"),
)  # fmt: skip
_LONG_STARTS = frozenset(text.split()[0] for text, _ in _LONG_TYPES)
_TYPES = frozenset(
    {"ksp", "ksu", "kud", "kpri", "kpn", "kun", "kjks", "kspps", "kopwan", "produsen", "konsumen", "pemasaran", "jasa", "kopkar", "koptan"}
)
_GENERIC = ("koperasi", "kop", "primer", "prim")
_ROMAN = {roman: str(n) for n, roman in enumerate(("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii"), start=1)}
_YEAR_END = re.compile(r"/(\d{2})$")


@lru_cache(maxsize=300_000)
def split_name(name: str) -> tuple[str, str]:
    """Type and own name of a cooperative in normal form.

    Examples
    --------
    >>> split_name("KOPERASI SIMPAN PINJAM (KSP) Sindang Gadang II")
    ('ksp', 'sindang gadang 2')
    """
    joined = re.sub(r"\b([A-Za-z])\.(?=[A-Za-z]\b)", r"\1", name)
    words = plain_words(joined).split()
    kind = ""
    while words:
        rest = " ".join(words)
        starts = words[0] in _LONG_STARTS
        long = next(((text, short) for text, short in _LONG_TYPES if starts and f"{rest} ".startswith(f"{text} ")), None)
        if words[0] in _GENERIC and len(words) > 1:
            words = words[1:]
        elif words[0] in _TYPES and len(words) > 1 and kind in ("", words[0]):
            kind, words = words[0], words[1:]
        elif long and kind in ("", long[1]) and rest != long[0]:
            kind, words = long[1], words[len(long[0].split()) :]
        else:
            break
    numbered = [_ROMAN.get(word, word) if position or word not in ("i", "v", "x") else word for position, word in enumerate(words)]
    return kind, " ".join(numbered)


def normal_name(name: str) -> str:
    """Bring a name to the form under which names match exactly: case, punctuation, KOPERASI/KOP., spelt-out types, Roman numerals."""
    kind, core = split_name(name)
    return f"{kind} {core}".strip()


@lru_cache(maxsize=300_000)
def normal_legal_number(text: str) -> str:
    """Bring a legal number to its normal form: leading zeros, spaces and TAHUN dropped, a two-digit year at the end spelt out.

    Examples
    --------
    >>> normal_legal_number("006385 / BH/M.KUKM.2/xi/2017")
    '6385/BH/M.KUKM.2/XI/2017'
    """
    upper = re.sub(r"^\s*(NOMOR|NO)\b[\s.:]*", "", text.upper())
    upper = re.sub(r"[\s.]*\b(TAHUN|TH|THN)\b\.?", "", upper.replace("–", "-"))
    tight = re.sub(r"\s+", "/" if "/" not in upper and "-" not in upper else "", upper.strip()).strip("/.,-")
    tight = re.sub(r"^(AHU-)?0+(?=\d)", r"\1", tight)
    tight = re.sub(r"(?<=BH)/?(?=\d{4}$)", "/", tight)
    if found := _YEAR_END.search(tight):
        year = int(found.group(1))
        tight = f"{tight[: found.start()]}/{year + (2000 if year < 40 else 1900)}"
    return tight if re.search(r"\d", tight) else ""


@dataclass(frozen=True)
class Cooperatives:
    """Every cooperative of the register, and the keys it is found by.

    Attributes
    ----------
    ids : list of str
        ``coop_id`` of each register row, in order.
    by_nik, by_legal, by_full, by_core : mapping
        Key to the ids that carry it; ``by_core`` holds (type, id).
    names : mapping of str to (str, str, str)
        Id to its latest name, kecamatan and NIK.
    """

    ids: list[str]
    by_nik: Mapping[str, set[str]]
    by_legal: Mapping[str, set[str]]
    by_full: Mapping[str, set[str]]
    by_core: Mapping[str, set[tuple[str, str]]]
    names: Mapping[str, tuple[str, str, str]]
    confirmed: Mapping[tuple[str, str], str] = field(default_factory=dict)


def identify(
    niks: Sequence[str | None],
    legals: Sequence[str | None],
    names: Sequence[str | None],
    places: Sequence[str | None],
    snapshots: Sequence[Any],
) -> Cooperatives:
    """Give every register row its ``coop_id``: NIK, else legal number, else name and kecamatan.

    A row without NIK that shares its legal number, or its normal name and kecamatan, with exactly one cooperative already known is
    that cooperative: snapshots of different years are joined that way. In one snapshot a second legal number is a second registration.

    Parameters
    ----------
    niks, legals, names, places : sequences of str or None
        Columns of the register rows, one entry a row; at least one of the first three is given in each.
    snapshots : sequence
        Snapshot date of each row.
    """
    legal_keys = [normal_legal_number(text) if text else "" for text in legals]
    name_keys = [(normal_name(name), place_key(place or "")) if name else None for name, place in zip(names, places, strict=True)]
    by_legal: dict[str, set[str]] = defaultdict(set)
    by_place: dict[tuple[str, str], set[str]] = defaultdict(set)
    seen: dict[tuple[str, Any], set[str]] = defaultdict(set)
    ids: list[str] = [""] * len(niks)
    for wave in ("nik", "legal", "name"):
        for row, nik in enumerate(niks):
            if ids[row] or (wave == "nik" and not nik) or (wave == "legal" and not legal_keys[row]):
                continue
            ids[row] = _row_id(nik, legal_keys[row], name_keys[row], snapshots[row], by_legal, by_place, seen)
            seen[ids[row], snapshots[row]].add(legal_keys[row])
            if legal_keys[row]:
                by_legal[legal_keys[row]].add(ids[row])
            if (name_key := name_keys[row]) is not None:
                by_place[name_key].add(ids[row])
    return _index(ids, niks, legal_keys, names, places)


def _row_id(
    nik: str | None,
    legal: str,
    name: tuple[str, str] | None,
    snapshot: Any,
    by_legal: Mapping[str, set[str]],
    by_place: Mapping[tuple[str, str], set[str]],
    seen: Mapping[tuple[str, Any], set[str]],
) -> str:
    if nik:
        return f"nik:{nik}"
    known = by_legal.get(legal, set()) if legal else set()
    if len(known) == 1:
        return next(iter(known))
    known = by_place.get(name, set()) if name and not known else set()
    if len(known) == 1:
        found = next(iter(known))
        beside = seen.get((found, snapshot), set()) - {"", legal}
        if not (legal and beside):
            return found
    if legal:
        return f"bh:{legal}"
    return f"nama:{'|'.join(name or ('', ''))}"


def _index(
    ids: list[str], niks: Sequence[str | None], legals: Sequence[str], names: Sequence[str | None], places: Sequence[str | None]
) -> Cooperatives:
    by_nik: dict[str, set[str]] = defaultdict(set)
    by_legal: dict[str, set[str]] = defaultdict(set)
    by_full: dict[str, set[str]] = defaultdict(set)
    by_core: dict[str, set[tuple[str, str]]] = defaultdict(set)
    latest: dict[str, tuple[str, str, str]] = {}
    for coop, nik, legal, name, place in zip(ids, niks, legals, names, places, strict=True):
        if nik:
            by_nik[nik].add(coop)
        if legal:
            by_legal[legal].add(coop)
        if name:
            kind, core = split_name(name)
            by_full[normal_name(name)].add(coop)
            by_core[core].add((kind, coop))
        old = latest.get(coop, ("", "", ""))
        latest[coop] = (name or old[0], place or old[1], nik or old[2])
    return Cooperatives(ids, by_nik, by_legal, by_full, by_core, latest)


@dataclass(frozen=True)
class Match:
    """What became of one identity: the cooperative, or why there is none, and an oddity worth a warning."""

    coop_id: str | None
    reason: str = ""
    column: str = ""


def find_cooperative(known: Cooperatives, table: str, nik: str | None, name: str | None) -> Match:
    """Find the cooperative that a row speaks of: a confirmed link, NIK, exact normal form of name or legal number; nothing by likeness.

    Parameters
    ----------
    known : Cooperatives
    table : str
        Canonical table, since a link may be confirmed for one table only.
    nik, name : str or None
    """
    for value in (nik, name):
        confirmed = _confirmed(known, table, value)
        if confirmed:
            return Match(confirmed)
    by_name = names_match(known, name) if name else set()
    by_nik = known.by_nik.get(nik, set()) if nik else set()
    if by_nik:
        found = next(iter(by_nik))
        odd = bool(by_name) and found not in by_name
        return Match(found, "link_ambiguous.names" if odd else "", "name")
    if len(by_name) == 1:
        return Match(next(iter(by_name)), "link_missing.nik" if nik else "", "nik")
    by_legal = known.by_legal.get(normal_legal_number(name), set()) if name and not by_name else set()
    if len(by_legal) == 1:  # an office may write the legal number where the name belongs
        return Match(next(iter(by_legal)), "link_missing.nik" if nik else "", "nik")
    return Match(None, "link_ambiguous" if by_name else "link_missing", "name" if name else "nik")


def _confirmed(known: Cooperatives, table: str, value: str | None) -> str | None:
    if not value or not known.confirmed:
        return None
    key = normal_name(value)
    return known.confirmed.get((table, key)) or known.confirmed.get(("", key))


def names_match(known: Cooperatives, name: str) -> set[str]:
    """Ids whose name is the same in normal form; a type left out on one side ("Koperasi X" for "KSP X") doesn't divide them."""
    full = known.by_full.get(normal_name(name), set())
    if full:
        return set(full)
    kind, core = split_name(name)
    return {coop for other, coop in known.by_core.get(core, set()) if not kind or not other}


def candidates(known: Cooperatives, name: str, limit: int = 5) -> list[dict[str, Any]]:
    """Cooperatives whose names resemble this one, best first: ``coop_id, candidate, kecamatan, nik, score, why``."""
    from rapidfuzz import fuzz, process

    kind, core = split_name(name)
    choices = {coop: split_name(known.names[coop][0])[1] for coop in known.names if known.names[coop][0]}
    found = process.extract(core, choices, scorer=fuzz.token_sort_ratio, score_cutoff=SMALLEST_SCORE, limit=limit)
    ranked = []
    for other, score, coop in found:
        label, place, nik = known.names[coop]
        same_kind = kind == split_name(label)[0]
        why = "same name, another type" if other == core else "similar name, same type" if same_kind else "similar name"
        ranked.append({"coop_id": coop, "candidate": label, "kecamatan": place, "nik": nik, "score": round(score, 1), "why": why})
    return ranked


def read_links(folder: Path, known: Cooperatives, elsewhere: Collection[str] = ()) -> dict[tuple[str, str], str]:
    """Links a person has confirmed in ``links.csv`` (columns ``table, value, nik`` or ``coop_id``, ``confirmed``).

    ``elsewhere`` holds the NIKs of a folder of several districts, of which ``known`` is one: a link to another one's cooperative is no
    fault.

    Raises
    ------
    CallError
        When columns are missing, or a confirmed line names a cooperative that the register doesn't have.
    """
    path = folder / LINKS_FILE
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter=_delimiter(path)))
    if rows and not ({"value", "confirmed"} <= set(rows[0]) and {"nik", "coop_id"} & set(rows[0])):
        raise CallError("links.csv lacks a column", str(path), "It needs table, value, nik (or coop_id), confirmed.")
    confirmed: dict[tuple[str, str], str] = {}
    for number, row in enumerate(rows, start=2):
        if plain_words(row.get("confirmed") or "") not in ("ya", "yes", "y", "1", "x", "true", "benar"):
            continue
        coop = _named(row, known)
        if coop is None and elsewhere and _is_elsewhere(row, elsewhere):
            continue
        if coop is None:
            raise CallError("a confirmed link names an unknown cooperative", f"{LINKS_FILE}, row {number}", "Give the NIK of the register.")
        confirmed[(row.get("table") or "").strip(), normal_name(row["value"])] = coop
    return confirmed


def _is_elsewhere(row: Mapping[str, str], niks: Collection[str]) -> bool:
    """Whether a link may name another district's cooperative; one known by its name or legal number alone gets the benefit of the doubt."""
    nik, coop = (row.get("nik") or "").strip(), (row.get("coop_id") or "").strip()
    return nik in niks or coop.removeprefix("nik:") in niks or coop.startswith(("bh:", "nama:"))


def answered(lines: Iterable[Mapping[str, str]], known: Cooperatives) -> dict[tuple[str, str], str]:
    """Links confirmed in mended returns; one that names a cooperative the register doesn't have is no answer, and its row stays aside."""
    named = ((line, _named(line, known)) for line in lines)
    return {(line["table"], normal_name(line["value"])): coop for line, coop in named if coop}


def _delimiter(path: Path) -> str:
    head = path.read_text(encoding="utf-8-sig").partition("\n")[0]
    return ";" if head.count(";") > head.count(",") else ","


def _named(row: Mapping[str, str], known: Cooperatives) -> str | None:
    nik, coop = (row.get("nik") or "").strip(), (row.get("coop_id") or "").strip()
    found = known.by_nik.get(nik, set())
    if len(found) == 1:
        return next(iter(found))
    return coop if coop in known.names else None


def group_key(name: str) -> str:
    """Bring a farmer group's name to its normal form."""
    words = plain_words(name).split()
    while len(words) > 1 and words[0] in ("kelompok", "klp", "kel", "kelp", "tani", "ternak", "tanternak", "keltan", "poktan", "kt"):
        words = words[1:]
    return " ".join(_ROMAN.get(word, word) if position else word for position, word in enumerate(words))


def present(values: Iterable[Any]) -> list[Any]:
    """Values that are given."""
    return [value for value in values if not is_missing(value)]
