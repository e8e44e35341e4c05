"""Whatever a client sends, others hear the sale on, and the log shows no traceback."""

from __future__ import annotations

import json
import re
import socket
import time

import pytest
import requests

from lesson.machinery.frames import PROTOCOL
from tests.raw_socket import CLASS, FEED, UNSAID, RawSocket
from tests.servers import PATIENCE, Server
from tests.waiting import until

SHORT = "/demos/short-poll/sales"

# Words in capitals stand for what is too long to be read here.
LONG = {
    "DEEP": "[" * 400 + "]" * 400,
    "DEEPER": "[" * 25_000 + "]" * 25_000,
    "HUGE": "9" * 100,
    "HUGER": "9" * 5_000,
    "LONG": "e" * 50_000,
}


def written_out(text: str) -> str:
    return re.sub("[A-Z]{4,}", lambda word: LONG.get(word[0], word[0]), text)


@pytest.fixture(scope="module")
def server():
    """One server for this file."""
    server = Server(SEED=1)
    yield server
    assert server.stop() == 0
    server.close()
    assert "Traceback" not in "".join(server.log)


@pytest.fixture(scope="module")
def bystander(server):
    """Somebody who follows the chat all the time, and must not notice anything."""
    bystander = RawSocket(server)
    bystander.call("follow", {"channel": "chat"})
    yield bystander
    bystander.close()


@pytest.fixture(autouse=True)
def undisturbed(server, bystander):
    """After each test: what is said is heard, and nothing ugly is in the log."""
    yield
    said = {"channel": "chat", "name": "Ada", "text": "all well?"}
    answer = requests.post(f"{server.url}/demos/say", json=said, timeout=PATIENCE)
    assert answer.status_code == 201
    while answer.json() not in json.loads(bystander.receive().partition(",")[2])[1]["events"]:
        pass
    assert "Traceback" not in "".join(server.log)


def ask(server: Server, query: str = "") -> dict:
    return requests.get(f"{server.url}{SHORT}{query}", timeout=PATIENCE).json()


# Well-formed packets, however odd: answered, or ignored, and the connection lives on

ODD = [
    ('["follow"]', 400),
    ('["follow",null]', 400),
    ('["follow",{"channel":"chat"},{"channel":"sales"},3]', None),
    ('["follow",[{"channel":"chat"}]]', 400),
    ('["follow",{"channel":"chat","channel":"nothing"}]', 404),
    ('["follow",{"channel":"sales","after":NaN}]', 400),
    ('["follow",{"channel":"sales","after":1e400}]', 400),
    ('["follow",{"channel":"sales","after":-0}]', None),
    ('["follow",{"channel":"sales","after":HUGE}]', 400),
    ('["follow",{"channel":"sales","epoch":null}]', 400),
    ('["follow",{"channel":"sales","epoch":"\\ud800","after":7}]', None),
    ('["follow",{"channel":"sales","epoch":"LONG","after":7}]', None),
    ('["follow",{"channel":"sa\\u0000les"}]', 404),
    ('["follow",{"channel":DEEP}]', 404),
    ('["follow",DEEP]', 400),
    ('["say",{"channel":"chat","name":DEEP,"text":"b"}]', 400),
    ('["say",{"channel":"chat","name":"a","text":"\\ud83c"}]', 400),
    ('["say",{"channel":"chat","name":"a\\u0000","text":"\\u0000"}]', None),
]


@pytest.mark.parametrize(("data", "status"), ODD)
def test_an_odd_message_is_acknowledged(server, data, status):
    client = RawSocket(server)
    client.send(written_out(f"42{FEED},5{data}"))
    answer = client.answer(5)
    if status is None:
        assert "error" not in answer
    else:
        assert answer["error"]["status"] == status
        assert len(answer["error"]["detail"]) < 200
    assert client.call("follow", {"channel": "chat"})["channel"] == "chat"
    client.close()


@pytest.mark.parametrize(
    "packet",
    [
        f'42{FEED},["follow",{{"channel":"sales"}}]',  # asks for no acknowledgement
        f'42{FEED},["follow"]',
        f'42{FEED},["nothing",1,2,3]',
        f'42{FEED},9["nothing"]',
        f'42{FEED},["batch",{{"channel":"sales","events":[]}}]',
        '42/nothing,9["follow",{"channel":"sales"}]',
        '42["follow",{"channel":"sales"}]',
        f"40{FEED},",  # a second time
        f'40{CLASS},{{"token":[1]}}',
        "40/nothing,",
        "41/nothing,",
        f"43{FEED},1[]",
        f'43{FEED},99999["x"]',
        "3",
        "6",
        "5",
        "2probe",
    ],
)
def test_what_asks_for_nothing_or_is_unknown_is_ignored(server, packet):
    client = RawSocket(server)
    client.send(packet)
    assert client.call("follow", {"channel": "chat"})["channel"] == "chat"
    client.close()


def test_a_binary_message_is_answered_like_any_other(server):
    client = RawSocket(server)
    for channel in (b"sales", b"", b"\0\xff" * 1_000):
        client.send(f'451-{FEED},5["follow",{{"channel":{{"_placeholder":true,"num":0}}}}]')
        client.send(channel)
        assert client.answer(5)["error"]["status"] == 404
    client.close()


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ('["sale",{"rate":NaN}]', 400),
        ('["sale",{"rate":-Infinity}]', 400),
        ('["sale",{"rate":HUGE}]', 400),
        ('["sale",{"burst":HUGE}]', 400),
        ('["sale",{"burst":1e1}]', 400),
        ('["sale",{"rate":DEEP}]', 400),
        ('["sale",{"LONG":1}]', 400),
        ('["sale",{"":1}]', 400),
        ('["sale"]', 400),
        ('["sale",{"rate":20},{"rate":1}]', None),
        ('["hello",{"viewer":"\\u0000aaaaaaaa"}]', 400),
        ('["hello",{"viewer":"aaaaaaaa\\n"}]', 400),
        ('["hello",{"viewer":DEEP}]', 400),
        ('["hello"]', 400),
        ('["zero",DEEP]', None),
        ('["clock",NaN,1,2]', None),
    ],
)
def test_an_odd_message_to_the_class_is_acknowledged(server, data, status):
    client = RawSocket(server, CLASS)
    client.send(written_out(f"42{CLASS},5{data}"))
    answer = client.answer(5)
    assert answer.get("error", {}).get("status") == status
    assert client.call("clock", None)["ok"] is True
    client.close()


# What is no packet: that connection is closed, and one line says so


@pytest.mark.parametrize(
    "packets",
    [
        [f"42{FEED},"],
        [f"42{FEED},[]"],
        [f'42{FEED},{{"0":"follow"}}'],
        [f"42{FEED},[{{}}]"],
        [f'42{FEED},["follow",{{]'],
        [f'42{FEED},["follow",DEEPER]'],
        [f'42{FEED},["follow",HUGER]'],
        [f'42{FEED},{"9" * 101}["follow"]'],
        [f'42{FEED},²["follow"]'],
        [f'42{FEED},["fol\0low"]'],
        [f"44{FEED},{{}}"],
        ["47"],
        ["4x"],
        ["4"],
        [b"42"],
        [b""],
        [f'450-{FEED},["say"]'],
        [f'459999999-{FEED},["say"]'],
        ['451-/class,["say"]'],
        [f'42{FEED},["connect"]'],
        [f'42{FEED},["connect_error"]'],
        [f'42{FEED},9["disconnect",1,2,3]'],
        ['42/class,["disconnect",{}]'],
        [f'451-{FEED},["say",{{"_placeholder":true,"num":9}}]', b"x"],
        ["b!!!"],
        ["babc"],
        [""],
        ["x"],
        ["²"],
        ["0{}"],
        ["2"],
        ["3probe?"],
        ["3DEEPER"],
        ["4DEEPER"],
        ["8"],
        ["\0"],
    ],
    ids=lambda packets: repr(packets[0][:40]),
)
def test_what_is_no_packet_closes_its_own_connection_with_one_line(server, packets):
    before = len(server.log)
    client = RawSocket(server)
    client.call("follow", {"channel": "chat"})
    for packet in packets:
        client.send(written_out(packet) if isinstance(packet, str) else packet)
    assert client.parting() in (PROTOCOL, UNSAID)
    until(lambda: len(server.log) > before)
    (line,) = server.log[before:]
    assert line.startswith("A socket that sent what is no packet was closed: ")


PING = b"\x89\x80mask"


@pytest.mark.parametrize(
    ("frames", "status"),
    [
        (b"\x81\x01x", 1002),  # not masked
        (b"\xc1\x80mask", 1002),  # a bit that an extension would need
        (b"\x83\x80mask", 1002),  # a kind that there is none of
        (b"\x80\x80mask", 1002),  # goes on with nothing
        (b"\x01\x80mask" + PING + b"\x81\x80mask", 1002),  # begins in the middle of another
        (b"\x09\x80mask", 1002),  # a ping in pieces
        (b"\x89\xfe\x01\x00mask", 1002),  # and one that is too long
        (b"\x88\x81mask\x00", 1002),  # closes with half a status
        (b"\x81\x81mask\xff", 1007),  # is no UTF-8
        (b"\x81\xff\0\0\0\0\0\x01\0\0mask", 1009),  # 65,536 bytes
        (b"\x82\xff" + b"\xff" * 8, 1009),
        ((b"\x02\xfe\x9c\x40mask" + b"x" * 40_000) + (b"\x80\xfe\x9c\x40mask"), 1009),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_a_frame_against_the_rules_closes_its_own_connection_with_one_line(server, frames, status):
    before = len(server.log)
    client = RawSocket(server)
    client.connection.sock.sendall(frames)
    answer = b"".join(iter(lambda: client.connection.sock.recv(65_536), b""))
    closing = answer.removeprefix(b"\x8a\x00")  # the ping's answer
    assert closing[0] == 0x88
    assert len(closing) == 2 + closing[1], "after the closing frame there is nothing more"
    assert int.from_bytes(closing[2:4]) == status
    until(lambda: len(server.log) > before)
    (line,) = server.log[before:]
    assert line.startswith("A socket that sent what is no packet was closed: ")


def test_control_frames_are_answered_also_between_fragments(server):
    client = RawSocket(server)
    follow = f'42{FEED},7["follow",{{"channel":"chat"}}]'.encode()
    for fragment in (
        b"\x01" + follow[:9],
        b"\x89there?",
        b"\x00" + follow[9:20],
        b"\x80" + follow[20:],
    ):
        head, payload = fragment[:1], fragment[1:]
        client.connection.sock.sendall(head + bytes([0x80 | len(payload)]) + b"\0\0\0\0" + payload)
    pong = client.connection.recv_frame()
    assert (pong.opcode, pong.data) == (0xA, b"there?")
    assert client.answer(7)["channel"] == "chat"
    client.close()


@pytest.mark.parametrize(
    "change",
    [
        {"Sec-WebSocket-Version": None},
        {"Sec-WebSocket-Version": "12"},
        {"Sec-WebSocket-Version": "x"},
        {"Sec-WebSocket-Key": None},
        {"Sec-WebSocket-Key": "short"},
        {"Sec-WebSocket-Key": None, "Sec-WebSocket-Key1": "1 2", "Sec-WebSocket-Key2": "1 2"},
        {"Connection": "keep-alive"},
        {"Connection": None},
        {"Upgrade": None},
        {"Upgrade": "h2c"},
    ],
    ids=str,
)
@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_a_handshake_that_is_none_is_400(server, change, transport):
    fields = {
        "Upgrade": "websocket",
        "Connection": "keep-alive, Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    } | change
    if transport == "polling" and fields["Upgrade"] != "websocket":
        return  # that is a poll
    lines = [f"GET /socket.io/?EIO=4&transport={transport} HTTP/1.1", host(server)]
    lines += [f"{name}: {value}" for name, value in fields.items() if value is not None]
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        assert status_of(connection.recv(65_536)) == 400


@pytest.mark.parametrize(
    "query", ["sid=nobody%0AForged%20line", "sid=x&transport=%0AForged", "EIO=%0AForged"]
)
def test_what_socket_io_refuses_writes_no_line_into_the_log(server, query):
    before = len(server.log)
    for method in ("GET", "POST"):
        url = f"{server.url}/socket.io/?{query}"
        assert requests.request(method, url, data=b"3", timeout=PATIENCE).status_code == 400
    assert server.log[before:] == []


def test_a_poll_by_script_element_is_400(server):
    url = f"{server.url}/socket.io/?EIO=4&transport=polling&j=0"
    assert requests.get(url, timeout=PATIENCE).status_code == 400


def test_a_flood_of_what_is_no_packet_disturbs_nobody(server):
    for _ in range(50):
        client = RawSocket(server)
        client.send("42[[]]")
        client.connection.shutdown()


@pytest.mark.parametrize("last", [b"1", b"42[[]]"], ids=["goodbye", "no packet"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_session_that_is_closed_is_none(server, method, last):
    url = open_by_polling(server)
    requests.post(url, data=last, timeout=PATIENCE)
    answer = requests.request(method, url, data=b"3" * (method == "POST"), timeout=PATIENCE)
    assert answer.status_code == 400


def open_by_polling(server: Server) -> str:
    url = f"{server.url}/socket.io/?EIO=4&transport=polling"
    return f"{url}&sid={json.loads(requests.get(url, timeout=PATIENCE).text[1:])['sid']}"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"9", 400),
        (b"2", 400),  # a ping, which only a server sends
        (b"6", 400),
        (b"x", 400),
        (b"", 400),
        (b"40\x1e\x1e", 400),
        (b"3\x1ebabc", 400),  # is no base64
        (b"4" + b"[" * 50_000, 400),
        (b"3" + b"[" * 50_000, 400),
        (b"\x1e".join([b"3"] * 17), 400),
        (b"4\xed\xa0\x80", 400),
        (b"d=40", 400),
        (b"3" * 64_001, 413),
        (b"4" * 1_000_000, 413),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_is_posted_and_is_no_packet_is_refused_at_once(server, body, status):
    answer = requests.post(open_by_polling(server), data=body, timeout=PATIENCE)
    assert answer.status_code == status
    assert answer.elapsed.total_seconds() < 5


def test_sixteen_packets_may_be_posted_together(server):
    url = open_by_polling(server)
    said = '["say",{"channel":"chat","name":"a","text":"b"}]'
    packets = [f"40{FEED},", *(f"42{FEED},{id}{said}" for id in range(15))]
    assert requests.post(url, data="\x1e".join(packets), timeout=PATIENCE).text == "OK"
    heard = requests.get(url, timeout=PATIENCE).text
    assert [f"43{FEED},{id}[" in heard for id in range(15)] == [True] * 15


# HTTP, written by hand


def send(server: Server, *lines: str | bytes, body: bytes = b"") -> bytes:
    """Send a request; return all that comes back until the server has nothing more to say."""
    head = b"".join(
        (line.encode("latin-1") if isinstance(line, str) else line) + b"\r\n" for line in lines
    )
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as connection:
        connection.sendall(head + b"Connection: close\r\n\r\n" + body)
        answer = b""
        try:
            while part := connection.recv(65_536):
                answer += part
        except ConnectionResetError:
            pass
    return answer


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def host(server: Server) -> str:
    return f"Host: 127.0.0.1:{server.port}"


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (f"HEAD {SHORT}?after=0 HTTP/1.1", 200),
        ("HEAD /demos/long-poll/sales?after=0 HTTP/1.1", 200),
        ("HEAD / HTTP/1.1", 200),
        (f"GET {SHORT}?after=1&after=x&epoch=&epoch= HTTP/1.1", 200),  # the first one counts
        (f"GET {SHORT}?after=x&after=1 HTTP/1.1", 400),
        (f"GET {SHORT}?after=%00 HTTP/1.1", 400),
        (f"GET {SHORT}?after=%ff HTTP/1.1", 400),
        (f"GET {SHORT}?%zz=%zz HTTP/1.1", 200),
        (f"GET {SHORT}?viewer=\xe9 HTTP/1.1", 400),
        ("GET /dashboard?\xff HTTP/1.1", 400),
        (f"GET {SHORT}?{'&'.join(f'a{n}' for n in range(500))} HTTP/1.1", 200),
        ("GET /demos/short-poll/%00 HTTP/1.1", 404),
        ("GET /demos/short-poll/\0 HTTP/1.1", 400),
        ("GET /demos/short-poll/\xff\xfe HTTP/1.1", 404),
        ("GET /demos/../demos HTTP/1.1", 404),
        ("GET /static/x/../../start.py HTTP/1.1", 404),
        ("GET /static/x/%2e%2e/start.py HTTP/1.1", 404),
        ("GET http://evil.example/ HTTP/1.1", 400),
        ("GET * HTTP/1.1", 400),
        ("OPTIONS * HTTP/1.1", 400),
        ("CONNECT a:80 HTTP/1.1", 400),
        (f"BREW {SHORT} HTTP/1.1", 405),
        (f"GET /{'a' * 20_000} HTTP/1.1", 414),
        (f"GET {SHORT} HTTP/9.9", 505),
        (f"GET {SHORT}", 400),
    ],
    ids=lambda value: str(value)[:60],
)
def test_an_odd_request_is_answered(server, line, status):
    answer = send(server, line, host(server))
    assert status_of(answer) == status
    if line.startswith("HEAD"):
        assert answer.endswith(b"\r\n\r\n"), "a HEAD has no body"


@pytest.mark.parametrize(
    ("heads", "body", "statuses"),
    [
        (["Content-Length: -5"], b"{}", {400}),
        (["Content-Length: five"], b"{}", {400}),
        (["Content-Length: \xb2"], b"{}", {400}),
        (["Content-Length: 99999999999"], b"{}", {413}),
        (["Content-Length: 70000"], b" " * 70_000, {413}),
        (["Content-Length: 2", "Content-Length: 3"], b"{}x", {400}),
        (["Content-Length: 1"], b"{}", {400}),
        ([], b"{}", {400}),
        (["Transfer-Encoding: chunked"], b"2\r\n{}\r\n0\r\n\r\n", {404}),  # no channel
        (["Transfer-Encoding: chunked"], b"ffffff\r\n" + b"x" * 70_000, {413}),
        (["Transfer-Encoding: gzip, chunked"], b"2\r\n{}\r\n0\r\n\r\n", {400}),
        (["Transfer-Encoding: chunked", "Content-Length: 2"], b"0\r\n\r\n", {400}),
        (["Transfer-Encoding: chunked"], b"zz\r\n{}\r\n0\r\n\r\n", {400}),
        (["Transfer-Encoding: chunked"], b"-5\r\n{}\r\n0\r\n\r\n", {400}),
        (["Content-Length: 2", "Expect: 100-continue"], b"{}", {100}),
        (["Content-Length: 4"], b'"\xff\xfe"', {400}),
        (["Content-Length: 40000"], b"[" * 40_000, {400}),
        (["Content-Length: 5001"], b"9" * 5_001, {400}),
        (["Content-Length: 3"], b"NaN", {400}),
        (["Content-Length: 3"], b"\0\0\0", {400}),
    ],
)
def test_a_body_that_is_not_what_it_says_is_refused(server, heads, body, statuses):
    kind = "Content-Type: application/json"
    answer = send(server, "POST /demos/say HTTP/1.1", host(server), kind, *heads, body=body)
    assert status_of(answer) in statuses


def test_a_body_that_never_comes_holds_nobody_up(server):
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as connection:
        connection.sendall(
            f"POST /demos/say HTTP/1.1\r\n{host(server)}\r\n".encode()
            + b"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
        )
        began = time.monotonic()
        assert ask(server)["channel"] == "sales"
        assert time.monotonic() - began < 2


def test_pipelined_questions_are_answered_in_order(server):
    first = f"GET {SHORT}?after=0 HTTP/1.1\r\n{host(server)}\r\n\r\n"
    wrong = f"GET {SHORT}?after=x HTTP/1.1\r\n{host(server)}\r\n\r\n"
    answer = send(
        server, (first + wrong + first).encode() + f"GET {SHORT} HTTP/1.1".encode(), host(server)
    )
    statuses = [int(part[:3]) for part in answer.split(b"HTTP/1.1 ")[1:]]
    assert statuses == [200, 400, 200, 200]


@pytest.mark.parametrize(
    "garbage", [b"\x16\x03\x01\x02\0\x01\0\r\n\r\n", b"\r\n\r\n\r\n", b"GET\r\n\r\n", b"\0" * 5_000]
)
def test_what_is_no_http_disturbs_nobody(server, garbage):
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as connection:
        connection.sendall(garbage)
        connection.shutdown(socket.SHUT_WR)
        try:
            while connection.recv(65_536):
                pass
        except ConnectionResetError:
            pass
