"""What waits to be sent to one client: so much at most, whatever it is and whichever way it goes.

Engine.IO's own queue has no end, so a client that says that it is there and does not read would
fill the memory. Here it is cut instead, and so is one whose line has failed: it comes back by
itself and gets its state anew. One packet may be as long as it is: what counts is the others.
Left out: what the push writes past the queue, which is never more than one frame; and the answer
to a poll that is being written, for which the engine has a time-out.

What it takes from inside Engine.IO: a session's `send`, through which all goes that is queued;
`queue`; `closing`; `close`, never waiting; `server.sockets`; `_websocket_handler`, a method, which
a connection calls with itself and from which it gets what it is to `send`.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from contextlib import suppress
from types import MethodType
from typing import Any

from engineio.exceptions import SocketIsClosedError

from lesson.machinery.wire.line import RESET, Line

PACKETS = 512  # that wait for one client at most
BYTES = 512 << 10  # of them, besides the longest
BEHIND = 30.0  # seconds in which one of them must go

log = logging.getLogger(__name__)


class Outbox:
    """One session's, put in front of it.

    :param clock: returns seconds that never go back.
    """

    __slots__ = (
        "_clock",
        "_handle",
        "_put",
        "_session",
        "_since",
        "_sizes",
        "_web_socket",
        "_writing",
    )

    def __init__(self, session: Any, clock: Callable[[], float]) -> None:
        self._session, self._clock = session, clock
        self._put, self._handle = session.send, session._websocket_handler
        # In bytes, of what waits and of what is being written. The greeting does already.
        self._sizes = [0] * session.queue.qsize()
        self._writing = False
        self._since = clock()  # when the last one went, or the first one came
        self._web_socket: Any = None
        session.send, session.outbox = self.send, self
        session._websocket_handler = MethodType(self._meet, session)

    def send(self, packet: Any) -> None:
        """Queue a packet, or cut whoever has too many. Does not wait.

        Who has gone meanwhile gets nothing, and whoever sends to all goes on to the next.
        """
        size = len(packet.data or "")
        if self._is_idle():
            self._sizes.clear()
            self._since = self._clock()
        elif self._is_full(size):
            self._give_up()
            return
        self._sizes.append(size)
        with suppress(SocketIsClosedError):
            self._put(packet)

    def takes(self, size: int) -> bool:
        """Return whether there is room for a packet of so many bytes."""
        return self._is_idle() or not self._is_full(size)

    def cut(self) -> None:
        """Close the session, drop what waits, and break its WebSocket off."""
        session = self._session
        session.close(wait=False, abort=True)
        session.server.sockets.pop(session.sid, None)
        with suppress(session.server.get_queue_empty_exception()):
            while True:
                session.queue.get(block=False)
        session.queue.put(None)  # to its writer: there is no more
        web_socket = self._web_socket  # on threads, its own may take it away here
        if web_socket is not None:
            break_off(web_socket)

    def _is_idle(self) -> bool:
        return not self._writing and not self._session.queue.qsize()

    def _is_full(self, size: int) -> bool:
        sizes = [*self._sizes, size]
        return (
            len(sizes) > PACKETS
            or sum(sizes) - max(sizes) > BYTES
            or self._clock() - self._since > BEHIND
        )

    def _give_up(self) -> None:
        if not self._session.closing:
            count, size = len(self._sizes), sum(self._sizes)
            log.warning(
                "A socket that does not read was closed: %d bytes wait, in %d packets", size, count
            )
            self.cut()

    def _meet(self, _: object, web_socket: Any) -> Any:
        write = web_socket.send

        def send(message: str | bytes, **control: Any) -> Any:
            if control:
                return write(message, **control)
            self._writing = True
            try:
                sent = write(message)
            except OSError:  # whoever has half a frame can be sent nothing more
                self.cut()
                raise
            finally:
                self._writing = False
            self._since = self._clock()
            with suppress(IndexError):  # on threads, another may have cleared them
                self._sizes.pop(0)
            return sent

        web_socket.send, self._web_socket = send, web_socket
        try:
            return self._handle(web_socket)
        finally:
            self._web_socket = None


def break_off(web_socket: Any) -> None:
    """Break a WebSocket off, so that whoever reads or writes it gets an error."""
    line = web_socket.ws.sock if hasattr(web_socket, "ws") else web_socket.socket
    if isinstance(line, Line):
        line.reset()
        return
    with suppress(OSError):
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        line.shutdown(socket.SHUT_RDWR)
