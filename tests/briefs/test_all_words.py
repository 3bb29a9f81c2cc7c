"""What all briefs say of many invented districts, in both languages: nothing forbidden, no cause described, no verb above its grade."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from words_check import Brief, problems, read_brief, study_of

import kopanalysis as ka
from kopanalysis.briefs.manifest import briefs
from kopanalysis.memory import FOLDER_VARIABLE
from kopanalysis.results import LANGUAGES

DESCRIPTIVE = ("20-why-inactive",)  # what goes with stopping: no word for a cause
PAGE_ONE = {"00-summary": 2}  # its pieces on page one; the others say where it ends
EFFECT = re.compile(r"^(training|cattle)\.att\.")
ABOVE_GRADE_C = {  # of an effect that can't be told from other causes
    "id": r"(?:kemungkinan besar )?(?:meningkatkan|menurunkan|menaikkan|mengurangi)|berdampak|berkat",
    "en": r"(?:very likely )?(?:increased|reduced|raised|lowered|improved)|caused|led to|thanks to",
}
THREATS: list[dict[str, Any]] = [
    {}, {"effect_training": 0.3}, {"selection": 1.0}, {"reporting_only": 0.5}, {"dissolution_wave": 0.3}, {"sector_shock": 0.3},
    {"effect_cattle": 0.3}, {"n": 40, "n_treated": 6}, {"n": 300, "n_treated": 30}, {"empty_cell": 1.0}, {"spillover": 0.3},
    {"new_recipients": 0.5}, {"n": 60, "n_treated": 3}, {"effect_training": -0.3, "effect_cattle": -0.3},
]  # fmt: skip


def faults(seed: int, monkeypatch: pytest.MonkeyPatch, memory: Path) -> list[str]:
    """What is wrong with the words of any brief on one district; as in a run, what one brief worked out the next ones find."""
    monkeypatch.setenv(FOLDER_VARIABLE, str(memory))
    study = study_of(ka.synthetic_district(seed, **THREATS[seed % len(THREATS)]))
    return [f"{name}: {said}" for name in briefs() for said in _faults(name, study, monkeypatch)]


def _faults(name: str, study: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    brief = read_brief(name, study, monkeypatch)
    brief.page_one = PAGE_ONE.get(name, brief.page_one)
    yield from problems(brief, causal=name in DESCRIPTIVE)
    yield from verbs_above_grade(brief, {kind: str(brief.values.get(f"{kind}_grade", "C")) for kind in ("training", "cattle")})


def verbs_above_grade(brief: Brief, grades: dict[str, str]) -> Iterator[str]:
    """Sentences with an effect of grade C or D that say what only an A or a B may."""
    for lang in LANGUAGES:
        for block in BeautifulSoup(brief.html(lang), "html.parser").find_all(["p", "li", "h1"]):
            kinds = {match[1] for link in block.select("a.number") if (match := EFFECT.match(str(link.get("data-name"))))}
            found = re.search(rf"\b(?:{ABOVE_GRADE_C[lang]})\b", block.get_text(""), re.IGNORECASE)
            if found and any(grades[kind] in "CD" for kind in kinds):
                yield f"{lang}: {found.group()!r} in {' '.join(block.get_text('').split())[:200]!r}"


@pytest.mark.parametrize("seed", [0, 1, 39])  # in the last, fewer are on record than may be given cattle
def test_words_of_all_briefs_on_three_districts(seed: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert faults(seed, monkeypatch, tmp_path) == []


@pytest.mark.certify
@pytest.mark.parametrize("seed", range(3, 203))
def test_words_of_all_briefs_on_two_hundred_more(seed: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert faults(seed, monkeypatch, tmp_path) == []


def test_a_verb_above_its_grade_is_found() -> None:
    link = '<a class="number" data-name="training.att.rat_held.did">x</a>'
    piece = {"id": f"<p>Pelatihan meningkatkan RAT {link}.</p>", "en": f"<p>Training very likely increased meetings by {link}.</p>"}
    assert len(list(verbs_above_grade(Brief([piece], 1), {"training": "C", "cattle": "C"}))) == 2
    assert list(verbs_above_grade(Brief([piece], 1), {"training": "B", "cattle": "C"})) == []
