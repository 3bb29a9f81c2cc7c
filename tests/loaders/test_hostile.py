"""Hostile files: one line each, the others still read, nothing executed, nothing unescaped."""

import io
import subprocess
import sys
import time
import zipfile

import openpyxl
import pytest

from kopanalysis.loaders.load import load_office
from kopanalysis.loaders.returns import write_returns

from .office_files import REGISTER, coop, raw_xlsx, write_csv, write_register, write_xlsx
from .test_load import conserved

NASTY = [
    "KSP <script>alert(1)</script>",
    "KSP [klik](javascript:alert(1)) ![x](y)",
    '#import "x": * $a$ @b <c>',
    r"\input{/etc/passwd} \write18{ls} %",
    '=HYPERLINK("http://x","klik")',
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "KSP a\x01\x0b\x1fb",
    "KSP " + "panjang " * 1_250,
    "KSP ‮txt.exe\u200b",
    "'; DROP TABLE koperasi; --",
]


def bomb_entities():
    layers = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    return f'<!DOCTYPE worksheet [<!ENTITY l0 "ha">{layers}]>'


def entity_bomb(path):
    raw_xlsx(path, '<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&l11;</t></is></c></row></sheetData>')
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"].decode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, bomb_entities() + sheet if name.endswith("sheet1.xml") else part)
    return path


def outside_entity(path, secret):
    raw_xlsx(path, '<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&leak;</t></is></c></row></sheetData>')
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/worksheets/sheet1.xml"] = (
        f'<!DOCTYPE worksheet [<!ENTITY leak SYSTEM "file://{secret}">]>'.encode() + parts["xl/worksheets/sheet1.xml"]
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)


def zip_bomb():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (80 * 2**20))
    return packed.getvalue()


def test_bad_files_are_one_line_each_and_the_rest_is_read(tmp_path):
    good = write_register(tmp_path, [coop(1), coop(2)]).read_bytes()
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    files = {
        "terpotong.xlsx": good[: len(good) // 2],
        "kosong.xlsx": b"",
        "bom.xlsx": zip_bomb(),
        "sandi.xlsx": ole + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 500,
        "bukan.xls": b"MZ\x90\x00" + b"\0" * 300,
        "nul.csv": b"a;b\n1;\x002\n",
        "nul jauh.csv": b"a;b\n" + b"1;2\n" * 5_000 + b"\x00",
        "rusak.ods": b"PK\x03\x04" + b"\xff" * 200,
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    entity_bomb(tmp_path / "xml.xlsx")
    begun = time.perf_counter()
    office = load_office(tmp_path)
    assert time.perf_counter() - begun < 10
    conserved(office)
    errors = office.sources[office.sources["table"].isna()].set_index("file")
    assert set(files) <= set(errors.index)
    assert errors.index.is_unique
    assert not errors["message"].str.contains("\n").any()
    wanted = {"bom.xlsx": "file_too_large", "sandi.xlsx": "file_locked"}
    for name in files:
        assert errors.loc[name, "error"] == wanted.get(name, "file_unreadable"), name
    assert len(office.tables["register"]) == 2
    made = write_returns(office, tmp_path / "return")
    assert time.perf_counter() - begun < 20
    assert "register per 31-12-2021.xlsx" in {path.name for path in made}
    assert not set(files) & {path.name for path in made}


def test_nothing_outside_a_file_is_read_through_it(tmp_path):
    write_register(tmp_path, [coop(1)])
    secret = tmp_path / "rahasia.txt"
    secret.write_text("SANGAT RAHASIA", encoding="utf-8")
    outside_entity(tmp_path / "bocor.xlsx", secret)
    office = load_office(tmp_path)
    made = write_returns(office, tmp_path / "return")
    everything = office.sources.to_csv() + "".join(
        str(cell) for path in made for page in openpyxl.load_workbook(path) for row in page.values for cell in row
    )
    assert "SANGAT" not in everything


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_names_with_markup_and_control_characters_are_kept_as_text(tmp_path, kind):
    rows = [coop(number, **{"Nama Koperasi": name}) for number, name in enumerate(NASTY, start=1)]
    if kind == "csv":
        write_csv(tmp_path / "daftar 31-12-2021.csv", [REGISTER, *rows])
    else:
        path = tmp_path / "daftar 31-12-2021.xlsx"
        book = openpyxl.Workbook()
        for number, row in enumerate([REGISTER, *rows], start=1):
            for at, value in enumerate(row, start=1):
                cell = book.active.cell(number, at)
                cell.value = "".join(c for c in value if c >= " ") if isinstance(value, str) else value
                cell.data_type = "s" if isinstance(value, str) else cell.data_type
        book.save(path)
    office = load_office(tmp_path)
    conserved(office)
    assert len(office.tables["register"]) == len(NASTY)
    assert "<script>" in office.tables["register"]["name"].iloc[0]
    (made,) = write_returns(office, tmp_path / "return")
    pages = openpyxl.load_workbook(made)
    for page in pages:
        for row in page.iter_rows():
            for cell in row:
                assert cell.data_type != "f"
                assert not (isinstance(cell.value, str) and cell.value.startswith(("=", "@", "\t"))), cell.value
    again = load_office(tmp_path / "return")
    old, new = (["".join(c for c in name if c >= " ") for name in o.tables["register"]["name"]] for o in (office, again))
    assert new == old


def test_a_cell_longer_than_any_sheet_takes_is_read_and_cut_on_return(tmp_path):
    write_csv(
        tmp_path / "daftar 31-12-2021.csv",
        [REGISTER, coop(1, **{"Sektor Usaha": "x"}), coop(2, **{"Nama Koperasi": "KSP " + "y" * 40_000})],
    )
    office = load_office(tmp_path)
    assert office.tables["register"]["name"].str.len().max() == 40_004
    (made,) = write_returns(office, tmp_path / "return")
    assert len(openpyxl.load_workbook(made).worksheets[1]["C3"].value) == 32_766


def test_a_cell_without_end_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr("kopanalysis.loaders.workbook.LONGEST_CELL", 10_000)
    write_register(tmp_path, [coop(1)])
    (tmp_path / "kutip.csv").write_text('a;b\n1;"' + "x" * 20_000, encoding="utf-8")
    office = load_office(tmp_path)
    assert office.sources.set_index("file").loc["kutip.csv", "error"] == "file_unreadable"


def test_a_million_empty_rows_come_back_quickly(tmp_path):
    cells = (
        "".join(f'<c r="{chr(65 + at)}1" t="inlineStr"><is><t>{heading}</t></is></c>' for at, heading in enumerate(REGISTER))
        + '</row><row r="2">'
        + "".join(f'<c r="{chr(65 + at)}2" t="inlineStr"><is><t>{value}</t></is></c>' for at, value in enumerate(coop(1)))
    )
    raw_xlsx(tmp_path / "panjang 31-12-2021.xlsx", f'<sheetData><row r="1">{cells}</row><row r="1048575"/></sheetData>')
    begun = time.perf_counter()
    office = load_office(tmp_path)
    assert len(office.tables["register"]) == 1
    assert len(write_returns(office, tmp_path / "return")) == 1
    assert time.perf_counter() - begun < 5


def test_a_sheet_name_and_a_file_name_can_not_break_out(tmp_path):
    write_xlsx(tmp_path / "=cmd 31-12-2021.xlsx", ("=1+1", [REGISTER, coop(1)]))
    (made,) = write_returns(load_office(tmp_path), tmp_path / "return")
    for page in openpyxl.load_workbook(made):
        for row in page.iter_rows():
            assert all(cell.data_type != "f" for cell in row)


MEASURE = """
import resource, sys, time
from kopanalysis.loaders.load import load_office
begun = time.perf_counter()
office = load_office(sys.argv[1], require_register=False)
print(len(office.tables["register"]), office.sources["error"].tolist(), office.sources["rows_in"].sum(), end=" ")
print(round(time.perf_counter() - begun, 1), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.mark.certify
@pytest.mark.parametrize("kind", ["rows", "noise"])
def test_200_megabytes_of_text_stay_under_a_gigabyte(tmp_path, kind, capsys):
    write_register(tmp_path, [coop(1)])
    with (tmp_path / "besar.csv").open("w", encoding="utf-8") as file:
        file.write("NIK;Tahun Buku;Aset;Volume Usaha;SHU\n" if kind == "rows" else "x;y\n")
        line = "1310010000001;{};1.234.567.{:03},00;9.876.543.{:03},00;12.345.{:03},00\n" if kind == "rows" else "{};{};{};{}" * 20 + "\n"
        size = number = 0
        while size < 200 * 2**20:
            number += 1
            text = line.format(
                *((1950 + number % 140, number % 1000, number // 1000 % 1000, number % 997) if kind == "rows" else (number,) * 80)
            )
            size += len(text)
            file.write(text)
    done = subprocess.run([sys.executable, "-c", MEASURE, str(tmp_path)], capture_output=True, text=True, check=True)
    with capsys.disabled():
        print(kind, done.stdout.strip())
    assert int(done.stdout.split()[-1]) < 1_000
    assert done.stdout.split()[0] == "1"
