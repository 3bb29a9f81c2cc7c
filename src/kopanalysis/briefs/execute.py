"""Notebooks become executed notebooks: papermill on warm kernels where they can be had, a failure said in a sentence."""

from __future__ import annotations

import functools
import multiprocessing
import os
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kopanalysis.briefs import warm
from kopanalysis.briefs.lean import no_grammar
from kopanalysis.briefs.manifest import Brief
from kopanalysis.errors import NotebookError
from kopanalysis.memory import memory_of_run
from kopanalysis.results import EDITION_VARIABLE

if TYPE_CHECKING:
    from kopanalysis.briefs.run import Order
    from kopanalysis.loaders.load import Office

# A kernel's warnings are about the machine, not about the brief; nobody looks up what a report typed.
KERNEL_ARGUMENTS = ["--IPKernelApp.log_level=50", "--HistoryManager.hist_file=:memory:"]
PLAIN_KERNEL = "python3"
Executed = tuple[Path, float]


def begin_kernels(wish: str) -> None:
    """Let the warm parent import its stack while the caller reads the data; nothing where plain kernels are wished for.

    Parameters
    ----------
    wish : {"", "warm", "plain"}
    """
    if wish != "plain":
        warm.begin()


def kernel_for(wish: str, tell: Callable[[str], None]) -> str:
    """Kernelspec for a wish: warm where it can be had, else plain, which is said only to who asked for warm.

    Parameters
    ----------
    wish : {"", "warm", "plain"}
    tell : callable
        Gets the sentence.

    Returns
    -------
    str
    """
    if wish == "plain":
        return PLAIN_KERNEL
    from kopanalysis.briefs.kernel import WARM_KERNEL, warm_kernel

    why = warm_kernel()
    if why and wish == "warm":
        tell(f"plain kernels, since warm ones can't be had: {why}")
    return PLAIN_KERNEL if why else WARM_KERNEL


@contextmanager
def executing(
    order: Order, office: Office, stage: Path, tell: Callable[[str], None]
) -> Iterator[list[tuple[Brief, Callable[[], Executed]]]]:
    """Run the notebooks of an order.

    Parameters
    ----------
    order : Order
    office : Office
        What was read for it.
    stage : pathlib.Path
        Gets the executed notebooks.
    tell : callable

    Yields
    ------
    list of (Brief, callable)
        Each brief with a call that waits for its executed notebook, as :func:`execute`. Leaving the block early ends the kernels.
    """
    from kopanalysis.briefs.study import hand_on

    kernel = kernel_for(order.kernel, tell)
    os.environ[EDITION_VARIABLE] = order.edition
    with memory_of_run():
        hand_on(office, order.data_dir, order.as_of, order.region)
        yield from _executing(order, stage, kernel, min(order.jobs, len(order.briefs)))


def _executing(order: Order, stage: Path, kernel: str, jobs: int) -> Iterator[list[tuple[Brief, Callable[[], Executed]]]]:
    if jobs == 1:
        yield [(brief, functools.partial(execute, order, brief, stage, kernel)) for brief in order.briefs]
        return
    pool = _pool(kernel, jobs)
    try:
        yield [(brief, pool.submit(execute, order, brief, stage, kernel).result) for brief in order.briefs]
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        warm.close()  # its kernels end, and so do the threads that wait for them
        raise
    pool.shutdown()


def _pool(kernel: str, jobs: int) -> Executor:
    """Threads for warm kernels: all the work is in the kernels, and papermill, which changes the folder of its process, is given none.

    Plain kernels keep a process each, which a terminal's interrupt reaches.
    """
    if kernel == PLAIN_KERNEL:
        return ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"))
    return ThreadPoolExecutor(jobs, "notebook")


def execute(order: Order, brief: Brief, stage: Path, kernel: str = PLAIN_KERNEL) -> Executed:
    """Run one notebook with papermill.

    Parameters
    ----------
    order : Order
    brief : Brief
    stage : pathlib.Path
    kernel : str
        Name of a kernelspec.

    Returns
    -------
    path : pathlib.Path
        The executed notebook.
    seconds : float

    Raises
    ------
    NotebookError
        Naming the cell and the error; the executed copy is moved to ``failed/``.
    """
    with no_grammar():
        import papermill

    os.environ.setdefault("JUPYTER_PREFER_ENV_PATH", "1")
    os.environ[EDITION_VARIABLE] = order.edition
    os.environ.update(warm.one_thread(os.environ))
    path = stage / f"{brief.name}.ipynb"
    began = time.perf_counter()
    try:
        papermill.execute_notebook(
            str(brief.notebook), str(path), parameters=order.parameters(brief), kernel_name=kernel, **_engine(order.cell_seconds)
        )
    except papermill.exceptions.PapermillExecutionError as error:
        (stage / "failed").mkdir(exist_ok=True)
        shutil.move(path, stage / "failed" / path.name)
        said = f"{error.ename}: {error.evalue}".splitlines()[0][:300]
        raise NotebookError(
            f"{brief.name} stopped at cell {error.cell_index}: {said}", mend=f"See failed/{path.name} in the run."
        ) from None
    except TimeoutError as error:
        path.unlink(missing_ok=True)
        said, mend = str(error).splitlines()[0][:200], f"No cell may run longer than {order.cell_seconds} seconds."
        raise NotebookError(f"{brief.name} took too long: {said}", mend=mend) from None
    except (RuntimeError, OSError) as error:  # a kernel that died or doesn't answer
        path.unlink(missing_ok=True)
        raise NotebookError(f"{brief.name} lost its kernel: {str(error).splitlines()[0][:200]}", mend="Run again.") from None
    return path, time.perf_counter() - began


def _engine(cell_seconds: int) -> dict[str, Any]:
    """What papermill and nbclient are told so that they only execute: no bar, no log, no copy saved at each cell, no slow goodbye."""
    from kopanalysis.briefs.kernel import QuickManager

    return {
        "progress_bar": False, "log_output": False, "request_save_on_cell_execute": False, "autosave_cell_every": 0,
        "execution_timeout": cell_seconds, "shutdown_kernel": "immediate", "kernel_manager_class": QuickManager,
        "extra_arguments": KERNEL_ARGUMENTS,
    }  # fmt: skip
