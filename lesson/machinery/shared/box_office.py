"""The box office of a lesson in several processes: one of them sells, all can tell it what to do.

Who holds the lease reads the log to its end and goes on from there. Whatever goes wrong, that box
office is thrown away, and the next one is made of the log. Left out: `SEED` gives the same sale
only as long as the same process sells.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from random import Random
from typing import Any

from demos.box_office import POINTS, BoxOffice, Night, night_so_far
from demos.feed import Event
from lesson.machinery.shared.calls import Calls, PutBackError
from lesson.machinery.shared.feed import NotOursError, RedisFeed
from lesson.machinery.shared.lease import Lease
from lesson.machinery.shared.store import PREFIX, FeedInterruptedError, Store, answering

EVERY = 0.5  # seconds between two tries to take the lease, or two renewals of it
ABSENT = "nobody is at the box office; try again in a moment"

DOORS = f"{PREFIX}doors"  # the rate, and whether the doors are shut


class QuickBoxOffice(BoxOffice):
    """Logs all that is due at one moment at once, so that it keeps up with a slow disk."""

    def __init__(self, feed: RedisFeed, rate: float, seed: int | None, paused: bool) -> None:
        self._log_of_many = feed
        super().__init__(feed, rate, seed, paused)

    def step(self) -> float | None:
        """Do all that is due by now; return the seconds until more is, or None if nothing will."""
        with self._log_of_many.together():
            return super().step()


class SharedBoxOffice:
    """Sells while this process holds the lease, and passes on what it is told while it does not.

    What it can be told and asked is what a BoxOffice can.

    :param interrupted: returns whether Redis does not answer at the moment.
    """

    def __init__(
        self,
        feed: RedisFeed,
        lease: Lease,
        store: Store,
        rate: float,
        seed: int | None,
        paused: bool,
        interrupted: Callable[[], bool],
    ) -> None:
        self._feed, self._lease, self._store = feed, lease, store
        self._rate, self._paused, self._seed = rate, paused, seed
        self._interrupted = interrupted
        self._orders = Calls("orders", store, ABSENT)
        self._stopped = threading.Event()
        self._selling: BoxOffice | None = None

    # What it does by itself

    def run(self) -> None:
        """Sell whenever nobody else does, until `stop`. Blocks; meant for a thread of its own."""
        while not self._stopped.is_set():
            try:
                if self._lease.take():
                    self._sell_and_obey()
            except (FeedInterruptedError, NotOursError, PutBackError):
                pass  # the next one is made of the log
            self._stopped.wait(EVERY)

    def stop(self) -> None:
        """Let `run` return, and another process sell."""
        self._stopped.set()
        self._leave()

    def look(self) -> None:
        """Learn how the doors are. To be called once a second.

        :raises FeedInterruptedError: if Redis does not answer.
        """
        with answering():
            doors = self._store.patient.get(DOORS)
        if doors is not None:
            self._know(json.loads(str(doors)))

    def _sell_and_obey(self) -> None:
        self._feed.catch_up()
        self.look()
        office = QuickBoxOffice(self._feed, self._rate, self._seed, self._paused)
        self._selling = office
        sale = threading.Thread(target=self._sell, args=(office,), daemon=True)
        sale.start()
        try:
            while sale.is_alive() and not self._stopped.is_set() and self._lease.renew():
                self._obey(office)
        finally:
            self._leave()

    def _sell(self, office: BoxOffice) -> None:
        try:
            office.run()
        except (FeedInterruptedError, NotOursError):
            pass  # whoever waits for this thread's end goes on

    def _leave(self) -> None:
        office, self._selling = self._selling, None
        if office is not None:
            office.stop()
            try:
                self._lease.release()
            except FeedInterruptedError:
                pass  # it ends by itself

    # What it can be told

    def set_rate(self, rate: float) -> None:
        """Let `rate` visitors a second come from now on. As all of these, waits for the answer.

        :raises ValueError: as a BoxOffice does; as all of these.
        :raises ServiceUnavailable: if there is none within 2 s; as all of these.
        """
        self._order("set_rate", rate)

    def pause(self, paused: bool) -> None:
        """Shut the doors, or open them."""
        self._order("pause", paused)

    def burst(self, count: int) -> int:
        """Sell `count` tickets at once, or as many as are left; return how many."""
        return int(self._order("burst", count))

    def sell_out(self) -> int:
        """Sell every ticket that is left, at once; return how many."""
        return int(self._order("sell_out"))

    def take_back(self) -> Event:
        """Let somebody bring back one ticket; return the event."""
        return Event.create(**self._order("take_back"))

    def _order(self, verb: str, *given: object) -> Any:
        answer = self._orders.ask(verb, *given)
        self._know(answer["doors"])
        return answer["done"]

    def _obey(self, office: BoxOffice) -> None:
        """Do the next order, if one comes within half a second."""

        def do(order: dict[str, Any]) -> object:
            if not self._lease.renew():
                raise PutBackError
            try:
                with self._feed.together():
                    return getattr(office, order["verb"])(*order["given"])
            except NotOursError:
                raise PutBackError from None
            except FeedInterruptedError:
                office.stop()  # what it takes for sold may not be in the log
                raise

        def doors() -> dict[str, Any]:
            standing = {"rate": office.rate, "paused": office.paused}
            with answering():
                self._store.patient.set(DOORS, json.dumps(standing))
            return {"doors": standing}

        self._orders.answer(do, EVERY, doors)

    def _know(self, doors: dict[str, Any]) -> None:
        self._rate, self._paused = doors["rate"], doors["paused"]

    # What it can be asked

    def standing(self) -> dict[str, Any]:
        """Return how the sale stands, as far as this process has heard.

        `interrupted` is in it only while Redis does not answer.
        """
        newest = self._feed.latest()
        fresh = Night(1, Random())
        data = newest.data if newest else {"left": fresh.left, "sold": 0, "night": 1}
        standing = {
            "last": newest.id if newest else 0,
            "left": data["left"],
            "sold": data["sold"],
            "night": data["night"],
            "seats": data["left"] + data["sold"],
            "rate": self._rate,
            "paused": self._paused,
        }
        return standing | ({"interrupted": True} if self._interrupted() else {})

    def points(self) -> list[tuple[int, int]]:
        """Return up to 120 points of the night, as a BoxOffice does."""
        if not self._feed.last:
            return []
        sold = {int(event.at // 1000): event.data["sold"] for event in night_so_far(self._feed)}
        return sorted(sold.items())[-POINTS:]
