"""Finance of cooperatives: ratios against published targets, growth net of grants, and medians with their n and interval."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from kopanalysis import rules
from kopanalysis.lineage import Rows, recorded
from kopanalysis.metrics.health_bands import KEYS, growth, ratio, with_previous
from kopanalysis.metrics.intervals import median_interval
from kopanalysis.results import Number, Table
from kopanalysis.rules import Parameter
from kopanalysis.suppression import Sum

if TYPE_CHECKING:
    from kopanalysis.loaders.load import Office

LIGHTS = ("within", "near", "outside", "no_target")
PEARLS_COLUMNS = [*KEYS, "ratio", "value", "target_low", "target_high", "light", "reason", "unverified", "source_rows"]
MEASURES = ("growth_assets", "growth_assets_net", "growth_members", "surplus_to_assets")


@recorded
def accounts_of(office: Office, as_of: date | str | None = None, region: str | None = None) -> pd.DataFrame:
    """Accounts known by a date, each with its cooperative's type and its assets net of grants.

    Parameters
    ----------
    office : Office
    as_of : date or str, optional
        Accounts have no date of their own: those of a book year are known from the year after it.
    region : str, optional
        Kemendagri code; cooperatives that the register puts elsewhere are left out.

    Returns
    -------
    pandas.DataFrame
        The office's ``accounts`` with ``type`` (as on the latest register), ``assets_net_idr`` (assets less assets received as grants, a
        missing grant counts as none); ``source_rows`` holds the register's row too.
    """
    accounts, register = office.tables["accounts"], office.tables["register"]
    latest = as_of if as_of is not None else office.as_of
    day = pd.Timestamp(latest) if latest is not None else pd.Timestamp.max
    known = accounts[accounts["coop_id"].notna() & (accounts["book_year"] < day.year)]
    seen = register[~(register["snapshot_date"] > day)].sort_values("snapshot_date", kind="stable")
    units = seen.drop_duplicates("coop_id", keep="last")[["coop_id", "type", "region", "source_rows"]]
    lines = known.merge(units.rename(columns={"source_rows": "register_rows"}), on="coop_id", how="left")
    if region is not None:
        lines = lines[lines["region"].isna() | (lines["region"] == region)]
    rows = (lines["source_rows"] + " " + lines["register_rows"].fillna("")).str.strip()
    net = lines["assets_idr"] - lines["grant_assets_idr"].fillna(0)
    lines = lines.assign(book_year=lines["book_year"].astype("int64"), assets_net_idr=net, source_rows=rows)
    return lines.drop(columns=["register_rows", "region"]).reset_index(drop=True)


@recorded
def pearls(frame: pd.DataFrame) -> Table:
    """WOCCU PEARLS ratios that the accounts can give, each against its target, for savings and loan cooperatives only.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``coop_id, book_year`` and any of ``loans_idr, assets_idr, assets_net_idr, savings_idr, problem_loans_idr, cash_idr, surplus_idr,
        members, grant_assets_idr``; with a column ``type`` only the types in data/rules/finance.toml count, without it all rows do.

    Returns
    -------
    Table
        One row a cooperative, book year and ratio: ``coop_id, book_year, ratio`` (``E1, E5, A1, L1, R12, S1, S5, S10, S11, S11_net``),
        ``value`` (percent), ``target_low, target_high, light`` (``within, near, outside, no_target``), ``reason`` (why there is no value),
        ``unverified`` (names of unverified parameters). It names cooperatives.
    """
    lines = _savings(frame)
    if lines.empty:
        return Table("pearls", pd.DataFrame(columns=PEARLS_COLUMNS), names_units=True)
    lines = with_previous(_with_net(lines))
    found = [_pearl(lines, name, parameter) for name, parameter in rules.parameters("finance", "pearls").items()]
    data = pd.concat(found, ignore_index=True)[PEARLS_COLUMNS]
    rows = Rows.of(data["source_rows"])
    return Table("pearls", data, names_units=True, rows=rows)


def _savings(frame: pd.DataFrame) -> pd.DataFrame:
    if "type" not in frame:
        return frame
    return frame[frame["type"].isin(rules.parameter("finance", "scope.savings").value)]


def _with_net(frame: pd.DataFrame) -> pd.DataFrame:
    if "assets_net_idr" in frame or "assets_idr" not in frame:
        return frame
    grants = frame["grant_assets_idr"].fillna(0) if "grant_assets_idr" in frame else 0
    return frame.assign(assets_net_idr=frame["assets_idr"] - grants)


def _pearl(lines: pd.DataFrame, name: str, parameter: Parameter) -> pd.DataFrame:
    about = parameter.fields
    value, reason = growth(lines, about["numerator"]) if about.get("growth") else ratio(lines, about["numerator"], about["denominator"])
    low, high = about.get("low", np.nan), about.get("high", np.nan)
    flagged = [f"finance.pearls.{name}"] if parameter.mark == "unverified" else []
    if not np.isnan([low, high]).all():
        flagged.append("finance.light.near")
    rows = lines["source_rows"] if "source_rows" in lines else pd.Series("", index=lines.index)
    return lines[KEYS].assign(
        ratio=name, value=value, target_low=low, target_high=high, light=lights(value, low, high), reason=reason,
        unverified=" ".join(flagged), source_rows=rows,
    )  # fmt: skip


def lights(value: pd.Series, low: float, high: float) -> pd.Series:
    """Traffic light in words: within the target, near it, outside; missing where there is no value, ``no_target`` without a target.

    Parameters
    ----------
    value : pandas.Series
    low, high : float
        Target, ends included; NaN: open on that side.

    Returns
    -------
    pandas.Series
    """
    if np.isnan(low) and np.isnan(high):
        return pd.Series("no_target", index=value.index, dtype=object).where(value.notna(), None)
    near = rules.parameter("finance", "light.near").value
    floor, ceiling = (-np.inf if np.isnan(low) else low), (np.inf if np.isnan(high) else high)
    slack_low, slack_high = floor - near * abs(floor), ceiling + near * abs(ceiling)
    chosen = np.select([value.between(floor, ceiling), value.between(slack_low, slack_high)], ["within", "near"], "outside")
    return pd.Series(chosen, index=value.index, dtype=object).where(value.notna(), None)


@recorded
def pearls_medians(accounts: pd.DataFrame, book_year: int) -> Table:
    """Median of each PEARLS ratio in one book year, and how many cooperatives are within, near and outside the target.

    Parameters
    ----------
    accounts : pandas.DataFrame
        From :func:`accounts_of`.
    book_year : int

    Returns
    -------
    Table
        ``ratio, cooperatives, median, median_low, median_high`` (shares; interval between order statistics, 95 %), ``target, within,
        near, outside,
        no_target`` (missing where there is no target), ``unverified`` (``yes`` where the ratio rests on an unverified parameter).
        Numbers ``pearls.n``, ``pearls.median.<ratio>``, ``pearls.within.<ratio>``.
    """
    lines = _ratio_lines(accounts, book_year)
    records: list[dict[str, Any]] = []
    numbers: list[Number] = []
    everyone = Rows.of(lines["source_rows"])
    for name, parameter in rules.parameters("finance", "pearls").items():
        mine = lines[(lines["ratio"] == name) & lines["value"].notna()]
        middle, low, high = median_interval(mine["value"])
        counts = {light: int((mine["light"] == light).sum()) for light in LIGHTS}
        cell = len(records)
        shared: dict[str, Any] = {"n": len(mine), "rows": everyone}
        numbers.append(
            Number(f"pearls.median.{name}", _share(middle), "share", _share(low), _share(high), 0.95, method="order statistics",
                   cell=(cell, "median"), **shared)
        )  # fmt: skip
        low_or_high = "low" in parameter.fields or "high" in parameter.fields
        if low_or_high:
            numbers.append(
                Number(f"pearls.within.{name}", counts["within"], "cooperatives", method="count", cell=(cell, "within"), **shared)
            )
        shown = counts if low_or_high else dict.fromkeys(counts)
        middle_of = {"median": _share(middle), "median_low": _share(low), "median_high": _share(high)}
        flag = {"unverified": "yes" if parameter.mark == "unverified" else "no"}
        records.append({"ratio": name, "cooperatives": len(mine), **middle_of, "target": _target(parameter), **shown, **flag})
    units = int(lines["coop_id"].nunique())
    numbers.append(Number("pearls.n", units, "cooperatives", n=units, method="count", rows=everyone))
    derived = dict.fromkeys(("median", "median_low", "median_high"), ("cooperatives",))
    data = pd.DataFrame(records).astype(dict.fromkeys(LIGHTS, "Int64"))
    return Table("pearls_medians", data, LIGHTS, "cooperatives", derived, numbers=tuple(numbers), rows=everyone)


def _ratio_lines(accounts: pd.DataFrame, book_year: int) -> pd.DataFrame:
    """PEARLS lines of one book year, whatever the edition: only medians and counts of them are shown."""
    lines = _savings(accounts)
    lines = lines[lines["book_year"].isin([book_year - 1, book_year])]
    if lines.empty:
        return pd.DataFrame(columns=PEARLS_COLUMNS)
    lines = with_previous(_with_net(lines))
    found = pd.concat([_pearl(lines, name, parameter) for name, parameter in rules.parameters("finance", "pearls").items()])
    return found[found["book_year"] == book_year]


def _share(percent: float) -> float | None:
    return None if np.isnan(percent) else percent / 100


def _target(parameter: Parameter) -> str:
    low, high = (parameter.fields.get(end) for end in ("low", "high"))
    if low is None and high is None:
        return ""
    if low is None or high is None:
        return f"\u2265 {low:g} %" if high is None else f"\u2264 {high:g} %"
    return f"{low:g}\u2013{high:g} %"


@recorded
def finance_medians(accounts: pd.DataFrame) -> Table:
    """Medians by book year of those that handed in accounts: growth of assets with and without grants, of members, surplus on assets.

    Parameters
    ----------
    accounts : pandas.DataFrame
        From :func:`accounts_of`.

    Returns
    -------
    Table
        ``quantity`` (``growth_assets, growth_assets_net, growth_members, surplus_to_assets``), ``book_year, cooperatives, median,
        median_low,
        median_high`` (shares; interval between order statistics, 95 %). Numbers ``finance.<quantity>`` of the last book year,
        ``finance.accounts`` (cooperatives with accounts of it).
    """
    if accounts.empty:
        return Table(
            "finance_medians", pd.DataFrame(columns=["quantity", "book_year", "cooperatives", "median", "median_low", "median_high"])
        )
    lines = with_previous(accounts)
    last = int(lines["book_year"].max())
    records: list[dict[str, Any]] = []
    numbers: list[Number] = []
    rows = Rows.of(lines.loc[lines["book_year"] == last, "source_rows"])
    for measure, values in _measured(lines).items():
        for year, mine in values.groupby(lines["book_year"]):
            if not mine.notna().any():
                continue
            middle, low, high = map(_share, median_interval(mine))
            n = int(mine.notna().sum())
            if year == last:
                cell = (len(records), "median")
                numbers.append(
                    Number(f"finance.{measure}", middle, "share", low, high, 0.95, n, method="order statistics", rows=rows, cell=cell)
                )
            records.append(
                {"quantity": measure, "book_year": int(year), "cooperatives": n, "median": middle, "median_low": low, "median_high": high}
            )
    units = int(lines.loc[lines["book_year"] == last, "coop_id"].nunique())
    numbers.append(Number("finance.accounts", units, "cooperatives", n=units, method="count", rows=rows))
    derived = dict.fromkeys(("median", "median_low", "median_high"), ("cooperatives",))
    return Table(
        "finance_medians",
        pd.DataFrame(records),
        ("cooperatives",),
        None,
        derived,
        numbers=tuple(numbers),
        rows=Rows.of(lines["source_rows"]),
    )


def _measured(lines: pd.DataFrame) -> dict[str, pd.Series]:
    return {
        "growth_assets": growth(lines, "assets_idr")[0],
        "growth_assets_net": growth(lines, "assets_net_idr")[0],
        "growth_members": growth(lines, "members")[0],
        "surplus_to_assets": ratio(lines, "surplus_idr", "assets_idr")[0],
    }


@recorded
def grant_growth(accounts: pd.DataFrame) -> Table:
    """What grants do to growth: of the years in which a cooperative received assets as grants, how many show growth only because of them.

    Parameters
    ----------
    accounts : pandas.DataFrame
        From :func:`accounts_of`.

    Returns
    -------
    Table
        ``term, count, n``. Numbers ``finance.grant.years`` (cooperative-years whose granted assets rose), ``finance.grant.only`` (of them,
        those whose assets grew but whose assets net of grants did not), ``finance.grant.cooperatives``.
    """
    lines = with_previous(accounts) if len(accounts) else accounts.assign(**{"grant_assets_idr.previous": np.nan})
    risen = lines["grant_assets_idr"].fillna(0) > lines["grant_assets_idr.previous"].fillna(0)
    if len(lines):
        before = lines["assets_idr.previous"].notna()
        risen &= before
        grew = lines["assets_idr"] > lines["assets_idr.previous"]
        only = risen & grew & (lines["assets_net_idr"] <= lines["assets_net_idr.previous"])
    else:
        only = risen
    counts = {"years": int(risen.sum()), "only": int(only.sum()), "cooperatives": int(lines.loc[risen, "coop_id"].nunique())}
    chosen = lines[risen] if counts["years"] else lines
    rows = Rows.of(chosen["source_rows"])
    units = {"years": "coop_years", "only": "coop_years", "cooperatives": "cooperatives"}
    numbers = tuple(Number(f"finance.grant.{term}", value, units[term], n=counts["years"], method="count", rows=rows, cell=(i, "count"))
                    for i, (term, value) in enumerate(counts.items()))  # fmt: skip
    data = pd.DataFrame([{"term": f"grant_{term}", "count": value} for term, value in counts.items()])
    return Table("grant_growth", data, ("count",), sums=(Sum(((1, "count"),), (0, "count"), rest=True),), numbers=numbers, rows=rows)
