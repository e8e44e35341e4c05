"""Sending to a room from whose door the last one has just gone."""

from __future__ import annotations

from flask import Flask

from lesson.app import create_socketio
from lesson.machinery.rooms import Rooms
from lesson.settings import Settings


class Leaving(dict):
    """Rooms of which each is gone once it was seen."""

    def __contains__(self, room: object) -> bool:
        return True


def test_a_room_that_has_just_gone_holds_nobody():
    rooms = Rooms()
    rooms.rooms["/"] = Leaving()
    assert rooms.get_participants("/", "sales") == []


def test_who_is_in_a_room_is_found():
    rooms = Rooms()
    rooms.rooms["/"] = {None: {}}
    rooms.basic_enter_room("one", "/", "sales", eio_sid="first")
    assert rooms.get_participants("/", "sales") == [("one", "first")]


def test_real_threads_have_such_rooms():
    app = Flask(__name__)
    app.config["FAST"] = True
    socketio = create_socketio(app, Settings(engine="threading"))
    assert isinstance(socketio.server.manager, Rooms)
