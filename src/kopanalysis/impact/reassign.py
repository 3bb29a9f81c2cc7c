"""Where else the treatment could have fallen: every label vector within strata, or a random set of them, and the statistic of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np

from kopanalysis.errors import CallError
from kopanalysis.impact.same_state import reassignments

ENUMERATED = 200_000
CHUNK = 20_000
TIE = 1e-9


@dataclass(frozen=True)
class Labels:
    """Label vectors, one a row.

    Attributes
    ----------
    drawn : numpy.ndarray of bool, shape (draws, units)
        When ``exact``, every possible one, the observed among them.
    exact : bool
    possible : int
        How many there are.
    """

    drawn: np.ndarray
    exact: bool
    possible: int


@dataclass(frozen=True)
class Moments:
    """What decides the statistic of every draw, at every hypothetical effect d.

    The difference is ``difference - d * slope``; its estimated variance ``v0 + v1 d + v2 d^2``.

    Attributes
    ----------
    difference, slope, v0, v1, v2 : numpy.ndarray of shape (draws,)
    observed, variance : float
        The real labels' difference and variance; the latter doesn't depend on d.
    exact : bool
    """

    difference: np.ndarray
    slope: np.ndarray
    v0: np.ndarray
    v1: np.ndarray
    v2: np.ndarray
    observed: float
    variance: float
    exact: bool

    def statistics(self, studentised: bool = True) -> np.ndarray:
        """Each draw's statistic at no effect (a difference over no scatter is infinite, none over none zero)."""
        if not studentised:
            return self.difference
        with np.errstate(divide="ignore", invalid="ignore"):
            found = self.difference / np.sqrt(np.maximum(self.v0, 0))
        return np.where(np.abs(self.difference) <= TIE, 0.0, found)


def draw_labels(code: np.ndarray, treated: np.ndarray, draws: int, seed: int) -> Labels:
    """All label vectors where they are at most 200,000, else a random set.

    Parameters
    ----------
    code : numpy.ndarray of int
        Stratum of each unit, 0 to S - 1.
    treated : numpy.ndarray of bool
    draws : int
        Size of the random set.
    seed : int

    Returns
    -------
    Labels

    Raises
    ------
    CallError
        When fewer than one draw is asked for.
    """
    if draws < 1:
        raise CallError(f"{draws} draws are none", mend="Ask for 999 or more.")
    possible = reassignments(code, treated)
    if possible <= ENUMERATED:
        return Labels(_every(code, treated, possible), True, possible)
    rng = np.random.default_rng(seed)
    drawn = np.zeros((draws, len(code)), dtype=bool)
    for stratum in range(int(code.max()) + 1):
        members = np.flatnonzero(code == stratum)
        count = int(treated[members].sum())
        chosen = rng.random((draws, len(members)), dtype=np.float32).argpartition(count - 1, axis=1)[:, :count]
        np.put_along_axis(drawn, members[chosen], True, axis=1)
    return Labels(drawn, False, possible)


def moments(y: np.ndarray, code: np.ndarray, treated: np.ndarray, labels: Labels) -> Moments:
    """Difference of means within strata, weighted as the treated are, and its variance, for every draw.

    Parameters
    ----------
    y : numpy.ndarray
        One number a unit.
    code : numpy.ndarray of int
        Stratum, each with both arms.
    treated : numpy.ndarray of bool
    labels : Labels

    Returns
    -------
    Moments

    Notes
    -----
    The variance is Neyman's with one spread an arm, pooled over strata: with one stratum, Welch's. Where an arm has no stratum with two
    units both arms share one spread.
    """
    y = y - (np.bincount(code, weights=y) / np.bincount(code))[code]
    columns = _columns(y, code, treated)
    sums = np.concatenate([part @ columns for part in _chunks(labels.drawn)])
    real = treated[None, :].astype(float) @ columns
    difference, slope, v0, v1, v2 = _from_sums(sums, columns.sum(axis=0), y, code, treated)
    own, _, variance, _, _ = _from_sums(real, columns.sum(axis=0), y, code, treated)
    return Moments(difference, slope, v0, v1, v2, float(own[0]), float(max(variance[0], 0.0)), labels.exact)


def p_value(found: Moments, effect: float = 0.0, studentised: bool = True) -> float:
    """Two-sided p-value of the hypothesis that the treatment adds ``effect`` to every treated unit.

    Parameters
    ----------
    found : Moments
    effect : float
    studentised : bool
        Whether to divide by each draw's own standard error.

    Returns
    -------
    float
        Share of all labellings; from random draws (b + 1) / (draws + 1).

    References
    ----------
    Phipson & Smyth (2010), Statistical Applications in Genetics and Molecular Biology 9(1):39. Chung & Romano (2013), Annals of Statistics
    41:484-507.
    """
    moved = np.square(found.difference - effect * found.slope)
    own = np.full(len(moved), (found.observed - effect) ** 2)
    if studentised:
        moved *= found.variance
        own *= np.maximum(found.v0 + effect * (found.v1 + effect * found.v2), 0.0)
    scale = TIE * (found.variance if studentised else 1.0) * max(found.variance, TIE * TIE)
    count = int(np.count_nonzero(moved >= own * (1 - TIE) - scale * TIE))
    return count / len(moved) if found.exact else (count + 1) / (len(moved) + 1)


def accepted_range(found: Moments, level: float, studentised: bool = True, points: int = 48, halvings: int = 30) -> tuple[float, float]:
    """Effects that the test doesn't reject, from the lowest to the highest; infinite where no effect however large is rejected.

    Parameters
    ----------
    found : Moments
    level : float
    studentised : bool
    points : int
        Grid on each side, so that a hole in the accepted set doesn't end it early.
    halvings : int

    Returns
    -------
    low, high : float
    """
    low, high = (_limit(found, 1 - level, studentised, points, halvings, side) for side in (-1.0, 1.0))
    return low, high


def _limit(found: Moments, alpha: float, studentised: bool, points: int, halvings: int, side: float) -> float:
    step = np.sqrt(found.variance) or float(np.abs(found.difference).max(initial=0.0)) or 1.0
    reach, doubled = step, 0
    while p_value(found, found.observed + side * reach, studentised) > alpha:
        reach, doubled = 2 * reach, doubled + 1
        if doubled > 40:
            return side * float("inf")
    grid = np.linspace(0.0, 2 * reach, points + 1)
    accepted = [far for far in grid if p_value(found, found.observed + side * far, studentised) > alpha]
    inside = float(max(accepted, default=0.0))
    outside = inside + 2 * reach / points
    for _ in range(halvings):
        middle = (inside + outside) / 2
        if p_value(found, found.observed + side * middle, studentised) > alpha:
            inside = middle
        else:
            outside = middle
    return found.observed + side * inside


def _every(code: np.ndarray, treated: np.ndarray, possible: int) -> np.ndarray:
    strata = [np.flatnonzero(code == stratum) for stratum in range(int(code.max()) + 1)]
    choices = [list(combinations(members, int(treated[members].sum()))) for members in strata]
    drawn = np.zeros((possible, len(code)), dtype=bool)
    for row, chosen in enumerate(product(*choices)):
        for members in chosen:
            drawn[row, list(members)] = True
    return drawn


def _chunks(drawn: np.ndarray) -> Iterator[np.ndarray]:
    for start in range(0, len(drawn), CHUNK):
        yield drawn[start : start + CHUNK].astype(float)


def _shape(code: np.ndarray, treated: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    ones = np.bincount(code, weights=treated)
    return ones, np.bincount(code) - ones


def _columns(y: np.ndarray, code: np.ndarray, treated: np.ndarray) -> np.ndarray:
    """What is added up over the labelled units: the weighted outcome and label, then by stratum outcome and label, then squares."""
    ones, zeros = _shape(code, treated)
    weight = 1 / ones.sum() + (ones / ones.sum() / zeros)[code]
    inside = (code[:, None] == np.arange(len(ones))).astype(float)
    return np.column_stack([weight * y, weight * treated, inside * y[:, None], inside * treated[:, None], y * y, y * treated])


def _from_sums(
    sums: np.ndarray, totals: np.ndarray, y: np.ndarray, code: np.ndarray, treated: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    ones, zeros = _shape(code, treated)
    rest = (ones / ones.sum() / zeros)[code]
    difference, slope = sums[:, 0] - rest @ y, sums[:, 1] - rest @ treated
    inner = _scatter(sums, ones)
    outer = _scatter(totals - sums, zeros)
    df_in, df_out = float((ones - 1).sum()), float((zeros - 1).sum())
    weight_in, weight_out = 1 / float(ones.sum()), float((ones**2 / zeros).sum()) / float(ones.sum()) ** 2
    if df_in > 0 and df_out > 0:
        v0, v1, v2 = (weight_in * a / df_in + weight_out * b / df_out for a, b in zip(inner, outer, strict=True))
    else:
        both = (weight_in + weight_out) / max(df_in + df_out, 1.0)
        v0, v1, v2 = (both * (a + b) for a, b in zip(inner, outer, strict=True))
    return difference, slope, v0, v1, v2


def _scatter(sums: np.ndarray, sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sum of squares within strata of one arm, as a quadratic in the hypothetical effect."""
    strata = len(sizes)
    outcome, label = sums[:, 2 : 2 + strata], sums[:, 2 + strata : 2 + 2 * strata]
    squares, crossed = sums[:, -2], sums[:, -1]
    return (
        squares - (outcome**2 / sizes).sum(axis=1),
        -2 * (crossed - (outcome * label / sizes).sum(axis=1)),
        label.sum(axis=1) - (label**2 / sizes).sum(axis=1),
    )
