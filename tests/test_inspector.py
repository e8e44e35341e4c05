from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
import websocket

from tests.servers import PATIENCE, Server, Steering

Entry = dict[str, Any]
NAMESPACE = "/demos/web-socket"
names = (f"inspected{number:03}" for number in itertools.count())


@pytest.fixture
def viewer() -> str:
    return next(names)


@pytest.fixture
def watcher(shared_server: Server, viewer: str) -> Iterator[Steering]:
    connection = Steering(shared_server, viewer)
    assert connection.tell("inspect", {"on": True}) == {"ok": True}
    yield connection
    connection.close()


def url(server: Server, viewer: str, technique: str = "short-poll") -> str:
    return f"{server.url}/demos/{technique}/sales?viewer={viewer}"


def crossed(watcher: Steering, enough: Callable[[list[Entry]], bool]) -> list[Entry]:
    """Return what the inspector shows, once that is enough."""
    entries: list[Entry] = []
    deadline = time.monotonic() + PATIENCE
    while not enough(entries):
        assert time.monotonic() < deadline, f"the inspector shows only {entries}"
        entries += watcher.next("wire")["entries"]
    return entries


def dial(server: Server, viewer: str) -> websocket.WebSocket:
    line = websocket.create_connection(
        f"ws://127.0.0.1:{server.port}/socket.io/?EIO=4&transport=websocket&viewer={viewer}"
    )
    line.recv()
    line.send(f"40{NAMESPACE},")
    line.recv()
    return line


def test_a_request_and_its_answer_are_shown_as_they_crossed(
    shared_server: Server, watcher: Steering, viewer: str
) -> None:
    answer = requests.get(url(shared_server, viewer), headers={"X-Mark": "here"})
    (entry,) = crossed(watcher, len)
    up, down = entry["up"], entry["down"]
    assert (entry["technique"], entry["kind"], entry["cut"]) == ("short-poll", "exchange", False)
    assert up["head"]["lines"][0]["text"] == f"GET /demos/short-poll/sales?viewer={viewer} HTTP/1.1"
    assert {"text": "X-Mark: here", "bytes": 14} in up["head"]["lines"]
    assert down["head"]["lines"][0] == {"text": "HTTP/1.1 200 OK", "bytes": 17}
    assert (down["body"]["text"], down["body"]["bytes"]) == (answer.text, len(answer.content))
    assert 0 <= down["at"] - up["at"] < 1_000
    assert abs(time.time() * 1_000 - up["at"]) < 10_000


def test_all_pages_of_a_viewer_are_shown_the_same_whenever_they_looked(
    shared_server: Server, watcher: Steering, viewer: str
) -> None:
    requests.get(url(shared_server, viewer))
    (first,) = crossed(watcher, len)
    late, reader = Steering(shared_server, viewer), Steering(shared_server, viewer)
    assert late.tell("inspect", {"on": True}) == {"ok": True}
    assert crossed(late, len) == [first]
    requests.get(url(shared_server, viewer))
    seconds = [crossed(page, len) for page in (watcher, late)]
    assert seconds[0] == seconds[1] and seconds[0][0]["n"] == first["n"] + 1
    assert "wire" not in [name for name, _ in list(reader.heard.queue)]
    late.close(), reader.close()


def test_the_lines_add_up_to_what_the_meters_say(
    shared_server: Server, watcher: Steering, viewer: str
) -> None:
    requests.get(url(shared_server, viewer, "long-poll") + "&hold=0")
    (entry,) = crossed(watcher, len)
    figures = watcher.next("meters")["long-poll"]
    while not figures["down"]:
        figures = watcher.next("meters")["long-poll"]
    for way in ("up", "down"):
        head, body = entry[way]["head"], entry[way]["body"]
        assert sum(line["bytes"] for line in head["lines"]) == head["bytes"]
        assert head["bytes"] + body["bytes"] == figures[way]


def test_a_socket_is_shown_handshake_and_frames(
    shared_server: Server, watcher: Steering, viewer: str
) -> None:
    line = dial(shared_server, viewer)
    line.ping("hello")
    line.recv_frame()
    line.close()
    entries = crossed(watcher, lambda seen: any(entry.get("name") == "close" for entry in seen))
    assert entries[0]["kind"] == "handshake"
    assert entries[0]["down"]["head"]["lines"][0]["text"] == "HTTP/1.1 101 Switching Protocols"
    frames = [
        (entry["direction"], entry["name"], entry["masked"], entry["body"]["text"][:3])
        for entry in entries[1:]
    ]
    assert frames[:5] == [
        ("down", "text", False, '0{"'),
        ("up", "text", True, "40/"),
        ("down", "text", False, "40/"),
        ("up", "ping", True, "hel"),
        ("down", "pong", False, "hel"),
    ]


def test_cookies_tokens_and_session_ids_are_masked(
    shared_server: Server, watcher: Steering, viewer: str
) -> None:
    requests.get(
        url(shared_server, viewer) + "&token=s3cret",
        headers={
            "Cookie": "lesson-8000=s3cret; other=s3cret",
            "Authorization": "Bearer s3cret",
            "Referer": "http://127.0.0.1/instructor?key=s3cret",
        },
    )
    opened = requests.get(f"{shared_server.url}/socket.io/?EIO=4&transport=polling&viewer={viewer}")
    sid = json.loads(opened.text[1:])["sid"]
    path = f"/socket.io/?EIO=4&transport=polling&viewer={viewer}&sid={sid}"
    requests.post(shared_server.url + path, data=f"40{NAMESPACE},")
    connected = requests.get(shared_server.url + path)
    inner = json.loads(connected.text.split(",", 1)[1].split("\x1e")[0])["sid"]
    shown = json.dumps(crossed(watcher, lambda seen: len(seen) >= 4))
    for secret in ("s3cret", sid, inner):
        assert secret not in shown
    assert "lesson-8000=" in shown


def test_only_ones_own_traffic_is_shown_and_only_to_oneself(
    shared_server: Server, watcher: Steering, viewer: str
) -> None:
    other = Steering(shared_server, "somebody2")
    requests.get(url(shared_server, "somebody2"))
    requests.get(f"{shared_server.url}/healthz?viewer={viewer}")
    requests.get(url(shared_server, viewer))
    assert [entry["n"] for entry in crossed(watcher, len)] == [1]
    time.sleep(1)
    assert "wire" not in [name for name, _ in other.heard.queue]
    other.close()


def test_an_inspector_that_is_shut_shows_and_keeps_nothing(
    shared_server: Server, watcher: Steering, viewer: str
) -> None:
    requests.get(url(shared_server, viewer))
    crossed(watcher, len)
    watcher.tell("inspect", {"on": False})
    requests.get(url(shared_server, viewer))
    watcher.tell("inspect", {"on": True})
    requests.get(url(shared_server, viewer, "long-poll") + "&hold=0")
    assert [entry["technique"] for entry in crossed(watcher, len)] == ["long-poll"]


def test_the_inspector_is_shut_when_its_page_leaves(shared_server: Server, viewer: str) -> None:
    first = Steering(shared_server, viewer)
    first.tell("inspect", {"on": True})
    first.close()
    time.sleep(2.5)
    requests.get(url(shared_server, viewer))
    second = Steering(shared_server, viewer)
    second.tell("inspect", {"on": True})
    requests.get(url(shared_server, viewer, "long-poll") + "&hold=0")
    assert [entry["technique"] for entry in crossed(second, len)] == ["long-poll"]
    second.close()


def test_a_flood_is_shown_at_a_bounded_rate_and_says_what_it_left_out(
    shared_server: Server, watcher: Steering, viewer: str
) -> None:
    with requests.Session() as session:
        for _ in range(300):
            session.get(url(shared_server, viewer))
    seen, dropped = 0, 0
    while seen + dropped < 300:
        batch = watcher.next("wire")
        assert 1 <= len(batch["entries"]) <= 25
        seen += len(batch["entries"])
        dropped += batch["dropped"]
    assert seen + dropped == 300
    assert dropped > 0


@pytest.mark.parametrize("on", [None, 1, "yes"])
def test_on_is_true_or_false(watcher: Steering, on: object) -> None:
    problem = watcher.tell("inspect", {"on": on})["error"]
    assert problem["status"] == 400
    assert "allowed" in problem["detail"]
