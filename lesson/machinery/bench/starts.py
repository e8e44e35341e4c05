"""How long a second start takes, from the command to the line that says that it is ready."""

from __future__ import annotations

import sys

from lesson.machinery.bench.progress import Progress
from lesson.machinery.bench.results import Figure, Results
from lesson.machinery.bench.server import ROOT, Server

STARTS = 3
BELOW = 2.0  # seconds


def measure(results: Results, progress: Progress) -> None:
    """Start the lesson three times. What the set-up does once has been done for the bench."""
    progress.begin("`start.py run`")
    seconds: list[float] = []
    for _ in range(STARTS):
        server = Server([sys.executable, str(ROOT / "start.py"), "run"], core=None)
        server.stop()
        seconds.append(round(server.seconds_to_ready, 3))
        progress.at(f"{seconds[-1]:.2f} s")
    results.details["starts"] = seconds
    results.add(Figure("second start: median of three", sorted(seconds)[1], "s", BELOW))
