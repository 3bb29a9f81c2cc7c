"""What 00-explore shows of a choice: definitions, ribbon, survival and watch-list, worked out once and kept."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from kopanalysis import rules
from kopanalysis.errors import DataError
from kopanalysis.inactivity.survival import kaplan_meier, numbers_at_risk
from kopanalysis.inactivity.watchlist import watchlist
from kopanalysis.metrics.activity import COUNTED, activity_ribbon, at_date, classify, first_judged_year, share_of
from kopanalysis.metrics.spells import build_spells
from kopanalysis.present.explore_desk import Desk, View, chosen_of, day_of, known_by, open_desk, places, report_line, years
from kopanalysis.results import Curve, Number, Table

__all__ = [
    "Desk", "Look", "View", "ahead_of_need", "cooperatives", "day_of", "definitions", "known_by", "look", "open_desk", "places",
    "report_line", "statuses", "watch_of", "years",
]  # fmt: skip
SHORT_LIST = 10  # how many of the watch-list are shown


@dataclass(frozen=True)
class Look:
    """Results of one view.

    Attributes
    ----------
    day : datetime.date
        Nothing known later is used.
    first_year : int
        First book year followed.
    definitions, ribbon, at_risk : Table
    survival, everywhere : Curve
        Of the chosen cooperatives, and of the whole region for comparison.
    watch : Table or None
        The chosen cooperatives on the region's watch-list; None where the records don't reach far enough back.
    """

    day: date
    first_year: int
    definitions: Table
    ribbon: Table
    survival: Curve
    everywhere: Curve
    at_risk: Table
    watch: Table | None


@functools.lru_cache(maxsize=64)
def statuses(desk: Desk, day: date) -> pd.DataFrame:
    """Status on a day under every rule and coding: one row a cooperative, ``kecamatan, sector`` and a column a (rule, silence)."""
    lines = known_by(desk, day).sort_values(["coop_id", "book_year"], ignore_index=True)  # as classify leaves them
    who = at_date(lines, day)
    found: dict[str, np.ndarray] = {}
    for rule, told in rules.inactivity_rules().items():
        read = None
        for silence in rules.silence_codings():
            if read is None or told.years:  # the register's own word has no silence to read
                status = classify(lines, rule, silence, rows=False)["status"].to_numpy()[who.index]
                read = np.where(status == "dissolved", "unknown", status)
            found[f"{rule}|{silence}"] = read
    return who.set_index("coop_id").assign(**found)


@functools.lru_cache(maxsize=256)
def watch_of(desk: Desk, day: date, rule: str) -> Table | None:
    """The region's watch-list on a day; None where too few years are known."""
    try:
        return watchlist(known_by(desk, day), rule=rule)
    except DataError:
        return None


@functools.lru_cache(maxsize=256)
def _followed_from(desk: Desk, day: date, rule: str, silence: str) -> int:
    return first_judged_year(classify(known_by(desk, day), rule, silence, rows=False))


@functools.lru_cache(maxsize=256)
def _spells(desk: Desk, day: date, rule: str, silence: str, first_year: int) -> pd.DataFrame:
    """Spells of the whole region: those of a choice are among them, for a spell is its cooperative's alone."""
    return build_spells(known_by(desk, day), rule, silence, first_year)


@functools.lru_cache(maxsize=256)
def _everywhere(desk: Desk, day: date, rule: str, silence: str, first_year: int) -> Curve:
    return kaplan_meier(_spells(desk, day, rule, silence, first_year))


def definitions(desk: Desk, view: View) -> Table:
    """As :func:`kopanalysis.definitions_table`, for the chosen cooperatives, from statuses that are worked out once a day.

    Parameters
    ----------
    desk : Desk
    view : View

    Returns
    -------
    Table
        ``rule, silence, total, active, inactive, new, unknown, rate, conf_low, conf_high``; numbers without source rows.
    """
    lines = chosen_of(statuses(desk, day_of(desk, view.last_year)), view)
    pairs = [(rule, silence) for rule in rules.inactivity_rules() for silence in rules.silence_codings()]
    records = []
    for rule, silence in pairs:
        counts = lines[f"{rule}|{silence}"].value_counts()
        records.append({"rule": rule, "silence": silence, "total": len(lines), **{name: int(counts.get(name, 0)) for name in COUNTED}})
    data = pd.DataFrame(records)
    shares = [_share(record, *pair) for record, pair in zip(records, pairs, strict=True)]
    data[["rate", "conf_low", "conf_high"]] = pd.DataFrame(shares, index=data.index)
    derived = dict.fromkeys(("rate", "conf_low", "conf_high"), ("active", "inactive"))
    return Table("definitions", data, COUNTED, "total", derived, numbers=tuple(_numbers(data)))


def _share(record: dict[str, object], rule: str, silence: str) -> tuple[float, float, float]:
    inactive, active, unknown = (pd.Series([record[name]]) for name in ("inactive", "active", "unknown"))
    reading = silence if rules.inactivity_rule(rule).years else "legal"  # the register's own word has no silence to read
    rate, low, high = (float(limit.iloc[0]) for limit in share_of(inactive, active, unknown, reading))
    return rate, low, high


def _numbers(data: pd.DataFrame) -> Iterator[Number]:
    yield Number("register.total", int(data["total"].iloc[0]), "cooperatives", method="count")
    for row, line in data.iterrows():
        name, about = f"{line['rule']}.{line['silence']}", {"rule": line["rule"], "silence": line["silence"]}
        for status in COUNTED:
            yield Number(f"{status}.count.{name}", int(line[status]), "cooperatives", cell=(int(str(row)), status), **about)
        judged = int(line["active"] + line["inactive"])
        rate, low, high = (None if pd.isna(line[key]) else float(line[key]) for key in ("rate", "conf_low", "conf_high"))
        bounds = rate is None
        yield Number(f"inactive.rate.{name}", rate, "share", low, high, None if bounds else 0.95, judged, cell=(int(str(row)), "rate"),
                     **about)  # fmt: skip


def look(desk: Desk, view: View) -> Look | None:
    """Everything that a view shows; None where nobody is left.

    Parameters
    ----------
    desk : Desk
    view : View

    Returns
    -------
    Look or None

    Raises
    ------
    DataError
        When no register reaches back to the last year chosen.
    """
    day = day_of(desk, view.last_year)
    if chosen_of(statuses(desk, day), view).empty:
        return None
    first = view.first_year if view.first_year is not None else _followed_from(desk, day, view.rule, view.silence)
    panel = chosen_of(known_by(desk, day), view)
    followed = _spells(desk, day, view.rule, view.silence, first)
    spells = followed[followed["coop_id"].isin(panel["coop_id"])].reset_index(drop=True)
    everywhere = _everywhere(desk, day, view.rule, view.silence, first)
    survival = everywhere if len(spells) == len(followed) else kaplan_meier(spells)
    listed = watch_of(desk, day, view.rule)
    ribbon = activity_ribbon(panel, view.rule, view.silence, first)
    return Look(day, first, definitions(desk, view), ribbon, survival, everywhere, numbers_at_risk(spells),
                listed and _on_list(listed, panel))  # fmt: skip


def _on_list(listed: Table, panel: pd.DataFrame) -> Table:
    """The list's first of the chosen cooperatives, with the ranks that they have in the whole region."""
    data = listed.data[listed.data["coop_id"].isin(panel["coop_id"])].head(SHORT_LIST).reset_index(drop=True)
    data = data.assign(
        rank_range=[f"{low}–{high}" for low, high in zip(data["rank_low"], data["rank_high"], strict=True)],
        signs=(data["reason_1"] + " " + data["reason_2"]).str.strip(),
    )
    return Table("watchlist", data, names_units=True)


def cooperatives(desk: Desk, view: View) -> Table:
    """The chosen cooperatives one by one, for a table that can be searched.

    Parameters
    ----------
    desk : Desk
    view : View

    Returns
    -------
    Table
        ``name, kecamatan, status, rank`` (on the region's watch-list; missing where it isn't active), ``members, age, nagari, sector,
        type``; it names cooperatives: the public edition has none of its rows.
    """
    day = day_of(desk, view.last_year)
    lines = chosen_of(statuses(desk, day), view)
    listed = watch_of(desk, day, view.rule)
    ranks = listed.data.set_index("coop_id")["rank"] if listed is not None else pd.Series(dtype="Int64")
    lines = lines.assign(
        status=lines[f"{view.rule}|{view.silence}"], rank=ranks.reindex(lines.index).astype("Int64"),
        age=lines["age"].clip(lower=0),  # one founded after the book year is new, not less than nothing
    )  # fmt: skip
    columns = ["name", "kecamatan", "status", "rank", "members", "age", "nagari", "sector", "type"]
    return Table("cooperatives", lines[columns].sort_values(["kecamatan", "name"]).reset_index(drop=True), names_units=True)


def ahead_of_need(desk: Desk) -> Iterator[Callable[[], object]]:
    """What the next choices will need, in steps of a fraction of a second, so that a screen can have it worked out while it waits."""
    office, *others = rules.inactivity_rules()
    days = [day_of(desk, year) for year in reversed(years(desk))]
    for day in days:
        yield functools.partial(known_by, desk, day)
        yield functools.partial(statuses, desk, day)
        yield functools.partial(watch_of, desk, day, office)
    for day in days:
        for rule in others:
            yield functools.partial(watch_of, desk, day, rule)
