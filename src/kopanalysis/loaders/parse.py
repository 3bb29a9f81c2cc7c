"""From the cells of one recognised table to typed columns, with everything odd listed instead of guessed."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from kopanalysis.loaders.categories import CAUSES, OPEN_CATEGORIES
from kopanalysis.loaders.dates import Day, read_dates
from kopanalysis.loaders.numbers import read_number_list
from kopanalysis.loaders.overrides import Override
from kopanalysis.loaders.reasons import reason_words
from kopanalysis.loaders.regions import Region, district_of_nik, find_district, find_place, has_children
from kopanalysis.loaders.schema import Column, Table
from kopanalysis.loaders.sheet import REMEMBERED, Block
from kopanalysis.loaders.tables import TABLES
from kopanalysis.loaders.words import HIDDEN_ID, hide_person_ids, is_missing, plain_words, text_of

_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})(?!\d)")
_BRACKETS = re.compile(r"\(.*?\)")
_YES = frozenset({"ya", "y", "yes", "ada", "true", "benar", "1", "x", "v", "masih", "aktif", "beroperasi"})
_NO = frozenset({"tidak", "tdk", "t", "no", "tidak ada", "false", "0", "belum", "nihil", "berhenti", "tidak aktif"})


@dataclass(frozen=True)
class Place:
    """Where a table stands, and what its surroundings say about all its rows."""

    file: str
    sheet: str
    source_id: str
    override: Override | None = None
    snapshot_date: date | None = None
    book_year: int | None = None
    district: Region | None = None
    kecamatan: str | None = None


@dataclass(frozen=True)
class Parsed:
    """One table as typed columns.

    Attributes
    ----------
    table : str
    place : Place
    rows : list of int
        The sheet's own row numbers.
    columns : dict of str to list
        Every canonical column, missing values None (numbers NaN).
    findings : list of dict
        Rows and cells set aside, records as load.json has them.
    warnings, questions : list of dict
    dropped : set of int
        Positions of the rows set aside.
    number_styles, date_styles : dict
        Canonical column to the style decided.
    """

    table: str
    place: Place
    rows: list[int]
    columns: dict[str, list[Any]]
    printed: Mapping[str, str]
    findings: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[dict[str, Any]] = field(default_factory=list)
    questions: list[dict[str, Any]] = field(default_factory=list)
    dropped: set[int] = field(default_factory=set)
    number_styles: dict[str, str] = field(default_factory=dict)
    date_styles: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Problem:
    """One odd cell: its position, why (a key of the reasons), what the sentence names, and whether its value is lost."""

    index: int
    value: Any
    reason: str
    scope: str = "cell"
    detail: str = ""


def parse_block(block: Block, place: Place) -> Parsed:
    """Read every column of a table and decide for each row whether it is accepted.

    Parameters
    ----------
    block : Block
        As :func:`kopanalysis.loaders.sheet.find_blocks` gives it.
    place : Place

    Returns
    -------
    Parsed
        Links and duplicates, which need the other tables, come later.
    """
    table = TABLES[block.heading.table]
    parsed = Parsed(table.name, place, [line.row for line in block.data], {}, block.heading.printed)
    problems: dict[str, list[Problem]] = {}
    for column in _with_words(table, place.override):
        position = block.heading.columns.get(column.name)
        fixed = place.override.values.get(column.name) if place.override else None
        cells = [fixed] * len(parsed.rows) if position is None else [_at(line.cells, position) for line in block.data]
        parsed.columns[column.name], problems[column.name] = _read_column(column, cells, parsed)
    _fill_from_place(table, parsed, problems)
    if table.name == "training":
        _split_ranges(parsed)
    if table.name == "register":
        _read_regions(parsed, block, problems)
    _settle(table, parsed, problems)
    return parsed


def _with_words(table: Table, override: Override | None) -> list[Column]:
    """Columns with the words that sources.toml adds to their categories, and the categories' own names where it uses them."""
    if override is None or not (override.words or override.values):
        return list(table.columns)
    columns = []
    for column in table.columns:
        own = {category: category for category in column.categories.values()} if column.name in override.values else {}
        words = {plain_words(word): category for word, category in {**own, **override.words.get(column.name, {})}.items()}
        columns.append(replace(column, categories={**column.categories, **words}) if words else column)
    return columns


def _at(cells: list[Any], position: int) -> Any:
    return cells[position] if position < len(cells) else None


def record(parsed: Parsed, index: int, column: str, value: Any, scope: str, reason: str, detail: str = "") -> dict[str, Any]:
    """Make one line of ``set_aside`` or ``warnings``; personal ids inside the value are hidden."""
    return {
        "file": parsed.place.file, "sheet": parsed.place.sheet, "row": parsed.rows[index], "column": parsed.printed.get(column, column),
        "value": hide_person_ids(text_of(value))[0][:200], "scope": scope, **reason_words(reason, detail),
        "table": parsed.table, "field": column, "source_id": parsed.place.source_id,
    }  # fmt: skip


def _read_column(column: Column, cells: list[Any], parsed: Parsed) -> tuple[Any, list[Problem]]:
    if cells.count(None) == len(cells):  # a column that the sheet lacks
        return array("d", [float("nan")]) * len(cells) if column.kind in ("idr", "number", "count") else list(cells), []
    if column.kind in ("idr", "number", "count"):
        return _read_numbers(column, cells, parsed)
    if column.kind in ("date", "range"):
        return _read_dates(column, cells, parsed)
    problems: list[Problem] = []
    return _read_each(_READERS[column.kind], column, cells, problems), problems


def _read_each(reader: Callable[..., Any], column: Column, cells: list[Any], problems: list[Problem]) -> list[Any]:
    """Read cell by cell; a text met before without a problem is not read again, since most columns repeat a few words."""
    known: dict[str, Any] = {}
    values: list[Any] = []
    for index, cell in enumerate(cells):
        if cell is None:
            values.append(None)
        elif type(cell) is str and cell in known:
            values.append(known[cell])
        else:
            before = len(problems)
            values.append(reader(column, index, cell, problems))
            if type(cell) is str and len(problems) == before and len(known) < REMEMBERED:
                known[cell] = values[-1]
    return values


def _read_numbers(column: Column, cells: list[Any], parsed: Parsed) -> tuple[Any, list[Problem]]:
    override = parsed.place.override
    given = (override.number_styles.get(column.name) or override.number_style or None) if override else None
    values, style, found = read_number_list(cells, given, whole=column.kind == "count")  # type: ignore[arg-type]
    problems = [Problem(item["index"], item["value"], item["reason"], item["scope"]) for item in found]
    if any(value == value for value in values) or style is None:
        parsed.number_styles[column.name] = style or "undecided"
    if style is None:
        _ask(parsed, column, "number_style", [p.value for p in problems if p.reason == "number_ambiguous"])
    for index, number in enumerate(values):
        if number == number and _out_of_range(column, number):
            values[index] = float("nan")
            problems.append(Problem(index, cells[index], "out_of_range"))
    return values, problems


def _out_of_range(column: Column, number: float) -> bool:
    too_low = column.low is not None and number < column.low
    too_high = column.high is not None and number > column.high
    return too_low or too_high or (column.kind == "count" and not number.is_integer())


def _read_dates(column: Column, cells: list[Any], parsed: Parsed) -> tuple[list[Any], list[Problem]]:
    override = parsed.place.override
    given = (override.date_styles.get(column.name) or override.date_style or None) if override else None
    if column.name == "snapshot_date":
        cells = [_year_end(cell) for cell in cells]
    days, style, found = read_dates(cells, given)  # type: ignore[arg-type]
    problems = [Problem(item["index"], item["value"], item["reason"], item["scope"]) for item in found]
    if any(days):
        parsed.date_styles[column.name] = style
    ambiguous = [p.value for p in problems if p.reason == "date_unreadable.ambiguous"]
    if ambiguous:
        _ask(parsed, column, "date_style", ambiguous)
    for index, day in enumerate(days):
        if day and day.end.year > 2100:
            days[index] = None
            problems.append(Problem(index, cells[index], "out_of_range"))
    return (list(days) if column.kind == "range" else [day.start if day else None for day in days]), problems


def _year_end(cell: Any) -> Any:
    """Take the last day of the year where a register only says the year."""
    found = None if isinstance(cell, date) else re.fullmatch(r"(?:tahun\s*)?((?:19|20)\d{2})", text_of(cell).casefold())
    return date(int(found.group(1)), 12, 31) if found else cell


def _ask(parsed: Parsed, column: Column, kind: str, examples: list[Any]) -> None:
    parsed.questions.append(
        {
            "file": parsed.place.file, "sheet": parsed.place.sheet, "column": parsed.printed.get(column.name, column.label),
            "table": parsed.table, "field": column.name, "kind": kind, "examples": [text_of(example) for example in examples[:5]],
            "source_id": parsed.place.source_id,
            "question_id": _QUESTIONS[kind][0], "question_en": _QUESTIONS[kind][1],
        }
    )  # fmt: skip


_QUESTIONS = {
    "number_style": (
        "Titik dan koma pada kolom ini: ribuan atau desimal? Jawab dengan number_style di sources.toml.",
        "Do dots and commas in this column mark thousands or decimals? Answer with number_style in sources.toml.",
    ),
    "date_style": (
        "Hari dulu atau bulan dulu pada kolom ini? Jawab dengan date_style di sources.toml.",
        "Does the day or the month stand first in this column? Answer with date_style in sources.toml.",
    ),
    "snapshot_date": (
        "Daftar ini keadaan per tanggal berapa? Jawab dengan snapshot_date di sources.toml.",
        "Which day does this register describe? Answer with snapshot_date in sources.toml.",
    ),
}


def _read_nik(_: Column, index: int, cell: Any, problems: list[Problem]) -> str | None:
    if type(cell) is str and len(cell) == 13 and cell.isdigit() and cell.isascii():
        return cell
    text = text_of(cell)
    if is_missing(cell) or text == "0":
        return None
    digits = re.sub(r"[\s'.`’-]", "", text)
    rounded = re.fullmatch(r"\d([.,]\d+)?e\+?\d+", text.casefold()) or (not isinstance(cell, str) and digits.endswith("000000"))
    if rounded:
        problems.append(Problem(index, cell, "nik_rounded", "warning"))
    elif re.fullmatch(r"\d{16}", digits) or text == HIDDEN_ID:
        problems.append(Problem(index, HIDDEN_ID, "nik_person_id", "warning"))
    elif re.fullmatch(r"\d{13}", digits):
        return digits
    else:
        problems.append(Problem(index, cell, "out_of_range.nik"))
    return None


def _read_text(_: Column, index: int, cell: Any, problems: list[Problem]) -> str | None:
    if is_missing(cell):
        return None
    text, hidden = hide_person_ids(cell.isoformat()[:10] if isinstance(cell, date) else text_of(cell))
    if hidden:
        problems.append(Problem(index, text, "nik_person_id", "warning"))
    return text


def _read_legal(column: Column, index: int, cell: Any, problems: list[Problem]) -> str | None:
    text = _read_text(column, index, cell, problems)
    return None if text == "0" else text


def _read_year(column: Column, index: int, cell: Any, problems: list[Problem]) -> int | None:
    if is_missing(cell):
        return None
    found = {cell.year} if isinstance(cell, date) else {int(year) for year in _YEAR.findall(text_of(cell))}
    if len(found) != 1:
        problems.append(Problem(index, cell, "out_of_range" if re.fullmatch(r"[\d.,]+", text_of(cell)) else "number_unreadable"))
        return None
    year = found.pop()
    if column.low is not None and not column.low <= year <= (column.high or year):
        problems.append(Problem(index, cell, "out_of_range"))
        return None
    return year


def _read_category(column: Column, index: int, cell: Any, problems: list[Problem]) -> str | None:
    if is_missing(cell) or text_of(cell) == "0":
        return None
    text = text_of(cell)
    for words in (plain_words(text), plain_words(_BRACKETS.sub(" ", text)), text.casefold()):
        if words in column.categories:
            return column.categories[words]
    if column.name in OPEN_CATEGORIES:
        return hide_person_ids(text)[0]
    problems.append(Problem(index, cell, "category_unknown", detail=", ".join(dict.fromkeys(_spoken(column)))))
    return None


def _spoken(column: Column) -> list[str]:
    """One Indonesian word a category, the first that is listed for it."""
    first: dict[str, str] = {}
    for word, category in column.categories.items():
        first.setdefault(category, word)
    return list(first.values())


def _read_flag(_: Column, index: int, cell: Any, problems: list[Problem]) -> bool | None:
    words = plain_words(text_of(cell))
    if isinstance(cell, bool) or words in _YES or words in _NO:
        return cell if isinstance(cell, bool) else words in _YES
    if is_missing(cell):
        return None
    amount = read_number_list([cell], "id")[0][0]
    if amount == amount:
        return amount > 0
    if words.split()[:1] in (["ya"], ["tidak"], ["ada"]):
        return words.split()[0] != "tidak"
    problems.append(Problem(index, cell, "category_unknown", detail="ya, tidak"))
    return None


def _read_causes(_: Column, index: int, cell: Any, problems: list[Problem]) -> str | None:
    if is_missing(cell):
        return None
    text = text_of(cell)
    codes: list[str] = []
    for part in re.split(r"[;,/|&]|\bdan\b", text):
        words = plain_words(part)
        if words:
            codes.extend(_causes_in(words) or ["other"])
    if "other" in codes and "lain" not in text.casefold() and "other" not in text.casefold():
        problems.append(Problem(index, cell, "category_unknown", "warning", ", ".join(CAUSES)))
    return " ".join(dict.fromkeys(codes)) or None


def _causes_in(words: str) -> list[str]:
    return [code for code, hints in CAUSES.items() if words == code.replace("_", " ") or any(hint in words for hint in hints.split("|"))]


_READERS: dict[str, Callable[[Column, int, Any, list[Problem]], Any]] = {
    "nik": _read_nik, "name": _read_text, "text": _read_text, "legal": _read_legal, "district": _read_text, "kecamatan": _read_text,
    "nagari": _read_text, "year": _read_year, "category": _read_category, "flag": _read_flag, "causes": _read_causes,
}  # fmt: skip


def _fill_from_place(table: Table, parsed: Parsed, problems: Mapping[str, list[Problem]]) -> None:
    """Give rows without a date or book year of their own the one that stands above the table."""
    for name, value in (("snapshot_date", parsed.place.snapshot_date), ("book_year", parsed.place.book_year)):
        if name not in table.names:
            continue
        bad = {problem.index for problem in problems[name] if problem.scope == "cell"}
        filled = [value if own is None and index not in bad else own for index, own in enumerate(parsed.columns[name])]
        parsed.columns[name] = filled
        if name == "snapshot_date" and filled and all(own is None for own in filled):
            _ask(parsed, table.column(name), "snapshot_date", [parsed.place.file])


def _split_ranges(parsed: Parsed) -> None:
    days: list[Day | None] = parsed.columns["start_date"]
    ends = parsed.columns["end_date"]
    parsed.columns["start_date"] = [day.start if day else None for day in days]
    parsed.columns["end_date"] = [end or (day.end if day else None) for day, end in zip(days, ends, strict=True)]


def _read_regions(parsed: Parsed, block: Block, problems: Mapping[str, list[Problem]]) -> None:
    """Official names of kecamatan and nagari, and the Kemendagri code of the district in a column ``region``."""
    columns = parsed.columns
    columns["region"] = [None] * len(parsed.rows)
    for index, row in enumerate(parsed.rows):
        section = re.sub(r"^(\W*\w{1,3}[.)]\s*)", "", block.sections.get(row, ""))
        place = columns["kecamatan"][index] or section or parsed.place.kecamatan
        district = _district(columns["regency"][index], place, columns["nik"][index], parsed.place.district)
        if columns["regency"][index] and district is None:
            problems["regency"].append(Problem(index, columns["regency"][index], "region_unknown"))
            columns["regency"][index] = None
        columns["kecamatan"][index], inside = _official("kecamatan", place, district, index, problems)
        within = inside or district
        columns["nagari"][index], _ = _official("nagari", columns["nagari"][index], within, index, problems)
        columns["region"][index] = district.kemendagri_code if district else None


def _district(regency: str | None, kecamatan: str | None, nik: str | None, titled: Region | None) -> Region | None:
    by_nik = district_of_nik(nik)
    if regency:
        found = find_district(regency)
        same_name = by_nik and plain_words(by_nik.name) == plain_words(re.sub(r"(?i)^(kab\w*|kota)\.?\s+", "", regency))
        return found or (by_nik if same_name else None)
    inside = find_place("kecamatan", kecamatan) if kecamatan else None
    return find_district(inside.parent) if inside else by_nik or titled


def _official(
    level: str, text: str | None, within: Region | None, index: int, problems: Mapping[str, list[Problem]]
) -> tuple[str | None, Region | None]:
    if not text:
        return None, None
    if within is None or not has_children(within.kemendagri_code):
        return text, None
    found = find_place(level, text, within.kemendagri_code)
    if found is None:
        problems[level].append(Problem(index, text, "region_unknown"))
        return None, None
    return found.name, found


def _settle(table: Table, parsed: Parsed, problems: Mapping[str, list[Problem]]) -> None:
    """Rows with a bad or missing required value are set aside, all other bad cells alone."""
    asked = {question["field"] for question in parsed.questions}
    why: dict[int, tuple[str, Problem]] = {}
    for column in table.columns:
        for problem in problems[column.name]:
            if column.required and problem.scope == "cell" and column.name not in asked:
                why.setdefault(problem.index, (column.name, problem))
    _find_missing(table, parsed, problems, asked, why)
    for column in table.columns:
        for problem in problems[column.name]:
            if problem.index not in why:
                target = parsed.warnings if problem.scope == "warning" else parsed.findings
                target.append(record(parsed, problem.index, column.name, problem.value, "cell", problem.reason, problem.detail))
    for index, (name, problem) in sorted(why.items()):
        set_aside(parsed, index, name, problem.value, problem.reason, problem.detail)


def _find_missing(
    table: Table, parsed: Parsed, problems: Mapping[str, list[Problem]], asked: set[str], why: dict[int, tuple[str, Problem]]
) -> None:
    groups = [*table.required_any, *((column.name,) for column in table.columns if column.required and column.name not in asked)]
    for group in groups:
        for index in range(len(parsed.rows)):
            if index in why or any(_given(parsed.columns[name][index]) for name in group):
                continue
            culprit = next(((name, p) for name in group for p in problems[name] if p.index == index), None)
            why[index] = culprit or (group[0], Problem(index, "", "key_missing"))


def _given(value: Any) -> bool:
    return value is not None and value == value


def set_aside(parsed: Parsed, index: int, column: str, value: Any, reason: str, detail: str = "") -> None:
    """Take one row out; what else was said about it goes with it, so that each row is listed once."""
    row = parsed.rows[index]
    parsed.dropped.add(index)
    for listed in (parsed.findings, parsed.warnings):
        listed[:] = [item for item in listed if item["row"] != row]
    parsed.findings.append(record(parsed, index, column, value, "row", reason, detail))


def warn(parsed: Parsed, index: int, column: str, value: Any, reason: str, detail: str = "") -> None:
    """List something odd about an accepted row."""
    parsed.warnings.append(record(parsed, index, column, value, "cell", reason, detail))
