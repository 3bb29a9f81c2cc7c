"""One language of an executed notebook as clean HTML: its fragments only, numbers linked, tables and cards in one shape."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any

from bs4 import BeautifulSoup, Tag
from bs4.element import AttributeValueList, NavigableString

from kopanalysis.briefs.pictures import share_of_text
from kopanalysis.briefs.registry import Registry
from kopanalysis.errors import PublishError
from kopanalysis.results import LANGUAGES, Lang, Text

WRAPPERS = re.compile(r"^(cell|inner_cell|text_cell_render|prompt|output.*|jp-.*)$")
NOTEBOOK_ONLY = "notebook-only"  # markdown for who opens the notebook, not for readers of the brief
ONE_LANGUAGE = Text("Teks laporan ini hanya tersedia dalam bahasa Inggris.", "The text of this brief is available in Indonesian only.")
DRAWN = re.compile(r'(<img data-figure="[^"]*" )src="data:image/svg\+xml;base64,[^"]*"')
STAND_IN = "data:,{name}"
GAP = re.compile(r"^[ \t\r\n\f]{2,}\Z")
PLACE = '<i data-fragment="{}"></i>'
PLACED = re.compile(PLACE.format(r"(\d+)"))
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
NUMERIC = re.compile(r"^[^\w(]*(?:(?:Rp|IDR)\s?)?\d[\d.,\s]*(?:%|persen|percent)?(?:\s*[(–-].*\d.*\)?)?$")
MISSING = frozenset({"", "-", "−", "–", "—", "t.a.d.", "n/a", "<5"})
PAGE_WIDTH = 43.5  # rems of text in brief.css
SHORT = 8  # characters that fit on a card at full size
WIDE = 7  # columns from which a table may reach beyond the text on a wide screen


def edition(notebook: Mapping[str, Any], lang: Lang, registry: Registry) -> BeautifulSoup:
    """Body of one language's edition.

    Markdown cells of the other language are dropped, each output is replaced by its fragment in this language, outputs
    without one (streams, plain text) are left out.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        Executed; not changed.
    lang : {"id", "en"}
    registry : Registry
        Of the same notebook.

    Returns
    -------
    bs4.BeautifulSoup
        HTML without any wrapper of the notebook, as it would be read anew; numbers are
        ``<a class="number" data-number="N-017" href="#N-017">``, pictures of records
        ``<img data-figure="ribbon" src="data:,ribbon">`` until :func:`kopanalysis.briefs.page.page` fills them in.

    Raises
    ------
    PublishError
        When a number isn't registered, or a picture has no file.
    """
    soup = BeautifulSoup(_html(one_language(notebook, lang)), "html.parser")
    _unwrap(soup)
    _link_numbers(soup, registry.ids)
    _size_pictures(soup, registry, lang)
    _close_heading_gaps(soup)
    for figure in soup.find_all("figure"):
        _order_figure(soup, figure)
    for table in soup.find_all("table"):
        shape = shape_cards if "cards" in classes(table) else shape_table
        shape(soup, table)
    _settle(soup)
    return soup


def _html(notebook: Any) -> str:
    """HTML of a notebook that holds one language; nbconvert, which would read all fragments again, sees a place for each."""
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", ())]
    fragments = [output["data"]["text/html"] for output in outputs]
    for index, output in enumerate(outputs):
        output["data"]["text/html"] = PLACE.format(index)
    html, _ = _exporter().from_notebook_node(notebook)
    return PLACED.sub(lambda place: fragments[int(place[1])], html)


@functools.cache
def _exporter() -> Any:
    """Make nbconvert's exporter once: its template takes longer to compile than to fill."""
    from nbconvert import HTMLExporter  # late: it costs a second that `--help` must not pay

    return HTMLExporter(  # type: ignore[no-untyped-call]
        template_name="basic", exclude_input=True, exclude_output_prompt=True, exclude_anchor_links=True
    )


def one_language(notebook: Mapping[str, Any], lang: Lang) -> Any:
    """Copy of a notebook that holds one language.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
    lang : {"id", "en"}

    Returns
    -------
    nbformat.NotebookNode
        Outputs have ``text/html`` only; cells left without content are gone, and so is markdown tagged ``notebook-only``.
    """
    from nbformat import from_dict

    others, said = _left_out(notebook, lang)
    cells: list[Any] = []
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown" and not others & set(cell.get("metadata", {}).get("tags", ())):
            cells.append(cell)
        elif cell["cell_type"] == "code":
            outputs = list(_fragments(cell["outputs"], lang))
            cells += [{**cell, "outputs": outputs}] if outputs else []
    return from_dict({**notebook, "cells": cells[:1] + said + cells[1:]})  # type: ignore[no-untyped-call]


def _left_out(notebook: Mapping[str, Any], lang: Lang) -> tuple[set[str], list[Any]]:
    """Tags of markdown that this language leaves out; where an office wrote in the other language only, that is shown and said so."""
    written = {tag for cell in notebook["cells"] if cell["cell_type"] == "markdown" for tag in cell.get("metadata", {}).get("tags", ())}
    others = {f"lang-{other}" for other in LANGUAGES if other != lang}
    if f"lang-{lang}" in written or not others & written:
        return others | {NOTEBOOK_ONLY}, []
    from nbformat.v4 import new_markdown_cell

    return {NOTEBOOK_ONLY}, [new_markdown_cell(f"*{ONE_LANGUAGE.get(lang)}*", id="one-language")]  # type: ignore[no-untyped-call]


def classes(tag: Tag) -> list[str]:
    """Classes of a tag; none is an empty list."""
    return " ".join(str(name) for name in tag.get_attribute_list("class") if name).split()


def add_class(tag: Tag, name: str) -> None:
    """Give a tag one more class."""
    tag["class"] = AttributeValueList((*classes(tag), name))


def shape_table(soup: BeautifulSoup, table: Tag) -> None:
    """Give a table what all formats need: a head, scopes, and columns of numbers aligned right (class ``num``)."""
    for noise in ("border", "style"):
        del table[noise]
    rows = table.find_all("tr")
    if rows and table.find("thead") is None and all(cell.name == "th" for cell in _cells(rows[0])):
        head = soup.new_tag("thead")
        table.insert(1 if table.find("caption") else 0, head)
        head.append(rows[0].extract())
    if rows and len(_cells(rows[0])) >= WIDE:
        add_class(table, "wide")
    if table.find(class_="num") is None:
        _align_numbers(table)
    for part, scope in (("thead", "col"), ("tbody", "row")):
        for cell in (cell for rows in table.find_all(part) for cell in rows.find_all("th")):
            cell["scope"] = scope


def _align_numbers(table: Tag) -> None:
    """Mark the columns of a hand-written table that hold numbers only."""
    grid = [_cells(row) for row in table.find_all("tr") if row.find_parent("thead") is None]
    heads = [_cells(row) for head in table.find_all("thead") for row in head.find_all("tr")]
    width = max((len(row) for row in grid), default=0)
    if any(len(row) != width or any(cell.get("rowspan") or cell.get("colspan") for cell in row) for row in grid + heads):
        return
    for column in range(width):
        texts = [row[column].get_text(" ", strip=True) for row in grid]
        if all(text in MISSING or NUMERIC.match(text) for text in texts) and any(NUMERIC.match(text) for text in texts):
            for row in grid + heads:
                add_class(row[column], "num")


def shape_cards(soup: BeautifulSoup, table: Tag) -> None:
    """Bring the cards of page one into one shape: a row of cells, each a ``div.card-number`` over a ``div.card-label``.

    Two rows are numbers over their meanings; in a single row each cell is parted at its first block, line break or bold run.
    """
    rows = [_cells(row) for row in table.find_all("tr")]
    parted = [_split_card(cell) for cell in rows[0]]
    if len(rows) > 1:
        parted = [(list(top.contents), list(below.contents)) for top, below in zip(*rows[:2], strict=True)]
    table.clear()
    table["role"] = "presentation"
    if any(len("".join(part.get_text() for part in number)) > SHORT for number, _ in parted):
        add_class(table, "long")
    line = soup.new_tag("tr")
    table.append(line)
    for parts in parted:
        cell = soup.new_tag("td")
        line.append(cell)
        for name, content in zip(("card-number", "card-label"), parts, strict=True):
            if any(str(part).strip() for part in content):
                block = soup.new_tag("div", attrs={"class": name})
                block.extend(content)
                cell.append(block)


def _split_card(cell: Tag) -> tuple[list[Any], list[Any]]:
    parts = [part for part in cell.contents if isinstance(part, Tag) or str(part).strip()]
    for index, part in enumerate(parts):
        if isinstance(part, Tag) and part.name == "br":
            return parts[:index], parts[index + 1 :]
    if parts and isinstance(parts[0], Tag) and parts[0].name in ("p", "div", "strong", "b"):
        rest = [inner for part in parts[1:] for inner in (part.contents if isinstance(part, Tag) and part.name in ("p", "div") else [part])]
        return list(parts[0].contents), rest
    return parts, []


def _fragments(outputs: list[Any], lang: Lang) -> Iterator[Any]:
    for output in outputs:
        fragment = output.get("data", {}).get(f"application/vnd.kopanalysis.{lang}+html")
        if fragment:
            text = fragment if isinstance(fragment, str) else "".join(fragment)
            shown = DRAWN.sub(r"\1", text)  # the registry holds it; here it would be parsed again and again
            yield {**output, "data": {"text/html": shown}, "metadata": {}}


def _settle(soup: BeautifulSoup) -> None:
    """Leave the white space as a reader of the written HTML would find it: none before and after, gaps of one character."""
    soup.smooth()
    for text in soup.find_all(string=GAP):
        if type(text) is NavigableString and text.find_parent(["pre", "textarea"]) is None:
            text.replace_with("\n" if "\n" in text else " ")
    for end, trimmed in ((0, str.lstrip), (-1, str.rstrip)):
        edge = soup.contents[end] if soup.contents else None
        if type(edge) is NavigableString:
            edge.replace_with(trimmed(edge))


def _unwrap(soup: BeautifulSoup) -> None:
    for wrapper in soup.find_all("div"):
        if any(WRAPPERS.match(name) for name in classes(wrapper)):
            wrapper.unwrap()


def _link_numbers(soup: BeautifulSoup, ids: Mapping[str, str]) -> None:
    for number in soup.find_all("a", class_="number"):
        name = str(number.get("data-name", ""))
        if name not in ids:
            raise PublishError(f"the number {name or number.get_text()!r} is printed but not registered", mend="Show it through a record.")
        part = number.get("data-part")
        number.attrs.clear()
        attributes = {"class": "number", "data-number": ids[name], "href": f"#{ids[name]}"}
        number.attrs.update(attributes | ({"data-part": str(part)} if part else {}))


def _size_pictures(soup: BeautifulSoup, registry: Registry, lang: Lang) -> None:
    """Give every picture of a record its size and a stand-in for its address."""
    for image in soup.find_all("img"):
        name = str(image.get("data-figure") or "")
        if not name:
            words = str(image.get("alt"))[:60]
            raise PublishError(f"a picture belongs to no record: {words}", mend="Show it through a figure of the package.")
        pictures = registry.figures.get(name, {}).get(lang)
        if not pictures or not pictures.get("svg"):
            raise PublishError(f"the picture {name} has no SVG in {lang}")
        image["src"] = STAND_IN.format(name=name)
        width = f"{share_of_text(pictures['svg']) * PAGE_WIDTH:.0f}rem"
        image["style"] = f"--own: {width}; width: min(100%, {width})"


def _close_heading_gaps(soup: BeautifulSoup) -> None:
    """Let no heading skip a level: readers' aids and PDF/UA forbid it."""
    level = 0
    for heading in soup.find_all(HEADINGS):
        level = min(int(heading.name[1]), level + 1)
        heading.name = f"h{level}"


def _order_figure(soup: BeautifulSoup, figure: Tag) -> None:
    """Its sentence above, the picture or table, its source line below."""
    caption = figure.find("figcaption")
    if caption is None:
        return
    source = caption.find(class_="source")
    if source is not None:
        line = soup.new_tag("p", attrs={"class": "source"})
        line.extend(list(source.contents))
        source.decompose()
        figure.append(line)
    caption.extract()
    if caption.get_text(strip=True):
        figure.insert(0, caption)


def _cells(row: Tag) -> list[Tag]:
    return row.find_all(["td", "th"], recursive=False)
