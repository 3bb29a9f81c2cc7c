"""The cattle programmes as officials printed them: a timeline of figures with different dates and scopes, contradictions marked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pandas as pd

from kopanalysis.lineage import Rows, recorded
from kopanalysis.results import Number, Table

WHOLE = "all"  # a figure of the whole programme
DELIVERED = ("arrived", "accepted", "counted")
CONFLICTS = ("group_over_total", "expected_after_cancelled", "done_and_planned", "given_without_count", "other_print")
Line = dict[str, Any]


@recorded
def cattle_timeline(pipeline: pd.DataFrame, programme: str = "DKS") -> Table:
    """Figures of one programme in order of date. They are not a funnel: each has its own date and scope, and groups are within totals.

    Parameters
    ----------
    pipeline : pandas.DataFrame
        From :func:`kopanalysis.load_pipeline`.
    programme : str

    Returns
    -------
    Table
        ``date, budget_year``, ``stage, group`` (``all``: the programme as a whole), ``heads`` (missing: none was printed),
        ``conflict`` (``no``, or why the figure can't stand beside another: ``group_over_total`` a group holds more than all groups had,
        ``expected_after_cancelled``, ``done_and_planned`` one event printed as both, ``given_without_count`` heads called given after a
        count had shown fewer, ``other_print`` two prints of one day differ), ``remark, source``. Numbers
        ``published.cattle.<programme>.<stage>.<budget year>.<date>.<group>`` and ``published.cattle.<programme>.conflicts``.
    """
    lines = pipeline[pipeline["programme"] == programme].sort_values("date", kind="stable").reset_index(drop=True)
    records: list[Line] = lines.to_dict("records")  # type: ignore[assignment]
    conflicts = dict(_conflicts(records))
    slug = _slug(programme)
    numbers: dict[str, Number] = {}
    for i, line in enumerate(records):
        name = f"published.cattle.{slug}.{line['stage']}.{line['year']}.{line['date']}.{_slug(line['group']) or 'all'}"
        value: int | None = None if pd.isna(line["heads"]) else int(line["heads"])
        rows = Rows.of([line["source_rows"]])
        numbers.setdefault(name, Number(name, value, "heads", method="as printed", rows=rows, cell=(i, "heads")))
    everything = Rows.of(lines["source_rows"])
    count = f"published.cattle.{slug}.conflicts"
    numbers[count] = Number(count, len(conflicts), "rows", n=len(lines), method="count", rows=everything)
    data = lines[["date"]].assign(
        budget_year=lines["year"],
        stage=lines["stage"],
        group=lines["group"].replace("", WHOLE),
        heads=lines["heads"].astype("Int64"),
        conflict=[conflicts.get(i, "no") for i in range(len(lines))],
        remark=lines["note"].map(_remark),
        source=lines["source_url"],
    )
    # Printed figures are public already: nothing of them is hidden.
    return Table(f"cattle_timeline.{slug}", data, numbers=tuple(numbers.values()), rows=everything)


def _remark(note: str) -> str:
    """Coded remarks: a date that was inferred, a value that was derived."""
    return " ".join(["inferred_date"] * ("date inferred" in note) + ["derived"] * note.startswith("derived"))


def _slug(text: str) -> str:
    return re.sub(r"\W+", "_", text.lower()).strip("_")


def _conflicts(records: list[Line]) -> Iterator[tuple[int, str]]:
    """Position and kind of every contradiction, the first kind that fits."""
    for i, line in enumerate(records):
        others = [other for other in records if other is not line and other["year"] == line["year"]]
        for kind, holds in _TESTS.items():
            if holds(line, others if kind != "expected_after_cancelled" else records):
                yield i, kind
                break


def _group_over_total(line: Line, others: list[Line]) -> bool:
    """A group is said to hold more than the whole programme had received by a later day."""
    if line["stage"] not in DELIVERED:
        return False
    others = [other for other in others if other["stage"] in DELIVERED and bool(other["group"]) != bool(line["group"])]
    pairs = [(line, other) if line["group"] else (other, line) for other in others]
    return any(total["heads"] < group["heads"] and total["date"] >= group["date"] for group, total in pairs)


def _expected_after_cancelled(line: Line, others: list[Line]) -> bool:
    """Heads announced after the same number was cancelled."""
    return line["stage"] == "announced" and any(
        other["stage"] == "cancelled" and other["heads"] == line["heads"] and other["date"] < line["date"] for other in others
    )


def _done_and_planned(line: Line, others: list[Line]) -> bool:
    """The same heads printed as given and, that day or later, as still to come."""
    pair = {"announced", "reported_given"}
    for other in others:
        if {line["stage"], other["stage"]} == pair and line["heads"] == other["heads"]:
            planned, done = (line, other) if line["stage"] == "announced" else (other, line)
            if planned["date"] >= done["date"]:
                return True
    return False


def _given_without_count(line: Line, others: list[Line]) -> bool:
    """Heads called given after a group's animals were printed as gone, with no count of the whole programme since."""
    if line["stage"] != "reported_given":
        return False
    gone = [other["date"] for other in others if other["stage"] == "lost" and other["heads"] > 0 and other["date"] < line["date"]]
    counted = [other["date"] for other in others if other["stage"] == "counted" and not other["group"]]
    return bool(gone) and not any(gone[0] <= day <= line["date"] for day in counted)


def _other_print(line: Line, others: list[Line]) -> bool:
    """Two prints of one day and group that can't both hold: as many ill as there were animals, beside a note that says otherwise."""
    return (
        line["stage"] == "ill"
        and "conflict" in line["note"]
        and any(other["date"] == line["date"] and other["group"] == line["group"] for other in others)
    )


_TESTS = {
    "group_over_total": _group_over_total,
    "expected_after_cancelled": _expected_after_cancelled,
    "done_and_planned": _done_and_planned,
    "given_without_count": _given_without_count,
    "other_print": _other_print,
}
