"""Health: cooperatives worked by hand, every printed band edge, worksheet examples, cut-offs by scheme, and missing instead of zero."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import kopanalysis as ka
from kopanalysis import rules
from kopanalysis.errors import DataError, RuleError
from kopanalysis.metrics.health import classes_of
from kopanalysis.metrics.health_bands import band

# Every edge of the tables in the guidance: (percent, nilai), written from the printed bands, holes and overlaps as decided.
EDGES: dict[str, list[tuple[float, int]]] = {
    "productive_assets": [(0, 1), (95, 1), (95.01, 2), (97, 2), (97.01, 3), (99, 3), (99.01, 4)],
    "loans_to_productive_assets": [(0, 1), (75, 1), (75.01, 2), (85, 2), (85.01, 3), (95, 3), (95.01, 4)],
    "liquid_to_assets": [(15.01, 1), (15, 2), (11.01, 2), (11, 2), (10.5, 2), (10, 3), (6.01, 3), (6, 3), (5.5, 3), (5, 4), (0, 4)],
    "liquid_to_current_liabilities": [(21.01, 1), (21, 2), (15, 2), (14.5, 2), (14, 3), (8, 3), (7.5, 3), (7, 4), (0, 4)],
    "return_on_assets": [(7, 1), (6.99, 2), (5, 2), (4.99, 3), (3, 3), (2.99, 4), (-8, 4)],
    "return_on_equity": [(10, 1), (9.99, 2), (7.5, 2), (7.49, 3), (5, 3), (4.99, 4)],
    "self_reliance": [(120, 1), (119.99, 2), (110, 2), (109.99, 3), (100.01, 3), (100, 4), (99, 4)],
    "operating_cost_to_income": [(0, 1), (79.99, 1), (80, 2), (89.99, 2), (90, 3), (99.99, 3), (100, 4)],
    "operating_cost_to_gross_surplus": [(0, 1), (39.99, 1), (40, 2), (59.99, 2), (60, 3), (79.99, 3), (80, 4)],
    "loans_to_members": [(75, 1), (74.99, 2), (50, 2), (49.99, 3), (25, 3), (24.99, 4)],
    "problem_loans": [(4.99, 1), (5, 2), (9.99, 2), (10, 3), (15, 3), (15.01, 4)],
    "risk_reserve": [(75, 1), (74.99, 2), (50, 2), (49.99, 3), (25, 3), (24.99, 4)],
    "cash": [(20, 1), (19.99, 2), (15, 2), (14.99, 3), (10, 3), (9.99, 4)],
    "loans_to_funds": [(90, 1), (89.99, 2), (75, 2), (74.99, 3), (60, 3), (59.99, 4)],
    "current_assets": [(125, 1), (124.99, 2), (100, 2), (99.99, 3), (75, 3), (74.99, 4)],
    "growth_assets": [(10, 1), (9.99, 2), (7, 2), (6.99, 3), (4, 3), (3.99, 4), (-3, 4)],
    "growth_funds": [(10, 1), (9.99, 2), (7, 2), (6.99, 3), (4, 3), (3.99, 4)],
    "growth_equity": [(10, 1), (9.99, 2), (7, 2), (6.99, 3), (4, 3), (3.99, 4)],
    "growth_surplus": [(5, 1), (4.99, 2), (3, 2), (2.99, 3), (1, 3), (0.99, 4)],
    "main_income": [(85, 1), (84.99, 2), (60, 2), (59.99, 3), (35, 3), (34.99, 4)],
    "surplus_to_member_capital": [(30, 1), (29.99, 2), (20, 2), (19.99, 3), (10, 3), (9.99, 4)],
    "member_savings": [(75, 1), (74.99, 2), (50, 2), (49.99, 3), (25, 3), (24.99, 4)],
    "coaching_cost": [(5, 1), (4.99, 2), (3, 2), (2.99, 3), (1, 3), (0.99, 4), (0, 4)],
    "equity_to_assets": [(30, 1), (29.99, 2), (20, 2), (19.99, 3), (10, 3), (9.99, 4)],
    "capital_to_risk_weighted": [(8, 1), (7.99, 2), (6, 2), (5.99, 3), (4, 3), (3.99, 4)],
    "member_loan_capital": [(30, 1), (29.99, 2), (20, 2), (19.99, 3), (10, 3), (9.99, 4)],
    "long_term_debt": [(0, 1), (100, 1), (100.01, 2), (124.99, 2), (125, 2), (125.01, 3), (150, 3), (150.01, 4)],
}
ITEMS = {
    **{f"principle_{i}": n for i, n in enumerate((4, 5, 3, 4, 4, 4, 4), start=1)},
    "institution_legal_entity": 3, "institution_licence": 3, "institution_articles": 17, "institution_membership": 4,
    "institution_organs": 3,
    "management_general": 3, "management_institution": 4, "management_capital": 4, "management_assets": 4, "management_liquidity": 4,
    "inherent_operational_1": 4, "inherent_operational_2": 4, "inherent_compliance_1": 4, "inherent_compliance_2": 4,
    "inherent_liquidity": 5,
    **{f"control_{risk}_{part}": 4 for risk in ("credit", "operational", "compliance") for part in ("oversight", "policy", "process")},
    "control_liquidity_oversight": 4, "control_liquidity_policy": 5, "control_liquidity_process": 4,
}  # fmt: skip


def answers(coop: str, met: dict[str, int] | None = None, everything: bool = True) -> list[dict[str, Any]]:
    """All items of a cooperative met (or none), some indicators with fewer."""
    rows = []
    for indicator, n in ITEMS.items():
        yes = (met or {}).get(indicator, n if everything else 0)
        rows += [{"coop_id": coop, "book_year": 2023, "indicator": indicator, "met": int(item < yes)} for item in range(n)]
    return rows


BEST = {
    "assets_idr": 1000.0, "productive_assets_idr": 950, "loans_idr": 700, "liquid_assets_idr": 200, "current_liabilities_idr": 400,
    "surplus_idr": 100, "own_capital_idr": 400, "net_participation_idr": 120, "operating_and_cooperative_cost_idr": 100,
    "operating_cost_idr": 30, "operating_income_idr": 100, "gross_surplus_idr": 100, "member_loans_idr": 600, "problem_loans_idr": 20,
    "risk_reserve_idr": 20, "cash_idr": 100, "funds_received_idr": 700, "current_assets_idr": 500, "main_income_idr": 90, "income_idr": 100,
    "member_capital_idr": 300, "member_savings_in_idr": 80, "savings_in_idr": 100,
    "weighted_capital_idr": 9, "risk_weighted_assets_idr": 100,
    "member_loan_capital_idr": 300, "long_term_liabilities_idr": 300,
}  # fmt: skip
GROWN = ("assets_idr", "funds_received_idr", "own_capital_idr", "surplus_idr")


def accounts(coop: str, amounts: dict[str, float], before: dict[str, float]) -> list[dict[str, Any]]:
    year = {"coop_id": coop, "book_year": 2023, **amounts}
    return [year, {"coop_id": coop, "book_year": 2022, **before}] if before else [year]


def scored(items: list[dict[str, Any]], books: list[dict[str, Any]]) -> dict[str, Any]:
    aspects = ka.health_aspects(pd.DataFrame(items), pd.DataFrame(books))
    table = ka.health_score(aspects[aspects["book_year"] == 2023])
    return table.data.iloc[0].to_dict()


def test_edges_cover_every_ratio() -> None:
    assert set(EDGES) == set(rules.parameters("health", "scheme_2021.ratio"))


@pytest.mark.parametrize(("name", "percent", "nilai"), [(name, x, nilai) for name, edges in EDGES.items() for x, nilai in edges])
def test_every_band_edge(name: str, percent: float, nilai: int) -> None:
    assert band(pd.Series([percent]), rules.parameter("health", f"scheme_2021.ratio.{name}")).tolist() == [nilai]


@pytest.mark.parametrize(
    ("percent", "nilai"), [(100, 1), (76, 1), (75.5, 1), (75, 2), (51, 2), (50.5, 2), (50, 3), (26, 3), (25.5, 3), (25, 4), (1, 4), (0, 4)]
)
def test_questionnaire_bands_and_their_holes(percent: float, nilai: int) -> None:
    assert band(pd.Series([percent]), rules.parameter("health", "scheme_2021.questionnaire")).tolist() == [nilai]


def test_three_of_four_items_are_75_percent_and_nilai_2() -> None:
    found = ka.health_indicators(pd.DataFrame(answers("a", {"principle_1": 3})), None).set_index("indicator").loc["principle_1"]
    assert (found["percent"], found["nilai"], found["skor"]) == (75, 2, 3)


def test_a_cooperative_with_everything_best_has_100() -> None:
    before = {name: BEST[name] / 1.2 for name in GROWN}
    found = scored(answers("a"), accounts("a", BEST, before))
    assert [found[name] for name in ("governance", "risk_profile", "financial_performance", "capital")] == [100, 100, 100, 100]
    assert (found["score"], found["class"], found["reason"]) == (100, "healthy", "")


def test_a_cooperative_worked_by_hand() -> None:
    amounts = {
        **BEST, "productive_assets_idr": 960, "loans_idr": 768, "liquid_assets_idr": 105, "current_liabilities_idr": 105 / 0.145,
        "surplus_idr": 50, "own_capital_idr": 200, "net_participation_idr": 110, "operating_cost_idr": 85, "gross_surplus_idr": 170,
        "member_loans_idr": 0.6 * 768, "problem_loans_idr": 0.05 * 768, "risk_reserve_idr": 0.025 * 768, "cash_idr": 0.15 * 105 / 0.145,
        "funds_received_idr": 1024, "current_assets_idr": 105 / 0.145, "main_income_idr": 60, "member_capital_idr": 250,
        "member_savings_in_idr": 50, "weighted_capital_idr": 6, "member_loan_capital_idr": 200, "long_term_liabilities_idr": 250,
    }  # fmt: skip
    before = {"assets_idr": 1000 / 1.07, "funds_received_idr": 1024 / 1.07, "own_capital_idr": 200 / 1.07, "surplus_idr": 50 / 1.03}
    some = {"principle_1": 3, "institution_articles": 9, "management_general": 1}
    found = scored(answers("b", some), accounts("b", amounts, before))
    # principles (3 + 6 x 4) / 7, institution (3 + 4 x 4) / 5, management (2 + 4 x 4) / 5
    assert found["governance"] == pytest.approx((27 / 7 + 19 / 5 + 18 / 5) / 3 * 25)
    # four ratios in band 2 (two of them in printed holes) beside five full questionnaires; control full
    assert found["risk_profile"] == pytest.approx((32 / 9 + 4) / 2 * 25)
    # return on own capital is 25 %: band 1; all other ratios in band 2
    assert found["financial_performance"] == pytest.approx((16 / 5 + 3 + 3) / 3 * 25)
    assert found["capital"] == pytest.approx(75)
    assert found["score"] == pytest.approx(84.2262, abs=1e-4)
    assert found["class"] == "healthy"


def test_a_cooperative_with_everything_worst_has_25_not_zero() -> None:
    amounts = {
        **BEST, "productive_assets_idr": 1000, "loans_idr": 980, "liquid_assets_idr": 10, "current_liabilities_idr": 900, "surplus_idr": 1,
        "own_capital_idr": 50, "net_participation_idr": 100, "operating_cost_idr": 100, "member_loans_idr": 100, "problem_loans_idr": 300,
        "risk_reserve_idr": 1, "cash_idr": 10, "funds_received_idr": 3000, "current_assets_idr": 100, "main_income_idr": 10,
        "member_savings_in_idr": 10, "weighted_capital_idr": 1, "member_loan_capital_idr": 0, "long_term_liabilities_idr": 500,
    }  # fmt: skip
    before = {name: amounts[name] for name in GROWN}
    found = scored(answers("c", everything=False), accounts("c", amounts, before))
    assert (found["score"], found["class"]) == (25, "special_supervision")


def test_what_cannot_be_computed_is_missing_with_a_reason_not_zero() -> None:
    found = scored(answers("d"), accounts("d", BEST, {}))
    assert pd.isna(found["financial_performance"])
    assert found["financial_performance_reason"] == "indicators_missing"
    assert pd.isna(found["score"])
    assert found["class"] is None
    assert found["reason"] == "aspect_missing: financial_performance"


@pytest.mark.parametrize(
    ("before", "reason"), [(0.0, "growth_from_nothing"), (-5.0, "growth_from_loss"), (None, "input_missing"), (80.0, "")]
)
def test_growth_from_nothing_or_from_a_loss_has_no_rate(before: float | None, reason: str) -> None:
    books = accounts("a", BEST, {"surplus_idr": before} if before is not None else {})
    found = ka.health_indicators(None, pd.DataFrame(books))
    line = found[(found["indicator"] == "growth_surplus") & (found["book_year"] == 2023)].iloc[0]
    assert line["reason"] == reason
    assert pd.isna(line["nilai"]) == bool(reason)


def test_an_indicator_that_cannot_exist_is_left_out_of_the_mean() -> None:
    lender = scored(answers("a"), accounts("a", BEST, {name: BEST[name] / 1.2 for name in GROWN}))
    without = {**BEST, "problem_loans_idr": 0.0}
    other = scored(answers("a"), accounts("a", without, {name: BEST[name] / 1.2 for name in GROWN}))
    assert other["financial_performance"] == lender["financial_performance"] == 100


def test_unverified_parameters_are_carried_into_the_result() -> None:
    found = scored(answers("a"), accounts("a", BEST, {name: BEST[name] / 1.2 for name in GROWN}))
    assert set(found["unverified"].split()) == {
        "health.scheme_2021.within_aspect", "health.scheme_2021.points", "health.scheme_2021.least_share",
        "health.scheme_2021.weight.financial_performance", "health.scheme_2021.weight.capital",
    }  # fmt: skip


@pytest.mark.parametrize("scheme", ["2021", "2016"])
@pytest.mark.parametrize(
    ("score", "expected"),
    [(0, "special_supervision"), (50.99, "special_supervision"), (51, "under_supervision"), (65.98, "under_supervision"),
     (65.99, "under_supervision"), (66, "fairly_healthy"), (79.99, "fairly_healthy"), (80, "healthy"), (100, "healthy")],
)  # fmt: skip
def test_cut_offs(score: float, expected: str, scheme: str) -> None:
    assert classes_of(pd.Series([score]), scheme).tolist() == [expected]


def test_a_printed_average_of_65_98_is_under_supervision() -> None:
    assert ka.health_score(pd.DataFrame({"score": [65.98, None]}), scheme="2016").data["class"].tolist() == ["under_supervision", None]


def test_weights_of_the_aspects() -> None:
    frame = pd.DataFrame({"governance": [100, 0, 0, 0], "risk_profile": [0, 100, 0, 0], "financial_performance": [0, 0, 100, 0],
                          "capital": [0, 0, 0, 100]})  # fmt: skip
    assert ka.health_score(frame).data["score"].tolist() == [30, 15, 40, 15]


def test_schemes_are_never_one_series() -> None:
    mixed = pd.DataFrame({"scheme": ["2016", "2021"], "score": [70.0, 80.0]})
    with pytest.raises(RuleError, match="2021"):
        ka.health_score(mixed, scheme="2016")
    with pytest.raises(RuleError, match="no scheme"):
        ka.health_score(mixed, scheme="2009")


@pytest.mark.parametrize(("own", "nilai"), [(0, 25), (19.9, 25), (20, 50), (40, 100), (59.9, 100), (60, 50), (66, 50), (80, 25), (100, 25)])
def test_own_capital_of_66_percent_gives_50_as_in_the_filled_sheet(own: float, nilai: float) -> None:
    frame = pd.DataFrame({"coop_id": ["a"], "book_year": [2018], "own_capital_idr": [own], "assets_idr": [100.0]})
    found = ka.health_components(frame, unverified=True).set_index("component").loc["own_capital_to_assets"]
    assert found["nilai"] == nilai
    assert found["score"] == nilai / 100 * 6
    assert found["unverified"] == "health.scheme_2016.component.own_capital_to_assets"
    assert "own_capital_to_assets" not in set(ka.health_components(frame)["component"])


@pytest.mark.parametrize(
    ("component", "numerator", "denominator", "points"),
    [("weighted_capital", "weighted_capital_idr", "risk_weighted_assets_idr", [(3.99, 0), (4, 50), (6, 75), (8, 100)]),
     ("loans_to_members", "member_loans_idr", "loans_idr", [(25, 0), (25.1, 50), (50, 50), (75, 75), (75.1, 100)]),
     ("self_reliance", "net_participation_idr", "operating_and_cooperative_cost_idr", [(100, 0), (100.1, 100)]),
     ("return_on_assets", "surplus_before_tax_idr", "assets_idr", [(4.9, 25), (5, 50), (7.5, 75), (10, 100)]),
     ("loans_to_funds", "loans_idr", "funds_received_idr", [(59.9, 25), (60, 50), (70, 75), (80, 100)])],
)  # fmt: skip
def test_verified_components_of_2016(component: str, numerator: str, denominator: str, points: list[tuple[float, float]]) -> None:
    frame = pd.DataFrame(
        {"coop_id": [str(i) for i in range(len(points))], "book_year": 2018, numerator: [x for x, _ in points], denominator: 100.0}
    )
    found = ka.health_components(frame)
    assert found.loc[found["component"] == component, "nilai"].tolist() == [nilai for _, nilai in points]


def test_classes_of_size_are_parameters() -> None:
    frame = pd.DataFrame({"members": [5000, 5001, 100, 100, None], "own_capital_idr": [250e6, 1e6, 15e9 + 1, 1e6, None],
                          "assets_idr": [2.5e9, 1e9, 1e9, 500e9 + 1, None]})  # fmt: skip
    assert ka.kuk_class(frame).astype(object).where(lambda x: x.notna(), None).tolist() == [1, 2, 3, 4, None]


def test_wrong_answers_are_refused() -> None:
    with pytest.raises(DataError, match="items"):
        ka.health_indicators(pd.DataFrame(answers("a")[1:]), None)
    with pytest.raises(RuleError, match="no questionnaire indicator"):
        ka.health_indicators(pd.DataFrame([{"coop_id": "a", "book_year": 2023, "indicator": "charm", "met": 1}]), None)
    with pytest.raises(DataError, match="0 to 100"):
        ka.health_score(pd.DataFrame({"score": [101.0]}), scheme="2016")


def test_who_has_no_score_because_no_meeting_was_held(demo_office: Any) -> None:
    table = ka.health_coverage(demo_office, region="13.11")
    parts = table.data[["scored", "no_meeting", "met_unscored", "meeting_unknown"]].sum(axis=1)
    assert (parts == table.data["total"]).all()
    exams = demo_office.tables["health"]
    held = set(
        map(tuple, demo_office.tables["rat"].loc[demo_office.tables["rat"]["date_held"].notna(), ["coop_id", "book_year"]].to_numpy())
    )
    assert {tuple(row) for row in exams[["coop_id", "book_year"]].to_numpy()} <= held  # survivors only
    assert table.number("health.no_meeting").value > table.number("health.scored").value


def test_printed_classes_follow_from_their_scores(demo_office: Any) -> None:
    table = ka.health_classes(demo_office)
    assert table.number("health.differs").value == 0
    assert table.number("health.recomputed").value == table.number("health.recomputable").value == 135
    assert set(zip(table.data["book_year"], table.data["scheme"], strict=True)) == {
        (year, "2016" if year < 2020 else "2021") for year in range(2017, 2025)
    }
