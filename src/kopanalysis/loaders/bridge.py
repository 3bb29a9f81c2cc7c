"""From one count to another: every step between two counts of cooperatives has a name, and the steps add up exactly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from kopanalysis.lineage import Rows, recorded
from kopanalysis.loaders.published import load_published
from kopanalysis.memory import once
from kopanalysis.results import SMALLEST_PUBLIC_COUNT, Number, Table, edition
from kopanalysis.suppression import Sum

if TYPE_CHECKING:
    from kopanalysis.loaders.load import Office

PRIMARY_FORMS = ("primary", "primary_district")  # what the office counts; a row without a stated form counts too
VILLAGE_NAME = r"merah putih|\bkdmp\b|\bkkmp\b"
ENDED = ("dissolved", "merged")
CAUSES = ("newer_sheet", "other_region", "twice", "not_primary", "dissolved")
BRIDGE_COLUMNS = ["step", "sign", "count"]


def known_register(office: Office, day: date | str) -> pd.DataFrame:
    """Register rows known by a day; one without a date of its own counts as of that day.

    Parameters
    ----------
    office : Office
    day : date or str

    Returns
    -------
    pandas.DataFrame
        The register's columns, oldest snapshot first.
    """
    return _known_by(office.tables["register"], pd.Timestamp(day))


def _known_by(register: pd.DataFrame, moment: pd.Timestamp) -> pd.DataFrame:
    known = register[~(register["snapshot_date"] > moment)]
    known = known.assign(snapshot_date=known["snapshot_date"].fillna(moment))
    return known.sort_values(["snapshot_date", "source_id", "source_row"], kind="stable", ignore_index=True)


def register_at(office: Office, day: date | str, region: str | None = None) -> pd.DataFrame:
    """The register as it stood on a day: the rows of the newest sheets, each with the reason why it is counted or not.

    A sheet is among the newest when most of its cooperatives stand on no later sheet of their kecamatan. A cooperative that only an
    older sheet lists is kept, marked, where its kecamatan has no newer sheet or where it was still listed in that calendar year.

    Parameters
    ----------
    office : Office
    day : date or str
    region : str, optional
        Kemendagri code; rows of other districts are marked.

    Returns
    -------
    pandas.DataFrame
        The register's columns with ``cause``: ``counted``, ``older_sheet`` (counted too), or why not: ``newer_sheet, other_region,
        twice, not_primary, dissolved``; ``village`` (True for a Koperasi Desa Merah Putih).
    """
    rows = _register_by(office.tables["register"], office.tables["decisions"], pd.Timestamp(day), region)
    return rows.copy(deep=False)  # what is done to it must not reach the next who asks


@once(16)
def _register_by(register: pd.DataFrame, decisions: pd.DataFrame, day: pd.Timestamp, region: str | None) -> pd.DataFrame:
    """The same from the two tables it is read from: every page asks for the same few days."""
    known = _known_by(register, day)
    last_seen = known.groupby("coop_id")["snapshot_date"].transform("max")
    place = known["kecamatan"].fillna("")
    newest = known.groupby(place)["snapshot_date"].max()
    home = known.assign(place=place).groupby("coop_id")["place"].transform("last")
    home = pd.to_datetime(home.map(newest.to_dict()))
    current = (known["snapshot_date"] == last_seen) & (last_seen >= home)
    sheet = known["source_id"] + known["snapshot_date"].astype("str")  # one file may hold several snapshots
    on_newest = sheet.isin(_mostly(current, sheet))
    lingering = (known["snapshot_date"] == last_seen) & ((last_seen >= home) | (last_seen.dt.year == day.year))
    shown = known[on_newest | lingering]
    return _with_cause(shown, known, current | ~on_newest, on_newest, _ended(decisions, day), region)


def _mostly(current: pd.Series, sheet: pd.Series) -> list[str]:
    share = current.groupby(sheet).mean()
    return [str(name) for name in share.index[share > 0.5]]


def _with_cause(
    shown: pd.DataFrame,
    known: pd.DataFrame,
    current: pd.Series,
    on_newest: pd.Series,
    ended: pd.Index,
    region: str | None,
) -> pd.DataFrame:
    """Name the first cause that applies to each row."""
    forms = known.groupby("coop_id")["form"].last()
    outside = forms.index[forms.notna() & ~forms.isin(PRIMARY_FORMS)]
    newest_first = shown.assign(stale=~current[shown.index], older=~on_newest[shown.index])
    newest_first = newest_first.sort_values(["stale", "older"], kind="stable")
    older = ~on_newest[shown.index]
    cause = pd.Series("counted", index=shown.index).mask(older, "older_sheet")
    tests: Mapping[str, pd.Series] = {
        "dissolved": shown["coop_id"].isin(ended),
        "not_primary": shown["coop_id"].isin(outside),
        "twice": newest_first.duplicated("coop_id").reindex(shown.index),
        "other_region": shown["region"].notna() & (shown["region"] != region) if region else pd.Series(False, index=shown.index),
        "newer_sheet": ~current[shown.index],
    }
    for name, applies in tests.items():  # the last one written wins: most important last
        cause = cause.mask(applies, name)
    cause = cause.mask(older & ~cause.isin(["counted", "older_sheet"]), "left_out")
    village = shown["name"].str.contains(VILLAGE_NAME, case=False, na=False)
    return shown.assign(cause=cause, village=village)[cause != "left_out"].reset_index(drop=True)


def _ended(decisions: pd.DataFrame, day: pd.Timestamp) -> pd.Index:
    dated = decisions.dropna(subset=["coop_id", "date"])
    return pd.Index(dated.loc[dated["decision"].isin(ENDED) & (dated["date"] <= day), "coop_id"].unique())


def counted_at(office: Office, day: date | str, region: str | None = None, scope: str = "primary") -> pd.DataFrame:
    """The cooperatives that count on a day, a row each.

    Parameters
    ----------
    office : Office
    day : date or str
    region : str, optional
    scope : {"primary", "all"}
        ``all`` adds those of national, provincial and secondary form.

    Returns
    -------
    pandas.DataFrame
        Rows of :func:`register_at`, one a ``coop_id``.
    """
    rows = register_at(office, day, region)
    wanted = ("counted", "older_sheet") if scope == "primary" else ("counted", "older_sheet", "not_primary")
    return rows[rows["cause"].isin(wanted)].drop_duplicates("coop_id").reset_index(drop=True)


def rows_of(office: Office, day: date | str, coops: Iterable[str] | None = None) -> Rows:
    """Register rows known by a day and decisions on these cooperatives; of all of them where none is named."""
    chosen = set() if coops is None else set(coops)
    register, decisions = known_register(office, day), office.tables["decisions"]
    parts = [frame[frame["coop_id"].isin(chosen)] if chosen else frame for frame in (register, decisions)]
    return Rows.of(token for part in parts for token in part["source_rows"])


@recorded
def bridge_register(office: Office, day: date | str, region: str | None = None) -> Table:
    """From the rows on the newest register sheets to the cooperatives that are counted.

    Parameters
    ----------
    office : Office
    day : date or str
    region : str, optional

    Returns
    -------
    Table
        ``step, sign, count``: start ``rows_on_sheet``; less ``set_aside`` (rows without a readable key), ``newer_sheet``,
        ``other_region``, ``twice`` (the same cooperative again), ``not_primary``, ``dissolved``; plus ``older_sheet``; end ``counted``.
        Numbers ``bridge.register.<step>``, and ``bridge.register.village`` (of those counted, village cooperatives).
    """
    rows = register_at(office, day, region)
    sheets = rows.loc[rows["cause"] != "older_sheet", "source_id"].unique()
    snapshots = known_register(office, day).groupby("source_id")["snapshot_date"].nunique()
    dated = [source for source in sheets if snapshots[source] == 1]  # of several snapshots in one sheet nobody can say whose row it was
    aside = office.set_aside[(office.set_aside["scope"] == "row") & office.set_aside["source_id"].isin(dated)]
    counts = {cause: int((rows["cause"] == cause).sum()) for cause in (*CAUSES, "older_sheet", "counted")}
    on_sheet = len(rows) - counts["older_sheet"] + len(aside)
    again = int((aside["reason"] == "key_duplicate").sum())
    counts["twice"] += again
    steps = [("rows_on_sheet", 0, on_sheet), ("set_aside", -1, len(aside) - again)]
    steps += [(cause, -1, counts[cause]) for cause in CAUSES]
    steps += [("older_sheet", 1, counts["older_sheet"]), ("counted", 0, counts["counted"] + counts["older_sheet"])]
    whole = rows_of(office, day)
    lines = {cause: rows_of(office, day, rows.loc[rows["cause"] == cause, "coop_id"]) for cause in ("other_region", "not_primary")}
    lines["set_aside"] = Rows.of(f"{s}:{r}" for s, r in zip(aside["source_id"], aside["row"], strict=True)) | whole
    village = rows[rows["village"] & rows["cause"].isin(["counted", "older_sheet"])]
    more = [("village", len(village), rows_of(office, day, village["coop_id"]))]
    return _bridge("bridge.register", steps, lines, whole, more)


@recorded
def bridge_between(office: Office, first_day: date | str, last_day: date | str, region: str | None = None) -> Table:
    """From the count on one day to the count on a later day.

    Parameters
    ----------
    office : Office
    first_day, last_day : date or str
    region : str, optional

    Returns
    -------
    Table
        ``step, sign, count``: start ``first_count``; plus ``village`` (new Koperasi Desa Merah Putih), ``founded`` since,
        ``entered_later`` (founded before, listed only since); less ``dissolved`` (a decision), ``left_list`` (no longer counted, no
        decision found); end ``last_count``. Numbers ``bridge.between.<step>``.
    """
    first, last = (counted_at(office, day, region).set_index("coop_id") for day in (first_day, last_day))
    came, went = last.loc[last.index.difference(first.index)], first.index.difference(last.index)
    new = came["legal_date"] > pd.Timestamp(first_day)
    ended = went.isin(_ended(office.tables["decisions"], pd.Timestamp(last_day)))
    groups = {
        "village": came.index[came["village"]],
        "founded": came.index[new & ~came["village"]],
        "entered_later": came.index[~new & ~came["village"]],
        "dissolved": went[ended],
        "left_list": went[~ended],
    }
    signs = {"dissolved": -1, "left_list": -1}
    steps = [("first_count", 0, len(first))]
    steps += [(name, signs.get(name, 1), len(coops)) for name, coops in groups.items()]
    steps.append(("last_count", 0, len(last)))
    return _bridge("bridge.between", steps, {}, rows_of(office, last_day), [])


@recorded
def bridge_meetings(office: Office, book_year: int, day: date | str, last_day: date | str, region: str | None = None) -> Table:
    """From the meetings about one book year that were reported by a day to all that the log knows by a later day.

    Parameters
    ----------
    office : Office
    book_year : int
    day : date or str
        The day on which a count was printed.
    last_day : date or str
        Nothing later is used.
    region : str, optional

    Returns
    -------
    Table
        ``step, sign, count``: start ``reported_by_then``; plus ``reported_later``, ``never_reported``; end ``held_in_all``. Numbers
        ``bridge.meetings.<step>``. A log without any reporting date is taken as reported on the day of the meeting.
    """
    everyone = counted_at(office, day, region)
    log = office.tables["rat"].dropna(subset=["coop_id", "book_year"])
    log = log[(log["book_year"] == book_year) & log["coop_id"].isin(everyone["coop_id"])]
    log = log[~(log["date_held"].fillna(log["date_reported"]) > pd.Timestamp(last_day))]
    told = log["date_reported"] if log["date_reported"].notna().any() else log["date_held"]
    told = told.where(~(told > pd.Timestamp(last_day)))
    by_then, later = told <= pd.Timestamp(day), told > pd.Timestamp(day)
    steps = [
        ("reported_by_then", 0, int(by_then.sum())), ("reported_later", 1, int(later.sum())),
        ("never_reported", 1, int(told.isna().sum())), ("held_in_all", 0, len(log)),
    ]  # fmt: skip
    whole = Rows.of(log["source_rows"]) | rows_of(office, day, log["coop_id"])
    return _bridge("bridge.meetings", steps, {}, whole, [])


def _bridge(
    name: str, steps: Sequence[tuple[str, int, int]], lines: Mapping[str, Rows], whole: Rows, more: Iterable[tuple[str, int, Rows]]
) -> Table:
    shown, hidden = _public_steps(steps)
    data = pd.DataFrame(shown, columns=BRIDGE_COLUMNS)
    at = {step: row for row, (step, _, _) in enumerate(shown)}
    numbers = []
    for step, _, count in steps:
        cell = (at[step], "count") if step in at else None
        number = Number(f"{name}.{step}", count, "cooperatives", method="count", cell=cell, rows=lines.get(step) or whole)
        numbers.append(number if cell else number.hidden())
    numbers += [Number(f"{name}.{step}", count, "cooperatives", method="count", rows=rows or whole) for step, count, rows in more]
    return Table(name, data, ("count",), numbers=tuple(numbers), rows=whole, hidden=hidden)


def _public_steps(steps: Sequence[tuple[str, int, int]]) -> tuple[list[tuple[str, int, int]], frozenset[tuple[int, str]]]:
    """For the public: where one small step alone could be worked out from the two counts, hide the next smallest too, or every step."""
    some = sorted((count, row) for row, (_, sign, count) in enumerate(steps) if sign and count)
    small = sum(count < SMALLEST_PUBLIC_COUNT for count, _ in some)
    if edition() != "public" or small != 1:
        return list(steps), frozenset()
    if len(some) == 1:
        return [steps[-1]], frozenset()
    return list(steps), frozenset({(some[1][1], "count")})


@recorded
def against_printed(office: Office, last_day: date | str, region: str = "13.11") -> Table:
    """Totals that officials printed beside what the registers hold for the same day and scope, with the cause where it is known.

    Parameters
    ----------
    office : Office
    last_day : date or str
        Nothing later is used, printed or registered.
    region : str
        Kemendagri code.

    Returns
    -------
    Table
        ``date, scope, snapshot, counted, entered_later, unexplained, printed``: oldest first, only dates that a register reaches.
        ``snapshot`` is the newest register used, ``entered_later`` counts cooperatives founded by that day that only the next register
        lists; printed = counted + entered_later + unexplained. Numbers ``printed.compared``, ``printed.agree`` (nothing unexplained).
    """
    printed = load_published()
    printed = printed[(printed["region_code"] == region) & (printed["indicator"] == "total")]
    records = []
    for line in printed.sort_values(["date", "scope"], kind="stable").to_dict("records"):
        scope = "primary" if line["scope"].startswith("primary") else "all" if line["scope"] == "all" else ""
        day = pd.Period(line["date"]).end_time.date()
        reached = scope and pd.Timestamp(day) <= pd.Timestamp(last_day)
        counted = counted_at(office, day, region, scope) if reached else pd.DataFrame()
        if len(counted):
            later = _entered_later(office, day, last_day, region, scope, counted)
            snapshot = counted["snapshot_date"].max().date().isoformat()
            total = int(line["value"])
            records.append({"date": line["date"], "scope": scope, "snapshot": snapshot, "counted": len(counted), "entered_later": later,
                            "unexplained": total - len(counted) - later, "printed": total})  # fmt: skip
    columns = ["date", "scope", "snapshot", "counted", "entered_later", "unexplained", "printed"]
    data = pd.DataFrame(records, columns=columns).drop_duplicates(ignore_index=True)
    whole = Rows.of([*office.tables["register"]["source_rows"], *office.tables["decisions"]["source_rows"]])
    numbers = tuple(
        Number(f"printed.{name}", count, "rows", method="count", rows=whole)
        for name, count in (("compared", len(data)), ("agree", int((data["unexplained"] == 0).sum())))
    )
    derived = {"unexplained": ("counted", "entered_later")}
    return Table("against_printed", data, ("counted", "entered_later"), derived=derived, sums=_of_one_day(data), numbers=numbers,
                 rows=whole)  # fmt: skip


def _of_one_day(data: pd.DataFrame) -> tuple[Sum, ...]:
    """The primary ones beside all of the same register: the difference is who isn't primary."""
    lines = list(enumerate(zip(data["scope"], data["snapshot"], strict=True)))
    return tuple(
        Sum(((row, "counted"),), (other, "counted"), rest=True)
        for row, (scope, day) in lines
        for other, whole in lines
        if scope == "primary" and whole == ("all", day)
    )


def _entered_later(office: Office, day: date, last_day: date | str, region: str, scope: str, counted: pd.DataFrame) -> int:
    snapshots = office.tables["register"]["snapshot_date"].dropna()
    ahead = snapshots[(snapshots > pd.Timestamp(day)) & (snapshots <= pd.Timestamp(last_day))]
    if ahead.empty:
        return 0
    listed = counted_at(office, ahead.min().date(), region, scope)
    return int((~listed["coop_id"].isin(counted["coop_id"]) & (listed["legal_date"] <= pd.Timestamp(day))).sum())
