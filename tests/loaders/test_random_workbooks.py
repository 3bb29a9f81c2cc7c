"""Workbooks of random layout, styles, merges and dirt: no row is ever lost, and what was written is read back or set aside."""

import datetime as dt
import tempfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.styles import Font, PatternFill

from kopanalysis.loaders.load import load_office
from kopanalysis.loaders.returns import write_returns

from .test_load import conserved, counted

HEADINGS = {
    "nik": ("NIK", "nikKoperasi", "No. Induk\nKoperasi"),
    "name": ("Nama Koperasi", "NAMA  KOPERASI", "namaKoperasi"),
    "kecamatan": ("Kecamatan", "KEC."),
    "members_male": ("Anggota Pria", "Jml. Anggota L", "jmlAnggota_pria"),
    "last_rat_date": ("Tanggal RAT Terakhir", "Tgl RAT terakhir"),
    "status": ("Status", "Keaktifan"),
}
DIRT = {
    "nik": ("", "-", "0", "3506", "5.10401E+12", "1310999999990001", "=1+1", "<b>x</b>"),
    "name": ("", "-", "Jumlah Jaya", "=cmd|'/c calc'!A1", "<script>x</script>", "\\input{x}", "#import x", "a\nb"),
    "kecamatan": ("", "KPGD", "Entah", "Pauah Duo"),
    "members_male": ("", "-", "banyak", "-4", "1.234", "300-an", "2,5"),
    "last_rat_date": ("", "-", "0000-00-00", "30-11--0001", "31 Februari 2018", "t.a.d.", "5 Pebruari 2019"),
    "status": ("", "entah", "Tdk Aktif", "AKTIF"),
}
CLEAN = {
    "nik": st.integers(1, 999_999).map(lambda n: f"1310010{n:06}"),
    "name": st.sampled_from(["KSP Maju", "KSU Jaya", "KUD Sepakat", "Koperasi Tani"]),
    "kecamatan": st.sampled_from(["Sangir", "Sungai Pagu"]),
    "members_male": st.integers(0, 5_000),
    "last_rat_date": st.dates(min_value=dt.date(2000, 1, 1), max_value=dt.date(2021, 12, 31)),
    "status": st.sampled_from(["Aktif", "Tidak Aktif"]),
}
READ = {"Aktif": "active", "Tidak Aktif": "inactive"}


@st.composite
def workbooks(draw):
    """Columns in any order under any of their headings; title lines, repeated headings, totals, gaps; rows clean or soiled."""
    fields = draw(st.permutations(list(HEADINGS)))
    heads = [draw(st.sampled_from(HEADINGS[field])) for field in fields]
    lines = [["DAFTAR KOPERASI"], ["Per 31 Desember 2021"]] if draw(st.booleans()) else [["Keadaan per 31-12-2021"]]
    lines += [[]] * draw(st.integers(0, 2))
    lines.append(heads)
    written = []
    for number in range(draw(st.integers(1, 8))):
        soiled = draw(st.sets(st.sampled_from(list(HEADINGS)), max_size=2))
        cells = {field: draw(st.sampled_from(DIRT[field]) if field in soiled else CLEAN[field]) for field in fields}
        lines.append([None if cells[field] == "" else cells[field] for field in fields])
        written.append((len(lines), cells, soiled))
        extra = draw(st.integers(0, 12))
        if extra == 0:
            lines.append(list(heads))
        elif extra == 1:
            lines.append([f"Jumlah {number}" if field == "name" else 3 if field == "members_male" else None for field in fields])
        elif extra == 2:
            lines.append([])
    style = {"bold": draw(st.booleans()), "left": draw(st.integers(0, 2)), "merge": draw(st.booleans()), "hidden": draw(st.booleans())}
    return lines, written, style


def write(path, lines, style):
    book = openpyxl.Workbook()
    page = book.active
    page.title = "Data"
    for number, line in enumerate(lines, start=1):
        for at, value in enumerate(line, start=1 + style["left"]):
            cell = page.cell(number, at)
            cell.value = value
            if cell.data_type == "f":
                cell.data_type = "s"
            if style["bold"]:
                cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="CCDDEE")
    if style["merge"]:
        page.merge_cells(start_row=1, start_column=1 + style["left"], end_row=1, end_column=4 + style["left"])
    if style["hidden"]:
        book.create_sheet("Lain")
        page.sheet_state = "hidden"
        book.active = 1
    book.save(path)


def as_read(field, value):
    return READ.get(value, value) if field == "status" else value


def check_reading(office, written, shift=0):
    """Every clean cell of an accepted row is what was written; a soiled one is read, missing or listed; rows not accepted are listed."""
    register = {row["source_row"]: row for row in office.tables["register"].to_dict("records")}
    aside = {(item["row"], item["scope"]) for item in office.set_aside.to_dict("records")}
    cells = {(item["row"], item["field"]) for item in office.set_aside.to_dict("records")}
    structural = {item["row"] for source in office.sources["structural"] for item in source}
    for number, values, soiled in written:
        row = number + shift
        if row not in register:
            assert (row, "row") in aside or (row in structural and soiled), values
            continue
        for field, value in values.items():
            found = register[row][field]
            if field in soiled or (row, field) in cells:
                continue
            shown = found.date() if field == "last_rat_date" else found
            assert shown == as_read(field, value), (field, value, found)


def examine(drawn):
    lines, written, style = drawn
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        write(folder / "daftar.xlsx", lines, style)
        office = load_office(folder, require_register=False)
        conserved(office)
        read = office.sources[office.sources["table"].notna()]
        assert read["rows_in"].tolist() == [counted(folder / "daftar.xlsx", "Data")]
        check_reading(office, written)
        (made,) = write_returns(office, folder / "kembali")
        again = load_office(folder / "kembali", require_register=False)
        conserved(again)
        columns = [name for name in office.tables["register"] if name not in ("source_id", "source_rows")]
        assert again.tables["register"][columns].equals(office.tables["register"][columns]), made
        assert (
            again.set_aside[["row", "reason", "value"]].to_numpy().tolist()
            == office.set_aside[["row", "reason", "value"]].to_numpy().tolist()
        )


@settings(max_examples=100, deadline=None)
@given(workbooks())
def test_nothing_is_lost_and_returns_read_alike(drawn):
    examine(drawn)


@pytest.mark.certify
@settings(max_examples=2_000, deadline=None)
@given(workbooks())
def test_nothing_is_lost_in_two_thousand(drawn):
    examine(drawn)
