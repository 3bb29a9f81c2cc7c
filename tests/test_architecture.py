"""Imports flow one way: errors and results <- loaders <- metrics <- inactivity <- present <- briefs <- cli."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import kopanalysis

PACKAGE = Path(kopanalysis.__file__).parent
STAGES = {"errors": 0, "lineage": 0, "memory": 0, "resources": 0, "results": 0, "suppression": 0, "rules": 0, "loaders": 1, "metrics": 2,
          "inactivity": 3, "impact": 3, "truth": 4, "present": 4, "briefs": 5, "cli": 6}  # fmt: skip
LAZY_EXCEPTION = "results.py"  # .text() and .plot() of a record reach present, inside the method


def stage_of(module: str) -> int:
    return STAGES[module.split(".")[1]]


def imported(tree: ast.AST, *, lazy: bool) -> list[str]:
    """Modules of ours that a file imports; ``lazy``: also inside functions."""
    nodes = ast.walk(tree) if lazy else iter(getattr(tree, "body", []))
    found = []
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("kopanalysis."):
            found.append(node.module or "")
        if isinstance(node, ast.ImportFrom) and node.module == "kopanalysis":
            found += [f"kopanalysis.{alias.name}" for alias in node.names if alias.name in STAGES]
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name.startswith("kopanalysis.")]
    return found


def violations(files: dict[str, str]) -> list[str]:
    """Imports that run against the flow, as ``file imports module``."""
    wrong = []
    for name, source in files.items():
        own = stage_of("kopanalysis." + name.removesuffix(".py").replace("/", "."))
        for module in imported(ast.parse(source), lazy=name != LAZY_EXCEPTION):
            neighbour = own == 3 and stage_of(module) == own and module.split(".")[1] != name.split("/")[0]
            if stage_of(module) > own or neighbour:
                wrong.append(f"{name} imports {module}")
    return wrong


def sources() -> dict[str, str]:
    return {
        path.relative_to(PACKAGE).as_posix(): path.read_text(encoding="utf-8")
        for path in PACKAGE.rglob("*.py")
        if path.name != "__init__.py" and "_share" not in path.parts
    }


def test_imports_flow_one_way() -> None:
    assert violations(sources()) == []


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("loaders/load.py", "from kopanalysis.metrics.panel import build_panel"),
        ("metrics/panel.py", "def f():\n    from kopanalysis.present.numbers import format_value"),
        ("rules.py", "import kopanalysis.loaders.load"),
        ("present/tables.py", "from kopanalysis.briefs import run\nfrom kopanalysis.briefs.run import report"),
    ],
)
def test_a_later_stage_imported_by_an_earlier_one_is_found(name: str, line: str) -> None:
    assert violations({name: line})


def test_every_file_says_its_job_in_its_first_line() -> None:
    for name, source in sources().items():
        words = ast.get_docstring(ast.parse(source)) or ""
        assert len(words.splitlines()[0:1] and words.splitlines()[0]) > 20, name
