"""Kills the server at a random moment, and again: everyone must be right within 10 s, each time."""

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
RATE = 10


def measure(minutes: float, findings: Findings, progress: Progress) -> None:
    """Kill it a hundred times in an hour's soak, and less often in a shorter one."""
    count = max(2, min(100, round(100 * minutes / 60)))
    progress.begin(f"{count} kills")
    took: list[float] = []
    with serving(RATE=RATE, SEED=1) as server:
        try:
            asyncio.run(kill(server, count, took, progress))
        finally:
            findings.details["kills"] = took
            if took:
                name = f"{len(took)} kills: right again, at most"
                findings.promise(name, max(took), "s", RIGHT_WITHIN)
            for line in server.troubles()[:3]:
                findings.breaks(f"the server said {line[:150]!r}")


async def kill(server: Server, count: int, took: list[float], progress: Progress) -> None:
    """Kill and start the server; note how long it took until all were right."""
    plan = Plan(server.url, dict.fromkeys(TECHNIQUES, BROWSERS), interval=1)
    tally, chance = Tally(), random.Random(1)
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
        if tally.doubled:
            raise RuntimeError(f"{tally.doubled} events came twice")
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(browser.leave() for _, browser in browsers))


async def until_right(server: Server, browsers: list[Browser]) -> float:
    """Wait until all have what is sold by now; return the seconds, or infinity after a minute."""
    began = time.monotonic()
    epoch, last = await asyncio.to_thread(server.newest)
    while time.monotonic() - began < 60:
        if all((one.judge.epoch, one.judge.last >= last) == (epoch, True) for one in browsers):
            return round(time.monotonic() - began, 3)
        await asyncio.sleep(0.02)
    return float("inf")
