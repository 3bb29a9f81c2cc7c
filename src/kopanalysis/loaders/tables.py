"""The nine tables of an office, declared once: recognition, parsing, templates and the codebook all read this."""

from __future__ import annotations

from functools import lru_cache

from kopanalysis.loaders.categories import (
    CLASSES,
    DECISIONS,
    EVENTS,
    FORMS,
    GRADES,
    NIK_STATUSES,
    PERSON_HEADINGS,
    SCHEMES,
    SEXES,
    SILENT_HEADINGS,
    STATUSES,
    TYPES,
)  # fmt: skip
from kopanalysis.loaders.schema import Column, Table
from kopanalysis.loaders.words import heading_key

_NIK = Column(
    "nik",
    "nik",
    "NIK",
    ("NIK Koperasi", "Nomor Induk Koperasi", "No Induk Koperasi"),
    definition="Nomor Induk Koperasi, 13 digits, the first 7 the BPS code of the kecamatan",
)
_NAME = Column("name", "name", "Nama Koperasi", ("Koperasi", "Nama Kop", "Nama"), definition="name of the cooperative as written")
_BOOK_YEAR = Column(
    "book_year",
    "year",
    "Tahun Buku",
    ("TB", "Tahun Buku RAT", "Tahun"),
    required=True,
    low=1945,
    high=2100,
    definition="book year; a meeting held in year t is about book year t-1",
)
_FUND = Column("fund", "text", "Sumber Dana", ("Dana", "Asal Dana", "Sumber Anggaran"), definition="budget it was paid from")


def _idr(name: str, label: str, *synonyms: str, low: float | None = 0, definition: str = "") -> Column:
    return Column(
        name, "idr", label, synonyms, unit="idr", low=low, high=1e13, sensitivity="business", definition=definition or f"{label}, rupiah"
    )


def _count(name: str, label: str, *synonyms: str, required: bool = False, unit: str = "people", high: float = 1e6) -> Column:
    return Column(name, "count", label, synonyms, required=required, unit=unit, low=0, high=high, definition=f"{label}, {unit}")


def _score(name: str, label: str, *synonyms: str) -> Column:
    return Column(name, "number", label, synonyms, unit="points", low=0, high=100, sensitivity="business", definition=f"{label}, 0 to 100")


REGISTER = Table(
    "register",
    "Daftar Koperasi",
    (
        Column(
            "snapshot_date", "date", "Tanggal Data",
            ("Posisi Tanggal", "Per Tanggal", "Tanggal Posisi", "Tanggal Daftar", "Tahun", "Tahun Data", "Posisi"),
            definition="day the register describes",
        ),
        _NIK,
        _NAME,
        Column(
            "legal_number", "legal", "Nomor Badan Hukum",
            ("No BH", "Badan Hukum", "No Badan Hukum", "Nomor BH", "Nomor dan Tanggal Badan Hukum", "Badan Hukum Nomor"),
            definition="number of the legal entity",
        ),
        Column(
            "legal_date", "date", "Tanggal Badan Hukum",
            ("Tanggal Badan Hukum Pendirian", "Tgl BH", "Tanggal BH", "Tanggal Pendirian", "Tanggal Berdiri", "Badan Hukum Tanggal"),
            definition="day it became a legal entity",
        ),
        Column("form", "category", "Bentuk Koperasi", ("Bentuk",), categories=FORMS, definition="primary or secondary, and its area"),
        Column(
            "type", "category", "Jenis Koperasi", ("Jenis",), categories=TYPES, definition="one of the five types, or the office's word",
        ),
        Column("group", "text", "Kelompok Koperasi", ("Kelompok",), definition="older grouping, may disagree with the type"),
        Column("sector", "text", "Sektor Usaha", ("Sektor", "Bidang Usaha"), definition="business sector"),
        Column(
            "nagari", "nagari", "Nagari",
            ("Kelurahan", "Desa", "Kelurahan/Nagari", "Desa/Kelurahan", "Nagari/Desa", "Kelurahan/Desa", "Kelurahan/Nagari/Desa"),
            definition="village",
        ),
        Column("kecamatan", "kecamatan", "Kecamatan", (), definition="sub-district"),
        Column("regency", "district", "Kabupaten", ("Kabupaten/Kota", "Kab/Kota"), definition="district"),
        _count(
            "members_male", "Jumlah Anggota Pria", "Anggota Pria", "Anggota Laki-laki", "Jumlah Anggota Laki-laki", "Pria", "Laki-laki",
            "L", "Anggota L", "Jumlah Anggota L", "Anggota LK",
        ),
        _count(
            "members_female", "Jumlah Anggota Wanita", "Anggota Wanita", "Anggota Perempuan", "Jumlah Anggota Perempuan", "Wanita",
            "Perempuan", "P", "Anggota P", "Jumlah Anggota P", "Anggota PR",
        ),
        _count(
            "members", "Jumlah Anggota", "Total Anggota", "Anggota", "Jumlah Anggota Total", "Jumlah Anggota Jumlah", "Anggota Jumlah",
            "Anggota Total", "Jumlah Anggota Jml",
        ),
        _count("managers", "Jumlah Manajer", "Manajer", "Manager", "Total Manager", "Jumlah Manager", high=1e4),
        _count("employees", "Jumlah Karyawan", "Karyawan", "Total Karyawan", high=1e5),
        Column(
            "last_rat_date", "date", "Tanggal RAT Terakhir", ("RAT Terakhir", "Tgl RAT Terakhir"),
            definition="last annual meeting the register knows",
        ),
        Column(
            "nik_status", "category", "Status NIK", ("Status Sertifikat NIK", "Sertifikat NIK"), categories=NIK_STATUSES,
            definition="state of the NIK certificate",
        ),
        Column(
            "nik_grade", "category", "Grade", ("Status Grade", "Grade NIK", "Grade Koperasi"), categories=GRADES,
            definition="grade of the NIK certificate: a clock since the last meeting",
        ),
        Column(
            "status", "category", "Status", ("Keaktifan", "Status Koperasi", "Status Keaktifan", "Status Aktif", "Aktif/Tidak Aktif"),
            categories=STATUSES, definition="status as the office registered it",
        ),
    ),
    (
        ("nik", "name", "legal_number"),
        (
            "legal_number",
            "legal_date",
            "form",
            "type",
            "sector",
            "members_male",
            "nik_status",
            "nik_grade",
            "status",
            "last_rat_date",
            "kecamatan",
        ),
    ),
    (("nik", "legal_number", "name"),),
    ("coop_id", "snapshot_date"),
    ("last_rat_date",),
)  # fmt: skip
RAT = Table(
    "rat",
    "Buku RAT",
    (
        _NIK,
        _NAME,
        _BOOK_YEAR,
        Column(
            "date_held", "date", "Tanggal RAT", ("Tanggal Pelaksanaan RAT", "Tanggal Pelaksanaan", "Tgl RAT", "Pelaksanaan RAT"),
            definition="day the meeting was held",
        ),
        Column(
            "date_reported", "date", "Tanggal Lapor", ("Tanggal Laporan", "Tanggal Laporan RAT", "Tanggal Lapor RAT", "Tgl Lapor"),
            definition="day the office had the report",
        ),
        _count("members_present", "Anggota Hadir", "Jumlah Hadir", "Jumlah Anggota Hadir", "Hadir", "Peserta RAT"),
    ),
    (("nik", "name"), ("date_held", "date_reported")),
    (("nik", "name"),),
    ("coop_id", "book_year"),
    ("date_reported", "date_held"),
)  # fmt: skip
ACCOUNTS = Table(
    "accounts",
    "Keuangan",
    (
        _NIK,
        _NAME,
        _BOOK_YEAR,
        _idr("own_capital_idr", "Modal Sendiri", "Jumlah Modal Sendiri"),
        _idr("external_capital_idr", "Modal Luar", "Modal Pinjaman"),
        _idr("assets_idr", "Aset", "Asset", "Total Aset", "Jumlah Aset", "Aktiva", "Total Aktiva"),
        _idr("turnover_idr", "Volume Usaha", "Vol Usaha", "Omzet", "Omset"),
        _idr("surplus_idr", "SHU", "Sisa Hasil Usaha", "Sisa Hasil Usaha (SHU)", "SHU Tahun Berjalan", low=-1e13),
        _idr("loans_idr", "Pinjaman Diberikan", "Pinjaman yang Diberikan", "Piutang Anggota", "Pinjaman Anggota"),
        _idr("problem_loans_idr", "Pinjaman Bermasalah", "Kredit Macet", "Pinjaman Macet", "Piutang Macet"),
        _idr("cash_idr", "Kas", "Kas dan Bank", "Kas/Bank", low=-1e13),
        _idr("savings_idr", "Simpanan", "Jumlah Simpanan", "Simpanan Anggota"),
        _count("members", "Jumlah Anggota", "Anggota", "Total Anggota"),
        _idr("grant_assets_idr", "Aset Hibah", "Aset dari Hibah", "Nilai Aset Hibah", "Hibah"),
    ),
    (("nik", "name"), ("own_capital_idr", "external_capital_idr", "assets_idr", "turnover_idr", "surplus_idr", "loans_idr", "savings_idr")),
    (("nik", "name"),),
    ("coop_id", "book_year"),
)  # fmt: skip
HEALTH = Table(
    "health",
    "Pemeriksaan Kesehatan",
    (
        _NIK,
        _NAME,
        _BOOK_YEAR,
        Column(
            "scheme", "category", "Skema", ("Pedoman", "Dasar Penilaian", "Skema Penilaian"), categories=SCHEMES,
            definition="rules it was scored by; schemes are not comparable",
        ),
        _score("governance", "Tata Kelola", "Aspek Tata Kelola"),
        _score("risk_profile", "Profil Risiko", "Aspek Profil Risiko"),
        _score("financial_performance", "Kinerja Keuangan", "Aspek Kinerja Keuangan"),
        _score("capital", "Permodalan", "Aspek Permodalan"),
        _score("score", "Skor", "Nilai", "Skor Akhir", "Total Skor", "Nilai Kesehatan"),
        Column(
            "class", "category", "Predikat", ("Kategori", "Kategori Kesehatan", "Predikat Kesehatan"), categories=CLASSES,
            definition="class printed by the examiner",
        ),
    ),
    (("nik", "name"), ("governance", "risk_profile", "financial_performance", "score", "class")),
    (("nik", "name"),),
    ("coop_id", "book_year", "scheme"),
)  # fmt: skip
TRAINING = Table(
    "training",
    "Pelatihan",
    (
        Column(
            "programme", "text", "Nama Pelatihan", ("Kegiatan", "Nama Kegiatan", "Pelatihan", "Judul Pelatihan", "Materi Pelatihan"),
            definition="name of the training",
        ),
        Column(
            "start_date", "range", "Tanggal",
            ("Tanggal Pelatihan", "Tanggal Mulai", "Waktu", "Waktu Pelaksanaan", "Tanggal Pelaksanaan", "Hari/Tanggal"),
            definition="first day",
        ),
        Column("end_date", "date", "Tanggal Selesai", ("Sampai Tanggal", "Tanggal Akhir", "Tanggal Berakhir"), definition="last day"),
        _NIK,
        Column(
            "name", "name", "Nama Koperasi", ("Koperasi", "Asal Koperasi", "Peserta dari Koperasi", "Koperasi Peserta"),
            definition=_NAME.definition,
        ),
        _count("participants", "Jumlah Peserta", "Peserta", "Jumlah Orang", high=1e4),
        _FUND,
        _idr("cost_idr", "Biaya", "Jumlah Biaya", "Anggaran", "Biaya Pelatihan"),
    ),
    (("programme", "start_date"), ("nik", "name"), ("participants", "cost_idr", "programme")),
    (("nik", "name"), ("programme", "start_date")),
    ("coop_id", "programme", "start_date"),
    ("end_date",),
)  # fmt: skip
CATTLE = Table(
    "cattle",
    "Buku Ternak",
    (
        Column(
            "date", "date", "Tanggal", ("Tanggal Kejadian", "Tgl Kejadian", "Tanggal BAST", "Tanggal Serah Terima"),
            definition="day of the event",
        ),
        Column(
            "group_name", "text", "Kelompok Tani",
            ("Kelompok", "Kelompok Ternak", "Kelompok Tani Ternak", "Nama Kelompok", "Nama Kelompok Tani",
             "Nama Kelompok Ternak", "Kelompok Tani/Ternak", "Penerima"),
            definition="farmer group",
        ),
        _NIK,
        _NAME,
        _FUND,
        Column(
            "event", "category", "Kejadian", ("Jenis Kejadian", "Peristiwa", "Mutasi"), required=True, categories=EVENTS,
            definition="what happened to the animals",
        ),
        _count("heads", "Jumlah", "Jumlah Ekor", "Jumlah Ternak", "Jumlah Sapi", "Ekor", required=True, unit="heads", high=1e5),
        Column("sex", "category", "Jenis Kelamin", ("Kelamin", "JK", "Jantan/Betina"), categories=SEXES, definition="sex of the animals"),
        Column("breed", "text", "Rumpun", ("Ras", "Bangsa", "Jenis Sapi", "Rumpun Sapi"), definition="breed"),
        _idr("value_idr", "Nilai", "Harga", "Nilai (Rp)", "Harga Jual", "Jumlah Harga", "Total Nilai"),
        Column(
            "document", "text", "No. BAST", ("Nomor BAST", "BAST", "Dokumen", "Nomor Dokumen", "Nomor Berita Acara"),
            definition="number of the handover document",
        ),
    ),
    (("group_name", "name", "nik"), ("event",), ("heads",)),
    (("group_name", "nik", "name"),),
    ("document", "date", "group_name", "name", "event", "heads", "sex", "breed", "value_idr"),
)  # fmt: skip
GROUPS = Table(
    "groups",
    "Kelompok dan Koperasi",
    (
        Column(
            "group_name", "text", "Nama Kelompok",
            ("Kelompok", "Kelompok Tani", "Kelompok Ternak", "Nama Kelompok Tani", "Nama Kelompok Ternak", "Kelompok Tani/Ternak"),
            required=True, definition="farmer group",
        ),
        _NIK,
        _NAME,
        Column(
            "checked_on", "date", "Diperiksa", ("Tanggal Diperiksa", "Diperiksa Tanggal", "Tanggal Periksa", "Diperiksa Pada"),
            definition="day a person checked the link",
        ),
    ),
    (("group_name",), ("nik", "name")),
    (("nik", "name"),),
    ("group_name", "coop_id"),
    ("checked_on",),
)  # fmt: skip
FINDINGS = Table(
    "findings",
    "Temuan Pengawasan",
    (
        _NIK,
        _NAME,
        Column(
            "date", "date", "Tanggal", ("Tanggal Pemeriksaan", "Tanggal Temuan", "Tanggal Kunjungan", "Tanggal Pengawasan"),
            definition="day of the visit",
        ),
        Column(
            "causes", "causes", "Sebab", ("Penyebab", "Sebab Tidak Aktif", "Penyebab Tidak Aktif", "Permasalahan"), sensitivity="office",
            definition="causes of inactivity, codes separated by spaces",
        ),
        Column(
            "operating", "flag", "Masih Beroperasi", ("Beroperasi", "Usaha Berjalan", "Masih Berusaha"),
            definition="works although silent",
        ),
        Column(
            "government_funds", "flag", "Dana Pemerintah", ("Ada Dana Pemerintah", "Bantuan Pemerintah", "Dana Bergulir"),
            definition="public money outstanding",
        ),
        Column("evidence", "text", "Bukti", ("Keterangan Bukti", "Dasar"), sensitivity="office", definition="what the finding rests on"),
    ),
    (("nik", "name"), ("causes", "operating", "government_funds")),
    (("nik", "name"),),
    ("coop_id", "date", "causes"),
)  # fmt: skip
DECISIONS_TABLE = Table(
    "decisions",
    "Keputusan",
    (
        _NIK,
        _NAME,
        Column("date", "date", "Tanggal", ("Tanggal SK", "Tanggal Keputusan"), required=True, definition="day of the decision"),
        Column(
            "decision", "category", "Keputusan", ("Jenis Keputusan", "Putusan", "Isi Keputusan"), required=True, categories=DECISIONS,
            definition="what was decided",
        ),
        Column("document", "text", "No. SK", ("Nomor SK", "SK", "Nomor Keputusan", "Dokumen"), definition="number of the decree"),
    ),
    (("nik", "name"), ("decision",)),
    (("nik", "name"),),
    ("coop_id", "date", "decision"),
    ("date",),
)  # fmt: skip
TABLES: dict[str, Table] = {t.name: t for t in (REGISTER, RAT, ACCOUNTS, HEALTH, TRAINING, CATTLE, GROUPS, FINDINGS, DECISIONS_TABLE)}


@lru_cache(maxsize=16)
def heading_lookup(table: str) -> dict[str, str]:
    """Heading key to canonical column of one table."""
    return {heading_key(heading): column.name for column in reversed(TABLES[table].columns) for heading in column.headings}


@lru_cache(maxsize=1)
def known_headings() -> frozenset[str]:
    """Every heading key of any table."""
    return frozenset(key for table in TABLES for key in heading_lookup(table))


@lru_cache(maxsize=1)
def person_headings() -> frozenset[str]:
    """Heading keys of columns about persons, which are never read."""
    return frozenset(heading_key(heading) for heading in PERSON_HEADINGS)


@lru_cache(maxsize=1)
def silent_headings() -> frozenset[str]:
    """Heading keys of columns that no table needs and nobody has to be told about."""
    return frozenset(heading_key(heading) for heading in SILENT_HEADINGS)
