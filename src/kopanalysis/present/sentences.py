"""Sentences: templates without digits, filled with registered numbers, dates and words in both languages."""

from __future__ import annotations

import functools
import html
import re
import string
import tomllib
from datetime import date, datetime
from pathlib import Path
from typing import Any

from kopanalysis.errors import CallError
from kopanalysis.present.numbers import day_html, number_html, printed_day_html, year_html
from kopanalysis.present.shown import Shown
from kopanalysis.present.words import plural_form, plural_forms
from kopanalysis.results import LANGUAGES, Lang, Number, Text

TEMPLATES = Path(__file__).with_name("templates")
FORBIDDEN = {
    "id": ("terbukti", "signifikan", "tidak berdampak"),
    "en": ("proven", "significant", "no effect", "no impact"),
}


@functools.cache
def templates() -> dict[str, Text]:
    """All templates by key, ``<file>.<name>``; checked as they are read.

    Raises
    ------
    CallError
        When a template holds a digit, a forbidden word, or lacks a language.
    """
    found: dict[str, Text] = {}
    for path in sorted(TEMPLATES.glob("*.toml")):
        for name, entry in tomllib.loads(path.read_text(encoding="utf-8")).items():
            found[f"{path.stem}.{name}"] = _checked(f"{path.stem}.{name}", entry)
    return found


def _checked(key: str, entry: dict[str, str]) -> Text:
    fields = {}
    for lang in LANGUAGES:
        if lang not in entry:
            raise CallError(f"template {key} has no {lang}")
        parts = list(string.Formatter().parse(entry[lang]))
        words = " ".join(text for text, *_ in parts)
        if re.search(r"\d", re.sub(r"<[^>]*>", "", words)):
            raise CallError(f"template {key} ({lang}) holds a digit", mend="Pass the number in as a registered one.")
        for forbidden in FORBIDDEN[lang]:
            if re.search(rf"\b{forbidden}\b", words, re.IGNORECASE):
                raise CallError(f"template {key} ({lang}) says {forbidden!r}", mend="No result of ours allows that word.")
        fields[lang] = {_checked_field(key, name, form or "", lang) for _, name, form, _ in parts if name}
    if fields["id"] != fields["en"]:
        raise CallError(f"template {key} fills {sorted(fields['id'] ^ fields['en'])} in one language only")
    return Text(entry["id"], entry["en"])


def _checked_field(key: str, field: str, form: str, lang: Lang) -> str:
    """Name of a placeholder; ``n|cooperative|cooperatives`` must give as many forms as the language has."""
    name, _, forms = _parts(field, form)
    if forms and len(forms) != len(plural_forms(lang)):
        raise CallError(f"template {key} ({lang}) gives {len(forms)} forms for {name}", mend=f"Give {', '.join(plural_forms(lang))}.")
    if any(re.search(r"\d", form) for form in forms):
        raise CallError(f"template {key} ({lang}) holds a digit in a form of {name}", mend="Pass the number in as a registered one.")
    return name


def say(key: str, /, **values: Any) -> Shown:
    """Fill a template in both languages.

    Parameters
    ----------
    key : str
        ``<file>.<name>`` below present/templates.
    **values
        By placeholder: a :class:`Number` (with a form after the colon, ``{rate:range}``), a date, a :class:`Text`, another
        :class:`Shown`, or an int for a placeholder whose name ends in
        ``year``, a date as printed (``2016-03``). ``{n} {n|cooperative|cooperatives}`` makes the noun agree with a number,
        ``{rate:n} {rate:n|cooperative|cooperatives}`` with how many stand behind it; what Indonesian, which has one form, needs is
        plain words.

    Returns
    -------
    Shown

    Raises
    ------
    CallError
        For an unknown key, a placeholder left empty, or a plain number: a number that isn't registered can't be printed.
    """
    known = templates()
    if key not in known:
        raise CallError(f"there is no template {key}")
    filled = [_fill(key, known[key].get(lang), values, lang) for lang in LANGUAGES]
    numbers = [value for value in values.values() if isinstance(value, Number)]
    numbers += [number for value in values.values() if isinstance(value, Shown) for number in value.numbers]
    return Shown(Text(*filled), tuple(numbers))


def _fill(key: str, template: str, values: dict[str, Any], lang: Lang) -> str:
    parts = []
    for text, name, form, _ in string.Formatter().parse(template):
        parts.append(text)
        if name:
            name, part, forms = _parts(name, form or "")
            if name not in values:
                raise CallError(f"template {key} needs {name}")
            parts.append(_agreeing(key, name, values[name], part, forms, lang) if forms else _markup(key, name, values[name], part, lang))
    return "".join(parts)


def _parts(name: str, form: str) -> tuple[str, str, list[str]]:
    """Of a placeholder such as ``n``, ``rate:range``, ``n|one|other`` or ``rate:n|one|other``: name, form, and the forms of a noun."""
    if "|" in name:
        name, *forms = name.split("|")
        return name, "", forms
    form, *forms = form.split("|")
    return name, form, forms


def _agreeing(key: str, name: str, value: Any, part: str, forms: list[str], lang: Lang) -> str:
    if not isinstance(value, Number):
        raise CallError(f"template {key} makes a noun agree with {name}, which is no number")
    return html.escape(forms[plural_forms(lang).index(plural_form(value.n if part == "n" else value.value, lang))])


def _markup(key: str, name: str, value: Any, form: str, lang: Lang) -> str:
    if isinstance(value, Number):
        return number_html(value, lang, form)
    if isinstance(value, (date, datetime)):
        return day_html(value, lang)
    if isinstance(value, Text):
        return html.escape(value.get(lang))
    if isinstance(value, Shown):
        return value.html.get(lang)
    if isinstance(value, int) and name.endswith("year"):
        return year_html(value)
    if isinstance(value, str) and re.fullmatch(r"\d{4}(-\d\d){0,2}", value):
        return printed_day_html(value, lang)
    if isinstance(value, str) and not re.search(r"\d", value):
        return html.escape(value)
    raise CallError(f"template {key} can't print {name}={value!r}", mend="Give a registered number, a date, or words without digits.")


def paragraph(*sentences: Shown, css: str = "") -> Shown:
    """Sentences in one paragraph."""
    kind = f' class="{css}"' if css else ""
    joined = [f"<p{kind}>{' '.join(sentence.html.get(lang) for sentence in sentences)}</p>" for lang in LANGUAGES]
    return Shown(Text(*joined), tuple(number for sentence in sentences for number in sentence.numbers))


def heading(sentence: Shown, level: int = 1) -> Shown:
    """A sentence as a heading."""
    tag = f"h{level}"
    return Shown(Text(*(f"<{tag}>{sentence.html.get(lang)}</{tag}>" for lang in LANGUAGES)), sentence.numbers)


def bullets(*sentences: Shown) -> Shown:
    """Sentences as a list."""
    items = [f"<ul>{''.join(f'<li>{sentence.html.get(lang)}</li>' for sentence in sentences)}</ul>" for lang in LANGUAGES]
    return Shown(Text(*items), tuple(number for sentence in sentences for number in sentence.numbers))


def cards(*pairs: tuple[Shown, Shown]) -> Shown:
    """Big numbers side by side, each over its meaning: ``(number, meaning)`` pairs."""
    fragments = []
    for lang in LANGUAGES:
        cells = "".join(
            f'<td><div class="card-number">{value.html.get(lang)}</div><div class="card-label">{meaning.html.get(lang)}</div></td>'
            for value, meaning in pairs
        )
        fragments.append(f'<table class="cards"><tbody><tr>{cells}</tr></tbody></table>')
    pieces = [piece for pair in pairs for piece in pair]
    return Shown(Text(*fragments), tuple(number for piece in pieces for number in piece.numbers))
