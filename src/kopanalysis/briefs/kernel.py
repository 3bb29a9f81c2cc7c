"""The Jupyter side of warm kernels: a provisioner whose kernels are forks of a process that imported the stack already.

papermill, nbclient, nbval and JupyterLab use it unchanged through the kernelspec ``kopanalysis-warm``, which ``pip install`` puts into the
environment's ``share/jupyter/kernels``. Where no warm kernel can be had (Windows, macOS, threads before the fork) it launches a plain one.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from kopanalysis.briefs import warm
from kopanalysis.briefs.warm import Line, NoWarmKernelError

WARM_KERNEL = "kopanalysis-warm"
NOTICE = 0.005  # seconds between two looks at a kernel that was told to end


class ForkedKernel:
    """What jupyter_client wants of a process, for a child of the warm parent."""

    stdin = stdout = stderr = None

    def __init__(self, line: Line, pid: int) -> None:
        self.line, self.pid = line, pid
        self.returncode: int | None = None
        line.kernels.add(pid)

    def poll(self) -> int | None:
        """Exit code, None while it runs."""
        return self._hear("poll")

    def wait(self) -> int | None:
        """Exit code of one that has ended; the provisioner waits by polling."""
        return self.poll()

    def send_signal(self, signum: int) -> None:
        """Signal the kernel and all that it started."""
        self._hear("signal", signum=int(signum))

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def _hear(self, do: str, **more: Any) -> int | None:
        if self.returncode is None:
            try:
                self.returncode = self.line.ask(do=do, pid=self.pid, **more)["code"]
            except NoWarmKernelError:
                self.returncode = -int(signal.SIGKILL)  # with its parent gone the kernel is gone too
            if self.returncode is not None:
                self.line.kernels.discard(self.pid)
        return self.returncode


class WarmProvisioner(LocalProvisioner):
    """Launches kernels as forks of the warm parent; everything else is the local provisioner's."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Fork a kernel that reads the connection file of ``cmd``, or launch a plain one and log why."""
        try:
            # in a thread: while the parent warms up, a server's event loop goes on
            process = await asyncio.to_thread(fork_kernel, cmd, kwargs)
        except NoWarmKernelError as error:
            self.log.warning("A plain kernel instead of a warm one: %s", error.what)
            kwargs.pop("independent", None)
            return await super().launch_kernel(cmd, **kwargs)
        self.process, self.pid = process, process.pid  # type: ignore[assignment]
        self.pgid = None  # signals go through the parent, which knows whether the number is still this kernel's
        self.cwd = kwargs.get("cwd") or Path.cwd()
        return self.connection_info

    async def kill(self, restart: bool = False) -> None:
        """End it and see it gone; the manager would look only every tenth of a second."""
        await super().kill(restart)
        for _ in range(200):
            if await self.poll() is not None:
                return
            await asyncio.sleep(NOTICE)


def fork_kernel(cmd: list[str], kwargs: dict[str, Any]) -> ForkedKernel:
    """Ask the warm parent for a kernel.

    Parameters
    ----------
    cmd : list of str
        Command line of a plain kernel.
    kwargs : dict
        ``env``, ``cwd``, ``stdout``, ``stderr`` as of :class:`subprocess.Popen`.

    Returns
    -------
    ForkedKernel

    Raises
    ------
    NoWarmKernelError
        When the parent can't be had or this kernel needs another interpreter.
    """
    line = warm.line()
    env = {name: value for name, value in (kwargs.get("env") or os.environ).items() if name not in (warm.ADDRESS, "JPY_PARENT_PID")}
    if cmd[0] != sys.executable or "-m" not in cmd:
        raise NoWarmKernelError("the kernel asks for another interpreter")
    if warm.interpreter_settings(env) != line.hello["settings"]:
        raise NoWarmKernelError("the kernel asks for other settings of the interpreter")
    with contextlib.ExitStack() as stack:
        outputs = [_descriptor(kwargs.get(name), number, stack) for name, number in (("stdout", 1), ("stderr", 2))]
        argv = cmd[cmd.index("-m") + 2 :]
        pid = line.ask(outputs, do="launch", argv=argv, env=env, cwd=str(kwargs.get("cwd") or Path.cwd()))["pid"]
    return ForkedKernel(line, pid)


def _descriptor(stream: Any, inherited: int, stack: contextlib.ExitStack) -> int:
    """The file that a kernel writes to, as Popen would understand it."""
    if stream is None:
        return inherited
    if stream == subprocess.DEVNULL:
        return stack.enter_context(open(os.devnull, "wb")).fileno()
    if stream in (subprocess.PIPE, subprocess.STDOUT):
        raise NoWarmKernelError("the kernel's output is wanted through a pipe")
    return stream if isinstance(stream, int) else int(stream.fileno())


def warm_kernel() -> str:
    """Start the warm parent, or say why not.

    Returns
    -------
    str
        Empty where warm kernels can be had, else a clause that says why not.
    """
    if WARM_KERNEL not in KernelSpecManager().find_kernel_specs():
        return f"the kernelspec {WARM_KERNEL} isn't in this environment; install kopanalysis with pip"
    if WARM_KERNEL not in KernelProvisionerFactory.instance().provisioners:
        return "kopanalysis isn't installed with pip in this environment"
    try:
        warm.line()
    except NoWarmKernelError as error:
        return error.what
    return ""


class QuickClient(AsyncKernelClient):
    """A client that starts as soon as kernel and output line answer."""

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """As the base class, without listening two tenths of a second for what else may come: nbclient sorts messages by their parent."""
        ends = time.monotonic() + (timeout or 60)
        while time.monotonic() < ends:
            self.kernel_info()
            with contextlib.suppress(Exception):
                reply = await self.get_shell_msg(timeout=1)
                await self.get_iopub_msg(timeout=0.2)  # output that nobody listens to yet would be lost
                self._handle_kernel_info_reply(reply)
                return
            if not await self.is_alive():
                raise RuntimeError("Kernel died before replying to kernel_info")
        raise RuntimeError(f"Kernel didn't respond in {timeout:g} seconds")


class QuickManager(AsyncKernelManager):
    """A manager whose client is quick."""

    client_class = f"{__name__}.QuickClient"
    client_factory = QuickClient
