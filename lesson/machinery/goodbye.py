"""Says goodbye on a WebSocket without a complaint where nobody hears it any more.

For the engines that speak by simple-websocket: there a connection that was reset in that moment
ends the thread that writes it with a traceback in the log. Takes from inside the library:
Engine.IO's `_async["websocket"]`, a class whose `close` sends the goodbye.
"""

from __future__ import annotations

import contextlib
from typing import Any

from flask_socketio import SocketIO
from simple_websocket import ConnectionClosed


def hush(socketio: SocketIO) -> None:
    """Let every WebSocket that the server opens from now on close without a complaint."""
    engine = socketio.server.eio
    made: Any = engine._async["websocket"]

    class WebSocket(made):
        def close(self) -> None:
            """Send the goodbye, if there is anybody."""
            with contextlib.suppress(OSError, ConnectionClosed):
                super().close()

    engine._async = engine._async | {"websocket": WebSocket}
