"""The pages, and what every answer has in common: how errors look, and what may be kept."""

from __future__ import annotations

import gzip
import time
from typing import Any

from flask import Flask, Response, render_template, request
from werkzeug.exceptions import (
    BadRequest,
    HTTPException,
    MethodNotAllowed,
    NotFound,
    RequestEntityTooLarge,
)

from demos.feed import Feed
from demos.protocol import LARGEST_BODY, problem, problem_response, short
from lesson.classroom import Classroom
from lesson.machinery.seller import Seller
from lesson.machinery.static_files import StaticFiles

LOOK = 1.0  # seconds between two looks at whether a static file has changed


class Pages:
    """Makes the pages."""

    def __init__(
        self, classroom: Classroom, box_office: Seller, sales: Feed, static: StaticFiles
    ) -> None:
        self._classroom = classroom
        self._box_office = box_office
        self._sales = sales
        self._static = static
        self._looked = time.monotonic()

    def mount(self, app: Flask) -> None:
        """Add the pages, the static files and the error answers."""
        self._static.mount(app)
        app.before_request(self._refresh)
        app.after_request(finish)
        app.register_error_handler(HTTPException, answer_error)
        app.get("/dashboard")(self.dashboard)
        app.get("/healthz")(self.healthz)

    def dashboard(self) -> str:
        """Return the three dashboards side by side."""
        return render_template("dashboard.html", start=self.start())

    def healthz(self) -> Response:
        """Answer once all is ready."""
        return Response("ok\n", mimetype="text/plain")

    def start(self) -> dict[str, Any]:
        """Return what a page with columns starts from, the same for all of them."""
        latest = self._sales.latest()
        return {
            "mode": self._classroom.mode,
            "steers": self._classroom.may_steer(),
            "epoch": self._sales.epoch,
            "last": latest.id if latest else 0,
            "points": self._box_office.points(),
            "latest": latest.data if latest else None,
            "now": self._classroom.now(),
            "measured": self._classroom.instruments.measured,
        }

    def _refresh(self) -> None:
        now = time.monotonic()
        if now - self._looked >= LOOK and not request.path.startswith(("/demos/", "/static/")):
            self._looked = now
            self._static.refresh()


def finish(response: Response) -> Response:
    """Set what every answer carries."""
    response.headers.setdefault("Cache-Control", "no-store")
    if response.mimetype == "text/html" and request.accept_encodings.best_match(["gzip"]):
        compress(response)
    return response


def compress(response: Response) -> None:
    """Zip a page: it is a fifth of its size then."""
    response.set_data(gzip.compress(response.get_data(), mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"


def answer_error(error: HTTPException) -> Response:
    """Answer with a problem where columns ask, and with a page elsewhere."""
    if isinstance(error, MethodNotAllowed):
        error.valid_methods = sorted(
            error.valid_methods or ()
        )  # a set's order is another each time
    error = explain(error)
    if request.path.startswith(("/demos/", "/yours/")):
        return problem_response(error)
    response = Response(render_template("problem.html", problem=problem(error)), error.code)
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(error.valid_methods)
    return response


def explain(error: HTTPException) -> HTTPException:
    """Say what was asked for where the library's own sentence does not."""
    if type(error).description == error.description:
        if isinstance(error, NotFound):
            error.description = f"there is nothing at {short(request.path)}"
        elif isinstance(error, RequestEntityTooLarge):
            error.description = f"the body is too large; allowed are {LARGEST_BODY} bytes"
        elif isinstance(error, BadRequest):
            error.description = "the body is not what it says it is; allowed is a JSON object"
        elif isinstance(error, MethodNotAllowed):
            allowed = ", ".join(error.valid_methods or ())
            error.description = f"the method is {short(request.method)}; allowed are {allowed}"
    return error
