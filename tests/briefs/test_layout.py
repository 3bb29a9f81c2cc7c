"""How a brief and the portal look and behave: structure, contrast, page one, and a browser's own judgement where there is one."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pypdf
import pytest
from bs4 import BeautifulSoup
from chromium import Page, chromium_page, find_chromium
from html_checks import LEAST_CONTRAST, colours, contrast, problems
from PIL import Image
from test_kop import letter, logo
from test_portal import demo_home
from test_publish import BRIEF, PROVENANCE, SOURCES, notebook, shown, words

from kopanalysis.briefs.page import asset
from kopanalysis.briefs.page_image import read_page_one
from kopanalysis.briefs.publish import publish

LANGS = ("id", "en")
HEAVIEST = 3_000_000  # bytes of a page
LEAST_TYPE = 28  # pixels on the picture of page one


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("layout")
    lead = '<p class="lead">Satu kalimat. Kalimat kedua. Kalimat ketiga. Kalimat keempat.</p><div class="decision"><p>Keputusan.</p></div>'
    book = notebook()
    book.cells.insert(4, shown(lead, lead))
    publish(book, BRIEF, out, SOURCES, PROVENANCE, True, "Dinas Contoh", letterhead=letter(logo()))
    return out


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demo_home(tmp_path_factory.mktemp("portal"))


@pytest.mark.parametrize("lang", LANGS)
def test_a_brief_is_well_built(folder: Path, lang: str) -> None:
    html = (folder / f"{BRIEF}.{lang}.html").read_text(encoding="utf-8")
    assert problems(html) == []
    assert BeautifulSoup(html, "html.parser").html["lang"] == lang
    assert len(html.encode()) < HEAVIEST


def test_the_portal_is_well_built(portal: Path) -> None:
    assert problems(portal.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("<p id='a'></p><p id='a'></p>", "stands 2 times"),
        ("<img src='data:x' alt=''>", "without words"),
        ("<table><tr><th>a</th></tr></table>", "no scope"),
        ("<a href='#nowhere'>x</a>", "nowhere"),
        ("<a href='x'></a>", "without text"),
        ("<img src='https://example.org/a.png' alt='a'>", "loads"),
        ("<script>1</script>", "script"),
        ("<h2>a</h2><h4>b</h4>", "follows"),
    ],
)
def test_the_checks_notice(broken: str, said: str) -> None:
    assert any(said in problem for problem in problems(f"<html lang='id'><body>{broken}</body></html>"))


@pytest.mark.parametrize(
    ("ink", "paper"),
    [("ink", "paper"), ("quiet", "paper"), ("accent", "paper"), ("paper", "accent"), ("ink", "wash"), ("quiet", "wash"), ("accent", "wash"),
     ("ink", "glow"), ("accent", "glow"), ("paper", "ink")],
)  # fmt: skip
@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_colours_can_be_told_apart(ink: str, paper: str, theme: int) -> None:
    palette = colours(asset("brief.css"))[theme]
    assert contrast(palette[ink], palette[paper]) >= LEAST_CONTRAST


def test_the_reckoning_of_contrast() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


# page one as a picture


@pytest.mark.parametrize("lang", LANGS)
def test_the_picture_of_page_one_has_its_size(folder: Path, lang: str) -> None:
    with Image.open(folder / f"{BRIEF}.{lang}.page-one.png") as picture:
        assert (picture.format, picture.size) == ("PNG", (1080, 1350))


@pytest.mark.parametrize("lang", LANGS)
def test_the_picture_says_what_page_one_says_and_nothing_else(folder: Path, lang: str) -> None:
    main = BeautifulSoup((folder / f"{BRIEF}.{lang}.html").read_text(encoding="utf-8"), "html.parser").find("main")
    first = read_page_one(str(main))
    said = " ".join([first.title, *(part for card in first.cards for part in card), *first.sentences, first.decision])
    page_one = re.split(r'<div class="pagebreak"></div>', str(main))[0]
    read = " ".join(BeautifulSoup(page_one, "html.parser").get_text(" ").split())
    assert len(first.sentences) == 3
    assert first.title
    assert first.decision == "Keputusan."
    assert set(re.findall(r"\d[\d.,]*", said)) <= set(re.findall(r"\d[\d.,]*", read))
    for sentence in first.sentences:
        assert sentence in read


def test_type_on_the_picture_is_never_smaller_than_a_phone_needs() -> None:
    template = asset("page-one.typ")
    sizes = [float(size) for size in re.findall(r"size: (\d+)pt", template)] + [
        float(n) for n in re.findall(r"smallest = (\d+)pt", template)
    ]
    steps = re.search(r"for points in \(([\d, ]+)\)", template)
    assert steps is not None
    assert min(sizes + [float(step) for step in steps[1].split(",")]) >= LEAST_TYPE


def test_a_long_page_one_still_fits(tmp_path: Path) -> None:
    lead = " ".join(
        f"Kalimat yang panjang sekali tentang koperasi di kabupaten ini dan semua hal yang menyertainya {'dan lagi ' * 12}."
        for _ in range(3)
    )
    book = notebook()
    book.cells.insert(4, shown(f'<p class="lead">{lead}</p><div class="decision"><p>{lead}</p></div>', "<p>x</p>"))
    publish(book, BRIEF, tmp_path, SOURCES, langs=("id",))
    with Image.open(tmp_path / f"{BRIEF}.id.page-one.png") as picture:
        assert picture.size == (1080, 1350)


def test_a_figure_gives_way_so_that_page_one_stays_one_page(tmp_path: Path) -> None:
    filler = words("id", "\n\n".join("Kalimat untuk mengisi halaman. " * 6 for _ in range(11)))
    book = notebook()
    book.cells.insert(4, filler)
    publish(book, BRIEF, tmp_path, SOURCES, langs=("id",), letterhead=letter(logo()))
    pages = [
        " ".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO((tmp_path / f"{BRIEF}.id.pdf").read_bytes())).pages
    ]
    assert "Setiap titik satu koperasi" in pages[0]
    assert "Masalah dan data" in pages[1]


# in a browser


@pytest.fixture(scope="module")
def browser() -> Page:
    command = find_chromium()
    if command is None:
        pytest.skip("no Chromium here: pages are checked by their structure alone")
    with chromium_page(command) as page:
        yield page


def pages(folder: Path, portal: Path) -> list[Path]:
    return [folder / f"{BRIEF}.id.html", folder / f"{BRIEF}.en.html", portal]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing_serious(browser: Page, folder: Path, portal: Path, width: int, dark: bool) -> None:
    for path in pages(folder, portal):
        browser.open(path, width, dark=dark)
        assert browser.violations() == [], path.name


@pytest.mark.parametrize("width", [390, 1280])
def test_a_page_asks_for_nothing_and_never_scrolls_sideways(browser: Page, folder: Path, portal: Path, width: int) -> None:
    for path in pages(folder, portal):
        browser.open(path, width)
        assert browser.run("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        assert [url for url in browser.requests if not url.startswith(("data:", path.resolve().as_uri()))] == []


def test_axe_notices_what_is_wrong(browser: Page, tmp_path: Path) -> None:
    page = tmp_path / "wrong.html"
    page.write_text(
        '<html lang="id"><title>x</title><main><h1>x</h1><img src="data:,"><p style="color:#ddd">pucat</p></main></html>', "utf-8"
    )
    browser.open(page, 1280)
    assert {rule for rule, _, _ in browser.violations()} == {"image-alt", "color-contrast"}


def test_the_keyboard_begins_with_the_link_to_the_content(browser: Page, folder: Path, portal: Path) -> None:
    for path in pages(folder, portal):
        browser.open(path, 1280)
        browser.press("Tab")
        assert browser.run("document.activeElement.className") == "skip"
        assert browser.run("document.activeElement.getBoundingClientRect().left >= 0")
        browser.press("Enter")
        assert browser.run("location.hash") == "#isi"
