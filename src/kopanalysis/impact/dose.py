"""Does more of it go with more: a stratified rank test of dose and outcome, and no curve where too few were treated."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from kopanalysis.errors import CallError, DataError
from kopanalysis.impact.histories import read_histories, rows_of
from kopanalysis.lineage import Rows, recorded
from kopanalysis.results import Check, Estimate, Number, Table, Text

SMALLEST_FOR_A_CURVE = 30
MOST_ENUMERATED = 50_000
TIE = 1e-12


@recorded
def dose_rank(
    panel: pd.DataFrame,
    outcome: str,
    dose: str,
    strata: Sequence[str] = (),
    draws: int = 10_000,
    seed: int = 0,
    pre: Sequence[Any] | None = None,
    post: Sequence[Any] | None = None,
    among: str = "treated",
    unit: str = "coop_id",
    time: str = "book_year",
) -> Estimate:
    """Rank correlation of dose and outcome within strata, tested by permuting doses within them.

    Parameters
    ----------
    panel : pandas.DataFrame
        One row a unit and period.
    outcome : str
        Numeric column; with ``pre`` and ``post`` its change between them, else its mean.
    dose : str
        Numeric column; a unit's dose is the largest it reached (heads accepted so far).
    strata : sequence of str
        Columns constant within a unit, such as the cohort of aid or the kecamatan.
    draws : int
        Permutations; all of them are used instead where they are no more than this or 50,000.
    seed : int
    pre, post : sequence, optional
        Periods, both or neither.
    among : {"treated", "all"}
        ``treated``: only units with a dose above zero, so that who was given any at all plays no part.
    unit, time : str
        Columns.

    Returns
    -------
    Estimate
        Correlation of ranks, -1 to 1 (``unit`` ``index``), with the two-sided p-value and its floor; no interval is offered.

    Raises
    ------
    CallError
        For an unknown column or ``among``, or one of ``pre`` and ``post`` without the other.
    DataError
        When no stratum holds two units with different doses and outcomes.

    Notes
    -----
    Strata that can't tell (one unit, one dose, one outcome) are left out and counted in ``method``. Ranks are midranks within the
    stratum. A permutation is as if by lot: doses given to the better ones make a correlation without any effect.

    References
    ----------
    Spearman's coefficient by permutation: Conover (1999), Practical Nonparametric Statistics. p-value: Phipson & Smyth (2010), SAGMB 9.
    """
    groups, idle, units = _groups(panel, outcome, dose, strata, pre, post, among, unit, time)
    if not groups:
        raise DataError("No stratum holds two units of different dose and outcome", dose, "There is nothing to rank; describe the units.")
    observed = sum(float(a @ b) for a, b in groups)
    scale = math.sqrt(sum(float(a @ a) for a, _ in groups) * sum(float(b @ b) for _, b in groups))
    possible = math.prod(math.factorial(len(a)) for a, _ in groups)
    exact = possible <= max(draws, MOST_ENUMERATED)
    sums = _every_sum(groups) if exact else _random_sums(groups, draws, seed)
    extreme = int((np.abs(sums) >= abs(observed) - TIE * max(scale, 1.0)).sum())
    p_value = extreme / possible if exact else (extreme + 1) / (draws + 1)
    n = sum(len(a) for a, _ in groups)
    kind = f"all {possible} permutations" if exact else f"{draws} permutations"
    return Estimate(
        "dose_rank", observed / scale, statistic=observed, p_value=p_value, n_obs=n, n_units=n, n_clusters=len(groups),
        method=f"spearman within strata, {kind}, {idle} units in strata that can't tell", unit="index",
        n_treated=n if among == "treated" else None, p_floor=1 / possible if exact else 1 / (draws + 1), seed=None if exact else seed,
        rows=rows_of(panel, units, unit),
    )  # fmt: skip


@recorded
def dose_curve(
    panel: pd.DataFrame,
    outcome: str,
    dose: str,
    pre: Sequence[Any],
    post: Sequence[Any],
    groups: int = 3,
    level: float = 0.95,
    unit: str = "coop_id",
    time: str = "book_year",
) -> Table | Check:
    """Mean change of the outcome by thirds of the dose, refused where fewer than 30 units were treated.

    Parameters
    ----------
    panel : pandas.DataFrame
    outcome, dose : str
    pre, post : sequence
        Periods.
    groups : int
        Equal shares of the treated.
    level : float
        Of the t interval.
    unit, time : str
        Columns.

    Returns
    -------
    Table or Check
        ``group, dose_low, dose_high, n, estimate, std_error, conf_low, conf_high``; the untreated are group 0. Below 30 treated: a
        failed Check with the reason.

    Raises
    ------
    CallError, DataError
        As in :func:`dose_rank`.
    """
    from scipy.stats import t

    change, amount, units, _ = _changes(panel, outcome, dose, (), pre, post, unit, time)
    n_treated = int((amount > 0).sum())
    if n_treated < SMALLEST_FOR_A_CURVE:
        words = Text(
            f"Kurva dosis memerlukan sedikitnya {SMALLEST_FOR_A_CURVE} penerima; di sini lebih sedikit. Bacalah uji peringkat.",
            f"A dose curve needs at least {SMALLEST_FOR_A_CURVE} recipients; here there are fewer. Read the rank test.",
        )
        return Check("dose_curve", False, ("too_few_treated",), n_treated=n_treated, texts=(words,),
                     numbers=_needed(n_treated, rows_of(panel, units, unit)),
                     rows=rows_of(panel, units, unit))  # fmt: skip
    order = np.where(amount > 0, np.argsort(np.argsort(np.where(amount > 0, amount, np.inf), kind="stable"), kind="stable"), -1)
    label = np.where(order >= 0, order * groups // n_treated + 1, 0)
    records = []
    for group in sorted(set(label)):
        values, doses = change[label == group], amount[label == group]
        error = float(values.std(ddof=1) / math.sqrt(len(values))) if len(values) > 1 else math.nan
        spread = float(t.ppf(0.5 + level / 2, max(len(values) - 1, 1))) * error
        records.append({"group": int(group), "dose_low": doses.min(), "dose_high": doses.max(), "n": len(values), "estimate": values.mean(),
                        "std_error": error, "conf_low": values.mean() - spread, "conf_high": values.mean() + spread})  # fmt: skip
    derived = dict.fromkeys(("dose_low", "dose_high", "estimate", "std_error", "conf_low", "conf_high"), ("n",))
    return Table("dose_curve", pd.DataFrame(records), ("n",), derived=derived, rows=rows_of(panel, units, unit))


def _needed(n_treated: int, rows: Rows) -> tuple[Number, ...]:
    return (
        Number("cattle.dose.needed", SMALLEST_FOR_A_CURVE, "cooperatives", method="fewest recipients for a curve", rows=rows),
        Number("cattle.dose.reached", n_treated, "cooperatives", n=n_treated, method="count", rows=rows),
    )


def _changes(
    panel: pd.DataFrame, outcome: str, dose: str, strata: Sequence[str], pre: Sequence[Any] | None, post: Sequence[Any] | None,
    unit: str, time: str,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """Outcome, dose, identity and stratum of each unit whose outcome is known."""
    if (pre is None) != (post is None):
        raise CallError("pre and post come together", "pre, post", "Give both, or neither for the mean over all periods.")
    periods = [*pre, *post] if pre is not None and post is not None else sorted(panel[time].unique())
    histories = read_histories(panel, outcome, periods, strata, unit, time)
    if dose not in panel:
        raise CallError(f"The panel has no column {dose!r}", mend="Name a column of the panel.")
    reached = panel[panel[time].isin(periods)].groupby(unit)[dose].max().reindex(histories.units)
    amount = pd.to_numeric(reached, errors="coerce").astype(float).to_numpy()
    value = histories.change(pre, post) if pre is not None and post is not None else histories.mean(periods)
    known = ~np.isnan(value) & ~np.isnan(amount)
    keys = pd.DataFrame({name: histories.fixed[name] for name in strata}) if strata else pd.DataFrame({"all": np.zeros(len(value))})
    codes = keys.groupby(list(keys.columns), dropna=False).ngroup().to_numpy()
    return value[known], amount[known], histories.units[known], codes[known]


def _groups(
    panel: pd.DataFrame, outcome: str, dose: str, strata: Sequence[str], pre: Sequence[Any] | None, post: Sequence[Any] | None,
    among: str, unit: str, time: str,
) -> tuple[list[tuple[np.ndarray, np.ndarray]], int, np.ndarray]:  # fmt: skip
    """Centred midranks of dose and outcome by stratum, how many units can't tell, and who took part."""
    from scipy.stats import rankdata

    if among not in ("treated", "all"):
        raise CallError(f"among={among!r} isn't known", "among", "Use treated or all.")
    value, amount, units, codes = _changes(panel, outcome, dose, strata, pre, post, unit, time)
    part = amount > 0 if among == "treated" else np.ones(len(amount), dtype=bool)
    found, idle = [], 0
    for code in np.unique(codes[part]):
        inside = part & (codes == code)
        ranks = [rankdata(column[inside]) for column in (amount, value)]
        if any(np.ptp(column) == 0 for column in ranks):
            idle += int(inside.sum())
            continue
        found.append((ranks[0] - ranks[0].mean(), ranks[1] - ranks[1].mean()))
    return found, idle, units[part]


def _every_sum(groups: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    return np.array([sum(parts) for parts in itertools.product(*(list(_sums(a, b)) for a, b in groups))])


def _sums(a: np.ndarray, b: np.ndarray) -> Iterator[float]:
    for order in itertools.permutations(range(len(a))):
        yield float(a[list(order)] @ b)


def _random_sums(groups: list[tuple[np.ndarray, np.ndarray]], draws: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    total = np.zeros(draws)
    for a, b in groups:
        total += rng.permuted(np.tile(a, (draws, 1)), axis=1) @ b
    return total
