"""The dirt that real office files have, one small piece of each kind: what it is, which trap it stands for, where it lies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from kopanalysis.truth.sheets import Row, Sheet

REGISTER_OLD = "Register ODS Koperasi 2016-2021.xlsx"
REGISTER_NEW = "Register Koperasi 2022-2024.xlsx"
REGISTER_LAST = "Register per 31 Desember 2025.xlsx"
RAT = "Rekap RAT.xlsx"
ACCOUNTS = "Keragaan Keuangan.csv"
HEALTH = "Penilaian Kesehatan.xlsx"
TRAINING = "Pelatihan.xlsx"
CATTLE = "Buku Ternak.ods"
GROUPS = "Kelompok Ternak.csv"
FINDINGS = "Temuan Pengawasan.xlsx"
DECISIONS = "Keputusan Kadis.xlsx"
FILES = (REGISTER_OLD, REGISTER_NEW, REGISTER_LAST, RAT, ACCOUNTS, HEALTH, TRAINING, CATTLE, GROUPS, FINDINGS, DECISIONS)


@dataclass(frozen=True)
class Dirt:
    """One piece of dirt.

    Attributes
    ----------
    trap : int
        Number of the trap it stands for; 0 for a broken or repeated row, which every office file has.
    file, sheet : str
        Where; sheet is empty in a .csv.
    what : str
        In words.
    kind : str
        ``cell``: one cell gets ``value``. ``row``: an extra row with ``cells``. ``copy``: a row stands twice. ``layout``: the writer of the
        file makes it, and ``value`` is what can be found there.
    heading : str
        Column of the cell.
    value : Any
    was : str
        The cell is the first of its column that holds this.
    at : int
        Which of the numbered rows otherwise; extra rows and copies come after it.
    cells : mapping of str to Any
    """

    trap: int
    file: str
    sheet: str
    what: str
    kind: Literal["cell", "row", "copy", "layout"] = "cell"
    heading: str = ""
    value: Any = None
    was: str = ""
    at: int = 0
    cells: Mapping[str, Any] = field(default_factory=dict)


DIRT: tuple[Dirt, ...] = (
    Dirt(1, REGISTER_OLD, "2021", "both region codes in a title line", "layout", value="Kode wilayah 13.11 (Kemendagri) / 1310 (BPS)"),
    Dirt(5, REGISTER_OLD, "2018", "a NIK that a spreadsheet rounded", heading="nikKoperasi", value="1.31001E+12", at=11),
    Dirt(5, REGISTER_OLD, "2017", "NIK as numbers instead of text", "layout", value=1310),
    Dirt(6, REGISTER_OLD, "2020", "a person's 16-digit id in a NIK cell", heading="NIK", value="1310999999990001", at=17),
    Dirt(6, REGISTER_OLD, "2019", "a NIK cell that holds a district's number", heading="nikKoperasi", value="1310", at=31),
    Dirt(6, REGISTER_OLD, "2016", "a NIK cell that holds 0", heading="NIK", value="0", at=40),
    Dirt(7, REGISTER_OLD, "2019", "a cooperative of another district", "row", at=60, cells={
        "nikKoperasi": "1311010000901", "namaKoperasi": "KSU Contoh Dharmasraya", "nomorBadanHukum": "901/BH/III.12/V/2011",
        "tglBadanHukumPendirian": "2011-05-04", "bentukKoperasi": "Primer Kabupaten/Kota", "jenisKoperasi": "Konsumen",
        "kelompokKoperasi": "Kop. Serba Usaha", "sektorUsaha": "Perdagangan Besar dan Eceran", "kelurahan": "Sungai Dareh",
        "kecamatan": "Pulau Punjung",
        "kabupaten": "Kabupaten Dharmasraya", "jmlAnggota_pria": 21, "jmlAnggota_wanita": 14, "statusAktif": "Aktif",
    }),
    Dirt(8, REGISTER_OLD, "2020", "a kecamatan in Minang spelling", heading="Kecamatan", was="Pauh Duo", value="Pauah Duo"),
    Dirt(8, REGISTER_OLD, "2021", "a kecamatan as initials", heading="Kecamatan", was="Koto Parik Gadang Diateh", value="KPGD"),
    Dirt(8, REGISTER_OLD, "2016", "a kecamatan in one word", heading="Kecamatan", was="Sungai Pagu", value="Sungaipagu"),
    Dirt(8, REGISTER_OLD, "2021", "a nagari that isn't official", heading="Desa/Kelurahan", was="Lubuk Gadang",
    value="Lubuak Gadang Barat Daya"),
    Dirt(8, GROUPS, "", "a cooperative's name spelt differently, without NIK", heading="Nama Koperasi",
    value="Kop. Produsen Contoh Sangir Sarumpun", at=0),
    Dirt(8, TRAINING, "2024", "a name that fits none exactly, without NIK", "row", at=4, cells={
        "Nama Pelatihan": "Digitalisasi Pembukuan", "Tanggal": "02-03 Desember 2024",
        "Nama Koperasi": "Kop. Produsen Contoh Sangir Sarumpun Sejahtera",
        "Jumlah Peserta": 1, "Sumber Dana": "DAK Nonfisik 2024", "Biaya": "Rp5.000.000,00",
    }),
    Dirt(9, REGISTER_NEW, "25 Agustus 2022", "one cooperative registered twice, with a second number", "layout",
    value="Koperasi Serba Usaha Contoh"),
    Dirt(10, REGISTER_OLD, "2017", "no date as 30-11--0001", heading="Tanggal RAT Terakhir", was="-", value="30-11--0001"),
    Dirt(10, REGISTER_OLD, "2018", "no date as 0000-00-00", "layout", value="0000-00-00"),
    Dirt(10, RAT, "2020-2024", "no date as t.a.d.", heading="Tanggal Lapor", was="-", value="t.a.d."),
    Dirt(11, RAT, "2015-2019", "an old spelling of a month", heading="Tanggal RAT", was="Februari", value="Pebruari"),
    Dirt(11, TRAINING, "2024", "a range of days", "layout", value="02-03 Desember 2024"),
    Dirt(11, TRAINING, "2021", "a misspelt month", "layout", value="09-11 Nofember 2021"),
    Dirt(11, DECISIONS, "Keputusan", "a shortened month", heading="Tanggal", was="Agustus", value="Agt"),
    Dirt(12, FINDINGS, "Temuan", "a weekday that isn't the date's", heading="Tanggal", value="Rabu (25/09/2023)", at=-6),
    Dirt(13, ACCOUNTS, "", "an English number in an Indonesian column", heading="Volume Usaha", value="Rp. 15,000,000.00", at=25),
    Dirt(13, TRAINING, "2023", "a column whose style can't be decided", "layout", value="7.000"),
    Dirt(14, CATTLE, "APBD", "an amount as text among numbers", heading="Nilai", was="400000000", value="400.000.000"),
    Dirt(15, CATTLE, "APBD", "an amount in words", heading="Nilai", was="8500000000", value="Rp8,5 miliar"),
    Dirt(15, RAT, "2020-2024", "a number of members that is only roughly known", heading="Anggota Hadir", value="300-an", at=7),
    Dirt(16, ACCOUNTS, "", "negative amounts in brackets", "layout", value="(Rp"),
    Dirt(16, ACCOUNTS, "", "a zero as text", heading="Aset Hibah", value="0,00", at=30),
    Dirt(17, REGISTER_OLD, "Daftar Kecamatan", "a hidden sheet", "layout", value="Daftar Kecamatan"),
    Dirt(17, REGISTER_OLD, "Sheet2", "an empty sheet", "layout"),
    Dirt(17, REGISTER_OLD, "2016", "two heading rows with a merged heading", "layout", value="Anggota"),
    Dirt(17, REGISTER_OLD, "2016", "sub-totals that are formulas", "layout", value="=SUM("),
    Dirt(18, REGISTER_OLD, "2020", "a printed recapitulation that doesn't add up", "layout",
    value="Rekapitulasi: aktif 74, tidak aktif 45, jumlah 120"),
    Dirt(25, RAT, "2020-2024", "meetings held and not reported", "layout", value="-"),
    Dirt(0, REGISTER_OLD, "2019", "names and telephones of persons", "layout", value="Nama Contoh"),
    Dirt(0, REGISTER_OLD, "2018", "a row that stands twice", "copy", heading="namaKoperasi", at=22),
    Dirt(0, RAT, "2015-2019", "a row that stands twice", "copy", heading="Nama Koperasi", at=33),
    Dirt(0, ACCOUNTS, "", "a row that stands twice", "copy", heading="Nama Koperasi", at=12),
    Dirt(0, REGISTER_OLD, "2021", "a broken row", "row", at=50, cells={"Kecamatan": "Sangir", "Status": "Aktif", "Karyawan": 2}),
    Dirt(0, REGISTER_NEW, "25 Agustus 2022", "a broken row", "row", at=70, cells={"Kecamatan": "Sungai Pagu", "Keaktifan": "Tidak Aktif",
    "Grade": "D"}),
    Dirt(0, REGISTER_LAST, "Register", "a broken row", "row", at=20, cells={"Kecamatan": "Sangir Jujuan", "Keaktifan": "Aktif",
    "Grade": "A"}),
    Dirt(0, RAT, "2020-2024", "a broken row", "row", at=15, cells={"Nama Koperasi": "KSU Contoh Baris Rusak", "Tahun Buku": "2O2O",
    "Anggota Hadir": 31}),
    Dirt(0, ACCOUNTS, "", "a broken row", "row", at=40, cells={"Nama Koperasi": "KSU Contoh Baris Rusak", "Tahun Buku": "t.a.d.",
    "Aset": "Rp1.000.000,00"}),
    Dirt(0, HEALTH, "Penilaian", "a broken row", "row", at=9, cells={"Tahun Buku": 2019, "Skor": "71,20"}),
    Dirt(0, TRAINING, "2020", "a broken row", "row", at=3, cells={"Nama Koperasi": "KSU Contoh Baris Rusak", "Jumlah Peserta": 2}),
    Dirt(0, CATTLE, "APBD", "a broken row", "row", at=12, cells={"Tanggal": "2022-01-13",
    "Kelompok Tani": "Kelompok Tani Contoh Baris Rusak",
                                                                "Sumber Dana": "APBD", "Kejadian": "diterima",
                                                                "Jumlah (Ekor)": "dua puluh"}),
    Dirt(38, CATTLE, "DKS", "births in a herd of males", "row", at=-8, cells={
        "Tanggal": "2023-11-07", "Kelompok Tani": "Satujuan", "Sumber Dana": "DKS", "Kejadian": "lahir", "Jumlah (Ekor)": 2.0,
    }),
    Dirt(36, CATTLE, "APBD", "heads that already stand under another fund, with the same handover document", "row", at=30, cells={
        "Tanggal": "2022-03-10", "Kelompok Tani": "Harapan Basamo", "Sumber Dana": "APBD", "Kejadian": "diterima", "Jumlah (Ekor)": 8.0,
        "Jenis Kelamin": "jantan", "Rumpun": "Simmental", "No. BAST": "BAST-DKS/2022-03/Harapan",
    }),
    Dirt(0, GROUPS, "", "a broken row", "row", at=8, cells={"Kelompok Ternak": "Kelompok Tani Contoh Baris Rusak",
    "Diperiksa": "02-11-2023"}),
    Dirt(0, FINDINGS, "Temuan", "a broken row", "row", at=10, cells={"Tanggal": "14 Maret 2019", "Penyebab": "kredit macet"}),
    Dirt(0, DECISIONS, "Keputusan", "a broken row", "row", at=5, cells={"No. SK": "518/99/KPTS-CONTOH/2018", "Tanggal": "31 Februari 2018",
                                                                      "Nama Koperasi": "KSU Contoh Baris Rusak",
                                                                      "Keputusan": "dibubarkan"}),
)  # fmt: skip


def soil(file: str, sheet: Sheet, dirt: Iterable[Dirt] = DIRT) -> Sheet:
    """Put the dirt of a file and sheet into it.

    Parameters
    ----------
    file : str
    sheet : Sheet
    dirt : iterable of Dirt

    Returns
    -------
    Sheet
    """
    rows = [list(row) for row in sheet.rows]
    mine = [piece for piece in dirt if (piece.file, piece.sheet) == (file, sheet.name) and piece.kind != "layout"]
    if not mine:
        return sheet
    places = headings(sheet)
    numbered = [i for i, row in enumerate(rows) if i >= sheet.header_row and row and isinstance(row[0], int)]
    extra: dict[int, list[Row]] = {}
    for piece in mine:
        line = numbered[piece.at % len(numbered)]
        if piece.kind == "cell":
            _change(rows, numbered, line, places, piece)
        else:
            copy = (
                list(rows[line]) if piece.kind == "copy" else [piece.cells.get(heading) for heading in _in_order(places, len(rows[line]))]
            )
            copy[0] = rows[line][0]
            extra.setdefault(line, []).append(copy)
    for line in sorted(extra, reverse=True):
        rows[line + 1 : line + 1] = extra[line]
    return replace(sheet, rows=rows)


def headings(sheet: Sheet) -> dict[str, int]:
    """Position of each heading, the lower of two heading rows first."""
    upper = sheet.rows[sheet.header_row - 1]
    lower = sheet.rows[sheet.header_row] if sheet.merges else []
    return {str(text): i for row in (upper, lower) for i, text in enumerate(row) if text is not None}


def _in_order(places: Mapping[str, int], width: int) -> list[str]:
    order = [""] * width
    for heading, position in places.items():
        order[position] = heading
    return order


def _change(rows: list[Row], numbered: list[int], line: int, places: Mapping[str, int], piece: Dirt) -> None:
    position = places[piece.heading]
    value = piece.value
    if piece.was:
        found = [i for i in numbered if piece.was in str(rows[i][position])] if piece.was.isalpha() else []
        exact = [i for i in numbered if str(rows[i][position]).split(".")[0] == piece.was]
        if not exact and not found:
            return  # a small district may lack it
        line = (exact or found)[0]
        if not exact:
            value = str(rows[line][position]).replace(piece.was, piece.value)
    rows[line][position] = value
    if piece.file == GROUPS and "NIK" in places:
        rows[line][places["NIK"]] = None
