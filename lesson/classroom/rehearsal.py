"""Fills the room with simulated students, to rehearse with.

They are a process of their own, and come over the network like anybody. What they do happens in a
class of its own, which every page can tell by `rehearsal`; what was before it comes back after it.
"""

from __future__ import annotations

import secrets

from lesson.classroom.companion import Companion

PROCESS = "lesson.machinery.crowd.rehearsal"
STUDENTS = 25


class Rehearsal:
    """The simulated students, while there are any.

    :param url: the server's own address.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._process: Companion | None = None
        self.students: frozenset[str] = frozenset()

    def begin(self) -> None:
        """Let them come. Returns at once."""
        self.students = frozenset(f"simulated{secrets.token_hex(8)}" for _ in range(STUDENTS))
        self._process = Companion(PROCESS, self._url, *sorted(self.students))

    @property
    def is_on(self) -> bool:
        """Whether they are here, or about to come."""
        return self._process is not None

    def end(self) -> None:
        """Let them go, if they are here."""
        process, self._process = self._process, None
        self.students = frozenset()
        if process is not None:
            process.end()
