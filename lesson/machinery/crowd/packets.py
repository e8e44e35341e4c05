"""Socket.IO's packets (protocol 5, in Engine.IO 4), as far as one namespace needs them."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, NamedTuple

from demos.feed import Cursor
from demos.web_socket import NAMESPACE
from lesson.machinery.crowd.batches import given

PATH = "/socket.io/?viewer={viewer}&EIO=4&transport=websocket"
OPEN, PING, CONNECTED, EVENT, ACKNOWLEDGED = "0", "2", "40", "42", "43"
PONG = "3"
CONNECT = f"40{NAMESPACE},"


class Packet(NamedTuple):
    """A packet: its type, the number that it acknowledges, and its data."""

    type: str
    number: str
    data: Any


@lru_cache(maxsize=256)
def read_packet(text: str) -> Packet:
    """Read a packet. What it returns is shared, as in batches.py: nobody may change it."""
    if not text.startswith("4"):
        return Packet(text[:1], "", None)
    body = text[2:].removeprefix(f"{NAMESPACE},")
    data = body.lstrip("0123456789")
    number = body[: len(body) - len(data)]
    return Packet(text[:2], number, json.loads(data) if data else None)


def follow(number: int, channel: str, cursor: Cursor) -> str:
    """Return the packet that asks to follow a channel from a cursor."""
    message = ["follow", {"channel": channel} | given(cursor)]
    return f"42{NAMESPACE},{number}{json.dumps(message, separators=(',', ':'))}"
