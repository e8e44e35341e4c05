"""What waits for who does not read: so much at most, on every way, and then its connection ends."""

from __future__ import annotations

import json
import logging
import re
import socket
import threading
import time

import psutil
import pytest
import requests
import socketio
import websocket
from engineio.packet import MESSAGE, Packet
from engineio.socket import Socket as Session
from flask import Flask
from flask_socketio import SocketIO

from lesson.machinery.outbox import BEHIND, BYTES, Outbox
from tests.clocks import Clock
from tests.listeners import Batch, Reader
from tests.proxy import Crossing, Proxy
from tests.raw_socket import FEED
from tests.servers import PATIENCE, Server, Steering
from tests.waiting import until

TELLING = "lesson.machinery.soak.served"
POLLING = "/socket.io/?EIO=4&transport=polling"
MIB = 1 << 20
WHOLE_BATCH = 500  # events: 73 kB
WORK = 9 * MIB  # in which the server makes the answers
SAID = r"A socket that does not read was closed: (\d+) bytes wait"
FAT = 50_000  # bytes: of one event

# Its bounds, without a network


class Line:
    """Stands for a WebSocket's connection, and remembers what became of it."""

    def __init__(self) -> None:
        self.ws, self.sock = self, self
        self.shut = 0

    def setsockopt(self, *_: object) -> None:
        pass

    def shutdown(self, how: int) -> None:
        self.shut += 1


class Desk:
    """A session that nobody reads, and its outbox."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.eio = SocketIO(Flask("small"), async_mode="threading").server.eio
        self.session = Session(self.eio, "slow")
        self.eio.sockets["slow"] = self.session
        self.gone: list[str] = []
        self.eio.on("disconnect", lambda sid, reason: self.gone.append(sid))
        Outbox(self.session, self.clock)

    def send(self, times: int = 1, size: int = 10) -> None:
        for _ in range(times):
            self.eio.send_packet("slow", Packet(MESSAGE, "x" * size))

    def is_cut(self) -> bool:
        waiting = list(self.session.queue.queue)
        return (self.session.closed, self.gone, self.eio.sockets, waiting) == (
            True,
            ["slow"],
            {},
            [None],
        )


@pytest.fixture
def desk():
    return Desk()


def test_so_many_packets_may_wait_and_no_more(desk, caplog):
    desk.send(512)
    assert desk.session.queue.qsize() == 512
    assert not desk.session.closed
    with caplog.at_level(logging.WARNING):
        desk.send(2)  # the second finds nobody
    assert desk.is_cut()
    (record,) = caplog.records
    assert record.getMessage().startswith("A socket that does not read was closed: 5120 bytes")


def test_so_many_bytes_may_wait_besides_the_longest_and_no_more(desk):
    desk.send(4, size=64 << 10)
    desk.send(1, size=2 * MIB)
    desk.send(4, size=64 << 10)
    assert not desk.session.closed
    desk.send(1, size=1)
    assert desk.is_cut()


def test_what_waits_already_when_it_begins_is_not_too_old(desk):
    desk.session.queue.put(Packet(MESSAGE, "the greeting"))
    Outbox(desk.session, desk.clock)
    desk.send()
    assert not desk.session.closed


def test_who_reads_may_be_sent_any_number(desk):
    for _ in range(5):
        desk.send(8, size=BYTES // 8)
        assert len(desk.session.poll()) == 8
        desk.clock.advance(BEHIND)
    assert not desk.session.closed


def test_nothing_waits_for_long(desk):
    desk.send(2)
    desk.clock.advance(30)
    desk.send()
    assert not desk.session.closed
    desk.clock.advance(1)
    desk.send()
    assert desk.is_cut()


def test_two_seconds_of_a_busy_class_are_not_too_much(desk):
    for _ in range(2):
        desk.send(50, size=300)  # batches, in a rush
        desk.send(10, size=150)  # the sale
        desk.send(4, size=30_000)  # the state, as who steers a full room gets it
        desk.send(2, size=50_000)  # the inspector
        desk.send(1, size=600)  # meters
        desk.clock.advance(1)
    assert not desk.session.closed


class Writing(Line):
    """A WebSocket whose writer is here: it takes what waits, and is told what happens meanwhile."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk, self.meanwhile = desk, print
        desk.session._websocket_handler.__func__.__self__._handle = self.handle

    def run(self, times: int, meanwhile) -> None:
        self.times, self.meanwhile = times, meanwhile
        self.desk.session._websocket_handler(self)

    def handle(self, web_socket) -> None:
        for _ in range(self.times):
            for packet in self.desk.session.poll():
                web_socket.send(packet.encode())

    def send(self, text: str) -> None:
        self.meanwhile()


def test_what_is_being_written_waits_too(desk):
    desk.send(1, size=4 * BYTES)

    def meanwhile():
        desk.send(1, size=BYTES)
        desk.session.poll()
        assert not desk.session.closed
        desk.send(1, size=1)

    line = Writing(desk)
    line.run(1, meanwhile)
    assert desk.is_cut()
    assert line.shut == 1


def test_who_reads_slowly_but_reads_is_not_cut(desk):
    desk.send(1)

    def meanwhile():  # there is always one on its way, and one that waits
        desk.send(1, size=BYTES)
        desk.clock.advance(BEHIND)

    Writing(desk).run(20, meanwhile)
    assert not desk.session.closed


def test_whose_line_fails_is_cut_at_once(desk):
    desk.send(1)

    def fail():
        raise TimeoutError

    line = Writing(desk)
    with pytest.raises(TimeoutError):
        line.run(1, fail)
    assert desk.is_cut()
    assert line.shut == 1


def test_who_goes_while_it_is_cut_is_nothing_to_break_off(desk):
    seen: list[Line | None] = []

    class Going(Outbox):
        """Its WebSocket is gone when it is looked at again."""

        __slots__ = ()

        @property
        def _web_socket(self) -> Line | None:
            return seen.pop() if seen else None

        @_web_socket.setter
        def _web_socket(self, _: None) -> None: ...

    outbox = Going(desk.session, desk.clock)
    seen.append(line := Line())
    outbox.cut()
    assert desk.is_cut()
    assert line.shut == 1


# On a real server


class Deaf:
    """Says that it is there, and reads nothing. Its system takes little for it."""

    def __init__(self, server: Server, namespace: str = FEED) -> None:
        line = socket.socket()
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        line.settimeout(PATIENCE)
        line.connect(("127.0.0.1", server.port))
        url = f"ws://127.0.0.1:{server.port}/socket.io/?EIO=4&transport=websocket"
        self.connection = websocket.create_connection(url, socket=line, suppress_origin=True)
        self.connection.recv()
        self.connection.send(f"40{namespace},")
        self.connection.recv()

    def say(self, *packets: str) -> bool:
        """Send packets; return whether there is anybody."""
        try:
            for packet in packets:
                self.connection.send(packet)
        except (OSError, websocket.WebSocketException):
            return False
        return True

    def close(self) -> None:
        self.connection.shutdown()


class DeafPoll:
    """The same by polling: it posts, and asks for nothing."""

    def __init__(self, server: Server, namespace: str = FEED) -> None:
        self.http = requests.Session()
        sid = json.loads(self.http.get(server.url + POLLING, timeout=PATIENCE).text[1:])["sid"]
        self.url = f"{server.url}{POLLING}&sid={sid}"
        assert self.say(f"40{namespace},")

    def say(self, *packets: str) -> bool:
        said = "\x1e".join(packets)
        return self.http.post(self.url, said, timeout=PATIENCE).status_code == 200

    def close(self) -> None:
        self.http.close()


def holds(server: Server) -> dict[str, int]:
    held: dict[str, int] = requests.get(f"{server.url}/holds", timeout=PATIENCE).json()
    process = psutil.Process(server.process.pid)
    return held | {"files": process.num_fds(), "threads": process.num_threads()}


def memory(server: Server) -> int:
    return int(psutil.Process(server.process.pid).memory_info().rss)


class Others(threading.Thread):
    """Somebody who asks all the time, and how long the slowest answer took."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.url, self.slowest, self.over = url, 0.0, threading.Event()
        self.start()

    def run(self) -> None:
        with requests.Session() as session:
            while not self.over.wait(0.02):
                asked = time.monotonic()
                assert session.get(self.url, timeout=PATIENCE).ok
                self.slowest = max(self.slowest, time.monotonic() - asked)


def let_go_on(server: Server, deaf: list, packets: list[str]) -> int:
    """Let everybody go on until all are cut; return the most memory that was in use meanwhile."""
    most, deadline = 0, time.monotonic() + PATIENCE
    while still := [one for one in deaf if one.say(*packets)]:
        assert time.monotonic() < deadline, f"{len(still)} are still there"
        most = max(most, memory(server))
        time.sleep(0.05)
    for one in deaf:
        one.close()
    return most


def waited(server: Server) -> list[int]:
    """Return how many bytes waited for each who was cut, as the server said."""
    return [int(one) for one in re.findall(SAID, "".join(server.log))]


def check_all_are_cut(server: Server, deaf: list, packets: list[str], asked: str) -> None:
    """Let everybody go on until all are cut, while somebody asks for something beside them.

    The first comes before the others: for it the server takes what it keeps for ever.
    """
    others = Others(asked)
    try:
        let_go_on(server, [deaf.pop()], packets)
        before = memory(server)
        most = let_go_on(server, deaf, packets)
    finally:
        others.over.set()
        others.join(PATIENCE)
    until(lambda: len(waited(server)) == len(deaf) + 1)
    assert max(waited(server)) < MIB
    assert most - before < len(deaf) * MIB + WORK
    assert others.slowest < 2


def fill_feed(server: Server) -> None:
    steering = Steering(server)
    steering.tell("sale", {"paused": True})
    while newest(server) < WHOLE_BATCH:
        assert steering.tell("sale", {"burst": 100})["ok"]
    steering.close()
    until(lambda: holds(server)["sessions"] == 0)


def newest(server: Server) -> int:
    url = f"{server.url}/demos/short-poll/sales"
    return int(requests.get(url, timeout=PATIENCE).json()["last"])


@pytest.mark.parametrize("kind", [Deaf, DeafPoll])
@pytest.mark.parametrize("engine", ["eventlet", "gevent", "threading"])
def test_who_asks_again_and_again_and_does_not_read_is_cut(make_server, engine, kind):
    server = make_server(TELLING, SEED=1, ENGINE=engine)
    fill_feed(server)
    before = holds(server)
    deaf = [kind(server) for _ in range(4)]
    follow = f'42{FEED},1["follow",{{"channel":"sales","after":0}}]'
    check_all_are_cut(server, deaf, ["3", *[follow] * 4], f"{server.url}/demos/short-poll/sales")
    until(lambda: all(now <= before[what] for what, now in holds(server).items()))
    assert "Traceback" not in "".join(server.log)


def test_who_inspects_a_busy_wire_and_does_not_read_is_cut(make_server):
    server = make_server(TELLING, SEED=1)
    fill_feed(server)
    before = holds(server)
    deaf = [DeafPoll(server, "/class") for _ in range(4)]
    for one in deaf:
        hello = '42/class,["hello",{"viewer":"aaaaaaaa"}]'
        assert one.say(hello, '42/class,["inspect",{"on":true}]')
    busy = f"{server.url}/demos/short-poll/sales?after=0&viewer=aaaaaaaa"
    check_all_are_cut(server, deaf, ["3"], busy)
    until(lambda: all(now <= before[what] for what, now in holds(server).items()))
    assert "Traceback" not in "".join(server.log)


class Returning:
    """An ordinary client: it connects again by itself, and asks from its cursor on each connect."""

    def __init__(self, url: str) -> None:
        self.reader, self.connects = Reader(after=0), 0
        self.client = socketio.Client(reconnection_delay=0.1)
        self.client.on("connect", self.follow, namespace=FEED)
        self.client.on("batch", self.take, namespace=FEED)
        self.client.connect(url, namespaces=[FEED], transports=["websocket"])

    def follow(self) -> None:
        self.connects += 1
        self.ask()

    def ask(self) -> None:
        said = {"channel": "chat"} | self.reader.cursor()
        self.client.emit("follow", said, namespace=FEED, callback=self.take)

    def take(self, batch: Batch) -> None:
        if not self.reader.take(batch) or self.reader.after < batch["last"]:
            self.ask()


def say(server: Server, count: int, size: int = 0) -> int:
    said = requests.post(f"{server.url}/log", json={"count": count, "size": size}, timeout=PATIENCE)
    return int(said.json()["last"])


def is_held(server: Server, crossing: Crossing) -> bool:
    held = psutil.Process(server.process.pid).net_connections("tcp")
    return crossing.server.getsockname() in [one.raddr for one in held]


@pytest.mark.parametrize("engine", ["eventlet", "threading"])
def test_who_was_cut_comes_back_by_itself_and_has_missed_nothing(make_server, engine):
    server = make_server("tests.walked_lesson", RATE=0.1, ENGINE=engine)
    proxy = Proxy(server.port)
    client = Returning(proxy.url)
    say(server, 1)
    until(lambda: client.reader.after == 1)
    proxy.flows.clear()
    until(lambda: say(server, 10, FAT) and not is_held(server, proxy.crossings[0]))
    behind = client.reader.after
    last = say(server, 1)
    proxy.flows.set()
    until(lambda: client.reader.after == last)
    assert behind < last - 10
    assert [event["id"] for event in client.reader.events] == list(range(1, last + 1))
    assert (client.reader.missed, client.connects) == (0, 2)
    client.client.disconnect()
    proxy.close()
