"""What shocks, training and cattle change in a synthetic district, beside what would have happened without."""

from __future__ import annotations

import numpy as np

from kopanalysis.truth.assignment import Assignment
from kopanalysis.truth.cast import Array, Cast
from kopanalysis.truth.history import LAST_PAST, REPORTED, YEARS, Facts, Threats, column, exists, meeting_time


def sector_shift(rng: np.random.Generator, assignment: Assignment, threats: Threats) -> Array:
    """Logit shift of livestock per cooperative and book year: a common shock from 2022 on, and foot-and-mouth disease.

    Parameters
    ----------
    rng : numpy.random.Generator
    assignment : Assignment
    threats : Threats

    Returns
    -------
    array of float
        Shape (cooperatives, years).
    """
    by_year = np.where(YEARS > LAST_PAST, rng.normal() * threats.sector_shock, 0.0)
    by_year[column(2022)] -= threats.foot_and_mouth
    by_year[column(2023)] -= threats.foot_and_mouth / 2
    return np.outer(assignment.livestock, by_year)


def apply_effects(
    rng: np.random.Generator, cast: Cast, untreated: Facts, assignment: Assignment, training: float, cattle: float, threats: Threats
) -> tuple[Facts, dict[str, Array]]:
    """Switch on what training and cattle change, a lasting switch per cooperative.

    The effect is the expected change in the share of meetings held among those given it, from their first book year on
    (2022 for the training, the year of acceptance for cattle); it stops where no meeting is left to gain or lose.

    Parameters
    ----------
    rng : numpy.random.Generator
    cast : Cast
    untreated : Facts
        What would have happened without.
    assignment : Assignment
    training, cattle : float
        Effects in shares, -1 to 1.
    threats : Threats

    Returns
    -------
    tuple of Facts and dict of str to array of bool
        What happens, and which cells each of ``training``, ``cattle``, ``spillover`` changed.
    """
    alive = exists(cast) & (assignment.left[:, None] > meeting_time())
    trained = assignment.treated[:, None] & (YEARS > LAST_PAST) & alive
    given = (assignment.cattle_cohort[:, None] > 0) & (assignment.cattle_cohort[:, None] <= YEARS) & alive
    near = np.isin(cast.places.kecamatan[cast.place], cast.places.kecamatan[cast.place[assignment.treated]])
    beside = (near & assignment.core & ~assignment.treated)[:, None] & (YEARS > LAST_PAST) & alive
    draws = rng.random((3, len(cast), 1))
    changed = {
        "training": _switch(untreated.held, trained, training, draws[0]),
        "cattle": _switch(untreated.held, given, cattle, draws[1]),
        "spillover": _switch(untreated.held, beside, threats.spillover * training, draws[2]),
    }
    on = np.logical_or.reduce([cells & ~untreated.held for cells in changed.values()])
    off = np.logical_or.reduce([cells & untreated.held for cells in changed.values()]) & ~on
    return _changed(rng, untreated, on, off, trained, threats), changed


def _switch(held: Array, cells: Array, effect: float, draw: Array) -> Array:
    room = ~held if effect >= 0 else held
    share = (room & cells).sum() / max(cells.sum(), 1)
    return room & cells & (draw < (abs(effect) / share if share else 0.0))


def _changed(rng: np.random.Generator, facts: Facts, on: Array, off: Array, trained: Array, threats: Threats) -> Facts:
    reporting = 0.8 if threats.reporting_only else REPORTED
    held = (facts.held | on) & ~off
    brought_in = trained & (rng.random(held.shape) < threats.reporting_only)
    reported = (facts.reported | (on & (rng.random(held.shape) < reporting)) | brought_in) & held
    return Facts(facts.active | on, held, reported, (facts.known | reported) & held, facts.business | on)
