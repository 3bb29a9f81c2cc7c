"""Numbers: the style is decided for the column, and a doubt stays a doubt."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kopanalysis.loaders.indonesian import read_numbers


def read(*cells, **options):
    values, style, problems = read_numbers(cells, **options)
    return values.tolist(), style, {item["index"]: item["reason"] for item in problems}


@pytest.mark.parametrize(
    ("cells", "values", "style"),
    [
        (["1.234.567,89", "1.234"], [1234567.89, 1234], "id"),
        (["Rp. 15,000,000.00", "1,234"], [15_000_000, 1234], "en"),
        (["Rp 1.000.000,-", "Rp2.500"], [1_000_000, 2500], "id"),
        ([5, 7.25, "12"], [5, 7.25, 12], "plain"),
        (["(115,888,860,874.61)"], [-115_888_860_874.61], "en"),
        (["-5", "Rp -5.000.000", "7-"], [-5, -5_000_000, -7], "id"),
        (["0,00", 13083830564], [0, 13083830564], "id"),
        (["46,5 %", "12 ekor", "nihil"], [46.5, 12, 0], "id"),
        (["Rp2,8 miliar", "3 juta", "1,5 triliun"], [2.8e9, 3e6, 1.5e12], "id"),
        (["1 234 567"], [1234567], "plain"),
    ],
)
def test_forms(cells, values, style):
    assert read(*cells)[:2] == (values, style)


def test_trap_13_two_styles_in_one_column_are_each_read_by_their_form():
    values, style, problems = read("Rp.  9,999,999,999", "Rp. 999.999.999,99", "2.300.000", "Rp. 0")
    assert values == [9_999_999_999, 999_999_999.99, 2_300_000, 0]
    assert (style, problems) == ("id", {0: "number_style"})


def test_trap_13_an_ambiguous_cell_between_equal_votes_is_refused():
    values, style, problems = read("1.234.567,89", "15,000,000.00", "1.234")
    assert values[:2] == [1234567.89, 15_000_000]
    assert math.isnan(values[2])
    assert (style, problems) == (None, {2: "number_ambiguous"})


def test_trap_14_grouped_text_beside_native_whole_numbers():
    assert read(1102000, "316.030") == ([1102000, 316030], "id", {})
    assert read(1102000, "2.300.000", "316.030")[0] == [1102000, 2300000, 316030]


def test_a_column_of_only_ambiguous_cells_is_a_question_unless_it_counts():
    values, style, problems = read("1.234", "5.678")
    assert all(map(math.isnan, values))
    assert style is None
    assert set(problems.values()) == {"number_ambiguous"}
    assert read("1.234", "5.678", whole=True) == ([1234, 5678], "id", {})
    assert read("1.234", style="en")[0] == [1.234]


def test_small_native_numbers_decide_nothing():
    values, style, _ = read(12, 0.5, "1.234")
    assert style is None
    assert values[:2] == [12, 0.5]


def test_trap_15_words_and_approximations():
    values, _, problems = read("Rp35.017.340 miliar", "300-an", "sekitar 49", "sedikitnya Rp5 Miliyar")
    assert values == [35_017_340_000, 300, 49, 5e9]
    assert problems == {
        0: "number_style.scaled",
        1: "number_style.approximate",
        2: "number_style.approximate",
        3: "number_style.approximate",
    }


@pytest.mark.parametrize("cell", ["", None, "-", "–", "t.a.d.", "Rp -", "n/a", float("nan")])
def test_missing_marks_are_no_problem(cell):
    values, style, problems = read(cell, 3)
    assert math.isnan(values[0])
    assert (style, problems) == ("plain", {})


@pytest.mark.parametrize("cell", ["dua puluh", "Rp 3 juta - Rp 5 juta", "1.23.4,5", "2O2O", True, "1..2", "12,", "1,2.3,4"])
def test_unreadable(cell):
    values, _, problems = read(cell)
    assert math.isnan(values[0])
    assert problems == {0: "number_unreadable"}


def written(number, style):
    text = f"{number:,.2f}"
    return text if style == "en" else text.translate(str.maketrans(",.", ".,"))


@given(st.lists(st.integers(-(10**13), 10**13).map(lambda cents: cents / 100), min_size=1), st.sampled_from(["id", "en"]), st.booleans())
def test_written_numbers_are_read_back(numbers, style, currency):
    cells = [("Rp. " if currency and number >= 0 else "") + written(number, style) for number in numbers]
    values, decided, problems = read_numbers(cells)
    assert decided == style
    assert values.tolist() == numbers
    assert not problems


@given(st.lists(st.one_of(st.none(), st.text(max_size=12), st.floats(), st.integers(), st.booleans()), max_size=8))
def test_no_cell_stops_the_reading(cells):
    values, _, problems = read_numbers(cells)
    assert len(values) == len(cells)
    assert all(item["reason"] for item in problems)
