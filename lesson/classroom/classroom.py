"""Answers what comes in on `/class`. The shapes are in this package's own docstring."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from functools import wraps
from typing import Any

from flask_socketio import SocketIO, join_room, leave_room
from werkzeug.exceptions import BadRequest, Conflict, Forbidden, HTTPException, NotFound

from demos.feed import Cursor, Feed
from demos.protocol import Message, acknowledged, check_viewer
from lesson.book.shelf import Book
from lesson.classroom.chat import Chat
from lesson.classroom.crowd import Crowd, check_alone, read_size
from lesson.classroom.keeping import Keeping
from lesson.classroom.reading import only, read_flag, read_id_or_none, read_student
from lesson.classroom.rehearsal import Rehearsal
from lesson.classroom.roster import Page, Roster, Student
from lesson.classroom.sale import Sale
from lesson.classroom.shared import Shared
from lesson.classroom.students import Students
from lesson.classroom.teller import (
    CONSOLES,
    HERE,
    LISTENERS,
    NAMESPACE,
    ROOM,
    STEERERS,
    Teller,
    room_of,
)
from lesson.classroom.totals import Totals
from lesson.instruments import Instruments, sender
from lesson.machinery.seller import Seller
from lesson.machinery.steering import Steering, is_local

AT_MOST_EVERY = 0.1  # seconds between two `now`
OWN = ("vote", "lost", "hand")  # change what is one's own

Handler = Callable[[Message], Message]


class Classroom:
    """Holds the class's state, lets it be changed by who may, and keeps everyone told.

    :param book: returns the book as it is now.
    :param exercises: returns the names of all exercises.
    :param keeping: where the state is kept, so that it outlives the server; None for nowhere.
    """

    def __init__(
        self,
        steering: Steering,
        box_office: Seller,
        sales: Feed,
        socketio: SocketIO,
        instruments: Instruments,
        book: Callable[[], Book],
        exercises: Callable[[], Collection[str]],
        chat: Chat,
        totals: Totals,
        rehearsal: Rehearsal,
        crowd: Crowd,
        keeping: Keeping | None,
    ) -> None:
        self.mode, self.may_steer = steering.mode, steering.may_steer
        self.instruments = instruments
        self._box_office = box_office
        self._sales = sales
        self._socketio = socketio
        self._book = book
        self._chat, self._keeping = chat, keeping
        self._rehearsal, self._end_rehearsal = rehearsal, nothing
        self._crowd = crowd
        self._chat.speaker = self._who
        self._one_by_one = threading.RLock()
        kept, number = (keeping and keeping.read()) or (self._begin(), -1)
        kept.leave_what_is_gone(book())
        self._shared = kept
        self._roster = Roster()
        self._refused = 0
        self.students = Students(self._roster, self.shared, book, exercises)
        self._teller = Teller(socketio, self._as_all_see_it, self._room, totals.take, number + 1)
        self._told: Message = {}

    def mount(self) -> None:
        """Add the namespace."""
        anyone: dict[str, Handler] = {
            "hello": self.hello,
            **self.students.messages(),
        }
        steering: dict[str, Handler] = {
            "sale": Sale(self._box_office).order,
            "step": lambda message: self._change(self._shared.step, message, self._book()),
            "lead": lambda message: self._change(self._shared.set_lead, message),
            "blank": lambda message: self._change(self._shared.set_blank, message),
            "setting": lambda message: self._change(self._shared.set_settings, message),
            "prediction": lambda message: self._change(
                self._shared.put_prediction, message, self._book()
            ),
            "race": self.race,
            "chat": self.chat,
            "rehearse": self.rehearse,
            "crowd": self.crowd,
            "reset": self.reset,
            "undo": self.undo,
        }
        for name, handler in anyone.items():
            self.on(name, self._telling_oneself(handler) if name in OWN else handler)
        for name, handler in steering.items():
            self.on(name, self._steered(name, handler))
        self._socketio.on_event("clock", self.clock, namespace=NAMESPACE)
        self._socketio.on_event("disconnect", self._leave, namespace=NAMESPACE)
        self.instruments.mount(NAMESPACE, self.may_steer, self._tell_own)

    def run(self) -> None:
        """Send `now` when the sale has moved, and the state as is due. Blocks for ever."""
        while not self._sales.closed:
            time.sleep(AT_MOST_EVERY)
            now = self.now()
            if now != self._told:
                self._told = now
                self._socketio.emit("now", now, to=ROOM, namespace=NAMESPACE)
            with self._one_by_one:
                with suppress(HTTPException):  # nobody is at the box office to take it back now
                    self._shared.race.tick(self._take_back)
                self._crowd.look()
                self._teller.tick()
                if self._keeping is not None and not self._rehearsal.is_on:
                    self._keeping.keep(self._shared, self._teller.n)

    def shared(self) -> Shared:
        """Return what the class shares."""
        return self._shared

    def stop(self) -> None:
        """Let the simulated students go, and the crowd."""
        self._rehearsal.end()
        self._crowd.end()

    def now(self) -> Message:
        """Return how the sale stands."""
        return self._box_office.standing()

    # What anyone may send

    def hello(self, message: Message) -> Message:
        """Answer with the whole state, and keep the page told from now on."""
        viewer = message.get("viewer")
        check_viewer(viewer)
        page, before = self._read_page(message), self._roster.page(sender())
        self._roster.join(sender(), page)
        if before is not None and before.student not in (None, page.student):
            leave_room(room_of(before.student))
        if page.student is not None:
            join_room(room_of(page.student))
            self._shared.race.enter(page.student)
            self._crowd.stop("a student came in, so the crowd went")
        join_room(ROOM)
        if is_local():
            join_room(HERE)
        leave_room(LISTENERS if page.steers else STEERERS)
        join_room(STEERERS if page.steers else LISTENERS)
        if page.steers and not page.viewer and not page.student:
            join_room(CONSOLES)
        self.instruments.joined(viewer)
        self._teller.see()
        room = {"room": self._room()} if page.steers else {}
        own = self._own(sender(), page.steers, viewer)
        return {"ok": True, "state": {**self._teller.state(), **own, **room}}

    def clock(self, *_: object) -> Message:
        """Answer with the server's wall clock, in ms since the Unix epoch."""
        return {"ok": True, "at": time.time() * 1000}

    # What who steers may send

    def race(self, message: Message) -> Message:
        """Draw the lots of a round, let its ticket come back, or put the race off."""
        race, number = self._shared.race, self._shared.race.number
        here = [student.id for student in self._roster.here()]
        now = Cursor(self._sales.epoch, self._sales.last)
        race.order(message, here, now, self._take_back)
        if race.number != number or "off" in message:
            self._tell_all()
        return {"ok": True}

    def chat(self, message: Message) -> Message:
        """Pause the chat, hide what was said, clear it, or mute who said it."""
        undo = self._chat.order(message)
        if undo is not None:
            self._shared.can_undo(*undo)
        return {"ok": True}

    def rehearse(self, message: Message) -> Message:
        """Fill the room with simulated students, in a class of their own; or let them go."""
        only(message, "on")
        if read_flag(message, "on") == self._rehearsal.is_on:
            raise Conflict(f"a rehearsal is {'on already' if self._rehearsal.is_on else 'not on'}")
        if self._rehearsal.is_on:
            simulated = self._rehearsal.students
            self._rehearsal.end()
            self._roster.forget(simulated)
            self._end_rehearsal()
        else:
            self._check_no_crowd()
            self._end_rehearsal = self._begin_anew()
            self._rehearsal.begin()
        self._tell_all()
        return {"ok": True}

    def crowd(self, message: Message) -> Message:
        """Let a simulated crowd listen to this server, and measure it; or let it go early."""
        if "on" in message:
            only(message, "on")
            if read_flag(message, "on"):
                raise BadRequest("on is True; allowed is false, or clients and seconds")
            if not self._crowd.is_on:
                raise Conflict("no crowd is listening")
            self._crowd.stop("the crowd was stopped")
            return {"ok": True}
        size = read_size(message)
        self._check_no_crowd()
        if self._rehearsal.is_on:
            raise Conflict("a rehearsal is on; end it first")
        check_alone(self.mode, len(self._roster.here()), self._box_office.standing()["paused"])
        self._crowd.begin(*size, self._shared.settings)
        return {"ok": True}

    def reset(self, message: Message) -> Message:
        """Begin a new class."""
        only(message)
        bring_back = self._begin_anew()
        self._shared.can_undo("the new class", bring_back)
        self._tell_all()
        return {"ok": True}

    def undo(self, message: Message) -> Message:
        """Take back the last change that can be."""
        only(message)
        if not self._shared.undos:
            raise Conflict("there is nothing to take back")
        name = self._shared.name
        _, take_back = self._shared.undos.pop()
        take_back()
        if self._shared.name != name:
            self._tell_all()
        return {"ok": True}

    # What the race's referee is asked

    def check_claim(self, ticket: int, technique: str, viewer: str | None) -> None:
        """Refuse a claim that is against the race's rules, by raising."""
        with self._one_by_one:
            student = self._roster.student_of(viewer)
            self._shared.race.check(ticket, technique, student)

    def claim_decided(self, ticket: int, viewer: str | None, won: bool) -> None:
        """Count a claim of the race."""
        with self._one_by_one:
            student = self._roster.student_of(viewer)
            if self._shared.race.claimed(ticket, student, won) and won:
                self._teller.look()

    # How it is answered

    def on(self, name: str, handler: Handler) -> None:
        """Answer a message, one at a time, and count what is refused."""
        answer = acknowledged(handler)

        @wraps(handler)
        def handle(*given: object) -> Message:
            with self._one_by_one:
                answered = answer(*given)
                self._refused += "error" in answered
                return answered

        self._socketio.on_event(name, handle, namespace=NAMESPACE)

    def _steered(self, name: str, handler: Handler) -> Handler:
        def handle(message: Message) -> Message:
            if not self.may_steer():
                raise Forbidden(f"{name} is for whoever steers the lesson")
            answered = handler(message)
            self._teller.look()
            return answered

        return handle

    def _telling_oneself(self, handler: Handler) -> Handler:
        def handle(message: Message) -> Message:
            answered = handler(message)
            self._tell_pages(self._roster.student(sender()))
            return answered

        return handle

    def _change(self, change: Callable[..., None], *given: Any) -> Message:
        change(*given)
        return {"ok": True}

    def _read_page(self, message: Message) -> Page:
        steers, chapter = self.may_steer(), read_id_or_none(message, "chapter")
        if chapter is not None and chapter not in self._book().chapters:
            raise NotFound(f"there is no chapter {chapter!r}")
        named, viewer = read_student(message), message.get("viewer")
        known = self._roster.page(sender())
        student = named or (None if steers else (known and known.student) or viewer)
        step = read_id_or_none(message, "step")
        following = read_flag(message, "following") if "following" in message else False
        return Page(viewer, student, steers, chapter, step, following, named is not None)

    def _leave(self, *_: object) -> None:
        with self._one_by_one:
            self._roster.leave(sender())

    def _take_back(self) -> int:
        try:
            return self._box_office.take_back().id
        except ValueError as error:
            raise Conflict(str(error)) from None

    def _who(self, viewer: str | None) -> str:
        with self._one_by_one:
            return self._roster.student_of(viewer) or viewer or ""

    def _check_no_crowd(self) -> None:
        if self._crowd.is_on:
            raise Conflict("a crowd is listening; stop it first")

    # What is told

    def _begin(self) -> Shared:
        return Shared(lead=self.mode != "run")

    def _begin_anew(self) -> Callable[[], None]:
        """Begin a new class; return what brings the one before back."""
        before, bring_chat_back = self._shared, self._chat.begin_anew()

        def bring_back() -> None:
            self._shared = before
            bring_chat_back()

        self._shared = self._begin()
        self._roster.begin_anew()
        return bring_back

    def _as_all_see_it(self) -> Message:
        return {
            "mode": self.mode,
            "rehearsal": self._rehearsal.is_on,
            "instructor": self.mode == "run" or self._roster.steered(),
            "all_faults": self.instruments.all_faults(),
            "chat": self._chat.shown(),
            **self._shared.as_all_see_it(),
        }

    def _room(self) -> Message:
        shared = self._shared
        return {
            **self._roster.report(self._rehearsal.students),
            "counts": shared.polls.on.counts() if shared.polls.on else None,
            "exercises": shared.tallies.report(),
            "muted": sorted(self._chat.muted.values()),
            "refused": self._refused,
            "undo": shared.undos[-1][0] if shared.undos else None,
            "crowd": self._crowd.shown(),
        }

    def _own(self, sid: str, steers: bool, viewer: str | None) -> Message:
        page = self._roster.page(sid)
        student = self._roster.student(sid) if page and page.student else None
        return {
            "steers": steers,
            "faults": self.instruments.faults(viewer),
            "now": self.now(),
            "own": self._own_of(student),
        }

    def _own_of(self, student: Student | None) -> Message:
        if student is None:
            return {"student": None, "lost": False, "hand": None, "votes": {}, "lot": None}
        return {
            "student": student.id,
            "lost": student.lost,
            "hand": student.hand,
            "votes": self._shared.polls.votes_of(student.id),
            "lot": self._shared.race.lot(student.id),
        }

    def _tell_own(self, sid: str, steers: bool, viewer: str | None) -> None:
        with self._one_by_one:
            self._teller.look()
            self._teller.tell(sid, self._own(sid, steers, viewer))

    def _tell_all(self) -> None:
        """Tell everyone what all share, and each what is its own."""
        self._teller.look()
        for sid, page in self._roster.pages().items():
            student = self._roster.student(sid) if page.student else None
            self._teller.tell(sid, {"own": self._own_of(student)})

    def _tell_pages(self, student: Student) -> None:
        """Tell a student's pages what is its own."""
        self._teller.tell(room_of(student.id), {"own": self._own_of(student)})


def nothing() -> None:
    """Do nothing."""
