"""Cost per outcome: Fieller by hand and by inversion, and unbounded sets said to be so."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kopanalysis.errors import CallError
from kopanalysis.impact.cost import acceptability_curve, break_even_effect, cost_per_outcome, present_cost
from kopanalysis.results import Estimate

REFERENCE = Path(__file__).parents[1] / "reference" / "fieller.csv"


def effect(value: float, error: float | None = None, low: float | None = None, high: float | None = None) -> Estimate:
    return Estimate("did", value, error, conf_low=low, conf_high=high, n_treated=15)


def test_a_known_cost_takes_the_prices_of_the_effects_own_interval() -> None:
    # 300 million for 15 cooperatives over 4 years: 5 million a cooperative-year; 0.25 of a year each costs 20 million.
    found = cost_per_outcome(300e6, effect(0.25, low=0.10, high=0.50), cooperative_years=60)
    assert (found.estimate, found.conf_low, found.conf_high) == pytest.approx((20e6, 10e6, 50e6))
    assert (found.method, found.unit, found.n_treated) == ("fieller, bounded", "idr", 15)


def test_an_effect_that_may_be_zero_has_no_highest_price() -> None:
    found = cost_per_outcome(100.0, effect(0.2, low=-0.1, high=0.5))
    assert (found.estimate, found.conf_low, found.conf_high) == (500.0, 200.0, math.inf)
    assert found.method == "fieller, unbounded"
    assert found.statistic == pytest.approx(-1000.0)  # prices of -1000 and below: the effect may also be a loss


def test_a_harm_costs_less_than_nothing() -> None:
    unbounded = cost_per_outcome(100.0, effect(-0.2, low=-0.5, high=0.1))
    assert (unbounded.conf_low, unbounded.conf_high, unbounded.statistic) == (-math.inf, -200.0, 1000.0)
    bounded = cost_per_outcome(100.0, effect(-0.2, low=-0.5, high=-0.1))
    assert (bounded.conf_low, bounded.conf_high) == (-1000.0, -200.0)


def test_no_effect_at_all() -> None:
    found = cost_per_outcome(100.0, effect(0.0, low=-0.5, high=0.5))
    assert (found.estimate, found.conf_low, found.conf_high) == (math.inf, 200.0, math.inf)


def test_fieller_with_an_uncertain_cost_by_hand() -> None:
    # Critical 2: a = 16 - 4 = 12, b = 40, c = 100 - 16 = 84; roots (40 +- sqrt(1600 - 1008)) / 12.
    found = cost_per_outcome(10.0, effect(4.0, 1.0, low=2.0, high=6.0), cost_error=2.0)
    assert found.conf_low == pytest.approx((40 - math.sqrt(592)) / 12)
    assert found.conf_high == pytest.approx((40 + math.sqrt(592)) / 12)
    # Critical 2: a = 1 - 4 = -3, b = 2, c = 4 - 16 = -12: 4 - 36 is below zero, every price.
    everything = cost_per_outcome(2.0, effect(1.0, 1.0, low=-1.0, high=3.0), cost_error=2.0)
    assert (everything.conf_low, everything.conf_high, everything.method) == (-math.inf, math.inf, "fieller, unbounded, every price")


def test_fieller_against_r() -> None:
    with REFERENCE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= 4
    for row in rows:
        cost, cost_error, value, error, covariance, critical = (
            float(row[name]) for name in ("cost", "cost_error", "effect", "effect_error", "covariance", "critical")
        )
        given_effect = effect(value, error, low=value - critical * error, high=value + critical * error)
        found = cost_per_outcome(cost, given_effect, cost_error=cost_error, covariance=covariance)
        assert (found.conf_low, found.conf_high) == pytest.approx((float(row["low"]), float(row["high"])), rel=1e-6), row["case"]


@settings(max_examples=80, deadline=None)
@given(st.floats(0.5, 50), st.floats(0.05, 3), st.floats(-2, 2), st.floats(0.05, 2), st.floats(-0.9, 0.9))
def test_a_price_is_in_the_set_just_when_its_test_does_not_reject(
    cost: float, cost_error: float, value: float, error: float, rho: float
) -> None:
    covariance = rho * cost_error * error
    given_effect = effect(value, error, low=value - 1.9 * error, high=value + 1.9 * error)
    found = cost_per_outcome(cost, given_effect, cost_error=cost_error, covariance=covariance)
    assert found.conf_low is not None
    assert found.conf_high is not None
    for price in np.concatenate([np.linspace(-60, 60, 41), [found.conf_low + 1e-3, found.conf_high - 1e-3]]):
        if not math.isfinite(price):
            continue
        spread = math.sqrt(cost_error**2 - 2 * price * covariance + price**2 * error**2)
        distance = abs(cost - price * value) - 1.9 * spread
        edges = [edge for edge in (found.conf_low, found.conf_high, found.statistic) if edge is not None]
        if min(abs(price - edge) for edge in edges) < 1e-2:
            continue
        if found.statistic is None:
            inside = found.conf_low <= price <= found.conf_high
        else:
            inside = price >= found.conf_low or price <= found.statistic if found.conf_high == math.inf else (
                price <= found.conf_high or price >= found.statistic)  # fmt: skip
        assert inside == (distance <= 0), (price, distance)


def test_bootstrap_agrees_with_fieller_for_a_normal_effect_and_repeats() -> None:
    given_effect = effect(0.3, 0.05, low=0.3 - 1.959964 * 0.05, high=0.3 + 1.959964 * 0.05)
    one, other = (cost_per_outcome(100.0, given_effect, method="bootstrap", seed=1) for _ in range(2))
    exact = cost_per_outcome(100.0, given_effect)
    assert one == other
    assert (one.conf_low, one.conf_high) == pytest.approx((exact.conf_low, exact.conf_high), rel=0.03)
    assert cost_per_outcome(100.0, effect(0.05, 0.1), method="bootstrap").conf_high == math.inf


def test_another_level_needs_a_standard_error() -> None:
    assert cost_per_outcome(100.0, effect(0.5, 0.1), level=0.9).conf_high == pytest.approx(100 / (0.5 - 1.644854 * 0.1))
    with pytest.raises(CallError, match="standard error"):
        cost_per_outcome(100.0, effect(0.5, low=0.3, high=0.7), level=0.9)


@pytest.mark.parametrize("bad", [{"cost_idr": 0.0}, {"cost_idr": math.inf}, {"cooperative_years": -1.0}, {"method": "delta"}])
def test_what_is_no_cost_is_refused(bad: dict[str, object]) -> None:
    with pytest.raises(CallError):
        cost_per_outcome(**{"cost_idr": 1.0, "effect": effect(0.5, 0.1), **bad})  # type: ignore[arg-type]


def test_acceptability_is_a_half_where_the_effect_breaks_even_and_never_falls() -> None:
    table = acceptability_curve(effect(0.25, 0.1), 5e6, [1e6, 10e6, 20e6, 40e6]).data
    assert table["break_even_effect"].tolist() == [5.0, 0.5, 0.25, 0.125]
    assert table.loc[2, "confidence"] == pytest.approx(0.5)
    assert table.loc[3, "confidence"] == pytest.approx(0.894350, abs=1e-6)
    assert table["confidence"].is_monotonic_increasing


def test_break_even_by_hand_and_beyond_the_ceiling() -> None:
    found = break_even_effect(300e6, 20e6, cooperative_years=60, ceiling=0.4)
    assert (found.estimate, found.method) == (0.25, "break-even, within reach")
    assert break_even_effect(300e6, 10e6, cooperative_years=60, ceiling=0.4).method == "break-even, beyond the ceiling"


def test_money_of_several_years_in_the_prices_of_one() -> None:
    assert present_cost({2021: 100.0, 2022: 100.0}, 2022, 0.10) == pytest.approx(210.0)
    assert present_cost({2021: 100.0}, 2022, price_index={2021: 100.0, 2022: 105.0}) == pytest.approx(105.0)
    with pytest.raises(CallError, match="2021"):
        present_cost({2021: 1.0}, 2022, price_index={2022: 1.0})


def test_a_price_can_be_traced_to_the_calls_behind_the_effect() -> None:
    import pandas as pd

    from kopanalysis.impact.did import did

    panel = pd.DataFrame(
        [
            {"coop_id": f"c{i}", "book_year": year, "d": int(i < 3), "y": float((i + year) % 3 == 0)}
            for i in range(9)
            for year in (2021, 2022)
        ]
    )
    found = cost_per_outcome(1e6, did(panel, "y", "d", [2021], [2022]))
    assert found.call is not None
    assert [step.function.rsplit(".", 1)[1] for step in found.call.chain()] == ["price_of_effect", "did"]
    assert found.call.arguments["cost_idr"] == 1e6
