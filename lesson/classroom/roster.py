"""Who is here: pages, and the students whose they are. In memory only, names above all.

A student who goes stays on the list for two minutes, as one whose connection may be down; a page
that is loaded anew is not gone for longer than a moment.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from werkzeug.exceptions import Conflict, Forbidden, ServiceUnavailable

from demos.protocol import Message, short
from lesson.machinery.door import OF_ONE_VIEWER

MOST_STUDENTS = 1_000
MOST_PAGES = OF_ONE_VIEWER  # of one student, and of one viewer
MOST_HANDS = 200
MISSED = 3.0  # seconds away from which on one is missed
FORGOTTEN = 120.0  # seconds away after which one is forgotten
LISTED = 50  # of those who are missed


@dataclass
class Page:
    """One connection that said hello."""

    viewer: str | None
    student: str | None
    steers: bool
    chapter: str | None = None
    step: str | None = None
    following: bool = False
    named: bool = False  # it said whose it is; otherwise it counts by its viewer


@dataclass
class Student:
    """One browser."""

    id: str
    pages: dict[str, Page] = field(default_factory=dict)  # by connection; the latest hello is last
    gone: float | None = None  # when its last page went, on the roster's clock
    gone_at: float = 0  # the same in ms since the Unix epoch
    lost: bool = False
    hand: str | None = None
    raised_at: float = 0  # ms since the Unix epoch


class Roster:
    """Knows every page that is connected, and every student.

    :param clock: returns seconds that never go back.
    :param wall: returns the wall clock in seconds since the Unix epoch.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, wall: Callable[[], float] = time.time
    ) -> None:
        self._clock, self._wall = clock, wall
        self._pages: dict[str, Page] = {}
        self._students: dict[str, Student] = {}
        self._named: dict[str, str] = {}  # whose a connection has said it is

    def join(self, sid: str, page: Page) -> None:
        """Take note of a page, or of what has changed on it.

        :raises Forbidden: if it was another student's.
        :raises ServiceUnavailable: if the class is full, or the student or the viewer has too many.
        """
        named = page.student if page.named else None
        if named is not None:
            self.check_name(sid, named)
        self._check_room(sid, page)
        student = self._student(page.student) if page.student is not None else None
        known = self._pages.get(sid)
        if known is not None and known.student != page.student:
            self._part(sid)
        if student is not None:
            student.pages.pop(sid, None)
            student.pages[sid], student.gone = page, None
        self._pages[sid] = page
        if named is not None:
            self.name(sid, named)

    def check_name(self, sid: str, student: str) -> None:
        """Let pass whom a connection names, if it is whom it named before.

        :raises Forbidden: if it is another.
        """
        named = self._named.get(sid, student)
        if named != student:
            raise Forbidden(f"student is {short(student)}; this connection is {named}'s")

    def name(self, sid: str, student: str) -> None:
        """Take note of whom a connection names."""
        self._named[sid] = student

    def leave(self, sid: str) -> None:
        """Take note that a connection has gone."""
        self._named.pop(sid, None)
        self._part(sid)

    def _part(self, sid: str) -> None:
        page = self._pages.pop(sid, None)
        student = self._students.get(page.student) if page and page.student else None
        if student is not None:
            student.pages.pop(sid, None)
            if not student.pages:
                student.gone, student.gone_at = self._clock(), round(self._wall() * 1000)

    def student(self, sid: str) -> Student:
        """Return whose a page is.

        :raises Forbidden: if it is nobody's.
        """
        page = self._pages.get(sid)
        if page is None or page.student is None:
            raise Forbidden("say hello as a student first")
        return self._students[page.student]

    def student_of(self, viewer: str | None) -> str | None:
        """Return the student on whose page a viewer's traffic is, if it is connected."""
        pages = (page for page in self._pages.values() if page.viewer == viewer)
        return next((page.student for page in pages), None) if viewer else None

    def page(self, sid: str) -> Page | None:
        """Return a page, if it said hello."""
        return self._pages.get(sid)

    def pages(self) -> dict[str, Page]:
        """Return all pages by their connection."""
        return dict(self._pages)

    def here(self) -> list[Student]:
        """Return the students who are connected."""
        return [student for student in self._students.values() if student.pages]

    def steered(self) -> bool:
        """Return whether a page that steers is connected."""
        return any(page.steers for page in self._pages.values())

    def raise_hand(self, sid: str, name: str | None) -> None:
        """Raise a student's hand under a name, or lower it with None.

        :raises Conflict: if too many are up.
        """
        student = self.student(sid)
        if name is not None and student.hand is None:
            if sum(one.hand is not None for one in self._students.values()) >= MOST_HANDS:
                raise Conflict(f"{MOST_HANDS} hands are up already")
            student.raised_at = round(self._wall() * 1000)
        student.hand = name

    def begin_anew(self) -> None:
        """Lower every hand, let nobody be lost, and forget who is gone."""
        self._forget(0)
        for student in self._students.values():
            student.hand, student.lost = None, False

    def forget(self, students: Collection[str]) -> None:
        """Forget these students and their pages, as if they had never come."""
        for id in students:
            student = self._students.pop(id, None)
            for sid in student.pages if student else ():
                self._pages.pop(sid, None)

    def report(self, simulated: Collection[str] = ()) -> Message:
        """Return who is here, as who steers sees it.

        :param simulated: the students who are.
        """
        self._forget()
        here = self.here()
        latest = [next(reversed(student.pages.values())) for student in here]
        following = sum(page.following for page in latest)
        down = self._missed()
        return {
            "here": len(here),
            "simulated": sum(student.id in simulated for student in here),
            "following": following,
            "browsing": len(here) - following,
            "chapters": dict(Counter(page.chapter or "" for page in latest)),
            "down": [
                {"student": one.id, "name": one.hand, "since": one.gone_at} for one in down[:LISTED]
            ],
            "gone": len(down),
            "lost": sum(student.lost for student in here),
            "hands": self._hands(),
        }

    def _missed(self) -> list[Student]:
        now = self._clock()
        away = [(one.gone, one) for one in self._students.values() if one.gone is not None]
        missed = [(gone, one) for gone, one in away if now - gone >= MISSED]
        return [one for _, one in sorted(missed, key=lambda pair: -pair[0])]

    def _hands(self) -> list[Message]:
        up = [student for student in self._students.values() if student.hand is not None]
        return [
            {"student": student.id, "name": student.hand, "at": student.raised_at}
            for student in sorted(up, key=lambda student: student.raised_at)
        ]

    def _check_room(self, sid: str, page: Page) -> None:
        known = self._pages.get(sid)
        student = self._students.get(page.student or "")
        if student is not None and sid not in student.pages and len(student.pages) >= MOST_PAGES:
            raise ServiceUnavailable(f"this student has {MOST_PAGES} pages open; close one")
        if page.viewer is None or (known is not None and known.viewer == page.viewer):
            return
        if sum(one.viewer == page.viewer for one in self._pages.values()) >= MOST_PAGES:
            raise ServiceUnavailable(f"this viewer has {MOST_PAGES} pages open; close one")

    def _student(self, id: str) -> Student:
        student = self._students.get(id)
        if student is None:
            if len(self._students) >= MOST_STUDENTS:
                self._forget_longest_gone()
            if len(self._students) >= MOST_STUDENTS:
                raise ServiceUnavailable(f"the class is full: {MOST_STUDENTS} students are here")
            student = self._students[id] = Student(id)
        return student

    def _forget_longest_gone(self) -> None:
        away = [(one.gone, id) for id, one in self._students.items() if one.gone is not None]
        if away:
            del self._students[min(away)[1]]

    def _forget(self, after: float = FORGOTTEN) -> None:
        before = self._clock() - after
        for id, student in list(self._students.items()):
            if student.gone is not None and student.gone <= before:
                del self._students[id]
