from __future__ import annotations

import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest
import requests
import socketio
import websocket

from lesson.machinery.meter import SILENT, Meter
from lesson.machinery.wire.faults import FaultError, Faults
from lesson.machinery.wire.late import ROOM, Late
from tests.conftest import MakeServer
from tests.servers import PATIENCE, Server, Steering, network_address

NAMESPACE = "/demos/web-socket"
DELAY = 0.4  # seconds
SLACK = 0.35  # seconds that a busy machine may take on top; less than another delay
NORMAL = {"delay": 0, "jitter": 0, "loss": 0, "outage": 0}
names = (f"disturbed{number:03}" for number in itertools.count())


@pytest.fixture
def viewer() -> str:
    return next(names)


@pytest.fixture
def watcher(shared_server: Server, viewer: str) -> Iterator[Steering]:
    connection = Steering(shared_server, viewer)
    yield connection
    connection.tell("fault", {"viewer": viewer, **NORMAL})
    connection.close()


def disturb(watcher: Steering, viewer: str, **faults: object) -> dict[str, Any]:
    answer = watcher.tell("fault", {"viewer": viewer, **faults})
    assert answer.get("ok"), answer
    faults_now: dict[str, Any] = answer["faults"]
    return faults_now


def took(call: Callable[[], object]) -> float:
    begun = time.monotonic()
    call()
    return time.monotonic() - begun


def url(server: Server, viewer: str, technique: str = "short-poll", **query: object) -> str:
    extra = "".join(f"&{name}={value}" for name, value in query.items())
    return f"{server.url}/demos/{technique}/chat?viewer={viewer}{extra}"


def say(server: Server, text: str = "hello") -> dict[str, Any]:
    said = {"channel": "chat", "name": "me", "text": text}
    event: dict[str, Any] = requests.post(f"{server.url}/demos/say", json=said).json()
    return event


class Socket:
    """A WebSocket that follows the chat and keeps what it hears, with the time."""

    def __init__(self, server: Server, viewer: str) -> None:
        self.heard: list[tuple[float, dict[str, Any]]] = []
        self.client = socketio.Client(reconnection=False)
        self.client.on("batch", self._hear, namespace=NAMESPACE)
        self.client.connect(
            f"{server.url}/?viewer={viewer}", namespaces=[NAMESPACE], transports=["websocket"]
        )
        self.follow()

    def follow(self) -> None:
        self.client.call("follow", {"channel": "chat"}, namespace=NAMESPACE)

    def events(self, count: int) -> list[tuple[float, dict[str, Any]]]:
        """Wait for so many events; return each with the ms that it took."""
        deadline = time.monotonic() + PATIENCE
        while len(self.heard) < count and time.monotonic() < deadline:
            time.sleep(0.01)
        return [(at - event["at"], event) for at, event in self.heard]

    def _hear(self, batch: dict[str, Any]) -> None:
        self.heard += [(time.time() * 1_000, event) for event in batch["events"]]


def idle(server: Server, viewer: str, technique: str = "short-poll", hold: int = 0) -> Any:
    """Return a connection on which a question was asked; of a short one the answer was read."""
    line = socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)
    line.sendall(
        f"GET /demos/{technique}/chat?viewer={viewer}&hold={hold} HTTP/1.1\r\n"
        "Host: localhost\r\n\r\n".encode()
    )
    if not hold:
        assert line.recv(65_536).startswith(b"HTTP/1.1 200")
    return line


# Delay


def test_a_short_poll_takes_the_delay_twice(
    shared_server: Server, watcher: Steering, viewer: str
) -> None:
    disturb(watcher, viewer, delay=DELAY * 1_000)
    with requests.Session() as session:
        for _ in range(3):
            taken = took(lambda: session.get(url(shared_server, viewer)))
            assert 2 * DELAY <= taken < 2 * DELAY + SLACK


def test_a_held_poll_hears_of_an_event_after_one_delay_and_at_worst_after_three(
    shared_server: Server, watcher: Steering, viewer: str
) -> None:
    disturb(watcher, viewer, delay=DELAY * 1_000)
    delays: list[float] = []
    ready = threading.Event()

    def poll_on() -> None:
        with requests.Session() as session:
            epoch, after = "", None
            while len(delays) < 5:
                query = {} if after is None else {"epoch": epoch, "after": after}
                hold = 0 if after is None else 10
                batch = session.get(
                    url(shared_server, viewer, "long-poll", hold=hold, **query)
                ).json()
                now = time.time() * 1_000
                delays.extend(now - event["at"] for event in batch["events"])
                epoch, after = batch["epoch"], batch["last"]
                ready.set()

    polling = threading.Thread(target=poll_on)
    polling.start()
    assert ready.wait(PATIENCE)
    time.sleep(3 * DELAY)
    say(shared_server, "while it is held")
    for gap in (0.01, 0.1, 0.15, 0.3):
        time.sleep(gap)
        say(shared_server)
    polling.join(PATIENCE)
    assert DELAY * 1_000 <= delays[0] < (DELAY + SLACK) * 1_000
    assert min(delays) >= DELAY * 1_000
    assert 2.5 * DELAY * 1_000 < max(delays) < (3 * DELAY + SLACK) * 1_000


def test_a_socket_hears_of_every_event_after_one_delay(
    shared_server: Server, watcher: Steering, viewer: str
) -> None:
    listener = Socket(shared_server, viewer)  # open before anything is wrong
    disturb(watcher, viewer, delay=DELAY * 1_000)
    for gap in (0, 0.01, 0.1, 0.3):
        time.sleep(gap)
        say(shared_server)
    for delay, _ in listener.events(4):
        assert DELAY * 1_000 <= delay < (DELAY + SLACK) * 1_000
    assert 2 * DELAY <= took(listener.follow) < 2 * DELAY + SLACK
    listener.client.disconnect()


def test_a_poll_that_is_held_already_is_answered_late(
    shared_server: Server, watcher: Steering, viewer: str
) -> None:
    line = idle(shared_server, viewer, "long-poll", hold=10)
    time.sleep(0.2)
    disturb(watcher, viewer, delay=DELAY * 1_000)
    say(shared_server)
    late = took(lambda: line.recv(1))  # the delay began within `say`, a little before
    assert DELAY - 0.05 < late < DELAY + SLACK
    line.close()


def test_jitter_never_changes_the_order(
    shared_server: Server, watcher: Steering, viewer: str
) -> None:
    disturb(watcher, viewer, jitter=300)
    listener = Socket(shared_server, viewer)
    said = [say(shared_server, f"number {number}")["id"] for number in range(30)]
    events = listener.events(30)
    assert [event["id"] for _, event in events] == said
    assert max(delay for delay, _ in events) > 100
    listener.client.disconnect()


def test_a_large_answer_arrives_late_and_whole(make_server: MakeServer, viewer: str) -> None:
    server = make_server(SEED=1)
    watcher = Steering(server, viewer)
    watcher.tell("sale", {"paused": True})
    watcher.tell("sale", {"burst": 1_000})
    disturb(watcher, viewer, delay=50, jitter=50)
    batch = requests.get(f"{server.url}/demos/short-poll/sales?viewer={viewer}&after=0").json()
    assert [event["id"] for event in batch["events"]] == list(range(1, 501))
    watcher.close()


def test_a_late_answer_arrives_before_its_connection_is_closed(
    shared_server: Server, watcher: Steering, viewer: str
) -> None:
    disturb(watcher, viewer, delay=DELAY * 1_000)
    with socket.create_connection(("127.0.0.1", shared_server.port)) as line:
        line.sendall(
            f"GET /demos/short-poll/chat?viewer={viewer} HTTP/1.1\r\n"
            "Host: localhost\r\nConnection: close\r\n\r\n".encode()
        )
        answer = b"".join(iter(lambda: line.recv(65_536), b""))
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b'"events":[]}')


def test_back_to_normal_nothing_is_late(
    shared_server: Server, watcher: Steering, viewer: str
) -> None:
    listener = Socket(shared_server, viewer)
    disturb(watcher, viewer, delay=600)
    listener.follow()
    assert disturb(watcher, viewer, **NORMAL) == NORMAL
    assert took(listener.follow) < SLACK
    assert took(lambda: requests.get(url(shared_server, viewer))) < SLACK
    listener.client.disconnect()


def test_others_and_pages_and_the_class_are_never_late(
    shared_server: Server, watcher: Steering, viewer: str
) -> None:
    disturb(watcher, viewer, delay=600)
    waiting = threading.Thread(target=lambda: requests.get(url(shared_server, viewer)))
    waiting.start()
    assert took(lambda: watcher.tell("clock")) < SLACK
    assert took(lambda: requests.get(url(shared_server, "untouched1"))) < SLACK
    assert took(lambda: requests.get(f"{shared_server.url}/healthz?viewer={viewer}")) < SLACK
    waiting.join()


def test_a_page_is_not_late_on_a_connection_that_carried_a_late_poll(
    shared_server: Server, watcher: Steering, viewer: str
) -> None:
    disturb(watcher, viewer, delay=DELAY * 1_000)
    with requests.Session() as session:
        for _ in range(2):
            assert took(lambda: session.get(url(shared_server, viewer))) >= 2 * DELAY
            assert took(lambda: session.get(f"{shared_server.url}/healthz")) < 2 * DELAY


# Cut, outage, loss


def test_a_cut_resets_what_is_open_idle_held_or_a_socket_and_nothing_else(
    shared_server: Server, watcher: Steering, viewer: str
) -> None:
    polls = [idle(shared_server, viewer), idle(shared_server, viewer, "long-poll", hold=10)]
    other = idle(shared_server, "untouched1")
    line = websocket.create_connection(
        f"ws://127.0.0.1:{shared_server.port}/socket.io/?EIO=4&transport=websocket&viewer={viewer}"
    )
    line.recv()
    time.sleep(0.2)
    disturb(watcher, viewer, cut=True)
    for reset in polls:
        with pytest.raises(ConnectionResetError):
            reset.recv(1)
    with pytest.raises(ConnectionResetError):
        line.recv()
    other.sendall(
        b"GET /demos/short-poll/chat?viewer=untouched1 HTTP/1.1\r\nHost: localhost\r\n\r\n"
    )
    assert other.recv(12) == b"HTTP/1.1 200"
    assert requests.get(url(shared_server, viewer)).status_code == 200
    for open_line in (*polls, other):
        open_line.close()


def test_a_page_is_not_cut_on_a_connection_that_carried_a_poll(
    shared_server: Server, watcher: Steering, viewer: str
) -> None:
    with requests.Session() as session:
        session.get(url(shared_server, viewer))
        session.get(f"{shared_server.url}/healthz")
        disturb(watcher, viewer, cut=True)
        assert session.get(f"{shared_server.url}/healthz").status_code == 200


def test_an_outage_resets_whoever_names_the_viewer_and_ends_by_itself(
    shared_server: Server, watcher: Steering, viewer: str
) -> None:
    held = idle(shared_server, viewer, "long-poll", hold=10)
    time.sleep(0.1)
    begun = time.monotonic()
    assert disturb(watcher, viewer, outage=1)["outage"] == 1
    with pytest.raises(ConnectionResetError):
        held.recv(1)
    for path in ("demos/short-poll/chat?", "demos/long-poll/chat?hold=0&", "socket.io/?EIO=4&"):
        with pytest.raises(requests.ConnectionError):
            requests.get(f"{shared_server.url}/{path}viewer={viewer}")
    assert requests.get(url(shared_server, "untouched1")).status_code == 200
    assert requests.get(f"{shared_server.url}/healthz").status_code == 200
    assert watcher.next_own()["faults"]["outage"] > 0
    assert watcher.next_own()["faults"] == NORMAL
    assert 1 <= time.monotonic() - begun < 2.5
    assert requests.get(url(shared_server, viewer)).status_code == 200
    held.close()


def test_an_outage_of_none_ends_one(shared_server: Server, watcher: Steering, viewer: str) -> None:
    disturb(watcher, viewer, outage=60)
    disturb(watcher, viewer, outage=0)
    assert requests.get(url(shared_server, viewer)).status_code == 200


def test_one_connection_in_n_is_lost(shared_server: Server, watcher: Steering, viewer: str) -> None:
    disturb(watcher, viewer, loss=2)
    lost = 0
    for _ in range(60):
        try:
            requests.get(url(shared_server, viewer))
        except requests.ConnectionError:
            lost += 1
    assert 10 < lost < 50


def test_a_loss_that_is_new_takes_its_share_of_what_is_open(
    shared_server: Server, watcher: Steering, viewer: str
) -> None:
    lines = [idle(shared_server, viewer) for _ in range(40)]
    disturb(watcher, viewer, loss=2)
    time.sleep(0.1)
    lost = 0
    for line in lines:
        line.setblocking(False)
        try:
            line.recv(1)
        except BlockingIOError:
            pass
        except ConnectionResetError:
            lost += 1
        line.close()
    assert 5 < lost < 35


# Who, and what


@pytest.mark.parametrize(
    "faults",
    [
        {"delay": -1},
        {"delay": 2_001},
        {"delay": "100"},
        {"delay": True},
        {"delay": None},
        {"delay": 1_500, "jitter": 501},
        {"jitter": 2_001},
        {"loss": 1},
        {"loss": 101},
        {"loss": 2.5},
        {"outage": 0.5},
        {"outage": 61},
        {"cut": 1},
        {"speed": 1},
        {},
    ],
)
def test_a_fault_out_of_range_is_refused_with_what_is_allowed(
    watcher: Steering, viewer: str, faults: dict[str, object]
) -> None:
    problem = watcher.tell("fault", {"viewer": viewer, **faults})["error"]
    assert problem["status"] == 400
    assert "allowed" in problem["detail"]
    assert watcher.tell("hello", {"viewer": viewer})["state"]["faults"] == NORMAL


@pytest.mark.parametrize(("whose", "status"), [("somebody2", 403), (None, 400), (7, 400)])
def test_a_fault_is_for_ones_own_viewer(watcher: Steering, whose: object, status: int) -> None:
    answer = watcher.tell("fault", {"viewer": whose, "delay": 100})
    assert answer["error"]["status"] == status


def test_a_field_that_is_absent_stays_as_it_is(watcher: Steering, viewer: str) -> None:
    disturb(watcher, viewer, delay=100, loss=5)
    assert disturb(watcher, viewer, jitter=50) == {
        "delay": 100,
        "jitter": 50,
        "loss": 5,
        "outage": 0,
    }
    assert watcher.next_own()["faults"] == {"delay": 100, "jitter": 0, "loss": 5, "outage": 0}


def test_a_page_that_comes_later_is_told_what_is_on(
    shared_server: Server, watcher: Steering, viewer: str
) -> None:
    disturb(watcher, viewer, delay=100)
    second = Steering(shared_server, viewer)
    assert second.state["faults"]["delay"] == 100
    disturb(watcher, viewer, delay=0)
    assert second.next_own()["faults"]["delay"] == 0
    second.close()


def test_everybody_is_disturbed_by_who_steers_and_who_comes_later_too(
    make_server: MakeServer,
) -> None:
    server = make_server(SEED=1)
    steering, student = Steering(server), Steering(server, "student001")
    disturb(steering, "all", delay=DELAY * 1_000)
    assert student.next_own()["faults"]["delay"] == DELAY * 1_000
    for viewer in ("student001", "latecomer"):
        assert took(lambda name=viewer: requests.get(url(server, name))) >= 2 * DELAY
    disturb(student, "student001", delay=0)
    assert took(lambda: requests.get(url(server, "student001"))) < SLACK
    disturb(steering, "all", **NORMAL)
    assert took(lambda: requests.get(url(server, "latecomer"))) < SLACK
    for page in (steering, student):
        page.close()


def test_from_the_network_nobody_disturbs_everybody(make_server: MakeServer) -> None:
    server = make_server(HOST="0.0.0.0")
    server.url = f"http://{network_address()}:{server.port}"
    page = Steering(server, "student001")
    assert page.tell("fault", {"viewer": "all", "delay": 100})["error"]["status"] == 403
    assert disturb(page, "student001", delay=100)["delay"] == 100
    page.close()


# The parts, without a server


class Line:
    """A connection that only knows whether it was reset."""

    lost = False

    def reset(self) -> None:
        self.lost = True


def test_faults_end_a_minute_after_the_viewers_last_sign() -> None:
    now = [0.0]
    meter = Meter(clock=lambda: now[0])
    meter.disturb("viewer01", {"delay": 100})
    for now[0] in (30.0, 59.0, 61.0):
        assert meter.sweep({"viewer01"}) == []
    now[0] += SILENT - 1
    assert meter.sweep(set()) == []
    now[0] += 1
    assert meter.sweep(set()) == ["viewer01"]
    assert meter.faults("viewer01")["delay"] == 0


def test_traffic_is_a_sign() -> None:
    now = [0.0]
    meter = Meter(clock=lambda: now[0])
    meter.disturb("viewer01", {"delay": 100})
    talk = meter.talk()
    for _ in range(3):
        now[0] += SILENT - 1
        talk.requests.feed(b"GET /demos/short-poll/sales?viewer=viewer01 HTTP/1.1\r\n\r\n")
        assert meter.sweep(set()) == []


def test_what_newcomers_begin_with_ends_with_who_set_it() -> None:
    now = [0.0]
    meter = Meter(clock=lambda: now[0])
    meter.disturb_all("teacher1", {"delay": 100})
    now[0] = SILENT
    meter.sweep(set())
    meter.ledger.viewer("latecomer")
    assert meter.faults("latecomer")["delay"] == 0


def test_a_refused_fault_changes_and_cuts_nothing() -> None:
    meter, line = Meter(), Line()
    meter.ledger.viewer("viewer01").connections.add(line)
    with pytest.raises(FaultError):
        meter.disturb("viewer01", {"cut": True, "delay": 5_000})
    assert not line.lost


def test_delay_and_jitter_stay_within_their_bounds() -> None:
    faults = Faults(delay=100, jitter=50)
    drawn = [faults.wait(Random(seed)) for seed in range(200)]
    assert min(drawn) >= 0.1
    assert max(drawn) <= 0.15
    assert max(drawn) - min(drawn) > 0.03


def test_late_pieces_keep_their_order_and_the_end_is_one_of_them() -> None:
    late = Late()
    late.put(b"first", 0.05)
    late.put(b"second", 0)
    late.put(b"", 0)
    assert took(lambda: late.take(2)) >= 0.04
    assert [late.take(100) for _ in range(4)] == [b"rst", b"second", b"", b""]


def test_late_pieces_are_bounded() -> None:
    late = Late()
    late.put(b"x" * ROOM, 0)
    with pytest.raises(TimeoutError):
        late.put(b"one more", 0, timeout=0.05)
    late.take(ROOM)
    late.put(b"one more", 0, timeout=0.05)


def test_who_waits_for_late_pieces_is_let_go_when_they_are_abandoned() -> None:
    late = Late()
    late.put(b"x", 60)
    threading.Timer(0.05, late.abandon).start()
    assert late.take(1) == b""
    with pytest.raises(TimeoutError):
        Late().take(1, timeout=0.05)
