"""What the terminal shows: an exercise, a verdict, the list, a solution. It prints nothing."""

from __future__ import annotations

import os
import re
import shutil
import sys
import textwrap

from lesson.machinery.exercises.exercise import Exercise
from lesson.machinery.exercises.texts import changed_lines
from lesson.machinery.exercises.verdict import Verdict

WIDTH = 80
PROMPT = "n next   h hint   l list   r reset   s solution   q quit"
KEYS = "0123456789abcdefgijkmop"  # for the list: one key each, none of them a command's
MARK = re.compile(r"[-*] |\d+\. ")  # of an item in a list
LINES = re.compile(r"\n(?=[-*] |\d+\. )")
FENCED = re.compile(r"^```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FACTS = ("called  ", "got  ", "expected  ", "because  ")
GREEN, RED, BOLD, QUIET = "32", "31", "1", "2"


def paint(text: str, colour: str) -> str:
    """Colour a text, where there is a terminal that nobody has asked to be plain."""
    plain = "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb" or os.name == "nt"
    return text if plain or not sys.stdout.isatty() else f"\033[{colour}m{text}\033[0m"


def introduction(exercise: Exercise, folder: str) -> str:
    """Return an exercise's beginning: its name, its task, where its files are."""
    head = f"{exercise.name[:2]}  {exercise.title}  ({exercise.minutes:g} min, {exercise.level})"
    files = "\n".join(f"  {folder}/{file}" for file in exercise.files)
    return f"\n{paint(head, BOLD)}\n\n{wrapped(exercise.task)}\n\nYour files:\n{files}\n"


def wrapped(markdown: str) -> str:
    """Fill the paragraphs and lists of a Markdown text; code stays as it is, four spaces in."""
    parts = FENCED.split(markdown)  # every other one is code
    shown = [
        textwrap.indent(part.rstrip(), "    ") if number % 2 else prose(part)
        for number, part in enumerate(parts)
    ]
    return "\n\n".join(part for part in shown if part)


def prose(markdown: str) -> str:
    """Fill paragraphs and lists; what is four spaces in already is code."""
    blocks = markdown.strip("\n").split("\n\n")
    return "\n\n".join(
        block
        if block.startswith(("    ", "|", "#"))
        else "\n".join(map(filled, LINES.split(block)))
        for block in blocks
    )


def filled(text: str) -> str:
    """Fill one paragraph, or one item of a list."""
    mark = MARK.match(text)
    return hanging(" ".join(text.split()), len(mark[0]) if mark else 0, WIDTH)


def hanging(text: str, indent: int, width: int) -> str:
    """Break a line, its further lines so far in."""
    return textwrap.fill(
        text,
        width,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def facts(message: str) -> str:
    """Let a failure's lines wrap below their own words, where there is a terminal to fit into."""
    if not sys.stdout.isatty():
        return message
    width = shutil.get_terminal_size().columns
    return "\n".join(
        hanging(line, 10, width) if line.startswith(FACTS) else line
        for line in message.splitlines()
    )


def hint(number: int, hints: tuple[str, ...]) -> str:
    """Return one of an exercise's hints."""
    return filled(f"Hint {number} of {len(hints)}: {hints[number - 1]}")


def verdict(exercise: Exercise, told: Verdict) -> str:
    """Return what came of a check: the first failure or the pass, and what the code printed."""
    lines = [paint(f"  {line}", QUIET) for line in told.printed.rstrip().splitlines()[-20:]]
    if lines:
        lines.insert(0, "Your code printed:")
    lines += told.said
    if told.passed:
        lines.append(paint(f"{exercise.name} passes. It {lower(exercise.goal)}", GREEN))
        lines.append("n goes on; s shows a solution to compare with.")
    else:
        lines += [paint(f"{exercise.name} does not pass yet.", RED), "", facts(told.message)]
    return "\n".join(lines)


def lower(text: str) -> str:
    """Return a sentence as the rest of another one."""
    return text[:1].lower() + text[1:]


def listing(exercises: dict[str, Exercise], done: set[str], now: str | None) -> str:
    """Return the list: a key for each exercise, what is done, where one is."""
    lines = [""]
    for key, (name, exercise) in zip(KEYS, exercises.items(), strict=False):
        mark = "done" if name in done else ""
        here = ">" if name == now else " "
        level = "" if exercise.level == "core" else f" ({exercise.level})"
        lines.append(f"{here} {key}  {mark:<5} {name[:2]} {exercise.title}{level}")
    return "\n".join([*lines, "", "Press the key of the one to go to; any other key stays here."])


def chosen(exercises: dict[str, Exercise], key: str) -> str | None:
    """Return the exercise that a key of the list stands for."""
    return dict(zip(KEYS, exercises, strict=False)).get(key)


def solution(exercise: Exercise) -> str:
    """Return a solution, the lines that differ from the starter marked."""
    starter, texts = exercise.starter(), []
    for file, text in exercise.solution().items():
        changed = changed_lines(starter[file], text)
        lines = [
            f"{'>' if number in changed else ' '} {number:>3}  {line}"
            for number, line in enumerate(text.splitlines(), 1)
        ]
        texts.append("\n".join([paint(file, BOLD), *lines]))
    marked = "Lines marked > are new. Yours may look different, and be as good."
    return "\n\n".join([*texts, marked])
