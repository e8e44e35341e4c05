"""The tests' own TCP proxy: an outside count of every byte, taken where nobody of ours can reach.

It hands on what it gets, goodbyes (FIN) and resets (RST) too, in the pieces that a test asks for.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from dataclasses import dataclass, field

RESET = struct.pack("ii", 1, 0)
PIECE = 65_536  # bytes


@dataclass(eq=False)
class Crossing:
    """One connection through the proxy. Up is from the client to the server."""

    client: socket.socket
    server: socket.socket
    up: bytearray = field(default_factory=bytearray)
    down: bytearray = field(default_factory=bytearray)
    was_reset: bool = False
    over: threading.Event = field(default_factory=threading.Event)

    def reset(self) -> None:
        """Break both halves off."""
        self.was_reset = True
        for end in (self.client, self.server):
            try:
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                end.shutdown(socket.SHUT_RD)  # wakes the thread that reads it
            except OSError:
                pass
            end.close()


class Proxy:
    """Listens on a port of its own and hands everything on to another.

    :param slices: the most bytes that go up at once, each in a packet of its own.
    """

    def __init__(self, port: int, slices: int = PIECE) -> None:
        self._target = port
        self._slices = slices
        self.crossings: list[Crossing] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = int(self._listener.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def up(self) -> int:
        """Bytes from all clients."""
        return sum(len(crossing.up) for crossing in self.crossings)

    @property
    def down(self) -> int:
        """Bytes to all clients."""
        return sum(len(crossing.down) for crossing in self.crossings)

    def wait(self, timeout: float = 10) -> None:
        """Wait until every connection is over."""
        for crossing in self.crossings:
            assert crossing.over.wait(timeout), "a connection through the proxy does not end"

    def close(self) -> None:
        """Stop listening, and reset what is open."""
        self._listener.close()
        for crossing in self.crossings:
            if not crossing.over.is_set():
                crossing.reset()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._target))
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            crossing = Crossing(client, server)
            self.crossings.append(crossing)
            threading.Thread(target=self._carry, args=(crossing,), daemon=True).start()

    def _carry(self, crossing: Crossing) -> None:
        back = threading.Thread(
            target=self._pump, args=(crossing, crossing.server, crossing.client, crossing.down)
        )
        back.start()
        self._pump(crossing, crossing.client, crossing.server, crossing.up)
        back.join()
        crossing.client.close()
        crossing.server.close()
        crossing.over.set()

    def _pump(
        self, crossing: Crossing, source: socket.socket, sink: socket.socket, count: bytearray
    ) -> None:
        try:
            while data := source.recv(PIECE):
                count += data
                self._send(sink, data, sliced=count is crossing.up)
        except OSError:
            crossing.reset()
            return
        try:
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # that end has gone already

    def _send(self, sink: socket.socket, data: bytes, sliced: bool) -> None:
        step = self._slices if sliced else PIECE
        for start in range(0, len(data), step):
            sink.sendall(data[start : start + step])
            if step < PIECE:
                time.sleep(0.0005)  # or the kernel would join them again
