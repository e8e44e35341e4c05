"""A request, read strictly (RFC 9112): what two readers could take differently is refused.

A proxy and a server that do not agree where a request ends can be made to mix up two people's. So
nothing is repaired here: no bare line feeds, no folded lines, no second length, and no length
beside chunks. Knows no socket: it is handed what reads the next line, or the next bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

from demos.protocol import LARGEST_BODY
from lesson.machinery.refusal import Refused

LONGEST_LINE = 8_192  # bytes
LONGEST_HEAD = 32_768  # bytes
MOST_FIELDS = 100
LONGEST_SIZE = 256  # bytes of the line that begins a chunk

TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
REQUEST = re.compile(rf"({TOKEN}) ([\x21-\x7e\x80-\xff]+) HTTP/(\d)\.(\d)\r\n")
FIELD = re.compile(rf"({TOKEN}):([^\0\r\n]*)\r\n")
LENGTH = re.compile(r"[0-9]{1,18}")
ONLY_ONCE = ("host", "content-length", "transfer-encoding")
NOT_IN_ENVIRON = ("content-type", "content-length", "transfer-encoding")  # by these names
SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})(?:[ \t]*;[^\r\n]*)?\r\n")

ReadLine = Callable[[int], bytes]


class Fields:
    """The fields of a head, which can be understood in one way only. Never changed: many share it.

    :param raw: the lines, each with its end.
    :raises Refused: if they are none, or could be taken differently.
    """

    def __init__(self, raw: bytes) -> None:
        self._values: dict[str, str] = {}
        self.environ: dict[str, str] = {}  # as WSGI has them
        for line in raw.splitlines(keepends=True):
            found = FIELD.fullmatch(line.decode("latin-1"))
            if found is None:
                raise Refused(400, "a line of the head is no field; allowed is: Name: value")
            self._add(found[1].lower(), found[2].strip(" \t"))
        if "transfer-encoding" in self._values and "content-length" in self._values:
            raise Refused(400, "the body is in chunks, and has another length besides")
        if self.get("transfer-encoding", "chunked").lower() != "chunked":
            raise Refused(400, "transfer-encoding is unknown; allowed is chunked")
        if not LENGTH.fullmatch(self.get("content-length", "0")):
            raise Refused(400, "content-length is no number of bytes")

    def get(self, name: str, missing: str = "") -> str:
        """Return the first field of a name, given in lower case."""
        return self._values.get(name, missing)

    def _add(self, name: str, value: str) -> None:
        if name in self._values and name in ONLY_ONCE:
            raise Refused(400, f"{name} is given more than once")
        self._values.setdefault(name, value)
        key = f"HTTP_{name.upper().replace('-', '_')}"
        # One with an underscore would be taken for the one with a dash.
        if "_" not in name and name not in NOT_IN_ENVIRON:
            self.environ[key] = f"{self.environ[key]},{value}" if key in self.environ else value


# A page's polls all have the same ones.
fields_in = lru_cache(maxsize=256)(Fields)


class Head(NamedTuple):
    """What stands before a body."""

    method: str
    target: str
    version: str
    fields: Fields

    def get(self, name: str, missing: str = "") -> str:
        """Return the first field of a name, however that is written."""
        return self.fields.get(name.lower(), missing)

    @property
    def is_old(self) -> bool:
        """Whether its sender knows neither chunks nor answers in between."""
        return self.version == "HTTP/1.0"

    @property
    def keeps_open(self) -> bool:
        """Whether another request may follow on the connection."""
        wanted = self.get("connection").lower()
        return wanted == "keep-alive" if self.is_old else wanted != "close"

    @property
    def is_chunked(self) -> bool:
        """Whether its body comes in chunks."""
        return bool(self.get("transfer-encoding"))

    @property
    def length(self) -> int:
        """How many bytes of body it announces, where they do not come in chunks."""
        return int(self.get("content-length", "0"))


def read_head(first: bytes, read_line: ReadLine) -> Head:
    """Read a request's head, whose first line has been read already.

    :raises Refused: if it is none, or too long.
    :raises EOFError: if it is not finished.
    """
    found = REQUEST.fullmatch(first.decode("latin-1"))
    if found is None:
        raise Refused(400, "the first line is none of HTTP's; allowed is: GET /path HTTP/1.1")
    method, target, major, minor = found.groups()
    if major != "1":
        raise Refused(505, f"the version is HTTP/{major}.{minor}; allowed are 1.0 and 1.1")
    if not target.startswith("/"):
        raise Refused(400, "what is asked for must begin with a slash")
    # As the standard library does: such a path must not be taken for another host's.
    target = "/" + target.lstrip("/") if target.startswith("//") else target
    version = "HTTP/1.0" if minor == "0" else "HTTP/1.1"
    head = Head(method, target, version, fields_in(read_fields(read_line)))
    if head.is_chunked and head.is_old:
        raise Refused(400, "the body is in chunks, which HTTP/1.0 does not have")
    return head


def read_fields(read_line: ReadLine) -> bytes:
    """Read the lines of a head, up to the empty one that ends it."""
    lines: list[bytes] = []
    left = LONGEST_HEAD
    while (line := read_line(LONGEST_LINE)) != b"\r\n":
        lines.append(line)
        left -= len(line)
        if len(line) == LONGEST_LINE or left < 0 or len(lines) > MOST_FIELDS:
            raise Refused(431, "the fields are too long, or too many")
        if not line.endswith(b"\n"):
            raise EOFError
    return b"".join(lines)


def read_body(head: Head, read: Callable[[int], bytes], read_line: ReadLine) -> bytes:
    """Read what a request carries; of one that announces too much, nothing.

    :raises Refused: if its chunks are none, or too long.
    :raises EOFError: if it is not finished.
    """
    if head.is_chunked:
        return b"".join(read_chunks(read, read_line))
    return read_whole(read, head.length) if head.length <= LARGEST_BODY else b""


def read_chunks(read: Callable[[int], bytes], read_line: ReadLine) -> Iterator[bytes]:
    """Read a body that comes in chunks (RFC 9112, section 7.1), and its trailer."""
    left = LARGEST_BODY
    while size := read_size(read_line):
        left -= size
        if left < 0:
            raise Refused(413, f"the body is too large; allowed are {LARGEST_BODY} bytes")
        yield read_whole(read, size)
        if read_line(LONGEST_SIZE) != b"\r\n":
            raise Refused(400, "a chunk does not end where it says")
    fields_in(read_fields(read_line))


def read_size(read_line: ReadLine) -> int:
    """Read the line that says how long a chunk is."""
    found = SIZE.fullmatch(read_line(LONGEST_SIZE))
    if found is None:
        raise Refused(400, "a chunk does not say how long it is")
    return int(found[1], 16)


def read_whole(read: Callable[[int], bytes], size: int) -> bytes:
    """Read exactly so many bytes."""
    data = read(size)
    if len(data) < size:
        raise EOFError
    return data


def request_environ(head: Head, body: bytes) -> dict[str, str]:
    """Return what of WSGI's environment (PEP 3333) a request says."""
    path, _, query = head.target.partition("?")
    return head.fields.environ | {
        "REQUEST_METHOD": head.method,
        "PATH_INFO": unquote(path, "latin-1"),
        "QUERY_STRING": query,
        "CONTENT_TYPE": head.get("content-type"),
        "CONTENT_LENGTH": str(len(body) or head.length),
    }
