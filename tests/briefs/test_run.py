"""What ends a run at the wrong moment: the old run or the new one stays whole, and a killed converter is tried again."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kopanalysis.briefs import export, fleet_task, staging
from kopanalysis.errors import PublishError

KEY = "0123456789ab"


class Killed(BaseException):
    """Stands for the end of the process: nothing of ours catches it."""


def filled(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True)
    for name in ("run.json", "brief.html"):
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def whole(folder: Path) -> str:
    """What a run says, where all of its files say the same."""
    (text,) = {(folder / name).read_text(encoding="utf-8") for name in ("run.json", "brief.html")}
    return text


def killed_at(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """End the process before the so-manyth change of a folder's name or removal of a folder; what is removed is half gone by then."""
    steps = iter(range(100))
    rename, rmtree = Path.rename, shutil.rmtree

    def renaming(path: Path, target: Path) -> Path:
        if next(steps) == step:
            raise Killed
        return rename(path, target)

    def removing(path: Path, ignore_errors: bool = False) -> None:
        if path.exists() and next(steps) == step:
            (path / "brief.html").unlink()
            raise Killed
        rmtree(path, ignore_errors=ignore_errors)

    monkeypatch.setattr(Path, "rename", renaming)
    monkeypatch.setattr(staging.shutil, "rmtree", removing)


@pytest.mark.parametrize(("step", "stays"), [(0, "old"), (1, "old"), (2, "new"), (3, "new")])
def test_a_run_replaced_is_old_or_new_and_the_next_run_sweeps(
    step: int, stays: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = filled(tmp_path / "runs" / KEY, "old")
    stage = filled(folder.with_name(f"{staging.STAGING}{KEY}-{os.getpid()}"), "new")
    with monkeypatch.context() as patched:
        killed_at(step, patched)
        if step < 3:  # there are two names to change and one folder to remove
            with pytest.raises(Killed):
                staging.replace_folder(stage, folder)
        else:
            staging.replace_folder(stage, folder)
    assert [path.name for path in folder.parent.glob("[!.]*")] == ([KEY] if step != 1 else [])  # a reader sees whole runs only
    monkeypatch.setattr(staging, "_alive", lambda pid: False)
    with staging.staging(tmp_path, "ba9876543210") as fresh:
        assert sorted(path.name for path in folder.parent.iterdir()) == [fresh.name, KEY]
    assert whole(folder) == stays


def test_a_run_that_cannot_be_put_in_place_leaves_the_old_one(tmp_path: Path) -> None:
    folder = filled(tmp_path / "runs" / KEY, "old")
    with pytest.raises(FileNotFoundError):
        staging.replace_folder(folder.with_name(f"{staging.STAGING}{KEY}-1"), folder)
    assert whole(folder) == "old"
    assert list(folder.parent.iterdir()) == [folder]


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no signals")
def test_a_killed_pandoc_is_said_so_and_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    killed = tmp_path / "pandoc"
    killed.write_text("#!/bin/sh\nkill -9 $$\n", encoding="utf-8")
    killed.chmod(0o700)
    monkeypatch.setattr(export, "bundled_pandoc", lambda: killed)
    with pytest.raises(PublishError) as error:
        export._pandoc("<p>x</p>", tmp_path)
    said = str(error.value)
    assert said == "pandoc was ended from outside. Run again."
    answers: list[dict[str, Any]] = [{"failures": {"20-why-inactive": said}}, {"error": said, "exit_code": 1}]
    assert all(fleet_task.worth_another(answer) for answer in answers)
    assert not fleet_task.worth_another({"error": "pandoc refuses the brief: exit code 1.", "exit_code": 1})


def test_papermill_is_imported_without_a_grammar_and_others_may_have_it() -> None:
    code = (
        "import sys, threading\n"
        "from kopanalysis.briefs.lean import GRAMMAR, no_grammar\n"
        "def load():\n"
        "    with no_grammar():\n"
        "        import papermill, nbconvert\n"
        "threads = [threading.Thread(target=load) for _ in range(4)]\n"
        "[thread.start() for thread in threads], [thread.join() for thread in threads]\n"
        "assert 'jsonschema' in sys.modules and 'lark' not in sys.modules and GRAMMAR not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
