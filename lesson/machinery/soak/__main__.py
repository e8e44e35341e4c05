"""Runs the soak: `python -m lesson.machinery.soak [PART ...]`, all parts unless some are named.

MINUTES is about how long it takes: 60, or what is set, from 1 on. Prints the figures and writes
build/soak.json, after Ctrl-C too, with what there is by then. Exits with 1 where a promise is
broken; what only the machine's speed decides is printed, and decides nothing.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from functools import partial

from socketio.exceptions import SocketIOError

from lesson.machinery.bench.about import about
from lesson.machinery.bench.crowds import CrowdError
from lesson.machinery.bench.progress import Progress
from lesson.machinery.bench.results import Figure
from lesson.machinery.bench.run import run
from lesson.machinery.bench.server import ROOT, StartError
from lesson.machinery.soak import day, kills, slow
from lesson.machinery.soak.doors import knock
from lesson.machinery.soak.findings import Findings
from lesson.machinery.soak.inputs import DOORS
from lesson.machinery.soak.server import Server, serving

MINUTES, LEAST, MOST = 60.0, 1.0, 1_440.0
INPUTS = 10_000  # at each door, in an hour's soak
SLOWEST_BELOW = 1.0  # s
FILE = ROOT / "build" / "soak.json"


def at_the_doors(minutes: float, findings: Findings, progress: Progress) -> None:
    """Knock at each door, and look whether the sale goes on."""
    count = min(INPUTS, max(50, round(INPUTS * minutes / 60)))
    slowest, visits = 0.0, findings.details.setdefault("doors", {})
    with serving(RATE=10, SEED=1) as server:
        for door in DOORS:
            progress.begin(f"{count} hostile inputs: {door}")
            _, before = server.newest()
            visit = knock(server.url, door, count)
            visits[door] = {"inputs": visit.inputs, "slowest": round(visit.slowest, 3)}
            slowest = max(slowest, visit.slowest)
            for sentence in visit.broken[:5]:
                findings.breaks(f"{door}: {sentence}")
            if not goes_on(server, before):
                findings.breaks(f"{door}: the sale did not go on")
    findings.add(
        Figure(f"{count} inputs × {len(DOORS)} doors: slowest", slowest, "s", SLOWEST_BELOW)
    )
    for line in server.troubles()[:3]:
        findings.breaks(f"the server said {line[:150]!r}")


def goes_on(server: Server, before: int) -> bool:
    """Wait up to 15 s for the next event, for a night may just be sold out; return if it came."""
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        if server.newest()[1] > before:
            return True
        time.sleep(0.05)
    return False


PARTS: dict[str, Callable[[float, Findings, Progress], None]] = {
    "day": day.measure,
    "kills": kills.measure,
    "slow": slow.measure,
    "doors": at_the_doors,
}


def main(arguments: list[str]) -> int:
    """Run the parts that are named; return the exit status."""
    unknown = [name for name in arguments if name not in PARTS]
    try:
        minutes = minutes_asked()
        if unknown:
            raise ValueError(f"there is no part {unknown[0]!r}; there are {', '.join(PARTS)}")
    except ValueError as error:
        print(f"Are We There Yet? {error}.", file=sys.stderr)
        return 1
    findings = Findings(about(" ".join(["python start.py soak", *arguments])))
    status = run(findings, partial(soak, arguments or list(PARTS), minutes), in_a_table, FILE)
    return status or (1 if findings.broken else 0)


def minutes_asked() -> float:
    """Return about how many minutes it is to take.

    :raises ValueError: if `MINUTES` is not a number from 1 to 1,440.
    """
    given = os.environ.get("MINUTES") or str(MINUTES)
    try:
        minutes = float(given)
    except ValueError:
        minutes = 0
    if not LEAST <= minutes <= MOST:
        raise ValueError(f"MINUTES is {given!r}; allowed is a number from {LEAST:g} to {MOST:,.0f}")
    return minutes


def soak(parts: list[str], minutes: float, findings: Findings, progress: Progress) -> None:
    """Run one part after the other; one that cannot go on breaks a promise, and the next begins."""
    for name in parts:
        try:
            PARTS[name](minutes, findings, progress)
        except (CrowdError, StartError, OSError, SocketIOError) as error:
            findings.breaks(f"{name}: it did not come to its end, for {error!r}")


def in_a_table(findings: Findings) -> str:
    """Return what was found as text."""
    kept = "So far, all promises were kept." if findings.interrupted else "All promises were kept."
    if any(figure.missed for figure in findings.figures):
        kept += " What was missed depends on the machine too, and decides nothing here."
    verdict = kept if not findings.broken else "Broken promises:"
    said = "\n".join([verdict, *(f"- {sentence}" for sentence in findings.broken)])
    return "\n\n".join([*findings.paragraphs(), said])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
