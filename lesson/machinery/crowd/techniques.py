"""The three loops of static/js/transports/, spoken by a simulated browser.

Each runs until it fails; `listen` begins it anew after a back-off, from the cursor where it was.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import ClientWebSocketResponse, WSMsgType

from lesson.machinery.crowd import packets
from lesson.machinery.crowd.batches import Batch, continues, fresh, is_behind
from lesson.machinery.crowd.browser import FAILURES, Backoff, Browser, RefusedError
from lesson.machinery.crowd.packets import Packet, read_packet

SILENCE = 10.0  # seconds; the server says something every 5


async def listen(technique: str, browser: Browser) -> None:
    """Listen for ever; whatever fails is counted, and tried again later and later."""
    backoff = Backoff(random.random)
    while True:
        heard = browser.judge.last
        try:
            await TECHNIQUES[technique](browser)
        except FAILURES as error:
            browser.tally.failed(error)
            if browser.judge.last != heard:  # it had worked for a while
                backoff = Backoff(random.random)
            await backoff.wait()


async def short_poll(browser: Browser) -> None:
    """Ask, take what there is, wait, ask again."""
    while True:
        batch = await browser.ask("short-poll")
        if not is_behind(batch):
            await asyncio.sleep(browser.plan.interval)
        await browser.think()


async def long_poll(browser: Browser) -> None:
    """Ask, and let the server keep the question until there is news; the first is not kept."""
    hold = 0.0
    while True:
        await browser.ask("long-poll", hold)
        hold = browser.plan.hold
        await browser.think()


async def web_socket(browser: Browser) -> None:
    """Say once what to follow, then listen."""
    async with await browser.call() as socket:
        line = Line(browser, socket)
        watch = asyncio.create_task(line.watch())
        try:
            await line.listen()
        finally:
            watch.cancel()


class Line:
    """One open connection, from its first packet to its last."""

    def __init__(self, browser: Browser, socket: ClientWebSocketResponse) -> None:
        self._browser = browser
        self._socket = socket
        self._asked = 0  # how often it has asked to follow
        self._early: list[tuple[Batch, float]] | None = None  # that overtook the answer to that
        self._heard = time.monotonic()

    async def listen(self) -> None:
        """Take every packet, until the connection ends.

        :raises FAILURES: however it ends.
        """
        async for message in self._socket:
            at = time.time() * 1000
            if message.type is not WSMsgType.TEXT:
                break
            self._heard = time.monotonic()
            self._browser.tally.carried(len(message.data))
            packet = read_packet(message.data)
            if packet.type == packets.EVENT:
                await self._take(packet.data[1], at)
            else:
                await self._answer(packet, at)
        raise ConnectionResetError(f"the connection ended ({self._socket.close_code})")

    async def watch(self) -> None:
        """Close the connection once nothing was heard on it for 10 s."""
        while (wait := self._heard + SILENCE - time.monotonic()) > 0:
            await asyncio.sleep(wait)
        await self._socket.close()

    async def _answer(self, packet: Packet, at: float) -> None:
        if packet.type == packets.PING:
            await self._say(packets.PONG)
        elif packet.type == packets.OPEN:
            await self._say(packets.CONNECT)
        elif packet.type == packets.CONNECTED:
            await self._follow()
        elif packet.type == packets.ACKNOWLEDGED:
            await self._followed(packet, at)
        else:
            raise RefusedError(f"{packet.type}: {packet.data}"[:120])

    async def _follow(self) -> None:
        self._asked += 1
        self._early = []
        channel = self._browser.plan.channel
        await self._say(packets.follow(self._asked, channel, self._browser.cursor))

    async def _say(self, packet: str) -> None:
        self._browser.tally.carried(len(packet))
        await self._socket.send_str(packet)

    async def _followed(self, packet: Packet, at: float) -> None:
        if packet.number != str(self._asked):
            return
        (batch,), early = packet.data, self._early or []
        self._check(batch)
        self._early = None
        self._browser.hear(batch, at)
        if is_behind(batch):
            await self._follow()
        for next_batch, then in early:
            await self._take(next_batch, then)

    async def _take(self, batch: Batch, at: float) -> None:
        if self._early is not None:
            self._early.append((batch, at))
        elif continues(self._browser.cursor, batch):
            self._browser.hear(fresh(self._browser.cursor, batch), at)
        else:
            await self._follow()

    def _check(self, answer: dict[str, Any]) -> None:
        if "error" in answer:
            if answer["error"]["status"] == 400:
                self._browser.start_over()
            raise RefusedError(f"{answer['error']}"[:120])


TECHNIQUES: dict[str, Callable[[Browser], Awaitable[None]]] = {
    "short-poll": short_poll,
    "long-poll": long_poll,
    "web-socket": web_socket,
}
