"""Numbers as Indonesian offices write them, the style decided for a whole column and never for a cell."""

from __future__ import annotations

import datetime as dt
import re
from array import array
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from kopanalysis.loaders.words import is_missing

if TYPE_CHECKING:
    import pandas as pd

Style = Literal["id", "en", "plain"]
Form = Literal["missing", "native", "plain", "id", "en", "dot3", "comma3", "unreadable"]
Problem = dict[str, Any]

_SCALES = {
    "ribu": 1e3, "rb": 1e3, "juta": 1e6, "jt": 1e6, "miliar": 1e9, "milyar": 1e9, "miliyar": 1e9, "milliar": 1e9, "mlyr": 1e9,
    "m": 1e9,
    "triliun": 1e12, "trilyun": 1e12, "triliyun": 1e12, "t": 1e12,
}  # fmt: skip
_APPROXIMATE = re.compile(
    r"^(sekitar|kurang lebih|kira[- ]kira|hampir|sedikitnya|setidaknya|minimal|maksimal|lebih dari|lebih|"
    r"paling sedikit|±|\+/-|~|>=?|<=?)\s*"
)
_CURRENCY = re.compile(r"^(rp|idr)\.?\s*|\s*(rp|idr)\.?$")
_UNIT = re.compile(r"\s*(orang|org|ekor|unit|buah|koperasi|anggota|rupiah|%|persen)\.?$")
_SCALE_WORDS = "|".join(sorted(_SCALES, key=len, reverse=True))
_SCALE = re.compile(rf"\s*\b({_SCALE_WORDS})\b\.?$|(?<=\d)({_SCALE_WORDS})\.?$")
_ROUND_TAIL = re.compile(r"[.,]\s*[-–=]+$")  # "Rp 1.000.000,-"
_SPACED = re.compile(r"(?<=\d)\s(?=\d{3}(?!\d))")
_GROUPED_DOT = re.compile(r"\d{1,3}(\.\d{3})+")
_GROUPED_COMMA = re.compile(r"\d{1,3}(,\d{3})+")
_QUICK = re.compile(r"(?:Rp\.? *)?([0-9]{1,3}(?:\.[0-9]{3}){2,}|[0-9]{1,3}(?:\.[0-9]{3})+(?=,))(?:,([0-9]{1,4}))?")  # most amounts
_EXPONENT = re.compile(r"\d+([.,]\d+)?e[+-]?\d+")


class _Cell(NamedTuple):
    """What one cell can mean: its reading under each style, and whether its form leaves no doubt."""

    readings: tuple[float | None, float | None]  # (id, en)
    form: Form
    note: str = ""


def read_numbers(cells: Iterable[Any], style: Style | None = None, whole: bool = False) -> tuple[pd.Series, Style | None, list[Problem]]:
    """Read a column of numbers, deciding its style from all its cells.

    Cells whose form leaves no doubt (``2.300.000``, ``15,000,000.00``, ``0,5``) vote; the majority is the column's style, and
    the others are read by their own form with the warning ``number_style``. A lone ``1.234`` (one mark, exactly three digits
    behind it) takes the column's style. Where no cell votes, native or unmarked whole numbers decide: if all of them are whole and one
    reaches 1,000, then grouping is the only reading under which the cells are alike (``316.030`` beside 1102000 is 316030).
    Otherwise the column is undecidable: its ambiguous cells stay missing and the style is None.

    Parameters
    ----------
    cells : iterable
        Cells as a spreadsheet gives them: int, float, text, None.
    style : {"id", "en", "plain"}, optional
        A style known beforehand (from sources.toml); nothing is then ambiguous.
    whole : bool, default False
        True for counts of people or animals, which can't have decimals: three digits behind a lone mark are then a group.

    Returns
    -------
    values : pandas.Series of float
        In the order of ``cells``, missing and unreadable ones NaN.
    style : {"id", "en", "plain"} or None
        ``id`` 1.234.567,89; ``en`` 1,234,567.00; ``plain`` no marks anywhere; None undecidable.
    problems : list of dict
        ``index, value, reason, scope``: ``scope`` is ``"cell"`` (the value is missing now) or ``"warning"`` (read all the same);
        ``reason`` is a key of :data:`kopanalysis.loaders.reasons.REASONS`.

    Examples
    --------
    >>> values, style, problems = read_numbers([1102000, "2.300.000", "316.030"])
    >>> style, values.tolist()
    ('id', [1102000.0, 2300000.0, 316030.0])
    """
    import pandas as pd

    raw = list(cells)
    values, decided, problems = read_number_list(raw, style, whole)
    return pd.Series(list(values), dtype="float64"), decided, problems


def read_number_list(
    raw: Sequence[Any], style: Style | None = None, whole: bool = False
) -> tuple[array[float], Style | None, list[Problem]]:
    """:func:`read_numbers` on plain lists, for the loader's inner loop."""
    readings = _read_all(raw)
    decided: Style | None = style or _decide(readings, whole)
    values = array("d")  # eight bytes a number: a province has millions
    problems: list[Problem] = []
    sure = {_CODES["missing"], _PLAIN, _NATIVE, _ID if decided != "en" else _PLAIN, _EN if decided != "id" else _PLAIN}
    for index, form in enumerate(readings.forms):
        if form in sure and index not in readings.notes:
            values.append(readings.en[index] if form == _EN else readings.id[index])
            continue
        number, reason, scope = _value(readings.cell(index), decided, whole)
        values.append(number)
        if reason:
            problems.append({"index": index, "value": raw[index], "reason": reason, "scope": scope})
    return values, decided, problems


class _Readings(NamedTuple):
    """What every cell of a column can mean, side by side; NaN where a style gives no reading."""

    forms: bytearray
    id: array[float]
    en: array[float]
    notes: dict[int, str]

    def cell(self, index: int) -> _Cell:
        both = (self.id[index], self.en[index])
        as_id, as_en = (None if number != number else number for number in both)
        return _Cell((as_id, as_en), _FORMS[self.forms[index]], self.notes.get(index, ""))


def _read_all(raw: Sequence[Any]) -> _Readings:
    readings = _Readings(bytearray(), array("d"), array("d"), {})
    nan = float("nan")
    for index, value in enumerate(raw):
        if type(value) is str and (found := _QUICK.fullmatch(value)):  # seldom the same twice, so not remembered
            whole, decimals = found.groups()
            readings.forms.append(_ID)
            readings.id.append(round(float(f"{whole.replace('.', '')}.{decimals or 0}"), 4))
            readings.en.append(nan)
            continue
        (as_id, as_en), form, note = _parse(value)
        readings.forms.append(_CODES[form])
        readings.id.append(nan if as_id is None else as_id)
        readings.en.append(nan if as_en is None else as_en)
        if note:
            readings.notes[index] = note
    return readings


def _decide(readings: _Readings, whole: bool) -> Style | None:
    count = readings.forms.count
    votes = {"id": count(_ID), "en": count(_EN)}
    dots, commas = count(_CODES["dot3"]) > 0, count(_CODES["comma3"]) > 0
    if votes["id"] != votes["en"]:
        return "id" if votes["id"] > votes["en"] else "en"
    if votes["id"] and not (dots or commas):
        return "id"
    if not (votes["id"] or dots or commas):
        return "plain"
    if dots != commas and not votes["id"] and (whole or _neighbours_are_whole(readings)):
        return "id" if dots else "en"
    return "plain" if whole and not votes["id"] else None


def _neighbours_are_whole(readings: _Readings) -> bool:
    plain = [number for number, form in zip(readings.id, readings.forms, strict=True) if form in (_NATIVE, _PLAIN)]
    return bool(plain) and all(number.is_integer() for number in plain) and max(abs(number) for number in plain) >= 1000


def _value(cell: _Cell, style: Style | None, whole: bool) -> tuple[float, str, str]:
    nan = float("nan")
    if cell.form == "missing":
        return nan, "", ""
    if cell.form == "unreadable":
        return nan, "number_unreadable", "cell"
    as_id, as_en = cell.readings
    if cell.form in ("dot3", "comma3"):
        if whole and style in (None, "plain"):
            return (as_id if cell.form == "dot3" else as_en) or 0.0, cell.note, "warning" if cell.note else ""
        if style is None or style == "plain":
            return nan, "number_ambiguous", "cell"
        number = as_id if style == "id" else as_en
        return nan if number is None else number, cell.note, "warning" if cell.note else ""
    number = as_en if cell.form == "en" else as_id
    if number is None:
        return nan, "number_unreadable", "cell"
    contradicts = style in ("id", "en") and cell.form in ("id", "en") and cell.form != style
    reason = cell.note or ("number_style" if contradicts else "")
    return number, reason, "warning" if reason else ""


def _parse(value: Any) -> _Cell:
    if value is None or value != value:
        return _MISSING
    if isinstance(value, str):
        return _parse_text(value)
    if isinstance(value, (bool, dt.date, dt.time, dt.timedelta)):
        return _Cell((None, None), "unreadable")
    return _native(value)


_MISSING = _Cell((None, None), "missing")
_FORMS: tuple[Form, ...] = ("missing", "native", "plain", "id", "en", "dot3", "comma3", "unreadable")
_CODES = {form: code for code, form in enumerate(_FORMS)}
_NATIVE, _PLAIN, _ID, _EN = (_CODES[form] for form in ("native", "plain", "id", "en"))


def _native(value: Any) -> _Cell:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return _Cell((None, None), "unreadable")
    return _Cell((number, number), "native") if abs(number) != float("inf") else _Cell((None, None), "unreadable")


@lru_cache(maxsize=200_000)
def _parse_text(given: str) -> _Cell:
    if given.isdigit() and given.isascii():
        number = float(given)
        return _Cell((number, number), "plain") if number < 1e300 else _Cell((None, None), "unreadable")
    text = " ".join(given.replace("\u00a0", " ").split()).casefold()
    if is_missing(text):
        return _MISSING
    if text == "nihil":
        return _Cell((0.0, 0.0), "plain")
    text, note = _strip_approximate(text)
    text, negative = _strip_sign(text)
    text = _CURRENCY.sub("", text).strip()
    if is_missing(text):
        return _MISSING
    text, negative_inside = _strip_sign(_ROUND_TAIL.sub("", text))
    text = _UNIT.sub("", text)
    scaled = _SCALE.search(text)
    scale = _SCALES[scaled.group(1) or scaled.group(2)] if scaled else 1.0
    core = _SPACED.sub("", _SCALE.sub("", text)).strip()
    core = _CURRENCY.sub("", core)
    sign = -1.0 if negative or negative_inside else 1.0
    cell = _scaled_group(core) if scale > 1 and len(re.findall(r"[.,]\d{3}", core)) > 1 else _parse_core(core)
    if cell.form == "unreadable":
        return cell
    readings = tuple(None if reading is None else round(reading * scale, 4) * sign for reading in cell.readings)
    return _Cell((readings[0], readings[1]), cell.form, cell.note or note)


def _strip_approximate(text: str) -> tuple[str, str]:
    shorter = _APPROXIMATE.sub("", text)
    shorter = re.sub(r"(?<=\d)\s*-?\s*an$", "", shorter)
    shorter = re.sub(r"\s*(lebih|kurang lebih)$", "", shorter)
    return shorter, "number_style.approximate" if shorter != text else ""


def _strip_sign(text: str) -> tuple[str, bool]:
    text = text.strip()
    if text.startswith("(") and text.endswith(")"):
        return text[1:-1].strip(), True
    if re.match(r"[-−–]\s*(?=[\d(r])", text):
        return text[1:].strip(), True
    if re.fullmatch(r".*\d\s*-", text) and not _ROUND_TAIL.search(text):
        return text[:-1].strip(), True
    return text, False


def _scaled_group(core: str) -> _Cell:
    """``35.017.340 miliar``: the first mark is the decimal one, since the whole reading would be a thousandfold of a thousandfold."""
    if not (_GROUPED_DOT.fullmatch(core) or _GROUPED_COMMA.fullmatch(core)):
        return _parse_core(core)
    head, *groups = re.split(r"[.,]", core)
    number = float(f"{head}.{''.join(groups)}")
    return _Cell((number, number), "plain", "number_style.scaled")


def _parse_core(core: str) -> _Cell:
    if re.fullmatch(r"\d+", core):
        return _Cell((float(core), float(core)), "plain")
    if _EXPONENT.fullmatch(core):
        number = float(core.replace(",", "."))
        return _Cell((number, number), "plain")
    if not re.fullmatch(r"[\d.,]+", core) or not re.search(r"\d", core):
        return _Cell((None, None), "unreadable")
    dots, commas = core.count("."), core.count(",")
    if dots and commas:
        return _both_marks(core)
    mark, form = (".", "en") if dots else (",", "id")  # the style under which this mark is the decimal one
    return _one_mark(core, mark, form)


def _both_marks(core: str) -> _Cell:
    decimal = max(".", ",", key=core.rfind)
    group = "," if decimal == "." else "."
    head, _, tail = core.rpartition(decimal)
    grouped = _GROUPED_COMMA if group == "," else _GROUPED_DOT
    if decimal in head or not grouped.fullmatch(head) or not re.fullmatch(r"\d*", tail):
        return _Cell((None, None), "unreadable")
    number = float(f"{head.replace(group, '')}.{tail or 0}")
    return _Cell((number, None), "id") if decimal == "," else _Cell((None, number), "en")


def _one_mark(core: str, mark: str, decimal_form: str) -> _Cell:
    grouped = _GROUPED_DOT if mark == "." else _GROUPED_COMMA
    if core.count(mark) > 1:
        if not grouped.fullmatch(core):
            return _Cell((None, None), "unreadable")
        number = float(core.replace(mark, ""))
        return _Cell((number, None), "id") if mark == "." else _Cell((None, number), "en")
    head, _, tail = core.partition(mark)
    as_decimal = float(f"{head or 0}.{tail or 0}")
    if len(tail) == 3 and 1 <= len(head) <= 3 and not head.startswith("0"):
        as_group = float(head + tail)
        return _Cell((as_group, as_decimal), "dot3") if mark == "." else _Cell((as_decimal, as_group), "comma3")
    if not tail or not head:
        return _Cell((None, None), "unreadable")
    return _Cell((as_decimal, None), "id") if decimal_form == "id" else _Cell((None, as_decimal), "en")
