"""Indicators of the health examination: questionnaire items and ratios of accounts put into the bands of data/rules/health.toml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from kopanalysis import rules
from kopanalysis.errors import DataError, RuleError
from kopanalysis.rules import Parameter

KEYS = ["coop_id", "book_year"]
INDICATOR_COLUMNS = [*KEYS, "part", "indicator", "percent", "nilai", "skor", "reason", "source_rows"]
WORST = 4
DECIMALS = 9  # 3 of 4 items is 75 percent, not 75.00000000000001


def band(percent: pd.Series, parameter: Parameter) -> pd.Series:
    """Put percentages into bands 1 (best) to 4 (worst).

    Parameters
    ----------
    percent : pandas.Series
        Percentages; missing stays missing.
    parameter : Parameter
        With ``edges`` from the best band on, ``at_edge`` (the band of a value exactly on each edge) and ``better`` (``low`` or ``high``).

    Returns
    -------
    pandas.Series
        Of Int64.
    """
    x = percent.astype(float).round(DECIMALS)
    about = parameter.fields
    worse = np.ones(len(x))
    for step, (edge, at) in enumerate(zip(about["edges"], about["at_edge"], strict=True), start=1):
        beyond = x > edge if about["better"] == "low" else x < edge
        worse = np.where(beyond, step + 1, worse)
        worse = np.where(x == edge, at, worse)
    return pd.Series(worse, index=x.index).where(x.notna()).astype("Int64")


def health_indicators(items: pd.DataFrame | None, accounts: pd.DataFrame | None, scheme: str = "2021") -> pd.DataFrame:
    """Every indicator of every cooperative and book year, with its band, or the reason why it has none.

    Parameters
    ----------
    items : pandas.DataFrame or None
        Answers: ``coop_id, book_year, indicator`` (names below ``scheme_2021.item`` in data/rules/health.toml), ``met`` (0 or 1); one row
        an item.
    accounts : pandas.DataFrame or None
        ``coop_id, book_year`` and any of the columns that the ratios name, in rupiah; the book year before is looked up for growth.
    scheme : {"2021"}

    Returns
    -------
    pandas.DataFrame
        ``coop_id, book_year, part, indicator, percent, nilai`` (1 best to 4), ``skor`` (4 best to 1), ``reason`` (empty, ``input_missing``,
        ``denominator_not_positive``, ``growth_from_nothing``, ``growth_from_loss``), ``source_rows``. An indicator that can't be computed
        has no band: never the worst one.

    Raises
    ------
    RuleError
        For a scheme without published indicators, or an unknown indicator.
    DataError
        When an answer is neither 0 nor 1, or an indicator has another number of items than the worksheet.
    """
    _known_scheme(scheme)
    parts = [_ratios(accounts), _questionnaire(items)]
    found = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    found["skor"] = WORST + 1 - found["nilai"]
    return found[INDICATOR_COLUMNS].sort_values([*KEYS, "part", "indicator"], kind="stable", ignore_index=True)


def _known_scheme(scheme: str) -> None:
    if scheme != "2021":
        raise RuleError(f"{scheme!r} has no indicators here", mend="Only 2021 has; for 2016 see health_components.")


def _empty() -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype="Int64" if name == "nilai" else object) for name in INDICATOR_COLUMNS})


def _ratios(accounts: pd.DataFrame | None) -> pd.DataFrame:
    if accounts is None or accounts.empty:
        return _empty()
    lines = with_previous(accounts)
    found = []
    for name, parameter in rules.parameters("health", "scheme_2021.ratio").items():
        about = parameter.fields
        percent, reason = (
            growth(lines, about["numerator"]) if about.get("growth") else ratio(lines, about["numerator"], about["denominator"])
        )
        if about.get("optional") and percent.isna().all():
            continue  # a variant of some classes of size: asked for by giving its inputs
        found.append(_lines(lines, about["part"], name, percent, band(percent, parameter), reason))
    return pd.concat(found, ignore_index=True)


def _lines(lines: pd.DataFrame, part: str, name: str, percent: pd.Series, nilai: pd.Series, reason: pd.Series) -> pd.DataFrame:
    rows = lines["source_rows"] if "source_rows" in lines else pd.Series("", index=lines.index)
    return lines[KEYS].assign(part=part, indicator=name, percent=percent, nilai=nilai, reason=reason, source_rows=rows)


def with_previous(accounts: pd.DataFrame) -> pd.DataFrame:
    """Accounts with the amounts of the book year before in columns ``<name>.previous``; missing where that year has none.

    Parameters
    ----------
    accounts : pandas.DataFrame
        ``coop_id, book_year`` and amounts; one row a cooperative and book year.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    DataError
        When a cooperative has a book year twice.
    """
    twice = accounts.duplicated(KEYS)
    if twice.any():
        unit, year = accounts.loc[twice, KEYS].iloc[0]
        raise DataError("A cooperative has two accounts of one book year", f"{unit}, {year}", "Keep one of them.")
    amounts = [name for name in accounts if name == "members" or str(name).endswith("_idr")]
    before = accounts[[*KEYS, *amounts, *(["source_rows"] if "source_rows" in accounts else [])]].assign(
        book_year=accounts["book_year"] + 1
    )
    before = before.rename(columns={name: f"{name}.previous" for name in [*amounts, "source_rows"]})
    lines = accounts.merge(before, on=KEYS, how="left", validate="one_to_one")
    if "source_rows" in lines:
        lines["source_rows"] = (lines["source_rows"] + " " + lines["source_rows.previous"].fillna("")).str.strip()
    return lines


def ratio(lines: pd.DataFrame, numerator: str, denominator: str) -> tuple[pd.Series, pd.Series]:
    """Percentage of two amounts and why it is missing.

    Parameters
    ----------
    lines : pandas.DataFrame
    numerator, denominator : str
        Columns; an absent one counts as missing.

    Returns
    -------
    percent, reason : pandas.Series
        ``reason`` is empty, ``input_missing`` or ``denominator_not_positive``.
    """
    top, bottom = _amount(lines, numerator), _amount(lines, denominator)
    reason = pd.Series(np.select([top.isna() | bottom.isna(), bottom <= 0], ["input_missing", "denominator_not_positive"], ""), lines.index)
    return (top / bottom.where(bottom > 0) * 100).where(reason == ""), reason


def growth(lines: pd.DataFrame, name: str) -> tuple[pd.Series, pd.Series]:
    """Growth in percent on the book year before and why it is missing.

    Parameters
    ----------
    lines : pandas.DataFrame
        From :func:`with_previous`.
    name : str
        Column.

    Returns
    -------
    percent, reason : pandas.Series
        ``reason`` is empty, ``input_missing``, ``growth_from_nothing`` or ``growth_from_loss``: from zero or below there is no growth rate.
    """
    now, before = _amount(lines, name), _amount(lines, f"{name}.previous")
    why = ["input_missing", "growth_from_nothing", "growth_from_loss"]
    reason = pd.Series(np.select([now.isna() | before.isna(), before == 0, before < 0], why, ""), lines.index)
    return ((now - before) / before.where(before > 0) * 100).where(reason == ""), reason


def _amount(lines: pd.DataFrame, name: str) -> pd.Series:
    return lines[name].astype(float) if name in lines else pd.Series(np.nan, index=lines.index)


def _questionnaire(items: pd.DataFrame | None) -> pd.DataFrame:
    if items is None or items.empty:
        return _empty()
    known = rules.parameters("health", "scheme_2021.item")
    strange = sorted(set(items["indicator"]) - set(known))
    if strange:
        raise RuleError(f"{strange[0]!r} is no questionnaire indicator", mend=f"Known: {', '.join(known)}.")
    if not items["met"].dropna().isin([0, 1]).all():
        raise DataError("An answer is neither met (1) nor not met (0)", "column met", "Write 1 or 0.")
    rows = items["source_rows"] if "source_rows" in items else pd.Series("", index=items.index)
    groups = items.assign(source_rows=rows).groupby([*KEYS, "indicator"], as_index=False)
    counted = groups.agg(met=("met", "sum"), given=("met", "count"), asked=("met", "size"), source_rows=("source_rows", " ".join))
    _check_items(counted, known)
    complete = counted["given"] == counted["asked"]
    percent = (counted["met"].astype(float) / counted["asked"] * 100).where(complete)
    reason = pd.Series(np.where(complete, "", "input_missing"), counted.index)
    nilai = band(percent, rules.parameter("health", "scheme_2021.questionnaire"))
    parts = counted["indicator"].map({name: parameter.fields["part"] for name, parameter in known.items()})
    return counted[[*KEYS, "indicator", "source_rows"]].assign(part=parts, percent=percent, nilai=nilai, reason=reason)


def _check_items(counted: pd.DataFrame, known: Mapping[str, Parameter]) -> None:
    for line in counted.to_dict("records"):
        fewest, most = known[str(line["indicator"])].value
        if not fewest <= line["asked"] <= most:
            raise DataError(
                f"{line['indicator']} has {line['asked']} items, its worksheet has {fewest if fewest == most else f'{fewest} to {most}'}",
                f"{line['coop_id']}, {line['book_year']}", "Give every item once; leave met empty where it wasn't answered.",
            )  # fmt: skip


def kuk_class(frame: pd.DataFrame) -> pd.Series:
    """Class of size (KUK 1 to 4): the highest that members, own capital or assets reach. Its borders are unverified parameters.

    Parameters
    ----------
    frame : pandas.DataFrame
        Any of ``members, own_capital_idr, assets_idr``.

    Returns
    -------
    pandas.Series
        Of Int64; missing where none of the three is known.
    """
    reached: dict[str, Any] = {}
    for name, parameter in rules.parameters("health", "kuk").items():
        value = _amount(frame, name)
        above = sum((value > edge).astype(int) for edge in parameter.value)
        reached[name] = (1 + above).where(value.notna())
    return pd.DataFrame(reached, index=frame.index).max(axis=1).astype("Int64")
