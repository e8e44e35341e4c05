"""What is said on one connection: requests one way, answers the other, frames after a handshake.

A connection that is kept open serves one technique after the other, and pages in between; each
answer is booked where its request was. Requests may be ahead of the answers, never behind them.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from lesson.machinery.wire.heads import (
    FRAMES,
    PLAIN_ANSWER,
    POLL_LINE,
    Asked,
    answer_length,
    read_request,
)
from lesson.machinery.wire.ledger import BODY, HEAD, Ledger, Tally, Viewer
from lesson.machinery.wire.record import Exchange
from lesson.machinery.wire.stream import Stream

MOST_TALLIES = 32  # a connection that names more viewers has its end counted for the latest ones


class Asking(NamedTuple):
    """A request that is not answered yet."""

    viewer: Viewer
    tally: Tally
    technique: str
    method: bytes
    record: Exchange | None
    plain: bool  # a GET without a body, which nobody inspects


class Requests(Stream):
    """What comes from the browser. `viewer` is whose the latest request is."""

    __slots__ = ("_ledger", "_polled", "tallies", "waiting")
    direction = "up"

    def __init__(self, ledger: Ledger, connection: int) -> None:
        super().__init__(ledger, connection)
        self._ledger = ledger
        self.waiting: deque[Asking] = deque()
        self.tallies: list[Tally] = []  # what this connection has been booked to
        # The latest request, if it was a poll: its line's beginning, its viewer, all its fields.
        self._polled: tuple[bytes, bytes, bytes, Asking] | None = None

    def feed(self, data: bytes) -> None:
        """Take the next bytes."""
        if self._polled is None or self._held or not self._take_again(data, *self._polled):
            Stream.feed(self, data)

    def _take_again(
        self, data: bytes, start: bytes, viewer: bytes, fields: bytes, asking: Asking
    ) -> bool:
        """Take a whole poll at once if it is the latest one again, perhaps with another cursor."""
        line = data.find(b"\r\n")
        if data[line:] != fields or not data.startswith(start):
            return False
        if data.find(viewer, 0, line) < 0 or not asking.viewer.plain:
            return False
        tally = asking.tally
        tally.requests += 1
        tally.up[HEAD] += len(data)
        self.waiting.append(asking)
        return True

    def counts_in(self, tally: Tally) -> list[int]:
        """Return the counts of what goes up."""
        return tally.up

    def begin(self, head: bytes) -> int:
        """Book a request to whom its head names."""
        asked = read_request(head)
        self._open(asked)
        self._remember(head, asked)
        return asked.length

    def answered_early(self) -> None:
        """Take what there is of a head as a request: the server has not waited for its end.

        So it does with a head that is too long, or whose lines end in bare line feeds.
        """
        head, self._held = self._held, b""
        self._polled = None
        self._open(read_request(head))
        self.counts[HEAD] += len(head)
        if self.message is not None:
            self.message.head.add(head)
        if head and not head.endswith((b"\n\n", b"\n\r\n")):
            self._state = Stream._rest

    def answered(self, upgraded: bool) -> None:
        """Go on after the answer to a request that asked to upgrade."""
        if self._state is Stream._until_answered:
            held, self._held = self._held, b""
            self._state = Stream._frames if upgraded else Stream._head
            self.feed(held)

    def end(self) -> None:
        """Book the beginning of a request whose end will never come."""
        if self.undecided:
            self._open(read_request(self._held))
        if self._state in (Stream._head, Stream._until_answered):
            self.counts[HEAD] += len(self._held)

    def _remember(self, head: bytes, asked: Asked) -> None:
        line = head.find(b"\r\n")
        found = POLL_LINE.match(head, 0, line)
        self._polled = None
        if found and asked.viewer and self.waiting[-1].plain:
            self._polled = (found[1], found[2], head[line:], self.waiting[-1])

    def _open(self, asked: Asked) -> None:
        viewer, tally, record = self._ledger.nobody, self._ledger.unbooked, None
        if asked.viewer:
            viewer = self._ledger.viewer(asked.viewer)
            tally = viewer.tallies[asked.technique]
            if viewer.inspector is not None:
                record = Exchange(asked.technique, self.connection)
        if tally not in self.tallies:
            self.tallies.append(tally)
            del self.tallies[:-MOST_TALLIES]
            tally.opened += 1
        tally.requests += 1
        self.assign(viewer, tally, asked.technique, record.up if record else None)
        plain = asked.method == b"GET" and asked.length == 0 and record is None
        self.waiting.append(Asking(viewer, tally, asked.technique, asked.method, record, plain))


class Answers(Stream):
    """What goes to the browser."""

    __slots__ = ("_interim", "_requests")
    direction = "down"

    def __init__(self, ledger: Ledger, connection: int, requests: Requests) -> None:
        super().__init__(ledger, connection)
        self._requests = requests
        self._interim = False

    def feed(self, data: bytes) -> None:
        """Take the next bytes."""
        if self._state is not Stream._head or self._held or not self._take_whole(data):
            Stream.feed(self, data)

    def _take_whole(self, data: bytes) -> bool:
        """Take a plain answer at once, if it is whole and nobody inspects it."""
        waiting = self._requests.waiting
        if len(waiting) != 1 or not waiting[0].plain:
            return False
        found = PLAIN_ANSWER.match(data)
        if found is None:
            return False
        head = found.end()
        body = len(data) - head
        if int(found[1]) != body:
            return False
        counts = waiting.popleft().tally.down
        counts[HEAD] += head
        counts[BODY] += body
        return True

    def counts_in(self, tally: Tally) -> list[int]:
        """Return the counts of what goes down."""
        return tally.down

    def begin(self, head: bytes) -> int:
        """Book an answer where its request was."""
        if not self._requests.waiting:
            self._requests.answered_early()
        asking = self._requests.waiting[0]
        record = asking.record
        message = record.down if record else None
        self.assign(asking.viewer, asking.tally, asking.technique, message)
        length = answer_length(head, asking.method)
        self._interim = length == 0 and head[9:10] == b"1"
        if length == FRAMES:
            self._shake_hands(record)
        return length

    def done(self) -> None:
        """Take note that a request is answered. An interim answer (100 Continue) is none."""
        if self._interim:
            return
        file(self._requests.waiting.popleft())
        if not self._requests.waiting:
            self._requests.answered(upgraded=False)

    def end(self) -> bool:
        """File what is unfinished; return whether anything is."""
        waiting = self._requests.waiting
        if waiting and self.undecided:
            self._take_headless()
        if waiting and self._state is Stream._to_the_end:
            file(waiting.popleft())
        cut = bool(waiting) or self._requests.within or self.within
        for asking in waiting:
            file(asking, cut=True)
        self._requests.file_frame(cut=True)
        self.file_frame(cut=True)
        return cut

    def _take_headless(self) -> None:
        # The server answers so if it could not even tell the request's version, as HTTP/0.9 did.
        asking = self._requests.waiting[0]
        message = asking.record.down if asking.record else None
        self.assign(asking.viewer, asking.tally, asking.technique, message)
        self._state, data = Stream._to_the_end, self._held
        self._held = b""
        self.feed(data)

    def _shake_hands(self, record: Exchange | None) -> None:
        if record is not None:
            record.handshake = True
        file(self._requests.waiting.popleft())
        self._requests.answered(upgraded=True)


class Talk:
    """Both directions of one connection."""

    __slots__ = ("answers", "requests")

    def __init__(self, ledger: Ledger, connection: int = 0) -> None:
        self.requests = Requests(ledger, connection)
        self.answers = Answers(ledger, connection, self.requests)

    def end(self, cut: bool) -> None:
        """Book the connection's end.

        :param cut: whether it was reset or broke. One that ends within a message is cut too.
        """
        unfinished = self.answers.end()
        self.requests.end()
        if cut or unfinished:
            for tally in self.requests.tallies:
                tally.cut += 1


def file(asking: Asking, cut: bool = False) -> None:
    """Hand an exchange to its viewer's inspector, if it is kept."""
    if asking.record is not None and asking.viewer.inspector is not None:
        asking.record.cut = cut
        asking.viewer.inspector.file(asking.record)
