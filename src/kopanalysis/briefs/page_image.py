"""Page one as a picture to send by phone: 1080 x 1350, made from the words of page one and nothing else."""

from __future__ import annotations

import json
import re
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from bs4 import BeautifulSoup, Tag

from kopanalysis.briefs.edition import classes
from kopanalysis.briefs.page import Masthead, asset
from kopanalysis.errors import PublishError

ENDING = "page-one.png"
MOST_SENTENCES = 3
PAGE_BREAK = '<div class="pagebreak">'
SENTENCE = re.compile(r"(?<=[.!?]) (?=[A-Z0-9“(])")
SPACES = re.compile(r"[ \t\r\n]+")  # a no-break space stays


@dataclass(frozen=True)
class PageOne:
    """What page one says, as plain text.

    Attributes
    ----------
    title : str
    cards : tuple of (str, str)
        Number and meaning.
    sentences : tuple of str
        The first of the leading paragraphs.
    decision : str
    """

    title: str
    cards: tuple[tuple[str, str], ...]
    sentences: tuple[str, ...]
    decision: str


def read_page_one(body: str) -> PageOne:
    """Read the text of an edition up to its first page break.

    Parameters
    ----------
    body : str
        As :func:`kopanalysis.briefs.edition.edition` gives it.

    Returns
    -------
    PageOne
    """
    tags = BeautifulSoup(body.partition(PAGE_BREAK)[0], "html.parser").find_all(True)
    title = next((_text(tag) for tag in tags if tag.name == "h1"), "")
    cells = [cell for tag in tags if tag.name == "table" and "cards" in classes(tag) for cell in tag.find_all("td")]
    cards = tuple((_part(cell, "card-number"), _part(cell, "card-label")) for cell in cells)
    lead = [_text(tag) for tag in tags if tag.name == "p" and "lead" in classes(tag)]
    sentences = [sentence for text in lead for sentence in SENTENCE.split(text)]
    decision = " ".join(_text(tag) for tag in tags if "decision" in classes(tag))
    return PageOne(title, cards, tuple(sentences[:MOST_SENTENCES]), decision)


def page_one_image(body: BeautifulSoup, masthead: Masthead) -> bytes:
    """Draw page one for a phone; type is never smaller than 28 pixels, whole sentences are left out instead.

    Parameters
    ----------
    body : bs4.BeautifulSoup
        Edition, with or without trail; its figures are left out, which are too small on a phone.
    masthead : Masthead

    Returns
    -------
    bytes
        PNG.

    Raises
    ------
    PublishError
        When Typst refuses it.
    """
    import font_source_sans_pro
    import typst

    office = masthead.letterhead.office if masthead.letterhead and masthead.letterhead.office else masthead.office_name
    data = {**asdict(read_page_one(_start(body))), "mark": masthead.mark, "office": office, "lang": masthead.lang}
    with tempfile.TemporaryDirectory() as name:
        main = Path(name) / "page-one.typ"
        main.write_text(asset("page-one.typ"), encoding="utf-8")
        try:
            png = typst.compile(
                main, format="png", ppi=72, font_paths=[font_source_sans_pro.font_directory], ignore_system_fonts=True,
                sys_inputs={"data": json.dumps(data)},
            )  # fmt: skip
        except typst.TypstError as error:
            complaint = str(error).splitlines()[0]
            raise PublishError(f"Typst refuses page one: {complaint}", where=f"{masthead.brief}.{masthead.lang}.{ENDING}") from error
    if not isinstance(png, bytes):
        raise PublishError("page one doesn't fit into its picture", where=f"{masthead.brief}.{masthead.lang}.{ENDING}")
    return png


def _start(body: BeautifulSoup) -> str:
    """HTML of the tags up to the one that holds the first page break: what follows would be written out for nothing."""
    texts: list[str] = []
    for tag in body.find_all(True, recursive=False):
        texts.append(str(tag))
        if PAGE_BREAK in texts[-1]:
            break
    return "\n".join(texts)


def _part(cell: Tag, name: str) -> str:
    part = cell.find(class_=name)
    return _text(part) if part is not None else ""


def _text(tag: Tag) -> str:
    return SPACES.sub(" ", tag.get_text("")).strip(" ")
