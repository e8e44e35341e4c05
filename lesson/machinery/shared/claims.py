"""Claims in several processes: Redis decides, so that a ticket has one winner in all of them."""

from __future__ import annotations

import secrets

from demos.claims import Claims
from lesson.machinery.shared.feed import RedisFeed
from lesson.machinery.shared.store import PREFIX, Store, answering

CLAIMS = f"{PREFIX}claims:"

# Writes down who claimed first, and returns it. What the feed no longer holds is forgotten.
CLAIM = """
local key, ticket = KEYS[2] .. redis.call('GET', KEYS[1]), ARGV[1]
if redis.call('HSETNX', key, ticket, ARGV[2]) == 1 then
    for _, old in ipairs(redis.call('HKEYS', key)) do
        if tonumber(old) < tonumber(ARGV[3]) then redis.call('HDEL', key, old) end
    end
end
return redis.call('HGET', key, ticket)
"""


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
        with answering():
            winner = self._store.patient.eval(
                CLAIM, 2, self._feed.epoch_key, CLAIMS, ticket, mine, self._feed.first
            )
        if winner != mine:
            return str(winner).split()[0]
        self.wins[technique] += 1
        return None
