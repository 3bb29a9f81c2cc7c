"""The roll-up page: every region of a fleet on one page, with ranks that have intervals and a way to each region's portal."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from kopanalysis.briefs import rollup_facts as facts
from kopanalysis.briefs.page import MARK, SKIP, asset
from kopanalysis.briefs.rollup_facts import Cell, Line
from kopanalysis.present.numbers import format_printed_day, format_value
from kopanalysis.present.words import word
from kopanalysis.results import LANGUAGES, Text

PAGE = "fleet.html"
TITLE = Text("Koperasi di semua wilayah", "Cooperatives in all regions")
LEAD = Text(
    "Bagian koperasi tidak aktif tiap wilayah, dengan rentangnya. Ketuk angka untuk melihat asalnya, dan nama wilayah untuk laporannya.",
    "The share of cooperatives that is inactive in each region, with its range. Press a number for its origin, a name for the briefs.",
)
RANKS = Text(
    "Peringkat satu adalah bagian tidak aktif terbesar. Rentang peringkat berlaku serentak untuk semua wilayah dengan keyakinan {level} "
    "persen; di dalam rentang itu tempat yang sebenarnya belum pasti.",
    "Rank one is the largest share inactive. The ranges of rank hold for all regions at once with {level} percent confidence; "
    "where in its range a region truly stands is open.",
)
RULE = Text("Aturan: {rule}; arti diam: {silence}.", "Rule: {rule}; coding of silence: {silence}.")
SAME_DAY = Text("Keadaan per {day}.", "As of {day}.")
WHAT_FAILED = Text("Yang gagal", "What failed")
DAYS_DIFFER = Text(
    "Hari keadaan tidak sama di semua wilayah: bandingkan dengan hati-hati.",
    "The regions are not shown at the same day: compare with care.",
)
PUBLIC = Text("Edisi publik: angka kecil disembunyikan.", "Public edition: small numbers are hidden.")
LEFT_OVER = Text("{rows} baris tidak dapat diberikan kepada wilayah mana pun.", "{rows} rows can be given to no region.")
UNREAD = Text("Berkas tidak terbaca: {files}.", "Files that could not be read: {files}.")
STATES = {
    facts.DONE: Text("selesai", "done"),
    facts.PARTLY: Text("sebagian gagal", "partly failed"),
    facts.EARLIER: Text("gagal; versi sebelumnya", "failed; the version before it"),
    facts.FAILED: Text("gagal", "failed"),
}
HEADS = {
    "name": Text("Wilayah", "Region"),
    "day": Text("Keadaan per", "As of"),
    "total": Text("Register", "Register"),
    "inactive": Text("Tidak aktif", "Inactive"),
    "judged": Text("Dinilai", "Judged"),
    "rate": Text("Persen tidak aktif", "Percent inactive"),
    "strip": Text("Rentang", "Range"),
    "rank": Text("Peringkat", "Rank"),
    "lights": Text("Lampu data", "Data lights"),
    "grades": Text("Nilai bukti", "Grades"),
    "state": Text("Proses", "Run"),
}
QUESTIONS = {"why": "sebab", "training": "pelatihan", "cattle": "ternak"}
ALL = Text("Semua wilayah", "All regions")
FILES = Text("Tabel ini sebagai berkas", "This table as a file")
NUMERIC = ("total", "inactive", "judged", "rate", "rank")
NOTHING = "–"


def write_rollup(lines: Sequence[Line], out: Path, left_over: int = 0, unread: Sequence[str] = ()) -> Path:
    """Write fleet.html, rollup.csv and rollup.xlsx, the page last.

    Parameters
    ----------
    lines : sequence of Line
        In any order.
    out : pathlib.Path
        Folder of all reports.
    left_over : int
        Rows that no region can be given.
    unread : sequence of str
        Files that could not be read.

    Returns
    -------
    pathlib.Path
        ``fleet.html``.
    """
    ordered = facts.ranked(lines)
    facts.write_files(ordered, out)
    draft = out / f".{PAGE}-{os.getpid()}"
    draft.write_text(page(ordered, left_over, unread), encoding="utf-8", newline="\n")
    os.replace(draft, out / PAGE)
    return out / PAGE


def page(lines: Sequence[Line], left_over: int = 0, unread: Sequence[str] = ()) -> str:
    """The page as HTML that loads nothing; its script sorts, and is allowed by its hash alone."""
    script = asset("rollup.js")
    allowed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{allowed}'"
    demonstration = any(line.demonstration for line in lines)
    mark = f'<p class="mark" role="note">{MARK.id} · <span lang="en">{MARK.en}</span></p>' if demonstration else ""
    notes = "\n".join(f'<p class="note">{text.id} <span lang="en">{text.en}</span></p>' for text in _notes(lines, left_over, unread))
    return f"""<!DOCTYPE html>
<html lang="id">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="color-scheme" content="light dark">
<title>{TITLE.id}</title>
<style>
{asset("brief.css")}{asset("rollup.css")}</style>
</head>
<body>
<a class="skip" href="#isi">{SKIP.id}</a>
{mark}
<main id="isi" tabindex="-1">
<h1>{_both(TITLE)}</h1>
<p class="lead">{LEAD.id}</p>
<p class="note" lang="en">{LEAD.en}</p>
{_table(lines)}
{_failures(lines)}
{notes}
<p class="note">{_both(FILES)}: <a href="rollup.xlsx">rollup.xlsx</a>, <a href="rollup.csv">rollup.csv</a></p>
</main>
<script>{script}</script>
</body>
</html>
"""


def _both(text: Text) -> str:
    return f'{escape(text.id)} <span class="quiet" lang="en">/ {escape(text.en)}</span>' if text.id != text.en else escape(text.id)


def _filled(text: Text, **values: Text) -> Text:
    parts = {lang: {name: escape(value.get(lang)) for name, value in values.items()} for lang in LANGUAGES}
    return Text(text.id.format(**parts["id"]), text.en.format(**parts["en"]))


def _notes(lines: Sequence[Line], left_over: int, unread: Sequence[str]) -> list[Text]:
    notes = []
    if any(line.rank for line in lines):
        level = format_value(facts.LEVEL * 100, "count", "id")
        notes.append(_filled(RANKS, level=Text(level, level)))
        first = lines[0]
        notes.append(_filled(RULE, rule=word("rule", first.rule), silence=word("silence", first.silence)))
    days = {line.headline_date for line in lines if line.headline_date}
    if len(days) == 1:
        notes.append(_filled(SAME_DAY, day=Text(*(format_printed_day(next(iter(days)), lang) for lang in LANGUAGES))))
    elif days:
        notes.append(DAYS_DIFFER)
    if any(line.edition == "public" for line in lines):
        notes.append(PUBLIC)
    if left_over:
        notes.append(_filled(LEFT_OVER, rows=Text(format_value(left_over, "count", "id"), format_value(left_over, "count", "en"))))
    if unread:
        listed = ", ".join(unread[:10]) + (" ..." if len(unread) > 10 else "")
        notes.append(_filled(UNREAD, files=Text(listed, listed)))
    return notes


def _table(lines: Sequence[Line]) -> str:
    shown = [name for name in HEADS if _is_used(name, lines)]
    head = "".join(_head(name) for name in shown)
    body = "\n".join(f"<tr>{''.join(_cell(name, line) for name in shown)}</tr>" for line in lines)
    label = escape(TITLE.id)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{label}"><table class="rollup wide"><thead><tr>{head}</tr></thead>'
        f"<tbody>\n{body}\n</tbody><tfoot><tr>{_sums(shown, lines)}</tr></tfoot></table></div>"
    )


def _failures(lines: Sequence[Line]) -> str:
    """Why each region failed, below the table, whose rows stay short."""
    told = [f"<li>{escape(line.name)} {escape(line.region)}: {escape(line.message)}</li>" for line in lines if line.message]
    return f"<h2>{_both(WHAT_FAILED)}</h2><ul>{''.join(told)}</ul>" if told else ""


def _is_used(name: str, lines: Sequence[Line]) -> bool:
    if name == "day":
        return len({line.headline_date for line in lines if line.headline_date}) > 1
    if name == "state":
        return any(line.state != facts.DONE for line in lines)
    if name in ("lights", "grades"):
        return any(getattr(line, name) for line in lines)
    return True


def _head(name: str) -> str:
    kind = ' class="num"' if name in NUMERIC else ""
    sort = ' aria-sort="ascending"' if name == "rank" else ""
    text = _both(HEADS[name])
    return f'<th scope="col"{kind}{sort}>{text if name == "strip" else f"<button>{text}</button>"}</th>'


def _cell(name: str, line: Line) -> str:
    if name == "name":
        text = f"{escape(line.name)} <span class='quiet'>{escape(line.region)}</span>"
        linked = f"<a href={_quoted(line.portal)}>{text}</a>" if line.portal else text
        return f'<th scope="row" data-sort="{escape(line.region)}">{linked}</th>'
    if name == "day":
        day = line.headline_date
        shown = f"<time datetime={_quoted(day)}>{format_printed_day(day, 'id')}</time>" if day else NOTHING
        return f'<td data-sort="{day}">{shown}</td>'
    if name == "strip":
        return f"<td>{_strip(line.rate)}</td>"
    if name == "rank":
        if line.rank is None:
            return f'<td class="num" data-sort="">{NOTHING}</td>'
        return f'<td class="num" data-sort="{line.rank}">{line.rank} <span class="quiet">({line.rank_low}–{line.rank_high})</span></td>'
    if name == "lights":
        return f'<td data-sort="{_worst(line.lights)}">{_lights(line.lights)}</td>'
    if name == "grades":
        letters = ", ".join(f"{QUESTIONS[grade.partition('.')[0]]}: {escape(letter)}" for grade, letter in line.grades.items())
        return f"<td>{letters or NOTHING}</td>"
    if name == "state":
        return f'<td data-sort="{line.state}">{_both(STATES[line.state])}</td>'
    return _number(name, line)


def _quoted(text: str) -> str:
    return f'"{escape(text)}"'


def _number(name: str, line: Line) -> str:
    cell = {"total": line.total, "inactive": line.inactive}.get(name, line.rate)
    value = cell.n if name == "judged" else cell.value
    part = ' data-part="n"' if name == "judged" else ""
    if value is None:
        hidden = escape(cell.text_id) if cell.hidden and name in ("total", "inactive") else NOTHING
        return f'<td class="num" data-sort="">{hidden}</td>'
    text = format_value(value, "percent" if name == "rate" else "count", "id")
    link = f"{escape(cell.page)}#{cell.identity}"
    number = f'<a class="number" data-number="{line.region} {cell.identity}"{part} href="{link}">{text}</a>'
    return f'<td class="num" data-sort="{value}">{number}</td>'


def _strip(rate: Cell) -> str:
    """The share and its range on one scale from nothing to all; the numbers stand beside it."""
    if rate.value is None or rate.low is None or rate.high is None:
        return ""
    low, high, middle = (4 + 192 * share for share in (rate.low, rate.high, rate.value))
    said = "–".join(format_value(share, "percent", "id") for share in (rate.low, rate.high))
    grid = "".join(f'<line class="grid" x1="{4 + 48 * i}" x2="{4 + 48 * i}" y1="0" y2="20"/>' for i in range(5))
    return (
        f'<svg viewBox="0 0 200 20" role="img" aria-label="{said}" preserveAspectRatio="none"><title>{said}</title>{grid}'
        f'<line x1="{low:.1f}" x2="{high:.1f}" y1="10" y2="10"/><circle cx="{middle:.1f}" cy="10" r="4.5"/></svg>'
    )


def _worst(lights: Mapping[str, str]) -> str:
    order = ("red", "amber", "green")
    return str(min((order.index(light) for light in lights.values() if light in order), default=""))


def _lights(lights: Mapping[str, str]) -> str:
    colours = {question: lights[question] for question in facts.QUESTIONS if question in lights}
    spans = (
        f'<span class="light {escape(light)}" title="{escape(word("light", light).id)}">'
        f"{QUESTIONS[question]}: {escape(word('light', light).id.partition(':')[0].lower())}</span>"
        for question, light in colours.items()
    )
    return " ".join(spans) or NOTHING


def _sums(shown: Sequence[str], lines: Sequence[Line]) -> str:
    """Totals, only where every region has the number: one hidden or missing would be found, or be left out unseen."""
    cells = []
    for name in shown:
        if name == "name":
            cells.append(f'<th scope="row">{_both(ALL)}</th>')
        elif name in ("total", "inactive", "judged"):
            values = [{"total": line.total.value, "inactive": line.inactive.value}.get(name, line.rate.n) for line in lines]
            known = [value for value in values if value is not None]
            text = format_value(sum(known), "count", "id") if len(known) == len(values) else NOTHING
            cells.append(f'<td class="num">{text}</td>')
        else:
            cells.append("<td></td>")
    return "".join(cells)
