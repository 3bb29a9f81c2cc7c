"""Pages of brief 50 that make a lottery happen: list, draw, calendar, seed, records, cost, and what will be decided by what result."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from kopanalysis import rules
from kopanalysis.briefs.quality_tables import lay_out
from kopanalysis.briefs.study import Study
from kopanalysis.loaders.tables import TABLES
from kopanalysis.present import figures
from kopanalysis.present.figures_power import draw_calendar
from kopanalysis.present.numbers import format_value
from kopanalysis.present.sentences import bullets, paragraph, say
from kopanalysis.present.shown import Shown, together
from kopanalysis.present.tables import cell_text, show_table, value_text
from kopanalysis.present.words import word
from kopanalysis.results import Lang, Table, Text, edition

T = "next_round."
# Record to keep: the table and columns of the office's blank workbooks that hold it; the draw has a workbook of its own.
KEPT = {
    "drawn": None,
    "attended": ("training", ("start_date", "nik", "participants", "cost_idr")),
    "meeting": ("rat", ("nik", "book_year", "date_held", "date_reported")),
    "accounts": ("accounts", ("nik", "book_year", "turnover_idr", "loans_idr")),
    "visit": ("findings", ("nik", "date", "operating", "evidence")),
    "other_aid": ("cattle", ("date", "nik", "fund", "event", "heads")),
}
DRAW_SHEET = "undian.xlsx"
BALANCE = ("attribute", "first_wave_mean", "waiting_mean", "normalised")
OF = Text("dari", "of")


def list_page(counts: Table) -> Shown:
    """From the register to the list that is drawn from."""
    told = [say(f"{T}list_text")]
    if any(number.name == "next.left_out.trained_study" for number in counts.numbers):
        told.insert(0, say(f"{T}list_study", month=f"{rules.programmes()['study'].start:%Y-%m}"))
    return together(paragraph(*told), show_table(counts, say(f"{T}list_caption")))


def draw_page(facts: Table, shares: Sequence[Table], balance: Table, listed: Table, seed: int) -> Shown:
    """The draw: whether it counts, what is published, how it falls; the list itself goes into its files."""
    if balance.number("next.balance.checked").n == 0:
        return paragraph(say(f"{T}draw_nobody"))
    flagged, checked = (balance.number(f"next.balance.{name}") for name in ("flagged", "checked"))
    where = say(f"{T}draw_hidden") if edition() == "public" else say(f"{T}draw_files")
    told = [say(f"{T}draw_real") if seed else say(f"{T}draw_trial"), say(f"{T}draw_text", checked=checked, flagged=flagged), where]
    captions = ("place_caption", "status_caption")
    return together(
        paragraph(*told),
        show_table(facts, say(f"{T}draw_caption")),
        *(show_table(table, say(f"{T}{caption}")) for table, caption in zip(shares, captions, strict=True)),
        *_balance(balance, next((table for table in shares if "status" in table.data), None)),
        _kept_aside(listed),
    )


def _balance(balance: Table, by_status: Table | None) -> list[Shown]:
    """Means of both groups; the share of the active as a percentage with the counts it comes from."""
    if balance.data.empty:
        return []
    counts = by_status.data.set_index("status") if by_status is not None else pd.DataFrame()

    def cell(row: int, column: str, lang: Lang) -> str:
        own = {"first_wave_mean": "first_wave", "waiting_mean": "later_waves"}.get(column)
        if own is None or balance.data["attribute"].iloc[row] != "active":
            return cell_text(balance, row, column, lang)
        share = value_text(balance.data[column].iloc[row], "share", lang)
        active = counts[own].get("active") if own in counts else None
        if by_status is None or by_status.hidden or active is None:
            return word("phrase", "withheld").get(lang) if edition() == "public" else share
        whole = counts[own].sum()
        return f"{share} ({format_value(active, 'count', lang)} {OF.get(lang)} {format_value(whole, 'count', lang)})"

    return [lay_out(balance, say(f"{T}balance_caption"), BALANCE, [False, True, True, True],
                    lambda row, lang: [cell(row, column, lang) for column in BALANCE], len(balance.data), balance.numbers)]  # fmt: skip


def _kept_aside(listed: Table) -> Shown:
    """The list of names goes with the run, not onto the page: annex and workbook are made from it."""
    return Shown(Text("", ""), tables=((listed, Text("", "")),))


def calendar_page(study: Study, calendar: Table) -> Shown:
    """Who is trained when, who waits, and when the result is read."""
    if not calendar.number("next.waves").value:
        return paragraph(say(f"{T}draw_nobody"))
    figure = figures.show_figure(
        "calendar", draw_calendar(calendar), say(f"{T}calendar_title"), say(f"{T}calendar_alt"), (figures.WIDTH, 2.0),
        study.demonstration, say(f"{T}source", date=study.as_of),
    )  # fmt: skip
    read = calendar.data["read_year"].iloc[0]
    told = say(f"{T}calendar_text_one") if pd.isna(read) else say(f"{T}calendar_text", read_year=int(read))
    columns = ["wave", "cooperatives", "waiting", "trained_year", "first_book_year", "last_book_year", "read_year"]
    return together(figure, paragraph(told), show_table(calendar, say(f"{T}calendar_caption"), columns))


def ceremony() -> Shown:
    """How the seed is set so that nobody can choose it."""
    return bullets(*(say(f"{T}ceremony_{step}") for step in ("one", "two", "three", "four")))


def records_page() -> Shown:
    """What to keep, who, when, and on which sheet and in which columns of the blank workbooks."""
    data = pd.DataFrame(
        [{"kept_record": name, "kept_by": name, "kept_when": name, "kept_in": _place(where)} for name, where in KEPT.items()]
    )
    return together(paragraph(say(f"{T}records_text")), show_table(Table("next_records", data), say(f"{T}records_caption")))


def _place(where: tuple[str, tuple[str, ...]] | None) -> str:
    """Sheet and headings as the blank workbook prints them."""
    if where is None:
        return DRAW_SHEET
    table = TABLES[where[0]]
    return f"{table.label}: {', '.join(table.column(name).label for name in where[1])}"


def cost_page(prices: Table, costs: Table, assumed: bool) -> Shown:
    """What the round costs, on record or assumed; what isn't known is said."""
    first, records = costs.number("next.cost.first_wave"), costs.number("next.cost.records")
    price = prices.number("next.price.place")
    if first.value is None and not first.suppressed:
        told = [say(f"{T}cost_none")]
    elif assumed:
        told = [say(f"{T}cost_assumed", cost=first)]
    else:
        told = [say(f"{T}cost_known", price=price, n=prices.number("next.price.places"), cost=first)]
    told.append(say(f"{T}cost_visit", cost=records) if records.value else say(f"{T}cost_visit_none"))
    told.append(say(f"{T}cost_turn"))
    shown = [show_table(costs, say(f"{T}cost_caption"))] if first.value or records.value else []
    shown += [show_table(prices, say(f"{T}prices_caption"))] if len(prices.data) else []
    return together(paragraph(*told), *shown)


def price_of(prices: Table, assumed: int) -> float:
    """Price of a place: what the office entered, else what the training log shows, else 0: not known."""
    return float(assumed or prices.number("next.price.place").value or 0)


def decision_rule(settings: Table) -> Shown:
    """Which result leads to which decision, said before there is a result."""
    smallest = settings.number("next.smallest_effect")
    ways = bullets(*(say(f"{T}rule_{way}", smallest=smallest) for way in ("above", "below", "between")))
    return together(paragraph(say(f"{T}rule_text")), ways)
