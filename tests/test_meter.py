from __future__ import annotations

import http.client
import itertools
import json
import socket
import time
from collections.abc import Callable, Iterator

import pytest
import requests
import socketio
import websocket

from tests.conftest import MakeServer
from tests.proxy import RESET, Proxy
from tests.servers import PATIENCE, Server, Steering

Figures = dict[str, dict[str, int]]
NAMESPACE = "/demos/web-socket"
names = (f"metered{number:03}" for number in itertools.count())


@pytest.fixture
def viewer() -> str:
    return next(names)


@pytest.fixture
def watcher(shared_server: Server, viewer: str) -> Iterator[Steering]:
    connection = Steering(shared_server, viewer)
    yield connection
    connection.close()


@pytest.fixture
def proxy(shared_server: Server) -> Iterator[Proxy]:
    proxy = Proxy(shared_server.port)
    yield proxy
    proxy.close()


def meters(watcher: Steering, until: Callable[[Figures], bool]) -> Figures:
    """Return the first `meters` of which that holds, or fail with the last."""
    deadline = time.monotonic() + PATIENCE
    figures: Figures = {}
    while time.monotonic() < deadline:
        figures = watcher.next("meters")
        if until(figures):
            return figures
    raise AssertionError(f"the meters stay at {figures}")


def total(figures: Figures, field: str) -> int:
    return sum(of_technique[field] for of_technique in figures.values())


def agreed(watcher: Steering, proxy: Proxy) -> Figures:
    """Return the meters once they agree with the proxy to the byte."""
    proxy.wait()
    assert proxy.up
    assert not any(crossing.was_reset for crossing in proxy.crossings)
    figures = meters(
        watcher, lambda now: (total(now, "up"), total(now, "down")) == (proxy.up, proxy.down)
    )
    for of_technique in figures.values():
        assert of_technique["head"] + of_technique["body"] == (
            of_technique["up"] + of_technique["down"]
        )
    return figures


def poll(proxy: Proxy, viewer: str, technique: str = "short-poll", **query: object) -> str:
    extra = "".join(f"&{name}={value}" for name, value in query.items())
    return f"{proxy.url}/demos/{technique}/sales?viewer={viewer}{extra}"


def raw(port: int, *messages: bytes, wait: float = 0.05) -> bytes:
    """Send bytes as they are, one after the other, and return what comes until the end."""
    with socket.create_connection(("127.0.0.1", port)) as line:
        for message in messages:
            line.sendall(message)
            time.sleep(wait)
        line.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: line.recv(65_536), b""))


def test_short_polls_agree_with_an_outside_count(
    watcher: Steering, proxy: Proxy, viewer: str
) -> None:
    with requests.Session() as session:
        for after in (0, 1, None, 1):
            query = {} if after is None else {"after": after}
            assert session.get(poll(proxy, viewer, **query)).status_code == 200
    figures = agreed(watcher, proxy)
    assert figures["short-poll"]["requests"] == 4
    assert figures["short-poll"]["opened"] == 1
    assert figures["short-poll"]["cut"] == 0
    assert figures["short-poll"]["up"] == proxy.up


def test_held_polls_agree_with_an_outside_count(
    watcher: Steering, proxy: Proxy, viewer: str
) -> None:
    with requests.Session() as session:
        for _ in range(2):
            session.get(poll(proxy, viewer, "long-poll", hold=0.3))
    figures = agreed(watcher, proxy)
    assert figures["long-poll"]["requests"] == 2
    assert figures["long-poll"]["up"] == proxy.up


def test_a_socket_agrees_with_an_outside_count_pings_and_closing_too(
    watcher: Steering, proxy: Proxy, viewer: str
) -> None:
    client = socketio.Client(reconnection=False)
    client.connect(
        f"{proxy.url}/?viewer={viewer}", namespaces=[NAMESPACE], transports=["websocket"]
    )
    client.call("follow", {"channel": "sales", "after": 0}, namespace=NAMESPACE)
    client.call("say", {"channel": "chat", "name": "me", "text": "x" * 400}, namespace=NAMESPACE)
    time.sleep(6)  # one Engine.IO ping
    client.disconnect()
    figures = agreed(watcher, proxy)
    assert figures["web-socket"]["requests"] == 1
    assert figures["web-socket"]["cut"] == 0
    assert figures["web-socket"]["up"] == proxy.up


def test_control_frames_are_heads(watcher: Steering, proxy: Proxy, viewer: str) -> None:
    line = websocket.create_connection(
        f"ws://127.0.0.1:{proxy.port}/socket.io/?EIO=4&transport=websocket&viewer={viewer}"
    )
    said = [line.recv()]
    line.send(f"40{NAMESPACE},")
    said.append(line.recv())
    before = len(proxy.crossings[0].up), len(proxy.crossings[0].down)
    line.ping("are you there?")
    line.recv_frame()
    line.close()
    figures = agreed(watcher, proxy)["web-socket"]
    assert (proxy.up - before[0], proxy.down - before[1]) > (20, 16)  # both pings, both closings
    assert figures["body"] == sum(len(text) for text in said) + len(f"40{NAMESPACE},")


def test_sliced_into_single_bytes_it_is_the_same(
    watcher: Steering, shared_server: Server, viewer: str
) -> None:
    proxy = Proxy(shared_server.port, slices=1)
    with requests.Session() as session:
        for _ in range(2):
            session.get(poll(proxy, viewer))
        session.post(
            f"{proxy.url}/demos/say?viewer={viewer}&technique=short-poll",
            json={"channel": "chat", "name": "me", "text": "slowly"},
        )
    line = websocket.create_connection(
        f"ws://127.0.0.1:{proxy.port}/socket.io/?EIO=4&transport=websocket&viewer={viewer}"
    )
    line.recv()
    line.send(f"40{NAMESPACE},")
    line.recv()
    line.close()
    figures = agreed(watcher, proxy)
    proxy.close()
    assert total(figures, "cut") == 0
    assert figures["short-poll"]["requests"] == 3


def test_large_bodies_agree_with_an_outside_count(make_server: MakeServer, viewer: str) -> None:
    server = make_server(SEED=1)
    watcher, proxy = Steering(server, viewer), Proxy(server.port)
    watcher.tell("sale", {"burst": 1_000})
    with requests.Session() as session:
        batch = session.get(poll(proxy, viewer, after=0)).json()
        session.get(poll(proxy, viewer, after=0, hold=0))
    assert len(batch["events"]) == 500
    figures = agreed(watcher, proxy)
    assert figures["short-poll"]["body"] > 140_000
    watcher.close()
    proxy.close()


def test_a_chunked_request_is_divided_into_framing_and_body(
    watcher: Steering, proxy: Proxy, viewer: str
) -> None:
    body = json.dumps({"channel": "chat", "name": "me", "text": "in pieces"}).encode()
    line = http.client.HTTPConnection("127.0.0.1", proxy.port)
    line.request(
        "POST",
        f"/demos/say?viewer={viewer}&technique=long-poll",
        body=iter([body[:10], body[10:]]),
        headers={"Content-Type": "application/json"},
        encode_chunked=True,
    )
    answer = line.getresponse().read()
    line.close()
    assert json.loads(answer)["data"]["text"] == "in pieces"
    assert agreed(watcher, proxy)["long-poll"]["body"] == len(body) + len(answer)


def test_what_is_late_agrees_with_an_outside_count_too(
    watcher: Steering, proxy: Proxy, viewer: str
) -> None:
    watcher.tell("fault", {"viewer": viewer, "delay": 50, "jitter": 50})
    client = socketio.Client(reconnection=False)
    client.connect(
        f"{proxy.url}/?viewer={viewer}", namespaces=[NAMESPACE], transports=["websocket"]
    )
    client.call("follow", {"channel": "sales", "after": 0}, namespace=NAMESPACE)
    with requests.Session() as session:
        for technique in ("short-poll", "long-poll"):
            session.get(poll(proxy, viewer, technique, hold=0))
    requests.get(poll(proxy, viewer), headers={"Connection": "close"})
    client.disconnect()
    assert total(agreed(watcher, proxy), "cut") == 0


HOST = b"Host: 127.0.0.1\r\n"
MIXED = [
    ("short-poll", b"GET /demos/short-poll/sales?viewer=%s HTTP/1.1\r\n"),
    ("long-poll", b"GET /demos/long-poll/sales?viewer=%s&hold=0 HTTP/1.1\r\n"),
    ("", b"GET /healthz?viewer=%s HTTP/1.1\r\n"),
    ("short-poll", b"HEAD /demos/short-poll/sales?viewer=%s HTTP/1.1\r\n"),
    ("", b"GET /demos/short-poll/sales HTTP/1.1\r\nX: viewer=%s\r\n"),
    ("short-poll", b"GET /demos/short-poll/sales?viewer=%s HTTP/1.1\r\n"),
    ("long-poll", b"GET /demos/long-poll/nowhere?viewer=%s HTTP/1.1\r\n"),
]


def test_each_request_on_a_shared_connection_is_booked_to_its_own_technique(
    watcher: Steering, proxy: Proxy, viewer: str
) -> None:
    crossed = dict.fromkeys(("short-poll", "long-poll", ""), (0, 0))
    line = http.client.HTTPConnection("127.0.0.1", proxy.port)
    line.connect()
    for technique, head in MIXED:
        before = proxy.up, proxy.down
        line.sock.sendall(head % viewer.encode() + HOST + b"\r\n")
        answer = http.client.HTTPResponse(line.sock, method=head.split()[0].decode())
        answer.begin()
        answer.read()
        up, down = crossed[technique]
        crossed[technique] = up + proxy.up - before[0], down + proxy.down - before[1]
    line.close()
    proxy.wait()
    figures = meters(watcher, lambda now: now["long-poll"]["down"] == crossed["long-poll"][1])
    for technique in ("short-poll", "long-poll"):
        of_technique = figures[technique]
        assert (of_technique["up"], of_technique["down"]) == crossed[technique]
    assert figures["short-poll"]["requests"] == 3
    assert figures["long-poll"]["requests"] == 2


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        (b"GET /demos/short-poll/sales?viewer=%s&after=x HTTP/1.1\r\n", 400),
        (b"GET /demos/short-poll/nowhere?viewer=%s HTTP/1.1\r\n", 404),
        (b"DELETE /demos/short-poll/sales?viewer=%s HTTP/1.1\r\n", 405),
        (b"GET /demos/short-poll/sales?viewer=%s HTTP/1.1\r\nOrigin: http://evil\r\n", 403),
        (b"GET /demos/short-poll/sales?viewer=%s HTTP/7.7\r\n", 505),
        (b"GET /demos/short-poll/sales?viewer=%s HTTP/1.0\r\n", 200),
        (b"GET /demos/short-poll/sales?viewer=%s HTTP/1.1\r\nConnection: close\r\n", 200),
        (b"GET /demos/short-poll/sales?viewer=%s&x=" + b"x" * 9_000 + b" HTTP/1.1\r\n", 414),
        (b"GET /demos/short-poll/sales?viewer=%s HTTP/1.1\r\nX: " + b"x" * 9_000 + b"\r\n", 431),
        (b"GET /demos/short-poll/sales?viewer=%s HTTP/1.1\r\nContent-Length: -1\r\n", 400),
        (b"GET /demos/short-poll/sales?viewer=%s HTTP/1.1\nHost: localhost\n\n", 400),
        (
            b"POST /demos/say?viewer=%s&technique=short-poll HTTP/1.1\r\nContent-Length: 2\r\n"
            b"Content-Type: text/plain\r\n",
            415,
        ),
        (
            b"POST /demos/say?viewer=%s&technique=short-poll HTTP/1.1\r\nContent-Length: 9\r\n"
            b"Content-Type: application/json\r\nExpect: 100-continue\r\n",
            400,
        ),
    ],
)
def test_refusals_and_odd_requests_agree_with_an_outside_count(
    watcher: Steering, proxy: Proxy, viewer: str, asked: bytes, status: int
) -> None:
    head = asked % viewer.encode()
    if not head.endswith(b"\n\n"):
        head += HOST + b"\r\n"
    body = b"{}" if b"Length: 2" in head else b'{"not": 1' if b"Length: 9" in head else b""
    answer = raw(proxy.port, head, *([body] if body else []), wait=0.2)
    final = answer.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
    assert str(status).encode() in final[:500]
    figures = agreed(watcher, proxy)
    assert figures["short-poll"]["requests"] == 1


def test_a_body_that_is_too_large_is_counted_although_nobody_reads_it(
    watcher: Steering, proxy: Proxy, viewer: str
) -> None:
    body = b"x" * 200_000
    head = (
        b"POST /demos/say?viewer=%s&technique=short-poll HTTP/1.1\r\nConnection: close\r\n"
        b"Content-Type: application/json\r\nContent-Length: %d\r\n" % (viewer.encode(), len(body))
    )
    answer = raw(proxy.port, head + HOST + b"\r\n" + body)
    assert b" 413 " in answer.split(b"\r\n")[0]
    assert agreed(watcher, proxy)["short-poll"]["up"] == len(head + HOST) + 2 + len(body)


def test_a_connection_that_was_reset_is_marked_as_cut(
    watcher: Steering, shared_server: Server, viewer: str
) -> None:
    line = socket.create_connection(("127.0.0.1", shared_server.port))
    line.sendall(
        b"GET /demos/long-poll/sales?viewer=%s&hold=1 HTTP/1.1\r\n" % viewer.encode()
        + HOST
        + b"\r\n"
    )
    time.sleep(0.2)
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    line.close()
    assert meters(watcher, lambda now: now["long-poll"]["cut"] > 0)["long-poll"]["cut"] == 1


def test_what_names_no_viewer_and_what_is_no_demo_is_booked_to_nobody(
    watcher: Steering, proxy: Proxy, viewer: str
) -> None:
    for path in ("/healthz", f"/healthz?viewer={viewer}", "/demos/short-poll/sales"):
        requests.get(proxy.url + path)
    watcher.tell("clock")
    assert total(watcher.next("meters"), "up") == 0


def test_zero_begins_ones_own_figures_anew(
    watcher: Steering, shared_server: Server, viewer: str
) -> None:
    other = Steering(shared_server, next(names))
    for name in (viewer, "metered999"):
        requests.get(f"{shared_server.url}/demos/short-poll/sales?viewer={name}")
    meters(watcher, lambda now: total(now, "requests") == 1)
    third = Steering(shared_server, "metered999")
    watcher.tell("zero")
    assert total(meters(watcher, lambda now: total(now, "requests") == 0), "up") == 0
    assert total(third.next("meters"), "requests") == 1
    other.close()
    third.close()


def test_meters_come_when_they_have_changed_and_at_once_after_hello(
    watcher: Steering, shared_server: Server, viewer: str
) -> None:
    assert total(watcher.next("meters"), "requests") == 0
    time.sleep(2.5)
    assert not [name for name, _ in watcher.heard.queue if name == "meters"]
    requests.get(f"{shared_server.url}/demos/short-poll/sales?viewer={viewer}")
    assert total(watcher.next("meters"), "requests") == 1


@pytest.mark.parametrize("engine", ["gevent", "threading"])
def test_other_engines_say_that_they_measure_nothing(make_server: MakeServer, engine: str) -> None:
    server = make_server(ENGINE=engine)
    watcher = Steering(server)
    assert watcher.state["faults"] is None
    assert watcher.tell("zero") == {"ok": True}
    for name, message in (
        ("fault", {"viewer": "steering1", "delay": 1}),
        ("inspect", {"on": True}),
    ):
        assert watcher.tell(name, message)["error"]["status"] == 501
    assert '"measured": false' in start_of(server)
    watcher.close()


def test_eventlet_says_that_it_measures(shared_server: Server) -> None:
    assert '"measured": true' in start_of(shared_server)


def start_of(server: Server) -> str:
    text = requests.get(f"{server.url}/dashboard").text
    return text.replace("&#34;", '"').replace("&quot;", '"')
