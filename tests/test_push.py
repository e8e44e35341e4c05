"""The push: straight to who is idle, in order for all, and no queue without end for anybody."""

from __future__ import annotations

import itertools
import json
import socket
import threading
import time
from typing import BinaryIO

import psutil
import pytest
import socketio
import websocket
from engineio.socket import Socket as Session
from flask import Flask
from flask_socketio import SocketIO

from lesson.machinery.outbox import BYTES, Outbox
from lesson.machinery.pace import BURST
from lesson.machinery.push import BEHIND, MISSED, QUEUED, Push, text_frame
from tests.listeners import Following, WebSocket
from tests.proxy import Proxy
from tests.raw_socket import FEED, RawSocket
from tests.servers import PATIENCE, Server, Steering
from tests.test_meter import agreed

TELLING = "tests.telling_lesson"
names = (f"pushed{number:03}" for number in itertools.count())


@pytest.fixture
def server(make_server):
    return make_server(TELLING, SEED=1)


def said(server: Server, word: str) -> int:
    return server.log.count(f"{word}\n")


def until(holds, patience: float = PATIENCE) -> None:
    deadline = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < deadline, "it does not come to that"
        time.sleep(0.02)


def sell(steering: Steering, count: int, each: int = 1) -> None:
    for _ in range(count):
        assert steering.tell("sale", {"burst": each}) == {"ok": True}


class Speaker:
    """Says long things in the chat, one after the other, and reads the answers later.

    By HTTP, on one connection after the other: on one nobody may say so much.
    """

    def __init__(self, server: Server) -> None:
        self.server = server
        self.last = 0

    def speak(self, times: int) -> None:
        said = json.dumps({"channel": "chat", "name": "me", "text": "\N{FOX FACE}" * 500})
        head = "POST /demos/say HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        question = f"{head}Content-Length: {len(said)}\r\n\r\n{said}".encode()
        while times:
            together = min(times, BURST)
            with socket.create_connection(("127.0.0.1", self.server.port), PATIENCE) as line:
                line.sendall(question * together)
                answers = line.makefile("rb")
                for _ in range(together):
                    self.last += 1
                    assert self.read(answers)["id"] == self.last  # 6 kB each, as JSON writes it
            times -= together

    def read(self, answers: BinaryIO) -> dict:
        length = 0
        while (line := answers.readline()) != b"\r\n":
            if line.startswith(b"Content-Length: "):
                length = int(line.split()[1])
        return json.loads(answers.read(length))


@pytest.fixture
def speaker(server):
    return Speaker(server)


class ViewedSocket(WebSocket):
    """A listener that is somebody's."""

    def __init__(self, server: Server, viewer: str) -> None:
        super().__init__(server, "sales")
        self.viewer = viewer

    def start(self) -> None:
        self.client = socketio.Client(reconnection=False)
        self.client.on("batch", self.batches.put, namespace=FEED)
        self.client.connect(
            f"{self.server.url}/?viewer={self.viewer}", namespaces=[FEED], transports=["websocket"]
        )
        self.follow()


class SlowSocket:
    """Follows the chat and reads nothing until it is told to; little has room on its way."""

    def __init__(self, server: Server) -> None:
        line = socket.socket()
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        line.settimeout(PATIENCE)
        line.connect(("127.0.0.1", server.port))
        self.line = line
        self.connection = websocket.create_connection(
            f"ws://127.0.0.1:{server.port}/socket.io/?EIO=4&transport=websocket", socket=line
        )
        self.connection.recv()
        self.connection.send(f"40{FEED},")
        self.connection.recv()
        self.follow({})

    def follow(self, cursor: dict) -> None:
        message = json.dumps(["follow", {"channel": "chat", **cursor}])
        self.connection.send(f"42{FEED},7{message}")

    def pong(self) -> bool:
        """Say that it is there, to the ping that it may not have read; return whether it is."""
        try:
            self.connection.send("3")
        except (OSError, websocket.WebSocketException):
            return False
        return True

    def packets(self, pongs: list[bytes]):
        """Yield what comes, each read as (kind, batch); pongs are put aside."""
        while True:
            frame = self.connection.recv_frame()
            if frame.opcode == websocket.ABNF.OPCODE_PONG:
                pongs.append(frame.data)
                continue
            text = frame.data.decode()
            if text == "2":
                self.connection.send("3")
            elif text.startswith("43"):
                yield "answer", json.loads(text.removeprefix(f"43{FEED},7"))[0]
            else:
                yield "batch", json.loads(text.removeprefix(f"42{FEED},"))[1]


# Straight to who is idle


def test_an_idle_socket_gets_its_batches_directly(server, steering):
    listeners = [WebSocket(server, "sales") for _ in range(5)]
    for listener in listeners:
        listener.start()
    sell(steering, 20)
    last = listeners[0].reader.after + 20
    for listener in listeners:
        assert len(listener.wait_for(last)) == 20
        listener.stop()
    assert said(server, "direct") > 90  # the others met a ping


def test_a_socket_to_which_all_goes_directly_stays_open(server, steering):
    """Its writer would have hung up after 10 s without a packet to write, 15 s from the start."""
    listener = WebSocket(server, "sales")
    listener.start()
    gone = threading.Event()
    listener.client.on("disconnect", lambda *_: gone.set(), namespace=FEED)
    assert not gone.wait(17)
    sell(steering, 1)
    assert len(listener.wait_for(listener.reader.after + 1)) == 1
    listener.stop()


def test_without_fast_all_goes_the_stock_way(make_server):
    server = make_server(TELLING, FAST=0, RATE=50)
    listener = WebSocket(server, "sales")
    listener.start()
    assert listener.wait_for(listener.reader.after + 20)
    listener.stop()
    assert said(server, "direct") == said(server, "busy") == 0


def test_a_socket_that_began_with_polling_hears_everything_too(server, steering):
    client = socketio.Client(reconnection=False)
    heard = []
    client.on("batch", lambda batch: heard.extend(batch["events"]), namespace=FEED)
    client.connect(server.url, namespaces=[FEED], transports=["polling", "websocket"])
    after = client.call("follow", {"channel": "sales"}, namespace=FEED)["last"]
    sell(steering, 20)
    until(lambda: len(heard) >= 20)
    assert [event["id"] for event in heard] == list(range(after + 1, after + 21))
    assert client.transport() == "websocket"
    client.disconnect()
    assert said(server, "direct") == 0


# In order


def test_the_answer_to_follow_comes_before_every_live_batch(server, steering):
    client, over = RawSocket(server), threading.Event()

    def rush():
        while not over.is_set():
            steering.tell("sale", {"burst": 1})

    rushing = threading.Thread(target=rush)
    rushing.start()
    try:
        for id in range(40):
            client.send(f'42{FEED},{id}["follow",{{"channel":"chat"}}]')
            while not client.receive().startswith(f"43{FEED},{id}["):
                pass
            client.send(f'42{FEED},{id}["follow",{{"channel":"sales"}}]')
            packet = client.receive()
            assert packet.startswith(f"43{FEED},{id}["), packet
            last = json.loads(packet.removeprefix(f"43{FEED},{id}"))[0]["last"]
            for _ in range(3):
                for event in json.loads(client.receive().removeprefix(f"42{FEED},"))[1]["events"]:
                    assert event["id"] <= last + 1
                    last = max(last, event["id"])
    finally:
        over.set()
        rushing.join()
        client.close()


def test_a_frame_that_was_written_in_part_is_completed_before_anything_else(server, speaker):
    slow, pings, pongs = SlowSocket(server), 0, []
    while not said(server, "missed"):
        assert speaker.last < 5_000
        slow.pong()
        slow.connection.ping(str(pings))
        pings += 1
        for _ in range(20):  # one at a time: together they would be a batch that is missed whole
            speaker.speak(1)
    packets = slow.packets(pongs)
    kind, batch = next(packets)
    assert kind == "answer"
    cursor, follows = batch["last"], 0
    while cursor < speaker.last:
        kind, batch = next(packets)
        ids = [event["id"] for event in batch["events"]]
        if ids and ids[0] <= cursor + 1:
            cursor = max(cursor, ids[-1])
        if kind == "answer" or cursor < batch["last"]:
            follows += cursor < batch["last"]
            slow.follow({"epoch": batch["epoch"], "after": cursor})
    assert follows
    assert said(server, "partial")
    assert pongs == [str(number).encode() for number in range(pings)]
    slow.connection.close()


# Nobody holds up anybody


def test_a_slow_reader_costs_little_and_is_cut_while_the_others_hear_on(server, speaker):
    speaker.speak(50)
    listener = WebSocket(server, "chat")
    listener.start()
    process = psutil.Process(server.process.pid)
    before, slow = process.memory_info().rss, [SlowSocket(server) for _ in range(8)]
    while sum(reader.pong() for reader in slow):  # a busy machine's time-outs may be first
        assert speaker.last < 5_000
        speaker.speak(10)
        listener.wait_for(speaker.last)
    feed = 2_000 * speaker.last  # bytes: what it keeps of the events themselves
    assert process.memory_info().rss - before < feed + 25_000_000
    assert [event["id"] for event in listener.reader.events] == list(range(51, speaker.last + 1))
    listener.stop()


def test_nothing_is_lost_or_doubled_in_a_rush_with_fifty_of_whom_some_are_disturbed(
    server, steering
):
    listeners = [ViewedSocket(server, next(names)) for _ in range(50)]
    stewards = []
    for listener in listeners[::5]:
        steward = Steering(server, listener.viewer)
        fault = {"viewer": listener.viewer, "delay": 40, "jitter": 60}
        assert steward.tell("fault", fault)["ok"]
        stewards.append((steward, listener.viewer))
    for listener in listeners:
        listener.start()
    start = listeners[0].reader.after
    following = [Following(listener, start + 300) for listener in listeners]
    for number in range(150):
        sell(steering, 1, each=2)
        if number % 30 == 15:  # faults come and go in the middle of it
            for steward, viewer in stewards:
                delay = 0 if number % 60 == 15 else 40
                steward.tell("fault", {"viewer": viewer, "delay": delay, "jitter": delay})
    for one in following:
        events = one.result()
        assert [event["id"] for event in events] == list(range(start + 1, start + 301))
    for listener in listeners:
        listener.stop()
    for steward, _ in stewards:
        steward.close()
    assert said(server, "direct") > said(server, "busy")


# Counted


def test_what_was_pushed_agrees_with_an_outside_count(server, steering):
    viewer, proxy = next(names), Proxy(server.port)
    watcher = Steering(server, viewer)
    client = socketio.Client(reconnection=False)
    heard = threading.Semaphore(0)
    client.on("batch", lambda batch: heard.release(len(batch["events"])), namespace=FEED)
    client.connect(f"{proxy.url}/?viewer={viewer}", namespaces=[FEED], transports=["websocket"])
    client.call("follow", {"channel": "sales"}, namespace=FEED)
    for faults, count, each in (
        ({"delay": 0}, 30, 1),
        ({"delay": 0}, 10, 40),
        ({"delay": 20}, 10, 1),
        ({"delay": 0}, 30, 1),
    ):
        assert watcher.tell("fault", {"viewer": viewer, **faults})["ok"]
        sell(steering, count, each)
        for _ in range(count * each):
            assert heard.acquire(timeout=PATIENCE)
    client.disconnect()
    figures = agreed(watcher, proxy)["web-socket"]
    assert said(server, "direct") > 50
    assert said(server, "busy") >= 5
    assert figures["down"] == proxy.down
    watcher.close()
    proxy.close()


# Its bounds, without a network


class Hall:
    """Clients whose sockets nobody reads, and the push to their room."""

    def __init__(self) -> None:
        self.now = 0.0
        self.push = Push(FEED, lambda: self.now)
        small = SocketIO(Flask("small"), async_mode="threading", client_manager=self.push)
        self.eio = small.server.eio

    def add(self, name: str) -> Session:
        self.eio.sockets[name] = Session(self.eio, name)
        Outbox(self.eio.sockets[name], lambda: 0.0)
        self.push.enter_room(self.push.connect(name, FEED), FEED, "sales")
        return self.eio.sockets[name]

    def emit(self, text: str = "") -> None:
        self.push.emit("batch", {"text": text}, namespace=FEED, room="sales")


@pytest.fixture
def hall():
    return Hall()


def test_no_more_is_queued_for_anybody_than_a_few_packets(hall):
    session = hall.add("slow")
    for number in range(QUEUED + 5):
        hall.emit(str(number))
    queued = [packet.data for packet in session.queue.queue]
    assert queued == [f'2{FEED},["batch",{{"text":"{n}"}}]' for n in range(QUEUED)]
    assert not session.closed


def test_no_more_bytes_are_queued_for_anybody_than_its_outbox_takes(hall):
    session = hall.add("slow")
    for _ in range(6):
        hall.emit("x" * (BYTES // 2 - 1_000))
    assert session.queue.qsize() == 3, "the longest is not counted"
    assert not session.closed


def test_who_is_behind_for_too_long_is_cut_and_nobody_else(hall):
    slow, quick, late = hall.add("slow"), hall.add("quick"), hall.add("late")

    def emit(times: int) -> None:
        for _ in range(times):
            hall.emit()
            quick.queue.queue.clear()

    emit(QUEUED + 1)
    hall.now += BEHIND
    late.queue.queue.clear()  # it has caught up
    emit(1)
    assert not slow.closed
    hall.now += 1
    emit(QUEUED + 1)
    assert (slow.closed, quick.closed, late.closed) == (True, False, False)


def test_who_misses_too_much_is_cut_and_forgotten(hall):
    slow, text = hall.add("slow"), "x" * 16_384
    for _ in range(QUEUED + MISSED // len(text) - 1):
        hall.emit(text)
    assert not slow.closed
    hall.emit(text)
    assert slow.closed
    assert hall.push._behind == {}


@pytest.mark.parametrize("length", [0, 1, 125, 126, 65_535, 65_536, 200_000])
def test_a_frame_is_what_a_library_makes_of_it(length):
    text = b"x" * length
    assert text_frame(text) == websocket.ABNF(1, 0, 0, 0, 1, 0, text).format()
