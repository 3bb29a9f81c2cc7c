"""The end of a brief: the number trail, to which every printed number links, and where the run's files came from."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from html import escape
from typing import Any

from kopanalysis.lineage import Rows
from kopanalysis.results import Lang, Text

TITLE = Text("Jejak angka", "Number trail")
INTRODUCTION = Text(
    "Setiap angka dalam teks bertaut ke daftar ini. Perintah kopanalysis trace menunjukkan sel, fungsi, berkas dan baris asalnya.",
    "Every number in the text links to this list. The command kopanalysis trace shows its cell, function, file and rows.",
)
PUBLIC = Text(
    "Setiap angka dalam teks bertaut ke daftar ini. Baris asalnya hanya ada di edisi internal dinas.",
    "Every number in the text links to this list. The rows behind it are in the office's internal edition alone.",
)
COLUMNS = (
    Text("No.", "Id"), Text("Tertulis", "Printed"), Text("Nama", "Name"), Text("Baris", "Rows"),
)  # fmt: skip
NOTHING = "–"
ORIGIN = Text("Asal keluaran ini", "Where this output comes from")
ORIGIN_COLUMNS = (Text("Keterangan", "Item"), Text("Isi", "Value"))


def number_trail(entries: Sequence[Mapping[str, Any]], trace: Mapping[str, Mapping[str, Any]], linked: Collection[str], lang: Lang) -> str:
    """Section with one row for each number that the text prints.

    Parameters
    ----------
    entries, trace
        As in :class:`kopanalysis.briefs.registry.Registry`.
    linked : collection of str
        Ids that either edition prints; numbers that stand in tables only are left to numbers.json.
    lang : {"id", "en"}

    Returns
    -------
    str
        HTML; each row holds the target ``<span id="N-017">``. Empty where nothing is linked.
    """
    shown = [entry for entry in entries if entry["id"] in linked]
    if not shown:
        return ""
    traced = any(trace[entry["id"]]["rows"] for entry in shown)
    columns = COLUMNS if traced else COLUMNS[:-1]
    head = "".join(f"<th scope='col'{_right(i)}>{column.get(lang)}</th>" for i, column in enumerate(columns))
    rows = "".join(_row(entry, trace[entry["id"]], lang, traced) for entry in shown)
    return (
        f"<section class='trail'><h2>{TITLE.get(lang)}</h2><p>{(INTRODUCTION if traced else PUBLIC).get(lang)}</p>"
        f"<table class='number-trail'><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></section>"
    )


def provenance_table(provenance: Sequence[tuple[Text, Text]], lang: Lang) -> str:
    """Section that says from which data, rules and versions the brief was made.

    Parameters
    ----------
    provenance : sequence of (Text, Text)
        Label and value of each line.
    lang : {"id", "en"}

    Returns
    -------
    str
        HTML; empty where nothing is given.
    """
    if not provenance:
        return ""
    head = "".join(f"<th scope='col'>{column.get(lang)}</th>" for column in ORIGIN_COLUMNS)
    rows = "".join(f"<tr><td>{escape(label.get(lang))}</td><td>{escape(value.get(lang))}</td></tr>" for label, value in provenance)
    return (
        f"<section class='origin'><h2>{ORIGIN.get(lang)}</h2>"
        f"<table class='provenance'><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></section>"
    )


def _row(entry: Mapping[str, Any], trace: Mapping[str, Any], lang: Lang, traced: bool) -> str:
    cells = (
        f"<span id='{entry['id']}'>{entry['id']}</span>",
        escape(entry[f"text_{lang}"] or "") or NOTHING,
        escape(entry["name"]),
        _count(len(Rows.from_dict(trace["rows"])) or None, lang),
    )
    return "<tr>" + "".join(f"<td{_right(i)}>{cell}</td>" for i, cell in enumerate(cells if traced else cells[:-1])) + "</tr>"


def _right(column: int) -> str:
    return " class='num'" if column in (1, 3) else ""


def _count(count: int | None, lang: Lang) -> str:
    if count is None:
        return NOTHING
    text = f"{count:,}"
    return text.replace(",", ".") if lang == "id" else text
