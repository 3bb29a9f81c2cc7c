"""A synthetic district as the loaders would return it, clean and without files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from kopanalysis.lineage import Call
from kopanalysis.loaders import frames
from kopanalysis.loaders.load import Office
from kopanalysis.loaders.tables import TABLES
from kopanalysis.truth.district import District

DTYPES: dict[str, Any] = {
    "idr": "float64", "number": "float64", "count": "float64", "date": "datetime64[us]", "range": "datetime64[us]", "year": "Int64",
    "flag": "boolean",
}  # fmt: skip


def as_office(district: District) -> Office:
    """Dress the clean tables of a district as an office that was loaded.

    Parameters
    ----------
    district : District

    Returns
    -------
    kopanalysis.loaders.load.Office
        Every row accepted, one source a table, nothing set aside. ``call`` draws the same district again.
    """
    tables = {name: _dressed(name, number, district) for number, name in enumerate(TABLES, start=1)}
    latest = tables["register"]["snapshot_date"].max()
    return Office(
        folder=Path(), tables=tables, set_aside=frames.records([], frames.FINDING_COLUMNS),
        warnings=frames.records([], frames.FINDING_COLUMNS), questions=frames.records([], frames.QUESTION_COLUMNS),
        links=frames.records([], frames.LINK_COLUMNS), duplicates=frames.records([], frames.DUPLICATE_COLUMNS), sources=_sources(tables),
        as_of=latest.date(), demonstration=True,
        call=Call("kopanalysis.truth.district.synthetic_district", dict(district.arguments)),
    )  # fmt: skip


def _dressed(name: str, number: int, district: District) -> pd.DataFrame:
    given = district.tables[name]
    if name == "register":
        given = given.assign(region=district.region)
    columns: dict[str, Any] = {"coop_id": _typed(given["coop_id"], "text")}
    for column in TABLES[name].columns:
        columns[column.name] = _typed(given[column.name], column.kind) if column.name in given else _missing(len(given), column.kind)
        if column.name == "regency":
            columns["region"] = _typed(given["region"], "text")
    rows = np.arange(2, len(given) + 2)
    source = f"S{number:02d}"
    tokens = pd.Series([f"{source}:{row}" for row in rows], dtype="str")
    return pd.DataFrame({**columns, "source_id": pd.Series([source] * len(given), dtype="str"), "source_row": rows, "source_rows": tokens})


def _typed(values: pd.Series, kind: str) -> pd.Series:
    dtype = DTYPES.get(kind)
    if dtype is not None:
        typed: pd.Series = pd.Series(values.array, dtype=dtype)
        return typed
    absent = (values == "").to_numpy()
    return pd.Series(values.mask(absent).array, dtype="str")


def _missing(size: int, kind: str) -> pd.Series:
    return pd.Series([None] * size, dtype=DTYPES.get(kind, "str"))


def _sources(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    heading = [{"row": 1, "kind": "heading"}]
    common = {"file": "", "set_aside": 0, "cells_set_aside": 0, "structural": heading, "header_row": 1, "message": "", "hidden": False}
    rows = [
        {"source_id": f"S{number:02d}", "sheet": name, "table": name, "rows_in": len(frame) + 1, "accepted": len(frame), **common}
        for number, (name, frame) in enumerate(tables.items(), start=1)
    ]
    return frames.records(rows, frames.SOURCE_COLUMNS)
