"""The Socket.IO sessions that are open: who says nothing is let go, and all are let go at the end.

A session is closed by its transport, not by a `disconnect` packet: after that packet the browser's
client would not come back by itself. Names what it takes from inside Engine.IO: `eio.sockets`, and
each socket's `close`, never with `wait`, which waits for a queue that nobody may be reading.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from flask_socketio import SocketIO

SILENT = 10.0  # seconds in which a client must have said what it wants


class Sessions:
    """Looks at the open sessions, once a second.

    A session has spoken once any of its clients is in a room: `follow` and `hello` put it in one.

    :param clock: returns seconds that never go back.
    """

    def __init__(self, socketio: SocketIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._socketio = socketio
        self._clock = clock
        self._seen: dict[str, float] = {}  # Engine.IO session -> when it was first seen
        self._stopped = False

    def run(self) -> None:
        """Sweep for ever. Blocks; meant for a thread of its own."""
        while not self._stopped:
            self._socketio.sleep(1)
            self.sweep()

    def sweep(self) -> None:
        """Close every session that has been open for 10 s and has not spoken."""
        now = self._clock()
        open_now = list(self._socketio.server.eio.sockets)
        self._seen = {sid: self._seen.get(sid, now) for sid in open_now}
        spoken = self._spoken()
        for sid, since in self._seen.items():
            if now - since >= SILENT and sid not in spoken:
                self._close(sid)

    def close_all(self) -> None:
        """Close every session, now and for good."""
        self._stopped = True
        for sid in list(self._socketio.server.eio.sockets):
            self._close(sid)

    def _spoken(self) -> set[str]:
        # A room's members, by manager.rooms: namespace -> room -> {client: session}. Every client
        # is in the room None and in one of its own; any other room is one that it asked for.
        rooms = self._socketio.server.manager.rooms
        return {
            session
            for namespace in list(rooms.values())
            for room, clients in list(namespace.items())
            if room is not None and room not in clients
            for session in list(clients.values())
        }

    def _close(self, sid: str) -> None:
        socket = self._socketio.server.eio.sockets.get(sid)
        if socket is not None:
            socket.close(wait=False, abort=True)
