"""A crowd from the console: it measures that server, makes way for a class, never stays behind."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from typing import Any

import psutil
import pytest

from lesson.classroom.race import TECHNIQUES
from tests.servers import Server, Steering
from tests.test_class_state import room
from tests.test_classroom import assert_problem
from tests.waiting import until

LONG = {"clients": 3, "seconds": 60}


@pytest.fixture
def server(make_server) -> Server:
    """A server whose sale runs fast."""
    return make_server(SEED=1, RATE=50)


@pytest.fixture
def console(server: Server) -> Iterator[Steering]:
    console = Steering(server)
    console.tell("setting", {"interval": 0.2})
    yield console
    console.close()


@pytest.fixture
def crowded(console: Steering) -> Steering:
    """The same, while a long crowd is measured."""
    assert console.tell("crowd", LONG) == {"ok": True}
    crowd(console, lambda crowd: (crowd["at"] or {}).get("measured", 0) >= 1)
    return console


def crowd(console: Steering, holds) -> dict[str, Any]:
    """Wait for a crowd of which this holds."""
    return room(console, lambda room: room["crowd"] and holds(room["crowd"]))["crowd"]


def is_over(crowd: dict[str, Any]) -> bool:
    return not crowd["on"]


def processes(server: Server) -> list[psutil.Process]:
    """Return those that a server has started."""
    return psutil.Process(server.process.pid).children(recursive=True)


def has_ended(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.mark.parametrize("engine", ["eventlet", "gevent", "threading"])
def test_a_crowd_measures_each_technique_on_this_very_server(make_server, engine):
    server = make_server(SEED=1, RATE=50, ENGINE=engine)
    console = Steering(server)
    assert console.state["room"]["crowd"] is None
    console.tell("setting", {"interval": 0.2})
    assert console.tell("crowd", {"clients": 4, "seconds": 1}) == {"ok": True}
    begun = crowd(console, lambda crowd: crowd["on"])
    assert {"clients": 4, "seconds": 1, "interval": 0.2, "hold": 25}.items() <= begun.items()
    assert_problem(console.tell("crowd", LONG), 409)
    assert_problem(console.tell("rehearse", {"on": True}), 409)

    found = crowd(console, is_over)
    assert [row["technique"] for row in found["rows"]] == list(TECHNIQUES)
    short, long, socket = found["rows"]
    for row in found["rows"]:
        assert (row["lost"], row["doubled"]) == (0, 0)
        assert 0 < row["delay_median"] <= row["delay_p95"]
    few = short["requests_per_event"] / 4  # a busy machine may let one join late
    assert socket["requests_per_event"] < few
    assert socket["head_per_event"] < long["head_per_event"]
    assert long["cpu_share"] > 0
    assert console.tell("crowd", {"clients": 1, "seconds": 1}) == {"ok": True}
    assert crowd(console, lambda crowd: crowd["on"])["rows"] == []
    console.close()
    assert "Traceback" not in "".join(server.log)


def test_told_to_stop_it_shows_what_it_has(crowded):
    assert crowded.tell("crowd", {"on": False}) == {"ok": True}
    found = crowd(crowded, is_over)
    assert [row["technique"] for row in found["rows"]] == ["short-poll"]
    assert found["notes"][-1] == "the crowd was stopped; what is missing was not measured"
    assert_problem(crowded.tell("crowd", {"on": False}), 409)


def test_it_is_refused_while_a_student_is_here(make_server):
    server = make_server(mode="class", SEED=1)
    console = Steering(server, "instructor", server.cookie())
    console.tell("sale", {"paused": False})
    student = Steering(server, "viewer001", student="student001")
    problem = console.tell("crowd", LONG)
    assert_problem(problem, 409)
    assert "1 student is connected" in problem["error"]["detail"]
    assert processes(server) == []
    student.close()
    room(console, lambda room: room["here"] == 0)
    assert console.tell("crowd", LONG) == {"ok": True}
    console.close()


def test_it_makes_way_for_a_student_who_comes(server, crowded):
    student = Steering(server, "viewer001", student="student001")
    found = crowd(crowded, is_over)
    assert found["notes"][-1].startswith("a student came in, so the crowd went")
    student.close()


def test_it_is_refused_while_there_is_nothing_to_hear_or_a_rehearsal(console):
    console.tell("rehearse", {"on": True})
    assert_problem(console.tell("crowd", LONG), 409)
    console.tell("rehearse", {"on": False})
    room(console, lambda room: room["here"] == 0)
    console.tell("sale", {"paused": True})
    problem = console.tell("crowd", LONG)
    assert_problem(problem, 409)
    assert "paused" in problem["error"]["detail"]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_it_ends_with_the_server_however_that_ends(server, crowded, how):
    (crowd,) = processes(server)
    server.stop(how)
    until(lambda: has_ended(crowd))


def test_one_that_dies_says_so_and_another_can_come(server, crowded):
    (process,) = processes(server)
    process.kill()
    assert crowd(crowded, is_over)["notes"] == ["the crowd ended before it had reported"]
    assert crowded.tell("crowd", LONG) == {"ok": True}
