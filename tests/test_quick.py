"""The quick way of polls and files: what is said is, byte for byte, what is said without it."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator

import pytest

from lesson.app import STATIC
from lesson.machinery.crowd.heads import QUESTION
from lesson.machinery.static_files import StaticFiles
from tests.servers import PATIENCE, Server, Steering

FIELDS = "".join(f"{name}: {value}\r\n" for name, value in QUESTION.items())
POLL = "/demos/short-poll/chat?after=0&viewer=quickly01"


@pytest.fixture(scope="module")
def both() -> Iterator[list[Server]]:
    """The lesson with the quick ways and without, with nothing sold."""
    servers = [Server(SEED=1), Server(SEED=1, FAST=0)]
    for server in servers:
        steering = Steering(server)
        steering.tell("sale", {"paused": True})
        steering.close()
    yield servers
    for server in servers:
        server.close()


def request(target: str = POLL, fields: str = FIELDS, method: str = "GET") -> bytes:
    return f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n{fields}\r\n".encode()


def exchange(server: Server, *pieces: bytes, answers: int) -> list[bytes]:
    """Send pieces one after the other; return so many answers, less what no two have alike."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as line:
        for piece in pieces:
            line.sendall(piece)
        heard = [answer(line) for _ in range(answers)]
    return [re.sub(rb'Date: [^\r]*|"epoch":"\w*"', b"", one) for one in heard]


def answer(line: socket.socket) -> bytes:
    """Read one answer."""
    data = b""
    while b"\r\n\r\n" not in data and (piece := line.recv(1)):
        data += piece
    length = re.search(rb"Content-Length: (\d+)", data)
    left = int(length[1]) if length else 0
    while left and (piece := line.recv(left)):
        data, left = data + piece, left - len(piece)
    return data


FILE = f"/static/{StaticFiles(STATIC).hash}/js/dial.js"
CLOSE = "Connection: close\r\n"
LONG = "/demos/long-poll/chat?after=0&hold=0.1&viewer=quickly01"
OTHER = FIELDS.replace("en-US", "de-DE")
SHORTER = "Accept: */*\r\n"


@pytest.mark.parametrize(
    "pieces",
    [
        [request()],
        [request(), request(), request()],
        [request(), request(LONG), request()],
        [request(), request(fields=OTHER), request()],
        [request(), request(fields=SHORTER), request(fields=SHORTER)],
        [request(), request(fields=FIELDS + "X-More: 1\r\n"), request()],
        [request(), request(fields=CLOSE)],
        [request(), request("/healthz"), request(), request("/demos/short-poll/nothing")],
        [request(FILE), request(FILE, SHORTER), request(FILE, method="POST"), request(FILE + "x")],
        [request(), request("/demos/short-poll/chat?after=x"), request()],
        [request(), request(method="POST", fields="Content-Length: 0\r\n"), request()],
        [request(), b"\r\n" + request()],
        [request()[:40], request()[40:200], request()[200:] + request() + request()],
        [bytes([byte]) for byte in request() + request()],
    ],
)
def test_the_quick_reader_answers_byte_for_byte_as_the_other(both: list[Server], pieces):
    answers = b"".join(pieces).count(b" HTTP/1.1\r\n")
    quick, stock = (exchange(server, *pieces, answers=answers) for server in both)
    assert quick == stock
    assert all(one.startswith(b"HTTP/1.1 ") for one in quick)


@pytest.mark.parametrize(
    "second",
    [
        request(fields=FIELDS + "Content-Length: 5\r\n") + b"GET /",
        request(fields=FIELDS + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n"),
        request(fields=FIELDS + "Host: 127.0.0.1\r\n"),
        request().replace(b"HTTP/1.1", b"HTTP/1.0"),
        request().replace(b"HTTP/1.1", b"HTTP/2.0"),
        request().replace(b"GET ", b"GET  "),
        request().replace(b"\r\n", b"\n"),
        request("http://elsewhere.example/"),
        request(f"/{'a' * 9_000}"),
    ],
)
def test_what_is_known_lets_nothing_pass_that_would_be_refused(both: list[Server], second):
    quick, stock = (exchange(server, request(), second, answers=2) for server in both)
    assert quick == stock


def test_a_poll_may_be_held_for_longer_than_a_request_may_take_to_arrive(both: list[Server]):
    held = request("/demos/long-poll/chat?hold=7&viewer=quickly01")
    first, second = exchange(both[0], request(), held, answers=2)
    assert first.startswith(b"HTTP/1.1 200") and second.startswith(b"HTTP/1.1 200")
