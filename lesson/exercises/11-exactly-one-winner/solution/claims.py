"""Who gets a ticket that came back. Called by many threads at once."""

import threading


class Claims:
    def __init__(self, returned):
        self._returned = returned  # the tickets that came back
        self._winners = {}  # ticket -> who has it now
        self._deciding = threading.Lock()

    def claim(self, ticket, who):
        """Claim a ticket. Return who has it now: `who`, if that claim won.

        :raises LookupError: if no such ticket came back.
        """
        if ticket not in self._returned:
            raise LookupError(f"ticket {ticket} never came back")
        with self._deciding:
            if ticket in self._winners:
                return self._winners[ticket]
            self._winners[ticket] = who
            return who
