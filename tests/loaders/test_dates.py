"""Dates in every form offices write, and the marks that mean there is none."""

import datetime as dt
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kopanalysis.loaders.indonesian import UnreadableDate, WeekdayWarning, read_date, read_date_range, read_dates

MONTHS = ["Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November", "Desember"]


@pytest.mark.parametrize(
    "text",
    [
        "25 Agustus 2022",
        "25 AGUSTUS 2022",
        "(25/8/2022)",
        "25-08-2022",
        "25.08.2022",
        "25/08/22",
        "2022-08-25",
        "2022-08-25 00:00:00",
        "25 Agt 2022",
        "25 Agst 2022",
        "25-Ags-2022",
        "25 Agustsu 2022",
        "Kamis, 25 Agustus 2022",
        "tanggal 25 Agustus 2022",
        "25/VIII/2022",
        "44798",
        44798,
        44798.0,
        20220825,
        dt.date(2022, 8, 25),
        dt.datetime(2022, 8, 25, 9, 30),
        "August 25, 2022",
        "  25  Agustus\n2022 ",
    ],
)
def test_forms(text):
    assert read_date(text) == dt.date(2022, 8, 25)


@pytest.mark.parametrize(
    ("text", "month"),
    [("Pebruari", 2), ("Februari", 2), ("Febuari", 2), ("Nofember", 11), ("Nopember", 11), ("Okt", 10), ("Sept", 9), ("Desmber", 12)],
)
def test_trap_11_misspelt_months(text, month):
    assert read_date(f"3 {text} 2020") == dt.date(2020, month, 3)


@pytest.mark.parametrize(("text", "year"), [("12-III-96", 1996), ("12-III-03", 2003)])
def test_trap_11_roman_month_and_two_digit_year(text, year):
    assert read_date(text) == dt.date(year, 3, 12)


@pytest.mark.parametrize(
    "cell",
    [
        None,
        "",
        "-",
        "0000-00-00",
        "00/00/0000",
        "30-11--0001",
        "-0001-11-30",
        "t.a.d.",
        0,
        "belum RAT",
        dt.datetime(1899, 12, 31),
        float("nan"),
    ],
)
def test_trap_10_missing_marks(cell):
    assert read_date(cell) is None


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("02-03 Desember 2024", dt.date(2024, 12, 2), dt.date(2024, 12, 3)),
        ("29 Agustus - 2 September 2022", dt.date(2022, 8, 29), dt.date(2022, 9, 2)),
        ("30 Desember 2021 s/d 2 Januari 2022", dt.date(2021, 12, 30), dt.date(2022, 1, 2)),
        ("2, 3 dan 4 Agustus 2022", dt.date(2022, 8, 2), dt.date(2022, 8, 4)),
        ("01/08/2022 - 05/08/2022", dt.date(2022, 8, 1), dt.date(2022, 8, 5)),
        ("Februari 2020", dt.date(2020, 2, 1), dt.date(2020, 2, 29)),
        ("5 Mei 2021", dt.date(2021, 5, 5), dt.date(2021, 5, 5)),
    ],
)
def test_ranges(text, first, last):
    assert read_date_range(text) == (first, last)


def test_trap_12_weekday_that_does_not_fit_warns_and_the_date_counts():
    with pytest.warns(WeekdayWarning):
        assert read_date("Rabu (25/09/2023)") == dt.date(2023, 9, 25)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_date("Senin (25/09/2023)") == dt.date(2023, 9, 25)


@pytest.mark.parametrize("cell", ["2019", "31 Februari 2020", "kapan-kapan", "5/2022", "9-3 Mei 2021", 2019, True, "12 Ju 2020", "1/2/3"])
def test_unreadable_dates_say_how_to_write_them(cell):
    with pytest.raises(UnreadableDate, match="Agustus 2022"):
        read_date(cell)


def test_a_column_is_month_first_only_when_nothing_contradicts_it():
    days, style, problems = read_dates(["12/31/2021", "03/04/2021"])
    assert ([day.start for day in days], style, problems) == ([dt.date(2021, 12, 31), dt.date(2021, 3, 4)], "mdy", [])
    days, style, _ = read_dates(["03/04/2021"])
    assert (days[0].start, style) == (dt.date(2021, 4, 3), "dmy")
    days, style, problems = read_dates(["12/31/2021", "31/12/2021", "03/04/2021"])
    assert (days[2], style) == (None, "mixed")
    assert {item["reason"] for item in problems} == {"date_unreadable.ambiguous", "date_unreadable.style"}


@given(
    st.dates(dt.date(1945, 1, 1), dt.date(2035, 12, 31)),
    st.sampled_from(["{d} {m} {y}", "{d:02}-{n:02}-{y}", "{y}-{n:02}-{d:02}", "({d}/{n}/{y})"]),
)
def test_written_dates_are_read_back(day, form):
    assert read_date(form.format(d=day.day, m=MONTHS[day.month - 1], n=day.month, y=day.year)) == day


@given(st.one_of(st.text(max_size=15), st.floats(), st.integers()))
def test_any_cell_is_a_date_or_missing_or_refused(cell):
    try:
        day = read_date(cell)
    except UnreadableDate:
        return
    assert day is None or isinstance(day, dt.date)
