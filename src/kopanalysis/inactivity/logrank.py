"""Do groups stop at the same rate? The log-rank test with delayed entry."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import chi2

from kopanalysis.errors import DataError
from kopanalysis.inactivity.risk import read_times
from kopanalysis.lineage import Rows, recorded
from kopanalysis.results import Estimate


@recorded
def logrank(
    spells: pd.DataFrame, by: str, duration: str = "duration", event: str = "event", entry: str | None = "entry", cause: int | None = None
) -> Estimate:
    """Test whether groups have one hazard.

    Parameters
    ----------
    spells : pandas.DataFrame
        One row a spell, at risk in (entry, duration].
    by : str
        Column of groups; spells without one are left out.
    duration, event, entry : str
        Columns; ``entry=None``: everyone enters at zero.
    cause : int, optional
        Count only this event; the others then end a spell as a censoring does. Default: any event above zero.

    Returns
    -------
    Estimate
        ``estimate`` and ``statistic`` the chi-squared with groups - 1 degrees of freedom (``unit`` index), ``p_value``; no interval, since
        a test has none.

    Raises
    ------
    DataError
        With fewer than two groups.

    References
    ----------
    Mantel (1966), Cancer Chemotherapy Reports 50:163-170.
    """
    known = spells[spells[by].notna()]
    group, names = pd.factorize(known[by], sort=True)
    if len(names) < 2:
        raise DataError(f"{by} has {len(names)} group", mend="A log-rank test needs two.")
    times = read_times(known, duration, event, entry)
    counted = times.event > 0 if cause is None else times.event == cause
    moments = np.unique(times.stop[counted])
    member = np.eye(len(names))[group]
    at_risk = times.at_risk_sum(member, moments)
    events = np.zeros_like(at_risk)
    np.add.at(events, (np.searchsorted(moments, times.stop[counted]), group[counted]), 1.0)
    surplus, variance = _surplus(at_risk, events)
    statistic = float(surplus[1:] @ np.linalg.pinv(variance[1:, 1:]) @ surplus[1:])
    return Estimate(
        f"logrank.{by}", statistic, statistic=statistic, p_value=float(chi2.sf(statistic, len(names) - 1)), n_obs=len(known),
        n_units=len(known), method=f"log-rank, delayed entry, {len(names)} groups, {int(counted.sum())} events", unit="index",
        rows=Rows.of(known["source_rows"]) if "source_rows" in known else Rows(),
    )  # fmt: skip


def _surplus(at_risk: np.ndarray, events: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Events beyond expectation by group, and their hypergeometric covariance."""
    n, d = at_risk.sum(axis=1), events.sum(axis=1)
    share = at_risk / n[:, None]
    surplus = (events - d[:, None] * share).sum(axis=0)
    spread = np.where(n > 1, d * (n - d) / np.maximum(n - 1, 1), 0.0)
    variance = np.diag(spread @ share) - (share * spread[:, None]).T @ share
    return surplus, variance
