"""One part of a cluster: a process, when it is ready, and what becomes of it."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

PATIENCE = 30.0  # seconds within which a part must be ready, or have ended
LOOK = 0.05  # seconds between two looks
SBIN = "/usr/sbin:/usr/local/sbin"  # where Debian has nginx, and not everybody's PATH
LAST_WORDS = 3  # lines of what a part said that are shown when it fails

# Nothing between us and this machine's own servers.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class PartError(Exception):
    """A part that does not start."""


class Part:
    """A process of the cluster. It has a group of its own: Ctrl-C is for the cluster alone.

    :param name: as it is called to the user.
    :param is_ready: returns whether it does what it is for.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        is_ready: Callable[[], bool],
        folder: Path,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.said: list[str] = []
        self._command, self._environ = command, environ
        self._is_ready, self._folder = is_ready, folder
        self._process: subprocess.Popen[str] | None = None
        self._told = threading.Event()  # that it is ready

    @property
    def pid(self) -> int:
        """The process's number, of the newest one."""
        assert self._process is not None
        return self._process.pid

    @property
    def ended(self) -> int | None:
        """Its exit status, once it has ended."""
        return None if self._process is None else self._process.poll()

    def start(self) -> None:
        """Start it, and return when it is ready.

        :raises PartError: if it is not within 30 s, or ends.
        """
        self.said.clear()
        self._told.clear()
        try:
            self._process = subprocess.Popen(
                [*with_us(), *self._command],
                cwd=self._folder,
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,
            )
        except OSError as error:
            raise PartError(f"{self.name} cannot be started: {error}") from None
        reader = threading.Thread(target=self._listen, args=(self._process,), daemon=True)
        reader.start()
        deadline = time.monotonic() + PATIENCE
        while not self._is_ready():
            if self.ended is not None or time.monotonic() > deadline:
                self.stop()
                reader.join(1)
                raise PartError(f"{self.name} does not start: {self.last_words()}")
            time.sleep(LOOK)
        self._told.set()

    def stop(self) -> None:
        """End it, by force if need be."""
        self._told.clear()
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def has_said(self, words: str) -> bool:
        """Return whether it has said these words since it was started."""
        return any(words in line for line in self.said)

    def last_words(self) -> str:
        """Return the end of what it said."""
        return " / ".join(self.said[-LAST_WORDS:]) or "it said nothing"

    def _listen(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout as lines:
            for line in lines:
                told = self._told.is_set()  # what makes it ready is still of its start
                self.said.append(line.rstrip())
                if told:
                    print(f"{self.name}: {line.rstrip()}", flush=True)


def with_us() -> list[str]:
    """Return what lets a process end when this one does, however that ends, where there is that."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM"] if setpriv else []


def answers_web(port: int, host: str = "127.0.0.1") -> bool:
    """Return whether the lesson answers at a port that it is well."""
    name = f"[{host}]" if ":" in host else host
    try:
        with OPENER.open(f"http://{name}:{port}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def find(program: str) -> str:
    """Return where a program is.

    :raises PartError: if it is not there.
    """
    found = shutil.which(program) or shutil.which(program, path=SBIN)
    if found is None:
        raise PartError(
            f"there is no {program} here. On Debian and Ubuntu, "
            "`apt install redis-server nginx-light` brings what a cluster needs"
        )
    return found


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
