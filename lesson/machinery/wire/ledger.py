"""The ledger: how many bytes each viewer's traffic took, by technique.

The smallest part, a tally, is what a connection adds to. What belongs to nobody is added to a
tally that nobody reads, so that no connection ever has to ask.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Protocol

from lesson.machinery.wire.faults import Faults
from lesson.machinery.wire.heads import TECHNIQUES
from lesson.machinery.wire.record import Inspector

LARGEST = 1_000  # viewers that are booked at a time

HEAD, BODY = 0, 1


class Connection(Protocol):
    """What a viewer's connection can be asked and told."""

    @property
    def technique(self) -> str:
        """By which technique its latest request is."""

    def reset(self) -> None:
        """Break the connection off, without a word."""


class Tally:
    """One technique's counts: bytes up and down, each as [in heads, in bodies]."""

    __slots__ = ("cut", "down", "opened", "requests", "up")

    def __init__(self) -> None:
        self.up, self.down = [0, 0], [0, 0]
        self.zero()

    def zero(self) -> None:
        """Begin anew. Connections keep the lists, so these stay the same ones."""
        self.requests = self.opened = self.cut = 0
        self.up[:] = self.down[:] = (0, 0)

    def figures(self) -> dict[str, int]:
        """Return the counts: `head` + `body` = `up` + `down`, in bytes."""
        return {
            "requests": self.requests,
            "opened": self.opened,
            "cut": self.cut,
            "up": sum(self.up),
            "down": sum(self.down),
            "head": self.up[HEAD] + self.down[HEAD],
            "body": self.up[BODY] + self.down[BODY],
        }


class Viewer:
    """One page, or whoever asks in its name."""

    __slots__ = (
        "connections",
        "faults",
        "inspector",
        "name",
        "plain",
        "seen",
        "swept",
        "tallies",
    )

    def __init__(self, name: str) -> None:
        self.name = name
        self.tallies = {technique: Tally() for technique in TECHNIQUES}
        self.connections: set[Connection] = set()  # those whose latest request is its
        self.faults: Faults | None = None
        self.inspector: Inspector | None = None
        self.plain = True  # it is only counted: no inspector is open, and it was not dropped
        self.seen = 0.0  # when it last gave a sign, in the ledger's clock
        self.swept = 0  # its bytes when the meter was last swept

    def inspect(self, on: bool) -> None:
        """Open an inspector or shut it; what one kept is gone when it is shut."""
        if on != (self.inspector is not None):
            self.inspector = Inspector() if on else None
        self.plain = not on

    def figures(self) -> dict[str, dict[str, int]]:
        """Return the counts by technique."""
        return {technique: tally.figures() for technique, tally in self.tallies.items()}

    def total(self) -> int:
        """Return all bytes of all techniques."""
        return sum(sum(tally.up) + sum(tally.down) for tally in self.tallies.values())

    def zero(self) -> None:
        """Begin all counts anew."""
        for tally in self.tallies.values():
            tally.zero()


class Ledger:
    """All viewers, at most 1,000: for one more, the one that has been silent longest is dropped.

    A viewer with an open connection is dropped last. One that was dropped is booked anew from its
    next request on.

    :param clock: returns seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._viewers: dict[str, Viewer] = {}
        self.nobody = Viewer("")
        self.unbooked = Tally()
        self.faults: Faults | None = None  # what a new viewer begins with

    def viewer(self, name: str) -> Viewer:
        """Return that viewer, a new one if need be, and note that it gave a sign."""
        viewer = self._viewers.get(name)
        if viewer is None:
            viewer = self._add(name)
        viewer.seen = self._clock()
        return viewer

    def known(self, name: str) -> Viewer | None:
        """Return that viewer if it is booked."""
        return self._viewers.get(name)

    def __iter__(self) -> Iterator[Viewer]:
        return iter(list(self._viewers.values()))

    def _add(self, name: str) -> Viewer:
        if len(self._viewers) >= LARGEST:
            silent = min(self, key=lambda viewer: (bool(viewer.connections), viewer.seen))
            del self._viewers[silent.name]
            silent.plain, silent.faults = False, None
        viewer = self._viewers[name] = Viewer(name)
        viewer.faults = self.faults
        return viewer
