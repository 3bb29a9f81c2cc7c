"""Notebooks in git: thin, typed, in two languages, without a trace of an execution."""

from __future__ import annotations

import ast
from pathlib import Path

import nbformat
import pytest

from kopanalysis.briefs.manifest import briefs, read_parameters
from kopanalysis.resources import resource

NOTEBOOKS = sorted(resource("notebooks").glob("*.ipynb"))
CHECKED = "nbval-check-output"
NO_BRIEF = ("00-explore",)  # for looking around: nothing of it is published


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request: pytest.FixtureRequest) -> nbformat.NotebookNode:
    return nbformat.read(request.param, as_version=4)


def tags(cell: nbformat.NotebookNode) -> list[str]:
    return list(cell.metadata.get("tags", []))


def test_kernelspec_and_no_execution_metadata(notebook: nbformat.NotebookNode) -> None:
    assert notebook.metadata.kernelspec.name == "python3"
    assert "papermill" not in notebook.metadata
    assert all("execution" not in cell.metadata for cell in notebook.cells)
    assert all(cell.execution_count is None for cell in notebook.cells if cell.cell_type == "code" and CHECKED not in tags(cell))


def test_outputs_only_where_they_are_checked(notebook: nbformat.NotebookNode) -> None:
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert bool(cell.outputs) == (CHECKED in tags(cell)), cell.source


def test_cells_are_thin(notebook: nbformat.NotebookNode) -> None:
    for cell in notebook.cells:
        if cell.cell_type == "code":
            tree = ast.parse(cell.source)
            assert not any(isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.For, ast.If)) for node in ast.walk(tree)), cell.source
            assert len(cell.source.splitlines()) <= 10 or "parameters" in tags(cell)  # one setting a line
            assert "%" not in cell.source.splitlines()[0][:1]


def test_every_heading_stands_in_both_languages(notebook: nbformat.NotebookNode) -> None:
    markdown = [cell for cell in notebook.cells if cell.cell_type == "markdown" and "notebook-only" not in tags(cell)]
    counts = [sum(f"lang-{lang}" in tags(cell) for cell in markdown) for lang in ("id", "en")]
    assert counts[0] == counts[1] > 0


def test_one_title(notebook: nbformat.NotebookNode) -> None:
    assert sum(cell.source.startswith("# ") for cell in notebook.cells if cell.cell_type == "markdown") == 1


def test_the_manifest_and_the_notebooks_agree() -> None:
    assert {brief.notebook for brief in briefs().values()} == {path for path in NOTEBOOKS if path.stem not in NO_BRIEF}
    for path in NOTEBOOKS:
        for parameter in read_parameters(path):
            assert parameter.type in ("str", "int", "float", "bool")
            assert parameter.help, parameter.name


def test_nbval_notices_one_changed_digit(tmp_path: Path) -> None:
    """A golden cell is itself tested to fail."""
    import subprocess
    import sys

    source = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(
                "print('inactive 49')",
                metadata={"tags": [CHECKED]},
                outputs=[nbformat.v4.new_output("stream", text="inactive 48\n")],
                execution_count=1,
            )
        ],
        metadata={"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
    )
    nbformat.write(source, tmp_path / "changed.ipynb")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--nbval-lax", "--nbval-current-env", "-c", "/dev/null"]
    done = subprocess.run([*command, str(tmp_path)], capture_output=True, text=True, encoding="utf-8", timeout=120)
    assert done.returncode == 1
    assert "1 failed" in done.stdout
