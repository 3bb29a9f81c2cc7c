"""From an executed notebook to HTML, Word and PDF."""

import base64
import dataclasses
import hashlib
import io
import json
import re
import struct
import zipfile
import zlib
from datetime import UTC, datetime

import docx
import openpyxl
import pandas as pd
import pypdf
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from publish_words import html_words, pdf_words

from kopanalysis.briefs.edition import edition
from kopanalysis.briefs.publish import publish, write_numbers, write_tables_xlsx
from kopanalysis.briefs.registry import collect, rows_sha256
from kopanalysis.briefs.sheets import harmless, write_table_csv
from kopanalysis.briefs.textcheck import check_text
from kopanalysis.errors import PublishError
from kopanalysis.results import Text

BRIEF = "20-why-inactive"
SOURCES = {"S01": {"file": "register.xlsx", "sheet": "Sheet1", "sha256": "ab" * 32}}
PROVENANCE = [(Text("Berkas masukan", "Input file"), Text("register.xlsx", "register.xlsx"))]
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="400pt" height="80pt" viewBox="0 0 400 80"><circle cx="40" cy="40" r="30"/></svg>'
ODD = r"\ $ # * _ @ ~ ` [x] {y} -- --- ... non-? a-b // /* 'z'"  # characters that Typst or Markdown would read as markup
FIVE = {
    "id": ["Aturan", "Diam tidak aktif", "Dengan bukti", "Tidak diketahui"],
    "en": ["Rule", "Silent is inactive", "With evidence", "Unknown"],
}


def number(name, value, text_id, text_en=None, **more):
    call = {"function": "kopanalysis.metrics.activity.activity_rate", "arguments": {"rule": "no_rat_3y"}, "input": None}
    fixed = {"unit": "cooperatives", "low": None, "high": None, "level": None, "n": 1270, "rule": "no_rat_3y", "silence": "legal"}
    rest = {"method": None, "grade": None, "call": call, "rows": {"S01": "5-131,140"}, "suppressed": False}
    return {"name": name, "value": value, **fixed, **rest, "text_id": text_id, "text_en": text_en or text_id, **more}


TOTAL = number("register.total", 127, "127")
INACTIVE = number("inactive.count.no_rat_3y.legal", 49, "49")
RATE = number("inactive.rate.no_rat_3y.legal", 0.386, "38,6 persen", "38.6 percent", unit="share", low=0.3, high=0.47)
TABLE = {
    "name": "definitions", "columns": ["rule", "legal", "evidence", "unknown"], "labels_id": FIVE["id"], "labels_en": FIVE["en"],
    "data": [["no_rat_3y", 49, 31, 0.5], ["=HYPERLINK(1)", -3, None, "-"], ["-5", 1, 2, "2022-08-25"]],
    "call": {"function": "kopanalysis.metrics.activity.definitions_table", "arguments": {}, "input": None}, "rows": {"S01": "5-131"},
}  # fmt: skip


def png():
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    size = struct.pack(">IIBBBBB", 40, 8, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + bytes(40) for _ in range(8)))
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")).decode()


def span(record, text, part=""):
    return f'<a class="number" data-name="{record["name"]}"{part}>{text}</a>'


def shown(text_id, text_en, numbers=(), tables=(), figures=()):
    record = {"numbers": list(numbers), "tables": list(tables), "figures": list(figures)}
    data = {
        "text/plain": "Shown(...)", "text/html": text_id, "application/vnd.kopanalysis.id+html": text_id,
        "application/vnd.kopanalysis.en+html": text_en, "application/vnd.kopanalysis.record+json": record,
    }  # fmt: skip
    return new_code_cell("pages.show()", execution_count=1, outputs=[new_output("execute_result", data=data, execution_count=1)])


def words(lang, text):
    return new_markdown_cell(text, metadata={"tags": [f"lang-{lang}"]})


def definitions(lang):
    head = "".join(f"<th>{label}</th>" for label in FIVE[lang])
    first = ("a", "b&amp;", "", "1–2", "25\u00a0Agustus\u00a02022")
    rows = "".join(f'<tr><td>{cell}</td><td class="num">49</td><td class="num">1.031</td><td class="num">-7</td></tr>' for cell in first)
    caption = {"id": f"Dari {span(INACTIVE, '49')} menurut aturan", "en": f"From {span(INACTIVE, '49')} by rule"}[lang]
    return (
        f'<figure class="table-figure" data-table="definitions"><figcaption>{caption}</figcaption>'
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></figure>"
    )


def picture(lang, alt="Titik-titik"):
    caption = {"id": "Setiap titik satu koperasi", "en": "Each dot is one cooperative"}[lang]
    source = {"id": "Sumber: data kantor", "en": "Source: office data"}[lang]
    return (
        f'<figure class="figure" data-figure="ribbon"><img data-figure="ribbon" src="data:image/svg+xml;base64,AA" alt="{alt}">'
        f'<figcaption>{caption} <span class="source">{source}</span></figcaption></figure>'
    )


def cards(label):
    top = f"<tr><td>{span(INACTIVE, '49')}</td><td>{span(TOTAL, '127')}</td><td>{span(RATE, label)}</td></tr>"
    return f'<table class="cards"><tbody>{top}<tr><td>tidak aktif</td><td>semua</td><td>bagian</td></tr></tbody></table>'


def notebook(*more):
    date_id, date_en = (f'<time datetime="2022-08-25">{text}</time>' for text in ("25 Agustus 2022", "25 August 2022"))
    figure = {"name": "ribbon", "id": {"svg": SVG, "png": png()}, "en": {"svg": SVG, "png": png()}}
    low, high = ' data-part="low"', ' data-part="high"'
    first, second = span(INACTIVE, "49"), span(TOTAL, "127")
    return new_notebook(cells=[
        new_code_cell("print(1)", outputs=[new_output("stream", name="stdout", text="rahasia 123\n")]),
        new_code_cell("frame", outputs=[new_output("execute_result", execution_count=2, data={"text/plain": "DataFrame 5"})]),
        shown(f"<h1>{first} dari {second} tidak aktif</h1><p>Per {date_id} — kantor’s.</p>",
              f"<h1>{first} of {second} are inactive</h1><p>On {date_en} — the office’s.</p>", [INACTIVE, TOTAL]),
        shown(cards("38,6 persen"), cards("38.6 percent"), [INACTIVE, TOTAL, RATE]),
        shown(picture("id"), picture("en"), figures=[figure]),
        shown(f'<p>Rata-rata anggota-anggotanya "diam": {span(RATE, "30", low)} sampai {span(RATE, "47 persen", high)}, {ODD}.</p>',
              f'<p>Well-known long-lived ones are "silent": {span(RATE, "30", low)} to {span(RATE, "47 percent", high)}, {ODD}.</p>'),
        new_markdown_cell('<div class="pagebreak"></div>'),
        words("id", "## Masalah dan data\n\n- satu\n- dua"), words("en", "## Problem and data\n\n- one\n- two"),
        shown(definitions("id"), definitions("en"), [INACTIVE], [TABLE]),
        *more,
    ])  # fmt: skip


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    out = tmp_path_factory.mktemp("run")
    return out, publish(notebook(), BRIEF, out, SOURCES, PROVENANCE, True, "Dinas <Koperasi> & UKM")


def text_of(path):
    return path.read_text(encoding="utf-8")


# the registry


def test_numbers_are_registered_once_in_order_of_appearance():
    registry = collect(notebook(), BRIEF, SOURCES)
    assert [(entry["id"], entry["name"]) for entry in registry.entries] == [
        ("N-001", INACTIVE["name"]), ("N-002", TOTAL["name"]), ("N-003", RATE["name"]),
    ]  # fmt: skip
    entry = registry.entries[0]
    assert list(entry) == [
        "id", "name", "value", "unit", "low", "high", "level", "n", "rule", "silence", "method", "grade",
        "brief", "cell", "function", "rows_sha256", "text_id", "text_en",
    ]  # fmt: skip
    assert (entry["brief"], entry["cell"], entry["function"]) == (BRIEF, 2, "kopanalysis.metrics.activity.activity_rate")
    assert registry.trace["N-001"] == {"name": INACTIVE["name"], "call": INACTIVE["call"], "rows": {"S01": "5-131,140"}}


def test_rows_hash_follows_its_recipe_and_takes_a_frame_of_sources():
    lines = sorted(f"{'ab' * 32}:Sheet1:{row}" for row in [*range(5, 132), 140])
    expected = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    assert rows_sha256({"S01": "5-131,140"}, SOURCES) == expected
    assert rows_sha256({}, SOURCES) is None
    frame = pd.DataFrame([{"source_id": "S01", **SOURCES["S01"]}])
    assert collect(notebook(), BRIEF, frame).entries[0]["rows_sha256"] == expected
    with pytest.raises(PublishError, match="S09"):
        rows_sha256({"S09": "1"}, SOURCES)


def test_one_name_with_two_values_is_refused_naming_both_cells():
    other = shown("<p>x</p>", "<p>x</p>", [{**INACTIVE, "value": 50}])
    with pytest.raises(PublishError, match=r"49 and 50.*cells 2 and 10"):
        collect(notebook(other), BRIEF, SOURCES)
    with pytest.raises(PublishError, match="high"):
        collect(notebook(shown("<p>x</p>", "<p>x</p>", [{**RATE, "high": 0.5}])), BRIEF, SOURCES)


def test_infinite_bounds_stay_valid_json(tmp_path):
    record = number("cost.per_active_year_idr", 5.0, "Rp5", high=float("inf"), low=float("nan"))
    entries = collect(new_notebook(cells=[shown("", "", [record])]), BRIEF, SOURCES).entries
    assert json.loads(text_of(write_numbers(entries, tmp_path / "numbers.json")))[0]["high"] is None


# an edition


def test_an_edition_holds_its_language_and_nothing_of_the_machine():
    registry = collect(notebook(), BRIEF, SOURCES)
    html = str(edition(notebook(), "en", registry))
    assert "Problem and data" in html
    for foreign in ("Masalah", "tidak aktif</h1>", "rahasia", "DataFrame", "Shown(", "Out[", "¶", "cell-id"):
        assert foreign not in html
    assert '<a class="number" data-number="N-001" href="#N-001">49</a>' in html
    assert html.index("Each dot") < html.index("<img") < html.index("Source: office data")


def test_a_number_that_is_not_registered_stops_publishing():
    stranger = shown('<p><a class="number" data-name="made.up">5</a></p>', "<p>x</p>")
    with pytest.raises(PublishError, match=r"made\.up"):
        edition(notebook(stranger), "id", collect(notebook(), BRIEF, SOURCES))


def test_the_notebook_is_left_as_it_was():
    before = notebook()
    edition(before, "id", collect(before, BRIEF, SOURCES))
    assert [cell["outputs"] for cell in before.cells if "outputs" in cell] == [c["outputs"] for c in notebook().cells if "outputs" in c]


@pytest.mark.parametrize(
    "card",
    [
        "<td><div>49</div><div>arti</div></td>",
        "<td><strong>49</strong> arti</td>",
        "<td>49<br>arti</td>",
        "<td>49</td></tr><tr><td>arti</td>",
    ],
)
def test_cards_of_any_make_come_in_one_shape(card):
    cell = shown(f'<table class="cards"><tr>{card}</tr></table>', "")
    soup = edition(new_notebook(cells=[cell]), "id", collect(notebook(), BRIEF, SOURCES))
    assert [soup.select_one(f".{name}").get_text(strip=True) for name in ("card-number", "card-label")] == ["49", "arti"]
    assert len(soup.find_all("tr")) == 1


def test_headings_skip_no_level():
    html = edition(new_notebook(cells=[new_markdown_cell("# a\n\n### b\n\n#### c\n\n## d")]), "id", collect(notebook(), BRIEF, SOURCES))
    assert re.findall(r"<h(\d)", str(html)) == ["1", "2", "3", "2"]


def test_columns_of_numbers_in_a_written_table_are_aligned():
    cell = new_markdown_cell("| a | b | c |\n|---|---|---|\n| x | 1.5 | t |\n| y | − | 5 t |")
    soup = edition(new_notebook(cells=[cell]), "id", collect(notebook(), BRIEF, SOURCES))
    assert [text.get_text() for text in soup.select(".num")] == ["b", "1.5", "−"]


def test_an_edition_is_what_a_reader_of_its_html_finds():
    """Every format is made from it as it stands, so nothing in it may read otherwise than the written HTML."""
    card = shown('<table class="cards"><tr><td>\n  <strong>49</strong>\n\n arti</td></tr></table><pre>  \n  </pre>', "")
    wide = shown(f"<table>\n\n<tr>{'<th>a</th>' * 8}</tr><tr>{'<td>5</td>' * 8}</tr></table>  \n", "")
    for cells in ([card, wide], notebook().cells):
        made = edition(new_notebook(cells=cells), "id", collect(notebook(), BRIEF, SOURCES))
        again = BeautifulSoup(str(made), "html.parser")
        assert str(made) == str(again) == str(made).strip()
        assert list(made.find_all(string=True)) == list(again.find_all(string=True))
        for name in ("number", "num", "wide", "cards", "long", "card-number", "source"):
            assert [str(tag) for tag in made.find_all(class_=name)] == [str(tag) for tag in again.find_all(class_=name)]


# the check


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ("<p>Satu kalimat. Ada 5 koperasi. Lagi.</p>", r"Ada 5 koperasi\."),
        ("<h2>Temuan 3</h2>", "Temuan 3"),
        ("<figure><figcaption>Ada ½ bagian</figcaption></figure>", "½"),
        ("<table><caption>Tabel 1</caption><tr><td>5</td></tr></table>", "Tabel 1"),
        ('<table class="cards"><tr><td>49</td></tr></table>', "49"),
        ("<p><time>2022</time></p>", "2022"),
        ('<p><a class="number" data-number="N-999">5</a></p>', "registry"),
        ('<p><a class="number">5</a></p>', "registry"),
        ('<img src="data:x" alt=" ">', "alt text"),
        ('<img src="data:x">', "alt text"),
        ('<img src="https://example.org/a.png" alt="a">', "outside the page"),
        ("<p>&lt;Figure size&gt;</p>", "leftover"),
        ("<p>Empty DataFrame</p>", "leftover"),
        ("<p>Out[]: x</p>", "leftover"),
        ("<table><tr><td>nan</td></tr></table>", "empty value"),
    ],
)
def test_the_check_refuses(html, said):
    with pytest.raises(PublishError, match=said):
        check_text(html, "id", {"N-001"})


def test_the_check_lets_pass_what_is_traced():
    check_text(
        '<p>Pada <time datetime="2022-08-25">25 Agustus 2022</time> <a class="number" data-number="N-001">49</a>, '
        'bagian <span class="section">2</span> hal. <b class="page"><i>3</i></b>.</p><table><tr><td>5</td></tr></table>'
        "<svg><text>7</text></svg><script>8</script><style>a{margin:9px}</style><!-- 10 --><img src='data:x' alt='11 titik'>",
        "id", {"N-001"},
    )  # fmt: skip


def test_nothing_is_written_when_a_digit_slips_in(tmp_path):
    with pytest.raises(PublishError, match="Tahun 2022"):
        publish(notebook(words("id", "Tahun 2022 buruk.")), BRIEF, tmp_path, SOURCES)
    assert not list(tmp_path.iterdir())


# the files


def test_every_file_is_there(published):
    out, result = published
    names = {path.relative_to(out).as_posix() for path in result.paths}
    texts = {f"{BRIEF}.{lang}.{ending}" for lang in ("id", "en") for ending in ("html", "pdf", "docx", "page-one.png")}
    pictures = {f"figures/{BRIEF}-ribbon.{lang}.{ending}" for lang in ("id", "en") for ending in ("svg", "png")}
    assert names == texts | pictures | {f"tables/{BRIEF}-definitions.csv"}
    assert all(path.stat().st_size for path in result.paths)
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.entries = ()


@pytest.mark.parametrize("lang", ["id", "en"])
def test_pdf_says_what_html_says(published, lang):
    out, _ = published
    assert pdf_words(out / f"{BRIEF}.{lang}.pdf") == html_words(text_of(out / f"{BRIEF}.{lang}.html"))


@pytest.mark.parametrize("lang", ["id", "en"])
def test_every_number_leads_to_its_row_in_all_formats(published, lang):
    out, result = published
    page = BeautifulSoup(text_of(out / f"{BRIEF}.{lang}.html"), "html.parser")
    linked = {link["data-number"] for link in page.select("a.number")}
    assert linked == {entry["id"] for entry in result.entries}
    assert {target["id"] for target in page.select(".number-trail span")} == linked
    document = zipfile.ZipFile(out / f"{BRIEF}.{lang}.docx").read("word/document.xml").decode()
    assert set(re.findall(r'w:bookmarkStart [^>]*w:name="(N-\d+)"', document)) == linked
    assert set(re.findall(r'w:hyperlink [^>]*w:anchor="(N-\d+)"', document)) == linked
    pdf = pypdf.PdfReader(out / f"{BRIEF}.{lang}.pdf")
    links = [note.get_object() for leaf in pdf.pages for note in leaf.get("/Annots", ())]
    assert len(links) == len(page.select("a.number"))


def test_both_editions_print_the_same_numbers(published):
    out, _ = published
    pages = [BeautifulSoup(text_of(out / f"{BRIEF}.{lang}.html"), "html.parser") for lang in ("id", "en")]
    first, second = ([(a["data-number"], a.get("data-part")) for a in page.select("a.number")] for page in pages)
    assert first == second


def test_html_stands_alone_and_can_be_walked_by_key(published):
    out, _ = published
    html = text_of(out / f"{BRIEF}.id.html")
    page = BeautifulSoup(html, "html.parser")
    assert page.html["lang"] == "id"
    assert page.title.string == "49 dari 127 tidak aktif"
    assert page.select_one("a.skip")["href"] == f"#{page.main['id']}"
    assert "DATA CONTOH" in page.select_one(".mark").get_text()
    assert [link["href"] for link in page.select("nav a")] == [f"{BRIEF}.en.html", f"{BRIEF}.id.pdf", f"{BRIEF}.id.docx"]
    assert not page.select("script, link, iframe")
    assert not re.findall(r"url\(|@import", html)
    assert all(image["src"].startswith("data:image/svg+xml;base64,") for image in page.select("img"))
    assert base64.b64decode(page.img["src"].split(",")[1]).decode() == SVG
    assert all(box["tabindex"] == "0" and box["aria-label"] for box in page.select(".scroll"))
    assert "Dinas &lt;Koperasi&gt; &amp; UKM" in html


def test_pdf_is_tagged_archivable_a4_and_marked(published):
    out, _ = published
    pdf = pypdf.PdfReader(out / f"{BRIEF}.en.pdf")
    root = pdf.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert pdf.metadata.title == "49 of 127 are inactive"
    claims = root["/Metadata"].get_data().decode()
    assert re.search(r"pdfuaid:part>1<", claims)
    assert re.search(r"pdfaid:part>2<", claims)
    assert [round(float(side)) for side in pdf.pages[0].mediabox[2:]] == [595, 842]
    assert len(pdf.pages) >= 2
    for number, page in enumerate(pdf.pages, 1):
        assert "DEMONSTRATION DATA" in page.extract_text()
        assert f"Page {number} of {len(pdf.pages)}" in page.extract_text()


def test_pdf_tags_pictures_with_words_and_tables_with_heads(published):
    out, _ = published
    kinds, alts, todo = [], [], [pypdf.PdfReader(out / f"{BRIEF}.id.pdf").trailer["/Root"]["/StructTreeRoot"]]
    while todo:
        node = todo.pop().get_object()
        if isinstance(node, pypdf.generic.ArrayObject):
            todo += list(node)
        elif isinstance(node, pypdf.generic.DictionaryObject):
            kinds.append(node.get("/S"))
            alts += [str(node["/Alt"])] if "/Alt" in node else []
            todo += [node.raw_get("/K")] if "/K" in node else []
    assert "Titik-titik" in alts
    assert {"/H1", "/H2", "/P", "/Table", "/TH", "/TD", "/Figure", "/Caption", "/L", "/Link"} <= set(kinds)


def test_a_picture_that_no_record_holds_is_refused(tmp_path):
    with pytest.raises(PublishError, match="no record"):
        publish(notebook(new_markdown_cell("![alt](data:image/png;base64,AA)")), BRIEF, tmp_path, SOURCES)


def test_word_keeps_tables_alt_text_and_properties(published):
    out, _ = published
    document = docx.Document(str(out / f"{BRIEF}.id.docx"))
    assert document.core_properties.title == "49 dari 127 tidak aktif"
    assert document.core_properties.language == "id-ID"
    assert [table.style.name for table in document.tables] == ["Cards", "Table", "Table", "Table"]
    assert [cell.text for cell in document.tables[1].rows[0].cells] == FIVE["id"]
    assert all("tblHeader" in table.rows[0]._tr.xml for table in document.tables[1:])
    assert document.tables[0].rows[0].cells[0].paragraphs[0].style.name == "Card Number"
    assert 'descr="Titik-titik"' in document.element.xml
    section = document.sections[0]
    assert "DATA CONTOH" in section.header.paragraphs[0].text
    assert "Dinas <Koperasi> & UKM" in section.footer.paragraphs[0].text
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    styles = [paragraph.style.name for paragraph in document.paragraphs]
    assert {"Heading 1", "Heading 2", "Image Caption", "Table Caption", "Source", "Page Break"} <= set(styles)


def test_real_data_carry_no_mark(tmp_path):
    publish(notebook(), BRIEF, tmp_path, SOURCES, langs=("en",))
    page = text_of(tmp_path / f"{BRIEF}.en.html")
    assert "DEMONSTRATION DATA" not in page
    assert "Bahasa Indonesia" not in page
    assert "DEMONSTRATION DATA" not in pypdf.PdfReader(tmp_path / f"{BRIEF}.en.pdf").pages[0].extract_text()


def test_the_same_notebook_gives_the_same_bytes_and_the_stamp_is_all_that_differs(published, tmp_path):
    _, result = published
    again = publish(notebook(), BRIEF, tmp_path / "again", SOURCES, PROVENANCE, True, "Dinas <Koperasi> & UKM")
    assert [path.read_bytes() for path in again.paths] == [path.read_bytes() for path in result.paths]
    stamp = datetime(2026, 11, 22, tzinfo=UTC)
    later = publish(notebook(), BRIEF, tmp_path / "later", SOURCES, PROVENANCE, True, "Dinas <Koperasi> & UKM", stamp=stamp)
    changed = {path.suffix for path, old in zip(later.paths, result.paths, strict=True) if path.read_bytes() != old.read_bytes()}
    assert changed == {".pdf", ".docx"}
    assert docx.Document(str(tmp_path / "later" / f"{BRIEF}.id.docx")).core_properties.created.date() == stamp.date()


def test_a_picture_without_alt_text_is_refused(tmp_path):
    figure = {"name": "ribbon", "id": {"svg": SVG, "png": png()}, "en": {"svg": SVG, "png": png()}}
    with pytest.raises(PublishError, match="alt text"):
        publish(notebook(shown(picture("id", ""), picture("en"), figures=[figure])), BRIEF, tmp_path, SOURCES)


# tables


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("=1+1", "'=1+1"),
        ("@cmd", "'@cmd"),
        ("+62 x", "'+62 x"),
        ("-x", "'-x"),
        ("-", "-"),
        ("-5", "-5"),
        ("-1,5 %", "-1,5 %"),
        (-5, -5),
        ("a=b", "a=b"),
    ],
)
def test_text_that_a_spreadsheet_would_run_is_disarmed(given, kept):
    assert harmless(given) == kept


def test_csv_is_read_back(tmp_path):
    path = write_table_csv({**TABLE, "brief": BRIEF}, tmp_path)
    frame = pd.read_csv(path)
    assert list(frame.columns) == TABLE["columns"]
    assert frame["legal"].tolist() == [49, -3, 1]
    assert frame["rule"].tolist() == ["no_rat_3y", "'=HYPERLINK(1)", "-5"]
    assert frame["unknown"].tolist() == ["0.5", "-", "2022-08-25"]


def test_workbook_lists_its_sheets_with_typed_cells(tmp_path):
    names = ((BRIEF, "definitions"), ("30-training", "definitions"), (BRIEF, "x" * 40))
    tables = [{**TABLE, "brief": brief, "name": name} for brief, name in names]
    first = write_tables_xlsx(tables, tmp_path / "tables.xlsx").read_bytes()
    book = openpyxl.load_workbook(io.BytesIO(first))
    assert book.sheetnames == ["Daftar", "definitions", "definitions~2", "x" * 31]
    index = list(book["Daftar"].values)
    assert index[1][1:5] == ("definitions", BRIEF, 3, 4)
    sheet = book["definitions"]
    assert [cell.value for cell in sheet[1]][:2] == ["Aturan / Rule", "Diam tidak aktif / Silent is inactive"]
    assert sheet["B2"].value == 49
    assert sheet["B3"].value == -3
    assert sheet["D2"].value == 0.5
    assert sheet["D4"].value == datetime(2022, 8, 25)
    assert sheet["D3"].value == "-"
    assert {cell.data_type for row in sheet for cell in row} <= {"s", "n", "d"}
    assert sheet["A3"].value == "'=HYPERLINK(1)"
    assert write_tables_xlsx(tables, tmp_path / "again.xlsx").read_bytes() == first
