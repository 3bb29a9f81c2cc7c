"""00-explore: a view shows what the briefs would say of it, says so where nobody is left, and can be taken to a brief."""

from __future__ import annotations

import itertools
import re
import shlex
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from nbclient import NotebookClient

import kopanalysis as ka
from kopanalysis import cli, rules
from kopanalysis.present import explore, explore_view
from kopanalysis.present.explore import Desk, View
from kopanalysis.present.explore_panels import Panels, draw_view, ribbon_svg
from kopanalysis.resources import resource
from kopanalysis.results import EDITION_VARIABLE, Table

PLACE = "Pauh Duo"  # about 18 cooperatives in the demonstration data
PANELS = ("headline", "ribbon", "definitions", "survival", "watchlist")


@pytest.fixture(scope="module")
def study() -> Any:
    return ka.open_study("", headline_date="2022-08-25")


@pytest.fixture(scope="module")
def desk(study: Any) -> Desk:
    return explore.open_desk(study)


def words(fragment: str) -> str:
    return " ".join(BeautifulSoup(fragment, "html.parser").get_text(" ").split())


def test_definitions_are_those_of_the_briefs(desk: Desk, study: Any) -> None:
    for view, panel, day in (
        (View(), study.panel, study.as_of),
        (View(last_year=2021), study.headline_panel, study.headline_date),
        (View(kecamatan=PLACE), study.panel[study.panel["kecamatan"] == PLACE], study.as_of),
    ):
        expected = ka.definitions_table(panel, day)
        found = explore.definitions(desk, view)
        pd.testing.assert_frame_equal(found.data, expected.data, check_dtype=False)
        assert {n.name: (n.value, n.low, n.high, n.n) for n in found.numbers if n.name != "register.total" and n.cell} == {
            n.name: (n.value, n.low, n.high, n.n if "rate" in n.name else None) for n in expected.numbers if n.cell
        }


def test_the_headline_of_august_2022_is_that_of_brief_20(desk: Desk) -> None:
    view = View(last_year=2021)
    assert "49 dari 127 koperasi tidak aktif pada 25 Agustus 2022" in words(draw_view(desk, view).headline).replace("\u00a0", " ")
    assert "49 of 127 cooperatives inactive on 25 August 2022" in words(draw_view(desk, view, "en").headline).replace("\u00a0", " ")


@pytest.mark.parametrize("change", [{"kecamatan": PLACE}, {"sector": "Peternakan"}, {"rule": "no_rat_2y"}, {"last_year": 2019}])
def test_every_choice_changes_the_picture(desk: Desk, change: dict[str, Any]) -> None:
    before, after = draw_view(desk, View()), draw_view(desk, View(**change))
    for name in ("ribbon", "survival", "definitions"):
        assert getattr(before, name) != getattr(after, name), name


def test_silence_and_first_year_change_the_curve(desk: Desk) -> None:
    base = draw_view(desk, View())
    assert draw_view(desk, View(silence="evidence")).survival != base.survival
    assert draw_view(desk, View(first_year=2019)).ribbon != base.ribbon


@pytest.mark.parametrize(
    "view",
    [
        View(kecamatan="Sangir Jujuan", sector="Pengangkutan dan Pergudangan", last_year=2015),
        View(kecamatan="nowhere"),
        View(first_year=2022, last_year=2019),
        View(last_year=1999),
    ],
)
def test_where_nobody_is_left_one_sentence_says_so(desk: Desk, view: View) -> None:
    for lang in ("id", "en"):
        panels = draw_view(desk, view, lang)
        assert all(getattr(panels, name) == "" for name in PANELS)
        assert words(panels.note).endswith(".")
        assert len(re.findall(r"[.:;!?](?=\s|$)", words(panels.note))) <= 2


def test_every_kecamatan_and_sector_can_be_looked_at(desk: Desk) -> None:
    for kecamatan, sector in itertools.product(explore.places(desk, "kecamatan")[:3], explore.places(desk, "sector")):
        panels = draw_view(desk, View(kecamatan, sector))
        assert bool(panels.note) != bool(panels.headline)


def test_a_small_kecamatan_shows_its_range_and_what_one_cooperative_weighs(desk: Desk) -> None:
    found = explore.look(desk, View(kecamatan=PLACE))
    assert found is not None
    inner = found.survival.data[found.survival.data["estimate"].between(0.01, 0.99)]
    assert (inner["conf_high"] - inner["conf_low"] > 0.2).all()
    rate = found.definitions.number("inactive.rate.no_rat_3y.legal")
    assert rate.n is not None
    step = f"{100 / rate.n:.1f}".replace(".", ",")
    assert f"satu koperasi saja dari {rate.n}" in words(draw_view(desk, View(kecamatan=PLACE)).headline)
    assert step in words(draw_view(desk, View(kecamatan=PLACE)).headline)
    assert "satu koperasi saja" not in words(draw_view(desk, View()).headline)


def test_names_from_a_workbook_are_escaped() -> None:
    data = pd.DataFrame({"coop_id": ["a"], "name": ["<script>alert(1)</script>"], "kecamatan": ['"><b>'], "2021": ["active"]})
    assert "<script" not in ribbon_svg(Table("ribbon", data), "id")
    assert "<b>" not in ribbon_svg(Table("ribbon", data), "id")


def test_ranks_are_those_of_the_whole_district(desk: Desk, study: Any) -> None:
    whole = ka.watchlist(study.panel).data.set_index("coop_id")
    found = explore.look(desk, View(kecamatan=PLACE))
    assert found is not None
    assert found.watch is not None
    assert list(found.watch.data["rank"]) == list(whole.loc[found.watch.data["coop_id"], "rank"])
    assert set(found.watch.data["kecamatan"]) == {PLACE}


@pytest.mark.parametrize("folder", ["", "two words"])
def test_the_saved_line_is_understood_by_the_command_line(study: Any, folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil

    from kopanalysis.briefs import execute, run

    data_dir = str(shutil.copytree(resource("data", "demo"), tmp_path / folder)) if folder else ""
    orders = []
    monkeypatch.setattr(run, "report", lambda order, *_: orders.append(order) or run.Outcome(tmp_path, tmp_path / "none", True, {}, {}))
    monkeypatch.setattr(execute, "begin_kernels", lambda *_: None, raising=False)
    line = explore.report_line(explore.open_desk(study, data_dir), View(PLACE, rule="no_rat_2y", silence="evidence", last_year=2021))
    program, *rest = shlex.split(line)
    assert program == "kopanalysis"
    cli.app(rest, standalone_mode=False)
    assert orders[0].settings == {"rule": "no_rat_2y", "silence": "evidence"}
    assert str(orders[0].headline_date) == str(orders[0].as_of) == "2022-08-25"
    assert orders[0].data_dir == (Path(data_dir).resolve() if folder else resource("data", "demo"))


def test_every_rule_and_coding_is_a_setting_of_the_briefs() -> None:
    from kopanalysis.briefs.manifest import briefs, read_settings

    for rule, silence in itertools.product(rules.inactivity_rules(), rules.silence_codings()):
        assert read_settings([f"rule={rule}", f"silence={silence}"], list(briefs().values()))["rule"] == rule


def test_widgets_redraw_and_save(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    explorer = explore_view.explore(desk, View(last_year=2021))
    before = explorer.pages["ribbon"].value
    explorer.controls["kecamatan"].value = PLACE
    assert explorer.view == View(PLACE, last_year=2021)
    assert explorer.pages["ribbon"].value != before
    explorer.controls["save"].click()
    assert explorer.controls["line"].value == explore.report_line(desk, explorer.view)
    assert "tidak memilih kecamatan" in words(explorer.pages["remark"].value)
    explorer.controls["first_year"].value = 2024
    assert explorer.pages["headline"].value == ""
    assert explorer.pages["note"].layout.display is None
    explorer.controls["lang"].value = "en"
    assert "isn't a finding" in words(explorer.pages["remark"].value)
    capsys.readouterr()


def test_labels_stand_in_both_languages(desk: Desk) -> None:
    explorer = explore_view.explore(desk)
    for name in View.__dataclass_fields__:
        assert " / " in explorer.controls[name].description


def test_the_public_edition_names_nobody(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(EDITION_VARIABLE, "public")
    public = explore.open_desk(desk)  # a desk of its own: nothing kept from before
    names = set(desk.panel["name"].dropna())
    panels = draw_view(public, View(last_year=2021))
    shown = " ".join(getattr(panels, name) for name in Panels.__dataclass_fields__)
    assert panels.headline
    assert not [name for name in names if name in shown]
    assert explore_view.table_of(public, View(), "id").empty


@pytest.fixture(scope="module")
def executed() -> nbformat.NotebookNode:
    notebook = nbformat.read(resource("notebooks", "00-explore.ipynb"), as_version=4)
    NotebookClient(notebook, kernel_name="python3", timeout=300, extra_arguments=["--IPKernelApp.log_level=50"]).execute()
    return notebook


def test_the_notebook_runs_without_a_screen_and_asks_nothing_of_the_network(executed: nbformat.NotebookNode) -> None:
    outputs = [output for cell in executed.cells if cell.cell_type == "code" for output in cell.outputs]
    assert any("application/vnd.jupyter.widget-view+json" in output.get("data", {}) for output in outputs)
    shown = [output["data"].get("text/html", "") for output in outputs if "data" in output]
    shown += [str(state["state"]) for state in executed.metadata.get("widgets", {}).get("application/vnd.jupyter.widget-state+json", {})
              .get("state", {}).values()]  # fmt: skip
    assert sum(map(len, shown)) > 500_000  # the code of the table travels with the notebook
    for text in shown:
        assert not re.search(r"""(?:src=|<link[^>]*href=|from |import\()["']?https?://""", text)
