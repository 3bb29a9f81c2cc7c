"""Effects by cohort and period, doubly robust, and their means; for treatments that begin in different years."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb
from typing import Any, Literal, overload

import numpy as np
import pandas as pd

from kopanalysis.errors import CallError, DataError
from kopanalysis.impact.collapse import unit_of
from kopanalysis.impact.dd import VERSION, Cell, aggregate_fit, group_time
from kopanalysis.impact.did import clip
from kopanalysis.impact.small_sample import t_interval, visible
from kopanalysis.lineage import Rows, recorded
from kopanalysis.results import TIDY_COLUMNS, Estimate, Table

COHORT = "_cohort"
NEVER = 0
HOWS = {"simple": "simple", "event": "event_study", "group": "group"}


@recorded
def att_gt(
    panel: pd.DataFrame, outcome: str, cohort: str, unit: str = "coop_id", time: str = "book_year", control: str = "never_treated",
    covariates: Sequence[str] = (), level: float = 0.95, base_period: str = "varying", anticipation: int = 0,
) -> Table:  # fmt: skip
    """Doubly robust effect of each cohort in each period.

    Parameters
    ----------
    panel : pandas.DataFrame
        One row a ``unit`` and ``time``.
    outcome : str
    cohort : str
        First treated period, constant within a unit; missing: never treated. 0 is refused.
    unit, time : str
    control : {"never_treated", "not_yet_treated"}
    covariates : sequence of str
        At most two where fewer than thirty are treated.
    level : float
    base_period : {"varying", "universal"}
        Of periods before treatment: against the period before each, or all against the last before treatment.
    anticipation : int
        Periods before the first treated one in which an effect may already show.

    Returns
    -------
    Table
        The tidy columns, then ``cohort, time, event_time, n_treated, df``; terms ``att[<cohort>,<time>]``. A cohort of one has no
        standard error: the scatter of the treated can't be seen in it. For :func:`aggregate`.

    Raises
    ------
    CallError
        For a cohort of 0, an unknown column or control group, too many covariates.
    DataError
        For a unit twice in a period, a cohort that changes within a unit, or nothing that can be estimated.

    Notes
    -----
    Rows without the outcome are dropped; a comparison uses the units seen in both of its periods. Intervals are by t with one degree of
    freedom fewer than units.

    References
    ----------
    Callaway & Sant'Anna (2021), Journal of Econometrics 225:200-230. Sant'Anna & Zhao (2020), Journal of Econometrics 219:101-122.
    """
    frame, notes, dropped = cohort_frame(panel, outcome, cohort, unit, time, covariates)
    fit, cells = group_time(frame, outcome, unit, time, COHORT, control, covariates, base_period, anticipation)
    method = f"doubly robust effects by cohort, {control.replace('_', ' ')} as controls, {base_period} base ({VERSION}){notes}"
    facts = _facts(frame, outcome, unit, time, level, method, dropped, panel)
    records = [_record(f"att[{cell.cohort},{cell.time}]", cell, facts) for cell in cells]
    data = pd.DataFrame(records).sort_values(["cohort", "time"], ignore_index=True)
    return Table(f"att_gt.{outcome}", data, rows=facts["rows"], fitted=(fit, facts))


@overload
def aggregate(att: Table, how: Literal["simple"] = ...) -> Estimate: ...


@overload
def aggregate(att: Table, how: Literal["event", "group"]) -> Table: ...


@recorded
def aggregate(att: Table, how: str = "simple") -> Estimate | Table:
    """Mean of the effects by cohort and period.

    Parameters
    ----------
    att : Table
        From :func:`att_gt`.
    how : {"simple", "event", "group"}
        Over all treated cells; by periods since treatment; by cohort.

    Returns
    -------
    Estimate or Table
        ``simple`` gives an estimate. The others a table: tidy columns with ``event_time`` or ``cohort``.

    Raises
    ------
    CallError
        For another word, or a table that wasn't made by :func:`att_gt`.
    """
    if how not in HOWS:
        raise CallError(f"{how!r} is no way to aggregate", mend=f"Known: {', '.join(HOWS)}.")
    if att.fitted is None or not att.name.startswith("att_gt."):
        raise CallError(f"{att.name} wasn't made by att_gt", mend="Pass what att_gt returned.")
    fit, facts = att.fitted
    cells = aggregate_fit(fit, HOWS[how])  # type: ignore[arg-type]
    facts = facts | {"method": f"{how} mean of {facts['method']}"}
    if how == "simple":
        return _overall(cells[0], facts)
    name = "event_time" if how == "event" else "cohort"
    values = [cell.time if how == "event" else cell.cohort for cell in cells]
    records = [_mean_record(f"{how}[{value}]", cell, value, how, facts) for cell, value in zip(cells, values, strict=True)]
    data = pd.DataFrame(records).drop(columns=["cohort", "time", "event_time"])
    data[name] = values
    return Table(f"att.{how}.{facts['outcome']}", data, rows=facts["rows"])


def cohort_frame(
    panel: pd.DataFrame, outcome: str, cohort: str, unit: str, time: str, covariates: Sequence[str] = ()
) -> tuple[pd.DataFrame, str, dict[str, int]]:
    """Complete rows with the cohort as 0 for never, and what had to be left out.

    Parameters
    ----------
    panel : pandas.DataFrame
    outcome, cohort, unit, time : str
    covariates : sequence of str

    Returns
    -------
    frame : pandas.DataFrame
        ``unit, time, outcome``, covariates and ``_cohort``, sorted.
    notes : str
        For the method: what was dropped or recoded.
    dropped : dict of str to int

    Raises
    ------
    CallError, DataError
        As :func:`att_gt`.
    """
    named = [outcome, cohort, unit, time, *covariates]
    absent = [name for name in named if name not in panel]
    if absent:
        raise CallError(f"the panel has no column {', '.join(absent)}", mend=f"It has {', '.join(map(str, panel.columns))}.")
    first = pd.to_numeric(panel[cohort].astype("Float64"), errors="raise").astype(float)
    if (first == 0).any():
        raise CallError(
            f"{cohort} holds 0: never treated is missing here", mend=f'Recode it: panel["{cohort}"] = panel["{cohort}"].replace(0, pd.NA).'
        )
    if panel.duplicated([unit, time]).any():
        raise DataError(f"some {unit} stands twice in one {time}", mend="Keep one row each.")
    if (first.groupby(panel[unit]).nunique(dropna=False) > 1).any():
        raise DataError(f"{cohort} changes within a {unit}", mend="Give every row of a unit its first treated period.")
    frame = panel.assign(**{COHORT: first.fillna(NEVER).astype(int)})
    complete = frame[[outcome, *covariates]].notna().all(axis=1)
    kept = frame[complete]
    if kept.empty:
        raise DataError(f"{outcome} is known in no row", mend="Nothing can be estimated.")
    start = kept.groupby(unit)[time].transform("min")
    always = (kept[COHORT] > NEVER) & (kept[COHORT] <= start)
    late = (kept[COHORT] > kept[time].max()) & ~always
    dropped = {"rows_without_outcome": int((~complete).sum()), "treated_without_before": int(kept.loc[always, unit].nunique())}
    recoded = int(kept.loc[late, unit].nunique())
    kept = kept.assign(**{COHORT: kept[COHORT].where(~late, NEVER)})[~always]
    if not (kept[COHORT] > NEVER).any() or kept[COHORT].nunique() < 2:
        raise DataError("nobody treated with a period before, or nobody untreated, is left", mend="Look at describe_design.")
    _few(kept, unit, covariates)
    dropped = {name: count for name, count in dropped.items() if count}
    notes = "".join(f"; {name.replace('_', ' ')}: {count}" for name, count in dropped.items())
    notes += f"; treated after the last period, counted as never: {recoded}" if recoded else ""
    columns = list(dict.fromkeys([unit, time, outcome, *covariates, COHORT]))
    ordered = kept[columns].sort_values([unit, time], ignore_index=True)
    return ordered.astype({outcome: float, **dict.fromkeys(covariates, float)}), notes, dropped


def _few(frame: pd.DataFrame, unit: str, covariates: Sequence[str]) -> None:
    n_treated = frame.loc[frame[COHORT] > NEVER, unit].nunique()
    if n_treated < 30 and len(covariates) > 2:
        raise CallError(f"{len(covariates)} covariates with {n_treated} treated", mend="At most 2 under 30 treated.")


def _facts(
    frame: pd.DataFrame, outcome: str, unit: str, time: str, level: float, method: str, dropped: dict[str, int], panel: pd.DataFrame
) -> dict[str, Any]:
    units = frame.groupby(unit)[COHORT].first()
    share = bool(frame[outcome].min() >= 0 and frame[outcome].max() <= 1)
    rows = Rows.of(panel["source_rows"].dropna()) if "source_rows" in panel else Rows()
    return {
        "outcome": outcome, "n_obs": len(frame), "n_units": len(units), "n_treated": int((units > NEVER).sum()), "level": level,
        "method": method, "share": share, "unit": unit_of(outcome, share), "rows": rows, "dropped": dropped,
        "sizes": units[units > NEVER].value_counts().to_dict(),
        "last": int(frame[time].max()), "first": int(frame[time].min()),
    }  # fmt: skip


def _record(term: str, cell: Cell, facts: dict[str, Any]) -> dict[str, Any]:
    alone = cell.n_treated is not None and cell.n_treated < 2
    error = float("nan") if alone or not cell.std_error > 0 else cell.std_error
    df = float(facts["n_units"] - 1)
    statistic, p_value, low, high = t_interval(cell.effect, error, df, facts["level"])
    if np.isnan(error):
        low, high = float("nan"), float("nan")
    low, high, method = clip(low, high, facts["share"], facts["method"]) if not np.isnan(low) else (low, high, facts["method"])
    values = (term, cell.effect, error, statistic, p_value, low, high, facts["n_obs"], facts["n_units"], facts["n_units"], method)
    own = {"cohort": cell.cohort, "time": cell.time, "n_treated": cell.n_treated, "df": df}
    event = None if cell.cohort is None or cell.time is None else cell.time - cell.cohort
    return dict(zip(TIDY_COLUMNS, values, strict=True)) | own | {"event_time": event}


def _mean_record(term: str, cell: Cell, value: int | None, how: str, facts: dict[str, Any]) -> dict[str, Any]:
    counted = Cell(None, None, cell.effect, cell.std_error, _treated_at(facts, value, how), cell.reference)
    return _record(term, counted, facts) | {"reference": cell.reference}


def _treated_at(facts: dict[str, Any], value: int | None, how: str) -> int:
    if value is None:
        return 0
    if how == "group":
        return int(facts["sizes"].get(value, 0))
    return sum(count for cohort, count in facts["sizes"].items() if facts["first"] <= cohort + value <= facts["last"])


def _overall(cell: Cell, facts: dict[str, Any]) -> Estimate:
    record = _record(facts["outcome"], Cell(None, None, cell.effect, cell.std_error, facts["n_treated"]), facts)
    n, treated = facts["n_units"], facts["n_treated"]
    return Estimate(
        **{name: record[name] for name in TIDY_COLUMNS}, level=facts["level"], unit=facts["unit"], n_treated=treated,
        mde=visible(float(record["std_error"]), float(record["df"]), facts["level"]), p_floor=1 / comb(n, treated), rows=facts["rows"],
        df=record["df"], dropped=facts["dropped"],
    )  # fmt: skip
