"""Dated, cited policy parameters from data/rules: who counts as inactive, when a meeting is due, what shook all at once."""

from __future__ import annotations

import difflib
import functools
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from kopanalysis.errors import RuleError
from kopanalysis.resources import resource
from kopanalysis.results import Text

MARKS = ("official", "secondary", "unverified")


@dataclass(frozen=True)
class Rule:
    """A definition of inactive.

    Attributes
    ----------
    years : int
        Book years it looks back over, the classified one included; 0 reads the register's own word.
    needs_no_meeting, needs_no_business : bool
        What must be absent in all of those years.
    """

    name: str
    label: Text
    years: int
    needs_no_meeting: bool
    needs_no_business: bool
    mark: str
    source: str


@dataclass(frozen=True)
class Coding:
    """How silence is read: ``legal``, ``evidence`` or ``unknown``."""

    name: str
    label: Text
    source: str


@dataclass(frozen=True)
class Event:
    """Something that hit every cooperative at once."""

    name: str
    label: Text
    start: date
    end: date
    series_break: bool
    mark: str
    source: str


def inactivity_rules() -> dict[str, Rule]:
    """All rules that call a cooperative inactive, the office's own first."""
    return {
        name: Rule(
            name, _label(raw), raw["years"], raw["needs_no_meeting"], raw["needs_no_business"], raw["mark"], raw["source"]
        )
        for name, raw in _read("inactivity")["rule"].items()
    }  # fmt: skip


def inactivity_rule(name: str) -> Rule:
    """One rule by name; raises :class:`RuleError` that suggests the nearest."""
    return _pick(inactivity_rules(), name, "rule")


def silence_codings() -> dict[str, Coding]:
    """The three ways to read silence."""
    return {name: Coding(name, _label(raw), raw["source"]) for name, raw in _read("inactivity")["silence"].items()}


def silence_coding(name: str) -> Coding:
    """One coding by name; raises :class:`RuleError` that suggests the nearest."""
    return _pick(silence_codings(), name, "silence")


def meeting_deadline(kind: str, book_year: int) -> date:
    """Last day for a meeting about ``book_year`` to be ``on_time`` or ``late_legal``."""
    raw = _pick(_read("meetings")["meeting"], kind, "meeting deadline")
    month, day = map(int, raw["value"].split("-"))
    return date(book_year + 1, month, day)


def events() -> dict[str, Event]:
    """Shocks and series breaks by name."""
    return {
        name: Event(name, _label(raw), raw["from"], raw["to"], raw.get("series_break", False), raw["mark"], raw["source"])
        for name, raw in _read("events")["event"].items()
    }


def programmes() -> dict[str, Event]:
    """Trainings under study by name, with the days within which they began."""
    return {
        name: Event(name, _label(raw), raw["from"], raw["to"], False, raw["mark"], raw["source"])
        for name, raw in _read("programmes")["training"].items()
    }


def rules_in_force() -> list[dict[str, Any]]:
    """Every parameter of data/rules as one flat row: file, name, value, in force from, mark, source."""
    rows = []
    for path in sorted(resource("data", "rules").glob("*.toml")):
        for kind, entries in _read(path.stem).items():
            for name, raw in entries.items():
                value = raw.get("value", raw.get("years", raw.get("label_en", "")))
                rows.append(
                    {
                        "file": path.name,
                        "name": f"{kind}.{name}",
                        "value": value,
                        "in_force_from": str(raw.get("in_force_from", raw.get("from", ""))),
                        "mark": raw.get("mark", ""),
                        "source": raw["source"],
                    }
                )
    return rows


@functools.cache
def _read(stem: str) -> dict[str, Any]:
    path: Path = resource("data", "rules", f"{stem}.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _label(raw: dict[str, Any]) -> Text:
    return Text(raw["label_id"], raw["label_en"])


def _pick(known: dict[str, Any], name: str, kind: str) -> Any:
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.3)
    hint = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(known)}."
    raise RuleError(f"{name!r} is no {kind}", mend=hint)
