"""Reads and answers plain polls quickly; everything else goes the way that it always goes.

A browser says the same of itself in each of a connection's requests, and that is most of a head.
Fields that were read strictly once, byte for byte the same, need not be read again; the first line
is, each time. A poll's answer is whole when it is there, so it is written at once, as eventlet
would write it: a test compares the two. Mixed into the engine's reader; FAST=0 leaves it out.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

from lesson.machinery.door import FOREVER
from lesson.machinery.polls import ROUTES
from lesson.machinery.refusal import Refused
from lesson.machinery.request import Head, read_first_line, request_environ, split_target

POLLS = tuple(ROUTES)
WENT_WRONG = Refused(500, "the server could not answer")

log = logging.getLogger(__name__)

if TYPE_CHECKING:

    class Reader:
        """What the engine's reader has."""

        rfile: Any
        connection: Any
        server: Any
        application: Any
        always: dict[str, Any]
        environ: dict[str, Any]
        headers: Head
        command: str
        request_version: str
        close_connection: bool
        unread: bool

        inputs: Callable[[bytes], dict[str, Any]]
        check_room: Callable[[], None]

        def read_request(self, line: bytes) -> dict[str, Any]:
            """Read a whole request."""

        def handle_one_response(self) -> None:
            """Have a request answered."""

else:
    Reader = object


class Quick(Reader):
    """The quick ways of a reader."""

    fields = b""  # of the latest request, all bytes after its first line; none where it had a body
    familiar: Head
    said: dict[str, str]  # what they say, for the environment

    def read_request(self, line: bytes) -> dict[str, Any]:
        """Read a whole request.

        :raises Refused: if it is none, or there is no room for it.
        :raises EOFError: if it is not finished.
        """
        coming = self.rfile.peek() if line.endswith(b"\n") else b""
        if not self.fields or not coming.startswith(self.fields):
            return self.read_anew(line, coming)
        method, target, version = read_first_line(line)
        if (method, version) != (self.familiar.method, self.familiar.version):
            return self.read_anew(line, coming)
        self.rfile.read(len(self.fields))
        self.check_room()
        self.connection.due = FOREVER
        self.unread, self.close_connection = False, not self.familiar.keeps_open
        self.headers, self.command, self.request_version = self.familiar, method, version
        return self.always | self.said | split_target(target) | self.inputs(b"")

    def read_anew(self, line: bytes, coming: bytes) -> dict[str, Any]:
        """Read a request as one always does, and keep its fields if the next may have the same."""
        self.fields = b""
        environ = super().read_request(line)
        head = self.headers
        if head.method == "GET" and not head.length and not head.is_chunked:
            end = coming.find(b"\r\n\r\n") + 4
            if end > 4 and not head.get("expect"):
                self.fields, self.familiar = coming[:end], head
                self.said = request_environ(head, b"")
        return environ

    def handle_one_response(self) -> None:
        """Have a request answered."""
        environ = self.environ
        if self.command != "GET" or not environ["PATH_INFO"].startswith(POLLS):
            super().handle_one_response()
            return
        sent = environ["eventlet.input"].headers_sent = []
        try:
            answer = self.whole_answer()
        except Exception:
            log.exception("A poll could not be answered")
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
