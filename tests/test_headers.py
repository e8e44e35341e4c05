"""What every answer says of itself, whether a page, a file, a poll, Socket.IO or an error."""

from __future__ import annotations

import re

import pytest
import requests

from tests.servers import PATIENCE

POLLING = "/socket.io/?EIO=4&transport=polling"
DATA = {"X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin"}
ALL = DATA | {"Referrer-Policy": "no-referrer"}
PAGES = ["/", "/dashboard", "/exercises", "/lesson/short-polling", "/lesson/nothing", "/nothing"]
NO_PAGE = {"Content-Security-Policy": "default-src 'none'; frame-ancestors 'self'"}
FOREIGN = {"Host": "evil.example"}


def ask(server, path: str, method: str = "GET", **headers: str) -> requests.Response:
    return requests.request(method, server.url + path, headers=headers, timeout=PATIENCE)


def assert_has(answer: requests.Response, wanted: dict[str, str]) -> None:
    assert {name: answer.headers.get(name) for name in wanted} == wanted


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_page_lets_nobody_else_make_use_of_it(shared_server, path, method):
    answer = ask(shared_server, path, method)
    assert answer.headers["Content-Type"].startswith("text/html")
    assert_has(answer, ALL | {"Cross-Origin-Opener-Policy": "same-origin"})
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    ("path", "method", "headers", "status"),
    [
        ("/healthz", "GET", {}, 200),
        ("/exercises/state", "GET", {}, 200),
        (f"/{'a' * 10_000}", "GET", {}, 414),
        (POLLING, "GET", {}, 200),
        (POLLING, "POST", {}, 400),
        (POLLING, "BREW", {}, 405),
        ("/socket.io/?EIO=3&transport=polling", "GET", {}, 400),
        ("/socket.io/?EIO=4&transport=websocket", "GET", {}, 400),
        (POLLING, "GET", {"Origin": "http://evil.example"}, 403),
        (POLLING, "GET", FOREIGN, 400),
        ("/", "GET", FOREIGN, 400),
        ("/exercises", "POST", {"Origin": "http://evil.example"}, 405),
        ("/yours/nothing", "GET", {}, 503),
    ],
)
def test_so_does_whatever_else_is_answered(shared_server, path, method, headers, status):
    answer = ask(shared_server, path, method, **headers)
    assert answer.status_code == status
    assert_has(answer, ALL)
    is_page = answer.headers["Content-Type"].startswith("text/html")
    if not is_page and not path.startswith("/socket.io/"):
        assert_has(answer, NO_PAGE)


def test_so_does_a_file(shared_server):
    page = ask(shared_server, "/dashboard").text
    path = re.findall(r'src="(/static/[^"]*dashboard\.js)"', page)[0]
    icon = re.findall(r'href="(/static/[^"]*icon\.svg)"', page)[0]
    for asked, status in ((path, 200), (icon, 200), (f"{path}.nothing", 404)):
        answer = ask(shared_server, asked)
        assert answer.status_code == status
        assert_has(answer, ALL | (NO_PAGE if status == 200 else {}))


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/demos/short-poll/sales", {}, 200),
        ("/demos/long-poll/sales?hold=0", {}, 200),
        ("/demos/short-poll/sales?after=x", {}, 400),
        ("/demos/short-poll/nothing", {}, 404),
        ("/demos/say", {}, 405),
        ("/demos/short-poll/sales", {"Origin": "null"}, 403),
        ("/demos/short-poll/sales", FOREIGN, 400),
    ],
)
def test_what_is_measured_carries_only_what_data_needs(shared_server, path, headers, status):
    answer = ask(shared_server, path, **headers)
    assert answer.status_code == status
    assert_has(answer, DATA)
    own = {"Content-Type", "Cache-Control", "Content-Length", "Date", "Allow"}
    own |= {"Connection", "Keep-Alive"}
    assert set(answer.headers) - own == set(DATA)


def test_a_session_that_is_opened_by_polling_is_kept_nowhere(shared_server):
    assert_has(ask(shared_server, POLLING), {"Cache-Control": "no-store"})
