"""Pages of brief 30, what can and can't be said of the training: page one, who was trained, both arms by year, how to learn next time."""

from __future__ import annotations

from datetime import date

import pandas as pd
from babel.dates import format_date

from kopanalysis import rules
from kopanalysis.briefs.gist import Gist, decision
from kopanalysis.briefs.training_impact_effects import caveat
from kopanalysis.briefs.training_impact_facts import Trained, attempt, filed, source
from kopanalysis.impact.arms import assignment_table, training_cost
from kopanalysis.impact.balance import widest_gap
from kopanalysis.impact.cost import break_even_effect
from kopanalysis.impact.design import CAPS
from kopanalysis.impact.reasons import REASONS
from kopanalysis.impact.robustness import codings_table
from kopanalysis.present import figures, figures_impact
from kopanalysis.present.figures_impact import Line
from kopanalysis.present.sentences import bullets, cards, heading, paragraph, say
from kopanalysis.present.shown import Shown, together
from kopanalysis.present.tables import show_table
from kopanalysis.present.words import word
from kopanalysis.results import LANGUAGES, Number, Table, Text

T = "training_impact."
MOST_REASONS = 2
FIRST_NAMED = ("one_sector", "shock_year")  # of reasons that weigh the same, what a reader can check himself


def title(facts: Trained) -> Shown:
    """What can be said, by grade and direction, as a heading."""
    return heading(_finding(facts))


def _finding(facts: Trained) -> Shown:
    if facts.missing in ("training", "match"):
        return say(f"{T}title_missing")
    if facts.missing or facts.graded is None or facts.grade == "D":
        return say(f"{T}title_D", day=facts.day)
    found = f"{facts.grade}_{facts.graded.facts['direction']}"
    about: dict[str, object] = {"day": facts.day}
    if found.endswith("ruled_out"):
        about["beyond"] = facts.number(f"beyond.{facts.outcome}")
    return say(f"{T}title_{found}", **about)


def gist(facts: Trained) -> Gist:
    """Finding, sentences and the decision of page one; without an estimate: what is missing, or why there is none."""
    deadline = facts.study.next_deadline
    if facts.missing:
        return Gist(_finding(facts), (say(f"{T}missing_{facts.missing}"),), say(f"{T}decision_collect", deadline=deadline))
    if not _estimated(facts):
        return Gist(_finding(facts), tuple(_words(text) for text in _reasons(facts)), say(f"{T}decision", deadline=deadline))
    numbers = {"att": facts.lead, "treated": facts.number("n_treated"), "seen": facts.seen(facts.leader)}
    told = (say(f"{T}summary_estimate", **numbers), *_because(facts), _bracket(facts))
    return Gist(_finding(facts), told, say(f"{T}{'decision' if facts.grade in 'CD' else 'decision_sure'}", deadline=deadline))


def _estimated(facts: Trained) -> bool:
    return facts.grade != "D" and facts.effects is not None


def page_one(facts: Trained) -> Shown:
    """Grade, estimate with what could be seen, three sentences and one decision; or what is missing and how to collect it."""
    said = gist(facts)
    if facts.missing:
        return _collect(facts, said)
    if not _estimated(facts):
        return _not_assessable(facts, said)
    lead = facts.lead
    seal = cards(
        (say(f"{T}value", number=facts.number("grade")), say(f"{T}card_grade_{facts.grade}")),
        (say(f"{T}value_points", number=lead), say(f"{T}card_estimate", att=lead)),
        (say(f"{T}value_points", number=facts.seen(facts.leader)), say(f"{T}card_seen")),
        (say(f"{T}value", number=facts.number("n_treated")), say(f"{T}card_treated")),
    )
    return together(seal, paragraph(*said.told, css="lead"), decision(said.asked), _estimate_figure(facts))


def _collect(facts: Trained, said: Gist) -> Shown:
    """What is missing, why it matters, how to collect it."""
    asked = {"training": "collect_training", "match": "collect_training", "outcome": "collect_meetings", "register": "collect_register"}
    steps = list(dict.fromkeys([asked[facts.missing], "collect_training", "collect_meetings", "collect_register"]))
    return together(paragraph(*said.told, css="lead"), bullets(*(say(f"{T}{step}") for step in steps)), decision(said.asked))


def _not_assessable(facts: Trained, said: Gist) -> Shown:
    """Grade D: what can't be done and why, and no estimate."""
    pairs = [(say(f"{T}value", number=facts.number("grade")), say(f"{T}card_grade_D"))] if facts.graded is not None else []
    pairs += [(say(f"{T}value", number=facts.number("n_treated")), say(f"{T}card_treated"))] if facts.design is not None else []
    mde = facts.number(f"mde.{facts.outcome}")
    pairs += [(say(f"{T}value_points", number=mde), say(f"{T}card_mde"))] if mde.value is not None else []
    told = [paragraph(say(f"{T}reasons_D"), css="lead"), bullets(*said.told), paragraph(say(f"{T}no_estimate"))]
    return together(*([cards(*pairs)] if pairs else []), *told, decision(said.asked))


def _reasons(facts: Trained) -> list[Text]:
    """Words of what caps the grade, the hardest first; whatever the guard found where no grade could be computed."""
    checked = facts.graded or facts.design
    if checked is None:
        return [REASONS["no_untreated"]]
    codes = [code for code in checked.reasons if code not in ("unchecked", "lottery")]
    return [REASONS[code] for code in sorted(codes, key=lambda code: (-ord(CAPS.get(code, "B")), code not in FIRST_NAMED))]


def _because(facts: Trained) -> list[Shown]:
    """Why no more can be said, in at most two sentences."""
    same = facts.design.facts.get("shocks_same_year", ()) if facts.design is not None else ()
    named = Text(*(", ".join(rules.events()[name].label.get(lang) for name in same) for lang in LANGUAGES))
    texts = _reasons(facts)[:MOST_REASONS]
    return [say(f"{T}because_shock", shock=named) if text is REASONS["shock_year"] and same else _words(text) for text in texts]


def _words(text: Text) -> Shown:
    return Shown(text)


def _bracket(facts: Trained) -> Shown:
    same = facts.effect("same_state")
    return say(f"{T}summary_same", same=same, seen=facts.seen("same_state")) if same.value is not None else say(f"{T}summary_no_same")


def _estimate_figure(facts: Trained) -> Shown:
    shown = [(name, facts.effect(name)) for name in ("did_permutation", "same_state")]
    lines = [Line(word("estimator", name), item.value, item.low, item.high, seen=facts.seen(name).value)
             for name, item in shown if item.value is not None]  # fmt: skip
    return figures.show_figure(
        "estimate", figures_impact.draw_lines(lines), say(f"{T}estimate_title"), say(f"{T}estimate_alt"),
        (figures.WIDTH, 0.8 + 0.34 * len(lines)), facts.study.demonstration, source(facts),
    )  # fmt: skip


def who_page(facts: Trained) -> Shown:
    """Who was trained and why: sector by treatment, the calendar, and what the guard read off the design."""
    if facts.missing or facts.design is None:
        return paragraph(say(f"{T}nothing"))
    counted = attempt(lambda: assignment_table(facts.panel))
    told, table = [], []
    if counted is not None and facts.design.facts["sectors"]:
        names = {"groups": "groups", "reached": "groups_reached", "overlap": "overlap"}
        numbers = {key: counted.number(f"training.{name}") for key, name in names.items()}
        told.append(say(f"{T}who_text", treated=facts.number("n_treated"), **numbers))
        if facts.lottery:
            told.append(say(f"{T}who_lottery"))
        elif "sector_fully_treated" in facts.design.reasons:
            told.append(say(f"{T}who_no_overlap"))
        elif facts.design.facts.get("sector_is_rule"):
            told.append(say(f"{T}who_rule"))
        if counted.number("training.otherwise").value != 0:
            told.append(say(f"{T}who_otherwise", otherwise=counted.number("training.otherwise")))
        table.append(show_table(counted, say(f"{T}assignment_caption")))
    if facts.design.facts.get("young_treated"):
        told.append(say(f"{T}young", young=facts.number("n_young")))
    return together(*([paragraph(*told)] if told else []), *table, _calendar(facts), _guard(facts))


def _guard(facts: Trained) -> Shown:
    ceiling = facts.number("grade_ceiling")
    codes = [code for code in facts.design.reasons if code in CAPS] if facts.design is not None else []
    if not codes:
        return paragraph(say(f"{T}guard_clear", ceiling=ceiling))
    floor = [say(f"{T}guard_floor", floor=facts.number("p_floor"))] if "high_floor" in codes else []
    mde = facts.number(f"mde.{facts.outcome}")
    size = [paragraph(say(f"{T}guard_mde", mde=mde))] if mde.value is not None else []
    found = bullets(*(_words(REASONS[code]) for code in codes), *floor)
    return together(paragraph(say(f"{T}guard_intro", ceiling=ceiling)), found, *size)


def _calendar(facts: Trained) -> Shown:
    first, last = date(facts.day.year - 2, 7, 1), date(facts.day.year + 1, 12, 31)
    events = [event for event in rules.events().values() if event.start <= last and event.end >= first]
    seasons = [
        (date(year, 1, 1), rules.meeting_deadline("late_legal", year - 1))
        for year in range(first.year, last.year + 1)
        if date(year, 6, 30) > first
    ]
    key = "calendar_title" if any(event.start <= facts.day <= event.end for event in events) else "calendar_title_quiet"
    figure = figures.show_figure(
        "calendar", figures_impact.draw_calendar(events, facts.day, seasons, first, last), say(f"{T}{key}", day=facts.day),
        say(f"{T}calendar_alt"), (figures.WIDTH, 0.7 + 0.3 * (len(events) + 2)), facts.study.demonstration,
        say(f"{T}calendar_source", date=facts.study.as_of),
    )  # fmt: skip
    told = [say(f"{T}calendar_text", last_year=max(facts.pre), first_year=min(facts.post))]
    same = facts.design.facts.get("shocks_same_year", ()) if facts.design is not None else ()
    told += [say(f"{T}calendar_shock", shock=event.label, start=event.start, end=event.end)
             for event in (rules.events()[name] for name in same)]  # fmt: skip
    return together(figure, paragraph(*told))


def arms_page(facts: Trained) -> Shown:
    """Raw shares of both arms by year, and the difference under each reading of silence."""
    if facts.missing or facts.shares is None:
        return paragraph(say(f"{T}nothing"))
    near = set(facts.design.facts.get("shocks", ())) if facts.design is not None else set()
    shocks = [event for name, event in rules.events().items() if name in near]
    figure = figures.show_figure(
        "arms", figures_impact.draw_arms(facts.shares, shocks, facts.day), say(f"{T}arms_title"), say(f"{T}arms_alt"),
        (figures.WIDTH, 3.3), facts.study.demonstration, source(facts),
    )  # fmt: skip
    ends = {"before": max(facts.pre), "after": max(facts.post)}
    numbers = {f"{when}_{arm}": facts.shares.number(f"training.share.{facts.outcome}.{arm}.{year}")
               for when, year in ends.items() for arm in ("treated", "others")}  # fmt: skip
    known = all(number.value is not None or number.suppressed for number in numbers.values())
    told = [say(f"{T}arms_text", last_year=ends["before"], end_year=ends["after"], **numbers)] if known else []
    told += _dip(facts)
    told += [] if facts.lottery else [say(f"{T}arms_warning")]
    return together(paragraph(*told), figure, filed(facts.shares, say(f"{T}arms_title")), _codings(facts))


def _dip(facts: Trained) -> list[Shown]:
    """The year before in which the arms lay furthest from their usual distance: named, for it weighs on every difference."""
    year = attempt(lambda: widest_gap(facts.panel, facts.outcome, facts.leading[1], facts.pre))
    if year is None or facts.shares is None:
        return []
    numbers = {arm: facts.shares.number(f"training.share.{facts.outcome}.{arm}.{year}") for arm in ("treated", "others")}
    if any(number.value is None and not number.suppressed for number in numbers.values()):
        return []
    if any(number.suppressed for number in numbers.values()):
        return [say(f"{T}arms_dip_hidden", dip_year=int(year))]
    return [say(f"{T}arms_dip", dip_year=int(year), **numbers)]


def _codings(facts: Trained) -> Shown:
    if facts.effects is None:
        return paragraph(say("training_impact_effects.no_comparison"))
    table = codings_table(facts.panel, *facts.leading[1:])
    data = table.data.to_dict("records")
    lines = [Line(word("check", line["check"]), line["estimate"], line["conf_low"], line["conf_high"], line["kind"] == "bounds",
                  line["mde"]) for line in data]  # fmt: skip
    figure = figures.show_figure(
        "codings", figures_impact.draw_lines(lines), say(f"{T}codings_title"), say(f"{T}codings_alt"),
        (figures.WIDTH, 1.5), facts.study.demonstration, source(facts),
    )  # fmt: skip
    numbers = {coding: table.number(f"training.coding.{coding}") for coding in ("legal", "evidence")}
    numbers |= {f"{coding}_seen": table.number(f"training.coding.seen.{coding}") for coding in ("legal", "evidence")}
    told = [say(f"{T}codings_text", **numbers)] if all(item.value is not None for item in numbers.values()) else []
    told.append(say(f"{T}codings_unknown", unknown=table.number("training.coding.unknown")))
    return together(figure, paragraph(*caveat(facts, named=True), *told))


def learning_page(facts: Trained, values_idr: tuple[float, ...] = (5e6, 10e6, 25e6)) -> Shown:
    """How to learn next time: where the next draw is worked out, what would make the training worth its cost, what to record."""
    steps = bullets(*(say(f"{T}{name}", **about) for name, about in _records(facts)))
    return together(paragraph(say(f"{T}next_text")), *_cost(facts, values_idr), steps)


def _records(facts: Trained) -> list[tuple[str, dict[str, object]]]:
    """Who keeps which record, and when."""
    deadline = _day_of_year(facts.study.next_deadline)
    return [("record_draw", {}), ("record_meeting", {"deadline": deadline}), ("record_accounts", {}), ("record_cost", {})]


def _day_of_year(day: date) -> Shown:
    """A day without its year: what is due every year."""
    made = (f'<time datetime="{day:%m-%d}">{format_date(day, "d MMMM", locale=lang)}</time>' for lang in LANGUAGES)
    return Shown(Text(*made))


def _cost(facts: Trained, values_idr: tuple[float, ...]) -> list[Shown]:
    """What effect would make the training worth its cost."""
    years = max(len(facts.post), 1)
    cost = attempt(lambda: training_cost(facts.study.office, years=years))
    if cost is None or cost.number("training.cost_idr").value is None:
        return [paragraph(say(f"{T}cost_none"))]
    total, each, yearly = (cost.number(f"training.{name}") for name in ("cost_idr", "cost_each_idr", "cost_year_idr"))
    data = pd.DataFrame({"value_year": values_idr, "needed": [_needed(total, value, years) for value in values_idr]})
    table = Table("break_even", data, call=cost.call, rows=cost.rows)
    key = "cost_text_sure" if facts.grade in "AB" else "cost_text"
    return [paragraph(say(f"{T}{key}", cost=total, each=each, yearly=yearly)), show_table(table, say(f"{T}break_even_caption"))]


def _needed(cost: Number, value: float, years: int) -> float:
    return break_even_effect(float(cost.value or 0), value, float((cost.n or 0) * years)).estimate


def not_known(facts: Trained) -> Shown:
    """What the records can't answer."""
    chosen = [] if facts.lottery or facts.missing else ["unknown_sector", "unknown_chosen"]
    asked = ["unknown_silence", "unknown_learning", *chosen]
    return bullets(*(say(f"{T}{name}") for name in asked))


def method() -> Shown:
    """The method in five sentences."""
    return paragraph(say(f"{T}method"))
