"""Run every benchmark beside its rival and keep what they print in reports/bench.json; --full for national sizes, --rounds=1 in haste."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
REPORT = HERE.parents[1] / "reports" / "bench.json"

if __name__ == "__main__":
    found: dict[str, list[str]] = {}
    for script in sorted(HERE.glob("bench_*.py")):
        print(f"== {script.stem}", flush=True)
        asked = [word for word in sys.argv[1:] if f'"{word.partition("=")[0]}"' in script.read_text(encoding="utf-8")]  # not all know all
        done = subprocess.run([sys.executable, str(script), *asked], capture_output=True, text=True, encoding="utf-8", check=False)
        found[script.stem] = done.stdout.splitlines() or done.stderr.splitlines()[-3:]
        print("\n".join(found[script.stem]), flush=True)
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"kept in {REPORT}")
