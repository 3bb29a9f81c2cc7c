"""Tables as they are printed: headings and cells in both languages, hidden cells as hidden, a caption that is a sentence."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

import pandas as pd

from kopanalysis.present.numbers import NO_BREAK, format_printed_day, format_rupiah, format_value, number_html
from kopanalysis.present.shown import Shown
from kopanalysis.present.words import column_kind, word
from kopanalysis.results import LANGUAGES, Lang, Number, Table, Text

NUMERIC = ("count", "share", "points", "size", "number", "year", "score", "ratio", "money", "one_in")
LONGEST_LINE = 24  # characters: a cell with more may not become one word wide on a telephone
MARKUP = re.compile(r"<[^>]*>")
EMPTY = Shown(Text("", ""))


def show_table(table: Table, caption: Shown = EMPTY, columns: Sequence[str] | None = None, name: str | None = None) -> Shown:
    """A table as a fragment of a brief.

    Parameters
    ----------
    table : Table
    caption : Shown
        One sentence that says what the reader sees.
    columns : sequence of str, optional
        Which columns, in which order; default: all.
    name : str, optional
        Name of its CSV; default: the table's own.

    Returns
    -------
    Shown
    """
    chosen = [column for column in (columns or table.data.columns) if column in table.data]
    cells = {lang: [[cell_text(table, row, column, lang) for column in chosen] for row in range(len(table.data))] for lang in LANGUAGES}
    heads = {lang: [word("column", column).get(lang) for column in chosen] for lang in LANGUAGES}
    numeric = [column_kind(column) in NUMERIC for column in chosen]
    return grid(table, caption, heads, cells, numeric, name, numbers=table.numbers)


def grid(
    table: Table,
    caption: Shown,
    heads: dict[Lang, list[str]],
    cells: dict[Lang, list[list[str]]],
    numeric: list[bool],
    name: str | None = None,
    numbers: tuple[Number, ...] = (),
) -> Shown:
    """A table laid out by hand, from finished cells (escaped markup) in both languages; its CSV is that of ``table``."""
    label = html.escape((name or table.name).replace(".", "-"))
    fragments = []
    for lang in LANGUAGES:
        head = "".join(_cell("th", text, is_number, ' scope="col"') for text, is_number in zip(heads[lang], numeric, strict=True))
        body = "".join(
            "<tr>" + "".join(_cell("td", text, is_number) for text, is_number in zip(row, numeric, strict=True)) + "</tr>"
            for row in cells[lang]
        )
        fragments.append(
            f'<figure class="table-figure" data-table="{label}"><figcaption>{caption.html.get(lang)}</figcaption>'
            f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></figure>"
        )
    return Shown(Text(*fragments), (*caption.numbers, *numbers), ((table, caption.html),))


def _cell(tag: str, text: str, is_number: bool, extra: str = "") -> str:
    kind = ' class="num"' if is_number else ' class="words"' if tag == "td" and len(MARKUP.sub("", text)) > LONGEST_LINE else ""
    return f"<{tag}{kind}{extra}>{text}</{tag}>"


def cell_text(table: Table, row: int, column: str, lang: Lang) -> str:
    """One cell as escaped text."""
    if (row, column) in table.hidden:
        kind = "hidden_complement" if (row, column) in table.complements else "hidden"
        return word("phrase", kind if column in (*table.counts, table.total) else "hidden_share").get(lang)
    value, kind = table.data[column].iloc[row], column_kind(column)
    if kind == "url":
        return ", ".join(f'<a href="{html.escape(url)}">{html.escape(_host(url))}</a>' for url in str(value).split())
    return html.escape(value_text(value, kind, lang))


def _host(url: str) -> str:
    return urlsplit(url).netloc.removeprefix("www.")


def value_text(value: object, kind: str, lang: Lang) -> str:
    """A value by the kind of its column."""
    if value is None or (not isinstance(value, (list, tuple)) and pd.isna(value)):  # type: ignore[call-overload]
        return word("phrase", "missing").get(lang)
    if kind == "count":
        return format_value(value, "count", lang)
    if kind == "share":
        return f"{format_value(value, 'percent', lang)} %" if lang == "id" else f"{format_value(value, 'percent', lang)}%"
    if kind == "size":
        return format_value(value, "percent", lang)
    if kind == "points":
        sign = "+" if float(str(value)) > 0 else ""
        return f"{sign}{format_value(value, 'percent', lang)}"
    if kind == "one_in":
        return f"1/{format_value(1 / float(str(value)), 'count', lang)}"
    if kind == "money":
        return format_rupiah(float(str(value)), lang)
    if kind in ("number", "score", "ratio"):
        return format_value(value, kind, lang)
    if kind == "year":
        return str(value)
    if kind == "date":
        return format_printed_day(str(value)[:10], lang).replace(" ", NO_BREAK)
    if kind == "signs":
        return ", ".join(word("sign", name).get(lang) for name in str(value).split())
    if kind == "events":
        return ", ".join(word("event", name).get(lang) for name in str(value).split())
    return str(value) if kind == "text" else word(kind, str(value)).get(lang)


def definitions_grid(table: Table, caption: Shown, mark: tuple[str, str]) -> Shown:
    """The definitions table as rules by codings: inactive cooperatives, with those that silence leaves open.

    Parameters
    ----------
    table : Table
        From :func:`kopanalysis.definitions_table`.
    caption : Shown
    mark : tuple of (str, str)
        Rule and coding of the headline, set in bold.

    Returns
    -------
    Shown
    """
    rules = list(dict.fromkeys(table.data["rule"]))
    codings = list(dict.fromkeys(table.data["silence"]))
    heads = {lang: [word("column", "rule").get(lang), *(word("silence", coding).get(lang) for coding in codings)] for lang in LANGUAGES}

    def cell(rule: str, coding: str, lang: Lang) -> str:
        inactive, unknown = (table.number(f"{status}.count.{rule}.{coding}") for status in ("inactive", "unknown"))
        text = number_html(inactive, lang)
        if unknown.suppressed or unknown.value:
            text += f" ({word('phrase', 'open').get(lang)} {number_html(unknown, lang)})"
        return f"<strong>{text}</strong>" if (rule, coding) == mark else text

    cells = {
        lang: [[html.escape(word("rule", rule).get(lang)), *(cell(rule, coding, lang) for coding in codings)] for rule in rules]
        for lang in LANGUAGES
    }
    return grid(table, caption, heads, cells, [False] + [True] * len(codings), numbers=table.numbers)


def frame_text(data: pd.DataFrame, lang: Lang, format_cell: Callable[[object, str, Lang], str] = value_text) -> str:
    """A frame as plain text with headings of one language."""
    shown = pd.DataFrame({word("column", str(c)).get(lang): [format_cell(v, column_kind(str(c)), lang) for v in data[c]] for c in data})
    return shown.to_string(index=False)


def table_text(table: Table, lang: Lang) -> str:
    """A table as plain text, hidden cells hidden."""
    columns = list(table.data.columns)
    shown = {word("column", c).get(lang): [html.unescape(cell_text(table, r, c, lang)) for r in range(len(table.data))] for c in columns}
    return pd.DataFrame(shown).to_string(index=False)
