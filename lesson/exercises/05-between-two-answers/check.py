"""Is each answer everything after the asker's cursor, whoever asks?"""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from demos import protocol
from demos.feed import Feed
from lesson.machinery.exercises.checks import Work, expect

PATH = "/yours/short-poll/sales"


class Sale:
    """The student's route over a feed, and someone who asks."""

    def __init__(self, work: Work, sold: int) -> None:
        self.feed = Feed("sales")
        self.sell(sold)
        app = Flask("yours")
        app.testing = True  # what the route raises comes through
        protocol.mount(app, {"sales": self.feed})
        work.load("route.py").mount(app)
        self.client: FlaskClient = app.test_client()

    def sell(self, count: int) -> None:
        """Sell so many tickets more."""
        for _ in range(count):
            self.feed.append("sale", {"left": 1999 - self.feed.last})

    def get(self, query: str) -> TestResponse:
        """Return what is answered, if anything is."""
        try:
            return self.client.get(PATH + query)
        except TypeError as error:
            expect(
                "valid response" not in str(error),
                called=f"GET {PATH}{query}",
                got="the route returned nothing",
                expected="a batch",
                because="what the last line makes must be returned: return answer(…)",
            )
            raise

    def ask(self, query: str = "") -> list[int]:
        """Return the ids of the events in the answer."""
        got = self.get(query)
        batch: Any = got.get_json(silent=True)
        expect(
            got.status_code == 200 and isinstance(batch, dict) and "events" in batch,
            called=f"GET {PATH}{query}",
            got=f"status {got.status_code}, {got.text.strip()[:80]!r}",
            expected="status 200 and a batch",
            because="request.args[…] refuses who does not say it; request.args.get(…) is None then"
            if got.status_code == 400
            else "the route hands what feed.since returns to answer(…)",
        )
        return [event["id"] for event in batch["events"]]


def test_everything_after_the_cursor(work: Work) -> None:
    sale = Sale(work, sold=5)
    query = f"?epoch={sale.feed.epoch}&after=3"
    got = sale.ask(query)
    expect(
        got == [4, 5],
        called=f"GET {PATH}{query}, when 5 tickets are sold",
        got=got,
        expected=[4, 5],
        because="who has seen 3 has not seen 4 and 5",
    )


def test_from_now_on_without_a_cursor(work: Work) -> None:
    got = Sale(work, sold=5).ask()
    expect(
        got == [],
        called=f"GET {PATH}, when 5 tickets are sold",
        got=got,
        expected=[],
        because="who says no `after` wants nothing of the past; `last` tells him where to go on",
    )


def test_nothing_is_lost_between_two_answers(work: Work) -> None:
    sale = Sale(work, sold=2)
    heard: dict[str, list[int]] = {"Ada": [2], "Bob": [2]}
    for who in ("Ada", "Bob", "Ada", "Ada", "Bob", "Ada", "Bob"):
        sale.sell(2)
        heard[who] += sale.ask(f"?epoch={sale.feed.epoch}&after={heard[who][-1]}")
    expected = {"Ada": list(range(2, 15)), "Bob": list(range(2, 17))}
    expect(
        heard == expected,
        called="Ada and Bob have seen 2, and ask in turn; 2 tickets are sold before each time",
        got=heard,
        expected=expected,
        because="the cursor is the asker's: what the server remembers of one is wrong for the other",
    )


def test_another_epoch_begins_anew(work: Work) -> None:
    got = Sale(work, sold=3).ask("?epoch=other0&after=2")
    expect(
        got == [1, 2, 3],
        called=f"GET {PATH}?epoch=other0&after=2, when 3 tickets are sold",
        got=got,
        expected=[1, 2, 3],
        because="the server has begun a new log since: its 1 and 2 are other events than the asker saw",
    )


def test_what_is_no_number_is_refused(work: Work) -> None:
    sale = Sale(work, sold=3)
    for after in ("three", "-1", ""):
        got = sale.get(f"?after={after}").status_code
        expect(
            got == 400,
            called=f"GET {PATH}?after={after}",
            got=f"status {got}",
            expected="status 400",
            because="it is the asker's mistake: 500 would call it the server's, and 200 hide it",
        )
    work.say("Two who ask at different times both hear everything, each event once.")
