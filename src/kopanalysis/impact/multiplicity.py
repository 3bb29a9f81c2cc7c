"""Several outcomes, one treatment: Romano-Wolf step-down p-values on the same draws for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from kopanalysis.errors import CallError, DataError
from kopanalysis.impact.histories import as_flags, read_histories, rows_of, stratum_codes
from kopanalysis.impact.reassign import draw_labels
from kopanalysis.impact.strata import two_armed
from kopanalysis.lineage import recorded
from kopanalysis.results import Table
from kopanalysis.suppression import sums_across

TIE = 1e-9


@recorded
def romano_wolf(
    panel: pd.DataFrame,
    outcomes: Sequence[str],
    treated: str,
    pre: Sequence[Any],
    post: Sequence[Any],
    strata: Sequence[str] = (),
    draws: int = 10_000,
    seed: int = 0,
    unit: str = "coop_id",
    time: str = "book_year",
    level: float = 0.95,
) -> Table:
    """Difference in differences of several outcomes, with p-values that hold for all of them together.

    Parameters
    ----------
    panel : pandas.DataFrame
    outcomes : sequence of str
        Numeric columns. The declared primary outcome doesn't belong here: it stands alone.
    treated : str
    pre, post : sequence
        Periods.
    strata : sequence of str
        Columns constant within a unit; labels move within them, units of a stratum with one arm are left out.
    draws, seed : int
    unit, time : str
        Columns.
    level : float
        Of the ranges, for the whole family.

    Returns
    -------
    Table
        ``outcome, estimate, std_error, statistic, p_value, p_adjusted, n_treated, n_controls, conf_low, conf_high``, in the order given.
        ``p_value`` is that of the outcome alone, ``p_adjusted`` that of the step-down; both two-sided on Welch's statistic. The limits hold
        for all outcomes together: the estimate less and plus the ``level`` quantile of the family's largest statistic times its error.

    Raises
    ------
    CallError
        Without outcomes, or with one twice.
    DataError
        When an outcome is known for fewer than 2 units of an arm.

    Notes
    -----
    One relabelling serves all outcomes, so their dependence is kept. A unit whose outcome is unknown keeps its label and is left out of
    that statistic.

    References
    ----------
    Romano & Wolf (2005), Econometrica 73:1237-1282; Clarke, Romano & Wolf (2020), Stata Journal 20:812-843.
    """
    if not outcomes or len(set(outcomes)) < len(outcomes):
        raise CallError("Outcomes are missing or named twice", "outcomes", "Name each once.")
    changes, arm, codes, rows = _changes(panel, outcomes, treated, pre, post, strata, unit, time)
    labels = draw_labels(codes, arm, draws, seed)
    real = statistics(changes, arm[None, :])
    if not (np.isfinite(real[0]).all()):
        poor = outcomes[int(np.flatnonzero(~np.isfinite(real[0]).all(axis=0))[0])] if real[0].ndim > 1 else outcomes[0]
        raise DataError(f"{poor} is known for fewer than 2 units of an arm", mend="Leave it out.")
    drawn = np.nan_to_num(np.abs(statistics(changes, labels.drawn)[1]), nan=0.0, posinf=np.inf)
    observed = np.abs(real[1][0])
    single, adjusted = step_down(observed, drawn, labels.exact)
    reach = _critical(drawn.max(axis=1), level) * real[2][0]
    known = ~np.isnan(changes)
    data = pd.DataFrame({
        "outcome": list(outcomes), "estimate": real[0][0], "std_error": real[2][0], "statistic": real[1][0], "p_value": single,
        "p_adjusted": adjusted, "n_treated": (known & arm[:, None]).sum(axis=0), "n_controls": (known & ~arm[:, None]).sum(axis=0),
        "conf_low": real[0][0] - reach, "conf_high": real[0][0] + reach,
    })  # fmt: skip
    shown = ("estimate", "std_error", "statistic", "p_value", "p_adjusted", "conf_low", "conf_high")
    derived = dict.fromkeys(shown, ("n_treated", "n_controls"))
    return Table("romano_wolf", data, ("n_treated", "n_controls"), derived=derived, rows=rows,
                 sums=sums_across(len(data), "n_treated", "n_controls"))  # fmt: skip


def _critical(largest: np.ndarray, level: float) -> float:
    """The order statistic that the family's largest statistic passes with chance 1 - level; infinite with too few draws to say."""
    place = int(np.ceil(level * (len(largest) + 1))) - 1
    return float(np.sort(largest)[place]) if place < len(largest) else float("inf")


def step_down(observed: np.ndarray, drawn: np.ndarray, exact: bool) -> tuple[np.ndarray, np.ndarray]:
    """Single and step-down p-values.

    Parameters
    ----------
    observed : numpy.ndarray of shape (outcomes,)
        Absolute statistics.
    drawn : numpy.ndarray of shape (draws, outcomes)
        Absolute statistics under relabelling.
    exact : bool
        Whether ``drawn`` holds every labelling, the observed among them.

    Returns
    -------
    single, adjusted : numpy.ndarray of shape (outcomes,)
    """
    extra = 0 if exact else 1
    size = len(drawn) + extra
    single = ((drawn >= observed - TIE).sum(axis=0) + extra) / size
    order = np.argsort(-observed, kind="stable")
    # The largest of the outcomes not yet dealt with, for each step: a running maximum from the last outcome back.
    rest = np.maximum.accumulate(drawn[:, order[::-1]], axis=1)[:, ::-1]
    steps = ((rest >= observed[order] - TIE).sum(axis=0) + extra) / size
    adjusted = np.empty(len(observed))
    adjusted[order] = np.maximum.accumulate(steps)
    return single, adjusted


def statistics(changes: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Difference, Welch's statistic and its error for each labelling and outcome.

    Parameters
    ----------
    changes : numpy.ndarray of shape (units, outcomes)
        Missing where unknown.
    labels : numpy.ndarray of bool, shape (draws, units)

    Returns
    -------
    difference, statistic, std_error : numpy.ndarray of shape (draws, outcomes)
        Missing where an arm has fewer than 2 known units.
    """
    known = (~np.isnan(changes)).astype(float)
    centred = np.where(known > 0, changes - np.nanmean(changes, axis=0), 0.0)
    parts = []
    for arm in (labels.astype(float), (~labels).astype(float)):
        size = arm @ known
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = (arm @ centred) / size
            spread = np.clip((arm @ centred**2) / size - mean**2, 0.0, None) / (size - 1)
        parts.append((mean, np.where(size > 1, spread, np.nan)))
    (ours, a), (theirs, b) = parts
    error = np.sqrt(a + b)
    difference = np.where(np.isnan(error), np.nan, ours - theirs)
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = np.where(np.abs(difference) < TIE, 0.0, difference / error)
    return difference, statistic, error


def _changes(
    panel: pd.DataFrame, outcomes: Sequence[str], treated: str, pre: Sequence[Any], post: Sequence[Any], strata: Sequence[str],
    unit: str, time: str,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, Any]:  # fmt: skip
    tables = [read_histories(panel, name, (*pre, *post), (treated, *strata), unit, time) for name in outcomes]
    changes = np.column_stack([table.change(pre, post) for table in tables])
    some = ~np.isnan(changes).all(axis=1)
    kept = tables[0].keep(some)
    arm = as_flags(kept.fixed[treated], treated)
    codes = stratum_codes(kept, strata)
    both, _ = two_armed(codes, arm)
    if not both.any():
        raise DataError("No stratum holds treated and untreated units", "strata", "Leave the strata out, or read describe_design.")
    return changes[some][both], arm[both], np.unique(codes[both], return_inverse=True)[1], rows_of(panel, kept.units[both], unit)
