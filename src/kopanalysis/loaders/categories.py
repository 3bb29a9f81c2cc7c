"""Indonesian words for the categories, causes and column headings that the tables know."""

from __future__ import annotations

FORMS = {
    "primer kabupaten kota": "primary_district", "primer kabupaten": "primary_district", "primer kab kota": "primary_district",
    "primer kota": "primary_district",
    "primer kab": "primary_district", "primer provinsi": "primary_province", "primer nasional": "primary_national", "primer": "primary",
    "sekunder kabupaten kota": "secondary_district", "sekunder kabupaten": "secondary_district", "sekunder kab kota": "secondary_district",
    "sekunder provinsi": "secondary_province", "sekunder nasional": "secondary_national", "sekunder": "secondary",
}  # fmt: skip
NIK_STATUSES = {
    "sudah bersertifikat": "certified", "sudah bersetifikat": "certified", "bersertifikat": "certified", "sertifikat": "certified",
    "sertifikat expired": "expired", "expired": "expired", "kedaluwarsa": "expired", "sertifikat kedaluwarsa": "expired",
    "kadaluarsa": "expired",
    "belum bersertifikat": "not_certified", "belum bersetifikat": "not_certified", "tidak bersertifikat": "not_certified",
    "sudah ber nik": "not_certified", "ber nik": "not_certified", "belum ber nik": "no_nik",
}  # fmt: skip
STATUSES = {
    "aktif": "active", "active": "active", "tidak aktif": "inactive", "non aktif": "inactive", "nonaktif": "inactive",
    "tdk aktif": "inactive",
    "pasif": "inactive", "inaktif": "inactive", "mati suri": "inactive", "beku": "frozen", "dibekukan": "frozen", "bubar": "dissolved",
    "dibubarkan": "dissolved", "baru": "new", "belum rat": "no_meeting_yet",
}  # fmt: skip
SCHEMES = {
    "2021": "2021", "juknis 15 2021": "2021", "permenkop 9 2020": "2021", "2020": "2021", "9 2020": "2021", "kkr": "2021",
    "2016": "2016", "perdep 6 2016": "2016", "perdep 06 2016": "2016", "06 per dep 6 iv 2016": "2016",
    "2009": "2009", "permen 14 2009": "2009", "permenkop 14 2009": "2009", "2008": "2009",
}  # fmt: skip
CLASSES = {
    "sehat": "healthy", "cukup sehat": "fairly_healthy", "kurang sehat": "less_healthy", "tidak sehat": "unhealthy",
    "sangat tidak sehat": "very_unhealthy", "dalam pengawasan": "under_supervision", "dalam pengawasan khusus": "special_supervision",
}  # fmt: skip
EVENTS = {
    "diumumkan": "announced", "ditunda": "postponed", "dibatalkan": "cancelled", "batal": "cancelled", "dikontrak": "contracted",
    "kontrak": "contracted",
    "tiba": "arrived", "datang": "arrived", "ditolak": "rejected", "diterima": "accepted", "serah terima": "accepted", "dibeli": "bought",
    "beli": "bought",
    "lahir": "born", "kelahiran": "born", "mati": "died", "kematian": "died", "dijual": "sold", "jual": "sold", "dijual sakit": "sold_sick",
    "jual sakit": "sold_sick", "hilang": "lost", "dialihkan": "redistributed", "redistribusi": "redistributed",
    "digulirkan": "redistributed",
    "dihitung": "counted", "hitung": "counted", "sensus": "counted", "pendataan": "counted",
}  # fmt: skip
SEXES = {
    "jantan": "male",
    "jtn": "male",
    "betina": "female",
    "btn": "female",
    "campuran": "mixed",
    "jantan betina": "mixed",
    "jantan dan betina": "mixed",
}
DECISIONS = {
    "dibubarkan": "dissolved", "pembubaran": "dissolved", "bubar": "dissolved", "dicabut badan hukum": "dissolved",
    "pencabutan badan hukum": "dissolved",
    "digabung": "merged", "penggabungan": "merged", "dilebur": "merged", "dibekukan": "frozen", "pembekuan": "frozen",
    "diaktifkan kembali": "reactivated", "diaktifkan": "reactivated", "pengaktifan kembali": "reactivated", "reaktivasi": "reactivated",
}  # fmt: skip
GRADES = {grade.lower(): grade for grade in ("A", "B", "C", "C1", "C2", "D")}
TYPES = {
    "simpan pinjam": "Simpan Pinjam", "ksp": "Simpan Pinjam", "koperasi simpan pinjam": "Simpan Pinjam", "produsen": "Produsen",
    "koperasi produsen": "Produsen",
    "konsumen": "Konsumen", "koperasi konsumen": "Konsumen", "pemasaran": "Pemasaran", "koperasi pemasaran": "Pemasaran", "jasa": "Jasa",
    "koperasi jasa": "Jasa",
}  # fmt: skip
OPEN_CATEGORIES = frozenset({"type"})  # an unlisted word is kept as it stands
CAUSES = {
    "rat_missed": "tidak rat|tidak melaksanakan rat|tidak pernah rat|rat tidak dilaksanakan|belum rat",
    "bad_loans": "kredit macet|pinjaman macet|tunggakan|piutang macet|bermasalah",
    "aid_unaccounted": "bantuan belum dipertanggungjawabkan|dana bergulir|dana pemerintah belum|bantuan pemerintah belum",
    "internal_conflict": "konflik|perselisihan|sengketa",
    "no_bookkeeping_skill": "pembukuan|akuntansi|pencatatan|laporan keuangan",
    "weak_management": "manajemen lemah|pengelolaan lemah|organisasi lemah|pengurus tidak cakap|kurang komitmen pengurus",
    "no_member_benefit": "manfaat anggota|tidak ada manfaat|usaha tidak terkait",
    "founded_for_aid": "demi bantuan|mengejar bantuan|dibentuk untuk bantuan|koperasi musiman",
    "family_founded": "keluarga",
    "managers_gone": "pengurus pindah|pengurus tidak ada|pengurus meninggal|pengurus tidak jelas|pengurus tidak ditemukan|pengurus sudah",
    "members_gone": "anggota keluar|anggota tidak ada|anggota pindah|anggota tidak jelas|anggota berkurang",
    "no_office": "tidak ada kantor|tidak punya kantor|alamat tidak|kantor tidak",
    "business_failed": "usaha berhenti|usaha tidak berjalan|usaha macet|usaha gagal|tidak ada usaha|tidak ada kegiatan|rugi",
    "office_capacity": "kurang pembinaan|petugas dinas|tenaga dinas|kurang penyuluh",
    "covid": "covid|pandemi|korona|corona",
    "not_reported": "tidak dilaporkan|tidak melapor|belum melapor|belum dilaporkan",
    "duplicate_registration": "ganda|dobel|terdaftar dua kali",
    "other": "lain",
}
PERSON_HEADINGS = (
    "Nama Ketua", "Ketua", "Nama Sekretaris", "Sekretaris", "Nama Bendahara", "Bendahara", "Nama Pengawas", "Pengawas", "Nama Manager",
    "Nama Manajer",
    "Nama Pengurus", "Nama Peserta", "Nama Lengkap", "Penanggung Jawab", "Kontak", "Kontak Person", "Contact Person", "Narahubung",
    "Telepon", "No Telepon",
    "Nomor Telepon", "Telp", "No Telp", "HP", "No HP", "Nomor HP", "No WA", "WhatsApp", "Email", "E-mail", "Emaill", "Alamat",
    "Alamat Koperasi",
    "Alamat Lengkap", "Alamat Rumah", "Tempat Lahir", "Tanggal Lahir", "Tempat Tanggal Lahir", "TTL", "NIK KTP", "No KTP", "Nomor KTP",
    "KTP", "NIK Peserta",
    "NIK Ketua", "Nomor Induk Kependudukan", "Jabatan", "Tanda Tangan", "Ketua Kelompok", "Nama Ketua Kelompok", "Peternak",
    "Nama Peternak",
)  # fmt: skip
SILENT_HEADINGS = ("No", "No Urut", "Nomor", "Nomor Urut", "Keterangan", "Ket", "Catatan", "Provinsi", "Website", "Kode Pos")
