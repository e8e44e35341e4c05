"""Following while events rush, on green and on real threads: nothing gets lost in between."""

from __future__ import annotations

import json
import threading

import pytest
import requests

from tests.raw_socket import FEED, RawSocket
from tests.servers import PATIENCE, Server


class Worker(threading.Thread):
    """Does something on a connection of its own."""

    def __init__(self, server: Server) -> None:
        super().__init__(daemon=True)
        self.client = RawSocket(server)
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            self.work()
            self.client.close()
        except BaseException as error:  # an assertion in a thread would go unseen
            self.failure = error

    def work(self) -> None:
        raise NotImplementedError


class Speaker(Worker):
    """Talks in the chat by one request after the other, until it is told to stop."""

    def __init__(self, server: Server) -> None:
        super().__init__(server)
        self.url = f"{server.url}/demos/say"
        self.silenced = threading.Event()

    def work(self) -> None:
        while not self.silenced.is_set():
            said = {"channel": "chat", "name": "Ada", "text": "and another"}
            assert requests.post(self.url, json=said, timeout=PATIENCE).status_code == 201


class Follower(Worker):
    """Follows again and again while batches come, and checks that each continues the last."""

    def __init__(self, server: Server, times: int) -> None:
        super().__init__(server)
        self.times = times
        self.after: int | None = None

    def work(self) -> None:
        for id in range(1, self.times + 1):
            self.follow(id)

    def follow(self, id: int) -> None:
        cursor = {} if self.after is None else {"after": self.after}
        self.client.send(f"42{FEED},{id}{json.dumps(['follow', {'channel': 'chat', **cursor}])}")
        early, answer = [], None
        while answer is None:
            packet = self.client.receive()
            if packet.startswith("43"):
                answer = json.loads(packet.removeprefix(f"43{FEED},{id}"))[0]
            else:
                early.append(self.batch(packet))
        if self.after is None:
            self.after = answer["last"]
        self.take(answer)
        if answer["last"] > self.after:
            return  # there is more: ask again at once
        for batch in early:
            self.take(batch)
        for _ in range(3):
            self.take(self.batch(self.client.receive()))

    def batch(self, packet: str) -> dict:
        return json.loads(packet.removeprefix(f"42{FEED},"))[1]

    def take(self, batch: dict) -> None:
        for event in batch["events"]:
            assert event["id"] <= self.after + 1, f"{self.after} is followed by {event['id']}"
            self.after = max(self.after, event["id"])


class Guest(Worker):
    """Comes, follows and goes again, in all the ways there are to go."""

    def __init__(self, server: Server, times: int) -> None:
        super().__init__(server)
        self.server, self.times = server, times

    def work(self) -> None:
        for number in range(self.times):
            guest = RawSocket(self.server)
            guest.send(f'42{FEED},1["follow",{{"channel":"chat"}}]')
            if number % 2:
                guest.send(f"41{FEED},")
            if number % 3:
                guest.send("1")
            guest.connection.shutdown()


@pytest.mark.parametrize(("module", "times"), [("lesson", 10), ("tests.hectic_lesson", 50)])
def test_nothing_is_lost_between_the_catch_up_and_the_push(make_server, module, times):
    server = make_server(module)
    speakers = [Speaker(server) for _ in range(3)]
    workers = [Follower(server, times) for _ in range(6)] + [Guest(server, times) for _ in range(3)]
    for worker in (*speakers, *workers):
        worker.start()
    for worker in workers:
        while worker.is_alive():
            worker.join(0.2)
            assert [one.failure for one in speakers] == [None] * 3  # or nobody has news any more
    for speaker in speakers:
        speaker.silenced.set()
        speaker.join()
    for worker in (*speakers, *workers):
        assert worker.failure is None, worker.failure
    server.stop()
    assert "Traceback" not in "".join(server.log)


@pytest.mark.parametrize("module", ["lesson", "tests.hectic_lesson"])
def test_messages_of_one_client_are_taken_and_answered_in_their_order(make_server, module):
    server = make_server(module)
    client = RawSocket(server)
    for id in range(200):
        said = json.dumps(["say", {"channel": "chat", "name": "Ada", "text": str(id)}])
        client.send(f"42{FEED},{id}{said}")
    answers = [client.receive() for _ in range(200)]
    client.close()
    for id, answer in enumerate(answers):
        event = json.loads(answer.removeprefix(f"43{FEED},{id}"))[0]
        assert (event["id"], event["data"]["text"]) == (id + 1, str(id))
