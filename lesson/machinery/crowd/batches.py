"""Batches, and the contract's rules for a cursor: the same for every technique."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from demos.feed import Cursor

Batch = dict[str, Any]


@lru_cache(maxsize=256)
def read_batch(body: bytes) -> Batch:
    """Read an answer's body. What it returns is shared: nobody may change it.

    A class hears the same at the same moment, and these browsers share one processor: what one of
    them has read, the next need not read again.
    """
    batch: Batch = json.loads(body)
    return batch


def given(cursor: Cursor) -> dict[str, str | int]:
    """Return the fields of a cursor that are known; one that is absent says "from now on"."""
    return {name: value for name, value in cursor._asdict().items() if value is not None}


def advance(cursor: Cursor, batch: Batch) -> Cursor:
    """Return the cursor after a batch."""
    newest = batch["events"][-1]["id"] if batch["events"] else batch["last"]
    seen = cursor.after or 0 if cursor.epoch == batch["epoch"] else 0
    return Cursor(batch["epoch"], max(seen, newest))


def fresh(cursor: Cursor, batch: Batch) -> Batch:
    """Return the batch without the events that the cursor has passed."""
    after, events = cursor.after or 0, batch["events"]
    if not events or events[0]["id"] > after:
        return batch
    return batch | {"events": [event for event in events if event["id"] > after]}


def continues(cursor: Cursor, batch: Batch) -> bool:
    """Return whether a batch that came unasked goes on where the cursor stands."""
    if batch["epoch"] != cursor.epoch:
        return False
    after, events = cursor.after or 0, fresh(cursor, batch)["events"]
    if not batch["events"]:
        return bool(batch["last"] <= after)
    return all(event["id"] == after + 1 + i for i, event in enumerate(events))


def is_behind(batch: Batch) -> bool:
    """Return whether there was more than a batch holds: then one asks again at once."""
    return bool(batch["events"]) and batch["events"][-1]["id"] < batch["last"]
