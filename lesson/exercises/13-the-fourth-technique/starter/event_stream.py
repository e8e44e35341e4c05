"""Server-sent events: the browser asks once, and the answer goes on for as long as there is news.

Left out: the browser's half, and speaking.
"""

import re

from flask import Response, request
from werkzeug.exceptions import BadRequest

from demos.feed import Cursor
from demos.protocol import read_cursor


def mount(app, silence=5.0):
    """Add the route. After `silence` seconds without news it sends an empty batch."""

    @app.get("/demos/server-sent-events/<feed:feed>")
    def event_stream(feed):
        # TODO 3: who comes back says in a header how far it was.
        cursor = read_cursor()
        batch = feed.since(cursor)  # a wrong cursor is refused here, while there is a status
        stream = messages(feed, batch, silence)
        return Response(stream, mimetype="text/event-stream", headers={"Cache-Control": "no-store"})


def messages(feed, batch, silence):
    """Yield this batch as a message, and then each one that follows, until the feed is closed."""
    yield message(batch)
    # TODO 2: go on, for as long as the feed is not closed.


def message(batch):
    """Write a batch as one message. Its id is the cursor with which to go on after it."""
    # TODO 1: an `id:` before it, and an empty line after it.
    return f"data: {batch.as_json()}\n"


def read_id(text):
    """Return the cursor that an id holds."""
    if not re.fullmatch(r"[a-z0-9]+:[0-9]{1,15}", text):
        raise BadRequest("Last-Event-ID is epoch:after, as in k3v9x2:42")
    epoch, after = text.split(":")
    return Cursor(epoch, int(after))
