"""Keeps the server's process small, quick to start, and even in what it does.

Each connection leaves some 230 objects behind that refer to one another in cycles: the request, its
threads, and the frames of those; so does each that is disturbed. Python would look for them only
after billions of allocations, as it is set here. So they are collected when many have left, and
once a minute, for which everybody is stopped.

The figures are of one run with and without, by 200 browsers of each technique at 5 events/s.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from typing import Protocol

# Socket.IO's package loads whichever of these is installed, for its clients. A server has none.
CLIENTS = ("aiohttp", "requests", "websocket")

ENOUGH, SHARE = 100, 0.1  # connections that have left, and what share of those that are open
MINUTE = 60  # seconds


class Door(Protocol):
    """Who counts the connections."""

    left: int

    @property
    def inside(self) -> int:
        """How many are open."""


def leave_out() -> None:
    """Let what a server never uses not be loaded. To be called before anything else is imported.

    Where the tools for testing are installed that is 20 MB of 75, and a third of the start; where
    they are not, 7 MB and a fifth: eventlet's own DNS client, in place of the system's.
    """
    os.environ.setdefault("EVENTLET_NO_GREENDNS", "yes")
    for name in CLIENTS:
        sys.modules[name] = None  # type: ignore[assignment]


def settle() -> None:
    """Let Python look seldom for cycles, and never in what lasts. To be called once all is built.

    A full collection stops everybody. Without this the server takes a quarter more CPU time, and
    the WebSocket's p95 is half as long again.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 1_000)


def tidy(door: Door, sleep: Callable[[float], object]) -> None:
    """Collect, for ever, what connections leave behind, whenever it is time. Blocks.

    :param door: its count of who has left begins anew then.
    """
    while True:
        for _ in range(MINUTE):
            sleep(1)
            if door.left >= max(ENOUGH, SHARE * door.inside):
                break
        door.left = 0
        gc.collect()
