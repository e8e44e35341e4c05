"""Around the demos' claims: what is claimed in the class's race is checked first, and counted."""

from __future__ import annotations

from typing import Any, Protocol

from flask import request

from demos.claims import Claims


class Referee(Protocol):
    """Who is asked about every claim."""

    def check_claim(self, ticket: int, technique: str, viewer: str | None) -> None:
        """Refuse a claim that may not be made, by raising."""

    def claim_decided(self, ticket: int, viewer: str | None, won: bool) -> None:
        """Be told what came of one."""


class JudgedClaims(Claims):
    """Claims with a referee."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)  # Claims, or what stands in their place
        self.referee: Referee | None = None

    def claim(self, ticket: int, technique: str) -> str | None:
        """Claim a returned ticket, if one may. Return None to the one who won."""
        if self.referee is None:
            return super().claim(ticket, technique)
        viewer = asking_viewer()
        self.referee.check_claim(ticket, technique, viewer)
        winner = super().claim(ticket, technique)
        self.referee.claim_decided(ticket, viewer, winner is None)
        return winner


def asking_viewer() -> str | None:
    """Return the viewer that the request or the message names which is being handled.

    It stands in its object, or in the query string of the request, or of the connection.
    """
    event = getattr(request, "event", None)
    message = event["args"][0] if event else request.get_json(silent=True)
    named = message.get("viewer") if isinstance(message, dict) else None
    return named if isinstance(named, str) else request.args.get("viewer")
