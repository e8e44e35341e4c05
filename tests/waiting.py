"""Waiting for what must come about, and for nothing longer."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.servers import PATIENCE


def until(condition: Callable[[], object]) -> None:
    """Return once the condition holds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.001)
