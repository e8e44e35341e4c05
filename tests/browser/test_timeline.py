"""The picture of who waits, in a real browser.

Most tests build it on an empty page of the lesson and tell it a short story; the last ones look
at the dashboard's own. What is drawn is read from the canvases' pixels.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.servers import PATIENCE, Server

TECHNIQUES = ["short-poll", "long-poll", "web-socket"]

BUILD = """async (techniques) => {
    const base = document.querySelector('script[src*="/js/"]').src.replace(/\\/js\\/.*/, "");
    const sheet = Object.assign(document.createElement("link"), {rel: "stylesheet"});
    sheet.href = `${base}/css/timeline.css`;
    const styled = new Promise((resolve) => sheet.addEventListener("load", resolve));
    document.head.append(sheet);
    await styled;
    const {createTimeline} = await import(`${base}/js/timeline.js`);
    const root = document.createElement("section");
    document.querySelector("main").replaceChildren(root);
    const clock = {at: (t) => performance.timeOrigin + t, uncertainty: 0.4};
    window.drawn = 0; // how often a lane was
    const clear = CanvasRenderingContext2D.prototype.clearRect;
    CanvasRenderingContext2D.prototype.clearRect = function (...box) {
        if (this.canvas.closest("[data-lane]")) drawn += 1;
        clear.apply(this, box);
    };
    window.clock = clock;
    window.timeline = createTimeline(root, {techniques, clock});
}"""

# Three events in the last seconds, the same for all: 4.5, 3.5 and 1 s ago. The short poll heard of
# two of them 2 s ago and has asked once in vain; the third it does not know yet.
STORY = """() => {
    const now = performance.now();
    const event = (id, ago) => ({id, at: clock.at(now - ago), kind: "sale", data: {}});
    const events = [event(1, 4500), event(2, 3500), event(3, 1000)];
    const batch = (some) => (
        {channel: "sales", epoch: "a1", first: 1, last: some.at(-1)?.id ?? 0, events: some});
    const tell = (technique, kind, ago, facts) => {
        timeline.notice(technique, {kind, t: now - ago, ...facts});
    };
    const paint = (technique, some, ago) => {
        for (const one of some) timeline.painted(technique, one, now - ago);
    };
    tell("short-poll", "asked", 7000, {id: 1});
    tell("short-poll", "answered", 6990, {id: 1, batch: batch([])});
    tell("short-poll", "asked", 2000, {id: 2});
    tell("short-poll", "answered", 1990, {id: 2, batch: batch(events.slice(0, 2))});
    paint("short-poll", events.slice(0, 2), 1980);
    tell("long-poll", "asked", 7000, {id: 1, hold: 25000});
    tell("web-socket", "opened", 7000, {transport: "websocket"});
    events.forEach((one, i) => {
        const ago = [4500, 3500, 1000][i];
        tell("long-poll", "answered", ago - 9, {id: i + 1, batch: batch([one])});
        tell("long-poll", "asked", ago - 10, {id: i + 2, hold: 25000});
        paint("long-poll", [one], ago - 16);
        tell("web-socket", "pushed", ago - 4, {batch: batch([one])});
        paint("web-socket", [one], ago - 16);
    });
}"""

COLOURS = """(lane) => {
    const canvas = document.querySelector(`[data-lane="${lane}"] canvas`);
    const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const seen = new Set();
    for (let i = 0; i < data.length; i += 4) {
        if (data[i + 3] === 255) seen.add(`rgb(${data[i]}, ${data[i + 1]}, ${data[i + 2]})`);
    }
    return [...seen];
}"""


class Picture:
    """The diagram on a page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.words = page.locator(".who-waits-words")

    def lane(self, technique: str) -> Any:
        return self.page.locator(f'[data-lane="{technique}"] canvas')

    def button(self, name: str) -> Any:
        return self.page.locator(".who-waits-controls").get_by_role("button", name=name)

    def pixels(self) -> list[str]:
        shots: list[str] = self.page.locator("[data-lane] canvas").evaluate_all(
            "(canvases) => canvases.map((canvas) => canvas.toDataURL())"
        )
        return shots

    def frames(self, count: int = 3) -> None:
        """Let so many animation frames go by."""
        self.page.evaluate(
            """async (count) => {
                while (count--) await new Promise((r) => requestAnimationFrame(r));
            }""",
            count,
        )

    def drawn_within(self, ms: int) -> int:
        """Count how often a lane is drawn in that time."""
        self.page.evaluate("drawn = 0")
        self.page.wait_for_timeout(ms)
        count: int = self.page.evaluate("drawn")
        return count


def build(page: Page, server: Server, *techniques: str) -> Picture:
    page.goto(server.url)
    page.evaluate(BUILD, list(techniques) or TECHNIQUES)
    return Picture(page)


@pytest.fixture
def picture(page: Page, shared_server: Server) -> Picture:
    """The three techniques, the story told, frozen at its end."""
    picture = build(page, shared_server)
    page.evaluate(STORY)
    picture.button("Freeze").click()
    picture.frames()
    return picture


def test_a_frozen_picture_stands_still_and_a_live_one_moves(picture: Picture) -> None:
    frozen = picture.pixels()
    picture.page.evaluate(STORY)
    picture.page.wait_for_timeout(400)
    assert picture.pixels() == frozen
    picture.button("Go on").click()
    picture.page.wait_for_timeout(400)
    assert all(now != before for now, before in zip(picture.pixels(), frozen, strict=True))


def test_arrow_keys_go_from_thing_to_thing_and_name_each(picture: Picture) -> None:
    picture.lane("long-poll").focus()
    picture.page.keyboard.press("ArrowLeft")
    expect(picture.words).to_contain_text("Long polling asked at")
    expect(picture.words).to_contain_text("waits on the server")
    picture.page.keyboard.press("ArrowLeft")
    expect(picture.words).to_contain_text(re.compile(r"Event 3 .*you saw it 16.ms later"))
    expect(picture.words).to_contain_text("Short polling not yet")
    picture.page.keyboard.press("ArrowLeft")
    expect(picture.words).to_contain_text(re.compile(r"held about 2\.5.s, answered with 1 event"))


def test_up_and_down_go_to_the_same_event_in_the_next_lane(picture: Picture) -> None:
    picture.lane("web-socket").focus()
    for _ in range(2):
        picture.page.keyboard.press("ArrowLeft")
    expect(picture.words).to_contain_text("Event 2")
    for _ in range(2):
        picture.page.keyboard.press("ArrowUp")
    expect(picture.lane("short-poll")).to_be_focused()
    expect(picture.words).to_contain_text(re.compile(r"Event 2 .* 1\.5.s later, by Short polling"))


def test_pointing_at_a_stroke_names_it_and_leaving_it_brings_the_legend_back(
    picture: Picture,
) -> None:
    lane = picture.lane("long-poll")
    box = lane.bounding_box()
    lane.hover(position={"x": box["width"] * 0.45, "y": 6})
    expect(picture.words).to_contain_text("Long polling asked at")
    picture.page.locator(".who-waits-title").hover()
    expect(picture.words).to_have_text("")
    expect(picture.page.locator(".who-waits-legend")).to_be_visible()
    expect(picture.page.locator(".who-waits-legend")).to_contain_text("estimated")


def test_a_key_that_it_uses_does_not_reach_the_page(picture: Picture) -> None:
    picture.page.evaluate(
        "window.heard = []; addEventListener('keydown', (event) => heard.push(event.key))"
    )
    picture.lane("long-poll").focus()
    for key in ("ArrowRight", "PageDown", "x"):
        picture.page.keyboard.press(key)
    assert picture.page.evaluate("heard") == ["x"]


def test_it_steps_back_and_zooms(picture: Picture) -> None:
    span = picture.page.locator(".who-waits-span")
    expect(span).to_have_text(re.compile("10.s"))
    before = picture.pixels()
    picture.button("Half a window back").click()
    picture.frames()
    assert picture.pixels() != before
    picture.button("Less time").click()
    expect(span).to_have_text(re.compile("5.s"))
    for _ in range(3):
        picture.button("More time").click()
    expect(span).to_have_text(re.compile("60.s"))
    for _ in range(4):
        picture.button("Half a window forward").click()
    expect(picture.button("Freeze")).to_be_visible()


def test_the_table_says_what_the_picture_shows(picture: Picture) -> None:
    table = picture.page.get_by_role("table")
    expect(table).to_be_hidden()
    picture.button("As text").click()
    expect(table).to_be_visible()
    expect(table.locator("tbody tr")).to_have_count(17)
    expect(table).to_contain_text(re.compile(r"Event 2 .*1\.5.s later, by Short polling"))
    expect(table).to_contain_text("the browser waits")
    expect(table).to_contain_text("a connection open since")


def test_the_table_has_30_rows_at_most(page: Page, shared_server: Server) -> None:
    picture = build(page, shared_server)
    for _ in range(5):
        page.evaluate(STORY)
    picture.button("As text").click()
    expect(page.locator("tbody tr")).to_have_count(30)


def test_its_colours_are_the_pages_and_change_with_the_theme(picture: Picture) -> None:
    page = picture.page
    assert "rgb(180, 83, 9)" in page.evaluate(COLOURS, "short-poll")
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    picture.frames()
    dark = page.evaluate(COLOURS, "short-poll")
    assert "rgb(245, 158, 11)" in dark
    assert "rgb(180, 83, 9)" not in dark
    assert "rgb(167, 139, 250)" in page.evaluate(COLOURS, "long-poll")


def test_it_is_as_sharp_as_the_screen(browser: Browser, shared_server: Server) -> None:
    page = browser.new_page(device_scale_factor=2)
    picture = build(page, shared_server)
    sizes = picture.lane("long-poll").evaluate("(c) => [c.width, 2 * c.clientWidth]")
    page.close()
    assert sizes[0] == sizes[1]


def test_with_reduced_motion_it_steps_once_a_second(
    browser: Browser, shared_server: Server
) -> None:
    page = browser.new_page(reduced_motion="reduce")
    picture = build(page, shared_server, "web-socket")
    count = picture.drawn_within(3_000)
    page.close()
    assert 2 <= count <= 4


def test_it_rests_while_it_is_out_of_sight(page: Page, shared_server: Server) -> None:
    picture = build(page, shared_server, "web-socket")
    assert picture.drawn_within(500) > 5
    page.evaluate(
        """() => {
            const tall = document.createElement("pre");
            tall.textContent = "\\n".repeat(300);
            document.querySelector("main").prepend(tall);
        }"""
    )
    page.wait_for_timeout(200)
    assert picture.drawn_within(500) == 0


def test_one_technique_alone(page: Page, shared_server: Server) -> None:
    build(page, shared_server, "yours")
    expect(page.locator("[data-lane]")).to_have_count(1)
    page.evaluate(
        """() => {
            const t = performance.now() - 500;
            timeline.notice("yours", {kind: "asked", id: 1, t});
            const events = [{id: 1, at: clock.at(t - 1000), kind: "sale", data: {}}];
            const batch = {channel: "sales", epoch: "a", first: 1, last: 1, events};
            timeline.notice("yours", {kind: "answered", id: 1, t: t + 9, batch});
            timeline.painted("yours", events[0], t + 20);
        }"""
    )
    Picture(page).frames()
    assert "rgb(190, 24, 93)" in page.evaluate(COLOURS, "yours")


@pytest.mark.parametrize("width", [320, 360, 1280])
def test_it_fits_its_place(browser: Browser, shared_server: Server, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 720})
    build(page, shared_server)
    page.evaluate(STORY)
    wide = page.locator(".who-waits").evaluate("(root) => [root.scrollWidth, root.clientWidth]")
    page_wide = page.evaluate("document.documentElement.scrollWidth")
    page.close()
    assert wide[0] <= wide[1]
    assert page_wide <= width


def test_nothing_in_it_has_a_style_of_its_own(picture: Picture) -> None:
    assert picture.page.locator(".who-waits [style]").count() == 0
    assert picture.page.locator(".who-waits [data-technique]").count() == 0


# The budget is 8 ms; the median leaves out the frames in which the machine did something else.
def test_a_frame_costs_little_script_at_50_events_a_second(
    page: Page, shared_server: Server
) -> None:
    build(page, shared_server)
    costs = page.evaluate(
        """async () => {
            const costs = [];
            const raf = window.requestAnimationFrame.bind(window);
            window.requestAnimationFrame = (draw) => raf((t) => {
                const start = performance.now();
                draw(t);
                costs.push(performance.now() - start);
            });
            const start = performance.now() - 10000;
            for (let i = 0; costs.length < 60; i++) {
                const t = start + i * 20;
                if (i === 500) costs.length = 0; // from here on it is live
                while (performance.now() < t) await new Promise((r) => setTimeout(r, 5));
                const event = {id: i + 1, at: clock.at(t), kind: "sale", data: {}};
                const events = [event];
                const batch = {channel: "sales", epoch: "a", first: 1, last: i + 1, events};
                const facts = {id: i, batch};
                timeline.notice("web-socket", {kind: "pushed", t: t + 3, batch});
                timeline.notice("long-poll", {kind: "answered", t: t + 4, id: i - 1, batch});
                timeline.notice("long-poll", {kind: "asked", t: t + 5, id: i, hold: 25000});
                timeline.notice("short-poll", {kind: "asked", t: t + 2, id: i});
                timeline.notice("short-poll", {kind: "answered", t: t + 4, ...facts});
                for (const lane of ["short-poll", "long-poll", "web-socket"]) {
                    timeline.painted(lane, event, t + 12);
                }
            }
            return costs;
        }"""
    )
    assert sorted(costs)[len(costs) // 2] < 8


def test_the_dashboard_shows_who_waits(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/dashboard")
    picture = Picture(page)
    expect(page.locator("#who-waits [data-lane]")).to_have_count(3)
    picture.button("As text").click()
    rows = page.locator("#who-waits tbody")
    for said in ("Short polling asked at", "Long polling asked at", "a connection open since"):
        expect(rows).to_contain_text(said, timeout=PATIENCE * 1_000)
    expect(rows).to_contain_text(
        re.compile(r"Event \d+ \(\S+\) happened at .* later, by WebSocket"),
        timeout=PATIENCE * 1_000,
    )


def test_a_column_that_is_stopped_is_not_said_to_wait(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/dashboard")
    column = page.locator('[data-technique="long-poll"]')
    expect(column.locator('[data-figure="state"]')).to_have_text("live")
    column.get_by_role("button", name="Stop").click()
    picture = Picture(page)
    picture.lane("long-poll").focus()
    picture.page.keyboard.press("ArrowLeft")
    expect(picture.words).not_to_contain_text("so far")
