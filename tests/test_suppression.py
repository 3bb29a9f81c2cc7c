"""What the public edition hides: small counts, what would give them away, and nothing that a solver can find."""

from __future__ import annotations

from itertools import product

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kopanalysis.results import EDITION_VARIABLE, Curve, Number, Table
from kopanalysis.suppression import Sum, betrays, coarse_steps, small_cells, sums_across

ROWS = st.lists(st.tuples(st.integers(0, 14), st.integers(0, 14)), min_size=1, max_size=3)


@pytest.fixture
def public(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(EDITION_VARIABLE, "public")


def transitions() -> pd.DataFrame:
    return pd.DataFrame({"from": ["a"] * 3 + ["b"] * 2, "to": list("abcab"), "count": [652, 48, 2, 24, 384], "n": [702] * 3 + [408] * 2})


def test_rows_add_up_only_with_their_own() -> None:
    assert small_cells(transitions(), ("count",), additive=True, within=("from",)) == {(2, "count"), (1, "count")}


def test_a_headline_stays_where_another_can_go() -> None:
    stays = [(0, "count"), (4, "count")]
    assert small_cells(transitions(), ("count",), additive=True, within=("from",), first=stays) == {(2, "count"), (0, "count")}


def test_four_and_four_of_eight_hide_nothing_until_the_eight_is_hidden_too() -> None:
    data = pd.DataFrame({"drawn": [4, 20, 36], "waiting": [4, 22, 31], "eligible": [8, 42, 67]})
    hidden = small_cells(data, ("drawn", "waiting"), "eligible", additive=True)
    assert {(0, "drawn"), (0, "waiting"), (0, "eligible"), (1, "eligible")} <= hidden
    assert not any(row == 2 for row, _ in hidden)


def test_a_small_rest_is_guarded_as_a_small_count() -> None:
    data = pd.DataFrame({"yes": [13, 9], "n": [15, 15], "share": [13 / 15, 9 / 15]})
    assert small_cells(data, ("yes",), derived={"share": ("yes",)}, of={"n": ("yes",)}) == {(0, "yes"), (0, "share")}


def test_columns_whose_sum_is_printed_elsewhere_hide_together() -> None:
    data = pd.DataFrame({"treated": [3, 8], "others": [48, 53]})
    assert small_cells(data, ("treated", "others"), sums=sums_across(2, "treated", "others")) == {(0, "treated"), (0, "others")}


def test_a_part_that_leaves_a_small_rest_of_its_whole_is_hidden() -> None:
    data = pd.DataFrame({"counted": [132, 128]})
    assert (1, "counted") in small_cells(data, ("counted",), sums=[Sum(((1, "counted"),), (0, "counted"), rest=True)])


@settings(deadline=None, max_examples=60)
@given(ROWS)
def test_no_hidden_cell_has_one_value_only(rows: list[tuple[int, int]]) -> None:
    """Every table with the same labels, sums and printed cells is tried: each hidden cell of a row that isn't whole differs in one."""
    data = pd.DataFrame(rows, columns=["a", "b"])
    data["total"] = data["a"] + data["b"]
    hidden = small_cells(data, ("a", "b"), "total")
    for row in range(len(data)):
        mine = [name for name in ("a", "b", "total") if (row, name) in hidden]
        options = {tuple(line[name] for name in mine) for line in possible(data.iloc[row], mine)}
        for place, name in enumerate(mine):
            assert len({option[place] for option in options}) > 1, (row, name)


def possible(line: pd.Series, hidden: list[str]) -> list[dict[str, int]]:
    found = []
    for a, b in product(range(40), repeat=2):
        guess = {"a": a, "b": b, "total": a + b}
        shown = all(guess[name] == line[name] for name in guess if name not in hidden)
        if shown and all((0 < guess[name] < 5) == (0 < line[name] < 5) for name in hidden):
            found.append(guess)
    return found


@pytest.mark.parametrize(
    ("share", "n", "told"), [(2 / 50, 50, True), (48 / 50, 50, True), (0.5, 50, False), (0.0, 50, False), (0.123, 50, False)]
)
def test_a_share_that_gives_a_small_count_away(share: float, n: int, told: bool) -> None:
    assert betrays(share, n) is told


@pytest.mark.usefixtures("public")
def test_numbers_hide_what_they_give_away() -> None:
    assert Number("rest", 13, "cooperatives", n=15).text("id") == "…"
    assert Number("small", 3, "cooperatives", n=15).text("id") == "<5"
    assert Number("share", 3 / 15, "share", 0.07, 0.45, 0.95, 15, method="wilson").low is None
    assert Number("three", 12.0, "idr", n=3).value is None
    assert Number("many", 9, "cooperatives", n=15).value == 9


@pytest.mark.usefixtures("public")
def test_a_cell_is_hidden_with_its_number_and_text_or_dates_with_their_count() -> None:
    data = pd.DataFrame({"count": [13, 9], "n": [15, 15], "verdict": ["one", "many"], "day": pd.to_datetime(["2024-01-01", "2024-02-01"])})
    number = Number("rest", 13, "cooperatives", n=15, cell=(0, "count"))
    table = Table("t", data, ("count",), derived={"verdict": ("count",), "day": ("count",)}, numbers=(number,))
    assert table.data.isna().sum().to_dict() == {"count": 1, "n": 0, "verdict": 1, "day": 1}
    assert (0, "count") in table.complements


def steps() -> pd.DataFrame:
    return pd.DataFrame({"term": "all", "time": range(1, 9), "estimate": [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2],
                         "n_risk": [40, 38, 36, 30, 24, 18, 12, 4], "n_event": [2, 2, 6, 6, 1, 1, 8, 2]})  # fmt: skip


def test_a_public_curve_steps_only_where_five_or_more_events_were() -> None:
    shown = coarse_steps(steps())
    assert list(shown["time"]) == [3, 4, 7]
    assert list(shown["n_event"]) == [10, 6, 10]


def test_terms_that_add_up_keep_the_same_times() -> None:
    other = steps().assign(term="other", n_event=[0, 1, 0, 4, 0, 0, 5, 0])
    shown = coarse_steps(pd.concat([steps(), other]), together=True)
    assert {term: list(mine["time"]) for term, mine in shown.groupby("term")} == {"all": [4, 7], "other": [4, 7]}


@pytest.mark.usefixtures("public")
def test_a_curve_without_a_row_can_be_drawn() -> None:
    assert Curve("empty", steps().iloc[:0]).drawn().empty
    assert Curve("empty", steps().iloc[:0]).drawn(together=True).empty
