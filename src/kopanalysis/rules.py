"""Dated, cited policy parameters from data/rules: who counts as inactive, when a meeting is due, what shook all at once."""

from __future__ import annotations

import copy
import difflib
import functools
import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from kopanalysis.errors import RuleError
from kopanalysis.resources import resource
from kopanalysis.results import Text

OFFICE_MARK = "office"
MARKS = ("official", "secondary", "unverified", OFFICE_MARK)
INHERITED = ("mark", "source", "in_force_from", "in_force_to")
OVERRIDES = "rules.toml"


@dataclass(frozen=True)
class Rule:
    """A definition of inactive.

    Attributes
    ----------
    years : int
        Book years it looks back over, the classified one included; 0 reads the register's own word.
    needs_no_meeting, needs_no_business : bool
        What must be absent in all of those years.
    existence : bool
        True: no definition of inactive at all, active is whoever isn't dissolved yet.
    """

    name: str
    label: Text
    years: int
    needs_no_meeting: bool
    needs_no_business: bool
    mark: str
    source: str
    existence: bool = False


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


@dataclass(frozen=True)
class Parameter:
    """One policy parameter.

    Attributes
    ----------
    name : str
        ``<file>.<dotted path>``.
    value : Any
        Number, text, edges of bands.
    unit : str
    in_force_from, in_force_to : str
        ISO dates; empty: not stated.
    mark : str
        One of ``MARKS``; an ``unverified`` one is a flag that results must carry.
    source : str
    fields : mapping
        Everything else the file says of it.
    """

    name: str
    value: Any
    unit: str
    in_force_from: str
    in_force_to: str
    mark: str
    source: str
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Override:
    """One field of a parameter that the office's own rules.toml changed."""

    file: str
    name: str
    field: str
    was: Any
    value: Any
    source: str


# The one setting of this module that a process keeps: which office's changes lie over data/rules. Empty until an office is opened.
_IN_FORCE: list[tuple[Override, ...]] = [()]


def inactivity_rules() -> dict[str, Rule]:
    """All rules that call a cooperative inactive, the office's own first."""
    return {
        name: Rule(
            name, _label(raw), raw["years"], raw["needs_no_meeting"], raw["needs_no_business"], raw["mark"], raw["source"]
        )
        for name, raw in _read("inactivity")["rule"].items()
    }  # fmt: skip


def existence_rules() -> dict[str, Rule]:
    """Rules for registers that know foundings and dissolutions only; none of them calls a cooperative inactive."""
    return {
        name: Rule(name, _label(raw), 0, False, False, raw["mark"], raw["source"], existence=True)
        for name, raw in _read("inactivity")["existence"].items()
    }


def inactivity_rule(name: str) -> Rule:
    """One rule by name, those of existence among them; raises :class:`RuleError` that suggests the nearest."""
    return _pick({**inactivity_rules(), **existence_rules()}, name, "rule")


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


def parameter(stem: str, path: str) -> Parameter:
    """One parameter by file and dotted path, such as ``parameter("health", "scheme_2021.weight.capital")``.

    Parameters
    ----------
    stem : str
        File of data/rules, without its ending.
    path : str
        Names of the tables down to it.

    Returns
    -------
    Parameter

    Raises
    ------
    RuleError
        For an unknown path, with the nearest one.
    """
    return _pick(parameters(stem), path, f"parameter of {stem}.toml")


def parameters(stem: str, under: str = "") -> dict[str, Parameter]:
    """All parameters of a file below a dotted path, by the rest of their path.

    Parameters
    ----------
    stem : str
        File of data/rules, without its ending.
    under : str
        Dotted path; empty: the whole file.

    Returns
    -------
    dict of str to Parameter
    """
    start = f"{under}." if under else ""
    return {path.removeprefix(start): _parameter(stem, path, raw) for path, raw in _leaves(_read(stem)) if path.startswith(start)}


def _parameter(stem: str, path: str, raw: Mapping[str, Any]) -> Parameter:
    value = next((raw[name] for name in ("value", "years", "edges", "label_en") if name in raw), "")
    if value == "" and ("low" in raw or "high" in raw):
        value = f"{raw.get('low', '')}..{raw.get('high', '')}"
    begin, end = (str(raw.get(f"in_force_{end}", raw.get(end, ""))) for end in ("from", "to"))
    fields = {name: item for name, item in raw.items() if name not in INHERITED}
    return Parameter(f"{stem}.{path}", value, raw.get("unit", ""), begin, end, raw.get("mark", ""), raw["source"], fields)


def quality_measures() -> dict[str, dict[str, Any]]:
    """What the data must offer for a question to be answered: thresholds by measure, in the order of data/rules/quality.toml."""
    return {name: dict(raw) for name, raw in _read("quality")["measure"].items()}


def rules_in_force() -> list[dict[str, Any]]:
    """Every parameter of data/rules as one flat row: value, unit, dates, mark, source, and whether the office set it."""
    changed = {f"{override.file}.{override.name}" for override in overrides()}
    rows = []
    for path in sorted(resource("data", "rules").glob("*.toml")):
        for name, found in parameters(path.stem).items():
            rows.append(
                {
                    "file": path.name,
                    "name": name,
                    "value": found.value,
                    "unit": found.unit,
                    "in_force_from": found.in_force_from,
                    "in_force_to": found.in_force_to,
                    "mark": found.mark,
                    "source": found.source,
                    "overridden": found.name in changed,
                }
            )
    return rows


def overrides() -> tuple[Override, ...]:
    """What the office's own rules.toml changed, as read by :func:`use_office_rules` last."""
    return _IN_FORCE[0]


def use_office_rules(folder: Path) -> tuple[Override, ...]:
    """Put the rules.toml of an office's folder over data/rules, for this process; a folder without one brings data/rules back.

    A table of it is ``[<file>.<name>]``, such as ``[inactivity.rule.no_rat_3y]``, and must say its ``source``. It can change a parameter
    that exists, not add one and not change its label: what a rule is called stays what readers know.

    Parameters
    ----------
    folder : pathlib.Path
        The office's data folder.

    Returns
    -------
    tuple of Override
        What was changed, field by field.

    Raises
    ------
    RuleError
        When the file can't be read, names no known parameter, has no source, or a value is of another type.
    """
    found = _read_overrides(folder / OVERRIDES) if (folder / OVERRIDES).is_file() else ()
    _IN_FORCE[0] = found
    return found


def rules_hash(folder: Path | None = None) -> dict[str, str]:
    """SHA-256 of each rules file, and of the office's own rules.toml where it has one.

    Parameters
    ----------
    folder : pathlib.Path, optional
        The office's data folder.

    Returns
    -------
    dict of str to str
        File name to hash, in order.
    """
    paths = sorted(resource("data", "rules").glob("*.toml"))
    own = [folder / OVERRIDES] if folder is not None and (folder / OVERRIDES).is_file() else []
    named = [(path.name, path) for path in paths] + [(f"office/{OVERRIDES}", path) for path in own]
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in named}


def _read_overrides(path: Path) -> tuple[Override, ...]:
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RuleError(f"{OVERRIDES} can't be read: {error}", str(path), "Write text between quotes, numbers and dates without.") from None
    known = {f"{file.stem}.{name}": raw for file in resource("data", "rules").glob("*.toml") for name, raw in _leaves(_shipped(file.stem))}
    found: list[Override] = []
    for name, raw in _leaves(written):
        standard = _pick(known, name, f"rule that {OVERRIDES} can change")
        if not str(raw.get("source", "")).strip():
            raise RuleError(f"{name} has no source", str(path), 'Say who decided it: source = "SK Kepala Dinas ...".')
        file, _, inner = name.partition(".")
        for key, value in raw.items():
            if key not in ("source", "mark"):
                found.append(_override(path, file, inner, key, value, standard, str(raw["source"])))
    return tuple(found)


def _override(path: Path, file: str, name: str, field: str, value: Any, standard: Mapping[str, Any], source: str) -> Override:
    if field not in standard or field.startswith("label"):
        changeable = ", ".join(key for key in standard if not key.startswith("label") and key not in ("source", "mark"))
        raise RuleError(f"{file}.{name} has nothing called {field!r} to change", str(path), f"It has {changeable}.")
    was = standard[field]
    numeric = all(isinstance(item, (int, float)) and not isinstance(item, bool) for item in (value, was))
    if type(value) is not type(was) and not numeric:
        raise RuleError(
            f"{file}.{name}: {field} = {value!r} is of another kind than {was!r}", str(path), f"Write it as {was!r} is written."
        )
    return Override(file, name, field, was, value, source)


def _read(stem: str) -> dict[str, Any]:
    """A rules file with the office's changes on it."""
    changes = [override for override in overrides() if override.file == stem]
    if not changes:
        return _shipped(stem)
    tree = copy.deepcopy(_shipped(stem))
    for change in changes:
        leaf = tree
        for key in change.name.split("."):
            leaf = leaf[key]
        leaf |= {change.field: change.value, "source": change.source, "mark": OFFICE_MARK}
    return tree


@functools.cache
def _shipped(stem: str) -> dict[str, Any]:
    path: Path = resource("data", "rules", f"{stem}.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _leaves(tree: Mapping[str, Any], path: str = "", above: Mapping[str, Any] | None = None) -> Iterator[tuple[str, dict[str, Any]]]:
    """Tables that hold no other table, each with the mark, source and dates that the tables above it give."""
    inherited = dict(above or {}) | {name: tree[name] for name in INHERITED if name in tree and not isinstance(tree[name], dict)}
    below = {name: item for name, item in tree.items() if isinstance(item, dict)}
    if not below:
        yield path, {**inherited, **tree}
    for name, item in below.items():
        yield from _leaves(item, f"{path}.{name}" if path else name, inherited)


def _label(raw: dict[str, Any]) -> Text:
    return Text(raw["label_id"], raw["label_en"])


def _pick(known: dict[str, Any], name: str, kind: str) -> Any:
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.3)
    hint = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(known)}."
    raise RuleError(f"{name!r} is no {kind}", mend=hint)
