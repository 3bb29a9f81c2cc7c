"""What one notebook of a run worked out and another asks for again: kept in a folder that only this run knows."""

from __future__ import annotations

import copyreg
import functools
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

import pandas as pd

Result = TypeVar("Result")

FOLDER_VARIABLE = "KOPANALYSIS_MEMORY"  # folder of the run that this process belongs to
PREFIX = "kopanalysis-memory-"
WORTH_S = 0.02  # seconds of work from which on a result is kept
LOOKED_AT = (
    pd.arrays.BooleanArray, pd.arrays.DatetimeArray, pd.arrays.FloatingArray, pd.arrays.IntegerArray, pd.arrays.TimedeltaArray,
)  # fmt: skip
_at_work: ContextVar[bool] = ContextVar("at_work", default=False)
_held: list[dict[str, Any]] = []  # of every function that works once


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


def keep(name: str, given: Any, result: Any) -> None:
    """Keep for the run what :func:`remembered` would have worked out; nothing outside of one.

    Parameters
    ----------
    name, given
        As of :func:`remembered`.
    result : object
        What that work gives.
    """
    folder = os.environ.get(FOLDER_VARIABLE, "")
    key = fingerprint((name, given, _settings())) if folder else ""
    if key:
        _keep(Path(folder, key), result)


def forget() -> None:
    """Empty what :func:`once` holds: a second run that is timed must work as the first did."""
    for held in _held:
        held.clear()


def once(most: int) -> Callable[[Callable[..., Result]], Callable[..., Result]]:
    """Do work that one process asks for again on the very same values but once.

    Parameters
    ----------
    most : int
        Results that are held, those asked for last. They are shared, so never to be changed; frames of a large district take room.

    Returns
    -------
    callable
        Decorator; the work must depend on its positional arguments, the edition and the office's rules alone.
    """

    def decorate(work: Callable[..., Result]) -> Callable[..., Result]:
        held: dict[str, Result] = {}
        _held.append(held)

        @functools.wraps(work)
        def wrapper(*given: Any) -> Result:
            key = fingerprint((given, _settings()))
            result = held.pop(key) if key in held else work(*given)
            if key:
                held[key] = result
            if len(held) > most:
                held.pop(next(iter(held)), None)
            return result

        return wrapper

    return decorate


def _settings() -> tuple[Any, ...]:
    from kopanalysis import results, rules

    return results.edition(), rules.overrides()


def fingerprint(value: Any) -> str:
    """Hash of a value's content, whichever objects hold it; empty where it can't be written down."""
    written = io.BytesIO()
    pickler = pickle.Pickler(written, pickle.HIGHEST_PROTOCOL)
    pickler.dispatch_table = copyreg.dispatch_table | dict.fromkeys(LOOKED_AT, _as_held)
    pickler.fast = True  # else it tells two equal texts from one text used twice
    try:
        pickler.dump(value)
    except (pickle.PicklingError, AttributeError, TypeError, ValueError, RecursionError):
        return ""
    return hashlib.blake2b(written.getbuffer(), digest_size=20).hexdigest()


def _as_held(array: Any) -> tuple[Any, ...]:
    """How pandas writes an array, less its caches: those say who has looked at it, not what it holds. For a key; nobody reads it back."""
    make, given, state = array.__reduce_ex__(2)[:3]
    parts = state if isinstance(state, tuple) else (state,)
    held = [{name: value for name, value in part.items() if name != "_cache"} if isinstance(part, dict) else part for part in parts]
    return make, given, tuple(part for part in held if not isinstance(part, dict) or part)


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
