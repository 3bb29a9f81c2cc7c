"""From one book year to the next: who stops, who comes back, who is dissolved."""

from __future__ import annotations

import pandas as pd

from kopanalysis.lineage import Rows, recorded
from kopanalysis.metrics.activity import classify, first_judged_year
from kopanalysis.metrics.intervals import wilson
from kopanalysis.results import Number, Table

ORIGINS = ("active", "inactive")
TARGETS = ("active", "inactive", "dissolved")


@recorded
def transitions(
    panel: pd.DataFrame,
    rule: str = "no_rat_3y",
    silence: str = "legal",
    first_year: int | None = None,
    last_year: int | None = None,
    level: float = 0.95,
) -> Table:
    """Shares that move from active or inactive to active, inactive or dissolved within one book year.

    Parameters
    ----------
    panel : pandas.DataFrame
        From :func:`kopanalysis.build_panel`.
    rule, silence : str
        As in :func:`kopanalysis.classify`.
    first_year, last_year : int, optional
        Book years from which the step is taken; default: from the first in which nearly all can be judged.
    level : float
        Of the Wilson interval.

    Returns
    -------
    Table
        ``from, to, count, n, share, conf_low, conf_high``; n counts cooperative-years. Numbers ``transition.<from>.<to>``.

    Notes
    -----
    A cooperative stands in several years, so the steps aren't independent and the interval is somewhat narrow. Steps to or from
    ``unknown`` and ``new`` are left out.
    """
    lines = classify(panel, rule, silence)
    steps = _steps(lines)
    steps = steps[steps["book_year"] >= (first_judged_year(lines) if first_year is None else first_year)]
    if last_year is not None:
        steps = steps[steps["book_year"] <= last_year]
    records: list[dict[str, object]] = []
    numbers = []
    for origin in ORIGINS:
        leaving = steps[steps["from"] == origin]
        rows = whole_histories(lines, leaving)
        for target in TARGETS:
            count, n = int((leaving["to"] == target).sum()), len(leaving)
            low, high = (float(limit[0]) for limit in wilson(count, n, level))
            share = count / n if n else None
            numbers.append(
                Number(f"transition.{origin}.{target}", share, "share", low, high, level, n, rule, silence, "wilson",
                       rows=rows, cell=(len(records), "share"))
            )  # fmt: skip
            numbers.append(
                Number(f"transition.count.{origin}.{target}", count, "coop_years", n=n, rule=rule, silence=silence, method="count",
                       rows=whole_histories(lines, leaving[leaving["to"] == target], leaving), cell=(len(records), "count"))
            )  # fmt: skip
            records.append({"from": origin, "to": target, "count": count, "n": n, "share": share, "conf_low": low, "conf_high": high})
        numbers.append(Number(f"transition.n.{origin}", len(leaving), "coop_years", n=len(leaving), rule=rule, silence=silence,
                              method="count", rows=rows, cell=(len(records) - 1, "n")))  # fmt: skip
    derived = dict.fromkeys(("share", "conf_low", "conf_high"), ("count",))
    name = f"transitions.{rule}.{silence}"
    data = pd.DataFrame(records)
    stays = tuple((row, "count") for row, same in enumerate(data["from"] == data["to"]) if same)
    return Table(name, data, ("count",), derived=derived, additive=True, within=("from",), first_hidden=stays, numbers=tuple(numbers),
                 rows=whole_histories(lines, steps))  # fmt: skip


def whole_histories(lines: pd.DataFrame, chosen: pd.DataFrame, otherwise: pd.DataFrame | None = None) -> Rows:
    """Every row of the cooperatives that a number counts, all years: a part of a history would read as silence.

    Parameters
    ----------
    lines : pandas.DataFrame
        Classified panel, ``coop_id, source_rows``.
    chosen : pandas.DataFrame
        What is counted, ``coop_id``.
    otherwise : pandas.DataFrame, optional
        Taken where nothing is chosen: a count of zero is decided by all that were looked at.

    Returns
    -------
    Rows
    """
    counted = chosen if len(chosen) or otherwise is None else otherwise
    return Rows.of(lines.loc[lines["coop_id"].isin(counted["coop_id"]), "source_rows"])


def _steps(lines: pd.DataFrame) -> pd.DataFrame:
    """One row a step between neighbouring book years, both ends known."""
    ahead = lines.groupby("coop_id").shift(-1)
    steps = pd.DataFrame(
        {
            "coop_id": lines["coop_id"],
            "book_year": lines["book_year"],
            "from": lines["status"],
            "to": ahead["status"],
        }
    )
    known = steps["from"].isin(ORIGINS) & steps["to"].isin(TARGETS) & (ahead["book_year"] == lines["book_year"] + 1)
    return steps[known].reset_index(drop=True)
