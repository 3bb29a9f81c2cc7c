"""Stopped working, or stopped reporting? Bounds, the tipping point, and what visits identify."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date as Date

import numpy as np
import pandas as pd
from scipy import stats

from kopanalysis.errors import DataError
from kopanalysis.inactivity.lines import line_numbers
from kopanalysis.lineage import Rows, recorded
from kopanalysis.metrics.activity import at_date, classify
from kopanalysis.metrics.intervals import wilson
from kopanalysis.results import Number, Table
from kopanalysis.suppression import Sum

SIGNS = ("reported", "held", "business")


@recorded
def silence_bounds(panel: pd.DataFrame, date: Date | str, rule: str = "no_rat_3y", stated: float = 0.3, level: float = 0.95) -> Table:
    """How far silence alone carries the headline: bounds, the tipping point, and what visits identify.

    Parameters
    ----------
    panel : pandas.DataFrame
        From :func:`kopanalysis.build_panel`.
    date : date or str
        Day of the headline.
    rule : str
        Definition of inactive.
    stated : float
        A share of inactive cooperatives (0 to 1); the tipping point is where the headline falls below it.
    level : float
        Of the Wilson interval.

    Returns
    -------
    Table
        ``term, count, n, estimate, conf_low, conf_high``, one row each of
        ``headline`` (all silent counted as inactive), ``lower`` (those with evidence of work not; the evidence coding), ``closed`` (only
        those that a visit found closed: what is proven), ``visited_working`` (of the silent that were visited, those found at work),
        ``implied`` (the headline if the unvisited silent worked as often as the visited: visits aren't random), ``tipping`` (share of the
        silent that would have to work for the headline to fall below ``stated``; 0 when it is below already).
        Numbers ``silence.<term>``.

    Raises
    ------
    DataError
        When nobody can be judged on that day.

    References
    ----------
    Manski (1990), American Economic Review 80(2):319-323.
    """
    lines = at_date(classify(panel, rule, "legal"), date).set_index("coop_id")
    judged = lines[lines["status"].isin(["active", "inactive"])]
    if judged.empty:
        raise DataError("Nobody can be judged on that day", str(date), "Choose a date within the records.")
    silent = judged.index[judged["status"] == "inactive"]
    evident = at_date(classify(panel, rule, "evidence"), date).set_index("coop_id")["status"].reindex(silent) == "active"
    found = _last_visit(panel, int(lines["book_year"].iloc[0]), rule).reindex(silent)
    n, k = len(judged), len(silent)
    working, closed = int((found == 1).sum()), int((found == 0).sum())
    tipping = float(np.clip((k - stated * n) / k, 0, 1)) if k else 0.0
    records = [_share("headline", k, n, level), _share("lower", k - int(evident.sum()), n, level), _share("closed", closed, n, level),
               _share("visited_working", working, working + closed, level)]  # fmt: skip
    records.append(_implied(records[-1], k, n))
    records.append({"term": "tipping", "count": int(np.ceil(tipping * k - 1e-9)), "n": k, "estimate": tipping})
    data = pd.DataFrame(records)
    # All rows of the panel: a visit or account of an unlisted year would change who counts as silent.
    rows = Rows.of(panel["source_rows"])
    numbers = line_numbers(
        "silence", data, "term", "estimate", "share", level=level, rule=rule, silence="legal", method="bounds", rows=rows
    )
    threshold = Number("silence.stated", stated, "share", n=n, rule=rule, silence="legal", method="stated beforehand", rows=rows)
    numbers = (*numbers, threshold)
    derived = dict.fromkeys(("estimate", "conf_low", "conf_high"), ("count",))
    at = {term: row for row, term in enumerate(data["term"])}
    visited = Sum(((at["visited_working"], "count"), (at["closed"], "count")), (at["visited_working"], "n"))
    shown = Sum(((at["lower"], "count"),), (at["headline"], "count"), rest=True)
    return Table(f"silence_bounds.{rule}", data, ("count",), derived=derived, of={"n": ("count",)}, sums=(visited, shown),
                 numbers=numbers, rows=rows)  # fmt: skip


def _share(term: str, count: int, n: int, level: float) -> dict[str, object]:
    low, high = (float(limit[0]) for limit in wilson(count, n, level))
    return {"term": term, "count": count, "n": n, "estimate": count / n if n else np.nan, "conf_low": low, "conf_high": high}


def _implied(visited: dict[str, object], silent: int, judged: int) -> dict[str, object]:
    share, low, high = (float(str(visited[name])) for name in ("estimate", "conf_low", "conf_high"))
    part = silent / judged
    return {"term": "implied", "count": None, "n": judged, "estimate": part * (1 - share), "conf_low": part * (1 - high),
            "conf_high": part * (1 - low)}  # fmt: skip


def _last_visit(panel: pd.DataFrame, book_year: int, rule: str) -> pd.Series:
    """What the last visit within the rule's window found: 1 at work, 0 closed; cooperatives not visited aren't there."""
    from kopanalysis import rules

    years = max(rules.inactivity_rule(rule).years, 1)
    seen = panel[panel["book_year"].between(book_year - years + 1, book_year) & panel["found_operating"].notna()]
    return seen.sort_values("book_year").groupby("coop_id")["found_operating"].last().astype(float)


@recorded
def silence_map(panel: pd.DataFrame, date: Date | str, rule: str = "no_rat_3y", steps: int = 10) -> Table:
    """The headline if a given share of the silent worked: the tipping map.

    Parameters
    ----------
    panel, date, rule
        As in :func:`silence_bounds`.
    steps : int
        Shares from 0 to 1 in so many steps.

    Returns
    -------
    Table
        ``working`` (share of the silent), ``inactive`` (share of those judged).
    """
    lines = at_date(classify(panel, rule, "legal"), date)
    silent, judged = int((lines["status"] == "inactive").sum()), int(lines["status"].isin(["active", "inactive"]).sum())
    working = np.arange(steps + 1) / steps
    return Table(f"silence_map.{rule}", pd.DataFrame({"working": working, "inactive": silent * (1 - working) / max(judged, 1)}))


@recorded
def activity_or_reporting(
    panel: pd.DataFrame, before: Sequence[int], after: Sequence[int], by: str | None = "treated", level: float = 0.95
) -> Table:
    """Tell a rise in work from a rise in reports alone.

    Three signs are compared over the same years: a meeting reported, a meeting held as far as known, business in the accounts. Only the
    last doesn't pass through a report of the meeting.

    Parameters
    ----------
    panel : pandas.DataFrame
    before, after : sequence of int
        Book years; cooperatives that aren't on the panel in all of them are left out.
    by : str, optional
        0/1 column constant within a cooperative: the change of its 1s less that of its 0s. None: the change of all.
    level : float

    Returns
    -------
    Table
        ``sign, estimate, std_error, conf_low, conf_high, p_value, n_units, reading``. ``reading`` is the same on each row: ``activity``
        (business rose
        beyond chance), ``reporting`` (reports rose, business didn't), ``none`` (neither did), ``fell`` (business fell beyond chance).

    Raises
    ------
    DataError
        When no cooperative has both times.

    Notes
    -----
    A cooperative that hands in no accounts counts as showing no business: handing them in is itself a sign. Welch's t on one number a
    cooperative. ``reporting`` doesn't prove that nothing changed, only that the records show no more than reports.
    It is a plain difference of changes: where the 0s hold many that had sunk before, these rise by themselves and the reading
    may be ``fell``.
    """
    records = []
    for sign in SIGNS:
        change = _change(panel, sign, before, after)
        if change.empty:
            raise DataError("No cooperative has records before and after", mend="Choose years that the records reach.")
        group = pd.Series(1, change.index) if by is None else panel.groupby("coop_id")[by].max().reindex(change.index)
        records.append({"sign": sign, **_gap(change[group == 1], change[group == 0], level), "n_units": len(change)})
    data = pd.DataFrame(records)
    low, high = (data.set_index("sign")[name] for name in ("conf_low", "conf_high"))
    reading = "activity" if low["business"] > 0 else "fell" if high["business"] < 0 else "reporting" if low["reported"] > 0 else "none"
    return Table("activity_or_reporting", data.assign(reading=reading), rows=Rows.of(panel["source_rows"]))


def _change(panel: pd.DataFrame, sign: str, before: Sequence[int], after: Sequence[int]) -> pd.Series:
    trades = panel["business"].eq(1).fillna(False).astype(float)
    shown = trades if sign == "business" else panel["rat_held" if sign == "held" else sign].astype(float)
    lines = panel.assign(_shown=shown)
    means = []
    for years in (before, after):
        own = lines[lines["book_year"].isin(list(years))].groupby("coop_id")["_shown"].agg(["mean", "size"])
        means.append(own.loc[own["size"] == len(set(years)), "mean"])  # one founded in between would bring its growing up
    return (means[1] - means[0]).dropna()


def _gap(ones: pd.Series, zeros: pd.Series, level: float) -> dict[str, float]:
    parts = [part for part in (ones, zeros) if len(part)]
    spread = [float(part.var(ddof=1)) / len(part) if len(part) > 1 else np.nan for part in parts]
    error = float(np.sqrt(sum(spread)))
    estimate = float(parts[0].mean() - (parts[1].mean() if len(parts) > 1 else 0.0))
    below = sum(s**2 / max(len(part) - 1, 1) for s, part in zip(spread, parts, strict=True))
    freedom = sum(spread) ** 2 / below if below else 1.0
    reach = float(stats.t.ppf(0.5 + level / 2, freedom)) * error
    p_value = float(2 * stats.t.sf(abs(estimate) / error, freedom)) if error else np.nan
    return {"estimate": estimate, "std_error": error, "conf_low": estimate - reach, "conf_high": estimate + reach, "p_value": p_value}
