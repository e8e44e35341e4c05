"""The JavaScript exercises, in a real browser: each answer gets the verdict meant for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.exercise_variants import Variant, agree, variants
from tests.servers import Server

PATIENCE = 10_000  # ms


@pytest.fixture(scope="module")
def my_work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("my-work")


@pytest.fixture(scope="module")
def bench(my_work: Path) -> Iterator[Server]:
    server = Server(MY_WORK=my_work)
    yield server
    server.close()


@pytest.mark.parametrize("variant", variants("javascript"), ids=str)
def test_each_answer_gets_the_verdict_meant_for_it(
    variant: Variant, bench: Server, my_work: Path, page: Page
) -> None:
    variant.write(my_work / variant.exercise.name)
    page.goto(f"{bench.url}/exercises/bench/{variant.exercise.name}")
    page.wait_for_selector("body[data-verdict]", state="attached", timeout=PATIENCE)
    verdict = json.loads(page.locator("body").get_attribute("data-verdict") or "")
    agree(variant, verdict["passed"], verdict["message"])
