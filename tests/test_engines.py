"""What the README promises on all engines, on a real server of each."""

from __future__ import annotations

import json
import select
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
import websocket

from demos.protocol import LARGEST_BODY
from lesson.app import PING
from lesson.machinery.frames import NORMAL, PROTOCOL
from lesson.machinery.pace import BURST, RATE
from tests.raw_socket import CLASS, FEED, UNSAID, RawSocket
from tests.servers import PATIENCE, Server
from tests.test_contract import ENGINES
from tests.test_headers import ALL, DATA
from tests.waiting import until

POLLING = "/socket.io/?EIO=4&transport=polling"
CLOSING = b"\x88\x02\x03\xe8"  # a WebSocket's closing frame, which says 1000
LONGEST = 20  # seconds
HOUR = 3600  # seconds
SILENT, SPEAKING, DEAF = "says nothing", "says what it wants", "answers no ping"


@pytest.fixture(scope="module")
def servers():
    servers = {engine: Server(ENGINE=engine, SEED=1) for engine in ENGINES}
    yield servers
    for server in servers.values():
        assert server.stop() == 0
        server.close()
        assert "Traceback" not in "".join(server.log)


@pytest.fixture(params=ENGINES)
def server(servers, request):
    return servers[request.param]


def ask(server: Server, path: str, **more: str) -> requests.Response:
    return requests.get(server.url + path, headers=more, timeout=PATIENCE)


# Who may ask


@pytest.mark.parametrize("path", ["/", "/demos/short-poll/sales", POLLING])
def test_a_foreign_name_is_not_taken_for_this_machine_s(server, path):
    assert ask(server, path, Host="evil.example").status_code == 400
    forwarded = {"X-Forwarded-Host": "127.0.0.1", "Forwarded": "host=127.0.0.1"}
    assert ask(server, path, Host="evil.example", **forwarded).status_code == 400


@pytest.mark.parametrize("path", ["/demos/short-poll/sales", POLLING])
def test_another_site_s_page_can_neither_listen_nor_speak(server, path):
    foreign = {"Origin": "http://evil.example"}
    for more in ({}, {"X-Forwarded-Host": "evil.example"}):
        assert ask(server, path, **foreign, **more).status_code == 403
    said = {"channel": "chat", "name": "a", "text": "b"}
    url = f"{server.url}/demos/say"
    assert requests.post(url, json=said, headers=foreign, timeout=PATIENCE).status_code == 403
    line = f"ws://127.0.0.1:{server.port}/socket.io/?EIO=4&transport=websocket"
    with pytest.raises(websocket.WebSocketBadStatusException):
        websocket.create_connection(line, PATIENCE, origin=foreign["Origin"])


@pytest.mark.parametrize(
    ("path", "wanted"),
    [("/dashboard", ALL), ("/nothing", ALL), (POLLING, ALL), ("/demos/short-poll/sales", DATA)],
)
def test_every_answer_says_what_nobody_else_may_do_with_it(server, path, wanted):
    answer = ask(server, path)
    assert {name: answer.headers.get(name) for name in wanted} == wanted
    if answer.headers["Content-Type"].startswith("text/html"):
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]


# What is no packet


@pytest.mark.parametrize("packet", ["42[[]]", "49", '42/class,["a"'])
def test_what_is_no_packet_closes_its_own_connection_with_one_line(server, packet):
    client, other = RawSocket(server), RawSocket(server)
    for one in (client, other):
        one.call("follow", {"channel": "chat"})
    before = len(server.log)
    client.send(packet)
    assert client.parting() in (NORMAL, PROTOCOL, UNSAID)
    until(lambda: len(server.log) > before)
    (line,) = server.log[before:]
    assert line.startswith("A socket that sent what is no packet was closed: ")
    assert other.call("follow", {"channel": "chat"})["channel"] == "chat"
    other.close()


def test_a_message_in_fragments_is_no_longer_than_another_and_closes_its_own_session(server):
    client, other = RawSocket(server, CLASS), RawSocket(server, CLASS)

    def here() -> int:
        return other.call("hello", {})["state"]["room"]["here"]

    before = here()
    client.call("hello", {"viewer": "viewer001", "student": "student001"})
    assert here() == before + 1
    began = time.monotonic()
    for kind in (websocket.ABNF.OPCODE_TEXT, websocket.ABNF.OPCODE_CONT):
        fragment = websocket.ABNF.create_frame("4" * (LARGEST_BODY // 2 + 1), kind, fin=0)
        client.connection.sock.sendall(fragment.format())
    until(lambda: here() == before)
    assert time.monotonic() - began < PING / 2, "and not only because it answers no ping"
    client.connection.shutdown()
    other.close()


@pytest.mark.parametrize("body", [b"9", b"x", b"\x1e".join([b"3"] * 17)])
def test_what_is_posted_and_is_no_packet_is_refused_at_once(server, body):
    sid = json.loads(ask(server, POLLING).text[1:])["sid"]
    answer = requests.post(f"{server.url}{POLLING}&sid={sid}", data=body, timeout=PATIENCE)
    assert answer.status_code == 400


# Too fast


def test_who_sends_too_fast_is_slowed_alone(server):
    fast, other = RawSocket(server), RawSocket(server)
    began = time.monotonic()
    times = BURST + RATE
    for id in range(times):
        fast.send(f'42{FEED},{id}["follow",{{"channel":"chat"}}]')
    other.call("follow", {"channel": "chat"})
    others = time.monotonic() - began
    assert fast.answer(times - 1)["channel"] == "chat"
    assert others < 0.5 < 0.9 < time.monotonic() - began
    fast.close()
    other.close()


# Who says nothing


def visitors(server: Server) -> dict[str, list[RawSocket]]:
    """Everybody who is dropped, and who is not."""
    nobody_s, unknown, foreign, refused, time_asked = (
        *(RawSocket(server) for _ in range(4)),
        RawSocket(server, CLASS),
    )
    nobody_s.send(f'42{FEED},["x"]')
    unknown.send(f'42{FEED},5["nothing",{{}}]')
    foreign.send('42/class,["hello",{}]')
    assert "error" in refused.call("follow", {"channel": "nothing"})
    assert time_asked.call("clock", None)["ok"]
    follower, speaker, deaf = (RawSocket(server) for _ in range(3))
    page, runner = RawSocket(server, CLASS), RawSocket(server, CLASS)
    for one in (follower, deaf):
        assert one.call("follow", {"channel": "chat"})["channel"] == "chat"
    said = {"channel": "chat", "name": "a", "text": "b"}
    assert speaker.call("say", said)["kind"] == "said"
    assert page.call("hello", {})["ok"]
    done = {"exercise": "00-change-a-word", "passed": True, "student": "student001"}
    assert runner.call("progress", done)["ok"]
    return {
        SILENT: [RawSocket(server), nobody_s, unknown, foreign, refused, time_asked],
        SPEAKING: [follower, speaker, page, runner],
        DEAF: [deaf],
    }


class Visit:
    """Who visits one server, and when each was dropped.

    Who is deaf may be told so and no more: on gevent and threading the connection itself stays.
    """

    def __init__(self, server: Server) -> None:
        self.began = time.monotonic()
        self.here = visitors(server)
        self.deaf = {one.connection.sock for one in self.here[DEAF]}
        self.dropped: dict[str, list[float]] = {kind: [] for kind in self.here}
        self.thread = threading.Thread(target=self.stay)
        self.thread.start()

    def stay(self) -> None:
        while self.here[SILENT] or self.here[DEAF]:
            if time.monotonic() - self.began > LONGEST:
                return
            for kind, some in self.here.items():
                self.here[kind] = [one for one in some if self.is_open(one)]
                gone = len(some) - len(self.here[kind])
                self.dropped[kind] += [time.monotonic() - self.began] * gone
            time.sleep(0.1)

    def is_open(self, one: RawSocket) -> bool:
        line = one.connection.sock
        while select.select([line], [], [], 0)[0]:
            if line in self.deaf:
                try:
                    heard = line.recv(65_536)
                except ConnectionError:
                    return False
                if not heard or CLOSING in heard:
                    return False
                continue
            try:
                packet = one.connection.recv()
                if packet == "2":
                    one.send("3")
            except (websocket.WebSocketException, OSError):
                return False
            if not packet:
                return False
        return True


@pytest.fixture(scope="module")
def visits(servers):
    visits = {engine: Visit(server) for engine, server in servers.items()}
    for visit in visits.values():
        visit.thread.join()
    return visits


@pytest.mark.parametrize("engine", ENGINES)
def test_who_does_not_say_in_10_s_what_it_wants_is_dropped(visits, engine):
    dropped = visits[engine].dropped[SILENT]
    assert len(dropped) == 6
    assert min(dropped) > 9 and max(dropped) < 13


@pytest.mark.parametrize("engine", ENGINES)
def test_who_answers_no_ping_is_dropped(visits, engine):
    assert len(visits[engine].dropped[DEAF]) == 1


@pytest.mark.parametrize("engine", ENGINES)
def test_who_has_said_what_it_wants_is_not(visits, engine):
    assert visits[engine].dropped[SPEAKING] == []
    assert len(visits[engine].here[SPEAKING]) == 4


# However the clock is set


def await_ping(client: RawSocket) -> None:
    while client.connection.recv() != "2":
        pass


def is_heard_after_an_hour(engine: str) -> bool:
    """Set the clock forward while a ping is unanswered; return whether its client is heard."""
    server = Server("tests.set_clock_lesson", ENGINE=engine, SEED=1)
    try:
        client = RawSocket(server)
        await_ping(client)
        set_forward = requests.post(f"{server.url}/clock", json={"seconds": HOUR}, timeout=PATIENCE)
        assert set_forward.status_code == 200
        return client.call("follow", {"channel": "chat"}) is not None
    finally:
        server.close()


def test_who_has_not_answered_yet_is_not_dropped_when_the_clock_is_set_forward():
    with ThreadPoolExecutor(len(ENGINES)) as pool:
        heard = dict(zip(ENGINES, pool.map(is_heard_after_an_hour, ENGINES), strict=True))
    assert heard == dict.fromkeys(ENGINES, True)


# A mistake of ours


def test_a_mistake_below_flask_is_500_and_shows_nobody_a_traceback():
    server = Server("tests.broken_lesson", SEED=1)
    try:
        answer = ask(server, "/broken")
        assert (answer.status_code, answer.text) == (500, "")
        assert ask(server, "/demos/short-poll/sales").status_code == 200
    finally:
        server.close()
