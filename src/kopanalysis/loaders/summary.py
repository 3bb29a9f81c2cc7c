"""First sheet of a return workbook: what is wrong, where, how to mend it, and what only a person can answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kopanalysis.loaders.marks import CELL, CULPRIT, WARNING, cell_of
from kopanalysis.loaders.origin import DATE_ANSWERS, NUMBER_ANSWERS
from kopanalysis.loaders.tables import TABLES
from kopanalysis.loaders.xlsx import storable

if TYPE_CHECKING:
    import pandas as pd

SUMMARY = "Ringkasan perbaikan"
MOST_LISTED = 5_000
ANSWER = "Jawaban"
WIDTHS = (20, 17, 22, 30, 48, 20, 17, 13, 26, 20)
_ASKED = {
    "number_style": ("Apa arti titik dan koma pada angka di kolom ini?", tuple(NUMBER_ANSWERS)),
    "date_style": ("Mana yang ditulis dulu pada tanggal di kolom ini?", tuple(DATE_ANSWERS)),
    "snapshot_date": ("Daftar ini keadaan per tanggal berapa? (misalnya 31-12-2021)", ()),
}
_WHY = {
    "same name, another type": "nama sama, jenis lain", "similar name, same type": "nama mirip, jenis sama", "similar name": "nama mirip",
    "nothing similar": "tidak ada yang mirip; tulis NIK koperasinya",
}  # fmt: skip
_ERRORS = {"table_unrecognised": "judul kolom tidak dikenali"}


@dataclass(frozen=True)
class Facts:
    """What the summary tells: the input, whether its layout was kept, whether it was a return already, and its part of each list."""

    file: str
    layout: bool
    again: bool
    titles: Mapping[str, str]
    sources: pd.DataFrame
    set_aside: pd.DataFrame
    warnings: pd.DataFrame
    questions: pd.DataFrame
    links: pd.DataFrame


def write_summary(page: Any, facts: Facts) -> list[tuple[Any, ...]]:
    """Fill the sheet.

    Returns
    -------
    list of tuple
        What was asked, for the hidden sheet: mark, answer column, kind, sheet, table, field, value, coop_id.
    """
    _open(page, facts)
    _write_counts(page, facts)
    asked = [*_write_questions(page, facts), *_write_links(page, facts)]
    _write_findings(page, facts)
    for letter, width in zip("ABCDEFGHIJ", WIDTHS, strict=True):
        page.column_dimensions[letter].width = width
    page.page_setup.orientation, page.page_setup.paperSize = "landscape", 9
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    page.sheet_properties.pageSetUpPr = _fit()
    return asked


def _fit() -> Any:
    from openpyxl.worksheet.properties import PageSetupProperties

    return PageSetupProperties(fitToPage=True)


def _open(page: Any, facts: Facts) -> None:
    from openpyxl.styles import Font

    page.append([storable(f"Yang perlu diperbaiki: {facts.file}")])
    page["A1"].font = Font(bold=True, size=14, color="0B4A4A")
    kept = "Tata letak berkas asli dipertahankan; rumus diganti hasil hitung terakhirnya."
    values = "Isi berkas disalin pada sel yang sama; tata letak aslinya (warna, lebar kolom, huruf) tidak ikut."
    lines = [
        "Perbaiki sel yang berwarna langsung di lembarnya, lalu simpan berkas ini di folder data. Nama berkas boleh apa saja.",
        "Baris di sini menggantikan baris berkas asalnya: tidak ada yang hilang dan tidak ada yang terhitung dua kali.",
        kept if facts.layout else values,
    ]
    persons = sorted({heading for found in facts.sources["person_columns"] for heading in found})
    if persons:
        lines.append(f"Kolom data orang tidak dibaca dan tidak disalin (dikosongkan di sini): {', '.join(persons)}.")
    for line in lines:
        page.append([storable(line)])
    page.append([])
    page.append(["Warna:", "baris disisihkan", "sel dikosongkan", "dibaca, perlu diperiksa"])
    for letter, colour in (("B", CULPRIT), ("C", CELL), ("D", WARNING)):
        _paint(page[f"{letter}{page.max_row}"], colour)


def _paint(cell: Any, colour: str) -> None:
    from openpyxl.styles import PatternFill

    cell.fill = PatternFill("solid", fgColor=colour)


def _section(page: Any, title: str, headings: Sequence[str]) -> None:
    from openpyxl.styles import Alignment, Font

    page.append([])
    page.append([title])
    page.cell(page.max_row, 1).font = Font(bold=True, size=12, color="0B4A4A")
    page.append(list(headings))
    for cell in page[page.max_row]:
        if cell.value:
            cell.font, cell.alignment = Font(bold=True, color="FFFFFF"), Alignment(wrap_text=True, vertical="center", horizontal="left")
            _paint(cell, "1F4E5F")


def _line(page: Any, values: Sequence[Any]) -> int:
    """Add a line of wrapped cells and say which row it is."""
    from openpyxl.styles import Alignment

    page.append([storable(value) for value in values])
    row = int(page.max_row)
    lines = 1
    for cell, width in zip(page[row], WIDTHS, strict=False):
        cell.alignment = Alignment(wrap_text=True, vertical="top", horizontal="left")
        cell.data_type = "s" if cell.data_type == "f" else cell.data_type
        lines = max(lines, -(-len(str(cell.value or "")) // (width - 3)))  # not every program fits the height by itself
    page.row_dimensions[row].height = 13.5 * lines + 2
    return row


def _write_counts(page: Any, facts: Facts) -> None:
    heads = ("Lembar", "Isi", "Baris terisi", "Diterima", "Catatan", "Baris disisihkan", "Sel dikosongkan", "Judul, total")
    _section(page, "Apa yang dibaca", heads)
    for source in facts.sources.to_dict("records"):
        table = TABLES[source["table"]].label if source["table"] in TABLES else "-"
        sheet = facts.titles.get(source["sheet"])
        if sheet is None:
            continue
        counts = (source["rows_in"], source["accepted"], _remark(source), source["set_aside"], source["cells_set_aside"])
        _line(page, (sheet, table, *counts, len(source["structural"])))


def _remark(source: Mapping[Any, Any]) -> str:
    unknown = [
        f"{item['column']}" + (f" (mungkin {_label(source['table'], item['suggestion'])})" if item["suggestion"] else "")
        for item in source["unknown_columns"]
    ]
    told = [f"kolom tidak dikenal, tidak dibaca: {', '.join(unknown)}"] if unknown else []
    if isinstance(source["error"], str):
        told.append(_ERRORS.get(source["error"], source["error"]))
    return "; ".join(told) or ("lembar kosong" if not source["rows_in"] else "")


def _label(table: str, column: str) -> str:
    return TABLES[table].column(column).label


def _write_questions(page: Any, facts: Facts) -> list[tuple[Any, ...]]:
    if facts.questions.empty:
        return []
    _section(page, f"Pertanyaan: isi kolom {ANSWER}", ("Nomor", "Lembar", "Kolom", "Contoh isi", "Pertanyaan", ANSWER))
    asked = []
    for number, item in enumerate(facts.questions.to_dict("records"), start=1):
        question, choices = _ASKED[item["kind"]]
        examples = "; ".join(item["examples"])
        row = _line(page, (f"P{number}", facts.titles[item["sheet"]], item["column"], examples, question, None))
        _answer_cell(page, row, 6, choices)
        asked.append((f"P{number}", 6, item["kind"], item["sheet"], item["table"], item["field"], "", ""))
    return asked


def _write_links(page: Any, facts: Facts) -> list[tuple[Any, ...]]:
    if facts.links.empty:
        return []
    heads = ("Nomor", "Lembar", "Baris", "Tertulis", "Calon di daftar koperasi", "Kecamatan", "NIK", "Skor", "Mengapa", ANSWER)
    _section(page, f"Calon koperasi: di kolom {ANSWER} tulis ya pada calon yang benar, atau NIK koperasi yang benar", heads)
    asked = []
    for number, item in enumerate(facts.links.to_dict("records"), start=1):
        why = _WHY.get(item["why"], item["why"])
        facts_of = (item["value"], item["candidate"] or "-", item["kecamatan"], item["nik"], item["score"], why)
        row = _line(page, (f"T{number}", facts.titles.get(item["sheet"]), _rows(item), *facts_of, None))
        _answer_cell(page, row, 10, ())
        asked.append((f"T{number}", 10, "link", item["sheet"], item["table"], "", item["value"], item["coop_id"] or ""))
    return asked


def _rows(item: Mapping[Any, Any]) -> str:
    return str(item["row"]) + (f" dan {item['rows'] - 1} baris lain" if item["rows"] > 1 else "")


def _answer_cell(page: Any, row: int, column: int, choices: Sequence[str]) -> None:
    from openpyxl.styles import Border, Side
    from openpyxl.worksheet.datavalidation import DataValidation

    cell = page.cell(row, column)
    side = Side("thin", color="0B4A4A")
    cell.border, cell.number_format = Border(side, side, side, side), "@"
    _paint(cell, "E3EFEE")
    if choices:
        rule = DataValidation(type="list", formula1=f'"{",".join(choices)}"', allow_blank=True)
        page.add_data_validation(rule)
        rule.add(cell)


def _write_findings(page: Any, facts: Facts) -> None:
    from openpyxl.styles import Font

    columns = {source["source_id"]: source["columns"] for source in facts.sources.to_dict("records")}
    lists = (("Baris dan sel yang disisihkan", facts.set_aside), ("Dibaca, tetapi perlu diperiksa", facts.warnings))
    for title, lines in lists:
        if lines.empty:
            continue
        _section(page, f"{title} ({len(lines)})", ("Lembar", "Sel", "Kolom", "Isi", "Apa yang salah dan cara memperbaikinya", "Akibat"))
        for item in lines.head(MOST_LISTED).to_dict("records"):
            cell = cell_of(item, {name: letter for letter, name in columns[item["source_id"]].items()})
            effect = "perlu diperiksa" if lines is facts.warnings else "baris disisihkan" if item["scope"] == "row" else "sel dikosongkan"
            sheet = facts.titles[item["sheet"]]
            row = _line(page, (sheet, cell, item["column"], item["value"], item["reason_id"], effect))
            link = page.cell(row, 2)
            link.hyperlink, link.font = f"#'{sheet}'!{cell}", Font(color="0563C1", underline="single")
        if len(lines) > MOST_LISTED:
            _line(page, (f"dan {len(lines) - MOST_LISTED} lagi, ditandai di lembarnya",))
    if facts.set_aside.empty and facts.questions.empty:
        page.append([])
        page.append(["Tidak ada yang perlu diperbaiki di berkas ini."])
