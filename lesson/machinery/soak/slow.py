"""Readers that do not read: what each costs the server, and what the others notice of it."""

from __future__ import annotations

import http.client
import itertools
import json
import socket
import threading
import time

import websocket

from lesson.machinery.bench.progress import Progress
from lesson.machinery.bench.results import Figure
from lesson.machinery.crowd.plan import Plan
from lesson.machinery.soak.crew import Crew
from lesson.machinery.soak.doors import FAILURES, SOCKET
from lesson.machinery.soak.findings import Findings
from lesson.machinery.soak.server import Server, serving

READERS, SLOW = 20, 20
CAPACITY = 150  # events that the feed holds here, so that it does not grow itself
PER_SECOND = 50  # events, of 6 kB each: 300 kB a second for everybody
TALKERS = 3  # connections: what comes faster than 20 a second on one is slowed
TEXT = "\N{FOX FACE}" * 500
ROOM = 4_096  # bytes that a slow reader's system takes
COSTS_BELOW = 1.0  # MiB
MIB = 1 << 20
NAMESPACE = "/demos/web-socket,"


def measure(minutes: float, findings: Findings, progress: Progress) -> None:
    """Let 20 read with nobody slow beside them, and then with 20 who do not read at all."""
    seconds = max(4.0, min(30.0, minutes))
    with serving(RATE=0.1, CAPACITY=CAPACITY) as server:
        talking = threading.Event()
        talking.set()
        threading.Thread(target=talk, args=(server, talking), daemon=True).start()
        progress.begin(f"{READERS} readers, nobody slow")
        time.sleep(CAPACITY / PER_SECOND)
        alone, p99_alone = look(server, seconds)
        progress.begin(f"{READERS} readers, and {SLOW} that do not read")
        slow = [SlowReader(server) for _ in range(SLOW)]
        beside, p99_beside = look(server, seconds)
        talking.clear()
        for reader in slow:
            reader.close()
    findings.details["slow"] = {"alone": alone, "beside": beside}
    cost = max(0.0, beside - alone) / SLOW / MIB
    findings.promise("a slow reader costs", cost, "MiB", COSTS_BELOW)
    findings.add(Figure("the others' p99, nobody slow", p99_alone, "ms"))
    below = None if p99_alone is None else 1.5 * p99_alone + 10
    findings.add(Figure(f"the others' p99, beside {SLOW} slow ones", p99_beside, "ms", below))
    for line in server.troubles()[:3]:
        findings.breaks(f"the server said {line[:150]!r}")


def look(server: Server, seconds: float) -> tuple[float, float | None]:
    """Let readers listen for so long; return the server's memory at most, and their p99 in ms."""
    plan = Plan(server.url, {"web-socket": READERS}, seconds, 1.0, channel="chat")
    crew, most = Crew(plan), 0.0
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        most = max(most, server.sizes()["memory"])
        time.sleep(0.1)
    return most, crew.report()["techniques"]["web-socket"]["delay"]["p99"]


def talk(server: Server, talking: threading.Event) -> None:
    """Say one long thing after the other, until told to stop."""
    said = json.dumps({"channel": "chat", "name": "Ada", "text": TEXT})
    connections = [
        http.client.HTTPConnection("127.0.0.1", server.port, timeout=10) for _ in range(TALKERS)
    ]
    for connection in itertools.cycle(connections):
        if not talking.is_set():
            return
        due = time.monotonic() + 1 / PER_SECOND
        try:
            connection.request("POST", "/demos/say", said, {"Content-Type": "application/json"})
            connection.getresponse().read()
        except FAILURES:
            connection.close()
        time.sleep(max(0.0, due - time.monotonic()))


class SlowReader:
    """Follows the chat and reads nothing; it says that it is there, or it would be cut for that."""

    def __init__(self, server: Server) -> None:
        line = socket.socket()
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, ROOM)
        line.settimeout(10)
        line.connect(("127.0.0.1", server.port))
        url = server.url.replace("http", "ws") + SOCKET
        self._socket = websocket.create_connection(url, socket=line, suppress_origin=True)
        self._socket.recv()
        self._socket.send(f"40{NAMESPACE}")
        self._socket.recv()
        self._socket.send(f'42{NAMESPACE}1["follow",{{"channel":"chat"}}]')
        threading.Thread(target=self._stay, daemon=True).start()

    def close(self) -> None:
        """Go."""
        self._socket.shutdown()

    def _stay(self) -> None:
        try:
            while True:
                self._socket.send("3")
                time.sleep(2)
        except (OSError, websocket.WebSocketException, AttributeError):
            pass  # it was cut, which is what a server does with it in the end
