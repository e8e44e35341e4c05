"""Tells pages the state: all of them what all share, whoever steers who is here, each what is its.

What was steered goes out at once, encoded once for everybody. What students do goes to those who
steer a few times a second at most, and to everybody only where it changes what all share: however
many join, nobody else is told of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from flask_socketio import SocketIO

from demos.protocol import Message

NAMESPACE = "/class"
ROOM = "class"  # all who said hello
HERE = "here"  # those of them that are on this machine
LISTENERS, STEERERS = "listeners", "steerers"  # the two halves of it

CONSOLES = "consoles"  # those who steer and have no traffic of their own

ROOM_EVERY = 0.25  # seconds between two reports of who is here
SHARED_EVERY = 0.5  # seconds between two looks at what students' answers have changed
METERS_EVERY = 1.0  # seconds between two sums of the class's traffic


class Teller:
    """Sends `state`.

    :param shared: returns what all share, without its number.
    :param room: returns who is here, as who steers sees it.
    :param totals: returns what the class's traffic is by the second.
    :param n: the state's number at the beginning.
    """

    def __init__(
        self,
        socketio: SocketIO,
        shared: Callable[[], Message],
        room: Callable[[], Message],
        totals: Callable[[], Message],
        n: int = 0,
    ) -> None:
        self._socketio = socketio
        self._shared, self._room, self._totals = shared, room, totals
        self._seen = shared()
        self._told_room: Message = {}
        self._looked = self._reported = self._summed = time.monotonic()
        self.n = self._told = n

    def state(self) -> Message:
        """Return what all share, with its number. It is what everybody was told, or is about to."""
        return {"n": self.n, **self._seen}

    def see(self) -> None:
        """Take in what all share, if it has changed: everybody is told at the next look."""
        shared = self._shared()
        if shared != self._seen:
            self.n += 1
            self._seen = shared

    def look(self) -> None:
        """Tell everyone, if what all share has changed."""
        self.see()
        if self._told == self.n:
            return
        self._told = self.n
        self._emit(self.state(), LISTENERS)
        self._told_room = self._room()
        self._emit({**self.state(), "room": self._told_room}, STEERERS)

    def tick(self) -> None:
        """Tell what students have changed, as often as is due. To be called 10 times a second."""
        now = time.monotonic()
        if now - self._looked >= SHARED_EVERY:
            self._looked = now
            self.look()
        if now - self._reported >= ROOM_EVERY and self._anyone_in(STEERERS):
            self._reported = now
            room = self._room()
            if room != self._told_room:
                self._told_room = room
                self._emit({**self.state(), "room": room}, STEERERS)
        if now - self._summed >= METERS_EVERY and self._anyone_in(CONSOLES):
            self._summed = now
            totals = {"class": self._totals()}
            self._socketio.emit("meters", totals, to=CONSOLES, namespace=NAMESPACE)

    def tell(self, to: str, more: Message) -> None:
        """Tell one page, or a room, the state with what is its own."""
        self._emit({**self.state(), **more}, to)

    def _anyone_in(self, room: str) -> bool:
        rooms = self._socketio.server.manager.rooms.get(NAMESPACE, {})
        return bool(rooms.get(room))

    def _emit(self, state: Message, to: str) -> None:
        self._socketio.emit("state", state, to=to, namespace=NAMESPACE)


def room_of(student: str) -> str:
    """Return the room of a student's pages."""
    return f"student {student}"
