"""One outcome, every estimator: the bracket of difference in differences and same state, with the names under which briefs print them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite
from typing import Any

import pandas as pd

from kopanalysis.errors import CallError, DataError
from kopanalysis.impact.att_gt import aggregate, att_gt
from kopanalysis.impact.did import did
from kopanalysis.impact.permutation import permutation_test
from kopanalysis.impact.same_state import same_state
from kopanalysis.lineage import Rows, recorded
from kopanalysis.results import Estimate, Number, Table

COHORT = "_first_treated"


@recorded
def effects_table(
    panel: pd.DataFrame, outcome: str, treated: str, pre: Sequence[Any], post: Sequence[Any], strata: Sequence[str] = (),
    programme: str = "training", draws: int = 10_000, seed: int = 0, unit: str = "coop_id", time: str = "book_year", level: float = 0.95,
) -> Table:  # fmt: skip
    """Estimate one effect by each method, with its numbers ready to be printed and traced.

    Parameters
    ----------
    panel : pandas.DataFrame
        One row a ``unit`` and ``time``; periods are whole years.
    outcome, treated : str
    pre, post : sequence of int
    strata : sequence of str
        For the permutations.
    programme : str
        First word of the numbers' names.
    draws, seed : int
    unit, time : str
    level : float

    Returns
    -------
    Table
        The tidy columns with ``term`` ``did, same_state, att_gt, did_permutation, same_state_permutation``, then ``level, mde, p_floor,
        n_treated, df, draws, mc_error, dropped``. Numbers ``<programme>.att.<outcome>.<term>``, ``<programme>.seen.<outcome>.<term>``
        (``mde``: the smallest difference that this estimate's own scatter lets it see) and ``<programme>.p.<outcome>.permutation``.

    Raises
    ------
    CallError, DataError
        As :func:`kopanalysis.did`; call :func:`kopanalysis.describe_design` first. Where another estimator refuses, its line has no numbers
        and ``method`` says why.
    """
    leading = (outcome, treated, list(pre), list(post))
    named: dict[str, Any] = {"unit": unit, "time": time, "level": level}
    shuffled = named | {"strata": tuple(strata), "draws": draws, "seed": seed}
    found = {
        "did": did(panel, *leading, **named),
        "same_state": _attempted(lambda: same_state(panel, *leading, **named)),
        "att_gt": _attempted(lambda: _by_cohort(panel, *leading, **named)),
        "did_permutation": _attempted(lambda: permutation_test(panel, *leading, **shuffled)),
        "same_state_permutation": _attempted(lambda: permutation_test(panel, *leading, estimator="same_state", **shuffled)),
    }
    data = pd.concat([_line(name, estimate) for name, estimate in found.items()], ignore_index=True)
    numbers = [
        Number(f"{programme}.att.{outcome}.{name}", None if pd.isna(item.estimate) else item.estimate, item.unit, item.conf_low,
               item.conf_high, level, item.n_units, method=item.method, rows=item.rows, cell=(row, "estimate"))
        for row, (name, item) in enumerate(found.items())
    ]  # fmt: skip
    numbers += [
        Number(f"{programme}.seen.{outcome}.{name}", item.mde if item.mde is not None and isfinite(item.mde) else None, item.unit,
               level=level, n=item.n_units, method=f"t and power times the standard error of: {item.method}", rows=item.rows,
               cell=(row, "mde"))
        for row, (name, item) in enumerate(found.items())
    ]  # fmt: skip
    test = found["did_permutation"]
    numbers.append(Number(f"{programme}.p.{outcome}.permutation", test.p_value, "score", n=test.n_units, method=test.method, rows=test.rows,
                          cell=(list(found).index("did_permutation"), "p_value")))  # fmt: skip
    rows = Rows.of(panel["source_rows"].dropna()) if "source_rows" in panel else Rows()
    return Table(f"effects.{outcome}", data, ("n_treated",), numbers=tuple(numbers), rows=rows)


def _attempted(make: Callable[[], Estimate]) -> Estimate:
    """One estimate, or a line that says why there is none."""
    try:
        return make()
    except (CallError, DataError) as refusal:
        return Estimate("refused", float("nan"), method=f"refused: {refusal.what}")


def _by_cohort(
    panel: pd.DataFrame, outcome: str, treated: str, pre: list[Any], post: list[Any], unit: str, time: str, level: float
) -> Estimate:
    """The doubly robust effect against the last period before, over the periods after."""
    lines = panel[panel[time].isin([*pre, *post])]
    first = lines[treated].astype("Int64").map({1: min(post)}).astype("Int64")
    return aggregate(att_gt(lines.assign(**{COHORT: first}), outcome, COHORT, unit, time, level=level), "simple")


def _line(name: str, found: Estimate) -> pd.DataFrame:
    dropped = "; ".join(f"{reason}: {count}" for reason, count in found.dropped.items())
    return found.tidy().assign(
        term=name, level=found.level, mde=found.mde, p_floor=found.p_floor, n_treated=found.n_treated, df=found.df, draws=found.draws,
        mc_error=found.mc_error, dropped=dropped,
    )  # fmt: skip
