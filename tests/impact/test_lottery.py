"""The lottery: fair shares, equal chances, the same list and seed always draw the same."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kopanalysis.errors import CallError, DataError
from kopanalysis.impact.lottery import draw_lottery


def roll(*sizes: int) -> pd.DataFrame:
    places = [name for name, size in zip("abcdefg", sizes, strict=False) for _ in range(size)]
    return pd.DataFrame({"coop_id": [f"c{i:03d}" for i in range(len(places))], "kecamatan": places})


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 20), min_size=1, max_size=6), st.floats(0, 1), st.integers(0, 1000))
def test_exactly_n_are_drawn_and_each_stratum_gets_its_share_rounded(sizes: list[int], share: float, seed: int) -> None:
    eligible = roll(*sizes)
    n = round(share * len(eligible))
    drawn = draw_lottery(eligible, n, ("kecamatan",), seed)
    assert drawn["drawn"].sum() == n
    assert sorted(drawn["order"]) == list(range(1, len(eligible) + 1))
    assert (drawn["drawn"] == (drawn["order"] <= n)).all()
    places = drawn.groupby("kecamatan")["drawn"].agg(["sum", "size"])
    exact = places["size"] * n / len(eligible)
    assert (np.floor(exact - 1e-9) <= places["sum"]).all()
    assert (places["sum"] <= np.ceil(exact + 1e-9)).all()


def test_the_order_of_the_list_does_not_matter_and_nothing_is_changed_in_place() -> None:
    eligible = roll(6, 5, 4)
    before = eligible.copy()
    one = draw_lottery(eligible, 5, ("kecamatan",), 3).set_index("coop_id")
    other = draw_lottery(eligible.sample(frac=1, random_state=1), 5, ("kecamatan",), 3).set_index("coop_id")
    pd.testing.assert_frame_equal(one.sort_index(), other.sort_index())
    pd.testing.assert_frame_equal(eligible, before)
    assert not one["order"].equals(draw_lottery(eligible, 5, ("kecamatan",), 4).set_index("coop_id")["order"])


def test_everyone_has_the_same_chance_whatever_the_stratum() -> None:
    eligible = roll(1, 3, 8, 11)
    times = sum(draw_lottery(eligible, 7, ("kecamatan",), seed)["drawn"].to_numpy() for seed in range(1500)) / 1500
    expected = 7 / 23
    assert np.abs(times - expected).max() < 4.5 * np.sqrt(expected * (1 - expected) / 1500)


def test_a_missing_stratum_is_a_stratum() -> None:
    eligible = roll(4, 4).assign(kecamatan=["a"] * 4 + [None] * 4)
    drawn = draw_lottery(eligible, 4, ("kecamatan",))
    assert drawn.loc[drawn["kecamatan"].isna(), "drawn"].sum() == 2


def test_what_cannot_be_drawn_is_refused() -> None:
    eligible = roll(3)
    with pytest.raises(CallError, match="list of 3"):
        draw_lottery(eligible, 4)
    with pytest.raises(CallError, match="no column"):
        draw_lottery(eligible, 1, ("nagari",))
    with pytest.raises(CallError, match="already"):
        draw_lottery(draw_lottery(eligible, 1), 1)
    with pytest.raises(DataError, match="twice"):
        draw_lottery(pd.concat([eligible, eligible]), 1)
