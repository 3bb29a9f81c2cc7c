"""What a reader of the public edition knows: which published columns count cooperatives, and what adds up to what.

A table that a brief publishes for the first time fails its test until somebody has said here what it counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

Term = tuple[str, int, str]  # table, row, column; of a number: "numbers", 0, its name
Tables = Mapping[str, pd.DataFrame]
Numbers = Mapping[str, Mapping[str, Any]]

YEARS = tuple(str(year) for year in range(2000, 2100))
RATE = ("rate", "conf_low", "conf_high")
SHARE = ("share", "conf_low", "conf_high")
HERD = ("accepted", "expected", "last_counted", "counted_on", "gap", "uncounted", "died", "sold")

# Columns that count cooperatives or herd groups; () where a table has none: printed figures, rows of files, rules, simulations,
# estimates with their n (guarded where it is small, as any count, by ``n_treated``).
COUNTS: dict[str, tuple[str, ...]] = {
    "lights": (), "measures": (), "questions": (), "rows_read": (), "set_aside": (), "sources": (), "published_series": (),
    "cattle_timeline.dks": (), "cattle_timeline.suka_sapi": (), "goes_with": (), "break_even": (), "certificate": (), "honest_did": (),
    "inference.rat_held": (), "specification_curve": (), "bundle": ("smallest_cell",), "herd_rates_by_fund": (), "next_seed": (),
    "herd_chain_by_fund": (), "lottery_balance": (), "lottery_facts": (), "lottery_list": (),
    "next_power_others": ("drawn_first", "waiting"),
    "next_power_rat_held": ("drawn_first", "waiting"), "next_records": (),
    "against_printed": ("counted", "entered_later"),
    "bridge.between": ("count",), "bridge.meetings": ("count",), "bridge.register": ("count",),
    "coverage": YEARS,
    "presence": ("counted", "not_counted", "cooperatives"),
    "presence_pairs": ("register", "rat", "accounts", "health", "training", "cattle", "findings", "decisions"),
    "reporting_by_book_year": ("due", "reported", "not_reported", "silent", "without_report", "unknown"),
    "reporting_by_kecamatan_book_year": ("due", "reported", "not_reported", "silent", "without_report", "unknown"),
    "status_disagreements": ("cooperatives",),
    "definitions": ("total", "active", "inactive", "new", "unknown"),
    "finance_medians_last": ("cooperatives",),
    "health_classes": ("scored", "healthy", "fairly_healthy", "under_supervision", "special_supervision", "other_class"),
    "health_coverage": ("total", "scored", "no_meeting", "met_unscored", "meeting_unknown"),
    "options_cost": ("cooperatives",),
    "pearls_medians": ("cooperatives", "within", "near", "outside", "no_target"),
    "series_breaks": ("total", "village", "without_village", "active", "inactive", "other"),
    "transitions.no_rat_3y.legal": ("count", "n"), "blocked_exit.no_rat_3y.legal": ("count", "n"),
    "states_last": (), "survival_ages": (),
    "arms.rat_held": ("treated_yes", "treated_n", "others_yes", "others_n"),
    "assignment_sector": ("trained", "untrained", "units"),
    "bounds.rat_held": ("n_treated",), "checks.rat_held": ("n_treated",), "effects.rat_held": ("n_treated",),
    "secondary": ("n_treated", "n_controls"),
    "aid_dose": ("recipients",), "aid_effects.rat_held": ("recipients",), "aid_outcomes": ("recipients",),
    "aid_programmes": ("cooperatives",), "bundle_counts": ("cell_units",), "by_cohort.rat_held": ("recipients",),
    "grant_contrast": ("recipients", "other_units"),
    "herd_balance_by_fund": ("groups",), "herd_balance_by_fund_year": ("groups",), "herd_cost": ("groups",),
    "herd_balance_by_kecamatan_fund": ("groups", "counted_groups"),
    "herd_treatment": ("groups", "linked_groups", "unlinked_groups", "followed_groups"),
    "lottery_by_kecamatan": ("eligible", "first_wave", "later_waves"), "lottery_by_status": ("eligible", "first_wave", "later_waves"),
    "lottery_calendar": ("cooperatives", "waiting"), "lottery_eligible": ("cooperatives",),
    "next_costs": ("units_paid",), "next_prices": ("cooperatives",),
}  # fmt: skip

# What was computed from counts: missing wherever one of them is.
DERIVED: dict[str, dict[str, tuple[str, ...]]] = {
    "reporting_by_book_year": dict.fromkeys(RATE, ("reported", "unknown")),
    "reporting_by_kecamatan_book_year": dict.fromkeys(RATE, ("reported", "unknown")),
    "definitions": dict.fromkeys(RATE, ("active", "inactive", "unknown")),
    "transitions.no_rat_3y.legal": dict.fromkeys(SHARE, ("count",)),
    "blocked_exit.no_rat_3y.legal": dict.fromkeys(SHARE, ("count",)),
    "arms.rat_held": {f"{arm}_{part}": (f"{arm}_yes", f"{arm}_n") for arm in ("treated", "others") for part in ("share", "low", "high")},
    "options_cost": {"cost_idr": ("cooperatives",)},
    "against_printed": {"unexplained": ("counted", "entered_later")},
    "aid_programmes": {"verdict": ("cooperatives",)},
    "grant_contrast": dict.fromkeys(("change_treated", "change_untreated", "change_gap"), ("recipients", "other_units")),
    "herd_balance_by_kecamatan_fund": dict.fromkeys(HERD, ("groups", "counted_groups")),
    "herd_treatment": dict.fromkeys(("heads_accepted", "heads_linked", "heads_unlinked"), ("groups", "linked_groups")),
    "bundle_counts": dict.fromkeys(("mean_pre", "mean_post", "change"), ("cell_units",)),
}  # fmt: skip


@dataclass(frozen=True)
class Equation:
    """Counts times their factors add up to a constant."""

    terms: Mapping[Term, int]
    constant: int = 0


def relations(tables: Tables, numbers: Numbers) -> list[Equation]:
    """Everything that adds up, within tables, between them, and with the numbers of the text."""
    found = [equation for name, make in SUMS.items() for table in tables if table.startswith(name) for equation in make(table, tables)]
    found += [Equation({term: 1, _number(name): -1}) for term, name in numbers_of(tables) if name in numbers]
    return found + list(_between_numbers(numbers))


def numbers_of(tables: Tables) -> Iterator[tuple[Term, str]]:
    """Cells that are printed as a number too, with its name."""
    for row, line in enumerate(tables["definitions"].itertuples()):
        for status in ("active", "inactive", "new", "unknown"):
            yield ("definitions", row, status), f"{status}.count.{line.rule}.{line.silence}"
    for row, line in enumerate(tables["transitions.no_rat_3y.legal"].to_dict("records")):
        yield ("transitions.no_rat_3y.legal", row, "count"), f"transition.count.{line['from']}.{line['to']}"
        yield ("transitions.no_rat_3y.legal", row, "n"), f"transition.n.{line['from']}"
    for row, kind in enumerate(tables["status_disagreements"]["kind"]):
        yield ("status_disagreements", row, "cooperatives"), f"disagree.{kind}"
    for name in ("register", "between", "meetings"):
        for row, step in enumerate(tables[f"bridge.{name}"]["step"]):
            yield (f"bridge.{name}", row, "count"), f"bridge.{name}.{step}"
    for row, table in enumerate(tables["presence"]["table"]):
        yield ("presence", row, "counted"), f"presence.{table}.counted"
    for row, year in enumerate(tables["reporting_by_book_year"]["book_year"]):
        for column in ("due", "reported", "unknown"):
            yield ("reporting_by_book_year", row, column), f"reporting.{column}.{year}"
    for row, option in enumerate(tables["options_cost"]["option"]):
        yield ("options_cost", row, "cooperatives"), f"options.count.{option}"
    for row, ratio in enumerate(tables["pearls_medians"]["ratio"]):
        yield ("pearls_medians", row, "within"), f"pearls.within.{ratio}"
    for row, wave in enumerate(tables["lottery_calendar"]["wave"]):
        yield ("lottery_calendar", row, "cooperatives"), f"next.wave.{wave}"
        yield ("lottery_calendar", row, "waiting"), f"next.waiting.{wave}"


def _number(name: str) -> Term:
    return ("numbers", 0, name)


def _between_numbers(numbers: Numbers) -> Iterator[Equation]:
    """Numbers of the text that add up."""
    told = {
        "disagree.status": ("disagree.active_without_meeting", "disagree.inactive_with_meeting"),
        "disagree.comparable": ("disagree.both_active", "disagree.both_inactive", "disagree.active_without_meeting",
                                "disagree.inactive_with_meeting"),
        "disagree.dates": ("disagree.log_later", "disagree.register_later", "disagree.only_in_log", "disagree.only_in_register"),
        "presence.rat.counted": ("disagree.same_day", "disagree.log_later", "disagree.register_later", "disagree.only_in_log"),
        "presence.register.counted": ("disagree.same_day", "disagree.log_later", "disagree.register_later", "disagree.only_in_log",
                                      "disagree.only_in_register", "disagree.no_meeting"),
        "inactive.count.no_rat_3y.legal": ("inactive.working.no_rat_3y", "inactive.silent.no_rat_3y"),
        "inactive.count.no_rat_3y.evidence": ("inactive.silent.no_rat_3y",),
        "next.register": ("next.left_out.village", "next.left_out.trained_study", "next.eligible"),
        "bridge.meetings.held_in_all": tuple(f"bridge.meetings.{step}" for step in ("reported_by_then", "reported_later",
                                             "never_reported")),
        "bridge.register.rows_on_sheet": tuple(f"bridge.register.{step}" for step in ("set_aside", "newer_sheet", "other_region", "twice",
                                               "not_primary", "dissolved", "counted")),
    }  # fmt: skip
    for whole, parts in told.items():
        if whole in numbers and all(part in numbers for part in parts):
            yield Equation({**{_number(part): 1 for part in parts}, _number(whole): -1})


def _across(*parts: str, whole: str) -> Callable[[str, Tables], Iterator[Equation]]:
    """Columns that add up to another, in each row."""

    def make(name: str, tables: Tables) -> Iterator[Equation]:
        data = tables[name]
        for row in range(len(data)):
            if not all(pd.isna(data[part].iloc[row]) for part in parts if part in data) or pd.isna(data[whole].iloc[row]):
                yield Equation({**{(name, row, part): 1 for part in parts if part in data}, (name, row, whole): -1})

    return make


def _reporting(name: str, tables: Tables) -> Iterator[Equation]:
    data = tables[name]
    parts = [part for part in ("reported", "not_reported", "silent", "without_report", "unknown") if part in data]
    yield from _across(*parts, whole="due")(name, tables)
    whole = tables["reporting_by_book_year"]
    if name != "reporting_by_book_year":
        for row, year in enumerate(whole["book_year"]):
            mine = [line for line, own in enumerate(data["book_year"]) if own == year]
            for column in ("due", *parts):
                yield Equation({**{(name, line, column): 1 for line in mine}, ("reporting_by_book_year", row, column): -1})


def _transitions(name: str, tables: Tables) -> Iterator[Equation]:
    data = tables[name]
    for origin, block in data.groupby("from"):
        yield Equation({(name, int(row), "count"): 1 for row in block.index} | {(name, int(block.index[0]), "n"): -1})
        assert block["n"].nunique() == 1, origin


def _exits(name: str, tables: Tables) -> Iterator[Equation]:
    """Steps with, without and of unknown government funds are all the steps of a kind."""
    data, steps = tables[name], f"transitions.{name.split('.', 1)[1]}"
    for row, step in tables[steps].iterrows():
        mine = data.index[(data["from"] == step["from"]) & (data["to"] == step["to"])]
        if len(mine):
            yield Equation({**{(name, int(line), "count"): 1 for line in mine}, (steps, int(row), "count"): -1})
            yield Equation({**{(name, int(line), "n"): 1 for line in mine}, (steps, int(row), "n"): -1})


def _bridge(name: str, tables: Tables) -> Iterator[Equation]:
    data = tables[name]
    if len(data) < 3:  # only the counts that it leads from and to
        return
    signs = [1, *(int(sign) for sign in data["sign"].iloc[1:-1]), -1]
    yield Equation({(name, row, "count"): sign for row, sign in enumerate(signs)})


def _disagreements(name: str, tables: Tables) -> Iterator[Equation]:
    everyone = ("presence", list(tables["presence"]["table"]).index("register"), "counted")
    for _, block in tables[name].groupby("about"):
        yield Equation({(name, int(row), "cooperatives"): 1 for row in block.index} | {everyone: -1})


def _series(name: str, tables: Tables) -> Iterator[Equation]:
    yield from _across("village", "without_village", whole="total")(name, tables)
    yield from _across("active", "inactive", "other", whole="without_village")(name, tables)


def _arms(name: str, tables: Tables) -> Iterator[Equation]:
    """Where the two arms are everybody whose meeting was due, they add up to the district's count."""
    data, whole = tables[name], tables["reporting_by_book_year"].set_index("book_year")
    place = {year: row for row, year in enumerate(whole.index)}
    for row, year in enumerate(data["book_year"]):
        both = data["treated_n"].iloc[row] + data["others_n"].iloc[row]
        if year in place and both == whole["due"].loc[year]:
            yield Equation(
                {(name, row, "treated_yes"): 1, (name, row, "others_yes"): 1, ("reporting_by_book_year", place[year], "reported"): -1}
            )


def _assignment(name: str, tables: Tables) -> Iterator[Equation]:
    yield from _across("trained", "untrained", whole="units")(name, tables)
    yield Equation({**{(name, row, "trained"): 1 for row in range(len(tables[name]))}, _number("training.n_treated"): -1})


def _lottery(name: str, tables: Tables) -> Iterator[Equation]:
    yield from _across("first_wave", "later_waves", whole="eligible")(name, tables)
    rows = range(len(tables[name]))
    for column, whole in (("eligible", "next.eligible"), ("first_wave", "next.wave.1"), ("later_waves", "next.waiting.1")):
        yield Equation({**{(name, row, column): 1 for row in rows}, _number(whole): -1})


def _calendar(name: str, tables: Tables) -> Iterator[Equation]:
    rows = range(len(tables[name]))
    yield Equation({**{(name, row, "cooperatives"): 1 for row in rows}, _number("next.eligible"): -1})
    for row in rows:
        yield Equation({**{(name, later, "cooperatives"): 1 for later in rows if later > row}, (name, row, "waiting"): -1})


def _eligible(name: str, tables: Tables) -> Iterator[Equation]:
    rows = range(1, len(tables[name]))
    yield Equation({**{(name, row, "cooperatives"): 1 for row in rows}, (name, 0, "cooperatives"): -1})


def _cohorts(name: str, tables: Tables) -> Iterator[Equation]:
    yield Equation({**{(name, row, "recipients"): 1 for row in range(len(tables[name]))}, _number("cattle.treated"): -1})


def _options(name: str, tables: Tables) -> Iterator[Equation]:
    place = {option: (name, row, "cooperatives") for row, option in enumerate(tables[name]["option"])}
    yield Equation({place["visit"]: 1, place["report"]: 1, _number("inactive.count.no_rat_3y.legal"): -1})


def _herds(name: str, tables: Tables) -> Iterator[Equation]:
    data, whole = tables[name], tables["herd_balance_by_fund"]
    for row, fund in enumerate(whole["fund"]):
        mine = [line for line, own in enumerate(data["fund"]) if own == fund]
        yield Equation({**{(name, line, "groups"): 1 for line in mine}, ("herd_balance_by_fund", row, "groups"): -1})


# Name or beginning of a name of a table, and what adds up in it.
SUMS: dict[str, Callable[[str, Tables], Iterator[Equation]]] = {
    "reporting_by_": _reporting,
    "transitions.": _transitions,
    "blocked_exit.": _exits,
    "definitions": _across("active", "inactive", "new", "unknown", whole="total"),
    "bridge.": _bridge,
    "status_disagreements": _disagreements,
    "health_classes": _across("healthy", "fairly_healthy", "under_supervision", "special_supervision", "other_class", whole="scored"),
    "health_coverage": _across("scored", "no_meeting", "met_unscored", "meeting_unknown", whole="total"),
    "pearls_medians": _across("within", "near", "outside", "no_target", whole="cooperatives"),
    "series_breaks": _series,
    "arms.": _arms,
    "assignment_sector": _assignment,
    "options_cost": _options,
    "lottery_by_": _lottery,
    "lottery_calendar": _calendar,
    "lottery_eligible": _eligible,
    "by_cohort.": _cohorts,
    "herd_treatment": _across("linked_groups", "unlinked_groups", whole="groups"),
    "herd_balance_by_kecamatan_fund": _herds,
}
