"""What the office would have recorded: the nine canonical tables of a synthetic district, clean, from what really happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from kopanalysis.truth.assignment import Assignment
from kopanalysis.truth.cast import Array, Cast
from kopanalysis.truth.history import YEARS, Facts, column, exists
from kopanalysis.truth.profile import SAVINGS, SHARIA, Profile

SNAPSHOTS = np.array(
    [f"{year}-12-31" for year in range(2016, 2022)] + ["2022-08-25"] + [f"{year}-12-31" for year in range(2022, 2026)], dtype="M8[D]"
)
LOG_YEARS = range(2015, 2025)
ACCOUNT_YEARS = range(2016, 2025)
HEALTH_YEARS = range(2017, 2025)
LAST_CALIBRATED_DAY = np.datetime64(
    "2022-08-19"
)  # meetings about 2021 are held and reported by then, so that later knowledge changes nothing
CLASSES = ((80, "healthy"), (66, "fairly_healthy"), (51, "under_supervision"), (0, "special_supervision"))


@dataclass(frozen=True)
class Scene:
    """All that the records are made from."""

    cast: Cast
    profile: Profile
    assignment: Assignment
    facts: Facts

    def labelled(self, positions: Array, columns: Mapping[str, Any]) -> pd.DataFrame:
        """Make a table whose rows belong to the cooperatives at some positions, identified by NIK and name."""
        nik = self.profile.nik[positions]
        return pd.DataFrame({"coop_id": "nik:" + nik, "nik": nik, "name": self.profile.name[positions], **columns})


@dataclass(frozen=True)
class Meetings:
    """Days of the meetings, arrays of cooperatives x book years; NaT where there was none or none was reported."""

    held: Array
    reported: Array


def draw_meetings(rng: np.random.Generator, facts: Facts) -> Meetings:
    """Draw the days: 45 % to the end of March, 42 % to the end of June, the rest later in the same year.

    Parameters
    ----------
    rng : numpy.random.Generator
    facts : Facts

    Returns
    -------
    Meetings
    """
    shape = facts.held.shape
    when, within = rng.random(shape), rng.random(shape)
    start = np.select([when < 0.45, when < 0.87], [14, 90], 181)
    length = np.select([when < 0.45, when < 0.87], [75, 90], 140)
    start_of_year = np.array([f"{year + 1}-01-01" for year in YEARS], dtype="M8[D]")
    day = start_of_year + (start + within * length).astype(int)
    late_2021 = (np.arange(shape[1]) == column(2021)) & (day > np.datetime64("2022-07-31"))
    day = np.where(late_2021, np.datetime64("2022-07-01") + (within * 28).astype(int), day)
    told = np.minimum(day + rng.integers(4, 31, shape), start_of_year + 363)
    told[:, column(2021)] = np.minimum(told[:, column(2021)], LAST_CALIBRATED_DAY)
    none = np.datetime64("NaT", "D")
    return Meetings(np.where(facts.held, day, none), np.where(facts.reported, told, none))


def register(rng: np.random.Generator, scene: Scene, meetings: Meetings) -> pd.DataFrame:
    """Draw the register on each of the eleven snapshot days: the last reported meeting, a grade and a status that run behind.

    Parameters
    ----------
    rng : numpy.random.Generator
    scene : Scene
    meetings : Meetings

    Returns
    -------
    pandas.DataFrame
        Canonical columns; one row a cooperative and snapshot.
    """
    cast, profile = scene.cast, scene.profile
    on = (cast.entered[:, None] <= SNAPSHOTS) & (scene.assignment.left[:, None] > SNAPSHOTS)
    last = np.stack([_last_meeting(meetings, day) for day in SNAPSHOTS], axis=1)
    status = _written_status(rng, cast, meetings, on)
    members = _members(rng, scene, np.array([int(str(day)[:4]) for day in SNAPSHOTS]))
    staff = rng.poisson(1.2 + np.maximum(0, profile.size))
    snapshot, coop = np.nonzero(on.T)
    one = coop, snapshot
    age = _years(SNAPSHOTS[snapshot]) - _years(last[one])
    male = np.rint(members[one] * profile.share_male[coop])
    columns = {
        "snapshot_date": SNAPSHOTS[snapshot], "legal_number": profile.legal_number[coop], "legal_date": cast.founded[coop],
        "form": profile.form[coop],
        "type": profile.type[coop], "group": profile.group[coop], "sector": profile.sector[coop], "nagari": profile.nagari[coop],
        "kecamatan": profile.kecamatan[coop], "regency": cast.regency, "members_male": male.astype("int64"),
        "members_female": (members[one] - male).astype("int64"), "managers": np.where(profile.size[coop] > 0.6, 1, 0),
        "employees": staff[coop],
        "last_rat_date": last[one], "nik_status": np.select([age <= 1, ~np.isnat(last[one])], ["certified", "expired"], "").astype(object),
        "nik_grade": np.select([age == 0, age == 1, age == 2, age >= 3], ["A", "B", "C1", "D"], "").astype(object), "status": status[one],
    }  # fmt: skip
    return scene.labelled(coop, columns)


def _years(days: Array) -> Array:
    years = days.astype("M8[Y]").astype(float)
    years[np.isnat(days)] = np.nan
    return years + 1970


def _last_meeting(meetings: Meetings, day: Any) -> Array:
    known = np.where(meetings.reported <= day, meetings.held, np.datetime64("1900-01-01"))
    last = known.max(axis=1)
    return np.where(last == np.datetime64("1900-01-01"), np.datetime64("NaT", "D"), last)


def _written_status(rng: np.random.Generator, cast: Cast, meetings: Meetings, on: Array) -> Array:
    """Active or not by the three-year rule at each snapshot, one in ten as at the snapshot before, one in 33 wrong."""
    columns = []
    for day in SNAPSHOTS:
        last_year = int(str(day)[:4]) - 1
        window = meetings.reported[:, column(max(last_year - 2, 2012)) : column(min(last_year, 2024)) + 1]
        young = _years(cast.founded) > last_year - 3
        columns.append((window <= day).any(axis=1) | young)
    now = np.stack(columns, axis=1)
    before = np.concatenate([now[:, :1], now[:, :-1]], axis=1)
    stale = rng.random(now.shape) < 0.10
    order = np.argsort(np.where(on, rng.random(now.shape), 2.0), axis=0)
    wrong = np.argsort(order, axis=0) < np.rint(0.03 * on.sum(axis=0))
    return np.where(np.where(stale, before, now) ^ wrong, "active", "inactive").astype(object)


def _members(rng: np.random.Generator, scene: Scene, years: Array) -> Array:
    """Members by year: slow growth of those at work, a slow loss of the others."""
    at_work = scene.facts.active.mean(axis=1)[:, None]
    drift = np.exp((years - 2019) * (0.04 * at_work - 0.02))
    noise = np.exp(rng.normal(0, 0.02, (len(scene.cast), len(years))))
    members: Array = np.maximum(20, np.rint(scene.profile.members[:, None] * drift * noise))
    return members


def rat_log(rng: np.random.Generator, scene: Scene, meetings: Meetings) -> pd.DataFrame:
    """Draw the office's log of meetings about book years 2015 to 2024: reported ones, and a few found out without a report.

    Parameters
    ----------
    rng : numpy.random.Generator
    scene : Scene
    meetings : Meetings

    Returns
    -------
    pandas.DataFrame
    """
    first = column(LOG_YEARS[0])
    year, coop = np.nonzero(scene.facts.known[:, first:].T)
    one = coop, year + first
    came = np.rint(np.maximum(12, scene.profile.members[coop] * rng.uniform(0.35, 0.9, len(coop)))).astype("int64")
    columns = {
        "book_year": YEARS[one[1]],
        "date_held": meetings.held[one],
        "date_reported": meetings.reported[one],
        "members_present": came,
    }
    return scene.labelled(coop, columns)


def accounts(rng: np.random.Generator, scene: Scene, heads: Array) -> pd.DataFrame:
    """Draw accounts for book years 2016 to 2024: 93 % of those at work hand them in, 30 % of the others.

    Parameters
    ----------
    rng : numpy.random.Generator
    scene : Scene
    heads : array of int
        Heads of aid cattle per cooperative; at Rp 20 million a head they are ``grant_assets_idr`` from the year of acceptance on.

    Returns
    -------
    pandas.DataFrame
        Amounts in whole rupiah.
    """
    years = np.array(ACCOUNT_YEARS)
    work = scene.facts.business[:, column(years[0]) :]
    active = scene.facts.active[:, column(years[0]) :]
    alive = exists(scene.cast)[:, column(years[0]) :] & (
        scene.assignment.left[:, None] > np.array([f"{y + 1}-03-31" for y in years], dtype="M8[D]")
    )
    money = _money(rng, scene, years, active, work, heads)
    told = alive & (rng.random(work.shape) < np.where(active, 0.93, 0.30))
    year, coop = np.nonzero(told.T)
    members = _members(rng, scene, years)
    columns = {"book_year": years[year], **{name: np.rint(values[coop, year] / 1000) * 1000 for name, values in money.items()}}
    return scene.labelled(coop, columns | {"members": members[coop, year].astype("int64")})


def _money(rng: np.random.Generator, scene: Scene, years: Array, active: Array, work: Array, heads: Array) -> dict[str, Array]:
    profile = scene.profile
    shape = work.shape
    growth = np.exp(0.05 * (years - 2016) + np.cumsum(rng.normal(0, 0.05, shape), axis=1) + 0.03 * np.cumsum(active, axis=1))
    own_assets = np.exp(19.2 + 0.9 * profile.size[:, None]) * growth
    cohort = scene.assignment.cattle_cohort[:, None]
    grant = heads[:, None] * 20_000_000.0 * ((cohort > 0) & (years >= cohort))
    saves = np.isin(profile.kind, [SAVINGS, SHARIA])[:, None]
    turnover = own_assets * np.where(saves, rng.uniform(0.5, 1.1, shape), rng.uniform(0.4, 2.2, shape)) * np.where(active, 1.0, 0.25) * work
    loans = np.where(saves, own_assets * rng.uniform(0.55, 0.85, shape), np.nan)
    share_own = rng.uniform(0.35, 0.8, shape)
    return {
        "own_capital_idr": own_assets * share_own + grant, "external_capital_idr": own_assets * (1 - share_own),
        "assets_idr": own_assets + grant,
        "turnover_idr": turnover, "surplus_idr": turnover * rng.normal(0.05, 0.03, shape), "loans_idr": loans,
        "problem_loans_idr": loans * np.where(active, rng.beta(1.2, 12, shape), rng.beta(3, 6, shape)),
        "cash_idr": own_assets * rng.beta(2, 20, shape),
        "savings_idr": np.where(saves, own_assets * rng.uniform(0.3, 0.6, shape), np.nan), "grant_assets_idr": grant,
    }  # fmt: skip


def health(rng: np.random.Generator, scene: Scene) -> pd.DataFrame:
    """Draw health examinations of those that met: savings-and-loan by the 2016 scheme to 2019, a third of all by that of 2021 after.

    Parameters
    ----------
    rng : numpy.random.Generator
    scene : Scene

    Returns
    -------
    pandas.DataFrame
        Aspect scores 0 to 100 under the 2021 scheme (weights 30, 15, 40, 15), none under that of 2016.
    """
    years = np.array(HEALTH_YEARS)
    saves = np.isin(scene.profile.kind, [SAVINGS, SHARIA])[:, None]
    chance = np.where(years < 2020, 0.55 * saves, np.where(saves, 0.6, 0.3))
    examined = scene.facts.reported[:, column(years[0]) :] & (rng.random((len(scene.cast), len(years))) < chance)
    year, coop = np.nonzero(examined.T)
    level = 68 + 5 * scene.profile.size[coop][:, None] + rng.normal(0, 9, (len(coop), 4))
    aspects = np.clip(np.rint(level * 10) / 10, 20, 100)
    recent = years[year] >= 2020
    score = np.rint(np.where(recent, aspects @ np.array([0.30, 0.15, 0.40, 0.15]), aspects.mean(axis=1)) * 100) / 100
    names = ("governance", "risk_profile", "financial_performance", "capital")
    columns = {"book_year": years[year], "scheme": np.where(recent, "2021", "2016")}
    columns |= {name: np.where(recent, aspects[:, i], np.nan) for i, name in enumerate(names)}
    marks = np.select([score >= limit for limit, _ in CLASSES], [name for _, name in CLASSES], "")
    return scene.labelled(coop, columns | {"score": score, "class": marks})
