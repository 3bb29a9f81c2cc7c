"""States over the years with return: Aalen-Johansen on active, inactive and dissolved, return by years inactive, blocked exit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from kopanalysis.inactivity.incidence import CURVE_COLUMNS, log_log_limits
from kopanalysis.inactivity.lines import line_numbers, plain
from kopanalysis.lineage import Rows, recorded
from kopanalysis.metrics.activity import classify, first_judged_year
from kopanalysis.metrics.intervals import wilson
from kopanalysis.metrics.panel import build_panel
from kopanalysis.results import Curve, Number, Table

if TYPE_CHECKING:
    from kopanalysis.loaders.load import Office

STATES = ("active", "inactive", "returned", "dissolved")
KNOWN = ("active", "inactive", "dissolved")
LONGEST = 5  # years inactive beyond which they are counted together


@recorded
def aalen_johansen(
    panel: pd.DataFrame, rule: str = "no_rat_3y", silence: str = "legal", first_year: int | None = None, level: float = 0.95
) -> Curve:
    """Of those active at the start, how many are active, inactive, back, or dissolved after each number of years.

    Parameters
    ----------
    panel : pandas.DataFrame
        From :func:`kopanalysis.build_panel`.
    rule, silence : str
        As in :func:`kopanalysis.classify`.
    first_year : int, optional
        Book year of the start; default: the first in which nearly all can be judged.
    level : float
        Of the pointwise interval (log-log).

    Returns
    -------
    Curve
        ``term`` (``active``: never seen inactive since the start; ``inactive``; ``returned``: active again; ``dissolved``), ``time`` the
        book
        year, ``estimate, std_error, conf_low, conf_high``, ``n_risk`` in the state at the start of the year, ``n_event`` arriving in it.
        The four add up to 1. Numbers ``states.<term>.<last year>``.

    Notes
    -----
    Cooperatives that come under observation later count from then on. It assumes that next year depends on this year's state alone, not on
    how long it has lasted: see :func:`return_by_years_inactive`. The error allows for a cooperative's years going together.

    References
    ----------
    Aalen & Johansen (1978), Scandinavian Journal of Statistics 5:141-150.
    """
    lines = classify(panel, rule, silence)
    start = first_judged_year(lines) if first_year is None else first_year
    steps = yearly_steps(lines[lines["book_year"] >= start])
    data = occupation(steps, STATES, level)
    rows = Rows.of(panel["source_rows"])
    last = data[data["time"] == data["time"].max()]
    named = last.assign(name=last["term"] + "." + last["time"].astype(str), n=steps["unit"].nunique())
    numbers = tuple(
        replace(number, cell=None)
        for number in line_numbers("states", named, "name", "estimate", "share", level=level, rule=rule, silence=silence,
                                   method="Aalen-Johansen", rows=rows)
    )  # fmt: skip
    return Curve(f"states.{rule}.{silence}", data, level, "Aalen-Johansen with return, infinitesimal jackknife by cooperative",
                 rule=rule, silence=silence, numbers=numbers, rows=rows)  # fmt: skip


def yearly_steps(lines: pd.DataFrame) -> pd.DataFrame:
    """Steps between neighbouring book years, both ends known, ``active`` after an inactive year being ``returned``.

    Parameters
    ----------
    lines : pandas.DataFrame
        Classified panel, sorted by cooperative and book year.

    Returns
    -------
    pandas.DataFrame
        ``unit, time`` (book year of arrival), ``from, to``.
    """
    stopped = lines["status"].eq("inactive").astype(int).groupby(lines["coop_id"]).cummax().astype(bool)
    state = lines["status"].mask((lines["status"] == "active") & stopped, "returned")
    ahead = state.groupby(lines["coop_id"]).shift(-1)
    next_year = lines.groupby("coop_id")["book_year"].shift(-1)
    steps = pd.DataFrame({"unit": lines["coop_id"], "time": next_year, "from": state, "to": ahead})
    known = steps["from"].isin(STATES) & steps["to"].isin(STATES) & (next_year == lines["book_year"] + 1)
    return steps[known].astype({"time": "int64"}).reset_index(drop=True)


def occupation(steps: pd.DataFrame, states: Sequence[str], level: float = 0.95) -> pd.DataFrame:
    """Probability of each state over time for one that begins in the first state.

    Parameters
    ----------
    steps : pandas.DataFrame
        ``unit, time, from, to``; a step that stays counts too.
    states : sequence of str
        The first is where all begin; one without steps from it keeps what arrives.
    level : float

    Returns
    -------
    pandas.DataFrame
        Columns of a curve, one row a state and time.
    """
    unit, units = pd.factorize(steps["unit"])
    place = {name: number for number, name in enumerate(states)}
    origin, target = steps["from"].map(place).to_numpy(), steps["to"].map(place).to_numpy()
    times = steps["time"].to_numpy()
    k = len(states)
    share, pull = np.eye(k)[0], np.zeros((len(units), k))
    records: list[tuple[str, float, float, float, int, int]] = []
    for moment in np.unique(times):
        now = times == moment
        counts = np.zeros((k, k))
        np.add.at(counts, (origin[now], target[now]), 1.0)
        n_risk = counts.sum(axis=1)
        matrix = np.where(n_risk[:, None] > 0, counts / np.maximum(n_risk, 1)[:, None], np.eye(k))
        pull = pull @ matrix
        own = (np.eye(k)[target[now]] - matrix[origin[now]]) * (share[origin[now]] / n_risk[origin[now]])[:, None]
        np.add.at(pull, unit[now], own)
        share = share @ matrix
        error = np.sqrt((pull**2).sum(axis=0))
        arrived = counts.sum(axis=0) - np.diag(counts)
        records += [(states[j], moment, share[j], error[j], int(n_risk[j]), int(arrived[j])) for j in range(k)]
    data = pd.DataFrame(records, columns=["term", "time", "estimate", "std_error", "n_risk", "n_event"])
    data["conf_low"], data["conf_high"] = log_log_limits(data["estimate"].to_numpy(float), data["std_error"].to_numpy(float), level)
    return data[CURVE_COLUMNS]


@recorded
def return_by_years_inactive(panel: pd.DataFrame, rule: str = "no_rat_3y", silence: str = "legal", level: float = 0.95) -> Table:
    """Share of the inactive that are active one year later, by how long they have been inactive.

    Parameters
    ----------
    panel : pandas.DataFrame
    rule, silence : str
    level : float
        Of the Wilson interval.

    Returns
    -------
    Table
        ``years_inactive`` (1 to 4, 5 for five and more, 0 for an unknown time: inactive when the records begin), ``returned, dissolved, n``
        (cooperative-years), ``share, conf_low, conf_high`` of return. Numbers ``return.share.<years>``.
    """
    lines = classify(panel, rule, silence)
    lines = lines[(lines["book_year"] >= first_judged_year(lines)) & lines["status"].isin([*KNOWN, "new"])].reset_index(drop=True)
    silent = lines["status"] == "inactive"
    run = (~silent).groupby(lines["coop_id"]).cumsum()
    lines["years"] = silent.groupby([lines["coop_id"], run]).cumsum()
    lines["years"] = lines["years"].clip(upper=LONGEST).mask(run == 0, 0)
    lines["to"] = lines.groupby("coop_id")["status"].shift(-1)
    steps = lines[silent & lines["to"].isin(KNOWN) & (lines.groupby("coop_id")["book_year"].shift(-1) == lines["book_year"] + 1)]
    counts = steps.groupby("years")["to"].agg(returned=lambda t: int((t == "active").sum()),
                                              dissolved=lambda t: int((t == "dissolved").sum()), n="size")  # fmt: skip
    data = counts.reset_index().rename(columns={"years": "years_inactive"}).astype("int64")  # an empty count would be text
    data["share"] = data["returned"] / data["n"]
    data["conf_low"], data["conf_high"] = wilson(data["returned"], data["n"], level)
    rows = Rows.of(panel["source_rows"])
    numbers = line_numbers("return.share", data, "years_inactive", "share", "share", level=level, rule=rule, silence=silence,
                           method="wilson", rows=rows)  # fmt: skip
    derived = dict.fromkeys(("share", "conf_low", "conf_high"), ("returned",))
    return Table(f"return_by_years.{rule}.{silence}", data, ("returned", "dissolved"), derived=derived, additive=True,
                 of={"n": ("returned", "dissolved")}, numbers=numbers, rows=rows)  # fmt: skip


@recorded
def blocked_exit(
    office: Office, as_of: date | str | None = None, region: str | None = None, rule: str = "no_rat_3y", silence: str = "legal",
    level: float = 0.95,
) -> Table:  # fmt: skip
    """Government funds outstanding: do they go with becoming inactive (onset), or with staying so (exit)? Counted apart.

    Parameters
    ----------
    office : Office
    as_of, region
        As in :func:`kopanalysis.build_panel`.
    rule, silence : str
    level : float
        Of the Wilson intervals.

    Returns
    -------
    Table
        ``from`` (active: onset; inactive: exit), ``funds`` (``yes, no`` by the latest finding up to that book year; ``not_visited``),
        ``to``,
        ``count, n`` (cooperative-years), ``share, conf_low, conf_high``. Numbers ``exit.<from>.<funds>.<to>``.

    Notes
    -----
    A dissolution waits until public money is accounted for, so outstanding funds lengthen inactivity by rule. Visits aren't random: the
    office goes where trouble is, so compare ``yes`` with ``no``, not with ``not_visited``.
    """
    panel = build_panel(office, as_of, region)
    lines = classify(panel, rule, silence)
    lines = lines[lines["book_year"] >= first_judged_year(lines)].reset_index(drop=True)
    lines["funds"] = _funds(office, lines)
    lines["to"] = lines.groupby("coop_id")["status"].shift(-1)
    next_year = lines.groupby("coop_id")["book_year"].shift(-1)
    steps = lines[lines["status"].isin(["active", "inactive"]) & lines["to"].isin(KNOWN) & (next_year == lines["book_year"] + 1)]
    seen = office.tables["findings"]
    rows = Rows.of(panel["source_rows"]) | Rows.of(seen.loc[seen["coop_id"].isin(panel["coop_id"]), "source_rows"])
    records: list[dict[str, object]] = []
    numbers = []
    for origin, target in (("active", "inactive"), ("inactive", "active"), ("inactive", "dissolved")):
        for funds in ("yes", "no", "not_visited"):
            leaving = steps[(steps["status"] == origin) & (steps["funds"] == funds)]
            count, n = int((leaving["to"] == target).sum()), len(leaving)
            low, high = (float(limit[0]) for limit in wilson(count, n, level))
            share = count / n if n else None
            numbers.append(Number(f"exit.{origin}.{funds}.{target}", share, "share", plain(low), plain(high), level, n, rule, silence,
                                  "wilson", rows=rows, cell=(len(records), "share")))  # fmt: skip
            records.append({"from": origin, "funds": funds, "to": target, "count": count, "n": n, "share": share, "conf_low": low,
                            "conf_high": high})  # fmt: skip
    derived = dict.fromkeys(("share", "conf_low", "conf_high"), ("count", "n"))
    return Table(f"blocked_exit.{rule}.{silence}", pd.DataFrame(records), ("count", "n"), derived=derived, additive=True,
                 within=("from", "to"), of={"n": ("count",)}, numbers=tuple(numbers), rows=rows)  # fmt: skip


def _funds(office: Office, lines: pd.DataFrame) -> pd.Series:
    """What the latest finding known for a book year says about public money; one made in year t speaks of book year t - 1."""
    seen = office.tables["findings"].dropna(subset=["coop_id", "date", "government_funds"])
    seen = seen[seen["date"].dt.year - 1 <= lines["book_year"].max()]
    said = seen.assign(book_year=seen["date"].dt.year - 1, flag=np.where(seen["government_funds"].astype(bool), "yes", "no"))
    said = said.sort_values("date").groupby(["coop_id", "book_year"])["flag"].last().reset_index()
    merged = lines[["coop_id", "book_year"]].merge(said, on=["coop_id", "book_year"], how="left")
    return merged.groupby("coop_id")["flag"].ffill().fillna("not_visited").set_axis(lines.index)
