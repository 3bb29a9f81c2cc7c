"""Counts that disagree: every step has a name and the steps add up; statuses, duplicates and strangers are found, none is invented."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import kopanalysis as ka
from kopanalysis.loaders import bridge, codebook, reconcile
from kopanalysis.metrics import panel as panels
from kopanalysis.resources import resource
from kopanalysis.results import EDITION_VARIABLE

DAYS = ("2016-12-31", "2018-06-30", "2019-12-31", "2022-03-01", "2022-08-25", "2023-06-01", "2025-12-31")


def coop(number: int, **more: Any) -> dict[str, Any]:
    base = {"Tanggal Data": "2022-08-25", "NIK": f"1310010{number:06d}", "Nama Koperasi": f"KSU Contoh {chr(64 + number)}",
            "Kecamatan": "Sangir", "Kabupaten": "Solok Selatan", "Bentuk Koperasi": "Primer Kabupaten/Kota",
            "Tanggal Badan Hukum": "2005-01-01", "Status": "Aktif"}  # fmt: skip
    return base | more


def meeting(number: int, year: int, held: str, reported: str = "") -> dict[str, Any]:
    return {"NIK": f"1310010{number:06d}", "Nama Koperasi": f"KSU Contoh {chr(64 + number)}", "Tahun Buku": year,
            "Tanggal RAT": held, "Tanggal Lapor": reported}  # fmt: skip


def steps(table: Any) -> dict[str, int]:
    return dict(zip(table.data["step"], table.data["count"].astype(int), strict=True))


def adds_up(table: Any) -> bool:
    inner = table.data.iloc[1:-1]
    return bool(table.data["count"].iloc[0] + (inner["sign"] * inner["count"]).sum() == table.data["count"].iloc[-1])


@pytest.fixture
def small(make_office: Any) -> Any:
    """Eight rows on the newest sheet: one national, one dissolved, one of Dharmasraya, one twice, one without any key."""
    register = [
        coop(1), coop(2, Status="Tidak Aktif"), coop(3), coop(3), coop(4, **{"Bentuk Koperasi": "Primer Nasional"}), coop(5),
        coop(6, NIK="1311010000006", Kabupaten="Dharmasraya", Kecamatan="Pulau Punjung"),
        coop(7, **{"Nama Koperasi": "Koperasi Merah Putih Contoh", "Tanggal Badan Hukum": "2022-06-01"}),
        coop(8, NIK="", **{"Nama Koperasi": ""}),
    ]  # fmt: skip
    rat = [
        meeting(2, 2019, "2020-02-01", "2020-03-01"), meeting(2, 2020, "2021-02-01", "2021-03-01"),
        meeting(2, 2021, "2022-02-01", "2022-09-30"), meeting(3, 2021, "2022-03-01", "2022-03-10"), meeting(5, 2021, "2022-04-01"),
    ]  # fmt: skip
    decisions = [{"NIK": "1310010000005", "Tanggal": "2022-05-01", "Keputusan": "dibubarkan", "No. SK": "1"}]
    return make_office(register=register, rat=rat, decisions=decisions)


def test_the_bridge_names_every_cause_and_adds_up(small: Any) -> None:
    table = ka.bridge_register(small, "2022-08-25", "13.11")
    assert steps(table) == {"rows_on_sheet": 9, "set_aside": 1, "newer_sheet": 0, "other_region": 1, "twice": 1, "not_primary": 1,
                            "dissolved": 1, "older_sheet": 0, "counted": 4}  # fmt: skip
    assert adds_up(table)
    assert table.number("bridge.register.village").value == 1


@pytest.mark.parametrize("day", DAYS)
def test_the_bridge_ends_where_the_panel_counts(demo_office: Any, day: str) -> None:
    table = ka.bridge_register(demo_office, day, "13.11")
    panel = ka.build_panel(demo_office, as_of=day, region="13.11")
    assert adds_up(table)
    assert steps(table)["counted"] == len(ka.at_date(panel, day))


def test_the_demo_bridge_is_the_printed_headline(demo_office: Any) -> None:
    found = steps(ka.bridge_register(demo_office, "2022-08-25", "13.11"))
    assert (found["rows_on_sheet"], found["set_aside"], found["not_primary"], found["counted"]) == (132, 1, 4, 127)


@pytest.mark.parametrize(("first", "last"), [("2016-12-31", "2019-12-31"), ("2022-08-25", "2025-12-31"), ("2018-06-30", "2022-03-01")])
def test_the_count_of_one_day_becomes_that_of_another(demo_office: Any, first: str, last: str) -> None:
    table = ka.bridge_between(demo_office, first, last, "13.11")
    assert adds_up(table)
    assert steps(table)["last_count"] == steps(ka.bridge_register(demo_office, last, "13.11"))["counted"]


def test_between_two_registers_each_change_has_its_cause(make_office: Any) -> None:
    later = {"Tanggal Data": "2023-12-31"}
    office = make_office(
        register=[coop(1), coop(2), coop(3), coop(1, **later), coop(4, **later, **{"Tanggal Badan Hukum": "2023-02-02"}),
                  coop(5, **later), coop(6, **later, **{"Nama Koperasi": "KDMP Contoh", "Tanggal Badan Hukum": "2023-05-05"})],
        decisions=[{"NIK": "1310010000002", "Tanggal": "2023-03-01", "Keputusan": "dibubarkan"}],
    )  # fmt: skip
    table = ka.bridge_between(office, "2022-08-25", "2023-12-31", "13.11")
    assert steps(table) == {
        "first_count": 3,
        "village": 1,
        "founded": 1,
        "entered_later": 1,
        "dissolved": 1,
        "left_list": 1,
        "last_count": 4,
    }
    assert adds_up(table)


def test_meetings_reported_late_and_never_are_told_apart(small: Any) -> None:
    table = ka.bridge_meetings(small, 2021, "2022-08-25", "2022-12-31", "13.11")
    assert steps(table) == {"reported_by_then": 1, "reported_later": 1, "never_reported": 0, "held_in_all": 2}
    assert adds_up(table)


def test_printed_totals_are_explained_or_said_not_to_be(demo_office: Any) -> None:
    data = ka.against_printed(demo_office, "2025-12-31", "13.11").data
    assert (data["counted"] + data["entered_later"] + data["unexplained"] == data["printed"]).all()
    headline = data[(data["date"] == "2022-08-25") & (data["scope"] == "primary")].iloc[0]
    assert (headline["counted"], headline["printed"], headline["unexplained"]) == (127, 127, 0)


def test_status_and_log_disagree_where_they_were_made_to(make_office: Any) -> None:
    years = (2019, 2020, 2021)
    log = [meeting(9, year, f"{year + 1}-02-01", f"{year + 1}-03-01") for year in years]  # shows that the log covers these years
    office = make_office(
        register=[
            coop(1), coop(2, Status="Tidak Aktif"), coop(3, Status="Tidak Aktif"), coop(4, **{"Tanggal Badan Hukum": "2021-05-05"}),
            coop(9, **{"Tanggal RAT Terakhir": "2022-02-01"}), coop(5, **{"Tanggal RAT Terakhir": "2021-03-03"}),
        ],
        rat=[*log, meeting(2, 2020, "2021-04-01", "2021-04-20"), meeting(5, 2021, "2022-03-03", "2022-03-20")],
    )  # fmt: skip
    table = ka.status_disagreements(office, "2022-08-25", "13.11")
    found = dict(zip(table.data["kind"], table.data["cooperatives"], strict=True))
    assert found == {
        "both_active": 2, "both_inactive": 1, "active_without_meeting": 1, "inactive_with_meeting": 1, "not_comparable": 1,
        "same_day": 1, "log_later": 1, "register_later": 0, "only_in_log": 1, "only_in_register": 0, "no_meeting": 3,
    }  # fmt: skip
    assert table.number("disagree.status").value == 2
    names = ka.disagreement_list(office, "2022-08-25", "13.11").data
    assert set(names["name"]) == {"KSU Contoh A", "KSU Contoh B"}


def test_without_a_log_no_status_is_called_wrong(make_office: Any) -> None:
    table = ka.status_disagreements(make_office(register=[coop(1), coop(2, Status="Tidak Aktif")]), "2022-08-25", "13.11")
    assert table.number("disagree.comparable").value == 0
    assert table.number("disagree.status").value == 0


def test_who_is_in_which_table(small: Any) -> None:
    table = ka.presence(small, "2022-08-25", "13.11")
    lines = table.data.set_index("table")
    assert lines.loc["register", ["cooperatives", "counted", "not_counted"]].tolist() == [7, 4, 3]
    assert lines.loc["rat", ["cooperatives", "counted", "not_counted"]].tolist() == [3, 2, 1]
    assert table.number("presence.no_trace").value == 2
    pairs = ka.presence_pairs(small, "2022-08-25", "13.11").data.set_index("table")
    assert pairs.loc["register", "rat"] == pairs.loc["rat", "register"] == 2
    assert set(ka.no_trace_list(small, "2022-08-25", "13.11").data["name"]) == {"KSU Contoh A", "Koperasi Merah Putih Contoh"}


def test_strangers_and_double_registrations_are_listed(demo_office: Any) -> None:
    assert ka.other_districts(demo_office, "2025-12-31", "13.11").data.to_dict("records") == [
        {"region": "13.10", "place": "Dharmasraya", "cooperatives": 1}
    ]
    pairs = ka.duplicate_registrations(demo_office, "2025-12-31", "13.11").data
    assert pairs["name"].str.contains("Budi Malako").all()
    assert pairs["still_counted"].tolist() == ["yes"]


def test_every_row_set_aside_is_counted_once(demo_office: Any) -> None:
    read, aside = ka.rows_read(demo_office), ka.set_aside_reasons(demo_office)
    number = {name: read.number(f"rows.{name}").value for name in ("in", "accepted", "set_aside", "structural")}
    assert number["in"] == number["accepted"] + number["set_aside"] + number["structural"]
    lines = aside.data.groupby("scope")["lines"].sum()
    assert lines["row"] == number["set_aside"]
    assert lines["cell"] == read.number("cells.set_aside").value


def test_the_public_edition_hides_small_steps_and_what_would_betray_them(
    small: Any, demo_office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(EDITION_VARIABLE, "public")
    between = ka.bridge_between(demo_office, "2022-08-25", "2025-12-31", "13.11")
    shown = dict(zip(between.data["step"], between.data["count"], strict=True))
    assert pd.isna(shown["dissolved"])  # three; the eight founded go too, else the two counts would give it away
    assert pd.isna(shown["founded"])
    assert (shown["first_count"], shown["village"], shown["last_count"]) == (127, 39, 171)
    meetings = ka.bridge_meetings(demo_office, 2021, "2022-08-25", "2025-12-31", "13.11")
    assert meetings.data["step"].tolist() == ["held_in_all"]
    for table in (ka.presence(demo_office, "2025-12-31", "13.11"), ka.presence_pairs(demo_office, "2025-12-31", "13.11")):
        counts = table.data.drop(columns=["table", "unlinked"], errors="ignore").apply(pd.to_numeric).stack().dropna()
        assert not counts.between(1, 4).any()
    pairs = ka.presence_pairs(demo_office, "2025-12-31", "13.11").data.set_index("table").apply(pd.to_numeric)
    gaps = pairs.apply(lambda line: pairs.loc[line.name, line.name] - line, axis=1).stack().dropna()
    assert not gaps.between(1, 4).any()
    assert ka.disagreement_list(demo_office, "2025-12-31", "13.11").data.empty
    assert ka.open_links(demo_office).data.empty


def test_the_panel_and_the_bridge_count_by_the_same_words() -> None:
    assert bridge.PRIMARY_FORMS == panels.PRIMARY_FORMS


def test_nothing_known_later_enters_the_comparison(small: Any) -> None:
    assert len(reconcile.known_rows(small, "rat", "2021-12-31")) == 2
    early = ka.bridge_meetings(small, 2021, "2022-08-25", "2022-08-25", "13.11")
    assert steps(early) == {"reported_by_then": 1, "reported_later": 0, "never_reported": 1, "held_in_all": 2}


def test_figures_printed_later_are_not_compared(demo_office: Any) -> None:
    data = ka.against_printed(demo_office, "2018-06-30", "13.11").data
    assert data["date"].tolist() == ["2017-01", "2017-12-26"]
    assert data.loc[1, "entered_later"] == ka.against_printed(demo_office, "2025-12-31", "13.11").data.loc[1, "entered_later"]


def test_the_codebook_in_the_data_folder_is_the_declared_one() -> None:
    page = resource("data", "README.md").read_text(encoding="utf-8")
    assert codebook.with_codebook(page) == page, "run python -m kopanalysis.loaders.codebook"
    body = page.split(codebook.BEGIN)[1].split(codebook.END)[0]
    for name, table in reconcile_tables().items():
        section = body.split(f"### `{name}` ")[1].split("###")[0]
        assert section.count("\n| `") == len(table.columns)


def test_a_changed_codebook_is_noticed() -> None:
    page = resource("data", "README.md").read_text(encoding="utf-8")
    assert codebook.with_codebook(page.replace("| `heads` |", "| `head` |")) != page.replace("| `heads` |", "| `head` |")
    with pytest.raises(ka.DataError, match="markers"):
        codebook.with_codebook(page.replace(codebook.END, ""))


def reconcile_tables() -> dict[str, Any]:
    from kopanalysis.loaders.tables import TABLES

    return TABLES
