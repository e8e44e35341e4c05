"""Serves on plain threads, with Werkzeug's server: fine for one student, not for a class."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

from lesson.machinery.signals import wait_for_signal

GRACE = 0.3  # seconds for the last answers to leave


class Handler(WSGIRequestHandler):
    """Keeps connections open between requests, and keeps no log of them."""

    protocol_version = "HTTP/1.1"
    timeout = 20  # seconds

    def log(self, type: str, message: str, *args: Any) -> None:
        """Leave out the line for each request."""


def serve(app: Any, listener: socket.socket, stop: Callable[[], None]) -> None:
    """Serve until the process is told to stop; then call `stop`, and return soon after."""
    host, port = listener.getsockname()[:2]
    server = make_server(
        host, port, app, threaded=True, request_handler=Handler, fd=listener.fileno()
    )
    server.daemon_threads = True  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    wait_for_signal()
    server.shutdown()
    stop()
    time.sleep(GRACE)
