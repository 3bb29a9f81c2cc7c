"""The planned secondary outcomes, each with its own timing, judged together so that one chance result in several isn't taken for more."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd
from scipy.stats import t as student

from kopanalysis.errors import CallError, DataError
from kopanalysis.impact import timing
from kopanalysis.impact.collapse import collapse
from kopanalysis.impact.histories import rows_of
from kopanalysis.impact.multiplicity import romano_wolf
from kopanalysis.impact.small_sample import detectable
from kopanalysis.lineage import recorded
from kopanalysis.results import Number, Table
from kopanalysis.suppression import sums_across

MEASURED = ("estimate", "conf_low", "conf_high", "seen", "p_value", "p_adjusted")


@recorded
def secondary_outcomes(
    panel: pd.DataFrame, treated: str = "treated", draws: int = 10_000, seed: int = 0, programme: str = "training",
    unit: str = "coop_id", time: str = "book_year", level: float = 0.95,
) -> Table:  # fmt: skip
    """Difference of mean changes of every secondary outcome that the plan names and the data carry, with ranges for the whole family.

    Parameters
    ----------
    panel : pandas.DataFrame
        From :func:`kopanalysis.with_outcomes`.
    treated : str
    draws, seed : int
    programme, unit, time : str
    level : float

    Returns
    -------
    Table
        ``outcome, about, unit, estimate, conf_low, conf_high, seen, p_value, p_adjusted, n_treated, n_controls, reason``; ``about`` keeps
        activity, reporting and size apart. An outcome that too few years show has a line without numbers and ``reason`` ``unknown``.
        ``seen`` is the smallest difference that the family's range would show four times in five. Numbers ``<programme>.att.<outcome>.did``
        (the range is the family's), ``<programme>.seen.<outcome>.family`` and ``<programme>.p.<outcome>.family``.

    Raises
    ------
    CallError
        For an unknown column.
    """
    planned = [estimand for estimand in timing.estimands().values() if estimand.role != timing.PRIMARY]
    carried, frames = [], []
    for estimand in planned:
        frame = _two_periods(panel, estimand.outcome, treated, unit, time)
        if frame is not None:
            carried.append(estimand.outcome)
            frames.append(frame)
    judged = _judged(frames, carried, treated, draws, seed, unit, level)
    rows = rows_of(panel)
    records, numbers = [], []
    for row, estimand in enumerate(planned):
        line: dict[str, Any] = judged.get(estimand.outcome, {})
        kind = _kind(estimand.outcome)
        reason = "" if line else "unknown"
        records.append({"outcome": estimand.outcome, "about": estimand.about, "unit": kind, **line, "reason": reason})
        if not line:
            continue
        n = int(line["n_treated"] + line["n_controls"])
        low, high = (value if math.isfinite(value) else None for value in (line["conf_low"], line["conf_high"]))
        method = "difference of mean changes, range for all secondary outcomes together"
        numbers += [
            Number(f"{programme}.att.{estimand.outcome}.did", line["estimate"], kind, low, high, level, n, method=method, rows=rows,
                   cell=(row, "estimate")),
            Number(f"{programme}.seen.{estimand.outcome}.family", line["seen"] if math.isfinite(line["seen"]) else None, kind, n=n,
                   method="half the family's range and power times the standard error", rows=rows, cell=(row, "seen")),
            Number(f"{programme}.p.{estimand.outcome}.family", line["p_adjusted"], "score", n=n, method="Romano-Wolf step-down",
                   rows=rows, cell=(row, "p_adjusted")),
        ]  # fmt: skip
    derived = dict.fromkeys(MEASURED, ("n_treated", "n_controls"))
    data = pd.DataFrame(records).reindex(columns=["outcome", "about", "unit", *MEASURED, "n_treated", "n_controls", "reason"])
    return Table("secondary", data, ("n_treated", "n_controls"), derived=derived, numbers=tuple(numbers), rows=rows,
                 sums=sums_across(len(data), "n_treated", "n_controls"))  # fmt: skip


@recorded
def detectable_by_number(
    panel: pd.DataFrame, outcome: str, treated: str, pre: Sequence[Any], post: Sequence[Any], ns: Sequence[int] = (15, 30, 60),
    programme: str = "training", unit: str = "coop_id", time: str = "book_year",
) -> Table:  # fmt: skip
    """Smallest effect that this district could show if more were trained, drawn by lot, with the scatter of the untreated.

    Parameters
    ----------
    panel : pandas.DataFrame
    outcome, treated : str
    pre, post : sequence
    ns : sequence of int
        Numbers trained; one that leaves fewer than two others is left out.
    programme, unit, time : str

    Returns
    -------
    Table
        ``trained, detectable``. Numbers ``<programme>.detectable.<n>``.

    Raises
    ------
    CallError, DataError
        As :func:`kopanalysis.impact.collapse.collapse`; fewer than two untreated.
    """
    lines = collapse(panel, outcome, treated, pre, post, unit, time)
    others, size = lines.change[~lines.treated], len(lines.units)
    if len(others) < 2:
        raise DataError("Fewer than two are untreated: nothing shows the scatter", outcome, "Keep some untrained.")
    spread, power = float(others.std(ddof=1)), timing.setting("power")
    data = pd.DataFrame(
        [{"trained": n, "detectable": detectable(spread, n, 1 / (size - n), size - 2, power=power)} for n in ns if size - n >= 2],
        columns=["trained", "detectable"],
    )
    numbers = tuple(
        Number(f"{programme}.detectable.{int(line['trained'])}", float(line["detectable"]), lines.unit, n=size,
               method="scatter of the untreated's changes", rows=lines.rows, cell=(row, "detectable"))
        for row, line in enumerate(data.to_dict("records"))
    )  # fmt: skip
    return Table("detectable", data, numbers=numbers, rows=lines.rows)


def _two_periods(panel: pd.DataFrame, outcome: str, treated: str, unit: str, time: str) -> pd.DataFrame | None:
    """Mean before and after of each unit as periods 0 and 1; None where the data don't carry the outcome."""
    try:
        before, after = timing.periods(panel, outcome, time=time)
        lines = collapse(panel, outcome, treated, before, after, unit, time)
    except (CallError, DataError):
        return None
    if min(lines.treated.sum(), (~lines.treated).sum()) < 2 or not lines.change.std() > 0:
        return None
    parts = [
        pd.DataFrame({unit: lines.units, "_period": period, treated: lines.treated.astype(int), outcome: values})
        for period, values in ((0, lines.before), (1, lines.after))
    ]
    return pd.concat(parts, ignore_index=True)


def _judged(
    frames: list[pd.DataFrame], outcomes: list[str], treated: str, draws: int, seed: int, unit: str, level: float
) -> dict[str, dict[str, Any]]:
    if not frames:
        return {}
    whole = frames[0]
    for frame in frames[1:]:
        whole = whole.merge(frame, on=[unit, "_period", treated], how="outer")
    try:
        table = romano_wolf(whole, outcomes, treated, [0], [1], draws=draws, seed=seed, unit=unit, time="_period", level=level)
    except DataError:
        return {}
    data, power = table.data, timing.setting("power")
    df = data["n_treated"] + data["n_controls"] - 2
    data = data.assign(seen=(data["conf_high"] - data["conf_low"]) / 2 + student.ppf(power, df) * data["std_error"])
    judged = data.drop(columns=["std_error", "statistic"]).set_index("outcome")
    return {str(outcome): {str(name): value for name, value in line.items()} for outcome, line in judged.to_dict("index").items()}


def _kind(outcome: str) -> str:
    """Unit of a difference of an outcome."""
    if outcome.endswith("_idr"):
        return "idr"
    if outcome == "members":
        return "people"
    return "points"
