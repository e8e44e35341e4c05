"""What students send: answers, that they are lost, a hand, how their exercises stand."""

from __future__ import annotations

from collections.abc import Callable, Collection

from werkzeug.exceptions import BadRequest, NotFound

from demos.protocol import Message, read_text
from lesson.book.shelf import Book
from lesson.classroom.polls import find_ask
from lesson.classroom.reading import only, read_flag, read_id, read_student, read_true
from lesson.classroom.roster import Roster
from lesson.classroom.shared import Shared
from lesson.instruments import sender

LONGEST_NAME = 40
LONGEST_FAILURE = 300


class Students:
    """Takes what anyone may say of oneself.

    :param shared: returns the class's state as it is now.
    :param book: returns the book as it is now.
    :param exercises: returns the names of all exercises.
    """

    def __init__(
        self,
        roster: Roster,
        shared: Callable[[], Shared],
        book: Callable[[], Book],
        exercises: Callable[[], Collection[str]],
    ) -> None:
        self._roster, self._shared = roster, shared
        self._book, self._exercises = book, exercises

    def messages(self) -> dict[str, Callable[[Message], Message]]:
        """Return who answers which message."""
        return {
            "vote": self.vote,
            "lost": self.lost,
            "hand": self.hand,
            "progress": self.progress,
        }

    def vote(self, message: Message) -> Message:
        """Take a student's answer to a prediction."""
        only(message, "chapter", "prediction", "answer")
        student = self._roster.student(sender())
        ask = find_ask(self._book(), message)
        self._shared().polls.vote(ask, student.id, message.get("answer"))
        return {"ok": True}

    def lost(self, message: Message) -> Message:
        """Take note that a student is lost, or not any more. Nobody is told who."""
        only(message, "on")
        self._roster.student(sender()).lost = read_flag(message, "on")
        return {"ok": True}

    def hand(self, message: Message) -> Message:
        """Raise a student's hand, or lower it."""
        only(message, "on", "name")
        on = read_flag(message, "on")
        name = read_text(message, "name", LONGEST_NAME).strip() if on else None
        self._roster.raise_hand(sender(), name)
        return {"ok": True}

    def progress(self, message: Message) -> Message:
        """Take note of how a student's exercise stands."""
        only(message, "exercise", "passed", "failure", "student")
        student = read_student(message)
        if student is None:
            student = self._roster.student(sender()).id
        else:
            self._roster.check_name(sender(), student)
        exercise, exercises = read_id(message, "exercise"), self._exercises()
        if exercise not in exercises:
            raise NotFound(f"there is no exercise {exercise!r}; there are {', '.join(exercises)}")
        if ("passed" in message) == ("failure" in message):
            raise BadRequest("the progress is unclear; allowed is one of passed and failure")
        failure = None
        if "passed" in message:
            read_true(message, "passed")
        else:
            failure = read_text(message, "failure", LONGEST_FAILURE)
        if message.get("student") is not None:
            self._roster.name(sender(), student)
        self._shared().tallies.take(student, exercise, failure)
        return {"ok": True}
