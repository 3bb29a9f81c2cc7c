"""The public edition of the demo: no name in any byte of any file, and no hidden count that a solver could find."""

from __future__ import annotations

import base64
import io
import json
import re
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from public_sums import COUNTS, DERIVED, SUMS, Equation, Term, numbers_of, relations
from scipy.optimize import Bounds, LinearConstraint, milp

import kopanalysis as ka
from kopanalysis.loaders.load import Office

SMALL = 5
LARGEST = 10_000
PRIVATE = ("name", "nik", "legal_number", "group_name")
NAMES_UNITS = ("lottery_list",)  # tables whose rows would name cooperatives: empty


# --- the edition, made once -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Edition:
    """What a reader of the public edition holds."""

    home: Path
    run: Path
    tables: Mapping[str, pd.DataFrame]
    numbers: Mapping[str, Mapping[str, Any]]
    labels: Mapping[Term, str] = field(default_factory=dict)


@pytest.fixture(scope="session")
def public(tmp_path_factory: pytest.TempPathFactory) -> Edition:
    out = tmp_path_factory.mktemp("public")
    command = [sys.executable, "-m", "kopanalysis.cli", "report", "--edition", "public", "--lang", "id,en", "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    home = next(out.glob("*/*/latest.json")).parent
    return read_edition(home, home / "runs" / json.loads((home / "latest.json").read_text(encoding="utf-8"))["run"])


def read_edition(home: Path, run: Path) -> Edition:
    tables = {_bare(path.stem): pd.read_csv(path) for path in sorted((run / "tables").glob("*.csv"))}
    numbers = {entry["name"]: entry for entry in json.loads((run / "numbers.json").read_text(encoding="utf-8"))}
    return Edition(home, run, tables, numbers, dict(_labels(run, tables, numbers)))


def _bare(stem: str) -> str:
    """The table's name without that of its brief: ``30-training-impact-arms.rat_held`` is ``arms.rat_held``."""
    notebooks = ("00-summary", "10-data-quality", "20-why-inactive", "30-training-impact", "40-cattle-aid-impact", "50-next-round")
    return next(stem.removeprefix(f"{name}-") for name in notebooks if stem.startswith(name))


def _labels(run: Path, tables: Mapping[str, pd.DataFrame], numbers: Mapping[str, Any]) -> Iterator[tuple[Term, str]]:
    """What is printed in a hidden cell: less than five, or that it hides another."""
    for path in run.glob("*.ipynb"):
        known = dict(_headings(path))
        page = BeautifulSoup((run / f"{path.stem}.en.html").read_text(encoding="utf-8"), "html.parser")
        for figure in page.select("figure.table-figure[data-table]"):
            heads = known.get(str(figure["data-table"]))
            lines = figure.select("tbody tr")
            if heads is None or heads[0] not in tables or len(lines) != len(tables[heads[0]]):
                continue
            columns = [heads[1].get(th.get_text(" ", strip=True)) for th in figure.select("thead th")]
            for row, line in enumerate(lines):
                for column, cell in zip(columns, line.select("td"), strict=False):
                    if column and cell.get_text(strip=True) in ("<5", "…"):
                        yield (heads[0], row, column), cell.get_text(strip=True)
    for term, name in numbers_of(tables):
        if name in numbers and numbers[name]["value"] is None:
            yield term, numbers[name]["text_en"]
    for name, entry in numbers.items():
        if entry["value"] is None:
            yield ("numbers", 0, name), entry["text_en"]


def _headings(notebook: Path) -> Iterator[tuple[str, tuple[str, dict[str, str]]]]:
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        for output in cell.get("outputs", ()):
            for table in output.get("data", {}).get("application/vnd.kopanalysis.record+json", {}).get("tables", ()):
                yield table["name"].replace(".", "-"), (table["name"], dict(zip(table["labels_en"], table["columns"], strict=True)))


# --- names ----------------------------------------------------------------------------------------------------------------------------


def private_words(office: Office) -> set[str]:
    """Whatever names a cooperative or a group in the office's tables, less what officials and media have printed themselves."""
    printed = " ".join(str(value) for value in ka.load_pipeline()["group"].dropna()).lower()
    words = {str(v).strip().lower() for t in office.tables.values() for c in PRIVATE if c in t for v in t[c].dropna()}
    return {word for word in words if len(word) > 3 and word not in printed}


def pieces(path: Path) -> Iterator[tuple[str, bytes]]:
    """Everything a file holds: its bytes, its parts, its pictures, their words."""
    content = path.read_bytes()
    yield path.name, content
    yield from inside(path.name, content)


def inside(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for part in archive.namelist():
                yield f"{name}:{part}", archive.read(part)
                yield from inside(f"{name}:{part}", archive.read(part))
    elif content[:4] == b"%PDF":
        yield f"{name}:text", pdf_text(content).encode()
    elif content[:8] == b"\x89PNG\r\n\x1a\n":
        yield f"{name}:words", b" ".join(png_words(content))
    elif name.endswith(".ipynb"):
        for number, picture in enumerate(re.findall(rb'"png":\s*"([A-Za-z0-9+/=\\n]+)"', content)):
            yield from inside(f"{name}:{number}.png", base64.b64decode(picture.replace(b"\\n", b"")))


def pdf_text(content: bytes) -> str:
    import pypdf

    reader = pypdf.PdfReader(io.BytesIO(content))
    return "\n".join([*(page.extract_text() for page in reader.pages), str(reader.metadata), reader.xmp_metadata.stream.get_data().decode()
                      if reader.xmp_metadata else ""])  # fmt: skip


def png_words(content: bytes) -> Iterator[bytes]:
    place = 8
    while place < len(content):
        size, kind = int.from_bytes(content[place : place + 4], "big"), content[place + 4 : place + 8]
        data = content[place + 8 : place + 8 + size]
        if kind in (b"tEXt", b"iTXt"):
            yield data
        elif kind == b"zTXt":
            yield zlib.decompress(data.split(b"\0", 1)[1][1:])
        place += size + 12


def as_words(content: bytes) -> str:
    """The words of a piece, as they are and without markup, escapes and line ends."""
    text = content.decode("utf-8", "replace")
    plain = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", text))
    spaced = re.sub(r"\s+", " ", re.sub(r"<[^>]*>|\\n|­", " ", text))
    return "\n".join((text, plain, spaced, re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), text))).lower()


def found_in(content: bytes, words: Iterable[str]) -> list[str]:
    text = as_words(content)
    return [word for word in words if word in text]


def test_no_byte_of_any_file_names_a_cooperative(public: Edition, demo_office: Office) -> None:
    words = private_words(demo_office)
    assert len(words) > 400  # names, registry numbers, legal numbers, groups
    told = {}
    for path in sorted(p for p in public.home.rglob("*") if p.is_file()):
        for name, content in pieces(path):
            if found := found_in(content, words):
                told[name] = found[:3]
    assert told == {}


def test_the_search_finds_a_name_in_every_kind_of_file(tmp_path: Path) -> None:
    import matplotlib.pyplot as plt
    import typst
    from openpyxl import Workbook

    name = "KSP Contoh Guna Sundai"
    book = Workbook()
    book.active["A1"] = name
    book.save(tmp_path / "a.xlsx")
    (tmp_path / "b.pdf").write_bytes(typst.compile(name.encode()))
    figure = plt.figure()
    figure.savefig(tmp_path / "c.png", metadata={"Title": name})
    plt.close(figure)
    (tmp_path / "d.html").write_text("<p>KSP <b>Contoh</b>\nGuna Sundai</p>", encoding="utf-8")
    (tmp_path / "e.ipynb").write_text(json.dumps({"png": base64.b64encode((tmp_path / "c.png").read_bytes()).decode()}), encoding="utf-8")
    for path in tmp_path.iterdir():
        assert any(found_in(content, [name.lower()]) for _, content in pieces(path)), path.name


def test_nothing_goes_out_that_is_made_for_the_office_alone(public: Edition) -> None:
    names = {path.name for path in public.run.rglob("*")}
    assert not names & {"load.json", "return", "watchlist.xlsx", "undian.xlsx"}
    assert all(not step["rows"] for step in json.loads((public.run / "trace.json").read_text(encoding="utf-8")).values())
    assert all(entry["rows_sha256"] is None for entry in public.numbers.values())  # a few rows could be guessed from their hash
    for name in NAMES_UNITS:
        assert public.tables[name].empty, name


# --- hidden counts --------------------------------------------------------------------------------------------------------------------


def possible(equations: Iterable[Equation], hidden: Mapping[Term, str], known: Callable[[Term], float]) -> dict[Term, tuple[int, int]]:
    """Smallest and largest value that each hidden count can have, of all whole numbers that keep the sums and the labels."""
    cells = sorted({term for equation in equations for term in equation.terms if term in hidden}, key=str)
    place = {term: number for number, term in enumerate(cells)}
    if not cells:
        return {}
    matrix, right = [], []
    for equation in equations:
        line, rest = np.zeros(2 * len(cells)), float(equation.constant)
        for term, factor in equation.terms.items():
            if term in place:
                line[place[term]] += factor
            else:
                rest -= factor * known(term)
        if line.any():
            matrix.append(line)
            right.append(rest)
    low, high = np.zeros(2 * len(cells)), np.full(2 * len(cells), float(LARGEST))
    high[len(cells) :] = 1
    limits = [LinearConstraint(np.array(matrix), right, right)]
    for term, at in place.items():
        if hidden[term] == "<5":
            low[at], high[at] = 1, SMALL - 1
        elif hidden[term] == "…":  # nought, or five and more
            line = np.zeros(2 * len(cells))
            line[at], line[len(cells) + at] = 1, -SMALL
            upper = line.copy()
            upper[len(cells) + at] = -LARGEST
            limits += [LinearConstraint(line, 0, np.inf), LinearConstraint(upper, -np.inf, 0)]
    return {term: tuple(_end(place[term], sign, limits, Bounds(low, high)) for sign in (1, -1)) for term in cells}  # type: ignore[misc]


def _end(place: int, sign: int, limits: list[LinearConstraint], bounds: Bounds) -> int:
    goal = np.zeros(len(bounds.lb))
    goal[place] = sign
    found = milp(goal, constraints=limits, bounds=bounds, integrality=np.ones(len(goal)))
    assert found.success, f"the published sums contradict each other: {found.message}"
    return round(sign * found.fun)


def hidden_counts(edition: Edition) -> dict[Term, str]:
    """Hidden counts with what is printed in their place; empty where nothing says more."""
    cells = {
        (name, row, column): edition.labels.get((name, row, column), "")
        for name, data in edition.tables.items()
        for column in COUNTS.get(name, ())
        if column in data
        for row, value in enumerate(data[column])
        if pd.isna(value) and not _never_counted(name, data, row, column)
    }
    return cells | {term: label for term, label in edition.labels.items() if term[0] == "numbers" and label in ("<5", "…")}


def _never_counted(name: str, data: pd.DataFrame, row: int, column: str) -> bool:
    return name == "pearls_medians" and pd.isna(data["target"].iloc[row])  # no target, no lights


def value_of(edition: Edition) -> Callable[[Term], float]:
    def known(term: Term) -> float:
        name, row, column = term
        value = edition.numbers[column]["value"] if name == "numbers" else edition.tables[name][column].iloc[row]
        return float(value)

    return known


def test_no_hidden_count_can_be_worked_out(public: Edition) -> None:
    hidden = hidden_counts(public)
    assert len(hidden) > 60
    ranges = possible(relations(public.tables, public.numbers), hidden, value_of(public))
    assert len(ranges) > 50
    single = {term: ends for term, ends in ranges.items() if ends[0] == ends[1]}
    assert single == {}


def test_no_small_count_is_printed(public: Edition) -> None:
    shown = [(n, r, c, v) for n, data in public.tables.items() for c in COUNTS.get(n, ()) if c in data for r, v in enumerate(data[c])]
    assert len(shown) > 300
    assert [cell for cell in shown if 0 < cell[3] < SMALL] == []
    counted = [e for e in public.numbers.values() if e["unit"] == "cooperatives" and e["value"] is not None]
    assert [e["name"] for e in counted if 0 < e["value"] < SMALL] == []


def test_a_share_is_hidden_with_its_count(public: Edition) -> None:
    for name, derived in DERIVED.items():
        data = public.tables[name]
        for column, origins in derived.items():
            bare = data[[origin for origin in origins if origin in data]].isna().any(axis=1)
            assert data.loc[bare, column].isna().all(), (name, column)


def test_no_share_gives_away_a_small_count_or_a_small_rest(public: Edition) -> None:
    shares = [e for e in public.numbers.values() if e["unit"] == "share" and e["value"] is not None and e["n"]]
    measured = [e for e in shares if "wilson" in (e["method"] or "").lower()]
    assert len(measured) > 10
    for entry in measured:
        count = entry["value"] * entry["n"]
        if abs(count - round(count)) < 1e-6:
            assert not 0 < round(count) < SMALL, entry["name"]
            assert not 0 < entry["n"] - round(count) < SMALL, entry["name"]


def test_every_published_table_has_been_thought_about(public: Edition) -> None:
    assert set(public.tables) - set(COUNTS) == set(), "say in public_sums.py which columns count cooperatives, and what adds up"
    unused = {name for name in SUMS if not any(key.startswith(name) for key in (*public.tables, "numbers"))}
    assert unused == set()


def test_the_solver_finds_a_planted_leak(public: Edition) -> None:
    """652 + 48 + hidden = 702 says two; and four and four of eight, both less than five, are found though two cells are hidden."""
    name = next(name for name in public.tables if name.startswith("transitions."))
    leaky = public.tables[name].copy()
    n, seen = float(leaky["n"].iloc[0]), float(leaky["count"].iloc[1])
    leaky.loc[0, "count"] = n - seen - 2
    planted = Edition(public.home, public.run, {**public.tables, name: leaky}, public.numbers, public.labels)
    ranges = possible(relations(planted.tables, planted.numbers), hidden_counts(planted), value_of(planted))
    assert ranges[name, 2, "count"] == (2, 2)
    eight = Equation({("t", 0, "a"): 1, ("t", 0, "b"): 1, ("t", 0, "total"): -1})
    four = possible([eight], {("t", 0, "a"): "<5", ("t", 0, "b"): "<5"}, lambda _: 8.0)
    assert set(four.values()) == {(4, 4)}
    assert set(possible([eight], {("t", 0, "a"): "<5", ("t", 0, "b"): "…"}, lambda _: 9.0).values()) == {(1, 4), (5, 8)}
