"""Who leaves the register, who keeps livestock, who was trained and who was given cattle in a synthetic district."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from kopanalysis.truth.cast import HEADLINE, NEVER, Array, Cast, scaled
from kopanalysis.truth.history import LAST_PAST, Facts, Threats, column, silent


@dataclass(frozen=True)
class Assignment:
    """Who is what and gets what: positions in the cast, or arrays of its length.

    Attributes
    ----------
    left : array of datetime64[D]
        Day off the register; :data:`NEVER` where it stays.
    leave_kind : array of str
        ``dissolved``, ``merged`` or empty.
    core : array of bool
        One of the primary cooperatives on the register on 25 August 2022.
    livestock, treated : array of bool
    cohort_2019 : array of int
        Positions of the inactive ones trained in March 2019.
    cattle_cohort : array of int
        Calendar year of the first accepted heads, 0 for never.
    desa_korporasi : int
        Position of the cooperative of the five DKS groups.
    """

    left: Array
    leave_kind: Array
    core: Array
    livestock: Array
    treated: Array
    cohort_2019: Array
    cattle_cohort: Array
    desa_korporasi: int


def leavers(rng: np.random.Generator, cast: Cast, facts: Facts, n: int) -> tuple[Array, Array]:
    """Who leaves the register before August 2022, and when: the wave of 2018-19 takes the most silent, then one is dissolved, one merged.

    Parameters
    ----------
    rng : numpy.random.Generator
    cast : Cast
    facts : Facts
    n : int
        Size of the district.

    Returns
    -------
    tuple of array
        Day off the register (:data:`NEVER` for those that stay), and the kind of leaving.
    """
    left = np.full(len(cast), NEVER)
    kind = np.full(len(cast), "", dtype=object)
    legacy = cast.where("legacy")
    meetings = facts.reported[legacy][:, [column(year) for year in (2014, 2015, 2016, 2017)]].sum(axis=1)
    order = legacy[np.argsort(meetings + 0.9 * rng.random(len(legacy)))]
    wave = order[: scaled("wave", n)]
    left[wave] = np.datetime64("2018-01-15") + rng.integers(0, 400, len(wave))
    left[order[len(wave)]], left[order[-1]] = np.datetime64("2020-11-18"), np.datetime64("2022-03-22")
    kind[wave], kind[order[len(wave)]], kind[order[-1]] = "dissolved", "dissolved", "merged"
    return left, kind


def assign(
    rng: np.random.Generator,
    cast: Cast,
    facts: Facts,
    left: Array,
    kind: Array,
    n: int,
    n_treated: int,
    threats: Threats,
    all_trained: bool,
) -> Assignment:
    """Who keeps livestock, who was trained in 2019 and 2022, who was given cattle and when.

    Parameters
    ----------
    rng : numpy.random.Generator
    cast, facts, left, kind
        The district so far; only book years to 2021 of ``facts`` are read.
    n, n_treated : int
        Size of the district, and of the training of August 2022.
    threats : Threats
    all_trained : bool
        No livestock cooperative is left untrained.

    Returns
    -------
    Assignment
    """
    core = (cast.entered <= HEADLINE) & (left > HEADLINE) & (cast.block != "national")
    cohort_2019 = _cohort_2019(rng, cast, facts, left, n)
    young = np.flatnonzero(core & (cast.block == "young"))
    free = np.setdiff1d(np.flatnonzero(core & (cast.block != "young")), cohort_2019)
    founded_for_aid = young[::-1][: round(threats.new_recipients * n_treated)]
    treated = _choose_treated(rng, cast, facts, free, founded_for_aid, n_treated, threats)
    untrained = 0 if all_trained else max(scaled("livestock", n) - n_treated, 5 * n // 127, 1)
    others = rng.choice(np.setdiff1d(free, treated), untrained, replace=False)
    livestock = np.concatenate([treated, others])
    cattle = _cattle_cohorts(rng, len(cast), n, treated, others, np.setdiff1d(free, livestock), threats)
    in_sangir = cast.places.kecamatan[cast.place[treated]] == cast.places.kecamatan_names[0]
    leader = int(treated[np.argmax(in_sangir)])
    cattle[leader] = 2022
    return Assignment(left, kind, core, _mask(cast, livestock), _mask(cast, treated), cohort_2019, cattle, leader)


def _mask(cast: Cast, positions: Array) -> Array:
    mask = np.zeros(len(cast), dtype=bool)
    mask[positions] = True
    return mask


def _cohort_2019(rng: np.random.Generator, cast: Cast, facts: Facts, left: Array, n: int) -> Array:
    old = np.flatnonzero(np.isin(cast.block, ["legacy"]) & (left > HEADLINE))
    meetings = facts.reported[old][:, [column(year) for year in (2015, 2016, 2017)]].sum(axis=1)
    return np.sort(old[np.argsort(meetings + 0.9 * rng.random(len(old)))][: scaled("cohort_2019", n)])


def _choose_treated(
    rng: np.random.Generator, cast: Cast, facts: Facts, free: Array, founded_for_aid: Array, n_treated: int, threats: Threats
) -> Array:
    if threats.spillover:
        names = rng.permutation(cast.places.kecamatan_names)
        near = free[np.isin(cast.places.kecamatan[cast.place[free]], names[:3])]
        free = near if len(near) >= n_treated else free
    wanted = n_treated - len(founded_for_aid)
    dormant = free[~facts.reported[free, column(LAST_PAST)]]
    first = rng.permutation(dormant)[: round(threats.selection * wanted)]
    rest = rng.permutation(np.setdiff1d(free, first))[: wanted - len(first)]
    return np.concatenate([founded_for_aid, first, rest]).astype(int)


def _cattle_cohorts(
    rng: np.random.Generator, size: int, size_of_district: int, treated: Array, others: Array, outside: Array, threats: Threats
) -> Array:
    """Year of first acceptance: 2022 for the heads of 2021, 2023 for the next round, 0 for never."""
    cohorts = np.zeros(size, dtype=int)
    if threats.empty_cell:
        cohorts[treated] = np.where(np.arange(len(treated)) % 2, 2023, 2022)
        return cohorts
    shuffled = rng.permutation(treated)
    first, second = round(len(treated) * 4 / 15), round(len(treated) * 5 / 15)
    cohorts[shuffled[:first]], cohorts[shuffled[first : first + second]] = 2022, 2023
    cohorts[others[:1]], cohorts[others[1:2]] = 2022, 2023
    elsewhere = rng.permutation(outside)[: round(8 * size_of_district / 127)]
    early = round(len(elsewhere) / 4)
    cohorts[elsewhere[:early]], cohorts[elsewhere[early:]] = 2022, 2023
    return cohorts


def later_leavers(rng: np.random.Generator, facts: Facts, assignment: Assignment, threats: Threats) -> Assignment:
    """Dissolve one of the most silent a year from 2023 to 2025, and under a dissolution wave a share of the silent in October 2023.

    Public money and a recent training protect from it.

    Parameters
    ----------
    rng : numpy.random.Generator
    facts : Facts
    assignment : Assignment
    threats : Threats

    Returns
    -------
    Assignment
        With the new days off the register.
    """
    exposed = assignment.core & ~assignment.treated & (assignment.cattle_cohort == 0) & silent(facts, (2020, 2021, 2022))
    draw = rng.random(len(exposed))
    hit = exposed & (draw < threats.dissolution_wave)
    left = np.where(hit, np.datetime64("2023-10-31"), assignment.left)
    one_by_one = np.argsort(np.where(exposed & ~hit, draw, 2.0))[: min(3, int((exposed & ~hit).sum()))]
    for coop, day in zip(one_by_one, ("2023-08-15", "2024-07-02", "2025-04-15"), strict=False):
        left[coop], hit[coop] = np.datetime64(day), True
    return replace(assignment, left=left, leave_kind=np.where(hit, "dissolved", assignment.leave_kind))
