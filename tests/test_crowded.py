"""Too many, too slow, and gone: others are served, and what was taken up is given back.

Promised on eventlet. On a real server, by plain sockets.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import shlex
import signal
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import psutil
import pytest
import requests

from lesson.machinery.door import OF_ONE_VIEWER, TURNED_AWAY, room
from lesson.machinery.pace import BURST, RATE
from tests.few_files_lesson import FILES
from tests.raw_socket import RawSocket
from tests.servers import PATIENCE, Server, Steering, network_address
from tests.waiting import until

HEAD = "GET /demos/long-poll/chat?hold=55{more} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
SHORT = "GET /demos/short-poll/sales HTTP/1.1\r\nHost: 127.0.0.1\r\n{more}\r\n"
NOTICED = 3  # seconds: 2, and one for a machine that is busy


@pytest.fixture(scope="module")
def server():
    server = Server(SEED=1)
    assert serves(server)
    until(lambda: connections(server) == 0)
    server.idle = files(server)
    yield server
    assert server.stop() == 0
    server.close()
    assert "Traceback" not in "".join(server.log)


def connect(server: Server, say: str = "", address: str = "127.0.0.1") -> socket.socket:
    connection = socket.create_connection((address, server.port), PATIENCE)
    connection.sendall(say.encode())
    return connection


def hold(server: Server, more: str = "", address: str = "127.0.0.1") -> socket.socket:
    return connect(server, HEAD.format(more=more), address)


def files(server: Server) -> int:
    return psutil.Process(server.process.pid).num_fds()


def connections(server: Server) -> int:
    """How many connections the server holds, whether or not the other end is still there."""
    held = psutil.Process(server.process.pid).net_connections("tcp")
    return sum(one.status != psutil.CONN_LISTEN for one in held)


def is_open(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        return bool(connection.recv(65_536))
    except BlockingIOError:
        return True
    except ConnectionError:
        return False


def serves(server: Server, within: float = PATIENCE) -> bool:
    try:
        return requests.get(f"{server.url}/healthz", timeout=within).ok
    except requests.RequestException:
        return False


def status_of(connection: socket.socket) -> int:
    with contextlib.suppress(ConnectionError):
        return int(connection.recv(65_536).split(b" ")[1])
    return 0


# Too many


def test_where_only_256_files_may_be_open_400_connects_do_no_harm(make_server):
    server = make_server("tests.few_files_lesson")
    before = files(server)
    let_in = [hold(server) for _ in range(room(FILES))]
    answers = []
    for _ in range(400 - len(let_in)):
        with hold(server) as connection:
            answers.append(status_of(connection))
    assert set(answers) == {503}
    assert files(server) <= before + room(FILES) + TURNED_AWAY < FILES
    assert server.process.poll() is None

    for connection in let_in:
        connection.close()
    freed = time.monotonic()
    until(lambda: serves(server))
    assert time.monotonic() - freed < 5
    assert server.stop() == 0
    assert server.log == [f"Are We There Yet? is on {server.url}\n"]


class Modest(Server):
    """A lesson where 256 files may be open at first, and more by asking."""

    def command(self) -> list[str]:
        return ["sh", "-c", f"ulimit -S -n {FILES} && exec {shlex.join(super().command())}"]


def test_where_more_than_256_files_may_be_asked_for_a_class_has_room():
    server = Modest(SEED=1)
    let_in = [hold(server) for _ in range(FILES)]
    assert serves(server)
    for connection in let_in:
        connection.close()
    server.close()


def test_400_connects_at_the_same_time_do_no_harm_either(make_server):
    server = make_server("tests.few_files_lesson")
    crowd = [connect(server) for _ in range(400)]
    began = time.monotonic()
    for connection in crowd:
        connection.close()
    until(lambda: serves(server))
    assert time.monotonic() - began < 5
    assert server.stop() == 0


def test_who_is_turned_away_hears_why_and_when_to_come_again(make_server):
    server = make_server("tests.few_files_lesson")
    let_in = [hold(server) for _ in range(room(FILES))]
    until(lambda: not serves(server))
    answer = requests.get(f"{server.url}/dashboard", timeout=PATIENCE)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json().keys() == {"title", "status", "detail"}
    for connection in let_in:
        connection.close()


def test_one_address_that_is_full_keeps_nobody_else_out(make_server):
    server = make_server("tests.few_files_lesson", HOST="0.0.0.0")
    away = network_address()
    let_in = [hold(server, address=away) for _ in range(42)]  # a third of 128
    with hold(server, address=away) as connection:
        answer = connection.recv(65_536)
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b"\r\nRetry-After: 5" in answer
    assert serves(server)
    let_in.pop().close()
    until(lambda: requests.get(f"http://{away}:{server.port}/healthz", timeout=PATIENCE).ok)
    for connection in let_in:
        connection.close()


def test_who_is_turned_away_and_stays_keeps_nobody_else_waiting(make_server):
    server = make_server("tests.few_files_lesson")
    first, *others = [hold(server) for _ in range(room(FILES))]
    until(lambda: not serves(server))
    strangers = []
    for _ in range(6 * TURNED_AWAY):
        with contextlib.suppress(ConnectionError):  # it was seen off already
            strangers.append(connect(server))
    began = time.monotonic()
    first.close()
    until(lambda: serves(server))
    assert time.monotonic() - began < 1.5, "six times half a second, were they seen off in turn"
    for connection in (*others, *strangers):
        connection.close()


def test_a_class_may_connect_in_the_same_second(server):
    server.process.send_signal(signal.SIGSTOP)  # as if it were busy
    try:
        class_ = [socket.create_connection(("127.0.0.1", server.port), 5) for _ in range(400)]
    finally:
        server.process.send_signal(signal.SIGCONT)
    for connection in class_:
        connection.sendall(SHORT.format(more="Connection: close\r\n").encode())
    assert {status_of(connection) for connection in class_} == {200}


def test_one_viewer_gets_no_more_connections_than_pages_need(server):
    viewer = "&viewer=crowded0001"
    let_in = [hold(server, viewer) for _ in range(OF_ONE_VIEWER)]
    with hold(server, viewer) as connection:
        answer = connection.recv(65_536)
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b"\r\nRetry-After: 5" in answer
        assert connection.recv(1) == b""
    others = requests.get(f"{server.url}/demos/short-poll/sales?viewer=crowded0002", timeout=9)
    assert others.status_code == 200
    for connection in let_in:
        connection.close()


# Gone


def hold_no_more(server: Server, polls: list[socket.socket]) -> float:
    """Close held polls; return after how many seconds the server has noticed."""
    until(lambda: files(server) >= server.idle + len(polls))
    for poll in polls:
        poll.close()
    left = time.monotonic()
    until(lambda: files(server) <= server.idle)
    return time.monotonic() - left


def test_held_polls_whose_browser_has_gone_are_noticed(server):
    until(lambda: files(server) <= server.idle)
    polls = [hold(server, "&viewer=leaving00001" * (n < 20)) for n in range(200)]
    assert hold_no_more(server, polls) < NOTICED  # they ask for 55
    said = {"channel": "chat", "name": "a", "text": "b"}
    assert requests.post(f"{server.url}/demos/say", json=said, timeout=9).status_code == 201


def test_a_poll_of_socket_io_whose_browser_has_gone_is_noticed_too(server):
    url = f"{server.url}/socket.io/?EIO=4&transport=polling"
    sid = json.loads(requests.get(url, timeout=PATIENCE).text[1:])["sid"]
    until(lambda: files(server) <= server.idle)
    path = f"/socket.io/?EIO=4&transport=polling&sid={sid}"
    poll = connect(server, f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    assert hold_no_more(server, [poll]) < NOTICED


@pytest.mark.parametrize("version", ["1.1", "1.0"])
def test_who_says_goodbye_and_still_listens_gets_the_answer(server, version):
    text = HEAD.format(more="").replace("=55", "=3").replace("1.1", version)
    with connect(server, text) as connection:
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while part := connection.recv(65_536):
            answer += part
    assert json.loads(answer.rpartition(b"\r\n\r\n")[2])["channel"] == "chat"
    assert answer.count(b"HTTP/1.1 200 OK") == 1


def test_what_is_asked_already_is_no_goodbye(server):
    with connect(server, HEAD.format(more="").replace("=55", "=3") + SHORT.format(more="")) as both:
        answer = b""
        while answer.count(b"HTTP/1.1 200 OK") < 2:
            part = both.recv(65_536)
            assert part
            answer += part


# Too slow


POST = "POST /demos/say HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
REFUSED = '{"channel": "sales", "name": "a", "text": "b"}'  # but asked for all the same
POSTED = 400  # in 18 s, if it were slowed and no more
FIRST_PART, LONGEST = 14, 26  # seconds


class Slow:
    """Everybody who is slow at the same time, others beside them, and when each was let go."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.waiting, self.socket = hold(server), Steering(server)
        head = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: "
        self.groups: dict[str, list[socket.socket]] = {}
        self.opened: dict[str, list[float]] = {}
        self.open("nothing is said", connect, times=1_100)
        self.open("a head trickles", connect, head, times=50)
        self.open("a second head trickles", self.served, head)
        self.open("its first line trickles", self.served, "GET /")
        self.open("a body trickles", connect, f"{POST}Content-Length: 60000\r\n\r\n{{")
        self.open("chunks trickle", connect, f"{POST}Transfer-Encoding: chunked\r\n\r\n")
        self.open("messages come too fast", self.flood, times=3)
        self.open("pings are not answered", self.deaf)
        self.open("nothing more is said", self.served, times=1_100)
        self.open("three polls of one session", self.one_more, self.session(), times=3)
        self.patient = self.served(server)
        self.began = time.monotonic()
        self.others_are_served = serves(server, within=10)
        self.posting = connect(server, post(REFUSED) * POSTED)
        self.not_reading = self.reads_nothing(server)
        self.let_go: dict[str, list[float]] = {name: [] for name in self.groups}
        self.watch(FIRST_PART)
        self.patient.setblocking(True)
        self.patient.sendall(SHORT.format(more="").encode())
        self.still_served = status_of(self.patient)
        self.watch(LONGEST)

    def open(self, name: str, make: Any, *given: str, times: int = 1) -> None:
        """Let so many be slow in this way, and take note of when the first and the last began."""
        before = time.monotonic()
        self.groups[name] = [make(self.server, *given) for _ in range(times)]
        self.opened[name] = [before, time.monotonic()]

    def served(self, server: Server, then: str = "") -> socket.socket:
        connection = connect(server, SHORT.format(more=""))
        assert status_of(connection) == 200
        connection.sendall(then.encode())
        return connection

    def deaf(self, server: Server) -> socket.socket:
        client = RawSocket(server)
        assert client.call("follow", {"channel": "chat"})["channel"] == "chat"
        return client.connection.sock

    def session(self) -> str:
        path = "/socket.io/?EIO=4&transport=polling"
        sid = json.loads(requests.get(self.server.url + path, timeout=PATIENCE).text[1:])["sid"]
        return f"{path}&sid={sid}"

    def one_more(self, server: Server, path: str) -> socket.socket:
        head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
        return connect(server, head)

    def flood(self, server: Server) -> socket.socket:
        connection = self.deaf(server)
        connection.sendall(b"\x81\x81\0\0\0\x003" * 400)  # Engine.IO's pongs
        return connection

    def reads_nothing(self, server: Server) -> tuple[str, int]:
        """Ask for more than there is room for on the way; return the connection's own address."""
        page = requests.get(f"{server.url}/dashboard", timeout=PATIENCE).text
        largest = re.findall(r'"(/static/[^"/]+/)', page)[0] + "vendor/jquery/jquery.js"
        self.unread = socket.socket()
        self.unread.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        self.unread.connect(("127.0.0.1", server.port))
        self.unread.sendall(f"GET {largest} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode() * 200)
        address: tuple[str, int] = self.unread.getsockname()
        return address

    def watch(self, seconds: float) -> None:
        """Let those who trickle do so, and take note of who is let go."""
        while any(self.groups.values()) and time.monotonic() - self.began < seconds:
            time.sleep(0.25)
            for name, some in self.groups.items():
                for connection in some if "trickle" in name else []:
                    with contextlib.suppress(OSError):
                        connection.send(b" ")
                self.groups[name] = [one for one in some if is_open(one)]
                if len(self.groups[name]) < len(some):
                    self.let_go[name].append(time.monotonic())


def post(said: str) -> str:
    return f"{POST}Content-Length: {len(said)}\r\n\r\n{said}"


@pytest.fixture(scope="module")
def slow(server):
    slow = Slow(server)
    yield slow
    slow.socket.close()
    for one in (slow.waiting, slow.patient, slow.posting, slow.unread):
        one.close()


@pytest.mark.parametrize(
    ("what", "after", "before"),
    [
        ("nothing is said", 5, 8),
        ("a head trickles", 5, 8),
        ("a second head trickles", 5, 8),
        ("its first line trickles", 5, 8),
        ("a body trickles", 10, 13),
        ("chunks trickle", 10, 13),
        ("messages come too fast", 10, 13),
        ("pings are not answered", 10, 17),  # looked for every 5 s
        ("three polls of one session", 5, 13),  # the first gets a ping
        ("nothing more is said", 20, 23),
    ],
)
def test_who_is_slow_is_let_go(slow, what, after, before):
    assert slow.groups[what] == []
    first, last = slow.opened[what]
    assert after < slow.let_go[what][0] - first
    assert slow.let_go[what][-1] - last < before


def test_who_never_reads_the_answer_is_let_go(slow):
    held = psutil.Process(slow.server.process.pid).net_connections("tcp")
    assert slow.not_reading not in [one.raddr for one in held]


def test_over_a_thousand_may_be_idle_and_others_are_served(slow):
    assert slow.others_are_served


def test_who_has_said_what_he_wants_is_left_alone(slow):
    assert is_open(slow.waiting)
    assert slow.socket.tell("clock")["ok"] is True
    assert slow.still_served == 200  # 14 s after the last time


# Too fast


def test_who_posts_on_and_on_without_waiting_is_slowed_and_let_go(slow):
    answers = b""
    slow.posting.setblocking(True)
    while part := slow.posting.recv(65_536):
        answers += part
    *answered, last = re.findall(rb"HTTP/1.1 (\d+)", answers)
    assert set(answered) == {b"403"} and last == b"429"
    assert BURST < len(answered) < POSTED


def longest_wait(server: Server, sends: Callable[[], object]) -> float:
    """Return how long others waited at most while somebody sent."""
    sending = threading.Thread(target=sends)
    sending.start()
    longest = 0.0
    while sending.is_alive():
        began = time.monotonic()
        assert serves(server)
        longest = max(longest, time.monotonic() - began)
    return longest


def test_who_asks_two_thousand_times_without_waiting_keeps_nobody_else_waiting(server):
    line = connect(server)
    asked = b"HEAD /dashboard HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 2_000

    def ask() -> None:
        line.sendall(asked)
        line.shutdown(socket.SHUT_WR)
        while line.recv(65_536):
            pass

    with line:
        assert longest_wait(server, ask) < 1


def test_who_sends_on_after_a_refusal_keeps_nobody_else_waiting(server):
    line = connect(server, "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nno field\r\n\r\n")
    assert status_of(line) == 400

    def send() -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                line.sendall(b"x" * 1_000_000)

    with line:
        assert longest_wait(server, send) < 1


def test_who_waits_for_each_answer_is_slowed_alone_and_never_let_go(server):
    lines = [http.client.HTTPConnection("127.0.0.1", server.port, PATIENCE) for _ in "ab"]

    def ask(line: http.client.HTTPConnection, times: int) -> float:
        began = time.monotonic()
        for _ in range(times):
            line.request("POST", "/demos/say", REFUSED, {"Content-Type": "application/json"})
            answer = line.getresponse()
            assert (answer.status, bool(answer.read())) == (403, True)
        return time.monotonic() - began

    extra = 2 * RATE
    fast, other = ask(lines[0], BURST + extra), ask(lines[1], BURST // 2)
    assert fast > 0.9 * extra / RATE
    assert other < extra / RATE
