"""Every page there is: all of it comes from here, and nothing in it bars the way."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from lesson.app import create_app
from lesson.settings import Settings
from start import NODE_MODULES
from tests.dashboards import watch
from tests.servers import ROOT, Server

AXE = NODE_MODULES / "axe-core" / "axe.min.js"
NO_PAGES = {"/healthz", "/exercises/state", "/steer"}
IN_PARTS = ("/static/", "/demos/", "/yours/", "/exercises/bench/", "/kit/")
OWN = ("/setup", "/kit")  # those that have no tests of their own look


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The addresses of all pages: each route without a name in it, each chapter, each frame."""
    folder = tmp_path_factory.mktemp("instance")
    app = create_app(Settings(engine="threading", mode="class", instance=folder))
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    plain = {rule.rule for rule in rules if not rule.arguments and "." not in rule.rule}
    named = {rule.rule for rule in rules if rule.arguments and not rule.rule.startswith(IN_PARTS)}
    assert named == {"/lesson/<slug>", "/as-found/<name>"}
    chapters = [f"/lesson/{path.stem}" for path in (ROOT / "lesson/chapters").glob("*.md")]
    frames = [f"/as-found/{path.stem}" for path in (ROOT / "static/js/as-found").glob("*.js")]
    return sorted(
        {one for one in plain - NO_PAGES if not one.startswith(IN_PARTS)} | {*chapters, *frames}
    )


def test_every_page_comes_from_here_alone(
    page: Page, shared_server: Server, pages: list[str]
) -> None:
    complaints, hosts = watch(page)
    assert {"/", "/dashboard", "/exercises", "/setup", "/kit", "/lesson/closing"} <= set(pages)
    for path in pages:
        answer = page.goto(shared_server.url + path, wait_until="load")
        assert answer
        assert (path, answer.status) == (path, 200)
        said = [text for text in complaints if "Content Security Policy" in text]
        assert (path, hosts, said) == (path, {f"127.0.0.1:{shared_server.port}"}, [])


@pytest.mark.parametrize("path", OWN)
def test_what_is_read_before_a_lesson_can_be_read_by_everyone(
    page: Page, shared_server: Server, path: str
) -> None:
    complaints, _ = watch(page)
    page.set_viewport_size({"width": 320, "height": 700})
    page.goto(shared_server.url + path)
    page.evaluate(AXE.read_text("utf-8"))
    for theme in ("light", "dark", "projector"):
        page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
        found: list[dict[str, Any]] = page.evaluate("axe.run()")["violations"]
        assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in found] == []
        assert page.evaluate("document.documentElement.scrollWidth") == 320
    assert complaints == []
