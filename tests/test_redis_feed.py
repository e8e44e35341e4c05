"""The feed on Redis: several processes, one log; Redis may stop, forget, and come back."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from werkzeug.exceptions import ServiceUnavailable

import tests.test_contract as contract
from demos.feed import Cursor, CursorError
from lesson.machinery.copied_feed import CopiedFeed
from lesson.machinery.shared import lease as shared_lease
from lesson.machinery.shared.box_office import SharedBoxOffice
from lesson.machinery.shared.claims import SharedClaims
from lesson.machinery.shared.feed import NotOursError, RedisFeed
from lesson.machinery.shared.lease import Lease
from lesson.machinery.shared.reader import Reader
from lesson.machinery.shared.store import FeedInterruptedError, Store
from lesson.settings import SettingError, Settings
from tests.redis_servers import Redis
from tests.servers import PATIENCE, ROOT, Server, free_port
from tests.waiting import until

WHAT = {"left": 1}


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    redis = Redis(tmp_path_factory.mktemp("redis"))
    yield redis
    redis.close()


@pytest.fixture
def store(redis: Redis) -> Store:
    redis.client.flushdb()
    return Store(redis.url)


@pytest.fixture
def make_server_on_redis(make_server, redis, store):
    return lambda **settings: make_server(REDIS_URL=redis.url, **settings)


@pytest.fixture(scope="module")
def server(redis: Redis) -> Iterator[Server]:
    """A server for tests that get along with what others have left; on a database of its own."""
    server = Server(REDIS_URL=redis.url.removesuffix("0") + "1")
    yield server
    server.close()


def ids(batch) -> list[int]:
    return [event.id for event in batch.events]


def everything(feed) -> list:
    events: list = []
    while batch := feed.since(Cursor(None, events[-1].id if events else feed.first - 1)).events:
        events += batch
    return events


def in_background(target) -> threading.Thread:
    thread = threading.Thread(target=target, daemon=True)
    thread.start()
    return thread


# The same contract


@pytest.mark.parametrize("engine", contract.ENGINES)
def test_all_three_hear_the_same_sale(make_server_on_redis, engine):
    contract.test_all_three_hear_the_same_sale(make_server_on_redis, engine)


def test_who_was_away_gets_what_came_meanwhile(make_server_on_redis):
    contract.test_who_was_away_gets_what_came_meanwhile(
        make_server_on_redis, "eventlet", "web-socket"
    )


@contract.each_technique
def test_what_is_said_by_one_technique_is_heard_by_all(server, technique):
    contract.test_what_is_said_by_one_technique_is_heard_by_all(server, technique)


@pytest.mark.parametrize("technique", ["short-poll", "web-socket"])
def test_no_cursor_means_from_now_on(server, steering, technique):
    contract.test_no_cursor_means_from_now_on(server, steering, technique)


def test_a_batch_holds_at_most_500_events(server, steering):
    contract.test_a_batch_holds_at_most_500_events(server, steering)


def test_a_held_question_is_answered_empty_at_its_end(server, steering):
    contract.test_a_held_question_is_answered_empty_at_its_end(server, steering)


def test_following_again_changes_the_channel(server, steering):
    contract.test_following_again_changes_the_channel(server, steering)


# One log for all


def test_many_that_append_leave_no_gap_and_all_read_the_same(store):
    feeds = [RedisFeed("chat", store) for _ in range(3)]
    with ThreadPoolExecutor(6) as pool:
        said = list(pool.map(lambda i: feeds[i % 3].append("said", {"n": i}), range(120)))
    assert sorted(event.id for event in said) == list(range(1, 121))
    for feed in feeds:
        feed.catch_up()
    logs = [everything(feed) for feed in feeds]
    assert logs[0] == logs[1] == logs[2] == sorted(said)
    assert len({feed.epoch for feed in feeds}) == 1


def test_the_stream_holds_no_more_than_the_feed(store, redis):
    feed, other = RedisFeed("chat", store, 20), RedisFeed("chat", store, 20)
    for _ in range(50):
        feed.append("said", WHAT)
    assert redis.client.xlen(feed.stream) == 20
    other.catch_up()
    for one in (feed, other):
        assert (one.first, one.last) == (31, 50)
        assert ids(one.since(Cursor(None, 0))) == list(range(31, 51))


def test_the_ids_in_the_stream_are_the_events_own(store, redis):
    feed = RedisFeed("chat", store)
    feed.append("said", WHAT)
    feed.append("said", WHAT)
    assert [id for id, _ in redis.client.xrange(feed.stream)] == ["1-0", "2-0"]


def test_what_is_asked_again_after_a_lost_answer_is_written_once(store, monkeypatch):
    feed = RedisFeed("chat", store)
    feed.append("said", WHAT)
    ask = store.patient.eval

    def lose_the_answer(script, *given):
        ask(script, *given)
        return ask(script, *given)

    monkeypatch.setattr(store.patient, "eval", lose_the_answer)
    assert feed.append("said", WHAT).id == 2
    with feed.together():
        feed.append("said", WHAT)
        feed.append("said", WHAT)
    assert ids(feed.since(Cursor(None, 0))) == [1, 2, 3, 4]
    assert store.patient.xlen(feed.stream) == 4


def test_what_is_written_together_is_written_at_once(store, monkeypatch):
    feed, asked = RedisFeed("chat", store), []
    ask = store.patient.eval
    monkeypatch.setattr(store.patient, "eval", lambda *given: asked.append(1) or ask(*given))
    with feed.together():
        events = [feed.append("said", {"n": n}) for n in range(1_000)]
        assert feed.last == 0
    assert asked == [1]
    assert everything(feed) == events


def test_blocks_that_overlap_lose_nothing(store):
    feed = RedisFeed("chat", store)
    with feed.together():
        feed.append("said", {"n": 1})
        with feed.together():
            feed.append("said", {"n": 2})
        assert feed.last == 2  # whoever leaves a block can rely on it
        feed.append("said", {"n": 3})
    assert [event.data["n"] for event in everything(feed)] == [1, 2, 3]
    assert feed.append("said", {"n": 4}).id == 4


# A copy that is behind


def test_a_cursor_beyond_the_copy_is_looked_for_in_redis(store):
    feed, behind = RedisFeed("chat", store), RedisFeed("chat", store)
    for _ in range(3):
        feed.append("said", WHAT)
    assert behind.last == 0
    assert ids(behind.since(Cursor(feed.epoch, 2))) == [3]
    feed.append("said", WHAT)
    assert ids(behind.wait(Cursor(feed.epoch, 4), 0)) == []
    assert behind.last == 4
    for ask in (behind.since, lambda cursor: behind.wait(cursor, 0)):
        with pytest.raises(CursorError, match="after is 5, but the newest event of chat"):
            ask(Cursor(feed.epoch, 5))


def test_a_copy_that_missed_what_is_not_held_any_more_begins_where_the_stream_does(store):
    feed, behind = RedisFeed("chat", store, 20), RedisFeed("chat", store, 20)
    feed.append("said", WHAT)
    behind.catch_up()
    for _ in range(30):
        feed.append("said", WHAT)
    behind.catch_up()
    assert (behind.first, behind.last) == (12, 31)
    assert everything(behind) == everything(feed)


def test_another_epoch_ends_a_wait(store):
    copy = CopiedFeed("chat")
    copy.start_over("before", 1, ())
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(copy.wait, Cursor("before", 0), PATIENCE)
        until(lambda: copy._news._waiters)
        copy.start_over("after", 5, ())
        batch = waiting.result(PATIENCE)
    assert (batch.epoch, batch.first, batch.last, batch.events) == ("after", 5, 4, ())


# The one reader


def test_one_question_fills_all_copies_and_wakes_who_waits(store, redis):
    writer = {name: RedisFeed(name, store) for name in ("sales", "chat")}
    copies = {name: RedisFeed(name, store) for name in writer}
    reader = Reader(store, list(copies.values()))
    reader.look = lambda: None
    in_background(reader.run)
    for name, feed in writer.items():
        with ThreadPoolExecutor(20) as pool:
            waiting = [pool.submit(copies[name].wait, Cursor(None, 0), PATIENCE) for _ in range(20)]
            feed.append("said", WHAT)
            assert [ids(wait.result()) for wait in waiting] == [[1]] * 20
    clients = [one for one in redis.client.client_list() if one["db"] == "0"]
    assert [one["cmd"] for one in clients].count("xread") == 1
    for copy in copies.values():
        copy.close()


# A Redis that stops, and comes back


@pytest.fixture
def own_redis(tmp_path) -> Iterator[Redis]:
    redis = Redis(tmp_path)
    yield redis
    redis.close()


def test_a_redis_that_stops_and_starts_again_is_gone_on_with(own_redis):
    redis, store = own_redis, Store(own_redis.url)
    feed, copy = RedisFeed("chat", store), RedisFeed("chat", store)
    reader = Reader(store, [copy])
    reader.look = lambda: None
    in_background(reader.run)
    feed.append("said", WHAT)
    until(lambda: copy.last == 1)
    epoch = copy.epoch

    redis.stop()
    until(lambda: reader.interrupted)
    assert ids(copy.since(Cursor(epoch, 0))) == [1]
    for ask in (
        lambda: feed.append("said", WHAT),
        lambda: copy.since(Cursor(epoch, 2)),
        lambda: copy.wait(Cursor(epoch, 2), 1),
    ):
        with pytest.raises(FeedInterruptedError, match="the feed is interrupted"):
            ask()

    redis.start()
    assert feed.append("said", WHAT).id == 2
    until(lambda: copy.last == 2 and not reader.interrupted)
    assert (copy.epoch, feed.epoch) == (epoch, epoch)
    copy.close()


def test_a_redis_that_has_forgotten_everything_begins_a_new_epoch(store, redis):
    feed, copy = RedisFeed("chat", store), RedisFeed("chat", store)
    feed.append("said", WHAT)
    copy.catch_up()
    before = copy.epoch
    redis.client.flushdb()
    copy.catch_up()
    assert (copy.last, copy.first) == (0, 1)
    assert copy.epoch != before
    assert ids(copy.since(Cursor(before, 1))) == []
    feed.catch_up()
    assert feed.epoch == copy.epoch
    assert feed.append("said", WHAT).id == 1


@pytest.mark.parametrize("since_then", [0, 1, 5])
def test_a_stream_whose_last_id_went_back_has_a_new_epoch(store, redis, since_then):
    feed, copy, other = (RedisFeed("chat", store) for _ in range(3))
    for _ in range(3):
        feed.append("said", WHAT)
    saved = redis.client.xrange(feed.stream)
    for _ in range(2):
        feed.append("said", {"lost": True})
    for one in (copy, other):
        one.catch_up()
    before = copy.epoch

    redis.client.delete(feed.stream)
    for id, fields in saved:
        redis.client.xadd(feed.stream, fields, id)
    anew = RedisFeed("chat", store)  # a process that knows of nothing may be the first to write
    for _ in range(since_then):
        anew.append("said", {"anew": True})

    copy.catch_up()
    other.catch_up()
    assert copy.epoch != before
    assert other.epoch == copy.epoch
    log = everything(copy)
    assert [event.id for event in log] == list(range(1, 4 + since_then))
    assert not [event for event in log if "lost" in event.data]
    assert everything(other) == log
    assert copy.since(Cursor(before, 5)).events == tuple(log)


def test_a_cursor_of_an_epoch_that_the_copy_has_not_heard_of_is_no_wrong_one(store, redis):
    copy, ahead = RedisFeed("chat", store), RedisFeed("chat", store)
    redis.client.flushdb()
    ahead.catch_up()
    ahead.append("said", WHAT)
    batch = copy.since(Cursor(ahead.epoch, 1))
    assert (batch.epoch, batch.events) == (ahead.epoch, ())


# The lease


def test_one_has_the_lease_and_only_it_may_write(store):
    mine, theirs = Lease("sales", store), Lease("sales", store)
    feed, other = (RedisFeed("sales", store, lease=lease) for lease in (mine, theirs))
    assert mine.take() and not theirs.take()
    feed.append("on-sale", WHAT)
    with pytest.raises(NotOursError):
        other.append("on-sale", WHAT)
    assert mine.renew() and not theirs.renew()
    theirs.release()  # of what it does not have
    assert mine.renew()
    mine.release()
    assert theirs.take()
    with pytest.raises(NotOursError):
        feed.append("sale", WHAT)


def test_after_a_write_that_failed_nothing_is_written_on_top(store, monkeypatch):
    lease = Lease("sales", store)
    lease.take()
    feed = RedisFeed("sales", store, lease=lease)
    feed.append("on-sale", WHAT)

    def fail(*_):
        raise ConnectionResetError

    with monkeypatch.context() as away:
        away.setattr(store.patient, "eval", fail)
        with pytest.raises(FeedInterruptedError):
            feed.append("sale", WHAT)
    with pytest.raises(NotOursError):
        feed.append("sale", WHAT)
    assert feed.last == 1


def test_who_has_the_lease_writes_only_on_top_of_what_it_has_seen(store):
    lease = Lease("sales", store)
    lease.take()
    feed, stranger = RedisFeed("sales", store, lease=lease), RedisFeed("sales", store)
    feed.append("on-sale", WHAT)
    stranger.append("sale", WHAT)
    with pytest.raises(NotOursError):
        feed.append("sale", WHAT)
    with pytest.raises(NotOursError):  # not even after that: it must begin anew
        feed.append("sale", WHAT)


def test_a_lease_that_is_not_renewed_ends(store, monkeypatch):
    monkeypatch.setattr(shared_lease, "SECONDS", 0.05)
    mine, theirs = Lease("sales", store), Lease("sales", store)
    assert mine.take()
    until(theirs.take)
    assert not mine.renew()


# The box office, and claims


@pytest.fixture
def box_office(store):
    """Make box offices, each with a feed as in a process of its own; all end with the test."""
    made: list[SharedBoxOffice] = []

    def make(**settings) -> SharedBoxOffice:
        lease = Lease("sales", store)
        feed = RedisFeed("sales", store, lease=lease)
        given = {"rate": 1.0, "seed": 1, "paused": True} | settings
        made.append(SharedBoxOffice(feed, lease, store, interrupted=lambda: False, **given))
        return made[-1]

    yield make
    for office in made:
        office.stop()


def test_an_order_is_done_by_whoever_sells(box_office):
    first, second = box_office(), box_office()
    in_background(first.run)
    until(lambda: first.standing()["seats"] and first.standing()["last"])
    in_background(second.run)
    assert second.burst(1_000) == 1_000
    second.set_rate(0.1)
    assert (second.take_back().id, second.take_back().kind) == (1_002, "return")
    with pytest.raises(ValueError, match="rate is 99; allowed are"):
        second.set_rate(99)
    assert first.standing() | {"rate": 0} == {
        "last": 1_003,
        "left": 1_002,
        "sold": 998,
        "night": 1,
        "seats": 2_000,
        "rate": 0,
        "paused": True,
    }
    assert (second.standing()["rate"], second.standing()["paused"]) == (0.1, True)
    first.stop()
    until(lambda: second._selling)
    assert second.sell_out() == 1_002  # the rate and the doors are what they were
    assert (second.standing()["last"], second.standing()["left"]) == (2_006, 0)
    second.pause(False)
    assert not second.standing()["paused"]


def test_where_nobody_sells_an_order_is_refused_and_never_done_later(box_office):
    office = box_office()
    with pytest.raises(ServiceUnavailable, match="nobody is at the box office"):
        office.burst(10)
    in_background(office.run)
    until(lambda: office._selling)
    assert office.burst(1) == 1
    assert office.standing()["sold"] == 1


def test_a_box_office_that_lost_its_lease_sells_no_more(box_office, store, redis):
    office = box_office(rate=50.0, paused=False)
    in_background(office.run)
    until(lambda: office.standing()["sold"] > 5)
    thief = Lease("sales", store)
    redis.client.delete(thief.key)
    assert thief.take()
    until(lambda: office._selling is None)
    feed = RedisFeed("sales", store)
    sold = everything(feed)
    assert [event.id for event in sold] == list(range(1, len(sold) + 1))
    thief.release()
    until(lambda: office.standing()["last"] > len(sold) + 5)


def test_in_two_processes_a_ticket_has_one_winner(store):
    lease = Lease("sales", store)
    lease.take()
    feeds = [RedisFeed("sales", store, lease=lease), RedisFeed("sales", store)]
    claims = [SharedClaims(feed, store) for feed in feeds]
    feeds[0].append("on-sale", WHAT)
    ticket = feeds[0].append("return", WHAT).id
    with ThreadPoolExecutor(10) as pool:
        said = list(pool.map(lambda i: claims[i % 2].claim(ticket, "long-poll"), range(60)))
    assert said.count(None) == 1
    assert said.count("long-poll") == 59


def test_the_script_gives_ids_beyond_what_a_float_shows(store, redis):
    feed = RedisFeed("chat", store)
    entry = {"word": "w:0", "at": 1, "kind": "said", "data": "{}"}
    redis.client.xadd(feed.stream, entry, "99999999999999-0")
    assert feed.append("said", WHAT).id == 10**14


# What cannot be started


def refused(url: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "lesson"],
        cwd=ROOT,
        env=os.environ | {"REDIS_URL": url, "PORT": str(free_port())},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
    return done.stderr


def test_an_address_that_is_no_redis_s_is_one_line():
    said = refused("http://user:secret@127.0.0.1:6379")
    assert "REDIS_URL is 'http://…@127.0.0.1:6379'; allowed is redis://HOST:PORT/NUMBER" in said
    for wrong in ("redis://", "redis://127.0.0.1:x", "redis://127.0.0.1:6379/zero"):
        with pytest.raises(SettingError, match="allowed is redis://"):
            Settings.from_environment({"REDIS_URL": wrong})


def test_a_redis_that_is_not_there_is_one_line():
    port = free_port()
    said = refused(f"redis://:secret@127.0.0.1:{port}/0")
    assert f"names no Redis that answers: 127.0.0.1:{port}" in said
    assert "secret" not in said


def test_what_is_no_redis_is_one_line(server):
    assert f"127.0.0.1:{server.port}" in refused(f"redis://127.0.0.1:{server.port}/0")
