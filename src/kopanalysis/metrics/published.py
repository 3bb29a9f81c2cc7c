"""The series that officials printed: one line a date and scope, contradictions kept and marked."""

from __future__ import annotations

import pandas as pd

from kopanalysis.lineage import Rows, recorded
from kopanalysis.results import Number, Table

INDICATORS = ("total", "active", "inactive", "rat_held")


@recorded
def published_series(published: pd.DataFrame, region: str = "13.11") -> Table:
    """Total, active, inactive and meetings held as printed for one region.

    Parameters
    ----------
    published : pandas.DataFrame
        From :func:`kopanalysis.load_published`.
    region : str
        Kemendagri code.

    Returns
    -------
    Table
        ``date, scope, total, active, inactive, rat_held, conflict, remark, source``, oldest first; ``conflict`` is ``yes`` where two
        prints differ, or where the parts don't add up to the total; ``source`` holds the addresses, separated by spaces.
        Numbers ``published.<indicator>.<date>.<scope>``.
    """
    printed = published[(published["region_code"] == region) & published["indicator"].isin(INDICATORS)]
    records: list[dict[str, object]] = []
    numbers: list[Number] = []
    for (date, scope), lines in printed.groupby(["date", printed["scope"].map(_scope)], sort=True):
        if scope == "other":
            continue
        values = {name: lines.loc[lines["indicator"] == name, "value"] for name in INDICATORS}
        record: dict[str, object] = {"date": date, "scope": scope}
        for name, found in values.items():
            record[name] = int(found.iloc[0]) if len(found) else None
            if len(found):
                rows = Rows.of(lines.loc[found.index[:1], "source_rows"])
                numbers.append(
                    Number(f"published.{name}.{date}.{scope}", record[name], "cooperatives", n=record.get("total"),  # type: ignore[arg-type]
                           method="as printed", rows=rows, cell=(len(records), name))
                )  # fmt: skip
        record |= {"conflict": _conflict(lines, record), "remark": _remarks(lines), "source": _addresses(lines)}
        records.append(record)
    data = pd.DataFrame(records, columns=["date", "scope", *INDICATORS, "conflict", "remark", "source"])
    data[list(INDICATORS)] = data[list(INDICATORS)].astype("Int64")
    # Printed figures are public already: nothing of them is hidden, so no column counts for suppression.
    return Table("published_series", data, numbers=tuple(numbers), rows=Rows.of(printed["source_rows"]))


def _scope(text: str) -> str:
    if text.startswith("primary"):
        return "primary"
    return "all" if text == "all" else "other"


def _conflict(lines: pd.DataFrame, record: dict[str, object]) -> str:
    differ = lines.groupby("indicator")["value"].nunique().max() > 1
    parts = [record[name] for name in ("active", "inactive", "total")]
    uneven = None not in parts and parts[0] + parts[1] != parts[2]  # type: ignore[operator]
    return "yes" if differ or uneven or lines["note"].str.contains("conflict", case=False).any() else "no"


def _remarks(lines: pd.DataFrame) -> str:
    """Coded remarks: a date that was inferred, a value that was derived."""
    remarks = []
    if (lines["date_note"] != "").any():
        remarks.append("inferred_date")
    if lines["note"].str.startswith("derived").any():
        remarks.append("derived")
    return " ".join(remarks)


def _addresses(lines: pd.DataFrame) -> str:
    return " ".join(dict.fromkeys(lines["source_url"]))
