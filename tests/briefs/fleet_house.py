"""A copy of the package with one small brief, so that many regions are quick; and ways to watch and end its processes."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import nbformat
import psutil

import kopanalysis
from kopanalysis.resources import resource

BRIEF = "20-why-inactive"
PARAMETERS = """data_dir: str = ""  # folder
region: str = "13.11"  # code
as_of: str = ""  # day
headline_date: str = "2022-08-25"  # day
rule: str = "no_rat_3y"  # rule
silence: str = "legal"  # coding
edition: str = "internal"  # edition"""
OPEN = """import kopanalysis as ka
from kopanalysis.briefs import why_inactive as pages
from kopanalysis.present.sentences import say
study = ka.open_study(data_dir, region, as_of, headline_date, edition)
definitions = ka.definitions_table(study.headline_panel, study.headline_date)"""
SHOW = "pages.title(study, definitions, rule, silence)"
TABLE = 'ka.definitions_grid(definitions, say("why_inactive.definitions_caption"), (rule, silence))'
TITLES = 'title_id = "Satu"\ntitle_en = "One"\nquestion_id = "Berapa?"\nquestion_en = "How many?"\nneeds = ["register"]\n'


def snapshot(folder: Path) -> Path:
    """The package as it is now with all its briefs, so that nobody's edit changes a long run; give the folder for PYTHONPATH."""
    home = folder / "kopanalysis"
    shutil.copytree(Path(kopanalysis.__file__).parent, home, ignore=shutil.ignore_patterns("__pycache__", "_share"))
    for name in ("notebooks", "data"):
        shutil.copytree(resource(name), home / "_share" / name, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    return folder


def build_house(folder: Path) -> Path:
    """The package as it is now with one brief of four cells; give the folder for PYTHONPATH."""
    home = folder / "kopanalysis"
    shutil.copytree(Path(kopanalysis.__file__).parent, home, ignore=shutil.ignore_patterns("__pycache__", "_share"))
    share = home / "_share"
    (share / "notebooks").mkdir(parents=True)
    (share / "data").symlink_to(resource("data"))
    (share / "notebooks" / "briefs.toml").write_text(f"[{BRIEF}]\n{TITLES}", encoding="utf-8")
    book = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}})
    first = nbformat.v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]})
    book.cells = [first, *(nbformat.v4.new_code_cell(source) for source in (OPEN, SHOW, TABLE))]
    for number, cell in enumerate(book.cells):
        cell["id"] = f"cell-{number}"
    nbformat.write(book, share / "notebooks" / f"{BRIEF}.ipynb")
    return folder


def command(*words: object) -> list[str]:
    return [sys.executable, "-m", "kopanalysis.cli", *map(str, words)]


def environment(house: Path) -> dict[str, str]:
    quiet = {name: value for name, value in os.environ.items() if name != "PYTHONWARNDEFAULTENCODING"}
    return quiet | {"PYTHONPATH": str(house)}


def run(house: Path, *words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*words), capture_output=True, text=True, encoding="utf-8", env=environment(house), timeout=300)


def start(house: Path, *words: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command(*words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8", env=environment(house)
    )


def wait_for(found: Callable[[], object], seconds: float = 120.0) -> object:
    """What a function finds, as soon as that is something."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if it := found():
            return it
        time.sleep(0.02)
    raise TimeoutError("it never happened")


def at_work(out: Path) -> int:
    """Process of a worker with a run in the making, 0 where there is none."""
    stages = [path for path in out.glob("*/*/runs/.staging-*") if any(path.iterdir())]
    return int(stages[0].name.rpartition("-")[2]) if stages else 0


def living(out: Path) -> list[psutil.Process]:
    """Processes that were told of this output folder: workers by their orders' store, kernels by what they inherit."""
    found = []
    for process in psutil.process_iter():
        try:
            told = [*process.cmdline(), process.environ().get("KOPANALYSIS_FLEET_TEST", "")]
        except psutil.Error:
            continue
        if str(out) in told and process.pid != os.getpid() and process.status() != psutil.STATUS_ZOMBIE:
            found.append(process)
    return found


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
