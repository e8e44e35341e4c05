"""What is wrong in the book, each with file and line, all of it at once."""

from __future__ import annotations

from typing import NamedTuple


class Problem(NamedTuple):
    """One thing that is wrong."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        """Return it as compilers do, so that an editor can jump there."""
        return f"{self.file}:{self.line}: {self.text}"


class BookError(ValueError):
    """The book cannot be built. `problems` are all that were found, in reading order."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class FaultError(ValueError):
    """One thing that is wrong at a line of the file that is being read."""

    def __init__(self, line: int, text: str) -> None:
        super().__init__(text)
        self.line = line
        self.text = text


class Desk:
    """Where one file is read: it takes down what is wrong there, and reading goes on."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []

    def complain(self, line: int, text: str) -> None:
        """Take down what is wrong."""
        self.problems.append(Problem(self.file, line, text))
