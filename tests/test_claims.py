"""A returned ticket has exactly one winner, however many ask at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.listeners import LISTENERS
from tests.servers import PATIENCE

SOCKET = "/demos/web-socket"


def bring_back(steering) -> int:
    steering.tell("sale", {"burst": 1})
    assert steering.tell("sale", {"return": True}) == {"ok": True}
    return steering.tell("hello", {"viewer": "steering1"})["state"]["now"]["last"]


def claim(server, ticket, technique="short-poll") -> requests.Response:
    return requests.post(
        f"{server.url}/demos/claim",
        json={"ticket": ticket, "technique": technique, "viewer": "abcdefgh"},
        timeout=PATIENCE,
    )


@pytest.mark.parametrize("engine", ["eventlet", "threading"])
def test_of_many_at_once_one_wins(make_server, engine):
    from tests.servers import Steering

    server = make_server(ENGINE=engine)
    steering = Steering(server)
    steering.tell("sale", {"paused": True})
    ticket = bring_back(steering)
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: claim(server, ticket), range(60)))
    steering.close()

    won = [answer for answer in answers if answer.status_code == 200]
    lost = [answer for answer in answers if answer.status_code == 409]
    assert [answer.json() for answer in won] == [{"won": True}]
    assert len(lost) == 59
    for answer in lost:
        body = answer.json()
        assert (body["won"], body["winner"], body["status"]) == (False, "short-poll", 409)


def test_on_a_socket_the_acknowledgement_says_who_won(server, steering):
    ticket = bring_back(steering)
    listener = LISTENERS["web-socket"](server, "sales")
    listener.start()
    wish = {"ticket": ticket, "technique": "web-socket", "viewer": "abcdefgh"}
    answers = [listener.client.call("claim", wish, namespace=SOCKET) for _ in range(2)]
    listener.stop()

    assert answers == [{"won": True}, {"won": False, "winner": "web-socket"}]
    assert claim(server, ticket).json()["winner"] == "web-socket"


def test_only_what_came_back_can_be_claimed(server, steering):
    ticket = bring_back(steering)
    wrong = [
        ({"ticket": 1, "technique": "short-poll"}, 404),
        ({"ticket": ticket + 1, "technique": "short-poll"}, 404),
        ({"ticket": 0, "technique": "short-poll"}, 404),
        ({"ticket": -1, "technique": "short-poll"}, 404),
        ({"ticket": 10**30, "technique": "short-poll"}, 404),
        ({"ticket": str(ticket), "technique": "short-poll"}, 400),
        ({"ticket": True, "technique": "short-poll"}, 400),
        ({"ticket": ticket, "technique": "carrier-pigeon"}, 400),
        ({"ticket": ticket, "technique": ["short-poll"]}, 400),
        ({"ticket": ticket, "technique": "short-poll", "viewer": "X"}, 400),
        ({"technique": "short-poll"}, 400),
    ]
    for body, status in wrong:
        answer = requests.post(f"{server.url}/demos/claim", json=body, timeout=PATIENCE)
        assert (answer.status_code, answer.json()["status"]) == (status, status), body
    assert claim(server, ticket).json() == {"won": True}
