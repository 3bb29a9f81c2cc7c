"""Briefs of many regions: read once, one run a region over processes or dask, told on one line, rolled up on one page."""

from __future__ import annotations

import fnmatch
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kopanalysis.briefs.fleet_task import REGION, STORE, once_more, run_apart
from kopanalysis.errors import CallError, DataError
from kopanalysis.results import LANGUAGES, Lang

if TYPE_CHECKING:
    from kopanalysis.briefs.rollup_facts import Line

CACHE = ".store"  # below the output folder
MOST_NAMED = 20  # districts that a sentence names
ROLLUP_EVERY_S = 60.0
ROLLUP_REST = 50.0  # times as long as a roll-up took there is none: of half a nation it takes seconds, in which no worker is given a task


@dataclass(frozen=True)
class Fleet:
    """What was asked for.

    Attributes
    ----------
    data_dir, out : pathlib.Path
    regions : str
        Kemendagri codes or patterns such as ``13.*``, comma separated; empty: every district that has a register.
    as_of, headline_date : str
        As of ``kopanalysis report``; empty: of each region its own.
    only : str
        Briefs, comma separated; empty: all.
    jobs : int
        Regions at the same time on this machine.
    dask : str
        Address of a dask scheduler; empty: this machine.
    """

    data_dir: Path
    out: Path
    regions: str = ""
    as_of: str = ""
    headline_date: str = ""
    langs: tuple[Lang, ...] = LANGUAGES
    edition: str = "internal"
    only: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    kernel: str = ""
    jobs: int = 2
    dask: str = ""
    force: bool = False


@dataclass(frozen=True)
class FleetOutcome:
    """What became of a fleet: the roll-up page, and for each region that failed in whole or part why."""

    page: Path
    failures: dict[str, str]
    regions: int
    found: int


def run_fleet(asked: Fleet, tell: Callable[[str], None]) -> FleetOutcome:
    """Make the briefs of every region asked for, or find the runs that did, and write the roll-up.

    Parameters
    ----------
    asked : Fleet
    tell : callable
        Gets one line a step.

    Returns
    -------
    FleetOutcome

    Raises
    ------
    CallError
        When no region fits, or the output can't be written, or dask is asked for and not there.
    DataError
        When the folder holds no register that can be used.
    """
    from kopanalysis.briefs.rollup_facts import region_line

    connect = _connected(asked.dask) if asked.dask else None
    asked.out.mkdir(parents=True, exist_ok=True)
    about = _read_once(asked)
    codes = choose_regions(asked.regions, list(about["districts"]))
    tell(_told_of(about, codes))
    tasks = [region_task(asked, code, about["store"]) for code in codes]
    rule, silence = _compared_by(asked)
    answers: dict[str, dict[str, Any]] = {}
    lines: dict[str, Line] = {}  # each region's numbers are read once, so that a page costs the same late as early
    progress = Progress(len(codes), asked.jobs)
    next_page = time.monotonic() + ROLLUP_EVERY_S
    for answer in connect(tasks) if connect else _on_this_machine(tasks, asked.jobs):
        code = answer["name"]
        answers[code] = answer
        lines[code] = region_line(asked.out, code, full_name(code), answer, rule, silence)
        progress = progress.after(answer)
        tell(progress.line(answer))
        if (began := time.monotonic()) > next_page:
            _roll_up(asked.out, codes, lines, about)
            next_page = time.monotonic() + max(ROLLUP_EVERY_S, ROLLUP_REST * (time.monotonic() - began))
    page = _roll_up(asked.out, codes, lines, about)
    failures = {code: why for code in codes if (why := _why(answers[code]))}
    return FleetOutcome(page, failures, len(codes), sum(bool(answer.get("found")) for answer in answers.values()))


def choose_regions(patterns: str, codes: Sequence[str]) -> list[str]:
    """Districts of a folder that fit the patterns.

    Raises
    ------
    CallError
        For a pattern that none fits.
    """
    asked = [pattern.strip() for pattern in patterns.split(",") if pattern.strip()]
    for pattern in asked:
        if not fnmatch.filter(codes, pattern):
            raise CallError(f"No register of a district {pattern!r} is in the data", "--regions", f"There are {_named(codes)}.")
    return [code for code in codes if not asked or any(fnmatch.fnmatchcase(code, pattern) for pattern in asked)]


def region_task(asked: Fleet, code: str, store: str) -> dict[str, Any]:
    """The task of one region as plain values, the same for a process of this machine and a dask worker."""
    return {
        "kind": REGION, "name": code, "data_dir": str(asked.data_dir), "store": store, "out": str(asked.out), "as_of": asked.as_of,
        "headline_date": asked.headline_date, "langs": list(asked.langs), "edition": asked.edition, "only": asked.only,
        "settings": asked.settings, "kernel": asked.kernel, "force": asked.force,
    }  # fmt: skip


@dataclass(frozen=True)
class Progress:
    """How far a fleet is: regions done, of them made anew, briefs made, and the seconds since it began."""

    regions: int
    jobs: int
    began: float = field(default_factory=time.monotonic)
    done: int = 0
    made: int = 0
    briefs: int = 0

    def after(self, answer: Mapping[str, Any]) -> Progress:
        """The same after one more answer."""
        fresh = "error" not in answer and not answer["found"]
        briefs = answer["briefs"] - len(answer["failures"]) if fresh else 0
        return Progress(self.regions, self.jobs, self.began, self.done + 1, self.made + fresh, self.briefs + briefs)

    def line(self, answer: Mapping[str, Any]) -> str:
        """Region, what became of it, how many are done, briefs a minute, time left."""
        minutes = max(time.monotonic() - self.began, 1e-3) / 60
        rate = f"; {self.briefs / minutes:.1f} briefs a minute" if self.made else ""
        left = (
            f"; about {_minutes((self.regions - self.done) * minutes / self.made)} left" if self.made and self.done < self.regions else ""
        )
        return f"{answer['name']}: {_became(answer)} ({self.done} of {self.regions}{rate}{left})"


def _became(answer: Mapping[str, Any]) -> str:
    if "error" in answer:
        return f"failed: {answer['error']}"
    if answer["found"]:
        return "nothing changed since"
    if answer["failures"]:
        return f"{len(answer['failures'])} of {answer['briefs']} briefs failed"
    noun = "brief" if answer["briefs"] == 1 else "briefs"
    return f"{answer['briefs']} {noun} in {answer['seconds']:.0f} s"


def _minutes(minutes: float) -> str:
    return f"{minutes * 60:.0f} s" if minutes < 2 else f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.1f} h"


def _why(answer: Mapping[str, Any]) -> str:
    return str(answer["error"]) if "error" in answer else " ".join(answer["failures"].values())


def _on_this_machine(tasks: Iterable[Mapping[str, Any]], jobs: int) -> Iterator[dict[str, Any]]:
    from kopanalysis.briefs.fleet_pool import run_all

    return run_all(tasks, jobs)


def _connected(address: str) -> Callable[[Sequence[Mapping[str, Any]]], Iterator[dict[str, Any]]]:
    """A way to do tasks through a dask scheduler, which is asked for before anything is read."""
    try:
        from distributed import Client, as_completed
    except ImportError:
        raise CallError("dask.distributed isn't installed", "--dask", 'Install it: pip install "kopanalysis[fleet]".') from None
    try:
        client = Client(address, timeout="10s")
    except (OSError, ValueError, TimeoutError) as error:
        raise CallError(
            f"no dask scheduler answers at {address}: {type(error).__name__}", "--dask", "Start one: dask scheduler, dask worker ADDRESS."
        ) from None

    def through(tasks: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
        tries = Counter[str]()

        def submit(task: Mapping[str, Any]) -> Any:
            future = client.submit(run_apart, dict(task), key=f"{task['name']}-{time.time_ns()}", pure=False)
            given[future.key] = task
            return future

        given: dict[str, Mapping[str, Any]] = {}
        with client:
            futures = as_completed([submit(task) for task in tasks])
            for future in futures:
                task = given[future.key]
                answer = _answer_of(future, str(task["name"]))
                if once_more(answer, tries):
                    futures.add(submit(task))
                else:
                    yield answer

    return through


def _answer_of(future: Any, name: str) -> dict[str, Any]:
    """What a dask worker answered, or why none did."""
    if future.status == "finished":
        return dict(future.result())
    return {"name": name, "seconds": 0.0, "error": _why_none(future), "exit_code": 1}


def _why_none(future: Any) -> str:
    """Why dask has no answer; it does a task again whose worker died, and gives up after several."""
    from distributed.scheduler import KilledWorker

    if future.status != "error":
        return "the dask scheduler has gone, or has dropped it"
    why = future.exception()
    if isinstance(why, KilledWorker):
        return f"{why.allowed_failures + 1} dask workers died over it, one after the other"
    return f"its dask worker failed: {(str(why).splitlines() or [type(why).__name__])[0][:200]}"


def _read_once(asked: Fleet) -> dict[str, Any]:
    """What the store of the folder holds, made in a process of its own: reading a nation's files takes memory."""
    from kopanalysis.loaders.store import read_manifest

    task = {"kind": STORE, "name": "", "data_dir": str(asked.data_dir), "cache": str(asked.out / CACHE)}
    (answer,) = _on_this_machine([task], 1)
    if "error" in answer:
        raise (CallError if answer["exit_code"] == CallError.exit_code else DataError)(answer["error"].rstrip("."))
    return {**read_manifest(Path(answer["store"])), "store": answer["store"], "seconds": answer["seconds"]}


def _told_of(about: Mapping[str, Any], codes: Sequence[str]) -> str:
    rows = sum(district["rows"] for district in about["districts"].values())
    said = f"read {rows} rows of {len(about['districts'])} districts in {about['seconds']:.0f} s; {len(codes)} to report"
    if about["unassigned"]:
        said += f"; {about['unassigned']} rows can be given to no district"
    if about["unread"]:
        said += f"; could not read {', '.join(entry['file'] for entry in about['unread'][:MOST_NAMED])}"
    if about["shared"]:
        said += f"; return workbooks of {len(about['shared'])} files that districts share: kopanalysis check"
    return said


def _named(codes: Sequence[str]) -> str:
    return ", ".join(codes[:MOST_NAMED]) + (f" and {len(codes) - MOST_NAMED} more" if len(codes) > MOST_NAMED else "")


def full_name(code: str) -> str:
    """Name of a district, a city with the word that tells it from the regency of the same name."""
    from kopanalysis.loaders.regions import region

    found = region(code)
    return f"Kota {found.name}" if found.level == "kota" else found.name


def _compared_by(asked: Fleet) -> tuple[str, str]:
    """Rule and coding of silence that regions are compared by: those asked for, else the usual ones of the brief."""
    from kopanalysis.briefs.manifest import briefs
    from kopanalysis.briefs.rollup_facts import RANKED_BRIEF

    known = briefs()
    usual = {parameter.name: parameter.default for parameter in known[RANKED_BRIEF].parameters} if RANKED_BRIEF in known else {}
    rule, silence = (str(asked.settings.get(name, usual.get(name, ""))) for name in ("rule", "silence"))
    return rule, silence


def _roll_up(out: Path, codes: Sequence[str], lines: Mapping[str, Line], about: Mapping[str, Any]) -> Path:
    from kopanalysis.briefs.rollup import write_rollup

    known = [lines[code] for code in codes if code in lines]
    return write_rollup(known, out, about["unassigned"], [entry["file"] for entry in about["unread"]])
