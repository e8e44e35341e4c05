"""The pings of all WebSockets from one loop, and a look at who has not answered.

Engine.IO itself lets a thread wait for each client's next ping, and another look at one client
after the other: with a thousand idle clients that is most of what a server does. The first ping
is still the library's own. What it takes from inside: a session's `schedule_ping`, which is called
at a pong, `last_ping`, by the clock that steady.py gives it, `closing`, `closed`,
`check_ping_timeout`; `eio.sockets`; and its `queue`, whose `get` the session's writer calls with a
time-out, and hangs up when no ping came by: ours do not.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Any

TICK = 0.25  # seconds by which a ping may be late


class Pings:
    """Pings whom it was told to adopt.

    :param eio: the Engine.IO server.
    :param ping: sends a ping to a session.
    :param clock: returns seconds that never go back.
    """

    def __init__(
        self,
        eio: Any,
        ping: Callable[[Any], object],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._eio = eio
        self._ping = ping
        self._clock = clock
        self._due: deque[tuple[float, Any]] = deque()  # in the order in which they are due

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._eio.start_background_task(self._run)

    def adopt(self, session: Any) -> None:
        """Ping this session from its first pong on, and let its writer wait as long as it takes."""
        get = session.queue.get
        session.queue.get = lambda block=True, timeout=None: get(block)
        session.schedule_ping = lambda: self._schedule(session)

    def tick(self) -> None:
        """Ping whoever is due."""
        now = self._clock()
        while self._due and self._due[0][0] <= now:
            _, session = self._due.popleft()
            if not session.closing and not session.closed:
                session.last_ping = now
                self._ping(session)

    def look(self) -> None:
        """Let go who has not answered its ping, and forget who has gone."""
        for session in list(self._eio.sockets.values()):
            if session.closed:
                self._eio.sockets.pop(session.sid, None)
            elif not session.closing:
                session.check_ping_timeout()

    def _schedule(self, session: Any) -> None:
        if session.last_ping:  # one ping at a time
            session.last_ping = None
            self._due.append((self._clock() + self._eio.ping_interval, session))

    def _run(self) -> None:
        while True:
            for _ in range(round(self._eio.ping_timeout / TICK)):
                self._eio.sleep(TICK)
                self.tick()
            self.look()
