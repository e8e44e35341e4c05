"""A day of a class: a calm morning, hours in which people come and go and lines break, an evening.

The same 200 pages, each with all three techniques, stay for each part of it. Which fault comes when
is drawn by SEED. Memory, files and threads are looked at from outside, once a second. On a day that
is long enough the feed is full at its half, and a busy minute weighs little: there memory, and that
delays stay, are promises.
"""

from __future__ import annotations

import random
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import psutil

from lesson.machinery.bench.progress import Progress
from lesson.machinery.bench.results import Figure
from lesson.machinery.crowd.plan import TECHNIQUES, Plan
from lesson.machinery.soak.crew import Crew, Report
from lesson.machinery.soak.findings import Findings
from lesson.machinery.soak.server import Server, Steering, serving

RATE = 10  # events a second
PAGES, GUESTS = 200, 10
INTERVAL = 2.0  # seconds between two short polls
ROUND, STAY, TROUBLE = 24.0, 14.0, 6.0  # seconds: of a round, of its guests, of its fault
P99_BELOW = {"web-socket": 100.0, "long-poll": 250.0}  # ms
MEMORY_BELOW, GROWN_BELOW = 256.0, 5.0  # MB, %
FEED_FULL = 40  # minutes: of a day, from which on the feed is full at its half
TIMES, MORE = 2.0, 20.0  # the morning's p99, and ms: what the evening's may come to
SLACK = {"files": 3, "threads": 1, "green threads": 5, "sessions": 1}
TO_SETTLE = 40.0  # seconds in which all must be as before
MB = 1e6
FAIR = {"delay": 0, "jitter": 0, "loss": 0, "outage": 0}
SEVERAL: dict[str, Any] = {"cut": True, "delay": 100, "loss": 10}
FAULTS: list[dict[str, Any]] = [
    {"delay": 200},
    {"jitter": 300},
    {"loss": 4},
    {"cut": True},
    {"outage": 3},
    {"delay": 100, "jitter": 100, "loss": 10},
]


@dataclass
class Day:
    """What a day has shown so far."""

    morning: Report = field(default_factory=dict)
    noon: Report = field(default_factory=dict)
    evening: Report = field(default_factory=dict)
    guests: list[Report] = field(default_factory=list)
    samples: list[dict[str, float]] = field(default_factory=list)


def measure(minutes: float, findings: Findings, progress: Progress) -> None:
    """Let a day pass, in about so many minutes."""
    day = Day()
    with serving(RATE=RATE, SEED=1) as server:
        steering = Steering(server)
        before = server.holds()
        threading.Thread(target=sample, args=(server, day.samples), daemon=True).start()
        try:
            live(minutes, findings.seed, server, steering, day, progress)
            progress.begin("The evening's end: whatever was held is let go")
            judge_leaks(before, server, findings)
        finally:
            judge(day, minutes, server, findings)
            steering.close()


def live(
    minutes: float, seed: int, server: Server, steering: Steering, day: Day, progress: Progress
) -> None:
    """Let the three parts of a day pass."""
    calm = max(5.0, min(600.0, 10 * minutes))
    progress.begin(f"Morning: {PAGES} pages, {RATE} events/s, {calm:.0f} s")
    attend(server, calm, progress, day.morning)
    rounds = max(1, round(30 * minutes / ROUND))
    progress.begin(f"Day: {PAGES} pages, {rounds} × {GUESTS} guests, faults by SEED={seed}")
    lasting = hire(server, PAGES, rounds * ROUND)
    try:
        for number, (calm_for, fault) in enumerate(draw_rounds(rounds, seed)):
            progress.at(f"{number} of {rounds} rounds; {megabytes(day):.0f} MB")
            day.guests.append(let_round_pass(calm_for, fault, server, steering))
    finally:
        steering.tell("fault", {"viewer": "all"} | FAIR)
        if len(day.guests) < rounds:
            lasting.stop()
        day.noon.update(lasting.report())
    calm = max(5.0, min(300.0, 5 * minutes))
    progress.begin(f"Evening: as the morning, {calm:.0f} s")
    attend(server, calm, progress, day.evening)


def hire(server: Server, pages: int, seconds: float) -> Crew:
    """Let so many pages come and stay."""
    clients = dict.fromkeys(TECHNIQUES, pages)
    joining = 3.0 if pages > GUESTS else 1.0
    return Crew(Plan(server.url, clients, seconds, joining, interval=INTERVAL, server=server.pid))


def attend(server: Server, seconds: float, progress: Progress, heard: Report) -> None:
    """Let pages come, stay and go; keep what they heard. On Ctrl-C it is what there is so far."""
    crew, began = hire(server, PAGES, seconds), time.monotonic()
    try:
        while (since := time.monotonic() - began) < seconds:
            progress.at(f"{since:.0f} s")
            time.sleep(1)
    except KeyboardInterrupt:
        crew.stop()
        raise
    finally:
        heard.update(crew.report())


def draw_rounds(count: int, seed: int) -> list[tuple[float, dict[str, Any]]]:
    """Draw for each round after how many seconds its fault comes, and which; the same by one seed.

    The first one's is several at once. Then each comes at least once, as far as there are rounds.
    """
    chance = random.Random(seed)
    faults = chance.sample(FAULTS, len(FAULTS)) + chance.choices(FAULTS, k=count)
    later = faults[: count - 1]
    chance.shuffle(later)
    return [(chance.uniform(1, 3), fault) for fault in (SEVERAL, *later)]


def let_round_pass(
    calm_for: float, fault: dict[str, Any], server: Server, steering: Steering
) -> Report:
    """Let guests come, something break and heal, and the guests go."""
    began = time.monotonic()
    crew = hire(server, GUESTS, STAY)
    try:
        time.sleep(calm_for)
        steering.tell("fault", {"viewer": "all"} | fault)
        time.sleep(TROUBLE)
        steering.tell("fault", {"viewer": "all"} | FAIR)
        time.sleep(max(0.0, began + ROUND - time.monotonic()))
    except KeyboardInterrupt:
        crew.stop()
        raise
    return crew.report()


def sample(server: Server, samples: list[dict[str, float]]) -> None:
    """Look at the server once a second, until it ends."""
    while True:
        try:
            samples.append(server.sizes())
        except psutil.Error:  # it has ended
            return
        time.sleep(1)


def megabytes(day: Day) -> float:
    """Return what the server has now."""
    return day.samples[-1]["memory"] / MB if day.samples else 0.0


def judge(day: Day, minutes: float, server: Server, findings: Findings) -> None:
    """Hold what the day has shown against what was promised."""
    findings.details["day"] = {
        "morning": day.morning,
        "noon": day.noon,
        "evening": day.evening,
        "guests": day.guests,
        "samples": day.samples,
    }
    parts = [report for report in (day.morning, day.noon, day.evening) if report]
    for name in ("lost", "doubled"):
        findings.promise(
            f"{name}, of all that {PAGES} pages heard", total(parts, name), "events", 1
        )
    calm = total([report for report in (day.morning, day.evening) if report], "failures")
    findings.add(Figure("broken off, morning and evening", calm, "times", 1))
    guests = total(day.guests, "doubled")
    findings.promise("doubled, of all that guests heard", guests, "events", 1)
    for technique, below in P99_BELOW.items():
        for when, report in (("morning", day.morning), ("evening", day.evening)):
            if report:
                name = f"{technique}: delay p99, {when}"
                findings.add(Figure(name, p99(report, technique), "ms", below))
    for line in server.troubles()[:3]:
        findings.breaks(f"the server said {line[:150]!r}")
    judge_memory(day, minutes, findings)
    judge_delays(day, minutes, findings)
    findings.remark(f"SEED={findings.seed} has the same faults again")
    for report in parts:
        remark(report, findings)


def judge_memory(day: Day, minutes: float, findings: Findings) -> None:
    """Say how much memory there was, and how much more of it in the end."""
    memory = [one["memory"] / MB for one in day.samples]
    if not memory:
        return
    keep = held_to(minutes, findings)
    keep(f"memory, with {PAGES} pages, at most", max(memory), "MB", MEMORY_BELOW)
    half, tenth = len(memory) // 2, max(1, len(memory) // 10)
    then, now = statistics.median(memory[half : half + tenth]), statistics.median(memory[-tenth:])
    keep("memory, grown in the second half", (now / then - 1) * 100, "%", GROWN_BELOW)
    if minutes < FEED_FULL:
        findings.remark("the feed was not full before the half, and so its own growth is in memory")


def judge_delays(day: Day, minutes: float, findings: Findings) -> None:
    """Say whether who is pushed to hears as soon in the evening as in the morning."""
    for technique in P99_BELOW:
        morning, evening = p99(day.morning, technique), p99(day.evening, technique)
        if morning is not None and evening is not None:
            name = f"{technique}: delays stay, p99 in the evening"
            held_to(minutes, findings)(name, evening, "ms", TIMES * morning + MORE)


def held_to(minutes: float, findings: Findings) -> Callable[[str, float, str, float], None]:
    """Return what keeps a figure of a day: as a promise where the day is long enough for that."""
    return findings.promise if minutes >= FEED_FULL else findings.want


def p99(report: Report, technique: str) -> float | None:
    """Return a technique's p99 in ms, where there is one."""
    if not report:
        return None
    found: float | None = report["techniques"][technique]["delay"]["p99"]
    return found


def judge_leaks(before: dict[str, float], server: Server, findings: Findings) -> None:
    """Wait until the server holds no more than before anyone came."""
    deadline = time.monotonic() + TO_SETTLE
    while True:
        now = server.holds()
        more = {name: now[name] - before[name] - SLACK[name] for name in before}
        if all(value <= 0 for value in more.values()) or time.monotonic() > deadline:
            break
        time.sleep(1)
    findings.details["held"] = {"before": before, "after": now}
    for name in before:
        left = now[name] - before[name]
        findings.promise(f"{name} left over, all gone", left, name, SLACK[name] + 1)


def total(reports: list[Report], name: str) -> int:
    """Return a count over all techniques of all reports."""
    return sum(said[name] for report in reports for said in report["techniques"].values())


def remark(report: Report, findings: Findings) -> None:
    """Say what makes the delays doubtful, if anything does."""
    if report["bottleneck"]:
        findings.remark(f"the delays are the crowd's own, for {report['bottleneck']}")
    size = sum(report["clients"].values())
    if report["joined"] < size:
        findings.remark(f"only {report['joined']} of {size} joined")
