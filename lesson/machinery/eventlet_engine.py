"""Serves on eventlet, the engine that is meant. The only file, with `lesson/__main__.py`, that
imports it: eventlet is in bug-fix mode, and what students read must run without it too.
"""

from __future__ import annotations

import contextlib
import io
import logging
import socket
import warnings
from collections.abc import Callable, Iterator
from typing import Any

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it says so itself; the README says why
    import eventlet
    import eventlet.websocket
    import eventlet.wsgi
    from eventlet import hubs
    from eventlet.greenio import GreenSocket

from demos.protocol import LARGEST_BODY
from lesson.machinery.door import (
    BODY,
    FIRST,
    FOREVER,
    NEXT,
    OF_ONE_VIEWER,
    TURNED_AWAY,
    Door,
    room,
)
from lesson.machinery.frames import (
    CLOSE,
    NORMAL,
    PING,
    POLICY,
    PONG,
    PROTOCOL,
    FrameError,
    Frames,
    check_close,
)
from lesson.machinery.lean import tidy
from lesson.machinery.listener import raise_file_limit
from lesson.machinery.pace import Pace, TooFast
from lesson.machinery.packets import is_packet
from lesson.machinery.quick import Quick
from lesson.machinery.refusal import Refused
from lesson.machinery.request import LONGEST_LINE, read_body, read_head, request_environ
from lesson.machinery.signals import wait_for_signal
from lesson.machinery.wire.line import LINGER, PIECE, Line, Wire
from lesson.machinery.yours.forward import TAKE_SOCKET

KEEP_ALIVE = 20  # seconds; longer than the longest interval of a short poll
TIMEOUT = 5  # seconds in which what was begun must go on
CONNECTIONS = 10_000  # more than the door lets in: a full pool would stop accepting
GRACE = 0.3  # seconds for the last answers to leave
LONGEST_REASON = 100  # characters of a close frame's
SAFE = ("GET", "HEAD", "OPTIONS")  # methods that only ask (RFC 9110, section 9.2.1)
PARTING = 0.5  # seconds in which who is turned away can read why
FULL = Refused(503, "the server has no room for another connection", later=5)
CONTINUE, PROCESSING = b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 102 Processing\r\n\r\n"

log = logging.getLogger(__name__)


def serve(app: Any, listener: Any, stop: Callable[[], None]) -> None:
    """Serve on a measured listener until the process is told to stop; then call `stop`, and return
    soon after.
    """
    eventlet.websocket.RFC6455WebSocket = StrictWebSocket  # of which each handshake makes one
    server = eventlet.spawn(
        eventlet.wsgi.server,
        listener,
        app,
        protocol=QuickReader if app.config["FAST"] else Reader,
        log_output=False,
        debug=False,
        keepalive=KEEP_ALIVE,
        socket_timeout=TIMEOUT,
        max_size=CONNECTIONS,
    )
    eventlet.spawn(listener.door.run, eventlet.sleep)
    eventlet.spawn(tidy, listener.door, eventlet.sleep)
    wait_for_signal()
    stop()
    eventlet.sleep(0)  # sockets say goodbye before the next line cuts what looks idle
    server.kill()
    eventlet.sleep(GRACE)


def measure(listener: Any, meter: Wire) -> None:
    """Let every connection that is accepted from now on be a line that this meter counts.

    A socket's `accept` returns its own class, so the listener changes its class, in place: a second
    green socket made of it would close its file.
    """

    class MeasuredSocket(Connection):
        wire = meter
        door = Door(room(raise_file_limit()))

    listener.__class__ = MeasuredSocket


class Connection(Line, GreenSocket):
    """A line that stands in the door's book."""

    door: Door
    forget = staticmethod(hubs.notify_opened)  # what is reopened is forgotten
    let_others = staticmethod(eventlet.sleep)
    parting = 0  # how many are being turned away
    address = ""
    due = FOREVER
    reader: Reader | None = None  # of its requests, once they are read

    def accept(self) -> tuple[Connection, Any]:
        """Wait for the next connection that there is room for."""
        while True:
            try:
                accepted: tuple[Any, Any] = super().accept()
            except OSError:  # it has gone again, or there are too many files after all
                eventlet.sleep(0.05)
                continue
            line, address = accepted
            line.address = address[0]
            if self.door.admit(line):
                return accepted
            if self.parting < TURNED_AWAY:
                type(self).parting += 1
                eventlet.spawn_n(line.turn_away)
            else:  # those who come next must not wait for those to leave
                with contextlib.suppress(OSError):
                    line.send_now(FULL.answer())
                line.end()
                eventlet.sleep(0)

    def turn_away(self) -> None:
        """Say that there is no room, and close when that can have been read."""
        kind = type(self)
        try:
            self.part(lambda: self.sendall(FULL.answer()), PARTING)
        finally:
            kind.parting -= 1
            self.end()

    def part(self, say: Callable[[], object], seconds: float) -> None:
        """Say the last thing, and hear out what is still being sent, but not for long."""
        try:
            with eventlet.Timeout(seconds, False):
                say()
                self.shutdown(socket.SHUT_WR)
                while self.recv(PIECE):
                    pass
        except OSError:
            pass

    @property
    def is_crowded(self) -> bool:
        """Whether the viewer whose request this is has too many connections open."""
        return len(self._viewer.connections) > OF_ONE_VIEWER

    def has_ended(self) -> bool:
        """Return whether it has said goodbye while its answer is waited for."""
        if self.reader is None or not self.reader.is_held:
            return False
        try:
            return not self.fd.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            return True

    @property
    def has_more(self) -> bool:
        """Whether something has come that nobody has begun to read."""
        try:
            return bool(self.fd.recv(1, socket.MSG_PEEK))
        except OSError:
            return False

    def probe(self) -> None:
        """Say that the request is being worked on: one that has left refuses to hear it.

        Not to a page, of which every byte is counted: no browser says goodbye and listens on.
        """
        if not self.is_booked:
            try:
                self.send_now(PROCESSING)
            except OSError:
                pass

    def has_left(self) -> bool:
        """Return whether nobody listens there any more."""
        return self.is_booked or self.fd.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) != 0

    @property
    def is_booked(self) -> bool:
        """Whether its traffic is counted on somebody's dashboard."""
        return self._viewer is not self.wire.nobody

    def end(self) -> None:
        """Break it off, and end the work on its answer."""
        self.reset()
        if self.reader is not None:
            self.reader.end()

    def _end(self) -> None:
        super()._end()
        self.door.leave(self)


class Reader(eventlet.wsgi.HttpProtocol):
    """Reads a connection's requests, and has each of them answered.

    What it takes from inside eventlet: that one of these is made for each connection, that `handle`
    asks it for one request after the other, and what `handle_one_response` uses of it.
    """

    connection: Connection
    close_connection: bool
    requestline = ""  # for the log, which is not kept
    pace: Pace | None = None  # of what it asks to be done; few connections have one
    ahead = False  # whether such a request had come before the last one was answered
    rbufsize, wbufsize = 1_024, 512  # bytes that each keeps ready, a WebSocket for its whole life

    def setup(self) -> None:
        """Begin."""
        super().setup()
        self.thread: Any = None  # what works on an answer
        self.unread = False  # whether something was sent that nobody will read
        self.application = self.server.app
        self.connection.reader = self
        (host, port), (address, from_port) = (
            self.connection.getsockname()[:2],
            self.client_address[:2],
        )
        self.always: dict[str, Any] = self.server.get_environ() | {
            "GATEWAY_INTERFACE": "CGI/1.1",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "SERVER_NAME": host,
            "SERVER_PORT": str(port),
            "REMOTE_ADDR": address,
            "REMOTE_PORT": str(from_port),
            "SCRIPT_NAME": "",
            "eventlet.set_idle": self.set_idle,
            TAKE_SOCKET: self.take_socket,
        }

    def handle(self) -> None:
        """Answer a connection's requests. One that broke off must not end whoever let it go."""
        with contextlib.suppress(ConnectionError):
            super().handle()

    def handle_one_request(self) -> None:
        """Read a request and have it answered, or refuse it."""
        self.close_connection = True
        line = self.read_first_line()
        if line == b"\r\n":  # RFC 9112, section 2.2: one may come before a request
            line = self.read_first_line()
        self.conn_state[2] = eventlet.wsgi.STATE_REQUEST
        try:
            if line:
                self.environ = self.read_request(line)
                if self.command not in SAFE:
                    self.slow_down()
                self.answer()
        except Refused as refused:
            self.close_connection = self.unread = True
            self.connection.due = self.connection.door.clock() + NEXT
            self.wfile.write(refused.answer())
        except EOFError:
            self.close_connection = True

    def read_first_line(self) -> bytes:
        """Wait for a request and read its first line, which is empty where none comes.

        The connection may be idle until the first byte has come, and hurries from then on.
        """
        connection = self.connection
        if self.rfile.closed:
            return b""
        connection.settimeout(KEEP_ALIVE)
        begun = self.rfile.peek(1)
        connection.settimeout(TIMEOUT)
        if not begun:
            return b""
        connection.due = min(connection.due, connection.door.clock() + FIRST)
        line: bytes = self.rfile.readline(LONGEST_LINE)
        return line

    def read_request(self, line: bytes) -> dict[str, Any]:
        """Read a whole request, body and all.

        :raises Refused: if it is none, or there is no room for it.
        :raises EOFError: if it is not finished.
        """
        if len(line) >= LONGEST_LINE:
            raise Refused(414, f"the first line is too long; allowed are {LONGEST_LINE} bytes")
        if not line.endswith(b"\n"):
            raise EOFError
        head = read_head(line, self.rfile.readline)
        if self.connection.is_crowded:
            raise Refused(503, f"this page has over {OF_ONE_VIEWER} connections open", later=5)
        self.connection.due = self.connection.door.clock() + BODY
        if head.get("expect").lower() == "100-continue" and head.length <= LARGEST_BODY:
            self.connection.sendall(CONTINUE)
        body = read_body(head, self.rfile.read, self.rfile.readline)
        self.connection.due = FOREVER
        self.unread = head.length > LARGEST_BODY
        self.close_connection = self.unread or not head.keeps_open
        self.headers, self.command, self.request_version = head, head.method, head.version
        return self.always | request_environ(head, body) | self.inputs(body)

    def slow_down(self) -> None:
        """Let a request wait that has come too soon.

        :raises Refused: if that was not heeded.
        """
        self.pace = self.pace or Pace()
        try:
            wait = self.pace.wait(self.ahead)
        except TooFast as error:
            log.warning("A connection that asked for too much was closed: %s", error)
            raise Refused(429, str(error)) from None
        if wait:
            eventlet.sleep(wait)
        self.ahead = self.connection.has_more

    def inputs(self, body: bytes) -> dict[str, Any]:
        """Return what of the environment is made for each request."""
        return {
            "wsgi.input": io.BytesIO(body),
            "eventlet.input": eventlet.wsgi.Input(self.rfile, 0, self.connection),
            "eventlet.posthooks": [],
        }

    def answer(self) -> None:
        """Let the app answer."""
        self.thread = eventlet.getcurrent()
        try:
            self.handle_one_response()
        finally:
            self.thread = None
        self.connection.due = self.connection.door.clock() + NEXT

    @property
    def is_held(self) -> bool:
        """Whether a question is being worked on, and nothing of its answer is sent yet.

        Who cannot be sent an answer in between (HTTP/1.0) is left to wait.
        """
        return (
            self.thread is not None
            and self.command == "GET"
            and not self.headers.is_old
            and "HTTP_UPGRADE" not in self.environ
            and not self.environ["eventlet.input"].headers_sent
        )

    def end(self) -> None:
        """End the work on an answer that nobody waits for."""
        if self.thread is not None:
            eventlet.kill(self.thread)

    def set_idle(self) -> None:
        """Take note that this is a WebSocket now, which needs no answer before the server goes."""
        self.conn_state[2] = eventlet.wsgi.STATE_IDLE
        self.connection.door.settle(self.connection)

    def take_socket(self) -> Connection:
        """Give the connection to the app, for what is no answer of its own."""
        eventlet.wsgi.WSGI_LOCAL.already_handled = True
        return self.connection

    def finish(self) -> None:
        """Close. Where something is still being sent, hear it out: else the answer may get lost."""
        if self.unread:
            self.connection.part(self.wfile.flush, LINGER)
        super().finish()


class QuickReader(Quick, Reader):
    """A reader that is quick with polls."""


class StrictWebSocket(eventlet.websocket.RFC6455WebSocket):
    """Reads packets from a WebSocket, and closes it with one line in the log if it has others.

    What it takes from inside eventlet: that `wait` returns what `_iter_frames` yields, and None
    after that; `send`, and `close`, which say to the other end what they are told.
    """

    def _iter_frames(self) -> Iterator[str | bytes]:
        self._pace = Pace()
        frames = Frames(self.socket.recv, self._hear, self._slow_down)
        try:
            for message in frames.messages():
                if not is_packet(message):
                    raise FrameError(PROTOCOL, f"{message!r:.40} is no packet of Engine.IO's")
                yield message
        except FrameError as error:
            log.warning("A socket that sent what is no packet was closed: %s", error)
            self.close((error.status, str(error)[:LONGEST_REASON]))
        except TooFast as error:
            log.warning("A socket that sent too much was closed: %s", error)
            self.close((POLICY, str(error)))
        except (EOFError, OSError):
            pass  # it has gone

    def _slow_down(self, ahead: bool) -> None:
        wait = self._pace.wait(ahead)
        if wait:
            eventlet.sleep(wait)

    def _hear(self, kind: int, payload: bytes) -> None:
        if kind == PING:
            self.send(payload, control_code=PONG)
        elif kind == CLOSE:
            check_close(payload)
            self.close((NORMAL, ""))
