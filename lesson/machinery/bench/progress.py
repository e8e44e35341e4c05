"""One line that says what is being measured, and how far that is."""

from __future__ import annotations

import shutil
import sys


class Progress:
    """Prints one line for each measurement; on a terminal it moves."""

    def __init__(self) -> None:
        self._title = ""
        self._terminal = sys.stdout.isatty()

    def begin(self, title: str) -> None:
        """Say what is measured from now on."""
        self.end()
        self._title = title
        print(f"{title} ...", end="" if self._terminal else "\n", flush=True)

    def at(self, news: str) -> None:
        """Say how far it is."""
        if self._terminal:
            width = shutil.get_terminal_size().columns - 1
            print("\r" + f"{self._title} ... {news}"[:width].ljust(width), end="", flush=True)

    def end(self) -> None:
        """Go to the next line, if there is anything on this one."""
        if self._terminal and self._title:
            print(flush=True)
        self._title = ""
