"""The certificate: its frame is the panel's, its measures are right by hand, a small one keeps its promises, the full one all of them."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import kopanalysis as ka
from kopanalysis.errors import CallError
from kopanalysis.results import Table
from kopanalysis.truth.certificate import certificate_lines, certify, measure, timed_progress, verdict, write_certificate
from kopanalysis.truth.district import draw_district
from kopanalysis.truth.office import as_office
from kopanalysis.truth.trials import LEAD, SCENARIOS, Answer, frame_of, run_trial, study_frame, true_effect

BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}


@pytest.mark.parametrize("name", ["none_effect", "dissolution_wave", "new_recipients", "reporting_only"])
def test_the_frame_is_what_the_panel_would_give(name: str) -> None:
    district = draw_district(12, **BY_NAME[name].arguments)
    frame = study_frame(district)
    panel = ka.build_panel(as_office(district))
    both = frame.merge(panel, on=["coop_id", "book_year"], how="left", suffixes=("", "_panel"), validate="one_to_one")
    assert both["rat_held_panel"].notna().all()
    assert (both["rat_held"] == both["rat_held_panel"].astype(float)).all()
    assert (both["treated"] == both["treated_panel"]).all()
    assert (both["kecamatan"] == both["kecamatan_panel"]).all()
    reached = both[both["book_year"] == 2024]
    assert (reached["heads"] == reached["heads_accepted"]).all()


def test_the_frame_leaves_out_the_young_and_those_trained_in_2019() -> None:
    district = draw_district(3, new_recipients=True)
    frame = study_frame(district)
    earlier = district.tables["training"].query("programme == 'Revitalisasi Koperasi Tidak Aktif'")["coop_id"]
    assert not set(frame["coop_id"]) & set(earlier)
    assert (frame[frame["book_year"] <= 2021].groupby("coop_id").size() >= 3).all()
    assert frame.groupby("coop_id")["treated"].first().sum() == 15 - round(0.5 * 15)


def test_the_truth_counts_meetings_held_because_of_the_training_only() -> None:
    def effect(seed: int, **arguments: Any) -> float:
        district = draw_district(seed, **arguments)
        return true_effect(district, study_frame(district))

    assert effect(4, effect_cattle=0.4) == 0.0
    assert effect(4, reporting_only=True) == 0.0
    effects = [effect(seed, effect_training=0.35) for seed in range(40)]
    assert np.mean(effects) == pytest.approx(0.35, abs=3 * np.std(effects) / math.sqrt(40))


def answers(errors: list[float], p_values: list[float], scenario: str = "none", truth: float = 0.0, half: float = 0.2) -> list[Answer]:
    return [
        Answer(scenario, "did", number, truth, truth + error, p, truth + error - half, truth + error + half)
        for number, (error, p) in enumerate(zip(errors, p_values, strict=True))
    ]


def test_measures_by_hand() -> None:
    lines = measure(frame_of(answers([0.1, -0.1, 0.3, 0.1], [0.04, 0.5, 0.01, 0.06]))).set_index("measure")
    assert lines.loc["bias", "value"] == pytest.approx(0.1)
    assert lines.loc["bias", "mc_error"] == pytest.approx(np.std([0.1, -0.1, 0.3, 0.1], ddof=1) / 2)
    assert lines.loc["coverage", "value"] == 0.75
    assert lines.loc["size", "value"] == 0.5
    assert lines["n"].tolist() == [4, 4, 4]


def test_a_target_is_met_where_the_interval_overlaps_it() -> None:
    far = measure(frame_of(answers([0.2 + 0.001 * (i % 2) for i in range(400)], [0.5] * 400))).set_index("measure")
    assert far.loc["bias", "state"] == "red"
    assert far.loc["size", "state"] == "red"  # never rejecting isn't a size of 5 %
    near = measure(frame_of(answers([0.05 * (-1) ** i for i in range(200)], [0.04] * 10 + [0.5] * 190))).set_index("measure")
    assert near.loc["bias", "state"] == near.loc["size", "state"] == "green"
    shocked = measure(frame_of(answers([0.2 + 0.001 * (i % 2) for i in range(200)], [0.5] * 200, "sector_shock"))).set_index("measure")
    assert set(shocked["state"]) == {"amber"}
    assert shocked.loc["bias", "met"] == False  # noqa: E712


def test_power_is_no_size_and_a_refusal_is_counted() -> None:
    given = [*answers([0.0, 0.1], [0.01, 0.2], "none_effect", truth=0.35), Answer("none_effect", "did", 9, 0.35, refused=True)]
    lines = measure(frame_of(given)).set_index("measure")
    assert lines.loc["power", "value"] == 0.5
    assert lines.loc["power", "state"] == ""
    assert lines.loc["refused", "value"] == pytest.approx(1 / 3)
    assert "size" not in lines.index


def test_same_seed_same_answers_and_no_threat_alike() -> None:
    one, other = (run_trial(BY_NAME["selection"], 5, 49) for _ in range(2))
    assert one == other
    assert {answer.method for answer in one} >= set(LEAD)


@pytest.fixture(scope="module")
def small() -> Table:
    return certify(60, 99, seed=7, jobs=2)


def value(table: Table, scenario: str, method: str, name: str) -> Any:
    lines = table.data
    return lines[(lines["scenario"] == scenario) & (lines["method"] == method) & (lines["measure"] == name)].iloc[0]


@pytest.mark.parametrize("method", LEAD)
def test_a_small_certificate_at_random_assignment(small: Table, method: str) -> None:
    assert abs(value(small, "none", method, "bias")["value"]) < 0.05
    assert value(small, "none", method, "coverage")["value"] > 0.85
    assert value(small, "none", method, "size")["value"] < 0.15
    assert value(small, "none_effect", method, "power")["value"] > 0.5


def test_a_small_certificate_shows_each_threat(small: Table) -> None:
    assert abs(value(small, "selection", "same_state", "bias")["value"]) < 0.06
    assert value(small, "selection", "did_last_year", "bias")["value"] > 0.18
    assert value(small, "sector_shock", "did", "size")["value"] > 0.08
    assert value(small, "foot_and_mouth", "did", "bias")["value"] < -0.02
    assert value(small, "reporting_only", "did", "bias")["value"] > 0.02
    assert value(small, "spillover", "did", "bias")["value"] < -0.04
    assert value(small, "empty_cell", "did", "bias")["value"] > 0.15
    assert value(small, "empty_cell", "bundle_interaction", "refused")["value"] == 1.0


def test_it_is_written_with_how_it_was_made(small: Table, tmp_path: Path) -> None:
    csv, made = write_certificate(small, tmp_path / "out", "kopanalysis certify --districts 60")
    read = pd.read_csv(csv, encoding="utf-8", keep_default_na=False, na_values=[""])
    assert len(read) == len(small.data)
    assert read["scenario"].tolist() == small.data["scenario"].tolist()
    record = json.loads(made.read_text(encoding="utf-8"))
    assert (record["districts"], record["draws"], record["seed"], record["verdict"]) == (60, 99, 7, verdict(small))
    assert "same_state" in certificate_lines(small)


def test_progress_says_how_much_is_left() -> None:
    said: list[str] = []
    told = timed_progress(said.append, every=0.0)
    told(5, 20)
    told(20, 20)
    assert said[0].startswith("5 of 20 districts")
    assert len(said) == 2


@pytest.mark.parametrize("bad", [{"districts": 5}, {"draws": 3}])
def test_too_few_tell_nothing(bad: dict[str, int]) -> None:
    with pytest.raises(CallError):
        certify(**bad)


def test_the_command_writes_and_prints(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "kopanalysis.cli", "certify", "--districts", "10", "--draws", "19", "--out", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=300)
    assert done.returncode == 0, done.stderr
    assert "same_state" in done.stdout
    assert {path.name for path in tmp_path.iterdir()} == {"certificate.csv", "certificate.json"}
    written = pd.read_csv(tmp_path / "certificate.csv", encoding="utf-8", keep_default_na=False, na_values=[""])
    alone = certify(10, 19, jobs=1).data.round(6)  # the command used two processes
    assert written["value"].to_numpy() == pytest.approx(alone["value"].to_numpy(), abs=1e-6)


@pytest.mark.certify
def test_the_full_certificate_keeps_its_promises() -> None:
    table = certify(1000, 999)
    quiet = table.data[(table.data["scenario"] == "none") & table.data["method"].isin(LEAD)]
    assert len(quiet) == 3 * len(LEAD)
    assert (quiet["state"] == "green").all(), certificate_lines(table)
    assert abs(value(table, "selection", "same_state", "bias")["value"]) < 0.03
    assert abs(value(table, "selection", "did_last_year", "bias")["value"]) > 0.03
    for method in LEAD:
        assert abs(value(table, "none", method, "bias")["value"]) < 0.01
        assert value(table, "sector_shock", method, "size")["state"] == "amber"
