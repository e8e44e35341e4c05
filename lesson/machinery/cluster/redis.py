"""A Redis that forgets nothing that it has answered: it syncs its file before it does."""

from __future__ import annotations

import socket
from pathlib import Path

from lesson.machinery.cluster.part import Part, find

CONFIG = """
port {port}
bind 127.0.0.1
dir "{folder}"
save ""
appendonly yes
appendfsync always
loglevel warning
"""


def create_redis(port: int, folder: Path) -> Part:
    """Return a Redis, not started yet, whose own that folder is.

    :raises PartError: if there is no Redis on this machine.
    """
    folder.mkdir()
    file = folder / "redis.conf"
    file.write_text(CONFIG.format(port=port, folder=folder))
    return Part("Redis", [find("redis-server"), str(file)], lambda: answers(port), folder)


def redis_url(port: int) -> str:
    """Return what REDIS_URL says for a Redis at that port."""
    return f"redis://127.0.0.1:{port}/0"


def answers(port: int) -> bool:
    """Return whether a Redis answers at a port."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as line:
            line.sendall(b"PING\r\n")
            return line.recv(16).startswith(b"+PONG")
    except OSError:
        return False
