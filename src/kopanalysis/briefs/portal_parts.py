"""Parts of the portal: lights, briefs by group, the headline under every rule, what changed, and the files."""

from __future__ import annotations

import csv
import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from kopanalysis import rules
from kopanalysis.briefs.changes import Change, Changes
from kopanalysis.briefs.page import LANGUAGE_NAMES
from kopanalysis.briefs.portal_words import (
    ADDED,
    AGAINST,
    BEFORE,
    CHANGED,
    DEFINITIONS,
    DEFINITIONS_CAPTION,
    DIFFERS,
    FAILED,
    FILES,
    FORMATS,
    GONE,
    GRADE,
    GRADES,
    GROUPS,
    LIGHT,
    LIGHTS,
    MORE,
    MOVED,
    NOTHING_BEFORE,
    NOTHING_MOVED,
    NOW,
    NUMBER,
    OPEN,
    OWN,
    QUESTION,
    REASONS,
    REST,
    RETURNED,
    RULE,
    SIGNS,
)
from kopanalysis.present.numbers import format_printed_day
from kopanalysis.present.words import word
from kopanalysis.results import LANGUAGES, Lang, Text

ATTACHED = ("*.xlsx", "*.docx", "*.pptx", "*.ods")
TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
SUMMARY = "00"  # the brief that says what all others found
GRADED = ("training", "cattle")
AND = Text("dan", "and")
HEAD = 4096  # characters of a page that hold its title


@dataclass(frozen=True)
class Shelf:
    """What the portal shows: a run, and from which run each brief is taken."""

    home: Path
    run: dict[str, Any]
    shown: Mapping[str, str]
    entries: tuple[dict[str, Any], ...] = field(default=())

    @property
    def folder(self) -> Path:
        """The run's folder."""
        return self.home / "runs" / str(self.run["run"])

    @cached_property
    def numbers(self) -> dict[str, dict[str, Any]]:
        """Registry entries by name."""
        return {entry["name"]: entry for entry in self.entries}

    def read_entries(self) -> tuple[dict[str, Any], ...]:
        """The entries of numbers.json that belong to briefs as they are shown, each from its own run."""
        found: list[dict[str, Any]] = []
        for key in dict.fromkeys(self.shown.values()):
            try:
                entries = json.loads((self.home / "runs" / key / "numbers.json").read_text(encoding="utf-8"))
            except (OSError, json.JSONDecodeError):
                continue
            found += [entry for entry in entries if self.shown.get(entry["brief"]) == key]
        return tuple(found)

    def link(self, name: str, lang: Lang, ending: str) -> str:
        """Address of a brief's file, empty where there is none."""
        path = f"runs/{self.shown.get(name)}/{name}.{lang}.{ending}"
        return path if name in self.shown and (self.home / path).exists() else ""


def both(text: Text) -> str:
    """Indonesian first, English beside it."""
    return f'{escape(text.id)} <span class="quiet" lang="en">/ {escape(text.en)}</span>'


def lights(shelf: Shelf) -> str:
    """Can the data answer: a light a question, in words and a sign, as brief 10 decided."""
    brief = next((name for name in shelf.shown if name.startswith("10")), "")
    rows = _rows(shelf.home / "runs" / shelf.shown.get(brief, "-") / "tables" / f"{brief}-lights.csv")
    items = "".join(
        f'<tr><th scope="row">{both(_capital(word("question", row["question"])))}</th>'
        f'<td class="light {row["light"]}"><span class="sign" aria-hidden="true"></span> {both(word("light", row["light"]))}</td></tr>'
        for row in rows
        if row.get("light") in SIGNS
    )
    if not items:
        return ""
    head = f'<thead><tr><th scope="col">{both(QUESTION)}</th><th scope="col">{both(LIGHT)}</th></tr></thead>'
    caption = f'<caption class="unseen">{LIGHTS.id}</caption>'
    return f'<section><h2>{both(LIGHTS)}</h2><table class="lights">{caption}{head}<tbody>{items}</tbody></table></section>'


def briefs(shelf: Shelf) -> str:
    """The briefs by group, each with its finding, its grade and its files in both languages."""
    groups = [(title, [name for name in shelf.shown if name.startswith(starts)]) for title, starts in GROUPS]
    listed = {name for _, names in groups for name in names}
    groups.append((OWN, [name for name in shelf.shown if name not in listed]))
    return "\n".join(
        f'<section class="group"><h2>{both(title)}</h2>{"".join(_brief(shelf, name) for name in names)}</section>'
        for title, names in groups
        if names
    )


def _brief(shelf: Shelf, name: str) -> str:
    about = json.loads((shelf.home / "runs" / shelf.shown[name] / "run.json").read_text(encoding="utf-8"))
    titles = Text(*(about["briefs"][name][f"title_{lang}"] for lang in LANGUAGES))
    stale = f'<p class="note">{both(FAILED)}</p>' if name in shelf.run["failures"] else ""
    editions = "".join(_edition(shelf, name, lang, titles) for lang in LANGUAGES if lang in about["languages"])
    return f'<article class="brief"><h3>{both(titles)}</h3>{stale}{_grade(shelf, name)}<div class="editions">{editions}</div></article>'


def _edition(shelf: Shelf, name: str, lang: Lang, titles: Text) -> str:
    links = [(words, shelf.link(name, lang, ending)) for ending, words in FORMATS.items()]
    about = f'<span class="unseen"> ({LANGUAGE_NAMES[lang]}: {escape(titles.get(lang))})</span>'
    items = "".join(f'<li><a href="{escape(path)}">{words.get(lang)}{about}</a></li>' for words, path in links if path)
    finding = escape(_finding(shelf, name, lang) or titles.get(lang))
    language = f'<p class="language">{LANGUAGE_NAMES[lang]}</p>'
    return f'<div lang="{lang}">{language}<p class="finding">{finding}</p><ul class="formats">{items}</ul></div>'


def _finding(shelf: Shelf, name: str, lang: Lang) -> str:
    """The brief's own title: a finding in one line."""
    path = shelf.link(name, lang, "html")
    if not path:
        return ""
    with (shelf.home / path).open(encoding="utf-8") as page:
        found = TITLE.search(page.read(HEAD))
    return html.unescape(found[1]).strip() if found else ""


def _grade(shelf: Shelf, name: str) -> str:
    """Grades of the evidence among the brief's numbers: a letter with its meaning."""
    topics: dict[str, list[str]] = {}
    for entry in shelf.entries:
        if entry["name"].endswith(".grade") and entry.get("grade") in GRADES and (entry["brief"] == name or name.startswith(SUMMARY)):
            topics.setdefault(str(entry["grade"]), []).append(str(entry["name"]).partition(".")[0])
    return "".join(
        f'<p class="grade"><strong>{both(_of_topics(topics[letter]))}: <span class="letter">{letter}</span></strong>'
        f" {both(GRADES[letter])}</p>"
        for letter in sorted(topics)
    )


def _of_topics(names: list[str]) -> Text:
    """What a letter grades, in words: it is no grade of anything else that the brief says."""
    known = [word("topic", name) for name in dict.fromkeys(names) if name in GRADED]
    if not known:
        return GRADE
    return Text(*(f"{GRADE.get(lang)} ({f' {AND.get(lang)} '.join(topic.get(lang) for topic in known)})" for lang in LANGUAGES))


def definitions(shelf: Shelf) -> str:
    """The headline under every rule and every coding of silence, read from the registry."""
    chosen = [rule for rule in rules.inactivity_rules() if any(_cell(shelf, rule, coding) for coding in rules.silence_codings())]
    if not chosen:
        return ""
    codings = list(rules.silence_codings())
    heads = "".join(f'<th scope="col" class="num">{both(word("silence", coding))}</th>' for coding in codings)
    rows = "".join(
        f'<tr><th scope="row">{both(word("rule", rule))}</th>'
        + "".join(f'<td class="num">{_cell(shelf, rule, coding) or word("phrase", "missing").id}</td>' for coding in codings)
        + "</tr>"
        for rule in chosen
    )
    day = _headline_day(shelf)
    total = shelf.numbers.get("register.total")
    of = f"<p>{both(_of_total(total, day))}</p>" if total else ""
    of += f'<p class="caption" id="definitions">{both(DEFINITIONS_CAPTION)}</p>'
    table = (
        f'<table class="definitions" aria-labelledby="definitions"><thead><tr><th scope="col">{both(RULE)}</th>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )
    box = f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(DEFINITIONS.id)}">{table}</div>'
    return f"<section><h2>{both(DEFINITIONS)}</h2>{of}{box}</section>"


def _of_total(total: Mapping[str, Any], day: str) -> Text:
    days = [f", {format_printed_day(day, lang)}" if day else "" for lang in LANGUAGES]
    return Text(f"{total['text_id']} koperasi yang dihitung{days[0]}", f"{total['text_en']} cooperatives counted{days[1]}")


def _headline_day(shelf: Shelf) -> str:
    brief = (shelf.numbers.get("register.total") or {}).get("brief")
    return str(shelf.run.get("headline_date") or "") if brief and shelf.shown.get(brief) == shelf.run["run"] else ""


def _cell(shelf: Shelf, rule: str, coding: str) -> str:
    inactive, unknown = (shelf.numbers.get(f"{status}.count.{rule}.{coding}") for status in ("inactive", "unknown"))
    if inactive is None:
        return ""
    text = _to_number(shelf, inactive, escape(inactive["text_id"]))
    if unknown is not None and unknown["value"] != 0:
        text += f' ({OPEN.id} <span class="quiet" lang="en">/ {OPEN.en}</span> {escape(unknown["text_id"])})'
    return text


def changed(shelf: Shelf, changes: Changes | None) -> str:
    """What moved since the previous run: old, new, and what may have moved it."""
    title = f"<h2>{both(CHANGED)}</h2>"
    if changes is None:
        return f"<section>{title}<p>{both(NOTHING_BEFORE)}</p></section>"
    why = ", ".join(both(REASONS[name]) for name in changes.reasons)
    days = Text(*(format_printed_day(changes.as_of, lang) for lang in LANGUAGES))
    against = f"<p>{both(AGAINST)} <code>{escape(changes.run)}</code>, {both(days)}.{f' {both(DIFFERS)}: {why}.' if why else ''}</p>"
    body = _moved(shelf, changes) if changes.moved else f"<p>{both(NOTHING_MOVED)}</p>"
    counts = ((changes.rest, REST), (len(changes.added), ADDED), (len(changes.gone), GONE))
    notes = "; ".join(f"{count} {both(words)}" for count, words in counts if count)
    below = f'<p class="note">{notes}</p>' if notes else ""
    return f"<section>{title}{against}{body}{below}</section>"


def _moved(shelf: Shelf, changes: Changes) -> str:
    columns = ((NUMBER, ""), (BEFORE, ' class="num"'), (NOW, ' class="num"'))
    head = "".join(f'<th scope="col"{kind}>{both(words)}</th>' for words, kind in columns)
    rows = "".join(_moved_row(shelf, change) for change in changes.moved)
    return f'<table class="changes"><caption>{both(MOVED)}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _moved_row(shelf: Shelf, change: Change) -> str:
    words = both(change.words) if change.words.id != change.name else f"<code>{escape(change.name)}</code>"
    new = escape(change.new.id)
    entry = shelf.numbers.get(change.name)
    return (
        f'<tr><th scope="row">{words}</th><td class="num">{escape(change.old.id)}</td>'
        f'<td class="num">{_to_number(shelf, entry, new) if entry else new}</td></tr>'
    )


def _to_number(shelf: Shelf, entry: Mapping[str, Any], text: str) -> str:
    """The number as a link to its line in the brief's trail, or to the brief where the trail leaves it out."""
    path = shelf.link(entry["brief"], "id", "html") or shelf.link(entry["brief"], "en", "html")
    return f'<a class="number" data-number="{entry["id"]}" href="{escape(path)}#{entry["id"]}">{text}</a>' if path else text


def files(shelf: Shelf) -> str:
    """Tables, watch-list, forms and returned workbooks of the run, and what lies behind the numbers."""
    here = shelf.folder
    attached = sorted({path.name for pattern in ATTACHED for path in here.glob(pattern)} - set(FILES))
    names = [name for name in attached if not _is_edition(name, shelf)]
    known = [(name, both(words)) for name, words in FILES.items() if (here / name).exists()]
    items = "".join(
        f'<li><a href="{escape(_address(shelf, name))}">{escape(name)}</a>{f": {words}" if words else ""}</li>'
        for name, words in (*known, *((name, "") for name in names))
    )
    returned = sorted(path.name for path in (here / "return").glob("*.xlsx"))
    back = "".join(f'<li><a href="{escape(_address(shelf, f"return/{name}"))}">{escape(name)}</a></li>' for name in returned)
    closed = f"<details><summary>{both(RETURNED)} ({len(returned)})</summary><ul>{back}</ul></details>" if returned else ""
    return f"<section><h2>{both(MORE)}</h2><ul>{items}</ul>{closed}</section>"


def _address(shelf: Shelf, name: str) -> str:
    return f"runs/{shelf.run['run']}/{quote(name, safe='/ ')}"  # browsers take spaces, and so does who reads the page by eye


def _is_edition(name: str, shelf: Shelf) -> bool:
    return any(name == f"{brief}.{lang}.docx" for brief in shelf.run["briefs"] for lang in LANGUAGES)


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    except OSError:
        return []


def _capital(text: Text) -> Text:
    return Text(*(words[:1].upper() + words[1:] for words in (text.id, text.en)))
