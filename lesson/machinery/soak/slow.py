"""Readers that do not read: what one costs the server, and what the others notice of many.

The cost is the server's memory beside one that does not read, less what it is beside none, while
the same is said: far more than the kernel's buffers take. Those, 4 MiB at most on a connection, are
the system's, and not in it.
"""

from __future__ import annotations

import http.client
import itertools
import json
import socket
import statistics
import threading
import time

import websocket

from lesson.machinery.bench.crowds import CrowdError
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
TEXT = "\N{FOX FACE}" * 500
EVENT = 6_000  # bytes that such an event has at least
PAST = 16 << 20  # bytes that are said past a slow reader: the kernel takes 4 MiB of them
TURNS = 3
LOOK = 10  # events between two looks at the memory
LASTING = 7  # looks of which the median counts
CONNECTIONS = 64  # over which it is said, for each takes only so much in a second
TRIES = 5
ROOM = 4_096  # bytes that a slow reader's system takes
COSTS_BELOW = 1.0  # MiB
MIB = 1 << 20
NAMESPACE = "/demos/web-socket,"


def measure(minutes: float, findings: Findings, progress: Progress) -> None:
    """Find out what a slow reader costs, and whether others notice when there are twenty."""
    for part in (weigh, compare):
        with serving(RATE=0.1, CAPACITY=CAPACITY) as server:
            part(server, minutes, findings, progress)
            for line in server.troubles()[:3]:
                findings.breaks(f"the server said {line[:150]!r}")


def weigh(server: Server, minutes: float, findings: Findings, progress: Progress) -> None:
    """Say the same beside one that reads, and then beside one more who does not."""
    speaker, quick = Speaker(server), Reader(server)
    progress.begin(f"{TURNS} × {PAST // MIB} MiB, nobody slow")
    most_in_a_turn(server, speaker)  # until all is as large as it gets
    alone = [most_in_a_turn(server, speaker) for _ in range(TURNS)]
    progress.begin(f"{TURNS} × {PAST // MIB} MiB, past one that does not read")
    beside = []
    for _ in range(TURNS):
        slow = Reader(server, ROOM)
        beside.append(most_in_a_turn(server, speaker))
        slow.close()
    quick.close()
    findings.details["slow"] = {"alone": alone, "beside": beside}
    cost = max(0.0, statistics.median(beside) - statistics.median(alone)) / MIB
    findings.promise("a slow reader costs", cost, "MiB", COSTS_BELOW)


def most_in_a_turn(server: Server, speaker: Speaker) -> float:
    """Say all that is said past a slow reader; return the most memory that lasted, in bytes."""
    server.holds()  # what lies about is cleared away
    looks = []
    for number in range(PAST // EVENT):
        speaker.say()
        if number % LOOK == 0:
            looks.append(server.sizes()["memory"])
    return max(statistics.median(looks[i : i + LASTING]) for i in range(len(looks) - LASTING))


def compare(server: Server, minutes: float, findings: Findings, progress: Progress) -> None:
    """Let 20 read with nobody slow beside them, and then with 20 who do not read at all."""
    seconds = max(4.0, min(30.0, minutes))
    talking = threading.Event()
    talking.set()
    threading.Thread(target=talk, args=(server, talking), daemon=True).start()
    progress.begin(f"{READERS} readers, nobody slow")
    time.sleep(CAPACITY / PER_SECOND)
    alone = look(server, seconds)
    progress.begin(f"{READERS} readers, and {SLOW} that do not read")
    slow = [Reader(server, ROOM) for _ in range(SLOW)]
    beside = look(server, seconds)
    talking.clear()
    for reader in slow:
        reader.close()
    findings.add(Figure("the others' p99, nobody slow", alone, "ms"))
    below = None if alone is None else 1.5 * alone + 10
    findings.add(Figure(f"the others' p99, beside {SLOW} slow ones", beside, "ms", below))


def look(server: Server, seconds: float) -> float | None:
    """Let readers listen for so long; return their p99 in ms."""
    crew = Crew(Plan(server.url, {"web-socket": READERS}, seconds, 1.0, channel="chat"))
    p99: float | None = crew.report()["techniques"]["web-socket"]["delay"]["p99"]
    return p99


def talk(server: Server, talking: threading.Event) -> None:
    """Say one long thing after the other, until told to stop."""
    speaker = Speaker(server)
    while talking.is_set():
        due = time.monotonic() + 1 / PER_SECOND
        try:
            speaker.say()
        except CrowdError:
            pass  # the readers' delays show it
        time.sleep(max(0.0, due - time.monotonic()))


class Speaker:
    """Says long things in the chat, over so many connections that none of them is slowed."""

    def __init__(self, server: Server) -> None:
        self._said = json.dumps({"channel": "chat", "name": "Ada", "text": TEXT})
        self._connections = itertools.cycle(
            [
                http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
                for _ in range(CONNECTIONS)
            ]
        )

    def say(self) -> None:
        """Say one thing.

        :raises CrowdError: if nobody takes it.
        """
        for _ in range(TRIES):
            connection = next(self._connections)
            try:
                head = {"Content-Type": "application/json"}
                connection.request("POST", "/demos/say", self._said, head)
                answer = connection.getresponse()
                answer.read()
            except FAILURES:
                connection.close()
                continue
            if answer.status == 201:
                return
        raise CrowdError("nobody takes what is said")


class Reader:
    """Follows the chat; it says that it is there, or it would be cut for its silence.

    :param room: bytes that its system takes: it reads nothing then. 0: it reads all.
    """

    def __init__(self, server: Server, room: int = 0) -> None:
        line = socket.socket()
        if room:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        line.settimeout(10)
        line.connect(("127.0.0.1", server.port))
        url = server.url.replace("http", "ws") + SOCKET
        self._socket = websocket.create_connection(url, socket=line, suppress_origin=True)
        self._socket.send(f"40{NAMESPACE}")
        self._socket.send(f'42{NAMESPACE}1["follow",{{"channel":"chat"}}]')
        while not str(self._socket.recv()).startswith(f"43{NAMESPACE}1["):
            pass
        threading.Thread(target=self._stay, daemon=True).start()
        if not room:
            threading.Thread(target=self._read, args=(line,), daemon=True).start()

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

    def _read(self, line: socket.socket) -> None:
        try:
            while line.recv(1 << 18):
                pass
        except OSError:
            pass
