"""How a clerk writes: Indonesian dates and rupiah, name variants, headings, title lines, sub-totals and signature lines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from kopanalysis.truth.sheets import Row, Sheet

MONTHS = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November", "Desember",
)  # fmt: skip
MARK = "DATA CONTOH - BUKAN DATA SEBENARNYA"
WRITTEN = {
    "announced": "diumumkan", "postponed": "ditunda", "cancelled": "dibatalkan", "contracted": "dikontrak", "arrived": "tiba",
    "rejected": "ditolak",
    "accepted": "diterima", "bought": "dibeli", "born": "lahir", "died": "mati", "sold": "dijual", "sold_sick": "dijual sakit",
    "lost": "hilang",
    "redistributed": "dialihkan", "counted": "dihitung", "dissolved": "dibubarkan", "merged": "digabung", "frozen": "dibekukan",
    "reactivated": "diaktifkan kembali",
    "rat_missed": "RAT tidak dilaksanakan", "bad_loans": "kredit macet", "aid_unaccounted": "bantuan belum dipertanggungjawabkan",
    "internal_conflict": "konflik internal", "no_bookkeeping_skill": "pengurus belum mampu pembukuan", "weak_management": "manajemen lemah",
    "no_member_benefit": "tidak ada manfaat bagi anggota", "founded_for_aid": "dibentuk untuk bantuan",
    "family_founded": "didirikan satu keluarga",
    "managers_gone": "pengurus tidak ada lagi", "members_gone": "anggota tidak ada lagi", "no_office": "tidak ada kantor",
    "business_failed": "usaha berhenti", "office_capacity": "kurang pembinaan", "covid": "pandemi COVID-19",
    "not_reported": "RAT tidak dilaporkan",
    "duplicate_registration": "terdaftar ganda", "other": "lainnya",
    "primary_district": "Primer Kabupaten/Kota", "primary_national": "Primer Nasional", "primary_province": "Primer Provinsi",
    "certified": "Sudah Bersetifikat", "expired": "Sertifikat - Expired", "active": "Aktif", "inactive": "Tidak Aktif", "male": "jantan",
    "female": "betina", "healthy": "Sehat", "fairly_healthy": "Cukup Sehat", "under_supervision": "Dalam Pengawasan",
    "special_supervision": "Dalam Pengawasan Khusus", "": "-",
}  # fmt: skip
LONG_FORMS = {
    "KSU": ("Koperasi Serba Usaha", "Kop. Serba Usaha"), "KSP": ("Koperasi Simpan Pinjam", "Kop. Simpan Pinjam"),
    "KUD": ("Koperasi Unit Desa", "KUD."),
    "KPRI": ("KP-RI", "Koperasi Pegawai Republik Indonesia"), "Koperasi": ("Kop.", "KOPERASI"),
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """A column as the clerk lays it out.

    Attributes
    ----------
    heading : str
    field : str
        Column of the canonical table; empty for the running number.
    form : callable
        From a value to a cell.
    under : str
        Merged heading above it, in a two-row heading.
    total : bool
        Summed in the sub-total lines.
    """

    heading: str
    field: str
    form: Callable[[Any], Any] = lambda value: value
    under: str = ""
    total: bool = False


def words(day: Any) -> str:
    """``25 Agustus 2022``; ``-`` for no date."""
    return "-" if pd.isna(day) else f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def iso(day: Any) -> str:
    """``2022-08-25``; the register's own ``0000-00-00`` for no date."""
    return "0000-00-00" if pd.isna(day) else f"{day:%Y-%m-%d}"


def dashed(day: Any) -> str | None:
    """``25-08-2022``; empty for no date."""
    return None if pd.isna(day) else f"{day:%d-%m-%Y}"


def real_day(day: Any) -> dt.date | None:
    """Make a date cell; empty for no date."""
    return None if pd.isna(day) else day.date()


def rupiah(amount: Any) -> str:
    """``Rp1.234.567,00``, negatives in brackets, ``-`` for no amount."""
    if pd.isna(amount):
        return "-"
    text = f"{abs(amount):,.2f}".translate(str.maketrans(",.", ".,"))
    return f"(Rp{text})" if amount < 0 else f"Rp{text}"


def whole(value: Any) -> int | None:
    """Make a whole number; empty for none."""
    return None if pd.isna(value) else int(value)


def comma(value: Any) -> str:
    """``78,25``; ``-`` for none."""
    return "-" if pd.isna(value) else f"{value:.2f}".replace(".", ",")


def yes_no(value: Any) -> str:
    """``Ya`` or ``Tidak``."""
    return "Ya" if value else "Tidak"


def written(value: Any) -> str:
    """Codes in the clerk's words (the misspelt ``Bersetifikat`` is the national register's own); ``-`` for none."""
    return "; ".join(WRITTEN.get(code, code) for code in str(value).split(" "))


def vary_names(names: pd.Series, rng: np.random.Generator) -> pd.Series:
    """Write names as different clerks do: in capitals, with the kind spelt out or shortened, with a second space.

    Parameters
    ----------
    names : pandas.Series
    rng : numpy.random.Generator

    Returns
    -------
    pandas.Series
        About a third of them changed; the words of each name stay.
    """
    return pd.Series(
        [_variant(name, int(turn)) for name, turn in zip(names, rng.integers(0, 12, len(names)), strict=True)], index=names.index
    )


def _variant(name: str, turn: int) -> str:
    kind, _, rest = name.partition(" ")
    if turn == 0:
        return name.upper()
    if turn == 1:
        return f"{kind}  {rest}"
    if turn in (2, 3) and kind in LONG_FORMS:
        return f"{LONG_FORMS[kind][turn - 2]} {rest}"
    return name


def lay_out(
    name: str,
    titles: Sequence[str],
    columns: Sequence[Column],
    frame: pd.DataFrame,
    footer: Sequence[Row] = (),
    by: str = "",
    number: bool = True,
) -> Sheet:
    """Lay a table out as a sheet: title lines, one or two heading rows, numbered rows, sub-totals, footer.

    Parameters
    ----------
    name : str
        Of the sheet.
    titles : sequence of str
    columns : sequence of Column
    frame : pandas.DataFrame
    footer : sequence of rows
        Below the table, after an empty row.
    by : str
        Column whose groups get a sub-total line each; empty for none.
    number : bool
        First column ``No.``

    Returns
    -------
    Sheet
    """
    columns = ([Column("No.", "")] if number else []) + list(columns)
    rows: list[Row] = [[title] for title in titles] + [[]]
    header_row = len(rows) + 1
    heading, merges = _headings(columns, header_row)
    rows += heading
    count = 0
    for group, part in frame.groupby(by, sort=False) if by else [("", frame)]:
        cells = _cells(part, columns, count)
        first = len(rows) + 1
        rows += cells
        count += len(cells)
        if by:
            rows.append(_subtotal(f"Jumlah Kecamatan {group}", columns, first, len(rows)))
    if by:
        rows.append(_total(columns, frame, count))
    return Sheet(name, rows + ([[]] if footer else []) + list(footer), tuple(merges), header_row)


def _headings(columns: Sequence[Column], at: int) -> tuple[list[Row], list[str]]:
    if not any(column.under for column in columns):
        return [[column.heading for column in columns]], []
    upper: Row = [column.under or column.heading for column in columns]
    lower: Row = [column.heading if column.under else None for column in columns]
    merges, start = [], 0
    letters = [_letter(i) for i in range(len(columns))]
    for i, column in enumerate(columns):
        if not column.under:
            merges.append(f"{letters[i]}{at}:{letters[i]}{at + 1}")
        elif i and columns[i - 1].under == column.under:
            upper[i] = None
        else:
            start = i
        if column.under and (i + 1 == len(columns) or columns[i + 1].under != column.under) and i > start:
            merges.append(f"{letters[start]}{at}:{letters[i]}{at}")
    return [upper, lower], merges


def _letter(position: int) -> str:
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(position + 1))


def _cells(frame: pd.DataFrame, columns: Sequence[Column], count: int) -> list[Row]:
    values = [
        [column.form(value) for value in frame[column.field]] if column.field else range(count + 1, count + 1 + len(frame))
        for column in columns
    ]
    return [list(row) for row in zip(*values, strict=True)]


def _subtotal(label: str, columns: Sequence[Column], first: int, last: int) -> Row:
    row: Row = [f"=SUM({_letter(i)}{first}:{_letter(i)}{last})" if column.total else None for i, column in enumerate(columns)]
    row[1] = label
    return row


def _total(columns: Sequence[Column], frame: pd.DataFrame, count: int) -> Row:
    row: Row = [int(frame[column.field].sum()) if column.total else None for column in columns]
    row[1] = f"JUMLAH SELURUHNYA ({count} koperasi)"
    return row


def signature(place_and_day: str, at: int) -> list[Row]:
    """Signature lines at the right, with a title and no person."""
    return [[None] * at + [text] for text in (place_and_day, "Kepala Bidang", "( tanda tangan )")]
