"""The book's pages: the contents, the chapters, and the frames in which found code runs."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable
from typing import Any

from flask import Flask, render_template
from werkzeug.exceptions import InternalServerError, NotFound

from lesson.book.code import ROOT
from lesson.book.markdown import slug as to_slug
from lesson.book.parts import Chapter
from lesson.book.plans import Plan
from lesson.book.shelf import Book

FOLDERS = ("lesson", "demos", "static/js")  # what the book is made of, and what it quotes
SUFFIXES = (".md", ".yaml", ".json", ".py", ".js")
AS_FOUND = ROOT / "static" / "js" / "as-found"
CORE = "90"  # the plan that the pages show
LOOK = 1.0  # seconds between two looks at whether a file has changed


class BookPages:
    """Makes the book's pages. The book is built once; again when a file of it has changed.

    A book that cannot be built stops its own pages, and says why on them, and nothing else.

    :param start: returns what a page with columns starts from.
    """

    def __init__(self, start: Callable[[], dict[str, Any]]) -> None:
        self._start = start
        self._stamp = stamp()
        self._looked = time.monotonic()
        self._book = build()

    def mount(self, app: Flask) -> None:
        """Add the pages."""
        app.jinja_env.filters |= {"minutes": minutes, "slug": to_slug}
        app.get("/")(self.contents)
        app.get("/lesson/<slug>")(self.chapter)
        app.get("/as-found/<name>")(self.as_found)

    def contents(self) -> str:
        """Return the lesson's first page."""
        book, mode = self.book(), self._start()["mode"]
        return render_template("contents.html", book=book, plan=book.plans[CORE], mode=mode)

    def chapter(self, slug: str) -> str:
        """Return a chapter.

        :raises NotFound: if there is none of that name.
        :raises InternalServerError: if something is wrong in it; says what.
        """
        book = self.book()
        if problems := book.problems_of(slug):
            raise InternalServerError(" ".join(map(str, problems)))
        chapter = book.chapters.get(slug)
        if chapter is None:
            raise NotFound(f"there is no chapter {slug!r}; there are {', '.join(book.chapters)}")
        plan = book.plans[CORE]
        return render_template(
            "chapter.html",
            book=book,
            chapter=chapter,
            plan=plan,
            begins=plan.begins(chapter),
            reader=reader(chapter, plan),
            start=self._start(),
        )

    def as_found(self, name: str) -> str:
        """Return the page that runs one module of static/js/as-found, to be shown in a frame."""
        if not re.fullmatch(r"[a-z0-9-]+", name) or not (AS_FOUND / f"{name}.js").is_file():
            raise NotFound(f"there is no {name!r} in static/js/as-found")
        return render_template("as-found.html", name=name)

    def book(self) -> Book:
        """Return the book as its files are now."""
        if time.monotonic() > self._looked + LOOK:
            self._looked = time.monotonic()
            now = stamp()
            if now != self._stamp:
                self._stamp, self._book = now, build()
        return self._book


def build() -> Book:
    """Build the book, and say on the terminal what is wrong with it."""
    book = Book.build()
    for problem in book.problems:
        print(problem, file=sys.stderr, flush=True)
    return book


def reader(chapter: Chapter, plan: Plan) -> dict[str, Any]:
    """Return what the reader's script needs to know of a chapter."""
    return {
        "slug": chapter.slug,
        "title": chapter.title,
        "begins": plan.begins(chapter),
        "steps": [
            {"id": step.id, "minutes": step.minutes, "must": step.must} for step in chapter.steps
        ],
    }


def minutes(number: float) -> str:
    """Write minutes as short as they can be: 3, 2.5."""
    return f"{number:g}"


def stamp() -> list[tuple[str, int]]:
    """Return what changes when a file does that the book is made of, or that it quotes."""
    paths = (path for folder in FOLDERS for path in (ROOT / folder).rglob("*"))
    read = (path for path in paths if path.suffix in SUFFIXES)
    return sorted((str(path), path.stat().st_mtime_ns) for path in read)
