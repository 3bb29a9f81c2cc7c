"""The number registry of a brief: every number of the executed notebook once, with an id, its call and the hash of its rows."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from kopanalysis.errors import PublishError
from kopanalysis.lineage import Rows

RECORD = "application/vnd.kopanalysis.record+json"
FACTS = ("value", "unit", "low", "high", "level", "n", "rule", "silence", "method", "grade")


@dataclass(frozen=True)
class Registry:
    """What the records of one executed notebook hold.

    Attributes
    ----------
    entries : tuple of dict
        One a number, in order of first appearance: ``id, name, value, unit, low, high, level, n, rule, silence, method,
        grade, brief, cell, function, rows_sha256, text_id, text_en``. ``cell`` is the index of the notebook cell.
    trace : dict
        Number id to ``{"name", "call", "rows"}``: enough to compute the number again.
    tables : tuple of dict
        ``name, columns, labels_id, labels_en, data, call, rows, brief``.
    figures : dict
        Figure name to language to ``{"svg": text}``.
    """

    entries: tuple[dict[str, Any], ...] = ()
    trace: dict[str, dict[str, Any]] = field(default_factory=dict)
    tables: tuple[dict[str, Any], ...] = ()
    figures: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)

    @property
    def ids(self) -> dict[str, str]:
        """Number name to its id."""
        return {entry["name"]: entry["id"] for entry in self.entries}


def collect(notebook: Mapping[str, Any], brief: str, sources: Mapping[str, Mapping[str, Any]] | pd.DataFrame, counted: int = 0) -> Registry:
    """Collect the numbers, tables and figures of an executed notebook.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        Executed; its outputs carry ``application/vnd.kopanalysis.record+json``.
    brief : str
        Name of the brief, such as ``20-why-inactive``.
    sources : mapping or pandas.DataFrame
        Source id (index or column ``source_id``) to ``file``, ``sheet``, ``sha256``.
    counted : int
        How many numbers the run's earlier briefs hold: ids go on from there, so that one id means one number in a run.

    Returns
    -------
    Registry

    Raises
    ------
    PublishError
        When a name stands for two values or two tables, or a row comes from a source that isn't listed.
    """
    records = list(_records(notebook))
    listed = _as_mapping(sources)
    entries, trace = _numbers(records, brief, listed, counted)
    figures = {figure["name"]: figure for _, record in records for figure in record.get("figures", ())}
    return Registry(entries, trace, _tables(records, brief), figures)


def rows_sha256(rows: Mapping[str, str], sources: Mapping[str, Mapping[str, Any]]) -> str | None:
    """Hash of the source rows behind a number: sha256 over the sorted lines ``file_sha256:sheet:row``.

    Parameters
    ----------
    rows : mapping
        Source id to rows such as ``"5-131,140"``.
    sources : mapping
        Source id to ``sheet`` and ``sha256``.

    Returns
    -------
    str or None
        None where no row stands behind the number.

    Raises
    ------
    PublishError
        When a source isn't listed.
    """
    missing = sorted(set(rows) - set(sources))
    if missing:
        raise PublishError(f"rows come from sources that the run doesn't list: {', '.join(missing)}")
    lines = sorted(f"{sources[source]['sha256']}:{sources[source].get('sheet') or ''}:{row}" for source, row in Rows.from_dict(rows))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest() if lines else None


def write_numbers(entries: Iterable[Mapping[str, Any]], path: Path | str) -> Path:
    """Write numbers.json: the entries of one or several briefs as a list.

    Parameters
    ----------
    entries : iterable of mapping
        As in :class:`Registry`.
    path : path

    Returns
    -------
    pathlib.Path
    """
    path = Path(path)
    text = json.dumps([dict(entry) for entry in entries], ensure_ascii=False, indent=1, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")
    return path


def _records(notebook: Mapping[str, Any]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for index, cell in enumerate(notebook["cells"]):
        for output in cell.get("outputs", ()):
            record = output.get("data", {}).get(RECORD)
            if record:
                yield index, record


def _as_mapping(sources: Mapping[str, Mapping[str, Any]] | pd.DataFrame) -> dict[str, Mapping[str, Any]]:
    if not isinstance(sources, pd.DataFrame):
        return dict(sources)
    frame = sources.set_index("source_id") if "source_id" in sources else sources
    return {str(source): {str(key): value for key, value in row.items()} for source, row in frame.to_dict("index").items()}


def _numbers(
    records: list[tuple[int, Mapping[str, Any]]], brief: str, sources: Mapping[str, Mapping[str, Any]], counted: int
) -> tuple[tuple[dict[str, Any], ...], dict[str, dict[str, Any]]]:
    entries: dict[str, dict[str, Any]] = {}
    trace: dict[str, dict[str, Any]] = {}
    hashes: dict[tuple[tuple[str, str], ...], str | None] = {}
    for cell, number in ((cell, number) for cell, record in records for number in record.get("numbers", ())):
        name = number["name"]
        if name in entries:
            _refuse_two_values(entries[name], number, cell)
            continue
        rows, call = number.get("rows") or {}, number.get("call")
        key = tuple(sorted(rows.items()))
        if key not in hashes:
            hashes[key] = rows_sha256(rows, sources)
        facts = {fact: _finite(number.get(fact)) for fact in FACTS}
        texts = {"text_id": number.get("text_id"), "text_en": number.get("text_en")}
        origin = {"brief": brief, "cell": cell, "function": (call or {}).get("function"), "rows_sha256": hashes[key]}
        identity = f"N-{counted + len(entries) + 1:03d}"
        entries[name] = {"id": identity, "name": name, **facts, **origin, **texts}
        trace[identity] = {"name": name, "call": call, "rows": dict(rows)}
    return tuple(entries.values()), trace


def _refuse_two_values(entry: Mapping[str, Any], number: Mapping[str, Any], cell: int) -> None:
    for fact in ("value", "low", "high"):
        first, second = entry[fact], _finite(number.get(fact))
        if not _same(first, second):
            raise PublishError(
                f"the number {entry['name']} has two values ({fact} {first} and {second})",
                where=f"cells {entry['cell']} and {cell}",
                mend="Give one of them another name.",
            )


def _same(first: Any, second: Any) -> bool:
    if isinstance(first, (int, float)) and isinstance(second, (int, float)):
        return math.isclose(first, second, rel_tol=1e-12)
    return bool(first == second)


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _tables(records: list[tuple[int, Mapping[str, Any]]], brief: str) -> tuple[dict[str, Any], ...]:
    tables: dict[str, tuple[int, dict[str, Any]]] = {}
    for cell, table in ((cell, table) for cell, record in records for table in record.get("tables", ())):
        first, known = tables.setdefault(table["name"], (cell, {**table, "brief": brief}))
        if known["data"] != table["data"]:
            raise PublishError(f"the table {table['name']} has two contents", where=f"cells {first} and {cell}")
    return tuple(table for _, table in tables.values())
