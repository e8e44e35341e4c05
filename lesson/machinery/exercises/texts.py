"""The exercises' texts as HTML: they are Markdown in their folders. HTML in it is text."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import cached_property

from markdown_it import MarkdownIt
from markupsafe import Markup

from lesson.machinery.exercises.exercise import Exercise

MARKDOWN = MarkdownIt("commonmark", {"html": False})


@dataclass(frozen=True)
class Text:
    """One exercise, ready to be shown."""

    exercise: Exercise

    @property
    def task(self) -> Markup:
        """What to do."""
        return Markup(MARKDOWN.render(self.exercise.task))

    @property
    def goal(self) -> Markup:
        """What it does in the end."""
        return line(self.exercise.goal)

    @property
    def you_need(self) -> list[Markup]:
        """What one must know already."""
        return [line(text) for text in self.exercise.you_need]

    @property
    def out_of_scope(self) -> list[Markup]:
        """What it leaves to others."""
        return [line(text) for text in self.exercise.out_of_scope]

    @property
    def hints(self) -> list[Markup]:
        """The three hints: a question, a pointer, nearly the line."""
        return [line(text) for text in self.exercise.hints]


class Texts:
    """The texts of all exercises."""

    def __init__(self, exercises: dict[str, Exercise]) -> None:
        self._exercises = exercises

    @cached_property
    def all(self) -> dict[str, Text]:
        """Each exercise's texts, by name."""
        return {name: Text(exercise) for name, exercise in self._exercises.items()}


def line(text: str) -> Markup:
    """Return one line of Markdown as HTML."""
    return Markup(MARKDOWN.renderInline(text))


def changed_lines(starter: str, solution: str) -> set[int]:
    """Return the numbers of the solution's lines that are not the starter's."""
    pairs = difflib.SequenceMatcher(
        None, starter.splitlines(), solution.splitlines(), autojunk=False
    )
    return {
        number + 1
        for kind, _, _, start, stop in pairs.get_opcodes()
        if kind != "equal"
        for number in range(start, stop)
    }
