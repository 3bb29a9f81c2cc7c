"""What changed since the previous run of a region: numbers that moved beyond their interval, and why they may have."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kopanalysis.present.naming import number_words
from kopanalysis.present.numbers import COUNT_UNITS
from kopanalysis.results import Text

MOST = 10  # changes that a reader is shown
HALF_WIDTH = 1.96  # standard errors: puts counts, which have no interval, on the scale of those that have
SAME = ("region", "edition", "demonstration")  # runs that differ in these are about other things
Entry = Mapping[str, Any]


@dataclass(frozen=True)
class Change:
    """One number that moved.

    Attributes
    ----------
    id, name, brief : str
        As in numbers.json of the newer run.
    words : Text
        What it counts; its registry name where nothing else is known.
    old, new : Text
        As each run printed it.
    size : float
        How far it moved, in half widths of the earlier interval; a count's half width is that of a Poisson count.
    """

    id: str
    name: str
    brief: str
    words: Text
    old: Text
    new: Text
    size: float


@dataclass(frozen=True)
class Changes:
    """Two runs held against each other.

    Attributes
    ----------
    run, as_of : str
        The earlier run.
    moved : tuple of Change
        Largest first, at most :data:`MOST`.
    rest : int
        How many more moved.
    added, gone : tuple of str
        Names that only the newer, or only the earlier run holds, among briefs that both made.
    reasons : tuple of str
        What differs between the runs: ``inputs``, ``parameters``, ``rules``, ``versions``, ``as_of``.
    """

    run: str
    as_of: str
    moved: tuple[Change, ...]
    rest: int
    added: tuple[str, ...]
    gone: tuple[str, ...]
    reasons: tuple[str, ...]


def since_previous(run_folder: Path) -> Changes | None:
    """Changes against the run before, of the same region, edition and kind of data.

    Parameters
    ----------
    run_folder : pathlib.Path
        ``reports/<region>/<as_of>/runs/<hash>``.

    Returns
    -------
    Changes or None
        None where there is no run to compare with.
    """
    run = _json(run_folder / "run.json", {})
    earlier = previous_run(run_folder, run)
    if earlier is None:
        return None
    before = _json(earlier / "run.json", {})
    old, new = (_json(folder / "numbers.json", []) for folder in (earlier, run_folder))
    moved, added, gone = compare(old, new)
    return Changes(before["run"], before["as_of"], moved[:MOST], max(0, len(moved) - MOST), added, gone, reasons(before, run))


def previous_run(run_folder: Path, run: Mapping[str, Any]) -> Path | None:
    """The run written last before this one, on this or an earlier date of the data."""
    found = []
    for path in run_folder.parents[2].glob("*/runs/*/run.json"):
        about = _json(path, {})
        if path.parent.name.startswith(".") or about.get("run") == run.get("run") or not (path.parent / "numbers.json").is_file():
            continue
        if all(about.get(name) == run.get(name) for name in SAME) and str(about.get("as_of", "")) <= str(run.get("as_of", "")):
            found.append((about["as_of"], path.stat().st_mtime_ns, path.parent))
    return max(found)[2] if found else None


def compare(old: Iterable[Entry], new: Iterable[Entry]) -> tuple[tuple[Change, ...], tuple[str, ...], tuple[str, ...]]:
    """Hold two registries against each other, brief by brief.

    Parameters
    ----------
    old, new : iterable of mapping
        Entries of numbers.json.

    Returns
    -------
    moved : tuple of Change
        Largest first: beyond the earlier interval, or any difference of a count or a grade.
    added, gone : tuple of str
    """
    before, after = ({entry["name"]: entry for entry in entries} for entries in (old, new))
    both = {entry["brief"] for entry in before.values()} & {entry["brief"] for entry in after.values()}
    changes = [_change(before[name], entry) for name, entry in after.items() if name in before and _moved(before[name], entry)]
    added = tuple(name for name, entry in after.items() if name not in before and entry["brief"] in both)
    gone = tuple(name for name, entry in before.items() if name not in after and entry["brief"] in both)
    return tuple(sorted(changes, key=lambda change: (-change.size, change.name))), added, gone


def reasons(before: Mapping[str, Any], run: Mapping[str, Any]) -> tuple[str, ...]:
    """What differs between two runs, as far as run.json says."""
    found = []
    hashes = [sorted(str(source.get("sha256")) for source in about.get("inputs", {}).values()) for about in (before, run)]
    if hashes[0] != hashes[1]:
        found.append("inputs")
    both = set(before.get("parameters", {})) & set(run.get("parameters", {}))
    if any(_asked(before, name) != _asked(run, name) for name in both):
        found.append("parameters")
    return (*found, *(name for name in ("rules", "versions", "as_of") if before.get(name) != run.get(name)))


def _asked(about: Mapping[str, Any], brief: str) -> dict[str, Any]:
    return {name: value for name, value in about["parameters"][brief].items() if name not in ("data_dir", "as_of")}


def _moved(old: Entry, new: Entry) -> bool:
    if old.get("unit") == "grade" or new.get("unit") == "grade":
        return bool(old.get("grade") != new.get("grade"))
    first, second = old.get("value"), new.get("value")
    if first is None or second is None:
        return (first is None) != (second is None)
    if old.get("low") is not None and old.get("high") is not None:
        return not old["low"] <= second <= old["high"]
    return not math.isclose(first, second, rel_tol=1e-9, abs_tol=1e-12)


def _size(old: Entry, new: Entry) -> float:
    if old.get("unit") == "grade":
        return math.inf
    first, second = old.get("value"), new.get("value")
    if first is None or second is None:
        return 0.0
    low, high = old.get("low"), old.get("high")
    if low is not None and high is not None:
        half = (high - low) / 2
    else:
        half = HALF_WIDTH * math.sqrt(max(abs(first), 1.0)) if old.get("unit") in COUNT_UNITS else abs(first)
    return abs(second - first) / half if half else math.inf


def _change(old: Entry, new: Entry) -> Change:
    words = number_words(new["name"]) or Text(new["name"], new["name"])
    before, now = (Text(str(entry.get("text_id") or "–"), str(entry.get("text_en") or "–")) for entry in (old, new))
    return Change(new["id"], new["name"], new["brief"], words, before, now, _size(old, new))


def _json(path: Path, otherwise: Any) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError):
        return otherwise
