"""Imputation estimates for many assignments at once: unit and period effects from untreated cells, solved for every draw together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

CHUNK = 2_000


@dataclass(frozen=True)
class Pieces:
    """What one unit adds to the sums if its cohort were this one; one row a unit and cohort.

    Attributes
    ----------
    matrix, right : numpy.ndarray
        To the normal equations of the period effects.
    level, load, count : numpy.ndarray
        By event time: outcome less the unit's untreated mean, what the period effects take off, cells.
    """

    matrix: np.ndarray
    right: np.ndarray
    level: np.ndarray
    load: np.ndarray
    count: np.ndarray


def prepare_pieces(wide: np.ndarray, starts: np.ndarray, events: int) -> Pieces:
    """Work out each unit's part under every cohort that occurs.

    Parameters
    ----------
    wide : numpy.ndarray of shape (units, periods)
        Outcome, missing where unknown.
    starts : numpy.ndarray of int, shape (cohorts,)
        Position of the first treated period of each cohort; the number of periods for never.
    events : int
        Event times 0 to ``events - 1`` are kept apart.

    Returns
    -------
    Pieces
        Row ``unit * cohorts + cohort``.
    """
    units, periods = wide.shape
    seen, filled = ~np.isnan(wide), np.nan_to_num(wide)
    shape = units * len(starts)
    matrix, right = np.zeros((shape, periods, periods)), np.zeros((shape, periods))
    level, load, count = np.zeros((shape, events)), np.zeros((shape, events, periods)), np.zeros((shape, events))
    for number, start in enumerate(starts):
        rows = np.arange(units) * len(starts) + number
        early = seen & (np.arange(periods) < start)
        known = early.sum(axis=1)
        share = early / np.maximum(known, 1)[:, None]
        mean = (filled * share).sum(axis=1)
        matrix[rows] = early[:, :, None] * np.eye(periods) - early[:, :, None] * share[:, None, :]
        right[rows] = early * (filled - mean[:, None])
        for period in range(start, periods):
            event, here = period - start, seen[:, period] & (known > 0)
            if event < events:
                level[rows, event] += here * (filled[:, period] - mean)
                load[rows, event] += here[:, None] * (np.eye(periods)[period] - share)
                count[rows, event] += here
    return Pieces(matrix, right, level, load, count)


def impute_effects(pieces: Pieces, cohort: np.ndarray, cohorts: int, first: int = 0) -> np.ndarray:
    """Mean effect by event time, and over all treated cells, for every draw.

    Parameters
    ----------
    pieces : Pieces
    cohort : numpy.ndarray of int, shape (draws, units)
        Number of the cohort of each unit.
    cohorts : int
    first : int
        Event time from which on the mean over all is taken.

    Returns
    -------
    numpy.ndarray of shape (draws, events + 1)
        Event times in order, then the mean over all treated cells from ``first`` on; missing where a draw has no such cell.
    """
    return impute_several((pieces,), cohort, cohorts, first)[0]


def impute_several(several: Sequence[Pieces], cohort: np.ndarray, cohorts: int, first: int = 0) -> list[np.ndarray]:
    """As :func:`impute_effects`, of several outcomes that are known in the same cells: their equations differ on the right side alone."""
    parts = [_effects(several, cohort[start : start + CHUNK], cohorts, first) for start in range(0, len(cohort), CHUNK)]
    return [np.concatenate(chunks) for chunks in zip(*parts, strict=True)]


def _effects(several: Sequence[Pieces], cohort: np.ndarray, cohorts: int, first: int) -> list[np.ndarray]:
    pieces = several[0]
    draws, units = cohort.shape
    chosen = np.zeros((draws, units * cohorts))
    np.put_along_axis(chosen, np.arange(units) * cohorts + cohort, 1.0, axis=1)
    periods, events = pieces.right.shape[1], pieces.level.shape[1]
    matrix = (chosen @ pieces.matrix.reshape(len(pieces.matrix), -1)).reshape(draws, periods, periods)
    inverse = np.linalg.pinv(matrix, rcond=1e-10, hermitian=True)
    load = (chosen @ pieces.load.reshape(len(pieces.load), -1)).reshape(draws, events, periods)
    count = chosen @ pieces.count
    found = []
    for own in several:
        effects = inverse @ (chosen @ own.right)[:, :, None]
        total = chosen @ own.level - (load @ effects)[:, :, 0]
        with np.errstate(invalid="ignore", divide="ignore"):
            found.append(np.column_stack([total / count, total[:, first:].sum(axis=1) / count[:, first:].sum(axis=1)]))
    return found
