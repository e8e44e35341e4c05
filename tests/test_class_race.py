"""The class's race: lots by even numbers, one winner, a board over the rounds; and the chat."""

from __future__ import annotations

import itertools
import threading
from random import Random

import pytest
import requests
from werkzeug.exceptions import BadRequest, Conflict, Forbidden

from demos.feed import Cursor
from lesson.app import create_app
from lesson.classroom.race import CHANCE, MOST_RUNNERS, TECHNIQUES, Race
from lesson.settings import Settings
from tests.clocks import Clock
from tests.listeners import NAMESPACE, WebSocket
from tests.servers import PATIENCE, Server, Steering
from tests.test_class_state import seen, told
from tests.test_classroom import assert_problem

CLASS = [f"student{number:02}" for number in range(20)]


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def race(clock):
    return Race(clock, Random(1))


tickets = itertools.count(100)


def order(race: Race, **message: str) -> None:
    race.order(message, CLASS, Cursor("k3v9x2", 99), lambda: next(tickets))


def run(race: Race, clock: Clock, waits: dict[str, float]) -> str | None:
    """Race one round: all claim, each after its technique's wait in s; return the winner's."""
    order(race, draw="page")
    order(race, **{"return": "now"})
    began, won = clock.now, True
    for student, technique in sorted(race.round.lots.items(), key=lambda lot: waits[lot[1]]):
        clock.now = began + waits[technique]
        race.check(race.round.ticket, technique, student)
        race.claimed(race.round.ticket, student, won)
        won = False
    return race.round.winner


# The rules


def test_lots_are_even_and_drawn_anew_each_round(race):
    drawn = []
    for _ in range(5):
        order(race, draw="page")
        assert sorted(race.round.sizes().values()) == [6, 7, 7]
        assert race.round.lots.keys() == set(CLASS)
        drawn.append(dict(race.round.lots))
    assert all(one != other for one, other in itertools.combinations(drawn, 2))


def test_who_comes_before_the_ticket_is_back_gets_what_fewest_have(race):
    order(race, draw="hand")
    for number in range(4):
        race.enter(f"late{number:04}")
    assert set(race.round.sizes().values()) == {8}
    order(race, **{"return": "now"})
    race.enter("toolate1")
    assert race.lot("toolate1") is None


def test_the_lots_of_a_round_are_bounded(race):
    order(race, draw="page")
    for number in range(MOST_RUNNERS):
        race.enter(f"fake{number:05}")
    assert sum(race.round.sizes().values()) == MOST_RUNNERS
    assert race.lot(CLASS[0])


def test_chance_brings_the_ticket_back_within_its_bounds_and_once(race, clock):
    order(race, draw="page")
    order(race, **{"return": "chance"})
    with pytest.raises(Conflict):
        order(race, **{"return": "now"})
    race.tick(lambda: next(tickets))
    assert race.phase == "ready"
    clock.advance(CHANCE[1])
    race.tick(lambda: 7)
    assert (race.phase, race.round.ticket) == ("running", 7)
    race.tick(lambda: 8)
    assert race.round.ticket == 7


def test_the_board_counts_wins_and_means_and_what_chance_would_give(race, clock):
    waits = {"short-poll": 2.0, "long-poll": 0.012, "web-socket": 0.004}
    winners = [run(race, clock, waits) for _ in range(3)]
    board = race.shown()["board"]["page"]
    assert winners == ["web-socket"] * 3
    assert board["rounds"] == 3
    lanes = board["techniques"]
    assert [lanes[name]["wins"] for name in TECHNIQUES] == [0, 0, 3]
    assert [lanes[name]["mean"] for name in TECHNIQUES] == [2000, 12, 4]
    assert sum(lane["expected"] for lane in lanes.values()) == pytest.approx(3, abs=0.02)
    assert sum(lane["claims"] for lane in lanes.values()) == 60
    assert race.shown()["board"]["hand"]["rounds"] == 0


def test_claims_against_the_rules_are_refused(race):
    order(race, draw="page")
    order(race, **{"return": "now"})
    ticket, student = race.round.ticket, CLASS[0]
    lot = race.lot(student)
    other = next(name for name in TECHNIQUES if name != lot)
    with pytest.raises(Forbidden, match="your lot is"):
        race.check(ticket, other, student)
    with pytest.raises(Forbidden, match="in the race"):
        race.check(ticket, lot, None)
    race.check(ticket, lot, student)
    race.claimed(ticket, student, won=True)
    with pytest.raises(Conflict):
        race.check(ticket, lot, student)
    race.check(99, "web-socket", None)  # any other ticket is anybody's


def test_a_late_claim_counts_for_its_own_round(race, clock):
    order(race, draw="page")
    order(race, **{"return": "now"})
    ticket, lots = race.round.ticket, dict(race.round.lots)
    order(race, draw="hand")
    clock.advance(5)
    race.check(ticket, lots[CLASS[3]], CLASS[3])
    race.claimed(ticket, CLASS[3], won=True)
    shown = race.shown()
    assert shown["board"]["page"]["techniques"][lots[CLASS[3]]]["mean"] == 5000
    assert (shown["phase"], shown["winner"]) == ("ready", None)


@pytest.mark.parametrize("student", ["somebody", None])
def test_a_claim_of_who_is_meanwhile_somebody_without_a_lot_does_not_count(race, student):
    order(race, draw="page")
    order(race, **{"return": "now"})
    board = race.shown()["board"]
    assert not race.claimed(race.round.ticket, student, won=True)
    assert (race.shown()["board"], race.phase) == (board, "running")


def test_there_is_no_return_before_a_draw_and_no_other_order(race):
    with pytest.raises(Conflict):
        order(race, **{"return": "now"})
    with pytest.raises(BadRequest):
        order(race, draw="page", off="yes")


# On a server


@pytest.fixture(scope="module")
def server():
    server = Server(SEED=1, RATE=0.1)
    yield server
    server.close()


@pytest.fixture
def steering(server):
    steering = Steering(server)
    steering.tell("reset", {})
    steering.tell("sale", {"paused": True})
    steering.tell("sale", {"burst": 1})
    yield steering
    steering.close()


@pytest.fixture
def students(server):
    joined = [Steering(server, f"viewer{n:03}", student=f"student{n:03}") for n in range(4)]
    yield joined
    for student in joined:
        student.close()


def claim(server: Server, ticket: int, technique: str, viewer: str) -> requests.Response:
    said = {"ticket": ticket, "technique": technique, "viewer": viewer}
    return requests.post(f"{server.url}/demos/claim", json=said, timeout=PATIENCE)


def test_a_round_is_run_by_request_and_by_emit_with_exactly_one_winner(server, steering, students):
    assert steering.tell("race", {"draw": "page"}) == {"ok": True}
    lots = {}
    for number, student in enumerate(students):
        state = told(student, lambda state: state.get("own", {}).get("lot"))
        lots[f"viewer{number:03}"] = state["own"]["lot"]
    assert sorted(seen(steering)["race"]["lots"].values()) == [1, 1, 2]

    assert steering.tell("race", {"return": "now"}) == {"ok": True}
    ticket = seen(steering)["race"]["ticket"]
    sockets = WebSocket(server, "sales")
    sockets.start()
    won = 0
    for viewer, lot in lots.items():
        message = {"ticket": ticket, "technique": lot, "viewer": viewer}
        if lot == "web-socket":
            answer = sockets.client.call("claim", message, namespace=NAMESPACE, timeout=PATIENCE)
            won += answer["won"]
        else:
            won += claim(server, ticket, lot, viewer).status_code == 200
        assert claim(server, ticket, lot, viewer).status_code == 409
    sockets.stop()

    race = seen(steering)["race"]
    assert (won, race["phase"]) == (1, "won")
    assert race["winner"] == lots["viewer000"]
    assert race["board"]["page"]["rounds"] == 1
    assert sum(one["claims"] for one in race["board"]["page"]["techniques"].values()) == 4


def test_who_is_not_in_the_race_gets_no_ticket_of_it(server, steering, students):
    steering.tell("race", {"draw": "page"})
    steering.tell("race", {"return": "now"})
    ticket = seen(steering)["race"]["ticket"]
    lot = seen(steering)["race"]["lots"]
    assert claim(server, ticket, "web-socket", "stranger1").status_code == 403
    for technique in lot:
        answer = claim(server, ticket, technique, "viewer000")
        assert answer.status_code in (200, 403, 409)
    assert seen(steering)["race"]["phase"] == "won"
    steering.tell("race", {"off": True})
    assert seen(steering)["race"]["phase"] == "off"


def test_any_other_ticket_is_everybodys(server, steering):
    steering.tell("sale", {"return": True})
    last = seen(steering)["now"]["last"]
    assert claim(server, last, "web-socket", "stranger1").status_code == 200


# The chat


def say(server: Server, text: str, viewer: str = "") -> requests.Response:
    said = {"channel": "chat", "name": "Ada", "text": text}
    url = f"{server.url}/demos/say" + (f"?viewer={viewer}" if viewer else "")
    return requests.post(url, json=said, timeout=PATIENCE)


def speak(student: WebSocket, text: str, **more: object) -> dict:
    said = {"channel": "chat", "name": "Bea", "text": text, **more}
    return student.client.call("say", said, namespace=NAMESPACE, timeout=PATIENCE)


@pytest.fixture
def speaker(server):
    speaker = WebSocket(server, "chat")
    speaker.start()
    yield speaker
    speaker.stop()


def test_a_paused_chat_takes_nothing_by_either_way(server, steering, speaker):
    steering.tell("chat", {"paused": True})
    refused, emitted = say(server, "hello"), speak(speaker, "hello")
    steering.tell("chat", {"paused": False})
    assert refused.status_code == 403
    assert refused.json()["detail"] == emitted["error"]["detail"] == "the chat is paused"
    assert say(server, "hello").status_code == 201
    assert speak(speaker, "hello")["kind"] == "said"


@pytest.mark.parametrize("viewer", ["x" * 9_000, "short", "VIEWER000", 5, ["viewer000"]])
def test_who_speaks_as_no_viewer_that_can_be_is_refused_by_either_way(server, speaker, viewer):
    said = {"channel": "chat", "name": "Ada", "text": "hello", "viewer": viewer}
    refused = requests.post(f"{server.url}/demos/say", json=said, timeout=PATIENCE)
    assert refused.status_code == 400
    assert "allowed are 8 to 32 of a-z and 0-9" in refused.json()["detail"]
    assert_problem(speak(speaker, "hello", viewer=viewer), 400)


def test_what_is_hidden_or_cleared_all_pages_know_and_it_can_be_taken_back(server, steering):
    first, second = say(server, "one").json()["id"], say(server, "two").json()["id"]
    steering.tell("chat", {"hide": first})
    assert seen(steering)["chat"]["hidden"] == [first]
    assert_problem(steering.tell("chat", {"hide": first}), 409)
    steering.tell("chat", {"clear": True})
    assert seen(steering)["chat"] == {"paused": False, "cleared": second, "hidden": []}
    steering.tell("undo", {})
    assert seen(steering)["chat"]["hidden"] == [first]
    steering.tell("undo", {})
    assert seen(steering)["chat"]["hidden"] == []


def test_while_it_is_looked_up_who_speaks_nobody_comes_or_goes():
    app = create_app(Settings(engine="threading"))
    classroom, came = app.extensions["lesson"].classroom, []

    def look_up(viewer: str) -> str:
        other = threading.Thread(target=lambda: came.append(classroom._one_by_one.acquire(False)))
        other.start()
        other.join()
        return "student01"

    classroom._roster.student_of = look_up
    said = {"channel": "chat", "name": "Ada", "text": "hello", "viewer": "viewer001"}
    assert app.test_client().post("/demos/say", json=said).status_code == 201
    assert came == [False]


def test_a_muted_browser_is_muted_on_its_next_page_too_and_nobody_else(server, steering, students):
    id = say(server, "rude", "viewer000").json()["id"]
    assert steering.tell("chat", {"mute": id}) == {"ok": True}
    assert say(server, "rude", "viewer000").status_code == 403
    assert seen(steering)["room"]["muted"] == ["Ada"]
    next_page = Steering(server, "viewer777", student="student000")
    assert say(server, "rude", "viewer777").status_code == 403
    next_page.close()
    assert say(server, "kind", "viewer001").status_code == 201
    assert say(server, "kind").status_code == 201
    steering.tell("chat", {"mute": None})
    assert say(server, "kind", "viewer000").status_code == 201


def test_no_traceback_was_logged(server):
    # Last in this file, so that it sees what all of the above has left behind.
    assert "Traceback" not in "".join(server.log)
