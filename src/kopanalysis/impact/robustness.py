"""Every check of one estimate side by side: with something left out, under each reading of silence, by worst case, in the same sector."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from math import isfinite
from typing import Any

import pandas as pd

from kopanalysis.errors import CallError, DataError
from kopanalysis.impact.balance import widest_gap
from kopanalysis.impact.bounds import did_bounds, lee_bounds, manski_bounds
from kopanalysis.impact.did import did
from kopanalysis.impact.histories import rows_of
from kopanalysis.impact.outcomes import CODINGS, FLAGS
from kopanalysis.impact.permutation import permutation_test
from kopanalysis.impact.placebo import placebo_dates
from kopanalysis.impact.same_state import same_state
from kopanalysis.impact.sensitivity import drop_a_year, leave_one_out_range, symmetric_windows
from kopanalysis.impact.small_sample import visible
from kopanalysis.impact.spillover import leave_own_kecamatan_out
from kopanalysis.lineage import recorded
from kopanalysis.results import Estimate, Number, Table

COLUMNS = ["check", "kind", "estimate", "conf_low", "conf_high", "mde", "n_units", "n_treated"]
INTERVAL, EXTREMES, BOUNDS = "interval", "extremes", "bounds"
Make = Callable[[], Estimate]


@recorded
def checks_table(
    panel: pd.DataFrame, outcome: str, treated: str, pre: Sequence[Any], post: Sequence[Any], place: str = "kecamatan",
    sector: str = "sector", draws: int = 10_000, seed: int = 0, programme: str = "training", unit: str = "coop_id",
    time: str = "book_year",
) -> Table:  # fmt: skip
    """The difference of mean changes with one thing taken away or changed at a time.

    Parameters
    ----------
    panel : pandas.DataFrame
        With the columns of :func:`kopanalysis.with_outcomes` for the narrower comparisons.
    outcome, treated : str
    pre, post : sequence
        Periods.
    place, sector : str
        Columns for the neighbours and for the comparison within the treated sector.
    draws, seed : int
        Of the permutation within the sector.
    programme, unit, time : str

    Returns
    -------
    Table
        ``check, kind, estimate, conf_low, conf_high, mde, n_units, n_treated``; ``kind`` is ``interval`` (95 %) or ``extremes`` (lowest
        and highest of several estimates). ``without_widest`` leaves out the period before of :func:`kopanalysis.impact.balance.widest_gap`.
        A check that the data can't carry has a line without numbers. Numbers ``<programme>.check.<check>`` and, of intervals,
        ``<programme>.check.seen.<check>``.

    Raises
    ------
    CallError
        For an unknown column.
    """
    leading = (outcome, treated, list(pre), list(post))
    named: dict[str, Any] = {"unit": unit, "time": time}
    bare = panel.drop(columns="source_rows", errors="ignore")
    checks: dict[str, tuple[str, Make]] = {
        "all": (INTERVAL, lambda: did(bare, *leading, **named)),
        "within_sector": (INTERVAL, lambda: _within(bare, leading, sector, draws, seed, named)),
        **{flag: (INTERVAL, partial(_narrower, bare, leading, flag, named)) for flag in FLAGS if flag in bare},
        "own_out": (INTERVAL, lambda: _away(bare, leading, place, "own_out", named)),
        "unexposed": (INTERVAL, lambda: _away(bare, leading, place, "unexposed", named)),
        "without_last_pre": (INTERVAL, lambda: did(bare, *leading[:2], leading[2][:-1], leading[3], **named)),
        "without_widest": (INTERVAL, lambda: _without_widest(bare, leading, named)),
        "leave_one_out": (EXTREMES, lambda: leave_one_out_range(bare, *leading, **named)),
        "drop_a_year": (EXTREMES, lambda: _extremes(drop_a_year(bare, *leading, **named), 1)),
        "symmetric": (EXTREMES, lambda: _extremes(symmetric_windows(bare, *leading, **named))),
        "placebo": (EXTREMES, lambda: _extremes(placebo_dates(bare, *leading, **named))),
    }  # fmt: skip
    return _table(f"checks.{outcome}", f"{programme}.check", checks, rows_of(panel))


@recorded
def codings_table(
    panel: pd.DataFrame, treated: str, pre: Sequence[Any], post: Sequence[Any], programme: str = "training", unit: str = "coop_id",
    time: str = "book_year",
) -> Table:  # fmt: skip
    """The difference under each reading of silence.

    Parameters
    ----------
    panel : pandas.DataFrame
        From :func:`kopanalysis.with_outcomes`.
    treated : str
    pre, post : sequence
    programme, unit, time : str

    Returns
    -------
    Table
        ``check`` (``legal, evidence, unknown``) and the columns of :func:`checks_table`. Where silence is unknown only bounds are left.
        Numbers ``<programme>.coding.<coding>`` and ``<programme>.coding.seen.<coding>``.

    Raises
    ------
    CallError
        For an unknown column.
    """
    bare = panel.drop(columns="source_rows", errors="ignore")
    named: dict[str, Any] = {"unit": unit, "time": time}
    timing = (treated, list(pre), list(post))
    checks: dict[str, tuple[str, Make]] = {
        coding: (INTERVAL, partial(did, bare, f"alive_{coding}", *timing, **named)) for coding in CODINGS[:2]
    }  # fmt: skip
    checks["unknown"] = (BOUNDS, lambda: _unpointed(did_bounds(bare, "alive_unknown", *timing, **named)))
    return _table("codings", f"{programme}.coding", checks, rows_of(panel))


@recorded
def bounds_table(
    panel: pd.DataFrame, outcome: str, treated: str, pre: Sequence[Any], post: Sequence[Any], verified: str = "business",
    programme: str = "training", unit: str = "coop_id", time: str = "book_year",
) -> Table:  # fmt: skip
    """What missing records could do: worst cases of the outcome, and of activity that is verified where accounts were handed in.

    Parameters
    ----------
    panel : pandas.DataFrame
    outcome, treated : str
    pre, post : sequence
    verified : str
        Yes/no column known for some only.
    programme, unit, time : str

    Returns
    -------
    Table
        ``check`` (``manski``: changes of the outcome where a period has no row; ``unknown``: the same where every silence is a gap, for
        panels of :func:`kopanalysis.with_outcomes`; ``manski_verified``, ``lee_verified``: the mean of ``verified`` after) and the
        columns of :func:`checks_table`; ``kind`` is ``bounds``: without sampling error. Numbers ``<programme>.bounds.<check>``.

    Raises
    ------
    CallError
        For an unknown column.
    """
    bare = panel.drop(columns="source_rows", errors="ignore")
    after = bare[bare[time].isin(list(post))]
    units = after.groupby(unit).agg(mean=(verified, "mean"), treated=(treated, "first")).reset_index()
    units = units.assign(mean=units["mean"].astype("Float64").astype(float), seen=units["mean"].notna().astype(int))
    checks: dict[str, tuple[str, Make]] = {
        "manski": (BOUNDS, lambda: did_bounds(bare, outcome, treated, list(pre), list(post), unit=unit, time=time)),
        "unknown": (BOUNDS, lambda: _silent(bare, treated, list(pre), list(post), unit, time)),
        "manski_verified": (BOUNDS, lambda: manski_bounds(units, "mean", "treated")),
        "lee_verified": (BOUNDS, lambda: _observed(lee_bounds(units, "mean", "treated", "seen"))),
    }
    return _table(f"bounds.{outcome}", f"{programme}.bounds", checks, rows_of(panel))


@recorded
def earlier_cohort(
    panel: pd.DataFrame, outcome: str, pre: Sequence[Any], post: Sequence[Any], programme: str = "training.earlier",
    unit: str = "coop_id", time: str = "book_year",
) -> Table:  # fmt: skip
    """The cohort that was chosen because it was inactive, against the never trained: by change, and from the same state.

    Parameters
    ----------
    panel : pandas.DataFrame
        From :func:`kopanalysis.with_outcomes`.
    outcome : str
    pre, post : sequence
        Before and after that training, and before the one under study.
    programme : str
        First words of the numbers' names.
    unit, time : str

    Returns
    -------
    Table
        ``check`` (``did, same_state``) and the columns of :func:`checks_table`. Numbers ``<programme>.<check>``,
        ``<programme>.seen.<check>`` and ``<programme>.n`` (cooperatives of that cohort).

    Raises
    ------
    CallError
        For an unknown column.
    """
    cohort = 1 - panel["without_earlier"]
    compared = panel.assign(_earlier=cohort)[(cohort == 1) | (panel["never_other"] == 1) & (panel["treated"] == 0)]
    bare = compared.drop(columns="source_rows", errors="ignore")
    leading = (outcome, "_earlier", list(pre), list(post))
    checks: dict[str, tuple[str, Make]] = {
        "did": (INTERVAL, lambda: did(bare, *leading, unit=unit, time=time)),
        "same_state": (INTERVAL, lambda: same_state(bare, *leading, unit=unit, time=time)),
    }
    made = _table(f"earlier.{outcome}", programme, checks, rows_of(panel))
    total = int(panel[unit].nunique())
    size = Number(f"{programme}.n", int(panel.loc[cohort == 1, unit].nunique()), "cooperatives", n=total, method="count", rows=made.rows)
    return replace(made, numbers=(*made.numbers, size))


def _table(name: str, prefix: str, checks: Mapping[str, tuple[str, Make]], rows: Any) -> Table:
    """One line a check, with its number; a refusal has no numbers."""
    records, numbers = [], []
    for row, (check, (kind, make)) in enumerate(checks.items()):
        found = _attempt(make)
        mde = found.mde if kind == INTERVAL and found.mde is not None and isfinite(found.mde) else None
        records.append({"check": check, "kind": kind, "estimate": found.estimate, "conf_low": found.conf_low, "conf_high": found.conf_high,
                        "mde": mde, "n_units": found.n_units, "n_treated": found.n_treated})  # fmt: skip
        value = None if pd.isna(found.estimate) else found.estimate
        level = 0.95 if kind == INTERVAL else 1.0
        numbers.append(Number(f"{prefix}.{check}", value, "points", found.conf_low, found.conf_high, level, found.n_units,
                              method=found.method, rows=rows, cell=(row, "estimate")))  # fmt: skip
        if kind == INTERVAL:
            how = f"t and power times the standard error of: {found.method}"
            numbers.append(
                Number(f"{prefix}.seen.{check}", mde, "points", level=level, n=found.n_units, method=how, rows=rows, cell=(row, "mde"))
            )
    data = pd.DataFrame(records, columns=COLUMNS)
    floats = {name: data[name].astype(float) for name in COLUMNS[2:6]}
    return Table(name, data.assign(**floats), ("n_treated",), numbers=tuple(numbers), rows=rows)


def _attempt(make: Make) -> Estimate:
    try:
        return make()
    except (CallError, DataError) as refusal:
        return Estimate("refused", float("nan"), method=f"refused: {refusal.what}")


def _without_widest(panel: pd.DataFrame, leading: tuple[Any, ...], named: Mapping[str, Any]) -> Estimate:
    outcome, treated, pre, post = leading
    widest = widest_gap(panel, outcome, treated, pre, named["time"])
    return did(panel, outcome, treated, [period for period in pre if period != widest], post, **named)


def _silent(panel: pd.DataFrame, treated: str, pre: list[Any], post: list[Any], unit: str, time: str) -> Estimate:
    """Worst cases where every silence is a gap."""
    if "alive_unknown" not in panel:
        raise DataError("No coding of silence is in the panel", mend="Pass it through with_outcomes.")
    return _unpointed(did_bounds(panel, "alive_unknown", treated, pre, post, unit=unit, time=time))


def _unpointed(found: Estimate) -> Estimate:
    """Bounds only: what is on record there holds no zeros, so its difference means nothing."""
    return replace(found, estimate=float("nan"))


def _observed(found: Estimate) -> Estimate:
    """Counted by those that were observed: the bounds speak of no others."""
    return replace(found, n_units=found.n_obs)


def _narrower(panel: pd.DataFrame, leading: tuple[Any, ...], flag: str, named: Mapping[str, Any]) -> Estimate:
    return did(panel[panel[flag] == 1], *leading, **named)


def _within(panel: pd.DataFrame, leading: tuple[Any, ...], sector: str, draws: int, seed: int, named: Mapping[str, Any]) -> Estimate:
    """The treated sectors alone, by permutation: the shock of a sector is then in both arms."""
    unit, time = named["unit"], named["time"]
    if sector not in panel:
        raise DataError("The sector isn't known", sector, "Fill it in on the register.")
    last = panel[unit].map(panel.sort_values(time, kind="stable").groupby(unit)[sector].last())
    reached = set(last[panel[leading[1]] == 1].dropna())
    return permutation_test(panel[last.isin(reached)], *leading, draws=draws, seed=seed, **named)


def _away(panel: pd.DataFrame, leading: tuple[Any, ...], place: str, term: str, named: Mapping[str, Any]) -> Estimate:
    table = leave_own_kecamatan_out(panel, *leading, place=place, **named)
    line = table.data.set_index("term").to_dict("index")[term]
    if pd.isna(line["estimate"]):
        raise DataError(f"No comparison {term} is left", place, "There are too few controls elsewhere.")
    df = int(line["n_units"]) - int(line["n_controls"]) - 1
    return Estimate(term, float(line["estimate"]), conf_low=float(line["conf_low"]), conf_high=float(line["conf_high"]),
                    mde=visible(float(line["std_error"]), df),
                    n_units=int(line["n_units"]), n_treated=int(panel.loc[panel[leading[1]] == 1, named["unit"]].nunique()),
                    method=str(line["method"]))  # fmt: skip


def _extremes(table: Table, skip: int = 0) -> Estimate:
    """Lowest and highest estimate of a table; the one in the middle stands for them."""
    values = table.data["estimate"].iloc[skip:].dropna().astype(float)
    if values.empty:
        raise DataError(f"{table.name} has no estimate", mend="Ask for other periods.")
    return Estimate(table.name, float(values.median()), conf_low=float(values.min()), conf_high=float(values.max()),
                    n_units=int(table.data["n_units"].dropna().max()), method=f"median, lowest and highest of {len(values)} estimates",
                    level=1.0)  # fmt: skip
