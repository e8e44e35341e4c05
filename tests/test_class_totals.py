"""What the class costs, summed by technique for the console."""

from __future__ import annotations

import pytest
import requests
from flask import Flask, Response

from lesson.classroom.totals import Totals
from lesson.machinery.meter import Meter
from lesson.machinery.wire.ledger import BODY, HEAD
from tests.clocks import Clock
from tests.listeners import WebSocket
from tests.servers import PATIENCE, Server, Steering


@pytest.fixture
def clock():
    return Clock()


def test_figures_are_sums_over_all_viewers_by_the_second(clock):
    meter = Meter(clock)
    totals = Totals(meter, clock)
    assert totals.take()["short-poll"]["requests"] is None
    for name in ("viewer01", "viewer02"):
        tally = meter.ledger.viewer(name).tallies["short-poll"]
        tally.requests += 5
        tally.up[HEAD] += 300
        tally.down[BODY] += 100
    clock.advance(2)
    taken = totals.take()
    assert taken["short-poll"] == {
        **{"requests": 5, "up": 300, "down": 100, "head": 300, "body": 100},
        **{"open": 0, "empty": 0},
    }
    assert taken["long-poll"]["requests"] == 0
    clock.advance(1)
    assert totals.take()["short-poll"]["up"] == 0


def test_a_viewer_that_begins_anew_takes_nothing_away(clock):
    meter = Meter(clock)
    totals, viewer = Totals(meter, clock), meter.ledger.viewer("viewer01")
    viewer.tallies["long-poll"].requests = 9
    totals.take()
    viewer.zero()
    viewer.tallies["long-poll"].requests = 2
    clock.advance(1)
    assert totals.take()["long-poll"]["requests"] == 2


def test_where_nothing_is_measured_only_empty_answers_are_known(clock):
    totals, app = Totals(None, clock), Flask("test")
    totals.take()
    with app.test_request_context("/demos/short-poll/sales"):
        totals.look(Response('{"channel":"sales","events":[]}'))
        totals.look(Response('{"channel":"sales","events":[{"id":1}]}'))
    clock.advance(1)
    taken = totals.take()
    assert taken["short-poll"]["empty"] == 1
    assert taken["short-poll"]["requests"] is taken["short-poll"]["open"] is None


@pytest.fixture(scope="module")
def server():
    server = Server(SEED=1, RATE=0.1)
    yield server
    server.close()


def test_the_console_is_told_of_everybodys_traffic(server):
    console = Steering(server, viewer=None)
    followers = [WebSocket(server, "sales") for _ in range(2)]
    for number, follower in enumerate(followers):
        follower.server = Viewed(server, f"socket{number:02}")
        follower.start()
    url = f"{server.url}/demos/short-poll/sales?viewer=viewer01"
    seen = {"requests": 0.0, "empty": 0.0, "open": 0}
    for _ in range(12):
        requests.get(url, timeout=PATIENCE)
        told = console.next("meters")["class"]
        for name in ("requests", "empty"):
            seen[name] += told["short-poll"][name] or 0
        seen["open"] = max(seen["open"], told["web-socket"]["open"])
        if all(seen.values()):
            break
    console.close()
    for follower in followers:
        follower.stop()
    assert seen["empty"] > 0
    assert seen["open"] == 2


def test_the_console_disturbs_everybody_without_traffic_of_its_own(server):
    console = Steering(server, viewer=None)
    student = Steering(server, "viewer09", student="student09")
    answer = console.tell("fault", {"viewer": "all", "delay": 20})
    disturbed = student.next_own()["faults"]["delay"]
    console.tell("fault", {"viewer": "all", "delay": 0})
    console.close(), student.close()
    assert answer["ok"] is True
    assert disturbed == 20


class Viewed:
    """A server's address with a viewer in it."""

    def __init__(self, server: Server, viewer: str) -> None:
        self.url = f"{server.url}/?viewer={viewer}"


def test_a_page_with_traffic_of_its_own_is_told_of_that_alone(server):
    page = Steering(server, "viewer01")
    requests.get(f"{server.url}/demos/short-poll/sales?viewer=viewer01", timeout=PATIENCE)
    assert "class" not in page.next("meters")
    page.close()
