"""Whom an effect is about: the cooperatives that stood on the register when the programme began."""

from __future__ import annotations

import pandas as pd

from kopanalysis.lineage import recorded
from kopanalysis.metrics.activity import at_date


@recorded
def on_register(panel: pd.DataFrame, day: str) -> pd.DataFrame:
    """Keep the cooperatives that stood on the register on a day, with all their years.

    A cooperative dissolved before the programme could never have been chosen, yet its silent years would stand among the comparison;
    one founded later has no past. One dissolved afterwards stays: being dissolved is an outcome.

    Parameters
    ----------
    panel : pandas.DataFrame
        As :func:`kopanalysis.build_panel` or :func:`kopanalysis.classify` gives it; reads ``coop_id, book_year, dissolved_on``.
    day : str
        ISO date on which the programme began or its list was drawn up: 2022-08-25 is the office's own count.

    Returns
    -------
    pandas.DataFrame
        The same columns; every year of the units kept.

    Raises
    ------
    DataError
        When the panel has no line for the book year before that day.
    """
    there = at_date(panel, day)
    return panel[panel["coop_id"].isin(there["coop_id"])]
