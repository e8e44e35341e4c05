"""A mirror of the lesson's feed: the same epoch, the same ids, in another process.

It listens by the lesson's own long poll, as any client could, so it is a moment behind. When the
lesson is started anew, the mirror's epoch is the new one.
"""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Mapping
from typing import Any

from demos.feed import CAPACITY, Event
from lesson.machinery.copied_feed import CopiedFeed

HISTORY = 1_000  # events from before it began that it holds
HOLD = 20  # seconds
RETRY = 0.5  # seconds

# Nothing between us and this machine's own server.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Mirror(CopiedFeed):
    """A feed that is filled with another one's events."""

    def __init__(self, channel: str) -> None:
        super().__init__(channel, CAPACITY)

    def take(self, batch: Mapping[str, Any]) -> None:
        """Hold a batch's events too, and wake everyone who waits."""
        events = [Event.create(**event) for event in batch["events"]]
        if batch["epoch"] == self.epoch:
            self.hold(events)
        else:
            self.start_over(batch["epoch"], events[0].id if events else batch["last"] + 1, events)

    def fill(self, lesson: str) -> None:
        """Take over what the lesson's feed holds of late.

        :raises OSError: if the lesson does not answer.
        """
        last = ask(f"{lesson}/demos/short-poll/{self.channel}")["last"]
        after = max(0, last - HISTORY)
        batch = ask(f"{lesson}/demos/short-poll/{self.channel}?after={after}")
        self.take(batch)
        while self.last < batch["last"]:
            batch = ask(f"{lesson}/demos/short-poll/{self.channel}?after={self.last}")
            self.take(batch)

    def follow(self, lesson: str) -> None:
        """Take over what is new, for ever. Blocks; meant for a thread of its own."""
        while not self.closed:
            query = f"epoch={self.epoch}&after={self.last}&hold={HOLD}"
            try:
                self.take(ask(f"{lesson}/demos/long-poll/{self.channel}?{query}"))
            except (OSError, ValueError):
                time.sleep(RETRY)


def ask(url: str) -> dict[str, Any]:
    """Return a batch.

    :raises OSError: if there is no answer.
    """
    with OPENER.open(url, timeout=HOLD + 10) as answer:
        batch: dict[str, Any] = json.load(answer)
        return batch
