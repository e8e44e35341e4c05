"""A clock that only moves when a test moves it."""

from __future__ import annotations


class Clock:
    """Call it to read it, in seconds."""

    def __init__(self, now: float = 1_766_390_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        """Let time pass, or with a negative number set the clock back."""
        self.now += seconds
