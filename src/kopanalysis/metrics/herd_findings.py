"""What in a herd ledger can't be, or calls for a check: births among males, one document in two funds, events in an empty shed."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

import pandas as pd

from kopanalysis import rules
from kopanalysis.lineage import Rows, recorded
from kopanalysis.metrics.herd import BALANCE, FLOWS, GROUP, _base, _stocks, _usable, by_stock
from kopanalysis.results import Number, Table

KINDS = ("birth_from_males", "double_funding", "double_delivery", "event_after_empty", "stock_below_zero", "accepted_over_contracted",
         "accepted_over_arrived", "count_above_expected")  # fmt: skip
FINDING_COLUMNS = ["finding", "group_name", "fund", "date", "event", "heads", "document", "source_rows"]
Line = dict[str, Any]


@recorded
def herd_findings(cattle: pd.DataFrame) -> Table:
    """Lines of the ledger that contradict each other, each with the rows that show it.

    Parameters
    ----------
    cattle : pandas.DataFrame
        As in :func:`kopanalysis.herd_balance`, with ``fund, sex, document`` where they are known.

    Returns
    -------
    Table
        ``finding, group_name, fund`` (several where they differ), ``date, event, heads, document, source_rows``, one row a finding:
        ``birth_from_males`` (a birth in a group and fund that had received males only), ``double_funding`` (one handover document under two
        funds), ``double_delivery`` (the same heads accepted by one group from two funds within a month: to be checked),
        ``event_after_empty`` (something happens to animals when the last one had gone), ``stock_below_zero`` (more gone than there were),
        ``accepted_over_contracted``, ``accepted_over_arrived`` (of a group and fund), ``count_above_expected``. It names groups.
        Numbers ``cattle.findings`` and ``cattle.findings.<kind>``.
    """
    lines = _lines(cattle)
    found = [finding for check in (_births, _double_documents, _double_deliveries, _stock_checks, _over) for finding in check(lines)]
    data = pd.DataFrame(found, columns=FINDING_COLUMNS)
    data = data.sort_values(["finding", "group_name", "date"], key=_by_kind, kind="stable", ignore_index=True)
    rows = Rows.of(cattle["source_rows"].dropna()) if "source_rows" in cattle else Rows()
    counts = {"cattle.findings": len(data), **{f"cattle.findings.{kind}": int((data["finding"] == kind).sum()) for kind in KINDS}}
    numbers = tuple(Number(name, count, "rows", n=len(lines), method="count", rows=rows) for name, count in counts.items())
    # Numbers of findings stay in the public edition, the rows that name groups don't.
    return Table("herd_findings", data, names_units=True, numbers=numbers, rows=rows)


def _lines(cattle: pd.DataFrame) -> pd.DataFrame:
    """The ledger in order, with blanks where a paper or a row isn't known."""
    wanted = {name: cattle[name] if name in cattle else pd.Series(pd.NA, index=cattle.index, dtype=object)
              for name in ("fund", "sex", "document", "source_rows")}  # fmt: skip
    lines = _usable(cattle.assign(**wanted), [GROUP, "fund"])
    return lines.assign(document=lines["document"].fillna("").astype(str), source_rows=lines["source_rows"].fillna("").astype(str))


@recorded
def twice_uncounted(cattle: pd.DataFrame) -> Table:
    """Heads that nobody counted and whose handover document stands under another fund too: they may be the same animals, written twice.

    Parameters
    ----------
    cattle : pandas.DataFrame
        As in :func:`herd_findings`.

    Returns
    -------
    Table
        ``group_name, fund, heads`` (accepted or bought under such a document, at most what the books still expect), one row a group and
        fund without a count. It names groups. Number ``cattle.twice_uncounted`` (their heads).
    """
    lines = _lines(cattle)
    stocks = pd.DataFrame(list(_stocks(lines, [GROUP, "fund"])), columns=[*_base([GROUP, "fund"]), *BALANCE])
    open_ = stocks.loc[stocks["last_counted"].isna(), [GROUP, "fund", "expected"]]
    heads = _shared_papers(lines).groupby([GROUP, "fund"])["heads"].sum().reset_index()
    data = heads.merge(open_, on=[GROUP, "fund"])
    data["heads"] = data[["heads", "expected"]].astype(float).min(axis=1).clip(lower=0.0)
    data = data[data["heads"] > 0].reset_index(drop=True)
    rows = Rows.of(cattle["source_rows"].dropna()) if "source_rows" in cattle else Rows()
    number = Number("cattle.twice_uncounted", int(data["heads"].sum()), "heads", n=len(open_), method="one document, two funds", rows=rows)
    return Table("twice_uncounted", data[[GROUP, "fund", "heads"]], names_units=True, numbers=(number,), rows=rows)


def _by_kind(column: pd.Series) -> pd.Series:
    return column.map({kind: i for i, kind in enumerate(KINDS)}) if column.name == "finding" else column


def _finding(kind: str, lines: Iterable[Line]) -> Line:
    """One finding from the lines that show it, the last of them the one to look at."""
    shown = list(lines)
    last = shown[-1]
    funds, documents = (", ".join(dict.fromkeys(str(line[name]) for line in shown if line[name])) for name in ("fund", "document"))
    return {
        "finding": kind, "group_name": last[GROUP], "fund": funds, "date": last["date"], "event": last["event"], "heads": last["heads"],
        "document": documents, "source_rows": " ".join(line["source_rows"] for line in shown),
    }  # fmt: skip


def _herds(lines: pd.DataFrame) -> Iterator[list[Line]]:
    return (herd for _, herd in by_stock(lines, [GROUP, "fund"]))


def _births(lines: pd.DataFrame) -> Iterator[Line]:
    """Births where every animal that came before was male."""
    for herd in _herds(lines):
        came: list[Line] = []
        for line in herd:
            if line["event"] in ("accepted", "bought"):
                came.append(line)
            if line["event"] == "born" and line["heads"] > 0 and came and all(one["sex"] == "male" for one in came):
                yield _finding("birth_from_males", [*came, line])


def _double_documents(lines: pd.DataFrame) -> Iterator[Line]:
    """One handover document that stands under two funds."""
    for _, mine in _shared_papers(lines).groupby("paper"):
        # At most as many heads stand twice as the smaller line says.
        yield _finding("double_funding", mine.to_dict("records")) | {"heads": mine["heads"].min()}  # type: ignore[arg-type]


def _shared_papers(lines: pd.DataFrame) -> pd.DataFrame:
    """Acceptances and purchases whose document stands under several funds; ``paper`` is its number without its punctuation."""
    papers = lines[lines["event"].isin(["accepted", "bought"]) & (lines["document"] != "")]
    papers = papers.assign(paper=papers["document"].str.upper().str.replace(r"[\s./-]+", "/", regex=True).str.strip("/"))
    funds = papers[papers["fund"] != ""].groupby("paper")["fund"].nunique()
    return papers[papers["paper"].isin(funds.index[funds > 1])]


def _double_deliveries(lines: pd.DataFrame) -> Iterator[Line]:
    """The same number of heads accepted by one group from two funds close together, under different papers."""
    days = pd.Timedelta(days=rules.parameter("herd", "finding.same_delivery_days").value)
    accepted = lines[(lines["event"] == "accepted") & (lines["fund"] != "") & lines["date"].notna()]
    for _, records in by_stock(accepted, [GROUP, "heads"]):
        for first, second in itertools.pairwise(records):
            apart = first["fund"] != second["fund"] and first["document"] != second["document"]
            if apart and second["date"] - first["date"] <= days:
                yield _finding("double_delivery", [first, second])


def _stock_checks(lines: pd.DataFrame) -> Iterator[Line]:
    """Walk each herd's book stock: events in an empty shed, more gone than there were, counts above the book."""
    adds, takes = (rules.parameter("herd", f"stock.{name}").value for name in ("adds", "takes"))
    for herd in _herds(lines[lines["event"].isin([*FLOWS, "counted"]) & (lines["heads"] > 0)
                             | (lines["event"] == "counted")]):  # fmt: skip
        stock, began = 0.0, False
        for number, line in enumerate(herd):
            if line["event"] == "counted":
                if began and line["heads"] > stock:
                    kind = "event_after_empty" if stock <= 0 else "count_above_expected"
                    yield _finding(kind, herd[: number + 1])
                stock, began = line["heads"], True
                continue
            if began and stock <= 0 and (line["event"] in takes or line["event"] == "born"):
                yield _finding("event_after_empty", herd[: number + 1])
            elif line["event"] in takes and line["heads"] > stock:
                yield _finding("stock_below_zero", herd[: number + 1])
            stock = max(0.0, stock + line["heads"] * ((line["event"] in adds) - (line["event"] in takes)))
            began = began or stock > 0 or line["event"] in takes


def _over(lines: pd.DataFrame) -> Iterator[Line]:
    """More heads accepted than were contracted, or than arrived less those sent back."""
    for herd in _herds(lines):
        accepted = [line for line in herd if line["event"] == "accepted"]
        total = sum(line["heads"] for line in accepted)
        for kind, before, back in (("accepted_over_contracted", "contracted", ""), ("accepted_over_arrived", "arrived", "rejected")):
            ceiling = [line for line in herd if line["event"] in (before, back)]
            limit = sum(line["heads"] * (1 if line["event"] == before else -1) for line in ceiling)
            if accepted and any(line["event"] == before for line in ceiling) and total > limit:
                yield _finding(kind, [*ceiling, *accepted]) | {"heads": total - limit}
