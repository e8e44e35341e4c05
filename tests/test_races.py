"""Following while events rush, on green and on real threads: nothing gets lost in between."""

from __future__ import annotations

import json
import threading

import pytest

from tests.raw_socket import FEED, RawSocket
from tests.servers import Server, Steering


class Rusher(threading.Thread):
    """Follows again and again while batches come, and checks that each continues the last."""

    def __init__(self, server: Server, times: int) -> None:
        super().__init__(daemon=True)
        self.client, self.times = RawSocket(server), times
        self.after: int | None = None
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            for id in range(1, self.times + 1):
                self.follow(id)
            self.client.close()
        except BaseException as error:  # an assertion in a thread would go unseen
            self.failure = error

    def follow(self, id: int) -> None:
        cursor = {} if self.after is None else {"after": self.after}
        self.client.send(f"42{FEED},{id}" + json.dumps(["follow", {"channel": "sales", **cursor}]))
        early, answer = [], None
        while answer is None:
            packet = self.client.receive()
            if packet.startswith("43"):
                answer = json.loads(packet.removeprefix(f"43{FEED},{id}"))[0]
            else:
                early.append(self.batch(packet))
        if self.after is None:
            self.after = answer["last"]
        for batch in (answer, *early):
            self.take(batch)
        for _ in range(2):
            self.take(self.batch(self.client.receive()))

    def batch(self, packet: str) -> dict:
        return json.loads(packet.removeprefix(f"42{FEED},"))[1]

    def take(self, batch: dict) -> None:
        for event in batch["events"]:
            assert event["id"] <= self.after + 1, f"{self.after} is followed by {event['id']}"
            self.after = max(self.after, event["id"])


@pytest.mark.parametrize("engine", ["eventlet", "threading"])
def test_nothing_is_lost_between_the_catch_up_and_the_push(make_server, engine):
    server = make_server(SEED=1, RATE=0.1, ENGINE=engine)
    steering = Steering(server)
    rushers = [Rusher(server, 30) for _ in range(6)]
    for rusher in rushers:
        rusher.start()
    while any(rusher.is_alive() for rusher in rushers):
        for order in ({"burst": 1}, {"return": True}):
            assert steering.tell("sale", order) == {"ok": True}
    steering.close()
    for rusher in rushers:
        assert rusher.failure is None, rusher.failure
    assert "Traceback" not in "".join(server.log)
