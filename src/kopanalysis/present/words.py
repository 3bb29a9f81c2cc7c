"""The words of the house: headings, coded values and nouns in both languages, from words.toml and data/rules."""

from __future__ import annotations

import functools
import tomllib
from pathlib import Path
from typing import Any

from babel import Locale

from kopanalysis import rules
from kopanalysis.results import Lang, Text


@functools.cache
def _vocabulary() -> dict[str, dict[str, dict[str, str]]]:
    path = Path(__file__).with_name("words.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))


@functools.cache
def word(family: str, name: str) -> Text:
    """A word by family and name; an unknown one is its own name.

    Parameters
    ----------
    family : str
        ``column, status, table, noun, phrase, ...`` of words.toml, or ``rule``, ``silence``, ``event`` of data/rules.
    name : str

    Returns
    -------
    Text
    """
    if family == "rule" and name in rules.inactivity_rules():
        return rules.inactivity_rule(name).label
    if family == "silence" and name in rules.silence_codings():
        return rules.silence_coding(name).label
    if family == "event" and name in rules.events():
        return rules.events()[name].label
    if family == "predictor":
        return _planned(name)
    if family == "outcome":
        return _outcome(name)
    entry = _vocabulary().get(family, {}).get(name)
    return Text(entry["id"], entry["en"]) if entry else Text(name, name)


def _planned(name: str) -> Text:
    """A predictor by the label that data/rules/plan.toml declares; a level of a text predictor keeps its own name."""
    for kind in ("hazard", "warning"):
        for parameter in rules.parameters("plan", kind).values():
            if parameter.value == name:
                return Text(str(parameter.fields["label_id"]), str(parameter.fields["label_en"]))
    return Text(name, name)


def _outcome(name: str) -> Text:
    """An outcome by the label that data/rules/plan.toml declares."""
    for parameter in rules.parameters("plan", "estimand").values():
        if parameter.value == name:
            return Text(str(parameter.fields["label_id"]), str(parameter.fields["label_en"]))
    return Text(name, name)


def column_kind(name: str) -> str:
    """How cells of a column are printed."""
    return _vocabulary()["column"].get(name, {}).get("kind", "text")


def noun(name: str, value: Any, lang: Lang) -> str:
    """A noun that agrees with its number; Indonesian has one form, English two."""
    entry = _vocabulary()["noun"][name]
    return entry["one"] if plural_form(value, lang) == "one" else entry[lang]


@functools.cache
def plural_forms(lang: Lang) -> tuple[str, ...]:
    """The forms that a noun takes in a language, in the order of CLDR: ``one, other`` in English, ``other`` in Indonesian."""
    return (*sorted(Locale(lang).plural_form.tags), "other")


def plural_form(value: Any, lang: Lang) -> str:
    """Which form a noun takes after a number; one that is missing or hidden takes the last."""
    if value is None or value != value:
        return "other"
    return str(Locale(lang).plural_form(int(value) if float(value).is_integer() else value))
