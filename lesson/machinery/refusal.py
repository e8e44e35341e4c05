"""An answer to who gets no further, written by hand: the app never hears of it."""

from __future__ import annotations

import json
from email.utils import formatdate
from http import HTTPStatus

from lesson.machinery.headers import ALL, KEPT_NOWHERE, NO_PAGE


class Refused(Exception):
    """A request that is not let in.

    :param status: the answer's status.
    :param detail: what was wrong, and what is allowed.
    :param later: seconds after which another try may do better, where one may.
    """

    def __init__(self, status: int, detail: str, later: int | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.later = status, detail, later

    @property
    def title(self) -> str:
        """What the status is called."""
        return HTTPStatus(self.status).phrase

    def problem(self) -> str:
        """Return the JSON that says it (RFC 9457)."""
        return json.dumps({"title": self.title, "status": self.status, "detail": self.detail})

    def answer(self) -> bytes:
        """Return the whole answer, a problem; the connection ends with it."""
        body = self.problem().encode() + b"\n"
        fields = [
            ("Content-Type", "application/problem+json"),
            ("Content-Length", str(len(body))),
            *ALL,
            NO_PAGE,
            KEPT_NOWHERE,
            ("Date", formatdate(usegmt=True)),
            ("Connection", "close"),
        ]
        if self.later is not None:
            fields.append(("Retry-After", str(self.later)))
        lines = [
            f"HTTP/1.1 {self.status} {self.title}",
            *(f"{name}: {value}" for name, value in fields),
        ]
        return "\r\n".join([*lines, "", ""]).encode() + body
