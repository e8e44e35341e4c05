"""After class: what the instructor takes home, and a student."""

from __future__ import annotations

import csv
import io
import zipfile

import pytest
import requests

from lesson.classroom.after import safe
from lesson.machinery.exercises.my_work import MyWork
from tests.servers import PATIENCE, Server, Steering, network_address
from tests.test_class_state import ask, seen, vote

NAME = "Ada Lovelace"


@pytest.fixture(scope="module")
def server():
    server = Server(SEED=1, RATE=0.1)
    yield server
    server.close()


@pytest.fixture(scope="module")
def held(server):
    """A class with something of everything, and the connection that steers it."""
    steering = Steering(server)
    student = Steering(server, "viewer001", student="student001")
    question = {"chapter": "real-time", "prediction": "push-before"}
    student.tell("vote", {**question, "answer": "held-open"})
    ask(steering, phase="open")
    key = seen(steering)["prediction"]["answers"][0]
    vote(student, key)
    ask(steering, hands={key: 7}, phase="revealed", measured=key)
    student.tell("hand", {"on": True, "name": NAME})
    student.tell("progress", {"exercise": "00-change-a-word", "passed": True})
    steering.tell("sale", {"burst": 1})
    steering.tell("race", {"draw": "page"})
    steering.tell("race", {"return": "now"})
    state = student.tell("hello", {"viewer": "viewer001", "student": "student001"})["state"]
    claim = {"ticket": state["race"]["ticket"], "technique": state["own"]["lot"]}
    requests.post(f"{server.url}/demos/claim", json={**claim, "viewer": "viewer001"}, timeout=9)
    yield steering
    student.close(), steering.close()


def fetch(server: Server, name: str, **headers: str) -> requests.Response:
    url = f"{server.url}/instructor/class.{name}"
    return requests.get(url, headers=headers, timeout=PATIENCE)


def test_the_table_has_what_was_answered_raced_and_passed(server, held):
    answer = fetch(server, "csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    parts = {row["part"] for row in rows}
    assert parts == {"Questions", "Predictions", "Race", "Exercises"}
    right = next(row for row in rows if row["note"] == "right")
    assert (right["count"], right["where"].endswith("(before)")) == ("1", True)
    measured = next(row for row in rows if row["note"] == "measured")
    assert measured["count"] == "8"
    wins = [int(row["count"]) for row in rows if row["what"].endswith("wins")]
    assert sorted(wins) == [0, 0, 1]
    assert next(row for row in rows if row["part"] == "Exercises")["count"] == "1"


@pytest.mark.parametrize("name", ["csv", "html"])
def test_it_is_saved_under_a_name_and_has_none_in_it(server, held, name):
    answer = fetch(server, name)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="class.{name}"'
    assert answer.headers["Cache-Control"] == "no-store"
    for secret in (NAME, "student001", "viewer001"):
        assert secret not in answer.text


def test_the_page_stands_alone(server, held):
    page = fetch(server, "html").text
    assert "A ticket was sold." in page
    assert "measured" in page
    assert not any(word in page for word in ("<script", "src=", "href="))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(text):
    assert safe(text) == f"'{text}"


@pytest.mark.parametrize("cell", [5, -2.5, "5", "a=b", ""])
def test_every_other_cell_is_left_as_it_is(cell):
    assert safe(cell) == cell


def test_it_is_for_who_steers(tmp_path):
    server = Server(mode="class", SEED=1)
    cookie = server.cookie()
    statuses = [
        fetch(server, name, **({"Cookie": cookie} if has else {})).status_code
        for name in ("csv", "html")
        for has in (False, True)
    ]
    server.close()
    assert statuses == [403, 200, 403, 200]


# A student's own work


def test_own_work_is_packed_without_what_is_linked_or_kept(tmp_path):
    folder = tmp_path / "my-work"
    (folder / "00-a" / "kept").mkdir(parents=True)
    (folder / "00-a" / "mine.py").write_text("x = 1\n")
    (folder / "00-a" / "kept" / "old.py").write_text("")
    (folder / "00-a" / ".hidden").write_text("")
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "key").write_text("secret")
    (folder / "00-a" / "key").symlink_to(tmp_path / "secret" / "key")
    (folder / "01-b").symlink_to(tmp_path / "secret")
    with zipfile.ZipFile(io.BytesIO(MyWork(folder).as_zip())) as archive:
        assert archive.namelist() == ["my-work/00-a/mine.py"]
        assert archive.read("my-work/00-a/mine.py") == b"x = 1\n"


def test_nothing_to_pack_is_an_empty_archive(tmp_path):
    with zipfile.ZipFile(io.BytesIO(MyWork(tmp_path / "none").as_zip())) as archive:
        assert archive.namelist() == []


def test_own_work_is_served_on_ones_own_machine_alone(make_server, tmp_path):
    (tmp_path / "00-a").mkdir()
    (tmp_path / "00-a" / "mine.py").write_text("x = 1\n")
    server = make_server(MY_WORK=tmp_path, HOST="0.0.0.0")
    answer = requests.get(f"{server.url}/exercises/my-work.zip", timeout=PATIENCE)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert [name.rpartition("/")[2] for name in archive.namelist()] == ["mine.py"]
    url = f"http://{network_address()}:{server.port}/exercises/my-work.zip"
    assert requests.get(url, timeout=PATIENCE).status_code == 403
