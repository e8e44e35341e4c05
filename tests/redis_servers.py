"""A real Redis for the tests, which can be stopped and started again; what it holds is on disk."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import redis

from tests.servers import PATIENCE, free_port
from tests.waiting import until


class Redis:
    """A Redis in a process of its own, with a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.folder = folder
        self.client = redis.Redis(port=self.port, decode_responses=True)
        self.start()

    def start(self) -> None:
        """Start it, and return when it answers."""
        settings = {
            "port": self.port,
            "bind": "127.0.0.1",
            "dir": self.folder,
            "appendonly": "yes",
            "appendfsync": "always",
            "save": "",
        }
        words = [str(word) for name, value in settings.items() for word in (f"--{name}", value)]
        self.process = subprocess.Popen(["redis-server", *words], stdout=subprocess.DEVNULL)
        until(self._answers)

    def stop(self, how: int = signal.SIGTERM) -> None:
        """End it."""
        self.process.send_signal(how)
        self.process.wait(PATIENCE)

    def close(self) -> None:
        """End it if it runs."""
        self.client.close()
        if self.process.poll() is None:
            self.stop(signal.SIGKILL)

    def _answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except redis.exceptions.ConnectionError:
            return False
