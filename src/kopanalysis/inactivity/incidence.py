"""Cumulative incidence where a cooperative can end in more than one way: Aalen-Johansen with delayed entry."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import norm

from kopanalysis.inactivity.risk import Times, read_times
from kopanalysis.lineage import Rows, recorded
from kopanalysis.results import Curve

CURVE_COLUMNS = ["term", "time", "estimate", "std_error", "conf_low", "conf_high", "n_risk", "n_event"]


@recorded
def cumulative_incidence(
    spells: pd.DataFrame,
    cause: int = 1,
    by: str | None = None,
    level: float = 0.95,
    duration: str = "duration",
    event: str = "event",
    entry: str | None = "entry",
) -> Curve:
    """Share that has ended in one way by each age, the other ways taking theirs.

    Parameters
    ----------
    spells : pandas.DataFrame
        One row a spell, at risk in (entry, duration].
    cause : int
        The event counted (1 inactive, 2 dissolved); every other above zero competes with it.
    by : str, optional
        Column to split by; its values become ``term``.
    level : float
        Of the pointwise interval (log-log).
    duration, event, entry : str
        Columns; ``entry=None``: everyone enters at zero.

    Returns
    -------
    Curve
        ``term, time, estimate, std_error, conf_low, conf_high, n_risk, n_event`` at each time of any event; ``n_event`` counts ``cause``.

    Raises
    ------
    SpellError
        For impossible times.

    Notes
    -----
    One minus a Kaplan-Meier curve that censors the other events overstates it. The error is the infinitesimal jackknife, which stays
    right under delayed entry.

    References
    ----------
    Aalen & Johansen (1978), Scandinavian Journal of Statistics 5:141-150. Putter, Fiocco & Geskus (2007), Statistics in Medicine
    26:2389-2430.
    """
    groups = [("all", spells)] if by is None else [(str(name), group) for name, group in spells.groupby(by)]
    curves = [_incidence(read_times(group, duration, event, entry), cause, level).assign(term=term) for term, group in groups if len(group)]
    data = pd.concat(curves, ignore_index=True)[CURVE_COLUMNS] if curves else pd.DataFrame(columns=CURVE_COLUMNS)
    chosen = (spells.attrs.get("call") or {}).get("arguments", {})
    rows = Rows.of(spells["source_rows"]) if "source_rows" in spells else Rows()
    name = f"incidence.{cause}" + (f".by_{by}" if by else "")
    return Curve(name, data, level, "Aalen-Johansen, delayed entry, infinitesimal jackknife", rule=chosen.get("rule"),
                 silence=chosen.get("silence"), rows=rows)  # fmt: skip


def _incidence(times: Times, cause: int, level: float) -> pd.DataFrame:
    moments = times.event_times()
    at_risk = times.at_risk_sum(np.ones(len(times.stop)), moments)
    pull_free, pull = np.zeros(len(times.stop)), np.zeros(len(times.stop))  # influence of each spell on staying, on the incidence
    free, share = 1.0, 0.0
    records = []
    for moment, n in zip(moments, at_risk, strict=True):
        exposed = (times.start < moment) & (moment <= times.stop)
        ends = exposed & (times.stop == moment) & (times.event > 0)
        own = ends & (times.event == cause)
        all_hazard, hazard = ends.sum() / n, own.sum() / n
        pull = pull + pull_free * hazard + free * (own - exposed * hazard) / n
        pull_free = pull_free * (1 - all_hazard) - free * (ends - exposed * all_hazard) / n
        share, free = share + free * hazard, free * (1 - all_hazard)
        records.append((moment, share, float(np.sqrt(pull @ pull)), int(n), int(own.sum())))
    data = pd.DataFrame(records, columns=["time", "estimate", "std_error", "n_risk", "n_event"])
    data["conf_low"], data["conf_high"] = log_log_limits(data["estimate"].to_numpy(float), data["std_error"].to_numpy(float), level)
    return data


def log_log_limits(share: np.ndarray, error: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Limits of a share that stay within 0 and 1; missing where the share is 0 or 1.

    Parameters
    ----------
    share, error : numpy.ndarray
    level : float

    Returns
    -------
    low, high : numpy.ndarray
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = norm.ppf(0.5 + level / 2) * error / np.abs(share * np.log(share))
        low, high = share ** np.exp(reach), share ** np.exp(-reach)
    settled = (share <= 0) | (share >= 1)
    return np.where(settled, np.nan, low), np.where(settled, np.nan, high)
