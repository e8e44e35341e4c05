"""The push, fast: a batch's frame is encoded once, and written straight to each idle socket.

It is Socket.IO's client manager, underneath the demos' plain `emit`. A socket is idle when nothing
is queued for it, nothing of it is half written, and no fault is on; its frame is with the kernel
before `emit` returns. All others get theirs the stock way, from a queue that the socket's own green
thread writes. Where 16 packets wait already, or its outbox has no room, no more is put: a batch
comes from a log, so whoever misses one sees the gap and follows again from its cursor. Who stays
behind is cut.
Left out: sockets that began with polling go the stock way also after their upgrade.

What it takes from inside the libraries (tests/test_push.py fails where one of these has changed):
- Engine.IO: `eio._async["websocket"]`, which makes a connection of a session's bound handler;
  `eio.sockets`; a session's `sid`, `connected`, `closed`, `queue`, and its `close`, never waiting;
  that one green thread reads that queue and writes the connection, and nobody else but control
  frames, which take `_sendlock`
- Socket.IO: `packet_class` and `_send_eio_packet`; that `get_participants` gives a copy
- eventlet: its queue's `queue` and `getters`; its WebSocket's `socket`, `_sendlock` (and of that
  `counter`, below 1 where it is locked) and `websocket_closed`
"""

from __future__ import annotations

import struct
import time
from collections.abc import Callable
from typing import Any

from engineio.packet import MESSAGE, PING
from engineio.packet import Packet as Envelope
from socketio import Manager
from socketio.packet import EVENT

from lesson.machinery.pings import Pings
from lesson.machinery.wire.line import Line

QUEUED = 16  # packets that wait for one socket at most
MISSED = 1 << 20  # bytes that one may miss before it is cut
BEHIND = 30.0  # seconds that one may be behind before it is cut

TEXT = 0x81  # a whole text message in one frame
SHORT, MEDIUM = 126, 65_536  # lengths from here on take two more bytes, or eight


class Push(Manager):
    """Keeps the rooms as Socket.IO does, and sends what goes to a namespace in its own way.

    :param namespace: where a message that is missed does no harm.
    :param clock: returns seconds that never go back.
    """

    def __init__(self, namespace: str, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._namespace = namespace
        self._clock = clock
        self._connections: dict[str, Connection] = {}  # by Engine.IO session, as the next is
        self._behind: dict[str, tuple[float, int]] = {}  # since when, and how many bytes it missed

    def set_server(self, server: Any) -> None:
        """Learn of every WebSocket that the server opens from now on."""
        super().set_server(server)
        self._pings = Pings(server.eio, self._ping)
        self._pings.start()
        made = server.eio._async["websocket"]
        server.eio._async = server.eio._async | {
            "websocket": lambda handler, eio: made(self._meet(handler), eio)
        }

    def emit(
        self,
        event: str,
        data: Any,
        namespace: str,
        room: str | None = None,
        skip_sid: Any = None,
        callback: Any = None,
        to: str | None = None,
        **kwargs: Any,
    ) -> None:
        """Send an event to a room. Does not wait."""
        room = to or room
        if namespace == self._namespace and isinstance(data, dict) and not (skip_sid or callback):
            text = self.server.packet_class(EVENT, namespace=namespace, data=[event, data]).encode()
            if isinstance(text, str):  # nothing binary in it
                self._send(Envelope(MESSAGE, text), namespace, room)
                return
        super().emit(event, data, namespace, room, skip_sid, callback, **kwargs)

    def disconnect(self, sid: str, namespace: str, **kwargs: Any) -> Any:
        """Forget a client of a namespace."""
        if namespace == self._namespace:
            self._behind.pop(self.eio_sid_from_sid(sid, namespace), None)
        return super().disconnect(sid, namespace, **kwargs)

    def _send(self, message: Envelope, namespace: str, room: str | None) -> None:
        frame = text_frame(message.encode().encode())
        for _, session in self.get_participants(namespace, room):
            connection = self._connections.get(session)
            if connection is None or not connection.take(frame):
                self._queue(session, message, len(frame))
            elif self._behind:
                self._behind.pop(session, None)

    def _queue(self, name: str, message: Envelope, size: int) -> None:
        session = self.server.eio.sockets.get(name)
        if session is None or session.closed:
            return
        waiting = session.queue.qsize()
        if not waiting:
            self._behind.pop(name, None)
        if waiting < QUEUED and session.outbox.takes(size):
            self.server._send_eio_packet(name, message)
        else:
            self._miss(name, size)

    def _miss(self, name: str, size: int) -> None:
        now = self._clock()
        since, missed = self._behind.get(name, (now, 0))
        self._behind[name] = since, missed + size
        if missed + size > MISSED or now - since > BEHIND:
            self._cut(name)

    def _cut(self, name: str) -> None:
        self.server.eio.sockets[name].close(wait=False, abort=True)
        if name in self._connections:  # whoever does not read will not hear a goodbye either
            self._connections[name].reset()

    def _ping(self, session: Any) -> None:
        connection = self._connections.get(session.sid)
        if connection is None or not connection.take(PING_FRAME):
            session.send(Envelope(PING))

    def _meet(self, handler: Any) -> Callable[[Any], Any]:
        session = handler.__self__

        def handle(web_socket: Any) -> Any:
            if session.connected or not isinstance(web_socket.socket, Line):
                return handler(web_socket)
            start = self.server.start_background_task
            self._connections[session.sid] = Connection(session, web_socket, start)
            self._pings.adopt(session)
            try:
                return handler(web_socket)
            finally:
                del self._connections[session.sid]

        return handle


class Connection:
    """A session's WebSocket, which was one from the start.

    :param start: runs a function with its arguments in a green thread.
    """

    __slots__ = ("_getters", "_line", "_lock", "_send", "_start", "_waiting", "_web_socket")

    def __init__(self, session: Any, web_socket: Any, start: Callable[..., Any]) -> None:
        self._waiting, self._getters = session.queue.queue, session.queue.getters
        self._web_socket, self._lock = web_socket, web_socket._sendlock
        self._line: Line = web_socket.socket
        self._send: Callable[[bytes], int] = self._line.frame_sender()
        self._start = start

    def take(self, frame: bytes) -> bool:
        """Write a frame now if that can be; return whether it was at least begun.

        That can be while its writer waits for something to write, and nothing is on its way. What
        the kernel has no room for follows before anything else goes out.
        """
        if (
            self._waiting
            or not self._getters
            or self._lock.counter < 1
            or self._web_socket.websocket_closed
        ):
            return False
        try:
            sent = self._send(frame)
        except ConnectionResetError:
            return False  # its writer shall find out, and clear up
        if 0 < sent < len(frame):
            self._lock.acquire(blocking=False)
            self._start(self._complete, frame[sent:])
        return bool(sent)

    def reset(self) -> None:
        """Break it off."""
        self._line.reset()

    def _complete(self, rest: bytes) -> None:
        try:
            self._line.sendall(rest)
        except OSError:
            self._line.reset()  # nothing can be said after half a frame
        finally:
            self._lock.release()


def text_frame(text: bytes) -> bytes:
    """Return a server's frame for a text message (RFC 6455, section 5.2); never compressed."""
    length = len(text)
    if length < SHORT:
        return struct.pack("!BB", TEXT, length) + text
    if length < MEDIUM:
        return struct.pack("!BBH", TEXT, 126, length) + text
    return struct.pack("!BBQ", TEXT, 127, length) + text


PING_FRAME = text_frame(Envelope(PING).encode().encode())
