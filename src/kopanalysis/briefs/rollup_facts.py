"""What the roll-up says of every region, taken from the number registries of their runs, and their ranks with intervals."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from kopanalysis.briefs.sheets import write_tables_xlsx
from kopanalysis.loaders.words import harmless

TOTAL, COUNT, RATE = "register.total", "inactive.count.{rule}.{silence}", "inactive.rate.{rule}.{silence}"
GRADES = ("training.grade", "cattle.grade")
LIGHTS = "tables/10-data-quality-lights.csv"
QUESTIONS = ("why", "training", "cattle")
RANKED_BRIEF = "20-why-inactive"
LEVEL = 0.95
EARLIER, FAILED, PARTLY, DONE = "earlier", "failed", "partly", "done"  # what became of a region
LABELS = {
    "region": ("Kode", "Code"), "name": ("Wilayah", "Region"), "state": ("Keadaan", "State"), "as_of": ("Data sampai", "Data up to"),
    "headline_date": ("Keadaan per", "As of"), "rule": ("Aturan", "Rule"), "silence": ("Arti diam", "Coding of silence"),
    "total": ("Koperasi dalam register", "Cooperatives on the register"), "inactive": ("Tidak aktif", "Inactive"),
    "judged": ("Dinilai", "Judged"), "rate": ("Bagian tidak aktif", "Share inactive"), "rate_low": ("Batas bawah", "Low"),
    "rate_high": ("Batas atas", "High"), "rank": ("Peringkat", "Rank"), "rank_low": ("Peringkat teratas", "Highest rank"),
    "rank_high": ("Peringkat terbawah", "Lowest rank"), "light_why": ("Lampu: mengapa tidak aktif", "Light: why inactive"),
    "light_training": ("Lampu: pelatihan", "Light: training"), "light_cattle": ("Lampu: bantuan ternak", "Light: cattle aid"),
    "grade_training": ("Nilai bukti: pelatihan", "Grade: training"), "grade_cattle": ("Nilai bukti: bantuan ternak", "Grade: cattle aid"),
    "run": ("Nomor proses", "Run"), "message": ("Keterangan", "Message"),
}  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """A number of a region's registry: its value, its words in both languages, and the page that it stands on."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    text_id: str = ""
    text_en: str = ""
    identity: str = ""
    page: str = ""

    @property
    def hidden(self) -> bool:
        """Whether the public edition hides it."""
        return self.value is None and bool(self.identity)


@dataclass(frozen=True)
class Line:
    """One region of the roll-up.

    Attributes
    ----------
    region, name : str
        Kemendagri code and name.
    state : str
        ``done``; ``partly`` where a brief failed; ``failed`` where there is nothing; ``earlier`` where an older run stands in.
    message : str
        Why, where something failed.
    portal : str
        Address of its portal from the roll-up page; empty where there is none.
    total, inactive, rate : Cell
    rank, rank_low, rank_high : int or None
        1 is the largest share inactive.
    lights, grades : dict of str to str
        Question to colour; registry name to letter.
    """

    region: str
    name: str
    state: str = FAILED
    message: str = ""
    portal: str = ""
    as_of: str = ""
    headline_date: str = ""
    run: str = ""
    rule: str = ""
    silence: str = ""
    demonstration: bool = False
    edition: str = ""
    total: Cell = Cell()
    inactive: Cell = Cell()
    rate: Cell = Cell()
    rank: int | None = None
    rank_low: int | None = None
    rank_high: int | None = None
    lights: dict[str, str] = field(default_factory=dict)
    grades: dict[str, str] = field(default_factory=dict)


def region_line(out: Path, region: str, name: str, answer: Mapping[str, Any], rule: str, silence: str) -> Line:
    """What the roll-up says of one region.

    Parameters
    ----------
    out : pathlib.Path
        Folder of all reports.
    region, name : str
    answer : mapping
        Of its task, as :func:`kopanalysis.briefs.fleet_task.run_task` gives it.
    rule, silence : str
        Definition of inactive that regions are compared by.

    Returns
    -------
    Line
    """
    failures = answer.get("failures", {})
    message = " ".join([answer["error"]] if "error" in answer else failures.values())
    home = _home(out, region, answer)
    if home is None:
        return Line(region, name, FAILED, message, rule=rule, silence=silence)
    latest = _read(home / "latest.json")
    about = _read(home / "runs" / latest["run"] / "run.json")
    state = EARLIER if "error" in answer or not Path(answer["portal"]).exists() else PARTLY if failures else DONE
    entries = _entries(home, latest["briefs"])
    found = _cells(out, home, entries)
    count, rate = (found.get(name.format(rule=rule, silence=silence), Cell()) for name in (COUNT, RATE))
    return Line(
        region, name, state, message, _address(out, home / "index.html"), about["as_of"], about["headline_date"], latest["run"], rule,
        silence, about["demonstration"], about["edition"], found.get(TOTAL, Cell()), count, rate,
        lights=_lights(home, latest["briefs"]), grades=_grades(entries),
    )  # fmt: skip


def _home(out: Path, region: str, answer: Mapping[str, Any]) -> Path | None:
    """The region's newest folder that a reader is pointed to."""
    if "portal" in answer and (Path(answer["portal"]).parent / "latest.json").is_file():
        return Path(answer["portal"]).parent
    earlier = sorted((out / region).glob("*/latest.json"))
    return earlier[-1].parent if earlier else None


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _address(out: Path, path: Path) -> str:
    return path.relative_to(out).as_posix()


def _entries(home: Path, shown: Mapping[str, str]) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """Numbers of each brief that the portal shows, by run and brief; a run's registry is large and read once."""
    read = {key: _read(home / "runs" / key / "numbers.json") for key in dict.fromkeys(shown.values())}
    return {(key, brief): [entry for entry in read[key] if entry["brief"] == brief] for brief, key in shown.items()}


def _cells(out: Path, home: Path, entries: Mapping[tuple[str, str], Sequence[Mapping[str, Any]]]) -> dict[str, Cell]:
    """Numbers by name."""
    found: dict[str, Cell] = {}
    for (key, brief), numbers in entries.items():
        pages = [home / "runs" / key / f"{brief}.{lang}.html" for lang in ("id", "en")]
        page = next((_address(out, path) for path in pages if path.exists()), "")
        for entry in numbers:
            facts = {name: entry[name] for name in ("value", "low", "high", "n", "text_id", "text_en")}
            found.setdefault(entry["name"], Cell(**facts, identity=entry["id"], page=page))
    return found


def _lights(home: Path, shown: Mapping[str, str]) -> dict[str, str]:
    """Colour by question, where the brief on data quality is among those shown."""
    brief = Path(LIGHTS).name.rpartition("-")[0]
    path = home / "runs" / shown.get(brief, "-") / LIGHTS
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as lines:
        return {row["question"]: row["light"] for row in csv.DictReader(lines)}


def _grades(entries: Mapping[tuple[str, str], Sequence[Mapping[str, Any]]]) -> dict[str, str]:
    every = (entry for numbers in entries.values() for entry in numbers)
    return {entry["name"]: str(entry["grade"]) for entry in every if entry["name"] in GRADES and entry["grade"]}


def ranked(lines: Sequence[Line], level: float = LEVEL) -> list[Line]:
    """Lines with the rank of their share inactive and its interval, the largest share first, then those without one.

    Parameters
    ----------
    lines : sequence of Line
    level : float

    Returns
    -------
    list of Line
        ``rank_low`` to ``rank_high`` hold the true rank of every region at once with this confidence, shares being those of regions
        like these: a region is put below another only where their difference is beyond what chance makes.
    """
    from kopanalysis.inactivity.ranks import rank_intervals

    rated = [line for line in lines if line.rate.value is not None and line.rate.n]
    if not rated:
        return list(lines)
    share = np.array([float(line.rate.value or 0) for line in rated])
    judged = np.array([float(line.rate.n or 1) for line in rated])
    shrunk = (share * judged + 2) / (judged + 4)  # no share is so sure that its error is nothing
    low, high = rank_intervals(share, np.diag(shrunk * (1 - shrunk) / (judged + 4)), level)
    place = [1 + int((share > own).sum()) for own in share]
    made = [
        replace(line, rank=place[i], rank_low=int(low[i]), rank_high=int(high[i])) for i, line in enumerate(rated)
    ]  # fmt: skip
    made.sort(key=lambda line: (line.rank or 0, line.region))
    return [*made, *(line for line in lines if line not in rated)]


def as_records(lines: Sequence[Line]) -> list[dict[str, Any]]:
    """Lines as plain records under the names of :data:`LABELS`, for files."""
    records = []
    for line in lines:
        plain = {name: value for name, value in asdict(line).items() if name in LABELS}
        counts = {"total": line.total.value, "inactive": line.inactive.value, "judged": line.rate.n, "rate": line.rate.value}
        limits = {"rate_low": line.rate.low, "rate_high": line.rate.high}
        lights = {f"light_{question}": line.lights.get(question) for question in QUESTIONS}
        grades = {f"grade_{name.partition('.')[0]}": line.grades.get(name) for name in GRADES}
        everything = plain | counts | limits | lights | grades
        records.append({name: everything[name] for name in LABELS})
    return records


def write_files(lines: Sequence[Line], out: Path) -> tuple[Path, Path]:
    """Write rollup.csv for programs and rollup.xlsx for people."""
    records = as_records(lines)
    text, book = out / "rollup.csv", out / "rollup.xlsx"
    with text.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(LABELS)
        writer.writerows([harmless(value) for value in record.values()] for record in records)
    table = {
        "name": "rollup", "brief": "fleet", "columns": list(LABELS), "labels_id": [words[0] for words in LABELS.values()],
        "labels_en": [words[1] for words in LABELS.values()], "data": [list(record.values()) for record in records],
    }  # fmt: skip
    write_tables_xlsx([table], book)
    return text, book
