"""The answers that are tried on each exercise: the starter, the solution, each typical mistake."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from lesson.machinery.exercises.exercise import Exercise, read_all


class Variant(NamedTuple):
    """One answer; `fails_with` is a piece of its failure's message, None if it passes."""

    exercise: Exercise
    name: str
    files: dict[str, str]
    fails_with: str | None

    def __str__(self) -> str:
        return f"{self.exercise.name} {self.name}"

    def write(self, folder: Path) -> None:
        """Put its files where the check looks for them."""
        folder.mkdir(parents=True, exist_ok=True)
        for file, text in self.files.items():
            (folder / file).write_text(text, encoding="utf-8")


def variants(kind: str) -> list[Variant]:
    """Return all answers to all exercises of a kind."""
    return [
        variant for one in read_all().values() if one.kind == kind for variant in variants_of(one)
    ]


def variants_of(exercise: Exercise) -> list[Variant]:
    """Return all answers to one exercise."""
    starter = Variant(exercise, "starter", exercise.starter(), exercise.starter_fails_with)
    solution = Variant(exercise, "solution", exercise.solution(), None)
    mistakes = [
        Variant(
            exercise,
            mistake.name,
            solution.files | {mistake.file: mistake.text},
            mistake.fails_with,
        )
        for mistake in exercise.mistakes()
    ]
    return [starter, solution, *mistakes]


def agree(variant: Variant, passed: bool, message: str) -> None:
    """Fail if a variant's verdict is not the one that is meant for it."""
    if variant.fails_with is None:
        assert passed, f"it must pass, and says:\n{message}"
    else:
        assert not passed, "it must fail, and passes"
        assert variant.fails_with in message, f"not for {variant.fails_with!r}, but:\n{message}"
