"""Pages of brief 30 on the estimate: the bracket of two comparisons, narrower ones, the earlier cohort apart, every test in one strip."""

from __future__ import annotations

import pandas as pd

from kopanalysis import rules
from kopanalysis.briefs.training_impact_facts import EFFECT, Trained, attempt, renamed, source
from kopanalysis.impact.permutation import permutation_distribution
from kopanalysis.impact.robustness import checks_table, earlier_cohort
from kopanalysis.impact.strip import inference_strip
from kopanalysis.present import figures, figures_impact
from kopanalysis.present.figures_impact import Line
from kopanalysis.present.sentences import paragraph, say
from kopanalysis.present.shown import Shown, together
from kopanalysis.present.tables import show_table
from kopanalysis.present.words import word
from kopanalysis.results import Number, Table

T = "training_impact_effects."
NARROWER = ("within_sector", "without_earlier", "never_other")
COMPARED = ("did", "same_state", "att_gt")


def caveat(facts: Trained, named: bool = False) -> list[Shown]:
    """The sentence that goes with arithmetic that can't be assessed; at grade C only where ``named``, for page one has said it."""
    grade = facts.number("grade")
    if facts.grade == "D":
        return [say(f"{T}not_assessable", grade=grade)]
    return [say(f"{T}not_attributable", grade=grade)] if named and facts.grade == "C" else []


def checks_of(facts: Trained) -> Table | None:
    """Every check of the estimate, made once for the pages that need it; None where there is no estimate."""
    if facts.effects is None:
        return None
    return attempt(lambda: checks_table(facts.panel, *facts.leading, draws=facts.draws, seed=facts.seed))


def bracket_page(facts: Trained, checks: Table | None) -> Shown:
    """Difference of changes beside the same state before, what the pair means, and comparisons with fewer others."""
    if facts.missing or facts.effects is None:
        return paragraph(say(f"{T}no_comparison"))
    lines = [_line("estimator", name, facts.effect(name), facts.seen(name)) for name in COMPARED]
    if checks is not None:
        lines += [_line("check", name, *(checks.number(f"training.check.{part}{name}") for part in ("", "seen."))) for name in NARROWER]
    lines = [line for line in lines if line.estimate is not None]
    figure = figures.show_figure(
        "bracket", figures_impact.draw_lines(lines), say(f"{T}bracket_title"), say(f"{T}bracket_alt"),
        (figures.WIDTH, 0.7 + 0.27 * len(lines)), facts.study.demonstration, source(facts),
    )  # fmt: skip
    table = renamed(facts.effects, {"term": "estimator", **EFFECT})
    columns = ["estimator", "effect", "effect_low", "effect_high", "smallest_seen", "n_units"]
    within = [] if checks is None else [_within(checks)]
    return together(
        paragraph(*caveat(facts), *_bracket(facts)), figure, show_table(table, say(f"{T}effects_caption"), columns),
        paragraph(*within, *_earlier(facts)),
    )  # fmt: skip


def _line(family: str, name: str, number: Number, seen: Number) -> Line:
    return Line(word(family, name), number.value, number.low, number.high, seen=seen.value)


def _bracket(facts: Trained) -> list[Shown]:
    did, same = facts.effect("did"), facts.effect("same_state")
    if same.value is None:
        return [say(f"{T}bracket_none", did=did, did_seen=facts.seen("did"))]
    seen = {"did_seen": facts.seen("did"), "same_seen": facts.seen("same_state")}
    told = [say(f"{T}bracket_text", did=did, same=same, **seen), say(f"{T}bracket_meaning")]
    apart = not (_holds(did, same) and _holds(same, did))
    if apart:
        return [*told, say(f"{T}bracket_apart")]
    matters = facts.number("matters")
    wide = abs(float(did.value or 0) - float(same.value)) > float(matters.value or 1) / 2
    return [*told, say(f"{T}bracket_agree"), *([say(f"{T}bracket_spread", matters=matters)] if wide else [])]


def _holds(range_of: Number, other: Number) -> bool:
    """Whether one estimate lies in the range of another."""
    if range_of.low is None or range_of.high is None or other.value is None:
        return False
    return range_of.low <= other.value <= range_of.high


def _within(checks: Table) -> Shown:
    within = checks.number("training.check.within_sector")
    seen = checks.number("training.check.seen.within_sector")
    if within.value is None:
        return say(f"{T}within_none")
    if seen.value is None and not seen.suppressed:
        return say(f"{T}within_unseen", within=within)
    return say(f"{T}within_text", within=within, seen=seen)


def _earlier(facts: Trained) -> list[Shown]:
    """The cohort of the earlier training, judged apart; a lesson where the two comparisons part."""
    event = rules.programmes()["earlier"]
    years = sorted(year for year in facts.panel["book_year"].unique() if year in (*facts.pre, *facts.post))
    before = [int(year) for year in years if year < event.start.year - 1]
    after = [int(year) for year in years if event.start.year <= year <= max(facts.pre)]
    if not before or not after or not (facts.panel["without_earlier"] == 0).any():
        return []
    table = attempt(lambda: earlier_cohort(facts.panel, facts.outcome, before, after))
    if table is None:
        return []
    did, same, n = (table.number(f"training.earlier.{name}") for name in ("did", "same_state", "n"))
    if did.value is None or same.value is None:
        return []
    lesson = (did.low or 0) > 0 and not (same.low or 0) > 0
    seen = {f"{name}_seen": table.number(f"training.earlier.seen.{key}") for name, key in (("did", "did"), ("same", "same_state"))}
    told = say(f"{T}earlier_text" if lesson else f"{T}earlier_change", n=n, year=event.start.year, did=did, same=same, **seen)
    return [told, say(f"{T}earlier_caveat")]


def strip_page(facts: Trained) -> Shown:
    """One estimate and every test of it, with what reassignment gives."""
    if facts.missing or facts.effects is None:
        return paragraph(say(f"{T}no_comparison"))
    table = inference_strip(facts.panel, *facts.leading, draws=facts.draws, seed=facts.seed)
    shuffled = attempt(lambda: permutation_distribution(facts.panel, *facts.leading, draws=facts.draws, seed=facts.seed))
    if shuffled is None:
        return paragraph(say(f"{T}no_comparison"))
    found = shuffled[0]
    lines = [Line(word("test", line["term"]), _value(line["estimate"]), _value(line["conf_low"]), _value(line["conf_high"]),
                  seen=_value(line["mde"]))
             for line in table.data.to_dict("records") if _value(line["estimate"]) is not None]  # fmt: skip
    figure = figures.show_figure(
        "strip", figures_impact.draw_strip(lines, found.difference, found.observed), say(f"{T}strip_title"),
        say(f"{T}strip_alt"), (figures.WIDTH, 1.7 + 0.32 * len(lines)), facts.study.demonstration, source(facts),
    )  # fmt: skip
    names = {"term": "test", "estimate": "effect", "conf_low": "effect_low", "conf_high": "effect_high", "draws": "reassignments"}
    shown = renamed(table, names)
    shown = renamed_floor(shown)
    columns = ["test", "effect", "effect_low", "effect_high", "p_value", "p_floor", "reassignments"]
    return together(paragraph(*caveat(facts), *_tests(facts, table)), figure, show_table(shown, say(f"{T}strip_caption"), columns))


def renamed_floor(table: Table) -> Table:
    """The strip without a floor where nothing is reassigned: a t test has none."""
    data = table.data.assign(p_floor=table.data["p_floor"].where(table.data["reassignments"].notna()))
    return Table(table.name, data, call=table.call, rows=table.rows, numbers=table.numbers)


def _tests(facts: Trained, table: Table) -> list[Shown]:
    """What the tests say and what they don't."""
    outcome = facts.outcome
    p, grid = (table.number(f"training.{name}.{outcome}.permutation") for name in ("p", "grid"))
    told = [say(f"{T}strip_text", p=p, grid=grid, seen=facts.seen("did_permutation"))] if p.value is not None else []
    if facts.lottery:
        told.append(say(f"{T}strip_lottery"))
    else:
        sector = {f"sector_{name}": table.number(f"training.{name}.{outcome}.sector_reassignment") for name in ("p", "floor")}
        known = sector["sector_p"].value is not None
        told.append(say(f"{T}strip_semu", **sector) if known else say(f"{T}strip_semu_short"))
    wild, floor = (table.number(f"training.{name}.{outcome}.wild_bootstrap") for name in ("grid", "floor"))
    if wild.value is not None:
        told.append(say(f"{T}strip_wild", grid=wild, floor=floor))
    return told


def _value(value: object) -> float | None:
    return None if value is None or pd.isna(value) else float(str(value))  # type: ignore[call-overload]
