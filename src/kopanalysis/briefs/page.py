"""The HTML page that is published: one file that needs no other, for screens light and dark, phones and paper."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from importlib.resources import files

from bs4 import BeautifulSoup, Tag

from kopanalysis.briefs.edition import STAND_IN, classes
from kopanalysis.briefs.kop import REGARDING, Letterhead
from kopanalysis.results import Lang, Text

MARK = Text("DATA CONTOH — bukan data sebenarnya", "DEMONSTRATION DATA — not real data")
ABOUT_DATA = Text("Keterangan data", "About the data")
SKIP = Text("Langsung ke isi", "Skip to content")
NAVIGATION = Text("Edisi dan unduhan", "Editions and downloads")
LANGUAGE_NAMES = {"id": "Bahasa Indonesia", "en": "English"}
NAMELESS_TABLE = Text("Tabel", "Table")
# nothing but the page itself may be loaded: a brief is also read without a network, and must not tell anyone that it is
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


@dataclass(frozen=True)
class Masthead:
    """What stands around the text of a brief in one language."""

    brief: str
    title: str
    lang: Lang
    office_name: str
    demonstration: bool
    langs: tuple[Lang, ...]
    stamp: datetime
    letterhead: Letterhead | None = None

    @property
    def mark(self) -> str:
        """The demonstration mark, empty for real data."""
        return MARK.get(self.lang) if self.demonstration else ""


def asset(name: str) -> str:
    """Text of a file in ``briefs/assets``."""
    return files("kopanalysis.briefs").joinpath("assets", name).read_text(encoding="utf-8")


def page(body: BeautifulSoup, pictures: Mapping[str, Mapping[str, str]], masthead: Masthead) -> str:
    """Build the published page.

    Parameters
    ----------
    body : bs4.BeautifulSoup
        Edition with trail and provenance; left as it was.
    pictures : mapping
        Figure name to ``{"svg": text}`` in the edition's language.
    masthead : Masthead

    Returns
    -------
    str
        Complete HTML document.
    """
    lang = masthead.lang
    mark = f'<aside class="mark" aria-label="{ABOUT_DATA.get(lang)}">{masthead.mark}</aside>' if masthead.demonstration else ""
    attributes = f' class="demonstration" data-mark="{escape(masthead.mark)}"' if masthead.demonstration else ""
    content = _scrollable(body, lang)
    for name, picture in pictures.items():
        data = base64.b64encode(picture["svg"].encode()).decode()
        content = content.replace(f'src="{STAND_IN.format(name=name)}"', f'src="data:image/svg+xml;base64,{data}"')
    return f"""<!DOCTYPE html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="color-scheme" content="light dark">
<title>{escape(masthead.title)}</title>
<style>
{asset("brief.css")}</style>
</head>
<body{attributes}>
<a class="skip" href="#isi">{SKIP.get(lang)}</a>
{mark}
<header class="masthead">
{_office(masthead)}
{_navigation(masthead)}
</header>
<main id="isi" tabindex="-1">
{content}
</main>
<footer><p>{escape(masthead.office_name)}</p></footer>
</body>
</html>
"""


def _office(masthead: Masthead) -> str:
    """The letterhead, in Indonesian as on paper; without one the office's name."""
    head = masthead.letterhead
    if head is None:
        return f'<p class="office">{escape(masthead.office_name)}</p>'
    data = base64.b64encode(head.logo).decode()
    logo = f'<img alt="Logo {escape(head.office)}" src="data:image/png;base64,{data}">' if head.logo else ""
    lines = "".join(
        f'<p class="kop-{name}">{escape(line)}</p>'
        for name, line in (("government", head.government), ("office", head.office), ("address", head.address), ("address", head.contact))
        if line
    )
    number = f'<p class="kop-number">{REGARDING.get(masthead.lang)}: {escape(head.number)}</p>' if head.number else ""
    return f'<div class="kop" lang="id">{logo}<div>{lines}</div></div>{number}'


def _navigation(masthead: Masthead) -> str:
    links = [
        f'<a href="{masthead.brief}.{other}.html" hreflang="{other}" lang="{other}" rel="alternate">{LANGUAGE_NAMES[other]}</a>'
        for other in masthead.langs
        if other != masthead.lang
    ]
    downloads = (("pdf", "PDF"), ("docx", "Word"))
    links += [f'<a href="{masthead.brief}.{masthead.lang}.{ending}" download>{name}</a>' for ending, name in downloads]
    return f'<nav aria-label="{NAVIGATION.get(masthead.lang)}">{" ".join(links)}</nav>'


def _scrollable(body: BeautifulSoup, lang: Lang) -> str:
    """Put each wide thing into a box of its own that scrolls, by finger or key, so that the page never does."""
    boxes = []
    for table in body.find_all("table"):
        if "cards" not in classes(table):
            label = _label(table) or NAMELESS_TABLE.get(lang)
            boxes.append(table.wrap(_box(body, "scroll", "region", label)))
    for image in (image for figure in body.find_all("figure") for image in figure.find_all("img", recursive=False)):
        boxes.append(image.wrap(_box(body, "scroll picture", "group", _label(image))))
    text = str(body)
    for box in boxes:  # other formats have no use for them, and a copy takes longer
        box.unwrap()
    return text


def _box(body: BeautifulSoup, name: str, role: str, label: str) -> Tag:
    return body.new_tag("div", attrs={"class": name, "tabindex": "0", "role": role, "aria-label": label})


def _label(shown: Tag) -> str:
    caption = shown.find("caption")
    figure = shown.find_parent("figure")
    if caption is None and figure is not None:
        caption = figure.find("figcaption")
    if caption is None:
        caption = shown.find_previous(["h1", "h2", "h3", "h4"])
    return caption.get_text(" ", strip=True) if caption is not None else ""
