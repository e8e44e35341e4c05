"""What the browser tests of the dashboard read and wait for: figures, states, and its columns."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Page, Request, expect

from tests.proxy import Proxy
from tests.servers import Server

TECHNIQUES = ("short-poll", "long-poll", "web-socket")
SLOW = 30_000  # ms in which whatever is waited for must have happened

# What the browser itself says where the server is not there.
GONE = re.compile(
    r"net::ERR_|WebSocket connection to .* failed|WebSocket is already in CLOSING or CLOSED state"
)


def watch(page: Page) -> tuple[list[str], set[str]]:
    """Collect what a page complains of in its console, and the hosts that it asks."""
    complaints: list[str] = []
    hosts: set[str] = set()

    def complain(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    def remember(asked: Request) -> None:
        if not asked.url.startswith(("data:", "blob:")):
            hosts.add(urlsplit(asked.url).netloc)

    page.set_default_timeout(SLOW)
    page.on("console", complain)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", remember)
    return complaints, hosts


def figure(page: Page, technique: str, name: str) -> Any:
    return page.locator(f'[data-technique="{technique}"].column [data-figure="{name}"]')


def value(page: Page, technique: str, name: str) -> float:
    text = figure(page, technique, name).get_attribute("data-value")
    return float("nan") if text is None else float(text)


def until(page: Page, technique: str, name: str, test: str, timeout: float = SLOW) -> None:
    """Wait until a figure's value passes a test, a JavaScript expression of `v`."""
    page.wait_for_function(
        f"""() => {{
            const column = document.querySelector('.column[data-technique="{technique}"]');
            const text = column.querySelector('[data-figure="{name}"]').dataset.value;
            const v = Number(text);
            return text !== undefined && ({test});
        }}""",
        timeout=timeout,
    )


def until_state(page: Page, technique: str, state: str) -> None:
    expect(figure(page, technique, "state")).to_have_text(state, timeout=SLOW)


def open_dashboard(page: Page, server: Server | Proxy, query: str = "") -> None:
    page.goto(f"{server.url}/dashboard{query}")
    for technique in TECHNIQUES:
        until_state(page, technique, "live")
