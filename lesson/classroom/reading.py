"""Fields of a message, read: each is returned as what it must be, or refused by name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeGuard

from werkzeug.exceptions import BadRequest

from demos.protocol import Message, check_viewer, short

LARGEST = 1e15  # of numbers; a JSON integer may be too large for a float
ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


def only(message: Message, *names: str) -> None:
    """Let pass a message that has no other fields than these.

    :raises BadRequest: for any other.
    """
    unknown = message.keys() - set(names)
    if unknown:
        given = short(sorted(map(str, unknown)))
        raise BadRequest(f"the message has {given}; allowed are {', '.join(names) or 'none'}")


def read_flag(message: Message, name: str) -> bool:
    """Return a field that is true or false.

    :raises BadRequest: if it is neither.
    """
    given = message.get(name)
    if not isinstance(given, bool):
        raise BadRequest(f"{name} is {short(given)}; allowed are true and false")
    return given


def read_true(message: Message, name: str) -> None:
    """Let pass a field that is true.

    :raises BadRequest: for anything else.
    """
    if message.get(name) is not True:
        raise BadRequest(f"{name} is {short(message.get(name))}; allowed is true")


def read_id(message: Message, name: str) -> str:
    """Return a field that names something: small letters, digits and hyphens, at most 40.

    :raises BadRequest: if it cannot.
    """
    given = message.get(name)
    if not isinstance(given, str) or not ID.fullmatch(given):
        raise BadRequest(f"{name} is {short(given)}; allowed are 1 to 40 of a-z, 0-9 and -")
    return given


def read_id_or_none(message: Message, name: str) -> str | None:
    """Return a field as `read_id` does, or None where it is absent or null."""
    return None if message.get(name) is None else read_id(message, name)


def read_student(message: Message) -> str | None:
    """Return whose message it is, if it says so.

    :raises BadRequest: if it is not 8 to 32 of a-z and 0-9.
    """
    student: str | None = message.get("student")
    try:
        check_viewer(student)
    except BadRequest:
        what = f"student is {short(student)}; allowed are 8 to 32 of a-z and 0-9"
        raise BadRequest(what) from None
    return student


def read_number(message: Message, name: str, least: float, most: float, unit: str = "") -> float:
    """Return a field that is a number within its bounds.

    :raises BadRequest: if it is anything else.
    """
    given = message.get(name)
    if not is_number(given) or not least <= given <= most:
        words = f"{name} is {short(given)}; allowed are {least:g} to {most:g} {unit}"
        raise BadRequest(words.strip())
    return given


def read_word(message: Message, name: str, allowed: Mapping[str, object] | tuple[str, ...]) -> str:
    """Return a field that is one of a few words.

    :raises BadRequest: if it is anything else.
    """
    given = message.get(name)
    if not isinstance(given, str) or given not in allowed:
        raise BadRequest(f"{name} is {short(given)}; allowed are {', '.join(allowed)}")
    return given


def is_number(given: object) -> TypeGuard[float]:
    """Return whether this is a number that can be counted with; true and false are none."""
    return isinstance(given, int | float) and not isinstance(given, bool) and abs(given) < LARGEST
