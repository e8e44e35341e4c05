"""Makes what several processes share, of the same shape as what one process has for itself."""

from __future__ import annotations

from lesson.classroom.chat import Chat
from lesson.classroom.judge import JudgedClaims
from lesson.machinery.shared.box_office import SharedBoxOffice
from lesson.machinery.shared.claims import SharedClaims
from lesson.machinery.shared.feed import RedisFeed
from lesson.machinery.shared.lease import Lease
from lesson.machinery.shared.reader import Reader
from lesson.machinery.shared.store import Store
from lesson.parts import Parts
from lesson.settings import Settings


class SharedChat(Chat, RedisFeed):
    """The chat on Redis, moderated."""


class SharedJudgedClaims(JudgedClaims, SharedClaims):
    """Claims on Redis, with a referee."""


def connect(settings: Settings) -> Parts:
    """Find the Redis that the settings name, and read what it holds.

    :raises NoRedisError: if it does not answer.
    """
    assert settings.redis_url is not None
    store = Store(settings.redis_url)
    store.check()
    lease = Lease("sales", store)
    sales = RedisFeed("sales", store, settings.capacity, lease)
    room = SharedChat("chat", store, settings.capacity)
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
    return Parts(sales, room, box_office, SharedJudgedClaims(sales, store), reader.run)
