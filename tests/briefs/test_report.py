"""The whole way: office files in, traced bilingual brief out, and what happens when something breaks."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from html_checks import bare_shares, problems

from kopanalysis.briefs.trace import Trace, compute_again, trace_number
from kopanalysis.lineage import Call, Rows
from kopanalysis.loaders.load import Office
from kopanalysis.resources import resource

BRIEF = "20-why-inactive"
DEMO = resource("data", "demo")


def kopanalysis(*words: object, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "kopanalysis.cli", *map(str, words)]
    quiet = {name: value for name, value in os.environ.items() if name != "PYTHONWARNDEFAULTENCODING"}  # other packages warn too
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=quiet | env, timeout=300)


def latest(out: Path) -> Path:
    path = next(out.glob("*/*/latest.json"))
    return path.parent / "runs" / json.loads(path.read_text(encoding="utf-8"))["run"]


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    out = tmp_path_factory.mktemp("reports")
    done = kopanalysis("report", "--only", BRIEF, "--out", out)
    assert done.returncode == 0, done.stderr
    assert "index.html" in done.stdout
    return out


@pytest.fixture(scope="module")
def run(reports: Path) -> Path:
    return latest(reports)


def numbers(run: Path) -> list[dict[str, object]]:
    return json.loads((run / "numbers.json").read_text(encoding="utf-8"))


def test_everything_that_is_promised_is_there(run: Path) -> None:
    for lang in ("id", "en"):
        for ending in ("html", "pdf", "docx", "page-one.png"):
            assert (run / f"{BRIEF}.{lang}.{ending}").stat().st_size > 10_000
    for name in ("numbers.json", "tables.xlsx", "run.json", "trace.json", "load.json", f"{BRIEF}.ipynb"):
        assert (run / name).exists()
    home = run.parents[1]
    page = (home / "index.html").read_text(encoding="utf-8")
    for link in re.findall(r'href="([^"#]+)"', page):
        assert (home / link).exists(), link


def test_pages_are_well_built_and_light(run: Path) -> None:
    for page in (*run.glob("*.html"), run.parents[1] / "index.html"):
        html = page.read_text(encoding="utf-8")
        assert problems(html) == [], page.name
        assert len(html.encode()) < 3_000_000


def test_a_percentage_of_few_never_stands_without_its_count(run: Path) -> None:
    for page in run.glob("*.html"):
        assert bare_shares(page.read_text(encoding="utf-8"), numbers(run)) == [], page.name


def test_the_headline_is_on_page_one(run: Path) -> None:
    title = BeautifulSoup((run / f"{BRIEF}.id.html").read_text(encoding="utf-8"), "html.parser").h1
    assert title is not None
    assert title.get_text().replace("\u00a0", " ") == "49 dari 127 koperasi tidak aktif pada 25 Agustus 2022"


def test_every_number_in_the_text_is_registered_and_both_languages_hold_the_same(run: Path) -> None:
    known = {entry["id"] for entry in numbers(run)}
    spans = {}
    for lang in ("id", "en"):
        soup = BeautifulSoup((run / f"{BRIEF}.{lang}.html").read_text(encoding="utf-8"), "html.parser")
        spans[lang] = [a["data-number"] for a in soup.select("a.number")]
        assert set(spans[lang]) <= known
        for part in soup.select("a.number, time, table, script, style, .page, .section, svg"):
            part.extract()
        body = soup.main
        assert body is not None
        assert not re.search(r"\d", body.get_text()), lang
    assert sorted(spans["id"]) == sorted(spans["en"])
    assert len(set(spans["id"])) > 30


def test_every_number_is_computed_again_from_its_rows_alone(run: Path, demo_office: Office) -> None:
    steps = json.loads((run / "trace.json").read_text(encoding="utf-8"))
    about = json.loads((run / "run.json").read_text(encoding="utf-8"))
    together: dict[str, list[dict[str, object]]] = {}
    for entry in numbers(run):
        step = steps[entry["id"]]
        together.setdefault(json.dumps([step["call"], step["rows"]], sort_keys=True), []).append(entry)
    assert sum(map(len, together.values())) > 150
    wrong = []
    for key, entries in together.items():
        call, rows = json.loads(key)
        result = compute_again(Call.from_dict(call), Rows.from_dict(rows), DEMO, about["inputs"], demo_office)  # type: ignore[arg-type]
        again = {number.name: number.value for number in result.numbers}
        wrong += [entry["name"] for entry in entries if not Trace(entry, Call(""), pd.DataFrame(), again.get(entry["name"])).agrees]  # type: ignore[call-overload]
    assert wrong == []


def test_a_trace_notices_a_wrong_value(run: Path, tmp_path: Path) -> None:
    for name in ("numbers.json", "trace.json", "run.json"):
        shutil.copy(run / name, tmp_path)
    changed = numbers(run)
    entry = next(entry for entry in changed if entry["name"] == "inactive.count.no_rat_3y.legal")
    entry["value"] = 48
    (tmp_path / "numbers.json").write_text(json.dumps(changed), encoding="utf-8")
    assert not trace_number(str(entry["id"]), tmp_path).agrees


def test_trace_says_cell_function_file_sheet_and_rows(run: Path) -> None:
    done = kopanalysis("trace", "inactive.count.no_rat_3y.legal", run)
    assert done.returncode == 0, done.stderr
    for words in ("cell", "definitions_table", "build_panel", "Register", "rows", "computed again from these rows: 49 (the same)"):
        assert words in done.stdout
    assert kopanalysis("trace", "inactive.cuont", run).returncode == 2


def test_the_same_command_finds_its_run(reports: Path, run: Path) -> None:
    before = (run / "run.json").stat().st_mtime_ns
    done = kopanalysis("report", "--only", BRIEF, "--out", reports)
    assert done.returncode == 0
    assert "already there" in done.stdout
    assert (run / "run.json").stat().st_mtime_ns == before


def test_what_lies_beside_the_data_is_part_of_the_hash(tmp_path: Path) -> None:
    from kopanalysis.briefs.manifest import briefs
    from kopanalysis.briefs.run import SETTINGS, Order, run_hash
    from kopanalysis.loaders.load import load_office

    shutil.copy(DEMO / "Register per 31 Desember 2025.xlsx", tmp_path)
    office = load_office(tmp_path)
    order = Order(tmp_path, (briefs()[BRIEF],), tmp_path / "out", "13.11", office.as_of, office.as_of)  # type: ignore[arg-type]
    keys = {run_hash(order, office)}
    for name in SETTINGS:
        (tmp_path / name).write_text("changed", encoding="utf-8")
        keys.add(run_hash(order, office))
    assert len(keys) == len(SETTINGS) + 1
    (tmp_path / "office.toml").write_text('[letterhead]\nlogo = "lambang.png"\n', encoding="utf-8")
    keys = {run_hash(order, office)}
    for name in ("lambang.png", "peta.geojson"):
        for content in (b"one", b"two"):
            (tmp_path / name).write_bytes(content)
            keys.add(run_hash(order, office))
    assert len(keys) == 5


def test_tables_are_on_disk_and_agree_with_the_registry(run: Path) -> None:
    table = pd.read_csv(run / "tables" / f"{BRIEF}-definitions.csv", encoding="utf-8-sig")
    headline = table[(table["rule"] == "no_rat_3y") & (table["silence"] == "legal")].iloc[0]
    assert (headline["total"], headline["inactive"]) == (127, 49)
    assert "definitions" in " ".join(pd.ExcelFile(run / "tables.xlsx", engine="openpyxl").sheet_names)


def test_the_real_series_is_there_and_its_contradiction_marked(run: Path) -> None:
    table = pd.read_csv(run / "tables" / f"{BRIEF}-published_series.csv", encoding="utf-8-sig").set_index("date")
    assert table.loc["2016-03", "inactive"] == 68
    assert table.loc["2022-08-25", ["total", "active", "inactive"]].tolist() == [127, 78, 49]
    assert table.loc["2019-04", "conflict"] == "yes"


def test_the_public_edition_names_nobody_and_hides_small_cells(tmp_path: Path, demo_office: Office) -> None:
    done = kopanalysis("report", "--only", BRIEF, "--out", tmp_path, "--edition", "public", "--lang", "id")
    assert done.returncode == 0, done.stderr
    run = latest(tmp_path)
    texts = [
        path.read_text(encoding="utf-8", errors="ignore") for path in run.rglob("*") if path.suffix in (".html", ".json", ".ipynb", ".csv")
    ]
    names = set(demo_office.tables["register"]["name"].dropna())
    assert not [name for name in names if any(name in text for text in texts)]
    assert all(entry["value"] is None or entry["value"] == 0 or entry["value"] >= 5
               for entry in numbers(run) if entry["unit"] == "cooperatives")  # fmt: skip
    assert not (run / "load.json").exists()


def test_one_register_alone_is_enough(tmp_path: Path) -> None:
    office = tmp_path / "office"
    office.mkdir()
    shutil.copy(DEMO / "Register per 31 Desember 2025.xlsx", office)
    done = kopanalysis("report", office, "--only", BRIEF, "--out", tmp_path / "out", "--lang", "en")
    assert done.returncode == 0, done.stderr
    page = (latest(tmp_path / "out") / f"{BRIEF}.en.html").read_text(encoding="utf-8")
    assert "Cannot be computed from the files at hand" in page
    assert "DEMONSTRATION DATA" in page


def test_a_broken_file_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    office = tmp_path / "office"
    office.mkdir()
    shutil.copy(DEMO / "Register per 31 Desember 2025.xlsx", office)
    (office / "rusak.xlsx").write_bytes(b"PK\x03\x04 not a workbook")
    done = kopanalysis("check", office, "--out", tmp_path / "check")
    assert done.returncode == 0, done.stderr
    assert "rusak.xlsx" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["report", "nowhere"], 2, "no folder"),
        (["report", "--set", "regoin=13.11"], 2, "Did you mean region"),
        (["report", "--set", "rule=no_rat_3"], 2, "no_rat_3y"),
        (["report", "--lang", "xx"], 2, "--lang"),
        (["report", "--only", "99"], 2, "20-why-inactive"),
        (["report", "--region", "13.1"], 2, "13.1"),
        (["report", "--as-of", "kemarin"], 2, "2022-08-25"),
        (["report", "--edition", "secret"], 2, "public"),
        (["report", "--kernel", "hot"], 2, "plain"),
        (["fleet", "nowhere"], 2, "no folder"),
        (["certify", "--districts", "5"], 2, "at least 10"),
        (["nonsense"], 2, "nonsense"),
    ],
)
def test_a_wrong_call_gets_one_sentence(words: list[str], code: int, said: str, tmp_path: Path) -> None:
    done = kopanalysis(*words, *(["--out", tmp_path] if words[0] == "report" else []))
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.rglob("*.html"))


def test_an_output_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file, not a folder", encoding="utf-8")
    done = kopanalysis("report", "--out", tmp_path / "out")
    assert done.returncode == 2
    assert "can't be written" in done.stderr


def copy_of_the_package(folder: Path) -> dict[str, str]:
    """A copy of the checkout whose notebooks may be broken."""
    root = Path(__file__).parents[2]
    for name in ("src", "notebooks", "data"):
        shutil.copytree(root / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return {"PYTHONPATH": str(folder / "src")}


def test_a_failing_cell_leaves_the_portal_on_the_run_before(tmp_path: Path) -> None:
    env = copy_of_the_package(tmp_path / "house")
    out = tmp_path / "out"
    assert kopanalysis("report", "--only", BRIEF, "--out", out, "--lang", "id", **env).returncode == 0
    good = latest(out)
    page = (good.parents[1] / "index.html").read_text(encoding="utf-8")
    path = tmp_path / "house" / "notebooks" / f"{BRIEF}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.insert(6, nbformat.v4.new_code_cell("1 / 0"))
    nbformat.write(notebook, path)
    done = kopanalysis("report", "--only", BRIEF, "--out", out, "--lang", "id", **env)
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert latest(out) == good
    assert (good.parents[1] / "index.html").read_text(encoding="utf-8") == page
    failed = next((good.parent).glob(f"*/failed/{BRIEF}.ipynb"))
    assert "ZeroDivisionError" in failed.read_text(encoding="utf-8")


def test_a_bare_digit_in_a_template_stops_the_brief(tmp_path: Path) -> None:
    env = copy_of_the_package(tmp_path / "house")
    templates = tmp_path / "house" / "src" / "kopanalysis" / "present" / "templates" / "why_inactive.toml"
    text = templates.read_text(encoding="utf-8")
    templates.write_text(text.replace("Yang pasti: apa", "Yang pasti: 49 dan apa"), encoding="utf-8")
    done = kopanalysis("report", "--only", BRIEF, "--out", tmp_path / "out", "--lang", "id", **env)
    assert done.returncode == 1
    assert "holds a digit" in done.stderr
    assert not list((tmp_path / "out").glob("*/*/index.html"))


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is not a Windows signal")
def test_a_killed_run_leaves_nothing_visible_and_the_next_one_finishes(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "kopanalysis.cli", "report", "--only", BRIEF, "--out", str(tmp_path), "--lang", "id"]
    started = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    until = time.monotonic() + 60
    while not list(tmp_path.glob("*/*/runs/.staging-*")) and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(1.0)
    os.killpg(started.pid, signal.SIGKILL)
    started.wait()
    assert not list(tmp_path.glob("*/*/index.html"))
    assert not list(tmp_path.glob("*/*/runs/[!.]*"))
    done = kopanalysis("report", "--only", BRIEF, "--out", tmp_path, "--lang", "id")
    assert done.returncode == 0, done.stderr
    assert not list(tmp_path.glob("*/*/runs/.staging-*"))
    assert latest(tmp_path).exists()
