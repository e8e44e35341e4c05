"""What an exercise is: one folder below lesson/exercises, read and found whole, or refused."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

LOOK = 1.0  # seconds between two looks at whether a file has changed
FOLDER = Path(__file__).parent.parent.parent / "exercises"
NAME = re.compile(r"\d\d-[a-z0-9-]+")
FILE = re.compile(r"[a-z0-9][a-z0-9_-]*\.[a-z]+")

LEVELS = ("core", "more", "stretch")
CHECKS = {"python": "check.py", "javascript": "check.js"}
EVENT_STREAM = "server-sent-events"
TECHNIQUES = ("short-poll", "long-poll", "web-socket", EVENT_STREAM)
REQUIRED: Mapping[str, type | tuple[type, ...]] = {
    "title": str,
    "level": str,
    "minutes": (int, float),
    "kind": str,
    "goal": str,
    "you need": list,
    "out of scope": list,
    "files": list,
    "hints": list,
    "starter fails with": str,
}
OPTIONAL = ("objective", "yours")


class ExerciseError(ValueError):
    """A folder that is no exercise: which, and what is wrong."""


@dataclass(frozen=True)
class Mistake:
    """A typical wrong answer: the file that differs from the solution, and how it must fail."""

    name: str
    file: str
    text: str
    fails_with: str


@dataclass(frozen=True)
class Exercise:
    """One exercise. Its texts are Markdown, as they were written."""

    folder: Path
    title: str
    level: str
    minutes: float
    kind: str
    goal: str
    you_need: tuple[str, ...]
    out_of_scope: tuple[str, ...]
    files: tuple[str, ...]
    hints: tuple[str, ...]
    starter_fails_with: str
    objective: str | None
    yours: str | None

    @property
    def name(self) -> str:
        """Its folder's name, by which it is known everywhere."""
        return self.folder.name

    @property
    def number(self) -> int:
        """Where it stands in the series."""
        return int(self.name[:2])

    @property
    def check(self) -> Path:
        """The file that checks it."""
        return self.folder / CHECKS[self.kind]

    @property
    def is_in_browser(self) -> bool:
        """Whether it is checked in the student's browser."""
        return self.kind == "javascript"

    @cached_property
    def task(self) -> str:
        """What to do."""
        return read(self.folder / "task.md")

    def starter(self) -> dict[str, str]:
        """Return the files that a student begins with."""
        return {file: read(self.folder / "starter" / file) for file in self.files}

    def solution(self) -> dict[str, str]:
        """Return the files as they could be in the end."""
        return {file: read(self.folder / "solution" / file) for file in self.files}

    def mistakes(self) -> list[Mistake]:
        """Return the typical wrong answers.

        :raises ExerciseError: if one does not fit the solution.
        """
        given = yaml.safe_load(read(self.folder / "mistakes.yaml")) or []
        return [self._mistake(entry) for entry in given]

    def _mistake(self, entry: Mapping[str, str]) -> Mistake:
        name, file = entry.get("name", "?"), entry.get("in", self.files[0])
        if entry.keys() - {"name", "in", "replace", "by", "whole", "fails with"}:
            raise self.error(f"mistake {name!r} has {', '.join(entry)}")
        if file not in self.files or not entry.get("fails with"):
            raise self.error(f"mistake {name!r} needs a file of {self.files} and `fails with`")
        text = entry.get("whole")
        if text is None:
            text = self._put_back(name, self.solution()[file], entry)
        return Mistake(name, file, text, entry["fails with"])

    def _put_back(self, name: str, solution: str, entry: Mapping[str, str]) -> str:
        old, new = entry.get("replace"), entry.get("by")
        if not isinstance(old, str) or not isinstance(new, str) or solution.count(old) != 1:
            raise self.error(
                f"mistake {name!r} must replace something that stands once in the solution: {old!r}"
            )
        return solution.replace(old, new)

    def error(self, text: str) -> ExerciseError:
        """Return what is wrong with this exercise."""
        return ExerciseError(f"lesson/exercises/{self.name}: {text}")


class Shelf:
    """All exercises, read again when a file among them has changed.

    :param clock: returns seconds that never go back.
    """

    def __init__(self, folder: Path = FOLDER, clock: Callable[[], float] = time.monotonic) -> None:
        self._folder, self._clock = folder, clock
        self._looked = -math.inf
        self._stamp: object = None
        self._exercises: dict[str, Exercise] = {}

    def all(self) -> dict[str, Exercise]:
        """Return the exercises as they are now, or were a second ago, in order, by name.

        :raises ExerciseError: if one is not as it must be.
        """
        now = self._clock()
        if now - self._looked >= LOOK:
            self._look()
            self._looked = now
        return self._exercises

    def _look(self) -> None:
        paths = sorted(path for path in self._folder.rglob("*") if path.suffix in (".yaml", ".md"))
        stamp = [(path, path.stat().st_mtime_ns) for path in paths]
        if stamp != self._stamp:
            self._exercises, self._stamp = read_all(self._folder), stamp

    def titles(self) -> dict[str, str]:
        """Return the exercises' titles by their names."""
        return {name: exercise.title for name, exercise in self.all().items()}


def read_all(folder: Path = FOLDER) -> dict[str, Exercise]:
    """Read all exercises, in order, by name.

    :raises ExerciseError: if one is not as it must be.
    """
    folders = sorted(path.parent for path in folder.glob("*/exercise.yaml"))
    return {path.name: read_one(path) for path in folders}


def read_one(folder: Path) -> Exercise:
    """Read one exercise.

    :raises ExerciseError: if it is not as it must be.
    """
    try:
        front = yaml.safe_load(read(folder / "exercise.yaml"))
    except (OSError, yaml.YAMLError) as error:
        raise ExerciseError(
            f"lesson/exercises/{folder.name}: {' '.join(str(error).split())}"
        ) from None
    for wrong in problems(folder, front):
        raise ExerciseError(f"lesson/exercises/{folder.name}/exercise.yaml: {wrong}")
    return Exercise(
        folder=folder,
        title=front["title"],
        level=front["level"],
        minutes=front["minutes"],
        kind=front["kind"],
        goal=front["goal"],
        you_need=tuple(front["you need"]),
        out_of_scope=tuple(front["out of scope"]),
        files=tuple(front["files"]),
        hints=tuple(front["hints"]),
        starter_fails_with=front["starter fails with"],
        objective=front.get("objective"),
        yours=front.get("yours"),
    )


def problems(folder: Path, front: Any) -> Iterator[str]:
    """Find what is wrong with an exercise's front matter."""
    if not NAME.fullmatch(folder.name):
        yield "the folder's name is not two digits, a hyphen and small letters"
    if not isinstance(front, dict):
        yield "it is no list of `name: value`"
        return
    for key, kind in REQUIRED.items():
        if not isinstance(front.get(key), kind) or isinstance(front.get(key), bool):
            yield f"it needs {key!r}: it is {front.get(key)!r}"
            return
    for key in front.keys() - {*REQUIRED, *OPTIONAL}:
        yield f"it has no {key!r}; it has {', '.join((*REQUIRED, *OPTIONAL))}"
    yield from wrong_values(front)


def wrong_values(front: dict[str, Any]) -> Iterator[str]:
    """Find values that are not among those allowed."""
    allowed = {"level": LEVELS, "kind": tuple(CHECKS), "yours": TECHNIQUES}
    for key, values in allowed.items():
        if key in front and front[key] not in values:
            yield f"{key} is {front[key]!r}; allowed are {', '.join(values)}"
    for key in ("you need", "out of scope", "files", "hints"):
        if not all(isinstance(text, str) and text for text in front[key]):
            yield f"{key!r} is a list, each of one line of text"
            return
    if len(front["hints"]) != 3:
        yield f"it has {len(front['hints'])} hints, not a question, a pointer, nearly the line"
    if not front["files"] or not all(map(FILE.fullmatch, front["files"])):
        yield f"files are {front['files']}; each is small letters, digits and a suffix"


def read(path: Path) -> str:
    """Return a file's text with plain line ends."""
    return path.read_text(encoding="utf-8")
