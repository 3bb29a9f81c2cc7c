"""A process's line to the warm parent: started once, shared by the workers, replaced when the code has changed, never in the way.

The first process that wants warm kernels starts the parent and names its socket in its environment; worker processes that it starts
join through that name, whether the parent is warm yet or still importing. Whoever can't have warm kernels gets one sentence why.
"""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import json
import os
import secrets
import select
import socket
import struct
import subprocess
import sys
import sysconfig
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kopanalysis.errors import KopanalysisError
from kopanalysis.resources import PACKAGE

CAN_FORK = sys.platform.startswith("linux")
ADDRESS = "KOPANALYSIS_WARM_PARENT"
LARGEST = 1 << 17  # bytes of a message; an environment that is larger gets a plain kernel
START_SECONDS = 120.0
ANSWER_SECONDS = 30.0
ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
NO_THREADS = {"JE_ARROW_MALLOC_CONF": "background_thread:false"}  # pyarrow's allocator would start one to give memory back
FIXED_AT_START = ("PYTHON", "LC_", "LANG")  # environment variables that an interpreter reads once


class NoWarmKernelError(KopanalysisError):
    """No warm kernel can be had; a plain one can."""


class Line:
    """One process's connection to a warm parent.

    Parameters
    ----------
    address : str
        Name of the parent's socket; it may still be warming up.
    process : subprocess.Popen, optional
        The parent, where this process started it.
    lifeline : socket.socket, optional
        Closing it ends the parent.
    """

    def __init__(self, address: str, process: subprocess.Popen[bytes] | None = None, lifeline: socket.socket | None = None) -> None:
        self.address, self.process, self.lifeline = address, process, lifeline
        self.lock = threading.Lock()
        self.kernels: set[int] = set()
        self.channel = _connect(address)
        self._hello: dict[str, Any] = {}

    @property
    def hello(self) -> dict[str, Any]:
        """What the parent says when it is warm: ``stamp`` of its code, ``settings`` of its interpreter, ``why`` it can't be forked."""
        with self.lock:
            self._hello = self._hello or self._receive(START_SECONDS)
        return self._hello

    def ask(self, descriptors: Sequence[int] = (), **request: Any) -> dict[str, Any]:
        """One question, one answer.

        Raises
        ------
        NoWarmKernelError
            When the parent has gone or can't do it.
        """
        message = json.dumps(request).encode()
        if len(message) > LARGEST:
            raise NoWarmKernelError("the environment is too large")
        with self.lock:
            try:
                socket.send_fds(self.channel, [message], list(descriptors))
            except OSError as error:
                raise NoWarmKernelError(f"the warm parent has gone ({error.strerror})") from None
            answer = self._receive(ANSWER_SECONDS)
        if "error" in answer:
            raise NoWarmKernelError(str(answer["error"]))
        return answer

    def _receive(self, seconds: float) -> dict[str, Any]:
        self.channel.settimeout(seconds)
        try:
            message = self.channel.recv(LARGEST)
        except OSError as error:
            raise NoWarmKernelError(f"the warm parent doesn't answer ({error})") from None
        if not message:
            raise NoWarmKernelError("the warm parent has gone")
        return dict(json.loads(message))

    @property
    def fresh(self) -> bool:
        """Whether the parent runs today's code and can still be reached; waits for one that is warming up."""
        return self.hello["stamp"] == code_stamp() and not self.cut

    @property
    def cut(self) -> bool:
        """Whether the other end has gone: between an answer and the next question it says nothing while it lives."""
        with self.lock:
            return bool(select.select([self.channel], [], [], 0)[0])

    def close(self) -> None:
        """Hang up; the parent that this process started ends its kernels and itself."""
        self.channel.close()
        if self.lifeline:
            self.lifeline.close()
        if self.process:
            try:
                self.process.wait(ANSWER_SECONDS if self._hello else 0)  # one that never got warm has no kernels to end
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


_lines: dict[int, list[Line]] = {}  # by process: a forked copy of this one must not speak on its line
_starting = threading.Lock()


def begin() -> None:
    """Start the parent where there is none yet and don't wait: it imports while the caller does something else."""
    with contextlib.suppress(NoWarmKernelError), _starting:
        mine = _lines.setdefault(os.getpid(), [])
        if CAN_FORK and not mine:
            mine.append(_join() or _start())


def line() -> Line:
    """Open this process's line when first needed; replace it where the code has changed or the parent has gone.

    Returns
    -------
    Line

    Raises
    ------
    NoWarmKernelError
        With the reason, as a clause.
    """
    if not CAN_FORK:
        raise NoWarmKernelError("this system can't fork a process safely")
    with _starting:
        mine = _lines.setdefault(os.getpid(), [])
        for old in [old for old in mine[:-1] if not old.kernels]:
            mine.remove(old)
            old.close()
        if not mine or not _usable(mine[-1]):
            mine.append(_join() or _start())  # an older one serves its kernels to their end
        if why := mine[-1].hello["why"]:
            raise NoWarmKernelError(why)
        return mine[-1]


def _usable(known: Line) -> bool:
    try:
        return known.fresh
    except NoWarmKernelError:
        return False


def close() -> None:
    """Hang up on every parent of this process."""
    for old in _lines.pop(os.getpid(), []):
        old.close()
    os.environ.pop(ADDRESS, None)


def _join() -> Line | None:
    """The parent that the process before us started, if it is there and fresh."""
    address = os.environ.get(ADDRESS)
    if address:
        with contextlib.suppress(NoWarmKernelError):
            joined = Line(address)
            if _usable(joined):
                return joined
            joined.close()
    return None


def _start() -> Line:
    address = f"kopanalysis-{secrets.token_hex(8)}"
    ours, theirs = socket.socketpair()
    with theirs, socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(f"\0{address}")  # no file: nothing is left behind, however this ends
        listener.listen(64)
        env = {name: value for name, value in os.environ.items() if not name.startswith("JPY_")} | one_thread(os.environ) | NO_THREADS
        command = [sys.executable, "-P", "-m", "kopanalysis.briefs.warm_parent", str(theirs.fileno()), str(listener.fileno())]
        process = subprocess.Popen(
            command, pass_fds=[theirs.fileno(), listener.fileno()], env=env, stdin=subprocess.DEVNULL, start_new_session=True
        )
        started = Line(address, process, ours)
    os.environ[ADDRESS] = address
    atexit.register(close)
    return started


def _connect(address: str) -> socket.socket:
    channel = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        channel.connect(f"\0{address}")
        _, user, _ = struct.unpack("3i", channel.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))
        if user != os.getuid():
            raise PermissionError(1, "another user's")
    except OSError as error:
        channel.close()
        raise NoWarmKernelError(f"the warm parent can't be reached ({error.strerror})") from None
    return channel


def one_thread(environment: Mapping[str, str]) -> dict[str, str]:
    """Limits that keep numerical libraries to one thread, where the user set none: two notebooks at once fill the machine already."""
    return {name: environment.get(name, "1") for name in ONE_THREAD}


def interpreter_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """The part of an environment that a running interpreter can't take over any more."""
    return {name: value for name, value in sorted(environment.items()) if name.startswith(FIXED_AT_START)}


def code_stamp() -> str:
    """A hash of this package's code and of what is installed beside it: a parent with older code must not be forked."""
    digest = hashlib.sha256(sys.version.encode())
    for path in sorted(path for pattern in ("*.py", "*.toml") for path in PACKAGE.rglob(pattern)):
        digest.update(path.as_posix().encode() + path.read_bytes())
    for name in ("purelib", "platlib"):
        digest.update(str(Path(sysconfig.get_path(name)).stat().st_mtime_ns).encode())
    return digest.hexdigest()
