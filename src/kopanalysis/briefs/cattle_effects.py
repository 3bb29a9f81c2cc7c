"""Pages of brief 40 on what the cattle did: who received when, event time, dose, and the bundle with training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from kopanalysis import rules
from kopanalysis.briefs.cattle_results import PRIMARY, Cattle
from kopanalysis.briefs.study import Study
from kopanalysis.errors import DataError
from kopanalysis.impact.aid import recipients
from kopanalysis.impact.bundle import NAMES
from kopanalysis.impact.grade import direction
from kopanalysis.present import figures, figures_cattle_effects
from kopanalysis.present.sentences import bullets, paragraph, say
from kopanalysis.present.shown import Shown, together, unprinted
from kopanalysis.present.tables import show_table
from kopanalysis.results import Check, Number, Table, Text, edition

T, LEDGER = "cattle_effects.", "cattle_aid."
SHOCK = "foot_and_mouth"


def renamed(table: Table, names: Mapping[str, str]) -> Table:
    """A table under other headings; what is hidden stays hidden.

    Parameters
    ----------
    table : Table
    names : mapping of str to str
        Column to its other name.

    Returns
    -------
    Table
    """
    new = {str(column): names.get(str(column), str(column)) for column in table.data.columns}
    cells = [frozenset((row, new[column]) for row, column in cells) for cells in (table.hidden, table.complements)]
    derived = {new[name]: tuple(new.get(origin, origin) for origin in origins) for name, origins in table.derived.items() if name in new}
    numbers = tuple(replace(one, cell=(one.cell[0], new.get(one.cell[1], one.cell[1]))) if one.cell else one for one in table.numbers)
    return replace(
        table, data=table.data.rename(columns=new), counts=tuple(new[name] for name in table.counts), derived=derived, numbers=numbers,
        hidden=cells[0], complements=cells[1],
    )  # fmt: skip


def grade_of(cattle: Cattle) -> str:
    """The grade that chooses the verbs; D where nothing could be graded or estimated."""
    if cattle.grade is None or cattle.effects is None:
        return "D"
    return str(cattle.grade.grade_ceiling or "D")


def way(cattle: Cattle) -> str:
    """Direction of the lead estimate, read off its interval."""
    return "undecided" if cattle.effects is None else direction(cattle.effects.fitted["imputation"])


def effect_clause(cattle: Cattle) -> Shown:
    """What the title says of the effect, at its grade."""
    grade = grade_of(cattle)
    if grade == "D":
        return say(f"{T}title_D")
    found = way(cattle)
    given = {"beyond": smallest(cattle)} if found == "ruled_out" else {}
    return say(f"{T}title_{grade}_{found}", **given)


def smallest(cattle: Cattle) -> Number:
    """The plan's smallest effect that matters, as a number."""
    if cattle.effects is None:
        raise DataError("There is no estimate to hold against the smallest effect", "cattle.smallest", "Look at the guard first.")
    return cattle.effects.number("cattle.smallest")


def verdict(cattle: Cattle, ledger_known: bool) -> list[Shown]:
    """The estimate in a sentence and what its grade allows to be said; without one, what is missing."""
    if cattle.sample is None:
        if not ledger_known:
            return [say(f"{T}missing_ledger")]
        return [say(f"{T}missing_recipients"), *_unlinked(cattle)]
    if cattle.effects is None or cattle.grade is None:
        number = cattle.grade.numbers[0] if cattle.grade is not None and cattle.grade.numbers else None
        return [say(f"{T}verdict_D", grade=number)] if number is not None else [say(f"{T}missing_recipients")]
    effects, grade = cattle.effects, grade_of(cattle)
    att = effects.number(f"cattle.att.{PRIMARY}.imputation")
    key = "estimate" if (att.value or 0) >= 0 else "estimate_lower"
    told = say(f"{T}{key}", att=att, treated=effects.number("cattle.treated"), seen=effects.number(f"cattle.seen.{PRIMARY}"))
    graded = cattle.grade.numbers[0]
    return [say(f"{T}verdict_D", grade=graded)] if grade == "D" else [told, say(f"{T}verdict_{grade}_{way(cattle)}", grade=graded)]


def _unlinked(cattle: Cattle) -> list[Shown]:
    groups = cattle.treatment.number("cattle.treatment.unlinked_groups")
    heads = cattle.treatment.number("cattle.treatment.heads_unlinked")
    return [say(f"{T}missing_unlinked", groups=groups, heads=heads)] if groups.value else []


def who_page(study: Study, cattle: Cattle) -> Shown:
    """Treatments by fund, the guard of each programme, deliveries by date, and the recipients one by one."""
    if cattle.groups.empty:
        return paragraph(say(f"{LEDGER}nothing"))
    number = cattle.treatment.number
    told = [say(f"{T}treatment", heads=number("cattle.treatment.heads_accepted"), groups=number("cattle.treatment.groups"),
                linked=number("cattle.treatment.heads_linked"))]  # fmt: skip
    if number("cattle.treatment.followed_groups").value:
        told.append(
            say(f"{T}treatment_later", given=number("cattle.treatment.heads_followed"), later=number("cattle.treatment.heads_later"))
        )
    told.append(say(f"{T}treatment_documents", undocumented=number("cattle.treatment.heads_without_document")))
    columns = ["fund", "groups", "linked_groups", "unlinked_groups", "heads_accepted", "heads_unlinked", "heads_followed", "heads_later"]
    pieces = [paragraph(*told), show_table(cattle.treatment, say(f"{T}treatment_caption"), columns), _deliveries(study, cattle)]
    if len(cattle.programmes.data):
        pieces.append(unprinted(cattle.programmes, say(f"{T}programmes_caption").html))
        if any(check.passed is False for check in cattle.guards.values()):
            pieces.append(paragraph(say(f"{T}guard_alone")))
        pieces.append(_recipients(cattle))
    return together(*pieces)


def _deliveries(study: Study, cattle: Cattle) -> Shown:
    if edition() == "public":  # a dot would show what one group received, and when
        return together()
    if not cattle.groups["first_accepted"].notna().any():
        return together()
    places = cattle.groups["kecamatan"].nunique(dropna=False)
    return figures.show_figure(
        "deliveries", figures_cattle_effects.draw_deliveries(cattle.groups), say(f"{T}calendar_title"), say(f"{T}calendar_alt"),
        (figures.WIDTH, 1.1 + 0.25 * places), study.demonstration, say(f"{LEDGER}source", date=study.as_of),
    )  # fmt: skip


def _recipients(cattle: Cattle) -> Shown:
    if edition() == "public":
        return paragraph(say(f"{T}recipients_hidden"))
    columns = ["name", "aid_year", "heads_given", "heads_later", "heads_per_member", "trained_too", "status_now"]
    return show_table(recipients(cattle.panel), say(f"{T}recipients_caption"), columns)


def confounding(cattle: Cattle) -> Shown:
    """What came together with the cattle: the outbreak, the training, and the place with its breed."""
    if cattle.design is None:
        return together()
    told = []
    if cattle.shock is not None and SHOCK in cattle.design.facts.get("shocks", ()):
        struck = {name: cattle.shock.number(f"cattle.shock.{name}") for name in ("before", "during", "after")}
        key = "confounding_shock"
        if struck["during"].value == 0:
            key, struck = "confounding_shock_apart", {name: struck[name] for name in ("before", "after")}
        told.append(say(f"{T}{key}", event=rules.events()[SHOCK].label, **struck))
    told.append(say(f"{T}confounding_training", training_year=rules.programmes()["study"].start.year))
    if cattle.breeds.number("cattle.breed.places").value:
        told.append(say(f"{T}confounding_breed", single=cattle.breeds.number("cattle.breed.single"),
                        places=cattle.breeds.number("cattle.breed.places")))  # fmt: skip
    return paragraph(say(f"{T}confounding"), *told)


def guard_page(cattle: Cattle, ledger_known: bool = True) -> Shown:
    """The guard of the design, printed before any estimate."""
    if cattle.design is None or cattle.sample is None:
        return paragraph(*verdict(cattle, ledger_known))
    design = cattle.design
    if design.passed is False:
        return together(paragraph(say(f"{T}guard_intro_D")), bullets(*(_words(text) for text in design.texts)))
    named = {number.name: number for number in design.numbers}
    ceiling = Text(str(design.grade_ceiling), str(design.grade_ceiling))
    told = say(f"{T}guard_intro", treated=named["cattle.n_treated"], others=named["cattle.n_others"], ceiling=ceiling)
    reach = say(f"{T}guard_mde", mde=named[f"cattle.mde.{PRIMARY}"], room=named[f"cattle.room.{PRIMARY}"])
    alone = [say(f"{T}guard_without")] if any(check.passed is False for check in cattle.guards.values()) else []
    pieces = [paragraph(told, *alone, reach), confounding(cattle)]
    if cattle.grade is not None and cattle.grade.texts:
        pieces += [paragraph(say(f"{T}guard_reasons")), bullets(*(_words(text) for text in cattle.grade.texts))]
    return together(*pieces)


def _words(text: Text) -> Shown:
    return Shown(text)


def event_page(study: Study, cattle: Cattle) -> Shown:
    """Effects by years since the first cattle, the bracket, cohorts, other outcomes, and the groups without a cooperative."""
    if cattle.effects is None or cattle.events is None:
        return paragraph(say(f"{T}event_none"))
    effects = cattle.effects
    pieces = [paragraph(*verdict(cattle, True)), _events(study, cattle.events), paragraph(say(f"{T}event_text"), _covered(cattle))]
    if cattle.links is not None and cattle.links.number("cattle.unlinked.groups").value:
        names = ("groups", "spread", "low", "high")
        pieces.append(paragraph(say(f"{T}links", **{name: cattle.links.number(f"cattle.unlinked.{name}") for name in names})))
    shown = renamed(effects, {"term": "comparison"})
    columns = ["comparison", "effect", "effect_low", "effect_high", "p_value", "mde", "recipients", "n_units"]
    pieces.append(show_table(shown, say(f"{T}bracket_caption"), columns))
    pieces.append(paragraph(say(f"{T}bracket_n", compared=effects.number("cattle.compared")),
                            say(f"{T}timing", p=effects.number(f"cattle.p.{PRIMARY}.timing"))))  # fmt: skip
    if cattle.cohorts is not None:
        pieces.append(
            show_table(cattle.cohorts, say(f"{T}cohort_caption"), ["cohort_year", "recipients", "effect", "effect_low", "effect_high"])
        )
    if cattle.others is not None:
        columns = ["aid_outcome", "effect", "effect_low", "effect_high", "mde", "recipients", "verdict"]
        pieces.append(show_table(cattle.others, say(f"{T}outcomes_caption"), columns))
    return together(*pieces)


def _events(study: Study, events: Table) -> Shown:
    return figures.show_figure(
        "event_time", figures_cattle_effects.draw_events(events), say(f"{T}event_title"), say(f"{T}event_alt"), (figures.WIDTH, 2.7),
        study.demonstration, say(f"{LEDGER}source", date=study.as_of),
    )  # fmt: skip


def _covered(cattle: Cattle) -> Shown:
    if cattle.coverage is None:
        return say(f"{T}coverage_missing")
    number = {name: cattle.coverage.number(f"cattle.coverage.{name}") for name in ("districts", "att", "least", "promised")}
    told = [say(f"{T}coverage", districts=number["districts"], coverage=number["att"])]
    high, promised = number["att"].high, number["promised"].value
    if high is not None and promised is not None and high < promised:
        told.append(say(f"{T}coverage_narrow", promised=number["promised"]))
    return together(*told, say(f"{T}coverage_least", least=number["least"]))


def dose_page(study: Study, cattle: Cattle) -> Shown:
    """Dose by rank; a curve only where enough were given cattle."""
    if cattle.doses is None:
        return paragraph(say(f"{T}dose_untestable"))
    columns = ["dose", "rank_correlation", "p_value", "p_floor", "recipients", "verdict"]
    pieces = [paragraph(say(f"{T}dose_text")), show_table(cattle.doses, say(f"{T}dose_caption"), columns)]
    if cattle.doses.data["recipients"].nunique() > 1:
        pieces.append(paragraph(say(f"{T}dose_n")))
    if isinstance(cattle.curve, Check):
        named = {number.name: number for number in cattle.curve.numbers}
        pieces.append(paragraph(say(f"{T}dose_refused", needed=named["cattle.dose.needed"], reached=named["cattle.dose.reached"])))
    if cattle.points is not None and len(cattle.points.data):
        pieces.append(figures.show_figure(
            "dose", figures_cattle_effects.draw_dose(cattle.points), say(f"{T}dose_title"), say(f"{T}dose_alt"), (figures.WIDTH, 2.2),
            study.demonstration, say(f"{LEDGER}source", date=study.as_of),
        ))  # fmt: skip
    return together(*pieces)


def bundle_page(cattle: Cattle) -> Shown:
    """Four cells first; contrasts where each holds enough, else the refusal and what bounds are left."""
    if cattle.cells is None:
        return paragraph(say(f"{T}dose_untestable"))
    count = {name: cattle.cells.number(f"bundle.n.{cell}") for name, cell in
             (("both", "both"), ("training", "training_only"), ("cattle", "cattle_only"), ("neither", "neither"))}  # fmt: skip
    counted = show_table(renamed(cattle.cells, {"cell": "aid_cell", "n": "cell_units"}), say(f"{T}bundle_counts_caption"))
    total = {"compared": cattle.effects.number("cattle.compared")} if cattle.effects is not None else {}
    why = [say(f"{T}bundle_n", **total)] if total and int(cattle.cells.data["n"].sum()) != total["compared"].value else []
    pieces = [paragraph(say(f"{T}bundle_text", **count), *why), counted]
    if isinstance(cattle.pair, Check):
        return together(*pieces, *_refusal(cattle.pair))
    if cattle.pair is not None:
        names = {
            "term": "comparison",
            "estimate": "effect",
            "conf_low": "effect_low",
            "conf_high": "effect_high",
            "n_cell": "smallest_cell",
        }
        columns = ["comparison", "effect", "effect_low", "effect_high", "p_value", "p_floor", "smallest_cell"]
        pieces += [show_table(renamed(cattle.pair, names), say(f"{T}bundle_caption"), columns), paragraph(say(f"{T}bundle_note"))]
    return together(*pieces)


def _refusal(check: Check) -> list[Shown]:
    why = []
    for reason in check.reasons:
        kind, _, cell = reason.removeprefix("cell_").partition(".")
        why.append(say(f"{T}bundle_{kind}", cell=NAMES[cell]))
    pieces = [paragraph(say(f"{T}bundle_refused", smallest=check.numbers[0])), bullets(*why)]
    if check.table is not None:
        bounds = renamed(check.table, {"term": "comparison", "low": "bound_low", "high": "bound_high", "n_cell": "cell_units"})
        pieces.append(
            show_table(bounds, say(f"{T}bundle_bounds_caption"), ["comparison", "bound_low", "bound_high", "basis", "cell_units"])
        )
    return pieces
