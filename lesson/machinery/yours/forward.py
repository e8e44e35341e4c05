"""Hands what comes in below /yours/ on to the student's server, and its answers back.

So origin, meter, time diagram and faults are the same as for the other columns. A request is asked
again over there, with the same query; an answer that is a stream is handed on piece by piece, and a
WebSocket byte by byte. Where the engine does not give its sockets away (on others than eventlet),
the latter is refused.
"""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import BadGateway, Forbidden, GatewayTimeout, ServiceUnavailable
from werkzeug.exceptions import NotImplemented as NotOffered

LONGEST = 70.0  # seconds for an answer: longer than any hold
PIECE = 65_536  # bytes
TAKE_SOCKET = "lesson.take_socket"  # what an engine that can puts into the environment
STREAM = "text/event-stream"
SMALLEST = "eventlet.minimum_write_chunk_size"  # bytes; it would hold less than 4 kB back
METHODS = ("GET", "POST")


class Forward:
    """Forwards below /yours/.

    :param port: returns where the student's server listens, or None.
    :param allowed: returns whether the one who asks is on this machine.
    """

    def __init__(self, port: Callable[[], int | None], allowed: Callable[[], bool]) -> None:
        self._port, self._allowed = port, allowed

    def mount(self, app: Flask) -> None:
        """Add the routes."""
        app.route("/yours/<path:path>", methods=METHODS)(self.forward)
        app.route("/yours/socket.io/", methods=["GET"], websocket=True)(self.tunnel)

    def forward(self, path: str) -> Response:
        """Forward one request."""
        return ask(self._reach())

    def tunnel(self) -> Response:
        """Hand a WebSocket through, until one end shuts it."""
        port, take = self._reach(), request.environ.get(TAKE_SOCKET)
        if take is None:
            raise NotOffered("a WebSocket is handed through on ENGINE=eventlet only")
        join(open_connection(port), take)
        return Response()

    def _reach(self) -> int:
        if not self._allowed():
            raise Forbidden("a student's own server is reached from its own machine only")
        port = self._port()
        if port is None:
            raise ServiceUnavailable("your server does not run; the column says why")
        return port


def open_connection(port: int) -> socket.socket:
    """Connect to the student's server, and say there what was said here.

    :raises BadGateway: if it does not answer.
    """
    try:
        theirs = socket.create_connection(("127.0.0.1", port), timeout=5)
        theirs.sendall(written_head())
    except OSError as error:
        raise BadGateway(f"your server does not answer: {error}") from None
    theirs.settimeout(None)
    return theirs


def join(theirs: socket.socket, take: Callable[[], Any]) -> None:
    """Hand on what comes from either end, until one of them is shut."""
    ours = take()
    back = threading.Thread(target=copy, args=(theirs, ours), daemon=True)
    back.start()
    copy(ours, theirs)
    back.join()
    theirs.close()


def ask(port: int) -> Response:
    """Ask the student's server the same, and return its answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LONGEST)
    try:
        connection.request(
            request.method,
            request.full_path.rstrip("?"),
            body=request.get_data() or None,
            headers=dict(passed_on()),
        )
        answer = connection.getresponse()
        is_stream = answer.getheader("Content-Type", "").startswith(STREAM)
        body = pieces(connection, answer) if is_stream else answer.read()
    except TimeoutError:
        raise GatewayTimeout(f"your server has not answered for {LONGEST:g} s") from None
    except (OSError, http.client.HTTPException) as error:
        raise BadGateway(f"your server broke off: {error}") from None
    if is_stream:
        request.environ[SMALLEST] = 1
    else:
        connection.close()
    response = Response(body, answer.status)
    for name in ("Content-Type", "Cache-Control"):
        if value := answer.getheader(name):
            response.headers[name] = value
    return response


def pieces(
    connection: http.client.HTTPConnection, answer: http.client.HTTPResponse
) -> Iterator[bytes]:
    """Hand on what comes, the moment that it comes, until one end or the other has enough."""
    try:
        while piece := answer.read1(PIECE):
            yield piece
    except (OSError, http.client.HTTPException):
        pass  # theirs broke off, and so does ours: a browser asks again
    finally:
        connection.close()


def passed_on() -> Iterator[tuple[str, str]]:
    """Return those of the request's fields that the other server is to know."""
    for name in ("Accept", "Content-Type", "Last-Event-ID"):
        if value := request.headers.get(name):
            yield name, value


def written_head() -> bytes:
    """Return the request's head as it was, but for cookies."""
    lines = [f"{request.method} {request.full_path.rstrip('?')} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in request.headers if name != "Cookie"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def copy(source: Any, target: Any) -> None:
    """Hand on what comes, until one end or the other is shut; then shut both."""
    try:
        while data := source.recv(PIECE):
            target.sendall(data)
    except OSError:
        pass
    for end in (source, target):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
