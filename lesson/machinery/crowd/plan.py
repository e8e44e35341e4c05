"""What a crowd is to do."""

from __future__ import annotations

import ipaddress
import json
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

TECHNIQUES = ("short-poll", "long-poll", "web-socket")
LARGEST = 5_000  # browsers
LONGEST_THOUGHT, SHORTEST_STAY = 60, 1  # seconds


class PlanError(ValueError):
    """A plan that cannot be, with what was given and what is allowed."""


@dataclass(frozen=True)
class Plan:
    """Who listens, to which server, and for how long."""

    url: str  # of the server; on this machine, unless `remote`
    clients: dict[str, int]  # technique -> browsers
    seconds: float = 20  # that are measured, once all have joined
    joining: float = 3  # seconds over which they join
    interval: float = 1  # of the short polls, in seconds
    hold: float = 25  # of the long polls, in seconds
    think: float = 0  # seconds that a page takes before its next question, on average
    stay: float = 0  # seconds after which one leaves and another joins, on average; 0: all stay
    remote: bool = False  # whether the server may be another machine
    channel: str = "sales"
    server: int | None = None  # its process, whose CPU time and memory are to be measured
    core: int | None = None  # where the crowd itself is to run

    def __post_init__(self) -> None:
        """Refuse what cannot be.

        :raises PlanError: with what was given and what is allowed.
        """
        unknown = self.clients.keys() - set(TECHNIQUES)
        if unknown:
            raise PlanError(f"technique is {unknown.pop()!r}; allowed are {', '.join(TECHNIQUES)}")
        if not 1 <= self.size <= LARGEST or min(self.clients.values()) < 0:
            raise PlanError(f"the crowd is {self.size}; allowed are 1 to {LARGEST} browsers")
        if not self.remote and not is_loopback(urlsplit(self.url).hostname):
            raise PlanError(f"the server is {self.url!r}; allowed is one on this machine")
        if not 0 <= self.think <= LONGEST_THOUGHT or 0 < self.stay < SHORTEST_STAY:
            raise PlanError(
                f"think is {self.think:g} and stay is {self.stay:g}; allowed are 0 to "
                f"{LONGEST_THOUGHT} seconds, and 0 or from {SHORTEST_STAY} seconds on"
            )

    @property
    def size(self) -> int:
        """How many browsers there are in all."""
        return sum(self.clients.values())

    @classmethod
    def from_json(cls, text: str) -> Plan:
        """Read a plan.

        :raises PlanError: if it is none.
        """
        try:
            return cls(**json.loads(text))
        except (TypeError, AttributeError, json.JSONDecodeError) as error:
            raise PlanError(f"the plan is {text[:80]!r}: {error}") from None

    def as_json(self) -> str:
        """Return the plan as `from_json` reads it."""
        return json.dumps(asdict(self))


def is_loopback(host: str | None) -> bool:
    """Return whether this is an address by which a machine speaks to itself."""
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return host == "localhost"
