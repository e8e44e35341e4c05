"""A rehearsal: simulated students come, follow, answer and race, and leave nothing behind."""

from __future__ import annotations

from lesson.classroom.race import TECHNIQUES
from tests.servers import Steering
from tests.test_class_state import PREDICTION, ask, room, seen, told, vote
from tests.test_classroom import assert_problem


def test_simulated_students_do_what_students_do_and_leave_nothing(server, steering):
    student = Steering(server, "viewer001", student="student001")
    ask(steering, phase="open")
    key = seen(steering)["prediction"]["answers"][0]
    vote(student, key)
    student.close()
    before = seen(steering)

    assert steering.tell("rehearse", {"on": True}) == {"ok": True}
    assert_problem(steering.tell("rehearse", {"on": True}), 409)
    state = seen(steering)
    assert (state["rehearsal"], state["prediction"]) == (True, None)
    room(steering, lambda room: room["simulated"] == room["here"] == 25)

    steering.tell("lead", {"on": True})
    steering.tell("step", {"chapter": "short-polling", "step": "late"})
    ask(steering, phase="open")
    report = room(steering, lambda room: room["chapters"].get("short-polling", 0) > 10)
    assert report["following"] > 10
    told(steering, lambda state: (state["prediction"] or {}).get("votes") == 25)

    steering.tell("sale", {"burst": 5})
    steering.tell("race", {"draw": "page"})
    assert sorted(seen(steering)["race"]["lots"].values()) == [8, 8, 9]
    steering.tell("race", {"return": "now"})
    won = told(steering, lambda state: state["race"]["phase"] == "won")["race"]
    assert won["winner"] in TECHNIQUES
    board = told(steering, lambda state: all(claims(state).values()))["race"]["board"]["page"]
    assert board["rounds"] == 1

    room(steering, lambda room: room["hands"])
    assert steering.tell("rehearse", {"on": False}) == {"ok": True}
    assert seen(steering)["room"]["hands"] == []
    after = seen(steering)
    assert (after["rehearsal"], after["class"]) == (False, before["class"])
    assert after["prediction"] == before["prediction"]
    assert after["race"]["board"]["page"]["rounds"] == 0
    assert room(steering, lambda room: room["here"] == 0)["simulated"] == 0
    assert "Traceback" not in "".join(server.log)
    assert PREDICTION["prediction"] == after["prediction"]["prediction"]


def claims(state: dict) -> dict[str, int]:
    lanes = state["race"]["board"]["page"]["techniques"]
    return {name: lane["claims"] for name, lane in lanes.items()}
