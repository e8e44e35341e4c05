"""Short polling: the browser asks, the server answers at once, and the browser waits.

Left out: nothing. The loop is in static/js/transports/short-poll.js.
"""

from __future__ import annotations

from flask import Flask, Response

from demos.feed import Feed
from demos.protocol import answer, read_cursor


def mount(app: Flask) -> None:
    """Add the route that answers at once, news or none."""

    # region: short-poll
    @app.get("/demos/short-poll/<feed:feed>")
    def short_poll(feed: Feed) -> Response:
        batch = feed.since(read_cursor())
        return answer(batch)

    # endregion
