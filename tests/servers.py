"""Real server processes for the tests, and the `/class` connection that steers their sale."""

from __future__ import annotations

import contextlib
import itertools
import os
import queue
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests
import socketio

from lesson.machinery.edge import own_addresses

ROOT = Path(__file__).parent.parent
PATIENCE = 20  # seconds within which everything must have happened


def ports() -> Iterator[int]:
    """Yield ports that neither the system nor another worker of the tests gives away.

    What a connection goes out by, systems take from 32,768 on, or from higher.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    own = list(range(10_000 + worker % 8, 32_768, 8))
    random.shuffle(own)
    return itertools.cycle(own)


PORTS = ports()


def free_port() -> int:
    """Return a port that nobody listens on."""
    while True:
        with contextlib.suppress(OSError):
            socket.create_server(("127.0.0.1", port := next(PORTS))).close()
            return port


def network_address() -> str:
    """Return an address of this machine by which others on its network know it."""
    return min(one for one in own_addresses() if "." in one and not one.startswith("127."))


class Server:
    """A lesson in a process of its own. Settings are environment variables.

    :param mode: `class` for one that waits for its instructor, who has `cookie()`.
    """

    def __init__(self, module: str = "lesson", mode: str = "run", **settings: object) -> None:
        self._folder = tempfile.TemporaryDirectory()
        own = {"PORT": free_port(), "HOST": "127.0.0.1", "INSTANCE": self._folder.name}
        self.settings = own | settings
        self.mode = mode
        self.port = int(str(self.settings["PORT"]))
        self.url = f"http://127.0.0.1:{self.port}"
        self.log: list[str] = []
        self._module = module
        self.start()

    def start(self) -> None:
        """Start the process, and return when it listens."""
        self.process = subprocess.Popen(
            self.command(),
            cwd=ROOT,
            env=os.environ | {name: str(value) for name, value in self.settings.items()},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        ready = threading.Event()
        self._reader = threading.Thread(target=self._read, args=(self.process, ready), daemon=True)
        self._reader.start()
        if not ready.wait(PATIENCE):
            self.stop(signal.SIGKILL)
            raise AssertionError("the server did not start:\n" + "".join(self.log))

    def command(self) -> list[str]:
        """Return what starts it."""
        return [sys.executable, "-m", self._module, self.mode]

    def stop(self, how: int = signal.SIGTERM) -> int:
        """Stop the process; return its exit status."""
        self.process.send_signal(how)
        status = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return status

    def restart(self, how: int = signal.SIGTERM) -> None:
        """Stop the process and start another on the same port."""
        self.stop(how)
        self.start()

    def close(self) -> None:
        """End the process if it runs."""
        if self.process.poll() is None:
            self.stop(signal.SIGKILL)
        self._folder.cleanup()

    def link(self) -> str:
        """Return the instructor's secret link, of a class: what its latest start has printed."""
        said = "".join(self.log)
        links = re.findall(r"http://127\S+\?secret=\S+", said)
        assert links, f"it printed no link:\n{said}"
        return str(links[-1])

    def cookie(self) -> str:
        """Open the link; return the instructor's cookie, as a Cookie field has it."""
        given = requests.get(self.link(), allow_redirects=False, timeout=PATIENCE)
        return given.headers["Set-Cookie"].partition(";")[0]

    def _read(self, process: subprocess.Popen[str], ready: threading.Event) -> None:
        assert process.stdout
        with process.stdout as lines:
            for line in lines:
                self.log.append(line)
                if line.startswith("Are We There Yet? is on http://"):
                    ready.set()


class Steering:
    """A connection on `/class` from the machine that the lesson runs on.

    :param cookie: what its Cookie field says; none if empty.
    :param more: what its `hello` says besides.
    """

    def __init__(
        self, server: Server, viewer: str = "steering1", cookie: str = "", **more: object
    ) -> None:
        self.heard: queue.Queue[tuple[str, Any]] = queue.Queue()
        self.client = socketio.Client(reconnection=False)
        for name in ("now", "state", "meters", "wire"):
            self.client.on(name, self._listener(name), namespace="/class")
        self.client.connect(
            f"{server.url}/?part=class",
            headers={"Cookie": cookie} if cookie else {},
            namespaces=["/class"],
            transports=["websocket"],
        )
        self.state = self.tell("hello", {"viewer": viewer, **more})["state"]

    def tell(self, name: str, message: object = None) -> dict[str, Any]:
        """Send a message and return its acknowledgement."""
        answer: dict[str, Any] = self.client.call(
            name, message, namespace="/class", timeout=PATIENCE
        )
        return answer

    def next(self, name: str) -> Any:
        """Wait for the next event of that name."""
        while True:
            heard, data = self.heard.get(timeout=PATIENCE)
            if heard == name:
                return data

    def next_own(self) -> Any:
        """Wait for the next state that says what is this page's own."""
        while "faults" not in (state := self.next("state")):
            pass
        return state

    def close(self) -> None:
        """Close the connection."""
        self.client.disconnect()

    def _listener(self, name: str) -> Any:
        return lambda data: self.heard.put((name, data))
