"""Rows of different tables meet: ids for the register, links from the other tables, and duplicates taken out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

from kopanalysis.loaders import link
from kopanalysis.loaders.parse import Parsed, set_aside, warn
from kopanalysis.loaders.regions import place_key
from kopanalysis.loaders.tables import TABLES
from kopanalysis.loaders.words import plain_words

Links = dict[tuple[str, str], list[dict[str, Any]]]
_IDENTITY = ("nik", "name", "group_name", "legal_number")


def kept_rows(parsed: Parsed) -> list[int]:
    """Positions of the rows accepted so far."""
    return [index for index in range(len(parsed.rows)) if index not in parsed.dropped]


def identify_rows(
    folder: Path, tables: list[Parsed], answers: Iterable[Mapping[str, str]] = (), elsewhere: Collection[str] = ()
) -> link.Cooperatives:
    """Give register rows their id, oldest snapshot first, and warn about rows of another district.

    ``answers`` are links confirmed in mended returns, as lines of links.csv, which has the last word; ``elsewhere`` are the NIKs of all
    districts, where the tables are those of one.
    """
    rows = [(parsed, index) for parsed in tables if parsed.table == "register" for index in kept_rows(parsed)]
    rows.sort(key=lambda item: item[0].columns["snapshot_date"][item[1]] or date.min)
    keys = ("nik", "legal_number", "name", "kecamatan", "snapshot_date")
    known = link.identify(*([parsed.columns[name][index] for parsed, index in rows] for name in keys))
    for parsed in tables:
        parsed.columns["coop_id"] = [None] * len(parsed.rows)
    for (parsed, index), coop in zip(rows, known.ids, strict=True):
        parsed.columns["coop_id"][index] = coop
    _warn_other_regions(rows)
    return replace(known, confirmed={**link.answered(answers, known), **link.read_links(folder, known, elsewhere)})


def _warn_other_regions(rows: list[tuple[Parsed, int]]) -> None:
    counted = Counter(parsed.columns["region"][index] for parsed, index in rows if parsed.columns["region"][index])
    home, count = counted.most_common(1)[0] if counted else ("", 0)
    if count * 2 <= sum(counted.values()):
        return  # a province's file: no district is the other one
    for parsed, index in rows:
        code = parsed.columns["region"][index]
        if code and code != home:
            warn(parsed, index, "regency", parsed.columns["regency"][index] or parsed.columns["nik"][index], "region_other", code)


def link_rows(tables: list[Parsed], known: link.Cooperatives) -> list[dict[str, Any]]:
    """Match every other table to the register; the farmer groups first, since cattle reach a cooperative through them."""
    links: Links = {}
    for parsed in sorted((p for p in tables if p.table not in ("register", "cattle")), key=lambda p: p.table != "groups"):
        for index in kept_rows(parsed):
            _link_row(parsed, index, known, links)
    groups = _group_links(tables)
    for parsed in tables:
        if parsed.table == "cattle":
            for index in kept_rows(parsed):
                _link_cattle(parsed, index, known, groups, links)
    return [line for lines in links.values() for line in lines]


def _link_row(parsed: Parsed, index: int, known: link.Cooperatives, links: Links) -> None:
    nik, name = parsed.columns["nik"][index], parsed.columns["name"][index]
    if not known.names:  # nothing to compare with: the row's own key names it
        parsed.columns["coop_id"][index] = f"nik:{nik}" if nik else f"nama:{link.normal_name(name)}|"
        return
    match = link.find_cooperative(known, parsed.table, nik, name)
    parsed.columns["coop_id"][index] = match.coop_id
    if match.coop_id is None:
        _offer(parsed, index, known, match, links)
        set_aside(parsed, index, match.column, name or nik, match.reason)
    elif match.reason:
        warn(parsed, index, match.column, name if match.column == "name" else nik, match.reason)


def _offer(parsed: Parsed, index: int, known: link.Cooperatives, match: link.Match, links: Links) -> None:
    """List candidates once for each spelling; more rows of it only count."""
    name = parsed.columns["name"][index] or ""
    value = name or parsed.columns["nik"][index]
    key = (parsed.table, value)
    if key in links:
        for line in links[key]:
            line["rows"] += 1
        return
    base = {
        "table": parsed.table, "value": value, "file": parsed.place.file, "sheet": parsed.place.sheet, "row": parsed.rows[index],
        "rows": 1, "reason": match.reason,
    }  # fmt: skip
    nothing: dict[str, Any] = {"coop_id": None, "candidate": None, "kecamatan": None, "nik": None, "score": None, "why": "nothing similar"}
    found = link.candidates(known, name) if name else []
    links[key] = [{**base, **candidate, "confirmed": None} for candidate in found or [nothing]]


def _group_links(tables: list[Parsed]) -> dict[str, set[str]]:
    groups: dict[str, set[str]] = defaultdict(set)
    for parsed in tables:
        if parsed.table == "groups":
            for index in kept_rows(parsed):
                groups[link.group_key(parsed.columns["group_name"][index])].add(parsed.columns["coop_id"][index])
    return groups


def _link_cattle(parsed: Parsed, index: int, known: link.Cooperatives, groups: Mapping[str, set[str]], links: Links) -> None:
    """Recipients are farmer groups: one without a link keeps its row, without a cooperative and with a warning."""
    nik, name, group = (parsed.columns[column][index] for column in ("nik", "name", "group_name"))
    match = link.find_cooperative(known, "cattle", nik, name) if nik or name else link.Match(None)
    through = groups.get(link.group_key(group), set()) if group else set()
    coop = match.coop_id or (next(iter(through)) if len(through) == 1 else None)
    parsed.columns["coop_id"][index] = coop
    if coop is None:
        if name:
            _offer(parsed, index, known, match, links)
        reason = "link_ambiguous" if len(through) > 1 or match.reason == "link_ambiguous" else "link_missing.group"
        warn(parsed, index, "group_name" if group else match.column, group or name or nik, reason)


def drop_duplicates(tables: list[Parsed]) -> None:
    """Of rows with one key the latest by date, else the first, is kept; no key is sought where part of it is missing."""
    for name, table in TABLES.items():
        first: dict[tuple[Any, ...], tuple[Parsed, int]] = {}
        again: dict[tuple[Any, ...], list[tuple[Parsed, int]]] = {}  # few: lists for every key would double the memory
        for parsed in tables:
            if parsed.table == name:
                for index in kept_rows(parsed):
                    key = tuple(_key_part(column, parsed.columns[column][index]) for column in table.keys)
                    if _is_whole(name, key) and first.setdefault(key, (parsed, index)) != (parsed, index):
                        again.setdefault(key, [first[key]]).append((parsed, index))
        for rows in again.values():
            _keep_latest(rows, table.latest_by)


def _key_part(column: str, value: Any) -> Any:
    if value is None or value != value:
        return None
    if column == "group_name":
        return link.group_key(value)
    return plain_words(value) if isinstance(value, str) and column not in ("coop_id", "causes") else value


def _is_whole(table: str, key: tuple[Any, ...]) -> bool:
    """Tell whether a key is whole: a ledger line is a duplicate only with its document, a meeting only with its year."""
    return key[0] is not None and (table in ("cattle", "training", "health", "findings", "register") or None not in key)


def _keep_latest(rows: list[tuple[Parsed, int]], latest_by: tuple[str, ...]) -> None:
    def rank(item: tuple[Parsed, int]) -> tuple[date, ...]:
        return tuple(item[0].columns[column][item[1]] or date.min for column in latest_by)

    best = max(range(len(rows)), key=lambda position: rank(rows[position]))  # the first of equals
    kept, kept_index = rows[best]
    place = f"{kept.place.file}, {kept.place.sheet}:{kept.rows[kept_index]}"
    others = [item for position, item in enumerate(rows) if position != best]
    for parsed, index in others:
        column, value = _identity(parsed, index)
        set_aside(parsed, index, column, value, "key_duplicate", place)
    told = ", ".join(f"{parsed.place.sheet}:{parsed.rows[index]}" for parsed, index in others)
    warn(kept, kept_index, *_identity(kept, kept_index), "key_duplicate.kept", told)


def _identity(parsed: Parsed, index: int) -> tuple[str, str]:
    """Find the column by which a row is known, and its value."""
    given = ((column, parsed.columns[column][index]) for column in _IDENTITY if column in parsed.columns)
    return next(((column, value) for column, value in given if value), ("name", ""))


def find_alike(tables: list[Parsed]) -> list[dict[str, Any]]:
    """Pairs of different ids that share a legal number, or name and kecamatan: perhaps one cooperative registered twice."""
    groups: dict[tuple[str, str, str], dict[str, tuple[str, str, str]]] = defaultdict(dict)
    for parsed in tables:
        if parsed.table == "register":
            for index in kept_rows(parsed):
                coop, name, place, legal = (parsed.columns[c][index] for c in ("coop_id", "name", "kecamatan", "legal_number"))
                entry = (name or "", place or "", f"{parsed.place.source_id}:{parsed.rows[index]}")
                if name:
                    groups["same name and kecamatan", link.split_name(name)[1], place_key(place or "")][coop] = entry
                if legal and link.normal_legal_number(legal):
                    groups["same legal number", link.normal_legal_number(legal), ""][coop] = entry
    pairs: dict[tuple[str, str], dict[str, Any]] = {}
    for (why, _, _), members in groups.items():
        ordered = sorted(members.items())
        for (first, one), (second, other) in pairwise(ordered):
            line = {"coop_id": first, "name": one[0], "other_coop_id": second, "other_name": other[0], "kecamatan": one[1]}
            known = pairs.setdefault((first, second), {**line, "why": why, "source_rows": f"{one[2]} {other[2]}"})
            known["why"] = known["why"] if why in known["why"] else f"{known['why']}; {why}"
    return list(pairs.values())
