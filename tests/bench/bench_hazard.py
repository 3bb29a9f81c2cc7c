"""The discrete-time hazard with region and year effects beside statsmodels' Logit on the rows and pyfixest's feglm: time, peak memory.

python tests/bench/bench_hazard.py [--rows N] [--regions N] [--rivals NAME,...] [--full]; each in a process of its own, small by default.
--full: two million rows, with 30 regions beside both rivals, with 514 beside pyfixest alone, since statsmodels lays out every dummy for
every row, which takes more memory than most machines have. pyfixest's clustered error holds one more correction for a small sample.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import resource
import subprocess
import sys
import time

import numpy as np
import pandas as pd

YEARS = 10


def cooperative_years(rows: int, regions: int) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    units = rows // YEARS
    unit = np.repeat(np.arange(units, dtype=np.int32), YEARS)
    region = rng.integers(0, regions, units).astype(np.int16)
    lends, size = rng.integers(0, 2, units).astype(np.int8), rng.integers(0, 5, units).astype(np.int8)
    year = np.tile(np.arange(2015, 2015 + YEARS, dtype=np.int16), units)
    place, season = rng.normal(0, 0.4, regions), rng.normal(0, 0.3, YEARS)
    eta = -2.5 + 0.4 * lends[unit] - 0.2 * size[unit] + place[region[unit]] + season[year - 2015]
    stopped = (rng.random(len(unit)) < 1 / (1 + np.exp(-eta))).astype(np.int8)
    return pd.DataFrame(
        {"coop_id": unit, "region": region[unit], "year": year, "lends": lends[unit], "size": size[unit], "stopped": stopped}
    )


def ours(frame: pd.DataFrame) -> tuple[float, float]:
    from kopanalysis.inactivity.hazard import discrete_hazard

    table = discrete_hazard(frame, "stopped", ["lends", "size"], link="logit", cluster="coop_id", controls=["region", "year"])
    line = table.data.set_index("term").loc["lends"]
    return float(line["estimate"]), float(line["std_error"])


def statsmodels(frame: pd.DataFrame) -> tuple[float, float]:
    import statsmodels.api as sm

    dummies = pd.get_dummies(frame[["region", "year"]].astype("category"), drop_first=True, dtype=float)
    x = sm.add_constant(pd.concat([frame[["lends", "size"]].astype(float), dummies], axis=1))
    fit = sm.Logit(frame["stopped"], x).fit(disp=0, cov_type="cluster", cov_kwds={"groups": frame["coop_id"].to_numpy()})
    return float(fit.params["lends"]), float(fit.bse["lends"])


def pyfixest(frame: pd.DataFrame) -> tuple[float, float]:
    import pyfixest as pf

    fit = pf.feglm("stopped ~ lends + size | region + year", frame, family="logit", vcov={"CRV1": "coop_id"})
    return float(fit.coef()["lends"]), float(fit.se()["lends"])


WAYS = {way.__name__: way for way in (ours, statsmodels, pyfixest)}


def measure(which: str, rows: int, regions: int) -> dict[str, float]:
    """Run one of them in a process of its own."""
    command = [sys.executable, __file__, "--rows", str(rows), "--regions", str(regions), "--only", which]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def run_one(which: str, rows: int, regions: int) -> None:
    WAYS[which](cooperative_years(2_000, 3))  # what is imported at the first call is
    frame = cooperative_years(rows, regions)
    base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    started = time.perf_counter()
    estimate, error = WAYS[which](frame)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak_mb": peak, "data_mb": base, "estimate": estimate, "std_error": error}))


def compare(rows: int, regions: int, rivals: list[str]) -> None:
    """Print them side by side, and the ratios."""
    mine = measure("ours", rows, regions)
    print(f"hazard, {rows} rows, {regions} regions: ours {said(mine)}", flush=True)
    for name in rivals:
        if importlib.util.find_spec(name) is None:
            print(f"  {name} isn't installed: make bench installs it")
            continue
        theirs = measure(name, rows, regions)
        faster, smaller = theirs["seconds"] / mine["seconds"], theirs["peak_mb"] / mine["peak_mb"]
        print(f"  {name} {said(theirs)}: {faster:.1f} times our time, {smaller:.1f} times our memory (peak of the process)", flush=True)


def said(found: dict[str, float]) -> str:
    return f"{found['seconds']:.2f} s, {found['peak_mb']:.0f} MB, lends {found['estimate']:.4f} ({found['std_error']:.5f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--regions", type=int, default=30)
    parser.add_argument("--rivals", default="statsmodels,pyfixest")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--only", choices=list(WAYS), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.only:
        run_one(given.only, given.rows, given.regions)
    elif given.full:
        compare(2_000_000, 30, ["statsmodels", "pyfixest"])
        compare(2_000_000, 514, ["pyfixest"])
    else:
        compare(given.rows, given.regions, given.rivals.split(","))


if __name__ == "__main__":
    main()
