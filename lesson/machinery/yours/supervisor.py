"""Keeps the student's server running: begins it anew when a file is saved, stops it when it hangs.

Nothing runs before a page asks for it. Nothing here waits for the student's code: it is looked at
from outside, four times a second.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lesson.machinery.exercises.exercise import Exercise
from lesson.machinery.exercises.my_work import MyWork
from lesson.machinery.exercises.ports import free_port

ROOT = Path(__file__).parent.parent.parent.parent
PROCESS = "lesson.machinery.yours.process"
BEGUN = "Your code begins.\n"  # what it prints first; all before that is the machine's own time
LOOK = 0.25  # seconds between two looks
PROBE = 2.0  # seconds between two questions whether it still answers
BEGINS_WITHIN = 30.0  # seconds until the student's code is reached, on a busy machine
STARTS_WITHIN = 8.0  # seconds from then on
HANGS_AFTER = 8.0  # seconds without an answer
SHOWN = 3_000  # characters of a traceback

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Supervisor:
    """One student's server at a time.

    :param lesson: the lesson's own address.
    :param told: called with the state when it has changed.
    """

    def __init__(self, work: MyWork, lesson: str, told: Callable[[dict[str, Any]], None]) -> None:
        self._work, self._lesson, self._told = work, lesson, told
        self._wanted: Exercise | None = None
        self._run: Run | None = None
        self._stamp = ""
        self._version = 0
        self._shown: dict[str, Any] = {}
        self._stopped = False

    @property
    def port(self) -> int | None:
        """Where the student's server listens; None while it does not."""
        run = self._serving()
        return run.port if run and run.state == "running" else None

    def want(self, exercise: Exercise | None) -> None:
        """Let this exercise's code run from now on; None: nobody's. Returns at once."""
        if exercise != self._wanted:
            self._wanted = exercise
            self._version += 1

    def state(self) -> dict[str, Any]:
        """Return what a page is told."""
        exercise, run = self._wanted, self._serving()
        if exercise is None:
            return {"exercise": None, "state": "none", "trouble": "", "version": self._version}
        return {
            "exercise": exercise.name,
            "kind": exercise.kind,
            "technique": exercise.yours,
            "file": exercise.files[0],
            "state": run.state if run else "starting",
            "trouble": run.trouble() if run else "",
            "version": self._version,
        }

    def run(self) -> None:
        """Look after it until `stop`. Blocks; meant for a thread of its own."""
        while not self._stopped:
            time.sleep(LOOK)
            self._look()

    def stop(self) -> None:
        """End the student's server, for good."""
        self._stopped = True
        self._end()

    def _serving(self) -> Run | None:
        """Return the run of what is wanted; another exercise's is about to end."""
        run = self._run
        return run if run and run.exercise == self._wanted else None

    def _look(self) -> None:
        exercise = self._wanted
        stamp = f"{exercise.name} {self._work.stamp(exercise)}" if exercise else ""
        if stamp != self._stamp:
            self._stamp = stamp
            self._begin(exercise)
        if self._run:
            self._run.look()
        state = self.state()
        if state != self._shown:
            self._shown = state
            self._told(state)

    def _begin(self, exercise: Exercise | None) -> None:
        self._version += 1
        if exercise and self._run and self._run.goes_on_with(exercise):
            return  # what was saved is the browser's half
        self._end()
        if exercise is not None:
            self._run = Run(exercise, self._work.path(exercise), self._lesson)

    def _end(self) -> None:
        run, self._run = self._run, None
        if run is not None:
            run.end()


class Run:
    """One life of the student's server: starting, running, and then ended or hung."""

    def __init__(self, exercise: Exercise, folder: Path, lesson: str) -> None:
        self.port = free_port()
        self.exercise = exercise
        self.state = "starting"
        self._answered = self._asked = time.monotonic()
        self._asking = self._has_begun = False
        self._log = tempfile.TemporaryFile("a+b")  # noqa: SIM115  closed by `end`
        self._process = subprocess.Popen(
            [sys.executable, "-m", PROCESS, exercise.name, str(folder), str(self.port), lesson],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=self._log,
            stderr=self._log,
        )

    def look(self) -> None:
        """Find out how it is. Returns at once."""
        if self.state in ("ended", "hung"):
            return
        now = time.monotonic()
        if self._process.poll() is not None:
            self.state = "ended"
        elif now - self._answered > self._patience(now):
            self.state = "hung"
            self._process.kill()
        elif not self._asking and (self.state == "starting" or now - self._asked > PROBE):
            self._asked, self._asking = now, True
            threading.Thread(target=self._ask, daemon=True).start()

    def _patience(self, now: float) -> float:
        """Return for how many seconds it may give no answer just now."""
        if self.state == "running":
            return HANGS_AFTER
        if not self._has_begun and self._written().startswith(BEGUN):
            self._has_begun, self._answered = True, now
        return STARTS_WITHIN if self._has_begun else BEGINS_WITHIN

    def goes_on_with(self, exercise: Exercise) -> bool:
        """Return whether this server stays as it is when a file of that exercise is saved."""
        same = exercise.name == self.exercise.name
        return same and exercise.is_in_browser and self.state in ("starting", "running")

    def trouble(self) -> str:
        """Return the last traceback that it printed, if any."""
        text = self._written().removeprefix(BEGUN)
        start = text.rfind("Traceback (most recent call last)")
        return text[start:][-SHOWN:] if start >= 0 else self._last_words(text)

    def end(self) -> None:
        """End it."""
        if self._process.poll() is None:
            self._process.kill()
        if self._process.stdin:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        self._log.close()

    def _written(self) -> str:
        """Return all that it has printed."""
        if self._log.closed:
            return ""
        with contextlib.suppress(OSError, ValueError):
            self._log.seek(0)
            return self._log.read().decode("utf-8", "replace").replace("\r\n", "\n")
        return ""

    def _last_words(self, text: str) -> str:
        return text[-SHOWN:].strip() if self.state == "ended" else ""

    def _ask(self) -> None:
        try:
            url = f"http://127.0.0.1:{self.port}/yours/healthz"
            with OPENER.open(url, timeout=PROBE):
                self._answered = time.monotonic()
                self.state = "running" if self.state == "starting" else self.state
        except (OSError, ValueError):
            pass
        finally:
            self._asking = False
