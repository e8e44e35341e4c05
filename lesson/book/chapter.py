"""Reads one chapter: front matter, then a step for each heading of the second level."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from markdown_it.token import Token
from markupsafe import Markup

from lesson.book.blocks import line_of, read_block
from lesson.book.markdown import Reading, Writer, slug
from lesson.book.parts import Asked, Chapter, Demo, Predict, Prose, Step
from lesson.book.problems import FaultError

REQUIRED = {"title": str, "order": int, "minutes": int | float, "question": str}
LISTS = ("objectives", "you need", "out of scope", "questions")
TAKEN = ("top", "main", "keys", "questions", "measured")  # ids of the chapter's page itself
ATTRIBUTES = re.compile(r"\s*\{([^{}]*)\}\s*$")


def read_chapter(path: Path, writer: Writer, reading: Reading) -> Chapter | None:
    """Read a chapter; None where not even its front matter can be read.

    What is wrong is taken down at the reading's desk.
    """
    text = path.read_text(encoding="utf-8")
    tokens = writer.parse(text)
    try:
        chapter = read_front(path.stem, tokens, writer, reading)
    except FaultError as fault:
        reading.desk.complain(fault.line, fault.text)
        return None
    Reader(chapter, text.splitlines(), writer, reading).read(tokens[1:])
    chapter.words, chapter.sources = list(reading.words.values()), list(reading.sources.values())
    chapter.measured = reading.measured
    return chapter


def read_front(name: str, tokens: list[Token], writer: Writer, reading: Reading) -> Chapter:
    """Read the front matter.

    :raises FaultError: if it is not as it must be.
    """
    if not tokens or tokens[0].type != "front_matter":
        raise FaultError(1, "a chapter begins with front matter between two lines of ---")
    try:
        front = yaml.safe_load(tokens[0].content) or {}
    except yaml.YAMLError as error:
        why = " ".join(str(error).split())
        raise FaultError(1, f"the front matter is no YAML: {why}") from None
    check_front(front)

    def line(text: str) -> Markup:
        return writer.line(text, find_line(tokens[0], text), reading)

    return Chapter(
        slug=name,
        title=front["title"],
        order=front["order"],
        minutes=front["minutes"],
        question=line(front["question"]),
        draft=front.get("draft", False) is True,
        objectives=[line(text) for text in front.get("objectives", [])],
        you_need=[line(text) for text in front.get("you need", [])],
        out_of_scope=[line(text) for text in front.get("out of scope", [])],
        questions=[Asked(line(q["ask"]), line(q["answer"])) for q in front.get("questions", [])],
    )


def check_front(front: Any) -> None:
    """Refuse front matter that lacks something, or has something unknown.

    :raises FaultError: if it does.
    """
    if not isinstance(front, dict):
        raise FaultError(1, "the front matter is no list of `name: value`")
    for key, kind in REQUIRED.items():
        if not isinstance(front.get(key), kind) or isinstance(front.get(key), bool):
            raise FaultError(1, f"the front matter needs {key}: it is {front.get(key)!r}")
    for key in front.keys() - {*REQUIRED, *LISTS, "draft"}:
        known = ", ".join((*REQUIRED, *LISTS))
        raise FaultError(1, f"the front matter has no {key!r}; it has {known}")
    for key in LISTS[:3]:
        check_list(front, key, lambda text: isinstance(text, str))
    check_list(front, "questions", lambda q: isinstance(q, dict) and q.keys() == {"ask", "answer"})


def check_list(front: dict[str, Any], key: str, is_right: Callable[[Any], bool]) -> None:
    """Refuse a list that is none, or has something else in it.

    :raises FaultError: if it has.
    """
    given = front.get(key, [])
    if not isinstance(given, list) or not all(map(is_right, given)):
        what = "`ask:` and `answer:`" if key == "questions" else "one line of text"
        raise FaultError(1, f"{key!r} in the front matter is a list, each of {what}")


def find_line(front: Token, text: str) -> int:
    """Return the line of the file in which a text of the front matter begins."""
    head = text.split("\n")[0][:20]
    for number, line in enumerate(front.content.splitlines(), 2):
        if head in line:
            return number
    return 1


class Reader:
    """Goes through a chapter's tokens and puts them into its steps."""

    def __init__(
        self, chapter: Chapter, lines: list[str], writer: Writer, reading: Reading
    ) -> None:
        self._chapter = chapter
        self._lines = lines
        self._writer = writer
        self._reading = reading
        self._prose: list[Token] = []

    def read(self, tokens: list[Token]) -> None:
        """Read all of them."""
        while tokens:
            first, inside, tokens = take_one(tokens)
            try:
                self._take(first, inside)
            except FaultError as fault:
                self._reading.desk.complain(fault.line, fault.text)
        self._end_prose()

    def _take(self, first: Token, inside: list[Token]) -> None:
        if first.type == "heading_open" and first.tag in ("h1", "h2"):
            self._end_prose()
            self._begin_step(first, inside)
        elif first.type == "container_block_open":
            self._end_prose()
            self._take_block(first, inside)
        else:
            self._prose += [first, *inside]

    def _begin_step(self, heading: Token, inside: list[Token]) -> None:
        line = line_of(heading)
        if heading.tag == "h1":
            raise FaultError(line, "the title stands in the front matter; a step begins with ##")
        match = ATTRIBUTES.search(inside[0].content)
        title = inside[0].content[: match.start()] if match else inside[0].content
        html = self._writer.line(title, line, self._reading)
        step = Step(slug(title), html, must=True, minutes=0)
        self._chapter.steps.append(step)
        self._read_attributes(step, match[1].split() if match else [], line)

    def _read_attributes(self, step: Step, words: list[str], line: int) -> None:
        for word in words:
            if word.startswith("#"):
                step.id = word[1:]
            elif word in ("must", "may-skip"):
                step.must = word == "must"
            elif re.fullmatch(r"\d+(\.5)?", word):
                step.minutes = float(word)
            elif word.startswith("for="):
                step.objective = self._objective(word.removeprefix("for="), line)
            else:
                known = "#id, must or may-skip, minutes, for=objective"
                raise FaultError(line, f"a step has no {word!r}; it has {known}")
        if step.id in TAKEN:
            raise FaultError(line, f"the page itself has a place named {step.id!r}; give an #id")
        if not {"must", "may-skip"} & set(words):
            example = "{#id must 3} or {#id may-skip 2}"
            raise FaultError(line, f"say whether one must read this step: {example}")
        if step.id in [other.id for other in self._chapter.steps[:-1]]:
            raise FaultError(line, f"there are two steps {step.id!r}; give one another #id")

    def _objective(self, key: str, line: int) -> str:
        if key not in self._reading.library.objectives:
            raise FaultError(line, f"objectives.yaml has no {key!r}")
        return key

    def _take_block(self, opening: Token, inside: list[Token]) -> None:
        line = line_of(opening)
        self._check_block(opening, inside, line)
        step = self._chapter.steps[-1]
        part = read_block(opening.info, inside[:-1], line, step.id, self._writer, self._reading)
        if isinstance(part, Markup):
            step.notes.append(part)
            return
        if isinstance(part, Demo) and step.demo:
            raise FaultError(line, "a second demo in this step; begin another with ##")
        step.parts.append(part)

    def _check_block(self, opening: Token, inside: list[Token], line: int) -> None:
        if not opening.info.strip():
            raise FaultError(line, "this ::: closes nothing")
        if not self._is_closed(opening):
            name = opening.info.strip()
            raise FaultError(line, f"the block {name!r} never ends; it ends with :::")
        for token in inside:
            if token.type == "container_block_open":
                what = "a block in a block; perhaps the one before never ends"
                raise FaultError(line_of(token), what)
        if not self._chapter.steps:
            raise FaultError(line, "a block stands in a step: the first ## comes before it")

    def _is_closed(self, opening: Token) -> bool:
        assert opening.map
        after = self._lines[opening.map[1] :][:1]
        return bool(after) and after[0].lstrip().startswith(":::")

    def _end_prose(self) -> None:
        if not self._prose:
            return
        prose = Prose(self._writer.html(self._prose, self._reading))
        self._prose = []
        if self._chapter.steps:
            self._chapter.steps[-1].parts.append(prose)
        else:
            self._chapter.opening.append(prose)


def take_one(tokens: list[Token]) -> tuple[Token, list[Token], list[Token]]:
    """Return the first thing: its opening token, all up to its closing one, and the rest."""
    first, end = tokens[0], 1
    depth: int = first.nesting
    while depth:
        depth += tokens[end].nesting
        end += 1
    return first, tokens[1:end], tokens[end:]


def predictions(chapter: Chapter) -> list[Predict]:
    """Return a chapter's predictions, in order."""
    return [part for step in chapter.steps for part in step.parts if isinstance(part, Predict)]
