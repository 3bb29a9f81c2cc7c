"""The certificate of cattle aid: how often its bands hold an effect that is known, and how often its tests cry wolf."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pandas as pd
from scipy.stats import norm

from kopanalysis import __version__
from kopanalysis.errors import CallError, DataError
from kopanalysis.impact.event_time import event_time
from kopanalysis.impact.imputation import imputation
from kopanalysis.metrics.intervals import wilson
from kopanalysis.results import Table
from kopanalysis.truth.certificate import _one_thread_each
from kopanalysis.truth.district import District, draw_district
from kopanalysis.truth.herd import DKS_GROUPS
from kopanalysis.truth.trials import study_frame

SCENARIOS: dict[str, dict[str, Any]] = {
    "none": {}, "none_effect": {"effect_cattle": 0.3}, "foot_and_mouth": {"foot_and_mouth": True}, "selection": {"selection": True},
}  # fmt: skip
MONTE_CARLO_LEVEL = 0.99
ALPHA = 0.05
ANTICIPATION = 1


def aid_frame(district: District) -> pd.DataFrame:
    """The comparison that the cattle brief makes: recipients by first year, without the one cooperative of Desa Korporasi Sapi.

    Parameters
    ----------
    district : District

    Returns
    -------
    pandas.DataFrame
        ``coop_id, book_year, rat_held, cohort`` (missing: never), ``aided``.
    """
    groups = district.tables["groups"]
    alone = set(groups.loc[groups["group_name"].isin(DKS_GROUPS), "coop_id"])
    frame = study_frame(district)
    frame = frame[~frame["coop_id"].isin(alone)]
    cohort = frame["cattle_cohort"].astype("Int64")
    return frame.assign(cohort=cohort.mask(cohort == 0), aided=(cohort > 0).astype("int64"))


def true_effects(district: District, frame: pd.DataFrame) -> dict[str, float]:
    """Mean change that cattle made to meetings held: over all treated cells, and by event time.

    Parameters
    ----------
    district : District
    frame : pandas.DataFrame
        From :func:`aid_frame`.

    Returns
    -------
    dict of str to float
        ``att``, ``event[0]`` and so on; zero before the aid.
    """
    cells = frame[frame["aided"] == 1].merge(district.truth, on=["coop_id", "book_year"], how="left", suffixes=("", "_truth"))
    moved = (cells["held"].astype(float) - cells["held_untreated"].astype(float)).where(
        cells["changed_by_cattle"].astype("boolean").fillna(False), 0.0
    )
    event = (cells["book_year"] - cells["cohort"]).astype(int)
    after = event >= 0
    return {"att": float(moved[after].mean()), **{f"event[{k}]": float(moved[event == k].mean()) for k in sorted(event[after].unique())}}


def cattle_trial(scenario: str, seed: int, draws: int) -> list[dict[str, Any]]:
    """Draw one district and ask the methods of the cattle brief.

    Parameters
    ----------
    scenario : str
        Key of ``SCENARIOS``.
    seed, draws : int

    Returns
    -------
    list of dict
        ``scenario, method, truth, estimate, conf_low, conf_high, p_value``; methods that refused are absent.
    """
    district = draw_district(seed, **SCENARIOS[scenario])
    frame = aid_frame(district)
    truth = true_effects(district, frame)
    try:
        found = imputation(frame, "rat_held", "cohort", draws=draws, seed=seed, anticipation=ANTICIPATION).data
        timed = imputation(frame, "rat_held", "cohort", draws=draws, seed=seed, anticipation=ANTICIPATION, strata=("aided",)).data
        events = event_time(frame, "rat_held", "cohort", anticipation=ANTICIPATION, draws=draws, seed=seed).data
    except DataError:
        return []
    lines = found.assign(method=found["term"])  # the event times of the anticipation among them: nothing is there to be found
    before = events[events["kind"] == "before"]
    timing = timed.iloc[:1].assign(method="timing")
    kept = pd.concat([lines, timing, _placebo_lines(frame, draws, seed, set(before["event_time"]))], ignore_index=True)
    return [
        {"scenario": scenario, "method": line["method"], 
         "truth": truth.get(line["method"], truth["att"] if line["method"] == "timing" else 0.0),
         **{name: float(line[name]) for name in ("estimate", "conf_low", "conf_high", "p_value")}}
        for _, line in kept.iterrows()
    ]  # fmt: skip


def _placebo_lines(frame: pd.DataFrame, draws: int, seed: int, events: set[int]) -> pd.DataFrame:
    """The false aid of :func:`kopanalysis.event_time` with its bands as they are, whatever is known of their coverage."""
    from kopanalysis.impact.event_time import _without_the_aid

    early = _without_the_aid(frame, "cohort", 3, ANTICIPATION, "book_year")
    if early is None or not events:
        return pd.DataFrame()
    data = imputation(early, "rat_held", "cohort", draws=draws, seed=seed).data
    data = data[data["event_time"].notna()].assign(event_time=lambda lines: lines["event_time"] - 3)
    data = data[data["event_time"].isin(events)]
    return data.assign(method=[f"event[{int(event)}]" for event in data["event_time"]])


def certify_cattle(districts: int = 500, draws: int = 199, seed: int = 0, jobs: int | None = None) -> Table:
    """Measure bias, coverage and size of the imputation in synthetic districts whose effect is known.

    Parameters
    ----------
    districts : int
        A scenario.
    draws : int
        Reassignments a district.
    seed : int
        Fixes every district and every draw.
    jobs : int, optional
        Processes; default: one a processor.

    Returns
    -------
    Table
        ``scenario, method, measure, value, low, high, n, districts, draws, seed, version``; methods ``att``, ``event[<k>]``, ``timing``;
        measures ``bias, coverage, size`` (where there is no effect), ``power``. ``low, high`` is the 99 % Monte Carlo interval.

    Raises
    ------
    CallError
        When fewer than 10 districts or 19 draws are asked for.
    """
    if districts < 10 or draws < 19:
        raise CallError(f"{districts} districts and {draws} draws tell nothing", mend="Ask for at least 10 and 19.")
    work = [(scenario, seed * 1_000_003 + number, draws) for scenario in SCENARIOS for number in range(districts)]
    answers = pd.DataFrame([line for lines in _asked(work, jobs or os.cpu_count() or 1) for line in lines])
    records = [record for (scenario, method), lines in answers.groupby(["scenario", "method"], sort=False)
               for record in _measures(str(scenario), str(method), lines)]  # fmt: skip
    data = pd.DataFrame(records).assign(districts=districts, draws=draws, seed=seed, version=__version__)
    return Table("cattle_certificate", data)


def _asked(work: list[tuple[str, int, int]], jobs: int) -> Iterator[list[dict[str, Any]]]:
    if jobs == 1:
        yield from (cattle_trial(*one) for one in work)
        return
    with _one_thread_each(), ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(_one, work, chunksize=10)


def _one(arguments: tuple[str, int, int]) -> list[dict[str, Any]]:
    return cattle_trial(*arguments)


def _measures(scenario: str, method: str, lines: pd.DataFrame) -> Iterator[dict[str, Any]]:
    base = {"scenario": scenario, "method": method, "n": len(lines)}
    if method != "timing":  # a test only: who was given it is held fast, so its spread is no interval of the effect
        error = lines["estimate"] - lines["truth"]
        spread = float(norm.ppf(0.5 + MONTE_CARLO_LEVEL / 2)) * error.std(ddof=1) / len(error) ** 0.5
        yield base | {"measure": "bias", "value": error.mean(), "low": error.mean() - spread, "high": error.mean() + spread}
        covered = (lines["conf_low"] <= lines["truth"] + 1e-12) & (lines["truth"] - 1e-12 <= lines["conf_high"])
        yield base | {"measure": "coverage", **_share(covered)}
    name = "power" if (lines["truth"] != 0).any() else "size"
    yield base | {"measure": name, **_share(lines["p_value"] <= ALPHA)}


def _share(found: pd.Series) -> dict[str, float]:
    low, high = wilson(int(found.sum()), len(found), MONTE_CARLO_LEVEL)
    return {"value": float(found.mean()), "low": float(low[0]), "high": float(high[0])}


def write_cattle_certificate(table: Table, folder: Path) -> Path:
    """Write the certificate as ``cattle.csv``.

    Parameters
    ----------
    table : Table
        From :func:`certify_cattle`.
    folder : pathlib.Path

    Returns
    -------
    pathlib.Path
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "cattle.csv"
    columns = ["scenario", "method", "measure", "value", "low", "high", "n", "districts", "draws", "seed", "version"]
    table.data[columns].round(6).to_csv(path, index=False, encoding="utf-8", lineterminator="\n")
    return path
