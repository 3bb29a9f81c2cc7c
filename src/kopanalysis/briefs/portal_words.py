"""The words of the portal, in both languages."""

from __future__ import annotations

from kopanalysis.results import Text

GROUPS = (
    (Text("Ringkasan", "Summary"), ("00",)),
    (Text("Mutu data", "Data quality"), ("10",)),
    (Text("Temuan", "Findings"), ("20", "30", "40")),
    (Text("Langkah berikut", "What to do next"), ("50",)),
)
OWN = Text("Laporan kantor sendiri", "The office's own briefs")
FORMATS = {
    "html": Text("Baca di sini", "Read here"),
    "pdf": Text("PDF untuk dicetak", "PDF to print"),
    "docx": Text("Word untuk disunting", "Word to edit"),
    "page-one.png": Text("Gambar halaman satu untuk pesan", "Page one as a picture to send"),
}
FAILED = Text("Belum berhasil pada proses terakhir; ini versi sebelumnya.", "Failed in the latest run; this is the version before it.")
GRADE = Text("Peringkat bukti", "Evidence grade")
GRADES = {
    "A": Text("kokoh terhadap semua pemeriksaan", "robust to all checks"),
    "B": Text("konsisten, satu ancaman terbuka", "consistent, one threat open"),
    "C": Text("tidak dapat dipisahkan dari sebab lain", "not separable from other causes"),
    "D": Text("data terlalu sedikit untuk menilai", "too few data to assess"),
}
LIGHTS = Text("Dapatkah data menjawab?", "Can the data answer?")
SIGNS = ("green", "amber", "red")  # a full, a half and an empty circle
QUESTION, LIGHT = Text("Pertanyaan", "Question"), Text("Lampu", "Light")
DEFINITIONS = Text("Satu kenyataan, beberapa aturan", "One reality, several rules")
DEFINITIONS_CAPTION = Text(
    "Koperasi tidak aktif menurut setiap aturan dan setiap cara menilai koperasi yang tidak melapor; dalam kurung, yang tetap terbuka",
    "Inactive cooperatives by rule and by how silence is read; in brackets, those left open",
)
RULE = Text("Aturan", "Rule")
OPEN = Text("terbuka", "open")
CHANGED = Text("Yang berubah sejak proses sebelumnya", "What changed since the previous run")
NOTHING_BEFORE = Text("Belum ada proses sebelumnya yang sejenis.", "There is no earlier run of this kind yet.")
NOTHING_MOVED = Text("Tidak ada angka yang bergeser.", "No number moved.")
MOVED = Text(
    "Angka yang bergeser melewati rentang sebelumnya, dan hitungan yang berbeda; yang terbesar lebih dulu",
    "Numbers that moved beyond their earlier interval, and counts that differ; largest first",
)
NUMBER, BEFORE, NOW = Text("Angka", "Number"), Text("Dulu", "Before"), Text("Kini", "Now")
REST, ADDED, GONE = Text("lagi bergeser", "more moved"), Text("angka baru", "new numbers"), Text("tidak ada lagi", "no longer there")
AGAINST = Text("Dibandingkan dengan proses", "Held against run")
DIFFERS = Text("Yang berbeda", "What differs")
REASONS = {
    "inputs": Text("berkas kantor", "the office's files"),
    "parameters": Text("parameter laporan", "parameters of the briefs"),
    "rules": Text("aturan", "rules"),
    "versions": Text("versi perangkat lunak", "software versions"),
    "as_of": Text("tanggal data", "date of the data"),
}
MORE = Text("Berkas", "Files")
RETURNED = Text("Buku kerja yang dikembalikan untuk diperbaiki", "Workbooks returned to be mended")
FILES = {
    "watchlist.xlsx": Text("daftar pantau dengan kolom isian kunjungan", "watch-list with columns for the visit"),
    "tables.xlsx": Text("semua tabel", "all tables"),
    "formulir-audit-ternak.xlsx": Text("formulir audit ternak untuk diisi di kelompok", "herd audit form to fill in with the groups"),
    "undian.xlsx": Text("undian: gelombang dan urutan, dengan kolom isian", "the draw: waves and order, with columns to fill in"),
    "lampiran-undian.docx": Text("lampiran SK undian", "annex to the decree on the draw"),
    "numbers.json": Text("daftar angka", "number registry"),
    "load.json": Text("apa yang dibaca dan disisihkan", "what was read and set aside"),
    "run.json": Text("keterangan proses", "about this run"),
}
