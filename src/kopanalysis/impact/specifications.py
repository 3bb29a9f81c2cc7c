"""Every defensible choice of analysis, ranked: one figure picked after seeing all would mean nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from kopanalysis.errors import CallError
from kopanalysis.impact.histories import rows_of
from kopanalysis.impact.sensitivity import attempt
from kopanalysis.lineage import recorded
from kopanalysis.results import TIDY_COLUMNS, Number, Table


@recorded
def specification_curve(
    panel: pd.DataFrame,
    outcome: str,
    treated: str,
    pre: Sequence[Any],
    post: Sequence[Any],
    codings: Sequence[str] = (),
    samples: Sequence[str] = (),
    estimators: Sequence[str] = ("did", "same_state"),
    unit: str = "coop_id",
    time: str = "book_year",
    level: float = 0.95,
    programme: str = "training",
) -> Table:
    """Every combination of defensible choices, ranked.

    Parameters
    ----------
    panel : pandas.DataFrame
    outcome, treated : str
    pre, post : sequence
        Periods.
    codings : sequence of str
        Other columns for the same outcome, such as the codings of silence.
    samples : sequence of str
        0/1 columns that say which rows a narrower sample keeps.
    estimators : sequence of {"did", "same_state"}
    unit, time : str
        Columns.
    level : float
    programme : str
        First word of the numbers' names.

    Returns
    -------
    Table
        ``rank, outcome, estimator, window, sample``, the columns of ``tidy`` and ``median`` (true for the middle one), lowest estimate
        first; windows are ``all``, ``without_last_pre``, ``without_first_post``, ``last_pre_only``. What was refused
        stands last, with the reason in ``method``. Numbers ``<programme>.specifications.<what>``: ``count``, ``median`` and how many lie
        above zero (``positive``).

    Raises
    ------
    CallError
        For an unknown estimator or column.

    References
    ----------
    Simonsohn, Simmons & Nelson (2020), Nature Human Behaviour 4:1208-1214.
    """
    unknown = [name for name in (*codings, *samples) if name not in panel]
    if unknown:
        raise CallError(f"The panel has no column {unknown[0]!r}", mend="Name columns of the panel.")
    lines = []
    for coding in dict.fromkeys([outcome, *codings]):
        for sample in ("all", *samples):
            kept = panel if sample == "all" else panel[panel[sample].astype("boolean").fillna(False).to_numpy(dtype=bool)]
            for window, (before, after) in _windows(pre, post).items():
                for estimator in estimators:
                    found = attempt(kept, coding, treated, before, after, estimator, unit, time, level)
                    lines.append({"outcome": coding, "estimator": estimator, "window": window, "sample": sample, **found})
    columns = ["outcome", "estimator", "window", "sample", *TIDY_COLUMNS]
    data = pd.DataFrame(lines).reindex(columns=columns).astype({"estimate": float})
    data = data.sort_values("estimate", kind="stable", na_position="last", ignore_index=True)
    given = int(data["estimate"].notna().sum())
    data.insert(0, "rank", pd.Series([*range(1, given + 1), *[None] * (len(data) - given)], dtype="Int64"))
    data["median"] = data["rank"].eq((given + 1) // 2).fillna(False).astype(bool)
    values = data["estimate"].dropna()
    rows = rows_of(panel)
    middle = float(values.median()) if given else None
    numbers = tuple(
        Number(f"{programme}.specifications.{name}", value, kind, n=given, method="specification curve", rows=rows)
        for name, value, kind in (("count", given, "index"), ("median", middle, "points"), ("positive", int((values > 0).sum()), "index"))
    )
    return Table("specification_curve", data, numbers=numbers, rows=rows)


def _windows(pre: Sequence[Any], post: Sequence[Any]) -> dict[str, tuple[list[Any], list[Any]]]:
    before, after = sorted(pre), sorted(post)
    found = {"all": (before, after)}
    if len(before) > 1:
        found |= {"without_last_pre": (before[:-1], after), "last_pre_only": (before[-1:], after)}
    if len(after) > 1:
        found["without_first_post"] = (before, after[1:])
    return found
