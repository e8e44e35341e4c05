"""Long polling: the browser asks, and the server waits inside the request until there is news.

Left out, and done underneath: noticing that the browser has gone while its question is held. The
loop is in static/js/transports/long-poll.js.
"""

from __future__ import annotations

from flask import Flask, Response

from demos.feed import Feed
from demos.protocol import answer, read_cursor, read_hold


def mount(app: Flask) -> None:
    """Add the route that answers when there is news, or at the hold's end."""

    # region: long-poll
    @app.get("/demos/long-poll/<feed:feed>")
    def long_poll(feed: Feed) -> Response:
        batch = feed.wait(read_cursor(), timeout=read_hold())
        return answer(batch)

    # endregion
