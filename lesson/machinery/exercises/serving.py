"""The lesson's server, as the terminal of the exercises starts it and speaks with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent.parent
READY_WITHIN = 20.0  # seconds
PATIENCE = 15.0  # seconds for an answer; longer than a browser's check may take
GRACE = 3.0  # seconds in which it must have stopped

# Nothing between us and this machine's own server.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class NoServerError(Exception):
    """The server is not there, or does not answer."""


class Serving:
    """The lesson in a process of its own; or the one that is there already, if `join` finds it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.trouble = ""  # what it said before it ended
        self._process: subprocess.Popen[str] | None = None
        self._ready = threading.Event()

    def join(self) -> bool:
        """Return whether a lesson answers on this port already."""
        try:
            found = self._open(urllib.request.Request(f"{self.url}/exercises/state"))[0] == 200
        except NoServerError:
            return False
        if found:
            self._ready.set()
        return found

    def start(self) -> None:
        """Start it. Returns at once; `is_ready` waits."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "lesson"],
            cwd=ROOT,
            env=os.environ | {"PORT": str(self.port)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            # Ctrl-C is the terminal's: we hear it, and stop the server.
            start_new_session=os.name == "posix",
        )
        threading.Thread(target=self._read, daemon=True).start()

    def is_ready(self, within: float = READY_WITHIN) -> bool:
        """Return whether it answers, or will within so many seconds. If not, `trouble` says why."""
        self._ready.wait(within)
        return self._ready.is_set() and not self.trouble

    def stop(self) -> None:
        """Stop it, if it was started here."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def post(self, path: str, message: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Post a message; return the answer's status and its object.

        :raises NoServerError: if nobody answers.
        """
        request = urllib.request.Request(
            self.url + path, json.dumps(message).encode(), {"Content-Type": "application/json"}
        )
        return self._open(request)

    def _open(self, request: urllib.request.Request) -> tuple[int, dict[str, Any]]:
        try:
            with OPENER.open(request, timeout=PATIENCE) as answer:
                return int(answer.status), json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, {}
        except (OSError, ValueError) as error:
            raise NoServerError(str(error)) from None

    def _read(self) -> None:
        assert self._process and self._process.stdout
        for line in self._process.stdout:
            if "is on http://" in line:
                self._ready.set()
            elif not self._ready.is_set():
                self.trouble = line.strip()
        if not self._ready.is_set() and not self.trouble:
            self.trouble = "it ended without a word"
        self._ready.set()
