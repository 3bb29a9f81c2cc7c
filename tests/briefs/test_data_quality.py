"""Brief 10: the lights follow the data, the brief stands on one register, names nobody in public, and every number traces back."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from test_report import kopanalysis, latest, numbers

import kopanalysis as ka
from kopanalysis import rules
from kopanalysis.briefs.trace import trace_number
from kopanalysis.loaders import load
from kopanalysis.metrics.quality import light_of, worst
from kopanalysis.resources import resource
from kopanalysis.results import EDITION_VARIABLE

BRIEF = "10-data-quality"
DEMO = resource("data", "demo")
REGISTER = "Register per 31 Desember 2025.xlsx"


def lights(office: Any) -> dict[str, str]:
    panel = ka.build_panel(office, region="13.11")
    table = ka.question_lights(ka.panel_measures(panel), ka.ledger_measures(office, office.as_of))
    return dict(zip(table.data["question"], table.data["light"], strict=True))


def without(office: Any, *tables: str) -> Any:
    return replace(office, tables={name: frame.iloc[:0] if name in tables else frame for name, frame in office.tables.items()})


def measure(table: Any, name: str) -> Any:
    return table.data.set_index("measure").loc[name]


@pytest.mark.parametrize(
    ("value", "floor", "light"),
    [(None, "red", "red"), (float("nan"), "amber", "amber"), (0.19, "red", "red"), (0.19, "amber", "amber"), (0.2, "red", "amber"),
     (0.49, "red", "amber"), (0.5, "amber", "green")],
)  # fmt: skip
def test_a_light_changes_at_its_thresholds(value: float | None, floor: str, light: str) -> None:
    assert light_of(value, amber=0.2, green=0.5, floor=floor) == light


def test_the_weakest_measure_decides() -> None:
    assert worst(["green", "amber", "green"]) == "amber"
    assert worst(["amber", "red"]) == "red"
    assert worst([]) == "red"


def test_thresholds_are_dated_marked_and_in_order() -> None:
    for name, rule in rules.quality_measures().items():
        assert rule["amber"] < rule["value"], name
        assert rule["mark"] == "unverified"
        assert rule["floor"] in ("red", "amber")
        assert rule["in_force_from"]
    assert {row["file"] for row in rules.rules_in_force()} >= {"quality.toml"}


def test_lights_move_when_a_table_is_taken_away(demo_office: Any) -> None:
    assert lights(demo_office) == {"why": "amber", "training": "amber", "cattle": "amber"}
    assert lights(without(demo_office, "training"))["training"] == "red"
    assert lights(without(demo_office, "cattle"))["cattle"] == "red"
    assert lights(without(demo_office, "groups", "cattle"))["why"] == "amber"
    bare = without(demo_office, "rat", "accounts", "findings")
    one = replace(bare, tables=bare.tables | {"register": bare.tables["register"][lambda rows: rows["snapshot_date"] == "2025-12-31"]})
    assert lights(one)["why"] == "red"


def test_more_visits_turn_the_light_green(demo_office: Any) -> None:
    panel = ka.build_panel(demo_office, region="13.11")
    before = ka.panel_measures(panel)
    seen = panel.assign(found_operating=panel["found_operating"].where(panel["book_year"] < 2022, 0).astype("Int64"))
    after = ka.panel_measures(seen)
    assert measure(before, "why_visited")["light"] == "amber"
    assert measure(after, "why_visited")["value"] == 1.0
    assert measure(after, "why_visited")["light"] == "green"


def test_the_training_under_study_is_counted(demo_office: Any, full_panel: Any) -> None:
    table = ka.panel_measures(full_panel)
    assert measure(table, "training_treated")["value"] == 15
    cattle = demo_office.tables["cattle"]
    accepted = cattle[(cattle["event"] == "accepted") & (cattle["date"] <= "2025-12-31")]
    linked = accepted.loc[accepted["coop_id"].notna(), "heads"].sum() / accepted["heads"].sum()
    assert measure(ka.ledger_measures(demo_office, "2025-12-31"), "cattle_linked")["value"] == pytest.approx(linked)


def test_reporting_adds_up_over_kecamatan(full_panel: Any) -> None:
    places = ka.reporting_rate(full_panel).data.groupby("book_year")[["due", "reported", "silent", "unknown"]].sum()
    years = ka.reporting_rate(full_panel, ("book_year",)).data.set_index("book_year")
    pd.testing.assert_frame_equal(places, years[places.columns], check_names=False)
    assert (years["reported"] + years["not_reported"] + years["silent"] + years["unknown"] == years["due"]).all()


def test_no_share_where_most_are_unknown(make_office: Any) -> None:
    rows = [{"NIK": f"131001000{n:04d}", "Nama Koperasi": f"KSU Contoh {n}", "Kecamatan": "Sangir", "Tanggal Badan Hukum": "2001-01-01",
             "Tanggal Data": "2025-12-31", "Tanggal RAT Terakhir": "2025-02-02" if n < 8 else "2024-02-02"} for n in range(10)]  # fmt: skip
    data = ka.reporting_rate(ka.build_panel(make_office(register=rows)), ("book_year",)).data.set_index("book_year")
    assert data.loc[2023, ["reported", "unknown"]].tolist() == [2, 8]
    assert pd.isna(data.loc[2023, "rate"])
    assert data.loc[2024, "rate"] == 0.8


def test_public_cells_of_the_heat_map_cannot_be_worked_out(full_panel: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(EDITION_VARIABLE, "public")
    table = ka.reporting_rate(full_panel)
    parts = ["reported", "without_report", "unknown"]
    shown = table.data[parts].apply(pd.to_numeric)
    assert not shown.stack().between(1, 4).any()
    assert ((shown.isna().sum(axis=1) != 1) | table.data["due"].isna()).all()
    by_year = shown.isna().groupby(table.data["book_year"]).sum()
    assert (by_year != 1).all().all()


def test_a_share_that_gives_away_a_small_count_is_not_public(full_panel: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(EDITION_VARIABLE, "public")
    trained = sorted(full_panel.loc[full_panel["treated"] == 1, "coop_id"].unique())
    few = full_panel.assign(rat_held=full_panel["rat_held"].mask(full_panel["coop_id"].isin(trained[:2])))
    table = ka.panel_measures(few)
    assert table.number("quality.training_before").suppressed
    assert pd.isna(measure(table, "training_before")["value"])
    assert measure(table, "training_before")["light"] == "amber"
    assert not ka.panel_measures(full_panel).number("quality.training_before").suppressed


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    out = tmp_path_factory.mktemp("quality")
    done = kopanalysis("report", "--only", BRIEF, "--out", out)
    assert done.returncode == 0, done.stderr
    return latest(out)


def page(run: Path, lang: str) -> BeautifulSoup:
    return BeautifulSoup((run / f"{BRIEF}.{lang}.html").read_text(encoding="utf-8"), "html.parser")


def test_page_one_has_a_light_a_question_in_words_and_one_decision(run: Path) -> None:
    soup = page(run, "id")
    table = soup.select_one('[data-table="lights"]')
    assert table is not None
    words = [cells[1].get_text() for row in table.select("tbody tr") if (cells := row.select("td"))]
    assert words == ["KUNING: terbatas"] * 3
    assert len(soup.select("table.cards td")) == 3
    first = soup.select_one(".decision")
    assert first is not None
    assert first.get_text().startswith("Keputusan yang diminta")


def test_both_languages_hold_the_same_numbers(run: Path) -> None:
    found = [sorted(a["data-number"] for a in page(run, lang).select("a.number")) for lang in ("id", "en")]
    assert found[0] == found[1]
    assert len(set(found[0])) > 30


def test_every_number_is_computed_again_from_its_rows(run: Path) -> None:
    entries, parameters = numbers(run), json.loads((run / "run.json").read_text(encoding="utf-8"))["parameters"][BRIEF]
    office = load.load_office(parameters["data_dir"], date.fromisoformat(parameters["as_of"]))
    wrong = [entry["name"] for entry in entries if not trace_number(str(entry["id"]), run, office).agrees]
    assert wrong == []
    assert len(entries) > 80


def test_a_wrong_number_is_noticed(run: Path, tmp_path: Path) -> None:
    for name in ("numbers.json", "trace.json", "run.json"):
        shutil.copy(run / name, tmp_path)
    changed = numbers(run)
    entry = next(entry for entry in changed if entry["name"] == "bridge.register.counted")
    entry["value"] = 126
    (tmp_path / "numbers.json").write_text(json.dumps(changed), encoding="utf-8")
    assert not trace_number(str(entry["id"]), tmp_path).agrees


def test_tables_lie_beside_the_brief(run: Path) -> None:
    bridge = pd.read_csv(run / "tables" / f"{BRIEF}-bridge.register.csv", encoding="utf-8-sig")
    inner = bridge.iloc[1:-1]
    assert bridge["count"].iloc[0] + (inner["sign"] * inner["count"]).sum() == bridge["count"].iloc[-1] == 127
    names = {path.stem.removeprefix(f"{BRIEF}-") for path in (run / "tables").glob(f"{BRIEF}-*.csv")}
    assert names >= {"lights", "measures", "rows_read", "set_aside", "presence", "status_disagreements", "reporting_by_kecamatan_book_year"}


def test_the_public_edition_names_nobody_and_hides_small_counts(tmp_path: Path, demo_office: Any) -> None:
    done = kopanalysis("report", "--only", BRIEF, "--out", tmp_path, "--edition", "public")
    assert done.returncode == 0, done.stderr
    run = latest(tmp_path)
    text = "".join(
        path.read_text(encoding="utf-8", errors="ignore") for path in run.rglob("*") if path.suffix in (".html", ".json", ".ipynb", ".csv")
    )
    names = {name for frame in demo_office.tables.values() if "name" in frame for name in frame["name"].dropna()}
    names |= set(demo_office.links["value"].dropna())
    assert not [name for name in names if name in text]
    assert all(not 0 < (entry["value"] or 0) < 5 for entry in numbers(run) if entry["unit"] == "cooperatives")


def test_one_register_alone_says_what_is_missing(tmp_path: Path) -> None:
    office = tmp_path / "office"
    office.mkdir()
    shutil.copy(DEMO / REGISTER, office)
    done = kopanalysis("report", office, "--only", BRIEF, "--out", tmp_path / "out", "--lang", "en")
    assert done.returncode == 0, done.stderr
    run = latest(tmp_path / "out")
    soup = page(run, "en")
    assert soup.h1 is not None
    assert "not enough to answer" in soup.h1.get_text()
    text = " ".join(soup.get_text(" ").split())
    assert "Tables that the folder lacks: meeting log, accounts" in text
    assert "Statuses on the register cannot be compared yet" in text
    assert not re.search(r"\bnan\b|None", text)
    shown = [str(entry["id"]) for entry in numbers(run) if str(entry["name"]).startswith(("presence", "quality", "reporting.rate"))]
    assert all(trace_number(one, run).agrees for one in shown)


def test_templates_and_words_are_whole() -> None:
    from kopanalysis.present.sentences import templates
    from kopanalysis.present.words import word

    known = templates()
    for name in rules.quality_measures():
        assert f"data_quality.ask_{name}" in known
    for step in (
        "rows_on_sheet",
        "set_aside",
        "newer_sheet",
        "other_region",
        "twice",
        "not_primary",
        "dissolved",
        "older_sheet",
        "counted",
    ):
        assert word("step", step).id != step
