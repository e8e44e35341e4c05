"""What it costs to be heard by a class: 200 browsers of each technique, and then all of them.

Delays are honest only where the crowd keeps up and nobody else takes the processors; the report of
each crowd says whether that was so, and the remarks repeat it.
"""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

from lesson.machinery.bench.progress import Progress
from lesson.machinery.bench.results import Figure, Results, table, written
from lesson.machinery.bench.server import ROOT, Server, cores, serving
from lesson.machinery.crowd.plan import TECHNIQUES, Plan

CLIENTS = 200  # of each technique
RATE = 1  # events a second, on average
INTERVAL = 1.0  # seconds between two short polls: five times the dashboard's own rate
SECONDS = 20.0  # that each crowd is measured
SPARE = 60.0  # seconds beyond that for joining, catching up and leaving

NAMES = {"short-poll": "short polling", "long-poll": "long polling", "web-socket": "WebSocket"}
DELAY_BELOW = {"long-poll": 60.0, "web-socket": 15.0}  # ms, p95
SHARE_BELOW, MEMORY_BELOW = 45.0, 120.0  # % of one core, and MB, with all of them
MB = 1e6
HELD_UP = 0.2  # of its own CPU time: more than that it should not have to wait for a core

Report = dict[str, Any]


class CrowdError(Exception):
    """The crowd did not report."""


def measure(results: Results, progress: Progress) -> None:
    """Let each technique be heard by its crowd alone, then all three together."""
    if cores() is None:
        results.remark("server and crowd could not be put on a core each: they share what there is")
    reports: list[Report] = results.details.setdefault("crowds", [])
    plans = [{technique: CLIENTS} for technique in TECHNIQUES]
    for clients in [*plans, dict.fromkeys(TECHNIQUES, CLIENTS)]:
        progress.begin(f"{in_words(clients)}, {RATE} event/s")
        with serving(core_of(0), RATE=RATE, SEED=1) as server:
            report = hire(plan(server, clients), progress)
        reports.append(report)
        results.add(*figures(report))
        for sentence in (*doubts(report), *troubles(report, server.remarks())):
            results.remark(sentence)
        if report["stopped"]:
            raise KeyboardInterrupt


def plan(server: Server, clients: dict[str, int]) -> Plan:
    """Return the plan for one crowd."""
    return Plan(
        server.url,
        clients,
        seconds=SECONDS,
        interval=INTERVAL,
        server=server.pid,
        core=core_of(1),
    )


def core_of(which: int) -> int | None:
    """Return the server's core (0) or the crowd's (1), where the system can give them out."""
    pair = cores()
    return pair[which] if pair else None


def hire(plan: Plan, progress: Progress) -> Report:
    """Run a crowd in a process of its own; return its report. On Ctrl-C it is what there is so far.

    :raises CrowdError: if it has none.
    :raises KeyboardInterrupt: on Ctrl-C, if there is nothing yet.
    """
    command = [sys.executable, "-m", "lesson.machinery.crowd", plan.as_json()]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as crowd:
        limit = threading.Timer(plan.joining + plan.seconds + SPARE, crowd.kill)
        limit.start()
        try:
            return follow(crowd, progress)
        except KeyboardInterrupt:
            crowd.send_signal(signal.SIGINT)
            with contextlib.suppress(CrowdError):
                return follow(crowd, progress)
            raise
        finally:
            limit.cancel()
            crowd.kill()


def follow(crowd: subprocess.Popen[str], progress: Progress) -> Report:
    """Show how far the crowd is, until it reports.

    :raises CrowdError: if it says why it cannot, or ends without a word.
    """
    assert crowd.stdout is not None
    for line in crowd.stdout:
        news: Report = json.loads(line)
        if "report" in news:
            report: Report = news["report"]
            return report
        if "problem" in news:
            raise CrowdError(news["problem"])
        progress.at(far(news))
    raise CrowdError("the crowd ended without a report")


def far(news: dict[str, float]) -> str:
    """Return how far a crowd is."""
    if "joined" in news:
        return f"{news['joined']:.0f} of {news['of']:.0f} browsers have joined"
    return f"{news['measured']:.0f} of {news['of']:.0f} s"


def in_words(clients: dict[str, int]) -> str:
    """Return who a crowd is."""
    return " + ".join(f"{number} × {NAMES[technique]}" for technique, number in clients.items())


def figures(report: Report) -> Iterator[Figure]:
    """Return the figures of one crowd for which something was promised."""
    if len(report["clients"]) > 1:
        yield Figure("all together: server", report["server"]["share"] * 100, "%", SHARE_BELOW)
        yield Figure("all together: memory", report["server"]["rss"] / MB, "MB", MEMORY_BELOW)
        return
    for technique in report["techniques"].keys() & DELAY_BELOW.keys():
        delay = report["techniques"][technique]["delay"]["p95"]
        yield Figure(f"{NAMES[technique]}: delay p95", delay, "ms", DELAY_BELOW[technique])


def doubts(report: Report) -> Iterator[str]:
    """Say what makes these delays doubtful, if anything does."""
    who = in_words(report["clients"])
    if report["bottleneck"]:
        yield f"{who}: the delays are the crowd's own, for {report['bottleneck']}"
    for name in ("server", "crowd"):
        if was_held_up(report[name]):
            waited, cpu = report[name]["waited"], report[name]["cpu"]
            yield (
                f"{who}: others use this machine; the {name} worked for {cpu:.2f} s and waited "
                f"{waited:.2f} s for a core, by which its delays are too long"
            )


def was_held_up(spent: Report | None) -> bool:
    """Return whether a process had to wait for a core for longer than befits a quiet machine."""
    if not spent or spent["waited"] is None:
        return False
    return bool(spent["waited"] > HELD_UP * spent["cpu"])


def troubles(report: Report, said: list[str]) -> Iterator[str]:
    """Say what went wrong, if anything did.

    :param said: what the server said besides that it is ready.
    """
    who = in_words(report["clients"])
    size = sum(report["clients"].values())
    if report["joined"] < size:
        yield f"{who}: only {report['joined']} of {size} joined"
    for technique, found in report["techniques"].items():
        if found["failures"]:
            yield f"{NAMES[technique]}: {found['failures']} failures ({found['failure']})"
    for line in said[:3]:
        yield f"{who}: the server said {line[:150]!r}"


# The table

HEAD = ("", "median", "p95", "p99", "max", "lost", "doubled", "requests", "empty")
UNITS = ("", "ms", "ms", "ms", "ms", "", "", "an event", "answers")
SERVER_HEAD, SERVER_UNITS = ("server", "a delivery", "memory"), ("of a core", "CPU", "")


def in_a_table(reports: list[Report]) -> str:
    """Return the crowds' reports as a table."""
    rows = [row for report in reports for row in rows_of(report)]
    heads = [(*HEAD, *SERVER_HEAD), (*UNITS, *SERVER_UNITS)]
    return table([*heads, *rows], numbers=len(heads[0]))


def rows_of(report: Report) -> list[tuple[str, ...]]:
    """Return one row for each technique, the server's cells in the last of them."""
    together = len(report["clients"]) > 1
    rows = [
        (f"{'all: ' if together else ''}{NAMES[technique]}", *cells(said))
        for technique, said in report["techniques"].items()
    ]
    server = report["server"]
    mine = (f"{server['share']:.1%}", micro(report), f"{server['rss'] / MB:.0f} MB")
    return [(*row, "", "", "") for row in rows[:-1]] + [(*rows[-1], *mine)]


def cells(said: Report) -> tuple[str, ...]:
    """Return what one technique's browsers saw."""
    delays = (said["delay"][name] for name in ("median", "p95", "p99", "max"))
    answers, requests = said["answers"], said["requests_per_event"]
    return (
        *("–" if delay is None else written(delay) for delay in delays),
        str(said["lost"]),
        str(said["doubled"]),
        "–" if requests is None else written(requests),
        f"{said['empty'] / answers:.0%}" if answers else "–",
    )


def micro(report: Report) -> str:
    """Return the server's CPU time for each delivery."""
    spent = report["server_us_per_delivery"]
    return "–" if spent is None else f"{spent:.0f} µs"
