"""Warm kernels: the same outputs as plain ones, nothing shared that shouldn't be, and nobody left behind however a run ends."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import nbformat
import papermill
import psutil
import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import start_new_kernel
from jupyter_client.multikernelmanager import AsyncMultiKernelManager

from kopanalysis.briefs import execute, kernel, warm, warm_parent
from kopanalysis.briefs.manifest import Brief, briefs
from kopanalysis.briefs.run import Order
from kopanalysis.errors import NotebookError
from kopanalysis.loaders.load import load_office
from kopanalysis.resources import resource
from kopanalysis.results import Text

pytestmark = pytest.mark.skipif(not warm.CAN_FORK, reason="warm kernels are forks, which only Linux does safely")
DAY = date(2022, 8, 25)
WHOLE = """
import os, random, sys, warnings
import numpy as np
import matplotlib.pyplot as plt
print(__name__, os.getcwd(), os.environ["KOPANALYSIS_TEST"], sys.argv[1:2], sys.path[0] == "")
warnings.warn("an old way", DeprecationWarning)
np.random.seed(1); random.seed(1)
np.random.rand(3).tolist(), random.random()
""", """
figure, ax = plt.subplots(figsize=(2, 1))
ax.plot([1, 2, 3]);
""", """
import pandas as pd
import kopanalysis as ka
display(pd.DataFrame({"a": [1.5, None]}))
ka.region("13.11")
""", "figure"  # fmt: skip
TWO_KERNELS = """
import json, sys, time
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import start_new_kernel
from kopanalysis.briefs import warm
stamp = warm.line().hello["stamp"]
warm.code_stamp = lambda: stamp  # code that changes meanwhile would give the second kernel another parent
managers = [start_new_kernel(kernel_name="kopanalysis-warm")[0] for _ in range(2)]
print(json.dumps({"parent": warm.line().process.pid if warm.line().process else 0, "kernels": [manager.provisioner.pid for manager in managers]}), flush=True)
time.sleep(600)
"""  # noqa: E501


@pytest.fixture(autouse=True, scope="module")
def _warm() -> Iterator[None]:
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"
    assert kernel.warm_kernel() == ""
    yield
    warm.close()


def notebook(*sources: str) -> nbformat.NotebookNode:
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": {"display_name": "", "language": "python", "name": "python3"}})


def outputs(source: nbformat.NotebookNode | str, name: str, **parameters: Any) -> list[Any]:
    """Outputs of each code cell after papermill, as ``execute`` calls it."""
    done = papermill.execute_notebook(source, None, parameters=parameters, kernel_name=name, **execute._engine(120))
    return [cell.outputs for cell in done.cells if cell.cell_type == "code"]


def printed(*sources: str, name: str = kernel.WARM_KERNEL) -> str:
    return "".join(output.get("text", "") for cell in outputs(notebook(*sources), name) for output in cell)


def wait_for(done: Callable[[], bool], seconds: float = 10) -> bool:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if done():
            return True
        time.sleep(0.05)
    return done()


def gone(pids: list[int]) -> bool:
    return not any(psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE for pid in pids)


def plain_environment(**more: str) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in (warm.ADDRESS, "PYTHONWARNDEFAULTENCODING")} | more


def test_warm_and_plain_kernels_give_the_same_outputs_cell_for_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KOPANALYSIS_TEST", "seen")
    monkeypatch.delenv("PYTHONWARNDEFAULTENCODING", raising=False)  # others' libraries warn where they are first imported
    here, plain = (outputs(notebook(*WHOLE), name) for name in (kernel.WARM_KERNEL, execute.PLAIN_KERNEL))
    assert len(plain) == len(WHOLE)
    assert [output.data.keys() >= {"image/png"} for output in plain[1] if "data" in output] == [True]
    strip = [
        {"text": output.get("text", "").split("DeprecationWarning")[-1]}
        for cell in here
        for output in cell
        if output.get("name") == "stderr"
    ]
    assert len(strip) == 1
    assert _without_file_names(here) == _without_file_names(plain)


def _without_file_names(cells: list[Any]) -> str:
    """A warning names the file of its cell by process number."""
    import re

    return re.sub(r"/[^/\s]+/ipykernel_\d+/", "", json.dumps(cells, sort_keys=True))


def test_a_comparison_of_outputs_notices_a_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    cells = [outputs(notebook(f"print({number})"), kernel.WARM_KERNEL) for number in (48, 49)]
    assert _without_file_names(cells[0]) != _without_file_names(cells[1])


def test_each_kernel_has_random_numbers_of_its_own() -> None:
    draw = "import random, numpy as np\nprint(random.random(), np.random.rand())"
    first, second = printed(draw).split(), printed(draw).split()
    assert first[0] != second[0]
    assert first[1] != second[1]


def test_the_parent_has_one_thread_and_bounded_memory() -> None:
    process = psutil.Process(warm.line().process.pid)  # type: ignore[union-attr]
    assert process.num_threads() == 1
    assert process.memory_info().rss < 400 * 2**20


def test_what_notebooks_import_is_warm() -> None:
    known = set(json.loads(printed("import json, sys\nprint(json.dumps(sorted(sys.modules)))")))
    assert {"pandas", "numpy", "scipy.stats", "matplotlib.backends.backend_svg", "kopanalysis.briefs.study"} <= known
    assert "kopanalysis.briefs.why_inactive" in warm_parent.notebook_imports()


def test_threads_before_the_fork_are_noticed() -> None:
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    said = warm_parent.threads_running()
    stop.set()
    thread.join()
    assert "threads run before the fork" in said


def test_where_threads_run_the_kernel_is_plain_and_says_so(tmp_path: Path) -> None:
    """A module that starts a thread as the interpreter starts: the parent refuses to be forked."""
    (tmp_path / "sitecustomize.py").write_text(
        "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n", encoding="utf-8"
    )
    script = "from kopanalysis.briefs.execute import kernel_for; print(kernel_for('warm', print)); print(kernel_for('', print))"
    path = os.pathsep.join([str(tmp_path), *sys.path[1:]])
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, encoding="utf-8", env=plain_environment(PYTHONPATH=path), timeout=60
    )
    assert done.stdout.splitlines() == ["plain kernels, since warm ones can't be had: 2 threads run before the fork", "python3", "python3"]


def test_where_nothing_can_fork_the_kernel_is_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warm, "CAN_FORK", False)
    said: list[str] = []
    assert [execute.kernel_for(wish, said.append) for wish in ("", "plain", "warm")] == ["python3"] * 3
    assert len(said) == 1
    parent = "import os\nprint(os.getppid())"
    assert printed(parent) == f"{os.getpid()}\n"


def test_other_interpreter_settings_get_a_plain_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    parent = "import os\nprint(os.getppid())"
    assert printed(parent) == f"{warm.line().process.pid}\n"  # type: ignore[union-attr]
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    assert printed(parent) == f"{os.getpid()}\n"


def test_two_that_ask_at_once_get_one_parent() -> None:
    script = """
import threading
from kopanalysis.briefs import warm
found = []
threads = [threading.Thread(target=lambda: found.append(warm.line())) for _ in range(4)]
[thread.start() for thread in threads]; [thread.join() for thread in threads]
import subprocess, sys
other = "from kopanalysis.briefs import warm; line = warm.line(); print(line.process, line.address)"
said = [subprocess.run([sys.executable, "-c", other], capture_output=True, text=True).stdout.split() for _ in range(2)]
print(len(set(map(id, found))), said == [["None", found[0].address]] * 2)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, encoding="utf-8", env=plain_environment(), timeout=90
    )
    assert done.stdout.split() == ["1", "True"], done.stderr


def test_changed_code_gets_a_new_parent_and_the_old_one_serves_its_kernels_to_their_end(monkeypatch: pytest.MonkeyPatch) -> None:
    manager, client = start_new_kernel(kernel_name=kernel.WARM_KERNEL)
    old = warm.line()
    real = warm.code_stamp()
    monkeypatch.setattr(warm, "code_stamp", lambda: "changed")
    new = warm.line()
    assert new.process is not None
    assert new.process.pid != old.process.pid  # type: ignore[union-attr]
    assert client.execute_interactive("1 + 1", output_hook=lambda _: None, timeout=30)["content"]["status"] == "ok"
    manager.shutdown_kernel(now=True)
    client.stop_channels()
    monkeypatch.setattr(warm, "code_stamp", lambda: real)
    warm.line()
    assert wait_for(lambda: gone([old.process.pid]))  # type: ignore[union-attr]


def test_the_stamp_knows_a_changed_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(warm, "PACKAGE", tmp_path)
    stamps = set()
    for content in ("a = 1", "a = 2", "a = 2"):
        (tmp_path / "module.py").write_text(content, encoding="utf-8")
        stamps.add(warm.code_stamp())
    assert len(stamps) == 2


@pytest.mark.parametrize("victim", ["caller", "parent"])
def test_nobody_survives(victim: str) -> None:
    """SIGKILL of the command, or of the warm parent: no process is left."""
    with subprocess.Popen([sys.executable, "-c", TWO_KERNELS], stdout=subprocess.PIPE, text=True, env=plain_environment()) as caller:
        try:
            pids = json.loads(caller.stdout.readline())  # type: ignore[union-attr]
            assert not gone(pids["kernels"][:1])
            os.kill({"caller": caller.pid, "parent": pids["parent"]}[victim], signal.SIGKILL)
            assert wait_for(lambda: gone([pids["parent"], *pids["kernels"]]))
        finally:
            caller.kill()


def test_a_killed_worker_takes_its_kernels_along_and_no_others() -> None:
    manager, client = start_new_kernel(kernel_name=kernel.WARM_KERNEL)
    worker = subprocess.Popen([sys.executable, "-c", TWO_KERNELS], stdout=subprocess.PIPE, text=True)
    pids = json.loads(worker.stdout.readline())  # type: ignore[union-attr]
    assert pids["parent"] == 0  # it joined ours
    worker.kill()
    worker.communicate()
    assert wait_for(lambda: gone(pids["kernels"]))
    assert manager.is_alive()
    manager.shutdown_kernel(now=True)
    client.stop_channels()


def test_a_kernel_ends_with_what_it_started() -> None:
    manager, client = start_new_kernel(kernel_name=kernel.WARM_KERNEL)
    said: list[str] = []
    source = "import subprocess\nprint(subprocess.Popen(['sleep', '600']).pid)"
    client.execute_interactive(source, output_hook=lambda message: said.append(message["content"].get("text", "")), timeout=30)
    manager.shutdown_kernel(now=True)
    client.stop_channels()
    assert wait_for(lambda: gone([int("".join(said))]))


def test_a_server_starts_and_restarts_it_within_its_event_loop() -> None:
    """What JupyterLab's server does."""

    async def serve() -> list[int]:
        kernels = AsyncMultiKernelManager()
        assert kernel.WARM_KERNEL in KernelSpecManager().get_all_specs()
        name = await kernels.start_kernel(kernel_name=kernel.WARM_KERNEL)
        pids = [kernels.get_kernel(name).provisioner.pid]
        await kernels.restart_kernel(name, now=True)
        pids.append(kernels.get_kernel(name).provisioner.pid)
        await kernels.shutdown_all(now=True)
        return pids

    first, second = asyncio.run(serve())
    assert first != second
    assert wait_for(lambda: gone([first, second]))


def test_an_interrupt_stops_the_cell_and_not_the_kernel() -> None:
    manager, client = start_new_kernel(kernel_name=kernel.WARM_KERNEL)
    threading.Timer(1, manager.interrupt_kernel).start()
    reply = client.execute_interactive("import time; time.sleep(60)", output_hook=lambda _: None, timeout=30)
    assert reply["content"]["ename"] == "KeyboardInterrupt"
    assert client.execute_interactive("1", output_hook=lambda _: None, timeout=30)["content"]["status"] == "ok"
    manager.shutdown_kernel(now=True)
    client.stop_channels()


def order(folder: Path, *sources: str, **more: Any) -> Order:
    """An order of notebooks of one cell each."""
    chosen = []
    for number, source in enumerate(sources):
        path = folder / f"{number}.ipynb"
        nbformat.write(notebook(source), path)
        chosen.append(Brief(str(number), Text("", ""), Text("", ""), (), path, ()))
    return Order(folder, tuple(chosen), folder, "13.11", DAY, DAY, **more)


def become(asked: Order, stage: Path) -> dict[str, str]:
    """What became of each notebook: a file, or the sentence."""
    stage.mkdir()
    found = {}
    with execute.executing(asked, load_office(resource("data", "demo")), stage, lambda _: None) as notebooks:
        for brief, executed in notebooks:
            try:
                found[brief.name] = executed()[0].name
            except NotebookError as error:
                found[brief.name] = str(error)
    return found


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_kernel_that_dies_fails_one_brief(tmp_path: Path, jobs: int) -> None:
    found = become(order(tmp_path, "import os; os.kill(os.getpid(), 9)", "print(1)", "1 / 0", jobs=jobs), tmp_path / "stage")
    assert "lost its kernel" in found["0"]
    assert found["0"].endswith("Run again.")
    assert found["1"] == "1.ipynb"
    assert "ZeroDivisionError" in found["2"]
    assert [path.name for path in (tmp_path / "stage" / "failed").iterdir()] == ["2.ipynb"]
    assert not warm.line().kernels


def test_a_cell_that_hangs_is_ended(tmp_path: Path) -> None:
    asked = order(tmp_path, "import time\ntime.sleep(600)", cell_seconds=1)
    assert "took too long" in become(asked, tmp_path / "stage")["0"]
    assert not warm.line().kernels


def interrupted(asked: Order, stage: Path) -> None:
    with execute.executing(asked, load_office(resource("data", "demo")), stage, lambda _: None) as notebooks:
        notebooks[0][1]()
        raise KeyboardInterrupt


def test_leaving_early_ends_the_kernels(tmp_path: Path) -> None:
    asked = order(tmp_path, "print(1)", "import time\ntime.sleep(600)", jobs=2)
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        interrupted(asked, tmp_path)
    assert wait_for(lambda: not any(thread.name.startswith("notebook") for thread in threading.enumerate()))
    assert time.monotonic() - began < 30


def test_nbval_runs_on_it_and_still_notices_one_changed_digit(tmp_path: Path) -> None:
    for name, text in (("right", "inactive 49\n"), ("changed", "inactive 48\n")):
        stored = notebook("print('inactive 49')")
        stored.cells[0].metadata["tags"] = ["nbval-check-output"]
        stored.cells[0] |= {"outputs": [nbformat.v4.new_output("stream", text=text)], "execution_count": 1}
        nbformat.write(stored, tmp_path / f"{name}.ipynb")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "/dev/null", "--nbval-lax", "--nbval-kernel-name"]
    done = subprocess.run([*command, kernel.WARM_KERNEL, str(tmp_path)], capture_output=True, text=True, encoding="utf-8", timeout=120)
    assert "1 failed, 1 passed" in done.stdout, done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("name", list(briefs()))
def test_every_brief_is_the_same_on_both(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for limit, threads in warm.one_thread(os.environ).items():  # as execute runs both: how many threads add up shows in the 14th digit
        monkeypatch.setenv(limit, threads)
    brief = briefs()[name]
    asked = Order(resource("data", "demo"), (brief,), Path(), "13.11", date(2025, 12, 31), DAY)
    here, plain = (outputs(str(brief.notebook), word, **asked.parameters(brief)) for word in (kernel.WARM_KERNEL, execute.PLAIN_KERNEL))
    assert len(plain) > 5
    for number, (one, other) in enumerate(zip(here, plain, strict=True)):
        assert one == other, f"cell {number}"


def test_an_order_wishes_for_warm_kernels_where_nothing_is_said(tmp_path: Path) -> None:
    asked = order(tmp_path, "import os\nprint(os.getppid())")
    assert execute.kernel_for(asked.kernel, print) == kernel.WARM_KERNEL
    assert execute.kernel_for(dataclasses.replace(asked, kernel="plain").kernel, print) == "python3"
