"""The doubly robust effect of one cohort and period as Sant'Anna and Zhao define it: weights of the controls that add up to one.

diff-diff leaves the controls' weights as they are, which differs where the propensity model has few treated; csdid and DRDID normalise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

AGREEMENT = 1e-5


@dataclass(frozen=True)
class Wide:
    """The panel as one frame a column: unit by period; and the cohort of each unit (0 for never)."""

    outcome: pd.DataFrame
    covariates: tuple[pd.DataFrame, ...]
    cohort: pd.Series


def widen(frame: pd.DataFrame, outcome: str, unit: str, time: str, cohort: str, covariates: Sequence[str]) -> Wide:
    """Arrange complete rows by unit and period.

    Parameters
    ----------
    frame : pandas.DataFrame
    outcome, unit, time, cohort : str
    covariates : sequence of str

    Returns
    -------
    Wide
    """
    wide = frame.pivot(index=unit, columns=time, values=outcome)
    others = tuple(frame.pivot(index=unit, columns=time, values=name) for name in covariates)
    return Wide(wide, others, frame.groupby(unit)[cohort].first().reindex(wide.index))


def correction(wide: Wide, cohort: int, time: int, base: int, control: str, anticipation: int, theirs: float) -> float:
    """What to add to diff-diff's effect of a cohort and period so that the controls' weights add up to one.

    Parameters
    ----------
    wide : Wide
    cohort, time, base : int
        First treated period, period, and the one compared with.
    control : {"never_treated", "not_yet_treated"}
    anticipation : int
    theirs : float
        diff-diff's effect.

    Returns
    -------
    float
        0 where its effect isn't the one that these rows give without normalising: then it is left as it is.
    """
    own = wide.cohort == cohort
    others = wide.cohort == 0
    if control == "not_yet_treated":
        others |= (wide.cohort > max(time, base) + anticipation) & ~own
    change = wide.outcome[time] - wide.outcome[base]
    keep = (own | others) & change.notna()
    for covariate in wide.covariates:
        keep &= covariate[base].notna()
    treated = own[keep].to_numpy(dtype=float)
    x = np.column_stack([np.ones(int(keep.sum())), *(covariate.loc[keep, base] for covariate in wide.covariates)]).astype(float)
    plain, normalised = _effects(change[keep].to_numpy(dtype=float), treated, x)
    return normalised - theirs if abs(plain - theirs) < AGREEMENT * max(1.0, abs(theirs)) else 0.0


def _effects(change: np.ndarray, treated: np.ndarray, x: np.ndarray) -> tuple[float, float]:
    """Effect with the weights as they are, and with weights that add up to one."""
    import statsmodels.api as sm

    share = sm.GLM(treated, x, family=sm.families.Binomial()).fit(tol=1e-12).fittedvalues
    control = treated == 0
    slope = np.linalg.lstsq(x[control], change[control], rcond=None)[0]
    residual = change - x @ slope
    weight = np.where(control, share / (1 - share), 0.0)
    gain = float((treated * residual).sum() / treated.sum())
    return gain - float(weight @ residual) / float(treated.sum()), gain - float(weight @ residual) / float(weight.sum())
