"""The instructor's pages: the console, the guide, and the screen that a projector shows.

The screen has no secret and no control, so it is anybody's. The other two carry the chapters'
notes, and are for who steers. Left out: what they steer; that is lesson/classroom.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, render_template, request
from werkzeug.exceptions import Forbidden, NotFound

from demos.protocol import Message, short
from lesson.book.library import Library
from lesson.book.parts import Chapter, Part, Predict, Question, Step
from lesson.book.plans import Plan, Stop
from lesson.book.shelf import Book
from lesson.machinery.joining import Joining
from lesson.machinery.reach import Reach

USUAL = "90"  # the plan that a class begins with


class Instructor:
    """Makes those pages.

    :param may_steer: returns whether the page that asks may steer.
    :param book: returns the book as it is now.
    :param start: returns what a page with columns starts from.
    """

    def __init__(
        self,
        may_steer: Callable[[], bool],
        book: Callable[[], Book],
        start: Callable[[], Message],
        joining: Joining,
        reach: Reach,
    ) -> None:
        self._may_steer = may_steer
        self._book, self._start = book, start
        self._joining, self._reach = joining, reach

    def mount(self, app: Flask) -> None:
        """Add the pages, and what they ask for later."""
        app.get("/instructor")(self.console)
        app.get("/instructor/guide")(self.guide)
        app.get("/instructor/way")(self.way)
        app.get("/instructor/reach")(self.reach)
        app.get("/screen")(self.screen)
        app.get("/screen/join")(self.join)

    def console(self) -> str:
        """Return the page that a class is run from.

        :raises Forbidden: to who does not steer.
        """
        return render_template(
            "instructor.html", told=self.way(), book=self._book(), start=self._start()
        )

    def way(self) -> Message:
        """Return every step of the book, and the plans that lead through it.

        :raises Forbidden: to who does not steer.
        """
        self._check()
        book = self._book()
        plans = {
            name: {"title": plan.title, "route": route(plan)} for name, plan in book.plans.items()
        }
        return {"plans": plans, "usual": USUAL, "cues": cues(book)}

    def guide(self) -> str:
        """Return what an instructor reads before a class and after it.

        :raises Forbidden: to who does not steer.
        """
        self._check()
        return render_template("guide.html", book=self._book(), join=self.join())

    def reach(self) -> Message:
        """Return whether any other machine has come in yet, and by which addresses one can.

        :raises Forbidden: to who does not steer.
        """
        self._check()
        return {"machines": self._reach.machines, **self.join()}

    def join(self) -> Message:
        """Return the addresses that others open, the likeliest first, and why if there are none."""
        return {"urls": self._joining.urls(), "why_none": self._joining.why_none()}

    def screen(self) -> str:
        """Return what the projector shows: the steps of a chapter, one at a time.

        :raises NotFound: if there is no such chapter.
        """
        book, slug = self._book(), request.args.get("chapter")
        if slug is not None and slug not in book.chapters:
            raise NotFound(f"there is no chapter {short(slug)}")
        chapter = book.chapters[slug] if slug else None
        return render_template(
            "screen.html",
            book=book,
            chapter=chapter,
            # Another chapter's may be on; and whoever likes may open this page.
            asks=[ask | {"right": None} for cue in cues(book) for ask in cue["asks"]],
            start=self._start() | {"steers": False},  # it has no controls, whoever looks at it
            join=self.join(),
        )

    def _check(self) -> None:
        if not self._may_steer():
            raise Forbidden(
                "this page is for whoever steers the lesson, "
                "by the link that it printed when it was started"
            )


def cues(book: Book) -> list[Message]:
    """Return every step of the book in order, as whoever leads through it must know it."""
    return [
        {
            "chapter": chapter.slug,
            "of": chapter.title,
            "step": step.id,
            "title": step.title.striptags(),
            "minutes": step.minutes,
            "must": step.must,
            "asks": asks(step, chapter, book.library),
        }
        for chapter in book.chapters.values()
        for step in chapter.steps
    ]


def asks(step: Step, chapter: Chapter, library: Library) -> list[Message]:
    """Return what a class can be asked in a step, in words; `answers` is empty for a number."""
    found = (ask_of(part, chapter, library) for part in step.parts)
    demo = f"demo-{step.demo.id}" if step.demo else None
    return [{**ask, "step": step.id, "demo": demo} for ask in found if ask]


def ask_of(part: Part, chapter: Chapter, library: Library) -> Message | None:
    """Return what a part asks, if it asks anything."""
    if isinstance(part, Predict):
        id, question, answers = part.id, part.question.striptags(), part.answers
        measure, right = part.measure, None
    elif isinstance(part, Question):
        objective = library.objectives[part.objective]
        id, question, answers = f"{part.objective}-{part.when}", objective.ask, objective.answers
        measure, right = None, objective.right
    else:
        return None
    texts = {answer.key: answer.html.striptags() for answer in answers}
    return {
        "chapter": chapter.slug,
        "prediction": id,
        "question": question,
        "answers": texts,
        "unit": measure.get("unit", "") if measure else "",
        "measure": measure,  # how it comes out, in the step's demo
        "right": right,  # what cannot be measured has one right answer
    }


def route(plan: Plan) -> list[dict[str, Any]]:
    """Return the steps of a plan in order, each with the minute at which it begins."""
    return [line for stop in plan.stops for line in lines(stop)]


def lines(stop: Stop) -> list[dict[str, Any]]:
    """Return the steps of one stop; its time is shared out as the chapter's own is, or evenly."""
    own = sum(step.minutes for step in stop.steps)
    begins, found = stop.begins, []
    for step in stop.steps:
        share = step.minutes / own if own else 1 / len(stop.steps)
        assert stop.chapter is not None
        at = {"chapter": stop.chapter.slug, "step": step.id}
        minutes = round(stop.minutes * share, 2)
        found.append({**at, "begins": round(begins, 2), "minutes": minutes, "must": step.must})
        begins += stop.minutes * share
    return found
