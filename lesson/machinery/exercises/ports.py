"""A port that nobody listens on."""

from __future__ import annotations

import socket


def free_port() -> int:
    """Return a free port of this machine, as the system draws it."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
