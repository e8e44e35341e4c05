"""What the inspector shows: exchanges and frames as they crossed, secrets masked.

An exchange, as sent to the page (a handshake is one too, of kind "handshake"):

    {"n": 17,                        counts this viewer's entries up from 1
     "technique": "short-poll", "kind": "exchange" | "handshake",
     "connection": 4,                the same number: the same TCP connection
     "cut": false,                   true: the connection ended before the answer did
     "up":   {"at": 1766390000123.4, ms since the Unix epoch; null: nothing came
              "head": {"bytes": 591, "more": 0, "lines": [{"text": "GET /de…", "bytes": 87}, …]},
              "body": {"bytes": 0, "more": 0, "text": ""},
              "framing": 0},         bytes of chunk sizes and trailers: heads, but not in the head
     "down": {the same}}

`bytes` is what crossed, `more` how much of it is not kept. The lines' `bytes` include their ends,
so that with `more` they add up to the head's; a masked line keeps its true length. A frame:

    {"n": 18, "technique": "web-socket", "kind": "frame", "connection": 5, "cut": false,
     "direction": "up" | "down", "at": 1766390000125.0,
     "fin": true, "opcode": 1, "name": "text", "masked": true, "mask": "0a1b2c3d" | null,
     "head": 6,                      bytes of the frame's header
     "body": {"bytes": 31, "more": 0, "text": "42/demos/web-socket,…"}}
"""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

from lesson.machinery.wire.heads import TECHNIQUES

KEPT = 50  # entries of each technique
LARGEST = 4_096  # bytes of one entry that are kept
OPCODES = {0: "continuation", 1: "text", 2: "binary", 8: "close", 9: "ping", 10: "pong"}

# The Engine.IO session's id is a bearer secret, in an address as well as in a packet.
SECRET = r"[\w-]*(?:sid|token|key|secret)"
IN_ADDRESS = re.compile(rf"((?:[?&;]|%26){SECRET}(?:=|%3D))[^&\s;\"'<]*", re.IGNORECASE)
IN_JSON = re.compile(rf'(\\?"{SECRET}\\?"\s*:\s*\\?")[^"\\]*', re.IGNORECASE)
COOKIES = re.compile(r"^((?:set-)?cookie:)(.*)$", re.IGNORECASE | re.DOTALL)
COOKIE = re.compile(r"^(\s*[^=;]*=|\s*)[^;]*")
CREDENTIALS = re.compile(r"^((?:proxy-)?authorization:).*$", re.IGNORECASE | re.DOTALL)
HIDDEN = "•••"


class Entry(Protocol):
    """What is kept of one exchange or one frame."""

    technique: str

    def as_dict(self) -> dict[str, Any]:
        """Return it as the page gets it, secrets masked."""


class Part:
    """Some of what crossed, up to the room that is left in its entry."""

    __slots__ = ("_room", "bytes", "kept")

    def __init__(self, room: list[int]) -> None:
        self._room = room  # shared by an entry's parts
        self.kept = bytearray()
        self.bytes = 0

    def add(self, data: bytes) -> None:
        """Keep what there is room for, and count the rest."""
        piece = data[: self._room[0]]
        self._room[0] -= len(piece)
        self.kept += piece
        self.bytes += len(data)

    def as_dict(self) -> dict[str, Any]:
        """Return it as text."""
        return {"bytes": self.bytes, "more": self.bytes - len(self.kept), "text": self.text()}

    def text(self) -> str:
        """Return what is kept as text, secrets masked."""
        return mask(self.kept.decode("utf-8", "replace"))

    def lines(self) -> dict[str, Any]:
        """Return it as a head: line by line, each with its length."""
        lines = [
            {"text": mask_field(line.decode("latin-1").rstrip("\r\n")), "bytes": len(line)}
            for line in self.kept.splitlines(keepends=True)
        ]
        return {"bytes": self.bytes, "more": self.bytes - len(self.kept), "lines": lines}


class Message:
    """One direction of an exchange."""

    __slots__ = ("at", "body", "framing", "head")

    def __init__(self, room: list[int]) -> None:
        self.at: float | None = None
        self.head, self.body = Part(room), Part(room)
        self.framing = 0

    def as_dict(self) -> dict[str, Any]:
        """Return it as the page gets it."""
        return {
            "at": self.at,
            "head": self.head.lines(),
            "body": self.body.as_dict(),
            "framing": self.framing,
        }


class Exchange:
    """A request and its answer."""

    __slots__ = ("connection", "cut", "down", "handshake", "technique", "up")

    def __init__(self, technique: str, connection: int) -> None:
        room = [LARGEST]
        self.technique, self.connection = technique, connection
        self.up, self.down = Message(room), Message(room)
        self.handshake = self.cut = False

    def as_dict(self) -> dict[str, Any]:
        """Return it as the page gets it."""
        return {
            "technique": self.technique,
            "kind": "handshake" if self.handshake else "exchange",
            "connection": self.connection,
            "cut": self.cut,
            "up": self.up.as_dict(),
            "down": self.down.as_dict(),
        }


class Frame:
    """One frame of a WebSocket, from its header on (RFC 6455, section 5.2)."""

    __slots__ = ("at", "body", "connection", "cut", "direction", "header", "technique")

    def __init__(
        self, technique: str, connection: int, direction: str, header: bytes, at: float
    ) -> None:
        self.technique, self.connection, self.direction = technique, connection, direction
        self.header, self.at = header, at
        self.body = Part([LARGEST])
        self.cut = False

    def as_dict(self) -> dict[str, Any]:
        """Return it taken apart, as the page gets it."""
        masked = self.header[1] > 127
        opcode = self.header[0] & 15
        return {
            "technique": self.technique,
            "kind": "frame",
            "connection": self.connection,
            "cut": self.cut,
            "direction": self.direction,
            "at": self.at,
            "fin": self.header[0] > 127,
            "opcode": opcode,
            "name": OPCODES.get(opcode, "reserved"),
            "masked": masked,
            "mask": self.header[-4:].hex() if masked else None,
            "head": len(self.header),
            "body": self._unmasked().as_dict(),
        }

    def _unmasked(self) -> Part:
        if self.header[1] <= 127:
            return self.body
        plain = Part([LARGEST])
        plain.bytes = self.body.bytes
        key = self.header[-4:]
        plain.kept += bytes(byte ^ key[i % 4] for i, byte in enumerate(self.body.kept))
        return plain


class Inspector:
    """Keeps one viewer's newest 50 entries of each technique, for as long as it is open.

    :param wall: returns the wall clock in seconds since the Unix epoch.
    """

    def __init__(self, wall: Callable[[], float] = time.time) -> None:
        self._wall = wall
        self._entries: dict[str, deque[tuple[int, Entry]]] = {
            technique: deque(maxlen=KEPT) for technique in TECHNIQUES
        }
        self.last = 0  # the newest entry's number

    def now(self) -> float:
        """Return the time that entries are marked with, in ms since the Unix epoch."""
        return round(self._wall() * 1_000, 1)

    def file(self, entry: Entry) -> None:
        """Keep an entry; the oldest of its technique beyond 50 is dropped."""
        self.last += 1
        self._entries[entry.technique].append((self.last, entry))

    def since(self, after: int, most: int) -> list[dict[str, Any]]:
        """Return up to `most` entries that are kept and came after that number, oldest first."""
        fresh = sorted(
            (n, entry) for kept in self._entries.values() for n, entry in kept if n > after
        )
        return [{"n": n} | entry.as_dict() for n, entry in fresh[:most]]


def mask(text: str) -> str:
    """Hide what opens a door to others: session ids and tokens, in addresses and in JSON."""
    return IN_JSON.sub(rf"\1{HIDDEN}", IN_ADDRESS.sub(rf"\1{HIDDEN}", text))


def mask_field(line: str) -> str:
    """Hide the same in a line of a head, and the values of cookies and credentials."""
    cookies = COOKIES.match(line)
    if cookies:
        return cookies[1] + mask_cookies(cookies[2], cookies[1].lower() == "set-cookie:")
    return mask(CREDENTIALS.sub(rf"\1 {HIDDEN}", line))


def mask_cookies(value: str, setting: bool) -> str:
    """Hide the values of cookies. Where one is set, what follows its value are its attributes."""
    first, *rest = value.split(";")
    attributes = rest if setting else [COOKIE.sub(rf"\1{HIDDEN}", cookie) for cookie in rest]
    return ";".join([COOKIE.sub(rf"\1{HIDDEN}", first), *attributes])
