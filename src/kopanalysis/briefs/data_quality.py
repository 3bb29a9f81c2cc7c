"""Pages of brief 10, can the data carry the questions: which results go into which sentence, figure and table."""

from __future__ import annotations

from kopanalysis import rules
from kopanalysis.briefs.gist import Gist, decision
from kopanalysis.briefs.quality_tables import bridge_grid, heat_grid, lights_grid, matrix_grid, measures_grid, questions_grid, reasons_grid
from kopanalysis.briefs.study import Study
from kopanalysis.loaders.reconcile import TABLES
from kopanalysis.present import figures
from kopanalysis.present.figures_models import draw_ranges
from kopanalysis.present.figures_quality import draw_completeness
from kopanalysis.present.sentences import bullets, cards, heading, paragraph, say
from kopanalysis.present.shown import Shown, together
from kopanalysis.present.tables import show_table
from kopanalysis.present.words import word
from kopanalysis.results import LANGUAGES, Number, Table, Text

T = "data_quality."
AND = Text("dan", "and")


def title(lights: Table) -> Shown:
    """The finding as a heading: enough for what, not enough for what."""
    return heading(_finding(lights))


def _finding(lights: Table) -> Shown:
    parts = []
    for light in ("green", "amber", "red"):
        asked = lights.data.loc[lights.data["light"] == light, "question"]
        if len(asked):
            parts.append(say(f"{T}part_{light}", questions=_listed([word("question", name) for name in asked])))
    joined = Text(*("; ".join(part.html.get(lang) for part in parts) for lang in LANGUAGES))
    return say(f"{T}title", parts=Shown(joined))


def _listed(words: list[Text]) -> Text:
    """Words as a list: a, b and c."""

    def join(own: list[str], link: str) -> str:
        comma = "," if len(own) > 2 else ""
        return own[0] if len(own) == 1 else f"{', '.join(own[:-1])}{comma} {link} {own[-1]}"

    return Text(*(join([text.get(lang) for text in words], AND.get(lang)) for lang in LANGUAGES))


def page_one(
    study: Study, lights: Table, measures: tuple[Table, ...], by_year: Table, read: Table, statuses: Table, present: Table
) -> Shown:
    """A light a question, three numbers, one decision: complete in itself."""
    said = gist(study, lights)
    return together(
        paragraph(*said.told, css="lead"),
        _cards(by_year, read, statuses, present),
        lights_grid(lights, measures, say(f"{T}lights_caption")),
        decision(said.asked),
        *_years(study, by_year),
    )


def _years(study: Study, by_year: Table) -> list[Shown]:
    """How many reported, year by year, where a share can be told in two of them."""
    known = by_year.data[by_year.data["rate"].notna()].reset_index(drop=True)
    if len(known) < 2:
        return []
    years = [(str(year), str(year)) for year in known["book_year"]]
    return [
        figures.show_figure(
            "reporting-years", draw_ranges(years, known, "rate", counts="due"), say(f"{T}year_title"), say(f"{T}year_alt"),
            (figures.WIDTH, 0.6 + 0.17 * len(known)), study.demonstration, say(f"{T}source_office", date=study.as_of),
        )
    ]  # fmt: skip


def gist(study: Study, lights: Table) -> Gist:
    """Which questions the data carry, and what to ask for first."""
    return Gist(_finding(lights), (say(f"{T}lead"),), _decision(study, lights))


def _cards(by_year: Table, read: Table, statuses: Table, present: Table) -> Shown:
    rate = _last_year(by_year)
    shown = [(say(f"{T}value", number=rate["rate"]), say(f"{T}card_reporting", **rate))]
    about = {"rows": read.number("rows.in"), "cells": read.number("cells.set_aside")}
    shown.append((say(f"{T}value", number=read.number("rows.set_aside")), say(f"{T}card_aside", **about)))
    comparable = statuses.number("disagree.comparable")
    if comparable.value or comparable.suppressed:
        shown.append((say(f"{T}value", number=statuses.number("disagree.status")), say(f"{T}card_status", comparable=comparable)))
    else:
        total = present.number("presence.register.counted")
        shown.append((say(f"{T}value", number=present.number("presence.no_trace")), say(f"{T}card_no_trace", total=total)))
    return cards(*shown)


def _last_year(by_year: Table) -> dict[str, Number | int]:
    year = int(by_year.data["book_year"].max())
    numbers: dict[str, Number | int] = {part: by_year.number(f"reporting.{part}.{year}") for part in ("rate", "reported", "due")}
    return {**numbers, "year": year}


def _decision(study: Study, lights: Table) -> Shown:
    order = {"red": 0, "amber": 1}
    lacking = sorted((line for line in lights.data.to_dict("records") if line["light"] in order), key=lambda line: order[line["light"]])
    ask = f"ask_{lacking[0]['because']}" if lacking else "ask_nothing"
    return say(f"{T}decision", ask=say(f"{T}{ask}"), deadline=study.next_deadline)


def read_page(study: Study, read: Table, aside: Table) -> Shown:
    """What was read, and what was set aside by reason."""
    number = {name: read.number(key) for name, key in (
        ("rows", "rows.in"), ("accepted", "rows.accepted"), ("aside", "rows.set_aside"), ("structural", "rows.structural"),
        ("cells", "cells.set_aside"),
    )}  # fmt: skip
    lines = [say(f"{T}read_text", **number)]
    unread = read.number("rows.unread_files")
    if unread.value:
        lines.append(say(f"{T}read_unread", unread=unread))
    parts = [paragraph(*lines), *_missing_tables(study), show_table(read, say(f"{T}read_caption"))]
    if len(aside.data):
        parts += [reasons_grid(aside, say(f"{T}aside_caption")), paragraph(say(f"{T}aside_mend"))]
    else:
        parts.append(paragraph(say(f"{T}aside_none")))
    return together(*parts)


def _missing_tables(study: Study) -> list[Shown]:
    absent = [word("table", name) for name, frame in study.office.tables.items() if frame.empty]
    return [paragraph(say(f"{T}missing_text", tables=_listed(absent)))] if absent else []


def complete_page(study: Study, by_place: Table, by_year: Table, coverage: Table) -> Shown:
    """Meetings reported by kecamatan and book year, and which table speaks of which year."""
    figure = figures.show_figure(
        "completeness", draw_completeness(by_place), say(f"{T}heat_title"), say(f"{T}heat_alt"),
        (figures.WIDTH, min(8.0, 0.9 + 0.34 * by_place.data["kecamatan"].nunique())), study.demonstration,
        say(f"{T}source_office", date=study.as_of),
    )  # fmt: skip
    told = [say(f"{T}heat_text", **_last_year(by_year))]
    if by_place.data["rate"].isna().any() and not by_place.hidden:
        told.append(say(f"{T}heat_unknown"))
    if by_place.hidden:
        told.append(say(f"{T}withheld"))
    return together(
        figure, paragraph(*told), heat_grid(by_place, say(f"{T}heat_caption")), show_table(by_year, say(f"{T}year_caption")),
        paragraph(say(f"{T}coverage_text")), matrix_grid(coverage, say(f"{T}coverage_caption")),
    )  # fmt: skip


def presence_page(study: Study, present: Table, pairs: Table, silent: Table) -> Shown:
    """Who is in which table."""
    counted = {name: present.number(f"presence.{name}.counted") for name in ("rat", "accounts", "training", "cattle")}
    text = say(f"{T}presence_text", total=present.number("presence.register.counted"), silent=present.number("presence.no_trace"),
               date=study.as_of, **counted)  # fmt: skip
    note = [say(f"{T}presence_note")] if "not_counted" in present.data else []
    note += [say(f"{T}presence_due")] if len(study.office.tables["rat"]) else []
    parts = [paragraph(text, *note), show_table(present, say(f"{T}presence_caption"))]
    if any(len(study.office.tables[name]) for name in TABLES[1:]):
        parts.append(matrix_grid(pairs, say(f"{T}pairs_caption")))
        if pairs.hidden:
            parts.append(paragraph(say(f"{T}withheld")))
    if 0 < len(silent.data) <= 40:
        parts.append(show_table(silent, say(f"{T}no_trace_caption")))
    return together(*parts)


def bridge_page(study: Study, bridge: Table, between: Table, meetings: Table, printed: Table) -> Shown:
    """From one count to another, every step named."""
    about = {"rows": bridge.number("bridge.register.rows_on_sheet"), "counted": bridge.number("bridge.register.counted")}
    key = "bridge_text_hidden" if about["rows"].suppressed else "bridge_text"
    told = [say(f"{T}{key}", date=study.headline_date, **about)]
    village = bridge.number("bridge.register.village")
    if village.value or village.suppressed:
        told.append(say(f"{T}bridge_village", village=village))
    parts = [paragraph(*told), bridge_grid(bridge, say(f"{T}bridge_caption", date=study.headline_date))]
    if study.headline_date < study.as_of:
        parts.append(bridge_grid(between, say(f"{T}between_caption", first=study.headline_date, last=study.as_of)))
    if len(study.office.tables["rat"]):
        caption = say(f"{T}meetings_caption", year=study.headline_date.year - 1, date=study.headline_date)
        parts.append(bridge_grid(meetings, caption))
    if bridge.hidden or between.hidden or meetings.hidden:
        parts.append(paragraph(say(f"{T}withheld")))
    return together(*parts, _printed(study, printed))


def _printed(study: Study, printed: Table) -> Shown:
    if printed.data.empty:
        return paragraph(say(f"{T}printed_none"))
    told = [say(f"{T}printed_text", **{name: printed.number(f"printed.{name}") for name in ("compared", "agree")})]
    if study.demonstration:
        told.append(say(f"{T}printed_demonstration"))
    return together(paragraph(*told), show_table(printed, say(f"{T}printed_caption")))


def disagreements_page(statuses: Table, names: Table, present: Table, duplicates: Table, districts: Table) -> Shown:
    """Where the register contradicts the log, what may be registered twice, what belongs elsewhere."""
    number = {name: statuses.number(f"disagree.{key}") for name, key in (
        ("comparable", "comparable"), ("status", "status"), ("active", "active_without_meeting"), ("inactive", "inactive_with_meeting"),
        ("dates", "dates"),
    )}  # fmt: skip
    if number["comparable"].value or number["comparable"].suppressed:
        parts = [paragraph(say(f"{T}disagree_text", **number)), show_table(statuses, say(f"{T}disagree_caption"))]
    else:
        parts = [paragraph(say(f"{T}disagree_not_comparable"))]
    if len(names.data):
        parts.append(show_table(names, say(f"{T}disagree_names_caption")))
    pairs = {name: present.number(f"duplicates.{name}") for name in ("pairs", "counted")}
    away = districts.number("other_districts.cooperatives")
    parts.append(paragraph(say(f"{T}duplicates_text", **pairs), say(f"{T}districts_text", away=away)))
    if len(duplicates.data):
        parts.append(show_table(duplicates, say(f"{T}duplicates_caption")))
    return together(*parts)


def open_page(study: Study, read: Table, links: Table) -> Shown:
    """Questions that only the office can answer, and candidates that a person has to confirm."""
    keys = {"links": "links.open", "questions": "questions.open", "unlinked": "rows.unlinked"}
    number = {name: read.number(key) for name, key in keys.items()}
    parts = [paragraph(say(f"{T}links_text", **number))]
    if len(study.office.questions):
        parts.append(questions_grid(study.office.questions, say(f"{T}questions_caption")))
    if len(links.data):
        parts.append(show_table(links, say(f"{T}links_caption")))
    return together(*parts)


def measures_page(*measures: Table) -> Shown:
    """What each light rests on."""
    return together(paragraph(say(f"{T}measures_text")), measures_grid(measures, say(f"{T}measures_caption")))


def ask_page(study: Study, measures: tuple[Table, ...], read: Table, statuses: Table) -> Shown:
    """What to ask the office for next, the worst first."""
    order = list(rules.quality_measures())
    lines = [line for table in measures for line in table.data.to_dict("records") if line["light"] != "green"]
    lines.sort(key=lambda line: (line["light"] != "red", order.index(line["measure"])))
    items = [
        say(f"{T}ask_item", light=word("light", line["light"]), question=word("question", line["question"]),
            ask=say(f"{T}ask_{line['measure']}"))
        for line in lines
    ]  # fmt: skip
    rows, cells = read.number("rows.set_aside"), read.number("cells.set_aside")
    if rows.value or cells.value:
        items.append(say(f"{T}ask_mend", rows=rows, cells=cells))
    status = statuses.number("disagree.status")
    if status.value or status.suppressed:
        items.append(say(f"{T}ask_status", status=status))
    found, asked = read.number("links.open"), read.number("questions.open")
    if found.value or asked.value:
        items.append(say(f"{T}ask_links", links=found, questions=asked))
    who = decision(say(f"{T}ask_who", deadline=study.next_deadline))
    return together(bullets(*items) if items else paragraph(say(f"{T}ask_nothing")), who)


def how_sure() -> Shown:
    """What is certain and what isn't, and what can't be seen."""
    return bullets(say(f"{T}sure"), say(f"{T}unknown"))


def method(rule: str) -> Shown:
    """The method in five sentences."""
    return paragraph(say(f"{T}method", rule=rules.inactivity_rule(rule).label))
