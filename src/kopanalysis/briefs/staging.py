"""Where a run is made before any reader sees it, how it takes its place, and what a killed one leaves."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

STAGING = ".staging-"  # folders that no reader sees: run and process follow
ASIDE = f"{STAGING}old-"


@contextmanager
def staging(home: Path, key: str) -> Iterator[Path]:
    """A folder that no reader sees, gone afterwards; what killed runs left is swept first.

    Parameters
    ----------
    home : pathlib.Path
        Folder of the region and date; its ``runs`` is there.
    key : str
        Hash of the run.

    Yields
    ------
    pathlib.Path
        Empty.
    """
    for left in (home / "runs").glob(f"{STAGING}*"):
        if not _alive(int(left.name.rpartition("-")[2])):
            _sweep(left)
    stage = home / "runs" / f"{STAGING}{key}-{os.getpid()}"
    shutil.rmtree(stage, ignore_errors=True)
    stage.mkdir()
    try:
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _sweep(left: Path) -> None:
    """Remove what a killed run left; a run that had stepped aside goes back where none has taken its place."""
    *_, key, _ = left.name.split("-")
    place = left.with_name(key)
    if left.name.startswith(ASIDE) and not place.exists():
        left.rename(place)
    else:
        shutil.rmtree(left, ignore_errors=True)


def _alive(pid: int) -> bool:
    if os.name == "nt":
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def replace_folder(stage: Path, folder: Path) -> None:
    """Put a run in its place; an older one steps aside first, so that whatever ends this leaves one of them whole.

    Parameters
    ----------
    stage, folder : pathlib.Path
        Beside each other.

    Raises
    ------
    OSError
        When the new one can't move in; the old one is back then.
    """
    aside = folder.with_name(f"{ASIDE}{folder.name}-{os.getpid()}")
    if folder.exists():
        shutil.rmtree(aside, ignore_errors=True)
        folder.rename(aside)
    try:
        stage.rename(folder)
    except OSError:
        if aside.exists():
            aside.rename(folder)
        raise
    shutil.rmtree(aside, ignore_errors=True)
