"""Pages of brief 40 on the herd ledger: which of its facts and of the printed figures go into which sentence, figure and table."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from kopanalysis.briefs import cattle_effects
from kopanalysis.briefs.cattle_results import Cattle
from kopanalysis.briefs.gist import Gist, decision
from kopanalysis.briefs.study import Study
from kopanalysis.lineage import Rows
from kopanalysis.present import figures, figures_cattle
from kopanalysis.present.sentences import bullets, cards, heading, paragraph, say
from kopanalysis.present.shown import Shown, together, unprinted
from kopanalysis.present.tables import show_table
from kopanalysis.present.words import word
from kopanalysis.results import LANGUAGES, Number, Table, Text, edition

T = "cattle_aid."
FLOWS = ["accepted", "born", "bought", "died", "sold", "sold_sick", "lost", "redistributed"]
STOCK = ["expected", "last_counted", "gap", "uncounted"]
MOST_GAPS = 6  # groups in the picture


def title(balance: Table, cattle: Cattle) -> Shown:
    """What the ledger shows and what may be said of the effect, as a heading."""
    return heading(_finding(balance, cattle))


def _finding(balance: Table, cattle: Cattle) -> Shown:
    if _empty(balance):
        return say(f"{T}title_missing")
    return say("cattle_effects.title_both", ledger=_ledger_title(balance), effect=cattle_effects.effect_clause(cattle))


def gist(study: Study, balance: Table, cattle: Cattle) -> Gist:
    """Finding, sentences and the decision of page one; without a ledger: what is missing."""
    finding = _finding(balance, cattle)
    if _empty(balance):
        told = (say(f"{T}missing"), *cattle_effects.verdict(cattle, False))
        return Gist(finding, told, say(f"{T}decision_collect", deadline=study.next_deadline))
    gap = balance.number("cattle.gap")
    told = (*_stock(balance, gap, cattle), *cattle_effects.verdict(cattle, True), say(f"{T}summary_honest"))
    return Gist(finding, told, _asked(study, balance, gap))


def _stock(balance: Table, gap: Number, cattle: Cattle) -> list[Shown]:
    """From promise to what is left, by fund, with what may be written twice."""
    heads = {event: balance.number(f"cattle.heads.{event}") for event in ("announced", "postponed", "cancelled", "accepted")}
    told = [say(f"{T}summary_chain", **heads)]
    if gap.value is not None:
        uncounted = balance.number("cattle.uncounted_heads")
        told.append(say(f"{T}summary_stock", gap=gap, counted=balance.number("cattle.last_counted"), uncounted=uncounted,
                        expected=balance.number("cattle.expected"), parts=_whose_gap(balance, gap)))  # fmt: skip
        told += _twice(cattle, uncounted)
    return told


def _whose_gap(balance: Table, gap: Number) -> Shown:
    """How the unexplained heads lie by fund, where there are several."""
    named = {str(fund or ""): f"cattle.gap.{str(fund or 'unknown').lower().replace(' ', '_')}" for fund in balance.data["fund"]}
    found = [(balance.number(name), fund) for fund, name in named.items()]
    parts = [say(f"{T}gap_of", gap=number, fund=_fund(fund)) for number, fund in found if number.value]
    if not gap.value or gap.value < 0 or len(parts) < 2 or any(number.suppressed for number, _ in found):
        return together()
    html = Text(*(", ".join(part.html.get(lang) for part in parts) for lang in LANGUAGES))
    return say(f"{T}gap_parts", parts=Shown(html, tuple(number for part in parts for number in part.numbers)))


def _twice(cattle: Cattle, uncounted: Number) -> list[Shown]:
    """Whether what nobody counted may be the same animals written twice."""
    twice = cattle.twice.number("cattle.twice_uncounted")
    if not twice.value:
        return []
    if twice.value == uncounted.value:
        return [say(f"{T}summary_twice", twice=twice)]
    return [say(f"{T}summary_twice_part", twice=twice)]


def _ledger_title(balance: Table) -> Shown:
    accepted, gap = balance.number("cattle.heads.accepted"), balance.number("cattle.gap")
    if gap.value is None:
        return say(f"{T}title_uncounted", accepted=accepted)
    if gap.value > 0:
        return say(f"{T}title", expected=balance.number("cattle.expected"), gap=gap)
    return say(f"{T}title_extra" if gap.value < 0 else f"{T}title_balanced", accepted=accepted)


def _empty(table: Table) -> bool:
    return not len(table.rows)


def page_one(study: Study, balance: Table, cattle: Cattle, chain: Table) -> Shown:
    """Four numbers, the grade, one decision; without a ledger: what is missing and how to collect it."""
    said = gist(study, balance, cattle)
    if _empty(balance):
        how = bullets(say(f"{T}missing_how"), say(f"{T}missing_template"))
        return together(paragraph(*said.told, css="lead"), how, decision(said.asked))
    found, gap = balance.number("cattle.last_counted"), balance.number("cattle.gap")
    shown = [("card_accepted", balance.number("cattle.heads.accepted")), ("card_counted", found), ("card_gap", gap)]
    told = len(_stock(balance, gap, cattle))
    return together(
        cards(
            *((say(f"{T}value", number=number), say(f"{T}{key}")) for key, number in shown if number.value is not None), *_active(cattle)
        ),
        paragraph(*said.told[:told], css="lead"),
        paragraph(*said.told[told:]),
        decision(said.asked),
        _chain(study, chain, balance),
    )


def _active(cattle: Cattle) -> list[tuple[Shown, Shown]]:
    """Recipients that are active, of those with a known status."""
    active, judged = (cattle.programmes.number(f"cattle.recipients.{name}") for name in ("active", "judged"))
    if not judged.value and not judged.suppressed:
        return []
    return [(say(f"{T}value", number=active), say("cattle_effects.card_active", judged=judged))]


def _asked(study: Study, balance: Table, gap: Number) -> Shown:
    if gap.value is not None and gap.value > 0:
        return say(f"{T}decision", deadline=study.next_deadline, short=balance.number("cattle.short"), gap=gap)
    return say(f"{T}decision_count", deadline=study.next_deadline, groups=balance.number("cattle.groups"))


def ledger_page(by_fund: Table, by_place: Table, by_year: Table, chain: Table) -> Shown:
    """The ledger by fund, by kecamatan and by year."""
    if _empty(by_fund):
        return paragraph(say(f"{T}nothing"))
    used = [event for event in FLOWS if by_fund.data[event].sum() > 0]
    return together(
        paragraph(say(f"{T}ledger_text"), say(f"{T}chain_text")),
        unprinted(chain, say(f"{T}chain_caption").html),
        show_table(by_fund, say(f"{T}ledger_caption"), ["fund", "groups", *used, *STOCK]),
        show_table(by_place, say(f"{T}places_caption"), ["kecamatan", "fund", "groups", "accepted", *STOCK]),
        *_years(by_year, used),
    )


def _years(by_year: Table, used: list[str]) -> list[Shown]:
    """The ledger year by year; of the public edition all or nothing, since each opening is the closing of the year before."""
    if edition() == "public" and by_year.hidden:
        return [paragraph(say(f"{T}years_hidden"))]
    columns = ["fund", "year", "opening", *used, "last_counted", "gap", "uncounted", "since_count"]
    return [show_table(by_year, say(f"{T}years_caption"), columns), paragraph(say(f"{T}years_note"))]


def _chain(study: Study, chain: Table, balance: Table) -> Shown:
    numbers = {event: balance.number(f"cattle.heads.{event}") for event in ("announced", "accepted")}
    stages = chain.data.loc[chain.data["heads"].notna(), "stage"].nunique()
    return figures.show_figure(
        "chain", figures_cattle.draw_chain(chain), say(f"{T}chain_title", **numbers), say(f"{T}chain_alt"),
        (figures.WIDTH, 0.68 + 0.17 * stages), study.demonstration, say(f"{T}source", date=study.as_of),
    )  # fmt: skip


def gap_page(study: Study, balance: Table, groups: Table) -> Shown:
    """Stock and gap of every group; totals come from the balance by fund, which names nobody."""
    if _empty(balance):
        return paragraph(say(f"{T}nothing"))
    told = paragraph(
        say(f"{T}gap_text", short=balance.number("cattle.short"), stocks=balance.number("cattle.stocks"),
            uncounted_stocks=balance.number("cattle.uncounted")),
        *([say(f"{T}gap_hidden")] if edition() == "public" else []),
    )  # fmt: skip
    gaps = int((groups.data["gap"].fillna(0) != 0).sum()) if len(groups.data) else 0
    if not gaps:
        return told
    figure = figures.show_figure(
        "gap", figures_cattle.draw_gap(groups, MOST_GAPS), say(f"{T}gap_title"), say(f"{T}gap_alt"),
        (figures.WIDTH, 0.82 + 0.185 * min(gaps, MOST_GAPS)),
        study.demonstration, say(f"{T}source", date=study.as_of),
    )  # fmt: skip
    return together(figure, told, unprinted(groups, say(f"{T}gap_caption").html))


def rates_page(rates: Table) -> Shown:
    """Deaths, sales and forced sales per hundred head-years, by fund."""
    if _empty(rates) or rates.data.empty:
        return paragraph(say(f"{T}nothing"))
    told = []
    for fund in dict.fromkeys(rates.data["fund"]):
        label = str(fund).lower().replace(" ", "_") or "unknown"
        numbers = {
            key: rates.number(f"cattle.rate.{event}.{label}") for key, event in (("died", "died"), ("sold", "sold"), ("sick", "sold_sick"))
        }
        if numbers["died"].value is not None:
            told.append(say(f"{T}rates_text", fund=_fund(fund), exposure=rates.number(f"cattle.head_years.{label}"), **numbers))
    return together(paragraph(*told), paragraph(say(f"{T}rates_note")), unprinted(rates, say(f"{T}rates_caption").html))


def _fund(fund: object) -> Text:
    return Text(str(fund), str(fund)) if str(fund).strip() else Text("sumber dana yang tidak disebut", "an unnamed fund")


def findings_page(study: Study, found: Table) -> Shown:
    """Records that can't be right: internal, since they name groups."""
    if _empty(found):
        return paragraph(say(f"{T}nothing"))
    if edition() == "public":
        return paragraph(say(f"{T}findings_hidden"))
    if not found.number("cattle.findings").value:
        return paragraph(say(f"{T}findings_none"))
    told = say(
        f"{T}findings_text", findings=found.number("cattle.findings"), births=found.number("cattle.findings.birth_from_males"),
        double=found.number("cattle.findings.double_funding"),
    )  # fmt: skip
    placed = replace(found, data=found.data.assign(where=[_place(study, tokens) for tokens in found.data["source_rows"]]))
    columns = ["finding", "group_name", "fund", "date", "heads", "document", "where"]
    return together(paragraph(told), show_table(placed, say(f"{T}findings_caption"), columns))


def _place(study: Study, tokens: str) -> str:
    """Sheet and rows of the ledger, as the office finds them."""
    sources = study.office.sources
    ledgers = sources[sources["table"] == "cattle"].set_index("source_id")
    places = []
    for source, rows in Rows.of([tokens]).ranges:
        if source in ledgers.index:
            sheet, file = ledgers.at[source, "sheet"], ledgers.at[source, "file"]
            places.append(f"{sheet or file!s}: {rows.replace(',', ', ')}")
    return "; ".join(places)


def timeline_page(study: Study, printed: Table, district: Table, ledger: pd.DataFrame) -> Shown:
    """The real printed figures beside the office's ledger; contradictions marked."""
    own = ledger[(ledger["fund"] == "DKS") & ledger["date"].notna()]
    own = own.groupby(["date", "event"])["heads"].sum().reset_index()
    figure = figures.show_figure(
        "timeline", figures_cattle.draw_timeline(printed, own),
        say(f"{T}timeline_title", conflicts=printed.number("published.cattle.dks.conflicts")), say(f"{T}timeline_alt"),
        (figures.WIDTH, 1.1 + 0.19 * figures_cattle.lanes_of(printed, own)), study.demonstration and len(own) > 0,
        say(f"{T}source_both", date=study.as_of),
    )  # fmt: skip
    note = [say(f"{T}timeline_demo")] if study.demonstration and len(own) else []
    columns = ["date", "stage", "group", "heads", "conflict", "source"]
    return together(
        paragraph(say(f"{T}timeline_text"), *note),
        figure,
        show_table(printed, say(f"{T}timeline_caption"), columns),
        show_table(district, say(f"{T}apbd_caption"), ["date", "budget_year", "stage", "heads", "conflict", "source"]),
    )


def how_sure() -> Shown:
    """What is certain, what isn't."""
    return bullets(say(f"{T}sure_one"), say(f"{T}sure_two"))


def not_known(balance: Table, ledger: pd.DataFrame, chain: Table) -> Shown:
    """What the ledger can't answer."""
    counts = chain.data[(chain.data["stage"] == "last_counted") & chain.data["first"].notna()]
    told = []
    if len(counts):
        first, last = counts["first"].min().to_pydatetime(), counts["last"].max().to_pydatetime()
        told.append(say(f"{T}unknown_one", date=last) if first == last else say(f"{T}unknown_span", first=first, last=last))
    gap = balance.number("cattle.gap")
    if gap.value:
        told.append(say(f"{T}unknown_two", gap=gap))
    if ledger["coop_id"].isna().any():
        told.append(say(f"{T}unknown_three"))
    return bullets(*told) if told else paragraph(say(f"{T}nothing"))


def method(study: Study) -> Shown:
    """The method in five sentences, and whether the office has rules of its own."""
    return together(paragraph(say("cattle_money.method")), *own_rules(study))


def own_rules(study: Study) -> list[Shown]:
    """One sentence where the office's rules.toml replaced standard rules."""
    files = list(dict.fromkeys(change.file for change in study.replaced))
    if not files:
        return []
    what = Text(*(", ".join(word("rules_file", file).get(lang) for file in files) for lang in ("id", "en")))
    return [paragraph(say(f"{T}own_rules", what=what))]
