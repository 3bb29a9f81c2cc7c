"""Effects by years since the first aid, with the years before it as a check, the cohorts apart, and the coverage measured of the bands."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kopanalysis import rules
from kopanalysis.errors import CallError, DataError
from kopanalysis.impact import timing
from kopanalysis.impact.imputation import imputation
from kopanalysis.lineage import Rows, recorded
from kopanalysis.resources import resource
from kopanalysis.results import Number, Table

STORED = ("data", "certificate", "cattle.csv")
UNTHREATENED = ("none", "none_effect")
PROMISED = 0.95  # level at which the certificate measured the bands


@recorded
def event_time(
    panel: pd.DataFrame, outcome: str, cohort: str, lead: int = 3, lag: int = 2, anticipation: int = 1, draws: int = 1_999, seed: int = 0,
    level: float = 0.95, unit: str = "coop_id", time: str = "book_year",
) -> Table:  # fmt: skip
    """Effect by event time from ``-lead`` to ``lag``: imputed from the aid's anticipation on, a false aid before it.

    Parameters
    ----------
    panel : pandas.DataFrame
        One row a ``unit`` and ``time``.
    outcome, cohort : str
        As in :func:`kopanalysis.imputation`.
    lead, lag : int
        Periods before and after the first treated one.
    anticipation : int
    draws, seed : int
    level : float
    unit, time : str

    Returns
    -------
    Table
        ``event_time, kind, effect, effect_low, effect_high, recipients, coverage, band`` in order; ``kind`` is ``before`` (a false aid
        ``lead`` periods early, with the cells of the true one left out: no effect can be there), ``announced`` (within the anticipation)
        or ``after``. ``coverage`` is what :func:`measured_coverage` says; where it is below the least of data/rules/aid.toml or unknown,
        ``band`` is False and the limits are missing. Bands are for one point at a time. Numbers ``cattle.event.<outcome>.<event time>``.

    Raises
    ------
    CallError, DataError
        As :func:`kopanalysis.imputation`.
    """
    named = {"unit": unit, "time": time, "level": level, "draws": draws, "seed": seed}
    found = [imputation(panel, outcome, cohort, anticipation=anticipation, **named).data]
    early = _without_the_aid(panel, cohort, lead, anticipation, time)
    if lead > anticipation and early is not None:
        before = _placebo(early, outcome, cohort, named)
        if before is not None:
            found.insert(0, before.assign(event_time=before["event_time"] - lead))
    lines = pd.concat(found, ignore_index=True)
    lines = lines[lines["event_time"].between(-lead, lag)].drop_duplicates("event_time").sort_values("event_time", ignore_index=True)
    data = pd.DataFrame({
        "event_time": lines["event_time"].astype(int), "kind": [_kind(int(event), anticipation) for event in lines["event_time"]],
        "effect": lines["estimate"], "effect_low": lines["conf_low"], "effect_high": lines["conf_high"],
        "recipients": lines["n_treated"].astype(int),
        "coverage": [measured_coverage(f"event[{int(event)}]") for event in lines["event_time"]],
    })  # fmt: skip
    data = shown_bands(data)
    rows = Rows.of(panel["source_rows"].dropna()) if "source_rows" in panel else Rows()
    numbers = tuple(
        Number(f"cattle.event.{outcome}.{line.event_time}", line.effect, "points", line.effect_low if line.band else None,
               line.effect_high if line.band else None, level, line.recipients, method="imputation, permutation band", rows=rows,
               cell=(row, "effect"))
        for row, (_, line) in enumerate(data.iterrows())
    )  # fmt: skip
    derived = dict.fromkeys(("effect", "effect_low", "effect_high", "coverage", "band"), ("recipients",))
    return Table(f"event_time.{outcome}", data, ("recipients",), derived=derived, numbers=numbers, rows=rows)


def _without_the_aid(panel: pd.DataFrame, cohort: str, lead: int, anticipation: int, time: str) -> pd.DataFrame | None:
    """The panel before anybody knew of the aid, with a false first year ``lead`` periods before the true one."""
    first = panel[cohort].astype("Float64")
    known = (panel[time] >= first - anticipation).fillna(False).astype(bool)
    early = panel[~known]
    return early.assign(**{cohort: panel[cohort] - lead}) if (panel[cohort].notna() & ~known).any() else None


def _placebo(early: pd.DataFrame, outcome: str, cohort: str, named: dict[str, object]) -> pd.DataFrame | None:
    """Effects of the false aid; None where its years before are too few to impute from."""
    try:
        found: pd.DataFrame = imputation(early, outcome, cohort, **named).data
    except DataError:
        return None
    return found[found["event_time"].notna()]


def _kind(event: int, anticipation: int) -> str:
    return "after" if event >= 0 else "announced" if event >= -anticipation else "before"


def shown_bands(data: pd.DataFrame) -> pd.DataFrame:
    """Limits only where the certificate measured that they hold the truth often enough.

    Parameters
    ----------
    data : pandas.DataFrame
        With ``coverage, effect_low, effect_high``.

    Returns
    -------
    pandas.DataFrame
        With ``band`` (True where they are kept).
    """
    least = float(rules.parameter("aid", "band.least_coverage").value)
    band = (data["coverage"].astype(float) >= least).to_numpy()
    return data.assign(band=band, effect_low=data["effect_low"].where(band), effect_high=data["effect_high"].where(band))


@recorded
def by_cohort(
    panel: pd.DataFrame, outcome: str, cohort: str, anticipation: int = 1, draws: int = 1_999, seed: int = 0, level: float = 0.95,
    unit: str = "coop_id", time: str = "book_year",
) -> Table:  # fmt: skip
    """Mean effect of each cohort apart, against the never and not yet treated; a cohort of under five has no interval.

    Parameters
    ----------
    panel : pandas.DataFrame
    outcome, cohort : str
    anticipation, draws, seed, level, unit, time
        As in :func:`event_time`.

    Returns
    -------
    Table
        ``cohort_year, recipients, effect, effect_low, effect_high, coverage, band``; the estimate is missing where it can't be made. Of the
        other cohorts, the cells before their own aid stay in the comparison.

    Raises
    ------
    CallError
        As :func:`kopanalysis.imputation`.
    """
    least, first = int(timing.setting("few_treated")), panel[cohort].astype("Float64")
    records = []
    for year in sorted(first.dropna().unique()):
        later = ((first != year) & (panel[time] >= first - anticipation)).fillna(False).astype(bool)
        own = panel[~later].assign(**{cohort: panel[cohort].where(first == year)})
        try:
            line = imputation(own, outcome, cohort, unit, time, level=level, draws=draws, seed=seed, anticipation=anticipation).data.iloc[0]
        except DataError:
            line = pd.Series({"estimate": np.nan, "conf_low": np.nan, "conf_high": np.nan})
        n = int(panel.loc[first == year, unit].nunique())
        known = n >= least
        records.append({"cohort_year": int(year), "recipients": n, "effect": line["estimate"],
                        "effect_low": line["conf_low"] if known else np.nan, "effect_high": line["conf_high"] if known else np.nan,
                        "coverage": measured_coverage("att") if known else np.nan})  # fmt: skip
    data = shown_bands(pd.DataFrame(records, columns=["cohort_year", "recipients", "effect", "effect_low", "effect_high", "coverage"]))
    derived = dict.fromkeys(("effect", "effect_low", "effect_high"), ("recipients",))
    rows = Rows.of(panel["source_rows"].dropna()) if "source_rows" in panel else Rows()
    return Table(f"by_cohort.{outcome}", data, ("recipients",), derived=derived, additive=True, rows=rows)


def cattle_certificate() -> pd.DataFrame | None:
    """The stored certificate of the methods of cattle aid, None where there is none.

    Returns
    -------
    pandas.DataFrame or None
        ``scenario, method, measure, value, low, high, districts, draws, seed``.
    """
    try:
        path = resource(*STORED)
    except CallError:
        return None
    return pd.read_csv(path, encoding="utf-8", keep_default_na=False, na_values=[""])


def measured_coverage(method: str, certificate: pd.DataFrame | None = None) -> float:
    """How often the 95 % bands held the true effect in synthetic districts: the worse of those with and without an effect.

    Parameters
    ----------
    method : str
        ``att`` or ``event[<k>]``; an event time before the aid is held by the nearest one that was measured.
    certificate : pandas.DataFrame, optional
        Default: the stored one.

    Returns
    -------
    float
        A share; missing where it wasn't measured.
    """
    lines = cattle_certificate() if certificate is None else certificate
    if lines is None:
        return float("nan")
    own = lines[(lines["method"] == method) & (lines["measure"] == "coverage") & lines["scenario"].isin(UNTHREATENED)]
    return float(own["value"].min()) if len(own) else float("nan")


@recorded
def coverage_table(panel: pd.DataFrame) -> Table:
    """What the certificate measured of the bands that a brief shows.

    Parameters
    ----------
    panel : pandas.DataFrame
        Named for the record alone: the certificate rests on synthetic districts, not on it.

    Returns
    -------
    Table
        ``method, scenario, value, low, high, districts``. Numbers ``cattle.coverage.att`` (with the 99 % Monte Carlo interval of the
        worse scenario), ``cattle.coverage.least``, ``cattle.coverage.promised``, ``cattle.coverage.districts``.

    Raises
    ------
    DataError
        When none is stored.
    """
    lines = cattle_certificate()
    if lines is None:
        raise DataError("No certificate of cattle aid is stored", "/".join(STORED), "Run kopanalysis.truth.cattle_trials.certify_cattle.")
    data = lines[(lines["measure"] == "coverage") & lines["scenario"].isin(UNTHREATENED)]
    data = data[["method", "scenario", "value", "low", "high", "districts"]].reset_index(drop=True)
    worst = data[data["method"] == "att"].sort_values("value").iloc[0]
    rows = Rows.of(panel["source_rows"].dropna())
    n = int(worst["districts"])
    numbers = (
        Number("cattle.coverage.att", float(worst["value"]), "share", float(worst["low"]), float(worst["high"]), 0.99, n,
               method="synthetic districts with a known effect", rows=rows),
        Number("cattle.coverage.least", float(rules.parameter("aid", "band.least_coverage").value), "share", method="data/rules/aid.toml",
               rows=rows),
        Number("cattle.coverage.promised", PROMISED, "share", method="level of the bands", rows=rows),
        Number("cattle.coverage.districts", n, "index", method="count of synthetic districts", rows=rows),
    )  # fmt: skip
    return Table("cattle_coverage", data, numbers=numbers, rows=rows)
