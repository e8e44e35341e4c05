"""Checks a Python exercise once, whether the student's code ends, loops, crashes or exits."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lesson.machinery.exercises.checker import SLOWEST, STARTS_WITHIN
from lesson.machinery.exercises.checks import SECONDS, message
from lesson.machinery.exercises.exercise import Exercise

ROOT = Path(__file__).parent.parent.parent.parent
LOOK = 0.02  # seconds between two looks whether the checker has begun
PRINTS = 2_000  # characters of a student's own prints that are shown
FRAME = re.compile(r'^  File "(?P<file>.+)", line (?P<line>\d+) in (?P<name>.+)$', re.MULTILINE)


@dataclass(frozen=True)
class Verdict:
    """What a check came to. `message` is empty after a pass."""

    passed: bool
    message: str = ""
    said: list[str] = field(default_factory=list)  # by the check, to be shown in any case
    printed: str = ""  # by the student's code

    def as_dict(self) -> dict[str, Any]:
        """Return what a page is told."""
        return {
            "passed": self.passed,
            "message": self.message,
            "said": self.said,
            "printed": self.printed,
        }


def check_python(exercise: Exercise, work: Path, limit: float = SECONDS) -> Verdict:
    """Check what lies in `work`. Returns after `limit` seconds, whatever the code there does.

    A machine that is so busy that the checker starts late has as many times as long.
    """
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        status = run(exercise, work, result, limit)
        if result.exists():
            told = json.loads(result.read_text("utf-8"))
            return Verdict(told["passed"], told["message"], told["said"], told["printed"][-PRINTS:])
        stuck = result.with_name("result.json.stuck")
        trace = stuck.read_text("utf-8", "replace") if stuck.exists() else ""
        return Verdict(False, endless(trace, work, limit) if status is None else crashed(status))


def run(exercise: Exercise, work: Path, result: Path, limit: float) -> int | None:
    """Run the checker; return its exit status, or None if it had to be stopped."""
    command = [sys.executable, "-m", "lesson.machinery.exercises.checker"]
    given = [exercise.folder, work, result, limit, time.time()]
    own = {
        "PYTHONPATH": str(ROOT),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONIOENCODING": "utf-8",
    }
    process = subprocess.Popen(
        [*command, *map(str, given)],
        cwd=ROOT,
        env=os.environ | own | {"PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=os.name == "posix",
    )
    try:
        return process.wait(allowed(process, result, limit))
    except subprocess.TimeoutExpired:
        return None
    finally:
        end(process)


def allowed(process: subprocess.Popen[bytes], result: Path, limit: float) -> float:
    """Wait until the checker has begun; return how many seconds it has from then on."""
    told = result.with_name(f"{result.name}.limit")
    deadline = time.monotonic() + STARTS_WITHIN * SLOWEST * 2
    while process.poll() is None and time.monotonic() < deadline:
        if told.exists() and (seconds := told.read_text("ascii")):
            return float(seconds)
        time.sleep(LOOK)
    return limit


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process, and on POSIX what it has started."""
    if os.name == "posix":
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    else:
        process.kill()
    process.wait()


def endless(trace: str, work: Path, limit: float) -> str:
    """Return the message for code that did not end, with the line where it stood."""
    inside = [found for found in FRAME.finditer(trace) if Path(found["file"]).parent == work]
    where = f"{Path(inside[0]['file']).name}, line {inside[0]['line']}" if inside else "your code"
    facts = {
        "called": where,
        "got": f"no end after {limit:g} s",
        "expected": "an answer, long before that",
        "because": "a loop or a wait that nothing ends stops everything after it"
        + ("" if inside else "; or this machine is very busy just now: save again"),
    }
    return message(facts)


def crashed(status: int) -> str:
    """Return the message for code that ended the process."""
    how = f"signal {-status}" if status < 0 else f"exit status {status}"
    facts = {
        "called": "your code",
        "got": f"the whole process ended ({how})",
        "expected": "that it goes on",
        "because": "something in it ends Python itself: sys.exit, os._exit, or a crash",
    }
    return message(facts)
