"""What a check uses: it calls the student's code, says what it got, what it expected, and why.

    def test_the_route_answers(work: Work) -> None:
        app = work.load("route.py").app
        got = app.test_client().get("/sales").json
        expect(got == [], called="GET /sales", got=got, expected=[], because="nothing was sold yet")

Left out: pytest's own words. A student sees one message, and it is always of this form.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from lesson.machinery.exercises.my_work import files_in
from lesson.machinery.exercises.ports import free_port

Result = TypeVar("Result")

LONGEST = 200  # characters of a value that are shown
SECONDS = 8.0  # for a whole check, where the machine has nothing else to do
STARTING = 0.6  # of them, at most, until a program listens


class Failed(AssertionError):
    """What was called, what came of it, what should have, and why."""

    def __init__(self, called: str, got: object, expected: object, because: str) -> None:
        self.facts = {
            "called": called,
            "got": shown(got),
            "expected": shown(expected),
            "because": because,
        }
        super().__init__(message(self.facts))


class TooLate(Exception):
    """Something was not done in the time that it had."""


def message(facts: dict[str, str]) -> str:
    """Write a failure's four lines."""
    return "\n".join(f"{name:<10}{text}" for name, text in facts.items())


def shown(value: object) -> str:
    """Return a value as a student may read it: a text as it is, all else as Python does."""
    text = value if isinstance(value, str) and value else repr(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def expect(ok: object, *, called: str, got: object, expected: object, because: str) -> None:
    """Go on if `ok`.

    :raises Failed: if not.
    """
    if not ok:
        raise Failed(called, got, expected, because)


def within(seconds: float, function: Callable[..., Result], *args: Any) -> Result:
    """Return what the function returns, if it does so in time. What it raises comes through.

    :raises TooLate: if it does not; it goes on in a thread of its own.
    """
    done: list[Result] = []
    raised: list[BaseException] = []
    thread = threading.Thread(target=_keep, args=(function, args, done, raised), daemon=True)
    thread.start()
    thread.join(seconds)
    if raised:
        raise raised[0]
    if not done:
        raise TooLate(f"{getattr(function, '__name__', 'it')} had not ended after {seconds:g} s")
    return done[0]


def together(n: int, function: Callable[[int], Result]) -> list[Result]:
    """Call `function(0)` to `function(n - 1)` at the same moment; return the results in order."""
    gate = threading.Barrier(n)
    done: list[list[Result]] = [[] for _ in range(n)]
    raised: list[BaseException] = []

    def one(number: int) -> Result:
        gate.wait()
        return function(number)

    threads = [
        threading.Thread(target=_keep, args=(one, (number,), done[number], raised), daemon=True)
        for number in range(n)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if raised:
        raise raised[0]
    return [result[0] for result in done]


def _keep(
    function: Callable[..., Result],
    args: tuple[Any, ...],
    done: list[Result],
    raised: list[BaseException],
) -> None:
    try:
        done.append(function(*args))
    except BaseException as error:  # it is raised again where it was asked for
        raised.append(error)


class StudentModule:
    """A student's module: what is missing in it is said in a student's words."""

    def __init__(self, module: ModuleType, file: str) -> None:
        self._module, self._file = module, file

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if not hasattr(self._module, name):
            there = [own for own in vars(self._module) if not own.startswith("_")]
            raise Failed(
                f"`{name}` of {self._file}",
                f"no such name; there are {', '.join(there) or 'none'}",
                f"something that is called `{name}`",
                "others use it by this name",
            )
        return getattr(self._module, name)


class Work:
    """The student's folder.

    :param seconds: how long the whole check may take.
    """

    def __init__(self, path: Path, files: tuple[str, ...], seconds: float = SECONDS) -> None:
        self.path = path
        self.seconds = seconds
        self.said: list[str] = []
        self._files = files
        self._programs: list[Program] = []
        self._number = 0

    def load(self, file: str) -> Any:
        """Return a module of the student's, imported anew. What it raises comes through."""
        self._look_for(file)
        self._forget()
        self._number += 1
        name = Path(file).stem
        spec = importlib.util.spec_from_file_location(name, self.path / file)
        assert spec and spec.loader
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        return StudentModule(module, file)

    def text(self, file: str) -> str:
        """Return a file's text, with plain line ends."""
        self._look_for(file)
        return (self.path / file).read_text(encoding="utf-8")

    def start(self, file: str, **environment: str) -> Program:
        """Run a file as the student does, and return when it listens on its port.

        :raises Failed: if it ends before, or does not listen in time.
        """
        self._look_for(file)
        program = Program(self.path, file, environment)
        self._programs.append(program)
        program.wait_until_it_listens(STARTING * self.seconds)
        return program

    def say(self, text: str) -> None:
        """Show a line with the verdict, whatever it is."""
        self.said.append(text)

    def close(self) -> None:
        """End what was started."""
        for program in self._programs:
            program.end()
        self._forget()

    def _look_for(self, file: str) -> None:
        if not (self.path / file).is_file():
            there = ", ".join(path.name for path in files_in(self.path))
            raise Failed(
                f"the file {file}",
                f"it is not there; there is {there or 'nothing'}",
                f"{self.path.name}/{file}",
                "the check reads it by this name; was it renamed? `r` brings the starter back",
            )

    def _forget(self) -> None:
        """Let no module of the student's stay from the test before."""
        for file in self._files:
            sys.modules.pop(Path(file).stem, None)


class Program:
    """A student's program, in a process of its own."""

    def __init__(self, folder: Path, file: str, environment: dict[str, str]) -> None:
        self.file = file
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._lines: list[str] = []
        own = {"PORT": str(self.port), "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"}
        self._process = subprocess.Popen(
            [sys.executable, file],
            cwd=folder,
            env=_outside(os.environ) | own | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def output(self) -> str:
        """Return what it has printed so far."""
        return "".join(self._lines)

    def wait_until_it_listens(self, seconds: float) -> None:
        """Return once it answers on its port.

        :raises Failed: if it does not.
        """
        deadline = time.monotonic() + seconds
        while not self._answers():
            if self._process.poll() is not None:
                self._reader.join(1)
                raise self._failed(f"it ended: {self._last_words()}")
            if time.monotonic() > deadline:
                raise self._failed(f"after {seconds:.0f} s nobody listens on port {self.port}")
            time.sleep(0.02)

    def end(self) -> None:
        """End it."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._reader.join(1)
        if self._process.stdout:
            self._process.stdout.close()

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self._lines.append(line)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/socket.io/?look", timeout=1):
                return True
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False

    def _last_words(self) -> str:
        lines = [line for line in self.output().splitlines() if line.strip()]
        return lines[-1].strip() if lines else "without a word"

    def _failed(self, got: str) -> Failed:
        return Failed(
            f"PORT={self.port} python {self.file}",
            got,
            "a server that listens on that port, and goes on",
            "the last line must run the server: nobody can connect before",
        )


def _outside(environ: os._Environ[str]) -> dict[str, str]:
    """Return an environment in which the student's program does not see this project."""
    return {name: value for name, value in environ.items() if name != "PYTHONPATH"}
