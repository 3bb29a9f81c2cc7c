"""How long 10,000 studentised, stratified draws with the inverted interval take on 127 x 8, beside a loop of refits."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1] / "impact"))

from panels import changes, naive_statistic, random_panel

from kopanalysis.impact.permutation import permutation_test

PRE, POST = list(range(2016, 2022)), [2022, 2023]
UNITS, TREATED, DRAWS = 127, 15, 10_000
TIMES = 5


def district() -> pd.DataFrame:
    """127 units over eight book years, fifteen treated spread over four strata."""
    return random_panel(1, UNITS, TREATED, effect=0.2, years=8)


def refits(panel: pd.DataFrame, draws: int, seed: int = 0) -> tuple[float, float]:
    """The test as it is written first: relabel the panel within strata, collapse, fit, keep t. Seconds a draw, and the p-value."""
    rng, units = np.random.default_rng(seed), panel.drop_duplicates("coop_id").set_index("coop_id")
    stratum = units["kecamatan"].to_numpy()
    own = abs(_refit(panel, stratum))
    began, hits = time.perf_counter(), 0
    for _ in range(draws):
        label = units.groupby("kecamatan")["treated"].transform(lambda values: rng.permutation(values.to_numpy()))
        moved = panel.assign(treated=panel["coop_id"].map(label))
        hits += abs(_refit(moved, stratum)) >= own - 1e-9
    return (time.perf_counter() - began) / draws, (hits + 1) / (draws + 1)


def _refit(panel: pd.DataFrame, stratum: np.ndarray) -> float:
    lines = changes(panel, PRE, POST)
    return naive_statistic(lines["change"].to_numpy(), lines["treated"].to_numpy(), stratum)


def measure(draws: int) -> dict[str, float]:
    """Seconds of the test (median of five), of all the refits, their ratio, and both p-values."""
    panel, seconds = district(), []
    for _ in range(TIMES):
        began = time.perf_counter()
        found = permutation_test(panel, "rat_held", "treated", PRE, POST, strata=("kecamatan",), draws=DRAWS)
        seconds.append(time.perf_counter() - began)
    ours = float(np.median(seconds))
    plain, naive_p = refits(panel, draws)
    return {
        "seconds": round(ours, 3),
        "naive_seconds": round(plain * DRAWS, 1),
        "ratio": round(plain * DRAWS / ours),
        "p_value": round(found.p_value or 0.0, 4),
        "mc_error": round(found.mc_error or 0.0, 4),
        "naive_p": round(naive_p, 4),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--refits", type=int, default=300, help="refits timed; their time is scaled to all draws")
    print("permutation:", measure(parser.parse_args().refits))
