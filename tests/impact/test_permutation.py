"""The permutation test against brute force, against plain loops, and its interval against refits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from panels import POST, PRE, brute_force, changes, naive_statistic, panel_of, random_panel

from kopanalysis.errors import CallError, DataError
from kopanalysis.impact.did import did
from kopanalysis.impact.permutation import permutation_distribution, permutation_test
from kopanalysis.impact.same_state import same_state


@pytest.mark.parametrize("studentised", [True, False])
@pytest.mark.parametrize("seed", range(6))
def test_small_cases_equal_brute_force(seed: int, studentised: bool) -> None:
    panel = random_panel(seed, units=9 + seed % 3, n_treated=2 + seed % 3, effect=0.3)
    found = permutation_test(panel, "rat_held", "treated", PRE, POST, studentised=studentised)
    lines = changes(panel, PRE, POST)
    assert found.exact
    assert found.mc_error == 0
    assert found.p_value == brute_force(lines["change"].to_numpy(), lines["treated"].to_numpy(), studentised)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 4), st.integers(6, 9))
def test_any_small_case_equals_brute_force(seed: int, n_treated: int, units: int) -> None:
    panel = random_panel(seed, units, n_treated, effect=0.5)
    lines = changes(panel, PRE, POST)
    expected = brute_force(lines["change"].to_numpy(), lines["treated"].to_numpy())
    assert permutation_test(panel, "rat_held", "treated", PRE, POST).p_value == pytest.approx(expected, abs=1e-12)


def test_the_lowest_p_value_of_an_exact_test_is_one_over_the_labellings() -> None:
    held = np.zeros((5, 5))
    held[0, 3:] = 1
    found = permutation_test(panel_of(held, [0]), "rat_held", "treated", PRE, POST)
    assert (found.p_value, found.p_floor, found.draws) == (0.2, 0.2, 5)
    assert (found.conf_low, found.conf_high) == (-1, 1)
    assert "held to the logical range" in found.method


@pytest.mark.parametrize(("strata", "estimator"), [((), "did"), (("kecamatan",), "did"), ((), "same_state")])
def test_random_draws_agree_with_a_plain_loop_of_refits(strata: tuple[str, ...], estimator: str) -> None:
    panel = random_panel(5, units=60, n_treated=12, effect=0.2)
    found = permutation_test(panel, "rat_held", "treated", PRE, POST, strata=strata, estimator=estimator, draws=4_000, seed=3)
    moments, _, lines = permutation_distribution(
        panel, "rat_held", "treated", PRE, POST, strata=strata, estimator=estimator, draws=10, seed=3
    )
    y = lines.change if estimator == "did" else lines.after
    stratum = lines.groups["kecamatan"].astype(str) if strata else np.full(len(y), "all")
    if estimator == "same_state":
        path = pd.DataFrame(lines.path)
        last, earlier = path.iloc[:, -1].astype(int).astype(str), path.iloc[:, :-1].mean(axis=1)
        bands = np.where(last == "1", np.where(earlier == 1, "3", np.where(earlier >= 0.5, "2", "1")), np.where(earlier == 0, "0", "s"))
        stratum = (last + bands).to_numpy().astype(str)
    own = naive_statistic(y, lines.treated.astype(int), stratum)
    assert own == pytest.approx(found.statistic)
    rng, hits, loops = np.random.default_rng(99), 0, 3_000
    for _ in range(loops):
        label = np.zeros(len(y), dtype=int)
        for name in np.unique(stratum):
            members = np.flatnonzero(stratum == name)
            label[rng.permutation(members)[: int(lines.treated[members].sum())]] = 1
        hits += abs(naive_statistic(y, label, stratum)) >= abs(own) - 1e-9
    naive = (hits + 1) / (loops + 1)
    error = np.hypot(found.mc_error, np.sqrt(naive * (1 - naive) / loops))
    assert abs(found.p_value - naive) < 3 * error
    assert moments.observed == pytest.approx(found.estimate)


def test_the_interval_holds_the_effects_that_aren_t_rejected() -> None:
    panel = random_panel(8, units=14, n_treated=4, effect=0.4)
    found = permutation_test(panel, "rat_held", "treated", PRE, POST, level=0.9)
    lines = changes(panel, PRE, POST)
    for limit, inward in ((found.conf_low, 1), (found.conf_high, -1)):
        for step, accepted in ((1e-4 * inward, True), (-1e-4 * inward, False)):
            moved = lines["change"] - (limit + step) * lines["treated"]
            assert (brute_force(moved.to_numpy(), lines["treated"].to_numpy()) > 0.1) == accepted


def test_point_estimates_are_those_of_the_estimators() -> None:
    panel = random_panel(4, units=40, n_treated=8)
    for estimator, function in (("did", did), ("same_state", same_state)):
        found = permutation_test(panel, "rat_held", "treated", PRE, POST, estimator=estimator, draws=99)
        assert found.estimate == pytest.approx(function(panel, "rat_held", "treated", PRE, POST).estimate, abs=1e-12)


def test_a_stratum_with_one_arm_contributes_nothing() -> None:
    panel = random_panel(2, units=24, n_treated=5)
    alone = panel.assign(group=np.where(panel["coop_id"].isin(["K000", "K001"]), "a", "b"))
    found = permutation_test(alone, "rat_held", "treated", PRE, POST, strata=("group",), draws=500)
    without = permutation_test(alone[alone["group"] == "b"], "rat_held", "treated", PRE, POST, draws=500)
    assert found.dropped == {"strata_without_comparison": 1, "treated_without_comparison": 2}
    assert (found.estimate, found.p_value, found.n_treated) == (without.estimate, without.p_value, 3)


def test_a_stratum_that_is_the_rule_leaves_no_label_to_move() -> None:
    panel = random_panel(2, units=24, n_treated=5)
    with pytest.raises(DataError, match="no label can move"):
        permutation_test(panel.assign(rule=panel["treated"]), "rat_held", "treated", PRE, POST, strata=("rule",))


def test_a_lottery_without_effect_is_rejected_as_often_as_promised() -> None:
    p = np.array([
        permutation_test(random_panel(seed, units=40, n_treated=10), "rat_held", "treated", PRE, POST, draws=199, seed=seed).p_value
        for seed in range(400)
    ])  # fmt: skip
    error = 2.58 * np.sqrt(0.05 * 0.95 / len(p))
    assert 0.05 - error - 0.02 <= (p <= 0.05).mean() <= 0.05 + error


def test_the_effect_is_found_again() -> None:
    panels = [random_panel(seed, 60, 20, 0.5) for seed in range(150)]
    estimates = [permutation_test(panel, "rat_held", "treated", PRE, POST, draws=49).estimate for panel in panels]
    truth = 0.5 * 0.5  # half of the meetings not held are switched on, and half are not held
    assert np.mean(estimates) == pytest.approx(truth, abs=3 * np.std(estimates) / np.sqrt(len(estimates)) + 0.01)


def test_wrong_calls_say_what_is_known() -> None:
    panel = random_panel(1)
    with pytest.raises(CallError, match="Known: did, same_state"):
        permutation_test(panel, "rat_held", "treated", PRE, POST, estimator="ols")
    with pytest.raises(CallError, match="draws are none"):
        permutation_test(panel, "rat_held", "treated", PRE, POST, draws=0)
