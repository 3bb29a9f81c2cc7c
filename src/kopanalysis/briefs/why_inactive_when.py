"""Pages of brief 20 on time: when cooperatives stop, in which way they end, and whether forms of them differ."""

from __future__ import annotations

import html
from collections.abc import Sequence

import pandas as pd

from kopanalysis import rules
from kopanalysis.briefs.study import Study
from kopanalysis.briefs.why_inactive import ranged
from kopanalysis.errors import DataError
from kopanalysis.inactivity.ages import hazard_by_age, incidence_at
from kopanalysis.inactivity.groups import OTHER, UNKNOWN, group_ratios
from kopanalysis.inactivity.multistate import aalen_johansen
from kopanalysis.inactivity.survival import numbers_at_risk, survival_at, survival_naive
from kopanalysis.lineage import call_of
from kopanalysis.metrics.spells import build_spells
from kopanalysis.present import figures, figures_models
from kopanalysis.present.numbers import number_html
from kopanalysis.present.sentences import paragraph, say
from kopanalysis.present.shown import Shown, together
from kopanalysis.present.tables import grid, show_table
from kopanalysis.present.words import word
from kopanalysis.results import LANGUAGES, Curve, Lang, Number, Table, Text

T = "why_inactive_when."
EXISTENCE = "not_dissolved"
AGES = (5, 10, 20)
TICKS = (0, 10, 20, 30, 40)
FEWEST_TIMES = 3  # of a curve worth drawing
TOLD_GROUPS = 2  # the others stand in the table


def spells_of(study: Study, rule: str, silence: str, first_year: int) -> pd.DataFrame:
    """Spells under the rule; where it can judge nobody and dissolutions are on record, spells of existence."""
    spells = build_spells(study.panel, rule, silence, first_year)
    if len(spells) or study.panel["dissolved_on"].isna().all():
        return spells
    return build_spells(study.panel, EXISTENCE)


def of_existence(spells: pd.DataFrame) -> bool:
    """Whether stopping means being dissolved in these spells."""
    call = call_of(spells)
    return call is not None and rules.inactivity_rule(str(call.arguments["rule"])).existence


def when_page(study: Study, spells: pd.DataFrame, rule: str, silence: str, first_year: int) -> Shown:
    """How long they last beside the naive answer, the yearly risk by age, and how they end."""
    if spells.empty:
        return paragraph(say(f"{T}nothing"))
    exists = of_existence(spells)
    hazards, points, naive = hazard_by_age(spells), survival_at(spells, AGES), survival_naive(spells, AGES)
    parts = [paragraph(say(f"{T}means_dissolved"))] if exists else []
    kind = "dissolved" if exists else "stopped"
    draw = figures_models.draw_pair(
        (figures_models.draw_naive(naive, numbers_at_risk(spells, TICKS)), say(f"{T}pair_lasting").html),
        (figures_models.draw_ranges(_bands(hazards), hazards.data, counts="n_risk"), say(f"{T}pair_hazard").html),
    )
    parts.append(figures.show_figure(
        "survival", draw, say(f"{T}title_{kind}"), say(f"{T}alt"), (figures.WIDTH, 2.7), study.demonstration, _source(study)
    ))  # fmt: skip
    parts.append(paragraph(*_lasting(points, kind), *_riskiest(hazards, kind)))
    parts += _ages(points, naive, kind)
    return together(*parts, *([] if exists else _endings(study, spells, rule, silence, first_year)))


def _source(study: Study) -> Shown:
    return say("why_inactive.source_office", date=study.as_of)


def _bands(hazards: Table) -> list[tuple[str, str]]:
    labels = []
    for line in hazards.data.to_dict("records"):
        text = f"{line['age_from']}–{line['age_to']}" if line["age_to"] < 100 else f"{line['age_from']}+"
        labels.append((f"{text} tahun", f"{text} years"))
    return labels


def _lasting(points: Curve, kind: str) -> list[Shown]:
    term = next((number for number in points.numbers if number.name == "survival.n"), None)
    return [say(f"{T}text_{kind}", n=term, events=points.number("survival.events"))] if term else []


def _ages(points: Curve, naive: Curve, kind: str) -> list[Shown]:
    """Shares by age, with and without delayed entry, as a table: three ages make nine figures."""
    found = {number.name: number for curve in (points, naive) for number in curve.numbers}
    names = [[f"survival.{part}.{age}" for part in ("age", "share", "naive")] for age in AGES]
    lines = [[found[name] for name in line] for line in names if all(name in found for name in line)]
    if not lines:
        return []
    data = pd.DataFrame([{"age": age.value, "share": share.value, "naive": naive.value} for age, share, naive in lines])
    return [_grid(Table("survival_ages", data), say(f"{T}points_caption_{kind}"), ("at_age", "still_there", "without_entry"), lines)]


def _grid(table: Table, caption: Shown, columns: Sequence[str], lines: Sequence[Sequence[Number | Text]]) -> Shown:
    """Registered numbers as a table; a share with its range and n."""
    heads = {lang: [word("column", name).get(lang) for name in columns] for lang in LANGUAGES}
    cells = {lang: [[_cell(cell, lang) for cell in line] for line in lines] for lang in LANGUAGES}
    numbers = tuple(cell for line in lines for cell in line if isinstance(cell, Number))
    return grid(table, caption, heads, cells, [False] * len(columns), numbers=numbers)


def _cell(cell: Number | Text, lang: Lang) -> str:
    if isinstance(cell, Text):
        return html.escape(cell.get(lang))
    return ranged(cell, lang) if cell.low is not None and cell.unit == "share" else number_html(cell, lang)


def _riskiest(hazards: Table, kind: str) -> list[Shown]:
    rates = pd.to_numeric(hazards.data["estimate"], errors="coerce")
    if rates.notna().sum() < 2:
        return []
    line = hazards.data.iloc[int(rates.argmax())]
    start = int(line["age_from"])
    about = {"from": hazards.number(f"hazard_age.from.{start}"), "rate": hazards.number(f"hazard_age.rate.{start}")}
    if line["age_to"] >= 100:
        return [say(f"{T}riskiest_open_{kind}", **about)]
    return [say(f"{T}riskiest_{kind}", to=hazards.number(f"hazard_age.to.{start}"), **about)]


def _endings(study: Study, spells: pd.DataFrame, rule: str, silence: str, first_year: int) -> list[Shown]:
    """Where the once active are, and by which age they ended in which way."""
    states = aalen_johansen(study.panel, rule, silence, first_year)
    ways = incidence_at(spells)
    if states.data.empty or states.data["time"].nunique() < FEWEST_TIMES:
        return []
    last = int(states.data["time"].max())
    draw, key = figures_models.draw_incidence(ways), "ways"
    if states.drawn(together=True)["time"].nunique() >= FEWEST_TIMES:  # the public sees no year in which few changed their state
        draw = figures_models.draw_pair(
            (figures_models.draw_states(states), say(f"{T}pair_states", first_year=first_year).html),
            (draw, say(f"{T}pair_incidence").html),
        )
        key = "states"
    figure = figures.show_figure(
        "states", draw, say(f"{T}{key}_title"), say(f"{T}{key}_alt"), (figures.WIDTH, 2.25), study.demonstration, _source(study)
    )
    lines = [(word("state", name), states.number(f"states.{name}.{last}")) for name in ("active", "inactive", "returned", "dissolved")]
    data = pd.DataFrame([{"state": name.en, "share": share.value} for name, share in lines])
    stood = _grid(Table("states_last", data), say(f"{T}states_caption", first_year=first_year, last_year=last), ("state", "share"), lines)
    told = [say(f"{T}states_pool"), say(f"{T}states_text")]
    age = next((number for number in ways.numbers if number.name.startswith("incidence.age.")), None)
    if age is not None:
        about = {name: ways.number(f"incidence.{name}.{age.value}") for name in ("inactive", "dissolved")}
        key = "none" if about["dissolved"].value == 0 and about["dissolved"].low is None else "text"
        told.append(say(f"{T}incidence_{key}", age=age, **about))
    return [figure, stood, paragraph(*told)]


def lasting_card(spells: pd.DataFrame) -> tuple[Shown, Shown] | None:
    """Number and meaning of how many still existed at ten, for a page one that can't judge anybody; None without dissolutions."""
    points = survival_at(spells, AGES) if len(spells) and of_existence(spells) else None
    share = next((number for number in points.numbers if number.name == "survival.share.10"), None) if points else None
    if points is None or share is None:
        return None
    return say("why_inactive.value_share", number=share), say(f"{T}card_lasting", age=points.number("survival.age.10"), share=share)


def groups_page(spells: pd.DataFrame) -> Shown:
    """Hazard ratios of forms where times are exact, and whether they stay the same over the ages."""
    if spells.empty or not of_existence(spells):
        return paragraph()
    for column in ("type", "sector"):
        try:
            table = group_ratios(spells, column)
        except DataError:
            continue
        return together(paragraph(*_compared(table)), show_table(table, say(f"{T}groups_caption")))
    return paragraph(say(f"{T}groups_nothing"))


def _compared(table: Table) -> list[Shown]:
    lines = table.data.to_dict("records")
    reference = word("spell_group", str(lines[0]["spell_group"]))
    known = {number.name for number in table.numbers}
    told = [say(f"{T}groups_text", n=table.number("group.n"))]
    for place, line in enumerate(lines[1:], start=1):
        named = f"{line['spell_group']}{reference.id}"
        printable = line["spell_group"] not in (OTHER, UNKNOWN) and not any(letter.isdigit() for letter in named)
        if printable and f"group.naive.{place}" in known and len(told) <= TOLD_GROUPS:
            told.append(say(f"{T}groups_one", name=word("spell_group", str(line["spell_group"])), reference=reference,
                            ratio=table.number(f"group.ratio.{place}"), naive=table.number(f"group.naive.{place}")))  # fmt: skip
    statistic, limit = (table.number(f"group.{name}") for name in ("proportional", "proportional_limit"))
    rejected = statistic.value is not None and limit.value is not None and statistic.value > limit.value
    return [*told, say(f"{T}proportional_{'no' if rejected else 'yes'}", statistic=statistic, limit=limit), say(f"{T}groups_note")]
