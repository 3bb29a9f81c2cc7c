"""Every piece of dirt planted in the demonstration files is found, with the reason code that fits it."""

import pytest

from kopanalysis.loaders.load import load_office
from kopanalysis.resources import resource
from kopanalysis.truth import dirt as files
from kopanalysis.truth.dirt import DIRT

ROWS = {  # what -> (scope or "warning", code) of the broken and changed cells
    "a NIK that a spreadsheet rounded": ("warning", "nik_rounded"),
    "a person's 16-digit id in a NIK cell": ("warning", "nik_person_id"),
    "a NIK cell that holds a district's number": ("cell", "out_of_range"),
    "a cooperative of another district": ("warning", "region_other"),
    "a nagari that isn't official": ("cell", "region_unknown"),
    "a cooperative's name spelt differently, without NIK": ("row", "link_missing"),
    "a name that fits none exactly, without NIK": ("row", "link_missing"),
    "a weekday that isn't the date's": ("warning", "date_unreadable"),
    "an English number in an Indonesian column": ("warning", "number_style"),
    "a number of members that is only roughly known": ("warning", "number_style"),
    "a column whose style can't be decided": ("cell", "number_ambiguous"),
    "a row that stands twice": ("row", "key_duplicate"),
}
BROKEN = {
    files.REGISTER_OLD: "key_missing", files.REGISTER_NEW: "key_missing", files.REGISTER_LAST: "key_missing",
    files.RAT: "number_unreadable",
    files.ACCOUNTS: "key_missing", files.HEALTH: "key_missing", files.TRAINING: "key_missing", files.CATTLE: "number_unreadable",
    files.GROUPS: "key_missing", files.FINDINGS: "key_missing", files.DECISIONS: "date_unreadable",
}  # fmt: skip
SILENT = {  # read rightly without a word: forms that leave no doubt; checked where the value must have come out
    "a NIK cell that holds 0", "a kecamatan in Minang spelling", "a kecamatan as initials", "a kecamatan in one word",
    "no date as 30-11--0001", "no date as t.a.d.", "an old spelling of a month", "a shortened month", "an amount as text among numbers",
    "an amount in words", "a zero as text",
}  # fmt: skip


@pytest.fixture(scope="module")
def office():
    return load_office(resource("data", "demo"))


def lines(office, piece, scope):
    listed = office.warnings if scope == "warning" else office.set_aside[office.set_aside["scope"] == scope]
    return listed[(listed["file"] == piece.file) & (listed["sheet"] == (piece.sheet or piece.file.rpartition(".")[0]))]


@pytest.mark.parametrize("piece", [p for p in DIRT if p.kind != "layout" or p.what in ROWS], ids=lambda p: f"{p.file}-{p.sheet}-{p.what}")
def test_each_piece_is_found_for_its_reason(office, piece):
    if piece.what in SILENT or (piece.what not in ROWS and piece.what != "a broken row"):  # or a well-formed row that a later stage judges
        texts = [str(value) for value in office.set_aside["value"]]
        assert str(piece.value) not in texts
        return
    scope, reason = ("row", BROKEN[piece.file]) if piece.what == "a broken row" else ROWS[piece.what]
    assert reason in set(lines(office, piece, scope)["reason"]), piece.what


def test_nothing_is_set_aside_that_was_not_planted(office):
    planted = len([p for p in DIRT if p.what == "a broken row" or ROWS.get(p.what, ("",))[0] == "row"])
    assert (office.set_aside["scope"] == "row").sum() == planted


def test_sheets_titles_and_totals_are_structural(office):
    kinds = {item["kind"] for rows in office.sources["structural"] for item in rows}
    assert {"title", "heading", "subtotal", "total", "signature"} <= kinds
    assert office.sources["hidden"].any()
    assert office.sources["person_columns"].map(bool).any()
    assert list(office.duplicates["why"])
    assert office.questions[["file", "kind"]].to_numpy().tolist() == [[files.TRAINING, "number_style"]]
