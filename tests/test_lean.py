"""What the server's process does not load, as seen from inside one, and what it does not keep."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import weakref
from types import SimpleNamespace

import pytest

from lesson.machinery.lean import CLIENTS, MINUTE, tidy
from tests.servers import ROOT

LOOK = """
import json, sys
import lesson.__main__, lesson.app
print(json.dumps([name for name, module in sys.modules.items() if module is not None]))
"""


def test_the_server_loads_no_clients_and_no_dns():
    done = subprocess.run(
        [sys.executable, "-c", LOOK], cwd=ROOT, stdout=subprocess.PIPE, check=True, timeout=30
    )
    loaded = set(json.loads(done.stdout))
    assert {"flask_socketio", "eventlet"} <= loaded
    assert not loaded & {*CLIENTS, "dns"}


class Thing:
    """What refers to itself, as a connection's parts do to one another."""

    def __init__(self) -> None:
        self.itself = self


@pytest.mark.parametrize(
    ("left", "inside", "seconds"),
    [(99, 0, MINUTE), (100, 0, 1), (100, 1_000, 1), (100, 1_001, MINUTE), (0, 0, MINUTE)],
)
def test_what_connections_leave_behind_is_collected_in_time(left, inside, seconds):
    door, waited = SimpleNamespace(left=left, inside=inside), []
    gc.disable()
    try:
        thing = weakref.ref(Thing())

        def sleep(wait: float) -> None:
            waited.append(wait)
            if thing() is None:
                raise InterruptedError

        with pytest.raises(InterruptedError):
            tidy(door, sleep)
    finally:
        gc.enable()
    assert sum(waited) == seconds + 1
    assert door.left == 0
