"""Answers polls and files quickly: what is whole when it is there is written at once.

As eventlet would write it, byte for byte: a test compares the two. Everything else goes the way
that it always goes. Mixed into the engine's reader; FAST=0 leaves it out.
"""

from __future__ import annotations

import logging
import time
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

from lesson.machinery.polls import ROUTES
from lesson.machinery.refusal import Refused
from lesson.machinery.request import Head

WHOLE = (*ROUTES, "/static/")  # whose answers are whole when they are there
WENT_WRONG = Refused(500, "the server could not answer")

log = logging.getLogger(__name__)

if TYPE_CHECKING:

    class Reader:
        """What the engine's reader has."""

        connection: Any
        server: Any
        application: Any
        environ: dict[str, Any]
        headers: Head
        command: str
        close_connection: bool

        def handle_one_response(self) -> None:
            """Have a request answered."""

else:
    Reader = object


class Quick(Reader):
    """The quick way of a reader."""

    def handle_one_response(self) -> None:
        """Have a request answered."""
        environ = self.environ
        if self.command != "GET" or not environ["PATH_INFO"].startswith(WHOLE):
            super().handle_one_response()
            return
        sent = environ["eventlet.input"].headers_sent = []
        try:
            answer = self.whole_answer()
        except Exception:
            log.exception("A question could not be answered")
            self.close_connection, answer = True, WENT_WRONG.answer()
        sent.append(True)
        try:
            self.connection.sendall(answer)
        except OSError:  # whoever asked has gone, or does not read
            self.close_connection = True

    def whole_answer(self) -> bytes:
        """Have the app answer; return all of what is to be sent."""
        told: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
            told[:] = status, headers

        pieces = self.application(self.environ, start)
        body = b"".join(pieces)
        if hasattr(pieces, "close"):
            pieces.close()
        status, headers = told
        lines = [f"HTTP/1.1 {status}", *(f"{name.title()}: {value}" for name, value in headers)]
        lines += [f"Date: {formatdate(time.time(), usegmt=True)}", *self.what_follows()]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + body

    def what_follows(self) -> list[str]:
        """Return the fields that say whether the connection stays open, as eventlet writes them."""
        wanted = self.headers.get("connection").lower()
        if self.close_connection:
            return ["Connection: close"]
        if wanted == "keep-alive":
            return ["Connection: keep-alive", f"Keep-Alive: timeout={self.server.keepalive}"]
        return []
