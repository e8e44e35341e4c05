"""The pings: each when it is due, one at a time, and who does not answer is let go."""

from __future__ import annotations

import time
from queue import Queue
from types import SimpleNamespace

import pytest
from engineio.socket import Socket as Session

from lesson.machinery.pings import Pings
from lesson.machinery.steady import steady
from tests.clocks import Clock


class Server:
    """What of Engine.IO's server is used."""

    ping_interval = ping_timeout = 5

    def __init__(self) -> None:
        steady()
        self.sockets: dict = {}
        self.logger = SimpleNamespace(info=lambda *_: None)
        self.reason = SimpleNamespace(PING_TIMEOUT="ping timeout")

    def create_queue(self):
        return Queue()

    def _trigger_event(self, *given, **more) -> None:
        pass


@pytest.fixture
def clock():
    return Clock(time.monotonic())


@pytest.fixture
def eio():
    return Server()


@pytest.fixture
def pinged():
    return []


@pytest.fixture
def pings(eio, pinged, clock):
    return Pings(eio, pinged.append, clock)


def answered(eio, pings, name: str) -> Session:
    """Return an adopted session that has just answered a ping."""
    session = Session(eio, name)
    eio.sockets[name] = session
    pings.adopt(session)
    session.schedule_ping()
    return session


def test_a_ping_is_due_one_interval_after_the_pong(eio, pings, pinged, clock):
    session = answered(eio, pings, "a")
    clock.advance(4.9)
    pings.tick()
    assert pinged == []
    clock.advance(0.2)
    pings.tick()
    assert pinged == [session]
    assert session.last_ping == clock()


def test_pongs_that_nobody_asked_for_bring_no_second_ping(eio, pings, pinged, clock):
    session = answered(eio, pings, "a")
    for _ in range(5):
        session.schedule_ping()
    clock.advance(6)
    pings.tick()
    pings.tick()
    assert pinged == [session]


def test_who_has_gone_is_not_pinged(eio, pings, pinged, clock):
    session = answered(eio, pings, "a")
    session.closed = True
    clock.advance(6)
    pings.tick()
    assert pinged == []
    pings.look()
    assert eio.sockets == {}


@pytest.mark.parametrize("by", [0, -3_600, 3_600])
def test_who_does_not_answer_is_let_go_alone_however_the_clock_is_set(
    eio, pings, clock, monkeypatch, by
):
    clock.advance(-12)
    late = answered(eio, pings, "late")
    clock.advance(6)
    pings.tick()
    early = answered(eio, pings, "early")
    clock.advance(6)
    pings.tick()
    silent, opened = Session(eio, "silent"), Session(eio, "opened")  # pinged by the library
    silent.last_ping -= 6
    eio.sockets |= {"silent": silent, "opened": opened}
    was = time.time()
    monkeypatch.setattr(time, "time", lambda: was + by)
    pings.look()
    assert [one.closed for one in (late, early, silent, opened)] == [True, False, True, False]
