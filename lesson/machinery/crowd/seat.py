"""A place in the class: a browser listens there, and when it leaves, another joins."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

from lesson.machinery.crowd.browser import Browser
from lesson.machinery.crowd.plan import Plan
from lesson.machinery.crowd.tally import Tally
from lesson.machinery.crowd.techniques import listen


class Seat:
    """One place, and one technique.

    :param joined: called when the first of them has its first batch.
    """

    def __init__(
        self, plan: Plan, technique: str, tally: Tally, joined: Callable[[], None]
    ) -> None:
        self.tally = tally
        self._plan = plan
        self._technique = technique
        self._joined = joined
        self._browser: Browser | None = None
        self._taken = False  # whether one of them has had its first batch

    async def fill(self) -> None:
        """Let one browser after the other listen here, for ever."""
        await asyncio.sleep(random.uniform(0, self._plan.joining))
        while True:
            await self._sit(Browser(self._plan, self.tally, self._has_joined))
            self.tally.left += self.tally.counting

    def owed(self, epoch: str, last: int) -> int:
        """Return how many events up to `last` never came to the browser that sits here now."""
        return self._browser.judge.owed(epoch, last) if self._browser else 0

    def _has_joined(self) -> None:
        if not self._taken:
            self._taken = True
            self._joined()

    async def _sit(self, browser: Browser) -> None:
        self._browser = browser
        stay = random.expovariate(1 / self._plan.stay) if self._plan.stay else None
        try:
            async with asyncio.timeout(stay):
                await listen(self._technique, browser)
        except TimeoutError:
            pass  # it has had enough
        finally:
            await browser.leave()
