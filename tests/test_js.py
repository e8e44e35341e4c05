"""The browser's own tests run under Node; this lets `make test` run them too."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from start import node_or_ours

ROOT = Path(__file__).parent.parent


def test_the_browsers_modules_pass_their_own_tests_under_node() -> None:
    files = sorted(str(path) for path in (ROOT / "tests" / "js").glob("*.test.js"))
    fakes = "./tests/js/fakes/register.js"  # instead of jQuery and socket.io-client
    command = [*node_or_ours().node, "--import", fakes, "--test", "--test-reporter=tap", *files]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert run.returncode == 0, run.stdout[-8_000:] + run.stderr
    passed = re.search(r"^# pass (\d+)$", run.stdout, re.MULTILINE)
    assert passed, run.stdout[-8_000:]
    assert int(passed[1]) >= len(files)
