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
    told = say(f"{T}estimate", att=effects.number(f"cattle.att.{PRIMARY}.imputation"), treated=effects.number("cattle.treated"),
               seen=effects.number(f"cattle.seen.{PRIMARY}"))  # fmt: skip
    key = "verdict_D" if grade == "D" else f"verdict_{grade}_{way(cattle)}"
    return [told, say(f"{T}{key}", grade=cattle.grade.numbers[0])] if grade != "D" else [say(f"{T}{key}", grade=cattle.grade.numbers[0])]


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
    by = "fund" if edition() == "public" else "kecamatan"
    data = cattle.groups
    if by == "fund":
        data = (
            data.groupby(["fund", "first_accepted"])
            .agg(heads_accepted=("heads_accepted", "sum"), coop_id=("coop_id", "last"))
            .reset_index()
        )
    places = data[by].nunique(dropna=False)
    return figures.show_figure(
        "deliveries", figures_cattle_effects.draw_deliveries(data, by), say(f"{T}calendar_title"), say(f"{T}calendar_alt"),
        (figures.WIDTH, 1.2 + 0.26 * places), study.demonstration, say(f"{LEDGER}source", date=study.as_of),
    )  # fmt: skip


def _recipients(cattle: Cattle) -> Shown:
    if edition() == "public":
        return paragraph(say(f"{T}recipients_hidden"))
    columns = ["name", "aid_year", "heads_given", "heads_later", "heads_per_member", "trained_too", "status_now"]
    return show_table(recipients(cattle.panel), say(f"{T}recipients_caption"), columns)


def confounding(cattle: Cattle) -> Shown:
    """What came together with the cattle."""
    design = cattle.design
    names = design.facts.get("shocks_same_year", []) if design is not None else []
    labels = [rules.events()[name].label for name in names]
    labels = [label for label in labels if not any(char.isdigit() for char in label.id)]
    if not labels or not cattle.breeds.number("cattle.breed.places").value:
        return together()
    events = Text(" dan ".join(label.id for label in labels), " and ".join(label.en for label in labels))
    return paragraph(say(f"{T}confounding", events=events, training_year=rules.programmes()["study"].start.year,
                         single=cattle.breeds.number("cattle.breed.single"),
                         places=cattle.breeds.number("cattle.breed.places")))  # fmt: skip


def guard_page(cattle: Cattle, ledger_known: bool = True) -> Shown:
    """The guard of the design, printed before any estimate."""
    if cattle.design is None or cattle.sample is None:
        return paragraph(*verdict(cattle, ledger_known))
    design = cattle.design
    if design.passed is False:
        return together(paragraph(say(f"{T}guard_intro_D")), bullets(*(_words(text) for text in design.texts)))
    named = {number.name: number for number in design.numbers}
    ceiling = Text(str(design.grade_ceiling), str(design.grade_ceiling))
    told = say(f"{T}guard_intro", treated=named["cattle.n_treated"], others=named["cattle.n_others"], mde=named[f"cattle.mde.{PRIMARY}"],
               room=named[f"cattle.room.{PRIMARY}"], ceiling=ceiling)  # fmt: skip
    pieces = [paragraph(told), confounding(cattle)]
    if cattle.grade is not None and cattle.grade.texts:
        pieces += [paragraph(say(f"{T}guard_reasons")), bullets(*(_words(text) for text in cattle.grade.texts))]
    return together(*pieces)


def _words(text: Text) -> Shown:
    return Shown(text)


def event_page(study: Study, cattle: Cattle) -> Shown:
    """Effects by years since the first cattle, the bracket, cohorts, other outcomes, and the groups without a cooperative."""
    if cattle.effects is None or cattle.events is None:
        return together()
    effects = cattle.effects
    pieces = [paragraph(*verdict(cattle, True)), _events(study, cattle.events), paragraph(say(f"{T}event_text"), _covered(cattle))]
    if cattle.links is not None and cattle.links.number("cattle.unlinked.groups").value:
        names = ("groups", "spread", "low", "high")
        pieces.append(paragraph(say(f"{T}links", **{name: cattle.links.number(f"cattle.unlinked.{name}") for name in names})))
    shown = renamed(effects, {"term": "comparison"})
    columns = ["comparison", "effect", "effect_low", "effect_high", "p_value", "p_floor", "mde", "recipients"]
    pieces.append(show_table(shown, say(f"{T}bracket_caption"), columns))
    pieces.append(paragraph(say(f"{T}timing", p=effects.number(f"cattle.p.{PRIMARY}.timing"))))
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
    names = {"districts": "districts", "coverage": "att", "least": "least"}
    return say(f"{T}coverage", **{place: cattle.coverage.number(f"cattle.coverage.{name}") for place, name in names.items()})


def dose_page(study: Study, cattle: Cattle) -> Shown:
    """Dose by rank; a curve only where enough were given cattle."""
    if cattle.doses is None:
        return paragraph(say(f"{T}dose_untestable"))
    columns = ["dose", "rank_correlation", "p_value", "p_floor", "recipients", "verdict"]
    pieces = [paragraph(say(f"{T}dose_text")), show_table(cattle.doses, say(f"{T}dose_caption"), columns)]
    if isinstance(cattle.curve, Check):
        named = {number.name: number for number in cattle.curve.numbers}
        pieces.append(paragraph(say(f"{T}dose_refused", needed=named["cattle.dose.needed"], reached=named["cattle.dose.reached"])))
    if cattle.points is not None and len(cattle.points.data):
        pieces.append(figures.show_figure(
            "dose", figures_cattle_effects.draw_dose(cattle.points), say(f"{T}dose_title"), say(f"{T}dose_alt"), (figures.WIDTH, 2.0),
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
    pieces = [paragraph(say(f"{T}bundle_text", **count)), counted]
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
