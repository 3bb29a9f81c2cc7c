"""What each group was given and what was still there a year later: accepted heads, heads counted later, papers, and who stands behind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from kopanalysis import rules
from kopanalysis.lineage import Rows, recorded
from kopanalysis.metrics.herd import GROUP, _usable
from kopanalysis.results import Number, Table
from kopanalysis.suppression import Sum

GIVEN = "accepted"
GROUP_COLUMNS = [
    GROUP, "fund", "coop_id", "kecamatan", "first_accepted", "book_year", "heads_accepted", "value_idr", "heads_valued",
    "heads_without_document", "lines_without_document", "heads_later", "later_on", "source_rows",
]  # fmt: skip
AMOUNTS = {
    "heads_accepted": "heads_accepted", "heads_linked": "heads_linked", "heads_unlinked": "heads_unlinked",
    "heads_followed": "heads_followed", "heads_later": "heads_later", "heads_without_document": "heads_without_document",
}  # fmt: skip


@recorded
def group_aid(cattle: pd.DataFrame) -> pd.DataFrame:
    """One line a group and fund that accepted animals.

    Parameters
    ----------
    cattle : pandas.DataFrame
        From :func:`kopanalysis.herd_ledger`: ``group_name, fund, event, heads, date, coop_id, kecamatan, value_idr, document``.

    Returns
    -------
    pandas.DataFrame
        ``group_name, fund, coop_id`` (missing: no cooperative is known), ``kecamatan, first_accepted, book_year`` (the calendar year of
        the first acceptance: the first whose accounts and meeting can show it), ``heads_accepted, value_idr`` (rupiah of the
        ``heads_valued`` whose value is written), ``heads_without_document, lines_without_document, heads_later`` (the count nearest to a
        year after the first acceptance, within the days of data/rules/aid.toml; missing: none), ``later_on, source_rows``. It names groups.
    """
    wanted = {name: cattle[name] if name in cattle else pd.Series(pd.NA, index=cattle.index, dtype=object)
              for name in ("fund", "coop_id", "kecamatan", "value_idr", "document", "source_rows")}  # fmt: skip
    lines = _usable(cattle.assign(**wanted), [GROUP, "fund"])
    lines.attrs = {}  # pandas copies them with every small frame below
    records = [_given(mine) for _, mine in lines.groupby([GROUP, "fund"], sort=True) if (mine["event"] == GIVEN).any()]
    data = pd.DataFrame(records, columns=GROUP_COLUMNS)
    return data.astype({"book_year": "Int64", "heads_accepted": float, "heads_later": "Float64"})


def _given(mine: pd.DataFrame) -> dict[str, Any]:
    accepted = mine[mine["event"] == GIVEN]
    first = accepted["date"].min()
    later = _later(mine[mine["event"] == "counted"], first)
    valued = accepted["value_idr"].notna()
    papers = accepted["document"].fillna("").astype(str).str.strip() != ""
    used = pd.concat([accepted, later])
    return {
        GROUP: mine[GROUP].iloc[0], "fund": mine["fund"].iloc[0], "coop_id": _known(mine["coop_id"]),
        "kecamatan": _known(mine["kecamatan"]),
        "first_accepted": first, "book_year": first.year if pd.notna(first) else pd.NA, "heads_accepted": float(accepted["heads"].sum()),
        "value_idr": float(accepted["value_idr"].sum()), "heads_valued": float(accepted.loc[valued, "heads"].sum()),
        "heads_without_document": float(accepted.loc[~papers, "heads"].sum()), "lines_without_document": int((~papers).sum()),
        "heads_later": float(later["heads"].iloc[0]) if len(later) else pd.NA,
        "later_on": later["date"].iloc[0] if len(later) else pd.NaT,
        "source_rows": " ".join(used["source_rows"].fillna("").astype(str)),
    }  # fmt: skip


def _known(column: pd.Series) -> Any:
    known = column.dropna()
    return known.iloc[-1] if len(known) else pd.NA


def _later(counts: pd.DataFrame, first: pd.Timestamp) -> pd.DataFrame:
    """The count nearest to a year after the first acceptance, none where it lies too early or too late."""
    least, most, year = (rules.parameter("aid", f"later.{name}").value for name in ("from_days", "to_days", "year_days"))
    days = (counts["date"] - first).dt.days
    near = counts[days.between(least, most)]
    return near.loc[[(days[near.index] - year).abs().idxmin()]] if len(near) else near


@recorded
def herd_treatment(groups: pd.DataFrame) -> Table:
    """Treatments by fund: announced is a promise, so what counts is accepted, and what was counted a year later.

    Parameters
    ----------
    groups : pandas.DataFrame
        From :func:`group_aid`.

    Returns
    -------
    Table
        ``fund, groups, linked_groups, unlinked_groups, heads_accepted, heads_linked, heads_unlinked, followed_groups`` (counted a year
        later), ``heads_followed`` (accepted by those), ``heads_later, heads_without_document``. Numbers ``cattle.treatment.<column>``
        over all funds.
    """
    linked, followed = groups["coop_id"].notna(), groups["heads_later"].notna()
    lines = groups.assign(
        groups=1, linked_groups=linked.astype(int), unlinked_groups=(~linked).astype(int), followed_groups=followed.astype(int),
        heads_linked=groups["heads_accepted"].where(linked, 0.0), heads_unlinked=groups["heads_accepted"].where(~linked, 0.0),
        heads_followed=groups["heads_accepted"].where(followed, 0.0), heads_later=groups["heads_later"].fillna(0.0).astype(float),
    )  # fmt: skip
    counts = ("groups", "linked_groups", "unlinked_groups", "followed_groups")
    columns = [*counts, *AMOUNTS]
    data = lines.groupby("fund", sort=True)[columns].sum().reset_index()
    rows = Rows.of(groups["source_rows"])
    numbers = tuple(_totals(data, columns, rows))
    linkable = tuple(Sum(((row, "linked_groups"), (row, "unlinked_groups")), (row, "groups")) for row in range(len(data)))
    return Table("herd_treatment", data, counts, derived=dict.fromkeys(AMOUNTS, counts), additive=True, sums=linkable, numbers=numbers,
                 rows=rows)  # fmt: skip


def _totals(data: pd.DataFrame, columns: list[str], rows: Rows) -> Iterator[Number]:
    for name in columns:
        unit = "heads" if name.startswith("heads") else "rows"
        yield Number(
            f"cattle.treatment.{name}", int(data[name].sum()), unit, n=int(data["groups"].sum()), method="sum of the ledger", rows=rows
        )
