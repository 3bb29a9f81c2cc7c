"""The outcome under every reading of silence, the office's status as a yes or no, and narrower samples, as columns of the panel."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kopanalysis import rules
from kopanalysis.errors import CallError
from kopanalysis.lineage import recorded

CODINGS = ("legal", "evidence", "unknown")
FLAGS = ("without_earlier", "never_other")
NEEDED = ("rat_held", "reported", "business", "found_operating", "status", "training_cohort", "treated", "age", "book_year")


@recorded
def with_outcomes(panel: pd.DataFrame, unit: str = "coop_id") -> pd.DataFrame:
    """Add what the pages on training compare besides the primary outcome.

    Parameters
    ----------
    panel : pandas.DataFrame
        From :func:`kopanalysis.classify`; reads ``rat_held, reported, business, found_operating, status, training_cohort, treated, age,
        book_year``.
    unit : str

    Returns
    -------
    pandas.DataFrame
        The panel with ``active`` (1 active, 0 inactive or dissolved, missing while new or unknown), ``alive_legal`` (1 a meeting held and
        reported, 0 a year on record without one), ``alive_evidence`` (1 also for a meeting never reported, accounts that show business or a
        visit that found it at work), ``alive_unknown`` (1 as ``alive_evidence``; a silent year is missing), ``without_earlier`` (0
        for units in the training of ``[training.earlier]``) and ``never_other`` (0 for untreated units of any other training);
        ``founded_year``.

    Raises
    ------
    CallError
        When a column is missing.
    """
    absent = [name for name in NEEDED if name not in panel]
    if absent:
        raise CallError(f"the panel has no column {', '.join(absent)}", mend="Pass it through kopanalysis.classify first.")
    held, reported, business, found = (panel[name].astype("Float64") for name in NEEDED[:4])
    alive = (held == 1).fillna(False) | (business == 1).fillna(False) | (found == 1).fillna(False)
    known = held.notna()
    cohort = panel.groupby(unit)["training_cohort"].transform("min")
    treated = panel["treated"].to_numpy() == 1
    earlier = (cohort == rules.programmes()["earlier"].start.year).fillna(False).to_numpy(dtype=bool)
    other = cohort.notna().to_numpy(dtype=bool) & ~treated
    return panel.assign(
        active=panel["status"].map({"active": 1, "inactive": 0, "dissolved": 0}).astype("Int64"),
        alive_legal=reported.where(known).astype("Int64"),
        alive_evidence=_flags(alive, known),
        alive_unknown=_flags(alive, alive),
        without_earlier=(treated | ~earlier).astype("int64"),
        never_other=(~other).astype("int64"),
        founded_year=(panel["book_year"] - panel["age"]).astype("Int64"),
    )


def _flags(values: pd.Series, known: pd.Series) -> pd.Series:
    """0/1 where something is known or a sign of life was seen."""
    seen = (known | values).to_numpy(dtype=bool)
    flags = np.where(values.to_numpy(dtype=bool), 1, 0)
    return pd.Series(flags, index=values.index).astype("Int64").where(seen)
