"""Spreadsheets written so that the same rows give the same bytes: .xlsx, .ods and .csv."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

Row = list[Any]
MADE = dt.datetime(2026, 1, 5, 8, 0)
_ZIP_TIME = (2026, 1, 5, 8, 0, 0)
_STAMP = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")


@dataclass(frozen=True)
class Sheet:
    """A sheet as rows of cells.

    Attributes
    ----------
    rows : list of list
        From the sheet's first row on; None is an empty cell.
    merges : tuple of str
        Merged ranges such as ``"K6:L6"``.
    header_row : int
        First heading row (1 is the top), 0 for none: bold, and the widths follow it.
    hidden : bool
    """

    name: str
    rows: list[Row]
    merges: tuple[str, ...] = ()
    header_row: int = 0
    hidden: bool = False
    formats: dict[int, str] = field(default_factory=dict)


def write_xlsx(path: Path, sheets: Sequence[Sheet]) -> None:
    """Write a workbook whose bytes depend on its cells only.

    Parameters
    ----------
    path : pathlib.Path
    sheets : sequence of Sheet
    """
    book = Workbook()
    book.remove(book.active)
    for sheet in sheets:
        _fill(book.create_sheet(sheet.name), sheet)
    book.properties.creator = "Data contoh"
    buffer = io.BytesIO()
    book.save(buffer)
    path.write_bytes(_without_times(buffer.getvalue()))


def _fill(page: Any, sheet: Sheet) -> None:
    for row in sheet.rows:
        page.append(row)
    for span in sheet.merges:
        page.merge_cells(span)
    if sheet.header_row:
        for cell in page[sheet.header_row]:
            cell.font, cell.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="center")
            width = 30 if "nama" in str(cell.value or "").lower() else 16
            page.column_dimensions[get_column_letter(cell.column)].width = width
        page.freeze_panes = f"A{sheet.header_row + 1}"
    for cells in page.iter_rows(min_row=max(sheet.header_row, 1)):
        for cell in cells:
            if isinstance(cell.value, dt.date):
                cell.number_format = "dd/mm/yyyy"
    if sheet.hidden:
        page.sheet_state = "hidden"


def _without_times(data: bytes) -> bytes:
    stamp = MADE.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        parts = [(name, source.read(name)) for name in source.namelist()]
    return _zipped((name, _STAMP.sub(rb"\g<1>" + stamp, part) if name == "docProps/core.xml" else part) for name, part in parts)


def _zipped(parts: Iterable[tuple[str, bytes]], stored: tuple[str, ...] = ()) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for name, part in parts:
            info = zipfile.ZipInfo(name, _ZIP_TIME)
            info.compress_type = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            target.writestr(info, part)
    return buffer.getvalue()


def write_csv(path: Path, rows: Iterable[Row], delimiter: str = ";", encoding: str = "cp1252") -> None:
    """Write rows as text, as a spreadsheet set to Indonesian exports them.

    Parameters
    ----------
    path : pathlib.Path
    rows : iterable of list
    delimiter, encoding : str
    """
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter, lineterminator="\r\n").writerows(
            ["" if cell is None else cell for cell in row] for row in rows
        )


_ODS_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
_ODS_NAMES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for short, name in (("office", "office"), ("table", "table"), ("text", "text"))
)


def write_ods(path: Path, sheets: Sequence[Sheet]) -> None:
    """Write an OpenDocument spreadsheet: values only, no formats.

    Parameters
    ----------
    path : pathlib.Path
    sheets : sequence of Sheet
    """
    tables = "".join(_ods_table(sheet) for sheet in sheets)
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {_ODS_NAMES} office:version="1.2">'
        "<office:body><office:spreadsheet>"
        f"{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    entry = '<manifest:file-entry manifest:full-path="{}" manifest:media-type="{}"/>'
    manifest = (
        '<?xml version="1.0" encoding="UTF-8"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" '
        f'manifest:version="1.2">{entry.format("/", _ODS_TYPE)}{entry.format("content.xml", "text/xml")}</manifest:manifest>'
    )
    parts = [("mimetype", _ODS_TYPE), ("content.xml", content), ("META-INF/manifest.xml", manifest)]
    path.write_bytes(_zipped(((name, part.encode("utf-8")) for name, part in parts), stored=("mimetype",)))


def _ods_table(sheet: Sheet) -> str:
    rows = "".join(f"<table:table-row>{''.join(map(_ods_cell, row)) or '<table:table-cell/>'}</table:table-row>" for row in sheet.rows)
    return f'<table:table table:name="{escape(sheet.name)}">{rows}</table:table>'


def _ods_cell(value: Any) -> str:
    if value is None or value == "":
        return "<table:table-cell/>"
    if isinstance(value, dt.date):
        day = f"{value:%Y-%m-%d}"
        return f'<table:table-cell office:value-type="date" office:date-value="{day}"><text:p>{day}</text:p></table:table-cell>'
    if isinstance(value, (int, float)):
        return f'<table:table-cell office:value-type="float" office:value="{value}"><text:p>{value}</text:p></table:table-cell>'
    return f'<table:table-cell office:value-type="string"><text:p>{escape(str(value))}</text:p></table:table-cell>'
