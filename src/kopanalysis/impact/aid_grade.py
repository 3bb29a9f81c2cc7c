"""How far the estimate of cattle aid can be trusted: the guard, the checks that were made, and the grade that is left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd

from kopanalysis.errors import DataError
from kopanalysis.impact.aid import AIDED, COHORT, aid_periods
from kopanalysis.impact.aid_effects import lead_estimate
from kopanalysis.impact.balance import balance
from kopanalysis.impact.design import describe_design
from kopanalysis.impact.did import did
from kopanalysis.impact.event_time import UNTHREATENED, cattle_certificate
from kopanalysis.impact.grade import GREEN, RED, grade_reasons
from kopanalysis.impact.reasons import words
from kopanalysis.impact.same_state import same_state
from kopanalysis.impact.sensitivity import leave_one_out_limits
from kopanalysis.impact.tipping import tipping_point
from kopanalysis.lineage import Rows, recorded
from kopanalysis.results import Check, Number

CODINGS = ("alive_legal", "alive_evidence", "alive_unknown")
COVARIATES = ("age", "members", "sector", "kecamatan")
HERD_SHOCKS = ("foot_and_mouth",)  # in data/rules/events.toml: they strike those who keep cattle and spare the others
GRADES = ("A", "B", "C", "D")
COVERED, CRIES_WOLF = 0.93, 0.07


@recorded
def aid_design(panel: pd.DataFrame, outcome: str = "rat_held", second: str | None = "treated", anticipation: int = 1) -> Check:
    """Read the assignment of the aid before any estimate, with the training as the second programme.

    Parameters
    ----------
    panel : pandas.DataFrame
        From :func:`kopanalysis.aid_sample`.
    outcome : str
    second : str, optional
        0/1 column of the other programme; None: leave it out.
    anticipation : int

    Returns
    -------
    Check
        As :func:`kopanalysis.describe_design`, with a lower ceiling: aid was given by choice, so B at best, and C where
        disease struck the herds in a year of delivery. Its numbers are ``cattle.n_treated`` and the like.

    Raises
    ------
    CallError, DataError
        As :func:`kopanalysis.describe_design`.
    """
    pre, post = aid_periods(panel, anticipation)
    found = describe_design(panel, AIDED, outcome, pre, post, second=second, programme="cattle", cohort=COHORT)
    facts = found.facts
    others = Number("cattle.n_others", int(facts["untreated"]), "cooperatives", n=int(facts["units"]), method="count", rows=found.rows)
    return replace(_undrawn(found), numbers=(*found.numbers, others))


def _undrawn(design: Check) -> Check:
    """The guard of aid that nobody drew by lot: B at best, and C where disease struck the herds in a year of delivery."""
    ceiling = str(design.grade_ceiling or "D")
    if not set(HERD_SHOCKS) & set(design.facts.get("shocks_same_year", ())):
        return replace(design, grade_ceiling=max(ceiling, "B"))
    codes = (*(code for code in design.reasons if code != "shock_nearby"), "shock_year")
    return replace(design, grade_ceiling=max(ceiling, "C"), reasons=codes, texts=words(codes))


@recorded
def aid_grade(panel: pd.DataFrame, outcome: str = "rat_held", anticipation: int = 1, draws: int = 1_999, seed: int = 0) -> Check:
    """Grade the estimate: the ceiling of the assignment, lowered by each check that stays open.

    Parameters
    ----------
    panel : pandas.DataFrame
        From :func:`kopanalysis.aid_sample`.
    outcome : str
    anticipation, draws, seed : int

    Returns
    -------
    Check
        As :func:`kopanalysis.grade_reasons`; number ``cattle.grade``: the letter stands in ``grade``, ``value`` counts from 1 for A to 4
        for D.

    Raises
    ------
    CallError, DataError
        As the estimators.
    """
    design = aid_design(panel, outcome, anticipation=anticipation)
    found = _checks(panel, outcome, anticipation, draws, seed) if design.grade_ceiling != "D" else {}
    graded = grade_reasons(design, found)
    rows = Rows.of(panel["source_rows"])
    value = GRADES.index(str(graded.grade_ceiling)) + 1
    number = Number("cattle.grade", value, "grade", grade=graded.grade_ceiling, n=design.n_treated, method="guard and checks", rows=rows)
    return replace(graded, numbers=(number,), rows=rows)


def _checks(panel: pd.DataFrame, outcome: str, anticipation: int, draws: int, seed: int) -> dict[str, Any]:
    pre, post = aid_periods(panel, anticipation)
    leading = (AIDED, pre, post)
    found: dict[str, Any] = {"certificate": certificate_verdict()}
    makers: dict[str, Callable[[], Any]] = {
        "permutation": lambda: lead_estimate(panel, outcome, anticipation, draws, seed),
        "did": lambda: did(panel, outcome, *leading),
        "same_state": lambda: same_state(panel, outcome, *leading),
        "codings": lambda: {name: did(panel, name, *leading) for name in CODINGS if name in panel},
        "leave_one_out": lambda: leave_one_out_limits(panel, outcome, *leading),
        "tipping_point": lambda: tipping_point(panel, outcome, *leading).number("tipping.share").value,
        "balance": lambda: balance(panel, AIDED, [name for name in COVARIATES if panel[name].notna().any()], pre=pre),
    }
    for name, make in makers.items():
        try:
            found[name] = make()
        except DataError:
            continue
    return found


def certificate_verdict(certificate: pd.DataFrame | None = None) -> str | None:
    """Whether the lead holds where it must: coverage and false alarms within their targets, by the 99 % Monte Carlo interval.

    Parameters
    ----------
    certificate : pandas.DataFrame, optional
        Default: the stored one of :func:`kopanalysis.truth.cattle_trials.certify_cattle`.

    Returns
    -------
    str or None
        ``green`` or ``red``; None where none is stored.
    """
    lines = cattle_certificate() if certificate is None else certificate
    if lines is None:
        return None
    own = lines[(lines["method"] == "att") & lines["scenario"].isin(UNTHREATENED)]
    covered = own.loc[own["measure"] == "coverage", "high"]
    alarms = own.loc[own["measure"] == "size", "low"]
    return GREEN if len(covered) and (covered >= COVERED).all() and (alarms <= CRIES_WOLF).all() else RED
