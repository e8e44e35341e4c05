"""Who is let in: by which name this machine was asked, and by whose page."""

from __future__ import annotations

import html
import json
import re
from types import SimpleNamespace

import pytest
import requests
from flask import Flask, request
from werkzeug.exceptions import HTTPException

from demos.protocol import problem_response
from lesson.machinery import edge as edge_module
from lesson.machinery.edge import Edge, own_addresses, own_names
from tests.clocks import Clock
from tests.servers import PATIENCE, Server, Steering, network_address

PORT = 8000
ADDRESSES = {"192.0.2.7", "2001:db8::7"}


@pytest.fixture
def clock(monkeypatch):
    clock = Clock(0)
    monkeypatch.setattr(edge_module.time, "monotonic", clock)
    return clock


@pytest.fixture
def network(monkeypatch, clock):
    """The machine's addresses, and how often they were looked up."""
    network = SimpleNamespace(addresses=set(ADDRESSES), reads=0)

    def read() -> set[str]:
        network.reads += 1
        return set(network.addresses)

    monkeypatch.setattr(edge_module, "own_addresses", read)
    monkeypatch.setattr(edge_module.socket, "gethostname", lambda: "Teacher.school.example")
    return network


@pytest.fixture
def client(network):
    """A small app behind the edge."""
    app = Flask("small", static_folder=None)

    @app.get("/demos/heads")
    def heads() -> dict[str, str]:
        return dict(request.headers)

    @app.get("/page")
    def page() -> str:
        return "a page"

    inner = app.wsgi_app

    def with_sockets(environ, start_response):
        if not environ["PATH_INFO"].startswith("/socket.io/"):
            return inner(environ, start_response)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"a socket"]

    app.wsgi_app = with_sockets  # where Flask-SocketIO stands
    app.register_error_handler(HTTPException, problem_response)
    Edge(PORT, "Given.example").mount(app)
    return app.test_client()


def get(client, path: str = "/demos/heads", host: str = "127.0.0.1:8000", **headers: str):
    return client.get(path, headers={"Host": host} | headers)


PATHS = ["/demos/heads", "/socket.io/?EIO=4"]
OWN_HOSTS = [
    "127.0.0.1",
    "127.0.0.1:8000",
    "127.0.0.1:9000",  # a forwarded port
    "127.9.9.9:8000",
    "localhost",
    "localhost:8000",
    "LocalHost:8000",
    "[::1]:8000",
    "[::1]",
    "192.0.2.7:8000",
    "192.0.2.7",
    "[2001:db8::7]:8000",
    "[2001:DB8:0:0::7]:8000",
    "teacher:8000",
    "TEACHER.local:8000",
    "teacher.school.example",
    "given.example:8000",  # as HOST
]
FOREIGN_HOSTS = [
    "",
    "evil.example",
    "evil.example:8000",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "localhost.",
    "local",
    ".local",
    "school.example",
    "teacher.example",
    "pupil.local",
    "teacher.local.evil.example",
    "192.0.2.8:8000",
    "[2001:db8::8]:8000",
    "0.0.0.0:8000",
    "2130706433:8000",  # 127.0.0.1 to a browser, which never sends it like this
    "0x7f.0.0.1",
    "127.1",
    "127.0.0.1:8000:8000",
    "127.0.0.1, evil.example",
    "evil.example@127.0.0.1",
    "127.0.0.1:x",
    "[::1",
    "::ffff:192.0.2.8",
    "\N{SUPERSCRIPT ONE}27.0.0.1",
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("host", OWN_HOSTS)
def test_this_machine_may_be_asked_by_each_of_its_names(client, path, host):
    assert get(client, path, host).status_code == 200


@pytest.mark.parametrize("path", [*PATHS, "/nothing"])
@pytest.mark.parametrize("host", FOREIGN_HOSTS)
def test_under_any_other_name_nothing_is_answered(client, path, host):
    answer = get(client, path, host)
    assert answer.status_code == 400
    assert answer.mimetype == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json["detail"].startswith("the host is ")


def test_a_forwarded_name_counts_for_nothing(client):
    forwarded = {"X-Forwarded-Host": "127.0.0.1:8000", "Forwarded": "host=127.0.0.1"}
    assert get(client, host="evil.example", **forwarded).status_code == 400
    assert get(client, **{"X-Forwarded-Host": "evil.example"}).status_code == 200


def test_addresses_are_looked_up_again_when_a_new_one_is_asked_for(client, network, clock):
    assert get(client, host="192.0.2.7").status_code == 200
    network.addresses.add("192.0.2.99")
    for _ in range(20):
        assert get(client, host="192.0.2.99").status_code == 400
        assert get(client, host="192.0.2.7").status_code == 200
    assert network.reads == 1, "foreign names must not make it look all the time"
    clock.advance(5.1)
    assert get(client, host="192.0.2.99").status_code == 200
    assert network.reads == 2


OWN_ORIGINS = [
    ("127.0.0.1:8000", "http://127.0.0.1:8000"),
    ("127.0.0.1:8000", "http://localhost:8000"),
    ("localhost:8000", "http://127.0.0.1:8000"),
    ("127.0.0.1:9000", "http://127.0.0.1:9000"),  # a forwarded port
    ("192.0.2.7:8000", "http://192.0.2.7:8000"),
    ("127.0.0.1:8000", "http://192.0.2.7:8000"),
    ("127.0.0.1:8000", "http://[::1]:8000"),
    ("teacher.local:8000", "http://teacher.local:8000"),
    ("127.0.0.1:8000", "http://teacher.local:8000"),
    ("[2001:db8::7]:8000", "http://[2001:db8::7]:8000"),
]
FOREIGN_ORIGINS = [
    "",
    "null",
    "nonsense",
    "http://evil.example",
    "http://evil.example:8000",
    "https://127.0.0.1:8000",
    "ws://127.0.0.1:8000",
    "http://127.0.0.1:8001",
    "http://127.0.0.1",
    "http://127.0.0.1:8000/",
    "http://127.0.0.1:8000/page",
    "http://127.0.0.1:8000.evil.example",
    "http://evil.example@127.0.0.1:8000",
    "http://127.0.0.1:8000@evil.example:8000",
    "http://192.0.2.8:8000",
    "http://[::1:8000",
    "http://[::1]evil:8000",
    "http://127.0.0.1:8000, http://evil.example",
    "file://",
    "chrome-extension://abcdefgh",
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(("host", "origin"), OWN_ORIGINS)
def test_the_servers_own_pages_may_ask(client, path, host, origin):
    assert get(client, path, host, Origin=origin).status_code == 200


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("origin", FOREIGN_ORIGINS)
def test_pages_of_others_may_not(client, path, origin):
    answer = get(client, path, Origin=origin)
    assert answer.status_code == 403
    assert answer.mimetype == "application/problem+json"
    assert answer.json["detail"].startswith("the origin is ")


def test_who_sends_no_origin_may_ask(client):
    assert "Origin" not in get(client).json


def test_what_is_not_there_is_404_and_a_wrong_method_405_whoever_asks(client):
    foreign = {"Host": "127.0.0.1:8000", "Origin": "http://evil.example"}
    assert client.get("/nothing", headers=foreign).status_code == 404
    assert client.post("/demos/heads", headers=foreign).status_code == 405


@pytest.mark.parametrize("path", ["/demos/heads?", "/socket.io/?EIO=4&"])
@pytest.mark.parametrize(
    ("viewer", "status"),
    [
        ("abcdefgh", 200),
        ("a1" * 16, 200),
        ("", 400),
        ("abcdefg", 400),
        ("a" * 33, 400),
        ("ABCDEFGH", 400),
        ("abcdefgh%0A", 400),
        ("%D9%A1" * 8, 400),
        ("abcdefg%00", 400),
    ],
)
def test_a_viewer_is_8_to_32_of_a_to_z_and_0_to_9(client, path, viewer, status):
    assert get(client, f"{path}viewer={viewer}").status_code == status


def test_an_opener_policy_is_said_only_where_a_browser_trusts_the_origin(client):
    for host, said in (
        ("127.0.0.1", "same-origin"),
        ("localhost", "same-origin"),
        ("192.0.2.7", None),
    ):
        page = get(client, "/page", host)
        assert page.headers.get("Cross-Origin-Opener-Policy") == said
        assert "Content-Security-Policy" in page.headers


def test_nothing_is_compressed_inside_a_websocket(client):
    heads = get(client, **{"Sec-WebSocket-Extensions": "permessage-deflate"}).json
    assert "Sec-Websocket-Extensions" not in heads


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.0.2.99", ""])
def test_an_address_that_is_listened_on_is_no_name(network, address):
    assert own_names(address) == {"localhost", "teacher", "teacher.local", "teacher.school.example"}


def test_this_machine_knows_its_own_addresses():
    addresses = own_addresses()
    assert "127.0.0.1" in addresses
    assert all(isinstance(address, str) and "%" not in address for address in addresses)


# The machine's own network address, in a real server that listens on all of them


@pytest.fixture(scope="module")
def address() -> str:
    return network_address()


@pytest.fixture(scope="module")
def open_server(address):
    server = Server(HOST="0.0.0.0", SEED=1)
    yield server
    server.close()


def start_of_page(server: Server, name: str, **headers: str) -> dict:
    url = f"http://{name}:{server.port}/dashboard"
    page = requests.get(url, headers=headers, timeout=PATIENCE).text
    found = re.search(r'data-start="([^"]*)"', page)
    assert found
    return json.loads(html.unescape(found[1]))


def connect(server: Server, name: str) -> Steering:
    return Steering(SimpleNamespace(url=f"http://{name}:{server.port}"))


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_a_page_on_this_machine_steers(open_server, name):
    assert start_of_page(open_server, name)["steers"] is True
    page = connect(open_server, name)
    assert page.state["steers"] is True
    assert page.tell("sale", {"burst": 1}) == {"ok": True}
    page.close()


def test_a_page_on_the_network_looks_on(open_server, address):
    assert start_of_page(open_server, address)["steers"] is False
    page = connect(open_server, address)
    assert page.state["steers"] is False
    for verb in ({"rate": 5}, {"paused": True}, {"burst": 1}, {"return": True}, {"sell-out": True}):
        assert page.tell("sale", verb)["error"]["status"] == 403
    assert page.tell("sale", {"nonsense": 1})["error"]["status"] == 403
    assert page.tell("clock")["ok"] is True
    assert page.tell("zero") == {"ok": True}
    page.close()


def test_neither_a_name_nor_a_forwarded_address_makes_one_local(open_server, address):
    local = {"Host": f"127.0.0.1:{open_server.port}", "X-Forwarded-For": "127.0.0.1"}
    assert start_of_page(open_server, address, **local)["steers"] is False
    distant = {"Host": f"{address}:{open_server.port}"}
    assert start_of_page(open_server, "127.0.0.1", **distant)["steers"] is False


def test_the_network_hears_the_same_sale(open_server, address):
    for name in (address, "127.0.0.1"):
        url = f"http://{name}:{open_server.port}"
        answer = requests.get(
            f"{url}/demos/short-poll/sales?after=0", headers={"Origin": url}, timeout=PATIENCE
        )
        assert answer.json()["events"][0]["kind"] == "on-sale"
