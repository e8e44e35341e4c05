"""A client's WebSocket frames, put together to messages strictly (RFC 6455, section 5).

Knows no socket: it is handed what receives bytes, and what is done with a control frame. What is
wrong ends the connection, with the status that the other end is told. Left out: extensions, of
which none is agreed to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from demos.protocol import LARGEST_BODY

PIECE = 65_536  # bytes that are received at once
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
KINDS = (0, TEXT, BINARY, CLOSE, PING, PONG)
LONGEST_CONTROL = 125  # bytes
TWO_MORE, EIGHT_MORE = 126, 127  # what stands for a length that follows in so many bytes
STATUSES = {*range(1000, 1004), *range(1007, 1015), *range(3000, 5000)}

NORMAL, PROTOCOL, NOT_TEXT, POLICY, TOO_LARGE = 1000, 1002, 1007, 1008, 1009  # section 7.4.1


class FrameError(Exception):
    """What a client sent is against the rules.

    :param status: the one that it is told as the connection closes.
    """

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class Frame(NamedTuple):
    """One frame, unmasked."""

    final: bool
    kind: int
    payload: bytes


class Frames:
    """Reads frames.

    :param receive: returns up to so many bytes, as soon as there are some; none at the end.
    :param hear: is told of every control frame.
    :param pace: is called before each frame, told if it had come before anybody asked for it. It
        may wait, or raise.
    """

    def __init__(
        self,
        receive: Callable[[int], bytes],
        hear: Callable[[int, bytes], None],
        pace: Callable[[bool], None],
    ) -> None:
        self._receive, self._hear, self._pace = receive, hear, pace
        self._received = bytearray()

    def messages(self) -> Iterator[str | bytes]:
        """Read messages until the client closes.

        :raises FrameError: if it sends what is against the rules.
        :raises EOFError: if it goes without closing.
        """
        kind, parts, size = 0, list[bytes](), 0
        while True:
            frame = self._read_frame(size)
            if frame.kind >= CLOSE:
                self._hear(frame.kind, frame.payload)
                if frame.kind == CLOSE:
                    return
                continue
            if bool(frame.kind) == bool(kind):
                raise FrameError(PROTOCOL, "a fragment that belongs to no message")
            kind, size = kind or frame.kind, size + len(frame.payload)
            parts.append(frame.payload)
            if frame.final:
                yield message(kind, b"".join(parts))
                kind, parts, size = 0, [], 0

    def _read_frame(self, taken: int) -> Frame:
        ahead = bool(self._received)
        first, second = self._read(2)
        self._pace(ahead)
        final, kind, length = bool(first & 0x80), first & 0x0F, second & 0x7F
        if first & 0x70 or kind not in KINDS:
            raise FrameError(PROTOCOL, f"a frame that begins with {first:#04x}")
        if not second & 0x80:
            raise FrameError(PROTOCOL, "a frame that is not masked")
        if kind >= CLOSE and (length > LONGEST_CONTROL or not final):
            raise FrameError(PROTOCOL, "a control frame that is too long, or in pieces")
        if length >= TWO_MORE:
            length = int.from_bytes(self._read(2 if length == TWO_MORE else 8))
        if (taken if kind < CLOSE else 0) + length > LARGEST_BODY:
            raise FrameError(TOO_LARGE, f"a message of over {LARGEST_BODY} bytes")
        mask = self._read(4)
        return Frame(final, kind, unmasked(self._read(length), mask))

    def _read(self, size: int) -> bytes:
        while len(self._received) < size:
            data = self._receive(PIECE)
            if not data:
                raise EOFError
            self._received += data
        taken = bytes(self._received[:size])
        del self._received[:size]
        return taken


def message(kind: int, data: bytes) -> str | bytes:
    """Return what a message says."""
    if kind == BINARY:
        return data
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise FrameError(NOT_TEXT, "a text that is not UTF-8") from None


def unmasked(payload: bytes, mask: bytes) -> bytes:
    """Return a payload as it was before it was masked (section 5.3)."""
    size = len(payload)
    key = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(payload) ^ int.from_bytes(key)).to_bytes(size)


def check_close(payload: bytes) -> None:
    """Let pass what a close frame may say (section 5.5.1).

    :raises FrameError: for anything else.
    """
    if payload and int.from_bytes(payload[:2]) * (len(payload) > 1) not in STATUSES:
        raise FrameError(PROTOCOL, "a close frame without a status that there is")
    message(TEXT, payload[2:])
