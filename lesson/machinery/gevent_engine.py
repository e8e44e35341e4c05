"""Serves on gevent."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import gevent
from gevent.event import Event
from gevent.pywsgi import WSGIHandler, WSGIServer

GRACE = 0.3  # seconds for the last answers to leave


class Handler(WSGIHandler):
    """Ends without a complaint where the connection was broken off."""

    def handle(self) -> None:
        """Answer a connection's requests."""
        with suppress(ConnectionError):
            super().handle()


def serve(app: Any, listener: socket.socket, stop: Callable[[], None]) -> None:
    """Serve until the process is told to stop; then call `stop`, and return soon after."""
    told = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        gevent.signal_handler(number, told.set)
    server = WSGIServer(listener, app, log=None, error_log=None, handler_class=Handler)
    server.start()
    told.wait()
    server.close()
    stop()
    gevent.sleep(GRACE)
