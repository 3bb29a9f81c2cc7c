"""Finding the tables in a sheet: headings of one to three rows, repeated headings, and the lines that are no data."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from kopanalysis.loaders.dates import MONTHS
from kopanalysis.loaders.overrides import Override
from kopanalysis.loaders.regions import find_place
from kopanalysis.loaders.tables import TABLES, heading_lookup, known_headings, person_headings, silent_headings
from kopanalysis.loaders.words import heading_key, plain_words, text_of
from kopanalysis.loaders.workbook import Line, Sheet

DEEPEST_HEADING = 3
REMEMBERED = 50_000  # words kept to save work on the next line
_TOTAL = re.compile(
    r"^(sub ?total( .*)?|sub ?jumlah( .*)?|jumlah|jml|total|grand total|rata rata|jumlah (seluruh|total|kecamatan|kec|kab).*|"
    r"total (kecamatan|kec|kab|seluruh).*|(jumlah|total) [ivx]{1,4})$"
)
_TOTAL_WORDS = ("sub", "jumlah", "jml", "total", "grand", "rata")
_SUBTOTAL = re.compile(r"^(sub|jumlah kecamatan|total kecamatan)")
_SIGNATURE = re.compile(
    r"^(mengetahui|menyetujui|disetujui|kepala (dinas|bidang|seksi|badan)|plt|an kepala|a n |sekretaris dinas|nip\b|ttd|tertanda|"
    r"dibuat oleh|petugas|catatan|keterangan|ket|sumber|demikian|dicetak|diolah|pembina|penata)\b"
)
_MONTH_WORDS = "|".join(sorted(MONTHS, key=len, reverse=True))
_PLACE_DATE = re.compile(
    rf"^(?!senin|selasa|rabu|kamis|jum|sabtu|minggu)[a-z .]{{3,40}}, *(tanggal )?[\d.…_ ]*({_MONTH_WORDS})\b.*\d{{4}}", re.IGNORECASE
)
_ORDINAL = re.compile(r"^(\d{1,4}|[ivxlc]+|[a-z])[.)]?$", re.IGNORECASE)


@dataclass(frozen=True)
class Heading:
    """A recognised heading.

    Attributes
    ----------
    table : str
        Canonical table.
    start, depth : int
        Position of its first line among the sheet's lines, and how many lines it takes.
    columns : mapping of str to int
        Canonical column to position in the line.
    printed : mapping of str to str
        Canonical column to the heading as printed.
    unknown : tuple of str
        Headings no table column is known by.
    persons : mapping of int to str
        Position to heading of columns about persons.
    score : float
        Columns recognised, less a little for unknown ones.
    """

    table: str
    start: int
    depth: int
    columns: Mapping[str, int]
    printed: Mapping[str, str]
    unknown: tuple[str, ...]
    persons: Mapping[int, str]
    score: float


@dataclass(frozen=True)
class Block:
    """One table in a sheet: its heading, the lines that are data, and the lines that are not with their kind."""

    heading: Heading
    header_row: int
    data: list[Line]
    structural: list[dict[str, Any]]
    titles: tuple[str, ...]
    sections: Mapping[int, str] = field(default_factory=dict)

    @property
    def rows_in(self) -> int:
        """Non-empty rows that belong to it."""
        return len(self.data) + len(self.structural)


def find_blocks(sheet: Sheet, override: Override | None = None) -> list[Block]:
    """Tables of a sheet from top to bottom, every non-empty line in exactly one of them; none where nothing is recognised.

    Parameters
    ----------
    sheet : Sheet
    override : Override, optional
        What sources.toml says of it.
    """
    headings = _given_heading(sheet, override) if override and override.header_row else _scan(sheet, override)
    if not headings:
        return []
    groups: list[list[Heading]] = []
    for heading in headings:
        if groups and _same_layout(groups[-1][0], heading):
            groups[-1].append(heading)
        else:
            groups.append([heading])
    begins = [0, *(_first_title(sheet.lines, group[0].start) for group in groups[1:]), len(sheet.lines)]
    blocks = [_block(sheet, group, begins[n], begins[n + 1]) for n, group in enumerate(groups)]
    if override and (override.only or override.skip):
        return [_leave_out(sheet, block, override) for block in blocks]
    return blocks


def _leave_out(sheet: Sheet, block: Block, override: Override) -> Block:
    """Take out the rows that sources.toml says are no data; they are listed like sub-totals."""
    heading = block.heading
    places = {
        heading_key(" ".join(parts)): position for position, parts in enumerate(_labels(sheet, heading.start, heading.depth)) if parts
    }
    rules = [(places.get(heading_key(printed), -1), re.compile(text), keep)
             for keep, said in ((True, override.only), (False, override.skip)) for printed, text in said.items()]  # fmt: skip
    data: list[Line] = []
    out: list[Line] = []
    for line in block.data:
        texts = ((text_of(line.cells[at]) if 0 <= at < len(line.cells) else "", pattern, keep) for at, pattern, keep in rules)
        (data if all((pattern.search(text) is not None) == keep for text, pattern, keep in texts) else out).append(line)
    structural = sorted([*block.structural, *({"row": line.row, "kind": "left_out"} for line in out)], key=lambda item: item["row"])
    return replace(block, data=data, structural=structural)


def headings_seen(sheet: Sheet, limit: int = 12) -> list[str]:
    """Find what looks like a heading in a sheet that was not recognised: the first line with the most text cells of the top twenty."""
    best = max(sheet.lines[:20], key=lambda line: sum(isinstance(cell, str) for cell in line.cells), default=None)
    return [] if best is None else [text_of(cell)[:40] for cell in best.cells if isinstance(cell, str)][:limit]


def suggest_column(table: str, heading: str) -> str:
    """Find the canonical column an unknown heading most resembles; empty where none is near."""
    from rapidfuzz import fuzz, process

    lookup = {key: key for key in heading_lookup(table)}
    found = process.extractOne(heading_key(heading), lookup, scorer=fuzz.ratio, score_cutoff=78)
    return heading_lookup(table)[found[0]] if found else ""


def _same_layout(first: Heading, other: Heading) -> bool:
    return first.table == other.table and first.columns == other.columns


def _scan(sheet: Sheet, override: Override | None) -> list[Heading]:
    extra = {heading_key(printed): column for printed, column in override.columns.items()} if override else {}
    only = [override.table] if override and override.table else list(TABLES)
    given = frozenset(override.values) if override else frozenset()
    known = known_headings() | set(extra)
    found: list[Heading] = []
    seen: dict[str, bool] = {}
    position = 0
    while position < len(sheet.lines):
        heading = None
        if _hints(sheet.lines[position], known, 1 if position < 40 and not found else 2, seen):
            heading = _best_heading(sheet, position, only, extra, given)
            later = _best_heading(sheet, position + 1, only, extra, given) if heading else None
            if heading and later and later.score >= heading.score and later.start < heading.start + heading.depth:
                heading = None
        if heading:
            found.append(heading)
        position += heading.depth if heading else 1
    return found


def _hints(line: Line, known: frozenset[str] | set[str], enough: int, seen: dict[str, bool]) -> bool:
    """Tell whether a line is worth a closer look; ``seen`` remembers words that come again, since this runs over every line."""
    if any(_is_figure(cell) for cell in line.cells[:12]):
        return False
    hits = looked = 0
    for cell in line.cells[:12]:
        if isinstance(cell, str) and len(cell) < 60 and not cell[:1].isdigit():
            hit = seen.get(cell)
            if hit is None:
                hit = heading_key(cell) in known
                if len(seen) < REMEMBERED:
                    seen[cell] = hit
            hits, looked = hits + hit, looked + 1
            if hits >= enough or looked == 8:
                break
    return hits >= enough


def _given_heading(sheet: Sheet, override: Override) -> list[Heading]:
    extra = {heading_key(printed): column for printed, column in override.columns.items()}
    start = next((n for n, line in enumerate(sheet.lines) if line.row == override.header_row), None)
    if start is None:
        return []
    labels = _labels(sheet, start, override.header_rows)
    only = [override.table] if override.table else list(TABLES)
    matches = [_match(table, start, override.header_rows, labels, extra) for table in only]
    best = max(matches, key=lambda heading: heading.score)
    return [best] if best.columns else []


def _best_heading(sheet: Sheet, start: int, only: Sequence[str], extra: Mapping[str, str], given: frozenset[str]) -> Heading | None:
    best: Heading | None = None
    for depth in range(1, DEEPEST_HEADING + 1):
        if not _can_be_heading(sheet.lines, start, depth):
            break
        labels = _labels(sheet, start, depth)
        for table in only:
            heading = _match(table, start, depth, labels, extra)
            better = best is None or heading.score > best.score
            if better and _satisfies(heading, given) and not _counts_instead_of_names(sheet, heading):
                best = heading
    return best


def _can_be_heading(lines: list[Line], start: int, depth: int) -> bool:
    """Consecutive rows that hold text only; a number or date would be data."""
    last = start + depth - 1
    if last >= len(lines) or lines[last].row != lines[start].row + depth - 1:
        return False
    return not any(_is_figure(cell) for cell in lines[last].cells)


def _is_figure(cell: Any) -> bool:
    """Tell a number, a date, or in a text file what looks like one: ten marks and more, digits at both ends, no letter."""
    if not isinstance(cell, str):
        return cell is not None
    return len(cell) >= 10 and cell[0].isdigit() and cell[-1].isdigit() and cell.lower() == cell.upper()


def _satisfies(heading: Heading, given: frozenset[str]) -> bool:
    return all(any(column in heading.columns or column in given for column in group) for group in TABLES[heading.table].needs)


def _counts_instead_of_names(sheet: Sheet, heading: Heading) -> bool:
    """Tell a recapitulation, whose column "Koperasi" holds how many there are, from a list of them."""
    position = heading.columns.get("name")
    if position is None or "nik" in heading.columns:
        return False
    below = sheet.lines[heading.start + heading.depth : heading.start + heading.depth + 10]
    cells = [line.cells[position] for line in below if position < len(line.cells) and line.cells[position] is not None]
    return bool(cells) and sum(re.fullmatch(r"[\d.,]+", text_of(cell)) is not None for cell in cells) * 2 > len(cells)


def _labels(sheet: Sheet, start: int, depth: int) -> list[tuple[str, ...]]:
    """For every column its heading parts from top to bottom, a merged parent spread over the columns below it."""
    lines = sheet.lines[start : start + depth]
    width = max(len(line.cells) for line in lines)
    grid = [[text_of(line.cells[c]) if c < len(line.cells) else "" for c in range(width)] for line in lines]
    for level, line in enumerate(lines[:-1]):
        below = grid[level + 1]
        starts = {(first, last) for top, first, bottom, last in sheet.merged if top <= line.row <= bottom and last > first}
        for column in range(1, width):
            spread = any(first < column <= last for first, last in starts)
            if not grid[level][column] and (spread or (below[column] and below[column - 1] and grid[level][column - 1])):
                grid[level][column] = grid[level][column - 1]
    return [tuple(grid[level][c] for level in range(len(lines)) if grid[level][c]) for c in range(width)]


def _match(table: str, start: int, depth: int, labels: list[tuple[str, ...]], extra: Mapping[str, str]) -> Heading:
    lookup = {**heading_lookup(table), **{key: name for key, name in extra.items() if not name or name in TABLES[table].names}}
    columns: dict[str, int] = {}
    printed: dict[str, str] = {}
    unknown: list[str] = []
    persons: dict[int, str] = {}
    for position, parts in enumerate(labels):
        if not parts:
            continue
        whole = " ".join(parts)
        if any(heading_key(part) in person_headings() for part in (whole, parts[-1])) and heading_key(whole) not in lookup:
            persons[position] = whole
            continue
        candidates = [lookup[key] for key in _keys(parts) if key in lookup]
        name = next((candidate for candidate in candidates if candidate and candidate not in columns), None)
        if name:
            columns[name], printed[name] = position, whole
        elif "" not in candidates and heading_key(whole) not in silent_headings():
            unknown.append(whole)
    return Heading(table, start, depth, columns, printed, tuple(unknown), persons, len(columns) - 0.1 * len(unknown))


def _keys(parts: tuple[str, ...]) -> list[str]:
    keys = [heading_key(" ".join(parts)), heading_key(parts[-1]), heading_key(parts[0])]
    return keys if len(parts) < 3 else [keys[0], heading_key(" ".join(parts[-2:])), *keys[1:]]


def _first_title(lines: list[Line], start: int) -> int:
    """Title lines right above a later heading belong to its table."""
    first = start
    while first > 0 and start - first < 6 and _is_title(lines[first - 1]):
        first -= 1
    return first


def _is_title(line: Line) -> bool:
    return sum(cell is not None for cell in line.cells) == 1 and all(cell is None or isinstance(cell, str) for cell in line.cells)


def _block(sheet: Sheet, group: list[Heading], begin: int, end: int) -> Block:
    heading = group[0]
    lines = sheet.lines
    structural = [{"row": line.row, "kind": "title"} for line in lines[begin : heading.start]]
    titles = tuple(text_of(cell) for line in lines[begin : heading.start] for cell in line.cells if cell is not None)
    heading_lines = {n for h in group for n in range(h.start, h.start + h.depth)}
    data: list[Line] = []
    sections: dict[int, str] = {}
    section, signed = "", False
    for position in range(heading.start, end):
        line = lines[position]
        kind = "heading" if position in heading_lines else _kind(line, heading, signed)
        signed = (signed or kind == "signature") and kind in ("signature", "note")
        if kind == "section":
            section = next(text_of(c) for c in line.cells if isinstance(c, str) and not _ORDINAL.match(c.strip()))
        if kind:
            structural.append({"row": line.row, "kind": kind})
        else:
            data.append(line)
            if section:
                sections[line.row] = section
    return Block(heading, lines[heading.start].row, data, _name_totals(structural, data), titles, sections)


def _name_totals(structural: list[dict[str, Any]], data: list[Line]) -> list[dict[str, Any]]:
    """Call a total with data below it a sub-total."""
    last = data[-1].row if data else 0
    return [{**item, "kind": "subtotal"} if item["kind"] == "total" and item["row"] < last else item for item in structural]


def _kind(line: Line, heading: Heading, signed: bool) -> str:
    """Say what a line below the heading is, empty for data."""
    filled = [cell for cell in line.cells if cell is not None]
    texts = [text_of(cell) for cell in [cell for cell in filled if isinstance(cell, str)][:4]]
    words = ["" if text[:1].isdigit() else plain_words(text) for text in texts]  # none of the words sought begins with a digit
    identity = [heading.columns[name] for name in ("nik", "name", "legal_number", "group_name") if name in heading.columns]
    named = any(position < len(line.cells) and line.cells[position] is not None for position in identity)
    if any(word.startswith("contoh") for word in words) and _is_example(words, texts):
        return "example"
    if _is_column_numbers(filled):
        return "column_numbers"
    if any(word and _is_total(word) for word in words[:3]) and not _has_nik(line, heading):
        return "subtotal" if any(_SUBTOTAL.match(word) for word in words[:3]) else "total"
    if _is_signature(line, heading, texts, signed):
        return "signature"
    if _is_section(line, heading):
        return "section"
    return "note" if len(filled) == 1 and not named else ""


def _is_example(words: list[str], texts: list[str]) -> bool:
    return "contoh" in words or any(text.casefold().startswith("contoh:") for text in texts)


def _is_total(words: str) -> bool:
    if not words.startswith(_TOTAL_WORDS):
        return False
    head, _, place = words.partition(" ")
    return _TOTAL.match(words) is not None or (head in ("jumlah", "total") and find_place("kecamatan", place) is not None)


def _is_signature(line: Line, heading: Heading, texts: list[str], signed: bool) -> bool:
    """Tell lines of a signature block or footnote: few cells, opened by its usual words or by "place, date"."""
    filled = sum(cell is not None for cell in line.cells)
    few = max(1, min(3, len(heading.columns) // 2))
    if filled > 3:
        return False
    if signed and filled <= few:
        return True
    position = heading.columns.get("name", -1)
    name = line.cells[position] if 0 <= position < len(line.cells) else None
    telling = [text_of(name)] if name is not None else texts
    return any(_SIGNATURE.match(plain_words(text)) or _PLACE_DATE.match(text) for text in telling)


def _has_nik(line: Line, heading: Heading) -> bool:
    position = heading.columns.get("nik")
    return position is not None and position < len(line.cells) and len(re.sub(r"\D", "", text_of(line.cells[position]))) > 3


def _is_column_numbers(filled: list[Any]) -> bool:
    """Tell the row of column numbers that forms print below their heading: (1) (2) (3)."""
    if "1" not in str(filled[0])[:4] or text_of(filled[0]).strip("() .") != "1":
        return False
    texts = [text_of(cell).strip("() .") for cell in filled]
    return len(texts) >= 3 and texts == [str(number) for number in range(1, len(texts) + 1)]


def _is_section(line: Line, heading: Heading) -> bool:
    """Tell a line that only says which kecamatan follows."""
    if len(line.cells) - line.cells.count(None) > 3:
        return False
    filled = [cell for position, cell in enumerate(line.cells) if cell is not None and position != heading.columns.get("kecamatan")]
    if len(filled) > 2:
        return False
    texts = [text_of(cell) for cell in filled if isinstance(cell, str) and not _ORDINAL.match(cell.strip())]
    if len(texts) != 1:
        return False
    words = plain_words(texts[0]).split()
    return bool(words) and (words[0] in ("kecamatan", "kec") or (find_place("kecamatan", texts[0]) is not None))
