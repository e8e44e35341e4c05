"""Steering the sale: what the box office can be told, read from a message."""

from __future__ import annotations

from collections.abc import Callable

from werkzeug.exceptions import BadRequest, Conflict

from demos.protocol import Message, short
from lesson.classroom.reading import read_flag, read_true
from lesson.machinery.seller import Seller


class Sale:
    """Hands an order on to the box office."""

    def __init__(self, box_office: Seller) -> None:
        self._box_office = box_office
        self._verbs: dict[str, Callable[[Message], None]] = {
            "rate": self._set_rate,
            "paused": self._pause,
            "burst": self._burst,
            "return": self._return,
            "sell-out": self._sell_out,
        }

    def order(self, message: Message) -> Message:
        """Steer the sale by exactly one of `rate`, `paused`, `burst`, `return`, `sell-out`."""
        if len(message) != 1 or not message.keys() <= self._verbs.keys():
            allowed = ", ".join(self._verbs)
            raise BadRequest(
                f"the sale is told {short(list(message))}; allowed is one of {allowed}"
            )
        (name,) = message
        self._verbs[name](message)
        return {"ok": True}

    def _set_rate(self, message: Message) -> None:
        rate = message["rate"]
        if isinstance(rate, bool) or not isinstance(rate, int | float):
            raise BadRequest(f"rate is {short(rate)}; allowed is a number from 0.1 to 50")
        try:
            self._box_office.set_rate(rate)
        except ValueError as error:
            raise BadRequest(str(error)) from None

    def _pause(self, message: Message) -> None:
        self._box_office.pause(read_flag(message, "paused"))

    def _burst(self, message: Message) -> None:
        count = message["burst"]
        if isinstance(count, bool) or not isinstance(count, int):
            raise BadRequest(f"burst is {short(count)}; allowed is an integer from 1 to 1000")
        try:
            sold = self._box_office.burst(count)
        except ValueError as error:
            raise BadRequest(str(error)) from None
        if not sold:
            raise Conflict("the night is sold out; wait for the next one")

    def _return(self, message: Message) -> None:
        read_true(message, "return")
        try:
            self._box_office.take_back()
        except ValueError as error:
            raise Conflict(str(error)) from None

    def _sell_out(self, message: Message) -> None:
        read_true(message, "sell-out")
        if not self._box_office.sell_out():
            raise Conflict("the night is sold out already")
