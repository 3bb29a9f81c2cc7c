"""Notebooks on warm kernels beside their rivals, and the floor: the same cells in an interpreter that has run them before.

python tests/bench/bench_notebooks.py [--rounds N] [--only NAME,...] [--skip-report] [--skip-rivals]; medians, in turns in one run.
Rivals: papermill's own API, nbclient, nbconvert --execute, and ploomber-engine where it is installed (pip install ploomber-engine).
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

os.environ |= {"JUPYTER_PREFER_ENV_PATH": "1", "PLOOMBER_STATS_ENABLED": "false"}

import nbformat
import psutil

from kopanalysis import memory
from kopanalysis.briefs import execute, kernel, warm
from kopanalysis.briefs.manifest import briefs

QUIET = ["--IPKernelApp.log_level=50"]
SHORT = "short"
SHORT_CELLS = (  # what an analyst tries first: read the data, one table
    "import kopanalysis as ka\nfrom kopanalysis.briefs import why_inactive as pages\nstudy = ka.open_study(headline_date='2022-08-25')",
    "definitions = ka.definitions_table(study.headline_panel, study.headline_date)\ndefinitions.tidy()",
    "pages.complete_page(study, definitions, 'no_rat_3y', 'legal')",
)


def short_notebook() -> nbformat.NotebookNode:
    spec = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in SHORT_CELLS], metadata={"kernelspec": spec})


def done(path: Path) -> Path:
    return path.with_suffix(".done.ipynb")


def warm_papermill(path: Path) -> None:
    import papermill

    papermill.execute_notebook(str(path), str(done(path)), kernel_name=kernel.WARM_KERNEL, **execute._engine(600))


def plain_papermill(path: Path) -> None:
    import papermill

    papermill.execute_notebook(str(path), str(done(path)), kernel_name="python3", progress_bar=False, extra_arguments=QUIET)


def nbclient(path: Path) -> None:
    from nbclient import NotebookClient

    NotebookClient(nbformat.read(path, as_version=4), kernel_name="python3", timeout=600, extra_arguments=QUIET).execute()


def nbconvert(path: Path) -> None:
    command = [sys.executable, "-m", "nbconvert", "--execute", "--to", "notebook", "--output-dir", str(path.parent / "out"), str(path)]
    subprocess.run(command, check=True, capture_output=True)


def ploomber(path: Path) -> None:
    """In a process of its own: it runs the cells in the process that calls it, and a second notebook would find everything imported."""
    script = "import sys; from ploomber_engine import execute_notebook; execute_notebook(sys.argv[1], sys.argv[2], progress_bar=False)"
    subprocess.run([sys.executable, "-c", script, str(path), str(done(path))], check=True, capture_output=True)


def rivals() -> dict[str, Callable[[Path], None]]:
    found = {"papermill": plain_papermill, "nbclient": nbclient, "nbconvert --execute": nbconvert}
    return found | ({"ploomber-engine": ploomber} if importlib.util.find_spec("ploomber_engine") else {})


class Floor:
    """An interpreter that ran the cells once and runs them again when told to."""

    def __init__(self, path: Path) -> None:
        command = [sys.executable, __file__, "--floor", str(path)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")
        self.run()

    def run(self, _path: Path | None = None) -> float:
        """Seconds the cells took."""
        assert self.process.stdin
        assert self.process.stdout
        print("", file=self.process.stdin, flush=True)
        return float(self.process.stdout.readline())

    def close(self) -> None:
        self.process.communicate()


def serve_floor(path: Path) -> None:
    from IPython.core.interactiveshell import InteractiveShell

    answers, sys.stdout = sys.stdout, io.StringIO()
    shell = InteractiveShell.instance()
    cells = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    for _ in sys.stdin:
        shell.reset(new_session=False)
        memory.forget()
        began = time.perf_counter()
        for source in cells:
            with contextlib.redirect_stdout(io.StringIO()):
                shell.run_cell(source).raise_error()
        print(time.perf_counter() - began, file=answers, flush=True)


@dataclass(frozen=True)
class Took:
    """Of one run: seconds on the clock, and seconds of all processors, which other work on the machine hardly changes."""

    clock: float
    cpu: float


def timed(run: Callable[[Path], Any], path: Path, *servers: psutil.Process) -> Took:
    """Time a run in this process, its children, and the processes that work for it."""
    began, used = time.perf_counter(), cpu_seconds(psutil.Process(), *servers)
    run(path)
    return Took(time.perf_counter() - began, cpu_seconds(psutil.Process(), *servers) - used)


def cpu_seconds(*processes: psutil.Process) -> float:
    """Of processes and of all children that they saw end."""
    return sum(sum(process.cpu_times()[:4]) for process in processes)


def middle(runs: list[Took], field: str = "cpu") -> float:
    return statistics.median(getattr(run, field) for run in runs)


def said(runs: list[Took]) -> str:
    clock = [run.clock for run in runs]
    return f"{middle(runs, 'clock'):.2f} s ({min(clock):.2f} to {max(clock):.2f}; {middle(runs):.2f} of processors)"


def bench_notebook(name: str, path: Path, rounds: int, others: dict[str, Callable[[Path], None]]) -> dict[str, list[Took]]:
    floor = Floor(path)
    warm_papermill(path)  # steady state: everything that is imported once is
    runs: dict[str, Callable[[Path], Any]] = {"floor": floor.run, "warm": warm_papermill, **others}
    found: dict[str, list[Took]] = {which: [] for which in runs}
    servers = [psutil.Process(process.pid) for process in (floor.process, warm.line().process) if process]
    for _ in range(rounds):
        for which, run in runs.items():
            found[which].append(timed(run, path, *servers))
    floor.close()
    print(f"{name}: floor {said(found['floor'])}, warm {said(found['warm'])}: {ratio(found['warm'], found['floor'])} the floor")
    for which in others:
        print(f"  {which} {said(found[which])}: {ratio(found[which], found['warm'])} warm")
    print(f"  {where_it_goes(path)}", flush=True)
    return found


def ratio(one: list[Took], other: list[Took]) -> str:
    return f"{middle(one, 'clock') / middle(other, 'clock'):.2f} times ({middle(one) / middle(other):.2f} of processors)"


def where_it_goes(path: Path) -> str:
    """Of the last warm run: cells, and what is left for starting, talking to and ending the kernel."""
    warm_papermill(path)
    executed = nbformat.read(done(path), as_version=4)
    cells = sorted(
        ((cell.metadata.papermill.duration or 0.0, cell.source.strip().splitlines()[-1][:50]) for cell in executed.cells), reverse=True
    )
    whole = executed.metadata.papermill.duration
    dear = "; ".join(f"{seconds:.2f} {source}" for seconds, source in cells[:4])
    inside = sum(seconds for seconds, _ in cells)
    return f"profile of a warm run: {whole:.2f} s = cells {inside:.2f} + kernel {whole - inside:.2f}; dearest cells: {dear}"


def bench_report(rounds: int) -> None:
    """Report, from nothing, in all formats and both languages, beside plain papermill and nbconvert to HTML in one language."""

    shares: dict[str, float] = {}

    def fresh(_: Path) -> None:
        with tempfile.TemporaryDirectory() as folder:
            call(["-m", "kopanalysis.cli", "report", "--out", folder])
            shares.update(json.loads(next(Path(folder).glob("*/*/runs/*/run.json")).read_text(encoding="utf-8"))["seconds"])

    def naive(_: Path) -> None:
        with tempfile.TemporaryDirectory() as folder:
            call([__file__, "--plain-report", folder])

    ours, plain = [], []
    for _ in range(rounds):
        ours.append(timed(fresh, Path()))
        plain.append(timed(naive, Path()))
    print(f"report of {len(briefs())} briefs {said(ours)}; papermill and nbconvert, HTML, one language {said(plain)}: {ratio(plain, ours)}")
    print(f"  profile of the last report, steps overlap: {'; '.join(f'{step} {seconds:.1f}' for step, seconds in shares.items())}")


def plain_report(folder: Path) -> None:
    """What one would write first: each notebook through papermill, then through nbconvert."""
    import papermill
    from nbconvert import HTMLExporter

    for name, brief in briefs().items():
        papermill.execute_notebook(str(brief.notebook), str(folder / f"{name}.ipynb"), progress_bar=False)
        html, _ = HTMLExporter(exclude_input=True).from_filename(str(folder / f"{name}.ipynb"))
        (folder / f"{name}.html").write_text(html, encoding="utf-8")


def bench_start() -> None:
    """Import of the package and --help, each less a bare interpreter's start where that is said."""
    commands = {"bare interpreter": ["-c", "pass"], "import kopanalysis": ["-c", "import kopanalysis"]}
    commands |= {f"{word} --help": ["-m", "kopanalysis.cli", *word.split()[1:], "--help"] for word in ("kopanalysis", "kopanalysis report")}
    for name, words in commands.items():
        print(f"{name} {said([timed(lambda _, words=words: call(words), Path()) for _ in range(7)])}")


def call(words: list[str]) -> None:
    subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="")
    parser.add_argument("--skip-rivals", action="store_true", help="papermill alone")
    parser.add_argument("--skip-report", action="store_true")
    parser.add_argument("--json", help="keep the seconds of every run")
    parser.add_argument("--floor", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--plain-report", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.floor or given.plain_report:
        serve_floor(given.floor) if given.floor else plain_report(given.plain_report)
        return
    bench_start()
    why = kernel.warm_kernel()
    if why:
        print(f"no warm kernels here: {why}")
        return
    others = {"papermill": plain_papermill} if given.skip_rivals else rivals()
    kept = {}
    with tempfile.TemporaryDirectory() as folder:
        picked = [name for name in (SHORT, *briefs()) if not given.only or name in given.only.split(",")]
        for name in picked:
            path = Path(folder) / f"{name}.ipynb"
            nbformat.write(short_notebook() if name == SHORT else nbformat.read(briefs()[name].notebook, as_version=4), path)
            found = bench_notebook(name, path, given.rounds, others)
            kept[name] = {which: [asdict(run) for run in runs] for which, runs in found.items()}
    warm.close()
    if not given.skip_report:
        bench_report(given.rounds)
    if given.json:
        Path(given.json).write_text(json.dumps(kept, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
