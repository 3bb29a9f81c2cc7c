"""The grade of the evidence: identification and precision, never significance; and the direction, read off the interval."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import pandas as pd

from kopanalysis.errors import CallError
from kopanalysis.impact import timing
from kopanalysis.impact.reasons import words
from kopanalysis.results import Check, Estimate, Table

Direction = Literal["rise", "fall", "ruled_out", "undecided"]
CHECKS = ("did", "same_state", "permutation", "codings", "leave_one_out", "tipping_point", "balance")
KNOWN = (*CHECKS, "certificate", "adjusted")
RED, GREEN = "red", "green"
SENDS_TO_C = ("bracket_disagrees", "codings_disagree")


def evidence_grade(design: Check, results: Mapping[str, Any] | Iterable[Estimate] = ()) -> str:
    """Grade the evidence.

    Parameters
    ----------
    design : Check
        From :func:`kopanalysis.describe_design`.
    results : mapping, or iterable of Estimate
        As :func:`grade_reasons`.

    Returns
    -------
    {"A", "B", "C", "D"}

    Raises
    ------
    CallError
        For a check that isn't known.
    """
    return str(grade_reasons(design, results).grade_ceiling)


def grade_reasons(design: Check, results: Mapping[str, Any] | Iterable[Estimate] = ()) -> Check:
    """Grade the evidence, with every open threat named.

    Parameters
    ----------
    design : Check
        From :func:`kopanalysis.describe_design`; its ceiling is never passed.
    results : mapping, or iterable of Estimate
        By name: ``did``, ``same_state``, ``permutation`` (Estimate each), ``codings`` (mapping or sequence of Estimate, one a coding of
        silence), ``leave_one_out`` (Table with ``conf_low, conf_high``), ``tipping_point`` (share of the silent that would have to work to
        undo the result: Estimate or number, missing: none would), ``balance`` (Table with ``flagged``), ``adjusted`` (True where flags
        were adjusted for), ``certificate`` (``green``, ``red`` or None). An iterable is read by the function that made each.

    Returns
    -------
    Check
        ``grade_ceiling`` is the grade; ``reasons`` the open threats.

    Raises
    ------
    CallError
        For a check that isn't known.

    Notes
    -----
    A: none open and a green certificate. B: one open, or no certificate. C: two or more, the bracket or the codings disagree. D: a red
    certificate, a design that can't be assessed, or a leading estimate whose own smallest visible effect exceeds what the treated can
    still rise. Checks that weren't made count together as one threat.
    """
    evidence = _named(results)
    ceiling = design.grade_ceiling or "D"
    threats = _threats(design, evidence)
    if _no_room(design, evidence):
        threats, ceiling = ("no_room", *threats), "D"
    if evidence.get("certificate") == RED:
        return _graded(design, "D", ("certificate_red", *threats))
    capped = () if evidence.get("certificate") == GREEN else ("certificate_missing",)
    own = "C" if len(threats) > 1 or any(code in SENDS_TO_C for code in threats) else "B" if threats or capped else "A"
    return _graded(design, max(ceiling, own), (*design.reasons, *threats, *capped))


def direction(estimate: Estimate, smallest: float | None = None) -> Direction:
    """What the interval says: a rise, a fall, that an effect of the size that matters is ruled out, or nothing yet.

    Parameters
    ----------
    estimate : Estimate
    smallest : float, optional
        Smallest effect that matters; default: the plan's.

    Returns
    -------
    {"rise", "fall", "ruled_out", "undecided"}
    """
    low, high = estimate.conf_low, estimate.conf_high
    return _direction(low, high, timing.setting("smallest_effect") if smallest is None else smallest)


def _direction(low: float | None, high: float | None, smallest: float) -> Direction:
    if low is None or high is None or pd.isna(low) or pd.isna(high):
        return "undecided"
    if low > 0:
        return "rise"
    if high < 0:
        return "fall"
    return "ruled_out" if high < smallest and low > -smallest else "undecided"


def _graded(design: Check, grade: str, codes: tuple[str, ...]) -> Check:
    return Check(
        design.name.replace("design", "grade", 1), grade != "D", codes, None, grade, texts=words(codes), p_floor=design.p_floor,
        mde=design.mde, n_treated=design.n_treated, empty_cells=design.empty_cells,
    )  # fmt: skip


def _named(results: Mapping[str, Any] | Iterable[Estimate]) -> dict[str, Any]:
    if isinstance(results, Mapping):
        strange = [name for name in results if name not in KNOWN]
        if strange:
            raise CallError(f"{strange[0]!r} is no check", mend=f"Known: {', '.join(KNOWN)}.")
        return dict(results)
    found: dict[str, Any] = {}
    for item in results:
        maker = item.call.function.rpartition(".")[2].removesuffix("_test") if item.call is not None else ""
        if maker not in KNOWN:
            raise CallError("an estimate doesn't say what made it", mend="Pass a mapping: {'did': ..., 'same_state': ...}.")
        found.setdefault(maker, item)
    return found


def _threats(design: Check, evidence: Mapping[str, Any]) -> tuple[str, ...]:
    smallest = timing.setting("smallest_effect")
    lead = _lead(evidence)
    missing = [name for name in CHECKS if name not in evidence]
    found = [
        ("not_primary", _not_primary(design)),
        ("imprecise", lead is not None and not _width(lead) < smallest),
        ("tests_disagree", _disagree(evidence.get("permutation"), evidence.get("did"))),
        ("bracket_disagrees", _apart(evidence.get("did"), evidence.get("same_state"))),
        ("codings_disagree", _sides(evidence.get("codings"), smallest) > 1),
        ("one_decides", _one_decides(evidence.get("leave_one_out"), smallest)),
        ("silence_decides", _silence_decides(evidence.get("tipping_point"))),
        ("unbalanced", _flagged(evidence.get("balance")) and not evidence.get("adjusted")),
        ("unchecked", bool(missing)),
    ]
    return tuple(code for code, open_ in found if open_)


def _no_room(design: Check, evidence: Mapping[str, Any]) -> bool:
    """Whether even a rise of all the treated would be smaller than what the leading estimate can show."""
    lead, room = _lead(evidence), design.facts.get("room")
    known = lead is not None and lead.mde is not None and room is not None and "no_room" not in design.reasons
    return known and not pd.isna(lead.mde) and bool(lead.mde >= room)


def _lead(evidence: Mapping[str, Any]) -> Any:
    return evidence.get("permutation") or evidence.get("did")


def _not_primary(design: Check) -> bool:
    plan = timing.planned_for(str(design.facts.get("outcome", "")))
    return plan is None or plan.role != timing.PRIMARY


def _width(estimate: Estimate) -> float:
    if estimate.conf_low is None or estimate.conf_high is None:
        return float("inf")
    return float(estimate.conf_high - estimate.conf_low)


def _disagree(one: Estimate | None, other: Estimate | None) -> bool:
    """Whether one test rejects no effect and the other doesn't."""
    if one is None or other is None or one.p_value is None or other.p_value is None:
        return False
    return (one.p_value < 1 - one.level) != (other.p_value < 1 - other.level)


def _apart(one: Estimate | None, other: Estimate | None) -> bool:
    """Whether either lies outside the other's interval."""
    if one is None or other is None:
        return False
    pairs = ((one, other), (other, one))
    return any(b.conf_low is None or b.conf_high is None or not b.conf_low <= a.estimate <= b.conf_high for a, b in pairs)


def _sides(codings: Any, smallest: float) -> int:
    values = list(codings.values()) if isinstance(codings, Mapping) else list(codings or ())
    return len({item.estimate >= smallest for item in values})


def _one_decides(table: Any, smallest: float) -> bool:
    if not isinstance(table, Table) or not {"conf_low", "conf_high"} <= set(table.data):
        return False
    limits = table.data[["conf_low", "conf_high"]].astype(float).to_numpy()
    return len({_direction(float(low), float(high), smallest) for low, high in limits}) > 1


def _silence_decides(share: Any) -> bool:
    value = share.estimate if isinstance(share, Estimate) else share
    return value is not None and not pd.isna(value) and float(value) <= timing.setting("plausible_silence")


def _flagged(table: Any) -> bool:
    return isinstance(table, Table) and "flagged" in table.data and bool(table.data["flagged"].any())
