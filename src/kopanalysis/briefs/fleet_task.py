"""One region's run as a task: the same function in a worker process of our own and on a dask worker."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from kopanalysis.errors import KopanalysisError

MODULE = "kopanalysis.briefs.fleet_task"
STORE, REGION = "store", "region"  # kinds of task
LOST = "lost"  # key of an answer that no process lived to give
AGAIN = "Run again."  # how our own sentences end where nothing but bad luck failed a brief, such as a kernel that was killed


def run_task(task: Mapping[str, Any]) -> dict[str, Any]:
    """Do a task and say what became of it; whatever goes wrong is an answer, not an exception.

    Parameters
    ----------
    task : mapping
        Plain values: ``kind`` (``store`` or ``region``), ``name``, ``data_dir``, and what :func:`run_region` or :func:`read_once` asks for.

    Returns
    -------
    dict
        ``name, seconds``, and ``error`` with ``exit_code`` where it failed as a whole.
    """
    began = time.perf_counter()
    try:
        made = read_once(task) if task["kind"] == STORE else run_region(task)
    except KopanalysisError as error:
        made = {"error": str(error), "exit_code": error.exit_code}
    except Exception as error:
        made = {"error": f"A fault in kopanalysis: {type(error).__name__}: {error}".splitlines()[0][:300], "exit_code": 1}
    return {"name": task["name"], "seconds": round(time.perf_counter() - began, 3), **made}


def read_once(task: Mapping[str, Any]) -> dict[str, Any]:
    """Read the whole folder into its store, in a process that gives its memory back afterwards."""
    from kopanalysis.loaders.store import build_store

    return {"store": str(build_store(task["data_dir"], task["cache"]))}


def run_region(task: Mapping[str, Any]) -> dict[str, Any]:
    """Make the briefs of one region, or find the run that did.

    Parameters
    ----------
    task : mapping
        ``name`` (Kemendagri code), ``data_dir, store, out, as_of, headline_date, langs, edition, only, settings, kernel, force``.

    Returns
    -------
    dict
        ``folder`` (the run), ``portal, found, failures, briefs`` (how many were asked for).
    """
    from kopanalysis.briefs.manifest import briefs_of, pick_briefs
    from kopanalysis.briefs.run import Order, office_settings, report
    from kopanalysis.briefs.study import headline_day, iso_date, last_day
    from kopanalysis.loaders.store import STORE_VARIABLE, open_office

    os.environ[STORE_VARIABLE] = str(task["store"])  # the kernels that the run starts read from it too
    folder = Path(task["data_dir"])
    office = open_office(folder, iso_date(task["as_of"], "--as-of") if task["as_of"] else None, task["name"])
    last = last_day(office)
    usual = str(office_settings(folder).get("report", {}).get("headline_date", ""))
    chosen = pick_briefs(briefs_of(folder), task["only"])
    order = Order(
        folder, tuple(chosen), Path(task["out"]), task["name"], last, headline_day(office, last, task["headline_date"], usual),
        langs=tuple(task["langs"]), edition=task["edition"], settings=dict(task["settings"]), kernel=task["kernel"], force=task["force"],
    )  # fmt: skip
    done = report(order, office, lambda _line: None)
    return {
        "folder": str(done.folder), "portal": str(done.portal), "found": done.found, "failures": done.failures, "briefs": len(chosen),
    }  # fmt: skip


def start_worker(log: IO[str]) -> subprocess.Popen[str]:
    """A process that takes tasks as lines of JSON and answers so; it ends, and all that it started, when its input ends.

    Parameters
    ----------
    log : file
        Gets what libraries print.
    """
    return subprocess.Popen(
        [sys.executable, "-m", MODULE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, encoding="utf-8", bufsize=1,
        start_new_session=os.name != "nt",  # so that Ctrl-C reaches the command alone, which then ends its workers
    )  # fmt: skip


def run_apart(task: Mapping[str, Any]) -> dict[str, Any]:
    """Do a task in a process of its own: what a dask worker runs, since papermill is safe in no thread.

    Parameters
    ----------
    task : mapping
        As in :func:`run_task`.

    Returns
    -------
    dict
    """
    import tempfile

    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as log:
        worker = start_worker(log)
        tasks, answers = pipes(worker)
        try:
            print(json.dumps(dict(task)), file=tasks, flush=True)
            answer = answers.readline()
        except OSError:
            answer = ""
        finally:
            tasks.close()
            worker.wait()
        return dict(json.loads(answer)) if answer else lost(task, log)


def pipes(worker: subprocess.Popen[str]) -> tuple[IO[str], IO[str]]:
    """Where a worker takes tasks, and where it answers."""
    if worker.stdin is None or worker.stdout is None:
        raise RuntimeError("a worker was started without pipes")
    return worker.stdin, worker.stdout


def lost(task: Mapping[str, Any], log: IO[str]) -> dict[str, Any]:
    """The answer of a process that was ended, with the last thing it said."""
    log.seek(0)
    last = next((line.strip() for line in reversed(log.read().splitlines()) if line.strip()), "")
    said = f" Its last words: {last[:200]}" if last else ""
    return {"name": task["name"], "seconds": 0.0, LOST: True, "error": f"its process was ended from outside.{said}", "exit_code": 1}


def worth_another(answer: Mapping[str, Any]) -> bool:
    """Whether nothing but bad luck failed a task: its process was ended from outside, or a brief's sentence says to run again."""
    sentences = (answer.get("error", ""), *answer.get("failures", {}).values())
    return bool(answer.get(LOST)) or any(sentence.rstrip().endswith(AGAIN) for sentence in sentences)


def once_more(answer: Mapping[str, Any], tries: Counter[str]) -> bool:
    """Whether a task is to be done again, which is noted in ``tries``: once, and only where bad luck failed it."""
    if tries[answer["name"]] or not worth_another(answer):
        return False
    tries[answer["name"]] += 1
    return True


def end_offspring() -> None:
    """End every process that this one started, and theirs: kernels, and converters at work."""
    import psutil

    for child in psutil.Process().children(recursive=True):
        try:
            child.kill()
        except psutil.NoSuchProcess:
            continue


def _listen(lines: IO[str], tasks: queue.Queue[str]) -> None:
    """Pass tasks on; when the caller closes the pipe or is gone, end everything at once: a run in the making is swept by the next."""
    for line in lines:
        tasks.put(line)
    end_offspring()
    os._exit(0)


def main() -> None:
    """Take tasks until the input ends."""
    lines = os.fdopen(os.dup(0), encoding="utf-8")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)  # no library may read tasks, and nothing but answers may go where answers go
    os.dup2(2, 1)
    tasks: queue.Queue[str] = queue.Queue()
    threading.Thread(target=_listen, args=(lines, tasks), daemon=True).start()
    while True:
        answer = run_task(json.loads(tasks.get()))
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
