"""Sells the concert: every sale, return and new night is an event in the feed `sales`.

Buyers come at random moments (a Poisson process), so no two gaps are alike; now and then one
brings a ticket back. Each event says how things stand, not how they changed. The same seed gives
the same sale. A feed that holds a sale already is read, and the sale goes on from there. Left out:
baskets, payment, names.
"""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from demos.feed import Cursor, Event, Feed

SLOWEST, FASTEST = 0.1, 50.0  # buyers a second
LARGEST_BURST = 1_000
RETURNS = 0.02  # share of the visitors who bring a ticket back
PAUSE_BETWEEN_NIGHTS = 10.0  # seconds
POINTS = 120  # one-second points that are kept for the charts

# Name, rows, seats in a row, price of the first ticket. As a block fills, its price steps up.
BLOCKS = (("A", 10, 40, 95), ("B", 20, 40, 70), ("C", 20, 40, 45))
STEPS = ((0.8, 1.4), (0.5, 1.2), (0.0, 1.0))  # from this share sold on, times this


@dataclass
class Block:
    """One part of the hall."""

    name: str
    rows: int
    width: int
    price: int
    free: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.free = [
            f"{self.name}{row}-{seat}"
            for row in range(1, self.rows + 1)
            for seat in range(1, self.width + 1)
        ]

    def price_now(self) -> int:
        """Return what the next ticket in this block costs."""
        share = 1 - len(self.free) / (self.rows * self.width)
        return next(round(self.price * times) for start, times in STEPS if share >= start)


class Night:
    """One evening in the hall: which seats are free, which are sold and for how much."""

    def __init__(self, number: int, rng: random.Random) -> None:
        self.number = number
        self.sold: dict[str, int] = {}  # seat -> price paid
        self.takings = 0
        self._blocks = [Block(*block) for block in BLOCKS]
        self._rng = rng

    @property
    def left(self) -> int:
        """Seats that are free."""
        return sum(len(block.free) for block in self._blocks)

    @property
    def seats(self) -> int:
        """Seats in the hall."""
        return self.left + len(self.sold)

    def sell(self) -> tuple[str, int]:
        """Sell a free seat, drawn at random; return it and its price."""
        block = self._rng.choices(self._blocks, [len(block.free) for block in self._blocks])[0]
        price = block.price_now()
        seat = block.free.pop(self._rng.randrange(len(block.free)))
        self.sold[seat] = price
        self.takings += price
        return seat, price

    def take_back(self) -> tuple[str, int]:
        """Take back a sold seat, drawn at random; return it and the price that is paid back."""
        seat = self._rng.choice(list(self.sold))
        self._block_of(seat).free.append(seat)
        price = self.sold.pop(seat)
        self.takings -= price
        return seat, price

    def repeat(self, events: Sequence[Event]) -> None:
        """Do again what this night's events say, oldest first; its first ones may be missing.

        Which seats these sold is not known any more: as many are drawn anew.
        """
        for event in events:
            seat, price = event.data["seat"], event.data["price"]
            if event.kind == "sale":
                self._block_of(seat).free.remove(seat)
                self.sold[seat] = price
            elif event.kind == "return" and seat in self.sold:
                self._block_of(seat).free.append(seat)
                del self.sold[seat]
        for _ in range(events[-1].data["sold"] - len(self.sold)):
            self.sell()
        self.takings = events[-1].data["takings"]

    def _block_of(self, seat: str) -> Block:
        return next(block for block in self._blocks if seat.startswith(block.name))


class BoxOffice:
    """Sells one night after the other until it is told to stop.

    Every method may be called from any thread. Nothing is sold before `run`.

    :param feed: where it is logged; a sale that it holds already is gone on with.
    :param rate: visitors a second, on average.
    :param paused: begin with the doors shut.
    :param clock: returns seconds that never go back.
    """

    def __init__(
        self,
        feed: Feed,
        rate: float = 1.0,
        seed: int | None = None,
        paused: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.rate = rate
        self.paused = paused
        self._feed = feed
        self._clock = clock
        self._rng = random.Random(seed)
        self._changed = threading.Condition()
        self._recent: deque[float] = deque()  # when the last minute's tickets were sold
        self._points: deque[tuple[int, int]] = deque(maxlen=POINTS)
        self._sold_out_at: float | None = None
        self._stopped = False
        if feed.last:
            self._go_on(night_so_far(feed))
        else:
            self._open_night(1)
        self._due = self._draw_due()

    # What it does by itself

    def run(self) -> None:
        """Serve visitors until `stop`. Blocks; meant for a thread of its own."""
        with self._changed:
            while not self._stopped:
                wait = self.step()
                self._changed.wait(wait)

    def step(self) -> float | None:
        """Do all that is due by now; return the seconds until more is, or None if nothing will."""
        with self._changed:
            now = self._clock()
            if self._sold_out_at is not None and now >= self._sold_out_at + PAUSE_BETWEEN_NIGHTS:
                self._open_night(self._night.number + 1)
                self._due = self._draw_due()
            while not self.paused and self._sold_out_at is None and self._due <= now:
                self._serve_visitor()
                self._due += self._rng.expovariate(self.rate)
            return self._seconds_from(now)

    def stop(self) -> None:
        """Let `run` return."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    # What it can be told

    def set_rate(self, rate: float) -> None:
        """Let `rate` visitors a second come from now on.

        :raises ValueError: if it is not from 0.1 to 50.
        """
        if not SLOWEST <= rate <= FASTEST:
            raise ValueError(f"rate is {rate}; allowed are {SLOWEST} to {FASTEST:.0f} a second")
        with self._changed:
            self.rate = rate
            self._begin_anew()

    def pause(self, paused: bool) -> None:
        """Shut the doors, or open them."""
        with self._changed:
            self.paused = paused
            self._begin_anew()

    def burst(self, count: int) -> int:
        """Sell `count` tickets at once, or as many as are left; return how many.

        :raises ValueError: if it is not from 1 to 1,000.
        """
        if not 1 <= count <= LARGEST_BURST:
            raise ValueError(f"burst is {count}; allowed are 1 to {LARGEST_BURST} tickets")
        with self._changed:
            return self._sell(count)

    def sell_out(self) -> int:
        """Sell every ticket that is left, at once; return how many."""
        with self._changed:
            return self._sell(self._night.left)

    def take_back(self) -> Event:
        """Let somebody bring back one ticket; return the event.

        :raises ValueError: if none is sold yet.
        """
        with self._changed:
            if not self._night.sold:
                raise ValueError("nobody can return a ticket before one is sold")
            seat, price = self._night.take_back()
            return self._log("return", seat, price)

    # What it can be asked

    def standing(self) -> dict[str, Any]:
        """Return how the sale stands; `last` is the newest event's id."""
        with self._changed:
            return {
                "last": self._feed.last,
                "left": self._night.left,
                "sold": len(self._night.sold),
                "night": self._night.number,
                "seats": self._night.seats,
                "rate": self.rate,
                "paused": self.paused,
            }

    def points(self) -> list[tuple[int, int]]:
        """Return up to 120 points of the night, oldest first: a second and what is sold by its end.

        A second in which nothing happened has no point: the last one still holds.
        """
        with self._changed:
            return list(self._points)

    def _serve_visitor(self) -> None:
        if self._night.sold and self._rng.random() < RETURNS:
            self._log("return", *self._night.take_back())
        else:
            self._sell(1)

    def _sell(self, count: int) -> int:
        count = min(count, self._night.left)
        for _ in range(count):
            seat, price = self._night.sell()
            self._recent.append(self._clock())
            self._log("sale", seat, price)
        if count and not self._night.left:
            self._log("sold-out")
            self._sold_out_at = self._clock()
            self._changed.notify_all()
        return count

    def _open_night(self, number: int) -> None:
        self._night = Night(number, self._rng)
        self._sold_out_at = None
        self._points.clear()
        self._log("on-sale")

    def _go_on(self, events: Sequence[Event]) -> None:
        newest = events[-1]
        self._night = Night(newest.data["night"], self._rng)
        self._night.repeat(events)
        for event in events:
            self._add_point(event)
            if event.kind == "sale" and event.at > newest.at - 60_000:
                self._recent.append(self._clock() - (newest.at - event.at) / 1000)
        if not self._night.left:
            if newest.kind != "sold-out":
                self._log("sold-out")
            self._sold_out_at = self._clock()

    def _log(self, kind: str, seat: str | None = None, price: int | None = None) -> Event:
        event = self._feed.append(
            kind,
            {
                "night": self._night.number,
                "left": self._night.left,
                "sold": len(self._night.sold),
                "per_minute": self._per_minute(),
                "takings": self._night.takings,
                "seat": seat,
                "price": price,
            },
        )
        self._add_point(event)
        return event

    def _per_minute(self) -> int:
        oldest = self._clock() - 60
        while self._recent and self._recent[0] < oldest:
            self._recent.popleft()
        return len(self._recent)

    def _add_point(self, event: Event) -> None:
        second = int(event.at // 1000)
        while self._points and self._points[-1][0] >= second:  # more than one if the clock is set
            self._points.pop()
        self._points.append((second, event.data["sold"]))

    def _begin_anew(self) -> None:
        # A Poisson process has no memory: the next gap may be drawn afresh at any moment.
        self._due = self._draw_due()
        self._changed.notify_all()

    def _draw_due(self) -> float:
        return self._clock() + self._rng.expovariate(self.rate)

    def _seconds_from(self, now: float) -> float | None:
        if self._sold_out_at is not None:
            return max(0.0, self._sold_out_at + PAUSE_BETWEEN_NIGHTS - now)
        return None if self.paused else max(0.0, self._due - now)


def night_so_far(feed: Feed) -> list[Event]:
    """Return what the feed holds of the newest event's night, oldest first."""
    events: list[Event] = []
    batch = feed.since(Cursor(None, feed.first - 1))
    while batch.events:
        events += batch.events
        batch = feed.since(batch.cursor)
    return [event for event in events if event.data["night"] == events[-1].data["night"]]
