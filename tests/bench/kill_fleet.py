"""Kill a fleet at random moments: the command, a worker, a kernel; the next run must finish with nothing half-written and nobody left."""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parents[1] / "briefs"))

import fleet_house as fh

from kopanalysis.truth.office_files import write_demo

TARGETS = ("command", "worker", "child of a worker")


def victim(fleet: psutil.Process, target: str) -> psutil.Process | None:
    """A process of the fleet of the kind asked for, None where there is none at this moment."""
    if target == "command":
        return fleet
    try:
        workers = [child for child in fleet.children() if "kopanalysis.briefs.fleet_task" in child.cmdline()]
        found = workers if target == "worker" else [child for worker in workers for child in worker.children(recursive=True)]
    except psutil.Error:  # one ended while it was looked at
        return None
    return random.choice(found) if found else None


def faults(out: Path, codes: list[str]) -> list[str]:
    """What is wrong with the output: runs without their files, runs that no reader should see, leftovers."""
    wrong = [f"left: {path}" for pattern in ("*/*/runs/.staging-*", ".store/.staging-*") for path in out.glob(pattern)]
    for code in codes:
        latest = next(out.glob(f"{code}/*/latest.json"), None)
        if latest is None:
            wrong.append(f"{code} has no run")
            continue
        run = latest.parent / "runs" / json.loads(latest.read_text(encoding="utf-8"))["run"]
        if not json.loads((run / "run.json").read_text(encoding="utf-8"))["complete"]:
            wrong.append(f"{code} isn't complete")
        wanted = [run / f"{fh.BRIEF}.{lang}.{ending}" for lang in ("id", "en") for ending in ("html", "pdf", "docx")]
        wrong += [f"missing or empty: {path}" for path in wanted if not path.exists() or path.stat().st_size < 1000]
    return wrong


def one_round(house: Path, data: Path, out: Path, target: str, wait: float) -> str:
    """Start, kill, look, run again, look; a line that says how it went."""
    os.environ["KOPANALYSIS_FLEET_TEST"] = str(out)
    fleet = fh.start(house, "fleet", data, "--out", out)
    process = psutil.Process(fleet.pid)
    time.sleep(wait)
    found = None
    while found is None and fleet.poll() is None:
        found = victim(process, target)
    if found is None:
        fleet.communicate()
        return f"{target} after {wait:.1f} s: it was done before"
    found.kill()
    told, _ = fleet.communicate(timeout=600)
    fh.wait_for(lambda: not fh.living(out), 20)
    seen = [run for run in out.glob("*/*/runs/[!.]*") if not json.loads((run / "run.json").read_text(encoding="utf-8"))["complete"]]
    first = fleet.returncode
    again = fh.run(house, "fleet", data, "--out", out)
    codes = sorted(path.name for path in out.glob("[0-9]*"))
    wrong = [*faults(out, codes), *(["the next run failed: " + again.stderr] if again.returncode else [])]
    fh.wait_for(lambda: not fh.living(out), 20)
    if target == "worker" and first != 0:
        wrong.append(f"a killed worker failed the fleet: {told}")
    if len(codes) != 3:
        wrong.append(f"{len(codes)} regions")
    return f"{target} after {wait:.1f} s: exit {first}, runs said to be incomplete {len(seen)}, then exit {again.returncode}; " + (
        "; ".join(wrong) or "whole"
    )


def main() -> int:
    """Ten rounds, or as many as asked for."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=10)
    options.add_argument("--seed", type=int, default=1)
    asked = options.parse_args()
    random.seed(asked.seed)
    good = 0
    with tempfile.TemporaryDirectory() as home:
        house = fh.build_house(Path(home) / "house")
        write_demo(Path(home) / "data", seed=4, cooperatives=60, regions=3)
        for number in range(asked.rounds):
            out = Path(home) / f"out-{number}"
            line = one_round(house, Path(home) / "data", out, TARGETS[number % len(TARGETS)], random.uniform(1, 20))
            good += line.endswith(("whole", "done before"))
            print(line, flush=True)
            shutil.rmtree(out, ignore_errors=True)
    print(f"{good} of {asked.rounds} rounds whole")
    return int(good < asked.rounds)


if __name__ == "__main__":
    sys.exit(main())
