"""Worker processes of one machine: tasks handed out as memory allows, a killed worker's task done once more, nobody left behind."""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import tempfile
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import psutil

from kopanalysis.briefs.fleet_task import lost, once_more, pipes, start_worker

NEEDED = 900 * 2**20  # bytes a region's run takes at its height: worker, kernel and converters
MOST_KEPT = 1200 * 2**20  # bytes that an idle worker may hold before it is replaced
TICK_S = 0.5
GROUP_LIMIT, GROUP_USED = Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")


@dataclass(eq=False)
class Worker:
    """A process at work: its task, and what it has started since, so that this can be ended when the worker can't do it."""

    process: subprocess.Popen[str]
    log: IO[str]
    task: Mapping[str, Any] | None = None
    kin: dict[int, psutil.Process] = field(default_factory=dict)


Events = queue.Queue[tuple[Worker, str]]


def run_all(
    tasks: Iterable[Mapping[str, Any]], workers: int, needed: int = NEEDED, free: Callable[[], int] | None = None
) -> Iterator[dict[str, Any]]:
    """Do tasks in worker processes and give their answers as they come.

    Parameters
    ----------
    tasks : iterable of mapping
        As in :func:`kopanalysis.briefs.fleet_task.run_task`.
    workers : int
        At most so many at a time.
    needed : int
        Bytes that must be free before another task is started beside one that runs.
    free : callable, optional
        Gives the bytes that are free; default: :func:`free_memory`.

    Yields
    ------
    dict
        Of each task one answer. A task whose process or kernel was killed is done once more before its failure is an answer.
    """
    waiting, tries, events = deque(tasks), Counter[str](), Events()
    free = free or free_memory
    crew: list[Worker] = []
    answers: list[dict[str, Any]] = []
    try:
        while waiting or any(worker.task for worker in crew):
            while waiting and _may_start(crew, workers, needed, free):
                _give(_idle(crew, events), waiting.popleft())
            yield from answers  # only now: whoever takes them may be long about it, and nobody need wait for that
            answers = []
            for worker, line in _happened(crew, events):
                task, worker.task = worker.task, None
                answer = json.loads(line) if line else _buried(worker, task, crew)
                if line and _size(worker) > MOST_KEPT:
                    _end(worker, crew)
                if task and once_more(answer, tries):
                    waiting.append(task)
                elif task:
                    answers.append(answer)
        yield from answers
    finally:
        for worker in list(crew):
            _end(worker, crew)


def free_memory() -> int:
    """Bytes that can still be had: of the machine, and of the group of processes where that has a limit of its own."""
    free = psutil.virtual_memory().available
    with contextlib.suppress(OSError, ValueError):
        free = min(free, int(GROUP_LIMIT.read_text(encoding="utf-8")) - int(GROUP_USED.read_text(encoding="utf-8")))
    return int(free)


def _may_start(crew: list[Worker], workers: int, needed: int, free: Callable[[], int]) -> bool:
    """One task always runs; another beside it only where a worker is left and memory allows."""
    busy = sum(worker.task is not None for worker in crew)
    return busy == 0 or (busy < workers and free() >= needed)


def _idle(crew: list[Worker], events: Events) -> Worker:
    for worker in crew:
        if worker.task is None and worker.process.poll() is None:
            return worker
    log = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115  # closed when the worker ends
    worker = Worker(start_worker(log), log)
    crew.append(worker)
    threading.Thread(target=_hear, args=(worker, events), daemon=True).start()
    return worker


def _hear(worker: Worker, events: Events) -> None:
    """Pass a worker's answers on, and an empty line when it is gone."""
    _, answers = pipes(worker.process)
    with contextlib.suppress(OSError, ValueError):
        for line in answers:
            if line.endswith("\n"):
                events.put((worker, line))
    events.put((worker, ""))


def _give(worker: Worker, task: Mapping[str, Any]) -> None:
    worker.task = task
    tasks, _ = pipes(worker.process)
    with contextlib.suppress(OSError):  # it died meanwhile, which is heard of soon
        print(json.dumps(dict(task)), file=tasks, flush=True)


def _happened(crew: list[Worker], events: Events) -> list[tuple[Worker, str]]:
    """What was heard within a moment; meanwhile note what each worker has started."""
    for worker in crew:
        with contextlib.suppress(psutil.Error):
            worker.kin |= {child.pid: child for child in psutil.Process(worker.process.pid).children(recursive=True)}
    try:
        first = events.get(timeout=TICK_S)
    except queue.Empty:
        return [(worker, "") for worker in crew if worker.task and worker.process.poll() is not None and events.empty()]
    return [first] if first[0] in crew else []


def _buried(worker: Worker, task: Mapping[str, Any] | None, crew: list[Worker]) -> dict[str, Any]:
    worker.process.wait()
    answer = lost(task or {"name": ""}, worker.log)
    _end(worker, crew)
    return answer


def _size(worker: Worker) -> int:
    try:
        return int(psutil.Process(worker.process.pid).memory_info().rss)
    except psutil.Error:
        return 0


def _end(worker: Worker, crew: list[Worker]) -> None:
    """End a worker and all that it started."""
    if worker not in crew:
        return
    crew.remove(worker)
    with contextlib.suppress(psutil.Error):
        worker.kin |= {child.pid: child for child in psutil.Process(worker.process.pid).children(recursive=True)}
    worker.process.kill()
    worker.process.wait()
    for child in worker.kin.values():  # psutil looks at the time a process began: a number given anew is nobody's kin
        with contextlib.suppress(psutil.Error):
            child.kill()
    tasks, _ = pipes(worker.process)
    with contextlib.suppress(OSError):
        tasks.close()
    worker.log.close()
