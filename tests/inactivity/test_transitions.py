"""Transitions: hand counts, additivity, and the biased early years left out."""

from __future__ import annotations

import pandas as pd
import pytest

import kopanalysis as ka


def by_hand(panel: pd.DataFrame, first: int) -> dict[tuple[str, str], int]:
    counts: dict[tuple[str, str], int] = {}
    lines = ka.classify(panel)
    for _, own in lines.groupby("coop_id"):
        status = dict(zip(own["book_year"], own["status"], strict=True))
        for year, origin in status.items():
            if year >= first and year + 1 in status and origin in ("active", "inactive"):
                key = (origin, status[year + 1])
                counts[key] = counts.get(key, 0) + 1
    return counts


def test_counts_are_those_of_a_plain_loop(full_panel: pd.DataFrame) -> None:
    table = ka.transitions(full_panel)
    counts = by_hand(full_panel, 2015)
    for row in table.data.itertuples():
        assert row.count == counts.get((row[1], row.to), 0)


def test_shares_of_an_origin_add_up(full_panel: pd.DataFrame) -> None:
    data = ka.transitions(full_panel).data
    assert data.groupby("from")["share"].sum().round(12).eq(1).all()
    assert (data["conf_low"] <= data["share"]).all()
    assert (data["share"] <= data["conf_high"]).all()


def test_names_of_the_registry(full_panel: pd.DataFrame) -> None:
    table = ka.transitions(full_panel)
    number = table.number("transition.active.inactive")
    assert number.n == table.data["n"].iloc[0]
    assert number.low is not None
    assert number.low < number.value < number.high
    with pytest.raises(KeyError):
        table.number("transition.active.lost")
