"""One simulated browser: connections of its own, its cursor, and the judge that it reports to."""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from collections.abc import Callable
from urllib.parse import urlencode

from aiohttp import (
    ClientError,
    ClientSession,
    ClientTimeout,
    ClientWebSocketResponse,
    ClientWSTimeout,
    DummyCookieJar,
    TCPConnector,
)
from yarl import URL

from demos.feed import Cursor
from lesson.machinery.crowd import heads, packets
from lesson.machinery.crowd.batches import Batch, advance, given, is_behind, read_batch
from lesson.machinery.crowd.judge import Judge
from lesson.machinery.crowd.plan import Plan
from lesson.machinery.crowd.tally import Tally
from lesson.machinery.crowd.wire import counted

CONNECTIONS = 6  # that a browser opens to one host with HTTP/1.1
IDLE = 300  # seconds after which Chromium itself would close a connection
PATIENCE = 10  # seconds for an answer that comes at once; a held one has its hold on top
FAILURES = (ClientError, TimeoutError, OSError)


class RefusedError(ClientError):
    """The server answered, but not with a batch."""


class Browser:
    """A browser with one dashboard, fed by one technique.

    :param joined: called when it has its first batch.
    """

    def __init__(self, plan: Plan, tally: Tally, joined: Callable[[], None]) -> None:
        self.plan = plan
        self.tally = tally
        self.cursor = Cursor()
        self.judge = Judge(tally)
        self._joined: Callable[[], None] | None = joined
        self._viewer = secrets.token_hex(8)
        self._session = ClientSession(
            connector=TCPConnector(
                limit=CONNECTIONS, keepalive_timeout=IDLE, socket_factory=counted(tally)
            ),
            cookie_jar=DummyCookieJar(),
        )

    async def ask(self, technique: str, hold: float | None = None) -> Batch:
        """Ask for what comes after the cursor; return the answer once it is reported.

        :raises FAILURES: if no batch comes.
        """
        held = {} if hold is None else {"hold": hold}
        query = urlencode(given(self.cursor) | held | {"viewer": self._viewer})
        url = URL(f"{self.plan.url}/demos/{technique}/{self.plan.channel}?{query}", encoded=True)
        timeout = ClientTimeout(total=PATIENCE + (hold or 0))
        self.tally.asked()
        async with self._session.get(url, headers=heads.QUESTION, timeout=timeout) as response:
            body = await response.read()
            self.tally.carried(len(body))
        at = time.time() * 1000
        if response.status != 200:
            self._refused(response.status, body)
        batch = read_batch(body)
        self.hear(batch, at)
        return batch

    async def think(self) -> None:
        """Take the time that a page takes before it asks again, each time another."""
        if self.plan.think:
            await asyncio.sleep(random.expovariate(1 / self.plan.think))

    async def call(self) -> ClientWebSocketResponse:
        """Open a connection to Socket.IO, as a WebSocket from the start."""
        self.tally.asked()
        return await self._session.ws_connect(
            URL(self.plan.url + packets.PATH.format(viewer=self._viewer), encoded=True),
            headers=heads.handshake(self.plan.url),
            timeout=ClientWSTimeout(ws_close=2),
        )

    def hear(self, batch: Batch, at: float) -> None:
        """Move the cursor on and report a batch that came at this moment, in ms."""
        self.tally.answered(len(batch["events"]))
        self.cursor = advance(self.cursor, batch)
        self.judge.report(batch, at)
        if self._joined and not is_behind(batch):
            self._joined()
            self._joined = None

    def start_over(self) -> None:
        """Go on from now: the server refused the cursor."""
        self.cursor = Cursor()

    async def leave(self) -> None:
        """Close all its connections."""
        await self._session.close()

    def _refused(self, status: int, body: bytes) -> None:
        if status == 400:
            self.start_over()
        raise RefusedError(f"{status}: {body[:120].decode(errors='replace')}")


class Backoff:
    """How long to wait after a failure: about 0.5 s at first, at most 8 s, never the same twice.

    :param draw: returns a number from 0 to 1.
    """

    def __init__(self, draw: Callable[[], float]) -> None:
        self._draw = draw
        self._next = 0.5

    async def wait(self) -> None:
        """Wait, and longer the next time."""
        await asyncio.sleep(self._next * (0.75 + 0.25 * self._draw()))
        self._next = min(8.0, self._next * 2)
