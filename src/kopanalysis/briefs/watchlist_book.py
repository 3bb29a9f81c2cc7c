"""The watch-list as a workbook to take along: who to visit, columns to fill in, and last year's list read back to be scored."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from kopanalysis.briefs.sheets import for_printing
from kopanalysis.errors import DataError
from kopanalysis.lineage import Rows, recorded
from kopanalysis.loaders.words import harmless
from kopanalysis.loaders.xlsx import to_bytes
from kopanalysis.present.words import word
from kopanalysis.results import Number, Table

FILE = "watchlist.xlsx"
SHEET, KEY_SHEET = "Daftar pantau", "_daftar_pantau"
KEYS = ("coop_id", "target_year", "rank", "probability")
PRINTED = ("rank", "name", "kecamatan", "nagari", "of_ten", "rank_range", "signs", "visit")
TO_FILL = ("Tanggal kunjungan", "Masih beroperasi (Ya/Tidak)", "Sebab", "Tindak lanjut", "Catatan")
WIDTHS = (10, 32, 18, 22, 9, 11, 26, 11, 13, 14, 22, 22, 24)
HEAD_HEIGHT, LINE_HEIGHT = 46, 32  # points: a heading of three lines, room to write by hand
THIN = Side("thin", color="B4BEC3")
HEAD, FILL_IN = PatternFill("solid", fgColor="E3EFEE"), PatternFill("solid", fgColor="FFF8E1")


def write_watchlist(table: dict[str, Any], path: Path) -> Path:
    """Write the list of a brief as a workbook with empty columns for the visit.

    Parameters
    ----------
    table : dict
        Record of the table ``watchlist``: ``columns, data``.
    path : pathlib.Path

    Returns
    -------
    pathlib.Path
    """
    data = pd.DataFrame(table["data"], columns=table["columns"])
    book = Workbook()
    sheet = book.active
    sheet.title = SHEET
    shown = [name for name in PRINTED if name in data and data[name].notna().any()]
    heads = [word("column", name).id for name in shown] + list(TO_FILL)
    sheet.append(heads)
    for record in data.to_dict("records"):
        sheet.append([_cell(name, record[name]) for name in shown])
    _dress(sheet, len(shown), len(heads), len(data))
    keys = book.create_sheet(KEY_SHEET)
    keys.sheet_state = "hidden"
    keys.append(list(KEYS))
    for record in data.to_dict("records"):
        keys.append([record.get(name) for name in KEYS])
    path.write_bytes(to_bytes(book))
    return path


def _cell(name: str, value: Any) -> Any:
    if name == "signs":
        return ", ".join(word("sign", sign).id for sign in str(value).split())
    return harmless(value)


def _dress(sheet: Any, printed: int, columns: int, rows: int) -> None:
    for index in range(1, columns + 1):
        letter = get_column_letter(index)
        head = sheet[f"{letter}1"]
        head.font, head.fill, head.alignment = Font(bold=True), HEAD, Alignment(wrap_text=True, vertical="top")
        sheet.column_dimensions[letter].width = WIDTHS[min(index, len(WIDTHS)) - 1]
        for row in range(2, rows + 2):
            cell = sheet[f"{letter}{row}"]
            middle = "center" if isinstance(cell.value, int | float) else None
            cell.alignment, cell.border = Alignment(wrap_text=True, vertical="top", horizontal=middle), Border(bottom=THIN)
            if index > printed:
                cell.fill, cell.border = FILL_IN, Border(bottom=THIN, left=THIN)
    sheet.row_dimensions[1].height = HEAD_HEIGHT
    for row in range(2, rows + 2):
        sheet.row_dimensions[row].height = LINE_HEIGHT
    operating = get_column_letter(printed + 2)
    choice = DataValidation(type="list", formula1='"Ya,Tidak"', allow_blank=True)
    sheet.add_data_validation(choice)
    choice.add(f"{operating}2:{operating}{rows + 1}")
    sheet.freeze_panes = "C2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(columns)}{rows + 1}"
    for_printing(sheet, 1)


def read_watchlist(path: Path) -> pd.DataFrame:
    """Read an earlier list back, whatever was filled in beside it.

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    pandas.DataFrame
        ``coop_id, target_year, rank, probability``.

    Raises
    ------
    DataError
        When the workbook isn't one of ours.
    """
    try:
        book = load_workbook(path, read_only=True, data_only=True)
        rows = list(book[KEY_SHEET].iter_rows(values_only=True))
    except (KeyError, OSError, ValueError) as error:
        raise DataError(f"{path.name} is no watch-list of ours: {error}", str(path), "Leave its hidden sheet in place.") from None
    frame = pd.DataFrame(rows[1:], columns=list(rows[0]))
    return frame.astype({"target_year": "int64", "rank": "int64"})


@recorded
def score_list(panel: pd.DataFrame, path: str) -> Table:
    """Score the list of an earlier run, read back from its workbook, against the meetings known since.

    Parameters
    ----------
    panel : pandas.DataFrame
        From :func:`kopanalysis.build_panel`.
    path : str
        The earlier ``watchlist.xlsx``.

    Returns
    -------
    Table
        As :func:`kopanalysis.score_watchlist`; numbers ``watchlist_scored.{known,missed,hits}``.

    Raises
    ------
    DataError
        When it isn't a list of ours, or none of its outcomes is known yet.
    """
    from kopanalysis.inactivity.watchlist import score_watchlist  # late: it brings scipy, which a list to be written doesn't need

    table = score_watchlist(read_watchlist(Path(path)), panel)
    rows = Rows.of(panel["source_rows"])
    values = table.data.set_index("term")["value"]
    counts = {term: int(values[term]) for term in ("known", "missed", "hits")}
    numbers = tuple(
        Number(f"watchlist_scored.{term}", count, "cooperatives", n=counts["known"], method="count", rows=rows)
        for term, count in counts.items()
    )
    return replace(table, numbers=numbers, rows=rows)
