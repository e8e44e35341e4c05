"""What the whole class costs, by technique, second by second: the sum of all viewers' figures.

Left out: how many of the WebSocket's batches are empty. Nobody asks for those.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

from flask import Flask, Response, request

from demos.protocol import Message
from lesson.machinery.meter import Meter

TECHNIQUES = ("short-poll", "long-poll", "web-socket")
COUNTED = ("requests", "up", "down", "head", "body")
POLLS = ("/demos/short-poll/", "/demos/long-poll/")
EMPTY = b'"events":[]}'  # how a batch without an event ends


class Totals:
    """Sums up what the meter books.

    :param meter: None where bytes cannot be measured; then only empty answers are counted.
    :param clock: returns seconds that never go back.
    """

    def __init__(self, meter: Meter | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._meter, self._clock = meter, clock
        self._before: dict[str, dict[str, dict[str, int]]] = {}
        self._at: float | None = None
        self._empty: Counter[str] = Counter()

    def mount(self, app: Flask) -> None:
        """Look at every answer to a poll."""
        app.after_request(self.look)

    def look(self, response: Response) -> Response:
        """Count an answer of the app's."""
        if request.path.startswith(POLLS) and response.status_code == 200:
            self.count(request.path, response.get_data())
        return response

    def count(self, path: str, body: bytes) -> None:
        """Count an answer to a poll, if there is no event in it."""
        if body.endswith(EMPTY):
            self._empty[path.split("/")[2]] += 1

    def take(self) -> Message:
        """Return figures a second since the last time, and the connections that are open now.

        None where there is nothing measured, or no last time.
        """
        now, empty = self._clock(), self._empty
        self._empty = Counter()
        seconds = None if self._at is None else now - self._at
        self._at = now
        sums, opened = self._added(), self._open()
        return {
            technique: {
                **{
                    name: rate(sums[technique][name] if sums else None, seconds) for name in COUNTED
                },
                "open": None if opened is None else opened[technique],
                "empty": None if technique == "web-socket" else rate(empty[technique], seconds),
            }
            for technique in TECHNIQUES
        }

    def _added(self) -> dict[str, Counter[str]] | None:
        """Return what was added to every viewer's figures since the last time."""
        if self._meter is None:
            return None
        figures = {viewer.name: viewer.figures() for viewer in self._meter.ledger}
        before, self._before = self._before, figures
        sums: dict[str, Counter[str]] = {technique: Counter() for technique in TECHNIQUES}
        for name, of in figures.items():
            for technique, sum in sums.items():
                old = before.get(name, {}).get(technique, {})
                for count in COUNTED:
                    added = of[technique][count] - old.get(count, 0)
                    # One that began anew has fewer than before: all it has is new.
                    sum[count] += added if added >= 0 else of[technique][count]
        return sums

    def _open(self) -> Counter[str] | None:
        if self._meter is None:
            return None
        viewers = self._meter.ledger
        return Counter(line.technique for viewer in viewers for line in list(viewer.connections))


def rate(count: int | None, seconds: float | None) -> float | None:
    """Return a count by the second, if both are known."""
    return None if count is None or not seconds else round(count / seconds, 2)
