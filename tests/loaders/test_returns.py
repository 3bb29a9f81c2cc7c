"""Return workbooks: the clerk's layout with its marks, mended by a script and read again; nothing lost, nothing twice, nothing run."""

import re
import shutil
import zipfile

import openpyxl
import pandas as pd
import pytest

from kopanalysis.errors import CallError
from kopanalysis.loaders.load import load_office
from kopanalysis.loaders.origin import ORIGIN_SHEET
from kopanalysis.loaders.returns import write_returns
from kopanalysis.loaders.summary import SUMMARY
from kopanalysis.loaders.words import harmless, stripped
from kopanalysis.loaders.xlsx import file_name
from kopanalysis.resources import resource

from .office_files import REGISTER, coop, write_csv, write_register, write_xlsx
from .test_load import conserved, reasons

PLACES = ["source_id", "source_row", "source_rows"]
KNOWN = "1310050000051"  # a cooperative of the demonstration district
DELETE = {}
MENDS = {
    ("Buku Ternak.ods", "APBD", 18): {"heads": 20},
    ("Kelompok Ternak.csv", "Kelompok Ternak", 14): {"nik": KNOWN},
    ("Keputusan Kadis.xlsx", "Keputusan", 11): {"date": "28 Februari 2018", "nik": KNOWN},
    ("Keragaan Keuangan.csv", "Keragaan Keuangan", 18): DELETE,
    ("Keragaan Keuangan.csv", "Keragaan Keuangan", 47): {"book_year": 2010, "nik": KNOWN},
    ("Pelatihan.xlsx", "2020", 9): {"programme": "Pengelolaan Usaha", "nik": KNOWN},
    ("Penilaian Kesehatan.xlsx", "Penilaian", 15): {"nik": KNOWN, "book_year": 2010},
    ("Register Koperasi 2022-2024.xlsx", "25 Agustus 2022", 81): {"nik": "1310010099901"},
    ("Register ODS Koperasi 2016-2021.xlsx", "2018", 30): DELETE,
    ("Register ODS Koperasi 2016-2021.xlsx", "2021", 34): {"nagari": "Lubuk Gadang"},
    ("Register ODS Koperasi 2016-2021.xlsx", "2021", 62): {"nik": "1310010099901"},
    ("Register per 31 Desember 2025.xlsx", "Register", 28): {"nik": "1310010099901"},
    ("Rekap RAT.xlsx", "2015-2019", 39): DELETE,
    ("Rekap RAT.xlsx", "2020-2024", 21): {"book_year": 2010, "nik": KNOWN},
    ("Temuan Pengawasan.xlsx", "Temuan", 16): {"nik": KNOWN},
}


def content(table):
    """Rows of a table without their places, in an order of their own."""
    columns = [name for name in table.columns if name not in PLACES]
    return table[columns].sort_values(columns, ignore_index=True)


def answers(page):
    """Mark in the first cell to the answer cell of that line."""
    marked = ((str(row[0].value), row) for row in page.iter_rows() if re.fullmatch(r"[PT]\d+", str(row[0].value)))
    return {mark: row[5 if mark.startswith("P") else 9] for mark, row in marked}


@pytest.fixture(scope="module")
def demo():
    return load_office(resource("data", "demo"))


@pytest.fixture(scope="module")
def returned(demo, tmp_path_factory):
    folder = tmp_path_factory.mktemp("return")
    return {path.name: path for path in write_returns(demo, folder)}


def test_every_input_comes_back_once(demo, returned):
    names = {name if name.endswith(".xlsx") else f"{name}.xlsx" for name in demo.sources["file"]}
    assert set(returned) == names


def test_bytes_depend_on_the_inputs_alone(demo, returned, tmp_path):
    for path in write_returns(demo, tmp_path):
        assert path.read_bytes() == returned[path.name].read_bytes(), path.name


def test_unmended_returns_are_read_as_the_originals_were(demo, returned, tmp_path):
    for path in returned.values():
        shutil.copy(path, tmp_path / path.name)
    again = load_office(tmp_path)
    conserved(again)
    for name, table in demo.tables.items():
        pd.testing.assert_frame_equal(content(again.tables[name]), content(table))
    for listed in ("set_aside", "warnings"):
        columns = ["row", "column", "value", "reason", "scope"]
        assert sorted(map(str, getattr(again, listed)[columns].to_numpy())) == sorted(map(str, getattr(demo, listed)[columns].to_numpy()))


@pytest.fixture(scope="module")
def mended(demo, returned, tmp_path_factory):
    """The demonstration folder with every return beside it, mended and under another name."""
    folder = tmp_path_factory.mktemp("mended") / "data"
    shutil.copytree(demo.folder, folder)
    letters = {(s["file"], s["sheet"]): {name: at for at, name in s["columns"].items()} for s in demo.sources.to_dict("records")}
    lost_nik = demo.tables["register"].query("source_row == 39").set_index("source_id")
    for number, (name, path) in enumerate(sorted(returned.items()), start=1):
        book = openpyxl.load_workbook(path)
        file = name if (demo.folder / name).exists() else name.removesuffix(".xlsx")
        mine = {place[1:]: cells for place, cells in MENDS.items() if place[0] == file}
        for (sheet, row), cells in mine.items():
            for field, value in cells.items():
                book[sheet][f"{letters[file, sheet][field]}{row}"] = value
        if "2019" in book.sheetnames and "Register" in name:
            source = demo.sources.set_index(["file", "sheet"]).loc[(file, "2019"), "source_id"]
            book["2019"]["B39"] = lost_nik.loc[source, "coop_id"].removeprefix("nik:")
        for mark, cell in answers(book[SUMMARY]).items():
            if mark in ("P1", "T1"):
                cell.value = "titik = ribuan" if mark == "P1" else "ya"
        for sheet, row in (place for place, cells in mine.items() if cells is DELETE):
            book[sheet].delete_rows(row)
        book.save(folder / f"perbaikan {number}.xlsx")
    return load_office(folder)


def test_mended_rows_and_cells_are_in_and_none_twice(demo, mended):
    conserved(mended)
    assert mended.set_aside.empty
    assert mended.questions.empty
    duplicates = (demo.set_aside["reason"] == "key_duplicate").sum()
    rows_back = demo.set_aside[(demo.set_aside["scope"] == "row") & (demo.set_aside["reason"] != "key_duplicate")]
    assert (duplicates, len(rows_back)) == (3, 13)
    for name, table in mended.tables.items():
        assert len(table) == len(demo.tables[name]) + (rows_back["table"] == name).sum(), name
        old, new = (set(map(str, content(office.tables[name]).astype(object).to_numpy().tolist())) for office in (demo, mended))
        changed = (demo.set_aside["table"].eq(name) & demo.set_aside["scope"].eq("cell")).sum()
        assert len(old - new) <= changed, name
    assert mended.tables["training"]["cost_idr"].notna().sum() == demo.tables["training"]["cost_idr"].notna().sum() + 20 + 1
    register = mended.tables["register"]
    assert (register["snapshot_date"].eq("2022-08-25") & register["form"].eq("primary_district")).sum() == 127


def test_superseded_rows_are_listed_and_counted(mended):
    old = mended.sources[~mended.sources["file"].str.startswith("perbaikan") & mended.sources["table"].notna()]
    assert (old["accepted"].sum(), old["set_aside"].sum()) == (0, 0)
    kinds = {item["kind"] for rows in old["structural"] for item in rows}
    assert "superseded" in kinds
    assert old["message"].str.contains("instead").all()


def test_a_return_of_a_return_stands_for_both(mended, tmp_path):
    made = write_returns(mended, tmp_path / "second")
    assert len(made) == 11
    shutil.copytree(mended.folder, tmp_path / "data")
    for path in made:
        shutil.copy(path, tmp_path / "data" / f"lagi {path.name}")
    third = load_office(tmp_path / "data")
    conserved(third)
    for name, table in mended.tables.items():
        pd.testing.assert_frame_equal(content(third.tables[name]), content(table))
    book = openpyxl.load_workbook(made[-1])
    assert [name for name in book.sheetnames if name.startswith((SUMMARY, ORIGIN_SHEET))] == [SUMMARY, ORIGIN_SHEET]


def test_marks_stand_where_the_trouble_is(demo, returned):
    book = openpyxl.load_workbook(returned["Pelatihan.xlsx"])
    assert book.sheetnames[0] == SUMMARY
    assert book[ORIGIN_SHEET].sheet_state == "hidden"
    cell = book["2023"]["H5"]
    assert cell.fill.fgColor.rgb.endswith("FFD966")
    assert "dibaca dua cara" in cell.comment.text
    told = [row for row in book[SUMMARY].iter_rows(values_only=True) if row[1] == "H5"]
    assert told[0][:4] == ("2023", "H5", "Biaya", "7.000")
    for item in demo.set_aside.to_dict("records"):
        name = item["file"] if item["file"].endswith(".xlsx") else f"{item['file']}.xlsx"
        texts = [c.comment.text for c in openpyxl.load_workbook(returned[name])[item["sheet"]][item["row"]] if c.comment]
        assert any(item["reason_id"] in text for text in texts), item


def test_persons_are_not_copied(returned):
    for path in returned.values():
        with zipfile.ZipFile(path) as parts:
            text = b"".join(parts.read(name) for name in parts.namelist()).decode("utf-8", errors="ignore")
        assert "1310999999990001" not in text
    sheet = openpyxl.load_workbook(returned["Register ODS Koperasi 2016-2021.xlsx"])["2019"]
    headings = {cell.value: cell.column for cell in sheet[5]}
    for person in ("namaKetua", "telepon"):
        assert all(sheet.cell(row, headings[person]).value is None for row in range(6, sheet.max_row + 1))


def test_stored_results_stay_and_nothing_is_run(tmp_path):
    path = write_register(tmp_path, [coop(1), coop(2, **{"Nama Koperasi": "KSP Dua"})])
    book = openpyxl.load_workbook(path)
    book.active["K2"], book.active["K3"] = "=H2+I2", "=cmd|'/c calc'!A1"
    book.active["K1"] = "Jumlah Anggota"
    book.save(path)
    parts = {}
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"].replace(b"<f>H2+I2</f><v></v>", b"<f>H2+I2</f><v>50</v>")
    sheet = sheet.replace(b"<f>H2+I2</f><v />", b"<f>H2+I2</f><v>50</v>").replace(b"<f>H2+I2</f><v/>", b"<f>H2+I2</f><v>50</v>")
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in (parts | {"xl/worksheets/sheet1.xml": sheet}).items():
            archive.writestr(name, part)
    office = load_office(tmp_path)
    assert office.tables["register"]["members"].iloc[0] == 50
    (made,) = write_returns(office, tmp_path / "return")
    page = openpyxl.load_workbook(made)["Register"]
    assert page["K2"].value == 50
    assert page["K3"].value == "'=cmd|'/c calc'!A1"
    for row in page.iter_rows():
        assert all(cell.data_type != "f" for cell in row)


@pytest.mark.parametrize("text", ["=1+1", "+x", "-x", "@a", "\tx", "--", "- Rp 5"])
def test_texts_that_would_run_are_escaped_and_read_back(text):
    assert harmless(text) == f"'{text}"
    assert stripped(harmless(text)) == text


@pytest.mark.parametrize("value", ["-", "-5", "-1.234,5", "+62 812", -3, 4.5, None, "'kutip"])
def test_numbers_and_dashes_stay_as_they_are(value):
    assert stripped(harmless(value)) == value
    assert harmless(value) == value


def test_csv_dashes_and_negatives_round_trip(tmp_path):
    write_register(tmp_path, [coop(1)])
    rows = [["NIK", "Tahun Buku", "SHU", "Aset"], ["1310010000001", "2020", "-5.000.000", "-"], ["1310010000001", "2019", "-7", "=1+1"]]
    write_csv(tmp_path / "keuangan.csv", rows)
    office = load_office(tmp_path)
    home = tmp_path / "back"
    write_returns(office, home)
    again = load_office(home)
    assert again.tables["accounts"]["surplus_idr"].tolist() == [-5_000_000, -7]
    assert again.set_aside[["value", "reason"]].to_numpy().tolist() == office.set_aside[["value", "reason"]].to_numpy().tolist()
    assert again.set_aside["value"].tolist() == ["=1+1"]


def test_a_changed_input_is_read_and_its_old_return_is_not(tmp_path):
    write_register(tmp_path, [coop(1), coop(2)])
    (made,) = write_returns(load_office(tmp_path), tmp_path / "return")
    shutil.copy(made, tmp_path / "kembali.xlsx")
    write_register(tmp_path, [coop(1), coop(2), coop(3)])
    office = load_office(tmp_path)
    conserved(office)
    assert set(office.tables["register"]["source_id"]) == set(office.sources.query("file != 'kembali.xlsx'")["source_id"])
    assert len(office.tables["register"]) == 3


def test_of_two_returns_of_one_input_the_last_by_name_is_read(tmp_path):
    write_register(tmp_path, [coop(1), coop(2)])
    (made,) = write_returns(load_office(tmp_path), tmp_path / "return")
    for name, status in (("a.xlsx", "Aktif"), ("b.xlsx", "Tidak Aktif")):
        book = openpyxl.load_workbook(made)
        book["Register"]["J2"] = status
        book.save(tmp_path / name)
    office = load_office(tmp_path)
    conserved(office)
    assert office.tables["register"]["status"].tolist() == ["inactive", "active"]


def test_a_renamed_sheet_still_stands_for_its_own(tmp_path):
    write_xlsx(tmp_path / "daftar.xlsx", ("2020", [REGISTER, coop(1)]), ("2021", [REGISTER, coop(1)]))
    (made,) = write_returns(load_office(tmp_path), tmp_path / "return")
    book = openpyxl.load_workbook(made)
    book["2020"].title = "dua ribu dua puluh"
    book.save(tmp_path / "kembali.xlsx")
    register = load_office(tmp_path).tables["register"]
    assert sorted(register["snapshot_date"].dt.year) == [2020, 2021]


def test_an_answer_names_the_day_of_a_register_and_another_cooperative(tmp_path):
    write_register(tmp_path, [coop(1, name="KSP Sangir Serumpun"), coop(2, name="KSP Lain Sekali")], name="daftar.xlsx")
    write_csv(tmp_path / "rat.csv", [["Nama Koperasi", "Tahun Buku", "Tanggal RAT"], ["KSP Sangir Sarumpun 9", 2020, "1 Mei 2021"]])
    office = load_office(tmp_path)
    assert reasons(office.set_aside) == {(2, "name"): "link_missing"}
    for made in write_returns(office, tmp_path / "return"):
        book = openpyxl.load_workbook(made)
        for mark, cell in answers(book[SUMMARY]).items():
            if mark in ("P1", "T1"):
                cell.value = "31-12-2021" if mark == "P1" else "1310010000002"
        book.save(tmp_path / f"kembali {made.name}")
    again = load_office(tmp_path)
    assert again.tables["rat"]["coop_id"].tolist() == ["nik:1310010000002"]
    assert set(again.tables["register"]["snapshot_date"]) == {pd.Timestamp(2021, 12, 31)}


def test_old_excel_files_come_back_as_values_with_merges(tmp_path, demo, returned):
    book = openpyxl.load_workbook(returned["Buku Ternak.ods.xlsx"])
    assert "tata letak aslinya" in " ".join(str(row[0]) for row in book[SUMMARY].iter_rows(values_only=True))
    assert book["APBD"]["H18"].value == "dua puluh"


@pytest.mark.parametrize(
    ("file", "name"),
    [("a.xlsx", "a.xlsx"), ("a.csv", "a.csv.xlsx"), ("con.xlsx", "_con.xlsx"), ("LPT1.csv", "_LPT1.csv.xlsx"),
     ("a:b?.xls", "a_b_.xls.xlsx"),
     ("nul. .ods", "_nul. .ods.xlsx"), ("console.csv", "console.csv.xlsx")],
)  # fmt: skip
def test_names_that_windows_takes(file, name):
    assert file_name(file, set()) == name


def test_names_differ_whatever_their_case():
    taken = set()
    assert [file_name(file, taken) for file in ("a.csv", "A.CSV", "a.csv.xlsx")] == ["a.csv.xlsx", "A.CSV (2).xlsx", "a.csv (3).xlsx"]


def test_a_file_that_is_locked_is_named(tmp_path):
    write_register(tmp_path, [coop(1)])
    (tmp_path / "return" / "register per 31-12-2021.xlsx").mkdir(parents=True)
    with pytest.raises(CallError, match="Close the program"):
        write_returns(load_office(tmp_path), tmp_path / "return")
    with pytest.raises(CallError, match="can't be written"):
        write_returns(load_office(tmp_path), tmp_path / "register per 31-12-2021.xlsx")


def test_an_input_that_changed_meanwhile_is_refused(tmp_path):
    write_register(tmp_path, [coop(1)])
    office = load_office(tmp_path)
    write_register(tmp_path, [coop(2)])
    with pytest.raises(CallError, match="has changed"):
        write_returns(office, tmp_path / "return")
