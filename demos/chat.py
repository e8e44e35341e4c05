"""Speaking in the chat by request, for those who listen by polling.

Whoever listens on a WebSocket speaks on it too: see `say` in web_socket.py.
"""

from __future__ import annotations

from flask import Flask, Response, jsonify

from demos.protocol import Feeds, read_message, say


def mount(app: Flask, feeds: Feeds) -> None:
    """Add the route that says something in a channel."""

    # region: say
    @app.post("/demos/say")
    def speak() -> tuple[Response, int]:
        event = say(read_message(), feeds)
        return jsonify(event.as_dict()), 201

    # endregion
