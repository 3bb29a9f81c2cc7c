"""A fleet of regions: two workers beside one, cost a region as regions grow, the store beside the files; --full for 19 and all briefs."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parents[1] / "briefs"))

import fleet_house as fh

import kopanalysis
from kopanalysis.loaders.load import load_office
from kopanalysis.loaders.store import build_store, read_region
from kopanalysis.truth.office_files import write_demo


def timed(do: Callable[[], object]) -> float:
    begun = time.perf_counter()
    do()
    return time.perf_counter() - begun


def fleet(source: Path, data: Path, out: Path, jobs: int) -> tuple[float, int]:
    """Seconds of a fleet and the largest memory (private and shared in proportion, MB) of all its processes together."""
    begun, peak = time.perf_counter(), 0
    process = fh.start(source, "fleet", data, "--out", out, "--jobs", jobs)
    top = psutil.Process(process.pid)
    while process.poll() is None:
        peak = max(peak, sum(map(memory, family(top))))
        time.sleep(0.5)
    told, wrong = process.communicate()
    if process.returncode:
        sys.exit(told + wrong)
    return time.perf_counter() - begun, peak >> 20


def family(top: psutil.Process) -> list[psutil.Process]:
    try:
        return [top, *top.children(recursive=True)]
    except psutil.Error:
        return []


def memory(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except (psutil.Error, OSError):
        return 0


def measure_fleet(home: Path, source: Path, sizes: tuple[int, ...], briefs: int) -> None:
    """Cost a region for growing numbers of regions with two workers; the largest but one with one worker beside it."""
    for number in sizes:
        data = home / f"data-{number}"
        write_demo(data, regions=number)
        for jobs in (2, 1) if number == sizes[-2] else (2,):
            out = home / f"out-{number}-{jobs}"
            seconds, peak = fleet(source, data, out, jobs)
            made = number * briefs * 60 / seconds
            print(f"{number} regions, {jobs} workers: {seconds:.1f} s, {seconds / number:.2f} s a region, {made:.1f} briefs a minute, "
                  f"peak {peak} MB", flush=True)  # fmt: skip
            again, _ = fleet(source, data, out, jobs)
            print(f"  again, all found: {again:.1f} s", flush=True)
            shutil.rmtree(out)


def measure_store(home: Path, number: int) -> None:
    """One region from the files of all, and from the store."""
    data = home / f"data-{number}"
    built = timed(lambda: build_store(data, home / "cache"))
    store = build_store(data, home / "cache")
    direct = sorted(timed(lambda: load_office(data, region="13.11")) for _ in range(3))[1]
    stored = sorted(timed(lambda: read_region(store, "13.11")) for _ in range(3))[1]
    print(f"store of {number} regions: made in {built:.2f} s; a region read from it in {stored:.3f} s, from the files in {direct:.2f} s: "
          f"{direct / stored:.0f} times", flush=True)  # fmt: skip


def main() -> None:
    """Small by default: one small brief and up to six regions."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--full", action="store_true", help="the real briefs, up to 19 regions")
    asked = options.parse_args()
    sizes = (6, 12, 19) if asked.full else (2, 4, 6)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        from kopanalysis.briefs.manifest import briefs

        source = Path(kopanalysis.__file__).parents[1] if asked.full else fh.build_house(home / "house")
        measure_fleet(home, source, sizes, len(briefs()) if asked.full else 1)
        measure_store(home, sizes[-1])


if __name__ == "__main__":
    main()
