"""Whether anyone has come in from another machine: the first thing to know when a class opens."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, request

MOST = 10_000  # addresses that are told apart


class Reach:
    """Counts the other machines that have asked for a page.

    :param is_own: returns whether an address is this machine's.
    """

    def __init__(self, is_own: Callable[[str], bool]) -> None:
        self._is_own = is_own
        self._foreign: set[str] = set()  # in memory alone, and never shown

    @property
    def machines(self) -> int:
        """Other addresses than this machine's that have asked so far; machines can share one."""
        return len(self._foreign)

    def mount(self, app: Flask) -> None:
        """Look at every request from now on."""
        app.before_request(self._look)

    def _look(self) -> None:
        address = (request.remote_addr or "").removeprefix("::ffff:")
        known = address in self._foreign or len(self._foreign) >= MOST
        if address and not known and not self._is_own(address):
            self._foreign.add(address)
