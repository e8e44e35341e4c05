"""A class to rehearse with: `python -m lesson.machinery.crowd.rehearsal URL ID ...`.

Each id is a student. They follow the instructor (one in five browses), answer predictions at
random, and race: each listens for real, by the technique of its lot. They think for as long as is
written here, no longer. The process ends when its standard input does, that is with
whoever started it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import secrets
import sys
from typing import Any

from aiohttp import ClientWebSocketResponse
from socketio import AsyncClient
from socketio.exceptions import SocketIOError
from yarl import URL

from demos.feed import Cursor
from demos.web_socket import NAMESPACE as DEMO
from lesson.machinery.crowd.batches import Batch
from lesson.machinery.crowd.browser import FAILURES, Browser
from lesson.machinery.crowd.parent import end_with_parent
from lesson.machinery.crowd.plan import TECHNIQUES, Plan
from lesson.machinery.crowd.tally import Tally
from lesson.machinery.crowd.techniques import listen

CLASS = "/class"
TO_JOIN = 3.0  # seconds over which they come
TO_FOLLOW, TO_ANSWER = (0.2, 1.5), (1.0, 8.0)  # seconds that one thinks
TO_PRESS = (0.25, 0.6)  # seconds from seeing to pressing
BROWSE = 0.2  # share of them who do
ONE_IN = 12  # of whom one raises a hand and another is lost, whatever chance says
CLAIM = 99  # the number of a claim's packet: far from those with which one follows

State = dict[str, Any]


class Racer(Browser):
    """A browser that claims what comes back, the way its technique speaks."""

    def __init__(self, student: Simulated, technique: str) -> None:
        super().__init__(student.plan, Tally(), lambda: None)
        self._viewer = student.viewer
        self.cursor = student.begins()
        self._student, self._technique = student, technique
        self._socket: ClientWebSocketResponse | None = None

    async def call(self) -> ClientWebSocketResponse:
        """Open a connection to Socket.IO, and remember it to claim on."""
        self._socket = await super().call()
        return self._socket

    def hear(self, batch: Batch, at: float) -> None:
        """Take a batch, and claim what came back."""
        super().hear(batch, at)
        for event in batch["events"]:
            if event["kind"] == "return" and self._student.races():
                self._student.start(self.claim(event["id"]))

    async def claim(self, ticket: int) -> None:
        """Claim a ticket; who is too late hears so, and that is all."""
        if self._student.presses():
            await asyncio.sleep(random.uniform(*TO_PRESS))
        claim = {"ticket": ticket, "technique": self._technique, "viewer": self._viewer}
        if self._technique == "web-socket" and self._socket is not None:
            await self._socket.send_str(f"42{DEMO},{CLAIM}{json.dumps(['claim', claim])}")
            return
        with contextlib.suppress(*FAILURES):
            async with self._session.post(URL(f"{self.plan.url}/demos/claim"), json=claim):
                pass


class Simulated:
    """One student: a connection to the class, and a browser by one technique at a time."""

    def __init__(self, url: str, id: str, number: int) -> None:
        self.plan = Plan(url, {"web-socket": 1})
        self.viewer = secrets.token_hex(8)
        self._id, self._number = id, number
        self._follows = random.random() >= BROWSE
        self._state: State = {}
        self._answered: set[str] = set()
        self._place: State | None = None
        self._listening: asyncio.Task[None] | None = None
        self._technique = ""
        self._tasks: set[asyncio.Task[Any]] = set()
        self._class = AsyncClient()
        self._class.on("state", self.know, namespace=CLASS)
        self._class.on("connect", self.hello, namespace=CLASS)

    async def run(self) -> None:
        """Join after a while, and stay."""
        await asyncio.sleep(random.uniform(0, TO_JOIN))
        url = f"{self.plan.url}/?part=class"
        await self._class.connect(url, namespaces=[CLASS], transports=["websocket"], retry=True)
        if self._number % ONE_IN == 1:
            await self._tell("lost", {"on": True})
        if self._number % ONE_IN == 0:
            await self._tell("hand", {"on": True, "name": f"Simulated {self._number}"})
        await self._class.wait()

    async def hello(self) -> None:
        """Say who this is, and where."""
        place = self._place or {}
        me = {"viewer": self.viewer, "student": self._id, "following": self._follows, **place}
        answer = await self._tell("hello", me)
        if answer and "state" in answer:
            self.know(answer["state"])

    def know(self, state: State) -> None:
        """Take in what the server says, and do what is due."""
        self._state |= state
        place, asked = self._state["place"], self._state["prediction"]
        if place and place != self._place and self._follows and self._state["lead"]:
            self._place = place
            self.start(self._follow())
        if asked and asked["phase"] == "open" and asked["prediction"] not in self._answered:
            self._answered.add(asked["prediction"])
            self.start(self._vote(asked))
        self._listen(self._state.get("own", {}).get("lot"))

    def races(self) -> bool:
        """Return whether a ticket that comes back is to be claimed, by the first or by the last."""
        return bool(self._lot())

    def begins(self) -> Cursor:
        """Return where to listen from: where the lots were drawn, or from now on."""
        drawn = self._state["race"]["from"] if self._lot() else None
        return Cursor(drawn["epoch"], drawn["after"]) if drawn else Cursor()

    def presses(self) -> bool:
        """Return whether it is the student who claims, not the page."""
        return bool(self._state["race"]["way"] == "hand")

    def start(self, doing: Any) -> None:
        """Do something beside the rest."""
        task = asyncio.create_task(doing)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _lot(self) -> str | None:
        lot: str | None = self._state.get("own", {}).get("lot")
        return lot

    def _listen(self, lot: str | None) -> None:
        technique = lot or self._technique or TECHNIQUES[self._number % 3]
        if technique == self._technique:
            return
        self._technique = technique
        if self._listening:
            self._listening.cancel()
        self._listening = asyncio.create_task(self._hear_by(technique))

    async def _hear_by(self, technique: str) -> None:
        browser = Racer(self, technique)
        try:
            await listen(technique, browser)
        finally:
            await browser.leave()

    async def _follow(self) -> None:
        await asyncio.sleep(random.uniform(*TO_FOLLOW))
        await self.hello()

    async def _vote(self, asked: State) -> None:
        await asyncio.sleep(random.uniform(*TO_ANSWER))
        answer = random.choice(asked["answers"] or [random.randrange(1000)])
        named = {name: asked[name] for name in ("chapter", "prediction")}
        await self._tell("vote", {**named, "answer": answer})

    async def _tell(self, name: str, message: State) -> State | None:
        try:
            answer: State = await self._class.call(name, message, namespace=CLASS, timeout=10)
        except SocketIOError:  # it comes back, and says hello again
            return None
        return answer


async def main(url: str, ids: list[str]) -> None:
    """Let all of them be here."""
    await asyncio.gather(*(Simulated(url, id, number).run() for number, id in enumerate(ids, 1)))


if __name__ == "__main__":
    end_with_parent()
    asyncio.run(main(sys.argv[1], sys.argv[2:]))
