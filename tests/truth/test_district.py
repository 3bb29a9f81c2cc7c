"""Synthetic districts: same seed same district, effects recovered, each threat moves what it should."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kopanalysis.errors import CallError
from kopanalysis.truth.district import TABLES, District, draw_district, synthetic_district

POST = range(2022, 2025)


def test_same_arguments_give_the_same_district() -> None:
    one, other = (draw_district(5, effect_training=0.2, sector_shock=True) for _ in range(2))
    for name in TABLES:
        pd.testing.assert_frame_equal(one.tables[name], other.tables[name])
    pd.testing.assert_frame_equal(one.truth, other.truth)


def test_another_seed_gives_another_district() -> None:
    assert not draw_district(5).tables["rat"].equals(draw_district(6).tables["rat"])


@pytest.mark.parametrize("n", [40, 127, 300])
def test_the_register_of_august_2022_has_exactly_n(n: int) -> None:
    register = draw_district(3, n=n, n_treated=5).tables["register"]
    day = register[(register["snapshot_date"] == "2022-08-25") & (register["form"] == "primary_district")]
    assert len(day) == day["coop_id"].nunique() == n


def test_calibration_changes_the_years_2018_to_2021_only() -> None:
    chance, calibrated = draw_district(4).truth, draw_district(4, inactive=60).truth
    key = ["coop_id", "book_year"]
    both = chance.merge(calibrated, on=key, suffixes=("", "_calibrated"))
    changed = both["reported"] != both["reported_calibrated"]
    assert changed.any()
    assert set(both.loc[changed & (both["book_year"] < 2022), "book_year"]) <= {2018, 2019, 2020, 2021}


@pytest.mark.parametrize("target", [30, 49, 60])
def test_calibration_hits_its_target(target: int) -> None:
    truth = draw_district(4, inactive=target).truth
    founded = truth.groupby("coop_id")["book_year"].min()
    window = truth[truth["in_scope"] & truth["book_year"].between(2019, 2021)]
    silent = ~window.groupby("coop_id")["reported"].any()
    assert (silent & (founded.reindex(silent.index) <= 2018)).sum() == target


def cells(district: District, treated: int = 1) -> pd.DataFrame:
    truth = district.truth
    return truth[(truth["treated"] == treated) & truth["in_scope"] & truth["book_year"].isin(POST)]


@pytest.mark.parametrize("effect", [0.0, 0.15, -0.15])
def test_the_training_effect_is_recovered_on_average(effect: float) -> None:
    realised = [cells(draw_district(seed, effect_training=effect))[["held", "held_untreated"]].mean() for seed in range(60)]
    moved = np.array([one["held"] - one["held_untreated"] for one in realised])
    assert moved.mean() == pytest.approx(effect, abs=3 * moved.std() / np.sqrt(60) + 1e-9)


def test_without_effects_nothing_differs_from_the_untreated_course() -> None:
    truth = draw_district(9).truth
    for name in ("active", "held", "reported", "known", "business"):
        assert (truth[name] == truth[f"{name}_untreated"]).all()


def test_the_cattle_effect_starts_with_the_year_of_acceptance() -> None:
    truth = draw_district(9, effect_cattle=0.3).truth
    changed = truth[truth["changed_by_cattle"]]
    assert len(changed)
    assert (changed["book_year"] >= changed["cattle_cohort"]).all()
    assert set(truth.loc[truth["held"] != truth["held_untreated"], "coop_id"]) <= set(truth.loc[truth["cattle_cohort"].notna(), "coop_id"])


def mean_over(seeds: int, measure: object, **arguments: object) -> float:
    return float(np.mean([measure(draw_district(seed, **arguments)) for seed in range(seeds)]))  # type: ignore[operator, arg-type]


def test_selection_takes_those_inactive_about_2021() -> None:
    def met_in_2021(district: District) -> float:
        truth = district.truth
        return float(truth[(truth["treated"] == 1) & (truth["book_year"] == 2021)]["reported"].mean())

    assert met_in_2021(draw_district(1, selection=True)) == 0.0
    assert mean_over(10, met_in_2021) > 0.3


def test_sector_shock_moves_livestock_from_2022_on_and_nobody_else() -> None:
    calm, shaken = draw_district(2).truth, draw_district(2, sector_shock=3.0).truth
    both = calm.merge(shaken, on=["coop_id", "book_year"], suffixes=("", "_shaken"))
    changed = both[both["active"] != both["active_shaken"]]
    assert len(changed)
    assert changed["livestock"].all()
    assert (changed["book_year"] >= 2022).all()


def test_foot_and_mouth_lowers_livestock() -> None:
    def active(district: District) -> float:
        truth = district.truth
        return float(truth[truth["livestock"] & (truth["book_year"] == 2022)]["active"].mean())

    assert mean_over(15, active, foot_and_mouth=2.0) < mean_over(15, active) - 0.1


def test_reporting_only_changes_reports_not_meetings() -> None:
    trained = cells(draw_district(8, reporting_only=True))
    assert (trained["held"] == trained["held_untreated"]).all()
    assert (trained["reported"] == trained["held"]).all()
    assert mean_over(10, lambda d: cells(d)["reported"].mean() - cells(d)["reported_untreated"].mean(), reporting_only=True) > 0.03


def test_spillover_moves_neighbours_and_leaves_clean_kecamatan() -> None:
    district = draw_district(8, effect_training=0.3, spillover=True)
    others = cells(district, treated=0)
    moved = others[others["held"] != others["held_untreated"]]
    register = district.tables["register"].drop_duplicates("coop_id", keep="last").set_index("coop_id")["kecamatan"]
    near = set(register[cells(district)["coop_id"].unique()])
    assert len(moved)
    assert set(register[moved["coop_id"].unique()]) <= near
    assert len(near) < 7


def bundle(district: District) -> dict[tuple[bool, bool], int]:
    units = district.truth[district.truth["livestock"]].drop_duplicates("coop_id")
    pairs = zip(units["treated"] == 1, units["cattle_cohort"].notna(), strict=True)
    return pd.Series(list(pairs)).value_counts().to_dict()


def test_empty_cell_empties_training_only_and_cattle_only() -> None:
    assert set(bundle(draw_district(1))) == {(True, True), (True, False), (False, True), (False, False)}
    assert set(bundle(draw_district(1, empty_cell=True))) == {(True, True), (False, False)}


def test_dissolution_wave_takes_silent_ones_that_got_nothing() -> None:
    def dissolved_2023(district: District) -> pd.Series:
        decisions = district.tables["decisions"]
        return decisions[(decisions["decision"] == "dissolved") & (decisions["date"].dt.year == 2023)]["coop_id"]

    calm, wave = draw_district(1), draw_district(1, dissolution_wave=True)
    gone = dissolved_2023(wave)
    given = wave.truth[(wave.truth["treated"] == 1) | wave.truth["cattle_cohort"].notna()]
    assert len(gone) > len(dissolved_2023(calm)) + 5
    assert not set(gone) & set(given["coop_id"])
    assert wave.truth[wave.truth["coop_id"].isin(gone)]["book_year"].max() == 2022


def test_new_recipients_are_too_young_for_a_past() -> None:
    def young(district: District) -> int:
        first = district.truth[district.truth["treated"] == 1].groupby("coop_id")["book_year"].min()
        return int((first >= 2020).sum())

    assert young(draw_district(1)) == 0
    assert young(draw_district(1, new_recipients=True)) == 8


def test_all_livestock_trained_leaves_no_livestock_untrained() -> None:
    truth = draw_district(1, all_livestock_trained=True).truth
    assert (truth.loc[truth["livestock"], "treated"] == 1).all()


@pytest.mark.parametrize(
    ("arguments", "word"),
    [({"selektion": True}, "selektion"), ({"selection": -1}, "selection"), ({"n": 5}, "5"), ({"n_treated": 60}, "60"),
    ({"effect_cattle": 2}, "effect_cattle"),
     ({"region": "13.99"}, "13.99")],
)  # fmt: skip
def test_wrong_arguments_are_named(arguments: dict[str, float], word: str) -> None:
    with pytest.raises(CallError, match=word):
        draw_district(1, **arguments)  # type: ignore[arg-type]


def test_the_office_is_what_the_loaders_would_return() -> None:
    office = synthetic_district(1, n=60, n_treated=6)
    assert set(office.tables) == set(TABLES)
    assert office.set_aside.empty
    assert office.demonstration
    tokens = office.tables["rat"]["source_rows"]
    assert tokens.is_unique
    assert tokens.str.match(r"^S\d\d:\d+$").all()
    assert office.call is not None
    again = synthetic_district(**office.call.arguments)
    pd.testing.assert_frame_equal(again.tables["rat"], office.tables["rat"])
