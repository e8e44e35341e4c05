"""A walk through all that can happen to three techniques at once, beside a simple reference.

What a client applied is always the feed's slice, in order, without gap or double, or it knows the
exact number that it missed. The reference is two numbers: the epoch's newest id, and how many
events a feed holds. The clients are http.client and websocket-client, each behind a proxy of its
own that can cut it anywhere; the browser's own transports are walked in tests/js/walk.test.js.
"""

from __future__ import annotations

import http.client
import json
import signal
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from websocket import WebSocketException

from tests.examples import WALKS
from tests.listeners import Batch, Reader
from tests.proxy import Proxy
from tests.raw_socket import FEED, RawSocket
from tests.servers import PATIENCE, Server
from tests.waiting import until
from tests.walked_lesson import CAPACITY

FAT = 50_000  # bytes: sixty of them do not fit between the server and who does not read
LONG = 30  # seconds of hold: nothing here waits for its end
BRIEF = 0.2  # seconds of hold that are waited for
SHORT = 80  # bytes: less than any frame with a batch, and more than a ping's
FAILURES = (OSError, http.client.HTTPException, WebSocketException, json.JSONDecodeError)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    server = Server("tests.walked_lesson", RATE=0.1)
    yield server
    status = server.stop()
    server.close()
    assert status == 0
    assert "Traceback" not in "".join(server.log)


class Log:
    """The reference: what the server's log must be."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.epochs: set[str] = set()
        self.look()
        self.ahead = 0
        self.set_clock(0)

    @property
    def first(self) -> int:
        return max(1, self.last - CAPACITY + 1)

    def look(self) -> None:
        """Take over what the server says: at the beginning, and of a new epoch."""
        said = self.post("log", count=0, size=0)
        assert said["epoch"] not in self.epochs, "an epoch never comes again"
        self.epoch, self.last = said["epoch"], said["last"]
        self.epochs.add(self.epoch)

    def append(self, count: int, size: int = 0) -> None:
        self.last += count
        assert self.post("log", count=count, size=size) == {"epoch": self.epoch, "last": self.last}

    def set_clock(self, by: int) -> int:
        """Set the server's wall clock, by seconds from the true one; return how far it jumps."""
        self.post("clock", by=by)
        jump, self.ahead = by - self.ahead, by
        return jump

    def restart(self) -> None:
        self.server.restart(signal.SIGKILL)
        self.ahead = 0
        self.look()

    def post(self, path: str, **asked: Any) -> dict[str, Any]:
        answer = requests.post(f"{self.server.url}/{path}", json=asked, timeout=PATIENCE)
        assert answer.status_code == 200, answer.text
        said: dict[str, Any] = answer.json()
        return said

    def slice(self, after: int) -> list[str]:
        """Return what each event after that one must say of itself."""
        return [f"{self.epoch} {id}" for id in range(after + 1, self.last + 1)]


class Tab:
    """A client behind a proxy of its own, that only reads when it is told to."""

    def __init__(self, log: Log, **cursor: Any) -> None:
        self.log = log
        self.proxy = Proxy(log.server.port)
        self.reader = Reader(**cursor)

    def catch_up(self) -> None:
        """Read until there is nothing more."""
        raise NotImplementedError

    def close(self) -> None:
        self.drop()
        self.proxy.close()

    def drop(self) -> None:
        """Let go of the connection, without a word."""
        raise NotImplementedError

    def is_there(self) -> bool:
        """Whether it has all that the log has."""
        return (self.reader.epoch, self.reader.after) == (self.log.epoch, self.log.last)


class Poll(Tab):
    """Asks, on a connection that is kept; what fails is asked again."""

    technique = ""
    connection: http.client.HTTPConnection | None = None

    def ask(self, hold: float = 0) -> None:
        """Send the question and do not wait."""
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.proxy.port, PATIENCE)
        query = urlencode(self.reader.cursor() | {"hold": hold})
        self.connection.request("GET", f"/demos/{self.technique}/chat?{query}")

    def hear(self) -> Batch:
        """Read the answer and apply it."""
        assert self.connection is not None
        answer = self.connection.getresponse()
        body = answer.read()
        assert answer.status == 200, body
        batch: Batch = json.loads(body)
        assert self.reader.take(batch), "an answer always continues the cursor"
        return batch

    def drop(self) -> None:
        if self.connection is not None:
            self.connection.close()
        self.connection = None

    def catch_up(self) -> None:
        for _ in range(20):
            try:
                self.ask()
                self.hear()
            except FAILURES:
                self.drop()
            else:
                if self.is_there():
                    return
        raise AssertionError("twenty questions did not bring it to the end")


class ShortPoll(Poll):
    technique = "short-poll"


class LongPoll(Poll):
    technique = "long-poll"


class Socket(Tab):
    """Follows on each connect, and where a batch does not continue its cursor."""

    socket: RawSocket | None = None
    asked = 0

    def drop(self) -> None:
        if self.socket is not None:
            self.socket.connection.shutdown()
        self.socket = None

    def follow(self) -> None:
        if self.socket is None:
            self.socket = RawSocket(self.proxy)  # type: ignore[arg-type]
        self.asked += 1
        message = json.dumps(["follow", {"channel": "chat"} | self.reader.cursor()])
        self.socket.send(f"42{FEED},{self.asked}{message}")

    def catch_up(self) -> None:
        if self.socket is None:
            self.try_to(self.follow)
        while not self.is_there():
            self.try_to(self.read)

    def try_to(self, do: Any) -> None:
        try:
            do()
        except FAILURES:
            self.drop()

    def read(self) -> None:
        """Apply what comes next; begin anew where nothing comes any more."""
        packet = self.socket.receive() if self.socket else ""
        if not packet:
            self.drop()
            return self.follow()
        if packet.startswith("43"):
            batch = json.loads(packet.removeprefix(f"43{FEED},{self.asked}"))[0]
            assert "error" not in batch, batch
        else:
            batch = json.loads(packet.removeprefix(f"42{FEED},"))[1]
        if not self.reader.take(batch) or self.reader.after < batch["last"]:
            self.follow()
        return None


TABS = {"short-poll": ShortPoll, "long-poll": LongPoll, "web-socket": Socket}
sizes = st.sampled_from([1, 2, 3, 17, 40, 499, 500, 501, 1_000])
bytes_on = st.integers(0, 400) | st.integers(0, 100_000)


SCENARIOS = {
    "a held poll cancelled",
    "a poll cancelled while its answer is on its way",
    "two tabs on one cursor",
    "a socket cut inside a frame",
    "a burst of 1,000 while away",
    "the feed's bound overrun by one",
    "exactly at first - 1",
    "a stale epoch",
    "a foreign epoch",
    "a restart",
    "a slow reader",
    "a clock set back",
}


class Walk(RuleBasedStateMachine):
    """Each step does something to the log, or to somebody who reads it.

    :param met: counts the scenarios that came about and had their effect.
    """

    tabs = Bundle("tabs")
    polls = Bundle("polls")
    sockets = Bundle("sockets")

    def __init__(self, server: Server, met: Counter[str]) -> None:
        super().__init__()
        self.log = Log(server)
        self.met = met
        self.opened: list[Tab] = []
        self.restarts = self.fats = 0

    def open(self, technique: str, **cursor: Any) -> Tab:
        self.opened.append(TABS[technique](self.log, **cursor))
        return self.opened[-1]

    # Who reads

    @initialize(target=tabs)
    def a_tab_from_now_on(self) -> Tab:
        return self.open("web-socket", epoch=self.log.epoch, after=self.log.last)

    @rule(target=polls, technique=st.sampled_from(["short-poll", "long-poll"]))
    def open_poll(self, technique: str) -> Tab:
        return self.open(technique, epoch=self.log.epoch, after=self.log.last)

    @rule(target=sockets)
    def open_socket(self) -> Tab:
        return self.open("web-socket", epoch=self.log.epoch, after=self.log.last)

    @rule(target=tabs, technique=st.sampled_from([*TABS]))
    def open_with_a_foreign_epoch(self, technique: str) -> Tab:
        tab = self.open(technique, epoch="nobody", after=10**14)
        self.read(tab)
        return tab

    @rule(target=tabs, technique=st.sampled_from([*TABS]))
    def open_from_the_beginning(self, technique: str) -> Tab:
        tab = self.open(technique, epoch=self.log.epoch, after=0)
        self.read(tab)
        return tab

    @rule(target=tabs, other=tabs | polls | sockets, technique=st.sampled_from([*TABS]))
    def open_a_second_tab_on_one_cursor(self, other: Tab, technique: str) -> Tab:
        self.read(other)
        tab = self.open(technique, epoch=other.reader.epoch, after=other.reader.after)
        self.log.append(2)
        for one in (tab, other):
            self.read(one)
        assert tab.reader.events == other.reader.events[-2:]
        self.met["two tabs on one cursor"] += 1
        return tab

    @rule(tab=tabs | polls | sockets)
    def read(self, tab: Tab) -> None:
        reader, log = tab.reader, self.log
        epoch, after, missed = reader.epoch, reader.after, reader.missed
        applied = len(reader.events)
        tab.catch_up()
        new = [event["data"]["text"].rstrip() for event in reader.events[applied:]]
        gap = reader.missed - missed
        if epoch != log.epoch:
            of_before = [text for text in new if text.split()[0] != log.epoch]
            assert new[len(of_before) :] == log.slice(log.first - 1)
            if of_before:  # was on its way when the epoch ended
                assert isinstance(tab, Socket)
                ids = [int(text.split()[1]) for text in of_before]
                assert of_before == [f"{epoch} {id}" for id in sorted(set(ids))]
                assert len(ids) + gap == ids[-1] - after
            self.met["a stale epoch" if epoch in log.epochs else "a foreign epoch"] += 1
        elif after >= log.first - 1:
            assert (gap, new) == (0, log.slice(after))
        elif isinstance(tab, Poll):
            assert (gap, new) == (log.first - 1 - after, log.slice(log.first - 1))
        else:  # a part may have come before the rest was overrun
            ids = [int(text.split()[1]) for text in new]
            assert ids == sorted(set(ids))
            assert len(ids) + gap == log.last - after
            assert new[-CAPACITY:] == log.slice(log.first - 1)

    # What happens

    @rule(count=sizes)
    def append(self, count: int) -> None:
        self.log.append(count)

    @rule(tab=tabs | polls | sockets)
    def a_burst_while_away(self, tab: Tab) -> None:
        self.read(tab)
        tab.drop()
        self.log.append(1_000)
        self.read(tab)
        self.met["a burst of 1,000 while away"] += 1

    @rule(tab=tabs | polls | sockets, beyond=st.sampled_from([-1, 0, 1]))
    def overrun_by(self, tab: Tab, beyond: int) -> None:
        """Append until the tab has missed so many: none at the edge, one beyond it."""
        self.read(tab)
        tab.drop()
        missed = tab.reader.missed
        self.log.append(CAPACITY + beyond)
        self.read(tab)
        assert tab.reader.missed - missed == max(0, beyond)
        self.met["the feed's bound overrun by one"] += beyond == 1
        self.met["exactly at first - 1"] += beyond == 0

    @rule(tab=tabs | polls | sockets, by=st.sampled_from([-3_600, -60, 86_400]))
    def set_the_clock(self, tab: Tab, by: int) -> None:
        """What is newer says an earlier moment then, or what is older a moment long ago.

        Whoever ordered by that, or forgot what is old, or bounded a hold by it, would be seen here.
        """
        self.log.append(1)
        self.read(tab)
        if isinstance(tab, Poll):
            tab.ask(BRIEF)
        jump = self.log.set_clock(by)
        if isinstance(tab, Poll):
            assert tab.hear()["events"] == [], "its hold has ended, and no later for the clock"
        self.log.append(1)
        self.read(tab)
        earlier, later = (event["at"] / 1_000 for event in tab.reader.events[-2:])
        assert abs(later - earlier - jump) < PATIENCE, "the clock was set"
        self.read(beginner := self.open("short-poll", epoch=self.log.epoch, after=0))
        self.opened.remove(beginner)
        beginner.close()
        self.met["a clock set back"] += jump < 0

    @precondition(lambda self: self.restarts < 1)
    @rule()
    def restart(self) -> None:
        self.restarts += 1
        self.log.restart()
        self.met["a restart"] += 1

    # What happens to who reads

    @rule(tab=tabs | polls | sockets)
    def go_away(self, tab: Tab) -> None:
        tab.drop()

    @rule(tab=tabs | polls | sockets)
    def cut(self, tab: Tab) -> None:
        tab.proxy.cut()

    @rule(poll=polls, count=sizes)
    def hold_until_there_is_news(self, poll: Poll, count: int) -> None:
        self.read(poll)
        poll.ask(LONG)
        if poll.technique == "short-poll":
            assert poll.hear()["events"] == []
            return
        self.log.append(count)
        assert poll.hear()["events"], "it is answered as soon as there is news"
        self.read_on(poll, count)

    def read_on(self, poll: Poll, count: int) -> None:
        """Read the rest, of which the first part was applied already."""
        seen = len(poll.reader.events)
        poll.catch_up()
        texts = [event["data"]["text"].rstrip() for event in poll.reader.events[seen:]]
        assert texts == self.log.slice(self.log.last - len(texts))
        assert len(texts) < max(count, 2)

    @rule(poll=polls, answered=st.booleans())
    def cancel_a_held_poll(self, poll: Poll, answered: bool) -> None:
        """The second way, its answer is on its way already."""
        self.read(poll)
        up, down = poll.proxy.up, poll.proxy.down
        poll.ask(LONG)
        until(lambda: poll.proxy.up > up)
        if answered:
            self.log.append(1)
            until(lambda: poll.proxy.down > down)
        poll.drop()
        if poll.technique == "long-poll" and answered:
            self.met["a poll cancelled while its answer is on its way"] += 1
        elif poll.technique == "long-poll":
            self.met["a held poll cancelled"] += 1

    @rule(poll=polls, after=bytes_on, ending=st.sampled_from(["reset", "goodbye"]))
    def cut_an_answer(self, poll: Poll, after: int, ending: str) -> None:
        self.read(poll)
        self.log.append(500)
        poll.proxy.end_after(after, ending)
        self.read(poll)
        poll.drop()  # or the cut might still come, in another answer

    @rule(
        tab=sockets,
        after=st.integers(4, SHORT) | bytes_on,
        count=sizes,
        ending=st.sampled_from(["reset", "goodbye"]),
    )
    def cut_inside_a_frame(self, tab: Socket, after: int, count: int, ending: str) -> None:
        tab.drop()  # it may have been cut, and not know yet
        self.read(tab)
        tab.proxy.end_after(after, ending)
        self.log.append(count)
        if 4 <= after <= SHORT:  # wherever the first frame began, it is not at its end
            crossing = tab.proxy.crossings[-1]
            until(lambda: crossing.left == 0)
            self.met["a socket cut inside a frame"] += 1

    @precondition(lambda self: self.fats < 1)
    @rule(tab=sockets, frames=st.integers(1, 30))
    def read_slowly(self, tab: Socket, frames: int) -> None:
        """More is sent than has room on its way, and then more than waits for one socket."""
        self.fats += 1
        tab.drop()
        self.read(tab)
        before = tab.proxy.down
        tab.proxy.flows.clear()
        self.log.append(60, size=FAT)
        for _ in range(frames):
            self.log.append(1)
        assert tab.proxy.down - before < 60 * FAT, "it could not take all of it"
        tab.proxy.flows.set()
        self.read(tab)
        self.met["a slow reader"] += 1

    def teardown(self) -> None:
        for tab in self.opened:
            self.read(tab)
            tab.close()


def test_what_a_client_applied_is_always_the_logs_slice(server: Server) -> None:
    run_state_machine_as_test(lambda: Walk(server, Counter()), settings=WALKS)


def test_each_scenario_comes_about_in_each_technique(server: Server) -> None:
    """What the walk above meets by chance, step by step; a step that has no effect fails."""
    met: Counter[str] = Counter()
    walk = Walk(server, met)
    polls = [walk.open_poll(technique) for technique in ("short-poll", "long-poll")]
    socket = walk.open_socket()
    for tab in (*polls, socket):
        walk.a_burst_while_away(tab)
        for beyond in (-1, 0, 1):
            walk.overrun_by(tab, beyond)
        for by in (86_400, -3_600):
            walk.set_the_clock(tab, by)
        for technique in TABS:
            walk.open_a_second_tab_on_one_cursor(tab, technique)
    for technique in TABS:
        walk.open_with_a_foreign_epoch(technique)
    for answered in (False, True):
        walk.cancel_a_held_poll(polls[1], answered)
        walk.read(polls[1])
    for ending in ("reset", "goodbye"):
        walk.cut_inside_a_frame(socket, 40, 3, ending)
        walk.read(socket)
    walk.read_slowly(socket, 3)
    walk.restart()
    walk.teardown()
    assert {one for one, times in met.items() if times} == SCENARIOS
