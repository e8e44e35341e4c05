"""What the terminal shows: an exercise, a verdict, the list, a solution. It prints nothing."""

from __future__ import annotations

import os
import sys
import textwrap

from lesson.machinery.exercises.exercise import Exercise
from lesson.machinery.exercises.texts import changed_lines
from lesson.machinery.exercises.verdict import Verdict

WIDTH = 80
PROMPT = "n next   h hint   l list   r reset   s solution   q quit"
KEYS = "0123456789abcdefgijkmop"  # for the list: one key each, none of them a command's
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
    """Fill the paragraphs of a Markdown text; code and lists stay as they are."""
    blocks = markdown.strip().split("\n\n")
    return "\n\n".join(block if is_fixed(block) else filled(block) for block in blocks)


def is_fixed(block: str) -> bool:
    """Return whether a block's lines mean something."""
    return block.startswith(("    ", "```", "- ", "* ", "1.", "|", "#")) or "```" in block


def filled(block: str) -> str:
    """Fill one paragraph."""
    return textwrap.fill(
        " ".join(block.split()), WIDTH, break_long_words=False, break_on_hyphens=False
    )


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
        lines += [paint(f"{exercise.name} does not pass yet.", RED), "", told.message]
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
