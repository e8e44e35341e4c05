"""Runs one crowd after the other, and keeps what they report."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import psutil

from lesson.machinery.bench.crowds import (
    CrowdError,
    core_of,
    hire,
    in_words,
    troubles,
    was_held_up,
)
from lesson.machinery.bench.progress import Progress
from lesson.machinery.bench.server import StartError, serving
from lesson.machinery.crowd.plan import Plan
from lesson.machinery.survey.asked import EVENTS, MOST_CLIENTS, PAGES, RATES, TECHNIQUES, Asked
from lesson.machinery.survey.rows import RATE, SIZE, Report, Row, rows_of

AROUND = 6.0  # seconds that a crowd takes besides those that are measured, about
JOINING, JOIN_A_SECOND = 3.0, 50  # seconds over which they join at most; small ones are quicker
BAR = 24  # characters


class Heat(NamedTuple):
    """One crowd of the survey."""

    part: str
    clients: dict[str, int]
    rate: float
    seconds: float


# A server: its address, its process where that is known, and what returns what it said.
Host = tuple[str, int | None, Callable[[], list[str]]]


@dataclass
class Survey:
    """All that was found."""

    about: dict[str, Any]  # machine, versions, date, command
    rows: list[Row] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    interrupted: bool = False

    def remark(self, sentence: str) -> None:
        """Keep a sentence that a reader of the figures must know; the same one only once."""
        if sentence not in self.remarks:
            self.remarks.append(sentence)


class Bar(Progress):
    """A line for each crowd, and on a terminal how far all of it is.

    :param expected: seconds that all of it takes, about.
    """

    def __init__(self, expected: float) -> None:
        super().__init__()
        self._expected = expected
        self._began = time.monotonic()

    def at(self, news: str) -> None:
        """Say how far it is."""
        share = min(1.0, (time.monotonic() - self._began) / self._expected)
        full = round(share * BAR)
        super().at(f"[{'#' * full}{'.' * (BAR - full)}] {share:.0%}  {news}")


def course(asked: Asked) -> list[Heat]:
    """Return the crowds: the class grows, then the rate of events does."""
    heats = [
        Heat(SIZE, dict.fromkeys(group, size), asked.rate, asked.seconds)
        for size in asked.sizes
        for group in asked.groups
    ]
    if asked.url is None:  # whoever's sale another server's is, it goes on as it goes
        heats += [
            Heat(RATE, everyone(asked), rate, max(asked.seconds, EVENTS / rate)) for rate in RATES
        ]
    return heats


def everyone(asked: Asked) -> dict[str, int]:
    """Return the pages that watch while the rate grows: what they ask does not depend on others."""
    wanted = TECHNIQUES if asked.techniques in ("each", "all") else (asked.techniques,)
    return dict.fromkeys(wanted, min(PAGES, asked.clients, MOST_CLIENTS // len(wanted)))


def run(asked: Asked, survey: Survey) -> None:
    """Run all crowds; after Ctrl-C, what there is by then has been kept.

    :raises CrowdError: if the first one does not come about.
    :raises StartError: if the lesson does not start.
    """
    heats, reports = course(asked), list[Report]()
    bar = Bar(sum(heat.seconds + AROUND for heat in heats))
    try:
        for heat in heats:
            bar.begin(f"{in_words(heat.clients)}, {heat.rate:g} events/s")
            report, said = measure(asked, heat, bar)
            reports.append(report)
            keep(survey, heat, report, said)
    except KeyboardInterrupt:
        survey.interrupted = True
        survey.remark("it was interrupted: what is missing was not measured")
    except (CrowdError, StartError) as error:
        if not survey.rows:
            raise
        survey.remark(f"it ended early, for {error}")
    finally:
        bar.end()
    for sentence in doubts(reports):
        survey.remark(sentence)
    if asked.url is not None:
        survey.remark("the sale of a lesson that runs goes on at its own rate: only the class grew")


def measure(asked: Asked, heat: Heat, bar: Bar) -> tuple[Report, list[str]]:
    """Let one crowd listen; return its report, and what the server said meanwhile."""
    with server_for(asked, heat) as (url, pid, said):
        return hire(plan(asked, heat, url, pid), bar), said()


@contextlib.contextmanager
def server_for(asked: Asked, heat: Heat) -> Iterator[Host]:
    """Serve the lesson for one crowd, or find the one that is asked for."""
    if asked.url is not None:
        yield asked.url, process_at(asked.url), list
        return
    with serving(core_of(0), RATE=heat.rate, SEED=1) as server:
        yield server.url, server.pid, server.remarks


def plan(asked: Asked, heat: Heat, url: str, pid: int | None) -> Plan:
    """Return what one crowd is to do.

    :raises PlanError: if it cannot be.
    """
    return Plan(
        url,
        heat.clients,
        seconds=heat.seconds,
        joining=min(JOINING, sum(heat.clients.values()) / JOIN_A_SECOND),
        interval=asked.interval,
        hold=asked.hold,
        think=asked.think,
        stay=asked.stay,
        remote=asked.remote,
        server=pid,
        core=core_of(1) if asked.url is None else None,
    )


def keep(survey: Survey, heat: Heat, report: Report, said: list[str]) -> None:
    """Keep what one crowd found.

    :raises KeyboardInterrupt: if it was stopped early.
    """
    survey.rows += rows_of(heat.part, report)
    for sentence in troubles(report, said):
        survey.remark(sentence)
    if report["stopped"]:
        raise KeyboardInterrupt


def doubts(reports: list[Report]) -> Iterator[str]:
    """Say in a few sentences what makes the delays doubtful, if anything does."""
    own = [report for report in reports if report["bottleneck"]]
    if own:
        yield (
            f"in {len(own)} of {len(reports)} crowds the crowd itself was the bottleneck: there, "
            f"marked †, the delays are its own (in the last of them {own[-1]['bottleneck']})"
        )
    for name in ("server", "crowd"):
        held_up = [report[name] for report in reports if was_held_up(report[name])]
        if held_up:
            cpu, waited = (sum(spent[what] for spent in held_up) for what in ("cpu", "waited"))
            yield (
                f"others use this machine: in {len(held_up)} of {len(reports)} crowds the {name} "
                f"worked for {cpu:.1f} s and waited {waited:.1f} s for a core, by which delays are "
                "too long; counts and bytes are not touched by that"
            )


def process_at(url: str) -> int | None:
    """Return which process of ours listens at an address on this machine, where that can be told.

    Only its CPU time and memory are read.
    """
    port = int(url.rsplit(":", 1)[-1]) if url.rsplit(":", 1)[-1].isdigit() else 80
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            for line in process.net_connections("tcp"):
                if line.status == psutil.CONN_LISTEN and line.laddr.port == port:
                    return int(process.pid)
    return None
