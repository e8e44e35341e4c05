"""The server that is measured: the lesson, in a process and where possible on a core of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[3]
READY = "is on http://"
PATIENCE = 30.0  # seconds for a start, and for a stop


class StartError(Exception):
    """The server does not start."""


class Server:
    """A process that serves the lesson. It is ready once this is made.

    :param command: what starts it.
    :param settings: environment variables.
    :raises StartError: if it is not ready within 30 s.
    """

    def __init__(self, command: Sequence[str], core: int | None, **settings: object) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.said: list[str] = []
        environ = {name: str(value) for name, value in settings.items()}
        began = time.monotonic()
        self._process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ | {"HOST": "127.0.0.1", "PORT": str(self.port)} | environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,  # Ctrl-C is for the bench, which ends this when it is through
        )
        self.pid = self._process.pid
        if core is not None:
            psutil.Process(self.pid).cpu_affinity([core])
        self._ready = threading.Event()
        threading.Thread(target=self._listen, daemon=True).start()
        self._ready.wait(PATIENCE)
        self.seconds_to_ready = time.monotonic() - began
        if not self.is_ready:
            self.stop()
            raise StartError("the server does not start: " + " ".join(self.said)[-300:])

    @property
    def is_ready(self) -> bool:
        """Whether it has said that it is."""
        return any(READY in line for line in self.said)

    def remarks(self) -> list[str]:
        """Return what it said besides that it is ready: nothing, where all is well."""
        return [line for line in self.said if READY not in line]

    def stop(self) -> None:
        """End the process, by force if need be."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self.said.append(line.strip())
                if READY in line:
                    self._ready.set()
        self._ready.set()  # it has ended


@contextlib.contextmanager
def serving(core: int | None = None, **settings: object) -> Iterator[Server]:
    """Serve the lesson with these settings, on that core, until the block is left."""
    server = Server([sys.executable, "-m", "lesson"], core, **settings)
    try:
        yield server
    finally:
        server.stop()


def free_port() -> int:
    """Return `PORT` if it is set, else a port that nobody listens on."""
    given = os.environ.get("PORT", "")
    if given.isdigit():
        return int(given)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def cores() -> tuple[int, int] | None:
    """Return two cores, for the server and for its clients, where this system can give them out."""
    if not hasattr(psutil.Process, "cpu_affinity"):
        return None
    allowed = psutil.Process().cpu_affinity() or []
    return (allowed[0], allowed[1]) if len(allowed) > 1 else None
