"""What each group was given and what was still there a year later: accepted heads, heads counted later, papers, and who stands behind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from kopanalysis import rules
from kopanalysis.lineage import Rows, recorded
from kopanalysis.metrics.herd import GROUP, _usable, by_stock
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
    records = [_given(mine) for _, mine in by_stock(lines, [GROUP, "fund"]) if any(line["event"] == GIVEN for line in mine)]
    data = pd.DataFrame(records, columns=GROUP_COLUMNS)
    return data.astype({"book_year": "Int64", "heads_accepted": float, "heads_later": "Float64"})


def _given(mine: list[dict[str, Any]]) -> dict[str, Any]:
    accepted = [line for line in mine if line["event"] == GIVEN]
    first = min((line["date"] for line in accepted if pd.notna(line["date"])), default=pd.NaT)
    later = _later([line for line in mine if line["event"] == "counted"], first)
    valued = [line for line in accepted if pd.notna(line["value_idr"])]
    bare = [line for line in accepted if pd.isna(line["document"]) or not str(line["document"]).strip()]
    used = [line["source_rows"] for line in (*accepted, *later)]
    return {
        GROUP: mine[0][GROUP], "fund": mine[0]["fund"], "coop_id": _known(mine, "coop_id"), "kecamatan": _known(mine, "kecamatan"),
        "first_accepted": first, "book_year": first.year if pd.notna(first) else pd.NA,
        "heads_accepted": float(sum(line["heads"] for line in accepted)), "value_idr": float(sum(line["value_idr"] for line in valued)),
        "heads_valued": float(sum(line["heads"] for line in valued)),
        "heads_without_document": float(sum(line["heads"] for line in bare)), "lines_without_document": len(bare),
        "heads_later": float(later[0]["heads"]) if later else pd.NA, "later_on": later[0]["date"] if later else pd.NaT,
        "source_rows": " ".join("" if pd.isna(rows) else str(rows) for rows in used),
    }  # fmt: skip


def _known(lines: list[dict[str, Any]], name: str) -> Any:
    return next((line[name] for line in reversed(lines) if pd.notna(line[name])), pd.NA)


def _later(counts: list[dict[str, Any]], first: Any) -> list[dict[str, Any]]:
    """The count nearest to a year after the first acceptance, none where it lies too early or too late."""
    least, most, year = (rules.parameter("aid", f"later.{name}").value for name in ("from_days", "to_days", "year_days"))
    near = [line for line in counts if least <= (line["date"] - first).days <= most] if pd.notna(first) else []
    return [min(near, key=lambda line: abs((line["date"] - first).days - year))] if near else []


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
