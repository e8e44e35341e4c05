"""A goodbye that finds nobody is no error, on the engines that speak by simple-websocket."""

from __future__ import annotations

import pytest
from flask import Flask
from flask_socketio import SocketIO
from simple_websocket import ConnectionClosed

from lesson.machinery.goodbye import hush


class Gone:
    """The connection of somebody who went between the library's look and its goodbye."""

    connected = True

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.asked = 0

    def close(self) -> None:
        self.asked += 1
        raise self.error


@pytest.mark.parametrize("error", [ConnectionResetError(), ConnectionClosed()])
def test_a_goodbye_that_nobody_hears_is_no_error(error: Exception):
    socketio = SocketIO(Flask(__name__), async_mode="threading")
    hush(socketio)
    engine = socketio.server.eio
    web_socket = engine._async["websocket"](lambda _: None, engine)
    web_socket.ws = gone = Gone(error)
    web_socket.close()
    assert gone.asked == 1
