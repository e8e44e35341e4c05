"""Real server processes for the tests, and the `/class` connection that steers their sale."""

from __future__ import annotations

import os
import queue
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import socketio

ROOT = Path(__file__).parent.parent
PATIENCE = 20  # seconds within which everything must have happened


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


class Server:
    """A lesson in a process of its own. Settings are environment variables."""

    def __init__(self, module: str = "lesson", **settings: object) -> None:
        self.settings = {"PORT": free_port(), "HOST": "127.0.0.1"} | settings
        self.port = int(str(self.settings["PORT"]))
        self.url = f"http://127.0.0.1:{self.port}"
        self.log: list[str] = []
        self._module = module
        self.start()

    def start(self) -> None:
        """Start the process, and return when it listens."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", self._module],
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

    def _read(self, process: subprocess.Popen[str], ready: threading.Event) -> None:
        assert process.stdout
        with process.stdout as lines:
            for line in lines:
                self.log.append(line)
                if "is on http://" in line:
                    ready.set()


class Steering:
    """A connection on `/class` from the machine that the lesson runs on."""

    def __init__(self, server: Server, viewer: str = "steering1", **more: object) -> None:
        self.heard: queue.Queue[tuple[str, Any]] = queue.Queue()
        self.client = socketio.Client(reconnection=False)
        for name in ("now", "state", "meters", "wire"):
            self.client.on(name, self._listener(name), namespace="/class")
        self.client.connect(
            f"{server.url}/?part=class", namespaces=["/class"], transports=["websocket"]
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
