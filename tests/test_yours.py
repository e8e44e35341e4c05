"""The student's own server: a mirror of the feed, forwarded, restarted on save, stopped."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import websocket
from flask import Flask

from lesson.machinery.exercises.exercise import read_all
from lesson.machinery.exercises.serving import Serving
from lesson.machinery.yours import forward
from lesson.machinery.yours.forward import TAKE_SOCKET, Forward
from lesson.machinery.yours.mirror import Mirror
from tests.servers import PATIENCE, Server, Steering, free_port

POLL, SOCKET, STREAM = "05-between-two-answers", "09-come-back", "13-the-fourth-technique"
HELD_BACK = 4096  # bytes; eventlet waits for as many unless told otherwise
VIEWER = "yourstest1"


@pytest.fixture(scope="module")
def my_work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("my-work")


@pytest.fixture(scope="module")
def lesson(my_work: Path) -> Iterator[Server]:
    server = Server(MY_WORK=my_work, SEED=1, RATE=2)
    yield server
    server.close()


@pytest.fixture
def yours(lesson: Server, my_work: Path) -> Callable[..., Any]:
    """Choose an exercise with these files, and wait until its server is in a state."""

    def choose(name: str, state: str = "running", text: str | None = None) -> dict[str, Any]:
        exercise = read_all()[name]
        file = my_work / name / exercise.files[0]
        file.parent.mkdir(exist_ok=True)
        file.write_text(text if text is not None else exercise.solution()[exercise.files[0]])
        time.sleep(0.3)  # until the old code is seen to be old
        deadline = time.monotonic() + 3 * PATIENCE  # a process begins
        while True:
            _, told = Serving(lesson.port).post("/exercises/yours", {"exercise": name})
            if told["state"] == state:
                return told
            assert time.monotonic() < deadline, told
            time.sleep(0.1)

    return choose


def ask(lesson: Server, path: str, **query: Any) -> requests.Response:
    return requests.get(
        f"{lesson.url}/{path}", params={"viewer": VIEWER, **query}, timeout=PATIENCE
    )


def test_before_anything_is_chosen_it_says_so(lesson: Server) -> None:
    answer = ask(lesson, "yours/short-poll/sales")
    assert answer.status_code == 503
    assert answer.json()["detail"] == "your server does not run; the column says why"


def test_the_mirror_has_the_same_epoch_and_the_same_events(lesson: Server, yours: Any) -> None:
    yours(POLL)
    theirs = ask(lesson, "demos/short-poll/sales", after=0).json()
    ours = ask(lesson, "yours/short-poll/sales", after=0).json()
    assert ours["epoch"] == theirs["epoch"]
    shared = min(len(ours["events"]), len(theirs["events"]))
    assert shared > 0
    assert ours["events"][:shared] == theirs["events"][:shared]


def test_what_crosses_is_counted_as_yours(lesson: Server, yours: Any) -> None:
    yours(POLL)
    steering = Steering(lesson, VIEWER)
    steering.tell("zero")
    ask(lesson, "yours/short-poll/sales")
    deadline = time.monotonic() + PATIENCE
    meters = steering.next("meters")
    while not meters["yours"]["down"] and time.monotonic() < deadline:
        meters = steering.next("meters")
    steering.close()
    assert meters["yours"]["requests"] == 1
    assert meters["yours"]["up"] > 0 and meters["yours"]["down"] > 0
    assert meters["short-poll"]["requests"] == 0


def test_a_traceback_is_told_and_the_next_save_starts_it_anew(yours: Any) -> None:
    told = yours(POLL, "ended", 'def mount(app):\n    raise RuntimeError("not yet")\n')
    assert "RuntimeError: not yet" in told["trouble"]
    assert "route.py" in told["trouble"]
    assert yours(POLL)["trouble"] == ""


def test_a_server_that_never_begins_is_stopped(yours: Any) -> None:
    yours(POLL, "hung", "while True:\n    pass\n")


def test_a_websocket_is_handed_through(lesson: Server, yours: Any) -> None:
    yours(SOCKET)
    url = f"ws://127.0.0.1:{lesson.port}/yours/socket.io/?EIO=4&transport=websocket&viewer={VIEWER}"
    line = websocket.create_connection(url, timeout=PATIENCE)
    assert line.recv().startswith("0{")
    line.send("40/yours/web-socket,")
    assert line.recv().startswith("40/yours/web-socket,")
    line.send('42/yours/web-socket,1["follow",{"channel":"sales"}]')
    batch = json.loads(line.recv().removeprefix("43/yours/web-socket,1"))[0]
    assert batch["channel"] == "sales"
    line.close()


def test_a_stream_is_handed_on_as_it_comes_and_goes_on_after_the_newest_id(
    lesson: Server, yours: Any
) -> None:
    yours(STREAM)
    address = f"{lesson.url}/yours/server-sent-events/sales?viewer={VIEWER}"

    def messages(**headers: str) -> Iterator[tuple[int, dict[str, Any], str]]:
        with requests.get(address, headers=headers, stream=True, timeout=PATIENCE) as answer:
            assert answer.headers["Content-Type"].startswith("text/event-stream")
            size = 0
            for line in answer.iter_lines(chunk_size=1, decode_unicode=True):
                size += len(line) + 1
                if line.startswith("id: "):
                    newest = line.removeprefix("id: ")
                if line.startswith("data: "):
                    yield size, json.loads(line.removeprefix("data: ")), newest

    coming = messages()
    size, batch, newest = [next(coming) for _ in range(3)][-1]
    assert batch["events"] and size < HELD_BACK
    coming.close()
    _, batch, _ = next(messages(**{"Last-Event-ID": newest}))
    epoch, _, after = newest.partition(":")
    assert batch["epoch"] == epoch
    assert [event["id"] for event in batch["events"]][:1] in ([], [int(after) + 1])


def test_an_exercise_that_feeds_no_column_is_refused(lesson: Server) -> None:
    status, _ = Serving(lesson.port).post("/exercises/yours", {"exercise": "00-change-a-word"})
    assert status == 400


@pytest.mark.parametrize("path", ["yours/short-poll/sales", "yours/socket.io/"])
def test_a_page_of_another_site_reaches_nothing(path: str, lesson: Server) -> None:
    headers = {"Origin": "http://elsewhere.example"}
    assert (
        requests.get(f"{lesson.url}/{path}", headers=headers, timeout=PATIENCE).status_code == 403
    )


# Where a student's server cannot answer


UPGRADE = {"Connection": "Upgrade", "Upgrade": "websocket"}


def forwarded(port: int, path: str, **more: Any) -> tuple[int, str]:
    app = Flask(__name__)
    Forward(lambda: port, lambda: True).mount(app)
    answer = app.test_client().get(f"/yours/{path}", **more)
    return answer.status_code, answer.text


@pytest.mark.parametrize(("path", "headers"), [("short-poll/sales", {}), ("socket.io/", UPGRADE)])
def test_a_server_that_does_not_answer_is_502(path: str, headers: dict[str, str]) -> None:
    given = {TAKE_SOCKET: lambda: None}
    status, text = forwarded(free_port(), path, headers=headers, environ_overrides=given)
    assert status == 502
    assert "your server" in text


def test_a_server_that_takes_too_long_is_504(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forward, "LONGEST", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        status, text = forwarded(silent.getsockname()[1], "short-poll/sales")
    assert status == 504
    assert "has not answered for 0.1 s" in text


def test_a_websocket_on_an_engine_that_gives_no_socket_away_is_501() -> None:
    status, text = forwarded(free_port(), "socket.io/", headers=UPGRADE)
    assert status == 501
    assert "on ENGINE=eventlet only" in text


# The mirror alone


def batch(epoch: str, *ids: int, last: int | None = None) -> dict[str, Any]:
    events = [{"id": id, "at": 1.0, "kind": "sale", "data": {}} for id in ids]
    return {"epoch": epoch, "first": 1, "last": last or max(ids, default=0), "events": events}


def test_a_mirror_takes_only_what_continues_it() -> None:
    mirror = Mirror("sales")
    mirror.take(batch("one", 5, 6))
    mirror.take(batch("one", 6, 7))
    mirror.take(batch("one", 9))
    assert (mirror.epoch, mirror.first, mirror.last) == ("one", 5, 7)


def test_a_mirror_begins_anew_with_another_epoch() -> None:
    mirror = Mirror("sales")
    mirror.take(batch("one", 5, 6))
    mirror.take(batch("two", 1))
    assert (mirror.epoch, mirror.first, mirror.last) == ("two", 1, 1)
    mirror.take(batch("three", last=4))
    assert (mirror.first, mirror.last) == (5, 4)
