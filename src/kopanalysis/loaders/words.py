"""Normal forms of the words in headings and cells, so that case, spaces, punctuation and line breaks don't matter."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any

MISSING_MARKS = frozenset(
    {
        "", "-", "--", "---", "–", "—", "_", ".", "..", "...", "?", "n/a", "na", "#n/a", "nan", "null", "none", "t.a.d.", "t.a.d", "tad",
        "#ref!", "#value!", "#div/0!", "#name?", "#null!", "#num!", "tidak ada data", "tidak ada", "belum ada", "kosong", "belum",
    }
)  # fmt: skip
_SHORT = {
    "jml": "jumlah", "jlh": "jumlah", "jmlh": "jumlah", "tgl": "tanggal", "tg": "tanggal", "no": "nomor", "nmr": "nomor", "nama2": "nama",
    "thn": "tahun", "th": "tahun", "kec": "kecamatan", "kab": "kabupaten", "kop": "koperasi", "lk": "laki", "pr": "perempuan",
    "sumberdana": "sumber dana",
}  # fmt: skip
_UNITS = re.compile(r"[(\[]\s*(rp\.?|rupiah|idr|orang|org|ekor|unit|%|hari|dalam rupiah)\s*[)\]]", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NOT_WORD = re.compile(r"[^a-z0-9]+")
HIDDEN_ID = "[****************]"  # what stands where a personal id stood
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff\ud800-\udfff]")  # also unseen marks
RISKY = ("=", "+", "-", "@", "\t", "\r")  # first marks of a text that a spreadsheet runs
_NUMBER_LIKE = re.compile(r"[-+]?[\d.,\s]*%?")
_PERSON_ID = re.compile(r"(?<!\d)\d{16}(?!\d)")


def is_missing(value: object) -> bool:
    """Whether a cell holds nothing: empty, or one of the marks that clerks write for "no data"."""
    if value is None:
        return True
    if isinstance(value, str):
        return len(value) < 20 and not value.isdigit() and value.strip().casefold() in MISSING_MARKS
    return isinstance(value, float) and value != value


def is_blank(value: object) -> bool:
    """Whether a cell is empty or holds only white space."""
    return value is None or (isinstance(value, str) and not value.strip())


@lru_cache(maxsize=300_000)
def plain_words(text: str) -> str:
    """Lower case words without accents and punctuation, one space between."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    return _NOT_WORD.sub(" ", ascii_text.lower()).strip()


@lru_cache(maxsize=50_000)
def heading_key(text: str) -> str:
    r"""Key under which a heading is looked up: units in brackets dropped, abbreviations spelt out, no spaces.

    Examples
    --------
    >>> heading_key("Jml.\\nAnggota_PRIA (orang)")
    'jumlahanggotapria'
    """
    words = plain_words(_CAMEL.sub(" ", _UNITS.sub(" ", text)))
    return "".join(_SHORT.get(word, word) for word in words.split()).replace(" ", "")


def text_of(value: object) -> str:
    """Give a cell as text: whole floats without ``.0``; white space, line breaks and control characters as single spaces."""
    if isinstance(value, str):
        text = " ".join(value.split())
        return text if text.isprintable() else " ".join(_CONTROL.sub(" ", text).split())
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return " ".join(str(value).split())


def harmless(value: Any) -> Any:
    """Make a value safe for a spreadsheet: text that it would run gets an apostrophe in front.

    Numbers, dates, a lone ``-`` and numbers written as text come back as they are; :func:`stripped` takes the apostrophe off again.
    """
    if isinstance(value, str) and value.startswith(RISKY) and not _NUMBER_LIKE.fullmatch(value):
        return f"'{value}"
    return value


def stripped(value: Any) -> Any:
    """Take off the apostrophe that :func:`harmless` put in front."""
    return value[1:] if isinstance(value, str) and value[:1] == "'" and value[1:].startswith(RISKY) else value


def hide_person_ids(text: str) -> tuple[str, bool]:
    """Replace 16-digit personal ids inside a text, and say whether there was one."""
    hidden = _PERSON_ID.sub(HIDDEN_ID, text) if len(text) >= 16 else text
    return hidden, hidden != text
