"""A request is understood in one way only, or refused."""

from __future__ import annotations

import contextlib
import io
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demos.protocol import LARGEST_BODY
from lesson.machinery.refusal import Refused
from lesson.machinery.request import (
    LONGEST_HEAD,
    LONGEST_LINE,
    MOST_FIELDS,
    read_body,
    read_head,
    request_environ,
)
from tests.examples import MANY


def read(data: bytes):
    """Read a request; return its head, its body, and what is left."""
    stream = io.BytesIO(data)
    head = read_head(stream.readline(LONGEST_LINE), stream.readline)
    return head, read_body(head, stream.read, stream.readline), stream.read()


def request(*fields: str, line: str = "POST /say?a=b HTTP/1.1", body: bytes = b"") -> bytes:
    return "\r\n".join([line, *fields, "", ""]).encode("latin-1") + body


def refused(data: bytes) -> int:
    with pytest.raises(Refused) as caught:
        read(data)
    return caught.value.status


def test_a_request_is_read_and_nothing_of_the_next_one():
    data = request("Host: a", "content-LENGTH:  2 ", "X-Odd:\t a: b\xc3\x85 \t", body=b"{}GET /")
    head, body, rest = read(data)
    assert (head.method, head.target, head.version) == ("POST", "/say?a=b", "HTTP/1.1")
    assert [head.get(name) for name in ("HOST", "X-odd", "none")] == ["a", "a: b\xc3\x85", ""]
    assert (body, rest) == (b"{}", b"GET /")
    assert request_environ(head, body) == {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/say",
        "QUERY_STRING": "a=b",
        "CONTENT_TYPE": "",
        "CONTENT_LENGTH": "2",
        "HTTP_HOST": "a",
        "HTTP_X_ODD": "a: b\xc3\x85",
    }


def test_a_body_in_chunks_is_put_together():
    chunks = (
        b'3;name=value\r\n{"a\r\n00B\r\n":"\r\n chunk\r\n2\r\n"}\r\n0\r\nTrailer: x\r\n\r\nrest'
    )
    head, body, rest = read(request("Transfer-Encoding: Chunked", body=chunks))
    assert (body, rest) == (b'{"a":"\r\n chunk"}', b"rest")
    environ = request_environ(head, body)
    assert environ["CONTENT_LENGTH"] == str(len(body))
    assert "HTTP_TRANSFER_ENCODING" not in environ, "nobody needs to take it apart again"


@pytest.mark.parametrize(
    "line",
    [
        "",
        "GET",
        "GET /",  # HTTP/0.9
        "GET / HTTP/1",
        "GET / HTTP/1.1 ",
        " GET / HTTP/1.1",
        "GET  / HTTP/1.1",
        "GET\t/ HTTP/1.1",
        "GET / x HTTP/1.1",
        "GET / http/1.1",
        "GET / HTTP/1.10",
        "GET / HTTP/1.\xb2",
        "GE(T / HTTP/1.1",
        "GET /\0 HTTP/1.1",
        "GET /\r HTTP/1.1",
        "GET * HTTP/1.1",
        "GET http://127.0.0.1/ HTTP/1.1",
        "CONNECT 127.0.0.1:80 HTTP/1.1",
        "\x16\x03\x01",
    ],
)
def test_a_first_line_that_is_none_is_400(line):
    assert refused(request("Host: a", line=line)) == 400


@pytest.mark.parametrize(
    "fields",
    [
        ["Host: a", "Host: a"],
        ["Host: a", "hOST: b"],
        ["Content-Length: 2", "Content-Length: 2"],
        ["Content-Length: 2", "Content-Length: 3"],
        ["Content-Length: 2, 2"],
        ["Content-Length: -2"],
        ["Content-Length: +2"],
        ["Content-Length: 0x2"],
        ["Content-Length: 2_0"],
        ["Content-Length: 2 0"],
        ["Content-Length: \xb2"],
        ["Content-Length:"],
        [f"Content-Length: {'9' * 5_000}"],
        ["Content-Length: 2", "Transfer-Encoding: chunked"],
        ["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"],
        ["Transfer-Encoding: gzip, chunked"],
        ["Transfer-Encoding: chunked, identity"],
        ["Transfer-Encoding: \x0bchunked"],
        ["Transfer-Encoding: xchunked"],
        ["Transfer-Encoding:"],
        ["Content-Length : 2"],
        [" Content-Length: 2"],
        ["Host: a", " b"],
        ["Host: a", "\tb"],
        ["Host: a\nContent-Length: 2"],
        ["Host: a\rContent-Length: 2"],
        ["Host: a\0b"],
        ["no field"],
        [": nameless"],
        ["na me: x"],
        ["na\xefve: x"],
    ],
    ids=lambda fields: repr(fields)[:40],
)
def test_a_field_that_can_be_taken_in_two_ways_is_400(fields):
    assert refused(request(*fields, body=b"{}")) == 400


def test_bare_line_feeds_are_400():
    assert refused(b"GET / HTTP/1.1\nHost: a\n\n") == 400
    assert refused(b"GET / HTTP/1.1\r\nHost: a\n\r\n") == 400


def test_chunks_beside_an_old_version_are_400():
    old = request("Transfer-Encoding: chunked", line="POST / HTTP/1.0", body=b"0\r\n\r\n")
    assert refused(old) == 400


@pytest.mark.parametrize(
    "chunks",
    [
        b"\r\n",
        b"x\r\n",
        b"-1\r\n",
        b"+1\r\na\r\n",
        b"0x1\r\na\r\n",
        b"1_0\r\n",
        b" 1\r\na\r\n",
        b"1 a\r\n",
        b"1\na\r\n0\r\n\r\n",
        b"1\r\nab\r\n0\r\n\r\n",
        b"1\r\na\n0\r\n\r\n",
        b"123456789\r\n",
        b"1;" + b"x" * 300 + b"\r\n",
        b"0\r\nno field\r\n\r\n",
    ],
)
def test_chunks_that_are_none_are_400(chunks):
    assert refused(request("Transfer-Encoding: chunked", body=chunks)) == 400


def test_what_is_too_large_is_not_read():
    head, body, rest = read(request(f"Content-Length: {LARGEST_BODY + 1}", body=b"x" * 70_000))
    assert (body, len(rest)) == (b"", 70_000)
    assert request_environ(head, body)["CONTENT_LENGTH"] == str(LARGEST_BODY + 1)
    chunk = b"%x\r\n%s\r\n" % (LARGEST_BODY, b"x" * LARGEST_BODY)
    assert refused(request("Transfer-Encoding: chunked", body=chunk + b"1\r\nx\r\n")) == 413
    assert refused(request("Transfer-Encoding: chunked", body=b"ffffffff\r\n")) == 413


def test_other_versions_are_505():
    for version in ("0.9", "2.0", "9.9"):
        assert refused(request(line=f"GET / HTTP/{version}")) == 505


def test_a_head_that_is_too_large_is_431():
    assert refused(request(f"X: {'x' * LONGEST_LINE}")) == 431
    assert refused(request(*["X: x"] * (MOST_FIELDS + 1))) == 431
    assert refused(request(*[f"X: {'x' * 8_000}"] * (LONGEST_HEAD // 8_000 + 1))) == 431
    read(request(*["X: x"] * MOST_FIELDS))


def test_a_request_that_breaks_off_is_no_request():
    whole = request("Host: a", "Content-Length: 2", body=b"{}")
    chunked = request("Transfer-Encoding: chunked", body=b"2\r\n{}\r\n0\r\n\r\n")
    for data in (whole, chunked):
        for end in range(data.index(b"\r\n") + 2, len(data)):
            with pytest.raises((EOFError, Refused)):
                read(data[:end])


@pytest.mark.parametrize(
    ("version", "field", "kept"),
    [
        ("1.1", "", True),
        ("1.1", "close", False),
        ("1.1", "Close", False),
        ("1.1", "keep-alive", True),
        ("1.1", "Upgrade", True),
        ("1.0", "", False),
        ("1.0", "Keep-Alive", True),
        ("1.0", "close", False),
    ],
)
def test_a_connection_is_kept_as_its_version_says(version, field, kept):
    head, _, _ = read(request(f"Connection: {field}", line=f"GET / HTTP/{version}"))
    assert head.keeps_open is kept


def test_names_that_a_server_would_mix_up_are_left_out():
    fields = ("X_Forwarded_For: b", "X-A: 1", "x-a: 2", "Content_Length: 9")
    environ = request_environ(read(request(*fields))[0], b"")
    assert environ["HTTP_X_A"] == "1,2"
    assert environ["CONTENT_LENGTH"] == "0"
    assert not [name for name in environ if "FORWARDED" in name]


def test_a_path_that_begins_like_a_host_is_a_path():
    assert read(request(line="GET //evil.example/%41 HTTP/1.1"))[0].target == "/evil.example/%41"


def test_a_refusal_is_a_problem_and_says_when_to_come_again():
    head, _, body = Refused(503, "there is no room", later=5).answer().partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
    assert b"\r\nRetry-After: 5" in head
    assert b"\r\nConnection: close" in head
    assert b"\r\nX-Content-Type-Options: nosniff" in head
    assert int(re.search(rb"Content-Length: (\d+)", head)[1]) == len(body)
    assert json.loads(body) == {
        "title": "Service Unavailable",
        "status": 503,
        "detail": "there is no room",
    }


PIECES = [b"GET", b"POST", b" ", b"/", b"HTTP/1.1", b"\r\n", b"\n", b"\r", b":", b"Host", b"a"]
PIECES += [
    b"Content-Length: ",
    b"Transfer-Encoding: chunked\r\n",
    b"\0",
    b"\xff",
    b"\r\n\r\n",
    b"5",
]


@MANY
@given(st.lists(st.sampled_from(PIECES), max_size=30).map(b"".join), st.booleans())
def test_whatever_comes_is_a_request_or_refused(data, begun):
    sent = b"POST / HTTP/1.1\r\n" * begun + data
    with contextlib.suppress(EOFError, Refused):
        head, body, rest = read(sent)
        assert head.target.startswith("/")
        assert sent.endswith(rest if head.is_chunked else body + rest)


def test_a_long_field_of_blanks_takes_no_time():
    with pytest.raises(Refused):
        read(request(*[f"X: {' ' * 7_900}\0"] * 4))
