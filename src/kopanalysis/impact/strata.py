"""Groups of units that were alike before: by the path of the outcome, or by columns of the panel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from kopanalysis.impact.collapse import Collapsed

BANDS = 5


def path_strata(path: np.ndarray) -> np.ndarray:
    """At most five groups of alike pasts.

    Parameters
    ----------
    path : numpy.ndarray of shape (units, periods)
        Outcome before treatment in order of time, missing where unknown; each row has a known value.

    Returns
    -------
    numpy.ndarray of str
        For a yes/no outcome: its last known state, and how often it was yes before that (``off.never``, ``off.sometimes``; ``on.rarely``
        under half, ``on.mostly``, ``on.always``; ``off`` or ``on`` where there is nothing before). Otherwise fifths of the mean before.
    """
    known = ~np.isnan(path)
    values = path[known]
    if not np.isin(values, (0.0, 1.0)).all():
        means: np.ndarray = np.nanmean(path, axis=1)
        edges = np.unique(np.quantile(means, np.arange(1, BANDS) / BANDS))
        place: list[int] = np.searchsorted(edges, means, side="left").tolist()
        return np.array([f"fifth.{number + 1}" for number in place], dtype=object)
    last_at = path.shape[1] - 1 - known[:, ::-1].argmax(axis=1)
    last = path[np.arange(len(path)), last_at] == 1
    earlier = known.copy()
    earlier[np.arange(len(path)), last_at] = False
    count = earlier.sum(axis=1)
    share = np.divide(np.where(earlier, path, 0).sum(axis=1), count, out=np.full(len(path), np.nan), where=count > 0)
    off = np.where(count == 0, "off", np.where(share == 0, "off.never", "off.sometimes"))
    on = np.where(count == 0, "on", np.where(share == 1, "on.always", np.where(share >= 0.5, "on.mostly", "on.rarely")))
    return np.where(last, on, off).astype(object)


def state_target(lines: Collapsed) -> np.ndarray:
    """What is compared between units of one past: the mean after; its change where the outcome isn't yes or no, since a fifth is wide.

    Parameters
    ----------
    lines : Collapsed

    Returns
    -------
    numpy.ndarray
    """
    known = lines.path[~np.isnan(lines.path)]
    return lines.after if np.isin(known, (0.0, 1.0)).all() else lines.change


def column_strata(lines: Collapsed, strata: Sequence[str]) -> np.ndarray:
    """The combination of some columns; a missing value is a group of its own.

    Parameters
    ----------
    lines : Collapsed
        With the columns among its ``groups``.
    strata : sequence of str

    Returns
    -------
    numpy.ndarray of str
    """
    if not strata:
        return np.full(len(lines.units), "all", dtype=object)
    parts = [pd.Series(lines.groups[name]).astype(object).where(lambda v: v.notna(), "?").astype(str) for name in strata]
    return np.array([" | ".join(row) for row in zip(*parts, strict=True)], dtype=object)


def two_armed(stratum: np.ndarray, treated: np.ndarray) -> tuple[np.ndarray, dict[str, int]]:
    """Which units lie in a stratum with both arms, and what is lost with the others.

    Parameters
    ----------
    stratum : numpy.ndarray
    treated : numpy.ndarray of bool

    Returns
    -------
    keep : numpy.ndarray of bool
    dropped : dict of str to int
        ``strata_without_comparison, treated_without_comparison, untreated_without_comparison``, only where above zero.
    """
    code = pd.factorize(stratum)[0]
    ones, all_ = np.bincount(code, weights=treated), np.bincount(code)
    both = (ones > 0) & (ones < all_)
    keep = both[code]
    lost = {
        "strata_without_comparison": int((~both).sum()),
        "treated_without_comparison": int((~keep & treated).sum()),
        "untreated_without_comparison": int((~keep & ~treated).sum()),
    }
    return keep, {name: count for name, count in lost.items() if count}
