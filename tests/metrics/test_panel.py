"""The panel: nothing known later is used, one snapshot knows one meeting, every line knows its rows."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import kopanalysis as ka
from kopanalysis.lineage import Rows

COOP = {"NIK": "1310010010001", "Nama Koperasi": "KUD Contoh Satu", "Kecamatan": "Sangir", "Tanggal Badan Hukum": "2001-05-04"}


def snapshot(day: str, last: str, **more: Any) -> dict[str, Any]:
    return COOP | {"Tanggal Data": day, "Tanggal RAT Terakhir": last} | more


def states(panel: pd.DataFrame, name: str = "KUD Contoh Satu") -> dict[int, str]:
    lines = panel[panel["name"] == name]
    return dict(zip(lines["book_year"], lines["rat_state"], strict=True))


def test_one_snapshot_knows_only_the_last_meeting(make_office: Any) -> None:
    panel = ka.build_panel(make_office(register=[snapshot("2022-08-25", "2020-03-15")]))
    assert states(panel) == {2019: "on_time", 2020: "not_held", 2021: "not_held"}
    earlier = ka.build_panel(make_office(register=[snapshot("2022-08-25", "2022-02-15")]))
    assert states(earlier) == {2019: "unknown", 2020: "unknown", 2021: "on_time"}


def test_several_snapshots_reconstruct_what_they_can(make_office: Any) -> None:
    known = {"2019-12-31": "2019-03-01", "2021-12-31": "2021-05-01", "2022-12-31": "2021-05-01"}
    panel = ka.build_panel(make_office(register=[snapshot(day, last) for day, last in known.items()]))
    assert states(panel) == {2016: "unknown", 2017: "unknown", 2018: "on_time", 2019: "unknown", 2020: "late_legal", 2021: "not_held"}


def test_an_empty_last_meeting_is_silence_but_an_unreadable_one_is_not(make_office: Any) -> None:
    assert set(states(ka.build_panel(make_office(register=[snapshot("2022-08-25", "-"), OTHER]))).values()) == {"not_held"}
    unread = states(ka.build_panel(make_office(register=[snapshot("2022-08-25", "entah kapan"), OTHER])))
    assert set(unread.values()) == {"unknown"}


OTHER = {"NIK": "1310010010002", "Nama Koperasi": "KUD Contoh Dua", "Kecamatan": "Sangir", "Tanggal Badan Hukum": "2002-01-01",
         "Tanggal Data": "2022-08-25", "Tanggal RAT Terakhir": "2022-01-20"}  # fmt: skip


def test_nothing_known_later_is_used(make_office: Any) -> None:
    office = make_office(
        register=[snapshot("2020-12-31", "2020-03-01", Status="Aktif"), snapshot("2022-12-31", "2022-03-01", Status="Tidak Aktif")],
        decisions=[{"Nama Koperasi": "KUD Contoh Satu", "Tanggal": "2022-05-01", "Keputusan": "dibubarkan"}],
    )
    before = ka.build_panel(office, as_of="2021-08-01")
    assert before["book_year"].max() == 2020
    assert before["dissolved_on"].isna().all()
    assert states(before)[2020] == "unknown"
    after = ka.build_panel(office)
    assert after["dissolved_on"].notna().all()
    assert ka.classify(after).set_index("book_year")["status"][2022 - 1] == "active"


def test_who_leaves_the_register_without_a_decision_leaves_the_panel(make_office: Any) -> None:
    gone = COOP | {"NIK": "1310010010009", "Nama Koperasi": "KUD Contoh Hilang", "Tanggal Data": "2020-12-31"}
    panel = ka.build_panel(make_office(register=[snapshot("2020-12-31", "2020-03-01"), gone, snapshot("2022-12-31", "2022-03-01")]))
    assert panel.groupby("name")["book_year"].max().to_dict() == {"KUD Contoh Hilang": 2019, "KUD Contoh Satu": 2021}


def test_other_regions_and_forms_are_left_out_and_counted(make_office: Any) -> None:
    rows = [
        snapshot("2022-12-31", "2022-03-01", Kabupaten="Solok Selatan", **{"Bentuk Koperasi": "Primer Kabupaten/Kota"}),
        OTHER | {"Kabupaten": "Solok Selatan", "Bentuk Koperasi": "Primer Nasional"},
        OTHER | {"NIK": "1303010010003", "Nama Koperasi": "KUD Contoh Tetangga", "Kabupaten": "Kabupaten Solok", "Kecamatan": ""},
    ]
    panel = ka.build_panel(make_office(register=rows), region="13.11")
    assert set(panel["name"]) == {"KUD Contoh Satu"}
    assert panel.attrs["report"]["other_region"] == 1
    assert panel.attrs["report"]["not_primary"] == 1


def test_a_region_without_cooperatives_is_refused(make_office: Any) -> None:
    office = make_office(register=[snapshot("2022-12-31", "2022-03-01", Kabupaten="Solok Selatan")])
    with pytest.raises(ka.DataError, match=r"13\.10"):
        ka.build_panel(office, region="13.10")


def test_every_line_knows_its_rows(full_panel: pd.DataFrame, demo_office: Any) -> None:
    assert (full_panel["source_rows"].str.len() > 0).all()
    known = {(s, r) for table in demo_office.tables.values() for s, r in zip(table["source_id"], table["source_row"], strict=True)}
    assert set(Rows.of(full_panel["source_rows"])) <= known


def test_two_trainings_of_fifteen_stay_apart(full_panel: pd.DataFrame) -> None:
    units = full_panel.groupby("coop_id").agg({"treated": "max", "training_cohort": "min", "sector": "last"})
    assert units["treated"].sum() == 15
    assert set(units.loc[units["treated"] == 1, "sector"]) == {"Peternakan"}
    assert (units.loc[units["training_cohort"] == 2019, "treated"] == 0).all()


def test_village_cooperatives_are_marked_and_new(make_office: Any) -> None:
    village = OTHER | {
        "NIK": "1310010010077",
        "Nama Koperasi": "Koperasi Desa Merah Putih Contoh Abai",
        "Tanggal Badan Hukum": "2025-06-02",
    }
    rows = [snapshot("2025-12-31", "2025-03-01"), village | {"Tanggal Data": "2025-12-31", "Tanggal RAT Terakhir": "-"}]
    lines = ka.classify(ka.build_panel(make_office(register=rows)))
    last = lines[lines["book_year"] == 2024].set_index("name")
    assert last["kdmp"].to_dict() == {"KUD Contoh Satu": 0, "Koperasi Desa Merah Putih Contoh Abai": 1}
    assert last.loc["Koperasi Desa Merah Putih Contoh Abai", ["age", "status"]].tolist() == [-1, "new"]
