"""How fast one client may send: above that it is slowed, and whoever does not heed it is let go.

Who waits for each answer before the next message is slowed, and never more than that.
"""

from __future__ import annotations

import time
from collections.abc import Callable

RATE = 20  # messages a second
BURST = 40  # messages that may come at once after a silence
PATIENCE = 10  # seconds of being slowed, and of sending on without waiting


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
        self._unheeded = 0  # messages that had to wait, and came before the last one was through

    def wait(self, ahead: bool = False) -> float:
        """Return for how many seconds the message that has just come must wait.

        :param ahead: whether it had come already when the last one was through; where several are
            handled at a time, that they wait for one another tells it.
        :raises TooFast: if that was so too often without a pause.
        """
        now = self._clock()
        self._due = max(self._due, now - BURST / RATE) + 1 / RATE
        wait = self._due - now
        if wait <= 0:
            if not ahead:  # else it is we who were late
                self._unheeded = 0
            return 0
        self._unheeded += ahead or wait > 2 / RATE
        if self._unheeded > PATIENCE * RATE:
            raise TooFast
        return wait
