"""What a head says: whose request it is, and how long the body after it will be.

Reads no more than that, because it runs for every request. A `viewer` counts as it is written,
not percent-encoded. Left out: everything else that a header may say.
"""

from __future__ import annotations

import re
from typing import NamedTuple

TECHNIQUES = ("short-poll", "long-poll", "web-socket", "yours")

# How long what follows a head is, where that is not a number of bytes. After a request that asks
# for another protocol the answer tells; after an answer that agrees to one there are frames.
CHUNKED, TO_THE_END, UNCLEAR, ASKED_TO_UPGRADE, FRAMES = -1, -2, -3, -4, -5

# The usual ones, read at once: a poll's line, and the head of its answer.
POLL_LINE = re.compile(
    rb"(GET /demos/(?:short|long)-poll/)[^?\s]*\?\S*?(?<=[?&])(viewer=[a-z0-9]{8,32}[& ])"
)
PLAIN_ANSWER = re.compile(
    rb"HTTP/1\.1 200 [^\r]*\r\n(?:[^\r]*\r\n){0,3}?Content-Length: (\d+)\r\n(?:[^\r]+\r\n)*\r\n"
)
REQUEST = re.compile(rb"[\r\n]*([^\s?]+)[ \t]+([^\s?]*)(?:\?(\S*))?")
POLL = re.compile(rb"/demos/(short-poll|long-poll)/")
SPOKEN = (b"/demos/say", b"/demos/claim")
SOCKETS = b"/socket.io/"
YOURS = b"/yours/"
VIEWER = re.compile(rb"(?:^|&)viewer=([a-z0-9]{8,32})(?:&|$)")
TECHNIQUE = re.compile(rb"(?:^|&)technique=(short-poll|long-poll|web-socket|yours)(?:&|$)")
OTHER_PART = re.compile(rb"(?:^|&)part=class(?:&|$)")
LENGTH = re.compile(rb"\ncontent-length:[ \t]*([^\r\n]*)")
ENCODING = re.compile(rb"\ntransfer-encoding:[ \t]*([^\r\n]*)")


class Asked(NamedTuple):
    """What a request's head says. Without a viewer and a technique it is booked to nobody."""

    method: bytes
    viewer: str
    technique: str
    length: int


def read_request(head: bytes) -> Asked:
    """Read a request's head, or the beginning of one."""
    found = REQUEST.match(head)
    if found is None:
        return Asked(b"", "", "", UNCLEAR)
    method, path, query = found.groups(b"")
    viewer, technique = read_owner(path, query)
    fields = head.lower()
    length = body_length(fields)
    if length == 0 and b"\nupgrade:" in fields:
        length = ASKED_TO_UPGRADE
    return Asked(method, viewer, technique, length)


def read_owner(path: bytes, query: bytes) -> tuple[str, str]:
    """Return the viewer and the technique that a request is booked to; both '' for nobody.

    Speaking and claiming belong to no technique by their path, so their query names it.
    """
    viewer = VIEWER.search(query)
    if viewer is None:
        return "", ""
    technique = read_technique(path, query)
    return (viewer[1].decode(), technique) if technique else ("", "")


def read_technique(path: bytes, query: bytes) -> str:
    """Return the technique that a request is part of, or ''."""
    poll = POLL.match(path)
    if poll:
        return poll[1].decode()
    if path.startswith(SOCKETS):
        return "" if OTHER_PART.search(query) else "web-socket"
    if path.startswith(YOURS):
        return "yours"
    named = TECHNIQUE.search(query) if path in SPOKEN else None
    return named[1].decode() if named else ""


def body_length(fields: bytes) -> int:
    """Return how long a request's body is (RFC 9112, section 6.3), from its head in lower case."""
    length = LENGTH.search(fields) if b"\ncontent-length:" in fields else None
    encoding = ENCODING.search(fields) if b"\ntransfer-encoding:" in fields else None
    if encoding and encoding[1].strip() == b"chunked":
        return UNCLEAR if length else CHUNKED
    return 0 if length is None else number(length[1])


def answer_length(head: bytes, method: bytes) -> int:
    """Return how long an answer's body is (RFC 9112, section 6.3)."""
    status = head[9:12]
    if status == b"101":
        return FRAMES
    if method == b"HEAD" or status in (b"204", b"304") or status[:1] == b"1":
        return 0
    fields = head.lower()
    if b"\ncontent-length:" not in fields and b"\ntransfer-encoding:" not in fields:
        return TO_THE_END
    return body_length(fields)


def number(text: bytes) -> int:
    """Return a length that a header gives, or UNCLEAR if it is none."""
    try:
        length = int(text)
    except ValueError:
        return UNCLEAR
    return length if length >= 0 else UNCLEAR
