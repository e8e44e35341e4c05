"""Judges by id what one browser is given. Knows no technique and trusts none.

What a transport drops because its cursor has passed it never comes here; what does come is either
the next event, or proof that something was lost or doubled.
"""

from __future__ import annotations

from lesson.machinery.crowd.batches import Batch
from lesson.machinery.crowd.tally import Tally


class Judge:
    """One browser's dashboard, of which only the ids are left."""

    def __init__(self, tally: Tally) -> None:
        self.epoch: str | None = None
        self.last = 0
        self._tally = tally

    def report(self, batch: Batch, at: float) -> None:
        """Take a batch that came at this moment, in ms since the Unix epoch."""
        if batch["epoch"] != self.epoch:
            self._start_over(batch)
        for event in batch["events"]:
            if event["id"] <= self.last:
                self._tally.doubled += 1
                continue
            self._tally.lost += event["id"] - self.last - 1
            self.last = event["id"]
            self._tally.delivered(event["at"], at)

    def owed(self, epoch: str, last: int) -> int:
        """Return how many events up to `last` never came."""
        return max(0, last - self.last) if epoch == self.epoch else 0

    def _start_over(self, batch: Batch) -> None:
        # Who had another epoch is given all that the feed holds; who had none begins at now.
        is_new = self.epoch is None
        self.epoch = batch["epoch"]
        self.last = batch["events"][0]["id"] - 1 if batch["events"] else batch["last"]
        if not is_new:
            self._tally.lost += self.last - (batch["first"] - 1)
