"""Runs the bench: `python -m lesson.machinery.bench [PART ...]`, all parts unless some are named.

Prints the figures and writes build/bench.json, after Ctrl-C too, with what there is by then. Exits
with 0 however the figures are: other work on the machine would fail it otherwise.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable

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
from lesson.machinery.bench.about import about, in_words
from lesson.machinery.bench.crowds import CrowdError
from lesson.machinery.bench.progress import Progress
from lesson.machinery.bench.results import Results, table
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
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    results = Results(about(" ".join(["python start.py bench", *arguments])))
    print(in_words(results.about) + "\n", flush=True)
    progress = Progress()
    run(arguments or list(PARTS), results, progress)
    progress.end()
    results.write(FILE)
    print(in_a_table(results) + f"\n\nAll of it: {FILE.relative_to(ROOT)}")
    return 128 + signal.SIGINT if results.interrupted else 0


def run(parts: list[str], results: Results, progress: Progress) -> None:
    """Measure one part after the other; what fails is remarked, and the next one begins."""
    try:
        for name in parts:
            try:
                PARTS[name](results, progress)
            except (CrowdError, StartError, BrowserError, OSError) as error:
                results.remark(f"{name}: not measured, for {error}")
    except KeyboardInterrupt:
        results.interrupted = True
        results.remark("it was interrupted: what is missing was not measured")


def in_a_table(results: Results) -> str:
    """Return the figures as text."""
    paragraphs = []
    reports = results.details.get("crowds", [])
    if reports:
        paragraphs.append(crowds.in_a_table(reports))
    if results.figures:
        rows = [figure.row() for figure in results.figures]
        paragraphs.append(table([("", "measured", "wanted"), *rows]))
    if results.remarks:
        paragraphs.append("\n".join(f"Note: {remark}." for remark in results.remarks))
    return "\n" + "\n\n".join(paragraphs)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
