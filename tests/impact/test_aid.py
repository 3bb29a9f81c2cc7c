"""Cattle aid by cooperative: who counts, what is refused, what the grant does to assets, and what groups without a cooperative could do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import kopanalysis as ka
from kopanalysis.errors import DataError
from kopanalysis.impact import aid, aid_cost, aid_effects, aid_grade, aid_links, event_time
from kopanalysis.impact.imputation import imputation
from kopanalysis.loaders.load import Office
from kopanalysis.metrics.herd_treatment import group_aid, herd_treatment
from kopanalysis.results import Check


@pytest.fixture(scope="module")
def panel(demo_office: Office) -> pd.DataFrame:
    return aid.aid_panel(demo_office, region="13.11")


@pytest.fixture(scope="module")
def sample(panel: pd.DataFrame) -> pd.DataFrame:
    return aid.aid_sample(panel)


def ledger_of(*lines: tuple[Any, ...]) -> pd.DataFrame:
    columns = ["date", "group_name", "coop_id", "fund", "event", "heads", "value_idr", "document"]
    data = pd.DataFrame(lines, columns=columns)
    data["source_rows"] = [f"S01:{row}" for row in range(5, 5 + len(data))]
    return data.assign(date=pd.to_datetime(data["date"]), kecamatan="Sangir", breed="PO", sex="female")


def test_what_a_group_was_given_by_hand() -> None:
    ledger = ledger_of(
        ("2022-01-10", "A", "c1", "APBD", "accepted", 20, 400e6, "B/1"),
        ("2022-03-01", "A", "c1", "APBD", "accepted", 5, None, ""),
        ("2022-04-01", "A", "c1", "APBD", "counted", 24, None, ""),  # 81 days: too early
        ("2022-12-20", "A", "c1", "APBD", "counted", 22, None, ""),  # 344 days: the nearest to a year
        ("2023-05-01", "A", "c1", "APBD", "counted", 18, None, ""),  # 476 days
        ("2023-11-01", "B", None, "APBD", "accepted", 10, 100e6, "B/2"),
        ("2023-09-01", "C", "c2", "APBD", "announced", 30, None, ""),
    )
    data = group_aid(ledger).set_index("group_name")
    assert list(data.index) == ["A", "B"]  # a promise is no treatment
    first = data.loc["A"]
    assert (first["heads_accepted"], first["heads_valued"], first["heads_without_document"], first["lines_without_document"]) == (
        25,
        20,
        5,
        1,
    )
    assert (first["book_year"], first["heads_later"]) == (2022, 22)
    assert pd.isna(data.loc["B", "heads_later"])
    table = herd_treatment(group_aid(ledger))
    expected = {"groups": 2, "linked_groups": 1, "unlinked_groups": 1, "heads_accepted": 35, "heads_linked": 25, "heads_unlinked": 10,
                "followed_groups": 1, "heads_followed": 25, "heads_later": 22, "heads_without_document": 5}  # fmt: skip
    assert {name: table.number(f"cattle.treatment.{name}").value for name in expected} == expected


def test_cost_of_a_head_by_hand() -> None:
    ledger = ledger_of(
        ("2022-01-10", "A", "c1", "APBD", "accepted", 20, 400e6, "B/1"), ("2022-12-20", "A", "c1", "APBD", "counted", 16, None, ""),
        ("2023-11-01", "B", None, "APBD", "accepted", 10, 200e6, "B/2"),
    )  # fmt: skip
    index = {year: aid_cost.price_terms()[2][year] for year in (2022, 2023, 2024)}
    early, late = 400e6 * index[2024] / index[2022] * 1.05**2, 200e6 * index[2024] / index[2023] * 1.05
    table = aid_cost.herd_cost(group_aid(ledger))
    assert table.number("cost.per_head_accepted_idr.apbd").value == pytest.approx((early + late) / 30)
    assert table.number("cost.per_head_later_idr.apbd").value == pytest.approx(early / 16)
    plain = aid_cost.herd_cost(group_aid(ledger), 2022, 0.0).number("cost.per_head_later_idr.apbd").value
    assert plain == pytest.approx(400e6 / 16)
    with pytest.raises(ka.CallError, match="price index"):
        aid_cost.herd_cost(group_aid(ledger), 1998)


def test_one_cooperative_is_described_and_left_out(panel: pd.DataFrame, sample: pd.DataFrame) -> None:
    table = aid.aid_programmes(panel).data.set_index("fund")
    assert table.loc["DKS", "verdict"] == "one_cooperative"
    assert table.loc["APBD", "verdict"] == "estimate"
    alone = set(panel.loc[panel["aid_funds"].fillna("").str.contains("DKS"), "coop_id"])
    assert len(alone) == 1
    assert not alone & set(sample["coop_id"])
    assert aid.programme_guard(panel, "DKS").passed is False
    assert aid.programme_guard(panel, "APBD").passed is True
    with pytest.raises(ka.CallError, match="is known to have received"):
        aid.programme_guard(panel, "CSR")


def test_the_sample_is_who_stood_on_the_register_when_the_aid_began(panel: pd.DataFrame, sample: pd.DataFrame) -> None:
    began = sample["aid_first"].min()
    assert began == pd.Timestamp("2022-01-10")
    assert set(sample["coop_id"]) <= set(ka.on_register(panel, "2022-01-10")["coop_id"])
    assert aid.aid_periods(sample) == ([2017, 2018, 2019, 2020], [2023, 2024])
    with pytest.raises(DataError, match="known cooperatives"):
        aid.aid_sample(panel.assign(aid_funds=pd.NA, aided=0, aid_cohort=pd.NA))


def test_the_printed_effect_is_that_of_the_imputation(sample: pd.DataFrame) -> None:
    table = aid_effects.aid_effects(sample, draws=199)
    line = imputation(sample, "rat_held", "aid_cohort", draws=199, anticipation=1).data.iloc[0]
    number = table.number("cattle.att.rat_held.imputation")
    assert (number.value, number.low, number.high) == (line["estimate"], line["conf_low"], line["conf_high"])
    timing = table.data.set_index("term").loc["timing"]
    assert timing["effect"] == number.value
    assert pd.isna(timing["effect_low"])


@pytest.mark.parametrize("seed", [0, 3, 4])
def test_without_any_effect_gross_assets_rise_and_net_assets_do_not(seed: int) -> None:
    office = ka.synthetic_district(seed, effect_cattle=0.0)
    table = aid_effects.grant_contrast(aid.aid_sample(aid.aid_panel(office, region="13.11")))
    gross, net = (table.number(f"cattle.att.{name}.did") for name in ("assets_idr", "assets_net_idr"))
    assert gross.low is not None
    assert gross.low > 0
    assert net.low is not None
    assert net.high is not None
    assert net.low < 0 < net.high
    assert table.number("cattle.grant_value").value == pytest.approx(gross.value - net.value)  # type: ignore[operator]
    assert table.number("cattle.grant_value").value == pytest.approx(4e8, rel=0.05)  # 20 heads at Rp 20 million


def test_what_could_be_seen_belongs_to_the_range_beside_it(sample: pd.DataFrame) -> None:
    table = aid_effects.aid_effects(sample, draws=199)
    for line in table.data[table.data["term"] != "timing"].to_dict("records"):
        half = (line["effect_high"] - line["effect_low"]) / 2
        assert 1.3 * half < line["mde"] < 1.6 * half, line["term"]
    assert table.number("cattle.seen.rat_held").value == table.data["mde"].iloc[0]


def test_aid_that_nobody_drew_by_lot_is_no_grade_a(sample: pd.DataFrame) -> None:
    design = aid_grade.aid_design(sample)
    assert design.grade_ceiling == "C"
    assert "shock_year" in design.reasons  # the outbreak of 2022
    assert "shock_nearby" not in design.reasons
    quiet = sample.assign(aid_cohort=sample["aid_cohort"].replace({2022: 2024}))
    calm = aid_grade.aid_design(quiet)
    assert calm.grade_ceiling == "B"
    assert "shock_year" not in calm.reasons


def test_recipients_lie_before_during_or_after_the_outbreak(sample: pd.DataFrame) -> None:
    table = aid.recipients_and_shock(sample)
    assert [table.number(f"cattle.shock.{name}").value for name in ("before", "during", "after")] == [7, 0, 11]
    moved = sample.assign(aid_first=sample["aid_first"].where(sample["aid_cohort"] != 2022, pd.Timestamp("2022-06-01")))
    assert aid.recipients_and_shock(moved).data["cooperatives"].tolist() == [0, 7, 11]
    with pytest.raises(ka.CallError, match="no shock"):
        aid.recipients_and_shock(sample, "flood")


@pytest.mark.parametrize(("price", "first"), [(393e6, 500e6), (1.0e6, 1.0e6), (2.2e6, 2.5e6), (7e6, 1e7)])
def test_the_curve_walks_in_even_round_steps(price: float, first: float) -> None:
    steps = aid_cost.round_steps(price)
    assert steps[0] == pytest.approx(first)
    assert np.diff(steps) == pytest.approx([first] * (len(steps) - 1))


def test_groups_without_a_cooperative_move_the_estimate_only_within_its_extremes(sample: pd.DataFrame) -> None:
    table = aid_links.unlinked_influence(sample, draws=99)
    point = aid_effects.aid_effects(sample, draws=19).number("cattle.att.rat_held.imputation").value
    lines = table.data.set_index("scenario")
    assert table.number("cattle.unlinked.groups").value == 11
    assert lines.loc["recipients", "low"] == lines.loc["as_linked", "high"] == pytest.approx(point)
    assert lines.loc["extremes", "low"] <= lines.loc["spread", "low"] < lines.loc["spread", "high"] <= lines.loc["extremes", "high"]
    none = aid_links.unlinked_influence(sample.assign(unlinked_groups=0), draws=19).data
    assert none[["low", "high"]].to_numpy() == pytest.approx(np.full((4, 2), point))


def test_event_times_run_from_the_false_aid_to_the_true_one(sample: pd.DataFrame) -> None:
    data = event_time.event_time(sample, "rat_held", "aid_cohort", draws=99).data
    assert data["event_time"].tolist() == [-3, -2, -1, 0, 1, 2]
    assert data["kind"].tolist() == ["before", "before", "announced", "after", "after", "after"]
    assert data["recipients"].tolist() == [18, 18, 18, 18, 18, 7]
    plain = imputation(sample, "rat_held", "aid_cohort", draws=99, anticipation=1).data.set_index("term")
    assert data.set_index("event_time").loc[0, "effect"] == plain.loc["event[0]", "estimate"]
    # what came after the false aid can't touch it: the outcome after the true one is thrown away first
    late = sample["rat_held"].where(~(sample["book_year"] >= sample["aid_cohort"] - 1).fillna(False), 1)
    changed = event_time.event_time(sample.assign(rat_held=late), "rat_held", "aid_cohort", draws=99).data
    assert changed.loc[:1, "effect"].tolist() == pytest.approx(data.loc[:1, "effect"].tolist())


def test_a_band_that_covers_too_little_is_not_shown() -> None:
    data = pd.DataFrame({"coverage": [0.95, 0.89, np.nan], "effect_low": [-0.1] * 3, "effect_high": [0.1] * 3})
    shown = event_time.shown_bands(data)
    assert shown["band"].tolist() == [True, False, False]
    assert shown["effect_low"].notna().tolist() == [True, False, False]
    lines = pd.DataFrame(
        {"method": ["att", "att"], "measure": ["coverage"] * 2, "scenario": ["none", "none_effect"], "value": [0.95, 0.91]}
    )
    assert event_time.measured_coverage("att", lines) == 0.91
    assert np.isnan(event_time.measured_coverage("event[7]", lines))


def test_a_cohort_of_under_five_is_a_dot(sample: pd.DataFrame) -> None:
    few = sample[sample["aid_cohort"] == 2022]["coop_id"].unique()[3:]
    table = event_time.by_cohort(sample[~sample["coop_id"].isin(few)], "rat_held", "aid_cohort", draws=99)
    lines = table.data.set_index("cohort_year")
    assert lines.loc[2022, "recipients"] == 3
    assert pd.isna(lines.loc[2022, "effect_low"])
    assert not pd.isna(lines.loc[2022, "effect"])


def test_the_bundle_is_refused_with_an_empty_cell() -> None:
    sample = aid.aid_sample(aid.aid_panel(ka.synthetic_district(2, empty_cell=True), region="13.11"))
    pre, post = aid.aid_periods(sample)
    counts = ka.bundle_counts(sample, "rat_held", "treated", "aided", pre, post)
    assert 0 in counts.data["n"].tolist()
    found = ka.bundle(sample, "rat_held", "treated", "aided", pre, post, draws=99)
    assert isinstance(found, Check)
    assert found.passed is False
    assert any(reason.startswith("cell_empty") for reason in found.reasons)
    assert found.table is not None
    assert set(found.table.data["basis"]) & {"monotone", "logical", "contradicted"}


def test_a_price_has_no_end_where_the_effect_may_be_zero(sample: pd.DataFrame) -> None:
    table = aid_cost.aid_cost(sample, draws=199)
    price, effect = table.number("cost.per_active_year_idr"), table.fitted["effect"]
    assert effect.conf_low < 0 < effect.conf_high
    assert price.high is None
    cost, cells = (table.number(f"cost.{name}").value for name in ("cost_idr", "cooperative_years"))
    assert price.low == pytest.approx(cost / cells / effect.conf_high)
    least = table.number("cost.least_price_idr").value
    assert least == pytest.approx(cost / cells / table.number("cost.ceiling").value)
    with pytest.raises(DataError, match="No value"):
        aid_cost.aid_cost(sample.assign(aid_value_idr=0.0), draws=19)


def test_the_grade_is_read_off_guard_and_checks(sample: pd.DataFrame) -> None:
    graded = aid_grade.aid_grade(sample, draws=99)
    assert graded.grade_ceiling == graded.numbers[0].grade == "C"
    assert {"shock_year", "imprecise"} <= set(graded.reasons)
    lines = pd.DataFrame({"method": "att", "scenario": "none", "measure": ["coverage", "size"], "value": 0.9, "low": [0.85, 0.03],
                          "high": [0.92, 0.08]})  # fmt: skip
    assert aid_grade.certificate_verdict(lines) == "red"
    assert aid_grade.certificate_verdict(lines.assign(high=0.95)) == "green"
