"""How long an exercise takes from saving to the terminal's verdict, and what watching costs."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

import psutil
from playwright.sync_api import sync_playwright

from lesson.machinery.bench.dashboard import QUIET
from lesson.machinery.bench.progress import Progress
from lesson.machinery.bench.results import Figure, Results
from lesson.machinery.bench.server import Server
from lesson.machinery.exercises.exercise import read_all
from lesson.machinery.exercises.progress import Progress as Done

PYTHON, BROWSER = "00-change-a-word", "01-never-twice"
TIMES = 5
IDLE = 5.0  # seconds
PATIENCE = 15.0  # seconds
PYTHON_BELOW, BROWSER_BELOW, IDLE_BELOW = 2.0, 1.0, 1.0  # seconds, seconds, % of a core


def measure(results: Results, progress: Progress) -> None:
    """Save solutions, again and again, and read what the terminal says."""
    progress.begin("Exercises: from saving to the verdict")
    seconds, idle = in_terminal(PYTHON)
    results.details["exercise_in_python"] = seconds
    results.add(
        Figure("exercise in Python: save to verdict, median", median(seconds), "s", PYTHON_BELOW),
        Figure("exercises: the watcher, idle", idle, "%", IDLE_BELOW),
    )
    chromium = os.environ.get("CHROMIUM")
    if not chromium:
        results.remark("no Chromium here: no exercise was checked in a browser")
        return
    seconds, _ = in_terminal(BROWSER, chromium)
    results.details["exercise_in_browser"] = seconds
    results.add(
        Figure("exercise in the browser: save to verdict", median(seconds), "s", BROWSER_BELOW)
    )


def in_terminal(name: str, chromium: str | None = None) -> tuple[list[float], float]:
    """Return the seconds of each save to its verdict, and the watcher's idle share of a core, %."""
    with tempfile.TemporaryDirectory() as folder:
        Done(Path(folder), [name]).go_to(name)
        command = [sys.executable, "-m", "lesson.machinery.exercises"]
        terminal = Server(command, core=None, MY_WORK=folder)
        try:
            if chromium is None:
                return save_again_and_again(name, Path(folder), terminal), idle_share(terminal.pid)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium, args=QUIET)
                page = browser.new_page()
                page.goto(f"{terminal.url}/exercises")
                wait_for(terminal, "does not pass yet", 1)
                seconds = save_again_and_again(name, Path(folder), terminal)
                browser.close()
                return seconds, 0.0
        finally:
            terminal.stop()


def save_again_and_again(name: str, folder: Path, terminal: Server) -> list[float]:
    """Save the solution a few times; return how long each verdict took."""
    exercise = read_all()[name]
    file = exercise.files[0]
    seconds = []
    for time_number in range(1, TIMES + 1):
        time.sleep(0.3)
        began = time.monotonic()
        (folder / name / file).write_text(exercise.solution()[file], encoding="utf-8")
        wait_for(terminal, f"{name} passes", time_number)
        seconds.append(round(time.monotonic() - began, 3))
    return seconds


def wait_for(terminal: Server, text: str, times: int) -> None:
    """Wait until the terminal has said something so many times.

    :raises TimeoutError: if it does not, an OSError as any other trouble with the machine.
    """
    deadline = time.monotonic() + PATIENCE
    while sum(text in line for line in list(terminal.said)) < times:
        if time.monotonic() > deadline:
            raise TimeoutError(f"the terminal has not said {text!r}")
        time.sleep(0.005)


def idle_share(pid: int) -> float:
    """Return how much of a core the watcher takes while nothing happens, in %."""
    watcher = psutil.Process(pid)
    time.sleep(1)
    before = watcher.cpu_times()
    time.sleep(IDLE)
    after = watcher.cpu_times()
    worked = after.user + after.system - before.user - before.system
    return max(0.0, round(100 * worked / IDLE, 2))


def median(seconds: list[float]) -> float:
    """Return the middle one."""
    return sorted(seconds)[len(seconds) // 2]
