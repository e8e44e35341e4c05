"""A lock that its holder must renew: whoever dies has lost it when its time is up."""

from __future__ import annotations

import secrets

from lesson.machinery.shared.store import PREFIX, Store, answering

SECONDS = 3.0  # for which it is held, unless it is renewed
NOBODY = "nobody"

IF_OURS = "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end "
RENEW = IF_OURS + "return redis.call('PEXPIRE', KEYS[1], ARGV[2])"
RELEASE = IF_OURS + "return redis.call('DEL', KEYS[1])"


class Lease:
    """What one process of several holds at a time. `token` is what it holds it by."""

    def __init__(self, name: str, store: Store) -> None:
        self.key = f"{PREFIX}{name}:lease"
        self.token = NOBODY
        self._store = store

    def take(self) -> bool:
        """Take it if nobody has it; return whether that was so.

        :raises FeedInterruptedError: if Redis does not answer; as the next two do.
        """
        token = secrets.token_hex(8)
        with answering():
            taken = self._store.once.set(self.key, token, nx=True, px=int(SECONDS * 1000))
        self.token = token if taken else NOBODY
        return bool(taken)

    def renew(self) -> bool:
        """Hold it for longer; return whether it was still ours."""
        with answering():
            return bool(
                self._store.patient.eval(RENEW, 1, self.key, self.token, int(SECONDS * 1000))
            )

    def release(self) -> None:
        """Let another take it at once."""
        token, self.token = self.token, NOBODY
        with answering():
            self._store.patient.eval(RELEASE, 1, self.key, token)
