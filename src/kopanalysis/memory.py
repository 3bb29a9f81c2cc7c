"""What one notebook of a run worked out and another asks for again: kept in a folder that only this run knows."""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TypeVar

Result = TypeVar("Result")

FOLDER_VARIABLE = "KOPANALYSIS_MEMORY"  # folder of the run that this process belongs to
PREFIX = "kopanalysis-memory-"
WORTH_S = 0.02  # seconds of work from which on a result is kept
_at_work: ContextVar[bool] = ContextVar("at_work", default=False)


def remembered(name: str, given: Any, work: Callable[[], Result]) -> Result:
    """Result of some work, found again where another notebook of the same run did it on the very same values.

    Outside a run, and inside of work that is itself remembered, it is simply done.

    Parameters
    ----------
    name : str
        Of the function that works.
    given : object
        All that it works on; what can't be written down is not remembered.
    work : callable
        Must depend on that, the edition, the office's rules and the run alone, change none of it, and draw no unseeded number.

    Returns
    -------
    object
        The work's result, or a copy of it.
    """
    folder = os.environ.get(FOLDER_VARIABLE, "")
    key = fingerprint((name, given, _settings())) if folder and not _at_work.get() else ""
    if not key:
        return work()
    path = Path(folder, key)
    with suppress(OSError, EOFError, pickle.UnpicklingError):
        return pickle.loads(path.read_bytes())[0]
    before, began = _at_work.set(True), time.perf_counter()
    try:
        result = work()
    finally:
        _at_work.reset(before)
    if time.perf_counter() - began > WORTH_S:
        _keep(path, result)
    return result


def _settings() -> tuple[Any, ...]:
    from kopanalysis import results, rules

    return results.edition(), rules.overrides()


def fingerprint(value: Any) -> str:
    """Hash of a value's content, whichever objects hold it; empty where it can't be written down."""
    written = io.BytesIO()
    pickler = pickle.Pickler(written, pickle.HIGHEST_PROTOCOL)
    pickler.fast = True  # else it tells two equal texts from one text used twice
    try:
        pickler.dump(value)
    except (pickle.PicklingError, AttributeError, TypeError, ValueError, RecursionError):
        return ""
    return hashlib.blake2b(written.getbuffer(), digest_size=20).hexdigest()


def _keep(path: Path, result: Any) -> None:
    """Write it whole or not at all; in a list, for None is a result too."""
    part = path.with_suffix(f".{os.getpid()}")
    with suppress(OSError, pickle.PicklingError, AttributeError, TypeError, RecursionError):
        part.write_bytes(pickle.dumps([result], pickle.HIGHEST_PROTOCOL))
        part.replace(path)


@contextmanager
def memory_of_run() -> Iterator[None]:
    """Give the processes that are started within it a folder to remember in; it goes when the run is over.

    Only this user can read or write there: what is read from it is trusted like code. Folders of killed runs are swept.
    """
    import psutil

    for old in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        maker = old.name.removeprefix(PREFIX).partition("-")[0]
        if maker.isdigit() and not psutil.pid_exists(int(maker)):
            shutil.rmtree(old, ignore_errors=True)
    before = os.environ.get(FOLDER_VARIABLE)
    folder = tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-")
    os.environ[FOLDER_VARIABLE] = folder
    try:
        yield
    finally:
        os.environ.pop(FOLDER_VARIABLE, None)
        if before is not None:
            os.environ[FOLDER_VARIABLE] = before
        shutil.rmtree(folder, ignore_errors=True)
