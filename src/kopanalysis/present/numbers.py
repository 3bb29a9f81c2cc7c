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
DIGITS = 3  # significant ones of rupiah in running text
COUNT_UNITS = ("cooperatives", "coop_years", "heads", "people", "rows")


def format_number(number: Number, lang: Lang, form: str = "") -> str:
    """A registered number as running text.

    Parameters
    ----------
    number : Number
    lang : {"id", "en"}
    form : str
        ``""`` the value with its percent sign in words; ``bare`` without any word; ``noun`` with its unit's noun;
        ``of_ten`` a share as n of 10; ``score`` a p-value with three decimals; ``low``, ``high`` one end of the interval;
        ``range`` both; ``n`` how many stand behind it.

    Returns
    -------
    str
    """
    if number.suppressed:
        kind = "hidden_complement" if number.complement else "hidden"
        return word("phrase", kind if number.unit in COUNT_UNITS else "hidden_share").get(lang)
    if number.unit == "grade" and form == "":
        return number.grade or word("phrase", "missing").get(lang)
    if form == "range":
        low, high = (format_number(number, lang, f"{part}_bare") for part in ("low", "high"))
        return _with_unit(word("phrase", "range").get(lang).format(low=low, high=high), number.unit, None, lang)
    part, _, style = form.partition("_") if form.startswith(("low", "high")) or form == "n" else ("value", "", form)
    value = getattr(number, part)
    if value is None and form == "" and number.low is not None and number.high is not None:
        return format_number(number, lang, "range")  # bounds without a point
    if value is None or math.isnan(value):
        return word("phrase", "missing").get(lang)
    if part == "n":
        return format_value(value, "count", lang)
    if number.unit == "idr":
        return format_rupiah(value, lang)
    if style == "of_ten":
        return word("phrase", "of_ten").get(lang).format(value=format_value(round(value * 10), "count", lang))
    if style == "score":
        return format_value(value, "score", lang)
    kind = {"share": "percent", "points": "percent"}.get(number.unit, "count" if number.unit in COUNT_UNITS else "number")
    kind = number.unit if number.unit in ("score", "ratio") else kind
    text = format_value(value, kind, lang)
    if style == "bare" or (number.unit in COUNT_UNITS and style != "noun"):
        return text
    return _with_unit(text, number.unit, value, lang)


def format_rupiah(value: float, lang: Lang) -> str:
    """Rupiah in running text: ``Rp66,7 juta`` and ``Rp 66.7 million``, at most three digits, never wrapped."""
    steps = ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"), (1.0, ""))
    size, name = next(step for step in steps if abs(value) >= 0.9995 * step[0] or step[0] == 1.0)
    scaled = abs(value) / size
    text = format_decimal(round(scaled, min(1, DIGITS - len(f"{scaled:.0f}"))), format="#,##0.#", locale=LOCALES[lang])
    sign, gap = MINUS if value < 0 else "", "" if lang == "id" else NO_BREAK
    return f"{sign}Rp{gap}{text}" + (f"{NO_BREAK}{word('rupiah', name).get(lang)}" if name else "")


def _with_unit(text: str, unit: str, value: Any, lang: Lang) -> str:
    name = {"share": "percent", "index": "", "score": "", "ratio": "", "idr": ""}.get(unit, unit)
    return f"{text}{NO_BREAK}{noun(name, value, lang)}" if name else text


def format_value(value: Any, kind: str, lang: Lang) -> str:
    """A bare value: ``count`` whole, ``percent`` a hundredfold with one decimal, ``number`` at most one, ``ratio`` two, ``score`` three."""
    if value is None or value != value:
        return word("phrase", "missing").get(lang)
    if kind == "percent":
        value, pattern = float(value) * 100, "#,##0.0"
    else:
        pattern = {"count": "#,##0", "score": "#,##0.000", "ratio": "#,##0.00"}.get(kind, "#,##0.#")
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
