"""A feed that is filled from another one: the same epoch, the same ids, in another process."""

from __future__ import annotations

from collections.abc import Iterable

from demos.feed import Batch, Cursor, Event, Feed


class CopiedFeed(Feed):
    """Holds what it is given. It may begin late, and begin anew with another epoch."""

    _begins = 1  # the oldest id that it was given since it began

    @property
    def first(self) -> int:
        """The oldest id that the copy holds, or `last` + 1 where it holds none."""
        return max(self._begins, self.last - self.capacity + 1)

    def wait(self, cursor: Cursor, timeout: float) -> Batch:
        """Return what came after the cursor, as soon as there is something, or another epoch.

        Blocks for at most `timeout` seconds.

        :raises CursorError: if the cursor is beyond the newest event of this epoch.
        """
        with self._news:
            epoch, after = self.epoch, self._after(cursor)
            self._news.wait_for(
                lambda: self.closed or self.epoch != epoch or self.last > after, timeout
            )
            return self._read(after if self.epoch == epoch else self.first - 1)

    def hold(self, events: Iterable[Event]) -> None:
        """Hold those events that continue the copy, and wake everyone who waits."""
        with self._news:
            for event in events:
                if event.id == self.last + 1:
                    self._events[event.id] = event
                    self._events.pop(event.id - self.capacity, None)
                    self.last = event.id
            self._news.notify_all()

    def start_over(self, epoch: str, first: int, events: Iterable[Event] = ()) -> None:
        """Forget everything, and hold that epoch's events from the id `first` on."""
        with self._news:
            self.epoch = epoch
            self._events.clear()
            self._begins, self.last = first, first - 1
            self.hold(events)
