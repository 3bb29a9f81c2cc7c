"""Blank Indonesian workbooks for the nine tables, made so that what a clerk fills in loads without a question."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from kopanalysis.errors import CallError
from kopanalysis.loaders.categories import CAUSES
from kopanalysis.loaders.regions import all_regions
from kopanalysis.loaders.schema import Column, Table
from kopanalysis.loaders.tables import TABLES

EXAMPLE_MARK = "contoh"
EXPLANATION_SHEET = "Petunjuk"
FILLABLE_ROWS = 1000
HEADER_ROW = 3
_FORMATS = {
    "nik": "@", "name": "@", "legal": "@", "text": "@", "date": "dd-mm-yyyy", "range": "dd-mm-yyyy", "idr": "#,##0", "count": "0",
    "year": "0",
}  # fmt: skip
_EXAMPLES: dict[str, Any] = {
    "nik": "1310010000001", "name": "Koperasi Simpan Pinjam Contoh", "legal_number": "32/BH/XXVII.4/III/2016",
    "group": "Kop. Simpan Pinjam",
    "sector": "Peternakan", "nagari": "Lubuk Gadang", "kecamatan": "Sangir", "regency": "Solok Selatan",
    "book_year": 2021,
    "programme": "Pengembangan usaha", "fund": "APBD", "group_name": "Kelompok Tani Contoh", "breed": "Bali", "document": "01/BAST/2022",
    "causes": "rat_missed", "operating": "ya", "government_funds": "tidak", "evidence": "kunjungan lapangan", "nik_grade": "A",
}  # fmt: skip
_HOW = {
    "nik": "NIK koperasi, 13 angka, sebagai teks", "name": "nama lengkap seperti di akta", "legal": "seperti di akta",
    "date": "tanggal, misalnya 25-08-2022", "range": "tanggal mulai, misalnya 25-08-2022", "year": "tahun 4 angka",
    "count": "angka bulat tanpa titik", "idr": "rupiah penuh, angka saja", "number": "angka 0 sampai 100", "flag": "ya atau tidak",
    "category": "pilih dari daftar", "causes": "kode sebab, pisahkan dengan titik koma", "text": "teks",
    "district": "nama resmi kabupaten", "kecamatan": "nama resmi kecamatan", "nagari": "nama resmi nagari",
}  # fmt: skip


def write_templates(folder: str | Path) -> list[Path]:
    """Write one blank workbook a table: each can be filled and handed in by another clerk.

    Every workbook has the table's sheet (title, heading, one example row that reading skips, drop-downs, date cells, NIK as text)
    and a sheet ``Petunjuk`` that explains each column.

    Parameters
    ----------
    folder : str or pathlib.Path
        Made where it isn't there; existing files of the same name are never overwritten.

    Returns
    -------
    list of pathlib.Path
        The nine files.

    Raises
    ------
    CallError
        When a file of that name exists already, or the folder can't be written.
    """
    home = Path(folder)
    paths = {table.name: home / f"{number:02d} {table.label}.xlsx" for number, table in enumerate(TABLES.values(), start=1)}
    existing = [path.name for path in paths.values() if path.exists()]
    if existing:
        raise CallError(f"{existing[0]} is there already", str(home), "Choose an empty folder, so that nothing filled in is lost.")
    try:
        home.mkdir(parents=True, exist_ok=True)
        for name, path in paths.items():
            build_template(TABLES[name]).save(path)
    except OSError as error:
        raise CallError(f"templates can't be written: {error.strerror}", str(home), "Choose a folder you may write to.") from error
    return list(paths.values())


def build_template(table: Table) -> Any:
    """Make the blank workbook of one table (an openpyxl Workbook)."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.active
    sheet.title = table.label
    sheet["A1"] = f"{table.label.upper()} - isi mulai baris {HEADER_ROW + 2}; baris contoh boleh dihapus"
    sheet["A1"].font = Font(bold=True, size=13)
    for position, column in enumerate((None, *table.columns), start=1):
        heading = sheet.cell(HEADER_ROW, position, column.label if column else "No")
        heading.font, heading.fill = Font(bold=True, color="FFFFFF"), PatternFill("solid", fgColor="1F4E5F")
        heading.alignment = Alignment(wrap_text=True, vertical="center")
        example = sheet.cell(HEADER_ROW + 1, position, _example(table, column) if column else EXAMPLE_MARK)
        example.font = Font(italic=True, color="7F7F7F")
        sheet.column_dimensions[get_column_letter(position)].width = max(12, min(34, len(column.label) + 6)) if column else 8
        if column:
            _prepare_cells(sheet, position, column)
    sheet.freeze_panes = sheet.cell(HEADER_ROW + 1, 3)
    _explain(book.create_sheet(EXPLANATION_SHEET), table)
    return book


def _example(table: Table, column: Column) -> Any:
    if column.kind in ("date", "range"):
        return date(2021, 12, 31) if column.name == "snapshot_date" else date(2022, 8, 25)
    if column.name in _EXAMPLES:
        return _EXAMPLES[column.name]
    if column.categories:
        return choices(column)[0]
    return {"idr": 15_000_000, "count": 20, "number": 75}.get(column.kind, "") if table.name else ""


def _prepare_cells(sheet: Any, position: int, column: Column) -> None:
    """Give the fillable cells of a column their format, and their drop-down."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    first, last = HEADER_ROW + 1, HEADER_ROW + FILLABLE_ROWS
    number_format = _FORMATS.get(column.kind, "General")
    if number_format != "General":
        for row in range(first, last + 1):
            sheet.cell(row, position).number_format = number_format
    options = choices(column)
    if options:
        rule = DataValidation(type="list", formula1=f'"{",".join(options)}"', allow_blank=True)
        rule.errorTitle, rule.error, rule.errorStyle = "Pilihan", "Pilih salah satu dari daftar.", "warning"
        sheet.add_data_validation(rule)
        letter = get_column_letter(position)
        rule.add(f"{letter}{first}:{letter}{last}")


def choices(column: Column) -> list[str]:
    """Words a drop-down offers: one a category, as the loader reads them back; Excel allows 255 characters in all."""
    if column.kind == "flag":
        return ["ya", "tidak"]
    if column.kind == "kecamatan":
        return [region.name for region in all_regions() if region.level == "kecamatan"]
    words: dict[str, str] = {}
    for word, category in column.categories.items():
        words.setdefault(category, category if column.name in ("nik_grade", "type", "scheme") else word)
    options = [word if word.isupper() or word[:1].isupper() else word.capitalize() for word in words.values()]
    return options if len(",".join(options)) <= 255 else []


def _explain(sheet: Any, table: Table) -> None:
    from openpyxl.styles import Font

    sheet.append([f"Petunjuk mengisi {table.label}"])
    sheet["A1"].font = Font(bold=True, size=13)
    sheet.append(["Jangan mengubah judul kolom. Kosongkan sel bila datanya tidak ada. Jangan mengisi nama, telepon atau NIK orang."])
    sheet.append([])
    sheet.append(["Kolom", "Wajib", "Cara mengisi", "Pilihan"])
    for column in table.columns:
        sheet.append([column.label, _need(table, column), _HOW[column.kind], ", ".join(_listed(column))])
    for letter, width in (("A", 28), ("B", 26), ("C", 42), ("D", 90)):
        sheet.column_dimensions[letter].width = width


def _need(table: Table, column: Column) -> str:
    if column.required:
        return "wajib"
    group = next((group for group in table.required_any if column.name in group), ())
    return "salah satu: " + ", ".join(table.column(name).label for name in group) if len(group) > 1 else "wajib" if group else ""


def _listed(column: Column) -> Iterable[str]:
    return list(CAUSES) if column.kind == "causes" else choices(column)
