"""The state that a class shares: who may change it, what changes, and who is told."""

from __future__ import annotations

import time

import pytest

from lesson.classroom.roster import MOST_PAGES
from lesson.machinery.frames import PROTOCOL
from tests.raw_socket import CLASS, UNSAID, RawSocket
from tests.servers import Server, Steering
from tests.test_classroom import assert_problem
from tests.waiting import until

SHARED = {
    *("n", "class", "mode", "instructor", "place", "lead", "blank", "settings"),
    *("all_faults", "prediction", "race", "chat", "rehearsal"),
}
OWN = {"steers", "faults", "now", "own"}
PREDICTION = {"chapter": "short-polling", "prediction": "how-late"}


@pytest.fixture(scope="module")
def server():
    server = Server(SEED=1, RATE=0.1)
    yield server
    server.close()


@pytest.fixture
def steering(server):
    """The console, in a new class."""
    steering = Steering(server)
    steering.tell("reset", {})
    yield steering
    steering.close()


@pytest.fixture
def join(server):
    """Lets students join."""
    joined = []

    def join(number: int = 0, **more: object) -> Steering:
        more = {"viewer": f"viewer{number:03}", "student": f"student{number:03}", **more}
        joined.append(Steering(server, **more))
        return joined[-1]

    yield join
    for one in joined:
        one.close()


def told(page: Steering, holds) -> dict:
    """Wait for a state of which this holds."""
    while not holds(state := page.next("state")):
        pass
    return state


def seen(page: Steering) -> dict:
    """What a page that comes now is told."""
    return page.tell("hello", {"viewer": "steering1"})["state"]


def ask(steering: Steering, **more: object) -> dict:
    return steering.tell("prediction", {**PREDICTION, **more})


def vote(student: Steering, answer: object, **more: object) -> dict:
    return student.tell("vote", {**PREDICTION, "answer": answer, **more})


# The state


def test_what_a_student_says_on_one_page_is_told_to_its_others(steering, join):
    one, other = join(1), join(1)
    one.tell("lost", {"on": True})
    told(other, lambda state: state.get("own", {}).get("lost"))
    one.tell("hand", {"on": True, "name": "seat 7"})
    told(other, lambda state: state.get("own", {}).get("hand") == "seat 7")
    ask(steering, phase="open")
    assert vote(one, "0.2..1.5")["ok"]
    told(other, lambda state: state.get("own", {}).get("votes"))


def test_a_student_is_told_what_all_share_and_what_is_its_own(steering, join):
    state = join(1, chapter="closing", step="again", following=True).state
    assert state.keys() == SHARED | OWN | {"room"}  # in `run` every page here steers
    assert state["own"] == {
        "student": "student001",
        "lost": False,
        "hand": None,
        "votes": {},
        "lot": None,
    }


CHANGES = [
    ("step", {"chapter": "short-polling", "step": "late"}, "place"),
    ("lead", {"on": True}, "lead"),
    ("blank", {"on": True}, "blank"),
    ("setting", {"interval": 0.5}, "settings"),
    ("setting", {"hold": 0, "interval": None}, "settings"),
]


@pytest.mark.parametrize(("name", "message", "part"), CHANGES)
def test_a_change_is_told_to_everyone_at_once_with_the_next_number(
    steering, join, name, message, part
):
    student, before = join(), seen(steering)
    assert steering.tell(name, message) == {"ok": True}
    state = told(student, lambda state: state["n"] > before["n"])
    assert state["n"] == before["n"] + 1
    assert {key for key in SHARED - {"n"} if state[key] != before[key]} == {part}
    assert seen(student)[part] == state[part]


def test_what_is_so_already_is_no_change(steering):
    steering.tell("blank", {"on": True})
    before = seen(steering)["n"]
    assert steering.tell("blank", {"on": True}) == {"ok": True}
    assert seen(steering)["n"] == before


def test_who_comes_late_is_told_all_of_it(steering, join):
    steering.tell("step", {"chapter": "closing", "step": "again"})
    steering.tell("setting", {"hold": 5})
    state = join(7).state
    assert state["place"] == {"chapter": "closing", "step": "again"}
    assert state["settings"] == {"interval": None, "hold": 5}


def test_everybodys_faults_are_part_of_it(steering, join):
    steering.tell("fault", {"viewer": "all", "delay": 50})
    state = join().state
    steering.tell("fault", {"viewer": "all", "delay": 0})
    assert state["all_faults"] == {"delay": 50, "jitter": 0, "loss": 0, "outage": False}
    assert seen(steering)["all_faults"]["delay"] == 0


# Who is here


def room(steering: Steering, holds) -> dict:
    now = seen(steering)["room"]
    return now if holds(now) else told(steering, lambda s: "room" in s and holds(s["room"]))["room"]


def test_who_steers_sees_who_is_here_and_what_they_read(steering, join):
    join(1, chapter="closing", following=True)
    two = join(2)
    report = room(steering, lambda room: room["here"] == 2)
    assert (report["following"], report["browsing"]) == (1, 1)
    assert report["chapters"] == {"closing": 1, "": 1}
    two.tell("hello", {"student": "student002", "chapter": "closing", "following": True})
    assert room(steering, lambda room: room["following"] == 2)["chapters"] == {"closing": 2}


def test_two_pages_of_one_browser_are_one_student(steering, join):
    join(1), join(1)
    assert room(steering, lambda room: room["here"])["here"] == 1


def test_a_page_stays_the_students_that_it_named(steering, join):
    one = join(1)
    here = room(steering, lambda room: room["here"] == 1)
    answer = one.tell("hello", {"viewer": "viewer001", "student": "student002"})
    assert_problem(answer, 403)
    assert answer["error"]["detail"] == "student is 'student002'; this connection is student001's"
    assert one.tell("lost", {"on": True})["ok"]
    report = room(steering, lambda room: room["lost"] == 1)
    assert (report["here"], report["gone"]) == (1, here["gone"])
    assert one.tell("hello", {"student": "student001"})["state"]["own"]["lost"]


def test_a_page_that_says_that_it_has_gone_has(server, steering):
    page = RawSocket(server, CLASS)
    assert page.call("hello", {"viewer": "viewer001", "student": "student001"})["ok"]
    assert seen(steering)["room"]["here"] == 1
    page.send('42/class,["disconnect",{}]')
    assert page.parting() in (PROTOCOL, UNSAID)
    until(lambda: seen(steering)["room"]["here"] == 0)


def test_one_page_too_many_of_a_student_is_refused_until_one_is_closed(steering, join):
    pages = [join(1, viewer=f"page{number:05}") for number in range(MOST_PAGES)]
    another = {"viewer": "pageanother", "student": "student001"}
    answer = steering.tell("hello", another)
    assert_problem(answer, 503)
    assert answer["error"]["detail"] == f"this student has {MOST_PAGES} pages open; close one"
    pages.pop().close()
    while "error" in steering.tell("hello", another):
        pass
    steering.tell("lost", {"on": True})
    for page in pages:
        told(page, lambda state: state.get("own", {}).get("lost"))


def test_a_student_who_goes_is_missed_after_a_moment(steering, join):
    one = join(1)
    one.tell("hand", {"on": True, "name": "row 3"})
    one.close()
    report = room(steering, lambda room: missed(room, "student001"))
    (down,) = missed(report, "student001")
    assert (down["name"], report["here"]) == ("row 3", 0)
    assert report["gone"] == len(report["down"])
    join(1)
    assert not missed(room(steering, lambda room: room["here"] == 1), "student001")


def missed(room: dict, student: str) -> list[dict]:
    return [down for down in room["down"] if down["student"] == student]


def test_lost_is_a_count_and_nobodys_name(steering, join):
    one, two = join(1), join(2)
    one.tell("lost", {"on": True}), two.tell("lost", {"on": True})
    report = room(steering, lambda room: room["lost"] == 2)
    assert "student001" not in str(report)
    one.tell("lost", {"on": False})
    assert room(steering, lambda room: room["lost"] == 1)


def test_hands_stand_oldest_first(steering, join):
    one, two = join(1), join(2)
    two.tell("hand", {"on": True, "name": "Bea"})
    one.tell("hand", {"on": True, "name": " row 3 "})
    two.tell("hand", {"on": True, "name": "Bea, row 1"})
    hands = room(steering, lambda room: len(room["hands"]) == 2)["hands"]
    assert [hand["name"] for hand in hands] == ["Bea, row 1", "row 3"]
    two.tell("hand", {"on": False})
    assert len(room(steering, lambda room: len(room["hands"]) == 1)["hands"]) == 1


# Predictions


def test_a_prediction_is_opened_answered_closed_and_revealed(steering, join):
    one, two = join(1), join(2)
    assert_problem(vote(one, "0.2..1.5"), 409)
    assert ask(steering, phase="open") == {"ok": True}
    keys = [count["answer"] for count in seen(steering)["room"]["counts"]]
    assert vote(one, keys[0]) == vote(two, keys[0]) == vote(one, keys[1]) == {"ok": True}
    state = told(two, lambda state: (state["prediction"] or {}).get("votes") == 2)
    assert state["prediction"]["counts"] is None
    assert_problem(vote(one, "no such"), 400)
    assert_problem(vote(one, 1), 400)

    ask(steering, phase="closed")
    assert_problem(vote(one, keys[0]), 409)
    ask(steering, phase="revealed", measured=keys[1])
    shown = seen(two)["prediction"]
    assert [count["votes"] for count in shown["counts"][:2]] == [1, 1]
    assert (shown["phase"], shown["measured"]) == ("revealed", keys[1])
    assert seen(two)["own"]["student"] is None  # it said hello without its id
    ask(steering, phase="off")
    assert seen(steering)["prediction"] is None


def test_a_student_who_comes_back_finds_its_answer(steering, join):
    ask(steering, phase="open")
    key = seen(steering)["room"]["counts"][0]["answer"]
    one = join(1)
    vote(one, key)
    one.close()
    assert join(1).state["own"]["votes"] == {"short-polling/how-late": key}


def test_hands_are_typed_in_where_nobody_has_a_device(steering):
    ask(steering, phase="open")
    keys = [count["answer"] for count in seen(steering)["room"]["counts"]]
    ask(steering, hands={keys[0]: 12, keys[1]: 3})
    ask(steering, hands={keys[0]: 11}, phase="revealed")
    shown = seen(steering)["prediction"]
    assert (shown["votes"], shown["counts"][0]["votes"]) == (11, 11)


def test_a_revealed_histogram_can_be_hidden_again(steering):
    ask(steering, phase="closed")
    ask(steering, phase="revealed")
    assert seen(steering)["room"]["undo"] == "the histogram"
    assert steering.tell("undo", {}) == {"ok": True}
    assert seen(steering)["prediction"]["counts"] is None


def test_what_was_revealed_is_left_behind_and_an_open_question_is_not(steering):
    for phase, on in (("revealed", None), ("open", "open"), ("closed", "closed")):
        steering.tell("step", {"chapter": "short-polling", "step": "late"})
        ask(steering, phase=phase)
        steering.tell("step", {"chapter": "short-polling", "step": "late"})
        assert seen(steering)["prediction"]["phase"] == phase
        steering.tell("step", {"chapter": "short-polling", "step": "loop"})
        assert (seen(steering)["prediction"] or {"phase": None})["phase"] == on
    ask(steering, phase="off")


def test_an_objectives_question_is_answered_unasked_until_it_is_closed(steering, join):
    one = join(1)
    question = {"chapter": "real-time", "prediction": "push-before"}
    assert one.tell("vote", {**question, "answer": "held-open"}) == {"ok": True}
    steering.tell("prediction", {**question, "phase": "revealed"})
    assert_problem(one.tell("vote", {**question, "answer": "cache"}), 409)
    shown = seen(steering)["prediction"]
    assert {c["answer"]: c["votes"] for c in shown["counts"]}["held-open"] == 1


# Exercises


def test_exercises_are_counted_by_how_they_stand(steering, join):
    one, two = join(1), join(2)
    name, other = "00-change-a-word", "01-never-twice"
    one.tell("progress", {"exercise": name, "failure": "it says 'a'"})
    two.tell("progress", {"exercise": name, "failure": "it says 'a'"})
    steering.tell("progress", {"exercise": name, "failure": "it says 'b'", "student": "runner01"})
    report = room(steering, lambda room: room["exercises"].get(name, {}).get("working") == 3)
    assert report["exercises"][name] == {
        "working": 3,
        "passed": 0,
        "stuck": 0,
        "failure": "it says 'a'",
        "failing": 2,
    }
    one.tell("progress", {"exercise": name, "passed": True})
    two.tell("progress", {"exercise": other, "failure": "twice"})
    report = room(steering, lambda room: other in room["exercises"])["exercises"]
    assert (report[name]["working"], report[name]["passed"]) == (1, 1)
    assert report[other]["working"] == 1


def test_a_connection_tells_of_one_students_exercises(steering):
    told_of = {"exercise": "00-change-a-word", "passed": True}
    for student in ("runner01", "runner01"):
        assert steering.tell("progress", {**told_of, "student": student}) == {"ok": True}
    assert_problem(steering.tell("progress", {**told_of, "student": "runner02"}), 403)
    assert_problem(steering.tell("hello", {"student": "runner02"}), 403)
    report = room(steering, lambda room: "00-change-a-word" in room["exercises"])["exercises"]
    assert report["00-change-a-word"]["passed"] == 1


# A new class


def test_a_new_class_forgets_all_and_can_be_taken_back(steering, join):
    one = join(1)
    ask(steering, phase="open")
    key = seen(steering)["room"]["counts"][0]["answer"]
    vote(one, key)
    one.tell("hand", {"on": True, "name": "Ada"})
    steering.tell("step", {"chapter": "closing", "step": "again"})
    before = seen(steering)

    assert steering.tell("reset", {}) == {"ok": True}
    state = told(one, lambda state: state["class"] != before["class"] and "own" in state)
    assert (state["place"], state["prediction"], state["n"] > before["n"]) == (None, None, True)
    assert state["own"] == {
        "student": "student001",
        "lost": False,
        "hand": None,
        "votes": {},
        "lot": None,
    }
    assert seen(steering)["room"]["undo"] == "the new class"

    assert steering.tell("undo", {}) == {"ok": True}
    state = told(one, lambda state: state["class"] == before["class"] and "own" in state)
    assert state["place"] == before["place"]
    assert state["own"]["votes"] == {"short-polling/how-late": key}


# What is refused

BAD = [
    ("hello", {"student": "short"}),
    ("hello", {"student": 5}),
    ("hello", {"chapter": "no-such"}),
    ("hello", {"chapter": 5}),
    ("hello", {"chapter": "closing", "step": "<b>"}),
    ("hello", {"following": "yes"}),
    ("vote", {}),
    ("vote", {"chapter": "short-polling", "prediction": "no-such", "answer": "a"}),
    ("vote", {"chapter": "no-such", "prediction": "how-late", "answer": "a"}),
    ("vote", {"chapter": ["a"], "prediction": {}, "answer": "a"}),
    ("vote", {**PREDICTION, "answer": {"a": 1}}),
    ("vote", {**PREDICTION, "answer": None}),
    ("vote", {**PREDICTION, "answer": True}),
    ("vote", {**PREDICTION, "answer": "0", "again": 1}),
    ("lost", {}),
    ("lost", {"on": 1}),
    ("hand", {"on": True}),
    ("hand", {"on": True, "name": ""}),
    ("hand", {"on": True, "name": "   "}),
    ("hand", {"on": True, "name": "x" * 10_000}),
    ("hand", {"on": True, "name": ["x"]}),
    ("hand", {"on": True, "name": "\ud800"}),
    ("progress", {}),
    ("progress", {"exercise": "no-such", "passed": True}),
    ("progress", {"exercise": "00-change-a-word"}),
    ("progress", {"exercise": "00-change-a-word", "passed": False}),
    ("progress", {"exercise": "00-change-a-word", "passed": True, "failure": "x"}),
    ("progress", {"exercise": "00-change-a-word", "failure": "x" * 301}),
    ("progress", {"exercise": "../..", "passed": True}),
    ("progress", {"exercise": "00-change-a-word", "passed": True, "student": "?"}),
    ("step", {}),
    ("step", {"chapter": "short-polling"}),
    ("step", {"chapter": "short-polling", "step": "no-such"}),
    ("step", {"chapter": "no-such", "step": "late"}),
    ("step", {"chapter": "short-polling", "step": "late", "more": 1}),
    ("step", {"chapter": 1, "step": {}}),
    ("lead", {}),
    ("lead", {"on": "yes"}),
    ("blank", {"on": None}),
    ("setting", {}),
    ("setting", {"interval": 0.1}),
    ("setting", {"interval": True}),
    ("setting", {"hold": 55.1}),
    ("setting", {"hold": -1, "interval": 1}),
    ("setting", {"hold": "5"}),
    ("setting", {"hold": 1e999}),
    ("setting", {"rate": 5}),
    ("prediction", {}),
    ("prediction", PREDICTION),
    ("prediction", {**PREDICTION, "phase": "ajar"}),
    ("prediction", {**PREDICTION, "phase": ["open"]}),
    ("prediction", {**PREDICTION, "prediction": "no-such", "phase": "open"}),
    ("prediction", {**PREDICTION, "hands": []}),
    ("prediction", {**PREDICTION, "hands": {"no such": 1}}),
    ("prediction", {**PREDICTION, "phase": "open", "hands": {"no such": 1}}),
    ("prediction", {**PREDICTION, "phase": "open", "measured": "no such"}),
    ("race", {}),
    ("race", {"draw": "lots"}),
    ("race", {"draw": ["page"]}),
    ("race", {"draw": "page", "off": True}),
    ("race", {"return": True}),
    ("race", {"off": False}),
    ("race", {"explode": 1}),
    ("chat", {}),
    ("chat", {"paused": 1}),
    ("chat", {"hide": 10**9}),
    ("chat", {"hide": "1"}),
    ("chat", {"hide": True}),
    ("chat", {"clear": False}),
    ("chat", {"mute": -1}),
    ("chat", {"mute": {}}),
    ("chat", {"paused": True, "clear": True}),
    ("rehearse", {}),
    ("rehearse", {"on": 25}),
    ("crowd", {}),
    ("crowd", {"on": True}),
    ("crowd", {"on": 0}),
    ("crowd", {"on": False, "clients": 200}),
    ("crowd", {"clients": 0}),
    ("crowd", {"clients": 5001}),
    ("crowd", {"clients": True}),
    ("crowd", {"clients": 20.0}),
    ("crowd", {"clients": 10**99}),
    ("crowd", {"clients": "200"}),
    ("crowd", {"clients": 200, "seconds": 0.5}),
    ("crowd", {"clients": 200, "seconds": 61}),
    ("crowd", {"clients": 200, "seconds": None}),
    ("crowd", {"clients": 200, "url": "http://192.0.2.1"}),
    ("reset", {"now": True}),
    ("undo", {"all": True}),
]


@pytest.mark.parametrize(("name", "message"), [*BAD, *((n, w) for n, _ in BAD for w in (None, []))])
def test_what_is_wrong_is_refused_with_a_reason_and_counted(steering, join, name, message):
    student, before = join(1), seen(steering)
    answer = student.tell(name, message)
    assert answer.keys() == {"error"}
    assert answer["error"]["status"] in (400, 404)
    assert answer["error"]["detail"]
    after = seen(steering)
    assert {key: after[key] for key in SHARED} == {key: before[key] for key in SHARED}
    assert after["room"]["refused"] == before["room"]["refused"] + 1


def test_what_only_a_student_can_do_nobody_else_does(steering):
    for name, message in (("vote", {**PREDICTION, "answer": 1}), ("lost", {"on": True})):
        assert_problem(steering.tell(name, message), 403)
    assert_problem(steering.tell("hand", {"on": True, "name": "me"}), 403)


# Who may

FORGED = [
    ("sale", {"burst": 5}),
    ("fault", {"viewer": "all", "delay": 100}),
    ("step", {"chapter": "short-polling", "step": "late"}),
    ("lead", {"on": False}),
    ("blank", {"on": True}),
    ("setting", {"interval": 0.5}),
    ("prediction", {**PREDICTION, "phase": "open"}),
    ("prediction", {**PREDICTION, "hands": {}}),
    ("race", {"draw": "page"}),
    ("race", {"return": "now"}),
    ("race", {"off": True}),
    ("chat", {"paused": True}),
    ("chat", {"hide": 1}),
    ("chat", {"clear": True}),
    ("chat", {"mute": None}),
    ("rehearse", {"on": True}),
    ("crowd", {"clients": 1}),
    ("crowd", {"on": False}),
    ("reset", {}),
    ("undo", {}),
]


@pytest.fixture(scope="module")
def class_server():
    server = Server(mode="class", SEED=1, RATE=0.1)
    yield server
    server.close()


@pytest.mark.parametrize(("name", "message"), FORGED)
def test_a_student_who_forges_a_control_is_refused_and_nothing_changes(class_server, name, message):
    student = Steering(class_server, "viewer01")
    before = seen(student)
    assert_problem(student.tell(name, message), 403)
    after = seen(student)
    student.close()
    assert {key: before[key] for key in SHARED} == {key: after[key] for key in SHARED}
    assert name != "sale" or after["now"]["sold"] - before["now"]["sold"] < message["burst"]
    assert (after["steers"], after["instructor"]) == (False, False)


def test_a_student_is_not_told_who_is_here_or_comes(class_server):
    student = Steering(class_server, "viewer01")
    for number in range(5):
        other = Steering(class_server, f"viewer1{number}")
        other.tell("hand", {"on": True, "name": "me"})
        other.close()
    student.tell("clock")
    heard = [name for name, _ in list(student.heard.queue)]
    student.close()
    assert "state" not in heard
    assert student.state.keys() == SHARED | OWN
    assert student.state["own"]["student"] == "viewer01"


def test_who_names_no_student_is_one_student_whatever_its_viewer(class_server):
    student = Steering(class_server, "viewer01")
    state = student.tell("hello", {"viewer": "viewer02"})["state"]
    student.close()
    assert state["own"]["student"] == "viewer01"


def test_however_many_join_a_race_the_class_is_told_so_twice_a_second_at_most(class_server):
    instructor = Steering(class_server, cookie=class_server.cookie())
    student = Steering(class_server, "viewer01")
    instructor.tell("race", {"draw": "page"})
    told(student, lambda state: state["race"]["phase"] == "ready")
    began = time.monotonic()
    others = [Steering(class_server, f"viewer1{number:02}") for number in range(30)]
    states = [student.next("state")]
    while sum(states[-1]["race"]["lots"].values()) < 31:
        states.append(student.next("state"))
    seconds = time.monotonic() - began
    instructor.tell("race", {"off": True})
    for page in (instructor, student, *others):
        page.close()
    assert [sum(other.state["race"]["lots"].values()) for other in others] == [*range(2, 32)]
    assert len({state["n"] for state in states}) == len(states) <= seconds / 0.5 + 2


@pytest.mark.parametrize("which", ["server", "class_server"])
def test_no_traceback_was_logged(request, which):
    # Last in this file, so that it sees what all of the above has left behind.
    assert "Traceback" not in "".join(request.getfixturevalue(which).log)
