"""A listener for each technique, on clients that others wrote: requests and python-socketio.

All three keep the contract's cursor, so that one test can be run over all of them.
"""

from __future__ import annotations

import queue
import threading
from typing import Any

import requests
import socketio

from tests.servers import PATIENCE, Server

Batch = dict[str, Any]
NAMESPACE = "/demos/web-socket"


class Reader:
    """Applies batches as the contract says, and keeps what was applied."""

    def __init__(self, epoch: str | None = None, after: int | None = None) -> None:
        self.epoch, self.after = epoch, after
        self.events: list[dict[str, Any]] = []
        self.missed = 0

    def cursor(self) -> dict[str, Any]:
        """Return the cursor as parameters of a question."""
        given = {"epoch": self.epoch, "after": self.after}
        return {name: value for name, value in given.items() if value is not None}

    def take(self, batch: Batch) -> bool:
        """Apply a batch; return whether it continues the cursor."""
        if self.after is None or self.epoch != batch["epoch"]:
            self._start_over(batch)
        assert self.after is not None
        if self.after < batch["first"] - 1:
            self.missed += batch["first"] - 1 - self.after
            self.after = batch["first"] - 1
        for event in batch["events"]:
            if event["id"] > self.after + 1:
                return False
            if event["id"] == self.after + 1:
                self.events.append(event)
                self.after = event["id"]
        return bool(batch["events"]) or batch["last"] == self.after

    def _start_over(self, batch: Batch) -> None:
        fresh = self.after is None
        self.epoch, self.after = batch["epoch"], batch["first"] - 1
        if fresh:
            self.after = batch["events"][0]["id"] - 1 if batch["events"] else batch["last"]


class Listener:
    """Listens to one channel until it is stopped; may be started again."""

    hold: float | None = None

    def __init__(self, server: Server, channel: str, **cursor: Any) -> None:
        self.server, self.channel = server, channel
        self.reader = Reader(**cursor)
        self.batches: queue.Queue[Batch] = queue.Queue()

    def start(self) -> None:
        """Listen."""
        raise NotImplementedError

    def stop(self) -> None:
        """Stop listening."""
        raise NotImplementedError

    def wait_for(self, last: int) -> list[dict[str, Any]]:
        """Return all events applied, once the one with the id `last` is among them."""
        while self.reader.after is None or self.reader.after < last:
            self.read()
        return self.reader.events

    def read(self) -> Batch:
        """Apply the next batch that comes, and return it."""
        raise NotImplementedError


class Poll(Listener):
    """Asks whenever somebody wants to read."""

    path = ""

    def start(self) -> None:
        self.session = requests.Session()

    def stop(self) -> None:
        self.session.close()

    def read(self) -> Batch:
        query = self.reader.cursor() | ({} if self.hold is None else {"hold": self.hold})
        url = f"{self.server.url}/demos/{self.path}/{self.channel}"
        answer = self.session.get(url, params=query, timeout=PATIENCE)
        answer.raise_for_status()
        batch: Batch = answer.json()
        assert self.reader.take(batch)
        return batch


class ShortPoll(Poll):
    path = "short-poll"


class LongPoll(Poll):
    path, hold = "long-poll", 5


class WebSocket(Listener):
    """Follows on each connect, and again where a batch does not continue its cursor."""

    def start(self) -> None:
        self.client = socketio.Client(reconnection=False)
        self.client.on("batch", self.batches.put, namespace=NAMESPACE)
        self.client.connect(self.server.url, namespaces=[NAMESPACE], transports=["websocket"])
        self.follow()

    def stop(self) -> None:
        self.client.disconnect()

    def follow(self) -> None:
        answer = self.client.call(
            "follow",
            {"channel": self.channel} | self.reader.cursor(),
            namespace=NAMESPACE,
            timeout=PATIENCE,
        )
        assert "error" not in answer, answer
        self.reader.take(answer)
        if answer["last"] > self.reader.after:
            self.follow()

    def read(self) -> Batch:
        batch = self.batches.get(timeout=PATIENCE)
        if not self.reader.take(batch):
            self.follow()
        return batch


LISTENERS = {"short-poll": ShortPoll, "long-poll": LongPoll, "web-socket": WebSocket}


class Following(threading.Thread):
    """Lets a listener read on its own until it has the event with the id `last`."""

    def __init__(self, listener: Listener, last: int) -> None:
        super().__init__(daemon=True)
        self.listener, self.last = listener, last
        self.failure: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            self.listener.wait_for(self.last)
        except BaseException as error:  # a test's assertion in a thread would go unseen
            self.failure = error

    def result(self) -> list[dict[str, Any]]:
        """Wait until it is done; return all events applied."""
        self.join(PATIENCE)
        assert self.failure is None, self.failure
        assert not self.is_alive(), f"stuck at {self.listener.reader.after} before {self.last}"
        return self.listener.reader.events
