"""The draw as a workbook: the waves in order with columns to fill in at the training, and what it takes to draw them again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from kopanalysis.briefs.decree import redraw_command
from kopanalysis.loaders.words import harmless
from kopanalysis.loaders.xlsx import to_bytes
from kopanalysis.present.words import word

SHEET, FACTS = "Undian", "Cara mengulang"
PRINTED = ("wave", "order", "name", "nik", "kecamatan", "nagari", "status")
TO_FILL = ("Tanggal dilatih", "Hadir (ya/tidak)", "Jumlah peserta", "Alasan bila tidak hadir")
WIDTHS = (11, 9, 42, 16, 22, 24, 13, 15, 12, 12, 32)
HEAD, FILL_IN = PatternFill("solid", fgColor="E3EFEE"), PatternFill("solid", fgColor="FFF8E1")


def write_lottery(record: dict[str, Any], path: Path) -> Path:
    """Write the draw of a brief as a workbook.

    Parameters
    ----------
    record : dict
        Of the table ``lottery_list``: ``columns, data, call``.
    path : pathlib.Path

    Returns
    -------
    pathlib.Path
    """
    data = pd.DataFrame(record["data"], columns=record["columns"])
    book = Workbook()
    sheet = book.active
    sheet.title = SHEET
    sheet.append([word("column", name).id for name in PRINTED] + list(TO_FILL))
    for line in data.to_dict("records"):
        sheet.append([_cell(name, line[name]) for name in PRINTED])
    _dress(sheet, len(data))
    about = book.create_sheet(FACTS)
    first = data.iloc[0]
    for name in ("list_day", "strata", "list_hash", "seed", "seed_source"):
        about.append([word("draw_fact", name).id, harmless(str(first[name] or ("belum ditetapkan" if name == "seed" else "")))])
    about.append([word("draw_fact", "redraw").id, redraw_command(record)])
    about.column_dimensions["A"].width, about.column_dimensions["B"].width = 34, 90
    for cell in about["B"]:
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    path.write_bytes(to_bytes(book))
    return path


def _cell(name: str, value: Any) -> Any:
    if name == "status":
        return word("status", str(value)).id
    return harmless(value)


def _dress(sheet: Any, rows: int) -> None:
    columns = len(PRINTED) + len(TO_FILL)
    for index in range(1, columns + 1):
        letter = get_column_letter(index)
        head = sheet[f"{letter}1"]
        head.font, head.fill, head.alignment = Font(bold=True), HEAD, Alignment(wrap_text=True, vertical="top")
        sheet.column_dimensions[letter].width = WIDTHS[index - 1]
        if index > len(PRINTED):
            for row in range(2, rows + 2):
                sheet[f"{letter}{row}"].fill = FILL_IN
    for cells in sheet.iter_rows(min_row=2, max_col=len(PRINTED)):
        for cell in cells:
            cell.data_type = "s" if cell.data_type == "f" else cell.data_type
    sheet.freeze_panes = "D2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(columns)}{rows + 1}"
