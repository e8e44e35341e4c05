"""What curious and hostile people send: drawn for each door, and the same again for the same seed.

A half is sound and then broken in one place, for that gets furthest; the rest is anything at all.
Never drawn is what is sound and steers: a sale that is paused by who may do so goes on no more.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, quote_from_bytes

MESSAGES = (
    *("hello", "clock", "fault", "zero", "inspect", "vote", "lost", "hand", "progress"),
    *("sale", "chat", "step", "lead", "prediction", "setting", "race", "blank", "rehearse"),
    *("crowd", "reset", "undo"),
)
TEXTS = (
    *("", " ", "\0", "a" * 39, "a" * 41, "x" * 501, "<script>ran()</script>", "' OR 1=1 --"),
    *("../../etc/passwd", "${7*7}", "{{7*7}}", "\ud800", "\u2028", "\u202e", "ﷺ" * 30, "%00", "%s"),
    *("__proto__", "constructor", "null", "NaN", "-0", "1e999", "٣", "²", "1_000", "0x10", "+1"),
)
NUMBERS = (0, -1, 1, 2, 55, 56, 10**15, -(10**15), 2**63, 2**64, 1e308, -0.0, 0.1, 10**400)
FIELDS = (
    *("channel", "epoch", "after", "hold", "viewer", "name", "text", "ticket", "technique", "on"),
    *("delay", "jitter", "loss", "outage", "cut", "rate", "burst", "exercise", "run", "state"),
)
PATHS = ("short-poll/sales", "long-poll/sales", "short-poll/chat", "long-poll/nothing", "say")
BETWEEN = "\x1e"  # Engine.IO's packets in one body
FRAGMENTS = ('["', '"]', "{", "}", ",", ":", "\\", "[[[[", "]", '"', "0", "-", "/class,", BETWEEN)


class Draw:
    """Draws inputs.

    :param seed: the same one draws the same.
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def text(self) -> str:
        """Draw a text, mostly one that somebody has thought of."""
        roll = self._random
        if roll.random() < 0.6:
            return roll.choice(TEXTS)
        return "".join(
            chr(roll.choice((roll.randrange(128), roll.randrange(0xD800)))) for _ in "12345"
        )

    def value(self, depth: int = 0) -> Any:
        """Draw anything that JSON can say."""
        roll = self._random
        kind = roll.randrange(8 if depth < 4 else 6)
        if kind == 0:
            return roll.choice((None, True, False))
        if kind <= 2:
            return roll.choice(NUMBERS)
        if kind <= 5:
            return self.text()
        if kind == 6:
            return [self.value(depth + 1) for _ in range(roll.randrange(4))]
        return {roll.choice((*FIELDS, self.text())): self.value(depth + 1) for _ in "123"}

    def message(self, name: str = "") -> Any:
        """Draw what is sent with a message; nothing sound that steers."""
        if self._random.random() < 0.2:
            return self.value()
        drawn = {
            self._random.choice(FIELDS): self.value() for _ in range(self._random.randrange(4))
        }
        if drawn.get("viewer") == "all":
            del drawn["viewer"]
        return drawn | ({"paused": "no"} if name == "sale" else {})

    def query(self) -> str:
        """Draw the path and query of a question that is answered at once."""
        roll, path = self._random, self._random.choice(PATHS)
        parts = []
        for _ in range(roll.randrange(5)):
            name = roll.choice((*FIELDS, "after", "epoch", "after"))
            value = quote(str(self.value()).encode("utf-8", "surrogatepass"), safe="")
            if roll.random() < 0.2:
                value = quote_from_bytes(roll.randbytes(6), safe="") + roll.choice(("", "%", "%zz"))
            parts.append(f"{name}={value[:2_000]}")
        return f"/demos/{path}?{'&'.join([*parts, 'hold=0'])}"

    def body(self) -> bytes:
        """Draw what is posted."""
        if self._random.random() < 0.2:
            return self._random.randbytes(self._random.randrange(200))
        return self._broken(self.as_json(self.message())).encode("utf-8", "surrogatepass")

    def engine(self) -> str:
        """Draw an Engine.IO packet."""
        roll = self._random
        kind: str = roll.choice((*"0123456789b", "", "²", "x", "\0"))
        rest: str = roll.choice((self.text(), "probe", self.as_json(self.value()), "A" * 60_000))
        return kind + rest

    def polling(self) -> bytes:
        """Draw what is posted to Socket.IO's polling: packets one after the other, or anything."""
        roll = self._random
        if roll.random() < 0.2:
            return roll.randbytes(roll.randrange(200))
        drawers = roll.choices((self.engine, self.packet), k=roll.choice((1, 1, 2, 3, 17)))
        packets = BETWEEN.join(draw() for draw in drawers)
        return self._broken(packets).encode("utf-8", "surrogatepass")

    def packet(self) -> str:
        """Draw an Engine.IO message with a Socket.IO packet in it."""
        roll = self._random
        kind = roll.choice("01234567892222")
        space = roll.choice(("/class,", "/demos/web-socket,", "", "/nothing,", "/?x=1,", "/class"))
        number = roll.choice(("", "1", "007", "1-", "17-", "9" * 50, "9" * 101))
        data = self.as_json(
            [roll.choice((*MESSAGES, "follow", "say", self.text())), self.message("sale")]
        )
        return f"4{kind}{self._broken(f'{space}{number}{data}')}"

    def frame(self) -> bytes:
        """Draw the bytes of a WebSocket frame, or of what is none (RFC 6455, section 5.2)."""
        roll = self._random
        payload = roll.randbytes(roll.choice((0, 1, 2, 125, 126, 300)))
        if roll.random() < 0.5:
            payload = self.packet().encode("utf-8", "surrogatepass")[:125]
        first = roll.choice((0x81, 0x82, 0x01, 0x00, 0x80, 0x88, 0x89, 0x8A, roll.randrange(256)))
        length = roll.choice((len(payload), len(payload), 0, 125, 126, 127))
        longer = roll.choice((b"", roll.randbytes(2), roll.randbytes(8), b"\xff" * 8))
        masked = roll.choice((0x80, 0x80, 0))
        return bytes([first, masked | min(length, 127)]) + longer + b"\0\0\0\0" + payload

    def to_class(self, name: str) -> str:
        """Draw a Socket.IO packet with this message of `/class` in it."""
        given = [] if self._random.random() < 0.1 else [self.message(name)]
        return f"42/class,7{self.as_json([name, *given])}"

    def as_json(self, value: Any) -> str:
        """Return a value as JSON, half surrogate pairs and numbers without end included."""
        return json.dumps(value, ensure_ascii=self._random.random() < 0.5)

    def _broken(self, text: str) -> str:
        roll = self._random
        if roll.random() < 0.5 or not text:
            return text
        at = roll.randrange(len(text))
        return text[:at] + roll.choice((*FRAGMENTS, self.text())) + text[at + roll.randrange(3) :]


def of_door(door: str, seed: int) -> Callable[[], str | bytes]:
    """Return what draws the inputs of a door: one of `DOORS`."""
    draw = Draw(seed)
    if door in WAYS_IN:
        drawer: Callable[[], str | bytes] = getattr(draw, door)
        return drawer
    name = door.removeprefix("/class ")
    return lambda: draw.to_class(name)


WAYS_IN = ("query", "body", "polling", "frame", "engine", "packet")
DOORS = (*WAYS_IN, *(f"/class {name}" for name in MESSAGES))
