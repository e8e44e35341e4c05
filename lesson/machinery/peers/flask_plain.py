"""The demos on a plain Flask, Flask-SocketIO and eventlet: its emit, its routes, its server.

`python -m lesson.machinery.peers.flask_plain`. Left out: the meter, the edge, the fast paths.
"""

if __name__ == "__main__":  # the import patches the process that it happens in
    import lesson.__main__  # noqa: F401  isort: skip

    import threading
    import time
    from typing import Any

    from flask import Flask
    from flask_socketio import SocketIO

    from demos import long_poll, protocol, short_poll, web_socket
    from demos.feed import Feed
    from lesson.machinery.listener import raise_file_limit
    from lesson.machinery.peers import clockwork

    raise_file_limit()
    app = Flask(__name__)
    feed = Feed(clockwork.CHANNEL)
    feeds = {feed.channel: feed}
    pings = {"ping_interval": clockwork.PING, "ping_timeout": clockwork.PING}
    socketio = SocketIO(app, async_mode="eventlet", cors_allowed_origins="*", **pings)
    protocol.mount(app, feeds)
    short_poll.mount(app)
    long_poll.mount(app)
    web_socket.mount(socketio, feeds)
    talk = app.wsgi_app

    def uncompressed(environ: Any, start_response: Any) -> Any:
        """Agree to no compression, as all others do: eventlet would."""
        environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
        return talk(environ, start_response)

    app.wsgi_app = uncompressed  # type: ignore[method-assign]

    def sell() -> None:
        """Sell like clockwork."""
        clockwork.run(lambda data: feed.append("sale", data), time.sleep)

    threading.Thread(target=sell, daemon=True).start()
    print(f"it is on http://127.0.0.1:{clockwork.PORT}", flush=True)
    socketio.run(app, "127.0.0.1", clockwork.PORT, log_output=False, max_size=10_000, debug=False)
