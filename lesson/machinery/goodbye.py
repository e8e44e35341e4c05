"""Says goodbye on a WebSocket without a complaint where nobody hears it any more.

For the engines that speak by simple-websocket: there a connection that was reset in that moment
ends the thread that writes it with a traceback in the log; and a message in fragments has no end.
Takes from inside the libraries: Engine.IO's `_async["websocket"]`, a class whose `close` sends the
goodbye, and its `server_args`, with which the connection is made; the connection's `event`.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from functools import partial
from types import MethodType
from typing import Any

from flask_socketio import SocketIO
from simple_websocket import ConnectionClosed

from demos.protocol import LARGEST_BODY


def hush(socketio: SocketIO) -> None:
    """Let every WebSocket that the server opens from now on close without a complaint.

    What it is sent may be as long as a body, and closes it where it is longer.
    """
    engine = socketio.server.eio
    made: Any = engine._async["websocket"]

    class WebSocket(made):
        def __init__(self, *given: Any) -> None:
            super().__init__(*given)
            thread = self.server_args.get("thread_class", threading.Thread)
            self.server_args |= {
                "max_message_size": LARGEST_BODY,
                "thread_class": partial(reading, thread),
            }

        def close(self) -> None:
            """Send the goodbye, if there is anybody."""
            with contextlib.suppress(OSError, ConnectionClosed):
                super().close()

    engine._async = engine._async | {"websocket": WebSocket}


def reading(make: Callable[..., Any], target: MethodType) -> Any:
    """Make the thread that reads a WebSocket, and at its end wakes whoever waits for a message.

    The library does so before it takes note that the connection has ended: on threads, whoever
    looks in between waits on, for ever.
    """

    def read() -> None:
        target()
        target.__self__.event.set()  # type: ignore[attr-defined]

    return make(target=read)
