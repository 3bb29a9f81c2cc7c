"""Writing .xlsx so that equal cells give equal bytes, and names that every system takes."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from pathlib import Path
from typing import Any

from kopanalysis.loaders.words import harmless

OLDEST = (1980, 1, 1, 0, 0, 0)  # earliest time that a zip archive knows
STAMP = dt.datetime(2000, 1, 1)
_TIMES = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_NOT_IN_TITLE = re.compile(r"[\[\]:*?/\\']")
_NOT_IN_FILE = re.compile(r'[<>:"/\\|?*\x00-\x1f]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
LONGEST_TITLE = 31
LONGEST_TEXT = 32_767  # characters Excel keeps in a cell


def to_bytes(book: Any) -> bytes:
    """Save an openpyxl workbook without the hour of its saving and without the name of its author.

    Parameters
    ----------
    book : openpyxl.Workbook

    Returns
    -------
    bytes
    """
    book.properties.creator = book.properties.lastModifiedBy = "kopanalysis"
    book.properties.created = book.properties.modified = STAMP
    saved, settled = io.BytesIO(), io.BytesIO()
    book.save(saved)
    stamp = STAMP.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    with zipfile.ZipFile(saved) as parts, zipfile.ZipFile(settled, "w") as target:
        for name in parts.namelist():
            part = parts.read(name)
            info = zipfile.ZipInfo(name, OLDEST)
            info.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(info, _TIMES.sub(rb"\g<1>" + stamp, part) if name == "docProps/core.xml" else part)
    return settled.getvalue()


def storable(value: Any) -> Any:
    """Give a value as a cell can hold it: control characters out, endless text cut, what a spreadsheet would run made harmless."""
    if isinstance(value, str):
        return harmless(_CONTROL.sub(" ", value)[: LONGEST_TEXT - 1])
    return value


def sheet_title(name: str, taken: set[str]) -> str:
    """Title of a sheet as Excel takes it, unlike any in ``taken``."""
    clean = _CONTROL.sub("", _NOT_IN_TITLE.sub("_", name)).strip()[:LONGEST_TITLE] or "Lembar"
    lower = {title.casefold() for title in taken}
    title, number = clean, 2
    while title.casefold() in lower:
        title = f"{clean[: LONGEST_TITLE - len(str(number)) - 1]} {number}"
        number += 1
    return title


def file_name(file: str, taken: set[str]) -> str:
    """Name of the return of an input (``a.xlsx`` stays, ``a.csv`` becomes ``a.csv.xlsx``), one that Windows takes; added to ``taken``."""
    path = Path(file)
    clean = _NOT_IN_FILE.sub("_", path.stem if path.suffix.lower() == ".xlsx" else file).strip(" .") or "berkas"
    clean = f"_{clean}" if _RESERVED.match(clean) else clean
    name, number = f"{clean}.xlsx", 2
    while name.casefold() in taken:
        name = f"{clean} ({number}).xlsx"
        number += 1
    taken.add(name.casefold())
    return name
