"""Knocks at each door with hostile inputs: all are answered, nobody waits, and the sale goes on.

An input that took over 1 s may only have met a busy machine. It is sent twice more at the end,
alone and on a fresh connection: what takes as long each time breaks the promise.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

import websocket

from lesson.machinery.soak.inputs import of_door
from lesson.machinery.soak.server import goes_on, newest

ALLOWED = (503, 505)  # of the statuses from 500 on
HANGS = 10.0  # seconds without an answer
SLOW = 1.0  # seconds that an answer may take
SUSPECTS = 20  # inputs that are sent again, at most
TOGETHER = 8  # messages on one connection: more in a second would be slowed
SOCKET = "/socket.io/?EIO=4&transport=websocket"
POLLING = "/socket.io/?EIO=4&transport=polling"
JOIN = "40/class,"
JOINED = "40/class,{"
CLOCK, TIME = '42/class,99["clock"]', "43/class,99["
OWN = "43/class,7["  # the acknowledgement of an input that is a message of `/class`
GOODBYE = b"1"
FAILURES = (OSError, http.client.HTTPException, websocket.WebSocketException)

Given = str | bytes


class Way(Protocol):
    """How inputs come to a door: over connections to it, which are opened as they are needed."""

    def send(self, number: int, given: Given) -> str:
        """Send the input of this number, and wait for what comes of it; return what is wrong.

        :raises TimeoutError: if nothing comes; a WebSocket has an error of its own for that.
        """

    def close(self) -> None:
        """Close what is open."""


@dataclass
class Visit:
    """What was found at one door."""

    door: str
    inputs: int = 0
    slowest: float = 0.0  # seconds
    slow: list[tuple[int, Given]] = field(default_factory=list)  # the first that took over 1 s
    stubborn: int = 0  # how many of them did so each time
    broken: list[str] = field(default_factory=list)

    def one(self, way: Way, number: int, given: Given) -> None:
        """Send one input, and keep what came of it."""
        seconds, wrong = timed(way, number, given)
        self.inputs += 1
        self.slowest = max(self.slowest, seconds)
        if wrong:
            self.breaks(wrong, given)
        if seconds > SLOW and len(self.slow) < SUSPECTS:
            self.slow.append((number, given))

    def breaks(self, wrong: str, given: Given) -> None:
        """Keep what is wrong."""
        self.broken.append(f"{wrong} to {given[:200]!r}")


def knock(url: str, door: str, count: int, seed: int = 1) -> Visit:
    """Send so many inputs to a door of the server at this address; return what was found."""
    visit, draw, way = Visit(door), of_door(door, seed), WAYS.get(door, ToClass)
    epoch, before = newest(url)
    with contextlib.closing(way(url)) as kept:
        for number in range(count):
            visit.one(kept, number, draw())
    for number, given in visit.slow:
        if all(alone(way(url), number, given) > SLOW for _ in "23"):
            visit.stubborn += 1
            visit.breaks(f"over {SLOW:.0f} s, three times,", given)
    if not goes_on(url, epoch, before):
        visit.broken.append("the sale did not go on")
    return visit


def alone(way: Way, number: int, given: Given) -> float:
    """Send one input over a fresh connection; return how many seconds it took."""
    with contextlib.closing(way):
        return timed(way, number, given)[0]


def timed(way: Way, number: int, given: Given) -> tuple[float, str]:
    """Send one input; return how many seconds it took, and what was wrong with what came of it."""
    began = time.monotonic()
    try:
        wrong = way.send(number, given)
    except (TimeoutError, websocket.WebSocketTimeoutException):
        way.close()
        wrong = f"no answer within {HANGS:.0f} s"
    return time.monotonic() - began, wrong


class Questions:
    """Asks over one connection that is kept, as far as the server keeps it."""

    def __init__(self, url: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=HANGS)

    def send(self, number: int, given: Given) -> str:
        """Ask, or post."""
        try:
            return wrong_in(self._ask(number, given))
        except (http.client.HTTPException, ConnectionError) as error:
            self.close()
            return repr(error)

    def close(self) -> None:
        """Close the connection; the next question opens another."""
        self._connection.close()

    def _ask(self, number: int, given: Given) -> int:
        if isinstance(given, bytes):
            if number % TOGETHER == 0:
                self.close()
            path = ("/demos/say", "/demos/claim", "/demos/say?viewer=x")[number % 3]
            kind = ("application/json", "application/json", "text/plain")[number // 3 % 3]
            return self._request("POST", path, given, {"Content-Type": kind})[0]
        return self._request("GET", given)[0]

    def _request(
        self, method: str, path: str, body: bytes | None = None, head: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        self._connection.request(method, path, body, head or {})
        answer = self._connection.getresponse()
        return answer.status, answer.read()


class Posts(Questions):
    """Posts to a session of Socket.IO's polling, and sees that it goes on, or is closed."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._path = ""  # of the session that is open

    def close(self) -> None:
        """Leave the session, and close the connection."""
        path, self._path = self._path, ""
        if path:
            with contextlib.suppress(*FAILURES):
                self._post(path, GOODBYE)
        super().close()

    def _ask(self, number: int, given: Given) -> int:
        assert isinstance(given, bytes)
        if number % TOGETHER == 0:
            self.close()
        if not self._path:
            status, opened = self._request("GET", POLLING)
            if status != 200:
                return status
            self._path = f"{POLLING}&sid={json.loads(opened[1:])['sid']}"
        status = self._post(self._path, given)
        if wrong_in(status):
            return status
        status = self._post(self._path, CLOCK.encode())
        if status == 400:  # it was closed, as it should be
            self._path = ""
        return status

    def _post(self, path: str, body: bytes) -> int:
        return self._request("POST", path, body, {"Content-Type": "text/plain;charset=UTF-8"})[0]


class Frames:
    """Sends each frame on a connection of its own, and says goodbye, as if there were no more.

    A frame that is unfinished shall not be waited for then: the server closes the connection.
    """

    def __init__(self, url: str) -> None:
        self._url = url

    def send(self, number: int, given: Given) -> str:
        """Send a frame, and read all that comes; an HTTP answer has no place in a WebSocket."""
        assert isinstance(given, bytes)
        heard, line = b"", open_socket(self._url)
        try:
            below = line.sock
            assert below is not None
            below.sendall(given)
            below.shutdown(socket.SHUT_WR)
            while part := below.recv(65_536):
                heard += part
        except TimeoutError:
            raise
        except OSError:
            pass  # it was closed at once
        finally:
            line.shutdown()
        return f"{heard[-160:]!r}" if b"HTTP/1." in heard or b"Traceback" in heard else ""

    def close(self) -> None:
        """Nothing is kept open."""


class Packets:
    """Sends a packet, and asks for the time: either that is answered, or the connection closed."""

    then: tuple[str, ...] = (JOIN, CLOCK)  # again: it may have left
    awaited: tuple[str, ...] = (TIME,)

    def __init__(self, url: str) -> None:
        self._url = url
        self._line: websocket.WebSocket | None = None

    def send(self, number: int, given: Given) -> str:
        """Send a packet."""
        assert isinstance(given, str)
        if number % TOGETHER == 0:
            self.close()
        if self._line is None:
            self._line = self._open()
        try:
            data = given.encode("utf-8", "surrogatepass")
            self._line.send(data, websocket.ABNF.OPCODE_TEXT)
            for packet in self.then:
                self._line.send(packet)
            wait_for(self._line, self.awaited)
        except websocket.WebSocketTimeoutException:
            raise
        except (websocket.WebSocketException, ConnectionError):
            self.close()  # it was closed, as it should be
        return ""

    def close(self) -> None:
        """Close the connection."""
        if self._line is not None:
            self._line.shutdown()
            self._line = None

    def _open(self) -> websocket.WebSocket:
        return open_socket(self._url)


class ToClass(Packets):
    """Sends a message of `/class`, which is acknowledged, too, or the connection closed."""

    then = (CLOCK,)
    awaited = (OWN, TIME)

    def _open(self) -> websocket.WebSocket:
        line = super()._open()
        line.send(JOIN)
        wait_for(line, (JOINED,))
        return line


WAYS: dict[str, Callable[[str], Way]] = {
    "query": Questions,
    "body": Questions,
    "polling": Posts,
    "frame": Frames,
    "engine": Packets,
    "packet": Packets,
}


def wrong_in(status: int) -> str:
    """Return a status if it is none that a door may answer with, else nothing."""
    return str(status) if status >= 500 and status not in ALLOWED else ""


def wait_for(line: websocket.WebSocket, heads: tuple[str, ...]) -> None:
    """Read until a packet has come with each of these heads, in any order."""
    missing = set(heads)
    while missing:
        packet = str(line.recv())
        missing -= {head for head in missing if packet.startswith(head)}


def open_socket(url: str) -> websocket.WebSocket:
    """Open a connection to Socket.IO."""
    return websocket.create_connection(
        url.replace("http", "ws") + SOCKET,
        timeout=HANGS,
        suppress_origin=True,
        skip_utf8_validation=True,
    )
