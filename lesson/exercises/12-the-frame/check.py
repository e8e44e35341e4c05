"""Frames from the standard, from this lesson's own line, of each length's edge, and in pieces."""

from __future__ import annotations

import random
from typing import Any

from lesson.machinery.exercises.checks import Work, expect

KEY = bytes.fromhex("37fa213d")
HELLO = bytes.fromhex("81 05 48 65 6c 6c 6f")  # RFC 6455, section 5.7
MASKED_HELLO = bytes.fromhex("81 85 37 fa 21 3d 7f 9f 4d 51 58")  # the same, from a browser
PONG = bytes.fromhex("81 81 37 fa 21 3d 04")  # what the chapter shows: "3", Socket.IO's yes
EDGES = (0, 1, 125, 126, 127, 255, 256, 65_535, 65_536, 70_000)


def frame_of(
    payload: bytes, key: bytes | None = None, opcode: int = 1, final: bool = True
) -> bytes:
    """Write a frame, as the standard says."""
    size = len(payload)
    short, more = (size, 0) if size < 126 else (126, 2) if size < 65_536 else (127, 8)
    head = bytes([opcode | 0x80 * final, short | 0x80 * (key is not None)])
    head += size.to_bytes(more, "big") if more else b""
    if key is None:
        return head + payload
    return head + key + bytes(byte ^ key[i % 4] for i, byte in enumerate(payload))


def called(data: bytes) -> str:
    start = data[:14].hex(" ")
    return f"read_frame({start}{' …' if len(data) > 14 else ''}), {len(data):,} bytes"


def look(work: Work, data: bytes, payload: bytes, because: str) -> Any:
    frame = work.load("frame.py").read_frame(data)
    got = "None" if frame is None else getattr(frame, "payload", frame)
    if isinstance(got, list):
        because = "what was said is bytes: bytes([51]) makes them of numbers"
    expect(
        got == payload,
        called=called(data),
        got=brief(got),
        expected=brief(payload),
        because=because,
    )
    return frame


def brief(value: Any) -> str:
    if not isinstance(value, bytes) or len(value) <= 40:
        return repr(value) if isinstance(value, bytes) else str(value)
    return f"{value[:20]!r} …, {len(value):,} bytes"


def test_a_short_frame_from_a_server(work: Work) -> None:
    frame = look(work, HELLO, b"Hello", "this one is short and not masked; it worked before")
    expect(
        (frame.final, frame.opcode, frame.size) == (True, 1, 7),
        called=called(HELLO),
        got=f"final={frame.final}, opcode={frame.opcode}, size={frame.size}",
        expected="final=True, opcode=1, size=7",
        because="the first byte, 81, says: last part of its message, text; 2 + 5 bytes are 7",
    )


def test_every_length_from_a_server(work: Work) -> None:
    for size in EDGES:
        look_at_length(work, size, None)


def test_a_frame_from_a_browser(work: Work) -> None:
    because = "the second byte's first bit is set: 4 bytes of key come next, and the mask is to be taken off"
    look(work, PONG, b"3", because)
    because = "the key has 4 bytes, and begins again at the fifth byte of what was said: i % 4"
    look(work, MASKED_HELLO, b"Hello", because)
    emoji = "3 tickets 🎫".encode()
    look(work, frame_of(emoji, b"\x00\xff\x10\x80"), emoji, because)


def test_every_length_from_a_browser(work: Work) -> None:
    for size in EDGES:
        look_at_length(work, size, KEY)


def look_at_length(work: Work, size: int, key: bytes | None) -> None:
    said = random.Random(size).randbytes(size)
    data = frame_of(said, key)
    frame = look(work, data, said, why_length(data, key))
    expect(
        frame.size == len(data),
        called=called(data),
        got=f"size={frame.size}",
        expected=f"size={len(data)}",
        because="size is header, key and what was said, all together",
    )


def why_length(data: bytes, key: bytes | None) -> str:
    said = data[1] & 0x7F
    if said < 126:
        return f"the 7 bits say {said}, and that is the length"
    more = 2 if said == 126 else 8
    where = f"bytes 2 to {1 + more}"
    then = f"the key in bytes {2 + more} to {5 + more}, and then " if key else ""
    begins = f"{then}what was said, from byte {2 + more + 4 * bool(key)} on"
    odd = ". That it is 127 has nothing to do with the 7 bits" if len(data) - 4 == 127 else ""
    return f"the 7 bits say {said}: the length is in {where}, the largest first; next comes {begins}{odd}"


def test_other_kinds(work: Work) -> None:
    read = work.load("frame.py").read_frame
    for opcode, final in ((9, True), (8, True), (2, False), (0, True)):
        data = frame_of(b"ab", KEY, opcode, final)
        frame = read(data)
        expect(
            (frame.opcode, frame.final) == (opcode, final),
            called=called(data),
            got=f"opcode={frame.opcode}, final={frame.final}",
            expected=f"opcode={opcode}, final={final}",
            because="the first byte has the kind in its last 4 bits, and `final` in its first",
        )


def test_what_comes_in_pieces(work: Work) -> None:
    read = work.load("frame.py").read_frame
    for size, key in ((5, None), (5, KEY), (300, KEY), (70_000, KEY)):
        data = frame_of(bytes(size), key)
        for cut in {0, 1, 2, 3, 4, 6, 7, 9, 10, 13, len(data) - 1} & set(range(len(data))):
            got = read(data[:cut])
            expect(
                got is None,
                called=f"{called(data[:cut])}, of a frame of {len(data):,}",
                got=brief(getattr(got, "payload", got)),
                expected="None",
                because="the frame is not there as a whole yet: compare len(data) with where it ends",
            )


def test_two_frames_in_one_piece(work: Work) -> None:
    data = frame_of(b"first", KEY) + frame_of(b"second", KEY)
    first = look(
        work, data, b"first", "it ends where its length says; what follows is the next frame"
    )
    look(work, data[first.size :], b"second", "the next frame begins at `size`")
    work.say(
        "You can read a WebSocket's line now. A header from a server takes 2, 4 or 10 bytes; from a browser, 4 more."
    )
