"""Brief 30: what it says by grade and direction, that it never attributes what it may not, and that each dead end says why."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure as Canvas

import kopanalysis as ka
from kopanalysis import rules
from kopanalysis.briefs import training_impact as pages
from kopanalysis.briefs import training_impact_effects as effects
from kopanalysis.briefs import training_impact_facts as facts
from kopanalysis.briefs import training_impact_sensitivity as doubt
from kopanalysis.briefs.study import Study, open_study
from kopanalysis.briefs.trace import compute_again
from kopanalysis.impact.reasons import REASONS
from kopanalysis.present import figures, figures_impact
from kopanalysis.present.sentences import TEMPLATES
from kopanalysis.present.shown import Picture, Shown, together
from kopanalysis.resources import resource
from kopanalysis.results import EDITION_VARIABLE, Lang

CAUSAL: dict[Lang, str] = {
    "id": r"\bmeningkatkan\b|\bmenurunkan\b|\bmenyebabkan\b|\bberdampak\b|\bberkat\b|\bmengakibatkan\b|\bberhasil meng",
    "en": r"\bincreased\b|\breduced\b|\bcaused\b|\bled to\b|\bthanks to\b|\bbrought about\b|\bimproved\b",
}
FORBIDDEN: dict[Lang, str] = {"id": r"terbukti|signifikan|tidak berdampak", "en": r"proven|significant|no effect|no impact"}
YEARS = range(2017, 2025)


PAGES: dict[str, Callable[[facts.Trained], Shown]] = {
    "title": pages.title, "one": pages.page_one, "who": pages.who_page, "arms": pages.arms_page,
    "bracket": lambda trained: effects.bracket_page(trained, effects.checks_of(trained)), "strip": effects.strip_page,
    "ledger": doubt.ledger_page, "silence": doubt.silence_page,
    "left": lambda trained: doubt.left_out_page(trained, effects.checks_of(trained)), "choices": doubt.choices_page,
    "learning": pages.learning_page, "sure": doubt.reasons_page, "unknown": pages.not_known, "method": lambda _: pages.method(),
}  # fmt: skip


def every_page(trained: facts.Trained, *only: str) -> dict[str, Shown]:
    return {name: page(trained) for name, page in PAGES.items() if not only or name in only}


def said(shown: dict[str, Shown], lang: Lang) -> str:
    return together(*shown.values()).text(lang)


@pytest.fixture(scope="module", autouse=True)
def _drawn_but_not_saved() -> Iterator[None]:
    """Every figure is drawn in both languages; writing it to SVG and PNG, which takes most of the time, is left to the report's test."""

    def drawn(draw: Callable[[Any, Lang], None], lang: Lang, size: tuple[float, float], demonstration: bool) -> Picture:
        draw(Canvas(figsize=size).add_subplot(), lang)
        return Picture("<svg/>")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(figures, "_render", drawn)
        yield


@pytest.fixture(scope="module")
def study() -> Study:
    return open_study()


@pytest.fixture(scope="module")
def trained(study: Study) -> facts.Trained:
    return facts.gather(study, draws=999)


@pytest.fixture(scope="module")
def shown(trained: facts.Trained) -> dict[str, Shown]:
    return every_page(trained)


def hand(study: Study, held: np.ndarray, n_treated: int, sectors: list[str], lottery: bool = False, years: range = YEARS,
         founded: int = 2010, draws: int = 199) -> facts.Trained:  # fmt: skip
    """The brief on a panel made by hand: the first units are treated; missing meetings are years before the founding."""
    units, width = held.shape
    frame = pd.DataFrame({
        "coop_id": np.repeat([f"K{unit:03d}" for unit in range(units)], width), "book_year": np.tile(list(years), units),
        "rat_held": held.ravel(), "treated": np.repeat((np.arange(units) < n_treated).astype(int), width),
        "sector": np.repeat(sectors, width), "kecamatan": np.repeat([f"Kecamatan {unit % 5}" for unit in range(units)], width),
    })  # fmt: skip
    frame["name"] = "Koperasi " + frame["coop_id"]
    frame["age"] = (frame["book_year"] - founded - np.repeat(np.arange(units) % 7, width)).astype("Int64")
    frame = frame.assign(reported=frame["rat_held"], business=pd.NA, found_operating=pd.NA, training_cohort=pd.NA, members=40.0)
    frame["status"] = np.where(frame["rat_held"] == 1, "active", "inactive")
    frame["training_cohort"] = pd.array(np.where(frame["treated"] == 1, 2022, 0), dtype="Int64")
    frame["training_cohort"] = frame["training_cohort"].where(frame["treated"] == 1)
    panel = ka.with_outcomes(frame[frame["rat_held"].notna()])
    return facts.read(facts.Trained(study, date(2022, 8, 25), panel, lottery=lottery, draws=draws))


def meetings(seed: int, units: int, years: int = len(YEARS), share: float = 0.6) -> np.ndarray:
    rng = np.random.default_rng(seed)
    lasting = rng.beta(2 * share, 2 * (1 - share), units)[:, None]
    return (rng.random((units, years)) < lasting).astype(float)


def test_the_sample_and_the_design_are_those_of_the_study(trained: facts.Trained) -> None:
    assert trained.day == date(2022, 8, 25)
    assert trained.panel["coop_id"].nunique() == 127
    assert trained.number("n_treated").value == 15
    assert trained.grade == "C"
    assert trained.number("grade").grade == "C"
    assert trained.number("grade_ceiling").grade == "C"
    assert (max(trained.pre), min(trained.post)) == (2021, 2022)


def test_page_one_is_short_and_complete(shown: dict[str, Shown]) -> None:
    for lang in ("id", "en"):
        words = shown["one"].text(lang).split()  # type: ignore[arg-type]
        assert len(words) <= 300
    names = {number.name for number in shown["one"].numbers}
    assert {"training.grade", "training.att.rat_held.did_permutation", "training.att.rat_held.same_state", "training.n_treated",
            "training.seen.rat_held.did_permutation"} <= names  # fmt: skip
    assert "Keputusan yang diminta" in shown["one"].text("id")
    assert "wabah penyakit mulut dan kuku" in shown["one"].text("id")
    assert "foot-and-mouth" in shown["one"].text("en")
    assert "belum dapat dikaitkan dengan pelatihan" in shown["title"].text("id")
    assert "cannot be attributed" in shown["title"].text("en")


def test_the_promised_numbers_are_registered(shown: dict[str, Shown]) -> None:
    names = {number.name for page in shown.values() for number in page.numbers}
    promised = {"n_treated", "mde.rat_held", "p_floor", "p.rat_held.permutation", "grade_ceiling", "grade",
                *(f"att.rat_held.{method}" for method in ("did", "same_state", "att_gt"))}  # fmt: skip
    assert {f"training.{name}" for name in promised} <= names


def test_each_name_is_one_value(shown: dict[str, Shown]) -> None:
    values: dict[str, Any] = {}
    for page in shown.values():
        for number in page.numbers:
            assert values.setdefault(number.name, (number.value, number.low, number.high)) == (number.value, number.low, number.high)


def test_every_number_is_the_same_again_from_its_rows(study: Study, shown: dict[str, Shown]) -> None:
    numbers = {number.name: number for page in shown.values() for number in page.numbers}
    assert len(numbers) > 50
    seen: dict[Any, dict[str, Any]] = {}
    for name, number in numbers.items():
        assert number.call is not None, name
        key = (str(number.call.as_dict()), number.rows)
        if key not in seen:
            again = compute_again(number.call, number.rows, resource("data", "demo"), {}, study.office)
            seen[key] = {one.name: one for one in again.numbers}
        for part in ("value", "low", "high"):
            assert getattr(seen[key][name], part) == pytest.approx(getattr(number, part)), (name, part)


def test_the_certificate_is_said_with_its_limits(shown: dict[str, Shown]) -> None:
    table = next(table for table, _ in shown["ledger"].tables if table.name == "certificate")
    lines = table.data.set_index("estimator")
    assert lines.loc["permutation_same_state", "coverage_effect"] < 0.9
    assert abs(lines.loc["same_state", "selection_bias"]) < 0.01 < lines.loc["did_last_year", "selection_bias"]
    assert "HIJAU" in shown["ledger"].text("id")
    assert "less often than promised" in shown["ledger"].text("en")


def test_sectors_are_traded_as_a_placebo_comparison_and_nothing_is_starred(shown: dict[str, Shown]) -> None:
    assert "perbandingan semu antarsektor" in shown["strip"].text("id")
    for page in shown.values():
        assert "*" not in page.text("id") + page.text("en")


def test_the_cohorts_are_kept_apart(shown: dict[str, Shown]) -> None:
    text = shown["bracket"].text("en")
    assert "two cohorts are never merged" in text
    assert {"training.earlier.did", "training.earlier.same_state"} <= {number.name for number in shown["bracket"].numbers}


def test_sentences_are_short(shown: dict[str, Shown]) -> None:
    for lang in ("id", "en"):
        whole = " ".join(shown[name].html.get(lang) for name in ("one", "who", "bracket", "learning", "method"))  # type: ignore[arg-type]
        text = re.sub(r"<figure.*?</figure>|<table.*?</table>", "", whole, flags=re.DOTALL)
        text = re.sub(r"<(?!/p|/li)[^>]+>", "", text)
        sentences = [part.split() for part in re.split(r"(?<=[.!?:])\s+|</p>|</li>", text) if len(part.split()) > 2]
        assert sum(map(len, sentences)) / len(sentences) <= 22


def test_no_forbidden_word_and_no_causal_verb_at_grade_c_or_d(shown: dict[str, Shown]) -> None:
    for lang in ("id", "en"):
        text = said(shown, lang)  # type: ignore[arg-type]
        assert not re.search(FORBIDDEN[lang], text, re.IGNORECASE)  # type: ignore[index]
        assert not re.search(CAUSAL[lang], text, re.IGNORECASE)  # type: ignore[index]


def test_only_titles_of_grades_a_and_b_attribute() -> None:
    for name in ("training_impact", "training_impact_effects", "training_impact_sensitivity"):
        for key, entry in tomllib.loads((TEMPLATES / f"{name}.toml").read_text(encoding="utf-8")).items():
            for lang, pattern in CAUSAL.items():
                assert not re.search(pattern, entry[lang], re.IGNORECASE) or key.startswith(("title_A", "title_B")), (key, lang)


@pytest.mark.parametrize(("seed", "threats"), [
    (1, {"sector_shock": True}), (2, {"sector_shock": 2.0, "effect_training": 0.4}), (3, {"selection": True}),
    (5, {"all_livestock_trained": True, "sector_shock": True}), (7, {"new_recipients": True, "foot_and_mouth": True}),
])  # fmt: skip
def test_no_synthetic_district_is_attributed_what_it_may_not(seed: int, threats: dict[str, Any]) -> None:
    found = synthetic(seed, **threats)
    assert found.grade in ("C", "D")
    made = every_page(found)
    for lang in ("id", "en"):
        text = said(made, lang)  # type: ignore[arg-type]
        assert not re.search(CAUSAL[lang], text, re.IGNORECASE), (lang, text)  # type: ignore[index]
        assert not re.search(FORBIDDEN[lang], text, re.IGNORECASE)  # type: ignore[index]
    title = made["title"].text("en")
    assert "cannot be" in title
    if threats.get("all_livestock_trained"):
        assert "Overlap on the sector is zero" in made["who"].text("en")
        assert "cannot be made" in made["bracket"].text("en")


def synthetic(seed: int, **threats: Any) -> facts.Trained:
    office = ka.synthetic_district(seed, **threats)
    last = date.fromisoformat(str(office.as_of)[:10])
    panel = ka.build_panel(office, as_of=last, region="13.11")
    made = Study(office, "13.11", panel, panel, last, last, pd.DataFrame(), True)
    return facts.gather(made, draws=199)


def test_three_treated_say_so(study: Study) -> None:
    found = hand(study, meetings(1, 60), 3, ["Peternakan"] * 10 + ["Dagang"] * 50)
    assert found.grade in ("C", "D")
    text = said(every_page(found, "title", "one", "who", "bracket", "strip", "left"), "en")
    assert REASONS["few_treated"].en in text
    assert not re.search(CAUSAL["en"], text)


def test_a_whole_sector_treated_says_what_cannot_be_done(study: Study) -> None:
    found = hand(study, meetings(2, 80), 12, ["Peternakan"] * 12 + ["Dagang"] * 40 + ["Jasa"] * 28)
    assert found.grade in ("C", "D")
    made = every_page(found, "who", "bracket")
    assert "sama dengan nol" in made["who"].text("id")
    assert REASONS["sector_fully_treated"].id in made["who"].text("id")
    assert "tidak dapat dibuat" in made["bracket"].text("id")


def test_one_year_before_is_not_assessed(study: Study) -> None:
    years = range(2021, 2025)
    found = hand(study, meetings(3, 80, len(years)), 15, ["Peternakan"] * 20 + ["Dagang"] * 60, years=years)
    assert found.grade == "D"
    made = every_page(found)
    assert "cannot be assessed" in made["title"].text("en")
    assert REASONS["short_past"].en in made["one"].text("en")
    assert "training.att.rat_held.did" not in {number.name for number in made["one"].numbers}
    assert "several years before" in made["left"].text("en")
    assert "not what the training did" in made["bracket"].text("en")


def test_newly_founded_trainees_are_not_assessed(study: Study) -> None:
    held = meetings(4, 80)
    held[:9, :4] = np.nan  # nine of fifteen have one book year before
    found = hand(study, held, 15, ["Peternakan"] * 20 + ["Dagang"] * 60)
    assert found.grade == "D"
    made = every_page(found, "one", "who")
    assert REASONS["young_treated"].id in made["one"].text("id")
    assert "training.n_young" in {number.name for number in made["who"].numbers}


def test_everyone_active_before_leaves_no_room(study: Study) -> None:
    held = meetings(5, 80)
    held[:15, :5] = 1.0
    found = hand(study, held, 15, ["Peternakan"] * 20 + ["Dagang"] * 60)
    assert found.grade == "D"
    made = every_page(found, "one", "silence")
    assert REASONS["no_room"].en in made["one"].text("en")
    assert "no estimate" in made["one"].text("en")


def test_nobody_left_untreated(study: Study) -> None:
    found = hand(study, meetings(6, 15), 15, ["Peternakan"] * 15)
    assert found.grade == "D"
    assert REASONS["no_untreated"].en in every_page(found)["one"].text("en")


def test_a_lottery_with_a_precise_zero_rules_an_effect_out(study: Study) -> None:
    rng = np.random.default_rng(8)
    lasting = np.where(rng.random((240, 1)) < 0.5, 0.9, 0.1)
    held = (rng.random((240, 8)) < lasting).astype(float)
    found = hand(study, held, 120, ["Peternakan", "Dagang", "Jasa"] * 80, lottery=True, draws=499)
    assert found.graded is not None
    assert found.graded.facts["direction"] == "ruled_out"
    assert found.grade in ("A", "B")
    title = pages.title(found)
    assert "dapat dikesampingkan" in title.text("id")
    assert "ruled out" in title.text("en")
    assert "training.beyond.rat_held" in {number.name for number in title.numbers}
    assert 0 < (title.numbers[0].value or 0) < 0.2


def test_a_lottery_with_a_large_effect_may_attribute(study: Study) -> None:
    rng = np.random.default_rng(9)
    lasting = np.where(rng.random((240, 1)) < 0.5, 0.9, 0.1)
    held = (rng.random((240, 8)) < lasting).astype(float)
    held[:120, 5:] = np.where(rng.random((120, 1)) < 0.7, 1.0, held[:120, 5:])
    found = hand(study, held, 120, ["Peternakan", "Dagang", "Jasa"] * 80, lottery=True, draws=499)
    assert found.grade in ("A", "B")
    assert re.search(CAUSAL["id"], pages.title(found).text("id"))
    assert "dapat dikaitkan" not in said(every_page(found, "one", "who", "strip", "learning"), "id")


def test_without_a_training_table_the_brief_says_how_to_collect_it(tmp_path: Path) -> None:
    for name in ("Register Koperasi 2022-2024.xlsx", "Rekap RAT.xlsx"):
        (tmp_path / name).write_bytes((resource("data", "demo") / name).read_bytes())
    found = facts.gather(open_study(str(tmp_path)))
    assert found.missing == "training"
    made = every_page(found)
    assert "catatan pesertanya belum ada" in made["title"].text("id")
    assert "How to collect it" in made["one"].text("en")
    assert "Decision asked" in made["one"].text("en")


def test_a_register_alone_makes_the_brief_too(tmp_path: Path) -> None:
    name = "Register Koperasi 2022-2024.xlsx"
    (tmp_path / name).write_bytes((resource("data", "demo") / name).read_bytes())
    made = every_page(facts.gather(open_study(str(tmp_path))))
    assert "template" in made["one"].text("id")


def test_the_public_edition_names_nobody_and_hides_small_cells(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(EDITION_VARIABLE, "public")
    found = facts.gather(study, draws=199)
    made = every_page(found)
    assert found.grade == "C"
    text = together(*made.values()).html.id + together(*made.values()).html.en
    for name in found.panel["name"].unique():
        assert name not in text
    counted = next(table for table, _ in made["who"].tables if table.name == "assignment_sector")
    small = counted.data[["trained", "untrained"]].stack()
    assert not ((small > 0) & (small < 5)).any()


def test_the_grade_is_the_same_in_both_editions(study: Study, trained: facts.Trained, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(EDITION_VARIABLE, "public")
    found = facts.gather(study, draws=999)
    assert found.graded is not None
    assert trained.graded is not None
    assert found.graded.reasons == trained.graded.reasons


def test_a_bracket_that_disagrees_is_flagged(study: Study) -> None:
    rng = np.random.default_rng(11)
    held = np.zeros((120, 8))
    held[50:, :] = 1.0  # the others that never fail
    held[:50, 5:] = rng.random((50, 3)) < 0.6  # all that were low rise by themselves, the treated among them
    found = hand(study, held, 15, ["Peternakan"] * 20 + ["Dagang"] * 100)
    text = effects.bracket_page(found, None).text("id")
    assert (found.effect("did").value or 0) > 0.2
    assert abs(found.effect("same_state").value or 0) < 0.2
    assert "TIDAK saling mendukung" in text
    assert found.graded is not None
    assert "bracket_disagrees" in found.graded.reasons


def test_a_refused_estimator_leaves_the_others(study: Study) -> None:
    held = meetings(10, 60)
    held[:6, :5], held[6:, :5] = 0.0, 1.0  # no untreated one shares the past of a treated one
    found = hand(study, held, 6, ["Peternakan"] * 30 + ["Dagang"] * 30)
    assert found.effects is not None
    lines = found.effects.data.set_index("term")
    assert np.isnan(lines.loc["same_state", "estimate"])
    assert not np.isnan(lines.loc["did", "estimate"])
    assert "same past" in effects.bracket_page(found, None).text("en")
    assert replace(found, effects=None).effect("did").value is None


def test_every_estimate_states_what_its_own_range_may_miss(trained: facts.Trained, shown: dict[str, Shown]) -> None:
    names = {number.name: number for page in shown.values() for number in page.numbers}
    pairs = [("att.rat_held.did_permutation", "seen.rat_held.did_permutation"), ("att.rat_held.same_state", "seen.rat_held.same_state"),
             ("coding.legal", "coding.seen.legal"), ("check.unexposed", "check.seen.unexposed"),
             ("check.without_widest", "check.seen.without_widest"), ("earlier.did", "earlier.seen.did"),
             ("att.reported.did", "seen.reported.family")]  # fmt: skip
    for estimate, seen in pairs:
        found = names[f"training.{estimate}"]
        assert names[f"training.{seen}"].value > (found.high - found.low) / 2, estimate  # type: ignore[operator]
    assert trained.seen("did_permutation").value > (trained.number("mde.rat_held").value or 0)
    for lang, pattern in (("id", "tidak dapat terlihat"), ("en", "could not have been seen|could not be seen")):
        assert not re.search(pattern, said(shown, lang))  # type: ignore[arg-type]


def test_the_odd_year_before_is_named_with_an_estimate_without_it(shown: dict[str, Shown]) -> None:
    assert "book year 2020" in shown["arms"].text("en")
    assert "Without book year 2020" in shown["left"].text("en")


def test_shocks_and_the_training_stand_between_the_meetings_they_met() -> None:
    covid, disease = rules.events()["covid"], rules.events()["foot_and_mouth"]
    at = figures_impact._at
    assert [year for year in range(2016, 2025) if at(covid.start) < year < at(covid.end)] == [2019, 2020]
    assert [year for year in range(2016, 2025) if at(disease.start) < year < at(disease.end)] == [2021]
    assert 2021 < at(date(2022, 8, 25)) < at(disease.end)


def test_the_meeting_record_is_due_every_year_and_page_one_says_who_decides(shown: dict[str, Shown]) -> None:
    assert re.search(r"paling lambat 30 Juni\s*\.", shown["learning"].text("id"))
    assert "Kepala Dinas" in shown["one"].text("id")
    assert "head of the office" in shown["one"].text("en")
