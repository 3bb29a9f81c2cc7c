"""Power from own histories: against the closed form, against a naive loop, and honest about ceilings."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.stats import norm, ttest_ind

from kopanalysis.errors import CallError, DataError
from kopanalysis.impact.power import _fit, _moments, _past, _Trials, minimum_detectable_effect, power_curve

PRE, POST = [2020, 2021], [2022, 2023]


def numbers(n: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    rows = [{"coop_id": f"c{i:03d}", "book_year": year, "y": rng.normal()} for i in range(n) for year in (*PRE, *POST)]
    return pd.DataFrame(rows)


def states(n: int, share: float = 0.4, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(n):
        state = rng.random() < share
        for year in (*PRE, *POST):
            state = rng.random() < (0.8 if state else 0.2)
            rows.append({"coop_id": f"c{i:03d}", "book_year": year, "y": float(state)})
    return pd.DataFrame(rows)


def test_a_number_agrees_with_the_closed_form() -> None:
    given_panel = numbers(120)
    change = given_panel.assign(post=given_panel["book_year"] >= 2022).groupby(["coop_id", "post"])["y"].mean().unstack()
    sd = (change[True] - change[False]).std()
    expected = (norm.ppf(0.975) + norm.ppf(0.8)) * sd * math.sqrt(1 / 15 + 1 / 105)
    found = minimum_detectable_effect(given_panel, "y", 15, PRE, POST, draws=4000)
    assert found.estimate == pytest.approx(expected, rel=0.05)
    assert found.conf_low is not None
    assert found.conf_high is not None
    assert found.conf_low <= found.estimate <= found.conf_high
    assert (found.unit, found.statistic) == ("index", None)


def test_a_switch_agrees_with_a_naive_loop() -> None:
    given_panel = states(100)
    line = power_curve(given_panel, "y", PRE, POST, ns=(20,), effects=(0.3,), draws=2000).data.query("post_periods == 2").iloc[0]
    wide = given_panel.pivot(index="coop_id", columns="book_year", values="y").to_numpy()
    rng, found = np.random.default_rng(9), []
    off = (wide[:, 2:] == 0).mean()
    for _ in range(600):
        paths = wide[rng.integers(0, 100, 100)].copy()
        on = (rng.random((20, 1)) < 0.3 / off) & (paths[:20, 2:] == 0)
        paths[:20, 2:][on] = 1
        change = paths[:, 2:].mean(axis=1) - paths[:, :2].mean(axis=1)
        found.append(ttest_ind(change[:20], change[20:]).pvalue < 0.05)
    assert line["power"] == pytest.approx(np.mean(found), abs=4 * math.sqrt(0.25 / 600))


def test_it_repeats_and_more_treated_see_more() -> None:
    given_panel = states(100)
    one, other = (minimum_detectable_effect(given_panel, "y", 15, PRE, POST, draws=500) for _ in range(2))
    assert one.estimate == other.estimate
    assert one.unit == "points"
    assert minimum_detectable_effect(given_panel, "y", 40, PRE, POST, draws=500).estimate < one.estimate
    assert minimum_detectable_effect(given_panel, "y", 15, PRE, POST, power=0.5, draws=500).estimate < one.estimate


def test_beyond_the_ceiling_nothing_can_be_seen() -> None:
    active = states(60).assign(y=lambda t: (np.arange(len(t)) % 10 > 0).astype(float))
    found = minimum_detectable_effect(active, "y", 5, PRE, POST, draws=300)
    assert found.estimate == math.inf
    assert found.method.endswith("beyond the ceiling")
    assert found.statistic == pytest.approx(0.1, abs=0.03)


def test_the_curve_has_a_line_for_every_number_and_none_where_nobody_is_left() -> None:
    table = power_curve(states(50), "y", PRE, POST, ns=(10, 49), effects=(0.0, 0.3), draws=400).data
    assert len(table) == 2 * 2 * 2
    assert table.loc[table["n_treated"] == 49, "power"].isna().all()
    quiet = table[(table["effect"] == 0.0) & (table["n_treated"] == 10)]
    assert (quiet["power"] < 0.05 + 4 * math.sqrt(0.05 * 0.95 / 400)).all()
    loud = table[(table["effect"] == 0.3) & (table["n_treated"] == 10)]
    assert (loud["exaggeration"] > 1).all()


def test_a_larger_list_can_be_asked_for() -> None:
    table = power_curve(states(50), "y", PRE, POST, ns=(60,), effects=(0.3,), draws=200, n_units=300).data
    assert (table["n_units"] == 300).all()
    assert (table["power"] > 0.9).all()


@pytest.mark.parametrize("bad", [{"n_treated": 1}, {"n_treated": 59}, {"power": 1.0}, {"level": 0.0}])
def test_what_is_no_design_is_refused(bad: dict[str, float]) -> None:
    with pytest.raises(CallError):
        minimum_detectable_effect(states(60), "y", **{"n_treated": 10, "pre": PRE, "post": POST, **bad})  # type: ignore[arg-type]


def test_power_needs_histories() -> None:
    with pytest.raises(DataError):
        minimum_detectable_effect(states(1), "y", 2, PRE, POST)


@pytest.mark.parametrize("slope", [1.0, None])
def test_the_fit_is_that_of_least_squares(slope: float | None) -> None:
    rng = np.random.default_rng(4)
    past, post = rng.normal(size=(2, 40)), rng.normal(size=(2, 40))
    trials = _Trials(post[:, :12], _past(past[:, :12]), np.zeros((2, 12)), np.zeros((2, 12)), _moments(post[:, 12:], _past(past[:, 12:])),
                     40, math.inf, 1.0, slope)  # fmt: skip
    estimate, error = _fit(trials, 0.5)
    for row in range(2):
        arm = np.arange(40) < 12
        outcome = post[row] + 0.5 * arm - (past[row] if slope else 0)
        columns = [np.ones(40), arm.astype(float), *([] if slope else [past[row]])]
        found = sm.OLS(outcome, np.column_stack(columns)).fit()
        assert (estimate[row], error[row], trials.df) == pytest.approx((found.params[1], found.bse[1], found.df_resid))


def test_taking_the_past_into_account_keeps_the_size_and_sees_more() -> None:
    given_panel = states(100)
    lines = {
        estimator: power_curve(given_panel, "y", PRE, POST, ns=(30,), effects=(0.0, 0.2), draws=1500, estimator=estimator).data
        for estimator in ("did", "ancova")
    }
    quiet, loud = (lines["ancova"].query(f"effect == {effect} and post_periods == 2").iloc[0] for effect in (0.0, 0.2))
    assert quiet["power"] < 0.05 + 4 * math.sqrt(0.05 * 0.95 / 1500)
    before = lines["did"].query("effect == 0.2 and post_periods == 2").iloc[0]
    assert loud["power"] > before["power"]
    assert loud["half_width"] < before["half_width"]
    with pytest.raises(CallError, match="no estimator"):
        minimum_detectable_effect(given_panel, "y", 15, PRE, POST, estimator="guess")
