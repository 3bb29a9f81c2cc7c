"""Why a row or cell was set aside or warned about: stable codes with words in both languages and how to mend."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """One stable code with its words; each sentence ends with how to mend."""

    code: str
    id: str
    en: str


def _reason(code: str, indonesian: str, english: str) -> tuple[str, Reason]:
    return code, Reason(code.partition(".")[0], indonesian, english)


REASONS: dict[str, Reason] = dict(
    (
        _reason(
            "number_ambiguous",
            "Angka bisa dibaca dua cara (ribuan atau desimal). Tulis tanpa titik dan koma, atau tetapkan number_style di sources.toml.",
            "The number can be read in two ways (thousands or decimals). Write it without marks, or set number_style in sources.toml.",
        ),
        _reason(
            "number_unreadable",
            "Bukan angka yang dapat dibaca. Tulis angka saja, misalnya 1250000.",
            "Not a readable number. Write digits only, such as 1250000.",
        ),
        _reason(
            "number_style",
            "Cara menulis angka berbeda dari sel lain di kolom ini; dibaca menurut bentuknya sendiri. Periksa nilainya.",
            "Written in another number style than its column; read by its own form. Check the value.",
        ),
        _reason(
            "number_style.approximate",
            "Angka perkiraan; dibaca sebagai angka yang tertulis. Isi angka pasti bila ada.",
            "An approximate number; read as the figure written. Give the exact one if there is one.",
        ),
        _reason(
            "number_style.scaled",
            "Angka lengkap diikuti juta/miliar; titik pertama dibaca sebagai desimal. Periksa nilainya.",
            "A grouped number followed by million/billion; its first mark was read as the decimal one. Check the value.",
        ),
        _reason(
            "date_unreadable",
            "Tanggal tidak dapat dibaca. Tulis seperti 25-08-2022 atau 25 Agustus 2022.",
            "The date can't be read. Write it like 25-08-2022 or 25 Agustus 2022.",
        ),
        _reason(
            "date_unreadable.weekday",
            "Nama hari tidak cocok dengan tanggalnya; tanggal yang dipakai. Periksa keduanya.",
            "The weekday doesn't fit the date; the date was used. Check both.",
        ),
        _reason(
            "date_unreadable.style",
            "Urutan hari dan bulan berbeda dari sel lain di kolom ini; dibaca menurut bentuknya sendiri. Periksa tanggalnya.",
            "Day and month stand in another order than in the rest of the column; read by its own form. Check the date.",
        ),
        _reason(
            "date_unreadable.ambiguous",
            "Hari dan bulan bisa tertukar. Tulis nama bulannya, atau tetapkan date_style di sources.toml.",
            "Day and month could be swapped. Write the month as a word, or set date_style in sources.toml.",
        ),
        _reason(
            "nik_rounded",
            "NIK dibulatkan oleh lembar kerja (misalnya 5.10401E+12) dan dianggap kosong. Ketik ulang sebagai teks, 13 angka.",
            "The spreadsheet rounded the NIK (such as 5.10401E+12); taken as missing. Type it again as text, 13 digits.",
        ),
        _reason(
            "nik_person_id",
            "Ada nomor 16 angka (NIK orang), yang tidak boleh disimpan di sini; sudah dihapus. Isi NIK koperasi, 13 angka.",
            "A 16-digit personal id stood here and was dropped. Give the cooperative's NIK, 13 digits.",
        ),
        _reason(
            "out_of_range",
            "Nilai di luar batas yang mungkin. Periksa dan perbaiki.",
            "The value is outside what is possible. Check and correct it.",
        ),
        _reason(
            "out_of_range.nik",
            "NIK koperasi harus 13 angka; dianggap kosong. Ketik NIK lengkap sebagai teks.",
            "A cooperative's NIK has 13 digits; taken as missing. Type the whole NIK as text.",
        ),
        _reason(
            "out_of_range.order",
            "Tanggal ini tidak mungkin bila dibandingkan dengan tanggal lain di baris yang sama ({detail}). Periksa keduanya.",
            "This date can't be, set against another date of its row ({detail}). Check both.",
        ),
        _reason(
            "out_of_range.status",
            "Status bertentangan dengan tabel keputusan (keputusan terakhir: {detail}). Periksa keduanya.",
            "The status contradicts the table of decisions (last decision: {detail}). Check both.",
        ),
        _reason(
            "key_missing",
            "Kolom wajib kosong. Isi kolom ini.",
            "A required column is empty. Fill it in.",
        ),
        _reason(
            "key_duplicate",
            "Kunci yang sama sudah ada pada {detail}; baris itu yang dipakai. Hapus salah satu atau perbaiki kuncinya.",
            "The same key stands at {detail}, which was kept. Delete one of them or correct the key.",
        ),
        _reason(
            "key_duplicate.kept",
            "Beberapa baris memakai kunci ini; baris ini yang dipakai, lainnya disisihkan ({detail}). Periksa.",
            "Several rows share this key; this one was kept, the others set aside ({detail}). Check them.",
        ),
        _reason(
            "region_unknown",
            "Wilayah tidak ada dalam daftar resmi. Tulis nama resminya; untuk \"Solok\": Kabupaten Solok, Kota Solok, Solok Selatan.",
            'Not in the official list of regions. Write its official name; for "Solok" write Kabupaten Solok, Kota Solok or Solok Selatan.',
        ),
        _reason(
            "region_other",
            "Baris dari daerah lain ({detail}); tetap dibaca. Periksa apakah memang di luar daerah.",
            "A row of another district ({detail}); read all the same. Check whether it belongs here.",
        ),
        _reason(
            "category_unknown",
            "Isian tidak dikenal. Pilih salah satu: {detail}.",
            "An unknown entry. Use one of: {detail}.",
        ),
        _reason(
            "link_ambiguous",
            "Nama cocok dengan lebih dari satu koperasi. Tulis NIK-nya, atau pilih di links.csv.",
            "The name fits more than one cooperative. Give its NIK, or choose in links.csv.",
        ),
        _reason(
            "link_ambiguous.names",
            "NIK dan nama menunjuk koperasi yang berbeda; NIK yang dipakai. Periksa keduanya.",
            "NIK and name point to different cooperatives; the NIK was used. Check both.",
        ),
        _reason(
            "link_missing",
            "Koperasi tidak ditemukan di daftar koperasi. Perbaiki nama atau NIK, atau pilih calon di links.csv.",
            "The cooperative isn't in the register. Correct its name or NIK, or confirm a candidate in links.csv.",
        ),
        _reason(
            "link_missing.nik",
            "NIK ini tidak ada di daftar koperasi; dicocokkan lewat nama. Periksa NIK.",
            "This NIK isn't in the register; the row was matched by name. Check the NIK.",
        ),
        _reason(
            "link_missing.group",
            "Kelompok ini belum terhubung ke koperasi; baris tetap dibaca. Tambahkan di tabel kelompok.",
            "This group isn't linked to a cooperative yet; the row was read all the same. Add it to the table of groups.",
        ),
        _reason(
            "file_unreadable",
            "Berkas tidak dapat dibaca. Buka dan simpan ulang.",
            "The file can't be read. Open it and save it again.",
        ),
        _reason(
            "file_locked",
            "Berkas terkunci atau memakai kata sandi. Simpan tanpa kata sandi dan tutup aplikasinya.",
            "The file is locked or has a password. Save it without one and close the program that holds it.",
        ),
        _reason(
            "file_too_large",
            "Berkas terlalu besar atau mencurigakan. Pecah menjadi beberapa berkas.",
            "The file is too large or suspicious. Split it into several files.",
        ),
        _reason(
            "table_unrecognised",
            "Judul kolom tidak dikenali. Pakai templat, atau sebutkan tabelnya di sources.toml.",
            "No known headings found. Use the template, or name the table in sources.toml.",
        ),
    )
)  # fmt: skip


def reason_words(key: str, detail: str = "") -> dict[str, str]:
    """Give the code and both sentences of a catalogue entry, as the columns ``reason, reason_id, reason_en``.

    Parameters
    ----------
    key : str
        Code, or code and variant (``"date_unreadable.weekday"``); the variant is not part of the code.
    detail : str, optional
        What the sentence names: a place, a list of allowed words.
    """
    entry = REASONS[key]
    return {"reason": entry.code, "reason_id": entry.id.replace("{detail}", detail), "reason_en": entry.en.replace("{detail}", detail)}
