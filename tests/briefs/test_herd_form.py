"""The herd audit form goes out with the book stock, is filled in at the shed, and comes back as a herd ledger."""

from __future__ import annotations

import shutil
import zipfile
from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook

import kopanalysis as ka
from kopanalysis.briefs.herd_form import COLUMNS, COUNT_SHEET, EVENT_SHEET, HEADER_ROW, read_herd_form, write_herd_form
from kopanalysis.loaders import xlsx
from kopanalysis.loaders.load import Office
from kopanalysis.metrics.herd_audit import herd_audit_list
from kopanalysis.present.shown import table_record
from kopanalysis.resources import resource

HEADS = [heading for heading, *_ in COLUMNS]


@pytest.fixture
def form(demo_office: Office, tmp_path: Path) -> Path:
    return write_herd_form(table_record(herd_audit_list(ka.herd_ledger(demo_office))), tmp_path / "formulir-audit-ternak.xlsx")


def test_it_does_not_hold_the_hour_of_its_making(form: Path) -> None:
    with zipfile.ZipFile(form) as parts:
        assert {part.date_time for part in parts.infolist()} == {xlsx.OLDEST}
        assert parts.read("docProps/core.xml").count(f"{xlsx.STAMP:%Y-%m-%d}T".encode()) == 2


def fill(path: Path, row: int, **values: object) -> None:
    book = load_workbook(path)
    for heading, value in values.items():
        book[COUNT_SHEET].cell(row, HEADS.index(heading) + 1, value)
    book[EVENT_SHEET].cell(HEADER_ROW + 1, 1, date(2026, 1, 12))
    for column, value in enumerate(("Karya Muda Tani", "DKS", "Mati", 2, "Jantan"), start=2):
        book[EVENT_SHEET].cell(HEADER_ROW + 1, column, value)
    book.save(path)


def row_of(path: Path, group: str, fund: str) -> int:
    sheet = load_workbook(path)[COUNT_SHEET]
    wanted = [
        row for row in range(HEADER_ROW + 1, sheet.max_row + 1)
        if (sheet.cell(row, HEADS.index("Kelompok Tani") + 1).value, sheet.cell(row, HEADS.index("Sumber Dana") + 1).value) == (group, fund)
    ]  # fmt: skip
    return wanted[0]


def test_a_row_a_group_with_its_book_stock_and_cells_to_fill_in(form: Path, demo_office: Office) -> None:
    sheet = load_workbook(form)[COUNT_SHEET]
    listed = herd_audit_list(ka.herd_ledger(demo_office)).data
    assert sheet.max_row == HEADER_ROW + len(listed)
    row = row_of(form, "Karya Muda Tani", "DKS")
    cells = dict(zip(HEADS, [cell.value for cell in sheet[row]], strict=True))
    assert (cells["Diterima menurut buku"], cells["Hitungan lalu"], cells["Selisih pada hitungan lalu"]) == (92, 12, 33)
    assert (cells["Seharusnya ada sekarang"], cells["Kejadian"]) == (12, "Dihitung")
    assert all(cells[heading] is None for heading in ("Tanggal", "Jumlah", "No. BAST", "Mati, belum dibukukan"))
    kinds = {str(rule.sqref).split(":")[0][0]: rule.type for rule in sheet.data_validations.dataValidation}
    assert set(kinds.values()) == {"whole", "date", "list"}


def test_it_comes_back_with_what_is_still_unexplained(form: Path) -> None:
    row = row_of(form, "Karya Muda Tani", "DKS")
    fill(form, row, **{"Tanggal": date(2026, 2, 1), "Jumlah": 7, "Mati, belum dibukukan": 2, "Dokumen lengkap (Ya/Tidak)": "Tidak"})
    found = read_herd_form(form)
    assert found[["group_name", "fund"]].to_numpy().tolist() == [["Karya Muda Tani", "DKS"]]
    line = found.iloc[0]
    assert (line["counted"], line["expected"], line["died"], line["unexplained"]) == (7, 12, 2, 3)
    assert bool(line["complete"]) is False


def test_the_loaders_read_it_as_a_herd_ledger_and_count_no_blank_as_zero(form: Path, tmp_path: Path) -> None:
    fill(form, row_of(form, "Karya Muda Tani", "DKS"), **{"Tanggal": date(2026, 2, 1), "Jumlah": 7})
    folder = tmp_path / "kantor"
    folder.mkdir()
    shutil.copy(form, folder / form.name)
    shutil.copy(resource("data", "demo", "Register Koperasi 2022-2024.xlsx"), folder)
    office = ka.load_office(folder)
    cattle = office.tables["cattle"]
    assert cattle["group_name"].eq("Karya Muda Tani").all()
    assert sorted(zip(cattle["event"], cattle["heads"], strict=True)) == [("counted", 7.0), ("died", 2.0)]


def test_another_workbook_is_refused(tmp_path: Path) -> None:
    shutil.copy(resource("data", "demo", "Register per 31 Desember 2025.xlsx"), tmp_path / "office.xlsx")
    with pytest.raises(ka.DataError, match="no herd audit form"):
        read_herd_form(tmp_path / "office.xlsx")
