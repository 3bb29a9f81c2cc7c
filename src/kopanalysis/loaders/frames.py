"""Parsed tables to frames with one dtype a kind, and the lists that go with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import pandas as pd

from kopanalysis.loaders.gather import Reading
from kopanalysis.loaders.join import kept_rows
from kopanalysis.loaders.parse import Parsed
from kopanalysis.loaders.tables import TABLES

FINDING_COLUMNS = ("file", "sheet", "row", "column", "value", "scope", "reason", "reason_id", "reason_en", "table", "field", "source_id")
QUESTION_COLUMNS = ("file", "sheet", "column", "table", "field", "kind", "examples", "question_id", "question_en", "source_id")
LINK_COLUMNS = (
    "table",
    "value",
    "file",
    "sheet",
    "row",
    "rows",
    "reason",
    "coop_id",
    "candidate",
    "kecamatan",
    "nik",
    "score",
    "why",
    "confirmed",
)
DUPLICATE_COLUMNS = ("coop_id", "name", "other_coop_id", "other_name", "kecamatan", "why", "source_rows")
SOURCE_COLUMNS = (
    "source_id", "file", "sheet", "table", "rows_in", "accepted", "set_aside", "cells_set_aside", "structural", "number_style",
    "date_style",
    "header_row", "sha256", "error", "message", "hidden", "headings", "columns", "unknown_columns", "person_columns",
)  # fmt: skip


def records(rows: list[dict[str, Any]], columns: Iterable[str]) -> pd.DataFrame:
    """Make a frame of dictionaries, with its columns even when there are none."""
    return pd.DataFrame(rows, columns=list(columns), dtype=object)


def source_frame(reading: Reading) -> pd.DataFrame:
    """Make the list of sources, with what became of each one's rows."""
    by_id = {parsed.place.source_id: parsed for parsed in reading.parsed}
    rows = []
    for source in reading.sources:
        parsed = by_id.get(source["source_id"])
        rows.append(source if parsed is None else {**source, **_counts(parsed)})
    return records(rows, SOURCE_COLUMNS)


def _counts(parsed: Parsed) -> dict[str, Any]:
    return {
        "accepted": len(parsed.rows) - len(parsed.dropped), "set_aside": len(parsed.dropped),
        "cells_set_aside": sum(item["scope"] == "cell" for item in parsed.findings),
        "number_style": _one_style(parsed.number_styles, "plain"), "date_style": _one_style(parsed.date_styles, "dmy"),
    }  # fmt: skip


def _one_style(styles: Mapping[str, str], neutral: str) -> str | None:
    """Find the style of a sheet: what its columns agree on, ``mixed`` where they don't."""
    special = {style for style in styles.values() if style != neutral}
    return (neutral if styles else None) if not special else special.pop() if len(special) == 1 else "mixed"


def table_frame(name: str, parts: list[Parsed]) -> pd.DataFrame:
    """Make one table of the accepted rows of all its sheets: ``coop_id``, canonical columns, ``source_id, source_row, source_rows``."""
    table = TABLES[name]
    kept = [(parsed, kept_rows(parsed)) for parsed in parts]
    data: dict[str, pd.Series] = {"coop_id": _series("text", [p.columns["coop_id"][i] for p, rows in kept for i in rows])}
    for column in table.columns:
        data[column.name] = _series(column.kind, [p.columns[column.name][i] for p, rows in kept for i in rows])
        if column.name == "regency":
            data["region"] = _series("text", [p.columns["region"][i] for p, rows in kept for i in rows])
    data["source_id"] = _series("text", [p.place.source_id for p, rows in kept for _ in rows])
    data["source_row"] = pd.Series([p.rows[i] for p, rows in kept for i in rows], dtype="int64")
    data["source_rows"] = _series("text", [f"{p.place.source_id}:{p.rows[i]}" for p, rows in kept for i in rows])
    return pd.DataFrame(data)


def _series(kind: str, values: list[Any]) -> pd.Series:
    if kind in ("idr", "number", "count"):
        return pd.Series(values, dtype="float64")
    if kind in ("date", "range"):
        return pd.Series(values, dtype="datetime64[us]")
    if kind == "year":
        return pd.Series(values, dtype="Int64")
    return pd.Series(values, dtype="boolean" if kind == "flag" else "str")


def latest_day(tables: Mapping[str, pd.DataFrame]) -> date | None:
    """Find the latest day any table speaks of, days after today left out: a planned training is no knowledge."""
    today = date.today()
    latest: date | None = None
    for name, frame in tables.items():
        for column in TABLES[name].columns:
            if column.kind in ("date", "range") and len(frame):
                days = frame[column.name].dropna()
                days = days[days.dt.date <= today]
                if len(days):
                    day = days.max().date()
                    latest = day if latest is None or day > latest else latest
    return latest
