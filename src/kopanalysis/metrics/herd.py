"""The herd ledger as stocks and flows: what was promised, what was delivered, what is left, and the gap that nobody wrote down."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from kopanalysis import rules
from kopanalysis.errors import DataError
from kopanalysis.lineage import Rows, recorded
from kopanalysis.results import Number, Table

if TYPE_CHECKING:
    from kopanalysis.loaders.load import Office

FLOWS = ("accepted", "born", "bought", "died", "sold", "sold_sick", "lost", "redistributed")
CHAIN = ("announced", "postponed", "cancelled", "contracted", "arrived", "rejected", "accepted", "last_counted")
EVENTS = ("announced", "postponed", "cancelled", "contracted", "arrived", "rejected", *FLOWS, "counted")
BALANCE = ["opening", *FLOWS, "expected", "last_counted", "counted_on", "gap", "since_count"]
GROUP = "group_name"


@recorded
def herd_ledger(office: Office, as_of: date | str | None = None, region: str | None = None) -> pd.DataFrame:
    """The office's herd ledger up to a date, each line with the place of its cooperative.

    Parameters
    ----------
    office : Office
    as_of : date or str, optional
        Later events are left out; an event without a date stays, for nobody knows that it is later.
    region : str, optional
        Kemendagri code; groups whose cooperative the register puts elsewhere are left out, groups without one stay.

    Returns
    -------
    pandas.DataFrame
        The ``cattle`` table in order of date with ``coop_name, kecamatan`` (of the cooperative; missing for a group that belongs to
        none), ``year``; ``source_rows`` holds the register's row too.
    """
    cattle, register = office.tables["cattle"], office.tables["register"]
    latest = as_of if as_of is not None else office.as_of
    day = pd.Timestamp(latest) if latest is not None else pd.Timestamp.max
    seen = register[~(register["snapshot_date"] > day)].sort_values("snapshot_date", kind="stable")
    units = seen.drop_duplicates("coop_id", keep="last")[["coop_id", "name", "kecamatan", "region", "source_rows"]]
    units = units.rename(columns={"source_rows": "register_rows", "name": "coop_name"})
    lines = cattle[~(cattle["date"] > day)].merge(units, on="coop_id", how="left")
    if region is not None:
        lines = lines[lines["region"].isna() | (lines["region"] == region)]
    rows = (lines["source_rows"] + " " + lines["register_rows"].fillna("")).str.strip()
    lines = lines.assign(year=lines["date"].dt.year.astype("Int64"), source_rows=rows).drop(columns=["register_rows", "region"])
    return lines.sort_values(["date", "source_id", "source_row"], kind="stable", ignore_index=True)


@recorded
def herd_balance(cattle: pd.DataFrame, by: tuple[str, ...] = ("group_name",)) -> Table:
    """Stock identity: opening and what came, less what went, is what should be there; beside it what was counted last.

    Parameters
    ----------
    cattle : pandas.DataFrame
        ``group_name, event, heads, date`` and the columns of ``by``; from :func:`herd_ledger`, or the office's table.
    by : tuple of str
        ``group_name, fund, kecamatan, year``, or any other column that a line carries. Stocks are kept group by group within ``by`` and
        added up; ``year`` hands each year's count, or its book stock where there was none, on to the next, in years without an event too.

    Returns
    -------
    Table
        ``*by, groups, counted_groups``, ``opening`` (a count before any event), ``accepted, born, bought, died, sold, sold_sick, lost,
        redistributed`` (heads), ``expected`` (opening and flows, less ``since_count``), ``last_counted, counted_on``, ``gap`` (expected
        less
        counted, of the groups that were counted; positive: heads missing), ``since_count`` (book change after the last count),
        ``uncounted``
        (expected in groups that nobody counted, by ``year`` in that year): ``expected = last_counted + gap + uncounted``, and
        ``opening`` with the flows is ``last_counted + gap + uncounted + since_count``. By ``year`` each opening is the closing of the
        year before, ``last_counted + uncounted + since_count``: what a group's first line counts stood there before the ledger began.
        Count and gap are missing where no group was counted. A count without a date can't be placed and isn't used; a flow without one
        stands in its group's first year. Numbers ``cattle.heads.<event>`` (all heads written under the event, whatever its date), of
        ``("fund",)`` alone ``cattle.gap.<fund>``, ``cattle.expected``, ``cattle.last_counted``, ``cattle.gap``,
        ``cattle.uncounted_heads``, ``cattle.uncounted``
        (stocks without a count), ``cattle.short`` (stocks with fewer heads than expected), ``cattle.stocks``, ``cattle.groups``.

    Raises
    ------
    DataError
        When a column is absent.
    """
    keys = list(by)
    lines = _usable(cattle, keys)
    stocks = pd.DataFrame(list(_stocks(lines, keys)), columns=[*_base(keys), *BALANCE])
    data = _added_up(stocks, keys)
    rows = Rows.of(cattle["source_rows"].dropna()) if "source_rows" in cattle else Rows()
    numbers = (*_heads(lines, rows), *_totals(stocks, keys, rows), *_by_fund(data, keys, rows))
    # In the public edition a row of few groups is hidden with its heads: it would show how one group stands.
    few = ("groups", "counted_groups")
    hidden = {str(name): few for name in data if name not in (*keys, *few)}
    return Table(
        f"herd_balance_by_{'_'.join(keys)}",
        data,
        few,
        None,
        hidden,
        "year" not in keys,
        names_units=GROUP in keys,
        numbers=numbers,
        rows=rows,
    )


def _usable(cattle: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Lines with a known event and heads, in order; text keys without a blank."""
    absent = [name for name in (GROUP, "event", "heads", "date", *keys) if name not in cattle and name != "year"]
    if absent:
        raise DataError(f"The herd ledger has no column {', '.join(absent)}", mend="It needs group_name, event, heads and date.")
    known = cattle["event"].notna() & cattle["heads"].notna()
    lines = cattle[known & ~((cattle["event"] == "counted") & cattle["date"].isna())]
    days = pd.to_datetime(lines["date"])
    lines = lines.assign(heads=lines["heads"].astype(float), date=days, year=days.dt.year.astype("Int64"))
    texts = {name: lines[name].astype(object).where(lines[name].notna(), "") for name in {GROUP, *keys} - {"year"}}
    # Within a day the count comes last: it is of what the day left.
    order = (lines["event"] == "counted").astype(int)
    return lines.assign(**texts, order=order).sort_values(["date", "order"], kind="stable", na_position="first")


def _base(keys: list[str]) -> list[str]:
    """Where a stock is kept: a group, within whatever else is asked for."""
    return [*keys, *([] if GROUP in keys else [GROUP])]


def by_stock(lines: pd.DataFrame, base: list[str]) -> Iterator[tuple[tuple[Any, ...], list[dict[str, Any]]]]:
    """Lines of each stock as plain records, stocks in order: they are few and small, so frames of them would cost more than the sums."""
    grouped = lines.groupby(base, sort=True)
    found: list[list[dict[str, Any]]] = [[] for _ in range(grouped.ngroups)]
    for number, line in zip(grouped.ngroup().tolist(), lines.to_dict("records"), strict=True):
        found[number].append({str(name): value for name, value in line.items()})
    return zip(grouped.size().index.to_frame().itertuples(index=False, name=None), found, strict=True)


def _stocks(lines: pd.DataFrame, keys: list[str]) -> Iterator[tuple[Any, ...]]:
    base = [name for name in _base(keys) if name != "year"]
    stocked = lines.loc[lines["event"].isin([*FLOWS, "counted"]), list(dict.fromkeys([*base, "event", "heads", "date", "year"]))]
    known = stocked["year"].dropna().astype(int)
    years = range(int(known.min()), int(known.max()) + 1) if len(known) else range(1)
    adds, takes = (rules.parameter("herd", f"stock.{name}").value for name in ("adds", "takes"))
    signs = {event: (event in adds) - (event in takes) for event in FLOWS}
    for place, mine in by_stock(stocked, base):
        named = dict(zip(base, place, strict=True))
        told = _yearly(mine, years, signs) if "year" in keys else [({}, _balance(mine, _opening(mine), signs))]
        for when, balance in told:
            yield (*((named | when)[name] for name in _base(keys)), *balance)


def _yearly(mine: list[dict[str, Any]], years: range, signs: dict[str, int]) -> Iterator[tuple[dict[str, Any], tuple[Any, ...]]]:
    """One stock year by year, from the year the ledger began: a year in which nothing stood and nothing happened is left out."""
    first = min((line["year"] for line in mine if pd.notna(line["year"])), default=years[0])
    opening = _opening(mine)
    for year in years:
        part = [line for line in mine if (first if pd.isna(line["year"]) else line["year"]) == year]
        if part or opening:
            balance = _balance(part, opening, signs)
            yield {"year": year}, balance
            opening = _closing(balance)


def _opening(lines: list[dict[str, Any]]) -> float:
    """Heads that stood there before the ledger began: a first line that is a count."""
    return float(lines[0]["heads"]) if lines[0]["event"] == "counted" else 0.0


def _balance(lines: list[dict[str, Any]], opening: float, signs: dict[str, int]) -> tuple[Any, ...]:
    """One stock: opening, flows, expected on the day of the last count, counted, its day, gap, book change since."""
    counts, flows = [line for line in lines if line["event"] == "counted"], _flows(lines)
    if not counts:
        return (opening, *flows.values(), opening + _net(flows, signs), np.nan, pd.NaT, np.nan, 0.0)
    last = counts[-1]
    since = _net(_flows([line for line in lines if line["date"] > last["date"]]), signs)
    expected = opening + _net(flows, signs) - since
    return (opening, *flows.values(), expected, last["heads"], last["date"], expected - last["heads"], since)


def _flows(lines: list[dict[str, Any]]) -> dict[str, float]:
    flows = dict.fromkeys(FLOWS, 0.0)
    for line in lines:
        if line["event"] in flows:
            flows[line["event"]] += line["heads"]
    return flows


def _net(flows: dict[str, float], signs: dict[str, int]) -> float:
    return sum(signs[event] * heads for event, heads in flows.items())


def _closing(balance: tuple[Any, ...]) -> float:
    found = dict(zip(BALANCE, balance, strict=True))
    stand = found["expected"] if np.isnan(found["last_counted"]) else found["last_counted"]
    return float(stand + found["since_count"])


def _added_up(stocks: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    amounts = [name for name in BALANCE if name != "counted_on"]
    stocks = stocks.astype(dict.fromkeys(amounts, float)).assign(counted=stocks["last_counted"].notna())
    stocks["uncounted"] = stocks["expected"].where(~stocks["counted"], 0.0)
    amounts.append("uncounted")
    groups = stocks.groupby(keys, sort=True, dropna=False)
    data = groups[amounts].sum(min_count=1)
    data.insert(0, "groups", groups[GROUP].nunique() if GROUP not in keys else 1)
    data.insert(1, "counted_groups", groups["counted"].sum().astype("int64"))
    data["counted_on"] = pd.to_datetime(groups["counted_on"].max())
    data = data.reset_index()
    texts = [name for name in keys if name != "year"]
    data[texts] = data[texts].replace("", None)
    return data[[*keys, "groups", "counted_groups", *BALANCE, "uncounted"]]


def _heads(lines: pd.DataFrame, rows: Rows) -> Iterator[Number]:
    for event in EVENTS:
        value = int(lines.loc[lines["event"] == event, "heads"].sum())
        yield Number(f"cattle.heads.{event}", value, "heads", n=int((lines["event"] == event).sum()), method="sum of the ledger", rows=rows)


def _totals(stocks: pd.DataFrame, keys: list[str], rows: Rows) -> Iterator[Number]:
    counted = stocks[stocks["last_counted"].notna()]
    if "year" in keys:  # each year begins from the last: only flows add up over years
        return
    n, method = len(counted), "stock identity, group by group"
    yield Number("cattle.expected", int(stocks["expected"].sum()), "heads", n=len(stocks), method=method, rows=rows)
    for name in ("last_counted", "gap"):
        yield Number(f"cattle.{name}", int(counted[name].sum()) if n else None, "heads", n=n, method=method, rows=rows)
    never = int(stocks["expected"].sum() - counted["expected"].sum())
    yield Number("cattle.uncounted_heads", never, "heads", n=len(stocks) - n, method=method, rows=rows)
    yield Number("cattle.uncounted", len(stocks) - n, "rows", n=len(stocks), method="count", rows=rows)
    yield Number("cattle.stocks", len(stocks), "rows", n=len(stocks), method="count", rows=rows)
    yield Number("cattle.short", int((counted["gap"] > 0).sum()), "rows", n=n, method="count", rows=rows)
    yield Number("cattle.groups", int(stocks[GROUP].nunique()), "rows", n=len(stocks), method="count", rows=rows)


def _by_fund(data: pd.DataFrame, keys: list[str], rows: Rows) -> Iterator[Number]:
    """The gap of each fund, where the table is by fund and nothing else."""
    if keys != ["fund"]:
        return
    for row, line in enumerate(data.to_dict("records")):
        value = None if pd.isna(line["gap"]) else int(line["gap"])
        label = str(line["fund"] or "unknown").lower().replace(" ", "_")
        yield Number(f"cattle.gap.{label}", value, "heads", n=int(line["counted_groups"]), method="stock identity, group by group",
                     rows=rows, cell=(row, "gap"))  # fmt: skip


@recorded
def herd_chain(cattle: pd.DataFrame, by: tuple[str, ...] = ("fund",)) -> Table:
    """From promise to animal: announced, contracted, arrived, accepted and counted, each kept apart.

    Parameters
    ----------
    cattle : pandas.DataFrame
        As in :func:`herd_balance`.
    by : tuple of str

    Returns
    -------
    Table
        ``*by, stage, heads, lines, first, last`` (days), stages in order: ``announced, postponed, cancelled, contracted, arrived, rejected,
        accepted, last_counted``; a stage that nobody wrote down is missing, not zero. Numbers ``cattle.<stage>.<by>``.
    """
    keys = list(by)
    lines = _usable(cattle, keys)
    stocks = pd.DataFrame(list(_stocks(lines, keys)), columns=[*_base(keys), *BALANCE])
    rows = Rows.of(cattle["source_rows"].dropna()) if "source_rows" in cattle else Rows()
    records: list[dict[str, Any]] = []
    numbers: list[Number] = []
    for place, mine in lines.groupby(keys, sort=True):
        named = dict(zip(keys, place, strict=True))
        here = stocks[(stocks[keys] == pd.Series(named)).all(axis=1)] if len(stocks) else stocks
        for stage in CHAIN:
            record = {**named, "stage": stage, **_stage(mine, here, stage)}
            label = "_".join(str(value) for value in named.values()).lower().replace(" ", "_") or "unknown"
            numbers.append(
                Number(f"cattle.{stage}.{label}", record["heads"], "heads", n=record["lines"], method="sum of the ledger", rows=rows,
                       cell=(len(records), "heads"))
            )  # fmt: skip
            records.append(record)
    data = pd.DataFrame(records, columns=[*keys, "stage", "heads", "lines", "first", "last"])
    data["heads"] = data["heads"].astype("Float64")
    return Table(f"herd_chain_by_{'_'.join(keys)}", data, numbers=tuple(numbers), names_units=GROUP in keys, rows=rows)


def _stage(lines: pd.DataFrame, stocks: pd.DataFrame, stage: str) -> dict[str, Any]:
    if stage == "last_counted":
        counted = stocks[stocks["last_counted"].notna()]
        days = pd.to_datetime(counted["counted_on"])
        heads = int(counted["last_counted"].sum()) if len(counted) else None
        return {"heads": heads, "lines": len(counted), "first": days.min(), "last": days.max()}
    mine = lines[lines["event"] == stage]
    heads = int(mine["heads"].sum()) if len(mine) else None
    return {"heads": heads, "lines": len(mine), "first": mine["date"].min(), "last": mine["date"].max()}
