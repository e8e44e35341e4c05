"""Tries all that a student needs on the day, and says of each what is right or what helps.

Run by `start.py doctor`, with whatever Python that was started with: nothing is installed yet. So
only the standard library is used here; what needs more is run as students run it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
import urllib.request
import webbrowser
from collections.abc import Callable, Iterator

import start

WIDTH = 10
READY_WITHIN = 20.0  # seconds
BROWSERS = ("firefox", "microsoft-edge", "brave-browser", "opera", "vivaldi")

# Nothing between us and this machine's own server.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))

Finding = Callable[[], str]  # says what is right


def examine() -> int:
    """Say line by line how things stand; return 0 if all is right."""
    names = {
        "Python": python,
        "Port": port,
        "Packages": packages,
        "Browser": browser,
        "Lesson": lesson,
        "Exercise": exercise,
    }
    wrong = [name for name, finding in names.items() if not is_right(name, finding)]
    if wrong:
        print(f"\nNot ready: {', '.join(wrong)}. The lines above say what helps; then ask again.")
        return 1
    print("\nThis machine is ready. On the day, open the address that your instructor shows.")
    return 0


def is_right(name: str, finding: Finding) -> bool:
    """Print the line of one finding; return whether all is right."""
    try:
        said, right = finding(), True
    except (start.Problem, OSError) as problem:
        said, right = str(problem), False
    print(f"{'ok' if right else 'NO':<4}{name:<{WIDTH}}{said}", flush=True)
    return right


# Each of these says what is right, or raises a Problem that says what is not, and what helps.


def python() -> str:
    """Look at the Python, which `start.py` has found new enough, and at what it must bring."""
    version, tried = start.dotted(sys.version_info[:3]), f"to {start.dotted(start.NEWEST)}"
    start.check_modules()
    if sys.version_info[:2] > start.NEWEST:
        return f"{version}; newer than what this was tried on, {start.dotted(start.OLDEST)} {tried}"
    return f"{version}"


def port() -> str:
    """Look whether the lesson's port is to be had."""
    start.check_port("doctor")
    return f"{number()} is free"


def number() -> str:
    """Return the port's number."""
    return os.environ.get("PORT") or start.SETTINGS["PORT"][0]


def packages() -> str:
    """Look whether all is installed that is fetched, and else install it."""
    parts = (start.LESSON, start.BrowserFiles())
    if all(part.ready() for part in parts):
        return "installed; no internet is needed any more"
    start.set_up(*parts)
    whence = "the kit" if start.KIT.is_dir() else "PyPI and npm"
    return f"installed now, from {whence}; no internet is needed any more"


def browser() -> str:
    """Look for a browser."""
    found = start.find_chromium() or next(filter(None, map(shutil.which, BROWSERS)), None)
    if found:
        return found
    try:
        webbrowser.get()
    except webbrowser.Error:
        raise start.Problem(
            "none is found: install Firefox or Chrome. (One on another device will do for the "
            "lesson, not for the exercises.)"
        ) from None
    return "this system's own"


def lesson() -> str:
    """Start the lesson as `run` does, and ask it for a page."""
    need_packages()
    began = time.monotonic()
    with served() as url:
        with OPENER.open(f"{url}/dashboard", timeout=READY_WITHIN) as answer:
            answer.read()
        return f"starts, and shows its dashboard after {time.monotonic() - began:.1f} s"


@contextlib.contextmanager
def served() -> Iterator[str]:
    """Serve the lesson for as long as this lasts; give its address."""
    process = subprocess.Popen(
        [str(start.PYTHON), "-m", "lesson"],
        cwd=start.ROOT,
        env={**os.environ, "HOST": "127.0.0.1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline().strip()
        if "is on http://" not in line:
            raise start.Problem(f"it does not start: {line or 'it ended without a word'}")
        yield f"http://127.0.0.1:{number()}"
    finally:
        process.terminate()
        with process.stdout:
            process.stdout.read()
        process.wait()


def exercise() -> str:
    """Do an exercise, in a folder of its own: wrong first, and then right."""
    need_packages()
    began = time.monotonic()
    trial = [str(start.PYTHON), "-m", "lesson.machinery.exercises", "trial"]
    done = subprocess.run(trial, cwd=start.ROOT, capture_output=True, encoding="utf-8")
    if done.returncode:
        said = (done.stdout + done.stderr).strip().splitlines() or ["it ended without a word"]
        raise start.Problem(f"the trial exercise was not checked as it should be: {said[-1]}")
    return f"{done.stdout.strip()}, checked in {time.monotonic() - began:.1f} s"


def need_packages() -> None:
    """Refuse what cannot be tried without them.

    :raises start.Problem: if they are not there.
    """
    if not start.LESSON.ready():
        raise start.Problem("cannot be tried before the packages are there")
