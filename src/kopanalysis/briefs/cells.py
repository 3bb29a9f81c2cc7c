"""What a checked cell of a notebook prints: a small rounded table, the reasons of a refusal, or a dash where there is nothing."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from kopanalysis.results import Check, Table


def as_text(record: Table | Check | None, columns: Sequence[str] = ()) -> str:
    """A record as plain text that stays the same from machine to machine.

    Parameters
    ----------
    record : Table, Check or None
    columns : sequence of str
        Of a table: which, in this order; empty: all but the method.

    Returns
    -------
    str
    """
    if record is None:
        return "-"
    if isinstance(record, Check):
        verdict = "refused" if record.passed is False else "passed"
        return f"{verdict}: {', '.join(record.reasons) or 'nothing open'}"
    data = record.tidy()
    chosen = data[list(columns)] if columns else data.drop(columns=["method"], errors="ignore")
    return _plain(chosen).round(3).to_string(index=False)


def _plain(data: pd.DataFrame) -> pd.DataFrame:
    """Columns of numbers with gaps as floats: an object column isn't rounded."""
    loose = [name for name in data if data[name].dtype == object and _numbers(data[name])]
    return data.assign(**{str(name): pd.to_numeric(data[name]) for name in loose})


def _numbers(column: pd.Series) -> bool:
    known = column.dropna()
    return len(known) > 0 and all(isinstance(value, int | float) and not isinstance(value, bool) for value in known)
