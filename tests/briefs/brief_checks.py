"""What a good brief is (briefs.md section 8, design.md section 6), asked of its files; every answer lists the faults found."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdf
from bs4 import BeautifulSoup, Tag
from publish_words import html_words, pdf_words

LONGEST_PAGE_ONE = 300  # words
LONGEST_MEAN = 22  # words a sentence
LARGEST = 5_000_000  # bytes of all that one language of a brief is sent as
BLOCKS = ["p", "li", "h1", "h2", "h3", "figcaption"]
UNTRACED = "a.number, time, table, script, style, .page, .section, svg"
EFFECT = re.compile(r"^(training|cattle)\.att\.")
SMALLEST = re.compile(r"^(training|cattle)\.(mde|seen)\.")
COUNTED = {"cattle.accounts.treated"}  # recipients, who stand beside the others in the same paragraph
STYLES = {"Heading 1", "Heading 2", "Table Caption"}
FIGURE_STYLES = {"Image Caption", "Source"}
NUMBERED = re.compile(r"N-\d+$")


def main_part(html: str) -> Tag:
    """The brief without its masthead and footer."""
    main = BeautifulSoup(html, "html.parser").main
    assert main is not None
    return main


def number_faults(html: str, known: set[str]) -> Iterator[str]:
    """Digits in running text that no number holds, and numbers that no registry knows."""
    main = main_part(html)
    yield from (f"{link['data-number']} isn't registered" for link in main.select("a.number") if link["data-number"] not in known)
    for part in main.select(UNTRACED):
        part.extract()
    yield from (f"a bare digit: {text.strip()[:80]}" for text in main.find_all(string=re.compile(r"\d")))


def printed(html: str) -> list[tuple[str, str]]:
    """Id and part of every number that stands in the text, in order of the ids: the languages order their words differently."""
    return sorted((str(link["data-number"]), str(link.get("data-part"))) for link in main_part(html).select("a.number"))


def format_faults(folder: Path, stem: str) -> Iterator[str]:
    """Words or numbers that one of HTML, PDF and Word has and another lacks."""
    html = (folder / f"{stem}.html").read_text(encoding="utf-8")
    links = main_part(html).select("a.number")
    linked = {str(link["data-number"]) for link in links}
    read, shown = pdf_words(folder / f"{stem}.pdf"), html_words(html)
    yield from (f"words of one format only: {word!r}" for word in sorted((read - shown) + (shown - read)))
    notes = [note.get_object() for leaf in pypdf.PdfReader(folder / f"{stem}.pdf").pages for note in leaf.get("/Annots", ())]
    if len(notes) < len(links):
        yield f"{len(notes)} links in the PDF, {len(links)} in the page"
    document = zipfile.ZipFile(folder / f"{stem}.docx").read("word/document.xml").decode()
    targets, sources = (set(re.findall(rf'w:{tag} [^>]*w:{name}="(N-\d+)"', document))
                        for tag, name in (("bookmarkStart", "name"), ("hyperlink", "anchor")))  # fmt: skip
    yield from (f"in Word {name} of {sorted(linked ^ found)[:5]}" for name, found in (("bookmarks", targets), ("links", sources))
                if found != linked)  # fmt: skip


def locked_faults(path: Path) -> Iterator[str]:
    """Numbers of a Word file that an editor could overwrite without noticing."""
    import docx

    space = {"w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main"}
    body = docx.Document(str(path)).element.body
    for link in body.iterfind(".//w:hyperlink", space):
        anchor = str(link.get(f"{{{space['w']}}}anchor"))
        locks = [lock for place in link.iterancestors(f"{{{space['w']}}}sdt") for lock in place.iterfind("w:sdtPr/w:lock", space)]
        if NUMBERED.match(anchor) and not locks:
            yield f"{anchor} isn't locked"


def word_faults(path: Path) -> Iterator[str]:
    """Styles, language and alt texts that an official who edits the Word file needs."""
    import docx

    document = docx.Document(str(path))
    used = {paragraph.style.name for paragraph in document.paragraphs if paragraph.style is not None}
    wanted = STYLES | (FIGURE_STYLES if document.inline_shapes else set())
    yield from (f"no paragraph has the style {name}" for name in sorted(wanted - used))
    yield from (
        f"a table in style {table.style.name}" for table in document.tables if table.style and table.style.name not in ("Table", "Cards")
    )
    described = re.findall(r'<wp:docPr[^>]*descr="([^"]*)"', document.element.xml)
    if len(described) < len(document.inline_shapes) or not all(described):
        yield f"{len(document.inline_shapes)} pictures, alt texts {len(described)}"


def pdf_faults(path: Path, mark: str) -> Iterator[str]:
    """A PDF that claims no accessibility, or a page without the mark of demonstration data."""
    reader = pypdf.PdfReader(path)
    root: Any = reader.trailer["/Root"]
    claims = root["/Metadata"].get_data().decode()
    yield from (f"no claim {claim}" for claim in ("pdfuaid:part>1<", "pdfaid:part>2<") if claim not in claims)
    if not root["/MarkInfo"]["/Marked"]:
        yield "no tags"
    yield from (f"page {number} isn't marked" for number, leaf in enumerate(reader.pages, 1) if mark not in leaf.extract_text())


def page_one(html: str, pdf: Path) -> str:
    """Words up to the first page break, or to the first heading that the PDF's first page has no room for."""
    main = main_part(html)
    leaf = "".join(pypdf.PdfReader(pdf).pages[0].extract_text().split())
    later = [head for head in main.find_all("h2") if "".join(head.get_text("").split()) not in leaf]
    end = main.select_one("div.pagebreak") or (later[0] if later else None)
    return (
        " ".join(reversed([str(text) for text in end.find_all_previous(string=True) if main in text.parents]))
        if end
        else main.get_text(" ")
    )


def length_faults(html: str, pdf: Path) -> Iterator[str]:
    """A page one that is too long, and sentences that are."""
    words = len(re.findall(r"\w[\w.,'’\-–]*", page_one(html, pdf)))
    if words > LONGEST_PAGE_ONE:
        yield f"{words} words on page one"
    sentences = [
        part for block in running_text(html) for part in re.split(r"(?<=[.!?:;])\s+", block.get_text("")) if re.search(r"\w", part)
    ]
    mean = sum(len(sentence.split()) for sentence in sentences) / max(len(sentences), 1)
    if mean > LONGEST_MEAN:
        yield f"{mean:.1f} words a sentence"


def running_text(html: str) -> list[Tag]:
    """Blocks of running text: no table, no trail."""
    main = main_part(html)
    for part in main.select(".trail, .number-trail, .provenance, table:not(.cards)"):
        part.extract()
    return [block for block in main.find_all(BLOCKS) if isinstance(block, Tag)]


def estimate_faults(html: str, entries: dict[str, dict[str, Any]]) -> Iterator[str]:
    """Effects in a sentence without their range, their number of cooperatives, or the smallest effect that could have been seen."""
    for block in running_text(html):
        links = block.select("a.number")
        names = {str(link["data-number"]): entries[str(link["data-number"])]["name"] for link in links}
        parts = {(str(link["data-number"]), link.get("data-part")) for link in links}
        visible = any(SMALLEST.match(name) for name in names.values())
        for number, name in names.items():
            if not EFFECT.match(name) or (number, None) not in parts:
                continue
            lacking = [part for part in ("low", "high") if (number, part) not in parts]
            lacking += [] if (number, "n") in parts or COUNTED & set(names.values()) else ["n"]
            lacking += [] if visible else ["the smallest effect"]
            if lacking:
                yield f"{name} without {', '.join(lacking)}: {block.get_text('')[:100]}"
