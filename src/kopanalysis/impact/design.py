"""The guard: what the assignment allows to be said, read before any estimate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import comb, inf, isinf
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import hypergeom

from kopanalysis import rules
from kopanalysis.errors import CallError, DataError
from kopanalysis.impact import timing
from kopanalysis.impact.collapse import collapse, treated_units, unit_of
from kopanalysis.impact.did import own_mde
from kopanalysis.impact.reasons import words
from kopanalysis.lineage import Rows, recorded
from kopanalysis.results import Check, Number, Table

CAPS = {
    "no_treated": "D", "no_untreated": "D", "young_treated": "D", "short_past": "D", "outcome_unknown": "D", "no_room": "D",
    "no_scatter": "D", "empty_cell": "D", "few_treated": "C", "one_sector": "C", "sector_fully_treated": "C", "shock_year": "C",
    "high_floor": "C", "sector_unknown": "B", "one_date": "B",
}  # fmt: skip
LOTTERY_ANSWERS = ("one_sector", "sector_fully_treated", "sector_unknown", "one_date", "shock_year")
ROUNDING = 1e-6  # a third written with ten digits is still a third
MEASURES = (
    "units", "treated", "untreated", "compared", "young_treated", "kept_treated", "sectors", "sectors_with_treated",
    "untreated_in_treated_sectors", "pre_periods", "post_periods", "dates",
)  # fmt: skip


@dataclass(frozen=True)
class _Read:
    """What was read off the assignment."""

    facts: dict[str, Any]
    codes: tuple[str, ...]
    empty: tuple[str, ...]
    floor: float
    mde: float


@recorded
def describe_design(
    panel: pd.DataFrame, treated: str = "treated", outcome: str = "rat_held", pre: Sequence[Any] | None = None,
    post: Sequence[Any] | None = None, sector: str = "sector", second: str | None = None, unit: str = "coop_id",
    time: str = "book_year", lottery: bool = False, programme: str = "training", cohort: str | None = None,
) -> Check:  # fmt: skip
    """Read the assignment and say what no method can repair, with the best grade that is left.

    Parameters
    ----------
    panel : pandas.DataFrame
        One row a ``unit`` and ``time``.
    treated : str
        0/1 column, constant within a unit.
    outcome : str
    pre, post : sequence, optional
        Default: the plan's timing of the outcome.
    sector : str
        Column that may have decided who was treated; needn't be there.
    second : str, optional
        0/1 column of a second programme: then the four cells are counted.
    unit, time : str
    lottery : bool
        True where the treated were drawn by lot: a shock then strikes both arms.
    programme : str
        First word of the numbers' names.
    cohort : str, optional
        First treated period of each unit; default: all began with the first period after.

    Returns
    -------
    Check
        ``grade_ceiling, p_floor, mde, n_treated`` (all of them; ``facts["kept_treated"]`` without the young), ``empty_cells, reasons``
        with ``texts``, ``facts`` and a table of counts. ``passed`` is False where nothing can be assessed. Of the treated's outcome after
        it reads only whether it is known.

    Raises
    ------
    CallError
        For an unknown column or period, or an outcome that the plan gives no timing.
    DataError
        For a unit twice in a period, or a treatment that changes within a unit.
    """
    before, after = timing.periods(panel, outcome, pre, post, time)
    _check_columns(panel, [treated, outcome, unit, time, *(name for name in (second, cohort) if name)], before, after, time)
    found = _read(panel, treated, outcome, before, after, sector, second, unit, time, cohort)
    codes = tuple(code for code in found.codes if not (lottery and code in LOTTERY_ANSWERS)) + (("lottery",) if lottery else ())
    floor = 1 / max(found.facts["permutations"], 1) if lottery else found.floor
    codes = _floor_code(codes, floor)
    ceiling = max((CAPS[code] for code in codes if code in CAPS), default="A")
    rows = Rows.of(panel["source_rows"].dropna()) if "source_rows" in panel else Rows()
    facts = found.facts | {"pre": before, "post": after, "outcome": outcome, "lottery": lottery}
    return Check(
        f"design.{outcome}", ceiling != "D", codes, _table(facts, found.empty, rows), ceiling, texts=words(codes), p_floor=floor,
        mde=found.mde, n_treated=facts["treated"], empty_cells=found.empty, facts=facts,
        numbers=_numbers(programme, outcome, facts, floor, found.mde, rows), rows=rows,
    )  # fmt: skip


def _check_columns(panel: pd.DataFrame, columns: list[str], before: list[Any], after: list[Any], time: str) -> None:
    absent = [name for name in columns if name not in panel]
    if absent:
        raise CallError(f"the panel has no column {', '.join(absent)}", mend=f"It has {', '.join(map(str, panel.columns))}.")
    missing = [period for period in [*before, *after] if period not in set(panel[time])]
    if missing or not before or not after or set(before) & set(after):
        raise CallError(
            f"before {before} and after {after} don't fit the panel", time, "Name periods that it has, each before or after, never both."
        )


def _read(
    panel: pd.DataFrame, treated: str, outcome: str, before: list[Any], after: list[Any], sector: str, second: str | None,
    unit: str, time: str, cohort: str | None,
) -> _Read:  # fmt: skip
    arms = treated_units(panel, treated, unit, time).dropna()
    ones, zeros = arms.index[arms == 1], arms.index[arms == 0]
    facts: dict[str, Any] = {"units": len(arms), "treated": len(ones), "untreated": len(zeros), "pre_periods": len(before),
                             "post_periods": len(after), "permutations": comb(len(arms), len(ones))}  # fmt: skip
    codes = [code for code, arm in (("no_treated", ones), ("no_untreated", zeros)) if not len(arm)]
    past, past_codes = _past(panel, outcome, before, ones, unit, time)
    sectors, sector_codes, empty, floor = _sectors(panel, arms, sector, unit, time, facts["permutations"])
    dates, date_codes = _dates(panel, ones, before, after, unit, cohort)
    cells, cell_codes, empty_cells = _cells(panel, arms, second, unit)
    unknown, unknown_codes = _unknown(panel, outcome, [*before, *after], arms, unit, time)
    old = ones.difference(past["young"]) if past["kept_treated"] else ones
    seen, seen_codes = _visible(panel[panel[unit].isin(old.union(zeros))], treated, outcome, before, after, unit, time)
    codes += [*past_codes, *unknown_codes, *seen_codes, *sector_codes, *date_codes, *cell_codes]
    if 0 < len(ones) <= timing.setting("few_treated"):
        codes.append("few_treated")
    facts |= {**past, **sectors, **dates, **cells, **unknown, **seen}
    return _Read(facts, tuple(codes), (*empty, *empty_cells), floor, facts["mde"])


def _past(panel: pd.DataFrame, outcome: str, before: list[Any], ones: pd.Index, unit: str, time: str) -> tuple[dict[str, Any], list[str]]:
    """Years before in which each treated unit's outcome is known."""
    needed = int(timing.setting("pre_years"))
    known = panel[panel[time].isin(before) & panel[outcome].notna()]
    years = known.groupby(unit)[time].nunique().reindex(ones, fill_value=0)
    young = years.index[years < needed]
    codes = ["short_past"] if len(before) < needed else []
    if len(ones) and len(young) > timing.setting("young_share") * len(ones) + ROUNDING:
        codes.append("young_treated")
    elif len(young):
        codes.append("young_dropped")
    return {"young_treated": len(young), "kept_treated": len(ones) - len(young), "young": list(young)}, codes


def _sectors(
    panel: pd.DataFrame, arms: pd.Series, sector: str, unit: str, time: str, permutations: int
) -> tuple[dict[str, Any], list[str], tuple[str, ...], float]:
    """Who was treated by sector, and how small a p-value can get."""
    nothing = {"sectors": 0, "sectors_with_treated": 0, "untreated_in_treated_sectors": 0, "sector_is_rule": False}
    known = panel.sort_values(time, kind="stable").groupby(unit)[sector].last() if sector in panel else pd.Series(dtype=object)
    known = known.reindex(arms.index).dropna()
    if known.empty or not (arms == 1).any():
        return nothing, ["sector_unknown"], (), 1 / max(permutations, 1)
    table = pd.crosstab(known, arms.reindex(known.index)).reindex(columns=[0.0, 1.0], fill_value=0)
    reached = table[table[1.0] > 0]
    left = int(reached[0.0].sum())
    alone = len(reached) == 1 and len(table) > 1
    chance = float(hypergeom.sf(reached[1.0].iloc[0] - 1, len(known), reached.sum(axis=1).iloc[0], reached[1.0].iloc[0])) if alone else 1.0
    rule = alone and (left == 0 or chance < timing.setting("p_floor"))
    emptied = reached.index[reached[0.0] == 0]
    within = int(np.prod([float(comb(int(row.sum()), int(row[1.0]))) for _, row in reached.iterrows()])) if left else 1
    facts = {
        "sectors": len(table), "sectors_with_treated": len(reached), "untreated_in_treated_sectors": left, "sector_is_rule": rule,
        "treated_sectors": [str(name) for name in reached.index], "permutations_within_sector": within, "by_sector": table,
    }  # fmt: skip
    codes = (["one_sector"] if rule else []) + (["sector_fully_treated"] if len(emptied) and (rule or left == 0) else [])
    return facts, codes, tuple(f"untreated:{name}" for name in emptied), 1 / len(table) if rule else 1 / max(permutations, 1)


def _dates(
    panel: pd.DataFrame, ones: pd.Index, before: list[Any], after: list[Any], unit: str, cohort: str | None
) -> tuple[dict[str, Any], list[str]]:
    """When it began, and what else happened then."""
    starts = _starts(panel, ones, before, after, unit, cohort)
    if not starts:
        return {"dates": 0, "shocks": [], "shocks_same_year": []}, []
    near = {name: event for name, event in rules.events().items() if _overlaps(event, min(starts) - 1, max(starts) + 1)}
    same = [name for name, event in near.items() if any(_overlaps(event, year, year) for year in starts)]
    one = len(starts) == 1
    codes = (["one_date"] if one else []) + (["shock_year"] if one and same else ["shock_nearby"] if near else [])
    return {"dates": len(starts), "starts": starts, "shocks": list(near), "shocks_same_year": same}, codes


def _starts(panel: pd.DataFrame, ones: pd.Index, before: list[Any], after: list[Any], unit: str, cohort: str | None) -> list[int]:
    """First treated years: of the cohorts where they are given; a programme's that lies between the periods; else the first one after."""
    if cohort is not None:
        return sorted({int(first) for first in panel.loc[panel[unit].isin(ones), cohort].dropna().unique()})
    years = [int(period) for period in after if isinstance(period, (int, np.integer))]
    if len(years) < len(after) or not len(ones):
        return []
    between = [event.start.year for event in rules.programmes().values() if max(before) < event.start.year <= min(years)]
    return [max(between, default=min(years))]


def _overlaps(event: rules.Event, first: int, last: int) -> bool:
    return event.start <= date(last, 12, 31) and event.end >= date(first, 1, 1)


def _cells(panel: pd.DataFrame, arms: pd.Series, second: str | None, unit: str) -> tuple[dict[str, Any], list[str], tuple[str, ...]]:
    """Both programmes, one of them, neither."""
    if second is None:
        return {}, [], ()
    other = panel.groupby(unit)[second].max().reindex(arms.index).fillna(0).astype(float) > 0
    own = arms == 1
    counts = {"both": own & other, "first_only": own & ~other, "second_only": ~own & other, "neither": ~own & ~other}
    cells = {name: int(mask.sum()) for name, mask in counts.items()}
    empty = tuple(name for name, count in cells.items() if count == 0)
    return {"cells": cells}, ["empty_cell"] if empty else [], empty


def _unknown(
    panel: pd.DataFrame, outcome: str, years: list[Any], arms: pd.Series, unit: str, time: str
) -> tuple[dict[str, Any], list[str]]:
    frame = panel[panel[time].isin(years)]
    shares = {}
    for name, value in (("treated", 1), ("untreated", 0)):
        rows = frame[frame[unit].isin(arms.index[arms == value])]
        shares[f"unknown_{name}"] = float(rows[outcome].isna().mean()) if len(rows) else 0.0
    return shares, ["outcome_unknown"] if max(shares.values()) > timing.setting("unknown_share") else []


def _visible(
    panel: pd.DataFrame, treated: str, outcome: str, before: list[Any], after: list[Any], unit: str, time: str
) -> tuple[dict[str, Any], list[str]]:
    """Smallest effect that could be seen, and how far the treated can still rise."""
    nothing = {"mde": inf, "room": None, "pre_mean": None, "unit": "points", "compared": 0}
    try:
        lines = collapse(panel, outcome, treated, before, after, unit, time)
    except DataError:
        return nothing, ["no_scatter"]
    mde = own_mde(lines, power=timing.setting("power"))
    mean = float(lines.before[lines.treated].mean())
    room = 1 - mean if lines.share else None
    codes = (["no_scatter"] if isinf(mde) else []) + (["no_room"] if room is not None and mde >= room else [])
    return {"mde": mde, "room": room, "pre_mean": mean, "unit": unit_of(outcome, lines.share),
            "compared": len(lines.units)}, codes  # fmt: skip


def _floor_code(codes: tuple[str, ...], floor: float) -> tuple[str, ...]:
    return (*codes, "high_floor") if floor > timing.setting("p_floor") else codes


def _table(facts: Mapping[str, Any], empty: tuple[str, ...], rows: Rows) -> Table:
    """Counts, and the cells of two programmes where there are two."""
    counts = {name: facts.get(name) for name in MEASURES} | facts.get("cells", {})
    data = pd.DataFrame({"measure": list(counts), "count": pd.array(list(counts.values()), dtype="Int64")})
    data["empty"] = [name in empty for name in data["measure"]]
    return Table("design", data, ("count",), derived={"empty": ("count",)}, rows=rows)


def _numbers(programme: str, outcome: str, facts: Mapping[str, Any], floor: float, mde: float, rows: Rows) -> tuple[Number, ...]:
    n = facts["units"]
    found = [
        Number(f"{programme}.n_treated", facts["treated"], "cooperatives", n=n, method="count", rows=rows),
        Number(f"{programme}.n_young", facts["young_treated"], "cooperatives", n=facts["treated"], method="count", rows=rows),
        Number(f"{programme}.p_floor", floor, "share", n=n, method="one over the number of reassignments", rows=rows),
    ]
    if not isinf(mde):
        found.append(Number(f"{programme}.mde.{outcome}", mde, facts["unit"], n=n, method="scatter of the untreated's changes", rows=rows))
    if facts["room"] is not None:
        found.append(Number(f"{programme}.room.{outcome}", facts["room"], "points", n=facts["treated"], method="one less mean before",
                            rows=rows))  # fmt: skip
    return tuple(found)
