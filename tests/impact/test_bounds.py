"""Bounds of a difference when outcomes are missing: by hand, and never broken by any way to fill them."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kopanalysis.errors import CallError, DataError
from kopanalysis.impact.bounds import did_bounds, imbens_manski, lee_bounds, manski_bounds


def frame(treated: list[float | None], controls: list[float | None]) -> pd.DataFrame:
    return pd.DataFrame({"y": [*treated, *controls], "d": [1] * len(treated) + [0] * len(controls)})


def test_manski_by_hand() -> None:
    # Treated 1 1 0 ?, controls 1 0 0 0 ?: treated between 2/4 and 3/4, controls between 1/5 and 2/5.
    found = manski_bounds(frame([1, 1, 0, None], [1, 0, 0, 0, None]), "y", "d")
    assert found.conf_low == pytest.approx(2 / 4 - 2 / 5)
    assert found.conf_high == pytest.approx(3 / 4 - 1 / 5)
    assert found.estimate == pytest.approx(2 / 3 - 1 / 4)
    assert (found.n_obs, found.n_units, found.n_treated) == (7, 9, 4)
    assert found.method == "manski, 1 treated and 1 controls missing"


def test_manski_with_nothing_missing_is_the_difference() -> None:
    found = manski_bounds(frame([1, 0], [0, 0]), "y", "d")
    assert (found.conf_low, found.estimate, found.conf_high) == (0.5, 0.5, 0.5)


def test_manski_with_an_arm_unknown_has_bounds_and_no_estimate() -> None:
    found = manski_bounds(frame([None, None], [1, 0]), "y", "d")
    assert math.isnan(found.estimate)
    assert (found.conf_low, found.conf_high) == (-0.5, 0.5)


def test_manski_takes_nullable_columns() -> None:
    given = frame([1, None], [0, 0])
    given["y"] = given["y"].astype("Int64")
    assert manski_bounds(given, "y", "d").conf_high == 1.0


@pytest.mark.parametrize(
    ("change", "error"),
    [({"y": 2.0}, DataError), ({"d": 1}, DataError), ({"d": 3}, CallError)],
)
def test_manski_refuses(change: dict[str, float], error: type[Exception]) -> None:
    with pytest.raises(error):
        manski_bounds(frame([1, 0], [0, 1]).assign(**change), "y", "d")


def test_manski_refuses_an_empty_range_and_an_unknown_column() -> None:
    with pytest.raises(CallError):
        manski_bounds(frame([1], [0]), "y", "d", low=1.0, high=0.0)
    with pytest.raises(CallError, match="no column"):
        manski_bounds(frame([1], [0]), "z", "d")


cell = st.sampled_from([0.0, 1.0, None])


@settings(max_examples=60, deadline=None)
@given(st.lists(cell, min_size=1, max_size=6), st.lists(cell, min_size=1, max_size=6), st.data())
def test_no_way_to_fill_the_gaps_leaves_manskis_bounds_and_both_are_reached(
    treated: list[float | None], controls: list[float | None], data: st.DataObject
) -> None:
    given_frame = frame(treated, controls)
    found = manski_bounds(given_frame, "y", "d")
    filled = [value if value is not None else data.draw(st.sampled_from([0.0, 0.5, 1.0])) for value in (*treated, *controls)]
    difference = np.mean(filled[: len(treated)]) - np.mean(filled[len(treated) :])
    assert found.conf_low is not None
    assert found.conf_high is not None
    assert found.conf_low - 1e-9 <= difference <= found.conf_high + 1e-9
    missing = [sum(value is None for value in arm) / len(arm) for arm in (treated, controls)]
    assert found.conf_high - found.conf_low == pytest.approx(sum(missing))


def test_imbens_manski_without_gaps_is_the_two_sided_normal_interval() -> None:
    found = imbens_manski(frame([1, 1, 1, 0], [1, 0, 0, 0]), "y", "d")
    error = math.sqrt(2 * (0.75 * 0.25) / 4)
    assert found.conf_low == pytest.approx(0.5 - 1.959964 * error, abs=1e-5)
    assert found.conf_high == pytest.approx(0.5 + 1.959964 * error, abs=1e-5)


def test_imbens_manski_with_wide_bounds_is_one_sided_at_each_end() -> None:
    many = frame([1] * 200 + [None] * 200, [0] * 200 + [None] * 200)
    bounds, found = manski_bounds(many, "y", "d"), imbens_manski(many, "y", "d")
    error = math.sqrt(2 * 0.25 / 400)  # lower end: treated half 1, controls half 1
    assert bounds.conf_low == pytest.approx(0.0)
    assert found.conf_low == pytest.approx(-1.644854 * error, abs=1e-4)


def test_lee_by_hand_trims_the_treated() -> None:
    # 4 of 4 treated seen, 2 of 4 controls: half of the treated is cut. Lowest two of 1 2 3 4: 1.5; highest two: 3.5; controls 2.
    given_frame = pd.DataFrame({"y": [1, 2, 3, 4, 1, 3, None, None], "d": [1] * 4 + [0] * 4, "s": [1] * 6 + [0] * 2})
    found = lee_bounds(given_frame, "y", "d", "s")
    assert (found.conf_low, found.estimate, found.conf_high) == (-0.5, 0.5, 1.5)
    assert found.method == "lee, treated trimmed by 0.5000"


def test_lee_by_hand_cuts_a_unit_in_part() -> None:
    # 3 of 3 treated seen, 2 of 3 controls: a third is cut, two of three stay; of 3 of 4 against 2 of 4 two stay as well.
    given_frame = pd.DataFrame({"y": [0, 3, 9, 9, 1, 2, 9, 9], "d": [1] * 4 + [0] * 4, "s": [1, 1, 1, 0, 1, 1, 0, 0]})
    assert lee_bounds(given_frame, "y", "d", "s").conf_low == pytest.approx(1.5 - 1.5)
    # 5 of 5 treated and 3 of 4 controls: 3.75 of the five stay.
    other = pd.DataFrame({"y": [0, 0, 1, 1, 1, 1, 1, 0, 0], "d": [1] * 5 + [0] * 4, "s": [1] * 8 + [0]})
    found = lee_bounds(other, "y", "d", "s")
    assert found.conf_low == pytest.approx(1.75 / 3.75 - 2 / 3)
    assert found.conf_high == pytest.approx(3 / 3.75 - 2 / 3)


def test_lee_trims_the_controls_where_they_are_seen_more() -> None:
    given_frame = pd.DataFrame({"y": [1, 3, None, None, 1, 2, 3, 4], "d": [1] * 4 + [0] * 4, "s": [1, 1, 0, 0, 1, 1, 1, 1]})
    found = lee_bounds(given_frame, "y", "d", "s")
    assert (found.conf_low, found.conf_high) == (2 - 3.5, 2 - 1.5)
    assert "controls" in found.method


def test_lee_refuses_what_it_cannot_read() -> None:
    given_frame = pd.DataFrame({"y": [1, None, 0, 1], "d": [1, 1, 0, 0], "s": [1, 1, 1, 1]})
    with pytest.raises(DataError, match="missing"):
        lee_bounds(given_frame, "y", "d", "s")
    with pytest.raises(DataError, match="never observed"):
        lee_bounds(given_frame.assign(s=[0, 0, 1, 1]), "y", "d", "s")


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(3, 12), st.integers(3, 12))
def test_lee_contains_the_untrimmed_difference_and_equals_it_at_equal_shares(seed: int, n_treated: int, n_controls: int) -> None:
    rng = np.random.default_rng(seed)
    d = np.array([1] * n_treated + [0] * n_controls)
    seen = rng.random(len(d)) < 0.7
    seen[0] = seen[-1] = True
    found = lee_bounds(pd.DataFrame({"y": rng.normal(size=len(d)), "d": d, "s": seen.astype(int)}), "y", "d", "s")
    assert found.conf_low is not None
    assert found.conf_high is not None
    assert found.conf_low - 1e-9 <= found.estimate <= found.conf_high + 1e-9
    everyone = lee_bounds(pd.DataFrame({"y": rng.normal(size=len(d)), "d": d, "s": 1}), "y", "d", "s")
    assert everyone.conf_low == pytest.approx(everyone.conf_high)


def test_bounds_of_did_by_hand() -> None:
    # Treated unit: before 0, after missing; control: before missing, after 1.
    panel = pd.DataFrame({"coop_id": ["a", "a", "b", "b"], "book_year": [1, 2, 1, 2], "y": [0.0, None, None, 1.0], "d": [1, 1, 0, 0]})
    found = did_bounds(panel, "y", "d", [1], [2])
    assert (found.conf_low, found.conf_high) == (0 - 1, 1 - 0)
    assert math.isnan(found.estimate)
    full = did_bounds(panel.assign(y=[0.0, 1.0, 1.0, 1.0]), "y", "d", [1], [2])
    assert (full.conf_low, full.estimate, full.conf_high) == (1.0, 1.0, 1.0)


def test_a_period_without_a_row_is_missing_in_the_bounds() -> None:
    panel = pd.DataFrame({"coop_id": ["a", "a", "b"], "book_year": [1, 2, 1], "y": [0.0, 1.0, 0.0], "d": [1, 1, 0]})
    found = did_bounds(panel, "y", "d", [1], [2])
    assert (found.conf_low, found.conf_high) == (0.0, 1.0)
