"""Pieces of a connection that are held back until they are due, in the order in which they came."""

from __future__ import annotations

import threading
import time
from collections import deque

ROOM = 262_144  # bytes that are held back at most; beyond that, whoever brings more waits


class Late:
    """A line in which pieces wait. It ends with a piece of no bytes, which waits its turn too."""

    def __init__(self) -> None:
        self._pieces: deque[tuple[float, bytes]] = deque()
        self._size = 0
        self._due = 0.0  # of the last piece
        self._changed = threading.Condition()
        self._over = False

    @property
    def empty(self) -> bool:
        """Whether nothing waits."""
        return not self._pieces

    def put(self, data: bytes, wait: float, timeout: float | None = None) -> None:
        """Let a piece wait for so many seconds, and for those before it.

        Blocks while there is no room. After `abandon` it takes nothing more.

        :raises TimeoutError: if there is no room within `timeout` seconds.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self._size < ROOM or self._over, timeout):
                raise TimeoutError("timed out")
            if self._over:
                return
            self._due = max(self._due, time.monotonic() + wait)
            self._pieces.append((self._due, data))
            self._size += len(data)
            self._changed.notify_all()

    def take(self, size: int, timeout: float | None = None) -> bytes:
        """Return up to `size` bytes of the first piece, as soon as it is due; b"" at the end.

        :raises TimeoutError: if none comes within `timeout` seconds.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self._pieces or self._over, timeout):
                raise TimeoutError("timed out")
            while self._pieces and self._pieces[0][0] > time.monotonic():
                self._changed.wait(self._pieces[0][0] - time.monotonic())
            return b"" if self._over else self._pop(size)

    def abandon(self) -> None:
        """Drop all that waits, and let go whoever waits for it."""
        with self._changed:
            self._over = True
            self._pieces.clear()
            self._changed.notify_all()

    def _pop(self, size: int) -> bytes:
        due, data = self._pieces[0]
        if not data:
            return b""  # the end stays where it is
        piece, rest = data[:size], data[size:]
        if rest:
            self._pieces[0] = (due, rest)
        else:
            self._pieces.popleft()
        self._size -= len(piece)
        self._changed.notify_all()
        return piece
