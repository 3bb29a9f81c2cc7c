"""Sentences: no digit in a template, no unregistered number, two languages with the same places."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

import kopanalysis as ka
from kopanalysis.present import sentences
from kopanalysis.present.numbers import format_number, format_value
from kopanalysis.results import Number, Text

RATE = Number("inactive.rate", 0.38583, "share", 0.3, 0.4782, 0.95, 127)
COUNT = Number("inactive.count", 1234, "cooperatives", n=2000)


@pytest.fixture
def template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    def write(id_: str, en: str) -> None:
        (tmp_path / "try.toml").write_text(f'[it]\nid = "{id_}"\nen = "{en}"\n', encoding="utf-8")
        monkeypatch.setattr(sentences, "TEMPLATES", tmp_path)
        sentences.templates.cache_clear()

    yield write
    sentences.templates.cache_clear()


def test_a_number_is_a_span_in_both_languages(template: object) -> None:
    template("{n} dari koperasi, {r} (rentang {r:range})", "{n} of cooperatives, {r} (range {r:range})")
    shown = ka.say("try.it", n=COUNT, r=RATE)
    assert shown.text("id").replace("\u00a0", " ") == "1.234 dari koperasi, 38,6 persen (rentang dari 30,0 sampai 47,8 persen)"
    assert shown.text("en").replace("\u00a0", " ") == "1,234 of cooperatives, 38.6 percent (range from 30.0 to 47.8 percent)"
    for fragment in (shown.html.id, shown.html.en):
        soup = BeautifulSoup(fragment, "html.parser")
        for span in soup.select("a.number"):
            span.extract()
        assert not re.search(r"\d", soup.get_text())


@pytest.mark.parametrize(
    ("id_", "en", "said"),
    [
        ("{n} dari 127", "{n} of 127", "digit"),
        ("{n} terbukti", "{n} shown", "terbukti"),
        ("{n} koperasi", "{n} cooperatives, no effect", "no effect"),
        ("{n} koperasi", "{m} cooperatives", "one language"),
    ],
)
def test_templates_are_checked(template: object, id_: str, en: str, said: str) -> None:
    template(id_, en)
    with pytest.raises(ka.CallError, match=said):
        ka.say("try.it", n=COUNT, m=COUNT)


def test_a_bare_number_cannot_be_printed(template: object) -> None:
    template("{n} koperasi", "{n} cooperatives")
    for value in (49, 38.6, "49"):
        with pytest.raises(ka.CallError, match="registered"):
            ka.say("try.it", n=value)
    with pytest.raises(ka.CallError, match="needs n"):
        ka.say("try.it")
    with pytest.raises(ka.CallError, match="no template"):
        ka.say("try.nothing")


def test_a_noun_agrees_with_its_number(template: object) -> None:
    template("{n} koperasi", "{n} {n|cooperative|cooperatives}")
    one, many = Number("a", 1, "cooperatives"), Number("b", 12, "cooperatives")
    assert ka.say("try.it", n=one).text("en") == "1 cooperative"
    assert ka.say("try.it", n=many).text("en") == "12 cooperatives"
    assert ka.say("try.it", n=one).text("id") == "1 koperasi"
    with pytest.raises(ka.CallError, match="no number"):
        ka.say("try.it", n=Text("satu", "one"))


def test_a_noun_agrees_with_how_many_stand_behind_a_number(template: object) -> None:
    template("{rate} dari {rate:n} koperasi", "{rate} of {rate:n} {rate:n|cooperative|cooperatives}")
    one, many = (Number("a", 0.5, "percent", n=n) for n in (1, 12))
    assert ka.say("try.it", rate=one).text("en").endswith("of 1 cooperative")
    assert ka.say("try.it", rate=many).text("en").endswith("of 12 cooperatives")


@pytest.mark.parametrize(
    ("id_", "en"), [("{n|satu|banyak}", "{n}"), ("{n}", "{n|cooperatives}"), ("{n}", "{n|one 1|many}"), ("{n}", "{n:n|cooperatives}")]
)
def test_a_noun_has_as_many_forms_as_its_language(template: object, id_: str, en: str) -> None:
    template(id_, en)
    with pytest.raises(ka.CallError, match=r"forms for n|digit"):
        ka.say("try.it", n=COUNT)


def test_dates_years_and_words(template: object) -> None:
    template("{day}, {last_year}, {month}, {words}", "{day}, {last_year}, {month}, {words}")
    shown = ka.say("try.it", day=date(2022, 8, 25), last_year=2021, month="2016-03", words=Text("aturan <b>", "rule"))
    assert shown.text("id").replace("\u00a0", " ").startswith("25 Agustus 2022 , 2021 , Maret 2016 ,")
    assert "<b>" not in shown.html.id
    assert shown.html.en.count("<time") == 3


def test_every_template_of_ours_passes() -> None:
    sentences.templates.cache_clear()
    assert len(sentences.templates()) > 30


@pytest.mark.parametrize(
    ("number", "form", "id_", "en"),
    [
        (Number("a", 49, "cooperatives"), "", "49", "49"),
        (Number("a", 1, "cooperatives"), "noun", "1 koperasi", "1 cooperative"),
        (Number("a", 1234567, "heads"), "noun", "1.234.567 ekor", "1,234,567 heads"),
        (Number("a", 0.3858, "share"), "", "38,6 persen", "38.6 percent"),
        (Number("a", -0.071, "points"), "", "−7,1 poin persentase", "−7.1 percentage points"),
        (Number("a", 0.71, "share"), "of_ten", "7 dari 10", "7 in 10"),
        (Number("a", None, "share"), "", "t.a.d.", "n/a"),
        (Number("a", 10, "years"), "", "10 tahun", "10 years"),
        (Number("a", 0.2, "share", n=39), "n", "39", "39"),
        (Number("a", 3, "cooperatives", suppressed=True), "", "<5", "<5"),
    ],
)
def test_forms(number: Number, form: str, id_: str, en: str) -> None:
    assert format_number(number, "id", form).replace("\u00a0", " ") == id_
    assert format_number(number, "en", form).replace("\u00a0", " ") == en


def test_rounding_never_prints_minus_zero() -> None:
    assert format_value(-0.0001, "percent", "en") == "0.0"
