"""Opens connections, says nothing on them, and sees for how long nobody else is served.

Nothing at all is said on some, half a head on half of them, and some have become WebSockets before
they fall silent. All are kept until the server lets them go.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
import time
import urllib.request

from lesson.machinery.bench.progress import Progress
from lesson.machinery.bench.results import Figure
from lesson.machinery.listener import raise_file_limit
from lesson.machinery.soak.doors import FAILURES, open_socket
from lesson.machinery.soak.findings import Findings
from lesson.machinery.soak.server import Server, serving

MOST, FEWEST = 1_100, 200  # connections: in ten minutes' soak, in one minute's
SOCKET_EACH = 50  # of so many connections one is a WebSocket: those are let go in any case
FILES = 100  # that this process has open besides
HALF_A_HEAD = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-More: "
KEPT = 20.0  # seconds, at most
BETWEEN = 0.1  # seconds between two questions of the others
TRY = 3.0  # seconds after which they ask anew
SERVED_WITHIN = 10.0  # seconds
PATHS = {"a page": "/dashboard", "a poll": "/demos/short-poll/sales"}


def measure(minutes: float, findings: Findings, progress: Progress) -> None:
    """Let others ask for a page and for a poll beside connections that say nothing."""
    count = room_for(max(FEWEST, min(MOST, round(MOST * minutes / 10))), findings)
    progress.begin(f"{count} connections that say nothing")
    lines: list[socket.socket] = []
    with serving(RATE=10, SEED=1) as server:
        others = {name: Other(server.url + path) for name, path in PATHS.items()}
        began = time.monotonic()
        try:
            open_all(server, count, lines)
            kept = until_let_go(lines, began + KEPT) - began
            findings.add(Figure("until the last one of them was let go", kept, "s", KEPT))
        finally:
            longest = {name: other.stop() for name, other in others.items()}
            for line in lines:
                line.close()
            judge(len(lines), count, longest, findings)
        for said in server.troubles()[:3]:
            findings.breaks(f"the server said {said[:150]!r}")


def room_for(wanted: int, findings: Findings) -> int:
    """Return how many connections this process may open, and say so if that is fewer."""
    files = raise_file_limit()
    if wanted <= files - FILES:
        return wanted
    findings.remark(f"this system lets a process have {files} files open: {wanted} was wanted")
    return files - FILES


def open_all(server: Server, count: int, lines: list[socket.socket]) -> None:
    """Open so many connections; who is refused is not counted."""
    for number in range(count):
        with contextlib.suppress(*FAILURES):
            lines.append(open_one(server, number))


def open_one(server: Server, number: int) -> socket.socket:
    """Open a connection, and fall silent on it."""
    if number % SOCKET_EACH == 1:
        line = open_socket(server.url).sock
        assert line is not None
        return line
    line = socket.create_connection(("127.0.0.1", server.port), SERVED_WITHIN)
    if number % 2 == 0:
        line.sendall(HALF_A_HEAD)
    return line


def until_let_go(lines: list[socket.socket], deadline: float) -> float:
    """Wait until the server has closed all of them, or the deadline; return when that was."""
    for line in lines:
        with contextlib.suppress(OSError):
            while (left := deadline - time.monotonic()) > 0:
                line.settimeout(left)
                if not line.recv(65_536):
                    break
    return time.monotonic()


def judge(opened: int, count: int, longest: dict[str, float], findings: Findings) -> None:
    """Hold for how long the others were not served against what was promised."""
    findings.details["half-open"] = {"connections": opened, "not served": longest}
    if opened < count:
        findings.remark(f"only {opened} of {count} connections could be opened")
    name = f"{opened} half-open connections: others not served"
    findings.promise(name, max(longest.values()), "s", SERVED_WITHIN)


class Other:
    """Asks for one thing ten times a second from now on, each time on a connection of its own."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._longest = 0.0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> float:
        """Stop with the next answer; return the longest time in s in which there was none."""
        self._stopping.set()
        self._thread.join()
        return round(self._longest, 3)

    def _run(self) -> None:
        answered = time.monotonic()
        while True:
            is_last, is_served = self._stopping.is_set(), self._is_served()
            since = time.monotonic() - answered
            self._longest = max(self._longest, since)
            if is_served:
                answered = time.monotonic()
            if is_last and (is_served or since > SERVED_WITHIN):
                return
            time.sleep(BETWEEN)

    def _is_served(self) -> bool:
        try:
            with urllib.request.urlopen(self._url, timeout=TRY) as answer:
                return answer.status == 200 and bool(answer.read())
        except (OSError, http.client.HTTPException):
            return False
