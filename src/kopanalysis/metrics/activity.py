"""Who is active: the panel's facts under a rule and a coding of silence, counted and shared out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from kopanalysis import rules
from kopanalysis.errors import DataError
from kopanalysis.lineage import Rows, recorded
from kopanalysis.memory import once
from kopanalysis.metrics.existence import existing
from kopanalysis.metrics.intervals import wilson
from kopanalysis.results import Number, Table

STATUSES = ("active", "inactive", "new", "unknown", "dissolved")
COUNTED = ("active", "inactive", "new", "unknown")
READ = (  # all that a status is made of
    "coop_id", "book_year", "age", "dissolved_on", "registered_status", "rat_state", "rat_held", "reported", "business", "found_operating",
    "source_rows",
)  # fmt: skip


@recorded
def classify(panel: pd.DataFrame, rule: str = "no_rat_3y", silence: str = "legal", rows: bool = True) -> pd.DataFrame:
    """Add the status of each book year under one rule and one reading of silence.

    A rule over n years looks at book years y - n + 1 to y. Any sign of life that the coding accepts makes it ``active``; n years on
    record without one make it ``inactive``; years that no record reaches leave it ``unknown``. While the meeting about y isn't due
    yet, the status of the year before stands.

    Parameters
    ----------
    panel : pandas.DataFrame
        From :func:`kopanalysis.build_panel`.
    rule : str
        Name in data/rules/inactivity.toml; ``not_dissolved`` asks for existence alone.
    silence : {"legal", "evidence", "unknown"}
        ``legal``: only a meeting held and reported counts (for rules that ask for business, accounts too).
        ``evidence``: a meeting not reported, accounts with turnover or loans, or a visit that found it at work count too.
        ``unknown``: a silent year is missing, so silence alone never makes a cooperative inactive.
    rows : bool
        Gather the rows of the whole window; without it each line keeps its own, which is quicker on millions of lines.

    Returns
    -------
    pandas.DataFrame
        The panel with ``status`` (``active, inactive, new, unknown, dissolved``); ``source_rows`` holds the rows of the whole window.

    Raises
    ------
    RuleError
        For an unknown rule or coding.
    """
    chosen = rules.inactivity_rule(rule)
    rules.silence_coding(silence)
    out = panel.sort_values(["coop_id", "book_year"], ignore_index=True)
    status = existing(out) if chosen.existence else _as_registered(out) if chosen.years == 0 else _by_window(out, chosen, silence)
    years = out["book_year"]
    gone = out["dissolved_on"].notna() & (out["dissolved_on"].dt.year <= years)
    out["status"] = np.where(gone, "dissolved", status)
    if rows and chosen.years > 1:
        out["source_rows"] = _window_rows(out, chosen.years)
    return out


def _as_registered(panel: pd.DataFrame) -> np.ndarray:
    word = panel["registered_status"].replace({"frozen": "inactive"})  # a frozen one may not work
    return np.where(word.isin(["active", "inactive"]), word, "unknown")


def _by_window(panel: pd.DataFrame, rule: rules.Rule, silence: str) -> np.ndarray:
    alive = _signs_of_life(panel, rule, silence)
    unit = panel["coop_id"]
    lags = [alive.groupby(unit).shift(lag) for lag in range(rule.years)]
    window = pd.concat(lags, axis=1)
    status = pd.Series(np.where((window == 1).any(axis=1), "active", np.where((window == 0).all(axis=1), "inactive", "unknown")))
    waiting = (panel["rat_state"] == "not_yet_due") & (status != "active")
    young = (panel["age"] < rule.years).fillna(False).to_numpy(dtype=bool)
    status = status.mask(waiting, status.groupby(unit).shift(1).fillna("unknown"))
    return np.where(young, "new", status)


def _signs_of_life(panel: pd.DataFrame, rule: rules.Rule, silence: str) -> pd.Series:
    """1 a sign of life, 0 on record without one, missing where no record speaks."""
    held, reported = (panel[name].astype(float) for name in ("rat_held", "reported"))
    business, found = (panel[name].astype(float) for name in ("business", "found_operating"))
    met = reported if silence == "legal" else held
    alive = (met == 1) | (rule.needs_no_business & (business == 1))
    if silence == "evidence":
        alive |= (business == 1) | (found == 1)
    on_record = held.notna() & (silence != "unknown")
    return pd.Series(np.where(alive, 1.0, np.where(on_record, 0.0, np.nan)), index=panel.index)


def _window_rows(panel: pd.DataFrame, years: int) -> pd.Series:
    """Tokens of a line and of the lines of its window; a token that stands twice does no harm."""
    tokens = panel["source_rows"].fillna("")
    by_unit = tokens.groupby(panel["coop_id"])
    for lag in range(1, years):
        tokens = tokens + " " + by_unit.shift(lag).fillna("")
    return tokens


@recorded
def activity_rate(
    panel: pd.DataFrame, by: tuple[str, ...] = ("book_year",), rule: str = "no_rat_3y", silence: str = "legal", level: float = 0.95
) -> Table:
    """Share of cooperatives that are active, of those that can be judged.

    Parameters
    ----------
    panel : pandas.DataFrame
        From :func:`kopanalysis.build_panel`.
    by : tuple of str
        Columns to count by.
    rule, silence : str
        As in :func:`classify`.
    level : float
        Of the Wilson interval.

    Returns
    -------
    Table
        ``*by, total, active, inactive, new, unknown, rate, conf_low, conf_high``; ``rate`` is active / (active + inactive);
        ``total`` leaves out the dissolved. Where silence is ``unknown`` there is no rate, and the limits are the bounds that the
        records leave.
    """
    lines = classify(panel, rule, silence)
    lines = lines[lines["status"] != "dissolved"]
    data = _count(lines, list(by))
    reading = silence if rules.inactivity_rule(rule).years else "legal"  # the register's own word has no silence to read
    data["rate"], data["conf_low"], data["conf_high"] = share_of(data["active"], data["inactive"], data["unknown"], reading, level)
    name = f"activity_by_{'_'.join(by)}.{rule}.{silence}"
    derived = dict.fromkeys(("rate", "conf_low", "conf_high"), ("active", "inactive", "unknown"))
    return Table(name, data, COUNTED, "total", derived, additive="book_year" not in by, rows=Rows.of(lines["source_rows"]))


@recorded
def activity_by_place(
    panel: pd.DataFrame, date: date | str, rule: str = "no_rat_3y", silence: str = "legal", place: str = "kecamatan"
) -> Table:
    """Status on one day by place; the places add up to the headline, so the public edition hides along both.

    Parameters
    ----------
    panel, date
        As in :func:`definitions_table`.
    rule, silence : str
        As in :func:`classify`.
    place : str
        Column to count by.

    Returns
    -------
    Table
        ``<place>, total, active, inactive, new, unknown``; those without a place aren't in it.
    """
    lines = at_date(classify(panel, rule, silence), date)
    return Table(f"activity_by_{place}", _count(lines, [place]), COUNTED, "total", additive=True, rows=Rows.of(lines["source_rows"]))


def share_of(
    part: pd.Series, rest: pd.Series, unknown: pd.Series, silence: str, level: float = 0.95
) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Share of ``part`` in ``part + rest`` with its Wilson interval; where silence is unknown, no share but the bounds it leaves.

    Parameters
    ----------
    part, rest, unknown : pandas.Series
        Counts.
    silence : str
    level : float

    Returns
    -------
    share, low, high : pandas.Series
    """
    if silence == "unknown":
        everyone = (part + rest + unknown).where(lambda n: n > 0)
        return pd.Series(np.nan, index=part.index), part / everyone, (part + unknown) / everyone
    judged = part + rest
    low, high = wilson(part, judged, level)
    return part / judged.where(judged > 0), pd.Series(low, index=part.index), pd.Series(high, index=part.index)


def _count(lines: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    counts = pd.crosstab([lines[name] for name in by], lines["status"]).reindex(columns=list(COUNTED), fill_value=0)
    counts.insert(0, "total", counts.sum(axis=1))
    return counts.reset_index().rename_axis(columns=None)


def at_date(classified: pd.DataFrame, day: date | str) -> pd.DataFrame:
    """Lines that describe a day: book year of the calendar year before it, less those dissolved by then.

    Parameters
    ----------
    classified : pandas.DataFrame
        Panel, with or without ``status``.
    day : date or str

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    DataError
        When the panel doesn't reach that book year.
    """
    moment = pd.Timestamp(day)
    lines = classified[classified["book_year"] == moment.year - 1]
    lines = lines[~(lines["dissolved_on"] <= moment)]
    if lines.empty:
        raise DataError(
            f"The records say nothing of book year {moment.year - 1}",
            f"asked for {moment.date()}",
            "Choose a date within the records, or add the register of that year.",
        )
    return lines


@recorded
def definitions_table(panel: pd.DataFrame, date: date | str) -> Table:
    """The headline under every rule and every coding of silence.

    Parameters
    ----------
    panel : pandas.DataFrame
        From :func:`kopanalysis.build_panel`; with ``as_of`` the same date nothing known later is used.
    date : date or str
        The day of the headline; it is the row of the book year before.

    Returns
    -------
    Table
        ``rule, silence, total, active, inactive, new, unknown, rate, conf_low, conf_high``; one row a rule and coding;
        ``rate`` is inactive / (active + inactive), missing where silence is unknown: then the limits are bounds. Numbers
        ``register.total``, ``{total,active,inactive,new,unknown}.count.<rule>.<silence>``, ``inactive.rate.<rule>.<silence>``.
    """
    table = _definitions(panel, date)
    return replace(table, data=table.data.copy(deep=False))  # what an analyst does to it must not reach the next who asks


@once(2)
def _definitions(panel: pd.DataFrame, date: date | str) -> Table:
    records: list[dict[str, object]] = []
    numbers: list[Number] = []
    narrow = panel[[name for name in READ if name in panel]]
    narrow.attrs = {}  # pandas copies them, as it does the other columns, with every small frame below
    for rule in rules.inactivity_rules():
        for silence in rules.silence_codings():
            lines = at_date(classify(narrow, rule, silence), date)
            lines = lines.assign(status=lines["status"].where(lines["status"] != "dissolved", "unknown"))
            record, registered = _headline(lines, rule, silence, len(records))
            records.append(record)
            numbers += registered
    data = pd.DataFrame(records)
    everyone = at_date(panel, date)
    listed = Rows.of(everyone["source_rows"])
    numbers.insert(0, Number("register.total", len(everyone), "cooperatives", n=len(everyone), method="count", rows=listed))
    rows = Rows.union(number.rows for number in numbers)
    derived = dict.fromkeys(("rate", "conf_low", "conf_high"), ("active", "inactive", "unknown"))
    return Table("definitions", data, COUNTED, "total", derived, numbers=tuple(numbers), rows=rows)


def rows_behind(lines: pd.DataFrame, chosen: pd.Series | np.ndarray) -> Rows:
    """Source rows of the chosen lines; where none is chosen, of all of them: they show that the count is zero."""
    return Rows.of(lines.loc[chosen if np.any(chosen) else slice(None), "source_rows"])


def _headline(lines: pd.DataFrame, rule: str, silence: str, row: int) -> tuple[dict[str, object], list[Number]]:
    counts = {status: int((lines["status"] == status).sum()) for status in COUNTED}
    inactive, active, unknown = (pd.Series([counts[status]]) for status in ("inactive", "active", "unknown"))
    bounds = silence == "unknown" and rules.inactivity_rule(rule).years > 0
    limits = share_of(inactive, active, unknown, "unknown" if bounds else "legal")
    rate, low, high = (None if pd.isna(limit[0]) else float(limit[0]) for limit in limits)
    judged = counts["active"] + counts["inactive"]
    record: dict[str, object] = {
        "rule": rule,
        "silence": silence,
        "total": len(lines),
        **counts,
        "rate": rate,
        "conf_low": low,
        "conf_high": high,
    }
    about: dict[str, Any] = {"rule": rule, "silence": silence}
    numbers = [
        Number(f"{status}.count.{rule}.{silence}", count, "cooperatives", n=len(lines), method="count", cell=(row, status),
               rows=rows_behind(lines, lines["status"] == status), **about)
        for status, count in counts.items()
    ]  # fmt: skip
    used = lines if bounds else lines[lines["status"].isin(["active", "inactive"])]
    numbers.append(
        Number(f"inactive.rate.{rule}.{silence}", rate, "share", low, high, None if bounds else 0.95, judged,
               method="bounds" if bounds else "wilson", cell=(row, "rate"), rows=Rows.of(used["source_rows"]), **about)
    )  # fmt: skip
    return record, numbers


@recorded
def headline_spread(panel: pd.DataFrame, date: date | str) -> Table:
    """How far the count of inactive cooperatives moves over rules and codings: smallest, largest, and the bounds that silence leaves.

    Parameters
    ----------
    panel, date
        As in :func:`definitions_table`.

    Returns
    -------
    Table
        ``term, count``; numbers ``inactive.count.smallest``, ``inactive.count.largest`` (codings ``legal`` and ``evidence`` only).
    """
    table = _definitions(panel, date)
    decided = [n for n in table.numbers if n.name.startswith("inactive.count.") and n.silence in ("legal", "evidence")]
    if any(number.value is None for number in decided):
        decided = [number for number in decided if number.value is not None]
    ends = {
        "smallest": min(decided, key=lambda number: number.value or 0),
        "largest": max(decided, key=lambda number: number.value or 0),
    }
    data = pd.DataFrame([{"term": end, "rule": n.rule, "silence": n.silence, "count": n.value} for end, n in ends.items()])
    numbers = tuple(replace(n, name=f"inactive.count.{end}", rows=table.rows, cell=(i, "count")) for i, (end, n) in enumerate(ends.items()))
    return Table("headline_spread", data, ("count",), numbers=numbers, rows=table.rows)


@recorded
def still_working(panel: pd.DataFrame, date: date | str, rule: str = "no_rat_3y") -> Table:
    """Of those inactive by silence, how many left evidence of work: accounts, loans, a visit, or a meeting never reported.

    Parameters
    ----------
    panel, date
        As in :func:`definitions_table`.
    rule : str
        The definition.

    Returns
    -------
    Table
        ``term, count``. Numbers ``inactive.working.<rule>`` (evidence of work), ``inactive.silent.<rule>`` (none).
    """
    day = date
    by_silence = at_date(classify(panel, rule, "legal"), day).set_index("coop_id")
    by_evidence = at_date(classify(panel, rule, "evidence"), day).set_index("coop_id")
    inactive = by_silence[by_silence["status"] == "inactive"]
    works = by_evidence.loc[inactive.index, "status"] == "active"
    records: list[dict[str, object]] = []
    numbers = []
    for term, chosen in (("working", inactive[works]), ("silent", inactive[~works])):
        numbers.append(
            Number(f"inactive.{term}.{rule}", len(chosen), "cooperatives", n=len(inactive), rule=rule, silence="evidence", method="count",
                   rows=rows_behind(inactive, inactive.index.isin(chosen.index)), cell=(len(records), "count"))
        )  # fmt: skip
        records.append({"term": term, "count": len(chosen), "total": len(inactive)})
    rows = Rows.of(inactive["source_rows"])
    return Table("still_working", pd.DataFrame(records), ("count",), additive=True, numbers=tuple(numbers), rows=rows)


@recorded
def activity_ribbon(panel: pd.DataFrame, rule: str = "no_rat_3y", silence: str = "legal", first_year: int | None = None) -> Table:
    """Status of every cooperative in every book year: the rows of the ribbon.

    Parameters
    ----------
    panel : pandas.DataFrame
    rule, silence : str
    first_year : int, optional
        Default: :func:`first_judged_year`.

    Returns
    -------
    Table
        ``coop_id, name, kecamatan, <book year>...``, sorted by the last book year in which it was active. It names cooperatives:
        the public edition has none of its rows. Village cooperatives (KDMP) are new entities of a series break: left out, and
        counted as ``ribbon.village``.
    """
    lines = classify(panel, rule, silence)
    start = first_year if first_year is not None else first_judged_year(lines)
    village = lines[lines["kdmp"] == 1]
    lines = lines[(lines["book_year"] >= start) & (lines["kdmp"] != 1)]
    last_active = lines[lines["status"].isin(["active", "new"])].groupby("coop_id")["book_year"].max().rename("last_active")
    wide = lines.pivot(index="coop_id", columns="book_year", values="status")
    wide.columns = [str(year) for year in wide.columns]
    who = lines.groupby("coop_id")[["name", "kecamatan"]].last()
    active_years = lines.assign(on=lines["status"] == "active").groupby("coop_id")["on"].sum().rename("active_years")
    data = pd.concat([who, last_active, active_years, wide], axis=1).fillna({"last_active": 0})
    data = data.sort_values(["last_active", "active_years", "kecamatan"], ascending=[False, False, True], kind="stable")
    data = data.drop(columns=["last_active", "active_years"]).rename_axis("coop_id").reset_index()
    count = village["coop_id"].nunique()
    rows = Rows.of((village if count else lines)["source_rows"])
    numbers = (Number("ribbon.village", count, "cooperatives", n=count, method="count", rows=rows),)
    return Table(f"ribbon.{rule}.{silence}", data, names_units=True, numbers=numbers, rows=Rows.of(lines["source_rows"]))


def first_judged_year(lines: pd.DataFrame, share: float = 0.9) -> int:
    """First book year in which nearly all cooperatives that are old enough can be judged.

    Before it a register's last-meeting date shows only those that had met and then stopped: to follow them from there would
    choose them by what became of them.

    Parameters
    ----------
    lines : pandas.DataFrame
        Classified panel.
    share : float
        How many of those neither new nor dissolved must be known.

    Returns
    -------
    int
        The last book year of the panel where no year qualifies.
    """
    grown = lines[~lines["status"].isin(["new", "dissolved"])]
    known = grown.assign(known=grown["status"] != "unknown").groupby("book_year")["known"].mean()
    judged: Iterable[int] = known.index[known >= share]
    return int(min(judged, default=lines["book_year"].max()))
