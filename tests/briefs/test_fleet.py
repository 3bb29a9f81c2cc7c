"""Many regions: all of them made, found again, and finished after whatever was killed, with nobody left behind."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any

import fleet_house as fh
import fleet_whole
import psutil
import pytest
from bs4 import BeautifulSoup
from openpyxl import load_workbook

from kopanalysis.briefs import fleet, fleet_pool, rollup_facts
from kopanalysis.briefs.fleet import Progress, choose_regions
from kopanalysis.briefs.fleet_task import LOST, worth_another
from kopanalysis.briefs.rollup import page
from kopanalysis.briefs.rollup_facts import EARLIER, FAILED, Cell, Line, ranked
from kopanalysis.errors import CallError
from kopanalysis.truth.office_files import write_demo

CODES = ("13.01", "13.02", "13.11")
NOTHING_RUNS_AFTER = 15.0  # seconds


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fh.build_house(tmp_path_factory.mktemp("house"))


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("province")
    write_demo(folder, seed=4, cooperatives=60, regions=3)
    return folder


@pytest.fixture(scope="module")
def reports(house: Path, province: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("reports")
    done = fh.run(house, "fleet", province, "--out", out)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 to report" in done.stdout
    assert "3 of 3" in done.stdout.splitlines()[-2]
    return out


def run_of(out: Path, code: str) -> Path:
    path = next(out.glob(f"{code}/*/latest.json"))
    return path.parent / "runs" / json.loads(path.read_text(encoding="utf-8"))["run"]


def numbers(run: Path) -> dict[str, dict[str, Any]]:
    return {entry["name"]: entry for entry in json.loads((run / "numbers.json").read_text(encoding="utf-8"))}


def assert_whole(out: Path) -> None:
    """Every run that a reader can reach is complete, every region has one, and nothing else lies about."""
    assert fleet_whole.faults(out, list(CODES)) == []
    for code in CODES:
        for lang in ("id", "en"):
            assert all((run_of(out, code) / f"{fh.BRIEF}.{lang}.{ending}").stat().st_size > 1000 for ending in ("html", "pdf", "docx"))
    assert (out / "fleet.html").exists()


def test_every_region_has_its_briefs(reports: Path) -> None:
    assert_whole(reports)


def test_what_is_broken_is_named(reports: Path, tmp_path: Path) -> None:
    import shutil

    out = tmp_path / "out"
    shutil.copytree(reports, out)
    run, before = run_of(out, "13.02"), fleet_whole.fingerprints(out)
    for name in (f"{fh.BRIEF}.id.pdf", f"{fh.BRIEF}.en.docx", f"{fh.BRIEF}.en.html", "tables.xlsx", "numbers.json"):
        whole = (run / name).read_bytes()
        (run / name).write_bytes(whole[: len(whole) // 2])
        assert all(name.partition(".")[0] in fault for fault in fleet_whole.faults(out, list(CODES)))
        assert name in " ".join(fleet_whole.faults(out, list(CODES)))
        assert [fault.rpartition("/")[2] for fault in fleet_whole.changed(before, out)] == [f"{name} is another"]
        (run / name).write_bytes(whole)
    about = json.loads((run / "run.json").read_text(encoding="utf-8"))
    for failures, fine in (({fh.BRIEF: "x lost its kernel. Run again."}, True), ({}, False)):
        (run / "run.json").write_text(json.dumps(about | {"complete": False, "failures": failures}), encoding="utf-8")
        assert "isn't complete" in " ".join(fleet_whole.faults(out))
        assert (fleet_whole.faults(out, over=False) == []) is fine
        assert "13.02" not in fleet_whole.regions_whole(out)
    (run / "run.json").write_text(json.dumps(about), encoding="utf-8")
    (run / f"{fh.BRIEF}.id.html").unlink()
    faults = " ".join(fleet_whole.faults(out, [*CODES, "13.03"]))
    assert all(said in faults for said in (f"{fh.BRIEF}.id.html is missing", "links to", "13.03 has no run"))


def test_a_second_run_finds_them_all(house: Path, province: Path, reports: Path) -> None:
    before = {code: run_of(reports, code) for code in CODES}
    done = fh.run(house, "fleet", province, "--out", reports)
    assert (done.returncode, done.stdout.count("nothing changed since")) == (0, 3), done.stdout + done.stderr
    assert {code: run_of(reports, code) for code in CODES} == before


def test_report_of_one_region_is_the_same_run(house: Path, province: Path, reports: Path, tmp_path: Path) -> None:
    found = fh.run(house, "report", province, "--region", "13.02", "--out", reports)
    assert "is already there" in found.stdout, found.stdout + found.stderr
    alone = fh.run(house, "report", province, "--region", "13.02", "--out", tmp_path)
    assert alone.returncode == 0, alone.stderr
    assert numbers(run_of(tmp_path, "13.02")) == numbers(run_of(reports, "13.02"))
    assert run_of(tmp_path, "13.02").name == run_of(reports, "13.02").name


def test_a_number_of_a_region_is_traced_through_the_whole_folder(house: Path, reports: Path) -> None:
    done = fh.run(house, "trace", "register.total", run_of(reports, "13.02"))
    assert (done.returncode, "(the same)" in done.stdout) == (0, True), done.stdout + done.stderr
    assert "Solok - " in done.stdout
    assert "Pesisir" not in done.stdout


def test_the_rollup_says_what_the_registries_say(reports: Path) -> None:
    with (reports / "rollup.csv").open(encoding="utf-8", newline="") as lines:
        rows = {row["region"]: row for row in csv.DictReader(lines)}
    soup = BeautifulSoup((reports / "fleet.html").read_text(encoding="utf-8"), "html.parser")
    shown = {anchor["data-number"]: anchor for anchor in soup.select("a.number")}
    assert set(rows) == set(CODES)
    for code, row in rows.items():
        known = numbers(run_of(reports, code))
        total, count = known["register.total"], known["inactive.count.no_rat_3y.legal"]
        assert (float(row["total"]), float(row["inactive"])) == (total["value"], count["value"])
        anchor = shown[f"{code} {total['id']}"]
        assert anchor.get_text() == str(int(total["value"]))
        target = (reports / anchor["href"].partition("#")[0]).read_text(encoding="utf-8")
        assert f"id='{total['id']}'" in target or f'id="{total["id"]}"' in target
    for link in soup.select("tbody th a"):
        assert (reports / link["href"]).exists()
    assert "DATA CONTOH" in soup.select_one(".mark").get_text()
    sheet = load_workbook(reports / "rollup.xlsx")["rollup"]
    assert sheet.max_row == 1 + len(CODES)


def test_the_rollup_reads_each_registry_once_however_often_it_is_written(
    province: Path, reports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    names: list[str] = []
    read, before = rollup_facts._read, (reports / "rollup.csv").read_text(encoding="utf-8")
    about = {"districts": {code: {"rows": 1} for code in CODES}, "store": "", "seconds": 0.0, "unassigned": 0, "unread": [], "shared": []}
    portals = {code: run_of(reports, code).parents[1] / "index.html" for code in CODES}
    answers = [
        {"name": code, "portal": str(portal), "found": True, "failures": {}, "briefs": 1, "seconds": 0.0}
        for code, portal in portals.items()
    ]
    written: list[float] = []
    monkeypatch.setattr(rollup_facts, "_read", lambda path: (names.append(path.name), read(path))[1])
    monkeypatch.setattr(fleet, "_read_once", lambda asked: about)
    monkeypatch.setattr(fleet, "_on_this_machine", lambda tasks, jobs: iter(answers))
    monkeypatch.setattr(fleet, "ROLLUP_EVERY_S", -1.0)
    monkeypatch.setattr(fleet, "ROLLUP_REST", 0.0)
    roll_up = fleet._roll_up
    monkeypatch.setattr(fleet, "_roll_up", lambda *given: (written.append(0.0), roll_up(*given))[1])
    outcome = fleet.run_fleet(fleet.Fleet(province, reports), lambda line: None)
    assert (outcome.failures, outcome.found, len(written)) == ({}, 3, 4)
    assert names.count("numbers.json") == 3
    written.clear()
    monkeypatch.setattr(fleet, "ROLLUP_REST", 1e9)  # what took a while isn't done again soon
    fleet.run_fleet(fleet.Fleet(province, reports), lambda line: None)
    assert len(written) == 2
    assert (reports / "rollup.csv").read_text(encoding="utf-8") == before


def test_the_rollup_loads_nothing_and_its_script_is_allowed_by_its_hash(reports: Path) -> None:
    import base64
    import hashlib

    soup = BeautifulSoup((reports / "fleet.html").read_text(encoding="utf-8"), "html.parser")
    policy = soup.find("meta", attrs={"http-equiv": "Content-Security-Policy"})["content"]
    digest = base64.b64encode(hashlib.sha256(soup.find("script").string.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in policy
    assert not soup.find_all(["link", "iframe", "img"])
    assert not [tag for tag in soup.find_all(href=True) if tag["href"].startswith(("http", "//"))]


def started(house: Path, province: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[subprocess.Popen[str], int]:
    """A fleet, and the process of a worker in the middle of a run."""
    monkeypatch.setenv("KOPANALYSIS_FLEET_TEST", str(out))  # inherited by all, so that any that is left can be found
    fleet = fh.start(house, "fleet", province, "--out", out)
    return fleet, int(str(fh.wait_for(lambda: fh.at_work(out))))


def test_a_killed_worker_loses_nothing(house: Path, province: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet, worker = started(house, province, tmp_path, monkeypatch)
    fh.kill(worker)
    told, wrong = fleet.communicate(timeout=300)
    assert fleet.returncode == 0, told + wrong
    assert_whole(tmp_path)
    fh.wait_for(lambda: not fh.living(tmp_path), NOTHING_RUNS_AFTER)


def test_a_killed_command_leaves_nobody_and_the_next_finishes(
    house: Path, province: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    fleet, _ = started(house, province, tmp_path, monkeypatch)
    fh.kill(fleet.pid)
    fleet.wait()
    fh.wait_for(lambda: not fh.living(tmp_path), NOTHING_RUNS_AFTER)
    for run in tmp_path.glob("*/*/runs/[!.]*"):
        assert json.loads((run / "run.json").read_text(encoding="utf-8"))["complete"]
    done = fh.run(house, "fleet", province, "--out", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert_whole(tmp_path)


def test_an_interrupt_ends_everybody(house: Path, province: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import signal

    fleet, _ = started(house, province, tmp_path, monkeypatch)
    fleet.send_signal(signal.SIGINT)
    fleet.communicate(timeout=60)
    assert fleet.returncode != 0
    fh.wait_for(lambda: not fh.living(tmp_path), NOTHING_RUNS_AFTER)


def test_a_region_that_fails_is_told_and_the_others_are_done(house: Path, province: Path, tmp_path: Path) -> None:
    import shutil

    data = tmp_path / "data"
    shutil.copytree(province, data)
    for path in data.glob("Solok - Register ODS*"):
        path.unlink()
    done = fh.run(house, "fleet", data, "--out", tmp_path / "out", "--as-of", "2021-12-31", "--headline-date", "2021-12-31")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "13.02: " in done.stderr
    with (tmp_path / "out" / "rollup.csv").open(encoding="utf-8", newline="") as lines:
        states = {row["region"]: (row["state"], row["message"] != "") for row in csv.DictReader(lines)}
    assert states == {"13.01": ("done", False), "13.02": (FAILED, True), "13.11": ("done", False)}
    assert "gagal" in (tmp_path / "out" / "fleet.html").read_text(encoding="utf-8")


def test_the_call_is_checked_before_anything_is_read(house: Path, province: Path, tmp_path: Path) -> None:
    cases = [
        (("--regions", "14.*"), "13.01, 13.02, 13.11"), (("--kernel", "hot"), "--kernel"), (("--set", "region=13.02"), "as an option"),
        (("--as-of", "soon"), "2022-08-25"), (("--only", "20-why"), "Did you mean 20-why-inactive"),
    ]  # fmt: skip
    for words, said in cases:
        done = fh.run(house, "fleet", province, "--out", tmp_path, *words)
        assert (done.returncode, said in done.stderr, len(done.stderr.splitlines())) == (2, True, 1), done.stderr


WORKER = """
import json, os, signal, subprocess, sys, time
for line in sys.stdin:
    task = json.loads(line)
    flag = task.get("flag", "")
    if task["do"] == "die" or (task["do"] == "die once" and not os.path.exists(flag)):
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
        open(flag, "a", encoding="utf-8").write(str(child.pid) + " ")
        time.sleep(1.5)
        print("last words", file=sys.stderr, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(task.get("takes", 0))
    failures = {"x": "x lost its kernel. Run again."} if task["do"] == "lose kernel once" and not os.path.exists(flag) else {}
    if failures:
        open(flag, "w", encoding="utf-8").close()
    print(json.dumps({"name": task["name"], "pid": os.getpid(), "failures": failures, "at": time.time()}), flush=True)
"""


def small_worker(log: IO[str]) -> subprocess.Popen[str]:
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": log}
    return subprocess.Popen([sys.executable, "-c", WORKER], text=True, encoding="utf-8", bufsize=1, **pipes)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(fleet_pool, "start_worker", small_worker)
    yield
    ours = [child for child in psutil.Process().children(recursive=True) if WORKER in child.cmdline()]
    assert ours == []


def _alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.usefixtures("small")
def test_a_task_whose_process_dies_is_done_once_more(tmp_path: Path) -> None:
    once, always, kernel = (str(tmp_path / name) for name in ("once", "always", "kernel"))
    tasks = [
        {"name": "a", "do": "die once", "flag": once}, {"name": "b", "do": "die", "flag": always}, {"name": "c", "do": "work"},
        {"name": "d", "do": "lose kernel once", "flag": kernel},
    ]  # fmt: skip
    answers = {answer["name"]: answer for answer in fleet_pool.run_all(tasks, 2)}
    assert set(answers) == {"a", "b", "c", "d"}
    assert all("error" not in answers[name] and not answers[name]["failures"] for name in "acd")
    assert "ended from outside" in answers["b"]["error"]
    assert "last words" in answers["b"]["error"]
    children = [int(pid) for path in (once, always) for pid in Path(path).read_text(encoding="utf-8").split()]
    assert len(children) == 3
    until = time.monotonic() + NOTHING_RUNS_AFTER
    while (left := [pid for pid in children if _alive(pid)]) and time.monotonic() < until:
        time.sleep(0.1)
    assert not left


@pytest.mark.usefixtures("small")
def test_a_worker_waits_for_nobody_who_reads_answers() -> None:
    answers = fleet_pool.run_all([{"name": name, "do": "work"} for name in "ab"], 1)
    next(answers)
    time.sleep(2)
    looked = time.time()
    assert next(answers)["at"] < looked
    assert list(answers) == []


@pytest.mark.usefixtures("small")
def test_little_memory_means_one_task_at_a_time() -> None:
    def workers(free: int) -> int:
        tasks = [{"name": str(i), "do": "work", "takes": 0.3} for i in range(4)]
        return len({answer["pid"] for answer in fleet_pool.run_all(tasks, 2, needed=100, free=lambda: free)})

    assert (workers(99), workers(100)) == (1, 2)


def test_free_memory_is_that_of_the_group_where_it_has_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = fleet_pool.free_memory()
    assert whole > 0
    for name, text in (("GROUP_LIMIT", "1000"), ("GROUP_USED", "900")):
        (tmp_path / name).write_text(text, encoding="utf-8")
        monkeypatch.setattr(fleet_pool, name, tmp_path / name)
    assert fleet_pool.free_memory() == 100
    (tmp_path / "GROUP_LIMIT").write_text("max", encoding="utf-8")
    assert fleet_pool.free_memory() > 100


def test_patterns_choose_regions() -> None:
    codes = ["13.01", "13.11", "14.01"]
    assert choose_regions("", codes) == codes
    assert choose_regions("13.*, 14.01", codes) == codes
    assert choose_regions("13.11", codes) == ["13.11"]
    with pytest.raises(CallError, match=r"15\.\*"):
        choose_regions("13.11,15.*", codes)


def test_progress_counts_only_what_was_made_anew() -> None:
    start = Progress(4, 2, began=time.monotonic() - 60)
    found = start.after({"name": "a", "found": True, "briefs": 5, "failures": {}})
    assert (found.done, found.made, found.briefs) == (1, 0, 0)
    assert "left" not in found.line({"name": "a", "found": True, "briefs": 5, "failures": {}})
    made = found.after({"name": "b", "found": False, "briefs": 5, "failures": {"x": "y"}, "seconds": 60})
    line = made.line({"name": "b", "found": False, "briefs": 5, "failures": {"x": "y"}, "seconds": 60})
    assert (made.done, made.made, made.briefs) == (2, 1, 4)
    assert "1 of 5 briefs failed (2 of 4; 4.0 briefs a minute; about 2 min left)" in line


def rated(code: str, inactive: int, judged: int) -> Line:
    share = inactive / judged
    rate = Cell(share, share - 0.05, share + 0.05, judged, identity="N-2", page="x.html")
    return Line(code, code, "done", total=Cell(judged, identity="N-1"), inactive=Cell(inactive, identity="N-3"), rate=rate)


def test_ranks_have_intervals() -> None:
    lines = {line.region: line for line in ranked([rated("b", 490, 1000), rated("a", 100, 1000), rated("c", 500, 1000)])}
    assert [(lines[code].rank, lines[code].rank_low, lines[code].rank_high) for code in "cba"] == [(1, 1, 2), (2, 1, 2), (3, 3, 3)]
    assert [line.region for line in ranked([rated("z", 0, 50), Line("y", "y"), rated("x", 50, 50)])] == ["x", "z", "y"]


def test_the_public_edition_hides_a_small_count_and_every_total_that_would_give_it_away() -> None:
    small = Line("a", "A", "done", edition="public", total=Cell(100, identity="N-1"), rate=Cell(identity="N-2"),
                 inactive=Cell(text_id="kurang dari lima", identity="N-3"))  # fmt: skip
    soup = BeautifulSoup(page([small, rated("b", 40, 100)]), "html.parser")
    assert "kurang dari lima" in soup.select_one("tbody tr").get_text()
    assert [cell.get_text() for cell in soup.select("tfoot td.num")] == ["200", "–", "–"]
    assert "Edisi publik" in soup.get_text()


def test_a_region_with_an_older_run_says_so() -> None:
    line = Line("a", "<b>A</b>", EARLIER, "its process was ended from outside.", portal="a/index.html")
    text = page([line])
    assert "<b>A</b>" not in text
    assert "versi sebelumnya" in text
    assert "ended from outside" in text


def test_dask_is_asked_for_politely(house: Path, province: Path, tmp_path: Path) -> None:
    done = fh.run(house, "fleet", province, "--out", tmp_path, "--dask", "tcp://127.0.0.1:9")
    said = "no dask scheduler answers" if _has_dask() else "dask.distributed isn't installed"
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr


def _has_dask() -> bool:
    import importlib.util

    return importlib.util.find_spec("distributed") is not None


def unlucky(task: dict[str, Any]) -> dict[str, Any]:
    """A task that notes that it was tried, and fails as its order says, the first time or always."""
    with Path(task["flag"]).open("a", encoding="utf-8") as flag:
        flag.write("tried\n")
    first = len(Path(task["flag"]).read_text(encoding="utf-8").splitlines()) == 1
    answer: dict[str, Any] = {"name": task["name"], "failures": {}}
    if first or task["always"]:
        if task["do"] == "raise":
            raise RuntimeError("broken\nhere")
        answer |= task["do"]
    return answer


@pytest.mark.skipif(not _has_dask(), reason="needs the extra fleet")
def test_dask_does_a_task_once_more_by_the_same_rule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from distributed import LocalCluster

    process, kernel = {LOST: True, "error": "its process was ended"}, {"failures": {"x": "x lost its kernel. Run again."}}
    cases: dict[str, tuple[Any, bool, int]] = {
        "process once": (process, False, 2), "process always": (process, True, 2), "kernel once": (kernel, False, 2),
        "kernel always": (kernel, True, 2), "its own fault": ({"error": "pandoc refuses the brief"}, False, 1),
        "raises": ("raise", False, 1), "works": ({}, False, 1),
    }  # fmt: skip
    monkeypatch.setattr(fleet, "run_apart", unlucky)
    tasks = [{"name": name, "do": do, "always": always, "flag": str(tmp_path / name)} for name, (do, always, _) in cases.items()]
    with LocalCluster(n_workers=1, threads_per_worker=1, processes=False, dashboard_address=":0") as cluster:
        answers = list(fleet._connected(cluster.scheduler_address)(tasks))
    tried = {name: len((tmp_path / name).read_text(encoding="utf-8").splitlines()) for name in cases}
    assert tried == {name: times for name, (_, _, times) in cases.items()}
    assert sorted(answer["name"] for answer in answers) == sorted(cases)
    said = {answer["name"]: str(answer.get("error") or answer["failures"]) for answer in answers}
    assert [said[name] for name in ("process once", "kernel once", "works")] == ["{}"] * 3
    assert "ended" in said["process always"]
    assert "Run again." in said["kernel always"]
    assert said["raises"] == "its dask worker failed: broken"


@pytest.mark.skipif(not _has_dask(), reason="needs the extra fleet")
def test_what_dask_gives_up_is_a_sentence_and_not_tried_again() -> None:
    from distributed.scheduler import KilledWorker

    killed = KilledWorker("13.01-1", SimpleNamespace(address="tcp://127.0.0.1:9"), 3)
    answers = [fleet._answer_of(SimpleNamespace(status=status, exception=lambda: killed), "13.01") for status in ("error", "cancelled")]
    assert [answer["error"] for answer in answers] == [
        "4 dask workers died over it, one after the other", "the dask scheduler has gone, or has dropped it",
    ]  # fmt: skip
    assert not any(worth_another(answer) for answer in answers)


@pytest.mark.skipif(not _has_dask(), reason="needs the extra fleet")
def test_a_dask_cluster_does_the_same_though_a_worker_is_killed(
    house: Path, province: Path, reports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    monkeypatch.setenv("KOPANALYSIS_FLEET_TEST", str(out))
    address = f"tcp://127.0.0.1:{_free_port()}"
    tools = [sys.executable, "-m", "dask"]
    quiet: dict[str, Any] = {"env": fh.environment(house), "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": tmp_path}
    port = address.rpartition(":")[2]
    crew = [subprocess.Popen([*tools, "scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard"], **quiet)]
    worker = [*tools, "worker", address, "--nthreads", "1", "--nworkers", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1"]
    crew += [subprocess.Popen(worker, **quiet) for _ in range(2)]
    try:
        time.sleep(3)
        fleet = fh.start(house, "fleet", province, "--out", out, "--dask", address)
        busy = psutil.Process(int(str(fh.wait_for(lambda: fh.at_work(out)))))
        dask_worker = next(process for process in busy.parents() if process.pid in {member.pid for member in crew})
        dask_worker.kill()
        told, wrong = fleet.communicate(timeout=300)
        assert fleet.returncode == 0, told + wrong
        assert not busy.is_running() or busy.status() == psutil.STATUS_ZOMBIE
    finally:
        for member in crew:
            member.kill()
            member.wait()
    assert_whole(out)
    for code in CODES:
        assert numbers(run_of(out, code)) == numbers(run_of(reports, code))
    fh.wait_for(lambda: not fh.living(out), NOTHING_RUNS_AFTER)


def _free_port() -> int:
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
