"""The very contract that the three techniques keep, over the solution of exercise 13."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import requests

from tests import test_contract as contract
from tests.conftest import MakeServer
from tests.listeners import LISTENERS, Listener
from tests.servers import PATIENCE, Server, Steering
from tests.small_lesson import CAPACITY
from tests.test_contract import ENGINES

TECHNIQUE = "server-sent-events"


class ServerSentEvents(Listener):
    """Does as a browser's EventSource: one address for ever, and the newest id when it returns."""

    def start(self) -> None:
        if not hasattr(self, "query"):
            self.query, self.last_id = self.reader.cursor(), ""
        self.answer = requests.get(
            f"{self.server.url}/demos/{TECHNIQUE}/{self.channel}",
            params=self.query,
            headers={"Last-Event-ID": self.last_id} if self.last_id else {},
            stream=True,
            timeout=PATIENCE,
        )
        self.answer.raise_for_status()
        self.lines = self.answer.iter_lines(chunk_size=None, decode_unicode=True)

    def stop(self) -> None:
        self.answer.close()

    def read(self) -> dict:
        fields = {}
        while line := next(self.lines):
            name, _, value = line.partition(": ")
            fields[name] = value
        self.last_id = fields["id"]
        batch = json.loads(fields["data"])
        assert self.reader.take(batch)
        return batch


@pytest.fixture
def make(make_server: MakeServer, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Server]:
    monkeypatch.setitem(LISTENERS, TECHNIQUE, ServerSentEvents)
    monkeypatch.setattr(contract, "TECHNIQUES", tuple(LISTENERS))

    def make(module: str = "lesson", **settings: object) -> Server:
        capacity = CAPACITY if module == "tests.small_lesson" else 10_000
        return make_server("tests.fourth_lesson", CAPACITY=capacity, **settings)

    return make


@pytest.mark.parametrize("engine", ENGINES)
def test_all_four_hear_the_same_sale(make, engine):
    contract.test_all_three_hear_the_same_sale(make, engine)


@pytest.mark.parametrize("engine", ENGINES)
def test_who_was_away_gets_what_came_meanwhile(make, engine):
    contract.test_who_was_away_gets_what_came_meanwhile(make, engine, TECHNIQUE)


def test_who_comes_too_late_learns_how_many_it_missed(make):
    contract.test_who_comes_too_late_learns_how_many_it_missed(make, TECHNIQUE)


def test_at_the_edge_of_what_the_feed_holds_nothing_is_missed(make):
    contract.test_at_the_edge_of_what_the_feed_holds_nothing_is_missed(make, TECHNIQUE)


def test_after_a_restart_everybody_starts_over(make):
    contract.test_after_a_restart_everybody_starts_over(make(), TECHNIQUE)


def test_no_cursor_means_from_now_on(make):
    server = make()
    steering = Steering(server)
    steering.tell("sale", {"paused": True})
    contract.test_no_cursor_means_from_now_on(server, steering, TECHNIQUE)
    steering.close()


def test_what_is_said_by_one_technique_is_heard_by_all(make):
    contract.test_what_is_said_by_one_technique_is_heard_by_all(make(), TECHNIQUE)
