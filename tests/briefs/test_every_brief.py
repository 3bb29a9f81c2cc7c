"""Every brief of one run on the demonstration data, in both languages and all formats, against what a good brief is."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import brief_checks as checks
import docx
import pytest
from chromium import Page, chromium_page, find_chromium

from kopanalysis.briefs.manifest import briefs
from kopanalysis.results import LANGUAGES

MARKS = {"id": "DATA CONTOH", "en": "DEMONSTRATION DATA"}
STAMP = ("kopanalysis", "2025")  # version and the data's last year
EACH = [pytest.param(name, lang, id=f"{name}.{lang}") for name in briefs() for lang in LANGUAGES]
FORMATS = ("html", "pdf", "docx", "page-one.png")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    out = tmp_path_factory.mktemp("reports")
    done = subprocess.run(
        [sys.executable, "-m", "kopanalysis.cli", "report", "--out", str(out)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    latest = next(out.glob("*/*/latest.json"))
    return latest.parent / "runs" / json.loads(latest.read_text(encoding="utf-8"))["run"]


@pytest.fixture(scope="module")
def entries(run: Path) -> dict[str, dict[str, Any]]:
    return {entry["id"]: entry for entry in json.loads((run / "numbers.json").read_text(encoding="utf-8"))}


def html(run: Path, name: str, lang: str) -> str:
    return (run / f"{name}.{lang}.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "lang"), EACH)
def test_every_digit_of_running_text_is_a_registered_number(run: Path, entries: dict[str, Any], name: str, lang: str) -> None:
    assert list(checks.number_faults(html(run, name, lang), set(entries))) == []


@pytest.mark.parametrize("name", list(briefs()))
def test_both_languages_print_the_same_numbers(run: Path, entries: dict[str, Any], name: str) -> None:
    first, second = (checks.printed(html(run, name, lang)) for lang in LANGUAGES)
    assert first == second
    assert {entries[number]["brief"] for number, _ in first} == {name}


@pytest.mark.parametrize(("name", "lang"), EACH)
def test_all_formats_say_the_same(run: Path, name: str, lang: str) -> None:
    assert list(checks.format_faults(run, f"{name}.{lang}")) == []


@pytest.mark.parametrize(("name", "lang"), EACH)
def test_page_one_and_sentences_are_short(run: Path, name: str, lang: str) -> None:
    assert list(checks.length_faults(html(run, name, lang), run / f"{name}.{lang}.pdf")) == []


@pytest.mark.parametrize(("name", "lang"), EACH)
def test_an_effect_never_stands_without_its_range_its_n_and_the_smallest_one(
    run: Path, entries: dict[str, Any], name: str, lang: str
) -> None:
    assert list(checks.estimate_faults(html(run, name, lang), entries)) == []


@pytest.mark.parametrize(("name", "lang"), EACH)
def test_word_files_are_made_for_editing(run: Path, name: str, lang: str) -> None:
    path = run / f"{name}.{lang}.docx"
    assert [*checks.word_faults(path), *checks.locked_faults(path)] == []


@pytest.mark.parametrize(("name", "lang"), EACH)
def test_pdfs_are_tagged_and_marked_on_every_page(run: Path, name: str, lang: str) -> None:
    assert list(checks.pdf_faults(run / f"{name}.{lang}.pdf", MARKS[lang])) == []


@pytest.mark.parametrize(("name", "lang"), EACH)
def test_it_can_be_sent_and_says_what_made_it(run: Path, name: str, lang: str) -> None:
    assert sum((run / f"{name}.{lang}.{ending}").stat().st_size for ending in FORMATS) < checks.LARGEST
    table = checks.main_part(html(run, name, lang)).select_one(".provenance")
    assert table is not None
    assert all(word in table.get_text(" ") for word in STAMP)


@pytest.fixture(scope="module")
def browser() -> Iterator[Page]:
    command = find_chromium()
    if command is None:
        pytest.skip("no Chromium here: pages are checked by their structure alone")
    with chromium_page(command) as page:
        yield page


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_a_browser_finds_nothing_wrong_with_any_page(run: Path, browser: Page, width: int, dark: bool) -> None:
    for path in (*sorted(run.glob("*.html")), run.parents[1] / "index.html"):
        browser.open(path, width, dark=dark)
        assert browser.violations() == [], path.name
        assert browser.run("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), path.name
        assert [url for url in browser.requests if not url.startswith(("data:", path.resolve().as_uri()))] == [], path.name


# Each check finds the fault it is there for.


def test_bare_digits_and_unknown_numbers_are_found() -> None:
    page = '<main><p>It is 12 of <a class="number" data-number="N-9">127</a> in <time datetime="2022">2022</time>.</p></main>'
    assert list(checks.number_faults(page, set())) == ["N-9 isn't registered", "a bare digit: It is 12 of"]
    assert list(checks.number_faults(page.replace("12 of", "some of"), {"N-9"})) == []


def test_a_bare_effect_is_found() -> None:
    known = {"N-1": {"name": "training.att.rat_held.did"}, "N-2": {"name": "training.seen.rat_held.did"}}
    link = '<a class="number" data-number="{}"{}>1</a>'.format
    bare = f"<main><p>{link('N-1', '')}</p></main>"
    parts = "".join(link("N-1", f' data-part="{part}"') for part in ("low", "high", "n"))
    whole = f"<main><p>{link('N-1', '')}{parts}{link('N-2', '')}</p></main>"
    assert [line.partition(":")[0] for line in checks.estimate_faults(bare, known)] == [
        "training.att.rat_held.did without low, high, n, the smallest effect"
    ]
    assert list(checks.estimate_faults(whole, known)) == []


def test_a_missing_word_a_missing_link_and_an_open_number_are_found(run: Path, tmp_path: Path) -> None:
    stem = "00-summary.id"
    for ending in ("pdf", "docx"):
        (tmp_path / f"{stem}.{ending}").write_bytes((run / f"{stem}.{ending}").read_bytes())
    page = html(run, "00-summary", "id").replace("</main>", '<p>selundupan <a class="number" data-number="N-999">1</a></p></main>')
    (tmp_path / f"{stem}.html").write_text(page, encoding="utf-8")
    found = "\n".join(checks.format_faults(tmp_path, stem))
    assert "'selundupan'" in found
    assert "bookmarks of ['N-999']" in found
    document = docx.Document(str(run / f"{stem}.docx"))
    for lock in list(document.element.body.iter("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}lock")):
        lock.getparent().remove(lock)
    document.save(str(tmp_path / "open.docx"))
    assert any("isn't locked" in line for line in checks.locked_faults(tmp_path / "open.docx"))


def test_too_long_a_page_and_a_page_without_its_mark_are_found(run: Path) -> None:
    pdf = run / "00-summary.id.pdf"
    long = f"<main><p>{'kata ' * 400}.</p><div class='pagebreak'></div></main>"
    assert [line.partition(" ")[2] for line in checks.length_faults(long, pdf)] == ["words on page one", "words a sentence"]
    assert any("isn't marked" in line for line in checks.pdf_faults(pdf, "NO SUCH MARK"))
