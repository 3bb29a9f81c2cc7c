"""Causes named by supervisors: several each, apart from definitions and measurement errors, with intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from kopanalysis.errors import CallError, DataError
from kopanalysis.inactivity.lines import line_numbers
from kopanalysis.lineage import Rows, recorded
from kopanalysis.metrics.intervals import wilson
from kopanalysis.results import Number, Table

if TYPE_CHECKING:
    from kopanalysis.loaders.load import Office

DEFINITIONS = ("rat_missed", "not_reported")
MEASUREMENT = ("not_reported", "duplicate_registration")
CAUSES = (
    "bad_loans", "aid_unaccounted", "internal_conflict", "no_bookkeeping_skill", "weak_management", "no_member_benefit", "founded_for_aid",
    "family_founded", "managers_gone", "members_gone", "no_office", "business_failed", "office_capacity", "covid", "other",
)  # fmt: skip
FROM_REGISTER = ("kecamatan", "sector", "type", "nagari")
FUND = ("fund", "government_funds")


@recorded
def causes_table(office: Office | pd.DataFrame, by: str | None = None, level: float = 0.95) -> Table:
    """How many of the cooperatives visited have each finding, by kind of finding.

    Parameters
    ----------
    office : Office or pandas.DataFrame
        The office, or its findings (``coop_id, causes``: codes separated by spaces, and the column ``by``).
    by : str, optional
        ``kecamatan, sector, type, nagari`` (from the latest register), ``fund`` (of the cattle accepted: DKS, APBD, ...; ``none``),
        ``government_funds`` (``yes`` where any finding says public money is outstanding), or a column of the frame.
    level : float
        Of the Wilson interval.

    Returns
    -------
    Table
        ``[by,] kind, cause, count, n, share, conf_low, conf_high``; ``kind`` is ``cause``, ``definition`` (the status said again) or
        ``measurement`` (``duplicate_registration``, and ``not_reported``, which is also how the status is defined); ``n`` counts
        cooperatives
        with a finding. A cooperative with several findings counts once a cause. Numbers ``causes.<cause>``, without ``by``.

    Raises
    ------
    DataError
        When there is no finding.
    CallError
        When ``by`` isn't known.

    Notes
    -----
    Shares go with the cooperatives that were visited; the office visits where it expects trouble. A cause named by a supervisor is a
    judgement, not a measurement. Shares don't add up to one.
    """
    findings = office if isinstance(office, pd.DataFrame) else office.tables["findings"]
    findings = findings.dropna(subset=["coop_id", "causes"])
    if findings.empty:
        raise DataError("There is no supervision finding with a cause", mend="Fill the findings table; see kopanalysis template.")
    group = _groups(office, findings, by)
    lines = findings.assign(_group=findings["coop_id"].map(group) if by else "all").dropna(subset=["_group"])
    named = lines.assign(cause=lines["causes"].str.split()).explode("cause")[["coop_id", "_group", "cause"]].drop_duplicates()
    visited = lines.drop_duplicates(["coop_id", "_group"]).groupby("_group").size()
    counts = named.groupby(["_group", "cause"]).size()
    listed = [*CAUSES, *DEFINITIONS, "duplicate_registration"]
    listed += sorted(set(named["cause"]) - set(listed))
    records = [
        {"group": name, "kind": _kind(cause), "cause": cause, "count": int(counts.get((name, cause), 0)), "n": int(n)}
        for name, n in visited.items()
        for cause in listed
    ]
    data = pd.DataFrame(records)
    data["share"] = data["count"] / data["n"]
    data["conf_low"], data["conf_high"] = wilson(data["count"], data["n"], level)
    order = data["kind"].map({"cause": 0, "definition": 1, "measurement": 2})
    data = data.assign(_order=order).sort_values(["group", "_order", "count"], ascending=[True, True, False], kind="stable")
    data = data.drop(columns="_order").reset_index(drop=True).rename(columns={"group": by or "group"})
    rows = Rows.of(lines["source_rows"]) if "source_rows" in lines else Rows()
    numbers = () if by else _numbers(data, level, rows)
    if not by:
        data = data.drop(columns="group")
    derived = dict.fromkeys(("share", "conf_low", "conf_high"), ("count", "n"))
    name = "causes" + (f".by_{by}" if by else "")
    return Table(name, data, ("count", "n"), derived=derived, of={"n": ("count",)}, numbers=numbers, rows=rows)


def _kind(cause: str) -> str:
    return "measurement" if cause in MEASUREMENT else "definition" if cause in DEFINITIONS else "cause"


def _numbers(data: pd.DataFrame, level: float, rows: Rows) -> tuple[Number, ...]:
    visited = Number("causes.visited", int(data["n"].iloc[0]), "cooperatives", n=int(data["n"].iloc[0]), method="count", rows=rows)
    shares = (visited, *line_numbers("causes", data, "cause", "share", "share", level=level, method="wilson", rows=rows))
    return shares + line_numbers("causes.count", data, "cause", "count", "cooperatives", ("", ""), method="count", rows=rows)


def _groups(office: Office | pd.DataFrame, findings: pd.DataFrame, by: str | None) -> pd.Series:
    """Group of each cooperative."""
    if by is None:
        return pd.Series(dtype=object)
    if by == "government_funds":
        owes = findings.assign(owes=findings["government_funds"].astype("boolean").fillna(False)).groupby("coop_id")["owes"].any()
        return pd.Series(np.where(owes, "yes", "no"), owes.index)
    if isinstance(office, pd.DataFrame):
        if by not in office:
            raise CallError(f"The findings have no column {by!r}", mend="Add it, or pass the office.")
        return findings.groupby("coop_id")[by].last()
    if by == "fund":
        cattle = office.tables["cattle"].dropna(subset=["coop_id", "fund"])
        given = cattle[cattle["event"] == "accepted"].groupby("coop_id")["fund"].agg(lambda funds: " + ".join(sorted(set(funds))))
        return findings.drop_duplicates("coop_id").set_index("coop_id").index.to_series().map(given).fillna("none")
    if by not in FROM_REGISTER:
        raise CallError(f"Causes can't be shown by {by!r}", mend=f"Known: {', '.join((*FROM_REGISTER, *FUND))}.")
    return office.tables["register"].sort_values("snapshot_date").groupby("coop_id")[by].last()
