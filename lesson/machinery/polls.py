"""The polls, fast: what a poll's route does not need is not run for it.

Underneath the demos' plain Flask routes. A plain question (a GET of a channel by a well-formed
viewer, from no other page) is handed to its route's own function at once, with `flask.request` as
usual; left out are the routing table, sessions, hooks and signals. What is not plain, and what the
function refuses, Flask answers as it always does. FAST=0 leaves all of it to Flask.

What it takes from inside the libraries (tests/test_polls.py fails where it has changed): Flask's
context variable `_cv_request`, of whose value `flask.request` is the attribute `request`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from flask import Flask, Request, Response
from flask.globals import _cv_request

from demos.protocol import Feeds

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ROUTES = {"/demos/short-poll/": "short_poll", "/demos/long-poll/": "long_poll"}

# As the pages' own scripts write it. Percent-encoding may hide anything.
PLAIN = re.compile(r"(?:(?:after|epoch|hold)=[a-z0-9.]*&)*viewer=[a-z0-9]{8,32}")


class Context(NamedTuple):
    """All that `flask.request` looks at."""

    request: Request


class Polls:
    """Answers plain polls, and lets the app answer everything else.

    :param feeds: by channel.
    :param told: called with the path and the body of each answer, as a hook of the app's would be.
    """

    def __init__(self, app: Flask, feeds: Feeds, told: Callable[[str, bytes], None]) -> None:
        self._inner: WSGIApplication = app.wsgi_app
        self._told = told
        self._request = app.request_class
        self._asked = {
            f"{path}{channel}": (app.view_functions[name], feed)
            for path, name in ROUTES.items()
            for channel, feed in feeds.items()
        }
        app.wsgi_app = self  # type: ignore[method-assign]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer, or let the app answer."""
        asked = self._asked.get(environ["PATH_INFO"])
        if asked is None or not is_plain(environ):
            return self._inner(environ, start_response)
        try:
            response = self._answer(environ, *asked)
        except Exception:  # Flask shall say what is wrong
            return self._inner(environ, start_response)
        body: bytes = response.get_data()
        self._told(environ["PATH_INFO"], body)
        start_response(response.status, [*response.headers, ("Cache-Control", "no-store")])
        return [body]

    def _answer(self, environ: WSGIEnvironment, route: Any, feed: Any) -> Response:
        token = _cv_request.set(Context(self._request(environ)))  # type: ignore[arg-type]
        try:
            response: Response = route(feed=feed)
        finally:
            _cv_request.reset(token)
        return response


def is_plain(environ: WSGIEnvironment) -> bool:
    """Return whether this is a question that says nothing but what a poll needs."""
    return (
        environ["REQUEST_METHOD"] == "GET"
        and "HTTP_ORIGIN" not in environ
        and PLAIN.fullmatch(environ.get("QUERY_STRING", "")) is not None
    )
