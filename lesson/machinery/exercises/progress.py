"""What a student has done, in a plain text file that may be edited, damaged or lost.

One line each: `done NAME`, `now NAME`, `check NAME HASH`, `class WORD`. A line that makes no sense
is left as it is and otherwise ignored, so the worst is that an exercise is to be done again.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Collection
from pathlib import Path

FILE = "progress.txt"
WORD = re.compile(r"[a-z0-9]{8,32}")
HEAD = "# What you have done in Are We There Yet?, a line each. Damaged lines do no harm.\n"


class Progress:
    """The file. Every question reads it anew, and every answer is written at once."""

    def __init__(self, folder: Path, names: Collection[str]) -> None:
        self._path = folder / FILE
        self._names = names

    def done(self) -> set[str]:
        """Return which exercises have passed."""
        return {words[1] for words in self._facts("done", 2)}

    def now(self) -> str | None:
        """Return the exercise that is being worked on: the one noted, or the first not done."""
        noted = [words[1] for words in self._facts("now", 2)]
        done = self.done()
        return (
            noted[-1] if noted else next((name for name in self._names if name not in done), None)
        )

    def checked_with(self, name: str) -> str | None:
        """Return the hash of the check file that this exercise was begun with."""
        found = [words[2] for words in self._facts("check", 3) if words[1] == name]
        return found[-1] if found else None

    def pass_(self, name: str) -> None:
        """Note that an exercise has passed."""
        if name not in self.done():
            self._write(f"done {name}")

    def go_to(self, name: str) -> None:
        """Note which exercise is being worked on."""
        self._write(f"now {name}", instead_of="now ")

    def begin(self, name: str, check: str) -> None:
        """Note with which check file an exercise was begun."""
        self._write(f"check {name} {check}", instead_of=f"check {name} ")

    def word(self) -> str:
        """Return a random word by which a class knows that verdicts are of one student."""
        noted = [line.split()[1:] for line in self._lines() if line.startswith("class ")]
        found = [words[0] for words in noted if len(words) == 1 and WORD.fullmatch(words[0])]
        word = found[-1] if found else secrets.token_hex(6)
        if not found:
            self._write(f"class {word}", instead_of="class ")
        return word

    def _lines(self) -> list[str]:
        try:
            return self._path.read_bytes().decode("utf-8", "replace").splitlines()
        except OSError:
            return []

    def _facts(self, kind: str, length: int) -> list[list[str]]:
        split = [line.split() for line in self._lines()]
        return [
            words
            for words in split
            if len(words) == length and words[0] == kind and words[1] in self._names
        ]

    def _write(self, line: str, instead_of: str | None = None) -> None:
        lines = self._lines() or [HEAD.strip()]
        kept = [old for old in lines if not (instead_of and old.startswith(instead_of))]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_name(f".{FILE}.{os.getpid()}")
        fresh.write_text("\n".join([*kept, line]) + "\n", encoding="utf-8")
        os.replace(fresh, self._path)
