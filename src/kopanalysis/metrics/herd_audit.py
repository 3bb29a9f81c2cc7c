"""What an audit of the herds starts from: the book stock of every group by kind of event, and which breed went where."""

from __future__ import annotations

from typing import Any

import pandas as pd

from kopanalysis.lineage import Rows, recorded
from kopanalysis.metrics.herd import BALANCE, FLOWS, GROUP, _base, _stocks, _usable
from kopanalysis.results import Number, Table

AUDIT_COLUMNS = [
    "group_name", "name", "kecamatan", "fund", "accepted", "born", "bought", "died", "sold", "left", "expected", "last_counted",
    "counted_on", "gap",
]  # fmt: skip


@recorded
def herd_audit_list(cattle: pd.DataFrame) -> Table:
    """One line a group and fund with what should be there today: the herd audit form is made from it. It names groups.

    Parameters
    ----------
    cattle : pandas.DataFrame
        From :func:`kopanalysis.herd_ledger`.

    Returns
    -------
    Table
        ``group_name, name`` (of the cooperative; missing: unknown), ``kecamatan, fund, accepted, born, bought, died, sold`` (sick ones
        among them), ``left`` (lost, passed on), ``expected`` (today, after the last count and what was written since), ``last_counted,
        counted_on, gap``. Groups that only had animals announced aren't on it.
    """
    lines = _usable(cattle, [GROUP, "fund"])
    stocks = pd.DataFrame(list(_stocks(lines, [GROUP, "fund"])), columns=[*_base([GROUP, "fund"]), *BALANCE])
    stocks = stocks[stocks[list(FLOWS)].sum(axis=1).astype(float) + stocks["opening"].astype(float) > 0]
    known = cattle.drop_duplicates(GROUP, keep="last").set_index(GROUP)
    belongs = cattle.dropna(subset=["coop_id"]).drop_duplicates(GROUP, keep="last").set_index(GROUP)
    counted = stocks["last_counted"].notna()
    book = stocks["expected"].where(~counted, stocks["last_counted"]).astype(float) + stocks["since_count"].astype(float)
    data = stocks.assign(
        name=stocks[GROUP].map(belongs["coop_name"]), kecamatan=stocks[GROUP].map(belongs["kecamatan"]),
        sold=stocks["sold"] + stocks["sold_sick"], left=stocks["lost"] + stocks["redistributed"], expected=book.clip(lower=0),
    )[AUDIT_COLUMNS]  # fmt: skip
    data = data[data[GROUP].isin(known.index)].sort_values(["kecamatan", GROUP, "fund"], na_position="last", ignore_index=True)
    data["counted_on"] = pd.to_datetime(data["counted_on"])
    return Table("herd_form", data, names_units=True, rows=Rows.of(cattle["source_rows"].dropna()))


@recorded
def breeds_by_place(cattle: pd.DataFrame) -> Table:
    """Accepted heads by kecamatan and breed: where a kecamatan has one breed only, breed and place can't be told apart.

    Parameters
    ----------
    cattle : pandas.DataFrame
        From :func:`kopanalysis.herd_ledger`.

    Returns
    -------
    Table
        ``kecamatan, breed, groups, heads``. Numbers ``cattle.breed.places`` and ``cattle.breed.single`` (kecamatan with one breed).
    """
    given = cattle[(cattle["event"] == "accepted") & cattle["kecamatan"].notna() & cattle["breed"].notna()]
    data = given.groupby(["kecamatan", "breed"]).agg(groups=(GROUP, "nunique"), heads=("heads", "sum")).reset_index()
    breeds = data.groupby("kecamatan")["breed"].nunique()
    rows = Rows.of(given["source_rows"].dropna())
    counts: dict[str, Any] = {"places": len(breeds), "single": int((breeds == 1).sum())}
    numbers = tuple(
        Number(f"cattle.breed.{name}", count, "rows", n=len(given), method="count", rows=rows) for name, count in counts.items()
    )
    derived = {"heads": ("groups",)}
    return Table("breeds_by_place", data, ("groups",), derived=derived, additive=True, within=("kecamatan",), numbers=numbers, rows=rows)
