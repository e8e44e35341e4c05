"""The state that a class shares, and the namespace `/class` by which it is steered.

It has a connection of its own, so that it never adds a byte to the three that are measured.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable
from typing import Any

from flask import request
from flask_socketio import SocketIO, join_room
from werkzeug.exceptions import BadRequest, Conflict, Forbidden

from demos.box_office import BoxOffice
from demos.feed import Feed
from demos.protocol import Message, acknowledged, check_viewer, short
from lesson.instruments import Instruments
from lesson.machinery.edge import host_name

NAMESPACE = "/class"
ROOM = "class"
AT_MOST_EVERY = 0.1  # seconds between two `now`


class Classroom:
    """Answers what comes in on `/class`, and tells everyone there how the sale stands."""

    def __init__(
        self,
        mode: str,
        box_office: BoxOffice,
        sales: Feed,
        socketio: SocketIO,
        instruments: Instruments,
    ) -> None:
        self.mode = mode
        self.instruments = instruments
        self._box_office = box_office
        self._sales = sales
        self._socketio = socketio
        self._told: Message = {}

    def mount(self) -> None:
        """Add the namespace."""
        handlers: dict[str, Callable[[Message], Message]] = {
            "hello": self.hello,
            "sale": self.sale,
        }
        for name, handler in handlers.items():
            self._socketio.on_event(name, acknowledged(handler), namespace=NAMESPACE)
        self._socketio.on_event("clock", self.clock, namespace=NAMESPACE)
        self.instruments.mount(NAMESPACE, self.may_steer, self.state)

    def run(self) -> None:
        """Send `now` when the sale has moved, at most 10 times a second. Blocks for ever."""
        while not self._sales.closed:
            time.sleep(AT_MOST_EVERY)
            now = self.now()
            if now != self._told:
                self._told = now
                self._socketio.emit("now", now, to=ROOM, namespace=NAMESPACE)

    def now(self) -> Message:
        """Return how the sale stands."""
        return self._box_office.standing()

    def state(self, steers: bool, viewer: str | None) -> Message:
        """Return the whole shared state, and in it what one page may do and what is on for it."""
        return {
            "n": 0,
            "mode": self.mode,
            "steers": steers,
            "now": self.now(),
            "faults": self.instruments.faults(viewer),
        }

    def may_steer(self) -> bool:
        """Return whether the page that asks may steer: in `run`, any page on this machine."""
        host = host_name(request.headers.get("Host", ""))
        return self.mode == "run" and is_loopback(request.remote_addr) and is_loopback(host)

    # What a browser may send

    def hello(self, message: Message) -> Message:
        """Answer with the whole state, and keep the page told from now on."""
        viewer = message.get("viewer")
        check_viewer(viewer)
        join_room(ROOM)
        self.instruments.joined(viewer)
        return {"ok": True, "state": self.state(self.may_steer(), viewer)}

    def clock(self, *_: object) -> Message:
        """Answer with the server's wall clock, in ms since the Unix epoch."""
        return {"ok": True, "at": time.time() * 1000}

    def sale(self, message: Message) -> Message:
        """Steer the sale by exactly one of `rate`, `paused`, `burst`, `return`, `sell-out`."""
        if not self.may_steer():
            raise Forbidden("the sale is run by whoever started the lesson")
        verbs: dict[str, Callable[[Any], object]] = {
            "rate": self._set_rate,
            "paused": self._pause,
            "burst": self._burst,
            "return": self._return,
            "sell-out": self._sell_out,
        }
        if len(message) != 1 or not message.keys() <= verbs.keys():
            raise BadRequest(
                f"the sale is told {short(list(message))}; allowed is one of {', '.join(verbs)}"
            )
        ((name, value),) = message.items()
        verbs[name](value)
        return {"ok": True}

    def _set_rate(self, rate: object) -> None:
        if isinstance(rate, bool) or not isinstance(rate, int | float):
            raise BadRequest(f"rate is {short(rate)}; allowed is a number from 0.1 to 50")
        try:
            self._box_office.set_rate(rate)
        except ValueError as error:
            raise BadRequest(str(error)) from None

    def _pause(self, paused: object) -> None:
        if not isinstance(paused, bool):
            raise BadRequest(f"paused is {short(paused)}; allowed are true and false")
        self._box_office.pause(paused)

    def _burst(self, count: object) -> None:
        if isinstance(count, bool) or not isinstance(count, int):
            raise BadRequest(f"burst is {short(count)}; allowed is an integer from 1 to 1000")
        try:
            sold = self._box_office.burst(count)
        except ValueError as error:
            raise BadRequest(str(error)) from None
        if not sold:
            raise Conflict("the night is sold out; wait for the next one")

    def _return(self, yes: object) -> None:
        require_true("return", yes)
        try:
            self._box_office.take_back()
        except ValueError as error:
            raise Conflict(str(error)) from None

    def _sell_out(self, yes: object) -> None:
        require_true("sell-out", yes)
        if not self._box_office.sell_out():
            raise Conflict("the night is sold out already")


def require_true(name: str, given: object) -> None:
    """Let pass true.

    :raises BadRequest: for anything else.
    """
    if given is not True:
        raise BadRequest(f"{name} is {short(given)}; allowed is true")


def is_loopback(host: str | None) -> bool:
    """Return whether this is a name or an address by which a machine speaks to itself."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False
