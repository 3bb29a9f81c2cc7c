"""One fleet killed again and again: after every kill its output is whole as far as it goes, at the end nothing was lost or made twice."""

from __future__ import annotations

import json
import random
import re
import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import fleet_house as fh
import psutil
from fleet_whole import changed, faults, fingerprints, regions_whole

TARGETS = ("command", "worker", "child of a worker", "parent of the kernels")
GONE_S = 20.0  # nobody may live longer than the command, or than the worker that started it
UNKNOWN = "?"  # region of a worker that has no run in the making
LINE = re.compile(r"^(\d\d\.\d\d): (.*) \(\d+ of \d+")


@dataclass
class Command:
    """One ``kopanalysis fleet`` of the chain: what it says, what was whole when it began, and whose run a kill has hit."""

    process: subprocess.Popen[bytes]
    log: Path
    before: frozenset[str]
    hits: Counter[str] = field(default_factory=Counter)
    killed: bool = False

    def told(self) -> dict[str, str]:
        """What it said of each region: ``made``, ``found`` or ``failed``."""
        lines = [match for line in self.log.read_text(encoding="utf-8").splitlines() if (match := LINE.match(line))]
        return {match[1]: "found" if "nothing changed" in match[2] else "failed" if "failed" in match[2] else "made" for match in lines}


def victim(fleet: psutil.Process, target: str) -> psutil.Process | None:
    """A process of the fleet of the kind asked for, None where there is none at this moment."""
    if target == "command":
        return fleet
    try:
        if target == "parent of the kernels":
            return next((child for child in fleet.children(recursive=True) if _runs(child, "kopanalysis.briefs.warm_parent")), None)
        workers = [child for child in fleet.children() if _runs(child, "kopanalysis.briefs.fleet_task")]
        found = workers if target == "worker" else [child for worker in workers for child in worker.children(recursive=True)]
    except psutil.Error:  # one ended while it was looked at
        return None
    return random.choice(found) if found else None


def _runs(process: psutil.Process, module: str) -> bool:
    """Whether a living process runs a module; one that was killed and not yet fetched has no command line."""
    return process.status() != psutil.STATUS_ZOMBIE and module in process.cmdline()


def run_chain(house: Path, data: Path, out: Path, jobs: int, kills: int, wait: tuple[float, float]) -> bool:
    """Kill one fleet after the other, or one several times, then let it finish; a line a kill, and whether all was well."""
    commands, landed, wrong = [begin(house, data, out, jobs, 0)], 0, 0
    known: set[Path] = set()
    while landed < kills:
        command, target, seconds = commands[-1], TARGETS[landed % len(TARGETS)], random.uniform(*wait)
        if _sleep(command, seconds) and (line := one_kill(command, target, seconds, out, known)):
            landed += 1
            wrong += not line.endswith("whole")
            print(f"{landed}. {line}", flush=True)
        elif command.process.poll() == 0:
            break  # all made before the last kill could land
        if command.process.poll() is not None:
            wrong += _judged(command)
            commands.append(begin(house, data, out, jobs, len(commands)))
    while commands[-1].process.wait() and _excused(commands[-1]):
        wrong += _judged(commands[-1])
        commands.append(begin(house, data, out, jobs, len(commands)))
    wrong += _judged(commands[-1])
    left = at_the_end(commands, out)
    made = [code for command in commands for code, what in command.told().items() if what == "made"]
    found = [code for command in commands for code, what in command.told().items() if what == "found"]
    print(f"{landed} of {kills} kills landed in {len(commands)} commands; {len(regions_whole(out))} regions, {len(made)} told as made, "
          f"{len(found)} as found; last exit {commands[-1].process.returncode}; {'; '.join(left) or 'whole'}", flush=True)  # fmt: skip
    return landed == kills and not wrong and not left


def begin(house: Path, data: Path, out: Path, jobs: int, number: int) -> Command:
    """Start the command; what it prints goes to a file beside the output."""
    out.mkdir(parents=True, exist_ok=True)
    log = out.parent / f"command-{number}.log"
    marked = fh.environment(house) | {"KOPANALYSIS_FLEET_TEST": str(out), "PYTHONUNBUFFERED": "1"}
    with log.open("wb") as file:
        words = fh.command("fleet", data, "--out", out, "--jobs", jobs)
        process = subprocess.Popen(words, stdout=file, stderr=subprocess.STDOUT, env=marked)
    return Command(process, log, frozenset(regions_whole(out)))


def one_kill(command: Command, target: str, seconds: float, out: Path, known: set[Path]) -> str:
    """Kill, and look at once; a line that says how it went, empty where nobody could be killed."""
    before = fingerprints(out)
    whole = len(regions_whole(out))
    found, name, kin = None, "", []
    while found is None and command.process.poll() is None:
        found = victim(psutil.Process(command.process.pid), target)
        try:
            if found:
                name, kin = _name(found), found.children(recursive=True)
                command.hits.update(_at_work_on(out, found))
                found.kill()
        except psutil.Error:
            found = None
    if found is None:
        return ""
    began, wrong = time.monotonic(), []
    if target == "command":
        command.killed = True
        command.process.wait()
    while (left := _left(out, target, kin)) and time.monotonic() - began < GONE_S:
        time.sleep(0.1)
    gone = time.monotonic() - began
    wrong += [f"still alive: {_name(process)}" for process in left]
    shown = regions_whole(out)
    wrong += [*changed(before, out), *_lasting(out, known)]
    known |= {run for runs in shown.values() for run in runs}
    return (
        f"{target} ({name}) after {seconds:.1f} s: {whole} regions whole before, {len(shown)} after; "
        f"nobody left after {gone:.1f} s; {'; '.join(wrong) or 'whole'}"
    )


def _lasting(out: Path, known: set[Path]) -> list[str]:
    """Faults that are there at two looks: a region that is done once more changes its place while it is looked at."""
    first = faults(out, over=False, known=known)
    if not first:
        return []
    time.sleep(2)
    second = faults(out, over=False, known=known)
    return [fault for fault in first if fault in second]


def at_the_end(commands: list[Command], out: Path) -> list[str]:
    """What is wrong when all is over: regions, files, leftovers, runs made twice, processes."""
    store = json.loads(next(out.glob(".store/*/manifest.json")).read_text(encoding="utf-8"))
    wrong = faults(out, list(store["districts"]))
    wrong += [f"{home.relative_to(out)} has several runs" for home in out.glob("*/*/runs") if len(list(home.iterdir())) != 1]
    made = Counter(code for command in commands for code, what in command.told().items() if what == "made")
    wrong += [f"{code} was made {times} times" for code, times in made.items() if times > 1]
    if commands[-1].process.returncode:
        wrong.append(f"the last command failed: {commands[-1].log.read_text(encoding='utf-8')[-300:]}")
    until = time.monotonic() + GONE_S
    while (left := fh.living(out)) and time.monotonic() < until:
        time.sleep(0.1)
    return wrong + [f"still alive: {_name(process)}" for process in left]


def _sleep(command: Command, seconds: float) -> bool:
    """Whether the command still runs after so long."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and command.process.poll() is None:
        time.sleep(0.1)
    return command.process.poll() is None


def _judged(command: Command) -> int:
    """Say what a command that is over did wrong; how many things."""
    told = command.told()
    wrong = [f"{code} was whole and was made again" for code in command.before if told.get(code) == "made"]
    if not command.killed:
        wrong += [f"{code} was whole and wasn't found" for code in command.before if told.get(code) != "found"]
        if command.process.returncode and not _excused(command):
            wrong.append(f"it failed though no region was hit twice: {command.log.read_text(encoding='utf-8')[-500:]}")
    for what in wrong:
        print(f"   {command.log.name}: {what}", flush=True)
    return len(wrong)


def _excused(command: Command) -> bool:
    """Whether each region that failed was hit by two kills, or may have been: it is done once more, not twice."""
    failed = [code for code, what in command.told().items() if what == "failed"]
    return bool(failed) and all(command.hits[code] + command.hits[UNKNOWN] > 1 for code in failed)


def _at_work_on(out: Path, process: psutil.Process) -> list[str]:
    """Region of the run that the worker above or at a process is making."""
    above = {process.pid, *(parent.pid for parent in process.parents())}
    stages = [path for path in out.glob("*/*/runs/.staging-*") if int(path.name.rpartition("-")[2]) in above]
    return [stages[0].parents[2].name] if stages else [UNKNOWN]


def _left(out: Path, target: str, kin: list[psutil.Process]) -> list[psutil.Process]:
    """Who should be dead and isn't: of a killed command everybody, else whom the killed process had started."""
    if target == "command":
        return fh.living(out)
    return [process for process in kin if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]


def _name(process: psutil.Process) -> str:
    try:
        words = process.cmdline()
    except psutil.Error:
        return "gone"
    modules = [word for word in words if word.startswith("kopanalysis.")]
    return modules[0].rpartition(".")[2] if modules else Path(words[0]).name if words else process.name()
