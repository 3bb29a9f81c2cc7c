"""Brief 20 over many districts: no causal word, both languages alike; and over a register that knows dissolutions only."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import kopanalysis as ka
from briefs.words_check import Brief, problems, read_brief, sentences, study_of
from conftest import MakeOffice
from kopanalysis import rules
from kopanalysis.briefs.trace import compute_again
from kopanalysis.errors import KopanalysisError, RuleError
from kopanalysis.present.shown import Shown
from kopanalysis.results import Text

BRIEF = "20-why-inactive"
COOPSUK = Path(__file__).parents[3] / "shared" / "data" / "coopsuk" / "2016open_data_organisations.csv"
COOPSUK_TOML = """
[[source]]
file = "2016open_data_organisations.csv"
table = "register"
snapshot_date = 2016-05-18
[source.columns]
"CUK Organisation ID" = "legal_number"
"Registered Name" = "name"
"Incorporation Date" = "legal_date"
"Legal Form" = "type"
"Sector - Simplified, High Level" = "sector"
"Registered Status" = "status"
[source.words.status]
Live = "active"
Dead = "dissolved"
[[source]]
file = "2016open_data_organisations.csv"
table = "decisions"
[source.columns]
"CUK Organisation ID" = "name"
"Dissolved Date" = "date"
[source.values]
decision = "dissolved"
[source.only]
"Dissolved Date" = "[0-9]"
"""
THREATS: list[dict[str, Any]] = [
    {}, {"effect_training": 0.2}, {"selection": 1.0}, {"reporting_only": 0.5}, {"dissolution_wave": 0.3}, {"sector_shock": 0.2},
    {"effect_cattle": 0.2}, {"n": 40, "n_treated": 6}, {"n": 300, "n_treated": 30}, {"empty_cell": 1.0}, {"spillover": 0.2},
    {"new_recipients": 0.5},
]  # fmt: skip


def district_says(seed: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    office = ka.synthetic_district(seed, **THREATS[seed % len(THREATS)])
    return list(problems(read_brief(BRIEF, study_of(office), monkeypatch)))


@pytest.mark.parametrize("seed", range(12))
def test_no_causal_word_in_any_of_twelve_districts(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert district_says(seed, monkeypatch) == []


@pytest.mark.certify
@pytest.mark.parametrize("seed", range(12, 72))
def test_no_causal_word_in_any_of_sixty_more(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert district_says(seed, monkeypatch) == []


def test_the_check_finds_what_it_looks_for() -> None:
    piece = {"id": "<p>Pelatihan menyebabkan RAT naik. Ini terbukti.</p>", "en": "<p>Silence is due to training.</p>"}
    said = list(problems(Brief([piece], 1)))
    assert any("menyebabkan" in line for line in said)
    assert any("terbukti" in line for line in said)
    assert any("due to" in line for line in said)
    one_sided = Brief([{"id": "<p><a class='number' data-name='x'>satu</a></p>", "en": "<p>one</p>"}], 1)
    assert any("numbers differ" in line for line in problems(one_sided))
    long = Brief([dict.fromkeys(("id", "en"), f"<p>{'kata ' * 400}.</p>")], 1)
    assert any("words a sentence" in line for line in problems(long))
    assert any("on page one" in line for line in problems(long))
    assert sentences("<p>Satu dua. Tiga!</p><table><tr><td>empat</td></tr></table>") == ["Satu dua.", "Tiga!"]


def test_the_public_edition_says_the_same_without_names(demo_office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    brief = read_brief(BRIEF, study_of(demo_office), monkeypatch, edition="public")
    assert list(problems(brief)) == []
    names = set(demo_office.tables["register"]["name"].dropna())
    assert not [name for name in names if name in brief.html("id")]


# --- a register that knows foundings and dissolutions only ------------------------------------------------------------------------


def small_register(n: int = 240) -> dict[str, list[dict[str, Any]]]:
    """Founded 1990 to 2009, dissolutions recorded from 2011 on: companies three times as often as societies."""
    register, decisions = [], []
    for k in range(n):
        company = k % 3 == 0
        name = f"Koperasi Nomor{k:03d}"
        founded, ended = 1990 + k % 20, 2011 + k % 9
        kind, day = "Perusahaan" if company else "Serikat", f"{1 + k % 27:02d}"
        register.append({"Nama Koperasi": name, "Nomor Badan Hukum": f"{k:05d}/BH/{founded}", "Tanggal": "31-12-2020", "Jenis": kind,
                         "Tanggal Badan Hukum": f"{day}-03-{founded}"})  # fmt: skip
        if k % (4 if company else 10) == 0:
            decisions.append({"Nama Koperasi": name, "Keputusan": "dibubarkan", "No. SK": f"{k}/2020",
                              "Tanggal": f"{day}-{1 + k % 12:02d}-{ended}"})  # fmt: skip
    return {"register": register, "decisions": decisions}


def test_existence_is_reachable_and_not_one_of_the_five(make_office: MakeOffice) -> None:
    assert "not_dissolved" not in rules.inactivity_rules()
    assert rules.inactivity_rule("not_dissolved").existence
    with pytest.raises(RuleError, match="not_dissolved"):
        rules.inactivity_rule("not_disolved")
    office = make_office(**small_register())
    panel = ka.build_panel(office, as_of="2020-12-31")
    first = office.tables["decisions"]["date"].min()
    assert panel["book_year"].min() == first.year - 1
    status = ka.classify(panel, "not_dissolved")
    assert set(status["status"]) == {"active", "dissolved"}
    assert set(ka.classify(panel)["status"]) <= {"unknown", "dissolved", "new"}


def test_existence_spells_enter_when_dissolutions_began_to_be_recorded(make_office: MakeOffice) -> None:
    office = make_office(**small_register())
    panel = ka.build_panel(office, as_of="2020-12-31")
    spells = ka.build_spells(panel, "not_dissolved").set_index("coop_id")
    founded, ended = (panel.groupby("coop_id")[name].last() for name in ("founded", "dissolved_on"))
    first = ended.min()
    entry = ((founded.clip(lower=first) - founded).dt.days / 365.25).reindex(spells.index)
    assert (spells["entry"] - entry).abs().max() < 1e-12
    assert (spells["event"] == 2).sum() == ended.notna().sum() - (ended == first).sum()
    assert panel["coop_id"].nunique() - len(spells) == (ended == first).sum()
    right, naive = (ka.kaplan_meier(spells.reset_index(), entry=column).at(20)["estimate"] for column in ("entry", None))
    assert naive > right
    ratios = ka.group_ratios(spells.reset_index().assign(source_rows=""), "type").data.set_index("spell_group")
    assert ratios.loc["Perusahaan", "hazard_ratio_low"] > 1


def test_no_dissolution_gives_no_spell_of_existence(make_office: MakeOffice) -> None:
    panel = ka.build_panel(make_office(register=small_register()["register"]), as_of="2020-12-31")
    assert ka.build_spells(panel, "not_dissolved").empty
    assert set(ka.classify(panel, "not_dissolved")["status"]) == {"unknown"}


def shown_numbers(brief: Brief) -> set[str]:
    return set(brief.numbers("id"))


def test_all_pages_survive_a_register_without_meetings(make_office: MakeOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    office = make_office(**small_register())
    brief = read_brief(BRIEF, study_of(office, "2020-12-31"), monkeypatch)
    assert list(problems(brief)) == []
    page = brief.html("en")
    for words in (
        "do not suffice to judge", "to have the meeting log of the last three book years collected", "stopping means being dissolved",
        "The check of proportionality", "Unknown does not mean inactive", "No printed figures are shown",
    ):  # fmt: skip
        assert words in page, words
    assert {"survival.share.20", "survival.naive.20", "group.ratio.1", "group.proportional"} <= shown_numbers(brief)


def test_a_register_alone_without_any_date_of_dissolution(make_office: MakeOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    office = make_office(register=small_register()["register"])
    brief = read_brief(BRIEF, study_of(office, "2020-12-31"), monkeypatch)
    assert list(problems(brief)) == []
    assert "founding dates, and a meeting log of several years or dates of dissolution" in brief.html("en")


def test_numbers_of_existence_come_again_from_their_rows(make_office: MakeOffice, tmp_path: Path) -> None:
    office = make_office(**small_register())
    spells = ka.build_spells(ka.build_panel(office, as_of="2020-12-31"), "not_dissolved")
    results = [ka.survival_at(spells, (10, 20)), ka.survival_naive(spells), ka.hazard_by_age(spells), ka.incidence_at(spells),
               ka.group_ratios(spells)]  # fmt: skip
    checked = 0
    for result in results:
        for number in result.numbers:
            again = compute_again(number.call, number.rows, tmp_path, {}, office).number(number.name).value
            assert again == pytest.approx(number.value, rel=1e-9), number.name
            checked += 1
    assert checked > 30


def report(folder: Path, out: Path, *words: str) -> Path:
    command = [sys.executable, "-m", "kopanalysis.cli", "report", str(folder), "--only", BRIEF, "--out", str(out), *words]
    env = {name: value for name, value in os.environ.items() if name != "PYTHONWARNDEFAULTENCODING"}
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=env, timeout=300)
    assert done.returncode == 0, done.stderr
    latest = next(out.glob("*/*/latest.json"))
    return latest.parent / "runs" / json.loads(latest.read_text(encoding="utf-8"))["run"]


@pytest.mark.certify
@pytest.mark.skipif(not COOPSUK.exists(), reason="the Co-operatives UK register isn't beside the project")
def test_the_co_operatives_uk_register_makes_the_survival_part(tmp_path: Path) -> None:
    folder = tmp_path / "office"
    folder.mkdir()
    (folder / COOPSUK.name).symlink_to(COOPSUK)
    (folder / "sources.toml").write_text(COOPSUK_TOML, encoding="utf-8")
    run = report(folder, tmp_path / "out")
    found = {entry["name"]: entry for entry in json.loads((run / "numbers.json").read_text(encoding="utf-8"))}
    share = found["survival.share.10"]
    assert [round(share[key], 3) for key in ("value", "low", "high")] == pytest.approx([0.654, 0.626, 0.681], abs=0.001)
    assert found["survival.naive.10"]["value"] == pytest.approx(0.938, abs=0.001)
    company = found["group.ratio.1"]
    assert [company[key] for key in ("value", "low", "high")] == pytest.approx([1.86, 1.59, 2.17], abs=0.01)
    assert found["group.naive.1"]["value"] == pytest.approx(5.19, abs=0.02)
    assert found["group.proportional"]["value"] > found["group.proportional_limit"]["value"]
    page = (run / f"{BRIEF}.en.html").read_text(encoding="utf-8")
    assert "stopping means being dissolved" in page
    assert len(page) < 2_000_000  # no picture of eight thousand dots


def test_costs_are_assumptions_until_the_office_says_otherwise(demo_office: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from kopanalysis.briefs.why_inactive_options import options_page

    study = study_of(demo_office)
    before = ka.options_cost(demo_office, study.headline_date, "13.11")
    assert set(before.data["mark"]) == {"unverified"}
    assert "unverified assumptions" in options_page(study, before).text("en")
    prices = "\n".join(f'[options.{name}]\nvalue = 250000\nsource = "SHSR"' for name in ("visit", "report", "merge", "dissolve"))
    (tmp_path / "rules.toml").write_text(prices, encoding="utf-8")
    rules.use_office_rules(tmp_path)
    try:
        after = ka.options_cost(demo_office, study.headline_date, "13.11")
        visits = after.number("options.count.visit").value
        assert after.number("options.cost.visit").value == 250_000 * visits
        assert "office's own" in options_page(study, after).text("en")
    finally:
        rules.use_office_rules(tmp_path / "none")


def test_rupiah_in_the_options_is_written_as_the_spelling_rules_have_it(demo_office: Any) -> None:
    costs = ka.options_cost(demo_office, "2022-08-25", "13.11")
    assert costs.number("options.unit.visit").text("id").startswith("Rp500")
    assert "Rp " not in costs.number("options.cost.report").text("id")


def test_options_add_up_to_the_inactive(demo_office: Any, demo_panel: Any) -> None:
    costs = ka.options_cost(demo_office, "2022-08-25", "13.11")
    inactive = ka.definitions_table(demo_panel, "2022-08-25").number("inactive.count.no_rat_3y.legal").value
    count = {option: costs.number(f"options.count.{option}").value for option in ("visit", "report", "merge", "dissolve")}
    assert count["visit"] + count["report"] == inactive
    assert count["dissolve"] <= count["visit"]
    assert count["merge"] <= count["report"]


def test_yearly_hazard_by_age_adds_up_to_the_spells(full_panel: Any) -> None:
    spells = ka.build_spells(full_panel)
    bands = ka.hazard_by_age(spells).data
    assert bands["count"].sum() == (spells["event"] > 0).sum()
    assert bands["years"].sum() == pytest.approx((spells["duration"] - spells["entry"]).sum())
    assert ((bands["conf_low"] <= bands["estimate"]) & (bands["estimate"] <= bands["conf_high"])).all()


def test_ways_to_end_and_staying_active_add_up_to_one(full_panel: Any) -> None:
    spells = ka.build_spells(full_panel)
    ways, stays = ka.incidence_at(spells, (10, 20)), ka.survival_at(spells, (10, 20))
    for age in (10, 20):
        total = sum(ways.number(f"incidence.{name}.{age}").value for name in ("inactive", "dissolved"))
        assert total + stays.number(f"survival.share.{age}").value == pytest.approx(1.0)


def test_a_shown_piece_is_what_the_helper_expects() -> None:
    assert Shown(Text("<p>satu</p>", "<p>one</p>")).html.get("en") == "<p>one</p>"
    assert issubclass(RuleError, KopanalysisError)


def test_a_small_half_of_the_inactive_hides_the_other_half_from_the_public(
    make_office: MakeOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = {"Tanggal Badan Hukum": "01-01-2000", "Tanggal": "31-12-2021"}
    register = [{"NIK": f"13110000000{k:02d}", "Nama Koperasi": f"Koperasi {k}", **days} for k in range(20)]
    met = [
        {"NIK": f"13110000000{k:02d}", "Tahun Buku": year, "Tanggal RAT": f"01-03-{year + 1}"}
        for k in range(8)
        for year in (2018, 2019, 2020)
    ]
    accounts = [{"NIK": f"13110000000{k:02d}", "Tahun Buku": 2020, "Volume Usaha": 5_000_000} for k in range(8, 11)]
    office = make_office(register=register, rat=met, accounts=accounts)
    inside = ka.options_cost(office, "2021-12-31")
    assert [inside.number(f"options.count.{name}").value for name in ("visit", "report")] == [9, 3]
    monkeypatch.setenv("KOPANALYSIS_EDITION", "public")
    outside = ka.options_cost(office, "2021-12-31")
    for name in ("visit", "report"):
        assert outside.number(f"options.count.{name}").value is None
        assert outside.number(f"options.cost.{name}").value is None
    assert outside.data["cooperatives"].iloc[:2].isna().all()
    working = ka.still_working(ka.build_panel(office, as_of="2021-12-31"), "2021-12-31")
    assert [number.value for number in working.numbers] == [None, None]
