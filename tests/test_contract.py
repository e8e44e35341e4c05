"""One contract, three techniques: the same events, in order, none lost, none doubled."""

from __future__ import annotations

import signal

import pytest
import requests

from tests.listeners import LISTENERS, Following, Listener
from tests.servers import PATIENCE, Server, Steering
from tests.small_lesson import CAPACITY

ENGINES = ("eventlet", "gevent", "threading")
TECHNIQUES = tuple(LISTENERS)
each_technique = pytest.mark.parametrize("technique", TECHNIQUES)


def listen(technique: str, server: Server, channel: str = "sales", **cursor: object) -> Listener:
    listener = LISTENERS[technique](server, channel, **cursor)
    listener.start()
    return listener


def ask(server: Server, **query: object) -> dict:
    answer = requests.get(f"{server.url}/demos/short-poll/sales", params=query, timeout=PATIENCE)
    return answer.json()


def everything(server: Server) -> list[dict]:
    events: list[dict] = []
    while True:
        batch = ask(server, after=events[-1]["id"] if events else 0)
        events += batch["events"]
        if not batch["events"]:
            return events


def burst(steering: Steering, count: int) -> None:
    assert steering.tell("sale", {"burst": count}) == {"ok": True}


@pytest.mark.parametrize("engine", ENGINES)
def test_all_three_hear_the_same_sale(make_server, engine):
    server = make_server(ENGINE=engine, RATE=50)
    start = ask(server)
    listeners = {
        technique: listen(technique, server, epoch=start["epoch"], after=start["last"])
        for technique in TECHNIQUES
    }
    last = start["last"] + 60
    running = [Following(listener, last) for listener in listeners.values()]
    heard = [following.result() for following in running]
    for listener in listeners.values():
        listener.stop()

    slices = [[event for event in events if event["id"] <= last] for events in heard]
    assert slices[0] == slices[1] == slices[2]
    assert [event["id"] for event in slices[0]] == list(range(start["last"] + 1, last + 1))
    assert slices[0] == everything(server)[start["last"] : last]


@pytest.mark.parametrize("engine", ENGINES)
@each_technique
def test_who_was_away_gets_what_came_meanwhile(make_server, engine, technique):
    server = make_server(ENGINE=engine)
    steering = Steering(server)
    steering.tell("sale", {"paused": True})
    last = ask(server)["last"]
    listener = listen(technique, server, after=0)
    listener.wait_for(last)
    for away in (1, 3, 700):  # 700 is more than one batch holds
        listener.stop()
        burst(steering, away)
        last += away
        listener.start()
        listener.wait_for(last)
    burst(steering, 2)
    events = listener.wait_for(last + 2)
    listener.stop()
    steering.close()

    assert [event["id"] for event in events] == list(range(1, last + 3))
    assert events == everything(server)


@each_technique
def test_who_comes_too_late_learns_how_many_it_missed(make_server, technique):
    server = make_server("tests.small_lesson")
    steering = Steering(server)
    steering.tell("sale", {"paused": True})
    listener = listen(technique, server, after=0)
    seen = ask(server)["last"]
    listener.wait_for(seen)
    listener.stop()
    burst(steering, CAPACITY + 7)
    listener.start()
    events = listener.wait_for(seen + CAPACITY + 7)
    listener.stop()
    steering.close()

    assert listener.reader.missed == 7
    assert [event["id"] for event in events[-CAPACITY:]] == list(
        range(seen + 8, seen + CAPACITY + 8)
    )


@each_technique
def test_at_the_edge_of_what_the_feed_holds_nothing_is_missed(make_server, technique):
    server = make_server("tests.small_lesson")
    steering = Steering(server)
    steering.tell("sale", {"paused": True})
    seen = ask(server)["last"]
    burst(steering, CAPACITY)
    listener = listen(technique, server, after=seen)
    listener.wait_for(seen + CAPACITY)
    listener.stop()
    steering.close()

    assert listener.reader.missed == 0
    assert len(listener.reader.events) == CAPACITY


@each_technique
def test_after_a_restart_everybody_starts_over(server, technique):
    before = ask(server)
    server.restart(signal.SIGKILL)
    steering = Steering(server)
    burst(steering, 5)
    steering.tell("sale", {"paused": True})
    last = ask(server)["last"]
    listener = listen(technique, server, epoch=before["epoch"], after=before["last"])
    events = listener.wait_for(last)
    listener.stop()
    steering.close()

    assert listener.reader.epoch != before["epoch"]
    assert events == everything(server)


@pytest.mark.parametrize("technique", ["short-poll", "web-socket"])
def test_no_cursor_means_from_now_on(server, steering, technique):
    last = ask(server)["last"]
    listener = listen(technique, server)
    if technique == "short-poll":
        assert listener.read()["events"] == []
    burst(steering, 1)
    events = listener.wait_for(last + 1)
    listener.stop()

    assert [event["id"] for event in events] == [last + 1]


def test_a_held_question_without_a_cursor_waits_for_the_next_event(make_server):
    server = make_server(RATE=20)
    seen = ask(server)["last"]
    batch = listen("long-poll", server).read()
    assert len(batch["events"]) >= 1
    assert batch["events"][0]["id"] > seen
    assert batch["events"][-1]["id"] == batch["last"]


@each_technique
def test_what_is_said_by_one_technique_is_heard_by_all(shared_server, technique):
    listener = listen(technique, shared_server, "chat", after=0)
    said = {"channel": "chat", "name": "Ada", "text": "<b>Anyone</b> near row 3? 🎫"}
    answer = requests.post(f"{shared_server.url}/demos/say", json=said, timeout=PATIENCE)
    speaker = listen("web-socket", shared_server, "chat")
    acknowledged = speaker.client.call("say", said, namespace="/demos/web-socket")
    events = listener.wait_for(acknowledged["id"])
    listener.stop()
    speaker.stop()

    assert answer.status_code == 201
    assert answer.json() in events
    assert acknowledged in events
    assert acknowledged["kind"] == "said"
    assert acknowledged["data"] == {"name": "Ada", "text": "<b>Anyone</b> near row 3? 🎫"}


def test_an_answer_has_the_shape_of_the_contract(server, steering):
    batch = ask(server, after=0)
    assert list(batch) == ["channel", "epoch", "first", "last", "events"]
    assert batch["channel"] == "sales"
    assert batch["events"][0]["kind"] == "on-sale"
    assert [*batch["events"][0]["data"]] == [
        "night",
        "left",
        "sold",
        "per_minute",
        "takings",
        "seat",
        "price",
    ]


def test_a_batch_holds_at_most_500_events(server, steering):
    burst(steering, 1_000)
    batch = ask(server, after=0)
    assert [event["id"] for event in batch["events"]] == list(range(1, 501))
    assert batch["last"] > 1_000


def test_a_held_question_is_answered_empty_at_its_end(server, steering):
    last = ask(server)["last"]
    answer = requests.get(
        f"{server.url}/demos/long-poll/sales",
        params={"after": last, "hold": "0.5"},
        timeout=PATIENCE,
    )
    assert answer.json()["events"] == []
    assert 0.4 < answer.elapsed.total_seconds() < 5


def test_after_silence_a_socket_is_told_that_all_is_well(server, steering):
    last = ask(server)["last"]
    listener = listen("web-socket", server)
    batch = listener.read()
    listener.stop()
    assert (batch["events"], batch["last"]) == ([], last)


def test_following_again_changes_the_channel(server, steering):
    listener = listen("web-socket", server, "sales")
    answer = listener.client.call("follow", {"channel": "chat"}, namespace="/demos/web-socket")
    assert answer["channel"] == "chat"
    burst(steering, 3)
    listener.client.call(
        "say", {"channel": "chat", "name": "A", "text": "B"}, namespace="/demos/web-socket"
    )
    assert listener.batches.get(timeout=PATIENCE)["channel"] == "chat"
    listener.stop()


def test_a_socket_that_says_nothing_is_dropped(shared_server):
    listener = LISTENERS["web-socket"](shared_server, "sales")
    listener.follow = lambda: None
    listener.start()
    listener.client.wait()  # returns once the connection is gone
    assert not listener.client.connected
