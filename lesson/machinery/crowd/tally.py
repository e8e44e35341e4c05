"""Counts what one technique's browsers ask and are given, while a window is open.

Lost and doubled events count at all times. A delay belongs to the window in which its event
happened; a delivery, a question and an answer to the one in which they were seen.
"""

from __future__ import annotations

import math
import time
from array import array
from collections.abc import Sequence
from typing import Any

NEVER = math.inf


class Tally:
    """One technique's counts. Delays and moments are in ms."""

    def __init__(self) -> None:
        self.lost = self.doubled = 0
        self.requests = self.answers = self.empty = self.deliveries = self.failures = 0
        self.failure = ""  # the latest
        self.up = self.down = self.bodies = 0  # bytes
        self.held = self.most_held = 0  # connections: now, and at most while the window was open
        self.left = 0  # browsers that went, each with another in its place
        self.delays = array("d")
        self.counting = False  # whether the window is open
        self._from, self._to = NEVER, NEVER

    def open(self) -> None:
        """Begin to count."""
        self._from = time.time() * 1000
        self.counting = True

    def shut(self) -> None:
        """Count nothing more but the delays of events that happened before now."""
        self._to = time.time() * 1000
        self.counting = False

    def look(self) -> None:
        """Take note of how many connections are held. To be called every second or so."""
        if self.counting:
            self.most_held = max(self.most_held, self.held)

    def sent(self, length: int) -> None:
        """Count bytes that left."""
        if self.counting:
            self.up += length

    def received(self, length: int) -> None:
        """Count bytes that came."""
        if self.counting:
            self.down += length

    def carried(self, length: int) -> None:
        """Count bytes that were no head: a body's, or a message's in its frames."""
        if self.counting:
            self.bodies += length

    def asked(self) -> None:
        """Count a request: a question, or a handshake."""
        self.requests += self.counting

    def answered(self, events: int) -> None:
        """Count an answer, or a batch that came unasked."""
        if self.counting:
            self.answers += 1
            self.empty += not events

    def delivered(self, happened: float, at: float) -> None:
        """Count an event that came, for the first time, to one browser."""
        self.deliveries += self.counting
        if self._from <= happened < self._to:
            self.delays.append(at - happened)

    def failed(self, error: Exception) -> None:
        """Count a request or a connection that failed."""
        self.failures += 1
        self.failure = f"{type(error).__name__}: {error}"[:200]

    def figures(self) -> dict[str, Any]:
        """Return the counts, delays in ms."""
        return {
            "deliveries": self.deliveries,
            "delay": percentiles(self.delays),
            "lost": self.lost,
            "doubled": self.doubled,
            "requests": self.requests,
            "requests_per_event": ratio(self.requests, self.deliveries),
            "answers": self.answers,
            "empty": self.empty,
            "bytes": self._bytes(),
            "held": self.most_held,
            "left": self.left,
            "failures": self.failures,
            "failure": self.failure,
        }

    def _bytes(self) -> dict[str, float | None]:
        # A body is counted when it is whole, its bytes as they come: at the window's two edges
        # these differ by what was on its way.
        heads = max(0, self.up + self.down - self.bodies)
        return {
            "up": self.up,
            "down": self.down,
            "head": heads,
            "body": self.bodies,
            "head_per_event": ratio(heads, self.deliveries),
            "body_per_event": ratio(self.bodies, self.deliveries),
        }


def percentiles(values: Sequence[float]) -> dict[str, float | None]:
    """Return median, p95, p99 and max, each None where there are no values."""
    ordered = sorted(values)
    return {
        "median": percentile(ordered, 0.5),
        "p95": percentile(ordered, 0.95),
        "p99": percentile(ordered, 0.99),
        "max": percentile(ordered, 1),
    }


def percentile(ordered: Sequence[float], share: float) -> float | None:
    """Return the value that this share of the ordered values does not exceed."""
    if not ordered:
        return None
    return round(ordered[max(0, math.ceil(share * len(ordered)) - 1)], 3)


def ratio(count: float, of: float) -> float | None:
    """Return one count for each of another, or None where there are none of those."""
    return round(count / of, 3) if of else None
