"""After class, for the instructor: what was answered, raced and passed, as one HTML and one CSV.

Counts only: there is no name in it, and no id. Left out: the chat, hands, who was lost.
"""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from flask import Flask, Response, render_template
from markupsafe import Markup
from werkzeug.exceptions import Forbidden

from lesson.book.parts import TECHNIQUES, Answer, Predict
from lesson.book.shelf import Book
from lesson.classroom.polls import Poll
from lesson.classroom.race import HAND, PAGE, Race
from lesson.classroom.rehearsal import Rehearsal
from lesson.classroom.shared import Shared

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would calculate
SIMULATED = "simulated students"
WAYS = {PAGE: "pages claimed", HAND: "students pressed"}


class Row(NamedTuple):
    """One line of the table: a count, and what it counts."""

    part: str
    where: str
    what: str
    number: float
    note: str = ""


class After:
    """Makes both files, for who steers.

    :param shared: returns the class's state.
    :param titles: returns the exercises' titles by their names.
    """

    def __init__(
        self,
        may_steer: Callable[[], bool],
        shared: Callable[[], Shared],
        book: Callable[[], Book],
        titles: Callable[[], Mapping[str, str]],
        rehearsal: Rehearsal,
    ) -> None:
        self._may_steer, self._shared = may_steer, shared
        self._book, self._titles = book, titles
        self._rehearsal = rehearsal

    def mount(self, app: Flask) -> None:
        """Add the routes."""
        app.get("/instructor/class.csv")(self.csv)
        app.get("/instructor/class.html")(self.html)

    def csv(self) -> Response:
        """Return the table as CSV (RFC 4180), in UTF-8 with the mark that spreadsheets look for."""
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(["part", "where", "what", "count", "note"])
        writer.writerows([safe(cell) for cell in row] for row in self._rows())
        return file("\ufeff" + text.getvalue(), "text/csv", "class.csv")

    def html(self) -> Response:
        """Return the same as a page that stands alone."""
        parts: dict[str, dict[str, list[Row]]] = {}
        for row in self._rows():
            parts.setdefault(row.part, {}).setdefault(row.where, []).append(row)
        date = time.strftime("%Y-%m-%d")
        page = render_template("after.html", parts=parts, date=date)
        return file(page, "text/html", "class.html")

    def _rows(self) -> list[Row]:
        if not self._may_steer():
            raise Forbidden("what a class has answered is for whoever ran it")
        shared, book = self._shared(), self._book()
        simulated = len(self._rehearsal.students)
        return [
            *([Row("Rehearsal", "All of this is theirs", SIMULATED, simulated)] * bool(simulated)),
            *question_rows(shared, book),
            *prediction_rows(shared, book),
            *race_rows(shared.race),
            *exercise_rows(shared, self._titles()),
        ]


def question_rows(shared: Shared, book: Book) -> Iterator[Row]:
    """Return what was answered to the objectives' questions, before and after."""
    for id, objective in book.library.objectives.items():
        for when in ("before", "after"):
            polls = [poll for poll in shared.polls.all.values() if poll.id == f"{id}-{when}"]
            for poll in polls:
                where = f"{objective.ask} ({when})"
                texts = {answer.key: plain(answer) for answer in objective.answers}
                for key, votes in counted(poll):
                    note = "right" if key == objective.right else ""
                    yield Row("Questions", where, texts.get(key, key), votes, note)


def prediction_rows(shared: Shared, book: Book) -> Iterator[Row]:
    """Return what was predicted, in the book's order."""
    for chapter in book.chapters.values():
        for step in chapter.steps:
            for part in step.parts:
                poll = shared.polls.all.get(f"{chapter.slug}/{getattr(part, 'id', '')}")
                if isinstance(part, Predict) and poll is not None:
                    where = f"{chapter.title}: {part.question.striptags()}"
                    texts = {answer.key: plain(answer) for answer in part.answers}
                    for key, votes in counted(poll):
                        note = "measured" if key == str(poll.measured) else ""
                        yield Row("Predictions", where, texts.get(key, key), votes, note)


def race_rows(race: Race) -> Iterator[Row]:
    """Return what came out of the races."""
    for way, board in race.boards.items():
        if not board.rounds:
            continue
        rounds = "1 round" if board.rounds == 1 else f"{board.rounds} rounds"
        where = f"{rounds} in which {WAYS[way]}"
        for technique, lane in board.shown()["techniques"].items():
            name = TECHNIQUES[technique]
            yield Row(
                "Race", where, f"{name}: wins", lane["wins"], f"by chance {lane['expected']:g}"
            )
            if lane["mean"] is not None:
                yield Row("Race", where, f"{name}: mean time to claim, in ms", lane["mean"])


def exercise_rows(shared: Shared, titles: Mapping[str, str]) -> Iterator[Row]:
    """Return how many have passed which exercise."""
    for name, students in sorted(shared.tallies.passed.items()):
        yield Row("Exercises", "How many have passed", titles.get(name, name), len(students))


def counted(poll: Poll) -> list[tuple[str, int]]:
    """Return a poll's counts, each answer as text."""
    return [(f"{count['answer']}", count["votes"]) for count in poll.counts()]


def plain(answer: Answer) -> str:
    """Return an answer's text without its markup."""
    return Markup(answer.html).striptags()


def safe(cell: float | int | str) -> float | int | str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def file(text: str, kind: str, name: str) -> Response:
    """Return a response that a browser saves."""
    response = Response(text, content_type=f"{kind}; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
