"""States with return, blocked exit, causes and silence: hand-worked cases and truths of the demonstration."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import kopanalysis as ka
from kopanalysis.inactivity.causes import causes_table
from kopanalysis.inactivity.multistate import aalen_johansen, blocked_exit, occupation, return_by_years_inactive
from kopanalysis.inactivity.silence import activity_or_reporting, silence_bounds, silence_map


def test_two_states_by_hand() -> None:
    steps = pd.DataFrame({"unit": list("abcdabcd"), "time": [1] * 4 + [2] * 4, "from": ["on"] * 4 + ["on", "on", "off", "off"],
                          "to": ["on", "on", "off", "off", "on", "off", "on", "off"]})  # fmt: skip
    curve = occupation(steps, ("on", "off"))
    assert curve[curve["term"] == "on"]["estimate"].tolist() == [0.5, 0.5]
    assert curve.groupby("time")["estimate"].sum().tolist() == [1.0, 1.0]


def test_states_add_up_and_dissolution_never_falls(full_panel: pd.DataFrame) -> None:
    data = aalen_johansen(full_panel).data
    assert np.allclose(data.groupby("time")["estimate"].sum(), 1)
    assert data[data["term"] == "dissolved"]["estimate"].is_monotonic_increasing
    assert data[data["term"] == "active"]["estimate"].is_monotonic_decreasing
    assert data[data["term"] == "returned"]["estimate"].max() > 0


def test_return_counts_are_those_of_the_transitions(full_panel: pd.DataFrame) -> None:
    data = return_by_years_inactive(full_panel).data
    steps = ka.transitions(full_panel).data.set_index(["from", "to"])["count"]
    assert data["returned"].sum() == steps["inactive", "active"]
    assert data["dissolved"].sum() == steps["inactive", "dissolved"]


def test_blocked_exit_counts_every_step_once(demo_office: Any, full_panel: pd.DataFrame) -> None:
    data = blocked_exit(demo_office, region="13.11").data
    steps = ka.transitions(full_panel).data.set_index(["from", "to"])["count"]
    for origin, target in (("active", "inactive"), ("inactive", "active"), ("inactive", "dissolved")):
        rows = data[(data["from"] == origin) & (data["to"] == target)]
        assert rows["count"].sum() == steps[origin, target]
    yes = data[(data["from"] == "inactive") & (data["funds"] == "yes") & (data["to"] == "dissolved")].iloc[0]
    assert yes["n"] > 0
    assert yes["count"] == 0


def test_causes_apart_from_definitions_and_errors() -> None:
    findings = pd.DataFrame({"coop_id": ["a", "a", "b", "c"],
                             "causes": ["rat_missed bad_loans", "bad_loans", "duplicate_registration", "covid"],
                             "place": ["x", "x", "x", "y"]})  # fmt: skip
    data = causes_table(findings).data.set_index("cause")
    assert data.loc["bad_loans", ["count", "n"]].tolist() == [1, 3]
    assert data.loc[["bad_loans", "rat_missed", "duplicate_registration", "not_reported"], "kind"].tolist() == [
        "cause", "definition", "measurement", "measurement"]  # fmt: skip
    by_place = causes_table(findings, "place").data.set_index(["place", "cause"])
    assert by_place.loc[("x", "bad_loans"), "n"] == 2
    with pytest.raises(ka.CallError, match="nowhere"):
        causes_table(findings, "nowhere")
    with pytest.raises(ka.DataError):
        causes_table(findings.iloc[:0])


@pytest.mark.parametrize("by", ["kecamatan", "sector", "fund", "government_funds"])
def test_causes_of_the_demonstration(demo_office: Any, by: str) -> None:
    whole, parts = causes_table(demo_office).data, causes_table(demo_office, by).data
    visited = demo_office.tables["findings"].dropna(subset=["causes"])["coop_id"].nunique()
    assert whole["n"].eq(visited).all()
    assert parts.drop_duplicates(by)["n"].sum() == visited
    assert ((whole["conf_low"] <= whole["share"] + 1e-12) & (whole["share"] <= whole["conf_high"] + 1e-12)).all()


def test_silence_bounds_and_tipping_point(demo_panel: pd.DataFrame) -> None:
    data = silence_bounds(demo_panel, "2022-08-25", stated=0.3).data.set_index("term")
    headline = ka.definitions_table(demo_panel, "2022-08-25")
    assert data.loc["headline", "estimate"] == headline.number("inactive.rate.no_rat_3y.legal").value
    assert data.loc["lower", "count"] == headline.number("inactive.count.no_rat_3y.evidence").value
    assert data.loc["closed", "estimate"] <= data.loc["lower", "estimate"] <= data.loc["headline", "estimate"]
    share = data.loc["tipping", "estimate"]
    silent, judged = data.loc["headline", ["count", "n"]]
    assert silent * (1 - share) / judged == pytest.approx(0.3)
    assert silence_bounds(demo_panel, "2022-08-25", stated=0.99).data.set_index("term").loc["tipping", "estimate"] == 0
    tipping = silence_map(demo_panel, "2022-08-25").data["inactive"]
    assert tipping.iloc[0] == data.loc["headline", "estimate"]
    assert tipping.iloc[-1] == 0


def reading(seed: int, n: int = 250, n_treated: int = 40, **arguments: Any) -> str:
    panel = ka.build_panel(ka.synthetic_district(seed, n=n, n_treated=n_treated, **arguments))
    table = activity_or_reporting(panel, (2018, 2019, 2020, 2021), (2022, 2023, 2024))
    return str(table.data["reading"].iloc[0])


def test_reports_alone_are_not_called_activity() -> None:
    found = [reading(seed, reporting_only=True) for seed in range(8)]
    assert found.count("activity") <= 1


def test_a_true_effect_is_called_activity() -> None:
    assert [reading(seed, effect_training=0.4) for seed in range(4)].count("activity") >= 2


@pytest.mark.certify
def test_readings_of_many_districts() -> None:
    shares = {}
    for name, arguments in {"reporting only": {"reporting_only": True}, "nothing": {}, "true effect": {"effect_training": 0.4}}.items():
        found = pd.Series([reading(seed, 600, 120, **arguments) for seed in range(40)])
        shares[name] = found.value_counts(normalize=True).round(3)
        print(f"\n{name}, 40 districts of 600:", shares[name].to_dict())
    assert shares["reporting only"].get("activity", 0) <= 0.125
    assert shares["reporting only"].get("reporting", 0) >= 0.4
    assert shares["nothing"].get("activity", 0) <= 0.125
    assert shares["true effect"].get("activity", 0) >= 0.8
