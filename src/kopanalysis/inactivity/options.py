"""What the office can do about the inactive, for how many, at which assumed cost."""

from __future__ import annotations

from datetime import date as Date
from typing import TYPE_CHECKING, Any

import pandas as pd

from kopanalysis import rules
from kopanalysis.lineage import Rows, recorded
from kopanalysis.metrics.activity import at_date, classify
from kopanalysis.metrics.panel import build_panel
from kopanalysis.results import SMALLEST_PUBLIC_COUNT, Number, Table, edition
from kopanalysis.suppression import Sum

if TYPE_CHECKING:
    from kopanalysis.loaders.load import Office

HALVES = ("visit", "report")
OPTIONS = ("visit", "report", "merge", "dissolve")


@recorded
def options_cost(office: Office, date: Date | str, region: str | None = None, rule: str = "no_rat_3y") -> Table:
    """How many inactive cooperatives each option is for, and what that would cost at data/rules/options.toml.

    Parameters
    ----------
    office : Office
    date : date or str
        Day of the headline; nothing known later is used.
    region : str, optional
    rule : str
        The definition of inactive, silence read as inactive.

    Returns
    -------
    Table
        ``option, cooperatives, unit_cost_idr, cost_idr, mark`` (of the unit cost). ``visit``: inactive without any evidence of work;
        ``report``: inactive with evidence of work; ``merge``: of these, those whose last known membership is below
        ``options.smallest``; ``dissolve``: without evidence of work, found closed by the last visit, which also said that no government
        funds are outstanding. Numbers ``options.{count,unit,cost}.<option>``, ``options.smallest``.

    Notes
    -----
    Unit costs marked ``unverified`` are assumptions. A cooperative may stand under two options (``report`` and ``merge``, ``visit`` and
    ``dissolve``), so the costs don't add up.
    """
    panel = build_panel(office, as_of=date, region=region)
    inactive = at_date(classify(panel, rule, "legal"), date).set_index("coop_id")
    inactive = inactive[inactive["status"] == "inactive"]
    works = at_date(classify(panel, rule, "evidence"), date).set_index("coop_id")["status"].reindex(inactive.index) == "active"
    smallest = rules.parameter("options", "smallest")
    members = panel.dropna(subset=["members"]).groupby("coop_id")["members"].last().reindex(inactive.index)
    chosen = {
        "visit": ~works,
        "report": works,
        "merge": works & (members < smallest.value),
        "dissolve": ~works & inactive.index.isin(_closed_and_settled(office, date)),
    }
    seen = office.tables["findings"]
    rows = Rows.of(panel["source_rows"]) | Rows.of(seen.loc[seen["coop_id"].isin(panel["coop_id"]), "source_rows"])
    counts = {option: int(mask.sum()) for option, mask in chosen.items()}
    small = edition() == "public" and any(0 < counts[name] < SMALLEST_PUBLIC_COUNT for name in HALVES)
    pair = HALVES if small else ()  # the two add up to a printed total
    records: list[dict[str, object]] = []
    numbers = [Number("options.smallest", smallest.value, "people", method=f"parameter, {smallest.mark}", rows=rows)]
    for option in OPTIONS:
        price, count = rules.parameter("options", option), counts[option]
        about: dict[str, Any] = {"n": len(inactive), "rule": rule, "silence": "legal", "rows": rows}
        counted = Number(f"options.count.{option}", count, "cooperatives", method="count", cell=(len(records), "cooperatives"), **about)
        counted = counted.hidden() if option in pair else counted
        cost = Number(f"options.cost.{option}", count * price.value, "idr", method=f"count times parameter, {price.mark}",
                      cell=(len(records), "cost_idr"), **about)  # fmt: skip
        unit = Number(f"options.unit.{option}", price.value, "idr", method=f"parameter, {price.mark}",
                      cell=(len(records), "unit_cost_idr"), **about)  # fmt: skip
        numbers += [counted, unit, cost.hidden() if counted.suppressed else cost]
        records.append({"option": option, "cooperatives": count, "unit_cost_idr": price.value, "cost_idr": count * price.value,
                        "mark": price.mark})  # fmt: skip
    hidden = frozenset((OPTIONS.index(option), "cooperatives") for option in pair)
    at = {option: (row, "cooperatives") for row, option in enumerate(OPTIONS)}
    nested = tuple(Sum((at[part],), at[whole], rest=True) for part, whole in (("merge", "report"), ("dissolve", "visit")))
    halves = Sum(tuple(at[option] for option in HALVES))
    return Table("options_cost", pd.DataFrame(records), ("cooperatives",), derived={"cost_idr": ("cooperatives",)}, numbers=tuple(numbers),
                 sums=(halves, *nested), rows=rows, hidden=hidden)  # fmt: skip


def _closed_and_settled(office: Office, date: Date | str) -> pd.Index:
    """Cooperatives whose last finding says: not operating, no government funds outstanding."""
    seen = office.tables["findings"].dropna(subset=["coop_id", "date"])
    last = seen[seen["date"] <= pd.Timestamp(date)].sort_values("date", kind="stable").groupby("coop_id")[["operating", "government_funds"]]
    told = last.last().astype("boolean")
    return told.index[(~told["operating"] & ~told["government_funds"]).fillna(False)]
