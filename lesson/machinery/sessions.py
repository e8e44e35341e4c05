"""The Socket.IO sessions that are open: who says nothing is let go, and all are let go at the end.

So is who sends what is no packet, with one line in the log. A session is closed by its transport,
not by a `disconnect` packet: after that packet the browser's client would not come back by itself.
Names what it takes from inside the libraries: Engine.IO's `handle_request`, which raises where
something is posted to a session that is closed; its `sockets`, each one's `closed`, `closing`, at
which it is said to be gone already, and `close`, never with `wait`, which waits for a queue that
nobody may be reading; `_log_error_once`, and `_unauthorized`, with which a session is refused;
Socket.IO's `packet_class`, `_binary_packet`, and `_trigger_event`, which returns what an event is
answered with.
Who sends too fast is slowed, and then let go. A session by polling needs no connection that stays
open, so sessions are counted too, in all and by address. Left out: what is no Engine.IO packet
(packets.py), and what waits to be sent (outbox.py).
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from flask_socketio import SocketIO
from socketio import packet

from lesson.machinery.door import MOST, OF_ONE_ADDRESS, is_loopback
from lesson.machinery.outbox import Outbox
from lesson.machinery.pace import Pace, TooFast

SILENT = 10.0  # seconds in which a client must have said what it wants
CLOCK = "clock"  # asks for the time, with which nobody wants anything yet
MOST_ATTACHMENTS = 16  # binary parts of one packet
RESERVED = ("connect", "connect_error", "disconnect")  # what happens to a client, and none may say
UNEXPECTED = "Unexpected binary packet"  # the library's words for one before `connect`
FULL = {
    "title": "Service Unavailable",
    "status": 503,
    "detail": "the server has no room for another session",
}
NO_ROOM = {  # an answer, as Engine.IO has them
    "status": "503 Service Unavailable",
    "headers": [
        ("Content-Type", "application/problem+json"),
        ("Cache-Control", "no-store"),
        ("Retry-After", "5"),
    ],
    "response": json.dumps(FULL).encode() + b"\n",
}

log = logging.getLogger(__name__)


class MalformedPacket(ValueError):
    """What a client sent is no packet of the Socket.IO protocol."""


class Packet(packet.Packet):
    """A packet that is looked at before anybody handles it."""

    def decode(self, encoded_packet: str | bytes) -> int:
        """Read a packet; return how many binary parts are still to come.

        :raises MalformedPacket: if it is none.
        """
        try:
            attachments: int = super().decode(encoded_packet)
        except (ValueError, TypeError, RecursionError) as error:
            raise MalformedPacket(str(error)) from None
        if not self._is_sound(attachments):
            raise MalformedPacket(f"a packet of type {self.packet_type} without what belongs to it")
        return attachments

    def add_attachment(self, attachment: bytes) -> bool:
        """Add a binary part; return whether it was the last one.

        :raises MalformedPacket: if there is no place for it.
        """
        try:
            return bool(super().add_attachment(attachment))
        except (ValueError, TypeError, IndexError, RecursionError) as error:
            raise MalformedPacket(str(error)) from None

    def _is_sound(self, attachments: int) -> bool:
        if self.packet_type in (packet.BINARY_EVENT, packet.BINARY_ACK):
            if not 1 <= attachments <= MOST_ATTACHMENTS:
                return False
        elif attachments:
            return False
        if self.packet_type in (packet.EVENT, packet.BINARY_EVENT):
            name = (*self.data, None)[0] if isinstance(self.data, list) else None
            return isinstance(name, str) and name not in RESERVED
        if self.packet_type in (packet.ACK, packet.BINARY_ACK):
            return isinstance(self.data, list) and self.id is not None
        return self.packet_type in (packet.CONNECT, packet.DISCONNECT)


class Sessions:
    """Hears what comes in on every session, and looks at the open ones once a second.

    :param clock: returns seconds that never go back.
    """

    def __init__(self, socketio: SocketIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._server = socketio.server
        self._clock = clock
        self._silent: dict[str, float] = {}  # Engine.IO sessions that want nothing, oldest first
        self._paces: dict[str, Pace] = {}
        self._addresses: dict[str, str] = {}  # from which each session came
        self._stopped = False
        self._greet = self._server.eio.handlers["connect"]
        self._handle = self._server.eio.handlers["message"]
        self._forget = self._server.eio.handlers["disconnect"]
        self._answer = self._server._trigger_event
        self._serve = self._server.eio.handle_request
        self._one_by_one = threading.RLock()  # the library's rooms are not made for real threads
        self._server.packet_class = Packet
        self._server._trigger_event = self.answer
        self._server.eio.handle_request = self.serve
        self._server.eio.on("connect", self.enter)
        self._server.eio.on("message", self.hear)
        self._server.eio.on("disconnect", self.leave)
        self._server.eio.disconnect = self.close  # its own one waits
        self._server.eio._log_error_once = lambda *_: None  # it would log what anybody asks for
        self._server.eio._unauthorized = lambda *_: NO_ROOM

    def serve(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Let Engine.IO answer a request; a session that is closed it no longer knows.

        Posted to one that it still knows, it would raise.
        """
        (sid,) = parse_qs(environ.get("QUERY_STRING", "")).get("sid", [""])[:1]
        if sid in self._server.eio.sockets and not self._is_open(sid):
            self._server.eio.sockets.pop(sid, None)
        return self._serve(environ, start_response)

    def enter(self, sid: str, environ: dict[str, Any]) -> Any:
        """Take note of a new session, and let Socket.IO do so; False where there is no room."""
        address = environ.get("REMOTE_ADDR", "")
        if len(self._addresses) >= MOST or self._is_crowded(address):
            return False
        self._addresses[sid] = address
        self._silent[sid] = self._clock()
        Outbox(self._server.eio.sockets[sid], self._clock)
        return self._greet(sid, environ)

    def hear(self, sid: str, message: str | bytes) -> None:
        """Hand a message on to Socket.IO in its turn, and close the session if it is none.

        What comes after that one, perhaps in the same piece, is of a session that is closed.
        """
        if not self._is_open(sid) or not self._slow_down(sid):
            return
        try:
            self._hand_on(sid, message)
        except ValueError as error:
            if not isinstance(error, MalformedPacket) and str(error) != UNEXPECTED:
                raise
            log.warning("A socket that sent what is no packet was closed: %.200s", error)
            self.close(sid)

    def answer(self, event: str, namespace: str, sid: str, *given: Any) -> Any:
        """Have an event handled, and take note of who has said by it what it wants.

        What nobody handles says nothing, and neither does what is answered with an error.
        """
        answered = self._answer(event, namespace, sid, *given)
        if event != CLOCK and isinstance(answered, dict) and "error" not in answered:
            self._silent.pop(self._server.manager.eio_sid_from_sid(sid, namespace), None)
        return answered

    def _is_crowded(self, address: str) -> bool:
        if is_loopback(address):
            return False
        return list(self._addresses.values()).count(address) >= OF_ONE_ADDRESS

    def _is_open(self, sid: str) -> bool:
        session = self._server.eio.sockets.get(sid)
        return session is not None and not (session.closing or session.closed)

    def _slow_down(self, sid: str) -> bool:
        try:
            wait = self._paces.setdefault(sid, Pace(self._clock)).wait()
        except TooFast as error:
            log.warning("A socket that sent too much was closed: %s", error)
            self.close(sid)
            return False
        if wait:
            self._server.sleep(wait)
        return True

    def leave(self, sid: str, reason: str) -> None:
        """Let Socket.IO forget a session that is closed, in its turn. Returns at once.

        Whoever closes it may be sending, and holds what the message whose turn it is waits for.
        """
        self._silent.pop(sid, None)
        self._paces.pop(sid, None)
        self._addresses.pop(sid, None)
        self._server.start_background_task(self._forget_in_turn, sid, reason)

    def _forget_in_turn(self, sid: str, reason: str) -> None:
        with self._one_by_one:
            self._forget(sid, reason)

    def _hand_on(self, sid: str, message: str | bytes) -> None:
        with self._one_by_one:
            if not self._is_open(sid):
                return
            if not message and sid not in self._server._binary_packet:
                raise MalformedPacket("an empty packet")
            self._handle(sid, message)

    def run(self) -> None:
        """Sweep for ever. Blocks; meant for a thread of its own."""
        while not self._stopped:
            self._server.sleep(1)
            self.sweep()

    def sweep(self) -> None:
        """Close every session that has been open for 10 s and has not said what it wants."""
        now = self._clock()
        for sid, since in list(self._silent.items()):
            if now - since < SILENT:
                break
            self._silent.pop(sid, None)
            self.close(sid)

    def close_all(self) -> None:
        """Close every session, now and for good."""
        self._stopped = True
        for sid in list(self._server.eio.sockets):
            self.close(sid)

    def close(self, sid: str) -> None:
        """Close one session, if it is open. Returns at once."""
        socket = self._server.eio.sockets.get(sid)
        if socket is not None:
            socket.close(wait=False, abort=True)
