"""Checks one Python exercise, in a process of its own.

    python -m lesson.machinery.exercises.checker EXERCISE WORK-FOLDER RESULT-FILE LIMIT BEGAN

pytest does the checking; what it says is thrown away but for the first failure, which is written to
the result as JSON. Where the student's code stands when its time is nearly over, faulthandler
writes to RESULT-FILE.stuck. Whoever started this, at BEGAN on the wall clock, ends it after LIMIT
seconds. Where the machine is so busy that already the start took long, all may take as much longer:
RESULT-FILE.limit says how many seconds from then on.
"""

from __future__ import annotations

import faulthandler
import json
import os
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

from lesson.machinery.exercises.checks import Failed, Work, message, shown
from lesson.machinery.exercises.exercise import read_one

STARTS_WITHIN = 1.0  # seconds in which a machine with nothing else to do gets here
SLOWEST = 5.0  # times as long as that; nobody waits for more
BEFORE = 1.0  # seconds before the end, the place where the code stands is written down


class Recorder:
    """The pytest plugin: gives the checks their `work`, and keeps the first failure."""

    def __init__(self, path: Path, files: tuple[str, ...], seconds: float) -> None:
        self.path, self.files, self.seconds = path, files, seconds
        self.failure: str | None = None
        self.said: list[str] = []
        self.printed = ""
        self.passed = 0

    @pytest.fixture
    def work(self) -> Iterator[Work]:
        """Hand over the student's folder."""
        work = Work(self.path, self.files, self.seconds)
        sys.path.insert(0, str(self.path))
        try:
            yield work
        finally:
            sys.path.remove(str(self.path))
            self.said += work.said
            work.close()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
        """Keep the first failure, and what the student's code printed."""
        report = yield
        if call.excinfo is not None and self.failure is None:
            self.failure = explain(call.excinfo.value, self.path)
        if call.when == "call":
            self.passed += report.passed
            self.printed += report.capstdout
        return report

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep that a check cannot even be read, which is not the student's fault."""
        if report.failed and self.failure is None:
            self.failure = f"The check itself is broken:\n{report.longreprtext[-1000:]}"

    def result(self) -> dict[str, Any]:
        """Return what the parent is told."""
        return {
            "passed": self.failure is None and self.passed > 0,
            "message": self.failure or ("" if self.passed else "The check has checked nothing."),
            "said": self.said,
            "printed": self.printed,
        }


def explain(error: BaseException, folder: Path) -> str:
    """Return a failure's message: its own, or the one for what a student's code raised."""
    if isinstance(error, Failed):
        return str(error)
    if is_no_text(error, folder):
        return NO_TEXT
    if isinstance(error, SyntaxError) and is_of_student(error, folder):
        return of_syntax(error, Path(error.filename or "your file").name)
    place = last_place(error.__traceback__, folder)
    if place is None:
        lines = traceback.format_exception(error)
        return (
            f"The check itself stumbled, where your code is not at fault:\n{''.join(lines)[-800:]}"
        )
    file, line, code = place
    facts = {
        "called": f"{file}, line {line}: {code}",
        "got": shown(f"{type(error).__name__}: {error}".rstrip(": ")),
        "expected": "no error",
        "because": REASONS.get(type(error), "Python stops at an error that nobody catches"),
    }
    return message(facts)


def is_no_text(error: BaseException, folder: Path) -> bool:
    """Return whether a file is not what Python reads: UTF-16, for instance, is full of nulls."""
    if isinstance(error, UnicodeDecodeError):
        return last_place(error.__traceback__, folder) is None
    return isinstance(error, SyntaxError) and any(sign in str(error) for sign in NO_TEXT_SIGNS)


REASONS: dict[type[BaseException], str] = {
    AttributeError: "what stands before the dot has nothing of that name",
    TypeError: "what is handed over here is of another kind than is wanted, or more or less of it",
    ValueError: "what is handed over here is of the right kind, but says nothing that can be used",
    KeyError: "what is asked for by name must be there; .get(…) is None where it is not",
    NameError: "a name must be defined, or imported, before it is used",
    ModuleNotFoundError: "only what is installed, or lies in this folder, can be imported",
    NotImplementedError: "here is still something to write: look for TODO",
    SystemExit: "the program ended itself, and with it everything that was to come",
}


NO_TEXT_SIGNS = ("null bytes", "(unicode error) 'utf-8'")
NO_TEXT = message(
    {
        "called": "your files",
        "got": "one is not UTF-8 text: it has null bytes, or letters in another encoding",
        "expected": "plain text, saved as UTF-8",
        "because": "some editors save as UTF-16 or as something of their own unless told otherwise",
    }
)


def of_syntax(error: SyntaxError, file: str) -> str:
    """Return the message for a file that Python cannot read."""
    facts = {
        "called": f"{file}, line {error.lineno}: {(error.text or '').strip()}",
        "got": f"{type(error).__name__}: {error.msg}",
        "expected": "a file that Python can read",
        "because": "it reads the whole file before it runs any of it; look at the line before, too",
    }
    return message(facts)


def last_place(trace: TracebackType | None, folder: Path) -> tuple[str, int | None, str] | None:
    """Return where in the student's own files an error came from: file, line, the line's text."""
    frames = [f for f in traceback.extract_tb(trace) if within_folder(f.filename, folder)]
    if not frames:
        return None
    return Path(frames[-1].filename).name, frames[-1].lineno, frames[-1].line or ""


def is_of_student(error: SyntaxError, folder: Path) -> bool:
    """Return whether a student's file cannot be read; one without a name can be no other."""
    return error.filename is None or within_folder(error.filename, folder)


def within_folder(file: str | None, folder: Path) -> bool:
    """Return whether a file lies in the student's folder."""
    return file is not None and Path(file).resolve().is_relative_to(folder.resolve())


def slowness_since(began: float) -> float:
    """Return how many times as long this machine needs as a quiet one, judged by the start."""
    return min(max(1.0, (time.time() - began) / STARTS_WITHIN), SLOWEST)


def main(exercise: str, work: str, result: str, limit: str, began: str) -> None:
    """Check, and write the result. Ends the process: a student's threads are not waited for."""
    told = read_one(Path(exercise))
    seconds = float(limit) * slowness_since(float(began))
    Path(f"{result}.limit").write_text(f"{seconds:.1f}", encoding="ascii")
    with open(f"{result}.stuck", "w", encoding="utf-8") as stuck:
        faulthandler.dump_traceback_later(seconds - BEFORE, file=stuck)
        recorder = Recorder(Path(work), told.files, seconds)
        ini = Path(__file__).with_name("checks.ini")
        options = ["-c", str(ini), f"--rootdir={told.folder}", "-x", "-q", "-p", "no:cacheprovider"]
        pytest.main([*options, str(told.check)], plugins=[recorder])
        faulthandler.cancel_dump_traceback_later()
    Path(result).write_text(json.dumps(recorder.result()), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
    sys.stdout.flush()
    os._exit(0)
