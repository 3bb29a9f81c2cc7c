"""The same estimate with one cooperative, one year or one choice taken away."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from kopanalysis.errors import CallError, DataError
from kopanalysis.impact.did import did
from kopanalysis.impact.histories import read_arms, rows_of
from kopanalysis.impact.same_state import same_state
from kopanalysis.lineage import recorded
from kopanalysis.results import TIDY_COLUMNS, Estimate, Table

ESTIMATORS: Mapping[str, Callable[..., Estimate]] = {"did": did, "same_state": same_state}
REFUSED = "refused: "


@recorded
def leave_one_out(
    panel: pd.DataFrame,
    outcome: str,
    treated: str,
    pre: Sequence[Any],
    post: Sequence[Any],
    estimator: str = "did",
    unit: str = "coop_id",
    time: str = "book_year",
    level: float = 0.95,
) -> Table:
    """Estimate again without each treated unit in turn.

    Parameters
    ----------
    panel : pandas.DataFrame
    outcome, treated : str
    pre, post : sequence
        Periods.
    estimator : {"did", "same_state"}
    unit, time : str
        Columns.
    level : float

    Returns
    -------
    Table
        ``left_out``, the columns of ``tidy``, ``shift`` (against the estimate with all), ``direction`` (``rise, fall, undecided`` by the
        interval) and ``changes`` (the direction differs from that with all). Rows name units: the public edition has none.

    Raises
    ------
    CallError, DataError
        As the estimator.
    """
    whole = _run(panel, outcome, treated, pre, post, estimator, unit, time, level)
    histories, arm = read_arms(panel, outcome, treated, pre, post, (), unit, time)
    given = (outcome, treated, pre, post, estimator, unit, time, level)
    lines = [{"left_out": name, **line} for name, line in _without_each(panel, histories.units[arm], *given)]
    data = pd.DataFrame(lines).reindex(columns=["left_out", *TIDY_COLUMNS])
    data["shift"] = data["estimate"].astype(float) - whole.estimate
    data["direction"] = [_direction(low, high) for low, high in zip(data["conf_low"], data["conf_high"], strict=True)]
    data["changes"] = data["direction"] != _direction(whole.conf_low, whole.conf_high)
    return Table("leave_one_out", data, names_units=True, rows=rows_of(panel, histories.units, unit))


@recorded
def leave_one_out_limits(
    panel: pd.DataFrame,
    outcome: str,
    treated: str,
    pre: Sequence[Any],
    post: Sequence[Any],
    estimator: str = "did",
    unit: str = "coop_id",
    time: str = "book_year",
    level: float = 0.95,
) -> Table:
    """Give the estimates without one treated unit, lowest first and without names: what the public edition and the grade read.

    Parameters
    ----------
    panel, outcome, treated, pre, post, estimator, unit, time, level
        As in :func:`leave_one_out`.

    Returns
    -------
    Table
        ``estimate, conf_low, conf_high``.

    Raises
    ------
    CallError, DataError
        As the estimator.
    """
    _run(panel, outcome, treated, pre, post, estimator, unit, time, level)
    histories, arm = read_arms(panel, outcome, treated, pre, post, (), unit, time)
    lines = [line for _, line in _without_each(panel, histories.units[arm], outcome, treated, pre, post, estimator, unit, time, level)]
    data = pd.DataFrame(lines).reindex(columns=["estimate", "conf_low", "conf_high"]).astype(float)
    data = data.sort_values("estimate", kind="stable", ignore_index=True)
    return Table("leave_one_out_limits", data, rows=rows_of(panel, histories.units, unit))


@recorded
def leave_one_out_range(
    panel: pd.DataFrame,
    outcome: str,
    treated: str,
    pre: Sequence[Any],
    post: Sequence[Any],
    estimator: str = "did",
    unit: str = "coop_id",
    time: str = "book_year",
    level: float = 0.95,
) -> Estimate:
    """The estimate with the lowest and highest that leaving out one treated unit gives; it names nobody.

    Parameters
    ----------
    panel, outcome, treated, pre, post, estimator, unit, time, level
        As in :func:`leave_one_out`.

    Returns
    -------
    Estimate
        ``conf_low`` and ``conf_high`` are the extremes (``level`` 1); ``statistic`` counts the units whose absence changes the direction.

    Raises
    ------
    CallError, DataError
        As the estimator.
    """
    whole = _run(panel, outcome, treated, pre, post, estimator, unit, time, level)
    histories, arm = read_arms(panel, outcome, treated, pre, post, (), unit, time)
    lines = [line for _, line in _without_each(panel, histories.units[arm], outcome, treated, pre, post, estimator, unit, time, level)]
    values = [float(line["estimate"]) for line in lines if "estimate" in line]
    own = _direction(whole.conf_low, whole.conf_high)
    changed = sum(_direction(line.get("conf_low"), line.get("conf_high")) != own for line in lines)
    return Estimate(
        "leave_one_out", whole.estimate, statistic=float(changed), conf_low=min(values, default=None), conf_high=max(values, default=None),
        n_units=whole.n_units, n_treated=whole.n_treated, method=f"{estimator}, extremes of {len(values)} estimates without one treated",
        level=1.0, unit=whole.unit, rows=whole.rows,
    )  # fmt: skip


@recorded
def drop_a_year(
    panel: pd.DataFrame,
    outcome: str,
    treated: str,
    pre: Sequence[Any],
    post: Sequence[Any],
    estimator: str = "did",
    unit: str = "coop_id",
    time: str = "book_year",
    level: float = 0.95,
) -> Table:
    """Estimate again without each period in turn; without the last before the training it is the check for a dip.

    Parameters
    ----------
    panel, outcome, treated, pre, post, estimator, unit, time, level
        As in :func:`leave_one_out`.

    Returns
    -------
    Table
        ``dropped, side`` (``pre`` or ``post``) and the columns of ``tidy``; the first row, ``side`` ``none``, has all periods. ``dip``
        marks the last period before. A side of one period can't lose it.

    Raises
    ------
    CallError, DataError
        As the estimator.

    References
    ----------
    Ashenfelter (1978), Review of Economics and Statistics 60:47-57: those who enter a training do badly just before it.
    """
    whole = _plain(_run(panel, outcome, treated, pre, post, estimator, unit, time, level))
    lines: list[dict[str, Any]] = [{"dropped": None, "side": "none", "dip": False, **whole}]
    for side, periods in (("pre", sorted(pre)), ("post", sorted(post))):
        for period in periods if len(periods) > 1 else []:
            before, after = [p for p in pre if p != period], [p for p in post if p != period]
            found = attempt(panel, outcome, treated, before, after, estimator, unit, time, level)
            lines.append({"dropped": period, "side": side, "dip": side == "pre" and period == max(pre), **found})
    data = pd.DataFrame(lines).reindex(columns=["dropped", "side", "dip", *TIDY_COLUMNS])
    return Table("drop_a_year", data, rows=rows_of(panel))


@recorded
def symmetric_windows(
    panel: pd.DataFrame,
    outcome: str,
    treated: str,
    pre: Sequence[Any],
    post: Sequence[Any],
    estimator: str = "did",
    unit: str = "coop_id",
    time: str = "book_year",
    level: float = 0.95,
) -> Table:
    """Compare the k-th period after with the k-th before: a passing dip at the start cancels as it fades.

    Parameters
    ----------
    panel, outcome, treated, pre, post, estimator, unit, time, level
        As in :func:`leave_one_out`.

    Returns
    -------
    Table
        ``k, before, after`` and the columns of ``tidy``, for every k that both sides reach.

    Raises
    ------
    CallError, DataError
        As the estimator.

    Notes
    -----
    Where selection works on a passing low, the difference in differences of one pair is biased upwards at k = 1 and less so further out;
    symmetric pairs are free of it where the outcome is as correlated k periods before selection as k periods after.

    References
    ----------
    Chabé-Ferret (2015), Journal of Econometrics 185:110-123.
    """
    before, after = sorted(pre), sorted(post)
    lines = [
        {"k": k, "before": before[-k], "after": after[k - 1],
         **attempt(panel, outcome, treated, [before[-k]], [after[k - 1]], estimator, unit, time, level)}
        for k in range(1, min(len(before), len(after)) + 1)
    ]  # fmt: skip
    data = pd.DataFrame(lines).reindex(columns=["k", "before", "after", *TIDY_COLUMNS])
    return Table("symmetric_windows", data, rows=rows_of(panel))


def _run(
    panel: pd.DataFrame, outcome: str, treated: str, pre: Sequence[Any], post: Sequence[Any], estimator: str, unit: str, time: str,
    level: float,
) -> Estimate:  # fmt: skip
    if estimator not in ESTIMATORS:
        raise CallError(f"{estimator!r} is no estimator", "estimator", f"Use {' or '.join(ESTIMATORS)}.")
    return ESTIMATORS[estimator](panel, outcome, treated, pre, post, unit=unit, time=time, level=level)


def attempt(
    panel: pd.DataFrame, outcome: str, treated: str, pre: Sequence[Any], post: Sequence[Any], estimator: str, unit: str, time: str,
    level: float,
) -> dict[str, Any]:  # fmt: skip
    """One line; where the data can't carry it, the reason instead of numbers."""
    bare = _bare(panel, outcome, treated, unit, time)
    try:
        return _plain(_run(bare, outcome, treated, pre, post, estimator, unit, time, level))
    except DataError as refusal:
        return {"term": outcome, "method": f"{REFUSED}{refusal.what}"}


def _bare(panel: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """The columns that an estimate reads: carrying the others, and gathering rows again for every variant, would cost more than it does."""
    return panel[list(dict.fromkeys(columns))]


def _without_each(
    panel: pd.DataFrame, names: Iterable[Any], outcome: str, treated: str, pre: Sequence[Any], post: Sequence[Any], estimator: str,
    unit: str, time: str, level: float,
) -> Iterator[tuple[Any, dict[str, Any]]]:  # fmt: skip
    """The line of :func:`attempt` without each of these units in turn."""
    bare = _bare(panel, outcome, treated, unit, time)
    own = bare[unit].to_numpy(dtype=object)
    for name in names:
        yield name, attempt(bare[own != name], outcome, treated, pre, post, estimator, unit, time, level)


def _direction(low: Any, high: Any) -> str:
    if low is None or high is None or np.isnan(low) or np.isnan(high):
        return "undecided"
    return "rise" if low > 0 else "fall" if high < 0 else "undecided"


def _plain(found: Estimate) -> dict[str, Any]:
    return {name: getattr(found, name) for name in TIDY_COLUMNS}
