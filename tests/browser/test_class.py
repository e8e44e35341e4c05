"""A class, played: an instructor's console and screen, and students in browsers of their own."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Error,
    Locator,
    Page,
    Request,
    WebSocket,
    WebSocketRoute,
    expect,
)

from tests.browser.test_chapter import AXE, TAGS, show_in
from tests.dashboards import GONE, SLOW, TECHNIQUES, figure, until_state, watch
from tests.proxy import Proxy
from tests.servers import PATIENCE, Server, Steering

LATE = "short-polling/late"
RACE = "ticket-race/race"
AWAY = 10.0  # seconds for which one student has no network
PHONE = {"viewport": {"width": 360, "height": 640}}
LAPTOP = {"viewport": {"width": 1280, "height": 720}}
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
def browse(browser: Browser) -> Iterator[Open]:
    """Open an address in a browser of its own; no page may complain."""
    contexts: list[BrowserContext] = []
    complaints: list[list[str]] = []

    def open_in_a_browser(url: str, script: str = "", **more: Any) -> Page:
        contexts.append(browser.new_context(**more))
        contexts[-1].add_init_script(script)
        page = contexts[-1].new_page()
        complaints.append(watch(page)[0])
        page.goto(url, wait_until="commit")
        return page

    yield open_in_a_browser
    for context in contexts:
        context.close()
    allowed = re.compile(rf"{GONE.pattern}|status of 409")  # who claims a ticket that is gone
    assert [text for found in complaints for text in found if not allowed.search(text)] == []


@pytest.fixture
def console(browse: Open, server: Server) -> Page:
    """The console, where the instructor's link leads."""
    console = browse(server.link(), **LAPTOP)
    expect(console.locator('[data-do="lead"]')).to_have_attribute("aria-pressed", "true")
    return console


@pytest.fixture
def screen(browse: Open, console: Page, server: Server) -> Page:
    """The instructor's screen, in a window of its own: behind another it would hardly be drawn."""
    cookies = console.context.storage_state()
    return browse(f"{server.url}/screen", SHORTER, storage_state=cookies)


@pytest.fixture
def proxy(server: Server) -> Iterator[Proxy]:
    """By this way a student comes whose network goes."""
    proxy = Proxy(server.port)
    yield proxy
    proxy.close()


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def go_to(console: Page, name: str) -> None:
    console.locator(".go-to select").select_option(name)
    press(console, "Go")


def says(page: Page) -> Locator:
    return page.locator(".class-says")


def until_at(page: Page, name: str) -> None:
    chapter, step = name.split("/")
    page.wait_for_url(f"**/lesson/{chapter}**", timeout=SLOW, wait_until="commit")
    page.wait_for_function(
        "(step) => document.querySelector('.reader-steps') && location.hash === `#${step}`"
        " || document.activeElement?.id === step",
        arg=step,
    )


def until_here(console: Page, students: int, how: str = "") -> None:
    expect(console.locator('[data-here="here"]')).to_have_attribute("data-value", str(students))
    expect(console.locator(".here-how")).to_contain_text(how)


def test_a_class_is_played(
    server: Server, console: Page, screen: Page, browse: Open, proxy: Proxy
) -> None:
    begin_a_new_class(console)
    roaming = browse(proxy.url, **PHONE)
    students = [roaming, *(browse(server.url, **PHONE) for _ in range(3))]
    come_in_and_go_along(console, students)

    late = browse(server.url, **PHONE)
    until_at(late, LATE)  # where all are
    students.append(late)
    until_here(console, 5)

    predict(console, screen, students)
    reveal(console, screen, students)

    alone = students[1]
    with away(proxy, roaming):
        expect(console.locator(".here-down li")).to_have_text(["one student, just now"])
        go_to(console, RACE)
        alone.locator(".class-alone").click()
        for page in students[2:]:
            until_at(page, RACE)
        forge_every_control(server)
        assert "/lesson/short-polling" in roaming.url
    until_at(roaming, RACE)
    until_here(console, 5, "4 go along, 1 go alone")
    return_to_the_class(alone, RACE)

    race(console, screen, students)
    break_and_mend(server, console)
    raise_a_hand(console, late, "Row 3")
    turn_the_page(console, students)
    go_dark_and_light(console, screen, students)

    for page in (screen, console):
        page.context.close()
    expect(says(late)).to_contain_text("The instructor's connection is gone; yours is fine")


# What is played, step by step


def begin_a_new_class(console: Page) -> None:
    undo = console.locator('[data-do="undo"]')
    press(console, "New class")
    expect(undo).to_have_text("Nothing to take back")
    press(console, "Press again")
    expect(undo).to_have_text("Take back: the new class")


def come_in_and_go_along(console: Page, students: list[Page]) -> None:
    until_here(console, len(students))
    go_to(console, LATE)
    for page in students:
        until_at(page, LATE)


def predict(console: Page, screen: Page, students: list[Page]) -> None:
    """Nobody sees the others' answers before they are revealed."""
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
    expect(students[-1].locator("#predict-how-late fieldset")).to_have_attribute("disabled", "")


def vote(page: Page, answer: int) -> None:
    card = page.locator("#predict-how-late")
    expect(card.locator(".ballot")).to_contain_text("The class is asked")
    card.locator("[type=radio]").nth(answer).check()
    card.locator("[type=submit]").click()
    expect(card.locator(".ballot")).to_contain_text("Sent.")


def reveal(console: Page, screen: Page, students: list[Page]) -> None:
    press(console, "Reveal")
    for page in [*students, screen]:
        expect(page.locator(".histogram .n:visible")).to_have_text(["1", "1", "1", "2"])
    expect(screen.locator(".screen-stands")).to_contain_text("Measured now")
    for page in students:
        expect(page.locator(".histogram .came-out")).to_have_count(1)
    press(console, "Put away")


@contextmanager
def away(proxy: Proxy, page: Page, seconds: float = AWAY) -> Iterator[None]:
    """Let a student have no network for so long, or as long as what is done meanwhile takes."""
    began = time.monotonic()
    proxy.flows.clear()
    proxy.cut()
    expect(says(page)).to_contain_text("Your connection is gone")
    yield
    page.wait_for_timeout(max(0.0, seconds - (time.monotonic() - began)) * 1_000)
    proxy.flows.set()


def return_to_the_class(page: Page, place: str) -> None:
    expect(says(page)).to_have_text("You go on alone.")
    press(page, "Return to the class")
    until_at(page, place)


def forge_every_control(server: Server) -> None:
    forger = Steering(server, viewer="forger01", student="forger01")
    before = forger.state
    for name, message in FORGED.items():
        assert forger.tell(name, message)["error"]["status"] == 403, name
    after = forger.tell("hello", {"viewer": "forger01", "student": "forger01"})["state"]
    assert (after["n"], after["place"], after["blank"]) == (before["n"], before["place"], False)
    forger.close()


def race(console: Page, screen: Page, students: list[Page]) -> None:
    """Exactly one wins."""
    console.locator('[data-setting="interval"]').select_option("0.5")
    console.locator('[data-do="burst"]').click()
    press(console, "Draw lots: pages claim")
    for page in students:
        expect(page.locator(".class-race-says")).to_contain_text("You are in the race")
    press(console, "Ticket back now")
    outcomes = [outcome(page) for page in students]
    assert sum(text.startswith("You got it") for text in outcomes) == 1
    assert sum(text.startswith("Somebody was quicker") for text in outcomes) == 4
    expect(screen.locator(".board-says")).to_contain_text("got the ticket")
    press(console, "End the race")


def outcome(page: Page) -> str:
    said = page.locator(".class-race-says")
    expect(said).to_contain_text(re.compile("^(You got it|Somebody was quicker|Not claimed)"))
    return said.text_content() or ""


def break_and_mend(server: Server, console: Page) -> None:
    """Something is broken for all, and mended for all."""
    student = Steering(server, viewer="student1", student="student1")
    console.locator(".faults-toggle").click()
    console.locator('[data-fault="delay"][data-ms="500"]').click()
    while student.next_own()["faults"]["delay"] != 500:
        pass
    normal = console.locator('[data-do="normal"]')
    expect(normal).to_have_class("big needed")
    normal.click()
    while student.next_own()["faults"]["delay"] != 0:
        pass
    expect(normal).to_have_class("big")
    student.close()


def raise_a_hand(console: Page, page: Page, name: str) -> None:
    press(page, "Raise a hand")
    page.get_by_label("Your name or seat").fill(name)
    press(page, "Raise it")
    expect(console.locator(".here-hands")).to_contain_text(f"{name}, just now")


def turn_the_page(console: Page, students: list[Page]) -> None:
    title = console.locator("#sees-title")
    title.click()
    console.keyboard.press("PageDown")
    expect(title).to_have_text("Exactly one")
    for page in students:
        until_at(page, "ticket-race/one")


def go_dark_and_light(console: Page, screen: Page, students: list[Page]) -> None:
    console.keyboard.press(".")
    for page in students:
        expect(page.locator(".class-blank")).to_be_visible()
    expect(screen.locator(".screen-dark")).to_be_visible()
    screen.keyboard.press("b")  # a clicker works on the screen, too
    for page in students:
        expect(page.locator(".class-blank")).to_be_hidden()


@pytest.mark.parametrize("path", ["/dashboard", "/exercises"])
def test_who_opens_another_page_goes_alone_and_returns_with_one_click(
    console: Page, browse: Open, proxy: Proxy, path: str
) -> None:
    go_to(console, LATE)
    page = browse(proxy.url + path, **LAPTOP)
    until_here(console, 1, "0 go along, 1 go alone")
    expect(says(page)).to_have_text("You go on alone.")

    with away(proxy, page, seconds=0):
        go_to(console, RACE)
    until_here(console, 1, "0 go along, 1 go alone")
    raise_a_hand(console, page, path)
    assert page.url.startswith(proxy.url + path)

    return_to_the_class(page, RACE)
    until_here(console, 1, "1 go along, 0 go alone")


def test_the_classs_line_covers_none_of_the_dashboards_figures(
    server: Server, console: Page, browse: Open
) -> None:
    go_to(console, LATE)
    page = browse(f"{server.url}/dashboard", **LAPTOP)
    expect(page.locator(".class-along")).to_be_visible()
    line = page.locator(".class-bar").bounding_box()
    assert line
    for technique in TECHNIQUES:
        until_state(page, technique, "live")
        for name in ("delay-median", "requests", "empty", "bytes-up"):
            expect(figure(page, technique, name)).to_be_in_viewport(ratio=1)
            assert bottom(figure(page, technique, name)) <= line["y"]
    page.locator(".inspector-toggle").click()
    expect(page.locator("#inspector")).to_be_visible()
    assert bottom(page.locator("#inspector")) <= line["y"]


def bottom(place: Locator) -> float:
    box = place.bounding_box()
    assert box
    return box["y"] + box["height"]


def test_a_race_adds_nothing_to_what_the_dashboard_measures(
    server: Server, console: Page, browse: Open
) -> None:
    go_to(console, LATE)
    console.locator('[data-setting="interval"]').select_option("0.5")
    console.locator('[data-do="burst"]').click()  # what is not sold cannot come back
    page = browse("about:blank", **LAPTOP)
    viewers: set[str] = set()

    def note(asked: Request | WebSocket) -> None:
        viewers.update(re.findall(r"viewer=(\w+)", asked.url))

    page.on("request", note)
    page.on("websocket", note)
    page.goto(f"{server.url}/dashboard")
    for technique in TECHNIQUES:
        until_state(page, technique, "live")
    until_here(console, 1)
    assert len(viewers) == 1
    press(console, "Draw lots: pages claim")
    expect(page.locator(".class-race-says")).to_contain_text("You are in the race")
    press(console, "Ticket back now")
    assert outcome(page).startswith("You got it")
    assert len(viewers) == 2
    press(console, "End the race")


@pytest.mark.parametrize("presses", [False, True], ids=["pages claim", "they press"])
def test_a_round_is_decided_by_its_own_ticket_whatever_else_comes_back(
    server: Server, console: Page, browse: Open, presses: bool
) -> None:
    console.locator('[data-setting="interval"]').select_option("0.5")
    console.locator('[data-do="burst"]').click()
    students = [browse(server.url, **PHONE) for _ in TECHNIQUES]
    until_here(console, 3)
    instructor = Steering(server, cookie=server.cookie())
    press(console, "Draw lots: they press" if presses else "Draw lots: pages claim")
    for page in students:
        expect(page.locator(".class-race-says")).to_contain_text("You are in the race")
    bring_back_another(console, students, presses)
    students[0].reload(wait_until="commit")
    claim_another(students[0], presses)

    press(console, "Ticket back now")
    ticket = state_of(instructor)["race"]["ticket"]
    console.locator('[data-do="return"]').click()
    if presses:
        for page in students:
            press(page, "Claim it")
    outcomes = [outcome(page) for page in students]
    assert sum(text.startswith("You got it") for text in outcomes) == 1
    assert sum(text.startswith("Somebody was quicker") for text in outcomes) == 2
    race = state_of(instructor)["race"]
    assert (race["phase"], race["ticket"]) == ("won", ticket)
    for page in students:
        page.reload(wait_until="commit")
        if presses:
            press(page, "Claim it")
        expect(page.locator(".class-race-says")).to_contain_text(
            "you have claimed this ticket already"
        )
    press(console, "End the race")
    instructor.close()


def bring_back_another(console: Page, students: list[Page], presses: bool) -> None:
    """Let a ticket come back that is none of the race's, and all claim it."""
    console.locator('[data-do="return"]').click()
    for page in students:
        claim_another(page, presses)


def claim_another(page: Page, presses: bool) -> None:
    if presses:
        press(page, "Claim it")
    expect(page.locator(".class-race-says")).to_contain_text("Another ticket came back")


def state_of(page: Steering) -> dict[str, Any]:
    state: dict[str, Any] = page.tell("hello", {})["state"]
    return state


def test_whoever_steers_is_no_student_on_the_dashboard(server: Server) -> None:
    url, cookie = f"{server.url}/dashboard", {"Cookie": server.cookie()}
    assert "class-bar" in requests.get(url, timeout=PATIENCE).text
    assert "class-bar" not in requests.get(url, headers=cookie, timeout=PATIENCE).text


@pytest.mark.parametrize(
    "path", ["/instructor", "/instructor/guide", "/screen?chapter=short-polling"]
)
def test_there_is_no_barrier(server: Server, console: Page, path: str) -> None:
    go_to(console, LATE)
    expect(console.locator("#sees-title")).to_have_text("How late do you see it?")
    console.goto(server.url + path)
    if path.startswith("/screen"):
        expect(console.locator('[data-scene="question"]')).to_be_visible()
    expect(console.locator("[inert]")).to_have_count(0)
    assert_no_barrier(console)


def begin_anew(console: Page) -> None:
    press(console, "New class")
    press(console, "Press again")
    expect(console.locator("#sees-title")).to_have_text("Nothing yet")


def test_what_the_screen_shows_instead_of_the_step_is_said_and_ended(
    console: Page, screen: Page
) -> None:
    begin_anew(console)
    shows = screen.locator("body")
    instead = console.locator(".instead")
    go_to(console, LATE)
    press(console, "Open")
    expect(screen.locator(".screen-stands")).to_contain_text("0 answers so far")
    expect(instead).to_be_hidden()
    go_to(console, "short-polling/loop")
    expect(instead).to_contain_text("the prediction of “How late do you see it?”, not this step")
    expect(shows).to_have_attribute("data-shows", "question")
    press(console, "Put it away")
    expect(shows).to_have_attribute("data-shows", "step")
    expect(instead).to_be_hidden()

    console.locator(".asking-which").select_option("web-socket/header")
    press(console, "Open")
    asked = console.locator(".asking-question").text_content() or ""
    expect(screen.locator("#screen-question")).to_have_text(asked)
    expect(instead).to_contain_text("not this step")
    press(console, "Reveal")
    expect(screen.locator(".screen-stands")).to_have_text("Nobody was asked.")
    expect(shows).not_to_have_class(re.compile("measures"))
    press(console, "Put it away")

    press(console, "Draw lots: pages claim")
    expect(shows).to_have_attribute("data-shows", "race")
    expect(instead).to_contain_text("The screen shows the race")
    press(console, "Blank")
    expect(instead).to_contain_text("The screens are blank.")
    press(console, "Light them")
    press(console, "End it")
    expect(shows).to_have_attribute("data-shows", "step")
    expect(instead).to_be_hidden()


def test_a_class_that_is_brought_back_has_its_clock(console: Page) -> None:
    begin_anew(console)
    began = "JSON.parse(localStorage.getItem('book/console')).began"
    start = console.locator(".clock-start")
    expect(start).to_have_text("Start the clock")
    go_to(console, LATE)
    expect(start).to_have_text("Start anew")
    before = console.evaluate(began)
    press(console, "New class")
    press(console, "Press again")
    expect(start).to_have_text("Start the clock")
    expect(console.locator(".clock")).to_have_text("00:00")
    press(console, "Take back: the new class")
    expect(start).to_have_text("Start anew")
    assert console.evaluate(began) == before


def test_a_screen_that_is_loaded_anew_says_what_came_out(console: Page, screen: Page) -> None:
    begin_anew(console)
    stands = screen.locator(".screen-stands")
    go_to(console, LATE)
    screen.wait_for_url("**chapter=short-polling")
    press(console, "Reveal")
    expect(stands).to_contain_text("Measuring")
    screen.reload()
    expect(stands).to_contain_text("Measured now", timeout=SLOW)
    expect(screen.locator(".came-out")).to_have_count(1)
    screen.reload()
    expect(stands).to_contain_text("What came out: ")


def test_nothing_can_be_steered_before_the_class_has_answered(console: Page) -> None:
    go_to(console, LATE)
    expect(console.locator("#sees-title")).to_have_text("How late do you see it?")
    held: list[WebSocketRoute] = []
    lets = False

    def hold(line: WebSocketRoute) -> None:
        if lets:
            line.connect_to_server()
        else:
            held.append(line)

    page = console.context.new_page()
    errors: list[Error] = []
    page.on("pageerror", lambda error: errors.append(error))
    page.route_web_socket(re.compile("part=class(?!.*viewer)"), hold)
    page.goto(console.url)
    expect(page.locator(".says").first).to_contain_text("console")
    for part in (".console", ".panels"):
        expect(page.locator(part)).to_have_attribute("inert", "")
    page.keyboard.press("b")
    assert errors == []
    lets = True
    for line in held:
        line.close()
    go_to(page, "short-polling/loop")
    expect(page.locator(".says").first).to_have_text("")
    expect(console.locator("#sees-title")).to_have_text("The loop")
    page.close()


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
    go_to(console, LATE)
    student = browse(server.url, **PHONE)
    until_at(student, LATE)
    expect(says(student)).to_have_text("You go along with the class.")
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
