"""Who was trained, and how both arms did year by year: plain counts, no model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from kopanalysis import rules
from kopanalysis.errors import CallError, DataError
from kopanalysis.lineage import Rows, recorded
from kopanalysis.metrics.intervals import wilson
from kopanalysis.results import Number, Table
from kopanalysis.suppression import Sum, sums_across

if TYPE_CHECKING:
    from kopanalysis.loaders.load import Office

ARMS = {"treated": 1, "others": 0}


@recorded
def assignment_table(panel: pd.DataFrame, treated: str = "treated", by: str = "sector", unit: str = "coop_id",
                     time: str = "book_year", programme: str = "training") -> Table:  # fmt: skip
    """Count treated and untreated cooperatives by what may have decided who was treated.

    Parameters
    ----------
    panel : pandas.DataFrame
        One row a ``unit`` and ``time``.
    treated, by, unit, time : str
        The last known value of ``by`` counts; units without one stand under a missing value.
    programme : str
        First word of the numbers' names.

    Returns
    -------
    Table
        ``<by>, trained, untrained, units``, most trained first. Numbers ``<programme>.overlap`` (untreated units where all the treated
        are), ``<programme>.groups``, ``<programme>.groups_reached`` and ``<programme>.otherwise`` (untreated units that took part in
        another training, where :func:`kopanalysis.with_outcomes` marked them).

    Raises
    ------
    CallError
        For an unknown column.
    """
    absent = [name for name in (treated, by, unit, time) if name not in panel]
    if absent:
        raise CallError(f"the panel has no column {', '.join(absent)}", mend=f"It has {', '.join(map(str, panel.columns))}.")
    lines = panel.sort_values(time, kind="stable").groupby(unit).agg({by: "last", treated: "max"})
    counts = lines.groupby(by, dropna=False)[treated].agg(units="size", trained="sum").reset_index()
    counts["trained"] = counts["trained"].astype(int)
    counts["untrained"] = counts["units"] - counts["trained"]
    counts = counts.sort_values(["trained", "units"], ascending=False, kind="stable", ignore_index=True)
    reached = counts[counts["trained"] > 0]
    rows = _rows(panel)
    other = panel.loc[panel["never_other"] == 0, unit].nunique() if "never_other" in panel else 0
    numbers = (
        Number(f"{programme}.otherwise", int(other), "cooperatives", n=len(lines), method="count", rows=rows),
        Number(
            f"{programme}.overlap",
            int(reached["untrained"].sum()),
            "cooperatives",
            n=len(lines),
            method="count",
            rows=rows,
            cell=(int(reached.index[0]), "untrained") if len(reached) == 1 else None,
        ),
        Number(f"{programme}.groups", len(counts), "index", n=len(lines), method="count", rows=rows),
        Number(f"{programme}.groups_reached", len(reached), "index", n=len(lines), method="count", rows=rows),
    )
    return Table(f"assignment_{by}", counts[[by, "trained", "untrained", "units"]], ("trained", "untrained"), "units", additive=True,
                 sums=(Sum(tuple((int(row), "untrained") for row in reached.index)),), numbers=numbers, rows=rows)  # fmt: skip


@recorded
def arm_shares(panel: pd.DataFrame, outcome: str, treated: str = "treated", first: int | None = None,
               time: str = "book_year", programme: str = "training", level: float = 0.95) -> Table:  # fmt: skip
    """Share of each arm with the outcome, period by period, with its counts.

    Parameters
    ----------
    panel : pandas.DataFrame
    outcome : str
        Yes/no column; units without a known value in a period are left out of it.
    treated : str
    first : int, optional
        First period shown; default: all.
    time, programme : str
    level : float
        Of the Wilson interval.

    Returns
    -------
    Table
        ``<time>, treated_yes, treated_n, treated_share, treated_low, treated_high``, the same for ``others``. Numbers
        ``<programme>.share.<outcome>.<arm>.<period>`` with their counts in ``n``.
    """
    lines = panel[panel[outcome].notna()]
    lines = lines if first is None else lines[lines[time] >= first]
    data = pd.DataFrame({time: sorted(lines[time].unique())})
    numbers, rows = [], _rows(panel)
    for arm, value in ARMS.items():
        part = lines[lines[treated] == value].groupby(time)[outcome].agg(["sum", "count"]).reindex(data[time])
        yes, n = part["sum"].fillna(0).astype(int).to_numpy(), part["count"].fillna(0).astype(int).to_numpy()
        low, high = wilson(yes, n, level)
        share = pd.Series(yes / pd.Series(n).where(n > 0))
        columns = {"yes": yes, "n": n, "share": share, "low": pd.Series(low).where(n > 0), "high": pd.Series(high).where(n > 0)}
        data = pd.concat([data, pd.DataFrame(columns).add_prefix(f"{arm}_")], axis=1)
        numbers += [
            Number(f"{programme}.share.{outcome}.{arm}.{period}", float(share[row]) if n[row] else None, "share", float(low[row]),
                   float(high[row]), level, int(n[row]), method="Wilson interval", rows=rows, cell=(row, f"{arm}_share"))
            for row, period in enumerate(data[time])
        ]  # fmt: skip
    counts = tuple(f"{arm}_{name}" for arm in ARMS for name in ("yes", "n"))
    derived = {f"{arm}_{name}": (f"{arm}_yes", f"{arm}_n") for arm in ARMS for name in ("share", "low", "high")}
    # Both arms together are printed as the district's count of the same period.
    sums = (*sums_across(len(data), "treated_yes", "others_yes"), *sums_across(len(data), "treated_n", "others_n"))
    return Table(f"arms.{outcome}", data, counts, derived=derived, of={f"{arm}_n": (f"{arm}_yes",) for arm in ARMS}, sums=sums,
                 numbers=tuple(numbers), rows=rows)  # fmt: skip


@recorded
def training_cost(office: Office, programme: str = "study", years: int = 1) -> Table:
    """What the training cost, as its own records say.

    Parameters
    ----------
    office : Office
    programme : str
        Name in ``data/rules/programmes.toml``.
    years : int
        Years over which its fruits are counted.

    Returns
    -------
    Table
        ``units, with_cost, cost_idr, cost_each_idr, cost_year_idr``. Numbers ``training.cost_idr``, ``training.cost_each_idr``,
        ``training.cost_year_idr`` (per cooperative and year), None where no cost is on record.

    Raises
    ------
    DataError
        When no row of that training is on record.
    """
    event, training = rules.programmes()[programme], office.tables["training"]
    day = training["start_date"].fillna(training["end_date"])
    lines = training[day.between(pd.Timestamp(event.start), pd.Timestamp(event.end))]
    if lines.empty:
        raise DataError(f"No row of the training {programme} is on record", "training", "Fill in the training template.")
    priced = lines[lines["cost_idr"].notna()]
    total = float(priced["cost_idr"].sum()) if len(priced) else None
    each = total / len(priced) if total is not None else None
    values: dict[str, Any] = {"cost_idr": total, "cost_each_idr": each, "cost_year_idr": None if each is None else each / years}
    rows = Rows.of(lines["source_rows"].dropna())
    numbers = tuple(Number(f"training.{name}", value, "idr", n=len(priced), method="sum of recorded costs", rows=rows)
                    for name, value in values.items())  # fmt: skip
    data = pd.DataFrame([{"units": len(lines), "with_cost": len(priced), **values}])
    return Table("training_cost", data, ("units", "with_cost"), of={"units": ("with_cost",)}, numbers=numbers, rows=rows)


def first_day(office: Office, programme: str = "study") -> str:
    """First day of the training on record, else the first day that the rules give it, as an ISO date."""
    event, training = rules.programmes()[programme], office.tables["training"]
    days = training["start_date"].fillna(training["end_date"])
    within = days[days.between(pd.Timestamp(event.start), pd.Timestamp(event.end))]
    return str(within.min().date()) if len(within) else event.start.isoformat()


def _rows(panel: pd.DataFrame) -> Rows:
    return Rows.of(panel["source_rows"].dropna()) if "source_rows" in panel else Rows()
