"""The known-truth certificate: what each method gets right, and wrong, in synthetic districts whose truth is known."""

from __future__ import annotations

import json
import math
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
from scipy.stats import norm

from kopanalysis import __version__
from kopanalysis.errors import CallError
from kopanalysis.results import Table
from kopanalysis.truth.trials import LEAD, SCENARIOS, Answer, Scenario, frame_of, run_trial

ALPHA = 0.05
MONTE_CARLO_LEVEL = 0.99
SIZE, COVERAGE = (0.03, 0.07), (0.93, 0.97)
STRIDE = 1_000_003  # districts of two certificate seeds never coincide
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
BATCH = 5
Progress = Callable[[int, int], None]
COLUMNS = [
    "scenario", "threat", "method", "measure", "value", "mc_error", "low", "high", "target_low", "target_high", "met", "state", "n",
    "districts", "draws", "seed", "version",
]  # fmt: skip


def certify(districts: int = 1000, draws: int = 999, seed: int = 0, jobs: int | None = None, progress: Progress | None = None) -> Table:
    """Draw districts under each threat alone and compare what every method says with the truth.

    Parameters
    ----------
    districts : int
        A scenario; the same seeds serve all of them.
    draws : int
        Permutations a test.
    seed : int
        Fixes every district and every permutation.
    jobs : int, optional
        Processes; default: one a processor.
    progress : callable, optional
        Told after each batch: districts done, districts in all.

    Returns
    -------
    Table
        ``scenario, threat, method, measure, value, mc_error, low, high, target_low, target_high, met, state, n, districts, draws, seed,
        version``. Measures: ``bias`` (mean estimate less truth), ``coverage`` of 95 % intervals, ``size`` (share of p <= 0.05 where there
        is no effect), ``power`` (where there is one), ``refused``. ``low`` and ``high`` are the 99 % Monte Carlo interval, and a target is
        ``met`` where that interval overlaps it. ``state``: ``green`` met, ``red`` not met, ``amber`` where the method isn't meant to
        hold under the threat, whatever came out; empty without a target.

    Raises
    ------
    CallError
        When fewer than 10 districts or 19 draws are asked for.
    """
    _check(districts, draws)
    seeds = [seed * STRIDE + number for number in range(districts)]
    answers = _run(seeds, draws, jobs or os.cpu_count() or 1, progress)
    data = measure(frame_of(answers)).assign(districts=districts, draws=draws, seed=seed, version=__version__)
    return Table("certificate", data[COLUMNS])


def measure(answers: pd.DataFrame) -> pd.DataFrame:
    """Bias, coverage, size and power of each method in each scenario, with Monte Carlo intervals and targets.

    Parameters
    ----------
    answers : pandas.DataFrame
        Fields of :class:`kopanalysis.truth.trials.Answer`, one row a district, scenario and method.

    Returns
    -------
    pandas.DataFrame
        As :func:`certify`, without the last four columns.
    """
    scenarios = {scenario.name: scenario for scenario in SCENARIOS}
    records: list[dict[str, Any]] = []
    for (name, method), lines in answers.groupby(["scenario", "method"], sort=False):
        scenario = scenarios[str(name)]
        base = {"scenario": scenario.name, "threat": scenario.threat, "method": method}
        records += [{**base, **row} for row in _measures(scenario, str(method), lines)]
    return pd.DataFrame(records)


def _measures(scenario: Scenario, method: str, lines: pd.DataFrame) -> Iterator[dict[str, Any]]:
    given = lines[~lines["refused"]]
    refused = lines["refused"].to_numpy(float)
    if len(given) < len(lines):
        yield {"measure": "refused", **_line(float(refused.mean()), _share_limits(int(refused.sum()), len(refused)), None, "", len(lines))}
    if len(given) < 2:
        return
    error = (given["estimate"] - given["truth"]).to_numpy(float)
    state = "green" if method in scenario.honest else "amber"
    if method != "dose_rank":
        spread = norm.ppf(0.5 + MONTE_CARLO_LEVEL / 2) * error.std(ddof=1) / math.sqrt(len(error))
        limits = (error.mean() - spread, error.mean() + spread)
        yield {"measure": "bias", **_line(error.mean(), limits, (-scenario.bias_within, scenario.bias_within), state, len(error))}
        covered = ((given["conf_low"] <= given["truth"] + 1e-12) & (given["truth"] - 1e-12 <= given["conf_high"])).to_numpy(float)
        yield {
            "measure": "coverage",
            **_line(covered.mean(), _share_limits(int(covered.sum()), len(covered)), COVERAGE, state, len(covered)),
        }
    found = (given["p_value"] <= ALPHA).to_numpy(float)
    limits = _share_limits(int(found.sum()), len(found))
    if (given["truth"] != 0).any():
        yield {"measure": "power", **_line(found.mean(), limits, None, "", len(found))}
    else:
        yield {"measure": "size", **_line(found.mean(), limits, SIZE, state, len(found))}


def _line(value: float, limits: tuple[float, float], target: tuple[float, float] | None, state: str, n: int) -> dict[str, Any]:
    low, high = map(float, limits)
    base = {"value": float(value), "mc_error": (high - low) / 2 / float(norm.ppf(0.5 + MONTE_CARLO_LEVEL / 2)), "low": low, "high": high}
    if target is None:
        return {**base, "target_low": math.nan, "target_high": math.nan, "met": None, "state": "", "n": n}
    met = low <= target[1] and high >= target[0]
    shown = state if state == "amber" else "green" if met else "red"
    return {**base, "target_low": target[0], "target_high": target[1], "met": met, "state": shown, "n": n}


def _share_limits(count: int, n: int) -> tuple[float, float]:
    from kopanalysis.metrics.intervals import wilson

    low, high = wilson(count, n, MONTE_CARLO_LEVEL)
    return float(low[0]), float(high[0])


def _run(seeds: list[int], draws: int, jobs: int, progress: Progress | None) -> list[Answer]:
    batches = [seeds[start : start + BATCH] for start in range(0, len(seeds), BATCH)]
    found: dict[int, list[Answer]] = {}
    done = 0
    for number, answers in _answers(batches, draws, jobs):
        found[number] = answers
        done += len(batches[number])
        if progress is not None:
            progress(done, len(seeds))
    return [answer for number in range(len(batches)) for answer in found[number]]


def _answers(batches: list[list[int]], draws: int, jobs: int) -> Iterator[tuple[int, list[Answer]]]:
    if jobs == 1:
        for number, batch in enumerate(batches):
            yield number, _batch(batch, draws)
        return
    with _one_thread_each(), ProcessPoolExecutor(min(jobs, len(batches)), multiprocessing.get_context("spawn")) as pool:
        waiting = {pool.submit(_batch, batch, draws): number for number, batch in enumerate(batches)}
        for finished in as_completed(waiting):
            yield waiting[finished], finished.result()


def _batch(seeds: list[int], draws: int) -> list[Answer]:
    return [answer for seed in seeds for scenario in SCENARIOS for answer in run_trial(scenario, seed, draws)]


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Workers started inside use one thread each: with a process on every processor more only get in each other's way."""
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _check(districts: int, draws: int) -> None:
    for name, value, least in (("districts", districts, 10), ("draws", draws, 19)):
        if value < least:
            raise CallError(f"{value} {name} tell nothing", name, f"Ask for at least {least}.")


def write_certificate(table: Table, folder: Path, command: str) -> tuple[Path, Path]:
    """Write the table as ``certificate.csv`` and ``certificate.json``, the latter with how it was made.

    Parameters
    ----------
    table : Table
        From :func:`certify`.
    folder : pathlib.Path
    command : str
        The command that made it.

    Returns
    -------
    tuple of pathlib.Path
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = folder / "certificate.csv", folder / "certificate.json"
    data = table.data.round(6)
    data.to_csv(paths[0], index=False, encoding="utf-8", lineterminator="\n")
    first = data.iloc[0]
    made: Mapping[str, Any] = {
        "command": command, "version": first["version"], "districts": int(first["districts"]), "draws": int(first["draws"]),
        "seed": int(first["seed"]), "verdict": verdict(table), "rows": json.loads(data.to_json(orient="records")),
    }  # fmt: skip
    paths[1].write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8", newline="\n")
    return paths


def verdict(table: Table) -> str:
    """``red`` where a method that must hold doesn't, else ``green``."""
    return "red" if (table.data["state"] == "red").any() else "green"


def certificate_lines(table: Table) -> str:
    """The certificate as plain text: one line a scenario and method, the methods a brief leads with first.

    Parameters
    ----------
    table : Table

    Returns
    -------
    str
    """
    shown = table.data.assign(text=[_cell(row) for row in table.data.to_dict("records")])
    wide = shown.pivot(index=["scenario", "method"], columns="measure", values="text").fillna("")
    order = {method: number for number, method in enumerate(LEAD)}
    lines = wide.reset_index()
    lines["place"] = lines["scenario"].map({scenario.name: number for number, scenario in enumerate(SCENARIOS)})
    lines["rank"] = lines["method"].map(order).fillna(len(order))
    columns = [name for name in ("bias", "coverage", "size", "power", "refused") if name in lines]
    return lines.sort_values(["place", "rank", "method"])[["scenario", "method", *columns]].to_string(index=False)


def _cell(row: Mapping[Any, Any]) -> str:
    mark = f" {row['state']}" if row["state"] else ""
    return (
        f"{row['value']:+.3f} ({row['mc_error']:.3f}){mark}"
        if row["measure"] == "bias"
        else f"{row['value']:.3f} ({row['mc_error']:.3f}){mark}"
    )


def timed_progress(say: Callable[[str], None], every: float = 15.0) -> Progress:
    """Progress that says a line now and then, with the time left.

    Parameters
    ----------
    say : callable
        Given the line.
    every : float
        Seconds between lines.

    Returns
    -------
    callable
    """
    start = time.monotonic()
    last = [start - every]

    def told(done: int, total: int) -> None:
        now = time.monotonic()
        if now - last[0] < every and done < total:
            return
        last[0] = now
        left = (now - start) / done * (total - done)
        say(f"{done} of {total} districts, about {math.ceil(left / 60)} min left")

    return told


__all__ = ["certificate_lines", "certify", "measure", "timed_progress", "verdict", "write_certificate"]
