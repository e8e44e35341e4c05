"""A ticket comes back, everyone who hears of it wants it, and exactly one gets it.

Who polls claims by a request, who listens on a WebSocket claims on it: the same contrast as in the
chat. Left out: paying for the ticket.
"""

from __future__ import annotations

import threading
from collections import Counter

from flask import Flask, Response, jsonify
from flask_socketio import SocketIO
from werkzeug.exceptions import BadRequest, Conflict, NotFound

from demos.feed import Cursor, Feed
from demos.protocol import (
    Message,
    acknowledged,
    check_viewer,
    problem_response,
    read_message,
    short,
)
from demos.web_socket import NAMESPACE

TECHNIQUES = ("short-poll", "long-poll", "web-socket", "yours")


class Claims:
    """Remembers who won which ticket. Safe to use from many threads."""

    def __init__(self, sales: Feed) -> None:
        self._sales = sales
        self._winners: dict[int, str] = {}
        self._deciding = threading.Lock()
        self.wins: Counter[str] = Counter()

    def claim(self, ticket: int, technique: str) -> str | None:
        """Claim a returned ticket. Return None to the one who won, to all others who did.

        :raises NotFound: if no such ticket came back, or so long ago that nobody remembers.
        """
        self._require(ticket)
        # region: claim
        with self._deciding:
            if ticket in self._winners:
                return self._winners[ticket]
            self._winners[ticket] = technique
            self.wins[technique] += 1
            self._forget()
        return None
        # endregion

    def _forget(self) -> None:
        # A ticket that the feed no longer holds cannot be claimed again: dicts keep their order.
        for ticket in list(self._winners):
            if ticket >= self._sales.first:
                break
            del self._winners[ticket]

    def _require(self, ticket: int) -> None:
        if not self._came_back(ticket):
            raise NotFound(f"ticket is {ticket}; allowed is the id of a return that is still held")

    def _came_back(self, ticket: int) -> bool:
        if not 1 <= ticket <= self._sales.last:
            return False
        events = self._sales.since(Cursor(None, ticket - 1)).events
        return bool(events) and events[0].id == ticket and events[0].kind == "return"


def mount(app: Flask, socketio: SocketIO, claims: Claims) -> None:
    """Add both ways to claim."""

    # region: ways
    @app.post("/demos/claim")
    def claim_by_request() -> Response:
        winner = claims.claim(*read_claim(read_message()))
        if winner is None:
            return jsonify(won=True)
        return problem_response(Conflict(f"the ticket went to {winner}"), won=False, winner=winner)

    @socketio.on("claim", namespace=NAMESPACE)
    @acknowledged
    def claim_by_emit(message: Message) -> Message:
        winner = claims.claim(*read_claim(message))
        return {"won": True} if winner is None else {"won": False, "winner": winner}

    # endregion


def read_claim(message: Message) -> tuple[int, str]:
    """Return the ticket and the technique that a message names.

    :raises BadRequest: if they are not an id and a technique, or the viewer is malformed.
    """
    check_viewer(message.get("viewer"))
    ticket, technique = message.get("ticket"), message.get("technique")
    if type(ticket) is not int:
        raise BadRequest(f"ticket is {short(ticket)}; allowed is the id of a return")
    if technique not in TECHNIQUES:
        raise BadRequest(f"technique is {short(technique)}; allowed are {', '.join(TECHNIQUES)}")
    return ticket, str(technique)
