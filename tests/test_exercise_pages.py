"""Exercises in a chapter and in a class: what stands there, and what is not offered."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from lesson.app import create_app
from lesson.book.blocks import read_block
from lesson.book.library import Library
from lesson.book.markdown import Reading, Writer
from lesson.book.parts import Task
from lesson.book.problems import Desk, FaultError
from lesson.settings import Settings
from tests.servers import ROOT

NAME = "01-never-twice"
HERE, ELSEWHERE = {"REMOTE_ADDR": "127.0.0.1"}, {"REMOTE_ADDR": "192.0.2.99"}


def app_in(mode: str, my_work: Path) -> Flask:
    return create_app(
        Settings(engine="threading", mode=mode, my_work=my_work, instance=my_work / "instance")
    )


def block(info: str) -> object:
    reading = Reading(Desk("a chapter"), Library(ROOT / "lesson"))
    return read_block(info, [], 7, "a-step", Writer(), reading)


def test_a_chapter_names_an_exercise() -> None:
    assert block(f"exercise {NAME}") == Task(NAME)


@pytest.mark.parametrize("info", ["exercise", "exercise 99-none", f"exercise {NAME} more"])
def test_a_chapter_names_one_that_is_there(info: str) -> None:
    with pytest.raises(FaultError):
        block(info)


def test_in_a_chapter_it_stands_with_its_task_and_hints(tmp_path: Path) -> None:
    app = app_in("run", tmp_path)
    with app.test_request_context("/lesson/hands-on", environ_base=HERE):
        html = app.jinja_env.get_template("parts/blocks.html").module.one_exercise(NAME)
    assert "The short poll that never polls twice" in html
    assert "Check it now" in html
    assert html.count('<details class="hint">') == 3


def test_in_a_class_exercises_are_shown_and_not_checked(tmp_path: Path) -> None:
    client = app_in("class", tmp_path).test_client()
    page = client.get("/exercises").text
    assert "on a machine of one's own" in page.replace("&#39;", "'")
    assert "Check it now" not in page
    bench, solution = f"/exercises/bench/{NAME}", f"/exercises/solution/{NAME}"
    for path in (bench, solution, "/exercises/state", "/yours/short-poll/sales"):
        assert client.get(path).status_code == 404, path
    assert client.post("/exercises/yours", json={"exercise": NAME}).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/exercises/state",
        f"/exercises/bench/{NAME}",
        f"/exercises/bench/{NAME}/check.js",
        f"/exercises/bench/{NAME}/work/1/short-poll.js",
        "/yours/short-poll/sales",
    ],
)
def test_what_is_one_students_own_is_for_this_machine_alone(path: str, tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    (tmp_path / NAME / "short-poll.js").write_text("// mine")
    client = app_in("run", tmp_path).test_client()
    assert client.get(path, environ_base=HERE).status_code in (200, 503)  # none of yours runs
    assert client.get(path, environ_base=ELSEWHERE).status_code == 403
    assert client.get(path, environ_base=HERE, headers={"Host": "[::1]"}).status_code != 403


@pytest.mark.parametrize(
    "path", ["/exercises/check", "/exercises/solution", "/exercises/verdict", "/exercises/yours"]
)
def test_from_elsewhere_nothing_is_written_into_my_work(path: str, tmp_path: Path) -> None:
    client = app_in("run", tmp_path).test_client()
    verdict = {"exercise": NAME, "passed": True}
    assert client.post(path, json=verdict, environ_base=ELSEWHERE).status_code == 403
    assert not list(tmp_path.iterdir())


def test_a_solution_is_not_to_be_had_before_a_pass_or_asking_twice(tmp_path: Path) -> None:
    client = app_in("run", tmp_path).test_client()
    address = f"/exercises/solution/{NAME}"
    client.post("/exercises/verdict", json={"exercise": NAME, "passed": False, "message": "no"})
    assert client.get(address).status_code == 403
    client.post("/exercises/verdict", json={"exercise": NAME, "passed": True})
    assert client.get(address, environ_base=ELSEWHERE).status_code == 403
    (file,) = client.get(address).json["files"]
    assert file["file"] == "short-poll.js"
    assert [file["lines"][n - 1].strip() for n in file["changed"]] == [
        "setTimeout(askForSales, 5000);"
    ]
    asked = {"exercise": "02-listen"}
    assert client.get("/exercises/solution/02-listen").status_code == 403
    assert client.post("/exercises/solution", json=asked).status_code == 200
    assert client.get("/exercises/solution/02-listen").status_code == 200
    assert client.get("/exercises/solution/99-none").status_code == 404


def test_from_elsewhere_the_tasks_are_read_and_not_how_they_stand(tmp_path: Path) -> None:
    client = app_in("run", tmp_path).test_client()
    client.post("/exercises/verdict", json={"exercise": NAME, "message": "my own mistake"})
    assert "my own mistake" in client.get("/exercises").text
    page = client.get("/exercises", environ_base=ELSEWHERE).text
    assert "my own mistake" not in page
    assert "Check it now" not in page
    assert "With yours" not in client.get("/dashboard", environ_base=ELSEWHERE).text


def test_nothing_of_yours_is_offered_before_there_is_any_work(tmp_path: Path) -> None:
    with_work, without = app_in("run", tmp_path), app_in("run", tmp_path / "none")
    assert "With yours" in with_work.test_client().get("/dashboard").text
    assert "With yours" not in without.test_client().get("/dashboard").text


@pytest.mark.parametrize("file", ["exercise.yaml", "check.py", "..%2fcheck.js", "task.md"])
def test_only_the_check_itself_is_handed_out(file: str, tmp_path: Path) -> None:
    client = app_in("run", tmp_path).test_client()
    assert client.get(f"/exercises/bench/{NAME}/check.js").status_code == 200
    assert client.get(f"/exercises/bench/{NAME}/{file}").status_code == 404
