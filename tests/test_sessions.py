"""Sessions: who says nothing is let go, and so is who sends what is no packet."""

from __future__ import annotations

import json
import logging
import threading
import time
from queue import Queue

import pytest
from flask import Flask
from flask_socketio import SocketIO
from hypothesis import given
from hypothesis import strategies as st
from socketio import packet

from lesson.machinery import sessions as sessions_module
from lesson.machinery.pace import BURST, PATIENCE, RATE
from lesson.machinery.sessions import RESERVED, SILENT, MalformedPacket, Packet, Sessions
from tests.clocks import Clock
from tests.examples import MANY
from tests.servers import PATIENCE as WITHIN
from tests.waiting import until


class OpenSocket:
    """Stands for an Engine.IO socket, and remembers how it was closed."""

    send = _websocket_handler = print  # never called
    queue = Queue()

    def __init__(self) -> None:
        self.closed_with: list[dict] = []
        self.closing = self.closed = False

    def close(self, **how: object) -> None:
        self.closed_with.append(how)
        self.closed = True


class Office:
    """A session for each letter, the messages that came through, and the clock."""

    def __init__(self) -> None:
        self.clock = Clock()
        socketio = SocketIO(Flask("small"), async_mode="threading")
        self.server, self.eio = socketio.server, socketio.server.eio
        self.through: list[tuple[str, object]] = []
        self.eio.on("message", self.take)
        self.sessions = Sessions(socketio, self.clock)
        for sid in "abc":
            self.open(sid)

    def open(self, sid: str, address: str = "127.0.0.1") -> bool:
        self.eio.sockets[sid] = OpenSocket()
        return self.eio.handlers["connect"](sid, {"REMOTE_ADDR": address}) is not False

    def speak(self, sid: str, event: str) -> object:
        joined = self.server.manager.connect(sid, "/class")
        return self.server._trigger_event(event, "/class", joined, {})

    def take(self, sid: str, message: object) -> None:
        self.through.append((sid, message))

    def closed(self) -> str:
        return "".join(sid for sid, socket in self.eio.sockets.items() if socket.closed_with)


@pytest.fixture
def office():
    return Office()


ANSWERS = {
    "follow": {"last": 42},
    "say": {"error": {"status": 403}},
    "clock": {"ok": True},
    "listen": None,
}


@pytest.mark.parametrize(
    ("event", "has_spoken"),
    [("follow", True), ("say", False), ("clock", False), ("listen", False), ("unknown", False)],
)
def test_who_does_not_say_for_ten_seconds_what_it_wants_is_dropped(office, event, has_spoken):
    for name, answer in ANSWERS.items():
        office.server.on(name, lambda *_, answer=answer: answer, namespace="/class")
    office.clock.advance(SILENT - 1)
    office.open("d")
    assert office.speak("a", event) in (ANSWERS.get(event), office.server.not_handled)
    office.sessions.hear("b", "0/class,")  # connecting is not speaking
    office.sessions.sweep()
    assert office.closed() == ""
    office.clock.advance(1)
    office.sessions.sweep()
    assert office.closed() == ("bc" if has_spoken else "abc")
    office.clock.advance(SILENT)
    office.sessions.sweep()
    assert office.closed() == ("bcd" if has_spoken else "abcd")
    assert office.through == [("b", "0/class,")]


def test_what_is_known_of_a_session_goes_with_it(office):
    office.server.on("follow", lambda *_: ANSWERS["follow"], namespace="/class")
    office.speak("a", "follow")
    office.sessions.leave("b", "gone")
    office.clock.advance(SILENT)
    office.sessions.sweep()
    assert office.closed() == "c"
    assert office.sessions._silent == {}


def test_what_is_known_of_a_session_goes_also_where_no_thread_can_be_started(office):
    def fail(*_):
        raise RuntimeError("can't start new thread")

    office.sessions.hear("b", "3")
    office.sessions._server.start_background_task = fail
    with pytest.raises(RuntimeError):
        office.sessions.leave("b", "gone")
    known = (office.sessions._silent, office.sessions._paces, office.sessions._addresses)
    assert not any("b" in of for of in known)


def test_who_is_being_closed_is_heard_no_more(office):
    office.eio.sockets["b"].closing = True
    office.sessions.hear("b", '2["follow"]')
    assert office.through == []


def test_at_the_end_all_are_closed_without_waiting_for_anyone(office):
    office.sessions.close_all()
    assert office.closed() == "abc"
    for socket in office.eio.sockets.values():
        assert socket.closed_with == [{"wait": False, "abort": True}]
    office.sessions.run()  # returns at once


def test_the_library_too_closes_without_waiting(office):
    office.eio.disconnect("b")
    assert office.eio.sockets["b"].closed_with == [{"wait": False, "abort": True}]
    office.eio.disconnect("who has gone")


def test_what_is_no_packet_closes_that_session_alone_with_one_line(office, caplog):
    def refuse(sid, message):
        raise MalformedPacket("it is none")

    office.sessions._handle = refuse
    with caplog.at_level(logging.WARNING):
        office.sessions.hear("b", "2")
    assert office.closed() == "b"
    (record,) = caplog.records
    assert record.getMessage() == "A socket that sent what is no packet was closed: it is none"
    assert record.exc_info is None


def test_who_sends_too_fast_waits(office):
    waited: list[float] = []
    office.sessions._server.sleep = waited.append
    for _ in range(BURST + 2):
        office.sessions.hear("b", "3")
    assert waited == pytest.approx([1 / RATE, 2 / RATE], abs=0.001)
    office.sessions.hear("a", "3")
    assert len(waited) == 2, "and nobody else"


def test_who_goes_on_is_closed_alone_with_one_line(office, caplog):
    office.sessions._server.sleep = lambda _: None  # as if each were sent beside the last
    with caplog.at_level(logging.WARNING):
        while not office.closed():
            office.sessions.hear("b", "3")
    assert office.closed() == "b"
    assert BURST < len(office.through) < BURST + (PATIENCE + 1) * RATE
    (record,) = caplog.records
    assert record.getMessage().startswith("A socket that sent too much was closed: over 20 ")
    office.sessions.leave("b", "")
    until(lambda: "b" not in office.sessions._paces)
    office.sessions.hear("b", "3")
    assert "b" not in office.sessions._paces, "nor by what it said before it knew"


def test_what_comes_after_what_is_no_packet_is_not_handed_on(office):
    office.sessions.close("b")
    for sid in ("b", "who has gone"):
        office.sessions.hear(sid, '2["follow"]')
    assert office.through == []


def test_a_mistake_of_ours_is_not_hidden(office):
    def fail(sid, message):
        raise ValueError("a bug")

    office.sessions._handle = fail
    with pytest.raises(ValueError, match="a bug"):
        office.sessions.hear("b", '2["follow"]')
    assert office.closed() == ""


def test_on_real_threads_one_message_or_leaving_is_handled_at_a_time(office):
    inside: list[str] = []
    crowded: list[str] = []
    left: set[str] = set()

    def handle(sid, *_):
        inside.append(sid)
        crowded.extend(inside[1:])
        time.sleep(0.001)  # lets another thread in, if anything does
        inside.remove(sid)

    def forget(sid, *_):
        handle(sid)
        left.add(sid)

    office.sessions._handle, office.sessions._forget = handle, forget
    threads = [
        threading.Thread(target=act, args=(sid, '2["follow"]'))
        for sid in "abcdef"
        for act in (office.sessions.hear, office.sessions.leave)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    until(lambda: left == set("abcdef") and not inside)
    assert crowded == []


def test_whoever_closes_a_session_never_waits_for_the_message_whose_turn_it_is(office):
    classroom, holding, closed = threading.Lock(), threading.Event(), threading.Event()
    asking, left = threading.Event(), []

    def ask(*_):
        asking.set()
        with classroom:
            pass

    def tell():  # as the class's loop does, when it finds that a page has gone
        with classroom:
            holding.set()
            assert asking.wait(WITHIN)
            office.sessions.leave("b", "gone")
        closed.set()

    office.sessions._handle, office.sessions._forget = ask, lambda *given: left.append(given)
    threading.Thread(target=tell, daemon=True).start()
    assert holding.wait(WITHIN)
    threading.Thread(target=office.sessions.hear, args=("a", '2["vote"]'), daemon=True).start()
    assert closed.wait(WITHIN)
    until(lambda: left == [("b", "gone")])


def test_one_address_gets_3000_sessions_and_this_machine_more(office):
    far = [f"far{number}" for number in range(3_000)]
    assert all(office.open(sid, "192.0.2.1") for sid in far)
    assert not office.open("one too many", "192.0.2.1")
    assert office.open("another's", "192.0.2.2")
    office.sessions.leave(far[0], "gone")
    until(lambda: office.open("the next", "192.0.2.1"))
    assert not office.open("one too many again", "192.0.2.1")
    own = [(f"{n}", ("127.0.0.1", "::1", "::ffff:127.0.0.1")[n % 3]) for n in range(3_100)]
    assert all(office.open(*one) for one in own)


def test_all_together_get_9000_sessions(office):
    others = [(f"{n}", f"192.0.2.{n % 200}") for n in range(9_000 - len("abc"))]
    assert all(office.open(*one) for one in others)
    assert not office.open("one too many", "192.0.2.250")
    assert not office.open("one too many here")


def test_one_address_that_has_its_share_of_sessions_keeps_nobody_else_out(monkeypatch):
    app = Flask("small")
    Sessions(SocketIO(app, async_mode="threading"))
    monkeypatch.setattr(sessions_module, "OF_ONE_ADDRESS", 2)

    def ask(address):
        path, came_from = "/socket.io/?EIO=4&transport=polling", {"REMOTE_ADDR": address}
        answer = app.test_client().get(path, environ_base=came_from)
        return answer.status_code, answer.headers.get("Retry-After")

    assert [ask("192.0.2.1") for _ in range(3)] == [(200, None), (200, None), (503, "5")]
    assert ask("192.0.2.2") == ask("127.0.0.1") == (200, None)


def test_all_together_get_no_more_sessions_than_there_is_room_for(office, monkeypatch):
    monkeypatch.setattr(sessions_module, "MOST", 5)
    assert office.open("d")
    assert office.open("e", "192.0.2.1")
    assert not office.open("f")
    assert not office.open("g", "192.0.2.2")


def test_who_finds_no_room_for_a_session_is_told_to_come_again(monkeypatch):
    app = Flask("small")
    socketio = SocketIO(app, async_mode="threading")
    Sessions(socketio)
    monkeypatch.setattr(sessions_module, "MOST", 0)
    answer = app.test_client().get("/socket.io/?EIO=4&transport=polling")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.json["detail"] == "the server has no room for another session"
    assert socketio.server.eio.sockets == {}


SOUND = [
    ('2["follow"]', packet.EVENT),
    ('2/class,["clock"]', packet.EVENT),
    ('2/class,17["sale",{"rate":1},2]', packet.EVENT),
    ("0", packet.CONNECT),
    ("0/class,", packet.CONNECT),
    ('0/class,{"token":1}', packet.CONNECT),
    ("1/class,", packet.DISCONNECT),
    ("3/class,1[]", packet.ACK),
    ('51-/class,["say",{"_placeholder":true,"num":0}]', packet.BINARY_EVENT),
    ('61-/class,1[{"_placeholder":true,"num":0}]', packet.BINARY_ACK),
]
UNSOUND = [
    "2",
    "2/class,",
    "2/class,[]",
    "2/class,{}",
    "2/class,null",
    '2/class,"clock"',
    "2/class,[5]",
    '2/class,["connect"]',
    '2["connect_error",{}]',
    '2/class,7["disconnect",{}]',
    '51-/class,["disconnect",{"_placeholder":true,"num":0}]',
    "2/class,[null]",
    "2/class,[{}]",
    "2/class,[[]]",
    "2/class,[",
    '2/class,["a\0b"]',
    '2/class,1234567890["a"',
    f'2/class,{"9" * 101}["a"]',
    f'2/class,["a",{"9" * 101}]',
    f'2/class,["a",{"[" * 20_000}{"]" * 20_000}]',
    '2²["a"]',
    "3/class,[]",
    "3/class,1",
    "4/class,{}",
    '5/class,["say"]',
    '50-/class,["say"]',
    '517-/class,["say"]',
    '59999999999-/class,["say"]',
    '5999999999999-/class,["say"]',
    '21-/class,["say"]',
    "7",
    "9",
    "x",
    "²",
    "-",
    b"2",
    b"\0\xff",
]


@pytest.mark.parametrize(("text", "kind"), SOUND)
def test_a_sound_packet_is_read(text, kind):
    assert Packet(encoded_packet=text).packet_type == kind


@pytest.mark.parametrize("text", UNSOUND, ids=lambda text: repr(text[:24]))
def test_anything_else_is_no_packet(text):
    with pytest.raises(MalformedPacket):
        Packet(encoded_packet=text)


def test_a_binary_part_without_its_place_is_no_packet():
    for num in ("5", '"x"', "null"):
        waiting = Packet(encoded_packet=f'51-["a",{{"_placeholder":true,"num":{num}}}]')
        with pytest.raises(MalformedPacket):
            waiting.add_attachment(b"part")


def test_what_we_send_can_be_read_again():
    data = ["batch", {"channel": "sales", "events": [{"text": "🎫 \ud800 <b>"}]}]
    sent = Packet(packet.EVENT, data, namespace="/class", id=3)
    read = Packet(encoded_packet=sent.encode())
    assert (read.data, read.namespace, read.id) == (data, "/class", 3)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
beginnings = st.sampled_from(["", "/class", "/class,", "1", "/class,1", "1-", "1-/class,", "/x?y,"])


@MANY
@given(
    kind=st.characters() | st.sampled_from("0123456789"),
    beginning=beginnings | st.text(max_size=5),
    rest=values.map(json.dumps) | st.text() | st.just(""),
)
def test_whatever_is_sent_is_a_sound_packet_or_none(kind, beginning, rest):
    try:
        read = Packet(encoded_packet=f"{kind}{beginning}{rest}")
    except MalformedPacket:
        return
    if read.packet_type in (packet.EVENT, packet.BINARY_EVENT):
        assert isinstance(read.data[0], str)
        assert read.data[0] not in RESERVED
    elif read.packet_type in (packet.ACK, packet.BINARY_ACK):
        assert isinstance(read.data, list)
    else:
        assert read.packet_type in (packet.CONNECT, packet.DISCONNECT)
