"""A client's frames: put together to messages, or refused (RFC 6455, section 5); and how fast."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demos.protocol import LARGEST_BODY
from lesson.machinery.frames import (
    BINARY,
    CLOSE,
    PING,
    PONG,
    TEXT,
    FrameError,
    Frames,
    check_close,
    unmasked,
)
from lesson.machinery.pace import BURST, PATIENCE, RATE, Pace, TooFast
from tests.clocks import Clock
from tests.examples import MANY

MASK = b"\x0f\xf0\x55\xaa"
LENGTHS = [0, 1, 125, 126, 127, 65_535 // 2, LARGEST_BODY]


def frame(kind: int, payload: bytes = b"", final: bool = True, first: int = 0) -> bytes:
    """Return a masked frame. `first` are more bits of its first byte."""
    length, head = len(payload), bytes([first | (final << 7) | kind])
    if length < 126:
        head += bytes([0x80 | length])
    elif length < 65_536:
        head += b"\xfe" + length.to_bytes(2)
    else:
        head += b"\xff" + length.to_bytes(8)
    return head + MASK + unmasked(payload, MASK)


def read(data: bytes, size: int = 1_000_000) -> tuple[list[str | bytes], list[tuple[int, bytes]]]:
    """Return the messages and the control frames; the bytes come in pieces of a size."""
    pieces = iter([data[at : at + size] for at in range(0, len(data), size)])
    heard: list[tuple[int, bytes]] = []
    frames = Frames(lambda _: next(pieces, b""), lambda *one: heard.append(one), lambda _: None)
    messages = []
    try:
        messages.extend(iter(frames.messages()))
    except EOFError:
        pass
    return messages, heard


def refused(data: bytes) -> int:
    with pytest.raises(FrameError) as caught:
        read(data)
    return caught.value.status


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("size", [1_000_000, 1_000, 7])
def test_a_message_is_read_whatever_its_length_and_its_pieces(length, size):
    text = "é" * (length // 2) + "e" * (length % 2)
    data = frame(TEXT, text.encode()) + frame(BINARY, b"\0\xff" * (length // 2))
    assert read(data, size)[0] == [text, b"\0\xff" * (length // 2)]


def test_fragments_are_put_together_with_control_frames_between_them():
    data = (
        frame(TEXT, b"4\xc3", final=False)
        + frame(PING, b"there?")
        + frame(0, b"", final=False)
        + frame(0, b"\xa9")
        + frame(PONG)
        + frame(CLOSE, b"\x03\xe8bye")
        + frame(TEXT, b"after that nothing is read")
    )
    assert read(data) == (["4é"], [(PING, b"there?"), (PONG, b""), (CLOSE, b"\x03\xe8bye")])


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"\x81\x01x", 1002),  # not masked
        (b"\x88\x00", 1002),
        *[(frame(TEXT, b"x", first=bit), 1002) for bit in (0x40, 0x20, 0x10)],
        *[(frame(kind), 1002) for kind in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)],
        (frame(0, b"x"), 1002),
        (frame(0, b"x", final=False), 1002),
        (frame(TEXT, b"a", final=False) + frame(TEXT, b"b"), 1002),
        (frame(TEXT, b"a", final=False) + frame(BINARY, b"b"), 1002),
        (frame(TEXT, b"a") + frame(0, b"b"), 1002),
        *[(frame(kind, b"", final=False), 1002) for kind in (CLOSE, PING, PONG)],
        *[(frame(kind, b"x" * 126), 1002) for kind in (CLOSE, PING, PONG)],
        (frame(TEXT, b"\xff"), 1007),
        (frame(TEXT, b"\xc3", final=False) + frame(0, b"\x28"), 1007),
        (frame(TEXT, b"\xed\xa0\x80"), 1007),  # half a surrogate pair
        (frame(TEXT, b"\xc3"), 1007),
        (frame(TEXT, b"x" * (LARGEST_BODY + 1)), 1009),
        (frame(BINARY, b"x" * 40_000, final=False) + frame(0, b"x" * 24_001), 1009),
        (b"\x81\xff\xff" + b"\0" * 7 + MASK, 1009),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_what_is_against_the_rules_is_refused_with_its_status(data, status):
    assert refused(data) == status


def test_a_message_that_is_too_long_is_refused_before_it_has_come():
    assert refused(frame(TEXT, b"x" * (LARGEST_BODY + 1))[:14]) == 1009
    fragments = [frame(TEXT, b"x", final=False), *[frame(0, b"x" * 9_999, final=False)] * 7]
    assert refused(b"".join(fragments)) == 1009


@pytest.mark.parametrize(
    "payload", [b"", b"\x03\xe8", b"\x03\xe8bye", b"\x0b\xb8", b"\x13\x87\xc3\xa9"]
)
def test_a_close_frame_may_say_why(payload):
    check_close(payload)


@pytest.mark.parametrize(
    ("payload", "status"),
    [
        (b"\x03", 1002),
        (b"\0\0", 1002),
        (b"\x03\xe7", 1002),  # 999
        (b"\x03\xec", 1002),  # 1004
        (b"\x03\xed", 1002),  # 1005 and 1006 are never sent
        (b"\x03\xee", 1002),
        (b"\x07\xd0", 1002),  # 2000
        (b"\x13\x88", 1002),  # 5000
        (b"\x03\xe8\xff", 1007),
    ],
)
def test_what_a_close_frame_may_not_say(payload, status):
    with pytest.raises(FrameError) as caught:
        check_close(payload)
    assert caught.value.status == status


@MANY
@given(st.binary(max_size=200), st.integers(1, 20))
def test_whatever_comes_is_read_or_refused(data, size):
    try:
        messages, _ = read(data, size)
    except FrameError as refused:
        assert refused.status in (1002, 1007, 1009)  # noqa: PT017
    else:
        assert sum(map(len, messages)) <= len(data)


# How fast


@pytest.fixture
def clock():
    return Clock()


def test_a_burst_and_then_20_a_second_are_not_slowed(clock):
    pace = Pace(clock)
    assert [pace.wait() for _ in range(BURST)] == [0] * BURST
    for _ in range(1_000):
        clock.advance(1 / RATE)
        assert pace.wait() < 0.001


def test_who_sends_faster_waits_for_its_turn(clock):
    pace = Pace(clock)
    for _ in range(BURST):
        pace.wait()
    begun = clock.now
    for _ in range(PATIENCE * RATE):
        clock.advance(pace.wait())
    assert clock.now - begun == pytest.approx(PATIENCE, abs=0.1)


def test_who_does_not_heed_it_is_let_go(clock):
    pace = Pace(clock)
    for _ in range(BURST + PATIENCE * RATE):
        clock.advance(pace.wait(ahead=True))
    with pytest.raises(TooFast):
        pace.wait(ahead=True)


def test_so_is_who_lets_ever_more_wait_at_a_time(clock):
    pace = Pace(clock)
    waits = [pace.wait() for _ in range(BURST + PATIENCE * RATE)]
    assert max(waits) == pytest.approx(PATIENCE, abs=0.01)
    with pytest.raises(TooFast):
        [pace.wait() for _ in range(3)]


def test_who_waits_for_each_answer_is_only_slowed(clock):
    pace = Pace(clock)
    for _ in range(10_000):
        clock.advance(pace.wait())


def test_it_is_known_which_frames_had_come_already():
    ahead = []
    pieces = iter([frame(TEXT, b"a"), frame(TEXT, b"b") * 2 + frame(TEXT, b"c")[:1], b""])
    frames = Frames(lambda _: next(pieces), lambda *_: None, ahead.append)
    with pytest.raises(EOFError):
        list(frames.messages())
    assert ahead == [False, False, True]


def test_a_pause_makes_good(clock):
    pace = Pace(clock)
    for _ in range(20):
        for number in range(BURST + 100):
            clock.advance(pace.wait(ahead=number > 0))
        clock.advance(BURST / RATE)
    assert pace.wait() == 0


def test_that_the_server_was_busy_is_no_pause_of_the_client(clock):
    pace = Pace(clock)

    def send_on() -> None:
        for number in range(2 * PATIENCE * RATE):
            busy = 0.2 if number % 50 == 0 else 0
            clock.advance(pace.wait(ahead=number > 0) + busy)

    with pytest.raises(TooFast):
        send_on()
