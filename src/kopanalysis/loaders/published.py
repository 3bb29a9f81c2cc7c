"""Figures that officials printed, each with its source address: real data, shown beside whatever an office gives."""

from __future__ import annotations

import pandas as pd

from kopanalysis.lineage import Call
from kopanalysis.resources import resource

SOURCE_ID = "P01"
FIGURES = ("data", "published", "figures.csv")


def load_published() -> pd.DataFrame:
    """Printed aggregates of cooperatives, trainings and cattle.

    Returns
    -------
    pandas.DataFrame
        ``region, region_code`` (Kemendagri), ``level, date`` (as printed: year, month or day), ``date_note, indicator, value, unit,
        scope, source_url, note``; ``source_id, source_row`` (line of the file), ``source_rows``. Conflicting prints are separate rows.
    """
    text = pd.read_csv(resource(*FIGURES), dtype=str, keep_default_na=False, encoding="utf-8")
    frame = text.assign(value=pd.to_numeric(text["value"]), source_id=SOURCE_ID, source_row=range(2, len(text) + 2))
    frame["source_rows"] = frame["source_id"] + ":" + frame["source_row"].astype(str)
    frame.attrs["call"] = Call("kopanalysis.loaders.published.load_published").as_dict()
    return frame
