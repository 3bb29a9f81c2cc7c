"""Brief 40 and the fact pages of brief 20: what they say with and without data, in both editions, and only what they may say."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import kopanalysis as ka
from kopanalysis.briefs import cattle_aid, cattle_effects, cattle_money, cattle_next, why_inactive_facts
from kopanalysis.briefs.cattle_results import Cattle, open_cattle
from kopanalysis.briefs.study import Study, open_study
from kopanalysis.briefs.trace import compute_again
from kopanalysis.impact import aid_next
from kopanalysis.metrics.herd_findings import twice_uncounted
from kopanalysis.present.sentences import TEMPLATES
from kopanalysis.present.shown import Shown, together
from kopanalysis.resources import resource
from kopanalysis.results import EDITION_VARIABLE

CAUSAL = {
    "id": r"meningkatkan|menurunkan|menyebabkan|berdampak|berkat|akibat bantuan|mengakibatkan",
    "en": r"increased|reduced|caused|led to|because of the (aid|cattle)|thanks to",
}


def cattle_pages(study: Study, cattle: Cattle | None = None) -> dict[str, Shown]:
    cattle = cattle or open_cattle(study, lottery_seed=7, draws=199)
    ledger, known = cattle.ledger, not cattle.ledger.empty
    fund, group, chain = ka.herd_balance(ledger, ("fund",)), ka.herd_balance(ledger, ("fund", "group_name")), ka.herd_chain(ledger)
    pipeline = ka.load_pipeline()
    places, years = ka.herd_balance(ledger, ("kecamatan", "fund")), ka.herd_balance(ledger, ("fund", "year"))
    return {
        "title": cattle_aid.title(fund, cattle), "one": cattle_aid.page_one(study, fund, cattle, chain),
        "ledger": cattle_aid.ledger_page(fund, places, years, chain), "gap": cattle_aid.gap_page(study, fund, group),
        "rates": cattle_aid.rates_page(ka.herd_rates(ledger)),
        "findings": cattle_aid.findings_page(study, ka.herd_findings(ledger)),
        "timeline": cattle_aid.timeline_page(study, ka.cattle_timeline(pipeline), ka.cattle_timeline(pipeline, "Suka Sapi"), ledger),
        "sure": cattle_aid.how_sure(), "unknown": cattle_aid.not_known(fund, ledger, chain), "method": cattle_aid.method(study),
        "who": cattle_effects.who_page(study, cattle), "guard": cattle_effects.guard_page(cattle, known),
        "events": cattle_effects.event_page(study, cattle), "dose": cattle_effects.dose_page(study, cattle),
        "bundle": cattle_effects.bundle_page(cattle), "assets": cattle_money.assets_page(study, cattle),
        "money": cattle_money.money_page(study, cattle), "asked": cattle_next.recommendations(study, cattle),
        "next": cattle_next.next_page(cattle), "open": cattle_next.not_known(),
    }  # fmt: skip


def fact_pages(study: Study) -> dict[str, Shown]:
    coverage = ka.health_coverage(study.office, study.as_of, study.region)
    accounts = ka.accounts_of(study.office, study.as_of, study.region)
    return {
        "health": why_inactive_facts.health_page(coverage, ka.health_classes(study.office)),
        "finance": why_inactive_facts.finance_page(study, ka.finance_medians(accounts), ka.grant_growth(accounts),
                                                   ka.pearls_medians(accounts, study.as_of.year - 1)),
        "breaks": why_inactive_facts.series_break_page(study, ka.series_breaks(study.panel)),
    }  # fmt: skip


@pytest.fixture(scope="module")
def study() -> Study:
    return open_study()


@pytest.fixture(scope="module")
def cattle(study: Study) -> Cattle:
    return open_cattle(study, lottery_seed=7, draws=199)


@pytest.fixture(scope="module")
def pages(study: Study, cattle: Cattle) -> dict[str, Shown]:
    return cattle_pages(study, cattle)


@pytest.fixture
def register_only(tmp_path: Path) -> Study:
    name = "Register Koperasi 2022-2024.xlsx"
    (tmp_path / name).write_bytes((resource("data", "demo") / name).read_bytes())
    return open_study(str(tmp_path))


def test_page_one_is_complete_and_short(pages: dict[str, Shown]) -> None:
    page = pages["one"]
    for lang in ("id", "en"):
        assert len(page.text(lang).split()) <= 300  # type: ignore[arg-type]
    assert {"cattle.heads.announced", "cattle.heads.accepted", "cattle.last_counted", "cattle.gap", "cattle.recipients.active",
            "cattle.att.rat_held.imputation", "cattle.seen.rat_held", "cattle.grade"} <= {n.name for n in page.numbers}  # fmt: skip
    assert "hanya dapat digambarkan, tidak dapat diuji" in page.text("id")
    assert "can be described, not tested" in page.text("en")


def test_page_one_says_who_acts_which_fund_and_what_may_stand_twice(pages: dict[str, Shown]) -> None:
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", pages["one"].html.id)).replace("\N{NO-BREAK SPACE}", " ")
    assert "kepala dinas koperasi bersama dinas yang membidangi peternakan" in text
    assert "79 ekor (8 APBD, 71 DKS) tidak dijelaskan" in text
    assert "8 ekor yang tidak dihitung itu mungkin tercatat dua kali" in text
    assert "tidak dapat terlihat" not in text
    assert "lebih sering atau lebih jarang mengadakan RAT" in pages["title"].text("id")
    assert {number.name for number in pages["title"].numbers} >= {"cattle.expected", "cattle.gap"}


def test_nothing_is_said_to_stand_twice_where_all_was_counted(study: Study, cattle: Cattle) -> None:
    counted = replace(cattle, twice=twice_uncounted(cattle.ledger.iloc[:0]))
    balance = ka.herd_balance(cattle.ledger, ("fund",))
    assert not [told for told in cattle_aid.gist(study, balance, counted).told if "dua kali" in told.text("id")]


def test_without_a_seed_the_order_is_a_trial(study: Study, cattle: Cattle, pages: dict[str, Shown]) -> None:
    assert "belum berlaku" not in pages["next"].text("id")
    assert next(table.name for table, _ in pages["next"].tables) == "next_seed"
    panel = cattle.panel
    trial = replace(cattle, order=aid_next.next_batch(panel), ahead=aid_next.next_design(panel))
    page = cattle_next.next_page(trial)
    assert "Contoh urutan dengan benih percobaan; belum berlaku" in page.html.id
    assert "Trial order, not valid" in page.html.en
    assert [table.name for table, _ in page.tables] == ["next_batch"]


def test_ranges_that_hold_too_little_say_so(cattle: Cattle, pages: dict[str, Shown]) -> None:
    assert "agak terlalu sempit" in pages["events"].text("id")
    assert cattle.coverage is not None
    wide = replace(cattle.coverage, numbers=tuple(replace(n, value=0.9) if n.name == "cattle.coverage.promised" else n
                                                  for n in cattle.coverage.numbers))  # fmt: skip
    assert "terlalu sempit" not in cattle_effects._covered(replace(cattle, coverage=wide)).text("id")


def test_findings_say_where_they_stand(pages: dict[str, Shown]) -> None:
    page = pages["findings"]
    assert "Satujuan" in page.text("id")
    assert "Harapan Basamo" in page.text("id")
    assert re.search(r"APBD: \d+; DKS: \d+", page.text("id"))


def test_without_a_ledger_the_brief_says_what_is_missing_and_how_to_collect_it(register_only: Study) -> None:
    pages = cattle_pages(register_only)
    assert "belum ada" in pages["title"].text("id")
    assert "BAST" in pages["one"].text("id")
    assert "How to collect it" in pages["one"].text("en")
    assert "siapa yang menerima dan kapan tidak diketahui" in pages["one"].text("id")
    assert not [number for page in pages.values() for number in page.numbers if number.name.startswith("cattle.att")]
    for name in ("dose", "bundle", "assets", "money", "guard"):
        assert re.search(r"belum|tidak dapat", pages[name].text("id")), name
    assert "Karya Muda Tani" in pages["timeline"].text("id")  # the printed figures are real and need no ledger
    assert "Buku ternak di gambar ini" not in pages["timeline"].text("id")
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
    names = set(study.panel["name"].dropna())
    assert not [name for name in names if name in said.html.id + said.html.en]
    assert pages["title"].numbers[0].value is not None
    assert not [table for page in pages.values() for table, _ in page.tables if table.name in ("herd_form", "next_batch", "recipients")]


@pytest.mark.parametrize("name", ["cattle_aid", "cattle_effects", "cattle_money", "why_inactive_facts"])
def test_sentences_describe_only(name: str) -> None:
    for key, entry in tomllib.loads((TEMPLATES / f"{name}.toml").read_text(encoding="utf-8")).items():
        if re.search(r"_[AB]_", key):  # chosen by a grade that allows them
            continue
        for lang, pattern in CAUSAL.items():
            assert not re.search(pattern, entry[lang], re.IGNORECASE), (key, lang)


def test_at_grade_c_or_d_no_sentence_says_that_the_cattle_did_it(cattle: Cattle, pages: dict[str, Shown]) -> None:
    assert cattle_effects.grade_of(cattle) in ("C", "D")
    for name, page in pages.items():
        for lang, pattern in CAUSAL.items():
            assert not re.search(pattern, page.text(lang), re.IGNORECASE), (name, lang)  # type: ignore[arg-type]


def test_both_languages_hold_the_same_numbers_and_short_sentences(pages: dict[str, Shown]) -> None:
    lengths: dict[str, list[int]] = {"id": [], "en": []}
    for name, page in pages.items():
        found = {lang: re.findall(r'data-name="([^"]+)"', getattr(page.html, lang)) for lang in ("id", "en")}
        assert sorted(found["id"]) == sorted(found["en"]), name
        for lang in lengths:
            for text in re.findall(r"<(?:p|li)[^>]*>(.*?)</(?:p|li)>", getattr(page.html, lang), re.DOTALL):
                plain = re.sub(r"<[^>]+>", "", text)
                lengths[lang] += [len(part.split()) for part in re.split(r"(?<=[.!?])\s+", plain) if part.strip()]
    assert all(sum(counts) / len(counts) <= 22 for counts in lengths.values())


def test_an_estimate_stands_with_its_range_its_n_and_what_could_be_seen(pages: dict[str, Shown]) -> None:
    said = pages["events"].html.id
    assert re.search(r'data-name="cattle.att.rat_held.imputation" data-part="low"', said)
    assert re.search(r'data-name="cattle.att.rat_held.imputation" data-part="n"', said)
    assert "cattle.seen.rat_held" in said
    assert "cattle.coverage.att" in said


def test_no_estimate_for_desa_korporasi_sapi(study: Study, cattle: Cattle, pages: dict[str, Shown]) -> None:
    assert cattle.guards["DKS"].passed is False
    assert cattle.guards["DKS"].reasons == ("one_cooperative",)
    assert "dapat digambarkan, tidak dapat diuji" in cattle.guards["DKS"].text("id")
    assert cattle.sample is not None
    groups = study.office.tables["groups"]
    alone = set(groups.loc[groups["group_name"] == "Karya Muda Tani", "coop_id"])
    assert alone <= set(cattle.panel["coop_id"])
    assert not alone & set(cattle.sample["coop_id"])
    names = [number.name for page in pages.values() for number in page.numbers]
    assert not [name for name in names if re.match(r"cattle\.(att|event|p|seen|dose)\..*dks", name)]
    assert "tidak diberi perkiraan dampak" in pages["who"].text("id")


def test_an_unbounded_price_is_printed_as_unbounded(cattle: Cattle, pages: dict[str, Shown]) -> None:
    assert cattle.cost is not None
    price = cattle.cost.number("cost.per_active_year_idr")
    assert price.low is not None
    assert price.high is None
    assert "unbounded" in str(price.method)
    assert "sampai tak terbatas" in pages["money"].text("id")
    assert "to unbounded" in pages["money"].text("en")
    assert "inf" not in pages["money"].text("id").lower().split()


def test_gross_assets_rise_by_the_grant_and_the_page_says_why(cattle: Cattle, pages: dict[str, Shown]) -> None:
    assert cattle.contrast is not None
    gross, net = (cattle.contrast.number(f"cattle.att.{name}.did") for name in ("assets_idr", "assets_net_idr"))
    assert gross.low is not None
    assert gross.low > 0
    assert net.low is not None
    assert net.high is not None
    assert net.low < 0 < net.high
    assert "adalah nilai sapi itu sendiri" in pages["assets"].text("id")


def test_all_cattle_unlinked_says_what_is_missing(study: Study) -> None:
    tables = dict(study.office.tables)
    tables["cattle"] = tables["cattle"].assign(coop_id=None, name=None, nik=None)
    tables["groups"] = tables["groups"].iloc[:0]
    loose = replace(study, office=replace(study.office, tables=tables))
    found = open_cattle(loose, draws=99)
    assert found.sample is None
    page = cattle_pages(loose, found)
    assert "Hubungkan setiap kelompok dengan koperasinya" in page["one"].text("id")
    assert "have no known cooperative" in page["one"].text("en")
    assert not [number for one in page.values() for number in one.numbers if number.name.startswith("cattle.att")]


@pytest.mark.parametrize("make", [cattle_pages, fact_pages])
def test_every_number_is_the_same_again_from_its_rows(study: Study, make: Any) -> None:
    numbers = {number.name: number for page in make(study).values() for number in page.numbers}
    assert len(numbers) > 15
    if make is cattle_pages:
        assert {"bundle.n.both", "cattle.att.assets_net_idr.did", "cost.per_active_year_idr", "cattle.grade"} <= set(numbers)
    seen: dict[Any, dict[str, Any]] = {}
    for name, number in numbers.items():
        assert number.call is not None, name
        key = (str(number.call.as_dict()), number.rows)
        if key not in seen:
            again = compute_again(number.call, number.rows, resource("data", "demo"), {}, study.office)
            seen[key] = {one.name: one.value for one in again.numbers}
        assert seen[key][name] == pytest.approx(number.value), name
