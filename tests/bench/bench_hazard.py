"""The discrete-time hazard with region and year effects against statsmodels' Logit on the rows: time and peak memory.

python tests/bench/bench_hazard.py [rows] [--regions N] [--skip-rival] [--json FILE]; small by default, each in a process of its own.
The rival lays out every dummy for every row: at two million rows with 514 regions it needs more memory than most machines have.
"""

from __future__ import annotations

import argparse
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


def rival(frame: pd.DataFrame) -> tuple[float, float]:
    import statsmodels.api as sm

    dummies = pd.get_dummies(frame[["region", "year"]].astype("category"), drop_first=True, dtype=float)
    x = sm.add_constant(pd.concat([frame[["lends", "size"]].astype(float), dummies], axis=1))
    fit = sm.Logit(frame["stopped"], x).fit(disp=0, cov_type="cluster", cov_kwds={"groups": frame["coop_id"].to_numpy()})
    return float(fit.params["lends"]), float(fit.bse["lends"])


def measure(which: str, rows: int, regions: int) -> dict[str, float]:
    """Run one of the two in a process of its own."""
    command = [sys.executable, __file__, str(rows), "--regions", str(regions), "--only", which]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def run_one(which: str, rows: int, regions: int) -> None:
    frame = cooperative_years(rows, regions)
    base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    started = time.perf_counter()
    estimate, error = {"ours": ours, "rival": rival}[which](frame)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak_mb": peak, "data_mb": base, "estimate": estimate, "std_error": error}))


def main() -> None:
    """Print both side by side, and the ratio."""
    parser = argparse.ArgumentParser()
    parser.add_argument("rows", nargs="?", type=int, default=50_000)
    parser.add_argument("--regions", type=int, default=30)
    parser.add_argument("--skip-rival", action="store_true")
    parser.add_argument("--only", choices=["ours", "rival"])
    parser.add_argument("--json")
    given = parser.parse_args()
    if given.only:
        run_one(given.only, given.rows, given.regions)
        return
    found = {which: measure(which, given.rows, given.regions) for which in (["ours"] if given.skip_rival else ["ours", "rival"])}
    for which, numbers in found.items():
        print(which, {name: round(value, 4) for name, value in numbers.items()})
    result: dict[str, object] = {"rows": given.rows, "regions": given.regions, **found}
    if "rival" in found:
        result["times_faster"] = found["rival"]["seconds"] / found["ours"]["seconds"]
        result["memory_ratio"] = found["rival"]["peak_mb"] / found["ours"]["peak_mb"]
        print(f"hazard, {given.rows} rows, {given.regions} regions: {result['times_faster']:.1f} times faster, "
              f"{result['memory_ratio']:.1f} times less memory at the peak (whole process)")  # fmt: skip
    if given.json:
        with open(given.json, "w", encoding="utf-8") as file:
            json.dump(result, file, indent=1)


if __name__ == "__main__":
    main()
