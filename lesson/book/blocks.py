"""The blocks between `::: name words key=value` and `:::`. Each is read into a part of the step.

A block says what it takes; anything else is a fault with its line.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markdown_it.token import Token
from markupsafe import Markup

from lesson.book import code
from lesson.book.markdown import Reading, Writer
from lesson.book.parts import (
    TECHNIQUES,
    Answer,
    Aside,
    Demo,
    Part,
    Predict,
    Question,
    Quote,
    Remark,
    Task,
    Widget,
)
from lesson.book.problems import FaultError

SCENES = ("late", "for-nothing", "rush")
SHOWS = ("timeline", "bytes", "inspector", "faults", "scenes", "sale", "wide", "brief")
FIGURES = (
    *("requests", "empty", "events", "delay", "delay-median", "delay-p95", "age", "missed"),
    *("doubled", "bytes-up", "bytes-down", "bytes-head", "bytes-body"),
)
EXERCISES = code.ROOT / "lesson" / "exercises"
TEMPLATES = code.ROOT / "lesson" / "templates" / "parts" / "widgets"
UNITS = {"ms": 1.0, "s": 1000.0, "B": 1.0, "kB": 1000.0, "": 1.0}
ID = re.compile(r"[a-z][a-z0-9-]{0,39}")


@dataclass
class Block:
    """A block as it was written, and what is needed to read it."""

    name: str
    words: list[str]
    values: dict[str, str]
    tokens: list[Token]
    line: int
    step: str
    writer: Writer
    reading: Reading

    def fault(self, text: str) -> FaultError:
        """Return the fault that this block has."""
        return FaultError(self.line, f"{self.name}: {text}")

    def html(self, tokens: Sequence[Token] | None = None) -> Markup:
        """Return what stands in the block as HTML."""
        return self.writer.html(self.tokens if tokens is None else tokens, self.reading)

    def allow(self, words: tuple[int, int], *keys: str) -> None:
        """Refuse more or fewer words, and other keys."""
        least, most = words
        if not least <= len(self.words) <= most:
            takes = f"{least}" if least == most else f"{least} to {most}"
            raise self.fault(f"it takes {takes} words, not {len(self.words)}: {self.words}")
        for key in self.values.keys() - set(keys):
            raise self.fault(f"it has no {key}=; it has {', '.join(keys) or 'none'}")

    def one_of(self, key: str, allowed: Sequence[str]) -> str:
        """Return a value that must be one of a few."""
        value = self.values[key]
        if value not in allowed:
            raise self.fault(f"{key} is {value!r}; allowed are {', '.join(allowed)}")
        return value

    def number(self, key: str, least: float, most: float) -> float:
        """Return a value that must be a number between two others."""
        try:
            value = float(self.values[key])
        except ValueError:
            value = float("nan")
        if not least <= value <= most:
            raise self.fault(f"{key} is {self.values[key]!r}; allowed is {least:g} to {most:g}")
        return value

    def id(self, given: str) -> str:
        """Return an id that may stand in an address."""
        if not ID.fullmatch(given):
            raise self.fault(f"the id {given!r} is not small letters, digits and hyphens")
        return given


def read_block(
    info: str, tokens: list[Token], line: int, step: str, writer: Writer, reading: Reading
) -> Part | Markup:
    """Read a block. A note comes back as bare HTML: it is no part of a student's page.

    :raises FaultError: if it is not as it must be.
    """
    try:
        name, *given = shlex.split(info)
    except ValueError as error:
        raise FaultError(line, f"a block opens with a name and words: {error}") from None
    if name not in BLOCKS:
        raise FaultError(line, f"there is no block {name!r}; there is {', '.join(BLOCKS)}")
    words = [word for word in given if "=" not in word]
    values = dict(word.split("=", 1) for word in given if "=" in word)
    block = Block(name, words, values, tokens, line, step, writer, reading)
    return BLOCKS[name](block)


# What each block is


def read_demo(block: Block) -> Demo:
    """`::: demo short-poll timeline scene=late interval=5`, and a caption."""
    block.allow((1, 9), "id", "scene", "rate", "interval", "hold", "channel")
    for word in block.words:
        if word not in TECHNIQUES and word not in SHOWS:
            raise block.fault(f"{word!r} is none of {', '.join((*TECHNIQUES, *SHOWS))}")
    columns = tuple(word for word in block.words if word in TECHNIQUES)
    if not columns:
        raise block.fault(f"it has no column; there are {', '.join(TECHNIQUES)}")
    return Demo(
        id=block.id(block.values.get("id", block.step)),
        columns=columns,
        shows=frozenset(word for word in block.words if word in SHOWS),
        start=read_start(block),
        caption=block.html(),
    )


def read_start(block: Block) -> dict[str, Any]:
    """Return the start values that a block names."""
    start: dict[str, Any] = {}
    if "scene" in block.values:
        start["scene"] = block.one_of("scene", SCENES)
    if "channel" in block.values:
        start["channel"] = block.one_of("channel", ("sales", "chat"))
    bounds = {"rate": (0.1, 50), "interval": (0.2, 10), "hold": (0, 55)}
    for key in bounds.keys() & block.values.keys():
        start[key] = block.number(key, *bounds[key])
    return start


def read_quote(block: Block) -> Quote:
    """`::: quote FILE REGION`, and a list of remarks, each naming its lines by code in them."""
    block.allow((2, 2))
    file, region = block.words
    try:
        lines = code.quote(file, region)
        numbered = dict(code.cut(code.read(file), file, region))
    except code.CodeError as error:
        raise block.fault(str(error)) from None
    intro, items, after = split_list(block)
    if after:
        raise block.fault("nothing stands after its list of remarks")
    remarks = tuple(read_remark(block, item, numbered) for item in items)
    return Quote(file, region, lines, remarks, block.html(intro))


def read_run(block: Block) -> Quote:
    """`::: run FILE REGION`: a quotation with a button that runs its module on the page."""
    quote = read_quote(block)
    if not quote.file.startswith("static/js/"):
        raise block.fault(f"a page can run what is in static/js/, not {quote.file}")
    return Quote(
        quote.file,
        quote.region,
        quote.lines,
        quote.remarks,
        quote.intro,
        runs=quote.file.removeprefix("static/"),
        kind="run",
    )


def read_remark(block: Block, item: list[Token], numbered: Mapping[int, str]) -> Remark:
    """Read a remark: its first piece of code names the lines; `a` … `b` the lines from a to b."""
    children = inline_of(item).children or []
    spans = [child.content for child in children if child.type == "code_inline"]
    if not spans:
        raise FaultError(line_of(item[0]), "a remark begins with the code that it speaks of")
    lines = lines_with(block, item, spans[0], numbered)
    if is_span(children):
        last = [n for n in lines_with(block, item, spans[1], numbered) if n >= lines[0]]
        lines = [n for n in numbered if lines[0] <= n <= (last or lines)[0]]
    return Remark(block.html(strip_paragraph(item)), tuple(lines))


def is_span(children: Sequence[Token]) -> bool:
    """Return whether a remark begins with `a` … `b`."""
    types = [child.type for child in children[:3]]
    dots = len(children) > 2 and children[1].content.strip() in ("…", "...")
    return dots and types == ["code_inline", "text", "code_inline"]


def lines_with(
    block: Block, item: list[Token], text: str, numbered: Mapping[int, str]
) -> list[int]:
    """Return the numbers of the lines in which a piece of code stands."""
    found = [number for number, line in numbered.items() if text in line]
    if not found:
        what = f"{block.name}: {text!r} is not in {' '.join(block.words)}"
        raise FaultError(line_of(item[0]), what)
    return found


def read_predict(block: Block) -> Predict:
    """`::: predict ID figure=… after=…`: the question, a list of answers, and what to say after.

    Where there is no list a number is guessed, and the question is the first paragraph.
    """
    keys = ("technique", "figure", "per", "which", "after", "events", "unit")
    block.allow((1, 1), *keys, "scene", "rate", "interval", "hold", "most")
    measure = read_measure(block)
    question, items, reveal = split_list(block)
    if not items:
        question, reveal = question[:3], question[3:]
    if not question:
        raise block.fault("it asks nothing: a paragraph comes first")
    block.reading.guesses = True
    try:
        answers = tuple(read_answer(block, item, measure) for item in items)
    finally:
        block.reading.guesses = False
    if len(answers) == 1:
        raise block.fault("one answer is none: give two, or no list to have a number guessed")
    return Predict(
        block.id(block.words[0]), block.html(question), answers, measure, block.html(reveal)
    )


def read_measure(block: Block) -> dict[str, Any]:
    """Return what a prediction measures, in which column, and for how long."""
    if "figure" not in block.values or not {"after", "events"} & block.values.keys():
        raise block.fault("it needs figure= and after= (seconds) or events= (so many)")
    figures = block.values["figure"].split("+")
    for figure in [*figures, block.values.get("per", "events")]:
        if figure not in FIGURES:
            raise block.fault(f"there is no figure {figure!r}; there are {', '.join(FIGURES)}")
    measure: dict[str, Any] = {"figure": figures, "start": read_start(block)}
    if "technique" in block.values:
        measure["technique"] = block.one_of("technique", tuple(TECHNIQUES))
    if "which" in block.values:
        measure["which"] = block.one_of("which", ("most", "least"))
    if "unit" in block.values:
        measure["unit"] = block.one_of("unit", tuple(UNITS))
    if "per" in block.values:
        measure["per"] = block.values["per"]
    for key, most in (("after", 120), ("events", 1000), ("most", 1_000_000)):
        if key in block.values:
            measure[key] = block.number(key, 1, most)
    return measure


def read_answer(block: Block, item: list[Token], measure: Mapping[str, Any]) -> Answer:
    """Read `[from..to] text` or, where the question is which technique, `[technique] text`."""
    content, line = inline_of(item).content, line_of(item[0])
    match = re.match(r"\[([^\]]*)\]\s*", content)
    if not match:
        raise FaultError(line, "predict: an answer begins with [from..to], or with [technique]")
    html = block.writer.line(content[match.end() :], line, block.reading)
    if "which" in measure:
        if match[1] not in TECHNIQUES:
            raise FaultError(line, f"predict: {match[1]!r} is no technique")
        return Answer(html, match[1])
    ends = re.fullmatch(r"([\d.]*?)\.\.([\d.]*)", match[1])
    if not ends:
        raise FaultError(line, f"predict: {match[1]!r} is not from..to")
    least, most = (float(end) if end else None for end in ends.groups())
    return Answer(html, match[1], least, most)


def read_aside(block: Block) -> Aside:
    """`::: hint Title` or `::: try`, the latter perhaps with `sale`, which says what it needs."""
    block.allow((0, 30))
    if not block.tokens:
        raise block.fault("there is nothing in it")
    if block.name == "hint":
        return Aside("hint", block.html(), " ".join(block.words) or "A hint")
    if block.words not in ([], ["sale"]):
        raise block.fault(f"it takes `sale` or nothing, not {block.words}")
    return Aside("try", block.html(), needs_sale=bool(block.words))


def read_note(block: Block) -> Markup:
    """`::: note`: for whoever teaches; never sent to students."""
    block.allow((0, 0))
    return block.html()


def read_question(block: Block) -> Question:
    """`::: question OBJECTIVE before` or `after`: the objective's own question."""
    block.allow((2, 2))
    objective, when = block.words
    if objective not in block.reading.library.objectives:
        raise block.fault(f"objectives.yaml has no {objective!r}")
    if when not in ("before", "after"):
        raise block.fault(f"it is asked before or after, not {when!r}")
    return Question(objective, when)


def read_widget(block: Block) -> Widget:
    """`::: widget race key=value`: something of its own; the keys are the widget's."""
    if len(block.words) != 1:
        raise block.fault(f"it takes its name, and key=value, not {block.words}")
    name = block.words[0]
    known = sorted(path.stem for path in TEMPLATES.glob("*.html"))
    if name not in known:
        raise block.fault(f"there is no widget {name!r}; there is {', '.join(known)}")
    return Widget(name, f"{name}-{block.step}", block.values, block.html())


def read_exercise(block: Block) -> Task:
    """`::: exercise NAME`, and nothing in it."""
    block.allow((1, 1))
    name = block.words[0]
    if block.tokens:
        raise block.fault("nothing stands in it: its text is in lesson/exercises")
    if not (EXERCISES / name / "exercise.yaml").is_file():
        raise block.fault(f"there is no exercise {name!r} in lesson/exercises")
    return Task(name)


BLOCKS: dict[str, Callable[[Block], Part | Markup]] = {
    "demo": read_demo,
    "quote": read_quote,
    "run": read_run,
    "predict": read_predict,
    "hint": read_aside,
    "try": read_aside,
    "note": read_note,
    "question": read_question,
    "exercise": read_exercise,
    "widget": read_widget,
}


# Tokens in blocks


def line_of(token: Token) -> int:
    """Return the line of the file in which a token begins."""
    return token.map[0] + 1 if token.map else 1


def inline_of(item: list[Token]) -> Token:
    """Return the first run of text in an item; an empty one where it has none."""
    return next((token for token in item if token.type == "inline"), Token("inline", "", 0))


def split_list(block: Block) -> tuple[list[Token], list[list[Token]], list[Token]]:
    """Return what stands before a block's first list, the list's items, and what stands after."""
    tokens = block.tokens
    start = next((i for i, t in enumerate(tokens) if t.type == "bullet_list_open"), None)
    if start is None:
        return tokens, [], []
    end = next(
        i
        for i in range(start, len(tokens))
        if tokens[i].type == "bullet_list_close" and tokens[i].level == tokens[start].level
    )
    return tokens[:start], split_items(tokens[start + 1 : end]), tokens[end + 1 :]


def split_items(tokens: list[Token]) -> list[list[Token]]:
    """Return the tokens of each item of a list."""
    items: list[list[Token]] = []
    level = tokens[0].level
    for token in tokens:
        if token.type == "list_item_open" and token.level == level:
            items.append([])
        elif not (token.type == "list_item_close" and token.level == level):
            items[-1].append(token)
    return items


def strip_paragraph(item: list[Token]) -> list[Token]:
    """Return an item that is one paragraph without it."""
    if len(item) == 3 and item[0].type == "paragraph_open":
        return item[1:2]
    return item
