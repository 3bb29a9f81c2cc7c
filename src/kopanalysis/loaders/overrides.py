"""sources.toml: what a person has settled about a sheet that its headings don't say."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from kopanalysis.errors import CallError
from kopanalysis.loaders.tables import TABLES

FILE_NAME = "sources.toml"
_STYLES = {"number_style": ("id", "en", "plain"), "date_style": ("dmy", "mdy", "ymd")}
_EXAMPLE = 'Write e.g. [[source]] file = "register.xlsx", table = "register", header_row = 7.'


@dataclass(frozen=True)
class Override:
    """One ``[[source]]`` of sources.toml.

    Attributes
    ----------
    file, sheet : str
        Names or patterns (``*`` and ``?``), any case.
    table : str
        Canonical table, ``"none"`` to leave the sheet out, empty to recognise it.
    header_row, header_rows : int
        The sheet's own number of the first heading row; how many rows the heading takes.
    number_style, date_style : str
        ``id``, ``en`` or ``plain``; ``dmy``, ``mdy`` or ``ymd``; empty to decide per column.
    number_styles, date_styles : mapping
        The same for single canonical columns.
    snapshot_date : date or None
        Day a register describes.
    book_year : int or None
        Book year of a sheet without that column.
    columns : mapping
        Heading as printed to canonical column; ``""`` leaves a column out.
    words : mapping
        Canonical category column to words of this sheet and the category that each means.
    values : mapping
        Canonical column that the sheet lacks to the one value of all its rows.
    only, skip : mapping
        Heading as printed to a regular expression: only rows with such a cell are data; rows with such a cell are none. What is left
        out is listed as structural, kind ``left_out``: sub-totals that no word gives away.
    """

    file: str
    sheet: str = "*"
    table: str = ""
    header_row: int = 0
    header_rows: int = 1
    number_style: str = ""
    date_style: str = ""
    number_styles: Mapping[str, str] = field(default_factory=dict)
    date_styles: Mapping[str, str] = field(default_factory=dict)
    snapshot_date: date | None = None
    book_year: int | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    only: Mapping[str, str] = field(default_factory=dict)
    skip: Mapping[str, str] = field(default_factory=dict)

    def fits(self, file: str, sheet: str) -> bool:
        """Whether it speaks of this sheet."""
        return fnmatchcase(file.casefold(), self.file.casefold()) and fnmatchcase(sheet.strip().casefold(), self.sheet.strip().casefold())


def read_overrides(folder: Path) -> tuple[Override, ...]:
    """Read ``sources.toml`` of a folder, empty where there is none.

    Raises
    ------
    CallError
        When it is no TOML, names an unknown key, table or column, or gives a value of the wrong kind.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        return ()
    try:
        plain = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CallError(f"{FILE_NAME} can't be read: {error}", str(path), _EXAMPLE) from error
    entries = plain.get("source", [])
    if set(plain) - {"source"} or not isinstance(entries, list):
        raise CallError(f"{FILE_NAME} holds something else than [[source]] entries", str(path), _EXAMPLE)
    return tuple(_override(entry, f"{FILE_NAME}, entry {number}") for number, entry in enumerate(entries, start=1))


def _override(entry: dict[str, Any], where: str) -> Override:
    known = {item.name for item in fields(Override)}
    for key in entry:
        if key not in known:
            raise CallError(f"unknown key {key!r}", where, f"Known keys: {', '.join(sorted(known))}.")
    if not isinstance(entry.get("file"), str):
        raise CallError("an entry names no file", where, _EXAMPLE)
    _check_values(entry, where)
    return Override(**entry)


def _check_values(entry: dict[str, Any], where: str) -> None:
    table = entry.get("table", "")
    if table not in ("", "none", *TABLES):
        raise CallError(f"unknown table {table!r}", where, f"Tables: {', '.join(TABLES)}, none.")
    for key, allowed in _STYLES.items():
        for style in (entry.get(key, ""), *dict(entry.get(f"{key}s", {})).values()):
            if style and style not in allowed:
                raise CallError(f"{key} {style!r} is none", where, f"Styles: {', '.join(allowed)}.")
    for key in ("header_row", "header_rows", "book_year"):
        if key in entry and (not isinstance(entry[key], int) or entry[key] < 1):
            raise CallError(f"{key} must be a whole number above 0", where)
    canonical = {name for item in ([TABLES[table]] if table in TABLES else TABLES.values()) for name in item.names}
    for heading, column in dict(entry.get("columns", {})).items():
        if column and column not in canonical:
            raise CallError(f"column {heading!r} is mapped to the unknown {column!r}", where, f"Columns: {', '.join(sorted(canonical))}.")
    _check_words(entry, where, table)
    for key in ("only", "skip"):
        for heading, pattern in dict(entry.get(key, {})).items():
            try:
                re.compile(pattern)
            except (re.error, TypeError) as error:
                raise CallError(f"{key}: the expression for {heading!r} can't be read: {error}", where) from error


def _check_words(entry: dict[str, Any], where: str, table: str) -> None:
    """Words and fixed values need to know their table, and may only mean what its columns know."""
    named = {**dict(entry.get("words", {})), **dict(entry.get("values", {}))}
    if named and table not in TABLES:
        raise CallError("words and values need a table", where, _EXAMPLE)
    for name in named:
        if name not in TABLES[table].names:
            raise CallError(f"unknown column {name!r}", where, f"Columns: {', '.join(TABLES[table].names)}.")
    for name, words in dict(entry.get("words", {})).items():
        known = sorted(set(TABLES[table].column(name).categories.values()))
        for word, category in dict(words).items():
            if category not in known:
                raise CallError(f"{name}: {word!r} is said to mean {category!r}", where, f"Categories: {', '.join(known) or 'none'}.")
