"""Serves on gevent."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable
from typing import Any

import gevent
from gevent.event import Event
from gevent.pywsgi import WSGIServer

GRACE = 0.3  # seconds for the last answers to leave


def serve(app: Any, listener: socket.socket, stop: Callable[[], None]) -> None:
    """Serve until the process is told to stop; then call `stop`, and return soon after."""
    told = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        gevent.signal_handler(number, told.set)
    server = WSGIServer(listener, app, log=None, error_log=None)
    server.start()
    told.wait()
    server.close()
    stop()
    gevent.sleep(GRACE)
