"""What a client may send as an Engine.IO packet: looked at before the library reads it.

The library would raise in the middle of its own reading, where eventlet then writes an HTTP answer
into a WebSocket. What is inside a message, Socket.IO's packet, is looked at in sessions.py.
"""

from __future__ import annotations

import re

MOST_PACKETS = 16  # in one request: of more, the library throws all away
# A message begins with the kind of Socket.IO's packet: other text the library takes for JSON,
# however deep. All else has nothing to say but "probe", while a connection is upgraded.
PACKET = re.compile(r"4[0-6]|[1356]\Z|[23]probe\Z")
IN_BASE64 = re.compile("b(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")


def is_packet(message: str | bytes) -> bool:
    """Return whether a WebSocket's message is a packet of a client's."""
    return isinstance(message, bytes) or PACKET.match(message) is not None


def are_packets(body: bytes) -> bool:
    """Return whether what was posted are packets of a client's, 1 to 16."""
    try:
        packets = body.decode().split("\x1e")
    except UnicodeDecodeError:
        return False
    return len(packets) <= MOST_PACKETS and all(
        is_packet(packet) or IN_BASE64.fullmatch(packet) for packet in packets
    )
