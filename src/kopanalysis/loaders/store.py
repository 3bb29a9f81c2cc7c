"""A folder of many districts read once: each district's tables as Parquet, found again only while files and code are the same."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import shutil
import time
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from kopanalysis.errors import CallError, DataError
from kopanalysis.lineage import Call
from kopanalysis.loaders.districts import split_rows
from kopanalysis.loaders.load import LISTS, Office, as_date, demand_register, district_office, load_office, settle
from kopanalysis.loaders.tables import TABLES
from kopanalysis.loaders.workbook import data_files
from kopanalysis.resources import PACKAGE, resource

if TYPE_CHECKING:
    import pandas as pd

STORE_VARIABLE = "KOPANALYSIS_STORE"  # folder of a store that this process and the kernels it starts may read from
MANIFEST = "manifest.json"
LIBRARIES = ("pandas", "pyarrow", "openpyxl", "python-calamine", "rapidfuzz")
SETTLED_S = 2.0  # a file changed less than this before it was read could change again without a new time stamp


def build_store(folder: str | Path, home: str | Path) -> Path:
    """Read a folder and write each district's part below ``home``, or find it there.

    Parameters
    ----------
    folder : str or pathlib.Path
        The office files.
    home : str or pathlib.Path
        Cache folder; older stores of the same folder are taken out of it.

    Returns
    -------
    pathlib.Path
        ``home/<key>``: ``manifest.json``, and for each district a folder of nine Parquet files and ``lists.json``.

    Raises
    ------
    CallError
        When the cache can't be written, or the folder isn't there.
    DataError
        When no register was recognised, or a file changed while it was read.
    """
    from kopanalysis.loaders.gather import read_folder
    from kopanalysis.loaders.pause import no_cycle_search

    source, cache = Path(folder).resolve(), Path(home)
    if not source.is_dir():
        raise CallError(f"the folder {source} isn't there", "DATA_DIR", "Give the folder that holds the office's spreadsheets.")
    stamps, key = file_stamps(source), inputs_key(source)
    store = cache / key
    if (store / MANIFEST).is_file():
        return store
    stage = _stage(cache, key)
    try:
        with no_cycle_search():
            reading = read_folder(source)
            split = split_rows(reading)
            offices = (
                (district_office(source, reading, split, code, None) for code in split.codes)
                if split.several
                else (office for office in (settle(source, reading, None),))
            )
            districts = _write_districts(offices, stage, split.codes)
        if inputs_key(source) != key:
            raise DataError(f"files in {source} changed while they were read", mend="Run again when nobody is saving there.")
        about = {"key": key, "folder": str(source), "stamps": stamps, "made": time.time(), "districts": districts}
        read = {"unassigned": split.unassigned, "shared": sorted(split.shared), "unread": _unread(reading.sources)}
        (stage / MANIFEST).write_text(json.dumps(about | read, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")
        _put_in_place(stage, store)
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    _sweep(cache, source, store)
    return store


def read_manifest(store: Path) -> dict[str, Any]:
    """Read what a store holds: ``districts`` by code with their counts, files of several districts, rows that nobody can be given."""
    return dict(json.loads((store / MANIFEST).read_text(encoding="utf-8")))


def read_region(store: str | Path, region: str, as_of: str | date | None = None) -> Office:
    """One district's part of a folder, from its store.

    Parameters
    ----------
    store : str or pathlib.Path
        As :func:`build_store` gives it.
    region : str
        Kemendagri code.
    as_of : str or datetime.date, optional
        As in :func:`kopanalysis.load_office`.

    Returns
    -------
    Office
        Equal to ``load_office(folder, as_of, region)``.

    Raises
    ------
    DataError
        When the folder has no register of that district.
    """
    import pandas as pd

    from kopanalysis.loaders.frames import latest_day

    home, about = Path(store), read_manifest(Path(store))
    if region not in about["districts"]:
        raise DataError(
            f"no register of district {region} is in {about['folder']}", mend=f"There are registers of {', '.join(about['districts'])}."
        )
    part = home / region
    tables = {name: pd.read_parquet(part / f"{name}.parquet") for name in TABLES}
    told = json.loads((part / "lists.json").read_text(encoding="utf-8"))
    day = as_date(as_of) or latest_day(tables)
    cut = {"region": region} if told["region"] else {}
    office = Office(
        folder=Path(about["folder"]), tables=tables, **{name: _frame(told[name]) for name in LISTS}, as_of=day,
        demonstration=told["demonstration"], region=told["region"], shared=frozenset(told["shared"]), digest=told["digest"],
        call=Call("kopanalysis.loaders.load.load_office", {"as_of": day.isoformat() if day else None, **cut}),
    )  # fmt: skip
    demand_register(office)
    return office


def open_office(folder: str | Path, as_of: str | date | None = None, region: str = "") -> Office:
    """Read an office's folder, from the store named in the environment where that holds the files as they are now.

    Parameters
    ----------
    folder : str or pathlib.Path
    as_of : str or datetime.date, optional
    region : str

    Returns
    -------
    Office
        The same either way.
    """
    given = os.environ.get(STORE_VARIABLE, "")
    if given and region and holds(Path(given), Path(folder)) and region in read_manifest(Path(given))["districts"]:
        return read_region(given, region, as_of)
    return load_office(folder, as_of, region)


def holds(store: Path, folder: Path) -> bool:
    """Whether a store was made from the files of a folder as they are now, by the code and libraries of now.

    Time stamps settle it where they can: size, change time and number of every file as when it was read, and not changed in the
    moment before. Else the files are hashed again.
    """
    try:
        about = read_manifest(store)
    except (OSError, json.JSONDecodeError):
        return False
    if _code_hash() != about["key"].partition("-")[2]:
        return False
    stamps = file_stamps(folder)
    settled = os.name != "nt" and all(stamp[2] < (about["made"] - SETTLED_S) * 1e9 for stamp in stamps.values())
    same_place = str(folder.resolve()) == about["folder"] and stamps == {name: tuple(stamp) for name, stamp in about["stamps"].items()}
    return (settled and same_place) or inputs_key(folder) == about["key"]


def inputs_key(folder: Path) -> str:
    """Name of a folder's store: hash of its files and settings, a dash, and the hash of the code that reads them."""
    digest = hashlib.sha256()
    for path in _inputs(folder):
        digest.update(f"{path.name}\0{path.stat().st_size}\0".encode())
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return f"{digest.hexdigest()[:16]}-{_code_hash()}"


def file_stamps(folder: Path) -> dict[str, tuple[int, int, int, int]]:
    """Size, time of content, time of change and file number of every file that is read; nothing but a change of the file changes them."""
    stats = {path.name: path.stat() for path in _inputs(folder)}
    return {name: (stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino) for name, stat in stats.items()}


def _inputs(folder: Path) -> list[Path]:
    settings = [path for pattern in ("*.toml", "links.csv") for path in folder.glob(pattern) if path.is_file()]
    return sorted({*data_files(folder), *settings})


def _code_hash() -> str:
    """Everything of ours and of others that decides how a file is read."""
    digest = hashlib.sha256()
    digest.update("|".join(f"{name} {importlib.metadata.version(name)}" for name in LIBRARIES).encode())
    ours = [
        *PACKAGE.joinpath("loaders").rglob("*"),
        PACKAGE / "rules.py",
        PACKAGE / "lineage.py",
        resource("data", "published", "regions.csv"),
    ]
    for path in sorted(path for path in (*ours, *resource("data", "rules").glob("*.toml")) if path.suffix in (".py", ".toml", ".csv")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def _stage(cache: Path, key: str) -> Path:
    """A folder of this process alone; what killed ones left is swept."""
    stage = cache / f".staging-{key}-{os.getpid()}"
    try:
        cache.mkdir(parents=True, exist_ok=True)
        for old in cache.glob(".staging-*"):
            maker = old.name.rpartition("-")[2]
            if old == stage or not (maker.isdigit() and psutil.pid_exists(int(maker))):
                shutil.rmtree(old, ignore_errors=True)
        stage.mkdir()
    except OSError as error:
        raise CallError(f"{cache} can't be written: {error.strerror}", "--out", "Choose a folder of your own.") from None
    return stage


def _put_in_place(stage: Path, store: Path) -> None:
    try:
        stage.rename(store)
    except OSError:  # another command made the same one meanwhile
        if not (store / MANIFEST).is_file():
            shutil.rmtree(store, ignore_errors=True)
            stage.rename(store)


def _write_districts(offices: Iterable[Office], stage: Path, codes: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """One folder a district; a folder of one district goes under its code, whole."""
    districts: dict[str, dict[str, Any]] = {}
    for office in offices:
        demand_register(office)
        code = office.region or next(iter(codes), "")
        if not code:
            raise DataError(f"no district is named in the registers of {office.folder}", mend="Run kopanalysis report --region CODE.")
        part = stage / code
        part.mkdir()
        for name, frame in office.tables.items():
            frame.to_parquet(part / f"{name}.parquet", index=False)
        lists = {name: getattr(office, name).to_dict("split", index=False) for name in LISTS}
        about = {"region": office.region, "shared": sorted(office.shared), "digest": office.digest, "demonstration": office.demonstration}
        (part / "lists.json").write_text(json.dumps(lists | about, ensure_ascii=False), encoding="utf-8", newline="\n")
        register = office.tables["register"]
        districts[code] = {"cooperatives": int(register["coop_id"].nunique()), "rows": int(office.sources["accepted"].sum())}
    return districts


def _frame(split: dict[str, Any]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(split["data"], columns=split["columns"], dtype=object)


def _unread(sources: list[dict[str, Any]]) -> list[dict[str, str]]:
    return [{"file": s["file"], "error": s["error"]} for s in sources if s["error"] and s["error"] != "table_unrecognised"]


def _sweep(cache: Path, source: Path, store: Path) -> None:
    """Stores of the same folder that its files or our code have left behind."""
    for manifest in cache.glob(f"*/{MANIFEST}"):
        if manifest.parent != store and read_manifest(manifest.parent)["folder"] == str(source):
            shutil.rmtree(manifest.parent, ignore_errors=True)
