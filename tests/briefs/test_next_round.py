"""Brief 50: what the next round could see, the lottery, its annex and workbook, with good data, with little, and in both editions."""

from __future__ import annotations

import ast
import functools
import json
import math
import re
import zipfile
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

import kopanalysis as ka
from kopanalysis.briefs import decree, lottery_book, next_round, next_round_plan
from kopanalysis.briefs.kop import Letterhead
from kopanalysis.briefs.manifest import briefs
from kopanalysis.briefs.study import Study, open_study
from kopanalysis.briefs.trace import compute_again
from kopanalysis.errors import CallError
from kopanalysis.impact.eligible import list_hash
from kopanalysis.impact.round_power import round_sizes
from kopanalysis.impact.waves import draw_waves, wave_sizes
from kopanalysis.present.shown import Shown, table_record
from kopanalysis.resources import resource
from kopanalysis.results import EDITION_VARIABLE, Table

NOTEBOOK = briefs()["50-next-round"].notebook
OPENED = functools.cache(open_study)  # the same office is read once for all that don't change it


def run_cells(**changes: Any) -> tuple[dict[str, Shown], dict[str, Any]]:
    """Run the brief's own cells in this process; pages by the call that made them, and everything the cells named."""
    names: dict[str, Any] = {}
    pages: dict[str, Shown] = {}
    for cell in json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] != "code" or source.startswith("print"):
            continue
        tree = ast.parse(source)
        last = tree.body[-1]
        body = tree.body[:-1] if isinstance(last, ast.Expr) else tree.body
        with patch.object(ka, "open_study", OPENED):
            exec(compile(ast.Module(body, []), "cell", "exec"), names)
        if isinstance(last, ast.Expr):
            pages[ast.unparse(last.value).split("(")[0].partition(".")[2]] = eval(
                compile(ast.Expression(last.value), "cell", "eval"), names
            )
        if "parameters" in cell["metadata"].get("tags", []):
            names |= changes
    return pages, names


@pytest.fixture(scope="module")
def made() -> tuple[dict[str, Shown], dict[str, Any]]:
    return run_cells()


@pytest.fixture
def register_only(tmp_path: Path) -> str:
    name = "Register per 31 Desember 2025.xlsx"
    (tmp_path / name).write_bytes((resource("data", "demo") / name).read_bytes())
    return str(tmp_path)


def words(pages: dict[str, Shown], lang: Any) -> str:
    return " ".join(page.text(lang) for page in pages.values())


def test_page_one_says_what_fifteen_and_what_sixty_would_show(made: tuple[dict[str, Shown], dict[str, Any]]) -> None:
    pages, names = made
    power = names["power"].data.set_index(["drawn_first", "followed_years"])["visible"]
    assert power[15, 2] > 0.2 > power[60, 2]
    for lang, pattern in (("id", r"Dengan 15 koperasi .* dengan 60 koperasi"), ("en", r"With 15 cooperatives .* with 60 cooperatives")):
        assert re.search(pattern, pages["title"].text(lang))  # type: ignore[arg-type]
        assert len((pages["title"].text(lang) + pages["page_one"].text(lang)).split()) <= 300  # type: ignore[arg-type]
    assert "sebelum 30 Juni 2026" in pages["page_one"].text("id").replace("\u00a0", " ")
    assert "Rp350" in pages["page_one"].text("id")  # without the trainings of village cooperatives, which are not on the list


def test_both_languages_hold_the_same_numbers(made: tuple[dict[str, Shown], dict[str, Any]]) -> None:
    for name, page in made[0].items():
        found = {lang: re.findall(r'data-name="([^"]+)"', page.html.get(lang)) for lang in ("id", "en")}  # type: ignore[arg-type]
        assert sorted(found["id"]) == sorted(found["en"]), name


def test_every_number_is_the_same_again_from_its_rows(made: tuple[dict[str, Shown], dict[str, Any]]) -> None:
    pages, names = made
    study: Study = names["study"]
    numbers = {number.name: number for page in pages.values() for number in page.numbers}
    assert len(numbers) > 40
    again: dict[tuple[str, str], Any] = {}
    for name, number in numbers.items():
        assert number.call is not None, name
        key = (json.dumps(number.call.as_dict(), sort_keys=True), str(number.rows.as_dict()))
        if key not in again:
            again[key] = compute_again(number.call, number.rows, study.office.folder, {}, study.office)
        value = again[key].number(name).value
        assert value == number.value or math.isclose(value, number.value, rel_tol=1e-9), name


def test_the_notebook_takes_a_typed_seed_and_strata() -> None:
    types = {parameter.name: parameter.type for parameter in briefs()["50-next-round"].parameters}
    assert (types["draw_seed"], types["strata"], types["places"], types["village"]) == ("int", "str", "int", "bool")


def test_with_a_register_alone_the_lottery_is_drawn_and_power_is_not(register_only: str) -> None:
    pages, names = run_cells(data_dir=register_only)
    assert names["power"].data.empty
    assert len(names["listed"].data) == names["counts"].number("next.eligible").value > 100
    assert "belum cukup untuk menghitung" in pages["title"].text("id")
    assert "cannot be computed yet" in pages["page_one"].text("en")
    assert "Cannot be computed yet" in pages["power_page"].text("en")
    assert "Biaya pelatihan tidak tercatat" in pages["cost_page"].text("id")
    assert "Its cost is not on record" in pages["page_one"].text("en")
    assert "Gelombang 1" in decree.decree_html(table_record(names["listed"]))


def test_a_short_list_keeps_a_comparison_and_says_what_it_cannot_show() -> None:
    pages, names = run_cells(sectors="Peternakan")
    assert names["counts"].number("next.eligible").value == 5
    assert names["calendar"].data["cooperatives"].tolist() == [3, 1, 1]
    assert re.search(r"Daftar 5 koperasi terlalu pendek|daftar 5 koperasi", pages["title"].text("id"))
    assert "at most 3 can be trained at once" in pages["power_page"].text("en")
    assert "sets wider rules for the list" in pages["page_one"].text("en")


def test_nobody_to_draw_from_asks_for_wider_rules() -> None:
    pages, _ = run_cells(sectors="Pertambangan")
    assert "only 0 cooperatives" in pages["title"].text("en")
    assert "syarat daftar yang lebih luas" in pages["page_one"].text("id")
    for page in ("power_page", "draw_page", "calendar_page"):
        assert "nobody to draw from yet" in pages[page].text("en")


def test_an_odd_number_and_a_single_stratum() -> None:
    _, names = run_cells(places=61, strata="")
    assert names["calendar"].data["cooperatives"].tolist() == [61, 28, 28]
    assert pd.isna(names["facts"].data.set_index("draw_fact").loc["strata", "fact"])


def test_a_seed_set_in_public_is_no_trial() -> None:
    pages, names = run_cells(draw_seed=482913, draw_seed_source="Undian resmi 1 Maret 2026")
    assert "anyone can repeat it" in pages["draw_page"].text("en")
    assert "482913" in pages["draw_page"].html.id
    page = decree.decree_html(table_record(names["listed"]))
    assert "UNDIAN PERCOBAAN" not in page
    assert "--region 13.11 --as-of 2025-12-31" in page
    assert "--set draw_seed=482913 --set places=60" in page
    assert "Undian resmi 1 Maret 2026" in page


def test_the_public_edition_names_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(EDITION_VARIABLE, "public")
    pages, names = run_cells(edition="public")
    cooperatives = set(names["drawn"]["name"])
    said = "".join(page.html.id + page.html.en for page in pages.values())
    assert not [name for name in cooperatives if name in said]
    assert not len(names["listed"].data)
    shown = pd.concat([table.data[["first_wave", "later_waves"]] for table in names["shares"]])
    assert shown.min().min() >= 5
    assert decree.write_decree([table_record(names["listed"])], Path("unused")) is None


def roll(sizes: list[int], states: str = "ab") -> pd.DataFrame:
    places = [f"k{index}" for index, size in enumerate(sizes) for _ in range(size)]
    units = [f"nik:{index:04d}" for index in range(len(places))]
    return pd.DataFrame({"coop_id": units, "kecamatan": places, "status": [states[i % len(states)] for i in range(len(places))]})


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 15), min_size=1, max_size=6), st.integers(0, 90), st.integers(2, 4), st.integers(0, 10_000), st.randoms())
def test_each_wave_has_each_stratum_s_share_within_one_and_each_unit_once(
    sizes: list[int], places: int, waves: int, seed: int, luck: Any
) -> None:
    listed = roll(sizes)
    drawn = draw_waves(listed, places, waves, ("kecamatan",), seed)
    assert sorted(drawn["coop_id"]) == sorted(listed["coop_id"])
    assert sorted(drawn["order"]) == list(range(1, len(listed) + 1))
    assert drawn["wave"].is_monotonic_increasing
    rest = listed["kecamatan"].value_counts()
    for wave, size in enumerate(wave_sizes(len(listed), places, waves), 1):
        took = drawn.loc[drawn["wave"] == wave, "kecamatan"].value_counts().reindex(rest.index, fill_value=0)
        share = rest * size / max(rest.sum(), 1)
        assert took.sum() == size
        assert ((took - share).abs() < 1 + 1e-9).all()
        rest = rest - took
    order = list(range(len(listed)))
    luck.shuffle(order)
    again = draw_waves(listed.iloc[order], places, waves, ("kecamatan",), seed)
    pd.testing.assert_frame_equal(again.reset_index(drop=True), drawn.reset_index(drop=True))
    assert list_hash(listed.iloc[order], ("kecamatan",)) == list_hash(listed, ("kecamatan",))


def test_the_first_wave_is_the_lottery_itself() -> None:
    listed = roll([7, 9, 4])
    lot = ka.draw_lottery(listed, 8, ("kecamatan", "status"), 5)
    waves = draw_waves(listed, 8, 3, ("kecamatan", "status"), 5)
    assert set(lot.loc[lot["drawn"], "coop_id"]) == set(waves.loc[waves["wave"] == 1, "coop_id"])


def test_a_changed_list_has_another_fingerprint() -> None:
    listed = roll([3, 3])
    assert list_hash(listed, ("kecamatan",)) != list_hash(listed.iloc[:-1], ("kecamatan",))
    moved = listed.assign(kecamatan=["k1", *listed["kecamatan"].iloc[1:]])
    assert list_hash(listed, ("kecamatan",)) != list_hash(moved, ("kecamatan",))


@pytest.mark.parametrize(("eligible", "places", "waves", "sizes"), [(117, 60, 3, [60, 29, 28]), (5, 60, 3, [3, 1, 1]), (4, 3, 2, [2, 2]),
                                                                    (1, 1, 2, [0, 1]), (0, 9, 3, [0, 0, 0])])  # fmt: skip
def test_a_third_always_waits(eligible: int, places: int, waves: int, sizes: list[int]) -> None:
    assert wave_sizes(eligible, places, waves) == sizes


def test_what_is_no_phase_in_is_refused() -> None:
    with pytest.raises(CallError, match="no phase-in"):
        draw_waves(roll([4]), 2, 1)
    with pytest.raises(CallError, match="trained_before"):
        run_cells(trained_before="perhaps")


def test_sizes_are_capped_by_the_list() -> None:
    assert round_sizes(117, 60) == (15, 30, 60, 78)
    assert round_sizes(300, 45) == (15, 30, 45, 60, 120)
    assert round_sizes(2, 60) == ()


def listing(name: str = "KSP Contoh") -> dict[str, Any]:
    data = pd.DataFrame(
        {"wave": [1, 2], "order": [1, 2], "name": [name, "B"], "nik": ["1310010000001", ""], "kecamatan": ["Sangir", None], "nagari": "N",
         "status": "active", "seed": 7, "seed_source": "=HYPERLINK(1)", "list_hash": "ab" * 32, "strata": "kecamatan",
         "list_day": "2025-12-31"}
    )  # fmt: skip
    return table_record(Table("lottery_list", data, names_units=True)) | {"brief": "50-next-round"}


def test_the_annex_is_a_word_document_on_the_letterhead_and_the_same_twice(tmp_path: Path) -> None:
    head = Letterhead(government="PEMERINTAH KABUPATEN CONTOH", office="DINAS CONTOH", title="Kepala Dinas,", name="(nama)")
    one = decree.write_decree([listing()], tmp_path, head, "Dinas Contoh", True)
    assert one is not None
    first = one.read_bytes()
    decree.write_decree([listing()], tmp_path, head, "Dinas Contoh", True)
    assert one.read_bytes() == first
    with zipfile.ZipFile(BytesIO(first)) as archive:
        text = re.sub(r"<[^>]+>", " ", archive.read("word/document.xml").decode())
        every = " ".join(archive.read(name).decode() for name in archive.namelist() if name.endswith(".xml"))
    for expected in ("LAMPIRAN KEPUTUSAN", "NOMOR", "1310010000001", "Gelombang 1", "Gelombang 2", "abababababababab", "(nama)"):
        assert expected in text
    assert "DINAS CONTOH" in every
    assert "DATA CONTOH" in every


def test_names_that_a_program_would_run_or_read_as_markup_are_escaped(tmp_path: Path) -> None:
    record = listing("=cmd|'/c calc'!A1<script>alert(1)</script>")
    page = decree.decree_html(record)
    assert "<script>" not in page
    assert "'=HYPERLINK(1)" in page.replace("&#x27;", "'")
    book = load_workbook(lottery_book.write_lottery(record, tmp_path / "undian.xlsx"))
    cell = book["Undian"]["C2"]
    assert (cell.data_type, str(cell.value)[:2]) == ("s", "'=")
    assert book["Undian"]["D2"].value == "1310010000001"
    assert "--only 50-next-round" in str(book["Cara mengulang"]["B6"].value)


def test_the_workbook_is_the_same_twice(tmp_path: Path) -> None:
    paths = [lottery_book.write_lottery(listing(), tmp_path / f"{name}.xlsx") for name in "ab"]
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_records_name_sheets_and_columns_that_the_blank_workbooks_have() -> None:
    page = next_round_plan.records_page()
    assert "Buku RAT: NIK, Tahun Buku, Tanggal RAT, Tanggal Lapor" in page.text("en")


def test_an_assumed_price_is_said_to_be_unverified() -> None:
    pages, names = run_cells(cost_place_idr=1_000_000, cost_visit_idr=50_000)
    assert "belum diperiksa" in pages["cost_page"].text("id")
    assert names["costs"].number("next.cost.first_wave").value == 60_000_000
    assert names["costs"].number("next.cost.records").value == 117 * 2 * 50_000


def test_an_earlier_day_draws_from_that_day_s_list() -> None:
    study = open_study(as_of="2022-08-25")
    counts = ka.eligible_counts(ka.classify(study.panel), date(2022, 8, 25).isoformat())
    assert counts.number("next.register").value == 127


def test_small_helpers() -> None:
    assert next_round.names(" kecamatan, status ,") == ("kecamatan", "status")
    assert next_round.largest_asked(60) == 120
    assert next_round.largest_asked(200) == 200
