"""The meter: one place where connections are booked, disturbed and looked into, by viewer.

The lesson asks it for figures and tells it faults; the engine makes its connections from it. It
needs an engine whose sockets it can be: eventlet's.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Collection, Mapping
from random import Random

from lesson.machinery.wire.faults import Faults, read_cut
from lesson.machinery.wire.ledger import Ledger, Viewer
from lesson.machinery.wire.talk import Talk

SILENT = 60.0  # seconds after a viewer's last sign, after which its faults end
NORMAL = Faults()


class Meter:
    """Books every connection, and holds each viewer's faults.

    :param clock: returns seconds that never go back.
    :param random: draws jitter and losses.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, random: Random | None = None
    ) -> None:
        self._clock = clock
        self._random = random or Random()
        self._numbers = itertools.count(1)
        self._setter: Viewer | None = None  # who disturbed everybody
        self.ledger = Ledger(clock)
        self.nobody = self.ledger.nobody

    # For the connections

    def talk(self) -> Talk:
        """Return the books for one more connection."""
        return Talk(self.ledger, next(self._numbers))

    def takes(self, viewer: Viewer) -> bool:
        """Draw whether a connection that has just named this viewer is reset."""
        return viewer.faults is not None and viewer.faults.takes(self._clock(), self._random)

    def wait(self, viewer: Viewer) -> float:
        """Draw for how many seconds a piece of its traffic is held back."""
        return viewer.faults.wait(self._random) if viewer.faults is not None else 0.0

    # For the lesson

    def faults(self, name: str) -> dict[str, float]:
        """Return what is on for a viewer, as the page lists it."""
        viewer = self.ledger.known(name)
        faults = viewer.faults if viewer is not None else None
        return (faults or NORMAL).as_dict(self._clock())

    def all_faults(self) -> dict[str, float]:
        """Return what everyone who comes begins with; `outage` is only whether there is one."""
        now, faults = self._clock(), self.ledger.faults or NORMAL
        return {**faults.as_dict(now), "outage": faults.outage(now) > 0}

    def disturb(self, name: str, asked: Mapping[str, object]) -> None:
        """Change a viewer's faults; `cut`, and an outage's beginning, reset what is open now.

        :raises FaultError: if something is asked for that is not allowed; then nothing is changed.
        """
        viewer = self.ledger.viewer(name)
        cut, faults = read_cut(asked), (viewer.faults or NORMAL).change(asked, self._clock())
        self._apply(viewer, faults, asked, cut)

    def disturb_all(self, name: str, asked: Mapping[str, object]) -> None:
        """Let one viewer change the faults of all, and those that everyone who comes begins with.

        :raises FaultError: if something is asked for that is not allowed; then nothing is changed.
        """
        now, cut = self._clock(), read_cut(asked)
        everyone = (self.ledger.faults or NORMAL).change(asked, now)
        self.ledger.faults = everyone if everyone.stands(now) else None
        self._setter = self.ledger.viewer(name)
        for viewer in self.ledger:
            self._apply(viewer, everyone, asked, cut)

    def sweep(self, present: Collection[str]) -> list[str]:
        """End what is over; return the viewers whose faults have changed by that.

        :param present: the viewers whose pages are connected. To be called once a second: who has
            had traffic since the last time has given a sign, too. Nobody else is looked at: it is
            a thousand viewers, and mostly none is disturbed.
        """
        now = self._clock()
        watched = [one for one in self.ledger if one.faults is not None or one is self._setter]
        for viewer in watched:
            total = viewer.total()
            if viewer.name in present or viewer.swept != total:
                viewer.seen = now
            viewer.swept = total
        if self._setter is not None and now - self._setter.seen >= SILENT:
            self.ledger.faults = self._setter = None
        return [viewer.name for viewer in watched if self._ends(viewer, now)]

    def _apply(
        self, viewer: Viewer, faults: Faults, asked: Mapping[str, object], cut: bool
    ) -> None:
        now = self._clock()
        viewer.faults = faults if faults.stands(now) else None
        for connection in list(viewer.connections):
            lost = "loss" in asked and faults.loses(self._random)
            if cut or lost or faults.outage(now):
                connection.reset()

    def _ends(self, viewer: Viewer, now: float) -> bool:
        faults = viewer.faults
        if faults is None:
            return False
        if now - viewer.seen >= SILENT:
            viewer.faults = None
        elif faults.until and not faults.outage(now):
            ended = faults.change({"outage": 0}, now)
            viewer.faults = ended if ended.stands(now) else None
        return viewer.faults is not faults
