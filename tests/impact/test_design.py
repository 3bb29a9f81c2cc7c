"""The guard on designs that can't carry an estimate, each with words for why; and the grade."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from panels import panel_of, random_panel

import kopanalysis as ka
from kopanalysis.errors import CallError, DataError
from kopanalysis.impact.balance import balance
from kopanalysis.impact.design import describe_design
from kopanalysis.impact.did import did
from kopanalysis.impact.grade import direction, evidence_grade, grade_reasons
from kopanalysis.impact.permutation import permutation_test
from kopanalysis.impact.reasons import REASONS
from kopanalysis.impact.same_state import same_state
from kopanalysis.impact.timing import estimands, periods
from kopanalysis.results import EDITION_VARIABLE, Estimate, Table

PRE, POST = list(range(2016, 2022)), [2022, 2023, 2024]


@pytest.fixture(scope="module")
def district() -> pd.DataFrame:
    return ka.build_panel(ka.synthetic_district(3), region="13.11")


def lottery_panel(seed: int = 0, units: int = 120, n_treated: int = 60) -> pd.DataFrame:
    panel = random_panel(seed, units, n_treated, years=9)
    return panel.assign(book_year=panel["book_year"] + 1)


def estimate(term: str, value: float, low: float, high: float, p: float = 0.5) -> Estimate:
    return Estimate(term, value, conf_low=low, conf_high=high, p_value=p)


def complete(value: float = 0.0, half: float = 0.05) -> dict[str, object]:
    line = estimate("rat_held", value, value - half, value + half)
    dots = pd.DataFrame({"conf_low": [value - half] * 3, "conf_high": [value + half] * 3})
    return {
        "did": line, "same_state": line, "permutation": line, "codings": {"legal": line, "evidence": line, "unknown": line},
        "leave_one_out": Table("leave_one_out", dots), "tipping_point": None, "certificate": "green",
        "balance": Table("balance", pd.DataFrame({"flagged": [False]})),
    }  # fmt: skip


def test_the_training_can_be_c_at_best(district: pd.DataFrame) -> None:
    found = describe_design(district)
    assert found.grade_ceiling == "C"
    assert found.p_floor == 1 / 5
    assert found.n_treated == 15
    assert {"one_sector", "one_date", "shock_year", "high_floor"} <= set(found.reasons)
    assert "foot_and_mouth" in found.facts["shocks"]
    assert found.facts["pre"][-1] == 2021
    assert found.facts["post"][0] == 2022
    assert 0 < found.mde < 1


def test_a_year_left_out_is_still_the_year_of_the_programme(district: pd.DataFrame) -> None:
    found = describe_design(district, outcome="members")
    assert (found.facts["starts"], found.facts["post"][0]) == ([2022], 2023)
    assert "shock_year" in found.reasons


def test_three_treated(district: pd.DataFrame) -> None:
    three = district.assign(treated=district["coop_id"].isin(district.loc[district["treated"] == 1, "coop_id"].unique()[:3]).astype(int))
    found = describe_design(three)
    assert (found.n_treated, found.passed, found.grade_ceiling) == (3, False, "D")
    assert {"few_treated", "no_room"} <= set(found.reasons)
    assert "examples, not evidence" in found.text("en")
    assert "hanya contoh, bukan bukti" in found.text("id")


def test_all_of_a_sector_treated_and_none_left(district: pd.DataFrame) -> None:
    found = describe_design(district[(district["sector"] != "Peternakan") | (district["treated"] == 1)])
    assert found.empty_cells == ("untreated:Peternakan",)
    assert "sector_fully_treated" in found.reasons
    assert found.grade_ceiling == "C"
    assert "comparison within the sector can't be made" in found.text("en")


def test_one_year_before(district: pd.DataFrame) -> None:
    found = describe_design(district, pre=[2021], post=POST)
    assert found.grade_ceiling == "D"
    assert {"short_past", "young_treated"} <= set(found.reasons)
    assert "The data before are too short" in found.text("en")


def test_most_treated_newly_founded(district: pd.DataFrame) -> None:
    young = district.loc[district["treated"] == 1, "coop_id"].unique()[:6]
    found = describe_design(district[~district["coop_id"].isin(young) | (district["book_year"] >= 2020)])
    assert (found.facts["young_treated"], found.facts["kept_treated"], found.n_treated) == (6, 9, 15)
    assert found.grade_ceiling == "D"
    assert "newly founded" in found.text("en")
    few = describe_design(district[~district["coop_id"].isin(young[:5]) | (district["book_year"] >= 2020)])
    assert "young_dropped" in few.reasons
    assert few.grade_ceiling == "C"


def test_everyone_active_before(district: pd.DataFrame) -> None:
    held = district["rat_held"].where(~((district["treated"] == 1) & (district["book_year"] < 2022)), 1)
    found = describe_design(district.assign(rat_held=held))
    assert found.facts["room"] == 0
    assert found.grade_ceiling == "D"
    assert "the rise would be smaller than what these data could show" in found.text("en")


def test_nobody_treated_and_nobody_untreated_are_said_not_raised() -> None:
    for treated, code in (([], "no_treated"), (list(range(30)), "no_untreated")):
        panel = panel_of(np.ones((30, 9)), treated, 2016)
        found = describe_design(panel)
        assert code in found.reasons
        assert found.grade_ceiling == "D"


def test_an_empty_cell_of_two_programmes(district: pd.DataFrame) -> None:
    found = describe_design(district.assign(cattle=district["treated"]), second="cattle")
    assert found.empty_cells == ("first_only", "second_only")
    assert found.grade_ceiling == "D"


def test_the_outcome_unknown_for_too_many(district: pd.DataFrame) -> None:
    gone = district["rat_held"].where(~((district["treated"] == 1) & (district["book_year"] > 2021)))
    assert "outcome_unknown" in describe_design(district.assign(rat_held=gone), pre=PRE, post=POST).reasons


def test_a_lottery_has_no_ceiling_and_a_small_floor() -> None:
    found = describe_design(lottery_panel(), lottery=True)
    assert (found.grade_ceiling, found.reasons) == ("A", ("lottery",))
    assert found.p_floor < 1e-20


def test_what_the_treated_did_after_doesn_t_move_the_guard(district: pd.DataFrame) -> None:
    after = (district["treated"] == 1) & (district["book_year"] >= 2022)
    turned = district.assign(rat_held=district["rat_held"].where(~after, 1 - district["rat_held"]))
    one, other = describe_design(district), describe_design(turned)
    assert (one.reasons, one.mde, one.p_floor) == (other.reasons, other.mde, other.p_floor)


def test_a_count_of_three_isn_t_public(district: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(EDITION_VARIABLE, "public")
    three = district.assign(treated=district["coop_id"].isin(district.loc[district["treated"] == 1, "coop_id"].unique()[:3]).astype(int))
    found = describe_design(three)
    assert pd.isna(found.table.data.set_index("measure").loc["treated", "count"])
    assert found.numbers[0].value is None


def test_every_reason_has_words_without_a_digit() -> None:
    for code, text in REASONS.items():
        assert text.id != text.en, code
        assert not any(letter.isdigit() for letter in text.id + text.en), code


def test_timing_comes_from_the_plan(district: pd.DataFrame) -> None:
    assert next(iter(estimands().values())).outcome == "rat_held"
    assert {item.about for item in estimands().values() if item.outcome in ("business", "reported")} == {"activity", "reporting"}
    assert 2022 not in periods(district, "turnover_idr")[1]
    assert periods(district, "rat_held")[1][0] == 2022
    with pytest.raises(CallError, match="the plan has no timing"):
        periods(district.assign(luck=1), "luck")


def test_a_precise_zero_from_a_lottery_is_an_a() -> None:
    design = describe_design(lottery_panel(), lottery=True)
    assert evidence_grade(design, complete()) == "A"
    assert direction(estimate("rat_held", 0.0, -0.05, 0.05)) == "ruled_out"


@pytest.mark.parametrize(("change", "grade", "reason"), [
    ({"certificate": None}, "B", "certificate_missing"),
    ({"certificate": "red"}, "D", "certificate_red"),
    ({"permutation": estimate("rat_held", 0.0, -0.2, 0.2)}, "B", "imprecise"),
    ({"permutation": estimate("rat_held", 0.0, -0.05, 0.05, p=0.01)}, "B", "tests_disagree"),
    ({"same_state": estimate("rat_held", 0.3, 0.2, 0.4)}, "C", "bracket_disagrees"),
    ({"codings": [estimate("a", 0.0, 0, 0), estimate("b", 0.3, 0, 0)]}, "C", "codings_disagree"),
    ({"tipping_point": 0.1}, "B", "silence_decides"),
    ({"balance": Table("balance", pd.DataFrame({"flagged": [True]}))}, "B", "unbalanced"),
    ({"leave_one_out": Table("l", pd.DataFrame({"conf_low": [-0.05, 0.01], "conf_high": [0.05, 0.09]}))}, "B", "one_decides"),
    ({"tipping_point": 0.1, "permutation": estimate("rat_held", 0.0, -0.2, 0.2)}, "C", "imprecise"),
])  # fmt: skip
def test_each_open_threat_costs_its_grade(change: dict[str, object], grade: str, reason: str) -> None:
    design = describe_design(lottery_panel(), lottery=True)
    found = grade_reasons(design, complete() | change)
    assert found.grade_ceiling == grade
    assert reason in found.reasons


def test_the_grade_never_passes_the_ceiling_and_doesn_t_ask_for_significance() -> None:
    design = describe_design(lottery_panel(), lottery=True)
    for ceiling in "BCD":
        assert evidence_grade(replace(design, grade_ceiling=ceiling), complete()) == ceiling
    assert evidence_grade(design, complete(0.6)) == evidence_grade(design, complete(0.0)) == "A"


def test_estimates_alone_are_read_by_what_made_them() -> None:
    panel = lottery_panel()
    design = describe_design(panel, lottery=True)
    leading = ("rat_held", "treated", PRE, POST)
    found = grade_reasons(design, [did(panel, *leading), same_state(panel, *leading), permutation_test(panel, *leading, draws=199)])
    assert "unchecked" in found.reasons
    assert "certificate_missing" in found.reasons
    with pytest.raises(CallError, match="is no check"):
        evidence_grade(design, {"guess": 1})


def test_directions() -> None:
    assert direction(estimate("y", 0.3, 0.1, 0.5)) == "rise"
    assert direction(estimate("y", -0.3, -0.5, -0.1)) == "fall"
    assert direction(estimate("y", 0.1, -0.1, 0.4)) == "undecided"


def test_balance_flags_what_differs_and_prints_no_overlap() -> None:
    panel = random_panel(1, 40, 10).assign(members=lambda f: 50 + 30 * f["treated"] + f.groupby("coop_id").ngroup() % 7, sector="a")
    panel["sector"] = np.where(panel["treated"] == 1, "livestock", "other")
    table = balance(panel, "treated", ["members", "sector"]).data.set_index("covariate")
    units = panel.groupby("coop_id")[["members", "treated"]].first()
    ones, zeros = (units.loc[units["treated"] == arm, "members"] for arm in (1, 0))
    expected = (ones.mean() - zeros.mean()) / np.sqrt((ones.var() + zeros.var()) / 2)
    assert table.loc["members", "normalised_difference"] == pytest.approx(expected)
    assert table.loc["members", "flagged"]
    assert not table.loc["sector[livestock]", "overlap"]
    assert np.isinf(table.loc["sector[livestock]", "normalised_difference"])


def test_a_treatment_that_changes_within_a_unit_is_refused(district: pd.DataFrame) -> None:
    changing = district.assign(treated=((district["treated"] == 1) & (district["book_year"] > 2021)).astype(int))
    with pytest.raises(DataError, match="changes within"):
        describe_design(changing)


def test_a_leading_estimate_that_could_show_no_possible_rise_is_d() -> None:
    design = describe_design(lottery_panel(), lottery=True)
    room = float(design.facts["room"])
    lead = estimate("rat_held", 0.0, -0.05, 0.05)
    assert evidence_grade(design, complete() | {"permutation": replace(lead, mde=room / 2)}) == "A"
    found = grade_reasons(design, complete() | {"permutation": replace(lead, mde=room)})
    assert found.grade_ceiling == "D"
    assert "no_room" in found.reasons
