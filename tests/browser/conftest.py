"""A real Chromium for the browser tests: the system's own, and quiet."""

from __future__ import annotations

from typing import Any

import pytest

from start import find_chromium

# No sandbox: in a container, and as root, Chromium has none.
QUIET = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"]
QUIET += ["--disable-background-networking", "--disable-component-update"]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Launch the system's Chromium, where there is one, instead of Playwright's."""
    return browser_type_launch_args | {"executable_path": find_chromium(), "args": QUIET}
