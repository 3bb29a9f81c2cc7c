"""Files to sheets: the non-empty lines of every sheet, each with the sheet's own row number."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from kopanalysis.errors import ReadError
from kopanalysis.loaders.words import is_blank

SUFFIXES = (".xlsx", ".xls", ".ods", ".csv")
NOT_DATA = frozenset({"links.csv", "sources.toml", "office.toml", "rules.toml", "briefs.toml", "watchlist.xlsx"})
LARGEST_FILE = 300 * 2**20  # bytes on disk
LARGEST_TEXT = 150 * 2**20  # of a .csv, whose cells take seven times their bytes in memory
LONGEST_CELL = 2**24  # characters of a cell in a text file
LARGEST_UNPACKED = 2 * 2**30  # bytes inside a zip
LARGEST_RATIO = 1_000  # unpacked to packed bytes of one part above 50 MB: a bomb
LARGEST_AREA = 25_000_000  # cells of a sheet's rectangle; the reader holds all of them
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ROW = re.compile(rb'<row\b[^>]*?\br="(\d{1,9})"')
_CELL_COLUMN = re.compile(rb'<c\b[^>]*?\br="([A-Z]{1,4})\d')
_VALUED_CELL = re.compile(rb'<c\b[^>]*?\br="([A-Z]{1,4})(\d{1,9})"[^>]*>\s*<(?:v|is|f)\b')


@dataclass(frozen=True, slots=True)
class Line:
    """One non-empty row of a sheet: its number (1 is the top) and its cells from the first column on."""

    row: int
    cells: list[Any]


@dataclass(frozen=True)
class Sheet:
    """One sheet: non-empty lines, merged ranges as (first row, first column, last row, last column), whether it is hidden, its origin."""

    file: str
    name: str
    lines: list[Line]
    merged: tuple[tuple[int, int, int, int], ...] = ()
    hidden: bool = False
    origin: tuple[str, str] | None = None

    @property
    def known_as(self) -> tuple[str, str]:
        """File and sheet as the office calls them: of a mended return those it was made from."""
        return self.origin or (self.file, self.name)


@dataclass(frozen=True)
class Workbook:
    """One file: its sheets, or the reason why it can't be read."""

    file: str
    sha256: str
    sheets: tuple[Sheet, ...] = ()
    error: str | None = None
    message: str = ""
    extra: dict[str, Any] = field(default_factory=dict)


def data_files(folder: Path) -> list[Path]:
    """Files of a folder that may hold data, in order of name; office lock files (``~$x.xlsx``) and our own are none."""
    files = (path for path in folder.iterdir() if path.is_file() and path.suffix.lower() in SUFFIXES)
    data = (path for path in files if not path.name.startswith(("~$", ".", "~lock")) and path.name.lower() not in NOT_DATA)
    return sorted(data, key=lambda path: path.name)


def read_workbook(path: Path) -> Workbook:
    """Read one file; what can't be read comes back with its reason instead of an exception, so that the others are still read.

    Parameters
    ----------
    path : pathlib.Path
        An .xlsx, .xls, .ods or .csv file.

    Returns
    -------
    Workbook
        ``error`` is ``file_unreadable``, ``file_locked`` or ``file_too_large`` where reading failed.
    """
    digest = ""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise ReadError(f"{path.name} is larger than {LARGEST_FILE // 2**20} MB", reason="file_too_large")
        if path.suffix.lower() == ".csv" and path.stat().st_size > LARGEST_TEXT:
            raise ReadError(f"{path.name} is larger than {LARGEST_TEXT // 2**20} MB", reason="file_too_large")
        content = path.read_bytes()
        digest = sha256(content).hexdigest()
        sheets = read_csv_sheets(path.name, content) if path.suffix.lower() == ".csv" else read_spreadsheet(path.name, content)
        return Workbook(path.name, digest, tuple(sheets))
    except ReadError as error:
        return Workbook(path.name, digest, error=error.reason, message=error.what)
    except csv.Error as error:
        return Workbook(path.name, digest, error="file_unreadable", message=f"{path.name} is no table of text: {error}")
    except PermissionError as error:
        return Workbook(path.name, digest, error="file_locked", message=str(error))
    except OSError as error:
        return Workbook(path.name, digest, error="file_unreadable", message=str(error))


def read_spreadsheet(file: str, content: bytes) -> list[Sheet]:
    """Sheets of an .xlsx, .xls or .ods file.

    Raises
    ------
    ReadError
        With ``reason`` file_unreadable, file_locked or file_too_large.
    """
    import python_calamine as calamine

    _refuse_bombs(file, content)
    try:
        book = calamine.CalamineWorkbook.from_object(io.BytesIO(content))
        kinds = {meta.name: meta for meta in book.sheets_metadata if meta.typ == calamine.SheetTypeEnum.WorkSheet}
        return [_sheet(file, book.get_sheet_by_name(name), kinds[name]) for name in book.sheet_names if name in kinds]
    except calamine.PasswordError as error:
        raise ReadError(f"{file} has a password", reason="file_locked") from error
    except (calamine.CalamineError, ValueError, OSError) as error:
        if _is_encrypted(content):
            raise ReadError(f"{file} has a password", reason="file_locked") from error
        raise ReadError(f"{file} can't be read: {error!s:.120}", reason="file_unreadable") from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # what the Rust reader raises on bytes it never expected
            raise
        raise ReadError(f"{file} can't be read: its content is damaged", reason="file_unreadable") from None


def _is_encrypted(content: bytes) -> bool:
    return content.startswith(_OLE) and "EncryptedPackage".encode("utf-16-le") in content


def _sheet(file: str, sheet: Any, meta: Any) -> Sheet:
    if sheet.start is None:
        return Sheet(file, meta.name, [], hidden=str(meta.visible) != "SheetVisibleEnum.Visible")
    pad = [None] * sheet.start[1]
    lines = []
    for number, row in enumerate(sheet.iter_rows(), start=1):  # begins at the sheet's first row, but at its first filled column
        cells = [None if is_blank(cell) else cell for cell in row]
        if any(cell is not None for cell in cells):
            lines.append(Line(number, pad + cells))
    ranges = sheet.merged_cell_ranges or []
    merged = tuple((first[0] + 1, first[1], last[0] + 1, last[1]) for first, last in ranges)
    return Sheet(file, meta.name, lines, merged, str(meta.visible) != "SheetVisibleEnum.Visible")


def _refuse_bombs(file: str, content: bytes) -> None:
    """Look into the zip before the reader does: it would unpack everything and hold each sheet's whole rectangle."""
    if not content.startswith(b"PK"):
        return
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            if sum(part.file_size for part in parts) > LARGEST_UNPACKED:
                raise ReadError(f"{file} unpacks to more than {LARGEST_UNPACKED // 2**30} GB", reason="file_too_large")
            for part in parts:
                if part.file_size > 50 * 2**20 and part.file_size > LARGEST_RATIO * max(part.compress_size, 1):
                    raise ReadError(f"{file} unpacks suspiciously ({part.filename})", reason="file_too_large")
                if re.match(r"xl/worksheets/[^/]+\.xml$", part.filename) and _area(archive, part) > LARGEST_AREA:
                    raise ReadError(f"{file} spreads a few cells over a huge area ({part.filename})", reason="file_too_large")
    except (zipfile.BadZipFile, EOFError, NotImplementedError) as error:
        raise ReadError(f"{file} is damaged: {error}", reason="file_unreadable") from error
    except RuntimeError as error:  # how zipfile says that a part is encrypted
        raise ReadError(f"{file} has a password", reason="file_locked") from error


def _area(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> int:
    """Rectangle of a sheet's cells; where the rough count is large, of those that hold something, which is what the reader keeps."""
    rows, columns = 0, 0
    for chunk in _chunks(archive, part):
        rows = max(rows, *map(int, _ROW.findall(chunk)), 0, 0)
        columns = max(columns, *map(_column, set(_CELL_COLUMN.findall(chunk))), 0, 0)
    if rows * columns <= LARGEST_AREA:
        return rows * columns
    valued = [found.groups() for chunk in _chunks(archive, part) for found in _VALUED_CELL.finditer(chunk)]
    return max((int(row) for _, row in valued), default=0) * max((_column(column) for column, _ in valued), default=0)


def _chunks(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """Read the part piece by piece, each beginning with the end of the one before, so that no cell is cut."""
    with archive.open(part) as stream:
        tail = b""
        while chunk := stream.read(2**22):
            yield tail + chunk
            tail = chunk[-300:]


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def read_csv_sheets(file: str, content: bytes) -> list[Sheet]:
    """Read the one sheet of a .csv file, any usual delimiter and encoding; its name is the file's stem.

    Raises
    ------
    ReadError
        When the bytes are no text.
    """
    encoding = find_encoding(file, content)
    lines = [Line(row, cells) for row, cells in _csv_rows(content, encoding) if any(cells)]
    return [Sheet(file, Path(file).stem, lines)]


def _csv_rows(content: bytes, encoding: str) -> Iterator[tuple[int, list[Any]]]:
    """Read from the bytes as they are: a decoded copy of a large file would cost four times its size."""
    csv.field_size_limit(LONGEST_CELL)
    head = content[:400_000].decode(encoding, errors="ignore")
    stream = io.TextIOWrapper(io.BytesIO(content), encoding=encoding, errors="replace", newline="")
    same: dict[str, str] = {}  # one text for cells that repeat
    for number, row in enumerate(csv.reader(stream, delimiter=_delimiter(head)), start=1):
        if len(same) > 300_000:
            same.clear()
        yield number, [same.setdefault(cell, cell) if (cell := text.strip()) else None for text in row]


def find_encoding(file: str, content: bytes) -> str:
    """Encoding of a text file: UTF-8 or UTF-16 by their marks, else cp1252, else latin-1.

    Raises
    ------
    ReadError
        When the bytes are no text.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if b"\x00" in content or content.startswith((b"PK\x03\x04", _OLE)):
        raise ReadError(f"{file} is no text file", reason="file_unreadable")
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    return "latin-1"


def _delimiter(text: str) -> str:
    """Find the mark that splits the first lines into the most columns most evenly, ignoring what stands in quotes."""
    first = re.match(r"sep=(.)\r?\n", text)
    if first:
        return first.group(1)
    sample = re.sub(r'"(?:[^"]|"")*"', "", text[:100_000]).splitlines()[:200]
    counts = {mark: sorted(line.count(mark) for line in sample if line.strip()) for mark in (";", "\t", ",", "|")}
    return max(counts, key=lambda mark: counts[mark][len(counts[mark]) // 2] if counts[mark] else 0)
