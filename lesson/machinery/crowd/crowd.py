"""Lets a crowd join, listen and leave, and measures it, itself and the server meanwhile."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import Callable
from typing import Any

from aiohttp import ClientSession, ClientTimeout

from lesson.machinery.crowd.batches import read_batch
from lesson.machinery.crowd.browser import FAILURES
from lesson.machinery.crowd.effort import Effort, Timer, memory
from lesson.machinery.crowd.plan import Plan
from lesson.machinery.crowd.seat import Seat
from lesson.machinery.crowd.tally import Tally, ratio

TO_JOIN = 20  # seconds beyond those over which they join
TO_CATCH_UP = 5  # seconds beyond a short poll's interval
BUSY = 0.8  # of a core: from here on the crowd measures itself
LATE = 5.0  # ms by which the timer of a crowd that keeps up is late at most, 95 times in 100

Tell = Callable[[dict[str, Any]], None]


class AbsentError(Exception):
    """There is no server of ours."""


class Crowd:
    """A crowd of browsers.

    :param tell: is told how far it is.
    """

    def __init__(self, plan: Plan, tell: Tell) -> None:
        self.plan = plan
        self.stopped = asyncio.Event()
        self._tell = tell
        self._tallies = {technique: Tally() for technique, n in plan.clients.items() if n}
        self._seats: list[Seat] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._joined = 0
        self._changed = asyncio.Event()

    async def run(self) -> dict[str, Any]:
        """Do all that is planned, or what of it there is time for before `stop`; report.

        :raises AbsentError: if there is no server of ours.
        """
        await self._newest()
        alone = None if self.plan.server is None else memory(self.plan.server)
        try:
            await self._join()
            measured = await self._measure()
            await self._catch_up()
        finally:
            await self._leave()
        if measured["server"]:
            measured["server"]["rss_alone"] = alone
        return self._report(measured)

    def stop(self) -> None:
        """Let it end early. May be called more than once."""
        self.stopped.set()
        self._changed.set()

    async def _join(self) -> None:
        loop = asyncio.get_running_loop()
        for technique, tally in self._tallies.items():
            for _ in range(self.plan.clients[technique]):
                self._seats.append(Seat(self.plan, technique, tally, self._has_joined))
        random.shuffle(self._seats)
        deadline = loop.time() + self.plan.joining + TO_JOIN
        self._tasks += [asyncio.create_task(seat.fill()) for seat in self._seats]
        while self._joined < len(self._seats) and not self.stopped.is_set():
            self._changed.clear()
            self._tell({"joined": self._joined, "of": self.plan.size})
            if loop.time() >= deadline:
                return
            await wait_for(self._changed, 0.5)

    def _has_joined(self) -> None:
        self._joined += 1
        if self._joined == len(self._seats):
            self._changed.set()

    async def _measure(self) -> dict[str, Any]:
        # Who joined at the same moment polls at the same moment; a class does not stay in step.
        for tally in self._tallies.values():
            tally.open()
        server = None if self.plan.server is None else Effort(self.plan.server)
        crowd, timer = Effort(os.getpid()), Timer()
        began = time.monotonic()
        while (left := began + self.plan.seconds - time.monotonic()) > 0:
            self._tell({"measured": self.plan.seconds - left, "of": self.plan.seconds})
            for tally in self._tallies.values():
                tally.look()
            if await wait_for(self.stopped, min(1, left)):
                break
        measured = {
            "seconds": round(time.monotonic() - began, 3),
            "server": server and server.spent(),
            "crowd": crowd.spent(),
            "timer": timer.stop(),
        }
        for tally in self._tallies.values():
            tally.shut()
        return measured

    async def _catch_up(self) -> None:
        # What was sold before this moment must still come, to everyone.
        epoch, last = await self._newest()
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self.plan.interval + TO_CATCH_UP
        while any(seat.owed(epoch, last) for seat in self._seats):
            if loop.time() >= deadline:
                break
            await asyncio.sleep(0.05)
        for seat in self._seats:
            seat.tally.lost += seat.owed(epoch, last)

    async def _newest(self) -> tuple[str, int]:
        url = f"{self.plan.url}/demos/short-poll/{self.plan.channel}"
        try:
            timeout = ClientTimeout(total=10)
            async with ClientSession(timeout=timeout) as session, session.get(url) as response:
                batch = read_batch(await response.read())
            return batch["epoch"], batch["last"]
        except FAILURES as error:
            raise AbsentError(f"nobody answers at {self.plan.url}: {error}") from None
        except (ValueError, LookupError, TypeError):
            raise AbsentError(f"who answers at {self.plan.url} is no server of ours") from None

    async def _leave(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _report(self, measured: dict[str, Any]) -> dict[str, Any]:
        techniques = {name: tally.figures() for name, tally in self._tallies.items()}
        deliveries = sum(tally.deliveries for tally in self._tallies.values())
        return {
            "clients": self.plan.clients,
            "joined": self._joined,
            "stopped": self.stopped.is_set(),
            "techniques": techniques,
            "deliveries": deliveries,
            **measured,
            "crowd_us_per_delivery": per_delivery(measured["crowd"]["cpu"], deliveries),
            "server_us_per_delivery": measured["server"]
            and per_delivery(measured["server"]["cpu"], deliveries),
            "bottleneck": bottleneck(measured),
        }


def per_delivery(seconds: float, deliveries: int) -> float | None:
    """Return the CPU time for each delivery in µs, or None where there were none."""
    return ratio(seconds * 1e6, deliveries)


def bottleneck(measured: dict[str, Any]) -> str | None:
    """Say why these delays are the crowd's own, or return None where they are not."""
    if measured["crowd"]["share"] > BUSY:
        return f"the crowd itself took {measured['crowd']['share']:.0%} of a core"
    if measured["timer"]["p95"] > LATE:
        return f"the crowd's own timer was {measured['timer']['p95']:.0f} ms late (p95)"
    return None


async def wait_for(event: asyncio.Event, seconds: float) -> bool:
    """Wait for an event, at most for so long; return whether it came."""
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False
