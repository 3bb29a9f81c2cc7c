"""Predictors as the plan declared them, and why one of them can't enter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from kopanalysis import rules
from kopanalysis.errors import CallError
from kopanalysis.inactivity.design import is_factor

MOST = 5
REASONS = ("not_recorded", "missing", "no_variation", "separation", "collinear", "too_few_events")


def planned(kind: Literal["hazard", "warning"] = "hazard") -> tuple[str, ...]:
    """Predictors declared in data/rules/plan.toml, in order.

    Parameters
    ----------
    kind : {"hazard", "warning"}

    Returns
    -------
    tuple of str

    Raises
    ------
    CallError
        When the plan names more than five.
    """
    names = tuple(str(parameter.value) for parameter in rules.parameters("plan", kind).values())
    if len(names) > MOST:
        raise CallError(f"the plan names {len(names)} predictors of {kind}", "plan.toml", f"At most {MOST}.")
    return names


def planned_curves() -> tuple[str, ...]:
    """Planned predictors of inactivity that enter with their square."""
    return tuple(str(p.value) for p in rules.parameters("plan", "hazard").values() if p.fields.get("curved"))


def directions() -> dict[str, int]:
    """Which way a planned warning predictor must raise the risk to be given as a reason: 1 when high, -1 when low, 0 either."""
    return {str(p.value): int(p.fields.get("direction", 0)) for p in rules.parameters("plan", "warning").values()}


def screen(
    frame: pd.DataFrame, outcome: str, predictors: Sequence[str], curved: Sequence[str] = (), penalised: bool = False, budget: bool = True
) -> dict[str, str]:
    """Why a predictor can't enter; an empty reason where it can.

    Parameters
    ----------
    frame : pandas.DataFrame
    outcome : str
        0 or 1.
    predictors : sequence of str
        In the order in which they have a claim to the few parameters that the events carry.
    curved : sequence of str
        Those that cost two.
    penalised : bool
        A penalised fit stands separation.
    budget : bool
        Whether to keep to the plan's events per parameter.

    Returns
    -------
    dict of str to str
        ``not_recorded, missing, no_variation, separation, collinear, too_few_events`` or empty.
    """
    limit = float(rules.parameter("plan", "hazard_setting.missing_share").value)
    affordable = np.inf
    if budget:
        affordable = max(1, int(frame[outcome].sum() // float(rules.parameter("plan", "hazard_setting.events_per_parameter").value)))
    reasons: dict[str, str] = {}
    spent = 0
    for name in predictors:
        reason = _own_reason(frame, outcome, name, limit, penalised) or _collinear(
            frame, name, [p for p, why in reasons.items() if not why]
        )
        cost = 0 if reason else _cost(frame[name], name in curved)
        if not reason and spent + cost > affordable:
            reason = "too_few_events"
        else:
            spent += cost
        reasons[name] = reason
    return reasons


def _own_reason(frame: pd.DataFrame, outcome: str, name: str, limit: float, penalised: bool) -> str:
    if name not in frame or frame[name].isna().all():
        return "not_recorded"
    if frame[name].isna().mean() > limit:
        return "missing"
    known = frame[frame[name].notna()]
    if known[name].nunique() < 2:
        return "no_variation"
    if penalised or (known[name].nunique() > 2 and not is_factor(known[name])):
        return ""
    return "separation" if known[name].nunique() - len(separated_levels(known, outcome, name)) < 2 else ""


def separated_levels(frame: pd.DataFrame, outcome: str, name: str) -> list[object]:
    """Values of a column whose rows all have the event, or all don't: their estimate would run away.

    Parameters
    ----------
    frame : pandas.DataFrame
    outcome, name : str

    Returns
    -------
    list
    """
    shares = frame.groupby(name)[outcome].mean()
    return list(shares.index[shares.isin([0.0, 1.0])])


def _collinear(frame: pd.DataFrame, name: str, kept: list[str]) -> str:
    numbers = [other for other in kept if not is_factor(frame[other])]
    if is_factor(frame[name]) or not numbers:
        return ""
    values = np.column_stack([frame[column].astype(float).to_numpy() for column in (*numbers, name)])
    values = values[~np.isnan(values).any(axis=1)]
    x, y = np.column_stack([np.ones(len(values)), values[:, :-1]]), values[:, -1]
    rest = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    return "collinear" if rest.std() < 1e-6 * max(y.std(), 1e-300) else ""


def _cost(values: pd.Series, curved: bool) -> int:
    return int(values.nunique()) - 1 if is_factor(values) else 1 + curved
