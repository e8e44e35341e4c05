"""Plans: which steps to go through in how many minutes. A plan's file is named after them.

It has a `title`, says whom it is `for`, lists its `steps`, and says what is to `spare`. A line of
the steps is one of these:

- `short-polling`: the whole chapter, as long as it says
- `short-polling: [late, knob]`: some of its steps, as long as they say
- `chat-room: 15`: the whole chapter in so many minutes, for what is read later
- `A break: 10`: anything else
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from lesson.book.parts import Chapter, Step
from lesson.book.problems import Desk


@dataclass(frozen=True)
class Stop:
    """One stop of a plan: steps of a chapter, or something else."""

    title: str
    begins: float  # the minute
    minutes: float
    chapter: Chapter | None = None
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Plan:
    """A way through the book."""

    minutes: int
    title: str
    whom: str
    stops: tuple[Stop, ...]
    spare: float

    def begins(self, chapter: Chapter) -> float | None:
        """Return the minute at which a chapter begins; None where the plan leaves it out."""
        return next((stop.begins for stop in self.stops if stop.chapter is chapter), None)


def read_plan(path: Path, chapters: Mapping[str, Chapter], desk: Desk) -> Plan:
    """Read a plan; what is wrong with it is taken down."""
    given = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(given, dict) or given.keys() != {"title", "for", "steps", "spare"}:
        desk.complain(1, "a plan has title, for, steps and spare, and nothing else")
        return Plan(int(path.stem), path.stem, "", (), 0)
    stops: list[Stop] = []
    for entry in given["steps"]:
        begins = stops[-1].begins + stops[-1].minutes if stops else 0
        try:
            stops.append(read_stop(entry, begins, chapters))
        except ValueError as error:
            desk.complain(line_with(path, entry), str(error))
    plan = Plan(int(path.stem), given["title"], given["for"], tuple(stops), given["spare"])
    total = sum(stop.minutes for stop in stops) + plan.spare
    if total != plan.minutes and not desk.problems:
        desk.complain(1, f"its steps and the spare time add up to {total:g} minutes")
    return plan


def read_stop(entry: Any, begins: float, chapters: Mapping[str, Chapter]) -> Stop:
    """Read one line of a plan.

    :raises ValueError: if it names what is not there.
    """
    name, what = next(iter(entry.items())) if isinstance(entry, dict) else (entry, None)
    chapter = chapters.get(name)
    if chapter is None:
        if not isinstance(what, int | float):
            raise ValueError(f"there is no chapter {name!r}; there are {', '.join(chapters)}")
        return Stop(name, begins, what)
    steps = {step.id: step for step in chapter.steps}
    if not isinstance(what, list):
        minutes = chapter.minutes if what is None else what
        return Stop(chapter.title, begins, minutes, chapter, tuple(chapter.steps))
    for id in what:
        if id not in steps:
            raise ValueError(f"{name} has no step {id!r}; it has {', '.join(steps)}")
    chosen = tuple(steps[id] for id in what)
    return Stop(chapter.title, begins, sum(step.minutes for step in chosen), chapter, chosen)


def line_with(path: Path, entry: Any) -> int:
    """Return the line of a plan in which an entry stands."""
    name = next(iter(entry)) if isinstance(entry, dict) else entry
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip().startswith(f"- {name}"):
            return number
    return 1
