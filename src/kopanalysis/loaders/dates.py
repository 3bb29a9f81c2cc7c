"""Dates as Indonesian offices write them: month names with their misspellings, ranges, serials, marks for "no date"."""

from __future__ import annotations

import calendar
import datetime as dt
import re
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from kopanalysis.errors import DataError
from kopanalysis.loaders.words import is_missing

DateStyle = Literal["dmy", "mdy", "ymd", "mixed"]

CENTURY_PIVOT = 40  # two-digit years below it are of this century: "96" is 1996, "03" is 2003
_MONTHS = {
    1: "januari january jan", 2: "februari february pebruari febuari pebuari feb peb", 3: "maret march mar mrt",
    4: "april apr", 5: "mei may", 6: "juni june jun", 7: "juli july jul",
    8: "agustus august agu ags agt agst aug agus", 9: "september sept sep", 10: "oktober october okt oct",
    11: "november nopember nofember novembar nov nop", 12: "desember december des dec",
}  # fmt: skip
MONTHS = {word: number for number, words in _MONTHS.items() for word in words.split()}
_FULL_NAMES = {word: number for word, number in MONTHS.items() if len(word) > 3}
_ROMAN = {r: i for i, r in enumerate(["i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii"], start=1)}
_WEEKDAYS = {
    "senin": 0, "selasa": 1, "rabu": 2, "kamis": 3, "jumat": 4, "jum'at": 4, "jum at": 4, "jumaat": 4, "sabtu": 5, "minggu": 6, "ahad": 6,
}  # fmt: skip
_SENTINELS = re.compile(
    r"^(0{2,4}[-/.]0{2}[-/.]0{2,4}.*|.*--0*1|-0*1-.*|0+|belum( pernah)?( rat)?|tidak ada|nihil|0*1[-/ ](0*1|jan)[-/ ]1900)$"
)
_SERIALS = (3_653, 73_051)  # 1910 to 2100 as Excel counts days
_FIRST_DATE = dt.date(1900, 1, 2)  # spreadsheets show an empty date as 1899-12-30 to 1900-01-01
_NUMERIC = re.compile(r"^(\d{1,4})\s*[-/. ]\s*(\d{1,2}|[ivx]+)\s*[-/. ]\s*(\d{1,4})$")
_WORDED = re.compile(r"^(\d{1,2})(?:st|nd|rd|th)?[\s\-/.,]*([a-z]+)[\s\-/.,']*(\d{4}|\d{2})$")
_MONTH_FIRST = re.compile(r"^([a-z]+)\.?\s+(\d{1,2}),?\s+(\d{4})$")
_MONTH_YEAR = re.compile(r"^([a-z]+)[\s\-/.,']*(\d{4})$")
_TIME = re.compile(r"[t\s]+\d{1,2}[:.]\d{2}([:.]\d{2}([.,]\d+)?)?(z|\s*wib)?$")
_TO = r"(?:\s*(?:-|–|—|s\s*/\s*d|s\.?\s*d\.?|sampai(?: dengan)?|hingga|&|dan|,)\s*)"
_RANGE_DAYS = re.compile(rf"^(\d{{1,2}})(?:{_TO}\d{{1,2}})*{_TO}(\d{{1,2}}[\s\-/.]*[a-z]+[\s\-/.]*\d{{2,4}})$")
_RANGE_MONTHS = re.compile(rf"^(\d{{1,2}}[\s\-/.]*[a-z]+){_TO}(\d{{1,2}}[\s\-/.]*[a-z]+[\s\-/.]*\d{{4}})$")
_RANGE_FULL = re.compile(r"^(.+?)\s*(?:s\s*/\s*d\.?|s\.\s*d\.?|\bsd\b|sampai(?: dengan)?|hingga|\s[-–—]\s|[–—])\s*(.+)$")


class UnreadableDate(DataError, ValueError):
    """A cell that holds something, but no date."""


class WeekdayWarning(UserWarning):
    """The weekday written before a date isn't that date's weekday."""


@dataclass(frozen=True)
class Day:
    """What a date cell says: first and last day, how day and month were ordered, and whether its weekday is wrong."""

    start: dt.date
    end: dt.date
    order: Literal["", "dmy", "mdy", "either"] = ""
    wrong_weekday: bool = False


def read_date(value: Any) -> dt.date | None:
    """Read one date in any form that Indonesian offices use.

    Day before month where figures leave a choice. Of a range, the first day. Two-digit years below 40 belong to this century.

    Parameters
    ----------
    value : Any
        Text, a date, a spreadsheet serial, or nothing.

    Returns
    -------
    datetime.date or None
        None for the marks of a missing date: empty, ``-``, ``0000-00-00``, ``30-11--0001``, ``t.a.d.``, serial 0.

    Raises
    ------
    UnreadableDate
        (a ValueError) When the cell holds something that is no date; the text says how to write it.

    Warns
    -----
    WeekdayWarning
        When a weekday stands before the date and doesn't fit: the date counts.

    Examples
    --------
    >>> read_date("25 Agustus 2022")
    datetime.date(2022, 8, 25)
    """
    start, _ = read_date_range(value)
    return start


def read_date_range(value: Any) -> tuple[dt.date | None, dt.date | None]:
    """First and last day of a range such as ``02-03 Desember 2024``; a single date is its own range, a month all its days.

    Parameters, errors and warnings are those of :func:`read_date`.
    """
    day = parse_day(value)
    if day is None:
        return None, None
    if day.wrong_weekday:
        warnings.warn(f"the weekday doesn't fit the date: {value}", WeekdayWarning, stacklevel=3)
    return day.start, day.end


def read_dates(cells: Iterable[Any], style: DateStyle | None = None) -> tuple[list[Day | None], DateStyle, list[dict[str, Any]]]:
    """Read a column of dates, deciding from all its cells whether figures stand day first or month first.

    Indonesian offices write the day first: only figures that can't be (``12/31/2021``) and none that contradict them make a
    column month-first. Where both kinds occur, unmistakable cells are read by their own form with a warning and those that could be
    either stay missing: the style is ``mixed`` and becomes a question.

    Parameters
    ----------
    cells : iterable
        As a spreadsheet gives them.
    style : {"dmy", "mdy", "ymd"}, optional
        Known beforehand.

    Returns
    -------
    values : list of Day or None
    style : {"dmy", "mdy", "mixed"}
    problems : list of dict
        ``index, value, reason, scope`` as in :func:`kopanalysis.loaders.numbers.read_numbers`.
    """
    raw = list(cells)
    days: list[Day | None] = []
    problems: list[dict[str, Any]] = []
    for index, value in enumerate(raw):
        try:
            day = parse_day(value)
        except UnreadableDate:
            day = None
            problems.append({"index": index, "value": value, "reason": "date_unreadable", "scope": "cell"})
        days.append(day)
    decided = style or _decide(days)
    return _in_style(raw, days, decided, problems), decided, problems


def _decide(days: Sequence[Day | None]) -> DateStyle:
    orders = {day.order for day in days if day}
    if "mdy" not in orders:
        return "dmy"
    return "mixed" if "dmy" in orders else "mdy"


def _in_style(raw: list[Any], days: list[Day | None], style: DateStyle, problems: list[dict[str, Any]]) -> list[Day | None]:
    values: list[Day | None] = []
    for index, day in enumerate(days):
        kept, reason, scope = day, "", "warning"
        if day and day.order == "either" and style == "mixed":
            kept, reason, scope = None, "date_unreadable.ambiguous", "cell"
        elif day and day.order == "either" and style == "mdy":
            swapped = dt.date(day.start.year, day.start.day, day.start.month)
            kept = Day(swapped, swapped, "mdy", day.wrong_weekday)
        elif day and day.order in ("dmy", "mdy") and day.order != style and not (style == "mixed" and day.order == "dmy"):
            reason = "date_unreadable.style"
        elif day and day.wrong_weekday:
            reason = "date_unreadable.weekday"
        values.append(kept)
        if reason:
            problems.append({"index": index, "value": raw[index], "reason": reason, "scope": scope})
    return values


def parse_day(value: Any) -> Day | None:
    """Read one cell; None where it marks a missing date. Raises :class:`UnreadableDate`."""
    if isinstance(value, dt.datetime):
        value = value.date()
    if isinstance(value, dt.date):
        return None if value < _FIRST_DATE else Day(value, value)
    if is_missing(value):
        return None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _from_number(value)
    if isinstance(value, str):
        return _from_text(value)
    raise _unreadable(value)


def _unreadable(value: Any) -> UnreadableDate:
    return UnreadableDate(f"{value!s:.60} is no date", mend="Write it like 25-08-2022 or 25 Agustus 2022.")


def _from_number(number: float) -> Day | None:
    if number == 0:
        return None
    if not abs(number) < 1e9:  # also infinite
        raise _unreadable(number)
    whole = int(number)
    if _SERIALS[0] <= whole < _SERIALS[1]:
        day = dt.date(1899, 12, 30) + dt.timedelta(days=whole)
        return Day(day, day)
    if 19_000_101 <= whole <= 21_001_231:
        return _single(_date(whole // 10_000, whole // 100 % 100, whole % 100, number))
    raise _unreadable(number)


@lru_cache(maxsize=20_000)
def _from_text(value: str) -> Day | None:
    text = " ".join(value.replace("\u00a0", " ").casefold().split()).strip("'\" ")
    if is_missing(text) or _SENTINELS.match(text):
        return None
    text, weekday = _strip_weekday(text)
    text = _TIME.sub("", text.strip("()[] .,"))
    if re.fullmatch(r"\d{5}(\.\d+)?|\d{8}", text):
        return _from_number(float(text))
    day = _range(text) or _one(text)
    if day is None:
        raise _unreadable(value)
    wrong = weekday is not None and day.start.weekday() != weekday
    return Day(day.start, day.end, day.order, wrong)


def _strip_weekday(text: str) -> tuple[str, int | None]:
    found = re.match(r"^\(?(?:hari\s+)?(" + "|".join(_WEEKDAYS) + r")\b[\s,/.(-]*(?:tanggal\s+)?", text)
    return (text[found.end() :], _WEEKDAYS[found.group(1)]) if found else (re.sub(r"^(tanggal|tgl\.?|per)\s+", "", text), None)


def _single(day: dt.date, order: Literal["", "dmy", "mdy", "either"] = "") -> Day:
    return Day(day, day, order)


def _date(year: int, month: int, day: int, value: Any) -> dt.date:
    try:
        return dt.date(year, month, day)
    except ValueError:
        raise _unreadable(value) from None


def _year(text: str) -> int:
    year = int(text)
    if len(text) <= 2:
        return year + (2000 if year < CENTURY_PIVOT else 1900)
    return year


def _one(text: str) -> Day | None:
    if found := _WORDED.match(text):
        month = month_number(found.group(2))
        return None if month is None else _single(_date(_year(found.group(3)), month, int(found.group(1)), text))
    if found := _MONTH_FIRST.match(text):
        month = month_number(found.group(1))
        return None if month is None else _single(_date(int(found.group(3)), month, int(found.group(2)), text))
    if found := _MONTH_YEAR.match(text):
        month = month_number(found.group(1))
        return None if month is None else _whole_month(int(found.group(2)), month)
    if found := _NUMERIC.match(text):
        return _figures(found.group(1), found.group(2), found.group(3), text)
    return None


def _whole_month(year: int, month: int) -> Day:
    return Day(dt.date(year, month, 1), dt.date(year, month, calendar.monthrange(year, month)[1]))


def _figures(first: str, second: str, third: str, text: str) -> Day | None:
    if len(first) == 4 and second.isdigit():
        return _single(_date(int(first), int(second), int(third), text))
    if len(first) > 2 or len(third) == 3 or len(third) == 1:
        return None
    year, day = _year(third), int(first)
    if not second.isdigit():
        return None if second not in _ROMAN else _single(_date(year, _ROMAN[second], day, text))
    month = int(second)
    if month > 12 and day <= 12:
        return _single(_date(year, day, month, text), "mdy")
    order: Literal["", "dmy", "mdy", "either"] = "dmy" if day > 12 else ("" if day == month else "either")
    return _single(_date(year, month, day, text), order)


def _range(text: str) -> Day | None:
    if found := _RANGE_DAYS.match(text):
        last = _one(found.group(2))
        return _between(text, last.start.replace(day=1) + dt.timedelta(days=int(found.group(1)) - 1) if last else None, last)
    if found := _RANGE_MONTHS.match(text):
        last = _one(found.group(2))
        first = _one(f"{found.group(1)} {last.start.year}") if last else None
        return _between(text, first.start if first else None, last)
    if (found := _RANGE_FULL.match(text)) and (first := _one(found.group(1))) and (last := _one(found.group(2))):
        return _between(text, first.start, last)
    return None


def _between(text: str, first: dt.date | None, last: Day | None) -> Day | None:
    if first is None or last is None:
        return None
    if first > last.end:
        raise _unreadable(text)
    return Day(first, last.end, last.order)


@lru_cache(maxsize=2_000)
def month_number(word: str) -> int | None:
    """Find the number of a month from its name, abbreviation or Roman numeral; a misspelt name if exactly one month is near."""
    if word in MONTHS:
        return MONTHS[word]
    if word in _ROMAN:
        return _ROMAN[word]
    if len(word) < 4:
        return None
    from rapidfuzz import process
    from rapidfuzz.distance import DamerauLevenshtein

    near = process.extract(word, list(_FULL_NAMES), scorer=DamerauLevenshtein.distance, score_cutoff=2, limit=None)
    if not near:
        return None
    best = min(distance for _, distance, _ in near)
    months = {_FULL_NAMES[name] for name, distance, _ in near if distance == best}
    return months.pop() if len(months) == 1 and best <= max(1, len(word) // 4) else None
