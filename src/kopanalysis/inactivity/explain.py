"""What goes with stopping in this district: the planned model on the panel."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd
from scipy.stats import norm

from kopanalysis.inactivity.hazard import discrete_hazard, person_period
from kopanalysis.inactivity.plan import planned, planned_curves
from kopanalysis.lineage import Rows, recorded
from kopanalysis.metrics.panel import histories
from kopanalysis.metrics.spells import build_spells
from kopanalysis.results import Number, Table

POWER = 0.8


@recorded
def onset_frame(panel: pd.DataFrame, rule: str = "no_rat_3y", silence: str = "legal", first_year: int | None = None) -> pd.DataFrame:
    """One row for each year that a cooperative could stop, with the planned predictors as they were known before it.

    Parameters
    ----------
    panel : pandas.DataFrame
        From :func:`kopanalysis.build_panel`.
    rule, silence, first_year
        As in :func:`kopanalysis.build_spells`.

    Returns
    -------
    pandas.DataFrame
        Rows of :func:`kopanalysis.inactivity.hazard.person_period` with ``log_members`` (first count on record, no later than the first
        year
        at risk), ``log_members_now`` (the count of the year before), ``savings_loan, livestock`` (0/1), ``public_aid`` (1 once cattle
        aid was
        accepted in an earlier year).
    """
    spells = build_spells(panel, rule, silence, first_year)
    spells["log_members"] = spells["coop_id"].map(_members_at_start(panel, spells))
    spells["savings_loan"] = spells["type"].str.contains("simpan pinjam", case=False, na=False).astype(int)
    spells["livestock"] = spells["sector"].str.contains("ternak", case=False, na=False).astype(int)
    frame = person_period(spells)
    before = panel.assign(book_year=panel["book_year"] + 1, log_members_now=_log(panel["members"]))
    frame = frame.merge(before[["coop_id", "book_year", "log_members_now"]], on=["coop_id", "book_year"], how="left")
    aided = frame["coop_id"].map(panel.groupby("coop_id")["cattle_cohort"].min()).astype(float)
    frame["public_aid"] = (aided < frame["book_year"]).astype(int)
    frame["source_rows"] = frame["coop_id"].map(histories(panel))
    return frame


def _log(members: pd.Series) -> pd.Series:
    return members.astype(float).where(members > 0).map(np.log)


def _members_at_start(panel: pd.DataFrame, spells: pd.DataFrame) -> pd.Series:
    counted = panel[panel["members"] > 0].merge(spells[["coop_id", "entry_year"]], on="coop_id")
    counted = counted[counted["book_year"] <= counted["entry_year"] + 1].sort_values("book_year")
    return _log(counted.groupby("coop_id")["members"].first())


@recorded
def stopping_model(
    panel: pd.DataFrame,
    rule: str = "no_rat_3y",
    silence: str = "legal",
    link: Literal["cloglog", "logit"] = "cloglog",
    penalty: Literal["firth"] | None = None,
    effects: Literal["coef", "ame"] = "ame",
    level: float = 0.95,
) -> Table:
    """Which planned attributes go with stopping, in points of yearly risk.

    Parameters
    ----------
    panel : pandas.DataFrame
    rule, silence : str
        As in :func:`kopanalysis.classify`.
    link, penalty, effects, level
        As in :func:`kopanalysis.discrete_hazard`; errors are clustered by cooperative unless penalised.

    Returns
    -------
    Table
        As :func:`kopanalysis.discrete_hazard`, with ``detectable``: the smallest difference that these data would have shown four times
        in five (normal approximation). A planned predictor that can't enter stands there with its reason. Numbers
        ``hazard.<term>``, on all rows of the panel, since each of them decides who is at risk.

    Raises
    ------
    LeakageError, DataError
        As :func:`kopanalysis.discrete_hazard`.

    Notes
    -----
    The predictors were declared in data/rules/plan.toml before the outcome was read. They go with stopping; they aren't its cause.
    """
    frame = onset_frame(panel, rule, silence)
    cluster = None if penalty else "coop_id"
    table = discrete_hazard(
        frame, "stopped", planned(), link=link, cluster=cluster, penalty=penalty, effects=effects, level=level, curved=planned_curves(),
        budget=True, rule=rule,
    )  # fmt: skip
    rows = Rows.of(panel["source_rows"])
    facts = table.data.iloc[0]
    counts = (
        Number("hazard.n_units", int(facts["n_units"]), "cooperatives", n=int(facts["n_units"]), method="count"),
        Number("hazard.n_events", int(facts["n_events"]), "coop_years", n=int(facts["n_obs"]), method="count"),
    )
    numbers = tuple(replace(number, rows=rows, rule=rule, silence=silence) for number in (*table.numbers, *counts))
    seen = norm.ppf(0.5 + level / 2) + norm.ppf(POWER)
    data = table.data.assign(detectable=seen * table.data["std_error"].astype(float))
    return replace(table, name=f"hazard.{rule}.{silence}", data=data, numbers=numbers, rows=rows)
