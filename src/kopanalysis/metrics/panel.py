"""The panel: one row a cooperative and book year, with the facts that were known by a date, before any rule."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from kopanalysis import rules
from kopanalysis.errors import DataError
from kopanalysis.lineage import Chain, recorded
from kopanalysis.memory import once
from kopanalysis.metrics.meetings import joined_rows, meeting_facts

if TYPE_CHECKING:
    from kopanalysis.loaders.load import Office

KEYS = ["coop_id", "book_year"]
PRIMARY_FORMS = ("primary", "primary_district")  # the office counts these; one without a stated form counts too
PANEL_COLUMNS = [
    "coop_id", "book_year", "name", "region", "kecamatan", "nagari", "sector", "type", "form", "kdmp", "founded", "age", "rat_state",
    "rat_held", "reported", "business", "found_operating", "registered_status", "dissolved_on", "members", "assets_idr", "assets_net_idr",
    "turnover_idr", "surplus_idr", "training_cohort", "cattle_cohort", "treated", "heads_accepted", "source_rows",
]  # fmt: skip


@recorded
def build_panel(office: Office, as_of: date | str | None = None, region: str | None = None, scope: str = "primary") -> pd.DataFrame:
    """Put together what was known by a date, one row a cooperative and book year.

    The members' meeting of calendar year t is about book year t - 1, so the last book year is the year of ``as_of`` minus one.
    A cooperative's rows begin with its founding (or one book year earlier than ``as_of`` for one founded since), and end where
    the register stops listing it without a decision; a dissolved one keeps its rows.

    Parameters
    ----------
    office : Office
        What :func:`kopanalysis.load_office` read.
    as_of : date or str, optional
        Nothing known later is used; default: the latest date in the data.
    region : str, optional
        Kemendagri code, such as ``"13.11"``; default: every region in the data.
    scope : {"primary", "all"}
        ``primary`` leaves out cooperatives of national, provincial or secondary form, as the office's total does.

    Returns
    -------
    pandas.DataFrame
        Sorted by ``coop_id, book_year``, columns:
        ``founded`` (day of the legal entity), ``age`` (book years since then; -1: founded after that book year closed),
        ``rat_state`` (``on_time, late_legal, late, held_not_reported, not_held, not_yet_due, unknown``),
        ``rat_held, reported, business, found_operating`` (0, 1, missing),
        ``registered_status`` (the register's own word in the year after), ``members``, ``*_idr`` (rupiah, current prices),
        ``assets_net_idr`` (assets less grants), ``training_cohort, cattle_cohort`` (first book year whose meeting or accounts can
        show it, missing = never), ``treated`` (in the training under study), ``heads_accepted`` (cattle accepted so far),
        ``source_rows`` (tokens of the rows behind the line). ``.attrs["report"]`` counts what was left out and why.

    Raises
    ------
    DataError
        When no cooperative of the region was on a register by ``as_of``.
    """
    latest = as_of if as_of is not None else office.as_of
    if latest is None:
        raise DataError("The data hold no date at all", mend="Say with --as-of on which day the register was taken.")
    return _built(office, pd.Timestamp(latest), region, scope).copy(deep=False)


@once(2)
def _built(office: Office, day: pd.Timestamp, region: str | None, scope: str) -> pd.DataFrame:
    register, left_out = _known_register(office, day, region, scope)
    grid = _grid(office, register, day)
    panel = grid.merge(_identity(register), on="coop_id", how="left")
    parts = [
        meeting_facts(office, grid, register, day),
        _registered_status(register),
        _accounts(office, grid),
        _findings(office, day),
        _dissolutions(office, grid, day),
        _members(register),
        _trainings(office, grid, day),
        _cattle(office, grid, day),
    ]
    tokens = panel["source_rows"].fillna("")
    for part in parts:
        panel = panel.drop(columns="source_rows").merge(part, on=KEYS, how="left", validate="one_to_one")
        tokens = tokens + " " + panel["source_rows"].fillna("")
    panel["source_rows"] = tokens
    panel = _finish(panel)
    panel.attrs["as_of"] = day.date().isoformat()
    panel.attrs["report"] = Chain(rows=len(panel), cooperatives=int(panel["coop_id"].nunique()), **left_out)
    return panel


def histories(panel: pd.DataFrame) -> pd.Series:
    """Tokens of every row behind a cooperative, all its book years together.

    Parameters
    ----------
    panel : pandas.DataFrame
        ``coop_id, source_rows``.

    Returns
    -------
    pandas.Series
        Indexed by ``coop_id``.
    """
    bare = panel[["coop_id", "source_rows"]].copy()
    bare.attrs = {}  # pandas copies it for every group
    return bare.groupby("coop_id")["source_rows"].agg(" ".join)


def _known_register(office: Office, day: pd.Timestamp, region: str | None, scope: str) -> tuple[pd.DataFrame, dict[str, int]]:
    """Register rows known by the day, of the region and scope, and how many cooperatives were left out and why."""
    register = office.tables["register"]
    known = register[(register["snapshot_date"] <= day) | register["snapshot_date"].isna()].copy()
    known["snapshot_date"] = known["snapshot_date"].fillna(day)
    left_out: dict[str, int] = {}
    if region is not None and known["region"].notna().any():
        elsewhere = known["region"].notna() & (known["region"] != region)
        left_out["other_region"] = int(known.loc[elsewhere, "coop_id"].nunique())
        known = known[~elsewhere]
    if scope == "primary":
        latest = known.sort_values("snapshot_date").groupby("coop_id")["form"].last()
        outside = latest.index[latest.notna() & ~latest.isin(PRIMARY_FORMS)]
        left_out["not_primary"] = len(outside)
        known = known[~known["coop_id"].isin(outside)]
    if known.empty:
        place = f"region {region}" if region else "the data"
        raise DataError(
            f"No cooperative of {place} is on a register by {day.date()}",
            mend="Give a register with a snapshot date on or before that day, or a later --as-of.",
        )
    return known.sort_values(["snapshot_date", "source_id", "source_row"], kind="stable"), left_out


def _grid(office: Office, register: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """Which cooperative has a row in which book year."""
    last_year = day.year - 1
    founded = register.groupby("coop_id")["legal_date"].last().dt.year
    seen = register.groupby("coop_id")["snapshot_date"].agg(["min", "max"])
    first = founded.fillna(seen["min"].dt.year - 1).astype(int)
    start = _first_book_year(office, register, day)
    last = _last_listed_year(register, seen["max"]).clip(upper=last_year)
    dissolved = _dissolution_dates(office, day).reindex(first.index)
    last = last.where(dissolved.isna(), last_year)
    first = first.clip(lower=start).where(first <= last_year, last_year)
    spans = pd.DataFrame({"first": first, "last": last.astype(int)})
    spans = spans[spans["first"] <= spans["last"]]
    lengths = (spans["last"] - spans["first"] + 1).to_numpy()
    years = np.concatenate([np.arange(a, b + 1) for a, b in spans[["first", "last"]].to_numpy()]) if len(spans) else np.array([], int)
    return pd.DataFrame({"coop_id": np.repeat(spans.index.to_numpy(), lengths), "book_year": years.astype("int64")})


def _first_book_year(office: Office, register: pd.DataFrame, day: pd.Timestamp) -> int:
    """The first book year that any record speaks of: three before the first register, or the one before a dissolution."""
    candidates = [register["snapshot_date"].min().year - 3]
    ended = _dissolution_dates(office, day)
    ended = ended[ended.index.isin(register["coop_id"])]
    if len(ended):
        candidates.append(int(ended.min().year) - 1)
    for name in ("rat", "accounts"):
        years = office.tables[name]["book_year"].dropna()
        if len(years):
            candidates.append(int(years.min()))
    return min(candidates)


def _last_listed_year(register: pd.DataFrame, last_seen: pd.Series) -> pd.Series:
    """Last book year of a cooperative that later registers of its own kecamatan no longer list; else a year far ahead."""
    place = register["kecamatan"].fillna("")
    newest = register.groupby(place)["snapshot_date"].max()
    home = register.assign(place=place).groupby("coop_id")["place"].last()
    gone = last_seen < home.map(newest)
    return (last_seen.dt.year - 1).where(gone, 9999)


def _identity(register: pd.DataFrame) -> pd.DataFrame:
    """Who a cooperative is, by the latest register that lists it; the first founding date that is known."""
    latest = register.groupby("coop_id").agg(
        {"name": "last", "region": "last", "kecamatan": "last", "nagari": "last", "sector": "last", "type": "last", "form": "last",
         "legal_date": "last", "source_rows": "last"}
    )  # fmt: skip
    latest["kdmp"] = latest["name"].str.contains(r"merah putih|\bkdmp\b|\bkkmp\b", case=False, na=False).astype("int64")
    return latest.reset_index()


def _registered_status(register: pd.DataFrame) -> pd.DataFrame:
    """The register's own word for a book year: the last snapshot of the calendar year after it."""
    rows = register.assign(book_year=register["snapshot_date"].dt.year - 1)
    rows = rows.groupby(KEYS).agg(registered_status=("status", "last"), source_rows=("source_rows", "last"))
    return rows.reset_index()


def _members(register: pd.DataFrame) -> pd.DataFrame:
    """Members on the last snapshot within the book year."""
    counted = register.assign(
        book_year=register["snapshot_date"].dt.year,
        members=register[["members_male", "members_female"]].sum(axis=1, min_count=1),
    )
    counted = counted.groupby(KEYS).agg(members_register=("members", "last"), source_rows=("source_rows", "last"))
    return counted.reset_index()


def _accounts(office: Office, grid: pd.DataFrame) -> pd.DataFrame:
    """Money of a book year, and whether it shows business: turnover or loans above zero."""
    accounts = office.tables["accounts"].dropna(subset=KEYS)
    accounts = accounts.astype({"book_year": "int64"}).merge(grid, on=KEYS)
    turnover, loans = accounts["turnover_idr"], accounts["loans_idr"]
    spoken = turnover.notna() | loans.notna()
    accounts = accounts.assign(
        business=((turnover.fillna(0) > 0) | (loans.fillna(0) > 0)).astype(float).where(spoken),
        assets_net_idr=accounts["assets_idr"] - accounts["grant_assets_idr"].fillna(0),
        members_accounts=accounts["members"],
    )
    columns = ["business", "assets_idr", "assets_net_idr", "turnover_idr", "surplus_idr", "members_accounts", "source_rows"]
    return accounts.groupby(KEYS)[columns].last().reset_index()


def _findings(office: Office, day: pd.Timestamp) -> pd.DataFrame:
    """Whether a visit found it at work; what is seen in calendar year t speaks of book year t - 1, as a meeting does."""
    seen = office.tables["findings"].dropna(subset=["coop_id", "date"])
    seen = seen[seen["date"] <= day].sort_values("date")
    seen = seen.assign(book_year=seen["date"].dt.year - 1, found_operating=seen["operating"].astype("Float64").astype(float))
    seen = seen.dropna(subset=["found_operating"])
    return seen.groupby(KEYS).agg(found_operating=("found_operating", "last"), source_rows=("source_rows", "last")).reset_index()


def _dissolution_dates(office: Office, day: pd.Timestamp) -> pd.Series:
    """Date of the first decision that ended a cooperative (dissolved or merged), by coop_id."""
    decisions = office.tables["decisions"].dropna(subset=["coop_id", "date"])
    ended = decisions[decisions["decision"].isin(["dissolved", "merged"]) & (decisions["date"] <= day)]
    return ended.groupby("coop_id")["date"].min()


def _dissolutions(office: Office, grid: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """The date of dissolution on every line of the cooperative, the decision among the rows from its year on."""
    dates = _dissolution_dates(office, day).rename("dissolved_on")
    rows = office.tables["decisions"].merge(dates.reset_index(), left_on=["coop_id", "date"], right_on=["coop_id", "dissolved_on"])
    return grid.merge(rows.groupby("coop_id")[["dissolved_on", "source_rows"]].first().reset_index(), on="coop_id")


def _trainings(office: Office, grid: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """First training of any kind, and whether it was in the one under study. The meeting of that year comes the year after."""
    training = office.tables["training"].dropna(subset=["coop_id"])
    training = training.assign(day=training["start_date"].fillna(training["end_date"]))
    training = training[training["day"] <= day].sort_values("day")
    study = rules.programmes()["study"]
    within = training["day"].between(pd.Timestamp(study.start), pd.Timestamp(study.end))
    units = training.groupby("coop_id").agg(training_cohort=("day", "min")).join(joined_rows(training, ["coop_id"]))
    units["training_cohort"] = units["training_cohort"].dt.year
    units["treated"] = units.index.isin(training.loc[within, "coop_id"]).astype(int)
    return grid.merge(units.reset_index(), on="coop_id")


def _cattle(office: Office, grid: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """Heads accepted so far, and the first year of acceptance."""
    cattle = office.tables["cattle"].dropna(subset=["coop_id", "date", "heads"])
    accepted = cattle[(cattle["event"] == "accepted") & (cattle["date"] <= day)]
    lines = grid.merge(accepted.assign(year=accepted["date"].dt.year)[["coop_id", "year", "heads", "source_rows"]], on="coop_id")
    lines["heads"] = lines["heads"].where(lines["year"] <= lines["book_year"], 0)
    grouped = lines.groupby(KEYS).agg(cattle_cohort=("year", "min"), heads_accepted=("heads", "sum"))
    return grouped.join(joined_rows(lines, KEYS)).reset_index()


def _finish(panel: pd.DataFrame) -> pd.DataFrame:
    panel = panel.rename(columns={"legal_date": "founded"})
    panel["age"] = (panel["book_year"] - panel["founded"].dt.year).astype("Int64")
    panel["members"] = panel["members_accounts"].fillna(panel["members_register"])
    panel["treated"] = panel["treated"].fillna(0).astype("int64")
    panel["heads_accepted"] = panel["heads_accepted"].fillna(0).astype(float)
    for name in ("rat_held", "reported", "business", "found_operating", "training_cohort", "cattle_cohort"):
        panel[name] = panel[name].astype("Int64")
    missing: list[Any] = [name for name in PANEL_COLUMNS if name not in panel]
    if missing:
        raise DataError(f"the panel lacks {', '.join(missing)}")
    return panel[PANEL_COLUMNS].sort_values(KEYS, ignore_index=True)
