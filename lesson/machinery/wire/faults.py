"""What is done to a viewer's traffic: what may be asked for, and what it comes to.

`delay`, `jitter` and `loss` stand until they are changed; an outage ends by itself. Randomness and
time are handed in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random

LONGEST_DELAY = 2_000  # ms each way, jitter included
LONGEST_OUTAGE = 60  # seconds
RAREST_LOSS = 100  # one connection in that many
FIELDS = ("delay", "jitter", "loss", "outage", "cut")


class FaultError(ValueError):
    """A fault that cannot be, with what was given and what is allowed."""


@dataclass(frozen=True)
class Faults:
    """What is on for one viewer."""

    delay: float = 0  # ms each way
    jitter: float = 0  # ms at most on top, drawn for each piece
    loss: int = 0  # one connection in so many; 0 for none
    until: float = 0  # the end of the outage, on the clock that is handed in

    def change(self, asked: Mapping[str, object], now: float) -> Faults:
        """Return what is on after this was asked; a field that is absent stays as it is.

        :raises FaultError: if a value is not allowed, or a field is not known.
        """
        unknown = asked.keys() - set(FIELDS)
        if unknown or not asked:
            given = ", ".join(map(repr, sorted(unknown)))[:60] or "nothing"
            raise FaultError(f"the fault is {given}; allowed are {', '.join(FIELDS)}")
        changed = replace(
            self,
            delay=read_number(asked, "delay", self.delay, 0, LONGEST_DELAY, "ms"),
            jitter=read_number(asked, "jitter", self.jitter, 0, LONGEST_DELAY, "ms"),
            loss=read_loss(asked, self.loss),
            until=read_end(asked, self.until, now),
        )
        if changed.delay + changed.jitter > LONGEST_DELAY:
            raise FaultError(
                f"delay and jitter are {changed.delay:g} and {changed.jitter:g}; "
                f"allowed are together 0 to {LONGEST_DELAY} ms"
            )
        return changed

    def stands(self, now: float) -> bool:
        """Return whether anything is on."""
        return bool(self.delay or self.jitter or self.loss or self.outage(now))

    def outage(self, now: float) -> float:
        """Return for how many more seconds no connection lives."""
        return max(0.0, self.until - now)

    def takes(self, now: float, random: Random) -> bool:
        """Return whether a connection that has just named its viewer is reset."""
        return self.outage(now) > 0 or self.loses(random)

    def loses(self, random: Random) -> bool:
        """Draw whether one connection is lost."""
        return self.loss > 0 and random.randrange(self.loss) == 0

    def wait(self, random: Random) -> float:
        """Draw for how many seconds one piece is held back."""
        return (self.delay + self.jitter * random.random()) / 1_000

    def as_dict(self, now: float) -> dict[str, float]:
        """Return what is on, as the page lists it; `outage` is in seconds from now."""
        return {
            "delay": self.delay,
            "jitter": self.jitter,
            "loss": self.loss,
            "outage": round(self.outage(now), 1),
        }


def read_number(
    asked: Mapping[str, object], field: str, standing: float, least: float, most: float, unit: str
) -> float:
    """Return a number within its bounds, or what stands where none is given."""
    given = asked.get(field, standing)
    if isinstance(given, int | float) and not isinstance(given, bool) and least <= given <= most:
        return given
    raise FaultError(f"{field} is {given!r:.60}; allowed are {least:g} to {most:g} {unit}")


def read_loss(asked: Mapping[str, object], standing: int) -> int:
    """Return of how many connections one is lost, or 0."""
    given = asked.get("loss", standing)
    if type(given) is not int or not (given == 0 or 2 <= given <= RAREST_LOSS):
        raise FaultError(
            f"loss is {given!r:.60}; allowed are one connection in 2 to {RAREST_LOSS}, or 0"
        )
    return given


def read_end(asked: Mapping[str, object], standing: float, now: float) -> float:
    """Return when the outage ends."""
    if "outage" not in asked:
        return standing
    seconds = read_number(asked, "outage", 0, 0, LONGEST_OUTAGE, "seconds")
    if 0 < seconds < 1:
        raise FaultError(f"outage is {seconds!r}; allowed are 1 to {LONGEST_OUTAGE} seconds, or 0")
    return now + seconds if seconds else 0.0


def read_cut(asked: Mapping[str, object]) -> bool:
    """Return whether the open connections are to be reset."""
    given = asked.get("cut", False)
    if not isinstance(given, bool):
        raise FaultError(f"cut is {given!r:.60}; allowed are true and false")
    return given
