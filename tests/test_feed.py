"""The feed: a log that only grows, read from anywhere, waited on by anyone."""

from __future__ import annotations

import json
import re
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from demos import feed as feed_module
from demos.feed import PAGE, PAGE_SIZE, Cursor, CursorError, Event, Feed, draw_epoch
from tests.clocks import Clock
from tests.examples import FEW, MANY
from tests.servers import PATIENCE
from tests.waiting import until

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters()),  # with halves of surrogate pairs, quotes, control characters
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def filled(count: int, capacity: int = 10_000) -> Feed:
    feed = Feed("sales", capacity, Clock())
    for number in range(1, count + 1):
        feed.append("sale", {"number": number})
    return feed


def ids(batch) -> list[int]:
    return [event.id for event in batch.events]


def held(feed: Feed) -> list[Event]:
    """Return all that the feed still holds, batch by batch."""
    events: list[Event] = []
    batch = feed.since(Cursor("another", 0))
    while batch.events:
        events += batch.events
        batch = feed.since(batch.cursor)
    return events


def in_threads(count: int, work) -> list:
    """Let `count` threads do some work; return what each returned, once all have."""
    results: list = [None] * count

    def run(number: int) -> None:
        results[number] = work(number)

    threads = [threading.Thread(target=run, args=(n,), daemon=True) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive(), "a thread is stuck"
    return results


# What it holds


def test_an_empty_feed_begins_after_what_it_has():
    batch = Feed("chat").since(Cursor())
    assert (batch.channel, batch.first, batch.last, batch.events) == ("chat", 1, 0, ())
    assert batch.cursor == Cursor(batch.epoch, 0)


def test_ids_have_no_gaps_and_the_clock_is_the_one_handed_in():
    clock = Clock(1_766_390_000.123_46)
    feed = Feed("sales", clock=clock)
    first = feed.append("sale", {"left": 9})
    clock.advance(-3600)  # somebody sets it back
    second = feed.append("sale", {"left": 8})
    assert (first.id, first.at, first.kind, first.data) == (1, 1766390000123.5, "sale", {"left": 9})
    assert (second.id, second.at) == (2, 1766386400123.5)
    assert feed.latest() == second


def test_an_empty_feed_has_no_latest_event():
    assert Feed("sales").latest() is None


def test_what_cannot_be_written_as_json_leaves_no_gap():
    feed = filled(1)
    with pytest.raises(TypeError):
        feed.append("sale", {"seat": object()})
    assert feed.last == 1
    assert feed.append("sale", {}).id == 2
    assert ids(feed.since(Cursor(None, 0))) == [1, 2]


def test_no_two_feeds_have_the_same_epoch():
    epochs = {draw_epoch() for _ in range(1_000)}
    assert len(epochs) == 1_000
    assert all(re.fullmatch("[a-z0-9]{6}", epoch) for epoch in epochs)


@MANY
@given(capacity=st.integers(1, 12), count=st.integers(0, 40), after=st.integers(0, 40))
def test_a_batch_is_what_came_after_the_cursor_and_is_still_held(capacity, count, after):
    feed = filled(count, capacity)
    for epoch in (None, feed.epoch):
        cursor = Cursor(epoch, after)
        if after > count:
            with pytest.raises(CursorError):
                feed.since(cursor)
            with pytest.raises(CursorError):
                feed.wait(cursor, PATIENCE)
            continue
        batch = feed.since(cursor)
        assert (batch.first, batch.last) == (max(1, count - capacity + 1), count)
        assert ids(batch) == list(range(max(after + 1, batch.first), count + 1))
        assert feed.wait(cursor, 0) == batch


@MANY
@given(
    capacity=st.integers(1, 12),
    count=st.integers(0, 40),
    after=st.none() | st.integers(0, 10**15 - 1),
)
def test_a_foreign_epoch_means_from_the_beginning_and_no_after_means_from_now_on(
    capacity, count, after
):
    feed = filled(count, capacity)
    batch = feed.since(Cursor("foreign", after))
    assert ids(batch) == ([] if after is None else list(range(batch.first, count + 1)))
    assert feed.since(Cursor()).cursor == Cursor(feed.epoch, count)


@pytest.mark.parametrize(("behind", "size"), [(PAGE - 1, 499), (PAGE, 500), (PAGE + 1, 500)])
def test_a_batch_holds_500_events_and_the_next_one_goes_on(behind, size):
    feed = filled(1_200)
    batch = feed.since(Cursor(feed.epoch, 1_200 - behind))
    assert len(batch.events) == size
    rest = feed.since(batch.cursor)
    assert ids(batch) + ids(rest) == list(range(1_200 - behind + 1, 1_201))


def test_long_events_are_fewer_in_a_batch_and_none_is_too_long_for_one():
    feed = Feed("chat", clock=Clock())
    for _ in range(200):
        feed.append("said", {"text": "🎟" * 500})
    feed.append("said", {"text": "x" * PAGE_SIZE})
    feed.append("said", {"text": "short"})
    read, batch = [], feed.since(Cursor(feed.epoch, 0))
    while batch.events:
        assert len(batch.events) == 1 or len(batch.as_json()) < PAGE_SIZE + 1_000
        read.append(ids(batch))
        batch = feed.since(batch.cursor)
    assert [id for some in read for id in some] == list(range(1, 203))
    assert [len(some) for some in read[-2:]] == [1, 1]
    assert len(read) == 5  # 200 of 6 kB are three batches


def test_it_forgets_the_oldest_and_nothing_else():
    feed = filled(10_007)
    assert (feed.first, feed.last) == (8, 10_007)
    assert [event.id for event in held(feed)] == list(range(8, 10_008))
    assert len(feed._events) == 10_000


# Its JSON


@FEW
@given(data=st.dictionaries(st.text(), anything))
def test_an_events_json_says_what_the_event_says(data):
    event = Event.create(7, 1766390000123.4, "sale", data)
    assert json.loads(event.json) == event.as_dict()
    assert list(event.as_dict()) == ["id", "at", "kind", "data"]


@MANY
@given(count=st.integers(0, 4), after=st.integers(0, 4))
def test_a_batchs_json_says_what_the_batch_says(count, after):
    batch = filled(count, 3).since(Cursor(None, min(after, count)))
    assert json.loads(batch.as_json()) == batch.as_dict()
    assert list(batch.as_dict()) == ["channel", "epoch", "first", "last", "events"]


def test_an_event_is_encoded_once_however_many_read_it(monkeypatch):
    encoded = []
    dumps = json.dumps

    def count(given, **options):
        if "kind" in given:
            encoded.append(given["id"])
        return dumps(given, **options)

    monkeypatch.setattr(feed_module.json, "dumps", count)
    feed = filled(3)
    for _ in range(20):
        assert '"number":3' in feed.since(Cursor(None, 0)).as_json()
    assert encoded == [1, 2, 3]


def test_all_who_ask_from_one_cursor_are_given_one_batch_until_there_is_news():
    feed = filled(3)
    batch = feed.since(Cursor(feed.epoch, 1))
    assert feed.since(Cursor(None, 1)) is batch
    assert feed.since(Cursor(None, 1)).as_json() is batch.as_json()
    feed.append("sale", {"number": 4})
    assert ids(feed.since(Cursor(None, 1))) == [2, 3, 4]


def test_few_batches_are_kept_however_many_cursors_there_are():
    feed = filled(1_000)
    for after in range(1_000):
        assert ids(feed.since(Cursor(None, after)))[0] == after + 1
    assert len(feed._batches) <= feed_module.SHARED


# Waiting


def waiting(feed: Feed) -> int:
    return len(feed._news._waiters)


def test_one_event_wakes_everyone_who_waits():
    feed = filled(2)
    readers = 50

    def work(number: int):
        if number < readers:
            return feed.wait(Cursor(feed.epoch, 2), PATIENCE)
        until(lambda: waiting(feed) == readers)
        return feed.append("sale", {})

    began = time.monotonic()
    *batches, event = in_threads(readers + 1, work)
    assert time.monotonic() - began < PATIENCE / 2
    assert [batch.events for batch in batches] == [(event,)] * readers


def test_who_waits_without_a_cursor_hears_the_next_event():
    feed = filled(2)

    def work(number: int):
        if number == 0:
            return feed.wait(Cursor(), PATIENCE)
        until(lambda: waiting(feed) == 1)
        return feed.append("sale", {})

    batch, event = in_threads(2, work)
    assert batch.events == (event,)


def test_who_is_behind_does_not_wait():
    began = time.monotonic()
    assert ids(filled(2).wait(Cursor(None, 1), PATIENCE)) == [2]
    assert time.monotonic() - began < PATIENCE / 2


def test_a_wait_ends_empty_at_its_end():
    batch = filled(2).wait(Cursor(None, 2), 0.01)
    assert (batch.events, batch.last) == ((), 2)


def test_a_closed_feed_lets_everyone_go_and_nobody_wait():
    feed = filled(2)

    def work(number: int):
        if number < 5:
            return feed.wait(Cursor(None, 2), PATIENCE)
        until(lambda: waiting(feed) == 5)
        return feed.close()

    began = time.monotonic()
    *batches, _ = in_threads(6, work)
    batches.append(feed.wait(Cursor(None, 2), PATIENCE))
    assert time.monotonic() - began < PATIENCE / 2
    assert [batch.events for batch in batches] == [()] * 6
    assert ids(feed.since(Cursor(None, 0))) == [1, 2]


def test_many_who_append_and_many_who_read_agree_on_one_order():
    feed = Feed("sales")
    writers, each = 4, 250

    def work(number: int) -> list[Event]:
        if number < writers:
            return [feed.append("sale", {"by": number, "n": n}) for n in range(each)]
        events: list[Event] = []
        cursor = Cursor(feed.epoch, 0)
        while len(events) < writers * each:
            batch = feed.wait(cursor, PATIENCE)
            assert batch.events, "an event got lost"
            events += batch.events
            cursor = batch.cursor
        return events

    results = in_threads(writers + 8, work)
    written, read = results[:writers], results[writers:]
    assert all(events == held(feed) for events in read)
    assert [event.id for event in read[0]] == list(range(1, writers * each + 1))
    for number, events in enumerate(written):
        assert events == [event for event in read[0] if event.data["by"] == number]


# All of it at once, against a model: a plain list that forgets nothing


class Readers(RuleBasedStateMachine):
    """Readers come, read, fall behind and outlive a restart; the model says what they must have."""

    @initialize(capacity=st.integers(1, 30), page=st.integers(1, 9))
    def begin(self, capacity, page):
        self.page, feed_module.PAGE = feed_module.PAGE, page
        self.capacity = capacity
        self.clock = Clock()
        self.readers: list[dict] = []
        self.restart()

    def teardown(self):
        if hasattr(self, "page"):
            feed_module.PAGE = self.page

    @rule()
    def restart(self):
        self.feed = Feed("sales", self.capacity, self.clock)
        self.log: list[Event] = []

    @rule(count=st.integers(1, 40), seconds=st.floats(-10, 10))
    def append(self, count, seconds):
        for number in range(count):
            self.clock.advance(seconds)
            event = self.feed.append("sale", {"number": number})
            assert event.at == round(self.clock.now * 1000, 1)
            self.log.append(event)

    @rule()
    def come(self):
        cursor = self.feed.since(Cursor()).cursor
        self.readers.append({"cursor": cursor, "from": cursor.after, "events": [], "missed": 0})

    @precondition(lambda self: self.readers)
    @rule(which=st.randoms(use_true_random=False), way=st.sampled_from(["since", "wait"]))
    def read(self, which, way):
        reader = which.choice(self.readers)
        old = reader["cursor"]
        batch = self.feed.since(old) if way == "since" else self.feed.wait(old, 0)
        if old.epoch != batch.epoch:
            reader.update(events=[], missed=0, **{"from": batch.first - 1})
            old = Cursor(batch.epoch, batch.first - 1)
        reader["missed"] += max(0, batch.first - 1 - old.after)
        reader["events"] += batch.events
        reader["cursor"] = Cursor(batch.epoch, ids(batch)[-1]) if batch.events else old
        assert (len(batch.events) == feed_module.PAGE) or batch.cursor.after == batch.last

    @precondition(lambda self: self.readers)
    @rule(ahead=st.integers(1, 10**15))
    def read_what_is_not_there_yet(self, ahead):
        with pytest.raises(
            CursorError, match=rf"after is {len(self.log) + ahead}, .* {self.feed.last}$"
        ):
            self.feed.since(Cursor(self.feed.epoch, len(self.log) + ahead))

    @invariant()
    def the_feed_holds_the_newest_of_the_log(self):
        if hasattr(self, "feed"):
            newest = self.log[-self.capacity :]
            assert held(self.feed) == newest
            assert self.feed.latest() == (newest[-1] if newest else None)
            assert (self.feed.first, self.feed.last) == (
                len(self.log) - len(newest) + 1,
                len(self.log),
            )

    @invariant()
    def every_reader_has_all_in_order_but_what_it_was_told_it_missed(self):
        for reader in getattr(self, "readers", ()):
            if reader["cursor"].epoch != self.feed.epoch:
                continue
            seen = [event.id for event in reader["events"]]
            assert seen == sorted(set(seen))
            assert reader["events"] == [self.log[id - 1] for id in seen]
            assert len(seen) + reader["missed"] == reader["cursor"].after - reader["from"]


Readers.TestCase.settings = settings(MANY, stateful_step_count=25)
TestReaders = Readers.TestCase
