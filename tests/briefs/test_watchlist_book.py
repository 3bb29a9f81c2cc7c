"""The watch-list goes out as a workbook and comes back to be scored."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from openpyxl import load_workbook

import kopanalysis as ka
from kopanalysis.briefs.watchlist_book import TO_FILL, read_watchlist, score_list, write_watchlist
from kopanalysis.loaders import xlsx
from kopanalysis.loaders.load import Office
from kopanalysis.resources import resource


def record(table: ka.Table) -> dict[str, object]:
    data = table.data[table.data["listed"]].assign(signs="no_business", rank_range="1–2")
    return {"columns": list(data.columns), "data": data.astype(object).where(data.notna(), None).to_numpy().tolist()}


@pytest.fixture(scope="module")
def listed(demo_office: Office) -> ka.Table:
    return ka.watchlist(ka.build_panel(demo_office, as_of="2023-12-31", region="13.11"))


def test_it_can_be_filled_in_and_read_back(listed: ka.Table, tmp_path: Path) -> None:
    path = write_watchlist(record(listed), tmp_path / "watchlist.xlsx")
    book = load_workbook(path)
    sheet = book.worksheets[0]
    heads = [cell.value for cell in sheet[1]]
    assert set(TO_FILL) <= set(heads)
    sheet.cell(2, heads.index("Sebab") + 1, "pengurus tidak ada lagi")
    book.save(path)
    again = read_watchlist(path)
    expected = listed.data[listed.data["listed"]]
    assert again["coop_id"].tolist() == expected["coop_id"].tolist()
    assert again["rank"].tolist() == expected["rank"].tolist()


def test_it_does_not_hold_the_hour_of_its_making(listed: ka.Table, tmp_path: Path) -> None:
    with zipfile.ZipFile(write_watchlist(record(listed), tmp_path / "watchlist.xlsx")) as parts:
        assert {part.date_time for part in parts.infolist()} == {xlsx.OLDEST}
        assert parts.read("docProps/core.xml").count(f"{xlsx.STAMP:%Y-%m-%d}T".encode()) == 2


def test_last_years_list_is_scored_when_its_meetings_are_known(listed: ka.Table, full_panel: pd.DataFrame, tmp_path: Path) -> None:
    path = write_watchlist(record(listed), tmp_path / "watchlist.xlsx")
    table = score_list(full_panel, str(path))
    values = table.data.set_index("term")["value"]
    target = int(listed.data["target_year"].iloc[0])
    met = full_panel[(full_panel["book_year"] == target) & (full_panel["reported"] == 1)]["coop_id"]
    names = listed.data[listed.data["listed"]]["coop_id"]
    known = names[names.isin(full_panel[full_panel["book_year"] == target]["coop_id"])]
    assert values["known"] == len(known)
    assert values["missed"] == (~known.isin(met)).sum()
    assert table.numbers[0].call is not None


def test_another_workbook_is_refused_and_ours_is_no_register(listed: ka.Table, tmp_path: Path) -> None:
    shutil.copy(resource("data", "demo", "Register per 31 Desember 2025.xlsx"), tmp_path / "office.xlsx")
    with pytest.raises(ka.DataError, match="no watch-list"):
        read_watchlist(tmp_path / "office.xlsx")
    write_watchlist(record(listed), tmp_path / "watchlist.xlsx")
    assert "watchlist.xlsx" not in set(ka.load_office(tmp_path).sources["file"])
