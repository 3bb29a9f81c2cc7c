"""What the cattle cost: a head accepted, a head still counted a year later, and an additional active cooperative-year."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from kopanalysis import rules
from kopanalysis.errors import CallError, DataError
from kopanalysis.impact.aid import AIDED
from kopanalysis.impact.aid_effects import lead_estimate
from kopanalysis.impact.cost import acceptability_curve, break_even_effect, cost_per_outcome, present_cost
from kopanalysis.lineage import Rows, recorded
from kopanalysis.results import Estimate, Number, Table

STEPS = 12  # along the curve, which reaches at least as many prices of the largest effect that is possible


def price_terms(price_year: int = 0, discount_rate: float = -1.0) -> tuple[int, float, dict[int, float]]:
    """Year of prices, real rate and price index; those not given come from data/rules/aid.toml.

    Parameters
    ----------
    price_year : int
        0: that of the rules.
    discount_rate : float
        Below zero: that of the rules.

    Returns
    -------
    price_year : int
    discount_rate : float
    index : dict of int to float

    Raises
    ------
    CallError
        For a year that the price index doesn't hold.
    """
    index = {int(name): float(found.value) for name, found in rules.parameters("aid", "price_index").items()}
    year = price_year or int(rules.parameter("aid", "money.price_year").value)
    rate = discount_rate if discount_rate >= 0 else float(rules.parameter("aid", "money.discount_rate").value)
    if year not in index:
        raise CallError(f"the price index has no {year}", "price_year", f"It holds {min(index)} to {max(index)}; add yours in rules.toml.")
    return year, rate, index


@recorded
def herd_cost(groups: pd.DataFrame, price_year: int = 0, discount_rate: float = -1.0) -> Table:
    """Rupiah a head accepted, and a head counted a year later, by fund.

    Parameters
    ----------
    groups : pandas.DataFrame
        From :func:`kopanalysis.group_aid`.
    price_year, discount_rate
        As in :func:`price_terms`.

    Returns
    -------
    Table
        ``fund, groups, heads_valued`` (accepted heads whose value is written), ``cost_million`` (rupiah, prices of ``price_year``),
        ``per_head_million, heads_followed`` (valued, in groups counted a year later), ``heads_later, per_later_million`` (their cost over
        the heads counted then; missing where none was). Numbers ``cost.per_head_accepted_idr.<fund>``,
        ``cost.per_head_later_idr.<fund>``, ``cost.price_year``, ``cost.discount_rate``.
    """
    year, rate, index = price_terms(price_year, discount_rate)
    priced = groups[(groups["heads_valued"] > 0) & groups["book_year"].notna()]
    present = [present_cost({int(when): float(value)}, year, rate, _known(index, int(when))) for when, value in
               zip(priced["book_year"], priced["value_idr"], strict=True)]  # fmt: skip
    lines = priced.assign(cost_idr=present, followed=priced["heads_later"].notna())
    rows, records, numbers = Rows.of(groups["source_rows"]), [], []
    for row, (fund, mine) in enumerate(lines.groupby("fund", sort=True)):
        record = _per_head(str(fund), mine)
        records.append(record)
        for name, column in (("per_head_accepted_idr", "per_head_million"), ("per_head_later_idr", "per_later_million")):
            label = str(fund).lower().replace(" ", "_") or "unknown"
            n = int(record["heads_valued" if column == "per_head_million" else "heads_later"])
            value = None if record[column] is None else record[column] * 1e6
            numbers.append(Number(f"cost.{name}.{label}", value, "idr", n=n, method=f"prices of {year}", rows=rows, cell=(row, column)))
    numbers += [Number("cost.price_year", year, "years", method="data/rules/aid.toml", rows=rows),
                Number("cost.discount_rate", rate, "share", method="data/rules/aid.toml", rows=rows)]  # fmt: skip
    columns = ["fund", "groups", "heads_valued", "cost_million", "per_head_million", "heads_followed", "heads_later", "per_later_million"]
    derived = dict.fromkeys(columns[2:], ("groups",))
    return Table("herd_cost", pd.DataFrame(records, columns=columns), ("groups",), derived=derived, numbers=tuple(numbers), rows=rows)


def _known(index: dict[int, float], year: int) -> dict[int, float]:
    """The index, with the nearest year's level for one that it doesn't hold."""
    return index if year in index else index | {year: index[min(index, key=lambda known: abs(known - year))]}


def _per_head(fund: str, mine: pd.DataFrame) -> dict[str, Any]:
    followed = mine[mine["followed"]]
    heads, later = float(mine["heads_valued"].sum()), float(followed["heads_later"].sum())
    cost = float(mine["cost_idr"].sum())
    return {
        "fund": fund, "groups": len(mine), "heads_valued": heads, "cost_million": cost / 1e6, "per_head_million": cost / heads / 1e6,
        "heads_followed": float(followed["heads_valued"].sum()),
        "heads_later": later, "per_later_million": float(followed["cost_idr"].sum()) / later / 1e6 if later > 0 else None,
    }  # fmt: skip


@recorded
def aid_cost(
    panel: pd.DataFrame, outcome: str = "rat_held", price_year: int = 0, discount_rate: float = -1.0, worth_idr: float = 0.0,
    anticipation: int = 1, draws: int = 1_999, seed: int = 0, level: float = 0.95,
) -> Table:  # fmt: skip
    """Rupiah per additional active cooperative-year, with a set that has no end where the effect may be zero.

    Parameters
    ----------
    panel : pandas.DataFrame
        From :func:`kopanalysis.aid_sample`.
    outcome : str
        Yes/no: an active year.
    price_year, discount_rate
        As in :func:`price_terms`.
    worth_idr : float
        What an additional active year is taken to be worth; 0: data/rules/aid.toml.
    anticipation, draws, seed : int
    level : float

    Returns
    -------
    Table
        ``measure, value, low, high, shape``: ``cost_idr``, ``cooperative_years``, ``per_active_year_idr`` (Fieller, the cost being known
        exactly: the prices of the effects within the band), ``per_active_year_bootstrap_idr`` (parametric bootstrap),
        ``break_even`` (the effect at which the cost would be worth it), ``ceiling`` (one less the recipients' share before: the largest
        effect that is possible),
        ``least_price_idr`` (the price at that effect: no lower one is possible). ``shape`` is
        ``bounded`` or ``unbounded``; an open end is missing, never a number. Numbers ``cost.per_active_year_idr`` and its like under
        ``cost.``. ``fitted`` holds the acceptability curve.

    Raises
    ------
    CallError, DataError
        As :func:`kopanalysis.imputation`, and where no value of the animals is on record.
    """
    year, rate, index = price_terms(price_year, discount_rate)
    worth = worth_idr or float(rules.parameter("aid", "money.worth_idr").value)
    effect = lead_estimate(panel, outcome, anticipation, draws, seed, level=level)
    units = panel[panel[AIDED] == 1].drop_duplicates("coop_id")
    spending = units.groupby("aid_cohort")["aid_value_idr"].sum()
    cost = sum(present_cost({int(str(when)): float(value)}, year, rate, _known(index, int(str(when)))) for when, value in spending.items())
    if cost <= 0:
        raise DataError("No value of the accepted animals is on record", "value_idr", "Write the contract price beside each acceptance.")
    cells = float(effect.n_obs or 0)
    fieller = cost_per_outcome(cost, effect, "fieller", level, cells)
    bootstrap = cost_per_outcome(cost, effect, "bootstrap", level, cells, seed=seed)
    before = panel[(panel[AIDED] == 1) & (panel["book_year"] < panel["aid_cohort"].astype("Float64") - anticipation)]
    ceiling = 1 - float(before[outcome].astype("Float64").mean())
    even = break_even_effect(cost, worth, cells, ceiling)
    records: list[dict[str, Any]] = [
        {"measure": "cost_idr", "value": cost}, {"measure": "cooperative_years", "value": cells},
        _priced("per_active_year_idr", fieller), _priced("per_active_year_bootstrap_idr", bootstrap),
        {"measure": "break_even", "value": even.estimate, "shape": even.method}, {"measure": "ceiling", "value": ceiling},
        {"measure": "least_price_idr", "value": cost / cells / ceiling if ceiling > 0 else None}, {"measure": "worth_idr", "value": worth},
        {"measure": "price_year", "value": float(year)}, {"measure": "discount_rate", "value": rate},
    ]  # fmt: skip
    data = pd.DataFrame(records, columns=["measure", "value", "low", "high", "shape"])
    curve = acceptability_curve(effect, cost, round_steps(cost / cells / max(ceiling, 0.01)), cells)
    numbers = tuple(_number(line, row, effect, level) for row, line in enumerate(data.to_dict("records")))
    return Table("aid_cost", data, numbers=numbers, rows=effect.rows, fitted={"curve": curve, "effect": effect, "fieller": fieller})


def round_steps(price: float) -> list[float]:
    """Even steps in round numbers, the first at a price or just above it.

    Parameters
    ----------
    price : float
        Above zero.

    Returns
    -------
    list of float
    """
    unit = 10 ** math.floor(math.log10(price))
    step = next(unit * digit for digit in (1, 2, 2.5, 5, 10) if unit * digit >= price * (1 - 1e-9))
    return [step * number for number in range(1, STEPS + 1)]


def _priced(name: str, found: Estimate) -> dict[str, Any]:
    """A price with its ends; one without an end is missing, and the shape says so."""
    ends = {end: value if value is not None and math.isfinite(value) else None
            for end, value in (("low", found.conf_low), ("high", found.conf_high))}  # fmt: skip
    value = found.estimate if math.isfinite(found.estimate) else None
    return {"measure": name, "value": value, **ends, "shape": found.method.partition(", ")[2]}


UNITS = {"cooperative_years": "coop_years", "break_even": "points", "ceiling": "points", "price_year": "years", "discount_rate": "share"}


def _number(line: dict[Any, Any], row: int, effect: Estimate, level: float) -> Number:
    limits = [None if pd.isna(line[end]) else float(line[end]) for end in ("value", "low", "high")]
    shape = "" if pd.isna(line["shape"]) else f", {line['shape']}"
    priced = limits[1] is not None or limits[2] is not None or "unbounded" in shape
    return Number(
        f"cost.{line['measure']}", limits[0], UNITS.get(line["measure"], "idr"), limits[1], limits[2], level if priced else None,
        effect.n_treated, method=f"imputation and cost of the animals{shape}", rows=effect.rows, cell=(row, "value"),
    )  # fmt: skip
