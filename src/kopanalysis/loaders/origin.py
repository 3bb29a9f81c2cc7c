"""The hidden sheet by which a mended return workbook is known, whatever its name, and what a clerk answered in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from kopanalysis.loaders.dates import UnreadableDate, parse_day
from kopanalysis.loaders.overrides import Override
from kopanalysis.loaders.words import plain_words, stripped, text_of
from kopanalysis.loaders.workbook import Line, Sheet, Workbook

ORIGIN_SHEET = "_asal"
FIRST_CELLS = ("kopanalysis", "asal", "1")
NUMBER_ANSWERS = {"titik = ribuan": "id", "koma = ribuan": "en"}
DATE_ANSWERS = {"hari dulu": "dmy", "bulan dulu": "mdy"}
_YES = frozenset({"ya", "y", "yes", "benar", "betul", "x", "v", "1"})


@dataclass(frozen=True)
class Answer:
    """A question or candidate of the summary sheet, with what stands in its answer cell.

    Attributes
    ----------
    kind : str
        ``number_style``, ``date_style``, ``snapshot_date`` or ``link``.
    sheet, table, field : str
        Of a question: original sheet, canonical table and column.
    value, coop_id : str
        Of a candidate: the name as written, and the cooperative it may be.
    given : object
        None where nothing was filled in.
    """

    kind: str
    sheet: str
    table: str
    field: str = ""
    value: str = ""
    coop_id: str = ""
    given: Any = None


@dataclass(frozen=True)
class Origin:
    """What a return workbook was made from.

    Attributes
    ----------
    file, sha256 : str
        The input's name and hash.
    ancestors : tuple of str
        Hashes of what that input was itself a return of, so that a chain of mends supersedes all its links.
    sheets : mapping of str to str
        Sheet of the return to sheet of the input.
    summary : str
        Title of the summary sheet.
    answers : tuple of Answer
    """

    file: str
    sha256: str
    ancestors: tuple[str, ...] = ()
    sheets: Mapping[str, str] = field(default_factory=dict)
    summary: str = ""
    answers: tuple[Answer, ...] = ()

    @property
    def hashes(self) -> frozenset[str]:
        """Hashes of every version that this one stands for."""
        return frozenset({self.sha256, *self.ancestors})


def read_origin(book: Workbook) -> Origin | None:
    """Read the hidden sheet of a workbook; None where it has none, or one of somebody else's."""
    hidden = next((sheet for sheet in book.sheets if sheet.name == ORIGIN_SHEET), None)
    rows = [[stripped(text_of(cell)) for cell in line.cells] for line in hidden.lines] if hidden else []
    if not rows or tuple(rows[0][:3]) != FIRST_CELLS:
        return None
    told: dict[str, list[list[str]]] = {}
    for kind, *rest in rows[1:]:
        told.setdefault(kind, []).append([*rest, "", "", "", "", "", ""])
    file = next(iter(told.get("berkas", [])), ["", ""])
    summary = next(iter(told.get("ringkasan", [])), [""])[0]
    cells = _summary_cells(book, summary)
    return Origin(
        file[0],
        file[1],
        tuple(row[0] for row in told.get("leluhur", [])),
        _sheets(book, {row[1]: row[0] for row in told.get("lembar", [])}, summary),
        summary,
        (*map(_earlier, told.get("jawab", [])), *(_answer(row, cells) for row in told.get("tanya", []))),
    )


def _earlier(row: Sequence[str]) -> Answer:
    kind, sheet, table, name, value, coop_id, given = row[:7]
    return Answer(kind, sheet, table, name, value, coop_id, given or None)


def _summary_cells(book: Workbook, title: str) -> dict[str, list[Any]]:
    """Rows of the summary by the mark in their first cell, so that inserted lines do no harm."""
    lines = next((sheet.lines for sheet in book.sheets if sheet.name == title), [])
    return {text_of(line.cells[0]): line.cells for line in lines if line.cells and line.cells[0] is not None}


def _answer(row: Sequence[str], cells: Mapping[str, list[Any]]) -> Answer:
    mark, column, kind, sheet, table, name, value, coop_id = row[:8]
    line = cells.get(mark, [])
    position = int(column or 0) - 1
    return Answer(kind, sheet, table, name, value, coop_id, line[position] if 0 <= position < len(line) else None)


def _sheets(book: Workbook, listed: Mapping[str, str], summary: str) -> dict[str, str]:
    """Pair the sheets that are there with those listed; renamed ones take the places left over, in order."""
    here = [sheet.name for sheet in book.sheets if sheet.name not in (ORIGIN_SHEET, summary)]
    found = {title: listed[title] for title in here if title in listed}
    left = [source for title, source in listed.items() if title not in found]
    renamed = [title for title in here if title not in listed]
    return found | dict(zip(renamed, left, strict=False))


def origin_rows(
    origin: Origin, listed: Iterable[tuple[str, str, str]], asked: Iterable[Sequence[Any]], answered: Iterable[Answer] = ()
) -> list[list[str]]:
    """Rows of the hidden sheet.

    Parameters
    ----------
    origin : Origin
    listed : iterable of (sheet of the input, sheet of the return, rows as ranges)
    asked : iterable of (mark, answer column, kind, sheet, table, field, value, coop_id)
    answered : iterable of Answer
        From an earlier return, so that its questions need not be asked again.
    """
    return [
        list(FIRST_CELLS),
        ["berkas", origin.file, origin.sha256],
        *(["leluhur", digest] for digest in origin.ancestors),
        ["ringkasan", origin.summary],
        *(["lembar", *line] for line in listed),
        *(["tanya", *map(str, line)] for line in asked),
        *(["jawab", a.kind, a.sheet, a.table, a.field, a.value, a.coop_id, text_of(a.given)] for a in answered if a.given is not None),
    ]


def with_origin(book: Workbook, origin: Origin) -> Workbook:
    """Give the sheets of a return the names of the sheets they came from, and take the marks against formulas off its texts."""
    sheets = []
    for sheet in book.sheets:
        lines = [Line(line.row, [stripped(cell) for cell in line.cells]) for line in sheet.lines]
        sheets.append(replace(sheet, lines=lines, origin=(origin.file, origin.sheets.get(sheet.name, sheet.name))))
    return replace(book, sheets=tuple(sheets))


def superseded(books: Sequence[Workbook], origins: Mapping[str, Origin]) -> dict[tuple[str, str], str]:
    """Find what a return stands for: (file, sheet) to the file whose rows are read instead.

    A return supersedes every file of the folder whose hash it names, in the sheets that it still has. Of two returns of one input the
    last by name is read. A return of a file that has changed since is itself superseded by that file: nothing is ever read twice.
    """
    gone: dict[tuple[str, str], str] = {}
    hashes = {book.sha256: book.file for book in books}
    for file, origin in sorted(origins.items()):
        newer = _newer(file, origin, books, origins, hashes)
        if newer:
            gone |= {(file, title): newer for title in origin.sheets}
            continue
        for book in books:
            if book.file != file and book.sha256 in origin.hashes:
                gone |= {(book.file, title): file for title in _titles(book, origin, origins.get(book.file))}
    return gone


def _newer(
    file: str, origin: Origin, books: Sequence[Workbook], origins: Mapping[str, Origin], hashes: Mapping[str, str]
) -> str:  # fmt: skip
    mine = next(book.sha256 for book in books if book.file == file)
    rivals = [other for other, its in origins.items() if other != file and (its.sha256 == origin.sha256 or mine in its.hashes)]
    later = [other for other in rivals if mine in origins[other].hashes or other > file]
    if later:
        return max(later)
    changed = any(book.file == origin.file and book.file != file and book.file not in origins for book in books)
    return origin.file if changed and origin.sha256 not in hashes else ""


def _titles(book: Workbook, origin: Origin, its: Origin | None) -> list[str]:
    """Sheets of an older version that the return still has."""
    kept = set(origin.sheets.values())
    return [sheet.name for sheet in book.sheets if (its.sheets.get(sheet.name, "") if its else sheet.name) in kept]


def with_answers(override: Override | None, origin: Origin, title: str) -> Override | None:
    """Add what was answered about a sheet to what sources.toml says of it; sources.toml has the last word."""
    source = origin.sheets.get(title, title)
    styles: dict[str, dict[str, str]] = {"number_style": {}, "date_style": {}}
    snapshot: date | None = None
    for answer in origin.answers:
        if answer.sheet != source or answer.given is None:
            continue
        if answer.kind == "snapshot_date":
            snapshot = _day(answer.given) or snapshot
        elif answer.kind in styles and (style := _style(answer.given)):
            styles[answer.kind][answer.field] = style
    if not (snapshot or any(styles.values())):
        return override
    base = override or Override(file=origin.file)
    return replace(
        base,
        number_styles={**styles["number_style"], **base.number_styles},
        date_styles={**styles["date_style"], **base.date_styles},
        snapshot_date=base.snapshot_date or snapshot,
    )


def _style(given: Any) -> str:
    words = plain_words(text_of(given))
    return next((style for answer, style in {**NUMBER_ANSWERS, **DATE_ANSWERS}.items() if words == plain_words(answer)), "")


def _day(given: Any) -> date | None:
    try:
        day = parse_day(given)
    except UnreadableDate:
        return None
    return day.end if day else None


def answered_links(origins: Iterable[Origin]) -> list[dict[str, str]]:
    """Candidates that were said to be the one, as lines of links.csv: ``ya`` confirms the candidate, a NIK names another cooperative.

    Where several candidates of one name are confirmed, none is: that is no answer.
    """
    found: dict[tuple[str, str], list[dict[str, str]]] = {}
    for answer in (answer for origin in origins for answer in origin.answers):
        if answer.kind != "link" or answer.given is None:
            continue
        digits = re.sub(r"\D", "", text_of(answer.given))
        nik = digits if len(digits) == 13 else ""
        if nik or plain_words(text_of(answer.given)) in _YES:
            coop = "" if nik else answer.coop_id
            line = {"table": answer.table, "value": answer.value, "nik": nik, "coop_id": coop, "confirmed": "ya"}
            found.setdefault((answer.table, answer.value), []).append(line)
    return [lines[0] for lines in found.values() if len({(line["nik"], line["coop_id"]) for line in lines}) == 1]


def is_ours(sheet: Sheet, origin: Origin | None) -> bool:
    """Whether a sheet is the summary or the hidden sheet of a return."""
    return origin is not None and sheet.name in (ORIGIN_SHEET, origin.summary)
