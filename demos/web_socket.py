"""WebSocket (Socket.IO): the browser opens a connection once; the server waits, for everyone.

Between the catch-up and the live events nothing can get lost, because the client joins the room
before its catch-up is read: what happens in between reaches it twice, and it drops the second by
its id. Left out: the polling that Socket.IO could fall back on. The client's half is in
static/js/transports/web-socket.js.
"""

from __future__ import annotations

from flask_socketio import SocketIO, join_room, leave_room

from demos.feed import Cursor, Feed
from demos.protocol import Feeds, Message, acknowledged, cursor_in, feed_in, say

NAMESPACE = "/demos/web-socket"
SILENCE = 5.0  # seconds without an event, after which an empty batch says that all is well


def mount(socketio: SocketIO, feeds: Feeds) -> None:
    """Add the namespace, and start one loop for each channel that sends to its room."""

    # region: web-socket
    @socketio.on("follow", namespace=NAMESPACE)
    @acknowledged
    def follow(message: Message) -> Message:
        feed, cursor = feed_in(message, feeds), cursor_in(message)
        feed.since(cursor)  # a refused cursor changes nothing
        for channel in feeds:
            leave_room(channel)
        join_room(feed.channel)
        return feed.since(cursor).as_dict()

    def push(feed: Feed) -> None:
        cursor = Cursor(feed.epoch, feed.last)
        while not feed.closed:
            batch = feed.wait(cursor, timeout=SILENCE)
            socketio.emit("batch", batch.as_dict(), to=feed.channel, namespace=NAMESPACE)
            cursor = batch.cursor

    for feed in feeds.values():
        socketio.start_background_task(push, feed)

    # endregion

    # region: say
    @socketio.on("say", namespace=NAMESPACE)
    @acknowledged
    def speak(message: Message) -> Message:
        return say(message, feeds).as_dict()

    # endregion
