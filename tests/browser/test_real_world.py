"""A real Chromium behind a bad network: it says what is going on, and comes back without a reload.

The dashboard must be right again within 10 s of a fault's end. Where a connection stands still for
good, nobody can know it before the client's own time-out: then 10 s count from there.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import Browser, CDPSession, Page, expect

from tests.conftest import MakeServer
from tests.dashboards import GONE, SLOW, TECHNIQUES, figure, open_dashboard, until, value, watch
from tests.proxy import FAIR, Proxy, Weather
from tests.servers import Server, Steering

RECOVERY = 10.0  # s
BUSY = 3.0  # s by which a machine with much else to do may be late itself; the soak has none
HOLD = 3  # s, of the long poll here
TIME_OUT = {"short-poll": 10.0, "long-poll": HOLD + 5.0, "web-socket": 10.0}  # s
LIVELY = "?interval=0.3&hold=3"
TEN_MINUTES = 600  # s
UNHEARD = "The server is not answering"
AGAIN = "It asks again by itself"


@pytest.fixture
def server(make_server: MakeServer, request: pytest.FixtureRequest) -> Server:
    return make_server(getattr(request, "param", "lesson"), SEED=1, RATE=10)


@pytest.fixture
def proxy(page: Page, server: Server) -> Iterator[Proxy]:
    one = Proxy(server.port)
    yield one
    page.close()  # or it would call again, where nobody is any more
    one.close()


@pytest.fixture(autouse=True)
def clean(page: Page) -> Iterator[None]:
    complaints, hosts = watch(page)
    yield
    assert [text for text in complaints if not GONE.search(text)] == []
    assert len(hosts) <= 1


def newest(server: Server) -> int:
    steering = Steering(server)
    last: int = steering.state["now"]["last"]
    steering.close()
    return last


def seen(page: Page) -> dict[str, float]:
    return {technique: value(page, technique, "last-id") for technique in TECHNIQUES}


def until_right(
    page: Page,
    server: Server,
    within: dict[str, float] | float = RECOVERY,
    since: float | None = None,
) -> None:
    """Wait until each column has what the server has now, within so many seconds."""
    began, last = since or time.monotonic(), newest(server)
    limits = within if isinstance(within, dict) else dict.fromkeys(TECHNIQUES, within)
    for technique in sorted(TECHNIQUES, key=lambda technique: limits[technique]):
        left = began + limits[technique] + BUSY - time.monotonic()
        page.wait_for_function(
            """([technique, last]) => {
                const column = document.querySelector(`.column[data-technique="${technique}"]`);
                const of = (name) => column.querySelector(`[data-figure="${name}"]`);
                return Number(of("last-id").dataset.value) >= last
                    && of("state").textContent === "live";
            }""",
            arg=[technique, last],
            timeout=max(left, 0.001) * 1_000,
        )


def assert_nothing_is_lost(page: Page) -> None:
    for technique in TECHNIQUES:
        assert value(page, technique, "missed") == value(page, technique, "doubled") == 0


def origin(page: Page) -> float:
    """Return when the page was loaded: another load would be another moment."""
    loaded: float = page.evaluate("performance.timeOrigin")
    return loaded


def until_it_says_so(page: Page) -> None:
    """Wait until each column, and the line above them, say that nobody answers."""
    until_retrying(page)
    expect(page.locator(".unheard")).to_contain_text(UNHEARD, timeout=20_000)
    for technique in TECHNIQUES:
        note = page.locator(f'.column[data-technique="{technique}"] .note')
        expect(note).to_contain_text(AGAIN, timeout=20_000)


def assert_all_is_said_to_be_well(page: Page) -> None:
    expect(page.locator(".unheard")).to_be_empty(timeout=RECOVERY * 1_000)
    expect(page.locator(".column .note:visible")).to_have_count(0)


def remember_what_is_said(page: Page) -> None:
    """Keep what the page says from now on, however short it stands there."""
    page.evaluate("""() => {
        window.said = {};
        const says = ".unheard, .column .note-text, .column [data-figure='state']";
        function look() {
            for (const element of document.querySelectorAll(says)) {
                const where = element.closest(".column")?.dataset.technique ?? "page";
                said[where] = [...new Set([...(said[where] ?? []), element.textContent])];
            }
        }
        new MutationObserver(look).observe(document.body, {
            subtree: true, childList: true, characterData: true,
        });
    }""")


def assert_it_was_said(page: Page) -> None:
    """See that the page has said so, however soon it came back."""
    said = page.evaluate("said")
    assert any(UNHEARD in text for text in said["page"])
    for technique in TECHNIQUES:
        assert "retrying" in said[technique]
    for technique in ("short-poll", "long-poll"):  # a socket says more once a call has failed
        assert any(AGAIN in text for text in said[technique])


def until_retrying(page: Page, *techniques: str) -> None:
    for technique in techniques or TECHNIQUES:
        expect(figure(page, technique, "state")).to_have_text("retrying", timeout=20_000)


SLOW_WEATHER = {
    "late": Weather(delay=0.3),
    "jittery": Weather(jitter=0.4),
    "thin": Weather(rate=8_000),
    "in single bytes": Weather(slices=1),
}


def test_on_a_slow_line_all_go_on_and_afterwards_they_are_quick_again(
    page: Page, proxy: Proxy, server: Server
) -> None:
    open_dashboard(page, proxy, LIVELY)
    for weather in SLOW_WEATHER.values():
        proxy.weather = weather
        before = seen(page)
        page.wait_for_timeout(1_000)
        for technique in TECHNIQUES:
            page.wait_for_function(
                """([technique, last]) => Number(document.querySelector(
                    `.column[data-technique="${technique}"] [data-figure="last-id"]`
                ).dataset.value) > last""",
                arg=[technique, before[technique]],
            )
        proxy.weather = FAIR
        until_right(page, server)
    assert_nothing_is_lost(page)


@pytest.mark.parametrize("ending", ["reset", "goodbye"])
def test_what_is_cut_in_the_middle_of_an_answer_or_a_frame_is_taken_up_again(
    page: Page, proxy: Proxy, server: Server, ending: str
) -> None:
    open_dashboard(page, proxy, LIVELY)
    for after in (0, 1, 7, 150, 300, 450):
        proxy.end_after(after, ending)
        page.wait_for_timeout(300)
    until_right(page, server)
    assert_nothing_is_lost(page)


def test_where_nobody_answers_for_a_while_the_page_says_so_and_comes_back(
    page: Page, proxy: Proxy, server: Server
) -> None:
    open_dashboard(page, proxy, LIVELY)
    proxy.weather = Weather(refuses=True)
    proxy.cut()
    until_it_says_so(page)
    page.wait_for_timeout(2_000)
    proxy.weather = FAIR
    until_right(page, server)
    assert_all_is_said_to_be_well(page)
    assert_nothing_is_lost(page)


def test_what_stands_still_for_good_is_given_up_and_begun_anew(
    browser: Browser, server: Server
) -> None:
    """Half open, stopped in the middle of an answer, or in a network that it has left."""
    proxies = [Proxy(server.port) for _ in range(3)]
    pages = [browser.new_context().new_page() for _ in proxies]
    for page, proxy in zip(pages, proxies, strict=True):
        page.set_default_timeout(SLOW)
        open_dashboard(page, proxy, LIVELY)
        remember_what_is_said(page)
    loaded = [origin(page) for page in pages]
    pages[2].context.set_offline(True)
    proxies[0].weather = proxies[2].weather = Weather(silent=True)
    proxies[1].end_after(100, "silence")
    pages[0].wait_for_timeout(700)  # each column asks, or should hear, in this time
    for proxy in proxies:
        proxy.dismiss()
        proxy.weather = FAIR
    assert sum(crossing.stranded for crossing in proxies[0].crossings) >= 4
    pages[2].context.set_offline(False)
    began = time.monotonic()
    for page in pages:
        until_right(page, server, {name: s + RECOVERY for name, s in TIME_OUT.items()}, began)
        assert_all_is_said_to_be_well(page)
        assert_it_was_said(page)
        assert_nothing_is_lost(page)
    assert [origin(page) for page in pages] == loaded, "none was reloaded"
    for page, proxy in zip(pages, proxies, strict=True):
        page.context.close()
        proxy.close()


@pytest.mark.parametrize("server", ["tests.passing_lesson"], indirect=True)
def test_a_laptop_that_was_shut_for_ten_minutes_is_right_when_it_is_opened(
    page: Page, proxy: Proxy, server: Server
) -> None:
    """Its timers stand still meanwhile, its connections die, and its clocks go on."""
    page.add_init_script("""
        window.slept = 0;
        const [now, wall] = [performance.now.bind(performance), Date.now];
        const frame = requestAnimationFrame.bind(window);
        performance.now = () => now() + slept;
        Date.now = () => wall() + slept;
        window.requestAnimationFrame = (draw) => frame((t) => draw(t + slept));
    """)
    open_dashboard(page, proxy, LIVELY)
    loaded = origin(page)
    cdp = page.context.new_cdp_session(page)
    freeze(cdp, "frozen")
    proxy.weather = Weather(refuses=True)  # when it is opened, its network takes a while, too
    proxy.cut()
    before, known = newest(server), seen(page)
    passed = requests.post(f"{server.url}/pass", json={"seconds": TEN_MINUTES}, timeout=SLOW)
    assert passed.json()["last"] - before > 5_000
    page.evaluate("(s) => { window.slept = 1_000 * s; }", TEN_MINUTES)
    assert seen(page) == known, "it was shut"
    freeze(cdp, "active")
    until_it_says_so(page)
    proxy.weather = FAIR
    until_right(page, server)
    assert_all_is_said_to_be_well(page)
    assert_nothing_is_lost(page)
    for technique in TECHNIQUES:
        until(page, technique, "delay", "v < 5_000")  # its clock is right again, too
    assert origin(page) == loaded, "it was never reloaded"


def freeze(cdp: CDPSession, state: str) -> None:
    cdp.send("Page.setWebLifecycleState", {"state": state})


def test_a_server_that_is_killed_and_started_again_is_found_again_and_again(
    page: Page, proxy: Proxy, server: Server
) -> None:
    open_dashboard(page, proxy, LIVELY)
    loaded = origin(page)
    for pause in (0.1, 1.7):
        page.wait_for_timeout(pause * 1_000)
        server.stop(signal.SIGKILL)
        until_it_says_so(page)
        server.start()
        until_right(page, server)
        assert_all_is_said_to_be_well(page)
    assert origin(page) == loaded, "it was never reloaded"
    assert all(value(page, technique, "doubled") == 0 for technique in TECHNIQUES)
