"""`/class`: what a page may send there, what it is told, and that every message is acknowledged."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
import requests

from tests.servers import PATIENCE, Server, Steering

STANDING = {"last", "left", "sold", "night", "seats", "rate", "paused"}
SEATS = 2_000
SLOW = 153  # with this seed and 0.1 a second, the first visitor comes after 50 s


@pytest.fixture(scope="module")
def server():
    """One server for this file; its sale waits at the beginning of each test."""
    server = Server(SEED=1)
    yield server
    server.close()


def now(steering: Steering) -> dict:
    return steering.tell("hello", {"viewer": "steering1"})["state"]["now"]


def next_now(steering: Steering, condition) -> dict:
    while not condition(told := steering.next("now")):
        pass
    return told


def events(server: Server, after: int) -> list[dict]:
    url = f"{server.url}/demos/short-poll/sales"
    return requests.get(url, params={"after": after}, timeout=PATIENCE).json()["events"]


# hello and clock


@pytest.mark.parametrize("message", [{"viewer": "abcd1234"}, {}, {"viewer": None}])
def test_hello_is_answered_with_the_whole_state(steering, message):
    answer = steering.tell("hello", message)
    state = answer["state"]
    assert answer.keys() == {"ok", "state"}
    assert answer["ok"] is True
    assert (state["n"], state["mode"], state["steers"]) == (0, "run", True)
    assert state["now"].keys() == STANDING
    assert state["now"]["seats"] == SEATS


@pytest.mark.parametrize("viewer", ["", "short", "UPPERCASE", "a" * 33, 7, True, [], {"a": 1}])
def test_a_malformed_viewer_is_refused(steering, viewer):
    assert_problem(steering.tell("hello", {"viewer": viewer}), 400)


@pytest.mark.parametrize("message", [None, 5, "me", []])
def test_a_hello_that_is_no_object_is_refused(steering, message):
    assert_problem(steering.tell("hello", message), 400)


@pytest.mark.parametrize("message", [None, {}, {"at": 5}, "what time is it"])
def test_the_clock_is_the_servers_in_ms_since_the_unix_epoch(steering, message):
    before = time.time() * 1000
    answer = steering.tell("clock", message)
    assert answer.keys() == {"ok", "at"}
    assert answer["ok"] is True
    assert before - 1 <= answer["at"] <= time.time() * 1000 + 1


@pytest.mark.parametrize("message", [None, {}])
def test_zero_is_acknowledged(steering, message):
    assert steering.tell("zero", message) == {"ok": True}


# sale: each verb does its work


def test_paused_stops_the_sale_and_lets_it_go_on(server, steering):
    steering.tell("sale", {"rate": 50})
    steering.tell("sale", {"paused": False})
    begun = now(steering)
    assert begun["paused"] is False
    next_now(steering, lambda told: told["last"] > begun["last"] + 5)

    assert steering.tell("sale", {"paused": True}) == {"ok": True}
    stopped = now(steering)
    assert stopped["paused"] is True
    assert steering.tell("sale", {"rate": 1}) == {"ok": True}
    assert now(steering)["last"] == stopped["last"]
    assert len(events(server, stopped["last"])) == 0


@pytest.mark.parametrize("rate", [0.1, 1, 2.5, 50])
def test_rate_sets_how_many_come_in_a_second(steering, rate):
    assert steering.tell("sale", {"rate": rate}) == {"ok": True}
    assert now(steering)["rate"] == rate


@pytest.mark.parametrize("count", [1, 20])
def test_burst_sells_that_many_at_once(server, steering, count):
    before = now(steering)
    assert steering.tell("sale", {"burst": count}) == {"ok": True}
    after = now(steering)
    assert after["sold"] - before["sold"] == before["left"] - after["left"] == count
    assert [event["kind"] for event in events(server, before["last"])] == ["sale"] * count


def test_return_brings_one_ticket_back(server, steering):
    steering.tell("sale", {"burst": 1})
    before = now(steering)
    assert steering.tell("sale", {"return": True}) == {"ok": True}
    assert now(steering)["left"] == before["left"] + 1
    (event,) = events(server, before["last"])
    assert (event["kind"], event["data"]["left"]) == ("return", before["left"] + 1)


def test_sell_out_sells_all_and_then_nothing_is_left_to_sell(make_server):
    server = make_server(SEED=1)
    steering = Steering(server)
    assert steering.tell("sale", {"sell-out": True}) == {"ok": True}
    told = next_now(steering, lambda told: told["left"] == 0)
    assert (told["sold"], told["night"]) == (SEATS, 1)
    assert_problem(steering.tell("sale", {"sell-out": True}), 409)
    assert_problem(steering.tell("sale", {"burst": 1}), 409)
    steering.close()
    assert events(server, told["last"] - 1)[0]["kind"] == "sold-out"


def test_before_anything_is_sold_nothing_can_be_returned(make_server):
    server = make_server(RATE=0.1, SEED=SLOW)
    steering = Steering(server)
    assert_problem(steering.tell("sale", {"return": True}), 409)
    assert now(steering)["sold"] == 0
    steering.close()


@pytest.mark.parametrize(
    ("message", "detail"),
    [
        ({"rate": 0}, "rate is 0; allowed are 0.1 to 50 a second"),
        ({"rate": "5"}, "rate is '5'; allowed is a number from 0.1 to 50"),
        ({"burst": 1_001}, "burst is 1001; allowed are 1 to 1000 tickets"),
        ({"burst": 1.5}, "burst is 1.5; allowed is an integer from 1 to 1000"),
        ({"paused": 0}, "paused is 0; allowed are true and false"),
        ({"return": 1}, "return is 1; allowed is true"),
        ({"sell-out": False}, "sell-out is False; allowed is true"),
        ({}, "the sale is told []; allowed is one of rate, paused, burst, return, sell-out"),
        ({"rate": 1, "burst": 1}, "the sale is told ['rate', 'burst']; allowed is one of"),
        ({"explode": True}, "the sale is told ['explode']; allowed is one of"),
        ("rate", "the message is 'rate'; allowed is an object"),
        (None, "the message is None; allowed is an object"),
    ],
)
def test_a_wrong_order_is_named_with_what_is_allowed(steering, message, detail):
    before = now(steering)
    problem = assert_problem(steering.tell("sale", message), 400)
    assert problem["detail"].startswith(detail)
    assert now(steering) == before


# now


def test_now_comes_when_something_changed_and_at_most_ten_times_a_second(steering):
    steering.tell("sale", {"rate": 50})
    steering.tell("sale", {"paused": False})
    steering.next("now")
    began = time.monotonic()
    told = [steering.next("now") for _ in range(12)]
    took = time.monotonic() - began
    assert 1.0 < took < 6
    assert all(before != after for before, after in pairwise(told))
    assert all(one.keys() == STANDING for one in told)


def test_while_nothing_changes_nothing_is_told(server, steering):
    before = now(steering)
    next_now(steering, lambda told: told == before)
    requests.get(f"{server.url}/demos/long-poll/chat?hold=0.4", timeout=PATIENCE)  # four chances
    steering.tell("sale", {"burst": 1})
    assert steering.next("now")["sold"] == before["sold"] + 1


def test_everyone_who_said_hello_hears_the_same_now(server, steering):
    others = [Steering(server, f"viewer0{number}") for number in range(3)]
    before = now(steering)["sold"]
    steering.tell("sale", {"burst": 7})
    heard = [next_now(one, lambda told: told["sold"] == before + 7) for one in (steering, *others)]
    for one in others:
        one.close()
    assert heard == [heard[0]] * 4


def test_now_agrees_with_the_page_and_with_the_feed(server, steering):
    steering.tell("sale", {"burst": 3})
    standing = now(steering)
    told = next_now(steering, lambda told: told["last"] == standing["last"])
    (event,) = events(server, standing["last"] - 1)
    assert told == standing
    assert {name: event["data"][name] for name in ("left", "sold", "night")} == {
        name: standing[name] for name in ("left", "sold", "night")
    }


def test_no_traceback_was_logged(server):
    # Last in this file, so that it sees what all of the above has left behind.
    assert "Traceback" not in "".join(server.log)


def assert_problem(answer: dict, status: int) -> dict:
    assert answer.keys() == {"error"}
    problem = answer["error"]
    assert problem.keys() == {"title", "status", "detail"}
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    return problem
