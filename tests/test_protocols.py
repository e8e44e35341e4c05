"""What the public suites of Engine.IO (protocol 4) and Socket.IO (protocol 5) ask of a server.

In our own words and with ordinary clients. docs/protocols.md lists each of their points, what is
tested elsewhere, and where this server does otherwise, and why; what it does there is held here.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path

import psutil
import pytest
import requests
import websocket

from tests.raw_socket import FEED
from tests.servers import PATIENCE, Server
from tests.waiting import until

POLLING, SOCKET = "EIO=4&transport=polling", "EIO=4&transport=websocket"
TIME = '42/class,1["clock"]'


class Polls:
    """A session by HTTP long polling."""

    def __init__(self, server: Server) -> None:
        address = f"{server.url}/socket.io/?{POLLING}"
        self.opened = json.loads(requests.get(address, timeout=PATIENCE).text[1:])
        self.sid = self.opened["sid"]
        self.address = f"{address}&sid={self.sid}"

    def post(self, packets: str) -> int:
        return requests.post(self.address, data=packets, timeout=PATIENCE).status_code

    def get(self) -> requests.Response:
        return requests.get(self.address, timeout=PATIENCE)


@pytest.fixture
def polls(shared_server: Server) -> Polls:
    return Polls(shared_server)


def call(server: Server, query: str = SOCKET) -> websocket.WebSocket:
    url = f"ws://127.0.0.1:{server.port}/socket.io/?{query}"
    return websocket.create_connection(url, PATIENCE, suppress_origin=True)


@pytest.fixture
def line(shared_server: Server) -> websocket.WebSocket:
    """A session by WebSocket, just opened."""
    line = call(shared_server)
    assert line.recv().startswith("0{")
    yield line
    line.shutdown()


def is_closed(line: websocket.WebSocket) -> bool:
    try:
        return not line.recv()
    except (websocket.WebSocketException, ConnectionError):
        return True


# Engine.IO: the handshake


def test_a_session_opens_by_polling(polls: Polls) -> None:
    assert set(polls.opened) == {"sid", "upgrades", "pingTimeout", "pingInterval", "maxPayload"}
    assert polls.opened["upgrades"] == ["websocket"]
    assert (polls.opened["pingInterval"], polls.opened["pingTimeout"]) == (5_000, 5_000)


def test_a_session_opens_by_websocket(shared_server: Server) -> None:
    line = call(shared_server)
    opened = json.loads(line.recv()[1:])
    line.shutdown()
    assert opened["upgrades"] == []


@pytest.mark.parametrize(
    "query",
    [
        "transport=polling",
        "EIO=abc&transport=polling",
        "EIO=3&transport=polling",
        "EIO=4&transport=x",
    ],
)
def test_what_names_another_protocol_opens_none(shared_server: Server, query: str) -> None:
    answer = requests.get(f"{shared_server.url}/socket.io/?{query}", timeout=PATIENCE)
    assert answer.status_code == 400
    with pytest.raises(websocket.WebSocketBadStatusException) as raised:
        call(shared_server, query.replace("polling", "websocket"))
    assert raised.value.status_code == 400


def test_a_handshake_that_names_no_transport_is_a_polling_one(shared_server: Server) -> None:
    answer = requests.get(f"{shared_server.url}/socket.io/?EIO=4", timeout=PATIENCE)
    assert answer.text.startswith("0{")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_a_wrong_method_is_refused(polls: Polls, method: str) -> None:
    assert requests.request(method, polls.address, timeout=PATIENCE).status_code in (400, 405)


# Engine.IO: messages, and the end


def test_one_packet_and_several_cross_by_polling(polls: Polls) -> None:
    assert polls.post("40/class,") == 200
    assert polls.get().text.startswith("40/class,{")
    assert polls.post(f"{TIME}\x1e{TIME}") == 200
    assert [part[:12] for part in polls.get().text.split("\x1e")] == ["43/class,1[{"] * 2


def test_what_is_no_packet_is_refused_and_the_session_lives_on(polls: Polls) -> None:
    assert polls.post("abc") == 400
    assert polls.post("40/class,") == 200
    assert polls.get().text.startswith("40/class,{")


def test_of_two_polls_each_gets_what_the_other_does_not(polls: Polls) -> None:
    with ThreadPoolExecutor(2) as pool:
        held = [pool.submit(polls.get) for _ in range(2)]
        heard = []
        for packet in ("40/class,", TIME):
            assert polls.post(packet) == 200
            done, held = wait(held, PATIENCE, FIRST_COMPLETED)
            heard += [one.result().text[:9] for one in done]
    assert heard == ["40/class,", "43/class,"]


class Follower(Polls):
    """Follows the chat by polling."""

    def __init__(self, server: Server) -> None:
        super().__init__(server)
        self.server = server
        self.post(f"40{FEED},")
        assert self.get().text.startswith(f"40{FEED},")
        self.follow()
        self.after = say(server)
        assert self.next_events() == [self.after]  # and no empty batch comes for 5 s

    def follow(self, **cursor: int) -> dict:
        self.post(f"42{FEED},5{json.dumps(['follow', {'channel': 'chat', **cursor}])}")
        return json.loads(self.next(f"43{FEED},5"))[0]

    def next(self, beginning: str) -> str:
        """Return what follows the beginning of the packet that is waited for."""
        while True:
            for packet in self.get().text.split("\x1e"):
                if packet == "2":
                    self.post("3")
                elif packet.startswith(beginning):
                    return packet.removeprefix(beginning)

    def next_events(self) -> list[int]:
        """Return the ids of the next batch that is not empty."""
        while True:
            batch = json.loads(self.next(f"42{FEED},"))[1]
            if batch["events"]:
                return [event["id"] for event in batch["events"]]

    def hold(self) -> socket.socket:
        """Ask, and do not read the answer."""
        line = socket.create_connection(("127.0.0.1", self.server.port), PATIENCE)
        path = self.address.removeprefix(self.server.url)
        line.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        return line


def say(server: Server) -> int:
    said = {"channel": "chat", "name": "Ada", "text": "Anyone near row 3?"}
    answer = requests.post(f"{server.url}/demos/say", json=said, timeout=PATIENCE)
    id: int = answer.json()["id"]
    return id


def file_of(server: Server, line: socket.socket) -> Path:
    """Wait until the server has taken a connection up; return its file there."""
    process, address = psutil.Process(server.process.pid), line.getsockname()
    while True:
        for one in process.net_connections("tcp"):
            if one.raddr == address:
                return Path(f"/proc/{process.pid}/fd/{one.fd}")


def socket_in(file: Path) -> str:
    with contextlib.suppress(FileNotFoundError):
        return os.readlink(file)
    return ""


def test_a_poll_that_was_cancelled_takes_nothing_once_that_is_noticed(server: Server) -> None:
    client = Follower(server)
    with client.hold() as poll:
        file = file_of(server, poll)
        held = socket_in(file)
    until(lambda: socket_in(file) != held)
    said = say(server)
    assert client.next_events() == [said]


def test_what_a_poll_took_that_was_cancelled_is_lost_and_can_be_asked_for(server: Server) -> None:
    client = Follower(server)
    with client.hold() as poll:
        file_of(server, poll)
    lost, later = say(server), say(server)
    assert client.next_events() == [later]
    answer = client.follow(after=client.after)
    assert [event["id"] for event in answer["events"]] == [lost, later]


def test_a_goodbye_by_polling_ends_the_session(polls: Polls) -> None:
    assert polls.post("1") == 200
    assert polls.get().status_code == 400
    assert polls.post("40/class,") == 400


def test_a_goodbye_on_a_websocket_ends_the_session(line: websocket.WebSocket) -> None:
    line.send("1")
    assert is_closed(line)


# Engine.IO: the upgrade


def test_a_session_moves_to_a_websocket_and_is_not_to_be_had_twice(
    shared_server: Server, polls: Polls
) -> None:
    polls.post("40/class,")
    polls.get()
    line = call(shared_server, f"{SOCKET}&sid={polls.sid}")
    line.send("2probe")
    assert line.recv() == "3probe"
    line.send("5")
    line.send(TIME)
    assert "43/class,1[" in (line.recv(), line.recv())[-1]
    assert polls.get().status_code == 400
    with pytest.raises(websocket.WebSocketBadStatusException):
        call(shared_server, f"{SOCKET}&sid={polls.sid}")
    line.send(TIME)
    while not line.recv().startswith("43/class,1["):
        pass
    line.shutdown()


# Socket.IO


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        ("40", "40{"),
        ("40/class,", "40/class,{"),
        ('40/class,{"token":"123"}', "40/class,{"),
        ("40/random,", "44/random,"),
    ],
)
def test_a_namespace_is_connected_or_refused(
    line: websocket.WebSocket, sent: str, answer: str
) -> None:
    line.send(sent)
    assert line.recv().startswith(answer)


@pytest.mark.parametrize("sent", ["4abc", "40/class,abc", "42/class,[]", '42/class,{"a":1}', "49"])
def test_what_is_no_packet_closes_the_connection(line: websocket.WebSocket, sent: str) -> None:
    line.send(sent)
    assert is_closed(line)


def test_who_leaves_a_namespace_is_heard_there_no_more_and_may_come_back(
    line: websocket.WebSocket,
) -> None:
    line.send("40/class,")
    line.recv()
    line.send("41/class,")
    line.send(TIME)
    line.send("40/class,")
    assert line.recv().startswith("40/class,{"), "the question in between is not answered"


def test_namespaces_of_one_connection_come_and_go_by_themselves(line: websocket.WebSocket) -> None:
    for namespace in ("/class", "/demos/web-socket"):
        line.send(f"40{namespace},")
        assert line.recv().startswith(f"40{namespace},")
    line.send("41/demos/web-socket,")
    line.send(TIME)
    assert line.recv().startswith("43/class,1[")
