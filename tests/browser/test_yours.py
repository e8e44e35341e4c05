"""The column "Yours" in a real browser: it hears what the others hear, and says what is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from lesson.machinery.exercises.exercise import read_all
from tests.servers import Server

SERVERS, BROWSERS, SOCKET = "05-between-two-answers", "04-give-up", "09-come-back"
STREAMS = ("13-the-fourth-technique", "14-the-fourth-in-the-browser")
ALL = "short-poll,long-poll,web-socket,yours"
PATIENCE = 60_000  # ms: a process begins meanwhile, on a machine that may be busy
ABOVE_ZERO = re.compile(r"[1-9]\d*$")
FIVE_OR_MORE = re.compile(r"([5-9]|\d\d+)$")


@pytest.fixture(scope="module")
def my_work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("my-work")
    for name in (SERVERS, BROWSERS, SOCKET, *STREAMS):
        save(folder, name)
    return folder


@pytest.fixture(scope="module")
def lesson(my_work: Path) -> Iterator[Server]:
    server = Server(MY_WORK=my_work, RATE=5)
    yield server
    server.close()


@pytest.fixture
def yours(lesson: Server, page: Page) -> Locator:
    page.goto(f"{lesson.url}/dashboard?columns={ALL}&interval=0.5")
    return page.locator('.column[data-technique="yours"]')


def save(folder: Path, name: str, text: str | None = None) -> None:
    """Save the solution, or something else in its place."""
    exercise = read_all()[name]
    (folder / name).mkdir(exist_ok=True)
    file = exercise.files[0]
    (folder / name / file).write_text(text if text is not None else exercise.solution()[file])


def hears(yours: Locator, name: str) -> None:
    """Choose an exercise, and wait until five events came by it, none lost."""
    yours.locator(".yours-choice").select_option(name)
    events = yours.locator('[data-figure="events"]')
    expect(yours).to_have_attribute("data-state", "live", timeout=PATIENCE)
    expect(events).to_have_attribute("data-value", FIVE_OR_MORE, timeout=PATIENCE)
    for figure in ("missed", "doubled"):
        expect(yours.locator(f'[data-figure="{figure}"]')).to_have_attribute("data-value", "0")


@pytest.mark.parametrize("name", [SERVERS, BROWSERS, SOCKET, *STREAMS])
def test_a_students_own_half_feeds_the_fourth_column(name: str, yours: Locator) -> None:
    hears(yours, name)


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_asks_once_and_comes_back_after_a_cut(
    name: str, yours: Locator, page: Page
) -> None:
    hears(yours, name)
    expect(yours.locator('[data-figure="requests"]')).to_have_attribute("data-value", "1")
    expect(yours.locator('[data-figure="transport"]')).to_have_text("event stream")
    expect(yours.locator('[data-figure="bytes-down"]')).to_have_attribute("data-value", ABOVE_ZERO)
    page.get_by_role("button", name="Faults").click()
    page.get_by_role("button", name="Cut all now").click()
    expect(yours).to_have_attribute("data-state", "retrying", timeout=PATIENCE)
    expect(yours).to_have_attribute("data-state", "live", timeout=PATIENCE)
    expect(yours.locator('[data-figure="missed"]')).to_have_attribute("data-value", "0")
    expect(yours.locator('[data-figure="doubled"]')).to_have_attribute("data-value", "0")


def test_a_traceback_stands_on_the_page_until_it_is_mended(
    yours: Locator, my_work: Path, page: Page
) -> None:
    hears(yours, SERVERS)
    save(my_work, SERVERS, "def mount(app):\n    raise RuntimeError('<b>no</b>')\n")
    says = page.locator(".yours-says")
    expect(says).to_contain_text("Your server has ended", timeout=PATIENCE)
    expect(says.locator(".yours-trouble")).to_contain_text("RuntimeError: <b>no</b>")
    save(my_work, SERVERS)
    expect(says).to_be_hidden(timeout=PATIENCE)
    hears(yours, SERVERS)


def test_a_transport_that_cannot_be_read_is_said(yours: Locator, my_work: Path, page: Page) -> None:
    hears(yours, BROWSERS)
    save(my_work, BROWSERS, "export function transport( {")
    expect(page.locator(".yours-words")).to_contain_text("SyntaxError", timeout=PATIENCE)
    save(my_work, BROWSERS)


def test_a_hot_loop_is_named(yours: Locator, my_work: Path, page: Page) -> None:
    hot = """export function transport({ path, line }) {
      let on = false;
      async function start() {
        on = true;
        while (on) await line.ask(path, {}, { timeout: 10000 });
      }
      return { start, stop: () => (on = false) };
    }"""
    save(my_work, BROWSERS, hot)
    yours.locator(".yours-choice").select_option(BROWSERS)
    expect(page.locator(".yours-words")).to_contain_text("Hot loop", timeout=PATIENCE)
    save(my_work, BROWSERS)


def test_the_column_is_there_only_when_asked_for(lesson: Server, page: Page) -> None:
    page.goto(f"{lesson.url}/dashboard")
    expect(page.locator(".column")).to_have_count(3)
    page.get_by_role("link", name="With yours").click()
    expect(page.locator(".column")).to_have_count(4)
