"""Listeners that do not give up: they ask again from their cursor, as the pages' own loops do."""

from __future__ import annotations

import threading
import time
from typing import Any

import requests
import socketio

from tests.listeners import LISTENERS, NAMESPACE, Batch, Listener
from tests.servers import PATIENCE, Server

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
