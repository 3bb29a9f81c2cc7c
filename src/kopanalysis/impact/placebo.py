"""Where nothing can have happened: dates before the training, and outcomes that it can't move."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from kopanalysis.errors import CallError, DataError
from kopanalysis.impact.did import did
from kopanalysis.impact.histories import as_flags, rows_of
from kopanalysis.impact.multiplicity import statistics
from kopanalysis.impact.reassign import draw_labels
from kopanalysis.lineage import recorded
from kopanalysis.results import TIDY_COLUMNS, Number, Table
from kopanalysis.suppression import sums_across

TIE = 1e-9


@recorded
def placebo_dates(
    panel: pd.DataFrame,
    outcome: str,
    treated: str,
    pre: Sequence[Any],
    post: Sequence[Any],
    unit: str = "coop_id",
    time: str = "book_year",
    level: float = 0.95,
) -> Table:
    """Difference in differences at dates before the training, from the periods before it alone.

    Parameters
    ----------
    panel : pandas.DataFrame
    outcome, treated : str
    pre : sequence
        Periods; each but the first is a placebo date.
    post : sequence
        Not read: given so that the call is that of ``did``.
    unit, time : str
        Columns.
    level : float

    Returns
    -------
    Table
        ``date`` and the columns of ``tidy``; an effect where none can be means that the arms were drifting apart. ``method`` says the
        reason where there is no estimate.

    Raises
    ------
    CallError
        With fewer than 2 periods before.
    """
    periods = sorted(pre)
    if set(periods) & set(post):
        raise CallError("A period is both before and after", "pre, post", "A period is one or the other.")
    if len(periods) < 2:
        raise CallError("One period before has no date inside it", "pre", "Give at least 2.")
    lines = []
    for date in periods[1:]:
        parts = [period for period in periods if period < date], [period for period in periods if period >= date]
        try:
            line = did(panel, outcome, treated, *parts, unit=unit, time=time, level=level).tidy().iloc[0].to_dict()
        except DataError as refusal:
            line = {"term": outcome, "method": f"refused: {refusal.what}"}
        lines.append({"date": date, **line})
    data = pd.DataFrame(lines).reindex(columns=["date", *TIDY_COLUMNS])
    return Table("placebo_dates", data, rows=rows_of(panel[panel[time].isin(periods)]))


@recorded
def negative_controls(
    panel: pd.DataFrame, outcomes: Sequence[str], treated: str, draws: int = 10_000, seed: int = 0, unit: str = "coop_id",
    programme: str = "training",
) -> Table:  # fmt: skip
    """Differences in what no training can move, such as the founding year.

    Parameters
    ----------
    panel : pandas.DataFrame
    outcomes : sequence of str
        Numeric columns; a unit's mean is compared.
    treated : str
        0/1, constant within a unit.
    draws, seed : int
        Of the permutation.
    unit : str
        Column.
    programme : str
        First word of the numbers' names.

    Returns
    -------
    Table
        ``outcome, estimate, std_error, statistic, p_value, standardised, n_treated, n_controls``; ``standardised`` is the difference over
        the mean standard deviation of the arms (beyond 0.25 the arms differ: Imbens & Rubin 2015). Numbers
        ``<programme>.control.<outcome>`` and ``<programme>.p.<outcome>.control``.

    Raises
    ------
    CallError
        When a column isn't there.
    DataError
        When an arm is empty or has fewer than 2 units with an outcome.
    """
    missing = [name for name in (*outcomes, treated, unit) if name not in panel]
    if missing or not outcomes:
        raise CallError(f"The panel has no column {missing[0]!r}" if missing else "No outcome is named", mend="Name columns of the panel.")
    flags = panel.groupby(unit)[treated].agg(["min", "max"])
    if (flags["min"] != flags["max"]).any():
        raise DataError(f"{treated} changes within a {unit}", mend="Mark who is ever treated.")
    arm = as_flags(flags["max"].to_numpy(), treated)
    numbers = panel[list(outcomes)].apply(pd.to_numeric, errors="coerce").astype(float)
    values = numbers.groupby(panel[unit]).mean().reindex(flags.index).to_numpy(float)
    known = ~np.isnan(values)
    counts = [(known & side[:, None]).sum(axis=0) for side in (arm, ~arm)]
    for name, ours, theirs in zip(outcomes, *counts, strict=True):
        if min(ours, theirs) < 2:
            raise DataError(f"{name} is known for fewer than 2 units of an arm", mend="Leave it out.")
    labels = draw_labels(np.zeros(len(arm), dtype=int), arm, draws, seed)
    difference, statistic, error = (part[0] for part in statistics(values, arm[None, :]))
    drawn = np.nan_to_num(np.abs(statistics(values, labels.drawn)[1]), nan=0.0, posinf=np.inf)
    extra = 0 if labels.exact else 1
    p_values = ((drawn >= np.abs(statistic) - TIE).sum(axis=0) + extra) / (len(drawn) + extra)
    spread = np.sqrt((np.nanvar(values[arm], axis=0, ddof=1) + np.nanvar(values[~arm], axis=0, ddof=1)) / 2)
    standardised = np.divide(difference, spread, out=np.zeros(len(difference)), where=spread > 0)
    data = pd.DataFrame({"outcome": list(outcomes), "estimate": difference, "std_error": error, "statistic": statistic, "p_value": p_values,
                         "standardised": standardised, "n_treated": counts[0], "n_controls": counts[1]})  # fmt: skip
    derived = dict.fromkeys(("estimate", "std_error", "statistic", "p_value", "standardised"), ("n_treated", "n_controls"))
    rows = rows_of(panel)
    numbers = [
        number
        for row, name in enumerate(outcomes)
        for number in (
            Number(f"{programme}.control.{name}", float(difference[row]), "index", n=len(arm), method="difference of means", rows=rows,
                   cell=(row, "estimate")),
            Number(f"{programme}.p.{name}.control", float(p_values[row]), "score", n=len(arm), method="permutation", rows=rows,
                   cell=(row, "p_value")),
        )
    ]  # fmt: skip
    return Table("negative_controls", data, ("n_treated", "n_controls"), derived=derived, numbers=tuple(numbers), rows=rows,
                 sums=sums_across(len(data), "n_treated", "n_controls"))  # fmt: skip
