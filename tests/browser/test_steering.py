"""A class in two browsers: the instructor's, on this machine, and a student's, on the network."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from tests.dashboards import SLOW, TECHNIQUES, until_state, watch
from tests.servers import Server, network_address


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    server = Server(mode="class", HOST="0.0.0.0", SEED=1)
    yield server
    server.close()


@pytest.fixture
def student(browser: Browser, server: Server) -> Iterator[Page]:
    context = browser.new_context(base_url=f"http://{network_address()}:{server.port}")
    yield context.new_page()
    context.close()


@pytest.fixture
def instructor(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


def test_the_instructor_steers_and_a_student_reads(
    server: Server, instructor: Page, student: Page
) -> None:
    (complaints, hosts), (more, others) = watch(instructor), watch(student)
    asked: list[Request] = []
    instructor.on("requestfinished", lambda one: asked.append(one))

    instructor.goto(server.link())
    assert instructor.url == f"{server.url}/instructor"
    instructor.goto(f"{server.url}/dashboard")
    student.goto("/dashboard")
    for page in (instructor, student):
        for technique in TECHNIQUES:
            until_state(page, technique, "live")
        expect(page.locator(".sale")).to_have_attribute("data-paused", "true", timeout=SLOW)
    expect(student.locator(".sale")).to_contain_text("your instructor runs the sale")
    expect(student.locator(".sale button, .sale input, button.scene")).to_have_count(0)
    expect(student.locator('[data-technique="long-poll"] button').first).to_be_visible()

    instructor.locator(".sale .pause").click()
    instructor.locator(".sale .burst").click()
    expect(student.locator('[data-sale="paused"]')).to_have_text("on sale", timeout=SLOW)
    expect(student.locator('[data-sale="sold"]')).to_have_text(re.compile("[1-9]"), timeout=SLOW)

    assert (complaints, more) == ([], [])
    assert hosts | others == {f"127.0.0.1:{server.port}", f"{network_address()}:{server.port}"}
    # What is measured is not made heavier by being the instructor.
    carried = {one.url: "cookie" in one.all_headers() for one in asked}
    assert carried[server.url + "/dashboard"] is True
    polls = [url for url in carried if "/demos/" in url]
    assert polls
    assert not any(carried[url] for url in polls)


@pytest.mark.parametrize("path", ["/lesson/socket-io", "/lesson/ticket-race"])
def test_a_chapter_tells_a_student_whose_the_sale_is(student: Page, path: str) -> None:
    complaints, _ = watch(student)
    student.goto(path)
    expect(student.locator("body")).to_contain_text(re.compile("your instructor (runs|has)"))
    expect(student.locator(".pause, .burst, .return, button.scene")).to_have_count(0)
    assert complaints == []


def test_this_machine_alone_does_not_make_an_instructor(server: Server, instructor: Page) -> None:
    instructor.goto(f"{server.url}/dashboard")
    expect(instructor.locator(".sale")).to_contain_text("your instructor runs the sale")
    expect(instructor.locator(".sale button")).to_have_count(0)
