"""The exercises in the terminal: `python -m lesson.machinery.exercises`, `… check`, `… trial`.

Serves the lesson too, in a process of its own, so that the pages show how the exercises stand.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from lesson.machinery.exercises import screen
from lesson.machinery.exercises.exercise import Exercise, ExerciseError, read_all
from lesson.machinery.exercises.keys import listen
from lesson.machinery.exercises.lock import OnlyOneError, only_one
from lesson.machinery.exercises.my_work import MyWork
from lesson.machinery.exercises.progress import Progress
from lesson.machinery.exercises.serving import NoServerError, Serving
from lesson.machinery.exercises.to_class import NoClassError, ToClass
from lesson.machinery.exercises.verdict import Verdict, check_python
from lesson.machinery.exercises.watcher import NO_ANSWER, NO_VERDICT, Watcher
from lesson.settings import SettingError, Settings

WAIT_FOR_PAGE = 60.0  # seconds, of `check`
LOOK_AGAIN = 1.0  # seconds


def main(arguments: list[str]) -> int:
    """Watch, or check once; return the exit status."""
    try:
        settings = Settings.from_environment(os.environ)
        exercises = read_all()
        if arguments == ["trial"]:
            return trial(exercises)
        work = MyWork(settings.my_work)
        for exercise in exercises.values():
            work.begin(exercise)
        if arguments == ["check"]:
            return check_all(exercises, work, Serving(settings.port))
        with only_one(settings.my_work):
            return watch(exercises, work, settings)
    except (SettingError, ExerciseError, OnlyOneError, OSError) as error:
        print(f"Are We There Yet? {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def say(text: str) -> None:
    """Print at once."""
    print(text, flush=True)


def watch(exercises: dict[str, Exercise], work: MyWork, settings: Settings) -> int:
    """Serve and watch until told to stop."""
    serving = Serving(settings.port)
    end_in_order(0)
    try:
        serving.start()
        threading.Thread(target=tell_where, args=(serving,), daemon=True).start()
        say(f"Your files are in {where(work.folder)}. Save one, and it is checked.")
        watcher = Watcher(exercises, work, serving, say, teller(work, exercises))
        with listen(watcher.hear):
            watcher.run()
    finally:
        serving.stop()
        say("Your work is kept. Until next time.")
    return 0


def end_in_order(status: int) -> None:
    """Let a signal end this process as an exception does, so that the server is stopped first."""
    for name in ("SIGTERM", "SIGHUP"):  # the latter where a terminal's window is closed
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: sys.exit(status))


def teller(work: MyWork, exercises: dict[str, Exercise]) -> Callable[[str, Verdict], None]:
    """Return who tells the class of a verdict: nobody where there is no class, or a wrong one."""
    address = os.environ.get("CLASS")
    if address:
        try:
            return ToClass(address, Progress(work.folder, exercises).word(), say).tell
        except NoClassError as error:
            say(f"{error}. The exercises go on without a class.")
    return lambda *_: None


def tell_where(serving: Serving) -> None:
    """Say where the pages are, once they are; or why they are not."""
    if serving.is_ready():
        say(f"\nAre We There Yet? is on {serving.url}, the exercises on {serving.url}/exercises")
    else:
        say(f"\nThe pages are not served: {serving.trouble}")
        say("Python exercises are checked all the same.")


def where(folder: Path) -> str:
    """Return a folder as seen from here."""
    return os.path.relpath(folder) + os.sep


def check_all(exercises: dict[str, Exercise], work: MyWork, serving: Serving) -> int:
    """Check everything once; return 0 if all of it passes."""
    end_in_order(128 + signal.SIGTERM)
    progress = Progress(work.folder, exercises)
    verdicts: dict[str, Verdict | None] = {}
    pages = Pages(serving)
    try:
        for name, exercise in exercises.items():
            in_page = exercise.is_in_browser
            verdict = pages.check(name) if in_page else check_python(exercise, work.path(exercise))
            verdicts[name] = verdict
            if verdict and verdict.passed:
                progress.pass_(name)
            say(f"{in_words(verdict):<12}{name}")
    finally:
        serving.stop()
    failed = [name for name, verdict in verdicts.items() if verdict and not verdict.passed]
    if failed and (first := verdicts[failed[0]]):
        say("\n" + screen.verdict(exercises[failed[0]], first))
    return 0 if all(verdict and verdict.passed for verdict in verdicts.values()) else 1


def trial(exercises: dict[str, Exercise]) -> int:
    """Do the first exercise in a folder of its own; return 0 if it fails at first, then passes."""
    exercise = next(iter(exercises.values()))
    with tempfile.TemporaryDirectory() as folder:
        work = MyWork(Path(folder))
        work.begin(exercise)
        if check_python(exercise, work.path(exercise)).passed:
            say(f"{exercise.name} passes before anything is done")
            return 1
        for name, text in exercise.solution().items():
            (work.path(exercise) / name).write_text(text, encoding="utf-8")
        verdict = check_python(exercise, work.path(exercise))
    if not verdict.passed:
        say(verdict.message)
        return 1
    say(f"{exercise.title}: {' '.join(verdict.said)}")
    return 0


def in_words(verdict: Verdict | None) -> str:
    """Say what a verdict comes to."""
    if verdict is None:
        return "not checked"
    return "passes" if verdict.passed else "not yet"


class Pages:
    """Has exercises checked by an open page, and waits for one, but once only."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving
        self._is_served: bool | None = None
        self._patience = WAIT_FOR_PAGE

    def check(self, name: str) -> Verdict | None:
        """Check one exercise; None where no page comes."""
        if self._is_served is None:
            self._is_served = self._find_server()
            if not self._is_served:
                say(f"The pages are not served: {self._serving.trouble}")
        while self._is_served and self._patience > 0:
            try:
                status, told = self._serving.post("/exercises/check", {"exercise": name})
            except NoServerError:
                break
            if status == 200:
                return Verdict(told["passed"], told["message"], told["said"], told["printed"])
            if status == NO_ANSWER:
                return Verdict(False, NO_VERDICT)
            self._wait(name)
        return None

    def _find_server(self) -> bool:
        if self._serving.join():
            return True
        self._serving.start()
        return self._serving.is_ready()

    def _wait(self, name: str) -> None:
        if self._patience == WAIT_FOR_PAGE:
            say(f"{name} is checked in your browser: open {self._serving.url}/exercises")
        time.sleep(LOOK_AGAIN)
        self._patience -= LOOK_AGAIN


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
