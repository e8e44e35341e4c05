"""The tests' own TCP proxy: an outside count of every byte, and every fault that a network has.

It hands on what it gets, goodbyes (FIN) and resets (RST) too, in the pieces that a test asks for.
Its faults are below HTTP, where nobody of ours can reach: late, jittery, thin, in single bytes, cut
in the middle of an answer or of a frame, or standing still for good while both ends believe that
they are connected. Left out: packets that overtake one another, which TCP would hide anyway.
"""

from __future__ import annotations

import random
import socket
import struct
import threading
import time
from dataclasses import dataclass, field

RESET = struct.pack("ii", 1, 0)
PIECE = 65_536  # bytes


@dataclass(frozen=True)
class Weather:
    """What every piece meets on its way, up and down."""

    delay: float = 0.0  # s
    jitter: float = 0.0  # s, at most, on top
    rate: float = float("inf")  # bytes a second in each direction of each connection
    slices: int = PIECE  # the most bytes that go at once, each piece in a packet of its own
    refuses: bool = False  # who calls now is reset
    silent: bool = False  # nothing comes through that is sent now, and never will: half open


FAIR = Weather()


@dataclass(eq=False)
class Crossing:
    """One connection through the proxy. Up is from the client to the server."""

    client: socket.socket
    server: socket.socket
    up: bytearray = field(default_factory=bytearray)
    down: bytearray = field(default_factory=bytearray)
    was_reset: bool = False
    stranded: bool = False  # open at both ends, and nothing comes through any more
    left: int | None = None  # bytes that still go down before its end comes; None: no end
    ending: str = "reset"  # what its end is: reset, goodbye, silence
    waits: bool = True  # what came last went up, so that there is an answer to wait for
    over: threading.Event = field(default_factory=threading.Event)

    def end_after(self, count: int, ending: str = "reset") -> None:
        """Let so many more bytes go down, and then end: in the middle of whatever it is."""
        self.left, self.ending = count, ending

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
    :ivar weather: what every piece meets from now on.
    """

    def __init__(self, port: int, slices: int = PIECE) -> None:
        self._target = port
        self._slices = slices
        self.weather = FAIR
        self.flows = threading.Event()  # cleared: nobody reads, and what comes waits where it is
        self.flows.set()
        self._chance = random.Random(1)
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

    @property
    def open(self) -> list[Crossing]:
        """The connections that are not over."""
        return [crossing for crossing in self.crossings if not crossing.over.is_set()]

    def cut(self) -> None:
        """Reset what is open."""
        for crossing in self.open:
            crossing.reset()

    def dismiss(self) -> None:
        """Say goodbye on each connection that a browser keeps for later, as a server does in time.

        Such a one that has died unseen costs a time-out of its own, when a question is sent on it.
        """
        for crossing in self.open:
            if crossing.waits or crossing.stranded or b"Upgrade: websocket" in crossing.up:
                continue
            for end in (crossing.client, crossing.server):
                try:
                    end.shutdown(socket.SHUT_WR)
                except OSError:
                    pass  # it went just now

    def end_after(self, count: int, ending: str = "reset") -> None:
        """Let each connection that is open end after so many more bytes down."""
        for crossing in self.open:
            crossing.end_after(count, ending)

    def close(self) -> None:
        """Stop listening, and reset what is open."""
        self.flows.set()
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
            try:
                server = socket.create_connection(("127.0.0.1", self._target))
            except OSError:  # nobody is there, and so nobody is here
                refuse(client)
                continue
            if self.weather.refuses:
                server.close()
                refuse(client)
                continue
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
                crossing.waits = count is crossing.up
                if crossing.stranded or self.weather.silent:
                    crossing.stranded = True
                    continue
                count += data
                if not self._send(crossing, sink, data, up=count is crossing.up):
                    return
                self.flows.wait()
        except OSError:
            crossing.reset()
            return
        if crossing.stranded:
            return  # a goodbye does not come through either
        try:
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # that end has gone already

    def _send(self, crossing: Crossing, sink: socket.socket, data: bytes, up: bool) -> bool:
        """Send a piece in this weather; return whether the connection goes on."""
        left = None if up else crossing.left
        for piece in self._pieces(data if left is None else data[:left], up):
            self._travel(len(piece))
            sink.sendall(piece)
        if left is None:
            return True
        crossing.left = max(0, left - len(data))
        return crossing.left > 0 or self._end(crossing)

    def _pieces(self, data: bytes, up: bool) -> list[bytes]:
        weather = self.weather
        step = min(self._slices if up else PIECE, weather.slices)
        if weather.rate < float("inf"):
            step = min(step, max(1, int(weather.rate / 50)))
        return [data[start : start + step] for start in range(0, len(data), step)]

    def _travel(self, size: int) -> None:
        weather = self.weather
        wait = weather.delay + self._chance.uniform(0, weather.jitter) + size / weather.rate
        if size < PIECE and min(self._slices, weather.slices) < PIECE:
            wait += 0.0005  # or the kernel would join them again
        if wait:
            time.sleep(wait)

    def _end(self, crossing: Crossing) -> bool:
        if crossing.ending == "silence":
            crossing.stranded = True
            return True
        if crossing.ending == "goodbye":
            crossing.client.shutdown(socket.SHUT_WR)
        else:
            crossing.reset()
        return False


def refuse(client: socket.socket) -> None:
    """Reset a connection that has just been made."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    client.close()
