"""The office's letterhead: in all three formats, on the first page only, and nothing of the office's files beyond its pixels."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import docx
import pypdf
import pytest
from bs4 import BeautifulSoup
from PIL import Image, PngImagePlugin
from publish_words import html_words, pdf_words
from test_publish import BRIEF, PROVENANCE, SOURCES, notebook

from kopanalysis.briefs.kop import Letterhead, logo_file, read_letterhead, signature
from kopanalysis.briefs.letterhead import logo_size
from kopanalysis.briefs.publish import publish
from kopanalysis.errors import CallError

GIVEN = {
    "government": "PEMERINTAH <CONTOH>", "office": "DINAS & KOPERASI", "address": "Jalan Contoh", "contact": "surel: a@contoh.invalid",
    "number": "500.3/12/2026", "copies": ["Bupati Contoh", "Inspektorat"],
    "signatory": {"title": "Kepala Dinas,", "name": "Nama <Contoh>", "nip": "1970 1"},
}  # fmt: skip


def logo(kind: str = "PNG", size: tuple[int, int] = (60, 90)) -> bytes:
    buffer = io.BytesIO()
    hidden = PngImagePlugin.PngInfo()
    hidden.add_text("Author", "RAHASIA")
    Image.new("RGB", size, "teal").save(buffer, kind, **({"pnginfo": hidden} if kind == "PNG" else {}))
    return buffer.getvalue()


def letter(picture: bytes = b"") -> Letterhead:
    lines = {name: GIVEN[name] for name in ("government", "office", "address", "contact", "number")}
    signatory = {"title": "Kepala Dinas,", "name": "Nama <Contoh>", "nip": "1970 1"}
    return Letterhead(**lines, **signatory, logo=picture, copies=("Bupati Contoh", "Inspektorat"))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("kop")
    publish(notebook(), BRIEF, out, SOURCES, PROVENANCE, True, "Dinas Contoh", letterhead=letter(logo()))
    return out


def read(folder: Path, **given: object) -> Letterhead | None:
    return read_letterhead({"office": {"name": "Dinas Contoh"}, "letterhead": given}, folder)


def test_an_office_without_one_has_none(tmp_path: Path) -> None:
    assert read_letterhead({"office": {"name": "Dinas"}}, tmp_path) is None
    assert signature(None, "id") == ""


def test_every_line_is_read_and_the_office_keeps_its_name(tmp_path: Path) -> None:
    found = read(tmp_path, **GIVEN)
    assert found is not None
    assert (found.government, found.copies, found.nip) == ("PEMERINTAH <CONTOH>", ("Bupati Contoh", "Inspektorat"), "1970 1")
    plain = read(tmp_path, address="Jalan")
    assert plain is not None
    assert plain.office == "Dinas Contoh"


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_logo_is_drawn_anew_without_what_was_hidden_in_it(tmp_path: Path, kind: str) -> None:
    (tmp_path / "logo.png").write_bytes(logo(kind, (900, 1200)))
    found = read(tmp_path, logo="logo.png")
    assert found is not None
    assert found.logo.startswith(b"\x89PNG")
    assert b"RAHASIA" not in found.logo
    with Image.open(io.BytesIO(found.logo)) as picture:
        assert picture.size == (360, 480)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("logo.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "neither PNG nor JPEG"),
        ("logo.gif", b"GIF89a" + bytes(40), "neither PNG nor JPEG"),
        ("logo.png", b"\x89PNG\r\n\x1a\n broken", "broken|neither"),
        ("logo.png", logo()[:-30], "broken"),
        ("logo.png", bytes(1_000_001), "larger than 1000 kB"),
        ("logo.png", logo(size=(4001, 10)), "longer than 4000"),
        ("logo.png", None, "isn't there"),
        ("../logo.png", None, "leads elsewhere"),
        ("/etc/passwd", None, "leads elsewhere"),
        ("C:logo.png", None, "leads elsewhere"),
    ],
)
def test_a_logo_that_cannot_be_used_is_refused_in_one_sentence(tmp_path: Path, name: str, content: bytes | None, said: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(CallError, match=said) as error:
        read(tmp_path, logo=name)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"goverment": "x"}, "Did you mean government"),
        ({"office": "a\nb"}, "one line"),
        ({"office": 5}, "one line"),
        ({"office": "a" * 161}, "one line"),
        ({"copies": "Bupati"}, "a list of names"),
        ({"signatory": {"nama": "x"}}, "Did you mean name"),
        ({"signatory": "x"}, "isn't a table"),
    ],
)
def test_a_mistake_in_office_toml_is_named(tmp_path: Path, given: dict[str, object], said: str) -> None:
    with pytest.raises(CallError, match=said):
        read(tmp_path, **given)


def test_the_logo_belongs_to_the_run_only_by_a_plain_name() -> None:
    assert logo_file({"letterhead": {"logo": "logo.png"}}) == "logo.png"
    assert logo_file({"letterhead": {"logo": "../a.png"}}) == ""
    assert logo_file({"letterhead": "x"}) == logo_file({}) == ""


@pytest.mark.parametrize("lang", ["id", "en"])
def test_the_page_begins_with_it_and_ends_with_the_signature(published: Path, lang: str) -> None:
    soup = BeautifulSoup((published / f"{BRIEF}.{lang}.html").read_text(encoding="utf-8"), "html.parser")
    head = soup.select_one("header .kop")
    assert head is not None
    assert head["lang"] == "id"
    assert "PEMERINTAH <CONTOH>" in head.get_text()
    assert head.find("img")["alt"] == "Logo DINAS & KOPERASI"
    signed = soup.select_one("main .signature")
    assert signed is not None
    assert "Nama <Contoh>" in signed.get_text()
    assert soup.find(class_="trail") in signed.find_all_next("section")


@pytest.mark.parametrize("lang", ["id", "en"])
def test_the_pdf_has_it_on_page_one_alone(published: Path, lang: str) -> None:
    path = published / f"{BRIEF}.{lang}.pdf"
    pages = [" ".join(page.extract_text().split()) for page in pypdf.PdfReader(path).pages]
    assert ["PEMERINTAH <CONTOH>" in page for page in pages] == [True] + [False] * (len(pages) - 1)
    assert "500.3/12/2026" in pages[0]
    assert len(pypdf.PdfReader(path).pages[0].images) == 1
    assert pdf_words(path) == html_words((published / f"{BRIEF}.{lang}.html").read_text(encoding="utf-8"))


@pytest.mark.parametrize("lang", ["id", "en"])
def test_word_has_it_in_the_header_of_page_one(published: Path, lang: str) -> None:
    path = published / f"{BRIEF}.{lang}.docx"
    section = docx.Document(str(path)).sections[0]
    assert section.different_first_page_header_footer
    first = "\n".join(part.text for part in section.first_page_header._element.iter() if part.text)
    assert "PEMERINTAH <CONTOH>" in first
    assert "500.3/12/2026" in first
    assert "PEMERINTAH" not in "\n".join(paragraph.text for paragraph in section.header.paragraphs)
    assert "DATA" in "\n".join(paragraph.text for paragraph in section.header.paragraphs)
    parts = zipfile.ZipFile(path).namelist()
    assert [name for name in parts if name.endswith("kop.png")]
    body = "\n".join(paragraph.text for paragraph in docx.Document(str(path)).paragraphs)
    assert "Nama <Contoh>" in body
    assert "Bupati Contoh" in body


def test_without_one_all_is_as_before(tmp_path: Path) -> None:
    publish(notebook(), BRIEF, tmp_path, SOURCES, PROVENANCE, True, "Dinas Contoh", langs=("id",))
    assert '<p class="office">Dinas Contoh</p>' in (tmp_path / f"{BRIEF}.id.html").read_text(encoding="utf-8")
    assert not docx.Document(str(tmp_path / f"{BRIEF}.id.docx")).sections[0].different_first_page_header_footer


def test_a_logo_keeps_its_shape() -> None:
    assert logo_size(logo(size=(60, 90)), 22, 24) == pytest.approx((22 * 60 / 90, 22))
    assert logo_size(logo(size=(90, 30)), 22, 24) == pytest.approx((24, 8))
