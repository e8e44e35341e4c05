"""The polls' fast way: the same answers as Flask's own, and its own for what is not plain."""

from __future__ import annotations

import threading

import pytest

from lesson.app import create_app
from lesson.machinery.polls import Polls
from lesson.settings import Settings
from tests.servers import PATIENCE

VIEWER = "viewer=fastpoll1"


@pytest.fixture(scope="module")
def app():
    app = create_app(Settings(engine="threading"))
    for number in range(5):
        app.extensions["lesson"].feeds["sales"].append("sale", {"number": number})
    return app


@pytest.fixture
def polls(app, monkeypatch):
    """The fast way of that app, with all its other ways shut."""
    edge = app.wsgi_app
    assert isinstance(edge._inner, Polls)
    monkeypatch.setattr(edge._inner, "_inner", lambda *_: pytest.fail("Flask was asked"))
    return app.test_client()


def ask(client, path: str, query: str, **more):
    return client.get(f"/demos/{path}?{query}", base_url="http://127.0.0.1:8000", **more)


@pytest.mark.parametrize("path", ["short-poll/sales", "long-poll/sales", "short-poll/chat"])
@pytest.mark.parametrize("cursor", ["", "after=0&", "after=2&", "epoch=another&after=3&"])
def test_the_fast_way_answers_as_flask_does(app, path: str, cursor: str):
    if "long" in path and not cursor:
        cursor = "hold=0&"
    if "chat" in path and "another" not in cursor:
        cursor = "after=0&"
    fast = ask(app.test_client(), path, f"{cursor}{VIEWER}")
    stock = ask(app.test_client(), path, f"{VIEWER}&{cursor}")  # in an order that is not plain
    assert fast.status == stock.status == "200 OK"
    assert list(fast.headers) == list(stock.headers)
    assert fast.data == stock.data


def test_a_plain_poll_is_answered_without_flask(polls):
    for path, query in (("short-poll", "after=1"), ("long-poll", "after=1&hold=5")):
        batch = ask(polls, f"{path}/sales", f"{query}&{VIEWER}").json
        assert [event["id"] for event in batch["events"]] == list(range(2, batch["last"] + 1))


def test_a_held_poll_waits_in_its_own_route(app, polls):
    answers = []
    held = threading.Thread(
        target=lambda: answers.append(ask(polls, "long-poll/chat", f"hold=20&{VIEWER}"))
    )
    held.start()
    while held.is_alive():  # until it waits, what is said is before it
        app.extensions["lesson"].feeds["chat"].append("said", {})
        held.join(0.05)
    held.join(PATIENCE)
    assert len(answers[0].json["events"]) == 1


@pytest.mark.parametrize(
    ("path", "query", "more", "status"),
    [
        ("short-poll/sales", f"after=99&{VIEWER}", {}, 400),
        ("short-poll/sales", f"after=x&{VIEWER}", {}, 400),
        ("long-poll/sales", f"hold=56&{VIEWER}", {}, 400),
        ("short-poll/sales", "viewer=short", {}, 400),
        ("short-poll/sales", VIEWER, {"headers": {"Origin": "http://elsewhere.example"}}, 403),
        ("short-poll/nothing", VIEWER, {}, 404),
        ("short-poll/sales", f"after=1&after=2&{VIEWER}", {}, 200),
        ("short-poll/sales", f"after=%31&{VIEWER}", {}, 200),
    ],
)
def test_what_is_not_plain_is_answered_by_flask(app, path, query, more, status):
    answer = ask(app.test_client(), path, query, **more)
    assert answer.status_code == status
    if status != 200:
        assert answer.mimetype == "application/problem+json"
        assert answer.headers["Cache-Control"] == "no-store"


def test_without_fast_flask_answers_everything():
    app = create_app(Settings(engine="threading", fast=False))
    assert not isinstance(app.wsgi_app._inner, Polls)
