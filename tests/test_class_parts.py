"""What a class is made of, with a clock in hand: who is missed, who is stuck, and all bounds."""

from __future__ import annotations

import pytest
from werkzeug.exceptions import BadRequest, Conflict, Forbidden, ServiceUnavailable

from lesson.book import Book
from lesson.classroom import polls, roster, tallies
from lesson.classroom.polls import Ask, Polls, asks_of, find_ask
from lesson.classroom.roster import FORGOTTEN, LISTED, MISSED, MOST_PAGES, Page, Roster
from lesson.classroom.tallies import AWAY, STUCK, Tallies
from tests.clocks import Clock


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def here(clock):
    return Roster(clock, clock)


def join(here: Roster, number: int, **more: object) -> str:
    sid = f"sid{number}"
    here.join(sid, Page(f"viewer{number:02}", f"student{number:02}", False, **more))
    return sid


# Who is here


def test_one_who_goes_is_missed_and_then_forgotten(here, clock):
    here.leave(join(here, 1))
    assert here.report()["gone"] == 0
    clock.advance(MISSED)
    report = here.report()
    assert (report["here"], report["gone"], report["down"][0]["student"]) == (0, 1, "student01")
    clock.advance(FORGOTTEN)
    assert here.report()["gone"] == 0


def test_a_page_loaded_anew_is_nobody_missed(here, clock):
    here.leave(join(here, 1))
    clock.advance(MISSED / 2)
    join(here, 1)
    clock.advance(FORGOTTEN)
    assert (here.report()["here"], here.report()["gone"]) == (1, 0)


def test_a_student_stays_while_one_of_its_pages_does(here):
    one = Page("viewer01", "student01", False, "closing", following=True)
    here.join("a", one)
    here.join("b", Page("viewer02", "student01", False))
    here.leave("b")
    report = here.report()
    assert (report["here"], report["chapters"]) == (1, {"closing": 1})


def test_a_page_that_becomes_anothers_leaves_nobody_behind(here):
    here.join("a", Page("viewer01", "student01", False))
    here.join("a", Page("viewer01", "student02", False))
    assert here.report()["here"] == 1
    assert here.student_of("viewer01") == "student02"


def test_one_who_is_forgotten_is_not_missed_and_has_no_hand(here, clock):
    sids = [join(here, number) for number in (1, 2)]
    for sid in sids:
        here.raise_hand(sid, "Ada")
    here.forget(["student01", "student09"])
    here.leave(sids[0])
    clock.now += 5
    report = here.report()
    assert [hand["student"] for hand in report["hands"]] == ["student02"]
    assert (report["here"], report["gone"]) == (1, 0)


def test_the_class_is_full_at_its_bound_and_who_is_gone_makes_room(here, monkeypatch):
    monkeypatch.setattr(roster, "MOST_STUDENTS", 3)
    sids = [join(here, number) for number in range(3)]
    with pytest.raises(ServiceUnavailable):
        join(here, 4)
    join(here, 2)
    here.leave(sids[0])
    join(here, 4)
    assert here.report()["here"] == 3


def test_a_full_class_forgets_no_more_than_it_must(here, clock, monkeypatch):
    monkeypatch.setattr(roster, "MOST_STUDENTS", 3)
    for number in range(3):
        sid = join(here, number)
        here.raise_hand(sid, f"row {number}")
        here.leave(sid)
        clock.advance(1)
    join(here, 4)
    assert [hand["name"] for hand in here.report()["hands"]] == ["row 1", "row 2"]


@pytest.mark.parametrize("whose", ["student", "viewer"])
def test_the_pages_of_one_are_bounded_and_those_that_are_there_may_say_more(here, whose):
    def page(number: int) -> Page:
        own = {"student": f"student{number:02}", "viewer": f"viewer{number:02}"}
        return Page(**own | {whose: "thesame1"}, steers=False)

    for number in range(MOST_PAGES):
        here.join(f"sid{number}", page(number))
    with pytest.raises(ServiceUnavailable, match=f"this {whose} has {MOST_PAGES} pages open"):
        here.join("another", page(MOST_PAGES))
    here.join("sid3", page(3))
    here.leave("sid3")
    here.join("another", page(MOST_PAGES))


def test_the_list_of_the_missed_and_the_hands_are_bounded(here, clock, monkeypatch):
    monkeypatch.setattr(roster, "MOST_HANDS", 2)
    sids = [join(here, number) for number in range(LISTED + 9)]
    here.raise_hand(sids[0], "a"), here.raise_hand(sids[1], "b")
    with pytest.raises(Conflict):
        here.raise_hand(sids[2], "c")
    here.raise_hand(sids[1], "b, row 1")
    for sid in sids:
        here.leave(sid)
    clock.advance(MISSED)
    report = here.report()
    assert (len(report["down"]), report["gone"]) == (LISTED, LISTED + 9)


def test_nobody_is_a_student_before_it_said_hello(here):
    here.join("console", Page(None, None, True))
    for sid in ("console", "nobody"):
        with pytest.raises(Forbidden):
            here.student(sid)
    assert here.steered()
    assert here.student_of(None) is None


# Exercises


def test_the_same_failure_for_four_minutes_is_being_stuck(clock):
    told = Tallies(clock)
    told.take("student01", "01-a", "it says 1")
    clock.advance(STUCK - 1)
    told.take("student01", "01-a", "it says 1")
    assert told.report()["01-a"]["stuck"] == 0
    clock.advance(1)
    assert told.report()["01-a"]["stuck"] == 1
    told.take("student01", "01-a", "it says 2")
    assert told.report()["01-a"]["stuck"] == 0


def test_who_is_silent_for_long_works_on_nothing_and_has_passed_what_it_passed(clock):
    told = Tallies(clock)
    told.take("student01", "01-a", None)
    told.take("student01", "02-b", "no")
    clock.advance(AWAY)
    assert told.report() == {
        "01-a": {"working": 0, "passed": 1, "stuck": 0, "failure": None, "failing": 0}
    }


def test_for_one_who_tells_too_many_the_longest_silent_is_forgotten(clock, monkeypatch):
    monkeypatch.setattr(tallies, "MOST_STUDENTS", 2)
    told = Tallies(clock)
    told.take("student01", "01-a", "no")
    told.take("student02", "02-b", "no")
    told.take("student01", "01-a", "no")
    told.take("student03", "03-c", "no")
    assert told.report().keys() == {"01-a", "03-c"}


def test_those_who_passed_are_bounded(clock, monkeypatch):
    monkeypatch.setattr(tallies, "MOST_STUDENTS", 2)
    told = Tallies(clock)
    for number in range(5):
        told.take(f"student{number:02}", "01-a", None)
    assert told.report()["01-a"]["passed"] == 2


# Predictions

NUMBER = Ask("closing", "guess", (), most=3000)


@pytest.mark.parametrize("answer", [-1, 3001, True, "5", None, float("nan"), 10**400, [1]])
def test_a_guess_is_a_number_within_its_bounds(answer):
    asked = Polls()
    asked.put(NUMBER, {"phase": "open"})
    with pytest.raises(BadRequest):
        asked.vote(NUMBER, "student01", answer)


def test_guesses_are_counted_by_size_with_hands_among_them():
    asked = Polls()
    asked.put(NUMBER, {"phase": "open", "hands": {"12.5": 3}})
    for number, guess in enumerate((847, 12.5, 847, 9)):
        asked.vote(NUMBER, f"student0{number}", guess)
    counts = [(count["answer"], count["votes"]) for count in asked.on.counts()]
    assert counts == [(9, 1), (12.5, 4), (847, 2)]


def test_opening_one_puts_the_other_off_and_keeps_its_answers():
    asked, other = Polls(), Ask("closing", "other", ("a", "b"))
    asked.put(other, {"phase": "open"})
    asked.vote(other, "student01", "a")
    asked.put(NUMBER, {"phase": "open"})
    with pytest.raises(Conflict, match="other is off"):
        asked.vote(other, "student02", "a")
    asked.put(other, {"phase": "revealed"})
    assert asked.on.as_all_see_it()["counts"] == [
        {"answer": "a", "votes": 1},
        {"answer": "b", "votes": 0},
    ]


def test_the_answers_to_one_are_bounded(monkeypatch):
    monkeypatch.setattr(polls, "MOST_VOTES", 1)
    asked = Polls()
    asked.put(NUMBER, {"phase": "open"})
    asked.vote(NUMBER, "student01", 1)
    asked.vote(NUMBER, "student01", 2)
    with pytest.raises(Conflict):
        asked.vote(NUMBER, "student02", 1)


def test_every_prediction_of_the_book_can_be_found_by_its_name():
    book = Book.build()
    asks = [ask for slug in book.chapters for ask in asks_of(book, slug)]
    assert len(asks) > 10
    for ask in asks:
        assert find_ask(book, {"chapter": ask.chapter, "prediction": ask.id}) == ask
