"""Keeps the class's state in a file, so that it outlives a restart: counts, opaque ids, no names.

The file is written whole beside the old one and then takes its place, so that there is always one
that can be read. Left out: the last second before a crash, and a power cut.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from pathlib import Path

from lesson.classroom.shared import Shared

FILE = "class.json"
EVERY = 1.0  # seconds between two looks at whether something has changed
VERSION = 1

log = logging.getLogger(__name__)


class Keeping:
    """One file in a folder.

    :param clock: returns seconds that never go back.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = folder / FILE
        self._clock = clock
        self._looked = clock()
        self._kept = ""

    def read(self) -> tuple[Shared, int] | None:
        """Return what was kept, and its number; None where there is nothing that can be read."""
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
            if kept["version"] != VERSION:
                raise ValueError(f"its version is {kept['version']!r}, not {VERSION}")
            return Shared.from_dict(kept), int(kept["n"])
        except FileNotFoundError:
            return None
        except (OSError, LookupError, TypeError, ValueError, AttributeError) as error:
            log.warning("A new class begins, for %s cannot be read: %.200s", self._path.name, error)
            return None

    def keep(self, shared: Shared, n: int) -> None:
        """Write the state and its number, if they have changed, at most once a second."""
        if self._clock() - self._looked < EVERY:
            return
        self._looked = self._clock()
        kept = {"version": VERSION, "n": n, **shared.as_dict()}
        text = json.dumps(kept, separators=(",", ":"))
        if text != self._kept:
            self._write(text)
            self._kept = text

    def _write(self, text: str) -> None:
        beside = self._path.with_suffix(".new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            beside.write_text(text, encoding="utf-8")
            beside.replace(self._path)
        except OSError as error:
            log.warning("The class is not kept: %.200s", error)
