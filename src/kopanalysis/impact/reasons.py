"""What the guard and the grade say, as stable codes with their words in both languages; no digits, numbers stand in the table."""

from __future__ import annotations

from kopanalysis.results import Text

REASONS = {
    "no_treated": Text(
        "Tidak ada koperasi peserta dalam data: dampak tidak dapat dihitung.",
        "No treated cooperative is in the data: no effect can be computed.",
    ),
    "no_untreated": Text(
        "Tidak ada koperasi pembanding dalam data: dampak tidak dapat dihitung.",
        "No untreated cooperative is in the data: no effect can be computed.",
    ),
    "few_treated": Text(
        "Peserta terlalu sedikit: setiap koperasi menentukan hasilnya, sehingga hanya contoh, bukan bukti.",
        "So few were treated that each one decides the result: examples, not evidence.",
    ),
    "young_treated": Text(
        "Terlalu banyak peserta baru didirikan: tanpa tahun-tahun sebelumnya, perubahan mereka tidak dapat dihitung.",
        "Too many of the treated were newly founded: without years before, their change can't be computed.",
    ),
    "young_dropped": Text(
        "Sebagian peserta belum punya cukup tahun sebelum pelatihan; mereka dihitung dan ditinggalkan.",
        "Some of the treated have too few years before; they are counted and left out.",
    ),
    "short_past": Text(
        "Data sebelum program terlalu pendek: arah sebelum program tidak terlihat, sehingga perbandingan tidak dapat diuji.",
        "The data before are too short: the path before can't be seen, so the comparison can't be tested.",
    ),
    "outcome_unknown": Text(
        "Hasil tidak diketahui pada terlalu banyak koperasi: yang terlihat bisa jauh dari yang sebenarnya.",
        "The outcome is unknown for too many: what is seen may be far from what is.",
    ),
    "no_room": Text(
        "Seandainya semua peserta menjadi baik pun, kenaikannya lebih kecil daripada yang dapat terlihat pada data ini.",
        "Even if every treated cooperative turned out well, the rise would be smaller than what these data could show.",
    ),
    "no_scatter": Text(
        "Pembanding terlalu sedikit untuk mengukur keragaman: dampak terkecil yang terlihat tidak dapat dihitung.",
        "Too few are untreated to measure the scatter: the smallest visible effect can't be computed.",
    ),
    "one_sector": Text(
        "Semua peserta dari satu sektor: dampak program tidak dapat dipisahkan dari guncangan sektor itu.",
        "All treated are of one sector: an effect can't be told from a shock to that sector.",
    ),
    "sector_fully_treated": Text(
        "Tidak ada koperasi sektor itu yang tidak ikut: perbandingan di dalam sektor tidak mungkin dibuat.",
        "Nobody in that sector was left untreated: a comparison within the sector can't be made.",
    ),
    "sector_unknown": Text(
        "Sektor tidak diketahui: apakah sektor menentukan peserta tidak dapat diperiksa.",
        "Sectors aren't known: whether the sector decided who was treated can't be checked.",
    ),
    "one_date": Text(
        "Semua mulai pada satu waktu: yang terjadi pada saat yang sama ikut terhitung.",
        "All began at one date: whatever else happened then is counted in.",
    ),
    "shock_year": Text(
        "Program jatuh pada tahun guncangan yang tercatat: keduanya tidak dapat dipisahkan.",
        "The programme fell in the year of a recorded shock: the two can't be told apart.",
    ),
    "shock_nearby": Text(
        "Ada guncangan tercatat di dekat waktu program; lihat daftarnya.",
        "A recorded shock lies near the date; see the list.",
    ),
    "high_floor": Text(
        "Terlalu sedikit cara lain memilih peserta: nilai p tidak mungkin cukup kecil untuk memutuskan.",
        "There are too few other ways to have chosen the treated: no p-value can be small enough to decide.",
    ),
    "empty_cell": Text(
        "Ada sel perbandingan yang kosong: dampak masing-masing program tidak dapat dipisahkan.",
        "A cell of the comparison is empty: the programmes' effects can't be told apart.",
    ),
    "lottery": Text("Peserta diundi.", "The treated were drawn by lot."),
    "certificate_missing": Text(
        "Sertifikat uji metode belum ada: peringkat dibatasi.",
        "The method's certificate is missing: the grade is capped.",
    ),
    "certificate_red": Text(
        "Sertifikat uji metode gagal: hasilnya tidak dapat dipakai.",
        "The method failed its certificate: its result can't be used.",
    ),
    "imprecise": Text(
        "Rentang lebih lebar daripada perubahan terkecil yang berarti.",
        "The range is wider than the smallest effect that matters.",
    ),
    "tests_disagree": Text(
        "Uji permutasi dan uji t tidak sepakat.",
        "The permutation test and the t test disagree.",
    ),
    "bracket_disagrees": Text(
        "Dua cara membandingkan (perubahan dan keadaan awal yang sama) tidak saling mendukung.",
        "The two comparisons (of changes, and from the same state) don't support each other.",
    ),
    "codings_disagree": Text(
        "Hasil bergantung pada cara menilai koperasi yang tidak melapor.",
        "The result depends on how silence is read.",
    ),
    "one_decides": Text(
        "Meninggalkan satu peserta mengubah kesimpulan.",
        "Leaving out one treated cooperative changes the conclusion.",
    ),
    "silence_decides": Text(
        "Bila di satu pihak saja sebagian koperasi diam ternyata bekerja, dalam jumlah yang masuk akal, perkiraan ini menjadi nol.",
        "If on one side alone as many silent cooperatives were at work as is plausible, the estimate would be zero.",
    ),
    "unbalanced": Text(
        "Peserta dan pembanding berbeda sebelum program dan tidak disesuaikan.",
        "Treated and untreated differed before and weren't adjusted for it.",
    ),
    "not_primary": Text(
        "Bukan hasil utama yang ditetapkan sebelumnya.",
        "It isn't the outcome declared beforehand as primary.",
    ),
    "unchecked": Text(
        "Sebagian pemeriksaan belum dilakukan.",
        "Some of the checks weren't made.",
    ),
}  # fmt: skip


def words(codes: tuple[str, ...]) -> tuple[Text, ...]:
    """Words of some codes, in order."""
    return tuple(REASONS[code] for code in codes)
