"""The grade of one study with everything behind it: design, estimates, codings, one left out, silence, balance, certificate."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from kopanalysis.errors import CallError, DataError
from kopanalysis.impact import timing
from kopanalysis.impact.balance import balance
from kopanalysis.impact.design import describe_design
from kopanalysis.impact.did import did
from kopanalysis.impact.grade import direction, grade_reasons
from kopanalysis.impact.ledger import certificate_state
from kopanalysis.impact.outcomes import CODINGS
from kopanalysis.impact.permutation import permutation_test
from kopanalysis.impact.same_state import same_state
from kopanalysis.impact.sensitivity import leave_one_out_limits
from kopanalysis.impact.tipping import tipping_point
from kopanalysis.lineage import recorded
from kopanalysis.results import Check, Number

GRADES = ("A", "B", "C", "D")
COVARIATES = ("members", "age")


@recorded
def graded_evidence(
    panel: pd.DataFrame, outcome: str, treated: str, pre: Sequence[Any], post: Sequence[Any], strata: Sequence[str] = (),
    sector: str = "sector", lottery: bool = False, draws: int = 10_000, seed: int = 0, programme: str = "training",
    unit: str = "coop_id", time: str = "book_year", level: float = 0.95,
) -> Check:  # fmt: skip
    """Make every check that the grade asks for and grade the evidence.

    Parameters
    ----------
    panel : pandas.DataFrame
        One row a ``unit`` and ``time``; columns ``alive_legal, alive_evidence`` of :func:`kopanalysis.with_outcomes` are the codings,
        where it has them.
    outcome, treated : str
    pre, post : sequence
        Periods.
    strata : sequence of str
        For the permutation.
    sector : str
    lottery : bool
        True where the treated were drawn by lot.
    draws, seed : int
        Of the permutation.
    programme : str
        First word of the numbers' names.
    unit, time : str
    level : float

    Returns
    -------
    Check
        As :func:`kopanalysis.impact.grade.grade_reasons`; ``facts`` holds ``direction``, ``made`` (checks that could be made) and
        ``certificate``. Numbers ``<programme>.grade_ceiling`` and ``<programme>.grade``: the letter stands in ``grade``, ``value`` counts
        from 1 for A to 4 for D.

    Raises
    ------
    CallError, DataError
        As :func:`kopanalysis.describe_design`.
    """
    design = describe_design(panel, treated, outcome, pre, post, sector, None, unit, time, lottery, programme)
    leading = (outcome, treated, list(pre), list(post))
    named: dict[str, Any] = {"unit": unit, "time": time}
    bare = panel.drop(columns="source_rows", errors="ignore")  # the rows stand on the design; gathering them again costs more than a test
    tests: dict[str, Callable[[], Any]] = {
        "did": lambda: did(bare, *leading, level=level, **named),
        "same_state": lambda: same_state(bare, *leading, level=level, **named),
        "permutation": lambda: permutation_test(bare, *leading, strata=strata, draws=draws, seed=seed, level=level, **named),
        "codings": lambda: _codings(bare, leading, named),
        "leave_one_out": lambda: leave_one_out_limits(bare, *leading, level=level, **named),
        "tipping_point": lambda: tipping_point(bare, *leading, **named).number("tipping.share").value,
        "balance": lambda: balance(bare, treated, [name for name in COVARIATES if name in bare and bare[name].notna().any()], unit, time),
    }
    results = _made(tests)
    state = certificate_state()
    graded = grade_reasons(design, results | {"certificate": state})
    lead = results.get("permutation") or results.get("did")
    matters = timing.setting("smallest_effect")
    facts = {"direction": direction(lead) if lead is not None else "undecided", "made": tuple(results), "certificate": state}
    numbers = tuple(
        Number(f"{programme}.{name}", GRADES.index(str(letter)) + 1, "grade", n=design.n_treated, method=method, grade=letter,
               rows=design.rows)
        for name, letter, method in (
            ("grade_ceiling", design.grade_ceiling, "best grade that the assignment allows"),
            ("grade", graded.grade_ceiling, "identification and precision"),
        )
    )  # fmt: skip
    widest = None if lead is None or lead.conf_low is None else max(abs(lead.conf_low), abs(lead.conf_high))
    more = (
        Number(f"{programme}.beyond.{outcome}", widest, "points", n=design.n_treated, method="farther end of the range", rows=design.rows),
        Number(f"{programme}.matters", matters, "points", method="smallest effect that matters, by the plan", rows=design.rows),
        Number(
            f"{programme}.plausible",
            timing.setting("plausible_silence"),
            "share",
            method="silent that may still work, by the plan",
            rows=design.rows,
        ),
    )
    return replace(graded, facts=facts, numbers=(*numbers, *more), rows=design.rows)


def _codings(panel: pd.DataFrame, leading: tuple[Any, ...], named: Mapping[str, Any]) -> dict[str, Any]:
    """The same difference under each reading of silence that leaves one."""
    columns = {coding: f"alive_{coding}" for coding in CODINGS[:2] if f"alive_{coding}" in panel}
    if not columns:
        raise DataError("No coding of silence is in the panel", mend="Pass it through with_outcomes.")
    return {coding: did(panel, column, *leading[1:], **named) for coding, column in columns.items()}


def _made(tests: Mapping[str, Callable[[], Any]]) -> dict[str, Any]:
    """Results of the checks that can be made; a missing one is a threat of its own."""
    results = {}
    for name, test in tests.items():
        try:
            results[name] = test()
        except (CallError, DataError):
            continue
    return results
