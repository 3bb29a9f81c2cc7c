"""The watch-list: tested out of time, silent about skill it hasn't, and readable as a plan of visits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import kopanalysis as ka
from kopanalysis.inactivity.backtest import run_trial
from kopanalysis.inactivity.calibration import auc, brier, calibration
from kopanalysis.inactivity.warning import train, warning_frame
from kopanalysis.inactivity.watchlist import score_watchlist, watchlist, watchlist_calibration, watchlist_check


@pytest.fixture(scope="module")
def listed(full_panel: pd.DataFrame) -> ka.Table:
    return watchlist(full_panel)


def noise_panel(seed: int) -> pd.DataFrame:
    """A panel in which meetings are coin tosses: nothing known foretells them."""
    rng = np.random.default_rng(seed)
    n, years = 110, np.arange(2013, 2025)
    held = rng.random((n, len(years))) < 0.6
    frame = pd.DataFrame({"coop_id": np.repeat([f"c{i:03d}" for i in range(n)], len(years)), "book_year": np.tile(years, n)})
    frame["rat_held"] = pd.array(held.ravel().astype(int), dtype="Int64")
    late = rng.random(len(frame)) < 0.3
    place = np.repeat(rng.choice([f"k{i}" for i in range(7)], n), len(years))
    empty = {name: pd.array([pd.NA] * len(frame), dtype="Int64") for name in ("found_operating", "cattle_cohort")}
    return frame.assign(
        rat_state=np.where(held.ravel(), np.where(late, "late", "on_time"), "not_held"), reported=frame["rat_held"], name=frame["coop_id"],
        kecamatan=place, nagari=place, age=pd.array([20] * len(frame), dtype="Int64"),
        members=rng.integers(20, 400, len(frame)).astype(float),
        business=pd.array(rng.integers(0, 2, len(frame)), dtype="Int64"), registered_status=pd.NA, dissolved_on=pd.NaT,
        source_rows=[f"S01:{row}" for row in range(len(frame))], **empty,
    ).astype({"dissolved_on": "datetime64[us]"})  # fmt: skip


def test_noise_has_no_skill() -> None:
    for seed in range(20):
        frame = warning_frame(noise_panel(seed))
        assert len(frame) > 500
        assert not run_trial(frame).skill(0.95, 0)[0], seed


def test_without_skill_it_is_ranked_by_the_rule() -> None:
    table = watchlist(noise_panel(0))
    data = table.data
    assert data["ranked_by"].eq("rule").all()
    assert not data["skill"].any()
    assert data["probability"].isna().all()
    assert data["years_since_meeting"].is_monotonic_decreasing
    assert watchlist_check(noise_panel(0)).number("watchlist.skill").value == 0
    with pytest.raises(KeyError):
        table.number("watchlist.expected")


def test_the_test_year_is_never_trained_on(full_panel: pd.DataFrame) -> None:
    frame = warning_frame(full_panel)
    changed = frame.assign(missed=frame["missed"].where(frame["target_year"] <= 2022, 1 - frame["missed"]))
    first, second = (run_trial(f, train_to=2022).later["risk"] for f in (frame, changed))
    assert np.allclose(first, second)
    assert run_trial(frame).train_to == 2023


def test_nothing_of_the_target_year_is_used(full_panel: pd.DataFrame) -> None:
    future = full_panel["book_year"] > 2022
    cut = full_panel.assign(**{name: full_panel[name].mask(future) for name in ("rat_held", "reported", "business", "members")})
    cut["rat_state"] = full_panel["rat_state"].mask(future, "unknown")
    names = ["coop_id", "years_since_meeting", "meetings_3y", "last_late", "log_members", "no_business"]
    then, now = (warning_frame(panel).query("book_year == 2022")[names].reset_index(drop=True) for panel in (cut, full_panel))
    pd.testing.assert_frame_equal(then, now)


def test_the_list_of_the_demonstration(listed: ka.Table, full_panel: pd.DataFrame) -> None:
    data = listed.data
    assert listed.names_units
    assert data["rank"].tolist() == list(range(1, len(data) + 1))
    assert data["listed"].sum() == 20
    visits = data[data["listed"]].sort_values("visit")
    assert visits["visit"].tolist() == list(range(1, 21))
    assert (visits["kecamatan"] != visits["kecamatan"].shift()).sum() == visits["kecamatan"].nunique()
    places = visits["kecamatan"] + visits["nagari"].fillna("")
    assert (places != places.shift()).sum() == places.nunique()
    assert data["ranked_by"].eq("model").all()
    assert data["of_ten"].between(0, 10).all()
    assert (data["rank_low"] <= data["rank_high"]).all()
    fresh = data[(data["years_since_meeting"] == 0) & (data["meetings_3y"] == 3)]
    assert not fresh[["reason_1", "reason_2"]].isin(["years_since_meeting", "meetings_3y"]).any().any()
    assert 0 < listed.number("watchlist.expected").value < 20
    statuses = ka.classify(full_panel).query("book_year == 2024").set_index("coop_id")["status"]
    assert statuses[data["coop_id"]].eq("active").all()


def test_the_public_edition_names_nobody(full_panel: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KOPANALYSIS_EDITION", "public")
    assert watchlist(full_panel).data.empty
    table = watchlist_check(full_panel)
    assert table.number("watchlist.auc").value is not None
    few = replace(table, data=table.data.assign(count=table.data["count"].where(table.data["count"].isna(), 3)))
    assert few.number("watchlist.hits").value is None
    assert few.number("watchlist.hits_share").value is None
    assert few.data.set_index("term").loc["hits", "value"] is pd.NA


def test_the_registry_names(full_panel: pd.DataFrame) -> None:
    table = watchlist_check(full_panel)
    score, null, auc_value = (table.number(f"watchlist.{name}") for name in ("brier", "brier_null", "auc"))
    assert 0 < score.value < null.value < 0.25
    assert auc_value.low < auc_value.value < auc_value.high
    assert watchlist_calibration(full_panel).data.groupby("test")["n"].sum()["later"] == auc_value.n


def test_last_years_list_is_scored(full_panel: pd.DataFrame, demo_panel: pd.DataFrame) -> None:
    old = watchlist(demo_panel).data
    scored = score_watchlist(old, full_panel).data.set_index("term")["value"]
    assert scored["known"] <= len(old)
    assert 0 <= scored["hits"] <= scored["missed"]
    with pytest.raises(ka.DataError, match="known yet"):
        score_watchlist(old.assign(target_year=2040), full_panel)


def test_too_few_years_are_refused(full_panel: pd.DataFrame) -> None:
    with pytest.raises(ka.DataError):
        watchlist(full_panel[full_panel["book_year"] <= 2015])
    with pytest.raises(ka.DataError, match="trained to"):
        watchlist_check(full_panel, train_to=2030)


def test_mean_risk_is_the_share_of_events(full_panel: pd.DataFrame) -> None:
    frame = warning_frame(full_panel)
    known = frame[frame["missed"].notna()]
    assert train(known).predict(known).mean() == pytest.approx(known["missed"].mean(), abs=1e-6)


def test_calibration_of_a_true_forecast_and_of_a_bold_one() -> None:
    rng = np.random.default_rng(1)
    p = rng.uniform(0.05, 0.95, 20_000)
    y = (rng.random(20_000) < p).astype(int)
    right = calibration(p, y).data
    assert ((right["conf_low"] - 0.02 <= right["expected"]) & (right["expected"] <= right["conf_high"] + 0.02)).all()
    assert right["slope"].iloc[0] == pytest.approx(1, abs=0.05)
    odds = (p / (1 - p)) ** 2
    assert calibration(odds / (1 + odds), y).data["slope"].iloc[0] == pytest.approx(0.5, abs=0.03)
    for wrong in ([0.5, 1.5], [0.5]):
        with pytest.raises(ka.CallError):
            calibration(wrong, [0, 1])


def test_scores_by_hand() -> None:
    assert auc(np.array([0.1, 0.4, 0.4, 0.8]), np.array([0, 0, 1, 1])) == 0.875
    assert np.isnan(auc(np.array([0.1, 0.2]), np.array([1, 1])))
    assert brier(np.array([0.0, 0.5]), np.array([0, 1])) == 0.125
