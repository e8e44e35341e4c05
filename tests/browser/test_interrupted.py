"""A Redis that is away for a while: the page says so, and nobody has missed anything afterwards."""

from __future__ import annotations

import time
from pathlib import Path

import requests
from playwright.sync_api import Page, expect

from tests.dashboards import open_dashboard
from tests.listeners import LISTENERS
from tests.patient import Patient, check_nothing_lost_or_doubled
from tests.redis_servers import Redis
from tests.servers import PATIENCE, Server, Steering
from tests.waiting import until

AWAY = 3.5  # seconds: longer than the box office's lease
SLOW = PATIENCE * 1_000  # ms


def test_while_redis_is_away_the_page_says_so_and_afterwards_nothing_is_lost(
    page: Page, tmp_path: Path
):
    redis = Redis(tmp_path)
    servers = [Server(REDIS_URL=redis.url, RATE=10) for _ in range(2)]
    steering = Steering(servers[0])
    crowd = [Patient(technique, server) for server in servers for technique in LISTENERS]
    try:
        open_dashboard(page, servers[0])
        until(lambda: min(len(one.events) for one in crowd) > 5)
        redis.stop()
        expect(page.locator(".unheard")).to_contain_text("The feed is interrupted", timeout=SLOW)
        for server in servers:
            said = requests.post(
                f"{server.url}/demos/say",
                json={"channel": "chat", "name": "Ada", "text": "?"},
                timeout=PATIENCE,
            )
            assert (said.status_code, said.headers["Retry-After"]) == (503, "1")
            assert "the feed is interrupted" in said.json()["detail"]
        assert steering.tell("sale", {"burst": 1})["error"]["status"] == 503
        time.sleep(AWAY)
        redis.start()
        expect(page.locator(".unheard")).to_be_empty(timeout=SLOW)
        check_nothing_lost_or_doubled(servers[1], crowd)
    finally:
        steering.close()
        for one in crowd:
            one.stop()
        for server in servers:
            server.close()
        redis.close()
