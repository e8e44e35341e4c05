"""Does it wait for news, no longer than the hold, and without looking again and again?"""

from __future__ import annotations

import threading
import time
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from demos import protocol
from demos.feed import Batch, Cursor, Feed
from lesson.machinery.exercises.checks import TooLate, Work, expect, together, within

PATH = "/yours/long-poll/sales"
SOON = 0.2  # seconds that a busy machine may add


class Watched(Feed):
    """A feed that counts how often it is looked into without waiting."""

    looks = 0

    def since(self, cursor: Cursor) -> Batch:
        """Count, and look."""
        self.looks += 1
        return super().since(cursor)


class Line:
    """The student's route over a feed."""

    def __init__(self, work: Work, sold: int = 0) -> None:
        self.feed = Watched("sales")
        for _ in range(sold):
            self.sell()
        self.app = Flask("yours")
        self.app.testing = True  # what the route raises comes through
        protocol.mount(self.app, {"sales": self.feed})
        work.load("route.py").mount(self.app)

    def sell(self) -> None:
        """Sell one ticket."""
        self.feed.append("sale", {"left": 1999 - self.feed.last})

    def sell_after(self, seconds: float) -> None:
        """Sell one ticket, so many seconds from now."""
        timer = threading.Timer(seconds, self.sell)
        timer.daemon = True
        timer.start()

    def get(self, query: str) -> TestResponse:
        """Return what is answered, if anything is."""
        try:
            return self.app.test_client().get(PATH + query)
        except TypeError as error:
            expect(
                "valid response" not in str(error),
                called=f"GET {PATH}{query}",
                got="the route returned nothing",
                expected="a batch",
                because="what the last line makes must be returned: return answer(batch)",
            )
            raise

    def ask(self, after: int, hold: float) -> tuple[list[int], float]:
        """Return the ids in the answer, and after how many seconds it came."""
        began = time.monotonic()
        query = f"?epoch={self.feed.epoch}&after={after}&hold={hold:g}"
        got = self.get(query)
        took = time.monotonic() - began
        batch: Any = got.get_json(silent=True)
        expect(
            got.status_code == 200 and isinstance(batch, dict) and "events" in batch,
            called=f"GET {PATH}{query}",
            got=f"status {got.status_code}, {got.text.strip()[:80]!r}",
            expected="status 200 and a batch",
            because="the route hands the batch to answer(…)",
        )
        return [event["id"] for event in batch["events"]], took


def described(ids: list[int], took: float) -> str:
    return f"events {ids} after {took:.2f} s"


def test_it_answers_at_once_where_there_is_news(work: Work) -> None:
    ids, took = Line(work, sold=3).ask(after=1, hold=0.4)
    expect(
        ids == [2, 3] and took < SOON,
        called=f"GET {PATH}?after=1&hold=0.4, when 3 tickets are sold",
        got=described(ids, took),
        expected="events [2, 3], at once",
        because="there is something to say already",
    )


def test_it_answers_the_moment_that_there_is_news(work: Work) -> None:
    line = Line(work, sold=3)
    line.sell_after(0.15)
    ids, took = line.ask(after=3, hold=0.5)
    expect(
        took >= 0.13,
        called=f"GET {PATH}?after=3&hold=0.5, and a ticket is sold 0.15 s later",
        got=described(ids, took),
        expected="after 0.15 s, the moment that a ticket is sold",
        because="there was nothing to say before: such an answer is asked for in vain",
    )
    expect(
        ids == [4] and took < 0.15 + SOON,
        called=f"GET {PATH}?after=3&hold=0.5, and a ticket is sold 0.15 s later",
        got=described(ids, took),
        expected="events [4], after 0.15 s",
        because="to sleep is not to wait: feed.wait wakes up when something happens",
    )
    expect(
        line.feed.looks <= 1,
        called=f"GET {PATH}?after=3&hold=0.5, and a ticket is sold 0.15 s later",
        got=f"the feed was looked into {line.feed.looks} times",
        expected="at most once",
        because="this is polling inside the long poll: each held question keeps the server busy",
    )


def test_it_answers_with_nothing_when_the_hold_is_over(work: Work) -> None:
    line = Line(work, sold=3)
    called = f"GET {PATH}?after=3&hold=0.2, and nothing is sold"
    try:
        ids, took = within(0.2 + 2 * SOON, line.ask, 3, 0.2)
    except TooLate:
        ids, took = [], float("inf")
    expect(
        0.18 <= took < float("inf"),
        called=called,
        got=described(ids, took) if took < float("inf") else "no answer",
        expected="an empty batch after 0.2 s",
        because="the browser has said how long it waits (in seconds); after that it takes the "
        "server for dead",
    )


def test_all_who_wait_hear_of_it(work: Work) -> None:
    line = Line(work, sold=3)
    line.sell_after(0.1)
    answers = together(10, lambda _: line.ask(after=3, hold=0.4))
    heard = sum(ids == [4] for ids, _ in answers)
    expect(
        heard == 10,
        called="10 questions are held, and one ticket is sold",
        got=f"{heard} of them were answered with it",
        expected="all 10",
        because="an event is for everyone, and whoever waits looks after his own cursor",
    )
    work.say("A ticket wakes all ten questions that were held for it.")
