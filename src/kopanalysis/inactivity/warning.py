"""What was known of each active cooperative in a book year, and whether it met about the next: the rows of the watch-list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from kopanalysis.errors import DataError
from kopanalysis.inactivity.firth import firth_logit, flic
from kopanalysis.inactivity.leakage import check_leakage
from kopanalysis.inactivity.plan import planned, screen
from kopanalysis.metrics.activity import classify, first_judged_year

WINDOW = 3
LATE = ("late", "held_not_reported")


@dataclass(frozen=True)
class Forecaster:
    """A fitted warning model.

    Attributes
    ----------
    predictors : tuple of str
    means, params : numpy.ndarray
        Means of the predictors in training; intercept (at the means) and slopes.
    base_rate : float
        Share of events in training.
    reasons : dict of str to str
        Why a planned predictor was left out; empty where it wasn't.
    """

    predictors: tuple[str, ...]
    means: np.ndarray
    params: np.ndarray
    base_rate: float
    reasons: dict[str, str]

    def contributions(self, frame: pd.DataFrame) -> np.ndarray:
        """What each predictor adds to the log odds, beside the mean cooperative."""
        added: np.ndarray = (_values(frame, self.predictors, self.means) - self.means) * self.params[1:]
        return added

    def matrix(self, frame: pd.DataFrame) -> np.ndarray:
        """Intercept and predictors less their means, as the model takes them."""
        centred = _values(frame, self.predictors, self.means) - self.means
        return np.column_stack([np.ones(len(frame)), centred])

    def with_params(self, params: np.ndarray) -> Forecaster:
        """The same model with other parameters."""
        return replace(self, params=params)

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        """Risk of each row."""
        risk: np.ndarray = 1 / (1 + np.exp(-(self.params[0] + self.contributions(frame).sum(axis=1))))
        return risk


def warning_frame(panel: pd.DataFrame, horizon: int = 1, rule: str = "no_rat_3y") -> pd.DataFrame:
    """One row a cooperative active at the end of a book year.

    Parameters
    ----------
    panel : pandas.DataFrame
        From :func:`kopanalysis.build_panel`.
    horizon : int
        Book years ahead.
    rule : str

    Returns
    -------
    pandas.DataFrame
        ``coop_id, name, kecamatan, nagari, book_year`` (what was known), ``target_year``, the planned warning predictors, ``missed`` (1:
        no meeting
        was reported about the target year; missing where that isn't known yet, or it was dissolved by then).
    """
    lines = classify(panel, rule, "legal")
    lines.attrs = {}  # pandas copies it with every step
    unit = lines["coop_id"]
    met = lines["reported"].astype(float)
    past = pd.concat([met.groupby(unit).shift(lag) for lag in range(WINDOW)], axis=1).to_numpy()
    happened = past == 1
    lines["years_since_meeting"] = np.where(happened.any(axis=1), happened.argmax(axis=1), WINDOW).astype(float)
    lines["meetings_3y"] = happened.sum(axis=1).astype(float)
    held_state = lines["rat_state"].where(lines["rat_state"].isin(["on_time", "late_legal", *LATE]))
    lines["last_late"] = held_state.groupby(unit).ffill().isin(LATE).astype(float)
    lines["log_members"] = np.log(lines["members"].groupby(unit).ffill().where(lambda m: m > 0))
    lines["no_business"] = (~lines["business"].eq(1).fillna(False)).astype(float)
    later = lines[["coop_id", "book_year", "rat_state", "reported", "status"]].assign(book_year=lines["book_year"] - horizon)
    lines = lines.merge(later, on=["coop_id", "book_year"], how="left", suffixes=("", "_later"))
    known = (
        ~lines["rat_state_later"].isin(["not_yet_due", "unknown"])
        & lines["rat_state_later"].notna()
        & (lines["status_later"] != "dissolved")
    )
    lines["missed"] = lines["reported_later"].ne(1).fillna(True).astype(float).where(known)
    lines["target_year"] = lines["book_year"] + horizon
    chosen = lines[(lines["status"] == "active") & (lines["book_year"] >= first_judged_year(lines))]
    kept = ["coop_id", "name", "kecamatan", "nagari", "book_year", "target_year", *planned("warning"), "missed"]
    return chosen[kept].reset_index(drop=True)


def train(frame: pd.DataFrame, predictors: Sequence[str] | None = None, reasons: dict[str, str] | None = None) -> Forecaster:
    """Fit the warning model: Firth's logit, its intercept moved so that mean risk is the share of events.

    Parameters
    ----------
    frame : pandas.DataFrame
        From :func:`warning_frame`, ``missed`` known.
    predictors : sequence of str, optional
        Those chosen already, with their ``reasons``; None: the plan's, screened.
    reasons : dict, optional

    Returns
    -------
    Forecaster

    Raises
    ------
    DataError
        Without events, or with nothing else.
    """
    known = frame[frame["missed"].notna()]
    if not 0 < known["missed"].sum() < len(known):
        raise DataError(f"{int(known['missed'].sum())} missed meetings in {len(known)} years", mend="A watch-list needs both kinds.")
    if predictors is None:
        check_leakage(planned("warning"), purpose="warning")
        reasons = screen(known, "missed", planned("warning"), penalised=True)
        predictors = [name for name, reason in reasons.items() if not reason]
    means = known[list(predictors)].mean().to_numpy(float)
    model = Forecaster(tuple(predictors), means, np.zeros(len(means) + 1), float(known["missed"].mean()), reasons or {})
    x = model.matrix(known)
    varied = np.r_[True, x[:, 1:].std(axis=0) > 0]
    params = np.zeros(x.shape[1])
    params[varied] = risk_params(x[:, varied], known["missed"].to_numpy(float), np.ones(len(known)))
    return model.with_params(params)


def risk_params(x: np.ndarray, events: np.ndarray, trials: np.ndarray) -> np.ndarray:
    """Firth's logit with its intercept moved so that mean risk is the share of events.

    Parameters
    ----------
    x, events, trials
        As in :func:`kopanalysis.inactivity.firth.firth_logit`.

    Returns
    -------
    numpy.ndarray

    Raises
    ------
    DataError
        When columns depend on each other.
    """
    return flic(x, events, trials, firth_logit(x, events, trials, profile=False).params)


def _values(frame: pd.DataFrame, predictors: Sequence[str], means: np.ndarray) -> np.ndarray:
    """Predictors as numbers; a missing one takes the mean of the training rows."""
    values = frame[list(predictors)].to_numpy(float)
    return np.where(np.isnan(values), means, values)
