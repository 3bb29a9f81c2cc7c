"""The whole office: nothing lost, identity, duplicates, regions, privacy, and errors that say how to mend."""

import csv
import datetime as dt
import json
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kopanalysis.errors import CallError, DataError
from kopanalysis.loaders.load import load_office, load_report
from kopanalysis.loaders.reasons import REASONS
from kopanalysis.loaders.tables import TABLES
from kopanalysis.resources import resource

from .office_files import REGISTER, coop, write_csv, write_register, write_xlsx

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "spreadsheets"


def reasons(frame):
    return {(item.row, item.field): item.reason for item in frame.itertuples()}


def conserved(office):
    for source in office.sources.to_dict("records"):
        assert source["rows_in"] == source["accepted"] + source["set_aside"] + len(source["structural"]), source["sheet"]
        listed = office.set_aside[office.set_aside["source_id"] == source["source_id"]]
        assert (listed["scope"] == "row").sum() == source["set_aside"]
        assert (listed["scope"] == "cell").sum() == source["cells_set_aside"]
        table = office.tables.get(source["table"], pd.DataFrame({"source_id": []}))
        assert (table["source_id"] == source["source_id"]).sum() == source["accepted"]


def ods_rows(path, sheet):
    """Non-empty rows of a sheet of an .ods, counted from its XML."""
    spaces = {"t": "urn:oasis:names:tc:opendocument:xmlns:table:1.0", "x": "urn:oasis:names:tc:opendocument:xmlns:text:1.0"}
    root = ElementTree.fromstring(zipfile.ZipFile(path).read("content.xml"))
    table = next(t for t in root.iter(f"{{{spaces['t']}}}table") if t.get(f"{{{spaces['t']}}}name") == sheet)
    return sum(
        any("".join(p.itertext()).strip() for p in row.iter(f"{{{spaces['x']}}}p")) for row in table.iter(f"{{{spaces['t']}}}table-row")
    )


def counted(path, sheet):
    """Non-empty rows of a sheet, by a reader that the package doesn't use."""
    if path.suffix == ".ods":
        return ods_rows(path, sheet)
    if path.suffix == ".csv":
        rows = csv.reader(path.read_text(encoding="cp1252").splitlines(), delimiter=";")
    else:
        rows = openpyxl.load_workbook(path, read_only=True, data_only=True)[sheet].iter_rows(values_only=True)
    return sum(any(cell not in (None, "") for cell in row) for row in rows)


@pytest.fixture(scope="module")
def demo():
    return load_office(resource("data", "demo"))


def test_demo_conserves_every_row_against_another_reader(demo):
    conserved(demo)
    for source in demo.sources.to_dict("records"):
        if source["table"]:
            assert source["rows_in"] == counted(demo.folder / source["file"], source["sheet"]), source["sheet"]
    assert demo.demonstration
    assert set(demo.tables) == set(TABLES)
    assert all(len(table) for table in demo.tables.values())


def test_demo_headline_register_has_its_127_primary_cooperatives(demo):
    register = demo.tables["register"]
    snapshot = register[register["snapshot_date"] == "2022-08-25"]
    assert (snapshot["form"] == "primary_district").sum() == 127
    assert snapshot["coop_id"].is_unique


def test_source_ids_follow_file_and_sheet(demo):
    assert list(demo.sources["source_id"]) == [f"S{number:02d}" for number in range(1, len(demo.sources) + 1)]
    assert demo.sources[["file", "sheet"]].apply(tuple, axis=1).is_monotonic_increasing
    row = demo.tables["rat"].iloc[0]
    assert row["source_rows"] == f"{row['source_id']}:{row['source_row']}"


def test_report_is_json_with_the_keys_of_load_json(demo):
    report = json.loads(json.dumps(load_report(demo)))
    assert {"sources", "set_aside", "warnings", "questions", "links", "duplicates"} <= set(report)
    assert {
        "file",
        "sheet",
        "table",
        "rows_in",
        "accepted",
        "set_aside",
        "cells_set_aside",
        "structural",
        "number_style",
        "header_row",
        "sha256",
        "error",
    } <= set(report["sources"][0])
    known = {reason.code for reason in REASONS.values()}
    for item in report["set_aside"] + report["warnings"]:
        assert {"file", "sheet", "row", "column", "value", "scope", "reason", "reason_id", "reason_en"} <= set(item)
        assert item["reason"] in known
        assert item["reason_id"] != item["reason_en"]


def test_nik_rules(tmp_path):
    rows = [
        coop(1),
        coop(2, NIK=5.10401e12),
        coop(3, NIK="5.10401E+12"),
        coop(4, NIK="3506"),
        coop(5, NIK="-"),
        coop(6, NIK=0),
        coop(7, NIK="1310011201800001"),
        coop(8, NIK=1310010000008),
        coop(9, **{"NIK": "5.1E+12", "Nama Koperasi": None, "Nomor Badan Hukum": "-"}),
    ]
    write_register(tmp_path, rows)
    office = load_office(tmp_path)
    assert list(office.tables["register"]["coop_id"]) == [
        "nik:1310010000001",
        "bh:2/BH/III/2005",
        "bh:3/BH/III/2005",
        "bh:4/BH/III/2005",
        "bh:5/BH/III/2005",
        "bh:6/BH/III/2005",
        "bh:7/BH/III/2005",
        "nik:1310010000008",
    ]
    assert reasons(office.warnings) == {(3, "nik"): "nik_rounded", (4, "nik"): "nik_rounded", (8, "nik"): "nik_person_id"}
    assert reasons(office.set_aside) == {(5, "nik"): "out_of_range", (10, "nik"): "nik_rounded"}
    assert "1310011201800001" not in json.dumps(load_report(office))
    conserved(office)


def test_a_bad_optional_cell_never_takes_its_row_out(tmp_path):
    write_register(
        tmp_path, [coop(1, **{"Anggota Pria": -4, "Anggota Wanita": "banyak", "Status": "entah", "Nagari": "Lubuak Gadang Barat Daya"})]
    )
    office = load_office(tmp_path)
    row = office.tables["register"].iloc[0]
    assert row[["members_male", "members_female", "status", "nagari"]].isna().all()
    assert set(office.set_aside["reason"]) == {"out_of_range", "number_unreadable", "category_unknown", "region_unknown"}
    assert (office.sources["cells_set_aside"].iloc[0], office.sources["set_aside"].iloc[0]) == (4, 0)


def test_trap_6_one_nik_in_several_rows_keeps_one_and_names_it(tmp_path):
    write_register(tmp_path, [coop(1), coop(2, NIK="1310010000001"), coop(3)])
    office = load_office(tmp_path)
    assert list(office.tables["register"]["source_row"]) == [2, 4]
    assert "Register:2" in office.set_aside.iloc[0]["reason_id"]
    assert reasons(office.warnings) == {(2, "nik"): "key_duplicate"}


def test_the_latest_of_duplicates_is_kept(tmp_path):
    write_register(tmp_path, [coop(1)])
    head = ["NIK", "Tahun Buku", "Tanggal RAT", "Tanggal Lapor"]
    rows = [
        ["1310010000001", 2020, "1 Mei 2021", "2 Mei 2021"],
        ["1310010000001", 2020, "1 Mei 2021", "9 Mei 2021"],
        ["1310010000001", 2019, "-", "-"],
    ]
    write_csv(tmp_path / "rat.csv", [head, *rows])
    office = load_office(tmp_path)
    assert list(office.tables["rat"]["source_row"]) == [3, 4]
    conserved(office)


def test_trap_9_double_registrations_are_both_accepted_and_listed(tmp_path):
    write_register(tmp_path, [coop(1, **{"Nama Koperasi": "KUD Lama"}), coop(2, **{"Nama Koperasi": "Koperasi Unit Desa LAMA"})])
    office = load_office(tmp_path)
    assert len(office.tables["register"]) == 2
    assert office.duplicates[["coop_id", "other_coop_id", "why"]].to_numpy().tolist() == [
        ["nik:1310010000001", "nik:1310010000002", "same name and kecamatan"]
    ]


def test_snapshots_of_different_years_are_one_cooperative(tmp_path):
    sheets = (("2020", [REGISTER, coop(1, NIK=None)]), ("2021", [REGISTER, coop(1)]))
    write_xlsx(tmp_path / "daftar.xlsx", *sheets)
    register = load_office(tmp_path).tables["register"]
    assert list(register["snapshot_date"]) == [pd.Timestamp(2020, 12, 31), pd.Timestamp(2021, 12, 31)]
    assert set(register["coop_id"]) == {"nik:1310010000001"}


def test_a_sheet_per_kecamatan_and_a_year_column(tmp_path):
    head = ["Tahun", "NIK", "Nama Koperasi", "Nagari", "Status"]
    rows = {
        "Sangir": [2020, "1310010000001", "KSP Satu", "Lubuak Gadang", "Aktif"],
        "KPGD": ["2021", "1310050000002", "KSP Dua", None, "Aktif"],
    }
    write_xlsx(tmp_path / "daftar.xlsx", *((title, [head, row]) for title, row in rows.items()))
    register = load_office(tmp_path).tables["register"].sort_values("nik")
    assert register["kecamatan"].tolist() == ["Sangir", "Koto Parik Gadang Diateh"]
    assert register["region"].tolist() == ["13.11", "13.11"]
    assert register["nagari"].iloc[0] == "Lubuk Gadang"
    assert register["snapshot_date"].dt.strftime("%F").tolist() == ["2020-12-31", "2021-12-31"]


def test_trap_5_and_7_district_from_name_or_nik(tmp_path):
    rows = [
        coop(1),
        coop(2),
        coop(3, **{"Kabupaten": "Kab. Dharmasraya", "Nagari": "Sitiung", "Kecamatan": "Sitiung"}),
        coop(4, **{"Kabupaten": None, "Kecamatan": None, "Nagari": None, "NIK": "1311010000004"}),
        coop(5, Kabupaten="Solok"),
        coop(6),
    ]
    write_register(tmp_path, rows)
    office = load_office(tmp_path)
    assert office.tables["register"]["region"].fillna("?").tolist() == ["13.11", "13.11", "13.10", "13.10", "?", "13.11"]
    assert office.tables["register"]["kecamatan"].iloc[2] == "Sitiung"
    assert reasons(office.warnings) == {(4, "regency"): "region_other", (5, "regency"): "region_other"}
    assert reasons(office.set_aside) == {(6, "regency"): "region_unknown"}


def test_links_are_offered_then_confirmed_in_links_csv(tmp_path):
    write_register(tmp_path, [coop(1, **{"Nama Koperasi": "KSP Sangir Serumpun"})])
    write_csv(tmp_path / "rat.csv", [["Nama Koperasi", "Tahun Buku", "Tanggal RAT"], ["KSP Sangir Sarumpun", 2020, "1 Mei 2021"]])
    office = load_office(tmp_path)
    assert reasons(office.set_aside) == {(2, "name"): "link_missing"}
    assert office.links.iloc[0]["candidate"] == "KSP Sangir Serumpun"
    write_csv(tmp_path / "links.csv", [["table", "value", "nik", "confirmed"], ["rat", "KSP Sangir Sarumpun", "1310010000001", "ya"]], ",")
    office = load_office(tmp_path)
    assert list(office.tables["rat"]["coop_id"]) == ["nik:1310010000001"]


def test_trap_39_cattle_reach_a_cooperative_through_their_group(tmp_path):
    write_register(tmp_path, [coop(1)])
    write_csv(tmp_path / "kelompok.csv", [["Nama Kelompok", "NIK", "Diperiksa"], ["Kelompok Tani Maju", "1310010000001", "1 Mei 2022"]])
    head = ["Tanggal", "Kelompok Tani", "Kejadian", "Jumlah (Ekor)", "Jenis Kelamin", "Nilai"]
    rows = [
        ["1 Mei 2022", "KT Maju", "diterima", 10, "jantan", "Rp 150.000.000,00"],
        ["2 Mei 2022", "KT Lain", "mati", 1, "betina", "-"],
        ["2 Mei 2022", "KT Lain", "mati", 1, "betina", "-"],
    ]
    write_csv(
        tmp_path / "ternak.csv",
        [head, *rows, ["3 Mei 2022", "KT Lain", "terbang", 1, "", ""], ["3 Mei 2022", "KT Lain", "lahir", "", "", ""]],
    )
    office = load_office(tmp_path)
    cattle = office.tables["cattle"]
    assert cattle["coop_id"].fillna("").tolist() == ["nik:1310010000001", "", ""]
    assert cattle["event"].tolist() == ["accepted", "died", "died"]
    assert cattle["value_idr"].iloc[0] == 150_000_000
    assert set(office.warnings["reason"]) == {"link_missing"}
    assert reasons(office.set_aside) == {(5, "event"): "category_unknown", (6, "heads"): "key_missing"}


def test_training_ranges_findings_and_decisions(tmp_path):
    write_register(tmp_path, [coop(1)])
    write_csv(
        tmp_path / "a.csv", [["Nama Pelatihan", "Tanggal", "NIK", "Jumlah Peserta"], ["Usaha", "02-03 Desember 2024", "1310010000001", 2]]
    )
    write_csv(
        tmp_path / "b.csv",
        [
            ["NIK", "Tanggal", "Sebab", "Masih Beroperasi", "Dana Pemerintah"],
            ["1310010000001", "Rabu (25/09/2023)", "rat_missed; kredit macet", "ya", "Rp 5.000.000"],
        ],
    )
    write_csv(
        tmp_path / "c.csv",
        [
            ["NIK", "Tanggal SK", "Keputusan", "No. SK"],
            ["1310010000001", "1 Mei 2023", "Dibubarkan", "1/2023"],
            ["1310010000001", "31 Februari 2023", "dibekukan", "2"],
        ],
    )
    office = load_office(tmp_path)
    training, finding = office.tables["training"].iloc[0], office.tables["findings"].iloc[0]
    assert (training["start_date"], training["end_date"]) == (pd.Timestamp(2024, 12, 2), pd.Timestamp(2024, 12, 3))
    assert (finding["causes"], finding["operating"], finding["government_funds"]) == ("rat_missed bad_loans", True, True)
    assert reasons(office.warnings) == {(2, "date"): "date_unreadable"}
    assert list(office.tables["decisions"]["decision"]) == ["dissolved"]
    assert reasons(office.set_aside) == {(3, "date"): "date_unreadable"}


def test_an_undecidable_column_is_asked_and_sources_toml_answers(tmp_path):
    write_register(tmp_path, [coop(1), coop(2)])
    rows = [["1310010000001", 2020, "1.234", 5], ["1310010000002", 2020, "5.678", 7]]
    write_csv(tmp_path / "keuangan.csv", [["NIK", "Tahun Buku", "Aset", "Modal Sendiri"], *rows])
    office = load_office(tmp_path)
    assert office.tables["accounts"]["assets_idr"].isna().all()
    assert len(office.tables["accounts"]) == 2
    question = office.questions.iloc[0]
    assert (question["column"], question["kind"], question["examples"]) == ("Aset", "number_style", ["1.234", "5.678"])
    (tmp_path / "sources.toml").write_text(
        '[[source]]\nfile = "keuangan.csv"\n[source.number_styles]\nassets_idr = "id"\n', encoding="utf-8"
    )
    office = load_office(tmp_path)
    assert office.tables["accounts"]["assets_idr"].tolist() == [1234, 5678]
    assert office.questions.empty


def test_person_columns_are_counted_and_never_kept(tmp_path):
    write_xlsx(
        tmp_path / "daftar per 31-12-2021.xlsx",
        ("A", [[*REGISTER, "Nama Ketua", "Telepon"], [*coop(1), "Budi Rahasia", "0812"], [*coop(2), "Siti Rahasia", None]]),
    )
    office = load_office(tmp_path)
    assert office.sources.iloc[0]["person_columns"] == {"Nama Ketua": 2, "Telepon": 1}
    assert "Rahasia" not in json.dumps(load_report(office)) + office.tables["register"].to_csv()


def test_a_broken_file_beside_good_ones_is_one_line(tmp_path):
    write_register(tmp_path, [coop(1)])
    (tmp_path / "rusak.xlsx").write_bytes(b"PK\x03\x04 rusak")
    office = load_office(tmp_path)
    broken = office.sources[office.sources["file"] == "rusak.xlsx"].iloc[0]
    assert (broken["error"], broken["rows_in"]) == ("file_unreadable", 0)
    assert len(office.tables["register"]) == 1


def test_as_of_is_the_latest_day_known_or_the_day_given(tmp_path):
    write_register(tmp_path, [coop(1)])
    write_csv(
        tmp_path / "rat.csv",
        [["NIK", "Tahun Buku", "Tanggal RAT"], ["1310010000001", 2021, "5 Mei 2022"], ["1310010000001", 2020, "5 Mei 2099"]],
    )
    assert load_office(tmp_path).as_of == dt.date(2022, 5, 5)
    office = load_office(tmp_path, as_of="2021-06-30")
    assert (office.as_of, len(office.tables["rat"])) == (dt.date(2021, 6, 30), 2)
    assert office.call.as_dict() == {
        "function": "kopanalysis.loaders.load.load_office",
        "arguments": {"as_of": "2021-06-30"},
        "input": None,
    }
    with pytest.raises(CallError, match="as_of"):
        load_office(tmp_path, as_of="kapan")


def test_missing_folder_and_missing_register(tmp_path):
    with pytest.raises(CallError, match="isn't there"):
        load_office(tmp_path / "tiada")
    with pytest.raises(DataError, match="no spreadsheet"):
        load_office(tmp_path)
    write_csv(tmp_path / "harga.csv", [["Komoditas", "Harga Pasar"], ["Cabai", 5]])
    with pytest.raises(DataError, match="Komoditas, Harga Pasar"):
        load_office(tmp_path)
    assert load_office(tmp_path, require_register=False).sources.iloc[0]["error"] == "table_unrecognised"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[source]\n", "can't be read"),
        ('[[source]]\nfile="a"\ntabel="x"', "unknown key"),
        ('[[source]]\nfile="a"\ntable="x"', "unknown table"),
        ('[[source]]\nfile="a"\nnumber_style="us"', "number_style"),
        ("x = 1", "something else"),
        ('[[source]]\nfile="a"\n[source.columns]\nA="b"', "unknown 'b'"),
    ],
)
def test_a_wrong_sources_toml_is_refused(tmp_path, text, said):
    (tmp_path / "sources.toml").write_text(text, encoding="utf-8")
    with pytest.raises(CallError, match=said):
        load_office(tmp_path)


def test_real_budget_sheets_are_no_table():
    if not REAL.is_dir():
        pytest.skip(f"{REAL.name} is not here")
    with pytest.raises(DataError) as caught:
        load_office(REAL)
    assert caught.value.exit_code == 3
    assert str(caught.value).count("No. Rekening") == 4


CELLS = st.one_of(
    st.none(),
    st.integers(-5, 10**6),
    st.sampled_from(["", "-", "1.234", "Jumlah", "contoh", "Sangir", "5 Mei 2020", "Aktif", "NIK", "Keterangan"]),
    st.text("abc 12", max_size=6),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(CELLS, min_size=1, max_size=10), max_size=12), st.integers(0, 3))
def test_whatever_stands_in_a_sheet_no_row_is_lost(tmp_path, rows, above):
    write_csv(tmp_path / "daftar 2021.csv", [*rows[:above], REGISTER, *rows[above:], coop(1)])
    office = load_office(tmp_path, require_register=False)
    conserved(office)
    written = [*rows, REGISTER, coop(1)]
    assert office.sources["rows_in"].sum() == sum(any(str(cell or "").strip() or cell == 0 for cell in row) for row in written)
