"""Finding the table: headings of every shape, and the lines around it that are no data."""

import pytest

from kopanalysis.loaders.overrides import Override
from kopanalysis.loaders.sheet import find_blocks, headings_seen, suggest_column
from kopanalysis.loaders.workbook import Line, Sheet


def sheet(*rows, merged=()):
    lines = [Line(number, list(row)) for number, row in enumerate(rows, start=1) if any(cell is not None for cell in row)]
    return Sheet("a.xlsx", "A", lines, merged)


def kinds(block):
    return {item["row"]: item["kind"] for item in block.structural}


def test_title_lines_totals_and_signatures_around_a_table():
    (block,) = find_blocks(
        sheet(
            ["DAFTAR KOPERASI"],
            ["Per 31 Desember 2021"],
            [None],
            ["No", "NAMA\nKOPERASI", "No. Badan  Hukum", "Kecamatan", "STATUS"],
            [1, 2, 3, 4, 5],
            [1, "KSP Satu", "1/BH/2001", "Sangir", "Aktif"],
            [None, "Jumlah Kecamatan Sangir", None, None, 1],
            [2, "KSP Dua", "2/BH/2001", "Pauh Duo", "Aktif"],
            [None, "JUMLAH", None, None, 2],
            [None, None, None, "Padang Aro, 3 Januari 2022"],
            [None, None, None, "Kepala Dinas"],
            [None, None, None, "Nama Terang"],
            [None, None, None, "NIP. 123"],
        )
    )
    assert block.heading.table == "register"
    assert [line.row for line in block.data] == [6, 8]
    assert kinds(block) == {
        1: "title",
        2: "title",
        4: "heading",
        5: "column_numbers",
        7: "subtotal",
        9: "total",
        10: "signature",
        11: "signature",
        12: "signature",
        13: "signature",
    }
    assert block.rows_in == 12


def test_two_row_heading_with_merged_parents():
    rows = [
        ["NIK", "Nama Koperasi", "Jumlah Anggota", None, None, "Status"],
        [None, None, "Pria", "Wanita", "Jumlah", None],
        ["1310010000001", "KSP Satu", 1, 2, 3, "Aktif"],
    ]
    (block,) = find_blocks(sheet(*rows, merged=((1, 2, 1, 4), (1, 0, 2, 0), (1, 1, 2, 1), (1, 5, 2, 5))))
    assert dict(block.heading.columns) == {"nik": 0, "name": 1, "members_male": 2, "members_female": 3, "members": 4, "status": 5}
    (same,) = find_blocks(sheet(*rows))
    assert same.heading.columns == block.heading.columns


def test_one_row_heading_never_takes_the_first_data_row():
    (block,) = find_blocks(
        sheet(["Nama Koperasi", "Tahun Buku", "Tanggal RAT"], ["KSP Satu", "2020", "5 Mei 2021"], ["KSP Dua", "2020", "6 Mei 2021"])
    )
    assert (block.heading.depth, len(block.data)) == (1, 2)


def test_repeated_headings_are_structural_and_other_headings_begin_another_table():
    head, other = ["Nama Koperasi", "Tahun Buku", "Tanggal RAT"], ["Nama Koperasi", "Tanggal SK", "Keputusan"]
    first, second = find_blocks(
        sheet(head, ["A", 2020, "x"], head, ["B", 2020, "x"], [None], ["DAFTAR KEPUTUSAN"], other, ["A", "x", "dibubarkan"])
    )
    assert (first.heading.table, [line.row for line in first.data]) == ("rat", [2, 4])
    assert (second.heading.table, second.titles, [line.row for line in second.data]) == ("decisions", ("DAFTAR KEPUTUSAN",), [8])
    assert first.rows_in + second.rows_in == 7


def test_a_line_that_names_a_kecamatan_holds_for_the_rows_below():
    (block,) = find_blocks(
        sheet(
            ["No", "Nama Koperasi", "Status"],
            ["I", "Kecamatan Sangir"],
            [1, "KSP Satu", "Aktif"],
            ["II", "PAUAH DUO"],
            [1, "KSP Dua", "Aktif"],
        )
    )
    assert dict(block.sections) == {3: "Kecamatan Sangir", 5: "PAUAH DUO"}
    assert kinds(block) == {1: "heading", 2: "section", 4: "section"}


def test_columns_about_persons_are_known_and_unknown_ones_get_a_suggestion():
    (block,) = find_blocks(
        sheet(["Nama Koperasi", "Nama Ketua", "No. HP", "Status", "Stattus NIK", "Warna"], ["A", "B", 1, "Aktif", "x", "biru"])
    )
    assert list(block.heading.persons.values()) == ["Nama Ketua", "No. HP"]
    assert block.heading.unknown == ("Stattus NIK", "Warna")
    assert suggest_column("register", "Stattus NIK") == "nik_status"
    assert suggest_column("register", "Warna") == ""


@pytest.mark.parametrize(
    ("headings", "table"),
    [
        (["NIK", "Tahun Buku", "Modal Sendiri", "SHU"], "accounts"),
        (["Nama Koperasi", "Tahun Buku", "Skema", "Skor", "Predikat"], "health"),
        (["Kegiatan", "Tanggal", "Nama Koperasi", "Jumlah Peserta"], "training"),
        (["Tanggal", "Kelompok Ternak", "Kejadian", "Jumlah (Ekor)", "Nilai"], "cattle"),
        (["Nama Kelompok", "Nama Koperasi", "Diperiksa"], "groups"),
        (["NIK", "Tanggal", "Penyebab", "Masih Beroperasi"], "findings"),
        (["NIK", "Tanggal SK", "Keputusan", "No. SK"], "decisions"),
        (["Nama", "Tgl. RAT", "Tgl Lapor", "Hadir", "TB"], "rat"),
        (["namaKoperasi", "nikKoperasi", "statusNIK", "jmlAnggota_pria", "jmlAnggota_wanita"], "register"),
    ],
)
def test_each_table_is_known_by_its_headings(headings, table):
    (block,) = find_blocks(sheet(headings, ["x"] * len(headings)))
    assert block.heading.table == table
    assert not block.heading.unknown


def test_budget_sheets_are_no_table_and_their_headings_are_told():
    budget = sheet(
        ["Judul", "APBD"], ["Daerah", "Kabupaten"], ["No. Rekening", "Uraian", "Jumlah", "Keterangan"], ["1", "BELANJA", 5, None]
    )
    assert find_blocks(budget) == []
    assert headings_seen(budget) == ["No. Rekening", "Uraian", "Jumlah", "Keterangan"]


def test_sources_toml_maps_what_recognition_cannot():
    override = Override("a.xlsx", table="register", header_row=2, columns={"Registered Name": "name", "Status": ""})
    (block,) = find_blocks(sheet(["Open data"], ["Registered Name", "Status", "NIK"], ["A", "Live", None]), override)
    assert dict(block.heading.columns) == {"name": 0, "nik": 2}
    assert [line.row for line in block.data] == [3]


def test_a_recapitulation_is_no_register_and_a_weekday_is_no_signature():
    assert find_blocks(sheet(["Kecamatan", "Koperasi", "Status"], ["Sangir", 12, "baik"], ["Pauh Duo", 9, "baik"])) == []
    (block,) = find_blocks(sheet(["Nama Koperasi", "Tahun Buku", "Tanggal RAT"], ["KSP Satu", 2020, "Senin, 5 Mei 2021"]))
    assert len(block.data) == 1


def test_narrow_tables_go_on_after_a_footnote():
    rows = [["Kelompok A", "KSP Satu", "1 Mei 2022"], ["Catatan: belum lengkap"], ["Kelompok B", "KSP Dua", "1 Mei 2022"]]
    (block,) = find_blocks(sheet(["Nama Kelompok", "Nama Koperasi", "Diperiksa"], *rows))
    assert [line.row for line in block.data] == [2, 4]


@pytest.mark.parametrize(
    "text", ["Jumlah", "SUB TOTAL", "Sub-total Kec. Sangir", "Jumlah Sangir", "Jumlah II", "Total Kabupaten", "Rata-rata"]
)
def test_totals(text):
    (block,) = find_blocks(sheet(["Nama Koperasi", "Tahun Buku", "Aset"], ["KSP Jumlah Jaya", 2020, 5], [text, None, 5]))
    assert [line.row for line in block.data] == [2]
