"""The letterhead (kop surat) of an office, and the signature below a brief: read from office.toml, the logo checked."""

from __future__ import annotations

import difflib
import io
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from kopanalysis.errors import CallError
from kopanalysis.results import Lang, Text

LINES = ("government", "office", "address", "contact", "number")
SIGNATORY = ("title", "name", "nip")
KNOWN = (*LINES, "logo", "copies", "signatory")
LONGEST = 160  # characters of one line: a longer one is a mistake
MOST_COPIES = 12
LARGEST_LOGO, WIDEST_LOGO = 1_000_000, 4000  # bytes as it comes, pixels a side
PRINTED_LOGO = 480  # pixels a side as it is printed
KINDS = ("PNG", "JPEG")
REGARDING = Text("Nomor", "Number")
COPIES = Text("Tembusan:", "Copies to:")
NIP = "NIP"
BREAK = "<br>\n"  # its line end parts words where markup is dropped


@dataclass(frozen=True)
class Letterhead:
    """What stands above the first page of a brief, and who signs it.

    Attributes
    ----------
    government, office, address, contact, number : str
        Lines of the letterhead; empty ones are left out.
    logo : bytes
        PNG, drawn anew from the office's picture; may be empty.
    copies : tuple of str
        Who gets a copy (tembusan).
    title, name, nip : str
        The signatory; a title or name makes a signature block.
    """

    government: str = ""
    office: str = ""
    address: str = ""
    contact: str = ""
    number: str = ""
    logo: bytes = b""
    copies: tuple[str, ...] = ()
    title: str = ""
    name: str = ""
    nip: str = ""


def read_letterhead(settings: Mapping[str, Any], folder: Path) -> Letterhead | None:
    """The table ``[letterhead]`` of office.toml.

    Parameters
    ----------
    settings : mapping
        office.toml as read.
    folder : pathlib.Path
        Where it and the logo lie.

    Returns
    -------
    Letterhead or None
        None where the office gives none.

    Raises
    ------
    CallError
        For a field nobody knows, a value that isn't one line of text, or a logo that can't be used.
    """
    given = settings.get("letterhead")
    if not given:
        return None
    if not isinstance(given, Mapping):
        raise _wrong("[letterhead] isn't a table", "Write [letterhead] on a line of its own.")
    _only(given, KNOWN, "letterhead")
    signatory = given.get("signatory", {})
    if not isinstance(signatory, Mapping):
        raise _wrong("[letterhead.signatory] isn't a table", "Write [letterhead.signatory] on a line of its own.")
    _only(signatory, SIGNATORY, "letterhead.signatory")
    lines = {name: _line(given, name) for name in LINES}
    lines["office"] = lines["office"] or str(settings.get("office", {}).get("name", ""))
    logo = _logo(folder, _line(given, "logo")) if given.get("logo") else b""
    return Letterhead(**lines, logo=logo, copies=_copies(given), **{name: _line(signatory, name) for name in SIGNATORY})


def logo_file(settings: Mapping[str, Any]) -> str:
    """Name of the logo's file beside office.toml; empty where there is none or it isn't a plain file name."""
    given = settings.get("letterhead")
    name = given.get("logo") if isinstance(given, Mapping) else None
    return name if isinstance(name, str) and _is_plain(name) else ""


def signature(letterhead: Letterhead | None, lang: Lang) -> str:
    """The end of a brief's text: who signs, and who gets a copy.

    Parameters
    ----------
    letterhead : Letterhead or None
    lang : {"id", "en"}

    Returns
    -------
    str
        HTML; empty where there is neither.
    """
    if letterhead is None:
        return ""
    signed = [escape(letterhead.title)]
    signed += ["", "", f"<strong>{escape(letterhead.name)}</strong>"] if letterhead.name else []
    signed += [f"{NIP} {escape(letterhead.nip)}"] if letterhead.nip else []
    block = f'<p class="signing">{BREAK.join(signed)}</p>' if letterhead.title or letterhead.name else ""
    if letterhead.copies:
        items = "".join(f"<li>{escape(copy)}</li>" for copy in letterhead.copies)
        block += f'<p class="copies">{COPIES.get(lang)}</p><ul>{items}</ul>'
    return f"<section class='signature'>{block}</section>" if block else ""


def _only(given: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            raise _wrong(f"[{where}] has no {name!r}", f"Did you mean {near[0]}?" if near else f"Known: {', '.join(known)}.")


def _line(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name, "")
    if not isinstance(value, str) or len(value) > LONGEST or any(ord(char) < 32 or ord(char) == 127 for char in value):
        raise _wrong(f"{name} isn't one line of text", f'Write {name} = "..." with at most {LONGEST} characters.')
    return value.strip()


def _copies(given: Mapping[str, Any]) -> tuple[str, ...]:
    copies = given.get("copies", [])
    if not isinstance(copies, list) or len(copies) > MOST_COPIES:
        raise _wrong("copies isn't a list of names", f'Write copies = ["Bupati", ...] with at most {MOST_COPIES} of them.')
    return tuple(line for index in range(len(copies)) if (line := _line({"copies": copies[index]}, "copies")))


def _is_plain(name: str) -> bool:
    return bool(name) and not any(char in name for char in "/\\:\0") and name not in (".", "..")


def _logo(folder: Path, name: str) -> bytes:
    """The logo drawn anew as a small PNG: nothing but its pixels leaves the office."""
    if not _is_plain(name):
        raise _refused(name, "its name leads elsewhere", "Put the picture beside office.toml and give its name alone.")
    path = folder / name
    if not path.is_file():
        raise _refused(name, "it isn't there", "Put the picture beside office.toml.")
    if path.stat().st_size > LARGEST_LOGO:
        raise _refused(name, f"it is larger than {LARGEST_LOGO // 1000} kB", "Save it smaller.")
    return _redrawn(name, path.read_bytes())


def _redrawn(name: str, content: bytes) -> bytes:
    from PIL import Image, UnidentifiedImageError

    advice = "Save it as PNG or JPEG."
    try:
        with Image.open(io.BytesIO(content), formats=KINDS) as picture:
            if max(picture.size) > WIDEST_LOGO:
                raise _refused(name, f"a side of it is longer than {WIDEST_LOGO} pixels", "Save it smaller.")
            drawn = picture.convert("RGBA")
    except UnidentifiedImageError:
        raise _refused(name, "it is neither PNG nor JPEG", advice) from None
    except (OSError, ValueError, SyntaxError, struct.error, Image.DecompressionBombError):
        raise _refused(name, "it is broken", advice) from None
    drawn.thumbnail((PRINTED_LOGO, PRINTED_LOGO))
    buffer = io.BytesIO()
    drawn.save(buffer, "PNG")
    return buffer.getvalue()


def _refused(name: str, why: str, mend: str) -> CallError:
    return CallError(f"the logo can't be used: {why}", f"office.toml, logo = {name[:60]!r}", mend)


def _wrong(what: str, mend: str) -> CallError:
    return CallError(what, "office.toml", mend)
