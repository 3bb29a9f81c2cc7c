"""Brief 00: page one, both languages, one lottery asked for once, every number from its rows, and districts with little on record."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from briefs import words_check
from briefs.words_check import LONGEST_MEAN, LONGEST_PAGE_ONE, Brief, problems, read_brief
from kopanalysis.briefs.manifest import briefs
from kopanalysis.briefs.study import Study, open_study
from kopanalysis.briefs.trace import compute_again
from kopanalysis.present.shown import Shown
from kopanalysis.resources import resource
from kopanalysis.results import EDITION_VARIABLE, LANGUAGES, Number

NAME = "00-summary"
REGISTER, TRAINING = "Register per 31 Desember 2025.xlsx", "Pelatihan.xlsx"
HEADLINE = "2022-08-25"
DECISION = {"id": "Keputusan yang diminta", "en": "Decision asked"}


def told(study: Study) -> tuple[Brief, dict[str, Number]]:
    """The brief's own cells on a study, and every number that its pieces print."""
    numbers: dict[str, Number] = {}
    run = words_check._run

    def kept(source: str, values: dict[str, Any]) -> Any:
        shown = run(source, values)
        if isinstance(shown, Shown):
            numbers.update({number.name: number for number in shown.numbers})
        return shown

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(words_check, "_run", kept)
        brief = read_brief(NAME, study, patch)
    brief.page_one = 2  # title and page one; its next cell is the first heading of page two
    return brief, numbers


def folder(home: Path, *names: str) -> str:
    """A folder with some of the demonstration's files."""
    for name in names:
        (home / name).write_bytes((resource("data", "demo") / name).read_bytes())
    return str(home)


def text(brief: Brief, lang: str) -> str:
    return " ".join(BeautifulSoup(brief.html(lang), "html.parser").get_text(" ").split())


@pytest.fixture(scope="module", autouse=True)
def _internal() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(EDITION_VARIABLE, "internal")
        yield


@pytest.fixture(scope="module")
def study() -> Study:
    return open_study(headline_date=HEADLINE)


@pytest.fixture(scope="module")
def made(study: Study) -> tuple[Brief, dict[str, Number]]:
    return told(study)


def test_page_one_is_short_and_both_languages_hold_the_same_numbers(made: tuple[Brief, dict[str, Number]]) -> None:
    brief, _ = made
    assert list(problems(brief, causal=False)) == []
    for lang in LANGUAGES:
        assert 150 < brief.words_on_page_one(lang) <= LONGEST_PAGE_ONE
        lengths = [len(sentence.split()) for sentence in brief.prose(lang)]
        assert sum(lengths) / len(lengths) <= LONGEST_MEAN
    assert brief.numbers("id") == brief.numbers("en")
    assert len(set(brief.numbers("id"))) > 20


def test_each_question_asks_for_one_decision_and_the_lottery_is_asked_for_once(made: tuple[Brief, dict[str, Number]]) -> None:
    brief, _ = made
    for lang in LANGUAGES:
        boxes = BeautifulSoup(brief.html(lang), "html.parser").select(".decision")
        assert [DECISION[lang] in box.get_text() for box in boxes] == [True] * 3
        drawn = {"id": r"\bdiundi\b", "en": r"\bby lot\b|\blottery\b|\bdrawn\b"}[lang]
        assert sum(bool(re.search(drawn, box.get_text())) for box in boxes) == 1
        assert not BeautifulSoup(brief.html(lang, brief.pieces[2:]), "html.parser").select(".decision")


def test_the_latest_count_and_the_base_of_the_gap_stand_on_page_one(made: tuple[Brief, dict[str, Number]]) -> None:
    brief, numbers = made
    page = BeautifulSoup(brief.html("id", brief.pieces[:2]), "html.parser").get_text(" ")
    assert "Keadaan terakhir" in page
    for name in ("series.inactive", "series.without_village", "cattle.expected", "training.grade", "cattle.grade"):
        assert f'data-name="{name}"' in brief.html("id", brief.pieces[:2]), name
        assert numbers[name].value is not None


def test_the_list_of_briefs_names_each_in_words(made: tuple[Brief, dict[str, Number]]) -> None:
    brief, _ = made
    for lang in LANGUAGES:
        items = BeautifulSoup(brief.pieces[-1][lang], "html.parser").select("li")
        assert len(items) == len(briefs()) - 1
        for item in items:
            name = item.find("strong").get_text()
            assert name.endswith(":")
            assert not re.search(r"\d", item.get_text())
            assert item.get_text().startswith(name)


def test_every_number_is_the_same_again_from_its_rows(study: Study, made: tuple[Brief, dict[str, Number]]) -> None:
    again: dict[tuple[str, str], Any] = {}
    printed = set(made[0].numbers("id"))
    for name, number in made[1].items():
        if name not in printed:
            continue
        assert number.call is not None, name
        key = (json.dumps(number.call.as_dict(), sort_keys=True), str(number.rows.as_dict()))
        if key not in again:
            again[key] = compute_again(number.call, number.rows, study.office.folder, {}, study.office)
        found = next(one for one in again[key].numbers if one.name == name)
        assert found.grade == number.grade
        assert found.value == number.value or math.isclose(found.value, number.value, rel_tol=1e-9), name


def test_a_register_alone_says_what_it_can_and_what_it_cannot(tmp_path: Path) -> None:
    brief, _ = told(open_study(folder(tmp_path, REGISTER), headline_date=""))
    assert list(problems(brief, causal=False)) == []
    for lang, words in (("id", "catatan RAT belum cukup untuk menghitung"), ("en", "the meeting records are too thin to say")):
        assert words in text(brief, lang)
        assert DECISION[lang] in text(brief, lang)
    assert not {"cattle.expected", "training.grade", "cattle.grade", "series.inactive"} & set(brief.numbers("id"))


def test_without_a_training_log_the_cards_hold_what_is_known(tmp_path: Path) -> None:
    names = [path.name for path in resource("data", "demo").iterdir() if path.is_file() and path.name != TRAINING]
    brief, _ = told(open_study(folder(tmp_path, *names), headline_date=HEADLINE))
    assert list(problems(brief, causal=False)) == []
    cards = BeautifulSoup(brief.html("en", brief.pieces[:2]), "html.parser").select("table.cards td")
    assert 2 <= len(cards) <= 4
    assert "training.grade" not in brief.numbers("en")
    assert "inactive.count.no_rat_3y.legal" in brief.numbers("en")
