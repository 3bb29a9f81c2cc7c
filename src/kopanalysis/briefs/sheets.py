"""The tables of a brief as files: a CSV each for programs, one Excel workbook of them all for people; how a sheet is printed."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from kopanalysis.loaders.words import harmless
from kopanalysis.loaders.xlsx import to_bytes

NOT_IN_A_SHEET_NAME = re.compile(r"[\[\]:*?/\\']")
LONGEST_SHEET_NAME = 31
INDEX = "Daftar"
INDEX_COLUMNS = ("Lembar / Sheet", "Tabel / Table", "Naskah / Brief", "Baris / Rows", "Kolom / Columns", "Fungsi / Function", "CSV")
HEAD_FILL, HEAD_FONT = PatternFill("solid", fgColor="E3EFEE"), Font(bold=True, color="0B4A4A")
WIDEST = 48


def write_table_csv(table: Mapping[str, Any], folder: Path) -> Path:
    """Write one table as ``<brief>-<name>.csv``.

    UTF-8 without a mark at the start, commas, decimal points, the columns' own names: made for programs. A comma CSV opens in one
    column in an Indonesian Excel with or without that mark, which is why all tables also stand in tables.xlsx.

    Parameters
    ----------
    table : mapping
        ``name, brief, columns, data``.
    folder : pathlib.Path
        Made when it isn't there.

    Returns
    -------
    pathlib.Path
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / csv_name(table)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(table["columns"])
        writer.writerows([harmless(value) for value in row] for row in table["data"])
    return path


def csv_name(table: Mapping[str, Any]) -> str:
    """File name of a table's CSV."""
    return f"{table['brief']}-{table['name']}.csv"


def write_tables_xlsx(tables: Sequence[Mapping[str, Any]], path: Path | str) -> Path:
    """Write all tables into one workbook: a first sheet that lists them, then one sheet a table.

    Parameters
    ----------
    tables : sequence of mapping
        ``name, brief, columns, labels_id, labels_en, data, call``.
    path : path

    Returns
    -------
    pathlib.Path
        Equal tables give equal bytes.
    """
    path = Path(path)
    book = Workbook()
    index = book.active
    index.title = INDEX
    _head(index, INDEX_COLUMNS)
    for table in tables:
        sheet = book.create_sheet(_sheet_name(table["name"], book.sheetnames))
        _fill(sheet, table)
        function = (table.get("call") or {}).get("function") or ""
        facts = (table["name"], table["brief"], len(table["data"]), len(table["columns"]), function, f"tables/{csv_name(table)}")
        index.append([sheet.title, *facts])
        link = index.cell(index.max_row, 1)
        link.hyperlink, link.style = f"#'{sheet.title}'!A1", "Hyperlink"
    _set_widths(index)
    path.write_bytes(to_bytes(book))
    return path


def _fill(sheet: Worksheet, table: Mapping[str, Any]) -> None:
    labels = zip(table["labels_id"], table["labels_en"], strict=True)
    _head(sheet, [indonesian if indonesian == english else f"{indonesian} / {english}" for indonesian, english in labels])
    for row in table["data"]:
        sheet.append([harmless(_typed(value)) for value in row])
    for cells in sheet.iter_rows(min_row=2):
        for cell in cells:
            if cell.data_type == "f":
                cell.data_type = "s"
    _set_widths(sheet)


def _typed(value: Any) -> Any:
    """Dates written as ISO text become dates; what a cell can't hold becomes text."""
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return value
    if value is None or isinstance(value, (str, int, float, bool, date)):
        return value
    return str(value)


def _head(sheet: Worksheet, labels: Sequence[str]) -> None:
    sheet.append([harmless(label) for label in labels])
    for cell in sheet[1]:
        cell.font, cell.fill, cell.alignment = HEAD_FONT, HEAD_FILL, Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "A2"


def _set_widths(sheet: Worksheet) -> None:
    sheet.auto_filter.ref = sheet.dimensions
    for number, column in enumerate(sheet.iter_cols(values_only=True), 1):
        texts = ["" if value is None else str(value) for value in column]
        longest = max((len(text) for text in texts[1:]), default=0)
        sheet.column_dimensions[get_column_letter(number)].width = min(WIDEST, max(10, longest + 2, len(texts[0]) // 2 + 2))


def _sheet_name(name: str, taken: Sequence[str]) -> str:
    clean = NOT_IN_A_SHEET_NAME.sub("_", name)[:LONGEST_SHEET_NAME] or "tabel"
    lower = {other.lower() for other in taken}
    result, number = clean, 2
    while result.lower() in lower:
        result = f"{clean[: LONGEST_SHEET_NAME - len(str(number)) - 1]}~{number}"
        number += 1
    return result


def for_printing(sheet: Worksheet, header: int, wide: int = 1) -> None:
    """Print a sheet on A4 across, so many pages wide, with the heading on every page."""
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = wide, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = f"{header}:{header}"
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.page_margins.top, sheet.page_margins.bottom, sheet.page_margins.footer = 0.5, 0.75, 0.4
    sheet.oddFooter.center.text = "&P / &N"
