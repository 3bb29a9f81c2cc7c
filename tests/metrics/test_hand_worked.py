"""Eighteen cooperatives worked by hand: every state, both boundary days, shifted book years, new, dissolved, village, snapshots."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import kopanalysis as ka

DAY = "2022-08-25"
FOUNDED = {"pemula": "2020-05-05", "tiga tahun": "2018-12-31", "bulan lalu": "2022-07-01", "desa": "2019-02-02"}
NAMES = (
    "tepat", "batas maret", "satu april", "batas juni", "satu juli", "akhir tahun", "tak lapor", "lapor terlambat", "diam", "kembali",
    "dua tahun lalu",
    "tiga tahun lalu", "pemula", "tiga tahun", "bulan lalu", "bubar", "usaha jalan", "susulan",
)  # fmt: skip
# name: meetings as (book year, held, reported)
LOG: dict[str, list[tuple[int, str, str]]] = {
    "tepat": [(year, f"{year + 1}-02-10", f"{year + 1}-02-20") for year in range(2017, 2022)],
    "batas maret": [(2021, "2022-03-31", "2022-04-02")],
    "satu april": [(2021, "2022-04-01", "2022-04-02")],
    "batas juni": [(2021, "2022-06-30", "2022-07-02")],
    "satu juli": [(2021, "2022-07-01", "2022-07-02")],
    "akhir tahun": [(2020, "2021-12-30", "2022-01-05")],
    "tak lapor": [(2021, "2022-03-03", "")],
    "lapor terlambat": [(2021, "2022-03-03", "2022-09-15")],
    "kembali": [(2017, "2018-03-03", "2018-04-01"), (2021, "2022-05-05", "2022-05-06")],
    "dua tahun lalu": [(2019, "2020-03-03", "2020-03-04")],
    "tiga tahun lalu": [(2018, "2019-03-03", "2019-03-04")],
    "pemula": [(2021, "2022-02-02", "2022-02-03")],
    "bubar": [(2018, "2019-02-02", "2019-02-03")],
    "susulan": [(2018, "2020-11-11", "2020-11-12")],  # late about an older book year: not a meeting about 2019
}
STATES_2021 = {
    "tepat": "on_time", "batas maret": "on_time", "satu april": "late_legal", "batas juni": "late_legal", "satu juli": "late",
    "akhir tahun": "not_held", "tak lapor": "held_not_reported", "lapor terlambat": "held_not_reported", "diam": "not_held",
    "kembali": "late_legal", "dua tahun lalu": "not_held", "tiga tahun lalu": "not_held", "pemula": "on_time", "tiga tahun": "not_held",
    "bulan lalu": "not_held", "bubar": "not_held", "usaha jalan": "not_held", "susulan": "not_held",
}  # fmt: skip
ACTIVE, INACTIVE = "active", "inactive"
ANSWERS = {
    ("no_rat_3y", "legal"): {
        "tepat": ACTIVE, "batas maret": ACTIVE, "satu april": ACTIVE, "batas juni": ACTIVE, "satu juli": ACTIVE, "akhir tahun": ACTIVE,
        "tak lapor": INACTIVE, "lapor terlambat": INACTIVE, "diam": INACTIVE, "kembali": ACTIVE, "dua tahun lalu": ACTIVE,
        "tiga tahun lalu": INACTIVE, "pemula": "new", "tiga tahun": INACTIVE, "bulan lalu": "new", "bubar": "dissolved",
        "usaha jalan": INACTIVE, "susulan": INACTIVE,
    },
    ("no_rat_2y", "legal"): {"dua tahun lalu": INACTIVE, "akhir tahun": ACTIVE, "pemula": "new", "tiga tahun": INACTIVE},
    ("no_rat_3y", "evidence"): {"tak lapor": ACTIVE, "lapor terlambat": ACTIVE, "usaha jalan": ACTIVE, "diam": INACTIVE},
    ("no_rat_3y", "unknown"): {"tak lapor": ACTIVE, "diam": "unknown", "usaha jalan": "unknown", "tepat": ACTIVE, "bubar": "dissolved"},
    ("no_rat_no_business_2y", "legal"): {"usaha jalan": ACTIVE, "diam": INACTIVE, "dua tahun lalu": INACTIVE},
    ("no_rat_no_business_3y", "legal"): {"usaha jalan": ACTIVE, "tiga tahun lalu": INACTIVE, "dua tahun lalu": ACTIVE},
    ("as_registered", "legal"): {"diam": ACTIVE, "tepat": INACTIVE},
}  # fmt: skip


def register(day: str = "2022-08-25") -> list[dict[str, Any]]:
    return [
        {
            "NIK": f"13100100102{order:02d}", "Nama Koperasi": f"KSU Contoh {name.title()}", "Kecamatan": "Sangir", "Tanggal Data": day,
            "Tanggal Badan Hukum": FOUNDED.get(name, "2001-01-01"), "Status": "Tidak Aktif" if name == "tepat" else "Aktif",
        }
        for order, name in enumerate(NAMES)
    ]  # fmt: skip


def log() -> list[dict[str, Any]]:
    return [
        {"Nama Koperasi": f"KSU Contoh {name.title()}", "Tahun Buku": year, "Tanggal RAT": held, "Tanggal Lapor": reported}
        for name, meetings in LOG.items()
        for year, held, reported in meetings
    ]


@pytest.fixture
def office(make_office: Any) -> Any:
    return make_office(
        register=register(),
        rat=log(),
        accounts=[{"Nama Koperasi": "KSU Contoh Usaha Jalan", "Tahun Buku": 2021, "Volume Usaha": 25000000, "Aset": 1}],
        decisions=[{"Nama Koperasi": "KSU Contoh Bubar", "Tanggal": "2021-03-01", "Keputusan": "dibubarkan", "No. SK": "1"}],
    )


def by_name(frame: pd.DataFrame, column: str, year: int = 2021) -> dict[str, Any]:
    lines = frame[frame["book_year"] == year]
    return {name.removeprefix("KSU Contoh ").lower(): value for name, value in zip(lines["name"], lines[column], strict=True)}


def test_states(office: Any) -> None:
    assert by_name(ka.build_panel(office, as_of=DAY), "rat_state") == STATES_2021


@pytest.mark.parametrize("choice", ANSWERS, ids="-".join)
def test_answers(office: Any, choice: tuple[str, str]) -> None:
    found = by_name(ka.classify(ka.build_panel(office, as_of=DAY), *choice), "status")
    assert {name: found[name] for name in ANSWERS[choice]} == ANSWERS[choice]


def test_a_late_meeting_about_an_older_year_is_not_one_about_the_year_before(office: Any) -> None:
    assert by_name(ka.build_panel(office), "rat_state", 2018)["susulan"] == "late"
    assert by_name(ka.build_panel(office), "rat_state", 2019)["susulan"] == "not_held"


def test_the_total_counts_the_new_and_leaves_out_the_dissolved(office: Any) -> None:
    table = ka.definitions_table(ka.build_panel(office, as_of=DAY), DAY)
    assert table.number("register.total").value == len(NAMES) - 1
    assert table.number("new.count.no_rat_3y.legal").value == 2


def test_founding_date_decides_who_is_new(office: Any) -> None:
    panel = ka.build_panel(office)
    ages = by_name(panel, "age")
    assert (ages["pemula"], ages["tiga tahun"], ages["bulan lalu"]) == (1, 3, -1)
    assert "bulan lalu" not in by_name(panel, "age", 2020)


@pytest.mark.parametrize("silence", ["legal", "evidence", "unknown"])
@pytest.mark.parametrize("rule", ["no_rat_3y", "no_rat_2y", "no_rat_no_business_2y", "no_rat_no_business_3y", "as_registered"])
def test_statuses_are_exhaustive_and_exclusive(full_panel: pd.DataFrame, rule: str, silence: str) -> None:
    status = ka.classify(full_panel, rule, silence)["status"]
    assert status.isin(["active", "inactive", "new", "unknown", "dissolved"]).all()
    assert len(status) == len(full_panel)


def test_what_is_learned_later_changes_the_later_panel_only(make_office: Any) -> None:
    late = {"Nama Koperasi": "KSU Contoh Diam", "Tahun Buku": 2020, "Tanggal RAT": "2021-03-01", "Tanggal Lapor": "2022-10-01"}
    before = ka.build_panel(make_office(register=register(), rat=log()), as_of="2022-08-25")
    office = make_office(register=[*register(), *register("2022-12-31")], rat=[*log(), late])
    again = ka.build_panel(office, as_of="2022-08-25")
    facts = [column for column in before.columns if column not in ("source_rows", "rat_state", "rat_held", "reported")]
    pd.testing.assert_frame_equal(again[facts], before[facts], check_dtype=False)
    # The meeting itself was held before the day, so it is a fact of that day; its report isn't.
    assert by_name(again, "rat_state", 2020)["diam"] == "held_not_reported"
    assert by_name(ka.classify(again), "status") == by_name(ka.classify(before), "status")
    assert by_name(ka.classify(ka.build_panel(office)), "status", 2021)["diam"] == ACTIVE


def test_splitting_a_file_in_two_changes_nothing(make_office: Any, tmp_path: Any) -> None:
    whole = ka.build_panel(make_office(register=register(), rat=log()))
    (tmp_path / "register.csv").unlink()
    (tmp_path / "rat.csv").unlink()
    split = ka.build_panel(make_office(a=register()[:7], b=register()[7:], c=log()[:9], d=log()[9:]))
    facts = [column for column in whole.columns if column != "source_rows"]
    pd.testing.assert_frame_equal(split[facts], whole[facts])


def test_relabelling_and_reordering_rows_change_nothing(make_office: Any, tmp_path: Any) -> None:
    first = ka.classify(ka.build_panel(make_office(register=register(), rat=log())))
    relabelled = [row | {"NIK": str(int(row["NIK"]) + 5000)} for row in reversed(register())]
    second = ka.classify(ka.build_panel(make_office(register=relabelled, rat=list(reversed(log())))))
    for year in range(2019, 2022):
        assert by_name(first, "status", year) == by_name(second, "status", year)


def test_every_row_on_its_way_into_the_panel_is_counted(demo_office: Any, full_panel: pd.DataFrame) -> None:
    report = ka.panel_report(demo_office, full_panel).set_index("table")
    reasons = ["used", "no_cooperative", "not_in_panel", "later", "not_decisive"]
    assert (report[reasons].sum(axis=1) == report["rows"]).all()
    assert report.loc["rat", "used"] > 0.95 * report.loc["rat", "rows"]
    assert report.loc["cattle", "no_cooperative"] > 0
    early = ka.panel_report(demo_office, ka.build_panel(demo_office, as_of="2019-08-01", region="13.11")).set_index("table")
    assert early.loc["rat", "later"] > 200


def test_recurrent_spells_and_the_interval_of_a_stop(full_panel: pd.DataFrame) -> None:
    first, every = ka.build_spells(full_panel), ka.build_spells(full_panel, recurrent=True)
    assert len(every) > len(first)
    assert (every.groupby("coop_id")["spell"].max() >= 1).all()
    again = every[every["spell"] > 1]
    merged = again.merge(every[every["spell"] == 1], on="coop_id", suffixes=("", "_first"))
    assert (merged["entry"] >= merged["duration_first"]).all()
    stops = first[(first["event"] == 1) & first["last_sign_year"].notna()]
    assert (stops["last_year"] - stops["last_sign_year"] == 3).all()
    met = full_panel[full_panel["reported"] == 1].set_index(["coop_id", "book_year"]).index
    assert all((row.coop_id, row.last_sign_year) in met for row in stops.itertuples())
