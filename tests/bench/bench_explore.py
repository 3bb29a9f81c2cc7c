"""How long a change of choice takes until 00-explore has redrawn: each kind of change, the first time and once things are worked out."""

from __future__ import annotations

import io
import time
from contextlib import redirect_stdout

import kopanalysis as ka
from kopanalysis.present import explore, explore_panels, explore_view

GOAL = 0.3  # seconds
CHANGES = (
    ("kecamatan", "Pauh Duo"), ("rule", "no_rat_2y"), ("silence", "evidence"), ("sector", "Peternakan"), ("sector", ""),
    ("first_year", 2018), ("last_year", 2021), ("kecamatan", ""), ("rule", "no_rat_3y"), ("last_year", 2019), ("silence", "legal"),
)  # fmt: skip


def measure(desk: explore.Desk) -> list[tuple[float, float]]:
    """Seconds on the clock and of the processor for each change, in order, the searchable table included."""
    taken = []
    with redirect_stdout(io.StringIO()):
        explorer = explore_view.explore(desk)
        for name, value in CHANGES:
            began = time.perf_counter(), time.process_time()
            explorer.controls[name].value = value
            taken.append((time.perf_counter() - began[0], time.process_time() - began[1]))
    return taken


if __name__ == "__main__":
    study = ka.open_study("", headline_date="2022-08-25")
    measure(explore.open_desk(study))  # imports, fonts
    desk = explore.open_desk(study)
    cold = measure(desk)
    for step in explore.ahead_of_need(desk):
        step()
    explore_panels.draw_view.cache_clear()
    warm = measure(desk)
    print(f"seconds on the clock (of the processor: another's load doesn't count) until redrawn; goal {GOAL}")
    for (name, value), (clock, cpu), (later, later_cpu) in zip(CHANGES, cold, warm, strict=True):
        print(f"{name} = {value!r}: {clock:.2f} ({cpu:.2f}) the first time, {later:.2f} ({later_cpu:.2f}) once worked out ahead")
    slowest = [max(part) for taken in (cold, warm) for part in zip(*taken, strict=True)]
    print("slowest: {:.2f} ({:.2f}) the first time, {:.2f} ({:.2f}) once worked out ahead".format(*slowest))
