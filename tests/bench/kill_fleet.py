"""Kill a fleet at random moments: the command, a worker, a child of one; what readers reach stays whole, and the next run finishes.

Without --full many small fleets with one kill each; with --full DATA one output of all briefs that is killed again and again, and with
--dask beside it two dask workers of which one is killed.
"""

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
import kill_chain
import kill_dask
from fleet_whole import faults

from kopanalysis.truth.office_files import write_demo


def one_round(house: Path, data: Path, out: Path, target: str, wait: float) -> str:
    """Start, kill, look, run again, look; a line that says how it went."""
    os.environ["KOPANALYSIS_FLEET_TEST"] = str(out)
    fleet = fh.start(house, "fleet", data, "--out", out)
    process = psutil.Process(fleet.pid)
    time.sleep(wait)
    found = None
    while found is None and fleet.poll() is None:
        found = kill_chain.victim(process, target)
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


def small_rounds(home: Path, rounds: int) -> bool:
    """A fresh small fleet for every kill."""
    good = 0
    house = fh.build_house(home / "house")
    write_demo(home / "data", seed=4, cooperatives=60, regions=3)
    for number in range(rounds):
        out = home / f"out-{number}"
        line = one_round(house, home / "data", out, kill_chain.TARGETS[number % len(kill_chain.TARGETS)], random.uniform(1, 20))
        good += line.endswith(("whole", "done before"))
        print(line, flush=True)
        shutil.rmtree(out, ignore_errors=True)
    print(f"{good} of {rounds} rounds whole")
    return good == rounds


def main() -> int:
    """Ten rounds or kills, or as many as asked for."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--full", type=Path, metavar="DATA", help="a folder of office files; all briefs, one output, a chain of kills")
    options.add_argument("--dask", action="store_true", help="with --full: through a dask cluster of two workers, one killed midway")
    options.add_argument("--rounds", type=int, default=10, help="small fleets, or with --full kills in the chain")
    options.add_argument("--wait", type=float, nargs=2, default=(5.0, 45.0), metavar=("LEAST", "MOST"), help="seconds between two kills")
    options.add_argument("--jobs", type=int, default=2)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--out", type=Path, help="a new folder to keep what was made in; else it goes")
    asked = options.parse_args()
    random.seed(asked.seed)
    with tempfile.TemporaryDirectory() as folder:
        home = asked.out or Path(folder)
        home.mkdir(parents=True, exist_ok=True)
        if asked.full is None:
            return int(not small_rounds(home, asked.rounds))
        house, out = fh.snapshot(Path(folder) / "house"), (home / "reports").resolve()
        if out.exists():
            options.error(f"{out} is there already")
        if asked.dask:
            return int(not kill_dask.run_through(house, asked.full.resolve(), out))
        return int(not kill_chain.run_chain(house, asked.full.resolve(), out, asked.jobs, asked.rounds, tuple(asked.wait)))


if __name__ == "__main__":
    sys.exit(main())
