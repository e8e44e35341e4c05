"""One direction of a connection: its bytes, as they come, divided into heads and bodies.

Heads are a message's start line and headers, the framing of chunks, the headers of WebSocket
frames, and control frames whole; what is inside is body. However the bytes are sliced, the counts
are the same. Knows no socket, and is quick where a message or a frame comes in one piece.
"""

from __future__ import annotations

from collections.abc import Callable

from lesson.machinery.wire.heads import ASKED_TO_UPGRADE, CHUNKED, FRAMES, TO_THE_END, UNCLEAR
from lesson.machinery.wire.ledger import BODY, HEAD, Ledger, Tally, Viewer
from lesson.machinery.wire.record import Frame, Message

END_OF_HEAD = b"\r\n\r\n"
LONGEST_HEAD = 65_536  # bytes; the server itself takes fewer
CONTROL = 8  # opcodes from here on are control frames
LONGER_HEADERS = {126: 4, 127: 10}  # bytes, by the length's first one, where nothing is masked
LINE = 256  # bytes of a chunk's line that are read; its size comes first


class Stream:
    """Books what it is fed. Each state takes some of the bytes and returns those after them."""

    __slots__ = (
        "_control",
        "_frame",
        "_held",
        "_left",
        "_state",
        "connection",
        "counts",
        "message",
        "tally",
        "technique",
        "viewer",
    )
    direction = ""

    def __init__(self, ledger: Ledger, connection: int) -> None:
        self.connection = connection  # its number
        self._state: Callable[[Stream, bytes], bytes] = Stream._head
        self._held = b""  # what came of a head, of a chunk's line, or of a frame's header
        self._left = 0  # bytes of the body, the chunk or the payload that are still to come
        self._control = False
        self._frame: Frame | None = None
        self.message: Message | None = None
        self.assign(ledger.nobody, ledger.unbooked, "")

    def assign(
        self, viewer: Viewer, tally: Tally, technique: str, message: Message | None = None
    ) -> None:
        """Book what follows here, and keep it there if the inspector is open."""
        self.viewer, self.tally, self.technique = viewer, tally, technique
        self.counts = self.counts_in(tally)
        self.message = message
        if message is not None and viewer.inspector is not None and message.at is None:
            message.at = viewer.inspector.now()

    def feed(self, data: bytes) -> None:
        """Take the next bytes."""
        while data:
            data = self._state(self, data)

    @property
    def undecided(self) -> bool:
        """Whether it is in the middle of a head, so that nobody can tell yet whose it is."""
        return self._state is Stream._head and bool(self._held)

    @property
    def within(self) -> bool:
        """Whether it is in the middle of a message or of a frame."""
        return bool(self._held) or self._state not in BETWEEN

    # What the two directions do differently

    def counts_in(self, tally: Tally) -> list[int]:
        """Return the counts of this direction."""
        raise NotImplementedError

    def begin(self, head: bytes) -> int:
        """Take a whole head; return how long the body after it is."""
        raise NotImplementedError

    def done(self) -> None:
        """Take note that a message is over."""

    # Messages

    def _head(self, data: bytes) -> bytes:
        held = self._held
        if held:
            data = held + data
        end = data.find(END_OF_HEAD, max(0, len(held) - 3)) + 4
        if end < 4 and len(data) <= LONGEST_HEAD:
            self._held = data
            return b""
        self._held = b""
        if end < 4:
            self._state = Stream._rest
            return data
        self._take_head(data[:end])
        return data[end:]

    def _take_head(self, head: bytes) -> None:
        length = self.begin(head)
        self.counts[HEAD] += len(head)
        if self.message is not None:
            self.message.head.add(head)
        if length > 0:
            self._left, self._state = length, Stream._body
        elif length < 0:
            self._state = AFTER_HEAD[length]
        else:
            self.done()

    def _body(self, data: bytes) -> bytes:
        rest = self._take_body(data)
        if not self._left:
            self._state = Stream._head
            self.done()
        return rest

    def _take_body(self, data: bytes) -> bytes:
        piece = data[: self._left]
        self._left -= len(piece)
        self.counts[BODY] += len(piece)
        if self.message is not None:
            self.message.body.add(piece)
        return data[len(piece) :]

    def _to_the_end(self, data: bytes) -> bytes:
        self._left = len(data)
        return self._take_body(data)

    def _rest(self, data: bytes) -> bytes:
        # What cannot be told apart is head; the server closes such a connection.
        self._take_framing(len(data))
        return b""

    def _until_answered(self, data: bytes) -> bytes:
        self._held += data
        return b""

    def _take_framing(self, length: int) -> None:
        self.counts[HEAD] += length
        if self.message is not None:
            self.message.framing += length

    # Chunks (RFC 9112, section 7.1)

    def _chunk_size(self, data: bytes) -> bytes:
        line, rest = self._take_line(data)
        if line is not None:
            self._left = chunk_size(line)
            self._state = Stream._chunk if self._left > 0 else AFTER_CHUNKS[self._left]
        return rest

    def _chunk(self, data: bytes) -> bytes:
        rest = self._take_body(data)
        if not self._left:
            self._state = Stream._chunk_end
        return rest

    def _chunk_end(self, data: bytes) -> bytes:
        line, rest = self._take_line(data)
        if line is not None:
            self._state = Stream._chunk_size
        return rest

    def _trailer(self, data: bytes) -> bytes:
        line, rest = self._take_line(data)
        if line is not None and not line.strip():
            self._state = Stream._head
            self.done()
        return rest

    def _take_line(self, data: bytes) -> tuple[bytes | None, bytes]:
        end = data.find(b"\n") + 1
        piece = data[:end] if end else data
        self._take_framing(len(piece))
        line = self._held + piece
        self._held = b"" if end else line[:LINE]
        return (line if end else None), data[len(piece) :]

    # Frames (RFC 6455, section 5.2)

    def _frames(self, data: bytes) -> bytes:
        held = len(self._held)
        if held:
            data = self._held + data
        header, length = frame_sizes(data)
        self.counts[HEAD] += min(header, len(data)) - held
        if header > len(data):
            self._held = data
            return b""
        self._held = b""
        self._control = data[0] & 15 >= CONTROL
        if self.viewer.inspector is not None:
            self._keep_frame(data[:header])
        elif len(data) == header + length:  # the usual case: one frame, whole
            self.counts[HEAD if self._control else BODY] += length
            return b""
        self._left, self._state = length, Stream._payload
        return self._payload(data[header:])

    def _payload(self, data: bytes) -> bytes:
        piece = data[: self._left]
        self._left -= len(piece)
        self.counts[HEAD if self._control else BODY] += len(piece)
        if self._frame is not None:
            self._frame.body.add(piece)
        if not self._left:
            self._state = Stream._frames
            self.file_frame()
        return data[len(piece) :]

    def _keep_frame(self, header: bytes) -> None:
        assert self.viewer.inspector is not None
        self._frame = Frame(
            self.technique, self.connection, self.direction, header, self.viewer.inspector.now()
        )

    def file_frame(self, cut: bool = False) -> None:
        """Hand the frame to the inspector, if it is kept."""
        if self._frame is not None and self.viewer.inspector is not None:
            self._frame.cut = cut
            self.viewer.inspector.file(self._frame)
        self._frame = None


AFTER_HEAD = {
    CHUNKED: Stream._chunk_size,
    TO_THE_END: Stream._to_the_end,
    UNCLEAR: Stream._rest,
    ASKED_TO_UPGRADE: Stream._until_answered,
    FRAMES: Stream._frames,
}
AFTER_CHUNKS = {0: Stream._trailer, -1: Stream._rest}
BETWEEN = (Stream._head, Stream._to_the_end, Stream._rest, Stream._frames)


def frame_sizes(data: bytes) -> tuple[int, int]:
    """Return the lengths of a frame's header and payload, from its beginning (one byte or more).

    While too little has come to tell the header's length, the least that it can be; as long as
    that is more than what has come, the payload's length means nothing.
    """
    if len(data) < 2:
        return 2, 0
    length = data[1] & 127
    header = 2 if data[1] < 128 else 6
    if length == 126:
        return header + 2, int.from_bytes(data[2:4])
    if length == 127:
        return header + 8, int.from_bytes(data[2:10])
    return header, length


def header_of(frame: bytes) -> int:
    """Return how long the header of a server's whole frame is."""
    return LONGER_HEADERS.get(frame[1], 2)


def chunk_size(line: bytes) -> int:
    """Return the size that a chunk's line gives, or -1 if it gives none."""
    try:
        return max(-1, int(line.split(b";")[0], 16))
    except ValueError:
        return -1
