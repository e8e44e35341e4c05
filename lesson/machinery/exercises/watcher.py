"""The terminal of the exercises: it checks what is saved, and obeys single keys.

Everything that happens, a key, a saved file, a verdict, is one event in a queue, and one loop
takes them in turn. It never goes to another exercise by itself.
"""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from watchfiles import DefaultFilter, watch

from lesson.machinery.exercises import screen
from lesson.machinery.exercises.exercise import Exercise
from lesson.machinery.exercises.keys import END
from lesson.machinery.exercises.my_work import KEPT, MyWork, fingerprint
from lesson.machinery.exercises.progress import FILE, Progress
from lesson.machinery.exercises.serving import NoServerError, Serving
from lesson.machinery.exercises.verdict import Verdict, check_python

ASK_AGAIN = 1.0  # seconds until a page is looked for again
NO_PAGE, NO_ANSWER = 503, 504
NO_VERDICT = (
    "called    your code, in the page\n"
    "got       no verdict within 10 s\n"
    "expected  one in less than a second\n"
    "because   a loop that never ends freezes the page: mend it, save, and load the page again"
)


class OwnFiles(DefaultFilter):
    """Lets pass what a student saves."""

    def __call__(self, change: Any, path: str) -> bool:
        """Return whether a changed file is one of the student's."""
        parts = Path(path).parts
        return super().__call__(change, path) and KEPT not in parts and FILE not in path


class Watcher:
    """One student at work.

    :param serving: the lesson's server, which may not be ready yet, or never be.
    :param say: prints.
    :param tell: hears of each verdict, by the exercise's name; returns at once.
    """

    def __init__(
        self,
        exercises: dict[str, Exercise],
        work: MyWork,
        serving: Serving,
        say: Callable[[str], None],
        tell: Callable[[str, Verdict], None] = lambda *_: None,
    ) -> None:
        self._exercises, self._work, self._serving, self._say = exercises, work, serving, say
        self._tell_others = tell
        self._progress = Progress(work.folder, exercises)
        self._events: queue.Queue[tuple[str, Any]] = queue.Queue()
        self._answer: Callable[[str], None] | None = None  # who waits for the next key
        self._hints = 0
        self._asked = False  # for the solution, once
        self._check = 0  # the number of the last check that was begun
        self._warned: set[str] = set()

    def hear(self, key: str) -> None:
        """Take a key. May be called from any thread."""
        self._events.put(("key", key))

    def run(self) -> None:
        """Work until `q`. Blocks."""
        threading.Thread(target=self._watch, daemon=True).start()
        self._show()
        handlers: dict[str, Callable[[Any], None]] = {
            "key": self._key,
            "saved": self._saved,
            "verdict": self._verdict,
        }
        while True:
            kind, what = self._events.get()
            if kind == "key" and (what in END or (what == "q" and self._answer is None)):
                return
            if kind == "stopped":
                return
            if kind == "lost":
                self._say(f"Saved files are not noticed any more: {what}. Start again.")
            else:
                handlers[kind](what)

    def stop(self) -> None:
        """Let `run` return. May be called from a signal's handler."""
        self._events.put(("stopped", None))

    # What happens

    def _watch(self) -> None:
        try:
            for changes in watch(
                self._work.folder, watch_filter=OwnFiles(), debounce=60, step=20, rust_timeout=0
            ):
                names = {Path(path).relative_to(self._work.folder).parts[0] for _, path in changes}
                self._events.put(("saved", names))
        except (OSError, RuntimeError, ValueError) as error:
            self._events.put(("lost", error))

    def _saved(self, names: set[str]) -> None:
        now = self._now()
        others = sorted(names & self._exercises.keys() - {now.name})
        if now.name in names:
            self._begin_check(now)
        elif others:
            self._say(f"Saved in {others[0]}; the current exercise is {now.name}. l goes there.")

    def _key(self, key: str) -> None:
        answer, self._answer = self._answer, None
        if answer:
            answer(key)
            return
        commands = {
            "n": self._next,
            "h": self._hint,
            "l": self._list,
            "r": self._ask_reset,
            "s": self._solution,
        }
        if key in commands:
            commands[key]()
        elif key.isprintable() and key.strip():
            self._say(screen.PROMPT)

    def _verdict(self, told: tuple[int, Exercise, Verdict | None, str]) -> None:
        number, exercise, verdict, note = told
        if number != self._check:
            return  # something newer was saved meanwhile
        if verdict is None:
            self._say(note)
            return
        if verdict.passed:
            self._progress.pass_(exercise.name)
        self._say("\n" + screen.verdict(exercise, verdict))
        self._say("\n" + screen.PROMPT)
        self._tell_others(exercise.name, verdict)

    # Checking

    def _begin_check(self, exercise: Exercise) -> None:
        self._check += 1
        self._say("\nchecking…")
        self._warn_of_edited_check(exercise)
        check = self._check_in_page if exercise.is_in_browser else self._check_here
        threading.Thread(target=check, args=(self._check, exercise), daemon=True).start()

    def _check_here(self, number: int, exercise: Exercise) -> None:
        if self._serving.is_ready(within=0):
            self._tell({"exercise": exercise.name, "state": "checking"})
        verdict = check_python(exercise, self._work.path(exercise))
        self._events.put(("verdict", (number, exercise, verdict, "")))
        if self._serving.is_ready() and number == self._check:
            self._tell({"exercise": exercise.name} | verdict.as_dict())

    def _check_in_page(self, number: int, exercise: Exercise) -> None:
        said = False
        while number == self._check:
            verdict, note = self._ask_page(exercise)
            if verdict or (note and not said):
                self._events.put(("verdict", (number, exercise, verdict, note)))
            if verdict or self._serving.trouble:
                return
            said = True
            time.sleep(ASK_AGAIN)

    def _ask_page(self, exercise: Exercise) -> tuple[Verdict | None, str]:
        """Return a page's verdict; or None, and what to say."""
        if not self._serving.is_ready():
            return None, "This one is checked in your browser, and the pages are not served."
        try:
            status, told = self._serving.post("/exercises/check", {"exercise": exercise.name})
        except NoServerError as error:
            return None, f"The lesson's server does not answer ({error}). q, and start again."
        if status == NO_ANSWER:
            return Verdict(False, NO_VERDICT), ""
        if status != 200:
            return None, (
                f"This one is checked in your browser. Open {self._serving.url}/exercises\n"
                "It is checked as soon as the page is there."
            )
        return Verdict(told["passed"], told["message"], told["said"], told["printed"]), ""

    def _tell(self, message: dict[str, Any], path: str = "/exercises/verdict") -> None:
        """Let the pages know. That they cannot is no reason to stop."""
        try:
            self._serving.post(path, message)
        except NoServerError:
            pass

    def _warn_of_edited_check(self, exercise: Exercise) -> None:
        known, is_now = self._progress.checked_with(exercise.name), fingerprint(exercise.check)
        if known is None:
            self._progress.begin(exercise.name, is_now)
        elif known != is_now and exercise.name not in self._warned:
            self._warned.add(exercise.name)
            self._say(
                f"Note: {exercise.check.name} of this exercise is not what it was when you began. "
                "It was edited, or the lesson is a newer one; it is used as it is now."
            )

    # Keys

    def _now(self) -> Exercise:
        name = self._progress.now() or next(reversed(self._exercises))
        return self._exercises[name]

    def _show(self) -> None:
        exercise = self._now()
        self._progress.go_to(exercise.name)  # until somebody goes elsewhere
        self._hints, self._asked = 0, False
        self._say(screen.introduction(exercise, self._folder(exercise)))
        self._begin_check(exercise)

    def _folder(self, exercise: Exercise) -> str:
        return os.path.relpath(self._work.path(exercise))

    def _next(self) -> None:
        exercise = self._now()
        if exercise.name not in self._progress.done():
            self._say(f"{exercise.name} has not passed yet. h gives a hint, l goes anywhere.")
            return
        later = [name for name in self._exercises if name > exercise.name]
        if not later:
            self._say("That was the last one. l shows them all.")
            return
        self._go_to(later[0])

    def _go_to(self, name: str) -> None:
        self._progress.go_to(name)
        self._show()

    def _hint(self) -> None:
        hints = self._now().hints
        self._hints = min(self._hints + 1, len(hints))
        self._say("\n" + screen.hint(self._hints, hints))

    def _list(self) -> None:
        self._say(screen.listing(self._exercises, self._progress.done(), self._now().name))
        self._answer = self._jump

    def _jump(self, key: str) -> None:
        name = screen.chosen(self._exercises, key)
        if name:
            self._go_to(name)
        else:
            self._say(screen.PROMPT)

    def _ask_reset(self) -> None:
        self._say(
            "Press r again to have the starter back (yours is kept); any other key leaves it."
        )
        self._answer = self._reset

    def _reset(self, key: str) -> None:
        if key != "r":
            self._say("Left as it is.")
            return
        kept = self._work.reset(self._now())
        where = f" What you had is in {os.path.relpath(kept)}." if kept else ""
        self._say(f"The starter is back.{where}")

    def _solution(self) -> None:
        exercise = self._now()
        if exercise.name in self._progress.done() or self._asked:
            self._say("\n" + screen.solution(exercise))
            told = ({"exercise": exercise.name}, "/exercises/solution")
            threading.Thread(target=self._tell, args=told, daemon=True).start()
            return
        self._asked = True
        self._say("It has not passed yet. Press s again to see a solution all the same.")
