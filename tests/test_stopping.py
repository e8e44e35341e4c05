"""Told to stop, the server lets everyone go and leaves; and no second one takes its port."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time

import pytest
import requests

from tests.raw_socket import RawSocket
from tests.servers import PATIENCE, ROOT, Server, free_port

ENGINES = ("eventlet", "gevent", "threading")
OF_EACH = 20
CLASS = 200  # sockets, and as many held polls


def hold_a_poll(server: Server) -> socket.socket:
    """Ask a question that the server holds for 55 s."""
    connection = socket.create_connection(("127.0.0.1", server.port), PATIENCE)
    connection.sendall(
        b"GET /demos/long-poll/chat?hold=55 HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % server.port
    )
    return connection


def open_a_socket(server: Server) -> RawSocket:
    connection = RawSocket(server)
    assert connection.call("follow", {"channel": "chat"})["channel"] == "chat"
    return connection


def rest_of(poll: socket.socket) -> bytes:
    answer = b""
    while part := poll.recv(65_536):
        answer += part
    return answer


@pytest.mark.parametrize(
    "signals", [[signal.SIGINT, signal.SIGINT], [signal.SIGTERM]], ids=["Ctrl-C twice", "SIGTERM"]
)
@pytest.mark.parametrize("engine", ENGINES)
def test_it_stops_within_five_seconds_while_all_wait(make_server, engine, signals):
    server = make_server(ENGINE=engine, RATE=50)
    polls = [hold_a_poll(server) for _ in range(OF_EACH)]
    sockets = [open_a_socket(server) for _ in range(OF_EACH)]
    began = time.monotonic()
    for one in signals[1:]:
        server.process.send_signal(one)
    status = server.stop(signals[0])
    took = time.monotonic() - began

    assert status == 0
    assert took < 5
    assert server.log == [f"Are We There Yet? is on {server.url}\n"]
    assert_let_go(polls, sockets)


def assert_let_go(polls: list[socket.socket], sockets: list[RawSocket]) -> None:
    for poll in polls:
        head, _, body = rest_of(poll).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 OK"), "who waits is let go with an answer"
        assert json.loads(body)["events"] == []
        poll.close()
    for connection in sockets:
        while connection.connection.recv():  # raises where the line is cut without a word
            pass


class Started(Server):
    """A lesson that was started as its users start it."""

    def command(self) -> list[str]:
        return [sys.executable, "start.py", "run"]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_a_whole_class_is_let_go_and_the_exit_status_is_0(how):
    server = Started(RATE=50)
    polls = [hold_a_poll(server) for _ in range(CLASS)]
    sockets = [open_a_socket(server) for _ in range(CLASS)]
    began = time.monotonic()
    assert server.stop(how) == 0
    assert time.monotonic() - began < 5
    assert_let_go(polls, sockets)
    server.close()
    assert "Traceback" not in "".join(server.log)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_can_be_told_while_it_starts(how):
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "lesson"],
        cwd=ROOT,
        env=os.environ | {"PORT": str(port), "HOST": "127.0.0.1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    while process.poll() is None:  # it has its port before it builds anything
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
    process.send_signal(how)
    said, _ = process.communicate(timeout=PATIENCE)
    assert (process.returncode, said) == (0, "")


@pytest.mark.parametrize("engine", ENGINES)
def test_a_second_server_on_the_port_is_refused_in_one_line(shared_server, engine):
    second = subprocess.run(
        [sys.executable, "-m", "lesson"],
        cwd=ROOT,
        env=os.environ | {"PORT": str(shared_server.port), "HOST": "127.0.0.1", "ENGINE": engine},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    port = shared_server.port
    assert (second.returncode, second.stdout) == (1, "")
    assert second.stderr == (
        "Are We There Yet? cannot start: "
        f"cannot listen on 127.0.0.1:{port}: Address already in use\n"
    )
    assert requests.get(f"{shared_server.url}/healthz", timeout=PATIENCE).text == "ok\n"
