"""Kills the server at a random moment, and again: everyone must be right within 10 s, each time.

With each kill a sale ends, and what of it was on its way is nobody's: the next one has an epoch of
its own. Of that all must be heard, from its first event on, and each once.
"""

from __future__ import annotations

import asyncio
import random
import time

from lesson.machinery.bench.progress import Progress
from lesson.machinery.crowd.browser import Browser
from lesson.machinery.crowd.plan import TECHNIQUES, Plan
from lesson.machinery.crowd.tally import Tally
from lesson.machinery.crowd.techniques import listen
from lesson.machinery.soak.findings import Findings
from lesson.machinery.soak.server import Server, serving

BROWSERS = 5  # of each technique
RIGHT_WITHIN = 10.0  # seconds after the server is there again
GIVES_UP = 60.0  # seconds
RATE = 10


def measure(minutes: float, findings: Findings, progress: Progress) -> None:
    """Kill it a hundred times in an hour's soak, and less often in a shorter one."""
    count = max(2, min(100, round(100 * minutes / 60)))
    progress.begin(f"{count} kills")
    took, tally = list[float](), Tally()
    with serving(RATE=RATE, SEED=1) as server:
        try:
            asyncio.run(kill(server, count, tally, took, progress))
        finally:
            findings.details["kills"] = took
            judge(tally, took, findings)
            for line in server.troubles()[:3]:
                findings.breaks(f"the server said {line[:150]!r}")


async def kill(
    server: Server, count: int, tally: Tally, took: list[float], progress: Progress
) -> None:
    """Kill and start the server; note how long it took until all were right."""
    plan = Plan(server.url, dict.fromkeys(TECHNIQUES, BROWSERS), interval=1)
    chance = random.Random(1)
    browsers = [(name, Browser(plan, tally, lambda: None)) for name in TECHNIQUES * BROWSERS]
    tasks = [asyncio.create_task(listen(name, browser)) for name, browser in browsers]
    try:
        for number in range(count):
            progress.at(f"{number} of {count}")
            await asyncio.sleep(chance.uniform(0.1, 2))
            await asyncio.to_thread(server.kill)
            await asyncio.sleep(chance.uniform(0, 1))
            await asyncio.to_thread(server.start)
            took.append(await until_right(server, [browser for _, browser in browsers]))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(browser.leave() for _, browser in browsers))


async def until_right(server: Server, browsers: list[Browser]) -> float:
    """Wait until all have what is sold by now, or a minute; return for how many seconds."""
    began = time.monotonic()
    epoch, last = await asyncio.to_thread(server.newest)
    while (since := time.monotonic() - began) < GIVES_UP:
        if all((one.judge.epoch, one.judge.last >= last) == (epoch, True) for one in browsers):
            break
        await asyncio.sleep(0.02)
    return round(since, 3)


def judge(tally: Tally, took: list[float], findings: Findings) -> None:
    """Hold what came of the kills against what was promised."""
    if took:
        name = f"{len(took)} kills: right again, at most"
        findings.promise(name, max(took), "s", RIGHT_WITHIN)
    for name, count in (("lost", tally.lost), ("doubled", tally.doubled)):
        findings.promise(f"{name}, of all that was sold between kills", count, "events", 1)
