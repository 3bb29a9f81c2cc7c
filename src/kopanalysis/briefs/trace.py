"""From a printed number back to its cell, its functions and its rows, and the number computed again from those rows alone."""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from kopanalysis import rules
from kopanalysis.errors import CallError, DataError
from kopanalysis.lineage import Call, Rows
from kopanalysis.results import EDITION_VARIABLE, Number

if TYPE_CHECKING:
    from kopanalysis.loaders.load import Office

LOAD_OFFICE = "kopanalysis.loaders.load.load_office"
LOAD_PRINTED = ("kopanalysis.loaders.published.load_published", "kopanalysis.loaders.published.load_pipeline")


@dataclass(frozen=True)
class Trace:
    """A printed number and everything behind it.

    Attributes
    ----------
    entry : dict
        Its line of numbers.json.
    call : Call
        The chain of functions, the last one first.
    rows : pandas.DataFrame
        ``file, sheet, rows, count``: the source rows, a line a sheet.
    again : float or None
        Its value computed again from those rows alone.
    """

    entry: dict[str, Any]
    call: Call
    rows: pd.DataFrame
    again: float | int | None

    @property
    def agrees(self) -> bool:
        """Whether the value computed again is the printed one."""
        value = self.entry["value"]
        return value == self.again if value is None or self.again is None else abs(value - self.again) <= 1e-9 * max(1.0, abs(value))


def trace_number(number: str, run_dir: Path, office: Office | None = None) -> Trace:
    """Follow a number of a run back to its rows, and compute it again from them.

    Parameters
    ----------
    number : str
        Registry id (``N-017``) or name (``inactive.count.no_rat_3y.legal``).
    run_dir : pathlib.Path
        A folder ``runs/<hash>``.
    office : Office, optional
        What the run read, where it is at hand already; default: read again.

    Returns
    -------
    Trace

    Raises
    ------
    CallError
        When the run has no such number.
    DataError
        When an input file isn't there any more, or isn't the file that was read.
    """
    entry, step = _find(number, run_dir)
    run = json.loads((run_dir / "run.json").read_text(encoding="utf-8"))
    call = Call.from_dict(step["call"])
    if call is None:
        raise CallError(f"{entry['name']} was registered without its call", str(run_dir), "Make the report again.")
    if run["edition"] == "public":
        raise CallError("The public edition keeps no rows behind its numbers", str(run_dir), "Trace the number of the same name in a run "
                        "of the internal edition.")  # fmt: skip
    rows = Rows.from_dict(step["rows"])
    data_dir = Path(run["parameters"][entry["brief"]]["data_dir"])
    os.environ[EDITION_VARIABLE] = run["edition"]
    rules.use_office_rules(data_dir)
    result = compute_again(call, rows, data_dir, run["inputs"], office)
    found: dict[str, Number] = {n.name: n for n in getattr(result, "numbers", ())}
    again = found[entry["name"]].value if entry["name"] in found else None
    return Trace(entry, call, _by_sheet(rows, run["inputs"]), again)


def compute_again(call: Call, rows: Rows, data_dir: Path, inputs: dict[str, Any], office: Office | None = None) -> Any:
    """Evaluate a chain of calls with the office's tables cut down to the given rows."""
    if call.function == LOAD_OFFICE:
        read = office or _read_again(data_dir, inputs, {source for source, _ in rows.ranges}, call.arguments)
        wanted = set(rows)
        return replace(read, tables={name: _only(frame, wanted) for name, frame in read.tables.items()})
    function = _function(call.function)
    if call.function in LOAD_PRINTED:
        return _only(function(), set(rows))
    if call.input is None:
        raise CallError(f"{call.function} doesn't know where its frame came from", mend="Pass it a frame made by a public function.")
    return function(compute_again(call.input, rows, data_dir, inputs, office), **_arguments(call))


def _arguments(call: Call) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in call.arguments.items()}


def _function(name: str) -> Any:
    module, _, attribute = name.rpartition(".")
    if not module.startswith("kopanalysis."):
        raise CallError(f"{name} is not a function of this package")
    return getattr(importlib.import_module(module), attribute)


def _read_again(data_dir: Path, inputs: dict[str, Any], sources: set[str], asked: Mapping[str, Any]) -> Office:
    """The office as it was read; refused where one of the files isn't the same any more."""
    from datetime import date

    from kopanalysis.loaders.store import open_office

    as_of = asked.get("as_of")
    office = open_office(data_dir, date.fromisoformat(as_of) if as_of else None, asked.get("region") or "")
    now = dict(zip(office.sources["file"], office.sources["sha256"], strict=True))
    for source in sources:
        file = inputs[source]["file"]
        if now.get(file) != inputs[source]["sha256"]:
            place, mend = str(data_dir), "Make the report again, or bring the old file back."
            raise DataError(f"{file} is not the file that the run read", place, mend)
    return office


def _only(frame: pd.DataFrame, wanted: set[tuple[str, int]]) -> pd.DataFrame:
    chosen = [key in wanted for key in zip(frame["source_id"], frame["source_row"], strict=True)]
    return frame[pd.Series(chosen, index=frame.index, dtype=bool)]  # a bare empty list would choose columns


def _find(number: str, run_dir: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        entries = json.loads((run_dir / "numbers.json").read_text(encoding="utf-8"))
        steps = json.loads((run_dir / "trace.json").read_text(encoding="utf-8"))
    except OSError:
        raise CallError(f"{run_dir} is not the folder of a run", mend="Give a folder such as reports/13.11/<date>/runs/<run>.") from None
    for entry in entries:
        if number in (entry["id"], entry["name"]):
            return entry, steps[entry["id"]]
    from kopanalysis.briefs.manifest import nearest

    raise CallError(f"This run has no number {number!r}", str(run_dir), nearest(number, [entry["name"] for entry in entries]))


def _by_sheet(rows: Rows, inputs: dict[str, Any]) -> pd.DataFrame:
    lines = [
        {"file": inputs[source]["file"], "sheet": inputs[source]["sheet"] or "", "rows": text, "count": len(Rows(((source, text),)))}
        for source, text in rows.ranges
    ]
    return pd.DataFrame(lines, columns=["file", "sheet", "rows", "count"])


def latest_run(out: Path, region: str | None = None) -> Path:
    """The newest run below an output folder, by its ``latest.json``.

    Parameters
    ----------
    out : pathlib.Path
        ``reports`` or a folder of a region or date in it.
    region : str, optional

    Returns
    -------
    pathlib.Path

    Raises
    ------
    CallError
        When there is none.
    """
    found = sorted(out.glob("latest.json")) + sorted(out.glob("*/latest.json")) + sorted(out.glob(f"{region or '*'}/*/latest.json"))
    if not found:
        raise CallError(f"There is no run below {out}", mend="Make one with kopanalysis report, or name its folder.")
    newest = max(found, key=lambda path: path.stat().st_mtime)
    return newest.parent / "runs" / json.loads(newest.read_text(encoding="utf-8"))["run"]
