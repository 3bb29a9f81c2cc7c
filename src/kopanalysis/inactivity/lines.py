"""Numbers of a table: each estimate of its lines with its interval, n and rows."""

from __future__ import annotations

from typing import Any

import pandas as pd

from kopanalysis.results import Number


def line_numbers(
    prefix: str, data: pd.DataFrame, label: str, value: str, unit: str, limits: tuple[str, str] = ("conf_low", "conf_high"), n: str = "n",
    **facts: Any,
) -> tuple[Number, ...]:  # fmt: skip
    """One number a line that has a value.

    Parameters
    ----------
    prefix : str
        Numbers are called ``<prefix>.<label>``.
    data : pandas.DataFrame
    label, value, n : str
        Columns.
    unit : str
    limits : tuple of str
        Columns of the interval.
    **facts
        Other fields of :class:`kopanalysis.results.Number`: level, rule, silence, method, rows.

    Returns
    -------
    tuple of Number
    """
    numbers = []
    for position, line in enumerate(data.to_dict("records")):
        if pd.isna(line[value]):
            continue
        name = line[label]
        low, high = (plain(line.get(limit)) for limit in limits)
        count = plain(line.get(n))
        numbers.append(
            Number(f"{prefix}.{int(name) if isinstance(name, float) else name}", plain(line[value]), unit, low, high,
                   n=None if count is None else int(count), cell=(position, value), **facts)
        )  # fmt: skip
    return tuple(numbers)


def plain(value: Any) -> float | None:
    """A float, None where it is missing."""
    return None if value is None or pd.isna(value) else float(value)
