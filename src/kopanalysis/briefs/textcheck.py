"""The last look at an edition before it is published: no untraced digit, no picture without words, no leftover of the machine."""

from __future__ import annotations

import re
from collections.abc import Collection

from bs4 import BeautifulSoup, Tag
from bs4.element import Comment, Declaration, Doctype, NavigableString, PreformattedString

from kopanalysis.briefs.edition import classes
from kopanalysis.errors import PublishError
from kopanalysis.results import Lang

BLOCKS = frozenset({"p", "li", "h1", "h2", "h3", "h4", "h5", "h6", "figcaption", "caption", "td", "th", "div", "dt", "dd", "body"})
UNREAD = frozenset({"svg", "script", "style", "head"})
FREE = frozenset({"number", "section", "page"})
LEFTOVERS = re.compile(
    r"<Figure size|<Axes|DataFrame|Out\[\d*\]|In \[\d*\]| object at 0x|Traceback \(most recent|dtype: "
    r"|\{\{|\}\}|\{%|Table\(name=|Number\(name="
)
EMPTY_VALUES = frozenset({"nan", "NaN", "NaT", "<NA>", "None", "inf"})


def check_text(html: str | BeautifulSoup, lang: Lang, known: Collection[str]) -> None:
    """Refuse an edition that breaks a promise of the house.

    A digit may stand in ``a.number`` (a registered number), ``time`` with a ``datetime``, ``.section``, ``.page``, and in the
    cells of a table (traced by the table). Captions, headings and page-one cards count as running text.

    Parameters
    ----------
    html : str or bs4.BeautifulSoup
        A body or a whole page; not changed.
    lang : {"id", "en"}
        Named in the message.
    known : collection of str
        Ids in the registry.

    Raises
    ------
    PublishError
        Naming the sentence.
    """
    soup = BeautifulSoup(html, "html.parser") if isinstance(html, str) else html
    for text in soup.find_all(string=True):
        if not isinstance(text, (Comment, Declaration, Doctype)) and not _unread(text):
            _check_piece(text, lang)
    for number in soup.find_all("a", class_="number"):
        if number.get("data-number") not in known:
            raise PublishError(f"the number {number.get_text()!r} isn't in the registry", where=_place(number, lang))
    for image in soup.find_all("img"):
        if not str(image.get("alt") or "").strip():
            raise PublishError("a picture has no alt text", where=_place(image, lang), mend="Say in words what it shows.")
        if not str(image.get("src") or "").startswith("data:"):
            raise PublishError(f"a picture lies outside the page: {str(image.get('src'))[:80]}", where=_place(image, lang))


def _check_piece(text: NavigableString, lang: Lang) -> None:
    left = LEFTOVERS.search(text)
    if left:
        raise PublishError(f"a leftover of the machine would be printed: {left.group()!r}", where=_place(text, lang))
    if text.strip() in EMPTY_VALUES:
        raise PublishError(f"an empty value would be printed: {text.strip()!r}", where=_place(text, lang))
    if any(char.isnumeric() for char in text) and not _traced(text):
        raise PublishError(
            f"a digit that isn't in the number registry: {str(text).strip()[:60]!r}",
            where=_place(text, lang),
            mend="Print it through a record, or as <time datetime=...> if it is a date.",
        )


def _unread(text: NavigableString) -> bool:
    return isinstance(text, PreformattedString) or any(parent.name in UNREAD for parent in text.parents)


def _traced(text: NavigableString) -> bool:
    for parent in text.parents:
        if FREE & set(classes(parent)) or (parent.name == "time" and parent.get("datetime")):
            return True
        if parent.name == "caption":
            return False
        if parent.name == "table":
            return "cards" not in classes(parent)
    return False


def _place(node: NavigableString | Tag, lang: Lang) -> str:
    """Find the sentence around a node: the text of the nearest block, cut at full stops around it."""
    block = next((parent for parent in node.parents if parent.name in BLOCKS), None)
    whole = " ".join(block.get_text("").split()) if block is not None else ""
    piece = " ".join(node.get_text("").split())
    sentence = next((part for part in re.split(r"(?<=[.!?])\s+", whole) if piece and piece in part), whole)
    return f"{lang}: {sentence[:200]}"
