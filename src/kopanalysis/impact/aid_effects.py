"""Effects of cattle aid with their numbers: the lead by imputation, its bracket, the test of timing, doses, and what the grant adds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from kopanalysis.errors import DataError
from kopanalysis.impact import timing
from kopanalysis.impact.aid import AIDED, COHORT, aid_periods
from kopanalysis.impact.did import did
from kopanalysis.impact.dose import dose_rank
from kopanalysis.impact.imputation import imputation
from kopanalysis.impact.same_state import same_state
from kopanalysis.lineage import Rows, recorded
from kopanalysis.results import Estimate, Number, Table
from kopanalysis.suppression import sums_across

DOSES = ("heads_given", "heads_later", "heads_per_member")
ASSETS = ("assets_idr", "assets_net_idr")


def lead_estimate(
    panel: pd.DataFrame, outcome: str, anticipation: int, draws: int, seed: int, strata: Sequence[str] = (), level: float = 0.95
) -> Estimate:
    """The mean over all treated cells by imputation, as an estimate.

    Parameters
    ----------
    panel : pandas.DataFrame
        From :func:`kopanalysis.aid_sample`.
    outcome : str
    anticipation, draws, seed : int
    strata : sequence of str
        ``("aided",)``: timing is permuted among the recipients alone.
    level : float

    Returns
    -------
    Estimate
        ``n_treated`` cooperatives, ``n_obs`` treated cells from the first year of aid on.
    """
    table = imputation(panel, outcome, COHORT, level=level, draws=draws, seed=seed, strata=strata, anticipation=anticipation)
    line, events = table.data.iloc[0], table.data.iloc[1:]
    cells = int(events.loc[events["event_time"] >= 0, "n_treated"].sum())
    limits: dict[str, Any] = {
        name: float(line[name]) for name in ("std_error", "p_value", "conf_low", "conf_high", "mde", "p_floor", "mc_error")
    }
    return Estimate(
        f"imputation.{outcome}", float(line["estimate"]), n_obs=cells, n_units=int(line["n_units"]), method=str(line["method"]),
        level=level,         unit=str(line["unit"]), n_treated=int(line["n_treated"]), seed=seed, draws=draws, rows=table.rows, **limits,
    )  # fmt: skip


@recorded
def aid_effects(
    panel: pd.DataFrame, outcome: str = "rat_held", anticipation: int = 1, draws: int = 1_999, seed: int = 0, level: float = 0.95
) -> Table:
    """One outcome: imputation with permutation bands, the test of timing, and the bracket of two plain comparisons.

    Parameters
    ----------
    panel : pandas.DataFrame
        From :func:`kopanalysis.aid_sample`.
    outcome : str
    anticipation, draws, seed : int
    level : float

    Returns
    -------
    Table
        ``term`` (``imputation, timing, did, same_state``), ``effect, effect_low, effect_high, p_value, p_floor, mde, recipients,
        n_units, n_cells, method``. ``timing`` permutes the years of aid among the recipients: it asks whether those given early did better
        than those given late, and carries no interval. Numbers ``cattle.att.<outcome>.<term>``, ``cattle.p.<outcome>.permutation``,
        ``cattle.p.<outcome>.timing``, ``cattle.seen.<outcome>`` (smallest effect the imputation could have seen), ``cattle.cells``.

    Raises
    ------
    CallError, DataError
        As :func:`kopanalysis.imputation`.
    """
    pre, post = aid_periods(panel, anticipation)
    lead = lead_estimate(panel, outcome, anticipation, draws, seed, level=level)
    timed = lead_estimate(panel, outcome, anticipation, draws, seed, (AIDED,), level)
    bracket = (panel, outcome, AIDED, pre, post)
    found = {"imputation": lead, "timing": timed, "did": did(*bracket, level=level), "same_state": same_state(*bracket, level=level)}
    data = pd.DataFrame([_line(name, item) for name, item in found.items()])
    data.loc[data["term"] == "timing", ["effect_low", "effect_high", "mde"]] = np.nan
    rows = lead.rows
    numbers = [
        Number(f"cattle.att.{outcome}.{name}", item.estimate, item.unit, item.conf_low, item.conf_high, level, item.n_units,
               method=item.method, rows=rows, cell=(row, "effect"))
        for row, (name, item) in enumerate(found.items()) if name != "timing"
    ]  # fmt: skip
    tests = {"permutation": (lead, 0), "timing": (timed, 1)}
    numbers += [
        Number(f"cattle.p.{outcome}.{name}", item.p_value, "share", n=item.n_treated, method=item.method, rows=rows, cell=(row, "p_value"))
        for name, (item, row) in tests.items()
    ]
    numbers += [
        Number(f"cattle.seen.{outcome}", lead.mde, lead.unit, n=lead.n_treated, method=lead.method, rows=rows, cell=(0, "mde")),
        Number("cattle.cells", lead.n_obs, "coop_years", n=lead.n_treated, method="count", rows=rows),
        Number("cattle.treated", lead.n_treated, "cooperatives", n=lead.n_units, method="count", rows=rows),
        Number("cattle.smallest", timing.setting("smallest_effect"), "points", method="data/rules/plan.toml", rows=rows),
        Number("cattle.compared", lead.n_units, "cooperatives", n=lead.n_units, method="count", rows=rows),
    ]
    return Table(f"aid_effects.{outcome}", data, ("recipients",), numbers=tuple(numbers), rows=rows, fitted=found)


def _line(name: str, item: Estimate) -> dict[str, Any]:
    return {
        "term": name, "effect": item.estimate, "effect_low": item.conf_low, "effect_high": item.conf_high, "p_value": item.p_value,
        "p_floor": item.p_floor if item.draws else None, "mde": item.mde, "recipients": item.n_treated,
        "n_units": item.n_units, "n_cells": item.n_obs, "method": item.method,
    }  # fmt: skip


@recorded
def aid_outcomes(
    panel: pd.DataFrame, outcomes: Sequence[str], anticipation: int = 1, draws: int = 999, seed: int = 0, level: float = 0.95
) -> Table:
    """Other outcomes by the same method; one that too few report is refused.

    Parameters
    ----------
    panel : pandas.DataFrame
        From :func:`kopanalysis.aid_sample`.
    outcomes : sequence of str
    anticipation, draws, seed : int
    level : float

    Returns
    -------
    Table
        ``aid_outcome, unknown_treated, unknown_untreated`` (shares), ``effect, effect_low, effect_high, mde, recipients, verdict``
        (``estimated, unknown``: a third or more isn't known, ``no_estimate``).
    """
    limit = timing.setting("unknown_share")
    records = []
    for outcome in outcomes:
        missing = panel[outcome].isna().groupby(panel[AIDED]).mean()
        unknown = {"unknown_treated": float(missing.get(1, 0.0)), "unknown_untreated": float(missing.get(0, 0.0))}
        nothing = dict.fromkeys(("effect", "effect_low", "effect_high", "mde"), np.nan) | {"recipients": 0}
        record = {"aid_outcome": outcome, **unknown, **nothing, "verdict": "unknown"}
        if max(unknown.values()) <= limit:
            try:
                lead = lead_estimate(panel, outcome, anticipation, draws, seed, level=level)
                record |= {"effect": lead.estimate, "effect_low": lead.conf_low, "effect_high": lead.conf_high, "mde": lead.mde,
                           "recipients": lead.n_treated, "verdict": "estimated"}  # fmt: skip
            except DataError:
                record["verdict"] = "no_estimate"
        records.append(record)
    derived = dict.fromkeys(("effect", "effect_low", "effect_high", "mde"), ("recipients",))
    return Table("aid_outcomes", pd.DataFrame(records), ("recipients",), derived=derived, rows=Rows.of(panel["source_rows"]))


@recorded
def grant_contrast(panel: pd.DataFrame, anticipation: int = 1, level: float = 0.95) -> Table:
    """Assets with and without the grant's book value: a cow given is an asset on the day it arrives.

    Parameters
    ----------
    panel : pandas.DataFrame
        From :func:`kopanalysis.aid_sample`.
    anticipation : int
    level : float

    Returns
    -------
    Table
        ``asset`` (``assets_idr, assets_net_idr``), ``change_treated, change_untreated`` (mean change of book value, million rupiah,
        current prices), ``change_gap`` (their difference), ``gap_low, gap_high, recipients, other_units``: those with accounts before
        and after. Numbers ``cattle.att.<outcome>.did``, ``cattle.seen.<outcome>.did`` (smallest difference it could have seen),
        ``cattle.grant_value`` (the first less the second: what the grant alone adds),
        ``cattle.accounts.treated``, ``cattle.accounts.untreated``.

    Raises
    ------
    CallError, DataError
        As :func:`kopanalysis.did`.
    """
    pre, post = aid_periods(panel, anticipation)
    rows = Rows.of(panel["source_rows"])
    found = {outcome: did(panel, outcome, AIDED, pre, post, level=level) for outcome in ASSETS}
    changes = {outcome: _mean_changes(panel, outcome, pre, post) for outcome in ASSETS}
    data = pd.DataFrame([
        {"asset": outcome,
         **{f"change_{arm}": changes[outcome].get(value, np.nan) / 1e6 for arm, value in (("treated", 1), ("untreated", 0))},
         "change_gap": item.estimate / 1e6, "gap_low": (item.conf_low or 0.0) / 1e6, "gap_high": (item.conf_high or 0.0) / 1e6,
         "recipients": item.n_treated,
         "other_units": (item.n_units or 0) - (item.n_treated or 0)}
        for outcome, item in found.items()
    ])  # fmt: skip
    numbers = [
        Number(f"cattle.att.{outcome}.did", item.estimate, "idr", item.conf_low, item.conf_high, level, item.n_units, method=item.method,
               rows=rows, cell=(row, "change_gap"))
        for row, (outcome, item) in enumerate(found.items())
    ]  # fmt: skip
    numbers += [
        Number(f"cattle.seen.{outcome}.did", item.mde, "idr", n=item.n_units, method=item.method, rows=rows)
        for outcome, item in found.items()
    ]
    gross, net = (found[outcome].estimate for outcome in ASSETS)
    treated, others = int(data["recipients"].iloc[0]), int(data["other_units"].iloc[0])
    numbers += [
        Number("cattle.grant_value", gross - net, "idr", n=treated, method="gross less net", rows=rows),
        Number("cattle.accounts.treated", treated, "cooperatives", n=treated + others, method="count", rows=rows),
        Number("cattle.accounts.untreated", others, "cooperatives", n=treated + others, method="count", rows=rows),
    ]
    derived = dict.fromkeys(("change_treated", "change_untreated", "change_gap", "gap_low", "gap_high"), ("recipients", "other_units"))
    return Table("grant_contrast", data, ("recipients", "other_units"), derived=derived, numbers=tuple(numbers), rows=rows,
                 sums=sums_across(len(data), "recipients", "other_units"))  # fmt: skip


def _mean_changes(panel: pd.DataFrame, outcome: str, pre: list[int], post: list[int]) -> dict[int, float]:
    values = panel.dropna(subset=[outcome])
    means = [values[values["book_year"].isin(years)].groupby("coop_id")[outcome].mean() for years in (pre, post)]
    change = (means[1] - means[0]).dropna()
    arm = panel.drop_duplicates("coop_id").set_index("coop_id")[AIDED].reindex(change.index)
    return {int(str(value)): float(mean) for value, mean in change.groupby(arm).mean().items()}


@recorded
def aid_dose(
    panel: pd.DataFrame, outcome: str = "rat_held", anticipation: int = 1, draws: int = 9_999, seed: int = 0, doses: Sequence[str] = DOSES
) -> Table:
    """Does more of it go with more, among recipients of the same year: three doses, each by ranks.

    Parameters
    ----------
    panel : pandas.DataFrame
        From :func:`kopanalysis.aid_sample`.
    outcome : str
    anticipation, draws, seed : int
    doses : sequence of str

    Returns
    -------
    Table
        ``dose, rank_correlation, p_value, p_floor, recipients, verdict`` (``tested``; ``nothing_to_rank``: all were given the same).
        Numbers ``cattle.dose.<dose>`` (-1 to 1) and ``cattle.dose.<dose>.p``.

    Raises
    ------
    CallError
        As :func:`kopanalysis.dose_rank`.
    """
    pre, post = aid_periods(panel, anticipation)
    rows = Rows.of(panel["source_rows"])
    records, numbers = [], []
    for row, dose in enumerate(doses):
        known = panel.assign(**{dose: panel[dose].where(panel[AIDED] == 1, 0.0).astype("Float64")})
        values: tuple[Any, ...]
        try:
            found = dose_rank(known, outcome, dose, (COHORT,), draws, seed, pre, post)
            values = (found.estimate, found.p_value, found.p_floor, found.n_treated, "tested")
        except DataError:
            values = (None, None, None, 0, "nothing_to_rank")
        names = ("rank_correlation", "p_value", "p_floor", "recipients", "verdict")
        records.append({"dose": dose, **dict(zip(names, values, strict=True))})
        numbers += [
            Number(f"cattle.dose.{dose}", values[0], "score", n=values[3], method="Spearman within cohorts", rows=rows,
                   cell=(row, "rank_correlation")),
            Number(f"cattle.dose.{dose}.p", values[1], "score", n=values[3], method="permutation within cohorts", rows=rows,
                   cell=(row, "p_value")),
        ]  # fmt: skip
    data = pd.DataFrame(records).astype({"rank_correlation": "Float64", "p_value": "Float64", "p_floor": "Float64"})
    derived = dict.fromkeys(("rank_correlation", "p_value", "p_floor"), ("recipients",))
    return Table("aid_dose", data, ("recipients",), derived=derived, numbers=tuple(numbers), rows=rows)


@recorded
def dose_points(panel: pd.DataFrame, outcome: str = "rat_held", dose: str = "heads_per_member", anticipation: int = 1) -> Table:
    """Each recipient's dose and change of the outcome, for the plot; the public edition has none of it.

    Parameters
    ----------
    panel : pandas.DataFrame
        From :func:`kopanalysis.aid_sample`.
    outcome, dose : str
    anticipation : int

    Returns
    -------
    Table
        ``cohort_year, dose, rank`` (mean rank within the cohort), ``change``.
    """
    pre, post = aid_periods(panel, anticipation)
    own = panel[panel[AIDED] == 1].astype({outcome: "Float64"})
    before, after = (own[own["book_year"].isin(years)].groupby("coop_id")[outcome].mean() for years in (pre, post))
    units = own.drop_duplicates("coop_id").set_index("coop_id")
    data = pd.DataFrame({"cohort_year": units[COHORT], "dose": units[dose].astype("Float64"), "change": after - before}).dropna()
    data["rank"] = data.groupby("cohort_year")["dose"].rank()
    data = data.sort_values(["cohort_year", "rank"], kind="stable").reset_index(drop=True)
    return Table("dose_points", data[["cohort_year", "dose", "rank", "change"]], names_units=True, rows=Rows.of(panel["source_rows"]))
