"""The exercises on the pages: how they stand, at once, and the checks that the browser runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from lesson.machinery.exercises.exercise import read_all
from lesson.machinery.exercises.my_work import MyWork
from lesson.machinery.exercises.progress import Progress
from lesson.machinery.exercises.serving import Serving
from tests.servers import ROOT, Server

NAME = "01-never-twice"
FILE = "short-poll.js"
PYTHON = "00-change-a-word"
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
RUN_AXE = "axe.run(document, {runOnly: {type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag22aa']}})"
YOURS = "/dashboard?columns=short-poll,long-poll,web-socket,yours"
ENDLESS = "export function start() { for (;;) {} }"


@pytest.fixture(scope="module")
def my_work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("my-work")


@pytest.fixture(scope="module")
def lesson(my_work: Path) -> Iterator[Server]:
    server = Server(MY_WORK=my_work, SEED=1)
    yield server
    server.close()


@pytest.fixture
def terminal(lesson: Server) -> Serving:
    """What the terminal has of the server."""
    return Serving(lesson.port)


@pytest.fixture
def work(my_work: Path) -> Path:
    """The student's file, as it is at first."""
    exercise = read_all()[NAME]
    MyWork(my_work).reset(exercise)
    return my_work / NAME / FILE


@pytest.fixture
def exercises(lesson: Server, work: Path, page: Page) -> Page:
    page.goto(f"{lesson.url}/exercises")
    expect(page.locator(".exercise-count")).to_have_text(f"0 of {len(read_all())} done")
    return page


def card(page: Page, name: str = NAME) -> tuple[object, object]:
    one = page.locator(f'[data-exercise="{name}"]')
    return one.locator(".exercise-state"), one.locator(".exercise-message")


def check(terminal: Serving) -> tuple[int, dict[str, object]]:
    return terminal.post("/exercises/check", {"exercise": NAME})


@pytest.fixture(autouse=True)
def nothing_done(my_work: Path) -> None:
    (my_work / "progress.txt").unlink(missing_ok=True)


def test_without_a_page_the_terminal_is_told(terminal: Serving, work: Path) -> None:
    status, _ = check(terminal)
    assert status == 503


def test_the_terminal_has_an_open_page_check(
    exercises: Page, terminal: Serving, work: Path, my_work: Path
) -> None:
    status, told = check(terminal)
    assert status == 200 and not told["passed"]
    assert "poll is not defined" in str(told["message"])
    work.write_text(read_all()[NAME].solution()[FILE])
    status, told = check(terminal)
    assert status == 200 and told["passed"], told
    assert Progress(my_work, read_all()).done() == {NAME}
    expect(exercises.locator(".exercise-count")).to_contain_text("1 of")


def test_a_loop_without_end_does_not_take_the_page_along(
    exercises: Page, terminal: Serving, work: Path
) -> None:
    work.write_text(ENDLESS)
    status, told = check(terminal)
    assert status == 200
    assert "no end after 8 s" in str(told["message"])
    work.write_text(read_all()[NAME].solution()[FILE])
    assert check(terminal)[1]["passed"]


def test_a_click_checks_it_too(exercises: Page, work: Path) -> None:
    one = exercises.locator(f'[data-exercise="{NAME}"]')
    one.get_by_role("button", name="Check it now").click()
    expect(one.locator(".exercise-state")).to_have_text("not yet")
    expect(one.locator(".exercise-message")).to_contain_text("poll is not defined")


def test_what_the_terminal_says_of_a_python_exercise_is_shown_at_once(
    exercises: Page, terminal: Serving
) -> None:
    one = exercises.locator(f'[data-exercise="{PYTHON}"]')
    terminal.post("/exercises/verdict", {"exercise": PYTHON, "state": "checking"})
    expect(one.locator(".exercise-state")).to_have_text("checking…")
    told = {"passed": True, "message": "", "said": ["Hello, <b>Ada</b>!"], "printed": "one\n"}
    terminal.post("/exercises/verdict", {"exercise": PYTHON} | told)
    expect(one.locator(".exercise-state")).to_have_text("passes")
    expect(one.locator(".exercise-said")).to_have_text("Hello, <b>Ada</b>!")
    expect(one.locator(".exercise-printed")).to_contain_text("one")


def test_a_solution_is_there_after_a_pass_its_changed_lines_pointed_at(
    exercises: Page, terminal: Serving, work: Path
) -> None:
    solution = exercises.locator(f'[data-exercise="{NAME}"] .exercise-solution')
    expect(solution).to_be_hidden()
    work.write_text(read_all()[NAME].solution()[FILE])
    assert check(terminal)[1]["passed"]
    solution.locator("summary").click()
    expect(solution.locator(".line.lit")).to_have_text("setTimeout(askForSales, 5000);")
    expect(solution).to_contain_text(f"{FILE}: line 8 is new.")
    exercises.evaluate(AXE.read_text("utf-8"))
    assert exercises.evaluate(RUN_AXE)["violations"] == []


def test_hints_show_themselves_one_after_the_other(exercises: Page) -> None:
    hints = exercises.locator(f'[data-exercise="{NAME}"] .hint')
    expect(hints.nth(1)).to_be_hidden()
    hints.nth(0).locator("summary").click()
    expect(hints.nth(1)).to_be_visible()
    expect(hints.nth(2)).to_be_hidden()


@pytest.mark.parametrize(
    ("path", "message", "status"),
    [
        ("/exercises/check", {"exercise": "99-none"}, 404),
        ("/exercises/check", {"exercise": 1}, 404),
        ("/exercises/verdict", {}, 404),
    ],
)
def test_what_makes_no_sense_is_refused(
    terminal: Serving, path: str, message: dict[str, object], status: int
) -> None:
    assert terminal.post(path, message)[0] == status


@pytest.mark.parametrize("theme", ["light", "dark", "projector"])
@pytest.mark.parametrize("path", ["/exercises", YOURS])
def test_axe_finds_nothing(path: str, theme: str, lesson: Server, work: Path, page: Page) -> None:
    page.add_init_script(path=AXE)
    page.goto(lesson.url + path)
    page.evaluate("(theme) => document.documentElement.dataset.theme = theme", theme)
    found = page.evaluate(RUN_AXE)["violations"]
    assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in found] == []


@pytest.mark.parametrize("path", ["/exercises", YOURS])
def test_it_fits_a_phone(path: str, lesson: Server, work: Path, page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 700})
    page.goto(lesson.url + path)
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wide) == 0
