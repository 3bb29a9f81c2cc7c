"""Run every notebook on the demonstration data and keep only the outputs of cells tagged nbval-check-output."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
KEPT = "nbval-check-output"


def refreshed(path: Path) -> nbformat.NotebookNode:
    """Execute a notebook; no output but the checked ones, no trace of the execution."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, kernel_name="python3", timeout=300, extra_arguments=["--IPKernelApp.log_level=50"]).execute()
    checked = 0
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            kept = KEPT in cell.metadata.get("tags", [])
            checked += kept
            cell.execution_count = checked if kept else None  # nbval takes an output without a count for a mistake
            if not kept:
                cell.outputs = []
            for output in cell.outputs:
                output.pop("execution_count", None)
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return notebook


if __name__ == "__main__":
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        nbformat.write(refreshed(path), path)
        print(f"refreshed {path.name}")
