"""The one reader of a process: it waits for all streams at once, and fills the copies.

One blocked question for each held poll would not do: with 200 of them an answer took 0.7 s.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence

from lesson.machinery.shared.feed import RedisFeed
from lesson.machinery.shared.store import FeedInterruptedError, Store, answering

BLOCK = 1.0  # seconds that one question waits
LOOK = 1.0  # seconds between two looks at what the streams do not tell, the epoch above all
RETRY = 0.2  # seconds after a failure
PAGE = 500  # events at a time

log = logging.getLogger(__name__)


class Reader:
    """Fills these feeds' copies, and says whether it can. Calls `look` once a second, too."""

    look: Callable[[], None]

    def __init__(self, store: Store, feeds: Sequence[RedisFeed]) -> None:
        self._store = store
        self._feeds = feeds
        self._due = 0.0
        self.interrupted = False

    def run(self) -> None:
        """Read until the feeds are closed. Blocks; meant for a thread of its own."""
        while not self._feeds[0].closed:
            try:
                self._read()
                self._note(False)
            except Exception as error:  # whatever it is, nobody else would fill the copies
                if not isinstance(error, FeedInterruptedError):
                    log.exception("The feed's reader failed; it goes on")
                self._note(True)
                self._due = 0.0
                time.sleep(RETRY)

    def _read(self) -> None:
        if time.monotonic() >= self._due:
            for feed in self._feeds:
                feed.catch_up()
            self.look()
            self._due = time.monotonic() + LOOK
        with answering():
            after = {feed.stream: f"{feed.last}-0" for feed in self._feeds}
            heard = self._store.news(after, PAGE, BLOCK)
        streams = {feed.stream: feed for feed in self._feeds}
        for stream, entries in heard:
            streams[stream].hear(entries)

    def _note(self, interrupted: bool) -> None:
        if interrupted != self.interrupted and not self._feeds[0].closed:
            self.interrupted = interrupted
            log.warning(
                "The feed is interrupted: Redis does not answer. It is asked again until it does."
                if interrupted
                else "The feed goes on: Redis answers again."
            )
