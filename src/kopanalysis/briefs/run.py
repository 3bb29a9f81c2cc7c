"""One run: load, execute the notebooks, publish, and only then let readers see it."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import shutil
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kopanalysis import __version__, rules
from kopanalysis.briefs.execute import executing
from kopanalysis.briefs.lean import no_grammar
from kopanalysis.briefs.manifest import Brief
from kopanalysis.briefs.staging import replace_folder, staging
from kopanalysis.errors import CallError, KopanalysisError
from kopanalysis.lineage import Rows
from kopanalysis.resources import PACKAGE, resource
from kopanalysis.results import LANGUAGES, Lang, Text

if TYPE_CHECKING:
    from kopanalysis.loaders.load import Office

CODE = ("*.py", "*.toml", "*.css", "*.typ", "*.lua", "*.js", "*.html", "*.xml")
# What lies beside the data and shapes a brief all the same; rules.toml has its own hash.
SETTINGS = ("links.csv", "sources.toml", "office.toml", "watchlist.xlsx")
LIBRARIES = ("pandas", "numpy", "scipy", "statsmodels", "matplotlib", "papermill", "nbconvert", "pypandoc_binary", "typst")
CELL_SECONDS = 1800  # a cell that takes longer hangs


@dataclass(frozen=True)
class Order:
    """What was asked for."""

    data_dir: Path
    briefs: tuple[Brief, ...]
    out: Path
    region: str
    as_of: date
    headline_date: date
    langs: tuple[Lang, ...] = LANGUAGES
    edition: str = "internal"
    settings: dict[str, Any] = field(default_factory=dict)
    kernel: str = ""  # warm, plain, or empty: warm where it can be had
    jobs: int = 1
    force: bool = False
    cell_seconds: int = CELL_SECONDS

    def parameters(self, brief: Brief) -> dict[str, Any]:
        """Plain values for the notebook's parameters cell: ISO dates, text, numbers."""
        values = {
            "data_dir": str(self.data_dir),
            "region": self.region,
            "as_of": self.as_of.isoformat(),
            "headline_date": self.headline_date.isoformat(),
            "edition": self.edition,
            **self.settings,
        }
        return {parameter.name: values[parameter.name] for parameter in brief.parameters if parameter.name in values}


@dataclass(frozen=True)
class Outcome:
    """What became of a run.

    Attributes
    ----------
    folder : pathlib.Path
        ``runs/<hash>``.
    portal : pathlib.Path
        ``index.html`` of the region and date.
    found : bool
        True where an earlier run with the same hash was used.
    failures : dict of str to str
        Brief to the sentence that says why it failed.
    seconds : dict of str to float
    """

    folder: Path
    portal: Path
    found: bool
    failures: dict[str, str]
    seconds: dict[str, float]


def report(order: Order, office: Office, tell: Callable[[str], None]) -> Outcome:
    """Make every brief of an order, or find the run that already did.

    Parameters
    ----------
    order : Order
    office : Office
        What was read from ``order.data_dir``.
    tell : callable
        Gets one line a step.

    Returns
    -------
    Outcome

    Raises
    ------
    CallError
        When the output folder can't be written.
    """
    from kopanalysis.briefs.kop import read_letterhead
    from kopanalysis.briefs.portal import write_portal

    rules.use_office_rules(order.data_dir)
    read_letterhead(office_settings(order.data_dir), order.data_dir)  # said before the notebooks run, not after
    home = _writable(order.out / order.region / order.as_of.isoformat())
    key = run_hash(order, office)
    folder = home / "runs" / key
    if not order.force and _complete(folder):
        tell(f"run {key} is already there: nothing changed since")
        return Outcome(folder, write_portal(home, folder), True, {}, {})
    began = time.perf_counter()
    with staging(home, key) as stage:
        with ThreadPoolExecutor(1) as aside:  # while the notebooks run in a process of their own
            returns = aside.submit(_write_returns, order, office, stage)
            failures, seconds = _make_briefs(order, office, stage, key, tell)
            if said := returns.result():
                tell(said)
        seconds["all"] = time.perf_counter() - began
        _write_run(order, office, stage, key, failures, seconds)
        replace_folder(stage, folder)
    made = len(failures) < len(order.briefs)
    portal = write_portal(home, folder) if made else home / "index.html"
    return Outcome(folder, portal, False, failures, seconds)


def _write_returns(order: Order, office: Office, stage: Path) -> str:
    """Return workbooks of the inputs, for the office alone; what hinders them is said and stops no brief."""
    from kopanalysis.loaders.returns import write_returns

    if order.edition != "internal":
        return ""
    try:
        write_returns(office, stage / "return")
    except CallError as error:
        return f"no return workbooks: {error}"
    return ""


def run_hash(order: Order, office: Office) -> str:
    """Twelve characters that stand for inputs, parameters, code and library versions."""
    digest = hashlib.sha256()
    asked = {"briefs": {brief.name: order.parameters(brief) | {"data_dir": ""} for brief in order.briefs}, "langs": order.langs}
    digest.update(json.dumps([asked, order.edition, versions()], sort_keys=True, default=str).encode())
    for name in ("file", "sheet", "sha256"):
        digest.update("|".join(office.sources[name].fillna("").astype(str)).encode())
    digest.update(office.digest.encode())  # of one district's part: which rows are in it, others' files may decide
    for path in sorted(path for pattern in CODE for path in PACKAGE.rglob(pattern)):
        digest.update(path.relative_to(PACKAGE).as_posix().encode() + path.read_bytes())
    for name in (*SETTINGS, *beside(order.data_dir)):
        path = order.data_dir / name
        digest.update(name.encode() + (path.read_bytes() if path.is_file() else b""))
    digest.update(json.dumps(rules.rules_hash(order.data_dir)).encode())  # the office's own rules.toml among them
    shipped = [resource("data", name) for name in ("rules", "published", "certificate")]
    for folder in (*shipped, *{brief.notebook.parent for brief in order.briefs}):
        for path in sorted(path for path in folder.glob("*.*") if path.is_file()):  # an editor leaves folders beside notebooks
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def versions() -> dict[str, str]:
    """Versions that may change a number or its picture."""
    found = {"kopanalysis": __version__, "python": ".".join(map(str, sys.version_info[:3]))}
    for name in LIBRARIES:
        found[name] = importlib.metadata.version(name)
    return found


def _writable(folder: Path) -> Path:
    try:
        (folder / "runs").mkdir(parents=True, exist_ok=True)
        probe = folder / f".write-{os.getpid()}"
        probe.write_text("", encoding="utf-8")
        probe.unlink()
    except OSError as error:
        raise CallError(
            f"{folder} can't be written: {error.strerror}", "--out", "Choose a folder of your own, such as --out reports."
        ) from None
    return folder


def _complete(folder: Path) -> bool:
    try:
        run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError):
        return False
    return bool(run.get("complete"))


def _make_briefs(
    order: Order, office: Office, stage: Path, key: str, tell: Callable[[str], None]
) -> tuple[dict[str, str], dict[str, float]]:
    from kopanalysis.briefs.attachments import write_attachments
    from kopanalysis.briefs.decree import write_decree
    from kopanalysis.briefs.publish import Published, write_numbers, write_tables_xlsx

    failures: dict[str, str] = {}
    seconds: dict[str, float] = {}
    done: list[Published] = []
    with executing(order, office, stage, tell) as notebooks:
        for brief, executed in notebooks:
            try:
                path, seconds[f"{brief.name}.execute"] = executed()
                tell(f"{brief.name}: notebook done in {seconds[f'{brief.name}.execute']:.1f} s")
                began = time.perf_counter()
                counted = sum(len(published.entries) for published in done)
                done.append(_publish(order, office, brief, path, stage, key, counted))
                seconds[f"{brief.name}.publish"] = time.perf_counter() - began
                tell(f"{brief.name}: {' and '.join(order.langs)} as HTML, PDF and DOCX in {seconds[f'{brief.name}.publish']:.1f} s")
            except KopanalysisError as error:
                failures[brief.name] = str(error)
            except BrokenProcessPool:
                failures[brief.name] = f"{brief.name}: the process that ran the notebook was ended from outside. Run again."
    write_numbers([entry for published in done for entry in published.entries], stage / "numbers.json")
    _write_json(stage / "trace.json", {number: step for published in done for number, step in published.trace.items()})
    tables = [table for published in done for table in published.tables]
    with ThreadPoolExecutor(1) as aside:  # most of the decree is pandoc's, in a process of its own
        decree = aside.submit(write_decree, tables, stage, _letterhead(order), office_name(order.data_dir), office.demonstration)
        write_tables_xlsx(tables, stage / "tables.xlsx")
        write_attachments(tables, stage)
        decree.result()
    return failures, seconds


def _letterhead(order: Order) -> Any:
    from kopanalysis.briefs.kop import read_letterhead

    return read_letterhead(office_settings(order.data_dir), order.data_dir)


def _publish(order: Order, office: Office, brief: Brief, executed: Path, stage: Path, key: str, counted: int) -> Any:
    from kopanalysis.briefs.kop import read_letterhead
    from kopanalysis.briefs.publish import publish

    with no_grammar():
        import nbformat

    try:
        return publish(
            nbformat.read(executed, as_version=4),  # type: ignore[no-untyped-call]
            brief.name,
            stage,
            sources=source_list(office),
            provenance=provenance(order, office, key),
            demonstration=office.demonstration,
            office_name=office_name(order.data_dir),
            letterhead=read_letterhead(office_settings(order.data_dir), order.data_dir),
            langs=order.langs,
            counted=counted,
            stamp=datetime.combine(order.as_of, datetime.min.time(), UTC),  # the day of the data: the same input gives the same file
        )
    except KopanalysisError:
        (stage / "failed").mkdir(exist_ok=True)
        for path in stage.glob(f"{brief.name}.*"):
            shutil.move(path, stage / "failed" / path.name)
        raise


def source_list(office: Office) -> dict[str, dict[str, Any]]:
    """Source id to file, sheet and hash; the printed figures among them."""
    from kopanalysis.loaders.published import FILES

    listed = {
        str(row["source_id"]): {"file": row["file"], "sheet": row["sheet"], "sha256": row["sha256"]}
        for row in office.sources.to_dict("records")
        if isinstance(row["source_id"], str)
    }
    for source_id, parts in FILES.items():
        digest = hashlib.sha256(resource(*parts).read_bytes()).hexdigest()
        listed[source_id] = {"file": "/".join(parts), "sheet": "", "sha256": digest}
    return listed


def provenance(order: Order, office: Office, key: str) -> list[tuple[Text, Text]]:
    """Rows of the stamp at the end of a brief: label and value in both languages."""
    from kopanalysis.present.numbers import format_day, format_value

    def counted(rows: int) -> Text:
        return Text(format_value(rows, "count", "id"), format_value(rows, "count", "en"))

    read = office.sources[office.sources["table"].notna()]
    plain: dict[Text, str | Text] = {
        Text("Wilayah (kode Kemendagri)", "Region (Kemendagri code)"): order.region,
        Text("Berkas dibaca", "Files read"): str(read["file"].nunique()),
        Text("Baris diterima", "Rows accepted"): counted(int(read["accepted"].sum())),
        Text("Baris disisihkan", "Rows set aside"): counted(int(read["set_aside"].sum())),
        Text("Edisi", "Edition"): order.edition,
        Text("Versi perangkat lunak", "Software version"): f"kopanalysis {__version__}",
        Text("Nomor proses", "Run"): key,
    }
    own = {f"{change.file}.{change.name}: {change.field} = {change.value} ({change.source})" for change in rules.overrides()}
    if own:
        plain[Text("Aturan yang diganti kantor (rules.toml)", "Rules replaced by the office (rules.toml)")] = "; ".join(sorted(own))
    day = Text(format_day(order.as_of, "id"), format_day(order.as_of, "en"))
    return [
        (Text("Data sampai", "Data up to"), day),
        *((label, value if isinstance(value, Text) else Text(value, value)) for label, value in plain.items()),
    ]


def beside(data_dir: Path) -> list[str]:
    """Files that the office chose a name for and that shape a brief: its logo and its maps."""
    from kopanalysis.briefs.kop import logo_file

    try:
        logo = logo_file(office_settings(data_dir))
    except CallError:  # said where the letterhead is read
        logo = ""
    return [*([logo] if logo else []), *sorted(path.name for path in data_dir.glob("*.geojson"))]


def office_name(data_dir: Path) -> str:
    """The office's name from office.toml, empty where there is none."""
    return str(office_settings(data_dir).get("office", {}).get("name", ""))


def office_settings(data_dir: Path) -> dict[str, Any]:
    """office.toml of a data folder: the office's name and its defaults for region and headline date."""
    import tomllib

    path = data_dir / "office.toml"
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CallError(
            f"office.toml can't be read: {error}", str(path), 'Write text between quotes, such as name = "Dinas Koperasi".'
        ) from None


def _write_run(order: Order, office: Office, stage: Path, key: str, failures: dict[str, str], seconds: dict[str, float]) -> None:
    from kopanalysis.loaders.load import load_report

    run = {
        "run": key,
        "complete": not failures,
        "failures": failures,
        "parameters": {brief.name: order.parameters(brief) for brief in order.briefs},
        "briefs": {brief.name: {"title_id": brief.title.id, "title_en": brief.title.en} for brief in order.briefs},
        "languages": list(order.langs),
        "edition": order.edition,
        "office": office_name(order.data_dir),
        "region": order.region,
        "as_of": order.as_of.isoformat(),
        "headline_date": order.headline_date.isoformat(),
        "demonstration": office.demonstration,
        "inputs": source_list(office),
        "rules": rules.rules_hash(order.data_dir),
        "rules_replaced": [{key: str(value) for key, value in vars(change).items()} for change in rules.overrides()],
        "versions": versions(),
        "seconds": {name: round(value, 3) for name, value in seconds.items()},
    }
    _write_json(stage / "run.json", run)
    if order.edition == "internal":  # it quotes cells of the office's files, names among them
        _write_json(stage / "load.json", load_report(office))


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1, default=_json) + "\n", encoding="utf-8", newline="\n")


def _json(value: Any) -> Any:
    if isinstance(value, Rows):
        return value.as_dict()
    return value.item() if hasattr(value, "item") else str(value)
