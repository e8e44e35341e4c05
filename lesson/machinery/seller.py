"""What the lesson tells the box office and asks it, wherever that stands.

A BoxOffice of demos/box_office.py is one, and so is what stands in its place where several
processes share one; there is said what each of these raises.
"""

from __future__ import annotations

from typing import Any, Protocol

from demos.feed import Event


class Seller(Protocol):
    """A box office, here or in another process."""

    def run(self) -> None:
        """Serve visitors until `stop`. Blocks."""

    def stop(self) -> None:
        """Let `run` return."""

    def set_rate(self, rate: float) -> None:
        """Let `rate` visitors a second come from now on."""

    def pause(self, paused: bool) -> None:
        """Shut the doors, or open them."""

    def burst(self, count: int) -> int:
        """Sell `count` tickets at once, or as many as are left; return how many."""

    def sell_out(self) -> int:
        """Sell every ticket that is left, at once; return how many."""

    def take_back(self) -> Event:
        """Let somebody bring back one ticket; return the event."""

    def standing(self) -> dict[str, Any]:
        """Return how the sale stands."""

    def points(self) -> list[tuple[int, int]]:
        """Return the night's course, oldest first: a second and what is sold by its end."""
