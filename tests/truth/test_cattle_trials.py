"""The certificate of cattle aid: the frame, the truth, and a small certificate."""

from __future__ import annotations

import pytest

from kopanalysis.errors import CallError
from kopanalysis.impact.event_time import cattle_certificate
from kopanalysis.truth.cattle_trials import aid_frame, certify_cattle, true_effects, write_cattle_certificate
from kopanalysis.truth.district import draw_district


def test_the_truth_is_zero_without_an_effect_and_near_it_with_one() -> None:
    still = draw_district(1)
    assert set(true_effects(still, aid_frame(still)).values()) == {0.0}
    found = []
    for seed in range(12):
        district = draw_district(seed, effect_cattle=0.3)
        found.append(true_effects(district, aid_frame(district))["att"])
    assert sum(found) / len(found) == pytest.approx(0.3, abs=0.08)


def test_a_small_certificate_has_every_measure_and_is_repeatable(tmp_path: object) -> None:
    with pytest.raises(CallError):
        certify_cattle(5)
    table = certify_cattle(10, 19, seed=3, jobs=1)
    assert {"att", "event[-1]", "event[0]", "timing"} <= set(table.data["method"])
    assert set(table.data["measure"]) == {"bias", "coverage", "size", "power"}
    path = write_cattle_certificate(table, tmp_path)  # type: ignore[arg-type]
    assert path.read_text(encoding="utf-8").count("\n") == len(table.data) + 1


def test_the_stored_certificate_covers_the_bands_that_are_shown() -> None:
    lines = cattle_certificate()
    assert lines is not None
    own = lines[(lines["method"] == "att") & (lines["measure"] == "coverage") & (lines["scenario"] == "none")]
    assert own["value"].iloc[0] >= 0.9
    assert own["districts"].iloc[0] >= 500
