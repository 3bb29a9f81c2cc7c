"""A headless Chromium driven over its debugging port: load a page, run a script in it, take its picture, hear what it asks for."""

from __future__ import annotations

import base64
import contextlib
import importlib.resources
import itertools
import json
import os
import shutil
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import websocket

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
AXE_VARIABLE = "KOPANALYSIS_AXE"  # where a newer axe.min.js than the installed one lies
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync",
    "--hide-scrollbars", "--remote-debugging-port=0", "--remote-allow-origins=*",
)  # fmt: skip


def find_chromium() -> str | None:
    """The browser's command, None where there is none."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def find_axe() -> Path:
    """axe.min.js: the one that the environment names, else the one that came with the test tools."""
    return Path(os.environ.get(AXE_VARIABLE) or str(importlib.resources.files("axe_core_python") / "axe.min.js"))


class Page:
    """One tab."""

    def __init__(self, address: str) -> None:
        self._socket = websocket.create_connection(address, timeout=60, suppress_origin=True)
        self._ids = itertools.count(1)
        self.requests: list[str] = []
        for domain in ("Page", "Runtime", "Network"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **values: Any) -> dict[str, Any]:
        """Send a command and wait for its answer."""
        number = next(self._ids)
        self._socket.send(json.dumps({"id": number, "method": method, "params": values}))
        while True:
            said = json.loads(self._socket.recv())
            self._hear(said)
            if said.get("id") == number:
                if "error" in said:
                    raise RuntimeError(f"{method}: {said['error']}")
                return dict(said["result"])

    def _hear(self, said: dict[str, Any]) -> None:
        if said.get("method") == "Network.requestWillBeSent":
            self.requests.append(said["params"]["request"]["url"])

    def open(self, path: Path, width: int, height: int = 900, dark: bool = False) -> None:
        """Load a file at a width of window, light or dark."""
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        self.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        self.requests.clear()
        self.ask("Page.navigate", url=path.resolve().as_uri())
        until = time.monotonic() + 30
        while self.run("document.readyState") != "complete" and time.monotonic() < until:
            time.sleep(0.05)

    def run(self, script: str) -> Any:
        """Value of an expression, a promise waited for."""
        answer = self.ask("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(str(answer["exceptionDetails"])[:500])
        return answer["result"].get("value")

    def press(self, key: str) -> None:
        """Press and release a key."""
        codes = {"Tab": 9, "Enter": 13}
        for kind in ("rawKeyDown", "keyUp"):
            self.ask("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=codes[key])

    def violations(self) -> list[tuple[str, str, str]]:
        """What axe-core calls serious or critical on the open page: rule, impact, the first place."""
        self.run(find_axe().read_text(encoding="utf-8") + "; true")
        asked = "axe.run(document, {resultTypes: ['violations']})"
        found = self.run(f"{asked}.then(r => JSON.stringify(r.violations.map(v => [v.id, v.impact, v.nodes[0].html])))")
        return [tuple(violation) for violation in json.loads(found) if violation[1] in ("serious", "critical")]

    def picture(self, path: Path, whole: bool = True) -> None:
        """Save a screenshot of the whole page."""
        data = self.ask("Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"]
        path.write_bytes(base64.b64decode(data))


@contextlib.contextmanager
def chromium_page(command: str) -> Iterator[Page]:
    """A browser with one empty tab, ended and cleaned away afterwards."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        browser = subprocess.Popen(
            [command, *FLAGS, f"--user-data-dir={folder}", "about:blank"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            yield Page(_address(Path(folder) / "DevToolsActivePort"))
        finally:
            browser.terminate()
            browser.wait(20)


def _address(port_file: Path) -> str:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if port_file.exists() and port_file.read_text(encoding="utf-8").strip():
            port = port_file.read_text(encoding="utf-8").split()[0]
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=10) as answer:
                tabs = [tab for tab in json.load(answer) if tab["type"] == "page"]
            if tabs:
                return str(tabs[0]["webSocketDebuggerUrl"])
        time.sleep(0.1)
    raise RuntimeError("the browser didn't open its port")
