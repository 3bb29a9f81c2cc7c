"""What became of every accepted row on its way into a panel: used, or left aside for a named reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from kopanalysis.lineage import Rows

if TYPE_CHECKING:
    from kopanalysis.loaders.load import Office

TABLES = ("register", "rat", "accounts", "findings", "decisions", "training", "cattle")
DAYS = {
    "register": "snapshot_date",
    "rat": "date_held",
    "findings": "date",
    "decisions": "date",
    "training": "start_date",
    "cattle": "date",
}
REASONS = ("used", "no_cooperative", "not_in_panel", "later", "not_decisive")


def panel_report(office: Office, panel: pd.DataFrame) -> pd.DataFrame:
    """Count what the panel did with the office's accepted rows.

    Parameters
    ----------
    office : Office
    panel : pandas.DataFrame
        Made from it by :func:`kopanalysis.build_panel`.

    Returns
    -------
    pandas.DataFrame
        One row a table: ``table, rows, used, no_cooperative`` (not linked to one), ``not_in_panel`` (another region or form),
        ``later`` (after the panel's ``as_of``), ``not_decisive`` (superseded by another row, or silent on what the panel asks);
        the last five add up to ``rows``. ``filled`` counts members taken from the register where accounts have none.
    """
    used = set(Rows.of(panel["source_rows"]))
    day = pd.Timestamp(str(panel.attrs["call"]["arguments"].get("as_of") or office.as_of))
    lines = []
    for name in TABLES:
        frame = office.tables[name]
        why = _reasons(frame, name, used, set(panel["coop_id"]), day)
        lines.append({"table": name, "rows": len(frame), **{reason: int((why == reason).sum()) for reason in REASONS}})
    report = pd.DataFrame(lines)
    report["filled"] = [_filled(office, panel) if name == "accounts" else 0 for name in TABLES]
    return report


def _reasons(frame: pd.DataFrame, name: str, used: set[tuple[str, int]], units: set[str], day: pd.Timestamp) -> np.ndarray:
    is_used = np.array([key in used for key in zip(frame["source_id"], frame["source_row"], strict=True)], dtype=bool)
    later = frame[DAYS[name]] > day if name in DAYS else pd.Series(False, index=frame.index)
    if "book_year" in frame:
        later = later | (frame["book_year"] >= day.year).fillna(False).astype(bool)
    return np.select(
        [is_used, frame["coop_id"].isna(), ~frame["coop_id"].isin(units), later.to_numpy(dtype=bool)],
        ["used", "no_cooperative", "not_in_panel", "later"],
        "not_decisive",
    )


def _filled(office: Office, panel: pd.DataFrame) -> int:
    """Lines whose members come from the register because accounts have none."""
    told = office.tables["accounts"].dropna(subset=["coop_id", "book_year", "members"])
    keys = set(zip(told["coop_id"], told["book_year"].astype(int), strict=True))
    known = panel[panel["members"].notna()]
    return sum(key not in keys for key in zip(known["coop_id"], known["book_year"], strict=True))
