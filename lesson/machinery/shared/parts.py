"""Makes what several processes share, of the same shape as what one process has for itself."""

from __future__ import annotations

from collections.abc import Callable

from lesson.machinery.shared.box_office import SharedBoxOffice
from lesson.machinery.shared.desk import (
    Desk,
    DistantChat,
    DistantClaims,
    SharedChat,
    SharedJudgedClaims,
)
from lesson.machinery.shared.feed import RedisFeed
from lesson.machinery.shared.lease import Lease
from lesson.machinery.shared.reader import Reader
from lesson.machinery.shared.store import Store
from lesson.parts import Parts
from lesson.settings import Settings


def connect(settings: Settings) -> Parts:
    """Find the Redis that the settings name, and read what it holds.

    :raises NoRedisError: if it does not answer.
    """
    assert settings.redis_url is not None
    store = Store(settings.redis_url)
    store.check()
    lease = Lease("sales", store)
    sales = RedisFeed("sales", store, settings.capacity, lease)
    room, claims, loops = at_the_desk(settings, store, sales)
    reader = Reader(store, [sales, room])
    box_office = SharedBoxOffice(
        sales,
        lease,
        store,
        rate=settings.rate,
        seed=settings.seed,
        paused=settings.mode != "run",
        interrupted=lambda: reader.interrupted,
    )
    reader.look = box_office.look
    return Parts(sales, room, box_office, claims, (reader.run, *loops))


def at_the_desk(
    settings: Settings, store: Store, sales: RedisFeed
) -> tuple[SharedChat, SharedJudgedClaims, list[Callable[[], None]]]:
    """Return the chat and the claims, of the process with the classroom or of another."""
    chat = ("chat", store, settings.capacity)
    if not settings.first:
        return DistantChat(store, *chat), DistantClaims(store, sales, store), []
    room, claims = SharedChat(*chat), SharedJudgedClaims(sales, store)
    behind = settings.mode == "cluster"
    return room, claims, [Desk(store, room, claims).run] if behind else []
