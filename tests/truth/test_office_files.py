"""The demonstration files: reproducible, small, marked, with each piece of dirt in its place, and read back with the same counts."""

from __future__ import annotations

import csv
import tomllib
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from python_calamine import CalamineWorkbook

from kopanalysis.errors import CallError
from kopanalysis.loaders.load import Office, load_office
from kopanalysis.metrics.activity import at_date, classify
from kopanalysis.metrics.panel import build_panel
from kopanalysis.resources import resource
from kopanalysis.truth import dirt as files
from kopanalysis.truth.dirt import DIRT, Dirt
from kopanalysis.truth.district import draw_district
from kopanalysis.truth.office_files import DEMO_EFFECTS, DEMO_SEED, write_demo, write_office
from kopanalysis.truth.writing import MARK

Cells = list[list[Any]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("demo")
    write_demo(home)
    return home


@pytest.fixture(scope="module")
def sheets(folder: Path) -> dict[tuple[str, str], Cells]:
    found: dict[tuple[str, str], Cells] = {}
    for name in files.FILES:
        path = folder / name
        if path.suffix == ".xlsx":
            found |= {
                (name, sheet.title): [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in openpyxl.load_workbook(path)
            }
        elif path.suffix == ".ods":
            book = CalamineWorkbook.from_path(path)
            found |= {(name, sheet): book.get_sheet_by_name(sheet).to_python() for sheet in book.sheet_names}
        else:
            comma = name == files.GROUPS
            with path.open(encoding="utf-8-sig" if comma else "cp1252", newline="") as file:
                found[name, ""] = list(csv.reader(file, delimiter="," if comma else ";"))
    return found


def test_same_seed_same_bytes_as_the_shipped_demo(folder: Path) -> None:
    shipped = resource("data", "demo")
    for path in sorted(folder.iterdir()):
        assert path.read_bytes() == (shipped / path.name).read_bytes(), path.name
    assert {path.name for path in folder.iterdir()} == {*files.FILES, "office.toml"}


def test_small_and_marked(folder: Path, sheets: dict[tuple[str, str], Cells]) -> None:
    assert sum(path.stat().st_size for path in folder.iterdir()) < 1_500_000
    for (name, sheet), rows in sheets.items():
        if rows and sheet not in ("Daftar Kecamatan", "Sheet2"):
            assert any(MARK in map(str, row) for row in rows[:4]), (name, sheet)
    settings = tomllib.loads((folder / "office.toml").read_text(encoding="utf-8"))
    assert settings["report"]["region"] == "13.11"
    assert settings["office"]["demonstration"] is True


def holds(rows: Cells, piece: Dirt) -> bool:
    texts = [[str(cell) for cell in row if cell is not None] for row in rows]
    if piece.kind == "row":
        wanted = [str(cell) for cell in piece.cells.values()]
        return any(all(cell in row for cell in wanted) for row in texts)
    if piece.kind == "copy":
        numbered = [tuple(row) for row in texts if row and row[0].isdigit()]
        return len(set(numbered)) == len(numbered) - 1
    return any(str(piece.value) in cell for row in texts for cell in row)


@pytest.mark.parametrize(
    "piece", [p for p in DIRT if p.value is not None or p.kind != "layout"], ids=lambda p: f"{p.trap}-{p.sheet}-{p.what}"
)
def test_each_piece_of_dirt_is_there(sheets: dict[tuple[str, str], Cells], piece: Dirt) -> None:
    assert holds(sheets[piece.file, piece.sheet], piece)


def test_shape_of_the_workbooks(folder: Path, sheets: dict[tuple[str, str], Cells]) -> None:
    book = openpyxl.load_workbook(folder / files.REGISTER_OLD)
    assert book["Daftar Kecamatan"].sheet_state == "hidden"
    assert sheets[files.REGISTER_OLD, "Sheet2"] == []
    assert book["2016"].merged_cells.ranges
    assert any(isinstance(row[0], int) and isinstance(row[1], int) and row[1] > 10**12 for row in sheets[files.REGISTER_OLD, "2017"])
    assert openpyxl.load_workbook(folder / files.REGISTER_LAST).sheetnames == ["Register"]


def test_without_dirt_there_is_none(tmp_path: Path) -> None:
    write_office(draw_district(DEMO_SEED, inactive=49, foot_and_mouth=True, **DEMO_EFFECTS), tmp_path, dirt=False)
    office = load_office(tmp_path)
    assert office.set_aside[office.set_aside["scope"] == "row"].empty
    assert office.duplicates.empty


@pytest.fixture(scope="module")
def office(folder: Path) -> Office:
    return load_office(folder)


@pytest.mark.parametrize("as_of", ["2022-08-25", None])
def test_the_headline_holds_after_the_dirt(office: Office, as_of: str | None) -> None:
    day = at_date(classify(build_panel(office, as_of, region="13.11")), "2022-08-25")
    assert (len(day), (day["status"] == "inactive").sum()) == (127, 49)


def test_every_clean_row_is_read_back(office: Office) -> None:
    clean = draw_district(DEMO_SEED, inactive=49, foot_and_mouth=True, **DEMO_EFFECTS).tables
    extra = {"register": 1, "groups": -1, "cattle": 2}  # another district's; the link a person has to confirm; births of males, heads twice
    for name, table in clean.items():
        assert len(office.tables[name]) == len(table) + extra.get(name, 0), name


def test_what_was_read_is_what_was_drawn(office: Office) -> None:
    clean = draw_district(DEMO_SEED, inactive=49, foot_and_mouth=True, **DEMO_EFFECTS).tables
    meetings = [
        frame[["coop_id", "book_year", "date_held", "date_reported"]].sort_values(["coop_id", "book_year"])
        for frame in (clean["rat"], office.tables["rat"])
    ]
    for column in ("coop_id", "book_year"):
        assert list(meetings[0][column]) == list(meetings[1][column])
    same = (meetings[0]["date_held"].to_numpy() == meetings[1]["date_held"].to_numpy()).mean()
    assert same == 1.0
    money = [
        frame.sort_values(["coop_id", "book_year"])["assets_idr"].to_numpy() for frame in (clean["accounts"], office.tables["accounts"])
    ]
    assert list(money[0]) == list(money[1])


def test_several_regions_make_several_sets(tmp_path: Path) -> None:
    made = write_demo(tmp_path, seed=3, cooperatives=40, regions=2)
    assert len(made) == 2 * (len(files.FILES) + 1)
    regions = set(load_office(tmp_path).tables["register"]["region"].dropna())
    assert {"13.11", "13.01"} <= regions


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(CallError, match="file"):
        write_demo(tmp_path / "file" / "demo")
