"""Who may be drawn in the next round: the rules of the list, how many each rule leaves out, and a fingerprint of the list."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import pandas as pd

from kopanalysis.errors import CallError
from kopanalysis.impact.histories import rows_of
from kopanalysis.impact.sample import on_register
from kopanalysis.lineage import recorded
from kopanalysis.results import Number, Table
from kopanalysis.suppression import Sum

TRAINED_BEFORE = ("study", "any", "none")
REASONS = ("village", "trained_study", "trained", "sector", "status")
RECENT_YEARS = 3
ROSTER = (
    "coop_id", "name", "nik", "kecamatan", "nagari", "sector", "status", "age", "members", "meetings_3y", "active", "source_rows",
)  # fmt: skip


@recorded
def eligible(
    panel: pd.DataFrame, day: str, sectors: Sequence[str] = (), statuses: Sequence[str] = (), trained_before: str = "study",
    village: bool = False,
) -> pd.DataFrame:  # fmt: skip
    """Lines of the cooperatives from which the next round may draw, all their years.

    Parameters
    ----------
    panel : pandas.DataFrame
        From :func:`kopanalysis.classify`.
    day : str
        ISO date of the list: on the register then, not dissolved.
    sectors, statuses : sequence of str
        Those that may take part; empty: all. An unknown sector is no error: it leaves everyone out, and the count shows it.
    trained_before : {"study", "any", "none"}
        Whom an earlier training excludes: those of the training under study, those of any training, nobody.
    village : bool
        Whether village cooperatives (KDMP) take part: new entities, without a past to compare with.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    CallError
        For an unknown ``trained_before``.
    DataError
        When the panel has no line for the book year before that day.
    """
    reasons = _left_out(panel, day, sectors, statuses, trained_before, village)
    return panel[panel["coop_id"].isin(reasons.index[reasons == ""])]


@recorded
def eligible_counts(
    panel: pd.DataFrame, day: str, sectors: Sequence[str] = (), statuses: Sequence[str] = (), trained_before: str = "study",
    village: bool = False,
) -> Table:  # fmt: skip
    """How many stand on the register, how many each rule leaves out, how many are left.

    Parameters
    ----------
    panel, day, sectors, statuses, trained_before, village
        As in :func:`eligible`.

    Returns
    -------
    Table
        ``list_step, cooperatives``: ``register``, a line a rule that leaves anyone out (each cooperative at its first), ``eligible``.
        Numbers ``next.register``, ``next.left_out.<rule>``, ``next.eligible``.
    """
    reasons = _left_out(panel, day, sectors, statuses, trained_before, village)
    counts = {"register": len(reasons)} | {name: int((reasons == name).sum()) for name in REASONS}
    counts = {name: count for name, count in counts.items() if count or name == "register"}
    counts["eligible"] = int((reasons == "").sum())
    rows = rows_of(panel, reasons.index.to_numpy())
    numbers = tuple(
        Number(f"next.{name}" if name in ("register", "eligible") else f"next.left_out.{name}", count, "cooperatives", n=len(reasons),
               method="count", rows=rows, cell=(line, "cooperatives"))
        for line, (name, count) in enumerate(counts.items())
    )  # fmt: skip
    data = pd.DataFrame({"list_step": list(counts), "cooperatives": list(counts.values())})
    steps = [(row, "cooperatives") for row in range(len(data))]
    return Table("lottery_eligible", data, ("cooperatives",), sums=(Sum(tuple(steps[1:]), steps[0]),), numbers=numbers, rows=rows)


@recorded
def roster(lines: pd.DataFrame) -> pd.DataFrame:
    """One row a cooperative: who it is, its strata, and what the draw is to be balanced on.

    Parameters
    ----------
    lines : pandas.DataFrame
        From :func:`eligible`.

    Returns
    -------
    pandas.DataFrame
        ``coop_id, name, nik, kecamatan, nagari, sector, status, age, members, meetings_3y, active, source_rows``, sorted by ``coop_id``:
        ``members`` as last known, ``meetings_3y`` the meetings about the last three book years (missing where none of them is known),
        ``active`` 0 or 1 by status, ``source_rows`` of all years.
    """
    if lines.empty:
        return pd.DataFrame({name: pd.Series(dtype=object) for name in ROSTER})
    ordered = lines.sort_values("book_year", kind="stable")
    by_unit = ordered.groupby("coop_id")
    last = by_unit.tail(1).set_index("coop_id").sort_index()
    recent = ordered[ordered["book_year"] > ordered["book_year"].max() - 1 - RECENT_YEARS]
    held = recent["rat_held"].astype(float).groupby(recent["coop_id"]).sum(min_count=1)
    found = last.assign(
        nik=[str(unit).removeprefix("nik:") if str(unit).startswith("nik:") else "" for unit in last.index],
        age=last["age"].astype("Float64").astype(float),
        members=by_unit["members"].last().astype("Float64").astype(float),
        meetings_3y=held,
        active=np.where(last["status"] == "active", 1, 0),
        source_rows=by_unit["source_rows"].agg(lambda tokens: " ".join(tokens.dropna())),
    )
    return found.reset_index()[list(ROSTER)]


def list_hash(frame: pd.DataFrame, strata: Sequence[str] = (), unit: str = "coop_id") -> str:
    """Fingerprint of a list, published before the seed is known: nobody can then be added, taken off or moved unseen.

    Parameters
    ----------
    frame : pandas.DataFrame
        The list, one row a unit.
    strata : sequence of str
        Columns of the draw.
    unit : str

    Returns
    -------
    str
        SHA-256, in hexadecimal, of the lines ``unit|stratum|...``, sorted, joined by line feeds, as UTF-8.
    """
    columns = [frame[name].fillna("").astype(str) for name in (unit, *strata)]
    return hashlib.sha256("\n".join(sorted("|".join(line) for line in zip(*columns, strict=True))).encode()).hexdigest()


def _left_out(
    panel: pd.DataFrame, day: str, sectors: Sequence[str], statuses: Sequence[str], trained_before: str, village: bool
) -> pd.Series:
    """Reason by ``coop_id`` of those on the register, empty for the eligible."""
    if trained_before not in TRAINED_BEFORE:
        raise CallError(f"trained_before={trained_before!r} is unknown", mend=f"Choose {', '.join(TRAINED_BEFORE)}.")
    there = on_register(panel, day)
    last = there.sort_values("book_year", kind="stable").groupby("coop_id").tail(1).set_index("coop_id").sort_index()
    nobody = pd.Series(False, index=last.index)
    trained = {"study": last["treated"] == 1, "any": last["training_cohort"].notna(), "none": nobody}[trained_before]
    left = {
        "village": (last["kdmp"] == 1) if not village else nobody,
        "trained_study" if trained_before == "study" else "trained": trained,
        "sector": ~last["sector"].isin(list(sectors)) if sectors else nobody,
        "status": ~last["status"].isin(list(statuses)) if statuses else nobody,
    }
    reason = pd.Series("", index=last.index)
    for name in (name for name in REASONS if name in left):
        reason = reason.mask((reason == "") & left[name].fillna(False).astype(bool), name)
    return reason
