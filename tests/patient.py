"""Listeners that do not give up: they ask again from their cursor, as the pages' own loops do."""

from __future__ import annotations

import threading
import time
from typing import Any

import requests
import socketio

from tests.listeners import LISTENERS, NAMESPACE, Batch, Listener
from tests.servers import PATIENCE, Server
from tests.waiting import until

AGAIN = 0.1  # seconds after a failure
TROUBLE = (requests.RequestException, socketio.exceptions.SocketIOError)


class Patient(threading.Thread):
    """Reads on by one technique until it is told how far; counts what was lost and doubled."""

    def __init__(self, technique: str, server: Server, channel: str = "sales") -> None:
        super().__init__(daemon=True)
        start = requests.get(f"{server.url}/demos/short-poll/{channel}", timeout=PATIENCE).json()
        self.cursor = {"epoch": start["epoch"], "after": start["last"]}
        self.listener: Listener = LISTENERS[technique](server, channel, **self.cursor)
        self.failures = 0
        self.doubled = 0
        self.ended = threading.Event()
        take = self.listener.reader.take

        def look(batch: Batch) -> bool:
            after, epoch = self.listener.reader.after, self.listener.reader.epoch
            if technique != "web-socket" and after is not None and batch["epoch"] == epoch:
                self.doubled += sum(event["id"] <= after for event in batch["events"])
            return take(batch)

        self.listener.reader.take = look
        self.start()

    @property
    def events(self) -> list[dict[str, Any]]:
        """All that it has applied."""
        return self.listener.reader.events

    @property
    def last(self) -> int:
        """How far it is."""
        return self.listener.reader.after or 0

    def run(self) -> None:
        while not self.ended.is_set():
            try:
                self.listener.start()
                while not self.ended.is_set():
                    self._read()
            except (*TROUBLE, ConnectionError):
                self.failures += 1
                time.sleep(AGAIN)
            finally:
                self.listener.stop()

    def stop(self) -> None:
        """Let it end."""
        self.ended.set()

    def _read(self) -> None:
        client = getattr(self.listener, "client", None)
        if client is None:
            self.listener.read()
            time.sleep(AGAIN)  # not all of a core is its own
            return
        while self.listener.batches.empty():
            if not client.connected or NAMESPACE not in client.namespaces:
                raise ConnectionError
            if self.ended.wait(0.02):
                return
        self.listener.read()


def log(server: Server, channel: str = "sales") -> list[dict]:
    """All that a server's feed holds."""
    events: list[dict] = []
    while True:
        after = events[-1]["id"] if events else 0
        url = f"{server.url}/demos/short-poll/{channel}"
        batch = requests.get(url, params={"after": after}, timeout=PATIENCE).json()
        events += batch["events"]
        if not batch["events"]:
            return events


def last(server: Server) -> int:
    url = f"{server.url}/demos/short-poll/sales"
    return int(requests.get(url, timeout=PATIENCE).json()["last"])


def check_nothing_lost_or_doubled(server: Server, crowd: list[Patient]) -> list[dict]:
    """Let everybody come as far as the log is now; return the log."""
    end = last(server) + 10
    until(lambda: min(one.last for one in crowd) >= end)
    for one in crowd:
        one.stop()
    for one in crowd:
        one.join(PATIENCE)
    held = {event["id"]: event for event in log(server)}
    for one in crowd:
        begun = one.cursor["after"]
        assert [event["id"] for event in one.events] == list(range(begun + 1, one.last + 1))
        assert all(held[event["id"]] == event for event in one.events)
        assert (one.listener.reader.missed, one.doubled) == (0, 0)
        assert one.listener.reader.epoch == one.cursor["epoch"]
    check_sale(list(held.values()))
    return list(held.values())


def check_sale(events: list[dict]) -> None:
    """No gap, no seat sold twice, and every absolute value is right."""
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    sold: dict[str, int] = {}
    for event in events:
        data = event["data"]
        if event["kind"] == "on-sale":
            sold = {}
        elif event["kind"] == "sale":
            assert data["seat"] not in sold
            sold[data["seat"]] = data["price"]
        elif event["kind"] == "return":
            assert sold.pop(data["seat"]) == data["price"]
        assert (data["sold"], data["left"]) == (len(sold), 2_000 - len(sold))
        assert data["takings"] == sum(sold.values())
