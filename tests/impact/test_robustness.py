"""Codings, checks, bounds, secondary outcomes and the grade: against what they are made of, and by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from panels import random_panel
from scipy.stats import t as student

import kopanalysis as ka
from kopanalysis.errors import CallError, DataError
from kopanalysis.impact.balance import widest_gap
from kopanalysis.impact.grade import grade_reasons

PRE, POST = [2019, 2020, 2021], [2022, 2023]


def lively(seed: int = 1, **columns: Any) -> pd.DataFrame:
    """A panel with all that the outcomes are read from."""
    panel = random_panel(seed, units=40, n_treated=8)
    panel = panel.assign(
        reported=panel["rat_held"], business=pd.NA, found_operating=pd.NA, status=np.where(panel["rat_held"] == 1, "active", "inactive"),
        training_cohort=pd.array(np.where(panel["treated"] == 1, 2022, 0), dtype="Int64"), age=pd.array([10] * len(panel), dtype="Int64"),
        members=30.0 + panel["rat_held"], **columns,
    )  # fmt: skip
    panel["training_cohort"] = panel["training_cohort"].where(panel["treated"] == 1)
    return ka.with_outcomes(panel)


def test_codings_of_silence_by_hand() -> None:
    rows = pd.DataFrame({
        "coop_id": list("ABCDEF"), "book_year": 2022, "treated": 0, "age": 5, "status": "inactive", "training_cohort": [2019, *[pd.NA] * 5],
        "rat_held": [1, 1, 0, 0, 0, pd.NA], "reported": [1, 0, 0, 0, 0, pd.NA], "business": [pd.NA, pd.NA, 1, pd.NA, 0, pd.NA],
        "found_operating": [pd.NA, pd.NA, pd.NA, 1, 0, 1],
    })  # fmt: skip
    found = ka.with_outcomes(rows)
    assert found["alive_legal"].fillna(-1).tolist() == [1, 0, 0, 0, 0, -1]
    assert found["alive_evidence"].fillna(-1).tolist() == [1, 1, 1, 1, 0, 1]
    assert found["alive_unknown"].fillna(-1).tolist() == [1, 1, 1, 1, -1, 1]
    assert found["without_earlier"].tolist() == [0, 1, 1, 1, 1, 1]
    assert found["never_other"].tolist() == [0, 1, 1, 1, 1, 1]
    assert (found["founded_year"] == 2017).all()
    with pytest.raises(CallError):
        ka.with_outcomes(rows.drop(columns="business"))


def test_checks_are_the_estimates_they_name() -> None:
    panel = lively()
    leading = ("rat_held", "treated", PRE, POST)
    table = ka.checks_table(panel, *leading, draws=199)
    lines = table.data.set_index("check")
    whole = ka.did(panel, *leading)
    assert lines.loc["all", "estimate"] == pytest.approx(whole.estimate)
    assert lines.loc["without_last_pre", "estimate"] == pytest.approx(ka.did(panel, *leading[:2], PRE[:-1], POST).estimate)
    limits = ka.leave_one_out_limits(panel, *leading).data["estimate"]
    assert (lines.loc["leave_one_out", "conf_low"], lines.loc["leave_one_out", "conf_high"]) == (limits.min(), limits.max())
    assert sorted(ka.leave_one_out(panel, *leading).data["estimate"]) == pytest.approx(limits.tolist())
    assert table.number("training.check.all").value == pytest.approx(whole.estimate)


def test_a_check_that_cannot_be_made_has_no_numbers() -> None:
    panel = lively()
    panel = panel.assign(sector=np.where(panel["treated"] == 1, "livestock", "trade"))
    line = ka.checks_table(panel, "rat_held", "treated", PRE[-1:], POST, draws=99).data.set_index("check")
    assert line.loc[["within_sector", "without_last_pre", "placebo"], "estimate"].isna().all()
    assert not np.isnan(line.loc["all", "estimate"])


def test_codings_and_bounds() -> None:
    panel = lively()
    codings = ka.codings_table(panel, "treated", PRE, POST)
    assert codings.number("training.coding.legal").value == pytest.approx(ka.did(panel, "alive_legal", "treated", PRE, POST).estimate)
    unknown = codings.number("training.coding.unknown")
    assert unknown.value is None
    assert unknown.low is not None
    assert unknown.high is not None
    assert unknown.low < 0 < unknown.high
    assert "sampai" in unknown.text("id")
    worst = ka.bounds_table(panel, "rat_held", "treated", PRE, POST).number("training.bounds.manski")
    assert worst.low == pytest.approx(worst.high)  # nothing is missing


def test_secondary_outcomes_keep_their_own_timing_and_wider_ranges() -> None:
    panel = lively(2)
    table = ka.secondary_outcomes(panel, draws=999)
    lines = table.data.set_index("outcome")
    assert lines.loc["reported", "estimate"] == pytest.approx(ka.did(panel, "reported", "treated", PRE, POST).estimate)
    assert lines.loc["members", "estimate"] == pytest.approx(ka.did(panel, "members", "treated", PRE, [2023]).estimate)
    alone = ka.permutation_test(panel, "reported", "treated", PRE, POST, draws=999)
    width = lines.loc["reported", "conf_high"] - lines.loc["reported", "conf_low"]
    assert alone.conf_low is not None
    assert alone.conf_high is not None
    assert width > (alone.conf_high - alone.conf_low) * 0.98
    assert (lines["p_adjusted"].dropna() >= lines["p_value"].dropna() - 1e-12).all()
    assert lines.loc["turnover_idr", "reason"] == "unknown"


def test_family_ranges_and_p_values_agree() -> None:
    panel = lively(3)
    panel["shifted"] = panel["rat_held"] + panel["treated"] * (panel["book_year"] >= 2022) * 2.0
    data = ka.romano_wolf(panel, ["rat_held", "shifted"], "treated", PRE, POST, draws=999).data.set_index("outcome")
    for name in ("rat_held", "shifted"):
        excludes = not data.loc[name, "conf_low"] <= 0 <= data.loc[name, "conf_high"]
        assert excludes == (data.loc[name, "p_adjusted"] <= 0.05)
    assert data.loc["shifted", "conf_low"] > 0


def test_what_could_be_seen_at_the_present_size_is_the_design_s() -> None:
    panel = lively(4)
    design = ka.describe_design(panel, pre=PRE, post=POST)
    found = ka.detectable_by_number(panel, "rat_held", "treated", PRE, POST, (8, 16, 39))
    assert found.data["trained"].tolist() == [8, 16]  # 39 of 40 leave none to compare
    assert found.number("training.detectable.8").value == pytest.approx(design.mde)


def test_the_grade_is_that_of_its_checks() -> None:
    panel = lively(5)
    leading = ("rat_held", "treated", PRE, POST)
    found = ka.graded_evidence(panel, *leading, draws=199)
    design = ka.describe_design(panel, pre=PRE, post=POST)
    assert found.grade_ceiling == max(design.grade_ceiling or "D", found.grade_ceiling or "D")
    by_hand = {
        "did": ka.did(panel, *leading), "same_state": ka.same_state(panel, *leading), "leave_one_out": ka.leave_one_out(panel, *leading),
        "permutation": ka.permutation_test(panel, *leading, draws=199),
        "codings": [ka.did(panel, f"alive_{coding}", *leading[1:]) for coding in ("legal", "evidence")],
        "tipping_point": ka.tipping_point(panel, *leading).number("tipping.share").value,
        "balance": ka.balance(panel, "treated", ["members", "age"]), "certificate": ka.certificate_state(),
    }  # fmt: skip
    assert found.reasons == grade_reasons(design, by_hand).reasons
    letters = {number.name: number.grade for number in found.numbers if number.unit == "grade"}
    assert letters == {"training.grade_ceiling": design.grade_ceiling, "training.grade": found.grade_ceiling}
    assert found.numbers[1].text("id") == found.grade_ceiling


def test_a_refused_estimator_is_a_line_without_numbers() -> None:
    panel = lively(6)
    panel.loc[panel["book_year"] < 2022, "rat_held"] = (panel["treated"] == 1).astype(float)
    found = ka.effects_table(panel, "rat_held", "treated", PRE, POST, draws=99).data.set_index("term")
    assert np.isnan(found.loc["same_state", "estimate"])
    assert found.loc["same_state", "method"].startswith("refused")
    assert not np.isnan(found.loc["did", "estimate"])


def test_what_an_estimate_may_miss_follows_from_its_own_range() -> None:
    panel = lively(7)
    leading = (panel, "rat_held", "treated", PRE, POST)
    table = ka.effects_table(*leading, draws=999)
    for line in table.data.to_dict("records"):
        seen = table.number(f"training.seen.rat_held.{line['term']}").value
        assert seen == line["mde"] > (line["conf_high"] - line["conf_low"]) / 2, line["term"]
    for found in (ka.did(*leading), ka.did(*leading, se="hc3"), ka.same_state(*leading)):
        reach = student.ppf(0.975, found.df) + student.ppf(0.8, found.df)
        assert found.mde == pytest.approx(reach * found.std_error)
    shuffled = ka.permutation_test(*leading, draws=999)
    half, df = (shuffled.conf_high - shuffled.conf_low) / 2, 40 - 2
    assert shuffled.mde == pytest.approx(half * (1 + student.ppf(0.8, df) / student.ppf(0.975, df)))


def test_what_may_be_missed_grows_with_the_scatter_of_the_treated_alone() -> None:
    panel = lively(8).astype({"rat_held": float})
    quiet = panel.copy()
    quiet.loc[quiet["treated"] == 1, "rat_held"] = 0.5
    leading = ("rat_held", "treated", PRE, POST)
    assert ka.did(quiet, *leading, se="hc3").mde < ka.did(panel, *leading, se="hc3").mde
    design = [ka.describe_design(one, pre=PRE, post=POST).mde for one in (quiet, panel)]
    assert design[0] == pytest.approx(design[1])  # the design's figure reads the untreated alone


def test_sectors_that_are_traded_have_no_range_and_say_nothing_of_what_is_missed() -> None:
    panel = lively(9)
    panel["sector"] = np.where(panel["treated"] == 1, "a", np.where(panel["coop_id"] < "K020", "b", "c"))
    found = ka.inference_strip(panel, "rat_held", "treated", PRE, POST, draws=199).data.set_index("term")
    assert pd.isna(found.loc["sector_reassignment", "mde"])
    assert found.loc["permutation", "mde"] > found.loc["permutation", "conf_high"] - found.loc["permutation", "estimate"]


def test_the_year_of_the_widest_gap_is_left_out_by_a_check() -> None:
    panel = lively(10)
    panel.loc[panel["book_year"] == 2020, "rat_held"] = (panel["treated"] == 0).astype(float)
    assert widest_gap(panel, "rat_held", "treated", PRE) == 2020
    checks = ka.checks_table(panel, "rat_held", "treated", PRE, POST, draws=99)
    without = ka.did(panel, "rat_held", "treated", [2019, 2021], POST)
    found, seen = (checks.number(f"training.check.{part}without_widest") for part in ("", "seen."))
    assert (found.value, found.low, seen.value) == pytest.approx((without.estimate, without.conf_low, without.mde))
    with pytest.raises(DataError, match="Fewer than three"):
        widest_gap(panel, "rat_held", "treated", PRE[:2])


def test_bounds_say_apart_what_no_row_and_what_every_silence_could_do() -> None:
    panel = lively(11)
    table = ka.bounds_table(panel, "rat_held", "treated", PRE, POST)
    no_row, silence = (table.number(f"training.bounds.{name}") for name in ("manski", "unknown"))
    assert silence.high - silence.low > no_row.high - no_row.low
    coded = ka.codings_table(panel, "treated", PRE, POST).number("training.coding.unknown")
    assert (silence.low, silence.high) == (coded.low, coded.high)
