"""The server's process: started, killed, started again, and looked at from outside."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import psutil
import socketio

from lesson.machinery.bench.server import PATIENCE, READY, ROOT, StartError

MINE = ("Traceback", "Error:", "Exception")  # what a log must not have in it


class Server:
    """A lesson in a process of its own, on a port of its own, which it keeps when it is restarted.

    :param settings: environment variables.
    :raises StartError: if it is not ready within 30 s.
    """

    def __init__(self, **settings: object) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = int(probe.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self.said: list[str] = []
        self._settings = {"HOST": "127.0.0.1", "PORT": self.port} | settings
        self.start()

    def start(self) -> None:
        """Start the process, and return when it listens."""
        ready = threading.Event()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "lesson.machinery.soak.served"],
            cwd=ROOT,
            env=os.environ | {name: str(value) for name, value in self._settings.items()},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,  # Ctrl-C is for the soak, which ends this when it is through
        )
        threading.Thread(target=self._listen, args=(self._process, ready), daemon=True).start()
        if not ready.wait(PATIENCE) or self._process.poll() is not None:
            self.kill()
            raise StartError("the server does not start: " + " ".join(self.said)[-300:])

    @property
    def pid(self) -> int:
        """The process that serves now."""
        return self._process.pid

    def kill(self) -> None:
        """End the process as a power cut would."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """End the process, by force if need be."""
        self._process.terminate()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()

    def troubles(self) -> list[str]:
        """Return what it said that speaks of a mistake in its own code."""
        return [line for line in self.said if any(word in line for word in MINE)]

    def newest(self) -> tuple[str, int]:
        """Return the sale's epoch and newest id."""
        return newest(self.url)

    def sizes(self) -> dict[str, float]:
        """Return its memory in bytes, and how many files and threads it has."""
        process = psutil.Process(self.pid)
        if sys.platform == "win32":
            files = process.num_handles()
        else:
            files = process.num_fds()
        return {
            "memory": process.memory_info().rss,
            "files": files,
            "threads": process.num_threads(),
        }

    def holds(self) -> dict[str, float]:
        """Return its files, threads, green threads and sessions."""
        with urllib.request.urlopen(f"{self.url}/holds", timeout=PATIENCE) as answer:
            held: dict[str, float] = json.load(answer)
        sizes = self.sizes()
        return held | {"files": sizes["files"] - 1, "threads": sizes["threads"]}  # but for this one

    def _listen(self, process: subprocess.Popen[str], ready: threading.Event) -> None:
        assert process.stdout is not None
        with process.stdout as lines:
            for line in lines:
                self.said.append(line.rstrip())
                if READY in line:
                    ready.set()
        ready.set()  # it has ended


def newest(url: str) -> tuple[str, int]:
    """Return the epoch and the newest id of the sale at a server."""
    with urllib.request.urlopen(f"{url}/demos/short-poll/sales", timeout=PATIENCE) as answer:
        batch = json.load(answer)
    return batch["epoch"], batch["last"]


def goes_on(url: str, epoch: str, before: int) -> bool:
    """Wait up to 15 s for the next event, for a night may just be sold out; return if it came."""
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        now, last = newest(url)
        if now != epoch:
            return False
        if last > before:
            return True
        time.sleep(0.05)
    return False


class Steering:
    """A connection on `/class` of somebody who may steer."""

    def __init__(self, server: Server) -> None:
        self._url = f"{server.url}/?part=class"
        self._client = socketio.Client(reconnection=False)
        self._connect()

    def tell(self, name: str, message: dict[str, Any]) -> dict[str, Any]:
        """Send a message; return its acknowledgement."""
        if not self._client.connected:  # a machine that is too busy loses it
            self._connect()
        answer: dict[str, Any] = self._client.call(name, message, namespace="/class", timeout=20)
        return answer

    def _connect(self) -> None:
        self._client.connect(self._url, namespaces=["/class"], transports=["websocket"])
        self.tell("hello", {"viewer": "steering1"})

    def close(self) -> None:
        """Close the connection."""
        self._client.disconnect()


@contextlib.contextmanager
def serving(**settings: object) -> Iterator[Server]:
    """Serve the lesson with these settings until the block is left."""
    server = Server(**settings)
    try:
        yield server
    finally:
        server.stop()
