"""Make the rendered brief that the README shows: both PDFs and a picture of page one, from the demonstration data."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import typst

BRIEF = "20-why-inactive"
EXAMPLE = Path(__file__).parents[1] / "reports" / "example"


def first_page(pdf: Path) -> bytes:
    """Page one of a PDF as PNG, at a size that a README shows."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(pdf, Path(folder) / "brief.pdf")
        source = Path(folder) / "page.typ"
        source.write_text('#set page(width: 210mm, height: 297mm, margin: 0mm)\n#image("brief.pdf", page: 1)\n', encoding="utf-8")
        return bytes(typst.compile(str(source), format="png", ppi=110))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "kopanalysis.cli", "report", "--only", BRIEF, "--out", folder], check=True)
        latest = next(Path(folder).glob("*/*/latest.json"))
        run = latest.parent / "runs" / json.loads(latest.read_text(encoding="utf-8"))["run"]
        EXAMPLE.mkdir(parents=True, exist_ok=True)
        for lang in ("id", "en"):
            shutil.copy(run / f"{BRIEF}.{lang}.pdf", EXAMPLE)
        (EXAMPLE / f"{BRIEF}.id.png").write_bytes(first_page(run / f"{BRIEF}.id.pdf"))
