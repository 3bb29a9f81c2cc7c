"""A fleet through a dask cluster of two workers, one of them killed midway: what it made is whole, and nobody is left."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from pathlib import Path

import fleet_house as fh
import psutil
from fleet_whole import faults, runs_shown

GONE_S = 20.0
TASK = "kopanalysis.briefs.fleet_task"


def run_through(house: Path, data: Path, out: Path) -> bool:
    """Start scheduler, workers and the fleet, kill the worker that makes the third run, or what comes nearest; whether all was well."""
    out.mkdir(parents=True)
    address = f"tcp://127.0.0.1:{_free_port()}"
    marked = fh.environment(house) | {"KOPANALYSIS_FLEET_TEST": str(out), "PYTHONUNBUFFERED": "1"}
    crew = _cluster(address, out.parent, marked)
    began = time.monotonic()
    try:
        with (out.parent / "fleet.log").open("wb") as log:
            words = fh.command("fleet", data, "--out", out, "--dask", address)
            fleet = subprocess.Popen(words, stdout=log, stderr=subprocess.STDOUT, env=marked)
        print(_kill_midway(fleet, crew, out), flush=True)
        code = fleet.wait()
    finally:
        for member in crew:
            _end(member)
    seconds = time.monotonic() - began
    wrong = [] if code == 0 else [f"exit {code}: {(out.parent / 'fleet.log').read_text(encoding='utf-8')[-500:]}"]
    store = next(out.glob(".store/*/manifest.json"))
    wrong += faults(out, list(json.loads(store.read_text(encoding="utf-8"))["districts"]))
    until = time.monotonic() + GONE_S
    while (left := fh.living(out)) and time.monotonic() < until:
        time.sleep(0.1)
    wrong += [f"still alive: {process.cmdline()[:4]}" for process in left]
    print(f"{len(runs_shown(out))} regions through dask in {seconds:.0f} s, exit {code}; {'; '.join(wrong) or 'whole'}", flush=True)
    return not wrong


def _cluster(address: str, home: Path, env: dict[str, str]) -> list[subprocess.Popen[bytes]]:
    """A scheduler and two workers of one thread, as an office would start them on its machines."""
    dask, port = [sys.executable, "-m", "dask"], address.rpartition(":")[2]
    worker = ["worker", address, "--nworkers", "1", "--nthreads", "1", "--host", "127.0.0.1", "--local-directory", str(home)]
    made = []
    for number, words in enumerate((["scheduler", "--host", "127.0.0.1", "--port", port], worker, worker)):
        with (home / f"dask-{number}.log").open("wb") as log:
            made.append(subprocess.Popen([*dask, *words, "--no-dashboard"], stdout=log, stderr=subprocess.STDOUT, env=env))
        time.sleep(3)
    return made


def _kill_midway(fleet: subprocess.Popen[bytes], crew: list[subprocess.Popen[bytes]], out: Path) -> str:
    """Kill the dask worker process above a run in the making, once two regions are there; say when what it had started was gone."""
    busy = None
    while busy is None and fleet.poll() is None:
        time.sleep(0.2)
        pid = fh.at_work(out) if len(runs_shown(out)) >= 2 else 0
        if pid and psutil.pid_exists(pid):
            busy = psutil.Process(pid)
    if busy is None:
        return "no worker was at work any more when it should have been killed"
    worker = busy.parent()
    if worker is None or worker.pid == fleet.pid or not {parent.pid for parent in busy.parents()} & {member.pid for member in crew}:
        return f"a run is made by {busy.cmdline()[:4]}, which no dask worker has started"
    time.sleep(8)  # its kernels are at work by then
    kin, whole = [busy, *busy.children(recursive=True)], len(runs_shown(out))
    worker.kill()
    began = time.monotonic()
    while (left := [process for process in kin if _lives(process)]) and time.monotonic() - began < GONE_S:
        time.sleep(0.05)
    gone = time.monotonic() - began
    return f"a dask worker killed with {whole} regions whole: {len(left)} of the {len(kin)} processes of its run left after {gone:.2f} s"


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _end(member: subprocess.Popen[bytes]) -> None:
    try:
        family = psutil.Process(member.pid).children(recursive=True)
    except psutil.Error:
        family = []
    member.kill()
    member.wait()
    for process in family:
        try:
            process.kill()
        except psutil.Error:
            continue


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
