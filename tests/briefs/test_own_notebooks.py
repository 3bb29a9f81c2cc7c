"""An analyst's own notebook in DATA_DIR/notebooks: run and published like ours, under the same rules."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup

import kopanalysis as ka
from kopanalysis.briefs.edition import one_language
from kopanalysis.briefs.manifest import briefs, briefs_of
from kopanalysis.briefs.run import Order, run_hash
from kopanalysis.resources import PACKAGE, resource

CONTRIBUTING = PACKAGE.parents[1] / "CONTRIBUTING.md"
NAME = "60-sektor"
KERNEL = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}


def recipe() -> tuple[str, str]:
    """The line of briefs.toml and the cells, as CONTRIBUTING shows them."""
    section = CONTRIBUTING.read_text(encoding="utf-8").partition("# A brief of the office's own")[2]
    manifest, cells = (re.search(rf"```{kind}\n(.*?)```", section, re.S) for kind in ("toml", "python"))
    assert manifest is not None
    assert cells is not None
    return manifest[1], cells[1]


def notebook(text: str) -> nbformat.NotebookNode:
    """Cells as CONTRIBUTING writes them: each begins with ``# %%``, its kind and its tag."""
    cells = []
    for part in text.split("# %%")[1:]:
        head, _, source = part.partition("\n")
        tag = re.findall(r"\[(.*)\]", head)
        make = nbformat.v4.new_markdown_cell if "markdown" in head else nbformat.v4.new_code_cell
        cells.append(make(source.strip(), metadata={"tags": tag} if tag else {}))
    return nbformat.v4.new_notebook(cells=cells, metadata=KERNEL)


def office(folder: Path, manifest: str, **notebooks: str) -> Path:
    """A folder with notebooks of its own, as an office would have it."""
    home = folder / "notebooks"
    home.mkdir(parents=True)
    (home / "briefs.toml").write_text(manifest, encoding="utf-8")
    for name, text in notebooks.items():
        nbformat.write(notebook(text), home / f"{name}.ipynb")
    return folder


def kopanalysis(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "kopanalysis.cli", *map(str, words)]
    quiet = {name: value for name, value in os.environ.items() if name != "PYTHONWARNDEFAULTENCODING"}
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=quiet, timeout=300)


def test_the_recipe_has_ten_lines() -> None:
    manifest, cells = recipe()
    lines = [line for line in (manifest + cells).splitlines() if line.strip() and not line.startswith("# %%")]
    assert len(lines) == 10


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], Path]:
    manifest, cells = recipe()
    folder = tmp_path_factory.mktemp("office")
    shutil.copytree(resource("data", "demo"), folder, dirs_exist_ok=True)
    digits = cells.replace("# Koperasi menurut sektor", "# Koperasi menurut sektor: 49 tidak aktif")
    assert digits != cells
    office(folder, manifest + '61-angka = { title_id = "Dengan angka" }\n', **{NAME: cells, "61-angka": digits})
    done = kopanalysis("report", folder, "--only", f"{NAME},61-angka", "--out", folder / "out")
    return done, folder


def test_it_is_published_like_ours(made: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    done, folder = made
    home = next((folder / "out").glob("*/*/latest.json")).parent
    run = home / "runs" / json.loads((home / "latest.json").read_text(encoding="utf-8"))["run"]
    assert f"{NAME}.ipynb" in next(line for line in done.stdout.splitlines() if "own notebooks, which are code" in line)
    for lang in ("id", "en"):
        assert all((run / f"{NAME}.{lang}.{ending}").stat().st_size > 5_000 for ending in ("html", "pdf", "docx"))
        body = BeautifulSoup((run / f"{NAME}.{lang}.html").read_text(encoding="utf-8"), "html.parser")
        assert body.h1 is not None
        assert body.h1.get_text() == "Koperasi menurut sektor"
        assert "Peternakan" in body.get_text()
    assert f'{NAME}.id.html"' in (home / "index.html").read_text(encoding="utf-8")
    english = BeautifulSoup((run / f"{NAME}.en.html").read_text(encoding="utf-8"), "html.parser").get_text()
    assert "in Indonesian only" in english


def test_a_digit_in_its_prose_is_refused(made: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    done, folder = made
    assert done.returncode == 1
    assert "a digit that isn't in the number registry" in done.stderr
    assert not list(folder.glob("out/*/*/runs/*/61-angka.*.html"))


def test_list_names_it_with_its_place(made: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    done = kopanalysis("list", made[1])
    assert f"{NAME}: Koperasi menurut sektor / Koperasi menurut sektor" in done.stdout
    assert str(made[1]) in done.stdout
    assert NAME not in kopanalysis("list").stdout


def test_help_says_that_notebooks_are_code() -> None:
    assert "They are code" in " ".join(kopanalysis("report", "--help").stdout.split())


def test_a_folder_without_notebooks_has_ours_alone(tmp_path: Path) -> None:
    assert briefs_of(tmp_path) == briefs()


def test_ours_come_first_and_are_not_own(tmp_path: Path) -> None:
    manifest, cells = recipe()
    found = list(briefs_of(office(tmp_path, manifest, **{NAME: cells})).values())
    assert [brief.own for brief in found] == [False] * (len(found) - 1) + [True]


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        ('20-why-inactive = { title_id = "x" }', "name of one of our notebooks"),
        ('20-Why-Inactive = { title_id = "x" }', "name of one of our notebooks"),
        ('00-explore = { title_id = "x" }', "name of one of our notebooks"),
        ('"../60-sektor" = { title_id = "x" }', "can't name a brief"),
        ('60-sektor = { question_id = "x" }', "has no title"),
        ('60-lain = { title_id = "x" }', "60-lain.ipynb is missing"),
        ('title_id = "x"', "outside any brief"),
        ("60-sektor = {", "can't be read"),
    ],
)
def test_a_wrong_line_is_one_sentence(tmp_path: Path, manifest: str, said: str) -> None:
    folder = office(tmp_path, manifest, **{NAME: recipe()[1]})
    with pytest.raises(ka.CallError, match=said) as caught:
        briefs_of(folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["data_dir", "edition"])
def test_it_must_take_what_decides_whose_data_and_whose_eyes(tmp_path: Path, name: str) -> None:
    manifest, cells = recipe()
    without = "\n".join(line for line in cells.splitlines() if not line.startswith(f"{name}:"))
    with pytest.raises(ka.CallError, match=f"takes no parameter {name}"):
        briefs_of(office(tmp_path, manifest, **{NAME: without}))


@pytest.mark.parametrize("name", ["data_dir", "edition"])
def test_it_must_use_it_too(tmp_path: Path, name: str) -> None:
    manifest, cells = recipe()
    unused = cells.replace("open_study(data_dir, ", "open_study('', ") if name == "data_dir" else cells.replace(", edition)", ")")
    assert unused != cells
    with pytest.raises(ka.CallError, match=f"never uses its parameter {name}"):
        briefs_of(office(tmp_path, manifest, **{NAME: unused}))


def test_a_changed_notebook_is_another_run(tmp_path: Path, demo_office: ka.Office) -> None:
    manifest, cells = recipe()
    folder = office(tmp_path, manifest, **{NAME: cells})
    (folder / "notebooks" / ".ipynb_checkpoints").mkdir()

    def key() -> str:
        chosen = (briefs_of(folder)[NAME],)
        return run_hash(Order(folder, chosen, tmp_path, "13.11", date(2025, 12, 31), date(2025, 12, 31)), demo_office)

    before = key()
    assert key() == before
    nbformat.write(notebook(cells.replace("sector", "type")), folder / "notebooks" / f"{NAME}.ipynb")
    assert key() != before


def test_one_language_stands_in_for_the_other_and_says_so() -> None:
    found = notebook("# %% markdown [lang-en]\n# By sector\n# %% markdown [lang-en]\nText.")
    texts = {lang: [cell["source"] for cell in one_language(found, lang)["cells"]] for lang in ("id", "en")}  # type: ignore[arg-type]
    assert texts["en"] == ["# By sector", "Text."]
    assert texts["id"] == ["# By sector", "*Teks laporan ini hanya tersedia dalam bahasa Inggris.*", "Text."]
    for path in resource("notebooks").glob("[1-9]*.ipynb"):
        ours = nbformat.read(path, as_version=4)
        assert not [cell for cell in one_language(ours, "en")["cells"] if "lang-id" in cell["metadata"].get("tags", ())]
