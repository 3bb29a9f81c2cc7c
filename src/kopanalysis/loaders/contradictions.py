"""Cells that are right alone and can't be right together: warned about, never changed."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from kopanalysis.loaders.join import kept_rows
from kopanalysis.loaders.parse import Parsed, warn

ENDED = frozenset({"dissolved", "merged"})
Decisions = dict[str, list[tuple[date, str]]]


def warn_contradictions(tables: list[Parsed]) -> None:
    """Warn about register rows whose dates stand in an impossible order, or whose status an earlier decision contradicts.

    Parameters
    ----------
    tables : list of Parsed
        After linking and without duplicates; their ``warnings`` grow.
    """
    decided = _decisions(tables)
    for parsed in tables:
        if parsed.table == "register":
            for index in kept_rows(parsed):
                _check_dates(parsed, index)
                if decided:
                    _check_status(parsed, index, decided)


def _decisions(tables: list[Parsed]) -> Decisions:
    found: Decisions = defaultdict(list)
    for parsed in tables:
        if parsed.table == "decisions":
            for index in kept_rows(parsed):
                coop, day, what = (parsed.columns[name][index] for name in ("coop_id", "date", "decision"))
                found[coop].append((day, what))
    return found


def _check_dates(parsed: Parsed, index: int) -> None:
    founded, met, seen = (parsed.columns[name][index] for name in ("legal_date", "last_rat_date", "snapshot_date"))
    if founded and seen and founded > seen:
        warn(parsed, index, "legal_date", founded, "out_of_range.order", f"{seen:%d-%m-%Y}")
    elif founded and met and met < founded:
        warn(parsed, index, "last_rat_date", met, "out_of_range.order", f"{founded:%d-%m-%Y}")


def _check_status(parsed: Parsed, index: int, decided: Decisions) -> None:
    coop, status, seen = (parsed.columns[name][index] for name in ("coop_id", "status", "snapshot_date"))
    before = [entry for entry in decided.get(coop, ()) if seen is None or entry[0] <= seen]
    last = max(before)[1] if before else ""
    if (status == "active" and last in ENDED) or (status == "dissolved" and last not in ENDED):
        said = f"{max(before)[0]:%d-%m-%Y}" if before else "-"
        warn(parsed, index, "status", status, "out_of_range.status", said)
