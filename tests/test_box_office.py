"""The box office: a sale that is random, repeatable, and never contradicts itself."""

from __future__ import annotations

import statistics
import sys
import threading
from collections import Counter, deque
from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demos.box_office import (
    BLOCKS,
    LARGEST_BURST,
    POINTS,
    STEPS,
    BoxOffice,
)
from demos.feed import Cursor, Event, Feed
from tests.clocks import Clock
from tests.examples import FEW
from tests.servers import PATIENCE
from tests.waiting import until

SEATS = 2_000
SLOW = 153  # with this seed and 0.1 a second, the first visitor comes after 50 s


class Sale:
    """A box office, its feed, and the one clock of both."""

    def __init__(self, seed: int | None = 1, **settings) -> None:
        self.clock = Clock()
        self.feed = Feed("sales", 100_000, self.clock)
        self.office = BoxOffice(self.feed, seed=seed, clock=self.clock, **settings)

    def pass_time(self, seconds: float) -> None:
        """Let time pass, and the box office do each thing at its moment."""
        end = self.clock.now + seconds
        while (wait := self.office.step()) is not None and self.clock.now + wait <= end:
            self.clock.now += wait
        self.clock.now = end
        self.office.step()

    @property
    def log(self) -> list[Event]:
        events: list[Event] = []
        cursor = Cursor(None, 0)
        while batch := self.feed.since(cursor).events:
            events += batch
            cursor = Cursor(None, batch[-1].id)
        return events


def told(events: list[Event]) -> list[tuple]:
    return [(event.at, event.kind, event.data) for event in events]


# Seeds


def test_the_same_seed_gives_the_same_sale_but_never_the_same_epoch():
    one, same, other = Sale(7, rate=10), Sale(7, rate=10), Sale(8, rate=10)
    for sale in (one, same, other):
        sale.pass_time(60)
        sale.office.burst(20)
        sale.pass_time(60)
    assert told(one.log) == told(same.log)
    assert len(one.log) > 1_000
    assert one.feed.epoch != same.feed.epoch
    assert [event.data["seat"] for event in one.log] != [event.data["seat"] for event in other.log]


def test_without_a_seed_no_two_sales_are_alike():
    one, other = Sale(None, rate=10), Sale(None, rate=10)
    for sale in (one, other):
        sale.pass_time(60)
    assert told(one.log) != told(other.log)


@FEW
@given(steps=st.lists(st.floats(0.001, 20), min_size=1, max_size=20))
def test_a_server_that_is_late_sells_the_same_seats(steps):
    punctual, late = Sale(rate=3), Sale(rate=3)
    for seconds in steps:
        late.clock.advance(seconds)
        late.office.step()
        punctual.pass_time(seconds)
    assert [(e.kind, e.data["seat"], e.data["price"]) for e in late.log] == [
        (e.kind, e.data["seat"], e.data["price"]) for e in punctual.log
    ]


# When they come


def test_visitors_come_at_random_moments_with_the_mean_and_the_spread_of_poisson():
    sale = Sale(3, rate=2)
    sale.pass_time(800)
    moments = [event.at / 1000 for event in sale.log[1:]]
    gaps = [after - before for before, after in pairwise(moments)]
    mean = statistics.mean(gaps)
    assert mean == pytest.approx(0.5, rel=0.06)
    assert statistics.stdev(gaps) / mean == pytest.approx(1, abs=0.06)
    assert sum(gap > mean for gap in gaps) / len(gaps) == pytest.approx(0.368, abs=0.03)

    start = int(moments[0]) + 1
    counts = [0] * 780
    for moment in moments:
        if start <= moment < start + len(counts):
            counts[int(moment - start)] += 1
    assert statistics.mean(counts) == pytest.approx(2, rel=0.06)
    assert statistics.variance(counts) == pytest.approx(2, rel=0.15)


@pytest.mark.parametrize("rate", [0.1, 1, 50])
def test_as_many_come_as_the_rate_says(rate):
    sale = Sale(5, rate=rate)
    sale.pass_time(1_000 / rate)
    assert len(sale.log) == pytest.approx(1_000, rel=0.1)


def test_a_new_rate_holds_at_once():
    sale = Sale(SLOW, rate=0.1)
    sale.pass_time(1)
    sale.office.set_rate(50)
    before = len(sale.log)
    sale.pass_time(10)
    assert len(sale.log) - before == pytest.approx(500, rel=0.15)
    assert sale.office.standing()["rate"] == 50


@pytest.mark.parametrize("rate", [0.09, 50.01, 0, -1, float("nan"), float("inf")])
def test_a_rate_out_of_bounds_is_refused_and_changes_nothing(rate):
    sale = Sale(rate=4)
    with pytest.raises(ValueError, match=r"rate is .*; allowed are 0.1 to 50 a second"):
        sale.office.set_rate(rate)
    assert sale.office.rate == 4


def test_one_in_fifty_brings_a_ticket_back():
    sale = Sale(rate=10)
    sale.pass_time(150)
    kinds = [event.kind for event in sale.log]
    assert kinds.count("return") / len(kinds) == pytest.approx(0.02, abs=0.01)


# What it can be told


def test_while_it_is_paused_nobody_comes_and_afterwards_nobody_has_queued():
    sale = Sale(rate=10)
    sale.pass_time(5)
    sale.office.pause(True)
    before = sale.log
    assert sale.office.step() is None
    sale.pass_time(3_600)
    assert sale.log == before
    assert sale.office.standing()["paused"] is True

    sale.office.pause(False)
    sale.pass_time(10)
    assert len(sale.log) - len(before) == pytest.approx(100, rel=0.4)


def test_it_can_begin_paused():
    sale = Sale(rate=50, paused=True)
    sale.pass_time(60)
    assert [event.kind for event in sale.log] == ["on-sale"]


def test_a_burst_sells_at_one_moment_also_while_it_is_paused():
    sale = Sale(paused=True)
    assert sale.office.burst(LARGEST_BURST) == LARGEST_BURST
    events = sale.log[1:]
    assert [event.kind for event in events] == ["sale"] * LARGEST_BURST
    assert len({event.at for event in events}) == 1
    assert events[-1].data["per_minute"] == LARGEST_BURST


@pytest.mark.parametrize("count", [0, -1, 1_001, 10**100])
def test_a_burst_out_of_bounds_is_refused(count):
    sale = Sale(paused=True)
    with pytest.raises(ValueError, match=r"burst is .*; allowed are 1 to 1000 tickets"):
        sale.office.burst(count)
    assert len(sale.log) == 1


def test_a_burst_sells_no_more_than_there_is():
    sale = Sale(paused=True)
    assert [sale.office.burst(900) for _ in range(4)] == [900, 900, 200, 0]
    assert [event.kind for event in sale.log[-2:]] == ["sale", "sold-out"]
    assert len(sale.log) == 1 + SEATS + 1


def test_a_returned_ticket_is_one_that_was_sold_at_the_price_paid():
    sale = Sale(paused=True)
    with pytest.raises(ValueError, match="nobody can return a ticket"):
        sale.office.take_back()
    sale.office.burst(3)
    sold = {event.data["seat"]: event.data["price"] for event in sale.log[1:]}
    event = sale.office.take_back()
    assert event == sale.feed.latest()
    assert event.kind == "return"
    assert sold[event.data["seat"]] == event.data["price"]
    assert (event.data["left"], event.data["sold"]) == (SEATS - 2, 2)


# Nights


def test_it_sells_out_and_after_ten_seconds_the_next_night_is_on_sale():
    sale = Sale(rate=5)
    sale.pass_time(1)
    left = sale.office.standing()["left"]
    assert sale.office.sell_out() == left
    last = sale.log[-1]
    assert (last.kind, last.data["left"], last.data["sold"]) == ("sold-out", 0, SEATS)
    assert (last.data["seat"], last.data["price"]) == (None, None)
    assert sale.office.sell_out() == 0

    sale.pass_time(9.99)
    assert sale.log[-1] == last
    sale.pass_time(0.01)
    fresh = sale.log[-1]
    assert (fresh.kind, fresh.data["night"]) == ("on-sale", 2)
    assert (fresh.data["left"], fresh.data["sold"], fresh.data["takings"]) == (SEATS, 0, 0)
    sale.pass_time(60)
    assert sale.log[-1].data["sold"] > 200


def test_it_sells_out_by_itself_night_after_night():
    sale = Sale(rate=50)
    sale.pass_time(200)
    ends = [event.kind for event in sale.log if event.kind in ("on-sale", "sold-out")]
    assert len(ends) > 6
    assert ends == (["on-sale", "sold-out"] * len(ends))[: len(ends)]
    nights = [event.data["night"] for event in sale.log if event.kind == "on-sale"]
    assert nights == list(range(1, len(nights) + 1))


def test_a_ticket_that_comes_back_after_the_night_sold_out_can_be_sold_again():
    sale = Sale(paused=True)
    sale.office.sell_out()
    seat = sale.office.take_back().data["seat"]
    assert sale.office.burst(5) == 1
    assert [(event.kind, event.data["seat"]) for event in sale.log[-2:]] == [
        ("sale", seat),
        ("sold-out", None),
    ]


# What each event says, whatever happens: checked against a hall of our own


class Hall:
    """Follows the events, and says for each one what it must say."""

    def __init__(self) -> None:
        self.night = 0
        self.last_minute: deque[float] = deque()
        self.begin_night()

    def begin_night(self) -> None:
        self.sold: dict[str, int] = {}
        self.in_block: Counter[str] = Counter()
        self.takings = 0

    def check(self, event: Event) -> None:
        data = event.data
        if event.kind == "on-sale":
            self.night += 1
            self.begin_night()
        elif event.kind == "sale":
            assert data["seat"] not in self.sold
            assert data["price"] == self.price(data["seat"])
            self.sold[data["seat"]] = data["price"]
            self.count(data, 1)
            self.last_minute.append(event.at)
        elif event.kind == "return":
            assert self.sold.pop(data["seat"]) == data["price"]
            self.count(data, -1)
        else:
            assert event.kind == "sold-out"
            assert len(self.sold) == SEATS
        assert (data["seat"] is None) == (event.kind in ("on-sale", "sold-out"))
        assert (data["seat"] is None) == (data["price"] is None)
        assert data["night"] == self.night
        assert data["sold"] == len(self.sold)
        assert data["left"] == SEATS - len(self.sold)
        assert data["takings"] == self.takings
        # `at` is rounded: a sale of just a minute ago may count or not.
        while self.last_minute and self.last_minute[0] < event.at - 60_000.2:
            self.last_minute.popleft()
        doubtful = sum(at < event.at - 59_999.8 for at in islice(self.last_minute, 5))
        assert len(self.last_minute) - doubtful <= data["per_minute"] <= len(self.last_minute)

    def count(self, data: dict, one: int) -> None:
        self.in_block[data["seat"][0]] += one
        self.takings += one * data["price"]

    def price(self, seat: str) -> int:
        name, rows, width, base = next(block for block in BLOCKS if seat[0] == block[0])
        row, number = seat[1:].split("-")
        assert 1 <= int(row) <= rows
        assert 1 <= int(number) <= width
        share = self.in_block[name] / (rows * width)
        return round(base * next(times for start, times in STEPS if share >= start - 1e-9))


orders = st.one_of(
    st.tuples(st.just("pass_time"), st.floats(0, 70)),
    st.tuples(st.just("rate"), st.floats(0.1, 50)),
    st.tuples(st.just("pause"), st.booleans()),
    st.tuples(st.just("burst"), st.integers(1, 1_000)),
    st.tuples(st.just("return"), st.none()),
    st.tuples(st.just("sell-out"), st.none()),
)


def follow(sale: Sale, order: tuple) -> None:
    name, value = order
    if name == "pass_time":
        sale.pass_time(value)
    elif name == "rate":
        sale.office.set_rate(value)
    elif name == "pause":
        sale.office.pause(value)
    elif name == "burst":
        sale.office.burst(value)
    elif name == "return" and sale.office.standing()["sold"]:
        sale.office.take_back()
    elif name == "sell-out":
        sale.office.sell_out()


@FEW
@given(seed=st.integers(0, 2**63 - 1), given_orders=st.lists(orders, max_size=8))
def test_every_event_says_how_things_stand(seed, given_orders):
    sale, hall = Sale(seed, rate=5), Hall()
    checked = 0
    for order in [("pass_time", 0.0), *given_orders]:
        follow(sale, order)
        while checked < sale.feed.last:
            for event in sale.feed.since(Cursor(None, checked)).events:
                hall.check(event)
                checked = event.id
        standing, latest = sale.office.standing(), sale.feed.latest()
        assert standing["last"] == latest.id == checked
        assert standing["seats"] == SEATS
        assert {name: standing[name] for name in ("left", "sold", "night")} == {
            name: latest.data[name] for name in ("left", "sold", "night")
        }
        check_points(sale)


def check_points(sale: Sale) -> None:
    points = sale.office.points()
    seconds = [second for second, _ in points]
    assert 1 <= len(points) <= POINTS
    assert seconds == sorted(set(seconds))
    by_second: dict[int, int] = {}
    for event in sale.log:
        if event.data["night"] == sale.office.standing()["night"]:
            by_second[int(event.at // 1000)] = event.data["sold"]
    assert points == sorted(by_second.items())[-POINTS:]


def test_points_are_the_newest_120_seconds_of_the_night_in_which_something_happened():
    sale = Sale(rate=5)
    sale.pass_time(300)
    assert len(sale.office.points()) == POINTS
    check_points(sale)


def test_points_stay_in_order_when_the_clock_is_set_back():
    sale = Sale(paused=True)
    for _ in range(10):
        sale.office.burst(1)
        sale.clock.advance(1)
    sale.clock.advance(-5)
    sale.office.burst(1)
    seconds = [second for second, _ in sale.office.points()]
    assert seconds == sorted(set(seconds))
    assert sale.office.points()[-1][1] == 11


# In a thread of its own


def test_it_runs_until_it_is_stopped():
    feed = Feed("sales")
    office = BoxOffice(feed, rate=50, seed=1)
    thread = threading.Thread(target=office.run, daemon=True)
    thread.start()
    after = 0
    while after < 20:
        batch = feed.wait(Cursor(None, after), PATIENCE)
        assert batch.events
        after = batch.cursor.after
    office.stop()
    thread.join(PATIENCE)
    assert not thread.is_alive()


def test_it_is_stopped_while_it_has_nothing_to_do():
    office = BoxOffice(Feed("sales"), paused=True)
    thread = threading.Thread(target=office.run, daemon=True)
    thread.start()
    until(lambda: office._changed._waiters)
    office.stop()
    thread.join(PATIENCE)
    assert not thread.is_alive()


def test_an_order_wakes_it_at_once():
    feed = Feed("sales")
    office = BoxOffice(feed, rate=0.1, seed=1, paused=True)
    thread = threading.Thread(target=office.run, daemon=True)
    thread.start()
    office.set_rate(50)
    office.pause(False)
    assert feed.wait(Cursor(None, 1), 5).events
    office.stop()
    thread.join(PATIENCE)
    assert not thread.is_alive()


@pytest.fixture
def hectic():
    """Threads that take turns as often as they can."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("hectic")
def test_orders_from_many_threads_add_up():
    sale = Sale(paused=True)
    sold: list[int] = []

    def work() -> None:
        for _ in range(30):
            sold.append(sale.office.burst(10))
            sale.office.take_back()

    threads = [threading.Thread(target=work, daemon=True) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()
    hall = Hall()
    for event in sale.log:
        hall.check(event)
    assert sale.office.standing()["sold"] == sum(sold) - 6 * 30


# A sale that is gone on with


def gone_on(sale: Sale, **settings) -> Sale:
    """Another box office, over a feed that has what the first one's holds."""
    other = Sale.__new__(Sale)
    other.clock, other.feed = sale.clock, sale.feed
    other.office = BoxOffice(sale.feed, seed=2, clock=sale.clock, **settings)
    return other


def seats_held(events: list[Event]) -> list[str]:
    """The seats that the last night's events leave sold, each as often as it is."""
    held: list[str] = []
    for event in events:
        if event.kind == "on-sale":
            held.clear()
        elif event.kind == "sale":
            held.append(event.data["seat"])
        elif event.kind == "return":
            held.remove(event.data["seat"])
    return held


def test_a_sale_that_the_feed_holds_is_gone_on_with():
    sale = Sale(rate=20)
    sale.pass_time(60)
    before = sale.office.standing()
    other = gone_on(sale, rate=20)
    assert other.office.standing() == before
    assert other.office.points() == sale.office.points()

    other.pass_time(30)
    log = other.log
    assert log[-1].id > before["last"] + 300
    assert Counter(event.kind for event in log)["on-sale"] == 1
    held = seats_held(log)
    assert len(held) == len(set(held)) == log[-1].data["sold"]
    for earlier, later in pairwise(log):
        change = {"sale": 1, "return": -1}.get(later.kind, 0)
        assert later.data["sold"] == earlier.data["sold"] + change
        assert later.data["left"] == SEATS - later.data["sold"]
        paid = {"sale": 1, "return": -1}.get(later.kind, 0) * (later.data["price"] or 0)
        assert later.data["takings"] == earlier.data["takings"] + paid


def test_who_goes_on_knows_what_the_last_minute_sold():
    sale = Sale(rate=5)
    sale.pass_time(90)
    other = gone_on(sale, paused=True)
    before = sale.log[-1].data["per_minute"]
    other.office.burst(1)
    assert abs(other.log[-1].data["per_minute"] - before - 1) <= 1


def test_who_goes_on_in_the_pause_opens_the_next_night():
    sale = Sale(paused=True)
    sale.office.sell_out()
    other = gone_on(sale)
    assert other.log[-1].kind == "sold-out"
    other.pass_time(11)
    assert (other.log[-1].data["night"], "on-sale") in [
        (event.data["night"], event.kind) for event in other.log[-5:]
    ]
    assert other.office.standing()["night"] == 2


def test_who_goes_on_says_that_all_is_sold_if_nobody_has():
    sale = Sale(paused=True)
    sale.office.burst(SEATS // 2)
    cut = Feed("sales", 100_000, sale.clock)
    sale.office.burst(SEATS // 2)
    for event in sale.log[:-1]:  # the last word is missing
        cut.append(event.kind, event.data)
    BoxOffice(cut, clock=sale.clock)
    assert cut.latest().kind == "sold-out"
    assert cut.last == sale.feed.last


def test_a_sale_whose_beginning_is_forgotten_is_gone_on_with():
    sale = Sale(rate=20)
    sale.feed.capacity = 500
    sale.pass_time(60)
    log = [event for event in sale.log if event.id >= sale.feed.first]
    before = sale.office.standing()
    other = gone_on(sale, rate=20)
    assert other.office.standing() == before
    other.office.burst(1)
    newest = other.feed.latest().data
    assert newest["sold"] == before["sold"] + 1
    assert newest["takings"] == log[-1].data["takings"] + newest["price"]
    other.office.sell_out()
    assert other.feed.latest().data["left"] == 0
