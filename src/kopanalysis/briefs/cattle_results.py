"""Everything that brief 40 computes, in the order in which a refusal stops what comes after it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import pandas as pd

from kopanalysis import rules
from kopanalysis.briefs.study import Study
from kopanalysis.errors import DataError
from kopanalysis.impact import aid, aid_cost, aid_effects, aid_grade, aid_links, aid_next, event_time
from kopanalysis.impact.bundle import bundle, bundle_counts
from kopanalysis.impact.dose import dose_curve
from kopanalysis.metrics.herd import herd_ledger
from kopanalysis.metrics.herd_audit import breeds_by_place, herd_audit_list
from kopanalysis.metrics.herd_findings import twice_uncounted
from kopanalysis.metrics.herd_treatment import group_aid, herd_treatment
from kopanalysis.results import Check, Table

Made = TypeVar("Made")
PRIMARY = "rat_held"
OTHERS = ("reported", "active", "business")
DRAWS = 1_999


@dataclass(frozen=True)
class Cattle:
    """Results of the brief; None where the data can't carry one.

    Attributes
    ----------
    ledger, groups, panel : pandas.DataFrame
        Herd ledger, groups with what they were given, cooperatives by book year with what they were given.
    treatment, programmes, breeds, costs, form : Table
    guards : mapping of str to Check
        By fund: whether it may be estimated at all.
    sample : pandas.DataFrame or None
        Whom an effect can be about.
    design : Check or None
        The guard, read before any estimate.
    grade : Check or None
    effects, others, events, cohorts, coverage, links, doses, points, cells, contrast, cost : Table or None
    curve, pair : Table or Check or None
        Dose curve and bundle: a Check where refused.
    order, ahead : Table
        Next batch, with and without names.
    twice : Table
        Heads that nobody counted and that may stand in the ledger twice.
    shock : Table or None
        How the first deliveries lie to the outbreak.
    anticipation : int
    """

    ledger: pd.DataFrame
    groups: pd.DataFrame
    panel: pd.DataFrame
    treatment: Table
    programmes: Table
    breeds: Table
    costs: Table
    form: Table
    guards: dict[str, Check]
    order: Table
    ahead: Table
    twice: Table
    shock: Table | None = None
    sample: pd.DataFrame | None = None
    design: Check | None = None
    grade: Check | None = None
    effects: Table | None = None
    others: Table | None = None
    events: Table | None = None
    cohorts: Table | None = None
    coverage: Table | None = None
    links: Table | None = None
    doses: Table | None = None
    points: Table | None = None
    curve: Table | Check | None = None
    cells: Table | None = None
    pair: Table | Check | None = None
    contrast: Table | None = None
    cost: Table | None = None
    anticipation: int = 1


def open_cattle(
    study: Study, anticipation: int = 1, price_year: int = 0, discount_rate: float = -1.0, worth_idr: float = 0.0,
    next_places: int = 0, lottery_seed: int = 0, seed: int = 0, draws: int = DRAWS,
) -> Cattle:  # fmt: skip
    """Compute the brief: the guard first, and no estimate where it refuses.

    Parameters
    ----------
    study : Study
    anticipation : int
        Book years before the aid in which it may already show.
    price_year, discount_rate, worth_idr
        As :func:`kopanalysis.impact.aid_cost.aid_cost`.
    next_places, lottery_seed : int
        Of the next batch.
    seed, draws : int
        Of the reassignments.

    Returns
    -------
    Cattle
    """
    ledger = herd_ledger(study.office, study.as_of, study.region)
    groups = group_aid(ledger)
    panel = aid.aid_panel(study.office, study.as_of, study.region)
    found = _descriptive(ledger, groups, panel, price_year, discount_rate, next_places, lottery_seed)
    sample = _maybe(lambda: aid.aid_sample(panel, anticipation=anticipation))
    if sample is None:
        return Cattle(**found, anticipation=anticipation)
    found |= {"sample": sample, "design": _maybe(lambda: aid_grade.aid_design(sample, anticipation=anticipation))}
    found["shock"] = aid.recipients_and_shock(sample)
    found |= _cells(sample, anticipation, draws, seed)
    if found["design"] is not None and found["design"].passed:
        found |= _estimates(sample, anticipation, draws, seed)
        found["cost"] = _maybe(lambda: aid_cost.aid_cost(sample, PRIMARY, price_year, discount_rate, worth_idr, anticipation, draws, seed))
    found["grade"] = _maybe(lambda: aid_grade.aid_grade(sample, PRIMARY, anticipation, draws, seed))
    return Cattle(**found, anticipation=anticipation)


def _maybe(make: Callable[[], Made]) -> Made | None:
    """What can be made; None where the data can't carry it."""
    try:
        return make()
    except DataError:
        return None


def _descriptive(
    ledger: pd.DataFrame, groups: pd.DataFrame, panel: pd.DataFrame, price_year: int, discount_rate: float, places: int, seed: int
) -> dict[str, Any]:
    programmes = aid.aid_programmes(panel)
    return {
        "ledger": ledger, "groups": groups, "panel": panel, "treatment": herd_treatment(groups), "programmes": programmes,
        "breeds": breeds_by_place(ledger), "costs": aid_cost.herd_cost(groups, price_year, discount_rate), "form": herd_audit_list(ledger),
        "twice": twice_uncounted(ledger),
        "guards": {fund: aid.programme_guard(panel, fund) for fund in programmes.data["fund"]},
        "order": aid_next.next_batch(panel, places=places, seed=seed), "ahead": aid_next.next_design(panel, places=places, seed=seed),
    }  # fmt: skip


def _cells(sample: pd.DataFrame, anticipation: int, draws: int, seed: int) -> dict[str, Any]:
    """Counts before contrasts, and the accounts: descriptive, so also where the guard refuses an estimate."""
    pre, post = aid.aid_periods(sample, anticipation)
    leading = (sample, PRIMARY, "treated", aid.AIDED, pre, post)
    return {
        "cells": _maybe(lambda: bundle_counts(*leading)), "pair": _maybe(lambda: bundle(*leading, draws=draws, seed=seed)),
        "contrast": _maybe(lambda: aid_effects.grant_contrast(sample, anticipation)),
        "doses": _maybe(lambda: aid_effects.aid_dose(sample, PRIMARY, anticipation, seed=seed)),
        "points": _maybe(lambda: aid_effects.dose_points(sample, PRIMARY, anticipation=anticipation)),
        "curve": _maybe(lambda: dose_curve(sample, PRIMARY, "heads_given", pre, post)),
    }  # fmt: skip


def _estimates(sample: pd.DataFrame, anticipation: int, draws: int, seed: int) -> dict[str, Any]:
    lead, lag = (int(rules.parameter("aid", f"window.{name}").value) for name in ("lead", "lag"))
    leading = (sample, PRIMARY)
    return {
        "effects": _maybe(lambda: aid_effects.aid_effects(*leading, anticipation, draws, seed)),
        "others": _maybe(lambda: aid_effects.aid_outcomes(sample, OTHERS, anticipation, draws, seed)),
        "events": _maybe(lambda: event_time.event_time(*leading, aid.COHORT, lead, lag, anticipation, draws, seed)),
        "cohorts": _maybe(lambda: event_time.by_cohort(*leading, aid.COHORT, anticipation, draws, seed)),
        "coverage": _maybe(lambda: event_time.coverage_table(sample)),
        "links": _maybe(lambda: aid_links.unlinked_influence(*leading, anticipation, seed=seed)),
    }  # fmt: skip
