"""Runs the soak: `python -m lesson.machinery.soak [PART ...]`, all parts unless some are named.

MINUTES is about how long it takes: 60, or what is set, from 1 on; the same SEED has the same faults
again. Prints the figures and writes build/soak.json, after Ctrl-C too, with what there is by then.
Exits with 1 where a promise is broken; what only the machine's speed decides is printed, and
decides nothing. A day that is long enough is also held to its memory, and to its own morning.
"""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import psutil
from socketio.exceptions import SocketIOError

from lesson.machinery.bench.about import about
from lesson.machinery.bench.crowds import CrowdError
from lesson.machinery.bench.progress import Progress
from lesson.machinery.bench.results import Figure
from lesson.machinery.bench.run import run
from lesson.machinery.bench.server import ROOT, StartError
from lesson.machinery.soak import day, half_open, kills, slow
from lesson.machinery.soak.doors import FAILURES, SLOW, knock
from lesson.machinery.soak.findings import Findings
from lesson.machinery.soak.inputs import DOORS
from lesson.machinery.soak.server import serving
from lesson.settings import number

MINUTES, LEAST, MOST = 60.0, 1.0, 1_440.0
INPUTS = 10_000  # at each door, in an hour's soak
SEEDS = 2**32
FILE = ROOT / "build" / "soak.json"


def at_the_doors(minutes: float, findings: Findings, progress: Progress) -> None:
    """Knock at each door, and look whether the sale goes on."""
    count = min(INPUTS, max(50, round(INPUTS * minutes / 60)))
    slowest, stubborn, visits = 0.0, 0, findings.details.setdefault("doors", {})
    with serving(RATE=10, SEED=1) as server:
        for door in DOORS:
            progress.begin(f"{count} hostile inputs: {door}")
            visit = knock(server.url, door, count)
            visits[door] = {
                "inputs": visit.inputs,
                "slowest": round(visit.slowest, 3),
                "slow": len(visit.slow),
                "stubborn": visit.stubborn,
            }
            slowest, stubborn = max(slowest, visit.slowest), stubborn + visit.stubborn
            for sentence in visit.broken[:5]:
                findings.breaks(f"{door}: {sentence}")
    findings.want(f"{count} inputs × {len(DOORS)} doors: slowest", slowest, "s", SLOW)
    findings.add(Figure(f"over {SLOW:.0f} s, and again when alone", stubborn, "inputs", 1))
    for line in server.troubles()[:3]:
        findings.breaks(f"the server said {line[:150]!r}")


PARTS: dict[str, Callable[[float, Findings, Progress], None]] = {
    "day": day.measure,
    "kills": kills.measure,
    "slow": slow.measure,
    "half-open": half_open.measure,
    "doors": at_the_doors,
}


def main(arguments: list[str], file: Path = FILE) -> int:
    """Run the parts that are named, and write what is found to a file; return the exit status."""
    unknown = [name for name in arguments if name not in PARTS]
    try:
        minutes, seed = minutes_asked(), seed_asked()
        if unknown:
            raise ValueError(f"there is no part {unknown[0]!r}; there are {', '.join(PARTS)}")
    except ValueError as error:
        print(f"Are We There Yet? {error}.", file=sys.stderr)
        return 1
    findings = Findings(about(" ".join(["python start.py soak", *arguments])), seed=seed)
    status = run(findings, partial(soak, arguments or list(PARTS), minutes), in_a_table, file)
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


def seed_asked() -> int:
    """Return by what the faults are drawn: `SEED`, or one that is drawn itself.

    :raises ValueError: if `SEED` is no whole number from 0 on.
    """
    given = os.environ.get("SEED") or str(secrets.randbelow(SEEDS))
    return int(number("SEED", given, 0, 2**63 - 1, whole=True))


def soak(parts: list[str], minutes: float, findings: Findings, progress: Progress) -> None:
    """Run one part after the other; one that cannot go on breaks a promise, and the next begins."""
    for name in parts:
        try:
            PARTS[name](minutes, findings, progress)
        except (CrowdError, StartError, SocketIOError, psutil.Error, *FAILURES) as error:
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
