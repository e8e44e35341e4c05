"""A class outlives its server's restart; a file that cannot be read is no more than a new class."""

from __future__ import annotations

import json
import logging

import pytest

from demos.feed import Cursor
from lesson.book import Book
from lesson.classroom.keeping import FILE, Keeping
from lesson.classroom.polls import asks_of
from lesson.classroom.shared import Shared
from tests.clocks import Clock
from tests.servers import Steering
from tests.waiting import until

ASK = {"chapter": "short-polling", "prediction": "how-late"}


@pytest.fixture(scope="module")
def book():
    return Book.build()


@pytest.fixture
def shared(book):
    """A class with something of everything."""
    shared = Shared(lead=True)
    shared.step({"chapter": "closing", "step": "again"}, book)
    shared.set_settings({"interval": 0.5})
    ask = next(ask for ask in asks_of(book, "short-polling") if ask.id == "how-late")
    shared.put_prediction({**ASK, "phase": "open"}, book)
    shared.polls.vote(ask, "student01", ask.answers[0])
    shared.tallies.take("student01", "00-change-a-word", None)
    shared.race.order({"draw": "page"}, ["student01"], Cursor("k3v9x2", 4), lambda: 5)
    shared.race.order({"return": "now"}, [], Cursor(), lambda: 5)
    shared.race.claimed(5, "student01", won=True)
    return shared


def kept(tmp_path, shared: Shared, n: int = 7) -> Keeping:
    clock = Clock()
    keeping = Keeping(tmp_path, clock)
    clock.advance(1)
    keeping.keep(shared, n)
    return keeping


def test_what_was_kept_comes_back(tmp_path, shared):
    again, n = kept(tmp_path, shared).read()
    assert (again.as_dict(), n) == (shared.as_dict(), 7)
    assert again.as_all_see_it()["prediction"] == shared.as_all_see_it()["prediction"]
    assert again.race.shown()["board"] == shared.race.shown()["board"]


def test_it_is_written_once_a_second_and_only_if_it_has_changed(tmp_path, shared):
    clock = Clock()
    keeping, file = Keeping(tmp_path, clock), tmp_path / FILE
    keeping.keep(shared, 1)
    assert not file.exists()
    clock.advance(1)
    keeping.keep(shared, 1)
    file.write_text("mine")
    clock.advance(1)
    keeping.keep(shared, 1)
    assert file.read_text() == "mine"
    keeping.keep(shared, 2)
    assert file.read_text() == "mine"
    clock.advance(1)
    keeping.keep(shared, 2)
    assert json.loads(file.read_text())["n"] == 2
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_nothing_was_kept_yet(tmp_path, caplog):
    assert Keeping(tmp_path / "none").read() is None
    assert not caplog.records


def damaged(text: str) -> list[str]:
    whole = json.loads(text)
    wrong = [
        *({**whole, key: value} for key in whole for value in (5, "x", [1]) if key != "n"),
        *({key: value for key, value in whole.items() if key != gone} for gone in whole),
    ]
    return ["", "{", "null", "[]", "5", text[: len(text) // 2], "\0" * 100, *map(json.dumps, wrong)]


def test_what_is_damaged_is_one_line_in_the_log_or_harmless(tmp_path, shared, book, caplog):
    keeping, file = kept(tmp_path, shared), tmp_path / FILE
    refused = 0
    for text in damaged(file.read_text()):
        file.write_text(text)
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            read = keeping.read()
        assert len(caplog.records) == (read is None)
        refused += read is None
        if read:
            read[0].leave_what_is_gone(book)
            json.dumps(read[0].as_all_see_it())
    assert refused > 20


def test_bytes_that_are_no_text_are_damage_too(tmp_path, caplog):
    (tmp_path / FILE).write_bytes(b"\xff\xfe{")
    assert Keeping(tmp_path).read() is None
    assert len(caplog.records) == 1


def test_a_folder_that_cannot_be_written_is_said_and_stops_nobody(tmp_path, shared, caplog):
    (tmp_path / "file").write_text("")
    kept(tmp_path / "file", shared)
    assert "not kept" in caplog.text


def test_a_place_that_the_book_has_no_more_is_left(shared, book):
    shared.place = {"chapter": "closing", "step": "gone"}
    shared.leave_what_is_gone(book)
    assert shared.place is None


def test_a_class_goes_on_after_its_server_was_killed(tmp_path, make_server):
    server = make_server(mode="class", INSTANCE=tmp_path, SEED=1)
    student = Steering(server, "viewer01")
    question = {"chapter": "real-time", "prediction": "push-before", "answer": "cache"}
    student.tell("vote", question)
    student.tell("hand", {"on": True, "name": "Ada Lovelace"})
    file = tmp_path / FILE
    until(lambda: file.exists() and "cache" in file.read_text())
    server.restart(9)
    again = Steering(server, "viewer01")
    again.close()
    assert again.state["class"] == student.state["class"]
    assert again.state["n"] > student.state["n"]
    assert again.state["own"]["votes"] == {"real-time/push-before": "cache"}
    assert "Ada" not in file.read_text()
