"""How fast one client may send: above that it is slowed, and whoever goes on is let go."""

from __future__ import annotations

import time
from collections.abc import Callable

RATE = 20  # messages a second
BURST = 40  # messages that may come at once after a silence
PATIENCE = 10  # seconds of being slowed without a pause


class TooFast(Exception):
    """A client that goes on sending too fast."""

    def __init__(self) -> None:
        super().__init__(f"over {RATE} messages a second for {PATIENCE} seconds")


class Pace:
    """One client's.

    :param clock: returns seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._due = float("-inf")  # when the next message would come at the allowed rate
        self._slowed = 0  # messages in a row

    def wait(self) -> float:
        """Return for how many seconds the message that has just come must wait.

        :raises TooFast: if too many in a row had to.
        """
        now = self._clock()
        self._due = max(self._due, now - BURST / RATE) + 1 / RATE
        wait = self._due - now
        if wait <= 0:
            self._slowed = 0
            return 0
        self._slowed += 1
        if self._slowed > PATIENCE * RATE:
            raise TooFast
        return wait
