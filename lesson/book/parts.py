"""What a chapter is made of. Plain data: parts.html says how each looks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

TECHNIQUES = {
    "short-poll": "Short polling",
    "long-poll": "Long polling",
    "web-socket": "WebSocket (Socket.IO)",
}


NOTHING = Markup("")


@dataclass(frozen=True)
class Prose:
    """Text between two blocks."""

    html: Markup
    kind: str = "prose"


@dataclass(frozen=True)
class Demo:
    """A running demo. `start` are its start values; what is not in it stays as it is."""

    id: str
    columns: tuple[str, ...]
    shows: frozenset[str]
    start: dict[str, Any]
    caption: Markup
    kind: str = "demo"


@dataclass(frozen=True)
class Line:
    """One line of a quoted file."""

    number: int
    html: Markup


@dataclass(frozen=True)
class Remark:
    """What is said of some lines of a quotation; their numbers."""

    html: Markup
    lines: tuple[int, ...]

    @property
    def where(self) -> str:
        """Say in words which lines are meant, as ranges."""
        runs: list[list[int]] = []
        for number in self.lines:
            if runs and number == runs[-1][-1] + 1:
                runs[-1].append(number)
            else:
                runs.append([number])
        texts = [f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs]
        return ("line " if len(self.lines) == 1 else "lines ") + ", ".join(texts)


@dataclass(frozen=True)
class Quote:
    """Lines of a file that runs, with remarks that light some of them, one after the other."""

    file: str
    region: str
    lines: tuple[Line, ...]
    remarks: tuple[Remark, ...] = ()
    intro: Markup = NOTHING
    runs: str = ""  # the module that a button runs, below static/
    kind: str = "quote"


@dataclass(frozen=True)
class Answer:
    """One answer of a prediction or a question; `is_right` is decided by what was measured."""

    html: Markup
    key: str
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True)
class Predict:
    """A guess, and how it is measured in the demo of the same step."""

    id: str
    question: Markup
    answers: tuple[Answer, ...]  # none: a number is guessed
    measure: dict[str, Any]
    reveal: Markup
    demo: str = ""
    kind: str = "predict"


@dataclass(frozen=True)
class Aside:
    """A hint that opens, or something to try."""

    kind: str
    html: Markup
    title: str = ""
    needs_sale: bool = False


@dataclass(frozen=True)
class Question:
    """The question of an objective, asked before the lesson and after it."""

    objective: str
    when: str
    kind: str = "question"


@dataclass(frozen=True)
class Widget:
    """Something of its own, made of a template in parts/widgets and a script in js/book."""

    name: str
    id: str
    values: dict[str, str]
    html: Markup
    kind: str = "widget"


@dataclass(frozen=True)
class Task:
    """An exercise, by its name; its texts and how it stands are looked up when the page is made."""

    name: str
    kind: str = "exercise"


Part = Prose | Demo | Quote | Predict | Aside | Question | Widget | Task


@dataclass
class Step:
    """What is shown at a time: one heading and what follows it."""

    id: str
    title: Markup
    must: bool
    minutes: float
    objective: str = ""
    parts: list[Part] = field(default_factory=list)
    notes: list[Markup] = field(default_factory=list)  # for the instructor; on no student's page

    @property
    def demo(self) -> Demo | None:
        """The step's demo, if it has one."""
        return next((part for part in self.parts if isinstance(part, Demo)), None)


@dataclass(frozen=True)
class Asked:
    """A closing question, and its answer."""

    ask: Markup
    answer: Markup


@dataclass(frozen=True)
class Word:
    """A word of the glossary, and what it means in one line."""

    word: str
    html: Markup


@dataclass(frozen=True)
class Source:
    """Where a figure that is not ours comes from."""

    key: str
    text: str
    url: str


@dataclass
class Chapter:
    """One file of the book."""

    slug: str
    title: str
    order: int
    minutes: float
    question: Markup
    draft: bool = False
    objectives: list[Markup] = field(default_factory=list)
    you_need: list[Markup] = field(default_factory=list)
    out_of_scope: list[Markup] = field(default_factory=list)
    questions: list[Asked] = field(default_factory=list)
    opening: list[Prose] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)  # of the glossary, as first used
    sources: list[Source] = field(default_factory=list)
    measured: bool = False  # whether it states a figure of figures.json

    @property
    def is_core(self) -> bool:
        """Whether it is on the way of the 90 minutes; else it is to be read later."""
        return self.minutes > 0

    @property
    def url(self) -> str:
        """The address of its page."""
        return f"/lesson/{self.slug}"
