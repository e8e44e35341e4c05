"""A goodbye that finds nobody is no error, on the engines that speak by simple-websocket."""

from __future__ import annotations

import threading

import pytest
from flask import Flask
from flask_socketio import SocketIO
from simple_websocket import ConnectionClosed

from lesson.machinery.goodbye import hush
from tests.servers import PATIENCE


class Gone:
    """The connection of somebody who went between the library's look and its goodbye."""

    connected = True

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.asked = 0

    def close(self) -> None:
        self.asked += 1
        raise self.error


class Ended:
    """A connection at whose end somebody waits for a message."""

    def __init__(self) -> None:
        self.event = threading.Event()

    def read(self) -> None:
        """Find that there is nothing more."""


@pytest.fixture
def web_socket():
    socketio = SocketIO(Flask(__name__), async_mode="threading")
    hush(socketio)
    engine = socketio.server.eio
    return engine._async["websocket"](lambda _: None, engine)


@pytest.mark.parametrize("error", [ConnectionResetError(), ConnectionClosed()])
def test_a_goodbye_that_nobody_hears_is_no_error(web_socket, error: Exception):
    web_socket.ws = gone = Gone(error)
    web_socket.close()
    assert gone.asked == 1


def test_whoever_waits_for_a_message_is_woken_at_the_end(web_socket):
    ended = Ended()
    web_socket.server_args["thread_class"](target=ended.read).start()
    assert ended.event.wait(PATIENCE)
