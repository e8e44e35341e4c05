"""The whole book: all chapters, what they refer to, and the plans that lead through them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from lesson.book.chapter import predictions, read_chapter
from lesson.book.library import Library
from lesson.book.markdown import Reading, Writer
from lesson.book.parts import Chapter
from lesson.book.plans import Plan, read_plan
from lesson.book.problems import BookError, Desk, Problem

LESSON = Path(__file__).parent.parent
PAGES = ("/", "/dashboard", "/exercises")  # other pages that a chapter may link to


@dataclass(frozen=True)
class Book:
    """The book as it was built. A chapter with `problems` leaves the others readable."""

    chapters: dict[str, Chapter]  # by slug, in order
    plans: dict[str, Plan]  # by name
    library: Library
    problems: tuple[Problem, ...]

    @classmethod
    def build(cls, folder: Path = LESSON) -> Book:
        """Read all of it.

        :raises BookError: if what all chapters need cannot be read.
        """
        library = read_library(folder)
        writer, problems = Writer(), list[Problem]()
        paths = sorted((folder / "chapters").glob("*.md"))
        read = [read_one(path, writer, library) for path in paths]
        chapters = {c.slug: c for c in sorted((c for c, _ in read if c), key=lambda c: c.order)}
        for chapter, reading in read:
            check_whole(chapter, reading, chapters, [path.stem for path in paths])
            problems += reading.desk.problems
        plans = {}
        for path in sorted((folder / "plans").glob("*.yaml"), key=lambda path: int(path.stem)):
            desk = Desk(f"lesson/plans/{path.name}")
            plans[path.stem] = read_plan(path, chapters, desk)
            problems += desk.problems
        return cls(chapters, plans, library, tuple(problems))

    def check(self) -> None:
        """Return if nothing is wrong.

        :raises BookError: with everything that is.
        """
        if self.problems:
            raise BookError(list(self.problems))

    def problems_of(self, chapter: str) -> list[Problem]:
        """Return what is wrong in a chapter's own file."""
        return [problem for problem in self.problems if problem.file.endswith(f"/{chapter}.md")]

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


def read_library(folder: Path) -> Library:
    """Read what all chapters need.

    :raises BookError: if it cannot be read.
    """
    try:
        return Library(folder)
    except (OSError, TypeError, KeyError, ValueError, yaml.YAMLError) as error:
        raise BookError([Problem("lesson", 1, " ".join(str(error).split()))]) from None


def read_one(path: Path, writer: Writer, library: Library) -> tuple[Chapter | None, Reading]:
    """Read one chapter, with a desk of its own."""
    reading = Reading(Desk(f"lesson/chapters/{path.name}"), library)
    return read_chapter(path, writer, reading), reading


def check_whole(
    chapter: Chapter | None, reading: Reading, chapters: dict[str, Chapter], slugs: list[str]
) -> None:
    """Take down what can be seen only once all chapters are read."""
    for line, href in reading.links:
        if chapter and (wrong := broken(href, chapter, chapters, slugs)):
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


def broken(
    href: str, chapter: Chapter, chapters: dict[str, Chapter], slugs: list[str]
) -> str | None:
    """Say what is wrong with a link within the book, if anything is."""
    path, anchor = urlsplit(href).path, urlsplit(href).fragment
    if path.startswith("/"):
        return None if path in PAGES else f"the link {href!r} leads to no page of the lesson"
    if path and path not in slugs:
        return f"the link {href!r} leads to no chapter; there are {', '.join(slugs)}"
    target = chapters.get(path) if path else chapter
    if target is None:  # it cannot be read itself, which is said there
        return None
    known = [step.id for step in target.steps]
    if anchor and anchor not in known and not target.draft:
        return f"the link {href!r} leads to no step of {target.slug}; it has {', '.join(known)}"
    return None
