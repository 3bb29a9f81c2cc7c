"""How large an effect a design can see, simulated from the district's own histories, and how far a lucky result would mislead."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from kopanalysis.errors import CallError, DataError
from kopanalysis.impact.histories import Histories, read_histories, rows_of
from kopanalysis.lineage import recorded
from kopanalysis.results import Estimate, Number, Table

DRAWS = 2000
STEPS = 24
NS = (15, 30, 60, 120)
ESTIMATORS = ("did", "ancova")


@dataclass(frozen=True)
class _Trials:
    """Resampled districts, before any effect: drawn once, so that every effect and number meets the same luck.

    ``treated`` are post means (draws, units), ``treated_past`` their pre means; ``room`` the share of post cells of the treated that a
    switch can turn. ``slope`` is how much of the past is taken off: 1 for a change, None to be fitted.
    """

    treated: np.ndarray
    treated_past: _Past
    room: np.ndarray
    luck: np.ndarray
    others: _Moments
    n_units: int
    ceiling: float
    spread: float
    slope: float | None

    @property
    def df(self) -> int:
        """Degrees of freedom of the test."""
        return self.n_units - 2 if self.slope is not None else max(self.n_units - 3, 1)


@dataclass(frozen=True)
class _Past:
    """Pre means by simulated district: no effect moves them. Their mean, what is left of it (draws, units), and its sum of squares."""

    mean: np.ndarray
    gap: np.ndarray
    squares: np.ndarray


@dataclass(frozen=True)
class _Moments:
    """Means and sums of squares and products of post and past, by simulated district."""

    post: np.ndarray
    past: np.ndarray
    post_post: np.ndarray
    post_past: np.ndarray
    past_past: np.ndarray


def _past(values: np.ndarray) -> _Past:
    mean = values.mean(axis=1)
    gap = values - mean[:, None]
    return _Past(mean, gap, (gap**2).sum(axis=1))


def _moments(post: np.ndarray, past: _Past) -> _Moments:
    mean = post.mean(axis=1)
    gap = post - mean[:, None]
    return _Moments(mean, past.mean, (gap**2).sum(axis=1), (gap * past.gap).sum(axis=1), past.squares)


@recorded
def minimum_detectable_effect(
    panel: pd.DataFrame,
    outcome: str,
    n_treated: int,
    pre: Sequence[Any],
    post: Sequence[Any],
    power: float = 0.8,
    level: float = 0.95,
    seed: int = 0,
    draws: int = DRAWS,
    n_units: int | None = None,
    unit: str = "coop_id",
    time: str = "book_year",
    estimator: str = "did",
) -> Estimate:
    """Smallest effect that would be seen with the given power if ``n_treated`` were drawn by lot.

    Parameters
    ----------
    panel : pandas.DataFrame
        One row a unit and period. For a study already made give the untreated only: their histories hold no effect.
    outcome : str
        Yes or no (0/1), or any number.
    n_treated : int
    pre, post : sequence
        Periods.
    power : float
        Share of districts in which the effect is to be found.
    level : float
        The test is two-sided at 1 - level: the pooled t test of collapsed changes, which keeps its size here as the permutation test does.
    seed, draws : int
        Of the simulated districts.
    n_units : int, optional
        Size of the simulated district; default: the units of the panel.
    unit, time : str
        Columns.
    estimator : {"did", "ancova"}
        ``did`` compares changes; ``ancova`` post means given the pre mean, which only a lottery allows and which sees smaller effects.

    Returns
    -------
    Estimate
        ``estimate`` is the effect (points for a yes/no outcome), infinite where none that is possible would be seen; ``conf_low`` and
        ``conf_high`` are where the power curve less and plus 1.96 Monte Carlo errors crosses ``power``; ``statistic`` is the ceiling (the
        share of post cells without the outcome; None for a number).

    Raises
    ------
    CallError
        When there are fewer than 2 treated or 2 others, or a share isn't between 0 and 1.
    DataError
        When fewer than 2 units are on record before and after.

    Notes
    -----
    Whole histories are resampled with replacement, so persistence, missing years and district-wide shocks stay in. On a yes/no outcome
    the effect is a lasting switch that turns some of the cells without it, so it can't pass the ceiling; a number is shifted. A
    shock that hits the treated alone isn't in it: the true smallest effect is then larger.
    """
    histories = _untouched(panel, outcome, pre, post, unit, time)
    trials = _trials(histories, n_treated, pre, post, draws, seed, n_units, estimator)
    _check_share(power, "power")
    _check_share(level, "level")
    limits = [_crossing(trials, power + shift, level) for shift in _monte_carlo(power, draws)]
    low, value, high = sorted(limits)
    return Estimate(
        "minimum_detectable_effect", value, conf_low=low, conf_high=high,
        statistic=trials.ceiling if math.isfinite(trials.ceiling) else None,
        n_units=trials.n_units, n_treated=n_treated, method=f"own histories resampled {draws} times, pooled t, power {power:g}"
        + ("" if math.isfinite(value) else ", beyond the ceiling"),
        level=level, unit="points" if math.isfinite(trials.ceiling) else "index", seed=seed, rows=rows_of(panel, histories.units, unit),
    )  # fmt: skip


@recorded
def power_curve(
    panel: pd.DataFrame,
    outcome: str,
    pre: Sequence[Any],
    post: Sequence[Any],
    ns: Sequence[int] = NS,
    effects: Sequence[float] = (0.1, 0.2, 0.3),
    power: float = 0.8,
    level: float = 0.95,
    seed: int = 0,
    draws: int = DRAWS,
    n_units: int | None = None,
    unit: str = "coop_id",
    time: str = "book_year",
    estimator: str = "did",
    prefix: str = "power.mde",
) -> Table:
    """Power and smallest visible effect by number treated and years of follow-up.

    Parameters
    ----------
    panel : pandas.DataFrame
    outcome : str
    pre, post : sequence
        Periods; follow-up grows from the first post period to all of them.
    ns : sequence of int
        Numbers treated; one that leaves fewer than 2 others gets a line without numbers.
    effects : sequence of float
        Effects whose power is shown.
    power, level, seed, draws, n_units, unit, time, estimator
        As in :func:`minimum_detectable_effect`.
    prefix : str
        Of the registered names.

    Returns
    -------
    Table
        ``n_treated, n_units, post_periods, mde, half_width, ceiling, effect, power, power_error, type_s, exaggeration``; one row a number,
        follow-up and effect. ``half_width`` is that of the interval to be expected without an effect, ``power_error`` is the Monte Carlo
        error, ``type_s`` the share of significant results with the wrong sign,
        ``exaggeration`` the mean size of significant results over the true one (Gelman & Carlin 2014); the last two are missing where
        nothing was significant. Numbers ``<prefix>.<n_treated>.<post_periods>``, None beyond the ceiling.

    Raises
    ------
    CallError, DataError
        As in :func:`minimum_detectable_effect`.
    """
    histories = _untouched(panel, outcome, pre, post, unit, time)
    size = n_units or len(histories.units)
    records: list[dict[str, Any]] = []
    for n_treated in ns:
        for count in range(1, len(post) + 1):
            base: dict[str, Any] = {"n_treated": n_treated, "n_units": size, "post_periods": count}
            if size - n_treated < 2:
                records += [{**base, "effect": effect} for effect in effects]
                continue
            shorter = histories.keep(~np.isnan(histories.change(pre, post[:count])))
            trials = _trials(shorter, n_treated, pre, post[:count], draws, seed, size, estimator)
            base |= {"mde": _crossing(trials, power, level), "half_width": _half_width(trials, level)}
            base |= {"ceiling": trials.ceiling if math.isfinite(trials.ceiling) else math.nan}
            records += [{**base, "effect": effect, **_at(trials, effect, level)} for effect in effects]
    columns = [
        "n_treated", "n_units", "post_periods", "mde", "half_width", "ceiling", "effect", "power", "power_error", "type_s", "exaggeration",
    ]  # fmt: skip
    rows = rows_of(panel, histories.units, unit)
    kind = "points" if bool(np.isin(histories.values[~np.isnan(histories.values)], [0.0, 1.0]).all()) else "index"
    numbers = [
        Number(f"{prefix}.{line['n_treated']}.{line['post_periods']}", _finite(line.get("mde")), kind, level=level, n=size,
               method="simulated from own histories", rows=rows, cell=(row, "mde"))
        for row, line in enumerate(records)
        if line["effect"] == effects[0]
    ]  # fmt: skip
    return Table("power_curve", pd.DataFrame(records, columns=columns), numbers=tuple(numbers), rows=rows)


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _untouched(panel: pd.DataFrame, outcome: str, pre: Sequence[Any], post: Sequence[Any], unit: str, time: str) -> Histories:
    histories = read_histories(panel, outcome, (*pre, *post), (), unit, time)
    kept = histories.keep(~np.isnan(histories.change(pre, post)))
    if len(kept.units) < 2:
        raise DataError(f"{len(kept.units)} units are on record before and after", outcome, "Power needs histories to draw from.")
    return kept


def _trials(
    histories: Histories, n_treated: int, pre: Sequence[Any], post: Sequence[Any], draws: int, seed: int, n_units: int | None,
    estimator: str,
) -> _Trials:  # fmt: skip
    size = n_units or len(histories.units)
    if n_treated < 2 or size - n_treated < 2:
        raise CallError(f"{n_treated} of {size} treated leaves no test", "n_treated", "At least 2 treated and 2 not.")
    if estimator not in ESTIMATORS:
        raise CallError(f"{estimator!r} is no estimator of power", "estimator", f"Choose {' or '.join(ESTIMATORS)}.")
    rng = np.random.default_rng(seed)
    chosen = rng.integers(0, len(histories.units), (draws, size))
    post_values = histories.values[:, [histories.periods.index(period) for period in post]]
    seen = histories.values[~np.isnan(histories.values)]
    binary = bool(np.isin(seen, [0.0, 1.0]).all())
    after, before = histories.mean(post), histories.mean(pre)
    ours, theirs = chosen[:, :n_treated], chosen[:, n_treated:]
    room = ((post_values == 0).sum(axis=1) / np.maximum((~np.isnan(post_values)).sum(axis=1), 1))[ours]
    slope = 1.0 if estimator == "did" else None
    return _Trials(
        after[ours], _past(before[ours]), room, rng.random((draws, n_treated)), _moments(after[theirs], _past(before[theirs])), size,
        float(room.mean()) if binary else math.inf, float((after - before).std()), slope,
    )  # fmt: skip


def _gain(trials: _Trials, effect: float) -> np.ndarray:
    """What the effect adds to each treated unit: a lasting switch turns its empty cells, or a shift."""
    if not math.isfinite(trials.ceiling):
        return np.full(trials.treated.shape, effect)
    share = min(effect / trials.ceiling, 1.0) if trials.ceiling > 0 else 0.0
    turned: np.ndarray = trials.room * (trials.luck < share)
    return turned


def _fit(trials: _Trials, effect: float) -> tuple[np.ndarray, np.ndarray]:
    """Estimate and its standard error, by simulated district."""
    n, k = trials.n_units, trials.treated.shape[1]
    ours, theirs = _moments(trials.treated + _gain(trials, effect), trials.treated_past), trials.others
    post_post, post_past, past_past = (
        getattr(ours, name) + getattr(theirs, name) for name in ("post_post", "post_past", "past_past")
    )  # fmt: skip
    past_gap, share = ours.past - theirs.past, 1 / k + 1 / (n - k)
    if trials.slope is not None:
        slope = trials.slope
        squares = post_post - 2 * slope * post_past + slope**2 * past_past
        return ours.post - theirs.post - slope * past_gap, np.sqrt(np.maximum(squares, 0.0) / trials.df * share)
    fitted = np.divide(post_past, past_past, out=np.zeros_like(post_past), where=past_past > 0)
    lean = np.divide(past_gap**2, past_past, out=np.zeros_like(post_past), where=past_past > 0)
    squares = np.maximum(post_post - fitted * post_past, 0.0)
    return ours.post - theirs.post - fitted * past_gap, np.sqrt(squares / trials.df * (share + lean))


def _critical(trials: _Trials, level: float) -> float:
    """How many standard errors make an estimate significant."""
    from scipy.stats import t

    return float(t.ppf(0.5 + level / 2, trials.df))


def _tests(trials: _Trials, effect: float, critical: float) -> tuple[np.ndarray, np.ndarray]:
    """Estimate and whether it is significant, by simulated district."""
    estimate, error = _fit(trials, effect)
    return estimate, np.abs(estimate) > critical * error


def _half_width(trials: _Trials, level: float) -> float:
    return float(_critical(trials, level) * _fit(trials, 0.0)[1].mean())


def _at(trials: _Trials, effect: float, level: float) -> dict[str, float]:
    estimate, found = _tests(trials, effect, _critical(trials, level))
    share = float(found.mean())
    error = math.sqrt(share * (1 - share) / len(found))
    if not found.any() or not effect:
        return {"power": share, "power_error": error, "type_s": math.nan, "exaggeration": math.nan}
    wrong = float((np.sign(estimate[found]) != np.sign(effect)).mean())
    return {"power": share, "power_error": error, "type_s": wrong, "exaggeration": float(np.abs(estimate[found]).mean() / abs(effect))}


def _crossing(trials: _Trials, power: float, level: float) -> float:
    """Smallest effect with the power, by halving; infinite where the ceiling is too low."""
    top, critical = trials.ceiling, _critical(trials, level)
    if not math.isfinite(top):
        top = trials.spread or 1.0
        while _tests(trials, top, critical)[1].mean() < power and top < 1e18:
            top *= 2
    if _tests(trials, top, critical)[1].mean() < power:
        return math.inf
    low, high = 0.0, top
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if _tests(trials, middle, critical)[1].mean() >= power else (middle, high)
    return high


def _monte_carlo(power: float, draws: int) -> tuple[float, float, float]:
    error = 1.96 * math.sqrt(power * (1 - power) / draws)
    return -error, 0.0, min(error, 1 - power)


def _check_share(value: float, name: str) -> None:
    if not 0 < value < 1:
        raise CallError(f"{name}={value!r} is no share", name, "Give a number between 0 and 1.")
