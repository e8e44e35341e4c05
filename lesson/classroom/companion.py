"""A process beside the server, which never outlives it.

It holds the other end of the companion's standard input: where that ends, a companion leaves, also
where the server was killed. What it prints goes to a file, so nobody has to wait for it.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


class Companion:
    """A module of ours that runs, with these arguments."""

    def __init__(self, module: str, *arguments: str) -> None:
        self._said = tempfile.TemporaryFile("a+b")  # noqa: SIM115  closed by `end`
        self._read = 0
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=self._said,
            stderr=subprocess.DEVNULL,
        )

    @property
    def has_ended(self) -> bool:
        """Whether it has ended by itself."""
        return self._process.poll() is not None

    def ask_to_stop(self) -> None:
        """Send it a line. Returns at once."""
        assert self._process.stdin
        with contextlib.suppress(OSError):  # it has ended just now
            self._process.stdin.write(b"stop\n")
            self._process.stdin.flush()

    def heard(self) -> list[bytes]:
        """Return the lines that it has printed since the last time."""
        self._said.seek(self._read)
        whole, _, _ = self._said.read().rpartition(b"\n")
        self._read += len(whole) + bool(whole)
        return whole.splitlines()

    def end(self) -> None:
        """End it."""
        self._process.kill()
        if self._process.stdin:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        self._process.wait()
        self._said.close()
