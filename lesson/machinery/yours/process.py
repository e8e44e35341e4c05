"""The student's server: `python -m lesson.machinery.yours.process EXERCISE FOLDER PORT LESSON`.

Serves, on plain threads, the student's route or namespace over a mirror of the feed; where the
exercise is about the browser's half, the lesson's own. It ends when its standard input does, that
is with whoever started it. What the student's code raises is printed, and shown on the page.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask
from flask_socketio import SocketIO
from werkzeug.serving import make_server

from demos import long_poll, protocol, short_poll, web_socket
from lesson.machinery.exercises.exercise import EVENT_STREAM, FOLDER, Exercise, read_one
from lesson.machinery.threading_engine import Handler
from lesson.machinery.yours.mirror import Mirror
from lesson.machinery.yours.supervisor import BEGUN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SOCKETS = "/yours/socket.io"
NAMESPACE = "/yours/web-socket"
RENAMED = ("/yours/short-poll/", "/yours/long-poll/", "/yours/server-sent-events/")
STREAM = FOLDER / "13-the-fourth-technique" / "solution" / "event_stream.py"


def main(name: str, folder: str, port: str, lesson: str) -> None:
    """Build the server and serve, until standard input ends."""
    threading.Thread(target=end_with_parent, daemon=True).start()
    mirror = Mirror("sales")
    mirror.fill(lesson)
    threading.Thread(target=mirror.follow, args=(lesson,), daemon=True).start()
    print(BEGUN, end="", flush=True)
    app = create_app(read_one(FOLDER / name), Path(folder), mirror)
    make_server("127.0.0.1", int(port), app, threaded=True, request_handler=Handler).serve_forever()


def create_app(exercise: Exercise, folder: Path, mirror: Mirror) -> Flask:
    """Build the app with the student's half in it, or the lesson's."""
    app = Flask("yours")
    socketio = SocketIO(app, async_mode="threading", path=SOCKETS, ping_interval=5, ping_timeout=5)
    feeds = {mirror.channel: mirror}
    protocol.mount(app, feeds)
    app.get("/yours/healthz")(lambda: "ok\n")
    if exercise.kind == "python":
        mount_students(exercise, folder, app, socketio, feeds)
    else:
        mount_lessons(app, socketio, feeds)
    return app


def mount_students(
    exercise: Exercise, folder: Path, app: Flask, socketio: SocketIO, feeds: dict[str, Mirror]
) -> None:
    """Mount the student's half, as the demos are mounted."""
    sys.path.insert(0, str(folder))
    mount = load(folder / exercise.files[0]).mount
    if exercise.yours == "web-socket":
        mount(socketio, feeds)
    else:
        mount(app)
    if exercise.yours == EVENT_STREAM:
        app.wsgi_app = Renamed(app.wsgi_app)  # type: ignore[method-assign]


def mount_lessons(app: Flask, socketio: SocketIO, feeds: dict[str, Mirror]) -> None:
    """Mount the lesson's own half, under the addresses that students use."""
    short_poll.mount(app)
    long_poll.mount(app)
    load(STREAM).mount(app)
    web_socket.NAMESPACE = NAMESPACE
    web_socket.mount(socketio, feeds)
    app.wsgi_app = Renamed(app.wsgi_app)  # type: ignore[method-assign]


def load(file: Path) -> Any:
    """Import a student's file. What it raises comes through."""
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module
    spec.loader.exec_module(module)
    return module


class Renamed:
    """Lets the demos' routes answer below /yours/ too."""

    def __init__(self, inner: WSGIApplication) -> None:
        self._inner = inner

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Hand a request on under the demos' address."""
        path = environ["PATH_INFO"]
        if path.startswith(RENAMED):
            environ["PATH_INFO"] = path.replace("/yours/", "/demos/", 1)
        return self._inner(environ, start_response)


def end_with_parent() -> None:
    """End the process when nobody holds the other end of standard input any more."""
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
