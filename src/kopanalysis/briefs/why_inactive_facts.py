"""Pages of brief 20 on health, finance and breaks in the series: facts beside the status, never reasons for it."""

from __future__ import annotations

from dataclasses import replace

from kopanalysis.briefs.study import Study
from kopanalysis.metrics.completeness import reporting_rate
from kopanalysis.present import figures, figures_facts
from kopanalysis.present.sentences import paragraph, say
from kopanalysis.present.shown import Shown, together
from kopanalysis.present.tables import show_table
from kopanalysis.results import Table, edition

T = "why_inactive_facts."
GROWTH = ("growth_assets", "growth_assets_net")


def health_page(coverage: Table, classes: Table) -> Shown:
    """Who has a health score at all."""
    if coverage.data.empty:
        return paragraph(say(f"{T}nothing_health"))
    about = {key: coverage.number(f"health.{name}") for key, name in
             (("total", "total"), ("scored", "scored"), ("no_meeting", "no_meeting"), ("met", "met_unscored"))}  # fmt: skip
    told = [say(f"{T}health_text", year=int(coverage.data["book_year"].iloc[-1]), **about),
            say(f"{T}classes_text", differs=classes.number("health.differs"), examinations=classes.number("health.examinations"),
                scheme_year=2016)]  # fmt: skip
    possible = classes.number("health.recomputable")
    if possible.value:
        told.append(say(f"{T}classes_recomputed", recomputed=classes.number("health.recomputed"), recomputable=possible))
    return paragraph(*told)


def health_annex(coverage: Table, classes: Table) -> Shown:
    """Examinations and classes by scheme and year."""
    if coverage.data.empty:
        return paragraph()
    shown = [str(name) for name in classes.data if name not in ("other_class", "differs") or classes.data[name].fillna(0).sum() > 0]
    unknown = coverage.data["meeting_unknown"].fillna(0).sum() > 0
    columns = [str(name) for name in coverage.data if name != "meeting_unknown" or unknown]
    return together(show_table(coverage, say(f"{T}health_caption"), columns), show_table(classes, say(f"{T}classes_caption"), shown))


def finance_page(study: Study, medians: Table, grants: Table, pearls: Table) -> Shown:
    """Growth with and without grants, and what the ratios of savings and loan cooperatives say."""
    if medians.data.empty:
        return paragraph(say(f"{T}nothing_finance"))
    last = int(medians.data["book_year"].max())
    known = {number.name for number in medians.numbers}
    told = []
    if "finance.growth_assets" in known:
        told.append(say(f"{T}finance_text", year=last, accounts=medians.number("finance.accounts"),
                        growth=medians.number("finance.growth_assets"), net=medians.number("finance.growth_assets_net")))  # fmt: skip
    if grants.number("finance.grant.years").value:
        told.append(say(f"{T}finance_grants", **{term: grants.number(f"finance.grant.{term}") for term in ("only", "years")}))
    if pearls.data["cooperatives"].fillna(0).sum():
        told.append(say(f"{T}pearls_text", n=pearls.number("pearls.n"), problem=pearls.number("pearls.median.A1"),
                        within=pearls.number("pearls.within.A1")))  # fmt: skip
    pieces = [paragraph(*told, say(f"{T}finance_survivors"))]
    if medians.data["quantity"].isin(GROWTH).any():
        pieces.insert(0, _growth(study, medians))
    return together(*pieces)


def finance_annex(medians: Table, pearls: Table) -> Shown:
    """Medians of the last book year and the ratios of savings and loan cooperatives."""
    if medians.data.empty:
        return paragraph()
    newest = medians.data[medians.data["book_year"] == medians.data["book_year"].max()].reset_index(drop=True)
    pieces = [show_table(replace(medians, data=newest, name="finance_medians_last"), say(f"{T}finance_caption"))]
    if pearls.data["cooperatives"].fillna(0).sum():
        columns = ["ratio", "cooperatives", "median", "median_low", "median_high", "target", "within", "near", "outside", "unverified"]
        whole = pearls.data.assign(target=pearls.data["target"].str.replace(" ", "\u00a0"))  # a target is not parted from its percent sign
        pieces.append(show_table(replace(pearls, data=whole), say(f"{T}pearls_caption"), columns))
    return together(*pieces)


def _growth(study: Study, medians: Table) -> Shown:
    return figures.show_figure(
        "growth", figures_facts.draw_growth(medians, GROWTH), say(f"{T}finance_title"), say(f"{T}finance_alt"), (figures.WIDTH, 2.2),
        study.demonstration, say("why_inactive.source_office", date=study.as_of),
    )  # fmt: skip


def series_break_page(study: Study, breaks: Table) -> Shown:
    """What breaks the series, with counts with and without village cooperatives."""
    village = breaks.number("series.village")
    if village.value or village.suppressed:
        about = say(f"{T}break_village", year=int(breaks.data["book_year"].iloc[-1]), village=village,
                    with_village=breaks.number("series.total"), without_village=breaks.number("series.without_village"))  # fmt: skip
    else:
        about = say(f"{T}break_none")
    return paragraph(say(f"{T}break_text"), about, *_same(study, breaks))


def _same(study: Study, breaks: Table) -> list[Shown]:
    """Why the book year, today's register and those whose meeting was due are counted differently."""
    year = int(breaks.data["book_year"].iloc[-1])
    wanted = f"reporting.due.{year}"
    due = next((number for number in reporting_rate(study.panel, ("book_year",)).numbers if number.name == wanted), None)
    count = {name: breaks.number(f"series.{name}") for name in ("total", "without_village", "left", "now", "not_due")}
    if due is None or edition() == "public" or (count["without_village"].value or 0) - (count["not_due"].value or 0) != due.value:
        return []
    about = {name: count[name] for name in ("left", "now", "not_due")}
    return [say(f"{T}break_same", year=year, with_village=count["total"], without_village=count["without_village"], due=due, **about)]


def series_break_annex(breaks: Table) -> Shown:
    """Counts by book year, with and without village cooperatives."""
    return show_table(breaks, say(f"{T}break_caption"))
