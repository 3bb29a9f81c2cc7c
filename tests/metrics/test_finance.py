"""Finance: ratios by hand, targets only where they apply, growth net of grants, medians with intervals that hold."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import kopanalysis as ka
from kopanalysis.errors import DataError
from kopanalysis.metrics.intervals import median_interval, poisson_rate

BOOKS = pd.DataFrame({
    "coop_id": ["a", "a", "b"], "book_year": [2022, 2023, 2023], "assets_idr": [100.0, 130.0, 200.0], "grant_assets_idr": [0.0, 40.0, None],
    "loans_idr": [70.0, 75.0, 0.0], "problem_loans_idr": [2.0, 4.5, 0.0], "savings_idr": [50.0, 60.0, 10.0], "cash_idr": [10.0, 12.0, 9.0],
    "surplus_idr": [5.0, 6.5, -2.0], "members": [20.0, 24.0, 30.0],
})  # fmt: skip


def value(table: Any, coop: str, year: int, ratio: str) -> Any:
    data = table.data
    return data[(data["coop_id"] == coop) & (data["book_year"] == year) & (data["ratio"] == ratio)].iloc[0]


@pytest.mark.parametrize(
    ("ratio", "year", "expected", "light"),
    [("E1", 2022, 70.0, "within"), ("E1", 2023, 100 * 75 / 130, "near"), ("A1", 2022, 100 * 2 / 70, "within"), ("A1", 2023, 6.0, "near"),
     ("L1", 2023, 20.0, "within"), ("S10", 2023, 20.0, "within"), ("S11", 2023, 30.0, "no_target"), ("S11_net", 2023, -10.0, "no_target"),
     ("R12", 2023, 5.0, "no_target"), ("E5", 2022, 50.0, "outside")],
)  # fmt: skip
def test_ratios_by_hand(ratio: str, year: int, expected: float, light: str) -> None:
    found = value(ka.pearls(BOOKS), "a", year, ratio)
    assert found["value"] == pytest.approx(expected)
    assert found["light"] == light


def test_no_loans_no_delinquency_and_no_growth_without_a_year_before() -> None:
    table = ka.pearls(BOOKS)
    assert value(table, "b", 2023, "A1")["reason"] == "denominator_not_positive"
    assert value(table, "b", 2023, "S11")["reason"] == "input_missing"
    assert value(table, "b", 2023, "A1")["light"] is None


def test_only_savings_and_loan() -> None:
    typed = BOOKS.assign(type=["Simpan Pinjam", "Simpan Pinjam", "Produsen"])
    assert set(ka.pearls(typed).data["coop_id"]) == {"a"}
    assert ka.pearls(typed.assign(type="Produsen")).data.empty


def test_unverified_ratios_are_flagged() -> None:
    data = ka.pearls(BOOKS).data
    assert data.loc[data["ratio"] == "S11", "unverified"].str.contains("finance.pearls.S11").all()
    assert (data.loc[data["ratio"] == "R12", "unverified"] == "").all()


def test_two_accounts_of_one_year_are_refused() -> None:
    with pytest.raises(DataError, match="two accounts"):
        ka.pearls(pd.concat([BOOKS, BOOKS.iloc[:1]]))


def test_growth_that_is_only_the_grant(demo_office: Any) -> None:
    books = BOOKS.assign(assets_net_idr=BOOKS["assets_idr"] - BOOKS["grant_assets_idr"].fillna(0), source_rows=["S1:1", "S1:2", "S1:3"])
    table = ka.grant_growth(books)
    assert [table.number(f"finance.grant.{term}").value for term in ("years", "only", "cooperatives")] == [1, 1, 1]
    demo = ka.grant_growth(ka.accounts_of(demo_office, region="13.11"))
    assert demo.number("finance.grant.years").value >= demo.number("finance.grant.only").value > 0


def test_median_interval_is_between_order_statistics() -> None:
    assert median_interval([1, 2, 3, 4, 5, 6]) == (3.5, 1.0, 6.0)  # 1 - 2 / 2**6 = 0.969
    assert median_interval([1, 2, 3, 4, 5, 6, 7, 8, 9]) == (5.0, 2.0, 8.0)  # 1 - 2 (1 + 9) / 2**9 = 0.961
    middle, low, high = median_interval([1, 2, 3, 4, 5])
    assert (middle, np.isnan(low), np.isnan(high)) == (3.0, True, True)
    assert all(np.isnan(median_interval([np.nan])))


@pytest.mark.parametrize(("count", "low", "high"), [(0, 0.0, 3.6889), (1, 0.0253, 5.5716), (10, 4.7954, 18.3904), (100, 81.3639, 121.6272)])
def test_exact_poisson_limits(count: int, low: float, high: float) -> None:
    rate, below, above = poisson_rate(count, 1.0)
    assert (rate, below, above) == pytest.approx((count, low, high), abs=1e-3)
    assert np.isnan(poisson_rate(count, 0.0)[0])


def test_medians_name_their_n_and_interval(demo_office: Any) -> None:
    accounts = ka.accounts_of(demo_office, region="13.11")
    table = ka.finance_medians(accounts)
    number = table.number("finance.growth_assets")
    assert number.n is not None
    assert number.low is not None
    assert number.low <= number.value <= number.high
    ratios = ka.pearls_medians(accounts, 2024)
    lights = ratios.data[["within", "near", "outside", "no_target"]].sum(axis=1)
    judged = ratios.data["target"] != ""
    assert (lights[judged] == ratios.data.loc[judged, "cooperatives"]).all()


def test_nothing_later_than_as_of_is_used(demo_office: Any) -> None:
    early = ka.accounts_of(demo_office, "2020-06-30", "13.11")
    assert early["book_year"].max() == 2019
    late = ka.accounts_of(demo_office, region="13.11")
    kept = late[late["book_year"] <= 2019]
    assert list(early["assets_idr"]) == list(kept["assets_idr"])
