"""`CLASS=…` with the exercises: the class is told, only what it is to know, and disturbs nobody."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lesson.machinery.exercises import to_class
from lesson.machinery.exercises.exercise import read_all
from lesson.machinery.exercises.progress import Progress
from lesson.machinery.exercises.to_class import NoClassError, ToClass, progress, read_address
from lesson.machinery.exercises.verdict import Verdict, check_python
from tests.servers import PATIENCE, Server, Steering, free_port

FIRST, OTHER = "00-change-a-word", "05-between-two-answers"
FAILED = Verdict(
    False, "called    WHO\ngot       mine\nexpected  yours\nbecause   so it is\n", ["x"]
)
PASSED = Verdict(True, "", ["Hello, Ada!"], "printed by Ada")


class Class:
    """A class's server, and what its instructor sees."""

    def __init__(self) -> None:
        self.server = Server(mode="class", SEED=1)
        self.steering = Steering(self.server, "instructor", self.server.cookie())

    def sees(self, name: str, holds: Callable[[dict], bool]) -> dict:
        """Wait until what is known of an exercise is as it should be."""
        state = self.steering.tell("hello", {"viewer": "instructor"})["state"]
        while not holds(state.get("room", {}).get("exercises", {}).get(name, {})):
            state = self.steering.next("state")
        return state["room"]["exercises"][name]


@pytest.fixture(scope="module")
def lesson() -> Iterator[Class]:
    lesson = Class()
    yield lesson
    lesson.steering.close()
    lesson.server.close()


def wait_for(lines: list[str], piece: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not any(piece in line for line in lines):
        assert time.monotonic() < deadline, f"no {piece!r} in {lines}"
        time.sleep(0.02)


# What is sent


def test_of_a_failure_the_checks_reason_is_sent_and_nothing_else() -> None:
    assert progress(FIRST, FAILED) == {"exercise": FIRST, "failure": "so it is"}
    assert progress(FIRST, PASSED) == {"exercise": FIRST, "passed": True}
    long = Verdict(False, f"got       x\nbecause   {'y' * 500}")
    assert progress(FIRST, long)["failure"] == "y" * 300


@pytest.mark.parametrize("code", ["WHO = secret", "WHO = ('secret'", "WHO = 'a' + 1 # secret"])
def test_no_line_of_the_students_code_is_sent(code: str, tmp_path: Path) -> None:
    (tmp_path / "my_word.py").write_text(f"print('secret')\n{code}\n")
    verdict = check_python(read_all()[FIRST], tmp_path, limit=PATIENCE)
    sent = progress(FIRST, verdict)
    assert "secret" in verdict.message
    assert "secret" not in str(sent) and str(tmp_path) not in str(sent)
    assert sent["failure"] != to_class.UNEXPLAINED


def test_a_check_that_stumbles_has_no_reason() -> None:
    told = progress(FIRST, Verdict(False, "The check itself stumbled:\n/home/ada/x.py"))
    assert told["failure"] == to_class.UNEXPLAINED


# To whom


@pytest.mark.parametrize(
    ("given", "host", "port"),
    [
        ("http://192.168.1.20:8000", "192.168.1.20", 8000),
        ("192.168.1.20:8000/", "192.168.1.20", 8000),
        ("[::1]:8000", "::1", 8000),
        ("https://class.example", "class.example", None),
    ],
)
def test_an_address_with_or_without_http(given: str, host: str, port: int | None) -> None:
    assert (read_address(given).hostname, read_address(given).port) == (host, port)


@pytest.mark.parametrize(
    "given", ["http://", "ftp://x", "x:y", "x:0", "x:99999", "http://[", "a@b", "the hall"]
)
def test_what_is_no_address_is_refused(given: str) -> None:
    with pytest.raises(NoClassError, match="allowed is the class's address"):
        read_address(given)


def test_a_class_sees_how_an_exercise_stands_and_that_it_is_one_students(
    lesson: Class, tmp_path: Path
) -> None:
    lines: list[str] = []
    word = Progress(tmp_path, [FIRST]).word()
    ToClass(lesson.server.url, word, lines.append).tell(FIRST, FAILED)
    seen = lesson.sees(FIRST, lambda seen: seen.get("working") == 1)
    assert (seen["failure"], seen["failing"]) == ("so it is", 1)
    again = ToClass(lesson.server.url, Progress(tmp_path, [FIRST]).word(), lines.append)
    again.tell(FIRST, PASSED)
    seen = lesson.sees(FIRST, lambda seen: seen.get("passed") == 1)
    assert (seen["working"], lines) == (0, [])


def test_a_class_that_refuses_is_told_of_in_one_line(lesson: Class) -> None:
    lines: list[str] = []
    line = ToClass(lesson.server.url, "student001", lines.append)
    line.tell("99-unknown", FAILED)
    wait_for(lines, "there is no exercise '99-unknown'")
    line.tell("99-unknown", FAILED)
    line.tell(OTHER, PASSED)
    wait_for(lines, "The class has been told again")
    assert len(lines) == 2


def test_nobody_there_is_no_obstacle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(to_class, "PATIENCE", 0.3)
    lines: list[str] = []
    nowhere = ToClass(f"127.0.0.1:{free_port()}", "student001", lines.append)
    nowhere.tell(FIRST, PASSED)
    wait_for(lines, "does not answer")
    nowhere.tell(FIRST, PASSED)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        silent = ToClass(f"127.0.0.1:{mute.getsockname()[1]}", "student001", lines.append)
        began = time.monotonic()
        silent.tell(FIRST, PASSED)
        assert time.monotonic() - began < 0.2
        wait_for(lines, "had not ended after")
    assert len(lines) == 2
