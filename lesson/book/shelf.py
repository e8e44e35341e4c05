"""The whole book: all chapters, what they refer to, and the plans that lead through them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from lesson.book.chapter import predictions, read_chapter
from lesson.book.library import Library, LookupFault
from lesson.book.markdown import Reading, Writer
from lesson.book.parts import Chapter
from lesson.book.plans import Plan, read_plan
from lesson.book.problems import BookError, Desk, Problem

LESSON = Path(__file__).parent.parent
PAGES = ("/", "/dashboard")  # other pages that a chapter may link to


@dataclass(frozen=True)
class Book:
    """The book as it was built."""

    chapters: dict[str, Chapter]  # by slug, in order
    plans: dict[str, Plan]  # by name
    library: Library

    @classmethod
    def build(cls, folder: Path = LESSON) -> Book:
        """Read all of it.

        :raises BookError: with everything that is wrong.
        """
        try:
            library = Library(folder)
        except (OSError, TypeError, KeyError, ValueError, yaml.YAMLError) as error:
            raise BookError([Problem("lesson", 1, " ".join(str(error).split()))]) from None
        writer, problems = Writer(), list[Problem]()
        read = [read_one(path, writer, library) for path in sorted((folder / "chapters").glob("*.md"))]
        chapters = {c.slug: c for c in sorted((c for c, _ in read if c), key=lambda c: c.order)}
        for chapter, reading in read:
            check_whole(chapter, reading, chapters)
            problems += reading.desk.problems
        plans = {}
        for path in sorted((folder / "plans").glob("*.yaml"), key=lambda path: int(path.stem)):
            desk = Desk(f"lesson/plans/{path.name}")
            plans[path.stem] = read_plan(path, chapters, desk)
            problems += desk.problems
        if problems:
            raise BookError(problems)
        return cls(chapters, {name: plan for name, plan in plans.items() if plan}, library)

    def after(self, chapter: Chapter) -> Chapter | None:
        """Return the chapter to read next: on the core path the next one on it."""
        later = [c for c in self.chapters.values() if c.order > chapter.order]
        return next((c for c in later if c.is_core or not chapter.is_core), None)

    def before(self, chapter: Chapter) -> Chapter | None:
        """Return the chapter that was read before."""
        earlier = [c for c in self.chapters.values() if c.order < chapter.order]
        return next((c for c in reversed(earlier) if c.is_core or not chapter.is_core), None)

    def core(self) -> list[Chapter]:
        """Return the chapters of the core path."""
        return [chapter for chapter in self.chapters.values() if chapter.is_core]


def read_one(path: Path, writer: Writer, library: Library) -> tuple[Chapter | None, Reading]:
    """Read one chapter, with a desk of its own."""
    reading = Reading(Desk(f"lesson/chapters/{path.name}"), library)
    return read_chapter(path, writer, reading), reading


def check_whole(chapter: Chapter | None, reading: Reading, chapters: dict[str, Chapter]) -> None:
    """Take down what can be seen only once all chapters are read."""
    for line, href in reading.links:
        if chapter and (wrong := broken(href, chapter, chapters)):
            reading.desk.complain(line, wrong)
    if chapter and not chapter.draft:
        for text in own_problems(chapter, chapters):
            reading.desk.complain(1, text)


def own_problems(chapter: Chapter, chapters: dict[str, Chapter]) -> Iterator[str]:
    """Find what is wrong with a chapter as a whole."""
    minutes = sum(step.minutes for step in chapter.steps)
    if minutes != chapter.minutes:
        yield f"its steps take {minutes:g} minutes, the front matter says {chapter.minutes:g}"
    same = [c.slug for c in chapters.values() if c.order == chapter.order and c is not chapter]
    if same:
        yield f"{same[0]} has the same order, {chapter.order}"
    ids = [predict.id for predict in predictions(chapter)]
    if len(ids) > len(set(ids)):
        yield f"two predictions have the same id: {', '.join(sorted(ids))}"
    for step in chapter.steps:
        if not step.demo and any(part.kind == "predict" for part in step.parts):
            yield f"the prediction in {step.id!r} has no demo beside it to be measured in"


def broken(href: str, chapter: Chapter, chapters: dict[str, Chapter]) -> str | None:
    """Say what is wrong with a link within the book, if anything is."""
    path, anchor = urlsplit(href).path, urlsplit(href).fragment
    if path.startswith("/"):
        return None if path in PAGES else f"the link {href!r} leads to no page of the lesson"
    target = chapters.get(path) if path else chapter
    if target is None:
        return f"the link {href!r} leads to no chapter; there are {', '.join(chapters)}"
    known = [step.id for step in target.steps]
    if anchor and anchor not in known and not target.draft:
        return f"the link {href!r} leads to no step of {target.slug}; it has {', '.join(known)}"
    return None
