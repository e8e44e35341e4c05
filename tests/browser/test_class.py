"""A class, played: an instructor's console and screen, and students in browsers of their own."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser.test_chapter import AXE, TAGS, show_in
from tests.dashboards import GONE, SLOW, watch
from tests.proxy import Proxy
from tests.servers import Server, Steering

LATE = "short-polling/late"
AWAY = 10.0  # seconds for which one student has no network
PHONE = {"viewport": {"width": 360, "height": 640}}
FORGED = {
    "sale": {"burst": 1},
    "step": {"chapter": "closing", "step": "on"},
    "lead": {"on": False},
    "blank": {"on": True},
    "setting": {"interval": 1},
    "prediction": {"chapter": "short-polling", "prediction": "how-late", "phase": "revealed"},
    "race": {"draw": "page"},
    "chat": {"clear": True},
    "rehearse": {"on": True},
    "crowd": {"clients": 1},
    "reset": {},
    "undo": {},
    "fault": {"viewer": "all", "delay": 2000},
}

# Predictions are measured in 2 s instead of 20.
SHORTER = """
    const parse = JSON.parse;
    JSON.parse = (...given) => {
        const value = parse(...given);
        for (const ask of [value].flat()) if (ask?.measure) ask.measure.after = 2;
        return value;
    };
"""

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    server = Server(mode="class", SEED=1, RATE=5)
    yield server
    server.close()


@pytest.fixture(autouse=True)
def patient() -> Iterator[None]:
    """Seven pages at once may keep a machine busy."""
    expect.set_options(timeout=SLOW)
    yield
    expect.set_options(timeout=5_000)


@pytest.fixture
def complaints() -> list[str]:
    return []


@pytest.fixture
def browse(browser: Browser, complaints: list[str]) -> Iterator[Open]:
    """Open an address in a browser of its own; no page may complain."""
    contexts: list[BrowserContext] = []

    def open_in_a_browser(url: str, **more: Any) -> Page:
        contexts.append(browser.new_context(**more))
        return open_beside(contexts[-1], url, complaints)

    yield open_in_a_browser
    for context in contexts:
        context.close()
    allowed = re.compile(rf"{GONE.pattern}|status of 409")  # who claims a ticket that is gone
    assert [text for text in complaints if not allowed.search(text)] == []


@pytest.fixture
def console(browse: Open, server: Server) -> Page:
    """The console, where the instructor's link leads."""
    console = browse(server.link(), viewport={"width": 1280, "height": 720})
    expect(console.locator('[data-do="lead"]')).to_have_attribute("aria-pressed", "true")
    return console


def open_beside(context: BrowserContext, url: str, complaints: list[str]) -> Page:
    page = context.new_page()
    found, _ = watch(page)
    page.on("close", lambda: complaints.extend(found))
    page.goto(url)
    return page


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def go_to(console: Page, name: str) -> None:
    console.locator(".go-to select").select_option(name)
    press(console, "Go")


def says(page: Page) -> Locator:
    return page.locator(".class-says")


def until_at(page: Page, name: str) -> None:
    chapter, step = name.split("/")
    page.wait_for_url(f"**/lesson/{chapter}**", timeout=SLOW)
    page.wait_for_function(
        "(step) => document.querySelector('.reader-steps') && location.hash === `#${step}`"
        " || document.activeElement?.id === step",
        arg=step,
    )


def until_here(console: Page, students: int) -> None:
    expect(console.locator('[data-here="here"]')).to_have_attribute("data-value", str(students))


def vote(page: Page, answer: int) -> None:
    card = page.locator("#predict-how-late")
    expect(card.locator(".ballot")).to_contain_text("The class is asked")
    card.locator("[type=radio]").nth(answer).check()
    card.locator("[type=submit]").click()
    expect(card.locator(".ballot")).to_contain_text("Sent.")


def test_a_class_is_played(
    server: Server, console: Page, browse: Open, complaints: list[str]
) -> None:
    press(console, "New class")
    expect(console.locator('[data-do="undo"]')).to_have_text("Nothing to take back")
    press(console, "Press again")
    expect(console.locator('[data-do="undo"]')).to_have_text("Take back: the new class")
    screen = console.context.new_page()
    screen.add_init_script(SHORTER)
    screen.goto(f"{server.url}/screen")
    proxy = Proxy(server.port)
    roaming = browse(proxy.url, **PHONE)
    students = [browse(server.url, **PHONE) for _ in range(3)] + [roaming]

    # They come in, and go where the class goes.
    until_here(console, 4)
    console.keyboard.press("PageDown")
    for page in students:
        until_at(page, "real-time/join")
    expect(console.locator("#sees-title")).to_have_text("Join in")
    go_to(console, LATE)
    for page in students:
        until_at(page, LATE)

    # One comes late, and is where all are.
    late = browse(server.url, **PHONE)
    until_at(late, LATE)
    students.append(late)
    until_here(console, 5)

    # They predict. Nobody sees the others' answers before they are revealed.
    press(console, "Open")
    for i, page in enumerate(students):
        vote(page, min(i, 3))
    expect(console.locator(".asking-stands")).to_have_text("open, 5 answers")
    expect(console.locator(".asking-counts .n")).to_have_text(["1", "1", "1", "2"])
    for page in students:
        expect(page.locator(".ballot .histogram")).to_have_count(0)
    expect(screen.locator(".screen-stands")).to_contain_text("5 answers so far")
    assert screen.locator(".histogram .n").count() == 0
    press(console, "Close")
    expect(late.locator("#predict-how-late fieldset")).to_have_attribute("disabled", "")
    screen.bring_to_front()
    press(console, "Reveal")
    for page in [*students, screen]:
        expect(page.locator(".histogram .n:visible")).to_have_text(["1", "1", "1", "2"])
    expect(screen.locator(".screen-stands")).to_contain_text("Measured now", timeout=SLOW)
    for page in students:
        expect(page.locator(".histogram .came-out")).to_have_count(1)
    press(console, "Put away")

    # One loses the network; the class goes on, and it finds its way back by itself.
    began = time.monotonic()
    proxy.flows.clear()
    proxy.cut()
    expect(says(roaming)).to_contain_text("Your connection is gone")
    expect(console.locator(".here-down li")).to_have_text(["one student, just now"])
    go_to(console, "ticket-race/race")
    students[0].locator(".class-alone").click()
    roaming.wait_for_timeout(max(0.0, AWAY - (time.monotonic() - began)) * 1_000)
    assert "/lesson/short-polling" in roaming.url
    proxy.flows.set()
    for page in students[1:]:
        until_at(page, "ticket-race/race")
    until_here(console, 5)
    expect(console.locator(".here-how")).to_contain_text("4 go along, 1 go alone")
    expect(says(students[0])).to_have_text("You go on alone.")
    press(students[0], "Return to the class")
    until_at(students[0], "ticket-race/race")

    # They race by lot, and exactly one wins.
    console.locator('[data-setting="interval"]').select_option("0.5")
    console.locator('[data-do="burst"]').click()
    press(console, "Draw lots: pages claim")
    for page in students:
        expect(page.locator(".class-race-says")).to_contain_text("You are in the race")
    press(console, "Ticket back now")
    outcomes = []
    for page in students:
        said = page.locator(".class-race-says")
        expect(said).to_contain_text("by")
        expect(said).not_to_contain_text("A ticket comes back")
        expect(said).not_to_contain_text("Claiming")
        outcomes.append(said.text_content() or "")
    assert sum(text.startswith("You got it") for text in outcomes) == 1
    assert sum(text.startswith("Somebody was quicker") for text in outcomes) == 4
    expect(screen.locator(".board-says")).to_contain_text("got the ticket")
    press(console, "End the race")

    # One forges every control, and nothing changes.
    forger = Steering(server, viewer="forger01", student="forger01")
    before = forger.tell("hello", {"viewer": "forger01", "student": "forger01"})["state"]
    for name, message in FORGED.items():
        assert forger.tell(name, message)["error"]["status"] == 403, name
    after = forger.tell("hello", {"viewer": "forger01", "student": "forger01"})["state"]
    assert (after["n"], after["place"], after["blank"]) == (before["n"], before["place"], False)

    # Something is broken for all, and mended for all.
    console.locator(".faults-toggle").click()
    console.locator('[data-fault="delay"][data-ms="500"]').click()
    while forger.next_own()["faults"]["delay"] != 500:
        pass
    normal = console.locator('[data-do="normal"]')
    expect(normal).to_have_class("big needed")
    normal.click()
    while forger.next_own()["faults"]["delay"] != 0:
        pass
    expect(normal).to_have_class("big")
    forger.close()

    # The screens go dark, and who raises a hand is seen.
    press(late, "Raise a hand")
    late.get_by_label("Your name or seat").fill("Row 3")
    press(late, "Raise it")
    expect(console.locator(".here-hands li")).to_have_text(["Row 3, just now"])
    console.locator("#sees-title").click()
    console.keyboard.press(".")
    for page in students:
        expect(page.locator(".class-blank")).to_be_visible()
    expect(screen.locator(".screen-dark")).to_be_visible()
    screen.keyboard.press("b")  # a clicker works on the screen, too
    for page in students:
        expect(page.locator(".class-blank")).to_be_hidden()

    # The instructor's connection goes, and students are told whose it is.
    console.context.close()
    expect(says(late)).to_contain_text("The instructor's connection is gone; yours is fine")
    roaming.close()
    proxy.close()


@pytest.mark.parametrize(
    "path", ["/instructor", "/instructor/guide", "/screen?chapter=short-polling"]
)
def test_there_is_no_barrier(server: Server, console: Page, path: str) -> None:
    go_to(console, LATE)
    expect(console.locator("#sees-title")).to_have_text("How late do you see it?")
    console.goto(server.url + path)
    if path.startswith("/screen"):
        expect(console.locator('[data-scene="question"]')).to_be_visible()
    assert_no_barrier(console)


def assert_no_barrier(page: Page) -> None:
    page.evaluate(AXE.read_text("utf-8"))
    run = "(tags) => axe.run(document, {runOnly: {type: 'tag', values: tags}})"
    for theme in ("light", "dark", "projector"):
        show_in(page, theme)
        found: list[dict[str, Any]] = page.evaluate(run, TAGS)["violations"]
        assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in found] == []


def test_a_crowd_is_let_in_where_no_student_is(server: Server, console: Page, browse: Open) -> None:
    steering = Steering(server, "instructor", server.cookie())
    steering.tell("sale", {"paused": False})
    steering.tell("sale", {"rate": 20})
    student = browse(server.url, **PHONE)
    until_here(console, 1)
    console.get_by_label("Browsers").fill("2")
    console.get_by_label("Seconds for each technique").fill("1")
    press(console, "Let them listen")
    expect(console.locator(".crowd-refused")).to_contain_text("1 student is connected")
    student.close()
    until_here(console, 0)

    press(console, "Let them listen")
    expect(console.locator(".crowd-at")).to_contain_text("2 browsers of each technique")
    expect(console.locator(".crowd-refused")).to_be_hidden()
    for technique in ("short-poll", "long-poll", "web-socket"):
        cell = console.locator(f'.crowding [data-technique="{technique}"][data-crowd="lost"]')
        expect(cell).to_have_attribute("data-value", "0")
    asked = console.locator('[data-technique="web-socket"][data-crowd="requests_per_event"]')
    expect(asked).to_have_text("0")
    assert_no_barrier(console)

    console.get_by_label("Seconds for each technique").fill("60")
    press(console, "Let them listen")
    expect(console.locator(".crowd-at")).to_contain_text("Measuring short polling")
    press(console, "Stop")
    expect(console.locator(".crowd-notes")).to_contain_text("The crowd was stopped")
    expect(console.get_by_role("button", name="Let them listen")).to_be_enabled()
    steering.close()


@pytest.mark.parametrize("path", ["/instructor", "/instructor/guide"])
def test_it_fits_a_phone(server: Server, console: Page, path: str) -> None:
    console.goto(server.url + path)
    for width in (640, 360):
        console.set_viewport_size({"width": width, "height": 740})
        assert console.evaluate("document.documentElement.scrollWidth") <= width


def test_the_faults_for_all_stay_in_their_panel_and_beside_one_another(
    server: Server, console: Page
) -> None:
    console.goto(server.url + "/instructor")
    console.locator(".faults-toggle").click()
    for theme in ("light", "projector"):
        show_in(console, theme)
        for width in (1280, 1024, 360):
            console.set_viewport_size({"width": width, "height": 740})
            crossed = console.evaluate(
                """() => {
                    const panel = document.querySelector(".faults").getBoundingClientRect();
                    const controls = ".faults :is(button, .fault-slider)";
                    const all = [...document.querySelectorAll(controls)];
                    const boxes = all.map((one) => one.getBoundingClientRect());
                    const out = boxes.filter((a) => a.right > panel.right || a.left < panel.left);
                    const cross = (a, b) =>
                        a !== b && a.left < b.right && b.left < a.right &&
                        a.top < b.bottom && b.top < a.bottom;
                    const on = boxes.filter((a) => boxes.some((b) => cross(a, b)));
                    return out.length + on.length;
                }"""
            )
            assert crossed == 0, (theme, width)


def test_the_smallest_type_on_the_screen_is_a_thirtieth_of_its_height(
    server: Server, console: Page
) -> None:
    for place in (LATE, "the-web/again", "short-polling/loop"):
        go_to(console, place)
        chapter, step = place.split("/")
        console.goto(f"{server.url}/screen?chapter={chapter}")
        expect(console.locator("body")).not_to_have_attribute("data-shows", "way-in")
        smallest = console.evaluate(
            """() => Math.min(...[...document.querySelectorAll("body *")]
                .filter((one) => one.checkVisibility() && one.getClientRects().length > 0)
                .filter((one) => [...one.childNodes].some((c) => c.nodeType === 3 && c.data.trim()))
                .filter((one) => one.getBoundingClientRect().width > 1)
                .map((one) => parseFloat(getComputedStyle(one).fontSize)))"""
        )
        assert smallest >= 720 / 30, step
        console.goto(f"{server.url}/instructor")
