"""The official socket.io-client under Node, a client that nobody here wrote, hears every event."""

from __future__ import annotations

import json
import queue
import signal
import subprocess
import threading
from pathlib import Path

import pytest
import requests

from start import node_or_ours
from tests.servers import PATIENCE, Server, Steering

SCRIPT = Path(__file__).parent / "js" / "official-client.mjs"
WEB_SOCKET = {"transports": ["websocket"]}
DEFAULT: dict = {}  # begins with HTTP long polling, and upgrades
POLLING = {"transports": ["polling"]}


class NodeClient:
    """The client in a process of its own: takes orders, and tells what happens."""

    def __init__(self, server: Server, options: dict, **cursor: object) -> None:
        self.events: list[tuple[str, dict]] = []  # epoch and event, as they were applied
        self._told: queue.Queue[dict] = queue.Queue()
        arguments = [server.url, json.dumps(options), json.dumps({"channel": "sales"} | cursor)]
        self._process = subprocess.Popen(
            [*node_or_ours().node, str(SCRIPT), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def order(self, what: str, **more: object) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps({"do": what} | more) + "\n")
        self._process.stdin.flush()

    def wait_for(self, kind: str) -> dict:
        """Return the next thing of this kind that it tells; keep the events before it."""
        while True:
            told = self._told.get(timeout=PATIENCE)
            if told["kind"] == "event":
                self.events.append((told["epoch"], told["event"]))
            if told["kind"] == kind:
                return told

    def wait_for_event(self, epoch: str, last: int) -> list[dict]:
        """Return the events of an epoch, once the one with the id `last` is among them."""
        while (epoch, last) not in [(epoch, event["id"]) for epoch, event in self.events[-1:]]:
            self.wait_for("event")
        return [event for of, event in self.events if of == epoch]

    def close(self) -> None:
        self._process.kill()
        self._process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe
            pipe.close()

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self._told.put(json.loads(line))


@pytest.fixture(scope="module")
def server():
    """One server for this file; its sale waits at the beginning of each test."""
    server = Server(SEED=1)
    yield server
    server.close()


@pytest.fixture
def connect():
    clients: list[NodeClient] = []

    def connect(*arguments, **cursor) -> NodeClient:
        clients.append(NodeClient(*arguments, **cursor))
        return clients[-1]

    yield connect
    for client in clients:
        client.close()


def everything(server: Server) -> tuple[str, list[dict]]:
    events: list[dict] = []
    while True:
        query = {"after": events[-1]["id"] if events else 0}
        url = f"{server.url}/demos/short-poll/sales"
        batch = requests.get(url, params=query, timeout=PATIENCE).json()
        events += batch["events"]
        if not batch["events"]:
            return batch["epoch"], events


def burst(steering: Steering, count: int) -> None:
    assert steering.tell("sale", {"burst": count}) == {"ok": True}


def assert_it_has_everything(client: NodeClient, server: Server) -> None:
    epoch, events = everything(server)
    assert client.wait_for_event(epoch, len(events)) == events


def test_on_a_websocket_alone_nothing_is_lost_or_doubled_across_a_restart(make_server, connect):
    server = make_server(SEED=1, RATE=50)
    steering = Steering(server)
    burst(steering, 700)  # more than one batch holds
    client = connect(server, WEB_SOCKET, after=0)
    assert client.wait_for("opened")["transport"] == "websocket"
    burst(steering, 3)
    steering.tell("sale", {"paused": True})
    assert_it_has_everything(client, server)

    server.restart(signal.SIGKILL)
    assert client.wait_for("disconnected")["reason"] == "transport close"
    assert client.wait_for("opened")["transport"] == "websocket"
    steering = Steering(server)
    burst(steering, 20)
    steering.tell("sale", {"paused": True})
    assert_it_has_everything(client, server)
    steering.close()
    assert len({epoch for epoch, _ in client.events}) == 2


def test_a_default_client_begins_with_polling_and_upgrades(server, steering, connect):
    client = connect(server, DEFAULT, after=0)
    assert client.wait_for("opened")["transport"] == "polling"
    burst(steering, 600)
    assert client.wait_for("upgraded")["transport"] == "websocket"
    burst(steering, 3)
    assert_it_has_everything(client, server)
    client.order("emit", name="say", message={"channel": "chat", "name": "Ada", "text": "hi"})
    assert client.wait_for("answer")["answer"]["kind"] == "said"


def test_a_client_that_stays_with_polling_hears_the_same(server, steering, connect):
    client = connect(server, POLLING, after=0)
    assert client.wait_for("opened")["transport"] == "polling"
    client.wait_for("caught-up")
    for _ in range(5):
        burst(steering, 2)
    assert_it_has_everything(client, server)


def test_who_left_and_came_back_gets_what_came_meanwhile(server, steering, connect):
    client = connect(server, WEB_SOCKET)
    last = client.wait_for("caught-up")["last"]
    epoch, before = everything(server)
    assert last == len(before), "without a cursor it begins with now"
    for away in (1, 501):
        client.order("leave")
        client.wait_for("disconnected")
        burst(steering, away)
        client.order("return")
        client.wait_for("connected")
    epoch, events = everything(server)
    assert client.wait_for_event(epoch, len(events)) == events[last:]


@pytest.mark.parametrize("options", [WEB_SOCKET, POLLING], ids=["websocket", "polling"])
def test_its_messages_are_acknowledged_problems_too(server, connect, options):
    client = connect(server, options)
    client.wait_for("caught-up")
    for message, status in [
        ({"channel": "nothing"}, 404),
        (None, 400),
        ({"channel": "sales"}, 403),
    ]:
        name = "say" if status == 403 else "follow"
        client.order("emit", name=name, message=message)
        assert client.wait_for("answer")["answer"]["error"]["status"] == status
