"""Run every benchmark beside its rival and keep what they print in reports/bench.json; --full for national sizes, --rounds=1 in haste."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).parent
REPORT = HERE.parents[1] / "reports" / "bench.json"
LIBRARIES = ("kopanalysis", "numpy", "pandas", "matplotlib", "statsmodels", "papermill", "nbclient", "nbconvert")


def run(script: Path, asked: list[str]) -> dict[str, object]:
    """What a benchmark printed, and its exit code; it gets those of the arguments that it knows."""
    known = script.read_text(encoding="utf-8")
    words = [word for word in asked if f'"{word.partition("=")[0]}"' in known]
    done = subprocess.run([sys.executable, str(script), *words], capture_output=True, text=True, encoding="utf-8", check=False)
    lines = done.stdout.splitlines() + (done.stderr.splitlines()[-3:] if done.returncode else [])
    return {"arguments": words, "exit": done.returncode, "lines": lines}


def machine() -> dict[str, object]:
    """What ratios were measured on: seconds mean nothing without it."""
    return {"cores": os.cpu_count(), "system": platform.system(), "python": platform.python_version()} | {
        name: version(name) for name in LIBRARIES
    }


def main() -> int:
    found: dict[str, dict[str, object]] = {}
    for script in sorted(HERE.glob("bench_*.py")):
        print(f"== {script.stem}", flush=True)
        found[script.stem] = run(script, sys.argv[1:])
        print(*found[script.stem]["lines"], sep="\n", flush=True)
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(json.dumps({"machine": machine(), "parts": found}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    failed = [name for name, part in found.items() if part["exit"]]
    print(f"kept in {REPORT}" + (f"; failed: {', '.join(failed)}" if failed else ""))
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
