"""When cooperatives stop: the yearly hazard by age, and by which age they ended in which way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from kopanalysis.inactivity.hazard import person_period
from kopanalysis.inactivity.incidence import cumulative_incidence
from kopanalysis.lineage import Rows, recorded
from kopanalysis.metrics.intervals import poisson_rate
from kopanalysis.results import Curve, Number, Table
from kopanalysis.suppression import Sum

BANDS = ((1, 3), (4, 6), (7, 10), (11, 15), (16, 20), (21, 200))
WAYS = {1: "inactive", 2: "dissolved"}


@recorded
def hazard_by_age(spells: pd.DataFrame, level: float = 0.95) -> Table:
    """Stops per year at risk by age, with exact Poisson limits.

    Parameters
    ----------
    spells : pandas.DataFrame
        From :func:`kopanalysis.build_spells`; any event counts.
    level : float

    Returns
    -------
    Table
        ``age_from, age_to`` (years of life, ends included; the last band is open), ``count`` (events), ``years`` (years at risk),
        ``n_risk`` (cooperatives ever at risk in the band), ``estimate, conf_low, conf_high`` (per year). Bands nobody was seen in
        are left out. Numbers ``hazard_age.rate.<from>``, ``hazard_age.from.<from>``, ``hazard_age.to.<from>``.
    """
    frame = person_period(spells)
    chosen = (spells.attrs.get("call") or {}).get("arguments", {})
    rows = Rows.of(spells["source_rows"])
    about: dict[str, Any] = {"rule": chosen.get("rule"), "silence": chosen.get("silence"), "rows": rows}
    records: list[dict[str, float]] = []
    numbers: list[Number] = []
    for low, high in BANDS:
        part = frame[frame["age"].between(low, high)]
        years, n = float(part["exposure"].sum()), int(part["coop_id"].nunique())
        if years <= 0:
            continue
        count = int((part["event"] > 0).sum())
        rate, below, above = poisson_rate(count, years, level)
        numbers += [
            Number(f"hazard_age.rate.{low}", rate, "share", below, above, level, n, method="events per year at risk, exact Poisson",
                   cell=(len(records), "estimate"), **about),
            Number(f"hazard_age.from.{low}", low, "years", n=n, method="chosen age", **about),
            Number(f"hazard_age.to.{low}", high, "years", n=n, method="chosen age", **about),
        ]  # fmt: skip
        records.append({"age_from": low, "age_to": high, "count": count, "years": years, "n_risk": n, "estimate": rate, "conf_low": below,
                        "conf_high": above})  # fmt: skip
    columns = ["age_from", "age_to", "count", "years", "n_risk", "estimate", "conf_low", "conf_high"]
    derived = dict.fromkeys(("estimate", "conf_low", "conf_high"), ("count", "n_risk"))
    bands = (Sum(tuple((row, "count") for row in range(len(records)))),)  # the stops of all bands are printed
    return Table("hazard_by_age", pd.DataFrame(records, columns=columns), ("count", "n_risk"), derived=derived, sums=bands,
                 of={"n_risk": ("count",)}, numbers=tuple(numbers), rows=rows)  # fmt: skip


@recorded
def incidence_at(spells: pd.DataFrame, ages: tuple[int, ...] = (10, 20), level: float = 0.95) -> Curve:
    """Share that ended in each way by each age, the other way competing.

    Parameters
    ----------
    spells : pandas.DataFrame
        From :func:`kopanalysis.build_spells`.
    ages : tuple of int
        Ages at which the shares may be printed.
    level : float

    Returns
    -------
    Curve
        ``term`` ``inactive`` and ``dissolved``, otherwise as :func:`kopanalysis.cumulative_incidence`. Numbers
        ``incidence.<term>.<age>``, ``incidence.age.<age>``; only at ages that somebody reached under observation.
    """
    curves = {name: cumulative_incidence(spells, cause, level=level) for cause, name in WAYS.items()}
    data = pd.concat([curve.data.assign(term=name) for name, curve in curves.items()], ignore_index=True)
    first = curves["inactive"]
    numbers: list[Number] = []
    for age in ages:
        n = int(((spells["entry"] < age) & (spells["duration"] >= age)).sum())
        if n == 0 or not (data["time"] <= age).any():
            continue
        about: dict[str, Any] = {"n": n, "rule": first.rule, "silence": first.silence, "rows": first.rows}
        numbers.append(Number(f"incidence.age.{age}", age, "years", method="chosen age", **about))
        for name in curves:
            point = data[(data["term"] == name) & (data["time"] <= age)].iloc[-1]
            low, high = (None if np.isnan(point[limit]) else float(point[limit]) for limit in ("conf_low", "conf_high"))
            numbers.append(
                Number(f"incidence.{name}.{age}", float(point["estimate"]), "share", low, high, level, method=first.method, **about)
            )
    return Curve("incidence", data, level, first.method, rule=first.rule, silence=first.silence, numbers=tuple(numbers), rows=first.rows)
