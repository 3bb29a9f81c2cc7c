"""The process that imports the stack once; every kernel it is asked for is a fork of it.

Run as ``python -P -m kopanalysis.briefs.warm_parent LIFELINE LISTENER`` by :mod:`kopanalysis.briefs.warm`. LIFELINE is a socket to the
process that started it: when that goes, however it goes, the socket closes and this process ends all kernels and itself. LISTENER takes
the processes that ask for kernels; a kernel ends with the process that asked for it.
"""

from __future__ import annotations

import ast
import atexit
import contextlib
import ctypes
import gc
import importlib
import json
import os
import random
import selectors
import signal
import socket
import struct
import sys
import time
import warnings
from typing import Any, NoReturn

from kopanalysis.briefs.warm import LARGEST, code_stamp, interpreter_settings
from kopanalysis.resources import resource

# What notebooks import beside the package, and the package itself only when first used. None of these starts a thread when imported:
# DuckDB and Polars do, and a thread doesn't survive a fork.
WARM = (
    "IPython.core.completer", "IPython.core.magics", "babel.dates", "babel.numbers", "ipykernel.ipkernel", "ipykernel.kernelapp",
    "matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg", "matplotlib.figure", "openpyxl", "pandas", "python_calamine",
    "rapidfuzz", "scipy.stats",
)  # fmt: skip
SELDOM = (50_000, 20, 20)
DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)


def main() -> None:
    """Warm up, say so, and serve until the caller goes."""
    lifeline, listener = (socket.socket(fileno=int(word)) for word in sys.argv[1:3])
    settings, why = interpreter_settings(os.environ), ""
    stamp = code_stamp()  # before the imports: a change while they run makes this process stale, never fresh
    try:
        warm_up()
    except Exception as error:
        why = f"{type(error).__name__}: {error}".splitlines()[0]
    why = why or threads_running()  # said to whoever asks; the caller then ends this process
    hello = json.dumps({"stamp": stamp, "settings": settings, "why": why}).encode()
    Kernels(lifeline, listener, hello).serve()


def warm_up() -> None:
    """Import what notebooks import, and make the calls that are slow the first time."""
    for name in WARM:
        importlib.import_module(name)
    for name in notebook_imports():
        with contextlib.suppress(Exception):  # a brief that can't be imported fails in its own kernel, and alone
            importlib.import_module(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _first_calls()
    gc.collect()
    gc.freeze()  # what every kernel shares is never looked through again, nor copied for it
    gc.set_threshold(*SELDOM)  # a notebook makes many small things and few cycles


def notebook_imports() -> list[str]:
    """Modules of ours that the notebooks name, so that a new brief is warm without being listed anywhere."""
    found: dict[str, None] = {}
    for path in sorted(resource("notebooks").glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                for node in ast.walk(ast.parse("".join(cell["source"]))):
                    if isinstance(node, ast.Import):
                        found |= {alias.name: None for alias in node.names if alias.name.startswith("kopanalysis.")}
                    elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("kopanalysis"):
                        found |= {f"{node.module}.{alias.name}": None for alias in node.names}
    return list(found)


def _first_calls() -> None:
    from kopanalysis.present.figures import _font
    from kopanalysis.present.numbers import format_value

    _font()
    for lang in ("id", "en"):
        format_value(1234.5, "number", lang)


def threads_running() -> str:
    """Why this process must not be forked: a sentence, empty where it has one thread."""
    count = len(os.listdir("/proc/self/task"))
    return "" if count == 1 else f"{count} threads run before the fork"


class Kernels:
    """The forked kernels, each belonging to the connection that asked for it."""

    def __init__(self, lifeline: socket.socket, listener: socket.socket, hello: bytes) -> None:
        self.lifeline, self.listener, self.hello = lifeline, listener, hello
        self.owners: dict[int, socket.socket] = {}
        self.selector = selectors.DefaultSelector()
        for channel in (lifeline, listener):
            self.selector.register(channel, selectors.EVENT_READ)

    def serve(self) -> None:
        """Answer until the lifeline is cut: ``launch``, ``poll``, ``signal``."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's interrupt is for the caller, who passes it on to its kernels
        try:
            while True:
                for key, _ in self.selector.select():
                    channel: Any = key.fileobj
                    if channel is self.lifeline:
                        return
                    if channel is self.listener:
                        self.accept()
                    else:
                        self.answer(channel)
        finally:
            for pid in list(self.owners):
                self.end(pid)

    def accept(self) -> None:
        """Let a process of the same user in."""
        channel, _ = self.listener.accept()
        _, user, _ = struct.unpack("3i", channel.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))
        if user != os.getuid():
            channel.close()
            return
        self.selector.register(channel, selectors.EVENT_READ)
        with contextlib.suppress(OSError):
            channel.sendall(self.hello)

    def answer(self, channel: socket.socket) -> None:
        """One request; a caller that has gone takes its kernels with it."""
        try:
            message, descriptors, _, _ = socket.recv_fds(channel, LARGEST, 2)
        except OSError:
            message, descriptors = b"", []
        if not message:
            self.selector.unregister(channel)
            channel.close()
            for pid in [pid for pid, owner in self.owners.items() if owner is channel]:
                self.end(pid)
            return
        asked = json.loads(message)
        try:
            said = self.launch(asked, descriptors, channel) if asked["do"] == "launch" else self.about(asked, channel)
        except OSError as error:
            said = {"error": str(error)}
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
        with contextlib.suppress(OSError):
            channel.sendall(json.dumps(said).encode())

    def launch(self, asked: dict[str, Any], descriptors: list[int], channel: socket.socket) -> dict[str, Any]:
        """Fork a kernel."""
        own = os.getpid()
        pid = os.fork()
        if pid == 0:
            become_kernel(asked, descriptors, own, self.close_channels)
        with contextlib.suppress(OSError):
            os.setpgid(pid, pid)
        self.owners[pid] = channel
        return {"pid": pid}

    def about(self, asked: dict[str, Any], channel: socket.socket) -> dict[str, Any]:
        """Signal a kernel, or tell whether it has ended; only the caller's own, and none whose number may be another process by now."""
        pid = int(asked["pid"])
        if self.owners.get(pid) is not channel:
            return {"code": 1}
        if asked["do"] == "signal":
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, asked["signum"])
        ended, status = os.waitpid(pid, os.WNOHANG)
        if not ended:
            return {"code": None}
        del self.owners[pid]
        return {"code": os.waitstatus_to_exitcode(status)}

    def end(self, pid: int) -> None:
        """Kill a kernel with all that it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, 0)
        self.owners.pop(pid, None)

    def close_channels(self) -> None:
        """In a child: hold no end of anybody's line, or its other end would never see it cut."""
        for key in list(self.selector.get_map().values()):
            os.close(key.fd)
        self.selector.close()


def become_kernel(asked: dict[str, Any], descriptors: list[int], parent: int, close_channels: Any) -> NoReturn:
    """Turn this child into a kernel with a process group, an environment, a folder and a random state of its own."""
    code = 1
    try:
        atexit._clear()  # what the parent registered is the parent's to do
        close_channels()
        with contextlib.suppress(OSError):
            os.setpgid(0, 0)
        _die_with(parent)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for target, descriptor in zip((1, 2), descriptors, strict=True):
            os.dup2(descriptor, target)
            os.close(descriptor)
        os.environ.clear()
        os.environ.update(asked["env"])
        time.tzset()
        os.chdir(asked["cwd"])
        reseed()
        _run_kernel(asked["argv"], parent)
        code = 0
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        with contextlib.suppress(BaseException):
            atexit._run_exitfuncs()
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _die_with(parent: int) -> None:
    """Be killed when the parent is, even by SIGKILL; it may have gone before this was asked."""
    ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def reseed() -> None:
    """Every child would otherwise draw the parent's random numbers."""
    import numpy as np

    random.seed()
    np.random.seed(int.from_bytes(os.urandom(4), "little"))  # the legacy generator is what a fork shares


def _run_kernel(argv: list[str], parent: int) -> None:
    from ipykernel.kernelapp import IPKernelApp

    sys.argv = ["ipykernel_launcher", *argv]
    app: Any = IPKernelApp.instance(parent_handle=parent)
    app.initialize(argv)
    inline_figures()
    app.start()


def inline_figures() -> None:
    """Bring figures back: matplotlib reads MPLBACKEND when imported: here before the kernel set it."""
    import matplotlib as mpl

    backend = os.environ["MPLBACKEND"]
    sys.modules.pop("matplotlib_inline.backend_inline", None)  # it hooks itself to the shell as it is imported
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].switch_backend(backend)
    else:
        mpl.rcParams["backend"] = backend


if __name__ == "__main__":
    from kopanalysis.briefs import warm_parent  # by its own name: what a kernel sees as __main__ is the notebook

    warm_parent.main()
