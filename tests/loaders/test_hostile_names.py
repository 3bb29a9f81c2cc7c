"""Names with markup, from a file of the office to a published brief: escaped in HTML, Word, PDF, CSV and Excel."""

import csv
import zipfile

import docx
import openpyxl
import pandas as pd
import pypdf
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from kopanalysis.briefs.publish import publish, write_tables_xlsx
from kopanalysis.loaders.load import load_office
from kopanalysis.present.tables import show_table
from kopanalysis.results import Table

from .office_files import REGISTER, coop, write_csv

NAMES = [
    "KSP <script>alert(document.title)</script>",
    "KSP [klik](javascript:x) **tebal** ![x](y)",
    "KSP #import x: * $a$ @b <c> ~",
    r"KSP \input{/etc/hostname} \textbf{x} %",
    "=HYPERLINK(x,y)",
    "@SUM(A:B)*cmd",
    "KSP a\x00\x01\x0bb" .replace("\x00", ""),
]  # fmt: skip


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    folder = tmp_path_factory.mktemp("nasty")
    rows = [coop(number, **{"Nama Koperasi": name}) for number, name in enumerate(NAMES, start=1)]
    write_csv(folder / "daftar 31-12-2021.csv", [REGISTER, *rows])
    office = load_office(folder)
    frame = pd.DataFrame({"name": office.tables["register"]["name"]})
    shown = show_table(Table("daftar", frame, names_units=True))
    output = new_output("execute_result", data=shown._repr_mimebundle_(), execution_count=1)
    cells = [
        *(new_markdown_cell(f"# {title}", metadata={"tags": [f"lang-{lang}"]}) for lang, title in (("id", "Judul"), ("en", "Title"))),
        new_code_cell("show_table(table)", execution_count=1, outputs=[output]),
    ]
    sources = {"S01": {"file": "daftar.csv", "sheet": "daftar", "sha256": "ab" * 32}}
    made = publish(new_notebook(cells=cells), "99-uji", folder / "out", sources)
    write_tables_xlsx(made.tables, folder / "out" / "tables.xlsx")
    return folder / "out", list(frame["name"])


def flat(text):
    return "".join(text.split())


def test_in_html_the_names_are_text(published):
    out, names = published
    page = BeautifulSoup((out / "99-uji.id.html").read_text(encoding="utf-8"), "html.parser")
    cells = [cell.get_text() for cell in page.find("main").find_all("td")]
    for name in names:
        assert name in cells
    table = page.find("main").find("table")
    assert not table.find_all(["script", "a", "img", "strong", "em"])


def test_in_word_the_names_are_text(published):
    out, names = published
    document = docx.Document(str(out / "99-uji.id.docx"))
    cells = {flat(cell.text) for table in document.tables for row in table.rows for cell in row.cells}
    assert {flat(name) for name in names} <= cells
    with zipfile.ZipFile(out / "99-uji.id.docx") as parts:
        assert b"javascript:" not in parts.read("word/_rels/document.xml.rels")


def test_in_pdf_the_names_are_text(published):
    out, names = published
    reader = pypdf.PdfReader(out / "99-uji.id.pdf")
    text = flat("".join(page.extract_text() for page in reader.pages))
    for name in names:
        assert flat(name) in text, name
    targets = [str(note.get_object().get("/A", "")) for page in reader.pages for note in page.get("/Annots", [])]
    assert not any("javascript" in target for target in targets)


def test_in_tables_nothing_is_a_formula(published):
    out, _ = published
    for page in openpyxl.load_workbook(out / "tables.xlsx"):
        for row in page.iter_rows():
            assert all(cell.data_type != "f" for cell in row)
    for path in (out / "tables").glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            assert not any(cell.startswith(("=", "@")) for row in csv.reader(file) for cell in row)
