"""The `websockets` library's broadcast, with just enough of Socket.IO's packets around it.

`python -m lesson.machinery.peers.websockets_plain`. Left out: what is lost by who is behind, for
broadcast skips whoever is.
"""

from __future__ import annotations

import asyncio
import json
import time
from http import HTTPStatus
from typing import Any

from websockets.asyncio.server import ServerConnection, broadcast, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from demos.feed import Cursor, Feed
from demos.web_socket import NAMESPACE
from lesson.machinery.listener import raise_file_limit
from lesson.machinery.peers import clockwork

OPEN = json.dumps(
    {"sid": "x", "upgrades": [], "pingInterval": 25_000, "pingTimeout": 20_000, "maxPayload": 9_999}
)
feed = Feed(clockwork.CHANNEL)
followers: set[ServerConnection] = set()


async def talk(connection: ServerConnection) -> None:
    """Speak Socket.IO to one client, as far as it must be spoken."""
    await connection.send(f"0{OPEN}")
    await connection.recv()
    await connection.send(f'40{NAMESPACE},{{"sid":"x"}}')
    try:
        async for packet in connection:
            _, comma, message = str(packet).partition(",")
            if comma:
                followers.add(connection)
                number = message[: message.index("[")]
                asked = json.loads(message[len(number) :])[1]
                batch = feed.since(Cursor(asked.get("epoch"), asked.get("after")))
                await connection.send(f"43{NAMESPACE},{number}[{batch.as_json()}]")
    finally:
        followers.discard(connection)


def answer(connection: ServerConnection, request: Request) -> Response | None:
    """Answer a short poll, by which the crowd finds out where the feed is."""
    if "/demos/short-poll/" not in request.path:
        return None
    body = feed.since(Cursor()).as_json().encode()
    fields = {"Content-Type": "application/json", "Content-Length": str(len(body))}
    fields["Connection"] = "close"
    return Response(HTTPStatus.OK, "OK", Headers(fields), body)


async def sell() -> None:
    """Sell like clockwork, and tell everyone."""
    began, number = time.monotonic(), 0
    while True:
        number += 1
        await asyncio.sleep(clockwork.due(began, number))
        feed.append("sale", clockwork.sale(number))
        batch: Any = feed.since(Cursor(feed.epoch, feed.last - 1))
        broadcast(followers, f'42{NAMESPACE},["batch",{batch.as_json()}]')


async def main() -> None:
    """Serve until the process is told to stop."""
    raise_file_limit()
    pings = {"ping_interval": clockwork.PING, "ping_timeout": clockwork.PING}
    options: dict[str, Any] = {"compression": None, "backlog": 1_024, **pings}
    async with serve(talk, "127.0.0.1", clockwork.PORT, process_request=answer, **options):
        print(f"it is on http://127.0.0.1:{clockwork.PORT}", flush=True)
        await sell()


if __name__ == "__main__":
    asyncio.run(main())
