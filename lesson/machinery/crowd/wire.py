"""The crowd's end of its connections: counts every byte that crosses them, and how many are open.

What is counted here is all of it; bodies are counted where they are read, and the rest is heads.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from lesson.machinery.crowd.tally import Tally


class CountedSocket(socket.socket):
    """A socket that tells a technique's tally what it does."""

    __slots__ = ("tally",)
    tally: Tally

    def send(self, data: Any, *flags: int) -> int:
        """Send, and count what was taken."""
        sent = super().send(data, *flags)
        self.tally.sent(sent)
        return sent

    def sendmsg(self, buffers: Any, *more: Any) -> int:
        """Send several pieces at once, as asyncio does from Python 3.12 on."""
        sent = super().sendmsg(buffers, *more)
        self.tally.sent(sent)
        return sent

    def recv(self, size: int, *flags: int) -> bytes:
        """Receive, and count what came."""
        data = super().recv(size, *flags)
        self.tally.received(len(data))
        return data

    def close(self) -> None:
        """Close; it is counted once."""
        if self.fileno() >= 0:
            self.tally.held -= 1
        super().close()


def counted(tally: Tally) -> Callable[[Any], socket.socket]:
    """Return what makes a connection's socket from its address, as aiohttp asks for it."""

    def make(address: Any) -> socket.socket:
        family, kind, protocol, *_ = address
        made = CountedSocket(family, kind, protocol)
        made.tally = tally
        tally.held += 1
        return made

    return make
