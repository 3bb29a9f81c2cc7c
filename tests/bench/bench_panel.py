"""How long a national panel takes: 210,000 cooperatives over ten years, all rules and codings; one twentieth of it unless --full."""

from __future__ import annotations

import argparse
import resource
import time
from dataclasses import replace

import pandas as pd

import kopanalysis as ka
from kopanalysis import rules
from kopanalysis.loaders.load import Office
from kopanalysis.resources import resource as shipped

NATIONAL = 210_000


def many(office: Office, copies: int) -> Office:
    """The demonstration office many times over, each copy with cooperatives of its own."""
    tables = {}
    for name, frame in office.tables.items():
        repeated = pd.concat([frame] * copies, ignore_index=True)
        copy = pd.Series(range(copies)).repeat(len(frame)).astype(str).to_numpy()
        tables[name] = repeated.assign(coop_id=repeated["coop_id"] + "#" + copy)
    return replace(office, tables=tables)


def measure(copies: int) -> dict[str, float]:
    """Seconds for the panel and for fifteen classifications, and the peak of memory."""
    office = many(ka.load_office(shipped("data", "demo")), copies)
    began = time.perf_counter()
    panel = ka.build_panel(office, region="13.11")
    built = time.perf_counter()
    for rule in rules.inactivity_rules():
        for silence in rules.silence_codings():
            ka.classify(panel, rule, silence, rows=False)
    done = time.perf_counter()
    return {
        "cooperatives": panel["coop_id"].nunique(),
        "lines": len(panel),
        "panel_seconds": round(built - began, 2),
        "rules_seconds": round(done - built, 2),
        "peak_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true")
    size = NATIONAL if parser.parse_args().full else NATIONAL // 20
    print("panel and rules:", measure(-(-size // 205)))
