"""What several processes cost and carry: one crowd with a Redis and without, on one and on two.

How many times as much two carry is reckoned from the CPU time of a delivery, of the dearer server:
so it can be told on a machine that has not a core for each. It means little where others work too.
Left out: nginx, which all stand behind.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from lesson.machinery.bench.crowds import Report, core_of, doubts, hire, in_words, plan, troubles
from lesson.machinery.bench.progress import Progress
from lesson.machinery.bench.results import Figure, Results
from lesson.machinery.bench.server import Server, StartError, serving
from lesson.machinery.cluster.part import PartError, free_port
from lesson.machinery.cluster.redis import create_redis, redis_url

RATE = 10  # events a second, on average
FEW, MANY = {"web-socket": 30, "long-poll": 30}, {"web-socket": 600, "long-poll": 60}
MORE_BELOW = 5.0  # ms at the median
DEARER_BELOW = 2 / 1.7  # times what a delivery costs one alone: then two carry 1.7 times as much


def measure(results: Results, progress: Progress) -> None:
    """Let few be heard by a server without Redis and by one with; many, by that and by two."""
    with a_redis() as url:
        places = [{"REDIS_URL": f"{url}{number}"} for number in range(3)]
        alone = hear(results, progress, FEW, "one server, no Redis", [{}])
        later = hear(results, progress, FEW, "one server, Redis", [places[0]])
        shared = hear(results, progress, MANY, "one server, Redis", [places[1]])
        both = hear(results, progress, MANY, "two servers, Redis", [places[2]] * 2)
    for technique in FEW:
        more = median(later, technique) - median(alone, technique)
        results.add(Figure(f"Redis: {technique} later at the median", more, "ms", MORE_BELOW))
    dearer = cost(both) / cost(shared)
    results.add(
        Figure("two servers: CPU a delivery, of one's", dearer, "", DEARER_BELOW),
        Figure("two servers carry, of what one does", 2 / dearer, "times"),
    )


@contextmanager
def a_redis() -> Iterator[str]:
    """Run a Redis until the block is left; give its address, without its database's number.

    :raises StartError: if there is none.
    """
    with tempfile.TemporaryDirectory() as folder:
        try:
            port = free_port()
            redis = create_redis(port, Path(folder) / "redis")
            redis.start()
        except PartError as error:
            raise StartError(str(error)) from None
        try:
            yield redis_url(port).removesuffix("0")
        finally:
            redis.stop()


def hear(
    results: Results,
    progress: Progress,
    crowd: dict[str, int],
    who: str,
    servers: list[dict[str, str]],
) -> list[Report]:
    """Divide a crowd among servers with these settings; return the reports."""
    who = f"{in_words(crowd)}, {who}"
    progress.begin(f"{who}, {RATE} events/s")
    part = {technique: number // len(servers) for technique, number in crowd.items()}
    with ExitStack() as stack:
        running = [
            stack.enter_context(serving(core_of(0), RATE=RATE, SEED=1, **settings))
            for settings in servers
        ]

        def listen(server: Server) -> Report:
            return hire(plan(server, part), progress)

        with ThreadPoolExecutor(len(running)) as pool:
            reports = list(pool.map(listen, running))
        for report, server in zip(reports, running, strict=True):
            for sentence in (*doubts(report), *troubles(report, server.remarks())):
                results.remark(f"{who}: {sentence}")
    results.details.setdefault("several", {})[who] = reports
    return reports


def median(reports: list[Report], technique: str) -> float:
    """Return a technique's median delay in ms, of one server's report."""
    return float(reports[0]["techniques"][technique]["delay"]["median"])


def cost(reports: list[Report]) -> float:
    """Return the CPU time of a delivery in µs, of the server where it is the most."""
    return max(float(report["server_us_per_delivery"]) for report in reports)
