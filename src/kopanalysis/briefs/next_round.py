"""Pages of brief 50, the next round: what a lottery would see, the decision asked, what stays unknown, and the method."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from kopanalysis.briefs.gist import Gist, decision
from kopanalysis.briefs.study import Study
from kopanalysis.impact.eligible import eligible, eligible_counts, roster
from kopanalysis.impact.power import NS
from kopanalysis.impact.round_cost import arm_costs, place_price
from kopanalysis.impact.round_power import round_power, round_settings, round_sizes
from kopanalysis.impact.timing import setting
from kopanalysis.impact.waves import draw_waves, wave_calendar
from kopanalysis.metrics.activity import classify
from kopanalysis.present import figures
from kopanalysis.present.figures_power import draw_power
from kopanalysis.present.sentences import bullets, cards, heading, paragraph, say
from kopanalysis.present.shown import Shown, together
from kopanalysis.present.tables import show_table
from kopanalysis.present.words import word
from kopanalysis.results import Number, Table, Text

T = "next_round."
PRIMARY = "rat_held"
OTHERS = ("reported", "business")
FIGURE_HEIGHT = 2.9


def names(text: str) -> tuple[str, ...]:
    """A parameter such as ``kecamatan,status`` as names; empty text: none."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def followed(power: Table, wait_years: int) -> int:
    """Book years after which the first result is read: those waited, or as many as the simulation has."""
    known = power.data["followed_years"]
    return int(min(wait_years, known.max())) if len(known) else wait_years


def largest_asked(places: int) -> int:
    """Largest number that the power table or the office asks for."""
    return max(*NS, places)


def planned(study: Study, rule: str, silence: str, places: int, wait_years: int) -> Gist:
    """The gist of a round with the plan's own list, strata and prices, for those who haven't opened this brief."""
    panel, day = classify(study.panel, rule, silence), study.as_of.isoformat()
    lines, counts = eligible(panel, day), eligible_counts(panel, day)
    drawn = draw_waves(roster(lines), places)
    calendar = wave_calendar(drawn, study.as_of.year + 1, wait_years)
    power = round_power(lines, PRIMARY, round_sizes(len(drawn), places))
    settings = round_settings(lines, followed(power, wait_years), round_sizes(len(drawn), places), largest_asked(places))
    price = place_price(study.office, day).number("next.price.place").value
    costs = arm_costs(drawn, float(price or 0), 0, wait_years)
    return gist(study, power, settings, counts, calendar, costs)


def title(power: Table, settings: Table, counts: Table, calendar: Table) -> Shown:
    """What the next round could show, as a heading."""
    return heading(_finding(power, settings, counts, calendar))


def _finding(power: Table, settings: Table, counts: Table, calendar: Table) -> Shown:
    eligible, first = counts.number("next.eligible"), calendar.number("next.wave.1")
    if not first.value and not first.suppressed:
        return say(f"{T}title_nobody", eligible=eligible)
    small, small_seen, seen = _seen(power, settings, calendar)
    about: dict[str, Number] = {"places": first, "eligible": eligible}
    if seen is None:
        return say(f"{T}title_unknown", **about)
    if seen.value is None:
        return say(f"{T}title_blind", **about)
    if small is None or small_seen is None:
        return say(f"{T}title_short", visible=seen, **about)
    about["chance"] = settings.number("next.chance")
    if small_seen.value is None:
        return say(f"{T}title_small_blind", small=small, visible=seen, **about)
    return say(f"{T}title", small=small, visible_small=small_seen, visible=seen, **about)


def _seen(power: Table, settings: Table, calendar: Table, name: str = "mde") -> tuple[Number | None, Number | None, Number | None]:
    """A small round for comparison and what it shows, and what the planned one shows; None where there is no such line."""
    years = _years(settings)
    planned = _line(power, name, _planned(power, calendar), years)
    small = NS[0]
    compared = _line(power, name, small, years)
    if compared is None or small >= _planned(power, calendar):
        return None, None, planned
    return settings.number(f"next.size.{small}"), compared, planned


def _planned(power: Table, calendar: Table) -> int:
    count = calendar.data["cooperatives"].iloc[0]
    return int(count) if not pd.isna(count) else int(power.data["drawn_first"].max() if len(power.data) else 0)


def _years(settings: Table) -> int:
    return int(settings.number("next.followed").value or 0)


def _line(power: Table, name: str, size: int, years: int) -> Number | None:
    wanted = f"next.{name}.{PRIMARY}.{size}.{years}"
    return next((number for number in power.numbers if number.name == wanted), None)


def gist(study: Study, power: Table, settings: Table, counts: Table, calendar: Table, costs: Table) -> Gist:
    """Finding, three sentences and the decision of page one."""
    finding, collect = _finding(power, settings, counts, calendar), say(f"{T}decision_collect", deadline=study.next_deadline)
    if not calendar.number("next.wave.1").value and not calendar.number("next.wave.1").suppressed:
        return Gist(finding, (), collect)
    _, _, seen = _seen(power, settings, calendar)
    blind = seen is not None and seen.value is None  # a lottery that can't show anything isn't worth its name
    told = (_chance(power, settings, calendar), say(f"{T}summary_lottery"), *_turn(calendar))
    return Gist(finding, told, collect if blind else _asked(study, costs))


def page_one(study: Study, power: Table, settings: Table, counts: Table, calendar: Table, costs: Table) -> Shown:
    """Three numbers, three sentences, one decision, and the power curve."""
    said = gist(study, power, settings, counts, calendar, costs)
    told = [paragraph(*said.told, css="lead"), decision(said.asked), *_curve(study, power, _years(settings))] if said.told else []
    return together(_cards(power, settings, counts, calendar), *(told or [decision(said.asked)]))


def _cards(power: Table, settings: Table, counts: Table, calendar: Table) -> Shown:
    small, small_seen, seen = _seen(power, settings, calendar)
    first, about = calendar.number("next.wave.1"), {"followed": settings.number("next.followed"), "chance": settings.number("next.chance")}
    shown = []
    for places, number in ((small, small_seen), (first, seen)):
        if places is not None and number is not None and number.value is not None:
            shown.append((say(f"{T}value", number=_bare(number)), say(f"{T}card_visible", places=places, **about)))
    eligible, register = counts.number("next.eligible"), counts.number("next.register")
    shown.append((say(f"{T}value", number=eligible), say(f"{T}card_eligible", register=register)))
    if len(shown) < 3 and first.value:
        shown.append((say(f"{T}value", number=calendar.number("next.waiting.1")), say(f"{T}card_waiting")))
    return cards(*shown)


def _bare(number: Number) -> Shown:
    """The points alone: the words below the card name the unit."""
    return say(f"{T}value_bare", number=number)


def _chance(power: Table, settings: Table, calendar: Table) -> Shown:
    small, small_chance, chance = _seen(power, settings, calendar, "chance")
    smallest, places = settings.number("next.smallest_effect"), calendar.number("next.wave.1")
    if chance is None or chance.value is None:
        return say(f"{T}summary_unknown")
    if small is None or small_chance is None or small_chance.value is None:
        return say(f"{T}summary_chance_one", smallest=smallest, chance=chance, places=places)
    return say(f"{T}summary_chance", smallest=smallest, chance_small=small_chance, small=small, chance=chance, places=places)


def _turn(calendar: Table) -> list[Shown]:
    years = calendar.data["trained_year"]
    places, waiting = calendar.number("next.wave.1"), calendar.number("next.waiting.1")
    if not waiting.value:
        return []
    return [say(f"{T}summary_turn", places=places, waiting=waiting, first_year=int(years.iloc[0]), second_year=int(years.iloc[1]))]


def _asked(study: Study, costs: Table) -> Shown:
    return say(f"{T}decision", deadline=study.next_deadline, cost=_cost(costs))


def _cost(costs: Table) -> Shown:
    cost, records = costs.number("next.cost.first_wave"), costs.number("next.cost.records")
    if cost.value is None and not cost.suppressed:
        return say(f"{T}decision_cost_none")
    return say(f"{T}decision_cost_records", cost=cost, records=records) if records.value else say(f"{T}decision_cost", cost=cost)


def _curve(study: Study, power: Table, years: int) -> list[Shown]:
    if power.data["visible"].notna().sum() < 2:
        return []
    return [
        figures.show_figure(
            "power", draw_power(power, setting("smallest_effect"), years), say(f"{T}power_title"), say(f"{T}power_alt"),
            (figures.WIDTH, FIGURE_HEIGHT), study.demonstration, say(f"{T}source", date=study.as_of),
        )
    ]  # fmt: skip


def power_page(power: Table, others: Sequence[Table], settings: Table, calendar: Table) -> Shown:
    """What each number drawn could see, for the primary outcome and at one follow-up for the others."""
    if power.data.empty:
        return paragraph(say(f"{T}power_nothing" if settings.number("next.top").value != 0 else f"{T}draw_nobody"))
    told = [say(f"{T}power_text", chance=settings.number("next.chance"))]
    if (settings.number("next.asked").value or 0) > (settings.number("next.top").value or 0):
        told.append(say(f"{T}power_capped", asked=settings.number("next.asked"), top=settings.number("next.top")))
    small, times, _ = _seen(power, settings, calendar, "exaggeration")
    _, _, half = _seen(power, settings, calendar, "half_width")
    if small is not None and times is not None and times.value is not None:
        told.append(say(f"{T}power_lucky", small=small, times=times))
    if half is not None and half.value is not None:
        told.append(say(f"{T}power_half", places=calendar.number("next.wave.1"), followed=settings.number("next.followed"), half=half))
    columns = ["drawn_first", "waiting", "followed_years", "visible", "expected_half", "chance_smallest", "times_too_large"]
    caption = "power_caption" if power.data[columns].isna().any(axis=None) else "power_caption_whole"
    return together(paragraph(*told), show_table(power, say(f"{T}{caption}"), columns), _others(others, settings, calendar, power))


def _others(others: Sequence[Table], settings: Table, calendar: Table, power: Table) -> Shown:
    sizes = (NS[0], _planned(power, calendar))
    parts = [table.data.assign(round_outcome=name) for name, table in zip(OTHERS, others, strict=True)]
    data = pd.concat(parts, ignore_index=True)
    data = data[(data["followed_years"] == _years(settings)) & data["drawn_first"].isin(sizes)].reset_index(drop=True)
    note = paragraph(say(f"{T}others_text"))
    if data.empty:
        return note
    table = replace(others[0], name="next_power_others", data=data, numbers=())
    columns = ["round_outcome", "drawn_first", "waiting", "visible", "expected_half", "chance_smallest"]
    return together(show_table(table, say(f"{T}others_caption"), columns), note)


def not_known(study: Study) -> Shown:
    """What neither the calculation nor the lottery settles."""
    return bullets(
        say(f"{T}unknown_shock"), say(f"{T}unknown_future", histories_year=study.as_of.year - 1), say(f"{T}unknown_absent"),
        say(f"{T}unknown_spill"), say(f"{T}unknown_cattle"),
    )  # fmt: skip


def method(study: Study, settings: Table) -> Shown:
    """The method in five sentences, and whether the office has rules of its own."""
    told = [paragraph(say(f"{T}method", chance=settings.number("next.chance")))]
    files = list(dict.fromkeys(change.file for change in study.replaced))
    if files:
        what = Text(*(", ".join(word("rules_file", file).get(lang) for file in files) for lang in ("id", "en")))
        told.append(paragraph(say(f"{T}own_rules", what=what)))
    return together(*told)
