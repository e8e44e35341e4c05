"""A simulated crowd, started from the console: what each technique costs, on this very server.

It is a process of its own, and measures this one; see lesson/machinery/survey/live.py. Each
technique's browsers listen alone, one after the other, by the same demos as everybody; they say
nothing to the class. What they found stays until the next crowd.
"""

from __future__ import annotations

import json
import os
import time
from typing import Any

from werkzeug.exceptions import BadRequest, Conflict

from demos.protocol import Message, short
from lesson.classroom.companion import Companion
from lesson.classroom.reading import is_number, only, read_number

PROCESS = "lesson.machinery.survey.live"
MOST, LONGEST = 5_000, 60  # browsers of each technique; seconds that each is measured
USUAL = 10.0  # seconds
INTERVAL, HOLD = 1.0, 25.0  # seconds, where the class has no setting
PATIENCE = 240.0  # seconds beyond those that are measured, for three crowds to come and go
CROWDS = 3


class Crowd:
    """The crowd that listens, and what the last one found.

    :param url: the server's own address.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._process: Companion | None = None
        self._until = 0.0
        self._shown: Message | None = None
        self._why_stopped = self._problem = ""

    @property
    def is_on(self) -> bool:
        """Whether it listens, or is about to come or go."""
        return self._process is not None

    def begin(self, clients: int, seconds: float, settings: Message) -> None:
        """Let it come: so many of each technique, each measured for so long. Returns at once.

        :param settings: the class's.
        """
        asked: dict[str, Any] = {
            "clients": clients,
            "seconds": seconds,
            "interval": settings["interval"] or INTERVAL,
            "hold": HOLD if settings["hold"] is None else settings["hold"],
        }
        given = json.dumps(asked | {"url": self._url, "remote": True})  # it may be a network's
        self._process = Companion(PROCESS, given, str(os.getpid()))
        self._until = time.monotonic() + CROWDS * seconds + PATIENCE
        self._why_stopped = self._problem = ""
        self._shown = {**asked, "at": None, "rows": [], "notes": []}

    def stop(self, why: str) -> None:
        """Let it go soon, with what it has found."""
        if self._process is not None and not self._why_stopped:
            self._why_stopped = why
            self._process.ask_to_stop()

    def look(self) -> None:
        """Take in what it has said. To be called a few times a second."""
        if self._process is None:
            return
        has_ended = self._process.has_ended  # before its last words are read
        for line in self._process.heard():
            self._take(json.loads(line))
        if has_ended or time.monotonic() > self._until:
            self._conclude()

    def end(self) -> None:
        """End it at once, if it is here."""
        process, self._process = self._process, None
        if process is not None:
            process.end()

    def shown(self) -> Message | None:
        """Return how far it is and what it has found; None where there has been none."""
        return self._shown and {"on": self.is_on, **self._shown}

    def _take(self, news: dict[str, Any]) -> None:
        assert self._shown is not None
        if "rows" in news or "notes" in news:
            self._add(news.get("rows", []), news.get("notes", []))
        elif "problem" in news:
            self._problem = news["problem"]
        else:
            self._shown = {**self._shown, "at": news}

    def _add(self, rows: list[Message], notes: list[str]) -> None:
        # What was told before is compared with what is told next, so it must stay as it was.
        assert self._shown is not None
        rows, notes = [*self._shown["rows"], *rows], [*self._shown["notes"], *notes]
        self._shown = {**self._shown, "rows": rows, "notes": notes}

    def _conclude(self) -> None:
        assert self._shown is not None
        if self._why_stopped:
            self._add([], [f"{self._why_stopped}; what is missing was not measured"])
        elif len(self._shown["rows"]) < CROWDS:
            self._add([], [self._problem or "the crowd ended before it had reported"])
        self._shown = {**self._shown, "at": None}
        self.end()


def read_size(message: Message) -> tuple[int, float]:
    """Return how many are to listen, and for how many seconds.

    :raises BadRequest: if it is not within the bounds.
    """
    only(message, "clients", "seconds")
    clients = message.get("clients")
    if not is_number(clients) or not isinstance(clients, int) or not 1 <= clients <= MOST:
        raise BadRequest(f"clients is {short(clients)}; allowed is an integer from 1 to {MOST}")
    seconds = read_number({"seconds": USUAL} | message, "seconds", 1, LONGEST, "seconds")
    return clients, seconds


def check_alone(mode: str, here: int, paused: bool) -> None:
    """Let pass a crowd that disturbs nobody and has something to hear.

    :param here: students who are connected.
    :raises Conflict: if it would not.
    """
    if mode == "cluster":
        raise Conflict(
            "in a cluster no one server does all the work, so what it costs cannot be measured "
            "here; `make crowd` measures a server of its own"
        )
    if here:
        who = "1 student is" if here == 1 else f"{here} students are"
        raise Conflict(
            f"{who} connected (an open page of the lesson counts as one); a crowd would take the "
            "server from the class"
        )
    if paused:
        raise Conflict("the sale is paused: a crowd would hear of nothing; start the sale first")
