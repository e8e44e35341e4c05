"""The static files: read once, compressed once, and kept by browsers under an address of their own.

The address holds a hash of the whole tree, so that a file may be kept for a year and a changed
one is never confused with an old one. Left out: ranges, and files too large for the memory.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask, Response, request
from werkzeug.exceptions import NotFound

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

A_YEAR = 31_536_000  # seconds

# A comment that has its lines to itself, in JavaScript or CSS. Within a text that spans lines this
# would be wrong: a test reads every file with and without, and finds them the same.
COMMENT = re.compile(r"^[ \t]*(?://.*|/\*[\s\S]*?\*/)[ \t]*$", re.MULTILINE)
READ_BY_STUDENTS = "/js/transports/"
TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}


@dataclass(frozen=True)
class File:
    """One file, ready to be sent."""

    type: str
    plain: bytes
    zipped: bytes | None  # None where zipping would not make it smaller

    def answer(self, zipped: bool, fresh: bool) -> tuple[list[tuple[str, str]], bytes]:
        """Return headers and body for who takes it zipped, or not.

        :param fresh: whether it was asked for by the tree's own hash, so that it may be kept.
        """
        body = (self.zipped if zipped else None) or self.plain
        headers = [("Content-Type", self.type), ("Content-Length", str(len(body)))]
        headers.append(("Vary", "Accept-Encoding"))
        if body is self.zipped:
            headers.append(("Content-Encoding", "gzip"))
        kept = f"public, max-age={A_YEAR}, immutable" if fresh else "no-store"
        return [*headers, ("Cache-Control", kept)], body

    @classmethod
    def read(cls, path: Path) -> File:
        """Read a file, leave out what only its authors need, and compress it."""
        plain = path.read_bytes()
        if path.suffix in TYPES and READ_BY_STUDENTS not in path.as_posix():
            plain = without_comments(plain.decode()).encode()
        zipped = gzip.compress(plain, mtime=0)
        kind = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "text/plain"
        return cls(kind, plain, zipped if len(zipped) < len(plain) else None)


def without_comments(source: str) -> str:
    """Empty the lines that are all comment, and begin the others at once; lines keep numbers."""
    code = COMMENT.sub(lambda comment: "\n" * comment[0].count("\n"), source)
    return re.sub(r"^[ \t]+", "", code, flags=re.MULTILINE)


class StaticFiles:
    """All files below a folder. A change of the folder is seen when it is told to `refresh`.

    It stands around the app, too: a class that comes in at once asks for a hundred files each, and
    most of what an answer costs would be the app's.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stamp: object = None
        self._files: dict[str, File] = {}
        self._ready: dict[str, tuple[list[tuple[str, str]], bytes]] = {}  # by path: zipped, fresh
        self._inner: WSGIApplication | None = None
        self.hash = ""
        self.refresh()

    def mount(self, app: Flask) -> None:
        """Add the route, the way around it, and `static(path)` to the templates."""
        app.get("/static/<hash>/<path:path>")(self.send)
        self._inner = app.wsgi_app
        app.wsgi_app = self  # type: ignore[method-assign]
        app.jinja_env.globals["static"] = self.url

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer at once who asks for a file as browsers do; let the app answer all others."""
        ready = self._ready.get(environ["PATH_INFO"])
        if ready is None or not is_plain(environ):
            assert self._inner is not None
            return self._inner(environ, start_response)
        headers, body = ready
        start_response("200 OK", list(headers))
        return [body]

    def refresh(self) -> None:
        """Read the folder again if a file in it has changed."""
        paths = sorted(path for path in self._folder.rglob("*") if path.is_file())
        stamp = [(path, path.stat().st_mtime_ns) for path in paths]
        if stamp == self._stamp:
            return
        files = {path.relative_to(self._folder).as_posix(): File.read(path) for path in paths}
        digest = hashlib.sha256()
        for name, file in files.items():
            digest.update(f"{name} {len(file.plain)} ".encode() + file.plain)
        self._stamp, self._files, self.hash = stamp, files, digest.hexdigest()[:12]
        self._ready = {
            f"/static/{self.hash}/{name}": file.answer(zipped=True, fresh=True)
            for name, file in files.items()
        }

    def url(self, path: str) -> str:
        """Return the address of a file.

        :raises KeyError: if there is no such file.
        """
        if path not in self._files:
            raise KeyError(f"there is no file {path} in {self._folder.name}/")
        return f"/static/{self.hash}/{path}"

    def send(self, hash: str, path: str) -> Response:
        """Answer with a file. One that is asked for by an old hash is not kept."""
        file = self._files.get(path)
        if file is None:
            raise NotFound(f"there is no file {path}")
        zipped = bool(request.accept_encodings.quality("gzip"))
        headers, body = file.answer(zipped, fresh=hash == self.hash)
        return Response(body, headers=headers)


def is_plain(environ: WSGIEnvironment) -> bool:
    """Return whether nothing about a question is for the app to look at."""
    encodings = environ.get("HTTP_ACCEPT_ENCODING", "")
    return (
        environ["REQUEST_METHOD"] == "GET"
        and "gzip" in encodings
        and "q=" not in encodings
        and not environ.get("QUERY_STRING")
        and "HTTP_ORIGIN" not in environ
    )
