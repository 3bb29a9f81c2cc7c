"""What a published page must keep, whoever reads it and however: structure, names, and colours that can be told apart."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator

from bs4 import BeautifulSoup, Tag

LEAST_CONTRAST = 4.5
FEW = 20  # below it a percentage never stands without its count
COUNTED = ("cooperatives", "coop_years", "heads", "people", "rows")
LOADING = ["script", "link", "iframe", "object", "embed", "video", "audio"]
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


def problems(html: str) -> list[str]:
    """Everything that is wrong with a page, in words; empty where nothing is."""
    soup = BeautifulSoup(html, "html.parser")
    return [said for check in (_frame, _headings, _tables, _names, _targets, _loads) for said in check(soup)]


def _frame(soup: BeautifulSoup) -> Iterator[str]:
    if (soup.html or {}).get("lang") not in ("id", "en"):
        yield "the page states no language"
    if soup.title is None or not soup.title.get_text(strip=True):
        yield "the page has no title"
    for name in ("main", "footer"):
        if len(soup.find_all(name)) != 1:
            yield f"the page has {len(soup.find_all(name))} {name}"
    if soup.find("header") is None:
        yield "the page has no header"
    skip = soup.select_one("a.skip")
    if skip is None or soup.select_one(str(skip["href"])) is None:
        yield "no link skips to the content"
    if soup.find("meta", attrs={"name": "viewport"}) is None:
        yield "the page isn't laid out for phones"
    for place in soup.find_all(attrs={"lang": True}):
        if place["lang"] not in ("id", "en"):
            yield f"language {place['lang']!r} is unknown"


def _headings(soup: BeautifulSoup) -> Iterator[str]:
    levels = [int(heading.name[1]) for heading in soup.find_all(HEADINGS)]
    if levels.count(1) != 1 or levels[:1] != [1]:
        yield f"headings begin {levels[:3]}, {levels.count(1)} of level one"
    for before, after in itertools.pairwise(levels):
        if after > before + 1:
            yield f"a heading of level {after} follows one of level {before}"
    yield from (f"an empty {heading.name}" for heading in soup.find_all(HEADINGS) if not heading.get_text(strip=True))


def _tables(soup: BeautifulSoup) -> Iterator[str]:
    for table in soup.find_all("table"):
        if table.get("role") == "presentation":
            continue
        heads = table.find_all("th")
        if not heads or any(head.get("scope") not in ("col", "row") for head in heads):
            yield f"a table's headings have no scope: {table.get_text(' ', strip=True)[:60]}"
        if not _named(table):
            yield f"a table has no name: {table.get_text(' ', strip=True)[:60]}"


def _named(table: Tag) -> bool:
    region = table.find_parent(attrs={"aria-label": True})
    return bool(table.find("caption") or table.get("aria-labelledby") or (region and region["aria-label"]))


def _names(soup: BeautifulSoup) -> Iterator[str]:
    yield from (f"a picture without words: {str(image)[:60]}" for image in soup.find_all("img") if not str(image.get("alt") or "").strip())
    for link in soup.find_all("a"):
        if not (link.get_text(strip=True) or link.get("aria-label")):
            yield f"a link without text: {str(link)[:80]}"
        if not link.get("href"):
            yield f"a link without a target: {str(link)[:80]}"
    ids = Counter(str(place["id"]) for place in soup.find_all(id=True))
    yield from (f"the id {name} stands {count} times" for name, count in ids.items() if count > 1)
    if any(int(str(place["tabindex"])) > 0 for place in soup.find_all(tabindex=True)):
        yield "the order of the keyboard is forced"
    navigations = [str(nav.get("aria-label") or "") for nav in soup.find_all("nav")]
    if any(not name for name in navigations) or len(set(navigations)) != len(navigations):
        yield "a navigation has no name of its own"


def _targets(soup: BeautifulSoup) -> Iterator[str]:
    ids = {str(place["id"]) for place in soup.find_all(id=True)}
    for link in soup.select('a[href^="#"]'):
        if str(link["href"])[1:] not in ids:
            yield f"a link leads nowhere: {link['href']}"


def _loads(soup: BeautifulSoup) -> Iterator[str]:
    yield from (f"the page runs or loads {tag.name}" for tag in soup.find_all(LOADING))
    for tag in soup.find_all(src=True):
        if not str(tag["src"]).startswith("data:"):
            yield f"the page loads {str(tag['src'])[:60]}"
    for style in soup.find_all("style"):
        if re.search(r"@import|url\((?!['\"]?data:)", style.get_text()):
            yield "a style loads something"


def colours(css: str) -> list[dict[str, str]]:
    """Custom colours of a style sheet as they are on the screen: light first, then dark."""
    blocks = [dict(re.findall(r"--(\w+):\s*(#[0-9a-fA-F]{3,6})", block)) for block in re.findall(r":root\s*{([^}]*)}", css)]
    light, dark = (block for block in blocks[:2])
    return [light, light | dark]


def contrast(first: str, second: str) -> float:
    """Contrast of two colours by WCAG 2: 1 to 21."""
    bright, dull = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (bright + 0.05) / (dull + 0.05)


def _luminance(colour: str) -> float:
    digits = colour.removeprefix("#")
    digits = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
    parts = [int(digits[start : start + 2], 16) / 255 for start in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def bare_shares(html: str, entries: list[dict[str, object]]) -> list[str]:
    """Shares of fewer than twenty that stand in a sentence or card without any count."""
    facts = {entry["id"]: entry for entry in entries}
    found = []
    for link in BeautifulSoup(html, "html.parser").select("main a.number"):
        entry = facts[link["data-number"]]
        block = link.find_parent(["td", "th", "p", "li", "figcaption", "h1"])
        few = isinstance(entry["n"], int) and 0 < entry["n"] < FEW
        if entry["unit"] != "share" or link.get("data-part") or not few or block is None or _in_table(link):
            continue
        others = [facts[other["data-number"]] for other in block.select("a.number")]
        if not any(other["unit"] in COUNTED for other in others) and not block.select('[data-part="n"]'):
            found.append(f"{entry['name']}: {block.get_text(' ', strip=True)[:120]}")
    return found


def _in_table(tag: Tag) -> bool:
    table = tag.find_parent("table")
    return table is not None and table.get("role") != "presentation"
