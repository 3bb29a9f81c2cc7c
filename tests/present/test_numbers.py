"""How numbers are written: the conventions of the house, line by line."""

from __future__ import annotations

from datetime import date

import pytest

from kopanalysis.present.numbers import (
    MINUS,
    NO_BREAK,
    day_html,
    format_day,
    format_number,
    format_printed_day,
    format_rupiah,
    format_value,
    number_html,
    year_html,
)
from kopanalysis.present.tables import value_text
from kopanalysis.present.words import noun, plural_form, plural_forms
from kopanalysis.results import Number


def plain(text: str) -> str:
    return text.replace(NO_BREAK, " ")


@pytest.mark.parametrize(
    ("number", "id_", "en"),
    [
        (Number("a", 0.386, "share"), "38,6 persen", "38.6 percent"),
        (Number("a", 1234, "cooperatives"), "1.234", "1,234"),
        (Number("a", 127, "cooperatives"), "127", "127"),
        (Number("a", -0.12, "points"), f"{MINUS}12,0 poin persentase", f"{MINUS}12.0 percentage points"),
        (Number("a", 0, "cooperatives"), "0", "0"),
        (Number("a", None, "cooperatives"), "t.a.d.", "n/a"),
        (Number("a", float("nan"), "share"), "t.a.d.", "n/a"),
        (Number("a", 3, "cooperatives", suppressed=True), "<5", "<5"),
        (Number("a", 1_200_000_000, "idr"), "Rp1,2 miliar", "Rp 1.2 billion"),
    ],
)
def test_decimals_thousands_percent_minus_missing_zero_and_hidden(number: Number, id_: str, en: str) -> None:
    assert plain(format_number(number, "id")) == id_
    assert plain(format_number(number, "en")) == en


@pytest.mark.parametrize(
    ("value", "id_", "en"),
    [
        (1.2e9, "Rp1,2 miliar", "Rp 1.2 billion"),
        (350e6, "Rp350 juta", "Rp 350 million"),
        (2.4e12, "Rp2,4 triliun", "Rp 2.4 trillion"),
        (999.96e6, "Rp1 miliar", "Rp 1 billion"),
        (987_654, "Rp988.000", "Rp 988,000"),
        (0, "Rp0", "Rp 0"),
        (-5.43e8, f"{MINUS}Rp543 juta", f"{MINUS}Rp 543 million"),
    ],
)
def test_rupiah_follows_puebi_with_at_most_three_digits(value: float, id_: str, en: str) -> None:
    assert plain(format_rupiah(value, "id")) == id_
    assert plain(format_rupiah(value, "en")) == en


@pytest.mark.parametrize("lang", ["id", "en"])
@pytest.mark.parametrize("value", [1.2e9, 350e6, 12.0, 2.4e12])
def test_rupiah_never_wraps_and_takes_no_point(value: float, lang: str) -> None:
    text = format_rupiah(value, lang)  # type: ignore[arg-type]
    assert " " not in text
    assert "Rp." not in text
    assert "milyar" not in text


def test_a_range_of_rupiah_has_its_own_unit_at_each_end() -> None:
    number = Number("a", 1.2e9, "idr", 8.5e8, 2.4e9, 0.95, 15)
    assert plain(format_number(number, "id", "range")) == "dari Rp850 juta sampai Rp2,4 miliar"
    assert plain(format_number(number, "en", "range")) == "from Rp 850 million to Rp 2.4 billion"


def test_percent_is_a_word_in_text_and_a_sign_in_tables() -> None:
    assert format_number(Number("a", 0.386, "share"), "id").endswith("persen")
    assert value_text(0.386, "share", "id") == "38,6 %"
    assert value_text(0.386, "share", "en") == "38.6%"


def test_differences_are_points_never_percent() -> None:
    for lang, words in (("id", "poin persentase"), ("en", "percentage points")):
        text = format_number(Number("a", 0.34, "points", -0.1, 0.5, 0.95, 15), lang, "range")  # type: ignore[arg-type]
        assert text.endswith(words)
        assert "%" not in text


def test_years_take_no_dot_and_dates_no_zero() -> None:
    assert ">2022<" in year_html(2022)
    assert format_day(date(2026, 11, 2), "id") == "2 November 2026"
    assert format_day(date(2022, 8, 25), "id") == "25 Agustus 2022"
    assert format_day(date(2022, 8, 25), "en") == "25 August 2022"
    assert format_printed_day("2016-03", "id") == "Maret 2016"
    assert day_html(date(2022, 8, 25), "id").count(NO_BREAK) == 2


def test_a_number_and_its_unit_stay_on_one_line() -> None:
    for number in (Number("a", 0.386, "share"), Number("a", 0.1, "points"), Number("a", 3, "years")):
        for lang in ("id", "en"):
            text = format_number(number, lang)  # type: ignore[arg-type]
            assert text.partition(NO_BREAK)[1] == NO_BREAK


@pytest.mark.parametrize(
    ("value", "en"), [(0, "cooperatives"), (1, "cooperative"), (1.0, "cooperative"), (2, "cooperatives"), (None, "cooperatives")]
)
def test_a_noun_agrees_with_its_number(value: float | None, en: str) -> None:
    assert noun("cooperatives", value, "en") == en
    assert noun("cooperatives", value, "id") == "koperasi"


def test_plural_forms_are_those_of_the_language() -> None:
    assert plural_forms("id") == ("other",)
    assert plural_forms("en") == ("one", "other")
    assert plural_form(1, "id") == "other"


def test_signs_of_change_are_printed_in_tables() -> None:
    assert value_text(0.12, "points", "id") == "+12,0"
    assert value_text(-0.12, "points", "en") == f"{MINUS}12.0"


def test_both_ends_of_a_range_lead_to_the_registry() -> None:
    markup = number_html(Number("x.y", 0.4, "share", 0.3, 0.5, 0.95, 20), "id", "range")
    assert markup.count('data-name="x.y"') == 2
    assert 'data-part="low"' in markup
    assert 'data-part="high"' in markup


def test_a_share_as_n_of_ten_is_rounded_to_whole_ones() -> None:
    assert format_number(Number("a", 0.68, "share"), "id", "of_ten") == "7 dari 10"
    assert format_value(1234.56, "count", "id") == "1.235"
