"""Knocks at each door with hostile inputs: all are answered, nobody waits, and the sale goes on."""

from __future__ import annotations

import contextlib
import http.client
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import websocket

from lesson.machinery.pace import BURST
from lesson.machinery.soak.inputs import of_door

ALLOWED = (503, 505)  # of the statuses from 500 on
HANGS = 10.0  # seconds without an answer
TOGETHER = 8  # messages on one connection: more in a second would be slowed
SOCKET = "/socket.io/?EIO=4&transport=websocket"
JOIN = "40/class,"
CLOCK = '42/class,99["clock"]'
FAILURES = (OSError, http.client.HTTPException, websocket.WebSocketException)


@dataclass
class Visit:
    """What was found at one door."""

    door: str
    inputs: int = 0
    slowest: float = 0.0  # seconds
    broken: list[str] = field(default_factory=list)

    @contextlib.contextmanager
    def one(self, given: str | bytes) -> Iterator[None]:
        """Time one input; a time-out is a promise broken, a connection that is closed is not."""
        began = time.monotonic()
        try:
            yield
        except TimeoutError:
            self.broken.append(f"no answer within {HANGS:.0f} s to {given[:200]!r}")
        except websocket.WebSocketTimeoutException:
            self.broken.append(f"no answer within {HANGS:.0f} s to {given[:200]!r}")
        self.inputs += 1
        self.slowest = max(self.slowest, time.monotonic() - began)


def knock(url: str, door: str, count: int, seed: int = 1) -> Visit:
    """Send so many inputs to a door of the server at this address; return what was found."""
    visit, draw = Visit(door), of_door(door, seed)
    given = (draw() for _ in range(count))
    if door in ("query", "body"):
        ask(url, visit, given)
    elif door == "frame":
        send_frames(url, visit, given)
    else:
        send_packets(url, visit, given)
    return visit


def ask(url: str, visit: Visit, inputs: Iterator[str | bytes]) -> None:
    """Ask over one connection that is kept, as far as the server keeps it."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=HANGS)
    for number, given in enumerate(inputs):
        with visit.one(given):
            try:
                if isinstance(given, bytes):
                    path = ("/demos/say", "/demos/claim", "/demos/say?viewer=x")[number % 3]
                    kind = ("application/json", "application/json", "text/plain")[number // 3 % 3]
                    if number % BURST == 0:
                        connection.close()  # and opened again: more on one would be slowed
                    connection.request("POST", path, given, {"Content-Type": kind})
                else:
                    connection.request("GET", given)
                answer = connection.getresponse()
                answer.read()
            except http.client.HTTPException as error:
                visit.broken.append(f"{error!r} to {given[:200]!r}")
                connection.close()
                continue
            except TimeoutError:
                connection.close()
                raise
            if answer.status >= 500 and answer.status not in ALLOWED:
                visit.broken.append(f"{answer.status} to {given[:200]!r}")
    connection.close()


def send_frames(url: str, visit: Visit, inputs: Iterator[str | bytes]) -> None:
    """Send each frame on a connection of its own, and wait until the server has closed it."""
    for given in inputs:
        assert isinstance(given, bytes)
        with visit.one(given):
            line = open_socket(url)
            try:
                below = line.sock
                assert below is not None
                below.sendall(given)
                below.shutdown(socket.SHUT_WR)
                read_to_the_end(below, visit, given)
            except TimeoutError:
                raise
            except OSError:
                pass  # it was closed at once
            finally:
                line.shutdown()


def read_to_the_end(line: socket.socket, visit: Visit, given: bytes) -> None:
    """Read all that comes; an HTTP answer has no place in a WebSocket."""
    heard = b""
    while part := line.recv(65_536):
        heard += part
    if b"HTTP/1." in heard or b"Traceback" in heard:
        visit.broken.append(f"{heard[-160:]!r} to {given[:200]!r}")


def send_packets(url: str, visit: Visit, inputs: Iterator[str | bytes]) -> None:
    """Send each packet, and ask for the time: either that is answered, or the connection closed."""
    line, sent = None, 0
    for given in inputs:
        assert isinstance(given, str)
        with visit.one(given):
            if line is None or sent >= TOGETHER:
                if line:
                    line.shutdown()
                line, sent = open_socket(url), 0
            sent += 1
            try:
                line.send(given.encode("utf-8", "surrogatepass"), websocket.ABNF.OPCODE_TEXT)
                line.send(JOIN)  # again: it may have left
                line.send(CLOCK)
                while not str(line.recv()).startswith("43/class,99["):
                    pass
            except websocket.WebSocketTimeoutException:
                line = None
                raise
            except (websocket.WebSocketException, ConnectionError):
                line = None  # closed, as it should be
    if line:
        line.shutdown()


def open_socket(url: str) -> websocket.WebSocket:
    """Open a connection to Socket.IO."""
    return websocket.create_connection(
        url.replace("http", "ws") + SOCKET,
        timeout=HANGS,
        suppress_origin=True,
        skip_utf8_validation=True,
    )
