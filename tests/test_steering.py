"""Who steers a class: each message and route that does, against everyone who must not."""

from __future__ import annotations

import hashlib
import io
import json
import re
import stat
import time
from collections.abc import Iterator
from http.cookies import SimpleCookie
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests
import segno
import websocket
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import TimestampSigner
from werkzeug.exceptions import HTTPException

from demos.protocol import problem_response
from lesson.app import create_lesson
from lesson.machinery import edge as edge_module
from lesson.machinery import steering as steering_module
from lesson.machinery.edge import Edge
from lesson.settings import Settings
from tests.clocks import Clock
from tests.servers import PATIENCE, ROOT, Server, Steering, network_address
from tests.waiting import until

PREDICTION = {"chapter": "short-polling", "prediction": "how-late"}

# Every message that steers, in an order in which an instructor can send them all.
STEERING = [
    ("sale", {"rate": 5}),
    ("sale", {"burst": 3}),
    ("sale", {"return": True}),
    ("sale", {"sell-out": True}),
    ("sale", {"paused": False}),
    ("fault", {"viewer": "all", "delay": 100}),
    ("step", {"chapter": "short-polling", "step": "late"}),
    ("lead", {"on": False}),
    ("blank", {"on": True}),
    ("setting", {"interval": 0.5}),
    ("prediction", {**PREDICTION, "phase": "open"}),
    ("prediction", {**PREDICTION, "hands": {}}),
    ("prediction", {**PREDICTION, "phase": "revealed"}),
    ("race", {"draw": "page"}),
    ("race", {"return": "now"}),
    ("race", {"off": True}),
    ("chat", {"hide": 1}),
    ("chat", {"mute": 1}),
    ("chat", {"clear": True}),
    ("chat", {"paused": True}),
    ("rehearse", {"on": True}),
    ("rehearse", {"on": False}),
    ("crowd", {"clients": 1, "seconds": 1}),
    ("crowd", {"on": False}),
    ("undo", {}),
    ("reset", {}),
]
# Every route that is the instructor's.
ROUTES = [
    *("/instructor", "/instructor/guide", "/instructor/way", "/instructor/reach"),
    *("/instructor/class.csv", "/instructor/class.html"),
]
# The messages that do not steer; `fault` is here too, for one's own viewer.
FOR_ANYONE = {"hello", "clock", "zero", "fault", "inspect", "vote", "lost", "hand", "progress"}
POSTED_BY_ANYONE = {"/demos/say", "/demos/claim"}
OWN_MACHINE_ONLY = {
    "/exercises/check",
    "/exercises/solution",
    "/exercises/verdict",
    "/exercises/yours",
    "/yours/<path:path>",
}

each_message = pytest.mark.parametrize(
    ("name", "message"), STEERING, ids=[f"{name}-{'-'.join(what)}" for name, what in STEERING]
)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A class that waits for its instructor, on the network."""
    server = Server(mode="class", HOST="0.0.0.0", SEED=1)
    yield server
    server.close()


@pytest.fixture(scope="module")
def cookie(server: Server) -> str:
    return server.cookie()


@pytest.fixture(scope="module")
def instructor(server: Server, cookie: str) -> Iterator[Steering]:
    connection = Steering(server, "instructor", cookie)
    yield connection
    connection.close()


@pytest.fixture
def unchanged(instructor: Steering) -> Iterator[None]:
    """Checks that what is shared is after the test as it was before."""
    before = shared(instructor)
    yield
    assert shared(instructor) == before


def shared(instructor: Steering) -> dict[str, Any]:
    state = instructor.tell("hello", {"viewer": "instructor"})["state"]
    state.pop("room")  # who is here may change: an intruder is
    return state


def signed(server: Server, who: str = "instructor", ago: int = 0) -> str:
    """Return a cookie that is signed with the server's own key, some seconds ago."""

    class Earlier(TimestampSigner):
        def get_timestamp(self) -> int:
            return int(time.time()) - ago

    key = Path(str(server.settings["INSTANCE"]), "steering.key").read_bytes()
    name = f"steer-{server.port}"
    return f"{name}={Earlier(key, name, digest_method=hashlib.sha256).sign(who).decode()}"


def forged(server: Server) -> str:
    name = f"steer-{server.port}"
    signer = TimestampSigner(b"k" * 32, name, digest_method=hashlib.sha256)
    return f"{name}={signer.sign('instructor').decode()}"


def altered(server: Server, cookie: str) -> str:
    value, _, signature = cookie.rpartition(
        "."
    )  # its last letter holds bits that count for nothing
    return f"{value}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"


def later(server: Server, cookie: str) -> str:
    who, moment, signature = cookie.split(".")
    return f"{who}.{moment[:-1]}{'A' if moment[-1] != 'A' else 'B'}.{signature}"


def of_another_port(server: Server, cookie: str) -> str:
    """Return the cookie that another class on this machine gives, named as this one's."""
    steering = steering_module.Steering("class", 1, Path(str(server.settings["INSTANCE"])))
    app = Flask("other", static_folder=None)
    steering.mount(app)
    link = steering.in_words("http://127.0.0.1:1", []).split()[2]
    here = {"REMOTE_ADDR": "127.0.0.1"}
    given = app.test_client().get(link, environ_base=here).headers["Set-Cookie"]
    return given.partition(";")[0].replace("steer-1=", f"steer-{server.port}=")


INTRUDERS = {
    "no-cookie-here": lambda server, cookie: "",
    "an-empty-cookie": lambda server, cookie: f"steer-{server.port}=",
    "a-wrong-cookie": lambda server, cookie: f"steer-{server.port}=instructor",
    "the-secret-for-a-cookie": lambda server, cookie: (
        f"steer-{server.port}={server.link().partition('=')[2]}"
    ),
    "a-forged-cookie": lambda server, cookie: forged(server),
    "an-altered-signature": altered,
    "an-altered-moment": later,
    "someone-elses-name": lambda server, cookie: signed(server, "student"),
    "another-ports-cookie": of_another_port,
    "another-cookies-name": lambda server, cookie: cookie.replace("steer-", "steers-"),
    "yesterdays-cookie": lambda server, cookie: signed(server, ago=24 * 60 * 60 + 60),
    "tomorrows-cookie": lambda server, cookie: signed(server, ago=-24 * 60 * 60),
}


@pytest.fixture(scope="module", params=[*INTRUDERS, "a-student", "a-student-with-the-cookie"])
def intruder(request, server: Server, cookie: str) -> Iterator[Steering]:
    """A page that must not steer: here with something wrong, or on the network."""
    if request.param in INTRUDERS:
        connection = Steering(server, "intruder1", INTRUDERS[request.param](server, cookie))
    else:
        away = SimpleNamespace(url=f"http://{network_address()}:{server.port}")
        stolen = cookie if "cookie" in request.param else ""
        connection = Steering(away, "intruder1", stolen)  # type: ignore[arg-type]
    yield connection
    connection.close()


@each_message
@pytest.mark.usefixtures("unchanged")
def test_nobody_else_steers(intruder: Steering, name: str, message: dict) -> None:
    assert intruder.state["steers"] is False
    assert intruder.tell(name, message)["error"]["status"] == 403


@pytest.mark.parametrize(
    ("method", "wrong", "status"),
    [
        ("POST", {"Origin": "http://evil.example"}, 403),
        ("POST", {"Origin": "null"}, 403),
        ("POST", {"Host": "evil.example"}, 400),
        ("GET", {}, 200),
    ],
    ids=["foreign-origin", "no-origin-to-speak-of", "foreign-host", "get-for-post"],
)
@each_message
@pytest.mark.usefixtures("unchanged")
def test_the_cookie_is_no_use_to_another_page(
    server: Server, cookie: str, name: str, message: dict, method: str, wrong: dict, status: int
) -> None:
    page = Polling(server, cookie)
    assert page.ask(method, page.packet(name, message), **wrong).status_code == status
    page.close()


def test_with_nothing_wrong_the_same_is_heard(server: Server, cookie: str, instructor) -> None:
    page = Polling(server, cookie)
    assert page.ask("POST", page.packet("sale", {"rate": 0.7})).status_code == 200
    assert shared(instructor)["now"]["rate"] == 0.7
    page.close()


class Polling:
    """The instructor's page on Engine.IO's long polling, a request at a time."""

    def __init__(self, server: Server, cookie: str) -> None:
        self._url = f"{server.url}/socket.io/?EIO=4&transport=polling&part=class"
        self._cookie = cookie
        opened = self.ask("GET").text
        self._url += "&sid=" + opened.partition('"sid":"')[2].partition('"')[0]
        self.ask("POST", "40/class,")
        assert self.ask("GET").text.startswith("40/class,")
        self.ask("POST", '42/class,0["hello", {"viewer": "polling1"}]')  # the next GET has news

    def packet(self, name: str, message: dict) -> str:
        return f"42/class,{json.dumps([name, message])}"

    def ask(self, method: str, body: str | None = None, **fields: str) -> requests.Response:
        fields = {"Cookie": self._cookie, "Content-Type": "text/plain"} | fields
        return requests.request(method, self._url, data=body, headers=fields, timeout=PATIENCE)

    def close(self) -> None:
        self.ask("POST", "1")


def test_a_class_waits_for_its_instructor_who_may_do_all_of_it() -> None:
    server = Server(mode="class", SEED=1)
    instructor = Steering(server, "instructor", server.cookie())
    assert (instructor.state["steers"], instructor.state["mode"]) == (True, "class")
    assert (instructor.state["now"]["paused"], instructor.state["now"]["sold"]) == (True, 0)
    said = {"channel": "chat", "name": "Guest", "text": "Is this on?", "viewer": "viewer01"}
    requests.post(f"{server.url}/demos/say", json=said, timeout=PATIENCE).raise_for_status()
    for name, message in STEERING:
        assert instructor.tell(name, message)["ok"] is True, (name, message)
    instructor.close()
    server.close()


def test_every_message_and_every_posting_route_is_in_these_tables(tmp_path: Path) -> None:
    lesson = create_lesson(Settings(engine="threading", instance=tmp_path))
    messages = set(lesson.socketio.server.handlers["/class"]) - {"connect", "disconnect"}
    assert messages == {name for name, _ in STEERING} | FOR_ANYONE
    posted = {rule.rule for rule in lesson.app.url_map.iter_rules() if "POST" in rule.methods}
    assert posted == POSTED_BY_ANYONE | OWN_MACHINE_ONLY


def test_in_a_class_nothing_is_posted_but_what_anyone_may(tmp_path: Path) -> None:
    lesson = create_lesson(Settings(engine="threading", mode="class", instance=tmp_path))
    rules = [rule for rule in lesson.app.url_map.iter_rules() if "POST" in rule.methods]
    assert {rule.rule for rule in rules} == POSTED_BY_ANYONE


def test_the_instructor_is_told_whether_anyone_has_come_in(make_server) -> None:
    server = make_server(mode="class", HOST="0.0.0.0")
    own = f"http://{network_address()}:{server.port}"
    requests.get(own, timeout=PATIENCE)
    told = open_route(server, "/instructor/reach", server.cookie()).json()
    assert (told["machines"], told["urls"][0]) == (0, own)


# The instructor's routes


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("who", INTRUDERS)
def test_a_route_of_the_instructors_is_nobody_elses(
    server: Server, cookie: str, who: str, route: str
) -> None:
    assert open_route(server, route, INTRUDERS[who](server, cookie)).status_code == 403


@pytest.mark.parametrize("route", ROUTES)
def test_nor_is_it_a_students_or_another_pages(server: Server, cookie: str, route: str) -> None:
    away = SimpleNamespace(url=f"http://{network_address()}:{server.port}")
    evil = {"Origin": "http://evil.example"}
    assert open_route(away, route, "").status_code == 403
    assert open_route(away, route, cookie).status_code == 403
    assert open_route(server, route, cookie, **evil).status_code == 403
    assert open_route(server, route, cookie, Host="evil.example").status_code == 400
    assert open_route(server, route, cookie, method="POST").status_code == 405
    assert open_route(server, route, cookie).status_code == 200


def open_route(
    server: Any, route: str, cookie: str, method: str = "GET", **fields: str
) -> requests.Response:
    fields = fields | ({"Cookie": cookie} if cookie else {})
    return requests.request(method, server.url + route, headers=fields, timeout=PATIENCE)


def test_every_route_of_the_instructors_is_in_the_table(tmp_path: Path) -> None:
    lesson = create_lesson(Settings(engine="threading", mode="class", instance=tmp_path))
    rules = {rule.rule for rule in lesson.app.url_map.iter_rules()}
    assert {rule for rule in rules if rule.startswith("/instructor")} == set(ROUTES)


# The cookie, over a restart and from the network


def test_the_cookie_outlives_a_restart_and_the_link_does_not() -> None:
    server = Server(mode="class")
    link, cookie = server.link(), server.cookie()
    server.restart()
    page = Steering(server, cookie=cookie)
    assert page.state["steers"] is True
    page.close()
    assert server.link() != link
    assert requests.get(link, timeout=PATIENCE).status_code == 403
    server.close()


def test_with_steer_lan_the_link_and_the_cookie_count_from_the_network_too() -> None:
    server = Server(mode="class", HOST="0.0.0.0", STEER="lan")
    away = f"http://{network_address()}:{server.port}"
    said = "".join(server.log)
    link = server.link().replace("http://127.0.0.1:", f"http://{network_address()}:")
    given = requests.get(link, allow_redirects=False, timeout=PATIENCE)
    cookie = given.headers["Set-Cookie"].partition(";")[0]
    assert f"{away}/steer?secret=" in said
    assert "others on a Wi-Fi network can read the link" in said
    for held, steers in ((cookie, True), ("", False), (forged(server), False)):
        page = Steering(SimpleNamespace(url=away), cookie=held)  # type: ignore[arg-type]
        assert page.state["steers"] is steers
        page.close()
    server.close()


# The secrets


# What stands in a route's address; a route with another word needs one here.
ARGUMENTS = {
    "feed": ["sales", "chat"],
    "slug": [path.stem for path in sorted((ROOT / "lesson" / "chapters").glob("*.md"))],
    "name": [path.stem for path in sorted((ROOT / "static" / "js" / "as-found").glob("*.js"))],
    "hash": ["0"],
    "path": ["js/dashboard.js"],
}
SAID = {
    "/demos/say": {"channel": "chat", "name": "Guest", "text": "Is this on?"},
    "/demos/claim": {"ticket": 1, "technique": "short-poll", "viewer": "viewer01"},
}
NOT_THERE = {"/kit/are-we-there-yet.zip", "/static/0/js/dashboard.js"}  # the first, until built
TOKEN = re.compile(rb"instructor\.[\w-]+\.[\w-]{20,}")  # as the cookie's value is


def addresses(lesson: Any) -> list[tuple[str, str]]:
    """Return a method and an address for all that a class can be asked, but the link."""
    return [
        (method, rule.rule if not rule.arguments else fill(rule.rule, values))
        for rule in lesson.app.url_map.iter_rules()
        if rule.rule != steering_module.LINK
        for method in sorted(rule.methods & {"GET", "POST"})
        for values in product(*(ARGUMENTS[name] for name in named(rule.rule)))
    ]


def named(rule: str) -> list[str]:
    return re.findall(r"<(?:\w+:)?(\w+)>", rule)


def fill(rule: str, values: tuple[str, ...]) -> str:
    rest = iter(values)
    return re.sub("<.*?>", lambda _: next(rest), rule)


def test_no_route_tells_a_secret_to_a_student_or_to_the_instructor(
    server: Server, cookie: str, tmp_path: Path
) -> None:
    lesson = create_lesson(Settings(engine="threading", mode="class", instance=tmp_path))
    asked = addresses(lesson)
    secret, value = server.link().partition("secret=")[2], cookie.partition("=")[2]
    away = f"http://{network_address()}:{server.port}"
    asked += [("GET", "/none"), ("GET", "/socket.io/?EIO=4&transport=polling&part=class")]
    assert {path for _, path in asked} >= {*ROUTES, *SAID, "/", "/screen", "/setup", "/join.svg"}
    failed = set()
    for base, fields in ((away, {}), (server.url, {"Cookie": cookie})):
        for method, path in asked:
            answer = requests.request(
                method,
                base + path,
                params={"hold": 0} if "/long-poll/" in path else None,
                json=SAID[path] if method == "POST" else None,
                headers=fields,
                allow_redirects=False,
                timeout=PATIENCE,
            )
            told = answer.content + repr(answer.headers).encode()
            assert secret.encode() not in told, path
            assert value.encode() not in told, path
            assert not TOKEN.search(told), path
            assert f"steer-{server.port}".encode() not in told, path
            if fields and method == "GET" and answer.status_code >= 400:
                failed.add(path)
    assert failed <= NOT_THERE | {"/none"}, "all else was looked at as it is"


def test_the_link_shows_its_secret_nowhere(server: Server, cookie: str, instructor) -> None:
    secret, value = server.link().partition("secret=")[2], cookie.partition("=")[2]
    away = SimpleNamespace(url=f"http://{network_address()}:{server.port}")
    student = Steering(away, "student01")  # type: ignore[arg-type]
    student.close()
    entered = requests.get(server.link(), headers={"Cookie": cookie}, timeout=PATIENCE)
    assert entered.url == f"{server.url}/instructor"
    seen = [repr(instructor.state), repr(student.state), entered.text, entered.history[0].text]
    fields = entered.history[0].headers
    seen += [f"{name}: {fields[name]}" for name in fields if name != "Set-Cookie"]
    assert not [text for text in seen if secret in text or value in text]
    assert secret not in fields["Set-Cookie"]
    assert "".join(server.log).count(secret) == 1
    assert value not in "".join(server.log)


def test_the_picture_to_join_by_is_the_students_address(server: Server, cookie: str) -> None:
    first = open_route(server, "/instructor/reach", cookie).json()["urls"][0]
    assert re.fullmatch(rf"http://[\d.]+:{server.port}", first)
    drawn = io.BytesIO()
    picture = segno.make_qr(first, error="m")
    picture.save(drawn, kind="svg", light="#fff", omitsize=True, xmldecl=False)
    assert open_route(server, "/join.svg", cookie).content == drawn.getvalue()


def test_the_id_of_a_session_is_in_no_line_of_the_log(server: Server) -> None:
    """Whoever knows it can take the session's place."""
    url = f"{server.url}/socket.io/?EIO=4&transport=polling"
    sid = json.loads(requests.get(url, timeout=PATIENCE).text[1:])["sid"]
    assert requests.post(f"{url}&sid={sid}", data=b"9", timeout=PATIENCE).status_code == 400
    socket = url.replace("http", "ws", 1).replace("polling", "websocket")
    lines = len(server.log)
    line = websocket.create_connection(f"{socket}&sid={sid}", PATIENCE, suppress_origin=True)
    line.send("nonsense")
    until(lambda: len(server.log) > lines)
    line.shutdown()
    assert "is no packet" in server.log[-1]
    assert sid not in "".join(server.log)


def test_the_inspector_masks_the_cookie_and_the_link(server: Server, cookie: str) -> None:
    page = Steering(server, "inspected1", cookie)
    page.tell("inspect", {"on": True})
    secret, value = server.link().partition("secret=")[2], cookie.partition("=")[2]
    requests.get(
        f"{server.url}/demos/short-poll/sales?viewer=inspected1&secret={secret}",
        headers={"Cookie": f"other=1; {cookie}", "X-Link": server.link()},
        timeout=PATIENCE,
    )
    shown = repr(page.next("wire"))
    page.close()
    assert f"steer-{server.port}=•••" in shown
    assert shown.count("secret=•••") == 2
    assert secret not in shown
    assert value not in shown


# The link, by itself


@pytest.fixture
def clock() -> Clock:
    return Clock(0)


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return tmp_path / "instance" / "steering.key"


@pytest.fixture
def client(monkeypatch, key: Path, clock: Clock) -> FlaskClient:
    """The link on a small app behind the edge; `app.url` is what its instructor opens."""
    monkeypatch.setattr(edge_module, "own_addresses", lambda: {"192.0.2.7"})
    steering = steering_module.Steering("class", 8000, key.parent, clock=clock)
    app = Flask("small", static_folder=None)
    steering.mount(app)
    app.register_error_handler(HTTPException, problem_response)
    Edge(8000).mount(app)
    app.url = steering.in_words("http://127.0.0.1:8000", []).split()[2]
    return app.test_client()


def open_link(client: FlaskClient, url: str | None = None, method: str = "GET", **more: Any):
    return client.open(url or client.application.url, method=method, **more)


def test_the_link_gives_the_cookie_and_leaves_the_address_bar(client: FlaskClient) -> None:
    answer = open_link(client)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/instructor")
    given = [SimpleCookie(text)["steer-8000"] for text in answer.headers.getlist("Set-Cookie")]
    assert all((one["httponly"], one["samesite"]) == (True, "Strict") for one in given)
    assert {one["domain"] for one in given} == {""}
    paths = {one["path"] for one in given}
    assert paths == set(steering_module.PATHS)
    assert not [path for path in paths if "/demos/short-poll/sales".startswith(path)]


def test_the_link_works_again_for_another_browser(client: FlaskClient) -> None:
    assert [open_link(client).status_code for _ in range(3)] == [303] * 3


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"environ_base": {"REMOTE_ADDR": "192.0.2.99"}}, 403),
        ({"environ_base": {"REMOTE_ADDR": "192.0.2.7"}}, 403),
        ({"headers": {"Host": "192.0.2.7:8000"}}, 403),
        ({"headers": {"Host": "evil.example"}}, 400),
        ({"headers": {"Origin": "http://evil.example"}}, 403),
        ({"headers": {"Origin": "null"}}, 403),
        ({"method": "POST"}, 405),
        ({"method": "PUT"}, 405),
    ],
    ids=str,
)
def test_the_link_gives_nothing_to_anyone_else(client: FlaskClient, more: dict, status: int):
    answer = open_link(client, **more)
    assert answer.status_code == status
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    "end", ["", "?secret", "?secret=", "?secret=x", "?secret=%00", "?secret=%C3%A9"]
)
def test_without_the_secret_there_is_no_cookie(client: FlaskClient, end: str) -> None:
    answer = open_link(client, f"/steer{end}")
    assert answer.status_code == 403
    assert "Set-Cookie" not in answer.headers


def test_who_guesses_wrong_must_wait_and_others_need_not(client: FlaskClient, clock: Clock) -> None:
    wrong = client.application.url[:-1]
    assert open_link(client, wrong).status_code == 403
    for _ in range(50):
        assert open_link(client).status_code == 429
    assert open_link(client, environ_base={"REMOTE_ADDR": "127.0.0.2"}).status_code == 303
    clock.advance(1.1)
    assert open_link(client).status_code == 303


def test_the_key_is_its_owners_alone(client: FlaskClient, key: Path) -> None:
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(key.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("found", [b"", b"half a key"])
def test_a_key_that_is_not_whole_is_drawn_anew(tmp_path: Path, found: bytes) -> None:
    path = tmp_path / "steering.key"
    path.write_bytes(found)
    drawn = steering_module.read_key(path)
    assert (len(drawn), path.read_bytes()) == (32, drawn)
    assert [one.name for one in tmp_path.iterdir()] == ["steering.key"]


def test_a_key_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "steering.key"
    path.write_bytes(b"k" * 32)
    path.chmod(0o644)
    assert steering_module.read_key(path) == b"k" * 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_in_run_there_is_no_link_and_no_key(tmp_path: Path) -> None:
    lesson = create_lesson(Settings(engine="threading", instance=tmp_path))
    assert lesson.app.test_client().get("/steer?secret=x").status_code == 404
    assert not list(tmp_path.iterdir())
