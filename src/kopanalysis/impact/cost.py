"""What one unit of effect costs: cost over effect with a set that may be unbounded, acceptability, break-even, prices of one year."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from kopanalysis.errors import CallError
from kopanalysis.lineage import recorded
from kopanalysis.results import Estimate, Table

METHODS = ("fieller", "bootstrap")
BOOTSTRAP_DRAWS = 20_000


def cost_per_outcome(
    cost_idr: float,
    effect: Estimate,
    method: str = "fieller",
    level: float = 0.95,
    cooperative_years: float = 1.0,
    cost_error: float = 0.0,
    covariance: float = 0.0,
    seed: int = 0,
) -> Estimate:
    """Rupiah per additional unit of outcome, such as an additional active cooperative-year.

    Parameters
    ----------
    cost_idr : float
        Total cost, above zero.
    effect : Estimate
        Effect per treated cooperative and year (a difference of shares).
    method : {"fieller", "bootstrap"}
        ``fieller`` inverts the test of every price; with a cost that is known exactly these are the prices of the effects in the
        effect's own interval, so an interval from permutation is carried over as it stands. ``bootstrap`` draws effects from the
        normal distribution of the estimate (a parametric bootstrap) and takes the prices of the middle ones.
    level : float
    cooperative_years : float
        Treated cooperatives times years over which the effect was counted: the cost bought ``effect`` times this many.
    cost_error, covariance : float
        Standard error of the cost, and its covariance with the effect, for costs from a sample (``fieller`` only).
    seed : int
        Of the bootstrap.

    Returns
    -------
    Estimate
        In rupiah. Where the effect may be zero the set is unbounded: the open end of ``conf_low`` and ``conf_high`` is infinite and
        ``method`` says so; ``statistic`` is then the other edge, beyond which prices of the opposite sign belong to the set as well.

    Raises
    ------
    CallError
        For a cost or number of cooperative-years not above zero, an unknown method, or an effect without what the method needs.

    References
    ----------
    Fieller (1954), JRSS B 16:175-185. Shape of the sets: Gleser & Hwang (1987), Annals of Statistics 15:1351-1362.
    """
    return price_of_effect(effect, cost_idr, method, level, cooperative_years, cost_error, covariance, seed)


@recorded
def price_of_effect(
    effect: Estimate,
    cost_idr: float,
    method: str = "fieller",
    level: float = 0.95,
    cooperative_years: float = 1.0,
    cost_error: float = 0.0,
    covariance: float = 0.0,
    seed: int = 0,
) -> Estimate:
    """Give what :func:`cost_per_outcome` gives, effect first, so that the price can be traced to the effect's rows.

    Parameters
    ----------
    effect : Estimate
    cost_idr, method, level, cooperative_years, cost_error, covariance, seed
        As in :func:`cost_per_outcome`.

    Returns
    -------
    Estimate

    Raises
    ------
    CallError
        As in :func:`cost_per_outcome`.
    """
    _check(cost_idr, cooperative_years, method)
    price = cost_idr / cooperative_years
    if method == "bootstrap":
        draws = _draws(effect, seed)
        tail = (1 - level) / 2
        low, high, other, shape = _mapped(price, float(np.quantile(draws, tail)), float(np.quantile(draws, 1 - tail)))
    elif cost_error > 0:
        scale = 1 / cooperative_years
        low, high, other, shape = _fieller(price, cost_error * scale, effect, covariance * scale, _critical(effect, level))
    else:
        low, high, other, shape = _mapped(price, *_interval(effect, level))
    estimate = price / effect.estimate if effect.estimate else math.inf
    low, high, other = _branch(estimate, low, high, other, shape)
    return Estimate(
        "cost_per_outcome", estimate, statistic=other, conf_low=low, conf_high=high, n_units=effect.n_units, n_treated=effect.n_treated,
        method=f"{method}, {shape}", level=level, unit="idr", grade=effect.grade, rule=effect.rule, silence=effect.silence,
        seed=seed if method == "bootstrap" else None, rows=effect.rows,
    )  # fmt: skip


def _mapped(price: float, low: float, high: float) -> tuple[float, float, float | None, str]:
    """Prices of the effects between two limits."""
    if low > 0 or high < 0:
        return price / high, price / low, None, "bounded"
    return price / low if low < 0 else -math.inf, price / high if high > 0 else math.inf, None, "unbounded"


def _fieller(
    cost: float, cost_error: float, effect: Estimate, covariance: float, critical: float
) -> tuple[float, float, float | None, str]:
    """Prices r for which cost - r * effect is within its error of zero: a quadratic inequality."""
    if effect.std_error is None:
        raise CallError("The effect has no standard error", "effect", "With an uncertain cost Fieller's set needs one.")
    a = effect.estimate**2 - critical**2 * effect.std_error**2
    b = cost * effect.estimate - critical**2 * covariance
    c = cost**2 - critical**2 * cost_error**2
    root = b**2 - a * c
    if a > 0:
        return (b - math.sqrt(root)) / a, (b + math.sqrt(root)) / a, None, "bounded"
    if root <= 0 or a == 0:
        return -math.inf, math.inf, None, "unbounded, every price"
    ends = sorted(((b - math.sqrt(root)) / a, (b + math.sqrt(root)) / a))
    return ends[0], ends[1], None, "unbounded"


def _branch(estimate: float, low: float, high: float, other: float | None, shape: str) -> tuple[float, float, float | None]:
    """Of an unbounded set keep the ray that holds the estimate, and the edge of the other ray."""
    if shape != "unbounded":
        return low, high, other
    up = estimate >= high
    edge = low if up else high
    kept = (high, math.inf) if up else (-math.inf, low)
    return *kept, edge if math.isfinite(edge) else None


def _interval(effect: Estimate, level: float) -> tuple[float, float]:
    if effect.conf_low is not None and effect.conf_high is not None and math.isclose(level, effect.level):
        return effect.conf_low, effect.conf_high
    spread = _critical(effect, level) * _error(effect)
    return effect.estimate - spread, effect.estimate + spread


def _critical(effect: Estimate, level: float) -> float:
    """Half width of the effect's own interval in standard errors; else by its degrees of freedom, without them the normal's."""
    from scipy.stats import norm, t

    if effect.conf_low is not None and effect.conf_high is not None and effect.std_error and math.isclose(level, effect.level):
        return (effect.conf_high - effect.conf_low) / 2 / effect.std_error
    return float(t.ppf(0.5 + level / 2, effect.df) if effect.df else norm.ppf(0.5 + level / 2))


def _error(effect: Estimate) -> float:
    if effect.std_error is None:
        raise CallError("The effect has no standard error", "effect", f"Ask for its own level, {effect.level}, or give one with an error.")
    return effect.std_error


def _draws(effect: Estimate, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(effect.estimate, _error(effect), BOOTSTRAP_DRAWS)


def _check(cost_idr: float, cooperative_years: float, method: str) -> None:
    if method not in METHODS:
        raise CallError(f"no method is called {method!r}", "method", f"Use {' or '.join(METHODS)}.")
    for name, value in (("cost_idr", cost_idr), ("cooperative_years", cooperative_years)):
        if not value > 0 or not math.isfinite(value):
            raise CallError(f"{name}={value!r} is no amount", name, "Give a number above zero.")


@recorded
def acceptability_curve(effect: Estimate, cost_idr: float, willingness_idr: Sequence[float], cooperative_years: float = 1.0) -> Table:
    """Confidence that the effect is worth its cost, by what an additional unit of outcome is worth to the reader.

    Parameters
    ----------
    effect : Estimate
        With a standard error.
    cost_idr : float
    willingness_idr : sequence of float
        Rupiah that an additional active cooperative-year is worth.
    cooperative_years : float
        As in :func:`cost_per_outcome`.

    Returns
    -------
    Table
        ``willingness_idr, break_even_effect, confidence``: one less the one-sided p-value against the break-even effect (normal). It
        is no probability that the programme works.

    Raises
    ------
    CallError
        For an amount not above zero, or an effect without a standard error.

    References
    ----------
    Fenwick, Claxton & Sculpher (2001), Health Economics 10:779-787.
    """
    from scipy.stats import norm

    _check(cost_idr, cooperative_years, "fieller")
    for value in willingness_idr:
        if not value > 0:
            raise CallError(f"{value!r} is no amount", "willingness_idr", "Give rupiah above zero.")
    needed = np.array([cost_idr / cooperative_years / value for value in willingness_idr])
    error = _error(effect)
    confidence = norm.cdf((effect.estimate - needed) / error) if error > 0 else (effect.estimate >= needed).astype(float)
    data = pd.DataFrame({"willingness_idr": list(map(float, willingness_idr)), "break_even_effect": needed, "confidence": confidence})
    return Table("acceptability", data, rows=effect.rows)


def break_even_effect(cost_idr: float, value_idr: float, cooperative_years: float = 1.0, ceiling: float = 1.0) -> Estimate:
    """Smallest effect at which the cost is worth it: what to say where the effect itself isn't identified.

    Parameters
    ----------
    cost_idr : float
        Total cost.
    value_idr : float
        What an additional unit of outcome is worth.
    cooperative_years : float
        As in :func:`cost_per_outcome`.
    ceiling : float
        Largest effect that is possible (1 less the treated's own share before).

    Returns
    -------
    Estimate
        In points; ``method`` says ``within reach`` or ``beyond the ceiling``.

    Raises
    ------
    CallError
        For an amount not above zero.
    """
    _check(cost_idr, cooperative_years, "fieller")
    if not value_idr > 0:
        raise CallError(f"value_idr={value_idr!r} is no amount", "value_idr", "Give rupiah above zero.")
    needed = cost_idr / (value_idr * cooperative_years)
    verdict = "within reach" if needed <= ceiling else "beyond the ceiling"
    return Estimate("break_even_effect", needed, method=f"break-even, {verdict}", level=1.0)


def present_cost(
    spending_idr: Mapping[int, float], price_year: int, discount_rate: float = 0.0, price_index: Mapping[int, float] | None = None
) -> float:
    """Spending of several years in the prices of one year, carried to it at a discount rate.

    Parameters
    ----------
    spending_idr : mapping of int to float
        Rupiah by calendar year, current prices.
    price_year : int
    discount_rate : float
        Real, per year: 0.05 carries 100 of last year to 105.
    price_index : mapping of int to float, optional
        Consumer prices by year; without it prices are taken as constant.

    Returns
    -------
    float
        Rupiah of ``price_year``.

    Raises
    ------
    CallError
        When the index lacks a year, or the rate is -1 or less.
    """
    if not discount_rate > -1:
        raise CallError(f"discount_rate={discount_rate!r} is no rate", "discount_rate", "Give a share such as 0.05.")
    index = dict.fromkeys([*spending_idr, price_year], 1.0) if price_index is None else price_index
    missing = [year for year in (*spending_idr, price_year) if year not in index]
    if missing:
        raise CallError(f"The price index has no {missing[0]}", "price_index", "Give it for every year of spending and the price year.")
    return float(
        sum(amount * index[price_year] / index[year] * (1 + discount_rate) ** (price_year - year) for year, amount in spending_idr.items())
    )
