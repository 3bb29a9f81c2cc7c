"""How long cooperatives stay active: Kaplan-Meier with delayed entry."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from kopanalysis.errors import CallError
from kopanalysis.lineage import Rows, recorded
from kopanalysis.metrics.spells import check_spells
from kopanalysis.results import Curve, Number, Table


@recorded
def kaplan_meier(
    spells: pd.DataFrame,
    by: str | None = None,
    level: float = 0.95,
    duration: str = "duration",
    event: str = "event",
    entry: str | None = "entry",
) -> Curve:
    """Share still active by age, for those who enter late and those who leave early.

    Any event above zero ends the spell, so with inactivity and dissolution both coded it is the curve of staying active, which
    needs no assumption about the two; for one of them alone use a cumulative incidence.

    Parameters
    ----------
    spells : pandas.DataFrame
        One row a spell, at risk in (entry, duration].
    by : str, optional
        Column to split by; its values become ``term``.
    level : float
        Of the pointwise interval (log-log, Greenwood).
    duration, event, entry : str
        Columns. ``entry=None``: everyone enters at zero.

    Returns
    -------
    Curve
        ``term, time, estimate, std_error, conf_low, conf_high, n_risk, n_event``; one row an event time.
        Numbers ``survival.<term>.n``, ``survival.<term>.events``.

    Raises
    ------
    SpellError
        For impossible times.

    Notes
    -----
    What it assumes: entering late and leaving early have nothing to do with the risk of stopping. With few at risk early the curve
    can fall to zero by one event; read it beside ``n_risk``.

    References
    ----------
    Kaplan & Meier (1958), JASA 53:457-481. Left truncation: Tsai, Jewell & Wang (1987), Biometrika 74:883-886.
    """
    if entry is not None and entry not in spells:
        raise CallError(f"The spells have no column {entry!r}", mend="Name the column of entry times, or pass entry=None.")
    check_spells(spells, entry, duration)
    groups = [] if spells.empty else [("all", spells)] if by is None else list(spells.groupby(by))
    curves, numbers = [], []
    for term, group in groups:
        start = group[entry].to_numpy(float) if entry is not None else np.zeros(len(group))
        happened = group[event].to_numpy(float) > 0
        curves.append(_product_limit(start, group[duration].to_numpy(float), happened, level).assign(term=str(term)))
        if "source_rows" in group:
            rows = Rows.of(group["source_rows"])
            numbers.append(Number(f"survival.{term}.n", len(group), "cooperatives", n=len(group), method="count", rows=rows))
            numbers.append(Number(f"survival.{term}.events", int(happened.sum()), "cooperatives", n=len(group), method="count", rows=rows))
    columns = ["term", "time", "estimate", "std_error", "conf_low", "conf_high", "n_risk", "n_event"]
    curves = curves or [pd.DataFrame(columns=columns)]
    everyone = Rows.of(spells["source_rows"]) if "source_rows" in spells else Rows()
    chosen = (spells.attrs.get("call") or {}).get("arguments", {})
    return Curve(
        "survival" if by is None else f"survival_by_{by}", pd.concat(curves, ignore_index=True)[columns], level,
        "kaplan_meier, delayed entry, log-log interval", rule=chosen.get("rule"), silence=chosen.get("silence"),
        numbers=tuple(numbers), rows=everyone,
    )  # fmt: skip


def _product_limit(start: np.ndarray, stop: np.ndarray, happened: np.ndarray, level: float) -> pd.DataFrame:
    """Times, survival, Greenwood error and log-log limits of one group; someone who enters at a time isn't at risk at it, as in R."""
    from scipy.stats import norm

    times = np.unique(stop[happened])
    entered = np.searchsorted(np.sort(start), times, side="left")
    left = np.searchsorted(np.sort(stop), times, side="left")
    n_risk = entered - left
    n_event = np.searchsorted(np.sort(stop[happened]), times, side="right") - np.searchsorted(np.sort(stop[happened]), times, side="left")
    survival = np.cumprod(1 - n_event / n_risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(n_event / (n_risk * (n_risk - n_event)))
        spread = norm.ppf(0.5 + level / 2) * np.sqrt(greenwood) / np.abs(np.log(survival))
        low, high = survival ** np.exp(spread), survival ** np.exp(-spread)
        error = survival * np.sqrt(greenwood)
    gone = survival <= 0
    return pd.DataFrame(
        {
            "time": times,
            "estimate": survival,
            "std_error": np.where(gone, np.nan, error),
            "conf_low": np.where(gone, np.nan, low),
            "conf_high": np.where(gone, np.nan, high),
            "n_risk": n_risk,
            "n_event": n_event,
        }
    )


@recorded
def numbers_at_risk(spells: pd.DataFrame, ages: tuple[int, ...] = (0, 5, 10, 15, 20, 25, 30, 35, 40)) -> Table:
    """How many are under observation at chosen ages: entered by then, neither stopped nor last seen before.

    Parameters
    ----------
    spells : pandas.DataFrame
        ``entry, duration``.
    ages : tuple of int

    Returns
    -------
    Table
        ``time, n_risk``.
    """
    counts = [int(((spells["entry"] <= age) & (spells["duration"] >= max(age, 1))).sum()) for age in ages]
    return Table("numbers_at_risk", pd.DataFrame({"time": ages, "n_risk": counts}), ("n_risk",))


@recorded
def survival_at(spells: pd.DataFrame, ages: tuple[int, ...], level: float = 0.95) -> Curve:
    """The curve of :func:`kaplan_meier` read at chosen ages, each value a number that may be printed.

    Parameters
    ----------
    spells : pandas.DataFrame
        From :func:`kopanalysis.build_spells`, with ``source_rows``.
    ages : tuple of int
        Years since founding.
    level : float

    Returns
    -------
    Curve
        One row an age that the curve reaches with somebody at risk. Numbers ``survival.share.<age>``, ``survival.age.<age>``,
        ``survival.n``, ``survival.events``.
    """
    curve = kaplan_meier(spells, level=level)
    rows: list[dict[Any, Any]] = []
    numbers = [replace(number, name=number.name.replace(".all.", ".")) for number in curve.numbers]
    for age in ages:
        at_risk = int(((spells["entry"] < age) & (spells["duration"] >= age)).sum())
        before = curve.data[curve.data["time"] <= age]
        if at_risk == 0 or before.empty:
            continue
        point = before.iloc[-1].to_dict() | {"time": age, "n_risk": at_risk}
        rows.append(point)
        numbers.append(Number(f"survival.age.{age}", age, "years", n=at_risk, method="chosen age", rows=curve.rows))
        numbers.append(
            Number(f"survival.share.{age}", point["estimate"], "share", point["conf_low"], point["conf_high"], level, at_risk,
                   curve.rule, curve.silence, curve.method, rows=curve.rows)
        )  # fmt: skip
    data = pd.DataFrame(rows, columns=curve.data.columns)
    return Curve("survival_at", data, level, curve.method, rule=curve.rule, silence=curve.silence, numbers=tuple(numbers), rows=curve.rows)


@recorded
def survival_naive(spells: pd.DataFrame, ages: tuple[int, ...] = (5, 10, 20), level: float = 0.95) -> Curve:
    """The curve with delayed entry beside the one that forgets it, for what the omission does to the answer.

    Parameters
    ----------
    spells : pandas.DataFrame
        From :func:`kopanalysis.build_spells`, with ``source_rows``.
    ages : tuple of int
        Ages at which the naive answer may be printed.
    level : float

    Returns
    -------
    Curve
        ``term`` ``delayed`` or ``naive`` (everyone at risk from founding on, also in years in which a stop would not have been
        recorded). Numbers ``survival.naive.<age>``.
    """
    both = [kaplan_meier(spells, level=level, entry=entry) for entry in ("entry", None)]
    data = pd.concat([curve.data.assign(term=term) for curve, term in zip(both, ("delayed", "naive"), strict=True)], ignore_index=True)
    naive, numbers = both[1].data, []
    for age in ages:
        before = naive[naive["time"] <= age]
        at_risk = int((spells["duration"] >= age).sum())
        if at_risk and len(before):
            point = before.iloc[-1]
            numbers.append(
                Number(f"survival.naive.{age}", float(point["estimate"]), "share", float(point["conf_low"]), float(point["conf_high"]),
                       level, at_risk, both[0].rule, both[0].silence, "kaplan_meier, entry ignored", rows=both[0].rows)
            )  # fmt: skip
    return Curve("survival_naive", data, level, both[0].method, rule=both[0].rule, silence=both[0].silence, numbers=tuple(numbers),
                 rows=both[0].rows)  # fmt: skip
