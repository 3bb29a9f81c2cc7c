"""Tables of brief 10 that are laid out by hand: lights, bridges, matrices and sentences that differ by language."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence

import pandas as pd

from kopanalysis import rules
from kopanalysis.present.figures_quality import cell_words
from kopanalysis.present.numbers import MINUS, NO_BREAK, format_value, number_html
from kopanalysis.present.sentences import say
from kopanalysis.present.shown import Shown, unique_numbers
from kopanalysis.present.tables import cell_text, grid
from kopanalysis.present.words import noun, word
from kopanalysis.results import LANGUAGES, Lang, Number, Table

Cells = dict[Lang, list[list[str]]]
NOUNS = {"row": "rows", "cell": "cells"}
SIGNS = {-1: f"{MINUS}{NO_BREAK}", 1: f"+{NO_BREAK}", 0: ""}


def lay_out(
    table: Table, caption: Shown, columns: Sequence[str], numeric: Sequence[bool], line: Callable[[int, Lang], list[str]], rows: int,
    numbers: Sequence[Number] = (),
) -> Shown:  # fmt: skip
    """A table from a function that gives one line's finished cells.

    Parameters
    ----------
    table : Table
        What its CSV holds.
    caption : Shown
    columns : sequence of str
        Names in the family ``column`` of words.toml.
    numeric : sequence of bool
    line : callable
        ``line(row, lang)`` to cells with escaped markup.
    rows : int
    numbers : sequence of Number

    Returns
    -------
    Shown
    """
    heads = {lang: [word("column", name).get(lang) for name in columns] for lang in LANGUAGES}
    cells: Cells = {lang: [line(row, lang) for row in range(rows)] for lang in LANGUAGES}
    return grid(table, caption, heads, cells, list(numeric), numbers=tuple(numbers))


def lights_grid(lights: Table, measures: Sequence[Table], caption: Shown) -> Shown:
    """Question, light in words, and the measures that decide it."""
    known = {number.name: number for table in measures for number in table.numbers}
    lines = pd.concat([table.data for table in measures], ignore_index=True)
    order = list(rules.quality_measures())
    used: list[Number] = []

    def reasons(question: str, light: str) -> list[str]:
        own = lines[(lines["question"] == question) & (lines["light"] == light)]
        return sorted(own["measure"], key=order.index)[:2] if light != "green" else []

    def line(row: int, lang: Lang) -> list[str]:
        question, light = lights.data["question"].iloc[row], lights.data["light"].iloc[row]
        chosen = reasons(question, light)
        used.extend(known[f"quality.{name}"] for name in chosen)
        told = "; ".join(f"{_label(name, lang)}: {number_html(known[f'quality.{name}'], lang, 'noun')}" for name in chosen)
        mark = f"<strong>{html.escape(word('light', light).get(lang))}</strong>"
        return [html.escape(_capital(word("question", question).get(lang))), mark, told or say("data_quality.measures_met").html.get(lang)]

    shown = lay_out(lights, caption, ["question", "light", "because"], [False] * 3, line, len(lights.data))
    return Shown(shown.html, unique_numbers([*shown.numbers, *used]), shown.tables)


def _label(measure: str, lang: Lang) -> str:
    return html.escape(str(rules.quality_measures()[measure][f"label_{lang}"]))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def measures_grid(measures: Sequence[Table], caption: Shown) -> Shown:
    """Every measure with its value, its thresholds and its light."""
    order = list(rules.quality_measures())
    data = pd.concat([table.data for table in measures], ignore_index=True)
    data = data.sort_values("measure", key=lambda names: names.map(order.index), ignore_index=True)
    numbers = {number.name: number for table in measures for number in table.numbers}
    hidden = frozenset((row, "value") for row, name in enumerate(data["measure"]) if numbers[f"quality.{name}"].suppressed)
    whole = Table("measures", data, numbers=tuple(numbers.values()), hidden=hidden)

    def line(row: int, lang: Lang) -> list[str]:
        entry = data.iloc[row]
        unit = numbers[f"quality.{entry['measure']}"].unit
        limits = [_limit(entry[name], unit, lang) for name in ("amber", "green")]
        value = number_html(numbers[f"quality.{entry['measure']}"], lang, "noun")
        light = html.escape(word("light", entry["light"]).get(lang).split(":")[0])
        return [html.escape(word("topic", entry["question"]).get(lang)), _label(entry["measure"], lang), value, *limits, light]

    columns = ["question", "measure", "value", "amber", "green", "light"]
    return lay_out(whole, caption, columns, [False, False, True, True, True, False], line, len(data), tuple(numbers.values()))


def _limit(value: float, unit: str, lang: Lang) -> str:
    if unit != "share":
        return format_value(value, "count", lang)
    text = format_value(round(value * 100), "count", lang)
    return f"{text} %" if lang == "id" else f"{text}%"


def bridge_grid(table: Table, caption: Shown) -> Shown:
    """The steps of a bridge with their signs, first and last in bold; steps of zero only in its CSV."""
    shown = [
        row
        for row, entry in enumerate(table.data.to_dict("records"))
        if entry["sign"] == 0 or pd.isna(entry["count"]) or entry["count"] != 0
    ]

    def line(position: int, lang: Lang) -> list[str]:
        row = shown[position]
        entry = table.data.iloc[row]
        step = html.escape(word("step", entry["step"]).get(lang))
        if (row, "count") in table.hidden:
            return [step, SIGNS[int(entry["sign"])] + word("phrase", "withheld").get(lang)]
        count = SIGNS[int(entry["sign"])] + cell_text(table, row, "count", lang)
        return [step, count] if entry["sign"] else [f"<strong>{step}</strong>", f"<strong>{count}</strong>"]

    return lay_out(table, caption, ["step", "cooperatives"], [False, True], line, len(shown), table.numbers)


def matrix_grid(table: Table, caption: Shown) -> Shown:
    """Counts by table and by another table or year: rows and headings in words."""
    others = [str(name) for name in table.data.columns if name != "table"]
    heads = {lang: [word("column", "table").get(lang), *(word("table", name).get(lang) for name in others)] for lang in LANGUAGES}

    def cell(row: int, name: str, lang: Lang) -> str:
        if (row, name) in table.hidden:
            return word("phrase", "withheld").get(lang)
        return format_value(table.data[name].iloc[row], "count", lang)

    cells: Cells = {
        lang: [
            [html.escape(word("table", table.data["table"].iloc[row]).get(lang)), *(cell(row, name, lang) for name in others)]
            for row in range(len(table.data))
        ]
        for lang in LANGUAGES
    }
    return grid(table, caption, heads, cells, [False] + [True] * len(others), numbers=table.numbers)


def heat_grid(table: Table, caption: Shown) -> Shown:
    """The heat map as a table: a row a kecamatan, a column a book year, ``reported/known``."""
    places = sorted(table.data["kecamatan"].unique())
    years = sorted(table.data["book_year"].unique())
    at = {(line["kecamatan"], line["book_year"]): row for row, line in enumerate(table.data.to_dict("records"))}
    heads = {lang: [word("column", "kecamatan").get(lang), *(str(year) for year in years)] for lang in LANGUAGES}
    nothing = {lang: word("phrase", "missing").get(lang) for lang in LANGUAGES}

    def cell(place: str, year: int, lang: Lang) -> str:
        row = at.get((place, year))
        return nothing[lang] if row is None else html.escape(cell_words(table, row, lang))

    cells: Cells = {
        lang: [[html.escape(place or nothing[lang]), *(cell(place, year, lang) for year in years)] for place in places]
        for lang in LANGUAGES
    }
    return grid(table, caption, heads, cells, [False] + [True] * len(years), numbers=table.numbers)


def reasons_grid(table: Table, caption: Shown) -> Shown:
    """What was set aside, one line a sentence, with the tables that it happened in."""
    lines = table.data.groupby(["scope", "reason_id", "reason_en"], sort=False).agg(lines=("lines", "sum"), tables=("table", list))
    shown = lines.reset_index().sort_values("lines", ascending=False, kind="stable").to_dict("records")

    def line(row: int, lang: Lang) -> list[str]:
        entry = shown[row]
        count = f"{format_value(entry['lines'], 'count', lang)}{NO_BREAK}{noun(NOUNS[entry['scope']], entry['lines'], lang)}"
        tables = ", ".join(dict.fromkeys(word("table", str(name)).get(lang) for name in entry["tables"]))
        return [html.escape(str(entry[f"reason_{lang}"])), html.escape(count), html.escape(tables)]

    return lay_out(table, caption, ["reason", "lines", "table"], [False, False, False], line, len(shown))


def questions_grid(questions: pd.DataFrame, caption: Shown) -> Shown:
    """Columns that nobody could decide, with examples and the question to the office."""
    shown = questions.drop_duplicates(["file", "sheet", "column"]).reset_index(drop=True)
    examples = [", ".join(dict.fromkeys(str(one) for one in cell)) for cell in shown["examples"]]
    data = shown[["file", "sheet", "column", "table", "question_id", "question_en"]].assign(examples=examples)

    def line(row: int, lang: Lang) -> list[str]:
        entry = data.iloc[row]
        return [html.escape(str(entry[name])) for name in ("file", "sheet", "column", "examples", f"question_{lang}")]

    return lay_out(Table("questions", data), caption, ["file", "sheet", "column", "examples", "question"], [False] * 5, line, len(data))
