"""How a class stands in the exercises: who works on which, has passed, is stuck, and at what.

Students' runners tell it, by opaque ids. A student works on what it spoke of last. For one too many
the one that has been silent longest is forgotten.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from demos.protocol import Message

MOST_STUDENTS = 1_000
STUCK = 240.0  # seconds with the same failure
AWAY = 900.0  # seconds of silence after which nobody works on it any more


@dataclass
class Work:
    """What one student does."""

    exercise: str
    at: float
    failure: str | None = None
    since: float = 0  # when that failure came first


@dataclass
class Tallies:
    """Counts by exercise.

    :param clock: returns seconds that never go back.
    """

    clock: Callable[[], float] = time.monotonic
    passed: dict[str, set[str]] = field(default_factory=dict)  # exercise -> students
    _work: dict[str, Work] = field(default_factory=dict)  # who spoke last is last

    def take(self, student: str, exercise: str, failure: str | None) -> None:
        """Take note that a student has passed an exercise, or fails it so."""
        now, before = self.clock(), self._work.pop(student, None)
        if len(self._work) >= MOST_STUDENTS:
            del self._work[next(iter(self._work))]
        work = Work(exercise, now, failure, now)
        if before and (before.exercise, before.failure) == (exercise, failure):
            work.since = before.since
        self._work[student] = work
        if failure is None:
            passed = self.passed.setdefault(exercise, set())
            if len(passed) < MOST_STUDENTS:
                passed.add(student)

    def report(self) -> Message:
        """Return how each exercise stands that somebody spoke of."""
        now = self.clock()
        failing: dict[str, list[Work]] = {}
        for work in self._work.values():
            if work.failure is not None and now - work.at < AWAY:
                failing.setdefault(work.exercise, []).append(work)
        names = sorted(failing.keys() | self.passed.keys())
        return {name: self._report(name, failing.get(name, []), now) for name in names}

    def _report(self, name: str, failing: list[Work], now: float) -> Message:
        commonest = Counter(work.failure for work in failing).most_common(1)
        return {
            "working": len(failing),
            "passed": len(self.passed.get(name, ())),
            "stuck": sum(now - work.since >= STUCK for work in failing),
            "failure": commonest[0][0] if commonest else None,
            "failing": commonest[0][1] if commonest else 0,
        }
