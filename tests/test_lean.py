"""What the server's process does not load, as seen from inside one."""

from __future__ import annotations

import json
import subprocess
import sys

from lesson.machinery.lean import CLIENTS
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
