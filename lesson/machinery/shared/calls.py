"""Asking another process to do something, over Redis, and waiting for what came of it.

A call is done once or not at all: who asks says until when, and nobody does it later.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from typing import Any

from werkzeug.exceptions import HTTPException, ServiceUnavailable, default_exceptions

from demos.feed import Event
from lesson.machinery.shared.store import PREFIX, Store, answering

PATIENCE = 2.0  # seconds that whoever asks waits
KEPT = 10  # seconds for which an answer waits to be fetched


class PutBackError(Exception):
    """Who took the call is the wrong one by now: another shall do it."""


class Calls:
    """One kind of calls, which one process at a time answers.

    :param name: the kind's.
    :param absent: what is said where nobody answers.
    """

    def __init__(self, name: str, store: Store, absent: str) -> None:
        self._queue = f"{PREFIX}calls:{name}"
        self._store = store
        self._absent = absent

    def ask(self, verb: str, *given: object, viewer: str | None = None) -> dict[str, Any]:
        """Have it done; return the answer, in which `done` is what came of it.

        :raises ValueError, HTTPException: as whoever does it does.
        :raises ServiceUnavailable: if there is no answer within 2 s.
        """
        reply = f"{PREFIX}reply:{secrets.token_hex(8)}"
        call = {"verb": verb, "given": given, "viewer": viewer, "reply": reply}
        with answering():
            until = time.time() + PATIENCE
            self._store.once.rpush(self._queue, json.dumps(call | {"until": until}))
            came = self._store.once.blpop([reply], timeout=PATIENCE)
        if came is None:
            raise ServiceUnavailable(self._absent, retry_after=1)
        answer: dict[str, Any] = json.loads(came[1])
        if "refused" in answer:
            raise ValueError(answer["refused"])
        if "problem" in answer:
            status, description = answer["problem"]
            raise default_exceptions[status](description)
        return answer

    def answer(
        self,
        do: Callable[[dict[str, Any]], object],
        patience: float,
        more: Callable[[], dict[str, Any]] = dict,
    ) -> None:
        """Do the next call, if one comes in time.

        :param patience: seconds that it is waited for.
        :param more: returns what the answer says besides.
        :raises PutBackError: as `do` does, for calls that another shall do.
        """
        with answering():
            came = self._store.once.blpop([self._queue], timeout=patience)
        if came is None:
            return
        call: dict[str, Any] = json.loads(came[1])
        if time.time() > call["until"]:
            return
        try:
            answer = what_came_of(do, call)
        except PutBackError:
            with answering():
                self._store.once.lpush(self._queue, came[1])
            raise
        answer |= more()
        with answering():
            self._store.once.rpush(call["reply"], json.dumps(answer))
            self._store.once.expire(call["reply"], KEPT)


def what_came_of(do: Callable[[dict[str, Any]], object], call: dict[str, Any]) -> dict[str, Any]:
    """Do a call; return its answer."""
    try:
        done = do(call)
    except ValueError as error:
        return {"refused": str(error)}
    except HTTPException as error:
        return {"problem": [error.code, error.description]}
    return {"done": done.as_dict() if isinstance(done, Event) else done}
