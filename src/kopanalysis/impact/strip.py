"""One estimate, every test of it side by side: permutation, exact t, HC3, reassignment of sectors, enumerated wild bootstrap."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from math import comb
from typing import Any

import numpy as np
import pandas as pd

from kopanalysis.errors import CallError, DataError
from kopanalysis.impact.collapse import Collapsed, collapse
from kopanalysis.impact.dd import VERSION, wild_bootstrap
from kopanalysis.impact.did import clip, cluster_codes, did
from kopanalysis.impact.permutation import permutation_test
from kopanalysis.impact.small_sample import visible_by_range
from kopanalysis.lineage import recorded
from kopanalysis.results import Estimate, Number, Table

MOST_REASSIGNMENTS = 200_000


@recorded
def sector_reassignment(
    panel: pd.DataFrame, outcome: str, treated: str, pre: Sequence[Any], post: Sequence[Any], sector: str = "sector",
    unit: str = "coop_id", time: str = "book_year", level: float = 0.95,
) -> Estimate:  # fmt: skip
    """Ask how unusual the treated sectors' change is among all sectors: a placebo reassignment (*perbandingan semu*), not a test of chance.

    Parameters
    ----------
    panel : pandas.DataFrame
    outcome, treated : str
    pre, post : sequence
    sector : str
        Column constant within a unit.
    unit, time : str
    level : float

    Returns
    -------
    Estimate
        The mean change of the sectors that hold the treated less that of the others. ``p_floor`` is the smallest p-value there is: with
        one treated sector, one over the number of sectors. No interval: with so few reassignments it would have no end.

    Raises
    ------
    CallError, DataError
        As :func:`kopanalysis.impact.collapse.collapse`; fewer than two sectors, or all of them treated.
    """
    lines = collapse(panel, outcome, treated, pre, post, unit, time, (sector,))
    known = pd.Series(lines.groups[sector]).notna().to_numpy()
    lines = lines.only(known, **({"units_without_sector": int((~known).sum())} if not known.all() else {}))
    code, names = pd.factorize(pd.Series(lines.groups[sector]).astype(str), sort=True)
    reached = np.unique(code[lines.treated])
    possible = comb(len(names), len(reached))
    if len(names) < 2 or len(reached) == len(names) or not len(reached) or possible > MOST_REASSIGNMENTS:
        raise DataError(f"{len(reached)} of {len(names)} sectors hold treated units: none to swap with", sector, "Read the other tests.")
    sums, sizes = np.bincount(code, weights=lines.change), np.bincount(code)
    chosen = [list(choice) for choice in combinations(range(len(names)), len(reached))]
    values = np.array([_contrast(sums, sizes, choice) for choice in chosen])
    own = _contrast(sums, sizes, list(reached))
    p = float(np.mean(np.abs(values) >= abs(own) - 1e-12))
    method = f"placebo reassignment (perbandingan semu) of sectors, difference of mean changes, all {possible} choices, no interval"
    return Estimate(
        outcome, own, None, None, p, None, None, lines.n_obs, len(lines.units), len(names), method, level, lines.unit,
        int(lines.treated.sum()), None, 1 / possible, rows=lines.rows, draws=possible, mc_error=0.0, exact=True,
        dropped=lines.dropped,
    )  # fmt: skip


@recorded
def wild_cluster(
    panel: pd.DataFrame, outcome: str, treated: str, pre: Sequence[Any], post: Sequence[Any], cluster: str = "kecamatan",
    unit: str = "coop_id", time: str = "book_year", level: float = 0.95,
) -> Estimate:  # fmt: skip
    """Restricted wild cluster bootstrap of the difference of mean changes, over every vector of signs: a check, not a lead.

    Parameters
    ----------
    panel : pandas.DataFrame
    outcome, treated : str
    pre, post : sequence
    cluster : str
        Column constant within a unit; at most 12 clusters.
    unit, time : str
    level : float

    Returns
    -------
    Estimate
        ``draws`` is the grid; a two-sided p-value moves in steps of two of it, and ``p_floor`` is one step.

    Raises
    ------
    CallError, DataError
        As :func:`kopanalysis.impact.collapse.collapse`; too many clusters.
    """
    lines = collapse(panel, outcome, treated, pre, post, unit, time, (cluster,))
    codes = cluster_codes(lines.groups[cluster], cluster)
    x = np.column_stack([np.ones(len(lines.units)), lines.treated]).astype(float)
    found = wild_bootstrap(x, lines.change, codes, 1, level)
    method = f"restricted wild bootstrap by {cluster}, all {found.grid} sign vectors ({VERSION}); p moves in steps of 2 / {found.grid}"
    mde = visible_by_range(found.low, found.high, int(codes.max()), level)
    low, high, method = clip(found.low, found.high, lines.share, method)
    return Estimate(
        outcome, _mean_difference(lines), None, None, found.p_value, low, high, lines.n_obs, len(lines.units), int(codes.max()) + 1, method,
        level, lines.unit, int(lines.treated.sum()), mde, 2 / found.grid, rows=lines.rows, draws=found.grid, mc_error=0.0,
        exact=True, dropped=lines.dropped,
    )  # fmt: skip


@recorded
def inference_strip(
    panel: pd.DataFrame, outcome: str, treated: str, pre: Sequence[Any], post: Sequence[Any], strata: Sequence[str] = (),
    sector: str = "sector", cluster: str = "kecamatan", draws: int = 10_000, seed: int = 0, unit: str = "coop_id",
    time: str = "book_year", level: float = 0.95, programme: str = "training",
) -> Table:  # fmt: skip
    """Test one difference of mean changes in every way, one row a test.

    Parameters
    ----------
    panel : pandas.DataFrame
    outcome, treated : str
    pre, post : sequence
    strata : sequence of str
        For the permutation; a stratum with one arm contributes nothing.
    sector, cluster : str
        Columns for the reassignment of sectors and the wild bootstrap.
    draws, seed : int
    unit, time : str
    level : float
    programme : str
        First word of the numbers' names.

    Returns
    -------
    Table
        The tidy columns with ``term`` naming the test, then ``mde, p_floor, draws, reason``: where a test can't be made the reason says
        why. Numbers ``<programme>.p.<outcome>.<term>``, ``<programme>.floor.<outcome>.<term>`` and ``<programme>.grid.<outcome>.<term>``.

    Raises
    ------
    CallError, DataError
        When not even the difference can be computed.
    """
    leading = (outcome, treated, pre, post)
    named: dict[str, Any] = {"unit": unit, "time": time, "level": level}
    tests = {
        "permutation": lambda: permutation_test(panel, *leading, strata=strata, draws=draws, seed=seed, **named),
        "exact_t": lambda: did(panel, *leading, **named),
        "hc3": lambda: did(panel, *leading, se="hc3", **named),
        "sector_reassignment": lambda: sector_reassignment(panel, *leading, sector=sector, **named),
        "wild_bootstrap": lambda: wild_cluster(panel, *leading, cluster=cluster, **named),
    }
    first = tests["exact_t"]()
    data = pd.concat([_line(name, test) for name, test in tests.items()], ignore_index=True)
    return Table(f"inference.{outcome}", data, numbers=_numbers(programme, outcome, data, first), rows=first.rows)


def _numbers(programme: str, outcome: str, data: pd.DataFrame, first: Estimate) -> tuple[Number, ...]:
    """The p-value of each test with the smallest it could have been, and how many reassignments there were."""
    columns = (("p", "p_value", "score"), ("floor", "p_floor", "score"), ("grid", "draws", "index"))
    return tuple(
        Number(f"{programme}.{word}.{outcome}.{line['term']}", None if pd.isna(line[column]) else float(line[column]), unit,
               n=first.n_units, method=str(line["method"]), rows=first.rows, cell=(row, column))
        for row, line in enumerate(data.to_dict("records"))
        for word, column, unit in columns
    )  # fmt: skip


def _line(name: str, test: Callable[[], Estimate]) -> pd.DataFrame:
    try:
        found = test()
    except (CallError, DataError) as error:
        return Estimate(name, float("nan")).tidy().assign(mde=np.nan, p_floor=np.nan, draws=np.nan, reason=error.what)
    return found.tidy().assign(term=name, mde=found.mde, p_floor=found.p_floor, draws=found.draws, reason="")


def _contrast(sums: np.ndarray, sizes: np.ndarray, chosen: list[int]) -> float:
    inside = np.isin(np.arange(len(sums)), chosen)
    return float(sums[inside].sum() / sizes[inside].sum() - sums[~inside].sum() / sizes[~inside].sum())


def _mean_difference(lines: Collapsed) -> float:
    return float(lines.change[lines.treated].mean() - lines.change[~lines.treated].mean())
