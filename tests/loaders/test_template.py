"""Templates: blank ones load as empty, filled ones load whole, nothing is overwritten."""

import datetime as dt

import openpyxl
import pytest

from kopanalysis.errors import CallError
from kopanalysis.loaders.load import load_office
from kopanalysis.loaders.tables import TABLES
from kopanalysis.loaders.template import HEADER_ROW, choices, write_templates


def test_blank_templates_hold_no_data_and_their_example_is_structural(tmp_path):
    paths = write_templates(tmp_path)
    office = load_office(tmp_path, require_register=False)
    assert len(paths) == 9
    tables = office.sources[office.sources["table"].notna()]
    assert set(tables["table"]) == set(TABLES)
    assert tables["accepted"].sum() == tables["set_aside"].sum() == 0
    assert all({"row": HEADER_ROW + 1, "kind": "example"} in structural for structural in tables["structural"])
    assert office.sources["error"].isna().all()
    assert not any(office.sources["unknown_columns"])
    assert not office.demonstration


def filled(column, number):
    options = choices(column)
    if options:
        return options[number % len(options)]
    days = {"date": dt.date(2021, 12, 31), "range": dt.date(2022, 8, 25)}
    values = {
        "nik": f"13100100000{number:02}",
        "name": f"KSP Coba {number}",
        "legal": f"{number}/BH/2010",
        "year": 2021,
        "count": 12,
        "idr": 1_500_000,
        "number": 70,
        "causes": "rat_missed",
    }
    return {**days, **values, "district": "Solok Selatan"}.get(column.kind, None if column.kind == "nagari" else "teks")


def test_filled_templates_load_without_a_question(tmp_path):
    for path, table in zip(write_templates(tmp_path), TABLES.values(), strict=True):
        book = openpyxl.load_workbook(path)
        for number in (1, 2):
            for position, column in enumerate(table.columns, start=2):
                book[table.label].cell(HEADER_ROW + 1 + number, position).value = filled(column, number)
        book.save(path)
    office = load_office(tmp_path)
    assert office.set_aside.empty
    assert office.questions.empty
    for name, table in office.tables.items():
        assert len(table) == 2, name
        assert table["coop_id"].notna().all()
        assert table.drop(columns=["nagari"], errors="ignore").notna().all().all(), name


def test_every_drop_down_choice_is_read_back_as_its_category():
    from kopanalysis.loaders.words import plain_words

    for table in TABLES.values():
        for column in table.columns:
            if column.categories:
                assert {column.categories[plain_words(option)] for option in choices(column)} == set(column.categories.values()), (
                    column.name
                )


def test_nik_cells_are_text_and_lists_are_offered(tmp_path):
    sheet = openpyxl.load_workbook(write_templates(tmp_path)[0])["Daftar Koperasi"]
    nik = next(cell for cell in sheet[HEADER_ROW] if cell.value == "NIK")
    assert sheet.cell(HEADER_ROW + 5, nik.column).number_format == "@"
    assert any("Sangir Balai Janggo" in rule.formula1 for rule in sheet.data_validations.dataValidation)


def test_a_filled_template_is_never_overwritten(tmp_path):
    write_templates(tmp_path)
    with pytest.raises(CallError, match="is there already"):
        write_templates(tmp_path)
