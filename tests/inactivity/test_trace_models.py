"""Numbers of the models come again from their own rows: the chain of calls re-run on the office's tables cut down to them."""

from __future__ import annotations

import importlib
from dataclasses import replace
from typing import Any

import pytest

import kopanalysis as ka
from kopanalysis.lineage import Call, Rows


def again(call: Call, office: Any, rows: Rows) -> Any:
    """Evaluate a chain as ``kopanalysis trace`` does, from an office already read."""
    if call.function == "kopanalysis.loaders.load.load_office":
        wanted = set(rows)
        tables = {
            name: frame[[key in wanted for key in zip(frame["source_id"], frame["source_row"], strict=True)]]
            for name, frame in office.tables.items()
        }
        return replace(office, tables=tables)
    module, _, name = call.function.rpartition(".")
    arguments = {key: tuple(value) if isinstance(value, list) else value for key, value in call.arguments.items()}
    assert call.input is not None
    return getattr(importlib.import_module(module), name)(again(call.input, office, rows), **arguments)


CASES = {
    "hazard": (lambda o, p: ka.stopping_model(p), ["hazard.livestock", "hazard.age"]),
    "watchlist_check": (
        lambda o, p: ka.watchlist_check(p),
        ["watchlist.auc", "watchlist.brier", "watchlist.brier_null", "watchlist.skill"],
    ),
    "watchlist": (lambda o, p: ka.watchlist(p), ["watchlist.expected"]),
    "states": (lambda o, p: ka.aalen_johansen(p), ["states.dissolved.2024", "states.returned.2024"]),
    "return": (lambda o, p: ka.return_by_years_inactive(p), ["return.share.1"]),
    "silence": (lambda o, p: ka.silence_bounds(p, "2025-12-31"), ["silence.headline", "silence.tipping", "silence.visited_working"]),
    "causes": (lambda o, p: ka.causes_table(o), ["causes.bad_loans", "causes.count.covid"]),
    "exit": (lambda o, p: ka.blocked_exit(o, region="13.11"), ["exit.inactive.yes.dissolved", "exit.active.no.inactive"]),
}


@pytest.mark.parametrize("case", list(CASES))
def test_a_number_comes_again_from_its_rows(case: str, demo_office: Any, full_panel: Any) -> None:
    make, names = CASES[case]
    first = make(demo_office, full_panel)
    number = first.number(names[0])
    assert len(number.rows) > 0
    second = again(number.call, demo_office, number.rows)
    for name in names:
        assert second.number(name).value == pytest.approx(first.number(name).value, rel=1e-9), name
