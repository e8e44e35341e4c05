from __future__ import annotations

import itertools
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lesson.machinery.push import text_frame
from lesson.machinery.wire.heads import TECHNIQUES, read_request
from lesson.machinery.wire.ledger import LARGEST, Ledger
from lesson.machinery.wire.record import KEPT, mask, mask_field
from lesson.machinery.wire.stream import LONGEST_HEAD, header_of
from lesson.machinery.wire.talk import MOST_TALLIES, Talk

VIEWER = "viewer01"


class Turn(NamedTuple):
    """Bytes one way, and what of them is head and what is body."""

    technique: str
    direction: str
    data: bytes
    head: int
    body: int


def request(path: str, fields: bytes = b"", method: bytes = b"GET") -> bytes:
    return method + b" " + path.encode() + b" HTTP/1.1\r\nHost: here\r\n" + fields + b"\r\n"


def answer(body: bytes, status: bytes = b"200 OK", fields: bytes = b"") -> bytes:
    length = b"Content-Length: %d\r\n" % len(body)
    return b"HTTP/1.1 " + status + b"\r\nDate: today\r\n" + length + fields + b"\r\n"


def chunked(pieces: list[bytes]) -> tuple[bytes, int]:
    framed = [b"%x;note=1\r\n%s\r\n" % (len(piece), piece) for piece in pieces if piece]
    data = b"".join(framed) + b"0\r\nTrailer: yes\r\n\r\n"
    return data, sum(map(len, pieces))


def frame(opcode: int, payload: bytes, mask: bytes | None) -> bytes:
    first, masked = bytes([0x80 | opcode]), 0x80 if mask is not None else 0
    if len(payload) < 126:
        head = first + bytes([masked | len(payload)])
    elif len(payload) < 65_536:
        head = first + bytes([masked | 126]) + len(payload).to_bytes(2)
    else:
        head = first + bytes([masked | 127]) + len(payload).to_bytes(8)
    return head + (mask or b"") + payload


bodies = st.binary(max_size=300)
polls = st.sampled_from(["short-poll", "long-poll"])


@st.composite
def polled(draw: st.DrawFn) -> list[Turn]:
    technique = draw(polls)
    head = request(f"/demos/{technique}/sales?after={draw(st.integers(0, 999))}&viewer={VIEWER}")
    body = draw(bodies)
    return [
        Turn(technique, "up", head, len(head), 0),
        Turn(technique, "down", answer(body) + body, len(answer(body)), len(body)),
    ]


@st.composite
def said(draw: st.DrawFn) -> list[Turn]:
    technique = draw(polls)
    path = f"/demos/say?viewer={VIEWER}&technique={technique}"
    pieces = draw(st.lists(bodies, max_size=4))
    if draw(st.booleans()):
        data, body = chunked(pieces)
        head = request(path, b"transfer-encoding: Chunked\r\n", b"POST")
    else:
        data = b"".join(pieces)
        body = len(data)
        head = request(path, b"content-length: %d\r\n" % body, b"POST")
    up = Turn(technique, "up", head + data, len(head) + len(data) - body, body)
    interim = b"HTTP/1.1 100 Continue\r\n\r\n" if draw(st.booleans()) else b""
    final = interim + answer(b"{}", b"201 CREATED")
    return [up, Turn(technique, "down", final + b"{}", len(final), 2)]


@st.composite
def empty(draw: st.DrawFn) -> list[Turn]:
    head = request(f"/demos/short-poll/sales?viewer={VIEWER}", method=b"HEAD")
    reply = answer(b"as long as a GET's")
    if draw(st.booleans()):
        head, reply = head.replace(b"HEAD", b"GET", 1), b"HTTP/1.1 304 NOT MODIFIED\r\n\r\n"
    return [
        Turn("short-poll", "up", head, len(head), 0),
        Turn("short-poll", "down", reply, len(reply), 0),
    ]


@st.composite
def page(draw: st.DrawFn) -> list[Turn]:
    body = draw(bodies)
    path = draw(st.sampled_from(["/dashboard", f"/?viewer={VIEWER}", "/demos/short-poll/sales"]))
    return [Turn("", "up", request(path), 0, 0), Turn("", "down", answer(body) + body, 0, 0)]


@st.composite
def socket(draw: st.DrawFn) -> list[Turn]:
    up = request(
        f"/socket.io/?EIO=4&transport=websocket&viewer={VIEWER}",
        b"Upgrade: websocket\r\nConnection: Upgrade\r\n",
    )
    down = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"
    turns = [
        Turn("web-socket", "up", up, len(up), 0),
        Turn("web-socket", "down", down, len(down), 0),
    ]
    for _ in range(draw(st.integers(0, 6))):
        direction = draw(st.sampled_from(["up", "down"]))
        opcode = draw(st.sampled_from([0, 1, 2, 8, 9, 10]))
        length = draw(st.sampled_from([0, 1, 125]) if opcode > 7 else st.sampled_from(LENGTHS))
        data = frame(opcode, b"x" * length, b"mask" if direction == "up" else None)
        body = 0 if opcode > 7 else length
        turns.append(Turn("web-socket", direction, data, len(data) - body, body))
    return turns


LENGTHS = [0, 1, 125, 126, 127, 300, 65_535, 65_536]
exchanges = st.one_of(polled(), said(), empty(), page())
conversations = st.tuples(st.lists(exchanges, max_size=6), st.one_of(st.just([]), socket())).map(
    lambda parts: [turn for part in [*parts[0], parts[1]] for turn in part]
)


def counts(talk_ledger: Ledger) -> dict[str, dict[str, int]]:
    viewer = talk_ledger.known(VIEWER)
    return viewer.figures() if viewer else {}


def feed(talk: Talk, turn: Turn, cuts: list[int]) -> None:
    stream = talk.requests if turn.direction == "up" else talk.answers
    edges = sorted({0, len(turn.data), *(cut % (len(turn.data) + 1) for cut in cuts)})
    for start, stop in itertools.pairwise(edges):
        stream.feed(turn.data[start:stop])


@given(conversation=conversations, cuts=st.lists(st.integers(0, 100_000), max_size=12))
@settings(max_examples=300, deadline=None)
def test_any_slicing_of_a_stream_gives_the_same_counts(
    conversation: list[Turn], cuts: list[int]
) -> None:
    ledger = Ledger()
    talk = Talk(ledger)
    for turn in conversation:
        feed(talk, turn, cuts)
    talk.end(cut=False)
    figures = counts(ledger)
    for technique in TECHNIQUES if figures else ():
        turns = [turn for turn in conversation if turn.technique == technique]
        assert figures[technique]["head"] == sum(turn.head for turn in turns)
        assert figures[technique]["body"] == sum(turn.body for turn in turns)
        for way in ("up", "down"):
            crossed = sum(len(turn.data) for turn in turns if turn.direction == way)
            assert figures[technique][way] == crossed
        assert figures[technique]["cut"] == 0


@given(conversation=conversations)
@settings(max_examples=50, deadline=None)
def test_single_bytes_give_the_same_counts(conversation: list[Turn]) -> None:
    ledger = Ledger()
    talk = Talk(ledger)
    for turn in conversation:
        feed(talk, turn._replace(data=turn.data[:3_000]), list(range(3_000)))
        feed(talk, turn._replace(data=turn.data[3_000:]), [])
    total = sum(figures["up"] + figures["down"] for figures in counts(ledger).values())
    assert total == sum(len(turn.data) for turn in conversation if turn.technique)


@given(data=st.binary(max_size=400), reply=st.binary(max_size=400))
@settings(max_examples=200, deadline=None)
def test_no_bytes_at_all_can_break_the_meter(data: bytes, reply: bytes) -> None:
    ledger = Ledger()
    talk = Talk(ledger)
    talk.requests.feed(data)
    talk.answers.feed(reply)
    talk.requests.feed(request(f"/demos/short-poll/sales?viewer={VIEWER}") + data)
    talk.answers.feed(reply)
    talk.end(cut=True)


@pytest.mark.parametrize(
    ("line", "owner"),
    [
        ("GET /demos/short-poll/sales?viewer=abcdefgh", ("abcdefgh", "short-poll")),
        ("GET /demos/long-poll/chat?after=3&viewer=abcdefgh&hold=9", ("abcdefgh", "long-poll")),
        ("GET /socket.io/?EIO=4&viewer=abcdefgh&transport=websocket", ("abcdefgh", "web-socket")),
        ("POST /demos/say?viewer=abcdefgh&technique=long-poll", ("abcdefgh", "long-poll")),
        ("POST /demos/claim?technique=short-poll&viewer=abcdefgh", ("abcdefgh", "short-poll")),
        ("POST /demos/say?viewer=abcdefgh", ("", "")),
        ("POST /demos/say?viewer=abcdefgh&technique=other", ("", "")),
        ("GET /socket.io/?EIO=4&viewer=abcdefgh&part=class", ("", "")),
        ("GET /socket.io/?EIO=4&part=class", ("", "")),
        ("GET /demos/short-poll/sales?viewer=SHOUTING", ("", "")),
        ("GET /demos/short-poll/sales?viewer=tooshrt", ("", "")),
        ("GET /demos/short-poll/sales?xviewer=abcdefgh", ("", "")),
        ("GET /dashboard?viewer=abcdefgh", ("", "")),
        ("GET /static/0/x.js?viewer=abcdefgh", ("", "")),
        ("nonsense", ("", "")),
    ],
)
def test_a_request_is_booked_to_whom_it_names(line: str, owner: tuple[str, str]) -> None:
    asked = read_request(f"{line} HTTP/1.1\r\n\r\n".encode())
    assert (asked.viewer, asked.technique) == owner


def test_a_connection_that_ends_within_a_message_counts_as_cut() -> None:
    ledger = Ledger()
    talk = Talk(ledger)
    talk.requests.feed(request(f"/demos/long-poll/sales?viewer={VIEWER}"))
    talk.end(cut=False)
    assert counts(ledger)["long-poll"]["cut"] == 1


def test_a_cut_is_booked_to_every_technique_that_the_connection_served() -> None:
    ledger = Ledger()
    talk = Talk(ledger)
    for technique in ("short-poll", "long-poll"):
        talk.requests.feed(request(f"/demos/{technique}/sales?viewer={VIEWER}"))
        talk.answers.feed(answer(b""))
    talk.end(cut=True)
    assert {name: figures["cut"] for name, figures in counts(ledger).items()} == {
        "short-poll": 1,
        "long-poll": 1,
        "web-socket": 0,
        "yours": 0,
    }


def test_a_connection_that_names_ever_more_viewers_takes_no_more_memory() -> None:
    ledger = Ledger()
    talk = Talk(ledger)
    for number in range(3 * MOST_TALLIES):
        talk.requests.feed(request(f"/demos/short-poll/sales?viewer=stranger{number:04}"))
        talk.answers.feed(answer(b""))
    assert len(talk.requests.tallies) == MOST_TALLIES
    talk.end(cut=True)
    cuts = [viewer.tallies["short-poll"].cut for viewer in ledger]
    assert cuts == [0] * 2 * MOST_TALLIES + [1] * MOST_TALLIES


def test_requests_that_are_sent_ahead_are_each_booked_with_their_answer() -> None:
    ledger = Ledger()
    talk = Talk(ledger)
    first, second = (
        request(f"/demos/{name}/sales?viewer={VIEWER}") for name in ("short-poll", "long-poll")
    )
    talk.requests.feed(first + second)
    talk.answers.feed(answer(b"one") + b"one" + answer(b"second") + b"second")
    talk.end(cut=False)
    figures = counts(ledger)
    assert figures["short-poll"]["down"] == len(answer(b"one")) + 3
    assert figures["long-poll"]["down"] == len(answer(b"second")) + 6
    assert figures["long-poll"]["up"] == len(second)


def test_an_answer_to_a_head_that_never_ends_is_booked_with_it() -> None:
    ledger = Ledger()
    talk = Talk(ledger)
    endless = f"GET /demos/short-poll/sales?viewer={VIEWER}&x=".encode() + b"x" * 9_000
    refusal = b"HTTP/1.0 414 Request URI Too Long\r\nContent-Length: 0\r\n\r\n"
    talk.requests.feed(endless)
    talk.answers.feed(refusal)
    talk.requests.feed(b"more of it")
    talk.end(cut=False)
    figures = counts(ledger)["short-poll"]
    assert (figures["up"], figures["down"]) == (len(endless) + 10, len(refusal))


def test_of_a_head_without_end_no_more_is_kept_than_a_head_may_have() -> None:
    ledger = Ledger()
    talk = Talk(ledger)
    poll = request(f"/demos/short-poll/sales?viewer={VIEWER}")
    talk.requests.feed(poll)
    talk.answers.feed(answer(b""))
    for _ in range(LONGEST_HEAD // 8_192):
        talk.requests.feed(b"x" * 8_192)
    assert talk.requests.undecided
    talk.requests.feed(b"x")
    assert not talk.requests.undecided
    talk.requests.feed(b"x" * 1_000)
    talk.end(cut=False)
    assert counts(ledger)["short-poll"]["up"] == len(poll) + LONGEST_HEAD + 1_001


def test_a_refused_upgrade_goes_on_as_before() -> None:
    ledger = Ledger()
    talk = Talk(ledger)
    asked = request(f"/socket.io/?viewer={VIEWER}", b"Upgrade: websocket\r\n")
    talk.requests.feed(asked)
    talk.answers.feed(answer(b"no", b"400 BAD REQUEST") + b"no")
    poll = request(f"/demos/short-poll/sales?viewer={VIEWER}")
    talk.requests.feed(poll)
    talk.answers.feed(answer(b""))
    talk.end(cut=False)
    assert counts(ledger)["short-poll"]["up"] == len(poll)
    assert counts(ledger)["web-socket"]["up"] == len(asked)


def test_at_most_a_thousand_viewers_are_booked_and_the_longest_silent_goes_first() -> None:
    time = [0.0]
    ledger = Ledger(clock=lambda: time[0])
    for number in range(LARGEST):
        time[0] += 1
        ledger.viewer(f"viewer{number:04}")
    ledger.viewer("viewer0000")
    ledger.viewer("newcomer")
    assert ledger.known("viewer0001") is None
    assert ledger.known("viewer0000") is not None
    assert len(list(ledger)) == LARGEST


def inspected() -> tuple[Ledger, Talk]:
    ledger = Ledger()
    ledger.viewer(VIEWER).inspect(True)
    return ledger, Talk(ledger, connection=7)


def entries(ledger: Ledger) -> list[dict[str, Any]]:
    viewer = ledger.known(VIEWER)
    assert viewer is not None
    assert viewer.inspector is not None
    return viewer.inspector.since(0, 1_000)


def test_the_inspector_shows_an_exchange_as_it_crossed() -> None:
    ledger, talk = inspected()
    head = request(f"/demos/short-poll/sales?viewer={VIEWER}")
    talk.requests.feed(head)
    talk.answers.feed(answer(b"hello") + b"hello")
    (entry,) = entries(ledger)
    assert entry["kind"] == "exchange"
    assert entry["connection"] == 7
    assert entry["up"]["head"]["bytes"] == len(head)
    assert [line["bytes"] for line in entry["up"]["head"]["lines"]][1:] == [12, 2]
    assert entry["up"]["head"]["lines"][1]["text"] == "Host: here"
    assert entry["down"]["body"] == {"bytes": 5, "more": 0, "text": "hello"}


def test_the_inspector_takes_a_frame_apart() -> None:
    ledger, talk = inspected()
    talk.requests.feed(request(f"/socket.io/?viewer={VIEWER}", b"Upgrade: websocket\r\n"))
    talk.answers.feed(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")
    masked = bytes(byte ^ b"abcd"[i % 4] for i, byte in enumerate(b"2hello"))
    for byte in frame(1, masked, b"abcd"):
        talk.requests.feed(bytes([byte]))
    talk.answers.feed(frame(9, b"", None))
    handshake, message, ping = entries(ledger)
    assert handshake["kind"] == "handshake"
    assert message["body"] == {"bytes": 6, "more": 0, "text": "2hello"}
    assert (message["direction"], message["fin"], message["name"]) == ("up", True, "text")
    assert (message["masked"], message["mask"], message["head"]) == (True, b"abcd".hex(), 6)
    assert (ping["direction"], ping["name"], ping["head"]) == ("down", "ping", 2)


def test_the_inspector_keeps_four_kilobytes_of_each_and_says_how_much_more_there_was() -> None:
    ledger, talk = inspected()
    head = request(f"/demos/short-poll/sales?viewer={VIEWER}")
    talk.requests.feed(head)
    talk.answers.feed(answer(b"x" * 9_000) + b"x" * 9_000)
    (entry,) = entries(ledger)
    kept = 4_096 - len(head) - len(answer(b"x" * 9_000))
    assert entry["down"]["body"] == {"bytes": 9_000, "more": 9_000 - kept, "text": "x" * kept}


def test_the_inspector_keeps_the_last_fifty_of_each_technique() -> None:
    ledger, talk = inspected()
    for technique, times in (("long-poll", 1), ("short-poll", KEPT + 10)):
        for _ in range(times):
            talk.requests.feed(request(f"/demos/{technique}/sales?viewer={VIEWER}"))
            talk.answers.feed(answer(b""))
    kept = entries(ledger)
    assert [entry["n"] for entry in kept] == [1, *range(12, KEPT + 12)]


def test_an_exchange_that_was_cut_is_shown_as_such() -> None:
    ledger, talk = inspected()
    talk.requests.feed(request(f"/demos/long-poll/sales?viewer={VIEWER}"))
    talk.end(cut=True)
    (entry,) = entries(ledger)
    assert entry["cut"] is True
    assert entry["down"]["at"] is None


def test_only_the_viewer_whose_inspector_is_open_is_recorded() -> None:
    ledger, talk = inspected()
    talk.requests.feed(request("/demos/short-poll/sales?viewer=somebody2"))
    talk.answers.feed(answer(b""))
    assert entries(ledger) == []


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("Cookie: lesson-8000=secret; theme=dark", "Cookie: lesson-8000=•••; theme=•••"),
        ("cookie: bare", "cookie: •••"),
        ("Set-Cookie: lesson-8000=abc; Path=/", "Set-Cookie: lesson-8000=•••; Path=/"),
        ("Authorization: Bearer abc", "Authorization: •••"),
        (
            "GET /socket.io/?EIO=4&sid=abc&x=1 HTTP/1.1",
            "GET /socket.io/?EIO=4&sid=•••&x=1 HTTP/1.1",
        ),
        ("Referer: http://here/instructor?token=abc", "Referer: http://here/instructor?token=•••"),
        ("Accept: */*", "Accept: */*"),
    ],
)
def test_secrets_in_a_head_are_masked(line: str, shown: str) -> None:
    assert mask_field(line) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('0{"sid":"abc","upgrades":[]}', '0{"sid":"•••","upgrades":[]}'),
        ('40/demos/web-socket,{"sid":"abc"}', '40/demos/web-socket,{"sid":"•••"}'),
        ('{"token" : "abc", "name": "x"}', '{"token" : "•••", "name": "x"}'),
        ('{"a":"{\\"sid\\":\\"abc\\"}"}', '{"a":"{\\"sid\\":\\"•••\\"}"}'),
        ('0{"sid":"cut off', '0{"sid":"•••'),
        ('{"said":"inside"}', '{"said":"inside"}'),
    ],
)
def test_secrets_in_a_body_are_masked(text: str, shown: str) -> None:
    assert mask(text) == shown


# The header of a frame that is known to be whole


HANDSHAKE = (
    b"GET /socket.io/?viewer=wholeframe&EIO=4&transport=websocket HTTP/1.1\r\nHost: a\r\n"
    b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: a\r\n\r\n"
)
AGREED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"


@pytest.mark.parametrize("length", [0, 5, 125, 126, 65_535, 65_536])
def test_a_whole_frames_header_is_as_long_as_it_is_booked(length: int):
    frame, ledger = text_frame(b"x" * length), Ledger()
    talk = Talk(ledger, 1)
    talk.requests.feed(HANDSHAKE)
    talk.answers.feed(AGREED)
    tally = ledger.viewer("wholeframe").tallies["web-socket"]
    before = list(tally.down)
    talk.answers.feed(frame)
    assert tally.down == [before[0] + header_of(frame), before[1] + length]
