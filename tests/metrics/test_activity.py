"""Meetings, rules and codings on hand-worked cooperatives."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import kopanalysis as ka

OLD = {"Kecamatan": "Sangir", "Tanggal Badan Hukum": "2005-01-10", "Bentuk Koperasi": "Primer Kabupaten/Kota", "Tanggal Data": "2022-08-25"}
NAMES = ("Tiap Tahun", "Sekali", "Diam", "Tak Lapor", "Bekerja", "Baru", "Bubar", "Terlambat")


def register() -> list[dict[str, Any]]:
    rows = [OLD | {"NIK": f"13100100100{i:02d}", "Nama Koperasi": f"KSU Contoh {name}"} for i, name in enumerate(NAMES)]
    rows[5]["Tanggal Badan Hukum"] = "2020-03-02"
    for row, word in zip(rows, ["Aktif", "Aktif", "Tidak Aktif", "Aktif", "Tidak Aktif", "Aktif", "Tidak Aktif", "Aktif"], strict=True):
        row["Status"] = word
    return rows


def meeting(name: str, year: int, held: str, reported: str = "2022-07-30") -> dict[str, Any]:
    return {"Nama Koperasi": f"KSU Contoh {name}", "Tahun Buku": year, "Tanggal RAT": held, "Tanggal Lapor": reported}


def meetings() -> list[dict[str, Any]]:
    return [
        *(meeting("Tiap Tahun", year, f"{year + 1}-03-31", f"{year + 1}-04-05") for year in range(2017, 2022)),
        meeting("Sekali", 2019, "2020-06-30", "2020-07-30"),
        meeting("Tak Lapor", 2020, "2021-02-11", ""),
        meeting("Bubar", 2017, "2018-02-11", "2018-02-20"),
        meeting("Terlambat", 2021, "2022-07-01", "2022-07-05"),
        meeting("Baru", 2021, "2022-04-01", "2022-05-05"),
        meeting("Diam", 2021, "2022-11-01", "2022-11-05"),  # after the day: not known yet
    ]


@pytest.fixture
def panel(make_office: Any) -> pd.DataFrame:
    office = make_office(
        register=register(),
        rat=meetings(),
        accounts=[{"Nama Koperasi": "KSU Contoh Bekerja", "Tahun Buku": 2020, "Volume Usaha": "12.500.000", "Aset": "50.000.000"}],
        findings=[{"Nama Koperasi": "KSU Contoh Diam", "Tanggal": "2021-05-02", "Masih Beroperasi": "Ya", "Sebab": "tidak ada laporan"}],
        decisions=[{"Nama Koperasi": "KSU Contoh Bubar", "Tanggal": "2021-06-01", "Keputusan": "dibubarkan", "No. SK": "SK 1"}],
    )
    return ka.build_panel(office, as_of="2022-08-25", region="13.11")


def column(frame: pd.DataFrame, name: str, year: int = 2021) -> dict[str, Any]:
    lines = frame[frame["book_year"] == year]
    return {row["name"].removeprefix("KSU Contoh "): row[name] for _, row in lines.iterrows()}


def test_states_of_the_meeting(panel: pd.DataFrame) -> None:
    assert column(panel, "rat_state") == {
        "Tiap Tahun": "on_time", "Sekali": "not_held", "Diam": "not_held", "Tak Lapor": "not_held", "Bekerja": "not_held",
        "Baru": "late_legal", "Bubar": "not_held", "Terlambat": "late",
    }  # fmt: skip
    assert column(panel, "rat_state", 2019)["Sekali"] == "late_legal"
    assert column(panel, "rat_state", 2020)["Tak Lapor"] == "held_not_reported"


@pytest.mark.parametrize(
    ("rule", "silence", "expected"),
    [
        ("no_rat_3y", "legal", "active active inactive inactive inactive new dissolved active"),
        ("no_rat_3y", "evidence", "active active active active active new dissolved active"),
        ("no_rat_3y", "unknown", "active active unknown active unknown new dissolved active"),
        ("no_rat_2y", "legal", "active inactive inactive inactive inactive new dissolved active"),
        ("no_rat_no_business_2y", "legal", "active inactive inactive inactive active new dissolved active"),
        ("no_rat_no_business_3y", "legal", "active active inactive inactive active new dissolved active"),
        ("as_registered", "legal", "active active inactive active inactive active dissolved active"),
        ("as_registered", "unknown", "active active inactive active inactive active dissolved active"),
    ],
)
def test_rules_and_codings(panel: pd.DataFrame, rule: str, silence: str, expected: str) -> None:
    assert column(ka.classify(panel, rule, silence), "status") == dict(zip(NAMES, expected.split(), strict=True))


def test_what_is_done_to_a_result_reaches_nobody_else(panel: pd.DataFrame) -> None:
    first = ka.definitions_table(panel, "2022-08-25").data
    before = first.copy()
    first["mine"], first.iloc[0, 0] = 1, "changed"
    pd.testing.assert_frame_equal(ka.definitions_table(panel, "2022-08-25").data, before)


def test_the_dissolved_keep_their_rows_and_leave_the_total(panel: pd.DataFrame) -> None:
    status = column(ka.classify(panel), "status", 2020)
    assert status["Bubar"] == "inactive" or status["Bubar"] == "active"
    table = ka.definitions_table(panel, "2022-08-25")
    assert table.number("register.total").value == len(NAMES) - 1
    assert table.number("inactive.count.no_rat_3y.legal").value == 3


def test_a_year_not_due_yet_lets_the_status_stand(make_office: Any) -> None:
    office = make_office(
        register=[row | {"Tanggal Data": "2022-02-01"} for row in register()],
        rat=[m for m in meetings() if m["Tahun Buku"] < 2021],
    )
    panel = ka.build_panel(office, as_of="2022-02-01")
    assert set(column(panel, "rat_state").values()) == {"not_yet_due"}
    known = column(ka.classify(panel), "status")
    assert known["Tiap Tahun"] == "active"
    assert known["Diam"] == column(ka.classify(panel), "status", 2020)["Diam"]


def test_unknown_silence_gives_bounds_and_no_rate(panel: pd.DataFrame) -> None:
    row = ka.definitions_table(panel, "2022-08-25").data.set_index(["rule", "silence"]).loc[("no_rat_3y", "unknown")]
    assert pd.isna(row["rate"])
    assert (row["conf_low"], row["conf_high"]) == (0.0, pytest.approx(2 / 6))


def test_activity_rate_counts_what_it_divides(panel: pd.DataFrame) -> None:
    row = ka.activity_rate(panel).data.set_index("book_year").loc[2021]
    assert (row["total"], row["active"], row["inactive"], row["new"], row["unknown"]) == (7, 3, 3, 1, 0)
    assert row["rate"] == 0.5
    assert row["conf_low"] < 0.5 < row["conf_high"]


def test_unknown_names_are_answered_with_the_nearest(panel: pd.DataFrame) -> None:
    with pytest.raises(ka.RuleError, match="no_rat_3y"):
        ka.classify(panel, rule="no_rat_3")
    with pytest.raises(ka.RuleError, match="legal"):
        ka.classify(panel, silence="leagl")


def test_frames_are_not_changed(panel: pd.DataFrame) -> None:
    before = panel.copy()
    ka.classify(panel)
    ka.definitions_table(panel, "2022-08-25")
    pd.testing.assert_frame_equal(panel, before)


def test_row_order_does_not_matter(panel: pd.DataFrame) -> None:
    shuffled = panel.sample(frac=1, random_state=1)
    shuffled.attrs = panel.attrs
    pd.testing.assert_frame_equal(ka.definitions_table(shuffled, "2022-08-25").data, ka.definitions_table(panel, "2022-08-25").data)


def test_the_headline_of_the_demonstration(demo_panel: pd.DataFrame, full_panel: pd.DataFrame) -> None:
    for panel in (demo_panel, full_panel):
        table = ka.definitions_table(panel, "2022-08-25")
        assert table.number("register.total").value == 127
        assert table.number("inactive.count.no_rat_3y.legal").value == 49
    counts = ka.definitions_table(demo_panel, "2022-08-25").data.pivot(index="rule", columns="silence", values="inactive")
    for rule in counts.index.drop(["no_rat_3y", "as_registered"]):
        assert (counts.loc[rule] != counts.loc["no_rat_3y"]).any(), rule
    assert counts.loc["as_registered"].nunique() == 1


def test_places_add_up_to_the_headline_and_give_no_small_count_away(demo_panel: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = ka.activity_by_place(demo_panel, "2022-08-25")
    assert whole.data["inactive"].sum() == 49
    assert whole.data["total"].sum() == 127
    monkeypatch.setenv("KOPANALYSIS_EDITION", "public")
    shown = ka.activity_by_place(demo_panel, "2022-08-25")
    for column in ("active", "inactive", "new", "unknown"):
        hidden = [row for row in range(len(shown.data)) if (row, column) in shown.hidden]
        assert all(whole.data[column].iloc[row] in (0, *range(5, 200)) for row in range(len(whole.data)) if row not in hidden)
        assert len(hidden) != 1 or not whole.data[column].drop(index=hidden).any()
