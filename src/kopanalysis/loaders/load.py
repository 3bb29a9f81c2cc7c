"""An office's folder to nine tables: every row accepted, set aside with a reason, or listed as structural."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kopanalysis.errors import CallError, DataError
from kopanalysis.lineage import Call
from kopanalysis.loaders.contradictions import warn_contradictions
from kopanalysis.loaders.dates import UnreadableDate, parse_day
from kopanalysis.loaders.districts import Split, only_district, split_rows
from kopanalysis.loaders.gather import Reading, read_folder
from kopanalysis.loaders.join import drop_duplicates, find_alike, identify_rows, link_rows
from kopanalysis.loaders.origin import answered_links
from kopanalysis.loaders.pause import no_cycle_search
from kopanalysis.loaders.tables import TABLES

if TYPE_CHECKING:
    import pandas as pd

LISTS = ("sources", "set_aside", "warnings", "questions", "links", "duplicates")


@dataclass(frozen=True)
class Office:
    """What an office's folder holds.

    Attributes
    ----------
    folder : pathlib.Path
    tables : dict of str to pandas.DataFrame
        All nine tables, empty ones too, each with ``coop_id``, its canonical columns (the register also ``region``, the Kemendagri
        code of the district) and ``source_id, source_row, source_rows``. Text missing as NaN, dates
        ``datetime64``, ``book_year`` ``Int64``.
    set_aside, warnings, questions, links, duplicates : pandas.DataFrame
        Rows and cells set aside; oddities of accepted rows; columns nobody could decide; candidates for a person to confirm; registrations
        that look like one cooperative.
    sources : pandas.DataFrame
        One row a table found, and one a sheet or file where none was: counts, styles, hash, error.
    as_of : datetime.date or None
        The day asked for, else the latest date in the data that isn't in the future.
    demonstration : bool
        True where a sheet carries the words DATA CONTOH.
    call : Call or None
    region : str
        Kemendagri code where this is one district's part of a folder of several.
    shared : frozenset of str
        Files of such a folder that hold other districts' rows too.
    digest : str
        Hash of such a part: what other districts send may decide which rows are in it.
    """

    folder: Path
    tables: dict[str, pd.DataFrame]
    set_aside: pd.DataFrame
    warnings: pd.DataFrame
    questions: pd.DataFrame
    links: pd.DataFrame
    duplicates: pd.DataFrame
    sources: pd.DataFrame
    as_of: date | None = None
    demonstration: bool = False
    call: Call | None = None
    region: str = ""
    shared: frozenset[str] = frozenset()
    digest: str = ""


def load_office(folder: str | Path, as_of: str | date | None = None, region: str = "", *, require_register: bool = True) -> Office:
    """Read every .xlsx, .xls, .ods and .csv of an office's folder.

    Parameters
    ----------
    folder : str or pathlib.Path
        Holds the files, and perhaps ``sources.toml`` and ``links.csv``.
    as_of : str or datetime.date, optional
        Day up to which things may be known. Later rows stay in the tables: the panel leaves them out.
    region : str, optional
        Kemendagri code. Of a folder with several districts' registers only this one's rows are kept, as if nothing else had been
        sent; a folder of one district is read whole, and strays in it are warned about.
    require_register : bool, default True
        False to get back what was read even where no register is among it.

    Returns
    -------
    Office

    Raises
    ------
    CallError
        When the folder isn't there, ``as_of`` is no date, or ``sources.toml`` or ``links.csv`` is wrong.
    DataError
        When no register with a usable row was found; names the headings that were seen, or the districts that are there.
    """
    path = Path(folder)
    if not path.is_dir():
        raise CallError(f"the folder {path} isn't there", "DATA_DIR", "Give the folder that holds the office's spreadsheets.")
    day = as_date(as_of)
    with no_cycle_search():
        reading = read_folder(path)
        split = split_rows(reading) if region else Split()
        office = district_office(path, reading, split, region, day) if split.several else settle(path, reading, day)
    if require_register:
        demand_register(office)
    return office


def settle(folder: Path, reading: Reading, day: date | None, elsewhere: Collection[str] = ()) -> Office:
    """Let the rows of different tables meet: ids, links, duplicates, contradictions.

    Parameters
    ----------
    folder : pathlib.Path
    reading : Reading
        Its tables are changed in place.
    day : datetime.date or None
    elsewhere : collection of str
        NIKs of all districts, where the reading is one district's part.

    Returns
    -------
    Office
    """
    known = identify_rows(folder, reading.parsed, answered_links(reading.origins.values()), elsewhere)
    links = link_rows(reading.parsed, known)
    drop_duplicates(reading.parsed)
    warn_contradictions(reading.parsed)
    return _assemble(folder, reading, links, day)


def district_office(folder: Path, reading: Reading, split: Split, region: str, day: date | None) -> Office:
    """One district's part of a folder of several.

    Parameters
    ----------
    folder : pathlib.Path
    reading : Reading
        Not changed.
    split : Split
        Of that reading.
    region : str
        Kemendagri code.
    day : datetime.date or None

    Returns
    -------
    Office

    Raises
    ------
    DataError
        When the folder has no register of that district.
    """
    if region not in split.codes:
        raise DataError(f"no register of district {region} is in {folder}", mend=f"There are registers of {', '.join(split.codes)}.")
    office = settle(folder, only_district(reading, split, region), day, split.niks)
    files = {str(file) for file in office.sources["file"]}
    call = Call("kopanalysis.loaders.load.load_office", {"as_of": office.as_of.isoformat() if office.as_of else None, "region": region})
    return replace(office, region=region, shared=split.shared & files, digest=content_digest(office), call=call)


def content_digest(office: Office) -> str:
    """Hash of everything that was read and said about it."""
    import pandas as pd

    digest = hashlib.sha256()
    for name, frame in office.tables.items():
        digest.update(name.encode() + pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes())
    for name in LISTS:
        digest.update(json.dumps(getattr(office, name).to_dict("split"), default=str, sort_keys=True).encode())
    return digest.hexdigest()


def demand_register(office: Office) -> None:
    """Raise the DataError of a folder without a usable register, naming each sheet and the headings it has."""
    if len(office.tables["register"]):
        return
    seen = []
    for source in office.sources.to_dict("records"):
        if source["error"] or source["headings"]:
            told = ", ".join(source["headings"]) or source["message"]
            seen.append(f"\n  {source['file']}, {source['sheet'] or '-'}: {source['table'] or source['error']}: {told:.160}")
    what = "no register of cooperatives was recognised" if seen else "no spreadsheet with data was found"
    listing = "; headings seen:" + "".join(seen[:15]) + "\n  " if seen else ""
    mend = "It needs a sheet with headings such as NIK, Nama Koperasi, Nomor Badan Hukum, Kecamatan, Status."
    raise DataError(f"{what} in {office.folder}{listing}", mend=mend)


def load_report(office: Office) -> dict[str, Any]:
    """Give what was read, set aside and asked, as ``load.json`` holds it: plain lists and dictionaries, ready for JSON."""
    parts = {name: getattr(office, name) for name in LISTS}
    report: dict[str, Any] = {name: json.loads(frame.to_json(orient="records", date_format="iso")) for name, frame in parts.items()}
    report["as_of"] = office.as_of.isoformat() if office.as_of else None
    report["demonstration"] = office.demonstration
    return report


def as_date(as_of: str | date | None) -> date | None:
    """A day as it was asked for; :class:`CallError` where it is no date."""
    if as_of is None or as_of == "":
        return None
    try:
        day = parse_day(as_of)
    except UnreadableDate as error:
        raise CallError(f"as_of {as_of!r} is no date", "as_of", "Write it as 2022-08-25.") from error
    return day.start if day else None


def _assemble(folder: Path, reading: Reading, links: list[dict[str, Any]], day: date | None) -> Office:
    from kopanalysis.loaders import frames

    tables = {name: frames.table_frame(name, [parsed for parsed in reading.parsed if parsed.table == name]) for name in TABLES}
    as_of = day or frames.latest_day(tables)
    order = {parsed.place.source_id: number for number, parsed in enumerate(reading.parsed)}
    listed = {name: [line for parsed in reading.parsed for line in getattr(parsed, name)] for name in ("findings", "warnings", "questions")}
    for lines in (listed["findings"], listed["warnings"]):
        lines.sort(key=lambda line: (order[line["source_id"]], line["row"]))
    return Office(
        folder=folder,
        tables=tables,
        set_aside=frames.records(listed["findings"], frames.FINDING_COLUMNS),
        warnings=frames.records(listed["warnings"], frames.FINDING_COLUMNS),
        questions=frames.records(listed["questions"], frames.QUESTION_COLUMNS),
        links=frames.records(links, frames.LINK_COLUMNS),
        duplicates=frames.records(find_alike(reading.parsed), frames.DUPLICATE_COLUMNS),
        sources=frames.source_frame(reading),
        as_of=as_of,
        demonstration=any(reading.marks),
        call=Call("kopanalysis.loaders.load.load_office", {"as_of": as_of.isoformat() if as_of else None}),
    )
