"""A dashboard in a real Chromium at 10 events/s: script for each frame, and memory as it runs on.

Script is the page's processor time (not the wall's) between two frames, from the browser's own
trace; memory is what is left of JavaScript's heap, and of the document, after a full collection.
"""

from __future__ import annotations

import contextlib
import json
import logging
import math
import os
import time
from collections.abc import Iterable, Iterator
from typing import Any

from playwright.sync_api import Browser, CDPSession, Error, Page, sync_playwright

from lesson.machinery.bench.progress import Progress
from lesson.machinery.bench.results import Figure, Results
from lesson.machinery.bench.server import serving
from lesson.machinery.crowd.tally import percentiles

RATE = 10  # events a second
TRACED = 10.0  # seconds
MINUTES = 2.0  # unless the setting of that name says otherwise
SCRIPT_BELOW = 8.0  # ms
GROWN_BELOW = 1.05  # times; collections differ by a little

# No sandbox: in a container, and as root, Chromium has none.
QUIET = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"]
QUIET += ["--disable-background-networking", "--disable-component-update"]

# What the trace calls the ways into a page's script; each contains all that it calls.
SCRIPT = {"FireAnimationFrame", "FunctionCall", "RunMicrotasks", "TimerFire", "EvaluateScript"}
SCRIPT |= {"XHRLoad", "XHRReadyStateChange", "EventDispatch"}
END_OF_FRAME = "PrePaint"
HANDSHAKES = '[data-technique="web-socket"] [data-figure="requests"]'


def measure(results: Results, progress: Progress) -> None:
    """Watch a dashboard for as many minutes as `MINUTES` says."""
    chromium, minutes = os.environ.get("CHROMIUM"), minutes_asked()
    if not chromium:
        results.remark("no Chromium here: the dashboard was not watched")
        return
    progress.begin(f"A dashboard at {RATE} events/s for {minutes:g} minutes")
    with serving(RATE=RATE, SEED=1) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=QUIET)
        try:
            page = browser.new_page(viewport={"width": 1280, "height": 720})
            errors: list[str] = results.details.setdefault("dashboard_errors", [])
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.goto(f"{server.url}/dashboard")
            watch(page, browser, minutes, results, progress)
        finally:
            # Ctrl-C has ended the browser's driver too, which then has no word for us.
            logging.getLogger("asyncio").setLevel(logging.CRITICAL)
            with contextlib.suppress(Error):
                browser.close()


def minutes_asked() -> float:
    """Return `MINUTES`.

    :raises ValueError: if it is not a number from 2 on.
    """
    given = os.environ.get("MINUTES") or str(MINUTES)
    try:
        minutes = float(given)
    except ValueError:
        minutes = 0.0
    if not 2 <= minutes <= 600:
        raise ValueError(f"MINUTES is {given!r}; allowed is a number from 2 to 600")
    return minutes


def watch(
    page: Page, browser: Browser, minutes: float, results: Results, progress: Progress
) -> None:
    """Look at a page's memory every minute and at the end, and after the first at its script."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    began = time.monotonic()
    series: dict[str, dict[str, float]] = results.details.setdefault("memory_by_minute", {})
    for minute in [*range(1, math.ceil(minutes)), minutes]:
        pass_time(page, began + minute * 60, began, progress)
        series[f"{minute:g}"] = memory(session)
        if minute == 1:
            frames = percentiles(script_by_frame(traced(page, browser)))
            results.details["script_by_frame"] = frames
            results.add(Figure("script a frame: p95", frames["p95"], "ms", SCRIPT_BELOW))
    results.add(*growth(series))
    handshakes = page.locator(HANDSHAKES).get_attribute("data-value")
    results.add(Figure(f"WebSocket: handshakes in {minutes:g} min", float(handshakes or 0), "", 2))


def growth(series: dict[str, dict[str, float]]) -> Iterator[Figure]:
    """Return what became of the memory after the first minute."""
    (_, first), *_, (minutes, last) = series.items()
    yield Figure("JavaScript's heap after 1 min", first["heap"] / 1e6, "MB")
    for what in ("heap", "nodes"):
        name = f"{what} after {minutes} min, against that after 1"
        yield Figure(name, last[what] / first[what], "×", GROWN_BELOW)


def pass_time(page: Page, until: float, began: float, progress: Progress) -> None:
    """Wait, while the page runs."""
    while (left := until - time.monotonic()) > 0:
        progress.at(f"{time.monotonic() - began:.0f} s")
        page.wait_for_timeout(min(1.0, left) * 1000)


def memory(session: CDPSession) -> dict[str, float]:
    """Return what is left after a full collection: bytes of heap, nodes and listeners."""
    session.send("HeapProfiler.collectGarbage")
    said = session.send("Performance.getMetrics")["metrics"]
    metrics = {metric["name"]: metric["value"] for metric in said}
    return {
        "heap": metrics["JSHeapUsedSize"],
        "nodes": metrics["Nodes"],
        "listeners": metrics["JSEventListeners"],
    }


def traced(page: Page, browser: Browser) -> list[dict[str, Any]]:
    """Return the browser's trace of 10 s."""
    browser.start_tracing(page=page, categories=["devtools.timeline", "v8.execute"])
    page.wait_for_timeout(TRACED * 1000)
    events: list[dict[str, Any]] = json.loads(browser.stop_tracing())["traceEvents"]
    return events


def script_by_frame(events: Iterable[dict[str, Any]]) -> list[float]:
    """Return ms of script before each frame of the page."""
    by_time = sorted((e for e in events if e.get("ph") == "X"), key=lambda e: float(e["ts"]))
    page = next((e["tid"] for e in by_time if e["name"] == "FireAnimationFrame"), None)
    frames, spent = [], 0.0
    for event in outermost(e for e in by_time if e["tid"] == page):
        if event["name"] == END_OF_FRAME:
            frames.append(spent)
            spent = 0.0
        else:
            spent += event.get("tdur", 0) / 1000
    return frames[1:]  # the first was begun before the trace


def outermost(events: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Leave out script that other script has called, and all that is neither script nor a frame."""
    end = 0.0
    for event in events:
        if event["name"] == END_OF_FRAME:
            yield event
        elif event["name"] in SCRIPT and event["ts"] >= end:
            end = event["ts"] + event["dur"]
            yield event
