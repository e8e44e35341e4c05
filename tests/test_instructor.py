"""The instructor's pages: what they carry, and to whom."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from lesson.book import Book
from lesson.instructor import asks, cues, route
from tests.servers import PATIENCE, Server

BOOK = Book.build()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    server = Server(mode="class", SEED=1)
    yield server
    server.close()


@pytest.fixture(scope="module")
def cookie(server: Server) -> str:
    return server.cookie()


def get(server: Server, path: str, cookie: str = "") -> requests.Response:
    headers = {"Cookie": cookie} if cookie else {}
    return requests.get(server.url + path, headers=headers, timeout=PATIENCE)


@pytest.mark.parametrize(
    "path", ["/instructor", "/instructor/guide", "/instructor/way", "/instructor/reach"]
)
def test_who_does_not_steer_is_refused_in_words(server: Server, cookie: str, path: str) -> None:
    refused = get(server, path)
    assert refused.status_code == 403
    assert "for whoever steers the lesson" in refused.text
    assert get(server, path, cookie).status_code == 200


def test_the_notes_are_on_the_instructors_pages_and_on_no_others(
    server: Server, cookie: str
) -> None:
    note = "Ask for hands before the demo runs."
    assert note in get(server, "/instructor", cookie).text
    assert note in get(server, "/instructor/guide", cookie).text
    for path in ("/screen", "/screen?chapter=short-polling", "/lesson/short-polling"):
        assert note not in get(server, path, cookie).text


def test_the_screen_is_anybodys_and_has_no_controls(server: Server, cookie: str) -> None:
    for given in ("", cookie):
        for slug in BOOK.chapters:
            page = get(server, f"/screen?chapter={slug}", given)
            assert page.status_code == 200
            assert "secret" not in page.text.replace("no secret", "")
            for control in ('class="pause"', 'class="burst"', 'class="sell-out"', "data-do="):
                assert control not in page.text


def test_answers_stand_in_the_books_order(server: Server, cookie: str) -> None:
    def ordered(asked: list[dict[str, Any]]) -> list[list[tuple[str, str]]]:
        return [list(ask["answers"].items()) for ask in asked]

    for slug in BOOK.chapters:
        of_book = [ask for cue in cues(BOOK) if cue["chapter"] == slug for ask in cue["asks"]]
        told = data(get(server, "/instructor", cookie).text, "told")["cues"]
        of_console = [ask for cue in told if cue["chapter"] == slug for ask in cue["asks"]]
        on_screen = data(get(server, f"/screen?chapter={slug}").text, "asks")
        of_screen = [ask for ask in on_screen if ask["chapter"] == slug]
        assert ordered(of_console) == ordered(of_screen) == ordered(of_book)
        assert {ask["right"] for ask in on_screen} == {None}, "anybody may open the screen"


def data(page: str, name: str) -> Any:
    [written] = re.findall(rf'data-{name}="([^"]*)"', page)
    return json.loads(html.unescape(written))


def test_a_screen_of_no_chapter_is_not_there(server: Server) -> None:
    assert get(server, "/screen?chapter=none").status_code == 404
    assert get(server, "/screen?chapter=" + "x" * 5_000).status_code == 404


def test_the_addresses_are_told_again(server: Server, cookie: str) -> None:
    nobody = {"urls": [], "why_none": "Only this machine can open it"}
    assert get(server, "/screen/join").json() == nobody
    assert get(server, "/instructor/reach", cookie).json() == {"machines": 0} | nobody


def test_every_step_has_its_cue_and_every_question_its_words() -> None:
    told = cues(BOOK)
    assert len(told) == sum(len(chapter.steps) for chapter in BOOK.chapters.values())
    for ask in (ask for cue in told for ask in cue["asks"]):
        assert ask["question"]
        assert "<" not in ask["question"]
        assert (ask["measure"] is None) != (ask["right"] is None)
        assert ask["measure"] is None or ask["demo"]


def test_an_objectives_question_has_one_right_answer() -> None:
    chapter = BOOK.chapters["closing"]
    found = asks(chapter.steps[0], chapter, BOOK.library)
    assert [ask["prediction"] for ask in found] == ["push-after", "server-after", "jquery-after"]
    assert all(ask["right"] in ask["answers"] for ask in found)


@pytest.mark.parametrize("name", list(BOOK.plans))
def test_a_route_goes_through_its_plan_without_a_gap(name: str) -> None:
    plan = BOOK.plans[name]
    lines = route(plan)
    breaks = sum(stop.minutes for stop in plan.stops if stop.chapter is None)
    taken = sum(line["minutes"] for line in lines)
    assert taken == pytest.approx(plan.minutes - plan.spare - breaks, abs=0.2)
    begins = [line["begins"] for line in lines]
    assert begins == sorted(begins)
    assert begins[0] == 0
