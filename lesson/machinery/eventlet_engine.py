"""Serves on eventlet, the engine that is meant. The only file, with `lesson/__main__.py`, that
imports it: eventlet is in bug-fix mode, and what students read must run without it too.
"""

from __future__ import annotations

import socket
import warnings
from collections.abc import Callable
from typing import Any

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it says so itself; the README says why
    import eventlet
    import eventlet.wsgi
    from eventlet import hubs
    from eventlet.greenio import GreenSocket

from lesson.machinery.signals import wait_for_signal
from lesson.machinery.wire.line import Line, Wire
from lesson.machinery.yours.forward import TAKE_SOCKET

KEEP_ALIVE = 20  # seconds; longer than the longest interval of a short poll
TIMEOUT = 5  # seconds in which what was begun must go on
CONNECTIONS = 10_000
GRACE = 0.3  # seconds for the last answers to leave


def serve(app: Any, listener: socket.socket, stop: Callable[[], None]) -> None:
    """Serve until the process is told to stop; then call `stop`, and return soon after."""
    server = eventlet.spawn(
        eventlet.wsgi.server,
        listener,
        give_sockets_away(app),
        log_output=False,
        debug=False,
        keepalive=KEEP_ALIVE,
        socket_timeout=TIMEOUT,
        max_size=CONNECTIONS,
    )
    wait_for_signal()
    stop()
    eventlet.sleep(0)  # sockets say goodbye before the next line cuts what looks idle
    server.kill()
    eventlet.sleep(GRACE)


def give_sockets_away(app: Any) -> Any:
    """Let the app take a connection's socket, for what is no answer of its own."""

    def call(environ: dict[str, Any], start_response: Any) -> Any:
        def take_socket() -> GreenSocket:
            eventlet.wsgi.WSGI_LOCAL.already_handled = True
            return environ["eventlet.input"].get_socket()

        environ[TAKE_SOCKET] = take_socket
        return app(environ, start_response)

    return call


def measure(listener: Any, meter: Wire) -> None:
    """Let every connection that is accepted from now on be a line that this meter counts.

    A socket's `accept` returns its own class, so the listener changes its class, in place: a second
    green socket made of it would close its file.
    """

    class MeasuredSocket(Line, GreenSocket):
        wire = meter
        forget = staticmethod(hubs.notify_opened)  # what is reopened is forgotten

    listener.__class__ = MeasuredSocket
