"""How a number, a date and a year are written in each language, plain and as a registered span."""

from __future__ import annotations

import html
import math
from datetime import date, datetime
from typing import Any

from babel.dates import format_date
from babel.numbers import format_decimal

from kopanalysis.present.words import noun, word
from kopanalysis.results import Lang, Number

LOCALES = {"id": "id_ID", "en": "en_GB"}
MINUS = "\u2212"
NO_BREAK = "\u00a0"
COUNT_UNITS = ("cooperatives", "coop_years", "heads", "people", "rows")


def format_number(number: Number, lang: Lang, form: str = "") -> str:
    """A registered number as running text.

    Parameters
    ----------
    number : Number
    lang : {"id", "en"}
    form : str
        ``""`` the value with its percent sign in words; ``bare`` without any word; ``noun`` with its unit's noun;
        ``of_ten`` a share as n of 10; ``low``, ``high`` one end of the interval; ``range`` both; ``n`` how many stand behind it.

    Returns
    -------
    str
    """
    if number.suppressed:
        kind = "hidden_complement" if number.complement else "hidden"
        return word("phrase", kind if number.unit in COUNT_UNITS else "hidden_share").get(lang)
    if form == "range":
        low, high = (format_number(number, lang, f"{part}_bare") for part in ("low", "high"))
        return _with_unit(word("phrase", "range").get(lang).format(low=low, high=high), number.unit, None, lang)
    part, _, style = form.partition("_") if form.startswith(("low", "high")) or form == "n" else ("value", "", form)
    value = getattr(number, part)
    if value is None or math.isnan(value):
        return word("phrase", "missing").get(lang)
    if part == "n":
        return format_value(value, "count", lang)
    if style == "of_ten":
        return word("phrase", "of_ten").get(lang).format(value=format_value(round(value * 10), "count", lang))
    kind = {"share": "percent", "points": "percent"}.get(number.unit, "count" if number.unit in COUNT_UNITS else "number")
    kind = "score" if number.unit == "score" else kind
    text = format_value(value, kind, lang)
    if style == "bare" or (number.unit in COUNT_UNITS and style != "noun"):
        return text
    return _with_unit(text, number.unit, value, lang)


def _with_unit(text: str, unit: str, value: Any, lang: Lang) -> str:
    name = {"share": "percent", "index": "", "score": "", "idr": ""}.get(unit, unit)
    return f"{text}{NO_BREAK}{noun(name, value, lang)}" if name else text


def format_value(value: Any, kind: str, lang: Lang) -> str:
    """A bare value: ``count`` whole, ``percent`` times a hundred with one decimal, ``number`` with at most one, ``score`` with three."""
    if value is None or value != value:
        return word("phrase", "missing").get(lang)
    if kind == "percent":
        value, pattern = float(value) * 100, "#,##0.0"
    else:
        pattern = {"count": "#,##0", "score": "#,##0.000"}.get(kind, "#,##0.#")
    rounded = round(float(value), len(pattern.partition(".")[2]))
    return format_decimal(rounded + 0.0, format=pattern, locale=LOCALES[lang]).replace("-", MINUS)  # + 0.0: no minus before zero


def number_html(number: Number, lang: Lang, form: str = "") -> str:
    """The number as a span that the registry will resolve; a range becomes two."""
    if form == "range" and not number.suppressed:
        low, high = (_span(number, format_number(number, lang, f"{part}_bare"), part) for part in ("low", "high"))
        return _with_unit(word("phrase", "range").get(lang).format(low=low, high=high), number.unit, None, lang)
    part = form.partition("_")[0] if form.startswith(("low", "high")) or form == "n" else ""
    return _span(number, format_number(number, lang, form), part)


def _span(number: Number, text: str, part: str) -> str:
    which = f' data-part="{part}"' if part else ""
    return f'<a class="number" data-name="{html.escape(number.name)}"{which}>{html.escape(text)}</a>'


def format_day(day: date | datetime, lang: Lang) -> str:
    """``25 Agustus 2022`` or ``25 August 2022``."""
    return str(format_date(day, format="d MMMM y", locale=LOCALES[lang]))


def day_html(day: date | datetime, lang: Lang) -> str:
    """A day as a ``<time>``."""
    return f'<time datetime="{day.isoformat()[:10]}">{format_day(day, lang).replace(" ", NO_BREAK)}</time>'


def format_printed_day(text: str, lang: Lang) -> str:
    """A date as exact as it was printed: ``2016``, ``2016-03`` or ``2016-03-01``."""
    parts = [int(part) for part in text.split("-")]
    if len(parts) == 3:
        return format_day(date.fromisoformat(text), lang)
    return str(parts[0]) if len(parts) == 1 else str(format_date(date(parts[0], parts[1], 1), format="MMMM y", locale=LOCALES[lang]))


def printed_day_html(text: str, lang: Lang) -> str:
    """Such a date as a ``<time>``."""
    return f'<time datetime="{text}">{format_printed_day(text, lang)}</time>'


def year_html(year: int) -> str:
    """A year as a ``<time>``; years take no thousands mark."""
    return f'<time datetime="{year:04d}">{year}</time>'
