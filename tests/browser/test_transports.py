"""The three transports in a real browser, on a real server, without a dashboard around them.

A page of the lesson is only the place from which the modules are loaded. What each transport
reports and what its line tells is kept in `stage`, by technique.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Request, Route, WebSocketRoute

from tests.conftest import MakeServer
from tests.servers import PATIENCE, Server, network_address

TECHNIQUES = ("short-poll", "long-poll", "web-socket")
EVENT = "42/demos/web-socket,"  # how a Socket.IO packet with an event begins
GOODBYE = "41/demos/web-socket,"  # the packet by which a server disconnects a client

STAGE = """async ({cursor, channel, settings}) => {
    const base = document.querySelector('script[src*="/js/"]').src.replace(/\\/js\\/.*/, "/js");
    const {TRANSPORTS, SAY} = await import(`${base}/transports/index.js`);
    const {createLine} = await import(`${base}/line.js`);
    window.stage = {};
    for (const [technique, create] of Object.entries(TRANSPORTS)) {
        const part = stage[technique] = {batches: [], notices: []};
        const report = (batch) => part.batches.push(batch);
        const notice = ({kind, t, problem}) => part.notices.push({kind, t, problem});
        part.line = createLine({technique, viewer: "viewer01", notice});
        part.say = (text) => SAY[technique](part.line, {channel, name: "Ada", text});
        part.transport = create({channel, cursor, settings, report, line: part.line});
    }
}"""


class Stage:
    """The three transports on one page."""

    def __init__(
        self,
        page: Page,
        url: str,
        *,
        cursor: dict[str, Any] | None = None,
        channel: str = "sales",
        interval: int = 200,
    ) -> None:
        self.page = page
        page.goto(url)
        cursor = cursor or {"epoch": None, "after": None}
        settings = {"interval": interval, "hold": 25}
        page.evaluate(STAGE, {"cursor": cursor, "channel": channel, "settings": settings})

    def start(self, *techniques: str) -> None:
        for technique in techniques or TECHNIQUES:
            self.page.evaluate("(t) => stage[t].transport.start()", technique)

    def stop(self, *techniques: str) -> None:
        for technique in techniques or TECHNIQUES:
            self.page.evaluate("(t) => stage[t].transport.stop()", technique)

    def batches(self, technique: str) -> list[dict[str, Any]]:
        reported: list[dict[str, Any]] = self.page.evaluate("(t) => stage[t].batches", technique)
        return reported

    def events(self, technique: str) -> list[tuple[str, int]]:
        """Return epoch and id of each event reported, in order."""
        return [(b["epoch"], e["id"]) for b in self.batches(technique) for e in b["events"]]

    def ids(self, technique: str) -> list[int]:
        return [id for _, id in self.events(technique)]

    def kinds(self, technique: str) -> list[str]:
        told: list[str] = self.page.evaluate(
            "(t) => stage[t].notices.map((n) => n.kind)", technique
        )
        return told

    def wait_for(self, technique: str, condition: str, patience: float = PATIENCE) -> None:
        """Wait until a JavaScript condition on `batches`, `events` and `notices` holds."""
        self.page.wait_for_function(
            f"""(t) => {{
                const {{batches, notices}} = stage[t];
                const events = batches.flatMap(({{events}}) => events);
                return {condition};
            }}""",
            arg=technique,
            timeout=patience * 1_000,
        )

    def wait_for_more(self, technique: str, more: int = 3, patience: float = PATIENCE) -> None:
        """Wait until so many more events are reported."""
        known = len(self.ids(technique))
        self.wait_for(technique, f"events.length >= {known + more}", patience)


def assert_no_gap(ids: list[int]) -> None:
    assert len(ids) > 1
    assert all(after == before + 1 for before, after in pairwise(ids)), ids


@pytest.fixture
def busy(make_server: MakeServer) -> Server:
    """A server whose sale never rests."""
    return make_server(SEED=1, RATE=20)


@pytest.fixture
def stage(page: Page, busy: Server) -> Stage:
    return Stage(page, busy.url)


def on_loopback(server: Server) -> str:
    return server.url


def on_the_network(server: Server) -> str:
    return f"http://{network_address()}:{server.port}"


@pytest.mark.parametrize("where", [on_loopback, on_the_network])
def test_all_three_report_the_same_events_in_order_on_a_secure_page_and_on_an_insecure_one(
    page: Page, make_server: MakeServer, where: Callable[[Server], str]
) -> None:
    server = make_server(SEED=1, RATE=20, HOST="0.0.0.0")
    stage = Stage(page, where(server), cursor={"epoch": None, "after": 0})
    assert page.evaluate("isSecureContext") == (where is on_loopback)
    stage.start()
    for technique in TECHNIQUES:
        stage.wait_for(technique, "events.length >= 20")
        assert stage.ids(technique)[0] == 1
        assert_no_gap(stage.ids(technique))


def test_all_three_come_back_by_themselves_when_the_server_does(stage: Stage, busy: Server) -> None:
    stage.start()
    for technique in TECHNIQUES:
        stage.wait_for_more(technique)
    busy.stop(signal.SIGKILL)
    for technique in TECHNIQUES:
        stage.wait_for(technique, "['failed', 'closed'].includes(notices.at(-1).kind)")
    busy.start()
    for technique in TECHNIQUES:
        # The next epoch is what counts: a batch may have been on its way when the server died.
        stage.wait_for(
            technique, "batches.at(-1).epoch !== batches[0].epoch && batches.at(-1).last > 20"
        )
        events = stage.events(technique)
        old, new = events[0][0], events[-1][0]
        assert_no_gap([id for epoch, id in events if epoch == old])
        fresh = [id for epoch, id in events if epoch == new]
        assert fresh[0] == 1, "a new epoch is read from its beginning"
        assert_no_gap(fresh)


def test_all_three_outlive_a_server_that_says_nothing_for_a_while(
    stage: Stage, busy: Server
) -> None:
    stage.start()
    for technique in TECHNIQUES:
        stage.wait_for_more(technique)
    busy.process.send_signal(signal.SIGSTOP)
    try:
        # Short poll and socket give up after 10 s; the long poll has its hold to wait for.
        for technique in ("short-poll", "web-socket"):
            stage.wait_for(
                technique, "notices.some(({kind}) => ['failed', 'closed'].includes(kind))"
            )
    finally:
        busy.process.send_signal(signal.SIGCONT)
    for technique in TECHNIQUES:
        stage.wait_for_more(technique, 10)
        assert_no_gap(stage.ids(technique))


def test_stopped_they_ask_nothing_and_report_nothing_more(stage: Stage) -> None:
    stage.start()
    for technique in TECHNIQUES:
        stage.wait_for_more(technique)
    stage.stop()
    known = {
        technique: (stage.batches(technique), stage.kinds(technique)) for technique in TECHNIQUES
    }
    asked: list[Request] = []
    stage.page.on("request", lambda request: asked.append(request))
    stage.page.wait_for_timeout(1_500)  # thirty events, seven short polls
    assert asked == []
    for technique in TECHNIQUES:
        assert (stage.batches(technique), stage.kinds(technique)) == known[technique]
        assert stage.kinds(technique)[-1] not in ("failed", "closed"), "to be stopped is no failure"
    stage.start()
    for technique in TECHNIQUES:
        stage.wait_for_more(technique)
        assert_no_gap(stage.ids(technique))


def test_stopped_and_started_again_and_again_there_is_one_loop_of_each(stage: Stage) -> None:
    for _ in range(10):
        stage.start()
        stage.stop()
    stage.start()
    for technique in TECHNIQUES:
        stage.wait_for_more(technique, 20)
        assert_no_gap(stage.ids(technique))
    known = len(stage.kinds("short-poll"))
    stage.page.wait_for_timeout(2_000)
    asked = stage.kinds("short-poll")[known:].count("asked")
    assert asked <= 10, "one short poll every 0.2 s, and no second loop beside it"
    open_questions = stage.kinds("long-poll").count("asked") - stage.kinds("long-poll").count(
        "answered"
    )
    assert open_questions - 10 in (0, 1), "the ten that were withdrawn, and one that is held"


@pytest.mark.parametrize("technique", ["short-poll", "long-poll"])
def test_a_server_that_answers_500_is_left_in_peace(stage: Stage, technique: str) -> None:
    times: list[float] = []

    def fail(route: Route) -> None:
        times.append(time.monotonic())
        route.fulfill(status=500, body="")

    stage.page.route(f"**/demos/{technique}/**", fail)
    stage.start(technique)
    stage.page.wait_for_timeout(4_000)
    # After about 0, 0.5, 1.5 and 3.5 s, each a quarter more or less.
    assert 3 <= len(times) <= 5
    gaps = [after - before for before, after in pairwise(times)]
    assert all(gap > 0.37 for gap in gaps)
    assert gaps[-1] > gaps[0]
    stage.page.unroute_all()
    stage.wait_for(technique, "batches.length > 0")


def test_a_refused_cursor_starts_over_from_now_and_says_so(
    page: Page, make_server: MakeServer
) -> None:
    server = make_server(SEED=1, RATE=20)
    epoch = page.request.get(f"{server.url}/demos/short-poll/sales").json()["epoch"]
    stage = Stage(page, server.url, cursor={"epoch": epoch, "after": 999_999})
    stage.start()
    for technique in TECHNIQUES:
        stage.wait_for(technique, "events.length >= 3")
        assert stage.kinds(technique).count("refused") == 1
        assert stage.batches(technique)[0]["events"] == []
        assert_no_gap(stage.ids(technique))


def test_a_client_that_is_far_behind_catches_up_page_by_page_without_waiting(
    page: Page, make_server: MakeServer
) -> None:
    server = make_server(SEED=1, RATE=50)
    newest = 0
    while newest < 30:
        newest = page.request.get(f"{server.url}/demos/short-poll/sales").json()["last"]
    # Behind by two pages and more: the server's page is 500 events, so let it answer 5 at a time.
    stage = Stage(page, server.url, cursor={"epoch": None, "after": 0}, interval=10_000)

    def in_small_pages(route: Route) -> None:
        answer = route.fetch()
        batch = answer.json()
        route.fulfill(response=answer, json=batch | {"events": batch["events"][:5]})

    page.route("**/demos/short-poll/**", in_small_pages)
    stage.start("short-poll")
    stage.wait_for("short-poll", "events.length >= 30", patience=5)
    assert_no_gap(stage.ids("short-poll"))
    stage.stop("short-poll")
    page.unroute_all(behavior="wait")  # before the server goes


def test_what_is_said_is_heard_over_all_three(page: Page, shared_server: Server) -> None:
    stage = Stage(page, shared_server.url, channel="chat")
    stage.start()
    for technique in TECHNIQUES:
        stage.wait_for(technique, "batches.length > 0")
    said = {}
    for technique in TECHNIQUES:
        said[technique] = page.evaluate("(t) => stage[t].say(`by ${t}`)", technique)
        assert said[technique]["data"]["text"] == f"by {technique}"
    for technique in TECHNIQUES:
        stage.wait_for(technique, "events.length === 3")
        assert stage.ids(technique) == [event["id"] for event in said.values()]
    assert stage.kinds("web-socket").count("asked") == 1, "it spoke on the connection that it had"


def test_what_may_not_be_said_comes_back_as_a_problem(page: Page, shared_server: Server) -> None:
    stage = Stage(page, shared_server.url, channel="chat")
    stage.start("web-socket")
    stage.wait_for("web-socket", "batches.length > 0")
    for technique in TECHNIQUES:
        status = page.evaluate(
            "(t) => stage[t].say('').catch(({problem}) => problem.status)", technique
        )
        assert status == 400


def test_a_socket_that_the_server_disconnects_comes_back(page: Page, busy: Server) -> None:
    sockets: list[WebSocketRoute] = []

    def keep(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        relay(socket)

    page.route_web_socket("**/socket.io/**", keep)
    stage = Stage(page, busy.url)
    stage.start("web-socket")
    stage.wait_for_more("web-socket")
    sockets[0].send(GOODBYE)
    stage.wait_for("web-socket", "notices.filter(({kind}) => kind === 'opened').length === 2")
    stage.wait_for_more("web-socket")
    assert len(sockets) == 2
    assert_no_gap(stage.ids("web-socket"))


def test_a_socket_that_loses_messages_loses_no_event(page: Page, busy: Server) -> None:
    seen = []

    def lose_every_third(message: str | bytes) -> bool:
        seen.append(message)
        return len(seen) % 3 == 0

    page.route_web_socket("**/socket.io/**", lambda socket: relay(socket, lose_every_third))
    stage = Stage(page, busy.url)
    stage.start("web-socket")
    stage.wait_for_more("web-socket", 40)
    assert len(seen) > 10
    assert_no_gap(stage.ids("web-socket"))
    assert stage.kinds("web-socket").count("opened") == 1


def test_a_socket_on_which_nothing_is_heard_for_10_s_is_opened_anew(
    page: Page, busy: Server
) -> None:
    silent = {"is": True}
    page.route_web_socket("**/socket.io/**", lambda socket: relay(socket, lambda _: silent["is"]))
    stage = Stage(page, busy.url)
    stage.start("web-socket")
    stage.wait_for("web-socket", "notices.some(({kind}) => kind === 'opened')")
    began = time.monotonic()
    stage.wait_for("web-socket", "notices.some(({kind}) => kind === 'closed')")
    assert 8 < time.monotonic() - began < 13
    silent["is"] = False
    stage.wait_for_more("web-socket")
    assert_no_gap(stage.ids("web-socket"))


def relay(
    socket: WebSocketRoute, loses: Callable[[str | bytes], bool] = lambda message: False
) -> None:
    """Pass everything on, but for the events that get lost on their way to the page."""
    server = socket.connect_to_server()

    def to_page(message: str | bytes) -> None:
        if not (str(message).startswith(EVENT) and loses(message)):
            socket.send(message)

    server.on_message(to_page)


def test_the_clock_finds_that_the_server_on_this_machine_has_the_same_time(
    page: Page, shared_server: Server
) -> None:
    page.goto(shared_server.url)
    found = page.evaluate("""async () => {
        const base = document.querySelector('script[src*="/js/"]').src.replace(/\\/js\\/.*/, "/js");
        const {joinClass} = await import(`${base}/classroom.js`);
        const {createClock} = await import(`${base}/clock.js`);
        const clock = createClock(joinClass({viewer: "viewer01"}));
        clock.start();
        while (clock.uncertainty === Infinity) await new Promise(requestAnimationFrame);
        const wall = Date.now();
        return {error: clock.now() - wall, uncertainty: clock.uncertainty};
    }""")
    assert found["uncertainty"] < 1_000
    assert abs(found["error"]) <= found["uncertainty"] + 5


# The six connections, on the dashboard, for it is there that one is told


def open_dashboard(context: BrowserContext, url: str) -> Page:
    page = context.new_page()
    page.goto(f"{url}/dashboard")
    return page


def wait_for_state(page: Page, state: str) -> None:
    page.wait_for_selector(
        f'[data-technique="long-poll"] [data-figure="state"]:text-is("{state}")',
        timeout=PATIENCE * 1_000,
    )


@pytest.mark.parametrize("where", [on_loopback, on_the_network])
def test_the_fifth_tab_does_not_start_its_long_poll_says_why_and_can_be_told_to(
    context: BrowserContext, make_server: MakeServer, where: Callable[[Server], str]
) -> None:
    url = where(make_server(SEED=1, HOST="0.0.0.0"))
    for _ in range(4):
        wait_for_state(open_dashboard(context, url), "live")
    fifth = open_dashboard(context, url)
    column = fifth.locator('.column[data-technique="long-poll"]')
    column.get_by_text("six connections").wait_for()
    wait_for_state(fifth, "stopped")
    for other in ("short-poll", "web-socket"):
        fifth.wait_for_selector(f'[data-technique="{other}"] [data-figure="state"]:text-is("live")')
    column.get_by_role("button", name="Start it anyway").click()
    wait_for_state(fifth, "live")


def test_a_tab_that_is_hidden_for_10_s_lets_its_held_poll_go_and_takes_it_up_when_shown(
    page: Page, shared_server: Server
) -> None:
    held: set[Request] = set()

    def watch(request: Request) -> None:
        if "/demos/long-poll/" in request.url:
            held.add(request)

    page.on("request", watch)
    page.on("requestfinished", lambda request: held.discard(request))
    page.on("requestfailed", lambda request: held.discard(request))
    page.goto(f"{shared_server.url}/dashboard")
    wait_for_state(page, "live")
    page.wait_for_timeout(500)
    assert len(held) == 1

    turn(page, hidden=True)
    page.wait_for_timeout(8_000)
    assert len(held) == 1, "10 s are not over"
    page.wait_for_timeout(3_000)
    assert held == set()

    turn(page, hidden=False)
    wait_for_state(page, "live")
    page.wait_for_timeout(500)
    assert len(held) == 1


def turn(page: Page, *, hidden: bool) -> None:
    """Let the page believe that it is hidden: a headless browser shows all its tabs."""
    page.evaluate(
        """(hidden) => {
            Object.defineProperty(document, "hidden", {configurable: true, get: () => hidden});
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )
