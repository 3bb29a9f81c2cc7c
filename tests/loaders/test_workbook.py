"""Files to lines: every encoding, row numbers as the sheet has them, and hostile files refused in one line."""

import io
import time
import zipfile

import pytest

from kopanalysis.loaders.workbook import data_files, read_workbook

from .office_files import raw_xlsx, write_csv, write_xlsx

CELL = '<row r="{row}"><c r="{cell}" t="inlineStr"><is><t>x</t></is></c></row>'


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "latin-1", "utf-16"])
def test_csv_in_any_encoding_and_delimiter(tmp_path, delimiter, encoding):
    rows = [["Nama", "Ket"], ["Café", "a\nb"], [], ["Peña", 'say "x", y; z']]
    sheet = read_workbook(write_csv(tmp_path / "a.csv", rows, delimiter, encoding)).sheets[0]
    assert [(line.row, line.cells) for line in sheet.lines] == [(1, ["Nama", "Ket"]), (2, ["Café", "a\nb"]), (4, ["Peña", 'say "x", y; z'])]


def test_row_numbers_are_those_of_the_sheet(tmp_path):
    book = read_workbook(write_xlsx(tmp_path / "a.xlsx", ("A", [[], [], [None, "x"], [], ["y"]]), ("Kosong", [])))
    assert [(line.row, line.cells) for line in book.sheets[0].lines] == [(3, [None, "x"]), (5, ["y", None])]
    assert book.sheets[1].lines == []


def test_what_is_no_data_is_not_listed(tmp_path):
    for name in ("~$a.xlsx", ".hidden.csv", "links.csv", "sources.toml", "notes.txt", "b.CSV", "a.ods"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "folder.xlsx").mkdir()
    assert [path.name for path in data_files(tmp_path)] == ["a.ods", "b.CSV"]


def damaged(folder):
    good = write_xlsx(folder / "good.xlsx", ("A", [["x"]])).read_bytes()
    yield "truncated.xlsx", good[: len(good) // 2], "file_unreadable"
    yield "empty.xlsx", b"", "file_unreadable"
    yield "text.xls", b"hello", "file_unreadable"
    yield "nul.csv", b"a,b\x00c\n1,2", "file_unreadable"
    yield "renamed.csv", good, "file_unreadable"
    yield (
        "locked.xlsx",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 500,
        "file_locked",
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (80 * 2**20))
    yield "bomb.xlsx", packed.getvalue(), "file_too_large"


def test_damaged_and_locked_files_come_back_with_their_reason(tmp_path):
    for name, content, reason in damaged(tmp_path):
        (tmp_path / name).write_bytes(content)
        book = read_workbook(tmp_path / name)
        assert (name, book.error) == (name, reason)
        assert book.message
        assert "\n" not in book.message


@pytest.mark.parametrize("dimension", ["A1:XFD1048576", "A1"])
def test_two_cells_at_the_corners_are_refused_whatever_the_file_declares(tmp_path, dimension):
    rows = CELL.format(row=1, cell="A1") + CELL.format(row=1048576, cell="XFD1048576")
    path = raw_xlsx(tmp_path / "far.xlsx", f'<dimension ref="{dimension}"/><sheetData>{rows}</sheetData>')
    assert read_workbook(path).error == "file_too_large"


def test_trap_17_a_million_empty_rows_cost_nothing(tmp_path):
    rows = CELL.format(row=1, cell="A1") + '<row r="1048575"><c r="XFD1048575" s="0"/></row>'
    path = raw_xlsx(tmp_path / "long.xlsx", f'<dimension ref="A1:XFD1048575"/><sheetData>{rows}</sheetData>')
    begun = time.perf_counter()
    book = read_workbook(path)
    assert (book.error, [line.row for line in book.sheets[0].lines]) == (None, [1])
    assert time.perf_counter() - begun < 2


def test_formulas_give_their_stored_value_and_are_never_run(tmp_path):
    path = raw_xlsx(
        tmp_path / "f.xlsx",
        '<sheetData><row r="1"><c r="A1"><f>1+1</f><v>7</v></c><c r="B1" t="inlineStr"><is><t>=1+1</t></is></c></row></sheetData>',
    )
    assert read_workbook(path).sheets[0].lines[0].cells == [7.0, "=1+1"]
