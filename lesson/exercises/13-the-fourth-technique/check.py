"""The contract's tests, as in tests/test_contract.py, over the student's stream.

The reader does what a browser's EventSource does: it keeps the address that it began with,
remembers the newest id, and sends it as Last-Event-ID when it comes back.
"""

from __future__ import annotations

import http.client
import json
import logging
import threading
import time
from collections.abc import Iterator
from typing import Any

from flask import Flask
from werkzeug.serving import make_server

from demos import protocol, short_poll
from demos.feed import Cursor, Feed
from lesson.machinery.exercises.checks import Work, expect
from lesson.machinery.exercises.ports import free_port

PATH = "/demos/server-sent-events/sales"
PATIENCE = 1.0  # s for what should be there at once
AT_ONCE = 0.2  # s, the quickest of three


class Server:
    """A server with the student's stream and the lesson's short poll, on the same feeds."""

    def __init__(self, work: Work, capacity: int = 10_000, silence: float = 5.0) -> None:
        self.feeds = {"sales": Feed("sales", capacity)}
        self.raised: list[Exception] = []
        app = Flask(__name__)
        app.testing = True  # what is raised comes through, to be shown
        protocol.mount(app, self.feeds)
        short_poll.mount(app)
        work.load("event_stream.py").mount(app, silence=silence)
        self._app = app
        self.port = free_port()
        logging.getLogger("werkzeug").disabled = True
        server = make_server("127.0.0.1", self.port, self._recorded, threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()

    @property
    def feed(self) -> Feed:
        return self.feeds["sales"]

    def sell(self, count: int) -> None:
        for _ in range(count):
            self.feed.append("sale", {"left": 2_000 - self.feed.last})

    def everything(self) -> list[dict[str, Any]]:
        """Return all that the feed holds, as a short poll hears it."""
        events: list[dict[str, Any]] = []
        while True:
            after = events[-1]["id"] if events else 0
            line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
            line.request("GET", f"/demos/short-poll/sales?after={after}")
            batch = json.loads(line.getresponse().read())
            line.close()
            if not batch["events"]:
                return events
            events += batch["events"]

    def _recorded(self, environ: Any, start_response: Any) -> Iterator[bytes]:
        answer = None
        try:
            answer = self._app(environ, start_response)
            yield from answer
        except Exception as error:
            self.raised.append(error)
            raise
        finally:
            if hasattr(answer, "close"):
                answer.close()


class Source:
    """What `new EventSource(url)` does, and the dashboard behind it that checks each id."""

    def __init__(self, server: Server, query: str = "") -> None:
        self.server, self.called = server, f"GET {PATH}{query}"
        self.last_id = ""
        self.after: int | None = None
        self.epoch: str | None = None
        self.events: list[dict[str, Any]] = []
        self.missed = 0
        self._address = PATH + query
        self.start()

    def start(self) -> None:
        """Connect, for the first time or again."""
        self._line = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=PATIENCE)
        headers = {"Last-Event-ID": self.last_id} if self.last_id else {}
        if headers:
            self.called = f"GET {self._address} with Last-Event-ID: {self.last_id}"
        self._line.request("GET", self._address, headers=headers)
        try:
            self.answer = self._line.getresponse()
        except OSError:
            expect(
                False,
                called=self.called,
                got=f"no head of an answer within {PATIENCE:g} s",
                expected="200, and the first message at once",
                because="the first message is sent before the first wait; a browser wants to know where it stands",
            )
        if self.answer.status == 500 and self.server.raised:
            raise self.server.raised[0]

    def stop(self) -> None:
        self.answer.close()
        self._line.close()

    def read(self) -> dict[str, Any]:
        """Return the next message's batch, and apply it."""
        fields: dict[str, str] = {}
        heard = ""
        while True:
            line = self._line_of_text(heard)
            heard += line
            if line == "\n" and "data" in fields:
                self.last_id = fields.get("id", self.last_id)
                return self._apply(json.loads(fields["data"]))
            name, _, value = line.rstrip("\n").partition(":")
            fields[name] = value.removeprefix(" ")

    def wait_for(self, last: int) -> list[dict[str, Any]]:
        """Return all events applied, once the one with the id `last` is among them."""
        while self.after is None or self.after < last:
            self.read()
        return self.events

    def _line_of_text(self, heard: str) -> str:
        try:
            line = self.answer.readline().decode()
        except (OSError, http.client.HTTPException) as error:
            line, problem = "", f"nothing more within {PATIENCE:g} s"
            if not isinstance(error, TimeoutError):
                problem = "the line broke"
        else:
            problem = "the answer ended"
        if line:
            return line
        if self.server.raised:
            raise self.server.raised[0]
        after = f" after {heard[:30]!r} … {heard[-12:]!r}" if heard else ""
        expect(
            False,
            called=self.called,
            got=problem + after + self._so_far(),
            expected="a message: its id, its data, and an empty line; then the next, on the same line",
            because=self._why(heard, problem),
        )
        return ""

    def _why(self, heard: str, problem: str) -> str:
        if heard:
            return "an empty line ends a message"
        if problem == "the answer ended":
            return "the answer goes on for as long as the feed is open"
        if (self.after or 0) < self.server.feed.last:
            return (
                f"the feed's newest is {self.server.feed.last}, but a batch holds at most 500 events: "
                "go on after the newest in the batch, not in the feed"
            )
        return "after `silence` seconds without an event comes a batch without one"

    def _so_far(self) -> str:
        return f"; so far the events up to {self.after}" if self.after else ""

    def _apply(self, batch: dict[str, Any]) -> dict[str, Any]:
        events = batch["events"]
        if self.after is None:
            self.epoch, self.after = (
                batch["epoch"],
                events[0]["id"] - 1 if events else batch["last"],
            )
        if batch["epoch"] != self.epoch:
            self.epoch, self.after = batch["epoch"], 0
        if self.after < batch["first"] - 1:
            self.missed += batch["first"] - 1 - self.after
            self.after = batch["first"] - 1
        for event in events:
            self._check_id(event["id"])
            self.events.append(event)
            self.after = event["id"]
        return batch

    def _check_id(self, id: int) -> None:
        assert self.after is not None
        expect(
            id > self.after,
            called=self.called,
            got=f"event {id} again, after event {self.after}: doubled",
            expected=f"event {self.after + 1} next",
            because="one goes on after the newest id: the header knows it, the address is out of date; "
            "and each wait begins at the cursor of the batch before",
        )
        expect(
            id == self.after + 1,
            called=self.called,
            got=f"event {id} after event {self.after}: {id - self.after - 1} lost",
            expected=f"event {self.after + 1} next",
            because="a batch holds at most 500 events; its cursor is its own newest event, not the feed's",
        )


def test_a_message(work: Work) -> None:
    server = Server(work)
    server.sell(3)
    source = Source(server, "?after=0")
    kind = source.answer.getheader("Content-Type", "")
    expect(
        source.answer.status == 200 and kind.startswith("text/event-stream"),
        called=source.called,
        got=f"{source.answer.status}, {kind}",
        expected="200, text/event-stream",
        because="by its type a browser knows that this answer is a stream",
    )
    got = source.read()
    expected = server.feed.since(Cursor(None, 0)).as_dict()
    expect(
        got == expected,
        called=source.called,
        got=got,
        expected=expected,
        because="all techniques bring the same batches",
    )
    cursor = f"{server.feed.epoch}:3"
    expect(
        source.last_id == cursor,
        called=source.called,
        got=f"id: {source.last_id}" if source.last_id else "no id",
        expected=f"id: {cursor}",
        because="the browser remembers the id, and sends it when it comes back: it must be the cursor",
    )


def test_it_goes_on_at_once(work: Work) -> None:
    server = Server(work)
    server.sell(1)
    source = Source(server, "?after=0")
    delays = []
    for last in (1, 2, 3, 4):
        began = time.monotonic()
        source.wait_for(last)
        delays.append(time.monotonic() - began)
        server.sell(1)
    quickest = min(delays[1:])
    expect(
        quickest < AT_ONCE,
        called="an event is appended while the stream waits",
        got=f"it came after {quickest * 1000:.0f} ms, at best",
        expected="it comes within some ms",
        because="who sleeps is late; `feed.wait` returns at the moment of the event",
    )


def test_it_hears_the_same_sale(work: Work) -> None:
    server = Server(work)
    source = Source(server, "?after=0")
    source.read()
    for _ in range(20):
        server.sell(3)
    events = source.wait_for(60)
    expect(
        events == server.everything(),
        called=source.called,
        got=f"{len(events)} events, not the same as by short polling",
        expected="60 events, the same as by short polling",
        because="all techniques bring the same events in the same order",
    )


def test_who_was_away_gets_what_came_meanwhile(work: Work) -> None:
    server = Server(work)
    server.sell(2)
    source = Source(server, "?after=0")
    source.wait_for(2)
    for away, cut in ((1, False), (3, False), (700, False), (700, True)):  # a batch holds 500
        source.stop()
        server.sell(away)
        source.start()
        if cut:  # after the first batch, which is not all of it
            source.read()
            source.stop()
            source.start()
        source.wait_for(server.feed.last)
    server.sell(2)
    events = source.wait_for(server.feed.last)
    assert [event["id"] for event in events] == list(range(1, server.feed.last + 1))


def test_who_comes_too_late_learns_how_many_it_missed(work: Work) -> None:
    for late in (7, 0):
        server = Server(work, capacity=20)
        server.sell(2)
        source = Source(server, "?after=0")
        source.wait_for(2)
        source.stop()
        server.sell(20 + late)
        source.start()
        source.wait_for(22 + late)
        expect(
            source.missed == late,
            called=f"{source.called}, when the feed holds {3 + late} to {22 + late}",
            got=f"missed {source.missed}",
            expected=f"missed {late}",
            because="the feed brings all that it still holds, and `first` says where that begins",
        )


def test_after_a_restart_everybody_starts_over(work: Work) -> None:
    server = Server(work)
    server.sell(8)
    source = Source(server, "?after=0")
    source.wait_for(8)
    source.stop()
    source.events.clear()
    server.feeds["sales"] = Feed("sales")
    server.sell(8)
    source.start()
    batch = source.read()
    expect(
        batch["epoch"] == server.feed.epoch and source.events == server.everything(),
        called=f"{source.called}, when a new epoch has begun",
        got=f"epoch {batch['epoch']}, events {[event['id'] for event in batch['events']]}",
        expected=f"epoch {server.feed.epoch}, events 1 to 8",
        because="an id counts in its own epoch only, so both belong to the cursor",
    )


def test_no_cursor_means_from_now_on(work: Work) -> None:
    server = Server(work)
    server.sell(5)
    source = Source(server)
    got = source.read()
    expect(
        (got["events"], got["last"]) == ([], 5),
        called=source.called,
        got=f"{len(got['events'])} events, last {got['last']}",
        expected="0 events, last 5",
        because="who has no cursor wants nothing of the past, but wants to know where it stands",
    )
    source.stop()
    server.sell(2)
    source.start()
    source.wait_for(7)
    assert [event["id"] for event in source.events] == [6, 7]


def test_a_wrong_cursor_is_refused(work: Work) -> None:
    server = Server(work)
    for query, header in (
        ("?after=99", ""),
        ("?after=x", ""),
        ("", f"{server.feed.epoch}:99"),
        ("", "x"),
    ):
        line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
        line.request("GET", PATH + query, headers={"Last-Event-ID": header} if header else {})
        answer = line.getresponse()
        raised = f", {type(server.raised[0]).__name__}: {server.raised[0]}" if server.raised else ""
        expect(
            answer.status == 400,
            called=f"GET {PATH}{query}" + (f" with Last-Event-ID: {header}" if header else ""),
            got=f"{answer.status}{raised}",
            expected="400",
            because="once the stream has begun there is no status left: read the first batch before it does",
        )
        line.close()


def test_after_silence_it_says_that_all_is_well(work: Work) -> None:
    server = Server(work, silence=0.1)
    server.sell(4)
    source = Source(server, "?after=0")
    source.wait_for(4)
    batch = source.read()
    expect(
        (batch["events"], batch["last"], source.last_id) == ([], 4, f"{server.feed.epoch}:4"),
        called="0.1 s pass without an event, where silence is 0.1",
        got=f"{len(batch['events'])} events, last {batch['last']}, id {source.last_id}",
        expected=f"0 events, last 4, id {server.feed.epoch}:4",
        because="a silence and a dead line look the same, if nobody says that all is well",
    )


def test_a_closed_feed_ends_the_stream(work: Work) -> None:
    server = Server(work)
    server.sell(1)
    source = Source(server, "?after=0")
    source.wait_for(1)
    server.feed.close()
    lines = 0
    try:
        while source.answer.readline():
            lines += 1
            if lines > 300:
                break
        got = f"{lines // 3} more messages and no end" if lines > 300 else ""
    except OSError:
        got = "no end: it still waits"
    expect(
        not got,
        called="feed.close(), while the stream is open",
        got=got,
        expected="the stream ends",
        because="the server is about to stop, and a closed feed lets nobody wait: look at feed.closed",
    )
    work.say(
        "Four techniques, one contract. This one needed 1 request, and a cursor that the browser keeps for you."
    )
