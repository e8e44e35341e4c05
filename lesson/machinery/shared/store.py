"""The way to Redis: how long it is waited for, and what it is called when it does not answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import redis
from redis.backoff import ConstantBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from werkzeug.exceptions import ServiceUnavailable

from lesson.settings import NoRedisError

PREFIX = "are-we-there-yet:"
TIMEOUT = 3.0  # seconds for an answer; what blocks must ask for less
PAUSE = 0.05  # seconds before what is asked twice is asked again
CONNECTIONS = 50  # of one process, each way

Entry = tuple[str, dict[str, str]]  # of a stream: its id, and its fields


class FeedInterruptedError(ServiceUnavailable):
    """Redis does not answer now: what needs it is to be asked for again."""

    def __init__(self) -> None:
        super().__init__("the feed is interrupted; ask again in a moment", retry_after=1)


class Store:
    """Two ways to one Redis. Safe to use from many threads.

    `patient` asks again where the connection was lost, so that a restart goes unseen; what it is
    asked must do no harm when it is done twice. `once` asks once.

    :param url: as in redis://127.0.0.1:6379/0.
    """

    def __init__(self, url: str) -> None:
        self.once, self.patient = open_way(url, 0), open_way(url, 1)

    def check(self) -> None:
        """Return if Redis answers.

        :raises NoRedisError: if it does not, or if what answers is none.
        """
        try:
            self.once.xlen(f"{PREFIX}sales")
        except (RedisError, OSError) as error:
            given = self.once.get_connection_kwargs()
            where = f"{given.get('host')}:{given.get('port')}"
            raise NoRedisError(f"REDIS_URL names no Redis that answers: {where}: {error}") from None

    def range(self, stream: str, start: str) -> list[Entry]:
        """Return what a stream holds from an entry's id on."""
        return cast("list[Entry]", self.patient.xrange(stream, start))

    def news(self, after: dict[str, str], most: int, block: float) -> list[tuple[str, list[Entry]]]:
        """Return what streams have after these ids, as soon as one has something.

        :param block: seconds that it is waited for at most.
        """
        heard = self.once.xread(cast(Any, after), count=most, block=int(block * 1000))
        return cast("list[tuple[str, list[Entry]]]", heard)


def open_way(url: str, retries: int) -> redis.Redis:
    """Return a client with connections of its own."""
    pool = redis.BlockingConnectionPool.from_url(
        url,
        max_connections=CONNECTIONS,
        timeout=TIMEOUT,
        socket_timeout=TIMEOUT,
        socket_connect_timeout=TIMEOUT,
        retry=Retry(ConstantBackoff(PAUSE), retries),
        decode_responses=True,
        protocol=2,
    )
    return redis.Redis(connection_pool=pool)


@contextmanager
def answering() -> Iterator[None]:
    """Ask Redis in this block.

    :raises FeedInterruptedError: if it does not answer, or cannot do it.
    """
    try:
        yield
    except (RedisError, OSError):
        raise FeedInterruptedError from None
