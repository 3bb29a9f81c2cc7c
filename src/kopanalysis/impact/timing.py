"""What the plan decided before the outcome was read: estimands, when each can show an effect, and the thresholds of the guard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from kopanalysis import rules
from kopanalysis.errors import CallError, DataError
from kopanalysis.results import Text

PRIMARY = "primary"


@dataclass(frozen=True)
class Estimand:
    """A planned outcome.

    Attributes
    ----------
    name, outcome : str
        Name in the plan; column of the panel.
    label : Text
    role : str
        ``primary`` or ``secondary``.
    about : str
        ``activity``, ``reporting`` or ``size``: never pooled.
    before_to, after_from : int
        Last book year before, first book year that can show an effect.
    """

    name: str
    outcome: str
    label: Text
    role: str
    about: str
    before_to: int
    after_from: int


def estimands() -> dict[str, Estimand]:
    """Planned outcomes of impact by name, the primary one first.

    Returns
    -------
    dict of str to Estimand
    """
    found = {}
    for name, raw in rules.parameters("plan", "estimand").items():
        words = raw.fields
        label = Text(str(words["label_id"]), str(words["label_en"]))
        found[name] = Estimand(
            name, str(raw.value), label, str(words["role"]), str(words["about"]), int(words["before_to"]), int(words["after_from"])
        )
    return dict(sorted(found.items(), key=lambda item: item[1].role != PRIMARY))


def planned_for(outcome: str) -> Estimand | None:
    """The estimand of an outcome, None where the plan doesn't name it."""
    return next((estimand for estimand in estimands().values() if estimand.outcome == outcome), None)


def setting(name: str) -> float:
    """One threshold of ``[impact_setting]``."""
    return float(rules.parameter("plan", f"impact_setting.{name}").value)


def periods(
    panel: pd.DataFrame, outcome: str, pre: Sequence[Any] | None = None, post: Sequence[Any] | None = None,
    time: str = "book_year",
) -> tuple[list[Any], list[Any]]:  # fmt: skip
    """Periods before and after: those given, else the plan's, among those in which the outcome is known for most.

    A period in which most are unknown is left out: those known in it are seldom the usual ones.

    Parameters
    ----------
    panel : pandas.DataFrame
    outcome : str
    pre, post : sequence, optional
    time : str

    Returns
    -------
    pre, post : list

    Raises
    ------
    CallError
        When nothing is given and the plan doesn't name the outcome, or the panel has no such column.
    DataError
        When the panel holds no period before or none after.
    """
    if pre is not None and post is not None:
        return list(pre), list(post)
    absent = [name for name in (outcome, time) if name not in panel]
    if absent:
        raise CallError(f"the panel has no column {', '.join(absent)}", mend=f"It has {', '.join(map(str, panel.columns))}.")
    plan = planned_for(outcome)
    if plan is None:
        known = ", ".join(estimand.outcome for estimand in estimands().values())
        raise CallError(f"the plan has no timing for {outcome!r}", mend=f"Give pre and post, or take one of {known}.")
    years = _known_periods(panel, outcome, time)
    before = list(pre) if pre is not None else [year for year in years if year <= plan.before_to]
    after = list(post) if post is not None else [year for year in years if year >= plan.after_from]
    if not before or not after:
        which = f"up to {plan.before_to}" if not before else f"from {plan.after_from} on"
        raise DataError(f"{outcome} is known in no {time} {which}", mend="Collect that year, or give pre and post.")
    return before, after


def _known_periods(panel: pd.DataFrame, outcome: str, time: str) -> list[Any]:
    """Periods with enough known; where there is none, all with anything known."""
    share = panel[outcome].notna().groupby(panel[time]).mean()
    enough = share.index[share >= 1 - setting("unknown_share")]
    return sorted(enough if len(enough) else share.index[share > 0])
