"""Brief 40 and the fact pages of brief 20: what they say with and without data, in both editions, and only what they may say."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

import kopanalysis as ka
from kopanalysis.briefs import cattle_aid, why_inactive_facts
from kopanalysis.briefs.study import Study, open_study
from kopanalysis.briefs.trace import compute_again
from kopanalysis.present.sentences import TEMPLATES
from kopanalysis.present.shown import Shown, together
from kopanalysis.resources import resource
from kopanalysis.results import EDITION_VARIABLE

CAUSAL = {
    "id": r"meningkatkan|menurunkan|menyebabkan|berdampak|berkat|akibat bantuan|mengakibatkan",
    "en": r"increased|reduced|caused|led to|because of the (aid|cattle)|thanks to",
}


def cattle_pages(study: Study) -> dict[str, Shown]:
    ledger = ka.herd_ledger(study.office, study.as_of, study.region)
    fund, group, chain = ka.herd_balance(ledger, ("fund",)), ka.herd_balance(ledger, ("fund", "group_name")), ka.herd_chain(ledger)
    pipeline = ka.load_pipeline()
    places, years = ka.herd_balance(ledger, ("kecamatan", "fund")), ka.herd_balance(ledger, ("fund", "year"))
    return {
        "title": cattle_aid.title(fund), "one": cattle_aid.page_one(study, fund, chain),
        "ledger": cattle_aid.ledger_page(fund, places, years),
        "chain": cattle_aid.chain_page(chain), "gap": cattle_aid.gap_page(study, fund, group),
        "rates": cattle_aid.rates_page(ka.herd_rates(ledger)),
        "findings": cattle_aid.findings_page(study, ka.herd_findings(ledger)),
        "timeline": cattle_aid.timeline_page(study, ka.cattle_timeline(pipeline), ka.cattle_timeline(pipeline, "Suka Sapi"), ledger),
        "sure": cattle_aid.how_sure(), "unknown": cattle_aid.not_known(fund, ledger), "options": cattle_aid.options(study, fund),
        "method": cattle_aid.method(study),
    }  # fmt: skip


def fact_pages(study: Study) -> dict[str, Shown]:
    coverage = ka.health_coverage(study.office, study.as_of, study.region)
    accounts = ka.accounts_of(study.office, study.as_of, study.region)
    return {
        "health": why_inactive_facts.health_page(coverage, ka.health_classes(study.office)),
        "finance": why_inactive_facts.finance_page(study, ka.finance_medians(accounts), ka.grant_growth(accounts),
                                                   ka.pearls_medians(accounts, study.as_of.year - 1)),
        "breaks": why_inactive_facts.series_break_page(ka.series_breaks(study.panel)),
    }  # fmt: skip


@pytest.fixture(scope="module")
def study() -> Study:
    return open_study()


@pytest.fixture
def register_only(tmp_path: Path) -> Study:
    name = "Register Koperasi 2022-2024.xlsx"
    (tmp_path / name).write_bytes((resource("data", "demo") / name).read_bytes())
    return open_study(str(tmp_path))


def test_page_one_is_complete_and_short(study: Study) -> None:
    page = cattle_pages(study)["one"]
    for lang in ("id", "en"):
        assert len(page.text(lang).split()) <= 300  # type: ignore[arg-type]
    assert {"cattle.heads.announced", "cattle.heads.accepted", "cattle.last_counted", "cattle.gap"} <= {n.name for n in page.numbers}
    assert "tidak diperkirakan di sini" in page.text("id")
    assert "can only be described" in page.text("en")


def test_findings_say_where_they_stand(study: Study) -> None:
    page = cattle_pages(study)["findings"]
    assert "Satujuan" in page.text("id")
    assert "Harapan Basamo" in page.text("id")
    assert re.search(r"APBD: \d+; DKS: \d+", page.text("id"))


def test_without_a_ledger_the_brief_says_what_is_missing_and_how_to_collect_it(register_only: Study) -> None:
    pages = cattle_pages(register_only)
    assert "belum ada" in pages["title"].text("id")
    assert "BAST" in pages["one"].text("id")
    assert "How to collect it" in pages["one"].text("en")
    assert "Karya Muda Tani" in pages["timeline"].text("id")  # the printed figures are real and need no ledger
    assert "Buku ternak di sebelahnya" not in pages["timeline"].text("id")
    facts = fact_pages(register_only)
    assert "tidak memuat hasil penilaian kesehatan" in facts["health"].text("id")
    assert "tidak memuat laporan keuangan" in facts["finance"].text("id")


def test_the_public_edition_names_no_group(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    groups = set(study.office.tables["cattle"]["group_name"].dropna())
    printed = set(ka.load_pipeline()["group"])  # public already
    monkeypatch.setenv(EDITION_VARIABLE, "public")
    pages = cattle_pages(study)
    said = together(*(page for name, page in pages.items() if name != "timeline"))
    for group in groups - printed:
        assert group not in said.html.id + said.html.en
    places = next(table for table, _ in pages["ledger"].tables if "kecamatan" in table.data)
    assert places.data.loc[places.data["groups"].isna(), "gap"].isna().all()
    assert places.data["groups"].dropna().min() >= 5
    assert all(not len(table.data) for page in (pages["gap"], pages["findings"]) for table, _ in page.tables)
    assert cattle_aid.title(ka.herd_balance(ka.herd_ledger(study.office), ("fund",))).numbers[0].value is not None


@pytest.mark.parametrize("name", ["cattle_aid", "why_inactive_facts"])
def test_sentences_describe_only(name: str) -> None:
    for key, entry in tomllib.loads((TEMPLATES / f"{name}.toml").read_text(encoding="utf-8")).items():
        for lang, pattern in CAUSAL.items():
            assert not re.search(pattern, entry[lang], re.IGNORECASE), (key, lang)


@pytest.mark.parametrize("make", [cattle_pages, fact_pages])
def test_every_number_is_the_same_again_from_its_rows(study: Study, make: Any) -> None:
    numbers = {number.name: number for page in make(study).values() for number in page.numbers}
    assert len(numbers) > 20
    seen: dict[Any, dict[str, Any]] = {}
    for name, number in numbers.items():
        assert number.call is not None, name
        key = (str(number.call.as_dict()), number.rows)
        if key not in seen:
            again = compute_again(number.call, number.rows, resource("data", "demo"), {}, study.office)
            seen[key] = {one.name: one.value for one in again.numbers}
        assert seen[key][name] == pytest.approx(number.value), name
