"""An edition made ready for pandoc: pictures as files, captions where they survive, column widths worked out from the words."""

from __future__ import annotations

import base64
import copy
import re
from collections.abc import Mapping

from bs4 import BeautifulSoup, ResultSet, Tag

from kopanalysis.briefs.edition import classes
from kopanalysis.briefs.pictures import TEXT_WIDTH_MM, share_of_text

STYLED_PARAGRAPHS = ("lead", "note", "source", "decision", "signing", "copies")
TEXT_WIDTH = 476.0  # points: A4 less the margins of the Typst template and the Word reference
FULL_SIZE, SMALLEST_SIZE = 9.0, 6.5  # points of table text
PDF_CHARACTER, WORD_CHARACTER = 0.49, 0.56  # mean width of a character in ems: Source Sans and Arial
SPACES = re.compile(r"[ \t\r\n]+")  # a no-break space parts no words
PADDING = 9.0  # points a cell needs beside its text
CAPITAL, BOLD = 1.3, 1.1  # what a capital takes of the mean width, and what a heading takes of plain text
LONGEST_NUMBER = 16  # characters of a cell of numbers that stays on one line
LONGEST_LINE = 44  # characters beyond which a cell is better broken into lines


def portable(body: BeautifulSoup, pictures: Mapping[str, Mapping[str, str]]) -> tuple[str, dict[str, bytes]]:
    """HTML that pandoc turns into Word and Typst without loss, read once for both.

    Attributes of the HTML are Word's; the PDF's stand beside them as ``data-share`` of a picture and as ``data-pdf-size`` (points)
    and ``data-pdf-shares`` (percent) of a table.

    Parameters
    ----------
    body : bs4.BeautifulSoup
        Edition with trail and provenance; not changed.
    pictures : mapping
        Figure name to ``{"svg": text, "png": base64 text}`` in the edition's language.

    Returns
    -------
    tuple of (str, dict)
        HTML, and the picture files it names: the PNG of each, and an SVG of the same name for the PDF.
    """
    soup = copy.copy(body)
    for image in soup.find_all("img", {"data-figure": True}):
        name = str(image["data-figure"])
        share = share_of_text(pictures[name]["svg"])
        width = f"{share * (TEXT_WIDTH_MM - 2):.0f}mm"
        image.attrs.update({"src": f"figure-{name}.png", "width": width, "data-share": f"{share:.0%}"})
        del image["style"]
    for paragraph in soup.find_all("p"):
        if set(STYLED_PARAGRAPHS) & set(classes(paragraph)):
            paragraph.wrap(soup.new_tag("div", attrs={"class": " ".join(classes(paragraph))}))
    for table in soup.find_all("table"):
        _caption_inside(soup, table)
        if "cards" not in classes(table):
            _set_columns(soup, table)
    for cell in soup.find_all(class_="num"):
        cell["style"] = "text-align: right"
    return str(soup), _files(pictures)


def _files(pictures: Mapping[str, Mapping[str, str]]) -> dict[str, bytes]:
    texts = {f"figure-{name}.svg": picture["svg"].encode() for name, picture in pictures.items() if picture.get("svg")}
    return texts | {f"figure-{name}.png": base64.b64decode(picture["png"]) for name, picture in pictures.items() if picture.get("png")}


def _caption_inside(soup: BeautifulSoup, table: Tag) -> None:
    figure = table.find_parent("figure")
    if figure is None:
        return
    words = figure.find("figcaption")
    if words is not None and table.find("caption") is None:
        caption = soup.new_tag("caption")
        caption.extend(list(words.contents))
        table.insert(0, caption)
        words.decompose()
    figure.unwrap()


def _set_columns(soup: BeautifulSoup, table: Tag) -> None:
    """Share the width out: no word is cut, numbers stay on one line, the rest goes to the longest texts."""
    grid = [row.find_all(["td", "th"], recursive=False) for row in table.find_all("tr")]
    width = max((len(row) for row in grid), default=0)
    plain = [row for row in grid if len(row) == width and not any(cell.get("colspan") or cell.get("rowspan") for cell in row)]
    if not plain:
        table.attrs.update({"data-size": f"{FULL_SIZE}", "data-pdf-size": f"{FULL_SIZE}"})
        return
    least, wanted = _letters(table, plain)
    size, shares = _sized(least, wanted, WORD_CHARACTER)
    pdf_size, pdf_shares = _sized(least, wanted, PDF_CHARACTER)
    for old in table.find_all("colgroup"):
        old.decompose()
    group = soup.new_tag("colgroup")
    group.extend(soup.new_tag("col", attrs={"style": f"width: {share:.2%}"}) for share in shares)
    table.insert(1 if table.find("caption") else 0, group)
    pdf = {"data-pdf-size": f"{pdf_size:g}", "data-pdf-shares": " ".join(f"{100 * share:.2f}" for share in pdf_shares)}
    table.attrs.update({"data-size": f"{size:g}"} | pdf)


def _letters(table: Tag, plain: list[ResultSet[Tag]]) -> tuple[list[float], list[float]]:
    """Characters that each column needs in a line, and those it would like to have."""
    heads = {id(cell) for head in table.find_all("thead") for cell in head.find_all(["td", "th"])}
    columns = [[(cell, _text(cell)) for cell in column] for column in zip(*plain, strict=True)]
    least = [max(_least(cell, text, id(cell) in heads) for cell, text in column) for column in columns]
    wanted = [max(most, *(_wish(text, id(cell) in heads) for cell, text in column)) for most, column in zip(least, columns, strict=True)]
    return least, wanted


def _sized(least: list[float], wanted: list[float], em: float) -> tuple[float, list[float]]:
    """Size of the type in points at which no word is cut, and the columns' shares of the width."""
    size = FULL_SIZE
    while size > SMALLEST_SIZE and _points(least, size * em) > TEXT_WIDTH:
        size -= 0.25
    return size, _shares(least, wanted, size * em)


def _shares(least: list[float], wanted: list[float], letter: float) -> list[float]:
    """Fractions of the text width: what a column needs, then the rest fairly, small wishes being met before large ones."""
    widths = [_points([letters], letter) for letters in least]
    wishes = {column: _points([letters], letter) - widths[column] for column, letters in enumerate(wanted)}
    room = TEXT_WIDTH - sum(widths)
    for left, (column, wish) in zip(range(len(wishes), 0, -1), sorted(wishes.items(), key=lambda item: item[1]), strict=True):
        granted = max(0.0, min(wish, room / left))
        widths[column] += granted
        room -= granted
    scale = min(1.0, TEXT_WIDTH / sum(widths))
    return [width * scale / TEXT_WIDTH for width in widths]


def _points(letters: list[float], letter: float) -> float:
    return sum(count * letter + PADDING for count in letters)


def _wish(text: str, heading: bool) -> int:
    """Characters that a cell would like to have in a line; a heading is content with two lines."""
    return min(len(text) // 2 + 3 if heading else len(text), LONGEST_LINE)


def _least(cell: Tag, text: str, heading: bool) -> float:
    if "num" in classes(cell) and cell.name == "td" and len(text) <= LONGEST_NUMBER:
        return len(text)
    broadest = max(sum(CAPITAL if letter.isupper() else 1.0 for letter in word) for word in SPACES.split(text))
    return broadest * BOLD if heading else broadest


def _text(cell: Tag) -> str:
    return SPACES.sub(" ", cell.get_text("")).strip(" ")
