"""Real files of other offices, mapped by a small sources.toml: amounts against sums worked by hand, dirt counted."""

from pathlib import Path

import pytest

from kopanalysis.loaders.load import load_office

from .test_load import conserved

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
BUDGETS = {
    # file: rows below the header that are leaves, expression that finds them, and the totals printed in the sheet's own last lines
    # ("JUMLAH BELANJA" of the two that print one; the total line "BELANJA" of the other two, whose leaves have 12-part codes).
    "2014_3403_1468467357.csv": (18, {"Uraian": r"(?i)^(progra|belanja tidak)"}, (759243300538.61, 643354439664.00, -115888860874.61)),
    "3404_1474362099.xlsx": (22, {"Uraian": r"(?i)^(progra|belanja tidak)"}, (13083830564, 12625069150, -458761414)),
    "3402_1473859667.xlsx": (523, {"No. Rekening": r"^([^.]+\.){11}[^.]+$"}, (573082029200,)),
    "3402_1475657332.xls": (417, {"No. Rekening": r"^([^.]+\.){11}[^.]+$"}, (573354470075,)),
}
COLUMNS = {"Sebelum": "own_capital_idr", "Sesudah": "assets_idr", "Angka": "surplus_idr"}


def linked(folder, source):
    """The real file under its own name in a folder of our own, beside a sources.toml."""
    if not source.is_file():
        pytest.skip(f"{source.name} is not here")
    (folder / source.name).symlink_to(source)


def entry(file, *lines):
    return "\n".join([f'[[source]]\nfile = "{file}"', *lines]) + "\n"


@pytest.mark.parametrize("file", BUDGETS)
def test_budget_amounts_are_those_summed_by_hand(tmp_path, file):
    linked(tmp_path, DATA / "spreadsheets" / file)
    count, only, totals = BUDGETS[file]
    names = list(COLUMNS.items()) if len(totals) == 3 else [("Jumlah", "assets_idr")]
    mapped = ['"No. Rekening" = "name"', *(f'"{heading}" = "{column}"' for heading, column in names)]
    kept = [f"'{heading}' = '{pattern}'" for heading, pattern in only.items()]
    lines = ('table = "accounts"', "header_row = 7", "book_year = 2015", "[source.columns]", *mapped, "[source.only]", *kept)
    (tmp_path / "sources.toml").write_text(entry(file, *lines), encoding="utf-8")
    office = load_office(tmp_path, require_register=False)
    conserved(office)
    accounts = office.tables["accounts"]
    assert len(accounts) == count
    assert office.set_aside.empty
    for (_, column), total in zip(names, totals, strict=True):
        assert accounts[column].sum() == pytest.approx(total, abs=0.005)
    (source,) = (line for line in office.sources.to_dict("records") if line["table"])
    assert {item["row"] for item in source["structural"] if item["kind"] == "title"} <= set(range(1, 7))


def test_the_same_sums_by_another_reader():
    """How the hand sums were obtained: the leaves added up by openpyxl alone equal the total line that the sheet prints."""
    import openpyxl

    path = DATA / "spreadsheets" / "3402_1473859667.xlsx"
    if not path.is_file():
        pytest.skip(f"{path.name} is not here")
    rows = list(openpyxl.load_workbook(path, read_only=True, data_only=True).worksheets[0].iter_rows(min_row=8, values_only=True))
    leaves = [row[2] for row in rows if row[0] and len(str(row[0]).strip(" .").split(".")) == 12]
    assert (len(leaves), sum(leaves), rows[0][2]) == (523, 573082029200, 573082029200)


COOPS = "2016open_data_organisations.csv"
COOPS_TOML = entry(
    COOPS,
    'table = "register"',
    "snapshot_date = 2016-06-01",
    "[source.columns]",
    '"CUK Organisation ID" = "legal_number"',
    '"Registered Name" = "name"',
    '"Incorporation Date" = "legal_date"',
    '"Sector - Simplified, High Level" = "sector"',
    '"Registered Status" = "status"',
    "[source.words.status]",
    'Live = "active"',
    'Dead = "dissolved"',
) + entry(
    COOPS,
    'table = "decisions"',
    "[source.columns]",
    '"CUK Organisation ID" = "name"',
    '"Dissolved Date" = "date"',
    "[source.values]",
    'decision = "dissolved"',
    "[source.only]",
    '"Dissolved Date" = "[0-9]"',
)


def test_cooperatives_of_another_country_become_register_and_decisions(tmp_path):
    """8,037 rows in latin-1, line breaks inside cells; 18 repeated ids, 201 without a founding date, 8 whose status and date disagree."""
    linked(tmp_path, DATA / "coopsuk" / COOPS)
    (tmp_path / "sources.toml").write_text(COOPS_TOML, encoding="utf-8")
    office = load_office(tmp_path)
    conserved(office)
    register, decisions = office.tables["register"], office.tables["decisions"]
    assert (len(register), len(decisions)) == (8037 - 18, 1222 - int((office.set_aside["table"] == "decisions").sum()))
    assert register["coop_id"].is_unique
    aside = office.set_aside[office.set_aside["table"] == "register"]
    assert aside["reason"].value_counts().to_dict() == {"key_duplicate": 18}
    assert register["status"].value_counts().to_dict() == {"active": 6811 - 14, "dissolved": 1226 - 4}
    assert register["legal_date"].isna().sum() == 201
    assert decisions["date"].min().strftime("%F") == "2011-02-01"
    odd = office.warnings[office.warnings["field"] == "status"]
    assert odd["value"].value_counts().to_dict() == {"dissolved": 6, "active": 2}
