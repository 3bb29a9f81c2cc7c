"""Permutation test: the estimate among all that other labels would have given, with the interval by inversion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from kopanalysis.errors import CallError, DataError
from kopanalysis.impact.collapse import Collapsed, collapse
from kopanalysis.impact.did import clip
from kopanalysis.impact.reassign import Labels, Moments, accepted_range, draw_labels, moments, p_value
from kopanalysis.impact.small_sample import visible_by_range
from kopanalysis.impact.strata import column_strata, path_strata, state_target, two_armed
from kopanalysis.lineage import recorded
from kopanalysis.results import Estimate

ESTIMATORS = ("did", "same_state")


@recorded
def permutation_test(
    panel: pd.DataFrame, outcome: str, treated: str, pre: Sequence[Any], post: Sequence[Any], strata: Sequence[str] = (),
    estimator: str = "did", draws: int = 10_000, seed: int = 0, unit: str = "coop_id", time: str = "book_year", level: float = 0.95,
    studentised: bool = True,
) -> Estimate:  # fmt: skip
    """Test the sharp hypothesis of no effect by handing the treatment to other units within strata.

    Parameters
    ----------
    panel : pandas.DataFrame
        One row a ``unit`` and ``time``.
    outcome, treated : str
        Numeric column; 0/1 column constant within a unit.
    pre, post : sequence
        Periods before and after.
    strata : sequence of str
        Columns constant within a unit; labels move within their combinations. Strata with one arm are dropped and counted.
    estimator : {"did", "same_state"}
        Difference of mean changes, or of means after between units with the same path before (paths are then strata too). With strata
        the difference is taken within them and weighted as the treated are.
    draws : int
        Random labellings, unless all are at most 200,000: then every one is counted and the p-value is exact.
    seed : int
    unit, time : str
    level : float
    studentised : bool
        Divide each difference by its own standard error, so that unequal scatter of the two arms doesn't mislead.

    Returns
    -------
    Estimate
        ``conf_low, conf_high`` are the effects that the test doesn't reject (the same for every treated unit); ``draws, mc_error, exact``;
        ``p_floor`` is the smallest p-value it could give; ``mde`` takes half the range's width for a t interval's.

    Raises
    ------
    CallError, DataError
        As :func:`kopanalysis.impact.collapse.collapse`; an unknown estimator; no stratum with both arms.

    Notes
    -----
    It is a test of chance only where treatment was drawn within the strata. Where it wasn't, it is a placebo reassignment
    (*perbandingan semu*): how unusual the treated are among all groups of their size.

    References
    ----------
    Young (2019), Quarterly Journal of Economics 134:557-598. MacKinnon & Webb (2020), Journal of Econometrics 218:435-450.
    """
    lines, code = prepare(panel, outcome, treated, pre, post, strata, estimator, unit, time)
    labels = draw_labels(code, lines.treated, draws, seed)
    found = moments(target(lines, estimator), code, lines.treated, labels)
    p = p_value(found, 0.0, studentised)
    low, high = accepted_range(found, level, studentised)
    mde = visible_by_range(low, high, max(len(lines.units) - int(code.max()) - 2, 1), level)
    low, high, method = clip(low, high, lines.share, _method(labels, strata, estimator, studentised))
    spread = float(np.sqrt(found.variance))
    count = len(labels.drawn)
    return Estimate(
        lines.outcome, found.observed, spread, found.observed / spread if spread > 0 else None, p, low, high, lines.n_obs,
        len(lines.units), len(lines.units), method, level, lines.unit, int(lines.treated.sum()), mde,
        max(1 / labels.possible, 0 if labels.exact else 1 / (count + 1)), seed=None if labels.exact else seed, rows=lines.rows,
        draws=count, mc_error=0.0 if labels.exact else float(np.sqrt(p * (1 - p) / count)), exact=labels.exact, dropped=lines.dropped,
    )  # fmt: skip


def permutation_distribution(
    panel: pd.DataFrame, outcome: str, treated: str, pre: Sequence[Any], post: Sequence[Any], strata: Sequence[str] = (),
    estimator: str = "did", draws: int = 10_000, seed: int = 0, unit: str = "coop_id", time: str = "book_year",
) -> tuple[Moments, Labels, Collapsed]:  # fmt: skip
    """Every draw's difference and statistic, for a histogram or a step-down over outcomes.

    Parameters
    ----------
    panel, outcome, treated, pre, post, strata, estimator, draws, seed, unit, time
        As :func:`permutation_test`.

    Returns
    -------
    found : Moments
        ``found.difference``, ``found.statistics()``; ``found.observed`` is the estimate.
    labels : Labels
        Columns in the order of ``lines.units``.
    lines : Collapsed
    """
    lines, code = prepare(panel, outcome, treated, pre, post, strata, estimator, unit, time)
    labels = draw_labels(code, lines.treated, draws, seed)
    return moments(target(lines, estimator), code, lines.treated, labels), labels, lines


def prepare(
    panel: pd.DataFrame, outcome: str, treated: str, pre: Sequence[Any], post: Sequence[Any], strata: Sequence[str],
    estimator: str, unit: str, time: str,
) -> tuple[Collapsed, np.ndarray]:  # fmt: skip
    """One line a unit of the strata with both arms, in an order that unit names don't decide, and the stratum of each.

    Parameters
    ----------
    panel, outcome, treated, pre, post, strata, estimator, unit, time
        As :func:`permutation_test`.

    Returns
    -------
    lines : Collapsed
    code : numpy.ndarray of int

    Raises
    ------
    CallError, DataError
        As :func:`permutation_test`.
    """
    if estimator not in ESTIMATORS:
        raise CallError(f"{estimator!r} is no estimator", mend=f"Known: {', '.join(ESTIMATORS)}.")
    named = [strata] if isinstance(strata, str) else list(strata)
    lines = collapse(panel, outcome, treated, sorted(pre), post, unit, time, named)
    stratum = column_strata(lines, named)
    if estimator == "same_state":
        stratum = np.array([f"{a} | {b}" for a, b in zip(stratum, path_strata(lines.path), strict=True)], dtype=object)
    keep, lost = two_armed(stratum, lines.treated)
    if not keep.any():
        raise DataError(
            "no stratum holds both treated and untreated units, so no label can move",
            ", ".join([*named, *(f"{name}: {count}" for name, count in lost.items())]),
            "Where this column is the rule of assignment it can't be a stratum: see describe_design.",
        )
    lines, kept = lines.only(keep, **lost), stratum[keep]
    order = np.lexsort((target(lines, estimator), lines.treated, kept.astype(str)))
    return lines.only(order), pd.factorize(kept[order], sort=True)[0]


def target(lines: Collapsed, estimator: str) -> np.ndarray:
    """The number of each unit that is compared: its change, or for same state its mean after."""
    return lines.change if estimator == "did" else state_target(lines)


def _method(labels: Labels, strata: Sequence[str], estimator: str, studentised: bool) -> str:
    what = "difference of mean changes" if estimator == "did" else "same state before"
    within = f" within {', '.join([strata] if isinstance(strata, str) else strata)}" if strata else ""
    count = f"all {labels.possible} labellings" if labels.exact else f"{len(labels.drawn)} random labellings, p as (b + 1) / (draws + 1)"
    return f"permutation{within}, {what}, {'studentised' if studentised else 'plain difference'}, {count}, interval by inversion"
