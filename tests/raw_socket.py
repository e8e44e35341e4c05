"""A Socket.IO connection whose packets are written by hand."""

from __future__ import annotations

import json
import time

import websocket

from tests.servers import PATIENCE, Server

FEED, CLASS = "/demos/web-socket", "/class"
SOON = 5  # seconds; who says nothing is dropped after 10
UNSAID = 1005  # stands for the status of a closing frame that says none (RFC 6455, section 7.1.5)


class RawSocket:
    """A Socket.IO connection whose packets are written by hand."""

    def __init__(self, server: Server, namespace: str = FEED) -> None:
        url = f"ws://127.0.0.1:{server.port}/socket.io/?EIO=4&transport=websocket"
        self.namespace = namespace
        self.connection = websocket.create_connection(
            url,
            PATIENCE,
            suppress_origin=True,
            skip_utf8_validation=True,  # written in Python, it takes a second for a megabyte
        )
        assert self.connection.recv().startswith("0{")
        self.send(f"40{namespace},")
        assert self.receive().startswith(f"40{namespace},")

    def send(self, packet: str | bytes) -> None:
        if isinstance(packet, bytes):
            self.connection.send_binary(packet)
        else:
            self.connection.send(packet)

    def receive(self) -> str:
        """Return the next packet that is no ping; "" once the connection is closed."""
        try:
            while (packet := self.connection.recv()) == "2":
                self.send("3")
        except (websocket.WebSocketException, ConnectionError):
            return ""
        return packet

    def parting(self, seconds: float = SOON) -> int:
        """Return the status of the closing frame; 0 where none comes in time. Answers no ping."""
        end = time.monotonic() + seconds
        try:
            while (left := end - time.monotonic()) > 0:
                self.connection.settimeout(left)
                kind, frame = self.connection.recv_data_frame(control_frame=True)
                if kind == websocket.ABNF.OPCODE_CLOSE:
                    return int.from_bytes(frame.data[:2]) or UNSAID
        except (websocket.WebSocketException, ConnectionError):
            pass
        return 0

    def call(self, name: str, message: object, id: int = 77) -> object:
        self.send(f"42{self.namespace},{id}{json.dumps([name, message])}")
        return self.answer(id)

    def answer(self, id: int) -> object:
        head = f"43{self.namespace},{id}"
        while packet := self.receive():
            if packet.startswith(head):
                return json.loads(packet.removeprefix(head))[0]
        return None

    def close(self) -> None:
        self.connection.close()
