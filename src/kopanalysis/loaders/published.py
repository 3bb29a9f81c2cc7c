"""Figures that officials printed, each with its source address: real data, shown beside whatever an office gives."""

from __future__ import annotations

import pandas as pd

from kopanalysis.lineage import Call
from kopanalysis.resources import resource

SOURCE_ID = "P01"
FIGURES = ("data", "published", "figures.csv")
PIPELINE_ID = "P02"
PIPELINE = ("data", "published", "cattle_pipeline.csv")
FILES = {SOURCE_ID: FIGURES, PIPELINE_ID: PIPELINE}


def load_published() -> pd.DataFrame:
    """Printed aggregates of cooperatives, trainings and cattle.

    Returns
    -------
    pandas.DataFrame
        ``region, region_code`` (Kemendagri), ``level, date`` (as printed: year, month or day), ``date_note, indicator, value, unit,
        scope, source_url, note``; ``source_id, source_row`` (line of the file), ``source_rows``. Conflicting prints are separate rows.
    """
    return _read(SOURCE_ID, ["value"], "load_published")


def load_pipeline() -> pd.DataFrame:
    """Printed figures of the cattle programmes, stage by stage.

    Returns
    -------
    pandas.DataFrame
        ``programme, source_of_funds, year`` (of the budget), ``stage`` (announced, contracted, arrived, rejected, accepted, counted, ill,
        died, sold, lost, cancelled, postponed, reported_given), ``group`` (empty: the programme as a whole), ``kecamatan, heads``
        (missing where none was printed), ``value_rp, date`` (as printed: year, month or day), ``source_url, note``; ``source_id,
        source_row, source_rows``. Totals and groups are separate rows: never add them up.
    """
    return _read(PIPELINE_ID, ["heads", "value_rp"], "load_pipeline")


def _read(source_id: str, numeric: list[str], function: str) -> pd.DataFrame:
    text = pd.read_csv(resource(*FILES[source_id]), dtype=str, keep_default_na=False, encoding="utf-8")
    values = {name: pd.to_numeric(text[name]) for name in numeric}
    frame = text.assign(**values, source_id=source_id, source_row=range(2, len(text) + 2))
    frame["source_rows"] = frame["source_id"] + ":" + frame["source_row"].astype(str)
    frame.attrs["call"] = Call(f"kopanalysis.loaders.published.{function}").as_dict()
    return frame
