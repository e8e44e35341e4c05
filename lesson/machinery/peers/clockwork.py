"""The events that all of them tell: a sale like clockwork. Standard library only.

node/server.mjs has the same in its own language.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

CHANNEL = "sales"
PORT = int(os.environ.get("PORT") or 8000)
RATE = float(os.environ.get("RATE") or 1)  # events a second
PING = 5  # seconds between two pings, and for an answer, as in the lesson


def sale(number: int) -> dict[str, Any]:
    """Return what is told of a sale. Its length hardly changes."""
    return {
        "night": 1,
        "left": 2_000 - number % 1_000,
        "sold": 1_000 + number % 1_000,
        "per_minute": 600,
        "takings": 45_000 + number % 1_000,
        "seat": "R17-24",
        "price": 45,
    }


def due(began: float, number: int) -> float:
    """Return how many seconds are left until an event of this number."""
    return max(0.0, began + number / RATE - time.monotonic())


def run(tell: Callable[[dict[str, Any]], object], sleep: Callable[[float], object]) -> None:
    """Tell one sale after the other, for ever."""
    began, number = time.monotonic(), 0
    while True:
        number += 1
        sleep(due(began, number))
        tell(sale(number))
