"""The herd audit form: a workbook with one row a group and its book stock, cells to fill in at the shed, and read back as a herd ledger."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from kopanalysis.briefs.sheets import for_printing
from kopanalysis.errors import DataError
from kopanalysis.loaders.words import harmless
from kopanalysis.loaders.xlsx import to_bytes

FILE = "formulir-audit-ternak.xlsx"
COUNT_SHEET, EVENT_SHEET, HELP_SHEET = "Hitungan", "Kejadian", "Petunjuk"
HEADER_ROW = 4
EVENT_ROWS = 60
EXPECTED = "Seharusnya ada sekarang"  # from the last count on, so that a gap of then isn't asked for twice
# Heading, column of the table (empty: to fill in; @: a word), width. The first seven are those that a herd ledger is known by.
COLUMNS: tuple[tuple[str, str, int], ...] = (
    ("Tanggal", "", 12), ("Kelompok Tani", "group_name", 38), ("Nama Koperasi", "name", 42), ("Sumber Dana", "fund", 11),
    ("Kejadian", "@Dihitung", 10), ("Jumlah", "", 9), ("No. BAST", "", 18), ("Diterima menurut buku", "accepted", 10),
    ("Lahir menurut buku", "born", 9), ("Dibeli menurut buku", "bought", 9), ("Mati menurut buku", "died", 9),
    ("Dijual menurut buku", "sold", 9), ("Hilang atau digulirkan menurut buku", "left", 12), ("Hitungan lalu", "last_counted", 10),
    ("Tanggal hitungan lalu", "counted_on", 12), ("Selisih pada hitungan lalu", "gap", 12), (EXPECTED, "expected", 12),
    ("Mati, belum dibukukan", "", 12), ("Dijual, belum dibukukan", "", 12), ("Keluar lain, belum dibukukan", "", 12),
    ("Dokumen lengkap (Ya/Tidak)", "", 12), ("Keterangan", "", 28),
)  # fmt: skip
FOUND = {"Mati, belum dibukukan": "died", "Dijual, belum dibukukan": "sold", "Keluar lain, belum dibukukan": "lost"}
EVENTS = ("Mati", "Dijual", "Dijual sakit", "Hilang", "Digulirkan", "Lahir", "Dibeli", "Diterima")
EVENT_COLUMNS = (("Tanggal", 12), ("Kelompok Tani", 32), ("Sumber Dana", 12), ("Kejadian", 14), ("Jumlah", 9), ("Jenis Kelamin", 12),
                 ("Nilai", 15), ("No. BAST", 20))  # fmt: skip
HELP = (
    "Formulir ini dibawa ke setiap kelompok bersama petugas peternakan.",
    "Kolom berwarna kuning diisi; kolom putih berasal dari buku ternak kantor dan tidak diubah.",
    "Hitungan: satu baris setiap kelompok dan sumber dana. Isi tanggal hitung dan jumlah ekor yang benar-benar dilihat.",
    "Selisih pada hitungan lalu: ekor yang saat itu tidak ada catatannya. Tanyakan dan tulis jawabannya pada kolom Keterangan.",
    "Seharusnya ada sekarang: hitungan lalu ditambah dan dikurangi yang tercatat sesudahnya.",
    "Bila kelompok menjelaskan ekor yang kurang, tulis jumlahnya pada kolom belum dibukukan, dan kejadiannya pada lembar Kejadian.",
    "Kejadian: satu baris setiap kematian, penjualan, atau perpindahan yang belum dibukukan, dengan tanggal dan nomor berita acara.",
    "Sesudah diisi, simpan berkas ini di folder data kantor: lembar Hitungan dan Kejadian dibaca sebagai buku ternak.",
    "Baris tanpa jumlah ekor disisihkan sampai diisi; baris itu tidak dianggap nol.",
)
HEAD = PatternFill("solid", fgColor="1F4E5F")
GIVEN, TO_FILL = PatternFill("solid", fgColor="F4F6F6"), PatternFill("solid", fgColor="FFF8E1")
LINE = Border(*(Side(style="thin", color="BFC6C9") for _ in range(4)))


def write_herd_form(table: dict[str, Any], path: Path) -> Path:
    """Write the form from the list of groups.

    Parameters
    ----------
    table : dict
        Record of the table ``herd_form`` (:func:`kopanalysis.metrics.herd_audit.herd_audit_list`): ``columns, data``.
    path : pathlib.Path

    Returns
    -------
    pathlib.Path
    """
    data = pd.DataFrame(table["data"], columns=table["columns"])
    book = Workbook()
    _counts(book.active, data)
    _events(book.create_sheet(EVENT_SHEET), data)
    helped = book.create_sheet(HELP_SHEET)
    helped.column_dimensions["A"].width = 110
    for line in ("Petunjuk mengisi formulir audit ternak", *HELP):
        helped.append([line])
    for row in helped.iter_rows():
        row[0].alignment = Alignment(wrap_text=True, vertical="top")
    helped["A1"].font = Font(bold=True, size=13)
    for_printing(helped, 1)
    path.write_bytes(to_bytes(book))
    return path


def _counts(sheet: Worksheet, data: pd.DataFrame) -> None:
    sheet.title = COUNT_SHEET
    sheet["B1"] = "FORMULIR AUDIT TERNAK"  # in the column that is printed on both pages
    sheet["B1"].font = Font(bold=True, size=13)
    sheet["B2"].alignment, sheet.row_dimensions[2].height = Alignment(wrap_text=True, vertical="top"), 45
    sheet["B2"] = "Isi kolom kuning di kelompok; hitung bersama petugas peternakan dan pengurus kelompok."
    for position, (heading, _, width) in enumerate(COLUMNS, start=1):
        _head(sheet, HEADER_ROW, position, heading, width)
    for number, record in enumerate(data.to_dict("records"), start=HEADER_ROW + 1):
        for position, (heading, source, _) in enumerate(COLUMNS, start=1):
            cell = sheet.cell(number, position, _value(dict(record), source))
            cell.fill, cell.border = (GIVEN if source else TO_FILL), LINE
            cell.alignment = Alignment(vertical="center")
            cell.number_format = "dd-mm-yyyy" if "anggal" in heading else "0" if source and source[0] != "@" else "General"
        sheet.row_dimensions[number].height = 18
    last = HEADER_ROW + max(len(data), 1)
    _validate(sheet, last)
    sheet.print_title_cols = "B:B"  # printed on two pages side by side: what is known, and what is filled in
    sheet.freeze_panes = sheet.cell(HEADER_ROW + 1, 3)
    sheet.auto_filter.ref = f"A{HEADER_ROW}:{get_column_letter(len(COLUMNS))}{last}"
    sheet.row_dimensions[HEADER_ROW].height = 62
    for_printing(sheet, HEADER_ROW, 2)


def _head(sheet: Worksheet, row: int, position: int, heading: str, width: int) -> None:
    cell = sheet.cell(row, position, heading)
    cell.font, cell.fill, cell.border = Font(bold=True, color="FFFFFF"), HEAD, LINE
    cell.alignment = Alignment(wrap_text=True, vertical="center")
    sheet.column_dimensions[get_column_letter(position)].width = width


def _value(record: dict[Any, Any], source: str) -> Any:
    if not source:
        return None
    if source.startswith("@"):
        return source[1:]
    value = record.get(source)
    if value is None or pd.isna(value):
        return None
    if source == "counted_on":
        return pd.Timestamp(value).to_pydatetime()
    return int(value) if isinstance(value, float) else harmless(value)


def _letter(heading: str) -> str:
    return get_column_letter([name for name, *_ in COLUMNS].index(heading) + 1)


def _validate(sheet: Worksheet, last: int) -> None:
    """Whole heads from zero on, real dates, yes or no."""
    for heading in ("Jumlah", *FOUND):
        _add(
            sheet,
            DataValidation(type="whole", operator="greaterThanOrEqual", formula1="0"),
            heading,
            last,
            "Bilangan bulat, nol atau lebih.",
        )
    dates = DataValidation(type="date", operator="greaterThanOrEqual", formula1="44197")
    _add(sheet, dates, "Tanggal", last, "Tanggal, misalnya 25-08-2026.")
    _add(sheet, DataValidation(type="list", formula1='"Ya,Tidak"'), "Dokumen lengkap (Ya/Tidak)", last, "Pilih Ya atau Tidak.")


def _add(sheet: Worksheet, rule: DataValidation, heading: str, last: int, said: str) -> None:
    rule.allow_blank, rule.errorTitle, rule.error, rule.showErrorMessage = True, heading[:30], said, True
    sheet.add_data_validation(rule)
    rule.add(f"{_letter(heading)}{HEADER_ROW + 1}:{_letter(heading)}{last}")


def _events(sheet: Worksheet, data: pd.DataFrame) -> None:
    """Rows to write down what the office's ledger lacks; groups and events from lists."""
    sheet["A1"] = "KEJADIAN YANG BELUM DIBUKUKAN"
    sheet["A1"].font = Font(bold=True, size=13)
    for position, (heading, width) in enumerate(EVENT_COLUMNS, start=1):
        _head(sheet, HEADER_ROW, position, heading, width)
    first, last = HEADER_ROW + 1, HEADER_ROW + EVENT_ROWS
    for row in range(first, last + 1):
        for position, (heading, _) in enumerate(EVENT_COLUMNS, start=1):
            cell = sheet.cell(row, position)
            cell.fill, cell.border = TO_FILL, LINE
            cell.number_format = "dd-mm-yyyy" if heading == "Tanggal" else "#,##0" if heading == "Nilai" else "General"
    funds = ",".join(sorted({str(fund) for fund in data["fund"].dropna()})) if len(data) else ""
    end = HEADER_ROW + max(len(data), 1)
    lists = {"B": f"={COUNT_SHEET}!$B${first}:$B${end}", "D": f'"{",".join(EVENTS)}"', "F": '"Jantan,Betina"'}
    if funds and len(funds) < 250:
        lists["C"] = f'"{funds}"'
    for letter, formula in lists.items():
        rule = DataValidation(type="list", formula1=formula, allow_blank=True)
        rule.errorStyle = "warning"
        sheet.add_data_validation(rule)
        rule.add(f"{letter}{first}:{letter}{last}")
    heads = DataValidation(type="whole", operator="greaterThanOrEqual", formula1="0", allow_blank=True)
    sheet.add_data_validation(heads)
    heads.add(f"E{first}:E{last}")
    sheet.freeze_panes = sheet.cell(first, 1)
    sheet.row_dimensions[HEADER_ROW].height = 32
    for_printing(sheet, HEADER_ROW)


def read_herd_form(path: Path) -> pd.DataFrame:
    """Read a filled-in form back: what was counted, what the group explained, and what is still missing.

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    pandas.DataFrame
        ``group_name, fund, counted_on, counted, expected, died, sold, lost, complete, unexplained`` (expected less counted and explained),
        one row a group that was counted.

    Raises
    ------
    DataError
        When the workbook isn't this form.
    """
    try:
        book = load_workbook(path, read_only=True, data_only=True)
        rows = list(book[COUNT_SHEET].iter_rows(min_row=HEADER_ROW, max_col=len(COLUMNS), values_only=True))
    except (KeyError, OSError, ValueError) as error:
        raise DataError(
            f"{path.name} is no herd audit form of ours: {error}", str(path), "Leave its sheets and headings in place."
        ) from None
    heads = [str(name) for name in rows[0]] if rows else []
    if heads != [heading for heading, *_ in COLUMNS]:
        raise DataError(f"{path.name} is no herd audit form of ours", str(path), "Leave its sheets and headings in place.")
    frame = pd.DataFrame(rows[1:], columns=heads)
    frame = frame[pd.to_numeric(frame["Jumlah"], errors="coerce").notna()]
    found = {name: pd.to_numeric(frame[heading], errors="coerce").fillna(0.0) for heading, name in FOUND.items()}
    out = pd.DataFrame({
        "group_name": frame["Kelompok Tani"], "fund": frame["Sumber Dana"], "counted_on": pd.to_datetime(frame["Tanggal"]),
        "counted": frame["Jumlah"].astype(float), "expected": pd.to_numeric(frame[EXPECTED], errors="coerce"), **found,
        "complete": frame["Dokumen lengkap (Ya/Tidak)"].map({"Ya": True, "Tidak": False}),
    })  # fmt: skip
    return out.assign(unexplained=out["expected"] - out["counted"] - sum(found.values())).reset_index(drop=True)
