"""What the meter costs: booking a question, an answer and a pushed frame, without the sockets.

The bytes are a real dashboard's: questions with a browser's heads, the server's own answers.
"""

from __future__ import annotations

import base64
import os
import socket
import timeit
from collections.abc import Callable
from urllib.parse import urlsplit

from lesson.machinery.bench.progress import Progress
from lesson.machinery.bench.results import Figure, Results
from lesson.machinery.bench.server import Server, serving
from lesson.machinery.crowd import heads, packets
from lesson.machinery.meter import Meter

TIMES = 20_000
VIEWER = "bench0000"


def measure(results: Results, progress: Progress) -> None:
    """Time what the meter does for each read and each write."""
    progress.begin("The meter")
    with serving(RATE=50) as server:
        poll, handshake = exchange(server, question()), exchange(server, handshaking(server.url))
    polled, pushed = time_poll(*poll), time_push(*handshake)
    results.add(
        Figure("the meter, for a poll's question and answer", polled, "µs"),
        Figure("the meter, for a pushed frame", pushed, "µs"),
    )


def question() -> bytes:
    """Return a short poll's question for a few events."""
    target = f"/demos/short-poll/sales?after=1&viewer={VIEWER}"
    return head(target, heads.QUESTION)


def handshaking(origin: str) -> bytes:
    """Return a WebSocket's handshake."""
    own = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
    }
    return head(packets.PATH.format(viewer=VIEWER), heads.handshake(origin) | own)


def head(target: str, fields: dict[str, str]) -> bytes:
    """Return a request."""
    lines = [f"GET {target} HTTP/1.1", "Host: 127.0.0.1", *(f"{k}: {v}" for k, v in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode()


def exchange(server: Server, request: bytes) -> tuple[bytes, bytes]:
    """Send a request; return it, and what came back."""
    host, port = urlsplit(server.url).hostname, server.port
    with socket.create_connection((host, port), timeout=5) as line:
        line.sendall(request)
        answer = line.recv(65_536)
        length = int((answer.lower().partition(b"content-length: ")[2] or b"0").split(b"\r")[0])
        wanted = answer.find(b"\r\n\r\n") + 4 + length
        while len(answer) < wanted and (piece := line.recv(65_536)):
            answer += piece
    return request, answer


def time_poll(asked: bytes, answered: bytes) -> float:
    """Return µs for a question and its answer, one after the other on one connection."""
    talk = Meter().talk()

    def poll() -> None:
        talk.requests.feed(asked)
        talk.answers.feed(answered)

    return microseconds(poll)


def time_push(asked: bytes, agreed: bytes) -> float:
    """Return µs for a frame of the length of an event's."""
    talk = Meter().talk()
    talk.requests.feed(asked)
    talk.answers.feed(agreed)
    frame = b"\x81\x7e\x01\x2c" + b"x" * 300
    return microseconds(lambda: talk.answers.feed(frame))


def microseconds(once: Callable[[], None]) -> float:
    """Return how long one call takes: the best of five series, which nobody else disturbed."""
    return min(timeit.repeat(once, number=TIMES, repeat=5)) / TIMES * 1e6
