"""Within a run a result is found again on equal values and on nothing else; outside of one it is worked out."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from kopanalysis import memory
from kopanalysis.briefs import study
from kopanalysis.lineage import recorded
from kopanalysis.loaders.load import load_office
from kopanalysis.memory import FOLDER_VARIABLE, PREFIX, fingerprint, forget, memory_of_run, once, remembered
from kopanalysis.resources import resource
from kopanalysis.results import EDITION_VARIABLE

calls: list[float] = []


@recorded
def scaled(lines: pd.DataFrame, by: float) -> pd.DataFrame:
    calls.append(by)
    time.sleep(2 * memory.WORTH_S)
    return lines.assign(value=lines["value"] * by)


@recorded
def twice(lines: pd.DataFrame) -> pd.DataFrame:
    return scaled(scaled(lines, 2.0), 3.0)


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    calls.clear()
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)


@pytest.fixture
def run() -> Iterator[Path]:
    with memory_of_run():
        yield Path(os.environ[FOLDER_VARIABLE])


def lines(*values: float) -> pd.DataFrame:
    return pd.DataFrame({"name": [f"a{value}" for value in values], "value": values})


def test_outside_a_run_everything_is_worked_out() -> None:
    scaled(lines(1, 2), 2.0)
    scaled(lines(1, 2), 2.0)
    assert calls == [2.0, 2.0]


@pytest.mark.usefixtures("run")
def test_equal_values_are_found_again_and_others_are_not() -> None:
    first, again = scaled(lines(1, 2), 2.0), scaled(lines(1, 2), 2.0)
    pd.testing.assert_frame_equal(first, again)
    assert first.attrs == again.attrs
    assert calls == [2.0]
    scaled(lines(1, 2), 3.0)
    scaled(lines(1, 3), 2.0)
    scaled(lines(1, 2).assign(value=[1.0, 2.0]), 2.0)  # another type may give another result
    assert calls == [2.0, 3.0, 2.0, 2.0]


@pytest.mark.usefixtures("run")
def test_what_another_made_is_no_part_of_what_one_has() -> None:
    first = scaled(lines(1, 2), 2.0)
    first["value"] = 0
    assert scaled(lines(1, 2), 2.0)["value"].tolist() == [2, 4]


@pytest.mark.usefixtures("run")
def test_the_edition_is_part_of_what_a_result_depends_on(monkeypatch: pytest.MonkeyPatch) -> None:
    scaled(lines(1), 2.0)
    monkeypatch.setenv(EDITION_VARIABLE, "public")
    scaled(lines(1), 2.0)
    assert len(calls) == 2


def test_a_call_within_a_call_is_remembered_as_part_of_it(run: Path) -> None:
    twice(lines(1))
    assert len(list(run.iterdir())) == 1
    twice(lines(1))
    assert calls == [2.0, 3.0]


def test_the_folder_is_this_users_alone_and_goes_with_the_run() -> None:
    with memory_of_run():
        folder = Path(os.environ[FOLDER_VARIABLE])
        assert os.name == "nt" or stat.S_IMODE(folder.stat().st_mode) == 0o700
        scaled(lines(1), 2.0)
    assert not folder.exists()
    assert FOLDER_VARIABLE not in os.environ


def test_what_killed_runs_left_is_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory.tempfile, "gettempdir", lambda: str(tmp_path))
    dead, living = tmp_path / f"{PREFIX}999999999-x", tmp_path / f"{PREFIX}{os.getpid()}-x"
    dead.mkdir()
    living.mkdir()
    with memory_of_run():
        assert not dead.exists()
        assert living.exists()


def test_a_broken_file_is_worked_out_again(run: Path) -> None:
    scaled(lines(1), 2.0)
    (kept,) = run.iterdir()
    kept.write_bytes(kept.read_bytes()[:20])
    assert scaled(lines(1), 2.0)["value"].tolist() == [2]


@pytest.mark.usefixtures("run")
def test_what_cannot_be_written_down_is_worked_out() -> None:
    seen: list[int] = []
    work: Any = lambda: seen.append(1)  # noqa: E731
    remembered("work", (lambda: None), work)
    remembered("work", (lambda: None), work)
    assert seen == [1, 1]


def test_a_fingerprint_is_of_content() -> None:
    text = "koperasi" * 2
    assert fingerprint([text, text]) == fingerprint(["koperasikoperasi", "".join(["koperasi", "koperasi"])])
    assert fingerprint(lines(1, 2)) == fingerprint(lines(1, 2).copy())
    assert fingerprint(lines(1, 2)) != fingerprint(lines(2, 1))


@pytest.mark.usefixtures("run")
def test_what_a_caller_has_is_found_by_the_name_and_values_it_was_kept_for() -> None:
    memory.keep("work", (1, "a"), "had")
    assert [remembered("work", (1, "a"), lambda: "made"), remembered("work", (2, "a"), lambda: "made")] == ["had", "made"]


def test_nothing_is_kept_outside_of_a_run() -> None:
    memory.keep("work", 1, "had")
    assert remembered("work", 1, lambda: "made") == "made"


@pytest.mark.usefixtures("run")
def test_a_notebook_finds_the_office_that_the_command_has_read(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = resource("data", "demo")
    office = load_office(folder, None, "13.11")
    day = study.last_day(office)
    study.hand_on(office, folder, day, "13.11")
    read = study.open_office(folder, day, "13.11")
    monkeypatch.delattr(study, "open_office")
    found = study.open_study(as_of=day.isoformat()).office
    assert fingerprint(found) == fingerprint(read)


def test_an_error_is_not_remembered(run: Path) -> None:
    def fails() -> None:
        raise ValueError("no")

    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            remembered("fails", 1, fails)
    assert list(run.iterdir()) == []
    assert remembered("fails", 1, lambda: 3) == 3


def test_a_key_says_what_a_frame_holds_and_not_who_looked_at_it() -> None:
    frame = pd.DataFrame({"n": pd.array([1, None], dtype="Int64"), "day": pd.to_datetime(["2020-01-01", None]), "yes": [True, None]})
    frame["yes"] = frame["yes"].astype("boolean")
    before = fingerprint(frame)
    assert (frame["n"] == 1).any()
    assert frame["day"].dt.year.notna().any()
    assert frame["yes"].any()
    assert frame["n"].dtype == "Int64"
    assert str(frame["day"].dtype).startswith("datetime64")
    assert before
    assert fingerprint(frame) == before
    assert fingerprint(frame.assign(n=pd.array([1, 2], dtype="Int64"))) != before
    assert fingerprint(frame.assign(day=pd.to_datetime(["2020-01-01", "2020-01-02"]))) != before


def test_once_holds_the_results_asked_for_last(monkeypatch: pytest.MonkeyPatch) -> None:
    @once(2)
    def total(frame: pd.DataFrame, by: float) -> float:
        calls.append(by)
        return float(frame["value"].sum() * by)

    assert [total(lines(1, 2), by) for by in (1.0, 2.0, 1.0, 3.0, 1.0, 2.0)] == [3.0, 6.0, 3.0, 9.0, 3.0, 6.0]
    assert calls == [1.0, 2.0, 3.0, 2.0]
    assert total(lines(1, 3), 1.0) == 4.0
    monkeypatch.setenv("KOPANALYSIS_EDITION", "public")
    total(lines(1, 3), 1.0)
    assert calls == [1.0, 2.0, 3.0, 2.0, 1.0, 1.0]


def test_what_is_forgotten_is_worked_out_again() -> None:
    asked: list[int] = []

    @once(2)
    def work(value: int) -> int:
        asked.append(value)
        return value

    assert [work(1), work(1)] == [1, 1]
    forget()
    assert work(1) == 1
    assert asked == [1, 1]


def test_once_works_again_after_a_refusal() -> None:
    @once(2)
    def refused(by: float) -> float:
        calls.append(by)
        raise ValueError("no")

    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            refused(1.0)
    assert calls == [1.0, 1.0]
