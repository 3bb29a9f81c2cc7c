"""How the office lays its tables out: headings, their order and the way each column is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kopanalysis.truth.writing import Column, comma, dashed, iso, real_day, rupiah, whole, words, written, yes_no

RAT_COLUMNS = (
    Column("NIK", "nik"), Column("Nama Koperasi", "name"), Column("Tahun Buku", "book_year", whole), Column("Tanggal RAT", "date_held",
    words),
    Column("Tanggal Lapor", "date_reported", words), Column("Anggota Hadir", "members_present", whole),
)  # fmt: skip
ACCOUNT_COLUMNS = (
    Column("NIK", "nik"), Column("Nama Koperasi", "name"), Column("Tahun Buku", "book_year", whole), Column("Modal Sendiri",
    "own_capital_idr", rupiah),
    Column("Modal Luar", "external_capital_idr", rupiah), Column("Aset", "assets_idr", rupiah), Column("Volume Usaha", "turnover_idr",
    rupiah),
    Column("SHU", "surplus_idr", rupiah), Column("Pinjaman Diberikan", "loans_idr", rupiah), Column("Kredit Macet", "problem_loans_idr",
    rupiah),
    Column("Kas", "cash_idr", rupiah), Column("Simpanan", "savings_idr", rupiah), Column("Jumlah Anggota", "members", whole),
    Column("Aset Hibah", "grant_assets_idr", rupiah),
)  # fmt: skip
HEALTH_COLUMNS = (
    Column("NIK", "nik"), Column("Nama Koperasi", "name"), Column("Tahun Buku", "book_year", whole), Column("Skema", "scheme"),
    Column("Tata Kelola", "governance", comma), Column("Profil Risiko", "risk_profile", comma),
    Column("Kinerja Keuangan", "financial_performance", comma), Column("Permodalan", "capital", comma), Column("Skor", "score", comma),
    Column("Predikat", "class", written),
)  # fmt: skip
CATTLE_COLUMNS = (
    Column("Tanggal", "date", iso), Column("Kelompok Tani", "group_name"), Column("Nama Koperasi", "name"), Column("NIK", "nik"),
    Column("Sumber Dana", "fund"), Column("Kejadian", "event", written), Column("Jumlah (Ekor)", "heads", whole), Column("Jenis Kelamin",
    "sex", written),
    Column("Rumpun", "breed"), Column("Nilai", "value_idr", whole), Column("No. BAST", "document"),
)  # fmt: skip
GROUP_COLUMNS = (
    Column("Kelompok Ternak", "group_name"), Column("NIK", "nik"), Column("Nama Koperasi", "name"), Column("Diperiksa", "checked_on",
    dashed),
)  # fmt: skip
FINDING_COLUMNS = (
    Column("Tanggal", "date", words), Column("NIK", "nik"), Column("Nama Koperasi", "name"), Column("Penyebab", "causes", written),
    Column("Masih Beroperasi", "operating", yes_no), Column("Dana Pemerintah", "government_funds", yes_no), Column("Bukti", "evidence"),
)  # fmt: skip
DECISION_COLUMNS = (
    Column("No. SK", "document"), Column("Tanggal", "date", words), Column("NIK", "nik"), Column("Nama Koperasi", "name"),
    Column("Keputusan", "decision", written),
)  # fmt: skip


def register_columns(day: Callable[[Any], Any], names: Mapping[str, str], two_rows: bool = False) -> tuple[Column, ...]:
    """Columns of a register sheet.

    Parameters
    ----------
    day : callable
        How its dates are written.
    names : mapping of str to str
        Canonical column to heading, in order.
    two_rows : bool
        Members under one merged heading.

    Returns
    -------
    tuple of Column
    """
    forms: dict[str, Callable[[Any], Any]] = {"legal_date": day, "last_rat_date": day} | dict.fromkeys(CODED, written)
    counted = {"members_male", "members_female", "managers", "employees"}
    return tuple(
        Column(heading, name, whole if name in counted else forms.get(name, lambda value: value),
        "Anggota" if two_rows and name in MEMBERS else "",
               name in counted) for name, heading in names.items()
    )  # fmt: skip


MEMBERS = ("members_male", "members_female")
CODED = ("form", "nik_status", "nik_grade", "status")
PRINTED = {
    "nik": "NIK", "name": "Nama Koperasi", "legal_number": "Nomor Badan Hukum", "legal_date": "Tanggal Badan Hukum",
    "form": "Bentuk Koperasi",
    "type": "Jenis Koperasi", "group": "Kelompok Koperasi", "sector": "Sektor Usaha", "nagari": "Nagari", "kecamatan": "Kecamatan",
    "regency": "Kabupaten", "members_male": "L", "members_female": "P", "managers": "Manajer", "employees": "Karyawan",
    "last_rat_date": "Tanggal RAT Terakhir", "nik_status": "Status NIK", "nik_grade": "Grade", "status": "Status",
}  # fmt: skip
EXPORTED = {
    "nik": "nikKoperasi", "name": "namaKoperasi", "legal_number": "nomorBadanHukum", "legal_date": "tglBadanHukumPendirian",
    "form": "bentukKoperasi",
    "type": "jenisKoperasi", "group": "kelompokKoperasi", "sector": "sektorUsaha", "nagari": "kelurahan", "kecamatan": "kecamatan",
    "regency": "kabupaten", "chair": "namaKetua", "phone": "telepon", "members_male": "jmlAnggota_pria",
    "members_female": "jmlAnggota_wanita",
    "managers": "totalManager", "employees": "totalKaryawan", "last_rat_date": "tglRAT_terakhir", "nik_status": "statusNIK",
    "nik_grade": "statusGrade", "status": "statusAktif",
}  # fmt: skip
LATER = PRINTED | {"nagari": "Desa/Kelurahan", "members_male": "Jumlah Anggota Pria", "members_female": "Jumlah Anggota Wanita"}
NEWEST = LATER | {"status": "Keaktifan", "nagari": "Kelurahan/Nagari", "legal_date": "Tanggal Badan Hukum Pendirian"}
REGISTERS: dict[str, tuple[Callable[[Any], Any], Mapping[str, str]]] = {
    "2016": (words, PRINTED), "2017": (lambda day: dashed(day) or "-", PRINTED), "2018": (iso, EXPORTED), "2019": (real_day, EXPORTED),
    "2020": (words, LATER), "2021": (dashed, LATER),
}  # fmt: skip
