"""Whether all that a reader of a fleet's output can reach is whole: portals, what they link to, and every file of the runs behind them."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Container, Mapping
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote

PICTURE, PICTURE_ENDS = b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"
ZIPPED = (".docx", ".xlsx", ".pptx", ".ods")
ALWAYS = ("numbers.json", "trace.json", "tables.xlsx")
LEFTOVERS = ("*/*/runs/.staging-*", ".store/.staging-*")
LINK = re.compile(r"""href=["']?([^"'#> ][^"'#>]*|[^"'#> ]+)""")
ELSEWHERE = ("http:", "https:", "data:", "mailto:")


def runs_shown(out: Path) -> dict[str, list[Path]]:
    """Folders of the runs that each region's portals point to: the newest run, and older ones that lend a brief."""
    shown: dict[str, list[Path]] = {}
    for path in sorted(out.glob("*/*/latest.json")):
        latest = json.loads(path.read_text(encoding="utf-8"))
        keys = dict.fromkeys((latest["run"], *latest["briefs"].values()))
        shown.setdefault(path.parents[1].name, []).extend(path.parent / "runs" / key for key in keys)
    return shown


def regions_whole(out: Path) -> dict[str, list[Path]]:
    """Of :func:`runs_shown` the regions whose runs all say that they are complete."""
    return {code: runs for code, runs in runs_shown(out).items() if all(_about(run).get("complete") for run in runs)}


def faults(out: Path, codes: list[str] | None = None, over: bool = True, known: Container[Path] = ()) -> list[str]:
    """What is wrong with an output.

    Parameters
    ----------
    out : pathlib.Path
    codes : list of str, optional
        Regions that must be there.
    over : bool
        Whether nothing is at work any more, so that nothing half made may lie about, and no run may lack the briefs that it says failed:
        while the fleet goes on it does such a region once more.
    known : container of pathlib.Path
        Runs that were looked at before and are known to be the same still.
    """
    shown = runs_shown(out)
    wrong = [f"{code} has no run" for code in codes or [] if code not in shown]
    if over:
        wrong += [f"left: {path.relative_to(out)}" for pattern in LEFTOVERS for path in out.glob(pattern)]
    for runs in shown.values():
        wrong += [f"{run.relative_to(out)}: {what}" for run in runs if run not in known for what in faults_of_run(run, over)]
        wrong += [f"{run.parents[1].relative_to(out)}: {what}" for run in runs for what in dead_links(run.parents[1] / "index.html")]
    return wrong


def faults_of_run(run: Path, over: bool = True) -> list[str]:
    """What is wrong with one run: files that its ``run.json`` or its numbers promise and that aren't there, and files that are broken."""
    about = _about(run)
    if not about.get("complete") and (over or not about.get("failures")):
        return [f"run.json is missing or broken, or says that the run isn't complete: {' '.join(about.get('failures', {}).values())}"]
    briefs = [brief for brief in about["briefs"] if brief not in about["failures"]]
    pages = [f"{brief}.{lang}.{ending}" for brief in briefs for lang in about["languages"] for ending in ("html", "pdf", "docx")]
    internal = ["load.json"] if about["edition"] == "internal" else []
    promised = [*ALWAYS, *internal, *(f"{brief}.ipynb" for brief in briefs), *pages]
    wrong = [f"{name} is missing" for name in promised if not (run / name).is_file()]
    wrong += [f"{path.relative_to(run)} {what}" for path in sorted(run.rglob("*")) if path.is_file() and (what := broken(path))]
    wrong += [f"{page} {what}" for page in pages if page.endswith("html") for what in dead_links(run / page)]
    return wrong + _faults_of_numbers(run, briefs)


def _faults_of_numbers(run: Path, briefs: list[str]) -> list[str]:
    numbers, trace = _json(run / "numbers.json"), _json(run / "trace.json")
    if not numbers or not trace:
        return ["numbers.json or trace.json holds nothing"]
    known = {entry["brief"] for entry in numbers}
    wrong = [f"no number of {brief} is in numbers.json" for brief in briefs if brief not in known]
    return wrong + [f"{entry['id']} is not in trace.json" for entry in numbers if entry["id"] not in trace]


def broken(path: Path) -> str:
    """Why a file can't be whole, empty where it may be."""
    try:
        data, kind = path.read_bytes(), path.suffix
    except OSError as error:
        return f"can't be read: {error.strerror}"
    if not data:
        return "is empty"
    if kind == ".pdf":
        return "" if data.startswith(b"%PDF") and data.rstrip().endswith(b"%%EOF") else "is cut: no PDF from first to last byte"
    if kind in ZIPPED:
        return _broken_zip(path)
    if kind in (".html", ".svg"):
        return "" if data.rstrip().endswith(f"</{kind[1:]}>".encode()) else f"is cut: it doesn't end with </{kind[1:]}>"
    if kind == ".png":
        return "" if data.startswith(PICTURE) and data.endswith(PICTURE_ENDS) else "is cut: no PNG from first to last byte"
    if kind in (".json", ".ipynb"):
        return "" if _json(path) is not None else "is no JSON"
    return "" if data.endswith(b"\n") else "is cut: its last line has no end"


def _broken_zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as parts:
            bad = parts.testzip()
            return f"is broken at {bad}" if bad else "" if parts.namelist() else "holds nothing"
    except (zipfile.BadZipFile, EOFError, OSError) as error:
        return f"is broken: {error}"


def dead_links(page: Path) -> list[str]:
    """Files that a page links to and that aren't there."""
    try:
        text = page.read_text(encoding="utf-8")
    except OSError:
        return [f"{page.name} is missing"]
    local = {unquote(unescape(link).partition("?")[0]) for link in LINK.findall(text) if not link.startswith(ELSEWHERE)}
    return [f"links to {link}, which is missing" for link in sorted(local) if not (page.parent / link).exists()]


def fingerprints(out: Path) -> dict[str, str]:
    """Hash of every file of the runs of regions that are whole, by its path."""
    files = [path for runs in regions_whole(out).values() for run in runs for path in run.rglob("*") if path.is_file()]
    return {path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _about(run: Path) -> dict[str, Any]:
    about = _json(run / "run.json")
    return about if isinstance(about, dict) else {}


def changed(before: Mapping[str, str], out: Path) -> list[str]:
    """Files that were there before and are gone or other ones now."""
    now = fingerprints(out)
    return [f"{name} is {'another' if name in now else 'gone'}" for name, digest in before.items() if now.get(name) != digest]


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
