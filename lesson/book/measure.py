"""Measures the figures that the book states, and writes lesson/figures.json: `make figures`.

A real browser opens the dashboard of a real server, in each scene, and what a student would read
there is read. The sale's chance is the same each time (`SEED`). A figure's name is its scene, its
technique and its figure. To add one: a line in FIGURES for what is on the page, in DERIVED for what
follows from that, in SCENES for other circumstances.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page, sync_playwright

from lesson.book.parts import TECHNIQUES
from lesson.book.shelf import LESSON
from lesson.machinery.bench.about import processor
from lesson.machinery.bench.dashboard import QUIET
from lesson.machinery.bench.server import cores, serving

SEED = 1

Figures = dict[str, float | None]


@dataclass(frozen=True)
class Scene:
    """A scene and how long it is watched: the rarer its events are, the longer.

    It is watched from its first question on, so that a handshake counts.
    """

    key: str
    words: str
    seconds: float


@dataclass(frozen=True)
class Derived:
    """A figure that follows from others; its value is None where one of them is missing."""

    unit: str
    words: str
    value: Callable[[Figures], float | None]


SCENES = (
    Scene("late", "1 event a second, a short poll every 5 s", 60),
    Scene("for-nothing", "1 event in 5 s, a short poll every second", 180),
    Scene("rush", "20 events a second, a short poll every second", 60),
)

# Name on the page, unit, and in words.
FIGURES = {
    "delay-median": ("ms", "how late an event is seen, in the middle"),
    "delay-p95": ("ms", "how late an event is seen; 19 of 20 are earlier"),
    "requests": ("", "requests"),
    "empty": ("", "answers with nothing new"),
    "events": ("", "events seen"),
    "bytes-up": ("B", "bytes sent by the browser"),
    "bytes-down": ("B", "bytes sent by the server"),
    "bytes-head": ("B", "bytes of heads"),
    "bytes-body": ("B", "bytes of data"),
}

DERIVED = {
    "requests-per-event": Derived(
        "", "requests for each event", lambda f: share(f["requests"], f["events"])
    ),
    "empty-share": Derived(
        "%", "answers with nothing new", lambda f: share(f["empty"], f["requests"], 100)
    ),
    "bytes-per-event": Derived(
        "B", "bytes for each event", lambda f: share(both_ways(f), f["events"])
    ),
    "head-per-event": Derived(
        "B", "bytes of heads for each event", lambda f: share(f["bytes-head"], f["events"])
    ),
    "body-per-event": Derived(
        "B", "bytes of data for each event", lambda f: share(f["bytes-body"], f["events"])
    ),
    "head-per-request": Derived(
        "B", "bytes of heads for each request", lambda f: share(f["bytes-head"], f["requests"])
    ),
    "bytes-per-request": Derived(
        "B", "bytes for each request", lambda f: share(both_ways(f), f["requests"])
    ),
}


def main() -> int:
    """Measure every scene and write the file; return the exit status."""
    chromium = os.environ.get("CHROMIUM")
    if not chromium:
        print("The figures are read in a browser, and there is no Chromium here.", file=sys.stderr)
        return 1
    figures: dict[str, Any] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=QUIET)
        for scene in SCENES:
            print(f"{scene.key} ... ", end="", flush=True)
            page = browser.new_page(viewport={"width": 1280, "height": 720})
            figures |= measure(scene, page)
            page.close()
            print("done", flush=True)
        about = {**where_and_when(), "versions": versions(browser.version), "figures": figures}
        browser.close()
    text = json.dumps(about, indent=1, ensure_ascii=False) + "\n"
    (LESSON / "figures.json").write_text(text, encoding="utf-8")
    print(f"{len(figures)} figures are in lesson/figures.json")
    return 0


def measure(scene: Scene, page: Page) -> dict[str, Any]:
    """Return the figures of one scene, on a server of its own."""
    core = cores()
    with serving(core[0] if core else None, SEED=SEED) as server:
        page.goto(f"{server.url}/dashboard?scene={scene.key}")
        page.wait_for_timeout(scene.seconds * 1000)
        read = {technique: read_column(page, technique) for technique in TECHNIQUES}
    return {
        f"{scene.key} {technique} {name}": entry(value, unit, words, scene, technique)
        for technique, values in read.items()
        for name, value, unit, words in all_of(values)
        if value is not None
    }


def all_of(values: Figures) -> Iterator[tuple[str, float | None, str, str]]:
    """Return a column's figures: name, value, unit, words; first the page's, then what follows."""
    for name, (unit, words) in FIGURES.items():
        yield name, values[name], unit, words
    for name, derived in DERIVED.items():
        yield name, derived.value(values), derived.unit, derived.words


def read_column(page: Page, technique: str) -> Figures:
    """Return what stands in a column."""
    column = page.locator(f'.column[data-technique="{technique}"]')
    values = {
        name: column.locator(f'[data-figure="{name}"]').first.get_attribute("data-value")
        for name in FIGURES
    }
    return {name: None if value is None else float(value) for name, value in values.items()}


def entry(
    value: float | None, unit: str, words: str, scene: Scene, technique: str
) -> dict[str, Any]:
    """Return a figure as it is written."""
    assert value is not None
    where = f"{TECHNIQUES[technique]}, {scene.seconds:.0f} s of the scene: {scene.words}."
    what = f"{words[0].upper()}{words[1:]}. {where}"
    return {"value": round(value, 3), "unit": unit, "what": what}


def share(a: float | None, b: float | None, times: float = 1) -> float | None:
    """Return a / b × times, or None where one of them is missing or b is 0."""
    return None if a is None or not b else a / b * times


def both_ways(figures: Figures) -> float | None:
    """Return all bytes, up and down."""
    up, down = figures["bytes-up"], figures["bytes-down"]
    return None if up is None or down is None else up + down


def where_and_when() -> dict[str, str]:
    """Return the date and the machine in words."""
    machine = f"{processor()}, {os.cpu_count()} cores, {platform.system()}"
    return {
        "date": time.strftime("%Y-%m-%d"),
        "machine": f"{machine}, server and browser on one machine",
    }


def versions(browser: str) -> str:
    """Return with what it was measured."""
    return f"Python {platform.python_version()}, Chromium {browser}"


if __name__ == "__main__":
    sys.exit(main())
