"""The leakage guard: what defines a status can't explain it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from kopanalysis import rules
from kopanalysis.errors import LeakageError

Purpose = Literal["why", "warning"]
MEETING = "the history of members' meetings decides the status"
WORDS = {
    "rat": MEETING, "meeting": MEETING, "meetings": MEETING, "held": MEETING, "reported": MEETING, "late": MEETING,
    "status": "a status is what is to be explained", "inactive": "a status is what is to be explained",
    "grade": "the NIK grade is lowered when no meeting is reported", "score": "an inactive cooperative is given no health score",
    "health": "an inactive cooperative is given no health score", "predikat": "an inactive cooperative is given no health score",
}  # fmt: skip
NAMES = {"class": "the health class comes from a score that an inactive cooperative isn't given"}
BUSINESS = ("business", "turnover", "loans")


def check_leakage(predictors: Iterable[str], rule: str = "no_rat_3y", purpose: Purpose = "why") -> None:
    """Refuse predictors that are made from what defines the status.

    Parameters
    ----------
    predictors : iterable of str
        Column names; judged by the words in them, such as ``years_since_rat`` or ``nik_grade``.
    rule : str
        The definition of inactive; one that asks for business also rules out turnover and loans.
    purpose : {"why", "warning"}
        A warning may use the history of meetings, since it forecasts and doesn't explain.

    Raises
    ------
    LeakageError
        Naming each such predictor and the reason.
    RuleError
        For an unknown rule.
    """
    asks_business = rules.inactivity_rule(rule).needs_no_business
    if purpose == "warning":
        return
    found = {name: reason for name in predictors if (reason := _reason(name, asks_business))}
    if found:
        said = "; ".join(f"{name}: {reason}" for name, reason in found.items())
        raise LeakageError(
            f"A predictor explains the label with itself ({said})", f"rule {rule}", "Leave it out; the watch-list may use it."
        )


def _reason(name: str, asks_business: bool) -> str:
    lowered = name.lower()
    if lowered in NAMES:
        return NAMES[lowered]
    words = set(re.split(r"[^a-z]+", lowered))
    for word in words & set(WORDS):
        return WORDS[word]
    if asks_business and words & set(BUSINESS):
        return "this rule asks for business"
    return ""
