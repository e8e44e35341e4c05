"""Builds the lesson: every part is made here and handed to those that need it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from flask_socketio import SocketIO
from socketio import Manager
from werkzeug.middleware.proxy_fix import ProxyFix

from demos import chat, claims, long_poll, protocol, short_poll, web_socket
from demos.feed import Feed
from lesson.book.pages import BookPages
from lesson.classroom import Classroom
from lesson.classroom.after import After
from lesson.classroom.crowd import Crowd
from lesson.classroom.keeping import Keeping
from lesson.classroom.rehearsal import Rehearsal
from lesson.classroom.totals import Totals
from lesson.instructor import Instructor
from lesson.instruments import Instruments
from lesson.machinery.edge import Edge
from lesson.machinery.exercises.exercise import Shelf
from lesson.machinery.exercises.my_work import MyWork
from lesson.machinery.exercises.workshop import Workshop
from lesson.machinery.joining import Joining
from lesson.machinery.meter import Meter
from lesson.machinery.polls import Polls
from lesson.machinery.push import Push
from lesson.machinery.reach import Reach
from lesson.machinery.rooms import Rooms
from lesson.machinery.seller import Seller
from lesson.machinery.sessions import Sessions
from lesson.machinery.static_files import StaticFiles
from lesson.machinery.steady import steady
from lesson.machinery.steering import Steering
from lesson.machinery.survey.newest import NewestReport
from lesson.machinery.yours.supervisor import Supervisor
from lesson.opening import Opening
from lesson.pages import Pages
from lesson.parts import Parts, create_parts
from lesson.settings import Settings

STATIC = Path(__file__).parent.parent / "static"
PING = 5  # seconds: a browser that has gone is noticed within two of them


@dataclass(frozen=True)
class Lesson:
    """A lesson that is built, and not yet running."""

    app: Flask
    socketio: SocketIO
    feeds: Mapping[str, Feed]
    box_office: Seller
    classroom: Classroom
    sessions: Sessions
    meter: Meter | None  # None where the engine cannot be measured
    yours: Supervisor
    steering: Steering
    joining: Joining
    reach: Reach
    loops: tuple[Callable[[], None], ...]  # keep what is shared with other processes told

    def start(self) -> None:
        """Let the sale and the loops begin, each in a thread of its own."""
        instruments = self.classroom.instruments
        loops = (self.box_office.run, self.classroom.run, self.sessions.run, instruments.run)
        for loop in (*loops, self.yours.run, *self.loops):
            threading.Thread(target=loop, daemon=True).start()

    def stop(self) -> None:
        """Let everyone go who waits, and close every socket. Returns at once."""
        self.box_office.stop()
        for feed in self.feeds.values():
            feed.close()
        self.classroom.stop()
        self.sessions.close_all()
        self.yours.stop()


def create_lesson(settings: Settings) -> Lesson:
    """Build the app, the demos and the classroom for these settings."""
    app = create_flask(settings)
    socketio = create_socketio(app, settings)
    parts = create_parts(settings)
    feeds, box_office = parts.feeds, parts.box_office
    mount_demos(app, socketio, parts)

    meter = Meter() if settings.engine == "eventlet" else None
    # In a cluster a viewer's traffic is spread over the servers: no one of them counts it all.
    counted = None if settings.mode == "cluster" else meter
    instruments = Instruments(counted, socketio)
    host, port = settings.public
    address = f"http://127.0.0.1:{port}"
    here = address if settings.listens_here else f"http://{host}:{port}"
    rehearsal = Rehearsal(here)
    totals = Totals(counted)
    totals.mount(app)
    book = BookPages(lambda: pages.start())
    steering = Steering(settings.mode, port, settings.instance, settings.steer_from_network)
    steering.mount(app)
    shelf = Shelf()
    joining = Joining(host, port)
    edge = Edge(port, host)
    reach = Reach(edge.is_own)
    classroom = Classroom(
        steering,
        box_office,
        feeds["sales"],
        socketio,
        instruments,
        book.book,
        exercises=shelf.all,
        chat=parts.chat,
        totals=totals,
        rehearsal=rehearsal,
        crowd=Crowd(here),
        keeping=Keeping(settings.instance) if settings.mode != "run" and settings.first else None,
    )
    parts.claims.referee = classroom
    classroom.mount()
    pages = Pages(classroom, box_office, feeds["sales"], StaticFiles(STATIC))
    pages.mount(app)
    book.mount(app)
    After(classroom.may_steer, classroom.shared, book.book, shelf.titles, rehearsal).mount(app)
    workshop = Workshop(MyWork(settings.my_work), classroom, socketio, address)
    workshop.mount(app)
    joining.mount(app)
    Opening(joining).mount(app)
    NewestReport().mount(app)
    if settings.fast:
        Polls(app, feeds, totals.count)
    guard(app, settings, edge, reach)
    Instructor(steering.may_steer, book.book, pages.start, joining, reach).mount(app)
    return Lesson(
        app,
        socketio,
        feeds,
        box_office,
        classroom,
        Sessions(socketio),
        meter,
        workshop.yours,
        steering,
        joining,
        reach,
        parts.loops,
    )


def create_app(settings: Settings | None = None) -> Flask:
    """Build the lesson and return its Flask app; `extensions["lesson"]` is the whole of it."""
    lesson = create_lesson(settings or Settings())
    lesson.app.extensions["lesson"] = lesson
    return lesson.app


def create_flask(settings: Settings) -> Flask:
    """Build the app, which has no routes yet."""
    app = Flask(__name__, static_folder=None)
    app.config.update(
        FAST=settings.fast,
        MAX_CONTENT_LENGTH=protocol.LARGEST_BODY,
        PROVIDE_AUTOMATIC_OPTIONS=False,
    )
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.jinja_env.policies["json.dumps_kwargs"] = {"sort_keys": False}
    return app


def mount_demos(app: Flask, socketio: SocketIO, parts: Parts) -> None:
    """Mount the three demos side by side, and what they carry besides the sale."""
    protocol.mount(app, parts.feeds)
    short_poll.mount(app)
    long_poll.mount(app)
    web_socket.mount(socketio, parts.feeds)
    chat.mount(app, parts.feeds)
    claims.mount(app, socketio, parts.claims)


def guard(app: Flask, settings: Settings, edge: Edge, reach: Reach) -> None:
    """Put the edge around the app, and let each request's address be looked at."""
    edge.mount(app)
    if settings.mode == "cluster":  # who asks, only our own nginx knows
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=0)  # type: ignore[method-assign]
    reach.mount(app)


def create_manager(settings: Settings) -> Manager | None:
    """Build what keeps the rooms and sends to them; None: the library's own."""
    if settings.fast and settings.engine == "eventlet":
        return Push(web_socket.NAMESPACE)
    return Rooms() if settings.engine == "threading" else None


def create_socketio(app: Flask, settings: Settings) -> SocketIO:
    """Build the Socket.IO server.

    Messages of one client are handled one after the other, so that they are answered in order.
    """
    steady()
    fast = settings.fast and settings.engine == "eventlet"
    socketio = SocketIO(
        app,
        async_mode=settings.engine,
        client_manager=create_manager(settings),
        async_handlers=False,
        monitor_clients=not fast,  # push.py looks after its clients itself
        cors_allowed_origins=[],  # leaves the origin to the edge, which looks at every request
        ping_interval=PING,
        ping_timeout=PING,
        max_http_buffer_size=protocol.LARGEST_BODY,
        http_compression=False,
    )
    if settings.engine != "eventlet":
        from lesson.machinery.goodbye import hush  # eventlet has WebSockets of its own

        hush(socketio)
    return socketio
