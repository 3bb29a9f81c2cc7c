"""The watch-list's test: forecasts made without the outcomes they are tested on, and whether they beat the base rate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from kopanalysis.errors import DataError
from kopanalysis.inactivity.calibration import auc, brier, limits
from kopanalysis.inactivity.warning import Forecaster, train

DRAWS = 400


@dataclass(frozen=True)
class Trial:
    """Forecasts made without the outcomes they are tested on.

    Attributes
    ----------
    later, elsewhere : pandas.DataFrame
        ``coop_id, missed, risk, base``: the target year after training; each kecamatan from the others.
    train_to : int
        Last target year that training used.
    """

    later: pd.DataFrame
    elsewhere: pd.DataFrame
    train_to: int

    def skill(self, level: float, seed: int) -> tuple[bool, np.ndarray, np.ndarray, np.ndarray]:
        """Whether it beats the base rate, and bootstrap draws over cooperatives of AUC, Brier score and gain."""
        rng = np.random.default_rng(seed)
        columns = columns_of(self.later)
        drawn = rng.integers(0, len(self.later), (DRAWS, len(self.later)))
        draws = np.array([scores_of(*(column[places] for column in columns)) for places in drawn])
        gain = brier_gain(self.later)
        sure = gain > 0 and limits(draws[:, 2], level)[0] > 0 and brier_gain(self.elsewhere) > 0
        return sure, draws[:, 0], draws[:, 1], draws[:, 2]


def brier_gain(tested: pd.DataFrame) -> float:
    """Brier score of the base rate less that of the forecast.

    Parameters
    ----------
    tested : pandas.DataFrame
        ``risk, base, missed``.

    Returns
    -------
    float
    """
    return scores_of(*columns_of(tested))[2]


def columns_of(tested: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Risk, base rate and outcome."""
    risk, base, y = (tested[name].to_numpy(float) for name in ("risk", "base", "missed"))
    return risk, base, y


def scores_of(risk: np.ndarray, base: np.ndarray, y: np.ndarray) -> tuple[float, float, float]:
    """AUC, Brier score, gain over the base rate."""
    score = brier(risk, y)
    return auc(risk, y), score, brier(base, y) - score


def run_trial(frame: pd.DataFrame, train_to: int | None = None) -> Trial:
    """Train on target years up to ``train_to`` and forecast the next; and each kecamatan from the others.

    Parameters
    ----------
    frame : pandas.DataFrame
        From :func:`kopanalysis.inactivity.warning.warning_frame`.
    train_to : int, optional
        Default: the last known target year but one.

    Returns
    -------
    Trial

    Raises
    ------
    DataError
        When no target year is left to train on or to test on.
    """
    known = frame[frame["missed"].notna()]
    last = int(known["target_year"].max()) - 1 if train_to is None and len(known) else int(train_to or 0)
    past, future = known[known["target_year"] <= last], known[known["target_year"] == last + 1]
    if past.empty or future.empty:
        raise DataError("Too few book years to test a watch-list", f"trained to {last}", "It needs two with known meetings, and more.")
    later = _forecast(train(past), future)
    parts = []
    for place in sorted(known["kecamatan"].dropna().unique()):
        inside, outside = known[known["kecamatan"] == place], known[known["kecamatan"] != place]
        if 0 < outside["missed"].sum() < len(outside):
            parts.append(_forecast(train(outside), inside))
    return Trial(later, pd.concat(parts, ignore_index=True) if parts else later, last)


def _forecast(model: Forecaster, frame: pd.DataFrame) -> pd.DataFrame:
    return frame[["coop_id", "kecamatan", "missed"]].assign(risk=model.predict(frame), base=model.base_rate).reset_index(drop=True)
