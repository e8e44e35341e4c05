"""Who follows a class: `python -m lesson.machinery.crowd.classmates PLAN`, the plan being JSON.

Each joins as a browser does: it loads the page and all files of it, opens its connection to the
class and says hello. Then the instructor goes from step to step, and each says when it heard: all
on one clock, that of this process. Prints one line of JSON. Left out: drawing.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import random
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from aiohttp import (
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
    WSMsgType,
)

from lesson.machinery.crowd import heads
from lesson.machinery.crowd.__main__ import settle
from lesson.machinery.crowd.browser import CONNECTIONS, FAILURES
from lesson.machinery.crowd.effort import Effort
from lesson.machinery.crowd.tally import percentiles

SOCKET = "/socket.io/?part=class&EIO=4&transport=websocket"
CLASS = "/class"
PATIENCE = 30.0  # seconds for all to join beyond those over which they do
BETWEEN = 0.5  # seconds between two steps
LATEST = 5.0  # seconds in which a step must have been heard of


@dataclass(frozen=True)
class Plan:
    """Who comes, and what the instructor does."""

    url: str
    cookie: str  # the instructor's
    files: list[str]  # what a page loads, itself first
    places: list[list[str]]  # chapter and step, to be gone to one after the other
    students: int
    joining: float  # seconds over which they come
    steps: int
    wait: float = 0  # seconds between the last one's joining and the first step
    core: int | None = None  # where this is to run


class Member:
    """One connection to the class.

    :param told: called with each state.
    """

    def __init__(
        self, plan: Plan, told: Callable[[dict[str, Any]], None], cookie: str = ""
    ) -> None:
        self._plan, self._told = plan, told
        self._headers = heads.handshake(plan.url) | ({"Cookie": cookie} if cookie else {})
        self._session = ClientSession(
            connector=TCPConnector(limit=CONNECTIONS),
            cookie_jar=DummyCookieJar(),
            timeout=ClientTimeout(total=60),
        )
        self._socket: Any = None
        self.here = asyncio.Event()  # while the class knows it
        self.losses = 0

    async def load(self) -> None:
        """Load the page, and then all that it needs."""
        first, *rest = self._plan.files
        await self._get(first)
        await asyncio.gather(*map(self._get, rest))

    async def stay(self, hello: dict[str, Any]) -> None:
        """Take in what is said to the class, for ever; a connection that is lost is made anew."""
        while True:
            try:
                await self._listen(hello)
            except FAILURES:
                pass
            self.here.clear()
            self.losses += 1
            await asyncio.sleep(random.uniform(0.5, 1))

    async def send(self, name: str, message: dict[str, Any], number: int = 2) -> None:
        """Send a message, once there is a connection.

        :raises FAILURES: if it is lost just then.
        """
        await self.here.wait()
        await self._write(name, message, number)

    async def leave(self) -> None:
        """Close everything."""
        await self._session.close()

    async def _listen(self, hello: dict[str, Any]) -> None:
        url = self._plan.url + SOCKET
        async with self._session.ws_connect(url, headers=self._headers) as self._socket:
            async for message in self._socket:
                if message.type is WSMsgType.TEXT:
                    await self._take(message.data, hello)

    async def _write(self, name: str, message: dict[str, Any], number: int) -> None:
        await self._socket.send_str(f"42{CLASS},{number}{json.dumps([name, message])}")

    async def _take(self, text: str, hello: dict[str, Any]) -> None:
        if text == "2":
            await self._socket.send_str("3")
        elif text.startswith("0"):
            await self._socket.send_str(f"40{CLASS},")
        elif text.startswith(f"40{CLASS},"):
            await self._write("hello", hello, number=1)
        elif text.startswith(f"43{CLASS},1["):
            self._told(json.loads(text[len(CLASS) + 4 :])[0]["state"])
            self.here.set()
        elif text.startswith(f'42{CLASS},["state",'):
            self._told(json.loads(text[len(CLASS) + 3 :])[1])

    async def _get(self, path: str) -> None:
        async with self._session.get(self._plan.url + path, headers=heads.QUESTION) as answer:
            await answer.read()
            answer.raise_for_status()


class Classmates:
    """All students of a plan, and their instructor."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._joins: list[dict[str, float]] = []  # ms to the page with its files, and to the state
        self._heard: list[float] = []  # ms from a step's sending to a student's hearing of it
        self._step: dict[str, str] = {}
        self._waiting: set[int] = set()  # the students who have not heard of it yet
        self._sent = 0.0
        self._failures: list[str] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def run(self) -> dict[str, Any]:
        """Let them join, go through the steps, and report."""
        effort = Effort(os.getpid())
        instructor = Member(self._plan, lambda state: None, self._plan.cookie)
        self._start(instructor.stay({}))
        await asyncio.wait_for(instructor.here.wait(), PATIENCE)
        await instructor.send("sale", {"paused": False})
        students = [
            Member(self._plan, partial(self._hear, number)) for number in range(self._plan.students)
        ]
        joining = [
            asyncio.create_task(self._join(student, number))
            for number, student in enumerate(students)
        ]
        _, missing = await asyncio.wait(joining, timeout=self._plan.joining + PATIENCE)
        self._tasks += missing
        await asyncio.sleep(self._plan.wait)
        await self._go_through(instructor)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(member.leave() for member in (instructor, *students)))
        lost = sum(member.losses for member in (instructor, *students))
        return self._report() | {"lost": lost, "crowd": effort.spent()}

    async def _join(self, student: Member, number: int) -> None:
        await asyncio.sleep(random.uniform(0, self._plan.joining))
        began = time.perf_counter()
        try:
            await student.load()
            loaded = time.perf_counter()
            me = {"viewer": f"classmate{number:04}", "following": True}
            self._start(student.stay(me))
            await asyncio.wait_for(student.here.wait(), PATIENCE)
        except FAILURES as error:
            self._failures.append(f"{type(error).__name__}: {error}"[:120])
            return
        state = time.perf_counter()
        self._joins.append({"page": (loaded - began) * 1000, "state": (state - began) * 1000})

    async def _go_through(self, instructor: Member) -> None:
        for place in itertools.islice(itertools.cycle(self._plan.places), self._plan.steps):
            self._step = dict(zip(("chapter", "step"), place, strict=True))
            self._sent = time.perf_counter()
            self._waiting = set(range(self._plan.students))
            await instructor.send("step", self._step)
            await asyncio.sleep(BETWEEN)
            while self._waiting and time.perf_counter() - self._sent < LATEST:
                await asyncio.sleep(0.05)

    def _hear(self, number: int, state: dict[str, Any]) -> None:
        if number in self._waiting and state["place"] == self._step:
            self._waiting.remove(number)
            self._heard.append((time.perf_counter() - self._sent) * 1000)

    def _start(self, doing: Any) -> None:
        self._tasks.append(asyncio.create_task(doing))

    def _report(self) -> dict[str, Any]:
        return {
            "joined": len(self._joins),
            "of": self._plan.students,
            "files": len(self._plan.files),
            "page": percentiles([join["page"] for join in self._joins]),
            "state": percentiles([join["state"] for join in self._joins]),
            "step": percentiles(self._heard),
            "unheard": self._plan.steps * len(self._joins) - len(self._heard),
            "failures": self._failures[:3],
        }


def main(text: str) -> int:
    """Run the plan; return the exit status."""
    plan = Plan(**json.loads(text))
    settle(plan.core)
    try:
        print(json.dumps({"report": asyncio.run(Classmates(plan).run())}), flush=True)
    except FAILURES as error:
        print(json.dumps({"problem": f"{type(error).__name__}: {error}"}), flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
