"""Measures the lesson beside its peers: `python -m lesson.machinery.peers [PEER ...]`.

Server on one core, clients on another; every run asks all peers one after the other, and of the
runs the median is kept. Prints a table and writes build/peers.json, after Ctrl-C too.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from lesson.machinery.bench.about import about
from lesson.machinery.bench.crowds import CrowdError, core_of, hire, troubles
from lesson.machinery.bench.progress import Progress
from lesson.machinery.bench.results import Figure, Results, table, written
from lesson.machinery.bench.run import run
from lesson.machinery.bench.server import ROOT, StartError, cores
from lesson.machinery.crowd.__main__ import check_files
from lesson.machinery.crowd.plan import LARGEST, Plan, PlanError
from lesson.machinery.peers.servers import LONG, PEERS, PUSH, SHORT, Peer
from lesson.machinery.survey.course import doubts
from lesson.settings import SettingError, number

FILE = ROOT / "build" / "peers.json"
KINDS = {PUSH: "push", LONG: "long poll", SHORT: "short poll"}
INTERVAL = 1.0  # seconds between two short polls
MOST_ANSWERS = 2_000  # a second, by polls: more, and the slowest has no core left
JOIN_A_SECOND = 200
LARGE, BUSY = 1_000, 10  # clients, and events a second, from which on the push is held to Node's

Report = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """How many, how often and how long."""

    clients: tuple[int, ...] = (200, 1_000, 3_000)
    rates: tuple[float, ...] = (1.0, 10.0)
    runs: int = 3
    seconds: float = 10.0

    @classmethod
    def from_environment(cls) -> Asked:
        """Read the settings.

        :raises SettingError: if one has a value that is not allowed.
        """
        given = {name: value for name, value in os.environ.items() if value}

        def several(name: str, usual: str, least: float, most: float) -> list[float]:
            return [number(name, one, least, most) for one in given.get(name, usual).split(",")]

        return cls(
            tuple(int(n) for n in several("CLIENTS", "200,1000,3000", 1, LARGEST)),
            tuple(several("RATE", "1,10", 0.1, 50)),
            int(number("RUNS", given.get("RUNS", "3"), 1, 9, whole=True)),
            number("SECONDS", given.get("SECONDS", "10"), 1, 600),
        )


class Heat(NamedTuple):
    """What all peers are asked for."""

    technique: str
    clients: int
    rate: float

    @property
    def words(self) -> str:
        """Say what it is."""
        return f"{KINDS[self.technique]}, {self.clients:,} clients, {self.rate:g} events/s"


def main(arguments: list[str]) -> int:
    """Measure; return the exit status."""
    try:
        peers = chosen(arguments)
        asked = Asked.from_environment()
        check_files(max(asked.clients))
    except (SettingError, PlanError) as error:
        print(f"Are We There Yet? {error}.", file=sys.stderr)
        return 1
    results = Results(about(command(arguments)))
    return run(results, partial(compare, peers, asked), in_a_table, FILE)


def chosen(names: list[str]) -> list[Peer]:
    """Return the peers of these names, all if there are none.

    :raises SettingError: if there is no such peer.
    """
    known = {peer.key: peer for peer in PEERS}
    for name in names:
        if name not in known:
            raise SettingError(f"there is no peer {name!r}; there are {', '.join(known)}")
    return [known[name] for name in names or known]


def command(arguments: list[str]) -> str:
    """Return the command that was typed, with its settings."""
    names = ("CLIENTS", "RATE", "RUNS", "SECONDS")
    given = [f"{name}={os.environ[name]}" for name in names if os.environ.get(name)]
    return " ".join([*given, "python start.py bench-peers", *arguments])


def heats(asked: Asked) -> Iterator[Heat]:
    """Return what is measured: the push at each size and rate, polls where all can keep up."""
    for clients in asked.clients:
        for rate in asked.rates:
            yield Heat(PUSH, clients, rate)
            if clients * rate <= MOST_ANSWERS:
                yield Heat(LONG, clients, rate)
        if clients / INTERVAL <= MOST_ANSWERS:
            yield Heat(SHORT, clients, asked.rates[0])


def compare(peers: list[Peer], asked: Asked, results: Results, progress: Progress) -> None:
    """Run all heats as often as asked; conclude from what there is, after Ctrl-C too."""
    try:
        for turn in range(asked.runs):
            for heat in heats(asked):
                measure(heat, turn, peers, asked, results, progress)
    finally:
        conclude(results)


def measure(
    heat: Heat, turn: int, peers: list[Peer], asked: Asked, results: Results, progress: Progress
) -> None:
    """Ask one peer after the other; what fails is remarked, and the next one begins."""
    for peer in peers:
        if heat.technique not in peer.speaks:
            continue
        progress.begin(f"run {turn + 1}: {heat.words}: {peer.name}")
        try:
            with peer.serving(core_of(0), heat.rate) as server:
                report = hire(plan(heat, asked, server.url, server.pid), progress)
                said = server.remarks()
        except (CrowdError, StartError) as error:
            results.remark(f"{peer.name}, {heat.words}: not measured, for {error}")
            continue
        entry = {"peer": peer.key, **heat._asdict(), "run": turn, "report": report}
        results.details.setdefault("runs", []).append(entry)
        for sentence in troubles(report, said):
            results.remark(f"{peer.name}: {sentence}")
        if report["stopped"]:
            raise KeyboardInterrupt
        time.sleep(0.5)  # for the sockets of the last one to go


def plan(heat: Heat, asked: Asked, url: str, pid: int) -> Plan:
    """Return what the crowd is to do."""
    return Plan(
        url,
        {heat.technique: heat.clients},
        seconds=asked.seconds,
        joining=max(1.0, heat.clients / JOIN_A_SECOND),
        interval=INTERVAL,
        server=pid,
        core=core_of(1),
    )


# What came of it


def conclude(results: Results) -> None:
    """Take the median of all runs, and hold ours against the others'."""
    if cores() is None:
        results.remark("server and clients could not be put on a core each")
    runs = results.details.get("runs", [])
    for sentence in doubts([entry["report"] for entry in runs]):
        results.remark(sentence)
    medians = results.details["medians"] = medians_of(runs)
    for heat in dict.fromkeys(key[:3] for key in map(heat_of, medians)):
        by_peer = {entry["peer"]: entry for entry in medians if heat_of(entry) == heat}
        results.add(*ratios(Heat(*heat), by_peer))


def heat_of(entry: Report) -> tuple[str, int, float]:
    """Return what a run or a median belongs to."""
    return entry["technique"], entry["clients"], entry["rate"]


def medians_of(runs: list[Report]) -> list[Report]:
    """Return one entry for each heat and peer."""
    found: dict[tuple[Any, ...], list[Report]] = {}
    for entry in runs:
        found.setdefault((*heat_of(entry), entry["peer"]), []).append(entry["report"])
    return [
        {"technique": technique, "clients": clients, "rate": rate, "peer": peer}
        | median(technique, clients, reports)
        for (technique, clients, rate, peer), reports in found.items()
    ]


def median(technique: str, clients: int, reports: list[Report]) -> Report:
    """Return the figures of one peer, each the median of its runs."""

    def middle(values: Iterator[float | None]) -> float | None:
        known = [value for value in values if value is not None]
        return statistics.median(known) if known else None

    said = [report["techniques"][technique] for report in reports]
    each = "deliveries" if technique == PUSH else "answers"
    pairs = list(zip(reports, said, strict=True))
    return {
        "runs": len(reports),
        "cpu_us": middle(r["server"]["cpu"] * 1e6 / s[each] for r, s in pairs if s[each]),
        "p95": middle(s["delay"]["p95"] for s in said),
        "memory_each": middle(
            (r["server"]["rss"] - r["server"]["rss_alone"]) / clients for r in reports
        ),
        "share": middle(r["server"]["share"] for r in reports),
        "lost": sum(s["lost"] for s in said),
        "doubled": sum(s["doubled"] for s in said),
        "bottlenecks": sum(r["bottleneck"] is not None for r in reports),
    }


def ratios(heat: Heat, by_peer: dict[str, Report]) -> Iterator[Figure]:
    """Return what ours is of the others', where something was promised."""
    ours = by_peer.get("ours")
    if ours is None or ours["cpu_us"] is None:
        return
    busy = heat.clients >= LARGE and heat.rate >= BUSY
    wanted = {"node": (0.9, 1.0001), "websockets": (1.0, None), "flask": (None, None)}
    if heat.technique != PUSH:
        wanted = {"flask": (0.7, None), "node": (None, None)}
    for key, (cpu, late) in wanted.items():
        other = by_peer.get(key)
        if other is None or not other["cpu_us"]:
            continue
        promised = cpu if busy or heat.technique != PUSH else None
        name = f"{heat.words}: CPU, ours to {key}'s"
        yield Figure(name, ours["cpu_us"] / other["cpu_us"], "×", promised)
        if late is not None and ours["p95"] and other["p95"]:
            name = f"{heat.words}: p95, ours to {key}'s"
            yield Figure(name, ours["p95"] / other["p95"], "×", late if busy else None)
    if heat.technique == PUSH and heat.clients >= LARGE:
        yield Figure(f"{heat.words}: memory a client", ours["memory_each"] / 1000, "kB", 70)


HEADS = ("", "CPU", "p95", "memory", "of a core", "lost", "doubled")
UNITS = ("", "µs each", "ms", "kB each", "", "", "")


def in_a_table(results: Results) -> str:
    """Return the medians, the ratios and the remarks as text."""
    names = {peer.key: peer.name for peer in PEERS}
    paragraphs = []
    for heat in dict.fromkeys(map(heat_of, results.details["medians"])):
        own = [entry for entry in results.details["medians"] if heat_of(entry) == heat]
        rows = [(names[entry["peer"]], *cells(entry)) for entry in own]
        paragraphs.append(f"{Heat(*heat).words}\n" + table([HEADS, UNITS, *rows], len(HEADS)))
    return "\n\n".join([*paragraphs, *results.paragraphs()])


def cells(entry: Report) -> tuple[str, ...]:
    """Return a median's cells; † where the clients were the bottleneck in a run."""
    memory = entry["memory_each"]
    return (
        "–" if entry["cpu_us"] is None else written(entry["cpu_us"]),
        ("–" if entry["p95"] is None else written(entry["p95"]))
        + ("†" if entry["bottlenecks"] else ""),
        "–" if memory is None else written(memory / 1000),
        f"{entry['share']:.0%}",
        str(entry["lost"]),
        str(entry["doubled"]),
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
