"""The herd: stock identity by hand, the demo's planted gap and impossible records, rates with exact limits, the published timeline."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kopanalysis as ka
from kopanalysis.errors import DataError
from kopanalysis.metrics.herd_findings import twice_uncounted
from kopanalysis.metrics.herd_rates import head_years
from kopanalysis.truth.district import draw_district
from kopanalysis.truth.office_files import DEMO_EFFECTS, DEMO_SEED

COLUMNS = ["date", "group_name", "fund", "event", "heads", "sex", "document"]
CLEAN = [
    ("2022-01-10", "A", "APBD", "contracted", 20, "", ""),
    ("2022-01-15", "A", "APBD", "accepted", 20, "female", "B/1"),
    ("2022-06-01", "A", "APBD", "born", 4, "", ""),
    ("2022-07-01", "A", "APBD", "died", 2, "", ""),
    ("2022-08-01", "A", "APBD", "sold", 3, "", ""),
    ("2022-09-01", "A", "APBD", "sold_sick", 1, "", ""),
    ("2022-10-01", "A", "APBD", "lost", 1, "", ""),
    ("2022-11-01", "A", "APBD", "redistributed", 2, "", ""),
    ("2022-12-01", "A", "APBD", "bought", 1, "female", "B/2"),
    ("2022-12-31", "A", "APBD", "counted", 14, "", ""),
]


def herd(*rows: tuple[Any, ...]) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows), columns=COLUMNS)
    return frame.assign(date=pd.to_datetime(frame["date"]), source_rows=[f"S01:{row}" for row in range(2, len(rows) + 2)])


def kinds(*rows: tuple[Any, ...]) -> list[str]:
    return ka.herd_findings(herd(*rows)).data["finding"].tolist()


def test_the_identity_by_hand() -> None:
    line = ka.herd_balance(herd(*CLEAN)).data.iloc[0]
    assert line["expected"] == 20 + 4 + 1 - 2 - 3 - 1 - 1 - 2 == 16
    assert (line["last_counted"], line["gap"], line["since_count"]) == (14, 2, 0)
    assert str(line["counted_on"])[:10] == "2022-12-31"


def test_numbers_of_every_event_and_the_gap() -> None:
    table = ka.herd_balance(herd(*CLEAN))
    values = {number.name: number.value for number in table.numbers}
    assert values["cattle.gap"] == 2
    assert {name: values[f"cattle.heads.{name}"] for name in ("accepted", "born", "died", "sold", "sold_sick", "lost")} == {
        "accepted": 20, "born": 4, "died": 2, "sold": 3, "sold_sick": 1, "lost": 1,
    }  # fmt: skip


def test_what_happens_after_the_last_count_is_not_in_the_gap() -> None:
    line = ka.herd_balance(herd(*CLEAN, ("2023-02-01", "A", "APBD", "sold", 5, "", ""))).data.iloc[0]
    assert (line["gap"], line["since_count"], line["sold"]) == (2, -5, 8)


def test_a_count_before_anything_else_is_the_opening() -> None:
    line = ka.herd_balance(herd(("2022-01-01", "A", "", "counted", 7, "", ""), ("2022-02-01", "A", "", "died", 1, "", ""),
                                ("2022-03-01", "A", "", "counted", 6, "", ""))).data.iloc[0]  # fmt: skip
    assert (line["opening"], line["expected"], line["gap"]) == (7, 6, 0)


def test_groups_never_counted_have_no_gap_and_stand_apart() -> None:
    rows = [*CLEAN, ("2022-01-15", "B", "APBD", "accepted", 9, "female", "B/9")]
    by_group = ka.herd_balance(herd(*rows)).data.set_index("group_name")
    assert by_group["gap"].isna().tolist() == [False, True]
    total = ka.herd_balance(herd(*rows), by=("fund",))
    line = total.data.iloc[0]
    assert line["expected"] == line["last_counted"] + line["gap"] + line["uncounted"] == 25
    assert (total.number("cattle.gap").value, total.number("cattle.uncounted").value) == (2, 1)


def test_each_year_begins_from_the_count_of_the_last() -> None:
    rows = [*CLEAN, ("2023-03-01", "A", "APBD", "died", 1, "", ""), ("2023-12-01", "A", "APBD", "counted", 12, "", "")]
    data = ka.herd_balance(herd(*rows), by=("year",)).data.set_index("year")
    assert data["opening"].tolist() == [0, 14]
    assert data["gap"].tolist() == [2, 1]
    assert data["died"].sum() == 3


FLOW_SIGNS = {"accepted": 1, "born": 1, "bought": 1, "died": -1, "sold": -1, "sold_sick": -1, "lost": -1, "redistributed": -1}


@st.composite
def ledgers(draw: Any) -> pd.DataFrame:
    """Any ledger of three groups and two funds over four years, events without a date among them."""
    count = draw(st.integers(1, 25))
    rows = []
    for _ in range(count):
        event = draw(st.sampled_from([*FLOW_SIGNS, "counted"]))
        day = f"{draw(st.integers(2020, 2023))}-{draw(st.integers(1, 12)):02d}-15"
        dated = event == "counted" or draw(st.integers(0, 9)) > 0
        group, fund, heads = draw(st.sampled_from("ABC")), draw(st.sampled_from("XY")), draw(st.integers(0, 30))
        rows.append((day if dated else None, group, fund, event, heads, "", ""))
    return herd(*rows)


@given(ledgers())
@settings(max_examples=60, deadline=None)
def test_every_year_adds_up_and_begins_where_the_last_ended(frame: pd.DataFrame) -> None:
    data = ka.herd_balance(frame, ("fund", "year")).data
    amounts = data.drop(columns=["fund", "year", "counted_on"]).fillna(0.0)
    flows = sum(sign * amounts[event] for event, sign in FLOW_SIGNS.items())
    left = amounts["last_counted"] + amounts["uncounted"] + amounts["since_count"]
    assert (amounts["opening"] + flows).tolist() == pytest.approx((left + amounts["gap"]).tolist())
    for _, own in data.assign(left=left).groupby("fund"):
        years = range(int(own["year"].min()), int(own["year"].max()) + 1)
        by_year = own.set_index("year").reindex(years)[["opening", "left"]].astype(float).fillna(0.0)
        assert by_year["opening"].iloc[1:].tolist() == pytest.approx(by_year["left"].iloc[:-1].tolist())
    for event in FLOW_SIGNS:  # nothing is lost
        assert data[event].sum() == frame.loc[frame["event"] == event, "heads"].sum()
    last = data[data["year"] == data["year"].max()]
    ends = ka.herd_balance(frame, ("fund",)).data.fillna({"last_counted": 0.0})
    whole = ends["last_counted"].sum() + ends["uncounted"].sum() + ends["since_count"].sum()
    assert left[last.index].sum() == pytest.approx(whole)


def test_stock_is_carried_through_years_without_an_event() -> None:
    rows = [*CLEAN, ("2022-01-15", "B", "APBD", "accepted", 9, "", ""), ("2024-03-01", "A", "APBD", "born", 1, "", ""),
            ("2024-06-01", "C", "APBD", "counted", 5, "", "")]  # fmt: skip
    data = ka.herd_balance(herd(*rows), ("fund", "year")).data.set_index("year")
    assert data["opening"].tolist() == [5, 28, 28]  # the five of C stood there before the ledger began
    assert data["uncounted"].tolist() == [14, 28, 24]
    assert data["groups"].tolist() == [3, 3, 3]
    assert pd.isna(data.loc[2023, "last_counted"])


def test_the_demos_first_year_holds_the_heads_that_nobody_counted(demo_office: Any) -> None:
    table = ka.herd_balance(ka.herd_ledger(demo_office, region="13.11"), ("fund", "year"))
    line = table.data.set_index(["fund", "year"]).loc[("APBD", 2022)]
    assert 0 + 148 + 19 - 3 - 10 == line["last_counted"] + line["gap"] + line["uncounted"] == 145 + 1 + 8


def test_the_gap_of_each_fund_is_a_number_of_the_table_by_fund_alone(demo_office: Any) -> None:
    ledger = ka.herd_ledger(demo_office, region="13.11")
    table = ka.herd_balance(ledger, ("fund",))
    assert (table.number("cattle.gap.dks").value, table.number("cattle.gap.apbd").value) == (71, 8)
    assert not [number for number in ka.herd_balance(ledger, ("kecamatan", "fund")).numbers if number.name.startswith("cattle.gap.")]


def test_uncounted_heads_with_a_paper_under_two_funds_may_stand_twice(demo_office: Any) -> None:
    assert twice_uncounted(ka.herd_ledger(demo_office, region="13.11")).number("cattle.twice_uncounted").value == 8
    shared = [("2022-01-20", "B", "APBD", "accepted", 6, "female", "d-1 "), ("2022-02-20", "B", "APBD", "accepted", 9, "female", "Z/3")]
    found = twice_uncounted(herd(MALES, ("2022-06-01", "A", "DKS", "counted", 10, "", ""), *shared))
    assert found.data.to_numpy().tolist() == [["B", "APBD", 6.0]]  # not the nine under a paper of their own
    counted = herd(MALES, *shared, ("2022-07-01", "B", "APBD", "counted", 15, "", ""), ("2022-07-01", "A", "DKS", "counted", 10, "", ""))
    assert twice_uncounted(counted).number("cattle.twice_uncounted").value == 0


def test_order_of_the_rows_changes_nothing() -> None:
    frame = herd(*CLEAN)
    for seed in range(5):
        pd.testing.assert_frame_equal(ka.herd_balance(frame).data, ka.herd_balance(frame.sample(frac=1, random_state=seed)).data)


def test_no_gap_is_made_up_and_an_empty_ledger_is_empty() -> None:
    table = ka.herd_balance(herd())
    assert table.data.empty
    assert table.number("cattle.gap").value is None
    assert ka.herd_chain(herd()).data.empty
    assert ka.herd_rates(herd()).data.empty
    assert ka.herd_findings(herd()).number("cattle.findings").value == 0
    with pytest.raises(DataError, match="group_name"):
        ka.herd_balance(pd.DataFrame({"event": [], "heads": [], "date": []}))


def test_promise_and_delivery_are_kept_apart() -> None:
    chain = ka.herd_chain(herd(*CLEAN)).data.set_index("stage")["heads"]
    assert (chain["contracted"], chain["accepted"], chain["last_counted"]) == (20, 20, 14)
    assert chain[["announced", "arrived", "cancelled"]].isna().all()  # nobody wrote them down: missing, not zero


def test_a_clean_ledger_has_no_findings() -> None:
    assert kinds(*CLEAN) == []


MALES = ("2022-01-15", "A", "DKS", "accepted", 10, "male", "D/1")


@pytest.mark.parametrize(
    ("rows", "kind"),
    [
        ([MALES, ("2022-09-01", "A", "DKS", "born", 1, "", "")], "birth_from_males"),
        ([MALES, ("2022-01-20", "B", "APBD", "accepted", 10, "female", "d-1 ")], "double_funding"),
        ([MALES, ("2022-02-01", "A", "APBD", "accepted", 10, "male", "X/7")], "double_delivery"),
        ([MALES, ("2022-03-01", "A", "DKS", "sold", 10, "", ""), ("2022-04-01", "A", "DKS", "died", 1, "", "")], "event_after_empty"),
        ([MALES, ("2022-03-01", "A", "DKS", "counted", 0, "", ""), ("2022-04-01", "A", "DKS", "counted", 3, "", "")], "event_after_empty"),
        ([MALES, ("2022-03-01", "A", "DKS", "sold", 12, "", "")], "stock_below_zero"),
        ([("2021-12-01", "A", "DKS", "contracted", 8, "", ""), MALES], "accepted_over_contracted"),
        ([("2021-12-01", "A", "DKS", "arrived", 12, "", ""),
          ("2021-12-02", "A", "DKS", "rejected", 4, "", ""), MALES], "accepted_over_arrived"),
        ([MALES, ("2022-03-01", "A", "DKS", "counted", 11, "", "")], "count_above_expected"),
    ],
)  # fmt: skip
def test_each_impossible_record_is_found(rows: list[tuple[Any, ...]], kind: str) -> None:
    assert kinds(*rows) == [kind]


@pytest.mark.parametrize(
    "rows",
    [
        [MALES, ("2022-02-15", "A", "DKS", "bought", 2, "female", ""), ("2022-09-01", "A", "DKS", "born", 1, "", "")],
        [("2022-01-15", "A", "DKS", "accepted", 10, "", ""), ("2022-09-01", "A", "DKS", "born", 1, "", "")],  # sex unknown
        [MALES, ("2022-06-01", "A", "DKS", "accepted", 10, "male", "D/1")],  # one document, two deliveries, one fund
        [MALES, ("2022-06-20", "A", "APBD", "accepted", 10, "male", "X/7")],  # five months apart
        [MALES, ("2022-03-01", "A", "DKS", "sold", 10, "", ""), ("2022-04-01", "A", "DKS", "accepted", 5, "male", "D/2")],
    ],
)
def test_what_can_be_is_not_accused(rows: list[tuple[Any, ...]]) -> None:
    assert kinds(*rows) == []


def test_head_years_by_hand() -> None:
    frame = herd(("2022-01-01", "A", "F", "accepted", 10, "", ""), ("2022-07-02", "A", "F", "died", 2, "", ""),
                 ("2023-01-01", "A", "F", "counted", 6, "", ""))  # fmt: skip
    assert head_years(frame, pd.Timestamp("2023-01-01")) == pytest.approx((10 * 182 + 8 * 183) / 365.25)
    table = ka.herd_rates(frame)
    died = table.number("cattle.rate.died.f")
    years = (10 * 182 + 8 * 183) / 365.25
    assert (died.value, died.low, died.high) == pytest.approx((100 * 2 / years, 100 * 0.24221 / years, 100 * 7.22469 / years), rel=1e-4)
    assert table.number("cattle.rate.sold_sick.f").value == 0


def planted() -> tuple[int, int]:
    """Gap of the clean demonstration ledger by fund, in plain Python."""
    gaps = {"DKS": 0.0, "APBD": 0.0}
    rows = (
        draw_district(DEMO_SEED, inactive=49, foot_and_mouth=True, **DEMO_EFFECTS).tables["cattle"].sort_values("date").to_dict("records")
    )
    for group in {row["group_name"] for row in rows}:
        mine = [row for row in rows if row["group_name"] == group]
        sign = {"accepted": 1, "born": 1, "died": -1, "sold": -1, "sold_sick": -1, "redistributed": -1}
        counts = [row["heads"] for row in mine if row["event"] == "counted"]
        if counts:
            gaps[mine[0]["fund"]] += sum(sign.get(row["event"], 0) * row["heads"] for row in mine) - counts[-1]
    return int(gaps["DKS"]), int(gaps["APBD"])


def test_the_demos_planted_gap_births_and_double_funding_are_found(demo_office: Any) -> None:
    ledger = ka.herd_ledger(demo_office, region="13.11")
    table = ka.herd_balance(ledger, ("fund",))
    dks, apbd = planted()
    assert (dks, apbd) == (69, 8)
    # two births that can't be raise the books of DKS; the eight heads under two funds were never counted there
    assert table.data.set_index("fund")["gap"].to_dict() == {"DKS": dks + 2, "APBD": apbd}
    assert table.number("cattle.gap").value == dks + 2 + apbd
    assert table.number("cattle.uncounted_heads").value == 8
    found = ka.herd_findings(ledger).data
    assert found[["finding", "group_name", "heads"]].to_numpy().tolist() == [
        ["birth_from_males", "Satujuan", 2], ["double_funding", "Harapan Basamo", 8],
    ]  # fmt: skip


def test_every_way_to_add_up_gives_the_same_gap(demo_office: Any) -> None:
    ledger = ka.herd_ledger(demo_office, region="13.11")
    for by in (("fund",), ("fund", "group_name"), ("kecamatan", "fund")):
        assert ka.herd_balance(ledger, by).number("cattle.gap").value == 79


def test_nothing_later_than_as_of_is_used(demo_office: Any) -> None:
    early = ka.herd_ledger(demo_office, "2022-08-25", "13.11")
    assert early["date"].max() <= pd.Timestamp("2022-08-25")
    assert "redistributed" not in set(early["event"])


def test_the_published_timeline_with_its_contradictions() -> None:
    table = ka.cattle_timeline(ka.load_pipeline(), "DKS")
    data = table.data
    whole = data[(data["stage"] == "announced") & (data["group"] == "all") & (data["budget_year"] == "2021")]
    groups = data[(data["stage"] == "announced") & (data["group"] != "all")]
    assert (whole["heads"].tolist(), groups["heads"].tolist()) == ([1000], [200] * 5)  # a total and its parts, never 2,000
    assert table.number("published.cattle.dks.announced.2021.2021-09-27.all").value == 1000
    found = data[data["conflict"] != "no"]
    assert [tuple(row) for row in found[["date", "stage", "heads", "conflict"]].to_numpy()] == [
        ("2021-11", "arrived", 100, "group_over_total"), ("2022-01", "accepted", 85, "group_over_total"),
        ("2022-03-28", "ill", 55, "other_print"), ("2022-04-21", "announced", 500, "expected_after_cancelled"),
        ("2023-10-25", "reported_given", 500, "given_without_count"), ("2024-06-23", "reported_given", 500, "given_without_count"),
    ]  # fmt: skip
    assert data["date"].is_monotonic_increasing
    assert len(data) == 23
    assert data.loc[data["stage"] == "rejected", "heads"].isna().all()  # "most" were returned: no number was printed


def test_one_event_printed_as_done_and_as_planned() -> None:
    data = ka.cattle_timeline(ka.load_pipeline(), "Suka Sapi").data
    assert set(data.loc[data["conflict"] == "done_and_planned", "date"]) == {"2023-08-29", "2023-10-25"}
    assert set(data.loc[data["budget_year"] == "2022", "conflict"]) == {"no"}
