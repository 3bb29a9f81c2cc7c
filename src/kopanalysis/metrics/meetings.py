"""Members' meetings (RAT): for each cooperative and book year, was one held, was it reported, when, and how do we know."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from kopanalysis import rules

if TYPE_CHECKING:
    from kopanalysis.loaders.load import Office

KEYS = ["coop_id", "book_year"]
STATES = ("on_time", "late_legal", "late", "held_not_reported", "not_held", "not_yet_due", "unknown")


def meeting_facts(office: Office, grid: pd.DataFrame, register: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """State of the meeting about each book year, as known on a day.

    A meeting is known from the office's log or from a register's last-meeting date. That none was held is concluded from silence:
    of a log that covers the book year, or of a register taken after the legal deadline. A register knows only the last meeting, so
    it says nothing of the years before it.

    Parameters
    ----------
    office : Office
    grid : pandas.DataFrame
        ``coop_id, book_year``: the lines of the panel.
    register : pandas.DataFrame
        Register rows known by ``day``, oldest first.
    day : pandas.Timestamp

    Returns
    -------
    pandas.DataFrame
        ``coop_id, book_year, rat_state, rat_held, reported, source_rows``; one row a line of ``grid``.
    """
    log = _log(office, day)
    meetings = _meetings(log, register)
    lines = grid.merge(meetings, on=KEYS, how="left")
    lines = lines.merge(_coverage(log), on="book_year", how="left")
    lines = lines.merge(_silent_registers(office, grid, register), on=KEYS, how="left")
    held, reported = lines["date_known"].notna(), lines["reported"] == 1
    silent = lines["log_row"].notna() | lines["register_row"].notna()
    years = lines["book_year"]
    due = years.map({year: pd.Timestamp(rules.meeting_deadline("late_legal", year)) for year in years.unique()})
    on_time = years.map({year: pd.Timestamp(rules.meeting_deadline("on_time", year)) for year in years.unique()})
    lines["rat_state"] = np.select(
        [held & ~reported, held & (lines["date_known"] <= on_time), held & (lines["date_known"] <= due), held, due >= day, silent],
        ["held_not_reported", "on_time", "late_legal", "late", "not_yet_due", "not_held"],
        "unknown",
    )
    known = held | (lines["rat_state"] == "not_held")
    lines["rat_held"] = held.astype(float).where(known)
    lines["reported"] = reported.astype(float).where(known)
    proof = lines["log_row"].fillna("") + " " + lines["register_row"].fillna("")
    lines["source_rows"] = np.where(held, lines["source_rows"].fillna(""), np.where(lines["rat_state"] == "not_held", proof, ""))
    return lines[[*KEYS, "rat_state", "rat_held", "reported", "source_rows"]]


def _log(office: Office, day: pd.Timestamp) -> pd.DataFrame:
    """Log rows known by the day; a log without any reporting date is taken as reported."""
    log = office.tables["rat"].dropna(subset=["coop_id", "book_year"]).astype({"book_year": "int64"})
    has_reports = log["date_reported"].notna().any()
    known_date = log["date_held"].fillna(log["date_reported"])
    log = log.assign(date_known=known_date)[known_date <= day]
    on_file = log["date_reported"].notna() & (log["date_reported"] <= day)
    return log.assign(reported=np.where(on_file | (not has_reports), 1, 0))


def _meetings(log: pd.DataFrame, register: pd.DataFrame) -> pd.DataFrame:
    """One row a cooperative and book year that met: earliest date, whether reported, rows."""
    told = register[register["last_rat_date"].notna() & (register["last_rat_date"] <= register["snapshot_date"])]
    told = told.groupby(["coop_id", "last_rat_date"])[["source_rows"]].first().reset_index()
    told = told.rename(columns={"last_rat_date": "date_known"})
    # A late meeting about an older book year stands in the log with its own book year: the register's date must not make a second of it.
    told = told.merge(log[["coop_id", "date_known"]].drop_duplicates().assign(in_log=True), on=["coop_id", "date_known"], how="left")
    told = told[told["in_log"].isna()]
    told = told.assign(book_year=told["date_known"].dt.year - 1, reported=1)
    columns = [*KEYS, "date_known", "reported", "source_rows"]
    both = pd.concat([log[columns], told[columns]], ignore_index=True)
    grouped = both.groupby(KEYS).agg(date_known=("date_known", "min"), reported=("reported", "max"))
    return grouped.join(joined_rows(both, KEYS)).reset_index()


def joined_rows(frame: pd.DataFrame, keys: list[str]) -> pd.Series:
    """Tokens by key. Nearly every key has one row, so only the others pay for a loop.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``*keys, source_rows``.
    keys : list of str

    Returns
    -------
    pandas.Series
        ``source_rows``, indexed by the keys.
    """
    several = frame.duplicated(keys, keep=False)
    single = frame.loc[~several, [*keys, "source_rows"]].set_index(keys)["source_rows"]
    return pd.concat([single, frame[several].groupby(keys)["source_rows"].agg(" ".join)])


def _coverage(log: pd.DataFrame) -> pd.DataFrame:
    """Book years that the log speaks of, each with one row that shows it does."""
    return log.groupby("book_year")[["source_rows"]].first().reset_index().rename(columns={"source_rows": "log_row"})


def _silent_registers(office: Office, grid: pd.DataFrame, register: pd.DataFrame) -> pd.DataFrame:
    """The first register after the deadline, where it knows of no meeting about that book year or a later one."""
    readable = register[~_unread_dates(office, register)] if register["last_rat_date"].notna().any() else register.iloc[:0]
    taken = readable[["coop_id", "snapshot_date", "last_rat_date", "source_rows"]]
    years = grid["book_year"].unique()
    due = {year: pd.Timestamp(rules.meeting_deadline("late_legal", year)) for year in years}
    wanted = grid.assign(due=grid["book_year"].map(due).astype("datetime64[us]")).sort_values("due")
    taken = taken.astype({"snapshot_date": "datetime64[us]"}).sort_values("snapshot_date")
    found = pd.merge_asof(
        wanted, taken, left_on="due", right_on="snapshot_date", by="coop_id", direction="forward", allow_exact_matches=False
    )
    silent = found["snapshot_date"].notna() & (found["last_rat_date"].isna() | (found["last_rat_date"].dt.year - 1 < found["book_year"]))
    return found.loc[silent, [*KEYS, "source_rows"]].rename(columns={"source_rows": "register_row"})


def _unread_dates(office: Office, register: pd.DataFrame) -> np.ndarray:
    """Rows whose last-meeting date stands there but couldn't be read: they prove no silence."""
    unread = office.set_aside
    cells = unread[unread["field"] == "last_rat_date"]
    bad = set(zip(cells["source_id"], cells["row"], strict=True))
    return np.array([key in bad for key in zip(register["source_id"], register["source_row"], strict=True)], dtype=bool)
