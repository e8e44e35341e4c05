"""The door: how many are let in, how long one may take to say what it wants, and who has left.

Below the file limit, for a process that meets it dies; and not too many from one address, so that
one machine cannot keep the others out. Once a second every connection that is no WebSocket is
looked at: one that has not said in time what it wants is broken off, and so is one whose answer is
waited for by nobody. Left out: how many a viewer may have, which only its requests tell.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Protocol

FOR_OTHERS = 64  # files that are no connections: our own, and those of a student's server
TURNED_AWAY = 64  # connections that are being told that there is no room
MOST = 9_000  # connections, where the file limit allows as many
SHARE = 3  # one address gets a third: behind it may be a class of 200, with 5 connections each
OF_ONE_ADDRESS = MOST // SHARE
OF_ONE_VIEWER = 64  # a page has eight at most; it may be open in some tabs, and reloaded

FIRST = 5.0  # seconds to the end of a head: from the connection's beginning, or the head's
NEXT = 25.0  # seconds from an answer to the end of the next head, of which it may be idle for 20
BODY = 10.0  # seconds for a body
FOREVER = float("inf")

LOOK = 1.0  # seconds between two looks
ECHO = 0.25  # seconds after which whoever has left has told us so


class Guest(Protocol):
    """A connection that was let in."""

    address: str
    due: float  # when what is expected must be there, in this module's clock

    def has_ended(self) -> bool:
        """Return whether it has said goodbye while its answer is waited for."""

    def probe(self) -> None:
        """Send it something that only one that still listens takes without an error."""

    def has_left(self) -> bool:
        """Return whether nobody listens there any more."""

    def end(self) -> None:
        """Break it off, and end the work on its answer."""


class Door:
    """Knows who is in.

    :param most: how many there may be; from one address, except this machine's, a third of them.
    :param clock: returns seconds that never go back.
    """

    def __init__(self, most: int = MOST, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._of_one_address = most, max(1, most // SHARE)
        self.clock = clock
        self._guests: set[Guest] = set()
        self._settled: set[Guest] = set()  # those of them at which nobody need look
        self._addresses: Counter[str] = Counter()
        self.left = 0  # how many have left since somebody set this to 0

    @property
    def inside(self) -> int:
        """How many are in."""
        return len(self._guests) + len(self._settled)

    def admit(self, guest: Guest) -> bool:
        """Let a connection in if there is room; return whether that is so."""
        if self.inside >= self._most or self._is_crowded(guest.address):
            return False
        guest.due = self.clock() + FIRST
        self._guests.add(guest)
        self._addresses[guest.address] += 1
        return True

    def settle(self, guest: Guest) -> None:
        """Look at a connection no more: it has become a WebSocket, which has pings of its own."""
        if guest in self._guests:
            self._guests.remove(guest)
            self._settled.add(guest)

    def leave(self, guest: Guest) -> None:
        """Take note that a connection is closed, if it was let in."""
        if guest in self._guests or guest in self._settled:
            self._guests.discard(guest)
            self._settled.discard(guest)
            self.left += 1
            self._addresses[guest.address] -= 1
            if not self._addresses[guest.address]:
                del self._addresses[guest.address]

    def run(self, sleep: Callable[[float], object]) -> None:
        """Look at everybody for ever. Blocks; meant for a thread of its own."""
        while True:
            sleep(LOOK)
            suspects = self.look()
            if suspects:
                sleep(ECHO)
                self.look_again(suspects)

    def look(self) -> list[Guest]:
        """Break off who is late; return those that seem to have left, and were sent a probe."""
        now = self.clock()
        for guest in [guest for guest in self._guests if guest.due < now]:
            guest.end()
        suspects = [guest for guest in self._guests if guest.has_ended()]
        for guest in suspects:
            guest.probe()
        return suspects

    def look_again(self, suspects: Iterable[Guest]) -> None:
        """Break off those that have left."""
        for guest in suspects:
            if guest in self._guests and guest.has_left():
                guest.end()

    def _is_crowded(self, address: str) -> bool:
        return self._addresses[address] >= self._of_one_address and not is_loopback(address)


def room(files: int) -> int:
    """Return how many connections there may be where so many files may be open."""
    return max(1, min(MOST, files - FOR_OTHERS - TURNED_AWAY))


def is_loopback(address: str) -> bool:
    """Return whether this is this machine: crowds, benches and proxies stand there."""
    return address.removeprefix("::ffff:").startswith("127.") or address == "::1"
