"""The dashboard in a real Chromium, on a real server: what it shows, and that controls work."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ifaddr
import pytest
from playwright.sync_api import Page, expect

from tests.conftest import MakeServer
from tests.dashboards import (
    GONE,
    TECHNIQUES,
    figure,
    open_dashboard,
    until,
    until_state,
    value,
    watch,
)
from tests.servers import Server, Steering


@pytest.fixture(autouse=True)
def clean(page: Page, request: pytest.FixtureRequest) -> Iterator[None]:
    """No test may leave an error in the console, or have asked another host for anything."""
    may_be_gone = request.node.get_closest_marker("server_goes") is not None
    complaints, hosts = watch(page)
    yield
    assert [text for text in complaints if not (may_be_gone and GONE.search(text))] == []
    assert len(hosts) <= 1


def heard(server: Server) -> dict[str, Any]:
    steering = Steering(server)
    now: dict[str, Any] = steering.state["now"]
    steering.close()
    return now


def own_address() -> str:
    """Return an address by which this machine is known on its network."""
    addresses = (ip.ip for adapter in ifaddr.get_adapters() for ip in adapter.ips if ip.is_IPv4)
    return next(str(address) for address in addresses if not str(address).startswith("127."))


def test_all_three_show_the_same_sale_and_the_first_one_late(page: Page, make_server: MakeServer):
    server = make_server(SEED=1, RATE=5)
    open_dashboard(page, server, "?interval=3")
    until(page, "short-poll", "requests", "v >= 5")
    page.locator(".sale .pause").click()
    last = heard(server)["last"]
    for technique in TECHNIQUES:
        until(page, technique, "last-id", f"v === {last}")

    left = page.locator(".column .left-count").all_text_contents()
    assert len(set(left)) == 1
    for technique in TECHNIQUES:
        assert value(page, technique, "missed") == value(page, technique, "doubled") == 0
        assert value(page, technique, "events") > 30
    late = {technique: value(page, technique, "delay-median") for technique in TECHNIQUES}
    assert late["short-poll"] > 500 > 2 * late["long-poll"]
    assert late["short-poll"] > 500 > 2 * late["web-socket"]
    assert figure(page, "web-socket", "transport").text_content() == "websocket"
    assert value(page, "web-socket", "requests") == 1


def test_in_for_nothing_four_of_five_questions_are_asked_in_vain(page: Page, server: Server):
    open_dashboard(page, server)
    page.get_by_role("button", name=re.compile("for nothing")).click()
    until(page, "short-poll", "requests", "v >= 15")
    asked, empty = (value(page, "short-poll", name) for name in ("requests", "empty"))
    assert heard(server)["rate"] == 0.2
    assert empty / asked > 0.5
    assert value(page, "long-poll", "requests") < asked / 2


def test_in_rush_long_polling_asks_most_of_all(page: Page, server: Server):
    open_dashboard(page, server)
    page.get_by_role("button", name=re.compile("rush")).click()
    until(page, "web-socket", "events", "v >= 60")
    assert heard(server)["rate"] == 20
    assert value(page, "long-poll", "requests") > 3 * value(page, "short-poll", "requests")
    assert value(page, "web-socket", "requests") <= 1


def test_the_sales_controls_do_their_work(page: Page, server: Server):
    open_dashboard(page, server)
    page.locator(".sale .pause").click()
    expect(page.locator(".sale .pause")).to_have_text("Go on")
    before = heard(server)
    assert before["paused"] is True

    page.get_by_role("button", name="Burst of 10").click()
    until(page, "web-socket", "last-id", f"v === {before['last'] + 10}")
    page.get_by_role("button", name="One ticket back").click()
    until(page, "web-socket", "last-id", f"v === {before['last'] + 11}")
    assert heard(server)["sold"] == before["sold"] + 9

    page.locator(".sale .rate input[value='5']").check(force=True)
    expect(page.locator(".sale .rate input[value='5']")).to_be_checked()
    page.wait_for_function("() => new URLSearchParams(location.search) !== null")
    page.locator(".sale .pause").click()
    expect(page.locator(".sale .pause")).to_have_text("Pause")
    assert heard(server)["rate"] == 5

    page.get_by_role("button", name="Sell out").click()
    page.get_by_role("button", name="Press again").click()
    expect(page.locator('[data-sale="left"]')).to_have_text("0")
    for technique in TECHNIQUES:
        expect(page.locator(f".column[data-technique={technique}] .left-count")).to_have_text("0")
        assert value(page, technique, "missed") == value(page, technique, "doubled") == 0


def test_a_column_can_be_stopped_and_goes_on_where_it_was(page: Page, make_server: MakeServer):
    server = make_server(RATE=20)
    open_dashboard(page, server, "?interval=0.5")
    for technique in TECHNIQUES:
        column = page.locator(f".column[data-technique={technique}]")
        column.get_by_role("button", name="Stop").click()
        until_state(page, technique, "stopped")
        page.evaluate("() => new Promise(requestAnimationFrame)")
        stopped_at = value(page, technique, "last-id")
        other = next(name for name in TECHNIQUES if name != technique)
        until(page, other, "last-id", f"v > {stopped_at + 20}")
        assert value(page, technique, "last-id") == stopped_at
        column.get_by_role("button", name="Start").click()
        until(page, technique, "last-id", f"v > {stopped_at + 20}")
        assert value(page, technique, "missed") == value(page, technique, "doubled") == 0


def test_the_interval_and_the_hold_are_ones_own(page: Page, server: Server):
    open_dashboard(page, server)
    page.locator("input[name=interval]").fill("0.2")
    page.get_by_role("button", name="Reset figures").click()
    until(page, "short-poll", "requests", "v >= 10")
    page.locator("input[name=hold]").fill("1")
    page.locator(".sale .pause").click()
    page.get_by_role("button", name="Reset figures").click()
    until(page, "long-poll", "empty", "v >= 2")
    assert "interval=0.2" in page.url
    assert "hold=1" in page.url


def test_reset_begins_all_figures_anew(page: Page, make_server: MakeServer):
    server = make_server(RATE=20)
    open_dashboard(page, server)
    until(page, "web-socket", "events", "v > 50")
    page.get_by_role("button", name="Reset figures").click()
    until(page, "web-socket", "events", "v < 40")
    until(page, "long-poll", "requests", "v < 40")


def test_a_set_up_lives_in_the_address(page: Page, server: Server):
    page.goto(f"{server.url}/dashboard?scene=rush&hold=7&columns=short-poll,web-socket")
    until_state(page, "short-poll", "live")
    until_state(page, "web-socket", "live")
    until_state(page, "long-poll", "stopped")
    until(page, "web-socket", "events", "v > 20")
    assert heard(server)["rate"] == 20
    assert page.locator("input[name=hold]").input_value() == "7"
    assert page.locator("input[name=interval]").input_value() == "1"


@pytest.mark.parametrize("query", ["?scene=x&interval=nan&hold=-1&columns=", "?interval=1e9#'\"<"])
def test_nonsense_in_the_address_is_read_as_usual(page: Page, server: Server, query: str):
    page.goto(f"{server.url}/dashboard{query}")
    expect(page.locator(".column")).to_have_count(3)
    assert page.locator("input[name=interval]").input_value() == "5"


def test_the_figures_can_be_saved(page: Page, make_server: MakeServer):
    server = make_server(RATE=20)
    open_dashboard(page, server, "?interval=0.2")
    for technique in TECHNIQUES:
        until(page, technique, "delay-p95", "v > 0")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save CSV").click()
    rows = list(csv.DictReader(Path(saved.value.path()).read_text().splitlines()))
    assert [row["technique"] for row in rows] == list(TECHNIQUES)
    assert all(float(row["events"]) > 0 and float(row["delay-median"]) > 0 for row in rows)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save JSON").click()
    content = json.loads(Path(saved.value.path()).read_text())
    assert content["figures"].keys() == content["delays"].keys() == set(TECHNIQUES)


def test_from_the_network_ones_own_works_and_the_sale_is_read_out(
    page: Page, make_server: MakeServer
):
    server = make_server(SEED=1, RATE=5, HOST="0.0.0.0")
    server.url = f"http://{own_address()}:{server.port}"
    open_dashboard(page, server, "?interval=0.5&scene=rush")
    for technique in TECHNIQUES:
        until(page, technique, "events", "v > 10")
    assert page.locator(".sale button, .scenes button, .sale input").count() == 0
    expect(page.locator(".sale")).to_contain_text("the sale is run from the machine it runs on")
    assert not page.evaluate("() => isSecureContext")

    column = page.locator(".column[data-technique=long-poll]")
    column.get_by_role("button", name="Stop").click()
    until_state(page, "long-poll", "stopped")
    column.get_by_role("button", name="Start").click()
    until_state(page, "long-poll", "live")

    server.url = f"http://127.0.0.1:{server.port}"
    assert heard(server)["rate"] == 5  # the scene in the address has not steered it


@pytest.mark.server_goes
def test_after_a_restart_all_three_come_back_by_themselves(page: Page, make_server: MakeServer):
    server = make_server(RATE=10)
    open_dashboard(page, server, "?interval=0.5")
    server.stop()
    for technique in TECHNIQUES:
        until_state(page, technique, "retrying")
    server.start()
    for technique in TECHNIQUES:
        until_state(page, technique, "live")
        until(page, technique, "last-id", "v > 10")
        assert value(page, technique, "doubled") == 0


SIZES = [(1280, 720), (768, 1024), (360, 740)]


@pytest.mark.parametrize("theme", ["light", "dark", "projector"])
@pytest.mark.parametrize("size", SIZES)
def test_nothing_sticks_out_sideways(
    page: Page, shared_server: Server, size: tuple[int, int], theme: str
):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(f"{shared_server.url}/dashboard")
    page.evaluate("(theme) => (document.documentElement.dataset.theme = theme)", theme)
    until_state(page, "web-socket", "live")
    wide = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0


def test_the_point_is_seen_without_scrolling(page: Page, shared_server: Server):
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(f"{shared_server.url}/dashboard")
    until_state(page, "web-socket", "live")
    for name in ("delay-median", "requests", "empty"):
        for technique in TECHNIQUES:
            expect(figure(page, technique, name)).to_be_in_viewport(ratio=1)
