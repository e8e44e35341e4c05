"""Where what is said and claimed in other processes is looked at: the classroom is in one alone.

There the chat is moderated, and the race has its referee. The other processes hand on what they are
asked, with the viewer that asks, and answer what comes back.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from flask import Flask

from demos.claims import Claims
from demos.feed import Event, Feed
from lesson.classroom.chat import Chat
from lesson.classroom.judge import JudgedClaims, asking_viewer
from lesson.machinery.shared.calls import Calls
from lesson.machinery.shared.claims import SharedClaims
from lesson.machinery.shared.feed import RedisFeed
from lesson.machinery.shared.store import FeedInterruptedError, Store

ABSENT = "the class's server is away; try again in a moment"
WAIT = 1.0  # seconds that the desk waits for the next call


def calls(store: Store) -> Calls:
    """Return the calls that the classroom's process answers."""
    return Calls("desk", store, ABSENT)


class SharedChat(Chat, RedisFeed):
    """The chat on Redis, in the process that has the classroom."""


class SharedJudgedClaims(JudgedClaims, SharedClaims):
    """Claims on Redis, in the process that has the classroom."""


class DistantChat(SharedChat):
    """The chat in another process: what is said here is handed on."""

    def __init__(self, store: Store, *given: Any) -> None:
        super().__init__(*given)
        self._desk = calls(store)

    def append(self, kind: str, data: dict[str, Any]) -> Event:
        """Have it said; return the event.

        :raises HTTPException: as the chat does that is moderated.
        """
        answer = self._desk.ask("say", kind, data, viewer=asking_viewer())
        return Event.create(**answer["done"])


class DistantClaims(SharedJudgedClaims):
    """Claims in another process: they are handed on."""

    def __init__(self, store: Store, *given: Any) -> None:
        super().__init__(*given)
        self._desk = calls(store)

    def claim(self, ticket: int, technique: str) -> str | None:
        """Have it claimed. Return None to the one who won, to all others who did.

        :raises HTTPException: as the claims do that are judged.
        """
        answer = self._desk.ask("claim", ticket, technique, viewer=asking_viewer())
        winner: str | None = answer["done"]
        return winner


class Desk:
    """Does what other processes hand on, as if it had been asked here."""

    def __init__(self, store: Store, chat: Feed, claims: Claims) -> None:
        self._calls = calls(store)
        self._verbs: dict[str, Callable[..., object]] = {"say": chat.append, "claim": claims.claim}
        self._feed = chat
        self._app = Flask(__name__)  # for its request contexts alone

    def run(self) -> None:
        """Answer until the feeds are closed. Blocks; meant for a thread of its own."""
        while not self._feed.closed:
            try:
                self._calls.answer(self._do, WAIT)
            except FeedInterruptedError:
                time.sleep(WAIT)

    def _do(self, call: dict[str, Any]) -> object:
        asked = {"viewer": call["viewer"]}
        with self._app.test_request_context("/demos", method="POST", json=asked):
            return self._verbs[call["verb"]](*call["given"])
