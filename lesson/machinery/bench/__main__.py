"""Runs the bench: `python -m lesson.machinery.bench [PART ...]`, all parts unless some are named.

Prints the figures and writes build/bench.json, after Ctrl-C too, with what there is by then. Exits
with 0 however the figures are: other work on the machine would fail it otherwise.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial

from playwright.sync_api import Error as BrowserError

from lesson.machinery.bench import (
    classroom,
    crowds,
    dashboard,
    exercises,
    meter,
    page,
    several,
    starts,
)
from lesson.machinery.bench.about import about
from lesson.machinery.bench.crowds import CrowdError
from lesson.machinery.bench.progress import Progress
from lesson.machinery.bench.results import Results
from lesson.machinery.bench.run import run
from lesson.machinery.bench.server import ROOT, StartError

PARTS: dict[str, Callable[[Results, Progress], None]] = {
    "crowds": crowds.measure,
    "class": classroom.measure,
    "page": page.measure,
    "starts": starts.measure,
    "meter": meter.measure,
    "several": several.measure,
    "exercises": exercises.measure,
    "dashboard": dashboard.measure,
}
FILE = ROOT / "build" / "bench.json"


def main(arguments: list[str]) -> int:
    """Measure the parts that are named; return the exit status."""
    unknown = [name for name in arguments if name not in PARTS]
    try:
        dashboard.minutes_asked()
        if unknown:
            raise ValueError(f"there is no part {unknown[0]!r}; there are {', '.join(PARTS)}")
    except ValueError as error:
        print(f"Are We There Yet? {error}.", file=sys.stderr)
        return 1
    results = Results(about(" ".join(["python start.py bench", *arguments])))
    return run(results, partial(measure, arguments or list(PARTS)), in_a_table, FILE)


def measure(parts: list[str], results: Results, progress: Progress) -> None:
    """Measure one part after the other; what fails is remarked, and the next one begins."""
    for name in parts:
        try:
            PARTS[name](results, progress)
        except (CrowdError, StartError, BrowserError, OSError) as error:
            results.remark(f"{name}: not measured, for {error}")


def in_a_table(results: Results) -> str:
    """Return the figures as text."""
    reports = results.details.get("crowds", [])
    heard = [crowds.in_a_table(reports)] if reports else []
    return "\n\n".join([*heard, *results.paragraphs()])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
