"""Pages of brief 20 on what to do and what isn't known: options with cost, who and when; three codings of silence."""

from __future__ import annotations

import html

from kopanalysis.briefs.gist import decision
from kopanalysis.briefs.study import Study
from kopanalysis.errors import DataError
from kopanalysis.inactivity.options import OPTIONS
from kopanalysis.inactivity.silence import silence_bounds, silence_map
from kopanalysis.present import figures, figures_models
from kopanalysis.present.numbers import number_html
from kopanalysis.present.sentences import bullets, paragraph, say
from kopanalysis.present.shown import Shown, together
from kopanalysis.present.tables import grid
from kopanalysis.present.words import word
from kopanalysis.results import LANGUAGES, Lang, Number, Table
from kopanalysis.rules import OFFICE_MARK

T = "why_inactive_options."
COLUMNS = ("option", "cooperatives", "unit_cost", "option_cost", "option_who", "option_when", "option_indicator")
NUMERIC = ("cooperatives", "unit_cost", "option_cost")


def options_page(study: Study, costs: Table) -> Shown:
    """What the office can do, for how many, at which cost, who, when, and how success shows."""
    if not any(costs.number(f"options.count.{option}").value or costs.number(f"options.count.{option}").suppressed for option in OPTIONS):
        return together(paragraph(say(f"{T}nothing")), decision(say(f"{T}recommend_collect", deadline=study.next_deadline)))
    assumed = (costs.data["mark"] != OFFICE_MARK).any()
    told = [say(f"{T}text", visit=costs.number("options.count.visit"), report=costs.number("options.count.report")),
            say(f"{T}dissolve", dissolve=costs.number("options.count.dissolve")),
            _mergers(costs)]  # fmt: skip
    return together(
        paragraph(*told),
        _table(costs),
        paragraph(say(f"{T}costs_{'assumed' if assumed else 'office'}"), css="note"),
        decision(say(f"{T}recommend", deadline=study.next_deadline)),
    )


def _mergers(costs: Table) -> Shown:
    merge, smallest = costs.number("options.count.merge"), costs.number("options.smallest")
    if _none(merge):
        return say(f"{T}merge_none", smallest=smallest)
    return say(f"{T}merge", merge=merge, smallest=smallest)


def _none(count: Number) -> bool:
    return not count.value and not count.suppressed


def _table(costs: Table) -> Shown:
    """An option a line; those that are for nobody only in its CSV."""
    options = [option for option in OPTIONS if not _none(costs.number(f"options.count.{option}"))]
    heads = {lang: [word("column", column).get(lang) for column in COLUMNS] for lang in LANGUAGES}
    cells = {lang: [_line(costs, option, lang) for option in options] for lang in LANGUAGES}
    numeric = [column in NUMERIC for column in COLUMNS]
    return grid(costs, say(f"{T}caption"), heads, cells, numeric, numbers=costs.numbers)


def _line(costs: Table, option: str, lang: Lang) -> list[str]:
    numbers = [number_html(costs.number(f"options.{kind}.{option}"), lang) for kind in ("count", "unit", "cost")]
    said = [html.escape(word(family, option).get(lang)) for family in ("option_who", "option_when", "option_indicator")]
    return [html.escape(word("option", option).get(lang)), *numbers, *said]


def not_known(study: Study, definitions: Table, working: Table, rule: str) -> Shown:
    """What the records can't answer: three readings of silence, and how much hangs on them."""
    silent = working.number(f"inactive.silent.{rule}")
    try:
        figure, told = _silence(study, rule)
    except DataError:
        return bullets(say(f"{T}unknown_all"), say(f"{T}unknown_reasons"))
    codings = {name: definitions.number(f"inactive.count.{rule}.{name}") for name in ("legal", "evidence", "unknown")}
    three = say(f"{T}codings", open=definitions.number(f"unknown.count.{rule}.unknown"), **codings)
    return together(
        paragraph(three), figure, paragraph(*told),
        bullets(say(f"{T}unknown_silent", silent=silent), say(f"{T}unknown_reasons"), say(f"{T}unknown_why")),
    )  # fmt: skip


def _silence(study: Study, rule: str) -> tuple[Shown, list[Shown]]:
    bounds = silence_bounds(study.headline_panel, study.headline_date, rule)
    line = silence_map(study.headline_panel, study.headline_date, rule)
    figure = figures.show_figure(
        "silence", figures_models.draw_silence(line, bounds), say(f"{T}silence_title"), say(f"{T}silence_alt"), (figures.WIDTH, 2.4),
        study.demonstration, say("why_inactive.source_office", date=study.headline_date),
    )  # fmt: skip
    known = {number.name for number in bounds.numbers}
    terms = {"headline": "headline", "lower": "lower", "closed": "closed", "visited": "visited_working"}
    numbers = {key: bounds.number(f"silence.{term}") for key, term in terms.items() if f"silence.{term}" in known}
    tipping = {name: bounds.number(f"silence.{name}") for name in ("tipping", "stated")}
    kind = "silence_text" if "visited" in numbers else "silence_unvisited"
    return figure, [say(f"{T}{kind}", **numbers), say(f"{T}silence_tipping", **tipping)]
