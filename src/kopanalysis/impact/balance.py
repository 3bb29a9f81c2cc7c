"""How alike the treated and the untreated were before, and when they were least so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from kopanalysis.errors import CallError, DataError
from kopanalysis.impact import timing
from kopanalysis.impact.collapse import treated_units
from kopanalysis.lineage import Rows, recorded
from kopanalysis.results import Table
from kopanalysis.suppression import sums_across


@recorded
def balance(
    panel: pd.DataFrame, treated: str, covariates: Sequence[str], unit: str = "coop_id", time: str = "book_year",
    pre: Sequence[int] | None = None,
) -> Table:  # fmt: skip
    """Normalised differences and variance ratios of covariates, one value a unit.

    Parameters
    ----------
    panel : pandas.DataFrame
        One row a ``unit`` and ``time``, or one a unit.
    treated : str
        0/1 column, constant within a unit.
    covariates : sequence of str
        Numbers enter with their mean over the periods; text as one line a value.
    unit, time : str
        Without the column ``time`` each row is a unit.
    pre : sequence of int, optional
        Periods before; default: those up to the plan's last one before, where the panel has any.

    Returns
    -------
    Table
        ``covariate, mean_treated, mean_untreated, normalised_difference, variance_ratio, n_treated, n_untreated, flagged, overlap``.
        ``flagged``: beyond the plan's limit, or no scatter and yet different. ``overlap`` is False where one arm has none of a value.

    Raises
    ------
    CallError
        For an unknown column.
    DataError
        For a unit twice in a period, or a treatment that changes within a unit.

    References
    ----------
    Imbens & Rubin (2015), Causal Inference, chapter 14.
    """
    absent = [name for name in (treated, unit, *covariates) if name not in panel]
    if absent:
        raise CallError(f"the panel has no column {', '.join(absent)}", mend=f"It has {', '.join(map(str, panel.columns))}.")
    timed = panel if time in panel else panel.assign(**{time: 0})
    arms = treated_units(timed, treated, unit, time).dropna()
    early = _before(timed, time, pre)
    records = [_compare(label, values, arms) for name in covariates for label, values in _values(early, name, unit)]
    rows = Rows.of(panel["source_rows"].dropna()) if "source_rows" in panel else Rows()
    derived = dict.fromkeys(("mean_treated", "mean_untreated", "normalised_difference", "variance_ratio"), ("n_treated", "n_untreated"))
    return Table("balance", pd.DataFrame(records), ("n_treated", "n_untreated"), derived=derived, rows=rows,
                 sums=sums_across(len(records), "n_treated", "n_untreated"))  # fmt: skip


def _before(panel: pd.DataFrame, time: str, pre: Sequence[int] | None) -> pd.DataFrame:
    if pre is not None:
        return panel[panel[time].isin(list(pre))]
    last = next(iter(timing.estimands().values())).before_to
    early = panel[panel[time] <= last] if pd.api.types.is_numeric_dtype(panel[time]) else panel
    return early if len(early) else panel


def _values(frame: pd.DataFrame, name: str, unit: str) -> list[tuple[str, pd.Series]]:
    """One number a unit, by label."""
    if pd.api.types.is_numeric_dtype(frame[name]) or pd.api.types.is_bool_dtype(frame[name]):
        return [(name, frame[name].astype("Float64").astype(float).groupby(frame[unit]).mean())]
    last = frame.groupby(unit)[name].last().dropna()
    return [(f"{name}[{value}]", (last == value).astype(float)) for value in sorted(last.unique(), key=str)]


def _compare(label: str, values: pd.Series, arms: pd.Series) -> dict[str, object]:
    known = values.dropna()
    ones, zeros = (known.reindex(arms.index[arms == arm]).dropna() for arm in (1, 0))
    means, spreads = (ones.mean(), zeros.mean()), (ones.var(ddof=1), zeros.var(ddof=1))
    pooled = np.sqrt(np.nanmean(spreads)) if not all(np.isnan(spread) for spread in spreads) else np.nan
    gap = means[0] - means[1]
    difference = 0.0 if gap == 0 else gap / pooled if pooled > 0 else np.sign(gap) * np.inf
    dummy = "[" in label
    return {
        "covariate": label, "mean_treated": means[0], "mean_untreated": means[1], "normalised_difference": difference,
        "variance_ratio": spreads[0] / spreads[1] if spreads[1] > 0 else np.nan, "n_treated": len(ones), "n_untreated": len(zeros),
        "flagged": bool(abs(difference) > timing.setting("imbalance")), "overlap": not dummy or bool(means[0] > 0 and means[1] > 0),
    }  # fmt: skip


def widest_gap(panel: pd.DataFrame, outcome: str, treated: str, pre: Sequence[Any], time: str = "book_year") -> Any:
    """The period before in which the two arms lay furthest from their usual distance.

    Parameters
    ----------
    panel : pandas.DataFrame
    outcome, treated : str
    pre : sequence
        Periods.
    time : str

    Returns
    -------
    period
        The earliest of several.

    Raises
    ------
    DataError
        With fewer than three periods before in which both arms are known: then none is unusual.
    """
    lines = panel[panel[time].isin(list(pre)) & panel[outcome].notna()]
    means = lines.astype({outcome: float}).groupby([time, treated])[outcome].mean().unstack()
    gaps = (means[1] - means[0]).dropna() if {0, 1} <= set(means) else pd.Series(dtype=float)
    if len(gaps) < 3:
        raise DataError("Fewer than three periods before", time, "No one of them is unusual.")
    return (gaps - gaps.median()).abs().idxmax()
