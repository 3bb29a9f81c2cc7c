"""A folder to parsed tables: every sheet with one source entry at least, whatever became of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from kopanalysis.loaders.dates import UnreadableDate, parse_day
from kopanalysis.loaders.origin import Origin, is_ours, read_origin, superseded, with_answers, with_origin
from kopanalysis.loaders.overrides import Override, read_overrides
from kopanalysis.loaders.parse import Parsed, Place, parse_block
from kopanalysis.loaders.regions import Region, all_regions, find_district, find_place
from kopanalysis.loaders.sheet import Block, find_blocks, headings_seen, suggest_column
from kopanalysis.loaders.words import plain_words
from kopanalysis.loaders.workbook import Sheet, Workbook, data_files, read_workbook

DEMONSTRATION_MARK = "data contoh"
PERSON = "person"  # column letter of a column about persons, in the list of sources
EXPLANATION_SHEETS = frozenset({"petunjuk", "asal"})


@dataclass(frozen=True)
class Reading:
    """What reading all files gathered, before rows of different tables meet.

    Attributes
    ----------
    parsed : list of Parsed
        One a table found.
    sources : list of dict
        One a table found, one a sheet or file where none was.
    marks : list of bool
        For each sheet whether it says that its data are a demonstration.
    origins : dict of str to Origin
        What the mended returns among the files were made from.
    """

    parsed: list[Parsed] = field(default_factory=list)
    sources: list[dict[str, Any]] = field(default_factory=list)
    marks: list[bool] = field(default_factory=list)
    origins: Mapping[str, Origin] = field(default_factory=dict)


def read_folder(folder: Path) -> Reading:
    """Read and parse every data file; sources are numbered in the order of file and sheet.

    Raises
    ------
    CallError
        When ``sources.toml`` is wrong.
    """
    overrides = read_overrides(folder)
    books, origins = _read_books(folder)
    gone = superseded(books, origins)
    reading = Reading(origins=origins)
    tables: list[tuple[Sheet, Block, dict[str, Any], Override | None]] = []
    while books:
        book = books.pop(0)  # so that what has been looked at is not held twice
        if book.error:
            reading.sources.append(_source(book, "", error=book.error, message=book.message))
        for sheet in book.sheets:
            reading.marks.append(_is_marked(sheet))
            for block, override, source in _tables_of(book, sheet, overrides, origins.get(book.file)):
                instead = gone.get((sheet.file, sheet.name))
                reading.sources.append(_give_up(source, block, instead) if instead else source)
                if block and not instead:
                    tables.append((replace(sheet, lines=[]), block, source, override))
    reading.sources.sort(key=lambda source: (source["file"], source["sheet"]))
    for number, source in enumerate(reading.sources, start=1):
        source["source_id"] = f"S{number:02d}"
    tables.sort(key=lambda item: item[2]["source_id"], reverse=True)
    while tables:
        sheet, block, source, override = tables.pop()
        place = _place(sheet, block, override)
        reading.parsed.append(parse_block(block, replace(place, source_id=source["source_id"])))
    return reading


def _read_books(folder: Path) -> tuple[list[Workbook], dict[str, Origin]]:
    """Read every file, mended returns under the names of what they were made from."""
    books = [read_workbook(path) for path in data_files(folder)]
    origins = {book.file: origin for book in books if (origin := read_origin(book))}
    return [with_origin(book, origins[book.file]) if book.file in origins else book for book in books], origins


def _give_up(source: dict[str, Any], block: Block | None, instead: str) -> dict[str, Any]:
    """Say of a table that a mended return stands for its rows."""
    if block is None:
        return source
    rows = [{"row": line.row, "kind": "superseded"} for line in block.data]
    structural = sorted([*source["structural"], *rows], key=lambda item: item["row"])
    return {**source, "structural": structural, "person_columns": {}, "message": f"read from {instead} instead"}


def _tables_of(
    book: Workbook, sheet: Sheet, overrides: Iterable[Override], origin: Origin | None = None
) -> list[tuple[Block | None, Override | None, dict[str, Any]]]:
    said = [override for override in overrides if override.fits(*sheet.known_as)]
    explains = plain_words(sheet.name) in EXPLANATION_SHEETS or is_ours(sheet, origin)
    if explains or any(override.table == "none" for override in said):
        rows = [{"row": line.row, "kind": "explanation"} for line in sheet.lines]
        return [(None, None, _source(book, sheet.name, rows_in=len(rows), structural=rows, hidden=sheet.hidden))]
    found: list[tuple[Block | None, Override | None, dict[str, Any]]] = []
    choices: list[Override | None] = [*said] or [None]
    for choice in choices:
        override = with_answers(choice, origin, sheet.name) if origin else choice
        for block in find_blocks(sheet, override):
            found.append((block, override, _block_source(book, sheet, block)))
    if found:
        return found
    error = "table_unrecognised" if sheet.lines else None
    seen = headings_seen(sheet)
    message = "no known headings" if error else ""
    return [(None, None, _source(book, sheet.name, error=error, headings=seen, hidden=sheet.hidden, message=message))]


def _source(book: Workbook, sheet: str, **more: Any) -> dict[str, Any]:
    empty: dict[str, Any] = {
        "source_id": "", "file": book.file, "sheet": sheet, "table": None, "rows_in": 0, "accepted": 0, "set_aside": 0,
        "cells_set_aside": 0, "structural": [], "number_style": None, "date_style": None, "header_row": None,
        "sha256": book.sha256, "error": None, "message": "",
        "hidden": False, "headings": [], "columns": {}, "unknown_columns": [], "person_columns": {},
    }  # fmt: skip
    return {**empty, **more}


def _block_source(book: Workbook, sheet: Sheet, block: Block) -> dict[str, Any]:
    heading = block.heading
    unknown = [{"column": printed, "suggestion": suggest_column(heading.table, printed) or None} for printed in heading.unknown]
    persons = {
        printed: sum(position < len(line.cells) and line.cells[position] is not None for line in block.data)
        for position, printed in heading.persons.items()
    }
    columns = {letter_of(position): name for name, position in heading.columns.items()} | {
        letter_of(position): PERSON for position in heading.persons
    }
    return _source(
        book, sheet.name, table=heading.table, columns=columns, rows_in=block.rows_in, structural=block.structural,
        header_row=block.header_row,
        hidden=sheet.hidden, headings=list(heading.printed.values()), unknown_columns=unknown, person_columns=persons,
    )  # fmt: skip


def letter_of(position: int) -> str:
    """Letter of a spreadsheet column; 0 is A."""
    letters, number = "", position + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _is_marked(sheet: Sheet) -> bool:
    edges = (*sheet.lines[:15], *sheet.lines[-5:])
    texts = [sheet.file, sheet.name, *(cell for line in edges for cell in line.cells if isinstance(cell, str))]
    return any(DEMONSTRATION_MARK in text.replace("_", " ").casefold() for text in texts)


_DATE_IN_TEXT = (
    re.compile(r"(?<!\d)(\d{1,2}\s+[A-Za-z]{3,12}\.?\s+\d{4})(?!\d)"),
    re.compile(r"(?<!\d)(\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}|(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01]))(?!\d)"),
)
_MONTH_IN_TEXT = re.compile(r"([A-Za-z]{3,12}\.?\s+(?:19|20)\d{2})(?!\d)")
_YEAR_IN_TEXT = re.compile(r"(?<!\d)((?:19|20)\d{2})(?!\d)")
_BOOK_YEAR = re.compile(r"tahun\s+buku\s*:?\s*((?:19|20)\d{2})", re.IGNORECASE)


def _place(where: Sheet, block: Block, override: Override | None) -> Place:
    file, sheet = where.known_as
    surroundings = [*block.titles, sheet, Path(file).stem.replace("_", " ")]
    snapshot = override.snapshot_date if override else None
    year = override.book_year if override else None
    named = (re.search(r"(?i)\b(kabupaten|kab\.?|kota)\s+[a-z ]+", text) for text in block.titles)
    titled = (find_district(found.group(0)) for found in named if found)
    return Place(
        where.file, where.name, "", override,
        snapshot or _date_in(surroundings),
        year or _book_year_in(block.titles, sheet),
        next((district for district in titled if district), _district_in(block.titles)),
        _kecamatan_in(block.titles, sheet),
    )  # fmt: skip


def _district_in(titles: Iterable[str]) -> Region | None:
    """Regency that a title speaks of; a name inside a longer one isn't meant: no Batang in Sangir Batang Hari."""
    said = " ".join(f" {plain_words(text)} " for text in titles)
    named = [region for region in all_regions() if region.level in ("kabupaten", "kecamatan") and f" {region.name.lower()} " in said]
    meant = [region for region in named if not any(f" {region.name.lower()} " in f" {other.name.lower()} " != f" {region.name.lower()} "
                                                   for other in named)]  # fmt: skip
    return max((region for region in meant if region.level == "kabupaten"), key=lambda region: len(region.name), default=None)


def _kecamatan_in(titles: Iterable[str], sheet: str) -> str | None:
    """Name of the kecamatan that a sheet or its title is about."""
    found = find_place("kecamatan", sheet)
    named = (re.search(r"(?i)\bkec(?:amatan|\.)\s+([a-z ]+)", text) for text in titles)
    places = (find_place("kecamatan", match.group(1)) for match in named if match)
    found = found or next((place for place in places if place), None)
    return found.name if found else None


def _date_in(texts: Iterable[str]) -> date | None:
    """Find the day that title, sheet or file name speaks of: a full date, else the end of a month, else the end of a year."""
    given = list(texts)
    for pattern in (*_DATE_IN_TEXT, _MONTH_IN_TEXT):
        for text in given:
            for found in pattern.findall(text):
                try:
                    day = parse_day(found)
                except UnreadableDate:
                    continue
                if day:
                    return day.end
    years = [int(year) for text in given for year in _YEAR_IN_TEXT.findall(text)]
    return date(years[0], 12, 31) if years else None


def _book_year_in(titles: Iterable[str], sheet: str) -> int | None:
    for text in (*titles, sheet):
        if found := _BOOK_YEAR.search(text):
            return int(found.group(1))
    found = _YEAR_IN_TEXT.search(sheet)
    return int(found.group(1)) if found else None
