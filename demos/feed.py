"""A channel's log of events. It only grows, and everyone may read on from where they were.

The whole protocol is "everything after my cursor": a reader that was away, or reconnects, asks
the same question as one that never left. Left out: storage. A feed that starts again draws a
new epoch, and by that its readers know that the old ids mean nothing any more.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any, NamedTuple

CAPACITY = 10_000  # events that a feed holds
PAGE = 500  # events that one batch holds at most
PAGE_SIZE = 512 << 10  # characters of their JSON, at most, where it holds more than one
SHARED = 32  # batches that a feed keeps ready for whoever asks from the same cursors


class Cursor(NamedTuple):
    """What a reader has seen: every event of `epoch` up to and including the id `after`.

    No `after` means "from now on". No `epoch` is taken as the feed's own.
    """

    epoch: str | None = None
    after: int | None = None


class Event(NamedTuple):
    """Something that happened. It never changes, so its JSON is written once, for all readers."""

    id: int
    at: float  # the server's wall clock, in ms since the Unix epoch
    kind: str
    data: dict[str, Any]
    json: str

    @classmethod
    def create(cls, id: int, at: float, kind: str, data: dict[str, Any]) -> Event:
        """Make an event and write its JSON."""
        public = {"id": id, "at": at, "kind": kind, "data": data}
        return cls(id, at, kind, data, json.dumps(public, separators=(",", ":")))

    def as_dict(self) -> dict[str, Any]:
        """Return what a reader gets to see."""
        return {"id": self.id, "at": self.at, "kind": self.kind, "data": self.data}


@dataclass(frozen=True)
class Batch:
    """The one answer of all techniques: the next events after a cursor, oldest first.

    `first` and `last` are the oldest and the newest id that the feed holds; where it holds none,
    `first` is `last` + 1. A reader whose newest event is below `last` asks again at once.
    """

    channel: str
    epoch: str
    first: int
    last: int
    events: tuple[Event, ...]

    @property
    def cursor(self) -> Cursor:
        """Where to read on: after the newest event in this batch, or from now on if it has none."""
        return Cursor(self.epoch, self.events[-1].id if self.events else self.last)

    def as_dict(self) -> dict[str, Any]:
        """Return the batch as the contract's object."""
        return {
            "channel": self.channel,
            "epoch": self.epoch,
            "first": self.first,
            "last": self.last,
            "events": [event.as_dict() for event in self.events],
        }

    def as_json(self) -> str:
        """Return the same object as JSON. It is put together once, for all who read this batch."""
        return self._json

    @cached_property
    def _json(self) -> str:
        head = {
            "channel": self.channel,
            "epoch": self.epoch,
            "first": self.first,
            "last": self.last,
        }
        events = ",".join(event.json for event in self.events)
        return f'{json.dumps(head, separators=(",", ":"))[:-1]},"events":[{events}]}}'


class CursorError(ValueError):
    """A cursor that points beyond the newest event of its own epoch."""


class Feed:
    """The log of one channel. Safe to use from many threads, real or green.

    :param clock: returns the wall clock in seconds since the Unix epoch.
    """

    def __init__(
        self,
        channel: str,
        capacity: int = CAPACITY,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.channel = channel
        self.capacity = capacity
        self.epoch = draw_epoch()
        self.last = 0
        self._clock = clock
        self._events: dict[int, Event] = {}
        self._batches: dict[tuple[str, int, int, int], Batch] = {}  # ready for whoever asks
        self.closed = False
        self._news = threading.Condition()

    @property
    def first(self) -> int:
        """The oldest id that the feed still holds, or `last` + 1 where it holds none."""
        return max(1, self.last - self.capacity + 1)

    def append(self, kind: str, data: dict[str, Any]) -> Event:
        """Log that something happened and wake everyone who waits. Returns the event."""
        with self._news:
            event = Event.create(self.last + 1, round(self._clock() * 1000, 1), kind, data)
            self._events[event.id] = event
            self._events.pop(event.id - self.capacity, None)
            self.last = event.id
            self._news.notify_all()
        return event

    def since(self, cursor: Cursor) -> Batch:
        """Return what came after the cursor, at once: at most 500 events, perhaps none.

        Long ones are fewer: a chat that somebody filled must not cost a class of readers 3 MB each.

        :raises CursorError: if the cursor is beyond the newest event of this epoch.
        """
        with self._news:
            return self._read(self._after(cursor))

    def wait(self, cursor: Cursor, timeout: float) -> Batch:
        """Return what came after the cursor, as soon as there is something.

        Blocks for at most `timeout` seconds; after that the batch is empty. A closed feed does not
        let anyone wait.

        :raises CursorError: if the cursor is beyond the newest event of this epoch.
        """
        with self._news:
            after = self._after(cursor)
            self._news.wait_for(lambda: self.closed or self.last > after, timeout)
            return self._read(after)

    def latest(self) -> Event | None:
        """Return the newest event, or None where there is none yet."""
        with self._news:
            return self._events.get(self.last)

    def close(self) -> None:
        """Let nobody wait any longer, now or later: the server is about to stop."""
        with self._news:
            self.closed = True
            self._news.notify_all()

    def _after(self, cursor: Cursor) -> int:
        if cursor.after is None:
            return self.last
        if cursor.epoch not in (None, self.epoch):
            return self.first - 1
        if cursor.after > self.last:
            raise CursorError(
                f"after is {cursor.after}, but the newest event of {self.channel} "
                f"in epoch {self.epoch} is {self.last}"
            )
        return cursor.after

    def _read(self, after: int) -> Batch:
        # A class asks from few cursors: all who ask from the same one share one batch.
        asked = (self.epoch, self.first, self.last, after)
        if asked not in self._batches:
            if len(self._batches) >= SHARED:
                self._batches.clear()
            self._batches[asked] = self._put_together(after)
        return self._batches[asked]

    def _put_together(self, after: int) -> Batch:
        start = max(after + 1, self.first)
        stop = min(start + PAGE, self.last + 1)
        events = tuple(self._events[id] for id in range(start, stop))
        sizes = accumulate(len(event.json) for event in events)
        fitting = sum(size <= PAGE_SIZE for size in sizes)
        return Batch(self.channel, self.epoch, self.first, self.last, events[: max(1, fitting)])


def draw_epoch() -> str:
    """Draw the word that names one life of a feed; never from a seed, so that no two are alike."""
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    return "".join(secrets.choice(letters) for _ in range(6))
