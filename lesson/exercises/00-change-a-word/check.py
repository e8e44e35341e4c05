"""Whom does it greet?"""

from __future__ import annotations

from lesson.machinery.exercises.checks import Work, expect


def test_it_greets_somebody(work: Work) -> None:
    who = work.load("my_word.py").WHO
    is_name = isinstance(who, str) and who.strip() not in ("", "nobody")
    expect(
        is_name,
        called="WHO",
        got=who,
        expected="a name of your choice, in quotes",
        because="the check reads your file each time it is saved, and greets whom it finds there",
    )
    work.say(f"Hello, {who.strip()}!")
