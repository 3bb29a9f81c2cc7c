"""Records: frozen, tidy, and safe in the public edition."""

from __future__ import annotations

import pickle

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kopanalysis.results import EDITION_VARIABLE, TIDY_COLUMNS, Estimate, Number, Table, small_cells

COUNTS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=8)


def as_frame(rows: list[tuple[int, int, int]]) -> pd.DataFrame:
    data = pd.DataFrame(rows, columns=["active", "inactive", "new"])
    return data.assign(total=data.sum(axis=1), rate=data["active"] / data.sum(axis=1).clip(lower=1))


@settings(deadline=None)
@given(COUNTS)
def test_no_small_count_is_shown_nor_found_by_subtraction(rows: list[tuple[int, int, int]]) -> None:
    data = as_frame(rows)
    parts = ("active", "inactive", "new")
    hidden = small_cells(data, parts, "total", {"rate": ("active", "total")})
    for row in range(len(data)):
        shown = [name for name in parts if (row, name) not in hidden]
        assert all(data[name].iloc[row] == 0 or data[name].iloc[row] >= 5 for name in shown)
        missing = [name for name in parts if (row, name) in hidden]
        if len(missing) == 1 and (row, "total") not in hidden:
            assert all(data[name].iloc[row] == 0 for name in shown) or len(shown) == 0
    for row, name in hidden:
        if name == "active":
            assert (row, "rate") in hidden


@settings(deadline=None)
@given(COUNTS)
def test_hiding_goes_down_the_columns_of_an_additive_table(rows: list[tuple[int, int, int]]) -> None:
    data = as_frame(rows)
    hidden = small_cells(data, ("active", "inactive", "new"), "total", additive=True)
    for name in ("active", "inactive", "new"):
        missing = [row for row in range(len(data)) if (row, name) in hidden]
        others = [data[name].iloc[row] for row in range(len(data)) if row not in missing]
        assert len(missing) != 1 or not any(others)


def test_the_public_table_never_holds_the_small_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    data = as_frame([(20, 3, 10), (9, 9, 9)])
    number = Number("inactive.count", 3, "cooperatives", n=33, cell=(0, "inactive"))
    monkeypatch.setenv(EDITION_VARIABLE, "public")
    table = Table("t", data, ("active", "inactive", "new"), "total", {"rate": ("active",)}, numbers=(number,))
    assert pd.isna(table.data["inactive"].iloc[0])
    assert pd.isna(table.tidy()["new"].iloc[0])  # its complement
    assert table.numbers[0].value is None
    assert table.numbers[0].text("id") == "<5"
    assert "…" in table.text("id").splitlines()[1]  # a hidden ten must not be called less than five
    assert data["inactive"].iloc[0] == 3


def test_the_public_edition_has_no_rows_that_name_cooperatives(monkeypatch: pytest.MonkeyPatch) -> None:
    data = pd.DataFrame({"name": ["KSU Contoh"], "2021": ["active"]})
    monkeypatch.setenv(EDITION_VARIABLE, "public")
    assert Table("ribbon", data, names_units=True).tidy().empty


def test_records_are_frozen_and_travel() -> None:
    estimate = Estimate("att", 0.12, 0.1, n_units=127, method="did")
    assert tuple(estimate.tidy().columns) == TIDY_COLUMNS
    assert pickle.loads(pickle.dumps(estimate)) == estimate
    with pytest.raises(AttributeError):
        estimate.estimate = 1.0  # type: ignore[misc]


def test_what_hides_a_small_count_stays_told_apart_however_often_it_is_hidden() -> None:
    large, small = Number("a", 56, "cooperatives"), Number("b", 3, "cooperatives")
    assert large.hidden().hidden().text("id") == "…"
    assert small.hidden().hidden().text("id") == "<5"
