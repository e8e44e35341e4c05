"""What is wrong gets one clear answer, and disturbs nobody."""

from __future__ import annotations

import pytest
import requests

from tests.listeners import LISTENERS
from tests.servers import PATIENCE, Steering

SHORT, LONG, SAY = "/demos/short-poll/sales", "/demos/long-poll/sales", "/demos/say"
SAID = {"channel": "chat", "name": "Ada", "text": "hello"}

QUESTIONS = [
    (f"{SHORT}?after=", 400),
    (f"{SHORT}?after=-1", 400),
    (f"{SHORT}?after=1.0", 400),
    (f"{SHORT}?after=%2B1", 400),
    (f"{SHORT}?after=1e3", 400),
    (f"{SHORT}?after=%D9%A1", 400),  # an Arabic digit is a digit to Python, not to us
    (f"{SHORT}?after=1%0A", 400),
    (f"{SHORT}?after={'9' * 16}", 400),
    (f"{SHORT}?after={'9' * 15}", 400),
    (f"{SHORT}?after=0x1", 400),
    (f"{LONG}?hold=-1", 400),
    (f"{LONG}?hold=55.1", 400),
    (f"{LONG}?hold=nan", 400),
    (f"{LONG}?hold=inf", 400),
    (f"{LONG}?hold=1e1", 400),
    (f"{LONG}?hold=", 400),
    (f"{LONG}?hold=1_0", 400),
    (f"{LONG}?after={'9' * 15}&hold=5", 400),
    (f"{SHORT}?viewer=short", 400),
    (f"{SHORT}?viewer=UPPERCASE", 400),
    ("/demos/short-poll/nothing", 404),
    ("/demos/short-poll/sales/", 404),
    ("/demos/short-poll/", 404),
    ("/demos/long-poll/..%2f..%2fetc", 404),
    ("/demos/nothing", 404),
    (SAY, 405),
]


@pytest.mark.parametrize(("path", "status"), QUESTIONS)
def test_a_wrong_question_is_answered_with_a_problem(shared_server, path, status):
    answer = requests.get(shared_server.url + path, timeout=PATIENCE)
    assert_problem(answer, status)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("path", [SHORT, LONG])
def test_a_wrong_method_is_405(shared_server, method, path):
    answer = requests.request(method, shared_server.url + path, timeout=PATIENCE)
    assert_problem(answer, 405)
    assert "GET" in answer.headers["Allow"]


ORIGINS = ["http://evil.example", "https://127.0.0.1", "null", "http://127.0.0.1:1", "nonsense"]


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("path", [SHORT, LONG, "/socket.io/?EIO=4&transport=polling"])
def test_a_foreign_page_is_403(shared_server, path, origin):
    answer = requests.get(shared_server.url + path, headers={"Origin": origin}, timeout=PATIENCE)
    assert_problem(answer, 403)


def test_a_foreign_page_hears_404_and_405_first(shared_server):
    foreign = {"Origin": "http://evil.example"}
    missing = requests.get(f"{shared_server.url}/demos/short-poll/x", headers=foreign, timeout=9)
    wrong = requests.post(shared_server.url + SHORT, headers=foreign, timeout=PATIENCE)
    assert (missing.status_code, wrong.status_code) == (404, 405)


def test_the_servers_own_pages_may_ask(shared_server):
    for name in ("127.0.0.1", "localhost"):
        origin = f"http://{name}:{shared_server.port}"
        answer = requests.get(shared_server.url + SHORT, headers={"Origin": origin}, timeout=9)
        assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/", SHORT, "/socket.io/?EIO=4&transport=polling"])
def test_a_foreign_name_for_this_machine_is_refused(shared_server, path):
    answer = requests.get(
        shared_server.url + path, headers={"Host": "evil.example"}, timeout=PATIENCE
    )
    assert_problem(answer, 400)


BODIES = [
    ("{", 400),
    ("[]", 400),
    ("null", 400),
    ('"chat"', 400),
    ("{}", 404),
    ('{"channel": 1, "name": "a", "text": "b"}', 404),
    ('{"channel": ["chat"], "name": "a", "text": "b"}', 404),
    ('{"channel": "nothing", "name": "a", "text": "b"}', 404),
    ('{"channel": "sales", "name": "a", "text": "b"}', 403),
    ('{"channel": "chat", "name": "", "text": "b"}', 400),
    ('{"channel": "chat", "name": "a", "text": ""}', 400),
    ('{"channel": "chat", "name": "a", "text": "  "}', 400),
    ('{"channel": "chat", "name": "%s", "text": "b"}' % ("a" * 41), 400),
    ('{"channel": "chat", "name": "a", "text": "%s"}' % ("b" * 501), 400),
    ('{"channel": "chat", "name": 1, "text": "b"}', 400),
    ('{"channel": "chat", "name": "a", "text": {"b": 1}}', 400),
    ('{"channel": "chat", "name": "a", "text": "\\ud800"}', 400),
    ("[" * 20_000, 400),
    (" " * 64_001, 413),
]


@pytest.mark.parametrize(("body", "status"), BODIES)
def test_a_wrong_body_is_answered_with_a_problem(shared_server, body, status):
    answer = post(shared_server, body)
    assert_problem(answer, status)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_body_that_is_not_json_is_415(shared_server, kind):
    assert_problem(post(shared_server, '{"channel":"chat"}', kind), 415)


def test_the_longest_name_and_text_are_taken(shared_server):
    said = {"channel": "chat", "name": "n" * 40, "text": "t" * 500}
    answer = requests.post(shared_server.url + SAY, json=said, timeout=PATIENCE)
    assert answer.status_code == 201


MESSAGES = [
    ("follow", None, 400),
    ("follow", [], 400),
    ("follow", "sales", 400),
    ("follow", {}, 404),
    ("follow", {"channel": "nothing"}, 404),
    ("follow", {"channel": {"a": 1}}, 404),
    ("follow", {"channel": "sales", "after": "1"}, 400),
    ("follow", {"channel": "sales", "after": True}, 400),
    ("follow", {"channel": "sales", "after": 1.0}, 400),
    ("follow", {"channel": "sales", "after": -1}, 400),
    ("follow", {"channel": "sales", "after": 10**15}, 400),
    ("follow", {"channel": "sales", "after": 10**15 - 1}, 400),
    ("follow", {"channel": "sales", "after": 0, "epoch": 5}, 400),
    ("say", {"channel": "sales", "name": "a", "text": "b"}, 403),
    ("say", {"channel": "chat", "name": "a", "text": "b" * 501}, 400),
    ("say", 7, 400),
]


@pytest.mark.parametrize(("name", "message", "status"), MESSAGES)
def test_a_wrong_message_is_acknowledged_with_a_problem(shared_server, name, message, status):
    listener = LISTENERS["web-socket"](shared_server, "chat")
    listener.start()
    answer = listener.client.call(name, message, namespace="/demos/web-socket", timeout=9)
    alive = listener.client.call("say", SAID, namespace="/demos/web-socket", timeout=9)
    listener.stop()
    assert answer["error"]["status"] == status
    assert answer["error"].keys() == {"title", "status", "detail"}
    assert alive["data"]["text"] == "hello"


STEERS = [
    {"rate": 0.05},
    {"rate": 51},
    {"rate": "5"},
    {"rate": True},
    {"rate": None},
    {"burst": 0},
    {"burst": 1001},
    {"burst": 2.5},
    {"paused": 1},
    {"return": False},
    {"sell-out": "yes"},
    {"rate": 1, "paused": False},
    {},
    {"explode": True},
    [],
    "rate",
    None,
]


@pytest.mark.parametrize("message", STEERS)
def test_a_wrong_order_to_the_sale_is_refused_and_changes_nothing(shared_server, message):
    steering = Steering(shared_server)
    before = steering.tell("hello", {"viewer": "steering1"})["state"]["now"]
    answer = steering.tell("sale", message)
    after = steering.tell("hello", {"viewer": "steering1"})["state"]["now"]
    steering.close()
    assert answer["error"]["status"] == 400
    assert before == after


def test_no_traceback_was_logged(shared_server):
    # Last in this file, so that it sees what all of the above has left behind.
    assert "Traceback" not in "".join(shared_server.log)


def post(server, body: str, kind: str = "application/json") -> requests.Response:
    return requests.post(
        server.url + SAY, data=body.encode(), headers={"Content-Type": kind}, timeout=PATIENCE
    )


def assert_problem(answer: requests.Response, status: int) -> None:
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"
    problem = answer.json()
    assert problem.keys() == {"title", "status", "detail"}
    assert problem["status"] == status
    assert problem["title"] and problem["detail"]
