"""Pages of brief 30 on doubt: the bias ledger and the certificate, silence and bounds, one left out, every choice, secondary outcomes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from kopanalysis.briefs.training_impact_effects import caveat
from kopanalysis.briefs.training_impact_facts import EFFECT, Trained, attempt, filed, renamed, source
from kopanalysis.errors import DataError
from kopanalysis.impact import timing
from kopanalysis.impact.balance import widest_gap
from kopanalysis.impact.honest import honest_did
from kopanalysis.impact.ledger import bias_ledger, certificate_state, stored_certificate
from kopanalysis.impact.outcomes import FLAGS
from kopanalysis.impact.placebo import negative_controls
from kopanalysis.impact.robustness import bounds_table
from kopanalysis.impact.secondary import secondary_outcomes
from kopanalysis.impact.sensitivity import leave_one_out
from kopanalysis.impact.specifications import specification_curve
from kopanalysis.impact.tipping import tipping_point
from kopanalysis.present import figures, figures_impact, figures_sensitivity
from kopanalysis.present.figures_impact import Line
from kopanalysis.present.numbers import format_rupiah, format_value
from kopanalysis.present.sentences import bullets, paragraph, say
from kopanalysis.present.shown import Shown, together
from kopanalysis.present.tables import grid, show_table
from kopanalysis.present.words import noun, word
from kopanalysis.results import LANGUAGES, Lang, Table, Text, edition

T = "training_impact_sensitivity."
CERTIFIED = ("did", "same_state", "permutation", "permutation_same_state", "did_last_year")
GAPS = ("manski", "unknown")
MEASURES = {
    "coverage": ("none", "coverage"), "coverage_effect": ("none_effect", "coverage"), "false_alarms": ("none", "size"),
    "selection_bias": ("selection", "bias"), "shock_alarms": ("sector_shock", "size"),
}  # fmt: skip


def ledger_page(facts: Trained) -> Shown:
    """Which way each threat pushes, and whether the methods hold where the truth is known."""
    if facts.missing:
        return paragraph(say(f"{T}no_checks"))
    state = certificate_state()
    if state is None:
        return paragraph(say(f"{T}certificate_missing"))
    table = bias_ledger("did")
    figure = figures.show_figure(
        "ledger", figures_sensitivity.draw_ledger(table), say(f"{T}ledger_title"), say(f"{T}ledger_alt"),
        (figures.WIDTH, 0.6 + 0.25 * len(table.data)), False, say(f"{T}ledger_source"),
    )  # fmt: skip
    told = [say(f"{T}certificate_{state}"), say(f"{T}certificate_limits")]
    sector = facts.design is not None and "one_sector" in facts.design.reasons
    why = [say(f"{T}ledger_grade", grade=facts.number("grade"))] if sector and facts.graded is not None else []
    return together(
        figure, paragraph(say(f"{T}ledger_text"), *why), paragraph(*told), show_table(certificate(), say(f"{T}certificate_caption"))
    )


def certificate() -> Table:
    """The stored certificate, a line a method: what its range holds, how often it sounds a false alarm, and where it fails."""
    lines = stored_certificate().set_index(["scenario", "method", "measure"])["value"]
    data = [{"estimator": method, **{name: lines.get((scenario, method, measure)) for name, (scenario, measure) in MEASURES.items()}}
            for method in CERTIFIED]  # fmt: skip
    return Table("certificate", pd.DataFrame(data))


def silence_page(facts: Trained) -> Shown:
    """How much silence would undo the result, the worst cases, and how far trends may bend."""
    if facts.missing or facts.effects is None:
        return paragraph(say(f"{T}no_checks"))
    return together(*([paragraph(*caveat(facts))] if caveat(facts) else []), _tipping(facts), _bounds(facts), _honest(facts))


def _tipping(facts: Trained) -> Shown:
    table = attempt(lambda: tipping_point(facts.panel, *facts.leading))
    if table is None:
        return paragraph(say(f"{T}tipping_none"))
    needed, hidden = table.numbers[0], table.numbers[0].suppressed
    arm = needed.name.rpartition(".")[2]
    told = paragraph(
        say(f"{T}tipping_hidden") if hidden else say(f"{T}tipping_{arm}", needed=needed) if needed.value is not None
        else say(f"{T}tipping_never"),
        say(f"{T}tipping_frame", plausible=facts.number("plausible")),
    )  # fmt: skip
    if table.data["estimate"].isna().any() or not table.data[["treated_active", "controls_active"]].max().min() > 0:
        return told
    return together(figures.show_figure(
        "tipping", figures_sensitivity.draw_tipping(table, timing.setting("plausible_silence")), say(f"{T}tipping_title"),
        say(f"{T}tipping_alt"), (figures.WIDTH, 2.6), facts.study.demonstration, source(facts),
    ), told)  # fmt: skip


def _bounds(facts: Trained) -> Shown:
    table = attempt(lambda: bounds_table(facts.panel, *facts.leading))
    if table is None:
        return paragraph(say(f"{T}bounds_none"))
    kept = table.data["check"].isin(GAPS)  # what accounts show is known for too few to be judged: the secondary outcomes say so
    shown = replace(table, data=table.data[kept], numbers=tuple(table.number(f"training.bounds.{check}") for check in GAPS))
    columns = ["check", "effect", "effect_low", "effect_high", "n_units"]
    return together(show_table(renamed(shown, EFFECT), say(f"{T}bounds_caption"), columns), paragraph(say(f"{T}bounds_text")))


def _honest(facts: Trained) -> Shown:
    table = attempt(lambda: honest_did(facts.panel, *facts.leading))
    if table is None:
        return paragraph(say(f"{T}honest_none"))
    shown = show_table(renamed(table, EFFECT), say(f"{T}honest_caption"), ["bend", "effect", "effect_low", "effect_high", "n_units"])
    years = {"first_year": min(facts.pre), "base_year": max(facts.pre), "last_year": max(facts.post)}
    return together(shown, paragraph(say(f"{T}honest_text", **years)))


def left_out_page(facts: Trained, checks: Table | None) -> Shown:
    """The estimate without each treated one, and with one thing changed at a time."""
    if facts.missing or facts.effects is None or checks is None:
        return paragraph(say(f"{T}no_checks"))
    told = caveat(facts)
    parts: list[Shown] = []
    span = checks.number("training.check.leave_one_out")
    if span.low is not None:
        if edition() != "public":  # without names too, a line would show what one cooperative did
            parts.append(_left_out(facts, checks))
        told.append(say(f"{T}left_text", treated=facts.number("n_treated"), range=span))
    if edition() == "public":
        told.append(say(f"{T}without_names"))
    parts += [paragraph(*_checked(facts, checks)), *_controls(facts), _checks(facts, checks), filed(checks, say(f"{T}checks_title"))]
    return together(paragraph(*told), *parts)


def _left_out(facts: Trained, checks: Table) -> Shown:
    data = leave_one_out(facts.panel, *facts.leading).data.sort_values("estimate", kind="stable", ignore_index=True)
    last = facts.panel.sort_values("book_year", kind="stable").groupby("coop_id")["name"].last()
    names = [str(last[unit]) for unit in data["left_out"]]
    span = checks.number("training.check.leave_one_out")
    return figures.show_figure(
        "left-out", figures_sensitivity.draw_left_out(data, names, float(facts.lead.value or 0)), say(f"{T}left_title", range=span),
        say(f"{T}left_alt"), (figures.WIDTH, 0.6 + 0.165 * max(len(data), 5)), facts.study.demonstration, source(facts),
    )  # fmt: skip


def _checks(facts: Trained, checks: Table) -> Shown:
    known = checks.data[checks.data["estimate"].notna()].to_dict("records")
    lines = [Line(word("check", line["check"]), line["estimate"], line["conf_low"], line["conf_high"], line["kind"] == "extremes",
                  line["mde"]) for line in known]  # fmt: skip
    return figures.show_figure(
        "checks", figures_impact.draw_lines(lines), say(f"{T}checks_title"), say(f"{T}checks_alt"),
        (figures.WIDTH, 0.7 + 0.22 * len(lines)), facts.study.demonstration, source(facts),
    )  # fmt: skip


def _checked(facts: Trained, checks: Table) -> list[Shown]:
    placebo, symmetric, unexposed = (checks.number(f"training.check.{name}") for name in ("placebo", "symmetric", "unexposed"))
    both = placebo.low is not None and symmetric.low is not None
    told = [say(f"{T}checks_text", placebo=placebo, symmetric=symmetric) if both else say(f"{T}checks_short")]
    widest, widest_seen = (checks.number(f"training.check.{part}without_widest") for part in ("", "seen."))
    year = attempt(lambda: widest_gap(facts.panel, facts.outcome, facts.leading[1], facts.pre))
    told += [say(f"{T}widest_text", gap_year=int(year), widest=widest, seen=widest_seen)] if year and widest.value is not None else []
    seen = checks.number("training.check.seen.unexposed")
    told.append(say(f"{T}spillover_text", unexposed=unexposed, seen=seen) if unexposed.value is not None else say(f"{T}spillover_none"))
    return told


def _controls(facts: Trained) -> list[Shown]:
    """What no training can change, compared all the same."""
    table = attempt(lambda: negative_controls(facts.panel, ["founded_year"], "treated", facts.draws, facts.seed))
    if table is None:
        return []
    difference, p = table.number("training.control.founded_year"), table.number("training.p.founded_year.control")
    unlike = p.value is not None and p.value < timing.setting("p_floor")
    return [paragraph(say(f"{T}controls_text" if unlike else f"{T}controls_alike", difference=difference, p=p))]


def choices_page(facts: Trained) -> Shown:
    """Every defensible choice ranked, and the secondary outcomes judged together."""
    if facts.missing or facts.effects is None:
        return paragraph(say(f"{T}no_checks"))
    codings = [name for name in ("alive_legal", "alive_evidence") if name in facts.panel]
    samples = [name for name in FLAGS if name in facts.panel]
    table = attempt(lambda: specification_curve(facts.panel, *facts.leading, codings, samples))
    parts = []
    if table is not None and table.data["estimate"].notna().any():
        names = ("count", "median", "positive")
        numbers = {name: table.number(f"training.specifications.{name}") for name in names}
        parts.append(figures.show_figure(
            "specifications", figures_sensitivity.draw_specifications(table), say(f"{T}specifications_title"),
            say(f"{T}specifications_alt"), (figures.WIDTH, 2.5), facts.study.demonstration, source(facts),
        ))  # fmt: skip
        parts.append(paragraph(*caveat(facts), say(f"{T}specifications_text", **numbers)))
        parts.append(filed(table, say(f"{T}specifications_title")))
    return together(*parts, _secondary(facts))


def _secondary(facts: Trained) -> Shown:
    try:
        table = secondary_outcomes(facts.panel, draws=facts.draws, seed=facts.seed)
    except DataError:
        return paragraph(say(f"{T}no_checks"))
    unknown = table.data.loc[table.data["reason"] == "unknown", "outcome"]
    parts = [show_secondary(table)] if len(unknown) < len(table.data) else []
    told = []
    known = {number.name: number for number in table.numbers}
    reported = known.get("training.att.reported.did")
    seen = known.get("training.seen.reported.family")
    if reported is not None and (reported.value is not None or reported.suppressed):
        told.append(say(f"{T}secondary_text" if facts.grade in "CD" else f"{T}secondary_text_sure", reported=reported, seen=seen))
    if len(unknown):
        labels = [word("outcome", name) for name in unknown]
        listed = Text(*(", ".join(label.get(lang) for label in labels) for lang in LANGUAGES))
        told.append(say(f"{T}secondary_unknown", list=listed))
    return together(*parts, paragraph(*told))


def show_secondary(table: Table) -> Shown:
    """Secondary outcomes, each in its own unit."""
    lines = table.data[table.data["reason"] == ""]
    columns = ["estimate", "conf_low", "conf_high"]
    names = ("outcome", "difference_any", "effect_low", "effect_high", "p_adjusted", "n_units")
    heads: dict[Lang, list[str]] = {lang: [word("column", name).get(lang) for name in names] for lang in LANGUAGES}
    cells: dict[Lang, list[list[str]]] = {lang: [] for lang in LANGUAGES}
    for lang in LANGUAGES:
        for line in lines.to_dict("records"):
            values = [_amount(line[name], line["unit"], lang) for name in columns]
            p = format_value(line["p_adjusted"], "score", lang)
            n = format_value(_total(line["n_treated"], line["n_controls"]), "count", lang)
            cells[lang].append([word("outcome", line["outcome"]).get(lang), *values, p, n])
    return grid(table, say(f"{T}secondary_caption"), heads, cells, [False, *[True] * 5], numbers=table.numbers)


def _total(*counts: Any) -> float | None:
    return None if any(pd.isna(count) for count in counts) else sum(float(count) for count in counts)


def _amount(value: Any, unit: str, lang: Lang) -> str:
    if value is None or pd.isna(value):
        return word("phrase", "missing").get(lang)
    if unit == "idr":
        return format_rupiah(float(value), lang)
    text = format_value(value, "percent" if unit == "points" else "number", lang)
    return f"{text} {word('impact', 'points_short').get(lang) if unit == 'points' else noun(unit, value, lang)}"


def reasons_page(facts: Trained) -> Shown:
    """What is certain, and the threats that the estimates themselves showed; those of the design stand on their own page."""
    sure = say("training_impact.sure_missing" if facts.missing else "training_impact.sure_one")
    if facts.missing:
        return bullets(sure)
    if facts.graded is None or facts.design is None:
        return bullets(sure, say(f"{T}no_checks"))
    shown = zip(facts.graded.reasons, facts.graded.texts, strict=True)
    return bullets(sure, *(Shown(text) for code, text in shown if code not in facts.design.reasons))
