"""A feed on a Redis stream, and the copy of it that this process reads from.

An event's id is the stream's: 42 is 42-0. Whoever appends gives the id that is next, in a script,
so that there are no gaps however many append. Waiting is done on the copy; one reader a process
fills it (reader.py). The epoch is kept beside the stream, and is a new one when the stream no
longer holds what this process has seen.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from demos.feed import CAPACITY, Batch, Cursor, Event, draw_epoch
from lesson.machinery.copied_feed import CopiedFeed
from lesson.machinery.shared.lease import NOBODY, Lease
from lesson.machinery.shared.store import PREFIX, Entry, FeedInterruptedError, Store, answering

NOT_OURS = -1

# Appends events with the next ids, and returns the first of these. What was written already, and
# its answer lost, is not written again: the word, drawn for each append, tells. Where a lease is
# asked for, only its holder may write, and only on top of all that it has seen.
APPEND = """
local stream, lease = KEYS[1], KEYS[2]
local capacity, seen, token, word = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
local function number(entry) return tonumber(string.match(entry[1], '^%d+')) end
local function id(n) return string.format('%d-0', n) end
for _, entry in ipairs(redis.call('XRANGE', stream, id(seen + 1), '+')) do
    if entry[2][2] == word .. ':0' then return number(entry) end
end
local newest = redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1)[1]
local last = newest and number(newest) or 0
if lease and (redis.call('GET', lease) ~= token or last ~= seen) then return -1 end
for i = 5, #ARGV, 3 do
    local n = (i - 5) / 3
    redis.call('XADD', stream, 'MAXLEN', '=', capacity, id(last + 1 + n),
        'word', word .. ':' .. n, 'at', ARGV[i], 'kind', ARGV[i + 1], 'data', ARGV[i + 2])
end
return last + 1
"""

# Returns the epoch, a fresh one where there is none, or where the stream's last id went back: the
# newest event that was seen is not there any more, or is another one.
EPOCH = """
local stream, key, fresh, known, last, word = KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local epoch = redis.call('GET', key)
local changed = not epoch
if epoch == known and last ~= '0' then
    local oldest = redis.call('XRANGE', stream, '-', '+', 'COUNT', 1)[1]
    local mine = redis.call('XRANGE', stream, last .. '-0', last .. '-0')[1]
    local trimmed = oldest and tonumber(string.match(oldest[1], '^%d+')) > tonumber(last)
    changed = not trimmed and (not mine or mine[2][2] ~= word)
end
if changed then
    redis.call('SET', key, fresh)
    return fresh
end
return epoch
"""


class NotOursError(Exception):
    """Somebody else has the lease by now, or has written since."""


class RedisFeed(CopiedFeed):
    """A feed that several processes append to and read. It has caught up once this is made.

    :param lease: only its holder may append; without one, everybody.
    :param clock: returns the wall clock in seconds since the Unix epoch.
    """

    def __init__(
        self,
        channel: str,
        store: Store,
        capacity: int = CAPACITY,
        lease: Lease | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(channel, capacity, clock)
        self.stream, self.epoch_key = f"{PREFIX}{channel}", f"{PREFIX}{channel}:epoch"
        self._store = store
        self._lease = lease
        self._word = ""  # of the newest event in the copy
        self._writing, self._reading = threading.RLock(), threading.RLock()
        self._held: list[Event] | None = None  # what is to be written together
        self._blocks = 0  # `together`, that are under way
        self.catch_up()

    def append(self, kind: str, data: dict[str, Any]) -> Event:
        """Log that something happened. Waits for Redis.

        :raises FeedInterruptedError: if Redis does not answer; the event may be in the log yet.
        :raises NotOursError: if the lease is somebody else's.
        """
        with self._writing:
            held = [] if self._held is None else self._held
            at = round(self._clock() * 1000, 1)
            held.append(Event.create(self.last + len(held) + 1, at, kind, data))
            return held[-1] if self._held is not None else self._write(held)[0]

    @contextmanager
    def together(self) -> Iterator[None]:
        """Write what is appended in this block at its end, at once: Redis syncs its file once.

        What others append meanwhile goes with it.

        :raises FeedInterruptedError, NotOursError: as `append` does, at the end.
        """
        with self._writing:
            self._blocks += 1
            self._held = self._held or []
        try:
            yield
        finally:
            with self._writing:
                self._blocks -= 1
                held, self._held = self._held, [] if self._blocks else None
                if held:
                    self._write(held)

    def since(self, cursor: Cursor) -> Batch:
        """Return what came after the cursor, at once.

        :raises CursorError: if the cursor is beyond the newest event of this epoch, in Redis too.
        :raises FeedInterruptedError: if that cannot be told now.
        """
        self._meet(cursor)
        return super().since(cursor)

    def wait(self, cursor: Cursor, timeout: float) -> Batch:
        """Return what came after the cursor, as soon as there is something.

        :raises CursorError, FeedInterruptedError: as `since` does.
        """
        self._meet(cursor)
        return super().wait(cursor, timeout)

    def catch_up(self) -> None:
        """Read what the stream holds that the copy does not; look whether it is still the same.

        :raises FeedInterruptedError: if Redis does not answer.
        """
        with self._reading, answering():
            with self._news:
                known, last, word = self.epoch, self.last, self._word
            epoch = self._store.patient.eval(
                EPOCH, 2, self.stream, self.epoch_key, draw_epoch(), known, last, word
            )
            if epoch != known:
                self._begin(str(epoch), self._store.range(self.stream, "-"))
            else:
                self.hear(self._store.range(self.stream, f"{last + 1}-0"))

    def hear(self, entries: Sequence[Entry]) -> None:
        """Hold what the stream tells of."""
        with self._reading:
            entries = [entry for entry in entries if number(entry) > self.last]
            if not entries:
                return
            if number(entries[0]) > self.last + 1:  # what came between is not held any more
                self._begin(self.epoch, entries)
            else:
                self._word = entries[-1][1]["word"]
                self.hold(map(event_of, entries))

    def _begin(self, epoch: str, entries: Sequence[Entry]) -> None:
        self._word = entries[-1][1]["word"] if entries else ""
        first = number(entries[0]) if entries else 1
        self.start_over(epoch, first, map(event_of, entries))

    def _meet(self, cursor: Cursor) -> None:
        """Catch up if the cursor knows more than the copy, or of another epoch."""
        beyond = cursor.after is not None and cursor.after > self.last
        if not beyond and cursor.epoch in (None, self.epoch):
            return
        try:
            self.catch_up()
        except FeedInterruptedError:
            if beyond:
                raise

    def _write(self, events: Sequence[Event]) -> Sequence[Event]:
        word = secrets.token_hex(8)
        fields = [
            part
            for event in events
            for part in (event.at, event.kind, json.dumps(event.data, separators=(",", ":")))
        ]
        keys = [self.stream] if self._lease is None else [self.stream, self._lease.key]
        token = "" if self._lease is None else self._lease.token
        try:
            with answering():
                first = self._store.patient.eval(
                    APPEND, len(keys), *keys, self.capacity, self.last, token, word, *fields
                )
            if first == NOT_OURS:
                raise NotOursError(f"{self.channel} is written by another process")
        except (FeedInterruptedError, NotOursError):
            if self._lease is not None:  # whoever writes does not know any more what is written
                self._lease.token = NOBODY
            raise
        written = [
            Event.create(int(first) + i, event.at, event.kind, event.data)
            for i, event in enumerate(events)
        ]
        with self._reading:
            if written[0].id == self.last + 1:
                self._word = f"{word}:{len(written) - 1}"
                self.hold(written)
        return written


def number(entry: Entry) -> int:
    """Return an entry's id."""
    return int(entry[0].partition("-")[0])


def event_of(entry: Entry) -> Event:
    """Return the event that an entry holds."""
    _, fields = entry
    return Event.create(
        number(entry), float(fields["at"]), fields["kind"], json.loads(fields["data"])
    )
