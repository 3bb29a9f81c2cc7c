"""The demonstration district has the published counts: counted here from the clean tables in plain Python."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import pytest

from kopanalysis.truth.district import District, draw_district
from kopanalysis.truth.office_files import DEMO_EFFECTS, DEMO_SEED

HEADLINE = date(2022, 8, 25)
LATE = date(2026, 1, 31)


@pytest.fixture(scope="module")
def demo() -> District:
    return draw_district(DEMO_SEED, inactive=49, foot_and_mouth=True, **DEMO_EFFECTS)


def lines(demo: District, table: str) -> list[dict[str, Any]]:
    return demo.tables[table].to_dict("records")


def day_of(value: Any) -> date | None:
    return None if value != value else value.date()


def listed(demo: District, day: str = "2022-08-25") -> dict[str, dict[str, Any]]:
    rows = [row for row in lines(demo, "register") if str(row["snapshot_date"])[:10] == day and row["form"] == "primary_district"]
    return {row["coop_id"]: row for row in rows}


def inactive(demo: District, known_by: date, years: int = 3, with_business: bool = False) -> set[str]:
    window = range(2022 - years, 2022)
    alive = set()
    for row in lines(demo, "rat"):
        told = day_of(row["date_reported"])
        if row["book_year"] in window and told is not None and told <= known_by:
            alive.add(row["coop_id"])
    if with_business:
        alive |= {row["coop_id"] for row in lines(demo, "accounts") if row["book_year"] in window and row["turnover_idr"] > 0}
    old = {coop for coop, row in listed(demo).items() if 2021 - row["legal_date"].year >= years}
    return old - alive


def test_headline_127_and_49(demo: District) -> None:
    assert len(listed(demo)) == 127
    assert len(inactive(demo, HEADLINE)) == 49


def test_later_knowledge_changes_nobody(demo: District) -> None:
    assert inactive(demo, HEADLINE) == inactive(demo, LATE)


def test_the_registers_last_meeting_agrees_with_the_log(demo: District) -> None:
    silent = set()
    for coop, row in listed(demo).items():
        last = day_of(row["last_rat_date"])
        if 2021 - row["legal_date"].year >= 3 and (last is None or last.year < 2020):
            silent.add(coop)
    assert silent == inactive(demo, HEADLINE)


def test_young_ones_are_few_and_none_was_founded_in_2022(demo: District) -> None:
    founded = [row["legal_date"].year for row in listed(demo).values()]
    assert 4 <= sum(year > 2018 for year in founded) <= 8
    assert max(founded) <= 2021


def test_other_rules_and_codings_differ(demo: District) -> None:
    headline = inactive(demo, HEADLINE)
    assert len(inactive(demo, HEADLINE, years=2)) > 49
    assert len(inactive(demo, HEADLINE, with_business=True)) < 49
    at_work = {row["coop_id"] for row in lines(demo, "findings") if row["operating"] and date(2020, 1, 1) <= row["date"].date() <= HEADLINE}
    assert len(headline & at_work) >= 4
    unreported = [row for row in lines(demo, "rat") if day_of(row["date_reported"]) is None]
    assert unreported
    assert headline & {row["coop_id"] for row in unreported if row["book_year"] in (2019, 2020, 2021)}


def test_the_registers_own_word_is_a_bit_stale(demo: District) -> None:
    headline = inactive(demo, HEADLINE)
    wrong = sum((row["status"] == "inactive") != (coop in headline) for coop, row in listed(demo).items())
    assert 3 <= wrong <= 12


def test_register_totals_follow_the_published_series(demo: District) -> None:
    totals = {day: len(listed(demo, day)) for day in ("2016-12-31", "2017-12-31", "2023-12-31")}
    assert totals == {"2016-12-31": 131, "2017-12-31": 136, "2023-12-31": 131}
    gone = sum(row["decision"] == "dissolved" and row["date"].date() <= date(2019, 3, 31) for row in lines(demo, "decisions"))
    assert gone == 29  # 136 and 2 new ones less these are the 109 of March 2019
    out_of_scope = [
        row for row in lines(demo, "register") if str(row["snapshot_date"])[:10] == "2022-08-25" and row["form"] != "primary_district"
    ]
    assert len(out_of_scope) == 4


def test_kinds_and_places(demo: District) -> None:
    rows = list(listed(demo).values())
    assert sum(row["type"] == "Simpan Pinjam" for row in rows) == 39
    assert sum(row["sector"] == "Peternakan" for row in rows) == 20
    assert len({row["kecamatan"] for row in rows}) == 7
    assert all(len(row["nik"]) == 13 and row["nik"].startswith("1310") for row in rows)
    assert all("Contoh" in row["name"] for row in lines(demo, "register"))
    names = Counter(row["name"] for row in rows)
    assert max(names.values()) == 1


def test_the_trained_of_2022_and_of_2019(demo: District) -> None:
    trained = {row["coop_id"] for row in lines(demo, "training") if row["start_date"].date() == HEADLINE}
    earlier = {row["coop_id"] for row in lines(demo, "training") if row["start_date"].year == 2019}
    livestock = {coop: row for coop, row in listed(demo).items() if row["sector"] == "Peternakan"}
    assert len(trained) == len(earlier) == 15
    assert not trained & earlier
    assert trained < set(livestock)
    assert len(set(livestock) - trained) == 5
    assert sum("Sapi" in livestock[coop]["group"] for coop in trained) > 7
    assert 0 < len(trained & inactive(demo, HEADLINE)) < 15
    told_2019 = {row["coop_id"] for row in lines(demo, "rat") if row["book_year"] in (2016, 2017) and day_of(row["date_reported"])}
    assert len(earlier - told_2019) >= 12


def test_the_herd(demo: District) -> None:
    herd = lines(demo, "cattle")
    dks = [row for row in herd if row["fund"] == "DKS"]
    heads = Counter[str]()
    for row in dks:
        heads[row["event"]] += row["heads"]
    assert len({row["group_name"] for row in dks}) == 5
    assert len({row["coop_id"] for row in dks}) == 1
    assert (heads["announced"], heads["contracted"]) == (1000, 500)
    assert heads["arrived"] == heads["accepted"] + heads["rejected"]
    assert sum(row["heads"] for row in dks if row["event"] == "accepted" and row["date"].date() <= date(2022, 1, 31)) == 85
    assert "born" not in heads
    apbd = [row for row in herd if row["fund"] == "APBD" and row["event"] == "accepted"]
    assert Counter(row["date"].year for row in apbd) == {2022: 7, 2023: 22}
    assert sum(row["heads"] for row in apbd) == 140 + 450
    assert {row["group_name"] for row in lines(demo, "groups")} < {row["group_name"] for row in herd}


def test_village_cooperatives_stand_in_the_last_snapshot_only(demo: District) -> None:
    village = [row for row in lines(demo, "register") if "Merah Putih" in row["name"]]
    assert len(village) == len({row["nagari"] for row in village}) == 39
    assert {str(row["snapshot_date"])[:10] for row in village} == {"2025-12-31"}
    assert all(date(2025, 5, 1) <= row["legal_date"].date() <= date(2025, 7, 31) for row in village)


def test_only_those_that_reported_a_meeting_have_a_health_score(demo: District) -> None:
    met = {(row["coop_id"], row["book_year"]) for row in lines(demo, "rat") if day_of(row["date_reported"])}
    examined = {(row["coop_id"], row["book_year"]) for row in lines(demo, "health")}
    assert examined
    assert examined <= met
    assert {(row["scheme"], row["book_year"] >= 2020) for row in lines(demo, "health")} == {("2016", False), ("2021", True)}


def test_public_money_outstanding_blocks_dissolution(demo: District) -> None:
    gone = {row["coop_id"] for row in lines(demo, "decisions") if row["decision"] == "dissolved"}
    owing = {row["coop_id"] for row in lines(demo, "findings") if row["government_funds"]}
    assert len(owing) >= 9
    assert not gone & owing


def test_the_demonstration_needs_no_redrawing(demo: District) -> None:
    by_chance = draw_district(DEMO_SEED, foot_and_mouth=True, **DEMO_EFFECTS)
    assert by_chance.truth.equals(demo.truth)
