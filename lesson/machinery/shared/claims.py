"""Claims in several processes: Redis decides, so that a ticket has one winner in all of them."""

from __future__ import annotations

import secrets
from typing import cast

from demos.claims import Claims
from lesson.machinery.shared.feed import RedisFeed
from lesson.machinery.shared.store import PREFIX, Store, answering


class SharedClaims(Claims):
    """Remembers in Redis who won which ticket, for each epoch of the sale."""

    def __init__(self, sales: RedisFeed, store: Store) -> None:
        super().__init__(sales)
        self._feed = sales
        self._store = store

    def claim(self, ticket: int, technique: str) -> str | None:
        """Claim a returned ticket. Return None to the one who won, to all others who did.

        :raises NotFound: if no such ticket came back, or so long ago that nobody remembers.
        :raises FeedInterruptedError: if that cannot be told now.
        """
        if ticket > self._feed.last:  # it may have come back in another process
            self._feed.catch_up()
        self._require(ticket)
        # Asked again after a lost answer it is the same claim: the word tells.
        mine = f"{technique} {secrets.token_hex(8)}"
        key = f"{PREFIX}claims:{self._feed.epoch}"
        with answering():
            self._store.patient.hsetnx(key, str(ticket), mine)
            winner = cast(str, self._store.patient.hget(key, str(ticket)))
            if winner != mine:
                return winner.split()[0]
            self._forget_old(key)
        self.wins[technique] += 1
        return None

    def _forget_old(self, key: str) -> None:
        tickets = cast("list[str]", self._store.patient.hkeys(key))
        old = [ticket for ticket in tickets if int(ticket) < self._feed.first]
        if old:
            self._store.patient.hdel(key, *old)
