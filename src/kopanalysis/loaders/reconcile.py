"""The office's tables against each other: who is in which, whose status disagrees, who may be registered twice, what was set aside."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from kopanalysis import rules
from kopanalysis.lineage import Rows, recorded
from kopanalysis.loaders.bridge import counted_at, known_register, rows_of
from kopanalysis.loaders.regions import region as region_named
from kopanalysis.results import SMALLEST_PUBLIC_COUNT, Number, Table, edition, small_cells
from kopanalysis.suppression import Sum

if TYPE_CHECKING:
    from kopanalysis.loaders.load import Office

TABLES = ("register", "rat", "accounts", "health", "training", "cattle", "findings", "decisions")
TRACES = ("rat", "accounts", "health", "training", "cattle", "findings")
STATUS_KINDS = ("both_active", "both_inactive", "active_without_meeting", "inactive_with_meeting", "not_comparable")
DATE_KINDS = ("same_day", "log_later", "register_later", "only_in_log", "only_in_register", "no_meeting")
DAY_COLUMNS = {"training": "start_date", "cattle": "date", "findings": "date", "decisions": "date"}


def known_rows(office: Office, table: str, day: date | str) -> pd.DataFrame:
    """Rows of a table that speak of nothing later than a day; undated ones are taken as known.

    Parameters
    ----------
    office : Office
    table : str
    day : date or str

    Returns
    -------
    pandas.DataFrame
    """
    moment = pd.Timestamp(day)
    if table == "register":
        return known_register(office, day)
    frame = office.tables[table]
    if table == "rat":
        return frame[~(frame["date_held"].fillna(frame["date_reported"]) > moment)]
    if table in DAY_COLUMNS:
        return frame[~(frame[DAY_COLUMNS[table]] > moment)]
    return frame[~(frame["book_year"] >= moment.year).fillna(False)] if "book_year" in frame else frame


@recorded
def rows_read(office: Office) -> Table:
    """What became of every row that was read.

    Parameters
    ----------
    office : Office

    Returns
    -------
    Table
        ``file, table, sheets, rows_in, accepted, set_aside, structural``, a line a file and table; for the public a line a table, since
        the rows of one small sheet are as good as a count of cooperatives. Numbers ``rows.in, rows.accepted, rows.set_aside,
        rows.structural, cells.set_aside``; ``rows.unread_files`` (files and sheets that no table was found in), ``links.open``
        (spellings without a cooperative), ``questions.open`` (columns whose style nobody could decide), ``rows.unlinked`` (herd ledger
        rows without a cooperative).
    """
    read = office.sources[office.sources["table"].notna()]
    read = read.assign(structural=[len(rows) for rows in read["structural"]], sheets=1)
    columns = ["sheets", "rows_in", "accepted", "set_aside", "structural"]
    by = ["table"] if edition() == "public" else ["file", "table"]
    data = read.groupby(by, sort=False)[columns].sum().reset_index()
    aside = office.set_aside
    unread = office.sources[office.sources["table"].isna() & office.sources["error"].notna() & (office.sources["error"] != "")]
    everything = Rows.of(token for frame in office.tables.values() for token in frame["source_rows"])
    cattle = office.tables["cattle"]
    loose = cattle[cattle["coop_id"].isna()]
    lost = {scope: _places(aside[aside["scope"] == scope]) for scope in ("row", "cell")}
    counts = [
        ("rows.in", int(read["rows_in"].sum()), everything | lost["row"]), ("rows.accepted", int(read["accepted"].sum()), everything),
        ("rows.set_aside", int(read["set_aside"].sum()), lost["row"]), ("rows.structural", int(read["structural"].sum()), Rows()),
        ("cells.set_aside", int((aside["scope"] == "cell").sum()), lost["cell"]), ("rows.unread_files", len(unread), Rows()),
        ("links.open", len(_best_candidates(office)), Rows()), ("questions.open", len(office.questions), Rows()),
        ("rows.unlinked", len(loose), Rows.of((loose if len(loose) else cattle)["source_rows"])),
    ]  # fmt: skip
    numbers = tuple(Number(name, count, "rows", method="count", rows=rows) for name, count, rows in counts)
    return Table("rows_read", data, numbers=numbers, rows=everything)


def _places(lines: pd.DataFrame) -> Rows:
    return Rows.of(f"{source}:{row}" for source, row in zip(lines["source_id"], lines["row"], strict=True))


@recorded
def set_aside_reasons(office: Office) -> Table:
    """Rows and cells set aside by reason, each with how to mend it.

    Parameters
    ----------
    office : Office

    Returns
    -------
    Table
        ``table, scope, reason, lines, reason_id, reason_en``: most frequent first; the sentences are those of the first such line.
    """
    aside = office.set_aside
    grouped = aside.groupby(["table", "scope", "reason"], sort=False, dropna=False)
    data = grouped.agg(lines=("row", "size"), reason_id=("reason_id", "first"), reason_en=("reason_en", "first")).reset_index()
    data = data.sort_values(["lines", "table"], ascending=[False, True], kind="stable", ignore_index=True)
    data["lines"] = data["lines"].astype("int64")
    return Table("set_aside", data, rows=_places(aside))


@recorded
def presence(office: Office, day: date | str, region: str | None = None) -> Table:
    """How many cooperatives each table knows, and how many of them are counted on a day.

    Parameters
    ----------
    office : Office
    day : date or str
        Nothing later is used.
    region : str, optional

    Returns
    -------
    Table
        ``table, cooperatives, counted, not_counted, unlinked``: ``not_counted`` are those dissolved since, of other forms or districts,
        or gone from the register; ``unlinked`` counts rows that lead to no cooperative. The public sees ``table, counted, unlinked``:
        the others would give away small counts. Numbers ``presence.<table>.counted``, ``presence.no_trace`` (counted, but in no log,
        account, examination, training or visit), ``duplicates.pairs`` (registrations that look like one cooperative),
        ``duplicates.counted`` (both are counted).
    """
    counted = counted_at(office, day, region)["coop_id"]
    known = {table: known_rows(office, table, day) for table in TABLES}
    records: list[dict[str, Any]] = []
    numbers: list[Number] = []
    base = rows_of(office, day)
    for row, (table, frame) in enumerate(known.items()):
        coops = frame["coop_id"].dropna().unique()
        inside = int(counted.isin(coops).sum())
        records.append({"table": table, "cooperatives": len(coops), "counted": inside, "not_counted": len(coops) - inside,
                        "unlinked": int(frame["coop_id"].isna().sum())})  # fmt: skip
        rows = base | Rows.of(frame["source_rows"])
        numbers.append(Number(f"presence.{table}.counted", inside, "cooperatives", n=len(counted), method="count", rows=rows,
                              cell=(row, "counted")))  # fmt: skip
    silent = without_trace(office, day, region)
    whole = base | Rows.of(token for frame in known.values() for token in frame["source_rows"])
    numbers.append(Number("presence.no_trace", len(silent), "cooperatives", n=len(counted), method="count", rows=whole))
    numbers += [
        Number("duplicates.pairs", len(_known_pairs(office, day)), "cooperatives", method="count", rows=base),
        Number("duplicates.counted", int(_both_counted(office, day, counted).sum()), "cooperatives", method="count", rows=base),
    ]
    data = pd.DataFrame(records)
    if edition() == "public":
        data = data[["table", "counted", "unlinked"]]
    return Table("presence", data, ("counted", "not_counted", "cooperatives"), numbers=tuple(numbers), rows=whole,
                 hidden=_near_total(data, ["counted"], len(counted)))  # fmt: skip


@recorded
def presence_pairs(office: Office, day: date | str, region: str | None = None) -> Table:
    """Counted cooperatives in each pair of tables.

    Parameters
    ----------
    office : Office
    day : date or str
    region : str, optional

    Returns
    -------
    Table
        ``table``, then a column a table; on the diagonal those in that table.
    """
    counted = counted_at(office, day, region)["coop_id"]
    inside = {table: set(known_rows(office, table, day)["coop_id"].dropna()) & set(counted) for table in TABLES}
    data = pd.DataFrame([{"table": one, **{other: len(inside[one] & inside[other]) for other in TABLES}} for one in TABLES])
    hidden = {
        (row, other)
        for row, one in enumerate(TABLES)
        for other in TABLES
        if any(_is_small(len(inside[part]) - len(inside[one] & inside[other])) for part in (one, other))
    }
    whole = rows_of(office, day) | Rows.of(t for table in TABLES for t in known_rows(office, table, day)["source_rows"])
    return Table("presence_pairs", data, TABLES, rows=whole, hidden=frozenset(hidden) if edition() == "public" else frozenset())


def _is_small(count: int) -> bool:
    return 0 < count < SMALLEST_PUBLIC_COUNT


def _near_total(data: pd.DataFrame, columns: list[str], total: int) -> frozenset[tuple[int, str]]:
    """Cells so near a known total that the difference would be small."""
    if edition() != "public":
        return frozenset()
    return frozenset((row, name) for name in columns for row, value in enumerate(data[name]) if _is_small(total - int(value)))


def without_trace(office: Office, day: date | str, region: str | None = None) -> pd.DataFrame:
    """Counted cooperatives that no other table knows: register rows with ``coop_id, name, kecamatan, legal_date, status``."""
    counted = counted_at(office, day, region)
    seen = {coop for table in TRACES for coop in known_rows(office, table, day)["coop_id"].dropna()}
    told = counted["last_rat_date"].notna() | counted["coop_id"].isin(seen)
    return counted[~told].reset_index(drop=True)


@recorded
def no_trace_list(office: Office, day: date | str, region: str | None = None) -> Table:
    """Names of the counted cooperatives that only the register knows; it names them, so the public edition has none.

    Parameters
    ----------
    office : Office
    day : date or str
    region : str, optional

    Returns
    -------
    Table
        ``name, kecamatan, founded, register_status``.
    """
    silent = without_trace(office, day, region).sort_values(["kecamatan", "name"], kind="stable")
    data = pd.DataFrame({"name": silent["name"], "kecamatan": silent["kecamatan"], "founded": silent["legal_date"].dt.date.astype("str"),
                         "register_status": silent["status"]}).replace({"NaT": None, "nan": None})  # fmt: skip
    return Table("no_trace", data.reset_index(drop=True), names_units=True, rows=rows_of(office, day, silent["coop_id"]))


def compare_status(office: Office, day: date | str, region: str | None = None, rule: str = "no_rat_3y") -> pd.DataFrame:
    """The register's word and last meeting date beside the meeting log, a row a counted cooperative.

    Parameters
    ----------
    office : Office
    day : date or str
    region : str, optional
    rule : str
        How many book years without a meeting make a cooperative inactive.

    Returns
    -------
    pandas.DataFrame
        Rows of :func:`kopanalysis.loaders.bridge.counted_at` with ``log_date`` (last meeting in the log), ``log_active`` (1 a meeting in
        the rule's window, 0 none though the log covers all of it, missing otherwise), ``status_kind``, ``date_kind``.
    """
    counted = counted_at(office, day, region)
    years = rules.inactivity_rule(rule).years
    log = known_rows(office, "rat", day).dropna(subset=["coop_id", "book_year"])
    window = [pd.Timestamp(day).year - 1 - back for back in range(years)]
    covered = set(window) <= set(log["book_year"].astype(int))
    met = counted["coop_id"].isin(log.loc[log["book_year"].isin(window), "coop_id"])
    old = ~(counted["legal_date"].dt.year >= min(window, default=0))  # younger than the window: it can't be judged yet
    log_active = pd.Series(np.where(met, 1.0, np.where(covered & old, 0.0, np.nan)), index=counted.index)
    last = counted["coop_id"].map(log.groupby("coop_id")["date_held"].max().to_dict())
    out = counted.assign(log_date=pd.to_datetime(last), log_active=log_active)
    return out.assign(status_kind=_status_kind(out), date_kind=_date_kind(out))


def _status_kind(rows: pd.DataFrame) -> np.ndarray:
    active, inactive = rows["status"] == "active", rows["status"].isin(["inactive", "frozen"])
    met, silent = rows["log_active"] == 1, rows["log_active"] == 0
    return np.select([active & met, inactive & silent, active & silent, inactive & met], STATUS_KINDS[:4], STATUS_KINDS[4])


def _date_kind(rows: pd.DataFrame) -> np.ndarray:
    register, log = rows["last_rat_date"], rows["log_date"]
    tests = [register == log, log > register, register > log, register.isna() & log.notna(), register.notna() & log.isna()]
    return np.select(tests, DATE_KINDS[:5], DATE_KINDS[5])


@recorded
def status_disagreements(office: Office, day: date | str, region: str | None = None, rule: str = "no_rat_3y") -> Table:
    """How often the register's word and its last meeting date agree with the meeting log.

    Parameters
    ----------
    office, day, region, rule
        As in :func:`compare_status`.

    Returns
    -------
    Table
        ``about, kind, cooperatives``: about ``status`` five kinds, about ``last_meeting`` six; each adds up to the counted cooperatives.
        Numbers ``disagree.<kind>``, ``disagree.status`` (both kinds of disagreement), ``disagree.comparable``, ``disagree.dates``.
    """
    lines = compare_status(office, day, region, rule)
    log = office.tables["rat"]
    base = rows_of(office, day) | Rows.of(log["source_rows"])
    records: list[dict[str, Any]] = []
    numbers: list[Number] = []
    for about, column, kinds in (("status", "status_kind", STATUS_KINDS), ("last_meeting", "date_kind", DATE_KINDS)):
        for kind in kinds:
            count = int((lines[column] == kind).sum())
            numbers.append(Number(f"disagree.{kind}", count, "cooperatives", n=len(lines), rule=rule, method="count", rows=base,
                                  cell=(len(records), "cooperatives")))  # fmt: skip
            records.append({"about": about, "kind": kind, "cooperatives": count})
    sums = {
        "status": lines["status_kind"].isin(STATUS_KINDS[2:4]), "comparable": lines["status_kind"] != "not_comparable",
        "dates": lines["date_kind"].isin(DATE_KINDS[1:5]),
    }  # fmt: skip
    numbers += [
        Number(f"disagree.{name}", int(chosen.sum()), "cooperatives", n=len(lines), rule=rule, method="count", rows=base)
        for name, chosen in sums.items()
    ]
    data = pd.DataFrame(records)
    parts = {"disagree.status": STATUS_KINDS[2:4], "disagree.comparable": STATUS_KINDS[:4], "disagree.dates": DATE_KINDS[1:5]}
    shape: dict[str, Any] = {"additive": True, "within": ("about",), "sums": _by_log(data)}
    numbers = _hide_parts(data, numbers, parts, shape)
    return Table("status_disagreements", data, ("cooperatives",), numbers=tuple(numbers), rows=base, **shape)


def _by_log(data: pd.DataFrame) -> tuple[Sum, ...]:
    """Those with and those without a meeting on the log: both are printed beside the log itself."""
    at = {kind: (row, "cooperatives") for row, kind in enumerate(data["kind"])}
    return tuple(Sum(tuple(at[kind] for kind in kinds)) for kinds in (DATE_KINDS[:4], DATE_KINDS[4:]))


def _hide_parts(data: pd.DataFrame, numbers: list[Number], sums: dict[str, tuple[str, ...]], shape: dict[str, Any]) -> list[Number]:
    """For the public: each sum by which a hidden kind could be worked out is hidden too."""
    if edition() != "public":
        return numbers
    betrayed = set()
    hidden = {row for row, _ in small_cells(data, ("cooperatives",), **shape)}
    for _, block in data.groupby("about", sort=False):
        kinds = {str(data.loc[row, "kind"]) for row in hidden & set(block.index)}
        own = {name for name, parts in sums.items() if set(parts) <= set(block["kind"])}
        betrayed |= {name for name in own if 1 in (len(kinds & set(sums[name])), len(kinds - set(sums[name])))}
    return [number.hidden() if number.name in betrayed else number for number in numbers]


@recorded
def disagreement_list(office: Office, day: date | str, region: str | None = None, rule: str = "no_rat_3y") -> Table:
    """Names of those whose registered status the meeting log contradicts; the public edition has none of its rows.

    Parameters
    ----------
    office, day, region, rule
        As in :func:`compare_status`.

    Returns
    -------
    Table
        ``name, kecamatan, kind, register_status, register_last_meeting, log_last_meeting``.
    """
    lines = compare_status(office, day, region, rule)
    lines = lines[lines["status_kind"].isin(STATUS_KINDS[2:4])].sort_values(["status_kind", "kecamatan", "name"], kind="stable")
    days = {name: lines[name].dt.date.astype("str").replace({"NaT": None}) for name in ("last_rat_date", "log_date")}
    data = pd.DataFrame({"name": lines["name"], "kecamatan": lines["kecamatan"], "kind": lines["status_kind"],
                         "register_status": lines["status"], "register_last_meeting": days["last_rat_date"],
                         "log_last_meeting": days["log_date"]})  # fmt: skip
    return Table("disagreements", data.reset_index(drop=True), names_units=True, rows=Rows.of(lines["source_rows"]))


@recorded
def duplicate_registrations(office: Office, day: date | str, region: str | None = None) -> Table:
    """Pairs of registrations that look like one cooperative; it names them, so the public edition has none of its rows.

    Parameters
    ----------
    office : Office
    day : date or str
    region : str, optional

    Returns
    -------
    Table
        ``name, other_name, kecamatan, why, still_counted`` (both are counted on that day).
    """
    pairs, both = _known_pairs(office, day), _both_counted(office, day, counted_at(office, day, region)["coop_id"])
    data = pairs[["name", "other_name", "kecamatan", "why"]].assign(still_counted=np.where(both, "yes", "no"))
    return Table("duplicates", data.reset_index(drop=True), names_units=True, rows=rows_of(office, day))


def _known_pairs(office: Office, day: date | str) -> pd.DataFrame:
    known = known_register(office, day)["coop_id"]
    return office.duplicates[office.duplicates["coop_id"].isin(known) & office.duplicates["other_coop_id"].isin(known)]


def _both_counted(office: Office, day: date | str, counted: pd.Series) -> pd.Series:
    pairs = _known_pairs(office, day)
    return pairs["coop_id"].isin(counted) & pairs["other_coop_id"].isin(counted)


@recorded
def other_districts(office: Office, day: date | str, region: str) -> Table:
    """Register rows of other districts than the one under study: read, not counted.

    Parameters
    ----------
    office : Office
    day : date or str
        Nothing later is used.
    region : str
        Kemendagri code.

    Returns
    -------
    Table
        ``region, place, cooperatives``. Number ``other_districts.cooperatives``.
    """
    register = known_register(office, day)
    away = register[register["region"].notna() & (register["region"] != region)]
    counts = away.groupby("region")["coop_id"].nunique()
    data = pd.DataFrame(
        {"region": counts.index, "place": [region_named(code).name for code in counts.index], "cooperatives": counts.to_numpy()}
    )
    total = int(away["coop_id"].nunique())
    rows = Rows.of((away if total else register)["source_rows"])
    numbers = (Number("other_districts.cooperatives", total, "cooperatives", method="count", rows=rows),)
    return Table("other_districts", data, ("cooperatives",), numbers=numbers, rows=rows)


@recorded
def open_links(office: Office) -> Table:
    """The best candidate for each name that found no cooperative; it names them, so the public edition has none of its rows.

    Parameters
    ----------
    office : Office

    Returns
    -------
    Table
        ``table, written, lines, candidate, kecamatan, score``.
    """
    data = _best_candidates(office)[["table", "written", "lines", "candidate", "kecamatan", "score"]].reset_index(drop=True)
    return Table("open_links", data, names_units=True)


def _best_candidates(office: Office) -> pd.DataFrame:
    links = office.links[office.links["confirmed"].isna()]
    return links.drop_duplicates(["table", "value"]).rename(columns={"rows": "lines", "value": "written"})
