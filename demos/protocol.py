"""How a question is read and an answer is written, the same for all techniques.

A question names a channel and a cursor, in a query string or in a message's object; an answer is
a batch, or a problem (RFC 9457). Left out: who may ask. That is looked at before it gets here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import (
    BadRequest,
    Forbidden,
    HTTPException,
    NotFound,
    UnsupportedMediaType,
)
from werkzeug.routing import BaseConverter, ValidationError

from demos.feed import Batch, Cursor, CursorError, Event, Feed

Feeds = Mapping[str, Feed]
Message = dict[str, Any]

HOLD = 25.0  # seconds that a long poll is held, unless it asks for another time
LONGEST_HOLD = 55.0  # below the minute after which many a proxy gives up
LARGEST_AFTER = 10**15 - 1  # 15 digits: JavaScript's numbers are exact up to there
LARGEST_BODY = 64_000  # bytes
VIEWER = re.compile(r"[a-z0-9]{8,32}")


def mount(app: Flask, feeds: Feeds) -> None:
    """Teach the app's routes `<feed:feed>`, and to answer every error below /demos as a problem."""

    class FeedConverter(BaseConverter):
        """Turns a channel's name in a path into its feed; an unknown one is 404."""

        def to_python(self, value: str) -> Feed:
            if value not in feeds:
                raise ValidationError
            return feeds[value]

    app.url_map.converters["feed"] = FeedConverter
    app.register_error_handler(CursorError, lambda error: problem_response(BadRequest(str(error))))


def read_cursor() -> Cursor:
    """Read the cursor from the query string.

    :raises BadRequest: if `after` is not 1 to 15 ASCII digits.
    """
    after = request.args.get("after")
    if after is not None and not re.fullmatch(r"[0-9]{1,15}", after):
        raise BadRequest(f"after is {short(after)}; allowed are 1 to 15 digits")
    return Cursor(request.args.get("epoch"), None if after is None else int(after))


def read_hold() -> float:
    """Read for how many seconds the question may be held.

    :raises BadRequest: if it is not a decimal number from 0 to 55.
    """
    hold = request.args.get("hold", str(HOLD))
    if not re.fullmatch(r"[0-9]{1,15}(\.[0-9]{1,15})?", hold) or float(hold) > LONGEST_HOLD:
        raise BadRequest(f"hold is {short(hold)}; allowed are 0 to {LONGEST_HOLD:.0f} seconds")
    return float(hold)


def cursor_in(message: Message) -> Cursor:
    """Read the cursor from a message.

    :raises BadRequest: if `after` is not an integer from 0 to 15 digits, or `epoch` not a string.
    """
    epoch, after = message.get("epoch"), message.get("after")
    if "epoch" in message and not isinstance(epoch, str):
        raise BadRequest(f"epoch is {short(epoch)}; allowed is a string, or none")
    if "after" in message and (type(after) is not int or not 0 <= after <= LARGEST_AFTER):
        raise BadRequest(f"after is {short(after)}; allowed is an integer from 0 to 15 digits")
    return Cursor(epoch, after)


def feed_in(message: Message, feeds: Feeds) -> Feed:
    """Return the feed of the channel that the message names.

    :raises NotFound: if there is no such channel.
    """
    channel = message.get("channel")
    if not isinstance(channel, str) or channel not in feeds:
        raise NotFound(f"channel is {short(channel)}; there are {' and '.join(feeds)}")
    return feeds[channel]


def read_message() -> Message:
    """Return the JSON object that a request carries.

    :raises UnsupportedMediaType: if it does not say that it is JSON (so no form can send it).
    :raises RequestEntityTooLarge: if it is over 64 kB.
    :raises BadRequest: if it is not a JSON object.
    """
    if request.mimetype != "application/json":
        raise UnsupportedMediaType(
            f"the body is {short(request.mimetype)}; allowed is application/json"
        )
    try:
        return as_message(request.get_json())
    except RecursionError:
        raise BadRequest("the body is nested too deeply; allowed is a JSON object") from None


def as_message(given: object) -> Message:
    """Return what was given if it is an object.

    :raises BadRequest: if it is anything else.
    """
    if not isinstance(given, dict):
        raise BadRequest(f"the message is {short(given)}; allowed is an object")
    return given


def say(message: Message, feeds: Feeds) -> Event:
    """Append what somebody says to the channel that he names, and return the event.

    :raises Forbidden: on a channel that is only for listening.
    :raises BadRequest: if name is not 1 to 40 characters, or text not 1 to 500, or the viewer is
        malformed.
    """
    check_viewer(message.get("viewer"))
    feed = feed_in(message, feeds)
    if feed.channel != "chat":
        raise Forbidden(f"nobody speaks in {feed.channel}; speak in chat")
    said = {"name": read_text(message, "name", 40), "text": read_text(message, "text", 500)}
    return feed.append("said", said)


def read_text(message: Message, field: str, longest: int) -> str:
    """Return a field that holds text of 1 to `longest` characters, not all of them blank.

    :raises BadRequest: if it holds anything else.
    """
    text = message.get(field)
    if not isinstance(text, str) or not 1 <= len(text) <= longest or text.isspace():
        raise BadRequest(f"{field} is {short(text)}; allowed are 1 to {longest} characters")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise BadRequest(f"{field} has half of a surrogate pair in it") from None
    return text


def check_viewer(viewer: object) -> None:
    """Let pass a well-formed viewer, or none: on whose dashboard the traffic is counted.

    :raises BadRequest: for anything else.
    """
    if viewer is not None and not (isinstance(viewer, str) and VIEWER.fullmatch(viewer)):
        raise BadRequest(f"viewer is {short(viewer)}; allowed are 8 to 32 of a-z and 0-9")


def answer(batch: Batch) -> Response:
    """Return a batch as a response."""
    return Response(batch.as_json(), mimetype="application/json")


def acknowledged(handler: Callable[[Message], Message]) -> Callable[..., Message]:
    """Wrap a Socket.IO handler: what it returns is the acknowledgement, and so is its problem."""

    @wraps(handler)
    def handle(*given: object) -> Message:
        try:
            return handler(as_message(given[0] if given else None))
        except CursorError as error:
            return {"error": problem(BadRequest(str(error)))}
        except HTTPException as error:
            return {"error": problem(error)}

    return handle


def problem(error: HTTPException) -> Message:
    """Return an error as the object of RFC 9457, section 3.1."""
    return {"title": error.name, "status": error.code, "detail": error.description}


def problem_response(error: HTTPException, **more: Any) -> Response:
    """Return an error as a response of type application/problem+json (RFC 9457).

    :param more: members that this kind of problem has besides (section 3.2).
    """
    response = jsonify(problem(error) | more)
    response.status_code = error.code or 500
    response.mimetype = "application/problem+json"
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def short(given: object) -> str:
    """Return what was given, in quotes and cut to a length that fits into a sentence."""
    text = repr(given)
    return text if len(text) <= 60 else f"{text[:57]}..."
