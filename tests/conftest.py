"""Servers for everybody: real processes, on ports of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.servers import Server, Steering

MakeServer = Callable[..., Server]


@pytest.fixture
def make_server() -> Iterator[MakeServer]:
    """Start servers with the settings that a test asks for; all end with the test."""
    made: list[Server] = []

    def make(module: str = "lesson", **settings: object) -> Server:
        made.append(Server(module, **settings))
        return made[-1]

    yield make
    for server in made:
        server.close()


@pytest.fixture(scope="session")
def shared_server() -> Iterator[Server]:
    """A server for tests that leave it as they found it: its sale is paused, its chat is open."""
    server = Server(SEED=1)
    steering = Steering(server)
    steering.tell("sale", {"paused": True})
    steering.close()
    yield server
    server.close()


@pytest.fixture
def server(make_server: MakeServer) -> Server:
    """A server of one's own."""
    return make_server(SEED=1)


@pytest.fixture
def steering(server: Server) -> Iterator[Steering]:
    """The connection that steers that server's sale, which waits."""
    connection = Steering(server)
    connection.tell("sale", {"paused": True})
    yield connection
    connection.close()
