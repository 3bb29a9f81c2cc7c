"""One outcome, every estimator: the bracket of difference in differences and same state, with the names under which briefs print them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

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
        n_treated, df, draws, mc_error, dropped``. Numbers ``<programme>.att.<outcome>.<term>`` and
        ``<programme>.p.<outcome>.permutation``.

    Raises
    ------
    CallError, DataError
        As the estimators; call :func:`kopanalysis.describe_design` first.
    """
    leading = (outcome, treated, list(pre), list(post))
    named: dict[str, Any] = {"unit": unit, "time": time, "level": level}
    shuffled = named | {"strata": tuple(strata), "draws": draws, "seed": seed}
    found = {
        "did": did(panel, *leading, **named),
        "same_state": same_state(panel, *leading, **named),
        "att_gt": _by_cohort(panel, *leading, **named),
        "did_permutation": permutation_test(panel, *leading, **shuffled),
        "same_state_permutation": permutation_test(panel, *leading, estimator="same_state", **shuffled),
    }
    data = pd.concat([_line(name, estimate) for name, estimate in found.items()], ignore_index=True)
    numbers = [
        Number(f"{programme}.att.{outcome}.{name}", item.estimate, item.unit, item.conf_low, item.conf_high, level, item.n_units,
               method=item.method, rows=item.rows, cell=(row, "estimate"))
        for row, (name, item) in enumerate(found.items())
    ]  # fmt: skip
    test = found["did_permutation"]
    numbers.append(Number(f"{programme}.p.{outcome}.permutation", test.p_value, "share", n=test.n_units, method=test.method, rows=test.rows,
                          cell=(list(found).index("did_permutation"), "p_value")))  # fmt: skip
    rows = Rows.of(panel["source_rows"].dropna()) if "source_rows" in panel else Rows()
    return Table(f"effects.{outcome}", data, ("n_treated",), numbers=tuple(numbers), rows=rows)


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
