"""The portal: findings, lights, grades, the headline under every rule, what changed, and every file within reach."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from bs4 import BeautifulSoup

from kopanalysis.briefs.changes import MOST, compare, previous_run, reasons, since_previous
from kopanalysis.briefs.portal import write_portal
from kopanalysis.present.naming import number_words

QUALITY, WHY, CATTLE = "10-data-quality", "20-why-inactive", "40-cattle-aid-impact"
FINDINGS = {QUALITY: "Data cukup", WHY: "49 dari 127 koperasi tidak aktif", CATTLE: "79 ekor & sisanya <jelas>"}
TITLES = {"title_id": "Judul", "title_en": "Title"}


def entry(name: str, value: float | None, brief: str = WHY, number: int = 1, **more: Any) -> dict[str, Any]:
    text = "<5" if value is None else f"{value:g}"
    return {
        "id": f"N-{number:03d}", "name": name, "value": value, "unit": "cooperatives", "low": None, "high": None, "grade": None,
        "brief": brief,        "text_id": text, "text_en": text, **more,
    }  # fmt: skip


def entries(inactive: float | None = 49) -> list[dict[str, Any]]:
    cells = [(rule, coding) for rule in ("no_rat_3y", "no_rat_2y") for coding in ("legal", "evidence", "unknown")]
    counts = [
        entry(f"inactive.count.{rule}.{coding}", inactive if coding == "legal" else 25, number=place)
        for place, (rule, coding) in enumerate(cells)
    ]
    unknown = [entry("unknown.count.no_rat_3y.unknown", 48, number=20)]
    rate = [
        entry(
            "transition.active.inactive", 0.068, number=21, unit="share", low=0.052, high=0.089, text_id="6,8 persen", text_en="6.8 percent"
        )
    ]
    grade = [entry("cattle.grade", None, CATTLE, 22, unit="grade", grade="C", text_id="C", text_en="C")]
    return [entry("register.total", 127, number=19), *counts, *unknown, *rate, *grade]


def make_run(home: Path, key: str, numbers: list[dict[str, Any]] | None = None, age: int = 0, **about: Any) -> Path:
    folder = home / "runs" / key
    (folder / "tables").mkdir(parents=True)
    (folder / "return").mkdir()
    run = {
        "run": key, "complete": True, "failures": {}, "briefs": dict.fromkeys(FINDINGS, TITLES), "languages": ["id", "en"],
        "office": "Dinas <Contoh>", "edition": "internal", "region": "13.11", "as_of": home.name,
        "headline_date": "2022-08-25", "demonstration": True,
        "inputs": {"S01": {"sha256": "a"}}, "parameters": {WHY: {"rule": "no_rat_3y", "data_dir": "x", "as_of": home.name}},
        "rules": "r", "versions": {}, **about,
    }  # fmt: skip
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")
    (folder / "numbers.json").write_text(json.dumps(entries() if numbers is None else numbers), encoding="utf-8")
    for name, finding in FINDINGS.items():
        if name in run["briefs"] and name not in run["failures"]:
            _write_editions(folder, name, finding, run["languages"])
    if QUALITY in run["briefs"]:
        (folder / "tables" / f"{QUALITY}-lights.csv").write_text(
            "question,light,because\nwhy,green,a\ntraining,amber,b\ncattle,red,c\n", encoding="utf-8"
        )
    for file in ("tables.xlsx", "watchlist.xlsx", "sesuatu & lain.xlsx", "return/Rekap RAT.xlsx"):
        (folder / file).write_bytes(b"x")
    os.utime(folder / "run.json", (1_800_000_000 + age, 1_800_000_000 + age))
    return folder


def _write_editions(folder: Path, name: str, finding: str, langs: list[str]) -> None:
    import html

    for lang in langs:
        page = f"<!DOCTYPE html>\n<html><head><title>{html.escape(finding)} ({lang})</title></head></html>"
        (folder / f"{name}.{lang}.html").write_text(page, encoding="utf-8")
        for ending in ("pdf", "docx", "page-one.png"):
            (folder / f"{name}.{lang}.{ending}").write_bytes(b"x")


def demo_home(folder: Path) -> Path:
    """A portal over two runs; returns its page."""
    home = folder / "13.11" / "2025-12-31"
    make_run(home, "aaaa", entries(44))
    return write_portal(home, make_run(home, "bbbb", age=9))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "13.11" / "2025-12-31"


def soup_of(page: Path) -> BeautifulSoup:
    return BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")


def words_of(page: Path) -> str:
    return " ".join(soup_of(page).get_text(" ").split())


def test_every_link_leads_to_a_file(tmp_path: Path) -> None:
    page = demo_home(tmp_path)
    links = [str(link["href"]) for link in soup_of(page).find_all("a") if not str(link["href"]).startswith("#")]
    assert len(links) > 30
    assert [link for link in links if not (page.parent / unquote(link.partition("#")[0])).exists()] == []


def test_each_brief_shows_its_finding_and_its_files_in_both_languages(home: Path) -> None:
    soup = soup_of(write_portal(home, make_run(home, "aaaa")))
    for name, finding in FINDINGS.items():
        article = next(article for article in soup.select("article") if finding in article.get_text())
        for lang in ("id", "en"):
            part = article.find(attrs={"lang": lang, "class": None})
            assert f"{finding} ({lang})" in part.get_text()
            assert {str(link["href"]) for link in part.find_all("a")} == {
                f"runs/aaaa/{name}.{lang}.{ending}" for ending in ("html", "pdf", "docx", "page-one.png")
            }
    assert "<jelas>" in soup.get_text()
    assert soup.find("jelas") is None
    assert soup.find("contoh") is None


def test_briefs_stand_in_groups_indonesian_first(home: Path) -> None:
    soup = soup_of(write_portal(home, make_run(home, "aaaa")))
    groups = [group.find("h2").get_text() for group in soup.select(".group")]
    assert groups == ["Mutu data / Data quality", "Temuan / Findings"]
    assert soup.html["lang"] == "id"
    assert all(quiet["lang"] == "en" for quiet in soup.select(".quiet"))


def test_an_offices_own_brief_has_a_group_of_its_own(home: Path) -> None:
    folder = make_run(home, "aaaa", briefs={WHY: TITLES, "90-pasar": TITLES})
    (folder / "90-pasar.id.html").write_text("<html><head><title>Pasar</title></head></html>", encoding="utf-8")
    groups = [group.find("h2").get_text() for group in soup_of(write_portal(home, folder)).select(".group")]
    assert groups == ["Temuan / Findings", "Laporan kantor sendiri / The office's own briefs"]


def test_lights_are_words_with_a_sign_not_colour_alone(home: Path) -> None:
    rows = soup_of(write_portal(home, make_run(home, "aaaa"))).select(".lights tbody tr")
    assert [row.find("td")["class"][1] for row in rows] == ["green", "amber", "red"]
    for row, said in zip(rows, ("HIJAU: cukup", "KUNING: terbatas", "MERAH: belum cukup"), strict=True):
        assert said in row.get_text()
        assert row.select_one(".sign")["aria-hidden"] == "true"


def test_the_grade_stands_at_its_brief_with_its_meaning(home: Path) -> None:
    soup = soup_of(write_portal(home, make_run(home, "aaaa")))
    grades = soup.select(".grade")
    assert len(grades) == 1
    assert grades[0].select_one(".letter").get_text() == "C"
    assert "tidak dapat dipisahkan dari sebab lain" in grades[0].get_text()
    assert FINDINGS[CATTLE] in grades[0].find_parent("article").get_text()


def test_the_headline_stands_under_every_rule_read_from_the_registry(home: Path) -> None:
    soup = soup_of(write_portal(home, make_run(home, "aaaa")))
    table = soup.select_one(".definitions")
    cells = [[cell.get_text() for cell in row.select("td")] for row in table.select("tbody tr")]
    assert cells == [["49", "25", "25 (terbuka / open 48)"], ["49", "25", "25"]]
    link = table.select_one("a.number")
    assert link["href"] == f"runs/aaaa/{WHY}.id.html#{link['data-number']}"


def test_what_the_public_may_not_see_stays_hidden(home: Path) -> None:
    page = write_portal(home, make_run(home, "aaaa", entries(None), edition="public"))
    assert "<5" in soup_of(page).select_one(".definitions").get_text()
    assert "Edisi publik" in words_of(page)


# what changed


def test_a_first_run_has_nothing_to_be_held_against(home: Path) -> None:
    assert "Belum ada proses sebelumnya" in words_of(write_portal(home, make_run(home, "aaaa")))


def test_numbers_that_moved_are_listed_old_and_new_with_a_link(tmp_path: Path) -> None:
    soup = soup_of(demo_home(tmp_path))
    rows = [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in soup.select(".changes tbody tr")]
    assert len(rows) == 2
    assert all(row[1:] == ["44", "49"] for row in rows)
    assert "koperasi tidak aktif" in rows[0][0]
    assert soup.select_one(".changes a.number")["href"].startswith(f"runs/bbbb/{WHY}.id.html#N-")


def test_an_estimate_moves_only_beyond_its_interval_a_count_always() -> None:
    def moved(old: dict[str, Any], new: dict[str, Any]) -> bool:
        return bool(compare([old], [new])[0])

    rate = entry("x", 0.068, unit="share", low=0.052, high=0.089)
    assert not moved(rate, {**rate, "value": 0.08})
    assert moved(rate, {**rate, "value": 0.09})
    assert moved(entry("x", 49), entry("x", 50))
    assert not moved(entry("x", 49), entry("x", 49))
    assert moved(entry("x", None), entry("x", 49))
    assert not moved(entry("x", None), entry("x", None))
    assert moved(entry("x", None, unit="grade", grade="C"), entry("x", None, unit="grade", grade="B"))


def test_the_largest_come_first_and_only_ten_are_listed(home: Path) -> None:
    old = [entry(f"a{i}", 100, number=i) for i in range(MOST + 3)]
    new = [entry(f"a{i}", 100 + i + 1, number=i) for i in range(MOST + 3)]
    moved, added, gone = compare(old, [*new, entry("b", 1)])
    assert [change.new.id for change in moved[:2]] == ["113", "112"]
    assert (added, gone) == (("b",), ())
    make_run(home, "aaaa", old)
    page = write_portal(home, make_run(home, "bbbb", new, age=9))
    assert len(soup_of(page).select(".changes tbody tr")) == MOST
    assert "3 lagi bergeser" in words_of(page)


def test_a_brief_that_one_run_left_out_is_no_change() -> None:
    assert compare([entry("a", 1, QUALITY), entry("b", 2, WHY)], [entry("b", 2, WHY)]) == ((), (), ())
    assert compare([entry("a", 1), entry("b", 2)], [entry("b", 2)])[2] == ("a",)


def test_runs_of_another_edition_region_or_kind_are_never_compared(home: Path) -> None:
    for key, about in (("p", {"edition": "public"}), ("d", {"demonstration": False}), ("r", {"region": "13.12"})):
        make_run(home, key, entries(1), age=5, **about)
    now = make_run(home, "now", age=9)
    assert since_previous(now) is None
    old = make_run(home.parent / "2024-12-31", "old", entries(40))
    make_run(home.parent / "2026-12-31", "later", entries(2))
    changes = since_previous(now)
    assert changes is not None
    assert changes.run == "old"
    assert changes.as_of == "2024-12-31"
    assert previous_run(now, json.loads((now / "run.json").read_text(encoding="utf-8"))) == old


def test_the_run_written_last_is_the_one_before(home: Path) -> None:
    for key, age in (("b", 1), ("a", 2)):
        make_run(home, key, age=age)
    changes = since_previous(make_run(home, "c", age=0))
    assert changes is not None
    assert changes.run == "a"
    assert changes.moved == ()


def test_why_numbers_may_have_moved() -> None:
    before = {
        "inputs": {"a": {"sha256": "1"}},
        "parameters": {WHY: {"rule": "x", "data_dir": "1"}},
        "rules": "r",
        "versions": {},
        "as_of": "2024-12-31",
    }
    assert reasons(before, before) == ()
    now = {**before, "inputs": {"b": {"sha256": "2"}}, "parameters": {WHY: {"rule": "y", "data_dir": "2"}}, "as_of": "2025-12-31"}
    assert reasons(before, now) == ("inputs", "parameters", "as_of")
    assert reasons(before, {**before, "parameters": {WHY: {"rule": "x", "data_dir": "2"}}}) == ()


# one run over another


def test_a_failed_brief_keeps_its_version_of_the_run_before(home: Path) -> None:
    write_portal(home, make_run(home, "aaaa"))
    page = write_portal(home, make_run(home, "bbbb", failures={WHY: "why"}, age=9))
    hrefs = {str(link["href"]) for link in soup_of(page).select("article a")}
    assert f"runs/aaaa/{WHY}.id.html" in hrefs
    assert f"runs/bbbb/{CATTLE}.id.html" in hrefs
    assert "Belum berhasil pada proses terakhir" in words_of(page)
    assert json.loads((home / "latest.json").read_text(encoding="utf-8"))["briefs"][WHY] == "aaaa"


def test_the_public_portal_shows_no_brief_of_an_internal_run(home: Path) -> None:
    write_portal(home, make_run(home, "aaaa"))
    page = write_portal(home, make_run(home, "bbbb", edition="public", briefs={WHY: TITLES}, age=9))
    assert "aaaa" not in page.read_text(encoding="utf-8")
    assert list(json.loads((home / "latest.json").read_text(encoding="utf-8"))["briefs"]) == [WHY]


def test_attachments_and_returned_workbooks_are_listed_and_editions_are_not(home: Path) -> None:
    files = soup_of(write_portal(home, make_run(home, "aaaa"))).find_all("section")[-1]
    listed = [link.get_text() for link in files.find_all("a")]
    assert listed == ["watchlist.xlsx", "tables.xlsx", "numbers.json", "run.json", "sesuatu & lain.xlsx", "Rekap RAT.xlsx"]


def test_a_run_without_lights_or_grades_has_no_empty_section(home: Path) -> None:
    folder = make_run(home, "aaaa", [entry("register.total", 127)], briefs={WHY: TITLES})
    shutil.rmtree(folder / "return")
    soup = soup_of(write_portal(home, folder))
    assert soup.select(".lights, .grade, .definitions, details") == []


def test_names_of_numbers_are_words_in_both_languages() -> None:
    words = number_words("inactive.count.no_rat_3y.legal")
    assert words is not None
    assert words.id.startswith("koperasi tidak aktif (")
    assert "no_rat_3y" not in words.id + words.en
    assert number_words("reporting.rate.2024").en == "share that reported the meeting for book year 2024"  # type: ignore[union-attr]
    assert number_words("nobody.knows.this") is None
