"""Rows as ranges and calls as chains."""

from __future__ import annotations

import json

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from kopanalysis.lineage import Call, Rows, call_of, recorded

TOKENS = st.lists(st.tuples(st.sampled_from(["S01", "S02", "P01"]), st.integers(1, 400)), max_size=60)


@given(TOKENS)
def test_rows_keep_every_token_once(pairs: list[tuple[str, int]]) -> None:
    rows = Rows.of(f"{source}:{row}" for source, row in pairs)
    assert list(rows) == sorted(set(pairs))
    assert len(rows) == len(set(pairs))
    assert Rows.from_dict(json.loads(json.dumps(rows.as_dict()))) == rows


@given(TOKENS, TOKENS)
def test_union_of_rows(left: list[tuple[str, int]], right: list[tuple[str, int]]) -> None:
    one, other = (Rows.of(" ".join(f"{s}:{r}" for s, r in pairs).split()) for pairs in (left, right))
    assert set(one | other) == set(left) | set(right)
    assert Rows.union([one, other, one]) == one | other == Rows.of(f"{s}:{r}" for s, r in (*left, *right))


def test_ranges_are_short() -> None:
    assert Rows.of(["S01:5 S01:6 S01:7", "S01:9"]).as_dict() == {"S01": "5-7,9"}


@recorded
def double(frame: pd.DataFrame, times: int = 2, columns: tuple[str, ...] = ("a",)) -> pd.DataFrame:
    return frame[list(columns)] * times


def test_a_chain_of_calls_survives_json() -> None:
    frame = pd.DataFrame({"a": [1]})
    call = call_of(double(double(frame), times=3))
    assert call is not None
    assert call.function.endswith("double")
    assert call.arguments == {"times": 3, "columns": ["a"]}
    assert call.input is not None
    assert call.input.arguments["times"] == 2
    assert Call.from_dict(json.loads(json.dumps(call.as_dict()))) == call
