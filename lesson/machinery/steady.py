"""Lets Engine.IO tell by a clock that nobody sets who has not answered its ping.

It asks for the time of day: set back by an hour, that keeps for an hour who has gone; set forward,
it drops everybody. What it takes from inside: that its modules `base_socket` and `socket` take
nothing from `time` but `time`, for `last_ping`, which is compared with nothing else.
"""

from __future__ import annotations

import time

from engineio import base_socket, socket


class SteadyTime:
    """Stands there for the module `time`."""

    time = staticmethod(time.monotonic)


def steady() -> None:
    """Give it that clock, in this process and for good."""
    base_socket.time = socket.time = SteadyTime
